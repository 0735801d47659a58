"""Links, footer marks, 找错 entry, navigation, breadcrumb, script-drawn pages, column types."""

from __future__ import annotations

import pytest

from govcrawl.extract import columns, error_report, footer_marks, navigation, script_drawn
from govcrawl.extract import links as page_links
from govcrawl.model.facts import ErrorReport, FooterMarks, Link
from govcrawl.page import document

URL = "http://www.qinghe.gov.cn/zwgk/a.html"


def parse(body: str) -> document.Page:
    return document.parse(body.encode(), {"content-type": "text/html"}, URL)


def links(body: str) -> list[Link]:
    return page_links.read(parse(f"<body>{body}</body>"))


@pytest.mark.parametrize(
    "anchor",
    [
        "<a href='#'>政府信息公开年报</a>",
        "<a href=''>政府信息公开年报</a>",
        "<a href='javascript:;'>政府信息公开年报</a>",
        "<a href='javascript:void(0)' target=_blank>政府信息公开年报</a>",
        "<a href='http://'>政府信息公开年报</a>",
        "<ul><li><a href=/a>甲栏目</a></li><li><a href='#'>政府信息公开年报</a></li></ul>",
    ],
)
def test_an_empty_target_that_promises_something(anchor: str) -> None:
    empty = [link for link in links(anchor) if not link.url]
    assert len(empty) == 1 and not empty[0].control and empty[0].text == "政府信息公开年报"


@pytest.mark.parametrize(
    "anchor",
    [
        "<a href='#' onclick='show()'>政府信息公开年报</a>",
        "<a href='javascript:doPrint()'>打印本页</a>",
        "<a href='javascript:;'>打印</a>",
        "<a href='#'>返回顶部</a>",
        "<a href='#'>下一页</a>",
        "<a href='#'>3</a>",
        "<a href='#content'>跳到正文</a>",
        "<a href='#/route'>栏目</a>",
        "<a href='javascript:;' class='tab-item on'>今日要闻</a>",
        "<a href='#' data-toggle=dropdown>更多栏目</a>",
        "<li><a href='javascript:;'>组织机构</a><ul><li><a href=/a>县政府办</a></li></ul></li>",
        "<dl><dt><a href='javascript:void(0)'>手机版</a></dt><dd><img src=q.png></dd></dl>",
        "<ul><li><a href='javascript:void(0)'>市政府部门</a></li><li><a href='javascript:void(0)'>县市区政府</a></li></ul>",
        "<a href='javascript:;' id=menu1>组织机构</a><script>$('#menu1').click(f)</script>",
        "<a href='javascript:;' class=jgzn>组织机构</a><script>$('.jgzn').hover(f)</script>",
        "<a href='#'></a>",
        "<a href='mailto:a@b.cn'>邮件联系我们单位</a>",
        "<a href='tel:0599-5550101'>拨打我们的电话</a>",
    ],
)
def test_a_control_is_no_empty_link(anchor: str) -> None:
    assert all(link.control for link in links(anchor) if not link.url)


def test_links_bear_region_locator_and_visibility() -> None:
    found = links(
        "<div class=nav><a href=/x>首页</a></div><a name=top></a><a href=b.doc>附件：申请表</a><img data-src=/p.jpg src=data:image/gif;base64,R0>"
        "<div style='display: none'><a href=http://bad.example/>x</a></div><iframe src=/f.html></iframe><map><area href=/m alt=图></map>"
    )
    shown = {(link.tag, link.url, link.region, link.locator, link.hidden) for link in found}
    host = "http://www.qinghe.gov.cn"
    assert shown == {
        ("a", f"{host}/x", "nav", "(//a)[1]/@href", False),
        ("a", f"{host}/zwgk/b.doc", "body", "(//a)[3]/@href", False),
        ("img", f"{host}/p.jpg", "body", "(//img)[1]/@data-src", False),
        ("a", "http://bad.example/", "body", "(//a)[4]/@href", True),
        ("iframe", f"{host}/f.html", "body", "(//iframe)[1]/@src", False),
        ("area", f"{host}/m", "body", "(//area)[1]/@href", False),
    }


def test_locators_find_the_element_again() -> None:
    body = "<script>var x='<a href=1>'</script><a href=/a>一</a><noscript><a href=/n>二</a></noscript><a href=/b>三</a>"
    page = parse(f"<body>{body}</body>")
    for link in page_links.read(page):
        if link.tag == "a":
            assert page.tree.xpath(link.locator) == [link.href]


