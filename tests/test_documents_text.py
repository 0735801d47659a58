"""xls, rtf, csv, txt, html, mhtml and Office's own XML: text, places and encodings."""

from __future__ import annotations

import io

import document_files as files
import pytest
import xlwt
from document_files import number
from python_calamine import CalamineWorkbook

from govcrawl.extract.documents import Limits, read
from govcrawl.model.documents import READ, DocumentText


def told(document: DocumentText) -> list[tuple[str, str, str]]:
    return [(piece.text, piece.kind, piece.locator) for piece in document.pieces]


def hits(document: DocumentText, words: str) -> list[str]:
    return [piece.kind for piece in document.pieces if words in piece.text]


@pytest.mark.parametrize("place", files.XLS_PLACES)
def test_each_place_of_an_old_workbook_is_told_once_and_as_what_it_is(place: str) -> None:
    body, planted = files.xls_places()
    assert hits(read(body, "名单.et"), planted[place]) == [files.XLS_PLACES[place]]


def test_numbers_and_dates_of_an_old_workbook() -> None:
    document = read(files.xls_places()[0])
    assert ("999244198606110000", "table", "名单!A8") in told(document)
    assert [piece.locator for piece in document.pieces if piece.lossy] == ["名单!A8"]
    assert (
        document.reason == "1个数字单元格超过15位，文件本身没有保存末尾的几位数字，显示为0，不是原来填写的数字" and not document.truncated
    )
    assert ("13900001111", "table", "名单!B8") in told(document)
    assert ("2026-03-01", "table", "名单!A9") in told(document)


def test_shared_strings_that_run_over_many_records_agree_with_another_reader() -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for row in range(1500):
        sheet.write(row, 0, f"第{row}行" + "清河县" * (row % 60))
        sheet.write(row, 1, f"plain {row} " + "x" * (row % 90))
    out = io.BytesIO()
    book.save(out)
    other = CalamineWorkbook.from_filelike(io.BytesIO(out.getvalue())).get_sheet_by_index(0).to_python()
    assert [piece.text for piece in read(out.getvalue()).pieces if piece.kind == "table"] == [
        str(value).strip() for row in other for value in row
    ]


@pytest.mark.parametrize("place", files.RTF_PLACES)
def test_each_place_of_an_rtf_is_told_once_and_as_what_it_is(place: str) -> None:
    body, planted = files.rtf_places()
    assert hits(read(body, "名单.doc"), planted[place]) == [files.RTF_PLACES[place]]


def test_an_rtf_keeps_its_characters_its_pictures_and_its_cells() -> None:
    body, planted = files.rtf_places()
    document = read(body)
    assert (document.format, document.pictures, document.truncated) == ("rtf", 1, False)
    assert f"正文张😀{planted['body']} 继续{planted['after']}" in document.text
    assert (planted["table"], "table", "表1!B1") in told(document)


RTF = [
    (rb"\'b9\'ab\'b8\'e6\par", "公告"),
    (rb"\'81@\par", b"\x81@".decode("gb18030")),  # second byte as it stands
    (rb"\uc2\u20844\'b9\'ab\u21578\'b8\'e6\par", "公告"),
    (rb"\uc0\u20844\u21578\par", "公告"),
    (rb"{\uc1\u-29046?}\par", "躊"),
    (rb"\'b9\par", "\ufffd"),
    (rb"a\~b\_c\-d\par", "a b-cd"),
    (rb"\{\\\}\par", "{\\}"),
    (rb"{\*\unknown secret}shown\par", "shown"),
    (rb"\bin5 }}}}}shown\par", "shown"),
    (rb"{\upr{\*\x ansi}{\*\ud shown}}\par", "shown"),
    (rb"{\stylesheet{\s0 Normal;}}{\*\generator X;}shown\par", "shown"),
    (rb"{\plain{\v0 shown}}\par", "shown"),
]


@pytest.mark.parametrize(("content", "text"), RTF, ids=range(len(RTF)))
def test_rtf_characters(content: bytes, text: str) -> None:
    document = read(rb"{\rtf1\ansi\ansicpg936\deff0" + content + b"}")
    assert document.text.startswith(text[:1]) and document.text == text


