"""Manners of pages that name no region: table soup, bare footers, single pages of a few words, click handlers, error pages with a frame."""

from __future__ import annotations

import pytest

from govcrawl import reading
from govcrawl.extract import columns
from govcrawl.model.facts import Context, PageFacts
from govcrawl.page import document

HOST = "www.anhe.gov.cn"
SCOPE = reading.Scope(home=f"http://{HOST}/", hosts=frozenset((HOST,)), family=frozenset(), today="2026-11-16")
MENU = (
    "<TABLE><TR BGCOLOR=#C00000><TD><A HREF='index.asp'>首 页</A></TD>"
    + "".join(f"<TD><A HREF='list.asp?classid={n}'>{name}</A></TD>" for n, name in enumerate(("走进安和", "政务要闻", "通知公告", "政务公开"), 1))
    + "<TD ONCLICK=\"location.href='list.asp?classid=9'\">部门动态</TD></TR></TABLE>"
)  # fmt: skip
PLACE = "<TABLE><TR><TD>您现在的位置：<A HREF='index.asp'>首页</A> &gt;&gt; <A HREF='list.asp?classid=2'>政务要闻</A></TD></TR></TABLE>"
FOOT = (
    "<TABLE><TR><TD><A HREF='http://bszs.conac.cn/sitename?method=show&id=08A6'><IMG SRC=a.gif ALT=党政机关></A></TD>"
    "<TD>主办：安和县人民政府办公室　电话：0937-5550100<BR><IMG SRC=b.gif ALT='政府网站标识码：6299990001'></TD></TR></TABLE>"
)
PROSE = "<P>安和县地处河谷，辖八个乡镇，常住人口十三万人。"


def page(body: str, head: str = "", *, menu: str = MENU, foot: str = FOOT) -> bytes:
    return f"<HTML><HEAD><TITLE>安和县人民政府</TITLE>{head}</HEAD><BODY>{menu}{body}{foot}</BODY></HTML>".encode()


def read(body: str, path: str = "/show.asp?id=5", head: str = "", **parts: str) -> PageFacts:
    exchange = reading.Exchange(f"http://{HOST}{path}", 200, {"content-type": "text/html"}, page(body, head, **parts))
    return reading.read(exchange, Context(), SCOPE).facts


def regions(body: bytes) -> document.Page:
    return document.parse(body, {"content-type": "text/html; charset=utf-8"}, f"http://{HOST}/")


class TestNamelessRegions:
    def test_the_row_of_links_around_the_home_link_is_the_navigation(self) -> None:
        found = regions(page(PLACE + PROSE))
        assert "政务要闻" in found.visible_text("nav") and "部门动态" in found.visible_text("nav")
        assert "位置" not in found.visible_text("nav") and "常住人口" not in found.visible_text("nav")

    @pytest.mark.parametrize(
        "menu",
        [
            "",  # only the breadcrumb has a 首页 link: it is no navigation
            "<P><A HREF=index.asp>首页</A>改版升级的公告全文如下，欢迎广大网民提出宝贵意见：<A HREF=1.asp>附一</A><A HREF=2.asp>附二</A><A HREF=3.asp>附三</A></P>",
        ],
    )
    def test_a_breadcrumb_or_a_sentence_is_no_navigation(self, menu: str) -> None:
        assert regions(page(PLACE + PROSE, menu=menu)).visible_text("nav") == ""

    @pytest.mark.parametrize(
        ("foot", "mark"),
        [
            (FOOT, "安和县人民政府办公室"),
            (
                "<TABLE><TR><TD>联系电话：0937-5550100</TD><TD><IMG SRC=b.gif ALT='甘公网安备 62999902000011号'></TD></TR></TABLE>",
                "0937-5550100",
            ),
            ("<DIV><A HREF='https://beian.miit.gov.cn/'>备案</A><SPAN>电话：0937-5550100</SPAN></DIV>", "0937-5550100"),
        ],
    )
    def test_a_footer_whose_marks_are_pictures_or_links(self, foot: str, mark: str) -> None:
        found = regions(page(PLACE + PROSE * 8, foot=foot))
        assert mark in found.visible_text("footer") and mark not in found.visible_text("body")

    def test_an_article_that_names_an_organizer_keeps_its_text(self) -> None:
        found = regions(page(PROSE * 8 + "<P>主办：安和县教育局，承办：安和县第一中学，共二百人参加比赛。" + PROSE * 8))
        assert "第一中学" in found.visible_text("body")

    @pytest.mark.parametrize(
        ("words", "is_place"),
        [
            ("您现在的位置：", True),
            ("当前位置:", True),
            ("所在位置 ：", True),
            ("你在：", True),
            ("地理位置：", False),
            ("我县位置优越：", False),
        ],
    )
    def test_a_breadcrumb_is_told_by_its_words(self, words: str, is_place: bool) -> None:
        found = regions(page(f"<TABLE><TR><TD>{words}<A HREF=/a>首页</A> &gt; <A HREF=/b>要闻</A></TD></TR></TABLE>" + PROSE))
        assert bool(found.regions.crumbs) is is_place


