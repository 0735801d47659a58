"""Targets that stand in a click handler instead of an href: `<tr onclick="window.open('show.asp?id=5')">`, `<a href="#" onclick="location.href='/zwgk/'">`."""

from __future__ import annotations

import re

from lxml import etree

from govcrawl.page.document import Page

Element = etree._Element

_TARGET = re.compile(
    r"(?:location(?:\.href)?\s*=|location\.(?:assign|replace)\s*\(|(?:^|[^\w.]|window\.)open\s*\()\s*(['\"])(?P<url>[^'\"]{1,300})\1\s*(?![\s+])"
)
"""Matches "window.open('show.asp?id=5')" and "location.href='/zwgk/'"; not "open('show.asp?id='+id)", whose target is not all there."""
_NOWHERE = re.compile(r"^\s*(?:#|javascript:|about:|data:|$)", re.I)
_HANDLED = etree.XPath("//*[@onclick]")
_NO_ROWS = frozenset(("body", "html", "form", "img", "input", "select", "option", "area", "iframe"))


def target(el: Element) -> str | None:
    """The literal target of an element's click handler; null for handlers that do something else."""
    found = _TARGET.search(el.get("onclick") or "")
    return None if found is None or _NOWHERE.match(found["url"]) else found["url"]


def targets(page: Page) -> dict[Element, str]:
    """Elements that lead somewhere by their handler only: links without an href of their own, and rows, cells or blocks without such a link inside."""
    if b"onclick" not in page.markup:
        return {}
    out: dict[Element, str] = {}
    for el in _HANDLED(page.tree):
        if el.tag in _NO_ROWS or not (at := target(el)):
            continue
        if el.tag == "a":
            if not page.canonical(el.get("href") or ""):
                out[el] = at
        elif not any(page.canonical(a.get("href") or "") or target(a) for a in el.iter("a")) and not any(
            up in out for up in el.iterancestors()
        ):
            out[el] = at
    return out
