"""Things as they are kept, and back: JSON or packed JSON, alike in both stores. Pure."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import TypeAdapter

from govcrawl.model.facts import Link, PageFacts, Visit
from govcrawl.model.files import FileFacts, FilePart
from govcrawl.model.findings import Finding, Issue, Outcome, Review
from govcrawl.model.items import Probe, Record, record_from_json
from govcrawl.model.orders import Order, OrderEvent
from govcrawl.model.runs import Run
from govcrawl.store import packing

VISIT = TypeAdapter(Visit)
FINDING = TypeAdapter(Finding)
REVIEW = TypeAdapter(Review)
ISSUES = TypeAdapter(list[Issue])
RUN = TypeAdapter(Run)
ORDER = TypeAdapter(Order)
EVENT = TypeAdapter(OrderEvent)
_FACTS = TypeAdapter(PageFacts)
_LINKS = TypeAdapter(list[Link])
_PARTS = TypeAdapter(list[FilePart])
T = TypeVar("T")
BATCH = 500
"""Things that are written together: SQLite takes 999 values a statement in its oldest builds, a transaction of MongoDB may last a minute."""
_ROWS = json.JSONEncoder(ensure_ascii=False, default=lambda v: v.value if isinstance(v, Outcome) else str(v))
_SORTED = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
DIGEST = 16
"""Bytes of the digest of a content."""


def text(value: Any) -> str:
    """As a row of JSON."""
    return _ROWS.encode(value)


def digest(content: str) -> bytes:
    return hashlib.sha256(content.encode()).digest()[:DIGEST]


def batches(rows: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    left = iter(rows)
    while some := list(itertools.islice(left, size)):
        yield some


# what was fetched


def page(facts: PageFacts) -> tuple[bytes, bytes]:
    """(facts without links, links): most readers do without the links, which are the larger half."""
    return packing.pack(_FACTS.dump_json(facts, exclude={"links"})), packing.pack(_LINKS.dump_json(facts.links))


def facts(body: bytes, links: bytes | None = None) -> PageFacts:
    found = _FACTS.validate_json(packing.unpack(body))
    if links is not None:
        found.links = _LINKS.validate_json(packing.unpack(links))
    return found


def reading(file: FileFacts) -> tuple[bytes, bytes]:
    """(parts without texts, texts) of an attachment."""
    texts = json.dumps([part.text for part in file.parts], ensure_ascii=False).encode("utf-8", "replace")
    return packing.pack(_PARTS.dump_json(file.parts, exclude={"__all__": {"text"}})), packing.pack(texts)


def file(url: str, name: str, parts: bytes, texts: bytes | None = None) -> FileFacts:
    """`name`: the digest that the reading is kept under."""
    found = _PARTS.validate_json(packing.unpack(parts))
    if texts is not None:
        for part, said in zip(found, json.loads(packing.unpack(texts)), strict=True):
            part.text = said
    return FileFacts(url=url, digest=name, parts=found)


# records


class Content:
    """A record taken apart: its content and digest, and what belongs to the sight of it alone."""

    __slots__ = ("body", "digest", "fetched_at", "key", "kind", "snapshot", "text")

    def __init__(self, record: Record) -> None:
        self.kind, self.key = record.kind, record.key
        self.body = record.to_json()
        self.fetched_at, self.snapshot = self.body.pop("fetched_at"), self.body.pop("snapshot")
        del self.body["rev"]
        self.text = _SORTED.encode(self.body)
        self.digest = digest(self.text)

    def told(self, rev: int) -> dict[str, Any]:
        """The record as the feed tells it."""
        return {**self.body, "fetched_at": self.fetched_at, "snapshot": self.snapshot, "rev": rev}

    def told_text(self, rev: int) -> str:
        """`told` as JSON: the content has been written out already."""
        return f"{self.text[:-1]}, {text({'fetched_at': self.fetched_at, 'rev': rev, 'snapshot': self.snapshot})[1:]}"


def record(body: str | bytes, key: str, rev: int, fetched_at: str | None, snapshot: dict[str, Any] | None) -> Record:
    """A content with a sight of it."""
    return record_from_json({**json.loads(body), "key": key, "rev": rev, "fetched_at": fetched_at, "snapshot": snapshot})


def probe(key: str, body: str | bytes) -> Probe:
    """No sight holds a probe's moment: it has its own."""
    values = json.loads(body)
    del values["kind"]
    return Probe(**values, key=key, fetched_at=values["at"])


# orders and the change sequence


def numbered(order: str, events: Sequence[OrderEvent], after: int) -> Iterator[tuple[int, str]]:
    """(number, row) of events that are appended to an order's history."""
    for n, event in enumerate(events, after + 1):
        yield n, EVENT.dump_json(replace(event, order=order, n=n)).decode()


def change(seq: int, kind: str, op: str, ident: str, rev: int, at: str | None, payload: str | bytes) -> dict[str, Any]:
    return {"seq": seq, "kind": kind, "op": op, "id": ident, "rev": rev, "at": at, "payload": json.loads(payload)}
