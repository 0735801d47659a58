"""Labels and values in every layout, each with traps; values are read, never guessed."""

from __future__ import annotations

import time

import lxml.html
import pytest

from govcrawl.extract import labelled
from govcrawl.extract.labelled import Vocabulary

WORDS = Vocabulary(
    {
        "index": ["索引号", "信息索引号"],
        "unit": ["发文机关", "发布机构"],
        "number": ["发文字号", "文号", "备注/文号"],
        "day": ["成文日期", "生成日期"],
        "valid": ["有效性"],
        "phone": ["联系电话", "咨询电话"],
        "complain": ["投诉电话"],
        "condition": ["申请条件", "办理条件"],
        "materials": ["办理材料", "申请材料"],
        "place": ["办理地点"],
        "term": ["办理时限"],
        "hours": ["办理时间"],
        "stop": ["公开方式", "常见问题"],
    },
    long=("condition", "materials"),
)


def pairs(html: str) -> list[tuple[str, str]]:
    return [(pair.key, pair.value) for pair in labelled.read(lxml.html.fromstring(f"<div id='root'>{html}</div>"), WORDS)]


TABLES = [
    ("th, td", "<table><tr><th>索引号</th><td>A/2026-00001</td></tr><tr><th>发布机构</th><td>清河县人民政府</td></tr></table>",
     [("index", "A/2026-00001"), ("unit", "清河县人民政府")]),
    ("two pairs a row, spread labels, colspan",
     "<table><tr><td><b>索 引 号：</b></td><td>A/2026-00001</td><td><b>成文日期：</b></td><td>2026年1月5日</td></tr>"
     "<tr><td>发文字号：</td><td colspan=3>清政发〔2026〕1号</td></tr></table>",
     [("index", "A/2026-00001"), ("day", "2026年1月5日"), ("number", "清政发〔2026〕1号")]),
    ("full-width blanks and brackets", "<table><tr><td>[　索　引　号　]</td><td>A/1</td></tr></table>", [("index", "A/1")]),
    ("letters in elements of their own", "<table><tr><td><b>文</b> <b>号</b>：</td><td>清政发〔2026〕1号</td></tr></table>", [("number", "清政发〔2026〕1号")]),
    ("empty value beside a filled one", "<table><tr><td>发文字号</td><td></td><td>有效性</td><td>有效</td></tr></table>", [("number", ""), ("valid", "有效")]),
    ("all values empty is no header row", "<table><tr><td>索引号</td><td></td><td>有效性</td><td> </td></tr><tr><td>x</td><td>1</td><td>y</td><td>2</td></tr></table>",
     [("index", ""), ("valid", "")]),
    ("header row with one row of values", "<table><tr><th>索引号</th><th>发布机构</th><th>有效性</th></tr><tr><td>A/1</td><td>清河县</td><td>废止</td></tr></table>",
     [("index", "A/1"), ("unit", "清河县"), ("valid", "废止")]),
    ("slash in a label", "<table><tr><td>备注/文号</td><td>清政发〔2026〕1号</td></tr></table>", [("number", "清政发〔2026〕1号")]),
    ("label with its row for itself", "<table><tr><td colspan=2>办理条件</td></tr><tr><td>1</td><td>年满十八周岁</td></tr><tr><td>2</td><td>本县户籍</td></tr>"
     "<tr><td colspan=2>办理地点</td></tr><tr><td colspan=2>人民路1号</td></tr></table>", [("condition", "1 年满十八周岁\n2 本县户籍"), ("place", "人民路1号")]),
    ("rowspan", "<table><tr><td rowspan=2>申请材料</td><td>身份证</td></tr><tr><td>户口簿</td></tr><tr><td>联系电话</td><td>0523-80001234</td></tr></table>",
     [("materials", "身份证\n户口簿"), ("phone", "0523-80001234")]),
    ("label and value in one cell", "<table><tr><td>索引号：A/1</td><td>发布机构：清河县</td></tr></table>", [("index", "A/1"), ("unit", "清河县")]),
    ("nested layout table", "<table><tr><td><table><tr><td>文号：</td><td>清政发〔2026〕1号</td></tr></table></td></tr></table>", [("number", "清政发〔2026〕1号")]),
    ("TRAP: another label in the value", "<table><tr><td>办理时限</td><td>5个工作日</td></tr><tr><td>投诉电话</td><td>12345</td></tr></table>",
     [("term", "5个工作日"), ("complain", "12345")]),
]  # fmt: skip

