"""The site's own search: how it is asked (form, address in a script, link to a search page), read from the page that offers it.

Nothing is asked here; `fill` only says what the request would be. Source: 国办秘函〔2019〕19号, 站内搜索 (D25).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

from govcrawl import rulebook
from govcrawl.page.document import Element, Page
from govcrawl.text import normalise

FORM, SCRIPT, LINK = "form", "script", "link"
_ADDRESS = re.compile(
    r"/(?:[a-z]*search[a-z]*|so|s|sousuo|zcso|query|jsearch[a-z]*|site/s|jiansuo|cms_?search)(?:[/?.]|$)|search\w*\.(?:do|jsp|aspx?|php|html?)",
    re.I,
)
"""Addresses of searches: matches "/so/s?tab=all" and "/searchweb/search.jsp"; not "/research/2026.html"."""
_LITERAL = re.compile(r"""["'`]([^"'`<>\s]{0,200}?[?&]([A-Za-z_]{1,20})=)["'`]\s*\+|`([^`<>\s]{0,200}?[?&]([A-Za-z_]{1,20})=)\$\{""")
"""A search address that a script completes: matches `"/so/s?qt=" + word` and "`/search?q=${kw}`"; not '"?page=2"'."""
_CODE_TEXT = 300_000
"""Characters of inline script that are searched."""


@dataclass(slots=True, frozen=True)
class Entry:
    """How a site's search is asked."""

    by: str
    """form; script (an address that a script completes); link (leads to a page with the search); box (a search box that only a script serves)."""
    url: str
    """Action of the form, address up to the value, or the linked page; "" where it is not known."""
    method: str = "GET"
    parameter: str = ""
    """Name of the field that takes the words."""
    fixed: list[list[str]] = field(default_factory=list)
    """Other fields of the form with their values, in order."""
    charset: str = "utf-8"
    locator: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@lru_cache(maxsize=1)
def _labels() -> dict[str, frozenset[str]]:
    return {key: frozenset(normalise.label(word) for word in words) for key, words in rulebook.labels("search").items()}


def find(page: Page) -> Entry | None:
    """The page's search of the whole site, the plainest way to ask it first; null where the page offers none.

    Searches of letters, of a case's progress and of one library are none. A form wins over a script, a script over a link.
    """
    boxes: list[Entry] = []
    for form in page.tree.iter("form"):
        entry = _of_form(page, form)
        if entry is not None and entry.by == FORM:
            return entry
        if entry is not None:
            boxes.append(entry)
    script = _of_script(page)
    if script is not None:
        return script
    linked = _of_link(page)
    if linked is not None:
        return linked
    boxes += [Entry("box", "", locator=page.xpath_of(box)) for box in _boxes(page.tree) if _says_search(page, box)]
    return boxes[0] if boxes else None


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
    name = (box.get("name") or "").strip()
    if url is None or not name:
        return Entry("box", "", locator=page.xpath_of(box))
    method = "POST" if (form.get("method") or "").strip().lower() == "post" else "GET"
    charset = (form.get("accept-charset") or page.encoding or "utf-8").split()[0].split(",")[0]
    return Entry(FORM, url, method, name, _fixed(form, box), charset, page.xpath_of(form))


def _named(box: Element) -> bool:
    names = {normalise.label(box.get(name) or "").lower() for name in ("name", "id")}
    return bool(names & _labels()["fields"])


def _is_site_search(page: Page, form: Element, box: Element, action: str) -> bool:
    said = normalise.label(" ".join([Page.text_of(form), *_said(form)]))[:300]
    if any(word in said for word in _labels()["not_site"]):
        return False
    if page.region_of(form) == "body" and not _ADDRESS.search(action) and sum(1 for _ in form.iter("select")) > 2:
        return False  # a library's own filter, not the site's search
    return bool(_ADDRESS.search(action)) or any(word in said.lower() for word in _labels()["words"]) or _says_search(page, box)


def _said(root: Element) -> Iterator[str]:
    for el in root.iter("input", "button", "a", "img"):
        for name in ("placeholder", "value", "alt", "title", "onfocus"):
            yield el.get(name) or ""


def _says_search(page: Page, box: Element) -> bool:
    """A box that calls itself a search, or stands beside a button that does."""
    shown = normalise.label((box.get("placeholder") or "") + (box.get("value") or "") + (box.get("title") or "")).lower()
    if any(word in shown for word in _labels()["not_site"]):
        return False
    names = f"{box.get('id') or ''} {box.get('name') or ''} {box.get('class') or ''}".lower()
    if any(word in shown for word in _labels()["words"]) or "search" in names or "sousuo" in names:
        return True
    around = box.getparent()
    near = normalise.label(Page.text_of(around))[:60] if around is not None else ""
    return _named(box) and any(word in near for word in _labels()["words"])


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
    left = _CODE_TEXT
    for script in page.scripts:
        code = script.text[:left]
        left -= len(code)
        if "+" not in code and "${" not in code:
            continue
        for match in _LITERAL.finditer(code):
            address, name = match[1] or match[3], match[2] or match[4]
            if name.lower() not in _labels()["fields"] or not _ADDRESS.search(address.partition("?")[0]):
                continue
            url = page.canonical(address)
            if url:
                return Entry(SCRIPT, url, parameter=name, locator=f"(//script)[{script.index}]")
    return None


def _of_link(page: Page) -> Entry | None:
    for a in page.body_tree.iter("a"):
        href = (a.get("href") or "").strip()
        if not href or href.startswith("#") or not _ADDRESS.search(href.partition("?")[0]):
            continue
        said = normalise.label(Page.text_of(a) + (a.get("title") or "") + "".join(i.get("alt") or "" for i in a.iter("img"))).lower()
        url = page.canonical(href)
        if url and len(said) <= 16 and any(word in said for word in _labels()["words"]):
            return Entry(LINK, url, locator=page.xpath_of(a))
    return None


def fill(entry: dict[str, Any], words: str) -> tuple[str, str | None]:
    """(address, body of a POST or null) that a browser would send for the words.

    Raises:
        ValueError: an entry that cannot be asked (a link, a box that only a script serves).
    """
    if entry["by"] == SCRIPT:
        return entry["url"] + quote(words, safe=""), None
    if entry["by"] != FORM:
        raise ValueError(f"cannot be filled: {entry['by']}")
    pairs = [(entry["parameter"], words), *((name, value) for name, value in entry["fixed"])]
    query = "&".join(f"{_encoded(name, entry['charset'])}={_encoded(value, entry['charset'])}" for name, value in pairs)
    if entry["method"] == "POST":
        return entry["url"], query
    return f"{entry['url'].partition('?')[0]}?{query}", None  # as a browser does: a GET form replaces the action's own query


def _encoded(text: str, charset: str) -> str:
    """As a form in this encoding sends it; what the encoding lacks goes as a character reference."""
    try:
        return quote_plus(text.encode(charset, "xmlcharrefreplace"))
    except LookupError:
        return quote_plus(text)


def askable(entry: dict[str, Any] | None) -> bool:
    return entry is not None and entry["by"] in (FORM, SCRIPT)


def hosts(entries: Iterable[dict[str, Any]]) -> set[str]:
    return {urlsplit(entry["url"]).hostname or "" for entry in entries if entry["url"]}
