"""One plain sheet: a header, rows of text by column name, the first column hidden where it holds ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import xlsxwriter

from govcrawl.errors import OutputError, cause

_EXCEL_LINKS = 65_000  # Excel drops hyperlinks beyond 65,530 a sheet
_EXCEL_TEXT = 32_000  # and refuses a file with a longer cell than 32,767


def write(
    path: Path,
    name: str,
    columns: Sequence[tuple[str, int]],
    rows: Iterable[Mapping[str, str]],
    *,
    links: Sequence[str] = (),
    head: Sequence[str] = (),
    filled: Sequence[str] = (),
    hidden: bool = True,
) -> None:
    """Write one sheet, all cells as text (a cell that begins with `=` stays text).

    Args:
        links: columns whose addresses can be clicked.
        head: lines above the header (title, deadline).
        filled: columns that the reader is to fill in; they are shaded.

    Raises:
        OutputError: the file cannot be written; what was there stays whole.
    """
    temporary = path.with_name(path.name + ".part")
    try:
        book = xlsxwriter.Workbook(str(temporary), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
        _sheet(book, name, columns, rows, links, head, filled, hidden)
        book.close()
        temporary.replace(path)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        if temporary.parent.is_dir():
            temporary.unlink(missing_ok=True)
        raise OutputError(f"无法写入 {path}：{cause(error.__context__ or error)}") from error


def _sheet(
    book: xlsxwriter.Workbook, name: str, columns: Sequence[tuple[str, int]], rows: Iterable[Mapping[str, str]],
    links: Sequence[str], head: Sequence[str], filled: Sequence[str], hidden: bool,
) -> None:  # fmt: skip
    sheet = book.add_worksheet(name)
    plain = {"text_wrap": True, "valign": "top", "border": 1}
    cell = book.add_format(plain)
    link = book.add_format({**plain, "font_color": "#0563C1", "underline": 1})
    blank = book.add_format({**plain, "bg_color": "#FFF9E5"})
    title = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "align": "center", "border": 1, "bg_color": "#DDEBF7"})
    for at, line in enumerate(head):
        sheet.write_string(at, 1 if hidden else 0, line)
    top = len(head)
    for column, (heading, width) in enumerate(columns):
        sheet.set_column(column, column, width, None, {"hidden": hidden and column == 0})
        sheet.write_string(top, column, heading, title)
    at = top
    for at, row in enumerate(rows, top + 1):  # noqa: B007
        for column, (heading, _) in enumerate(columns):
            text = row.get(heading, "")[:_EXCEL_TEXT]
            if heading in links and text.startswith("http") and at < _EXCEL_LINKS and len(text) < 2000:
                sheet.write_url(at, column, text, link, text)
            else:
                sheet.write_string(at, column, text, blank if heading in filled else cell)
    sheet.freeze_panes(top + 1, 0)
    sheet.autofilter(top, 0, max(at, top + 1), len(columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)
    sheet.set_footer("&C第 &P 页，共 &N 页")
