"""One inspection of some sites of the simulated government, for everything that is done with a finished run."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from main_job import QUICK, ROOT, govcrawl, rows

from govcrawl import demonstration

SITES = ("3299880001", "3299770001", "3299880012")
"""Personal data and attachments; lists that a script draws from data it fetches; lists drawn from endpoints."""
AS_OF = "2026-11-16"


class Workspace(NamedTuple):
    folder: Path
    run: str

    @property
    def store(self) -> str:
        return f"sqlite:///{self.folder}/govcrawl.db"

    @property
    def snapshots(self) -> Path:
        return self.folder / "snapshots"

    def copy(self, to: Path) -> Workspace:
        """The same workspace elsewhere, to be spoiled. By another process: closing a file here would drop SQLite's locks on it in this one."""
        subprocess.run(["cp", "-r", str(self.folder), str(to)], check=True)
        return Workspace(to, self.run)


def inspected(folder: Path) -> Workspace:
    """Inspect in a process of its own, behind the proxy of the simulated government, which is gone when this returns."""
    registry = yaml.safe_load((ROOT / "fixtures" / "portal" / "registry.yml").read_text(encoding="utf-8"))
    registry["sites"] = [row for row in registry["sites"] if row["网站标识码"] in SITES]
    (folder / "sites.yml").write_text(yaml.safe_dump(registry, allow_unicode=True), encoding="utf-8")
    with demonstration.portal().Portal() as portal:
        done = govcrawl(
            "inspect", "sites.yml", "--as-of", AS_OF, "--out", "out", "--shots", "none", *QUICK, cwd=folder, proxy=portal.proxy_url
        )
    assert done.returncode in (3, 4), done.stderr[-3000:]
    return Workspace(folder, said(folder / "out")["run"])


def said(out: Path) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((out / "scorecard.json").read_text(encoding="utf-8"))
    return card


def bytes_of(out: Path, name: str = "findings.jsonl") -> str:
    """A file as it was written, without the name of the run that wrote it."""
    run = said(out)["run"]
    return (out / name).read_text(encoding="utf-8").replace(f'"run": "{run}"', '"run": ""')


def findings(out: Path, wanted: Callable[[dict[str, Any]], bool] = lambda row: True) -> list[dict[str, Any]]:
    return [row for row in rows(out / "findings.jsonl") if wanted(row)]
