"""Main navigation, breadcrumb and the site's name in the header."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml import etree

from govcrawl.extract import columns
from govcrawl.model.facts import Link
from govcrawl.page.document import Page
from govcrawl.text import normalise

Element = etree._Element

_HOME = re.compile(r"^(?:网站)?首\s*页$|^主页$|^Home$", re.I)
"""Matches "网站首页", not "首页要闻"."""
_POSITION = etree.XPath("//*[contains(text(),'位置') or contains(text(),'您现在')]")
_POSITION_TEXT = re.compile(r"(?:当前|现在|所在|您的|你的|的)?\s*(?:位\s*置|在\s*[:：])|导航[:：]")
"""Matches "您当前所在位置：", not "地理位置"."""
_OWN = frozenset(("正文", "内容", "详情", "详细内容", "信息内容", "列表", "文章内容", "查看", "内容页"))
_NOT_NAME = re.compile(
    r"首页|登录|注册|无障碍|长者|适老|邮箱|繁体|简体|English|RSS|搜索|检索|收藏|今天是|欢迎|手机版|微信|微博|天气|°|℃|导航|客户端|移动端|IPv6",
    re.I,
)
"""Lines of a header that are no name: matches "无障碍浏览", not "清和县人民政府"."""
_NAME = re.compile(
    r"(?:人民政府|政府|委员会|管委会|办公室|[局厅委办部院署])(?:门户网站|网站|官方网站|官网|政务网|信息网|公众信息网|网)?$|^中国[\u4e00-\u9fff]{2,6}$|门户网站?$"
)
"""What a site's name looks like: matches "清和县人民政府", not "便民服务"."""


@lru_cache(maxsize=1024)
def _known(name: str) -> bool:
    return columns.type_of(name) != "其他"


def read(page: Page, links: list[Link]) -> list[list[str]]:
    """Main navigation as [[name, canonical address or ''], …]: its top level only, without mega-menu entries."""
    roots = [el for el, name in page.regions.roots if name == "nav"] + [el for el, name in page.regions.roots if name == "header"]
    best: list[list[str]] = []
    score = 0
    for root in roots:
        items = _top_level(page, root)
        mine = _score(items)
        if mine > score:
            best, score = items, mine
    if score < 4:
        items = _around_home(page)
        if _score(items) > score:
            best = items
    return best


def _score(items: list[list[str]]) -> int:
    if len(items) < 3 or len(items) > 60:
        return 0
    known = sum(1 for name, _ in items if _known(name))
    home = any(_HOME.match(name) for name, _ in items)
    return known + (3 if home else 0) + (1 if 4 <= len(items) <= 16 else 0)


def _top_level(page: Page, root: Element) -> list[list[str]]:
    anchors = [(el, _depth(el, root)) for el in root.iter("a") if el.get("href") is not None]
    if not anchors:
        return []
    named = [(el, depth, Page.line_of(el) or normalise.squeeze(el.get("title") or "")) for el, depth in anchors]
    named = [row for row in named if 2 <= len(row[2]) <= 14]
    if not named:
        return []
    levels = sorted({depth for _, depth, _ in named})
    for level in levels:
        rows = [row for row in named if row[1] <= level]
        if len(rows) >= 3:
            named = rows
            break
    out: dict[str, list[str]] = {}
    for el, _, name in named:
        out.setdefault(name, [name, page.canonical(el.get("href") or "") or ""])
    return list(out.values())


def _depth(el: Element, root: Element) -> int:
    """How many list or definition items enclose a link within the navigation: 1 = top level, more = submenu."""
    depth = 0
    for up in el.iterancestors("li", "dd", "ul"):
        if up is root:
            break
        depth += 1
    return depth


def _around_home(page: Page) -> list[list[str]]:
    """Navigation of a page that names none: the smallest block around the first 首页 link with at least four short links."""
    for a in list(page.body_tree.iter("a"))[:80]:
        if not _HOME.match(Page.line_of(a)):
            continue
        at = a.getparent()
        for _ in range(6):
            if at is None or at is page.body_tree:
                break
            items = _top_level(page, at)
            if len(items) >= 4:
                return items
            at = at.getparent()
    return []


def breadcrumb(page: Page) -> list[list[str]]:
    """[[name, address or ''], …] from 首页 to the page's own column; 正文 and the page's own title are left out."""
    found: list[Element] = [el for el in page.regions.crumbs if el.find(".//a") is not None]
    if not found and not ("位置" in page.text or "您现在" in page.text):
        return []
    for el in found:
        out = _crumb_box(page, el)
        if out:
            return out
    found = [el for el in _POSITION(page.body_tree)[:6] if _POSITION_TEXT.search(el.text or "") or el.tag in ("p", "div", "span", "td")]
    for el in found:
        out = _crumb_box(page, el)
        if out:
            return out
    return []


def _crumb_box(page: Page, el: Element) -> list[list[str]]:
    box: Element | None = el
    for _ in range(3):
        if box is None or len(box.findall(".//a")) >= 1:
            break
        box = box.getparent()
    if box is None or not 1 <= len(box.findall(".//a")) <= 9:
        return []
    return _crumbs(page, box)


def _crumbs(page: Page, box: Element) -> list[list[str]]:
    text = normalise.squeeze(Page.text_of(box).replace("\n", " "))
    if len(text) > 260:
        return []
    out: list[list[str]] = []
    for a in box.iter("a"):
        name = Page.line_of(a)
        if name and len(name) <= 40:
            out.append([name, page.canonical(a.get("href") or "") or ""])
    if not out:
        return []
    last = out[-1][0]
    at = text.rfind(last)
    tail = re.split(r"[>＞»›/→\-－|·]+", text[at + len(last) :])
    for part in tail:
        name = part.strip(" >＞»:：")
        if name and len(name) <= 24 and name not in _OWN:
            out.append([name, ""])
    title = normalise.compact(page.title or "")
    if len(out) > 1 and not out[-1][1] and normalise.compact(out[-1][0]) == title and page.meta.get("articletitle"):
        out.pop()
    while out and out[-1][0] in _OWN:
        out.pop()
    return out


def header_name(page: Page, links: list[Link]) -> str | None:
    """Site's name as the header shows it: text, or the logo's alt. Null where only a picture without words stands there."""
    lines = [line for line in page.visible_text("header").split("\n") if 3 <= len(line) <= 40]
    site = page.meta.get("sitename", "")
    if site and any(normalise.compact(site) in normalise.compact(line) for line in lines):
        return site
    pictures = [link.text for link in links if link.region == "header" and link.tag == "img" and 3 <= len(link.text) <= 40]
    titles = [link.text for link in links if link.region == "header" and link.tag == "a" and 3 <= len(link.text) <= 40]
    for words in (pictures, lines[:8], titles[:8]):
        for word in words:
            if not _NOT_NAME.search(word) and (
                _NAME.search(word) or (site and normalise.compact(word) in normalise.compact(site) and len(word) >= 4)
            ):
                return word
    return None
