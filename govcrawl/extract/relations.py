"""Links between a document and its interpretations, in both directions.

Accepted (indicator 解读关联): a block that says so (相关解读, 政策原文, 关联稿件 …), a labelled row, or a link whose words name the other's
title. Not: columns and lists of navigation and side bars, which hold other documents' interpretations.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from govcrawl.extract import nodes, onclick, places, rows, script_links
from govcrawl.extract.labelled import Pair, Vocabulary
from govcrawl.extract.nodes import Element
from govcrawl.extract.rows import Anchor
from govcrawl.page.document import Page
from govcrawl.text import doc_number

EXPLAINING = re.compile(r"解读|图解|一图|图说|读懂|看懂|答记者问|发布会|问答|明白纸|动漫|政策说明")
"""Matches `【图解】清河县…`, `《…》答记者问`; not `关于…的通知`."""
_DOCUMENT_END = re.compile(
    r"(?:通知|意见|办法|方案|规定|决定|条例|细则|规划|公告|通告|批复|措施|规则|标准|指引|目录|计划|令)(?:[》〉]|[(（][^()（）]{1,30}[)）])*$"
)
"""Matches the end of `…管理办法（试行）》`; not `…工作会议`."""
_ORIGINAL = re.compile(r"原文|原文件|政策文件|文件链接|文件全文|点击查看文件|查看文件")
"""Matches `点击查看政策原文`; not `查看更多`."""
_COLUMN_NAMES = frozenset(
    {
        "政策解读",
        "解读",
        "图解",
        "文字解读",
        "图文解读",
        "视频解读",
        "专家解读",
        "部门解读",
        "解读回应",
        "政策图解",
        "更多",
        "政策文件",
        "相关解读",
    }
)
_READING_BUTTON = re.compile(
    r"^[【\[]?(?:点击|查看|点击查看|相关)?(?:政策|文件|文字|图文|图片|图表|视频|音频|专家|部门|动漫|H5|媒体|负责人)?(?:解读|图解)(?:材料|稿|全文|详情)?[】\]]?[\s>＞»…]*$"
)
"""A button to the interpretation: matches `文字解读`, `查看解读>>`; not `《…办法》解读`. A column may bear the same words: the address decides."""
_ORIGINAL_BUTTON = re.compile(r"^[【\[]?(?:点击|查看|点击查看|相关)?(?:政策文件|文件|原文)[】\]]?[\s>＞»…]*$")
"""Matches `政策文件>>`; not `政策文件库`."""
_ARTICLE_ADDRESS = re.compile(
    r"/t\d{8}_\d+\.|/art_\d+_\d+\.|/(?:content|post|article|detail)[_/]\d{3,}|/20\d{2}-?\d{2}(?:-?\d{2})?/[^/]*\d[^/]*\.s?html?$|/[0-9a-f]{24,32}\.s?html?$|/info/\d+/\d+\.|[?&](?:id|docid|articleid|infoid)=\w+",
    re.I,
)
"""One article's address, not a column's: matches `/zcjd/202611/t20261106_2.html`, `/info/1013/2254.htm`; not `/zcjd/index.html`, `/col/col12/index.html`."""
_MOST_BUTTONS = 8
_MOST = 8
_BLOCK_KEYS = frozenset({"documents", "interpretations", "related"})
_HEADING_TAGS = ("h2", "h3", "h4", "h5", "h6", "div", "p", "span", "strong", "b", "dt", "td", "th", "li", "label", "font", "em", "i", "a")


def interpretations(page: Page, title: str, block: list[Pair]) -> list[str]:
    """Addresses of the interpretations this document's page links to."""
    scripted = [url for words, url in script_links.pairs(page) if EXPLAINING.search(words) and rows.related(words, title)]
    if EXPLAINING.search(page.visible_text("body")) is None and b"title=" not in page.markup and b"alt=" not in page.markup:
        return rows.distinct(scripted)
    found = [a.url for pair in block if pair.key == "interpretations" for a in _labelled(page, pair)]
    for name, links in blocks(page):
        if name == "interpretations":
            found += [a.url for a in links if a.words not in _COLUMN_NAMES or len(links) <= 3]
        elif name == "related":
            found += [a.url for a in links if EXPLAINING.search(a.words) and a.words not in _COLUMN_NAMES]
    found += [a.url for a in _own_links(page, lambda words: EXPLAINING.search(words) is not None and rows.related(words, title))]
    return rows.distinct(found + _buttons(page, _READING_BUTTON) + scripted)


def documents(page: Page, title: str) -> list[str]:
    """Addresses of the documents this interpretation's page links to."""
    found: list[str] = []
    for name, links in blocks(page):
        if name == "documents":
            found += [a.url for a in links if a.words not in _COLUMN_NAMES]
        elif name == "related":
            found += [a.url for a in links if _names_document(a.words) and rows.related(a.words, title)]
            found += [a.url for a in links if len(links) <= 3 and _names_document(a.words)]
    found += [a.url for a in _own_links(page, lambda words: _leads_to_document(words, title))]
    found += [url for words, url in script_links.pairs(page) if _names_document(words) and rows.related(words, title)]
    return rows.distinct(found + _buttons(page, _ORIGINAL_BUTTON))


def _buttons(page: Page, words: re.Pattern[str]) -> list[str]:
    """Articles behind links that say only what they are (`文字解读`, `政策文件`); none where so many stand that they are a menu."""
    found = [
        a
        for a in _own_links(page, lambda shown: words.match(shown) is not None)
        if _ARTICLE_ADDRESS.search(a.url) and not _in_menu(a.element)
    ]
    return [a.url for a in found] if len(found) <= _MOST_BUTTONS else []


