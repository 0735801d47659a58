"""Running the command as a user does: a process of its own, a proxy on loopback, a workspace folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
QUICK = ("--delay", "0", "--concurrency", "8", "--second-look-after", "1", "--shots", "none")


def environment(proxy: str | None) -> dict[str, str]:
    """The environment of a user behind `proxy` (null: no proxy at all)."""
    values = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    values["PYTHONPATH"] = str(ROOT)
    if proxy:
        values.update(http_proxy=proxy, https_proxy=proxy)
    return values


def govcrawl(*arguments: str, cwd: Path, proxy: str | None = None, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "govcrawl", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment(proxy), capture_output=True, text=True, timeout=timeout, check=False)


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


_FLEETING_FINDING = ("run", "snapshot", "first_seen", "shot")
_FLEETING_RECORD = ("fetched_at", "snapshot")
_FLEETING_EVIDENCE = ("at", "address", "milliseconds", "snapshot", "fetched_at")


def lasting(out: Path) -> tuple[list[Any], list[Any]]:
    """Records and findings of an output folder without what differs between two runs over the same pages by its nature."""

    def still(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: still(v) for k, v in value.items() if k not in _FLEETING_EVIDENCE}
        return [still(v) for v in value] if isinstance(value, list) else value

    findings = [
        {k: still(v) if k == "evidence" else v for k, v in row.items() if k not in _FLEETING_FINDING}
        for row in rows(out / "findings.jsonl")
    ]
    records = [{k: v for k, v in row.items() if k not in _FLEETING_RECORD} for row in rows(out / "records.jsonl")]
    return records, findings
