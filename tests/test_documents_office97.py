"""Word and PowerPoint 97: every place of a file, and what is said of those that cannot be read."""

from __future__ import annotations

import struct

import pytest
from document_files_2 import DATA, changed, number, property_set, streams_of

from govcrawl.extract.documents import doc, ppt
from govcrawl.extract.documents.errors import Damaged, Protected, TooLarge, Unknown, Unreadable
from govcrawl.extract.documents.limits import Limits
from govcrawl.extract.documents.office_art import alternative_texts, picture_count
from govcrawl.extract.documents.ole import Container, metadata
from govcrawl.extract.documents.ole_writer import ole_file
from govcrawl.model.documents import DocumentText, Piece

LIMITS = Limits()
DOC = (DATA / "places.doc").read_bytes()
PPT = (DATA / "places.ppt").read_bytes()

DOC_PLACES = [
    (1, "body", ""), (2, "table", "表1!B2"), (3, "body", ""), (4, "body", ""), (5, "hidden", ""), (6, "body", ""), (7, "table", "表2!B1"),
    (8, "body", ""), (9, "body", ""), (10, "link", ""), (11, "deleted", ""), (12, "box", "文本框"), (13, "header", "页眉"), (14, "footer", "页脚"),
    (15, "note", "脚注1"), (16, "note", "尾注1"), (17, "comment", "批注1"), (18, "comment", "批注作者"), (20, "link", ""), (21, "meta", "标题"),
    (22, "meta", "作者"), (23, "meta", "Company"), (24, "meta", "经办"),
]  # fmt: skip
PPT_PLACES = [
    (1, "body", "第1页"), (2, "body", "第1页"), (3, "body", "第1页"), (4, "link", ""), (6, "note", "第1页备注"), (7, "comment", "第1页批注"),
    (8, "body", "第2页"), (9, "hidden", "第3页"), (10, "comment", "第1页批注作者"), (11, "meta", "标题"), (12, "meta", "作者"), (13, "meta", "经办"),
]  # fmt: skip


def place_of(document: DocumentText, text: str) -> list[tuple[str, str]]:
    return [(piece.kind, piece.locator) for piece in document.pieces if text in piece.text]


@pytest.mark.parametrize(("n", "kind", "locator"), DOC_PLACES)
def test_a_number_in_each_place_of_a_doc(n: int, kind: str, locator: str) -> None:
    assert (kind, locator) in place_of(doc.read(DOC, LIMITS), number(n))


def test_hidden_and_deleted_text_of_a_doc_stands_nowhere_else() -> None:
    document = doc.read(DOC, LIMITS)
    assert place_of(document, number(5)) == [("hidden", "")]
    assert place_of(document, number(11)) == [("deleted", "")]
    assert [piece.text for piece in document.pieces if piece.locator.startswith("表1")] == ["姓名", "号码", "甲乙丙", number(2), "内表"]


@pytest.mark.parametrize(("n", "kind", "locator"), PPT_PLACES)
def test_a_number_in_each_place_of_a_ppt(n: int, kind: str, locator: str) -> None:
    document = ppt.read(PPT, LIMITS)
    assert (kind, locator) in place_of(document, number(n))
    assert document.pages == 3


def test_an_object_in_a_doc_is_read_as_a_file_of_its_own() -> None:
    got: dict[str, bytes] = {}

    def nested(body: bytes, path: str) -> DocumentText:
        got[path] = body
        return DocumentText(format="xls")

    document = doc.read((DATA / "object.doc").read_bytes(), LIMITS, nested)
    assert [member.path for member in document.members] == ["嵌入对象1"]
    assert Container(got["嵌入对象1"]).stream("Workbook")[:2] == b"\x09\x08"


def flags(body: bytes) -> int:
    return int(struct.unpack_from("<H", streams_of(body)["WordDocument"], 10)[0])


