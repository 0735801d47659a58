"""What the answer of a site's search shows: whether a title stands on its first page, whether results are grouped, or why one cannot tell.

Only what is plain is taken for a result. A page that a script still fills shows nothing yet; it is rendered before anything is said about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from govcrawl import rulebook
from govcrawl.page import addresses
from govcrawl.page.document import Element, Page
from govcrawl.text import normalise, similarity

RESULTS, NOTHING, BROKEN, GUARDED, UNCLEAR = "results", "nothing", "broken", "guarded", "unclear"
_OUTER = ("header", "nav", "footer")
_SHORTEST = 6
"""Characters of the shortest text that may be a result's title."""
_RELATED = 0.25
"""Share of the wanted title's pairs of characters that a result must show to be one of this search."""
_CUT = re.compile(r"(?:\.{2,}|…+)$")
"""The end of a title that was cut: matches "关于印发清禾县…", not "通知。"."""
_COUNT = re.compile(r"[\s(（\[]*\d*[+)）\]]*$")
"""A number behind a group's name: matches "政策文件(12)", not "2026"."""
_COUNTED = re.compile(r"(?:找到|检索到|搜索到|共有?|约)[^\d\n]{0,12}(?<!\d)([1-9]\d{0,8})\s*[条个项篇]")
"""What a results page says of itself: matches "为您找到相关结果约 35 条", not "共找到0条"."""
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

    @property
    def grouped(self) -> bool:
        return len(self.groups) > 1 or self.tagged

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@lru_cache(maxsize=1)
def _labels() -> dict[str, frozenset[str]]:
    return {key: frozenset(normalise.label(word) for word in words) for key, words in rulebook.labels("search").items()}


def of_page(page: Page, title: str, url: str) -> Found:
    """Read a results page; `title` and `url` are what was searched for."""
    rows = [(text, a) for a in page.body_tree.iter("a") if (text := _shown(a)) and _is_result(page, a, text)]
    found = _among([(text, page.canonical((a.get("href") or "").strip()) or "") for text, a in rows], title, url)
    if found.rank is None and _stands_in_text(page, title):
        found.rank, found.state, found.related = max(1, found.shown), RESULTS, True
    found.groups = sorted(set(_groups(page)))
    found.tagged = any(_TAG.search(_around(a)) for _, a in rows[:20])
    if found.rank is None:
        said = page.text
        if found.shown and _COUNTED.search(normalise.fold(said)):
            found.state = RESULTS
        found.words = _said(said)
        if found.words:
            found.state = (
                GUARDED
                if _one_of(said, "guarded")
                else RESULTS
                if found.state == RESULTS
                else BROKEN
                if _one_of(said, "broken")
                else NOTHING
            )
    return found


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
        if (address and addresses.key(unwrapped(address)) == key) or _same(text, wanted):
            found.rank = n
            break
    found.related = found.rank is not None or any(similar(text, wanted) >= _RELATED for text, _ in rows)
    if found.related:
        found.state = RESULTS
    return found


def unwrapped(address: str) -> str:
    """The target of a counting redirect: `/visit/link.do?url=http%3A%2F%2F…` → `http://…`."""
    for _, value in parse_qsl(urlsplit(address).query):
        if value.startswith(("http://", "https://")):
            return addresses.canonical(value, address) or address
    return address


def _same(text: str, wanted: str) -> bool:
    shown = normalise.compact(text)
    cut = _CUT.sub("", shown)
    if cut != shown and len(cut) >= 8 and wanted.startswith(cut):
        return True
    return shown == wanted or (len(wanted) >= 8 and wanted in shown) or similarity.ratio(shown, wanted) >= 0.95


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
    return page.region_of(a) not in _OUTER and _group_name(text) not in _labels()["groups"]


def _group_name(text: str) -> str:
    return normalise.label(_COUNT.sub("", text))


def _stands_in_text(page: Page, title: str) -> bool:
    """Whether the title stands in a heading or row that is no link (its target opens by script). The echo of what was typed is none."""
    wanted = normalise.compact(title)
    if len(wanted) < 8:
        return False
    for el in page.body_tree.iter("h2", "h3", "h4", "h5", "li", "dt", "td"):
        if page.region_of(el) not in _OUTER and wanted in normalise.compact(Page.text_of(el))[: len(wanted) + 30]:
            return True
    return False


def _groups(page: Page) -> Iterator[str]:
    """Names of groups offered beside the results: tabs, radios, options, a filter."""
    for el in page.body_tree.iter("a", "li", "span", "label", "option", "button", "th", "dd", "em", "div"):
        if len(el) > 2 or page.region_of(el) in _OUTER:
            continue
        name = _group_name(normalise.squeeze(Page.text_of(el)))
        if 2 <= len(name) <= 8 and name in _labels()["groups"]:
            yield name


def _around(a: Element) -> str:
    row = a.getparent()
    for _ in range(2):
        if row is not None and row.getparent() is not None and row.tag not in ("li", "tr", "dl", "dd"):
            row = row.getparent()
    return normalise.squeeze(Page.text_of(row))[:200] if row is not None else ""


def _said(text: str) -> str | None:
    return _one_of(text, "guarded") or _one_of(text, "broken") or _one_of(text, "nothing")


def _one_of(text: str, key: str) -> str | None:
    plain = normalise.label(text)
    return next((word for word in sorted(_labels()[key], key=len, reverse=True) if word in plain), None)
