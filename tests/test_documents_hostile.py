"""Damaged, protected, oversized and hostile files: a status and a reason for each, within the limits; never an exception."""

from __future__ import annotations

import io
import pickle
import random
import struct
import time
import zipfile
import zlib

import document_files as files
import pytest
from document_files import W, docx, packed, paragraph, unpacked
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govcrawl.extract.documents import Limits, read
from govcrawl.extract.documents.errors import TooLarge
from govcrawl.extract.documents.limits import MB, bounded
from govcrawl.extract.documents.ole_writer import ole_file
from govcrawl.model.documents import DAMAGED, EMPTY, PASSWORD, READ, TOO_LARGE, UNKNOWN, DocumentText

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SPREAD = "urn:schemas-microsoft-com:office:spreadsheet"


def workbook(sheet: str, more: dict[str, str | bytes] | None = None) -> bytes:
    """A workbook with this content of its one sheet."""
    parts: dict[str, str | bytes] = dict(unpacked(files.written_xlsx([["甲"]])))
    parts["xl/worksheets/sheet1.xml"] = f'<worksheet xmlns="{MAIN}">{sheet}</worksheet>'
    return packed({**parts, **(more or {})})


def nested_zip(levels: int) -> bytes:
    body = packed({"a.txt": "最里层的文字"})
    for n in range(levels):
        body = packed({f"层{n}.zip": body})
    return body


def excel_2003(rows: str) -> bytes:
    return f'<Workbook xmlns="{SPREAD}" xmlns:ss="{SPREAD}"><Worksheet ss:Name="a"><Table>{rows}</Table></Worksheet></Workbook>'.encode()


ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(8))
    + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
DOCX = docx(paragraph("正文"))
XLSX = files.written_xlsx([["甲"]])
XLS = files.xls_places()[0]
DEEP = "<w:sdt>" * 400 + paragraph("深") + "</w:sdt>" * 400
LONG = f"<w:p><w:r><w:t>{'长' * 11_000_000}</w:t></w:r></w:p>"


def entity(prolog: str, text: str, part: str = "word/document.xml") -> bytes:
    body = f"<w:document {W}><w:body>{paragraph(text)}</w:body></w:document>"
    return docx("", {part: prolog + (body if part.endswith("document.xml") else f"<w:hdr {W}>{paragraph(text)}</w:hdr>")})


def locked_xls() -> bytes:
    stream = files.xls_stream(files.xls_places()[1])
    first = 4 + struct.unpack_from("<H", stream, 2)[0]
    return ole_file({"Workbook": stream[:first] + files.record(0x2F, bytes(54)) + stream[first:]})


def old_xls() -> bytes:
    return ole_file({"Book": files.record(0x809, struct.pack("<HHHH", 0x500, 5, 0, 0)) + bytes(4096)})


def locked_member() -> bytes:
    """The entry of a zip says that it is encrypted."""
    body = bytearray(DOCX)
    for mark, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = -1
        while (place := body.find(mark, place + 1)) >= 0:
            body[place + at] |= 1
    return bytes(body)


