"""The store's contract: every store passes these."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from govcrawl.errors import StoreError, UsageError
from govcrawl.model.facts import LOOK, RENDER, Context, Link, PageFacts, PageResult, Try, Visit
from govcrawl.model.findings import Finding, Issue, Outcome, Review, finding_id
from govcrawl.model.items import Article, Snapshot
from govcrawl.model.runs import Run
from govcrawl.store.base import Store, open_store

SITE = "3212830001"
RUN = "20261116-abcdef"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/workspace.db")
    yield opened
    opened.close()


def result(url: str, role: str = "page", title: str | None = "标题", outcome: str = "read") -> PageResult:
    context = Context(role=role)
    tries = [Try(at="2026-11-16T08:00:00+08:00", url=url, status=200, snapshot=Snapshot("a.warc.gz", 3, "0" * 64))]
    facts = None
    if title is not None:
        link = Link(url="http://www.a.gov.cn/x", href="x", text="附件", tag="a", region="body", locator="(//a)[1]/@href")
        facts = PageFacts(url=url, title=title, links=[link], rendered=role == RENDER)
    return PageResult(site=SITE, key=1, visit=Visit(url=url, context=context, outcome=outcome, tries=tries), facts=facts)


def finding(value: str = "http://dead/", at: str = "2026-11-16T09:00:00+08:00") -> Finding:
    ident = finding_id("link-dead", SITE, "http://www.a.gov.cn/", value)
    return Finding(
        id=ident, rule="link-dead", outcome=Outcome.FAIL, site=SITE, object="page", url="http://www.a.gov.cn/", message="链接失效",
        value=value, first_seen=at, run=RUN, snapshot=Snapshot("a.warc.gz", 3, "0" * 64),
    )  # fmt: skip


def test_visits_and_facts_come_back_whole_and_in_address_order(store: Store) -> None:
    store.put_results(
        RUN,
        [result("http://www.a.gov.cn/b"), result("http://www.a.gov.cn/a"), result("http://www.a.gov.cn/c", title=None, outcome="failed")],
    )
    assert [v.url for v in store.visits(RUN, SITE)] == ["http://www.a.gov.cn/a", "http://www.a.gov.cn/b", "http://www.a.gov.cn/c"]
    pages = list(store.pages(RUN, SITE))
    assert [p.url for p in pages] == ["http://www.a.gov.cn/a", "http://www.a.gov.cn/b"]
    assert pages[0] == result("http://www.a.gov.cn/a").facts
    assert list(store.pages(RUN, SITE, links=False))[0].links == []
    assert store.page(RUN, SITE, "http://www.a.gov.cn/b") == result("http://www.a.gov.cn/b").facts
    assert store.page(RUN, SITE, "http://www.a.gov.cn/none") is None


def test_the_same_page_stored_twice_is_one_and_the_rendered_reading_wins(store: Store) -> None:
    url = "http://www.a.gov.cn/list"
    store.put_results(RUN, [result(url, RENDER, "脚本后")])
    store.put_results(RUN, [result(url, title="脚本前")])
    store.put_results(RUN, [result(url, title="脚本前")])
    assert [p.title for p in store.pages(RUN, SITE)] == ["脚本后"]
    page = store.page(RUN, SITE, url)
    assert page is not None and page.title == "脚本后"


def test_looks_stand_apart_from_visits(store: Store) -> None:
    store.put_results(RUN, [result("http://dead.cn/", "outside", None, "failed"), result("http://dead.cn/", LOOK, None, "failed")])
    assert [v.context.role for v in store.visits(RUN, SITE)] == ["outside"]
    assert [v.context.role for v in store.looks(RUN, SITE)] == [LOOK]


def article(text: str, fetched: str = "2026-11-16T08:00:00+08:00") -> Article:
    return Article(site=SITE, url="http://www.a.gov.cn/1", key="http://www.a.gov.cn/1", text=text, fetched_at=fetched)


def test_rev_grows_only_with_the_content_and_every_change_is_announced_once(store: Store) -> None:
    store.put_records(RUN, SITE, [article("甲")])
    store.put_records(RUN, SITE, [article("甲", "2026-11-17T08:00:00+08:00")])
    store.put_records("20261117-aaaaaa", SITE, [article("乙")])
    assert [r.rev for r in store.records(RUN, SITE)] == [1]
    assert [r.rev for r in store.records("20261117-aaaaaa", SITE)] == [2]
    assert [(c["kind"], c["rev"], c["payload"]["text"]) for c in store.changes(0, 10)] == [("article", 1, "甲"), ("article", 2, "乙")]
    assert [c["seq"] for c in store.changes(1, 10)] == [2]


def test_a_run_sees_what_it_saw_even_after_a_later_run_changed_it(store: Store) -> None:
    store.put_records(RUN, SITE, [article("甲")])
    store.put_records("20261117-aaaaaa", SITE, [article("乙")])
    [old] = store.records(RUN, SITE, "article")
    assert isinstance(old, Article) and old.text == "甲" and old.fetched_at == "2026-11-16T08:00:00+08:00"
    assert list(store.records(RUN, SITE, "message")) == []


def test_judgement_replaces_and_first_seen_stays(store: Store) -> None:
    issue = Issue.make("checks", "无法理解", site=SITE)
    store.put_judgement(RUN, SITE, [finding(), finding("http://gone/")], {"site": SITE}, {"site": SITE, "state": "complete"}, [issue])
    later = "2026-12-16T09:00:00+08:00"
    store.put_judgement(RUN, SITE, [finding(at=later)], {"site": SITE, "n": 2}, {"site": SITE}, [])
    [kept] = store.findings(RUN)
    assert kept.value == "http://dead/" and kept.snapshot == Snapshot("a.warc.gz", 3, "0" * 64) and kept.outcome is Outcome.FAIL
    assert store.first_seen(SITE, later)[kept.id] == "2026-11-16T09:00:00+08:00"
    assert store.scorecards(RUN) == [{"site": SITE, "n": 2}] and store.receipts(RUN) == [{"site": SITE}] and store.issues(RUN) == []


def test_a_sample_is_drawn_once(store: Store) -> None:
    store.put_draws(RUN, SITE, {"D8-1": ["u1"]})
    store.put_draws(RUN, SITE, {"D8-1": ["u2"], "D13-1": []})
    assert store.draws(RUN, SITE) == {"D13-1": [], "D8-1": ["u1"]}


def test_decisions_are_appended_in_order(store: Store) -> None:
    for decision in ("confirmed", "false_positive"):
        store.decide(Review(finding="f" * 16, decision=decision, fingerprint="x", by="甲", at="2026-11-16T08:00:00+08:00"))
    assert [d.decision for d in store.decisions()] == ["confirmed", "false_positive"]


def test_runs_and_the_mask_key_survive_reopening(tmp_path: Path) -> None:
    location = f"sqlite:///{tmp_path}/w.db"
    first = open_store(location)
    run = Run(id=RUN, targets=[{"url": "http://www.a.gov.cn/"}], targets_key="k", pack="national-2019", as_of="2026-11-16", seed="2026-Q4")
    first.save_run(run)
    key = first.mask_key()
    first.close()
    again = open_store(location)
    assert again.run(RUN) == run and again.runs() == [run] and again.run("none") is None
    assert again.mask_key() == key and len(key) == 32
    again.close()


def test_another_kind_of_address_and_a_folder_that_cannot_be_made_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="无法识别的存储地址：redis://x"):
        open_store("redis://x")
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="无法打开存储"):
        open_store(f"sqlite:///{tmp_path}/file/w.db")


def test_a_store_that_cannot_be_written_says_so_and_keeps_what_it_had(store: Store, tmp_path: Path) -> None:
    store.put_results(RUN, [result("http://www.a.gov.cn/a")])
    blocker = sqlite3.connect(tmp_path / "workspace.db")
    blocker.execute("DROP TABLE pages")
    blocker.close()
    with pytest.raises(StoreError, match="写入存储 .* 失败"):
        store.put_results(RUN, [result("http://www.a.gov.cn/b")])
    store.decide(Review(finding="f" * 16, decision="confirmed", fingerprint="x", by="甲", at="2026-11-16T08:00:00+08:00"))
    assert len(store.decisions()) == 1
