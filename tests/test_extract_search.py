"""The site's own search: which box is one, what would be sent, and what its answer shows."""

from __future__ import annotations

from typing import Any

import pytest

from govcrawl import searching
from govcrawl.extract import search_results, site_search
from govcrawl.model.facts import LOOK, Context
from govcrawl.page import document
from govcrawl.reading import Exchange, Scope

HOME = "http://www.lanting.gov.cn/"
TITLE = "关于印发《兰亭县城乡供水管理办法》的通知"
ITEM = "http://www.lanting.gov.cn/zwgk/zcwj/202603/t20260305_1201.html"
SCOPE = Scope(home=HOME, hosts=frozenset({"www.lanting.gov.cn"}), family=frozenset(), today="2026-11-16")


def page(html: str, charset: str = "utf-8", url: str = HOME) -> document.Page:
    whole = f'<html><head><meta charset="{charset}"><title>兰亭县人民政府</title></head><body>{html}</body></html>'
    return document.parse(whole.encode(charset), {"content-type": f"text/html; charset={charset}"}, url)


FORMS = [
    # (html, by, address filled with 供水)
    ('<form action="/so/s" method="get"><input name="qt"><input type="submit" value="搜索"></form>', "form", f"{HOME}so/s?qt=%E4%BE%9B%E6%B0%B4"),
    (
        '<form action="/search.jsp?old=1"><input type="hidden" name="siteCode" value="33"><input name="q" placeholder="请输入关键词"><select name="t"><option value="1">标题<option value="2" selected>全文</select></form>',
        "form",
        f"{HOME}search.jsp?q=%E4%BE%9B%E6%B0%B4&siteCode=33&t=2",
    ),
    ('<form><input id="keyword" name="keyword"><button>检索</button></form>', "form", f"{HOME}?keyword=%E4%BE%9B%E6%B0%B4"),
    ('<input id="sw"><a onclick="go()">搜索</a><script>function go(){location.href="/search?sw="+encodeURIComponent(v)}</script>', "script", f"{HOME}search?sw=%E4%BE%9B%E6%B0%B4"),
    ("<input id=sw><script>const go = () => open(`/irs/search?code=1&searchWord=${word.value}`)</script>", "script", f"{HOME}irs/search?code=1&searchWord=%E4%BE%9B%E6%B0%B4"),
    ('<a href="/so/index.html" class="ss">站内搜索</a>', "link", None),
    ('<div class="search"><input type="text" placeholder="请输入您要搜索的内容"><span class="btn"></span></div>', "box", None),
    ('<form action="javascript:void(0)"><input name="q"><input type="button" value="搜索" onclick="s()"></form>', "box", None),
    # traps: no search of the site
    ('<form action="/login"><input name="user"><input type="password" name="p"><button>登录</button></form>', None, None),
    ('<form action="/xj/query"><input name="number" placeholder="请输入信件编号"><input name="code" placeholder="查询码"><button>查询</button></form>', None, None),
    ('<form action="/mail/send" method="post"><input name="title"><textarea name="text"></textarea><button>提交</button></form>', None, None),
    ('<form action="/dingyue"><input name="mail" placeholder="请输入邮箱"><button>订阅</button></form>', None, None),
    ('<a href="/research/2026.html">调查研究</a>', None, None),
    ('<script>load("/list?page="+n)</script><p>正文</p>', None, None),
    ("<p>没有搜索框，只说到搜索二字。</p>", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("html", "by", "address"), FORMS, ids=[str(n) for n in range(len(FORMS))])
def test_which_box_is_the_sites_search_and_what_it_would_send(html: str, by: str | None, address: str | None) -> None:
    entry = site_search.find(page(html))
    assert (entry.by if entry else None) == by
    if entry is not None:
        assert site_search.askable(entry.to_json()) == (address is not None)
        if address is not None:
            assert site_search.fill(entry.to_json(), "供水") == (address, None)
        else:
            with pytest.raises(ValueError, match="cannot be filled"):
                site_search.fill(entry.to_json(), "供水")


def test_a_form_sends_its_words_in_the_pages_own_encoding() -> None:
    form = '<form action="/s.asp" method="post"><input name="key"><input type="submit" value="搜索"></form>'
    entry = site_search.find(page(form, "gbk"))
    assert entry is not None
    assert site_search.fill(entry.to_json(), "供水 管理") == (f"{HOME}s.asp", "key=%B9%A9%CB%AE+%B9%DC%C0%ED")


ROW = f'<li><a href="{ITEM}">{TITLE}</a><span>2026-03-05</span></li>'
OTHER = '<li><a href="/zwgk/zcwj/202601/t20260105_1.html">关于做好城乡供水安全工作的通知</a></li><li><a href="/xw/1.html">兰亭县召开供水工作会议</a></li>'
TABS = '<div class="tabs"><a href="?t=0">全部(3)</a><a href="?t=1">政策文件(2)</a><a href="?t=2">办事服务(0)</a></div>'
ANSWERS: list[tuple[str, str, int | None, bool]] = [
    # (html, state, rank, grouped)
    (f"<ul>{ROW}{OTHER}</ul>", "results", 1, False),
    (f"{TABS}<ul>{OTHER}{ROW}</ul>", "results", 3, True),
    (f"<ul>{OTHER}</ul>", "results", None, False),
    (
        '<ul><li><a href="/visit/link.do?url=' + ITEM.replace(":", "%3A").replace("/", "%2F") + '">兰亭县城乡供水…</a></li></ul>',
        "results",
        1,
        False,
    ),
    ("<ul><li><a href='/x.html'>关于印发《兰亭县城乡供水管理...</a></li></ul>", "results", 1, False),
    (
        "<ul><li><a href='/y.html'>关于印发《<em>兰亭县</em>城乡<em>供水</em>管理办法》的通知</a><i>栏目：政策文件</i></li></ul>",
        "results",
        1,
        True,
    ),
    (f"<ul><li><h3 onclick='go(1)'>{TITLE}</h3><p>摘要</p></li></ul>", "results", 1, False),
    ("<p>很抱歉，没有找到与您的查询相符的内容！</p>", "nothing", None, False),
    ("<p>共找到 0 条结果</p><div><a href='/hot/1.html'>热门：不动产登记怎么办</a></div>", "nothing", None, False),
    ("<p>为您找到相关结果约 35 条</p><ul><li><a href='/hot/1.html'>不动产登记怎么办理</a></li></ul>", "results", None, False),
    ("<p>操作过于频繁，请输入验证码</p>", "guarded", None, False),
    ("<p>检索服务异常，请稍后再试</p>", "broken", None, False),
    (f"<p>您搜索的“{TITLE}”</p><div id='app'></div>", "unclear", None, False),  # the echo of what was typed is no result
    ("<div id='app'></div>", "unclear", None, False),
]


@pytest.mark.parametrize(("html", "state", "rank", "grouped"), ANSWERS, ids=[str(n) for n in range(len(ANSWERS))])
def test_what_an_answer_shows(html: str, state: str, rank: int | None, grouped: bool) -> None:
    found = search_results.of_page(page(html, url=f"{HOME}so/s?qt=x"), TITLE, ITEM)
    assert (found.state, found.rank, found.grouped) == (state, rank, grouped)


SCRIPT = "<script>draw()</script>"


@pytest.mark.parametrize(
    ("html", "rendered", "absent", "asked_again"),
    [
        (f"<ul>{OTHER}</ul>{SCRIPT}", False, False, True),  # a script may still draw the row
        (f"<ul>{OTHER}</ul>{SCRIPT}", True, True, False),
        (f"<ul>{OTHER}</ul>", False, True, False),  # no script at all: what is shown is all there is
        (f"<p>暂无数据</p>{SCRIPT}", False, False, True),
        (f"<div id='app'></div>{SCRIPT}", True, False, False),  # even rendered nothing came: nobody can tell
        (f"{TABS}<ul>{ROW}</ul>{SCRIPT}", False, False, False),
        (f"<ul>{ROW}</ul>{SCRIPT}", False, False, True),  # the groups may be drawn by script
    ],
)
def test_absence_is_certain_only_after_script(html: str, rendered: bool, absent: bool, asked_again: bool) -> None:
    url = f"{HOME}so/s?qt=x"
    context = Context(role=LOOK, strategy="search", asks=[[TITLE, ITEM]], render=rendered)
    body = f"<html><body>{html}</body></html>".encode()
    seen, onward = searching.read(Exchange(url, 200, {"content-type": "text/html; charset=utf-8"}, body, rendered=rendered), context, SCOPE)
    assert seen["absent"] is absent
    assert [c.render for _, c in onward] == [True] * asked_again


def test_a_page_that_only_offers_the_search_leads_to_it() -> None:
    context = Context(role=LOOK, strategy="search_page", asks=[[TITLE, ITEM], ["兰亭县召开供水工作会议", f"{HOME}xw/1.html"]])
    body = '<html><body><form action="/so/s"><input name="q"><button>搜索</button></form></body></html>'.encode()
    seen, onward = searching.read(Exchange(f"{HOME}so/", 200, {"content-type": "text/html; charset=utf-8"}, body), context, SCOPE)
    assert seen == {"kind": "search_page", "by": "form"}
    assert [(c.strategy, c.asks) for _, c in onward] == [
        ("search", [[TITLE, ITEM]]),
        ("search", [["兰亭县召开供水工作会议", f"{HOME}xw/1.html"]]),
    ]


def test_a_data_answer_tells_rank_and_nothing_about_groups() -> None:
    rows: dict[str, Any] = {"total": 1, "list": [{"title": TITLE, "url": ITEM, "pubDate": "2026-03-05"}]}
    import json

    context = Context(role=LOOK, strategy="search", asks=[[TITLE, ITEM]])
    seen, _ = searching.read(
        Exchange(f"{HOME}api/search?q=x", 200, {"content-type": "application/json"}, json.dumps(rows).encode()), context, SCOPE
    )
    assert (seen["rank"], seen["whole"]) == (1, False)
