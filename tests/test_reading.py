"""reading.read: kinds, dates, notes; reading.follow: roles and traps; masking."""

from __future__ import annotations

import json

import pytest

from govcrawl import reading
from govcrawl.model.facts import DATA, OUTSIDE, PAGE, PICTURE, RENDER, Context, PageFacts
from govcrawl.model.items import Article

HOST = "www.qinghe.gov.cn"
URL = f"http://{HOST}/zwgk/a/202601/t20260105_1.html"
SCOPE = reading.Scope(home=f"http://{HOST}/", hosts=frozenset((HOST,)), family=frozenset(), today="2026-11-16")
NAV = "<div class=nav><ul><li><a href=/>首页</a></li><li><a href=/zwgk/>政务公开</a></li><li><a href=/tzgg/>通知公告</a></li></ul></div>"
FOOT = "<div class=footer>主办单位：清和县人民政府 网站标识码：3299880001</div>"
TEXT = "<p>" + "为进一步加强工作，现将有关事项通知如下。" * 6 + "</p>"


def read(
    body: str, url: str = URL, head: str = "", status: int = 200, media: str = "text/html", context: Context | None = None
) -> PageFacts:
    html = body if media != "text/html" else f"<html><head>{head}</head><body>{NAV}{body}{FOOT}</body></html>"
    exchange = reading.Exchange(url, status, {"content-type": media}, html.encode())
    return reading.read(exchange, context or Context(), SCOPE).facts


def tags(**values: str) -> str:
    return "".join(f'<meta name="{name}" content="{value}">' for name, value in values.items())


def crumb(*names: str) -> str:
    return "<div class=crumb>位置：<a href=/>首页</a>" + "".join(f" &gt; <a href=/{name}/>{name}</a>" for name in names) + "</div>"


ROWS = (
    "<ul>"
    + "".join(f"<li><a href=/zwgk/a/t2026010{n}_{n}.html>第{n}条足够长的标题</a><span>2026-01-0{n}</span></li>" for n in range(1, 6))
    + "</ul>"
)
LETTERS = (
    "<table><tr><th>编号</th><th>标题</th><th>类型</th><th>来信时间</th><th>状态</th></tr>"
    + "".join(
        f"<tr><td>{n}</td><td><a href=d{n}.html>关于公交线路的问题{n}</a></td><td>咨询</td><td>2026-01-0{n}</td><td>已办结</td></tr>"
        for n in (1, 2, 3)
    )
    + "</table>"
)
LETTER = "<h1>关于公交线路的问题</h1><p>来信时间：2026-01-05</p><p>来信内容：请问？</p><p>答复单位：交通局</p><p>答复时间：2026-01-09</p><p>答复内容：您好。</p>"
GUIDE = "<h1>食品经营许可</h1><table>" + "".join(
    f"<tr><td>{name}</td><td>按规定办理</td></tr>" for name in ("事项名称", "设定依据", "申请条件", "办理材料", "办理地点", "收费标准", "办理流程")
) + "</table>"  # fmt: skip
POLICY = "<table>" + "".join(
    f"<tr><td>{name}：</td><td>{value}</td></tr>"
    for name, value in (("索 引 号", "014329966/2026-00001"), ("发文机关", "清和县人民政府"), ("成文日期", "2026-01-02"), ("发文字号", "清政发〔2026〕1号"), ("发布日期", "2026-01-05"))
) + f"</table><h1>清和县人民政府关于印发办法的通知</h1><div id=zoom>{TEXT}</div>"  # fmt: skip


