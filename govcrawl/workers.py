"""Worker processes for what may crash, hang or swallow memory: each file's reading is a task with limits, and the pool outlives all of them.

Measured on ten hostile files (unpacking bombs, a crash in C, an endless loop): the pool stays usable, a small file costs about 2 ms more than
in this process. `concurrent.futures` breaks as a whole at the first crash, hence pebble.
"""

from __future__ import annotations

import functools
import importlib
import logging
import multiprocessing
import os
import resource
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from concurrent.futures import TimeoutError as FutureTimeoutError
from ctypes import Array, c_long
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from govcrawl import rulebook
from govcrawl.model.documents import CRASHED, TIMEOUT, TOO_LARGE
from govcrawl.telemetry import logs

logger = logging.getLogger(__name__)
K = TypeVar("K")
MB = 1 << 20
_ABORTED = -6
"""How a library ends that cannot get memory and has no exception for it (Rust's allocator: SIGABRT)."""
_TRIES = 2
_LOOK_UP = 0.25
"""Seconds between two looks at `halt` and at the workers while nothing ends."""
_ALONE = 2.0
"""Seconds that pebble has for telling how a worker ended, before a task without one is given up."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Bounds:
    """What one task may take. Network is not taken away: no reader of ours uses it."""

    memory: int = 1536 * MB
    """Address space of a worker."""
    file: int = 64 * MB
    """Largest file it may write."""
    files: int = 64
    """Open files."""
    seconds: float = 20.0
    seconds_per_mb: float = 1.0
    tasks: int = 200
    """After so many a worker is replaced: what libraries leak goes with it."""
    nice: int = 5
    """The crawl goes first."""

    def limit(self, size: int) -> float:
        """Seconds that a file of `size` bytes may take."""
        return self.seconds + self.seconds_per_mb * size / MB


@dataclass(slots=True, frozen=True)
class Task(Generic[K]):
    """One call of the pool's function."""

    key: K
    arguments: tuple[Any, ...]
    size: int = 0
    """Bytes of the file: larger ones may take longer."""


@dataclass(slots=True)
class Done(Generic[K]):
    """What became of a task: `value`, or a status of the record contract and the reason in Chinese."""

    key: K
    value: Any = None
    status: str | None = None
    """null = the function returned; else timeout, crashed, too_large."""
    reason: str | None = None
    error: str | None = None
    """Our own log: the exception that the function let out, which none of ours should."""


@dataclass(slots=True)
class _Running(Generic[K]):
    task: Task[K]
    slot: int
    """Where its worker writes its process number while it is at it."""
    tries: int = 1
    alone_since: float | None = None
    """When its worker was first seen to be gone."""


