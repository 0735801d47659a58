"""Titles with their addresses that a page keeps in a script: `{title: '…解读', url: '/zcjd/1.html'}`, `document.write('<a href=…>…</a>')`.

Only what is written out whole counts: an address put together from variables is not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from govcrawl.page.document import Page
from govcrawl.page.scripts import Script
from govcrawl.text import normalise

_OBJECT = re.compile(r"\{[^{}]{10,1200}\}")
_TITLE = re.compile(r"""["']?\b(?:title|name|docTitle|bt|subject|text)["']?\s*:\s*(["'])(?P<title>(?:(?!\1)[^\\]|\\.){4,200})\1""", re.I)
"""Matches `"title":"《…》解读"` and `name: '…'`; not `title: doc.title`."""
_ADDRESS = re.compile(r"""["']?\b(?:url|link|href|linkUrl|docUrl|pubUrl|path|puburl)["']?\s*:\s*(["'])(?P<url>[^"'\s<>]{2,300})\1""", re.I)
"""Matches `"url":"/zcjd/1.html"`; not `url: base + id`."""
_ANCHOR = re.compile(
    r"""<a\b[^>]{0,200}?\bhref=\\?(["'])(?P<url>[^"'\\\s<>+]{2,300})\\?\1[^>]{0,200}>(?P<title>(?:(?!</a).){4,200})<\\?/a""", re.I | re.S
)
"""Matches `document.write('<a href="/zcjd/1.html">《…》解读</a>')`; not `'<a href="' + url + '">'`."""
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_TAGS = re.compile(r"<[^>]{0,200}>")
_LARGEST = 60_000


def pairs(page: Page) -> Iterator[tuple[str, str]]:
    """(title, canonical address) of every pair that an inline script of the page spells out."""
    for script in page.scripts:
        if 20 < len(script.text) <= _LARGEST and not script.src:
            yield from _of_script(page, script)


def _of_script(page: Page, script: Script) -> Iterator[tuple[str, str]]:
    code = script.text
    if "\\u" in code:
        code = _ESCAPED.sub(lambda hit: chr(int(hit[1], 16)), code)
    found = [(hit["title"], hit["url"]) for hit in _ANCHOR.finditer(code)] if "href" in code else []
    for block in _OBJECT.finditer(code) if ":" in code else ():
        title, address = _TITLE.search(block[0]), _ADDRESS.search(block[0])
        if title and address:
            found.append((title["title"], address["url"]))
    for shown, href in found:
        url = page.canonical(href.replace("\\/", "/"))
        words = normalise.squeeze(_TAGS.sub("", shown.replace("\\/", "/").replace('\\"', '"')))
        if url is not None and url != page.url and words:
            yield words, url
