"""Rows of lists: where their dates stand, what is no date of theirs, which titles they bear, which list is the page's own."""

from __future__ import annotations

import pytest

from govcrawl.extract import links as page_links
from govcrawl.extract import lists, row_dates
from govcrawl.model.facts import ListBlock
from govcrawl.page import document

URL = "http://www.anhe.gov.cn/xw/index.html"
TODAY = "2026-11-16"
OWN = frozenset(("www.anhe.gov.cn",))
TITLES = ("我县召开三季度经济运行分析会议", "县领导调研重点项目建设情况", "县医院新院区正式投入使用")


def blocks(body: str) -> list[ListBlock]:
    page = document.parse(body.encode(), {"content-type": "text/html; charset=utf-8"}, URL)
    return lists.read(page, page_links.read(page), TODAY, OWN)


def rows(form: str) -> str:
    """Three rows; `{t}` the title, `{n}` 1…3, `{i}` 0…2."""
    return "".join(form.format(t=title, n=i + 1, i=i) for i, title in enumerate(TITLES))


LI = "<ul>{}</ul>"
LINK = "<a href=/a/{n}.html>{t}</a>"


@pytest.mark.parametrize(
    "form",
    [
        f"<li>{LINK}<span>26/11/0{{n}}</span></li>",
        f"<li>{LINK}<span>[26-11-0{{n}}]</span></li>",
        f"<li>{LINK}<span>26.11.0{{n}}</span></li>",
        "<li><a href=/a/{n}.html>{t}[2026-11-0{n}]</a></li>",
        "<li><a href=/a/{n}.html>{t}（11-0{n}）</a></li>",
        "<li><a href=/a/{n}.html>[2026年11月0{n}日]{t}</a></li>",
        "<li><a href=/a/{n}.html>2026-11-0{n} {t}</a></li>",
        "<li><a href=/a/{n}.html>{t} 2026/11/0{n}</a></li>",
        "<li><a href=/a/{n}.html><span>11-0{n}</span>{t}</a></li>",
        "<li><a href=/a/{n}.html>{t}<span class=fr>2026年11月0{n}日</span></a></li>",
        "<li><a href=/a/{n}.html><em>0{n}</em><i>2026-11</i><p>{t}</p></a></li>",
        "<li><a href=/a/{n}.html><div class=date><span>0{n}</span><span>2026-11</span></div><h3>{t}</h3><p>会议强调2025年12月底前完成任务……</p></a></li>",
        f"<li><div><b>0{{n}}</b><span>2026年11月</span></div>{LINK}</li>",
        f"<li><div><b>11-0{{n}}</b><span>2026</span></div>{LINK}</li>",
        f"<li><div><b>2026</b><span>11-0{{n}}</span></div>{LINK}</li>",
        f"<li><div><b>2026年</b><span>11月0{{n}}日</span></div>{LINK}</li>",
        f"<li><div><b>0{{n}}</b><span>11月</span><i>2026</i></div>{LINK}</li>",
        f"<li><div><b>0{{n}}</b><span>11月</span></div>{LINK}</li>",
        f"<li><div><b>0{{n}}</b><span>Nov,2026</span></div>{LINK}</li>",
        f"<li><div><b>0{{n}}</b><span>Nov</span></div>{LINK}</li>",
        f"<li>{LINK}（２０２６．１１．０{{n}}）</li>",
        f"<li>{LINK}<em>11-0{{n}} 10:30</em></li>",
        f"<li>{LINK}<em>日期：11-0{{n}}</em></li>",
        f"<li>[2026-11-0{{n}}]{LINK}</li>",
        f"<li>{LINK}<p>2025年10月1日，县政府召开会议，研究部署有关工作，取得积极成效……</p><span>2026-11-0{{n}}</span></li>",
        f"<li>{LINK}<p>10月1日，县政府召开会议，研究部署有关工作，取得积极成效……</p><span>11-0{{n}}</span></li>",
        f"<li><h3>{LINK}</h3><div>来源：县融媒体中心 时间：2026-11-0{{n}} 浏览：33次</div></li>",
        "<li><a href=/a/{n}.html title='标题：{t}\n发布时间：2026-11-0{n}'>{t}</a></li>",
        f"<li>{LINK}<a href=/f/{{n}}.pdf>[附件]</a><span>2026-11-0{{n}}</span></li>",
    ],
)
def test_the_date_of_a_row_wherever_it_stands(form: str) -> None:
    [block] = blocks(LI.format(rows(form)))
    assert [(e.title, e.date) for e in block.entries] == [(t, f"2026-11-0{n}") for n, t in enumerate(TITLES, 1)]


