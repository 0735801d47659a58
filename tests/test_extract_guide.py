"""Service guides: ten elements by their synonyms in table, list, heading and tab layouts; materials, forms, legal basis."""

from __future__ import annotations

from typing import Any

import pytest

from govcrawl.extract import guide, legal, material_lines
from govcrawl.model.facts import Context
from govcrawl.model.items import GUIDE_ELEMENTS
from govcrawl.page import document
from govcrawl.page.document import Page

URL = "http://www.qinghe.gov.cn/bsfw/bszn/1.html"
BASE = "http://www.qinghe.gov.cn"


def page(body: str, title: str = "户口迁移", charset: str = "utf-8") -> Page:
    html = f"<html><head><meta charset={charset}><title>{title}_清河县人民政府</title></head><body>{body}</body></html>"
    return document.parse(html.encode(charset), {"content-type": f"text/html; charset={charset}"}, URL)


def read(body: str, **more: str) -> dict[str, Any]:
    (row,) = guide.read(page(body, **more), Context())
    return row


VALUES = {
    "事项名称": "户口迁移", "设定依据": "《中华人民共和国户口登记条例》第十三条", "申请条件": "本人持有合法稳定住所。", "办理材料": "居民身份证（原件1份）",
    "办理地点": "清河县人民路1号政务服务中心", "办理机构": "清河县公安局", "收费标准": "不收费", "办理时间": "工作日9:00-17:00", "联系电话": "0523-80001234",
    "办理流程": "申请→受理→办结",
}  # fmt: skip
VARIANTS = {
    "事项名称": "服务名称", "设定依据": "实施依据", "申请条件": "受理条件", "办理材料": "申请材料", "办理地点": "办理地址", "办理机构": "实施主体", "收费标准": "是否收费",
    "办理时间": "办公时间", "联系电话": "咨询电话", "办理流程": "办理程序",
}  # fmt: skip


def table(labels: dict[str, str], values: dict[str, str]) -> str:
    return "<table>" + "".join(f"<tr><th>{labels[k]}</th><td>{v}</td></tr>" for k, v in values.items()) + "</table>"


def two_pairs(labels: dict[str, str], values: dict[str, str]) -> str:
    cells = [f"<td class=t>{labels[k]}：</td><td>{v}</td>" for k, v in values.items()]
    return "<table>" + "".join(f"<tr>{cells[i]}{cells[i + 1]}</tr>" for i in range(0, 10, 2)) + "</table>"


def terms(labels: dict[str, str], values: dict[str, str]) -> str:
    return "<dl>" + "".join(f"<dt>{labels[k]}</dt><dd>{v}</dd>" for k, v in values.items()) + "</dl>"


def headings(labels: dict[str, str], values: dict[str, str]) -> str:
    return "".join(f"<h3>{n}、{labels[k]}</h3><p>{v}</p>" for n, (k, v) in zip("一二三四五六七八九十", values.items(), strict=True))


def bold(labels: dict[str, str], values: dict[str, str]) -> str:
    return "".join(f"<p><strong>{n}.{labels[k]}：</strong>{v}</p>" for n, (k, v) in enumerate(values.items(), 1))


def boxes(labels: dict[str, str], values: dict[str, str]) -> str:
    return "".join(
        f"<div class=item><div class=tit><span>{labels[k]}</span></div><div class=con>{v}</div></div>" for k, v in values.items()
    )


def tabs(labels: dict[str, str], values: dict[str, str]) -> str:
    bar = "".join(f"<li>{labels[k]}</li>" for k in values)
    return (
        f"<div><ul class=bar>{bar}</ul></div><div class=panels>"
        + "".join(f"<div class=p style='display:none'>{v}</div>" for v in values.values())
        + "</div>"
    )


def slides(labels: dict[str, str], values: dict[str, str]) -> str:
    bar = "".join(f"<li><a href='javascript:;'>{labels[k]}</a></li>" for k in values)
    return (
        f"<div class=slideTxtBox><div class=hd><ul>{bar}</ul></div><div class=bd>"
        + "".join(f"<ul><li>{v}</li></ul>" for v in values.values())
        + "</div></div>"
    )


def bootstrap(labels: dict[str, str], values: dict[str, str]) -> str:
    bar = "".join(f"<li><a href='#t{n}' data-toggle=tab>{labels[k]}</a></li>" for n, k in enumerate(values))
    panes = "".join(f"<div class=tab-pane id=t{n}>{v}</div>" for n, v in enumerate(values.values()))
    return f"<ul class='nav nav-tabs'>{bar}</ul><div class=tab-content>{panes}</div>"


