"""Word 97–2003 and Kingsoft .wps: one stream of characters for body, notes, headers, comments and boxes, found through its piece table [MS-DOC]."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from govcrawl.extract.documents.doc_layout import Section, Tables, pieces_of
from govcrawl.extract.documents.embedded import unpack
from govcrawl.extract.documents.errors import Damaged, Protected, Unknown, Unreadable
from govcrawl.extract.documents.gathering import Gathering
from govcrawl.extract.documents.limits import Limits, Nested
from govcrawl.extract.documents.office_art import alternative_texts, picture_count
from govcrawl.extract.documents.ole import BROKEN, Container, metadata
from govcrawl.extract.documents.ole_writer import ole_file
from govcrawl.extract.documents.word_properties import Span, character_spans, paragraph_spans
from govcrawl.model.documents import DocumentText, Piece

_WORD_97, _WORD_6 = 0xA5EC, 0xA5DC
_FIRST_VERSION = 0xC0
"""Word 97 writes 0xC1; its template of an empty document bears 0xC0, the bidirectional build 0xC2."""
_ENCRYPTED, _OTHER_TABLE = 0x0100, 0x0200
_PLACES = 154
"""Where the pairs (place, size) of the header begin; a pair's number is its row in [MS-DOC 2.5.6]."""
_HEADERS, _CHARACTERS, _PARAGRAPHS, _CLX, _AUTHORS = 11, 12, 13, 33, 36
_ONE_BYTE = 0x40000000
_KINDS = ("body", "note", "header", "", "comment", "note", "box", "box")
"""Kinds of the parts of the stream, in their order; the fourth (macros) is always empty."""
_NOTE_NAMES = ("", "脚注", "页眉页脚", "", "批注", "尾注", "文本框", "页眉文本框")

_READABLE = frozenset({"\x01Ole10Native", "Package", "CONTENTS", "EmbeddedOdf", "WordDocument", "Workbook", "Book", "PowerPoint Document"})
"""Streams of objects that hold a file or a document; a picture or a formula has none of them."""


@dataclass(slots=True, frozen=True)
class _Run:
    """Characters from position `start` on that lie together in the file at byte `at`, `width` bytes each."""

    start: int
    at: int
    width: int
    text: str


@dataclass(slots=True, frozen=True)
class _Header:
    word: bytes
    table: bytes

    def pair(self, row: int) -> tuple[int, int]:
        place, size = struct.unpack_from("<II", self.word, _PLACES + row * 8)
        return (place, size) if place + size <= len(self.table) else (0, 0)


def read(body: bytes, limits: Limits, nested: Nested | None = None) -> DocumentText:
    """Text of every part of the document, with hidden and deleted text told apart, alternative texts, comment authors and metadata.

    Raises:
        Protected: it opens with a password only.
        Unknown: Word 6.0 or 95, whose text lies otherwise.
        Damaged: its header or piece table does not hold.
    """
    container = Container(body)
    if not container.has("WordDocument"):
        raise Unknown("OLE 文件中没有 Word 正文")
    word = container.stream("WordDocument")
    gathering = Gathering(limits, nested)
    try:
        header = _header(container, word)
        with gathering.bounded():
            for piece in _text_pieces(header, limits):
                gathering.add(piece.text, piece.kind, piece.locator)
    except BROKEN:
        raise Damaged("Word 文件结构已损坏") from None
    with gathering.bounded():
        _surroundings(container, header, gathering)
    return gathering.document("doc")


def _surroundings(container: Container, header: _Header, gathering: Gathering) -> None:
    data = container.stream_or_empty("Data")
    gathering.pictures = picture_count(data) + picture_count(header.word)
    for piece in (*_authors(header), *alternative_texts(data), *alternative_texts(header.table), *metadata(container)):
        gathering.once(piece.text, piece.kind, piece.locator)
    _embedded(container, gathering)


def _embedded(container: Container, gathering: Gathering) -> None:
    """Objects in the text: each keeps its streams in a folder of `ObjectPool`."""
    pools: dict[str, list[str]] = {}
    for name in container.names():
        levels = name.split("/")
        if len(levels) == 3 and levels[0] == "ObjectPool":
            pools.setdefault(levels[1], []).append(levels[2])
    for n, (pool, names) in enumerate(pools.items(), 1):
        if _READABLE.isdisjoint(names) or n > gathering.limits.members:
            continue
        data = ole_file({name: container.stream_or_empty(f"ObjectPool/{pool}/{name}") for name in names})
        try:
            path, content = unpack(f"嵌入对象{n}", data)
        except Unreadable:
            gathering.missing.append(f"嵌入对象{n}无法读取")
            continue
        gathering.embed(path, content)