@pytest.mark.parametrize(
    "form",
    [
        "<dt>2026-11-0{n}</dt><dd><a href=/a/{n}.html>{t}</a></dd>",
        "<dt><a href=/a/{n}.html>{t}</a></dt><dd>2026-11-0{n}</dd>",
    ],
)
def test_the_date_of_a_row_in_a_definition_list(form: str) -> None:
    [block] = blocks(f"<dl>{rows(form)}</dl>")
    assert [e.date for e in block.entries] == ["2026-11-01", "2026-11-02", "2026-11-03"]


def test_a_title_over_its_date_in_a_table_and_two_items_side_by_side() -> None:
    [below] = blocks(f"<table>{rows('<tr><td><a href=/a/{n}.html>{t}</a></td></tr><tr><td>2026-11-0{n}</td></tr>')}</table>")
    assert [e.date for e in below.entries] == ["2026-11-01", "2026-11-02", "2026-11-03"]
    pair = "<td><a href=/a/{n}.html>{t}</a></td><td>2026-11-0{n}</td>"
    cells = [pair.format(n=n, t=t) for n, t in enumerate((*TITLES, "全县秋冬季森林防火工作会议召开"), 1)]
    [beside] = blocks(f"<table><tr>{cells[0]}{cells[1]}</tr><tr>{cells[2]}{cells[3]}</tr></table>")
    assert [e.date for e in beside.entries] == [f"2026-11-0{n}" for n in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    "form",
    [
        f"<li>{LINK}<span>11/0{{n}}/26</span></li>",  # 2011-01-26 or 2026-11-01: nobody knows
        f"<li>{LINK}<em>10:0{{n}}</em></li>",
        f"<li>{LINK}<em>点击：11-0{{n}}</em></li>",
        f"<li>{LINK}<p>2026年10月0{{n}}日，县政府召开会议，研究部署有关工作，取得积极成效……</p></li>",
        f"<li>{LINK}<p>起止时间：2026-10-0{{n}}~2026-11-1{{n}}</p></li>",
        f"<li>{LINK}<em>2026-10-0{{n}}至2026-11-1{{n}}</em></li>",
        f"<li>{LINK}<em>截止日期：2026-12-0{{n}}</em></li>",
        f"<li>{LINK}<em>清政发〔2026〕{{n}}号</em></li>",
        f"<li>{LINK}<em>提前{{n}}小时</em></li>",
        "<li><a href=/a/{n}.html>粮油市场价格监测（2026年11月0{n}日）</a></li>",
        "<li><a href=/a/{n}.html>11月{n}日城区停电的通知</a></li>",
        "<li><a href=/a/{n}.html>2026<b>年</b>工作总结第{n}部分</a></li>",
    ],
)
def test_what_is_no_date_of_the_row(form: str) -> None:
    [block] = blocks(LI.format(rows(form)))
    assert [e.date for e in block.entries] == [None, None, None]


def test_dates_inside_titles_stay_in_them() -> None:
    [block] = blocks(LI.format(rows("<li><a href=/a/{n}.html>粮油市场价格监测（2026年11月0{n}日）</a><i>2026-11-1{n}</i></li>")))
    assert [(e.title, e.date) for e in block.entries] == [(f"粮油市场价格监测（2026年11月0{n}日）", f"2026-11-1{n}") for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("mark", "title"),
    [
        ("<img src=top.gif alt=置顶><a href=/a/1.html>关于停水的通知全文</a>", "关于停水的通知全文"),
        ("<a href=/a/1.html>【置顶】关于停水的通知全文</a>", "关于停水的通知全文"),
        ("<a href=/a/1.html>[ 置 顶 ] 关于停水的通知全文</a>", "关于停水的通知全文"),
    ],
)
def test_a_row_kept_on_top(mark: str, title: str) -> None:
    [block] = blocks(f"<ul><li>{mark}<i>2025-01-05</i></li><li><a href=/a/2.html>登顶某山的新闻报道</a><i>2026-11-05</i></li></ul>")
    assert [(e.title, e.on_top) for e in block.entries] == [(title, True), ("登顶某山的新闻报道", False)]


