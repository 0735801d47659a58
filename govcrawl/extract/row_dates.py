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
_SPLIT = re.compile(
    r"(?<![\d/.\-])(?P<d>0?[1-9]|[12]\d|3[01])\s*[日号]?\s+(?P<y>(?:19|20)\d{2})\s*[-年./]\s*(?P<m>0?[1-9]|1[0-2])(?![\d]|\s*[-./]\s*\d)\s*月?"
    r"|(?<!\d)(?P<y2>(?:19|20)\d{2})\s*[-年./]\s*(?P<m2>0?[1-9]|1[0-2])\s*月?\s+(?P<d2>0?[1-9]|[12]\d|3[01])(?![\d\-./:])\s*[日号]?"
    r"|(?<![\d\-/.])(?P<m3>0?[1-9]|1[0-2])\s*[-/.月]\s*(?P<d3>0?[1-9]|[12]\d|3[01])\s*[日号]?\s+(?P<y3>(?:19|20)\d{2})(?!\d|\s*[-年/.])"
    r"|(?<!\d)(?P<y4>(?:19|20)\d{2})\s+(?P<m4>0?[1-9]|1[0-2])\s*[-/.月]\s*(?P<d4>0?[1-9]|[12]\d|3[01])(?!\d|[-/.:])"
)
"""A date split in two elements: matches "21 2024年02月", "2026-11 05", "11-05 2026", not "2026-11-05"."""
_GLUED = re.compile(
    r"(?<!\d)(?P<d>0?[1-9]|[12]\d|3[01])(?P<y>(?:19|20)\d{2})[-./年](?P<m>0?[1-9]|1[0-2])(?!\d|[-./]\d)"
    r"|(?<!\d)(?P<y2>(?:19|20)\d{2})[-./年](?P<m2>0[1-9]|1[0-2])月?(?P<d2>0[1-9]|[12]\d|3[01])(?!\d|[-./:])"
)
"""A date in two neighbouring inline elements, `<b>12</b><i>2026.11</i>`: matches "122026.11" and "2026-1112", not "2026-11-12"."""
_ENGLISH = re.compile(
    r"(?P<d>\d{1,2})?\s*(?P<b>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\s*(?P<d2>\d{1,2})?,?\s+(?P<y>20\d{2})"
)
"""Matches "05 Nov 2026", not "May flowers"."""
_MONTHS = {name: at for at, name in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1)}
_SHORT = re.compile(
    r"(?<![\d\-/.年:：〔\[(（])[\[(（【]?\s*(?:0?[1-9]|1[0-2])\s*[-/.月]\s*(?:0?[1-9]|[12]\d|3[01])\s*[日号]?\s*[\])）】]?(?![\d\-/.:：%]|\s*[-/.]\s*\d)"
)
"""A date without a year in a row: matches "[11-05]" and "11月5日", not "2026-11-05" nor "1-10%"."""
_MAY_DATE = re.compile(r"[0-9０-９]|[今昨前]天|[今昨]日|刚刚|[一二][〇○零]")
"""A quick look before the long patterns: matches "11-05" and "昨天", not "查看"."""
_RELATIVE = re.compile(r"今天|今日|昨天|昨日|前天|刚刚|\d{1,3}\s*(?:秒|分钟|小时|天|个月|周)前")
"""Matches "3小时前", not "提前3小时"."""
_HEADER_DATE = re.compile(r"(?:发布|发文|公开|上网|更新)?(?:日期|时间)$")
"""A table header over publish dates: matches "发布日期" and "时间", not "成文日期的要求"."""
_HEADER_OTHER = re.compile(r"成文|生成|截止|结束|开始|办结|答复|回复|来信|留言|提交|受理|实施|施行|有效|失效|废止|印发")
"""A table header over other dates: matches "成文日期", not "发布日期"."""


def row_date(rest: str, url: str, today: str) -> tuple[str, str] | None:
    """Publish date in the text of a row without its title: (ISO day, as printed).

    Full date first, then one split in two elements, then month and day (year by the address, else the latest not after `today`), then
    relative words. A date behind 截止, 结束, 开始, 成文 … is none.
    """
    text = rest.strip()
    if not text or not _MAY_DATE.search(text):
        return None
    choices: list[tuple[str, str, bool]] = []
    for value, start, end in dates.find_days(text):
        before = text[max(0, start - 12) : start]
        if _CLOSING.search(before) or page_dates.label_kind(before) == "other":
            continue
        choices.append((value, text[start:end], page_dates.label_kind(before) == "published"))
    for value, raw, labelled in choices:
        if labelled:
            return value, raw
    if choices:
        return choices[0][0], choices[0][1]
    plain = normalise.fold(text)
    split = _SPLIT.search(plain)
    if split:
        for suffix in ("", "2", "3", "4"):
            if split[f"y{suffix}"]:
                day = _iso(split[f"y{suffix}"], split[f"m{suffix}"], split[f"d{suffix}"])
                if day:
                    return day, normalise.squeeze(split[0])
    glued = _GLUED.search(plain)
    if glued:
        day = _iso(glued["y"], glued["m"], glued["d"]) if glued["y"] else _iso(glued["y2"], glued["m2"], glued["d2"])
        if day:
            return day, normalise.squeeze(glued[0])
    english = _ENGLISH.search(plain)
    if english and (english["d"] or english["d2"]):
        day = _iso(english["y"], str(_MONTHS[english["b"]]), english["d"] or english["d2"])
        if day:
            return day, english[0].strip()
    return _short_date(plain, url, today)


def _iso(year: str, month: str, day: str) -> str | None:
    return dates.parse_day(f"{int(year):04d}-{int(month):02d}-{int(day):02d}")


def _short_date(plain: str, url: str, today: str) -> tuple[str, str] | None:
    for found in _SHORT.finditer(plain):
        if _CLOSING.search(plain[max(0, found.start() - 8) : found.start()]):
            continue
        # A month-day stands alone in its piece: "11-05" beside the title, never "第3-5条".
        piece_start = plain.rfind("\n", 0, found.start()) + 1
        piece_end = plain.find("\n", found.end())
        around = plain[piece_start : found.start()] + plain[found.end() : piece_end if piece_end >= 0 else len(plain)]
        if len(around.strip()) > 12:
            continue
        value = _with_year(found[0], url, today)
        if value:
            return value, found[0].strip()
    relative = _RELATIVE.search(plain)
    if relative:
        value = dates.parse_relative(relative[0], today)
        if value:
            return value, relative[0]
    return None


def _with_year(short: str, url: str, today: str) -> str | None:
    """Year of a month-day: the address may say it (`/202310/…`, `/art/2023/10/9/`), else the latest that is not in the future."""
    month = page_dates.path_month(url)
    value = dates.parse_short(re.sub(r"^[\[(（【]\s*|\s*[\])）】]$", "", short.strip()), today)
    if value and month and month[5:] == value[5:7]:
        return f"{month[:4]}{value[4:]}"
    return value


@lru_cache(maxsize=512)
def header_kind(text: str) -> str | None:
    word = normalise.label(text)
    if _HEADER_OTHER.search(word):
        return "other" if _HEADER_DATE.search(word) else None
    return "date" if _HEADER_DATE.search(word) and len(word) <= 8 else None
