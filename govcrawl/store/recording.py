"""Keeping every exchange as bytes in WARC files, one gzip member a record, so that an offset leads straight to it.

Writing is done by hand (a few string joins and one deflate a record; WARC/1.1, ISO 28500), because a general writer costs as much as the
fetch. A response is kept as it was received, with its Content-Encoding, where a plain reader can undo that; else decoded.
"""

from __future__ import annotations

import contextlib
import hashlib
import http
import os
import uuid
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from govcrawl.errors import StoreError, cause
from govcrawl.model.items import Snapshot
from govcrawl.store import packing
from govcrawl.store.snapshots import ENCODED, repair

ROLL_BYTES = 1 << 30


@dataclass(slots=True)
class RawExchange:
    """What a request came to, ready to be written."""

    url: str
    at: datetime
    status: int | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    raw: bytes = b""
    """Body as received."""
    body: bytes = b""
    """Body with its content-encoding removed."""
    error: str | None = None
    detail: str | None = None
    address: str | None = None
    method: str = "GET"
    form: str | None = None
    rendered: bool = False
    """The body is a DOM after script (conversion record), not an answer."""


class SnapshotWriter:
    """Appends to one new file each start of the process; a full file is followed by the next. Not thread-safe: the writer thread's."""

    def __init__(self, folder: Path, name: str, software: str = "govcrawl", about: Mapping[str, str] | None = None) -> None:
        self.folder, self._name = folder, name
        self._about = {"software": software, **(about or {})}
        self._file: BinaryIO | None = None
        self._offset = 0
        self._stamp = ""
        self._number = 0
        self.warc = ""
        self.files: list[str] = []

    def write(self, exchange: RawExchange) -> Snapshot:
        """Append one exchange. What was written is safe after `flush`.

        Raises:
            StoreError: the file cannot be written; a torn tail has been cut off.
        """
        if exchange.rendered:
            member = _conversion(exchange)
        elif exchange.status is None:
            member = _metadata(exchange)
        else:
            member = _response(exchange)
        offset = self._append(member)
        body = exchange.body if exchange.status is not None or exchange.rendered else b""
        return Snapshot(self.warc, offset, hashlib.sha256(body).hexdigest())

    def _append(self, member: bytes) -> int:
        if self._file is None or self._offset >= ROLL_BYTES:
            self._open()
        assert self._file is not None
        offset = self._offset
        try:
            self._file.write(member)
        except OSError as error:
            self._cut()
            raise StoreError(f"写入网页快照 {self.folder / self.warc} 失败：{cause(error)}") from error
        self._offset += len(member)
        return offset

    def _open(self) -> None:
        self.close()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._stamp = self._stamp or datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")[:-3]  # noqa: TID251 names a file
            while True:
                self._number += 1
                self.warc = f"{self._name}-{self._stamp}-{self._number:03d}.warc.gz"
                with contextlib.suppress(FileExistsError):
                    self._file = (self.folder / self.warc).open("xb", buffering=1 << 20)
                    break
        except OSError as error:
            raise StoreError(f"无法在 {self.folder} 建立网页快照文件：{cause(error)}") from error
        self.files.append(self.warc)
        self._offset = 0
        self._offset = len(head := _warcinfo(self.warc, self._about))
        self._file.write(head)

    def _cut(self) -> None:
        """Drop what a failed write left behind."""
        with contextlib.suppress(OSError):
            os.truncate(self.folder / self.warc, min(self._offset, (self.folder / self.warc).stat().st_size))
        repair(self.folder / self.warc)

    def flush(self) -> None:
        """Hand everything to the operating system: a killed process loses nothing of it."""
        if self._file is not None:
            try:
                self._file.flush()
            except OSError as error:
                self._cut()
                raise StoreError(f"写入网页快照 {self.folder / self.warc} 失败：{cause(error)}") from error

    def close(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None


def _record(kind: str, fields: Iterable[tuple[str, str]], at: datetime, block: tuple[bytes, ...]) -> bytes:
    size = sum(map(len, block))
    head = [
        "WARC/1.1",
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: <urn:uuid:{uuid.uuid4()}>",
        f"WARC-Date: {at.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%S.%f')[:-3]}Z",
        *(f"{name}: {value}" for name, value in fields),
        f"Content-Length: {size}",
    ]
    return packing.gzip_member((("\r\n".join(head) + "\r\n\r\n").encode(), *block, b"\r\n\r\n"))


def _common(exchange: RawExchange) -> list[tuple[str, str]]:
    fields = [("WARC-Target-URI", exchange.url)]
    if exchange.address:
        fields.append(("WARC-IP-Address", exchange.address))
    if exchange.method != "GET":
        fields.append(("X-Request-Method", exchange.method))
    if exchange.form is not None:
        fields.append(("X-Request-Body", _line(exchange.form)))
    return fields


def _response(exchange: RawExchange) -> bytes:
    body, drop = exchange.raw, {"transfer-encoding", "content-length"}
    codings = [value.strip().lower() for name, value in exchange.headers if name.lower() == "content-encoding"]
    if codings and not _plainly_decodes(exchange, codings):
        body, drop = exchange.body, drop | {"content-encoding"}
    status = exchange.status or 0
    try:
        phrase = http.HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}"]
    for name, value in exchange.headers:
        lower = name.lower()
        if lower == "content-length" and value == str(len(body)):
            continue
        # what was dropped is kept under a name that no reader acts on
        lines.append(f"{'X-Archive-Orig-' if lower in drop else ''}{name}: {_line(value)}")
    lines.append(f"Content-Length: {len(body)}")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")
    fields = [*_common(exchange), ("Content-Type", "application/http; msgtype=response")]
    return _record("response", fields, exchange.at, (head, body))


def _plainly_decodes(exchange: RawExchange, codings: list[str]) -> bool:
    """Whether zlib alone gives the decoded body from the received one: single gzip member, zlib stream; not raw deflate, not broken."""
    if len(codings) != 1 or codings[0] not in ENCODED:
        return False
    try:
        return zlib.decompress(exchange.raw, 47) == exchange.body
    except zlib.error:
        return False


def _metadata(exchange: RawExchange) -> bytes:
    """A request that was not answered."""
    text = f"error: {_line(exchange.error or 'other')}\r\n"
    if exchange.detail:
        text += f"detail: {_line(exchange.detail)[:500]}\r\n"
    fields = [*_common(exchange), ("Content-Type", "application/warc-fields")]
    return _record("metadata", fields, exchange.at, (text.encode(),))


def _conversion(exchange: RawExchange) -> bytes:
    kind = next((value for name, value in exchange.headers if name.lower() == "content-type"), "text/html; charset=utf-8")
    fields = [*_common(exchange), ("Content-Type", _line(kind))]
    return _record("conversion", fields, exchange.at, (exchange.body,))


def _warcinfo(name: str, about: Mapping[str, str]) -> bytes:
    lines = [*about.items(), ("format", "WARC File Format 1.1"), ("conformsTo", "http://iipc.github.io/warc-specifications/")]
    text = "".join(f"{key}: {_line(value)}\r\n" for key, value in lines)
    fields = [("WARC-Filename", name), ("Content-Type", "application/warc-fields")]
    return _record("warcinfo", fields, datetime.now(UTC), (text.encode(),))  # noqa: TID251 file's own date


def _line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")
