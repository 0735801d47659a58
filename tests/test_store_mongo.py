"""What only a real MongoDB server can show: its errors in words, a kill under load, a restart in mid-crawl, a lone server without transactions."""

from __future__ import annotations

import contextlib
import random
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mongo_server
import pytest
from main_job import govcrawl
from pymongo import MongoClient
from pymongo.errors import AutoReconnect
from test_store import RUN, SITE, article, finding, result

from govcrawl.errors import StoreError, UsageError
from govcrawl.model.items import Article
from govcrawl.model.orders import Order, OrderItem
from govcrawl.store.mongo import MongoStore

pytestmark = pytest.mark.xdist_group("mongod")


@pytest.fixture(scope="module")
def replica(tmp_path_factory: pytest.TempPathFactory) -> Iterator[mongo_server.Mongod]:
    with mongo_server.running(tmp_path_factory.mktemp("replica")) as server:
        yield server


def fresh(server: mongo_server.Mongod, folder: Path, *, patience: float = 60.0) -> MongoStore:
    name = "?replicaSet=rs0" if server.replica else ""
    return MongoStore(f"mongodb://127.0.0.1:{server.port}/w{uuid.uuid4().hex[:12]}{name}", folder, patience=patience)


def test_no_server_is_told_in_words_and_soon(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(StoreError, match=r"无法打开存储 mongodb://127\.0\.0\.1:9/x 失败：没有 MongoDB 服务应答"):
        MongoStore("mongodb://127.0.0.1:9/x", tmp_path)
    assert time.monotonic() - began < 30


def test_a_broken_address_is_a_usage_error_and_a_password_is_never_shown(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="存储地址 .* 不正确"):
        MongoStore("mongodb://127.0.0.1:port/x", tmp_path)
    with pytest.raises(StoreError) as caught:
        MongoStore("mongodb://inspector:geheim@127.0.0.1:9/x", tmp_path)
    assert "geheim" not in str(caught.value) and "inspector:***@" in str(caught.value)


def test_a_wrong_password_and_a_node_that_is_not_primary_are_told_apart(tmp_path: Path) -> None:
    with mongo_server.running(tmp_path / "auth", replica=False, auth=True) as server, pytest.raises(StoreError, match="用户名或密码不正确"):
        MongoStore(f"mongodb://inspector:wrong@127.0.0.1:{server.port}/x?authSource=admin", tmp_path)
    server = mongo_server.Mongod(tmp_path / "alone", replica=True)
    server.start(initiate=False)
    try:
        with pytest.raises(StoreError, match="不是主节点"):
            MongoStore(f"mongodb://127.0.0.1:{server.port}/x?directConnection=true", tmp_path)
    finally:
        server.stop()


def test_content_over_the_servers_limit_is_named(replica: mongo_server.Mongod, tmp_path: Path) -> None:
    store = fresh(replica, tmp_path)
    with pytest.raises(StoreError, match=r"http://www\.a\.gov\.cn/1 的内容有 \d+ MB，超过 MongoDB 单条 16 MB 的上限"):
        store.put_records(RUN, SITE, [article("".join(random.Random(1).choices([chr(c) for c in range(0x4E00, 0x9FA5)], k=9_000_000)))])
    store.put_records(RUN, SITE, [article("短")])
    assert [r.rev for r in store.records(RUN, SITE)] == [1]
    store.close()


def test_an_order_that_is_too_large_is_told_in_words_too(replica: mongo_server.Mongod, tmp_path: Path) -> None:
    store = fresh(replica, tmp_path)
    item = OrderItem(finding="f" * 16, site=SITE, rule="typo", severity="notice", url="http://a/", cells={"问题描述": "字" * 6_000_000})
    order = Order(id=f"{RUN}-01", run=RUN, unit="清和县", as_of="2026-11-16", issued_on="2026-11-17", due_on="2026-11-24", items=[item])
    with pytest.raises(StoreError, match="写入存储 mongodb://.* 失败：单条内容超过 MongoDB 的 16 MB 上限"):
        store.put_order(order, [])
    with pytest.raises(StoreError, match=f"{SITE} 的评分与检查范围 的内容有 17 MB，超过 MongoDB 单条 16 MB 的上限"):
        store.put_judgement(RUN, SITE, [], {"site": SITE, "name": "字" * 6_000_000}, {"site": SITE}, [])
    assert store.orders() == [] and store.scorecards(RUN) == [] and store.changes(0, 10) == []
    store.close()


def test_of_a_batch_that_was_taken_in_part_both_parts_are_told(replica: mongo_server.Mongod, tmp_path: Path) -> None:
    store = fresh(replica, tmp_path)
    with MongoClient(replica.address, directConnection=True) as client:
        database = client[store.location.rpartition("/")[2].partition("?")[0]]
        database.command("collMod", "pages", validator={"url": {"$ne": "http://www.a.gov.cn/b"}})
        with pytest.raises(StoreError, match=r"写入存储 mongodb://.* 失败：一批中 1 条未写入（不符合库中设置的校验规则），2 条已写入"):
            store.put_results(RUN, [result(f"http://www.a.gov.cn/{name}") for name in "abc"])
        assert [v.url[-1] for v in store.visits(RUN, SITE)] == ["a", "c"]
        database.command("collMod", "pages", validator={})
    store.put_results(RUN, [result(f"http://www.a.gov.cn/{name}") for name in "abc"])
    assert [v.url[-1] for v in store.visits(RUN, SITE)] == ["a", "b", "c"], "the same batch again"
    store.close()


def test_a_user_who_may_only_read_and_one_who_gave_no_password_are_told_so(tmp_path: Path) -> None:
    with mongo_server.running(tmp_path / "auth", replica=False, auth=True) as server:
        with MongoClient(server.address, directConnection=True) as client:
            root: list[Any] = [{"role": "root", "db": "admin"}]
            client.admin.command("createUser", "root", pwd="pass", roles=root)
        with MongoClient(f"mongodb://root:pass@127.0.0.1:{server.port}/admin", directConnection=True) as client:
            client["x"].command("createUser", "reader", pwd="pass", roles=[{"role": "read", "db": "x"}])
        for who in ("reader:pass@", "", "root:wrong@"):
            with pytest.raises(StoreError, match=r"无法打开存储 .* 失败：用户名或密码不正确，或没有这个库的读写权限") as caught:
                MongoStore(f"mongodb://{who}127.0.0.1:{server.port}/x", tmp_path)
            assert "pass" not in str(caught.value) and "wrong" not in str(caught.value)
        store = MongoStore(f"mongodb://root:pass@127.0.0.1:{server.port}/x?authSource=admin", tmp_path)
        store.put_results(RUN, [result("http://www.a.gov.cn/a")])
        store.close()


def test_a_primary_that_steps_down_is_waited_for_and_told_of_when_it_stays_so(tmp_path: Path) -> None:
    with mongo_server.running(tmp_path / "db") as server:
        location = f"mongodb://127.0.0.1:{server.port}/x?directConnection=true"
        waits, gives_up = MongoStore(location, tmp_path), MongoStore(location, tmp_path, patience=0.5)
        with MongoClient(server.address, directConnection=True) as client, contextlib.suppress(AutoReconnect):
            client.admin.command("replSetStepDown", 5, force=True)
        with pytest.raises(StoreError, match=r"写入存储 mongodb://.* 失败：(该节点不是主节点|没有可写的主节点)"):
            gives_up.put_results(RUN, [result("http://www.a.gov.cn/a")])
        waits.put_results(RUN, [result("http://www.a.gov.cn/b")])
        assert [v.url for v in waits.visits(RUN, SITE)] == ["http://www.a.gov.cn/b"]
        gives_up.close()
        waits.close()


def test_the_command_says_so_too_and_ends_with_1(tmp_path: Path) -> None:
    told = govcrawl("score", RUN, "--store", "mongodb://127.0.0.1:9/x", cwd=tmp_path)
    assert told.returncode == 1 and "没有 MongoDB 服务应答" in told.stderr and "Traceback" not in told.stderr


def test_a_lone_server_keeps_everything_but_the_change_sequence(tmp_path: Path) -> None:
    with mongo_server.running(tmp_path / "lone", replica=False) as server:
        store = fresh(server, tmp_path)
        store.put_records(RUN, SITE, [article("甲")])
        store.put_records(RUN, SITE, [article("乙")])
        store.put_judgement(RUN, SITE, [finding()], {"site": SITE}, {"site": SITE}, [])
        assert [r.rev for r in store.records(RUN, SITE)] == [2] and len(store.findings(RUN)) == 1
        with pytest.raises(StoreError, match="单机，不支持事务，没有变更序列"):
            store.changes(0, 10)
        store.close()


def test_several_writers_number_their_changes_without_gap_or_repeat(replica: mongo_server.Mongod, tmp_path: Path) -> None:
    store = fresh(replica, tmp_path)

    def write(writer: int) -> None:
        for n in range(8):
            records = [Article(site=f"{writer}", url=f"http://a/{n}/{m}", key=f"http://a/{n}/{m}", text=str(m)) for m in range(3)]
            store.put_records(f"{RUN}-{writer}-{n}", f"{writer}", records)

    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    seen: list[int] = []
    while any(writer.is_alive() for writer in writers):
        rows = store.changes(seen[-1] if seen else 0, 7)
        seen += [row["seq"] for row in rows]
    while rows := store.changes(seen[-1] if seen else 0, 7):
        seen += [row["seq"] for row in rows]
    assert seen == list(range(1, 4 * 8 * 3 + 1)), "a reader that follows the sequence while it grows misses nothing"
    store.close()


def test_a_kill_under_load_loses_nothing_acknowledged_and_the_writer_goes_on(tmp_path: Path) -> None:
    with mongo_server.running(tmp_path / "db") as server:
        store = fresh(server, tmp_path)
        acknowledged: list[str] = []
        stop = threading.Event()

        def write() -> None:
            n = 0
            while not stop.is_set():
                urls = [f"http://www.a.gov.cn/{n}/{m}" for m in range(50)]
                store.put_results(RUN, [result(url) for url in urls])
                acknowledged.extend(urls)
                n += 1

        writer = threading.Thread(target=write)
        writer.start()
        for _ in range(3):
            before = len(acknowledged)
            _until(lambda before=before: len(acknowledged) > before + 100)
            server.kill()
            server.start()
        before = len(acknowledged)
        _until(lambda: len(acknowledged) > before + 100)
        stop.set()
        writer.join(60)
        kept = {visit.url for visit in store.visits(RUN, SITE)}
        assert kept >= set(acknowledged)
        assert [p.url for p in store.pages(RUN, SITE)] == sorted(kept)
        store.close()


def test_a_server_that_stays_away_ends_the_writing_with_a_clear_message(tmp_path: Path) -> None:
    with mongo_server.running(tmp_path / "db") as server:
        store = fresh(server, tmp_path, patience=1.0)
        store.put_results(RUN, [result("http://www.a.gov.cn/a")])
        server.kill()
        with pytest.raises(StoreError, match=r"写入存储 mongodb://.* 失败：(没有|与) ?MongoDB"):
            store.put_results(RUN, [result("http://www.a.gov.cn/b")])
        store.close()


def _until(ready: object) -> None:
    assert callable(ready)
    until = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < until, "waited a minute"
        time.sleep(0.02)
