"""`store copy`: everything moves, both ways, and the proof of equality means something."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import mongo_server
import pytest
from test_store import RUN, SITE, article, finding, probe, result

from govcrawl.errors import StoreError
from govcrawl.model.documents import READ
from govcrawl.model.facts import LOOK, RENDER
from govcrawl.model.files import FileFacts, FilePart
from govcrawl.model.findings import Issue, Review
from govcrawl.model.items import Snapshot
from govcrawl.model.orders import Order, OrderEvent, OrderItem
from govcrawl.model.runs import Run
from govcrawl.store import copying
from govcrawl.store.base import TABLES, Store, open_store
from govcrawl.store.mongo import MongoStore

pytestmark = pytest.mark.xdist_group("mongod")


@pytest.fixture(scope="module")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[mongo_server.Mongod]:
    with mongo_server.running(tmp_path_factory.mktemp("mongod")) as server:
        yield server


def mongo(server: mongo_server.Mongod, folder: Path) -> MongoStore:
    return MongoStore(f"mongodb://127.0.0.1:{server.port}/w{uuid.uuid4().hex[:12]}?replicaSet=rs0", folder)


def fill(store: Store) -> None:
    """Something in every table."""
    store.mask_key()
    store.save_run(Run(id=RUN, targets=[{"url": "http://www.a.gov.cn/"}], targets_key="k", pack="p", as_of="2026-11-16", seed="2026-Q4"))
    pages = [result("http://www.a.gov.cn/甲"), result("http://www.a.gov.cn/乙", RENDER), result("http://dead.cn/", LOOK, None, "failed")]
    store.put_results(RUN, pages)
    part = FilePart(format="docx", text_status=READ, text="附件全文")
    store.put_documents(RUN, SITE, [FileFacts(url="http://www.a.gov.cn/a.docx", digest="d" * 64, parts=[part])])
    taken = article("甲")
    taken.snapshot = Snapshot("a.warc.gz", 3, "0" * 64)
    store.put_records(RUN, SITE, [taken])
    store.put_records("20261117-aaaaaa", SITE, [article("乙")])
    store.put_probes([probe("2026-11-14T10:00:00+08:00"), probe("2026-11-14T10:00:00+08:00", "乙", "timeout")])
    store.put_judgement(RUN, SITE, [finding()], {"site": SITE}, {"site": SITE}, [Issue.make("checks", "无法理解", site=SITE)])
    store.put_draws(RUN, SITE, {"D8-1": ["u1", "网址"]})
    item = OrderItem(finding="f" * 16, site=SITE, rule="typo", severity="notice", url="http://www.a.gov.cn/", cells={"问题描述": "错别字"})
    order = Order(id=f"{RUN}-01", run=RUN, unit="清和县", as_of="2026-11-16", issued_on="2026-11-17", due_on="2026-11-24", items=[item])
    step = OrderEvent(order=order.id, finding="f" * 16, move="review", by="甲", role="inspector", at="2026-11-17T08:00:00+08:00")
    store.put_order(order, [step])
    store.decide(Review(finding="f" * 16, decision="confirmed", fingerprint="x", by="甲", at="2026-11-16T08:00:00+08:00"))


def test_a_workspace_moves_to_mongodb_and_back_and_stays_the_same(mongod: mongo_server.Mongod, tmp_path: Path) -> None:
    first, server, last = open_store(f"sqlite:///{tmp_path}/a.db"), mongo(mongod, tmp_path), open_store(f"sqlite:///{tmp_path}/b.db")
    fill(first)
    there = copying.copy(first, server)
    assert [row.table for row in there] == list(TABLES) and all(row.rows for row in there), "no table is empty"
    assert copying.copy(server, last) == there
    assert last.mask_key() == first.mask_key()
    for store in (server, last):
        assert list(store.pages(RUN, SITE)) == list(first.pages(RUN, SITE))
        assert list(store.records(RUN, SITE)) == list(first.records(RUN, SITE))
        assert list(store.documents(RUN, SITE)) == list(first.documents(RUN, SITE))
        assert store.orders() == first.orders() and store.order_events(f"{RUN}-01") == first.order_events(f"{RUN}-01")
        assert store.changes(0, 100) == first.changes(0, 100)
        assert len(list(store.probes(SITE, "2026-11-14", "2026-11-15"))) == 2
        # and it goes on where the first one stood
        store.put_records("20261118-bbbbbb", SITE, [article("丙")])
        assert [r.rev for r in store.records("20261118-bbbbbb", SITE)] == [3]
        assert [row["seq"] for row in store.changes(len(first.changes(0, 100)), 10)] == [len(first.changes(0, 100)) + 1]
        store.close()
    first.close()


def test_a_copy_may_be_repeated_and_a_target_with_other_rows_is_refused(mongod: mongo_server.Mongod, tmp_path: Path) -> None:
    source, target = open_store(f"sqlite:///{tmp_path}/a.db"), mongo(mongod, tmp_path)
    fill(source)
    assert copying.copy(source, target) == copying.copy(source, target)
    target.put_draws("20260101-cccccc", SITE, {"D1": ["u"]})
    with pytest.raises(StoreError, match="两个存储的 draws 不一致：来源 1 行，目标 2 行"):
        copying.copy(source, target)
    target.close()
    source.close()


@pytest.mark.parametrize("table", ["pages", "records", "changes", "contents"])
def test_one_changed_row_shows_in_the_digest(table: str, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/a.db")
    fill(store)
    before = copying.digest(store, table)
    row = list(next(store.rows(table)))
    at = max(n for n, value in enumerate(row) if isinstance(value, str | bytes))
    row[at] = row[at] + (b"x" if isinstance(row[at], bytes) else "x")
    store.put_rows(table, [tuple(row)])
    after = copying.digest(store, table)
    assert after.rows == before.rows and after.digest != before.digest
    store.close()


def test_what_only_a_replay_gave_is_passed_over_in_the_copy_too(mongod: mongo_server.Mongod, tmp_path: Path) -> None:
    first, server, last = open_store(f"sqlite:///{tmp_path}/a.db"), mongo(mongod, tmp_path), open_store(f"sqlite:///{tmp_path}/b.db")
    first.put_records(RUN, SITE, [article("甲")])
    first.put_records("replay", SITE, [article("甲，读得更好")], told=False)
    copying.copy(first, server)
    copying.copy(server, last)
    for store in (first, server, last):
        store.put_records("20261118-bbbbbb", SITE, [article("甲")])
        store.put_records("20261119-cccccc", SITE, [article("甲，读得更好")])
        revs = [[r.rev for r in store.records(run, SITE)] for run in ("replay", "20261118-bbbbbb", "20261119-cccccc")]
        assert revs == [[2], [1], [3]] and len(store.changes(0, 10)) == 2
        store.close()
