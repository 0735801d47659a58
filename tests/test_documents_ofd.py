"""OFD: every place of a file, characters set one by one, and what is said of files that cannot be read."""

from __future__ import annotations

import pytest
from document_files_2 import OFD_NAMES, code, number, ofd, ofd_page, ofd_text, raw_named_zip

from govcrawl.extract.documents import ofd as reader
from govcrawl.extract.documents.broken_numbers import is_identity_number
from govcrawl.extract.documents.errors import Damaged, Protected, TooLarge, Unreadable
from govcrawl.extract.documents.limits import Limits
from govcrawl.model.documents import EMPTY, READ, DocumentText

LIMITS = Limits()
N = [number(n) for n in range(20)]


def entry(info: str = "", root: str = "Doc_0/Document.xml") -> str:
    return f'<ofd:OFD {OFD_NAMES} Version="1.0"><ofd:DocBody><ofd:DocInfo>{info}</ofd:DocInfo><ofd:DocRoot>{root}</ofd:DocRoot></ofd:DocBody></ofd:OFD>'


def document(pages: int = 1, more: str = "", before: str = "") -> str:
    listed = "".join(f'<ofd:Page ID="{n + 1}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(pages))
    return f"<ofd:Document {OFD_NAMES}><ofd:CommonData>{before}</ofd:CommonData><ofd:Pages>{listed}</ofd:Pages>{more}</ofd:Document>"


def single(content: str) -> bytes:
    return ofd({"OFD.xml": entry(), "Doc_0/Document.xml": document(), "Doc_0/Pages/Page_0/Content.xml": ofd_page(content)})


def by_character(text: str, y: float, step: float = 2) -> str:
    return "".join(ofd_text(20 + step * n, y, code(sign)) for n, sign in enumerate(text))


def narrow(text: str, cut: int = 12, x: float = 20, y: float = 60) -> str:
    return ofd_text(x, y, code(text[:cut])) + ofd_text(x, y + 5, code(text[cut:]))


PLACES = {
    "OFD.xml": entry(
        f'<ofd:Title>标题{N[5]}</ofd:Title><ofd:Author>某甲</ofd:Author><ofd:CustomDatas><ofd:CustomData Name="经办">{N[6]}</ofd:CustomData></ofd:CustomDatas>'
    ),
    "Doc_0/Document.xml": document(
        2, "<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations><ofd:Attachments>/Doc_0/Attachs/Attachments.xml</ofd:Attachments>",
        '<ofd:TemplatePage ID="30" BaseLoc="Tpls/Tpl_0/Content.xml"/>',
    ),
    "Doc_0/Tpls/Tpl_0/Content.xml": ofd_page(ofd_text(20, 280, code(N[7]))),
    "Doc_0/Pages/Page_0/Content.xml": ofd_page(
        ofd_text(20, 20, code("公示名单", step=4)) + ofd_text(20, 30, code(N[1])) + by_character(N[2], 40)
        + ofd_text(20, 50, code(N[3][:6], 0) + code(N[3][6:], 12)) + narrow(N[4]) + ofd_text(60, 60, code("13900000000")),
        '<ofd:Template TemplateID="30" ZOrder="Background"/>',
    ),
    "Doc_0/Pages/Page_1/Content.xml": ofd_page("<ofd:PageBlock>" + ofd_text(20, 20, code(N[8])) + ofd_text(20, 30, code(N[9]), more=' Visible="false"') + "</ofd:PageBlock>"),
    "Doc_0/Annots/Annotations.xml": f'<ofd:Annotations {OFD_NAMES}><ofd:Page PageID="2"><ofd:FileLoc>Page_1/Annotation.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>',
    "Doc_0/Annots/Page_1/Annotation.xml": f'<ofd:PageAnnot {OFD_NAMES}><ofd:Annot ID="5" Creator="批注人" Type="Highlight"><ofd:Remark>{N[10]}</ofd:Remark></ofd:Annot></ofd:PageAnnot>',
    "Doc_0/Attachs/Attachments.xml": f'<ofd:Attachments {OFD_NAMES}><ofd:Attachment ID="1" Name="附表" Format="csv"><ofd:FileLoc>list.csv</ofd:FileLoc></ofd:Attachment></ofd:Attachments>',
    "Doc_0/Attachs/list.csv": N[11],
    "Doc_0/PublicRes.xml": f'<ofd:Res {OFD_NAMES}><ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="8"><ofd:Content>{ofd_text(0, 0, code(N[12]))}</ofd:Content></ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits></ofd:Res>',
}  # fmt: skip


@pytest.mark.parametrize(
    ("n", "kind", "locator"),
    [
        (1, "body", "第1页"), (2, "body", "第1页"), (3, "body", "第1页"), (4, "body", "第1页"), (5, "meta", "标题"), (6, "meta", "经办"), (7, "body", "第1页模板"),
        (8, "body", "第2页"), (9, "hidden", "第2页"), (10, "comment", "第2页批注"), (12, "body", "Doc_0/PublicRes.xml"),
    ],
)  # fmt: skip
def test_a_number_in_each_place(n: int, kind: str, locator: str) -> None:
    read = reader.read(ofd(PLACES), LIMITS)
    assert (read.text_status, read.reason, read.pages) == (READ, None, 2)
    assert [(piece.kind, piece.locator) for piece in read.pieces if N[n] in piece.text] == [(kind, locator)]


def test_attachments_go_through_the_dispatcher() -> None:
    got: list[tuple[str, bytes]] = []

    def nested(body: bytes, path: str) -> DocumentText:
        got.append((path, body))
        return DocumentText(format="csv")

    assert [member.path for member in reader.read(ofd(PLACES), LIMITS, nested).members] == ["list.csv"]
    assert got == [("list.csv", N[11].encode())]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (by_character("某县人民政府", 20, 4), "某县人民政府"),
        (ofd_text(20, 20, code("姓名", step=4)) + ofd_text(60, 20, code("电话", step=4)), "姓名\t电话"),
        (ofd_text(20, 20, code("第一行", step=4)) + ofd_text(20, 26, code("第二行", step=4)), "第一行\n第二行"),
        (ofd_text(20, 20, '<ofd:TextCode X="0" Y="4" DeltaX="g 3 2">2026</ofd:TextCode><ofd:TextCode X="8" Y="4" DeltaX="4">年度</ofd:TextCode>'), "2026年度"),
        (ofd_text(0, 0, '<ofd:TextCode X="1" Y="1" DeltaX="1 1">甲乙丙</ofd:TextCode>', 1, ' CTM="4 0 0 4 0 0"') + ofd_text(16, 0, code("丁")), "甲乙丙丁"),
        (ofd_text(20, 20, '<ofd:TextCode X="x" Y="nan" DeltaX="a b">甲乙</ofd:TextCode>'), "甲乙"),
        ("<ofd:TextObject><ofd:TextCode>没有位置</ofd:TextCode></ofd:TextObject>", "没有位置"),
    ],
    ids=["one by one", "two cells", "two lines", "repeated steps", "scaled", "broken numbers", "no place"],
)  # fmt: skip
def test_characters_become_lines(content: str, text: str) -> None:
    assert reader.read(single(content), LIMITS).text == text


