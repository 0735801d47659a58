"""Documents: bytes of any file a site offers → its text, each piece with its place, or the reason why there is none."""

from __future__ import annotations

import importlib
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from govcrawl.extract.documents.errors import Unreadable
from govcrawl.extract.documents.limits import MB, Limits, Nested
from govcrawl.extract.documents.ooxml import syntax
from govcrawl.extract.documents.outcome import SCANNED, legible
from govcrawl.extract.documents.sniff import PROMISED, Sniffed, sniff, suffix
from govcrawl.model.documents import DAMAGED, EMPTY, PASSWORD, READ, TOO_LARGE, UNKNOWN, DocumentText, Member

__all__ = ["Limits", "read"]

_READERS: dict[str, tuple[str, str]] = {
    "docx": ("docx", "read"), "xlsx": ("xlsx", "read"), "pptx": ("pptx", "read"), "doc": ("doc", "read"), "xls": ("xls", "read"), "ppt": ("ppt", "read"),
    "pdf": ("pdf", "read"), "ofd": ("ofd", "read"), "rtf": ("rtf", "read"), "txt": ("plain", "read"), "csv": ("plain", "read_table"),
    "xml": ("office_xml", "read"), "html": ("web", "read"), "mhtml": ("web", "read_archive"),
    "zip": ("archives", "read"), "rar": ("archives", "read"), "7z": ("archives", "read"),
}  # fmt: skip
"""Format → (module of this room, function `(body, limits, nested) -> DocumentText`). Imported when first needed."""
_BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, etree.LxmlError, OSError, EOFError, ValueError, LookupError, ArithmeticError, AssertionError, RuntimeError,
    NotImplementedError, TypeError, AttributeError,
)  # fmt: skip
"""What readers and their libraries raise on structures that do not hold. `RecursionError` (a RuntimeError) is told apart before."""
_SIGN = re.compile(r"[^\W_]")
"""A letter or digit; matches `7`, not `·`."""
_GARBAGE = re.compile("[\ue000-\uf8ff\ufffd\x00-\x08\x0e-\x1f]")
"""Private use, replacement and control characters; matches `\\ufffd`; not `公`."""
_ASIDE = ("meta", "name", "field", "link")
"""Kinds that alone make no text of a document."""
_FIXED = ("pdf", "ofd")
"""Formats of set pages: a few digits on one are its page number, in a sheet they are its content."""
_ERROR_TITLE = re.compile(
    r"^\W*(?:HTTP\W*)?(?:40\d|50\d)\b|not found|forbidden|bad gateway|server error|service unavailable|^error\b|找不到|未找到|不存在|出错|无法访问|拒绝访问|"
    r"服务器错误|错误(?:页|提示|信息)|^错误$|(?:系统|操作|信息|友情|温馨)提示|^提示|登录$|跳转",
    re.I,
)
"""Matches `404 Not Found`, `您访问的页面不存在`, `统一身份认证登录`; not `关于更正错误的公告`."""
_ERROR_WORDS = re.compile(
    r"not found|forbidden|access denied|找不到|未找到|不存在|无法(?:找到|访问|下载|显示)|已(?:被)?(?:删除|移除|下线)|出错了|服务器错误|拒绝访问|没有权限|无权|请(?:先|重新)?登录|"
    r"下载失败|链接(?:已)?(?:失效|过期)|\b(?:404|403|500|502|503)\b",
    re.I,
)
"""Matches `{"code":404,"msg":"文件不存在"}`, `请先登录`; not `共 503 人` (asked of short answers only, and `\\b` stands between letters)."""
_SHORT = 400


@dataclass(slots=True)
class _Budget:
    """What all files inside one file may still cost together."""

    members: int
    nested_bytes: int


def read(body: bytes, name: str = "", limits: Limits = Limits(), depth: int = 0) -> DocumentText:  # noqa: B008  frozen
    """Text of a file, whatever its name says. Never raises on account of the file's content; the result is plain data.

    Args:
        name: file name or path; tells only what was promised (`wrong_type`).
        depth: how many containers it lies in; beyond `limits.depth` it is `too_large`.
    """
    return _read(body, name, limits, depth, _Budget(limits.members, limits.nested_bytes))


def _read(body: bytes, name: str, limits: Limits, depth: int, budget: _Budget) -> DocumentText:
    if not body:
        return DocumentText(text_status=EMPTY, reason="文件为空（0 字节）")
    if len(body) > limits.file_bytes:
        return DocumentText(text_status=TOO_LARGE, reason=f"文件有{len(body) // MB}MB，超过上限{limits.file_bytes // MB}MB")
    if depth > limits.depth:
        return DocumentText(text_status=TOO_LARGE, reason=f"嵌套超过{limits.depth}层，未继续读取")
    found = sniff(body)
    promised = PROMISED.get(suffix(name))
    document = _by_format(body, found, promised, limits, depth, budget)
    document.wrong_type = _wrong(found, promised)
    document.members = _flat(document.members)
    return document


