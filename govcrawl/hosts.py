"""How gently each host is asked: one budget for the whole process, whichever crawl, look or browser tab does the asking.

A turn is awaited before every request. The delay grows where the host grows slow or fails, falls back when it recovers, and Retry-After is
kept to. `delay=0` is for one's own or simulated sites: no waiting at all but for Retry-After.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from govcrawl.errors import UsageError
from govcrawl.telemetry import metrics

MAX_DELAY = 20.0
"""Seconds between two requests to a host that does nothing but fail."""
MAX_PAUSE = 300.0
"""Longest Retry-After that is kept to; a longer one is cut to this."""
_KEEP = 4096
"""Hosts remembered; idle ones beyond are forgotten."""
_HOURS = re.compile(r"\s*(\d{1,2})(?::(\d\d))?\s*[-~–—至]\s*(\d{1,2})(?::(\d\d))?\s*")
"""Matches "22-6" and "22:00-06:30", not "夜间"."""


class BudgetClosedError(Exception):
    """Raised to those who wait for a turn when the process stops."""


@dataclass(slots=True)
class _Host:
    slots: asyncio.Semaphore
    delay: float
    next_at: float = 0.0
    last_at: float = float("-inf")
    """When the last turn was really given; under load a timer fires late, and the turn after it on time."""
    pause_until: float = 0.0
    latency: float = 0.0
    active: int = 0


class HostBudget:
    """Turns at hosts. Everything runs in one event loop; waiting costs a timer each."""

    def __init__(self, delay: float = 0.5, concurrency: int = 2, monotonic: Callable[[], float] | None = None) -> None:
        self.delay, self.concurrency = delay, concurrency
        self._hosts: dict[str, _Host] = {}
        self._now = monotonic or (lambda: asyncio.get_running_loop().time())
        self._closed = asyncio.Event()
        self.robots: dict[str, asyncio.Future[Any]] = {}
        """Origin → its parsed robots.txt (None = everything allowed), shared by all crawls."""

    def _host(self, name: str) -> _Host:
        found = self._hosts.get(name)
        if found is None:
            if len(self._hosts) >= _KEEP:
                now = self._now()
                self._hosts = {n: h for n, h in self._hosts.items() if h.active or max(h.next_at, h.pause_until) > now}
            found = self._hosts[name] = _Host(asyncio.Semaphore(self.concurrency), self.delay)
        return found

    async def enter(self, name: str) -> None:
        """Wait for a turn; every `enter` needs its `leave`.

        Raises:
            BudgetClosedError: the process is stopping.
        """
        if self._closed.is_set():
            raise BudgetClosedError
        host = self._host(name)
        host.active += 1
        since = self._now()
        try:
            await host.slots.acquire()
        except BaseException:
            host.active -= 1
            raise
        try:
            await self._wait(host)
        except BaseException:
            host.slots.release()
            host.active -= 1
            raise
        metrics.WAITING.observe(self._now() - since)

    async def _wait(self, host: _Host) -> None:
        turn: float | None = None
        while not self._closed.is_set():
            now = self._now()
            if turn is None:
                # the turn is reserved, so that those behind line up after it
                turn = max(now, host.next_at)
                host.next_at = turn + host.delay
            at = max(turn, host.pause_until, host.last_at + host.delay)
            if at <= now:
                host.last_at = now
                return
            await self._sleep(at - now)
        raise BudgetClosedError

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._closed.wait(), seconds)
        except TimeoutError:
            return

    def leave(self, name: str, seconds: float | None = None, *, failed: bool = False) -> None:
        """Give the turn back.

        Args:
            seconds: time to the first byte, where something was answered.
            failed: the host timed out, broke off or answered 5xx or 429.
        """
        host = self._host(name)
        host.active = max(0, host.active - 1)
        host.slots.release()
        if not self.delay:
            return
        if failed:
            host.delay = min(MAX_DELAY, max(host.delay * 2, self.delay))
            return
        if seconds is not None:
            host.latency = seconds if not host.latency else 0.7 * host.latency + 0.3 * seconds
        host.delay = min(MAX_DELAY, max(self.delay, host.latency, host.delay * 0.7))

    def pause(self, name: str, seconds: float) -> None:
        """Nothing is asked of the host for so long (Retry-After)."""
        host = self._host(name)
        host.pause_until = max(host.pause_until, self._now() + min(seconds, MAX_PAUSE))

    def delay_of(self, name: str) -> float:
        """Seconds between two requests to a host as things stand."""
        return self._host(name).delay

    def close(self) -> None:
        """Send away everybody who waits."""
        self._closed.set()


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for: a number or a date; None where it says neither."""
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        at = parsedate_to_datetime(text)
        return max(0.0, (at - now).total_seconds())
    except (TypeError, ValueError):
        return None


@dataclass(slots=True, frozen=True)
class Hours:
    """Hours of the day (China) in which a site may be asked; `22-6` runs over midnight."""

    start: int = 0
    end: int = 0
    """Minutes of the day; equal = always."""
    text: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str | None) -> Hours:
        """Read `22-6` or `22:30-6:00`; nothing = always.

        Raises:
            UsageError: not of that form.
        """
        if not text or not text.strip():
            return cls()
        found = _HOURS.fullmatch(text)
        if found:
            start, end = int(found[1]) * 60 + int(found[2] or 0), int(found[3]) * 60 + int(found[4] or 0)
            if start <= 1440 and end <= 1440:
                return cls(start % 1440, end % 1440, text)
        raise UsageError(f"允许时段“{text}”无法识别，应写作 22-6 或 22:00-06:00")

    def wait(self, now: datetime) -> float:
        """Seconds until the hours begin; 0 inside them."""
        if self.start == self.end:
            return 0.0
        minute = now.hour * 60 + now.minute
        inside = self.start <= minute < self.end if self.start < self.end else minute >= self.start or minute < self.end
        if inside:
            return 0.0
        return ((self.start - minute) % 1440) * 60.0 - now.second
