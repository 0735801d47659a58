"""The site's own error page, whatever its status: a page that says that what was asked for is not there."""

from __future__ import annotations

import re
from functools import lru_cache

from govcrawl import rulebook
from govcrawl.page.document import Page
from govcrawl.text import normalise

_LONGEST = 6000
_WHOLE = 1500
_THING = "(?:页面|网页|文章|信息|内容|稿件|文档|新闻|记录|栏目|文件|资源|数据|链接|地址|网址|站点|网站|公告|目录)"
_ASKED = "(?:(?:您|你)?(?:所|要|想|需要)?(?:访问|查找|请求|查看|浏览|寻找|打开)的?)"
_GONE = re.compile(
    rf"(?:没有|未能?|无法|不能)(?:找到|打开|访问|显示|查询到)(?:该|此|本|这篇|这个|{_ASKED})?{_THING}"
    rf"|找不到(?:该|此|这篇|{_ASKED}){_THING}|找不到文件或目录"
    rf"|(?:该|此|这篇|(?:您|你)(?:所|要|想|需要)?(?:访问|查找|请求|查看|浏览|寻找|打开)的|本){_THING}(?:可能|或许|暂时)?(?:已经?|被|不|未|并|或|无法)*(?:存在|删除|移除|下线|下架|撤回|撤销|转移|过期|失效|找到|搬家|访问|打开|审核通过|通过审核|关闭|停止服务)"
    rf"|(?:页面|网页)(?:飞走|走失|跑丢|走丢|丢失|迷路|不见|消失|找不到)了?|^{_THING}(?:已经?|被|不|未|并)*(?:存在|删除|移除|下线|下架|撤回|过期|失效)[!.]*$"
    r"|(?:requested|page|file|url).{0,20}(?:was|is|could|can)?notfound|notbefound|nosuchfile"
)
"""What error pages say in their own words: matches "没有找到该文章，可能已被删除" and "您要查看的信息可能已被移除"; not "没有找到相关内容" (a search)
nor "本页面信息已更新"."""
_FAULT = re.compile(
    r"^(?:对不起|抱歉|很抱歉|错误|提示|出错了?|系统)*(?:参数(?:错误|有误|不正确|无效)|非法(?:参数|请求|访问|操作)|(?:系统|服务器|网络)(?:繁忙|异常|开小差|出错|忙)|数据库(?:连接|查询)?(?:失败|错误|出错|异常)"
    r"|(?:您|你)?没有权限(?:访问|查看|浏览)?|(?:您|你)?无权(?:访问|查看|浏览)|(?:发生|出现)(?:了)?(?:错误|异常))"
)
"""The beginning of a page that says only that something failed: matches "参数错误！" and "系统繁忙，请稍后再试"; not "关于参数错误的说明"."""
_MISSING = re.compile(
    r"(?:信息|文章|内容|页面|网页|稿件|栏目|新闻|文件|记录)(?:不存在|已经?被?(?:删除|撤销|下线|下架|过期)|未(?:找到|发布|审核)|没有找到)"
)
"""As `_GONE`, in a notice of a line or two: matches "信息不存在或者已经被删除", not "文件已发布"."""
_TRACE = re.compile(
    r"Microsoft (?:VBScript|JET|OLE DB|SQL)|ADODB\.|ODBC (?:Driver|Microsoft)|VBScript (?:运行时|编译器)错误|Server Error in|Fatal error:|Parse error:|Warning: +\w+\(|java\.(?:lang|sql|io|util)\.\w+(?:Exception|Error)"
    r"|Exception Report|Stack Trace|Traceback \(most recent|SQLSTATE\[|SqlException|NullPointerException|Whitelabel Error Page|Discuz! Database Error|ThinkPHP|org\.apache\.",
)
"""What a broken program prints: matches "Microsoft VBScript 运行时错误 '800a01a8'", not "Microsoft Office 培训通知"."""
_SERVER = re.compile(
    r"(?:Welcome to nginx|Apache Tomcat/[\d.]+(?: - Error report)?|HTTP Status \d{3}|Test Page for|It works!?|IIS ?\d|Internet Information Services|IIS Windows(?: Server)?|没有找到站点|站点(?:已关闭|创建成功|不存在|已暂停|已停止)"
    r"|恭喜，站点创建成功|HTTP (?:错误 )?[45]\d\d\b.*|[45]\d\d (?:Not Found|Forbidden|Error|Bad Gateway|Internal Server Error|Service Unavailable).*|Error(?: \d{3})?|.{0,12}应用程序中的服务器错误.?|Runtime Error|Object not found!?|Index of /.*)",
    re.I,
)
"""The whole title of a server's own page: matches "Welcome to nginx!", "404 Not Found" and "没有找到站点"; not "IIS7升级采购公告"."""
_ALERT = re.compile(r"\balert\s*\(\s*(['\"])(?P<words>[^'\"]{2,60})\1")
"""Matches "alert('该信息不存在！')", not "alert(message)"."""


@lru_cache(maxsize=1)
def _phrases() -> tuple[re.Pattern[str], frozenset[str]]:
    labels = rulebook.labels("marks")
    phrases = sorted((normalise.label(p) for p in labels["error_page"]), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, phrases))), frozenset(normalise.label(t) for t in labels["error_title"])


def is_error(page: Page, status: int) -> bool:
    """Its words stand in the title, in an alert of an empty page, or in a page that says hardly anything else."""
    if status >= 400:
        return True
    shown = page.visible_text("body")
    if len(shown) > _LONGEST:  # not worth squeezing: whatever is invisible in it, 1,500 characters remain
        return False
    body = normalise.squeeze(shown)
    if len(body) > _WHOLE or page.meta.get("articletitle"):
        return False
    if _by_title(page.head_title or "", len(body)):
        return True
    if len(body) >= 400:
        return False
    if len(body) < 30 and _alerts(page):
        return True
    if _TRACE.search(body) and len(page.body_tree.findall(".//a")) < 6:
        return True
    plain = normalise.label(body)
    return _says(plain) or (len(plain) < 120 and bool(_MISSING.search(plain)))


def _says(plain: str) -> bool:
    return bool(_phrases()[0].search(plain) or _GONE.search(plain.lower()) or _FAULT.match(plain))


def _by_title(head: str, size: int) -> bool:
    titles = _phrases()[1]
    if _SERVER.fullmatch(head.strip(' “”/"。.!！')):
        return True
    parts = [normalise.label(part) for part in re.split(r"[-_|—–]", head)]
    return any(part in titles for part in parts) and (size < 600 or any("404" in part for part in parts))


def _alerts(page: Page) -> bool:
    """`<script>alert('该信息不存在！');history.back();</script>` and nothing else."""
    return any(
        _says(normalise.label(found["words"]))
        for script in page.scripts
        if len(script.text) < 2000
        for found in _ALERT.finditer(script.text)
    )
