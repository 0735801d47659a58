"""Pages that are none: shields between us and the site, the site's own error pages whatever their status; and what only looks like one."""

from __future__ import annotations

import pytest

from govcrawl import reading
from govcrawl.model.facts import Context, PageFacts
from govcrawl.page import answers

HOST = "www.anhe.gov.cn"
SCOPE = reading.Scope(home=f"http://{HOST}/", hosts=frozenset((HOST,)), family=frozenset(), today="2026-11-16")
NAV = "<div class=nav><a href=/>首页</a><a href=/zwgk/>政务公开</a><a href=/xw/>新闻动态</a><a href=/fw/>办事服务</a></div>"


def read(html: str | bytes, status: int = 200, context: Context | None = None) -> PageFacts:
    body = html.encode() if isinstance(html, str) else html
    exchange = reading.Exchange(f"http://{HOST}/xx/t1.html", status, {"content-type": "text/html"}, body)
    return reading.read(exchange, context or Context(), SCOPE).facts


SHIELDS: dict[str, str | bytes] = {
    "创宇盾": "<html><head><title>创宇盾</title></head><body><div>您的请求疑似攻击行为！</div><p>如果您是网站管理员，请登录知道创宇云安全查看详情</p><p>请求ID：abc</p></body></html>",
    "安全狗": "<html><head><title>网站防火墙</title></head><body><div id=main><div class=t>您的请求带有不合法参数，已被网站管理员设置拦截！</div><p>可能原因：您提交的内容包含危险的攻击请求</p><p>如何解决：检查提交内容；普通网站访客，请联系网站管理员；</p></div></body></html>",
    "云锁": "<html><head><title>云锁</title></head><body><h1>很抱歉，您的访问请求由于疑似攻击已被云锁拦截</h1></body></html>",
    "360": "<html><head><title>360网站卫士</title></head><body>当前访问疑似黑客攻击，已被网站管理员设置为拦截</body></html>",
    "d盾": "<html><head><title>D盾_拦截提示</title></head><body><h3>D盾_拦截提示</h3>错误信息：[提交参数含有危险字符]</body></html>",
    "safe3": "<html><body>Safe3waf: 您的请求包含有攻击特征，已被拦截</body></html>",
    "绿盟": "<html><head><title>WAF</title></head><body>您的访问请求可能对网站造成安全威胁，请求已被 管理员 阻断。</body></html>",
    "访问被拦截": "<html><head><title>访问被拦截</title></head><body><p>您所在的IP访问过于频繁，请稍后再试</p></body></html>",
    "freq": "<html><head><title>提示</title></head><body><p>您的访问过于频繁，请稍后再试！</p></body></html>",
    "5秒": "<html><head><title>正在检查您的浏览器</title></head><body><h1>正在验证您的浏览器，请稍候…5秒后自动跳转</h1><script>setTimeout(function(){location.reload()},5000)</script></body></html>",
    "5sec2": "<html><head><title>安全检查中...</title></head><body>浏览器安全检查中，请稍候... 还剩 5 秒</body></html>",
    "ruishu": "<!DOCTYPE html><html><head><meta id=\"9DhefwqGPrzGxEp9hPaoag\" content=\"abcdef\" r='m'><script>$_ts=window['$_ts'];if(!$_ts)$_ts={};$_ts.nsd=12345;$_ts.cd='qq';</script><script src='/a.js' r='m'></script></head><body></body></html>",
    "twisted": "<!DOCTYPE html><html><head><script src=/OPo7Rm7r/k1a2.dfe1675.js></script><script>(function(){var _$p1=0,_$mE=[[5,3],[1,2]];"
    + "_$q(1);" * 400
    + "})()</script></head><body></body></html>",
    "jsl": "<script>document.cookie=('_')+('_')+('j')+('s')+('l')+'_'+'clearance=1';location.href=location.pathname+location.search</script>",
    "cookie-reload": "<html><head><script>document.cookie='wzwschallenge=ABC; path=/';window.location.reload();</script></head><body></body></html>",
    "cookie-setting": "<html><body><script>function a(){var x='xx';document.cookie='__tst_status='+x+';';location.reload(true);}a();</script></body></html>",
    "noscript": "<html><head><script src=/challenge.js></script></head><body><noscript>请启用JavaScript后重新访问本站</noscript></body></html>",
    "slider": "<html><head><title>安全验证</title></head><body>请按住滑块，拖动到最右边</body></html>",
    "captcha": "<html><head><title>验证码</title></head><body><form>请输入验证码继续访问：<input name=code></form></body></html>",
    "aliyun": "<html><head><title>405</title></head><body>很抱歉，由于您访问的URL有可能对网站造成安全威胁，您的访问被阻断。您的请求ID是：0a3</body></html>",
    "huawei": "<html><head><title>Blocked</title></head><body>您的访问请求存在威胁，已被华为云WAF拦截。事件ID: 1</body></html>",
    "tencent": "<html><head><title>请求被拦截</title></head><body>很抱歉，您提交的请求可能对网站造成威胁，请求已被管理员设置的策略阻断</body></html>",
    "hillstone": "<html><body>您访问的页面存在安全风险，已被防火墙拦截</body></html>",
    "sangfor": "<html><head><title>访问禁止</title></head><body>您访问的网页被禁止</body></html>",
    "chaitin": "<html><head><title>人机验证</title></head><body><div id=slg-box><p id=slg-caption>正在进行人机识别</p></div><script src=/.safeline/static/x.js></script></body></html>",
    "ipdeny": "<html><head><title>禁止访问</title></head><body><h1>您的IP不在允许访问的范围内</h1></body></html>",
    "oversea": "<html><body>根据网站管理要求，仅限境内IP访问</body></html>",
    "in gbk": "<html><head><title>网站防火墙</title></head><body>您的请求带有不合法参数，已被网站管理员设置拦截！</body></html>".encode(
        "gbk"
    ),
}


