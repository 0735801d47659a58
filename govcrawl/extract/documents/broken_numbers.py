"""Identity numbers that a narrow column or the end of a line has broken in parts: joined by place, check digit and date, or left alone."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date

Edit = tuple[int, int, str]
"""(start, end, what is put there) in the text of a page."""
LENGTH = 18
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_FIRST_YEAR, _LAST_YEAR = 1880, 2060
_SHORTEST_HEAD = 4
_MOST_PARTS = 5
"""A column of one centimetre sets five digits a line."""
_NEAREST, _FARTHEST = 0.5, 2.2
"""Distance of two lines of one cell, in line heights; measured 0.9 to 1.6."""


@dataclass(slots=True, frozen=True)
class Run:
    """A run of digits on a page. Lengths in any one unit, y grows upwards."""

    start: int
    end: int
    """Its place in the text of the page."""
    text: str
    left: float
    right: float
    middle: float
    """Height of the line's middle above the page's foot."""
    height: float
    line_left: float
    line_right: float
    """Extent of the line of this cell or paragraph: up to a gap, or the end."""
    opens: bool
    """Nothing stands before it in that line."""
    closes: bool
    """Nothing stands behind it in that line."""


def is_identity_number(text: str) -> bool:
    """18 characters, a date of birth that exists, the right check digit. The division code need not be known."""
    if len(text) != LENGTH or not (text.isascii() and text[:17].isdigit()):
        return False
    year, month, day = int(text[6:10]), int(text[10:12]), int(text[12:14])
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return False
    try:
        date(year, month, day)
    except ValueError:
        return False
    return _CHECK[sum(int(digit) * weight for digit, weight in zip(text, _WEIGHTS, strict=False)) % 11] == text[17].upper()


def may_join(lengths: Collection[int]) -> bool:
    """Could runs of these lengths make up a number at all? The cheap test before any geometry."""
    parts = set(lengths)
    reached = {n for n in parts if _SHORTEST_HEAD <= n < LENGTH}
    for _ in range(_MOST_PARTS - 1):
        reached |= {n + m for n in reached for m in parts if n + m <= LENGTH and n < LENGTH}
    return LENGTH in reached


def broken(runs: Sequence[Run], parted: Callable[[Run, Run], bool]) -> list[tuple[Run, ...]]:
    """Runs that are one number, head first. Each run is used once; of two heads above one tail the nearer has it.

    Args:
        runs: All digit runs of a page, complete numbers left out.
        parted: Does anything (text, a ruled line) stand between a run and the one below it? Asked last, it may be slow.
    """
    openers = sorted((run for run in runs if run.opens), key=lambda run: run.middle)
    heights = [run.middle for run in openers]
    found: list[tuple[Run, ...]] = []
    for head in runs:
        if head_like(head):
            chain = _chain((head,), openers, heights, parted)
            if chain:
                found.append(chain)
    found.sort(key=lambda chain: chain[0].middle - chain[1].middle)
    used: set[int] = set()
    kept = []
    for chain in found:
        if used.isdisjoint(run.start for run in chain):
            used.update(run.start for run in chain)
            kept.append(chain)
    return kept


def head_like(run: Run) -> bool:
    """Could a number begin with it, and go on in another line?"""
    return run.closes and run.text.isdigit() and _SHORTEST_HEAD <= len(run.text) < LENGTH


def _chain(parts: tuple[Run, ...], openers: list[Run], heights: list[float], parted: Callable[[Run, Run], bool]) -> tuple[Run, ...]:
    last = parts[-1]
    below = _below(parts[0], last, openers, heights)
    if below is None:
        return ()
    whole = "".join(run.text for run in parts) + below.text
    if len(whole) == LENGTH:
        return (*parts, below) if is_identity_number(whole) and not parted(last, below) else ()
    if len(whole) < LENGTH and len(parts) + 1 < _MOST_PARTS and below.closes and below.text.isdigit() and not parted(last, below):
        return _chain((*parts, below), openers, heights, parted)
    return ()


def _below(head: Run, last: Run, openers: list[Run], heights: list[float]) -> Run | None:
    """The nearest run that begins a line under `last`, inside the column of `head`."""
    first = bisect_left(heights, last.middle - _FARTHEST * last.height)
    stop = bisect_right(heights, last.middle - _NEAREST * last.height)
    near = [run for run in openers[first:stop] if within(head, last, run)]
    return max(near, key=lambda run: (run.middle, -abs(run.left - head.line_left)), default=None)


def within(head: Run, last: Run, run: Run) -> bool:
    """Is a run set in the column of `head`, and in the print of `last`?"""
    # The first line of a paragraph may be indented by two characters; a cell has no such room.
    indent = 2.2 if head.line_right - head.line_left > 15 * head.height else 0.6
    inside = head.line_left - indent * head.height <= run.left and run.right <= head.line_right + 0.6 * head.height
    return inside and 0.75 <= run.height / last.height <= 1.34


def edits(text: str, chains: Sequence[tuple[Run, ...]]) -> list[Edit]:
    """What makes each broken number whole at the place of its head."""
    found: list[Edit] = []
    for head, *rest in chains:
        found.append((head.end, head.end, "".join(run.text for run in rest)))
        found += [(*whole_line(text, run), "") for run in rest]
    return found


def edited(text: str, changes: Sequence[Edit]) -> str:
    """A text after changes that do not overlap."""
    for start, end, put in sorted(changes, reverse=True):
        text = text[:start] + put + text[end:]
    return text


def whole_line(text: str, run: Run) -> tuple[int, int]:
    """What goes with a tail: its line end too, where it stood alone in a line."""
    alone = text[: run.start].endswith(("\n", "\r")) or run.start == 0
    after = 2 if text.startswith("\r\n", run.end) else 1 if text.startswith("\n", run.end) else 0
    return run.start, run.end + (after if alone else 0)
