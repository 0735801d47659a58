"""Files made to mislead a reader: text where its format has no place for it, structures that lie. Nothing is lost without a word."""

from __future__ import annotations

import io
import struct
import time
import zipfile

import document_files as files
import pytest
from document_files import W, docx, packed, paragraph, unpacked
from document_files_2 import code, pdf, picture_object, raw_named_zip, shown
from test_documents_hostile import workbook
from test_documents_ofd import PLACES, document, entry, ofd, ofd_page, ofd_text

from govcrawl.extract.documents import read
from govcrawl.extract.documents.ole_writer import ole_file
from govcrawl.model.documents import DAMAGED, EMPTY, READ, TOO_LARGE, DocumentText

N = files.number(42)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def kinds(found: DocumentText, words: str = N) -> list[str]:
    return [piece.kind for _, part in found.parts() for piece in part.pieces if words in piece.text]


# --- zip -----------------------------------------------------------------------------------------------------------


def unlisted(place: int) -> bytes:
    """A member that lies in the file, of which its directory says nothing."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("a.txt", "b.txt", "c.txt"):
            archive.writestr(name, f"{name}的内容")
        gone = archive.filelist.pop(place)
        del archive.NameToInfo[gone.filename]
    return out.getvalue()


@pytest.mark.parametrize(
    "body",
    [unlisted(0), unlisted(1), unlisted(2), packed({"x.txt": "另一份"}) + packed({"a.txt": "这一份"}), docx(paragraph("前面")) + docx(paragraph("后面"))],
    ids=["first", "middle", "last", "an archive before", "a document before"],
)  # fmt: skip
def test_what_the_directory_does_not_name_is_said_to_be_there(body: bytes) -> None:
    found = read(body)
    assert (found.text_status, found.truncated, found.reason) == (READ, True, "压缩包内有未列入目录的文件，未读取")


@pytest.mark.parametrize(
    "body", [packed({"a.txt": "甲", "b.txt": "乙" * 99}), docx(paragraph("甲")) + b"\r\n", files.written_xlsx([["甲"]])]
)
def test_an_honest_archive_has_nothing_unlisted(body: bytes) -> None:
    assert (read(body).truncated, read(body).reason) == (False, None)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("名单\u202excod.exe", "名单xcod.exe"),
        ("a\nb\t.txt", "ab.txt"),
        ("甲" * 600 + ".txt", "甲" * 496 + ".txt"),
    ],
    ids=["turned", "controls", "long"],
)
def test_names_that_cannot_be_shown(name: str, path: str) -> None:
    found = read(raw_named_zip(name.encode(), "文字".encode(), flags=0x800), "a.zip")
    assert [member.path for member in found.members] == [path]


def test_a_folder_with_content_is_a_file() -> None:
    assert [m.document.text for m in read(packed({"名单/": N, "空/": "", "b.txt": "乙"}), "a.zip").members] == [N, "乙"]


@pytest.mark.parametrize(
    ("offset", "value"),
    [(8, b"\1\0"), (10, b"\x63\0"), (16, bytes(4)), (20, b"\1\0\0\0"), (24, b"\1\0\0\0"), (24, b"\xff\xff\xff\xff"), (28, b"\xff\xff"), (30, b"\xff\xff"), (42, bytes(4)), (42, b"\xff\xff\xff\x7f")],
    ids=["encrypted", "method", "sum", "packed size", "size", "size of zip64", "length of name", "length of extra", "all at the start", "beyond the end"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["docx", "xlsx", "ofd", "zip"])
def test_a_directory_that_lies(form: str, offset: int, value: bytes) -> None:
    bodies = {
        "docx": docx(paragraph(N)),
        "xlsx": files.written_xlsx([[N]]),
        "ofd": ofd(PLACES),
        "zip": packed({"a.docx": docx(paragraph(N)), "b.txt": N}),
    }
    body = bytearray(bodies[form])
    at = -1
    while (at := body.find(b"PK\1\2", at + 1)) >= 0:
        body[at + offset : at + offset + len(value)] = value
    found = read(bytes(body), f"a.{form}")
    assert found.reason and (found.text_status != READ or found.truncated)


# --- Word ----------------------------------------------------------------------------------------------------------


WORD: dict[str, tuple[bytes, str]] = {
    "building blocks": (docx(paragraph("甲"), {"word/glossary/document.xml": f"<w:glossaryDocument {W}><w:docParts>{paragraph(N)}</w:docParts></w:glossaryDocument>"}), "hidden"),
    "a part of an unknown name": (docx(paragraph("甲"), {"word/old.xml": f"<w:document {W}><w:body>{paragraph(N)}</w:body></w:document>"}), "hidden"),
    "a header in another folder": (docx(paragraph("甲"), {"custom/h.xml": f"<w:hdr {W}>{paragraph(N)}</w:hdr>"}), "header"),
    "only a fallback": (docx(f"<mc:AlternateContent><mc:Fallback>{paragraph(N)}</mc:Fallback></mc:AlternateContent>"), "body"),
    "another fallback": (docx(f'<mc:AlternateContent><mc:Choice Requires="wps">{paragraph("甲")}</mc:Choice><mc:Fallback>{paragraph(N)}</mc:Fallback></mc:AlternateContent>'), "body"),
    "the same fallback": (docx(f'<mc:AlternateContent><mc:Choice Requires="wps">{paragraph(N)}</mc:Choice><mc:Fallback>{paragraph(N)}</mc:Fallback></mc:AlternateContent>'), "body"),
    "symbols": (docx("<w:p><w:r>" + "".join(f'<w:sym w:font="Symbol" w:char="F0{ord(c):02X}"/>' for c in N) + "</w:r></w:p>" + paragraph("甲")), "body"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "kind"), WORD.values(), ids=WORD.keys())
def test_text_in_odd_places_of_a_word_file(body: bytes, kind: str) -> None:
    assert kinds(read(body, "a.docx")) == [kind]


def test_pictures_of_a_symbol_font_are_no_digits() -> None:
    body = docx(
        '<w:p><w:r><w:t>同意</w:t></w:r><w:r><w:sym w:font="Wingdings 2" w:char="F052"/><w:sym w:font="Wingdings" w:char="x"/></w:r></w:p>'
    )
    assert read(body).text == "同意"


# --- sheets --------------------------------------------------------------------------------------------------------


def xlsx_with(name: str, content: str) -> bytes:
    return packed({**unpacked(files.written_xlsx([["甲"]])), name: content})


SHEETS: dict[str, tuple[bytes, str]] = {
    "a sheet that the book does not name": (xlsx_with("xl/worksheets/sheet9.xml", f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="str"><v>{N}</v></c></row></sheetData></worksheet>'), "hidden"),
    "a string that no cell shows": (xlsx_with("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}"><si><t>甲</t></si><si><t>{N}</t></si></sst>'), "hidden"),
    "a filter": (workbook(f'<sheetData/><autoFilter><filterColumn colId="0"><filters><filter val="{N}"/></filters></filterColumn></autoFilter>'), "field"),
    "a scenario": (workbook(f'<sheetData/><scenarios><scenario name="a"><inputCells r="A1" val="{N}"/></scenario></scenarios>'), "field"),
    "a conditional format": (workbook(f'<sheetData/><conditionalFormatting sqref="A1"><cfRule type="expression"><formula>A1="{N}"</formula></cfRule></conditionalFormatting>'), "field"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "kind"), SHEETS.values(), ids=SHEETS.keys())
def test_text_in_odd_places_of_a_workbook(body: bytes, kind: str) -> None:
    assert kinds(read(body, "a.xlsx")) == [kind]


def test_a_string_that_two_entries_spell_alike_is_told_once() -> None:
    strings = f'<sst xmlns="{MAIN}"><si><t>{N}</t></si><si><t>{N}</t></si></sst>'
    assert kinds(read(xlsx_with("xl/sharedStrings.xml", strings), "a.xlsx")) == ["table"]


def test_cells_whose_string_is_missing_are_counted() -> None:
    found = read(workbook('<sheetData><row r="1"><c r="A1" t="s"><v>99</v></c><c r="B1" t="s"><v>x</v></c></row></sheetData>'), "a.xlsx")
    assert found.truncated and found.reason == "2个单元格的文字缺失"


def xls(*changes: tuple[int, int, bytes], without: int = 0) -> bytes:
    """An old workbook: (record, offset in it, bytes) overwritten, or all records of a kind left out."""
    stream = bytearray(files.xls_stream(files.xls_places()[1]))
    out, at = bytearray(), 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        record = stream[at : at + 4 + size]
        for wanted, offset, value in changes:
            if wanted == kind:
                record[4 + offset : 4 + offset + len(value)] = value
        out += record if kind != without else b""
        at += 4 + size
    return ole_file({"Workbook": bytes(out).ljust(4096, b"\0")})


def test_sheets_that_an_old_book_does_not_name_are_hidden() -> None:
    """Excel goes by the places that the list of sheets gives; the records are there all the same."""
    planted = files.xls_places()[1]
    shown = [place for place, kind in files.XLS_PLACES.items() if kind == "table"]
    for body in (xls((0x85, 0, b"\xff\xff\xff\0")), xls(without=0x85)):
        found = read(body, "a.xls")
        assert found.text_status == READ and all(kinds(found, planted[place]) == ["hidden"] for place in shown)


@pytest.mark.parametrize("body", [xls(without=0xFC), xls((0xFC, 8, b"\xff\xff"))], ids=["no table", "a string without end"])
def test_an_old_book_that_has_lost_its_strings_says_so(body: bytes) -> None:
    found = read(body, "a.xls")
    assert found.truncated and "个单元格的文字缺失" in (found.reason or "")


# --- rtf, web archives ---------------------------------------------------------------------------------------------


def ole_1(name: str, content: bytes) -> bytes:
    """A file in an RTF object, behind the header of OLE 1."""
    label = name.encode("gbk") + b"\0"
    native = b"\2\0" + label + label + b"\0\0\3\0" + struct.pack("<I", len(label)) + label + struct.pack("<I", len(content)) + content
    return struct.pack("<III", 0x501, 2, 8) + b"Package\0" + bytes(8) + struct.pack("<I", len(native)) + native


@pytest.mark.parametrize("data", [ole_1("名单.txt", N.encode()), files.packager("名单.txt", N.encode())], ids=["OLE 1", "OLE 2"])
def test_a_file_in_a_rich_text_object(data: bytes) -> None:
    found = read(rb"{\rtf1\ansi text {\object\objemb{\*\objdata " + data.hex().encode() + b"}}}", "a.rtf")
    assert [(member.path, member.document.text) for member in found.members] == [("名单.txt", N)]


ARCHIVE = files.mhtml(f"<p>正文{N}</p>")


def test_a_web_archive_that_breaks_off() -> None:
    assert read(ARCHIVE, "a.mht").truncated is False
    found = read(ARCHIVE[: ARCHIVE.index(b"image/png")], "a.mht")
    assert (found.text_status, found.truncated, found.reason) == (READ, True, "文件不完整，只读取了一部分")


@pytest.mark.parametrize(
    "change", [(b'boundary="----=_X"', b'boundary="other"'), (b'; boundary="----=_X"', b""), (b"text/html", b"application/x")]
)
def test_a_web_archive_with_a_wrong_boundary_or_type_still_gives_its_text(change: tuple[bytes, bytes]) -> None:
    assert kinds(read(ARCHIVE.replace(*change), "a.doc"))


def test_a_header_without_end_costs_nothing() -> None:
    body = b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x; " + b"a=b; " * 200_000 + b"\r\n\r\n--x\r\n\r\na\r\n--x--"
    began = time.process_time()
    assert (read(body, "a.mht").text_status, read(body, "a.mht").reason) == (TOO_LARGE, "邮件头过长")
    assert time.process_time() - began < 2


@pytest.mark.parametrize("codec", ["utf-16", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.doc"])
def test_encodings_of_plain_text(codec: str, name: str) -> None:
    text = (
        f"姓名,证号\r\n王某,{N}\r\n" if name != "a.doc" else f"<html><body><table><tr><td>王某</td><td>{N}</td></tr></table></body></html>"
    )
    assert kinds(read(text.encode(codec), name))


# --- PDF -----------------------------------------------------------------------------------------------------------

PDF = pdf([shown(60, 700, "名单正文 " + N)])


@pytest.mark.parametrize(
    "body",
    [
        PDF.replace(b"/Size", b"/Prev %d /Size" % PDF.rindex(b"xref\n0 1")),
        PDF[: PDF.rindex(b"startxref")] + b"startxref\n0\n%%EOF",
        PDF.replace(b"/Kids[100 0 R]", b"/Kids[2 0 R 100 0 R]"),
        PDF.replace(b"/Count 1", b"/Count 2000000000"),
        PDF.replace(b"/Kids[100 0 R]", b"/Kids[" + b"100 0 R " * 100_000 + b"]"),
        b"<br />Warning: mkdir(): Permission denied\n" * 60 + PDF,
    ],
    ids=["table in a circle", "no table", "pages in a circle", "too many pages", "one page many times", "behind a server's warnings"],
)
def test_structures_of_a_pdf_that_lie(body: bytes) -> None:
    began = time.process_time()
    found = read(body, "a.pdf")
    assert time.process_time() - began < 2
    assert found.format == "pdf" and N in found.text


def test_a_page_that_only_draws_is_not_said_to_be_empty() -> None:
    """Text turned into curves, as print shops deliver it."""
    curves = "".join(f"{10 + n} 700 m {12 + n} 710 l {14 + n} 700 l f\n" for n in range(0, 500, 5))
    found = read(pdf([curves, curves]), "a.pdf")
    assert (found.text_status, found.truncated, found.reason) == (EMPTY, True, "第1–2页没有文字层，只有图形，尚未识别文字")
    blank = read(pdf([""]), "a.pdf")
    assert (blank.text_status, blank.truncated, blank.reason) == (EMPTY, False, "没有文字")


@pytest.mark.parametrize("name", ["a.pdf", "a.docx", "a.png"])
def test_pictures_without_text_are_not_said_to_be_read(name: str) -> None:
    bodies = {
        "a.pdf": pdf(["q 595 0 0 842 0 0 cm /I Do Q\n"], more={10: picture_object()}),
        "a.docx": docx("<w:p/>", {"word/media/a.png": files.PIXEL}),
        "a.png": files.PIXEL,
    }
    found = read(bodies[name], name)
    assert (found.text_status, found.truncated, bool(found.reason)) == (EMPTY, True, True)


# --- OFD -----------------------------------------------------------------------------------------------------------

TEXT = ofd_page(ofd_text(20, 20, code("公示名单", step=4)))


@pytest.mark.parametrize("root", ["Doc_1/Document.xml", "Doc_0/Pages/Page_0/Content.xml", "OFD.xml", "", "../../x"])
def test_pages_are_found_where_the_entry_leads_nowhere(root: str) -> None:
    found = read(ofd({"OFD.xml": entry(root=root), "Doc_0/Document.xml": document(), "Doc_0/Pages/Page_0/Content.xml": TEXT}), "a.ofd")
    assert (found.text_status, found.truncated, bool(found.reason)) == (READ, True, True)
    assert [(piece.kind, piece.locator) for piece in found.pieces] == [("body", "第1页")]


@pytest.mark.parametrize(
    "parts",
    [
        {"OFD.xml": entry(root="Doc_1/Document.xml")},
        {"OFD.xml": entry(), "Doc_0/Document.xml": document()},
        {"OFD.xml": entry(), "Doc_0/Document.xml": document(), "Doc_0/Pages/Page_0/Content.xml": "<cut"},
    ],
    ids=["nothing else", "no page", "a damaged page"],
)
def test_an_ofd_file_without_a_readable_page_is_damaged(parts: dict[str, str | bytes]) -> None:
    found = read(ofd(parts), "a.ofd")
    assert (found.text_status, bool(found.reason)) == (DAMAGED, True)


def test_a_blank_ofd_page_is_empty_and_a_drawn_one_is_not_read() -> None:
    blank = {"OFD.xml": entry(), "Doc_0/Document.xml": document(), "Doc_0/Pages/Page_0/Content.xml": ofd_page("")}
    assert (read(ofd(blank)).text_status, read(ofd(blank)).truncated) == (EMPTY, False)
    drawn = {**blank, "Doc_0/Pages/Page_0/Content.xml": ofd_page('<ofd:PathObject ID="3" Boundary="0 0 9 9"/>')}
    assert (read(ofd(drawn)).text_status, read(ofd(drawn)).truncated) == (EMPTY, True)
