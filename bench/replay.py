"""The full inspection's run once more from its snapshots: read, detect, check, score, outputs; and the proof that it says the same."""

from __future__ import annotations

import json
from pathlib import Path

from govcrawl import replaying


def main() -> None:
    receipt = json.loads(Path("full/receipt.json").read_text(encoding="utf-8"))
    result = replaying.replay(receipt["run"], store="sqlite:///full.db", out=Path("replay"))
    check(Path("full"), receipt["run"], Path("replay"), result.run.id)
    [site] = json.loads(Path("replay/receipt.json").read_text(encoding="utf-8"))["sites"]
    print("pages", site["pages"]["read"])


def check(crawl: Path, run: str, replay: Path, again: str) -> None:
    """End with a message unless the findings of both are the same byte for byte, but for the name of the run."""
    wanted, found = _findings(crawl, run), _findings(replay, again)
    if not wanted:
        raise SystemExit("the crawl has no findings: nothing to compare")
    if wanted != found:
        raise SystemExit("the replay's findings are not those of the crawl")


def _findings(out: Path, run: str) -> str:
    return (out / "findings.jsonl").read_text(encoding="utf-8").replace(f'"run": "{run}"', '"run": ""')


if __name__ == "__main__":
    main()