def anchored(labels: dict[str, str], values: dict[str, str]) -> str:
    bar = "".join(f"<a href='#m{n}'>{labels[k]}</a>" for n, k in enumerate(values))
    return f"<div class=menu>{bar}</div>" + "".join(
        f"<div class=sec><h4 id=m{n}>{labels[k]}</h4><div>{v}</div></div>" for n, (k, v) in enumerate(values.items())
    )


LAYOUTS = [table, two_pairs, terms, headings, bold, boxes, tabs, slides, bootstrap, anchored]
SAME = {name: name for name in GUIDE_ELEMENTS}


@pytest.mark.parametrize("labels", [SAME, VARIANTS], ids=["national", "variants"])
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda f: f.__name__)
def test_ten_elements_in_every_layout(layout: Any, labels: dict[str, str]) -> None:
    row = read(layout(labels, VALUES))
    assert row["elements"] == VALUES
    assert row["missing"] == []
    assert row["item_name"] == "户口迁移"
    assert [m["name"] for m in row["materials"]] == ["居民身份证"]
    assert row["legal_basis"] == [{"law": "中华人民共和国户口登记条例", "article": "第十三条", "number": None, "url": None}]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("absent", ["收费标准", "联系电话", "办理时间", "办理流程", "设定依据"])
def test_a_label_without_value_is_missing(layout: Any, absent: str) -> None:
    row = read(layout(SAME, VALUES | {absent: ""}))
    assert row["missing"] == [absent]
    assert row["elements"][absent] is None


@pytest.mark.parametrize("layout", [table, terms, headings, bold, boxes], ids=lambda f: f.__name__)
def test_other_labels_never_stand_in(layout: Any) -> None:
    labels = SAME | {"办理时间": "承诺办结时限", "联系电话": "投诉电话"}
    assert read(layout(labels, VALUES))["missing"] == ["办理时间", "联系电话"]


def test_gbk() -> None:
    assert read(table(VARIANTS, VALUES), charset="gbk")["elements"] == VALUES | {}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("<img src='/lct.png'>", "[图片]"),
        ("<p><img src='/lct.png'></p>", "[图片]"),
        ("<a href='/f/lct.pdf'>点击下载</a>", f"{BASE}/f/lct.pdf"),
        ("<a href='/f/lct.doc'><img src='/w.gif'></a>", f"{BASE}/f/lct.doc"),
        ("见下图<img src='/lct.png'>", "见下图"),
        ("", None),
        ("<span>&nbsp;</span>", None),
        ("暂无", None),
        ("-", None),
        ("无", "无"),
        ("<p>申请</p><p>受理</p>", "申请\n受理"),
    ],
)
def test_what_counts_as_a_value(value: str, shown: str | None) -> None:
    for layout in (table, terms, boxes, headings):
        assert read(layout(SAME, VALUES | {"办理流程": value}))["elements"]["办理流程"] == shown


@pytest.mark.parametrize(
    ("title", "body", "name"),
    [
        ("户口迁移办事指南", "", "户口迁移"),
        ("办事指南", "", None),
        ("办事指南", "<tr><th>事项名称</th><td>户口迁移</td></tr>", "户口迁移"),
        ("办事指南", "<tr><th>事项名称</th><td></td></tr>", None),
    ],
)
def test_item_name(title: str, body: str, name: str | None) -> None:
    row = read(
        f"<h1>{title}</h1><table>{body}<tr><th>收费标准</th><td>不收费</td></tr><tr><th>联系电话</th><td>0523-80001234</td></tr></table>",
        title=title,
    )
    assert row["item_name"] == name
    assert ("事项名称" in row["missing"]) is (name is None)


def test_one_label_for_place_and_time() -> None:
    row = read(
        table(SAME, {"事项名称": "户口迁移", "收费标准": "不收费"})
        + "<table><tr><th>办理地点和时间</th><td>人民路1号，工作日9:00-17:00</td></tr></table>"
    )
    assert row["elements"]["办理地点"] == row["elements"]["办理时间"] == "人民路1号，工作日9:00-17:00"


@pytest.mark.parametrize(
    "body",
    [
        "<p>户口迁移请到窗口办理。</p>",
        "<ul><li><a href='/1.html'>户口迁移</a></li><li><a href='/2.html'>身份证办理</a></li></ul>",
        "<p>联系电话：0523-80001234</p>",
        "<div class=nav><a href='/a'>办理材料</a><a href='/b'>办理流程</a></div>",
    ],
)
def test_no_guide(body: str) -> None:
    assert guide.read(page(body), Context()) == []


def test_forms_are_files_of_the_content() -> None:
    body = table(SAME, VALUES | {"办理材料": "申请表<a href='/f/sqb.doc'>下载</a><a href='/f/yb.xlsx'>样表</a><a href='/a.html'>说明</a>"})
    row = read("<header><a href='/manual.pdf'>手册</a></header>" + body + "<div class=footer><a href='/app.zip'>APP</a></div>")
    assert row["forms"] == [f"{BASE}/f/sqb.doc", f"{BASE}/f/yb.xlsx"]


