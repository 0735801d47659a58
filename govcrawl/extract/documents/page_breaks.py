"""Identity numbers that begin on the last line of one page and end on the first line of the next: joined where the pages themselves show
that this is how they break numbers, or left alone.

Within a page the nearness of two lines speaks for one number. Across a page nothing does: of the tails that fit a head of 14 and more digits
one in eleven has the right check digit by chance. So either the same column breaks a number at the same digit within one of the two pages,
or the head ends a full line of running text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from govcrawl.extract.documents.broken_numbers import LENGTH, Run, head_like, is_identity_number, within

_NUMBERING = re.compile(r"[\s\-—–－_·.,，、/()（）第共页]*(?:\d{1,4}[\s\-—–－_·.,，、/()（）第共页]*){0,2}")
"""What stands at the foot of a page: matches the whole of `- 3 -`, `第3页 共12页` and `3`; not `13900001111` and not `合计`."""
_MARKED = re.compile(r"[-—–－第].*\d")
"""That it is the page's number and no cell: matches `— 3 —`, `第3页`; not `35`."""
_NEXT_LINE = 2.2
"""Line heights under a head in which a line would belong to the same text."""
_FULL_LINE = 15
"""Line heights: a line of so many is no cell."""
_MOST_RUNS = 400


@dataclass(slots=True)
class Side:
    """One of the two pages."""

    loose: list[Run]
    """Digit runs that make up no number within the page."""
    chains: list[tuple[Run, ...]]
    """Those that do, head first."""
    words: Callable[[float, float, float, float], str]
    """(left, bottom, right, top) → the text in there."""
    width: float


def joined(upper: Side, lower: Side) -> list[tuple[Run, Run]]:
    """(head on the upper page, tail on the lower) of each number. What fits more than one way is left alone."""
    if len(upper.loose) > _MOST_RUNS or len(lower.loose) > _MOST_RUNS:
        return []
    pairs = [
        (head, tail)
        for head in upper.loose
        if head_like(head)
        for tail in lower.loose
        if tail.opens and len(head.text) + len(tail.text) == LENGTH and is_identity_number(head.text + tail.text)
    ]
    pairs = [
        (head, tail) for head, tail in pairs if within(head, head, tail) and _is_last(head, upper) and _is_first(tail, head, upper, lower)
    ]
    pairs = [(head, tail) for head, tail in pairs if _as_elsewhere(head, (*upper.chains, *lower.chains)) or _ends_a_full_line(head, upper)]
    return [pair for pair in pairs if sum(pair[0] is head or pair[1] is tail for head, tail in pairs) == 1]


def _is_last(head: Run, page: Side) -> bool:
    """Nothing follows in its column, but for the page's number."""
    foot = head.middle - head.height / 2
    below = page.words(head.line_left, float("-inf"), head.line_right, foot)
    if not _NUMBERING.fullmatch(below):
        return False
    return bool(_MARKED.match(below)) or not page.words(head.line_left, foot - _NEXT_LINE * head.height, head.line_right, foot)


def _is_first(tail: Run, head: Run, upper: Side, lower: Side) -> bool:
    """Nothing stands above it in its column, but for what the page before has there too: a running head, the heads of a table."""
    top = tail.middle + tail.height / 2
    band = (head.line_left, top, max(head.line_right, tail.right), float("inf"))
    above = _even(lower.words(*band))
    return not above or _NUMBERING.fullmatch(above) is not None or above == _even(upper.words(*band))


def _even(words: str) -> str:
    return " ".join(re.sub(r"\d+", "#", words).split())


def _as_elsewhere(head: Run, chains: Iterable[tuple[Run, ...]]) -> bool:
    return any(
        len(chain) == 2 and len(chain[0].text) == len(head.text) and abs(chain[0].left - head.left) < head.height for chain in chains
    )


def _ends_a_full_line(head: Run, page: Side) -> bool:
    """It reaches from margin to margin, and margins are alike."""
    margin = page.width - head.line_right
    return head.line_right - head.line_left > _FULL_LINE * head.height and margin < head.line_left + 2 * head.height
