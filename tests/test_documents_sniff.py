"""What a file is, by its bytes: every kind under its own name, under a wrong one and under none."""

from __future__ import annotations

import document_files as files
import pytest
from document_files import number, packed, paragraph

from govcrawl.extract.documents import read
from govcrawl.extract.documents.ole_writer import ole_file
from govcrawl.extract.documents.sniff import sniff, suffix
from govcrawl.model.documents import EMPTY, READ, UNKNOWN

DOCX = files.docx(paragraph("正文"))
XLSX = files.written_xlsx([["甲"]])
PPTX = files.pptx_places()[0]
XLS = files.xls_places()[0]
DOC = ole_file({"WordDocument": b"\xec\xa5" + bytes(5000), "1Table": bytes(10)})
PPT = ole_file({"PowerPoint Document": bytes(5000)})
RTF = files.rtf_places()[0]
OFD = packed({"OFD.xml": "<ofd:OFD xmlns:ofd='http://www.ofdspec.org/2016'/>"})
ZIP = packed({"a.txt": "甲"})
ODT = packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"})
XLSB = packed({"[Content_Types].xml": files.TYPES, "xl/workbook.bin": b"x"})
WORD_HTML = files.WORD_HTML.format(number=number(1)).encode("gbk")
EXCEL_HTML = "<html xmlns:x='urn:schemas-microsoft-com:office:excel'><body><table><tr><td>甲</td></tr></table></html>".encode("gbk")
PAGE = "<!DOCTYPE html><html><head><title>清河县人民政府</title></head><body><p>正文内容</p></body></html>".encode()
TEXT = "说明：示例内容。".encode("gbk")
TABLE = "姓名\t电话\n示例\t0719\n".encode("gbk")
MHTML = files.mhtml(WORD_HTML.decode("gbk"))

