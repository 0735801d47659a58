"""How old the newest item of a column may be: the limit of its type, as a window in days or a yearly day.

Sources: 国办秘函〔2019〕19号 (14 days; 6 months; 1 and 2 months); 2015 普查 yardstick (1 year); 政府信息公开条例 §49–50 (年报), 预算法 §14, §52
(预决算), 国办函〔2018〕12号 (网站年度报表).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from govcrawl.checks.columns import facet, name_of
from govcrawl.model.site_facts import ColumnFacts
from govcrawl.text import dates, normalise

OTHER = "其他"
BOARD = "咨询建言"
_WINDOW = re.compile(r"^(\d{1,3})(d|m)$")
"""Matches "14d" and "6m", not "6 months"."""


@dataclass(slots=True, frozen=True)
class Limit:
    """What a column is held to on one day."""

    text: str
    """In print: `2周`, `6个月`, `1年`."""
    days: int | None = None
    """Window in days before `as_of`; null on yearly types."""
    since: str | None = None
    """Yearly types: the newest date must not lie before this day."""
    review: bool = False
    """Event-driven: a person must say whether there was anything to publish."""

    def stale(self, newest: str, as_of: date) -> bool:
        if self.since is not None:
            return newest < self.since
        return age(newest, as_of) > (self.days or 0)

    def earliest(self, as_of: date) -> str:
        """The oldest newest date that is not stale."""
        return self.since if self.since is not None else (as_of - timedelta(days=self.days or 0)).isoformat()


def age(day: str, as_of: date) -> int:
    return (as_of - date.fromisoformat(day)).days


def window_days(window: str, as_of: date) -> int:
    """Length of `14d` or `6m` before `as_of`; n calendar months are clipped to the month's end (08-31 less 6 months = 02-28).

    Raises:
        ValueError: another spelling.
    """
    read = _WINDOW.match(window)
    if read is None:
        raise ValueError(f"window {window!r}: expected 14d or 6m")
    count = int(read[1])
    if read[2] == "d":
        return count
    today = as_of.isoformat()
    return dates.days_between(dates.months_before(today, count), today)


def window_text(window: str) -> str:
    """`14d` → 2周, `10d` → 10天, `6m` → 6个月, `12m` → 1年."""
    count, unit = int(window[:-1]), window[-1]
    if unit == "d":
        return f"{count // 7}周" if count % 7 == 0 else f"{count}天"
    return f"{count // 12}年" if count % 12 == 0 else f"{count}个月"


def limit_of(c: ColumnFacts, param: Callable[[str], Any], as_of: date) -> Limit | None:
    """The limit of a column, or null where its type has none (static types, archived topics, single-page columns)."""
    record = c.record
    kind, name = record.type, normalise.label(name_of(record))
    windows = param("windows")
    if kind in param("no_limit") or record.state in ("static", "archived") or is_single_page(c, named_in(c, windows)):
        return None
    for day, names in param("yearly_names").items():
        if any(word in name for word in names):
            return yearly(str(day), int(param("grace_days")), as_of)
    if kind in param("yearly"):
        return yearly(str(param("yearly")[kind]), int(param("grace_days")), as_of)
    window = str(windows.get(facet(record)) or windows.get(kind) or windows[OTHER])
    review = kind in param("review_types") or any(word in name for word in param("event_words"))
    return Limit(text=window_text(window), days=window_days(window, as_of), review=review)


def named_in(c: ColumnFacts, windows: Mapping[str, Any]) -> bool:
    """Whether the pack gives the column's type a window of its own (and not that of all other columns)."""
    return c.record.type != OTHER and (facet(c.record) in windows or c.record.type in windows)


def is_single_page(c: ColumnFacts, named: bool) -> bool:
    """A column that is one page and no list. One lone item makes a list only of a type that must have news; boards are no pages."""
    if c.record.type == BOARD or c.children or len(c.entries) > 1 or c.record.items > 1:
        return False
    return not (named and c.page is not None and c.page.kind == "list")


def yearly(due: str, grace_days: int, as_of: date) -> Limit:
    """`03-31`: once that day and the days of grace have passed, something of this year must be there; until then, of last year."""
    month, day = (int(part) for part in due.split("-"))
    passed = as_of > date(as_of.year, month, day) + timedelta(days=grace_days)
    year = as_of.year if passed else as_of.year - 1
    return Limit(text=f"每年{month}月{day}日前公布的期限", since=f"{year}-01-01")
