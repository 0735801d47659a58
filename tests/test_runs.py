"""One site over several runs: what is new, persisting and fixed; people's decisions; pinned values; a site's history."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile_net import HostileNet, Wire, serving
from main_job import QUICK, govcrawl, rows

from govcrawl.model.findings import Review
from govcrawl.scoring import fingerprint
from govcrawl.store.base import Store, open_store

pytestmark = pytest.mark.xdist_group("runs")
SITE = "http://town.gov.cn/"
FOOT = '<div class="footer">主办单位：清和镇人民政府 <a href="{}">友情链接</a></div>'


class Town:
    """A small site whose owner mends and breaks things between two inspections."""

    def __init__(self) -> None:
        self.pages = {
            "/": self.home("/gone.htm"),
            "/tzgg/": self.page("通知公告", "/tzgg/1.htm"),
            "/tzgg/1.htm": self.page("关于停水的通知", "/"),
        }

    @staticmethod
    def home(friend: str) -> str:
        return (
            '<html><head><title>清和镇人民政府</title></head><body><ul class="nav"><li><a href="/">首页</a></li><li><a href="/tzgg/">通知公告</a></li></ul>'
            + FOOT.format(friend)
            + "</body></html>"
        )

    @staticmethod
    def page(title: str, link: str) -> str:
        return f'<html><head><title>{title}</title></head><body><h1>{title}</h1><p>发布时间：2026-11-01</p><p>明日起停水一天，请居民提前储水。</p><a href="{link}">下一篇</a></body></html>'

    def __call__(self, wire: Wire) -> None:
        body = self.pages.get(wire.path)
        wire.send(body or "没有", 200 if body else 404)


class Office(Iterator[dict[str, Any]]):
    """Inspects the town again and again in one workspace; each step gives the site's scorecard."""

    def __init__(self, proxy: str, place: Path) -> None:
        self.proxy, self.place, self.n = proxy, place, 0

    def __next__(self) -> dict[str, Any]:
        self.n += 1
        done = govcrawl(
            "inspect", SITE, "--as-of", f"2026-11-{15 + self.n}", "--out", f"out{self.n}", *QUICK, cwd=self.place, proxy=self.proxy
        )
        assert done.returncode in (0, 3, 4), done.stderr
        card: dict[str, Any] = json.loads((self.place / f"out{self.n}" / "scorecard.json").read_text(encoding="utf-8"))
        return card

    def dead(self) -> list[str]:
        return [
            f["value"] for f in rows(self.place / f"out{self.n}" / "findings.jsonl") if f["rule"] == "link-dead" and f["outcome"] == "fail"
        ]


def test_a_mended_link_is_fixed_and_a_new_one_is_new(tmp_path: Path) -> None:
    town = Town()
    with serving(HostileNet(town=town)) as net:
        office = Office(net.proxy, tmp_path)
        first = next(office)
        assert office.dead() == [SITE + "gone.htm"]
        assert "首次检查，没有可比较的上次结果" in (tmp_path / "out1" / "report.html").read_text(encoding="utf-8")

        town.pages["/"] = town.home("/lost.htm")
        second = next(office)
        assert office.dead() == [SITE + "lost.htm"]
        report = (tmp_path / "out2" / "report.html").read_text(encoding="utf-8")
        assert "已整改 <b>1</b> 处" in report and "新发现 <b>1</b> 处" in report

    done = govcrawl("diff", first["run"], second["run"], "--json", cwd=tmp_path)
    [change] = [json.loads(line) for line in done.stdout.splitlines()]
    assert (len(change["new"]), len(change["fixed"]), change["not_looked_at"]) == (1, 1, []) and change["persisting"]
    kept = {f["id"]: f for f in rows(tmp_path / "out1" / "findings.jsonl")}
    for finding in rows(tmp_path / "out2" / "findings.jsonl"):
        if finding["id"] in change["persisting"]:
            assert finding["first_seen"] == kept[finding["id"]]["first_seen"]


def decide(store: Store, finding_id: str, run: str, decision: str) -> None:
    [finding] = [f for f in store.findings(run) if f.id == finding_id]
    store.decide(Review(finding=finding.id, decision=decision, fingerprint=fingerprint(finding), by="甲", at="2026-11-16T10:00:00+08:00"))


def test_a_false_positive_costs_nothing_and_a_confirmed_candidate_counts(tmp_path: Path) -> None:
    with serving(HostileNet(town=Town())) as net:
        card = next(Office(net.proxy, tmp_path))
    run, before = card["run"], card["sites"][0]
    dead = next(f for f in rows(tmp_path / "out1" / "findings.jsonl") if f["rule"] == "link-dead" and f["outcome"] == "fail")
    store = open_store(f"sqlite:///{tmp_path}/govcrawl.db")
    decide(store, dead["id"], run, "false_positive")
    store.close()

    done = govcrawl("score", run, "--out", "again", cwd=tmp_path)
    assert done.returncode in (0, 3, 4), done.stderr
    after = json.loads((tmp_path / "again" / "scorecard.json").read_text(encoding="utf-8"))["sites"][0]
    lost = {i["id"]: i.get("lost") for i in before["indicators"]}, {i["id"]: i.get("lost") for i in after["indicators"]}
    assert (lost[0]["D22"], lost[1]["D22"]) == ("0.20", "0.00")
    [judged] = [f for f in rows(tmp_path / "again" / "findings.jsonl") if f["id"] == dead["id"]]
    assert judged["outcome"] == "fail" and judged["review"]["decision"] == "false_positive", (
        "the machine's outcome stays beside the person's"
    )


def test_an_unknown_run_is_named(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/govcrawl.db").close()
    done = govcrawl("score", "20200101-000000", cwd=tmp_path)
    assert done.returncode == 2 and "没有检查批次 20200101-000000" in done.stderr


def test_the_home_page_under_a_second_address_is_judged_once(tmp_path: Path) -> None:
    town = Town()
    town.pages["/"] = town.pages["/town/index.shtml"] = town.home("/town/index.shtml")
    with serving(HostileNet(town=town)) as net:
        next(Office(net.proxy, tmp_path))
        assert net.asked[SITE + "town/index.shtml"] == 1
    assert not [f["rule"] for f in rows(tmp_path / "out1" / "findings.jsonl") if f["url"] == SITE + "town/index.shtml"]
