"""Where the digits of a PDF page stand, so that numbers broken by a narrow column can be joined."""

from __future__ import annotations

import ctypes

import pypdfium2
import pypdfium2.raw as pdfium

from govcrawl.extract.documents import page_breaks
from govcrawl.extract.documents.broken_numbers import Run, edited, edits, whole_line
from govcrawl.extract.documents.digit_lines import Box, Digits
from govcrawl.extract.documents.page_breaks import Side

_RULE = 2.5
"""Points: a ruled line is thinner."""


class Sheet:
    """A page whose broken numbers are made whole. Boxes of characters are asked for only where digits stand."""

    def __init__(self, page: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage) -> None:
        self._page = page
        self._text = textpage
        self._boxes: dict[int, Box | None] = {}
        self._rules: list[Box] | None = None
        self._rect = pdfium.FS_RECTF()
        self._raw = page_text(textpage)
        self._digits = Digits(self._raw, self.box)
        self._chains = self._digits.chains(self.parted)
        self._edits = edits(self._raw, self._chains)
        self._taken: set[int] = {run.start for chain in self._chains for run in chain}

    @property
    def text(self) -> str:
        return edited(self._raw, self._edits) if self._edits else self._raw

    def go_on(self, following: Sheet) -> None:
        """Take the rest of a number that ends on the next page from there."""
        if not self._digits.may_go_on(following._digits):
            return
        for head, tail in page_breaks.joined(self._side(), following._side()):
            self._edits.append((head.end, head.end, tail.text))
            following._edits.append((*whole_line(following._raw, tail), ""))
            following._taken.add(tail.start)

    def _side(self) -> Side:
        loose = [run for run in self._digits.runs() if run.start not in self._taken]
        return Side(loose, self._chains, self._words, self._page.get_width())

    def box(self, index: int) -> Box | None:
        """(left, bottom, right, top) of the character at a place of the text, by its font's height."""
        if index not in self._boxes:
            at = pdfium.FPDFText_GetCharIndexFromTextIndex(self._text.raw, index)
            rect = self._rect
            known = at >= 0 and pdfium.FPDFText_GetLooseCharBox(self._text.raw, at, rect)
            self._boxes[index] = (rect.left, rect.bottom, rect.right, rect.top) if known and rect.top > rect.bottom else None
        return self._boxes[index]

    def parted(self, upper: Run, lower: Run) -> bool:
        """Text between the two lines, or a ruled line, which makes them two cells."""
        left, right = min(upper.left, lower.left), max(lower.right, lower.left + lower.height)
        top, bottom = upper.middle - upper.height / 2, lower.middle + lower.height / 2
        if top - bottom > upper.height * 0.6 and self._words(left, bottom, right, top):
            return True
        middle = (lower.left + lower.right) / 2
        return any(box[0] <= middle <= box[2] and lower.middle < box[1] and box[3] < upper.middle for box in self._ruled())

    def _words(self, left: float, bottom: float, right: float, top: float) -> str:
        """The text of a part of the page."""
        count = pdfium.FPDFText_GetBoundedText(self._text.raw, left, top, right, bottom, None, 0)
        buffer = (ctypes.c_ushort * (count + 1))()
        pdfium.FPDFText_GetBoundedText(self._text.raw, left, top, right, bottom, buffer, count)
        return bytes(buffer).decode("utf-16-le", "replace").strip("\0 \r\n")

    def _ruled(self) -> list[Box]:
        """Thin level lines of the page, drawn or filled."""
        if self._rules is None:
            self._rules = []
            left, bottom, right, top = (ctypes.c_float() for _ in range(4))
            for n in range(min(pdfium.FPDFPage_CountObjects(self._page.raw), 20_000)):
                item = pdfium.FPDFPage_GetObject(self._page.raw, n)
                if pdfium.FPDFPageObj_GetType(item) == pdfium.FPDF_PAGEOBJ_PATH and pdfium.FPDFPageObj_GetBounds(
                    item, left, bottom, right, top
                ):
                    box = (left.value, bottom.value, right.value, top.value)
                    if box[3] - box[1] <= _RULE and box[2] - box[0] > 4 * _RULE:
                        self._rules.append(box)
        return self._rules


def page_text(textpage: pypdfium2.PdfTextPage) -> str:
    """All text of a page, one character a UTF-16 unit: PDFium counts in units, and a name with `𠀀` must not shift the places behind it."""
    count = pdfium.FPDFText_CountChars(textpage.raw)
    if count <= 0:
        return ""
    buffer = (ctypes.c_ushort * (count * 2 + 2))()
    written = pdfium.FPDFText_GetText(textpage.raw, 0, count, buffer)
    raw = bytes(buffer)[: max(0, written - 1) * 2]
    text = raw.decode("utf-16-le", "replace")
    return text if len(text) * 2 == len(raw) else "".join(map(chr, buffer[: max(0, written - 1)]))
