"""Working days: 国庆, make-up Saturdays, counts that start on a day off, and the years no notice covers yet."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from govcrawl.text.working_days import WorkCalendar, YearNotice

CALENDAR = WorkCalendar()


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "working"),
    [
        ("2026-11-16", True),
        ("2026-11-21", False),
        ("2026-11-22", False),
        ("2026-10-01", False),
        ("2026-10-07", False),
        ("2026-10-08", True),
        ("2026-10-10", True),
        ("2026-02-14", True),
        ("2026-09-20", True),
        ("2026-02-16", False),
        ("2023-05-06", True),
        ("2018-12-29", True),
        ("2018-12-31", False),
        ("2020-01-31", False),
    ],
)
def test_one_day(text: str, working: bool) -> None:
    assert CALENDAR.is_working_day(day(text)) is working


@pytest.mark.parametrize(
    ("asked", "replied", "n"),
    [
        ("2026-11-16", "2026-11-16", 0),
        ("2026-11-16", "2026-11-17", 1),
        ("2026-11-16", "2026-11-23", 5),
        ("2026-11-16", "2026-11-24", 6),
        ("2026-11-21", "2026-11-27", 5),
        ("2026-11-22", "2026-11-27", 5),
        ("2026-11-20", "2026-11-22", 0),
        ("2026-09-30", "2026-10-10", 3),
        ("2026-10-01", "2026-10-13", 5),
        ("2026-11-16", "2026-11-13", 0),
    ],
)
def test_days_are_counted_from_the_day_after_asking_and_the_reply_counts(asked: str, replied: str, n: int) -> None:
    assert CALENDAR.count(day(asked), day(replied)) == n
    assert CALENDAR.spell(day(asked), day(replied))[-1]["n"] == n


@pytest.mark.parametrize(
    ("start", "n", "last"),
    [
        ("2026-11-21", 5, "2026-11-27"),
        ("2026-10-01", 5, "2026-10-13"),
        ("2026-09-19", 5, "2026-09-24"),
        ("2026-11-16", 5, "2026-11-23"),
        ("2026-11-20", 1, "2026-11-23"),
        ("2026-10-09", 1, "2026-10-10"),
    ],
)
def test_the_last_day_in_time(start: str, n: int, last: str) -> None:
    assert CALENDAR.nth_after(day(start), n) == day(last)
    assert CALENDAR.count(day(start), day(last)) == n


def test_no_working_day_zero() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        CALENDAR.nth_after(day("2026-11-16"), 0)


def test_a_count_is_spelt_out_day_by_day() -> None:
    assert CALENDAR.spell(day("2026-10-09"), day("2026-10-12")) == [
        {"day": "2026-10-09", "working": True, "n": 0},
        {"day": "2026-10-10", "working": True, "n": 1},
        {"day": "2026-10-11", "working": False, "n": 1},
        {"day": "2026-10-12", "working": True, "n": 2},
    ]


def test_beyond_the_last_notice_days_are_provisional() -> None:
    last = CALENDAR.official_through
    assert (last.month, last.day) == (12, 31)
    assert not CALENDAR.provisional(last)
    assert CALENDAR.provisional(last + timedelta(days=1))
    assert not CALENDAR.is_working_day(date(last.year + 1, 10, 1))


def test_an_overlay_makes_the_next_year_official() -> None:
    year = CALENDAR.official_through.year + 1
    off, work = date(year, 1, 4), date(year, 1, 9)
    added = WorkCalendar({year: YearNotice(off=frozenset({off}), work=frozenset({work}), source="通知")})
    assert added.official_through == date(year, 12, 31)
    assert not added.is_working_day(off)
    assert added.is_working_day(work)
    assert not added.provisional(off)
    assert added.is_working_day(date(year, 3, 1)) is (date(year, 3, 1).weekday() < 5)


def test_a_year_after_a_gap_stays_provisional_for_the_gap() -> None:
    year = CALENDAR.official_through.year
    added = WorkCalendar({year + 2: YearNotice(off=frozenset(), work=frozenset(), source="通知")})
    assert added.official_through == CALENDAR.official_through
    assert added.provisional(date(year + 1, 6, 1))
    assert not added.provisional(date(year + 2, 6, 1))


@pytest.mark.parametrize("year", range(2018, 2027))
def test_every_day_of_the_published_notices(shared: Path, year: int) -> None:
    days = json.loads((shared / "real" / "holidays" / f"{year}.json").read_text(encoding="utf-8"))["days"]
    assert len(days) > 20
    wrong = [d["date"] for d in days if CALENDAR.is_working_day(day(d["date"])) is d["isOffDay"]]
    assert wrong == []