KINDS = [
    (DOCX, "docx", "word"), (XLSX, "xlsx", "sheet"), (PPTX, "pptx", "slides"), (DOC, "doc", "word"), (XLS, "xls", "sheet"), (PPT, "ppt", "slides"),
    (RTF, "rtf", "word"), (OFD, "ofd", "ofd"), (ZIP, "zip", "archive"), (b"%PDF-1.7\n", "pdf", "pdf"), (b"\r\n\xef\xbb\xbf%PDF-1.4\n", "pdf", "pdf"),
    (b"Rar!\x1a\x07\x01\x00", "rar", "archive"), (b"7z\xbc\xaf\x27\x1c\0\4", "7z", "archive"), (WORD_HTML, "html", "word"), (EXCEL_HTML, "html", "sheet"),
    (PAGE, "html", "web"), (b"\xef\xbb\xbf  <TABLE border=1><tr><td>1", "html", "web"), (MHTML, "mhtml", "word"),
    (b"From: <a>\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b--", "mhtml", "web"),
    (files.EXCEL_2003.encode(), "xml", "sheet"), (b'<?xml version="1.0"?><a>b</a>', "xml", "text"), (TEXT, "txt", "text"), (TABLE, "csv", "text"),
    ("姓名,单位\n甲,乙\n丙,丁".encode(), "csv", "text"), ("一段话，没有表格\n另一段话\n".encode(), "txt", "text"), (b"plain words", "txt", "text"),
    ("\ufeff说明".encode("utf-16-le"), "txt", "text"), (("甲" * 40_000).encode(), "txt", "text"), (b"x" + ("甲" * 40_000).encode("gbk"), "txt", "text"),
    (files.PIXEL, "picture", "picture"), (b"\xff\xd8\xff\xe0\0\x10JFIF", "picture", "picture"), (b"GIF89a\1\0", "picture", "picture"),
    (b"RIFF\0\0\0\0WEBPVP8 ", "picture", "picture"), (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "picture", "picture"),
    (b"BM" + b"\0" * 12 + b"\x28\0\0\0" + b"\0" * 20, "picture", "picture"), (b"\0\0\0\x18ftypmp42", "media", "media"), (b"ID3\3\0", "media", "media"),
    (b"RIFF\0\0\0\0AVI LIST", "media", "media"), (b"\0\0\0\x18ftypheic", "picture", "picture"),
    (ODT, None, "word"), (XLSB, None, "sheet"), (b"MZ\x90\0\3", None, "other"), (b"\x1f\x8b\x08\0", None, "archive"), (bytes(range(256)) * 4, None, None),
    (ole_file({"VisioDocument": b"x"}), None, None), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1junk", None, None),
    (DOCX[: len(DOCX) // 2], "docx", "word"), (OFD[:80], "ofd", "ofd"), (DOC[: len(DOC) - 600], "doc", "word"), (b"BMW \xb9\xab\xb8\xe6", "txt", "text"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "form", "family"), KINDS, ids=range(len(KINDS)))
def test_kinds_by_content(body: bytes, form: str | None, family: str | None) -> None:
    found = sniff(body)
    assert (found.format, found.family) == (form, family)


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("a.DOC", "doc"),
        ("/x.y/附件", ""),
        ("附件1.名单.xlsx", "xlsx"),
        (".doc", ""),
        ("a.doc ", "doc"),
        ("内层.zip!/a.pdf", "pdf"),
        ("C:\\a.b\\c", ""),
    ],
)
def test_suffixes(name: str, end: str) -> None:
    assert suffix(name) == end


NAMES = [
    # (bytes, name, wrong_type)
    (DOCX, "a.docx", False), (DOCX, "a.doc", False), (DOCX, "a.wps", False), (DOCX, "a.xls", True), (DOCX, "a.pdf", True), (DOCX, "a.zip", True),
    (DOCX, "附件", False), (DOCX, "a.bin", False), (XLSX, "a.et", False), (XLSX, "a.xls", False), (XLSX, "a.doc", True), (XLSX, "a.csv", True),
    (XLS, "a.xlsx", False), (XLS, "a.wps", True), (RTF, "a.doc", False), (RTF, "a.rtf", False), (RTF, "a.pdf", True), (WORD_HTML, "a.doc", False),
    (WORD_HTML, "a.xls", True), (WORD_HTML, "a.html", False), (EXCEL_HTML, "a.xls", False), (PAGE, "a.html", False), (PAGE, "a.doc", True), (PAGE, "a.htm", False),
    (MHTML, "a.doc", False), (MHTML, "a.mht", False), (TABLE, "a.xls", True), (TABLE, "a.csv", False), (TABLE, "a.txt", False), (TEXT, "a.doc", True),
    (files.EXCEL_2003.format(number=1).encode(), "a.xls", False), (files.EXCEL_2003.format(number=1).encode(), "a.xml", False), (ZIP, "a.rar", False), (ZIP, "a.docx", True),
    (files.PIXEL, "a.jpg", False), (files.PIXEL, "a.pdf", True), (b"MZ\x90\0\3", "a.doc", True), (ODT, "a.doc", False), (files.encrypted(), "a.xlsx", False),
]  # fmt: skip


@pytest.mark.parametrize(("body", "name", "wrong"), NAMES, ids=range(len(NAMES)))
def test_a_name_that_promises_another_family(body: bytes, name: str, wrong: bool) -> None:
    assert read(body, name).wrong_type is wrong


@pytest.mark.parametrize("name", ["a.doc", "a.xls", "a.et", "a.pdf", "a.zip", "a", "a.exe"])
@pytest.mark.parametrize(
    "body",
    [DOCX, XLSX, XLS, RTF, PPTX, WORD_HTML, MHTML, TABLE, TEXT],
    ids=["docx", "xlsx", "xls", "rtf", "pptx", "html", "mhtml", "tab", "txt"],
)
def test_text_is_read_whatever_the_name_says(body: bytes, name: str) -> None:
    document = read(body, name)
    assert document.text_status == READ
    assert [piece.text for piece in document.pieces] == [piece.text for piece in read(body).pieces] != []


ERRORS = [
    # (bytes, title)
    (b"<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1>nginx</body></html>", "404 Not Found"),
    ("<html><head><title>错误提示</title></head><body>您访问的附件不存在或已被删除</body></html>".encode("gbk"), "错误提示"),
    ("<html><head><title>清河县人民政府</title></head><body><div>对不起，文件不存在！</div></body></html>".encode(), "清河县人民政府"),
    ("<html><head><title>统一身份认证登录</title></head><body><form>用户名 密码</form></body></html>".encode(), "统一身份认证登录"),
    (b"<html><head><script>location='/x'</script></head><body></body></html>", None),
    ('{"code":404,"msg":"文件不存在"}'.encode(), '{"code":404,"msg":"文件不存在"}'),
    (b"File not found.\r\n", "File not found."),
]  # fmt: skip


@pytest.mark.parametrize(("body", "title"), ERRORS, ids=range(len(ERRORS)))
@pytest.mark.parametrize("name", ["附件.docx", "附件.pdf", "附件.xls"])
def test_an_error_page_under_a_documents_name_is_empty_and_says_so(body: bytes, title: str | None, name: str) -> None:
    document = read(body, name)
    assert (document.text_status, document.wrong_type, document.title, document.text) == (EMPTY, True, title, "")
    assert "不是文档" in (document.reason or "")


NO_ERRORS = [
    "<html><head><title>关于更正错误的公告</title></head><body><p>现将有关事项更正如下。</p></body></html>",
    "<html><body><p>共有503人参加。</p></body></html>",
    "<table><tr><td>姓名</td><td>示例</td></tr></table>",
    "<html><head><title>404</title></head><body>" + "<p>正文内容。</p>" * 600 + "</body></html>",
]


@pytest.mark.parametrize("page", NO_ERRORS, ids=range(len(NO_ERRORS)))
def test_a_page_with_content_under_a_documents_name_is_read(page: str) -> None:
    document = read(page.encode("gbk"), "附件.doc")
    assert (document.text_status, document.wrong_type) == (READ, True)


def test_an_error_page_under_its_own_name_is_a_page() -> None:
    assert read(ERRORS[0][0], "a.html").text_status == READ


@pytest.mark.parametrize(
    "body", [ODT, XLSB, b"MZ\x90\0\3", bytes(range(256)) * 4, ole_file({"VisioDocument": b"x"}), b"\x1f\x8b\x08\0"], ids=range(6)
)
def test_what_has_no_reader_is_unknown_with_a_reason(body: bytes) -> None:
    document = read(body, "a.bin")
    assert (document.text_status, document.format) == (UNKNOWN, None) and document.reason


@pytest.mark.parametrize(("body", "pictures"), [(files.PIXEL, 1), (b"ID3\3\0", 0)])
def test_pictures_and_media_have_no_text_yet(body: bytes, pictures: int) -> None:
    document = read(body)
    assert (document.text_status, document.pictures) == (EMPTY, pictures) and document.reason
