"""The site's own search: which box is one, what would be sent, and what its answer shows."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from govcrawl import searching
from govcrawl.extract import search_asking, search_results, site_search
from govcrawl.extract.answers import Heard
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
    ('<form action="/jsearchfront/search.do"><input type="hidden" name="websiteid" value="3308"><input name="q" maxlength="1"><button>搜索</button></form>', "form", f"{HOME}jsearchfront/search.do?q=%E4%BE%9B&websiteid=3308"),
    ("<script>open('/sousuo/s.htm?t=zhengce&q=' + encodeURIComponent($('#q').val()) + '&sort=pubtime')</script>", "script", f"{HOME}sousuo/s.htm?t=zhengce&q=%E4%BE%9B%E6%B0%B4&sort=pubtime"),
    ("<script>open(`/search?q=${kw}&tab=all`)</script>", "script", f"{HOME}search?q=%E4%BE%9B%E6%B0%B4&tab=all"),
    # there is a search, but it cannot be asked from outside
    ('<form action="http://so.lanting.gov.cn/search.jsp" method="post"><input name="q"><button>搜索</button></form>', "box", None),
    ('<form action="/search.jsp" method="post"><input name="q"><input name="email"><button>搜索</button></form>', "box", None),
    ('<form action="/search.jsp" method="post"><input name="q"><input type="file" name="f"><button>搜索</button></form>', "box", None),
    ('<form action="/search.jsp" method="post"><input name="q"><input type="email" name="m"><button>搜索</button></form>', "box", None),
    ('<form action="/search.jsp" method="post"><input name="q"><img src="/kaptcha.jpg"><button>搜索</button></form>', "box", None),
    ('<form action="/search.jsp" method="post"><input type="hidden" name="siteid" value=""><input name="q"><button>搜索</button></form>', "box", None),
    ('<form action="/search.jsp" method="post"><input type="hidden" name="__VIEWSTATE" value="dDwt"><input name="q"><button>搜索</button></form>', "box", None),
    ('<form action="/search.jsp" method="post"><input name="q" placeholder="搜索来信"><button>提交</button></form>', "box", None),
    ('<form action="/query.do" method="post"><input name="bh"><button>查询</button></form>', "box", None),
    # a form that may change something is never posted, whatever it says of searching
    ('<form action="/admin/del.do" method="post"><input type="hidden" name="act" value="delete"><input name="title" placeholder="搜索标题"><button>确定</button></form>', "box", None),
    ('<form action="/search/save.do" method="post"><input name="q"><button>搜索</button></form>', "box", None),
    ('<form action="/search.jsp" method="post"><input type="hidden" name="op" value="add"><input name="q"><button>搜索</button></form>', "box", None),
    ('<form action="/search.jsp" method="post"><input name="q" placeholder="搜索"><button>投一票</button></form>', "box", None),
    ('<form action="/zt/list.jsp" method="post"><input name="q" placeholder="请输入关键词"><button>搜索</button></form>', "box", None),
    # what a handler sends is not what the form holds, or nobody knows; one that only looks at the word changes nothing
    ('<form action="/search.jsp" onsubmit="return go(this)"><input name="q"><button>搜索</button></form><script>function go(f){f.w.value=enc(f.q.value);return true}</script>', "box", None),
    ('<form action="/search.jsp" onsubmit="return go(this)"><input name="q"><button>搜索</button></form><script src="/js/a.js"></script>', "box", None),
    ('<form action="/search.jsp" onsubmit="return ok(this)"><input name="q"><button>搜索</button></form><script>function ok(f){if(f.q.value==""){alert("空");return false}return true}function other(f){f.w.value=1}</script>', "form", f"{HOME}search.jsp?q=%E4%BE%9B%E6%B0%B4"),
    ('<form action="/search/suggest" method="post"><input name="q"><button>搜索</button></form>', "box", None),
    ('<form action="/search.jsp" onsubmit="return fill()"><input type="hidden" name="siteid" value=""><input name="q"><button>搜索</button></form>', "box", None),
    ('<form action="https://www.baidu.com/baidu"><input name="word"><input type="hidden" name="si" value="lanting.gov.cn"><button>搜索</button></form>', "box", None),
    ("<script>open('/search?q=' + kw + '&siteId=' + site)</script>", "box", None),
    ("<script>open(base + '/search?q=' + kw)</script>", "box", None),
    ("<script>open(`${base}/search?q=${kw}`)</script>", "box", None),
    ('<a href="javascript:;" class="top-btn"><i class="icon-search"></i></a>', "box", None),
    ('<a href="javascript:;" onclick="openSearch()"><img src="/img/a.png"></a>', "box", None),
    ('<button type="button">搜索</button>', "box", None),
    ('<iframe src="/public/top.html" width="980" height="120"></iframe>', "box", None),
    # traps: no search of the site
    ('<script>ask("/search/suggest?q=" + word)</script>', None, None),
    ('<iframe src="http://www.tianqi-example.cn/w"></iframe><iframe src="/count.html" style="display:none"></iframe>', None, None),
    ('<div class="research"><a href="/research/">调查研究</a></div>', None, None),
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
        assert search_asking.askable(entry.to_json()) == (address is not None)
        if address is not None:
            assert search_asking.fill(entry.to_json(), "供水") == (address, None)
        else:
            with pytest.raises(ValueError, match="cannot be filled"):
                search_asking.fill(entry.to_json(), "供水")


def test_a_form_sends_its_words_in_the_pages_own_encoding() -> None:
    form = '<form action="/s.asp"><input name="key"><input type="submit" value="搜索"></form>'
    entry = site_search.find(page(form, "gbk"))
    assert entry is not None
    assert search_asking.fill(entry.to_json(), "供水 管理") == (f"{HOME}s.asp?key=%B9%A9%CB%AE+%B9%DC%C0%ED", None)


@pytest.mark.parametrize("charset", ["gb2312", "GBK", "gb18030", "gb2312,utf-8"])
def test_a_form_says_the_encoding_of_its_words_itself(charset: str) -> None:
    entry = site_search.find(page(f'<form action="/s.asp" accept-charset="{charset}"><input name="key"><button>搜索</button></form>'))
    assert entry is not None  # strictly, GB 2312 has no 镕
    assert search_asking.fill(entry.to_json(), "镕水") == (f"{HOME}s.asp?key=%E9F%CB%AE", None)


POSTED = '<form action="/search.jsp?c=1" method="post"><input type="hidden" name="siteId" value="66"><input name="q" maxlength="5"><button>搜索</button></form>'


def test_a_search_form_that_is_posted_is_asked_as_a_browser_does() -> None:
    entry = site_search.find(page(POSTED, "gbk"))
    assert entry is not None and search_asking.fill(entry.to_json(), "供水 管理办法") == (
        f"{HOME}search.jsp?c=1",
        "q=%B9%A9%CB%AE+%B9%DC%C0%ED&siteId=66",
    )
    [look] = searching.looks_for(entry.to_json(), [(TITLE, ITEM), ("兰亭县召开供水工作会议", f"{HOME}xw/1.html")], HOME)
    assert look.url == f"{HOME}search.jsp?c=1" and look.form == "q=%B9%D8%D3%DA%D3%A1%B7%A2%A1%B6&siteId=66"
    assert look.asks[1][2:] == (f"{HOME}search.jsp?c=1", "q=%C0%BC%CD%A4%CF%D8%D5%D9%BF%AA&siteId=66")


@pytest.mark.parametrize(
    ("beside", "by"),
    [
        ('<form action="/so/s"><input name="q"><button>搜索</button></form>', "form"),
        ("<script>open('/so/s?q=' + word)</script>", "script"),
    ],
)
def test_what_can_be_asked_by_get_is_not_posted(beside: str, by: str) -> None:
    entry = site_search.find(page(POSTED + beside))
    assert entry is not None and (entry.by, entry.method) == (by, "GET")


@pytest.mark.parametrize(
    ("url", "form", "made"),
    [
        ("/so/list?qt={}&p=1", None, ("/so/list?qt={}&p=1", None)),
        ("/so/s.do", "q={}&cat=1", ("/so/s.do", "q={}&cat=1")),
        ("/so/s.do", '{"q":"供水","p":1}', ("/so/s.do", '{"q":"养老 服务","p":1}')),
        ("/so/s.do", '{"q":"\\u4f9b\\u6c34"}', ("/so/s.do", '{"q":"\\u517b\\u8001 \\u670d\\u52a1"}')),
        # holds for one time alone, or nobody knows where the words are
        ("/so/list?q={}&sign=8fa1", None, None),
        ("/so/s.do", '{"q":"供水","timestamp":1}', None),
        ("/so/list?q={}&_=1795600000000", None, None),
        ("/so/list", "d=8fa1c0", None),
    ],
)
def test_a_request_that_was_heard_is_made_with_other_words(url: str, form: str | None, made: tuple[str, str | None] | None) -> None:
    old, new = quote("供水"), quote("养老 服务")
    told = search_asking.reworded(HOME + url[1:].replace("{}", old), form and form.replace("{}", old), "供水", "养老 服务")
    assert told == (made and (HOME + made[0][1:].replace("{}", new), made[1] and made[1].replace("{}", new)))


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
    # the same title under other looks
    ("<ul><li><a href='/l?i=1'>关于印发《兰亭县城乡供水</a></li></ul>", "results", 1, False),  # cut without a sign of it
    ("<ul><li><a href='/l?i=1'>【政策文件】关于印发《兰亭县城乡…</a></li></ul>", "results", 1, True),
    (
        "<ul><li><a href='/l?i=1'>关于印发&amp;lt;兰亭县城乡&lt;em&gt;供水&lt;/em&gt;管理办法&amp;gt;的通知</a></li></ul>",
        "results",
        1,
        False,
    ),
    ("<ul><li><a href='/l?i=1'>关于印发〈兰亭县城乡供水管理办法〉的通知　２０２６</a></li></ul>", "results", 1, False),
    (f"<div><div class='t' data-id='1'>{TITLE}</div><div>摘要</div></div>", "results", 1, False),
    (f"<div><p>1、{TITLE}（2026-03-05）</p><a href='{ITEM}'>查看</a></div>", "results", 1, False),
    (f"<p>1、{TITLE}（2026-03-05）</p><ul>{OTHER}</ul>", "results", 2, False),
    (f"<section><b>甲</b><span><i>{TITLE}</i> 2026-03-05</span></section>", "results", 1, False),
    # words that say nothing about the search
    ("<div class='footer'><p>系统维护：兰亭县大数据中心</p></div>", "unclear", None, False),
    ("<p style='display:none'>没有找到相关结果</p><div class='rows'></div>", "unclear", None, False),
    ("<p data-govcrawl-unseen=''>系统繁忙，请稍后再试</p>", "unclear", None, False),
    (
        "<ul><li><a href='/y/9.html'>森林防火宣传月活动启动</a><p>" + "没有相关证明的，由村民委员会出具说明。" * 5 + "</p></li></ul>",
        "unclear",
        None,
        False,
    ),
    ("<ul><li><a href='/y/9.html'>全县共实施35个项目建设</a></li></ul>", "unclear", None, False),
    (f"<p>没有找到与“{TITLE}”相关的内容，建议您更换关键词</p>", "nothing", None, False),
    ("<p>请先验证</p><input name='captcha' placeholder='图中字符'><img src='/kaptcha.jpg'>", "guarded", None, False),
    (f"<ul>{OTHER}</ul><div class='login'><input name='checkcode'></div>", "results", None, False),
    (f"<p>您搜索的“{TITLE}”</p><div id='app'></div>", "unclear", None, False),  # the echo of what was typed is no result
    ("<div id='app'></div>", "unclear", None, False),
]


@pytest.mark.parametrize(("html", "state", "rank", "grouped"), ANSWERS, ids=[str(n) for n in range(len(ANSWERS))])
def test_what_an_answer_shows(html: str, state: str, rank: int | None, grouped: bool) -> None:
    found = search_results.of_page(page(html, url=f"{HOME}so/s?qt=x"), TITLE, ITEM)
    assert (found.state, found.rank, found.grouped) == (state, rank, grouped)


SCRIPT = "<script>draw()</script>"
QUIET, PENDING, FAILED, UNWATCHED = "", "api.lanting.gov.cn", "cdn.fine-example.cn", None
BESIDE = "dcs.conac.cn hm.baidu.com"
ASKED = f"{HOME}so/list?qt={quote(TITLE)}"


def read(
    html: str, left: str | None = UNWATCHED, *, rendered: bool = False, heard: tuple[Heard, ...] = (), url: str = f"{HOME}so/s?qt=x"
) -> Any:
    mark = "" if left is None else f' data-govcrawl-left="{left}"'
    context = Context(role=LOOK, strategy="search", asks=[[TITLE, ITEM]], render=rendered)
    body = f"<html{mark}><body>{html}</body></html>".encode()
    answer = Exchange(url, 200, {"content-type": "text/html; charset=utf-8"}, body, rendered=rendered, heard=heard)
    return searching.read(answer, context, SCOPE)


@pytest.mark.parametrize(
    ("html", "absent", "asked_again"),
    [
        (f"<ul>{OTHER}</ul>{SCRIPT}", False, True),  # a script may still draw the row
        (f"<ul>{OTHER}</ul>", True, False),  # no script at all: what is shown is all there is
        (f"<p>暂无数据</p>{SCRIPT}", False, True),
        ("<p>没有找到相关结果</p>", True, False),
        (f"{TABS}<ul>{ROW}</ul>{SCRIPT}", False, False),
        (f"<ul>{ROW}</ul>{SCRIPT}", False, True),  # the groups may be drawn by script
        (f"<ul>{OTHER}</ul><iframe src='/so/rows?qt=x'></iframe>", False, True),  # the results stand in the frame
        (f"<ul>{OTHER}</ul><meta http-equiv='Refresh' content='1; url=/so/rows'>", False, True),
        ("<p>请输入验证码</p>", False, False),  # a guard is not pressed
    ],
)
def test_a_plain_answer_proves_absence_only_without_script_and_frame(html: str, absent: bool, asked_again: bool) -> None:
    seen, onward = read(html)
    assert seen["absent"] is absent
    assert [c.render for _, c in onward] == [True] * asked_again


def test_an_address_that_leads_home_is_no_answer_of_a_search() -> None:
    """`<form action="/" onsubmit=…>` and a search that is gone send everybody to the home page: its own rows are no results."""
    assert read(f"<ul>{OTHER}</ul>", url=f"{HOME}?keyword=x")[0]["absent"] is False
    assert read(f"<p>共找到 12 条结果</p><ul>{OTHER}</ul>", url=f"{HOME}?keyword=x")[0]["absent"] is True


def data(**fields: Any) -> bytes:
    return json.dumps(fields, ensure_ascii=True).encode()


ROWS = {"total": 2, "list": [{"title": "兰亭县召开供水工作会议", "url": "/xw/1.html"}, {"title": "做好供水安全工作", "url": "/xw/2.html"}]}
TOLD_OTHERS = Heard(ASKED, None, "application/json", data(**ROWS, keyword=TITLE))
TOLD_NONE = Heard(ASKED, None, "application/json", data(total=0, list=[], keyword=TITLE))
TOLD_NONE_POSTED = Heard(f"{HOME}so/list", json.dumps({"q": TITLE}), "application/json", data(total=0, list=[]))
TOLD_TITLE = Heard(ASKED, None, "application/json", data(total=1, list=[{"title": TITLE, "url": ITEM}]))
TOLD_MARKED = Heard(ASKED, None, "application/json", data(total=1, list=[{"title": TITLE.replace("供水", "<em>供水</em>"), "url": ITEM}]))
UNKNOWN = Heard(f"{HOME}so/list", "d=8fa1c0", "application/json", data(**ROWS))
COUNTER = Heard(f"{HOME}count?u=1", None, "application/json", data(n=1))
SUGGESTED = Heard(f"{HOME}so/suggest?w={quote(TITLE)}", None, "application/json", data(**ROWS))
WORDS, EMPTY, COUNTED = "<p>没有找到相关结果</p>", "<div id='app'></div>", "<p>共找到 2 条结果</p>"
HIDDEN = "<p data-govcrawl-unseen=''>没有找到相关结果</p>"


@pytest.mark.parametrize(
    ("html", "left", "heard", "absent"),
    [
        (WORDS, QUIET, (), True),
        (WORDS, QUIET, (TOLD_NONE,), True),
        (WORDS, FAILED, (TOLD_NONE,), True),  # a counter's script could not be had, the search itself has answered
        (WORDS, BESIDE, (), True),  # no badge and no counter: the results need neither
        (WORDS, "conac.cn.fine-example.cn", (), False),
        (WORDS, PENDING, (), False),  # "暂无数据" stands there until the answer comes
        (WORDS, FAILED, (), False),
        (WORDS, UNWATCHED, (), False),
        (WORDS, QUIET, (TOLD_TITLE,), False),  # drawn any moment
        (WORDS, QUIET, (TOLD_MARKED,), False),
        (HIDDEN, QUIET, (), False),
        (EMPTY, QUIET, (), False),  # nothing came, nobody can tell
        (EMPTY, QUIET, (TOLD_NONE,), True),  # drawn empty, as the endpoint has it
        (EMPTY, QUIET, (TOLD_NONE_POSTED,), True),
        (EMPTY, QUIET, (COUNTER,), False),
        (EMPTY, QUIET, (UNKNOWN,), False),
        (EMPTY, QUIET, (TOLD_OTHERS,), False),  # it has results which the page does not show
        (f"<ul>{OTHER}</ul>", QUIET, (), True),
        (f"<ul>{OTHER}</ul>", QUIET, (TOLD_OTHERS,), True),
        (f"<ul>{OTHER}</ul>", QUIET, (TOLD_TITLE,), False),  # a list beside the results that are still to come
        (f"<ul>{OTHER}</ul>", QUIET, (COUNTER,), False),
        (f"<ul>{OTHER}</ul>", QUIET, (SUGGESTED,), False),
        (f"{COUNTED}<ul>{OTHER}</ul>", QUIET, (COUNTER,), True),
        (f"<ul>{OTHER}</ul>", PENDING, (), False),
        (f"<ul>{OTHER}</ul>", UNWATCHED, (), False),
    ],
)  # fmt: skip
def test_a_rendered_answer_proves_absence_by_words_or_by_what_the_endpoint_said(
    html: str, left: str | None, heard: tuple[Heard, ...], absent: bool
) -> None:
    seen, onward = read(html + SCRIPT, left, rendered=True, heard=heard)
    assert seen["absent"] is absent
    assert (seen["state"] in ("results", "nothing")) or not absent
    assert not onward and seen["whole"] is (left in (QUIET, BESIDE))


def test_a_page_that_only_offers_the_search_leads_to_it() -> None:
    context = Context(role=LOOK, strategy="search_page", asks=[[TITLE, ITEM], ["兰亭县召开供水工作会议", f"{HOME}xw/1.html"]])
    body = '<html><body><form action="/so/s"><input name="q"><button>搜索</button></form></body></html>'.encode()
    seen, onward = searching.read(Exchange(f"{HOME}so/", 200, {"content-type": "text/html; charset=utf-8"}, body), context, SCOPE)
    assert seen == {"kind": "search_page", "by": "form"}
    assert [(c.strategy, c.asks) for _, c in onward] == [
        (
            "search",
            [[TITLE, ITEM], ["兰亭县召开供水工作会议", f"{HOME}xw/1.html", f"{HOME}so/s?q={quote('兰亭县召开供水工作会议')}"]],
        ),
    ]


NEXT = ["兰亭县召开供水工作会议", f"{HOME}xw/1.html", f"{HOME}so/s?qt=y"]


def chained(html: str, spent: int, *, rendered: bool = False, heard: tuple[Heard, ...] = (), **more: Any) -> list[tuple[str, Context]]:
    context = Context(role=LOOK, strategy="search", asks=[[TITLE, ITEM], NEXT, NEXT, NEXT], render=rendered, spent=2, **more)
    body = f"<html data-govcrawl-left=''><body>{html}</body></html>".encode()
    answer = Exchange(f"{HOME}so/s?qt=x", 200, {"content-type": "text/html; charset=utf-8"}, body, rendered=rendered, heard=heard)
    return searching.read(answer, context, SCOPE, spent)[1]


def test_titles_are_asked_for_one_after_the_other_until_one_must_be_rendered() -> None:
    [(url, context)] = chained(f"<ul>{ROW}</ul>{SCRIPT}", 1)
    assert (url, context.asks, context.render, context.spent) == (f"{HOME}so/s?qt=y", [NEXT[:2], NEXT, NEXT], False, 1)
    [(url, context)] = chained(f"<ul>{OTHER}</ul>{SCRIPT}", 1)
    assert (url, context.render, len(context.asks or ())) == (f"{HOME}so/s?qt=x", True, 4)


ONE_TIME = Heard(f"{ASKED}&sign=8fa1", None, "application/json", TOLD_OTHERS.body)
FOREIGN = Heard(f"http://api.fine-example.cn/so?q={quote(TITLE)}", json.dumps({"q": TITLE}), "application/json", TOLD_OTHERS.body)
TWICE = (TOLD_OTHERS, Heard(f"{ASKED}&tab=2", None, "application/json", TOLD_OTHERS.body))


@pytest.mark.parametrize(
    ("spent", "heard", "asked"),
    [
        (4, (TOLD_OTHERS,), ["render"] * 3),  # two requests a title: ten in all
        (5, (TOLD_OTHERS,), ["search_data"] * 3),  # three a title were too many
        (8, (TOLD_OTHERS,), ["search_data"] * 2),
        (10, (TOLD_OTHERS,), []),
        (5, (ONE_TIME,), ["render"]),  # five left, one title more
        (5, (FOREIGN,), ["render"]),
        (5, TWICE, ["render"]),  # nobody knows which of them is the list
        (5, (), ["render"]),
        (9, (), []),
    ],
)
def test_after_a_rendering_no_more_is_asked_than_ten_requests_allow(spent: int, heard: tuple[Heard, ...], asked: list[str]) -> None:
    onward = chained(f"<ul>{OTHER}</ul>{SCRIPT}", spent, rendered=True, heard=heard)
    assert ["render" if context.render else context.strategy for _, context in onward] == asked
    assert all(len(context.asks or ()) == 1 for _, context in onward)
    assert spent + sum((spent - 2) if context.render else 1 for _, context in onward) <= searching.REQUESTS


def test_an_endpoint_asked_in_the_pages_place_proves_nothing_by_an_empty_list() -> None:
    def told(body: bytes) -> bool:
        context = Context(role=LOOK, strategy="search_data", asks=[[TITLE, ITEM]])
        return bool(searching.read(Exchange(ASKED, 200, {"content-type": "application/json"}, body), context, SCOPE)[0]["absent"])

    assert told(data(**{**ROWS, "list": [{"title": "做好兰亭县城乡供水安全工作", "url": "/xw/2.html"}]}))
    assert not told(data(total=0, list=[], code=403))


def test_where_a_redirect_lost_the_words_nothing_is_proved() -> None:
    context = Context(role=LOOK, strategy="search", asks=[[TITLE, ITEM]], hops=1)

    def absent(html: str, url: str) -> bool:
        body = f"<html><body>{html}</body></html>".encode()
        return bool(searching.read(Exchange(url, 200, {"content-type": "text/html; charset=utf-8"}, body), context, SCOPE)[0]["absent"])

    assert not absent("<p>没有找到相关结果</p>", f"{HOME}search/result.jsp")
    assert absent(f"<p>没有找到与“{TITLE}”相关的内容</p>", f"{HOME}search/result.jsp")
    assert absent("<p>没有找到相关结果</p>", f"{HOME}search/?q={quote(TITLE)}")


def test_a_data_answer_tells_rank_and_nothing_about_groups() -> None:
    rows: dict[str, Any] = {"total": 1, "list": [{"title": TITLE, "url": ITEM, "pubDate": "2026-03-05"}]}
    context = Context(role=LOOK, strategy="search", asks=[[TITLE, ITEM]])
    seen, _ = searching.read(
        Exchange(f"{HOME}api/search?q=x", 200, {"content-type": "application/json"}, json.dumps(rows).encode()), context, SCOPE
    )
    assert (seen["rank"], seen["whole"]) == (1, False)
