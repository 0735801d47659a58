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
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from govcrawl import rulebook
from govcrawl.model.documents import CRASHED, TIMEOUT, TOO_LARGE

logger = logging.getLogger(__name__)
K = TypeVar("K")
MB = 1 << 20
_ABORTED = -6
"""How a library ends that cannot get memory and has no exception for it (Rust's allocator: SIGABRT)."""
_TRIES = 2
_LOOK_UP = 1.0
"""Seconds between two looks at `halt` while nothing ends."""


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
    tries: int = 1


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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, tasks: Iterable[Task[K]]) -> Iterator[Done[K]]:
        """Results in the order in which they come. `tasks` is asked for the next one only when a place is free: twice as many as workers."""
        room = 2 * self.workers
        running: dict[Future[Any], _Running[K]] = {}
        source = iter(tasks)
        more = True
        try:
            while (more or running) and not self.halt.is_set():
                while more and len(running) < room:
                    task = next(source, None)
                    more = task is not None
                    if task is not None:
                        running[self._start(task)] = _Running(task)
                ended = wait(running, timeout=_LOOK_UP, return_when=FIRST_COMPLETED).done if running else set()
                for future in ended:
                    here = running.pop(future)
                    if done := self._settle(here, future, running):
                        yield done
        finally:
            for future in running:
                future.cancel()
            if running:
                self.close()  # what is under way is of no use to anybody: its workers end with it

    def _settle(self, here: _Running[K], future: Future[Any], running: dict[Future[Any], _Running[K]]) -> Done[K] | None:
        """The result of an ended task; null where it is tried once more."""
        done = self._done(here.task, future)
        if done.status == CRASHED and done.error is None and here.tries < _TRIES:
            running[self._start(here.task)] = _Running(here.task, here.tries + 1)
            return None
        return done

    def _done(self, task: Task[K], future: Future[Any]) -> Done[K]:
        try:
            return Done(task.key, future.result())
        except FutureTimeoutError:
            return Done(task.key, status=TIMEOUT, reason=f"超过{self.bounds.limit(task.size):.0f}秒仍未读完")
        except ProcessExpired as error:
            if error.exitcode == _ABORTED:
                return Done(task.key, status=TOO_LARGE, reason=_MEMORY.format(self.bounds.memory // MB))
            return Done(task.key, status=CRASHED, reason="读取程序异常退出")
        except MemoryError:
            return Done(task.key, status=TOO_LARGE, reason=_MEMORY.format(self.bounds.memory // MB))
        except CancelledError:
            return Done(task.key, status=CRASHED, reason="读取被中断")
        except Exception as error:  # noqa: BLE001 whatever a reader lets out costs that file, and an issue of our own
            if isinstance(error, RuntimeError | OSError) and self._broken():
                return Done(task.key, status=CRASHED, reason="读取程序异常退出")
            return Done(task.key, status=CRASHED, reason="读取程序出错", error=f"{type(error).__name__}: {error}")

    def _start(self, task: Task[K]) -> Future[Any]:
        if self._broken():
            self.close()
        if self._pool is None:
            self._pool = self._new()
        future: Future[Any] = self._pool.schedule(_call, args=(self.function, task.arguments), timeout=self.bounds.limit(task.size))
        return future

    def _broken(self) -> bool:
        """A pool whose workers died before they took anything (out of memory, killed from outside) takes nothing more."""
        return self._pool is not None and not self._pool.active

    def _new(self) -> ProcessPool:
        # never fork: the crawler has threads
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__, *self.preload])
        return ProcessPool(
            max_workers=self.workers, max_tasks=self.bounds.tasks, initializer=_confine, initargs=(self.bounds, self.rules), context=context
        )

    def close(self) -> None:
        """End the workers. The next `run` starts new ones."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = None


_MEMORY = "读取时占用内存超过{}MB"


def _confine(bounds: Bounds, rules: Path | None = None) -> None:
    """In a new worker, before it takes its first task. No limit of CPU time: it would add up over the worker's whole life."""
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


def _call(function: str, arguments: tuple[Any, ...]) -> Any:
    """In a worker."""
    return _named(function)(*arguments)


@functools.lru_cache(maxsize=8)
def _named(function: str) -> Callable[..., Any]:
    module, _, name = function.rpartition(".")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found
