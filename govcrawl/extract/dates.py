"""When a page was published, as the page itself says, with the place each date was read from.

Only a labelled date or one in the info line counts as visible. Never: 成文日期 and kin, closing, event or reply days, 今天是…, dates of
the footer or the header, dates inside the main text. Source: 国办发〔2017〕47号 (发布时间), ecosystem notes on publication dates.
"""

from __future__ import annotations

import re
from functools import lru_cache

from govcrawl import rulebook
from govcrawl.model.facts import PageDate
from govcrawl.page.document import Page
from govcrawl.text import dates, normalise

_PATH_DAY = (
    re.compile(r"/art/((?:19|20)\d{2})/(\d{1,2})/(\d{1,2})/"),  # /art/2026/1/5/art_1.html, not /art/2026/list.html
    re.compile(r"[/_]t((?:19|20)\d{2})(\d{2})(\d{2})_\d"),  # t20260105_8837047.html, not t2026_1.html
    re.compile(r"/((?:19|20)\d{2})[-/]?(\d{2})[-/](\d{2})/"),  # /2026-01/05/content_1.htm, /202601/05/, not /2026/2605/
    re.compile(r"/((?:19|20)\d{2})-(\d{1,2})-(\d{1,2})/"),  # /2026-1-5/1.html
    re.compile(r"/((?:19|20)\d{2})(\d{2})(\d{2})(?:/|_\d|\d*\.s?html?)"),  # /20260105/1.html, not /2026010512.html … of 99 months
)
_PATH_MONTH = re.compile(r"/((?:19|20)\d{2})[-/]?(0[1-9]|1[0-2])(?:/|$)")
"""Matches "/202305/7215.shtml" and "/2023-05/", not "/20231/"."""
_SHORT_LINE = 260
_SIGNED_LINES = 5
"""Lines at the end of a text that may hold its signature; names of files may follow it."""
_UNDATED = frozenset(("home", "list", "board", "guide_list", "leaders", "search", "data", "error", "shield", "frame"))
"""Kinds of pages that have no publish date of their own."""
_YEAR = re.compile(r"[12１２][0-9０-９]{3}|[一二][〇○零OoＯ0]")
"""A quick look for a year: matches "2026" and "二〇二六", not "11-05"."""
_SPLIT_DAY = re.compile(r"^(\d{1,2})[日号]?$")
"""Matches "21" alone in a line, not "21-02"."""
_SPLIT_MONTH = re.compile(r"^((?:19|20)\d{2})\s*[年\-/.]\s*(\d{1,2})\s*月?$")
"""Matches "2024年02月" and "2024-02", not "2024-02-21"."""
_LABEL = re.compile(r"([\u4e00-\u9fff][\u4e00-\u9fff \u3000\u2002\u2003\xa0]{0,11})\s*[\]】）)]?\s*[：:]?\s*[\[【（(]?\s*$")
"""The label right before a date: matches "[ 发布 日期 ]：" and "时间：", not "2026"."""
_NOTE = re.compile(r"来源|作者|浏览|点击|阅读|访问量|字号|字体|打印|分享|编辑|信息提供|稿源|发布机构|发布单位|发布人")
"""What stands beside a bare date in an info line: matches "来源：清和县人民政府", not "关于印发"."""
_RELATED = re.compile(r"关联|相关|推荐|上一篇|下一篇|附件|解读")
"""What begins a list of other pages: matches "关联稿件：", not "来源：相关部门"."""


@lru_cache(maxsize=1)
def _labels() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    found = rulebook.labels("dates")
    return tuple(frozenset(map(normalise.label, found[name])) for name in ("published", "updated", "not_published"))  # type: ignore[return-value]


def label_kind(text: str) -> str | None:
    """`published`, `updated`, `other` (a date of another meaning) or None for the label that ends `text` before a date."""
    published, updated, other = _labels()
    found = _LABEL.search(text)
    word = normalise.label(found[1]) if found else normalise.label(text[-12:])
    for size in range(min(len(word), 10), 1, -1):
        tail = word[-size:]
        if tail in other:
            return "other"
        if tail in published:
            return "published"
        if tail in updated:
            return "updated"
    return None