STATUSES = {
    "nothing": (b"", "a.docx", EMPTY),
    "blanks": (b"   \r\n", "a.txt", EMPTY),
    "no text": (docx("<w:p/>"), "a.docx", EMPTY),
    "docx cut off": (files.written_docx("正文")[:20_000], "a.docx", DAMAGED),
    "xlsx cut off": (files.xlsx_places()[0][:6_000], "a.xlsx", DAMAGED),
    "xls cut off": (XLS[:700], "a.xls", DAMAGED),
    "docx without its main part": (packed({"[Content_Types].xml": files.TYPES, "word/styles.xml": "<x/>"}), "a.docx", DAMAGED),
    "docx with another main part": (docx("", {"word/document.xml": "<x/>"}), "a.docx", DAMAGED),
    "docx not well-formed": (docx("", {"word/document.xml": f"<w:document {W}><w:body>"}), "a.docx", DAMAGED),
    "xlsx not well-formed": (packed({**unpacked(XLSX), "xl/workbook.xml": b"<workbook"}), "a.xlsx", DAMAGED),
    "xls without its stream": (ole_file({"Workbook": bytes(5000)}), "a.xls", DAMAGED),
    "xml cut off": (excel_2003("")[:-20], "a.xls", DAMAGED),
    "docx with a password": (files.encrypted(), "a.docx", PASSWORD),
    "xlsx with a password": (files.encrypted(), "a.xlsx", PASSWORD),
    "xls with a password": (locked_xls(), "a.xls", PASSWORD),
    "docx with encrypted members": (locked_member(), "a.docx", PASSWORD),
    "xls older than 97": (old_xls(), "a.xls", UNKNOWN),
    "entity bomb": (entity(ENTITIES, "&h;"), "a.docx", DAMAGED),
    "entity from outside": (entity(OUTSIDE, "&e;"), "a.docx", DAMAGED),
    "entity in a header": (entity(OUTSIDE, "&e;", "word/header1.xml"), "a.docx", DAMAGED),
    "entity in UTF-16": (docx("", {"word/document.xml": (OUTSIDE + f"<w:document {W}/>").encode("utf-16")}), "a.docx", DAMAGED),
    "doctype behind a long comment": (entity("<!--" + "x" * 9000 + "-->" + OUTSIDE, "&e;"), "a.docx", DAMAGED),
    "entity in a sheet": (workbook("<x/>", {"xl/worksheets/sheet1.xml": OUTSIDE + f'<worksheet xmlns="{MAIN}"/>'}), "a.xlsx", DAMAGED),
    "entity in shared strings": (
        workbook("<x/>", {"xl/sharedStrings.xml": OUTSIDE + f'<sst xmlns="{MAIN}"><si><t>&e;</t></si></sst>'}),
        "a.xlsx",
        DAMAGED,
    ),
    "entity in one xml file": (OUTSIDE.encode() + excel_2003(""), "a.xls", DAMAGED),
    "docx bomb": (docx(paragraph("甲"), {"word/media/a.bin": bytes(150 * MB)}), "a.docx", TOO_LARGE),
    "deep docx": (docx(DEEP), "a.docx", TOO_LARGE),
    "deep sheet": (workbook("<sheetData><row><c>" + "<f>" * 400 + "</f>" * 400 + "</c></row></sheetData>"), "a.xlsx", TOO_LARGE),
    "deep rtf": (rb"{\rtf1" + b"{" * 100_000, "a.rtf", TOO_LARGE),
    "deep page": (b"<html><body>" + b"<div>" * 100_000 + "字".encode(), "a.doc", TOO_LARGE),
    "long text node": (docx(LONG), "a.docx", TOO_LARGE),
    "many members": (packed({**unpacked(DOCX), **{f"word/x{n}.xml": b"" for n in range(2_100)}}), "a.docx", TOO_LARGE),
}


@pytest.mark.parametrize("case", STATUSES)
def test_each_gets_its_status_and_a_reason(case: str) -> None:
    body, name, status = STATUSES[case]
    began = time.process_time()
    document = read(body, name)
    assert (document.text_status, bool(document.reason), document.text) == (status, True, "")
    assert any("\u4e00" <= c <= "\u9fff" for c in document.reason or "")
    assert time.process_time() - began < 2
    assert pickle.loads(pickle.dumps(document)) == document


def test_a_file_larger_than_the_limit_is_not_even_looked_at() -> None:
    document = read(DOCX, "a.docx", Limits(file_bytes=100))
    assert (document.text_status, document.format) == (TOO_LARGE, None)


def test_a_sum_of_members_beyond_the_limit() -> None:
    noise = random.Random(1).randbytes(200_000)
    document = read(packed({**unpacked(DOCX), "word/media/a.png": noise}), "a.docx", Limits(unpacked_bytes=150_000))
    assert document.text_status == TOO_LARGE and "上限" in (document.reason or "")


@pytest.mark.parametrize("part", ["word/document.xml", "word/header1.xml"])
def test_forged_sizes_unpack_no_more_than_the_limit(part: str) -> None:
    root = "document" if part.endswith("document.xml") else "hdr"
    bomb = docx(paragraph("甲"), {part: f"<w:{root} {W}>".encode() + b" " * (60 * MB) + f"</w:{root}>".encode()})
    began = time.process_time()
    document = read(files.forged(bomb, part), "a.docx", Limits(unpacked_bytes=20 * MB))
    assert document.text_status in (DAMAGED, TOO_LARGE) if root == "document" else document.truncated
    assert time.process_time() - began < 1


