"""A site of the simulated government falls away between two runs: the later run is `incomplete`, and receipt, report, feed and stderr say why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from govcrawl import demonstration, inspection, pinning
from govcrawl.report.summary import Result
from govcrawl.store.base import open_store

HOME = "http://www.anhe.gov.cn/"
SITE = "www.anhe.gov.cn"
_DETAIL = re.compile(r"/20\d\d/\d\d/\d\d/")
"""Matches "/news/2026/11/15/102.html", not "/news/"."""


def undated_said(whole: dict[str, Any]) -> str:
    entries = whole["health"]["entry"]
    return f"列表条目的日期本次读出 0%，此前 {entries['dated'] / entries['records']:.0%}，少了一半以上"


def fewer_said(whole: dict[str, Any], worse: dict[str, Any]) -> str:
    return f"本次读到 {worse['pages']['read']} 页，此前 {whole['pages']['read']} 页，少了一半以上"


class Clock:
    """A day later with each run."""

    def __init__(self) -> None:
        self.at, self.ticks = datetime.fromisoformat("2026-11-16T09:00:00+08:00"), 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        self.ticks += 0.001
        return self.ticks


class World:
    """The simulated government, but for what is changed of its answers."""

    def __init__(self, world: Any) -> None:
        self._world = world
        self.changed: Any = lambda request, answer: answer

    def answer(self, request: Any) -> Any:
        answer = self._world.answer(request)
        return answer if answer is None else self.changed(request, answer)


def undated(request: Any, answer: Any) -> Any:
    """The list template loses its dates; the articles keep theirs."""
    if _DETAIL.search(request.url) or not answer.media.startswith("text/html"):
        return answer
    return replace(answer, body=re.sub(rb"<time>[^<]*</time>", b"", answer.body))


def fewer(request: Any, answer: Any) -> Any:
    """Half of what lies below the columns is gone."""
    lost = request.url.count("/") > 4 and sum(request.url.encode()) % 3
    return replace(answer, status=404, body="页面不存在".encode()) if lost else answer


class Lab:
    def __init__(self, folder: Path, world: World) -> None:
        self.folder, self.world, self.clock, self.said = folder, world, Clock(), list[str]()

    def run(self, name: str, changed: Any = lambda request, answer: answer, **values: Any) -> Result:
        self.world.changed, self.said = changed, []
        self.clock.at += timedelta(days=1)
        options = pinning.Options(
            as_of="2026-11-16", out=self.folder / name, store=f"sqlite:///{self.folder}/govcrawl.db", delay=0, concurrency=8,
            second_look_after=0, render="never", shots="none", retry_wait=0, **values,
        )  # fmt: skip
        return inspection.run([HOME], options, clock=self.clock, say=self.said.append)

    def receipt(self, result: Result) -> dict[str, Any]:
        return result.view.sites[0].receipt


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    with demonstration.portal().Portal() as portal:
        world = portal.world = World(portal.world)
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, portal.proxy_url)
        monkeypatch.setenv("no_proxy", "")
        yield Lab(tmp_path, world)


def test_a_template_that_loses_its_dates_and_keeps_losing_them(lab: Lab) -> None:
    whole = lab.run("a")
    assert (lab.receipt(whole)["state"], whole.exit_code, "note" in lab.receipt(whole)) == ("complete", 0, False)
    said = undated_said(lab.receipt(whole))
    # a degraded run is no measure for the next one; after three of them it is how the site is
    for name in ("b", "c", "d"):
        worse = lab.run(name, undated)
        receipt = lab.receipt(worse)
        assert (receipt["state"], receipt["note"], worse.exit_code) == ("incomplete", said, 4)
    assert f"    {said}" in lab.said and "    检查范围：不完整" in lab.said
    assert said in (lab.folder / "d" / "report.html").read_text(encoding="utf-8")
    with closing(open_store(f"sqlite:///{lab.folder}/govcrawl.db")) as store:
        told = [change["payload"] for change in store.changes(0, 100_000) if change["kind"] == "receipt"]
    assert [(row["state"], row.get("note")) for row in told[:2]] == [("complete", None), ("incomplete", said)]
    assert lab.receipt(lab.run("e", undated))["state"] == "complete"


def test_a_site_that_lost_half_its_pages_and_has_them_back(lab: Lab) -> None:
    whole, worse = lab.run("a"), lab.run("b", fewer)
    said = fewer_said(lab.receipt(whole), lab.receipt(worse))
    assert (lab.receipt(worse)["state"], lab.receipt(worse)["note"], worse.exit_code) == ("incomplete", said, 4)
    assert said in (lab.folder / "b" / "report.html").read_text(encoding="utf-8")
    again = lab.receipt(lab.run("c"))
    assert (again["state"], "note" in again) == ("complete", False)


def test_a_run_that_was_asked_for_fewer_pages_lost_none(lab: Lab) -> None:
    whole = lab.receipt(lab.run("a"))
    receipt = lab.receipt(lab.run("b", max_pages=30))
    assert (receipt["state"], receipt["pages"]["read"], "note" in receipt) == ("incomplete", 30, False)
    # nor is the small run a measure for what a whole one must read, or hides what it lost
    worse = lab.receipt(lab.run("c", fewer))
    assert worse["note"] == fewer_said(whole, worse)
