"""The real parts under kills, a full disk and a jumping clock; the long loop is `python -m bench chaos`. And that what looks for losses finds them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import scheduled_work
from crawl_lab import HOME, Net, crawl, page, serving
from feed_kit import articles

from bench import chaos, chaos_look
from bench.chaos_part import TOLD, kept
from govcrawl.clock import SystemClock
from govcrawl.feed import following
from govcrawl.model.runs import Run
from govcrawl.store.base import open_store
from govcrawl.store.jobs import DONE, Ending, Plan, open_queue

RUN = "20261116-abcdef"


@pytest.mark.parametrize(("kind", "loops", "seed"), [("mongodb", 3, 5), ("sqlite", 2, 3)])
@pytest.mark.xdist_group("mongod")
def test_nothing_acknowledged_is_lost_whatever_strikes(kind: str, loops: int, seed: int, tmp_path: Path) -> None:
    try:
        assert chaos.storm(tmp_path, loops, seed, kind, sites=("anhe",)) == []
    except PermissionError as error:
        pytest.skip(f"无法挂载 tmpfs（需要 root）：{error}")


@pytest.fixture
def looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> chaos_look.Look:
    """A workspace in which everything holds, remembered as it stands."""
    monkeypatch.setattr(chaos_look.time, "sleep", lambda seconds: None)
    net = Net({HOME: page("/a.html", "/b.html"), HOME + "a.html": page(), HOME + "b.html": page()})
    location = f"sqlite:///{tmp_path}/govcrawl.db"
    with serving(net) as proxy, closing(open_store(location)) as store:
        monkeypatch.setenv("http_proxy", proxy)
        crawl(tmp_path, store=store)
        store.save_run(
            Run(id=RUN, targets=[{"site": "qinghe"}], targets_key="k", pack="national-2019", as_of="2026-11-16", seed="s", started_at="")
        )
        store.put_records(RUN, "qinghe", articles(range(5)))
        (tmp_path / TOLD).write_bytes(b"".join(following.line(c).encode() for c in following.changes(store, 0)))
    with closing(open_queue(location, SystemClock())) as queue:
        now = SystemClock().now()
        first = "2026-01-01T00:00:00+08:00"
        queue.plan([Plan(id=ident, kind="feed", lock=ident, every=60.0, first=first) for ident in ("feed", "other")], now)
        for _ in range(2):
            lease = queue.claim("w", now, 60)
            assert lease is not None and queue.end(lease, Ending(outcome=DONE), now)
    scheduled_work.note(tmp_path, "begin", "feed", 1)
    look = chaos_look.Look(location, tmp_path, tmp_path)
    look.remember()
    assert look.wrong() == []
    return look


def lines(place: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    (place / TOLD).write_bytes(b"".join(change(kept(place / TOLD))))


def sql(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        assert db.execute(statement).rowcount > 0
        db.commit()


def renamed(rows: list[bytes]) -> list[bytes]:
    """The last change told under the name of the one before."""
    before, last = json.loads(rows[-2]), json.loads(rows[-1])
    return [*rows[:-1], following.line({**last, "id": before["id"], "rev": before["rev"]}).encode()]


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a visit is gone": (lambda place: sql(place / "govcrawl.db", "DELETE FROM pages WHERE url LIKE '%/a.html'"), "was in the store and is not"),
    "done before it was stored": (
        lambda place: sql(place / f"frontier-{RUN}.db", "UPDATE queue SET url = 'http://www.qinghe.gov.cn/z.html' WHERE url LIKE '%/a.html'"),
        "is done in the frontier and not in the store",
    ),
    "a torn snapshot": (lambda place: [p.write_bytes(p.read_bytes()[:-9]) for p in (place / "snapshots").iterdir()], "记录已损坏"),
    "no snapshots": (lambda place: [p.unlink() for p in (place / "snapshots").iterdir()], "文件不存在"),
    "a gap": (lambda place: lines(place, lambda rows: [*rows[:2], *rows[3:]]), "the sequence has a gap"),
    "a repeat": (lambda place: lines(place, lambda rows: [*rows, rows[-1]]), "tells a number twice"),
    "one id and rev for two changes": (lambda place: lines(place, renamed), "told twice"),
    "less than was told": (lambda place: sql(place / "govcrawl.db", "DELETE FROM changes WHERE seq = 3"), "does not tell any more"),
    "told otherwise": (lambda place: sql(place / "govcrawl.db", "UPDATE changes SET payload = '{}' WHERE seq = 2"), "does not tell any more"),
    "a lost job": (lambda place: sql(place / "govcrawl-jobs.db", "DELETE FROM jobs WHERE id = 'feed'"), "job feed is lost"),
    "a job twice at once": (lambda place: scheduled_work.note(place, "TWICE", "feed", 2, "w"), "TWICE feed"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_lost_is_seen(fault: str, looked: chaos_look.Look, tmp_path: Path) -> None:
    break_it, said = FAULTS[fault]
    break_it(tmp_path)
    assert any(said in each for each in looked.wrong()), looked.wrong()


def test_a_consumer_that_was_killed_in_a_line_goes_on_behind_the_last_whole_one(tmp_path: Path) -> None:
    (tmp_path / TOLD).write_bytes('{"seq":1}\n{"seq":2,"id":"文'.encode()[:-1])
    assert kept(tmp_path / TOLD) == [b'{"seq":1}\n']
