"""Publish date in the text of a list row: which of its dates it is, and what a date without a year means."""

from __future__ import annotations

import re
from functools import lru_cache

from govcrawl.extract import dates as page_dates
from govcrawl.text import dates, normalise

_CLOSING = re.compile(
    r"截止|结束|征集时间|起止|有效期|开始|会议时间|活动时间|访谈时间|直播时间|至\s*$|成文|生成|印发|实施|施行|签发|开标|报名|答复|回复|办结"
)
"""Words right before a date that is no publish date: matches "截止时间：", not "发布时间："."""
_RANGE = re.compile(r"\s*(?:至|到|—|--|~|～|起)\s*\d|\s*起")
"""What follows the first day of a period: matches "至2026-11-30", not " 10:30"."""
_RANGE_END = re.compile(r"\d[日号]?\s*(?:至|到|—+|--|~|～)\s*$")
"""What stands before its last day: matches "2026-10-20~", not "2026年第3期 "."""
_CLOCK = re.compile(r"\s*(?:T|星期.|周.|\(?星期.\)?)?\s*\d{1,2}\s*[:：时]\s*\d{1,2}(?:\s*[:：分]\s*\d{0,2}(?:\.\d+)?)?\s*秒?")
"""The time after a date: matches " 10:30:05", not " 2026"."""
_SPLIT = re.compile(
    r"(?<![\d/.\-])(?P<d>0?[1-9]|[12]\d|3[01])\s*[日号]?\s+(?P<y>(?:19|20)\d{2})\s*[-年./]\s*(?P<m>0?[1-9]|1[0-2])(?![\d]|\s*[-./]\s*\d)\s*月?"
    r"|(?<!\d)(?P<y2>(?:19|20)\d{2})\s*[-年./]\s*(?P<m2>0?[1-9]|1[0-2])\s*月?\s+(?P<d2>0?[1-9]|[12]\d|3[01])(?![\d\-./:])\s*[日号]?"
    r"|(?<![\d\-/.])(?P<m3>0?[1-9]|1[0-2])\s*[-/.月]\s*(?P<d3>0?[1-9]|[12]\d|3[01])\s*[日号]?\s+(?P<y3>(?:19|20)\d{2})(?!\d|\s*[-/.])"
    r"|(?<!\d)(?P<y4>(?:19|20)\d{2})\s*年?\s+(?P<m4>0?[1-9]|1[0-2])\s*[-/.月]\s*(?P<d4>0?[1-9]|[12]\d|3[01])(?!\d|[-/.:])"
    r"|(?<![\d/.\-])(?P<d5>0?[1-9]|[12]\d|3[01])\s*[日号]?\s+(?P<m5>0?[1-9]|1[0-2])\s*月\s+(?P<y5>(?:19|20)\d{2})(?!\d)"
)
"""A date split in two or three elements: matches "21 2024年02月", "2026-11 05", "11-05 2026", "2026年 11-05", "05 11月 2026"; not "2026-11-05"."""
_GLUED = re.compile(
    r"(?<!\d)(?P<d>0?[1-9]|[12]\d|3[01])(?P<y>(?:19|20)\d{2})[-./年](?P<m>0?[1-9]|1[0-2])(?!\d|[-./]\d)"
    r"|(?<!\d)(?P<y2>(?:19|20)\d{2})[-./年](?P<m2>0[1-9]|1[0-2])月?(?P<d2>0[1-9]|[12]\d|3[01])(?!\d|[-./:日号])"
    r"|(?<!\d)(?P<m3>0[1-9]|1[0-2])[-./月](?P<d3>0[1-9]|[12]\d|3[01])日?(?P<y3>(?:19|20)\d{2})(?!\d|[-./]\d)"
)
"""A date in two neighbouring inline elements, `<b>12</b><i>2026.11</i>`: matches "122026.11", "2026-1112" and "11-052026", not "2026-11-12"."""
_ENGLISH = re.compile(
    r"(?P<d>\d{1,2})?\s*(?P<b>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\s*(?P<d2>\d{1,2}(?!\d))?,?\s*(?P<y>20\d{2})"
)
"""Matches "05 Nov 2026" and "05 Nov,2026", not "May flowers"."""
_MONTHS = {name: at for at, name in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1)}
_TWO_DIGITS = re.compile(
    r"^\W*(?P<a>\d{2})\s*(?P<s>[-/.])\s*(?P<b>\d{1,2})\s*(?P=s)\s*(?P<c>\d{1,2})(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?\W*$", re.M
)
"""A date with a year of two digits, alone in its piece: matches "[26-11-05]" and "26/11/5", not "2026-11-05" nor "1.2.3"."""
_SHORT = re.compile(
    r"(?<![\d\-/.年:：〔\[(（])[\[(（【]? *(?:0?[1-9]|1[0-2])\s*[-/.月]\s*(?:0?[1-9]|[12]\d|3[01])\s*[日号]?\s*[\])）】]?(?![\d\-/.:：%]|\s*[-/.]\s*\d)"
)
"""A date without a year in a row: matches "[11-05]" and "11月5日", not "2026-11-05" nor "1-10%"."""
_LABELLED_SHORT = re.compile(r"(?:时间|日期)\s*:\s*(?P<d>(?:0?[1-9]|1[0-2])[-/.月](?:3[01]|[12]\d|0?[1-9])日?)(?![\d\-/.])")
"""A date without a year behind its label: matches "日期:11-05", not "时间:10:30"."""
_DAY_FIRST = re.compile(
    r"^(?P<d>0?[1-9]|[12]\d|3[01])[日号]?\s*\n\s*(?:(?P<m>0?[1-9]|1[0-2])\s*月|(?P<b>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?)$",
    re.M,
)
"""Day over month, each in an element of its own, without a year: matches "05\\n11月" and "05\\nNov", not "05 11"."""
_SAYS_PUBLISHED = re.compile(r"(?:发布|发文|公开|上网)(?:日期|时间)")
"""Matches in "发布日期：2026-10-29", not in "成文日期：2026-10-22"."""
_MAY_DATE = re.compile(r"[0-9０-９]|[今昨前]天|[今昨]日|刚刚|半小时|[一二][〇○零]")
"""A quick look before the long patterns: matches "11-05" and "昨天", not "查看"."""
_RELATIVE = re.compile(
    r"^\W*(?P<w>(?:今天|今日|昨天|昨日|前天|刚刚|刚才|半小时前|\d{1,3}\s*(?:秒钟?|分钟|个?小时|天|个月|周)之?前))(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?\W*$",
    re.M,
)
"""Relative words alone in their piece: matches "3小时前" and "昨天 10:20", not "提前3小时" nor "昨天，县政府召开会议"."""
_HEADER_DATE = re.compile(r"(?:发布|发文|公开|上网|更新)?(?:日期|时间)$")
"""A table header over publish dates: matches "发布日期" and "时间", not "成文日期的要求"."""
_HEADER_OTHER = re.compile(r"成文|生成|截止|结束|开始|办结|答复|回复|来信|留言|提交|受理|实施|施行|有效|失效|废止|印发")
"""A table header over other dates: matches "成文日期", not "发布日期"."""
_BESIDE = 24
"""Characters that may stand beside a date in its piece (来源：县政府办 …); what says more is a summary, whose dates are the story's."""
_LEAST_AGE = 3
"""Years that lie between the two readings of "11/01/26" before either can be believed."""


