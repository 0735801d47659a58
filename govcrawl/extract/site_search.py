"""The site's own search: how it is asked (form, address in a script, link to a search page), read from the page that offers it.

Nothing is asked here; `search_asking` says what the request would be. Source: 国办秘函〔2019〕19号, 站内搜索 (D25).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

from lxml import etree

from govcrawl import rulebook
from govcrawl.extract import script_addresses
from govcrawl.page import addresses, drawn
from govcrawl.page.document import Element, Page
from govcrawl.text import normalise

FORM, SCRIPT, LINK, BOX = "form", "script", "link", "box"
_ADDRESS = re.compile(
    r"/(?:[a-z]*search[a-z]*|so|s|sousuo|zcso|query|jsearch[a-z]*|site/s|jiansuo|cms_?search)(?:[/?.]|$)|search\w*\.(?:do|jsp|aspx?|php|html?)",
    re.I,
)
"""Addresses of searches: matches "/so/s?tab=all" and "/searchweb/search.jsp"; not "/research/2026.html"."""
_BESIDE = re.compile(r"suggest|hot_?(?:word|key|search)|associat|complete|/tips?\b|recommend|history|log\b", re.I)
"""Addresses beside a search, which give no results: matches "/search/suggest?q=" and "/so/hotWords", not "/search/hotel"."""
_OPENER = re.compile(r"(?<!re)search|sou-?suo|jiansuo|(?:^|[-_ ])ss[-_]?btn", re.I)
"""Names of what opens a search box: matches "icon-search", "openSearch()" and "sousuo", not "research"."""
_NAMED = etree.XPath(
    ".//*[self::a or self::button or self::i or self::span or self::div or self::img or self::svg or self::use or self::li]"
    "/@*[contains(., 'earch') or contains(., 'EARCH') or contains(., 'suo') or contains(., 'SUO') or contains(., 'btn')]"
    "[name()='class' or name()='id' or name()='onclick' or name()='src' or name()='aria-label' or name()='href' or name()='xlink:href']"
)
_WORDED = etree.XPath(
    ".//*[self::a or self::button][contains(., '搜') or contains(., '检索') or .//@*[contains(., '搜') or contains(., '检索')]]"
)
_CODE_TEXT = 300_000
"""Characters of inline script that are searched."""
_PROOF = etree.XPath(
    ".//input[not(@type='hidden')]/@*[name()='name' or name()='id' or name()='placeholder'] | .//img/@src | .//*[contains(@class, 'captcha')]/@class"
)
_CAPTCHA = re.compile(r"captcha|(?:verif|valid)(?:y|icat)\w*code|validate_?code|checkcode|kaptcha|yzm|验证码|滑块", re.I)
"""Matches "/kaptcha.jpg" and "请输入验证码", not "keycode"."""
_SESSION = re.compile(r"csrf|xsrf|token|nonce|session|viewstate|verification|^sign", re.I)
"""Hidden fields that hold for one visit alone: matches "__VIEWSTATE" and "csrf_token", not "siteId"."""
_CHANGES = re.compile(
    r"(?:^|[/_.=&?-])(?:del|delete|remove|add|save|insert|update|edit|vote|clear|apply|sign|post|create|modify|set)(?:$|[/_.=&?A-Z-])"
)
"""What an address or a hidden value says that changes something: matches "/admin/del.do" and "act=delete", not "/search/list.do"."""
_COMPLETES = re.compile(r"location|\.action\b|\bopen\(|\.value\s*=(?!=)|\.name\s*=(?!=)|ajax|fetch\(|appendChild|setAttribute", re.I)
"""What a handler does that sends something else than the form holds: matches "f.q.value = encode(w)", not "if (f.q.value == '') return false"."""
_CALLED = re.compile(r"\b(?!return|if|function|alert|submit\b)([A-Za-z_$][\w$]*)\s*\(")
_CHOSEN = frozenset({"hidden", "submit", "button", "image", "reset", "radio", "checkbox"})
"""Kinds of inputs that a visitor writes nothing into."""


@dataclass(slots=True, frozen=True)
class Entry:
    """How a site's search is asked."""

    by: str
    """form; script (an address that a script completes); link (leads to a page with the search); box (a search that cannot be asked from
    outside: only a script serves it, it is posted and may be more than a search, it stands in a frame, it is a search engine's)."""
    url: str
    """Action of the form, address up to the value, or the linked page; "" where it is not known."""
    method: str = "GET"
    parameter: str = ""
    """Name of the field that takes the words."""
    fixed: list[list[str]] = field(default_factory=list)
    """Other fields of the form with their values, in order."""
    charset: str = "utf-8"
    locator: str = ""
    tail: str = ""
    """Of a script's address: what comes after the words."""
    longest: int | None = None
    """Characters that the box takes; a browser cuts the rest off."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@lru_cache(maxsize=1)
def labels() -> dict[str, frozenset[str]]:
    return {key: frozenset(normalise.label(word) for word in words) for key, words in rulebook.labels("search").items()}


def is_address(url: str) -> bool:
    """Whether an address is named like a search."""
    return bool(_ADDRESS.search(url.partition("?")[0])) and is_answer(url)


def is_answer(url: str) -> bool:
    """Whether an address may give results; what completes words or counts them does not."""
    return not _BESIDE.search(url.partition("?")[0])


def find(page: Page) -> Entry | None:
    """The page's search of the whole site, the plainest way to ask it first; null where the page offers none.

    Searches of letters, of a case's progress and of one library are none. A form wins over a script, a script over a form that is posted,
    this over a link, all of them over the mere sign that there is one: a box or a button that only its script serves, a frame of the site
    that may hold it.
    """
    boxes: list[Entry] = []
    posted: Entry | None = None
    for form in page.tree.iter("form"):
        entry = _of_form(page, form)
        if entry is not None and entry.by == FORM and entry.method == "GET":
            return entry
        if entry is not None and entry.by == FORM:
            posted = posted or entry
        elif entry is not None:
            boxes.append(entry)
    script = _of_script(page)
    if script is not None and script.by == SCRIPT:
        return script
    found = posted or script or _of_link(page)
    if found is not None:
        return found
    boxes += [Entry(BOX, "", locator=page.xpath_of(box)) for box in _boxes(page.tree) if _says_search(page, box)]
    return boxes[0] if boxes else _sign_of_one(page)


def _sign_of_one(page: Page) -> Entry | None:
    """A button that opens the search, or a frame of the site in which it may stand: not to be asked, and yet not nothing."""
    host = addresses.host(page.url)
    for frame in page.tree.iter("iframe", "frame"):
        if not drawn.hides(frame) and addresses.host(page.canonical((frame.get("src") or "").strip()) or "") == host:
            return Entry(BOX, "", locator=page.xpath_of(frame))
    named = any(sign in page.markup for sign in (b"search", b"suo", b"ss-btn", b"ss_btn", b"ssbtn"))
    for value in _NAMED(page.body_tree) if named else ():
        if _OPENER.search(value) and (el := value.getparent()) is not None and not _asks_else(el):
            return Entry(BOX, "", locator=page.xpath_of(el))
    worded = any(sign.encode() in page.markup for sign in ("搜", "检索"))
    for el in _WORDED(page.body_tree) if worded else ():
        said = normalise.label(Page.text_of(el) + "".join(_said(el)) + (el.get("title") or ""))
        if 0 < len(said) <= 8 and any(word in said for word in labels()["words"]) and not _asks_else(el):
            return Entry(BOX, "", locator=page.xpath_of(el))
    return None


def _asks_else(el: Element) -> bool:
    """Whether it belongs to a form, which has been judged as such."""
    return next(el.iterancestors("form"), None) is not None


def _boxes(root: Element) -> Iterator[Element]:
    for box in root.iter("input"):
        if (box.get("type") or "text").strip().lower() in ("text", "search", ""):
            yield box


def _of_form(page: Page, form: Element) -> Entry | None:
    kinds = {(box.get("type") or "text").lower() for box in form.iter("input")}
    if "password" in kinds or form.find(".//textarea") is not None:
        return None
    boxes = list(_boxes(form))
    if not boxes or len(boxes) > 3:
        return None
    action = (form.get("action") or "").strip()
    box = max(boxes, key=lambda el: _named(el))
    if not _is_site_search(page, form, box, action):
        return None
    scripted = form.get("onsubmit") or any(b.get("onclick") for b in form.iter("button", "input"))
    if not action and not scripted:
        url: str | None = page.url  # a form without an address asks the page it stands on
    else:
        url = page.canonical(action) if action and not action.lower().startswith(("javascript:", "#")) else None
    name, fixed = (box.get("name") or "").strip(), _fixed(form, box)
    method = "POST" if (form.get("method") or "").strip().lower() == "post" else "GET"
    if url is None or not name or (scripted and (_is_completed(form, box) or _is_rewritten(page, form))) or _is_elsewhere(url):
        return Entry(BOX, "", locator=page.xpath_of(box))
    if method == "POST" and not _may_be_posted(page, form, box, url):
        return Entry(BOX, "", locator=page.xpath_of(box))
    charset = (form.get("accept-charset") or page.encoding or "utf-8").split()[0].split(",")[0]
    longest = (box.get("maxlength") or "").strip()
    return Entry(FORM, url, method, name, fixed, charset, page.xpath_of(form), longest=int(longest) if longest.isdecimal() else None)


def _is_completed(form: Element, box: Element) -> bool:
    """Whether a script puts in what the form is to send: hidden fields are still empty."""
    fields = (el for el in form.iter("input") if el is not box and (el.get("type") or "").lower() == "hidden" and el.get("name"))
    return any(not (el.get("value") or "").strip() for el in fields)


def _is_rewritten(page: Page, form: Element) -> bool:
    """Whether a handler of the form may send something else than the form holds: it says so, or it is in a script that is not on the page."""
    handlers = [form.get("onsubmit") or "", *(el.get("onclick") or "" for el in form.iter("button", "input"))]
    code = "\n".join(script.text for script in page.scripts)
    for handler in filter(None, handlers):
        if _COMPLETES.search(handler):
            return True
        for name in set(_CALLED.findall(handler.replace("document.forms", ""))):
            found = re.search(rf"function\s+{re.escape(name)}\s*\(|\b{re.escape(name)}\s*=\s*(?:function\b|\()", code)
            if found is None or _COMPLETES.search(_body(code, found.end())):
                return True
    return False


def _body(code: str, start: int) -> str:
    """A function from its parameters to the brace that ends it."""
    depth = 0
    for at in range(start, min(len(code), start + 4000)):
        depth += {"{": 1, "}": -1}.get(code[at], 0)
        if depth == 0 and code[at] == "}":
            return code[start:at]
    return code[start : start + 4000]


def _may_be_posted(page: Page, form: Element, box: Element, url: str) -> bool:
    """Whether a form that is posted is the site's own search and nothing else: one box for words and nothing more to write, no proof, no key
    of a visit, sent to the site itself. What is posted may change something; whatever is less than clear is left alone."""
    if addresses.without_www(addresses.host(url)) != addresses.without_www(addresses.host(page.url)) or not is_answer(url):
        return False
    inputs = [el for el in form.iter("input") if el is not box]
    if any((el.get("type") or "text").strip().lower() not in _CHOSEN for el in inputs) or _is_completed(form, box) or asks_proof(form):
        return False
    if "multipart" in (form.get("enctype") or "").lower() or any(_SESSION.search(el.get("name") or "") for el in inputs):
        return False
    sent = [url, *(el.get("value") or "" for el in inputs if (el.get("type") or "").lower() == "hidden")]
    if not is_address(url) or any(_CHANGES.search(value) for value in sent):
        return False
    said = normalise.label(" ".join([Page.text_of(form), *_said(form)])).lower()
    if any(word in said for word in labels()["not_posted"]):
        return False
    return _says_search(page, box) or any(word in said for word in labels()["words"])


def asks_proof(root: Element) -> bool:
    """Whether it shows a captcha."""
    return any(_CAPTCHA.search(value) for value in _PROOF(root))


def _is_elsewhere(url: str) -> bool:
    """A search engine of the web, which answers for itself and not for the site."""
    host = addresses.host(url)
    return any(host == engine or host.endswith(f".{engine}") for engine in rulebook.labels("search")["engines"])


def _named(box: Element) -> bool:
    names = {normalise.label(box.get(name) or "").lower() for name in ("name", "id")}
    return bool(names & labels()["fields"])


def _is_site_search(page: Page, form: Element, box: Element, action: str) -> bool:
    said = normalise.label(" ".join([Page.text_of(form), *_said(form)]))[:300]
    if any(word in said for word in labels()["not_site"]):
        return False
    if page.region_of(form) == "body" and not _ADDRESS.search(action) and sum(1 for _ in form.iter("select")) > 2:
        return False  # a library's own filter, not the site's search
    return bool(_ADDRESS.search(action)) or any(word in said.lower() for word in labels()["words"]) or _says_search(page, box)


def _said(root: Element) -> Iterator[str]:
    for el in root.iter("input", "button", "a", "img"):
        for name in ("placeholder", "value", "alt", "title", "onfocus"):
            yield el.get(name) or ""


def _says_search(page: Page, box: Element) -> bool:
    """A box that calls itself a search, or stands beside a button that does."""
    shown = normalise.label((box.get("placeholder") or "") + (box.get("value") or "") + (box.get("title") or "")).lower()
    if any(word in shown for word in labels()["not_site"]):
        return False
    names = f"{box.get('id') or ''} {box.get('name') or ''} {box.get('class') or ''}".lower()
    if any(word in shown for word in labels()["words"]) or "search" in names or "sousuo" in names:
        return True
    around = box.getparent()
    near = normalise.label(Page.text_of(around))[:60] if around is not None else ""
    return _named(box) and any(word in near for word in labels()["words"])


def _fixed(form: Element, box: Element) -> list[list[str]]:
    """What a browser would send beside the words: hidden fields, chosen options and radios."""
    out: list[list[str]] = []
    for el in form.iter("input", "select"):
        name = (el.get("name") or "").strip()
        if not name or el is box:
            continue
        if el.tag == "select":
            options = list(el.iter("option"))
            chosen = next((o for o in options if o.get("selected") is not None), options[0] if options else None)
            if chosen is not None:
                value = chosen.get("value")
                out.append([name, Page.text_of(chosen).strip() if value is None else value])
            continue
        kind = (el.get("type") or "text").lower()
        if kind in ("hidden", "text", "search", "") or (kind in ("radio", "checkbox") and el.get("checked") is not None):
            out.append([name, el.get("value") or ""])
    return out


def _of_script(page: Page) -> Entry | None:
    """An address that a script puts together: asked when it is known whole, else the sign of a search that cannot be asked."""
    left = _CODE_TEXT
    unknown: Entry | None = None
    for script in page.scripts:
        code = script.text[:left]
        left -= len(code)
        for made in script_addresses.of(code):
            if made.parameter.lower() not in labels()["fields"] or not is_address(made.address):
                continue
            locator = f"(//script)[{script.index}]"
            url = page.canonical(made.address) if made.whole else None
            if url and not _is_elsewhere(url):
                return Entry(SCRIPT, url, parameter=made.parameter, locator=locator, tail=made.tail)
            unknown = unknown or Entry(BOX, "", locator=locator)
    return unknown


def _of_link(page: Page) -> Entry | None:
    for a in page.body_tree.iter("a"):
        href = (a.get("href") or "").strip()
        if not href or href.startswith("#") or not _ADDRESS.search(href.partition("?")[0]):
            continue
        said = normalise.label(Page.text_of(a) + (a.get("title") or "") + "".join(i.get("alt") or "" for i in a.iter("img"))).lower()
        url = page.canonical(href)
        if url and len(said) <= 16 and any(word in said for word in labels()["words"]):
            return Entry(LINK, url, locator=page.xpath_of(a))
    return None
