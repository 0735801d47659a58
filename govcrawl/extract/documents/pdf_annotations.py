"""What hangs on a PDF page: notes, text of marks, form values, link targets, attached files."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator

import pypdfium2
import pypdfium2.raw as pdfium

from govcrawl.extract.documents.gathering import Gathering
from govcrawl.model.documents import Piece

_MOST = 2_000
_LONGEST = 1 << 20


def annotation_pieces(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, place: str, gathering: Gathering) -> Iterator[Piece]:
    """Pieces of one page's annotations; files attached to it go through the dispatcher."""
    for n in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), _MOST)):
        item = pdfium.FPDFPage_GetAnnot(page.raw, n)
        if not item:
            continue
        try:
            yield from _annotation(document, item, place, gathering)
        finally:
            pdfium.FPDFPage_CloseAnnot(item)


def _annotation(document: pypdfium2.PdfDocument, item: object, place: str, gathering: Gathering) -> Iterator[Piece]:
    kind = pdfium.FPDFAnnot_GetSubtype(item)
    if kind == pdfium.FPDF_ANNOT_WIDGET:
        if document.formenv is not None:
            form = document.formenv.raw
            label = wide(lambda buffer, size: pdfium.FPDFAnnot_GetFormFieldAlternateName(form, item, buffer, size))
            name = label or wide(lambda buffer, size: pdfium.FPDFAnnot_GetFormFieldName(form, item, buffer, size))
            yield Piece(
                wide(lambda buffer, size: pdfium.FPDFAnnot_GetFormFieldValue(form, item, buffer, size)), "field", f"{place}表单{name}"
            )
        return
    if kind == pdfium.FPDF_ANNOT_LINK:
        yield Piece(_target(document, item), "link", place)
    elif kind == pdfium.FPDF_ANNOT_FILEATTACHMENT:
        attachment = pdfium.FPDFAnnot_GetFileAttachment(item)
        data = attachment_bytes(attachment, gathering.limits.unpacked_bytes) if attachment else None
        if data is not None:
            name = wide(lambda buffer, size: pdfium.FPDFAttachment_GetName(attachment, buffer, size))
            gathering.embed(name or f"{place}附件", data)
    if kind != pdfium.FPDF_ANNOT_POPUP:
        yield Piece(_value(item, b"Contents"), "comment", f"{place}批注")
        if kind != pdfium.FPDF_ANNOT_LINK:
            yield Piece(_value(item, b"T"), "comment", f"{place}批注作者")


def _value(item: object, key: bytes) -> str:
    return wide(lambda buffer, size: pdfium.FPDFAnnot_GetStringValue(item, key, buffer, size))


def _target(document: pypdfium2.PdfDocument, item: object) -> str:
    link = pdfium.FPDFAnnot_GetLink(item)
    action = pdfium.FPDFLink_GetAction(link) if link else None
    if not action:
        return ""
    size = pdfium.FPDFAction_GetURIPath(document.raw, action, None, 0)
    if not 1 < size <= _LONGEST:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFAction_GetURIPath(document.raw, action, buffer, size)
    return buffer.raw[: size - 1].decode("utf-8", "replace")


def wide(ask: Callable[[object, int], int]) -> str:
    """PDFium's way to hand over UTF-16: once for the size in bytes, once for the text, which ends with NUL."""
    size = ask(None, 0)
    if not 2 < size <= _LONGEST:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    ask(buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", "replace").split("\0", 1)[0]


def attachment_bytes(attachment: object, limit: int) -> bytes | None:
    """Content of an attached file; null where there is none or more than `limit` bytes."""
    size = ctypes.c_ulong()
    if not pdfium.FPDFAttachment_GetFile(attachment, None, 0, size) or size.value > limit:
        return None
    buffer = ctypes.create_string_buffer(max(size.value, 1))
    pdfium.FPDFAttachment_GetFile(attachment, buffer, size.value, size)
    return buffer.raw[: size.value]
