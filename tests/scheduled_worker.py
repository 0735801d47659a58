"""A worker to be killed: `python scheduled_worker.py STORE FOLDER NAME LEASE`; and what its tests plan with."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from scheduled_work import note  # noqa: E402

from govcrawl.clock import CHINA, SystemClock, moment  # noqa: E402
from govcrawl.scheduling.runner import Runner, Told  # noqa: E402
from govcrawl.store.jobs import Plan, Queue, Retrying, open_queue  # noqa: E402

WORK = {"task": "scheduled_work:task", "probe": "scheduled_work:task"}
QUICK = frozenset({"probe"})
RETRYING = Retrying(limit=2, wait=1.0, most=2.0)


def plan(
    folder: Path, name: str, kind: str = "task", every: float = 3650 * 86400.0, first: str = "2026-01-01T00:00:00+08:00", **settings: object
) -> Plan:
    return Plan(
        id=f"{kind}/{name}",
        kind=kind,
        name=name,
        lock=f"{kind}/{name}",
        every=every,
        first=first,
        settings={"folder": str(folder), **settings},
    )


class SetClock(SystemClock):
    """The system's clock, set by as many seconds as FOLDER/clock says."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"

    def now(self) -> datetime:
        wrong = float(self._file.read_text() or 0) if self._file.exists() else 0.0
        return datetime.now(CHINA) + timedelta(seconds=wrong)


def queue_of(store: str, folder: Path, retrying: Retrying = RETRYING) -> Queue:
    return open_queue(store, SetClock(folder), retrying)


def again(queue: Queue, clock: SetClock) -> None:
    """The same plans once more: what a worker's start does, and what sets jobs right after the clock was set."""
    known = [
        Plan(id=j.id, kind=j.kind, name=j.name, lock=j.lock, every=j.planned_every, first=moment(clock.now()), settings=j.settings)
        for j in queue.jobs()
    ]
    queue.plan(known, clock.now())


def main(store: str, folder: Path, name: str, lease: float) -> None:
    clock = SetClock(folder)
    queue = queue_of(store, folder)

    def told(what: Told) -> None:
        note(folder, what.outcome, what.job, name)

    runner = Runner(
        queue=queue,
        work=WORK,
        store=store,
        clock=clock,
        say=lambda text: None,
        told=told,
        worker=name,
        quick=QUICK,
        lease=lease,
        at_once=2,
        grace=5.0,
    )
    note(folder, "worker", name, os.getpid())
    runner.run(once=False, refresh=lambda: again(queue, clock))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], float(sys.argv[4]))
