"""Workers over a real queue, jobs in real processes: how they end, what a stop and a dead worker leave behind."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import mongo_server
import pytest
import scheduled_worker
from scheduled_worker import SetClock, plan, queue_of

from govcrawl.errors import StoreError
from govcrawl.scheduling.runner import Runner, Told
from govcrawl.store.jobs import DONE, LOST, PARKED, RUNNING, WAITING, Ending, Job, Lease, Plan, Queue, Retrying

pytestmark = pytest.mark.xdist_group("mongod")
KILLS = int(os.environ.get("GOVCRAWL_KILLS", "20"))
"""How often a worker is killed, over both kinds of table."""
JOBS = 12
LEASE = 2.0


@pytest.fixture(scope="module")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[mongo_server.Mongod]:
    with mongo_server.running(tmp_path_factory.mktemp("mongod")) as server:
        yield server


@pytest.fixture(params=["sqlite", "mongodb"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/w.db"
    server: mongo_server.Mongod = request.getfixturevalue("mongod")
    return f"mongodb://127.0.0.1:{server.port}/w{uuid.uuid4().hex[:12]}?replicaSet=rs0"


@pytest.fixture
def embedded(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/w.db"


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts worker processes; what is left of them at the end is killed, one by one."""
    started: list[subprocess.Popen[bytes]] = []

    def start(store: str, name: str, lease: float = LEASE) -> subprocess.Popen[bytes]:
        command = [sys.executable, scheduled_worker.__file__, store, str(tmp_path), name, str(lease)]
        started.append(subprocess.Popen(command, cwd=tmp_path))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait(30)


