"""XML that Office wrote as one file: Excel 2003 workbooks, Word 2003 documents, flat packages of Word; other XML by its texts."""

from __future__ import annotations

import re

from lxml import etree

from govcrawl.extract.documents import cells
from govcrawl.extract.documents.docx import part_of
from govcrawl.extract.documents.errors import Damaged
from govcrawl.extract.documents.gathering import Enough, Gathering
from govcrawl.extract.documents.limits import Limits, Nested
from govcrawl.extract.documents.ooxml import OFFICE_PROPERTIES, Element, attribute, local, parse
from govcrawl.extract.documents.walk import Walk, letters
from govcrawl.extract.documents.xlsx_parts import without_codes
from govcrawl.model.documents import DocumentText
from govcrawl.page import encoding

_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,200}\?>")
"""Matches `<?xml version="1.0" encoding="UTF-8"?>`; not `<?mso-application progid="Excel.Sheet"?>`."""


def read(body: bytes, limits: Limits, nested: Nested | None = None) -> DocumentText:
    """Text of an XML file.

    Raises:
        Damaged, TooLarge: as for the parts of OOXML.
    """
    try:
        root = parse(body)
    except Damaged as error:
        if "DOCTYPE" in error.reason or encoding.decode(body, {})[1] == "utf-8":
            raise
        root = parse(_DECLARATION.sub("", encoding.decode(body, {})[0], count=1).encode())  # says UTF-8 and is GBK
    gathering = Gathering(limits, nested)
    with gathering.bounded():
        kind = local(root)
        if kind == "Workbook":
            _workbook(root, gathering)
        elif kind == "wordDocument":
            _word(root, gathering)
        elif kind == "package":
            _flat_package(root, gathering)
        else:
            for text in root.itertext():
                gathering.add(str(text))
    return gathering.document("xml")


def _properties(element: Element, gathering: Gathering) -> None:
    for child in element:
        name = local(child)
        if name in OFFICE_PROPERTIES or local(element).startswith("Custom"):
            gathering.add(child.text, "meta", OFFICE_PROPERTIES.get(name, name))


def _workbook(root: Element, gathering: Gathering) -> None:
    rows = 0
    for sheet in root:
        name = local(sheet)
        if name in ("DocumentProperties", "CustomDocumentProperties"):
            _properties(sheet, gathering)
        elif name == "Names":
            for defined in sheet:
                gathering.add(f"{attribute(defined, 'Name')}={attribute(defined, 'RefersTo')}", "name", "定义的名称")
        elif name == "Worksheet":
            title = attribute(sheet, "Name") or ""
            hidden = any(local(e) == "Visible" and e.text in ("SheetHidden", "SheetVeryHidden") for e in sheet.iter())
            gathering.add(title, "name", "隐藏工作表" if hidden else "工作表")
            for part in sheet:
                if local(part) == "Table":
                    rows = _table(part, title, hidden, gathering, rows)
                elif local(part) == "WorksheetOptions":
                    for edge in part.iter():
                        if local(edge) in ("Header", "Footer"):
                            gathering.add(without_codes(attribute(edge, "Data") or ""), local(edge).lower(), title)


def _table(table: Element, title: str, hidden: bool, gathering: Gathering, rows: int) -> int:
    """Cells of a sheet; how many rows were read so far."""
    columns: set[int] = set()
    at = row = 0
    for line in table:
        name = local(line)
        if name == "Column":
            at = _index(line, at)
            span = attribute(line, "Span") or "0"
            last = at + (min(int(span), 16_384) if span.isdecimal() else 0)
            if attribute(line, "Hidden") == "1":
                columns.update(range(at, last + 1))
            at = last
        elif name == "Row":
            row, rows, column = _index(line, row), rows + 1, 0
            if rows > gathering.limits.rows:
                gathering.missing.append(f"行数超过上限{gathering.limits.rows}行，其余未读取")
                raise Enough
            for cell in line:
                if local(cell) == "Cell":
                    column = _index(cell, column)
                    away = hidden or attribute(line, "Hidden") == "1" or column in columns
                    _cell(cell, "hidden" if away else "table", f"{title}!{letters(column)}{row}", gathering)
                    merged = attribute(cell, "MergeAcross") or "0"
                    column += min(int(merged), 16_384) if merged.isdecimal() else 0
    return rows


def _index(element: Element, before: int) -> int:
    value = attribute(element, "Index") or ""
    return int(value) if value.isdecimal() and len(value) < 8 else before + 1


def _cell(cell: Element, kind: str, locator: str, gathering: Gathering) -> None:
    gathering.once(attribute(cell, "HRef"), "link", locator)
    for child in cell:
        words = "".join(str(t) for t in child.itertext())
        if local(child) == "Comment":
            gathering.once(attribute(child, "Author"), "comment", f"{locator}批注作者")
            gathering.add(words, "comment", locator)
        elif local(child) == "Data":
            form = attribute(child, "Type")
            text, lossy = cells.number(words) if form == "Number" and words.strip() else (words, False)
            gathering.add(text.removesuffix("T00:00:00.000") if form == "DateTime" else text, kind, locator, lossy=lossy)


def _word(root: Element, gathering: Gathering) -> None:
    """Word 2003: headers and footers lie inside the section's properties, which the walk leaves out."""
    walk = Walk(gathering)
    for child in root:
        if local(child) in ("DocumentProperties", "CustomDocumentProperties"):
            _properties(child, gathering)
        elif local(child) == "body":
            walk.visit(child)
            for edge in child.iter():
                if local(edge) in ("hdr", "ftr"):
                    walk.visit(edge, "header" if local(edge) == "hdr" else "footer")
    gathering.pictures += sum(1 for e in root.iter() if local(e) == "binData")


def _flat_package(root: Element, gathering: Gathering) -> None:
    """A docx whose parts are elements of one file (`pkg:package/pkg:part/pkg:xmlData`)."""
    walk = Walk(gathering)
    for part in root:
        content = next((inner for data in part if local(data) == "xmlData" for inner in data), None)
        if content is None:
            gathering.pictures += 1 if (attribute(part, "contentType") or "").startswith("image/") else 0
        elif local(content) == "document":
            walk.visit(content)
        elif local(content) in ("coreProperties", "Properties"):
            for child in content:
                if local(child) in ("title", "subject", "creator", "keywords", "description", "lastModifiedBy", "Company", "Manager"):
                    gathering.add("".join(str(t) for t in child.itertext()), "meta", local(child))
        elif isinstance(content, etree._Element):
            part_of(content, attribute(part, "name") or "", walk)
