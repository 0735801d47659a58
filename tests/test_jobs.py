"""The queue's contract: every table of jobs passes these."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import mongo_server
import pytest

from govcrawl.clock import CHINA, moment
from govcrawl.errors import StoreError, UsageError
from govcrawl.store.job_table import Rows, SqliteRows, TableQueue
from govcrawl.store.jobs import (
    DONE,
    FAILED,
    KEPT_RUNS,
    LOST,
    PARKED,
    RETIRED,
    RUNNING,
    UNAVAILABLE,
    WAITING,
    Ending,
    Job,
    Lease,
    Plan,
    Retrying,
    open_queue,
)
from govcrawl.store.mongo_jobs import MongoRows

pytestmark = pytest.mark.xdist_group("mongod")
T0 = datetime(2026, 11, 16, 8, 0, tzinfo=CHINA)
WEEK, DAY, LEASE = 7 * 86400.0, 86400.0, 60.0
RETRYING = Retrying(limit=2, wait=100.0, most=300.0)
OK = Ending(outcome=DONE)


@dataclass
class FakeClock:
    """Time passes on both clocks; only the clock of the day is set."""

    at: datetime = T0
    counted: float = 1000.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.counted

    def passes(self, seconds: float) -> datetime:
        self.at += timedelta(seconds=seconds)
        self.counted += seconds
        return self.at

    def is_set(self, seconds: float) -> datetime:
        self.at += timedelta(seconds=seconds)
        return self.at


Opening = Callable[[str], TableQueue]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="module")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[mongo_server.Mongod]:
    with mongo_server.running(tmp_path_factory.mktemp("mongod")) as server:
        yield server


@pytest.fixture(params=["sqlite", "mongodb"])
def opening(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> Iterator[Opening]:
    """Opens the same fresh table, as a worker of its own each time, on a machine that started as `boot`."""
    opened: list[TableQueue] = []
    name = f"w{uuid.uuid4().hex[:12]}"

    def rows() -> Rows:
        if request.param == "sqlite":
            return SqliteRows(tmp_path / "jobs.db")
        server: mongo_server.Mongod = request.getfixturevalue("mongod")
        return MongoRows(f"mongodb://127.0.0.1:{server.port}/{name}?replicaSet=rs0")

    def opened_on(boot: str = "boot-1") -> TableQueue:
        opened.append(TableQueue(rows(), clock, RETRYING, boot))
        return opened[-1]

    yield opened_on
    for each in opened:
        each.close()


@pytest.fixture
def queue(opening: Opening) -> TableQueue:
    return opening("boot-1")


def plan(site: str = "a", kind: str = "crawl", every: float = WEEK, first: datetime = T0, lock: str | None = None, rank: int = 0) -> Plan:
    return Plan(id=f"{kind}/{site}", kind=kind, site=site, lock=lock or f"{kind}/{site}", rank=rank, every=every, first=moment(first))


def job(queue: TableQueue, ident: str = "crawl/a") -> Job:
    return next(j for j in queue.jobs() if j.id == ident)


def claimed(queue: TableQueue, clock: FakeClock, owner: str = "w1") -> Lease:
    lease = queue.claim(owner, clock.now(), LEASE)
    assert lease is not None
    return lease


def test_a_job_is_claimed_when_it_is_due_and_by_one_worker_only(queue: TableQueue, clock: FakeClock) -> None:
    queue.plan([plan(first=T0 + timedelta(hours=1))], clock.now())
    assert queue.claim("w1", clock.now(), LEASE) is None and queue.next_due() == "2026-11-16T09:00:00+08:00"
    lease = queue.claim("w1", clock.passes(3600), LEASE)
    assert lease is not None and (lease.job.id, lease.owner, lease.attempt, lease.job.state) == ("crawl/a", "w1", 1, RUNNING)
    assert queue.claim("w2", clock.now(), LEASE) is None and queue.next_due() is None


def test_a_job_that_is_done_is_due_again_on_its_rhythm(queue: TableQueue, clock: FakeClock) -> None:
    queue.plan([plan()], clock.now())
    lease = claimed(queue, clock)
    assert queue.end(lease, Ending(outcome=DONE, note="好", run="r1", memo={"seen": 3}), clock.passes(50))
    kept = job(queue)
    assert (kept.state, kept.due_at, kept.memo, kept.note) == (WAITING, moment(T0 + timedelta(days=7)), {"seen": 3}, "好")
    [past] = kept.past
    assert (past.slot, past.started_at, past.ended_at, past.owner, past.attempt, past.outcome, past.run) == (
        moment(T0), moment(T0), moment(T0 + timedelta(seconds=50)), "w1", 1, DONE, "r1",
    )  # fmt: skip
    assert not queue.end(lease, OK, clock.now()), "a job ends once"


@pytest.mark.parametrize(("away_days", "next_in_days"), [(3, 4), (7, 7), (21, 7), (24, 4)])
def test_what_was_missed_is_run_once(queue: TableQueue, clock: FakeClock, away_days: int, next_in_days: int) -> None:
    queue.plan([plan()], clock.now())
    queue.end(claimed(queue, clock), OK, clock.now())  # due in seven days
    clock.passes(WEEK + away_days * DAY)
    ran = 0
    while (lease := queue.claim("w1", clock.now(), LEASE)) is not None:
        queue.end(lease, OK, clock.now())
        ran += 1
    assert ran == 1 and job(queue).due_at == moment(clock.now() + timedelta(days=next_in_days))


def test_an_own_rhythm_counts_from_the_end(queue: TableQueue, clock: FakeClock) -> None:
    queue.plan([plan()], clock.now())
    queue.end(claimed(queue, clock), Ending(outcome=DONE, every=3 * DAY), clock.passes(100))
    assert job(queue).due_at == moment(T0 + timedelta(days=3, seconds=100))
    queue.plan([plan()], clock.now())
    assert job(queue).every == 3 * DAY, "the same schedule again leaves it"
    queue.plan([plan(every=DAY)], clock.now())
    assert job(queue).every == DAY and job(queue).due_at == moment(clock.now() + timedelta(days=1))


def test_a_dead_workers_job_is_taken_over_after_the_lease_and_the_old_one_is_fenced_off(opening: Opening, clock: FakeClock) -> None:
    first, second = opening("boot-1"), opening("boot-1")
    first.plan([plan()], clock.now())
    old = claimed(first, clock)
    assert second.claim("w2", clock.passes(LEASE - 1), LEASE) is None
    new = second.claim("w2", clock.passes(1), LEASE)
    assert new is not None and new.attempt == 2
    assert not first.beat(old) and not first.end(old, OK, clock.now()) and not first.put_back(old, clock.now())
    kept = job(first)
    assert (kept.state, kept.owner, kept.lost) == (RUNNING, "w2", 1) and [p.outcome for p in kept.past] == [LOST]
    assert second.end(new, OK, clock.now()) and job(second).lost == 0


def test_the_same_name_does_not_open_the_fence(opening: Opening, clock: FakeClock) -> None:
    first, second = opening("boot-1"), opening("boot-1")
    first.plan([plan()], clock.now())
    old = claimed(first, clock, "w")
    clock.passes(LEASE)
    new = claimed(second, clock, "w")
    assert not first.beat(old) and not first.end(old, OK, clock.now())
    assert second.beat(new)


def test_a_job_that_outlives_its_lease_keeps_it_by_beating(opening: Opening, clock: FakeClock) -> None:
    first, second = opening("boot-1"), opening("boot-1")
    first.plan([plan()], clock.now())
    lease = claimed(first, clock)
    for _ in range(10):
        clock.passes(LEASE - 1)
        assert first.beat(lease) and second.claim("w2", clock.now(), LEASE) is None
    assert first.end(lease, OK, clock.now())


@pytest.mark.parametrize("jump", [-30 * DAY, -3600.0, 3600.0, 30 * DAY])
def test_a_clock_that_is_set_neither_ends_a_lease_nor_prolongs_it(opening: Opening, clock: FakeClock, jump: float) -> None:
    first, second = opening("boot-1"), opening("boot-1")
    first.plan([plan()], clock.now())
    lease = claimed(first, clock)
    clock.is_set(jump)
    assert second.claim("w2", clock.now(), LEASE) is None and first.beat(lease)
    clock.passes(LEASE)
    taken = second.claim("w2", clock.now(), LEASE)
    assert taken is not None and taken.attempt == 2, "its holder is silent whatever the clock of the day says"


@pytest.mark.parametrize("jump", [-30 * DAY, -2 * 3600.0, 30 * DAY])
def test_a_clock_that_goes_wrong_and_is_set_right_leaves_the_rhythm(queue: TableQueue, clock: FakeClock, jump: float) -> None:
    queue.plan([plan(every=DAY)], clock.now())
    queue.end(claimed(queue, clock), OK, clock.now())
    clock.is_set(jump)
    queue.plan([plan(every=DAY)], clock.now())
    due = datetime.fromisoformat(job(queue).due_at)
    assert due - clock.now() <= timedelta(days=1), "nobody waits for a day that the clock only dreamt of"
    ran = 0
    while (lease := queue.claim("w1", clock.now(), LEASE)) is not None:
        queue.end(lease, OK, clock.now())
        ran += 1
    assert ran == (1 if jump > 0 else 0)
    clock.is_set(-jump)
    queue.plan([plan(every=DAY)], clock.now())
    due = datetime.fromisoformat(job(queue).due_at)
    assert due - clock.now() <= timedelta(days=1)


def test_a_clock_that_is_set_back_while_a_job_runs_does_not_put_it_off(queue: TableQueue, clock: FakeClock) -> None:
    queue.plan([plan(every=DAY)], clock.now())
    lease = claimed(queue, clock)
    queue.end(lease, OK, clock.is_set(-20 * DAY - 3600))
    assert job(queue).due_at == moment(clock.now() + timedelta(hours=1)), "the rhythm's next moment: eight o'clock"


def test_a_job_that_fails_is_tried_again_later_and_later_and_then_parked(queue: TableQueue, clock: FakeClock) -> None:
    queue.plan([plan()], clock.now())
    for wait in (100, 200):
        queue.end(claimed(queue, clock), Ending(outcome=FAILED, note="磁盘空间不足"), clock.now())
        assert job(queue).due_at == moment(clock.now() + timedelta(seconds=wait))
        assert queue.claim("w1", clock.passes(wait - 1), LEASE) is None
        clock.passes(1)
    queue.end(claimed(queue, clock), Ending(outcome=FAILED, note="磁盘空间不足"), clock.now())
    kept = job(queue)
    assert (kept.state, kept.failures, kept.note) == (PARKED, 3, "连续失败 3 次，已搁置：磁盘空间不足")
    assert queue.claim("w1", clock.passes(10 * WEEK), LEASE) is None and queue.next_due() is None
    queue.plan([plan()], clock.now())
    assert job(queue).state == PARKED, "planning again does not set it free"
    assert queue.release("crawl/a", clock.now()) and not queue.release("crawl/a", clock.now()) and not queue.release("x/y", clock.now())
    lease = claimed(queue, clock)
    assert lease.attempt == 4 and lease.job.failures == 0
    queue.end(lease, OK, clock.now())


def test_a_success_forgets_failures_and_the_wait_has_a_bound(queue: TableQueue, clock: FakeClock) -> None:
    queue.plan([plan()], clock.now())
    queue.end(claimed(queue, clock), Ending(outcome=FAILED), clock.now())
    clock.passes(100)
    queue.end(claimed(queue, clock), OK, clock.now())
    assert job(queue).failures == 0
    assert [RETRYING.after(n) for n in (1, 2, 3, 400)] == [100.0, 200.0, 300.0, 300.0]


def test_work_that_this_version_cannot_do_neither_fails_nor_is_tried_again_before_its_time(queue: TableQueue, clock: FakeClock) -> None:
    queue.plan([plan()], clock.now())
    for _ in range(5):
        queue.end(claimed(queue, clock), Ending(outcome=UNAVAILABLE, note="尚未提供"), clock.now())
        kept = job(queue)
        assert (kept.state, kept.failures, kept.due_at) == (WAITING, 0, moment(clock.now() + timedelta(days=7)))
        clock.passes(WEEK)


def test_workers_that_die_never_park_a_job_but_slow_it_down(queue: TableQueue, clock: FakeClock) -> None:
    queue.plan([plan()], clock.now())
    claimed(queue, clock)
    for n in range(12):
        clock.passes(LEASE)
        taken = queue.claim("w1", clock.now(), LEASE)
        if n >= 5:
            assert taken is None and job(queue).state == WAITING
            clock.passes(300)
            taken = queue.claim("w1", clock.now(), LEASE)
        assert taken is not None and taken.job.lost == n + 1


def test_a_job_that_is_put_back_lost_nothing(queue: TableQueue, clock: FakeClock) -> None:
    queue.plan([plan()], clock.now())
    lease = claimed(queue, clock)
    assert queue.put_back(lease, clock.now(), 30, "未到允许时段")
    kept = job(queue)
    assert (kept.state, kept.failures, kept.due_at, kept.slot) == (WAITING, 0, moment(T0 + timedelta(seconds=30)), moment(T0))
    assert kept.past == [] and kept.note == "未到允许时段"
    assert claimed_after(queue, clock, 30).attempt == 2


def claimed_after(queue: TableQueue, clock: FakeClock, seconds: float) -> Lease:
    clock.passes(seconds)
    return claimed(queue, clock)


def test_of_jobs_with_one_lock_one_runs_at_a_time(opening: Opening, clock: FakeClock) -> None:
    first, second = opening("boot-1"), opening("boot-1")
    first.plan([plan(kind="crawl", lock="a", rank=5), plan(kind="scan", lock="a"), plan(kind="probe")], clock.now())
    scan = claimed(first, clock)
    assert scan.job.id == "probe/a", "same rank and due: by name"
    scan = claimed(first, clock)
    assert scan.job.id == "scan/a"
    assert second.claim("w2", clock.now(), LEASE) is None
    first.end(scan, OK, clock.now())
    assert claimed(second, clock).job.id == "crawl/a"


def test_kinds_can_be_chosen_and_rank_goes_before_age(queue: TableQueue, clock: FakeClock) -> None:
    old = T0 - timedelta(days=9)
    queue.plan([plan("a", "crawl", first=old, rank=9), plan("b", "crawl", rank=9), plan("c", "probe", rank=1)], clock.now())
    assert queue.claim("w", clock.now(), LEASE, ["feed"]) is None
    assert [claimed(queue, clock).job.id for _ in range(3)] == ["probe/c", "crawl/a", "crawl/b"]
    clock.passes(LEASE)
    taken = queue.claim("w", clock.now(), LEASE, ["crawl"])
    assert taken is not None and taken.job.id == "crawl/a"


def test_a_site_that_leaves_the_schedule_and_comes_back_keeps_its_history(queue: TableQueue, clock: FakeClock) -> None:
    queue.plan([plan("a"), plan("b")], clock.now())
    queue.end(claimed(queue, clock), Ending(outcome=DONE, run="r1"), clock.now())
    queue.plan([plan("b")], clock.passes(DAY))
    assert job(queue).state == RETIRED and len(job(queue).past) == 1
    queue.end(claimed(queue, clock), OK, clock.now())
    clock.passes(2 * WEEK)
    assert claimed(queue, clock).job.id == "crawl/b" and queue.claim("w1", clock.now(), LEASE) is None, "who left is not due"
    queue.plan([plan("a"), plan("b")], clock.now())
    assert job(queue).state == WAITING and [p.run for p in job(queue).past] == ["r1"]
    back = claimed(queue, clock)
    assert (back.job.id, back.attempt) == ("crawl/a", 2), "its claims are numbered on"


def test_planning_while_a_job_runs_does_not_disturb_it(opening: Opening, clock: FakeClock) -> None:
    first, second = opening("boot-1"), opening("boot-1")
    first.plan([plan()], clock.now())
    lease = claimed(first, clock)
    second.plan([plan(every=DAY, rank=3, lock="other")], clock.now())
    second.plan([], clock.now())
    assert first.beat(lease) and first.end(lease, OK, clock.now())
    assert job(first).every == DAY
    second.plan([], clock.now())
    assert job(first).state == RETIRED


def test_only_so_many_runs_are_remembered(queue: TableQueue, clock: FakeClock) -> None:
    queue.plan([plan(every=10)], clock.now())
    for _ in range(KEPT_RUNS + 3):
        queue.end(claimed(queue, clock), OK, clock.now())
        clock.passes(10)
    assert [p.attempt for p in job(queue).past] == list(range(4, KEPT_RUNS + 4))


def test_many_workers_at_once_never_hold_one_job_twice(opening: Opening, clock: FakeClock) -> None:
    opening("boot-1").plan([plan(f"{n:02d}", lock=f"site{n % 10}") for n in range(40)], clock.now())
    held: set[str] = set()
    locks: set[str] = set()
    done: list[str] = []
    twice: list[str] = []
    guard = threading.Lock()

    def work(queue: TableQueue, owner: str) -> None:
        while len(done) < 40 and not twice:
            lease = queue.claim(owner, clock.now(), LEASE)
            if lease is None:
                continue
            with guard:
                if lease.job.id in held or lease.job.lock in locks:
                    twice.append(lease.job.id)
                held.add(lease.job.id)
                locks.add(lease.job.lock)
            queue.beat(lease)
            with guard:
                held.discard(lease.job.id)
                locks.discard(lease.job.lock)
                done.append(lease.job.id)
            assert queue.end(lease, OK, clock.now())

    workers = [threading.Thread(target=work, args=(opening("boot-1"), f"w{n}")) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert twice == [] and sorted(done) == [f"crawl/{n:02d}" for n in range(40)]


# what differs between one machine and several


def test_on_one_machine_a_holder_from_before_its_last_start_is_gone(tmp_path: Path, clock: FakeClock) -> None:
    before, after = (TableQueue(SqliteRows(tmp_path / "jobs.db"), clock, RETRYING, boot) for boot in ("boot-1", "boot-2"))
    before.plan([plan()], clock.now())
    claimed(before, clock)
    clock.counted = 5.0
    assert after.claim("w2", clock.now(), LEASE) is not None and not after.unsettled()
    before.close()
    after.close()


def test_a_holder_on_another_machine_is_watched_for_its_lease(mongod: mongo_server.Mongod, clock: FakeClock) -> None:
    address = f"mongodb://127.0.0.1:{mongod.port}/w{uuid.uuid4().hex[:12]}?replicaSet=rs0"
    here, there = (TableQueue(MongoRows(address), clock, RETRYING, boot) for boot in ("boot-1", "boot-2"))
    here.plan([plan()], clock.now())
    lease = claimed(here, clock)
    clock.passes(10 * LEASE)
    assert there.unsettled() and there.claim("w2", clock.now(), LEASE) is None, "its last beat is no business of our clock"
    clock.passes(LEASE - 1)
    here.beat(lease)
    assert there.claim("w2", clock.passes(1), LEASE) is None and not there.unsettled(), "it beats: it is alive"
    assert there.claim("w2", clock.passes(LEASE - 1), LEASE) is None
    taken = there.claim("w2", clock.passes(1), LEASE)
    assert taken is not None and taken.attempt == 2 and not here.beat(lease)
    here.close()
    there.close()


def test_the_table_lies_beside_the_store_or_in_its_database(
    mongod: mongo_server.Mongod, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for address in ("sqlite:///workspace.db", f"mongodb://127.0.0.1:{mongod.port}/w{uuid.uuid4().hex[:12]}?replicaSet=rs0"):
        first = open_queue(address, clock)
        first.plan([plan()], clock.now())
        first.close()
        again = open_queue(address, clock)
        assert [j.id for j in again.jobs()] == ["crawl/a"]
        again.close()
    assert (tmp_path / "workspace-jobs.db").exists()
    with pytest.raises(UsageError, match="无法识别的存储地址"):
        open_queue("postgres://x", clock)


def test_a_table_that_cannot_be_opened_is_told_in_words(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "w-jobs.db").write_bytes(b"no database at all, but long enough to be looked at" * 100)
    with pytest.raises(StoreError, match="无法打开任务表 .*不是 govcrawl 的存储文件"):
        open_queue(f"sqlite:///{tmp_path}/w.db", clock)


def test_a_server_that_was_killed_loses_no_claim(tmp_path: Path, clock: FakeClock) -> None:
    with mongo_server.running(tmp_path / "db") as server:
        queue = TableQueue(MongoRows(f"mongodb://127.0.0.1:{server.port}/w?replicaSet=rs0", patience=60), clock, RETRYING, "boot-1")
        queue.plan([plan("a"), plan("b")], clock.now())
        lease = claimed(queue, clock)
        server.kill()
        server.start()
        assert queue.beat(lease) and claimed(queue, clock).job.id == "crawl/b"
        assert queue.end(lease, OK, clock.now())
        queue.close()
