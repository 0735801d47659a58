"""The store's contract: every store passes these."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import mongo_server
import pytest

from govcrawl.errors import StoreError, UsageError
from govcrawl.model.facts import ATTACHMENT, LOOK, RENDER, Context, Link, PageFacts, PageResult, Try, Visit
from govcrawl.model.files import FileFacts, FilePart
from govcrawl.model.findings import Finding, Issue, Outcome, Review, finding_id
from govcrawl.model.hits import Hit
from govcrawl.model.items import Article, Attachment, Probe, Snapshot
from govcrawl.model.orders import Order, OrderEvent, OrderItem
from govcrawl.model.runs import Run
from govcrawl.store.base import Store, open_store

SITE = "3212830001"
RUN = "20261116-abcdef"
pytestmark = pytest.mark.xdist_group("mongod")


@pytest.fixture(scope="module")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[mongo_server.Mongod]:
    with mongo_server.running(tmp_path_factory.mktemp("mongod")) as server:
        yield server


@pytest.fixture(params=["sqlite", "mongodb"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An address of a fresh store of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/workspace.db"
    server: mongo_server.Mongod = request.getfixturevalue("mongod")
    return f"mongodb://127.0.0.1:{server.port}/w{uuid.uuid4().hex[:12]}?replicaSet=rs0"


@pytest.fixture
def store(location: str) -> Iterator[Store]:
    opened = open_store(location)
    yield opened
    opened.close()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Store]:
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


def test_visits_of_one_role(store: Store) -> None:
    store.put_results(RUN, [result("http://www.a.gov.cn/"), result("http://www.a.gov.cn/f.doc", ATTACHMENT, None)])
    assert [v.url for v in store.visits(RUN, SITE, ATTACHMENT)] == ["http://www.a.gov.cn/f.doc"]
    assert len(list(store.visits(RUN, SITE))) == 2


def test_readings_of_attachments_are_kept_once_and_given_back_whole(store: Store) -> None:
    hit = Hit(rule="typo", entry="e", value="关健", quote="关健", place="body", locator="第3页", offset=0, key="关健", suggestion="关键")
    part = FilePart(format="pdf", text_status="read", text="正文" * 1000, pages=3, hits=[hit])
    store.put_documents(RUN, SITE, [FileFacts(url="u1", digest="d", parts=[part]), FileFacts(url="u2", digest="d")])
    store.put_documents(RUN, SITE, [FileFacts(url="u1", digest="d", parts=[part])])
    assert [(f.url, f.parts) for f in store.documents(RUN, SITE)] == [("u1", [part]), ("u2", [part])]
    assert [(f.parts[0].text, f.parts[0].hits) for f in store.documents(RUN, SITE, text=False)] == [(None, [hit])] * 2
    assert store.document(RUN, SITE, "u2") == FileFacts(url="u2", digest="d", parts=[part])
    assert store.document(RUN, SITE, "u3") is None and store.drained(RUN, SITE) == {"u1", "u2"}
    assert store.drained(RUN, "other") == set() and store.kept_digests(["d", "e", *map(str, range(1200))]) == {"d"}


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


def test_a_record_that_comes_twice_at_once_is_as_if_it_came_twice(store: Store) -> None:
    store.put_records(RUN, SITE, [article("甲"), article("乙"), article("乙"), article("甲")])
    assert [(r.rev, r.text) for r in store.records(RUN, SITE) if isinstance(r, Article)] == [(3, "甲")]
    assert [(c["seq"], c["rev"], c["payload"]["text"]) for c in store.changes(0, 10)] == [(1, 1, "甲"), (2, 2, "乙"), (3, 3, "甲")]


def test_more_records_than_one_batch_are_told_in_their_order_and_gone_ones_at_the_end(store: Store) -> None:
    urls = [f"http://www.a.gov.cn/{n}" for n in range(1203)]
    store.put_records(RUN, SITE, (Article(site=SITE, url=url, key=url, text=url) for url in urls))
    store.put_records(RUN, SITE, [*(Article(site=SITE, url=url, key=url, text=url) for url in urls[:600]), article("新")])
    told = store.changes(0, 5000)
    assert [c["payload"]["url"] for c in told if c["payload"]] == [*urls, "http://www.a.gov.cn/1"]
    assert [c["op"] for c in told[1204:]] == ["delete"] * 603 and [c["seq"] for c in told] == list(range(1, 1808))
    assert sorted(r.key for r in store.records(RUN, SITE)) == sorted(urls[:600])


def test_a_replay_of_an_older_run_takes_back_nothing_and_tells_nobody(store: Store) -> None:
    store.put_records(RUN, SITE, [article("甲")])
    store.put_records("20261117-aaaaaa", SITE, [article("乙")])
    told = store.changes(0, 10)
    store.put_records("replay-1", SITE, [article("甲")], told=False)
    store.put_records("replay-2", SITE, [article("甲，读得更好")], told=False)
    store.put_records("replay-3", SITE, [article("甲，读得更好")], told=False)
    assert [[r.rev for r in store.records(f"replay-{n}", SITE)] for n in (1, 2, 3)] == [[1], [3], [3]]
    assert [r.text for r in store.records("replay-3", SITE) if isinstance(r, Article)] == ["甲，读得更好"]
    store.put_records("replay-3", SITE, [], told=False)
    assert store.changes(0, 10) == told, "not even that it is gone"
    store.put_records("20261118-bbbbbb", SITE, [article("乙")])
    assert [r.rev for r in store.records("20261118-bbbbbb", SITE)] == [2] and store.changes(0, 10) == told
    store.put_records("20261119-cccccc", SITE, [article("甲，读得更好")])
    assert [r.rev for r in store.records("20261119-cccccc", SITE)] == [4], "no crawl had seen it"
    assert [(c["rev"], c["payload"]["text"]) for c in store.changes(0, 10)][len(told) :] == [(4, "甲，读得更好")]


def test_a_record_that_only_a_replay_gave_is_new_to_the_first_crawl(store: Store) -> None:
    store.put_records("replay-1", SITE, [article("甲")], told=False)
    store.put_records(RUN, SITE, [article("甲")])
    assert [r.rev for r in store.records(RUN, SITE)] == [2] and [c["rev"] for c in store.changes(0, 10)] == [2]


def test_a_run_sees_what_it_saw_even_after_a_later_run_changed_it(store: Store) -> None:
    store.put_records(RUN, SITE, [article("甲")])
    store.put_records("20261117-aaaaaa", SITE, [article("乙")])
    [old] = store.records(RUN, SITE, "article")
    assert isinstance(old, Article) and old.text == "甲" and old.fetched_at == "2026-11-16T08:00:00+08:00"
    assert list(store.records(RUN, SITE, "message")) == []


def probe(at: str, place: str = "甲", outcome: str = "ok", site: str = SITE) -> Probe:
    return Probe(
        site=site, url="http://www.a.gov.cn/", key=f"{at}/ipv4/{place}", at=at, fetched_at=at, milliseconds=80, outcome=outcome, place=place,
        address_family="ipv4", control=None if outcome == "ok" else True,
    )  # fmt: skip


def test_probes_are_appended_never_changed_and_found_by_their_time(store: Store) -> None:
    early, late, other = (probe(f"2026-11-{day}T23:59:59+08:00") for day in ("14", "15", "16"))
    store.put_probes([late, early])
    store.put_probes([])
    store.put_probes([early, other, probe(early.at, outcome="timeout"), probe(early.at, "乙", "timeout"), probe(early.at, site="s2")])
    assert list(store.probes(SITE, "2026-11-14", "2026-11-16")) == [probe(early.at, "乙", "timeout"), early, late]
    assert list(store.probes(SITE, early.at, late.at)) == [probe(early.at, "乙", "timeout"), early], "from, included, to, excluded"
    assert list(store.probes("s2", "2026-11-01", "2026-12-01")) == [probe(early.at, site="s2")]
    assert list(store.probes("321283000", "2026-11-01", "2026-12-01")) == [], "a site's name is no beginning of another's"
    told = store.changes(0, 20)
    assert [c["kind"] for c in told] == ["probe"] * 5 and len({c["id"] for c in told}) == 5
    assert [c["payload"]["outcome"] for c in told if c["id"].endswith("14T23:59:59+08:00/ipv4/甲") and SITE in c["id"]] == ["ok"]


def test_probes_belong_to_no_run_and_no_run_drops_them(store: Store) -> None:
    kept = probe("2026-11-14T10:00:00+08:00")
    store.put_probes([kept])
    store.put_records(RUN, SITE, [article("甲")])
    store.put_records(RUN, SITE, [])
    store.put_judgement(RUN, SITE, [], {"site": SITE}, {"site": SITE}, [])
    assert list(store.probes(SITE, "2026-11-14", "2026-11-15")) == [kept]
    assert list(store.records(RUN, SITE)) == [] and "probe" not in {c["kind"] for c in store.changes(0, 20) if c["op"] == "delete"}


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


def test_runs_and_the_mask_key_survive_reopening(location: str) -> None:
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


def test_a_store_that_cannot_be_written_says_so_and_keeps_what_it_had(embedded: Store, tmp_path: Path) -> None:
    embedded.put_results(RUN, [result("http://www.a.gov.cn/a")])
    blocker = sqlite3.connect(tmp_path / "workspace.db")
    blocker.execute("DROP TABLE pages")
    blocker.close()
    with pytest.raises(StoreError, match="写入存储 .* 失败"):
        embedded.put_results(RUN, [result("http://www.a.gov.cn/b")])
    embedded.decide(Review(finding="f" * 16, decision="confirmed", fingerprint="x", by="甲", at="2026-11-16T08:00:00+08:00"))
    assert len(embedded.decisions()) == 1


class Stopped:
    """A clock that stands still until it is set."""

    def __init__(self, at: str) -> None:
        self.at = datetime.fromisoformat(at)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


def told(store: Store, after: int = 0) -> list[tuple[str, str, int]]:
    return [(c["op"], c["id"], c["rev"]) for c in store.changes(after, 1000)]


def test_a_change_carries_the_moment_it_was_announced(location: str) -> None:
    clock = Stopped("2026-11-16T23:59:59+08:00")
    store = open_store(location, clock)
    store.put_records(RUN, SITE, [article("甲")])
    clock.at = datetime.fromisoformat("2026-11-16T16:00:01+00:00")
    store.put_records(RUN, SITE, [article("乙")])
    assert [c["at"] for c in store.changes(0, 10)] == ["2026-11-16T23:59:59+08:00", "2026-11-17T00:00:01+08:00"]
    store.close()


def test_two_kinds_at_one_address_are_two_things_in_the_sequence(store: Store) -> None:
    store.put_records(RUN, SITE, [article("甲"), Attachment(site=SITE, url="http://www.a.gov.cn/1", key="http://www.a.gov.cn/1")])
    assert told(store) == [("put", f"{kind}/{SITE}/http://www.a.gov.cn/1", 1) for kind in ("article", "attachment")]


def test_what_a_run_sees_no_more_is_announced_as_deleted_and_told_again_when_it_is_back(store: Store) -> None:
    ident = f"article/{SITE}/http://www.a.gov.cn/1"
    store.put_records(RUN, SITE, [article("甲")])
    store.put_records(RUN, SITE, [])
    assert told(store) == [("put", ident, 1), ("delete", ident, 2)]
    assert store.changes(1, 1)[0]["payload"] is None and store.newest("article", SITE, "", 10) == []
    store.put_records(RUN, SITE, [article("甲")])
    store.put_records(RUN, SITE, [article("甲", "2026-11-18T08:00:00+08:00")])
    assert told(store, 2) == [("put", ident, 3)], "the same content, but nobody would know it otherwise; and only once"
    store.put_records("20261117-aaaaaa", SITE, [])
    assert told(store, 3) == [], "a later run that does not meet a page says nothing about it"
    assert [r.rev for r in store.records(RUN, SITE)] == [1]


def test_findings_that_a_new_judgement_does_not_have_are_announced_as_deleted(store: Store) -> None:
    stays, goes = finding(), finding("http://gone/")
    store.put_judgement(RUN, SITE, [stays, goes], {"site": SITE}, {"site": SITE}, [])
    before = store.changes(0, 100)
    assert [c["kind"] for c in before] == ["finding", "finding", "receipt", "scorecard"]
    assert before[0]["payload"]["facet"] is None and before[0]["payload"]["outcome"] == "fail"
    store.put_judgement(RUN, SITE, [stays], {"site": SITE}, {"site": SITE}, [])
    assert told(store, before[-1]["seq"]) == [("delete", f"finding/{SITE}/{goes.id}/{RUN}", 2)]
    store.put_judgement(RUN, SITE, [stays, goes], {"site": SITE}, {"site": SITE}, [])
    assert told(store, before[-1]["seq"] + 1) == [("put", f"finding/{SITE}/{goes.id}/{RUN}", 3)]


def test_runs_draws_and_every_decision_are_announced(store: Store) -> None:
    run = Run(id=RUN, targets=[{"url": "http://www.a.gov.cn/"}], targets_key="k", pack="p", as_of="2026-11-16", seed="s", out="out/secret")
    store.save_run(run)
    store.save_run(run)
    run.state = "finished"
    store.save_run(run)
    store.put_draws(RUN, SITE, {"D8-1": ["u1"]})
    store.put_draws(RUN, SITE, {"D8-1": ["u2"], "D13-1": []})
    for by in ("甲", "乙"):
        store.decide(Review(finding="f" * 16, decision="confirmed", fingerprint="x", by=by, at="2026-11-16T08:00:00+08:00"))
    changes = store.changes(0, 100)
    assert [(c["id"], c["rev"]) for c in changes] == [
        (f"run/{RUN}", 1), (f"run/{RUN}", 2), (f"draw/{SITE}/{RUN}/D8-1", 1), (f"draw/{SITE}/{RUN}/D13-1", 1),
        (f"decision/{'f' * 16}/1", 1), (f"decision/{'f' * 16}/2", 1),
    ]  # fmt: skip
    assert changes[1]["payload"]["state"] == "finished" and "secret" not in str(changes[:2])
    assert changes[2]["payload"] == {"run": RUN, "site": SITE, "clause": "D8-1", "urls": ["u1"]}


def test_what_stands_now_comes_by_kind_and_site_in_pages(store: Store) -> None:
    urls = [f"http://www.a.gov.cn/{n}" for n in ("甲", "1", "乙", "2")]
    for text in ("旧", "新"):
        store.put_records(RUN, SITE, [Article(site=SITE, url=url, key=url, text=text) for url in urls])
    store.put_records(RUN, SITE + "9", [Article(site=SITE + "9", url=urls[0], key=urls[0])])
    idents = sorted(f"article/{SITE}/{url}" for url in urls)
    first = store.newest("article", SITE, "", 3)
    assert [(c["id"], c["rev"], c["payload"]["text"]) for c in first] == [(ident, 2, "新") for ident in idents[:3]]
    assert [c["id"] for c in store.newest("article", SITE, first[-1]["id"], 3)] == idents[3:]
    assert [c["id"] for c in store.newest("article", None, "", 10)] == [*idents, f"article/{SITE}9/{urls[0]}"]
    assert store.newest("message", None, "", 10) == [] == store.newest("article", "321", "", 10)


def test_a_reader_opens_a_store_while_a_writer_holds_it(tmp_path: Path) -> None:
    writer = open_store(f"sqlite:///{tmp_path}/workspace.db")
    writer.put_records(RUN, SITE, [article("甲")])
    seen: list[int] = []

    def records() -> Iterator[Article]:
        yield article("乙")
        # in the midst of the writer's transaction; a reader that took the write lock would wait for ever here
        reader = open_store(f"sqlite:///{tmp_path}/workspace.db")
        seen.extend(c["seq"] for c in reader.changes(0, 10))
        reader.close()

    writer.put_records(RUN, SITE, records())
    assert seen == [1] and [c["seq"] for c in writer.changes(0, 10)] == [1, 2]
    writer.close()


def test_a_workspace_whose_changes_bear_no_moment_is_read_and_goes_on(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "workspace.db")
    old.execute("CREATE TABLE changes (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, op TEXT, id TEXT, rev INTEGER, payload TEXT)")
    old.execute("INSERT INTO changes (kind, op, id, rev, payload) VALUES ('article', 'put', 'a', 1, '{}')")
    old.commit()
    old.close()
    store = open_store(f"sqlite:///{tmp_path}/workspace.db")
    store.put_records(RUN, SITE, [article("甲")])
    assert [(c["seq"], c["at"] is None) for c in store.changes(0, 10)] == [(1, True), (2, False)]
    assert [row[:5] for row in store.rows("changes")][0] == (1, "article", "put", "a", 1)
    store.close()


def order(ident: str = f"{RUN}-01", run: str = RUN) -> Order:
    item = OrderItem(
        finding="f" * 16, site=SITE, rule="typo", severity="notice", url="http://www.a.gov.cn/", cells={"问题描述": "“关健”应为“关键”"}
    )
    return Order(id=ident, run=run, unit="清和县", as_of="2026-11-16", issued_on="2026-11-17", due_on="2026-11-24", items=[item])


def event(move: str, note: str | None = None) -> OrderEvent:
    return OrderEvent(
        order="", finding="f" * 16, move=move, by="甲", role="inspector", at="2026-11-17T08:00:00+08:00", note=note, data={"n": 1}
    )


def test_work_orders_and_their_histories_only_grow_and_are_announced(store: Store) -> None:
    store.put_order(order(), [event("review"), event("issue")])
    store.put_order(order("20261117-aaaaaa-01", "20261117-aaaaaa"), [])
    store.append_events(f"{RUN}-01", [event("receive", "已签收")], after=2)
    assert store.order(f"{RUN}-01") == order() and store.order("none") is None
    assert [o.id for o in store.orders()] == [f"{RUN}-01", "20261117-aaaaaa-01"] and [o.id for o in store.orders(RUN)] == [f"{RUN}-01"]
    history = store.order_events(f"{RUN}-01")
    assert [(e.n, e.move, e.order, e.note) for e in history] == [
        (1, "review", f"{RUN}-01", None), (2, "issue", f"{RUN}-01", None), (3, "receive", f"{RUN}-01", "已签收"),
    ]  # fmt: skip
    assert history[0].data == {"n": 1} and store.order_events("none") == []
    told = [(c["kind"], c["id"]) for c in store.changes(0, 20)]
    assert told == [
        ("order", f"order/{RUN}-01"), ("order_event", f"order_event/{RUN}-01/1"), ("order_event", f"order_event/{RUN}-01/2"),
        ("order", "order/20261117-aaaaaa-01"), ("order_event", f"order_event/{RUN}-01/3"),
    ]  # fmt: skip


def test_an_order_is_made_once_and_its_history_is_not_written_over_by_who_has_not_seen_it(store: Store) -> None:
    store.put_order(order(), [event("review")])
    with pytest.raises(UsageError, match="已经存在"):
        store.put_order(order(), [event("issue")])
    with pytest.raises(UsageError, match="刚刚有人更新过"):
        store.append_events(f"{RUN}-01", [event("issue")], after=0)
    assert [e.move for e in store.order_events(f"{RUN}-01")] == ["review"] and len(store.changes(0, 20)) == 2
