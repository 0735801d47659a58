"""What a page is taken for, by what stands on it; and what the column calls itself."""

from __future__ import annotations

import pytest

from govcrawl import reading
from govcrawl.extract import columns
from govcrawl.model.facts import Context, PageFacts

HOST = "www.anhe.gov.cn"
SCOPE = reading.Scope(home=f"http://{HOST}/", hosts=frozenset((HOST,)), family=frozenset(), today="2026-11-16")
NAV = "<div class=nav><a href=/>首页</a><a href=/zwgk/>政务公开</a><a href=/xw/>新闻动态</a><a href=/fw/>办事服务</a><a href=/hd/>互动交流</a></div>"
FOOT = "<div class=footer>主办单位：安和县人民政府办公室 电话：0937-5550100 <a href=/about/>关于我们</a></div>"
ITEMS = ("食品经营许可", "内资企业登记", "生育登记", "户外广告设施设置审批", "道路货物运输经营许可")


def read(body: str, head: str, *crumbs: str, path: str = "xx/index.html", meta: str = "") -> PageFacts:
    place = (
        "<div class=dqwz>当前位置：<a href=/>首页</a>"
        + "".join(f" &gt; <a href=/c{i}/>{name}</a>" for i, name in enumerate(crumbs))
        + "</div>"
    )
    html = f"<html><head><title>{head}</title>{meta}</head><body>{NAV}{place if crumbs else ''}{body}{FOOT}</body></html>"
    exchange = reading.Exchange(f"http://{HOST}/{path}", 200, {"content-type": "text/html; charset=utf-8"}, html.encode())
    return reading.read(exchange, Context(), SCOPE).facts


def each(form: str) -> str:
    return "".join(form.format(i=i, n=i + 1, x=x) for i, x in enumerate(ITEMS))


