"""Letters, statistics, surveys and leaders in odd templates."""

from __future__ import annotations

from typing import Any

import pytest

from govcrawl.extract import consultation, leader, letters, message, statistics
from govcrawl.model.facts import Context
from govcrawl.page import document
from govcrawl.page.document import Page

URL = "http://www.qinghe.gov.cn/hdjl/xj/1.html"
ASK, ASK2 = "请问3路公交何时延伸到城北？", "人民路东段路灯不亮。"
ANSWER, ANSWER2 = "您好，3路公交计划于明年一季度延伸，感谢您的关心。", "您好，路灯已于当日修复，感谢您的监督。"


def page(body: str, title: str = "咨询建言") -> Page:
    html = f"<html><head><meta charset=utf-8><title>{title}_清河县人民政府</title></head><body>{body}</body></html>"
    return document.parse(html.encode(), {"content-type": "text/html; charset=utf-8"}, URL)


def read(body: str) -> list[dict[str, Any]]:
    return message.read(page(body), Context())


def twice(form: str) -> str:
    given = (
        ("关于3路公交的咨询", ASK, "2026-11-02", "清河县交通运输局", "2026-11-05", ANSWER),
        ("路灯不亮", ASK2, "2026-11-03", "清河县城市管理局", "2026-11-04", ANSWER2),
    )
    return "".join(form.format(s=s, q=q, a=a, u=u, r=r, t=t) for s, q, a, u, r, t in given)


