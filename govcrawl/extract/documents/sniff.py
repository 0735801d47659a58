"""What a file is, by its bytes and never by its name."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
from dataclasses import dataclass

from govcrawl.extract.documents import ole
from govcrawl.extract.documents.errors import Damaged
from govcrawl.model.documents import DAMAGED, PASSWORD, UNKNOWN

_HEAD = 8192
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(slots=True, frozen=True)
class Sniffed:
    """A format as in `DocumentText.format`, and what else the first look tells."""

    format: str | None
    family: str | None = None
    """word, sheet, slides, pdf, ofd, web, text, archive, picture, media, other."""
    reason: str | None = None
    """Why it cannot be read, in Chinese: of a known kind that has no reader here."""
    status: str = UNKNOWN
    """`text_status` where there is no format."""


FAMILIES: dict[str, str] = {
    "docx": "word", "doc": "word", "rtf": "word", "xlsx": "sheet", "xls": "sheet", "pptx": "slides", "ppt": "slides", "pdf": "pdf", "ofd": "ofd",
    "html": "web", "mhtml": "web", "txt": "text", "csv": "text", "xml": "text", "zip": "archive", "rar": "archive", "7z": "archive",
    "picture": "picture", "media": "media",
}  # fmt: skip
_PROMISES: dict[str, tuple[str, ...]] = {
    "word": ("doc", "docx", "docm", "dot", "dotx", "wps", "wpt", "rtf"),
    "sheet": ("xls", "xlsx", "xlsm", "xlsb", "xlt", "xltx", "et", "ett"),
    "slides": ("ppt", "pptx", "pptm", "pps", "ppsx", "dps", "dpt"),
    "pdf": ("pdf",),
    "ofd": ("ofd",),
    "web": ("html", "htm", "shtml", "mht", "mhtml"),
    "text": ("txt", "csv", "xml", "json", "log"),
    "archive": ("zip", "rar", "7z"),
    "picture": ("jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff", "webp"),
    "media": ("mp4", "mp3", "wmv", "avi", "flv", "mov", "wav", "m4a", "wma"),
}
PROMISED: dict[str, str] = {suffix: family for family, suffixes in _PROMISES.items() for suffix in suffixes}
"""What a suffix promises. Others promise nothing."""

_MAGIC: tuple[tuple[bytes, str | None, str | None], ...] = (
    (b"{\\rtf", "rtf", None),
    (b"7z\xbc\xaf\x27\x1c", "7z", None),
    (b"Rar!\x1a\x07", "rar", None),
    (b"\x89PNG\r\n\x1a\n", "picture", None),
    (b"\xff\xd8\xff", "picture", None),
    (b"GIF8", "picture", None),
    (b"II*\x00", "picture", None),
    (b"MM\x00*", "picture", None),
    (b"8BPS", "picture", None),
    (b"\xd7\xcd\xc6\x9a", "picture", None),
    (b"ID3", "media", None),
    (b"OggS", "media", None),
    (b"fLaC", "media", None),
    (b"FLV\x01", "media", None),
    (b"#!AMR", "media", None),
    (b"\x1a\x45\xdf\xa3", "media", None),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "media", None),
    (b"\x00\x00\x01\xba", "media", None),
    (b"\x1f\x8b\x08", None, "gzip 压缩包，不支持"),
    (b"BZh", None, "bzip2 压缩包，不支持"),
    (b"\xfd7zXZ\x00", None, "xz 压缩包，不支持"),
    (b"MZ", None, "可执行程序"),
    (b"\x7fELF", None, "可执行程序"),
    (b"AC10", None, "CAD 图纸，不支持"),
    (b"%!PS", None, "PostScript 文件，不支持"),
)
_STREAMS: tuple[tuple[str, str | None, str | None], ...] = (
    ("WordDocument", "doc", None),
    ("Workbook", "xls", None),
    ("Book", "xls", None),
    ("PowerPoint Document", "ppt", None),
    ("VisioDocument", None, "Visio 绘图，不支持"),
    ("__properties_version1.0", None, "Outlook 邮件，不支持"),
)
_ZIP_FOLDERS = (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx"))
LATE_PDF = re.compile(rb"(?:^|[\r\n>])(?=%PDF-\d\.\d\s)")
"""A PDF behind the warnings of a server's script; matches before `%PDF-1.7` at the start of a line; not `文件头为 %PDF-1.7`."""
_WEB = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|meta|style|title|div|script)\b", re.I)
"""Matches `<table border=1>` and `<HTML xmlns:o=…>`; not `<Workbook`."""
_OFFICE_WEB = (
    (re.compile(rb"urn:schemas-microsoft-com:office:word|Word\.Document", re.I), "word"),
    (re.compile(rb"urn:schemas-microsoft-com:office:excel|Excel\.Sheet", re.I), "sheet"),
    (re.compile(rb"urn:schemas-microsoft-com:office:powerpoint|PowerPoint\.Slide", re.I), "slides"),
)
"""Namespaces of pages that Office itself wrote (另存为网页); those of the matching program open under its suffix."""
_MHTML = re.compile(rb"\A(?:[A-Za-z][A-Za-z-]{1,40}:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){1,40}", re.A)
"""Header lines at the very start; matches `MIME-Version: 1.0\\r\\n`; not `附件：…`."""
_CONTROLS = frozenset(range(32)) - {9, 10, 12, 13, 27}