def row_date(rest: str, url: str, today: str) -> tuple[str, str] | None:
    """Publish date in the text of a row without its title, one piece a line: (ISO day, as printed).

    A labelled date first, then one that stands by itself (a summary's dates are the story's), then one split in two or three elements,
    then a year of two digits, then month and day (year by the address, else the latest not after `today`), then relative words. A date
    behind 截止, 结束, 开始, 成文 … is none, nor is a period.
    """
    text = rest.strip()
    if not text or not _MAY_DATE.search(text):
        return None
    full = _full_date(text)
    if full:
        return full
    plain = "\n".join(map(normalise.fold, text.split("\n")))
    return _split_date(plain) or _two_digit_year(plain, today) or _short_date(plain, url, today)


def _full_date(text: str) -> tuple[str, str] | None:
    best: tuple[str, str] | None = None
    for value, start, end in dates.find_days(text):
        before = text[max(0, start - 12) : start]
        kind = page_dates.label_kind(before)
        if _CLOSING.search(before) or kind == "other" or _RANGE.match(text, end) or _RANGE_END.search(before):
            continue
        if kind == "published":
            return value, text[start:end]
        if best is None and _by_itself(text, start, end):
            best = value, text[start:end]
    return best


def labelled(rest: str) -> tuple[str, str] | None:
    """A full date that a row labels as its publish date ("发布日期：2026-10-29"), whatever column of dates stands beside it."""
    if not _SAYS_PUBLISHED.search(rest):
        return None
    for value, start, end in dates.find_days(rest):
        if page_dates.label_kind(rest[max(0, start - 12) : start]) == "published" and not _RANGE.match(rest, end):
            return value, rest[start:end]
    return None