BOARDS = {
    "rows with heads": "<table><tr><th>标题</th><th>留言内容</th><th>留言时间</th><th>回复内容</th><th>回复单位</th><th>回复时间</th></tr>"
    + twice("<tr><td>{s}</td><td>{q}</td><td>{a}</td><td>{t}</td><td>{u}</td><td>{r}</td></tr>") + "</table>",
    "blocks without labels": twice(
        "<div class=item><h4>{s}</h4><div class=question><span>网友：王**</span> <span>{a}</span><p>{q}</p></div><div class=answer><span>{u}</span> <span>{r}</span><p>{t}</p></div></div>"
    ),
    "dl with the answer's head": twice("<dl><dt>{s} <em>{a}</em></dt><dd>{q}</dd><dd>回复（{u} {r}）：{t}</dd></dl>"),
    "cards": twice(
        "<div class=card><div class=hd>{s}</div><div class=meta><span>来信人：王**</span><span>来信时间：{a}</span></div><div class=bd>{q}</div>"
        "<div class=re><span>回复单位：{u}</span><span>回复时间：{r}</span><div>{t}</div></div></div>"
    ),
    "guest book of old": twice(
        "<table><tr><td>网友：匿名</td><td>主题：<b>{s}</b>&nbsp;&nbsp;发表于：{a} 12:00:00</td></tr><tr><td colspan=2>{q}</td></tr><tr><td>回复：</td><td>{t}（{u} {r}）</td></tr></table><br>"
    ),
    "问 and 答 with dates behind": twice("<div><h4>{s}</h4><p>问：{q}（{a}）</p><p>答：{t}（{u} {r}）</p></div>"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOARDS)
def test_boards_of_many_manners(name: str) -> None:
    found = read(f"<div class=board>{BOARDS[name]}</div>")
    assert [(m["subject"], m["question"], m["asked_on"], m["reply"], m["replied_on"], m["replier"]) for m in found] == [
        ("关于3路公交的咨询", ASK, "2026-11-02", ANSWER, "2026-11-05", "清河县交通运输局"),
        ("路灯不亮", ASK2, "2026-11-03", ANSWER2, "2026-11-04", "清河县城市管理局"),
    ]
    assert len({m["key"] for m in found}) == 2 and not any(m["_labels"]["fields_absent"] for m in found)


HEADS = ("信件编号", "信件标题", "写信日期", "回复日期", "办理状态")
LISTED = (
    ("LH202611121101", "异地就医备案怎么办…", "异地就医备案怎么办理", "2026-11-12", "--", "办理中"),
    ("LH202611101114", "路灯不亮", "路灯不亮", "2026-11-10", "2026-11-13", "已办结"),
)
LISTS = {
    "table": "<table><tr>" + "".join(f"<th>{h}</th>" for h in HEADS) + "</tr>"
    + "".join(f"<tr><td>{n}</td><td><a href='d?id={n}' title='{full}'>{s}</a></td><td>{a}</td><td>{r}</td><td>{w}</td></tr>" for n, s, full, a, r, w in LISTED) + "</table>",
    "boxes": "<div><div class=th>" + "".join(f"<span>{h}</span>" for h in HEADS) + "</div>"
    + "".join(f"<div class=tr><span>{n}</span><span><a href='d?id={n}' title='{full}'>{s}</a></span><span>{a}</span><span>{r}</span><span>{w}</span></div>" for n, s, full, a, r, w in LISTED) + "</div>",
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_rows_that_lead_on_are_listed_only(name: str) -> None:
    found = read(LISTS[name])
    assert [(m["number"], m["subject"], m["asked_on"], m["replied_on"], m["_listed"]) for m in found] == [
        ("LH202611121101", "异地就医备案怎么办理", "2026-11-12", None, True), ("LH202611101114", "路灯不亮", "2026-11-10", "2026-11-13", True),
    ]  # fmt: skip
    assert [m["url"][-14:] for m in found] == ["LH202611121101", "LH202611101114"]


def test_an_open_row_without_a_page_says_nothing() -> None:
    rows = (
        "<tr><td>1</td><td>公交</td><td>2026-11-02</td><td>2026-11-05</td></tr><tr><td>2</td><td>路灯</td><td>2026-11-03</td><td></td></tr>"
    )
    found = read(f"<table><tr><th>编号</th><th>标题</th><th>来信时间</th><th>答复时间</th></tr>{rows}</table>")
    assert [(m["subject"], m["number"], m["replied_on"]) for m in found] == [("公交", None, "2026-11-05")]


@pytest.mark.parametrize(
    "body",
    [
        "<div class=list><h2>市长信箱</h2><p>累计受理 6621 件，已办结 6598 件</p><p>写信须知</p></div>",
        "<ul><li><a href=1x.html>关于公交</a><span>2026-11-02</span></li></ul><p class=reply-note>回复须知</p>",
        "<div class=item><div class=question><p>请文明留言</p></div><div class=answer><p>我们将尽快处理。</p></div></div>",
        "<table><tr><th>单位</th><th>回复时间</th><th>编号</th></tr></table>",
    ],
)
def test_what_is_no_letter(body: str) -> None:
    assert read(body) == []


def test_reply_below_its_own_labels() -> None:
    body = (
        "<h3>路灯不亮</h3><dl><dt>信件编号</dt><dd>LH2026111</dd><dt>写信日期</dt><dd>2026-11-10</dd></dl><div class=cnt><p>学府路路灯不亮。</p></div>"
        "<div><div class=tit>办理结果</div><dl><dt>承办单位</dt><dd>市城市管理局</dd><dt>办结日期</dt><dd>2026-11-13</dd></dl><div class=cnt><p>您好，现已修复。</p></div></div>"
    )
    (row,) = read(f"<div>{body}</div>")
    assert (row["asked_on"], row["replied_on"], row["replier"], row["reply"]) == (
        "2026-11-10",
        "2026-11-13",
        "市城市管理局",
        "您好，现已修复。",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("请问何时延伸？（2026-11-02）", ("请问何时延伸？", None, "2026-11-02")),
        ("感谢您的关心。（清河县教育局 2026-11-05 10:20）", ("感谢您的关心。", "清河县教育局", "2026-11-05")),
        ("感谢您的关心。 2026年11月5日", ("感谢您的关心。", None, "2026-11-05")),
        ("集中缴费截止2026-11-05", ("集中缴费截止2026-11-05", None, None)),
        ("2026-11-05", ("2026-11-05", None, None)),
    ],
)
def test_a_date_behind_a_text(text: str, expected: tuple[str, str | None, str | None]) -> None:
    assert letters.dated_end(text) == expected


# --- statistics ------------------------------------------------------------------------------------------------------

MONTHS = "<table><tr><th>月份</th><th>受理量</th><th>办结量</th><th>平均办理时间</th></tr><tr><td>2026年9月</td><td>30</td><td>30</td><td>3天</td></tr><tr><td>2026年10月</td><td>35</td><td>33</td><td>2.5天</td></tr></table>"
UNITS = "<p>2026年10月留言办理情况</p><table><tr><td>单位</td><td>收到</td><td>已答复</td></tr><tr><td>教育局</td><td>12</td><td>12</td></tr><tr><td>合计</td><td>20</td><td>19</td></tr></table>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (MONTHS, {"period_end": "2026-10", "received": 35, "handled": 33, "average": "2.5天"}),
        (UNITS, {"period_end": "2026-10", "received": 20, "handled": 19}),
        ("<table><tr><th>年份</th><th>月份</th><th>收件数</th><th>办结数</th></tr><tr><td>2026</td><td>10</td><td>1320</td><td>1307</td></tr></table>",
         {"period_end": "2026-10", "received": 1320, "handled": 1307}),
        ("<div><span>6621</span><span>受理总数</span></div><div><span>6598</span><span>办结总数</span></div>", {"received": 6621, "handled": 6598}),
        ("<p>2026年第三季度共收到群众来信156件，办结150件，平均办理时长3.2个工作日。</p>", {"period_end": "2026-09", "received": 156, "handled": 150, "average": "3.2个工作日"}),
        ("<p>2026年10月共受理网民留言88条，已全部答复。</p>", {"period_end": "2026-10", "received": 88, "handled": 88}),
        ("<table><tr><th>受理单位</th><th>办理时限</th></tr><tr><td>教育局</td><td>5</td></tr></table>", {}),
    ],
)  # fmt: skip
def test_statistics(body: str, expected: dict[str, Any]) -> None:
    found = statistics.read(page(f"<div>{body}</div>"))
    found.pop("period", None)
    assert found == expected


