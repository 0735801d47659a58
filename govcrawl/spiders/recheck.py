"""The crawl of a given list: the same loop, following nothing but what belongs to a page itself."""

from __future__ import annotations

from collections.abc import Sequence

from govcrawl.model.facts import DATA, PAGE, RENDER, Context, PageFacts
from govcrawl.spiders.site import SiteSpider
from govcrawl.store.frontier import Row


class RecheckSpider(SiteSpider):
    """Asks what the plan gives (`CrawlPlan.given`), the redirects of it, the rendering of a page that a script draws, and its list's first answer."""

    name = "recheck"

    def _fresh(self, row: Row, facts: PageFacts, found: Sequence[tuple[str, Context]]) -> list[tuple[str, Context]]:
        role = row.context.role
        own = [
            (url, context)
            for url, context in found
            if (context.role == RENDER and url == row.url) or (context.role == DATA and role in (PAGE, RENDER) and _is_list(facts))
        ]
        return super()._fresh(row, facts, own) if own else []


def _is_list(facts: PageFacts) -> bool:
    """Whether the data that a page fetches is what is asked about: its list, not the weather."""
    return facts.kind not in ("content", "policy", "interpretation", "guide", "message")
