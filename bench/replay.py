"""The full inspection's run once more from its snapshots: read, detect, check, score, outputs; and the proof that it says the same."""

from __future__ import annotations

import json
from pathlib import Path

from govcrawl import replaying


def main() -> None:
    receipt = json.loads(Path("full/receipt.json").read_text(encoding="utf-8"))
    result = replaying.replay(receipt["run"], store="sqlite:///full.db", out=Path("replay"))
    if _findings("full", receipt["run"]) != _findings("replay", result.run.id):
        raise SystemExit("the replay's findings are not those of the crawl")
    [site] = json.loads(Path("replay/receipt.json").read_text(encoding="utf-8"))["sites"]
    print("pages", site["pages"]["read"])


def _findings(out: str, run: str) -> str:
    """The findings byte for byte, without the name of the run."""
    return (Path(out) / "findings.jsonl").read_text(encoding="utf-8").replace(f'"run": "{run}"', '"run": ""')


if __name__ == "__main__":
    main()
