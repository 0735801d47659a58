"""Dates as pages print them → ISO days. An impossible day, a two-digit year or a guess gives null, never a date.

Only what is printed is read: which date of a page is its publish date is decided by `extract`, never here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone

from govcrawl.text.normalise import even, fold

CHINA = timezone(timedelta(hours=8))

_NUMERALS = {
    "〇": 0,
    "○": 0,
    "零": 0,
    "Ｏ": 0,
    "O": 0,
    "o": 0,
    "一": 1,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "元": 1,
}
_SEPARATED = r"(?P<y>(?:19|20)[0-9]{2}) *(?P<s>[-/.]) *(?P<m>0?[1-9]|1[0-2]) *(?P=s) *(?P<d>3[01]|[12][0-9]|0?[1-9])(?![0-9]|(?P=s)(?!(?:19|20)[0-9]{2}[-/.])[0-9])"
"""matches "2026-11-05", "2020- 09- 30", "2026.11.5"; not "2026.11.5.3" (a version), not "2026-11/05"."""
_WORDED = r"(?P<wy>(?:19|20)[0-9]{2}) *年 *(?P<wm>0?[1-9]|1[0-2]) *月 *(?P<wd>3[01]|[12][0-9]|0?[1-9])(?: *[日号]|(?= +[0-2]?[0-9]:)|(?![0-9])(?= *(?:[^\u4e00-\u9fff 0-9.%]|$)))"
"""matches "2026年11月5日" and "2026年11月5" at an end; not "2026年11月5次会议"."""
_NUMERAL = r"(?P<cy>[一二][〇○零OoＯ一二三四五六七八九]{3}) *年 *(?P<cm>十[一二]?|[一二三四五六七八九]|元) *月 *(?P<cd>(?:二|三)?十[一二三四五六七八九]?|廿[一二三四五六七八九]?|[一二三四五六七八九])[日号]"
"""matches "二〇二六年十一月五日"; not "二十六年"."""
_COMPACT = r"(?P<ky>(?:19|20)[0-9]{2})(?P<km>0[1-9]|1[0-2])(?P<kd>0[1-9]|[12][0-9]|3[01])(?![0-9])"
"""matches "20230619"; not "202306191" (part of a longer number)."""
_DAY = re.compile(rf"(?<![0-9])(?:{_SEPARATED}|{_WORDED}|{_COMPACT})|{_NUMERAL}")
_SHORT = re.compile(
    r"[\[(【<〔]? *(?P<m>0?[1-9]|1[0-2]) *(?:[-/.]|月) *(?P<d>3[01]|[12][0-9]|0?[1-9]) *[日号]? *[\])】>〕]?(?: +[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?)?"
)
"""fullmatch of "11-05", "[11-05]", "11月5日", "11-05 10:30"; not "2026-11-05", not "13-05"."""
_CLOCK = re.compile(
    r"^(?: *(?:T|星期[一二三四五六日天]|周[一二三四五六日天]|\(?星期[一二三四五六日天]\)?))? *(?P<half>上午|下午|晚上|中午|凌晨|AM|PM)? *"
    r"(?P<h>[01]?[0-9]|2[0-3])(?: *: *(?P<i>[0-5][0-9])(?: *: *(?P<s>[0-5][0-9])(?:\.[0-9]{1,9})?)?| *[时点] *(?:(?P<ci>[0-5]?[0-9]) *分)?(?: *(?P<cs>[0-5]?[0-9]) *秒)?)"
    r"(?P<zone>Z|[+-][01][0-9]:?[0-5][0-9])?"
)
"""matches " 10:30:05", "T18:00:00Z", " 下午3时05分" after a date; not " 25:00"."""
_CST = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?P<b>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) (?P<d>[0-9]{1,2}) [0-9:]{8} (?:CST|GMT\+08:00) (?P<y>(?:19|20)[0-9]{2})"
)
"""Java's default print, seen on boards: matches "Thu Nov 05 10:00:00 CST 2026", not "Nov 05 2026"."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_AGO = re.compile(r"^(?P<n>[0-9]{1,3}|[一二三四五六七八九十两几]+) *(?P<unit>秒钟?|分钟?|个?小时|天|日|周|个?星期|个?月) *(?:之?前|以前)$")
"""matches "3小时前", not "3小时内"."""


def parse_day(text: str) -> str | None:
    """First possible date of a short text, as ISO day (`2026年11月5日 10:30` → `2026-11-05`); null when there is none."""
    for value, _, _ in _days(text):
        return value
    return None


def find_days(text: str) -> list[tuple[str, int, int]]:
    """Every full date of a text as (ISO day, start, end), offsets in `text`; impossible days (2月30日) are left out."""
    return list(_days(text))


def parse_short(text: str, not_after: str) -> str | None:
    """Month and day without a year (`11-05`, `[11月5日]`) → that day in the latest year not after `not_after` (ISO day).

    The whole text must be the date: `11-05` inside anything longer is no date. A list cell in the form MM-DD shows the
    last twelve months in practice; who knows the year better (path, page date) must prefer that.
    """
    found = _SHORT.fullmatch(fold(text).strip())
    if not found:
        return None
    limit = date.fromisoformat(not_after)
    for year in range(limit.year, limit.year - 9, -1):
        value = _valid(year, int(found["m"]), int(found["d"]))
        if value and value <= not_after:
            return value
    return None


