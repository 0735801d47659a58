"""What an answer means: read, redirected, failed, or a shield between us and the site. Pure: bytes and words in, a verdict out.

"Blocked" is a state of its own (rules, `site-blocked`): never "down", never "empty", so nothing behind it is judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from govcrawl.model.facts import Visit
from govcrawl.text.spotting import Spotter

READ, FAILED, BLOCKED, REDIRECTED, SKIPPED = "read", "failed", "blocked", "redirected", "skipped"
REDIRECTS = frozenset({301, 302, 303, 307, 308})

_SHIELD_STATUS = frozenset({403, 405, 412, 418, 429, 444, 493, 521, 567})
"""403 and 405 (Aliyun WAF) are refusals, 412 is 瑞数, 521 is 加速乐, 567 is EdgeOne, 418, 444 and 493 are other shields' own."""
_MAYBE_SHIELD = frozenset({202, 400, 503})
"""Real answers of real servers, and of shields too: 瑞数 answers 202, several clouds 503 with a script to be run."""
_REASONS = {
    "dns": "unreachable", "refused": "unreachable", "reset": "unreachable", "connect": "unreachable", "proxy": "unreachable",
    "timeout": "timeout", "tls": "tls", "too_large": "unread_file", "decode": "no_data", "loop": "unreachable", "other": "unreachable",
}  # fmt: skip
IN_PRINT = {
    "dns": "域名无法解析", "refused": "连接被拒绝", "reset": "连接被重置", "connect": "无法连接", "proxy": "代理服务器未能转达", "timeout": "超时",
    "tls": "加密连接失败", "too_large": "文件过大，未取", "decode": "内容无法解码", "loop": "循环跳转", "other": "未能访问",
    BLOCKED: "被拦截", FAILED: "未能访问",
}  # fmt: skip
"""Error words of a try, and what became of one without an answer, as a reader is told."""

