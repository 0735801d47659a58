"""PDF: pages, notes, forms; numbers broken by narrow columns joined and none invented; pictures, bad fonts, locked and hostile files."""

from __future__ import annotations

import time

import pytest
from document_files_2 import check_digit, locked_pdf, number, pdf, picture_object, shown, stream

from govcrawl.extract.documents import pdf as reader
from govcrawl.extract.documents.broken_numbers import is_identity_number
from govcrawl.extract.documents.errors import Damaged, Protected, Unreadable
from govcrawl.extract.documents.limits import Limits
from govcrawl.model.documents import EMPTY, READ, DocumentText

LIMITS = Limits()
NUMBERS = [number(n) for n in range(1, 121)]


def cell(x: float, y: float, *lines: str, pitch: float = 12) -> str:
    return "".join(shown(x, y - n * pitch, line) for n, line in enumerate(lines))


def by_cells(numbers: list[str], cut: int) -> str:
    """Row after row, cell after cell, as word processors write them."""
    out = shown(60, 800, "救助对象公示名单")
    for n, each in enumerate(numbers):
        y = 760 - n * 34
        out += (
            shown(40, y, "甲乙")
            + cell(100, y, each[:cut], each[cut:])
            + shown(200, y, f"139{n:08d}")
            + cell(300, y, "某县某乡某村", "民委员会")
        )
    return out


def by_lines(numbers: list[str], cut: int) -> str:
    """Line after line over all columns, as print drivers write them; right column broken too."""
    out = ""
    for n, each in enumerate(numbers):
        y = 760 - n * 34
        out += shown(40, y, f"{n}") + shown(100, y, each[:cut]) + shown(200, y, f"62148300{n:04d}") + shown(300, y, "6222020200")
        out += shown(100, y - 12, each[cut:]) + shown(200, y - 12, f"{n:07d}") + shown(300, y - 12, "1129387")
    return out


def centred(numbers: list[str], cut: int) -> str:
    return "".join(
        cell(100, 760 - n * 34, each[:cut]) + shown(100 + (cut - (18 - cut)) * 2.78, 748 - n * 34, each[cut:])
        for n, each in enumerate(numbers)
    )


@pytest.mark.parametrize("layout", [by_cells, by_lines, centred])
@pytest.mark.parametrize("cut", [9, 12, 14, 17])
def test_all_120_numbers_broken_in_two_lines_are_joined_and_none_invented(layout, cut: int) -> None:  # type: ignore[no-untyped-def]
    document = reader.read(pdf(layout(NUMBERS[n : n + 20], cut) for n in range(0, 120, 20)), LIMITS)
    words = document.text.split()
    assert [word for word in words if is_identity_number(word)] == NUMBERS
    assert not any(each[cut:] in words for each in NUMBERS if cut < 16)


def wrong(text: str) -> str:
    """The same with another check digit."""
    return text[:17] + ("1" if text[17] != "1" else "2")


BAD_DATE = "990037195113020"[:14] + "007"
BAD_DATE += check_digit(BAD_DATE)
N = NUMBERS[0]
TRAPS = {
    "wrong check digit": cell(100, 700, wrong(N)[:12], wrong(N)[12:]),
    "month 13": cell(100, 700, BAD_DATE[:12], BAD_DATE[12:]),
    "tail in the next column": shown(100, 700, N[:12]) + shown(190, 688, N[12:]),
    "tail in the column before": shown(190, 700, N[:12]) + shown(100, 688, N[12:]),
    "another line between": cell(100, 700, N[:12], "号码", N[12:], pitch=11),
    "a digit run between": cell(100, 700, N[:12], "5", N[12:], pitch=11),
    "ruled line between": cell(100, 700, N[:12], N[12:]) + "90 697 m 180 697 l S\n",
    "ruled line as a thin rectangle": cell(100, 700, N[:12], N[12:]) + "90 696.5 90 0.5 re f\n",
    "too far below": shown(100, 700, N[:12]) + shown(100, 660, N[12:]),
    "tail above head": shown(100, 688, N[:12]) + shown(100, 700, N[12:]),
    "text goes on behind the head": shown(100, 700, N[:12] + "元") + shown(100, 688, N[12:]),
    "text stands before the tail": shown(100, 700, N[:12]) + shown(100, 688, "第" + N[12:]),
    "smaller print below": shown(100, 700, N[:12]) + shown(100, 690, N[12:], 6),
    "side by side": shown(100, 700, N[:12]) + shown(190, 700, N[12:]),
}  # fmt: skip


