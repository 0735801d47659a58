"""Bytes that are no web page: what they are instead, as files are told apart by their bytes."""

from __future__ import annotations

import re
from typing import Any

from govcrawl.extract import documents
from govcrawl.extract.documents.sniff import sniff
from govcrawl.page import addresses
from govcrawl.page.document import Page
from govcrawl.reading import Exchange

_TAG = re.compile(
    rb"<(?:!doctype|html|head|body|frameset|title|meta|table|div|p|a|ul|ol|li|span|h[1-6]|script|img|iframe|form|br|section|article)\b"
)
"""An element of a web page: matches `<p class=a>`, not `<rss version="2.0">` and not `a < b`."""
_WRITTEN = frozenset({"txt", "csv", "xml", "html", None})
"""Formats that a page may be taken for by its first bytes; the tags within decide. `%PDF-` and a zip's head leave no doubt."""
_BEGINS = 40


def told(exchange: Exchange, page: Page) -> dict[str, Any]:
    """What the answer is; {} for a web page, and for what a browser has drawn."""
    if exchange.rendered or (exchange.body and _is_page(exchange.body, page)):
        return {}
    name = addresses.path(exchange.url).partition("?")[0].rpartition("/")[2]
    read = documents.read(exchange.body, name)
    text = " ".join(read.text.split())
    return {
        "format": read.format, "text_status": read.text_status, "reason": read.reason, "bytes": len(exchange.body), "pages": read.pages,
        "characters": len("".join(text.split())), "begins": text[:_BEGINS], "members": [member.path for member in read.members],
    }  # fmt: skip


def _is_page(body: bytes, page: Page) -> bool:
    return sniff(body).format in _WRITTEN and _TAG.search(page.markup) is not None