_SCRIPT_SHIELD = Spotter((
    b"__jsl_clearance", b"('_')+('_')", b"window['$_ts']", b'window["$_ts"]', b"$_ts={}", b"acw_sc__v2", b"acw_sc__v3", b"/_guard/",
    b"_cf_chl_opt", b"/cdn-cgi/challenge", b" r='m'", b' r="m"', b"__tst_status", b"_waf_is_mob", b"yunsuo_session", b"wzws_cid", b"wzwsconfirm",
    b"WZWS-RAY", b"slg-caption", b"/.safeline/", b"aliyunwaf_", b"eo_bot_ssid", b"_dcapwaf", b"wzwschallenge", b"security_session", b"safedog-flow",
    b"cf-browser-verification", b"challenge-platform", b"/challenge.js", b"waf_cookie", b"waf-captcha", b"knownsec", b"btwaf",
))  # fmt: skip
"""Words of shields' own scripts: 加速乐, 瑞数, 阿里云, 云锁, 360, 长亭, 安全狗, 宝塔, Cloudflare, EdgeOne. Plain words, as every page is searched for them."""
_TITLE = re.compile(r"<title[^>]*>([^<]{0,80})</title>", re.I)
_TITLE_SHIELD = re.compile(
    r"(?:(?:请(?:完成|进行|通过))?(?:安全|人机|访问|滑动|身份|浏览器)(?:验证|检查|检测|识别)(?:中|页面)?|(?:正在)?(?:安全|浏览器)?(?:检查|验证|检测)(?:您的|你的|一下)?浏览器"
    r"|(?:您的|你的)?(?:请求|访问)(?:行为|地址)?(?:已经?)?(?:被|遭到?)?(?:拦截|拒绝|阻断|禁止|限制|受限|异常)(?:提示|页面)?|(?:拦截|阻断)(?:提示|页面)|禁止访问"
    r"|[\w ]{0,8}(?:网站防火墙|web应用防火墙|应用防火墙)(?:提示|拦截)?|WAF(?:拦截|提示|防护)?|创宇盾|安全狗|云锁|玄武盾|[dD]盾.{0,8}|360网站卫士|知道创宇云安全|云盾|加速乐|网宿云盾"
    r"|验证码|请输入验证码|just a moment|attention required!?|access denied|request rejected|blocked|安全防护平台|云防护(?:平台)?|防护(?:拦截)?提示)",
    re.I,
)
"""The whole of a shield's `<title>` (less its dots): matches "安全验证", "网站防火墙" and "Just a moment...", not "网站防火墙采购公告"."""
_TEXT_SHIELD = re.compile(
    r"(?:请求|访问|提交|来访|IP)[^。]{0,30}?(?:已被|被|遭|进行了?)[^。]{0,16}?(?:拦截|阻断|屏蔽|封禁|封锁)|(?:您|你)的(?:请求|访问|IP)[^。]{0,20}?被[^。]{0,12}?(?:拒绝|禁止|限制)|incidentid"
    r"|(?:请求|访问)[^。]{0,12}?(?:疑似|含有|包含|存在|带有)[^。]{0,16}?(?:攻击|风险|威胁|不合法|危险)|拦截提示|拖动(?:下方|到最右)?[^。]{0,6}滑块|滑块[^。]{0,6}拖动|(?:访问|请求)(?:次数)?(?:过于|太|过)(?:频繁|多|快)"
    r"|正在(?:为您)?(?:检查|验证|检测|进行)[^。]{0,10}?(?:浏览器|安全(?:验证|检查|检测)|人机)|(?:浏览器|安全|人机)(?:安全)?(?:检查|验证|检测|识别)中|输入验证码[^。]{0,8}?(?:访问|浏览)"
    r"|IP(?:地址)?[^。]{0,6}?不在[^。]{0,8}?(?:允许|许可|白名单)|(?:仅限|只允许)(?:中国)?(?:境内|内网|国内|大陆|政务外网)[^。]{0,6}?(?:IP|用户|地址)?访问|境外[^。]{0,6}?(?:禁止|无法|限制)访问"
    r"|创宇盾|安全狗|知道创宇|玄武盾|云锁|[dD]盾|360网站卫士|safe3|华为云waf|宝塔[^。]{0,6}防火墙|EnableJavaScriptandcookiestocontinue|checkingyourbrowser",
    re.I,
)
"""In the text without blanks of a page that says hardly anything else: matches "您的请求疑似攻击行为！" and "您的访问被阻断", not "访问量已被统计"."""
_ASKS_SCRIPT = re.compile(r"<noscript\b[^>]*>[^<]{0,120}?(?:启用|开启|打开|enable)[^<]{0,20}?(?:JavaScript|脚本)", re.I)
_RELOADS = re.compile(r"document\.cookie\s*=.*?(?:location\.(?:reload|replace|assign)\s*\(|location(?:\.href)?\s*=)", re.S)
"""A script that sets a cookie and asks again: matches "document.cookie='a=1';location.reload()", not one that only counts visits."""
_TWISTED = re.compile(r"_\$[\w$]{1,3}\b|\b_0x[0-9a-f]{3,6}\b")
"""Names in code that was made unreadable: matches "_$p1" and "_0x3a4f", not "_hmt"."""
_NAMES = 40
_LEADS = re.compile(r"<(?:a|iframe|frame|area|img|form|embed|object|video)\b", re.I)
_SHELL = re.compile(r"<(?:div|main|section)[^>]{0,80}\bid\s*=\s*[\"']?(?:app|root|main|container|wrapper)\b", re.I)
"""The box that an application fills: matches '<div id="app">', not '<div id="slg-box">'."""
_TAGS = re.compile(r"<(script|style|noscript)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.I | re.S)
"""Matches "<p>", and a script with its code; not text between tags."""
_SMALL = 65536
"""A shield's page is small, and shows next to nothing."""
_TOP = 8192
"""Shields begin with their script."""
_PLAIN = 16384
"""A shield's page without a script of its own (a notice of refusal, a slider from elsewhere) is smaller still."""
_LINKS = 6
"""Links of a page that has a menu, which no shield shows."""


def in_print(visit: Visit) -> str:
    """What a visit that was not read came to, as a reader is told: `404`, `超时`, `被拦截`."""
    last = visit.last
    if last is not None and last.status:
        return str(last.status)
    return IN_PRINT.get((last.error if last is not None else None) or visit.outcome, IN_PRINT[FAILED])


def classify(status: int | None, headers: Mapping[str, str], body_head: bytes, error: str | None = None) -> tuple[str, str | None]:
    """(outcome, reason) of one exchange.

    Args:
        status: HTTP status; None where nothing was answered.
        headers: lower-case names.
        body_head: the body, or its first tens of kilobytes.
        error: an error word of `Try`.

    Returns:
        read | failed | blocked | redirected, and a reason word of the finding contract where not read or redirected:
        unreachable (no answer, 5xx), timeout, tls, unread_file (too large), login (401), no_data (answered that there is nothing: 404, 410,
        other 4xx, a body that cannot be decoded), blocked.
    """
    if error is not None:
        return FAILED, _REASONS.get(error, "unreachable")
    if status is None:
        return FAILED, "unreachable"
    if status in REDIRECTS and headers.get("location", "").strip():
        return REDIRECTED, None
    if status in _SHIELD_STATUS:
        return BLOCKED, "blocked"
    if status in _MAYBE_SHIELD or 200 <= status < 300:
        if challenged(status, body_head):
            return BLOCKED, "blocked"
        if 200 <= status < 300:
            return READ, None
    if status == 401:
        return FAILED, "login"
    if status >= 500 or status == 407:
        return FAILED, "unreachable"
    return FAILED, "no_data"


def challenged(status: int, body_head: bytes) -> bool:
    """Whether the body is a shield's page and not the site's.

    A page with text of its own is never one, whatever words stand in it: 网站防火墙采购公告 is news.
    """
    head = body_head[:_SMALL]
    if len(head) < 20:
        return False
    if _SCRIPT_SHIELD.any(head[:_TOP]):
        return len(_text(_decoded(head))) < 200
    if len(body_head) > _PLAIN and (status < 400 or len(body_head) > _SMALL):
        return len(body_head) <= _SMALL and b"<script" in head and _is_challenge(_decoded(head))
    source = _decoded(head)
    text = _text(source)
    if len(text) >= 400 or b"ArticleTitle" in head or len(_LEADS.findall(source)) > _LINKS:
        return False
    title = _TITLE.search(source)
    if title and any(_TITLE_SHIELD.fullmatch(part.strip(" .…!！-_")) for part in re.split(r"[-_|—–]", title[1])):
        return True
    if (status >= 400 or len(text) < 120) and _TEXT_SHIELD.search(text):
        return True
    return _is_challenge(source, text)


def _is_challenge(source: str, text: str | None = None) -> bool:
    """A page of nothing but script that sets a cookie and asks again, asks for scripts to be run, or hides what it does."""
    if text is None and not _RELOADS.search(source) and not _is_twisted(source[:_SMALL]):
        return False
    text = _text(source) if text is None else text
    if len(text) > 30 or _LEADS.search(source) or _SHELL.search(source) or "<script" not in source.lower():
        return False
    return bool(_RELOADS.search(source)) or _is_twisted(source) or bool(_ASKS_SCRIPT.search(source))


def _is_twisted(source: str) -> bool:
    """Whether code is full of unreadable names. Counted as plain words first: the expression alone cost half a millisecond of every page."""
    return source.count("_$") + source.count("_0x") >= _NAMES and len(_TWISTED.findall(source)) >= _NAMES


def _decoded(head: bytes) -> str:
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError:
        return head.decode("gb18030", "replace")


def _text(source: str) -> str:
    return "".join(_TAGS.sub(" ", source).split())
