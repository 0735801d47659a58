"""Metrics: cheap to count, added up over processes whatever kills them, true to what happened, readable by Prometheus' own parser."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from feed_kit import TOKEN, fill, opened
from main_job import environment
from prometheus_client.parser import text_string_to_metric_families
from scheduled_worker import SetClock, plan, queue_of
from test_schedule_runner import worked

from govcrawl import memory
from govcrawl.feed import serving
from govcrawl.hosts import HostBudget
from govcrawl.model.facts import Context, PageResult, Visit
from govcrawl.store.jobs import Retrying
from govcrawl.telemetry import exposing, metrics

Values = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def parsed(text: bytes | str) -> Values:
    families = list(text_string_to_metric_families(text.decode() if isinstance(text, bytes) else text))
    assert len({f.name for f in families}) == len(families), "each family once: node_exporter and Prometheus refuse it twice"
    return {(s.name, tuple(sorted(s.labels.items()))): s.value for f in families for s in f.samples}


class Counted:
    """What was counted since it was made."""

    def __init__(self) -> None:
        self._before = metrics.samples()

    def __call__(self, name: str, **labels: str) -> float:
        key = name, tuple(sorted(labels.items()))
        return metrics.samples().get(key, 0.0) - self._before.get(key, 0.0)


# what is counted


def result(role: str, outcome: str) -> PageResult:
    return PageResult(site="甲", key=1, visit=Visit(url="http://a/", context=Context(role=role), outcome=outcome))


def test_a_batch_is_counted_by_role_and_outcome() -> None:
    counted = Counted()
    metrics.kept([result("page", "read"), result("page", "read"), result("outside", "failed")], [(4, 1000), (1, 20)])
    assert (counted("govcrawl_requests_total"), counted("govcrawl_received_bytes_total")) == (5, 1020)
    assert counted("govcrawl_visits_total", role="page", outcome="read") == 2
    assert counted("govcrawl_visits_total", role="outside", outcome="failed") == 1


def test_a_span_tells_what_came_within_it_and_whose_beginning_it_saw() -> None:
    metrics.kept([result("page", "blocked")], [(7, 0)])
    span = metrics.Span("2026-11-16T10:00:00+08:00")
    metrics.kept([result("page", "read")], [(2, 9)])
    told = span.told("r", "2026-11-16T10:00:00+08:00", "2026-11-16T10:00:05+08:00")
    rows = {(row["name"], tuple(sorted(row["labels"].items()))): row["value"] for row in told.pop("metrics")}
    assert told == {"run": "r", "from": "2026-11-16T10:00:00+08:00", "to": "2026-11-16T10:00:05+08:00", "whole": True}
    assert rows["govcrawl_requests_total", ()] == 2 and rows["govcrawl_memory_peak_bytes", ()] > 10_000_000
    assert ("govcrawl_visits_total", (("outcome", "blocked"), ("role", "page"))) not in rows
    assert span.told("r", "2026-11-15T10:00:00+08:00", "2026-11-16T10:00:05+08:00")["whole"] is False, "an earlier process began it"


def test_waiting_for_a_host_is_timed_and_giving_up_is_not() -> None:
    counted = Counted()
    now = [100.0]

    async def turns() -> None:
        budget = HostBudget(delay=0.0, concurrency=1, monotonic=lambda: now[0])
        await budget.enter("a")
        waiting = asyncio.create_task(budget.enter("a"))
        given_up = asyncio.create_task(budget.enter("a"))
        await asyncio.sleep(0)
        now[0] += 3.0
        given_up.cancel()
        budget.leave("a")
        await waiting
        budget.leave("a")

    asyncio.run(turns())
    assert (counted("govcrawl_host_wait_seconds_count"), counted("govcrawl_host_wait_seconds_sum")) == (2, 3.0)


def test_jobs_are_counted_with_how_late_they_began(tmp_path: Path) -> None:
    counted = Counted()
    clock = SetClock(tmp_path)
    store = f"sqlite:///{tmp_path}/w.db"
    queue = queue_of(store, tmp_path, Retrying())
    an_hour_ago = clock.now().replace(microsecond=0).timestamp() - 3600
    due = clock.now().fromtimestamp(an_hour_ago, clock.now().tzinfo).isoformat()
    queue.plan([plan(tmp_path, "well", first=due), plan(tmp_path, "bad", end="fail", first=due)], clock.now())
    worked(queue, tmp_path, store)
    queue.close()
    assert counted("govcrawl_jobs_total", kind="task", outcome="done") == 1
    assert counted("govcrawl_jobs_total", kind="task", outcome="failed") == 1
    assert counted("govcrawl_job_lag_seconds_count", kind="task") == 2
    assert 7200 <= counted("govcrawl_job_lag_seconds_sum", kind="task") < 7200 + 600
    assert metrics.samples()["govcrawl_job_ended_timestamp_seconds", (("kind", "task"), ("outcome", "done"))] >= an_hour_ago + 3600


def test_memory_is_what_the_system_says(monkeypatch: pytest.MonkeyPatch) -> None:
    status = Path("/proc/self/status").read_text()
    said = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) * 1024
    assert abs(memory.resident() - said) < 0.2 * said and memory.peak() >= 0.9 * memory.resident()

    def unreadable(self: Path, **values: Any) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", unreadable)
    assert memory.resident() == memory.peak()


def test_counting_costs_no_more_than_a_hundredth_of_a_page(page_seconds: float) -> None:
    results = [result("page", "read") for _ in range(100)]

    def one_batch() -> None:
        for _ in range(100):
            with metrics.READING.time():
                pass
            with metrics.DETECTING.time():
                pass
            metrics.WAITING.observe(0.0)
        with metrics.STORING.time():
            metrics.kept(results, [(100, 4_000_000)])

    spent = min(_cpu(one_batch) for _ in range(10)) / 100
    assert spent <= 0.01 * page_seconds, f"{spent * 1e6:.1f} µs of {page_seconds * 1e6:.0f} µs"


def _cpu(work: Callable[[], object]) -> float:
    since = time.process_time()
    work()
    return time.process_time() - since


@pytest.fixture(scope="module")
def page_seconds() -> float:
    """CPU time that reading an ordinary page takes, its detectors too: the least that a page costs."""
    from govcrawl import reading
    from govcrawl.model.facts import Context

    rows = "".join(
        f'<li><span>2026-11-{n % 28 + 1:02}</span><a href="/zwdt/{n}.html" title="第{n}条">清禾县召开第{n}次工作会议部署重点工作</a></li>'
        for n in range(60)
    )
    text = "".join(f"<p>第{n}段：会议强调，要坚持问题导向，压实责任，联系电话0588-6660{n:03}。</p>" for n in range(120))
    body = f"<html><head><title>政务动态</title></head><body><div class='nav'>首页</div><ul>{rows}</ul><div id='zoom'>{text}</div></body></html>".encode()
    scope = reading.Scope(home="http://www.qinghe.gov.cn/", hosts=frozenset({"www.qinghe.gov.cn"}), family=frozenset(), today="2026-11-16")
    exchange = reading.Exchange("http://www.qinghe.gov.cn/zwdt/", 200, {"content-type": "text/html; charset=utf-8"}, body)

    def read() -> None:
        found = reading.read(exchange, Context(), scope)
        reading.follow(found.facts, Context(), scope)
        reading.detect(found.texts, b"k")

    return min(_cpu(read) for _ in range(15))


# several processes

WORKER = """
import os, sys, time
from govcrawl.store.jobs import Retrying
from govcrawl.telemetry import exposing, metrics
exposing.EVERY = 0.05
with exposing.exposed():
    metrics.REQUESTS.inc(float(sys.argv[1]))
    metrics.QUEUED.set(5)
    metrics.READING.observe(0.003)
    metrics.JOB_ENDED.labels("probe", "done").set(float(sys.argv[1]))
    print("counted", flush=True)
    if sys.argv[2] == "stay":
        sys.stdin.readline()
