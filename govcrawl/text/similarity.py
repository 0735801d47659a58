"""How alike two texts are, for duplicate replies, excerpt-only interpretations and titles."""

from __future__ import annotations

from rapidfuzz import fuzz

from govcrawl.text.normalise import compact

_LONGEST = 20_000
"""Characters of each side that are compared: beyond that an alignment costs seconds and changes nothing."""


def ratio(a: str, b: str) -> float:
    """Likeness of two texts, blanks and width ignored: 1.0 = same, 0.0 = nothing shared or one of them empty."""
    left, right = compact(a)[:_LONGEST], compact(b)[:_LONGEST]
    if not left or not right:
        return 0.0
    return fuzz.ratio(left, right) / 100


def contained(part: str, whole: str, size: int = 8) -> float:
    """Share (0…1) of `part` whose runs of `size` characters stand in `whole` word for word; 0.0 for an empty side.

    Order and gaps do not matter, so an interpretation that copies paragraphs from here and there of its document is
    seen. A `part` shorter than `size` counts as contained only when it stands there entirely.
    """
    left, right = compact(part), compact(whole)
    if not left or not right:
        return 0.0
    if len(left) < size:
        return 1.0 if left in right else 0.0
    shingles = {right[i : i + size] for i in range(len(right) - size + 1)}
    covered = bytearray(len(left))
    for start in range(len(left) - size + 1):
        if left[start : start + size] in shingles:
            covered[start : start + size] = b"\x01" * size
    return sum(covered) / len(left)
