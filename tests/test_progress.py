"""The progress line: totals never shrink, the slowest site says when it ends, quiet where no terminal is."""

from __future__ import annotations

import asyncio
import io
from types import SimpleNamespace
from typing import Any, cast

import pytest

from govcrawl.crawling import Crawling, Progress
from govcrawl.progress import Display, line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_totals_hold_what_finished_sites_read() -> None:
    stream = Terminal()
    display = Display(2, stream)
    b = Progress("b", read=5)
    display.show([Progress("a", read=10, failed=1), b])
    b.read, b.queued, b.per_second = 6, 4, 2.0
    display.show([b])
    display.end()
    last = stream.getvalue().rsplit("\r", 1)[1]
    assert "抓取中 1/2 个网站：已读 16，待读 4，2.0 页/秒，打不开 1，约剩 2 秒" in last and last.endswith("\n")


@pytest.mark.parametrize(
    ("queued", "rate", "said"),
    [(10, 0.0, ""), (100, 2.0, "，约剩 50 秒"), (1200, 2.0, "，约剩 10 分钟"), (20_000, 2.0, "，约剩 2.8 小时")],
)
def test_time_left(queued: int, rate: float, said: str) -> None:
    slow, quick = Progress("a", queued=queued, per_second=rate), Progress("b", queued=1, per_second=100.0)
    assert line([slow], [slow, quick] if said else [slow], 2).partition("打不开 0")[2] == said


def test_without_a_terminal_one_line_in_thirty_reports() -> None:
    stream = io.StringIO()
    display = Display(1, stream)
    for n in range(61):
        display.show([Progress("a", read=n)])
    display.end()
    assert [text.count("已读") for text in stream.getvalue().splitlines()] == [1, 1]


def test_a_second_round_over_a_site_counts_from_nothing_and_takes_nothing_back() -> None:
    stream = Terminal()
    display = Display(1, stream)
    first, second = Progress("a", read=40), Progress("a")
    for progress in (first, second):
        progress.tick()
        display.show([progress])
        assert progress.per_second >= 0
    second.read = 2
    second.tick()
    display.show([second])
    assert "已读 42，" in stream.getvalue().rsplit("\r", 1)[1]
    assert second.per_second == pytest.approx(0.6)


def test_the_rate_goes_down_to_nothing_where_nothing_comes() -> None:
    progress = Progress("a", read=30)
    rates = []
    for _ in range(4):
        progress.tick()
        rates.append(progress.per_second)
    assert rates[0] == pytest.approx(9.0) and rates == sorted(rates, reverse=True) and rates[-1] > 0


def test_the_ticking_of_a_crawl_never_tells_a_negative_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rounds over one site, as a re-check makes them: the second has read less than the first had."""
    rounds, told = [Progress("a", read=40), Progress("a", read=1)], list[float]()
    jobs: dict[str, Any] = {}

    async def a_second_passes(_: float) -> None:
        if not rounds:
            raise asyncio.CancelledError
        jobs["a"] = SimpleNamespace(site="a", crawler=object(), progress=rounds.pop(0))

    crawl = Crawling(cast(Any, SimpleNamespace(targets=[], progress=lambda now: told.extend(p.per_second for p in now))))
    crawl._shared = cast(Any, SimpleNamespace(jobs=jobs, frontier=SimpleNamespace(unfinished=lambda site: 0)))
    monkeypatch.setattr(asyncio, "sleep", a_second_passes)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(crawl._tick())
    assert told == [pytest.approx(12.0), pytest.approx(0.3)]
