"""Letters: detail pages and boards of several whole letters, label variants, what is not shown and what only looks like a reply."""

from __future__ import annotations

from typing import Any

import pytest

from govcrawl.extract import letters, message
from govcrawl.model.facts import Context
from govcrawl.page import document
from govcrawl.page.document import Page

URL = "http://www.qinghe.gov.cn/hdjl/xj/1.html"


def page(body: str, title: str = "信件详情", charset: str = "utf-8") -> Page:
    html = f"<html><head><meta charset={charset}><title>{title}_清河县人民政府</title></head><body>{body}</body></html>"
    return document.parse(html.encode(charset), {"content-type": f"text/html; charset={charset}"}, URL)


def read(body: str, **more: str) -> list[dict[str, Any]]:
    return message.read(page(body, **more), Context())


SUBJECT, ASK = "关于3路公交线路的咨询", "请问3路公交何时延伸到城北新区？谢谢。"
ANSWER = "您好，来信已收到。3路公交计划于明年一季度延伸，感谢您的关心。"
FACTS = {
    "number": "QH20261101", "subject": SUBJECT, "type": "咨询", "question": ASK, "asked_on": "2026-11-02", "reply": ANSWER, "replied_on": "2026-11-05",
    "replier": "清河县交通运输局",
}  # fmt: skip
NATIONAL = {
    "number": "信件编号", "subject": "标题", "type": "信件类型", "asked_on": "留言时间", "question": "留言内容", "replier": "答复单位", "replied_on": "答复时间", "reply": "答复内容",
}  # fmt: skip
LETTER = {
    "number": "编号", "subject": "来信主题", "type": "来信类别", "asked_on": "来信时间", "question": "来信内容", "replier": "处理部门", "replied_on": "办结时间", "reply": "办理结果",
}  # fmt: skip
ASKING = {
    "number": "受理编号", "subject": "咨询标题", "type": "问题类型", "asked_on": "咨询时间", "question": "咨询内容", "replier": "回复单位", "replied_on": "回复时间", "reply": "回复内容",
}  # fmt: skip
Words = dict[str, str]


def table(labels: Words, facts: Words) -> str:
    return "<table>" + "".join(f"<tr><th>{labels[k]}</th><td>{facts[k]}</td></tr>" for k in labels if k in facts) + "</table>"


def two_pairs(labels: Words, facts: Words) -> str:
    small = [f"<td>{labels[k]}：</td><td>{facts[k]}</td>" for k in ("number", "type", "asked_on", "replied_on") if k in facts]
    big = [
        f"<tr><td>{labels[k]}：</td><td colspan=3>{facts[k]}</td></tr>" for k in ("subject", "question", "replier", "reply") if k in facts
    ]
    return f"<table>{big[0]}<tr>{''.join(small[:2])}</tr><tr>{''.join(small[2:])}</tr>{''.join(big[1:])}</table>"


def terms(labels: Words, facts: Words) -> str:
    return "<dl>" + "".join(f"<dt>{labels[k]}：</dt><dd>{facts[k]}</dd>" for k in labels if k in facts) + "</dl>"


def lines(labels: Words, facts: Words) -> str:
    return "".join(f"<p>{labels[k]}：{facts[k]}</p>" for k in labels if k in facts)


def grid(labels: Words, facts: Words) -> str:
    return (
        "<ul>" + "".join(f"<li><span class=l>{labels[k]}</span><div class=v>{facts[k]}</div></li>" for k in labels if k in facts) + "</ul>"
    )


LAYOUTS = [table, two_pairs, terms, lines, grid]


