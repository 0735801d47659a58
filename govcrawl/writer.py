"""The writer: one thread that keeps what was fetched, in the order that loses nothing: WARC flushed, store committed, frontier acknowledged.

The event loop only puts things into a queue (exchanges before the results that rest on them); how far the thread is behind is what the
scheduler holds back by.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from typing import Protocol

from govcrawl.errors import GovcrawlError, StoreError
from govcrawl.model.facts import PageResult, Try
from govcrawl.store.frontier import Frontier
from govcrawl.store.recording import RawExchange, SnapshotWriter
from govcrawl.telemetry import metrics

logger = logging.getLogger(__name__)

BATCH = 200
LINGER = 0.2
"""Seconds a result may wait for company before it is committed."""


class Results(Protocol):
    """The part of a store that the writer needs."""

    def put_results(self, run_id: str, results: list[PageResult]) -> None: ...


def put(store: Results, run_id: str, results: list[PageResult]) -> None:
    """Store a batch. A result that cannot be written down (a lone surrogate in its text) costs its own facts, not the batch."""
    try:
        store.put_results(run_id, results)
    except (ValueError, TypeError):
        for result in results:
            try:
                store.put_results(run_id, [result])
            except (ValueError, TypeError):
                logger.exception("无法写入 %s 的读取结果", result.visit.url, extra={"site": result.site, "url": result.visit.url})
                result.facts, result.discovered = None, []
                result.visit.outcome, result.visit.reason, result.visit.title = "failed", "no_data", None
                store.put_results(run_id, [result])


class Writer:
    """Takes exchanges and results, keeps them in batches, tells when a batch is acknowledged.

    Args:
        committed: called in the writer's thread with the sites of each batch.
        failed: called once in the writer's thread when nothing more can be kept; nothing that was acknowledged is lost.
    """

    def __init__(
        self,
        run_id: str,
        store: Results,
        frontier: Frontier,
        snapshots: SnapshotWriter,
        *,
        committed: Callable[[set[str]], None] | None = None,
        failed: Callable[[GovcrawlError], None] | None = None,
    ) -> None:
        self._run, self._store, self._frontier, self._snapshots = run_id, store, frontier, snapshots
        self._committed, self._failed = committed, failed
        self._jobs: deque[tuple[str, Try, RawExchange] | PageResult] = deque()
        self._wake = threading.Condition()
        self._waiting_bytes = 0
        self._results = 0
        self._closing = self._hurry = False
        self.error: GovcrawlError | None = None
        self._thread = threading.Thread(target=copy_context().run, args=(self._run_thread,), name="govcrawl-writer", daemon=True)
        self._thread.start()

    @property
    def backlog(self) -> int:
        """Results and exchanges that wait."""
        return len(self._jobs)

    @property
    def backlog_bytes(self) -> int:
        return self._waiting_bytes

    def exchange(self, site: str, attempt: Try, exchange: RawExchange) -> None:
        """Keep an exchange; `attempt.snapshot` is filled in before any result that holds it is stored."""
        with self._wake:
            self._jobs.append((site, attempt, exchange))
            self._waiting_bytes += len(exchange.raw) + len(exchange.body)

    def submit(self, result: PageResult) -> None:
        """Keep a result. Nothing is awaited; after a failure it is dropped, its address stays to be asked again."""
        if self.error is not None:
            return
        with self._wake:
            self._jobs.append(result)
            self._results += 1
            self._wake.notify()

    def hurry(self) -> None:
        """Somebody waits for what the queued results lead to: commit without lingering."""
        if self._results and not self._hurry:
            with self._wake:
                self._hurry = True
                self._wake.notify()

    def close(self) -> None:
        """Keep everything that waits and end. Raises nothing; see `error`."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()
        self._snapshots.close()

    def _run_thread(self) -> None:
        while True:
            with self._wake:
                while not self._jobs and not self._closing:
                    self._wake.wait()
                if not self._closing and not self._hurry and self._results < BATCH:
                    self._wake.wait_for(lambda: self._closing or self._hurry or self._results >= BATCH, LINGER)
                self._hurry = False
                jobs = [self._jobs.popleft() for _ in range(min(len(self._jobs), 4 * BATCH))]
                done = self._closing and not jobs
            if done:
                return
            try:
                with metrics.STORING.time():
                    self._keep(jobs)
            except Exception as error:  # noqa: BLE001 a dead writer must stop the crawl, whatever killed it
                self._give_up(error)
                return

    def _keep(self, jobs: list[tuple[str, Try, RawExchange] | PageResult]) -> None:
        results: list[PageResult] = []
        traffic: dict[str, tuple[int, int]] = {}
        size = 0
        for job in jobs:
            if isinstance(job, PageResult):
                results.append(job)
                continue
            site, attempt, exchange = job
            attempt.snapshot = self._snapshots.write(exchange)
            size += len(exchange.raw) + len(exchange.body)
            if not exchange.rendered:
                requests, received = traffic.get(site, (0, 0))
                traffic[site] = (requests + 1, received + len(exchange.raw))
        self._snapshots.flush()
        for result in results:
            last = result.visit.last
            if result.facts is not None and result.facts.snapshot is None and last is not None:
                result.facts.snapshot = last.snapshot
        if results:
            put(self._store, self._run, results)
        if results or traffic:
            self._frontier.acknowledge(results, traffic)
            metrics.kept(results, traffic.values())
        with self._wake:
            self._results -= len(results)
            self._waiting_bytes -= size
        if results and self._committed is not None:
            self._committed({result.site for result in results})

    def _give_up(self, error: Exception) -> None:
        if isinstance(error, GovcrawlError):
            self.error = error
        else:
            self.error = StoreError(f"写入失败，采集已停止（已确认的内容不受影响）：{error}")
        logger.error("%s", self.error)
        with self._wake:
            self._jobs.clear()
            self._results = self._waiting_bytes = 0
        if self._failed is not None:
            self._failed(self.error)
