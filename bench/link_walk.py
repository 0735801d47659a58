"""Our link walk alone: frontier, scheduler, one parse a page; no snapshots' reading beyond links, no extraction, no store."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from govcrawl import crawling, reading
from govcrawl.model.facts import Context, PageFacts, PageResult
from govcrawl.model.targets import Target


class Nothing:
    """A store that keeps nothing."""

    def mask_key(self) -> bytes:
        return b"\0" * 32

    def put_results(self, run_id: str, results: Sequence[PageResult]) -> None:
        pass


def links_only() -> Any:
    """A reading that sees links and nothing else."""
    links: dict[str, list[str]] = {}

    def read(exchange: Any, context: Context, scope: Any) -> Any:
        links[exchange.url] = reading.links_only(exchange, scope)
        return SimpleNamespace(facts=PageFacts(url=exchange.url, kind="other"), texts=[])

    def follow(facts: PageFacts, context: Context, scope: Any) -> list[tuple[str, Context]]:
        return [(url, Context(depth=context.depth + 1)) for url in links.pop(facts.url, ()) if url.startswith(scope.home)]

    return SimpleNamespace(Exchange=reading.Exchange, Scope=reading.Scope, read=read, follow=follow, detect=lambda texts, key: [])


def main() -> None:
    home = sys.argv[1]
    target = Target(url=home, site=home.split("/")[2], basis="bench")
    plan = crawling.CrawlPlan(
        run="walk", targets=[target], store=Nothing(), folder=Path("walk"), delay=0, concurrency=16, max_pages=10**6, render="never",
        reading=links_only(), complete=lambda items: items, pattern_pages=10**6,
    )  # fmt: skip
    [summary] = crawling.Crawling(plan).run().values()
    print("pages", sum(n for (outcome, _), n in summary.outcomes.items() if outcome == "read"))


if __name__ == "__main__":
    main()
