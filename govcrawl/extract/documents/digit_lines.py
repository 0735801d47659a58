"""Digit runs of a page with the lines they stand in, from the boxes of its characters: what joining broken numbers needs."""

from __future__ import annotations

import re
from collections.abc import Callable

from govcrawl.extract.documents.broken_numbers import LENGTH, Run, broken, edited, edits, may_join

Box = tuple[float, float, float, float]
"""(left, bottom, right, top) of a character by its font's height; y grows upwards."""

_DIGITS = re.compile(r"(?<![0-9A-Za-z])(?:\d{1,17}|\d{0,13}[Xx])(?![0-9A-Za-z])", re.A)
"""A part of a number; matches `992705195912` and `07201X`, not the whole `99270519591207201X` and not `A4`."""
_MOST_RUNS = 2_000
_GAP = 0.4
"""Line heights between two characters that part cells: a blank between words is 0.25, the narrowest gap of two cells 0.5."""
_MOST_STEPS = 120


def mend(text: str, box: Callable[[int], Box | None], parted: Callable[[Run, Run], bool]) -> str:
    """The page's text with broken identity numbers whole. Pages without fitting digit runs cost one regular expression.

    Args:
        text: of one page, lines parted by line ends.
        box: where the character at a place of the text stands; null for blanks that the layout only implies.
        parted: does anything stand between a run and the one below it?
    """
    chains = Digits(text, box).chains(parted)
    return edited(text, edits(text, chains)) if chains else text


class Digits:
    """Digit runs of a page; where they stand is asked for only when they could make up a number."""

    def __init__(self, text: str, box: Callable[[int], Box | None]) -> None:
        self._text, self._box = text, box
        found = list(_DIGITS.finditer(text))
        self._found = found if len(found) <= _MOST_RUNS else []
        self._runs: list[Run] | None = None
        self.lengths = {len(match[0]) for match in self._found}

    def runs(self) -> list[Run]:
        if self._runs is None:
            lines = _Lines(self._text, self._box)
            self._runs = [run for match in self._found if (run := lines.run(match.start(), match.end())) is not None]
        return self._runs

    def chains(self, parted: Callable[[Run, Run], bool]) -> list[tuple[Run, ...]]:
        """Runs that are one number within the page, head first."""
        return broken(self.runs(), parted) if may_join(self.lengths) else []

    def may_go_on(self, following: Digits) -> bool:
        """Could a number begin here and end in the runs of another page?"""
        return any(LENGTH - length in following.lengths for length in self.lengths)


class _Lines:
    def __init__(self, text: str, box: Callable[[int], Box | None]) -> None:
        self._text = text
        self._box = box

    def run(self, start: int, end: int) -> Run | None:
        first, last = self._box(start), self._box(end - 1)
        if first is None or last is None or last[2] <= first[0]:
            return None
        opening, closing = self._edge(start, -1), self._edge(end - 1, 1)
        left, right = self._box(opening) or first, self._box(closing) or last
        return Run(
            start, end, self._text[start:end], first[0], last[2], (first[1] + first[3]) / 2, first[3] - first[1],
            left[0], right[2], opening == start, closing == end - 1,
        )  # fmt: skip

    def _edge(self, index: int, step: int) -> int:
        """The last character of this line in one direction, before a gap, another line or the end."""
        here = self._box(index)
        following = index + step
        for _ in range(_MOST_STEPS):
            while 0 <= following < len(self._text) and self._text[following] == " ":
                following += step
            if here is None or not 0 <= following < len(self._text) or self._text[following] in "\r\n":
                break
            there = self._box(following)
            if there is None:
                break
            height = here[3] - here[1]
            gap = there[0] - here[2] if step > 0 else here[0] - there[2]
            if abs(there[1] + there[3] - here[1] - here[3]) > height or not -height < gap < _GAP * height:
                break
            index, here, following = following, there, following + step
        return index