def test_a_sheet_of_empty_rows_with_borders_is_no_bomb() -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}" s="1"/><c r="B{n}" s="1"/></row>' for n in range(2, 20_000))
    body = workbook(f'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>表头</t></is></c></row>{rows}</sheetData>')
    assert read(body, "a.xlsx").text.splitlines() == ["Sheet1", "表头", "甲"]  # a string that no cell shows any more


def test_bounded_reading_stops_at_its_limit() -> None:
    with zipfile.ZipFile(io.BytesIO(packed({"a": bytes(10 * MB)}))) as archive, pytest.raises(TooLarge):
        bounded(archive, "a", MB)


def test_a_sheet_of_a_million_rows_is_read_up_to_the_limit() -> None:
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>行{n}</t></is></c><c r="B{n}"><v>{n}</v></c></row>' for n in range(1, 1_000_001)
    )
    body = workbook(f"<sheetData>{rows}</sheetData>")
    began = time.process_time()
    document = read(body, "a.xlsx", Limits(rows=50_000))
    assert (document.text_status, document.truncated, len(document.pieces)) == (READ, True, 100_001)
    assert "50000行" in (document.reason or "")
    assert time.process_time() - began < 5


def test_two_cells_at_the_ends_of_the_grid_cost_nothing() -> None:
    """Libraries that fill the grid ask for 512 GB here and abort the process."""
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    document = read(workbook(f"<sheetData>{cells}</sheetData>"), "a.xlsx")
    assert [piece.locator for piece in document.pieces if piece.kind == "table"] == ["Sheet1!A1", "Sheet1!XFD1048576"]


def test_a_forged_size_of_an_old_sheet_costs_nothing() -> None:
    """Libraries that reserve what DIMENSIONS announces abort the process."""
    stream = bytearray(files.xls_stream(files.xls_places()[1]))
    at = stream.index(struct.pack("<HH", 0x200, 14))
    struct.pack_into("<IIHH", stream, at + 4, 0, 0xFFFFFF, 0, 255)
    assert read(ole_file({"Workbook": bytes(stream)})).text == read(XLS).text


def test_hidden_columns_without_end_cost_nothing() -> None:
    columns = '<cols><col min="1" max="999999999" hidden="1"/></cols>'
    document = read(workbook(columns + '<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData>'))
    assert [piece.kind for piece in document.pieces if piece.locator == "Sheet1!A1"] == ["hidden"]


def test_files_in_files_end_at_a_depth() -> None:
    document = read(nested_zip(12), "a.zip")
    assert [member.document.text_status for member in document.members][-1] == TOO_LARGE
    assert len(document.members) == 4 and "嵌套" in (document.members[-1].document.reason or "")
    assert read(nested_zip(2), "a.zip").members[-1].document.text == "最里层的文字"


def test_word_in_word_ends_at_a_depth() -> None:
    body = docx(paragraph("里"))
    for _ in range(6):
        body = docx(paragraph("外"), {"word/embeddings/a.docx": body})
    assert [member.document.text_status for member in read(body).members] == [READ, READ, READ, TOO_LARGE]


def test_all_files_inside_share_one_budget() -> None:
    inner = packed({f"{n}.txt": "文字" for n in range(20)})
    body = packed({f"{n}.zip": inner for n in range(20)})
    document = read(body, "a.zip", Limits(members=100))
    statuses = [member.document.text_status for member in document.members]
    assert sum(status == READ for status in statuses) <= 100 and TOO_LARGE in statuses
    limited = read(packed({"a.txt": "甲" * 400, "b.txt": "乙" * 400}), "a.zip", Limits(nested_bytes=2_000))
    assert [member.document.text_status for member in limited.members] == [READ, TOO_LARGE]