@pytest.mark.parametrize(
    ("body", "head", "url", "kind"),
    [
        (ROWS, tags(ColumnName="通知公告"), f"http://{HOST}/tzgg/", "list"),
        ("<h2>通知公告</h2>" + ROWS, "", f"http://{HOST}/tzgg/", "list"),
        ("<h1>关于开展检查的通知</h1><div class=info>发布时间：2026-01-05</div><div id=zoom>" + TEXT + "</div>", "", URL, "content"),
        ("<h1>公告</h1><div class=TRS_Editor><p>今日停水。</p></div>", tags(ArticleTitle="公告", PubDate="2026-01-05"), URL, "content"),
        ("<h1>通知</h1><div id=zoom><p>见附件</p><a href=a.doc>附件.doc</a></div>" + ROWS, tags(ArticleTitle="通知"), URL, "content"),
        # a notice of one sentence, or text without a container, is no empty column; an empty column is one
        ("<h1>关于今晚停水的通知</h1><p>今晚停水。</p>", "", URL, "content"),
        ("今晚停水，敬请谅解，明早恢复。" * 20, "<title>停水-清和县人民政府</title>", URL, "content"),
        ("<h2>法定主动公开内容</h2>", "<title>法定主动公开内容-清和县人民政府</title>", f"http://{HOST}/fdzdgk/", "list"),
        ("<h2>关于我们</h2>", "<title>关于我们-清和县人民政府</title>", f"http://{HOST}/gywm/", "list"),
        (POLICY, "", URL, "policy"),
        ("<h1>《办法》政策解读</h1><div id=zoom>" + TEXT + "</div>", "", URL, "interpretation"),
        ("<h1>某某情况说明</h1><div id=zoom>" + TEXT + "</div>", tags(ColumnName="政策解读", ArticleTitle="某某情况说明"), URL, "interpretation"),
        ("<h1>我县举办政策解读培训会</h1><div id=zoom>" + TEXT + "</div>", tags(ColumnName="工作动态", ArticleTitle="我县举办政策解读培训会"), URL, "content"),
        (GUIDE, "", URL, "guide"),
        (LETTER, "", URL, "message"),
        (LETTERS, tags(ColumnName="县长信箱"), f"http://{HOST}/xzxx/", "board"),
        (crumb("领导信息") + "<ul><li><a href=1.html>林海川</a></li><li><a href=2.html>闻仲礼</a></li></ul>", tags(ColumnName="领导信息"), f"http://{HOST}/ld/", "leaders"),
        (crumb("领导信息") + "<h1>林海川</h1><p>职务：县长</p><p>简历：生于某年，历任某职。</p><p>分工：负责全面工作。</p>", tags(ColumnName="领导信息"), URL, "leader"),
        ("<h1>关于公开征求意见的公告</h1><div id=zoom><p>征集时间：2026-01-01至2026-02-01</p>" + TEXT + "</div>", tags(ColumnName="征集调查", ArticleTitle="关于公开征求意见的公告"), URL, "survey"),
        ("<h1>局长谈教育</h1><div id=zoom><p>访谈嘉宾：某某</p>" + TEXT + "</div>", tags(ColumnName="在线访谈", ArticleTitle="局长谈教育"), URL, "interview"),
        (crumb("办事服务") + "<h3>个人办事</h3><ul><li><a href=1.html>食品经营许可</a></li><li><a href=2.html>户口登记办理</a></li></ul>", tags(ColumnName="办事服务"), f"http://{HOST}/bsfw/", "guide_list"),
        ("<h1>2026年10月来信办理情况统计</h1><p>收到来信35件，办结33件。</p>", tags(ColumnName="留言统计"), URL, "statistics"),
        ("<h1>清禾概况</h1><div id=zoom>" + TEXT + "</div>", tags(ColumnName="概况信息"), f"http://{HOST}/gk/", "static"),
        ("<h2>404</h2><p>抱歉，您访问的页面不存在或已被删除。</p>", "<title>404 页面不存在 - 清和县人民政府</title>", URL, "error"),
        ("<p>您访问的页面不存在</p>", "<title>清和县人民政府</title>", URL, "error"),
        ("<h1>关于页面不存在问题整改情况的通报</h1><div id=zoom>" + TEXT * 4 + "</div>", tags(ArticleTitle="关于页面不存在问题整改情况的通报"), URL, "content"),
        ("<form action=/s><input name=q></form>" + ROWS, "", f"http://{HOST}/search/index.html?q=a", "search"),
    ],
)  # fmt: skip
def test_kind(body: str, head: str, url: str, kind: str) -> None:
    assert read(body, url, head).kind == kind


def test_home_is_home_whatever_it_looks_like() -> None:
    facts = read(ROWS, f"http://{HOST}/", context=Context(home=True))
    assert facts.kind == "home" and [n for n, _ in facts.navigation] == ["首页", "政务公开", "通知公告"]
    assert facts.marks is not None and facts.marks.site_code == "3299880001"