def until(ready: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def log(folder: Path, *words: str) -> list[list[str]]:
    """Lines of the log that begin with some words."""
    path = folder / "log"
    lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    return [line for line in lines if line[: len(words)] == list(words)]


def planned(store: str, folder: Path, *plans: Plan, retrying: Retrying = scheduled_worker.RETRYING) -> Queue:
    queue = queue_of(store, folder, retrying)
    queue.plan(plans, SetClock(folder).now())
    return queue


def worked(queue: Queue, folder: Path, store: str, *, at_once: int = 4, **options: float) -> list[Told]:
    told: list[Told] = []
    runner = Runner(
        queue=queue, work=scheduled_worker.WORK, store=store, clock=SetClock(folder), say=lambda text: None, told=told.append, worker="w1", quick=scheduled_worker.QUICK,
        at_once=at_once, **{"lease": 20.0, "grace": 0.5, **options},
    )  # fmt: skip
    tally = runner.run(once=True)
    assert sum(tally.values()) == len(told)
    return told


def job(queue: Queue, ident: str) -> Job:
    return next(j for j in queue.jobs() if j.id == ident)


def test_what_is_due_is_done_and_a_second_run_finds_nothing_to_do(store: str, tmp_path: Path) -> None:
    queue = planned(
        store, tmp_path, *(plan(tmp_path, f"{n}") for n in range(5)), plan(tmp_path, "later", first="2999-01-01T00:00:00+08:00")
    )
    assert sorted((t.job, t.outcome, t.note) for t in worked(queue, tmp_path, store)) == [(f"task/{n}", DONE, "好") for n in range(5)]
    assert worked(queue, tmp_path, store) == [] and len(log(tmp_path, "end")) == 5
    assert job(queue, "task/3").memo == {"attempt": 1} and job(queue, "task/later").past == []
    queue.close()


def test_each_way_to_end_is_told_and_none_holds_up_the_others(embedded: str, tmp_path: Path) -> None:
    ends = ("fail", "crash", "killed", "busy", "unavailable")
    queue = planned(embedded, tmp_path, *(plan(tmp_path, end, end=end) for end in ends), plan(tmp_path, "well"), retrying=Retrying())
    told = {t.name: (t.outcome, t.note) for t in worked(queue, tmp_path, embedded)}
    assert told == {
        "fail": ("failed", "磁盘空间不足"),
        "crash": ("failed", "任务进程异常退出（代码 1），详见日志"),
        "killed": ("failed", "任务进程被信号 9 终止"),
        "busy": ("busy", "正由另一进程检查"),
        "unavailable": ("unavailable", "功能尚未提供"),
        "well": (DONE, "好"),
    }
    assert {j.name: (j.state, j.failures) for j in queue.jobs()} == {
        **dict.fromkeys(("fail", "crash", "killed"), (WAITING, 1)), **dict.fromkeys(("busy", "unavailable", "well"), (WAITING, 0)),
    }  # fmt: skip
    queue.close()


def test_a_job_that_always_fails_is_parked_in_the_end(embedded: str, tmp_path: Path) -> None:
    queue = planned(embedded, tmp_path, plan(tmp_path, "bad", end="fail"))
    until(lambda: worked(queue, tmp_path, embedded) is not None and job(queue, "task/bad").state == PARKED)
    assert len(log(tmp_path, "begin")) == 3 and job(queue, "task/bad").note == "连续失败 3 次，已搁置：磁盘空间不足"
    queue.close()


def test_a_job_beyond_its_limit_is_ended_even_if_it_does_not_listen(embedded: str, tmp_path: Path) -> None:
    queue = planned(
        embedded,
        tmp_path,
        plan(tmp_path, "slow", seconds=600, limit=0.5),
        plan(tmp_path, "deaf", end="deaf", limit=0.5),
        retrying=Retrying(),
    )
    assert sorted((t.name, t.outcome) for t in worked(queue, tmp_path, embedded)) == [("deaf", "failed"), ("slow", "failed")]
    assert all("超过时限" in j.note for j in queue.jobs())
    for _, _, _, pid, _ in log(tmp_path, "begin"):
        assert not alive(int(pid))
    queue.close()


def test_jobs_outside_their_hours_are_put_off_to_when_they_begin(embedded: str, tmp_path: Path) -> None:
    clock = SetClock(tmp_path)
    now = clock.now()
    begins = (now.hour + 2) % 24
    queue = planned(embedded, tmp_path, plan(tmp_path, "night", hours=f"{begins}-{(begins + 1) % 24}"), plan(tmp_path, "any", hours=None))
    assert [t.name for t in worked(queue, tmp_path, embedded)] == ["any"]
    night = job(queue, "task/night")
    assert night.due_at[11:16] == f"{begins:02d}:00" and night.note == f"未到允许时段 {begins}-{(begins + 1) % 24}" and night.failures == 0
    queue.close()


def test_a_long_job_does_not_hold_up_the_probes(embedded: str, tmp_path: Path) -> None:
    queue = planned(embedded, tmp_path, plan(tmp_path, "long", seconds=3), plan(tmp_path, "quick", kind="probe", every=1))
    told = worked(queue, tmp_path, embedded, at_once=1)
    assert [t.name for t in told].index("long") >= 2, "several probes were made meanwhile"
    queue.close()


def alive(pid: int) -> bool:
    """Whether a process runs; a dead one that nobody has asked for yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


Starting = Callable[..., "subprocess.Popen[bytes]"]


def test_the_job_of_a_worker_that_is_killed_dies_with_it_and_is_taken_over_after_the_lease(
    store: str, tmp_path: Path, workers: Starting
) -> None:
    queue = planned(store, tmp_path, plan(tmp_path, "a", seconds=1))
    first = workers(store, "w1")
    until(lambda: log(tmp_path, "begin", "task/a", "1"))
    pid = int(log(tmp_path, "begin", "task/a", "1")[0][3])
    first.kill()
    killed = time.monotonic()
    until(lambda: not alive(pid), 5)
    workers(store, "w2")
    until(lambda: log(tmp_path, "done", "task/a", "w2"))
    assert time.monotonic() - killed >= LEASE, "1 s of work, begun when the lease was over"
    assert [p.outcome for p in job(queue, "task/a").past] == [LOST, DONE] and not log(tmp_path, "TWICE")
    queue.close()


def test_a_worker_that_was_frozen_finds_its_job_gone(embedded: str, tmp_path: Path, workers: Starting) -> None:
    queue = planned(embedded, tmp_path, plan(tmp_path, "a", seconds=6))
    first = workers(embedded, "w1")
    until(lambda: log(tmp_path, "begin", "task/a", "1"))
    pid = int(log(tmp_path, "begin", "task/a", "1")[0][3])
    beats = job(queue, "task/a").beats
    until(lambda: job(queue, "task/a").beats > beats)
    first.send_signal(signal.SIGSTOP)  # just after a beat: in the middle of one it would hold the table's lock
    until(lambda: not alive(pid), 10)  # nobody says that the job is still its worker's: it ends itself
    workers(embedded, "w2")
    until(lambda: log(tmp_path, "begin", "task/a", "2"))
    first.send_signal(signal.SIGCONT)
    until(lambda: log(tmp_path, "done", "task/a", "w2"))
    until(lambda: log(tmp_path, "taken", "task/a", "w1"))
    assert [p.outcome for p in job(queue, "task/a").past] == [LOST, DONE] and not log(tmp_path, "TWICE")
    assert len(log(tmp_path, "begin", "task/a")) == 2
    queue.close()


def test_a_job_that_outlives_its_lease_stays_its_workers(store: str, tmp_path: Path, workers: Starting) -> None:
    queue = planned(store, tmp_path, plan(tmp_path, "a", seconds=2.5 * LEASE))
    workers(store, "w1")
    workers(store, "w2")
    until(lambda: log(tmp_path, "done", "task/a"))
    assert len(log(tmp_path, "begin")) == 1 and [p.outcome for p in job(queue, "task/a").past] == [DONE]
    queue.close()


def test_a_worker_that_is_told_to_stop_puts_its_jobs_back(embedded: str, tmp_path: Path, workers: Starting) -> None:
    queue = planned(embedded, tmp_path, plan(tmp_path, "a", seconds=60))
    first = workers(embedded, "w1")
    until(lambda: log(tmp_path, "begin", "task/a"))
    first.send_signal(signal.SIGTERM)
    assert first.wait(20) == 0
    kept = job(queue, "task/a")
    assert (kept.state, kept.failures, kept.lost, kept.note) == (WAITING, 0, 0, "已停止，进度已保存") and log(tmp_path, "stopped", "task/a")
    assert not alive(int(log(tmp_path, "begin", "task/a")[0][3]))
    queue.close()


def test_a_server_that_goes_away_for_less_than_a_lease_costs_nothing(tmp_path: Path, workers: Starting) -> None:
    with mongo_server.running(tmp_path / "db") as server:
        store = f"mongodb://127.0.0.1:{server.port}/w?replicaSet=rs0"
        queue = planned(store, tmp_path, plan(tmp_path, "a", seconds=3))
        workers(store, "w1", lease=40)
        until(lambda: log(tmp_path, "begin", "task/a"))
        server.kill()
        until(lambda: log(tmp_path, "end", "task/a"))
        server.start()
        until(lambda: log(tmp_path, "done", "task/a", "w1"))
        assert [p.outcome for p in job(queue, "task/a").past] == [DONE] and len(log(tmp_path, "begin")) == 1
        queue.close()


def test_a_queue_that_cannot_be_reached_ends_what_might_be_taken_over(embedded: str, tmp_path: Path) -> None:
    queue = planned(embedded, tmp_path, plan(tmp_path, "a", seconds=60))

    class Unreachable:
        """Claims, and is gone."""

        def __init__(self) -> None:
            self.claims = 0

        def claim(self, *arguments: object) -> Lease | None:
            self.claims += 1
            if self.claims > 1:
                raise StoreError("连接中断")
            return queue.claim(*arguments)  # type: ignore[arg-type]

        def beat(self, lease: Lease) -> bool:
            raise StoreError("连接中断")

        def unsettled(self) -> bool:
            return False

    told: list[Told] = []
    runner = Runner(
        queue=Unreachable(), work={"task": "scheduled_work:task"}, store=embedded, clock=SetClock(tmp_path), say=lambda text: None,  # type: ignore[arg-type]
        told=told.append, worker="w1", quick=scheduled_worker.QUICK, lease=2.0,
    )  # fmt: skip
    with pytest.raises(StoreError, match="连接中断"):
        runner.run(once=True)
    assert [(t.outcome, t.job) for t in told] == [("taken", "task/a")] and told[0].seconds >= 1.5
    assert not any(alive(int(line[3])) for line in log(tmp_path, "begin")) and not log(tmp_path, "end")
    queue.close()


@pytest.mark.parametrize("kind", ["sqlite", "mongodb"])
def test_workers_killed_again_and_again_while_the_clock_jumps_lose_no_job_and_run_none_twice_at_once(
    kind: str, tmp_path: Path, workers: Starting, request: pytest.FixtureRequest
) -> None:
    rng = random.Random(f"20261116{kind}")
    if kind == "sqlite":
        store = f"sqlite:///{tmp_path}/w.db"
    else:
        server: mongo_server.Mongod = request.getfixturevalue("mongod")
        store = f"mongodb://127.0.0.1:{server.port}/w{uuid.uuid4().hex[:12]}?replicaSet=rs0"
    plans = [plan(tmp_path, f"{n:02d}", seconds=rng.uniform(0.05, 1.0)) for n in range(JOBS)]
    queue = planned(store, tmp_path, *plans)
    running = {name: workers(store, name) for name in ("w1", "w2")}
    for _ in range(KILLS // 2):
        if all(j.past and j.past[-1].outcome == DONE for j in queue.jobs()):
            break
        name = rng.choice(sorted(running))
        pid = str(running[name].pid)
        until(lambda name=name, pid=pid: log(tmp_path, "worker", name, pid))  # type: ignore[misc]
        time.sleep(rng.uniform(0.0, 0.8))
        running[name].kill()
        (tmp_path / "clock").write_text(str(rng.choice([-30, -1, 1, 30]) * 86400.0))
        running[name] = workers(store, name)
    (tmp_path / "clock").write_text("0")
    scheduled_worker.again(queue, SetClock(tmp_path))
    until(lambda: all(j.past and j.past[-1].outcome == DONE for j in queue.jobs()), 60)
    assert not log(tmp_path, "TWICE") and len(queue.jobs()) == JOBS
    assert all(j.state != RUNNING and j.failures == 0 for j in queue.jobs())
    done = [p for j in queue.jobs() for p in j.past if p.outcome == DONE]
    assert len(done) == JOBS, "what is written down as done is not done again"
    assert sum(p.outcome == LOST for j in queue.jobs() for p in j.past) >= 3, "the kills struck jobs under way"
    queue.close()


def test_an_ending_has_no_other_words(embedded: str, tmp_path: Path) -> None:
    queue = planned(embedded, tmp_path, plan(tmp_path, "a"))
    lease = queue.claim("w", SetClock(tmp_path).now(), 60)
    assert lease is not None
    with pytest.raises(ValueError, match="does not end as 'well'|does not end as well"):
        queue.end(lease, Ending(outcome="well"), SetClock(tmp_path).now())
    queue.close()
