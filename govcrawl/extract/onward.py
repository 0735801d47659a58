"""What a link is asked for: own page, file, picture, outside, or not at all (calendars, logout, search, endless queries)."""

from __future__ import annotations

import re
from functools import lru_cache

from govcrawl import rulebook
from govcrawl.extract import attachments
from govcrawl.model.facts import ATTACHMENT, OUTSIDE, PAGE, PICTURE
from govcrawl.page import addresses

_TWINS = frozenset(
    (
        "en", "eng", "english", "big5", "ft", "fanti", "hant", "zh-hant", "zh-tw", "zh_tw", "tw", "m", "wap", "mobile", "mob", "wza", "gwza", "barrierfree",
        "slh", "elder", "ywb", "englishsite", "print",
    )
)  # fmt: skip
"""First path segments of twins that are not judged: English, traditional script, mobile, barrier-free, elders', print."""


_TWIN_WORDS = re.compile(
    r"(?:网站)?(?:无障碍|适老化?|长者|长辈|敬老|关怀|老年)(?:浏览|阅读|服务|模式|版|助手|说明|声明|专区|无障碍)*(?:网站)?"
)
"""Whole words of a link to such a twin or to its tool: matches "无障碍浏览", "长者版"; not "无障碍环境建设条例"."""
_TWIN_PAGES = frozenset(("wza", "gwza", "barrierfree", "wzafw", "wzasm"))
"""Names of pages about it, wherever they lie: `/site/wza`, `/wza.html`."""


_NEVER = re.compile(
    r"log-?out|signout|logoff|/calendar/|[?&](?:year|y|nian)=\d{4}&(?:.*&)?(?:month|m|yue)=\d|[?&](?:calendar|rili)=|[?&](?:month|ym)=\d{4}-?\d{2}(?:&|$)|"
    r"[?&](?:sort|order|orderby|order_by|sortby|dir|view|style|theme|font|fontsize|skin|print|format|replytocom|captcha|share|sharefrom|nsukey)=|[?&]action=(?:print|share|edit|logout)|"
    r"/(?:search|so|jsearch|sousuo|searchweb|zcso)(?:[/?.]|$)|/s\?|[?&](?:q|keyword|keywords|searchword|wd)=|/print/|_print\.|/captcha|/rss(?:[/.?]|$)|/feed/?$|javascript:|/visit/link\.do",
    re.I,
)
"""Endless, changing or pointless addresses: matches "/calendar/2026/11/", "?sort=asc", "logout.do", not "/catalogue/"."""


_LOGIN = re.compile(r"/(?:login|register|signin|signup|passport|sso|oauth|cas|reg)(?:[/?.]|$)|login\.(?:jsp|do|html?|aspx)", re.I)
"""Matches "/sso/login?x=1", not "/zwgk/blogin.html"."""


_MEDIA = re.compile(r"\.(?:jpe?g|png|gif|bmp|svg|webp|ico|mp4|mp3|flv|wmv|avi|mov|m4v|m3u8|wav|swf|apk|exe|css|js)(?:[?#]|$)", re.I)
"""Matches "/a/1.JPG?x", not "/a/jpg.html"."""


_MAX_SEGMENTS = 14


def skipped(host: str) -> re.Pattern[str] | None:
    """Addresses that the site's own file says are endless; null for a site without one."""
    own = rulebook.site_spec(host)
    return re.compile("|".join(own.skip), re.I) if own is not None and own.skip else None


@lru_cache(maxsize=8192)  # most links of a page stand on other pages too
def role_of(url: str, tag: str, hosts: frozenset[str], words: str = "") -> str:
    """Role of a link by its target; "" for what is not asked at all."""
    if tag in ("script", "form"):
        return ""
    own = addresses.host(url) in hosts
    if tag in ("img", "embed"):
        return PICTURE
    if attachments.extension(url, words):
        return ATTACHMENT if own or tag == "a" else OUTSIDE
    if _MEDIA.search(url):
        return PICTURE
    if not own:
        return OUTSIDE
    path = addresses.path(url)
    if _NEVER.search(path):
        return ""
    parts = [part for part in path.partition("?")[0].split("/") if part]
    if len(parts) > _MAX_SEGMENTS or path.count("&") > 8 or any(parts.count(part) > 2 for part in set(parts)):
        return ""
    if (parts and parts[0].lower() in _TWINS) or _LOGIN.search(path) or "/gate/big5" in path:
        return OUTSIDE
    if (parts and parts[-1].lower().partition(".")[0] in _TWIN_PAGES) or _TWIN_WORDS.fullmatch(words.strip()):
        return OUTSIDE
    return PAGE
