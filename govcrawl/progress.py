"""Progress of a crawl on stderr: a bar on a terminal, a quiet line now and then where there is none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from typing import TextIO

from govcrawl.crawling import Progress

_QUIET_EVERY = 30
"""Reports (one a second) between two lines where no terminal is attached."""
_BAR = 24


class Display:
    """Shows sites, pages read, queue, rate, addresses that do not open and the time left at this politeness."""

    def __init__(self, sites: int, stream: TextIO | None = None, say: Callable[[str], None] | None = None) -> None:
        self._sites, self._stream = sites, stream or sys.stderr
        self._say = say or (lambda text: print(text, file=self._stream, flush=True))  # noqa: T201
        self._terminal = self._stream.isatty()
        self._told = 0
        self._known: dict[Progress, None] = {}
        """Every round of every site, those that are done too: totals only grow."""

    def show(self, under_way: list[Progress]) -> None:
        """Take one report of all sites under way."""
        self._known.update(dict.fromkeys(under_way))
        text = line(self._known, under_way, self._sites)
        self._told += 1
        if self._terminal:
            self._stream.write(f"\r\x1b[K{text}")
            self._stream.flush()
        elif self._told % _QUIET_EVERY == 0:
            self._say(text)

    def end(self) -> None:
        """Leave the bar's line, so that what follows begins on one of its own."""
        if self._terminal and self._told:
            self._stream.write("\n")


def line(known: Collection[Progress], under_way: Collection[Progress], total: int) -> str:
    """One line: `[#####-----] 抓取中 3/9 个网站：已读 120，待读 80，24.0 页/秒，打不开 2，约剩 4 秒`."""
    read, failed = sum(p.read for p in known), sum(p.failed for p in known)
    queued = sum(p.queued + p.in_flight for p in under_way)
    rate = sum(p.per_second for p in under_way)
    # sites run side by side: the slowest one says when it ends
    left = max((_seconds_left(p) for p in under_way), default=0.0)
    ends = f"，约剩 {_duration(left)}" if left else ""
    full = int(_BAR * read / max(read + queued, 1))
    return f"[{'#' * full}{'-' * (_BAR - full)}] 抓取中 {len(under_way)}/{total} 个网站：已读 {read}，待读 {queued}，{rate:.1f} 页/秒，打不开 {failed}{ends}"


def _seconds_left(progress: Progress) -> float:
    return (progress.queued + progress.in_flight) / progress.per_second if progress.per_second > 0.01 else 0.0


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} 秒"
    return f"{seconds / 60:.0f} 分钟" if seconds < 5400 else f"{seconds / 3600:.1f} 小时"
