"""Columns of a small site read whole: their states told apart, their names, the newest day; print and mobile twins."""

from __future__ import annotations

import pytest

from govcrawl import reading
from govcrawl.extract import assemble, twins
from govcrawl.model.facts import Context, PageFacts, Visit
from govcrawl.model.items import Article
from govcrawl.model.targets import Target

HOST = "www.anhe.gov.cn"
HOME = f"http://{HOST}/"
SCOPE = reading.Scope(home=HOME, hosts=frozenset((HOST, f"m.{HOST}")), family=frozenset(), today="2026-11-16")
FOOT = "<div class=footer>主办单位：安和县人民政府办公室 电话：0937-5550100</div>"
ROWS = "<ul>" + "".join(f"<li><a href=/a/{n}.html>关于开展第{n}次检查的通知</a><span>2026-11-0{n}</span></li>" for n in (1, 2, 3)) + "</ul>"
TEXT = "".join(
    f"<p>{line}</p>"
    for line in (
        "十一月五日，安和县召开秋冬季森林防火工作会议，安排部署下阶段重点工作。",
        "会议要求，各乡镇要压实责任，加强巡查值守，严格野外用火管理。",
    )
)


def site(pages: dict[str, str], failed: dict[str, str] | None = None, names: dict[str, str] | None = None) -> assemble.Structure:
    """Structure of pages given as path → body; the home page's menu names every one of them that `names` has."""
    menu = "<div class=nav><a href=/>首页</a>" + "".join(f"<a href={path}>{name}</a>" for path, name in (names or {}).items()) + "</div>"
    menu = menu.replace("</div>", "<a href=/x1/>新闻动态</a><a href=/x2/>办事服务</a><a href=/x3/>互动交流</a></div>")
    bodies = {"/": f"<h1>安和县人民政府</h1>{ROWS}", **pages}
    facts, visits = [], {}
    for path, body in bodies.items():
        url = path if path.startswith("http") else HOME + path[1:]
        context = Context(home=path == "/")
        html = (
            f"<html>{body}</html>"
            if "<title" in body
            else f"<html><head><title>{(names or {}).get(path, '安和县人民政府')}</title></head><body>{menu}{body}{FOOT}</body></html>"
        )
        read = reading.read(reading.Exchange(url, 200, {"content-type": "text/html; charset=utf-8"}, html.encode()), context, SCOPE)
        facts.append(read.facts)
        visits[url] = Visit(url=url, context=context, outcome="blocked" if read.facts.kind == "shield" else "read")
    for path, outcome in (failed or {}).items():
        visits[HOME + path[1:]] = Visit(url=HOME + path[1:], context=Context(), outcome=outcome)
    found = assemble.structure(Target(url=HOME, site="s", name="安和县人民政府", hosts=[f"m.{HOST}"]), visits, facts, "2026-11-16")
    found_pages.clear()
    found_pages.extend(facts)
    return found


found_pages: list[PageFacts] = []


def state(body: str, name: str = "专题活动", failed: str | None = None) -> str:
    found = site({} if failed else {"/c/": body}, {"/c/": failed} if failed else None, {"/c/": name})
    [column] = [c.record for c in found.columns if c.record.url == f"{HOME}c/"]
    assert column.blank is (column.state == "blank") and column.link_only is (column.state == "link_only")
    return column.state


@pytest.mark.parametrize(
    ("body", "name", "expected"),
    [
        (ROWS, "通知公告", "live"),
        ("<ul class=list></ul>", "通知公告", "blank"),
        ("<ul></ul><div>暂时没有信息</div>", "政策法规", "blank"),
        ("<div>该分类下还没有任何文章</div>", "政策法规", "blank"),
        ("<div>栏目建设中，敬请期待</div>", "政策法规", "blank"),
        (f"<ul></ul><div>暂无内容</div><div class=hot><h3>点击排行</h3>{ROWS.replace('/a/', '/h/').replace('2026-11', '2019-11')}</div>", "政策法规", "blank"),
        ("<ul id=gl></ul><script>var l=[['a','/x']];document.getElementById('gl').innerHTML+='<li>'+l[0][0]</script>", "公告栏", "live"),
        ("<iframe src=http://ysq.other.gov.cn/apply/></iframe><p><a href=/f/a.doc>申请表</a></p>", "依申请公开", "link_only"),
        ("<h2>举报</h2><p>举报电话：0937-12388</p><p><a href=https://gansu.12388.gov.cn/>网上举报</a></p>", "纪检举报", "link_only"),
        ("<h2>举报</h2><p>举报电话：0937-12388</p>", "纪检举报", "static"),
        ("<ul><li><a href=http://zt.other.gov.cn/1/>生态环境保护</a></li><li><a href=http://zt.other.gov.cn/2/>全民阅读</a></li></ul>", "专题专栏", "link_only"),
        (f"<h2>脱贫攻坚专题</h2><p>本专题已归档，内容不再更新。</p>{ROWS}", "专题活动", "archived"),
        ("<h2>政策文件</h2><p>因系统升级，本栏目正在维护中，2026年11月1日起暂停更新。</p>", "政策文件", "maintenance"),
        ("<h1>县情概况</h1><p>安和县位于省境东部，辖11个乡镇，总面积1200平方公里。</p>", "县情概况", "static"),
        ("<dl><dt><img src=/l/1.jpg></dt><dd>林海川</dd><dd>男，汉族，1975年6月生，现任县长。</dd></dl>", "领导之窗", "static"),
        ("<title>安全验证</title><body>请按住滑块，拖动到最右边", "通知公告", "blocked"),
        ("<title>通知公告</title><body>您访问的页面不存在", "通知公告", "unread"),
    ],
)  # fmt: skip
def test_states_of_a_column(body: str, name: str, expected: str) -> None:
    assert state(body, name) == expected