@pytest.mark.parametrize(
    "html",
    [
        "<html><head><title>安全验证</title></head><body><script>document.cookie='__jsl_clearance_s=1'</script></body></html>",
        "<html><script>$_ts=window['$_ts'];if(!$_ts)$_ts={};</script><body></body></html>",
    ],
)
def test_shield(html: str) -> None:
    facts = reading.read(reading.Exchange(URL, 200, {"content-type": "text/html"}, html.encode()), Context(), SCOPE).facts
    assert facts.kind == "shield" and reading.follow(facts, Context(), SCOPE) == []


def test_a_shield_script_in_a_whole_page_is_no_shield() -> None:
    assert read("<script>$_ts=window['$_ts'];</script>" + ROWS + TEXT * 10).kind != "shield"


@pytest.mark.parametrize(
    ("info", "head", "expected"),
    [
        ("发布时间：2026-01-05 来源：清和县", "", [("2026-01-05", "visible"), ("2026-01-05", "path")]),
        ("2026年1月6日 来源：清和县 浏览次数：12", "", [("2026-01-06", "visible"), ("2026-01-05", "path")]),
        ("发布时间：２０２６－０１－０６", tags(PubDate="2026-01-07 09:30"), [("2026-01-06", "visible"), ("2026-01-07", "meta"), ("2026-01-05", "path")]),
        ("<span>06</span><br><span>2026年01月</span>", "", [("2026-01-06", "visible"), ("2026-01-05", "path")]),
        ("成文日期：2026-01-06", "", [("2026-01-05", "path")]),
        ("成文日期：2026-01-02 发布日期：2026-01-06", "", [("2026-01-06", "visible"), ("2026-01-05", "path")]),
        ("截止时间：2026-12-06", tags(PubDate="null"), [("2026-01-05", "path")]),
        ("更新时间：2026-01-06", "", [("2026-01-06", "visible"), ("2026-01-05", "path")]),
        ("浏览次数：2026", "", [("2026-01-05", "path")]),
        ("", tags(PubDate="2026-01-07"), [("2026-01-07", "meta"), ("2026-01-05", "path")]),
    ],
)  # fmt: skip
def test_dates_of_a_page(info: str, head: str, expected: list[tuple[str, str]]) -> None:
    body = f"<div class=top>今天是2026年11月16日</div><h1>关于2025年12月1日事项的通知</h1><div class=info>{info}</div><div id=zoom>{TEXT}<p>2026年1月2日</p></div><div class=footer>更新时间：2026-11-15</div>"
    assert [(d.value, d.source) for d in read(body, head=head).dates] == expected


def test_a_related_links_date_is_not_the_pages() -> None:
    body = f"<h1>统计公报</h1><p>访问量：16</p><p>关联稿件：</p><p><a href=x.html>图文解读：统计公报</a></p><p>2023-07-12</p><div id=zoom>{TEXT}</div>"
    assert [d.source for d in read(body).dates] == ["path"]


def test_the_locator_of_a_visible_date_finds_it() -> None:
    body = f"<h1>关于检查的通知</h1><div class=info>发布时间：<b>2026-01-06</b></div><div id=zoom>{TEXT}</div>"
    [day] = [d for d in read(body).dates if d.source == "visible"]
    assert day.locator.endswith("/b") and day.raw == "2026-01-06"


def test_data_answer_belongs_to_its_column() -> None:
    answer = json.dumps({"total": 40, "rows": [{"title": "第一条较长的标题", "url": "/p/1.html", "pubDate": "2026-01-01"}]})
    column = f"http://{HOST}/col/"
    facts = read(answer, f"http://{HOST}/api/list?p=2", media="application/json", context=Context(role=DATA, parent=column))
    assert (facts.kind, facts.column_url, facts.total_items) == ("data", column, 40)
    assert [e.date for e in facts.lists[0].entries] == ["2026-01-01"]
    assert (f"http://{HOST}/p/1.html", PAGE) in [(u, c.role) for u, c in reading.follow(facts, Context(role=DATA), SCOPE)]


