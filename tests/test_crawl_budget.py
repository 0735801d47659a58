"""Turns at hosts, Retry-After, allowed hours; the writer's order; what an answer means."""

from __future__ import annotations

import asyncio
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from govcrawl.clock import CHINA
from govcrawl.errors import StoreError, UsageError
from govcrawl.hosts import BudgetClosedError, HostBudget, Hours, retry_after
from govcrawl.model.facts import Context, PageFacts, PageResult, Try, Visit
from govcrawl.page.answers import classify
from govcrawl.store.recording import RawExchange
from govcrawl.writer import Writer

NOON = datetime(2026, 11, 16, 12, 0, 0, tzinfo=CHINA)


def test_a_slow_host_is_asked_slower_and_recovers() -> None:
    async def main() -> None:
        budget = HostBudget(0.5, 2)
        assert budget.delay_of("a") == 0.5
        await budget.enter("a")
        budget.leave("a", 4.0)
        assert budget.delay_of("a") == 4.0
        budget._host("a").active += 1
        budget.leave("a", failed=True)
        assert budget.delay_of("a") == 8.0
        for _ in range(30):
            budget.leave("a", 0.1)
        assert budget.delay_of("a") == 0.5
        for _ in range(20):
            budget.leave("a", failed=True)
        assert budget.delay_of("a") == 20.0

    asyncio.run(main())


def test_without_delay_nothing_is_adapted() -> None:
    async def main() -> None:
        budget = HostBudget(0, 2)
        await budget.enter("a")
        budget.leave("a", 9.0, failed=True)
        assert budget.delay_of("a") == 0

    asyncio.run(main())


def test_turns_are_apart_for_everybody_together() -> None:
    async def main() -> list[float]:
        budget, times = HostBudget(0.05, 3), []

        async def one() -> None:
            await budget.enter("a")
            times.append(asyncio.get_running_loop().time())
            budget.leave("a", 0.0)

        await asyncio.gather(*(one() for _ in range(6)))
        return times

    times = sorted(asyncio.run(main()))
    assert all(b - a >= 0.045 for a, b in zip(times, times[1:], strict=False))


def test_a_pause_holds_those_who_wait_already() -> None:
    async def main() -> float:
        budget = HostBudget(0.1, 1)
        await budget.enter("a")
        budget.leave("a", 0.0)
        begun = asyncio.get_running_loop().time()
        waiting = asyncio.create_task(budget.enter("a"))
        await asyncio.sleep(0.02)
        budget.pause("a", 0.3)
        await waiting
        return asyncio.get_running_loop().time() - begun

    assert asyncio.run(main()) >= 0.3


def test_closing_sends_everybody_away() -> None:
    async def main() -> None:
        budget = HostBudget(30.0, 1)
        await budget.enter("a")
        budget.leave("a", 0.0)
        waiting = asyncio.create_task(budget.enter("a"))
        await asyncio.sleep(0.01)
        budget.close()
        with pytest.raises(BudgetClosedError):
            await waiting
        with pytest.raises(BudgetClosedError):
            await budget.enter("b")

    asyncio.run(main())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0), (" 3 ", 3.0), ("0", 0.0), (None, None), ("", None), ("soon", None), ("-5", None),
        ("Mon, 16 Nov 2026 04:01:00 GMT", 60.0), ("Mon, 16 Nov 2026 03:00:00 GMT", 0.0), ("Mon, 16 Nov 2026 04:01:00", None),
    ],
)  # fmt: skip
def test_retry_after(text: str | None, seconds: float | None) -> None:
    assert retry_after(text, NOON) == seconds


