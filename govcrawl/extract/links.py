"""Links, pictures and embedded resources of a page, each with its region and a locator that finds it again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from lxml import etree

from govcrawl import rulebook
from govcrawl.extract import onclick
from govcrawl.model.facts import Link, ListEntry
from govcrawl.page import addresses, drawn
from govcrawl.page.document import Page
from govcrawl.text import normalise

Element = etree._Element

_TAGS = ("a", "img", "iframe", "frame", "area", "embed", "form", "script", "video", "audio", "source")
_NAMES = frozenset(_TAGS)
_ROW_DATE = re.compile(
    r"\s*[\[(（【]?\s*(?:(?:19|20)\d{2}\s*[-/.年]\s*)?\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?\s*[\])）】]?$"
)
"""The date at the end of a row: matches that of "召开会议 [2026-11-12]", not "2026年工作要点"."""
_ATTRIBUTE = {"a": "href", "area": "href", "form": "action"}
_LAZY = ("data-src", "data-original", "original", "_src", "data-lazy", "data-url", "lay-src", "data-echo")
_HIDDEN = etree.XPath("//*[@hidden or @style]")
_HANDLER = re.compile(r"^\s*javascript:\s*(?!void\b|;|\(?\s*\)?\s*$|#|false|null|undefined)[\w$.]+", re.I)
"""Matches "javascript:doPrint()", not "javascript:;" nor "javascript:void(0)"."""
_EVENTS = (
    "onclick", "onmousedown", "onmouseover", "onmouseenter", "ondblclick", "ontouchstart", "ng-click", "v-on:click", "@click", "data-toggle", "data-target",
    "data-url", "data-href", "data-id", "data-tab", "data-type", "data-index", "data-value", "lay-event", "lay-href", "rel-href", "role",
)  # fmt: skip
_STATE = re.compile(
    r"(?:^|[\s_-])(?:on|cur|curr|current|active|act|hover|selected|sel|tab\w*|btn\w*|button|close|prev|next|more|page\w*|icon\w*|swiper\w*|slick\w*|toggle\w*|share\w*|bds\w*|"
    r"bdshare\w*|jiathis\w*|social\w*|top|gotop|font\w*|menu\w*|arrow\w*|dropdown\w*|disabled|play|pause|left|right)(?=$|[\s_-])",
    re.I,
)
"""Matches "tab-item on" and "page_current", not "title"."""
_PAGER = re.compile(r"\d{1,4}|\[\d+\]|\.{2,}|…|第?\d+页|共\d+[页条].*")
"""Matches "3" and "共10页", not "2026年工作报告"."""


@lru_cache(maxsize=1)
def _control_words() -> frozenset[str]:
    return frozenset(normalise.label(word) or word for word in rulebook.labels("marks")["control_words"])


def read(page: Page) -> list[Link]:
    """Every a, img, iframe, area, embed, form, linked script, video and audio in document order.

    `url` is "" where nothing can be fetched. `control` marks an empty target that serves as a button (handler, tab, toggle, pager,
    print, close …): only a visible link that promises a target and has none may be called empty.
    """
    root = page.tree
    region = _regions(page)
    hidden = _hidden(root)
    scripts = ""
    counts: dict[str, int] = {}
    out: list[Link] = []
    clicked = onclick.targets(page)
    for el in _in_order(root, clicked):
        tag = str(el.tag)
        if el in clicked:
            counts[tag] = counts.get(tag, 0) + 1
            out.append(_clicked(page, el, clicked[el], region.get(el) or page.region_of(el), el in hidden))
            continue
        counts[tag] = index = counts.get(tag, 0) + 1
        name = _ATTRIBUTE.get(tag, "src")
        href = el.get(name)
        if tag == "img":
            name, href = _picture(el, href)
        if href is None:
            continue
        if tag in ("form", "script") and not href.strip():
            continue
        url = page.canonical(href) or ""
        link = Link(
            url=url,
            href=href if len(href) <= 2000 else href[:200],
            text=_text(el),
            tag="iframe" if tag == "frame" else "embed" if tag in ("video", "audio", "source") else tag,
            region=region.get(el, "body"),
            locator=f"(//{tag})[{index}]/@{name}",
            hidden=el in hidden,
        )
        if not url:
            if tag != "a" and tag != "area":
                link.control = True
            else:
                if not scripts:
                    scripts = " ".join(script.text for script in page.scripts if script.text)[:200_000] or " "
                link.control = _is_control(el, href, link.text, scripts)
        out.append(link)
    return out


def anchors(page: Page) -> list[Element]:
    """The elements of the links that `read` gives as `a`, in the same order."""
    clicked = onclick.targets(page)
    return [el for el in _in_order(page.tree, clicked) if el in clicked or (el.tag == "a" and el.get("href") is not None)]


def _in_order(root: Element, clicked: dict[Element, str]) -> Iterator[Element]:
    if not clicked:
        yield from root.iter(*_TAGS)
        return
    for el in root.iter():
        if el.tag in _NAMES or el in clicked:
            yield el


def _clicked(page: Page, el: Element, target: str, region: str, hidden: bool) -> Link:
    """A link by its click handler; of a whole row (`<li onclick=…>title <span>date</span></li>`) the text before its date."""
    text = _text(el)
    if el.tag != "a":
        text = _ROW_DATE.sub("", text).strip() or text
    locator = f"{page.xpath_of(el)}/@onclick"
    return Link(url=page.canonical(target) or "", href=target, text=text, tag="a", region=region, locator=locator, hidden=hidden)


def addresses_of(page: Page) -> list[str]:
    """Canonical targets of all `a` and `area` elements, each once, in order: the cheap walk of the crawl."""
    base, charset, canonical = page.base, page.encoding, addresses.canonical
    seen: dict[str, None] = {}
    for el in page.tree.iter("a", "area"):
        href = el.get("href")
        if href:
            url = canonical(href, base, charset)
            if url:
                seen[url] = None
    for target in onclick.targets(page).values():
        if url := canonical(target, base, charset):
            seen[url] = None
    return list(seen)


def of_entries(entries: list[ListEntry]) -> list[Link]:
    """Links of rows that stand in data rather than in the DOM."""
    return [
        Link(url=e.url, href=e.url, text=e.title, tag="a", region="body", locator=f"row[{at}]") for at, e in enumerate(entries, 1) if e.url
    ]


def _regions(page: Page) -> dict[Element, str]:
    """Element → region for the links inside header, nav, aside and footer; inner roots come later and win."""
    out: dict[Element, str] = {}
    for root, name in page.regions.roots:
        for el in root.iter(*_TAGS):
            out[el] = name
    return out


def _hidden(root: Element) -> set[Element]:
    out: set[Element] = set()
    for el in _HIDDEN(root):
        if drawn.hides(el):
            out.update(el.iter(*_TAGS))
    for silent in root.iter("noscript", "template"):
        out.update(silent.iter(*_TAGS))
    return out


def _picture(el: Element, src: str | None) -> tuple[str, str | None]:
    """A lazily loaded picture's real address stands in another attribute, `src` holds a placeholder or nothing."""
    for name in _LAZY:
        value = el.get(name)
        if value and value.strip() and not value.startswith("data:"):
            return name, value
    return "src", src


