"""What each stage of a page costs, on one core: parse, reading, completion, detection, snapshot, store."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from govcrawl import reading, rulebook
from govcrawl.clock import CHINA
from govcrawl.extract import complete
from govcrawl.model.facts import Context, PageResult, Visit
from govcrawl.page import document
from govcrawl.store.base import open_store
from govcrawl.store.recording import RawExchange, SnapshotWriter

HOME = "http://www.qinghe.gov.cn/"
BATCH = 100


def measure(root: Path, count: int = 800) -> dict[str, tuple[float, float]]:
    """Stage → (p50, p95) in milliseconds a page, over pages of all templates. The store's figure is a batch's mean."""
    files = sorted(root.rglob("*.html"))
    pages = [(HOME + str(f.relative_to(root)), f.read_bytes()) for f in files[:: max(len(files) // count, 1)]]
    scope = reading.Scope(home=HOME, hosts=frozenset({"www.qinghe.gov.cn"}), family=frozenset(), today="2026-11-16")
    headers = {"content-type": "text/html; charset=utf-8"}
    calendar = rulebook.calendar()
    times: dict[str, list[float]] = {}

    def timed(name: str, call: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        value = call()
        times.setdefault(name, []).append((time.perf_counter() - started) * 1000)
        return value

    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/bench.db")
        writer = SnapshotWriter(Path(folder), "bench")
        batch: list[PageResult] = []
        for url, body in pages:
            context = Context(home=url == HOME + "index.html")
            exchange = reading.Exchange(url, 200, headers, body)
            timed("parse", lambda body=body, url=url: document.parse(body, headers, url).tree)  # parsed at first use
            seen = timed("read (with parse)", lambda exchange=exchange, context=context: reading.read(exchange, context, scope))
            timed("follow", lambda seen=seen, context=context: reading.follow(seen.facts, context, scope))
            timed("complete", lambda seen=seen: complete.complete(seen.facts.items, calendar))
            timed("detect", lambda seen=seen: reading.detect(seen.texts, b"k" * 32))
            raw = RawExchange(
                url=url, at=datetime(2026, 11, 16, tzinfo=CHINA), status=200, headers=list(headers.items()), raw=body, body=body
            )
            timed("snapshot", lambda raw=raw: writer.write(raw))
            batch.append(PageResult(site="s", key=1, visit=Visit(url=url, context=context, outcome="read"), facts=seen.facts))
        writer.close()
        for rows in _batches(batch):
            started = time.perf_counter()
            store.put_results("bench", rows)
            times.setdefault("store (mean of batch)", []).append((time.perf_counter() - started) * 1000 / len(rows))
        store.close()
    return {name: (_share(values, 0.5), _share(values, 0.95)) for name, values in times.items()}


def _batches(rows: list[PageResult]) -> Iterator[list[PageResult]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _share(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
