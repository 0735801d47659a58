"""The row of `expected.json` that a kept page begins with: what we read, as a proposal for the person who checks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from govcrawl import reading
from govcrawl.model.facts import DATA, Context, ListEntry, PageFacts

_HEADERS = ("content-type", "content-language", "last-modified", "server", "location")
"""Headers worth keeping beside the bytes."""
_FILL = {
    "content": ("title", "published_on", "published_source", "source", "author", "attachments"),
    "policy": (
        "title", "published_on", "published_source", "doc_number", "doc_number_raw", "index_number", "issuer", "issued_on", "validity", "topic", "genre",
        "interpretations", "attachments",
    ),
    "interpretation": ("title", "published_on", "published_source", "documents", "form"),
    "guide": ("item_name", "forms"), "message": ("number", "subject", "type", "asked_on", "replied_on", "replier"),
    "survey": ("title", "opened_on", "closed_on", "feedback_on", "feedback_count"), "leader": ("name", "post"),
}  # fmt: skip
"""Facts of each kind of page that a person is to check in the skeleton."""


def skeleton(exchange: reading.Exchange, context: Context, scope: reading.Scope, file: str) -> dict[str, Any]:
    """The row. `checked` is false until a person has looked; until then the row counts for nothing."""
    read = reading.read(exchange, context, scope).facts
    row: dict[str, Any] = {
        "file": file, "url": exchange.url, "status": exchange.status, "headers": {k: v for k, v in exchange.headers.items() if k in _HEADERS},
        "role": "home" if context.home else "data" if context.role == DATA else "page", "parent": context.parent, "kind": read.kind, "checked": False,
    }  # fmt: skip
    if exchange.rendered:
        row["rendered"] = True
    if context.form is not None:
        row["form"] = context.form
    row["facts"] = _proposal(read)
    block = next((one for one in read.lists if one.main and one.entries), None)
    if block is not None:
        row["list"] = {
            "items_on_page": len(block.entries), "first": _entry(block.entries[0]), "last": _entry(block.entries[-1]), "pager": read.pager,
            "total": read.total_items,
        }  # fmt: skip
    return row


def _entry(entry: ListEntry) -> dict[str, Any]:
    return {"title": entry.title, "url": entry.url, "date": entry.date}


def _proposal(read: PageFacts) -> dict[str, Any]:
    row: Mapping[str, Any] = read.items[0] if len(read.items) == 1 else {}
    facts = {name: row.get(name) for name in _FILL.get(read.kind, ("title",))}
    if "title" in facts:
        facts["title"] = row.get("title") or read.title
    if "published_on" in facts and facts["published_on"] is None and read.dates:
        facts["published_on"], facts["published_source"] = read.dates[0].value, read.dates[0].source
    if read.kind == "guide":
        facts["elements"] = {name: bool(value) for name, value in (row.get("elements") or {}).items()}
        facts["materials"] = len(row.get("materials") or ())
    text = "".join((row.get("text") or "").split())
    return facts | ({"text_start": text[:24], "text_end": text[-18:]} if text else {})
