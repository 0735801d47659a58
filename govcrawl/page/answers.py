"""What an answer means: read, redirected, failed, or a shield between us and the site. Pure: bytes and words in, a verdict out.

"Blocked" is a state of its own (rules, `site-blocked`): never "down", never "empty", so nothing behind it is judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

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

_SCRIPT_SHIELD = Spotter((
    b"__jsl_clearance", b"('_')+('_')", b"window['$_ts']", b'window["$_ts"]', b"$_ts={}", b"acw_sc__v2", b"acw_sc__v3", b"/_guard/",
    b"_cf_chl_opt", b"/cdn-cgi/challenge", b" r='m'", b' r="m"', b"__tst_status", b"_waf_is_mob", b"yunsuo_session", b"wzws_cid", b"wzwsconfirm",
    b"WZWS-RAY", b"slg-caption", b"/.safeline/", b"aliyunwaf_", b"eo_bot_ssid", b"_dcapwaf",
))  # fmt: skip
"""Words of shields' own scripts: 加速乐, 瑞数, 阿里云, 云锁, 360, 长亭, Cloudflare, EdgeOne. Plain words, as every page is searched for them."""
_TITLE_SHIELD = re.compile(
    r"<title>[^<]{0,40}?(?:安全验证|人机验证|访问验证|滑动验证|请求被拦截|访问被拦截|访问被拒绝|网站防火墙|WEB应用防火墙|WAF拦截|访问受限|访问禁止"
    r"|Just a moment|Attention Required|Access Denied|Request Rejected|安全防护平台|云防护)[^<]{0,40}?</title>",
    re.I,
)
"""Matches "<title>安全验证</title>" and "<title>Just a moment...</title>", not "<title>关于食品安全验证工作的通知</title>" on a long page."""
_TEXT_SHIELD = re.compile(
    r"您的(?:请求|访问)(?:疑似|可能|已被|被)[^<]{0,20}?(?:攻击|拦截|阻断|拒绝)|(?:请求|访问)(?:已)?被(?:[^<]{0,12}?)(?:拦截|阻断)|incident id|"
    r"当前访问(?:疑似|存在)[^<]{0,20}?(?:黑客|攻击|风险)|拖动(?:下方)?滑块|创宇盾|安全狗|知道创宇|玄武盾|Enable JavaScript and cookies to continue",
    re.I,
)
"""Matches "您的请求疑似攻击行为！" and "您的访问被阻断", not "访问量已被统计"."""
_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.I | re.S)
"""Matches "<p>", and a script with its code; not text between tags."""
_SMALL = 65536
"""A shield's page is small, and shows next to nothing."""
_TOP = 8192
"""Shields begin with their script."""
_PLAIN = 16384
"""A shield's page without a script of its own (a notice of refusal, a slider from elsewhere) is smaller still."""


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
    top = head[:_TOP]
    if _SCRIPT_SHIELD.any(top):
        return len(_text(head)) < 200
    if len(body_head) > _PLAIN and status < 400:
        return False
    text = _text(head)
    if len(text) >= 400:
        return False
    if _TITLE_SHIELD.search(_decoded(head)):
        return True
    if status >= 400 or len(text) < 120:
        return _TEXT_SHIELD.search(text) is not None
    return False


def _decoded(head: bytes) -> str:
    try:
        return head.decode("utf-8")
    except UnicodeDecodeError:
        return head.decode("gb18030", "replace")


def _text(head: bytes) -> str:
    return "".join(_TAGS.sub(" ", _decoded(head)).split())
