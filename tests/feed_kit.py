"""Change sequences to read, and a consumer as a scoring service has one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from main_job import ROOT, environment

from govcrawl.model.findings import Finding, Outcome, Review, finding_id
from govcrawl.model.items import Article, Attachment, Record
from govcrawl.model.runs import Run
from govcrawl.store.base import Store, open_store

SITE, RUN = "3299880001", "20261116-abcdef"
TOKEN = "invented-token-of-the-tests"


FIXTURE = ROOT / "fixtures" / "portal"
COUNTY, FEW_FINDINGS, VETOED = "3299880001", "3299880012", "3299880035"
_INSPECTION = """
import sys
from govcrawl import inspection, pinning
inspection.run(["three.yml"], pinning.Options(
    as_of=sys.argv[1], render="never", shots="none", delay=0, concurrency=8, second_look_after=1, link_timeout=3, page_timeout=6,
))
"""
"""As the command does it, with less patience for hosts that never answer."""


def inspect_three(workspace: Path, proxy: str) -> dict[str, Any]:
    """Inspect three sites of the simulated government into a workspace; returns what was planted."""
    planted: dict[str, Any] = yaml.safe_load((FIXTURE / "planted.yml").read_text(encoding="utf-8"))
    registry = yaml.safe_load((FIXTURE / "registry.yml").read_text(encoding="utf-8"))
    registry["sites"] = [row for row in registry["sites"] if row["网站标识码"] in (COUNTY, FEW_FINDINGS, VETOED)]
    (workspace / "three.yml").write_text(yaml.safe_dump(registry, allow_unicode=True), encoding="utf-8")
    command = [sys.executable, "-c", _INSPECTION, planted["as_of"]]
    subprocess.run(command, cwd=workspace, env=environment(proxy), timeout=240, check=True)
    return planted


class Clock:
    """Stands still until it is set."""

    def __init__(self, day: str = "2026-11-16") -> None:
        self.day = day

    def now(self) -> datetime:
        return datetime.fromisoformat(f"{self.day}T10:00:00+08:00")

    def monotonic(self) -> float:
        return 0.0


def opened(folder: Path, clock: Clock | None = None) -> Store:
    return open_store(f"sqlite:///{folder}/govcrawl.db", clock or Clock())


def articles(numbers: Iterable[int], text: str = "正文") -> list[Record]:
    urls = [(n, f"http://www.qinghe.gov.cn/{n}.html") for n in numbers]
    return [Article(site=SITE, url=url, key=url, title=f"第{n}篇", text=text, fetched_at="2026-11-16T08:00:00+08:00") for n, url in urls]


def finding(value: str) -> Finding:
    ident = finding_id("link-dead", SITE, "http://www.qinghe.gov.cn/", value)
    return Finding(
        id=ident, rule="link-dead", outcome=Outcome.FAIL, site=SITE, object="page", url="http://www.qinghe.gov.cn/", message="链接失效",
        value=value, first_seen="2026-11-16T09:00:00+08:00", run=RUN, as_of="2026-11-16",
    )  # fmt: skip


def fill(store: Store) -> None:
    """Some of every way in which things come, change and go."""
    store.save_run(Run(id=RUN, targets=[], targets_key="k", pack="national-2019", as_of="2026-11-16", seed="2026-Q4", started_at=""))
    store.put_records(RUN, SITE, articles(range(6)))
    store.put_records(RUN, SITE, [*articles(range(1, 4), "新的正文"), Attachment(site=SITE, url="http://a/f.doc", key="http://a/f.doc")])
    store.put_judgement(RUN, SITE, [finding("http://dead/"), finding("http://gone/")], {"site": SITE}, {"site": SITE}, [])
    store.put_judgement(RUN, SITE, [finding("http://dead/")], {"site": SITE, "n": 2}, {"site": SITE}, [])
    store.decide(Review(finding="f" * 16, decision="confirmed", fingerprint="x", by="甲", at="2026-11-16T08:00:00+08:00"))
    store.put_records("20261117-bbbbbb", SITE, articles(range(8), "第三版"))


class Consumer:
    """Keeps what stands, and how far it came; both survive a stop, unless it dies between the two."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[int, Any]] = {}
        self.after = 0

    def take(self, change: dict[str, Any]) -> None:
        if change["rev"] > self.kept.get(change["id"], (0, None))[0]:
            self.kept[change["id"]] = change["rev"], change["payload"]

    @property
    def standing(self) -> dict[str, Any]:
        return {ident: payload for ident, (_, payload) in self.kept.items() if payload is not None}


def standing(store: Store) -> dict[str, Any]:
    """What a consumer that never stopped has."""
    consumer = Consumer()
    for change in store.changes(0, 100_000):
        consumer.take(change)
    return consumer.standing