@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
@pytest.mark.parametrize("labels", [NATIONAL, LETTER, ASKING], ids=["national", "letter", "asking"])
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda f: f.__name__)
def test_detail_page(layout: Any, labels: Words, charset: str) -> None:
    (row,) = read(f"<div class=con>{layout(labels, FACTS)}</div>", charset=charset)
    assert {key: row[key] for key in FACTS} == FACTS
    assert row["key"] == URL
    assert row["_labels"]["asked_on"] == labels["asked_on"]
    assert row["_labels"]["replied_on"] == labels["replied_on"]
    assert row["_labels"]["types_shown"] is True
    assert row["_labels"]["fields_absent"] == []


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda f: f.__name__)
@pytest.mark.parametrize(("field", "name"), [("replied_on", "答复时间"), ("replier", "答复单位"), ("asked_on", "留言时间")])
def test_a_field_that_is_not_shown(layout: Any, field: str, name: str) -> None:
    for facts in ({k: v for k, v in FACTS.items() if k != field}, FACTS | {field: ""}):
        (row,) = read(layout(NATIONAL, facts))
        assert row[field] is None
        assert row["_labels"]["fields_absent"] == [name]
        assert row["reply"] == ANSWER


@pytest.mark.parametrize("printed", ["", "暂无回复", "正在办理中", "待回复", "未答复", "已受理"])
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda f: f.__name__)
def test_unanswered(layout: Any, printed: str) -> None:
    (row,) = read(layout(NATIONAL, FACTS | {"reply": printed, "replied_on": "", "replier": ""}))
    assert (row["reply"], row["replied_on"], row["replier"], row["_labels"]["fields_absent"]) == (None, None, None, [])


@pytest.mark.parametrize("printed", ["已收悉。", "您反映的问题已转办。", "无法核实"])
def test_a_poor_reply_is_a_reply(printed: str) -> None:
    (row,) = read(table(NATIONAL, FACTS | {"reply": printed}))
    assert row["reply"] == printed


@pytest.mark.parametrize("label", ["选登时间", "发布时间", "公开日期"])
def test_when_it_was_put_up_is_not_when_it_was_answered(label: str) -> None:
    (row,) = read(table(NATIONAL | {"replied_on": label}, FACTS))
    assert row["replied_on"] is None
    assert row["_labels"]["replied_on"] is None
    assert row["_labels"]["listed_on"] == "2026-11-05"
    assert row["_labels"]["fields_absent"] == ["答复时间"]


@pytest.mark.parametrize("label", ["受理时间", "转办时间"])
def test_when_it_was_accepted_is_not_when_it_was_asked(label: str) -> None:
    (row,) = read(table(NATIONAL | {"asked_on": label}, FACTS))
    assert row["asked_on"] is None


@pytest.mark.parametrize(
    ("printed", "kind"),
    [
        ("咨询", "咨询"), ("网上咨询", "咨询"), ("投诉举报", "投诉"), ("意见建议", "建议"), ("求助", "求助"), ("感谢信", "其他"), ("咨询投诉", None), ("", None),
    ],
)  # fmt: skip
def test_type_words(printed: str, kind: str | None) -> None:
    assert message.classify(printed) == kind


@pytest.mark.parametrize(
    ("extra", "subject", "kind", "shown"),
    [
        ("", SUBJECT, None, False),
        ("<span class=tag>咨询</span>", SUBJECT, "咨询", True),
        ("", f"【投诉】{SUBJECT}", "投诉", True),
        ("<span style='display:none'>咨询</span>", SUBJECT, None, False),
        ("<input type=hidden name=type value=咨询>", SUBJECT, None, False),
        ("<div style='display: none'><table><tr><th>信件类型</th><td>咨询</td></tr></table></div>", SUBJECT, None, False),
        ("<ul><li><a href='/zx/'>咨询</a></li></ul>", SUBJECT, None, False),
        ("<select><option>咨询</option><option>投诉</option></select>", SUBJECT, None, False),
        ("<span>咨询</span><span>投诉</span><span>建议</span>", SUBJECT, None, False),
    ],
)
def test_is_the_type_shown(extra: str, subject: str, kind: str | None, shown: bool) -> None:
    (row,) = read(extra + table(NATIONAL, {k: v for k, v in FACTS.items() if k != "type"} | {"subject": subject}))
    assert (row["type"], row["_labels"]["types_shown"]) == (kind, shown)


