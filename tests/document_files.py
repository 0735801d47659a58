"""Office files and texts made in memory, each place with its own invented identity number, for the tests of their readers."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date

import pptx
import xlsxwriter
import xlwt
from docx import Document
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from govcrawl.extract.documents.biff import records
from govcrawl.extract.documents.ole_writer import ole_file

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
_WORD_PARTS = (("header", "header1"), ("footer", "footer1"), ("footnotes", "footnotes"), ("endnotes", "endnotes"), ("comments", "comments"))
WORD_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="png" ContentType="image/png"/>'
    + "".join(
        f'<Override PartName="/word/{file}.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}+xml"/>'
        for kind, file in (("document.main", "document"), *_WORD_PARTS)
    )
    + "</Types>"
)
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_MORE = (
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def number(n: int) -> str:
    """An invented identity number: division code 99…, which is nobody's, a possible date, the right check digit."""
    head = f"99{(n * 53 + 11) % 10_000:04d}{1950 + n % 55}{1 + n % 12:02d}{1 + n % 28:02d}{(n * 17 + 3) % 1000:03d}"
    return head + "10X98765432"[sum(int(digit) * pow(2, 17 - i, 11) for i, digit in enumerate(head)) % 11]


def packed(parts: Mapping[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these members, in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def unpacked(body: bytes) -> dict[str, bytes]:
    """Members of a zip by name."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def relations(*rows: tuple[str, str, str, bool]) -> str:
    """A part of relations from (id, last word of the type, target, external)."""
    lines = "".join(
        f'<Relationship Id="{i}" Type="{_OFFICE}/{kind}" Target="{target}"{" TargetMode=" + chr(34) + "External" + chr(34) if external else ""}/>'
        for i, kind, target, external in rows
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>'


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def docx(body: str, more: Mapping[str, str | bytes] | None = None) -> bytes:
    """A Word file with this content of `w:body`."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": relations(("rId1", "officeDocument", "word/document.xml", False)),
        "word/document.xml": f"<w:document {W} {_MORE}><w:body>{body}</w:body></w:document>",
    }
    return packed({**parts, **(more or {})})


DOCX_PLACES: dict[str, str] = {
    "body": "body", "table": "table", "hyperlink": "body", "inserted": "inserted", "hidden": "hidden", "runs": "body", "nested table": "table",
    "content control": "body", "field result": "body", "deleted": "deleted", "field code": "field", "box": "box", "header": "header", "footer": "footer",
    "footnote": "note", "endnote": "note", "comment": "comment", "author": "comment", "alt": "alt", "link": "link", "title": "meta", "creator": "meta",
    "company": "meta", "custom": "meta",
}  # fmt: skip
"""The 24 places of a Word file and the kind each is told as."""


def docx_places() -> tuple[bytes, dict[str, str]]:
    """A Word file with a number in each of the 24 places, and the numbers by place."""
    n = {place: number(i) for i, place in enumerate(DOCX_PLACES, 100)}
    cut = n["runs"]
    proof = '<w:proofErr w:type="spellStart"/>'
    runs = proof.join(f"<w:r><w:t>{part}</w:t></w:r>" for part in (cut[:6], cut[6:14], cut[14:]))
    box = f"<w:txbxContent>{paragraph('文本框' + n['box'])}</w:txbxContent>"
    body = (
        paragraph(f"正文{n['body']}")
        + f"<w:tbl><w:tr><w:tc>{paragraph('姓名')}</w:tc><w:tc>{paragraph(n['table'])}<w:tbl><w:tr><w:tc>{paragraph(n['nested table'])}</w:tc></w:tr></w:tbl>"
        + "<w:p/></w:tc></w:tr></w:tbl>"
        + f'<w:p><w:hyperlink r:id="rId5"><w:r><w:t>{n["hyperlink"]}</w:t></w:r></w:hyperlink></w:p>'
        + f'<w:p><w:ins w:id="1" w:author="修订人"><w:r><w:t>{n["inserted"]}</w:t></w:r></w:ins></w:p>'
        + f"<w:p><w:r><w:t>可见</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>{n['hidden']}</w:t></w:r></w:p>"
        + f"<w:p><w:r><w:t>证号</w:t></w:r>{runs}</w:p>"
        + f"<w:sdt><w:sdtContent>{paragraph(n['content control'])}</w:sdtContent></w:sdt>"
        + '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> HYPERLINK "http://a.example/?id='
        + f'{n["field code"]}" </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>{n["field result"]}</w:t></w:r>'
        + '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
        + f'<w:p><w:r><w:t>保留</w:t></w:r><w:del w:id="2" w:author="修订人"><w:r><w:delText>{n["deleted"]}</w:delText></w:r></w:del></w:p>'
        + f'<w:p><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:inline><wp:docPr id="1" name="图 1" descr="{n["alt"]}"/>'
        + f"<a:graphic><a:graphicData><wps:wsp><wps:txbx>{box}</wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice>"
        + f"<mc:Fallback><w:pict><v:shape><v:textbox>{box}</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        + '<w:p><w:r><w:footnoteReference w:id="1"/></w:r><w:r><w:endnoteReference w:id="1"/></w:r><w:r><w:commentReference w:id="0"/></w:r></w:p>'
        + '<w:sectPr><w:headerReference w:type="default" r:id="rId6"/><w:footerReference w:type="default" r:id="rId7"/></w:sectPr>'
    )
    core = (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{n["title"]}</dc:title><dc:creator>{n["creator"]}</dc:creator></cp:coreProperties>'
    )
    app = f'<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Company>{n["company"]}</Company></Properties>'
    custom = (
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
        'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
        f'<property pid="2" name="经办"><vt:lpwstr>{n["custom"]}</vt:lpwstr></property></Properties>'
    )
    return docx(
        body,
        {
            "[Content_Types].xml": WORD_TYPES,
            "_rels/.rels": relations(
                ("rId1", "officeDocument", "word/document.xml", False),
                ("rId2", "metadata/core-properties", "docProps/core.xml", False),
                ("rId3", "extended-properties", "docProps/app.xml", False),
                ("rId4", "custom-properties", "docProps/custom.xml", False),
            ),
            "word/_rels/document.xml.rels": relations(
                ("rId5", "hyperlink", f"mailto:a@b.example?subject={n['link']}", True),
                *((f"rId{i}", kind, f"{file}.xml", False) for i, (kind, file) in enumerate(_WORD_PARTS, 6)),
            ),
            "word/header1.xml": f"<w:hdr {W}>{paragraph(n['header'])}</w:hdr>",
            "word/footer1.xml": f"<w:ftr {W}>{paragraph(n['footer'])}</w:ftr>",
            "word/footnotes.xml": f'<w:footnotes {W}><w:footnote w:id="1">{paragraph(n["footnote"])}</w:footnote></w:footnotes>',
            "word/endnotes.xml": f'<w:endnotes {W}><w:endnote w:id="1">{paragraph(n["endnote"])}</w:endnote></w:endnotes>',
            "word/comments.xml": f'<w:comments {W}><w:comment w:id="0" w:author="{n["author"]}">{paragraph(n["comment"])}</w:comment></w:comments>',
            "word/media/image1.png": PIXEL,
            "docProps/core.xml": core,
            "docProps/app.xml": app,
            "docProps/custom.xml": custom,
        },
    ), n


def written_docx(text: str) -> bytes:
    """A Word file by a common library, with a table, a header and properties."""
    document = Document()
    document.core_properties.author = "清河县示例局"
    document.add_paragraph(text)
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "联系人", "示例一"
    document.sections[0].header.paragraphs[0].text = "页眉内容"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


XLSX_PLACES: dict[str, str] = {
    "cell": "table", "rich": "table", "merged": "table", "white": "table", "formula": "table", "hidden sheet": "hidden", "very hidden sheet": "hidden",
    "hidden row": "hidden", "hidden column": "hidden", "comment": "comment", "author": "comment", "box": "box", "chart": "chart", "header": "header",
    "footer": "footer", "list": "field", "link": "link", "name": "name", "title": "meta", "company": "meta", "custom": "meta", "alt": "alt",
    "prompt": "field", "literal": "field",
}  # fmt: skip
"""Places of a workbook beside the number cell, and the kind each is told as."""


def xlsx_places() -> tuple[bytes, dict[str, str]]:
    """A workbook with a number in each place; a number cell too, of which the file keeps 15 digits."""
    n = {place: number(i) for i, place in enumerate([*XLSX_PLACES, "number"], 200)}
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名单")
        sheet.write_string("A1", n["cell"])
        bold = book.add_format({"bold": True})
        sheet.write_rich_string("A2", n["rich"][:6], bold, n["rich"][6:14], n["rich"][14:])
        sheet.merge_range("A3:C3", n["merged"])
        sheet.write_string("A4", n["white"], book.add_format({"font_color": "white"}))
        sheet.write_formula("A5", '=A1&""', None, n["formula"])
        sheet.write_number("A6", int(n["number"][:17] + "0"))
        sheet.write_string("A7", n["hidden row"])
        sheet.set_row(6, None, None, {"hidden": True})
        sheet.write_string("F1", n["hidden column"])
        sheet.set_column("F:F", None, None, {"hidden": True})
        sheet.write_comment("B2", n["comment"], {"author": n["author"]})
        sheet.insert_textbox("H2", n["box"])
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=名单!$J$1:$J$2"})
        chart.set_title({"name": n["chart"]})
        sheet.insert_chart("H9", chart)
        sheet.insert_image("H30", "a.png", {"image_data": io.BytesIO(PIXEL), "description": n["alt"]})
        sheet.set_header(f"&L&12{'页眉'}&C{n['header']}")
        sheet.set_footer(f"&C{n['footer']}&R&P")
        sheet.data_validation("B9", {"validate": "list", "source": [n["list"], "无"], "input_title": "填写", "input_message": n["prompt"]})
        sheet.write_url("A9", f"mailto:a@b.example?subject={n['link']}", string="来信")
        sheet.write_formula("A10", f'=HYPERLINK("http://a.example/{n["literal"]}","查看")', None, "查看")
        sheet.write_datetime("A11", date(2026, 3, 1), book.add_format({"num_format": "yyyy/m/d"}))
        sheet.write_number("A12", 13900001111)
        hidden = book.add_worksheet("隐藏表")
        hidden.write_string("A1", n["hidden sheet"])
        hidden.hide()
        deep = book.add_worksheet("深藏表")
        deep.write_string("A1", n["very hidden sheet"])
        deep.very_hidden()
        book.define_name("证号", f'="{n["name"]}"')
        book.set_properties({"title": n["title"], "company": n["company"]})
        book.set_custom_property("经办", n["custom"])
    return out.getvalue(), n


def written_xlsx(rows: Iterable[Iterable[object]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Sheet1")
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                sheet.write(r, c, value)
    return out.getvalue()


PPTX_PLACES: dict[str, str] = {
    "slide": "body", "table": "table", "group": "body", "hidden slide": "hidden", "notes": "note", "chart": "chart", "comment": "comment",
    "layout": "header", "title": "meta", "alt": "alt",
}  # fmt: skip


def pptx_places() -> tuple[bytes, dict[str, str]]:
    """A presentation with a number in each place."""
    n = {place: number(i) for i, place in enumerate(PPTX_PLACES, 300)}
    show = pptx.Presentation()
    layout = show.slide_layouts[5]
    layout.name = "版式"
    first = show.slides.add_slide(layout)
    first.shapes.title.text = f"标题{n['slide']}"
    table = first.shapes.add_table(1, 2, Inches(1), Inches(1), Inches(4), Inches(1)).table
    table.cell(0, 1).text = n["table"]
    group = first.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Inches(2), Inches(1)).text_frame.text = n["group"]
    data = CategoryChartData()
    data.categories = [n["chart"], "乙"]
    data.add_series("数", (1, 2))
    first.shapes.add_chart(XL_CHART_TYPE.PIE, 0, 0, Inches(3), Inches(3), data)
    picture = first.shapes.add_picture(io.BytesIO(PIXEL), 0, 0)
    picture._element.nvPicPr.cNvPr.set("descr", n["alt"])
    first.notes_slide.notes_text_frame.text = n["notes"]
    second = show.slides.add_slide(layout)
    second.shapes.title.text = n["hidden slide"]
    second._element.set("show", "0")
    show.core_properties.title = n["title"]
    out = io.BytesIO()
    show.save(out)
    parts = unpacked(out.getvalue())
    shape = f'<p:sp><p:nvSpPr><p:cNvPr id="99" name="x"/><p:nvPr/></p:nvSpPr><p:txBody><a:p><a:r><a:t>{n["layout"]}</a:t></a:r></a:p></p:txBody></p:sp>'
    parts["ppt/slideLayouts/slideLayout6.xml"] = parts["ppt/slideLayouts/slideLayout6.xml"].replace(
        b"</p:spTree>", shape.encode() + b"</p:spTree>"
    )
    rels = "ppt/slides/_rels/slide1.xml.rels"
    link = f'<Relationship Id="rId77" Type="{_OFFICE}/comments" Target="../comments/comment1.xml"/></Relationships>'
    parts[rels] = parts[rels].replace(b"</Relationships>", link.encode())
    parts["ppt/comments/comment1.xml"] = (
        f'<p:cmLst xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"><p:cm authorId="0"><p:text>{n["comment"]}</p:text></p:cm></p:cmLst>'
    ).encode()
    return packed(parts), n


def record(kind: int, data: bytes) -> bytes:
    """A record of an Excel 97 stream."""
    return struct.pack("<HH", kind, len(data)) + data


def wide(text: str) -> bytes:
    """A Unicode string with a two-byte length."""
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


XLS_PLACES: dict[str, str] = {
    "cell": "table", "hidden sheet": "hidden", "hidden row": "hidden", "hidden column": "hidden", "header": "header", "footer": "footer",
    "comment": "comment", "author": "comment", "box": "box", "link": "link", "list": "field", "formula": "table", "rich": "table",
}  # fmt: skip


def xls_stream(n: Mapping[str, str]) -> bytes:
    """Workbook stream of an Excel 97 file; what the library cannot write is put in record by record."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("名单")
    sheet.write(0, 0, n["cell"])
    sheet.write(5, 0, n["hidden row"])
    sheet.row(5).hidden = True
    sheet.write(0, 3, n["hidden column"])
    sheet.col(3).hidden = True
    sheet.write_rich_text(6, 0, (n["rich"][:6], (n["rich"][6:], xlwt.easyfont("bold true"))))
    sheet.write(7, 0, 999244198606110000)
    sheet.write(7, 1, 13900001111)
    sheet.write(8, 0, 46082, xlwt.easyxf(num_format_str="yyyy-mm-dd"))
    sheet.header_str, sheet.footer_str = f"&C{n['header']}".encode(), f"&C{n['footer']}&P".encode()
    hidden = book.add_sheet("隐藏表")
    hidden.write(0, 0, n["hidden sheet"])
    hidden.visibility = 1
    stream: bytes = book.get_biff_data()
    first_end = [found.at for found in records(stream) if found.kind == 0x0A][1]
    moniker = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
    address = f"mailto:{n['link']}\0".encode("utf-16-le")
    listed = f"{n['list']}\0无"
    formula = struct.pack("<BBB", 0x17, len(listed), 1) + listed.encode("utf-16-le")
    choice = struct.pack("<I", 3) + wide("\0") * 4 + struct.pack("<HH", len(formula), 0) + formula + struct.pack("<H", 0)
    extra = b"".join(
        (
            record(0x06, struct.pack("<HHH", 9, 0, 0) + b"\0\0\0\0\0\0\xff\xff" + b"\0" * 8),
            record(0x207, wide(n["formula"])),
            record(0x5D, struct.pack("<HHHH", 0x15, 0x12, 0x19, 1) + b"\0" * 14),
            record(0x1B6, b"\0" * 10 + struct.pack("<H", 18) + b"\0" * 6),
            record(0x3C, b"\0" + n["comment"].encode()),
            record(0x3C, b"\0" * 16),
            record(0x1C, struct.pack("<HHHH", 0, 0, 0, 1) + wide(n["author"])),
            record(0x5D, struct.pack("<HHHH", 0x15, 0x12, 0x06, 2) + b"\0" * 14),
            record(0x1B6, b"\0" * 10 + struct.pack("<H", 18) + b"\0" * 6),
            record(0x3C, b"\1" + n["box"].encode("utf-16-le")),
            record(0x3C, b"\0" * 16),
            record(0x1B8, b"\0" * 32 + moniker + struct.pack("<I", len(address)) + address),
            record(0x1BE, choice),
        )
    )
    later = stream[first_end:]
    start = struct.pack("<I", first_end + 4)  # the second sheet moves by what was put in before it
    head = stream[:first_end].replace(start, struct.pack("<I", first_end + 4 + len(extra)), 1)
    return head + extra + later


def xls_places() -> tuple[bytes, dict[str, str]]:
    n = {place: number(i) for i, place in enumerate(XLS_PLACES, 400)}
    return ole_file({"Workbook": xls_stream(n).ljust(4096, b"\0")}), n


RTF_PLACES: dict[str, str] = {
    "body": "body", "table": "table", "hidden": "hidden", "deleted": "deleted", "header": "header", "footer": "footer", "footnote": "note",
    "comment": "comment", "author": "comment", "box": "box", "field": "field", "title": "meta", "company": "meta", "custom": "meta", "after": "body",
}  # fmt: skip


def gbk(text: str) -> str:
    """Text as escaped GBK bytes."""
    return "".join(c if c.isascii() else "".join(f"\\'{b:02x}" for b in c.encode("gbk")) for c in text)


def rtf_places() -> tuple[bytes, dict[str, str]]:
    n = {place: number(i) for i, place in enumerate(RTF_PLACES, 500)}
    text = (
        r"{\rtf1\ansi\ansicpg936\deff0{\fonttbl{\f0\fnil\fcharset134 SimSun;}{\f1\fnil\fcharset0 Arial;}}{\colortbl;\red0\green0\blue0;}"
        rf"{{\info{{\title {n['title']}}}{{\*\company {n['company']}}}}}"
        rf"{{\*\userprops{{\propname x}}\proptype30{{\staticval {n['custom']}}}}}"
        rf"{{\header {gbk('页眉')}{n['header']}\par}}{{\footer {n['footer']}\par}}"
        rf"\f0 {gbk('正文')}\u24352?\u-10179?\u-8704?{n['body'][:6]}\f1 {n['body'][6:]}{{\footnote {n['footnote']}}} {gbk('继续')}{n['after']}\par"
        rf"\trowd\intbl {gbk('姓名')}\cell {n['table']}\cell\row\pard"
        rf"{{\v {n['hidden']}}}{{\deleted {n['deleted']}}}\par"
        rf"{{\*\atnauthor {n['author']}}}{{\*\annotation {n['comment']}}}"
        rf'{{\field{{\*\fldinst HYPERLINK "mailto:{n["field"]}"}}{{\fldrslt {gbk("来信")}}}}}\par'
        rf"{{\shp{{\*\shpinst{{\sp{{\sn x}}{{\sv 1}}}}{{\shptxt {n['box']}\par}}}}}}"
        r"{\pict\pngblip 89504e47}{\*\themedata 504b0304}}"
    )
    return text.encode("ascii"), n


EXCEL_2003 = (
    '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
    '<Worksheet ss:Name="名单"><Table><Row><Cell><Data ss:Type="String">姓名</Data></Cell><Cell ss:Index="3"><Data ss:Type="String">{number}</Data>'
    '<Comment ss:Author="甲"><ss:Data>批注内容</ss:Data></Comment></Cell></Row>'
    '<Row ss:Index="5" ss:Hidden="1"><Cell><Data ss:Type="Number">9.9924419860611E+17</Data></Cell></Row></Table></Worksheet></Workbook>'
)
WORD_HTML = (
    "<html xmlns:o='urn:schemas-microsoft-com:office:office' xmlns:w='urn:schemas-microsoft-com:office:word'><head><title>通知</title>"
    "<!--[if gte mso 9]><xml><o:DocumentProperties><o:Author>示例作者</o:Author></o:DocumentProperties></xml><![endif]--></head>"
    "<body><p>正文<b>{number}</b>。</p><p style='display:none'>藏</p></body></html>"
)


def mhtml(page: str, charset: str = "gb2312") -> bytes:
    """A page as Word saves it in one file."""
    return (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"----=_X\"\r\n\r\n------=_X\r\nContent-Location: file:///C:/a.htm\r\n"
        b"Content-Transfer-Encoding: 8bit\r\nContent-Type: text/html; charset=\"" + charset.encode() + b'"\r\n\r\n' + page.encode(charset)
        + b"\r\n------=_X\r\nContent-Location: file:///C:/image001.png\r\nContent-Transfer-Encoding: base64\r\nContent-Type: image/png\r\n\r\niVBORw0KGgo=\r\n------=_X--\r\n"
    )  # fmt: skip


def encrypted() -> bytes:
    """What Office makes of a file with a password: an OLE file with two streams."""
    return ole_file(
        {"EncryptionInfo": b"\4\0\4\0\x40\0\0\0<encryption/>", "EncryptedPackage": struct.pack("<Q", 4096) + bytes(range(256)) * 16}
    )


def packager(path: str, content: bytes) -> bytes:
    """A file put into a document by drag and drop."""
    name = path.encode("gbk") + b"\0"
    label = path.rpartition("\\")[2].encode("gbk") + b"\0"
    raw = b"\2\0" + label + name + b"\0\0\3\0" + struct.pack("<I", len(name)) + name + struct.pack("<I", len(content)) + content
    return ole_file({"\x01Ole10Native": struct.pack("<I", len(raw)) + raw})


def forged(body: bytes, name: str, size: int = 1000) -> bytes:
    """The directory of a zip says that a member has `size` bytes."""
    out = bytearray(body)
    at = 0
    while (at := out.find(b"PK\x01\x02", at)) >= 0:
        length = struct.unpack_from("<H", out, at + 28)[0]
        if out[at + 46 : at + 46 + length] == name.encode():
            struct.pack_into("<I", out, at + 24, size)
        at += 4
    return bytes(out)