def suffix(name: str) -> str:
    """Lower-case suffix of a file's name; "" when it has none."""
    base = name.replace("\\", "/").rpartition("/")[2]
    stem, dot, end = base.rpartition(".")
    return end.strip().lower() if dot and stem else ""


def sniff(body: bytes) -> Sniffed:
    """Format of a file that is not empty."""
    head = body[:_HEAD]
    for magic, form, reason in _MAGIC:
        if head.startswith(magic):
            return Sniffed(form, FAMILIES.get(form or "") or ("archive" if "压缩" in (reason or "") else "other"), reason)
    if b"%PDF-" in head[:1024] or LATE_PDF.search(head):
        return _known("pdf")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zip(body)
    if head.startswith(_OLE):
        return _ole(body)
    if head[4:8] == b"ftyp":
        return _known("picture" if head[8:12] in (b"heic", b"heix", b"mif1", b"avif") else "media")
    if head.startswith(b"RIFF"):
        return _known("picture" if head[8:12] == b"WEBP" else "media")
    if head.startswith(b"BM") and len(head) > 26 and head[14:18] in (b"\x28\0\0\0", b"\x0c\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0"):
        return _known("picture")
    if len(head) > 3 and head[0] == 0xFF and head[1] in (0xFB, 0xF3, 0xF2, 0xFA):
        return _known("media")
    return _text(body)


def _known(form: str, family: str | None = None) -> Sniffed:
    return Sniffed(form, family or FAMILIES[form])


def _zip(body: bytes) -> Sniffed:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = [info.filename.replace("\\", "/").lstrip("/") for info in archive.infolist()[:5000]]
            mime = b""
            if "mimetype" in names:
                info = archive.getinfo("mimetype")
                if info.flag_bits & 1 == 0 and info.file_size < 200:
                    with archive.open(info) as stream:
                        mime = stream.read(200)
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, EOFError, OSError, KeyError, RuntimeError):
        return _torn_zip(body)
    lowered = {name.lower() for name in names}
    if "ofd.xml" in lowered:
        return _known("ofd")
    if mime.startswith(b"application/vnd.oasis.opendocument"):
        family = {"text": "word", "spreadsheet": "sheet", "presentation": "slides"}.get(
            mime.decode("ascii", "replace").partition("opendocument.")[2].split("-")[0]
        )
        return Sniffed(None, family, "开放文档格式（ODF），不支持")
    if "[content_types].xml" in lowered:
        if "xl/workbook.bin" in lowered:
            return Sniffed(None, "sheet", "二进制工作簿（xlsb），不支持")
        for folder, form in _ZIP_FOLDERS:
            if any(name.startswith(folder) for name in lowered):
                return _known(form)
    return _known("zip")


