"""How much a PDF's packed streams unpack to, asked before PDFium opens it: beyond 1 GB that goes on silently with what it has."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator

from govcrawl.extract.documents.errors import TooLarge
from govcrawl.extract.documents.limits import MB, Limits

_STREAM = re.compile(rb"\bstream\r?\n")
"""Matches `>>stream\\n`, not `endstream\\n`."""
_FLATE = re.compile(rb"/(?:FlateDecode|Fl)\b")
"""Matches `/Filter/FlateDecode` and, in an inline form, `/Fl`; not `/Flags`."""
_ELSEWHERE = re.compile(rb"/Filter\s+\d+\s+\d+\s+R")
"""The filter's name stands in another object: matches `/Filter 12 0 R`, not `/Filter/FlateDecode`."""
_PICTURE = re.compile(rb"/Subtype\s*/Image\b")
"""Pictures are not unpacked here; matches `/Subtype /Image`, not `/ImageMask`."""
_HEAD = 1_000
"""Bytes before a stream in which its dictionary begins."""
_MOST_RATIO = 1_032
"""No deflated byte gives more."""
_DEEPEST = 3
"""Filters upon filters: `[/FlateDecode /FlateDecode]` packs 300 MB into 2 KB."""
_CHUNK = 1 << 16
_TIMES = 3
"""Streams that could be half as large as the limit may unpack to so many times the limit together."""


def check(body: bytes, limits: Limits) -> None:
    """Unpack, without keeping, those streams that are packed large enough to be bombs: hardly any in an honest file.

    Raises:
        TooLarge: one of them gives more than `limits.unpacked_bytes`.
    """
    limit, total = limits.unpacked_bytes, 0
    view = memoryview(body)
    for match in _STREAM.finditer(body):
        head = body[max(0, match.start() - _HEAD) : match.start()].rpartition(b" obj")[2]
        levels = min(len(_FLATE.findall(head)), _DEEPEST) or (1 if _ELSEWHERE.search(head) else 0)
        if not levels or _PICTURE.search(head):
            continue
        end = body.find(b"endstream", match.end())
        packed = (end if end >= 0 else len(body)) - match.end()
        if packed * _MOST_RATIO**levels <= limit // 2:
            continue
        total += _unpacked(view[match.end() : match.end() + packed], levels, limit)
        if total > _TIMES * limit:
            raise TooLarge(f"PDF 内的数据流解压后合计超过上限{_TIMES * limit // MB}MB")


def _unpacked(packed: memoryview, levels: int, limit: int) -> int:
    """Bytes that a stream unpacks to; of a damaged or encrypted one, up to where it breaks."""
    chunks: Iterable[bytes | memoryview] = (packed[at : at + _CHUNK] for at in range(0, len(packed), _CHUNK))
    for _ in range(levels):
        chunks = _inflated(chunks, limit)
    return sum(len(chunk) for chunk in chunks)


def _inflated(chunks: Iterable[bytes | memoryview], limit: int) -> Iterator[bytes]:
    engine, given = zlib.decompressobj(), 0
    for chunk in chunks:
        left: bytes | memoryview = chunk
        while left and not engine.eof:
            try:
                out = engine.decompress(left, MB)
            except zlib.error:
                return
            given += len(out)
            if given > limit:
                raise TooLarge(f"PDF 内有数据流解压后超过上限{limit // MB}MB")
            yield out
            left = engine.unconsumed_tail
