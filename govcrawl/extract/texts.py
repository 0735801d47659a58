"""Texts of a page for the detectors, by place: every visible word once, table cells with their column's header."""

from __future__ import annotations

import re

from lxml import etree

from govcrawl.model.facts import TextPlace
from govcrawl.page.document import Page
from govcrawl.text import normalise

_TABLES = etree.XPath(".//table[not(.//table)][count(.//tr) > 2]")
_PERSONAL = re.compile(r"身份证|证件|手机|电话|联系|银行|卡号|账号|帐号|一卡通|护照|通行证|住址|地址|姓名|户主|名单|残疾|社保|开户")
"""Headers that say whose data a column holds: matches "身份证号码", not "序号"."""
_META = ("keywords", "description", "articletitle", "contentsource", "author", "columndescription", "columnkeywords")
_ALTS = etree.XPath("//img/@alt | //img/@title | //a/@title | //area/@alt")
_MAX_COLUMNS = 30


def read(page: Page) -> list[TextPlace]:
    """Title, body, info line, header, nav, aside, footer, meta, alt texts and comments; tables with personal columns by column."""
    out: list[TextPlace] = []

    def put(text: str, place: str, locator: str = "") -> None:
        if text and text.strip():
            out.append(TextPlace(text, place, locator))

    put(page.head_title or "", "title", "//title")
    tables = _tables(page)
    saved = [(table, table.tail, list(table)) for table, _ in tables]
    for table, cells in tables:
        locator = page.xpath_of(table)
        for header, texts in cells:
            put("\n".join(texts), f"table:{header}", locator)
    if tables:
        text = _without(page, [table for table, _, _ in saved])
        put(text, "body")
    else:
        main = page.body_element
        has_main = main is not None and main is not page.body_tree
        put(page.visible_text("lead"), "info")
        if has_main and main is not None:
            put(page.visible_text("main"), "body", page.xpath_of(main))
        else:
            put(page.visible_text("body") if not page.visible_text("lead") else "", "body")
        put(page.visible_text("tail"), "body")
    for region in ("header", "nav", "aside", "footer"):
        put(page.visible_text(region), region)
    put("\n".join(page.meta[name] for name in _META if page.meta.get(name)), "meta", "//meta/@content")
    alts = dict.fromkeys(normalise.squeeze(str(value)) for value in _ALTS(page.tree))
    put("\n".join(alt for alt in alts if alt), "alt")
    put("\n".join(comment for comment in page.comments if "<" not in comment or len(comment) < 20_000)[:100_000], "comment")
    return out


def _tables(page: Page) -> list[tuple[etree._Element, list[tuple[str, list[str]]]]]:
    """Data tables whose header names personal data: (table, [(header, cells)])."""
    out: list[tuple[etree._Element, list[tuple[str, list[str]]]]] = []
    outside = {el for el, _ in page.regions.roots}
    for table in _TABLES(page.body_tree):
        rows = _grid(table)
        if len(rows) < 2 or any(up in outside for up in table.iterancestors()):
            continue
        at = next(
            (i for i, row in enumerate(rows[:4]) if sum(1 for c in row if _PERSONAL.search(c) and len(c) <= 14) >= 1 and len(row) >= 2),
            None,
        )
        if at is None or any(re.search(r"\d{6}", cell) for cell in rows[at]):
            continue
        header = rows[at][:_MAX_COLUMNS]
        cells: list[tuple[str, list[str]]] = []
        for index, name in enumerate(header):
            cells.append(
                (normalise.label(name) or f"第{index + 1}列", [row[index] for row in rows[at + 1 :] if index < len(row) and row[index]])
            )
        before = [cell for row in rows[:at] for cell in row if cell]
        if before:
            cells.insert(0, ("", before))
        out.append((table, cells))
    return out


def _grid(table: etree._Element) -> list[list[str]]:
    """Cell texts by row and column, `rowspan` and `colspan` spread out (merged names stand in every row they cover)."""
    rows: list[list[str]] = []
    down: dict[int, tuple[int, str]] = {}
    for tr in list(table.iter("tr"))[:2000]:
        row: list[str] = []
        cells = [cell for cell in tr if cell.tag in ("td", "th")]
        at = 0
        while cells or at in down:
            if at in down:
                left, text = down[at]
                row.append(text)
                down[at] = (left - 1, text)
                if left <= 1:
                    del down[at]
                at += 1
                continue
            cell = cells.pop(0)
            text = Page.line_of(cell)
            for _ in range(_span(cell, "colspan")):
                row.append(text)
                spread = _span(cell, "rowspan")
                if spread > 1:
                    down[at] = (spread - 1, text)
                at += 1
            if at > 200:
                break
        rows.append(row)
    return rows


def _span(cell: etree._Element, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return min(int(value), 100) if value.isdigit() and int(value) > 0 else 1


def _without(page: Page, tables: list[etree._Element]) -> str:
    """Body text without these tables."""
    text = page.visible_text("body")
    for table in tables:
        inner = Page.text_of(table)
        if inner and inner in text:
            text = text.replace(inner, "\n", 1)
    return text