LISTS = [
    ("dt, dd", "<dl><dt>索引号：</dt><dd>A/1</dd><dt>发文字号：</dt><dd></dd><dt>有效性：</dt><dd>有效</dd></dl>", [("index", "A/1"), ("number", ""), ("valid", "有效")]),
    ("several dd", "<dl><dt>办理条件</dt><dd>一</dd><dd>二</dd></dl>", [("condition", "一\n二")]),
    ("dd with label and div", "<dl><dd><label><font>索 引 号：</font></label><div>A/1</div></dd><dd><label>生成日期：</label><div>2026-01-05</div></dd></dl>",
     [("index", "A/1"), ("day", "2026-01-05")]),
]  # fmt: skip

GRIDS = [
    ("li of two spans", "<ul><li><span>索引号</span><span>A/1</span></li><li><span>文号</span><span>清政发〔2026〕1号</span></li></ul>", [("index", "A/1"), ("number", "清政发〔2026〕1号")]),
    ("spans in turns in one div", "<div><span>索引号</span><span>A/1</span><span>发布机构</span><span>清河县</span></div>", [("index", "A/1"), ("unit", "清河县")]),
    ("value inside the label's span", "<span class=a>索 引 号：<span class=b>A/1</span></span><span class=a>文号：<span class=b></span></span>", [("index", "A/1"), ("number", "")]),
    ("div of label and div of value", "<div class=row><div class=l>发布机构</div><div class=v>清河县</div></div><div class=row><div class=l>有效性</div><div class=v></div></div>",
     [("unit", "清河县"), ("valid", "")]),
    ("li in turns", "<ul><li>索引号</li><li>A/1</li><li>发布机构</li><li>清河县</li></ul>", [("index", "A/1"), ("unit", "清河县")]),
    ("label behind an icon", "<div><i class=ico></i>联系电话：<em>0523-80001234</em></div>", [("phone", "0523-80001234")]),
]  # fmt: skip

HEADINGS = [
    ("h3 and paragraphs", "<h3>一、办理条件</h3><p>年满十八周岁。</p><p>本县户籍。</p><h3>二、办理地点</h3><p>人民路1号</p>", [("condition", "年满十八周岁。\n本县户籍。"), ("place", "人民路1号")]),
    ("an unknown heading ends a section", "<h3>办理条件</h3><p>成年。</p><h3>温馨提醒</h3><p>请带伞。</p>", [("condition", "成年。")]),
    ("heading in a box of its own", "<div class=t><h4>办理材料</h4></div><div class=c><ul><li>身份证</li></ul></div><div class=t><h4>办理地点</h4></div><div class=c></div>",
     [("materials", "身份证"), ("place", "")]),
    ("bold paragraph", "<p><strong>（一）办理条件</strong></p><p>成年。</p><p><strong>（二）办理地点</strong></p><p>人民路1号</p>", [("condition", "成年。"), ("place", "人民路1号")]),
    ("heading without value at the end", "<h3>办理地点</h3><h3>办理条件</h3><p>成年。</p>", [("place", ""), ("condition", "成年。")]),
]  # fmt: skip

TABS = [
    ("panels in order", "<div class=tab><ul><li>办理条件</li><li>申请材料</li><li>办理地点</li></ul></div><div class=con><div>成年。</div><div style='display:none'>身份证</div><div>人民路1号</div></div>",
     [("condition", "成年。"), ("materials", "身份证"), ("place", "人民路1号")]),
    ("by id", "<div><a href='#b'>办理条件</a><a href='#a'>办理地点</a></div><div id=a>人民路1号</div><div id=b>成年。</div>", [("condition", "成年。"), ("place", "人民路1号")]),
    ("data-target", "<ul><li data-target='#x1'>办理条件</li><li data-target='#x2'>办理地点</li></ul><section id=x1>成年。</section><section id=x2></section>", [("condition", "成年。"), ("place", "")]),
    ("siblings of the bar", "<div class=hd><span>办理条件</span><span>办理地点</span></div><div class=bd>成年。</div><div class=bd>人民路1号</div>", [("condition", "成年。"), ("place", "人民路1号")]),
]  # fmt: skip