@pytest.mark.parametrize("content", TRAPS.values(), ids=TRAPS.keys())
def test_no_number_is_made_of_what_does_not_belong_together(content: str) -> None:
    document = reader.read(pdf([content + shown(100, 500, "其他正文")]), LIMITS)
    assert N not in document.text
    assert not any(is_identity_number(word) for word in document.text.split())


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (cell(100, 700, N[:8], N[8:16], N[16:]), N),
        (cell(100, 700, N[:5], N[5:10], N[10:15], N[15:]), N),
        (cell(100, 700, "号：" + N[:12], N[12:]), "号：" + N),
        (shown(80, 700, "本县居民甲乙丙丁戊己庚辛某（身份证号" + N[:11]) + shown(60, 686, N[11:] + "）系低保对象。"), None),
        (cell(100, 700, N[:12], N[12:]) + "90 715 m 180 715 l S 90 680 m 180 680 l S 90 640 m 90 715 l S\n", N),
    ],
    ids=["three lines", "four lines", "label before it", "end of a line of text", "in its own ruled cell"],
)
def test_other_breaks_that_are_joined(content: str, line: str | None) -> None:
    text = reader.read(pdf([content]), LIMITS).text
    assert N in text
    assert line is None or line in text.split("\n")


def test_of_two_heads_the_nearer_has_the_tail() -> None:
    document = reader.read(pdf([cell(100, 700, N[:12], N[:12], N[12:])]), LIMITS)
    assert document.text.split() == [N[:12], N]


def test_pages_are_named_and_everything_round_the_text_is_read() -> None:
    more = {
        20: b"<</Type/Annot/Subtype/Text/Rect[1 1 20 20]/Contents(note " + N.encode() + b")/T(someone)>>",
        21: b"<</Type/Annot/Subtype/Link/Rect[1 1 20 20]/A<</S/URI/URI(mailto:" + N.encode() + b"@example.test)>>>>",
        22: b"<</Type/Annot/Subtype/Widget/FT/Tx/T(id)/V(field " + NUMBERS[1].encode() + b")/Rect[1 1 20 20]>>",
        23: b"<</Fields[22 0 R]>>",
        24: b"<</Type/Outlines/First 25 0 R/Last 25 0 R/Count 1>>",
        25: b"<</Title(mark " + NUMBERS[2].encode() + b")/Parent 24 0 R/Dest[100 0 R/Fit]>>",
        26: stream(b"inside", "/Type/EmbeddedFile"),
        27: b"<</Type/Filespec/F(list.csv)/UF(list.csv)/EF<</F 26 0 R>>>>",
        28: b"<</Type/Annot/Subtype/FileAttachment/Rect[1 1 20 20]/FS 27 0 R/Contents(see)>>",
    }  # fmt: skip
    body = pdf(
        [shown(60, 700, "第一页正文"), shown(60, 700, "第二页正文")], more=more, page_entries="/Annots[20 0 R 21 0 R 22 0 R 28 0 R]",
        catalog="/AcroForm 23 0 R/Outlines 24 0 R/Names<</EmbeddedFiles<</Names[(list.csv)27 0 R]>>>>", info="/Title(Title)/Author(Writer)/Producer(Tool)",
    )  # fmt: skip
    got: list[tuple[str, bytes]] = []

    def nested(data: bytes, path: str) -> DocumentText:
        got.append((path, data))
        return DocumentText(format="csv")

    document = reader.read(body, LIMITS, nested)
    found = {(piece.kind, piece.locator): piece.text for piece in document.pieces}
    assert found["body", "第1页"] == "第一页正文"
    assert found["body", "第2页"] == "第二页正文"
    assert found["comment", "第1页批注"] in (f"note {N}", "see")
    assert any(piece.text == f"note {N}" and piece.kind == "comment" for piece in document.pieces)
    assert found["comment", "第1页批注作者"] == "someone"
    assert found["link", "第1页"] == f"mailto:{N}@example.test"
    assert found["field", "第1页表单id"] == f"field {NUMBERS[1]}"
    assert found["name", "书签"] == f"mark {NUMBERS[2]}"
    assert (found["meta", "标题"], found["meta", "作者"]) == ("Title", "Writer")
    assert ("list.csv", b"inside") in got
    assert "Tool" not in document.text


PICTURE = "q 595 0 0 842 0 0 cm /I Do Q\n"


def test_a_scan_is_empty_and_says_so() -> None:
    document = reader.read(pdf([PICTURE, PICTURE], more={10: picture_object()}), LIMITS)
    assert (document.text_status, document.reason, document.pictures, document.pages) == (EMPTY, "扫描件（图片），尚未识别文字", 2, 2)