# -- footer marks ------------------------------------------------------------------------

FOOT = """<div class=footer>主办单位：清和县人民政府　承办：清和县人民政府办公室　联系电话：0599-5550101<br>政府网站标识码：3299880001
<a href=http://beian.miit.gov.cn/>苏ICP备99000001号-1</a> <a href=http://www.beian.gov.cn/x>苏公网安备 32998802000001号</a>{}</div>"""
BADGE = "<script>document.write(unescape(\"%3Cspan id='_ideConac' %3E%3C/span%3E%3Cscript src='https://dcs.conac.cn/js/28/000/0000/60619479/CA280000000606194790001.js' type='text/javascript'%3E%3C/script%3E\"));</script>"


def marks(body: str) -> FooterMarks:
    page = parse(f"<body><p>正文</p>{body}</body>")
    links, written = page_links.read(page), script_drawn.written(page)
    return footer_marks.read(page, links, written, footer_marks.may_come(page, links, written, script_drawn.inline(page)))


def test_six_marks() -> None:
    found = marks(FOOT.format(BADGE))
    assert found.site_code == "3299880001" and found.organizer == "清和县人民政府"
    assert found.icp_number == "苏ICP备99000001号-1" and found.police_number == "苏公网安备 32998802000001号"
    assert found.contact is not None and "0599-5550101" in found.contact
    assert found.institution_badge == "https://dcs.conac.cn/js/28/000/0000/60619479/CA280000000606194790001.js"
    assert found.doubtful == []


@pytest.mark.parametrize(
    "badge",
    [
        "<a href='//bszs.conac.cn/sitename?method=show&id=0ADC'><img src=/images/red.png></a>",
        "<img src=/images/red.png>",
        "<img src=/a/b.gif alt=党政机关网站标识>",
        "<script src=http://dcs.conac.cn/js/1.js></script>",
    ],
)
def test_badges(badge: str) -> None:
    assert marks(FOOT.format(badge)).institution_badge


@pytest.mark.parametrize(
    ("footer", "field", "value"),
    [
        ("网站标识码 bm14000002 主办", "site_code", "bm14000002"),
        ("标识码：36099", "site_code", "36099"),
        ("网站标识：<img src=x>", "site_code", None),
        ("陇ICP备17003689号－1", "icp_number", "陇ICP备17003689号-1"),
        ("苏ＩＣＰ备９９００００１１号", "icp_number", "苏ICP备99000011号"),
        ("ICP备案编号：99000011", "icp_number", "ICP备案编号:99000011"),
        ("ICP备案", "icp_number", None),
        ("甘公网安备62010202000617号", "police_number", "甘公网安备62010202000617号"),
        ("公安备案", "police_number", None),
        ("清和县人民政府主办", "organizer", "清和县人民政府"),
        ("主　办：清和县人民政府 承办", "organizer", "清和县人民政府"),
        ("主办单位:清和县教育局承办单位:信息中心", "organizer", "清和县教育局"),
        ("版权所有：清和县人民政府", "organizer", None),
        ("承办：清和县政府办", "organizer", None),
        ("地址：清和县文化路1号", "contact", "地址:清和县文化路1号"),
        ("版权所有", "contact", None),
    ],
)
def test_mark_spellings(footer: str, field: str, value: str | None) -> None:
    shown = getattr(marks(f"<div class=footer><p>{footer}</p></div>"), field)
    assert (shown.replace("：", ":") if shown else shown) == value


@pytest.mark.parametrize(
    ("body", "doubtful"),
    [
        ("<div class=footer></div><script src=/js/a.js></script>", True),
        ("<div id=footer></div><script>$('#footer').load('/include/foot.html')</script>", True),
        ("<script src=/include/footer.js></script>", True),
        ("<iframe src=/bottom.html></iframe>", True),
        ("<div class=footer>清和县旅游推广中心</div><script src=/js/jquery.js></script>", False),
        ("<!-- " + FOOT.format(BADGE) + " --><div class=footer>清和县旅游推广中心</div>", False),
        (
            "<div class=footer>清和县旅游推广中心</div><script>document.write(unescape(\"%3Cspan id='cnzz'%3E%3C/span%3E\") + cnzz)</script>",
            False,
        ),
    ],
)
def test_what_a_script_may_still_bring(body: str, doubtful: bool) -> None:
    found = marks("<div><p>" + "正文的文字。" * 60 + "</p></div>" + body)
    assert found.site_code is None and bool(found.doubtful) is doubtful