LINES = [
    ("one a paragraph", "<p>联系电话：0523-80001234</p><p>办理地点：人民路1号</p>", [("phone", "0523-80001234"), ("place", "人民路1号")]),
    ("several a line", "<p>索引号：A/1 发布机构：清河县 成文日期：2026-01-05</p>", [("index", "A/1"), ("unit", "清河县"), ("day", "2026-01-05")]),
    ("br", "<p>索引号：A/1<br>文号：<br>有效性：有效</p>", [("index", "A/1"), ("number", ""), ("valid", "有效")]),
    ("a stranger ends a short value", "<p>成文日期：2026-01-05 10:20 浏览次数：19 字体：大 中 小</p>", [("day", "2026-01-05 10:20")]),
    ("bold label, value behind it", "<p><b>联系电话：</b>0523-80001234</p>", [("phone", "0523-80001234")]),
    ("a long value runs on", "<p>办理条件：成年；</p><p>本县户籍。</p><p>办理地点：人民路1号</p>", [("condition", "成年；\n本县户籍。"), ("place", "人民路1号")]),
    ("numbered label", "<p>3.咨询电话：0523-80001234</p>", [("phone", "0523-80001234")]),
    ("TRAP: the tail of a longer word", "<p>政策咨询电话：0523-80001234，防诈骗投诉电话：1</p>", []),
    ("TRAP: a label inside a sentence", "<p>请在办理时间内到办理地点提交申请材料。</p>", []),
    ("TRAP: a clock is no label", "<p>会议于10:20开始</p>", []),
    ("TRAP: navigation links", "<ul><li><a href='/a/'>办理材料</a></li><li><a href='/b/'>表格</a></li></ul>", []),
    ("TRAP: a nav element", "<nav><h3>办理条件</h3><p>x</p></nav>", []),
    ("TRAP: an option", "<select><option>有效性</option><option>有效</option></select>", []),
]  # fmt: skip


@pytest.mark.parametrize(("html", "expected"), [pytest.param(h, e, id=i) for i, h, e in TABLES + LISTS + GRIDS + HEADINGS + TABS + LINES])
def test_pairs(html: str, expected: list[tuple[str, str]]) -> None:
    assert pairs(html) == expected


def test_first_prefers_a_filled_value() -> None:
    found = labelled.read(
        lxml.html.fromstring("<div><p>文号：</p><table><tr><td>文号</td><td>清政发〔2026〕1号</td></tr></table></div>"), WORDS
    )
    first = labelled.first(found, "number")
    assert first is not None
    assert (first.value, first.raw, first.label) == ("清政发〔2026〕1号", "文号", "文号")
    assert first.locator.endswith("/td[2]")
    assert labelled.first(found, "index") is None


def test_raw_label_is_kept() -> None:
    (pair,) = labelled.read(lxml.html.fromstring("<table><tr><td>索 引 号：</td><td>A/1</td></tr></table>"), WORDS)
    assert (pair.raw, pair.label, pair.how) == ("索 引 号：", "索引号", "table")


def test_skipped_elements_are_not_read() -> None:
    root = lxml.html.fromstring("<div><div id=f>联系电话：1</div><p>联系电话：2</p></div>")
    assert [p.value for p in labelled.read(root, WORDS, skip={root[0]})] == ["2"]


def test_comments_do_not_hide_or_give_text() -> None:
    assert pairs("<p><!-- 联系电话：1 -->联系电话：2</p>") == [("phone", "2")]


@pytest.mark.parametrize(
    "html",
    [
        "<table>" + "<tr><td rowspan=900>联系电话</td><td>1</td></tr>" * 3000 + "</table>",
        "<ul>" + "<li>办理条件</li>" * 1500 + "</ul>",
        "<div>" * 200 + "联系电话：1" + "</div>" * 200,
        "<p>" + "联系电话：" * 20000 + "</p>",
    ],
    ids=["rows", "tabs", "deep", "colons"],
)
def test_hostile_pages_take_no_age(html: str) -> None:
    begun = time.process_time()
    labelled.read(lxml.html.fromstring(f"<div>{html}</div>"), WORDS)
    assert time.process_time() - begun < 5