def _torn_zip(body: bytes) -> Sniffed:
    """A zip without its directory (cut off): told by the names that stand before the members."""
    if b"OFD.xml" in body[:65536]:
        return _known("ofd")
    for folder, form in _ZIP_FOLDERS:
        if b"[Content_Types].xml" in body[:65536] and folder.encode() in body:
            return _known(form)
    return _known("zip")


def _ole(body: bytes) -> Sniffed:
    try:
        container = ole.Container(body)
        names = [name.partition("/")[0] for name in container.names()]
    except Damaged:
        container, names = None, []
    found = {name.lower() for name in names}
    if "encryptedpackage" in found or "\x09drmcontent" in found:
        return Sniffed(None, None, "文件设有打开密码" if "encryptedpackage" in found else "文件受权限管理（IRM）保护", status=PASSWORD)
    for stream, form, reason in _STREAMS:
        if stream.lower() in found or (not found and stream.encode("utf-16-le") in body):
            return Sniffed(form, FAMILIES.get(form or ""), reason)
    return Sniffed(None, None, "OLE 文件，内容种类不明") if found else Sniffed(None, None, "OLE 结构已损坏", status=DAMAGED)


def _text(body: bytes) -> Sniffed:
    head = body[:65536]
    wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if not wide and not _decodes(head):
        return Sniffed(None)
    plain = head.decode("utf-16", "ignore").encode("utf-8", "ignore") if wide else head.removeprefix(codecs.BOM_UTF8)
    start = plain[:_HEAD].lstrip()
    if start.startswith(b"<"):
        return _markup(start)
    if _MHTML.match(start) and re.search(rb"(?im)^(?:mime-version:|content-type:\s*multipart/)", start[:4096]):
        return Sniffed("mhtml", _office(start) or _office(plain) or "web")
    return _known("csv" if _tabular(plain) else "txt")


def _markup(start: bytes) -> Sniffed:
    if start[:5].lower() == b"<?xml" or not _WEB.match(start):
        if b"urn:schemas-microsoft-com:office:spreadsheet" in start:
            return _known("xml", "sheet")
        if b"http://schemas.microsoft.com/office/word/2003/wordml" in start or b"Word.Document" in start[:1000]:
            return _known("xml", "word")
        if b"<svg" in start[:2000]:
            return _known("picture")
    if _WEB.search(start[:4096]):
        return Sniffed("html", _office(start) or "web")
    return _known("xml" if start[:5].lower() == b"<?xml" else "txt")


def _office(start: bytes) -> str | None:
    return next((family for pattern, family in _OFFICE_WEB if pattern.search(start)), None)


def _decodes(head: bytes) -> bool:
    """Text without NUL and nearly without control characters, in UTF-8 or GB 18030; a character cut at the end does not count."""
    if b"\x00" in head:
        return False
    if sum(head.count(bytes([c])) for c in _CONTROLS) * 200 > len(head):
        return False
    for name in ("utf-8", "gb18030"):
        try:
            codecs.getincrementaldecoder(name)().decode(head, final=False)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _tabular(plain: bytes) -> bool:
    """Lines with the same number of tabs or commas in nine of ten."""
    lines = [line for line in plain.splitlines()[:60] if line.strip()]
    if len(plain) > _HEAD and len(lines) > 1:
        lines.pop()
    if len(lines) < 2:
        return False
    for mark in (b"\t", b",", b";"):
        counts = [line.count(mark) for line in lines]
        usual = max(set(counts), key=counts.count)
        if usual and counts.count(usual) * 10 >= len(lines) * 9:
            return True
    return False
