"""docx, xlsx, pptx: a number planted in every place is found once, and told as what it is."""

from __future__ import annotations

import pickle
import re

import document_files as files
import pytest
from document_files import W, number, packed, paragraph, relations, unpacked

from govcrawl.extract.documents import Limits, cells, read
from govcrawl.model.documents import READ, DocumentText


def hits(document: DocumentText, words: str) -> list[str]:
    return [piece.kind for piece in document.pieces if words in piece.text]


def locators(document: DocumentText, words: str) -> list[str]:
    return [piece.locator for piece in document.pieces if words in piece.text]


@pytest.mark.parametrize("place", files.DOCX_PLACES)
def test_each_of_24_places_of_a_word_file_is_told_once_and_as_what_it_is(place: str) -> None:
    body, planted = files.docx_places()
    assert hits(read(body, "名单.docx"), planted[place]) == [files.DOCX_PLACES[place]]


@pytest.mark.parametrize("place", files.XLSX_PLACES)
def test_each_place_of_a_workbook_is_told_once_and_as_what_it_is(place: str) -> None:
    body, planted = files.xlsx_places()
    assert hits(read(body, "名单.xlsx"), planted[place]) == [files.XLSX_PLACES[place]]


@pytest.mark.parametrize("place", files.PPTX_PLACES)
def test_each_place_of_a_presentation_is_told_once_and_as_what_it_is(place: str) -> None:
    body, planted = files.pptx_places()
    assert hits(read(body, "汇报.pptx"), planted[place]) == [files.PPTX_PLACES[place]]


def test_at_least_as_many_places_as_asked_for() -> None:
    assert (len(files.DOCX_PLACES), len(files.XLSX_PLACES) >= 22, len(files.PPTX_PLACES) >= 9) == (24, True, True)


def test_cells_are_found_again_by_sheet_and_reference_and_hidden_ones_by_kind() -> None:
    body, planted = files.xlsx_places()
    document = read(body)
    assert locators(document, planted["cell"]) == ["名单!A1"]
    assert locators(document, planted["hidden column"]) == ["名单!F1"]
    assert locators(document, planted["very hidden sheet"]) == ["深藏表!A1"]
    assert locators(document, planted["comment"]) == ["名单!B2"]
    assert [(piece.text, piece.locator) for piece in document.pieces if "13900001111" in piece.text] == [("13900001111", "名单!A12")]
    assert "2026-03-01" in document.text


def test_a_number_cell_tells_no_invented_digits() -> None:
    body, planted = files.xlsx_places()
    cell = next(piece for piece in read(body).pieces if piece.locator == "名单!A6")
    assert cell.text[:15] == planted["number"][:15]
    assert cell.lossy and len(cell.text) == 18


@pytest.mark.parametrize(
    ("raw", "text", "lossy"),
    [
        ("9.9924419860611E+17", "999244198606110000", True),  # int(float()) says 999244198606109952
        ("999244198606110000", "999244198606110000", True),
        ("999244198606110123", "999244198606110123", False),  # spelled out by another program than Excel
        ("9.9924419860610995E+17", "999244198606110000", True),  # as Excel writes the same number
        ("9.992441986061101E+17", "999244198606110000", True),  # 999244198606110036 to …164
        ("1.1010119900307085E+17", "110101199003070800", True),  # 110101199003070842 to …58
        ("110101199003070011.0", "110101199003070011", False),
        ("6222020200112938.0", "6222020200112938", False),  # below 2^53 nothing is lost
        ("6.22202020011293E+15", "6222020200112930", True),
        ("13900001111", "13900001111", False),
        ("13900001111.0", "13900001111", False),
        ("1.3900001111E10", "13900001111", False),
        ("-5", "-5", False),
        ("0", "0", False),
        ("0.30000000000000004", "0.3", False),
        ("1E+300", "1E+300", False),
        ("1E+999999999", "1E+999999999", False),
        ("NaN", "NaN", False),
        ("一", "一", False),
    ],
)
def test_numbers_of_cells(raw: str, text: str, lossy: bool) -> None:
    assert cells.number(raw) == (text, lossy)


@pytest.mark.parametrize(
    ("form", "code", "date"),
    [(14, None, True), (0, None, False), (31, None, True), (164, "yyyy/m/d", True), (164, 'yyyy"年"m"月"', True), (164, '0.00"days"', False),
     (164, "#,##0;[Red]-#,##0", False), (164, "General", False), (164, "[$-804]aaaa;@", False), (164, "@", False), (49, None, False)],
)  # fmt: skip
def test_formats_that_show_a_date(form: int, code: str | None, date: bool) -> None:
    assert cells.is_date_format(form, code) is date


@pytest.mark.parametrize(
    ("raw", "shown"), [(46082.0, "2026-03-01"), (46082.5, "2026-03-01 12:00:00"), (0.25, "06:00:00"), (-1.0, None), (1e12, None)]
)
def test_serial_dates(raw: float, shown: str | None) -> None:
    assert cells.date(raw, epoch_1904=False) == shown


