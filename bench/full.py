"""Our full inspection: crawl, snapshots, extraction, pipelines, store, looks, checks, scoring, outputs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from govcrawl import inspection, pinning


def main() -> None:
    options = pinning.Options(
        as_of="2026-11-16", out=Path("full"), store="sqlite:///full.db", delay=0, concurrency=16, max_pages=10**6, second_look_after=0, render="never", shots="none",
    )  # fmt: skip
    inspection.run([sys.argv[1]], options)
    [site] = json.loads(Path("full/receipt.json").read_text(encoding="utf-8"))["sites"]
    print("pages", site["pages"]["read"])


if __name__ == "__main__":
    main()
