"""xls, et (OLE): an Excel 97 workbook by its records. Cells, hidden ones told apart, comments, text boxes, headers, links.

A record walk of our own: libraries that reserve the grid which a sheet announces abort the whole process on a forged size.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

from govcrawl.extract.documents import ole
from govcrawl.extract.documents.biff import Record, characters, records, rk, shared_strings, text
from govcrawl.extract.documents.errors import Damaged, Protected, Unknown
from govcrawl.extract.documents.gathering import Gathering
from govcrawl.extract.documents.limits import Limits, Nested
from govcrawl.extract.documents.xls_book import Book, Sheet
from govcrawl.extract.documents.xlsx_parts import without_codes
from govcrawl.model.documents import DocumentText

BOF, EOF, FILE_PASS = 0x809, 0x0A, 0x2F
_OLD_BOFS = (0x009, 0x209, 0x409)
_BIFF8 = 0x600
_GLOBALS = 0x05
_SHORT = (struct.error, IndexError)
_PICTURE = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff[\xe0\xe1]")
"""Signatures inside the drawing records; PNG and JPEG."""


def read(body: bytes, limits: Limits, nested: Nested | None = None) -> DocumentText:
    """Text of a workbook in the Excel 97–2003 format.

    Raises:
        Protected: it is encrypted. Unknown: older than Excel 97. Damaged: no workbook in it.
    """
    container = ole.Container(body)
    name = next((n for n in ("Workbook", "Book", "WORKBOOK", "BOOK") if container.has(n)), None)
    if name is None:
        raise Damaged("缺少工作簿数据流")
    stream = container.stream(name)
    gathering = Gathering(limits, nested)
    book = Book(gathering)
    with gathering.bounded():
        _walk(book, stream)
        for piece in ole.metadata(container):
            gathering.add(piece.text, piece.kind, piece.locator)
    return gathering.document("xls")


def _walk(book: Book, stream: bytes) -> None:
    started = ended = False
    for record in records(stream):
        if record.kind in (BOF, *_OLD_BOFS):
            started = True
            if record.kind != BOF or len(record.data) < 4 or struct.unpack_from("<H", record.data)[0] != _BIFF8:
                raise Unknown("Excel 97 以前的格式，不支持")
            book.depth += 1
            if book.depth == 1:
                book.sheet = _sheet_at(book, record)
        elif record.kind == EOF:
            book.depth = max(0, book.depth - 1)
            ended = True
        elif record.kind == FILE_PASS:
            raise Protected("工作簿设有打开密码")
        elif record.kind in _READERS:
            try:
                _READERS[record.kind](book, record)
            except _SHORT:
                book.gathering.missing.append("个别记录已损坏，未读取")
        elif record.kind in _DRAWINGS:
            book.gathering.pictures += len(_PICTURE.findall(record.data))
    if not started:
        raise Damaged("工作簿数据流已损坏")
    shown = {book.strings[index] for index in book.told}
    for words in book.strings:
        if words not in shown:
            book.gathering.once(words, "hidden", "未引用的文字")
    if book.lost:
        book.gathering.missing.append(f"{book.lost}个单元格的文字缺失")
    if not ended or book.depth:
        book.gathering.missing.append("工作簿不完整，只读取了一部分")


def _sheet_at(book: Book, record: Record) -> Sheet | None:
    """The sheet that begins here; one that the list of sheets does not name (Excel does not show it) counts as hidden. Null for the book's own part."""
    found = book.sheets.get(record.at)
    if found is None and struct.unpack_from("<H", record.data, 2)[0] != _GLOBALS:
        found = (f"未登记的工作表{record.at}", True)
    return Sheet(*found) if found else None


def _bound_sheet(book: Book, record: Record) -> None:
    place, state = struct.unpack_from("<IB", record.data)
    name = text(record.data, 6, wide_length=False)
    book.sheets[place] = (name, bool(state & 3))
    book.gathering.add(name, "name", "隐藏工作表" if state & 3 else "工作表")


def _strings(book: Book, record: Record) -> None:
    book.strings = shared_strings(record)


def _format(book: Book, record: Record) -> None:
    book.codes[struct.unpack_from("<H", record.data)[0]] = text(record.data, 2)


def _style(book: Book, record: Record) -> None:
    book.formats.append(struct.unpack_from("<H", record.data, 2)[0])


def _epoch(book: Book, record: Record) -> None:
    book.epoch_1904 = struct.unpack_from("<H", record.data)[0] == 1


def _row(book: Book, record: Record) -> None:
    if book.sheet is not None and struct.unpack_from("<H", record.data, 12)[0] & 0x20:
        book.sheet.rows.add(struct.unpack_from("<H", record.data)[0])


def _columns(book: Book, record: Record) -> None:
    first, last, _, _, flags = struct.unpack_from("<HHHHH", record.data)
    if book.sheet is not None and flags & 1:
        book.sheet.columns.update(range(first, min(last, 255) + 1))


def _shared_label(book: Book, record: Record) -> None:
    row, column, _, index = struct.unpack_from("<HHHI", record.data)
    if index < len(book.strings):
        book.told.add(index)
        book.cell(row, column, book.strings[index])
    else:
        book.lost += 1