@pytest.mark.parametrize(
    ("text", "hour", "wait"),
    [
        ("22-6", 12, 10 * 3600), ("22-6", 23, 0), ("22-6", 5, 0), ("22-6", 6, 16 * 3600), ("9:30-17:30", 12, 0), ("9:30-17:30", 8, 5400),
        ("0-24", 12, 0), (None, 12, 0), ("", 3, 0), ("22：00 至 6", 12, None), ("夜间", 12, None), ("25-6", 12, None),
    ],
)  # fmt: skip
def test_allowed_hours(text: str | None, hour: int, wait: float | None) -> None:
    if wait is None:
        with pytest.raises(UsageError, match="允许时段"):
            Hours.parse(text)
        return
    assert Hours.parse(text).wait(NOON.replace(hour=hour)) == wait
    assert Hours.parse(text).wait(NOON.replace(hour=hour) + timedelta(seconds=30)) == max(0, wait - 30)


SHIELD = "<html><head><title>安全验证</title></head><body>请完成安全验证后继续访问</body></html>"
NEWS = "<html><head><title>关于食品安全验证工作的通知</title></head><body>" + "各县区人民政府，市政府各部门：" * 60 + "</body></html>"


@pytest.mark.parametrize(
    ("status", "body", "error", "expected"),
    [
        (200, b"<html>hello</html>", None, ("read", None)),
        (200, b"", None, ("read", None)),
        (204, b"", None, ("read", None)),
        (404, b"", None, ("failed", "no_data")),
        (410, b"", None, ("failed", "no_data")),
        (400, b"bad request", None, ("failed", "no_data")),
        (401, b"", None, ("failed", "login")),
        (403, b"", None, ("blocked", "blocked")),
        (405, b"", None, ("blocked", "blocked")),
        (412, b"", None, ("blocked", "blocked")),
        (429, b"", None, ("blocked", "blocked")),
        (521, b"<script>document.cookie=('_')+('_jsl')</script>", None, ("blocked", "blocked")),
        (500, b"", None, ("failed", "unreachable")),
        (502, b"no such host", None, ("failed", "unreachable")),
        (504, b"", None, ("failed", "unreachable")),
        (503, b"maintenance, please come back", None, ("failed", "unreachable")),
        (503, b"<title>Just a moment...</title><script>window._cf_chl_opt={}</script>", None, ("blocked", "blocked")),
        (202, b"<html><script>$_ts=window['$_ts'];if(!$_ts)$_ts={};</script></html>", None, ("blocked", "blocked")),
        (200, b"<html><script>var arg1='9A';function setCookie(){};setCookie('acw_sc__v2',x)</script></html>", None, ("blocked", "blocked")),
        (200, SHIELD.encode(), None, ("blocked", "blocked")),
        (200, SHIELD.encode("gb18030"), None, ("blocked", "blocked")),
        (200, NEWS.encode(), None, ("read", None)),
        (200, (NEWS + "<script>/* acw_sc__v2 */</script>").encode(), None, ("read", None)),
        (200, "<title>政府网站防火墙采购公告</title>".encode() + "采购内容及预算" .encode() * 200, None, ("read", None)),
        (200, "<html><body>您的请求疑似攻击行为，已被拦截！</body></html>".encode(), None, ("blocked", "blocked")),
        (200, "<html><body>访问量已被统计，欢迎光临清河县人民政府网站，请点击导航继续浏览</body></html>".encode(), None, ("read", None)),
        (None, b"", None, ("failed", "unreachable")),
        (None, b"", "dns", ("failed", "unreachable")),
        (None, b"", "timeout", ("failed", "timeout")),
        (None, b"", "tls", ("failed", "tls")),
        (200, b"x", "too_large", ("failed", "unread_file")),
        (200, b"x", "decode", ("failed", "no_data")),
        (304, b"", None, ("failed", "no_data")),
    ],
)  # fmt: skip
def test_what_an_answer_means(status: int | None, body: bytes, error: str | None, expected: tuple[str, str | None]) -> None:
    assert classify(status, {}, body, error) == expected


@pytest.mark.parametrize(("location", "expected"), [("/a", ("redirected", None)), ("", ("failed", "no_data"))])
def test_a_redirect_needs_somewhere_to_go(location: str, expected: tuple[str, str | None]) -> None:
    assert classify(302, {"location": location}, b"") == expected


# the writer


