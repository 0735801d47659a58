"""Text → hits: what a detector saw, where, how sure. It knows no page date, no site and no points.

`run` is the one entry. Rules are built here only where the catalogue says so; a detector that is not sure marks its hit `weak`.
"""

from __future__ import annotations

from collections.abc import Iterable

from govcrawl.detect.privacy import find as find_personal
from govcrawl.detect.wording import wording
from govcrawl.model.facts import TextPlace
from govcrawl.model.hits import Hit

__all__ = ["run"]

_COLUMN = "table:"
_NO_TYPOS = frozenset({"comment"})
"""Places where only personal data counts: a comment in the source is no wording that visitors read."""


def run(texts: Iterable[TextPlace], key: bytes) -> list[Hit]:
    """All hits in the texts of one page or file, in their order.

    Args:
        texts: visible text by region; a table cell's place is `table:<column header>`, so that a number is judged with its column.
        key: secret of the store; personal data is told apart by hmac-sha256 with it and never stored.
    """
    pieces = list(texts)
    hits: list[Hit] = []
    words = wording()
    headers = _headers(pieces)
    for piece in pieces:
        if not piece.text:
            continue
        hits += find_personal(piece, key, headers.get(piece.locator, "") if piece.place.startswith(_COLUMN) else "")
        if piece.place not in _NO_TYPOS:
            hits += words.find(piece)
    return hits


def _headers(pieces: list[TextPlace]) -> dict[str, str]:
    """Locator of a table → its column headers: whose number it is often stands in the next column."""
    found: dict[str, list[str]] = {}
    for piece in pieces:
        if piece.place.startswith(_COLUMN):
            found.setdefault(piece.locator, []).append(piece.place.removeprefix(_COLUMN))
    return {locator: " ".join(names) for locator, names in found.items()}
