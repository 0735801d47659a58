"""What can be seen of the feed and of the schedule at the moment of asking, for `/metrics`: how far readers are behind, which jobs are late."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from govcrawl.clock import Clock, SystemClock
from govcrawl.store.base import Store
from govcrawl.store.jobs import WAITING, is_queue, open_queue
from govcrawl.telemetry import exposing


class Watch(Collector):
    """Looks when it is asked; between two questions it keeps how far the last reader came."""

    def __init__(self, store: Store, clock: Clock | None = None) -> None:
        self._store, self._clock = store, clock or SystemClock()
        self.asked: int | None = None
        """Number after which changes were last asked for."""

    def text(self) -> bytes:
        """Everything in Prometheus' text format: this process (with GOVCRAWL_METRICS_DIR all of the machine), feed and schedule."""
        registry = CollectorRegistry()
        registry.register(self)
        return exposing.everything() + generate_latest(registry)

    def describe(self) -> Iterable[Metric]:
        """Nothing is looked up before somebody asks."""
        return ()

    def collect(self) -> Iterator[Metric]:
        now = self._clock.now()
        if self.asked is not None:
            yield GaugeMetricFamily("govcrawl_feed_asked_seq", "Number after which a reader last asked for changes", self.asked)
            yield GaugeMetricFamily("govcrawl_feed_behind_seconds", "Age of the first change after it; 0: there is none", self._behind(now))
        if is_queue(self._store.location):
            yield from self._jobs(now)

    def _behind(self, now: datetime) -> float:
        unread = self._store.changes(self.asked or 0, 1)
        return _age(unread[0]["at"], now) if unread and unread[0]["at"] else 0.0

    def _jobs(self, now: datetime) -> Iterator[Metric]:
        known: dict[tuple[str, str], int] = {}
        late: dict[str, float] = {}
        with closing(open_queue(self._store.location, self._clock)) as queue:
            for job in queue.jobs():
                known[job.kind, job.state] = known.get((job.kind, job.state), 0) + 1
                late[job.kind] = max(late.get(job.kind, 0.0), _age(job.due_at, now) if job.state == WAITING else 0.0)
        jobs = GaugeMetricFamily("govcrawl_jobs_known", "Jobs of the schedule, by state", labels=["kind", "state"])
        for labels, count in sorted(known.items()):
            jobs.add_metric(labels, count)
        yield jobs
        overdue = GaugeMetricFamily("govcrawl_jobs_overdue_seconds", "How long the job that waits longest is due", labels=["kind"])
        for kind, seconds in sorted(late.items()):
            overdue.add_metric([kind], seconds)
        yield overdue


def _age(at: str, now: datetime) -> float:
    return max(0.0, (now - datetime.fromisoformat(at)).total_seconds())
