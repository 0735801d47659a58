"""Lists, pagers, data answers, dates of rows."""

from __future__ import annotations

import pytest

from govcrawl.extract import dates as page_dates
from govcrawl.extract import links as page_links
from govcrawl.extract import lists, pagers, script_drawn
from govcrawl.model.facts import ListBlock
from govcrawl.page import document

URL = "http://www.qinghe.gov.cn/zwgk/tzgg/index.html"
TODAY = "2026-11-16"
OWN = frozenset(("www.qinghe.gov.cn",))


def parse(body: str, url: str = URL) -> document.Page:
    return document.parse(body.encode(), {"content-type": "text/html"}, url)


def blocks(body: str, url: str = URL) -> list[ListBlock]:
    page = parse(body, url)
    return lists.read(page, page_links.read(page), TODAY, OWN)


def rows(*pairs: tuple[str, str]) -> str:
    return "".join(f'<li><a href="/a/{n}.html">{title}</a><span>{date}</span></li>' for n, (title, date) in enumerate(pairs))


@pytest.mark.parametrize(
    ("shown", "day"),
    [
        ("2026-11-05", "2026-11-05"),
        ("[2026/11/5]", "2026-11-05"),
        ("２０２６－１１－０５", "2026-11-05"),
        ("2026年11月5日", "2026-11-05"),
        ("11-05", "2026-11-05"),
        ("[11-05]", "2026-11-05"),
        ("11月5日", "2026-11-05"),
        ("12-05", "2025-12-05"),
        ("05<br>2026-11", "2026-11-05"),
        ("<b>2026-11</b><i>05</i>".replace("</b>", "</b> "), "2026-11-05"),
        ("11/05 2026", "2026-11-05"),
        ("昨天", "2026-11-15"),
        ("3小时前", "2026-11-16"),
        ("发布时间：2026-11-05", "2026-11-05"),
        ("发布时间：2026-11-05 截止时间：2026-12-05", "2026-11-05"),
        ("截止时间：2026-12-05", None),
        ("开始时间：2026-10-01 结束时间：2026-10-31", None),
        ("成文日期：2026-10-26", None),
        ("13-05", None),
        ("", None),
        ("浏览 1105 次", None),
    ],
)
def test_date_of_a_row(shown: str, day: str | None) -> None:
    [block] = blocks(f"<ul>{rows(('关于开展年度检查的通知', shown), ('关于公布检查结果的通知', shown))}</ul>")
    assert [e.date for e in block.entries] == [day, day]


def test_a_date_in_the_title_is_no_date_of_the_row() -> None:
    [block] = blocks("<ul>" + rows(("关于2026年1月5日停水的公告", "2026-11-05"), ("2025年12月31日放假安排的通知", "")) + "</ul>")
    assert [e.date for e in block.entries] == ["2026-11-05", None]


def test_the_address_knows_the_year_of_a_short_date() -> None:
    [block] = blocks(
        '<ul><li><a href="/zwgk/202410/t20241009_1.html">第一条较长的标题</a> 10-09</li><li><a href="/b/2.html">第二条较长的标题</a> 10-09</li></ul>'
    )
    assert [e.date for e in block.entries] == ["2024-10-09", "2026-10-09"]


def test_table_with_written_and_published_date() -> None:
    head = "<tr><th>标题</th><th>成文日期</th><th>发布日期</th></tr>"
    body = "".join(
        f"<tr><td><a href=/p/{n}.html>某某办法第{n}号文件</a></td><td>2020-01-0{n}</td><td>2026-11-0{n}</td></tr>" for n in (1, 2)
    )
    [block] = blocks(f"<table>{head}{body}</table>")
    assert [e.date for e in block.entries] == ["2026-11-01", "2026-11-02"]


def test_table_with_written_date_only_has_no_list_date() -> None:
    head = "<tr><th>标题</th><th>成文日期</th></tr>"
    body = "".join(f"<tr><td><a href=/p/{n}.html>某某办法第{n}号文件</a></td><td>2020-01-0{n}</td></tr>" for n in (1, 2))
    [block] = blocks(f"<table>{head}{body}</table>")
    assert [e.date for e in block.entries] == [None, None]


def test_cut_titles_top_marks_pictures_and_outside_targets() -> None:
    [block] = blocks(
        """<ul><li>[置顶]<a href="/a/1.html" title="关于印发清和县某某办法的通知">关于印发清和县某某…</a><i>2026-01-05</i></li>
        <li><a href="/a/2.html"><img src=a.jpg></a><a href="/a/2.html">第二条较长的标题</a><i>2026-01-04</i></li>
        <li><a href="https://mp.weixin.qq.com/s/x">第三条较长的标题</a><i>2026-01-03</i></li></ul>"""
    )
    assert [e.title for e in block.entries] == ["关于印发清和县某某办法的通知", "第二条较长的标题", "第三条较长的标题"]
    assert [e.on_top for e in block.entries] == [True, False, False] and [e.outside for e in block.entries] == [False, False, True]