TRAPS = {
    "next column": ofd_text(20, 60, code(N[4][:12])) + ofd_text(70, 65, code(N[4][12:])),
    "check digit": narrow(N[4][:17] + ("1" if N[4][17] != "1" else "2")),
    "a line between": ofd_text(20, 60, code(N[4][:12])) + ofd_text(20, 64, code("号码", step=4)) + ofd_text(20, 68, code(N[4][12:])),
    "a ruled line between": narrow(N[4]) + '<ofd:PathObject ID="3" Boundary="15 64.4 60 0.3"/>',
}


@pytest.mark.parametrize("content", TRAPS.values(), ids=TRAPS.keys())
def test_no_number_is_made_of_what_does_not_belong_together(content: str) -> None:
    read = reader.read(single(content + ofd_text(20, 100, code("正文", step=4))), LIMITS)
    assert not any(is_identity_number(word) for word in read.text.split())


def test_scans() -> None:
    picture = '<ofd:ImageObject ID="4" Boundary="0 0 210 297" ResourceID="5"/>'
    read = reader.read(single(picture), LIMITS)
    assert (read.text_status, read.reason, read.pictures) == (EMPTY, "扫描件（图片），尚未识别文字", 1)
    both = dict(PLACES) | {"Doc_0/Pages/Page_1/Content.xml": ofd_page(picture)}
    read = reader.read(ofd(both), LIMITS)
    assert (read.text_status, read.truncated, read.reason) == (READ, True, "1页为图片，尚未识别文字")