def test_a_file_put_into_an_rtf_becomes_a_member() -> None:
    inner = files.docx(files.paragraph("内嵌")).hex().encode()
    document = read(rb"{\rtf1\ansicpg936 \'b9\'ab\par{\object{\*\objdata 01050000" + inner + rb"}{\result x}}}")
    assert [(member.document.format, member.document.text) for member in document.members] == [("docx", "内嵌")]


def test_an_rtf_cut_off_is_read_as_far_as_it_goes() -> None:
    body, planted = files.rtf_places()
    document = read(body[: body.index(b"atnauthor")])
    assert document.text_status == READ and document.truncated and planted["hidden"] in document.text


TEXTS = [
    ("公告：示例内容".encode(), "公告：示例内容"),
    ("公告：示例内容".encode("gb18030"), "公告：示例内容"),
    ("\ufeff公告：示例内容".encode(), "公告：示例内容"),
    ("\ufeff公告：示例内容".encode("utf-16-le"), "公告：示例内容"),
    ("\ufeff公告：示例内容".encode("utf-16-be"), "公告：示例内容"),
    ("甲\r\n\r\n乙\r丙".encode("gbk"), "甲\n乙\n丙"),
]


@pytest.mark.parametrize(("body", "text"), TEXTS, ids=range(len(TEXTS)))
def test_texts_in_any_of_the_usual_encodings(body: bytes, text: str) -> None:
    document = read(body, "说明.txt")
    assert (document.format, document.text_status, document.text) == ("txt", READ, text)


TABLES = [
    (f"姓名,证号\n示例一,{number(1)}\n".encode("gbk"), "B2"),
    (f"姓名\t证号\n示例一\t{number(1)}\n".encode("gbk"), "B2"),
    (f'姓名,备注,证号\n示例一,"甲,\n乙",="{number(1)}"\n'.encode() + "示例二,丙,无\n".encode() * 20, "C2"),
    (f"姓名;证号\r\n示例一;'{number(1)}\r\n".encode("utf-8-sig"), "B2"),
]


@pytest.mark.parametrize(("body", "locator"), TABLES, ids=range(len(TABLES)))
def test_tables_as_text_are_told_by_cell(body: bytes, locator: str) -> None:
    document = read(body, "名单.csv")
    assert document.format == "csv" and not document.wrong_type
    assert (number(1), "table", locator) in told(document)


def test_a_quote_that_is_never_closed_does_not_lose_what_came_before() -> None:
    document = read(b'a,b\nc,d\ne,"' + b"x,y\n" * 400_000, "a.csv")
    assert document.text_status == READ and document.truncated and document.text.startswith("a\nb\nc\nd")


@pytest.mark.parametrize(
    "body",
    [
        files.WORD_HTML.format(number=number(2)).encode("gbk"),
        files.WORD_HTML.replace("<head>", '<head><meta charset="gb2312">').format(number=number(2)).encode("gb18030"),
        files.WORD_HTML.replace("<head>", '<head><meta charset="utf-8">').format(number=number(2)).encode("gb18030"),
        files.WORD_HTML.format(number=number(2)).encode("utf-8-sig"),
        files.mhtml(files.WORD_HTML.format(number=number(2))),
        files.mhtml(files.WORD_HTML.format(number=number(2)), "utf-8"),
    ],
    ids=["gbk", "declared", "declared wrongly", "bom", "mhtml", "mhtml utf-8"],
)
def test_pages_that_word_wrote_are_word_files(body: bytes) -> None:
    document = read(body, "通知.doc")
    assert (document.text_status, document.wrong_type, document.title) == (READ, False, "通知")
    assert ("示例作者", "meta", "作者") in told(document)
    assert [(text, kind) for text, kind, _ in told(document)][-2:] == [(f"正文{number(2)}。", "body"), ("藏", "hidden")]