@pytest.mark.parametrize("html", SHIELDS.values(), ids=SHIELDS.keys())
def test_a_shield_is_never_an_empty_page(html: str | bytes) -> None:
    body = html.encode() if isinstance(html, str) else html
    assert answers.classify(200, {}, body) == ("blocked", "blocked")
    assert read(html).kind == "shield"


ERRORS: dict[str, str] = {
    "404a": "<title>页面不存在</title><body><p>您要访问的页面不存在，3秒后返回首页</p>",
    "404b": "<title>清和县人民政府</title><body><div class=nav><a href=/>首页</a><a href=/zwgk/>政务公开</a></div><div>抱歉，您访问的页面已经删除或不存在！<a href=/>返回首页</a></div><div class=footer>主办：清和县人民政府</div>",
    "404c": "<title>404</title><body><img src=404.png>",
    "404d": "<title>HTTP 404 未找到</title><body><h1>404 - 找不到文件或目录。</h1><h2>您要查找的资源可能已被删除，已更改名称或者暂时不可用。</h2>",
    "404e": "<title>温馨提示</title><body>您访问的信息不存在或者未审核通过！",
    "404f": "<title>提示信息</title><body>参数错误！",
    "404g": "<title>提示</title><body>该文章已下线",
    "404h": "<title>Error</title><body>The requested URL was not found on this server.",
    "404i": "<title>信息提示</title><body>对不起，您没有权限访问该页面！",
    "404j": "<title>清和县人民政府网</title><body>哎呀，页面飞走了~",
    "404k": "<title>出错啦</title><body>系统繁忙，请稍后再试",
    "404l": "<title></title><body>内容不存在",
    "404m": "<title></title><body>数据库连接失败",
    "404n": "<title>“/”应用程序中的服务器错误。</title><body><h1>“/”应用程序中的服务器错误。</h1><p>无法找到资源。</p><p>说明: HTTP 404。您正在查找的资源(或者它的一个依赖项)可能已被移除，或其名称已更改，或暂时不可用。请检查以下 URL 并确保其拼写正确。</p>",
    "404o": "<title>Apache Tomcat/7.0.54 - Error report</title><body><h1>HTTP Status 404 - /a.html</h1><p><b>type</b> Status report</p>",
    "404p": "<title>Welcome to nginx!</title><body><h1>Welcome to nginx!</h1><p>If you see this page, the nginx web server is successfully installed and working.",
    "404q": "<title>清和县</title><body>很抱歉，您要访问的页面已经搬家",
    "404r": "<title>清和县</title><body>该栏目已撤销，请访问<a href=/>首页</a>",
    "404s": "<title>清和县</title><body>您浏览的页面暂时无法访问，去其他地方逛逛",
    "404t": "<title>IIS7</title><body><a href=x><img src=iis-85.png></a>",
    "404u": "<title>站点已关闭</title><body>对不起，该站点已经停止服务",
    "404v": "<title>没有找到站点</title><body>您的请求在Web服务器中没有找到对应的站点！可能原因：您没有将此域名或IP绑定到对应站点!",
    "404w": "<title>清和县</title><script>alert('该信息不存在！');history.back();</script><body>",
    "404x": "<script>alert('文章已删除');window.location='/'</script>",
    "php": "<body><b>Fatal error:</b> Uncaught Error in /www/show.php on line 12",
    "vbscript": "<font size=2><p>Microsoft VBScript 运行时错误</font> 错误 '800a01a8'<p>缺少对象<p>/shownews.asp，行 41",
    "java": "<h1>Whitelabel Error Page</h1><p>This application has no explicit mapping for /error</p>",
    "phpcms": "<title>提示信息 - 安和县</title><body><div class=showMsg><h5>提示信息</h5><div>信息不存在或者已经被删除</div><a href='javascript:history.back()'>[点这里返回上一页]</a></div>",
}


