"""xlsx, xlsm, et (zip): cells by `sheet!cell` in one streaming pass, without building the whole grid.

A 5 KB file with one cell in A1 and one in XFD1048576 makes libraries that fill the grid ask for 512 GB and abort the process.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from govcrawl.extract.documents import cells, xlsx_parts
from govcrawl.extract.documents.errors import Damaged, TooLarge
from govcrawl.extract.documents.gathering import Enough, Gathering
from govcrawl.extract.documents.limits import Limits, Nested
from govcrawl.extract.documents.ooxml import Element, Package, attribute, every_version, local, parse, surroundings, syntax
from govcrawl.extract.documents.walk import letters
from govcrawl.model.documents import DocumentText

_TELLING = re.compile(r"\d{6}|[\u4e00-\u9fff]{2}|@|://")
"""What makes a literal worth telling; not `"0.00"`, `"是"`."""
_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml", re.I)
"""Matches `xl/worksheets/sheet1.xml`; not `xl/worksheets/_rels/sheet1.xml.rels`."""
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})$")


@dataclass(slots=True)
class Sheet:
    name: str
    part: str
    hidden: bool


@dataclass(slots=True)
class Workbook:
    """What the sheets share."""

    package: Package
    gathering: Gathering
    sheets: list[Sheet] = field(default_factory=list)
    strings: list[str] = field(default_factory=list)
    told: set[int] = field(default_factory=set)
    """Places of the shared strings that stand in a cell."""
    lost: int = 0
    """Cells whose string is not in the table."""
    dates: list[bool] = field(default_factory=list)
    """By index of `cellXfs`: is the format a date?"""
    epoch_1904: bool = False
    rows: int = 0
    literals: set[str] = field(default_factory=set)


def read(body: bytes, limits: Limits, nested: Nested | None = None) -> DocumentText:
    """Text of a workbook: sheets in their order, then what lies beside the cells.

    Raises:
        Damaged, TooLarge: the workbook part itself cannot be read. A bad sheet costs only itself.
    """
    package = Package(body, limits)
    gathering = Gathering(limits, nested)

    def walk() -> None:
        book = Workbook(package, gathering)
        main = package.main("xl/workbook.xml")
        with gathering.bounded():
            _workbook(book, main)
            for sheet in book.sheets:
                _sheet(book, sheet)
            _untold(book)
        with gathering.bounded():
            xlsx_parts.read(package, gathering, {sheet.part: sheet.name for sheet in book.sheets})
            surroundings(package, gathering)

    every_version(package, gathering, walk)
    return gathering.document("xlsx")


def _workbook(book: Workbook, main: str) -> None:
    root = book.package.root(main)
    if local(root) != "workbook":
        raise Damaged("主部件不是工作簿")
    relations = book.package.relations(main)
    for element in root:
        name = local(element)
        if name == "workbookPr":
            book.epoch_1904 = element.get("date1904") in ("1", "true")
        elif name == "sheets":
            for sheet in element:
                relation = relations.get(attribute(sheet, "id") or "")
                title, state = sheet.get("name", ""), sheet.get("state", "visible")
                book.gathering.add(title, "name", "工作表" if state == "visible" else "隐藏工作表")
                if relation is not None and book.package.has(relation.target):
                    book.sheets.append(Sheet(title, relation.target, state != "visible"))
        elif name == "definedNames":
            for defined in element:
                book.gathering.add(f"{defined.get('name', '')}={defined.text or ''}", "name", "定义的名称")
                book.gathering.once(defined.get("comment"), "name", "定义的名称")
    known = {sheet.part.lower() for sheet in book.sheets}
    for part in book.package.names:
        if _SHEET_PART.fullmatch(part) and part.lower() not in known:
            book.sheets.append(Sheet(part, part, hidden=True))
    for relation in relations.values():
        if relation.kind == "sharedStrings" and book.package.has(relation.target):
            _strings(book, relation.target)
        elif relation.kind == "styles" and book.package.has(relation.target):
            _styles(book, relation.target)


def _strings(book: Workbook, part: str) -> None:
    """Shared strings; the reading above a character (`rPh`) is left out."""
    try:
        for _, item in etree.iterparse(book.package.stream(part), tag="{*}si", resolve_entities=False, no_network=True, huge_tree=False):
            book.strings.append(string(item))
            item.clear()
            while item.getprevious() is not None:
                parent = item.getparent()
                if parent is None:
                    break
                del parent[0]
    except etree.XMLSyntaxError as error:
        _bad(book, part, syntax(error))
    except Damaged as error:
        _bad(book, part, error)


def _untold(book: Workbook) -> None:
    """Strings that no cell shows any more travel along."""
    shown = {book.strings[index] for index in book.told}
    for words in book.strings:
        if words not in shown:
            book.gathering.once(words, "hidden", "未引用的文字")
    if book.lost:
        book.gathering.missing.append(f"{book.lost}个单元格的文字缺失")


def _bad(book: Workbook, what: str, error: Damaged | TooLarge) -> None:
    """A part that others can do without is missing; an attack or a limit is not passed over."""
    if isinstance(error, TooLarge) or "DOCTYPE" in error.reason:
        raise error
    book.gathering.missing.append(f"{what}已损坏，只读取了一部分")


def string(item: Element) -> str:
    """Text of `<si>` or `<is>`: `<t>` alone, or in runs."""
    out = []
    for child in item:
        name = local(child)
        if name == "t":
            out.append(child.text or "")
        elif name == "r":
            out += [t.text or "" for t in child if local(t) == "t"]
    return "".join(out)


def _styles(book: Workbook, part: str) -> None:
    try:
        root = parse(book.package.bytes(part))
    except Damaged as error:
        _bad(book, "样式", error)
        return
    codes: dict[int, str] = {}
    for element in root:
        if local(element) == "numFmts":
            codes = {int(f.get("numFmtId", "0")): f.get("formatCode", "") for f in element if f.get("numFmtId", "").isdecimal()}
    for element in root:
        if local(element) == "cellXfs":
            for style in element:
                number = style.get("numFmtId", "0")
                known = int(number) if number.isdecimal() else 0
                book.dates.append(cells.is_date_format(known, codes.get(known)))


def _sheet(book: Workbook, sheet: Sheet) -> None:
    columns: set[int] = set()
    try:
        stream = book.package.stream(sheet.part)
        events = etree.iterparse(
            stream,
            tag=[f"{{*}}{name}" for name in ("row", "col", *xlsx_parts.BESIDE)],
            resolve_entities=False,
            no_network=True,
            huge_tree=False,
        )
        expected = 0
        for _, element in events:
            name = local(element)
            if name == "row":
                expected = _row(book, sheet, element, columns, expected + 1)
                element.clear()
                parent = element.getparent()
                while parent is not None and element.getprevious() is not None:
                    del parent[0]
            elif name == "col":
                if element.get("hidden") in ("1", "true"):
                    first, last = _whole(element.get("min")), min(_whole(element.get("max")), 16_384)
                    columns.update(range(first, last + 1))
            else:
                xlsx_parts.beside(element, name, sheet.name, book.gathering)
    except etree.XMLSyntaxError as error:
        _bad(book, f"工作表“{sheet.name}”", syntax(error))
    except Damaged as error:
        _bad(book, f"工作表“{sheet.name}”", error)


def _row(book: Workbook, sheet: Sheet, row: Element, columns: set[int], expected: int) -> int:
    """Cells of one row; its number."""
    number = _whole(row.get("r")) or expected
    book.rows += 1
    if book.rows > book.gathering.limits.rows:
        book.gathering.missing.append(f"行数超过上限{book.gathering.limits.rows}行，其余未读取")
        raise Enough
    hidden = sheet.hidden or row.get("hidden") in ("1", "true")
    column = 0
    for cell in row:
        place = _REFERENCE.match(cell.get("r", ""))
        column = _column(place[1]) if place else column + 1
        text, lossy, formula = _cell(book, cell)
        if text or formula:
            locator = f"{sheet.name}!{place[0] if place else letters(column) + str(number)}"
            book.gathering.add(text, "hidden" if hidden or column in columns else "table", locator, lossy=lossy)
            if formula is not None:
                _formula(book, formula, locator)
    return number


def _cell(book: Workbook, cell: Element) -> tuple[str, bool, str | None]:
    """(text, lossy, formula) of a cell."""
    kind, value, formula, text = cell.get("t", "n"), None, None, ""
    for child in cell:
        name = local(child)
        if name == "v":
            value = child.text
        elif name == "f":
            formula = child.text
        elif name == "is":
            text = string(child)
    if value is None or kind in ("b", "e"):
        return text, False, formula
    if kind == "s":
        index = int(value) if value.strip().isdecimal() else -1
        if not 0 <= index < len(book.strings):
            book.lost += 1
            return "", False, formula
        book.told.add(index)
        return book.strings[index], False, formula
    if kind != "n":
        return value, False, formula
    style = _whole(cell.get("s"))
    if style < len(book.dates) and book.dates[style]:
        try:
            shown = cells.date(float(value), book.epoch_1904)
        except ValueError:
            shown = None
        if shown is not None:
            return shown, False, formula
    return *cells.number(value), formula


def _formula(book: Workbook, formula: str, locator: str) -> None:
    """A formula is told when a text in it tells something, each text once: 10,000 rows share one."""
    if '"' not in formula:
        return
    new = [words for words in xlsx_parts.LITERAL.findall(formula) if _TELLING.search(words) and words not in book.literals]
    if new:
        book.literals.update(new)
        book.gathering.add("=" + formula, "field", locator)


def _whole(value: str | None) -> int:
    return int(value) if value and value.isdecimal() and len(value) < 10 else 0


def _column(name: str) -> int:
    out = 0
    for letter in name:
        out = out * 26 + ord(letter) - 64
    return out
