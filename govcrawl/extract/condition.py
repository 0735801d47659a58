"""The condition a column or page says it is in: under maintenance, archived, under construction, without content or letters."""

from __future__ import annotations

import re
from functools import lru_cache

from govcrawl import rulebook
from govcrawl.page.document import Page
from govcrawl.text import dates, normalise

_SHORT = 600
_OVER_HINT = re.compile(r"结束|归档|历史专题|停止更新|不再更新")
"""A quick look before the lines are read: matches "已归档", not "专题"."""


@lru_cache(maxsize=8)
def _pattern(key: str) -> re.Pattern[str]:
    words = sorted((normalise.label(word) for word in rulebook.labels("marks")[key]), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))


def maintenance(page: Page) -> dict[str, str | None] | None:
    """{`text`, `date`} of a maintenance notice that stands for the page's content; `date` null where it bears none."""
    text = page.visible_text("body")
    if len(text) > _SHORT:
        return None
    pattern = _pattern("maintenance")
    if not pattern.search(normalise.label(text)):
        return None
    for line in text.split("\n"):
        if pattern.search(normalise.label(line)):
            day = dates.parse_day(line) or dates.parse_day(text)
            return {"text": normalise.squeeze(line)[:200], "date": day}
    return None


def archived(page: Page, names: list[str]) -> bool:
    """A topic that says it is over: in its name, its place, or a line of its own."""
    if any(_pattern("archived").search(normalise.label(name)) for name in names if name):
        return True
    text = page.visible_text("body")
    if not _OVER_HINT.search(text):
        return False
    lines = [line for line in text.split("\n")[:60] if len(line) <= 60]
    return any(
        re.search(
            r"(?:本|该)?(?:专题|栏目|活动|专栏)(?:已(?:经)?(?:结束|归档|停止更新)|停止更新|不再更新)|已归档|历史专题|停止更新",
            normalise.label(line),
        )
        for line in lines
    )


_NOTHING_NEW = re.compile(r"(?:本年度|本年|今年|本季度|本月|期间|以来|目前|暂|至今).{0,12}(?:无|没有|未)")
"""Matches "截至2026年11月2日，本年度无新增征收土地信息", not "无障碍浏览"."""


def nothing_new(page: Page) -> dict[str, str] | None:
    """{`text`, `date`}: a dated note on a column that nothing of its kind has happened since (event-driven columns are then in order)."""
    for line in page.visible_text("body").split("\n")[:80]:
        if 8 <= len(line) <= 160 and _NOTHING_NEW.search(line):
            days = [day for day, _, _ in dates.find_days(line)]
            if days:
                return {"text": normalise.squeeze(line), "date": max(days)}
    return None


def blank_words(page: Page) -> str | None:
    """建设中, 暂无内容 and the like, where hardly anything else is shown."""
    text = page.visible_text("body")
    if len(text) > _SHORT:
        return None
    construction, blank = _pattern("construction"), _pattern("blank")
    whole = normalise.label(text)
    if not construction.search(whole) and not blank.search(whole):
        return None
    for line in text.split("\n"):
        word = normalise.label(line)
        if len(line) <= 60 and (construction.search(word) or blank.search(word)):
            return normalise.squeeze(line)
    return None
