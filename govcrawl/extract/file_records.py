"""Attachments as records: the file as it was linked, and every file inside it, with why its text is not known where it is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

from govcrawl.extract.attachments import MEDIA_TYPES, extension
from govcrawl.model.documents import TOO_LARGE
from govcrawl.model.facts import Visit
from govcrawl.model.files import FileFacts, FilePart
from govcrawl.model.items import NOT_FETCHED, NOT_READ, Attachment
from govcrawl.page import addresses
from govcrawl.text import normalise

_MEDIA = {
    "html": "text/html",
    "mhtml": "multipart/related",
    "xml": "application/xml",
    "docm": MEDIA_TYPES["docx"],
    "xlsm": MEDIA_TYPES["xlsx"],
}
_REASONS = {
    "timeout": "下载超时", "blocked": "被网站防护系统拦截", "robots": "robots.txt 不允许下载", "budget": "超出本次检查的数量上限", "tls": "证书或加密连接异常",
    "login": "需要登录", "unreachable": "无法访问", "no_data": "网站没有给出文件", "unread_file": "本地快照缺失或损坏，未能重读",
}  # fmt: skip
_GONE = (404, 410)


def name_of(visit: Visit) -> str:
    """What the link calls the file, else the last part of its address."""
    return normalise.squeeze(visit.context.anchor or "") or _last_part(visit.url)


def file_name(visit: Visit) -> str:
    """The name that says what kind of file it promises to be: the link's where it ends like a file's, else the address's.

    `附件：补贴名单` that leads to `/P020261101.xls` promises a workbook; so does `补贴名单.xls` that leads to `/download.jsp?id=3`.
    """
    words = normalise.squeeze(visit.context.anchor or "")
    return words if extension("", words) else _last_part(visit.url)


def _last_part(url: str) -> str:
    return unquote(addresses.path(url).partition("?")[0].rsplit("/", 1)[-1])


def records(site: str, visit: Visit, page: str | None, column: str | None, facts: FileFacts | None) -> Iterator[Attachment]:
    """The record of a linked file, then those of the files inside it.

    Args:
        page: the page that links it.
        facts: what the document stage made of it; null where it has not been read.
    """
    name = name_of(visit)
    read = visit.outcome == "read"
    last = visit.last
    file = Attachment(
        site=site, url=visit.url, key=visit.url, title=name or None, page=page, name=name or None, media_type=visit.media_type, bytes=visit.bytes,
        text_status=NOT_READ if read else NOT_FETCHED, fetched_at=last.at if last else None, snapshot=last.snapshot if last and read else None, column=column,
    )  # fmt: skip
    file.reason = "已下载，尚未读取"
    if not read:
        file.text_status, file.reason = _not_fetched(visit)
    if facts is None or not facts.parts:
        yield file
        return
    for part in facts.parts:
        at = facts.address(part)
        inner = part.path.rsplit("/", 1)[-1]
        own = file if not part.path else replace(file, url=at, key=at, title=inner, name=inner, media_type=None, bytes=part.bytes)
        yield _filled(own, part)


def _filled(record: Attachment, part: FilePart) -> Attachment:
    record.media_type = _MEDIA.get(part.format or "") or MEDIA_TYPES.get(part.format or "") or record.media_type
    record.pages, record.text_status, record.text = part.pages, part.text_status, part.text
    record.truncated, record.wrong_type = part.truncated, part.wrong_type
    record.reason = part.reason
    return record


def _not_fetched(visit: Visit) -> tuple[str, str]:
    """(text status, reason) of a file that was not fetched whole."""
    last = visit.last
    if last is not None and last.error == "too_large":
        size = f"（{visit.bytes / (1 << 20):.0f}MB）" if visit.bytes else ""
        return TOO_LARGE, f"文件过大{size}，未下载"
    if last is not None and last.error == "reset":
        return NOT_FETCHED, "下载中断，文件不完整（已重试）"
    if last is not None and last.status in _GONE:
        return NOT_FETCHED, f"网站应答 {last.status}，没有这个文件"
    return NOT_FETCHED, _REASONS.get(visit.reason or "", "无法访问")
