"""PDF by PDFium: text by page, notes, form values, bookmarks, metadata, attachments; pages that are only pictures are counted."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import pypdfium2
import pypdfium2.raw as pdfium

from govcrawl.extract.documents import pdf_streams
from govcrawl.extract.documents.errors import Damaged, Protected
from govcrawl.extract.documents.gathering import Gathering
from govcrawl.extract.documents.limits import Limits, Nested
from govcrawl.extract.documents.outcome import SCANNED, legible
from govcrawl.extract.documents.pdf_annotations import annotation_pieces, attachment_bytes
from govcrawl.extract.documents.pdf_numbers import Sheet
from govcrawl.extract.documents.sniff import LATE_PDF
from govcrawl.model.documents import DAMAGED, EMPTY, READ, DocumentText

_META = {"Title": "标题", "Author": "作者", "Subject": "主题", "Keywords": "关键词"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f]")
"""Matches the `\\x02` and NUL of fonts without a map; not `\\n`."""
_UNMAPPED = re.compile("[\ue000-\uefff\uf100-\uf8ff\ufffd\x00-\x08\x0e-\x1f]")
"""Characters without a meaning; matches `\\ue5d2`. U+F000–F0FF are the bullets of Symbol and Wingdings: `\\uf06c` is none."""
_UNMAPPED_SHARE = 0.05
"""Good pages have 0.00, subset fonts without a map 0.18, wrong maps 1.00."""
_FEW = 20
"""A page with fewer characters may be a picture with a stamp of text."""
_IMAGE = re.compile(rb"/Image\b")
"""Pictures are streams and never inside packed objects, so their type stands in the open; matches `/Subtype /Image`, not `/ImageMask`."""
_COVERING = 0.5
_LEGIBLE_SIDE = 120
"""Pixels of the shorter side of a picture that could bear text."""
_MOST_OBJECTS, _MOST_BOOKMARKS = 20_000, 2_000


def read(body: bytes, limits: Limits, nested: Nested | None = None) -> DocumentText:
    """Text of a PDF, one piece a page (`第3页`), identity numbers broken by a narrow column joined.

    Raises:
        Protected: it opens with a password only (a password of the owner's alone does not keep us out).
        Damaged: PDFium finds no document in it, or a document without a page.
        TooLarge: a stream unpacks to more than the limits.
    """
    if b"%PDF-" not in body[:1024] and (late := LATE_PDF.search(body[:8192])):
        body = body[late.end() :]
    pdf_streams.check(body, limits)
    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise Protected("PDF 已设密码，无法打开") from None
        raise Damaged("PDF 文件已损坏") from None
    try:
        if len(document) == 0:
            raise Damaged("PDF 中没有一页可以打开")
        if document.get_formtype() != pdfium.FORMTYPE_NONE:
            document.init_forms()
        reading = _Reading(document, Gathering(limits, nested), _IMAGE.search(body) is not None)
        with reading.gathering.bounded():
            reading.pages()
            reading.surroundings()
        return reading.result()
    finally:
        document.close()


@dataclass(slots=True)
class _Open:
    """A page that waits for the next one: a number may go on there."""

    number: int
    page: pypdfium2.PdfPage
    textpage: pypdfium2.PdfTextPage
    sheet: Sheet

    def close(self) -> None:
        self.textpage.close()
        self.page.close()


class _Reading:
    """One open document, and which of its pages could not be read."""

    def __init__(self, document: pypdfium2.PdfDocument, gathering: Gathering, pictures: bool) -> None:
        self.document = document
        self.gathering = gathering
        self.count = len(document)
        self.scanned: list[int] = []
        self.drawn: list[int] = []
        self.unmapped: list[int] = []
        self.broken: list[int] = []
        self._pictures = pictures

    def pages(self) -> None:
        limit = self.gathering.limits.pages
        if self.count > limit:
            self.gathering.missing.append(f"共{self.count}页，只读取了前{limit}页")
        before: _Open | None = None
        try:
            for n in range(min(self.count, limit)):
                here = self._opened(n + 1)
                if before is not None:
                    if here is not None:
                        before.sheet.go_on(here.sheet)
                    done, before = before, here
                    self._finish(done)
                before = here
            if before is not None:
                done, before = before, None
                self._finish(done)
        finally:
            if before is not None:
                before.close()

    def _opened(self, number: int) -> _Open | None:
        try:
            page = self.document[number - 1]
        except pypdfium2.PdfiumError:
            self.broken.append(number)
            return None
        try:
            textpage = page.get_textpage()
        except pypdfium2.PdfiumError:
            self.broken.append(number)
            page.close()
            return None
        return _Open(number, page, textpage, Sheet(page, textpage))

    def _finish(self, opened: _Open) -> None:
        try:
            self._page(opened.page, opened.number, opened.sheet.text)
        finally:
            opened.close()

    def _page(self, page: pypdfium2.PdfPage, number: int, raw: str) -> None:
        place = f"第{number}页"
        text = raw.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        signs = len(text.split()) and sum(map(len, text.split()))
        if signs and len(_UNMAPPED.findall(text)) >= _UNMAPPED_SHARE * signs:
            self.unmapped.append(number)
        if self._pictures:
            self._count_pictures(page, number, few=signs < _FEW)
        if not signs and self.scanned[-1:] != [number] and pdfium.FPDFPage_CountObjects(page.raw) > 0:
            self.drawn.append(number)
        clean = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "-"))
        self.gathering.add(clean, "body", place)
        for piece in annotation_pieces(self.document, page, place, self.gathering):
            self.gathering.once(piece.text, piece.kind, piece.locator)

    def _count_pictures(self, page: pypdfium2.PdfPage, number: int, *, few: bool) -> None:
        width, height = page.get_size()
        for picture in islice(_images(page.raw), 200):
            columns, rows = ctypes.c_uint(), ctypes.c_uint()
            pdfium.FPDFImageObj_GetImagePixelSize(picture, columns, rows)
            if min(columns.value, rows.value) >= _LEGIBLE_SIDE:
                self.gathering.pictures += 1
            if few and self.scanned[-1:] != [number] and _share(picture, width * height) >= _COVERING:
                self.scanned.append(number)

    def surroundings(self) -> None:
        for key, label in _META.items():
            self.gathering.add(_CONTROL.sub("", self.document.get_metadata_value(key)), "meta", label)
        for bookmark in islice(self.document.get_toc(), _MOST_BOOKMARKS):
            self.gathering.once(bookmark.get_title(), "name", "书签")
        for n in range(min(self.document.count_attachments(), self.gathering.limits.members)):
            try:
                attachment = self.document.get_attachment(n)
                data = attachment_bytes(attachment.raw, self.gathering.limits.unpacked_bytes)
                name = attachment.get_name() or f"附件{n + 1}"
            except pypdfium2.PdfiumError:
                data = None
            if data is None:
                self.gathering.missing.append(f"第{n + 1}个附件无法读取")
            else:
                self.gathering.embed(name, data)

    def result(self) -> DocumentText:
        """Scanned throughout: `empty` with that reason. In part: `read`, the pages named."""
        missing = self.gathering.missing
        own = [piece.text for piece in self.gathering.pieces if piece.kind != "meta"]
        any_text = legible("".join(own))
        if self.scanned and any_text:
            missing.append(f"{_named(self.scanned)}为图片，尚未识别文字")
        if self.drawn and not any_text:
            missing.append(f"{_named(self.drawn)}没有文字层，只有图形，尚未识别文字")
        if self.unmapped:
            missing.append(f"{_named(self.unmapped)}的字体缺少编码，文字无法还原")
        if self.broken:
            missing.append(f"{_named(self.broken)}已损坏，无法读取")
        document = self.gathering.document("pdf", pages=self.count)
        document.text_status = READ if any_text else EMPTY if self.scanned or self.drawn or self.unmapped or not missing else DAMAGED
        if not any_text:
            document.reason = "；".join([SCANNED, *missing] if self.scanned else missing) or "没有文字"
            document.truncated = bool(self.scanned or missing)
        return document


def _images(parent: object, depth: int = 0) -> Iterator[object]:
    """Picture objects of a page, also inside forms."""
    count = pdfium.FPDFPage_CountObjects(parent) if depth == 0 else pdfium.FPDFFormObj_CountObjects(parent)
    get = pdfium.FPDFPage_GetObject if depth == 0 else pdfium.FPDFFormObj_GetObject
    for n in range(min(count, _MOST_OBJECTS)):
        item = get(parent, n)
        kind = pdfium.FPDFPageObj_GetType(item)
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            yield item
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth < 3:
            yield from _images(item, depth + 1)


def _share(item: object, area: float) -> float:
    """Which part of the page a picture covers."""
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if area <= 0 or not pdfium.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return 0.0
    return abs((right.value - left.value) * (top.value - bottom.value)) / area


def _named(pages: list[int]) -> str:
    """`第3、5–7页`; many are counted only."""
    spans: list[list[int]] = []
    for page in pages:
        if spans and spans[-1][1] == page - 1:
            spans[-1][1] = page
        else:
            spans.append([page, page])
    if len(spans) > 10:
        return f"{len(pages)}页"
    return "第" + "、".join(str(a) if a == b else f"{a}–{b}" for a, b in spans) + "页"
