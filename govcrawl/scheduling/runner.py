"""A worker: claims what is due, runs each job in a process of its own, keeps its leases, writes down how the jobs ended."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import FrameType

from govcrawl.clock import Clock
from govcrawl.errors import GovcrawlError, StoreError
from govcrawl.hosts import Hours
from govcrawl.scheduling import workplace
from govcrawl.scheduling.workplace import Order, Word
from govcrawl.store.jobs import FAILED, Ending, Job, Lease, Queue
from govcrawl.telemetry import metrics

_logger = logging.getLogger(__name__)
BEATS = 5
"""Beats of one lease: a few may fail."""
PATIENCE = 0.8
"""Share of a lease after which a worker that could not beat lets go of the job: nobody else may take it before."""
GRACE_SECONDS = 30.0
"""How long a job that was asked to stop may take to save what it has."""
BUSY_SECONDS = 600.0
_TICK, _IDLE, _REFRESH = 1.0, 5.0, 60.0
TAKEN = "taken"


@dataclass(slots=True)
class Running:
    """A job under way."""

    lease: Lease
    process: SpawnProcess
    connection: Connection
    begun: float
    beaten: float
    limit: float
    quick: bool
    word: Word | None = None
    told: bool = False
    """Whether the queue knows how it ended."""
    stop_asked: float | None = None
    gone: float | None = None
    """When it was seen to be over, or told to be."""
    note: str = ""
    """Why this worker ended it."""


@dataclass(slots=True, frozen=True)
class Told:
    """One job that ended, for people and programs."""

    job: str
    kind: str
    site: str | None
    name: str
    outcome: str
    """done, failed, unavailable; busy, stopped (it will be done later); taken (by another worker)."""
    note: str
    run: str | None
    seconds: float


def default_worker() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


@dataclass(kw_only=True)
class Runner:
    """Works on the jobs of a queue until nothing is due (`once`), or until it is told to stop.

    Args:
        work: kind → dotted path of its function, `module:name`.
        lease: seconds of silence after which others may take a job over.
        at_once: long jobs side by side; quick ones have one place more.
        told: called for each job that ended.
    """

    queue: Queue
    work: Mapping[str, str]
    store: str
    clock: Clock
    say: Callable[[str], None]
    told: Callable[[Told], None]
    worker: str
    quick: frozenset[str] = frozenset()
    """Kinds that have a place of their own: a crawl of days must not hold up what is due each hour."""
    lease: float = 300.0
    at_once: int = 2
    grace: float = GRACE_SECONDS
    tally: Counter[str] = field(default_factory=Counter, init=False)
    interrupted: bool = field(default=False, init=False)
    """Whether Ctrl-C stopped it."""
    _running: list[Running] = field(default_factory=list, init=False)
    _stopping: bool = field(default=False, init=False)
    _refreshed: float = field(default=float("-inf"), init=False)
    _rests_until: float = field(default=float("-inf"), init=False)
    _begun: set[str] = field(default_factory=set, init=False)
    """Kinds of which this worker has begun something."""

    def run(self, *, once: bool, refresh: Callable[[], None] = lambda: None) -> Counter[str]:
        """Work; afterwards, how many jobs ended how.

        Args:
            refresh: plans the jobs anew; called at the start and once a minute.

        Raises:
            StoreError: the queue cannot be reached (`once`; otherwise it is tried again).
            UsageError: the schedule cannot be read (at the start; later the old one stays).
        """
        with self._signals():
            try:
                self._refresh(refresh)
                while True:
                    claimed = not self._stopping and self._fill(once)
                    if not self._running and (self._stopping or (once and not claimed and not self.queue.unsettled())):
                        return self.tally
                    self._wait()
                    self._beat()
                    self._collect()
                    if not self._stopping and self.clock.monotonic() - self._refreshed >= _REFRESH:
                        self._refresh_again(refresh)
            finally:
                for running in self._running:  # only where something unforeseen came up: nothing may go on without its worker
                    _kill(running)

    def stop(self) -> None:
        """Claim nothing more; jobs under way save what they have and are put back."""
        self._stopping = True

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        def heard(number: int, _frame: FrameType | None) -> None:
            if self._stopping:
                raise KeyboardInterrupt
            self.interrupted = number == signal.SIGINT
            self.say("正在停止：进行中的任务保存进度后放回……（再按一次 Ctrl-C 立即退出）")
            self.stop()

        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _refresh(self, refresh: Callable[[], None]) -> None:
        self._refreshed = self.clock.monotonic()
        refresh()

    def _refresh_again(self, refresh: Callable[[], None]) -> None:
        try:
            self._refresh(refresh)
        except GovcrawlError as error:  # somebody is editing the file: the jobs stay as they are
            self.say(f"计划未更新：{error}")

    # claiming

    def _fill(self, once: bool) -> bool:
        """Start what is due while there are free places; False where nothing was, so that the work is over for now."""
        now = self.clock.monotonic()
        if now < self._rests_until:
            return True
        started = False
        try:
            for quick in (True, False):
                while (kinds := self._open_places(once, quick)) and (lease := self._claimed(kinds)) is not None:
                    self._start(lease, quick)
                    started = True
        except StoreError as error:
            if once and not self._running:
                raise
            self._rests_until = now + _IDLE
            self.say(f"暂时无法领取任务：{error}")
        return started

    def _open_places(self, once: bool, quick: bool) -> list[str]:
        """Kinds for which there is a place. With `once` a quick kind comes twice only beside a long job: a probe each minute would never end."""
        long = sum(not running.quick for running in self._running)
        if self._stopping or (len(self._running) - long >= 1 if quick else long >= self.at_once):
            return []
        kinds = [kind for kind in self.work if (kind in self.quick) == quick]
        return [kind for kind in kinds if kind not in self._begun] if once and quick and not long else kinds

    def _claimed(self, kinds: Collection[str]) -> Lease | None:
        """A job that is due and may begin at this hour; others are put off to the hour at which they may."""
        while (lease := self.queue.claim(self.worker, self.clock.now(), self.lease, kinds)) is not None:
            hours = lease.job.settings.get("hours")
            now = self.clock.now()
            left = Hours.parse(hours).wait(now)
            if not left:
                return lease
            self.queue.put_back(lease, now, left, f"未到允许时段 {hours}")
        return None

    def _start(self, lease: Lease, quick: bool) -> None:
        now = self.clock.monotonic()
        metrics.JOB_LAG.labels(lease.job.kind).observe(max(0.0, self._late(lease.job)))
        ours, theirs = _CONTEXT.Pipe()
        process = _CONTEXT.Process(
            target=workplace.main,
            args=(self.work[lease.job.kind], Order(lease.job, self.store), theirs, os.getpid(), self.lease * PATIENCE),
            name=lease.job.id,
        )
        process.start()
        self._begun.add(lease.job.kind)
        theirs.close()
        limit = float(lease.job.settings.get("limit", float("inf")))
        self._running.append(Running(lease, process, ours, now, now, limit, quick))
        self.say(f"开始 {lease.job.id}（{lease.job.name}，第 {lease.attempt} 次领取）")

    def _late(self, job: Job) -> float:
        """Seconds since the job was due."""
        return (self.clock.now() - datetime.fromisoformat(job.due_at)).total_seconds()

    # what is under way

    def _wait(self) -> None:
        """Until something ends, or it is time to look again. Signals are noticed within a second."""
        ends = [end for r in self._running if r.gone is None for end in (r.connection, r.process.sentinel)]
        wait(ends, min(_TICK, self.lease / BEATS / 2))

    def _beat(self) -> None:
        now = self.clock.monotonic()
        reached = True
        for running in self._running:
            if running.told or now - running.beaten < self.lease / BEATS:
                continue
            if reached:
                try:
                    self._beat_for(running, now)
                    continue
                except StoreError as error:  # the others would wait as long, one after the other
                    reached = False
                    self.say(f"未能续租：{error}")
            if self.clock.monotonic() - running.beaten >= self.lease * PATIENCE:
                self._let_go(running)

    def _beat_for(self, running: Running, now: float) -> None:
        if not self.queue.beat(running.lease):
            self._let_go(running)
            return
        running.beaten = now
        with contextlib.suppress(OSError):  # it has just ended
            running.connection.send(None)

    def _let_go(self, running: Running) -> None:
        """The job is no longer ours, or might not be: what runs of it must end before somebody else begins."""
        _kill(running)
        self._tell(running, TAKEN, "失去任务租约，已停止；任务由他人接手，本次结果不计", None)

    def _collect(self) -> None:
        now = self.clock.monotonic()
        for running in self._running:
            if running.word is None and running.gone is None:
                self._listen(running, now)
            if running.gone is None and not running.told:
                self._bound(running, now)
            if running.gone is not None and not running.told:
                self._end(running)
            if running.told and running.process.exitcode is None and now - (running.gone or now) > self.grace:
                _kill(running)
        for running in [r for r in self._running if r.told and r.process.exitcode is not None]:
            running.process.join()
            running.connection.close()
            self._running.remove(running)

    def _listen(self, running: Running, now: float) -> None:
        over = running.process.exitcode is not None
        with contextlib.suppress(EOFError, OSError):
            if running.connection.poll():
                running.word = running.connection.recv()
        if running.word is not None or over:
            running.gone = now

    def _bound(self, running: Running, now: float) -> None:
        """End what takes too long, and everything where this worker is to stop: first asked, then made to."""
        if running.stop_asked is None and (self._stopping or now - running.begun > running.limit):
            running.stop_asked = now
            if not self._stopping:
                running.note = f"超过时限 {running.limit / 3600:.4g} 小时，已停止"
            with contextlib.suppress(ProcessLookupError):
                os.kill(running.process.pid or 0, signal.SIGTERM)
        elif running.stop_asked is not None and now - running.stop_asked > self.grace:
            _kill(running)
            running.gone = now

    def _end(self, running: Running) -> None:
        """Write down how a job ended; where the queue cannot be reached, again at the next turn."""
        lease, now, word = running.lease, self.clock.now(), self._meaning(running)
        try:
            if isinstance(word, Ending):
                ours = self.queue.end(lease, word, now)
                outcome, note, run = word.outcome, word.note, word.run
            else:
                (outcome, note), run = word, None
                ours = self.queue.put_back(lease, now, BUSY_SECONDS if outcome == workplace.BUSY else 0.0, note)
        except StoreError as error:
            self.say(f"{lease.job.id} 的结果暂时无法记录：{error}")
            if self.clock.monotonic() - running.beaten >= self.lease * PATIENCE:
                self._let_go(running)
            return
        if ours:
            self._tell(running, outcome, note, run)
        else:
            self._let_go(running)

    def _meaning(self, running: Running) -> Word:
        if running.note:
            return Ending(outcome=FAILED, note=running.note)
        if running.word is not None:
            return running.word
        if running.stop_asked is not None:
            return workplace.STOPPED, "已停止"
        code = running.process.exitcode
        return Ending(
            outcome=FAILED,
            note=f"任务进程被信号 {-code} 终止" if code is not None and code < 0 else f"任务进程异常退出（代码 {code}），详见日志",
        )

    def _tell(self, running: Running, outcome: str, note: str, run: str | None) -> None:
        job, now = running.lease.job, self.clock.monotonic()
        running.told, running.gone = True, running.gone or now
        self.tally[outcome] += 1
        seconds = round(now - running.begun, 1)
        metrics.JOBS.labels(job.kind, outcome).inc()
        metrics.JOB_SECONDS.labels(job.kind).observe(seconds)
        metrics.JOB_ENDED.labels(job.kind, outcome).set(self.clock.now().timestamp())
        _logger.info(
            "任务结束", extra={"job": job.id, "kind": job.kind, "site": job.site, "outcome": outcome, "run": run, "seconds": seconds}
        )
        self.told(Told(job.id, job.kind, job.site, job.name, outcome, note, run, seconds))


_CONTEXT = multiprocessing.get_context("spawn")
"""A process of its own from the start: MongoDB clients and event loops do not survive a fork."""


def _kill(running: Running) -> None:
    """End a job's process and all that it started."""
    pid = running.process.pid
    if pid is None or running.process.exitcode is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        running.process.kill()
    running.process.join(10)
