"""The processes that chaos strikes at, as real as they can be: `python -m bench.chaos_part worker|consumer NAME`, in the workspace folder.

The worker is `govcrawl schedule run`, the consumer a scoring service's loop over the feed. Only three things are not as a user has them: the clock is
set by what a file says, a job is noted where it begins and ends (with a lock that the kernel frees, to catch one that runs twice), and a worker looks
every few seconds at what it otherwise looks at every few minutes.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from scheduled_work import note

from govcrawl import clock
from govcrawl.errors import StoreError
from govcrawl.feed import following
from govcrawl.scheduling import command, kinds, runner
from govcrawl.scheduling.workplace import Order
from govcrawl.store.base import open_store
from govcrawl.store.jobs import Ending

OUTSIDE = "GOVCRAWL_CHAOS"
"""Names the folder that no strike reaches: clock, log, locks, and what the consumer has."""
CLOCK, TOLD = "clock", "consumer.ndjson"
LEASE = 6.0


def _outside() -> Path:
    return Path(os.environ[OUTSIDE])


def _now(self: clock.SystemClock) -> datetime:
    wrong = float((_outside() / CLOCK).read_text() or 0)
    return datetime.now(clock.CHINA) + timedelta(seconds=wrong)


if OUTSIDE in os.environ:  # a job's own process imports this module too
    clock.SystemClock.now = _now  # type: ignore[method-assign]


def _noted(order: Order, work: Callable[[Order], Ending]) -> Ending:
    job = order.job
    lock = os.open(_outside() / f"{job.id.replace('/', '-')}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        note(_outside(), "TWICE", job.id, job.attempt, job.owner)
    note(_outside(), "begin", job.id, job.attempt, os.getpid(), job.owner)
    try:
        ending = work(order)
    finally:
        os.close(lock)  # what is over may be begun elsewhere while this process still ends
    note(_outside(), ending.outcome, job.id, job.attempt, os.getpid(), job.owner, ending.run)
    return ending


def full_crawl(order: Order) -> Ending:
    return _noted(order, kinds.full_crawl)


def feed(order: Order) -> Ending:
    return _noted(order, kinds.feed)


def worker(store: str, name: str) -> None:
    command.WORK = {each: f"bench.chaos_part:{each}" for each in ("full_crawl", "feed")}
    runner._REFRESH, runner.BUSY_SECONDS, runner._IDLE = 3.0, 2.0, 1.0
    note(_outside(), "worker", name, os.getpid())
    command.run(Path("schedule.yml"), store=store, once=False, worker=name, as_json=True, echo=lambda line: print(line, flush=True))


def consumer(store: str) -> None:
    """Keep every change, and go on behind the last one that was kept whole."""
    place = _outside() / TOLD
    while True:
        try:
            lines = kept(place)
            with closing(open_store(store)) as opened, place.open("ab") as file:
                file.truncate(sum(map(len, lines)))
                after = json.loads(lines[-1])["seq"] if lines else 0

                def pause() -> None:
                    file.flush()
                    time.sleep(0.1)

                for change in following.followed(opened, after, pause):
                    file.write(following.line(change).encode())
        except StoreError as error:  # the server is away for longer than the store waits
            note(_outside(), "consumer", str(error).replace(" ", "_"))
            time.sleep(0.5)


def kept(place: Path) -> list[bytes]:
    """Lines that were written whole."""
    return [line for line in place.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")] if place.exists() else []


if __name__ == "__main__":
    role, store, *name = sys.argv[1:]
    if role == "worker":
        worker(store, name[0])
    else:
        consumer(store)