def _by_format(body: bytes, found: Sniffed, promised: str | None, limits: Limits, depth: int, budget: _Budget) -> DocumentText:
    if found.format is None:
        form = {"word": "docx", "sheet": "xlsx", "slides": "pptx"}.get(promised or "") if found.status == PASSWORD else None
        return DocumentText(format=form, text_status=found.status, reason=found.reason or "无法识别的文件格式")
    if found.format == "picture":
        return DocumentText(format="picture", text_status=EMPTY, reason="图片，尚未识别文字", truncated=True, pictures=1)
    if found.format == "media":
        return DocumentText(format="media", text_status=EMPTY, reason="音视频，没有文字")

    def nested(data: bytes, path: str) -> DocumentText:
        budget.members -= 1
        budget.nested_bytes -= len(data)
        if budget.members < 0 or budget.nested_bytes < 0:
            return DocumentText(text_status=TOO_LARGE, reason="内含文件过多或过大，未继续读取")
        return _read(data, path, limits, depth + 1, budget)

    try:
        return _parsed(body, found.format, promised, limits, nested)
    except Unreadable as error:
        return DocumentText(format=found.format, text_status=error.status, reason=error.reason)
    except (MemoryError, RecursionError):
        return DocumentText(format=found.format, text_status=TOO_LARGE, reason="内存或嵌套层数超过上限")
    except etree.XMLSyntaxError as error:
        told = syntax(error)
        return DocumentText(format=found.format, text_status=told.status, reason=told.reason)
    except _BROKEN:
        return DocumentText(format=found.format, text_status=DAMAGED, reason="文件结构已损坏")


def _parsed(body: bytes, form: str, promised: str | None, limits: Limits, nested: Nested) -> DocumentText:
    module, function = _READERS[form]
    reader: Callable[[bytes, Limits, Nested], DocumentText] = getattr(
        importlib.import_module(f"govcrawl.extract.documents.{module}"), function
    )
    document = reader(body, limits, nested)
    if document.text_status == UNKNOWN:
        _settle(document)
    if form in ("html", "txt", "csv", "xml") and promised not in (None, "web", "text"):
        _answer(document)
    return document


def _settle(document: DocumentText) -> None:
    """`read` or `empty`, where the reader left that open."""
    text = "".join(piece.text for piece in document.pieces if piece.kind not in _ASIDE)
    sample = text[:200_000]
    if len(_GARBAGE.findall(sample)) * 3 > len(sample):
        document.text_status, document.reason = DAMAGED, "文字无法辨认（乱码）"
    elif legible(text) or (_SIGN.search(text) and not document.pictures and document.format not in _FIXED):
        document.text_status = READ
    else:
        document.text_status = EMPTY
        document.reason = document.reason or (SCANNED if document.pictures else "没有文字")
        document.truncated |= document.pictures > 0


def _answer(document: DocumentText) -> None:
    """A web page or a line of JSON under a document's name: mostly the server's error, which is no text of a document."""
    text = "".join(piece.text for piece in document.pieces if piece.kind not in _ASIDE)
    title = document.title or (text.strip().splitlines() or [""])[0][:80] or None
    short = len(text) <= _SHORT
    if (
        (document.title and len(text) <= 4 * _SHORT and _ERROR_TITLE.search(document.title))
        or (short and _ERROR_WORDS.search(text))
        or not text
    ):
        document.pieces.clear()
        document.title = title
        document.text_status, document.truncated = EMPTY, False
        document.reason = f"不是文档，是网页或提示信息：{title}" if title else "不是文档，是没有文字的网页"


def _wrong(found: Sniffed, promised: str | None) -> bool:
    """The name promises another family. Office's own web pages and XML open under the suffix of their program, and under their own."""
    if promised is None or found.family is None or found.family == promised:
        return False
    return not ((found.format in ("html", "mhtml") and promised == "web") or (found.format == "xml" and promised == "text"))


def _flat(members: list[Member]) -> list[Member]:
    """Members of members beside them, `内层.zip!/a.doc`; of two with the same path the second is `a.doc#2`."""
    out: list[Member] = []
    taken: dict[str, int] = {}
    for member in members:
        path = _own(member.path, taken)
        out.append(Member(path, member.document, member.bytes))
        out += [Member(_own(f"{path}!/{inner.path}", taken), inner.document, inner.bytes) for inner in member.document.members]
        member.document.members = []
    return out


def _own(path: str, taken: dict[str, int]) -> str:
    """A path that no other member has: it is the member's key."""
    own = path
    while own in taken:
        taken[path] += 1
        own = f"{path}#{taken[path]}"
    taken[own] = 1
    return own