def test_script_drawn_list_is_rendered_once() -> None:
    facts = read(
        "<h2>通知公告</h2><ul class=list></ul><script>$.ajax({url:'/api/list?c=1'})</script>",
        f"http://{HOST}/tzgg/",
        tags(ColumnName="通知公告"),
    )
    assert facts.needs_script == "list"
    asked = reading.follow(facts, Context(depth=1), SCOPE)
    assert asked[0][0] == facts.url and asked[0][1].role == RENDER
    assert (f"http://{HOST}/api/list?c=1", DATA) in [(u, c.role) for u, c in asked]
    assert not [c for _, c in reading.follow(facts, Context(role=RENDER), SCOPE) if c.role == RENDER]


@pytest.mark.parametrize(
    "body",
    [ROWS, f"<h1>关于检查的通知</h1><div id=zoom>{TEXT}</div><script>$.ajax({{url:'/count'}})</script>", "<h2>栏目</h2><p>暂无内容</p>"],
)
def test_ordinary_pages_need_no_browser(body: str) -> None:
    assert read(body, f"http://{HOST}/tzgg/").needs_script is None


@pytest.mark.parametrize(
    ("href", "tag", "role"),
    [
        ("/zwgk/b.html", "a", PAGE),
        ("/files/a.doc", "a", "attachment"),
        ("/module/download/downfile.jsp?classid=0&filename=a1.pdf", "a", "attachment"),
        ("/p/1.jpg", "img", PICTURE),
        ("http://other.cn/p/1.jpg", "img", PICTURE),
        ("/p/1.jpg", "a", PICTURE),
        ("http://www.other.cn/x", "a", OUTSIDE),
        ("/en/", "a", OUTSIDE),
        ("/big5/www.qinghe.gov.cn/x.html", "a", OUTSIDE),
        ("/wap/index.html", "a", OUTSIDE),
        ("/sso/login?x=1", "a", OUTSIDE),
        ("/system/logout.do", "a", None),
        ("/search?q=a", "a", None),
        ("/calendar/2026/11/", "a", None),
        ("/list.jsp?year=2026&month=11", "a", None),
        ("/list.html?sort=asc", "a", None),
        ("/a.html?print=1", "a", None),
        ("/x/y/x/y/x/y/x/a.html", "a", None),
        ("/energy/a.html", "a", PAGE),
        ("/list.html?page=2", "a", PAGE),
        ("javascript:;", "a", None),
    ],
)
def test_follow_roles(href: str, tag: str, role: str | None) -> None:
    body = f"<a href='{href}'>某个链接</a>" if tag == "a" else f"<img src='{href}'>"
    facts = read(body + TEXT)
    known = {f"http://{HOST}/", f"http://{HOST}/zwgk/", f"http://{HOST}/tzgg/"}
    found = [context.role for url, context in reading.follow(facts, Context(), SCOPE) if url not in known]
    assert found == ([role] if role else [])


def test_follow_keeps_the_way_and_asks_nothing_twice() -> None:
    facts = read("<a href=b.html>第一个链接</a><a href=b.html>第二个链接</a>" + TEXT)
    [(_, context)] = [row for row in reading.follow(facts, Context(depth=2, strategy="portal"), SCOPE) if row[0].endswith("b.html")]
    assert (context.parent, context.anchor, context.depth, context.strategy) == (URL, "第一个链接", 3, "portal")


def test_error_pages_lead_nowhere() -> None:
    facts = read("<p>您访问的页面不存在</p><a href=/x.html>返回</a>")
    assert facts.kind == "error" and reading.follow(facts, Context(), SCOPE) == []


