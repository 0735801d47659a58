"""The embedded queue: one table of jobs, each written only by who knows its latest version.

Where it is kept is `Rows`, a handful of reads and one compare-and-swap. The SQLite table lies in a file of its own beside the store: a beat must
not wait until the records of a large site are committed.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from pydantic import TypeAdapter

from govcrawl.clock import Clock, moment
from govcrawl.errors import StoreError, cause
from govcrawl.store import leases
from govcrawl.store.jobs import PARKED, RUNNING, WAITING, Ending, Job, Lease, Plan, Retrying

_JOB = TypeAdapter(Job)
_TRIES = 50
"""Another writer of the same row is seldom met twice in a row."""
_AT_ONCE = 20
"""Due jobs looked at for one claim: others may take the first ones meanwhile."""


class Rows(Protocol):
    """Where the jobs are kept."""

    alone: bool
    """Whether all workers are on this machine."""

    def get(self, job: str) -> Job | None: ...
    def all(self) -> Iterator[Job]:
        """By id."""
        ...

    def add(self, jobs: Sequence[Job]) -> None:
        """Keep new ones; those that are there already stay as they are."""
        ...

    def swap(self, old: str, new: Job) -> bool:
        """Keep a job if its version is still `old`; False where it is not, or where another running job has its lock."""
        ...

    def due(self, now: str, kinds: Collection[str] | None, most: int) -> list[Job]:
        """Waiting jobs that are due and whose lock is free, in the order in which they should go."""
        ...

    def running(self) -> list[Job]: ...
    def next_due(self) -> str | None: ...
    def close(self) -> None: ...


class TableQueue:
    """See `Queue`."""

    def __init__(self, rows: Rows, clock: Clock, retrying: Retrying, boot: str | None = None) -> None:
        self._rows, self._clock, self._retrying = rows, clock, retrying
        self._boot = boot or boot_of_this_machine()
        self._watched: dict[str, tuple[int, int, float]] = {}
        """Jobs held on other machines: attempt, beats, and when we first saw so many."""
        self._alive: set[tuple[str, int]] = set()
        """Claims whose holder, on another machine, was seen to beat."""

    def plan(self, plans: Sequence[Plan], now: datetime) -> None:
        known = {job.id: job for job in self._rows.all()}
        self._rows.add([leases.born(plan, now) for plan in plans if plan.id not in known])
        wanted = {plan.id: plan for plan in plans}
        for ident, job in known.items():
            plan = wanted.get(ident)
            if plan is not None and leases.replanned(job, plan, now) != job:
                self._change(ident, lambda job, plan=plan: leases.replanned(job, plan, now))  # type: ignore[misc]
            elif plan is None and job.state in (WAITING, PARKED):
                self._change(ident, lambda job: leases.retired(job) if job.state in (WAITING, PARKED) else None)

    def claim(self, owner: str, now: datetime, seconds: float, kinds: Collection[str] | None = None) -> Lease | None:
        for job in self._rows.running():
            if (kinds is None or job.kind in kinds) and self._silent(job):
                freed = leases.given_up(job, now, self._retrying)
                if freed.due_at > moment(now):
                    self._rows.swap(job.version, freshened(freed))
                elif (lease := self._take(job.version, freed, owner, now, seconds)) is not None:
                    return lease
        for job in self._rows.due(moment(now), kinds, _AT_ONCE):
            if (lease := self._take(job.version, job, owner, now, seconds)) is not None:
                return lease
        return None

    def _take(self, version: str, job: Job, owner: str, now: datetime, seconds: float) -> Lease | None:
        new = freshened(leases.claimed(job, owner, now, seconds, self._boot, self._clock.monotonic()))
        return Lease(job=new, owner=owner, attempt=new.attempt) if self._rows.swap(version, new) else None

    def beat(self, lease: Lease) -> bool:
        def beaten(job: Job) -> Job | None:
            return replace(job, beats=job.beats + 1, held=self._clock.monotonic()) if _is_held(job, lease) else None

        return self._change(lease.job.id, beaten)

    def end(self, lease: Lease, ending: Ending, now: datetime) -> bool:
        return self._change(
            lease.job.id, lambda job: leases.ended(job, ending, now, self._retrying) if _is_held(job, lease) else None
        )  # fmt: skip

    def put_back(self, lease: Lease, now: datetime, seconds: float = 0.0, note: str = "") -> bool:
        return self._change(lease.job.id, lambda job: leases.put_back(job, now, seconds, note) if _is_held(job, lease) else None)

    def release(self, job: str, now: datetime) -> bool:
        return self._change(job, lambda kept: leases.released(kept, now) if kept.state == PARKED else None)

    def jobs(self) -> list[Job]:
        return list(self._rows.all())

    def next_due(self) -> str | None:
        return self._rows.next_due()

    def unsettled(self) -> bool:
        if self._rows.alone:
            return False
        return any(job.boot != self._boot and (job.id, job.attempt) not in self._alive for job in self._rows.running())

    def close(self) -> None:
        self._rows.close()

    def _silent(self, job: Job) -> bool:
        told = leases.silent(job, self._boot, self._clock.monotonic(), alone=self._rows.alone)
        if told is not None:
            return told
        now, seen = self._clock.monotonic(), self._watched.get(job.id)
        if seen is None or seen[:2] != (job.attempt, job.beats):
            if seen is not None and seen[0] == job.attempt:
                self._alive.add((job.id, job.attempt))
            self._watched[job.id] = (job.attempt, job.beats, now)
            return False
        return now - seen[2] >= job.lease

    def _change(self, ident: str, move: Callable[[Job], Job | None]) -> bool:
        """Write what `move` makes of the job's latest version; False where it makes nothing of it, or there is no such job."""
        for _ in range(_TRIES):
            job = self._rows.get(ident)
            new = move(job) if job is not None else None
            if job is None or new is None:
                return False
            if self._rows.swap(job.version, freshened(new)):
                return True
        raise StoreError(f"任务 {ident} 正被多个进程同时改写，未能写入")


