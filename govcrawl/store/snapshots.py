"""Snapshots read back: the record behind an offset of a WARC file, all whole records of one, and what a kill tore cut off (see `recording`)."""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

from govcrawl.errors import StoreError
from govcrawl.model.items import Snapshot
from govcrawl.store import packing

_CHUNK = 1 << 16
_TORN: tuple[type[Exception], ...] = (EOFError, *packing.ERRORS)
_LITTLE = 1 << 14
"""A page of 48 KB is packed into 10."""
ENCODED = ("gzip", "x-gzip", "deflate")
_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d+)")
"""Matches "Content-Length: 12" at a line's start, not "X-Content-Length: 12"."""


class Stored(NamedTuple):
    """A record read back."""

    kind: str
    """response, metadata, conversion, warcinfo."""
    url: str
    at: str
    status: int
    """0 where nothing was answered."""
    headers: dict[str, str]
    body: bytes
    """Decoded."""
    ident: str = ""
    """WARC-Record-ID."""


def _member(file: BinaryIO, first: int = _CHUNK) -> tuple[bytes, bytes]:
    """One gzip member from where the file stands, and what was read beyond it. EOFError where the member is torn.

    `first`: bytes that are read at once before more are asked for.
    """
    unpacker = packing.unpacker()
    parts: list[bytes] = []
    size = first
    while not unpacker.eof:
        chunk = file.read(size)
        if not chunk:
            raise EOFError
        parts.append(unpacker.decompress(chunk))
        size = _CHUNK
    return b"".join(parts), unpacker.unused_data


def load(path: Path, offset: int) -> Stored:
    """The record whose gzip member starts at `offset`.

    Raises:
        StoreError: there is no whole record at that place.
    """
    try:
        with path.open("rb") as file:
            return load_from(file, path, offset)
    except OSError as error:
        raise StoreError(f"网页快照 {path} 在 {offset} 处不可读：{error}") from error


def load_from(file: BinaryIO, path: Path, offset: int) -> Stored:
    """As `load`, from a file that is open already: for whoever reads thousands."""
    try:
        file.seek(offset)
        record, _ = _member(file, _LITTLE)
    except _TORN as error:
        raise StoreError(f"网页快照 {path} 在 {offset} 处不可读：{error or '文件不完整'}") from error
    if not record.startswith(b"WARC/1."):
        raise StoreError(f"网页快照 {path} 在 {offset} 处没有记录")
    return parsed(record)


def parsed(record: bytes) -> Stored:
    """A whole record as `members` gives it, read. ValueError or zlib.error where it is none of ours."""
    head, _, rest = record.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    block = rest[: int(length[1])] if length else rest
    fields = _headers(head)
    kind, url, at = fields.get("warc-type", ""), fields.get("warc-target-uri", ""), fields.get("warc-date", "")
    ident = fields.get("warc-record-id", "")
    if kind == "response":
        status, headers, body = _http(block)
        return Stored(kind, url, at, status, headers, body, ident)
    headers = {"content-type": fields.get("content-type", "")}
    return Stored(kind, url, at, 200 if kind == "conversion" else 0, headers, block, ident)


def member(path: Path, offset: int) -> tuple[bytes, bytes]:
    """(gzip member as it lies in the file, record) at `offset`.

    Raises:
        StoreError: there is no whole one at that place.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            record, beyond = _member(file)
            length = file.tell() - len(beyond) - offset
            file.seek(offset)
            return file.read(length), record
    except (OSError, EOFError, zlib.error) as error:
        raise StoreError(f"网页快照 {path} 在 {offset} 处不可读：{error or '文件不完整'}") from error


def wrong(data: bytes, snapshot: Snapshot) -> list[str]:
    """What is wrong with the place of a WARC file's bytes that a snapshot names: no record, or another body."""
    try:
        stored = parsed(_member(BytesIO(data[snapshot.offset :]))[0])
    except (EOFError, ValueError, IndexError, zlib.error):
        return [f"{snapshot.warc} 第 {snapshot.offset} 字节没有完好的记录"]
    return [] if digest(stored) == snapshot.sha256 else [f"{snapshot.warc} 第 {snapshot.offset} 字节的原文与 sha256 不符"]


def digest(stored: Stored) -> str:
    """sha256 of a record's decoded body; of a request without an answer, that of nothing."""
    return hashlib.sha256(b"" if stored.kind == "metadata" else stored.body).hexdigest()


def about(path: Path) -> dict[str, str]:
    """What a file's warcinfo says of who fetched: software, http-header-user-agent, ip, via; empty where it is not there any more."""
    try:
        record = load(path, 0)
    except StoreError:
        return {}
    return _headers(b"\r\n" + record.body) if record.kind == "warcinfo" else {}


def read(path: Path, offset: int) -> tuple[int, dict[str, str], bytes]:
    """(status, headers with lower-case names, decoded body) of the record at `offset`; status 0 for a failure."""
    record = load(path, offset)
    return record.status, record.headers, record.body


def _http(block: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = block.partition(b"\r\n\r\n")
    first, _, lines = head.partition(b"\r\n")
    headers = _headers(b"\r\n" + lines)
    if headers.get("content-encoding", "").strip().lower() in ENCODED:
        body = zlib.decompress(body, 47)
        headers.pop("content-encoding")
    return int(first.split()[1]), headers, body


def _headers(lines: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines.split(b"\r\n")[1:]:
        name, _, value = line.decode("utf-8", "replace").partition(":")
        name, text = name.strip().lower(), value.strip()
        found[name] = f"{found[name]}, {text}" if name in found else text  # as the crawl reads a header that comes twice
    return found


def members(path: Path) -> Iterator[tuple[int, bytes]]:
    """(offset, record) of every whole member; ends silently at a torn one."""
    with path.open("rb") as file:
        offset = 0
        while True:
            file.seek(offset)
            try:
                record, beyond = _member(file)
            except _TORN:
                return
            yield offset, record
            offset = file.tell() - len(beyond)


def repair(path: Path) -> int:
    """Cut off a torn last record (a killed process, a full disk). Returns the bytes dropped."""
    size = path.stat().st_size
    good = 0
    with path.open("rb") as file:
        while good < size:
            file.seek(good)
            unpacker = zlib.decompressobj(31)
            try:
                while not unpacker.eof:
                    chunk = file.read(_CHUNK)
                    if not chunk:
                        raise EOFError
                    unpacker.decompress(chunk)
            except (EOFError, zlib.error):
                break
            good = file.tell() - len(unpacker.unused_data)
    if good < size:
        os.truncate(path, good)
    return size - good


def repair_all(folder: Path, name: str) -> int:
    """Repair the files of a run that an earlier start left behind; only the last bytes of each can be torn."""
    dropped = 0
    for path in sorted(folder.glob(f"{name}-*.warc.gz")):
        dropped += repair(path)
    return dropped
