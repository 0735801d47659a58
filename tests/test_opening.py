"""From pieces with places to hits with places: a number is told by its column, its row, its line, across the pieces that a reader made."""

from __future__ import annotations

import pytest

from govcrawl import opening
from govcrawl.model.documents import READ, DocumentText, Member, Piece

ID, OTHER_ID, MOBILE = "110101199003070011", "110101199004080123", "13901025523"  # invented, with a right check digit
KEY = b"key"


def sheet(*rows: str, name: str = "表1", kind: str = "table", first: int = 1) -> list[Piece]:
    """Rows of cells parted by `|`."""
    return [
        Piece(text, kind, f"{name}!{chr(65 + at)}{first + n}")
        for n, row in enumerate(rows)
        for at, text in enumerate(row.split("|"))
        if text
    ]


def seen(pieces: list[Piece]) -> list[tuple[str, str, str, bool]]:
    return [(h.rule, h.place, h.locator, h.weak) for h in opening.detect(pieces, KEY)[1]]


NUMBER, PHONE = "privacy-id-number", "privacy-phone"
ROWS: list[tuple[str, list[Piece], list[tuple[str, str, str, bool]]]] = [
    ("a roster: the head of its column", sheet("序号|姓名|身份证号码", f"1|王某|{ID}"), [(NUMBER, "table:身份证号码", "表1!C2", False)]),
    ("the title above the heads", sheet("补贴对象名单", "姓名|手机号", f"王某|{MOBILE}"), [(PHONE, "table:手机号", "表1!B3", False)]),
    ("two rows of heads: the lower one", sheet("姓名|联系方式", "|手机号|电话", f"王某|{MOBILE}|"), [(PHONE, "table:手机号", "表1!B3", False)]),
    (
        "a row of data that speaks of a bank is no head",
        sheet("姓名|身份证号码|开户行", "王某|略|清禾农业银行", f"李某|{ID}|清禾农业银行"),
        [(NUMBER, "table:身份证号码", "表1!B3", False)],
    ),
    ("a hidden sheet says that it is hidden", sheet("姓名|身份证号码", f"王某|{ID}", kind="hidden"), [(NUMBER, "hidden", "表1!B2", False)]),
    (
        "a hidden column of a shown sheet",
        [*sheet("姓名|金额", "王某|9"), Piece("身份证号", "hidden", "表1!C1"), Piece(ID, "hidden", "表1!C2")],
        [(NUMBER, "hidden", "表1!C2", False)],
    ),
    ("a form: label beside value", sheet(f"姓名|王某|电话|{MOBILE}", f"身份证号码|{ID}"), [(PHONE, "table", "表1!D1", False), (NUMBER, "table", "表1!B2", False)]),
    ("a form whose first row looks like heads", sheet("姓名|王某|性别|男", f"身份证号码|{ID}"), [(NUMBER, "table", "表1!B2", False)]),
    ("no heads at all", sheet(f"1|王某|{ID}"), [(NUMBER, "table", "表1!C1", True)]),
    ("trap: a list of duties", sheet("水库|责任人|职务|联系电话", f"青龙水库|武某|镇长|{MOBILE}"), []),
    ("trap: order numbers", sheet("姓名|订单编号", f"王某|{ID}"), []),
    ("a paragraph", [Piece("申请人王某，"), Piece(f"身份证号：{ID}")], [(NUMBER, "body", "", False)]),
    ("the label is the paragraph before", [Piece("身份证号："), Piece(ID, "body", "第2页")], [(NUMBER, "body", "第2页", False)]),
    ("a number broken between two lines", [Piece("身份证号码：110101199", "body", "第1页"), Piece("003070011", "body", "第1页")], [(NUMBER, "body", "第1页", False)]),
    ("a comment", [Piece("名单"), Piece(f"身份证号{ID}", "comment", "批注1")], [(NUMBER, "comment", "批注1", False)]),
    ("metadata", [Piece(f"身份证{ID}", "meta", "主题")], [(NUMBER, "meta", "主题", False)]),
    ("comments and body are two texts", [Piece("身份证号："), Piece(ID, "comment", "批注1")], [(NUMBER, "comment", "批注1", True)]),
    ("a number cell whose last digits are lost", [*sheet("姓名|身份证号码"), Piece(ID, "table", "表1!B2", True)], [(NUMBER, "table:身份证号码", "表1!B2", True)]),
    ("a typo that is read", [Piece("抓住关健环节", "note", "脚注1")], [("typo", "note", "脚注1", False)]),
    ("trap: a typo in what was deleted", [Piece("抓住关健环节", "deleted")], []),
    ("trap: a typo in a file's name inside", [Piece("关健环节.doc", "name")], []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "pieces", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_hits(name: str, pieces: list[Piece], expected: list[tuple[str, str, str, bool]]) -> None:
    assert seen(pieces) == expected


def test_lost_digits_are_told_of_the_hit_that_stands_there() -> None:
    pieces = [*sheet("姓名|身份证号码", f"李某|{OTHER_ID}"), Piece(ID, "table", "表1!B3", lossy=True)]
    assert [(h.locator, h.lossy, h.weak) for h in opening.detect(pieces, KEY)[1]] == [("表1!B2", False, False), ("表1!B3", True, True)]


@pytest.mark.parametrize("pieces", [row[1] for row in ROWS], ids=[row[0] for row in ROWS])
def test_the_text_keeps_everything_but_the_numbers_that_are_someones(pieces: list[Piece]) -> None:
    text, hits = opening.detect(pieces, KEY)
    whole = "\n".join(piece.text for piece in pieces)
    assert len(text) == len(whole) and "".join(c for c in text if not c.isdigit() and c != "*") == "".join(
        c for c in whole if not c.isdigit()
    )
    assert ID not in text, "an identity number is masked whoever's it is"
    assert (MOBILE not in text) == any(h.rule == PHONE for h in hits) or MOBILE not in whole


def test_cells_of_two_sheets_do_not_meet() -> None:
    pieces = [*sheet("姓名|身份证号码", "王某|略", name="甲"), *sheet(f"编号|{ID}", name="乙")]
    assert seen(pieces) == []


def test_two_columns_of_one_name_are_one() -> None:
    pieces = sheet("姓名|身份证号码|身份证号码", f"王某|{ID}|{OTHER_ID}")
    assert [(h[2], h[3]) for h in seen(pieces)] == [("表1!B2", False), ("表1!C2", False)]


def test_a_long_roster_takes_linear_time() -> None:
    """A quotation that looked at all other numbers made 10,000 rows a minute's work."""
    import time

    pieces = sheet("姓名|身份证号码|手机号", *(f"王某|{ID}|{MOBILE}" for _ in range(4000)))
    began = time.process_time()
    assert len(opening.detect(pieces, KEY)[1]) == 8000
    assert time.process_time() - began < 6


def test_parts_are_the_file_and_what_is_inside() -> None:
    inner = DocumentText(format="doc", text_status=READ, pieces=[Piece(f"身份证号{ID}")])
    whole = DocumentText(format="zip", text_status=READ, pieces=[Piece("名单/a.doc", "name")], members=[Member("名单/a.doc", inner, 7)])
    own, member = opening.parts(b"12345", "a.zip", KEY, lambda body, name: whole)
    assert (own.path, own.bytes, own.text, own.hits) == ("", 5, "名单/a.doc", [])
    assert (member.path, member.bytes, member.text) == ("名单/a.doc", 7, "身份证号1****************1")


def test_half_a_character_can_be_written_down() -> None:
    whole = DocumentText(format="doc", text_status=READ, pieces=[Piece("坏\ud83d字", "body", "页\udc00")], title="\ud83d")
    (part,) = opening.parts(b"1", "a.doc", KEY, lambda body, name: whole)
    assert (part.text, part.title) == ("坏?字", "?")


@pytest.mark.parametrize(
    ("name", "expected"), [("名单.XLSX", "xlsx"), ("a.b.doc ", "doc"), ("2026.11 名单", ""), ("", ""), ("download.jsp", "jsp")]
)
def test_suffix(name: str, expected: str) -> None:
    assert opening.suffix(name) == expected
