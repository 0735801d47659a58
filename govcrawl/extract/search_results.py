"""What the answer of a site's search shows: whether a title stands on its first page, whether results are grouped, or why one cannot tell.

Only what is plain is taken for a result. A page that a script still fills shows nothing yet; it is rendered before anything is said about it.
Words count where a visitor sees them: templates hold "没有找到" and "系统繁忙" unseen, and footers name who does the 系统维护.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from lxml import etree

from govcrawl import rulebook
from govcrawl.extract.site_search import asks_proof, is_address, labels
from govcrawl.page import addresses, drawn
from govcrawl.page.document import Element, Page
from govcrawl.text import normalise, similarity

RESULTS, NOTHING, BROKEN, GUARDED, UNCLEAR = "results", "nothing", "broken", "guarded", "unclear"
_OUTER = ("header", "nav", "footer")
_SHORTEST = 6
"""Characters of the shortest text that may be a result's title."""
_SENTENCE = 60
"""Characters of the longest line that is taken for a sentence about the search."""
_RELATED = 0.25
"""Share of the wanted title's pairs of characters that a result must show to be one of this search."""
_HEAD = 8
"""Characters of the title with which a cut one must begin."""
_BESIDE_TITLE = 24
"""Letters of number, kind and date beside a title: "1、…（2026-10-21）", "【政策文件】…"."""
_ECHO = re.compile(r"搜|检索|查询|关键|找到|没有|无|结果|关于您|抱歉|对不起|共\d|search", re.I)
"""Words beside an echo of what was typed: matches "您搜索的是", "没有找到与相关的内容"; not "【政策文件】2026-10-21"."""
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
"""Matches "<em>" and "</font>" printed as text, not "<2026>"."""
_NO_LETTER = re.compile(r"[\W_]+")
"""Matches "《", "…", "〔"; not "年"."""
_ONWARD = etree.XPath("//meta[translate(@http-equiv, 'REFSH', 'refsh') = 'refresh'] | //body/@onload")
_CUT = re.compile(r"(?:\.{2,}|…+)$")
"""The end of a title that was cut: matches "关于印发清禾县…", not "通知。"."""
_COUNT = re.compile(r"[\s(（\[]*\d*[+)）\]]*$")
"""A number behind a group's name: matches "政策文件(12)", not "2026"."""
_COUNTED = re.compile(
    r"(?:(?:为您|已|共)?(?:找到|检索到|搜索到|搜到|查询到|查到)|(?:搜索|检索|查询|相关)?结果|共)"
    r"(?:有|约|计|共|为|数|总|个|的|相关|匹配|信息|结果|记录|数据|内容|文档|网页){0,6}(?<!\d)([1-9]\d{0,8})[条个项篇]"
)
"""What a results page says of itself, blanks gone: matches "为您找到相关结果约35条" and "共有12条", not "共找到0条" nor "全县共实施35个项目"."""
_TAG = re.compile(r"(?:所属栏目|来源栏目|所属分类|信息分类|栏目|分类|类别)\s*[:：]\s*[\u4e00-\u9fff]{2,}|^[\[【][\u4e00-\u9fff]{2,8}[\]】]")
"""A class beside a result: matches "栏目：通知公告" and "【政策文件】关于…"; not "时间：2026"."""


@dataclass(slots=True)
class Found:
    """What one answer shows."""

    state: str
    """results, nothing (says so, or shows none), broken (says it is out of order), guarded (asks for a captcha or a login), unclear."""
    rank: int | None = None
    """Place of the wanted title among the results, from 1; null where it is not there."""
    shown: int = 0
    """Results on the page."""
    first: list[str] = field(default_factory=list)
    """Titles of the first results."""
    related: bool = False
    """Some result has to do with the wanted title."""
    groups: list[str] = field(default_factory=list)
    """Names of the groups offered."""
    tagged: bool = False
    """Each result says its class."""
    words: str | None = None
    """What the page says where it shows no results."""
    counted: bool = False
    """The page says how many results it has, more than none."""

    @property
    def grouped(self) -> bool:
        return len(self.groups) > 1 or self.tagged

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def of_page(page: Page, title: str, url: str) -> Found:
    """Read a results page; `title` and `url` are what was searched for."""
    key = addresses.key(url)
    links = [(_shown(a), a) for a in page.body_tree.iter("a")]
    rows = [(text, a) for text, a in links if (text and _is_result(page, a, text)) or _leads_to(page, a, key)]
    found = _among([(text, page.canonical((a.get("href") or "").strip()) or "") for text, a in rows], title, url)
    if found.rank is None and _stands_in_text(page, title):
        found.rank, found.state, found.related = max(1, found.shown), RESULTS, True
    found.groups = sorted(set(_groups(page)))
    found.tagged = any(_TAG.search(_around(a)) for _, a in rows[:20])
    if found.rank is None:
        _take_word(page, title, found)
    return found


