"""Looks: what must be fetched once more, after the crawl's queue is drained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, frozen=True, kw_only=True)
class Look:
    """One address to fetch again: a dead link's second try, or a page to render for its script-written marks."""

    kind: str
    """`again` (GET with Referer) or `render`."""
    url: str
    referer: str | None
    control: str | None = None
    """Control address asked right after (the inspected site's home page; the bearing page for targets on that host)."""