@pytest.mark.parametrize("html", ERRORS.values(), ids=ERRORS.keys())
def test_an_error_page_that_answers_200(html: str) -> None:
    assert read(html).kind == "error"


PLACE = "<div class=dqwz>位置：<a href=/>首页</a>&gt;<a href=/tz/>通知公告</a></div>"


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        (
            "<title>网站防火墙采购公告_安和县</title><h1>网站防火墙采购公告</h1><div class=TRS_Editor>我单位拟采购网站防火墙一套，要求具备拦截攻击的功能。</div>",
            "content",
        ),
        (
            "<title>关于页面不存在问题的说明</title><meta name=ArticleTitle content=关于页面不存在问题的说明><h1>关于页面不存在问题的说明</h1>"
            "<div class=TRS_Editor>近期有网民反映点击后页面不存在，经查系迁移所致，现已修复。</div>",
            "content",
        ),
        (f"<title>通知公告</title>{NAV}{PLACE}<ul class=list></ul>", "list"),
        (f"<title>通知公告</title>{NAV}{PLACE}<div>没有找到相关内容</div>", "list"),
        (
            f"<title>安和县</title>{NAV}<h1>关于系统升级的通知</h1><div class=TRS_Editor>因系统维护，今晚暂停访问，请广大市民知悉。</div>",
            "content",
        ),
        (
            f"<title>访问受限场所管理规定_安和县</title>{NAV}<h1>访问受限场所管理规定</h1><div class=TRS_Editor>为加强管理，对进入人员进行验证登记，非法访问将被拒绝。</div>",
            "content",
        ),
        (
            "<script>document.cookie='visited=1'</script><div id=app></div><script src=/js/app.js></script>",
            "list",
        ),  # an application's shell
    ],
)
def test_what_is_neither(html: str, kind: str) -> None:
    assert read(html).kind == kind


def test_the_home_page_is_home_whatever_it_says() -> None:
    assert read("<title>404</title><p>页面不存在</p>", context=Context(home=True)).kind == "home"
    assert read("<title>404</title>", 404, Context(home=True)).kind == "error"


@pytest.mark.parametrize(("status", "outcome"), [(403, "blocked"), (412, "blocked"), (521, "blocked"), (404, "failed"), (200, "read")])
def test_a_plain_answer_by_its_status(status: int, outcome: str) -> None:
    assert answers.classify(status, {}, b"<html><body><p>" + "安和县人民政府".encode() * 30 + b"</p></body></html>")[0] == outcome
