"""Title of a page's content: what the page and its `<title>` agree on, before what either says alone.

Order: the site's own file; `ArticleTitle` if the page shows it; a heading or a line above the text that stands in `<title>` too; the first
heading; a heading or line of a page whose `<title>` is only the site's or column's name; `ArticleTitle` unseen; `<title>` less the site's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lxml import etree

from govcrawl.text import normalise

if TYPE_CHECKING:
    from govcrawl.page.document import Page

Element = etree._Element

_H1 = etree.XPath("//h1")
_LESSER = ("h2", "h3", "h4", "strong", "b", "font", "center", "big")
_SUFFIX = re.compile(r"\s*(?:[-_|—–·]|--|>>|»|\s/\s)+\s*")
"""Splits "关于…的通知_清和县人民政府" and "通知 - 清和县人民政府", not "“十四五”规划"."""
_SITE = re.compile(r"(?:门户|网站?|人民政府|政府|委员会|管委会|平台|官网|[局厅委办院])$")
"""What `<title>` says where it names the site only: matches "古涟县公众信息网" and "清和县人民政府", not "关于停水的通知"."""
_UNNAMED = re.compile(r"new page|untitled|document$|无标题|未命名|新建网页|网页标题", re.I)
"""What editors put into `<title>`: matches "New Page 1" and "无标题文档", not "文档"."""
_NO_TITLE = re.compile(
    r"[>＞»]|^[\u4e00-\u9fff]{1,20}[〔\[【(（﹝](?:19|20)\d{2}[〕\]】)）﹞]第?\d+号$|^[\u4e00-\u9fff]{1,8}(?: [\u4e00-\u9fff]{1,8}){2,}$|来源|时间|日期|作者|浏览|点击|字号|分享|打印|位置|首页|^[\d年月日时分 \-:：/.]+$|(?:19|20)\d{2}[-年/.]\d{1,2}[-月/.]\d"
)
"""Lines above a text that are no title: matches "发布时间：2026-01-05", "清政发〔2026〕3号" and "经济管理 考察 函" (主题词); not "关于开展检查的通知"."""
_SUBTITLE = re.compile(r"^\s*(?:[—－―–-]{1,4}|[(（].{2,60}[)）]$)")
"""A line of a heading that is its subtitle: matches "——清和县三季度经济观察" and "（2026年11月5日县政府常务会议通过）", not "的通知"."""
_CUT = re.compile(r"^(.{8,}?)(?:…|\.{2,})")
"""What a shortened `<title>` says before its dots: matches in "清和县人民政府关于印发清和县…", not in "通知"."""
_TITLE_NAME = re.compile(r"(?:^|[\s_-])(?:title|tit|biaoti|bt)(?:$|\s)", re.I)
"""Matches "wrapper_deatil_title" and "news-tit"; not "subtitle" nor "title-list"."""
_TOP_LINES = 8
"""Lines at the beginning of the main text that may hold the title."""
_SHOWN_LINES = 40


def find(page: Page) -> tuple[str | None, str, Element | None]:
    """(title, where it was read: site, meta, heading, line, head, none; element that bears it, null where it is a tag's or the head's)."""
    own = page.site_spec
    for el in page.select(own.titles) if own is not None else ():
        if text := page.line_of(el):
            return text, "site", el
    head = page.head_title or ""
    meta = page.meta.get("articletitle", "")
    known = normalise.compact(head)
    if meta and "\ufffd" not in meta and meta not in (page.meta.get("columnname"), page.meta.get("sitename")):
        wanted = normalise.compact(meta)
        if wanted in known or wanted in normalise.compact(page.visible_text("body")):
            return meta, "meta", None
    headings = list(_headings(page))
    short = page.short_title
    for el, text in headings:
        agreed = _agreed(text, known, short)
        if agreed:
            return agreed, "heading", el
    lines = _lines(page)
    line = _line_in_head(page, lines, known)
    if line:
        return line, "line", page.find_text(line)
    if headings:
        el, text = headings[0]
        return _without_subtitle(text), "heading", el
    if _says_nothing(page, short, lines):
        lesser = _lesser_heading(page, lines) or _named(page) or _line_above(page)
        if lesser:
            return lesser, "line", page.find_text(lesser)
    if meta:
        return meta, "meta", None
    return short, "head" if short else "none", None


def short(head: str | None, site: str) -> str | None:
    """`<title>` without the site's and column's names behind or before it."""
    if not head:
        return None
    if site and head.startswith((f"{site} ", f"{site}\u3000")):
        head = head[len(site) :].strip()  # 清和县人民政府门户网站 依申请公开
    parts = [part for part in _SUFFIX.split(head) if part and part != site] or [head]
    if len(parts) > 1 and _SITE.search(parts[0]) and not _SITE.search(parts[-1]) and len(parts[-1]) > 4:
        return parts[-1]  # 清和县人民政府 - 关于停水的通知
    return parts[0]


def _headings(page: Page) -> Iterator[tuple[Element, str]]:
    """h1 elements and those named as title, outside header and footer: (element, its lines)."""
    site = normalise.fold(page.meta.get("sitename", ""))
    elements: list[Element] = [*_H1(page.tree), *page.regions.titles]
    for el in elements:
        if page.region_of(el) in ("header", "footer", "nav", "aside"):
            continue
        text = page.text_of(el)
        line = normalise.squeeze(text)
        if 4 <= len(line) <= 200 and normalise.fold(line) != site and len(el.findall(".//a")) <= 1:
            yield el, text


def _agreed(text: str, head: str, short: str | None) -> str | None:
    """As much of a heading as `<title>` says too: all of it, or its lines less the subtitle, or what stands before a date in it."""
    lines = text.split("\n")
    whole = _joined(lines)
    if normalise.compact(whole) in head:
        return whole
    for end in range(len(lines) - 1, 0, -1):
        part = _joined(lines[:end])
        if len(part) >= 6 and normalise.compact(part) in head:
            return part
    if (
        short
        and len(short) >= 6
        and normalise.compact(whole).startswith(normalise.compact(short))
        and re.match(r"\W*\d", whole[len(short) :])
    ):
        return short  # <h1>关于停水的通知<span>2026-11-05</span></h1>
    return None


def _without_subtitle(text: str) -> str:
    lines = text.split("\n")
    while len(lines) > 1 and _SUBTITLE.match(lines[-1]):
        lines.pop()
    return _joined(lines)


def _joined(lines: list[str]) -> str:
    """Lines of one heading in one: without a blank between Chinese letters ("…召开秋冬季" + "森林防火会议")."""
    out = ""
    for line in lines:
        out += (" " if out and (out[-1].isascii() or line[:1].isascii()) else "") + line
    return normalise.squeeze(out)


def _lines(page: Page) -> list[str]:
    """Lines in which a title may stand: above the main text and at its beginning."""
    main = page.body_element
    if main is None or main is page.body_tree:
        return page.visible_text("body").split("\n", _SHOWN_LINES)[:_SHOWN_LINES]
    return page.visible_text("lead").split("\n")[-_SHOWN_LINES:] + page.visible_text("main").split("\n", _TOP_LINES)[:_TOP_LINES]


def _line_in_head(page: Page, lines: list[str], head: str) -> str | None:
    """The line that `<title>` repeats; a title broken into two lines is one. Best the one that `<title>` begins with, else the longest."""
    if not head:
        return None
    site = normalise.compact(page.meta.get("sitename", ""))
    cut = _CUT.match(head)
    if cut:  # `<title>` ends in dots: the line that begins so is the title
        whole = next(
            (line for line in lines if len(line) <= 200 and normalise.compact(line).startswith(cut[1]) and len(line) > len(cut[1])), None
        )
        if whole:
            return whole
    found: list[tuple[bool, int, str]] = []
    at = 0
    while at < len(lines):
        plain = normalise.compact(lines[at]) if 4 <= len(lines[at]) <= 200 else ""
        if not plain or plain == site or plain not in head or _NO_TITLE.search(lines[at]):
            at += 1
            continue
        text = lines[at]
        while at + 1 < len(lines) and len(lines[at + 1]) <= 100 and (longer := plain + normalise.compact(lines[at + 1])) in head:
            at, plain, text = at + 1, longer, text + lines[at + 1]
        found.append((head.startswith(plain), len(plain), text))
        at += 1
    best = max(found, default=None, key=lambda row: row[:2])
    if best is None or (best[1] < 6 and not best[0]) or (not best[0] and _SITE.search(best[2])):
        return None
    return best[2]


def _says_nothing(page: Page, shown: str | None, lines: list[str]) -> bool:
    """`<title>` names the site or column only: it is not shown above the text, but in the frame of the page, or looks like such a name."""
    if not shown:
        return True
    plain = normalise.compact(shown)
    if any(normalise.compact(line) == plain for line in lines if len(line) <= len(shown) + 8):
        return False
    if len(shown) <= 6 or _SITE.search(shown) or _UNNAMED.match(shown) or "\ufffd" in shown:
        return True
    return shown in page.visible_text("footer") + page.visible_text("header") + page.visible_text("nav")


def _named(page: Page) -> str | None:
    """The one element of the body that calls itself a title in a name of its own making (`wrapper_deatil_title`); null where several do."""
    found = [
        text
        for el in page.body_tree.iter("div", "p", "span", "td")
        if _TITLE_NAME.search(el.get("class") or "") and page.region_of(el) == "body" and el.find(".//a") is None
        if 6 <= len(text := normalise.squeeze(page.text_of(el))) <= 120 and not _NO_TITLE.search(text)
    ]
    return found[0] if len(found) == 1 else None


def _lesser_heading(page: Page, lines: list[str]) -> str | None:
    """A heading of a lower order, or words set bold or large, outside links, above the text or as one of its first two lines."""
    crumbs = set(page.regions.crumbs)
    main = page.body_element
    whole = main is None or main is page.body_tree
    above = lines if whole else [*page.visible_text("lead").split("\n"), *page.visible_text("main").split("\n", 2)[:2]]
    plain = [normalise.compact(line) for line in above]
    top = {*plain, *(one + two for one, two in zip(plain, plain[1:], strict=False))}
    for el in page.body_tree.iter(*_LESSER):
        if (
            page.region_of(el) != "body"
            or el.find(".//a") is not None
            or any(up.tag in ("a", "li") or up in crumbs for up in el.iterancestors())
        ):
            continue
        text = page.line_of(el)
        if (
            6 <= len(text) <= 100
            and normalise.compact(text) in top
            and not _NO_TITLE.search(text)
            and not _SITE.search(text)
            and text[-1] not in "：:，。；"
        ):
            return text
        if len(text) > 100:
            return None
    return None


def _line_above(page: Page) -> str | None:
    """The last long line before the text."""
    if page.body_element is None:
        return None
    for line in reversed(page.visible_text("lead").split("\n")[-8:]):
        if 8 <= len(line) <= 100 and not _NO_TITLE.search(line):
            return line
    return None