class TestKinds:
    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (PLACE + "<TABLE><TR><TD>走进安和</TD></TR><TR><TD>" + PROSE + "</TD></TR></TABLE>", "content"),  # few words are words
            (PLACE + "<TABLE><TR><TD>没有任何记录</TD></TR></TABLE>", "list"),
            (PLACE + "<TABLE><TR><TD>共 0 条信息。第 1/1 页</TD></TR></TABLE>", "list"),
            (PLACE + "<FORM><TABLE><TR><TD>我要留言</TD><TD><TEXTAREA NAME=c></TEXTAREA></TD></TR></TABLE></FORM>", "list"),  # not named so
        ],
    )
    def test_few_words_are_no_empty_list(self, body: str, kind: str) -> None:
        assert read(body, "/list.asp?classid=2").kind == kind

    def test_a_form_to_write_by_is_static(self) -> None:
        head = "<TITLE>我要留言</TITLE>"
        body = PLACE.replace("政务要闻", "县长信箱") + "<FORM><TEXTAREA NAME=c></TEXTAREA></FORM>"
        exchange = reading.Exchange(
            f"http://{HOST}/guest/add.asp", 200, {}, page(body).replace("<TITLE>安和县人民政府</TITLE>".encode(), head.encode())
        )
        assert reading.read(exchange, Context(), SCOPE).facts.kind == "static"

    def test_an_article_with_one_attachment_is_no_list(self) -> None:
        body = (
            PLACE + "<TABLE><TR><TD>我县新增两处示范村</TD></TR><TR><TD>发布日期：2026年11月1日　来源：县政府办　浏览次数：9</TD></TR>"
            "<TR><TD>" + PROSE + "<P>群众代表表示，家门口的变化看得见、摸得着。<P><A HREF=upload/1.xls>示范村名单.xls</A></TD></TR></TABLE>"
        )
        found = read(body)
        assert found.kind == "content" and [d.value for d in found.dates] == ["2026-11-01"]

    def test_a_list_of_one_row_stays_a_list(self) -> None:
        body = PLACE + "<TABLE><TR><TD><A HREF=show.asp?id=5>关于征集夜市选址意见的公告</A></TD><TD>2026年9月1日</TD></TR></TABLE>"
        assert read(body, "/list.asp?classid=2").kind == "list"

    def test_the_last_crumb_that_leads_to_the_page_itself_names_its_column(self) -> None:
        place = "<DIV>当前位置：<A HREF=/index.asp>首页</A> &gt; <A HREF=/list.asp?classid=7>政务公开</A> &gt; <A HREF=/list.asp?classid=74>统计数据</A></DIV>"
        found = read(place + "<TABLE><TR><TD>没有任何记录</TD></TR></TABLE>", "/list.asp?classid=74")
        assert found.title == "统计数据" and found.notes["column_type"] == "数据发布"

    @pytest.mark.parametrize(
        ("words", "is_error"),
        [
            ("对不起，没有找到该文章，可能已被删除！", True),
            ("您要查看的信息可能已被移除", True),
            ("该稿件已下线", True),
            ("找不到您访问的网页", True),
            ("没有找到相关内容", False),  # an empty search
            ("本页面信息已更新，请留意。", False),
            ("该文件已于2020年废止，新规定见附件。", False),
        ],
    )
    def test_error_pages_in_their_own_words(self, words: str, is_error: bool) -> None:
        assert (read(f"<TABLE><TR><TD>{words}</TD></TR></TABLE>").kind == "error") is is_error