def test_word_tables_are_told_by_cell_nested_ones_by_a_number_of_their_own() -> None:
    wide = f'<w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>{paragraph("甲")}</w:tc>'
    row = f"<w:tr>{wide}<w:tc>{paragraph('乙')}<w:tbl><w:tr><w:tc>{paragraph('丙')}</w:tc></w:tr></w:tbl></w:tc></w:tr>"
    held = f"<w:sdt><w:sdtContent><w:tr><w:tc>{paragraph('丁')}</w:tc></w:tr></w:sdtContent></w:sdt>"
    document = read(files.docx(f"<w:tbl>{row}{held}</w:tbl>"))
    assert [(p.text, p.locator) for p in document.pieces] == [("甲", "表1!A1"), ("乙", "表1!C1"), ("丙", "表2!A1"), ("丁", "表1!A2")]


RUNS = [
    # (content of w:p, [(text, kind)])
    ("<w:r><w:t>贯彻</w:t></w:r><w:ins><w:r><w:t>落实</w:t></w:r></w:ins><w:r><w:t>意见</w:t></w:r>", [("贯彻落实意见", "body")]),
    ("<w:r><w:t>贯彻</w:t></w:r><w:del><w:r><w:delText>旧</w:delText></w:r></w:del><w:r><w:t>意见</w:t></w:r>", [("贯彻意见", "body"), ("旧", "deleted")]),
    ("<w:moveFrom><w:r><w:t>移走</w:t></w:r></w:moveFrom><w:r><w:t>留</w:t></w:r>", [("留", "body"), ("移走", "deleted")]),
    ('<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>不隐藏</w:t></w:r>', [("不隐藏", "body")]),
    ('<w:r><w:rPr><w:rStyle w:val="Secret"/></w:rPr><w:t>样式隐藏</w:t></w:r>', [("样式隐藏", "hidden")]),
    ("<w:r><w:t>甲</w:t><w:tab/><w:t>乙</w:t><w:br/><w:t>丙</w:t></w:r>", [("甲\t乙\n丙", "body")]),
    ("<w:r><w:t>010</w:t><w:noBreakHyphen/><w:t>5550</w:t></w:r>", [("010-5550", "body")]),
    ("<w:smartTag><w:r><w:t>北</w:t></w:r></w:smartTag><w:r><w:t>京</w:t></w:r>", [("北京", "body")]),
    ('<w:fldSimple w:instr=" PAGE "><w:r><w:t>3</w:t></w:r></w:fldSimple>', [("3", "body")]),
    ("<w:r><w:ruby><w:rt><w:r><w:t>hàn</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>汉</w:t></w:r></w:rubyBase></w:ruby><w:t>字</w:t></w:r>", [("汉字", "body")]),
    ('<w:r><w:pict><v:shape><v:textpath string="内部资料"/></v:shape></w:pict></w:r>', [("内部资料", "alt")]),
    ("<w:r><w:fldChar><w:ffData><w:ddList><w:listEntry w:val=\"选项甲\"/></w:ddList></w:ffData></w:fldChar></w:r>", [("选项甲", "field")]),
]  # fmt: skip


@pytest.mark.parametrize(("content", "told"), RUNS, ids=range(len(RUNS)))
def test_runs_of_a_paragraph(content: str, told: list[tuple[str, str]]) -> None:
    styles = f'<w:styles {W}><w:style w:type="character" w:styleId="Secret"><w:rPr><w:vanish/></w:rPr></w:style></w:styles>'
    document = read(files.docx(f"<w:p>{content}</w:p>", {"word/styles.xml": styles}))
    assert [(piece.text, piece.kind) for piece in document.pieces] == told


def test_who_revised_is_told_once() -> None:
    body, _ = files.docx_places()
    assert [(p.kind, p.locator) for p in read(body).pieces if p.text == "修订人"] == [("meta", "修订者")]


def test_strict_namespaces_and_a_main_part_of_another_name() -> None:
    parts = unpacked(files.docx(paragraph("正文甲")))
    parts["word/document2.xml"] = parts.pop("word/document.xml").replace(
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main", b"http://purl.oclc.org/ooxml/wordprocessingml/main"
    )
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"word/document.xml", b"/word/document2.xml")
    assert read(packed(parts)).text == "正文甲"


def test_files_inside_become_members_and_pictures_are_counted() -> None:
    inner = files.written_xlsx([["内嵌表格内容"]])
    packager = files.packager("C:\\资料\\名单.txt", "包内文字".encode("gbk"))
    body = files.docx(
        paragraph("正文"),
        {
            "word/embeddings/Microsoft_Excel_Sheet1.xlsx": inner,
            "word/embeddings/oleObject1.bin": packager,
            "word/media/image1.png": files.PIXEL,
        },
    )
    document = read(body, "a.docx")
    told = [(member.path, member.document.format, member.document.text_status) for member in document.members]
    assert told == [("word/embeddings/Microsoft_Excel_Sheet1.xlsx", "xlsx", READ), ("word/embeddings/名单.txt", "txt", READ)]
    assert "内嵌表格内容" in document.members[0].document.text
    assert document.pictures == 1


