"""Sealing: a page that shows personal data must not lie open in the snapshots that are handed round.

Its WARC record is copied to `sealed-<file>` (readable by the owner alone) and its gzip member is overwritten in place by a metadata-only
member of the same length, so that all other offsets stay. Doing it again changes nothing.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from govcrawl.errors import StoreError
from govcrawl.model.items import Snapshot
from govcrawl.store import snapshots

PREFIX = "sealed-"
_FEXTRA, _SUBFIELD = 4, b"gs"
_MOST_EXTRA = 65_000
"""Bytes of padding that one gzip extra field takes (its length is a 16-bit number)."""
_TARGET = re.compile(rb"(?im)^warc-target-uri:[ \t]*<?([^\s>]+)")
_PENDING = ".sealing"
"""Suffix of the note beside a WARC file that says what is being written over in it."""
_MARK = b"sealed: personal data\r\n"


def seal(folder: Path, taken: Iterable[Snapshot]) -> int:
    """Seal the records of some snapshots; returns how many were open until now.

    Raises:
        StoreError: a file cannot be read or written; a record is never overwritten before its copy is on disk.
    """
    done = 0
    for snapshot in sorted(set(taken), key=lambda s: (s.warc, s.offset)):
        path = folder / snapshot.warc
        try:
            done += _seal(path, snapshot.offset)
        except OSError as error:
            raise StoreError(f"无法封存网页快照 {path}：{error.strerror or error}") from error
    return done


def records_of(folder: Path, run: str, urls: Collection[str]) -> list[Snapshot]:
    """Every exchange of some addresses in a run's snapshots, sealed ones too; of an address that forms are posted to, all its answers
    (the queue tells them apart by a fragment, which is never sent)."""
    found = []
    urls = {url.partition("#")[0] for url in urls}
    for path in sorted(folder.glob(f"{run}-*.warc.gz")):
        for offset, record in snapshots.members(path):
            target = _TARGET.search(record, 0, 8192)
            if target is not None and target[1].decode("utf-8", "replace") in urls:
                found.append(Snapshot(warc=path.name, offset=offset, sha256=""))
    return found


_ID = re.compile(rb"(?im)^warc-record-id:[ \t]*(\S+)")


def is_sealed(record: bytes) -> bool:
    """Whether a record is the substitute of one that was sealed."""
    return _MARK in record[:2000] or _MARK in record[-200:]


def record_id(record: bytes) -> str:
    """What a sealed copy and its substitute have in common; "" where there is none."""
    found = _ID.search(record, 0, 8192)
    return found[1].decode("utf-8", "replace") if found else ""


def copies(path: Path) -> Iterator[tuple[str, bytes]]:
    """(record id, record) of the sealed copies of a WARC file; nothing where there are none any more."""
    copy = path if path.name.startswith(PREFIX) else path.with_name(PREFIX + path.name)
    if copy.exists():
        yield from ((record_id(record), record) for _, record in snapshots.members(copy))


def emptied(record: snapshots.Stored) -> bool:
    """As `is_sealed`, of a record that was read back."""
    return record.kind == "metadata" and record.body.startswith(_MARK)


def offsets(folder: Path, warc: str) -> dict[str, int]:
    """Record id → offset in the sealed copies of a WARC file; empty where there are none any more.

    Raises:
        StoreError: they are there and this user may not read them.
    """
    path = folder / (PREFIX + warc)
    try:
        return {record_id(record): offset for offset, record in snapshots.members(path)}
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StoreError(f"无法读取封存副本 {path}：{error.strerror or error}") from error


def drop(path: Path, ids: Collection[str]) -> int:
    """Take copies out of a sealed file for good, and the file itself where none is left; returns how many.

    Raises:
        StoreError: the file cannot be rewritten; it stays as it was.
    """
    kept, dropped = [], 0
    try:
        with path.open("rb") as file:
            for offset, record in snapshots.members(path):
                if record_id(record) in ids:
                    dropped += 1
                    continue
                file.seek(offset)
                kept.append(_whole(file, path)[0])
        part = path.with_name(path.name + ".part")
        part.unlink(missing_ok=True)  # of a process that was killed in the middle
        if not kept:
            path.unlink()
        elif dropped:
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as rest:  # noqa: PTH123 mode from the first byte on
                rest.write(b"".join(kept))
                rest.flush()
                os.fsync(rest.fileno())
            part.replace(path)
    except OSError as error:
        raise StoreError(f"无法清理封存副本 {path}：{error.strerror or error}") from error
    return dropped


def _seal(path: Path, offset: int) -> bool:
    with path.open("r+b") as file:
        file.seek(offset)
        member, record = _whole(file, path)
        if is_sealed(record):
            return False
        copy = path.with_name(PREFIX + path.name)
        with open(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as sealed:  # noqa: PTH123 mode from the first byte on
            sealed.write(member)
            sealed.flush()
            os.fsync(sealed.fileno())
        _overwrite(path, offset, _substitute(record, len(member)))
    return True


def _overwrite(path: Path, offset: int, member: bytes) -> None:
    """Write over a member in place. What is to be written is on disk first: a process killed in the middle tears nothing for good."""
    pending = path.with_name(path.name + _PENDING)
    with pending.open("wb") as note:
        note.write(struct.pack("<Q", offset) + member)
        note.flush()
        os.fsync(note.fileno())
    _finish(pending)


def finish(folder: Path, run: str) -> int:
    """Complete the overwriting that a killed start of a run left half done; returns how many there were. To be called before `repair`.

    Raises:
        StoreError: a file cannot be written.
    """
    done = 0
    for pending in sorted(folder.glob(f"{run}-*{_PENDING}")):
        try:
            done += _finish(pending)
        except OSError as error:
            raise StoreError(f"无法封存网页快照 {pending}：{error.strerror or error}") from error
    return done


def forget(path: Path) -> None:
    """Drop the note of an overwriting in a file that is no more."""
    path.with_name(path.name + _PENDING).unlink(missing_ok=True)


def _finish(pending: Path) -> bool:
    note = pending.read_bytes()
    try:
        whole = zlib.decompressobj(31).decompress(note[8:]).endswith(b"\r\n\r\n")
    except zlib.error:
        whole = False
    if whole:  # a torn note means that the member itself was not yet touched
        with pending.with_name(pending.name.removesuffix(_PENDING)).open("r+b") as file:
            file.seek(struct.unpack("<Q", note[:8])[0])
            file.write(note[8:])
            file.flush()
            os.fsync(file.fileno())
    pending.unlink()
    return whole


def _whole(file: BinaryIO, path: Path) -> tuple[bytes, bytes]:
    """(compressed member, record) from where the file stands."""
    unpacker = zlib.decompressobj(31)
    packed, parts = [], []
    while not unpacker.eof:
        chunk = file.read(1 << 16)
        if not chunk:
            raise StoreError(f"网页快照 {path} 已损坏：记录不完整")
        packed.append(chunk)
        parts.append(unpacker.decompress(chunk))
    whole = b"".join(packed)
    return whole[: len(whole) - len(unpacker.unused_data)], b"".join(parts)


def _substitute(record: bytes, length: int) -> bytes:
    """A gzip member of exactly `length` bytes that holds the record's address and time, and nothing of its content."""
    head = record.partition(b"\r\n\r\n")[0].split(b"\r\n")
    kept = [line for line in head if line.lower().startswith((b"warc-record-id", b"warc-date", b"warc-target-uri"))]
    bare = _member(kept, 0, b"")
    if len(bare) > length:  # an answer smaller than its own address: keep the id alone
        kept = [line for line in kept if line.lower().startswith(b"warc-record-id")]
    # stored (level 0) blocks take what the extra field cannot hold; 5 bytes of overhead for each 64 KiB of them
    blanks = max(0, length - len(bare) - _MOST_EXTRA)
    blanks -= 5 * (blanks // 65_535 + 1) if blanks else 0
    body = _member(kept, max(blanks, 0), b"")
    rest = length - len(body)
    return _member(kept, max(blanks, 0), b"\0" * rest)


def _member(kept: list[bytes], blanks: int, padding: bytes) -> bytes:
    """One gzip member: the kept header lines, a note, `blanks` spaces, and `padding` in the extra field."""
    block = _MARK + b" " * blanks
    lines = [b"WARC/1.1", b"WARC-Type: metadata", *kept, b"Content-Type: application/warc-fields", b"Content-Length: %d" % len(block)]
    text = b"\r\n".join(lines) + b"\r\n\r\n" + block + b"\r\n\r\n"
    packer = zlib.compressobj(0, zlib.DEFLATED, -15) if blanks else zlib.compressobj(9, zlib.DEFLATED, -15)
    deflated = packer.compress(text) + packer.flush()
    # the extra field is always there, so that its own size never depends on what is left to fill
    extra = _SUBFIELD + struct.pack("<H", max(len(padding), 0)) + padding
    header = b"\x1f\x8b\x08" + bytes([_FEXTRA]) + b"\0\0\0\0" + b"\0\xff" + struct.pack("<H", len(extra)) + extra
    return header + deflated + struct.pack("<II", zlib.crc32(text), len(text) & 0xFFFFFFFF)