DEEP = "<ofd:Layer>" * 400 + "</ofd:Layer>" * 400
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
UNREADABLE = [
    ("no entry", {"Doc_0/Document.xml": document()}, Damaged, "OFD.xml"),
    ("entry cut", {"OFD.xml": entry()[:60]}, Damaged, "损坏"),
    ("entities in the entry", {"OFD.xml": ENTITIES + entry()}, Damaged, "DOCTYPE"),
    ("entities in a page", {**PLACES, "Doc_0/Pages/Page_1/Content.xml": ENTITIES + ofd_page("&b;")}, Damaged, "DOCTYPE"),
    (
        "external entity",
        {"OFD.xml": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + entry("<ofd:Title>&a;</ofd:Title>")},
        Damaged,
        "DOCTYPE",
    ),
    ("encrypted", {"OFD.xml": b"\x93\x01\x02", "Encryptions.xml": "<x/>"}, Protected, "加密"),
    ("bomb", {"OFD.xml": entry(), "Doc_0/x.xml": b" " * 20_000_000}, TooLarge, "压缩炸弹"),
    ("deep", {"OFD.xml": entry(), "Doc_0/Document.xml": document(), "Doc_0/Pages/Page_0/Content.xml": ofd_page(DEEP)}, TooLarge, "过深"),
]


@pytest.mark.parametrize(("parts", "error", "word"), [row[1:] for row in UNREADABLE], ids=[row[0] for row in UNREADABLE])
def test_why_it_cannot_be_read(parts: dict[str, str | bytes], error: type[Unreadable], word: str) -> None:
    with pytest.raises(error) as told:
        reader.read(ofd(parts), LIMITS)
    assert word in told.value.reason


@pytest.mark.parametrize(
    "body", [ofd(PLACES)[:-40], b"PK\3\4" + bytes(100), raw_named_zip(b"OFD.xml", entry().encode() * 2000, claimed=10)]
)
def test_broken_containers_are_damaged(body: bytes) -> None:
    with pytest.raises(Damaged, match="损坏"):
        reader.read(body, LIMITS)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("Doc_0/Pages/Page_1/Content.xml", "<cut", "部件Doc_0/Pages/Page_1/Content.xml已损坏，未读取"),
        ("Doc_0/Annots/Annotations.xml", "", "部件Doc_0/Annots/Annotations.xml已损坏，未读取"),
    ],
)
def test_a_bad_part_costs_only_itself(name: str, content: str, reason: str) -> None:
    read = reader.read(ofd({**PLACES, name: content}), LIMITS)
    assert (read.text_status, read.truncated, read.reason) == (READ, True, reason)
    assert N[1] in read.text


def test_a_place_outside_the_file_is_only_a_missing_part() -> None:
    read = reader.read(ofd({**PLACES, "OFD.xml": entry(root="../../../etc/passwd")}), LIMITS)
    assert read.reason is not None
    assert "缺少部件etc/passwd" in read.reason


def test_pages_beyond_the_limit() -> None:
    parts: dict[str, str | bytes] = {"OFD.xml": entry(), "Doc_0/Document.xml": document(30)}
    parts |= {f"Doc_0/Pages/Page_{n}/Content.xml": ofd_page(ofd_text(20, 20, code("页", step=4))) for n in range(30)}
    read = reader.read(ofd(parts), Limits(pages=10))
    assert (read.pages, len(read.pieces), read.reason) == (30, 10, "页数超过10页，只读取了前10页")
