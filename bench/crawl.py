"""The crawl alone (fetch, snapshots, reading, pipelines, store), or without one of its parts, for what that part costs: HOME PART FOLDER PAGES."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from bench.link_walk import Nothing
from govcrawl import crawling
from govcrawl.model.items import Snapshot
from govcrawl.model.targets import Target
from govcrawl.spiders import job
from govcrawl.store.recording import RawExchange, SnapshotWriter
from govcrawl.store.sqlite import SqliteStore

ALL, STORE, SNAPSHOTS = "all", "store", "snapshots"


class NoSnapshots(SnapshotWriter):
    """Keeps no exchange."""

    def write(self, exchange: RawExchange) -> Snapshot:
        return Snapshot("", 0, "")


def main() -> None:
    home, without, folder, pages = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
    store: Any = Nothing() if without == STORE else SqliteStore(folder / "store.db")
    if without == SNAPSHOTS:
        job.SnapshotWriter = NoSnapshots  # type: ignore[misc]
    target = Target(url=home, site=home.split("/")[2], basis="bench")
    plan = crawling.CrawlPlan(
        run="20261116-bench0", targets=[target], store=store, folder=folder, delay=0, concurrency=16, max_pages=pages, render="never", pattern_pages=10**6,
        today="2026-11-16",
    )  # fmt: skip
    [summary] = crawling.Crawling(plan).run().values()
    kept = "".join(path.name for path in folder.rglob("*.warc.gz"))
    assert bool(kept) == (without != SNAPSHOTS), "the part that is left out is left out, and no other"
    print("pages", sum(n for (outcome, _), n in summary.outcomes.items() if outcome == "read"))


if __name__ == "__main__":
    main()