def test_rows_with_a_category_link_are_one_row() -> None:
    [block] = blocks(
        "<ul>"
        + "".join(f"<li><a href=/c/>[农业]</a><a href=/a/{n}.html>第{n}条较长的标题</a><span>2026-01-0{n}</span></li>" for n in (1, 2, 3))
        + "</ul>"
    )
    assert [(e.title, e.date) for e in block.entries] == [(f"第{n}条较长的标题", f"2026-01-0{n}") for n in (1, 2, 3)]


def test_cards_inside_a_link() -> None:
    [block] = blocks(
        "".join(
            f"<div class=c><a href=/a/{n}.html><h3>第{n}条较长的标题</h3><p>摘要的文字</p><span>2026-01-0{n}</span></a></div>"
            for n in (1, 2, 3)
        )
    )
    assert [(e.title, e.date) for e in block.entries] == [(f"第{n}条较长的标题", f"2026-01-0{n}") for n in (1, 2, 3)]


def test_flat_links_with_breaks() -> None:
    [block] = blocks("<div>" + "".join(f"·<a href=/a/{n}.html>第{n}条较长的标题</a> (2026-01-0{n})<br>" for n in (1, 2, 3)) + "</div>")
    assert [e.date for e in block.entries] == ["2026-01-01", "2026-01-02", "2026-01-03"]


HOME = f"""<body><div class=hd><h2>政务动态</h2><a href=/zwdt/ class=more>更多&gt;&gt;</a></div><ul>{rows(("动态的第一条标题", "11-05"), ("动态的第二条标题", "11-04"))}</ul>
<div class=box><div class=tabs><ul><li><a href=/tzgg/>通知公告</a></li><li><a href=/zcwj/>政策文件</a></li></ul></div><div class=bd>
<ul><li><a href=/g/1.html>公告的第一条标题</a></li><li><a href=/g/2.html>公告的第二条标题</a></li></ul>
<ul><li><a href=/w/1.html>文件的第一条标题</a></li><li><a href=/w/2.html>文件的第二条标题</a></li></ul></div></div></body>"""


def test_block_titles_more_links_and_tabs() -> None:
    found = [(b.title, b.more_url) for b in blocks(HOME, "http://www.qinghe.gov.cn/")]
    host = "http://www.qinghe.gov.cn"
    assert ("政务动态", f"{host}/zwdt/") in found
    assert ("通知公告", f"{host}/tzgg/") in found and ("政策文件", f"{host}/zcwj/") in found


def test_a_headline_is_no_block_title() -> None:
    found = blocks(
        f"<div><h2><a href=/x.html>县委书记在全县乡村振兴大会上发表讲话</a></h2><ul>{rows(('动态的第一条标题', '11-05'))}</ul></div>"
    )
    assert all(b.title is None for b in found)


def test_breadcrumbs_menus_and_footers_are_no_lists() -> None:
    found = blocks(
        "<body><div class=nav><a href=/a>首页栏目</a><a href=/b>二号栏目</a></div><div class=crumb><a href=/>首页</a><a href=/c/>通知公告</a></div>"
        "<div class=footer><ul><li><a href=/d>友情链接一</a></li><li><a href=/e>友情链接二</a></li></ul></div></body>"
    )
    assert found == []


# -- pagers ----------------------------------------------------------------------


def pager(body: str, url: str = URL) -> pagers.Pager:
    page = parse(body, url)
    return pagers.read(page, page_links.read(page), script_drawn.inline(page), "\n".join(page.comments))


FOLDER = "http://www.qinghe.gov.cn/zwgk/tzgg/"


