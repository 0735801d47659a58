"""zip, 7z, rar: every member is unpacked to memory, in bounds, and read like a file of its own. Nothing is written, no link is followed."""

from __future__ import annotations

import contextlib
import importlib
import io
import locale
import re
import stat
import zipfile
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import rarfile

from govcrawl.extract.documents.errors import Damaged, Protected, TooLarge, Unknown, Unreadable
from govcrawl.extract.documents.gathering import Gathering
from govcrawl.extract.documents.limits import MB, Limits, Nested, bounded, check, unlisted
from govcrawl.extract.documents.ole import BROKEN
from govcrawl.model.documents import EMPTY, PASSWORD, READ, DocumentText, Member

_ENCRYPTED_BIT, _UTF8_BIT = 0x1, 0x800
_CHATTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
"""What systems add by themselves."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""Controls, also those that turn the direction of writing (`名单\u202excod.exe`); not `名`."""
_LONGEST_PATH = 500
"""A path is part of a record's key; its end says what it is."""
_REGULAR = 0o100000
"""Type of an entry that is a file: no folder, no symbolic link, no device."""


def read(body: bytes, limits: Limits, nested: Nested) -> DocumentText:
    """Names of the members as pieces, the members themselves as `members`, each with a status of its own.

    Raises:
        Protected: names too are encrypted, or no member opens without a password.
        Damaged, TooLarge: the directory does not hold, or promises more than the limits.
        Unknown: 7z or rar where the system has no library to unpack them; a volume of a set.
    """
    if body.startswith(b"7z\xbc\xaf\x27\x1c"):
        return _finished("7z", _members(body, limits), Gathering(limits, nested))
    if body.startswith(b"Rar!\x1a\x07"):
        _ask_headers(body)
        return _finished("rar", _members(body, limits), Gathering(limits, nested))
    archive = _opened(body, limits)
    gathering = Gathering(limits, nested)
    if hidden := unlisted(archive, body):
        gathering.missing.append(hidden)
    return _finished("zip", _zip_members(archive, limits), gathering)


def _finished(form: str, members: Iterator[tuple[str, bytes | Unreadable]], gathering: Gathering) -> DocumentText:
    """Every member through the dispatcher; those that would not open keep their reason."""
    unread: list[Unreadable] = []
    try:
        with gathering.bounded():
            for path, content in members:
                gathering.add(path, "name")
                if isinstance(content, Unreadable):
                    unread.append(content)
                    gathering.members.append(Member(path, DocumentText(text_status=content.status, reason=content.reason)))
                else:
                    gathering.embed(path, content)
    except Unreadable as error:  # the archive ends early; what was read before stays
        if not gathering.members:
            raise
        gathering.missing.append(error.reason)
    if unread and len(unread) >= len(gathering.members) and all(error.status == PASSWORD for error in unread):
        document = gathering.document(form)
        document.text_status, document.truncated, document.reason = PASSWORD, False, "压缩包已加密，需要密码"
        return document
    if unread:
        gathering.missing.append(f"{len(unread)}个文件未能解压")
    document = gathering.document(form)
    document.text_status = READ if gathering.members else EMPTY
    if not gathering.members:
        document.reason = "压缩包内没有文件"
    return document


def _opened(body: bytes, limits: Limits) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
    except (*BROKEN, zipfile.BadZipFile, NotImplementedError, EOFError):
        raise Damaged("压缩包已损坏，可能没有下载完整") from None
    check(archive, limits)
    return archive


def _zip_members(archive: zipfile.ZipFile, limits: Limits) -> Iterator[tuple[str, bytes | Unreadable]]:
    left = limits.unpacked_bytes
    for info in archive.infolist():
        path = _inside(_zip_name(info))
        if (info.filename.endswith("/") and not info.file_size) or stat.S_ISLNK(info.external_attr >> 16) or _is_chatter(path):
            continue
        if info.flag_bits & _ENCRYPTED_BIT:
            yield path, Protected("压缩包内的文件已加密")
            continue
        try:
            content = bounded(archive, info, left)
        except TooLarge:
            raise
        except Unreadable as error:
            yield path, error
            continue
        left -= len(content)
        yield path, content


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Chinese packers write GBK, others UTF-8 without saying so; Python shows both as code page 437."""
    if info.flag_bits & _UTF8_BIT:
        return info.filename
    try:
        return _decoded(info.orig_filename.encode("cp437"))
    except UnicodeEncodeError:
        return info.filename


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


def _inside(name: str) -> str:
    """`../../etc/x` and `C:\\x` are only names here, but must not look like places outside."""
    plain = _CONTROL.sub("", name.replace("\\", "/"))
    parts = [part for part in plain.split("/") if part not in ("", ".", "..") and not part.endswith(":")]
    return "/".join(parts)[-_LONGEST_PATH:].lstrip("/") or "无名文件"


def _is_chatter(path: str) -> bool:
    return path.startswith(_CHATTER[0]) or path.rpartition("/")[2].startswith("._") or path.rpartition("/")[2] in _CHATTER


def _library() -> ModuleType:
    """libarchive by its thin wrapper, which looks for the system's library when it is imported.

    Under LC_ALL=C it says `Pathname cannot be converted from UTF-16LE to current locale` and gives no name.
    """
    if locale.nl_langinfo(locale.CODESET) != "UTF-8":
        with contextlib.suppress(locale.Error):
            locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    try:
        return importlib.import_module("libarchive")
    except (ImportError, OSError, AttributeError, TypeError):
        raise Unknown("缺少解压组件（libarchive），未能读取") from None


def _ask_headers(body: bytes) -> None:
    """Whether a rar needs a password: libarchive says of hidden names only `Unsupported block header size (was 7, max is 2)`."""
    try:
        with rarfile.RarFile(io.BytesIO(body)) as archive:
            locked = archive.needs_password() and (not archive.infolist() or all(info.needs_password() for info in archive.infolist()))
    except rarfile.NeedFirstVolume:
        raise Unknown("分卷压缩包，缺少其他分卷") from None
    except (*BROKEN, rarfile.Error, EOFError):
        return
    if locked:
        raise Protected("压缩包已加密，需要密码")


def _members(body: bytes, limits: Limits) -> Iterator[tuple[str, bytes | Unreadable]]:
    library = _library()
    left = min(limits.unpacked_bytes, max(limits.ratio * len(body), MB))
    count = 0
    try:
        with library.memory_reader(body) as archive:
            for entry in archive:
                count += 1
                if count > limits.members:
                    raise TooLarge(f"压缩包内文件超过上限{limits.members}个")
                name = entry.pathname
                path = _inside(_decoded(name) if isinstance(name, bytes) else str(name or ""))
                if entry.filetype != _REGULAR or entry.linkpath or _is_chatter(path):
                    continue
                content = _content(entry, left)
                left -= len(content)
                yield path, content
    except library.ArchiveError as error:
        raise _told(str(error)) from None


def _content(entry: Any, limit: int) -> bytes:
    blocks, size = [], 0
    for block in entry.get_blocks():
        size += len(block)
        if size > limit:
            raise TooLarge("解压后超过上限，或压缩比异常，疑似压缩炸弹")
        blocks.append(bytes(block))
    return b"".join(blocks)


def _told(words: str) -> Unreadable:
    low = words.lower()
    if "encrypt" in low or "passphrase" in low:
        return Protected("压缩包已加密，需要密码")
    if "solid archive support" in low:
        return Unknown("RAR 固实压缩，现有解压组件不支持")
    if "unsupported" in low or "not supported" in low:
        return Unknown("使用了不支持的压缩方法")
    return Damaged("压缩包已损坏，可能没有下载完整")