class TestClickHandlers:
    @pytest.mark.parametrize(
        "row",
        [
            "<li onclick=\"location.href='show.asp?id=5'\">安和县召开冬季清洁取暖会议<span>2026-11-12</span></li>",
            "<li><a href='javascript:void(0)' onclick=\"window.open('/show.asp?id=5')\">安和县召开冬季清洁取暖会议</a><span>2026-11-12</span></li>",
            "<li><a href='#' onclick='location=\"show.asp?id=5\"; return false'>安和县召开冬季清洁取暖会议</a><span>2026-11-12</span></li>",
        ],
    )
    def test_a_row_that_is_clicked_is_an_item(self, row: str) -> None:
        rows = row + "<li><a href=show.asp?id=6>全县安全生产工作会议召开</a><span>2026-11-10</span></li>"
        found = read(f"{PLACE}<ul>{rows}</ul>", "/list.asp?classid=2")
        entries = [(e.title, e.url, e.date) for block in found.lists if block.main for e in block.entries]
        assert ("安和县召开冬季清洁取暖会议", f"http://{HOST}/show.asp?id=5", "2026-11-12") in entries
        assert len(entries) == 2

    @pytest.mark.parametrize(
        "handler", ["show(5)", "window.open('show.asp?id='+id)", "location.href='#top'", "location.href='javascript:;'", "dialog.open('a')"]
    )
    def test_other_handlers_lead_nowhere(self, handler: str) -> None:
        found = read(f'<p><span onclick="{handler}">点我</span></p>{PROSE}')
        assert not [link for link in found.links if link.text == "点我"]


@pytest.mark.parametrize(
    ("name", "is_body"),
    [("新闻中心", False), ("资讯中心", False), ("政府部门", False), ("县融媒体中心", True), ("安和县教育局", True), ("清源镇", True)],
)
def test_a_column_that_calls_itself_a_centre_is_no_department(name: str, is_body: bool) -> None:
    assert columns.is_body(name) is is_body


class TestWhatAColumnShows:
    """A page without a list is blank only where nothing else stands on it."""

    @pytest.mark.parametrize(
        ("body", "shown"),
        [
            ("<p><img src=/2026/zzjg.jpg></p>", "picture"),
            ("<p><img src=/images/dot.gif></p>", None),
            ("<iframe src=/inner.html></iframe>", "frame"),
            ("<p><a href=/a.pdf>安和县国土空间总体规划.pdf</a></p>", "link"),
            ("<ul><li><a href=/1.html>安和县2025年度政府网站工作年度报表</a></li></ul>", "link"),
            (
                "<table><tr><th>部门</th><th>电话</th></tr><tr><td>教育局</td><td>5550001</td></tr><tr><td>民政局</td><td>5550002</td></tr></table>",
                "text",
            ),
            ("<form><select><option>2026年</option></select><input type=submit></form>", "form"),
            ("<ul></ul>", None),
            ("<table><tr><td>共 0 条　第 1/1 页　首页 上一页 下一页 尾页</td></tr></table>", None),
        ],
    )
    def test_shows(self, body: str, shown: str | None) -> None:
        found = read(PLACE.replace("政务要闻", "公开专栏") + body, "/list.asp?classid=2")
        # a page that frames another is no list of its own
        assert (found.kind, found.notes.get("shows")) == ("static" if shown == "frame" else "list", shown)

    @pytest.mark.parametrize(
        ("words", "blank"),
        [
            ("该栏目下没有文章", True),
            ("内容更新中，敬请关注！", True),
            ("没有任何记录", True),
            ("数据更新中心欢迎您", False),
            ("我县正在完善基础设施。", False),
        ],
    )
    def test_words_of_an_empty_column(self, words: str, blank: bool) -> None:
        found = read(f"{PLACE}<div>{words}</div>", "/list.asp?classid=2")
        assert bool(found.notes.get("blank")) is blank

    @pytest.mark.parametrize(
        ("line", "day"),
        [
            ("<div><em>05</em><span>2026-11</span></div>", "2026-11-05"),
            ("<div>11-05 2026</div>", "2026-11-05"),
            ("<span>发表于 2026.11.5</span>", "2026-11-05"),
            ("<div>322026-11</div>", None),
            ("<div>成文日期：2026-11-05</div>", None),
        ],
    )
    def test_publish_dates_in_odd_lines(self, line: str, day: str | None) -> None:
        text = "<p>近日，县政府召开专题会议，研究部署冬季供暖工作，要求各单位落实责任。</p>" * 4
        found = read(f"<h1>县政府召开冬季供暖工作会议</h1>{line}<div id=zoom>{text}</div>")
        assert [d.value for d in found.dates] == ([day] if day else [])
