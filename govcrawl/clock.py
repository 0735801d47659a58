"""The one place that reads the clock. Everything outside the core takes a `Clock`; the core takes dates as arguments."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Protocol

CHINA = timezone(timedelta(hours=8), "+08:00")


class Clock(Protocol):
    """What time it is; tests give one that stands still."""

    def now(self) -> datetime:
        """The moment, aware, +08:00."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go backwards."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(CHINA)

    def monotonic(self) -> float:
        return time.monotonic()


def moment(at: datetime) -> str:
    """ISO 8601 to the second with +08:00."""
    return at.astimezone(CHINA).isoformat(timespec="seconds")
