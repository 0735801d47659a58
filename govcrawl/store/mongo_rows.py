"""MongoDB documents as the rows that stores exchange (`base.TABLES`), and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pymongo import ReplaceOne, UpdateOne

from govcrawl.model.facts import RENDER
from govcrawl.store import kept, packing
from govcrawl.store.base import TABLES
from govcrawl.store.mongo_server import Document

Write = ReplaceOne[Document] | UpdateOne
_NAMES = {"records": "bodies"}
"""Tables that are called otherwise here; the newest revision of each record is kept apart, as `heads`."""
_IDS = {"meta": "name", "runs": "id", "contents": "digest", "changes": "seq", "orders": "id"}
"""Tables whose one key column is the document's `_id`."""
_PACKED = {("records", "body"), ("changes", "payload")}
_JSON = {("seen", "snapshot"), ("draws", "urls")}


def joined(*parts: str) -> str:
    """Several key columns as one `_id`."""
    return "\x1f".join(parts)


def collection(table: str) -> str:
    return _NAMES.get(table, table)


def named(table: str, key: tuple[Any, ...]) -> Document:
    """The document of a row that goes by this key."""
    if table == "decisions":
        return {"n": key[0]}
    return {"_id": key[0] if table in _IDS else joined(*map(str, key))}


def rows(read: Callable[..., Iterator[Document]], table: str) -> Iterator[tuple[Any, ...]]:
    """Every row of a table in the order of its key; `read(collection, filter, order, fields)` streams documents."""
    key, others = TABLES[table]
    own = _IDS.get(table)
    order = ("_id",) if own else key
    wanted: Document = {"_id": {"$ne": "opened"}} if table == "meta" else {}
    for found in read(collection(table), wanted, order, others):
        yield tuple(_out(table, name, found.get("_id" if name == own else name)) for name in key + others)


def _out(table: str, name: str, value: Any) -> Any:
    if value is None:
        return None
    if (table, name) in _PACKED:
        return packing.unpack(value).decode()
    if (table, name) in _JSON:
        return json.dumps(value, ensure_ascii=False) if table == "draws" else json.dumps(value)
    return bytes(value) if isinstance(value, (bytes, bytearray)) else value


def writes(table: str, some: Iterable[tuple[Any, ...]]) -> dict[str, list[Write]]:
    """What keeps some rows: collection → writes. Newest revisions and counters that follow from them are written too."""
    key, others = TABLES[table]
    out: dict[str, list[Write]] = {}
    for row in some:
        values = {name: _in(table, name, value) for name, value in zip(key + others, row, strict=True)}
        values = {name: value for name, value in values.items() if value is not None}
        own = _IDS.get(table)
        values["_id"] = values.pop(own) if own else joined(*(str(values[name]) for name in key))
        if table == "pages":
            values["late"] = int(values["role"] == RENDER)
        if table == "decisions":
            values["_id"] = f"copied-{values['n']}"
        out.setdefault(collection(table), []).append(ReplaceOne({"_id": values["_id"]}, values, upsert=True))
        for name, write in _followers(table, values):
            out.setdefault(name, []).append(write)
    return out


def _in(table: str, name: str, value: Any) -> Any:
    if value is None:
        return None
    if (table, name) in _PACKED:
        return packing.pack(value.encode())
    return json.loads(value) if (table, name) in _JSON else value


def _followers(table: str, values: Document) -> Iterator[tuple[str, Write]]:
    """Rows come in the order of their keys: the last revision of a record, and of an announced thing, is the newest."""
    if table == "records":
        ident = joined(values["site"], values["kind"], values["key"])
        untold = len(values["digest"]) > kept.DIGEST
        newest = {} if untold else {"rev": values["rev"], "digest": values["digest"]}
        change: Document = {"$max": {"top": values["rev"]}} | ({"$set": newest} if newest else {"$setOnInsert": {"rev": 0, "digest": None}})
        yield "heads", UpdateOne({"_id": ident}, change, upsert=True)
    elif table == "changes":
        ident = joined(values["kind"], values["id"])
        digest = kept.digest(packing.unpack(values["payload"]).decode())
        told = {"_id": ident, "rev": values["rev"], "digest": digest} | ({"gone": True} if values["op"] == "delete" else {})
        yield "announced", ReplaceOne({"_id": ident}, told, upsert=True)
        yield "counters", UpdateOne({"_id": "changes"}, {"$max": {"n": values["_id"]}}, upsert=True)
    elif table == "decisions":
        yield "counters", UpdateOne({"_id": "decisions"}, {"$max": {"n": values["n"]}}, upsert=True)
