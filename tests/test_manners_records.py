"""Manners in which other templates print guides, leaders, surveys, lists and documents; what the checks make of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import checks_kit as kit
import object_checks as made
import pytest
from test_assemble import build, entry, home, item, page
from test_assemble import column as column_of

from govcrawl import reading
from govcrawl.checks.dates import Conflict
from govcrawl.checks.guide_text import vague_phrases
from govcrawl.checks.interpretation import Interpreted, is_policy, left_out
from govcrawl.checks.message_text import absent_fields
from govcrawl.extract import onward
from govcrawl.extract.row_dates import row_date
from govcrawl.model.facts import OUTSIDE, PAGE, Context, PageFacts
from govcrawl.model.findings import Outcome
from govcrawl.model.items import GUIDE_ELEMENTS

HOST = "www.anhe.gov.cn"
SCOPE = reading.Scope(home=f"http://{HOST}/", hosts=frozenset((HOST,)), family=frozenset(), today="2026-11-16")
NAV = "<div class=nav><a href=/>首页</a><a href=/xw/>新闻</a><a href=/fw/>办事服务</a><a href=/hd/>互动交流</a></div>"
FOOT = "<div class=footer>主办单位：安和县人民政府办公室 电话：0937-5550100</div>"


def read(body: str, *names: str, title: str = "老年优待证办理") -> PageFacts:
    crumbs = "".join(f"&gt;<a href=/{n}/>{name}</a>" for n, name in enumerate(names))
    html = f"<html><head><title>{title}</title></head><body>{NAV}<div class=dqwz>位置：<a href=/>首页</a>{crumbs}</div>{body}{FOOT}</body></html>"
    return reading.read(
        reading.Exchange(f"http://{HOST}/a/1.html", 200, {"content-type": "text/html; charset=utf-8"}, html.encode()), Context(), SCOPE
    ).facts


def records(facts: PageFacts, kind: str) -> list[dict[str, Any]]:
    return [row for row in facts.items if row["kind"] == kind]


# --- 办事指南 --------------------------------------------------------------------------------------------------------

VALUES = [
    ("事项名称", "老年优待证办理"), ("设定依据", "《中华人民共和国老年人权益保障法》第五十条"), ("申领条件", "年满65周岁"), ("应提交的材料", "1.身份证（原件1份）<br>2.照片（纸质2张）"),
    ("受理场所", "县政务中心2楼"), ("责任部门", "县卫生健康局"), ("收费依据及标准", "不收费"), ("窗口受理时间", "周一至周五9:00-17:00"),
    ("联系人及电话", "0937-5551111"), ("申办流程", "申请-审核-发证"),
]  # fmt: skip
NUMERALS = "一二三四五六七八九十"
LAYOUTS = {
    "bold and br": "".join(f"<P><B>{n}、{k}</B><BR>　　{v}" for n, (k, v) in zip(NUMERALS, VALUES, strict=True)),
    "bold runs": "<div>" + "".join(f"<b>{k}</b><br>{v}<br>" for k, v in VALUES) + "</div>",
    "brackets": "".join(f"<p>【{k}】{v}</p>" for k, v in VALUES),
    "numbered lines": "".join(f"<p>（{n}）{k}：{v}</p>" for n, (k, v) in zip(NUMERALS, VALUES, strict=True)),
    "spans": "".join(f"<div class=item><span class=t>{k}</span><span class=c>{v}</span></div>" for k, v in VALUES),
    "divs": "".join(f"<div class=row><div class=label>{k}</div><div class=value>{v}</div></div>" for k, v in VALUES),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_whole_guide_lacks_nothing(layout: str) -> None:
    [guide] = records(read(f"<h1>老年优待证办理</h1><div>{LAYOUTS[layout]}</div>", "办事服务", "办事指南"), "service_guide")
    assert guide["missing"] == [] and guide["elements"]["联系电话"] == "0937-5551111"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_a_guide_leaves_out_is_missing(layout: str) -> None:
    body = LAYOUTS[layout].replace("联系人及电话", "备注").replace("受理场所", "温馨提示")
    [guide] = records(read(f"<h1>老年优待证办理</h1><div>{body}</div>", "办事服务", "办事指南"), "service_guide")
    assert guide["missing"] == [name for name in GUIDE_ELEMENTS if name in ("办理地点", "联系电话")]


@pytest.mark.parametrize(
    ("text", "vague"),
    [
        ("林业部门要求提供的其他有关材料（原件，一份）。", True),
        ("法律法规规定的其他材料(复印件)", True),
        ("其他材料（房产证、租赁合同）", False),  # it says which
        ("其他材料：无", False),
    ],
)
def test_a_catch_all_stays_one_when_its_format_follows(text: str, vague: bool) -> None:
    patterns = made.PACK.param("guide-vague", "patterns")
    assert bool(vague_phrases(made.guide(elements={"办理材料": text}), patterns, ["办理材料"])) is vague


def test_rows_that_name_a_group_are_groups_and_no_items() -> None:
    rows = "".join(
        f"<tr><td colspan=2><b>{group}</b></td></tr>" + "".join(f"<tr><td><a href=/fw/{x}.html>{x}的办理登记</a></td><td>县民政局</td></tr>" for x in items)
        for group, items in (("个人办事", "甲乙丙"), ("企业办事", "丁戊"))
    )  # fmt: skip
    rows += "<tr><td>农产品成本调查登记</td><td>县发展和改革局</td></tr>"
    found = read(f"<table>{rows}</table>", "办事服务", title="办事服务")
    assert found.kind == "guide_list" and found.notes["service_groups"] == ["个人办事", "企业办事"]
    assert [e.title for block in found.lists if block.main for e in block.entries if not e.url] == ["农产品成本调查登记"]


# --- 领导, 征集, 留言 -------------------------------------------------------------------------------------------------

LIFE = "男，汉族，1973年5月生，大学学历，曾任镇长。"


@pytest.mark.parametrize(
    "body",
    [
        f"<table><tr><td>姓名</td><td>职务</td><td>简历</td><td>分工</td></tr><tr><td>祁万里</td><td>县长</td><td>祁万里，{LIFE}</td><td>全面工作</td></tr>"
        f"<tr><td>石晓岚</td><td>副县长</td><td>石晓岚，{LIFE}</td><td>教育</td></tr></table>",
        "<table>" + "".join(
            f"<tr><td rowspan=2><img src=/a.jpg></td><td><b>{name}</b></td><td>{post}</td></tr><tr><td colspan=2>简历：{name}，{LIFE}</td></tr>"
            for name, post in (("祁万里", "县长"), ("石晓岚", "副县长"))
        ) + "</table>",
    ],
)  # fmt: skip
def test_leaders_in_tables(body: str) -> None:
    found = records(read(f"<div id=zoom>{body}</div>", "领导之窗", title="县政府领导"), "leader")
    assert [(row["name"], row["post"]) for row in found] == [("祁万里", "县长"), ("石晓岚", "副县长")]
    assert all(row["name"] in row["resume"] and row["resume"].count("汉族") == 1 for row in found)


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("关于《安和县河道保护规划》公开征求意见的公告", False),
        ("关于征集安和县夜市选址意见的通知", False),
        ("关于《安和县河道保护规划》征求意见情况的反馈", True),
        ("安和县河道保护规划意见反馈", True),
    ],
)
def test_asking_for_opinions_is_no_result(title: str, told: bool) -> None:
    body = (
        f"<h1>{title}</h1><div id=zoom><p>现公开征求社会各界意见，欢迎在本页面留言。</p><p>征集时间：2026年3月1日至2026年3月31日</p></div>"
    )
    found = [row for row in read(body, "互动交流", "民意征集", title=title).items if row["kind"] == "consultation"]
    assert [row["_feedback"] for row in found] in ([[told]] if not told else [[True], []])


def test_a_publish_date_before_the_reply_may_be_the_day_of_asking() -> None:
    message = made.message(asked_on=None)
    assert absent_fields(message, {"listed_on": "2026-10-19"}) == []
    assert absent_fields(message, {"listed_on": "2026-10-30"}) == ["留言时间"]  # after the reply: 选登
    assert absent_fields(message, {}) == ["留言时间"]


# --- lists and their dates --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rest", "day"),
    [("122026.11", "2026-11-12"), ("2026-1112", "2026-11-12"), ("52026/09", "2026-09-05"), ("322026.11", None), ("电话52026091", None)],
)
def test_a_date_in_two_neighbouring_elements(rest: str, day: str | None) -> None:
    found = row_date(rest, "", "2026-11-16")
    assert (found[0] if found else None) == day


@pytest.mark.parametrize(
    ("raw", "listed", "shown", "accused"),
    [
        ("[01-20]", "2026-01-20", "2025-01-20", False),  # the list prints no year: the page knows it
        ("[12-31]", "2025-12-31", "2026-01-01", False),
        ("[01-20]", "2026-01-20", "2025-06-05", True),
        ("2026-01-20", "2026-01-20", "2025-01-20", True),
    ],
)
def test_a_list_without_years_contradicts_no_year(raw: str, listed: str, shown: str, accused: bool) -> None:
    at = kit.url("a.html")
    entry_ = replace(kit.row("a.html", listed), date_raw=raw)
    facts = kit.site(kit.page("a.html", dates=[kit.day(shown)]), list_dates={at: listed}, first_entry={at: entry_})
    assert bool(kit.of(kit.run(Conflict, facts), "date-conflict")) is accused


def test_a_site_map_is_above_no_column_and_letters_date_their_board() -> None:
    letter = item("/hd/xzxx/1.html", "/hd/xzxx/", "县长信箱", kind="message")
    letter.items = [{"kind": "message", "key": "1", "asked_on": "2026-11-02"}]
    found = build(
        [
            home(nav=[("新闻中心", "/xw/"), ("互动交流", "/hd/")]),
            page("/map/", "list", entry("/xw/", "新闻中心"), entry("/hd/", "互动交流"), name="网站地图"),
            page("/xw/", "list", entry("/xw/1.html", date="2026-11-10"), name="新闻中心"),
            page("/xw/tzgg/", "list", entry("/xw/tzgg/1.html", date="2026-11-01"), name="通知公告", crumbs=[("新闻中心", "/xw/"), ("通知公告", "/xw/tzgg/")]),
            page("/hd/", "list", name="互动交流"),
            page("/hd/xzxx/", "board", entry("/hd/xzxx/1.html"), name="县长信箱", crumbs=[("互动交流", "/hd/"), ("县长信箱", "/hd/xzxx/")]),
            page("/hd/xzxx/write/", "static", name="我要写信", crumbs=[("县长信箱", "/hd/xzxx/"), ("我要写信", "/hd/xzxx/write/")]),
            letter,
        ]
    )  # fmt: skip
    assert column_of(found, "/xw/").record.parent is None and column_of(found, "/hd/").record.parent is None
    board = column_of(found, "/hd/xzxx/").record
    assert (board.newest_on, board.state) == ("2026-11-02", "live")


@pytest.mark.parametrize(
    ("path", "words", "role"),
    [
        ("/site/wza", "无障碍", OUTSIDE),
        ("/a/1.html", "长者版", OUTSIDE),
        ("/a/1.html", "无障碍环境建设条例公布", PAGE),
        ("/wzaq/", "网站安全", PAGE),
    ],
)
def test_pages_of_the_barrier_free_tool_are_not_judged(path: str, words: str, role: str) -> None:
    assert onward.role_of(f"http://{HOST}{path}", "a", frozenset((HOST,)), words) == role


# --- documents ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "number", "kind", "policy"),
    [
        ("安和县2025年财政决算", None, "财政预决算", False),
        ("安和县人民政府2025年政府信息公开工作年度报告", None, "信息公开年报", False),
        ("安和县2026年上半年主要经济指标", None, "数据发布", False),
        ("安和县人民政府关于加强养老服务的意见", None, "其他", True),
        ("安和县国民经济和社会发展第十五个五年规划纲要", "安政发〔2026〕9号", "规划计划", True),
        ("安和县学前教育管理办法", None, "政策文件", True),
    ],
)
def test_an_index_number_alone_makes_no_policy(title: str, number: str | None, kind: str, policy: bool) -> None:
    doc = made.document(title=title, doc_number=number, doc_number_raw=number, index_number="113/2026-00001", text="")
    assert is_policy(doc, kind) is policy


@pytest.mark.parametrize(
    ("title", "out"),
    [
        ("安和县人民政府办公室关于印发企业上市奖励办法的通知", False),
        ("安和县人民政府关于奖励先进单位的决定", True),
        ("安和县人民政府关于表彰劳动模范的决定", True),
    ],
)
def test_a_measure_about_rewards_needs_an_interpretation(title: str, out: bool) -> None:
    param = made.PACK.param
    assert left_out(made.document(title=title), param("policy-not-interpreted", "exclude"), param("policy-not-interpreted", "keep")) is out


def test_reports_of_the_catalogue_are_not_held_to_need_one() -> None:
    budget = made.document(
        "/cz/1.html", title="清河县2025年财政决算", column=made.at("/cz/"), issuer="清河县人民政府办公室", issued_on="2026-08-28"
    )
    policy = made.document("/zc/1.html", issuer="清河县人民政府办公室", issued_on="2026-08-28", doc_number="清政办发〔2026〕9号")
    columns = [made.column("财政预决算", "/cz/"), made.column("政策文件", "/zc/"), made.column("政策解读", "/jd/")]
    report = made.run(Interpreted, made.site(documents=[budget, policy], columns=columns))
    assert [f.url for f in made.of(report, "policy-not-interpreted", Outcome.NEEDS_REVIEW.value)] == [policy.url]