# -- 找错 --------------------------------------------------------------------------------------


def entry(body: str) -> ErrorReport:
    page = parse(f"<body>{body}</body>")
    return error_report.read(page, script_drawn.written(page), False)


@pytest.mark.parametrize(
    ("body", "present", "working", "code"),
    [
        ("<script id='_jiucuo_' sitecode='3299880001' src='https://zfwzgl.www.gov.cn/exposure/jiucuo.js'></script>", True, True, "3299880001"),
        ("<script id='_jiucuo_' sitecode='' src='https://zfwzgl.www.gov.cn/exposure/jiucuo.js'></script>", True, False, None),
        ("<a href='http://pucha.kaipuyun.cn/exposure/jiucuo.html?site_code=3299880001&url=x'><img></a>", True, True, "3299880001"),
        ("<a href='https://zfwzzc.www.gov.cn/check_web/errorInfo/jcInfo/9f1c-1'>找错</a>", True, True, None),
        ("<span id=_span_jiucuo><img onclick=\"Link('3299880001')\"></span>", True, True, "3299880001"),
        ("<script>document.write(unescape(\"%3Cscript id='_jiucuo_' sitecode='bm55000001' src='https://zfwzgl.www.gov.cn/exposure/jiucuo.js'%3E%3C/script%3E\"))</script>", True, True, "bm55000001"),
        ("<a href='#'>我为政府网站找错</a>", True, False, None),
        ("<a href='http://www.gov.cn/'><img alt='政府网站找错'></a>", True, False, None),
        ("<!-- <script id='_jiucuo_' sitecode='3299880001' src='jiucuo.js'></script> -->", False, False, None),
        ("<p>关于政府网站找错留言办理情况的通报，各地各部门要高度重视政府网站找错留言办理工作，按时办结</p>", False, False, None),
        ("<p>没有入口</p>", False, False, None),
    ],
)  # fmt: skip
def test_error_report_entry(body: str, present: bool, working: bool, code: str | None) -> None:
    found = entry(body)
    assert (found.present, found.working, found.code) == (present, working, code)


# -- navigation ------------------------------------------------------------------------------------


def test_main_navigation_is_its_top_level() -> None:
    page = parse(
        "<body><div class=header><img src=l.png alt=清和县人民政府></div><div class=nav><ul><li><a href=/>首页</a></li><li><a href=/zwgk/>政务公开</a>"
        "<ul><li><a href=/zwgk/zcwj/>政策文件</a></li></ul></li><li><a href=/hdjl/>互动交流</a></li><li><a href='javascript:;'>数据开放</a></li></ul></div></body>"
    )
    found = navigation.read(page, page_links.read(page))
    host = "http://www.qinghe.gov.cn"
    assert found == [["首页", f"{host}/"], ["政务公开", f"{host}/zwgk/"], ["互动交流", f"{host}/hdjl/"], ["数据开放", ""]]
    assert navigation.header_name(page, page_links.read(page)) == "清和县人民政府"


def test_navigation_without_a_name() -> None:
    cells = "".join(f"<td><a href=/{n}/>{name}</a></td>" for n, name in enumerate(("首页", "政务公开", "政务服务", "互动交流")))
    page = parse(f"<body><table><tr>{cells}</tr></table></body>")
    assert [name for name, _ in navigation.read(page, page_links.read(page))] == ["首页", "政务公开", "政务服务", "互动交流"]


@pytest.mark.parametrize(
    ("crumb", "names"),
    [
        (
            "<div class=crumb>您的位置：<a href=/>首页</a> &gt; <a href=/zwgk/>政务公开</a> &gt; 政策文件</div>",
            ["首页", "政务公开", "政策文件"],
        ),
        ("<p>当前位置：<a href=/>首页</a>&gt;&gt;<a href=/tzgg/>通知公告</a>&gt;&gt;正文</p>", ["首页", "通知公告"]),
        ("<nav class=breadcrumb><a href=/>首页</a> / <a href=/policy/>政策文件</a></nav>", ["首页", "政策文件"]),
        ("<p>地理位置优越</p>", []),
    ],
)
def test_breadcrumb(crumb: str, names: list[str]) -> None:
    assert [name for name, _ in navigation.breadcrumb(parse(f"<body>{crumb}</body>"))] == names


