"""Streams of an embedded object as an OLE file of its own, so that the dispatcher can read it like any other [MS-CFB]."""

from __future__ import annotations

import struct
from collections.abc import Mapping

_SECTOR, _SMALL_SECTOR, _SMALL = 512, 64, 4096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STREAM, _ROOT = 2, 5


def ole_file(streams: Mapping[str, bytes]) -> bytes:
    """A container with these streams in its root; names of at most 31 characters."""
    names = sorted((name for name in streams if len(name) < 32), key=lambda name: (len(name), name.upper()))
    sectors = bytearray()
    chain: list[int] = []
    small, small_chain = bytearray(), list[int]()
    starts: dict[str, int] = {}
    for name in names:
        data = streams[name]
        if not data:
            starts[name] = _END
        elif len(data) < _SMALL:
            starts[name] = _append(small, small_chain, data, _SMALL_SECTOR)
        else:
            starts[name] = _append(sectors, chain, data, _SECTOR)
    small_start = _append(sectors, chain, bytes(small), _SECTOR) if small else _END
    map_start = _append(sectors, chain, _table(small_chain), _SECTOR) if small else _END
    map_count = -(-len(small_chain) * 4 // _SECTOR)
    entries = [_entry("Root Entry", _ROOT, small_start, len(small), child=1 if names else _FREE)]
    entries += [
        _entry(name, _STREAM, starts[name], len(streams[name]), right=n + 2 if n + 1 < len(names) else _FREE)
        for n, name in enumerate(names)
    ]
    directory = _append(sectors, chain, b"".join(entries), _SECTOR)
    fat_count = 1
    while (len(chain) + fat_count) * 4 > fat_count * _SECTOR:
        fat_count += 1
    if fat_count > 109:  # 7 MB: what needs more tables than the header has room for
        return b""
    fat_start = len(chain)
    chain += [_FAT] * fat_count
    header = struct.pack(
        "<8s16s5H6x9I",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, 0, fat_count, directory, 0, _SMALL, map_start, map_count, _END, 0,
    )  # fmt: skip
    fats = [*range(fat_start, fat_start + fat_count), *[_FREE] * (109 - fat_count)]
    return header + struct.pack("<109I", *fats) + bytes(sectors) + _table(chain)


def _append(space: bytearray, chain: list[int], data: bytes, sector: int) -> int:
    """Put data at the end, in whole sectors; returns its first sector."""
    first, count = len(chain), -(-len(data) // sector)
    space += data + bytes(count * sector - len(data))
    chain += [*range(first + 1, first + count), _END]
    return first


def _table(chain: list[int]) -> bytes:
    padded = chain + [_FREE] * (-len(chain) % (_SECTOR // 4))
    return struct.pack(f"<{len(padded)}I", *padded)


def _entry(name: str, kind: int, start: int, size: int, *, right: int = _FREE, child: int = _FREE) -> bytes:
    raw = name.encode("utf-16-le")[:62]
    return raw.ljust(64, b"\0") + struct.pack(
        "<HBBIII16sIQQIQ", len(raw) + 2, kind, 1, _FREE, right, child, bytes(16), 0, 0, 0, start, size
    )