@dataclass
class Pool:
    """Runs one function, named by its dotted path, in a pool of processes. To be used by one thread; `close` it in the end.

    Args:
        function: `govcrawl.draining.open_stored`; imported in the workers. It returns plain data: what cannot be pickled counts as crashed.
        preload: modules that the workers start with, so that a new worker is there in 0.2 s.
    """

    function: str
    workers: int = field(default_factory=lambda: min(8, len(os.sched_getaffinity(0))))
    bounds: Bounds = field(default_factory=Bounds)
    preload: tuple[str, ...] = ()
    rules: Path | None = None
    """Folder of the rules that the workers read by, where a run is pinned to others than the shipped ones."""
    halt: threading.Event = field(default_factory=threading.Event)
    """Set from another thread: `run` ends within a second, what is under way is given up."""
    _pool: ProcessPool | None = field(default=None, init=False, repr=False)
    _at_work: Array[c_long] | None = field(default=None, init=False, repr=False)
    """Shared with the workers: by slot, the process that is at a task; 0 = none."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, tasks: Iterable[Task[K]]) -> Iterator[Done[K]]:
        """Results in the order in which they come. `tasks` is asked for the next one only when a place is free: twice as many as workers."""
        room = 2 * self.workers
        running: dict[Future[Any], _Running[K]] = {}
        slots = list(range(room))
        source = iter(tasks)
        more = True
        try:
            while (more or running) and not self.halt.is_set():
                while more and len(running) < room:
                    task = next(source, None)
                    more = task is not None
                    if task is not None:
                        slot = slots.pop()
                        running[self._start(task, slot)] = _Running(task, slot)
                ended = wait(running, timeout=_LOOK_UP, return_when=FIRST_COMPLETED).done if running else set()
                for future in ended | self._left(running):
                    here = running.pop(future)
                    if done := self._settle(here, future, running):
                        slots.append(here.slot)
                        yield done
        finally:
            for future in running:
                future.cancel()
            if running:
                self.close()  # what is under way is of no use to anybody: its workers end with it

    def _settle(self, here: _Running[K], future: Future[Any], running: dict[Future[Any], _Running[K]]) -> Done[K] | None:
        """The result of an ended task; null where it is tried once more."""
        done = self._done(here.task, future) if future.done() else None
        if done is None or (done.status == TIMEOUT and here.alone_since is not None):
            done = Done(here.task.key, status=CRASHED, reason=_CRASHED)
        if done.status == CRASHED and done.error is None and here.tries < _TRIES:
            running[self._start(here.task, here.slot)] = _Running(here.task, here.slot, here.tries + 1)
            return None
        return done

    def _left(self, running: dict[Future[Any], _Running[K]]) -> set[Future[Any]]:
        """Tasks whose worker is gone without a word. The pool tells of those that end with a code; one that ends with 0 it takes for relieved."""
        left: set[Future[Any]] = set()
        if self._at_work is None:
            return left
        now = time.monotonic()
        for future, here in running.items():
            worker = self._at_work[here.slot]
            if future.done() or not worker or _alive(worker):
                continue
            if here.alone_since is None:
                here.alone_since = now
            elif now - here.alone_since >= _ALONE:
                left.add(future)
        return left

    def _done(self, task: Task[K], future: Future[Any]) -> Done[K]:
        try:
            return Done(task.key, future.result())
        except FutureTimeoutError:
            return Done(task.key, status=TIMEOUT, reason=f"超过{self.bounds.limit(task.size):.0f}秒仍未读完")
        except ProcessExpired as error:
            if error.exitcode == _ABORTED:
                return Done(task.key, status=TOO_LARGE, reason=_MEMORY.format(self.bounds.memory // MB))
            return Done(task.key, status=CRASHED, reason=_CRASHED)
        except MemoryError:
            return Done(task.key, status=TOO_LARGE, reason=_MEMORY.format(self.bounds.memory // MB))
        except CancelledError:
            return Done(task.key, status=CRASHED, reason="读取被中断")
        except Exception as error:  # noqa: BLE001 whatever a reader lets out costs that file, and an issue of our own
            if isinstance(error, RuntimeError | OSError) and self._broken():
                return Done(task.key, status=CRASHED, reason=_CRASHED)
            return Done(task.key, status=CRASHED, reason="读取程序出错", error=f"{type(error).__name__}: {error}")

    def _start(self, task: Task[K], slot: int) -> Future[Any]:
        if self._broken():
            self.close()
        if self._pool is None:
            self._pool = self._new()
        assert self._at_work is not None
        self._at_work[slot] = 0
        arguments = (self.function, task.arguments, slot)
        future: Future[Any] = self._pool.schedule(_call, args=arguments, timeout=self.bounds.limit(task.size))
        return future

    def _broken(self) -> bool:
        """A pool whose workers died before they took anything (out of memory, killed from outside) takes nothing more."""
        return self._pool is not None and not self._pool.active

    def _new(self) -> ProcessPool:
        # never fork: the crawler has threads
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__, *self.preload])
        self._at_work = context.RawArray("l", 2 * self.workers)
        told = (self.bounds, self.rules, self._at_work)
        return ProcessPool(max_workers=self.workers, max_tasks=self.bounds.tasks, initializer=_confine, initargs=told, context=context)

    def close(self) -> None:
        """End the workers. The next `run` starts new ones."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = None


_MEMORY = "读取时占用内存超过{}MB"
_CRASHED = "读取程序异常退出"
_slots: Array[c_long] | None = None
"""In a worker: see `Pool._at_work`."""


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _confine(bounds: Bounds, rules: Path | None, slots: Array[c_long]) -> None:
    """In a new worker, before it takes its first task. No limit of CPU time: it would add up over the worker's whole life."""
    logs.set_up()
    limits = (
        (resource.RLIMIT_AS, bounds.memory),
        (resource.RLIMIT_FSIZE, bounds.file),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, bounds.files),
    )
    for name, most in limits:
        _, hard = resource.getrlimit(name)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(name, (least, least))
    os.nice(bounds.nice)
    if rules is not None:
        rulebook.use(rules)
    global _slots  # noqa: PLW0603  a worker's tasks have nothing else in common
    _slots = slots


def _call(function: str, arguments: tuple[Any, ...], slot: int) -> Any:
    """In a worker."""
    if _slots is None:
        return _named(function)(*arguments)
    _slots[slot] = os.getpid()
    try:
        return _named(function)(*arguments)
    finally:
        _slots[slot] = 0


@functools.lru_cache(maxsize=8)
def _named(function: str) -> Callable[..., Any]:
    module, _, name = function.rpartition(".")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found