# --- surveys ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>征求意见期限为30天（2026年10月1日至10月30日）。</p>", ("2026-10-01", "2026-10-30", None, None)),
        ("<p>开始日期 2026-10-01 结束日期 2026-10-31</p><div>征集结果（2026-11-03）：收到意见0条。</div>", ("2026-10-01", "2026-10-31", "2026-11-03", 0)),
        ("<p>征集时间：[2026-10-01] 至 [2026-10-31]</p><h4>结果公示</h4><p>共收到意见8条。</p><p>2026-11-05</p>", ("2026-10-01", "2026-10-31", "2026-11-05", 8)),
        ("<p>会议开始时间另行通知。</p>", (None, None, None, None)),
    ],
)  # fmt: skip
def test_surveys(body: str, expected: tuple[str | None, str | None, str | None, int | None]) -> None:
    (row,) = consultation.read(page(f"<h3>关于集市改造的问卷</h3><div>{body}</div>", title="征集"), Context())
    assert (row["opened_on"], row["closed_on"], row["feedback_on"], row["feedback_count"]) == expected
    assert row["title"] == "关于集市改造的问卷"


# --- leaders ----------------------------------------------------------------------------------------------------------

LIFE = "王小明，男，汉族，1975年3月生，大学学历。"


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("领导之窗", "<h3>县长</h3><ul><li><a href=1.html>王小明</a></li></ul><h3>副县长</h3><ul><li><a href=2.html>李红</a></li><li><a href=3.html>张大伟</a></li></ul>",
         [("王小明", "县长"), ("李红", "副县长"), ("张大伟", "副县长")]),
        ("领导之窗", "<dl><dt>县长</dt><dd><a href=1.html>王小明</a></dd><dt>副县长</dt><dd><a href=2.html>李红</a><a href=3.html>张　伟</a></dd></dl>",
         [("王小明", "县长"), ("李红", "副县长"), ("张伟", "副县长")]),
        ("县政府领导", "<p>县　长：王小明</p><p>副县长：李　红　张大伟</p>", [("王小明", "县长"), ("李红", "副县长"), ("张大伟", "副县长")]),
        ("县长王小明", f"<h1>县长王小明</h1><div class='article-content'><p>{LIFE}</p></div>", [("王小明", "县长")]),
        ("王小明简历", f"<h1>王小明简历</h1><div class='article-content'><p>{LIFE}</p></div>", [("王小明", None)]),
        ("领导简介", f"<table><tr><td>王小明</td></tr><tr><td>县委副书记、县长</td></tr></table><p>{LIFE}</p>", [("王小明", "县委副书记、县长")]),
        ("王小明调研城建工作", "<h1>王小明调研城建工作</h1><p>10月5日，县长王小明调研。</p>", []),
        ("县政府工作规则", "<p>办公室主任：负责日常工作</p><p>副县长：分管教育工作</p>", []),
    ],
)  # fmt: skip
def test_leaders(title: str, body: str, expected: list[tuple[str, str | None]]) -> None:
    assert [(row["name"], row["post"]) for row in leader.read(page(body, title), Context())] == expected


@pytest.mark.parametrize(
    ("head", "unit"),
    [
        ("管理员回复（2026-11-12）：", None),
        ("市住房和城乡建设局 于 2026-11-12 15:30:00 答复：", "市住房和城乡建设局"),
        ("回复[清河县教育局 2026年11月12日]", "清河县教育局"),
    ],
)
def test_an_answer_with_a_head_of_its_own(head: str, unit: str | None) -> None:
    body = f"<h3>路灯不亮</h3><p>类型：咨询　提交时间：2026-11-10 10:00:11</p><blockquote>{ASK2}</blockquote><p>{head}</p><blockquote>{ANSWER2}</blockquote>"
    (row,) = read(f"<div id=wrap>{body}</div>")
    assert (row["asked_on"], row["replied_on"], row["replier"], row["reply"]) == ("2026-11-10", "2026-11-12", unit, ANSWER2)


def test_a_label_with_nothing_but_a_day_tells_when() -> None:
    form = "<div class=card><strong>{s}</strong><div><b>问：</b>{q}</div><div><b>答：</b>{t}</div><div><span>提交：{a}</span><span>回复：{r}</span></div></div>"
    assert [(m["asked_on"], m["replied_on"], m["reply"]) for m in read(f"<div>{twice(form)}</div>")] == [
        ("2026-11-02", "2026-11-05", ANSWER), ("2026-11-03", "2026-11-04", ANSWER2),
    ]  # fmt: skip


@pytest.mark.parametrize(("shown", "name"), [("砚知秋", "砚知秋"), ("暂缺", None), ("副县长", None), ("主持县政府全面工作", None)])
def test_under_its_label_any_surname_is_believed(shown: str, name: str | None) -> None:
    assert leader.labelled_name(shown) == name