def _take_word(page: Page, title: str, found: Found) -> None:
    """What the page says of its answer where the title is not on it: a guard before results, results before an error, an error before nothing."""
    lines = [normalise.label(line) for line in drawn.shown_text(page).split("\n")]
    found.counted = any(_COUNTED.search(line) for line in lines)
    wanted = normalise.label(title)
    lines = [line.replace(wanted, "") for line in lines]  # "没有找到与“关于印发…的通知”相关的内容"
    states = {GUARDED: "guarded", BROKEN: "broken", NOTHING: "nothing"}
    said = {state: word for state, key in states.items() if (word := next((w for w in map(_one_of(key), lines) if w), None))}
    if found.shown and found.counted:
        found.state = RESULTS
    if found.state != RESULTS and GUARDED not in said and asks_proof(page.body_tree):  # beside results it may be the box of a login
        said[GUARDED] = "验证码"
    found.words = said.get(GUARDED) or said.get(BROKEN) or said.get(NOTHING)
    if GUARDED in said:
        found.state = GUARDED
    elif found.state != RESULTS and said:
        found.state = BROKEN if BROKEN in said else NOTHING


def answers_to(page: Page, title: str, found: Found) -> bool:
    """Whether the page shows that it answers these very words: it repeats or counts. A home page that an address leads to does neither."""
    return found.counted or found.state == NOTHING or repeats(page, title)


def repeats(page: Page, title: str) -> bool:
    """Whether the page shows the words that were asked for, be it in its box."""
    head = bare(title)[:12]
    boxes = (box.get("value") or "" for box in page.body_tree.iter("input"))
    return any(head in bare(text) for text in (drawn.shown_text(page), *boxes))


def of_rows(rows: Iterable[dict[str, Any]], total: int | None, title: str, url: str) -> Found:
    """Read the rows (`title`, `url`) of a data answer."""
    found = _among([(str(row.get("title") or ""), str(row.get("url") or "")) for row in rows], title, url)
    if not found.shown and total == 0:
        found.state = NOTHING
    return found


def _among(rows: list[tuple[str, str]], title: str, url: str) -> Found:
    wanted, key = normalise.compact(title), addresses.key(url)
    found = Found(UNCLEAR, shown=len(rows), first=[text[:60] for text, _ in rows[:5]])
    for n, (text, address) in enumerate(rows, 1):
        if (address and addresses.key(unwrapped(address)) == key) or same(text, title):
            found.rank = n
            break
    found.related = found.rank is not None or any(similar(text, wanted) >= _RELATED for text, _ in rows)
    if found.related:
        found.state = RESULTS
    return found


def is_shell(page: Page) -> bool:
    """Whether a script, or a page that this one sends its visitor to, may still bring what it shows."""
    return bool(page.scripts) or bool(_ONWARD(page.tree))


def is_quiet(page: Page) -> bool:
    """Whether a rendered page had everything that its results may come from; counters, badges and share buttons are none of it."""
    hosts = drawn.left(page)
    beside = rulebook.labels("search")["beside"]
    return hosts is not None and all(any(f".{host}".endswith(f".{known}") for known in beside) for host in hosts)


def frames(page: Page) -> bool:
    """Whether results may stand in a frame of the site: what the page itself shows says nothing about them."""
    host = addresses.host(page.url)
    for frame in page.tree.iter("iframe", "frame"):
        address = page.canonical((frame.get("src") or "").strip())
        if not drawn.hides(frame) and address and (addresses.host(address) == host or is_address(address)):
            return True
    return False


def unwrapped(address: str) -> str:
    """The target of a counting redirect: `/visit/link.do?url=http%3A%2F%2F…` → `http://…`."""
    for _, value in parse_qsl(urlsplit(address).query):
        if value.startswith(("http://", "https://")):
            return addresses.canonical(value, address) or address
    return address