UNREADABLE = [
    ("password", doc, lambda: changed(DOC, "WordDocument", 10, struct.pack("<H", flags(DOC) | 0x0100)), Protected, "密码"),
    ("word-95", doc, lambda: changed(DOC, "WordDocument", 0, struct.pack("<HH", 0xA5DC, 0x0068)), Unknown, "Word 6.0/95"),
    ("old-version-word-97-head", doc, lambda: changed(DOC, "WordDocument", 2, struct.pack("<H", 0x0069)), Unknown, "Word 6.0/95"),
    ("no-word-in-it", doc, lambda: PPT, Unknown, "没有 Word"),
    ("head-overwritten", doc, lambda: changed(DOC, "WordDocument", 0, b"\0\0\0\0"), Damaged, "损坏"),
    ("piece-table-gone", doc, lambda: changed(DOC, "WordDocument", 154 + 33 * 8, bytes(8)), Damaged, "索引"),
    ("truncated", doc, lambda: DOC[:3000], Damaged, "损坏"),
    ("no-table-stream", doc, lambda: ole_file({k: v for k, v in streams_of(DOC).items() if k != "1Table"}), Damaged, "损坏"),
    ("forged-size", doc, lambda: forged(DOC), TooLarge, "大小"),
    ("ppt-password", ppt, lambda: changed(PPT, "Current User", 12, struct.pack("<I", 0xF3D1C4DF)), Protected, "密码"),
    ("ppt-95", ppt, lambda: ole_file({"PP40": b"x" * 5000}), Unknown, "95"),
    ("ppt-empty-stream", ppt, lambda: ole_file({"PowerPoint Document": bytes(5000)}), Damaged, "幻灯片"),
    ("ppt-truncated", ppt, lambda: PPT[:2000], Damaged, "损坏"),
]  # fmt: skip


def forged(body: bytes) -> bytes:
    """Its Word stream claims 2 GB."""
    at = body.index("WordDocument".encode("utf-16-le"))
    return body[: at + 120] + struct.pack("<I", 0x7FFFFFFF) + body[at + 124 :]


@pytest.mark.parametrize(("name", "reader", "make", "error", "word"), UNREADABLE, ids=[row[0] for row in UNREADABLE])
def test_why_it_cannot_be_read(name, reader, make, error: type[Unreadable], word: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(error) as told:
        reader.read(make(), LIMITS)
    assert word in told.value.reason


def test_a_write_password_does_not_keep_readers_out() -> None:
    body = changed(DOC, "WordDocument", 10, struct.pack("<H", flags(DOC) | 0x0800))
    assert number(1) in doc.read(body, LIMITS).text


def test_a_version_of_the_slides_that_was_saved_over_is_told_apart() -> None:
    streams = streams_of(PPT)
    stream = streams["PowerPoint Document"]
    text = f"旧 {number(50)}".encode("utf-16-le")
    atom = struct.pack("<HHI", 0, 0x0FA0, len(text)) + text
    streams["PowerPoint Document"] = stream + struct.pack("<HHI", 0xF, 0x03EE, len(atom)) + atom
    assert [kind for kind, _ in place_of(ppt.read(ole_file(streams), LIMITS), number(50))] == ["deleted"]


@pytest.mark.parametrize(
    ("page", "raw", "text"),
    [(936, "标题甲".encode("gb18030"), "标题甲"), (65001, "标题甲".encode(), "标题甲"), (1200, "标题甲".encode("utf-16-le"), "标题甲"), (4711, "标题甲".encode("gb18030"), "标题甲")],
)  # fmt: skip
def test_metadata_is_decoded_by_its_code_page(page: int, raw: bytes, text: str) -> None:
    container = Container(ole_file({"\x05SummaryInformation": property_set({2: raw, 9: b"7"}, page)}))
    assert metadata(container) == [Piece(text, "meta", "标题")]


def art(number_: int, text: str) -> bytes:
    raw = (text + "\0").encode("utf-16-le")
    return struct.pack("<HHI", 0x0013, 0xF00B, 6 + len(raw)) + struct.pack("<HI", number_ | 0x8000, len(raw)) + raw


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (b"\1\2\3" + art(0x0381, "证件照") + b"rest", ["证件照"]),
        (art(0x0381, "甲") + art(0x0381, "甲") + art(0x038D, "乙"), ["甲", "乙"]),
        (art(0x0380, "图片 1"), []),  # a name that Word gives by itself
        (art(0x0381, "证件照")[:-4], []),
    ],
)
def test_alternative_texts(data: bytes, texts: list[str]) -> None:
    assert [piece.text for piece in alternative_texts(data)] == texts


def test_small_pictures_are_bullets() -> None:
    picture = struct.pack("<HHI", 0x6E00, 0xF01E, 5_000) + bytes(5_000)
    bullet = struct.pack("<HHI", 0x6E00, 0xF01E, 300) + bytes(300)
    assert picture_count(picture + bullet + picture) == 2


def test_the_limit_of_characters_keeps_what_was_read() -> None:
    document = doc.read(DOC, Limits(text_chars=60))
    assert document.truncated
    assert document.reason
    assert 0 < len(document.text) <= 70