def parse_moment(text: str) -> str | None:
    """A date with its time where one is printed: ISO day, or `YYYY-MM-DDTHH:MM:SS+08:00` (zones are turned into China time)."""
    plain = even(text)
    for value, _, end in _days(text):
        clock = _CLOCK.match(plain[end:])
        return _with_clock(value, clock) if clock else value
    return None


def from_epoch(value: int | float | str) -> str | None:
    """Seconds or milliseconds since 1970 as list endpoints give them (`1762747210000`) → China day; null outside 1995–2099."""
    try:
        seconds = float(value)
    except ValueError:
        return None
    if seconds > 1e11:
        seconds /= 1000
    if not 788_918_400 <= seconds < 4_102_444_800:
        return None
    return datetime.fromtimestamp(seconds, CHINA).date().isoformat()


def parse_relative(text: str, today: str) -> str | None:
    """今天, 昨天, 前天, 刚刚, `3小时前`, `2天前`, `1个月前` → ISO day, counted from `today` (the day of the fetch).

    Hours are taken as today: the hour of the fetch is not known, and the newer day accuses nobody. `几天前` gives null.
    """
    words = fold(text).replace(" ", "")
    base = date.fromisoformat(today)
    fixed = {"今天": 0, "今日": 0, "刚刚": 0, "刚才": 0, "昨天": 1, "昨日": 1, "前天": 2}
    head = words[:2]
    if head in fixed and (len(words) == 2 or re.fullmatch(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?", words[2:])):
        return (base - timedelta(days=fixed[head])).isoformat()
    ago = _AGO.match(words)
    if not ago:
        return None
    count = int(ago["n"]) if ago["n"].isdigit() else _numeral({"两": "二"}.get(ago["n"], ago["n"]))
    if count is None:
        return None
    unit = ago["unit"]
    if unit.endswith("月"):
        return months_before(today, count)
    days = {"天": count, "日": count, "周": 7 * count, "星期": 7 * count, "个星期": 7 * count}.get(unit, 0)
    return (base - timedelta(days=days)).isoformat()


def months_before(day: str, months: int) -> str:
    """`day` less n calendar months, clipped to the month's end (`2026-08-31` less 6 → `2026-02-28`)."""
    start = date.fromisoformat(day)
    year, month = divmod(start.year * 12 + start.month - 1 - months, 12)
    for last in (start.day, 30, 29, 28):
        value = _valid(year, month + 1, min(start.day, last))
        if value:
            return value
    raise ValueError(day)


def days_between(earlier: str, later: str) -> int:
    """Days from one ISO day to another; negative when `later` lies before."""
    return (date.fromisoformat(later) - date.fromisoformat(earlier)).days


def _days(text: str) -> Iterator[tuple[str, int, int]]:
    plain = even(text)
    last = -1
    for found in _DAY.finditer(plain):
        start, end = found.span()
        # "0523-2026-11-05" is a code with a date-like tail; "2026.11.01-2026.11.05" is a range and the second date stands.
        joined = start >= 2 and plain[start - 1] in "-./" and plain[start - 2].isdigit() and start - 1 != last
        value = None if joined else _of(found)
        if value:
            yield value, start, end
            last = end
    for found in _CST.finditer(plain):
        value = _valid(int(found["y"]), _MONTHS.index(found["b"]) + 1, int(found["d"]))
        if value:
            yield value, found.start(), found.end()


def _of(found: re.Match[str]) -> str | None:
    for prefix in ("", "w", "k"):
        if found[prefix + "y"]:
            return _valid(int(found[prefix + "y"]), int(found[prefix + "m"]), int(found[prefix + "d"]))
    year = int("".join(str(_NUMERALS[c]) for c in found["cy"]))
    month, day = _numeral(found["cm"]), _numeral(found["cd"])
    return _valid(year, month, day) if 1900 <= year < 2100 and month and day else None


def _numeral(text: str) -> int | None:
    """Chinese number up to 99: `十一` → 11, `廿五` → 25, `二十` → 20; null for anything else."""
    text = text.replace("廿", "二十")
    if "十" not in text:
        return _NUMERALS.get(text)
    tens, _, ones = text.partition("十")
    if (tens and tens not in _NUMERALS) or (ones and ones not in _NUMERALS):
        return None
    return (_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0)


def _valid(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _with_clock(day: str, clock: re.Match[str]) -> str:
    hour = int(clock["h"])
    if clock["half"] in ("下午", "晚上", "PM") and hour < 12:
        hour += 12
    minute, second = int(clock["i"] or clock["ci"] or 0), int(clock["s"] or clock["cs"] or 0)
    moment = datetime.fromisoformat(day).replace(hour=hour, minute=minute, second=second, tzinfo=CHINA)
    if clock["zone"]:
        zone = clock["zone"].replace("Z", "+00:00").replace(":", "")
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5])) * (-1 if zone[0] == "-" else 1)
        moment = moment.replace(tzinfo=timezone(offset)).astimezone(CHINA)
    return moment.isoformat(timespec="seconds")