def _label(book: Book, record: Record) -> None:
    row, column = struct.unpack_from("<HH", record.data)
    book.cell(row, column, text(record.data, 6))


def _number(book: Book, record: Record) -> None:
    row, column, style, value = struct.unpack_from("<HHHd", record.data)
    book.value(row, column, style, value)


def _packed(book: Book, record: Record) -> None:
    row, column, style, value = struct.unpack_from("<HHHI", record.data)
    book.value(row, column, style, rk(value))


def _packed_row(book: Book, record: Record) -> None:
    row, column = struct.unpack_from("<HH", record.data)
    for at in range(4, len(record.data) - 7, 6):
        style, value = struct.unpack_from("<HI", record.data, at)
        book.value(row, column, style, rk(value))
        column += 1


def _formula(book: Book, record: Record) -> None:
    row, column, style = struct.unpack_from("<HHH", record.data)
    result = record.data[6:14]
    if result[6:8] != b"\xff\xff":
        book.value(row, column, style, struct.unpack("<d", result)[0])
    elif result[0] == 0 and book.sheet is not None:
        book.sheet.waiting = (row, column)


def _formula_text(book: Book, record: Record) -> None:
    if book.sheet is not None and book.sheet.waiting:
        row, column = book.sheet.waiting
        book.sheet.waiting = None
        if record.breaks:  # a long result: its continuations state their width like those of shared strings
            count, flags = struct.unpack_from("<HB", record.data)
            raw = record.data[3 : record.breaks[0]]
            words = characters(raw, wide=bool(flags & 1))
            for start, end in zip(record.breaks, (*record.breaks[1:], len(record.data)), strict=True):
                words += characters(record.data[start + 1 : end], wide=bool(record.data[start] & 1))
            book.cell(row, column, words[:count])
        else:
            book.cell(row, column, text(record.data, 0))


def _edge(kind: str) -> Callable[[Book, Record], None]:
    def use(book: Book, record: Record) -> None:
        if record.data:
            book.gathering.add(without_codes(text(record.data, 0)), kind, book.place)

    return use


def _note(book: Book, record: Record) -> None:
    """Author of a comment; its words are the text box that belongs to it."""
    if len(record.data) > 10:
        book.gathering.once(text(record.data, 8), "comment", f"{book.place}批注作者")


def _object(book: Book, record: Record) -> None:
    book.comment = struct.unpack_from("<HHH", record.data) == (0x15, 0x12, 0x19)


def _chart_text(book: Book, record: Record) -> None:
    book.gathering.once(text(record.data, 2, wide_length=False), "chart", book.place)


def _text_box(book: Book, record: Record) -> None:
    """Words of a text box or comment: in the first continuation, which states its width."""
    (count,) = struct.unpack_from("<H", record.data, 10)
    if count and record.breaks:
        words = ""
        for start, end in zip(record.breaks, (*record.breaks[1:], len(record.data)), strict=True):
            if len(words) < count:
                words += characters(record.data[start + 1 : end], wide=bool(record.data[start] & 1))
        book.gathering.add(words[:count], "comment" if book.comment else "box", book.place)


def _link(book: Book, record: Record) -> None:
    """Address of a link: the UTF-16 text after the address moniker's class."""
    mark = record.data.find(b"\xe0\xc9\xea\x79\xf9\xba\xce\x11\x8c\x82\x00\xaa\x00\x4b\xa9\x0b")
    if mark >= 0:
        (size,) = struct.unpack_from("<I", record.data, mark + 16)
        address = characters(record.data[mark + 20 : mark + 20 + size], wide=True).partition("\0")[0]
        book.gathering.once(address, "link", book.place)


def _choices(book: Book, record: Record) -> None:
    """Prompts of a data validation and, where it is spelled out, its list (texts parted by NUL)."""
    at = 4
    for _ in range(4):
        words = text(record.data, at)
        book.gathering.once(words.strip("\0"), "field", book.place)
        count, flags = struct.unpack_from("<HB", record.data, at)
        at += 3 + count * (2 if flags & 1 else 1)
    size = struct.unpack_from("<H", record.data, at)[0]
    formula = record.data[at + 4 : at + 4 + size]
    if formula[:1] == b"\x17":
        wide = bool(formula[2] & 1)
        words = characters(formula[3 : 3 + formula[1] * (2 if wide else 1)], wide=wide)
        book.gathering.once(words.replace("\0", ","), "field", book.place)


_DRAWINGS = frozenset({0xEB, 0xEC})
_READERS: dict[int, Callable[[Book, Record], None]] = {
    0x85: _bound_sheet, 0xFC: _strings, 0x41E: _format, 0xE0: _style, 0x22: _epoch, 0x208: _row, 0x7D: _columns, 0xFD: _shared_label,
    0x204: _label, 0xD6: _label, 0x203: _number, 0x27E: _packed, 0xBD: _packed_row, 0x06: _formula, 0x207: _formula_text, 0x14: _edge("header"),
    0x15: _edge("footer"), 0x1C: _note, 0x1B6: _text_box, 0x1B8: _link, 0x1BE: _choices, 0x5D: _object, 0x100D: _chart_text,
}  # fmt: skip