@pytest.mark.parametrize(
    ("body", "url", "pages", "number", "first"),
    [
        ("<script>createPageHTML(3, 0, 'index', 'html');</script>", URL, ["index_1.html", "index_2.html"], 1, None),
        ("<script>createPageHTML(3, 1, 'index', 'html');</script>", FOLDER + "index_1.html", ["index_2.html"], 2, "index.html"),
        ("<script>createPageHTML('page_div',3,1,'index','shtml',45);</script>", FOLDER + "index.shtml", ["index_2.shtml", "index_3.shtml"], 1, None),
        ("<script>createPageHTML('page_div',3,2,'index','shtml',45);</script>", FOLDER + "index_2.shtml", ["index_3.shtml"], 2, "index.shtml"),
        ("<script>var countPage = 3, currentPage = 0; createPage(countPage, currentPage, 'index', 'htm');</script>", URL, ["index_1.htm", "index_2.htm"], 1, None),
        ("<!--<li>x</li><script>createPageHTML('d',2,1,'index','html',9);</script>-->", URL, ["index_2.html"], 1, None),
        ("<script>function createPageHTML(a,b,c,d){}</script>", URL, [], 1, None),
        ("<script>createPageHTML(1, 0, 'index', 'html');</script>", URL, [], 1, None),
        ("<a href=index_1.html>2</a><a href=index_2.html>3</a><a href=index_1.html>下一页</a>", URL, ["index_1.html", "index_2.html"], 1, None),
        ("<a href=index.html>首页</a><a href=index.html>上一页</a><a href=index_2.html>下一页</a>", FOLDER + "index_1.html", ["index_2.html"], 2, "index.html"),
        ("<a href='?page=2'>2</a><a href='?page=3'>尾页</a>", FOLDER, ["?page=2", "?page=3"], 1, None),
        ("<a href='?page=1'>1</a><a href='?page=3'>3</a>", FOLDER + "?page=2", ["?page=1", "?page=3"], 2, ""),
        ("<a href='/zwgk/tzgg/1.htm'>下页</a><a href='/zwgk/tzgg/1.htm'>尾页</a><span>1/2</span>", "http://www.qinghe.gov.cn/zwgk/tzgg.htm", ["tzgg/1.htm"], 1, None),
        ("<a href='../tzgg.htm'>首页</a><a href='../tzgg.htm'>上页</a>", FOLDER + "1.htm", [], 2, "../tzgg.htm"),
        ("<a href='page-2.html'>2</a>", FOLDER, ["page-2.html"], 1, None),
        ("<a href='page/2/'>2</a><a href='page/3/'>3</a>", FOLDER, ["page/2/", "page/3/"], 1, None),
        ("<a href='/zwgk/tzgg/'>1</a><a href='/zwgk/tzgg/page/3/'>3</a>", FOLDER + "page/2/", ["../3/"], 2, ""),
        ("<a href='2025/'>2025</a><a href='2026/'>2026</a>", FOLDER, [], 1, None),
        ("<a href='/zwgk/tzgg/'>1</a>", FOLDER + "page-2.html", [], 2, ""),
        ("<a href='/a/2026/11.html'>2026年11月的工作动态</a><a href='t20260105_2.html'>第二件事</a>", URL, [], 1, None),
        ("<p>2026/11/05</p><a href=index_1.html>2</a>", URL, ["index_1.html"], 1, None),
    ],
)  # fmt: skip
def test_pager(body: str, url: str, pages: list[str], number: int, first: str | None) -> None:
    found = pager(f"<body>{body}</body>", url)
    page = parse("", url)
    assert found.pages == [page.canonical(p) or (url.partition("?")[0]) for p in pages]
    assert found.number == number
    assert found.first == (None if first is None else (page.canonical(first) if first else FOLDER))


def test_pager_fills_the_gap_to_the_printed_count() -> None:
    found = pager("<div><a href=index_1.html>2</a><a href=index_9.html>尾页</a><span>共10页</span></div>")
    assert found.pages == [f"{FOLDER}index_{n}.html" for n in range(1, 10)]


def test_jpage_slices() -> None:
    script = "$('#9').jpage({ proxyUrl:'/module/web/jpage/dataproxy.jsp', proxyParam:{col:1,appid:1,webid:67,path:'/',columnid:1003,unitid:'9'}, perPage:10, totalRecord:65 });"
    found = pager(f"<body><script>{script}</script></body>", "http://www.qinghe.gov.cn/col/col1003/index.html")
    assert found.total == 65 and len(found.data) == 3
    assert "startrecord=31&endrecord=60" in found.data[1] and "columnid=1003" in found.forms[found.data[0]]


# -- dates in addresses ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("http://a.gov.cn/art/2026/1/5/art_1_2.html", "2026-01-05"),
        ("http://a.gov.cn/zwgk/202601/t20260105_12.html", "2026-01-05"),
        ("http://a.gov.cn/2026-01/05/content_1.htm", "2026-01-05"),
        ("http://a.gov.cn/2026/01/05/1.html", "2026-01-05"),
        ("http://a.gov.cn/zwgk/202605/72153801.shtml", None),
        ("http://a.gov.cn/art/2026/13/5/art.html", None),
        ("http://a.gov.cn/info/1004/2101.htm", None),
        ("http://a.gov.cn/?t=20260105", None),
    ],
)
def test_path_date(url: str, day: str | None) -> None:
    found = page_dates.path_date(url)
    assert (found[0] if found else None) == day
