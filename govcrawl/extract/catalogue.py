"""A catalogue of service items: rows that bear a name and no link, and rows that name the group below them."""

from __future__ import annotations

import re

from lxml import etree

from govcrawl.model.facts import ListBlock, ListEntry
from govcrawl.page.document import Page
from govcrawl.text import normalise

Element = etree._Element

_HEADER_WORDS = re.compile(r"^(?:序号|编号|事项名称|事项|名称|办理部门|实施主体|操作|办事指南|受理部门|部门|办理机构|备注|办理|指南)$")
"""Cells of a header row: matches "事项名称", not "养老服务补贴"."""


def unlinked(page: Page, main: ListBlock) -> list[ListEntry]:
    """Rows of a catalogue beside linked ones that bear a name and no link: items without a guide. Their `url` is ""."""
    known = {entry.url for entry in main.entries}
    outside = {el for el, _ in page.regions.roots}
    out: list[ListEntry] = []
    seen: set[str] = set()
    for parent in page.body_tree.iter("ul", "ol", "tbody", "table", "dl"):
        rows = [row for row in parent if row.tag in ("li", "tr", "dd")]
        if len(rows) < 2 or any(up in outside for up in parent.iterancestors()):
            continue
        linked = [page.canonical(a.get("href") or "") or "" for row in rows for a in row.iter("a")]
        if not any(url in known or (url and parent.tag in ("tbody", "table")) for url in linked):
            continue
        wide = _width(rows)
        for row in rows:
            name = _row_name(row)
            if name and name not in seen and not _is_group_row(row, wide):
                seen.add(name)
                out.append(ListEntry(url="", title=name, locator=page.xpath_of(row)))
    return out


def group_rows(page: Page) -> list[str]:
    """Names of the groups that rows of a table announce: `<tr><td colspan=2><b>个人办事</b></td></tr>` before the items of that group."""
    outside = {el for el, _ in page.regions.roots}
    out: dict[str, None] = {}
    for parent in page.body_tree.iter("tbody", "table"):
        rows = [row for row in parent if row.tag == "tr"]
        if len(rows) < 3 or any(up in outside for up in parent.iterancestors()):
            continue
        wide = _width(rows)
        for row, following in zip(rows, rows[1:], strict=False):
            name = _row_name(row)
            if name and len(name) <= 20 and _is_group_row(row, wide) and following.find(".//a") is not None:
                out[name] = None
    return list(out)


def _width(rows: list[Element]) -> int:
    """Cells of the widest row that bears a link."""
    return max((len(row.findall("td")) for row in rows if row.tag == "tr" and row.find(".//a") is not None), default=0)


def _is_group_row(row: Element, wide: int) -> bool:
    """A row that names what follows: one cell across a table of several columns, or one all in bold. `登记 | 县发展和改革局 | —` is none."""
    cells = row.findall("td") if row.tag == "tr" else []
    if len(cells) != 1:
        return False
    if wide >= 2:
        return True
    text = Page.line_of(cells[0])
    return any(Page.line_of(el) == text for el in cells[0].iter("b", "strong", "h2", "h3", "h4"))


def _row_name(row: Element) -> str | None:
    """Name of an item in a row without any link; None for linked rows, headers and empty ones."""
    if any((a.get("href") or "").strip() for a in row.iter("a")) or row.find(".//th") is not None:
        return None
    cells = [cell for cell in row if cell.tag == "td"] if row.tag == "tr" else [row]
    texts = [Page.line_of(cell) for cell in cells]
    if any(_HEADER_WORDS.match(normalise.label(text)) for text in texts):
        return None
    names = [text for text in texts if 4 <= len(text) <= 60 and re.search(r"[\u4e00-\u9fff]{3}", text)]
    return names[0] if names else None
