"""Whether a page is one item: text, a notice of a line, files or a video under a title of its own, beside whatever lists."""

from __future__ import annotations

import re
from dataclasses import dataclass

from govcrawl.extract import columns, condition
from govcrawl.extract import dates as page_dates
from govcrawl.model.facts import Context, ListBlock
from govcrawl.page import body_text
from govcrawl.page.document import Page
from govcrawl.text import normalise

DOCUMENT_TITLE = re.compile(r"^关于.{4,}|(?:的|》)(?:通知|公告|通告|公示|意见|决定|批复|函|方案|办法|细则|规定|答复|说明|启事|声明)$")
"""Matches "关于今晚停水的通知" and "清河县人民政府关于…的意见", not "通知公告" nor "关于我们"."""


@dataclass(slots=True, frozen=True)
class Signs:
    """What the decision looks at."""

    page: Page
    context: Context
    title: str
    column_type: str
    blocks: list[ListBlock]
    dated: int
    """Dated rows of the body's best list."""
    titled: int
    """Its rows with a title of eight characters or more."""
    rows: int
    """Rows of the longest body list."""
    plain: int
    """Characters of the main text outside links."""
    media: int
    """Pictures, videos and files in the main text."""
    has_pager: bool


_STOP = re.compile(r"[\u4e00-\u9fff\d）)”》][。；！]")
"""Matches the end of a sentence, "……十一个乡镇。"; not "首页 > 概况"."""
_COUNTED = re.compile(r"共\s*\d+\s*(?:条|页|篇)|第\s*\d+\s*/?\s*\d*\s*页")
"""What an empty list says of itself: matches "共 0 条信息 第 1/1 页", not "共建共享"."""
_SOURCE = re.compile(r"(?:来\s*源|信息来源|文章来源|作\s*者|浏览(?:次数|量)?|点击(?:次数|数|率)?|阅读(?:次数|量)?|访问(?:次数|量))\s*[:：]")
_PUBLISHED = re.compile(r"(?:发布|发表|录入|更新|添加)?(?:时间|日期)\s*[:：]\s*(?:19|20)\d{2}")
"""Together the info line of an article: "发布日期：2026年11月5日　来源：县政府办"; a list's only row bears no source."""


def is_prose(signs: Signs) -> bool:
    """Text and no rows: 概况, 机构职能 and other single pages, be they ever so short. The words of an empty list are no text."""
    page = signs.page
    shown = page.main_text if signs.plain >= 30 else page.visible_text("body")
    return bool(_STOP.search(shown)) and not _COUNTED.search(shown) and condition.blank_words(page) is None


def is_item(signs: Signs) -> bool:
    """An article with one link in it (its attachment, its document), whose info line made a dated row of that link."""
    lead = signs.page.visible_text("body")[:1500]
    return bool(_SOURCE.search(lead) and _PUBLISHED.search(lead))


def is_short_item(signs: Signs) -> bool:
    """An article whose content is a video, a picture or files, or that says little: a title of its own over an info line with its date."""
    page = signs.page
    if signs.dated >= 2 or signs.has_pager or page.meta.get("columnname") and not page.meta.get("articletitle"):
        return False
    title = signs.title
    if len(title) < 8 or page.title_source == "head" or columns.type_of(title) in _PLAIN_COLUMNS and not DOCUMENT_TITLE.search(title):
        return False
    if page_dates.visible(page, title) is None:
        return False
    return signs.titled < 3 or bool(page.meta.get("articletitle"))


_AFTER_TITLE = 5
"""Lines below a title among which its info line stands."""


def is_titled_item(signs: Signs) -> bool:
    """An article of a few lines beside a long list of other news: its title, which `<title>` says too and no column bears, and its info line
    right below, before any row of a list."""
    page = signs.page
    title = normalise.compact(signs.title)
    if (
        len(title) < 4
        or signs.plain < 8
        and not signs.media
        or columns.is_named(signs.title)
        or page.title_source not in ("heading", "line", "meta", "site")
    ):
        return False
    if page.meta.get("columnname") and not page.meta.get("articletitle"):
        return False
    agreed = title in normalise.compact(page.head_title or "")
    lines = page.visible_text("body").split("\n")
    at = body_text.end_of_title(lines[:60], title)
    if at is None or any(normalise.compact(e.title) == title for block in signs.blocks for e in block.entries):
        return False
    rows = {normalise.compact(e.title) for block in signs.blocks if block.region == "body" for e in block.entries}
    said = ""
    for part in lines[at : at + _AFTER_TITLE]:
        if normalise.compact(part) in rows:
            return False
        # "2025-10-15 08:50" and "来源：…" may be two lines of one info line
        line = f"{said} {part}" if len(said) + len(part) <= 120 else part
        said = line
        if len(line) <= 160 and (_PUBLISHED.search(line) or (_SOURCE.search(line) and (agreed or _ANY_DAY.search(line)))):
            return True
        if agreed and len(title) >= 8 and len(part) <= 30 and _ANY_DAY.search(part):
            return True
    return False


_ANY_DAY = re.compile(r"(?:19|20)\d{2}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}")
"""Matches "2026-11-05", not "2026年11月"."""
_PLAIN_COLUMNS = frozenset(("首页", "静态页面", "依申请公开", "网上信访", "纪检举报"))


def is_short_document(signs: Signs) -> bool:
    """A notice of one sentence ("今晚停水。"), or text that stands in the page without a container: no empty column.

    Told by a title that no column bears, or by the text that the body shows outside links.
    """
    if signs.rows:
        return False
    if len(signs.title) >= 20 or DOCUMENT_TITLE.search(signs.title):
        return True
    linked = sum(len(normalise.squeeze(Page.text_of(a))) for a in signs.page.body_tree.iter("a"))
    return len(normalise.squeeze(signs.page.visible_text("body"))) - linked >= 150


def is_standing(signs: Signs) -> bool:
    """A page of text under the name of a column (招商引资, 园区介绍) without any date: no news."""
    page = signs.page
    if signs.column_type not in ("其他", "专题专栏") and signs.column_type not in columns.STATIC:
        return False
    if len(signs.title) > 8 or DOCUMENT_TITLE.search(signs.title) or page.meta.get("articletitle") or page.meta.get("pubdate"):
        return False
    return (
        page_dates.path_month(page.url) is None
        and page_dates.visible(page, signs.title) is None
        and not _SOURCE.search(page.visible_text("body")[:600])
    )