def _text(el: Element) -> str:
    text = normalise.squeeze(etree.tostring(el, method="text", encoding="unicode", with_tail=False))
    if text:
        return text[:300]
    for name in ("title", "alt", "aria-label"):
        value = el.get(name)
        if value and value.strip():
            return normalise.squeeze(value)[:300]
    for inner in el.iter("img"):
        value = inner.get("alt") or inner.get("title")
        if value and value.strip():
            return normalise.squeeze(value)[:300]
    return ""


def _is_control(el: Element, href: str, text: str, scripts: str) -> bool:
    """True when an empty target is no broken promise; in doubt true, for a false accusation is worse than a miss."""
    target = href.strip()
    if target.startswith("#") and len(target) > 1:
        return True  # a place in this page, or a route of a script-built site
    scheme = target.partition(":")[0].lower()
    if scheme in ("mailto", "tel", "sms", "weixin", "data", "blob", "about", "callto", "wtai", "mqqwpa", "tencent", "ftp", "file"):
        return scheme != "file"
    if _HANDLER.match(target) or any(el.get(name) is not None for name in _EVENTS):
        return True
    word = normalise.label(text) or text
    if not word:
        return True  # nothing to read and nothing to click on, or a picture that a script serves
    if word in _control_words() or _PAGER.fullmatch(text.strip()):
        return True
    return _by_surroundings(el, scripts) or (scheme == "javascript" and (el.find(".//img") is not None or _among_tabs(el)))


def _among_tabs(el: Element) -> bool:
    """`javascript:void(0)` beside its likes: the titles of a tab row (市政府部门 | 县市区人民政府). A row of `#` is no such excuse."""
    row = el
    for _ in range(3):
        above = row.getparent()
        if above is None:
            return False
        anchors = above.findall(".//a")
        if len(anchors) > 1:
            return sum(1 for a in anchors if (a.get("href") or "").lstrip().lower().startswith("javascript:")) > 1
        row = above
    return False


@lru_cache(maxsize=64)  # each entry holds on to the scripts of a page
def _named(selector: str, scripts: str) -> bool:
    """A script of the page speaks of this id or class."""
    return selector in scripts or (selector[0] == "#" and (f"'{selector[1:]}'" in scripts or f'"{selector[1:]}"' in scripts))


def _by_surroundings(el: Element, scripts: str) -> bool:
    """A tab, toggle or item that a script knows: by class, by a submenu beside it, by its id or class in a script."""
    parent = el.getparent()
    for at in (el, parent):
        if at is None:
            continue
        classes = at.get("class") or ""
        identity = at.get("id")
        if classes and _STATE.search(classes):
            return True
        if identity and _named(f"#{identity}", scripts):
            return True
        if any(_named(f".{name}", scripts) for name in classes.split() if len(name) > 2):
            return True
    if parent is not None:
        if any(isinstance(inner.tag, str) and inner.tag in ("ul", "dl", "ol", "div") and inner is not el for inner in parent if len(inner)):
            return True  # the title of a folded submenu
        for at in (el, parent):
            after = at.getnext()
            if after is not None and after.tag in ("ul", "dl", "div", "dd") and len(after):
                return True  # <dt><a href="javascript:void(0)">手机版</a></dt><dd>the panel it opens</dd>
    return False