"""


def worker(folder: Path, amount: int, then: str) -> subprocess.Popen[str]:
    values = environment(None) | {exposing.VARIABLE: str(folder)}
    command = [sys.executable, "-c", WORKER, str(amount), then]
    return subprocess.Popen(command, env=values, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def reached(folder: Path, name: str, wanted: float) -> Values:
    end = time.monotonic() + 60
    while True:
        path = folder / exposing.FILE
        found = parsed(path.read_bytes()) if path.exists() else {}
        if found.get((name, ())) == wanted:
            return found
        assert time.monotonic() < end, f"{name} is {found.get((name, ()))}, not {wanted}"
        time.sleep(0.02)


def test_processes_side_by_side_add_up_and_what_ended_or_was_killed_stays_counted(tmp_path: Path) -> None:
    staying = [worker(tmp_path, amount, "stay") for amount in (1, 10, 100)]
    found = reached(tmp_path, "govcrawl_requests_total", 111)
    assert found["govcrawl_queue_length", ()] == 15 and found["govcrawl_reading_seconds_bucket", (("le", "0.005"),)] == 3
    assert found["govcrawl_job_ended_timestamp_seconds", (("kind", "probe"), ("outcome", "done"))] == 100
    staying[0].send_signal(signal.SIGKILL)
    staying[1].communicate("\n", timeout=60)
    staying[0].wait(60)
    with worker(tmp_path, 1000, "end") as short:
        assert short.wait(60) == 0
    found = reached(tmp_path, "govcrawl_requests_total", 1111)
    assert found["govcrawl_queue_length", ()] == 5, "of the dead only what lasts"
    staying[2].communicate("\n", timeout=60)
    for number in range(3):
        with worker(tmp_path, 10_000, "end") as short:
            short.wait(60)
        found = reached(tmp_path, "govcrawl_requests_total", 1111 + 10_000 * (number + 1))
    assert found["govcrawl_reading_seconds_count", ()] == 7
    assert found["govcrawl_job_ended_timestamp_seconds", (("kind", "probe"), ("outcome", "done"))] == 10_000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["govcrawl-ended.sum", "govcrawl.lock", "govcrawl.prom"], "no files pile up"
    assert ("govcrawl_queue_length", ()) not in found or found["govcrawl_queue_length", ()] == 0


def test_a_kill_between_adding_and_removing_counts_nothing_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "govcrawl-1-aa.live").write_text("# TYPE govcrawl_requests_total counter\ngovcrawl_requests_total 3000000.0\n")
    place = exposing.Place(tmp_path)
    own = metrics.samples()["govcrawl_requests_total", ()]

    def killed(self: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "unlink", killed)
        place.write()
    assert (tmp_path / "govcrawl-1-aa.live").exists()
    for _ in range(2):
        assert parsed(place.write())["govcrawl_requests_total", ()] == 3_000_000 + own
    place.write(last=True)


def test_a_file_torn_by_a_kill_costs_its_own_counts_alone(tmp_path: Path) -> None:
    (tmp_path / "govcrawl-1-aa.live").write_text('govcrawl_requests_total 3.0\ngovcrawl_visits_total{role="pa')
    place = exposing.Place(tmp_path)
    assert parsed(place.write())["govcrawl_requests_total", ()] == metrics.samples()["govcrawl_requests_total", ()]
    place.write(last=True)
    assert not list(tmp_path.glob("*.live"))


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    values = environment(None) | {exposing.VARIABLE: str(tmp_path / "taken")}
    command = [sys.executable, "-m", "govcrawl", "rules", "check"]
    done = subprocess.run(command, cwd=tmp_path, env=values, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and "规则文件无误" in done.stdout and "指标无法写入" in done.stderr and "Traceback" not in done.stderr


# asked for


def ask(store: Any, clock: Any = None) -> Values:
    app = serving.application(store, [TOKEN], clock=clock)
    return scraped(TestClient(app, headers={"Authorization": f"Bearer {TOKEN}"}))


def scraped(client: TestClient) -> Values:
    answer = client.get("/metrics")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; version=1.0.0; charset=utf-8")
    return parsed(answer.content)


def test_the_feeds_readers_and_the_schedule_are_seen_at_the_moment_of_asking(tmp_path: Path) -> None:
    store = opened(tmp_path)
    fill(store)
    clock = SetClock(tmp_path)
    client = TestClient(serving.application(store, [TOKEN], clock=clock), headers={"Authorization": f"Bearer {TOKEN}"})
    first = scraped(client)
    assert not any(name.startswith(("govcrawl_feed_asked", "govcrawl_jobs_known")) for name, _ in first), (
        "nobody asked, there is no schedule"
    )
    assert not list(tmp_path.glob("*-jobs.db")), "looking makes no table"

    queue = queue_of(store.location, tmp_path)
    queue.plan(
        [
            plan(tmp_path, "late", first="2026-01-01T00:00:00+08:00"),
            plan(tmp_path, "later", kind="probe", first="2999-01-01T00:00:00+08:00"),
        ],
        clock.now(),
    )
    highest = store.changes(0, 10_000)[-1]["seq"]
    client.get("/api/v1/changes", params={"after": 3})
    seen = scraped(client)
    told = store.changes(3, 1)[0]["at"]
    age = (clock.now() - clock.now().fromisoformat(told)).total_seconds()
    assert seen["govcrawl_feed_asked_seq", ()] == 3 and abs(seen["govcrawl_feed_behind_seconds", ()] - max(0.0, age)) < 60
    assert seen["govcrawl_jobs_known", (("kind", "task"), ("state", "waiting"))] == 1
    assert seen["govcrawl_jobs_overdue_seconds", (("kind", "task"),)] > 86_400
    assert seen["govcrawl_jobs_overdue_seconds", (("kind", "probe"),)] == 0
    client.get("/api/v1/changes", params={"after": highest})
    assert scraped(client)["govcrawl_feed_behind_seconds", ()] == 0
    queue.close()
    store.close()


def test_answers_are_counted_those_that_were_refused_too(tmp_path: Path) -> None:
    store = opened(tmp_path)
    counted, app = Counted(), serving.application(store, [TOKEN])
    assert TestClient(app).get("/metrics").status_code == 401
    seen = scraped(TestClient(app, headers={"Authorization": f"Bearer {TOKEN}"}))
    assert counted("govcrawl_feed_answers_total", status="401") == 1 and seen["govcrawl_feed_answers_total", (("status", "401"),)] >= 1
    store.close()


def test_with_a_folder_every_process_is_in_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "m"
    with worker(folder, 1_000_000, "end") as other:
        assert other.wait(60) == 0
    store = opened(tmp_path)
    monkeypatch.setenv(exposing.VARIABLE, str(folder))
    own = metrics.samples()["govcrawl_requests_total", ()]
    with exposing.exposed():
        assert ask(store)["govcrawl_requests_total", ()] == 1_000_000 + own
    monkeypatch.delenv(exposing.VARIABLE)
    assert ask(store)["govcrawl_requests_total", ()] == own
    store.close()
    assert os.access(folder / exposing.FILE, os.R_OK)