def _by_itself(text: str, start: int, end: int) -> bool:
    """A date set apart from words: alone in its piece or nearly so, or between blanks; "2026年10月1日，县政府召开…" is none."""
    clock = _CLOCK.match(text, end)
    end = clock.end() if clock else end
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    before, after = text[line_start:start].strip(), text[end : line_end if line_end >= 0 else len(text)].strip()
    if after[:1] in "，,、。；;" and after:
        return False
    if len(before) + len(after) <= _BESIDE:
        return True
    return (start == line_start or text[start - 1] in " \u3000\xa0[(（【|") and (not after or text[end] in " \u3000\xa0])）】|")


def _split_date(plain: str) -> tuple[str, str] | None:
    split = _SPLIT.search(plain)
    if split:
        for suffix in ("", "2", "3", "4", "5"):
            if split[f"y{suffix}"]:
                day = _iso(split[f"y{suffix}"], split[f"m{suffix}"], split[f"d{suffix}"])
                if day:
                    return day, normalise.squeeze(split[0])
    glued = _GLUED.search(plain)
    if glued:
        for suffix in ("", "2", "3"):
            if glued[f"y{suffix}"]:
                day = _iso(glued[f"y{suffix}"], glued[f"m{suffix}"], glued[f"d{suffix}"])
                if day:
                    return day, normalise.squeeze(glued[0])
    english = _ENGLISH.search(plain)
    if english and (english["d"] or english["d2"]):
        day = _iso(english["y"], str(_MONTHS[english["b"]]), english["d"] or english["d2"])
        if day:
            return day, english[0].strip()
    return None


def _iso(year: str, month: str, day: str) -> str | None:
    return dates.parse_day(f"{int(year):04d}-{int(month):02d}-{int(day):02d}")


def _two_digit_year(plain: str, today: str) -> tuple[str, str] | None:
    """`26-11-05` and its kin, year first. Null where month/day/year would give a day much nearer to `today` ("11/01/26"), or in the future."""
    for found in _TWO_DIGITS.finditer(plain):
        if _CLOSING.search(plain[max(0, found.start() - 8) : found.start()]):
            continue
        a, b, c = found["a"], found["b"], found["c"]
        value = _iso(f"20{a}", b, c)
        if value is None or value > today:
            continue
        others = [_iso(f"20{c}", *pair) for pair in ((a, b), (b, a))] if len(c) == 2 else []
        if any(day and day <= today and int(day[:4]) - int(value[:4]) >= _LEAST_AGE for day in others):
            return None
        return value, found[0].strip()
    return None


def _short_date(plain: str, url: str, today: str) -> tuple[str, str] | None:
    labelled = _LABELLED_SHORT.search(plain)
    if labelled and page_dates.label_kind(plain[: labelled.start("d")]) == "published":
        value = _with_year(labelled["d"], url, today)
        if value:
            return value, labelled["d"]
    for found in _SHORT.finditer(plain):
        if _CLOSING.search(plain[max(0, found.start() - 8) : found.start()]):
            continue
        # A month-day stands alone in its piece: "11-05" beside the title, never "第3-5条".
        piece_start = plain.rfind("\n", 0, found.start()) + 1
        piece_end = plain.find("\n", found.end())
        clock = _CLOCK.match(plain, found.end())
        after = plain[clock.end() if clock else found.end() : piece_end if piece_end >= 0 else len(plain)]
        around = plain[piece_start : found.start()] + after
        if len(around.strip()) > 12 or after[:1] in "，、" and after:
            continue
        value = _with_year(found[0], url, today)
        if value:
            return value, found[0].strip()
    day_first = _DAY_FIRST.search(plain)
    if day_first:
        month = day_first["m"] or str(_MONTHS[day_first["b"]])
        value = _with_year(f"{month}-{day_first['d']}", url, today)
        if value:
            return value, normalise.squeeze(day_first[0])
    relative = _RELATIVE.search(plain)
    if relative:
        word = normalise.compact(relative["w"])
        value = today if word == "半小时前" else dates.parse_relative(word, today)
        if value:
            return value, relative["w"]
    return None