def same(text: str, title: str) -> bool:
    """Whether a result's text is the title: with marks of the words found, cut off, under a class's name, in other brackets or widths."""
    shown, wanted = bare(text), bare(title)
    at = shown.find(wanted[:_HEAD])
    if at >= 0 and len(shown) - at >= _HEAD and wanted.startswith(shown[at:]):
        return True
    return shown == wanted or (len(wanted) >= 8 and wanted in shown) or similarity.ratio(shown, wanted) >= 0.95


def bare(text: str) -> str:
    """Letters and digits alone: `关于<em>供水</em>的通知〔２０２６〕…` → `关于供水的通知2026`."""
    return _NO_LETTER.sub("", _MARKUP.sub("", html.unescape(normalise.compact(text))))


def similar(text: str, wanted: str) -> float:
    """Share of the wanted title's pairs of characters that stand in the text."""
    shown = normalise.compact(text)
    pairs = {wanted[i : i + 2] for i in range(len(wanted) - 1)}
    return sum(pair in shown for pair in pairs) / len(pairs) if pairs else 0.0


def _shown(a: Element) -> str:
    text = normalise.squeeze(Page.text_of(a))
    full = normalise.squeeze(a.get("title") or "")
    return full if len(full) > len(text) >= 1 and _CUT.search(text) else text


def _is_result(page: Page, a: Element, text: str) -> bool:
    href = (a.get("href") or "").strip().lower()
    if len(text) < _SHORTEST or (not href and not a.get("onclick")) or href.startswith(("mailto:", "tel:")):
        return False
    return page.region_of(a) not in _OUTER and _group_name(text) not in labels()["groups"]


def _leads_to(page: Page, a: Element, key: int) -> bool:
    """Whether a link is the very item, whatever its words: "查看全文" beside "1、关于…的通知（2026-10-21）"."""
    address = page.canonical((a.get("href") or "").strip())
    return address is not None and addresses.key(unwrapped(address)) == key and page.region_of(a) not in _OUTER


def _group_name(text: str) -> str:
    return normalise.label(_COUNT.sub("", text))


def _stands_in_text(page: Page, title: str) -> bool:
    """Whether the title stands in a heading, row or block that is no link (its target opens by script). The echo of what was typed is none."""
    wanted = bare(title)
    if len(wanted) < 8:
        return False
    for el in page.body_tree.iter("h2", "h3", "h4", "h5", "li", "dt", "td", "div", "p"):
        if el.tag in ("div", "p") and len(el) > 2 or page.region_of(el) in _OUTER:
            continue
        text = bare(Page.text_of(el))
        # a block of its own shows nothing but the title, cut or whole; a row holds a summary after it
        if same(text, title) and len(text) <= len(wanted) if el.tag in ("div", "p") else wanted in text[: len(wanted) + 30]:
            return True
    for line in map(bare, drawn.shown_text(page).split("\n")):
        rest = line.replace(wanted, "", 1)
        if len(rest) < len(line) and len(rest) <= _BESIDE_TITLE and not _ECHO.search(rest):
            return True
    return False


def _groups(page: Page) -> Iterator[str]:
    """Names of groups offered beside the results: tabs, radios, options, a filter."""
    for el in page.body_tree.iter("a", "li", "span", "label", "option", "button", "th", "dd", "em", "div"):
        if len(el) > 2 or page.region_of(el) in _OUTER:
            continue
        name = _group_name(normalise.squeeze(Page.text_of(el)))
        if 2 <= len(name) <= 8 and name in labels()["groups"]:
            yield name


def _around(a: Element) -> str:
    row = a.getparent()
    for _ in range(2):
        if row is not None and row.getparent() is not None and row.tag not in ("li", "tr", "dl", "dd"):
            row = row.getparent()
    return normalise.squeeze(Page.text_of(row))[:200] if row is not None else ""


def _one_of(key: str) -> Callable[[str], str | None]:
    """Finds a word of the list in one line (a label already). A sentence says it; a paragraph of a result only holds the letters."""
    words = sorted(labels()[key], key=len, reverse=True)
    return lambda line: next((word for word in words if word in line), None) if len(line) <= _SENTENCE else None
