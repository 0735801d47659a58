"""Tables as offices send them: xlsx, xls or csv, told by their bytes and not by their names, as rows of cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from govcrawl.errors import cause

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|table|\?xml|meta|div|style)\b", re.I)
"""A page, or the XML of an old Excel, under the name of a sheet: matches "<html>", not "<待定>,www.qinghe.gov.cn"."""
_HEAD_LINES = 10


class UnreadableError(ValueError):
    """A file that is no table; the message is the reason, in Chinese."""


@dataclass(slots=True)
class Sheet:
    """One sheet; of a csv file the only one."""

    rows: list[list[Any]]
    """Cells as the file holds them; a cell merged over several rows stands in each of them."""
    name: str = ""
    """"" for a csv file."""
    visible: bool = True
    headings: set[int] = field(default_factory=set)
    """Rows in which a cell is merged over several columns: titles and headings of groups."""


def read(path: Path, *, strict: bool = True) -> list[Sheet]:
    """Sheets of a file in their order.

    Args:
        strict: refuse a csv file with unbalanced quotes.

    Raises:
        UnreadableError: it is missing, empty, locked, or no table.
    """
    if path.is_dir():
        raise UnreadableError("是文件夹，不是文件")
    try:
        body = path.read_bytes()
    except OSError as error:
        raise UnreadableError(cause(error)) from None
    if not body.strip():
        raise UnreadableError("文件是空的")
    if body.startswith((_ZIP, _OLE)):
        return list(_workbook(body))
    if _MARKUP.match(body):
        raise UnreadableError("内容是网页或 XML，不是表格：请用 Excel 或 WPS 打开，另存为 xlsx")
    return [Sheet(_csv(body, strict))]


def _workbook(body: bytes) -> Iterator[Sheet]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        for about in book.sheets_metadata:
            if about.typ is not SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(about.name)
            rows = sheet.to_python(skip_empty_area=False)
            headings = _unmerge(rows, sheet.merged_cell_ranges or [])
            yield Sheet(rows, about.name, about.visible is SheetVisibleEnum.Visible, headings)
    except PasswordError:
        raise UnreadableError("设有打开密码：请去掉密码后再用") from None
    except (CalamineError, OSError, ValueError) as error:
        if "assword" in str(error) or "ncrypt" in str(error):
            raise UnreadableError("设有打开密码：请去掉密码后再用") from None
        raise UnreadableError("不是完好的 Excel 文件") from None


def _unmerge(rows: list[list[Any]], ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> set[int]:
    """Fill merged cells downwards; the rows that hold cells merged sideways."""
    headings = set()
    for (top, left), (bottom, right) in ranges:
        if right > left:
            headings.add(top)
            continue
        for at in range(top + 1, min(bottom + 1, len(rows))):
            if left < len(rows[at]) and top < len(rows) and left < len(rows[top]):
                rows[at][left] = rows[top][left]
    return headings


def _csv(body: bytes, strict: bool) -> list[list[Any]]:
    text = _decoded(body)
    delimiter = max(",\t;", key="\n".join(text.splitlines()[:_HEAD_LINES]).count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=strict)
    try:
        return [list(row) for row in reader]
    except csv.Error:
        raise UnreadableError(f"不是完好的 CSV 文件：第 {reader.line_num} 行附近的引号不成对") from None


def _decoded(body: bytes) -> str:
    for encoding in _encodings(body):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            raise UnreadableError("不是文本文件")
        return text
    raise UnreadableError("既不是 UTF-8 也不是 GB18030 编码：请另存为 UTF-8 编码的 CSV，或 xlsx")


def _encodings(body: bytes) -> tuple[str, ...]:
    if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ("utf-16",)
    if b"\x00" in body[:400]:  # UTF-16 without its mark: every comma and digit has a zero beside it
        return ("utf-16-le",) if body[1:400:2].count(0) > body[0:400:2].count(0) else ("utf-16-be",)
    return "utf-8-sig", "gb18030"