def test_scanned_pages_among_others_are_named() -> None:
    text = shown(60, 700, "这一页有文字")
    document = reader.read(pdf([text, PICTURE, PICTURE, text, PICTURE], more={10: picture_object()}), LIMITS)
    assert (document.text_status, document.truncated) == (READ, True)
    assert document.reason == "第2–3、5页为图片，尚未识别文字"


@pytest.mark.parametrize(
    "content",
    [
        PICTURE + shown(60, 700, "图上另有完整的文字层内容，可以直接读取出来，超过二十个字"),
        "q 60 0 0 60 0 0 cm /I Do Q\n" + shown(60, 700, "短文与徽标"),
    ],
    ids=["text over the picture", "a logo"],
)
def test_a_page_with_its_own_text_is_no_scan(content: str) -> None:
    document = reader.read(pdf([content], more={10: picture_object()}), LIMITS)
    assert (document.text_status, document.truncated, document.reason) == (READ, False, None)


@pytest.mark.parametrize(("bad", "told"), [("\ue5d2" * 3, True), ("\uf06c", False), ("", False)], ids=["no map", "bullet", "clean"])
def test_fonts_without_a_map_are_told(bad: str, told: bool) -> None:
    cmap = b"1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange <0000> <ffff> <0000> endbfrange"
    more = {
        10: stream(b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap " + cmap + b" endcmap end end"),
        4: b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[5 0 R]/ToUnicode 10 0 R>>",
        5: b"<</Type/Font/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor 6 0 R>>",
    }  # fmt: skip
    document = reader.read(pdf([shown(60, 700, "救助对象公示名单及办理说明" + bad)], more=more), LIMITS)
    assert "救助对象" in document.text
    assert (document.reason == "第1页的字体缺少编码，文字无法还原") is told


@pytest.mark.parametrize(("password", "opens"), [(b"", True), (b"secret", False)], ids=["owner only", "for reading"])
def test_passwords(password: bytes, opens: bool) -> None:
    body = locked_pdf(shown(60, 700, "readable by anyone " + N), password)
    if opens:
        assert N in reader.read(body, LIMITS).text
    else:
        with pytest.raises(Protected, match="密码"):
            reader.read(body, LIMITS)


@pytest.mark.parametrize(
    "body", [b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(5_000), pdf([shown(1, 1, "x")])[:200]], ids=["head only", "zeros", "truncated"]
)
def test_damaged(body: bytes) -> None:
    with pytest.raises(Damaged, match="损坏"):
        reader.read(body, LIMITS)


def test_a_bad_page_costs_only_itself() -> None:
    body = pdf([shown(60, 700, "第一页正文"), shown(60, 700, "第二页正文")]).replace(b"/Kids[100 0 R 102 0 R]", b"/Kids[100 0 R 999 0 R]")
    document = reader.read(body, LIMITS)
    assert document.text_status == READ
    assert (document.reason, document.truncated) == ("第2页已损坏，无法读取", True)


def test_20_000_pages_are_read_up_to_the_limit() -> None:
    body = pdf([shown(60, 700, "各页文字")] * 20_000)
    start = time.process_time()
    document = reader.read(body, LIMITS)
    assert time.process_time() - start < 4
    assert (document.pages, document.truncated, document.reason) == (20_000, True, "共20000页，只读取了前500页")
    assert len(document.pieces) == 500


def test_a_page_of_five_metres_is_read() -> None:
    assert "大幅面" in reader.read(pdf([shown(60, 700, "大幅面图纸")], size=(14_400, 14_400)), LIMITS).text


def test_characters_beyond_the_basic_plane_do_not_shift_the_numbers() -> None:
    more = {
        10: stream(b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange "
                   b"1 beginbfchar <4e00> <d840dc00> endbfchar endcmap end end"),
        4: b"<</Type/Font/Subtype/Type0/BaseFont/X/Encoding/Identity-H/DescendantFonts[5 0 R]/ToUnicode 10 0 R>>",
        5: b"<</Type/Font/Subtype/CIDFontType2/BaseFont/X/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor 6 0 R>>",
    }  # fmt: skip
    document = reader.read(pdf([shown(40, 700, "一一一") + cell(100, 700, N[:12], N[12:])], more=more), LIMITS)
    assert N in document.text
    assert "\U00020000" in document.text


@pytest.mark.parametrize("body", [b"", b"%PDF", b"PK\3\4"])
def test_what_is_no_pdf(body: bytes) -> None:
    with pytest.raises(Unreadable):
        reader.read(body, LIMITS)
