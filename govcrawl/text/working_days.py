"""Working days (工作日) by the State Council's yearly notices, make-up Saturdays and Sundays (调休) included.

Not `chinese_calendar.find_workday`: it answers one working day too late when the count starts on a day off. That package
only says up to which year notices are known; beyond it `holidays` still answers, without 调休, so such days are provisional.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import TypedDict

_ONE = timedelta(days=1)


class SpelledDay(TypedDict):
    """One day of a spelt-out count: the ISO day, whether it is a working day, and its number in the count (0 = day of asking)."""

    day: str
    working: bool
    n: int


@dataclass(frozen=True, slots=True)
class YearNotice:
    """The 国务院办公厅 notice of one year as a user typed it into the overlay file: days off, make-up working days, source."""

    off: frozenset[date]
    work: frozenset[date]
    source: str


class WorkCalendar:
    """Which day is a working day, and how many lie between asking and reply.

    Args:
        overlay: notices by year that win over the library (the notice for the next year comes out each November, before any package has it).
    """

    def __init__(self, overlay: Mapping[int, YearNotice] | None = None) -> None:
        self._overlay = dict(overlay or {})
        self._off = frozenset().union(*(n.off for n in self._overlay.values()))
        self._work = frozenset().union(*(n.work for n in self._overlay.values()))
        self._known: dict[date, bool] = {}

    @cached_property
    def official_through(self) -> date:
        """Last day that a published notice covers, by the packages or the overlay, without a gap between them."""
        year = _packaged_through()
        while year + 1 in self._overlay:
            year += 1
        return date(year, 12, 31)

    def provisional(self, day: date) -> bool:
        """True when no notice covers this day's year yet: weekends and statutory holidays only, 暂按 in print."""
        return day > self.official_through and day.year not in self._overlay

    def is_working_day(self, day: date) -> bool:
        known = self._known.get(day)
        if known is None:
            known = self._known[day] = self._decide(day)
        return known

    def count(self, asked: date, replied: date) -> int:
        """Working days from the day after asking to the day of the reply, which counts; 0 for a reply on the same day.

        A reply before the question (a page's mistake) gives 0 too: it can be called late by nobody.
        """
        return sum(self.is_working_day(asked + _ONE * i) for i in range(1, (replied - asked).days + 1))

    def spell(self, asked: date, replied: date) -> list[SpelledDay]:
        """The count day by day, the day of asking first with number 0: what an appeal asks for."""
        rows: list[SpelledDay] = [{"day": asked.isoformat(), "working": self.is_working_day(asked), "n": 0}]
        n = 0
        for i in range(1, (replied - asked).days + 1):
            day = asked + _ONE * i
            working = self.is_working_day(day)
            n += working
            rows.append({"day": day.isoformat(), "working": working, "n": n})
        return rows

    def nth_after(self, day: date, n: int) -> date:
        """The n-th working day after `day`, whatever day that is (n ≥ 1): the last day on which an answer is in time."""
        if n < 1:
            raise ValueError(f"n must be at least 1, not {n}")
        while n:
            day += _ONE
            n -= self.is_working_day(day)
        return day

    def _decide(self, day: date) -> bool:
        if day in self._work:
            return True
        if day in self._off:
            return False
        if day.year in self._overlay:
            return day.weekday() < 5
        return _library_says(day)


@lru_cache(maxsize=1)
def _packaged_through() -> int:
    import chinese_calendar

    return int(max(day.year for day in chinese_calendar.holidays))


@lru_cache(maxsize=64)
def _library(year: int) -> object:
    import holidays

    # The neighbouring years too: the notice for 2019 makes 2018-12-29 a working Saturday.
    return holidays.country_holidays("CN", years=(year - 1, year, year + 1))


def _library_says(day: date) -> bool:
    import holidays

    calendar = _library(day.year)
    assert isinstance(calendar, holidays.HolidayBase)
    return bool(calendar.is_working_day(day))
