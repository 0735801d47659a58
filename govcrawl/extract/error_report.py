"""The entry 我为政府网站找错 (D23): script, direct link, rendered picture; in the DOM or literally written, never inside a comment.

Patterns and traps: domain rules 2.5 (a `#` or wrong target does not work; an entry in a comment does not count).
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import lxml.html
from lxml import etree

from govcrawl.extract.script_drawn import Written
from govcrawl.model.facts import ErrorReport
from govcrawl.page.document import Page
from govcrawl.text import normalise
from govcrawl.text.spotting import Spotter

_SIGNS = Spotter(("jiucuo", "sitecode", "errorinfo", "zfwzgl", "zfwzzc", "zfwzxx", "link(", "找错", "纠错", "&#25214;"))
"""One of these stands in the lower-case source of every page with an entry."""
_SOURCE = re.compile(r"jiucuo[\w.\-]*\.js", re.I)
"""Matches "https://zfwzgl.www.gov.cn/exposure/jiucuo.js", not "jiucuo.png"."""
_TARGET = re.compile(
    r"(?:zfwzgl|zfwzzc|zfwzxx)\.www\.gov\.cn/(?:exposure/jiucuo\.html|check_web/errorInfo|.{0,40}jiucuo)|pucha\.kaipuyun\.cn/exposure/jiucuo\.html|/exposure/jiucuo\.html\?site_code=",
    re.I,
)
"""Matches "https://zfwzzc.www.gov.cn/check_web/errorInfo/jcInfo/9f…-1", not "https://www.gov.cn/"."""
_LINK = re.compile(r"\bLink\s*\(\s*['\"]([A-Za-z0-9]{6,16})['\"]\s*\)")
"""Matches "Link('3609000002')", not "link()"."""
_WORDS = re.compile(r"政府网站找错|网站找错|政府网站纠错|我为政府网站")
"""Matches "我为政府网站找错", not "找错字"."""
_CODE = re.compile(r"^(?:bm\d{8}|[A-Za-z]?\d{9,10})$", re.I)
"""Matches "3609000002" and "bm14000002", not "3609"."""
_SCRIPT = etree.XPath("//script[@id='_jiucuo_' or contains(@src, 'jiucuo') or @sitecode]")
_SPAN = etree.XPath("//*[@id='_span_jiucuo']//*[@onclick] | //*[contains(@onclick, 'Link(')]")
_ANCHORS = etree.XPath(
    "//a[contains(@href,'jiucuo') or contains(@href,'errorInfo') or contains(@href,'zfwzzc') or contains(@href,'zfwzgl') or contains(@href, 'zfwzxx')]"
)
_NAMED = etree.XPath("//*[contains(text(),'找错') or contains(@alt,'找错') or contains(@title,'找错') or contains(text(),'网站纠错')]")


def read(page: Page, written: Written, may_come: bool) -> ErrorReport:
    """The entry of a page. `may_come`: a script or frame that was not read may bring the footer."""
    report = (_in(page.tree) if _SIGNS.any(page.markup) else None) or _in_written(written) or ErrorReport()
    if not report.working and (may_come or (written.doubtful and "jiucuo" in "".join(s.text for s in page.scripts if not s.src))):
        report.doubtful = True
    return report


def _in_written(written: Written) -> ErrorReport | None:
    if "jiucuo" not in written.html and "找错" not in written.html and "errorInfo" not in written.html:
        return None
    try:
        root = lxml.html.fragment_fromstring(written.html, create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    found = _in(root)
    if found:
        found.locator = "//script[contains(., 'jiucuo')]"
    return found


def _in(root: etree._Element) -> ErrorReport | None:
    script = next(iter(_SCRIPT(root)), None)
    if script is not None:
        source = script.get("src") or ""
        code = (script.get("sitecode") or "").strip() or None
        return ErrorReport(
            present=True, working=bool(_SOURCE.search(source)) and bool(code), code=code, href=source or None, locator=_path(script, "src")
        )
    for a in _ANCHORS(root):
        href = a.get("href") or ""
        if _TARGET.search(href):
            return ErrorReport(present=True, working=True, code=_code_of(href), href=href, locator=_path(a, "href"))
    for el in _SPAN(root):
        found = _LINK.search(el.get("onclick") or "")
        if found:
            return ErrorReport(present=True, working=True, code=found[1], href=None, locator=_path(el, "onclick"))
    return _by_name(root)


def _by_name(root: etree._Element) -> ErrorReport | None:
    """The words are there: present, but working only if they lead to the platform (they do not, or `_in` had found it)."""
    for el in _NAMED(root):
        words = normalise.squeeze(" ".join(filter(None, (el.text, el.get("alt"), el.get("title")))))
        if not _WORDS.search(words) or len(words) > 40 or el.tag in ("title", "script", "style", "meta"):
            continue
        a = el if el.tag == "a" else next(el.iterancestors("a"), None)
        href = a.get("href") if a is not None else None
        return ErrorReport(present=True, working=False, code=None, href=href, locator=_path(a if a is not None else el, "href"))
    return None


def _code_of(href: str) -> str | None:
    try:
        values = parse_qs(urlsplit(href).query)
    except ValueError:
        return None
    for name in ("site_code", "sitecode", "siteCode"):
        if values.get(name):
            return values[name][0].strip()
    return None


def _path(el: etree._Element, attribute: str) -> str:
    return f"{el.getroottree().getpath(el)}/@{attribute}"
