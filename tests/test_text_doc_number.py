"""发文字号: right forms, every deviation, forms without a number, and look-alikes."""

from __future__ import annotations

from pathlib import Path

import pytest

from govcrawl.text import doc_number
from govcrawl.text.doc_number import BRACKET, BRACKET_LOST, DI, FORM, YEAR, ZERO

RIGHT = [
    ("国办发〔2017〕47号", "国办发〔2017〕47号", "number"),
    ("国办秘函〔2019〕19号", "国办秘函〔2019〕19号", "number"),
    ("粤办函〔2019〕333号", "粤办函〔2019〕333号", "number"),
    ("发文字号：清政办发〔2026〕12号", "清政办发〔2026〕12号", "number"),
    ("（清政办发〔2026〕12号）", "清政办发〔2026〕12号", "number"),
    ("  清政办发〔2026〕12号\u3000", "清政办发〔2026〕12号", "number"),
    ("清政发 〔2020〕 12 号", "清政发〔2020〕12号", "number"),
    ("清 政 发\u00a0〔2020〕12号", "清政发〔2020〕12号", "number"),
    ("和政发〔2020〕1号", "和政发〔2020〕1号", "number"),
    ("清政任字〔2020〕3号", "清政任字〔2020〕3号", "number"),
    ("国务院令第711号", "国务院令第711号", "order"),
    ("清河县人民政府令（第 12 号）", "清河县人民政府令第12号", "order"),
    ("清河县人民政府令第十二号", "清河县人民政府令第12号", "order"),
    ("国家发展改革委令2020年第32号", "国家发展改革委令2020年第32号", "order"),
    ("令第12号", "令第12号", "order"),
    ("第12号令", "令第12号", "order"),
    ("2026年第5号公告", "公告2026年第5号", "announcement"),
    ("国家税务总局公告2017年第5号", "国家税务总局公告2017年第5号", "announcement"),
    ("国家税务总局公告（2017年第5号）", "国家税务总局公告2017年第5号", "announcement"),
    ("清农公告〔2026〕3号", "清农公告〔2026〕3号", "announcement"),
    ("清河县民政局、清河县财政局公告2026年第3号", "清河县民政局、清河县财政局公告2026年第3号", "announcement"),
    ("清河县人民政府第12号令", "清河县人民政府令第12号", "order"),
    ("清河县委办公室清办发〔2026〕3号", "清办发〔2026〕3号", "number"),
    ("清河县财政局 清财发〔2026〕3号", "清财发〔2026〕3号", "number"),
    ("清河县人民政府通告第4号", "清河县人民政府通告第4号", "announcement"),
    ("2017年第5号", "2017年第5号", "announcement"),
    ("（2017年第5号）", "2017年第5号", "announcement"),
]


@pytest.mark.parametrize(("text", "normal", "kind"), RIGHT)
def test_right_forms(text: str, normal: str, kind: str) -> None:
    parsed = doc_number.parse(text)
    assert parsed is not None
    assert (parsed.normal, parsed.corrected, parsed.kind, parsed.deviations) == (normal, normal, kind, ())


MALFORMED = [
    ("国办发[2017]47号", {BRACKET}, "国办发〔2017〕47号"),
    ("国办发(2017)47号", {BRACKET}, "国办发〔2017〕47号"),
    ("国办发（2017）47号", {BRACKET}, "国办发〔2017〕47号"),
    ("国办发【2017】47号", {BRACKET}, "国办发〔2017〕47号"),
    ("国办发﹝2017﹞47号", {BRACKET}, "国办发〔2017〕47号"),
    ("国办发［2017］47号", {BRACKET}, "国办发〔2017〕47号"),
    ("国办发〔2017）47号", {BRACKET}, "国办发〔2017〕47号"),
    ("桂政办发〔2017152号", {BRACKET_LOST}, "桂政办发〔2017〕152号"),
    ("国办发201747号", {BRACKET_LOST}, "国办发〔2017〕47号"),
    ("国办发2017〕47号", {BRACKET_LOST}, "国办发〔2017〕47号"),
    ("清政发〔2020〕第12号", {DI}, "清政发〔2020〕12号"),
    ("清政发〔2020〕012号", {ZERO}, "清政发〔2020〕12号"),
    ("清政发〔2020〕第012号", {DI, ZERO}, "清政发〔2020〕12号"),
    ("清政发〔20〕12号", {YEAR}, None),
    ("清政发〔2020年〕12号", {FORM}, "清政发〔2020〕12号"),
    ("大足府办发〔2021〕124", {FORM}, "大足府办发〔2021〕124号"),
    ("清政发〔２０２０〕１２号", {FORM}, "清政发〔2020〕12号"),
    ("清政发(2020)第012", {BRACKET, DI, ZERO, FORM}, "清政发〔2020〕12号"),
]


