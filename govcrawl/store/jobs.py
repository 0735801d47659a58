"""Recurring jobs: what is due, who works on it, and the one small interface behind which that is kept.

Nothing above `Queue` may know what keeps it: the embedded table here (SQLite on one machine, MongoDB on several), or a queue server.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from govcrawl.clock import Clock
from govcrawl.errors import UsageError

WAITING, RUNNING, PARKED, RETIRED = "waiting", "running", "parked", "retired"
"""States of a job; parked: failed too often, waits for a person; retired: no longer in the schedule, kept for its history."""
DONE, FAILED, LOST, UNAVAILABLE = "done", "failed", "lost", "unavailable"
"""How a run of a job ended; lost: its worker fell silent; unavailable: this version cannot do that kind of work."""
KEPT_RUNS = 20
"""Runs that a job remembers."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Plan:
    """What a schedule asks for."""

    id: str
    """`full_crawl/3212830001`"""
    kind: str
    site: str | None = None
    name: str = ""
    """How people call it."""
    lock: str
    """Of the jobs with the same lock only one runs at a time."""
    rank: int = 0
    """Of what is due, the lowest goes first."""
    every: float
    """Seconds between two runs."""
    first: str
    """When it is due for the first time."""
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Past:
    """One run of a job that ended."""

    slot: str
    started_at: str
    ended_at: str
    owner: str
    attempt: int
    outcome: str
    note: str = ""
    run: str | None = None
    """The inspection's run, where it made one."""


@dataclass(slots=True, kw_only=True)
class Job:
    """A job as it stands. Moments are ISO 8601 with +08:00; `held` and `lease` are seconds of the holder's monotonic clock."""

    id: str
    kind: str
    site: str | None
    name: str
    lock: str
    rank: int
    planned_every: float
    every: float
    """Seconds between two runs as they stand: a job may find a rhythm of its own."""
    settings: dict[str, Any]
    state: str = WAITING
    slot: str
    """The moment of the job's rhythm that the next (or present) run stands for; missed ones are run once."""
    due_at: str
    """When it may be claimed: the slot, or later after a failure or outside its hours."""
    set_at: str
    """When `due_at` was set: a clock that shows less was set back since."""
    version: str = ""
    """Another one with each write."""
    attempt: int = 0
    """Number of the last claim; it never falls, and with the owner fences off whoever held the job before."""
    failures: int = 0
    """Failed runs in a row."""
    lost: int = 0
    """Lost workers in a row."""
    owner: str | None = None
    boot: str | None = None
    """The start of the machine that the owner's clock counts from."""
    held: float = 0.0
    beats: int = 0
    lease: float = 0.0
    started_at: str | None = None
    note: str = ""
    memo: dict[str, Any] = field(default_factory=dict)
    """What the job wants to know at its next run."""
    past: list[Past] = field(default_factory=list)
    """Newest last."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Lease:
    """A job that was claimed; it is the owner's until `job.lease` seconds after its last beat."""

    job: Job
    owner: str
    attempt: int


@dataclass(slots=True, frozen=True, kw_only=True)
class Ending:
    """How a run of a job ended (`outcome`), and what the job keeps from it."""

    outcome: str
    note: str = ""
    run: str | None = None
    every: float | None = None
    """Seconds to the next run, from now on; null = the rhythm stays."""
    memo: dict[str, Any] | None = None


@dataclass(slots=True, frozen=True, kw_only=True)
class Retrying:
    """What becomes of a job that failed: again after `wait` seconds, twice as long each time, at most `most`; after `limit` such tries it is parked."""

    limit: int = 3
    wait: float = 600.0
    most: float = 6 * 3600.0

    def after(self, failures: int) -> float:
        """Seconds until the next try after so many failures in a row."""
        return min(self.most, self.wait * 2.0 ** min(failures - 1, 30))


class Queue(Protocol):
    """The jobs of a store. Any number of workers, on one machine or several, may use it at once."""

    def plan(self, plans: Sequence[Plan], now: datetime) -> None:
        """Make the table what the schedule says, all of it. Known jobs keep their history and rhythm; those it no longer has are retired.

        A clock that was set back since a job was put off does not put it off further.
        """
        ...

    def claim(self, owner: str, now: datetime, seconds: float, kinds: Collection[str] | None = None) -> Lease | None:
        """Take a job that is due, or one whose holder fell silent for its lease; null where there is none.

        Whatever was missed meanwhile is this one run. The lease does not hang on the clock of the day.
        """
        ...

    def beat(self, lease: Lease) -> bool:
        """Say that the holder is alive; False where the job is no longer its own."""
        ...

    def end(self, lease: Lease, ending: Ending, now: datetime) -> bool:
        """The run ended: the job waits for its next slot, for another try, or is parked. False, and nothing is changed, where it is no longer its own."""
        ...

    def put_back(self, lease: Lease, now: datetime, seconds: float = 0.0, note: str = "") -> bool:
        """The job did not run, through no fault of its own: it is due again in so many seconds. False where it is no longer its own."""
        ...

    def release(self, job: str, now: datetime) -> bool:
        """A parked job waits again, due now; False where it is not parked."""
        ...

    def jobs(self) -> list[Job]:
        """All jobs by id, retired ones too."""
        ...

    def next_due(self) -> str | None:
        """When the next waiting job is due."""
        ...

    def unsettled(self) -> bool:
        """Whether a job is held of which it will show only by and by (within its lease) whether its holder is alive."""
        ...

    def close(self) -> None: ...


_EMBEDDED = "sqlite:///"


def _table(location: str) -> Path:
    """The file beside the embedded store."""
    path = Path(location.removeprefix(_EMBEDDED))
    return path.with_name(f"{path.stem}-jobs.db")


def is_queue(location: str) -> bool:
    """Whether there is one to look at: who only looks must not make an empty one."""
    return not location.startswith(_EMBEDDED) or _table(location).is_file()


def open_queue(location: str, clock: Clock, retrying: Retrying | None = None) -> Queue:
    """The jobs of the store at `location`: a file beside the embedded store, or a collection of the MongoDB.

    Raises:
        UsageError: an address of another kind.
        StoreError: it cannot be opened.
    """
    from govcrawl.store.job_table import SqliteRows, TableQueue

    retrying = retrying or Retrying()
    if location.startswith(_EMBEDDED):
        return TableQueue(SqliteRows(_table(location)), clock, retrying)
    if location.startswith("mongodb://"):
        from govcrawl.store.mongo_jobs import MongoRows

        return TableQueue(MongoRows(location), clock, retrying)
    raise UsageError(f"无法识别的存储地址：{location}（应为 sqlite:///文件.db 或 mongodb://主机/库名）")