def test_members_of_members_stand_beside_them() -> None:
    inner = files.docx(paragraph("最里层"))
    middle = files.docx(paragraph("中层"), {"word/embeddings/b.docx": inner})
    document = read(files.docx(paragraph("外层"), {"word/embeddings/a.docx": middle}))
    assert [member.path for member in document.members] == ["word/embeddings/a.docx", "word/embeddings/a.docx!/word/embeddings/b.docx"]
    assert [member.document.members for member in document.members] == [[], []]


def test_a_bad_part_costs_only_itself() -> None:
    body, planted = files.docx_places()
    parts = unpacked(body)
    parts["word/header1.xml"] = b"<w:hdr"
    document = read(packed(parts))
    assert document.text_status == READ and document.truncated and "header1" in (document.reason or "")
    assert hits(document, planted["footer"]) == ["footer"] and not hits(document, planted["header"])


def test_a_bad_sheet_costs_only_itself() -> None:
    body, planted = files.xlsx_places()
    parts = unpacked(body)
    parts["xl/worksheets/sheet2.xml"] = parts["xl/worksheets/sheet2.xml"][:200]
    document = read(packed(parts))
    assert document.text_status == READ and document.truncated and "隐藏表" in (document.reason or "")
    assert hits(document, planted["cell"]) == ["table"] and hits(document, planted["very hidden sheet"]) == ["hidden"]


def test_a_scan_put_into_word_is_no_text() -> None:
    document = read(files.docx("<w:p/>", {"word/media/image1.jpg": b"\xff\xd8\xff\xe0"}))
    assert (document.text_status, document.pictures, document.reason) == ("empty", 1, "扫描件（图片），尚未识别文字")


def test_rows_of_other_files_that_travel_along_are_hidden_text() -> None:
    parts = unpacked(files.written_xlsx([["甲"]]))
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/pivotCache/pivotCacheRecords1.xml"] = (
        f'<pivotCacheRecords xmlns="{main}"><r><s v="{number(7)}"/></r></pivotCacheRecords>'.encode()
    )
    parts["xl/externalLinks/externalLink1.xml"] = (
        f'<externalLink xmlns="{main}"><externalBook><sheetDataSet><sheetData><row r="1"><cell r="A1"><v>{number(8)}</v></cell></row></sheetData>'
        "</sheetDataSet></externalBook></externalLink>"
    ).encode()
    document = read(packed(parts))
    assert hits(document, number(7)) == hits(document, number(8)) == ["hidden"]


def test_inline_strings_and_cells_without_references() -> None:
    parts = unpacked(files.written_xlsx([["甲"]]))
    sheet = "xl/worksheets/sheet1.xml"
    rows = '<sheetData><row><c t="inlineStr"><is><t>一</t></is></c><c t="inlineStr"><is><r><t>二</t></r><r><t>三</t></r></is></c></row><row><c><v>4</v></c></row></sheetData>'
    parts[sheet] = re.sub(rb"<sheetData>.*</sheetData>", rows.encode(), parts[sheet])
    assert [(p.text, p.locator) for p in read(packed(parts)).pieces if p.kind == "table"] == [
        ("一", "Sheet1!A1"),
        ("二三", "Sheet1!B1"),
        ("4", "Sheet1!A2"),
    ]


def test_a_file_of_a_common_library_reads_the_same() -> None:
    document = read(files.written_docx("各科室："), "通知.docx")
    assert [(p.text, p.kind) for p in document.pieces][:4] == [
        ("各科室：", "body"),
        ("联系人", "table"),
        ("示例一", "table"),
        ("页眉内容", "header"),
    ]
    assert ("清河县示例局", "meta") in [(p.text, p.kind) for p in document.pieces]


def test_slides_keep_their_order_and_number() -> None:
    body, planted = files.pptx_places()
    document = read(body)
    assert document.pages == 2
    assert locators(document, planted["hidden slide"]) == ["第2页"]
    assert [member.document.format for member in document.members] == ["xlsx"]


def test_prompts_of_layouts_are_no_text() -> None:
    assert "Click to edit" not in read(files.pptx_places()[0]).text


def test_the_result_travels_between_processes() -> None:
    document = read(files.docx_places()[0], "a.docx")
    assert pickle.loads(pickle.dumps(document)) == document
    assert pickle.loads(pickle.dumps(Limits(pages=3))) == Limits(pages=3)


def test_relations_are_told_once_each() -> None:
    link = ("rId1", "hyperlink", "http://a.example/1", True)
    document = read(files.docx(paragraph("甲"), {"word/_rels/document.xml.rels": relations(link, ("rId2", *link[1:]))}))
    assert hits(document, "http://a.example/1") == ["link"]