def _is_held(job: Job, lease: Lease) -> bool:
    return job.state == RUNNING and (job.owner, job.attempt) == (lease.owner, lease.attempt)


def freshened(job: Job) -> Job:
    return replace(job, version=secrets.token_hex(8))


def boot_of_this_machine() -> str:
    """What tells this start of this machine from others: the monotonic clocks of its processes are one clock."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return socket.gethostname()


def packed(job: Job) -> str:
    return _JOB.dump_json(job).decode()


def unpacked(body: str | bytes) -> Job:
    return _JOB.validate_json(body)


_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, rank INTEGER NOT NULL, due_at TEXT NOT NULL,
    lock TEXT NOT NULL, version TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (rank, due_at, id) WHERE state = '{WAITING}';
CREATE UNIQUE INDEX IF NOT EXISTS jobs_lock ON jobs (lock) WHERE state = '{RUNNING}'
"""


class SqliteRows:
    """Jobs in one SQLite file, for all workers of one machine."""

    alone = True

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")  # default DELETE; listing must not wait for workers
            self._db.execute("PRAGMA synchronous=FULL")  # a job that ended must not run again after a power cut
            for statement in _SCHEMA.strip().split(";\n"):
                self._db.execute(statement)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"无法打开任务表 {path}：{cause(error)}") from error

    @contextlib.contextmanager
    def _asking(self, doing: str) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._db
            except sqlite3.Error as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise StoreError(f"{doing}任务表 {self._path} 失败：{cause(error)}") from error

    def _found(self, rest: str, values: Sequence[Any] = ()) -> list[Job]:
        with self._asking("读取") as db:
            rows = db.execute(f"SELECT body FROM jobs {rest}", values).fetchall()
        return [unpacked(body) for (body,) in rows]

    def get(self, job: str) -> Job | None:
        return next(iter(self._found("WHERE id = ?", (job,))), None)

    def all(self) -> Iterator[Job]:
        yield from self._found("ORDER BY id")

    def add(self, jobs: Sequence[Job]) -> None:
        if not jobs:
            return
        with self._asking("写入") as db:
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT OR IGNORE INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", [_columns(freshened(job)) for job in jobs])
            db.execute("COMMIT")

    def swap(self, old: str, new: Job) -> bool:
        sql = "UPDATE jobs SET id = ?, kind = ?, state = ?, rank = ?, due_at = ?, lock = ?, version = ?, body = ? WHERE id = ? AND version = ?"
        with self._asking("写入") as db:
            try:
                return db.execute(sql, (*_columns(new), new.id, old)).rowcount == 1
            except sqlite3.IntegrityError:  # jobs_lock
                return False

    def due(self, now: str, kinds: Collection[str] | None, most: int) -> list[Job]:
        some = "" if kinds is None else f" AND kind IN ({','.join('?' * len(kinds))})"
        return self._found(
            f"WHERE state = '{WAITING}' AND due_at <= ?{some} AND lock NOT IN (SELECT lock FROM jobs WHERE state = '{RUNNING}')"
            " ORDER BY rank, due_at, id LIMIT ?",
            (now, *(kinds or ()), most),
        )

    def running(self) -> list[Job]:
        return self._found(f"WHERE state = '{RUNNING}' ORDER BY id")

    def next_due(self) -> str | None:
        with self._asking("读取") as db:
            found: str | None = db.execute(f"SELECT min(due_at) FROM jobs WHERE state = '{WAITING}'").fetchone()[0]
        return found

    def close(self) -> None:
        self._db.close()


def _columns(job: Job) -> tuple[Any, ...]:
    return job.id, job.kind, job.state, job.rank, job.due_at, job.lock, job.version, packed(job)
