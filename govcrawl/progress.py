"""Progress of a crawl on stderr: a bar on a terminal, a quiet line now and then where there is none."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TextIO

from govcrawl.crawling import Progress

_QUIET_EVERY = 30
"""Reports (one a second) between two lines where no terminal is attached."""


class Display:
    """Shows pages read, queue, rate, doubtful addresses and the time left at this politeness."""

    def __init__(self, sites: int, stream: TextIO = sys.stderr) -> None:
        self._sites, self._stream = sites, stream
        self._terminal = stream.isatty()
        self._told = 0

    def show(self, sites: list[Progress]) -> None:
        """Take one report of all sites under way."""
        text = line(sites, self._sites)
        if self._terminal:
            self._stream.write(f"\r\x1b[K{text}")
            if not sites:
                self._stream.write("\n")
            self._stream.flush()
            return
        self._told += 1
        if self._told % _QUIET_EVERY == 0:
            self._stream.write(text + "\n")
            self._stream.flush()


def line(sites: Sequence[Progress], total: int) -> str:
    """One line about all sites under way."""
    read, queued = sum(p.read for p in sites), sum(p.queued + p.in_flight for p in sites)
    rate = sum(p.per_second for p in sites)
    failed = sum(p.failed for p in sites)
    # sites run side by side: the slowest one says when it ends
    left = max((_seconds_left(p) for p in sites), default=0.0)
    ends = f"，约剩 {_duration(left)}" if left else ""
    return f"抓取中 {len(sites)}/{total} 个网站：已读 {read}，待读 {queued}，{rate:.1f} 页/秒，打不开 {failed}{ends}"


def _seconds_left(progress: Progress) -> float:
    return (progress.queued + progress.in_flight) / progress.per_second if progress.per_second > 0.01 else 0.0


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} 秒"
    return f"{seconds / 60:.0f} 分钟" if seconds < 5400 else f"{seconds / 3600:.1f} 小时"
