"""The progress line: totals never shrink, the slowest site says when it ends, quiet where no terminal is."""

from __future__ import annotations

import io

import pytest

from govcrawl.crawling import Progress
from govcrawl.progress import Display, line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_totals_hold_what_finished_sites_read() -> None:
    stream = Terminal()
    display = Display(2, stream)
    display.show([Progress("a", read=10, failed=1), Progress("b", read=5)])
    display.show([Progress("b", read=6, queued=4, per_second=2.0)])
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