@pytest.mark.parametrize(
    "body",
    [docx(paragraph("甲" * 60) * 40), files.written_xlsx([["乙" * 60]] * 40), ("丙" * 60 + "\n").encode() * 40, b"{\\rtf1 " + (b"x" * 60 + b"\\par ") * 40 + b"}",
     ("<p>" + "丁" * 60 + "</p>").encode() * 40, files.mhtml("<p>" + "戊" * 2_000 + "</p>")],
    ids=["docx", "xlsx", "txt", "rtf", "html", "mhtml"],
)  # fmt: skip
def test_text_beyond_the_limit_is_said_to_be_missing(body: bytes) -> None:
    document = read(body, limits=Limits(text_chars=500))
    assert (document.text_status, document.truncated) == (READ, True)
    assert sum(len(piece.text) for piece in document.pieces) == 500


def test_an_embedded_file_that_is_damaged_costs_only_itself() -> None:
    document = read(docx(paragraph("正文"), {"word/embeddings/oleObject1.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)}), "a.docx")
    assert (document.text_status, document.truncated) == (READ, True)


SEEDS: dict[str, bytes] = {
    "docx": files.docx_places()[0], "xlsx": files.xlsx_places()[0], "xls": XLS, "rtf": files.rtf_places()[0], "html": files.WORD_HTML.encode("gbk"),
    "mhtml": files.mhtml(files.WORD_HTML), "xml": files.EXCEL_2003.encode(), "csv": f"姓名,证号\n甲,{files.number(1)}\n".encode("gbk") * 5, "locked": files.encrypted(),
    "odd": docx(paragraph("甲"), {"word/embeddings/oleObject1.bin": files.packager("a.txt", b"abc" * 50)}),
}  # fmt: skip
PARTS = {"docx": unpacked(SEEDS["docx"]), "xlsx": unpacked(SEEDS["xlsx"]), "pptx": unpacked(files.pptx_places()[0])}


def damage(body: bytes, rng: random.Random) -> bytes:
    """Flip, cut, double, drop or overwrite some of the bytes."""
    out = bytearray(body)
    for _ in range(rng.choice((1, 3, 20))):
        at = rng.randrange(len(out)) if out else 0
        match rng.randrange(5):
            case 0:
                out[at : at + 1] = bytes([rng.randrange(256)])
            case 1:
                del out[at : at + rng.randrange(1, 200)]
            case 2:
                out[at:at] = out[at : at + rng.randrange(1, 200)]
            case 3:
                out[at : at + 4] = rng.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"9999"))
            case _:
                del out[rng.randrange(len(out) // 2, len(out) + 1) :]
    return bytes(out)


def survives(body: bytes, name: str = "") -> None:
    began = time.process_time()
    document = read(body, name, Limits(unpacked_bytes=20 * MB))
    assert isinstance(document, DocumentText)
    assert all(part.text_status == READ or part.reason for _, part in document.parts())
    document.text.encode()  # no lone surrogates
    pickle.dumps(document)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("form", SEEDS)
def test_damaged_files_of_every_kind(form: str, seed: int) -> None:
    survives(damage(SEEDS[form], random.Random(f"{form}{seed}")), f"a.{form}")


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("form", PARTS)
def test_damaged_parts_in_a_sound_zip(form: str, seed: int) -> None:
    rng = random.Random(f"part{form}{seed}")
    parts = dict(PARTS[form])
    for name in rng.sample(sorted(parts), 3):
        parts[name] = damage(parts[name], rng)
    survives(packed(parts), f"a.{form}")


@pytest.mark.parametrize("seed", range(40))
def test_damaged_records_in_a_sound_container(seed: int) -> None:
    stream = damage(files.xls_stream(files.xls_places()[1]), random.Random(seed))
    survives(ole_file({"Workbook": stream.ljust(4096, b"\0")}), "a.xls")


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.sampled_from((b"", b"{\\rtf1\\ansicpg936 ", b"<html><table>", b"PK\3\4", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"MIME-Version: 1.0\r\nContent-Type: multipart/x;boundary=b\r\n\r\n--b\r\n",
                        b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>", b"a,b\nc,d\n", b"\xff\xfe", zlib.compress(b"x"))),
       st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")), st.from_regex(rb"(\\[a-z]{1,6}-?[0-9]{0,6} ?|[{}<>\"'=/ a-z]){1,80}")))  # fmt: skip
def test_anything_behind_any_beginning(head: bytes, tail: bytes) -> None:
    survives(head + tail, "a.doc")