# -- script-drawn pages ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "drawn"),
    [
        ("<ul class=list></ul><script>$.ajax({url:'/api/list',success:f})</script>", True),
        (
            "<ul><!-- <li><a href=1>一</a></li><li><a href=2>二</a></li><li><a href=3>三</a></li>"
            + " " * 200
            + "--></ul><script src=page.js></script>",
            True,
        ),
        ("<div id=app><ul><li v-for='i in list'>{{ i.title }}</li></ul></div><script>new Vue({el:'#app'})</script>", True),
        ("<p>暂无内容</p>", False),
        ("<ul class=list></ul>", False),
        ("<p>栏目建设中，敬请期待</p><script>$.ajax({url:'/visit'})</script>", False),
        ("<ul><li>数据一</li></ul><script>createPageHTML(1,0,'index','html')</script>", False),
    ],
)
def test_needs_list(body: str, drawn: bool) -> None:
    page = parse(f"<body>{body}</body>")
    assert script_drawn.needs_list(page, script_drawn.inline(page), False, True) is drawn


@pytest.mark.parametrize(
    ("body", "shell"),
    [
        ("<div id=app></div><script src=/static/js/app.1f2e.js></script>", True),
        ("<div id='root'></div><script src=/umi.js></script>", True),
        ("<div id=app><h1>标题</h1><p>" + "正文" * 200 + "</p></div>", False),
        ("<p>页面不存在</p>", False),
    ],
)
def test_needs_body(body: str, shell: bool) -> None:
    assert script_drawn.needs_body(parse(f"<body>{body}</body>")) is shell


def test_document_write_is_decoded() -> None:
    page = parse(
        "<body><script>document.write('<p>\\u4e3b\\u529e</p>' + \"<b>x</b>\"); document.writeln(unescape('%3Ci%3E%u6E05%3C/i%3E'));document.write(name)</script>"
    )
    found = script_drawn.written(page)
    html = found.html.replace("\n", "")
    assert "<p>主办</p><b>x</b>" in html and "<i>清</i>" in html and found.doubtful


# -- column types -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "tag", "kind"),
    [
        ("政策文件", "", "政策文件"), ("清禾概况", "", "概况信息"), ("走进清禾", "", "概况信息"), ("政务动态", "", "动态要闻"), ("清禾要闻", "", "动态要闻"),
        ("公示公告", "", "通知公告"), ("县政府办文件", "", "政策文件"), ("政策解读", "政府信息公开", "政策解读"), ("文件通知", "政府信息公开", "政策文件"),
        ("政府信息公开年度报告", "", "信息公开年报"), ("县长信箱", "", "咨询建言"), ("留言统计", "", "留言统计"), ("来信办理情况统计", "", "留言统计"),
        ("办件统计", "", "办事统计"), ("意见征集", "", "征集调查"), ("在线访谈", "", "在线访谈"), ("阳光信访", "", "网上信访"), ("我要举报", "", "纪检举报"),
        ("国务院信息", "", "重要信息转载"), ("财政预决算", "", "财政预决算"), ("统计公报", "", "数据发布"), ("局领导", "负责人信息", "领导信息"),
        ("法定主动公开内容", "", "法定主动公开内容"), ("依申请公开", "", "依申请公开"), ("政策文件", "政策解读", "政策文件"), ("某某工程", "工作动态", "动态要闻"),
        ("联系我们", "", "静态页面"), ("养老服务", "", "其他"), ("规划计划", "", "规划计划"), ("人事任免", "", "人事信息"), ("首页", "", "首页"),
        ("优化营商环境专题", "", "专题专栏"), ("热点回应", "", "回应关切"), ("网上办事大厅", "", "办事服务"), ("", "", "其他"),
    ],
)  # fmt: skip
def test_column_type(name: str, tag: str, kind: str) -> None:
    assert columns.type_of(name, tag) == kind
    assert kind in columns.TYPES


@pytest.mark.parametrize(("name", "body"), [("统计局", True), ("枫林镇", True), ("政务公开", False), ("工作动态", False)])
def test_body_names(name: str, body: bool) -> None:
    assert columns.is_body(name) is body
