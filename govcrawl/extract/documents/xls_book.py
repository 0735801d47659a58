"""What the records of an Excel 97 workbook have said so far, and the cells they put into it."""

from __future__ import annotations

from dataclasses import dataclass, field

from govcrawl.extract.documents import cells
from govcrawl.extract.documents.gathering import Enough, Gathering
from govcrawl.extract.documents.walk import letters


@dataclass(slots=True)
class Sheet:
    name: str
    hidden: bool
    columns: set[int] = field(default_factory=set)
    rows: set[int] = field(default_factory=set)
    waiting: tuple[int, int] | None = None
    """(row, column) of a formula that gives a text: the text is the next record."""


@dataclass(slots=True)
class Book:
    gathering: Gathering
    sheets: dict[int, tuple[str, bool]] = field(default_factory=dict)
    """By place in the stream: (name, hidden)."""
    strings: list[str] = field(default_factory=list)
    told: set[int] = field(default_factory=set)
    """Places of the shared strings that stand in a cell."""
    codes: dict[int, str] = field(default_factory=dict)
    formats: list[int] = field(default_factory=list)
    """Number format of every cell format (XF)."""
    lost: int = 0
    """Cells whose string is not in the table."""
    epoch_1904: bool = False
    seen: set[tuple[str, int]] = field(default_factory=set)
    sheet: Sheet | None = None
    depth: int = 0
    comment: bool = False
    """The drawing object just announced is the frame of a comment."""

    @property
    def place(self) -> str:
        """Name of the sheet whose records are read."""
        return self.sheet.name if self.sheet else ""

    def cell(self, row: int, column: int, words: str, *, lossy: bool = False) -> None:
        sheet = self.sheet
        if sheet is None:
            return
        if (sheet.name, row) not in self.seen:
            self.seen.add((sheet.name, row))
            if len(self.seen) > self.gathering.limits.rows:
                self.gathering.missing.append(f"行数超过上限{self.gathering.limits.rows}行，其余未读取")
                raise Enough
        hidden = sheet.hidden or row in sheet.rows or column in sheet.columns
        self.gathering.add(words, "hidden" if hidden else "table", f"{sheet.name}!{letters(column + 1)}{row + 1}", lossy=lossy)

    def value(self, row: int, column: int, style: int, value: float) -> None:
        """A number cell; a date where its format says so."""
        form = self.formats[style] if style < len(self.formats) else 0
        if cells.is_date_format(form, self.codes.get(form)):
            shown = cells.date(value, self.epoch_1904)
            if shown is not None:
                self.cell(row, column, shown)
                return
        words, lossy = cells.number(repr(value))
        self.cell(row, column, words, lossy=lossy)
