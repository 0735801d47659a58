"""Where the digits of a PDF page stand, so that numbers broken by a narrow column can be joined."""

from __future__ import annotations

import ctypes

import pypdfium2
import pypdfium2.raw as pdfium

from govcrawl.extract.documents import digit_lines
from govcrawl.extract.documents.broken_numbers import Run
from govcrawl.extract.documents.digit_lines import Box

_RULE = 2.5
"""Points: a ruled line is thinner."""


def mend(page: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage, text: str) -> str:
    """The text of a PDF page with broken identity numbers whole."""
    sheet = _Sheet(page, textpage)
    return digit_lines.mend(text, sheet.box, sheet.parted)


class _Sheet:
    """Boxes of characters, asked for only where digits stand."""

    def __init__(self, page: pypdfium2.PdfPage, textpage: pypdfium2.PdfTextPage) -> None:
        self._page = page
        self._text = textpage
        self._boxes: dict[int, Box | None] = {}
        self._rules: list[Box] | None = None
        self._rect = pdfium.FS_RECTF()

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
        if top - bottom > upper.height * 0.6:
            count = pdfium.FPDFText_GetBoundedText(self._text.raw, left, top, right, bottom, None, 0)
            buffer = (ctypes.c_ushort * (count + 1))()
            pdfium.FPDFText_GetBoundedText(self._text.raw, left, top, right, bottom, buffer, count)
            if bytes(buffer).decode("utf-16-le", "replace").strip("\0 \r\n"):
                return True
        middle = (lower.left + lower.right) / 2
        return any(box[0] <= middle <= box[2] and lower.middle < box[1] and box[3] < upper.middle for box in self._ruled())

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
