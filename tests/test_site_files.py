"""`rules/sites/<host>.yml` may override what a site is taken for; a site without one needs none."""

from __future__ import annotations

import pytest

from govcrawl import reading, rulebook
from govcrawl.extract import assemble
from govcrawl.model.facts import Context, PageFacts, Visit
from govcrawl.model.targets import Target
from govcrawl.page import document
from govcrawl.rulebook.models import SiteSpec

HOME = "http://www.odd.gov.cn/"
HEADERS = {"content-type": "text/html; charset=utf-8"}
SCOPE = reading.Scope(home=HOME, hosts=frozenset({"www.odd.gov.cn"}), family=frozenset(), today="2026-11-16")
ODD = SiteSpec(
    host="www.odd.gov.cn", title="怪站", source="测试", columns={HOME + "xx/": "政策文件"}, body=["div.zhengwen-hezi"], skip=[r"/rili/\d+"],
    kinds={r"/wj/\d+\.htm$": "policy", "/wj/": "list"}, titles=["div.bt"], dates=["td.rq", "i"],
)  # fmt: skip


@pytest.fixture(params=[True, False], ids=["with a file", "without"])
def known(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if request.param:
        monkeypatch.setattr(rulebook, "site_spec", lambda host: ODD if host == ODD.host else None)
    return bool(request.param)


def read(path: str, html: str, *, home: bool = False) -> PageFacts:
    return reading.read(reading.Exchange(HOME + path, 200, HEADERS, html.encode()), Context(home=home), SCOPE).facts


def test_the_main_text_is_where_the_file_says(known: bool) -> None:
    html = '<html><body><div class="zhengwen-hezi"><p>短文。</p></div><div><p>这一段说明文字比正文长得多，与正文无关，却最像正文。</p></div></body></html>'
    page = document.parse(html.encode(), HEADERS, HOME + "a.htm")
    assert ("短文" in page.main_text and "说明文字" not in page.main_text) is known


def test_addresses_that_the_file_calls_endless_are_not_asked(known: bool) -> None:
    facts = read("", '<html><body><a href="/rili/202611">日历</a><a href="/zwgk/">政务公开</a></body></html>', home=True)
    asked = [url for url, _ in reading.follow(facts, Context(home=True), SCOPE)]
    assert (HOME + "rili/202611" in asked) is not known and HOME + "zwgk/" in asked


def test_a_column_is_of_the_type_that_the_file_names(known: bool) -> None:
    rows = "".join(f'<li><a href="/xx/{n}.htm">某某工作事项之{n}的情况</a><span>2026-11-0{n}</span></li>' for n in range(1, 6))
    pages = [
        read(
            "",
            '<html><body><ul class="nav"><li><a href="/">首页</a></li><li><a href="/xx/">本局工作</a></li></ul></body></html>',
            home=True,
        ),
        read("xx/", f"<html><head><title>本局工作</title></head><body><h1>本局工作</h1><ul>{rows}</ul></body></html>"),
    ]
    visits = {p.url: Visit(url=p.url, context=Context(), outcome="read") for p in pages}
    found = assemble.structure(Target(url=HOME, site="odd"), visits, pages, "2026-11-16")
    [column] = [c.record for c in found.columns if c.record.url == HOME + "xx/"]
    assert (column.type == "政策文件") is known


@pytest.mark.parametrize(("path", "kind"), [("wj/12.htm", "policy"), ("wj/12.htm?p=1", "list"), ("xw/12.htm", "content")])
def test_a_page_is_of_the_kind_that_the_file_names_by_its_address(known: bool, path: str, kind: str) -> None:
    html = "<html><body><h1>关于停水的通知</h1><div id=zoom><p>因管道检修，明日全天停水，请提前储水。</p></div></body></html>"
    assert read(path, html).kind == (kind if known else "content")
    assert read("wj/12.htm", "<html><body><h1>404</h1><p>页面不存在</p></body></html>").kind == "error", "no file makes a page of an error"


@pytest.mark.parametrize(
    ("shown", "title", "day"),
    [
        (
            '<div class="bt">关于停水的通知</div><table><tr><td class="rq">2026年11月5日</td></tr></table>',
            "关于停水的通知",
            "2026-11-05",
        ),
        ('<div class="bt"> </div><table><tr><td class="rq">11-05</td></tr></table><i>2026-11-04</i>', "别的标题", "2026-11-04"),
        ('<div class="bt2">关于停水的通知</div><table><tr><td>2026-11-05</td></tr></table>', "别的标题", "2026-01-01"),
    ],
    ids=["as the file says", "the first that shows a whole date", "selectors that fit nothing"],
)
def test_title_and_date_are_read_where_the_file_says(known: bool, shown: str, title: str, day: str) -> None:
    text = "<p>因管道检修，明日全天停水，请提前储水，由此带来不便敬请谅解。</p>" * 3
    html = f'<html><body><h1>别的标题</h1><p>发布时间：2026-01-01</p>{shown}<div id="zoom">{text}</div></body></html>'
    facts = read("a.htm", html)
    assert facts.title == (title if known else "别的标题")
    assert [d.value for d in facts.dates if d.source == "visible"] == [day if known else "2026-01-01"]
