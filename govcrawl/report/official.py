"""公文 style (GB/T 9704-2012) for the documents we draft: A4, 仿宋 三号, 28-point lines, page numbers odd right and even left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from govcrawl.errors import OutputError, cause

BODY, HEADING, SUBHEADING, TITLE = "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体"
_THREE, _TWO, _FOUR, _SMALL = Pt(16), Pt(22), Pt(14), Pt(10.5)
"""三号, 二号, 四号, 五号."""


def new() -> Document:
    """An empty document with page, body style and page numbers set."""
    paper = docx.Document()
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    normal: Any = paper.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", _THREE
    # `font.name` sets only the Latin face
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), BODY)
    normal.paragraph_format.line_spacing_rule, normal.paragraph_format.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(28)
    normal.paragraph_format.space_after = normal.paragraph_format.space_before = Pt(0)
    paper.settings.odd_and_even_pages_header_footer = True
    _page_number(section.footer, WD_ALIGN_PARAGRAPH.RIGHT)
    _page_number(section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT)
    return paper


def title(paper: Document, text: str) -> None:
    """The title, 二号, centred."""
    line = paper.add_paragraph()
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    line.paragraph_format.line_spacing = Pt(36)
    _run(line, text, TITLE, _TWO)
    paper.add_paragraph()


def addressee(paper: Document, text: str) -> None:
    """主送机关, flush left, with its colon."""
    _run(paper.add_paragraph(), f"{text}：", BODY, _THREE)


def body(paper: Document, text: str) -> None:
    """A paragraph of the body, indented by two characters."""
    _run(_indented(paper.add_paragraph()), text, BODY, _THREE)


def heading(paper: Document, text: str, level: int = 1) -> None:
    """一、 in 黑体, （一） in 楷体."""
    _run(_indented(paper.add_paragraph()), text, HEADING if level == 1 else SUBHEADING, _THREE)


def annex(paper: Document, text: str) -> None:
    """附件 and its title, flush left on a new page."""
    line = paper.add_paragraph()
    line.paragraph_format.page_break_before = True
    _run(line, text, HEADING, _THREE)


def signature(paper: Document, unit: str, day: str) -> None:
    """落款 and date, right, four characters from the margin; the date without leading zeros."""
    # never alone on a page of its own
    paper.paragraphs[-1].paragraph_format.keep_with_next = True
    paper.add_paragraph().paragraph_format.keep_with_next = True
    year, month, date = (int(part) for part in day.split("-"))
    for text in (unit, f"{year}年{month}月{date}日"):
        line = paper.add_paragraph()
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        line.paragraph_format.right_indent = Pt(64)
        line.paragraph_format.keep_with_next = text == unit
        _run(line, text, BODY, _THREE)


def table(paper: Document, columns: tuple[tuple[str, float], ...], rows: list[tuple[str, ...]]) -> None:
    """A table with its header repeated on each page, rows that do not break; widths in millimetres."""
    made = paper.add_table(rows=1, cols=len(columns))
    made.style = "Table Grid"
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    made.autofit = False
    _keep(made.rows[0], "w:tblHeader")
    for cell, (name, _) in zip(made.rows[0].cells, columns, strict=True):
        _cell(cell, name, HEADING)
    for row in rows:
        added = made.add_row()
        _keep(added, "w:cantSplit")
        for cell, text in zip(added.cells, row, strict=True):
            _cell(cell, text, BODY)
    for column, (_, width) in zip(made.columns, columns, strict=True):
        column.width = Mm(width)
    for row_ in made.rows:
        for cell, (_, width) in zip(row_.cells, columns, strict=True):
            cell.width = Mm(width)


def save(paper: Document, path: Path) -> None:
    """Raises OutputError where the file cannot be written; what was there stays whole."""
    temporary = path.with_name(path.name + ".part")
    try:
        paper.save(str(temporary))
        temporary.replace(path)
    except OSError as error:
        if temporary.parent.is_dir():
            temporary.unlink(missing_ok=True)
        raise OutputError(f"无法写入 {path}：{cause(error)}") from error


def _run(line: Any, text: str, face: str, size: Any) -> None:
    run = line.add_run(_printable(text))
    run.font.name, run.font.size = "Times New Roman", size
    run._element.rPr.rFonts.set(qn("w:eastAsia"), face)


def _printable(text: str) -> str:
    """XML takes no control characters; a page's own text may hold some."""
    return "".join(c for c in text if c in "\n\t" or (ord(c) >= 32 and not 0xD800 <= ord(c) <= 0xDFFF and ord(c) not in (0xFFFE, 0xFFFF)))


def _indented(line: Any) -> Any:
    indent = OxmlElement("w:ind")
    indent.set(qn("w:firstLineChars"), "200")
    indent.set(qn("w:firstLine"), "640")  # the same in twips, for LibreOffice
    line._element.get_or_add_pPr().append(indent)
    return line


def _cell(cell: Any, text: str, face: str) -> None:
    line = cell.paragraphs[0]
    line.paragraph_format.line_spacing = Pt(14)
    _run(line, text, face, _SMALL)


def _keep(row: Any, mark: str) -> None:
    element = OxmlElement(mark)
    element.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(element)


def _page_number(footer: Any, side: Any) -> None:
    """— 1 —, 四号."""
    footer.is_linked_to_previous = False
    line = footer.paragraphs[0]
    line.alignment = side
    _run(line, "— ", "宋体", _FOUR)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    line._element.append(field)
    _run(line, " —", "宋体", _FOUR)