SECOND = FACTS | {
    "number": "QH20261102", "subject": "反映路灯不亮", "type": "投诉", "question": "人民路东段路灯不亮已有一周。", "asked_on": "2026-11-03",
    "reply": "您好，路灯已于当日修复。", "replied_on": "2026-11-04", "replier": "清河县城市管理局",
}  # fmt: skip
THIRD = {k: v for k, v in FACTS.items() if k not in ("reply", "replied_on", "replier")} | {
    "number": "QH20261103", "subject": "建议增设图书角", "type": "建议", "question": "建议在城北公园增设图书角。", "asked_on": "2026-11-06",
}  # fmt: skip


@pytest.mark.parametrize(
    "wrap", ["<div class=item>{}</div>", "<li>{}</li>", "{}", "<div class=row>{}</div><hr>"], ids=["div", "li", "flat", "hr"]
)
@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda f: f.__name__)
def test_board_with_several_letters(layout: Any, wrap: str) -> None:
    body = "".join(wrap.format(layout(NATIONAL, facts)) for facts in (FACTS, SECOND, THIRD))
    found = read(f"<div class=board>{body}</div>", title="咨询建言")
    assert [row["key"] for row in found] == ["QH20261101", "QH20261102", "QH20261103"]
    for row, facts in zip(found, (FACTS, SECOND, THIRD), strict=True):
        assert {key: row[key] for key in facts} == facts
    assert (found[2]["reply"], found[2]["replied_on"], found[2]["replier"]) == (None, None, None)
    assert {row["url"] for row in found} == {URL}


def test_board_rows_of_one_table() -> None:
    body = "".join(f"<tr><td>{NATIONAL[k]}</td><td>{v}</td></tr>" for facts in (FACTS, SECOND) for k, v in facts.items())
    found = read(f"<table>{body}</table>", title="咨询建言")
    assert [(row["subject"], row["replied_on"]) for row in found] == [(SUBJECT, "2026-11-05"), ("反映路灯不亮", "2026-11-04")]


def test_letters_without_number_have_keys_of_their_own() -> None:
    facts = [{k: v for k, v in f.items() if k != "number"} for f in (FACTS, SECOND)]
    found = read("".join(f"<div class=item>{lines(NATIONAL, f)}</div>" for f in facts), title="咨询建言")
    assert [row["key"] for row in found] == [f"2026-11-02 {SUBJECT}", "2026-11-03 反映路灯不亮"]


def test_subject_from_heading_and_question_without_label() -> None:
    body = (
        f"<h1>{SUBJECT}</h1><div class=info>来信人：王** 来信时间：2026-11-02 浏览次数：12</div><div class='article-content'><p>{ASK}</p></div>"
        f"<div class=answer><div class=info><span>答复单位：清河县交通运输局</span><span>答复时间：2026-11-05</span></div><div class=txt>{ANSWER}</div></div>"
    )
    (row,) = read(f"<div class=main>{body}</div>", title=SUBJECT)
    assert (row["subject"], row["asked_on"], row["replier"], row["replied_on"]) == (SUBJECT, "2026-11-02", "清河县交通运输局", "2026-11-05")


def test_reply_of_several_paragraphs_ends_at_the_next_label() -> None:
    reply = f"<p>答复内容：{ANSWER}</p><p>一、线路方案。</p><p>二、时间安排。</p><p>满意度：满意</p>"
    (row,) = read(lines(NATIONAL, {k: v for k, v in FACTS.items() if k != "reply"}) + reply)
    assert row["reply"] == f"{ANSWER}\n一、线路方案。\n二、时间安排。"