@pytest.mark.parametrize(
    ("body", "head", "crumbs", "kind"),
    [
        (f"<h2>办件公示</h2><table><tr><th>编号</th><th>事项名称</th><th>受理日期</th><th>办结日期</th><th>状态</th></tr>{each('<tr><td>{n}</td><td>{x}</td><td>2026-11-0{n}</td><td>2026-11-1{i}</td><td>已办结</td></tr>')}</table>", "办件公示-安和县政务服务", (), "statistics"),
        ("<h2>办件统计</h2><p>2026年10月，全县共受理办件3512件，办结3498件，办结率99.6%。</p>", "办件统计", (), "statistics"),
        ("<h3>留言统计</h3><ul><li>收到留言<b>123</b>条</li><li>已答复<b>120</b>条</li></ul>", "留言统计_安和县人民政府", (), "statistics"),
        ("<h2>信件统计</h2><table><tr><th>月份</th><th>收到</th><th>办结</th></tr><tr><td>10月</td><td>50</td><td>50</td></tr><tr><td>9月</td><td>49</td><td>49</td></tr></table>", "信件统计", (), "statistics"),
        ("<ul>" + "".join(f"<li><a href=/t/{i}.html>2026年{10 - i}月县长信箱来信办理情况统计</a><span>2026-{11 - i}-05</span></li>" for i in range(4)) + "</ul>", "信件统计", ("互动交流", "信件统计"), "list"),
        (f"<h2>个人服务</h2><table><tr><th>序号</th><th>事项名称</th><th>实施主体</th><th>操作</th></tr>{each('<tr><td>{n}</td><td>{x}</td><td>县局</td><td><a href=/g/{i}>办事指南</a> <a href=/d/{i}>在线办理</a></td></tr>')}</table>", "个人服务", (), "guide_list"),
        (f"<h2>县市场监管局</h2><ul>{each('<li><a href=/g/{i}.html>{x}</a></li>')}</ul>", "县市场监管局事项", (), "guide_list"),
        (f"<ul>{each('<li><a href=/g/{i}.html>{x}办事指南</a><span>2026-0{n}-05</span></li>')}</ul>", "办事指南", ("政务服务", "办事指南"), "guide_list"),
        ("<div>" + "".join(f"<dl><dt><img src=/l/{n}.jpg></dt><dd><a href=/ld/{n}.html>{n}</a></dd></dl>" for n in ("林海川", "闻仲礼", "卓南屿")) + "</div>", "县政府领导", ("政务公开", "县政府领导"), "leaders"),
        ("<h2>领导班子</h2><p>林海川 党组书记、局长 主持局全面工作。</p><p>闻仲礼 副局长 分管办公室、人事科。</p><p>卓南屿 副局长 分管业务一科。</p>", "领导班子-安和县民政局", (), "leaders"),
        ("<h1>林海川</h1><p>县委副书记、县长</p><h3>个人简历</h3><p>林海川，男，汉族，1975年6月生，大学学历。</p><h3>工作分工</h3><p>主持县政府全面工作。</p>", "林海川", ("政务公开", "领导信息"), "leader"),
        ("<h1>关于闻仲礼等同志任前公示的公告</h1><div>发布时间：2026-11-06</div><div class=TRS_Editor><p>闻仲礼，男，汉族，1975年6月生，现任县某局副局长，拟任局长。</p></div>", "关于闻仲礼等同志任前公示的公告", ("人事信息",), "content"),
        ("<h1>县情概况</h1><p>安和县位于省境东部，辖11个乡镇，总面积1200平方公里，人口45万。</p>", "县情概况_安和县人民政府", ("走进安和", "县情概况"), "static"),
        ("<h3>招商引资</h3><p>区位优势：距高铁站12公里、机场45公里。</p><p>优惠政策详询招商局。</p>", "招商引资", (), "static"),
        ("<h1>联系我们</h1><p>地址：安和县城关镇人民路1号</p><p>电话：0937-5550100</p>", "联系我们-安和县人民政府", (), "static"),
        ("<iframe src=http://ysq.other.gov.cn/apply/></iframe><p><a href=/f/a.doc>政府信息公开申请表下载</a></p>", "依申请公开", (), "static"),
        ("<form><input name=q type=text value=补贴></form><p>为您找到相关结果 35 条</p>" + f"<ul>{each('<li><a href=/a/{i}.html>关于<em>补贴</em>发放的第{n}个通知</a><span>2026-11-0{n}</span></li>')}</ul>", "站内搜索", (), "search"),
        ("<p>调查结果显示，满意率为98%。</p>" + f"<ul>{each('<li><a href=/a/{i}.html>关于{x}工作的第{n}个通知</a><span>2026-11-0{n}</span></li>')}</ul>", "通知公告", ("通知公告",), "list"),
        (f"<h2>意见征集</h2><ul>{each('<li><a href=/z/{i}.html>关于公开征求《{x}办法》意见的公告</a><span>征集时间：2026-10-01至2026-10-3{i}</span></li>')}</ul>", "意见征集", ("互动交流", "意见征集"), "list"),
        ("<h3>市医保局负责人谈“居民参保”</h3><ul><li>访谈时间：2026年10月21日 15:00</li><li>访谈嘉宾：卓南屿</li></ul><p><b>主持人：</b>各位网友大家好，今天请卓局长介绍政策。</p>", "在线访谈-互动平台", (), "interview"),
        (f"<table><tr><td>索引号</td><td>信息名称</td><td>文号</td><td>发布机构</td><td>生成日期</td></tr>{each('<tr><td>0142/2026-0{n}</td><td><a href=/w/{i}.html>关于印发{x}办法的通知</a></td><td>安政发〔2026〕{n}号</td><td>县政府办</td><td>2026-10-0{n}</td></tr>')}</table>", "政府信息公开目录", (), "list"),
        (f"<ul>{each('<li><a href=/w/{i}.html>关于印发{x}办法的通知</a><p>索引号：0142/2026-0{n} 发文字号：安政发〔2026〕{n}号 发布日期：2026-10-0{n}</p></li>')}</ul>", "政策文件", ("政策文件",), "list"),
        (f"<h2>新闻动态</h2><ul>{each('<li><h3><a href=/a/{i}.html>我县开展{x}专项行动</a></h3><p>11月5日，县长主持召开会议，分析运行情况，安排部署下阶段工作。会议指出，要坚定信心。</p></li>')}</ul>", "新闻动态", ("新闻动态",), "list"),
        ("<dl><dt>标题：小学划片范围咨询（2026-11-02）</dt><dd>内容：请问小学划片？</dd><dd>管理员回复（2026-11-04）：您好，属于城关二小。</dd></dl><dl><dt>标题：村道积水（2026-10-11）</dt><dd>内容：我村道路积水。</dd><dd>管理员回复（2026-10-14）：已安排处理。</dd></dl>", "留言咨询 - 安和县", (), "board"),
        ("<h3>县政府文件</h3><p>栏目维护公告：本栏目正在迁移，2026年11月1日起暂停更新，预计12月1日前完成。</p>", "县政府文件--安和县", (), "list"),
        ("<h1>音频 | 三分钟听懂惠企政策</h1><div>2025-12-30</div><div id=zoom><audio src=/a.mp3></audio></div>", "音频_安和县人民政府", (), "interpretation"),
        ("<h1>视频 | 我县举办马拉松比赛</h1><div>2025-12-30</div><div id=zoom><video src=/a.mp4></video></div>", "视频_安和县人民政府", (), "content"),
    ],
)  # fmt: skip
def test_kinds_by_what_stands_there(body: str, head: str, crumbs: tuple[str, ...], kind: str) -> None:
    assert read(body, head, *crumbs).kind == kind


