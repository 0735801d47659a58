"""Looks: what must be fetched once more, after the crawl's queue is drained."""

from __future__ import annotations

from dataclasses import dataclass

SEARCH, SEARCH_DATA, SEARCH_PAGE = "search", "search_data", "search_page"
"""Looks at the site's search: its answer for one title, that of the endpoint which its page was heard asking, and a page that only offers it."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Look:
    """One address to fetch again: a dead link's second try, or a page to render for its script-written marks."""

    kind: str
    """`again` (GET with Referer), `render`, `search` (the site's search asked for a title), `search_data` (its endpoint), `search_page` (a page that offers it)."""
    url: str
    referer: str | None
    control: str | None = None
    """Control address asked right after (the inspected site's home page; the bearing page for targets on that host)."""
    home: bool = False
    """The site's home page, which is read as such whatever it looks like."""
    form: str | None = None
    """Body of a POST; null = GET."""
    asks: tuple[tuple[str, ...], ...] = ()
    """As `Context.asks`."""