HEAD = "<tr><th>序号</th><th>材料名称</th><th>材料形式</th><th>份数</th><th>材料必要性</th><th>来源渠道</th></tr>"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (f"<table>{HEAD}<tr><td>1</td><td>居民身份证</td><td>原件和复印件</td><td>1</td><td>必要</td><td>自备</td></tr>"
         "<tr><td>2</td><td>申请表</td><td>纸质/电子</td><td>2份</td><td>容缺后补</td><td>自备</td></tr></table>",
         [("居民身份证", "原件和复印件", "1", "必要"), ("申请表", "纸质/电子", "2份", "容缺后补")]),
        ("<table><tr><td>名称</td><td>原件/复印件</td><td>纸质/电子</td><td>份数</td></tr><tr><td>照片</td><td></td><td></td><td></td></tr></table>", [("照片", None, None, None)]),
        ("<table><tr><td>申请材料名称</td><td>材料类型</td><td>纸质材料份数</td></tr><tr><td colspan=3>一、共同材料</td></tr><tr><td>户口簿</td><td>原件</td><td>0</td></tr></table>",
         [("户口簿", "原件", "0", None)]),
        ("<ol><li>居民身份证（原件及复印件各1份）</li><li>照片</li></ol>", [("居民身份证", "原件、复印件", "1份", None), ("照片", None, None, None)]),
        ("<p>1.居民身份证原件；2.户口簿复印件2份</p>", [("居民身份证", "原件", None, None), ("户口簿", "复印件", "2份", None)]),
        ("<p>申请人应提交以下材料：</p><p>（一）申请表（纸质，1份；电子版亦可）</p><p>（二）2寸照片</p>",
         [("申请表", "纸质、电子版", "1份", None), ("2寸照片", None, None, None)]),
        ("<p>居民身份证</p><p>户口簿</p>", [("居民身份证", None, None, None), ("户口簿", None, None, None)]),
        ("<p>无需提交材料</p>", []),
        ("<p>无</p>", []),
        ("<p>无犯罪记录证明1份</p>", [("无犯罪记录证明", None, "1份", None)]),
    ],
)  # fmt: skip
def test_materials(html: str, expected: list[tuple[str, str | None, str | None, str | None]]) -> None:
    for layout in (table, terms, boxes):
        found = read(layout(SAME, VALUES | {"办理材料": html}))["materials"]
        assert [(m["name"], m["form"], m["copies"], m["required"]) for m in found] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("《中华人民共和国行政许可法》第十二条第一款第（三）项", [("中华人民共和国行政许可法", "第十二条第一款第（三）项", None)]),
        ("《殡葬管理条例》（国务院令第628号）第三条、《江北省殡葬管理办法》", [("殡葬管理条例", "第三条", "国务院令第628号"), ("江北省殡葬管理办法", None, None)]),
        ("《关于印发〈户籍办法〉的通知》（清政发〔2026〕1号）", [("关于印发〈户籍办法〉的通知", None, "清政发〔2026〕1号")]),
        ("《关于印发《户籍办法》的通知》（清政发〔2026〕1号）", [("关于印发《户籍办法》的通知", None, "清政发〔2026〕1号")]),
        ("凭《营业执照》和《申请表》办理", []),
        ("《物业管理条例》规定：……依照《物业管理条例》第九条", [("物业管理条例", "第九条", None)]),
        ("中华人民共和国户口登记条例第十三条\n江北省户口管理规定", [("中华人民共和国户口登记条例", "第十三条", None), ("江北省户口管理规定", None, None)]),
        ("1.《残疾人保障法(2018年修正)》 第十 条", [("残疾人保障法(2018年修正)", "第十条", None)]),
        ("", []),
    ],
)  # fmt: skip
def test_legal_basis(text: str, expected: list[tuple[str, str | None, str | None]]) -> None:
    found = legal.basis(page("<p></p>"), text, [])
    assert [(e["law"], e["article"], e["number"]) for e in found] == expected


def test_legal_basis_keeps_the_link_of_the_law() -> None:
    row = read(table(SAME, VALUES | {"设定依据": "<p><a href='/zcwj/1.html'>《清河县集市管理办法》</a>；《清河县户籍办法》</p>"}))
    assert [(e["law"], e["url"]) for e in row["legal_basis"]] == [("清河县集市管理办法", f"{BASE}/zcwj/1.html"), ("清河县户籍办法", None)]


def test_split_masks_brackets() -> None:
    assert material_lines.split("1.身份证（原件；复印件）；2.户口簿") == ["1.身份证（原件；复印件）；", "2.户口簿"]