@pytest.mark.parametrize(("text", "deviations", "corrected"), MALFORMED)
def test_deviations(text: str, deviations: set[str], corrected: str | None) -> None:
    parsed = doc_number.parse(text)
    assert parsed is not None
    assert parsed.normal is None
    assert set(parsed.deviations) == deviations
    assert parsed.corrected == corrected
    assert parsed.raw == text


@pytest.mark.parametrize("text", ["", "无", "-", "—", "/", "暂无", "无文号", "null", "  ", "（无）"])
def test_a_field_may_say_that_there_is_none(text: str) -> None:
    assert doc_number.says_none(text)
    assert doc_number.parse(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "清河县人民政府办公室",
        "014742224A/2023-0043406",
        "2026年11月5日",
        "（2017）京01民终5号",
        "苏（2020）清河县不动产权第0012345号",
        "国函〔2020〕1-5号",
        "公告栏3号楼",
        "第5号",
        "清政发〔2020〕1号、清政办发〔2020〕2号",
        "关于发布禁猎区的通告（2026年第4号）",
        "〔2017〕47号",
        "电话 0523-86212345",
        "清政发〔2020〕12号楼",
    ],
)
def test_what_is_no_known_form_is_null(text: str) -> None:
    parsed = doc_number.parse(text)
    assert parsed is None
    assert not doc_number.says_none(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("根据国办发〔2017〕47号和粤办函〔2019〕333号文件", ["国办发〔2017〕47号", "粤办函〔2019〕333号"]),
        ("《指引》（国办发〔2017〕47号）要求", ["国办发〔2017〕47号"]),
        ("《关于做好工作的通知》（清政办发〔2026〕12号、清政办发〔2026〕13号）", ["清政办发〔2026〕12号", "清政办发〔2026〕13号"]),
        ("关于废止清政发〔2010〕3号文件的通知", ["清政发〔2010〕3号"]),
        ("按照国务院令第711号规定", ["国务院令第711号"]),
        ("依据国家税务总局公告2017年第5号", ["国家税务总局公告2017年第5号"]),
        ("2009年5月11日 中华人民共和国国务院令第555号公布", ["中华人民共和国国务院令第555号"]),
        ("1993年8月7日 最高人民法院以法发〔1993〕15号通知印发", ["法发〔1993〕15号"]),
        ("《办法》（文化部令第26号）", ["文化部令第26号"]),
        ("参照清政发(2020)3号执行", ["清政发(2020)3号"]),
        ("见桂政办发〔2017152号", ["桂政办发〔2017152号"]),
        # traps
        ("第三届（2020）1号场馆", []),
        ("（2017）京01民终5号", []),
        ("苏（2020）清河县不动产权第0012345号", []),
        ("清河县人民路（2020）12号", []),
        ("车牌号、身份证号、学号", []),
        ("办2018年12号楼", []),
        ("字201812号楼", []),
        ("国办发〔2017〕47", []),
        ("禁令第一条", []),
        ("", []),
    ],
)
def test_citations_in_running_text(text: str, found: list[str]) -> None:
    numbers = doc_number.find(text)
    assert [n.raw for n in numbers] == found
    assert all(text[n.start :].startswith(n.raw) for n in numbers)


def test_a_long_text_is_searched_quickly_and_wholly() -> None:
    text = "清河县人民政府关于做好工作的意见，" * 3000 + "（清政发〔2026〕1号）" + "各镇人民政府贯彻落实。" * 3000 + "国务院令第711号。"
    assert [n.normal for n in doc_number.find(text)] == ["清政发〔2026〕1号", "国务院令第711号"]


def test_parts_are_told() -> None:
    parsed = doc_number.parse("清政办发〔2026〕12号")
    assert parsed is not None
    assert (parsed.issuer_code, parsed.year, parsed.serial) == ("清政办发", 2026, 12)


def test_state_council_pages(shared: Path) -> None:
    """Every 发文字号 of the stored State Council pages is read as printed."""
    import csv

    path = shared / "real" / "pages" / "policy-govcn" / "facts.tsv"
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    column = next(name for name in rows[0] if "发文字号" in name or "doc" in name.lower())
    printed = [row[column] for row in rows if row[column] and not doc_number.says_none(row[column])]
    assert len(printed) > 20
    bad = [text for text in printed if (parsed := doc_number.parse(text)) is None or parsed.normal != text]
    assert bad == []
