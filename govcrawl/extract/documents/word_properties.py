"""Which characters of a Word 97 file are hidden or deleted, which paragraphs are table rows: its formatted pages [MS-DOC 2.9.33, 2.9.56]."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

HIDDEN, DELETED = "hidden", "deleted"
_PAGE = 512
_VANISH, _DELETED = 0x083C, 0x0800
_IN_TABLE, _ROW_END, _INNER_CELL, _INNER_ROW_END = 0x2416, 0x2417, 0x244B, 0x244C
_SIZE: Final = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}
"""Bytes of an operand by the top three bits of its code; 6 is of variable length."""
_TABLE_DEFINITIONS = (0xD608, 0xD606)
"""Their length takes two bytes."""


@dataclass(slots=True, frozen=True)
class Span:
    """Bytes [start, end) of the text stream with one mark."""

    start: int
    end: int
    mark: str


def character_spans(word: bytes, table: bytes, at: int, size: int) -> list[Span]:
    """Hidden and deleted runs, sorted by place."""
    spans = []
    for start, end, changes in _runs(word, table, at, size, paragraphs=False):
        switched = dict(_changes(changes))
        if switched.get(_DELETED) == 1:
            spans.append(Span(start, end, DELETED))
        elif switched.get(_VANISH) == 1:
            spans.append(Span(start, end, HIDDEN))
    return _apart(spans)


def paragraph_spans(word: bytes, table: bytes, at: int, size: int) -> list[Span]:
    """Paragraphs of tables, sorted: mark `cell`, `row` (ends a row), `inner` (ends a cell of a table in a table), `inner-row`."""
    spans = []
    for start, end, changes in _runs(word, table, at, size, paragraphs=True):
        switched = dict(_changes(changes[2:]))
        if not switched.get(_IN_TABLE):
            continue
        mark = next(
            (mark for code, mark in ((_INNER_ROW_END, "inner-row"), (_INNER_CELL, "inner"), (_ROW_END, "row")) if switched.get(code)),
            "cell",
        )
        spans.append(Span(start, end, mark))
    return _apart(spans)


def _apart(spans: list[Span]) -> list[Span]:
    """Sorted; of two that overlap, which only a damaged file has, the first."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if span.start < span.end and (not kept or kept[-1].end <= span.start):
            kept.append(span)
    return kept


def _runs(word: bytes, table: bytes, at: int, size: int, *, paragraphs: bool) -> Iterator[tuple[int, int, bytes]]:
    """(start, end, changes) of every run of all formatted pages of one kind."""
    pages = (size - 4) // 8
    if pages <= 0 or at + size > len(table):
        return
    width = 13 if paragraphs else 1
    for number in struct.unpack_from(f"<{pages}I", table, at + (pages + 1) * 4):
        page = word[(number & 0x3FFFFF) * _PAGE :][:_PAGE]
        if len(page) < _PAGE:
            continue
        count = page[511]
        if (count + 1) * 4 + count * width > 511:
            continue
        places = struct.unpack_from(f"<{count + 1}I", page)
        for n in range(count):
            offset = page[(count + 1) * 4 + n * width] * 2
            yield places[n], places[n + 1], _stored(page, offset, paragraphs) if offset else b""


def _stored(page: bytes, offset: int, paragraphs: bool) -> bytes:
    """The changes kept at `offset` of a formatted page; lengths count words for paragraphs, bytes for characters."""
    size = page[offset]
    if not paragraphs:
        return page[offset + 1 : offset + 1 + size]
    if size:
        return page[offset + 1 : offset + size * 2]
    return page[offset + 2 : offset + 2 + page[offset + 1] * 2] if offset + 1 < len(page) else b""


def _changes(data: bytes) -> Iterator[tuple[int, int]]:
    """(code, first byte of the operand) of a list of property changes; stops where it no longer fits."""
    at = 0
    while at + 3 <= len(data):
        (code,) = struct.unpack_from("<H", data, at)
        at += 2
        size = _SIZE.get(code >> 13)
        if size is None:
            size = struct.unpack_from("<H", data, at)[0] + 1 if code in _TABLE_DEFINITIONS and at + 2 <= len(data) else data[at] + 1
        yield code, data[at]
        at += size
