"""How much of a document is read, and the only way a member of a zip is unpacked."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from govcrawl.extract.documents.errors import Damaged, Protected, TooLarge, Unknown
from govcrawl.model.documents import DocumentText

MB = 1 << 20

_MEMBER = b"PK\x03\x04"
_UNLISTED = "压缩包内有未列入目录的文件，未读取"

Nested = Callable[[bytes, str], DocumentText]
"""(bytes, name) of a file inside → what it says: the dispatcher one level deeper, on the same budget."""


@dataclass(slots=True, frozen=True)
class Limits:
    """Sizes in bytes unless named otherwise. What a limit cuts off is `truncated` or `too_large`, never silently gone."""

    file_bytes: int = 100 * MB
    """The file itself."""
    unpacked_bytes: int = 200 * MB
    """All members of one container together; also the most that one member may give."""
    ratio: int = 100
    """Unpacked / packed of a container that unpacks to more than `ratio_from`. A sheet of 10^6 filled rows has 9, bombs 294 and 1029."""
    ratio_from: int = 8 * MB
    """Below this a ratio says nothing: a sheet whose empty rows all carry a border has 100 and more."""
    pages: int = 500
    rows: int = 200_000
    """Rows of all sheets of a workbook, or lines of a csv."""
    pieces: int = 300_000
    """Pieces of text of one file: a filled cell is one."""
    text_chars: int = 5_000_000
    depth: int = 3
    """Containers in containers: a file in an archive in an archive has depth 2."""
    members: int = 2_000
    """Entries of a container, and files inside that are read in all, over all levels."""
    nested_bytes: int = 200 * MB
    """All files inside a file together, over all levels."""


def check(archive: zipfile.ZipFile, limits: Limits) -> None:
    """What the central directory promises, before anything is unpacked. Forged sizes are caught by `bounded`.

    Raises:
        TooLarge: too many members, too many bytes, or a ratio that no honest file has.
    """
    infos = archive.infolist()
    if len(infos) > limits.members:
        raise TooLarge(f"压缩包内有{len(infos)}个文件，超过上限{limits.members}个")
    unpacked = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if unpacked > limits.unpacked_bytes:
        raise TooLarge(f"解压后有{unpacked // MB}MB，超过上限{limits.unpacked_bytes // MB}MB")
    if unpacked > limits.ratio_from and unpacked > limits.ratio * max(packed, 1):
        raise TooLarge(f"压缩比达到{unpacked // max(packed, 1)}倍，疑似压缩炸弹")


def unlisted(archive: zipfile.ZipFile, body: bytes) -> str | None:
    """What is said of a member that lies in the file though its directory does not name it (of an older version, or hidden); null = none."""
    at = 0
    try:
        for start, size in sorted((info.header_offset, info.compress_size) for info in archive.infolist()):
            if body.find(_MEMBER, at, start) >= 0:
                return _UNLISTED
            name, extra = struct.unpack_from("<HH", body, start + 26)
            at = max(at, start + 30 + name + extra + size)
    except struct.error:  # an offset beyond the end: that member itself is damaged
        return None
    return _UNLISTED if body.find(_MEMBER, at, archive.start_dir) >= 0 else None


def bounded(archive: zipfile.ZipFile, name: str | zipfile.ZipInfo, limit: int = 200 * MB) -> bytes:
    """One member, never more than `limit` bytes of it are unpacked.

    `archive.read()` unpacks everything before it compares sizes: a forged directory cost 20 s and 2 GB.

    Raises:
        KeyError: no such member.
        Protected, Damaged, TooLarge, Unknown: in the words of this room.
    """
    try:
        with archive.open(name) as stream:
            data = stream.read(limit + 1)
    except RuntimeError as error:  # "File 'a.docx' is encrypted, password required for extraction"
        raise (Protected("压缩包内的文件已加密") if "encrypted" in str(error) else Damaged("压缩数据无法解开")) from None
    except NotImplementedError:  # NotImplementedError: That compression method is not supported
        raise Unknown("使用了不支持的压缩方法") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError):
        raise Damaged("压缩数据已损坏") from None
    if len(data) > limit:
        raise TooLarge(f"解压后超过上限{limit // MB}MB")
    return data