class Spy:
    """Store, frontier and snapshots that note the order in which they are used."""

    def __init__(self, broken: str | None = None) -> None:
        self.calls: list[str] = []
        self.broken = broken
        self.acknowledged: list[str] = []

    def note(self, call: str) -> None:
        if self.broken == call:
            raise StoreError("写入失败：磁盘已满")
        self.calls.append(call)

    def write(self, exchange: RawExchange) -> str:
        self.note("write")
        return f"snapshot of {exchange.url}"

    def flush(self) -> None:
        self.note("flush")

    def put_results(self, run_id: str, results: list[PageResult]) -> None:
        if any(r.visit.title == "\ud800" for r in results):
            raise UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed")
        self.note("put")
        for result in results:
            assert result.visit.last is not None and result.visit.last.snapshot

    def acknowledge(self, results: list[PageResult], traffic: object) -> None:
        self.note("acknowledge")
        self.acknowledged += [result.visit.url for result in results]

    def close(self) -> None: ...


def _exchange(url: str) -> tuple[Try, RawExchange]:
    return Try(at="2026-11-16T12:00:00+08:00", url=url, status=200), RawExchange(url, NOON, 200, raw=b"x", body=b"x")


def _result(url: str, attempt: Try, title: str | None = None) -> PageResult:
    visit = Visit(url=url, context=Context(), outcome="read", tries=[attempt], title=title)
    return PageResult(site="s", key=1, visit=visit, facts=PageFacts(url=url))


def test_the_order_that_loses_nothing() -> None:
    spy, sites = Spy(), []
    writer = Writer("r", spy, spy, spy, committed=sites.append)  # type: ignore[arg-type]
    attempt, exchange = _exchange("http://a/")
    result = _result("http://a/", attempt)
    writer.exchange("s", attempt, exchange)
    writer.submit(result)
    writer.close()
    assert spy.calls[:4] == ["write", "flush", "put", "acknowledge"]
    assert attempt.snapshot == result.facts.snapshot == "snapshot of http://a/"
    assert sites == [{"s"}] and writer.error is None and writer.backlog_bytes == 0


@pytest.mark.parametrize("broken", ["write", "flush", "put", "acknowledge"])
def test_a_failing_part_stops_everything_after_it(broken: str) -> None:
    spy, told = Spy(broken), threading.Event()
    writer = Writer("r", spy, spy, spy, failed=lambda error: told.set())  # type: ignore[arg-type]
    attempt, exchange = _exchange("http://a/")
    writer.exchange("s", attempt, exchange)
    writer.submit(_result("http://a/", attempt))
    assert told.wait(5)
    writer.submit(_result("http://b/", attempt))
    writer.close()
    assert isinstance(writer.error, StoreError) and "磁盘已满" in str(writer.error)
    assert spy.acknowledged == [] and writer.backlog == 0


def test_a_result_that_cannot_be_written_costs_itself_only() -> None:
    spy = Spy()
    writer = Writer("r", spy, spy, spy)  # type: ignore[arg-type]
    results = []
    for url, title in (("http://a/", None), ("http://b/", "\ud800"), ("http://c/", None)):
        attempt, exchange = _exchange(url)
        writer.exchange("s", attempt, exchange)
        results.append(_result(url, attempt, title))
    for result in results:
        writer.submit(result)
    writer.close()
    assert sorted(spy.acknowledged) == ["http://a/", "http://b/", "http://c/"]
    assert [(r.visit.outcome, r.facts is None) for r in results] == [("read", False), ("failed", True), ("read", False)]


def test_hurry_commits_at_once(tmp_path: Path) -> None:
    spy, done = Spy(), threading.Event()
    writer = Writer("r", spy, spy, spy, committed=lambda sites: done.set())  # type: ignore[arg-type]
    attempt, exchange = _exchange("http://a/")
    writer.exchange("s", attempt, exchange)
    writer.submit(_result("http://a/", attempt))
    writer.hurry()
    assert done.wait(0.15)
    writer.close()
