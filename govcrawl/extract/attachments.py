"""Files a page offers for download: links with a file's extension in the address, the words, the title or `download`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from govcrawl.extract import nodes
from govcrawl.extract.nodes import Element
from govcrawl.extract.rows import OUTER
from govcrawl.page.document import Page

MEDIA_TYPES: dict[str, str] = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "wps": "application/vnd.ms-works",
    "et": "application/vnd.ms-excel",
    "dps": "application/vnd.ms-powerpoint",
    "ofd": "application/ofd",
    "rtf": "application/rtf",
    "txt": "text/plain",
    "csv": "text/csv",
    "zip": "application/zip",
    "rar": "application/vnd.rar",
    "7z": "application/x-7z-compressed",
    "ceb": "application/x-ceb",
    "gd": "application/x-gd",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
}
_FILES = "pdf|docx?|xlsx?|pptx?|wps|et|dps|ofd|rtf|txt|csv|zip|rar|7z|ceb|gd|odt|ods"
_PICTURES = "jpe?g|png|tiff?|mp4|mp3"
_IN_ADDRESS = re.compile(rf"\.({_FILES})(?=$|[?#&;])", re.I)
"""Matches `/files/a.DOC`, `downfile.jsp?filename=a.xls&n=1`; not `/docs/a.html`, not `/a.docs`."""
_PICTURE_IN_ADDRESS = re.compile(rf"\.({_PICTURES})(?=$|[?#&;])", re.I)
"""Matches `/a.jpg`; not `/a.jpg.html`."""
_IN_WORDS = re.compile(rf"\.({_FILES}|{_PICTURES})\s*(?:[(（\[【]?\s*[\d.]+\s*[KMG]?B\s*[)）\]】]?)?$", re.I)
"""Matches `申请表.docx` and `申请表.docx（23KB）`; not `使用.docx说明`."""
_PAGE_ADDRESS = re.compile(r"\.(?:s?html?|jspx?|php|aspx?)(?:$|#)", re.I)
"""Matches `/a.shtml`, a page whatever its words say; not `/download.jsp?id=3`."""
_DOWNLOAD = re.compile(r"download|downfile|down\.(?:jsp|asp|php)|getfile|filedown|/attach(?:ment)?s?[/?]", re.I)
"""An address that hands out a file whatever it is called: matches `/file/download?id=7a01`; not `/downtown/`."""
_OFFERS = re.compile(r"^\s*\[?(?:点击|立即|附件|表格|样表|空表|空白表格?|文件)?下载(?:附件|表格|样表|空表|文件)?\]?\s*$|^\s*附件")
"""Words of a link to a file: matches `下载`, `附件1`; not `APP下载中心`."""
_PAGES = (".html", ".shtml", ".htm", "/", "#")
"""Ends of most addresses that are no file; what they miss is looked at closely."""
_ATTACHMENT_WORDS = re.compile(r"^\s*(?:附件|附表|附图|附录)")
"""Matches `附件1：分布图`; not `见附件`."""


_UNNAMED = "file"
"""Stands for the extension of a file that neither address nor words name."""


@dataclass(slots=True, frozen=True)
class Attached:
    """A file the page links to."""

    url: str
    name: str
    media_type: str | None
    element: Element


def extension(href: str, words: str, title: str = "", download: str | None = None) -> str | None:
    """Extension of the file a link leads to, lower case; null where it leads to a page.

    A picture counts only when the link calls it an attachment.
    """
    address = unquote(href) if "%" in href else href
    hit = _IN_ADDRESS.search(address)
    if hit is not None:
        return hit[1].lower()
    picture = _PICTURE_IN_ADDRESS.search(address)
    if picture is not None:
        return picture[1].lower() if _ATTACHMENT_WORDS.match(words) or _IN_WORDS.search(words) or download is not None else None
    if _PAGE_ADDRESS.search(address):
        return None
    for shown in (words, title, download or ""):
        named = _IN_WORDS.search(shown)
        if named is not None:
            return named[1].lower()
    return _UNNAMED if _DOWNLOAD.search(address) and _OFFERS.search(words or title) else None


def below(page: Page, elements: list[Element]) -> list[Attached]:
    """Files linked below the elements, distinct by address, in their order."""
    found: dict[str, Attached] = {}
    for link in nodes.links(elements):
        attached = _attached(page, link)
        if attached is not None:
            found.setdefault(attached.url, attached)
    return list(found.values())


def read(page: Page) -> list[Attached]:
    """Files the content of a page links to; those of header, navigation, footer and side columns are not its own."""
    found: dict[str, Attached] = {}
    for link in page.body_tree.iter("a"):
        href = link.get("href")
        if not href or href.endswith(_PAGES):
            continue
        attached = _attached(page, link)
        if attached is not None and attached.url not in found and page.region_of(link) not in OUTER:
            found[attached.url] = attached
    return list(found.values())


def _attached(page: Page, link: Element) -> Attached | None:
    href = (link.get("href") or "").strip()
    if not href or href.startswith("#"):
        return None
    title = (link.get("title") or "").strip()
    direct = link.text or ""
    if not (
        _IN_ADDRESS.search(href)
        or _PICTURE_IN_ADDRESS.search(href)
        or "." in direct
        or "." in title
        or "%" in href
        or _DOWNLOAD.search(href)
        or len(link)
        or link.get("download")
    ):
        return None
    words = nodes.text(link)
    kind = extension(href, words, title, link.get("download"))
    url = page.canonical(href) if kind is not None else None
    if kind is None or url is None:
        return None
    name = words or title or (link.get("download") or "").strip() or unquote(url.rsplit("/", 1)[-1])
    return Attached(url, name, MEDIA_TYPES.get(kind), link)


def media_type(name: str) -> str | None:
    """Media type by the extension of a file name or address; null where it has none we know."""
    hit = re.search(r"\.([0-9A-Za-z]{1,5})(?:$|[?#])", name)
    return MEDIA_TYPES.get(hit[1].lower()) if hit else None
