"""`store copy` from a feed dump: what the feed told is in the target, no more and no less, however often and however it was broken off."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import feed_kit
import mongo_server
import pytest
from feed_kit import RUN, SITE, VETOED
from main_job import ROOT, environment, govcrawl, rows

from govcrawl import demonstration, history
from govcrawl.errors import StoreError, UsageError
from govcrawl.feed import dumping, facts, loading
from govcrawl.model.findings import Review
from govcrawl.model.items import Probe
from govcrawl.model.orders import Order, OrderEvent, OrderItem
from govcrawl.model.runs import Run
from govcrawl.scoring import veto_fingerprint, veto_id
from govcrawl.store.base import Store, open_store

pytestmark = pytest.mark.xdist_group("mongod")
LATER = "20261117-bbbbbb"
OTHER = feed_kit.finding("http://other/").with_(run=LATER)


@pytest.fixture(scope="module")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[mongo_server.Mongod]:
    with mongo_server.running(tmp_path_factory.mktemp("mongod")) as server:
        yield server


@pytest.fixture(params=["sqlite", "mongodb"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/target/govcrawl.db"
    server: mongo_server.Mongod = request.getfixturevalue("mongod")
    return f"mongodb://127.0.0.1:{server.port}/w{uuid.uuid4().hex[:12]}?replicaSet=rs0"


def run(ident: str, state: str = "open") -> Run:
    site = {"url": "http://www.qinghe.gov.cn/", "site": SITE, "name": "清和县"}
    return Run(
        id=ident, targets=[site], targets_key="k", pack="national-2019", as_of="2026-11-16", seed="2026-Q4", started_at=ident, state=state
    )


def first_run(store: Store) -> None:
    """Something of every kind, judged twice, one record and one finding taken back meanwhile."""
    store.save_run(run(RUN))
    store.put_records(RUN, SITE, feed_kit.articles(range(6)))
    store.put_draws(RUN, SITE, {"D8-1": ["http://www.qinghe.gov.cn/1.html"], "D13-1": []})
    store.put_judgement(RUN, SITE, [feed_kit.finding("http://dead/"), feed_kit.finding("http://gone/")], {"site": SITE}, {"site": SITE}, [])
    store.put_records(RUN, SITE, feed_kit.articles(range(5), "新的正文"))
    store.put_judgement(RUN, SITE, [feed_kit.finding("http://dead/")], {"site": SITE, "n": 2}, {"site": SITE}, [])
    store.save_run(run(RUN, "finished"))


def second_run(store: Store) -> None:
    store.save_run(run(LATER))
    store.put_records(LATER, SITE, feed_kit.articles(range(3, 8), "第三版"))
    at = "2026-11-14T10:00:00+08:00"
    store.put_probes(
        [Probe(site=SITE, url="http://www.qinghe.gov.cn/", key=f"{at}/ipv4/甲", at=at, fetched_at=at, outcome="ok", place="甲")]
    )
    store.put_judgement(LATER, SITE, [OTHER], {"site": SITE, "n": 3}, {"site": SITE}, [])
    store.put_judgement(RUN, SITE, [], {"site": SITE, "n": 4}, {"site": SITE}, [])
    store.decide(Review(finding="f" * 16, decision="confirmed", fingerprint="x", by="甲", at="2026-11-16T08:00:00+08:00"))
    item = OrderItem(finding="f" * 16, site=SITE, rule="typo", severity="notice", url="http://a/", cells={"问题描述": "错别字"})
    order = Order(id=f"{RUN}-01", run=RUN, unit="清和县", as_of="2026-11-16", issued_on="2026-11-17", due_on="2026-11-24", items=[item])
    store.put_order(order, [OrderEvent(order="", finding="f" * 16, move="review", by="甲", role="inspector", at=at)])
    store.save_run(run(LATER, "finished"))


def told(store: Store) -> dict[str, Any]:
    """Everything that is there, by the contract's own words; records masked by their being invented without personal data."""
    return {
        "runs": [(r.id, r.state, r.pack, r.as_of, r.seed, r.targets) for r in store.runs()],
        "findings": {r.id: [f.told() for f in store.findings(r.id)] for r in store.runs()},
        "cards": {r.id: (store.scorecards(r.id), store.receipts(r.id)) for r in store.runs()},
        "draws": store.draws(RUN, SITE),
        "decisions": store.decisions(),
        "orders": [(o, store.order_events(o.id)) for o in store.orders()],
        "probes": list(store.probes(SITE, "2026-11-01", "2026-12-01")),
        "first_seen": store.first_seen(SITE, "2026-12-01"),
        "changes": store.changes(0, 10_000),
        "standing": [store.newest(kind, SITE, "", 100) for kind in ("article", "finding", "scorecard", "probe")],
    }


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_what_the_feed_told_is_there_and_nothing_is_told_twice(form: Any, target: str, tmp_path: Path) -> None:
    source = feed_kit.opened(tmp_path / "source")
    first_run(source)
    second_run(source)
    dumping.dump(source, tmp_path / "dump", form=form)
    done = loading.load(tmp_path / "dump", target)
    assert [row.table for row in done] == list(facts.TABLES) and all(row.rows for row in done)
    with closing(open_store(target)) as store:
        assert told(store) == told(source)
        assert [r.to_json() for r in store.records(RUN, SITE)] == [r.to_json() for r in source.records(RUN, SITE)]
        later = {r.key: r.to_json() for r in store.records(LATER, SITE)}
        assert {key: later[key] for key in (r.key for r in source.records(LATER, SITE))} == {
            r.key: r.to_json() for r in source.records(LATER, SITE)
        }
        assert len(later) == 8, "what the first run saw and nobody took back stands"
        assert list(store.rows("pages")) == [] == list(store.rows("meta")), "no pages, and no secret"
        assert all(r.imported and r.targets_key == "" for r in store.runs()), "no run of ours goes on with one of those"
        # the sequence goes on where it stood, and what was told already is not told again
        highest = store.changes(0, 10_000)[-1]["seq"]
        store.put_judgement(LATER, SITE, [OTHER], {"site": SITE, "n": 3}, {"site": SITE}, [])
        store.decide(Review(finding="e" * 16, decision="confirmed", fingerprint="x", by="乙", at="2026-11-18T08:00:00+08:00"))
        assert [(c["seq"], c["id"]) for c in store.changes(highest, 10)] == [(highest + 1, f"decision/{'e' * 16}/2")]
    source.close()