def read(page: Page, title: str | None, kind: str) -> list[PageDate]:
    """Publish-date candidates of a page, best first: visible, meta, path; a guess where there is none of these."""
    out: list[PageDate] = []
    if kind in _UNDATED:
        return out
    shown = visible(page, title)
    if shown:
        out.append(shown)
    if kind == "message":  # PubDate of a letter is the day it was picked or the page regenerated: neither asked nor answered
        return out
    meta = meta_date(page)
    if meta:
        out.append(meta)
    found = path_date(page.url)
    if found:
        out.append(PageDate(value=found[0], raw=found[1], source="path", locator="url"))
    elif not out and (signed := _signed(page)):
        out.append(signed)
    return out


def _signed(page: Page) -> PageDate | None:
    """The day under a text, alone in its line (落款): when it was signed, and no more than a guess at when it was published."""
    for line in reversed(page.main_text.split("\n")[-_SIGNED_LINES:]):
        days = dates.find_days(line) if len(line) <= 24 else []
        if len(days) == 1 and not (line[: days[0][1]] + line[days[0][2] :]).strip(" \u3000日。"):
            return PageDate(value=days[0][0], raw=line, source="guess")
    return None


def meta_date(page: Page) -> PageDate | None:
    """`<meta name="PubDate">` (null, blank and unreadable ones give none)."""
    raw = page.meta.get("pubdate", "")
    value = dates.parse_day(raw) if raw else None
    return PageDate(value=value, raw=raw, source="meta", locator="//meta[@name='PubDate']/@content") if value else None


@lru_cache(maxsize=2048)
def path_date(url: str) -> tuple[str, str] | None:
    """Day that the CMS put into the address, with the piece it was read from: `/art/2026/1/5/…` → 2026-01-05."""
    for pattern in _PATH_DAY:
        found = pattern.search(url)
        if found:
            value = dates.parse_day(f"{found[1]}-{found[2]}-{found[3]}")
            if value:
                return value, found[0].strip("/_")
    return None


def path_month(url: str) -> str | None:
    """Month that the CMS put into the address: `/202305/7215.shtml` → `2023-05`."""
    day = path_date(url)
    if day:
        return day[0][:7]
    found = _PATH_MONTH.search(url)
    return f"{found[1]}-{found[2]}" if found else None


def visible(page: Page, title: str | None) -> PageDate | None:
    """The publish date that the page prints, if it does."""
    own = page.site_spec
    for named in page.select(own.dates) if own is not None else ():
        line = Page.line_of(named)
        if day := dates.parse_day(line):
            return PageDate(value=day, raw=line, source="visible", locator=page.xpath_of(named))
    lines = [line for line in page.info_line.split("\n") if line]
    has_body = page.body_element is not None and page.body_element is not page.body_tree
    if not has_body:
        lines += [line for line in page.visible_text("body").split("\n")[:80] if line]
    found = _in_lines(lines, title)
    if found is None and has_body:
        # The info line may stand inside the container (`content` around title, date and text) or right after the text.
        inner = page.visible_text("main").split("\n", 12)[:12]
        shown = normalise.compact(title) if title else ""
        at = next((n for n, line in enumerate(inner[:6]) if shown and normalise.compact(line) == shown), None)
        if at is not None and page.body_source != "container":
            found = _in_lines(inner[: at + 5], title)
        found = found or _in_lines(inner, title, strict=True) or _in_lines(page.visible_text("tail").split("\n")[:10], title, strict=True)
    if found is None:
        return None
    value, raw = found
    el = page.find_text(raw)
    return PageDate(value=value, raw=raw, source="visible", locator=page.xpath_of(el) if el is not None else "")


