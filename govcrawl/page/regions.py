"""Which part of a page an element stands in: header, nav, body, aside, footer; and which element holds the main text.

Names of containers are data (`rules/labels/containers.yml`); structure decides where a name lies: a `header` inside the main text
or a `footer` that holds most of the page is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree
from lxml.cssselect import CSSSelector

from govcrawl import rulebook

Element = etree._Element
ROLES = ("body", "body_weak", "header", "nav", "footer", "aside", "crumb", "info", "title", "junk")
_BLOCKS = (
    "div", "section", "header", "footer", "nav", "aside", "main", "article", "table", "td", "ul", "dl", "form", "center",
    "h1", "h2", "h3", "h4", "p", "span", "ucapcontent", "dd",
)  # fmt: skip
_TAG_ROLES = {"header": "header", "nav": "nav", "footer": "footer", "aside": "aside"}
_WRAPS = frozenset(("header", "nav", "footer", "aside"))
_TEXT_LENGTH = etree.XPath("string-length(normalize-space(.))")
_FOOTER_WORDS = ("ICP", "标识码", "公网安备", "主办单位", "主办：", "版权所有")
_FOOTER_TARGETS = re.compile(r"conac\.cn|beian\.(?:miit\.)?gov\.cn|beian\.mps\.gov\.cn|miibeian\.gov\.cn|jiucuo", re.I)
"""Targets of the marks of a footer whose words stand in pictures only: matches "http://bszs.conac.cn/sitename?method=show", not "/beian/"."""
_HOME_LINK = re.compile(r"(?:网站|本站)?首\s*页")
"""The first link of a navigation: matches "首 页", not "首页要闻"."""
_PLACE = re.compile(r"^\W*(?:您|你)?(?:的|现在|当前|目前|所在|所处)*的?(?:位\s*置|在)\s*[:：]")
"""The words before a breadcrumb: matches "您现在的位置：", "当前位置:", not "地理位置：位于县城以南"."""
_LAST = 400
"""Elements at the end of a page that are searched for the words of a footer."""
_LINKS = etree.XPath("count(.//a[@href])")
_HEAD_SIGNS = etree.XPath("boolean(.//img | .//form | .//input | .//iframe | .//embed | .//object | .//h1 | .//a[4])")


@dataclass(slots=True)
class Regions:
    """Roots of the regions of one page, outermost first."""

    roots: list[tuple[Element, str]] = field(default_factory=list)
    """(element, header | nav | aside | footer); nested ones are in document order, the inner one wins."""
    strong: list[Element] = field(default_factory=list)
    """Elements named like the main text of a known CMS."""
    weak: list[Element] = field(default_factory=list)
    crumbs: list[Element] = field(default_factory=list)
    infos: list[Element] = field(default_factory=list)
    titles: list[Element] = field(default_factory=list)
    junk: list[Element] = field(default_factory=list)
    """Elements named like a pager, share buttons or related links: no part of a text that they stand in."""


@dataclass(frozen=True, slots=True)
class _Names:
    """Compiled label file: exact tokens and wildcard patterns by role."""

    exact: dict[str, dict[str, str]]
    """`#`, `.`, `` (tag) → token → role."""
    wild: tuple[tuple[str, re.Pattern[str]], ...]


@lru_cache(maxsize=1)
def _names() -> _Names:
    exact: dict[str, dict[str, str]] = {"#": {}, ".": {}, "": {}, "*": {}}
    wild: dict[str, list[str]] = {}
    labels = rulebook.labels("containers")
    for role in ROLES:
        for name in labels.get(role, ()):
            mark = name[0] if name[0] in "#." else ("" if role in ("body", "body_weak") else "*")
            token = name.lstrip("#.")
            if role not in ("body", "body_weak"):
                token = token.lower()
            if "*" in token:
                wild.setdefault(role, []).append(re.escape(token).replace(r"\*", "[a-z0-9_-]*"))
            else:
                exact[mark].setdefault(token, role)
    order = [role for role in ROLES if role in wild]
    return _Names(exact, tuple((role, re.compile("(?:" + "|".join(wild[role]) + r")\Z", re.I)) for role in order))


@lru_cache(maxsize=4096)
def _role(tag: str, identity: str | None, classes: str | None) -> str | None:
    """Role of an element by its tag, id and classes; sites repeat the same few, so the answer is kept."""
    names = _names()
    if tag in _TAG_ROLES and not (tag == "nav" and classes and "crumb" in classes):
        return _TAG_ROLES[tag]
    if tag in names.exact[""]:
        return names.exact[""][tag]
    if identity and identity in names.exact["#"]:
        return names.exact["#"][identity]
    tokens = classes.split() if classes else []
    for token in tokens:
        if token in names.exact["."]:
            return names.exact["."][token]
    if identity:
        tokens.insert(0, identity)
    found: dict[str, None] = {}
    for token in tokens:
        lower = token.lower()
        if lower.startswith("tab") or "tabs" in lower or "-tab" in lower or "_tab" in lower:
            continue  # "tab-nav" is a row of tabs inside the content
        if lower in names.exact["*"]:
            found[names.exact["*"][lower]] = None
            continue
        for role, pattern in names.wild:
            if pattern.match(lower):
                found[role] = None
                break
    for role in ("nav", "footer", "header", "aside", "crumb", "title", "info", "junk"):
        if role in found:
            return role
    return next(iter(found), None)


def find(body: Element, own: Sequence[str] = ()) -> Regions:
    """Regions of a page, from its `<body>`; one pass over the block elements that bear an id or class.

    Args:
        own: selectors of the main text that the site's own file names; they come before all that is general.
    """
    out = Regions()
    out.strong = [el for selector in own for el in CSSSelector(selector)(body)]
    candidates: list[tuple[Element, str]] = []
    for el in body.iter(*_BLOCKS):
        role = _role(str(el.tag), el.get("id"), el.get("class"))
        if role is None:
            continue
        if role in _WRAPS:
            candidates.append((el, role))
        elif role == "body":
            out.strong.append(el)
        elif role == "body_weak":
            out.weak.append(el)
        elif role == "crumb":
            out.crumbs.append(el)
        elif role == "info":
            out.infos.append(el)
        elif role == "junk":
            out.junk.append(el)
        else:
            out.titles.append(el)
    out.roots = _settle(body, candidates, out.strong)
    if not any(role in ("nav", "header") for _, role in out.roots):
        out.roots += _nav_by_links(body, out.strong)
    if not out.crumbs:
        out.crumbs = _crumbs_by_words(body)
    return out


def _settle(body: Element, candidates: list[tuple[Element, str]], strong: list[Element]) -> list[tuple[Element, str]]:
    """Keep the roots that can be what they are named: not around or inside the main text, not most of the page."""
    if not candidates:
        return _footer_by_text(body)
    inside = set()
    around = set(body.iterancestors())
    around.add(body)
    for el in strong:
        inside.add(el)
        around.update(el.iterancestors())
    total: float = _TEXT_LENGTH(body)
    kept: list[tuple[Element, str]] = []
    wrapped: dict[Element, str] = {}
    for el, role in candidates:
        if el in around:
            continue
        outer = None
        bad = False
        for up in el.iterancestors():
            if up in inside:
                bad = True
                break
            if outer is None and up in wrapped:
                outer = wrapped[up]
        # Inside a header a nav is a nav; inside a nav or footer everything is that; inside an aside a "header" is its own title.
        if bad or (outer is not None and not (outer == "header" and role == "nav")):
            continue
        # "hd" also names the title bar of a home-page block: that holds no picture, form or menu.
        if role == "header" and el.tag != "header" and not _HEAD_SIGNS(el):
            continue
        if role != "footer" and outer is None and el.tag != role and _TEXT_LENGTH(el) > 0.5 * total + 200:
            continue
        if role == "footer" and _TEXT_LENGTH(el) > 0.6 * total + 400:
            continue
        wrapped[el] = role
        kept.append((el, role))
    kept = _true_footers(kept)
    if not any(role == "footer" for _, role in kept):
        kept += [(el, role) for el, role in _footer_by_text(body) if el not in around and el not in wrapped]
    return kept


def _true_footers(kept: list[tuple[Element, str]]) -> list[tuple[Element, str]]:
    """Of several blocks named like a footer those that say what a footer says; `ft` also names a box of filters or of a talk (访谈)."""
    footers = [el for el, role in kept if role == "footer"]
    if not footers:
        return kept
    signed = {el for el in footers if any(word in "".join(el.itertext()) for word in _FOOTER_WORDS)}
    if not signed:
        return kept
    return [(el, role) for el, role in kept if role != "footer" or el in signed or _TEXT_LENGTH(el) <= 60]


def _nav_by_links(body: Element, strong: list[Element]) -> list[tuple[Element, str]]:
    """Navigation of a page that names none (`<TR BGCOLOR=#C00000><TD><A>首 页</A></TD>…`): the block around the first 首页 link that is
    hardly more than a row of short links. A breadcrumb is none: it says so, or has three links."""
    around = {up for el in strong for up in el.iterancestors()}
    for a in list(body.iter("a"))[:60]:
        if not _HOME_LINK.fullmatch("".join(a.itertext()).strip()):
            continue
        best = None
        for up in a.iterancestors():
            if up is body or up in around or not _is_row_of_links(up):
                break
            best = up
        if best is not None and _LINKS(best) >= 4:
            return [(best, "nav")]
    return []


def _is_row_of_links(el: Element) -> bool:
    """Short links and hardly any other words: a plain name or two (`<TD onclick=…>部门动态</TD>`) may stand among them."""
    total: float = _TEXT_LENGTH(el)
    if total > 600:
        return False
    texts = ["".join(a.itertext()).strip() for a in el.iter("a")]
    return all(len(text) <= 14 for text in texts) and sum(map(len, texts)) >= 0.6 * (total - len(texts))


def _crumbs_by_words(body: Element) -> list[Element]:
    """Breadcrumb of a page that names none: the smallest block that begins with 您现在的位置 and holds one to nine links."""
    for el in body.iter("td", "div", "p", "span", "li", "font", "h3", "dd"):
        if el.text and _PLACE.match(el.text) and 1 <= _LINKS(el) <= 9 and _TEXT_LENGTH(el) <= 260:
            return [el]
    return []


def _is_footer_sign(el: Element) -> bool:
    text = (el.text or "") + (el.tail or "") + (el.get("alt") or "") + (el.get("title") or "")
    if len(text) > 2 and any(word in text for word in _FOOTER_WORDS):
        return True
    return bool(_FOOTER_TARGETS.search(el.get("href") or ""))


def _footer_by_text(body: Element) -> list[tuple[Element, str]]:
    """Footer of a page that names none: the block around the last ICP number, code or 主办单位, be they words or marks in pictures."""
    el: Element | None = None
    for at in reversed(list(body.iter("p", "div", "td", "span", "a", "li", "font", "br", "center", "dd", "img"))[-_LAST:]):
        if _is_footer_sign(at):
            el = at
            break
    if el is None:
        return []
    total: float = _TEXT_LENGTH(body)
    limit = min(900.0, 0.4 * total + 60)
    best = None
    while el is not None and el is not body and _TEXT_LENGTH(el) <= limit:
        best, el = el, el.getparent()
    return [(best, "footer")] if best is not None else []


_INFO_LINE = re.compile(r"(?:19|20)\d{2}\s*[-/.年]|来源|浏览|点击|阅读|字号|打印|责任编辑")
"""Twice in a short block it is an info line: matches in "发布时间：2026-11-05 来源：县政府办"; once in "2026年，全县…" says nothing."""
_DATA_CELL = 40
_LEAST = 30.0
"""Score of a text that is one without doubt; of a page that has none such, a notice of one sentence may be it."""


def _is_info_line(text: str) -> bool:
    return "。" not in text and len(_INFO_LINE.findall(text)) >= 2


def _leaves(body: Element) -> list[Element]:
    """Blocks that hold text and no other block: p, cells, divs."""
    outer: set[Element] = set()
    found: list[Element] = []
    for el in body.iter("p", "td", "div", "section", "article", "table", "ul", "dl"):
        up = el.getparent()
        while up is not None and up not in outer:
            outer.add(up)
            up = up.getparent()
        found.append(el)
    return [el for el in found if el.tag in ("p", "td", "div", "section", "article") and (el not in outer or _OWN_TEXT(el))]


_OWN_TEXT = etree.XPath("boolean(text()[string-length(normalize-space(.)) > 20])")


def main_text(body: Element, regions: Regions) -> tuple[Element | None, str]:
    """The element that holds the main text, and how it was found: `container`, `weak`, `density` or `none`.

    A named container wins; of several the one with the longest text that lies in no other region (a page may hold an empty
    one for its mobile twin). Without a name the paragraph-richest block wins, if it has at least 30 characters outside links.
    """
    outside = {el for el, _ in regions.roots}
    for names, source in ((regions.strong, "container"), (regions.weak, "weak")):
        best, size = None, 0.0 if source == "container" else 25.0
        for el in names:
            length: float = _TEXT_LENGTH(el)
            if source == "weak" and _LINKS(el) * 25 > length:
                continue
            if length > size and not any(up in outside for up in el.iterancestors()):
                best, size = el, length
        if best is None:
            continue
        if source == "weak":  # a teaser named "text" beside a nameless article
            dense, how = _densest(body, outside)
            if dense is not None and dense is not best and dense not in set(best.iterancestors()) and _TEXT_LENGTH(dense) > 2 * size:
                return dense, how
        return best, source
    if regions.strong:
        return regions.strong[0], "container"
    return _densest(body, outside)


def _densest(body: Element, outside: set[Element]) -> tuple[Element | None, str]:
    scores: dict[Element, float] = {}
    listing: dict[Element, bool] = {}
    """Tables whose cells are rows of a list rather than figures."""
    framed = {el for root in outside for el in root.iter("p", "td", "div")}
    for el in _leaves(body)[:2000]:
        if el in framed:
            continue
        length: float = _TEXT_LENGTH(el)
        up = el.getparent()
        if up is None or length < (2 if el.tag == "td" else 6):
            continue
        if el.tag == "td" and length < _DATA_CELL:  # a cell of a list of names or figures counts for what holds the table
            table = next(el.iterancestors("table"), None)
            if table is not None and table not in listing:
                listing[table] = _LINKS(table) >= 3
            above = table.getparent() if table is not None and not listing[table] else None
            if above is not None:
                scores[above] = scores.get(above, 0.0) + length * 0.5
            continue
        linked = sum(len(a.text or "") for a in el.iter("a"))
        weight = length - 2 * linked
        if weight < 6 or length <= 160 and _is_info_line("".join(el.itertext())):
            continue
        scores[up] = scores.get(up, 0.0) + weight
        if el.tag not in ("p", "td"):
            scores[el] = scores.get(el, 0.0) + weight
        above = up.getparent()
        if above is not None:
            scores[above] = scores.get(above, 0.0) + weight * 0.4
    whole = {body, *body.iterancestors()}
    best, size = None, _LEAST if max(scores.values(), default=0.0) > _LEAST else 8.0
    for el, score in scores.items():
        if size < _LEAST and "。" not in "".join(el.itertext()):
            continue
        if score > size and el not in whole and not (el in outside or any(up in outside for up in el.iterancestors())):
            best, size = el, score
    if best is None and scores.get(body, 0) > _LEAST:
        return body, "density"
    return (best, "density") if best is not None else (None, "none")
