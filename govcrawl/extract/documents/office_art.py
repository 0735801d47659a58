"""Drawings inside Word and PowerPoint 97 files: what their alternative texts and links say, how many pictures there are."""

from __future__ import annotations

import re
import struct

from govcrawl.model.documents import Piece

_PROPERTY_TABLES = re.compile(rb"[\x0b\x21\x22]\xf0")
"""OfficeArtFOPT and its two extensions; matches `0b f0` in `33 00 0b f0 12 00 00 00`, not `0a f0` (a shape)."""
_PICTURES = re.compile(rb"[\x1a-\x1f\x29\x2a]\xf0")
"""OfficeArtBlip records; matches `1e f0` (png), not `07 f0` (the entry that points at it)."""
_DESCRIPTION, _TOOLTIP = 0x0381, 0x038D
_COMPLEX = 0x8000
_LONGEST = 4_000
_SMALLEST_PICTURE = 2_000
"""Bytes: bullets and lines are smaller, nothing legible is."""


def alternative_texts(data: bytes, limit: int = 2_000) -> list[Piece]:
    """Alternative texts of shapes and pictures, wherever the records stand: Word keeps them in three streams, at places that only its own tables name."""
    found: dict[str, None] = {}
    after = 0
    for match in _PROPERTY_TABLES.finditer(data):
        head = match.start() - 2
        if head < after or data[head] & 0x0F != 3 or match.end() + 4 > len(data):
            continue
        (instance,) = struct.unpack_from("<H", data, head)
        (size,) = struct.unpack_from("<I", data, match.end())
        start, count = match.end() + 4, instance >> 4
        if not count or count * 6 > size or start + size > len(data):
            continue
        after = start + count * 6
        for text in _texts(data, start, count, start + size):
            found.setdefault(text)
        if len(found) >= limit:
            break
    return [Piece(text, "alt", "替代文字") for text in found]


def _texts(data: bytes, start: int, count: int, end: int) -> list[str]:
    texts, at = [], start + count * 6
    for n in range(count):
        number, value = struct.unpack_from("<HI", data, start + n * 6)
        if not number & _COMPLEX:
            continue
        if number & 0x3FFF in (_DESCRIPTION, _TOOLTIP) and at + value <= end and value <= _LONGEST:
            text = data[at : at + value].decode("utf-16-le", "replace").split("\0", 1)[0].strip()
            if text:
                texts.append(text)
        at += value
    return texts


def picture_count(data: bytes) -> int:
    """Pictures kept in this stream that are large enough to bear text."""
    count, after = 0, 0
    for match in _PICTURES.finditer(data):
        if match.start() - 2 < after or match.end() + 4 > len(data) or data[match.start() - 2] & 0x0F:
            continue
        (size,) = struct.unpack_from("<I", data, match.end())
        if size >= _SMALLEST_PICTURE and match.end() + 4 + size <= len(data):
            count, after = count + 1, match.end() + 4 + size
    return count
