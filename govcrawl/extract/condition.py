"""The condition a column or page says it is in: under maintenance, archived, under construction, without content or letters."""

from __future__ import annotations

import re
from functools import lru_cache

from govcrawl import rulebook
from govcrawl.model.facts import Link
from govcrawl.page import addresses
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


_NOTHING_HERE = re.compile(
    r"(?:暂时?|目前|现在|尚|还|本栏目|该栏目|此栏目|本频道|该频道|分类)(?:下)?(?:还|暂时?)?(?:没有|无|未有)(?:添加|发布)?(?:任何|相关|有关|可显示的?|符合条件的?|您要的)?(?:信息|内容|数据|记录|文章|稿件|资料|文件|新闻|公告)"
    r"|(?:信息|内容|数据|资料)(?:正在)?(?:整理|录入|完善|更新|建设|筹备)中(?!心)"
)
"""How an empty column says so: matches "暂时没有信息" and "该分类下还没有任何文章", not "没有找到与“暂住证”相关的信息"."""


def _says_empty(plain: str) -> bool:
    return bool(_pattern("construction").search(plain) or _pattern("blank").search(plain) or _NOTHING_HERE.search(plain))


def blank_words(page: Page) -> str | None:
    """建设中, 暂无内容 and the like, where hardly anything else is shown."""
    text = page.visible_text("body")
    if len(text) > _SHORT:
        return None
    whole = normalise.label(text)
    if not _says_empty(whole):
        return None
    for line in text.split("\n"):
        word = normalise.label(line)
        if len(line) <= 60 and _says_empty(word):
            return normalise.squeeze(line)
    return None


_CHROME = re.compile(
    r"共\s*\d*\s*[条页篇]\S*|第\s*\d*\s*/?\s*\d*\s*页|每页\s*\d*\s*条|当前\s*\d*\s*/?\s*\d*|\d+\s*/\s*\d+\s*页?|转到|跳转|首\s*页|上一?页|下一?页|尾\s*页|末\s*页|更多|返回|GO"
)
"""What an empty list still prints: matches "共 0 条", "第 1/1 页", "下一页"; not "共建共享"."""
_TEXT = 20
_CONTACT = re.compile(r"(?:电话|热线|传真|邮箱|地址|邮编)\s*[:：]?\s*[\w\u4e00-\u9fff(（]|\d{3,4}\s*-\s*\d{5,8}|\w@\w+\.\w")
"""A column that says how to reach someone says something: matches "举报电话：0430-12388", not "联系我们"."""
_DECOR = re.compile(r"(?:^|[_-])(?:icon?|dot|arrow|line|bg|banner|logo|title?|more|btn|button|blank|space|point)[\w-]*\.\w+$|\.gif$", re.I)
"""Pictures that decorate: matches "/images/dot.gif", not "/2026/zzjg.jpg"."""
_FRAMES = ("iframe", "embed", "object", "video", "audio")


def shows(page: Page, links: list[Link], crumbs: set[str]) -> str | None:
    """What a page without a list shows all the same: frame, picture, file, link, form, text; null where hardly anything stands there.

    A table of telephone numbers, an organisation chart, one PDF or a query form make no blank column.
    """
    for el in page.body_tree.iter(*_FRAMES, "img", "select", "textarea"):
        if page.region_of(el) != "body":
            continue
        if el.tag in _FRAMES:
            if el.get("src") or el.get("data") or len(el):
                return "frame"
        elif el.tag != "img":
            return "form"
        elif (src := el.get("src") or el.get("data-src") or "") and not _DECOR.search(src.rpartition("/")[2]):
            return "picture"
    own = [
        link
        for link in links
        if link.tag == "a" and link.region == "body" and link.url and link.url not in crumbs and not (link.hidden or link.control)
    ]
    if (
        any(len(link.text) >= 6 or addresses.host(link.url) != addresses.host(page.url) for link in own)
        or sum(1 for link in own if len(link.text) >= 2 and not _CHROME.fullmatch(link.text)) >= 2
    ):
        return "link"
    words = page.visible_text("body")
    if _CONTACT.search(words):
        return "text"
    for crumb in page.regions.crumbs:
        words = words.replace(Page.line_of(crumb), "")
    for name in (page.title, page.short_title, page.meta.get("columnname")):
        words = words.replace(name, "") if name else words
    return "text" if len(normalise.compact(_CHROME.sub("", words))) >= _TEXT else None