def _in_lines(lines: list[str], title: str | None, strict: bool = False) -> tuple[str, str] | None:
    """First date labelled as published; else (not `strict`) a bare one in an info line; else one labelled as updated."""
    bare: tuple[str, str] | None = None
    updated: tuple[str, str] | None = None
    shown = normalise.compact(title) if title else ""
    after_title = not shown
    title_at = -9
    for at, line in enumerate(lines):
        if shown and normalise.compact(line) == shown:
            after_title, title_at = True, at
        elif after_title and (
            _RELATED.match(line) or (len(line) > 14 and at != title_at + 1 and not _NOTE.search(line) and not dates.parse_day(line))
        ):
            after_title = False  # the rows of related links have dates of their own
        if len(line) > _SHORT_LINE:
            continue
        split = _split_date(lines, at)
        if (split or (split := _one_line(line))) and after_title and not strict:
            bare = bare or split
        if not _YEAR.search(line):
            continue
        for value, start, end in dates.find_days(line):
            before = line[:start]
            if not before.strip(" [【（(|") and at:
                before = lines[at - 1] if len(lines[at - 1]) <= 14 else ""  # label and value in two cells
            kind = label_kind(before)
            raw = line[start:end]
            if kind == "published":
                return value, raw
            if kind == "updated":
                updated = updated or (value, raw)
            elif (
                kind is None
                and not strict
                and bare is None
                and after_title
                and (_is_info(line, start, end, shown) or (shown and 0 < at - title_at <= 2 and _is_terse(line, start, end)))
            ):
                bare = (value, raw)
    return bare or updated


def _is_info(line: str, start: int, end: int, title: str) -> bool:
    """A bare date belongs to the info line: alone, with a time, or beside 来源 and the like; never inside the title or a related link's row."""
    rest = (line[:start] + line[end:]).strip(" \t[]【】()（）|")
    if title and title in normalise.compact(line):
        return False
    rest = re.sub(r"^\d{1,2}:\d{2}(?::\d{2})?$", "", rest)
    return not rest or bool(_NOTE.search(rest)) and len(rest) < 160


def _is_terse(line: str, start: int, end: int) -> bool:
    """Right below the title: a date and hardly more than whose news it is ("2026.11.06 | 县融媒体中心")."""
    before, after = line[:start].strip(" |｜丨/·"), re.sub(r"^\s*\d{1,2}:\d{2}(?::\d{2})?", "", line[end:]).strip(" |｜丨/·")
    return (not before or not after) and len(before) + len(after) <= 16 and not re.search(r"[，,。；;、：:（(《\d]", before + after)


_ONE_LINE = re.compile(
    r"(?P<d>\d{1,2})日?\s*(?P<y>(?:19|20)\d{2})\s*[-./年]\s*(?P<m>\d{1,2})月?|(?P<m2>\d{1,2})[-./月](?P<d2>\d{1,2})日?\s+(?P<y2>(?:19|20)\d{2})年?"
)
"""A date whose parts stand in neighbouring inline elements: the whole of "052026-11" (`<em>05</em><i>2026-11</i>`) or "11-05 2026"."""


def _one_line(line: str) -> tuple[str, str] | None:
    found = _ONE_LINE.fullmatch(line.strip()) if len(line) <= 16 else None
    if found is None:
        return None
    year, month, day = (found["y"], found["m"], found["d"]) if found["y"] else (found["y2"], found["m2"], found["d2"])
    value = dates.parse_day(f"{year}-{month}-{day}")
    return (value, line.strip()) if value else None


def _split_date(lines: list[str], at: int) -> tuple[str, str] | None:
    """A date in two elements, day and year with month in either order: "21" over "2024年02月"."""
    if at + 1 >= len(lines):
        return None
    for day, month in ((lines[at], lines[at + 1]), (lines[at + 1], lines[at])):
        one, two = _SPLIT_DAY.match(day), _SPLIT_MONTH.match(month)
        if one and two:
            value = dates.parse_day(f"{two[1]}-{two[2]}-{one[1]}")
            if value:
                return value, month
    return None
