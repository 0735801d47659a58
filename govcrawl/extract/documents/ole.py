"""The OLE2 container of Word, Excel and PowerPoint 97: its streams and what it says of itself."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import olefile

from govcrawl.extract.documents.errors import Damaged, TooLarge
from govcrawl.model.documents import Piece

BROKEN = (
    OSError,
    struct.error,
    IndexError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    OverflowError,
    AssertionError,
    RecursionError,
    MemoryError,
)
"""What a broken structure raises in olefile (its own error is an OSError) and in walks over records."""

SUMMARY = (
    ("\x05SummaryInformation", {2: "标题", 3: "主题", 4: "作者", 5: "关键词", 6: "备注", 8: "最后保存者"}),
    ("\x05DocumentSummaryInformation", {2: "类别", 14: "主管", 15: "单位"}),
)  # fmt: skip
_STRINGS_NAME, _CODE_PAGE, _LPSTR, _LPWSTR = 0, 1, 0x1E, 0x1F
_LONGEST = 100_000
_UNICODE = {1200: "utf-16-le", 65001: "utf-8", 936: "gb18030", 54936: "gb18030", 20936: "gb18030", 950: "big5", 1252: "cp1252"}


class Container:
    """Streams by name, never more bytes than the file itself has: a forged size made olefile walk a ring of sectors for 4 GB."""

    def __init__(self, body: bytes) -> None:
        self._size = len(body)
        try:
            self._ole = olefile.OleFileIO(io.BytesIO(body))
        except BROKEN:
            raise Damaged("文件结构已损坏（OLE）") from None

    def has(self, name: str) -> bool:
        try:
            return bool(self._ole.exists(name))
        except BROKEN:
            return False

    def names(self) -> list[str]:
        """Full names of all streams, levels joined by `/`."""
        try:
            return ["/".join(entry) for entry in self._ole.listdir(streams=True, storages=False)]
        except BROKEN:
            return []

    def stream(self, name: str) -> bytes:
        """Raises: Damaged when there is no such stream or its sectors do not hold; TooLarge when it claims more than the file has."""
        try:
            if self._ole.get_size(name) > self._size or self._ole.root.size > self._size:
                raise TooLarge("文件内部声明的大小超过文件本身")
            data = self._ole.openstream(name).read()
        except BROKEN:
            raise Damaged("文件结构已损坏（OLE）") from None
        return bytes(data)

    def stream_or_empty(self, name: str) -> bytes:
        """For what a document can do without."""
        try:
            return self.stream(name) if self.has(name) else b""
        except (Damaged, TooLarge):
            return b""


def metadata(container: Container) -> list[Piece]:
    """Title, author, unit … and the user's own properties, decoded by the code page that each set names."""
    found: list[Piece] = []
    for name, wanted in SUMMARY:
        data = container.stream_or_empty(name)
        try:
            for own, label, text in _properties(data):
                if own:
                    found.append(Piece(text, "meta", label))
                elif int(label) in wanted:
                    found.append(Piece(text, "meta", wanted[int(label)]))
        except BROKEN:
            continue
    return [piece for piece in found if piece.text]


def _properties(data: bytes) -> Iterator[tuple[bool, str, str]]:
    """(is it the user's own, number or name, text) of all text properties of a property set stream [MS-OLEPS 2.21]."""
    if len(data) < 48:
        return
    sets = min(struct.unpack_from("<I", data, 24)[0], 2)
    for n in range(sets):
        start = struct.unpack_from("<I", data, 28 + n * 20 + 16)[0]
        count = min(struct.unpack_from("<I", data, start + 4)[0], 1_000)
        places = dict(struct.unpack_from("<II", data, start + 8 + i * 8) for i in range(count))
        page = struct.unpack_from("<H", data, start + places[_CODE_PAGE] + 4)[0] if _CODE_PAGE in places else 936
        names = _names(data, start + places[_STRINGS_NAME], page) if n == 1 and _STRINGS_NAME in places else {}
        for number, place in places.items():
            kind = struct.unpack_from("<I", data, start + place)[0] & 0xFFFF
            if number > _CODE_PAGE and kind in (_LPSTR, _LPWSTR):
                size = struct.unpack_from("<I", data, start + place + 4)[0]
                size = min(size * (2 if kind == _LPWSTR else 1), _LONGEST)
                raw = data[start + place + 8 : start + place + 8 + size]
                yield n == 1, names.get(number, str(number)), _decoded(raw, 1200 if kind == _LPWSTR else page)


def _names(data: bytes, at: int, page: int) -> dict[int, str]:
    """Names of the user's own properties: number, length, text; padded to four bytes in the UTF-16 code page only."""
    count = min(struct.unpack_from("<I", data, at)[0], 1_000)
    names, at = {}, at + 4
    for _ in range(count):
        number, size = struct.unpack_from("<II", data, at)
        size *= 2 if page == 1200 else 1
        names[number] = _decoded(data[at + 8 : at + 8 + size], page)
        at += 8 + (size + 3 & ~3 if page == 1200 else size)
    return names


def _decoded(raw: bytes, page: int) -> str:
    """By the set's code page; where that is unknown or wrong, as GB 18030, which most Chinese offices write."""
    codec = _UNICODE.get(page & 0xFFFF, "gb18030")
    if codec == "utf-16-le":
        raw = raw[: len(raw) & ~1]
    try:
        text = raw.decode(codec)
    except UnicodeDecodeError:
        text = raw.decode("gb18030", "replace")
    return text.split("\0", 1)[0].strip()
