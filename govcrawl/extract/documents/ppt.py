"""PowerPoint 97–2003 and Kingsoft .dps: a tree of records, slides found through the newest directory of the file [MS-PPT]."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from govcrawl.extract.documents.embedded import unpack
from govcrawl.extract.documents.errors import Damaged, Protected, Unknown, Unreadable
from govcrawl.extract.documents.gathering import Gathering
from govcrawl.extract.documents.limits import Limits, Nested
from govcrawl.extract.documents.office_art import alternative_texts, picture_count
from govcrawl.extract.documents.ole import BROKEN, Container, metadata
from govcrawl.model.documents import DocumentText

_DOCUMENT, _SLIDE, _NOTES, _MASTER = 0x03E8, 0x03EE, 0x03F0, 0x03F8
_SLIDE_PERSIST, _NOTES_ATOM, _SLIDE_SHOW, _PLACEHOLDER = 0x03F3, 0x03F1, 0x03F9, 0x0BC3
_USER_EDIT, _DIRECTORY = 0x0FF5, 0x1772
_UTF16, _LATIN, _STRING = 0x0FA0, 0x0FA8, 0x0FBA
_OUTLINES, _HEADERS, _LINK, _COMMENT, _OLE, _CONTROL, _TAG = 0x0FF0, 0x0FD9, 0x0FD7, 0x2EE0, 0x0FCC, 0x0FEE, 0x138A
_TAG_DATA, _OBJECT, _SHAPE = 0x138B, 0x1011, 0xF004
_ENCRYPTED = 0xF3D1C4DF
_DEEPEST = 24
_MOST_EDITS, _LONGEST_DIRECTORY = 100, 80_000
"""Savings of one file; bytes of a directory (20,000 slides, notes and masters)."""
_PARTS = {_DOCUMENT: ("body", ""), _SLIDE: ("body", "第{}页"), _NOTES: ("note", "第{}页备注"), _MASTER: ("body", "母版")}
_STRINGS = {
    _LINK: {1: ("link", ""), 3: ("link", "")}, _COMMENT: {0: ("comment", "批注作者"), 1: ("comment", "批注")},
    _HEADERS: {0: ("header", "日期"), 1: ("header", "页眉"), 2: ("footer", "页脚")},
}  # fmt: skip
"""Strings whose meaning is told by the record around them and their own number."""
_SILENT = (_OLE, _CONTROL, _TAG)
"""Names of programs and of extensions: `Excel.Sheet.8`, `___PPT10`."""


@dataclass(slots=True, frozen=True)
class _Record:
    kind: int
    instance: int
    start: int
    end: int
    container: bool


@dataclass(slots=True)
class _Deck:
    """The stream, and where the slides of its newest version lie."""

    data: bytes
    gathering: Gathering
    current: dict[int, int] = field(default_factory=dict)
    """Persist number → place of the record in its newest version; empty = not known."""
    order: dict[int, int] = field(default_factory=dict)
    """Persist number of a slide → its page."""
    pages: dict[int, int] = field(default_factory=dict)
    """Identifier of a slide, to which its notes refer → its page."""
    objects: int = 0


def read(body: bytes, limits: Limits, nested: Nested | None = None) -> DocumentText:
    """Text of slides, notes, masters, comments, headers; older versions that the file still holds are `deleted`.

    Raises:
        Protected: it opens with a password only.
        Unknown: PowerPoint 95.
        Damaged: there is no record to read.
    """
    container = Container(body)
    if not container.has("PowerPoint Document"):
        raise Unknown("PowerPoint 95 格式，不支持读取" if container.has("PP40") else "OLE 文件中没有演示文稿")
    user = container.stream_or_empty("Current User")
    if container.has("EncryptedSummary") or (len(user) >= 16 and struct.unpack_from("<I", user, 12)[0] == _ENCRYPTED):
        raise Protected("演示文稿已设密码，无法打开")
    deck = _Deck(container.stream("PowerPoint Document"), Gathering(limits, nested))
    try:
        _directory(deck, user)
        pages = _walk_all(deck)
    except BROKEN:
        raise Damaged("演示文稿结构已损坏") from None
    gathering = deck.gathering
    gathering.pictures = picture_count(container.stream_or_empty("Pictures"))
    with gathering.bounded():
        for piece in (*alternative_texts(deck.data), *metadata(container)):
            gathering.once(piece.text, piece.kind, piece.locator)
    return gathering.document("ppt", pages=pages)


def _records(data: bytes, start: int, end: int) -> Iterator[_Record]:
    while start + 8 <= end:
        head, kind, size = struct.unpack_from("<HHI", data, start)
        last = min(start + 8 + size, end)
        yield _Record(kind, head >> 4, start + 8, last, head & 0xF == 0xF)
        start = start + 8 + size


def _directory(deck: _Deck, user: bytes) -> None:
    """Follow the edits from the newest to the oldest; the newest place of a record counts."""
    at = struct.unpack_from("<I", user, 16)[0] if len(user) >= 20 else 0
    for _ in range(_MOST_EDITS):
        if at + 36 > len(deck.data) or struct.unpack_from("<H", deck.data, at + 2)[0] != _USER_EDIT:
            break
        earlier, directory = struct.unpack_from("<II", deck.data, at + 16)
        for record in _records(deck.data, directory, len(deck.data)):
            if record.kind == _DIRECTORY:
                _entries(deck, record)
            break
        if not earlier or earlier >= at:
            break
        at = earlier


def _entries(deck: _Deck, record: _Record) -> None:
    at, end = record.start, min(record.end, record.start + _LONGEST_DIRECTORY)
    while at + 4 <= end:
        (head,) = struct.unpack_from("<I", deck.data, at)
        first, count = head & 0xFFFFF, head >> 20
        count = min(count, (end - at - 4) // 4)
        for n, place in enumerate(struct.unpack_from(f"<{count}I", deck.data, at + 4)):
            deck.current.setdefault(first + n, place)
        at += 4 + count * 4


def _walk_all(deck: _Deck) -> int:
    """Returns the number of slides."""
    records = [record for record in _records(deck.data, 0, len(deck.data)) if record.kind in _PARTS or record.kind == _OBJECT]
    if not records:
        raise Damaged("演示文稿中没有幻灯片")
    live = set(deck.current.values())
    for record in records:
        if record.kind == _DOCUMENT and (not live or record.start - 8 in live):
            _number_slides(deck, record)
    page_of = {deck.current[number]: page for number, page in deck.order.items() if number in deck.current}
    counted = 0
    with deck.gathering.bounded():
        for record in records:
            counted += record.kind == _SLIDE
            _part(deck, record, page_of.get(record.start - 8, counted), old=bool(live) and record.start - 8 not in live)
    return len(deck.order) or counted


def _number_slides(deck: _Deck, document: _Record) -> None:
    for outlines in _records(deck.data, document.start, document.end):
        if outlines.kind == _OUTLINES and outlines.instance == 0:
            for atom in _records(deck.data, outlines.start, outlines.end):
                if atom.kind == _SLIDE_PERSIST and atom.end - atom.start >= 16:
                    number, _, _, identifier = struct.unpack_from("<4I", deck.data, atom.start)
                    deck.order.setdefault(number, len(deck.order) + 1)
                    deck.pages.setdefault(identifier, deck.order[number])


def _part(deck: _Deck, record: _Record, page: int, *, old: bool) -> None:
    """A slide, a page of notes, a master or the document with its outlines."""
    if record.kind == _OBJECT:
        _embedded(deck, record)
        return
    kind, words = _PARTS[record.kind]
    for atom in _records(deck.data, record.start, record.end):
        if record.kind == _NOTES and atom.kind == _NOTES_ATOM and atom.end - atom.start >= 4:
            page = deck.pages.get(struct.unpack_from("<I", deck.data, atom.start)[0], 0)
        elif record.kind == _SLIDE and atom.kind == _SLIDE_SHOW and atom.end - atom.start >= 12:
            kind = "hidden" if struct.unpack_from("<H", deck.data, atom.start + 10)[0] & 4 else kind
    place = "备注母版" if record.kind == _NOTES and not page else words.format(page)
    _walk(deck, record, "deleted" if old else kind, place, 0, prompts=record.kind != _MASTER)


def _walk(deck: _Deck, parent: _Record, kind: str, place: str, depth: int, *, prompts: bool) -> None:
    """All text under a record. Placeholders of masters say 单击此处编辑母版标题样式: `prompts` is off for them."""
    if depth > _DEEPEST:
        return
    number = 0
    for record in _records(deck.data, parent.start, parent.end):
        if record.kind == _SLIDE_PERSIST and parent.kind == _OUTLINES and parent.instance != 1:
            number += 1
            place = f"第{number}页" if parent.instance == 0 else "备注"
        if record.kind in (_UTF16, _LATIN):
            raw = deck.data[record.start : record.end]
            text = raw.decode("utf-16-le", "replace") if record.kind == _UTF16 else raw.decode("latin-1")
            text = text.replace("\r", "\n").replace("\x0b", "\n").strip("\n\0 ")
            if text != "*":  # stands for date, page number, footer
                deck.gathering.add(text, kind, place)
        elif record.kind == _STRING:
            _string(deck, parent, record, place)
        elif record.kind == _SHAPE and not prompts and _is_placeholder(deck, record):
            continue
        elif record.container or record.kind == _TAG_DATA:
            _walk(deck, record, kind, place, depth + 1, prompts=prompts)


def _string(deck: _Deck, parent: _Record, record: _Record, place: str) -> None:
    text = deck.data[record.start : record.end].decode("utf-16-le", "replace").strip("\0 ")
    if parent.kind in _SILENT or text.startswith("___PPT"):
        return
    known = _STRINGS.get(parent.kind)
    if known is None:
        deck.gathering.once(text, "name", place)
    elif record.instance in known:
        kind, locator = known[record.instance]
        deck.gathering.once(text, kind, place + locator)


def _is_placeholder(deck: _Deck, shape: _Record) -> bool:
    return any(
        inner.kind == _PLACEHOLDER
        for client in _records(deck.data, shape.start, shape.end)
        if client.container
        for inner in _records(deck.data, client.start, client.end)
    )


def _embedded(deck: _Deck, record: _Record) -> None:
    """A chart, sheet or document placed on a slide: an OLE file, packed (size, then deflate) or not."""
    deck.objects += 1
    raw = deck.data[record.start : record.end]
    limit = deck.gathering.limits.unpacked_bytes
    try:
        if record.instance:
            raw = zlib.decompressobj().decompress(raw[4:], limit)
        path, content = unpack(f"嵌入对象{deck.objects}", raw)
    except (zlib.error, Unreadable):
        deck.gathering.missing.append(f"嵌入对象{deck.objects}无法读取")
        return
    deck.gathering.embed(path, content)