def _leads_to_document(words: str, title: str) -> bool:
    """Do a link's words alone say that it leads to the document this title interprets?"""
    if _ORIGINAL.search(words) and words not in _COLUMN_NAMES and len(words) <= 30:
        return True
    if EXPLAINING.search(words):
        return False
    numbers = doc_number.find(words) if "号" in words else []
    if any(number.raw in title for number in numbers):
        return True
    return (bool(numbers) or _names_document(words)) and rows.related(words, title)


def _names_document(words: str) -> bool:
    return not EXPLAINING.search(words) and (_DOCUMENT_END.search(words) is not None or ("号" in words and bool(doc_number.find(words))))


def _in_menu(link: Element) -> bool:
    return any(up.tag in ("nav", "header", "footer") for up in link.iterancestors())


def _labelled(page: Page, pair: Pair) -> list[Anchor]:
    links = [a for a in rows.anchors(page, list(pair.elements)) if page.region_of(a.element) not in rows.OUTER]
    if _previews_column(links):
        return []
    if pair.how == "line":
        return [a for a in links if EXPLAINING.search(a.words)] or (links if len(links) <= 3 else [])
    return [a for a in links if a.words not in _COLUMN_NAMES or len(links) <= 3]


def _previews_column(links: list[Anchor]) -> bool:
    """A block that offers more of its kind, or holds many links, previews a column."""
    return len(links) > _MOST or any(a.words.strip("[]【】> 》»+").lower() in ("更多", "more", "查看更多") for a in links)


def _own_links(page: Page, wanted: Callable[[str], bool]) -> list[Anchor]:
    """Links of the page's content whose words are wanted; not those of header, navigation, footer and side columns."""
    found = []
    for link in page.body_tree.iter("a"):
        href = link.get("href")
        if not href or len(href) < 3 or href.startswith(("#", "javascript:")):
            href = onclick.target(link) if link.get("onclick") else None
        if not href:
            continue
        words = nodes.text(link) if len(link) else " ".join((link.text or "").split())
        if len(words) < 4:
            words = (link.get("title") or "").strip() or words or rows.words_of(link)
        if len(words) < 4 or not wanted(words) or page.region_of(link) in rows.OUTER:
            continue
        url = page.canonical(href)
        if url is not None and url != page.url:
            found.append(Anchor(url, words, link))
    return found


def blocks(page: Page) -> list[tuple[str, list[Anchor]]]:
    """(documents | interpretations | related, links) of every titled block of links in the page's content.

    A block that offers more of its kind (更多) or holds many links previews a column; its links are not this page's.
    """
    words = rows.vocabulary("interpretation")
    found: list[tuple[str, list[Anchor]]] = []
    for heading, key in _headings(page, words):
        links = [
            a
            for a in rows.anchors(page, _holder(page, heading))
            if (a.words or nodes.pictures([a.element])) and page.region_of(a.element) not in rows.OUTER
        ]
        if links and not _previews_column(links):
            found.append((key, links))
    return found


def _headings(page: Page, words: Vocabulary) -> list[tuple[Element, str]]:
    found = []
    memo: dict[str, str] = {}
    for element in page.body_tree.iter(*_HEADING_TAGS):
        for chunk, behind in ((element.text, False), (element.tail, True)):
            if not chunk or len(chunk) > 60:
                continue
            key = memo.get(chunk)
            if key is None:
                hit = words.whole(chunk.strip()) if len(chunk.strip()) <= 16 else None
                key = memo[chunk] = hit[0] if hit is not None and hit[0] in _BLOCK_KEYS else ""
            if not key:
                continue
            holder = element.getparent() if behind else element
            if holder is not None and not places.navigation_link(holder) and page.region_of(holder) not in rows.OUTER:
                found.append((holder, key))
    return found


def _holder(page: Page, heading: Element) -> list[Element]:
    """The elements that hold a heading's links: its own (`<p>政策原文：<a>`), else those after it, searched outwards.

    The search ends at the main text, at other regions and at a longer text between heading and links.
    """
    if _leads([heading]) and heading.tag in nodes.BLOCKS | nodes.CELLS:
        return [heading]
    outside = rows.outer(page)
    node = heading
    for _ in range(4):
        following: list[Element] = []
        for sibling in node.itersiblings():
            if not nodes.is_element(sibling) or sibling.tag in nodes.SKIPPED:
                continue
            if sibling in outside or (following and _next_block(node, sibling)):
                break
            if _leads([sibling]):
                following.append(sibling)
            elif following and nodes.has_text(sibling):
                break
            elif len(nodes.text(sibling)) > 30:
                return []
        parent = node.getparent()
        if following or parent is None or parent is page.body_tree or parent is page.body_element:
            return following
        node = parent
    return []


def _leads(elements: list[Element]) -> bool:
    """Is there a link below the elements, by its address or by its click handler?"""
    return any(link.get("href") or link.get("onclick") for element in elements for link in element.iter("a"))


def _next_block(heading: Element, sibling: Element) -> bool:
    """Does a sibling open the next block: a heading, or an element of the same make?"""
    return sibling.tag in nodes.HEADINGS or (
        bool(heading.get("class")) and sibling.tag == heading.tag and sibling.get("class") == heading.get("class")
    )
