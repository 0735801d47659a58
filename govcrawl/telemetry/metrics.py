"""What a process counts and times while it works. Prometheus' own types; names and units as its conventions want them.

Nothing here has a label for sites: 14,000 of them would make a hundred thousand series. What became of a site is in its receipt.
Counting must not be felt: what comes a page at a time is timed with one observation, everything else is added up a batch at a time.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable
from typing import Any

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from govcrawl import memory
from govcrawl.model.facts import PageResult

prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
_QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_SLOW = (0.01, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0)
_JOBS = (1.0, 10.0, 60.0, 300.0, 900.0, 3600.0, 4 * 3600.0, 86400.0)

REQUESTS = Counter(
    "govcrawl_requests", "Requests sent, as the receipt counts them: retries, robots.txt and control addresses too", registry=REGISTRY
)
BYTES = Counter("govcrawl_received_bytes", "Bytes of the answers, as they came", registry=REGISTRY)
VISITS = Counter(
    "govcrawl_visits",
    "Addresses that came to an end, by what they were asked as and how that ended",
    ["role", "outcome"],
    registry=REGISTRY,
)
QUEUED = Gauge("govcrawl_queue_length", "Addresses that are known and not done, over all sites under way", registry=REGISTRY)
READING = Histogram("govcrawl_reading_seconds", "Extracting the facts of one page, with its links", buckets=_QUICK, registry=REGISTRY)
DETECTING = Histogram("govcrawl_detecting_seconds", "Running the detectors over one page", buckets=_QUICK, registry=REGISTRY)
STORING = Histogram(
    "govcrawl_store_batch_seconds", "Keeping one batch of results: WARC, store, frontier", buckets=_QUICK, registry=REGISTRY
)
WAITING = Histogram("govcrawl_host_wait_seconds", "Waiting for a turn at a host before one request", buckets=_SLOW, registry=REGISTRY)
FILES = Counter("govcrawl_files", "Attachments that were read, by how that ended", ["status"], registry=REGISTRY)
JUDGED = Counter("govcrawl_sites", "Sites that were judged, by the state of their receipt", ["state"], registry=REGISTRY)
ISSUES = Counter("govcrawl_issues", "What we did not understand or could not do, by part of the program", ["where"], registry=REGISTRY)
PROBES = Counter("govcrawl_probes", "Availability probes, by outcome", ["outcome"], registry=REGISTRY)
JOB_LAG = Histogram("govcrawl_job_lag_seconds", "From the moment a job was due to its start", ["kind"], buckets=_JOBS, registry=REGISTRY)
JOB_SECONDS = Histogram("govcrawl_job_seconds", "How long a job ran", ["kind"], buckets=_JOBS, registry=REGISTRY)
JOBS = Counter("govcrawl_jobs", "Jobs that ended, by kind and outcome", ["kind", "outcome"], registry=REGISTRY)
JOB_ENDED = Gauge("govcrawl_job_ended_timestamp_seconds", "When a job of this kind last ended so", ["kind", "outcome"], registry=REGISTRY)
FEED = Counter("govcrawl_feed_answers", "Answers of the data interface, by status", ["status"], registry=REGISTRY)
RESIDENT = Gauge("govcrawl_memory_bytes", "Memory that the process holds", registry=REGISTRY)
PEAK = Gauge("govcrawl_memory_peak_bytes", "The most that it held", registry=REGISTRY)
RESIDENT.set_function(memory.resident)
PEAK.set_function(memory.peak)

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]
"""(name, labels) → value."""
GROWING = ("_total", "_count", "_sum", "_bucket")
"""Ends of the names whose values only grow."""


def kept(results: Iterable[PageResult], traffic: Iterable[tuple[int, int]]) -> None:
    """Count a batch that is in the store and acknowledged; `traffic`: (requests, bytes) of each site."""
    for requests, size in traffic:
        REQUESTS.inc(requests)
        BYTES.inc(size)
    for (role, outcome), count in Tally((r.visit.context.role, r.visit.outcome) for r in results).items():
        VISITS.labels(role, outcome).inc(count)


def samples(registry: CollectorRegistry = REGISTRY) -> Samples:
    """Every value as it stands."""
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in registry.collect() for s in family.samples}


class Span:
    """What this process counts from here on; one run is one span."""

    def __init__(self, began: str) -> None:
        self._began, self._before = began, samples()

    def told(self, run: str, started_at: str, now: str) -> dict[str, Any]:
        """The content of `metrics.json`. `whole` is False where an earlier process began the run: its counts went with it."""
        return {"run": run, "from": self._began, "to": now, "whole": started_at >= self._began, "metrics": self._rows()}

    def _rows(self) -> list[dict[str, Any]]:
        """What was not counted at all is left out."""
        rows = []
        for (name, labels), value in samples().items():
            grown = value - self._before.get((name, labels), 0.0) if name.endswith(GROWING) else value
            if grown:
                rows.append({"name": name, "labels": dict(labels), "value": round(grown, 6)})
        return rows