def test_a_list_bears_its_own_name_and_not_that_of_the_column_above() -> None:
    rows = f"<ul>{each('<li><a href=/a/{i}.html>关于{x}的第{n}个通知</a><span>2026-11-0{n}</span></li>')}</ul>"
    assert read(f"<h2>公示公告</h2>{rows}", "公示公告-安和县", "政务公开").title == "公示公告"
    assert read(rows, "公示公告-安和县", "政务公开", "公示公告").title == "公示公告"


def test_labels_are_told_apart_from_the_values_before_them() -> None:
    """`主题：夜间噪声　　发表于：` — blanks part as well as spread."""
    letter = "<table><tr><td>网友：匿名</td><td>主题：<b>{}</b>&nbsp;&nbsp;发表于：2026/10/2{} 12:00</td></tr><tr><td>请问如何办理？</td></tr><tr><td>回复：您好，已处理。（2026/11/1）</td></tr></table>"
    facts = read(
        "<b>县长信箱</b>" + "".join(letter.format(t, i) for i, t in enumerate(("夜间施工噪声扰民", "公交间隔太长", "如何加装电梯"))),
        "县长信箱",
    )
    assert facts.kind == "board"


@pytest.mark.parametrize(
    ("name", "tag", "kind"),
    [
        ("信息快递", "", "动态要闻"),
        ("住建资讯", "", "动态要闻"),
        ("旅游资讯", "", "其他"),
        ("法规公文", "", "政策文件"),
        ("政府公报", "", "其他"),
        ("政府公报", "政策文件", "政策文件"),
        ("清和要闻", "", "动态要闻"),
        ("科室职责", "", "机构职能"),
        ("镇长之窗", "", "领导信息"),
        ("*长信箱".replace("*", "区"), "", "咨询建言"),
        ("信件办理情况统计", "", "留言统计"),
        ("重大行政决策预公开", "", "征集调查"),
        ("事业单位公开招聘", "", "人事信息"),
        ("部门预决算公开", "", "财政预决算"),
        ("法治政府建设年度报告", "", "信息公开年报"),
        ("政府信息公开规定", "", "信息公开制度"),
        ("县教育局信息公开", "", "法定主动公开内容"),
        ("投诉举报", "", "纪检举报"),
        ("建议提案办理", "", "其他"),
        ("营商环境", "", "其他"),
        ("专栏一", "工作动态", "动态要闻"),
        ("专栏一", "信息公开,政策文件", "政策文件"),
        ("专栏一", "专栏一", "其他"),
    ],
)
def test_types_of_columns(name: str, tag: str, kind: str) -> None:
    assert columns.type_of(name, tag) == kind


def test_no_name_of_the_label_file_stands_under_two_types() -> None:
    from govcrawl import rulebook

    seen: dict[str, str] = {}
    for kind, names in rulebook.labels("columns").items():
        for name in names if kind != "event" else ():
            assert seen.setdefault(name, kind) == kind, name