@pytest.mark.parametrize(
    ("printed", "unit", "day"),
    [
        ("清河县教育局 2026-11-03", "清河县教育局", "2026-11-03"),
        ("清河县教育局（2026年11月3日 10:20）", "清河县教育局", "2026-11-03"),
        ("清河县教育局", "清河县教育局", None),
    ],
)
def test_unit_with_a_date_behind_it(printed: str, unit: str, day: str | None) -> None:
    (row,) = read(table(NATIONAL, {k: v for k, v in FACTS.items() if k != "replied_on"} | {"replier": printed}))
    assert (row["replier"], row["replied_on"]) == (unit, day)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("您好，已修复。\n清河县城市管理局\n2026年11月4日", ("清河县城市管理局", "2026-11-04")),
        ("您好，已修复。 清河县城市管理局 2026年11月4日", ("清河县城市管理局", "2026-11-04")),
        ("您好，已于2026年11月4日修复。", (None, None)),
        ("您好，已修复。", (None, None)),
        ("感谢您的来信。\n2026年11月4日", (None, "2026-11-04")),
    ],
)
def test_signature_of_a_reply(reply: str, expected: tuple[str | None, str | None]) -> None:
    assert letters.signature(reply) == expected


def test_signature_fills_what_no_label_shows() -> None:
    facts = {k: v for k, v in FACTS.items() if k not in ("replied_on", "replier")} | {
        "reply": "<p>您好，已修复。</p><p>清河县城市管理局</p><p>2026年11月4日</p>"
    }
    (row,) = read(table(NATIONAL, facts))
    assert (row["replier"], row["replied_on"], row["_labels"]["replied_on"]) == ("清河县城市管理局", "2026-11-04", "落款")


@pytest.mark.parametrize(
    "body",
    [
        "<p>网上咨询须知：请文明留言。</p>",
        "<ul><li><a href='/1.html'>关于公交的咨询</a> 2026-11-02</li></ul>",
        "<form><table><tr><td>标题：</td><td><input></td></tr><tr><td>内容：</td><td><textarea></textarea></td></tr></table></form>",
        "<div class=nav><a href='/a'>投诉</a><a href='/b'>建议</a></div>",
    ],
)
def test_no_letter(body: str) -> None:
    assert read(body) == []


def test_a_trail_of_crumbs_bears_no_label() -> None:
    """`… > 来信详情` was taken for the label of the whole page: one letter became two, and its reply was lost."""
    html = (
        '<html><body><div class="crumbs">当前位置：<a href="/">首页</a> &gt; <a href="/xx/">县长信箱</a> &gt; 来信详情</div><div class="letter"><h1>咨询建房手续</h1>'
        "<div><p><label>信件编号：</label><span>ZL2026101201</span></p><p><label>来信时间：</label><span>2026-10-12</span></p></div>"
        "<div><h4>来信内容</h4><div><p>请问建房需要哪些手续？</p></div></div><div><h4>回复内容</h4><p><label>回复单位：</label><span>县自然资源局</span></p>"
        "<p><label>回复时间：</label><span>2026-10-28</span></p><div><p>您好，须先向村民小组提出申请。</p></div></div></div></body></html>"
    )
    [letter] = message.read(
        document.parse(html.encode(), {"content-type": "text/html; charset=utf-8"}, "http://www.a.gov.cn/xx/1.html"), Context()
    )
    assert (letter["asked_on"], letter["replied_on"], letter["replier"]) == ("2026-10-12", "2026-10-28", "县自然资源局")
    assert letter["reply"] == "您好，须先向村民小组提出申请。"


def test_a_card_that_leads_to_its_letter_leaves_nothing_out() -> None:
    """`来信时间：… 回复时间：…` under a link is a row of a list: the reply stands on the letter's own page, whether we can read that or not."""
    cards = "".join(
        f'<dl><dt><a href="/hd/{n}.htm">关于道路照明问题的咨询{n}</a></dt><dd><span>类型：咨询</span> <span>来信时间：2026-10-2{n}</span> <span>回复时间：2026-10-3{n % 2}</span></dd></dl>'
        for n in range(1, 5)
    )
    found = read(f"<div class=list>{cards}</div>", title="县长信箱")
    assert [item["_listed"] for item in found] == [True] * 4
    assert [item["url"] for item in found] == [f"http://www.qinghe.gov.cn/hd/{n}.htm" for n in range(1, 5)]
