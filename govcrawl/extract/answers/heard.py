"""What a page's scripts fetched while it was rendered: which of it is the list that the page shows, so that the rest is asked for without a browser."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from govcrawl.text import normalise

MAX_BYTES = 2 << 20
"""Longer answers are no lists of a page."""
MOST = 12
"""Answers of one rendering that are kept."""
FOLLOWED = 3
"""Lists of one page that are followed."""
_SHOWN = 0.5
"""Share of an answer's titles that must stand on the page: menus and counters are fetched too, and shown nowhere in the list."""
_HEAD = 12
"""Characters of a title that are looked for: lists cut their titles for display."""


@dataclass(slots=True, frozen=True)
class Heard:
    """One request of a page's script and its answer."""

    url: str
    form: str | None
    """Body of a POST; null = GET."""
    media_type: str
    body: bytes


def is_shown(rows: Sequence[dict[str, Any]], text: str) -> bool:
    """Whether the page shows the rows: most of their titles stand in its text."""
    heads = [_head(row["title"]) for row in rows]
    plain = normalise.compact(text)
    return sum(head in plain for head in heads) >= _SHOWN * len(heads) if heads else False


def is_listed(rows: Sequence[dict[str, Any]], titles: Iterable[str]) -> bool:
    """Whether the page's own links give the rows already."""
    known = {_head(title) for title in titles}
    return sum(_head(row["title"]) in known for row in rows) >= _SHOWN * len(rows)


def _head(title: str) -> str:
    return normalise.compact(title)[:_HEAD]