def test_a_table_of_a_page_under_the_name_of_a_workbook() -> None:
    page = (
        "<meta http-equiv=Content-Type content='text/html; charset=gb2312'><table><tr><th>姓名<th colspan=2>证号<th>尾</tr>"
        f"<tr><td>示例<br>一</td><td x:num='9.9924419860611E+17'>9.99E+17</td><td>{number(3)}</td><td>末</td></tr><tr style='display:none'><td>藏行</td></tr></table>"
    )
    document = read(page.encode("gbk"), "名单.xls")
    assert (document.format, document.wrong_type, document.text_status) == ("html", True, READ)
    assert told(document) == [
        ("姓名", "table", "表1!A1"), ("证号", "table", "表1!B1"), ("尾", "table", "表1!D1"), ("示例\n一", "table", "表1!A2"), ("999244198606110000", "table", "表1!B2"),
        (number(3), "table", "表1!C2"), ("末", "table", "表1!D2"), ("藏行", "hidden", "表1!A3"),
    ]  # fmt: skip


def test_excel_2003_xml() -> None:
    document = read(files.EXCEL_2003.format(number=number(4)).encode(), "名单.xls")
    assert (document.format, document.wrong_type) == ("xml", False)
    assert (number(4), "table", "名单!C1") in told(document)
    assert ("批注内容", "comment", "名单!C1") in told(document)
    assert ("999244198606110000", "hidden", "名单!A5") in told(document)


def test_xml_that_says_utf_8_and_is_gbk() -> None:
    body = files.EXCEL_2003.replace('version="1.0"?', 'version="1.0" encoding="UTF-8"?', 1).format(number=number(4)).encode("gbk")
    assert "批注内容" in read(body, "名单.xls").text


def test_word_2003_xml_and_flat_packages() -> None:
    space = 'xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"'
    old = (
        f'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument {space} xmlns:o="urn:schemas-microsoft-com:office:office" '
        'xmlns:aml="http://schemas.microsoft.com/aml/2001/core">'
        '<o:DocumentProperties><o:Author>甲</o:Author></o:DocumentProperties><w:body><w:p><w:r><w:t>正文</w:t></w:r><w:hlink w:dest="http://a.example/"/>'
        "<w:r><w:footnote><w:p><w:r><w:t>脚注</w:t></w:r></w:p></w:footnote></w:r>"
        '<aml:annotation w:type="Word.Deletion"><aml:content><w:r><w:delText>删去</w:delText></w:r></aml:content></aml:annotation>'
        '<w:r><aml:annotation aml:author="乙" w:type="Word.Comment"><aml:content><w:p><w:r><w:t>批注</w:t></w:r></w:p></aml:content></aml:annotation></w:r></w:p>'
        "<w:sectPr><w:hdr><w:p><w:r><w:t>页眉</w:t></w:r></w:p></w:hdr></w:sectPr></w:body></w:wordDocument>"
    )
    document = read(old.encode(), "a.doc")
    assert [(text, kind) for text, kind, _ in told(document)] == [
        ("甲", "meta"), ("http://a.example/", "link"), ("乙", "comment"), ("正文", "body"), ("删去", "deleted"), ("脚注", "note"), ("批注", "comment"), ("页眉", "header"),
    ]  # fmt: skip
    assert not document.wrong_type
    flat = (
        '<?xml version="1.0"?><?mso-application progid="Word.Document"?><pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">'
        f'<pkg:part pkg:name="/word/document.xml"><pkg:xmlData><w:document {files.W}><w:body>{files.paragraph("正文")}</w:body></w:document></pkg:xmlData></pkg:part>'
        f'<pkg:part pkg:name="/word/footer1.xml"><pkg:xmlData><w:ftr {files.W}>{files.paragraph("页脚")}</w:ftr></pkg:xmlData></pkg:part></pkg:package>'
    )
    assert told(read(flat.encode(), "a.doc")) == [("正文", "body", ""), ("页脚", "footer", "/word/footer1.xml")]


def test_rows_beyond_the_limit_are_said_to_be_missing() -> None:
    limits = Limits(rows=10)
    for body in (
        files.written_xlsx([[f"行{n}"] for n in range(30)]),
        files.EXCEL_2003.replace("<Row>", "<Row><Cell><Data>x</Data></Cell></Row>" * 20 + "<Row>", 1).format(number=1).encode(),
        "甲,乙\n".encode() * 30,
    ):
        document = read(body, limits=limits)
        assert document.truncated and document.text_status == READ and "10行" in (document.reason or "")