@pytest.mark.parametrize(
    ("form", "titles"),
    [
        ("<li><a href=/a/{n}.html title={t}>…</a><i>2026-11-0{n}</i></li>", list(TITLES)),
        ("<li><a href=/a/{n}.html><em>●</em>{t}</a><i>2026-11-0{n}</i></li>", list(TITLES)),
        ("<li><a href=/a/{n}.html title='{t} 2026-11-0{n}'>{t}</a><i>2026-11-0{n}</i></li>", list(TITLES)),
    ],
)
def test_titles_of_rows(form: str, titles: list[str]) -> None:
    [block] = blocks(LI.format(rows(form)))
    assert [e.title for e in block.entries] == titles


def test_rows_whose_links_name_nothing_bear_the_name_beside_them() -> None:
    item = "<div class=item><div class=nm>生育登记第{n}项</div><div class=op><a href=/g/{n}>办事指南</a><a href=/d/{n}>在线办理</a></div></div>"
    [block] = blocks(f"<div class=list>{rows(item)}</div>")
    assert [(e.title, e.url[-4:]) for e in block.entries] == [(f"生育登记第{n}项", f"/g/{n}") for n in (1, 2, 3)]
    [cards] = blocks(rows("<div class=card><h3>{t}</h3><span>更新于2026-11-0{n}</span><a href=/s/{n}>查看</a></div>"))
    assert [(e.title, e.date) for e in cards.entries] == [(t, f"2026-11-0{n}") for n, t in enumerate(TITLES, 1)]


def test_neither_the_logo_nor_a_button_is_a_row() -> None:
    body = f"<center><a href=/><img src=/top.jpg alt=安和县人民政府></a><div><a href=/write.asp>签写留言</a></div><table>{rows('<tr><td>' + LINK + '</td><td>2026-11-0{n}</td></tr>')}</table></center>"
    [block] = [b for b in blocks(body) if any(e.date for e in b.entries)]
    assert [e.title for e in block.entries] == list(TITLES)


def test_the_page_s_own_list_is_no_side_list_and_is_not_torn_by_months() -> None:
    side = (
        "<h3>点击排行</h3><ul>"
        + "".join(f"<li><a href=/h/{i}.html>热点新闻标题第{i}条</a><i>2026-11-1{i}</i></li>" for i in range(6))
        + "</ul>"
    )
    months = "".join(
        f"<h4>2026年{11 - m}月</h4><ul>"
        + "".join(f"<li><a href=/a/{m}{i}.html>第{m}{i}条本栏目的新闻</a><i>2026-{11 - m}-0{i + 1}</i></li>" for i in range(3))
        + "</ul>"
        for m in range(2)
    )
    page = document.parse(f"<div>{side}</div><div>{months}</div>".encode(), {}, URL)
    found = lists.read(page, page_links.read(page), TODAY, OWN)
    main = lists.mark_main(found, page)
    assert main is not None and len(main.entries) == 6 and main.entries[0].date == "2026-11-01"


@pytest.mark.parametrize(
    ("rest", "url", "day"),
    [
        ("21\n2024年02月", "", "2024-02-21"),
        ("半小时前", "", "2026-11-16"),
        ("昨天 10:20", "", "2026-11-15"),
        ("昨天，县政府召开会议", "", None),
        ("16-11-05", "", "2016-11-05"),  # an old list: no other reading is near
        ("05-11-26", "", None),
        ("27-01-05", "", None),
        ("11-05", "http://www.anhe.gov.cn/xw/202411/t1.html", "2024-11-05"),
        ("12-05", "", "2025-12-05"),
        ("1.2.3", "", None),
    ],
)
def test_days_in_the_words_of_a_row(rest: str, url: str, day: str | None) -> None:
    found = row_dates.row_date(rest, url, TODAY)
    assert (found[0] if found else None) == day


@pytest.mark.parametrize(
    ("header", "kind"),
    [("发布日期", "date"), ("生成日期", "made"), ("成文日期", "other"), ("标题", None), ("办结时间", "other")],
)
def test_headers_over_dates(header: str, kind: str | None) -> None:
    assert row_dates.header_kind(header) == kind


def test_a_directory_without_publish_dates_shows_when_its_entries_were_made() -> None:
    head = "<tr><td>索引号</td><td>信息名称</td><td>生成日期</td></tr>"
    [block] = blocks(f"<table>{head}{rows('<tr><td>0142/{n}</td><td>' + LINK + '</td><td>2026-11-0{n}</td></tr>')}</table>")
    assert [e.date for e in block.entries] == ["2026-11-01", "2026-11-02", "2026-11-03"]
