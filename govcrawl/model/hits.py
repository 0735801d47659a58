"""Hits: what a detector saw and where. A hit knows no dates, no site and no points."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, frozen=True, kw_only=True)
class Hit:
    """One place a detector fired. Personal data is masked before a hit is made."""

    rule: str
    entry: str
    """Lexicon entry or recogniser that fired."""
    value: str
    """The offending text, masked where it is personal."""
    quote: str
    """Masked context of at most 60 characters."""
    place: str
    locator: str
    offset: int
    key: str
    """What identifies the value without showing it: the value itself, or a keyed hash where it is personal."""
    weak: bool = False
    """True where a person must decide (no label, weak mask): needs_review instead of fail."""
    lossy: bool = False
    """It stands in a number cell of which the file itself has lost the last digits: whose number it was, nobody can tell."""
    suggestion: str | None = None
