"""OLE wrappers around files embedded in Office documents: `oleObject1.bin` → the file that was put in, and its name."""

from __future__ import annotations

import ntpath
import struct

from govcrawl.extract.documents.errors import Damaged
from govcrawl.extract.documents.ole import Container

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def unpack(path: str, data: bytes) -> tuple[str, bytes]:
    """(path, bytes) of the embedded file itself; as given where there is no wrapper (an embedded doc is an OLE file of its own).

    Raises:
        Damaged, TooLarge: an OLE file whose directory does not hold.
    """
    if not data.startswith(MAGIC):
        return path, data
    folder = path.rpartition("/")[0]
    container = Container(data)
    if container.has("\x01Ole10Native"):
        try:
            name, content = _packager(container.stream("\x01Ole10Native"))
        except (struct.error, ValueError, IndexError):
            raise Damaged("嵌入对象的结构已损坏") from None
        return (f"{folder}/{name}".lstrip("/") if name else path), content
    for stream in ("Package", "CONTENTS", "EmbeddedOdf"):
        if container.has(stream):
            return path, container.stream(stream)
    return path, data


def unpack_linked(data: bytes) -> tuple[str, bytes] | None:
    """(name, bytes) of a file that an RTF object holds behind the header of OLE 1 ([MS-OLEDS] 2.2.5); null where it is of another class."""
    try:
        at = 8
        (size,) = struct.unpack_from("<I", data, at)
        if data[at + 4 : at + 4 + size].rstrip(b"\x00") != b"Package":
            return None
        for _ in range(3):  # class, topic, item
            (size,) = struct.unpack_from("<I", data, at)
            at += 4 + size
        return _packager(data[at:])
    except (struct.error, ValueError, IndexError):
        return None


def _packager(raw: bytes) -> tuple[str, bytes]:
    """Name and content of a file put in by drag and drop ([MS-OLEDS] 2.3.6 and the packager's own layout)."""
    at = 6 if raw[4:6] == b"\x02\x00" else 4
    label, at = _string(raw, at)
    file, at = _string(raw, at)
    at += 4
    (length,) = struct.unpack_from("<I", raw, at)
    at += 4 + length
    (size,) = struct.unpack_from("<I", raw, at)
    content = raw[at + 4 : at + 4 + size]
    return ntpath.basename(file or label), content


def _string(raw: bytes, at: int) -> tuple[str, int]:
    end = raw.index(b"\x00", at)
    return raw[at:end].decode("gb18030", "replace"), end + 1