def _with_year(short: str, url: str, today: str) -> str | None:
    """Year of a month-day: the address may say it (`/202310/…`, `/art/2023/10/9/`), else the latest that is not in the future."""
    month = page_dates.path_month(url)
    value = dates.parse_short(re.sub(r"^[\[(（【]\s*|\s*[\])）】]$", "", short.strip()), today)
    if value and month and month[5:] == value[5:7]:
        return f"{month[:4]}{value[4:]}"
    return value


_DATE_PIECE = re.compile(
    r"[\s\[\](){}|]*(?:(?:19|20)?\d{2}|\d)?\s*(?:[-/.年月日号:\s]|\d{1,4}|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|,)*[\s\[\](){}|]*"
)
"""The whole of a piece that may be (part of) a date: "05", "2026-11", "[11-05]", "Nov,2026", "11月"; not "第3次会议"."""


def may_be_piece(text: str) -> bool:
    """Whether a piece of a link's words consists of digits and what dates are set with."""
    plain = normalise.fold(text).replace("【", "[").replace("】", "]")
    return 1 <= len(plain) <= 24 and any(c.isdigit() or c.isascii() and c.isalpha() for c in plain) and bool(_DATE_PIECE.fullmatch(plain))


_EDGE = r"(?:(?:19|20)\d{2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{1,2}|\d{1,2}\s*[-/]\s*\d{1,2})(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?"
_WORDED = r"(?:(?:19|20)\d{2}\s*年\s*)?\d{1,2}\s*月\s*\d{1,2}\s*日"
_AT_END = re.compile(rf"^(?P<t>.*\S)(?:\s*[\[【(（]\s*(?P<d>{_EDGE})\s*[\])）】]|\s*[\[【]\s*(?P<w>{_WORDED})\s*[\]】]|\s+(?P<b>{_EDGE}))$")
_AT_START = re.compile(
    rf"^(?:[\[【(（]\s*(?P<d>{_EDGE})\s*[\])）】]\s*|[\[【]\s*(?P<w>{_WORDED})\s*[\]】]\s*|(?P<b>{_EDGE})\s+)(?P<t>\S.*)$"
)
"""A date at an edge of the link's own words: matches that of "关于…的通知[2026-11-05]" and "2026-11-05 关于…"; not "价格监测（2026年11月5日）",
which is the title's own."""


@lru_cache(maxsize=4096)
def at_edge(words: str, url: str, today: str) -> tuple[str, str, str] | None:
    """(title, ISO day, as printed) of a link's words that carry their date at the end or the beginning."""
    for pattern in (_AT_END, _AT_START):
        found = pattern.match(words)
        if found is None:
            continue
        raw = found["d"] or found["w"] or found["b"]
        day = dates.parse_day(raw) or _with_year(re.sub(r"\s+\d{1,2}:\d{2}.*$", "", raw), url, today)
        if day and len(found["t"]) >= 4:
            return found["t"], day, raw
    return None


@lru_cache(maxsize=512)
def header_kind(text: str) -> str | None:
    """`date` (publish dates), `made` (生成日期: when the CMS made the entry, shown as the date of directories without another), `other`, None."""
    word = normalise.label(text)
    if word in ("生成日期", "生成时间"):
        return "made"
    if _HEADER_OTHER.search(word):
        return "other" if _HEADER_DATE.search(word) else None
    return "date" if _HEADER_DATE.search(word) and len(word) <= 8 else None