@pytest.mark.parametrize(("outcome", "expected"), [("failed", "unread"), ("blocked", "blocked"), ("skipped", "unread")])
def test_a_column_that_was_not_read(outcome: str, expected: str) -> None:
    assert state("", "通知公告", outcome) == expected


def test_a_column_above_others_is_their_parent() -> None:
    found = site(
        {
            "/zw/": "<ul><li><a href=/zw/a/>政策文件</a></li><li><a href=/zw/b/>政策解读</a></li></ul>",
            "/zw/a/": ROWS,
            "/zw/b/": "<ul class=list></ul>",
        },
        None,
        {"/zw/": "政务公开", "/zw/a/": "政策文件", "/zw/b/": "政策解读"},
    )
    states = {c.record.url.removeprefix(HOME): c.record.state for c in found.columns}
    assert states == {"zw/": "parent", "zw/a/": "live", "zw/b/": "blank"}


def test_a_page_of_a_past_topic_bears_its_own_name() -> None:
    topic = "<title>脱贫攻坚专题-安和县</title><body><h2>脱贫攻坚专题</h2>" + ROWS
    found = site({"/zt/": "<ul><li><a href=/zt/old/>往期专题</a></li></ul>", "/zt/old/": topic}, None, {"/zt/": "专题专栏"})
    assert {c.record.name for c in found.columns} == {"专题专栏", "脱贫攻坚专题"}


def test_kept_on_top_is_not_newest() -> None:
    rows = "<ul><li><a href=/a/1.html>【置顶】关于停水的通知全文</a><i>2025-01-05</i></li><li><a href=/a/2.html>关于停电的通知全文</a><i>2026-10-05</i></li><li><a href=/a/3.html>关于明年假期的通知</a><i>2027-01-01</i></li></ul>"
    found = site({"/c/": rows}, None, {"/c/": "通知公告"})
    [column] = [c.record for c in found.columns]
    assert (column.newest_on, column.newest_url) == ("2026-10-05", f"{HOME}a/2.html")


ARTICLE = f"<h1>安和县召开森林防火会议</h1><div>发布时间：2026-11-06</div><div class=TRS_Editor>{TEXT}</div>"
PRINT = (
    f"<title>安和县召开森林防火会议</title><body><p><a href=javascript:print()>打印</a></p><h3>安和县召开森林防火会议</h3><div>{TEXT}</div>"
)


def articles(found: assemble.Structure) -> list[str]:
    return sorted(r.url for page in found_pages for r in assemble.records(page, found) if isinstance(r, Article))


@pytest.mark.parametrize(
    "twin",
    ["/print.aspx?id=1", "/m/a/1.html", f"http://m.{HOST}/a/1.html", "/a/1.html?view=print", "/a/1_m.html"],
)
def test_a_print_or_mobile_twin_is_no_record_of_its_own(twin: str) -> None:
    assert articles(site({"/a/1.html": ARTICLE, twin: PRINT})) == [f"{HOME}a/1.html"]


def test_a_page_that_calls_another_its_canonical_address_is_its_twin() -> None:
    other = f"<title>安和县召开森林防火会议</title><link rel=canonical href=/a/1.html><body>{ARTICLE}"
    assert articles(site({"/a/1.html": ARTICLE, "/b/x/9.html": other})) == [f"{HOME}a/1.html"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/b/x/9.html", ARTICLE),  # the same article in another column: visitors are led to both
        ("/print.aspx?id=1", PRINT.replace("森林防火", "防汛抗旱")),  # another article
        (
            "/print.aspx?id=1",
            f"<title>安和县召开森林防火会议</title><body><h3>安和县召开森林防火会议</h3><div>{TEXT.replace('十一月五日', '十月九日')}</div>",
        ),
        ("/b/2.html", f"<title>安和县召开森林防火会议</title><link rel=canonical href=/><body>{ARTICLE}"),  # a template's mistake
    ],
)
def test_what_only_looks_like_a_twin_stays(path: str, body: str) -> None:
    assert articles(site({"/a/1.html": ARTICLE, path: body})) == sorted([f"{HOME}a/1.html", HOME + path[1:]])


def test_two_print_views_alone_are_both_kept() -> None:
    assert len(articles(site({"/print.aspx?id=1": PRINT, "/print.aspx?id=2": PRINT}))) == 2


@pytest.mark.parametrize(
    ("url", "named"),
    [
        (f"http://m.{HOST}/a/1.html", True),
        (f"{HOME}wap/a/1.html", True),
        (f"{HOME}a/print_1.html", True),
        (f"{HOME}index.php?a=print&id=3", True),
        (f"{HOME}sprint/1.html", False),
        (f"{HOME}xw/imprint.html", False),
        ("http://www.mobile-anhe.gov.cn/a/1.html", False),
        (f"{HOME}index.php?m=content&id=3", False),
    ],
)
def test_addresses_of_twins(url: str, named: bool) -> None:
    assert twins.is_named(url) is named
