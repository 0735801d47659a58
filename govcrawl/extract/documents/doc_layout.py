"""From a part of a Word 97 character stream to paragraphs, rows of cells, fields, hidden and deleted runs."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from govcrawl.extract.documents.walk import letters
from govcrawl.extract.documents.word_properties import Span
from govcrawl.model.documents import Piece

_BREAKS = re.compile(r"([\r\x07\x0c\x13\x14\x15])")
"""Ends of paragraph, cell and page; begin, middle and end of a field. Matches `\\r`, not `\\x0b` (a line break inside a paragraph)."""
_SIGNS = str.maketrans(
    {"\x0b": "\n", "\x1e": "-", "\x1f": None, "\x0e": "\n", "\r": "\n", "\x0c": "\n", "\xa0": " "}
    | {chr(c): None for c in (*range(9), *range(15, 30))}
)
_QUOTED = re.compile(r'"([^"]+)"')
"""Matches `"mailto:a@example.test"` in a field code; not `\\h`."""
_OWN_MARKS = ("_Toc", "_Ref", "_Hlk", "_GoBack")
_TELLING = re.compile(r"\d{6}|[㐀-鿿]")
"""A field code worth keeping: matches `QUOTE 13900001111`, not `PAGE \\* MERGEFORMAT`."""
_PAIR = re.compile(r"[\ud800-\udbff][\udc00-\udfff]")
"""Both halves of a character outside the basic plane; matches those of `𠀀`, not one alone."""


@dataclass(slots=True, frozen=True)
class Section:
    """A part of the stream: its text, where that begins, what kind of text it is and what its paragraphs are called (`批注`)."""

    text: str
    start: int
    kind: str
    name: str


@dataclass(slots=True)
class _Table:
    """The table that is open, outer or inner: its number, the row and column of the next cell."""

    number: int = 0
    row: int = 1
    column: int = 1

    @property
    def locator(self) -> str:
        return f"表{self.number}!{letters(self.column)}{self.row}"


@dataclass(slots=True)
class Tables:
    """Numbers tables through all parts of one document."""

    count: int = 0
    outer: _Table = field(default_factory=_Table)
    inner: _Table = field(default_factory=_Table)

    def opened(self, table: _Table) -> _Table:
        if not table.number:
            self.count += 1
            table.number = self.count
        return table


@dataclass(slots=True)
class _Flow:
    """What is open while the stream is walked."""

    section: Section
    tables: Tables
    numbered: int = 0
    """Which note or comment: each begins with its own mark."""
    paragraph: str = ""
    filled: bool = False
    """The cell at hand has had text."""
    codes: list[tuple[list[str], bool]] = field(default_factory=list)

    @property
    def locator(self) -> str:
        return f"{self.section.name}{self.numbered}" if self.numbered and self.section.kind in ("note", "comment") else self.section.name


def pieces_of(section: Section, marks: list[Span], rows: list[Span], tables: Tables) -> Iterator[Piece]:
    """Paragraphs, those of cells with their place, and, as pieces of their own, hidden and deleted runs, links and field codes.

    Args:
        section: A part of the stream.
        marks: Hidden and deleted spans, in positions of the whole stream.
        rows: Spans of paragraphs of tables, likewise.
        tables: Counts the tables of the document.
    """
    visible, apart = _parted(section, marks)
    yield from _walk(_Flow(section, tables), visible, section, rows)
    for kind, text in apart:
        yield Piece(_clean(text), kind, section.name)


def _parted(section: Section, marks: list[Span]) -> tuple[str, list[tuple[str, str]]]:
    """Visible text of the same length (marked characters become NUL, ends of paragraphs stay) and the marked runs."""
    end = section.start + len(section.text)
    inside = [span for span in marks if span.end > section.start and span.start < end]
    if not inside:
        return section.text, []
    visible: list[str] = []
    apart: list[tuple[str, str]] = []
    at, last = 0, -1
    for span in inside:
        first, stop = max(span.start - section.start, at), min(span.end - section.start, len(section.text))
        if first >= stop:
            continue
        text = section.text[first:stop]
        visible += [section.text[at:first], re.sub(r"[^\r\x07\x0c\x13-\x15]", "\0", text)]
        if apart and last == first and apart[-1][0] == span.mark:  # one number in three runs
            apart[-1] = (span.mark, apart[-1][1] + text)
        else:
            apart.append((span.mark, text))
        at = last = stop
    return "".join([*visible, section.text[at:]]), apart


def _walk(flow: _Flow, text: str, section: Section, rows: list[Span]) -> Iterator[Piece]:
    at = section.start
    starts = [span.start for span in rows]
    for part in _BREAKS.split(text):
        at += len(part)
        if part == "\x13":
            flow.codes.append(([], False))
        elif part == "\x14" and flow.codes:
            yield from _code(flow, flow.codes[-1])
            flow.codes[-1] = ([], True)
        elif part == "\x15" and flow.codes:
            code = flow.codes.pop()
            if not code[1]:
                yield from _code(flow, code)
        elif part in ("\r", "\x07", "\x0c"):
            n = bisect_right(starts, at - 1) - 1
            mark = rows[n].mark if n >= 0 and rows[n].end >= at else ""
            yield from _close(flow, part, mark)
        elif flow.codes and not all(shown for _, shown in flow.codes):
            flow.codes[-1][0].append(part)
        else:
            flow.numbered += sum(part.count(sign) for sign in "\x02\x05") if section.kind in ("note", "comment") else 0
            flow.paragraph += part
    yield from _close(flow, "\r", "")


def _close(flow: _Flow, sign: str, mark: str) -> Iterator[Piece]:
    """A paragraph has ended, in a table or outside."""
    text, flow.paragraph = _clean(flow.paragraph).strip(), ""
    tables = flow.tables
    if sign == "\x07" and not mark:  # no paragraph properties kept: a mark right after a cell's mark ends the row
        mark = "row" if not text and not flow.filled and tables.outer.column > 1 else "cell"
    if not mark:
        tables.outer, tables.inner, flow.filled = _Table(), _Table(), False
        if text:
            yield Piece(text, flow.section.kind, flow.locator)
        return
    inner = mark.startswith("inner")
    table = tables.opened(tables.inner if inner else tables.outer)
    if mark in ("row", "inner-row"):
        table.row, table.column = table.row + 1, 1
        return
    if text:
        body = flow.section.kind == "body"
        yield Piece(text, "table" if body else flow.section.kind, table.locator if body else flow.locator)
    flow.filled = sign != "\x07" and bool(text)
    if inner or sign == "\x07":
        table.column += 1
    if not inner and sign == "\x07":
        tables.inner = _Table()


def _code(flow: _Flow, code: tuple[list[str], bool]) -> Iterator[Piece]:
    """The instruction of a field: the targets of a link, or another code that says something."""
    text = _clean("".join(code[0])).strip()
    if text.upper().startswith("HYPERLINK"):
        for target in _QUOTED.findall(text):
            if not target.startswith(_OWN_MARKS):
                yield Piece(target, "link", flow.section.name)
    elif _TELLING.search(text):
        yield Piece(text, "field", flow.section.name)


def _clean(text: str) -> str:
    text = text.translate(_SIGNS)
    text = _PAIR.sub(lambda match: match[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text)
    return re.sub(r"[\ud800-\udfff]", "�", text)
