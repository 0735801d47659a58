"""Text and geometry of lxml elements: what every reader of labels and bodies needs, and nothing about labels."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any, TypeAlias

from lxml import etree

Element: TypeAlias = Any
"""An lxml element; lxml's own classes are private names."""

SKIPPED = frozenset({"script", "style", "noscript", "template", "head", "title", "object", "svg", "canvas"})
_BLOCK_NAMES = (
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary table tbody tfoot thead tr ucapcontent ul"
)
BLOCKS = frozenset(_BLOCK_NAMES.split(" "))
CELLS = frozenset({"td", "th"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})

_TEXTS = etree.XPath("descendant-or-self::text()[not(parent::script or parent::style or parent::noscript)]", smart_strings=False)
_LINKS = etree.XPath("descendant-or-self::a[@href]")
_PICTURES = etree.XPath("descendant-or-self::img[@src or @data-src or @data-original]")


def text(element: Element) -> str:
    """Visible text on one line, blanks squeezed."""
    return " ".join("".join(_TEXTS(element)).split())


def texts(element: Element) -> list[str]:
    """The raw text nodes below an element, scripts and styles left out."""
    found: list[str] = _TEXTS(element)
    return found


def joined(element: Element) -> str:
    """Visible text with a blank between neighbouring text nodes: `<span>来源：甲</span><span>作者：乙</span>` stays apart."""
    return " ".join(" ".join(_TEXTS(element)).split())


def lines(*elements: Element, skip: Collection[Element] = ()) -> list[str]:
    """Text as lines: a line ends where a block or a `br` ends; the cells of one table row share a line."""
    out: list[str] = []
    buffer: list[str] = []

    def flush() -> None:
        if buffer:
            line = " ".join("".join(buffer).split())
            buffer.clear()
            if line:
                out.append(line)

    for element in elements:
        _walk(element, buffer, flush, skip)
        flush()
    return out


def _walk(top: Element, buffer: list[str], flush: Any, skip: Collection[Element]) -> None:
    walker = etree.iterwalk(top, events=("start", "end", "comment", "pi"))
    for event, node in walker:
        tag = node.tag
        if event == "start":
            if tag in SKIPPED or (skip and node in skip):
                walker.skip_subtree()
                continue
            if tag in BLOCKS or tag == "br":
                flush()
            elif tag in CELLS and buffer:
                buffer.append(" ")
            if node.text:
                buffer.append(node.text)
            continue
        if event == "end" and tag in BLOCKS:
            flush()
        if node is not top and node.tail:
            buffer.append(node.tail)


def links(elements: Iterable[Element]) -> Iterator[Element]:
    """The `a[href]` at or below the elements, in their order."""
    for element in elements:
        yield from _LINKS(element)


def pictures(elements: Iterable[Element]) -> list[Element]:
    return [picture for element in elements for picture in _PICTURES(element)]


def first_text(element: Element) -> str:
    """The first text node that is not blank, stripped; "" where there is none."""
    for node in element.iter():
        tag = node.tag
        if isinstance(tag, str) and tag not in SKIPPED and node.text:
            stripped: str = node.text.strip()
            if stripped:
                return stripped
        if node is not element and node.tail:
            stripped = node.tail.strip()
            if stripped:
                return stripped
    return ""


def has_text(element: Element) -> bool:
    return bool(first_text(element))


def is_element(node: Element) -> bool:
    """False for comments and processing instructions."""
    return isinstance(node.tag, str)


def path(element: Element) -> str:
    """Locator that finds the element again."""
    found: str = element.getroottree().getpath(element)
    return found


def row_cells(row: Element) -> list[Element]:
    return [cell for cell in row if cell.tag in CELLS]


def rows(table: Element) -> list[Element]:
    """Own rows of a table (not those of tables inside its cells)."""
    found = []
    for child in table:
        if child.tag == "tr":
            found.append(child)
        elif child.tag in ("thead", "tbody", "tfoot"):
            found.extend(row for row in child if row.tag == "tr")
    return found


def span(cell: Element, name: str = "colspan") -> int:
    """colspan or rowspan, 1 where missing or nonsense (`colspan="100%"`)."""
    value = cell.get(name) or "1"
    return min(int(value), 1000) if value.isdecimal() and int(value) > 0 else 1


def columns(row: Element) -> list[tuple[int, Element]]:
    """(first column, cell) of a row, colspan counted."""
    found, at = [], 0
    for cell in row_cells(row):
        found.append((at, cell))
        at += span(cell)
    return found


def grid(table: Element) -> list[list[Element | None]]:
    """The table as rows of cells with colspan and rowspan spread out (a spanning cell stands in each of its places)."""
    wide: list[list[Element | None]] = []
    carried: dict[int, tuple[int, Element]] = {}
    for row in rows(table):
        line: list[Element | None] = []
        cells = row_cells(row)
        while cells or any(at >= len(line) for at in carried):
            at = len(line)
            if at in carried:
                left, cell = carried.pop(at)
                line.append(cell)
                if left > 1:
                    carried[at] = (left - 1, cell)
            elif cells:
                cell = cells.pop(0)
                down = span(cell, "rowspan")
                for place in range(at, at + min(span(cell), 60)):
                    line.append(cell)
                    if down > 1:
                        carried[place] = (down - 1, cell)
            else:
                line.append(None)
        wide.append(line)
    return wide
