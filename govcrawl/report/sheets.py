"""One plain sheet for an office: a header, rows of text by column name, readable on screen and on paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import east_asian_width

import xlsxwriter

from govcrawl.errors import OutputError, cause

_EXCEL_LINKS = 65_000  # Excel drops hyperlinks beyond 65,530 a sheet
_EXCEL_TEXT = 32_000  # and refuses a file with a longer cell than 32,767


_FONT = {"font_name": "宋体", "font_size": 10}
_LINE, _EDGE, _TALLEST = 13.5, 4.0, 409.0
"""Points of a line and of a row's edges; Excel's tallest row."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Sheet:
    """How a sheet looks.

    The first column is hidden where it holds ids.
    """

    name: str
    columns: Sequence[tuple[str, int]]
    """Heading and width, in characters of half width."""
    links: Sequence[str] = ()
    """Columns whose addresses can be clicked."""
    numbers: Sequence[str] = ()
    """Columns that are numbers, so that they can be summed."""
    head: Sequence[str] = ()
    """Lines above the header (title, deadline)."""
    filled: Sequence[str] = ()
    """Columns that the reader is to fill in; they are shaded."""
    hidden: bool = True
    beside: int = 0
    """Columns that stay in sight when the sheet is moved sideways."""


def write(path: Path, sheet: Sheet, rows: Iterable[Mapping[str, str]]) -> None:
    """Write one sheet; all cells but numbers are text (a cell that begins with `=` stays text).

    Raises:
        OutputError: the file cannot be written; what was there stays whole.
    """
    temporary = path.with_name(path.name + ".part")
    try:
        book = xlsxwriter.Workbook(str(temporary), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
        _Written(book, sheet).fill(rows)
        book.close()
        temporary.replace(path)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        # xlsxwriter wraps the system's error, and leaves half a file
        if temporary.parent.is_dir():
            temporary.unlink(missing_ok=True)
        raise OutputError(f"无法写入 {path}：{cause(error.__context__ or error)}") from error


class _Written:
    """One sheet on its way to paper: A3 across, one page wide, the header on each page."""

    def __init__(self, book: xlsxwriter.Workbook, sheet: Sheet) -> None:
        self._looks = sheet
        self._out = book.add_worksheet(sheet.name)
        plain = {**_FONT, "text_wrap": True, "valign": "top", "border": 1}
        self._cell = book.add_format(plain)
        self._link = book.add_format({**plain, "font_color": "#0563C1", "underline": 1})
        self._blank = book.add_format({**plain, "bg_color": "#FFF9E5"})
        number = {**plain, "align": "center"}
        self._whole, self._number = book.add_format({**number, "num_format": "0"}), book.add_format({**number, "num_format": "0.00"})
        self._title = book.add_format(
            {**_FONT, "bold": True, "text_wrap": True, "valign": "vcenter", "align": "center", "border": 1, "bg_color": "#DDEBF7"}
        )
        self._line = book.add_format(_FONT)

    def fill(self, rows: Iterable[Mapping[str, str]]) -> None:
        looks, out = self._looks, self._out
        for at, line in enumerate(looks.head):
            out.write_string(at, 1 if looks.hidden else 0, line, self._line)
        top = at = len(looks.head)
        for column, (heading, width) in enumerate(looks.columns):
            out.set_column(column, column, width, None, {"hidden": looks.hidden and column == 0})
            out.write_string(top, column, heading, self._title)
        for at, row in enumerate(rows, top + 1):
            self._row(at, row)
        out.freeze_panes(top + 1, looks.beside)
        out.autofilter(top, 0, max(at, top + 1), len(looks.columns) - 1)
        out.set_landscape()
        out.set_paper(8)  # A3
        out.set_margins(left=0.3, right=0.3, top=0.5, bottom=0.6)
        out.fit_to_pages(1, 0)
        out.repeat_rows(top)
        out.set_footer("&C第 &P 页，共 &N 页")

    def _row(self, at: int, row: Mapping[str, str]) -> None:
        looks, out = self._looks, self._out
        # Excel fits a row to its text when it opens a file; WPS and LibreOffice cut the text off
        out.set_row(at, height(row, looks.columns[1:] if looks.hidden else looks.columns))
        for column, (heading, _) in enumerate(looks.columns):
            text = row.get(heading, "")[:_EXCEL_TEXT]
            if heading in looks.numbers and text:
                out.write_number(at, column, float(text), self._number if "." in text else self._whole)
            elif heading in looks.links and text.startswith("http") and at < _EXCEL_LINKS and len(text) < 2000:
                out.write_url(at, column, text, self._link, text)
            else:
                out.write_string(at, column, text, self._blank if heading in looks.filled else self._cell)


def height(row: Mapping[str, str], columns: Sequence[tuple[str, int]]) -> float:
    """Points that a row needs to show all of its text."""
    lines = max((_lines(row.get(heading, ""), width) for heading, width in columns), default=1)
    return min(_TALLEST, lines * _LINE + _EDGE)


def _lines(text: str, width: int) -> int:
    return sum(max(1, -(-sum(2 if east_asian_width(c) in "WFA" else 1 for c in line) // width)) for line in text.split("\n"))
