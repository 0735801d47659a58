"""Titles of list blocks: the name before a list, its 更多 link, and which tab a panel belongs to."""

from __future__ import annotations

import re

from lxml import etree

from govcrawl.page.document import Page
from govcrawl.text import normalise

Element = etree._Element

MORE = re.compile(
    r"^[\[【(（]?\s*(?:查看|阅读)?(?:更多|更 多|more|MORE|More|全部|查看全部)\s*(?:[>》»+›.]+|&gt;)*\s*[\]】)）]?$|^[>》»+]{1,3}$|更多[>》»+]*$"
)
"""Matches "更多>>", "[more]" and ">>", not "更多惠民措施出台"."""


def heading(page: Page, container: Element) -> tuple[str | None, str | None]:
    """Title of a block and where its title or 更多 leads: the nearest short text before it, up to four levels above."""
    more: str | None = None
    at: Element | None = container
    below: Element | None = None
    for _ in range(5):
        if at is None or at is page.body_tree or at.tag == "body":
            break
        for before in _siblings(at):
            if _is_twin(before, at) or _holds_crumb(page, before) or page.region_of(before) in ("nav", "header"):
                continue
            name, target = _title_of(page, before, at, below)
            more = more or target
            if name:
                return name, target or more or _more_in(page, at.getparent())
        if more is None and below is not None:
            more = _more_in(page, at)
        below, at = at, at.getparent()
    return None, more


def _is_twin(before: Element, at: Element) -> bool:
    """The panel before this one is no heading: another list, or a box of the same class."""
    if before.tag != at.tag:
        return False
    return at.tag in ("ul", "ol", "dl", "table") or (at.get("class") is not None and before.get("class") == at.get("class"))


def _holds_crumb(page: Page, el: Element) -> bool:
    """The breadcrumb above a list (您现在的位置：首页 > 公众参与) is no heading of it."""
    return any(crumb is el or any(up is el for up in crumb.iterancestors()) for crumb in page.regions.crumbs)


def _siblings(el: Element) -> list[Element]:
    """Up to three element siblings before `el`, nearest first, then the one after it (a 更多 below the list)."""
    out: list[Element] = []
    before = el.getprevious()
    while before is not None and len(out) < 3:
        if isinstance(before.tag, str) and before.tag not in ("script", "style", "br"):
            out.append(before)
        before = before.getprevious()
    return out


def _title_of(page: Page, el: Element, at: Element, below: Element | None) -> tuple[str | None, str | None]:
    """(name, target) that a heading element offers; a row of tabs offers the one that belongs to the panel `at`."""
    text = Page.text_of(el)
    if not text or len(text) > 120:
        return None, None
    more: str | None = None
    names: list[tuple[str, str | None]] = []
    for a in el.iter("a"):
        word = Page.line_of(a) or normalise.squeeze(a.get("title") or "")
        target = page.canonical(a.get("href") or "")
        if MORE.search(word):
            more = more or target
        elif len(word) >= 2:
            names.append((word, target))
    if any(len(word) > 14 for word, _ in names):
        return None, more  # a headline, not a heading
    if len(names) >= 2:
        return _tab(names, el, at, below, more)
    if names:
        return names[0][0], more or names[0][1]
    items = _tab_items(el)
    if len(items) >= 2:
        return _tab([(item, None) for item in items], el, at, below, more)
    first = next((line for line in text.split("\n") if 2 <= len(line) <= 16 and not MORE.search(line)), None)
    if first and (len(text) <= 40 or el.tag in ("h1", "h2", "h3", "h4")):
        return re.sub(r"\s*(?:更多|more|MORE).*$", "", first).strip(" ：:>»|") or None, more
    return None, more


def _tab_items(el: Element) -> list[str]:
    items = [Page.line_of(item) for item in el.iter("li", "span", "dt") if len(item) <= 1]
    return [item for item in items if 2 <= len(item) <= 16 and not MORE.search(item)]


def _tab(
    names: list[tuple[str, str | None]], el: Element, at: Element, below: Element | None, more: str | None
) -> tuple[str | None, str | None]:
    """Which of several tabs a panel belongs to: the n-th of n panels beside the tab row (`at`), or in the box after it (`below` in `at`)."""
    beside = [panel for panel in _panels(at) if panel is not el]
    if len(beside) == len(names) and at in beside:
        name, target = names[beside.index(at)]
        return name, target or more
    inside = _panels(below) if below is not None else []
    if len(inside) == len(names) and below in inside:
        name, target = names[inside.index(below)]
        return name, target or more
    return (names[0][0], more or names[0][1]) if len(beside) <= 1 and len(inside) <= 1 else (None, None)


def _panels(at: Element) -> list[Element]:
    parent = at.getparent()
    return [] if parent is None else [p for p in parent if p.tag == at.tag]


def _more_in(page: Page, el: Element | None, skip: Element | None = None) -> str | None:
    """Target of a 更多 link directly in a block (outside the list itself)."""
    if el is None:
        return None
    anchors = el.findall(".//a")
    if len(anchors) > 40:
        return None
    for a in anchors:
        word = Page.line_of(a) or a.get("title") or ""
        if MORE.search(word) and len(word) <= 12:
            return page.canonical(a.get("href") or "")
    return None
