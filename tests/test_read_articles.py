"""Articles in templates that nobody named: title, publish date, source and the text from its first to its last sentence."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from govcrawl import reading
from govcrawl.model.facts import Context
from govcrawl.page import document

HOST = "www.anhe.gov.cn"
SCOPE = reading.Scope(home=f"http://{HOST}/", hosts=frozenset((HOST,)), family=frozenset(), today="2026-11-16")
NAV = "<div class=nav><a href=/>首页</a><a href=/zwgk/>政务公开</a><a href=/xw/>新闻动态</a><a href=/fw/>办事服务</a><a href=/hd/>互动交流</a></div>"
FOOT = "<div class=footer>主办单位：安和县人民政府办公室 电话：0937-5550100 <a href=/about/>关于我们</a></div>"
PLACE = "<div class=dqwz>当前位置：<a href=/>首页</a> &gt; <a href=/xw/>新闻动态</a> &gt; 正文</div>"
TITLE = "安和县召开秋冬季森林防火工作会议"
FIRST, LAST = "11月5日，安和县召开秋冬季森林防火工作会议，安排部署下阶段重点工作。", "会议强调，要强化应急准备，确保人民群众生命财产安全。"
SAID = (FIRST, "会议要求，各乡镇要压实责任，加强巡查值守，严格野外用火管理。", LAST)
TEXT = "".join(f"<p>{line}</p>" for line in SAID)
LINES = "<br>　　".join(SAID)
INFO = "<div>发布时间：2026-11-06 来源：县融媒体中心 浏览：33次</div>"
ROWS = (
    "<ul>"
    + "".join(f"<li><a href=/xw/{i}.html>我县举行某某第{i}届活动开幕式</a><span>2026-11-1{i}</span></li>" for i in range(1, 7))
    + "</ul>"
)
NEXT = "<div>上一篇：<a href=/xw/1.html>我县举行某某第一届活动开幕式</a></div><div>下一篇：<a href=/xw/2.html>我县举行某某第二届活动开幕式</a></div>"


@dataclass
class Seen:
    kind: str
    title: str | None
    published: tuple[str, str] | None
    source: str | None
    text: str


def read(body: str, head: str = f"{TITLE}_安和县人民政府", meta: str = "", path: str = "xw/info/1001.html") -> Seen:
    html = f"<html><head><title>{head}</title>{meta}</head><body>{NAV}{PLACE}{body}{FOOT}</body></html>"
    exchange = reading.Exchange(f"http://{HOST}/{path}", 200, {"content-type": "text/html; charset=utf-8"}, html.encode())
    facts = reading.read(exchange, Context(), SCOPE).facts
    item = facts.items[0] if facts.items else {}
    day = (facts.dates[0].value, facts.dates[0].source) if facts.dates else None
    return Seen(facts.kind, facts.title, day, item.get("source"), item.get("text") or "")


@pytest.mark.parametrize(
    "body",
    [
        f"<h1>{TITLE}</h1>{INFO}<div class=TRS_Editor>{TEXT}</div>",
        f"<div class=a><h2>{TITLE}</h2>{INFO}<div class=b>{TEXT}</div></div>",
        f"<div class=a><div class=x>{TITLE}</div>{INFO}<div class=b>{TEXT}</div></div>",
        f"<div class=x>{TITLE}</div>{INFO}{TEXT}",
        f"<div class=content><h3>{TITLE}</h3>{INFO}{TEXT}</div>",
        f"<table><tr><td align=center><b>{TITLE}</b></td></tr><tr><td>[2026-11-06] 来源：县融媒体中心 点击：33</td></tr><tr><td>{TEXT}</td></tr>"
        "<tr><td>【<a href=javascript:window.print()>打印</a>】【<a href=javascript:window.close()>关闭</a>】</td></tr></table>",
        f"<table><tr><td align=center><b>{TITLE}</b></td></tr><tr><td>2026-11-06 来源：县融媒体中心</td></tr><tr><td>　　{LINES}</td></tr></table>",
        f"<table><tr><td><center><b>{TITLE}</b></center><br><center>来源：县融媒体中心　发布时间：2026年11月6日</center><hr>　　{LINES}</td></tr></table>",
        f"<h1>{TITLE}</h1>{INFO}<div class=cc>{TEXT}</div><div class=xg><h4>相关新闻</h4>{ROWS}</div>",
        f"<div class=box><h1>{TITLE}</h1>{INFO}<div class=cc>{TEXT}</div><div class=related><h4>相关新闻</h4>{ROWS}</div></div>",
        f"<div class=l><h1>{TITLE}</h1>{INFO}<div class=cc>{TEXT}</div></div><div class=r><h3>最新发布</h3>{ROWS}</div>",
        f"<h1>{TITLE}</h1>{INFO}<div class=cc>{TEXT}</div>{NEXT}",
        f"<div class=cc><h1>{TITLE}</h1>{INFO}{TEXT}{NEXT}</div>",
        f"<h1>{TITLE}</h1><h2>——全县上下筑牢防火墙</h2>{INFO}<div class=cc>{TEXT}</div>",
        f"<h1>{TITLE}<br><small>——全县上下筑牢防火墙</small></h1>{INFO}<div class=cc>{TEXT}</div>",
        f"<h1>安和县召开秋冬季<br>森林防火工作会议</h1>{INFO}<div class=cc>{TEXT}</div>",
        f"<div>安和县召开秋冬季<br>森林防火工作会议</div>{INFO}<div class=cc>{TEXT}</div>",
        f"<h1>{TITLE}</h1><div class=d><b>06</b><span>2026-11</span></div><div>来源：县融媒体中心</div><div class=cc>{TEXT}</div>",
        f"<h1>{TITLE}</h1><div class=cc>{TEXT}</div><div>来源：县融媒体中心 发布日期：2026-11-06</div>",
        f"<h1>{TITLE}</h1><div>2026/11/6 10:20:30　来源:县融媒体中心</div><div class=cc>{TEXT}</div>",
        f"<h1>{TITLE}</h1><div>【发布日期：2026-11-06】 【来源：县融媒体中心】 【字号：大 中 小】</div><div class=cc>{TEXT}</div>",
        f"<h1>{TITLE}</h1><ul><li>来源：</li><li>县融媒体中心</li><li>时间：</li><li>2026-11-06</li></ul><div class=cc>{TEXT}</div>",
        f"<h1>{TITLE}</h1><div>来源:县融媒体中心发布时间:2026-11-06浏览次数:33</div><div class=cc>{TEXT}</div>",
        f"<div>今天是2026年11月16日 星期一</div><h1>{TITLE}</h1>{INFO}<div class=cc>{TEXT}</div>",
        f"<h1>{TITLE}</h1>{INFO}<div class=cc>{''.join(f'<div><span>{line}</span></div>' for line in SAID)}</div>",
        f"<div class=article><h1>{TITLE}</h1><div class=info>时间：2026-11-06 来源：县融媒体中心 <div class=share>分享到：<a href=#>微信</a></div></div>"
        f"<div class=txt>{TEXT}</div><div class=tools><a href=#>打印</a> <a href=#>关闭</a></div></div>",
        f"<h1>{TITLE}</h1>{INFO}<div class=cc>{TEXT}<div class=pagecontent><span>1</span> <a href=/a_2.html>2</a> <a href=/a_2.html>下一页</a></div></div>",
        f"<h1>{TITLE}</h1>{INFO}<div class=cc>{TEXT}</div><div>责任编辑：李四　审核：王五</div><div>扫一扫在手机打开当前页</div>",
    ],
)
def test_an_article_in_many_manners(body: str) -> None:
    seen = read(body)
    assert (seen.kind, seen.title, seen.published, seen.source) == ("content", TITLE, ("2026-11-06", "visible"), "县融媒体中心")
    assert seen.text.startswith(FIRST) and seen.text.endswith(LAST)


@pytest.mark.parametrize(
    ("head", "shown", "title"),
    [
        ("安和县人民政府", f"<div class=x>{TITLE}</div>", TITLE),
        ("安和县公众信息网", f"<center><b>{TITLE}</b></center>", TITLE),
        ("New Page 1", f"<p align=center><b><font size=5>{TITLE}</font></b></p>", TITLE),
        (f"安和县人民政府-新闻动态-{TITLE}", f"<div class=x>{TITLE}</div>", TITLE),
        (f"新闻动态_{TITLE}_安和县人民政府", f"<div class=x>{TITLE}</div>", TITLE),
        ("安和-清水高速公路建成通车_安和县人民政府", "<div class=x>安和-清水高速公路建成通车</div>", "安和-清水高速公路建成通车"),
        ("安和县召开秋冬季森…_安和县人民政府", f"<div class=x>{TITLE}</div>", TITLE),
        (f"{TITLE}_安和县人民政府", f"<h1>{TITLE}<span>2026-11-06</span></h1>", TITLE),
        (
            "征集-安和县互动交流平台",
            "<h3>《安和县电动车管理办法（草案）》公开征求意见</h3>",
            "《安和县电动车管理办法（草案）》公开征求意见",
        ),
    ],
)
def test_the_title_is_what_the_page_and_its_head_agree_on(head: str, shown: str, title: str) -> None:
    assert read(f"<div class=a>{shown}{INFO}<div class=b>{TEXT}</div></div>", head).title == title


@pytest.mark.parametrize(
    ("meta", "title"),
    [
        (f"<meta name=ArticleTitle content={TITLE}>", TITLE),
        ("<meta name=ArticleTitle content=新闻动态><meta name=ColumnName content=新闻动态>", TITLE),  # a template's mistake
        ("<meta name=ArticleTitle content=null>", TITLE),
        ("<meta name=ArticleTitle content='\ufffd\ufffd会议'>", TITLE),
    ],
)
def test_the_title_tag_is_believed_where_it_is_one(meta: str, title: str) -> None:
    assert read(f"<h1>{TITLE}</h1>{INFO}<div class=cc>{TEXT}</div>", meta=meta).title == title


@pytest.mark.parametrize(
    ("body", "head", "start"),
    [
        ("<h1>停水通知</h1>{info}<div class=cc><p>今晚八时至十时停水。</p></div>", "停水通知", "今晚八时至十时停水。"),
        ("<div class=m><div class=t>停水通知</div>{info}<p>今晚八时至十时停水。</p></div>", "停水通知", "今晚八时至十时停水。"),
        ("<h1>一张图了解防火措施要点</h1>{info}<div class=cc><img src=/i/1.jpg><img src=/i/2.jpg></div>", "一张图了解防火措施要点", ""),
        ("<h1>安和县森林防火宣传片</h1>{info}<div class=cc><video src=/v/1.mp4></video></div>", "安和县森林防火宣传片", ""),
        (
            "<h1>安和县森林防火宣传片</h1>{info}<div class=edit><iframe src=//v.anhe.gov.cn/play/8></iframe></div>",
            "安和县森林防火宣传片",
            "",
        ),
        (
            "<h1>安和县2026年部门预算公开说明</h1>{info}<div class=cc></div><p>附件：<a href=/f/1.pdf>安和县2026年部门预算公开说明.pdf</a></p>",
            "安和县2026年部门预算公开说明",
            "",
        ),
        (
            "<h1>安和县2026年低保名单公示</h1>{info}<div class=cc><p>现将名单公示如下：</p><table>"
            + "".join(f"<tr><td>{i}</td><td>张某某</td><td>城关镇</td><td>300元</td></tr>" for i in range(1, 40))
            + "</table></div>",
            "安和县2026年低保名单公示",
            "现将名单公示如下：",
        ),
    ],
)
def test_short_and_textless_pages_are_items(body: str, head: str, start: str) -> None:
    seen = read(body.replace("{info}", INFO), f"{head}_安和县人民政府")
    assert (seen.kind, seen.title, seen.published, seen.source) == ("content", head, ("2026-11-06", "visible"), "县融媒体中心")
    assert seen.text.startswith(start)


@pytest.mark.parametrize(
    ("body", "meta", "path", "published"),
    [
        (f"<h1>{TITLE}</h1><div>2026.11.06 | 县融媒体中心</div><div class=cc>{TEXT}</div>", "", "a/1.html", ("2026-11-06", "visible")),
        (f"<h3>{TITLE}</h3><p>2026-11-06 &nbsp;县融媒体中心</p><div class=c>{TEXT}</div>", "", "a/1.html", ("2026-11-06", "visible")),
        (f"<h1>{TITLE}</h1><div>更新时间：2026-11-06</div><div class=cc>{TEXT}</div>", "", "a/1.html", ("2026-11-06", "visible")),
        (f"<h1>{TITLE}</h1><div class=cc>{TEXT}</div>", "", "art/2026/11/6/art_1_2.html", ("2026-11-06", "path")),
        (
            f"<h1>{TITLE}</h1><div class=cc>{TEXT}</div>",
            "<meta name=PubDate content='2026-11-06 10:20'>",
            "a/1.html",
            ("2026-11-06", "meta"),
        ),
        (f"<h1>{TITLE}</h1><div class=cc>{TEXT}<p>安和县应急管理局</p><p>2026年11月6日</p></div>", "", "a/1.html", ("2026-11-06", "guess")),
        (f"<h1>{TITLE}</h1><div class=cc>{TEXT}<p>二〇二六年十一月六日</p></div>", "", "a/1.html", ("2026-11-06", "guess")),
        (f"<h1>{TITLE}</h1><div class=cc>{TEXT}</div>", "", "a/1.html", None),
        (f"<h1>{TITLE}</h1><div>成文日期：2026-11-06</div><div class=cc>{TEXT}</div>", "", "a/1.html", None),
        (f"<h1>{TITLE}</h1><div class=cc><p>截至2026年11月6日，全县未发生火情。</p>{TEXT}</div>", "", "a/1.html", None),
    ],
)
def test_the_publish_date_and_how_sure_it_is(body: str, meta: str, path: str, published: tuple[str, str] | None) -> None:
    assert read(body, meta=meta, path=path).published == published


def test_words_of_the_text_are_no_info_line() -> None:
    """考试时间 begins this text, and a box of known name holds the title that the document repeats."""
    body = f"<h1>{TITLE}</h1>{INFO}<div class=cc><p>考试时间：2026年12月1日上午九时，请考生提前到达考场。</p>{TEXT}</div>"
    assert read(body).text.startswith("考试时间：2026年12月1日")
    kept = f"<div class=hd>{TITLE}</div>{INFO}<div class=TRS_Editor><p>{TITLE}</p><p>安政发〔2026〕3号</p>{TEXT}</div>"
    assert read(kept).text.startswith(TITLE)


@pytest.mark.parametrize(
    ("signed", "author"),
    [("（记者 程砚秋雨 通讯员 罗一舟）", "程砚秋雨"), ("（记者从会上获悉）", None), ("（县应急管理局供稿）", None)],
)
def test_who_signed_the_text(signed: str, author: str | None) -> None:
    html = f"<html><title>{TITLE}</title><body>{NAV}<h1>{TITLE}</h1>{INFO}<div class=TRS_Editor>{TEXT}<p>{signed}</p></div></body></html>"
    exchange = reading.Exchange(f"http://{HOST}/a.html", 200, {"content-type": "text/html; charset=utf-8"}, html.encode())
    assert reading.read(exchange, Context(), SCOPE).facts.items[0]["author"] == author


@pytest.mark.parametrize(
    "body", ["<div class=footer>a\x0bb\x08c</div>", "<div class=footer>&#1;&#x0b;&#xD800;&#xfffe;x</div>", "<p>\ufffe\uffff</p>"]
)
def test_letters_that_no_tree_can_hold(body: str) -> None:
    assert "\x0b" not in document.parse(body.encode(), {}, f"http://{HOST}/").text


def test_a_row_nested_two_thousand_deep() -> None:
    deep = (
        "<ul><li>"
        + "<b>" * 1900
        + "<a href=/a/1.html>关于停水的通知全文</a>2026-11-05</li><li><a href=/a/2.html>关于停电的通知全文</a>2026-11-04</li></ul>"
    )
    assert read(deep).kind in ("list", "content")