def _header(container: Container, word: bytes) -> _Header:
    magic, version = struct.unpack_from("<HH", word)
    (flags,) = struct.unpack_from("<H", word, 10)
    if flags & _ENCRYPTED and magic in (_WORD_97, _WORD_6):
        raise Protected("文档已设密码，无法打开")
    if magic == _WORD_6 or (magic == _WORD_97 and version < _FIRST_VERSION):
        raise Unknown("Word 6.0/95 格式，不支持读取")
    if magic != _WORD_97:
        raise Damaged("Word 文件头已损坏")
    return _Header(word, container.stream("1Table" if flags & _OTHER_TABLE else "0Table"))


def _text_pieces(header: _Header, limits: Limits) -> Iterator[Piece]:
    lengths = struct.unpack_from("<8I", header.word, 76)
    runs = _runs(header, min(sum(lengths), limits.text_chars))
    text = "".join(run.text for run in runs)
    marks = list(_positions(runs, character_spans(header.word, header.table, *header.pair(_CHARACTERS))))
    rows = list(_positions(runs, paragraph_spans(header.word, header.table, *header.pair(_PARAGRAPHS))))
    start, tables = 0, Tables()
    for kind, name, length in zip(_KINDS, _NOTE_NAMES, lengths, strict=True):
        if kind == "header":
            yield from _headers(header, text, start, length, marks, rows, tables)
        elif length:
            yield from pieces_of(Section(text[start : start + length], start, kind, name), marks, rows, tables)
        start += length


def _runs(header: _Header, wanted: int) -> list[_Run]:
    """The piece table: positions, then for each piece a place in the stream and a flag for one byte a character."""
    place, size = header.pair(_CLX)
    clx = header.table[place : place + size]
    while clx[:1] == b"\x01":  # changes for whole pieces stand before the table
        clx = clx[3 + struct.unpack_from("<H", clx, 1)[0] :]
    if clx[:1] != b"\x02":
        raise Damaged("Word 文件缺少正文索引")
    count = (min(struct.unpack_from("<I", clx, 1)[0], len(clx) - 5) - 4) // 12
    if count < 1:
        raise Damaged("Word 文件缺少正文索引")
    positions = struct.unpack_from(f"<{count + 1}I", clx, 5)
    runs, start = [], 0
    for n in range(count):
        length = min(positions[n + 1] - positions[n], wanted - start)
        if length <= 0:
            continue
        (at,) = struct.unpack_from("<I", clx, 5 + (count + 1) * 4 + n * 8 + 2)
        width = 1 if at & _ONE_BYTE else 2
        at = (at & 0x3FFFFFFF) // (2 if width == 1 else 1)
        raw = header.word[at : at + length * width]
        # A character outside the basic plane is two positions: keep the count of positions by leaving its halves alone.
        text = raw.decode("cp1252", "replace") if width == 1 else raw.decode("utf-16-le", "surrogatepass")
        if len(text) != length:
            text = _by_position(raw) if width == 2 else text
        runs.append(_Run(start, at, width, text.ljust(length, "\0")[:length]))
        start += length
    return runs


def _by_position(raw: bytes) -> str:
    """UTF-16 as one character a unit, halves of pairs kept; `pieces_of` puts them together again."""
    raw = raw[: len(raw) & ~1]
    return "".join(map(chr, struct.unpack(f"<{len(raw) // 2}H", raw)))


def _positions(runs: list[_Run], spans: list[Span]) -> Iterator[Span]:
    """Spans of bytes, sorted and apart, as spans of positions; a span may lie in several runs."""
    ends = [span.end for span in spans]
    for run in runs:
        end = run.at + len(run.text) * run.width
        for n in range(bisect_right(ends, run.at), len(spans)):
            span = spans[n]
            if span.start >= end:
                break
            first, last = max(span.start, run.at), min(span.end, end)
            if first < last:
                yield Span(run.start + (first - run.at) // run.width, run.start + (last - run.at) // run.width, span.mark)


def _headers(header: _Header, text: str, start: int, length: int, marks: list[Span], rows: list[Span], tables: Tables) -> Iterator[Piece]:
    """The header part is a row of stories, six for the notes' lines, then six a section: headers and footers of even, odd and first pages."""
    place, size = header.pair(_HEADERS)
    bounds = struct.unpack_from(f"<{size // 4}I", header.table, place) if size >= 8 else (0, length)
    for n, (first, last) in enumerate(zip(bounds, bounds[1:], strict=False)):
        if first < last <= length:
            kind = "footer" if n >= 6 and (n - 6) % 6 in (2, 3, 5) else "header"
            name = "页脚" if kind == "footer" else "页眉"
            yield from pieces_of(Section(text[start + first : start + last], start + first, kind, name), marks, rows, tables)


def _authors(header: _Header) -> Iterator[Piece]:
    """Names of those who commented: a length and UTF-16 text, one after another."""
    at, size = header.pair(_AUTHORS)
    end = at + size
    while at + 2 <= end:
        (count,) = struct.unpack_from("<H", header.table, at)
        name = header.table[at + 2 : at + 2 + count * 2].decode("utf-16-le", "replace").strip("\0 ")
        at += 2 + count * 2
        if name and at <= end:
            yield Piece(name, "comment", "批注作者")
