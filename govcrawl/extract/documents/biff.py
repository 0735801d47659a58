"""Records of an Excel 97 workbook stream ([MS-XLS]): joined with their continuations, strings decoded."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from govcrawl.extract.documents.errors import Damaged

CONTINUE = 0x3C
_MOST_STRINGS = 2_000_000


@dataclass(slots=True, frozen=True)
class Record:
    kind: int
    at: int
    """Where it starts in the stream: a sheet is named by this."""
    data: bytes
    breaks: tuple[int, ...] = ()
    """Places in `data` where a continuation begins: a string cut there states its width anew."""


def records(stream: bytes) -> Iterator[Record]:
    """All records in their order. A record that promises more than there is ends the walk."""
    at, size = 0, len(stream)
    while at + 4 <= size:
        start = at
        kind, length = struct.unpack_from("<HH", stream, at)
        at += 4
        if at + length > size:
            return
        if kind == 0 and length == 0:
            return  # padding after the last record
        parts = [stream[at : at + length]]
        breaks: list[int] = []
        at += length
        while at + 4 <= size:
            following, length = struct.unpack_from("<HH", stream, at)
            if following != CONTINUE or at + 4 + length > size:
                break
            breaks.append(sum(map(len, parts)) if len(parts) < 2 else breaks[-1] + len(parts[-1]))
            parts.append(stream[at + 4 : at + 4 + length])
            at += 4 + length
        yield Record(kind, start, b"".join(parts) if breaks else parts[0], tuple(breaks))


def text(data: bytes, at: int, *, wide_length: bool = True) -> str:
    """A Unicode string of a short record: length (two bytes, or one), flags, characters.

    Raises:
        struct.error, IndexError: the record is too short for its own words.
    """
    if wide_length:
        (count,) = struct.unpack_from("<H", data, at)
        at += 2
    else:
        count, at = data[at], at + 1
    flags, at = data[at], at + 1
    at += (2 if flags & 8 else 0) + (4 if flags & 4 else 0)
    return characters(data[at : at + (count * 2 if flags & 1 else count)], wide=bool(flags & 1))


def characters(raw: bytes, *, wide: bool) -> str:
    """UTF-16, or its lower bytes only."""
    return raw.decode("utf-16-le", "replace") if wide else raw.decode("latin-1")


def shared_strings(record: Record) -> list[str]:
    """The table of shared strings. A damaged tail is left out: the strings before it are right.

    Raises:
        Damaged: the table does not even say how many there are.
    """
    data = record.data
    if len(data) < 8:
        raise Damaged("共享字符串表已损坏")
    (count,) = struct.unpack_from("<I", data, 4)
    reader = _Strings(data, [*record.breaks, len(data)])
    out: list[str] = []
    try:
        while len(out) < min(count, _MOST_STRINGS):
            out.append(reader.next())
    except (struct.error, IndexError):
        pass
    return out


class _Strings:
    def __init__(self, data: bytes, breaks: list[int]) -> None:
        self._data, self._breaks, self._at, self._next = data, breaks, 8, 0

    def next(self) -> str:
        count, flags = struct.unpack_from("<HB", self._data, self._at)
        self._at += 3
        runs = tail = 0
        if flags & 8:
            (runs,) = struct.unpack_from("<H", self._data, self._at)
            self._at += 2
        if flags & 4:
            (tail,) = struct.unpack_from("<I", self._data, self._at)
            self._at += 4
        wide, parts = bool(flags & 1), []
        while count:
            while self._next < len(self._breaks) - 1 and self._breaks[self._next] < self._at:
                self._next += 1
            room = self._breaks[self._next] - self._at
            if room <= 0:  # the characters go on in the next record, which says again how wide they are
                if self._next >= len(self._breaks) - 1:
                    raise IndexError
                wide = bool(self._data[self._at] & 1)
                self._at += 1
                self._next += 1
                continue
            taken = min(count, room // 2 if wide else room) or count
            size = taken * 2 if wide else taken
            parts.append(characters(self._data[self._at : self._at + size], wide=wide))
            self._at += size
            count -= taken
        self._at += runs * 4 + tail
        if self._at > len(self._data):
            raise IndexError
        return "".join(parts)


def rk(raw: int) -> float:
    """A number packed in 30 bits."""
    if raw & 2:
        value = float((raw >> 2) - (1 << 30) if raw & 0x80000000 else raw >> 2)
    else:
        value = float(struct.unpack("<d", struct.pack("<Q", (raw & 0xFFFFFFFC) << 32))[0])
    return value / 100 if raw & 1 else value