@pytest.mark.parametrize(
    ("body", "head", "note", "value"),
    [
        ("<p>本栏目正在维护，自2026年11月1日起暂停更新。</p>", "", "maintenance", {"text": "本栏目正在维护，自2026年11月1日起暂停更新。", "date": "2026-11-01"}),
        ("<p>栏目建设中，敬请期待。</p>", tags(ColumnName="养老服务"), "blank", "栏目建设中，敬请期待。"),
        ("<h2>创建卫生县城（历史专题）</h2>" + ROWS, tags(ColumnName="创建卫生县城（历史专题）"), "archived", True),
        ("<p>截至2026年11月2日，本年度无新增征收土地信息。</p>" + ROWS, tags(ColumnName="征地信息"), "nothing_new", {"text": "截至2026年11月2日，本年度无新增征收土地信息。", "date": "2026-11-02"}),
        ("<p>2026年10月未收到网民留言。</p>" + LETTERS, tags(ColumnName="县长信箱"), "no_letters", True),
        (LETTERS, tags(ColumnName="县长信箱"), "board_types_shown", True),
        (LETTERS.replace("<th>类型</th>", "").replace("<td>咨询</td>", ""), tags(ColumnName="县长信箱"), "board_types_shown", False),
    ],
)  # fmt: skip
def test_notes(body: str, head: str, note: str, value: object) -> None:
    assert read(body, f"http://{HOST}/c/", head).notes.get(note) == value


def test_texts_by_place_and_table_column() -> None:
    table = "<table><tr><th>姓名</th><th>身份证号</th></tr><tr><td rowspan=2>闻某</td><td>1101</td></tr><tr><td>1102</td></tr></table>"
    html = f"<html><head><title>名</title></head><body>{NAV}<h1>关于公示的通知</h1><div id=zoom>{TEXT}{table}</div><img alt=图说>{FOOT}<!-- 注 --></body></html>"
    found = reading.read(reading.Exchange(URL, 200, {"content-type": "text/html"}, html.encode()), Context(), SCOPE).texts
    by_place: dict[str, str] = {}
    for piece in found:
        by_place[piece.place] = by_place.get(piece.place, "") + piece.text
    assert by_place["title"] == "名" and by_place["alt"] == "图说" and "主办单位" in by_place["footer"]
    assert by_place["table:身份证号"] == "1101\n1102" and "1101" not in by_place["body"]
    assert by_place["table:姓名"].count("闻某") == 2 and "有关事项" in by_place["body"]


def test_links_only_is_the_walk_alone() -> None:
    exchange = reading.Exchange(URL, 200, {"content-type": "text/html"}, b"<a href=/b>x</a><a href=#>y</a><a href=/b>z</a>")
    assert reading.links_only(exchange, SCOPE) == [f"http://{HOST}/b"]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("补贴对象闻某，手机号码13900001234。", "补贴对象闻某，手机号码139****1234。"),
        ("身份证号：110101 199003073757", "身份证号：1***** ***********7"),
        ("文号清政发〔2026〕1号，电话0599-5550101", "文号清政发〔2026〕1号，电话0599-5550101"),
    ],
)
def test_masked(text: str, masked: str) -> None:
    record = Article(site="s", url=URL, key=URL, title=text, text=text)
    shown = reading.masked(record)
    assert shown.text == masked and shown.title == masked and shown.url == URL


@pytest.mark.parametrize(("paragraphs", "kind"), [(12, "content"), (0, "list")], ids=["long text", "rows alone"])
def test_an_article_with_related_articles_below_it_is_no_list(paragraphs: int, kind: str) -> None:
    """`<div class="nr">` is no name that anybody knows, and the related rows are dated like a list's."""
    text = "<p>县水利局组织各乡镇认真落实防汛抗旱准备工作，并对下一步任务作出安排，确保按期完成。</p>" * paragraphs
    rows = "".join(f'<li><a href="/c/{n}.htm">某某乡镇开展安全检查之{n}的情况通报</a><span>2026-11-0{n}</span></li>' for n in range(1, 7))
    html = (
        '<html><head><meta name="ArticleTitle" content="我县部署防汛工作"><meta name="ColumnName" content="工作动态"></head><body>'
        f'<div id="con"><div class="bt">我县部署防汛工作</div><div class="sj">时间：2026年11月5日</div><div class="nr">{text}</div>'
        f'<div class="xg"><ul>{rows}</ul></div></div></body></html>'
    )
    exchange = reading.Exchange("http://www.a.gov.cn/c/x.htm", 200, {"content-type": "text/html; charset=utf-8"}, html.encode())
    scope = reading.Scope(home="http://www.a.gov.cn/", hosts=frozenset({"www.a.gov.cn"}), family=frozenset(), today="2026-11-16")
    assert reading.read(exchange, Context(), scope).facts.kind == kind