def test_copied_twice_is_copied_once_and_increments_take_back_what_was_taken_back(target: str, tmp_path: Path) -> None:
    source = feed_kit.opened(tmp_path / "source")
    first_run(source)
    full = dumping.dump(source, tmp_path / "full")
    assert loading.load(tmp_path / "full", target) == loading.load(tmp_path / "full", target)
    second_run(source)
    dumping.dump(source, tmp_path / "increment", after=full.highest_seq)
    with pytest.raises(StoreError, match=f"导出从第 {full.highest_seq + 1} 号变更开始，目标存储只到第 0 号：请先搬入之前的导出"):
        loading.load(tmp_path / "increment", f"sqlite:///{tmp_path}/empty/govcrawl.db")
    assert not (tmp_path / "empty").exists()
    done = loading.load(tmp_path / "increment", target)
    dumping.dump(source, tmp_path / "whole", form="parquet")
    assert loading.load(tmp_path / "whole", target) == done == loading.load(tmp_path / "increment", target)
    assert loading.load(tmp_path / "full", target) == done, "an older dump takes nothing back"
    with closing(open_store(target)) as store:
        assert told(store) == told(source)
        assert store.findings(RUN) == [], "the second judgement of the first run has none"
    source.close()


@pytest.mark.parametrize("stop", range(len(facts.TABLES)))
def test_broken_off_anywhere_the_same_call_makes_it_whole(stop: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _broken_off(f"sqlite:///{tmp_path}/target/govcrawl.db", stop, tmp_path, monkeypatch)


@pytest.mark.parametrize("stop", [3, len(facts.TABLES) - 1])
def test_broken_off_on_a_server_too(stop: int, mongod: mongo_server.Mongod, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _broken_off(f"mongodb://127.0.0.1:{mongod.port}/w{uuid.uuid4().hex[:12]}?replicaSet=rs0", stop, tmp_path, monkeypatch)


def _broken_off(target: str, stop: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both a first copy and an increment end in the midst of one table."""
    with closing(open_store(target)) as store:
        kind = type(store)
    whole = kind.put_rows

    def half(self: Any, table: str, rows: Any) -> None:
        some = list(rows)
        whole(self, table, some[: len(some) // 2] if table == facts.TABLES[stop] else some)
        if table == facts.TABLES[stop]:
            raise KeyboardInterrupt

    source = feed_kit.opened(tmp_path / "source")
    for step, fill in enumerate((first_run, second_run)):
        fill(source)
        dumping.dump(source, tmp_path / "dump")
        with monkeypatch.context() as patch:
            patch.setattr(kind, "put_rows", half)
            with pytest.raises(KeyboardInterrupt):
                loading.load(tmp_path / "dump", target)
        loading.load(tmp_path / "dump", target)
        with closing(open_store(target)) as store:
            assert told(store) == told(source), step
    source.close()


def test_a_killed_copy_is_made_whole_by_the_next_one(tmp_path: Path) -> None:
    with closing(feed_kit.opened(tmp_path / "source")) as source:
        source.save_run(run(RUN))
        source.put_records(RUN, SITE, feed_kit.articles(range(6_000), "正文" * 200))
        source.put_judgement(RUN, SITE, [feed_kit.finding("http://dead/")], {"site": SITE}, {"site": SITE}, [])
        dumping.dump(source, tmp_path / "dump")
        wanted = told(source)
    command = [sys.executable, "-m", "govcrawl", "store", "copy", "dump", "sqlite:///target.db"]
    copying = subprocess.Popen(command, cwd=tmp_path, env=environment(None), stdout=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while not (tmp_path / "target.db").exists() and time.monotonic() < until:
        time.sleep(0.002)
    copying.send_signal(signal.SIGKILL)
    assert copying.wait(60) == -signal.SIGKILL
    again = govcrawl("store", "copy", "dump", "sqlite:///target.db", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    with closing(open_store(f"sqlite:///{tmp_path}/target.db")) as store:
        assert told(store) == wanted


def _cut(folder: Path) -> None:
    part = next(folder.glob("day=*/*"))
    part.write_bytes(part.read_bytes()[:-20])


def _swap(folder: Path) -> None:
    """As long as it was, and another."""
    part = next(folder.glob("day=*/*"))
    part.write_bytes(part.read_bytes().replace("正文".encode(), "错文".encode()))


def _fewer_rows(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][0]["rows"] -= 1
    (folder / "manifest.json").write_text(json.dumps(manifest))


def _forged(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    """A change that another program wrote, with a digest that is right."""

    def forge(folder: Path) -> None:
        import hashlib

        manifest = json.loads((folder / "manifest.json").read_text())
        part = folder / manifest["files"][0]["name"]
        lines = [json.loads(line) for line in part.read_text(encoding="utf-8").splitlines()]
        change(lines[1])
        part.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        manifest["files"][0] |= {"sha256": hashlib.sha256(part.read_bytes()).hexdigest(), "bytes": part.stat().st_size}
        (folder / "manifest.json").write_text(json.dumps(manifest))

    return forge


WRONG: list[tuple[str, Callable[[Path], object], str]] = [
    ("cut", _cut, "数据导出 dump 不完整：day=.*已损坏（应为"),
    ("changed", _swap, "数据导出 dump 不完整：day=.*已损坏（sha256 与清单不符）"),
    ("a file gone", lambda folder: next(folder.glob("day=*/*")).unlink(), "数据导出 dump 不完整：缺少 day="),
    ("rows", _fewer_rows, "变更序号不连续"),
    ("no manifest: half written", lambda folder: (folder / "manifest.json").unlink(), r"dump 不是数据导出目录：没有 manifest\.json"),
    ("no manifest of ours", lambda folder: (folder / "manifest.json").write_text("{}[]"), "不是数据导出的清单，或已损坏"),
    ("no folder", shutil.rmtree, r"dump 不是数据导出目录：没有 manifest\.json"),
    ("unknown kind", _forged(lambda c: c.update(kind="weather", id="weather/1")), "数据导出 dump 未搬入：第 2 号变更（weather/1）无法理解"),
    ("a field too many", _forged(lambda c: c["payload"].update(colour="red")), "第 2 号变更（article/.*）无法理解：内容有误，或由别的版本"),
    ("a site of another name", _forged(lambda c: c["payload"].update(site="1")), "第 2 号变更（article/.*）无法理解"),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "said"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_dump_that_is_not_whole_is_named_and_nothing_is_written(damage: Callable[[Path], object], said: str, tmp_path: Path) -> None:
    source = feed_kit.opened(tmp_path / "source")
    first_run(source)
    dumping.dump(source, tmp_path / "dump")
    source.close()
    damage(tmp_path / "dump")
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        with pytest.raises(StoreError, match=said) as caught:
            loading.load(Path("dump"), "sqlite:///target/govcrawl.db")
    finally:
        os.chdir(here)
    assert caught.value.exit_code == 1 and not (tmp_path / "target").exists()


def test_a_target_with_contents_of_its_own_is_refused_and_stays_as_it_is(target: str, tmp_path: Path) -> None:
    source = feed_kit.opened(tmp_path / "source")
    first_run(source)
    dumping.dump(source, tmp_path / "dump")
    with pytest.raises(StoreError, match="有自己采集的网页|与导出不同"):
        from test_store import result

        source.put_results(RUN, [result("http://www.qinghe.gov.cn/")])
        loading.load(tmp_path / "dump", source.location)  # its own dump: what it has unmasked must not be written over
    with closing(open_store(target)) as store:
        store.put_draws("20260101-cccccc", SITE, {"D1": ["u"]})
        before = {table: list(store.rows(table)) for table in facts.TABLES}
        with pytest.raises(StoreError, match="目标存储的第 1 号变更与导出不同：目标存储有自己的内容，或来自另一个存储"):
            loading.load(tmp_path / "dump", target)
        assert {table: list(store.rows(table)) for table in facts.TABLES} == before
    source.close()


def test_a_server_without_a_feed_of_its_own_takes_a_dump_and_tells_foreign_rows(tmp_path: Path) -> None:
    source = feed_kit.opened(tmp_path / "source")
    first_run(source)
    dumping.dump(source, tmp_path / "dump")
    with mongo_server.running(tmp_path / "lone", replica=False) as server:
        done = loading.load(tmp_path / "dump", f"{server.address}-a")
        assert done == loading.load(tmp_path / "dump", f"{server.address}-a")
        with closing(open_store(f"{server.address}-a")) as store:
            assert [f.told() for f in store.findings(RUN)] == [f.told() for f in source.findings(RUN)]
            assert store.scorecards(RUN) == source.scorecards(RUN)
        with closing(open_store(f"{server.address}-b")) as store:
            store.put_draws("20260101-cccccc", SITE, {"D1": ["u"]})
            with pytest.raises(StoreError, match="draws 中有 1 行不是这份导出的内容，未写入"):
                loading.load(tmp_path / "dump", f"{server.address}-b")
            assert store.runs() == []
    source.close()


def test_a_dump_that_ends_within_a_judgement_gives_no_half_of_it(tmp_path: Path) -> None:
    source = feed_kit.opened(tmp_path / "source")
    first_run(source)
    changes = source.changes(0, 100)
    cut = next(n for n, change in enumerate(changes, 1) if change["kind"] == "receipt")
    scratch = facts.Facts(tmp_path / "facts.db")
    scratch.take(changes[:cut])
    assert scratch.scorecards(RUN) == [] == scratch.receipts(RUN) and len(scratch.findings(RUN)) == 2
    scratch.close()
    source.close()


# -- a real run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an inspection of three sites and a dump of it; veto and decisions come on top."""
    workspace = tmp_path_factory.mktemp("workspace")
    with demonstration.portal().Portal() as portal:
        feed_kit.inspect_three(workspace, portal.proxy_url)
    with closing(open_store(f"sqlite:///{workspace}/govcrawl.db")) as store:
        dumping.dump(store, workspace / "dump")
    return workspace


@pytest.fixture
def taken_over(made: Path, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Store, Store, str]:
    loading.load(made / "dump", target)
    monkeypatch.chdir(tmp_path)
    source, store = open_store(f"sqlite:///{made}/govcrawl.db"), open_store(target)
    return source, store, source.runs()[0].id


def test_a_run_that_was_taken_over_is_scored_to_the_same_scorecards(taken_over: tuple[Store, Store, str], made: Path, target: str) -> None:
    source, store, name = taken_over
    before = store.changes(0, 100_000)
    scored = govcrawl("score", name, "--store", target, "--out", "out", cwd=Path.cwd())
    assert scored.returncode in (0, 3, 4), scored.stderr
    assert store.scorecards(name) == source.scorecards(name) and len(store.scorecards(name)) == 3
    assert [f.told() for f in store.findings(name)] == [f.told() for f in source.findings(name)]
    assert store.changes(0, 100_000) == before, "nothing new is told"
    [published] = (made / "out").glob("*/")
    for file in ("scorecard.json", "receipt.json"):
        assert json.loads(Path("out", file).read_text()) == json.loads((published / file).read_text())
    kept, ours = rows(published / "records.jsonl"), rows(Path("out/records.jsonl"))
    assert len(kept) > 300 and {json.dumps(r, sort_keys=True) for r in ours} == {json.dumps(r, sort_keys=True) for r in kept}
    assert Path("out/report.html").exists() and Path("out/ledger.xlsx").exists()
    store.close()
    source.close()


def test_decisions_count_here_as_they_do_there(taken_over: tuple[Store, Store, str], target: str) -> None:
    source, store, name = taken_over
    card = next(card for card in store.scorecards(name) if card["site"] == VETOED)
    assert card["verdict"] == "pending_review"
    veto = card["vetoes"][0]
    evidence = veto_fingerprint([f for f in store.findings(name, VETOED) if f.id in veto["findings"]])
    for by in ("甲", "乙"):
        at = "2026-11-20T08:00:00+08:00"
        store.decide(Review(finding=veto_id(VETOED, veto["indicator"]), decision="confirmed", fingerprint=evidence, by=by, at=at))
    assert govcrawl("score", name, "--store", target, "--out", "out", cwd=Path.cwd()).returncode in (3, 4)
    assert next(card for card in store.scorecards(name) if card["site"] == VETOED)["verdict"] == "fail"
    store.close()
    source.close()


def test_what_needs_the_pages_says_that_they_are_elsewhere(taken_over: tuple[Store, Store, str], target: str) -> None:
    source, store, name = taken_over
    finding = next(f for f in store.findings(name) if f.outcome == "fail")
    for command in (
        ("replay", name), ("verify", name), ("evidence", "pack", VETOED), ("recheck", finding.id),
        ("page", "explain", finding.url, "--run", name),
    ):  # fmt: skip
        said = govcrawl(*command, "--store", target, cwd=Path.cwd())
        assert said.returncode == 2, (command, said.stderr)
        assert f"批次 {name} 由数据导出搬入，网页与快照没有一并搬来" in said.stderr and "Traceback" not in said.stderr
    assert [run.id for run in history.crawls(store.runs(), VETOED)] == [name]
    store.close()
    source.close()


def test_another_pack_whose_samples_were_not_drawn_is_refused(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from govcrawl import rescoring, rulebook
    from govcrawl.pinning import target_of

    location = f"sqlite:///{tmp_path}/target.db"
    loading.load(made / "dump", location)
    with closing(open_store(location)) as store:
        [this] = store.runs()
        sites = [target_of(row) for row in this.targets]
        monkeypatch.setattr(type(store), "draws", lambda self, run, site: {})
        with pytest.raises(UsageError, match="的网页不在本存储中，无法为指标版本 national-2019 的 .*D8-1.* 抽样"):
            rescoring.site(store, this, sites[0], rulebook.pack(this.pack), keep=False)


def test_the_command_takes_a_folder_and_says_table_by_table(made: Path, tmp_path: Path) -> None:
    told = govcrawl("store", "copy", str(made / "dump"), "sqlite:///copied.db", "--json", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    assert [json.loads(line)["table"] for line in told.stdout.splitlines()] == list(facts.TABLES)
    assert not (tmp_path / "snapshots").exists()
    wrong = govcrawl("store", "copy", str(made), "sqlite:///other.db", cwd=tmp_path)
    assert wrong.returncode == 1 and "不是数据导出目录" in wrong.stderr and not (tmp_path / "other.db").exists()
    assert (ROOT / "README.md").read_text(encoding="utf-8").count("govcrawl store copy") >= 2
