"""Guides in odd templates: accordions, glued labels, materials of every manner, forms without a file name, states of the elements."""

from __future__ import annotations

from typing import Any

import pytest
from test_extract_guide import VALUES, page, read, table

from govcrawl.extract import guide, legal
from govcrawl.model.facts import Context
from govcrawl.model.items import GUIDE_ELEMENTS

ITEMS = list(VALUES.items())
NUMERALS = "一二三四五六七八九十"
LAYOUTS = {
    "accordion of buttons": "".join(f"<div class=card><div class=card-header><button>{k}</button></div><div class=collapse>{v}</div></div>" for k, v in ITEMS),
    "details": "".join(f"<details><summary>{k}</summary><div>{v}</div></details>" for k, v in ITEMS),
    "panels": "".join(f"<div class=panel><h4><a data-toggle=collapse href='#c{n}'>{k}</a></h4><div id=c{n}>{v}</div></div>" for n, (k, v) in enumerate(ITEMS)),
    "headings that open": "".join(f"<h3><i class=ico></i>{k}<span class=more>展开</span></h3><div>{v}</div>" for k, v in ITEMS),
    "numbered lines": "".join(f"<p>{n}、{k}</p><p>{v}</p>" for n, (k, v) in zip(NUMERALS, ITEMS, strict=True)),
    "label as a row": "<table>" + "".join(f"<tr><td colspan=2>{k}</td></tr><tr><td colspan=2>{v}</td></tr>" for k, v in ITEMS) + "</table>",
    "group in the first column": f"<table><tr><td rowspan=10>基本信息</td><td>{ITEMS[0][0]}</td><td>{ITEMS[0][1]}</td></tr>" + "".join(f"<tr><td>{k}</td><td>{v}</td></tr>" for k, v in ITEMS[1:]) + "</table>",
    "one row of heads": "<table><tr>" + "".join(f"<th>{k}</th>" for k, _ in ITEMS) + "</tr><tr>" + "".join(f"<td>{v}</td>" for _, v in ITEMS) + "</tr></table>",
    "colon in its own cell": "<table>" + "".join(f"<tr><td>{k}</td><td>：</td><td>{v}</td></tr>" for k, v in ITEMS) + "</table>",
    "one paragraph": "<p>" + "；".join(f"{k}：{v}" for k, v in ITEMS) + "</p>",
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_ten_elements_in_odd_layouts(name: str) -> None:
    row = read(f"<h1>户口迁移</h1><div class='article-content'>{LAYOUTS[name]}</div>")
    assert row["elements"] == VALUES
    assert row["_states"] == dict.fromkeys(GUIDE_ELEMENTS, "present")


def test_a_button_that_submits_is_no_heading() -> None:
    body = table({k: k for k in VALUES}, VALUES | {"办理流程": ""}) + "<form><button type=submit>办理流程</button><p>申请</p></form>"
    assert read(body)["elements"]["办理流程"] is None


def test_present_empty_and_absent_are_three_states() -> None:
    values = {k: v for k, v in VALUES.items() if k != "联系电话"} | {"收费标准": "", "办理流程": "<img src=/lct.png>"}
    row = read(
        table({k: k for k in values}, values)
        + "<table><tr><th>投诉电话</th><td>0523-80009999</td></tr><tr><th>承诺时限</th><td>5个工作日</td></tr></table>"
    )
    assert {k: row["_states"][k] for k in ("收费标准", "联系电话", "办理流程")} == {
        "收费标准": "empty",
        "联系电话": "absent",
        "办理流程": "present",
    }
    assert row["missing"] == ["收费标准", "联系电话"]
    assert row["_beside"] == {"办理时限": "5个工作日", "监督投诉": "0523-80009999"}


TWO_HEADS = (
    "<table><tr><th rowspan=2>序号</th><th rowspan=2>材料名称</th><th colspan=2>份数</th></tr><tr><th>原件</th><th>复印件</th></tr>"
    "<tr><td>1</td><td>身份证</td><td>1</td><td>1</td></tr><tr><td>2</td><td>户口簿</td><td>0</td><td>1</td></tr></table>"
)
BY_CASE = (
    "<table><tr><th>情形</th><th>材料名称</th><th>原件/复印件</th><th>份数</th></tr><tr><td rowspan=2>投靠迁移</td><td>身份证</td><td>原件</td><td>1</td></tr>"
    "<tr><td>户口簿</td><td>复印件</td><td>1</td></tr></table>"
)
NO_HEADS = "<table><tr><td>1</td><td>身份证</td><td>原件1份</td></tr><tr><td>2</td><td>户口簿</td><td>复印件1份</td></tr></table>"
MARKS = "<table><tr><th>材料名称</th><th>原件</th><th>复印件</th></tr><tr><td>身份证</td><td>√</td><td>1</td></tr><tr><td>户口簿</td><td>0</td><td>1</td></tr></table>"
BOXES = (
    "<div class=th><span>序号</span><span>材料名称</span><span>材料形式</span><span>份数</span></div><div class=tr><span>1</span><span>身份证</span><span>原件</span><span>1</span></div>"
    "<div class=tr><span>2</span><span>户口簿</span><span>复印件</span><span>1</span></div>"
)
CARDS = "<div><p>1.身份证</p><p>材料类型：原件</p><p>份数：1份</p></div><div><p>2.户口簿</p><p>材料类型：复印件</p><p>份数：1份</p></div>"
MATERIALS: list[tuple[str, str, list[tuple[str, str | None, str | None]]]] = [
    ("several in one line", "身份证、户口簿、申请表各1份", [("身份证", None, "1份"), ("户口簿", None, "1份"), ("申请表", None, "1份")]),
    ("joined by 和", "身份证和户口簿原件及复印件各一份", [("身份证", "原件、复印件", "一份"), ("户口簿", "原件、复印件", "一份")]),
    ("each with its remark", "居民身份证（原件及复印件1份）、户口簿（原件）", [("居民身份证", "原件、复印件", "1份"), ("户口簿", "原件", None)]),
    ("photographs count for themselves", "居民身份证、2寸照片2张。", [("居民身份证", None, None), ("2寸照片", None, "2张")]),
    ("numbered without a break", "1.身份证2.户口簿3.申请表", [("身份证", None, None), ("户口簿", None, None), ("申请表", None, None)]),
    ("(1)(2)", "（1）身份证原件（2）户口簿复印件", [("身份证", "原件", None), ("户口簿", "复印件", None)]),
    ("1)2)", "1)身份证原件 2)户口簿复印件", [("身份证", "原件", None), ("户口簿", "复印件", None)]),
    ("lead-in on the same line", "申请人需提交以下材料：1.身份证；2.户口簿。", [("身份证", None, None), ("户口簿", None, None)]),
    ("a remark below the list", "<p>1.身份证</p><p>2.户口簿</p><p>注：以上材料均需原件</p>", [("身份证", None, None), ("户口簿", None, None)]),
    ("two rows of heads", TWO_HEADS, [("身份证", "原件、复印件", "原件1 复印件1"), ("户口簿", "复印件", "复印件1")]),
    ("rows of cases", BY_CASE, [("身份证", "原件", "1"), ("户口簿", "复印件", "1")]),
    ("no heads", NO_HEADS, [("身份证", "原件", "原件1份"), ("户口簿", "复印件", "复印件1份")]),
    ("marks under heads", MARKS, [("身份证", "原件、复印件", "复印件1"), ("户口簿", "复印件", "复印件1")]),
    ("rows of boxes", BOXES, [("身份证", "原件", "1"), ("户口簿", "复印件", "1")]),
    ("cards", CARDS, [("身份证", "原件", "1份"), ("户口簿", "复印件", "1份")]),
    ("links in the name's cell", "<table><tr><th>材料名称</th><th>份数</th></tr><tr><td>申请表 <a href=/f/a.doc>[下载]</a></td><td>1</td></tr></table>", [("申请表", None, "1")]),
    ("TRAP: one sentence is one material", "申请人持身份证、户口簿到窗口办理", [("申请人持身份证、户口簿到窗口办理", None, None)]),
    ("TRAP: alternatives are one material", "身份证或者户口簿", [("身份证或者户口簿", None, None)]),
    ("TRAP: a remark that says more stays", "租赁合同（须在有效期内）", [("租赁合同（须在有效期内）", None, None)]),
    ("TRAP: nothing is asked for", "无需提供材料（通过数据共享核验）", []),
    ("TRAP: the list is a file", "见附件", []),
]  # fmt: skip


@pytest.mark.parametrize(("html", "expected"), [pytest.param(h, e, id=i) for i, h, e in MATERIALS])
def test_materials(html: str, expected: list[tuple[str, str | None, str | None]]) -> None:
    for body in (
        table({k: k for k in VALUES}, VALUES | {"办理材料": html}),
        "".join(f"<h3>{k}</h3><div>{v}</div>" for k, v in (VALUES | {"办理材料": html}).items()),
    ):
        assert [(m["name"], m["form"], m["copies"]) for m in read(body)["materials"]] == expected


@pytest.mark.parametrize(
    ("link", "known"),
    [
        ("<a href='/zwfw/file/download?id=7a01'>下载</a>", True),
        ("<a href='/attachments/3'>附件1</a>", True),
        ("<a href='/download/index.html'>下载</a>", False),
        ("<a href='/zwfw/apply?i=0'>在线办理</a>", False),
        ("<a href='/downtown/7'>下载</a>", False),
    ],
)
def test_forms_without_a_file_name(link: str, known: bool) -> None:
    assert bool(read(table({k: k for k in VALUES}, VALUES | {"办理材料": f"申请表{link}"}))["forms"]) is known


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("国办发〔2009〕66号《养老保险关系转移接续暂行办法》第八条", "国办发〔2009〕66号"),
        ("根据国办发〔2009〕66号文件和《养老保险关系转移接续暂行办法》", None),
        ("《养老保险关系转移接续暂行办法》（国办发〔2009〕66号）", "国办发〔2009〕66号"),
    ],
)
def test_number_of_a_law(text: str, number: str | None) -> None:
    (entry,) = legal.basis(page("<p></p>"), text, [])
    assert entry["number"] == number


def test_a_list_of_items_is_no_guide() -> None:
    body = (
        "<table><tr><th>事项名称</th><th>办理机构</th></tr>"
        + "".join(f"<tr><td>事项{n}</td><td>县民政局</td></tr>" for n in range(4))
        + "</table>"
    )
    rows: list[dict[str, Any]] = guide.read(page(body), Context())
    assert not rows or set(rows[0]["_states"].values()) != {"present"}


def test_a_line_without_end_is_one_material() -> None:
    """Quickly too: cutting formats off such a name piece by piece took a minute and a half."""
    assert len(read(table({k: k for k in VALUES}, VALUES | {"办理材料": "各1份、" * 20_000}))["materials"]) == 1
