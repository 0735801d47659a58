"""The MongoDB store's ground: indexes, streams of documents, and the change sequence.

Writes are upserts in batches. On a replica set (one node will do) what belongs together is one transaction, the change sequence included; a
lone server has no transactions: it keeps everything but the change sequence.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pymongo import ASCENDING, ReplaceOne
from pymongo.client_session import ClientSession
from pymongo.collection import ReturnDocument

from govcrawl.clock import Clock, SystemClock, moment
from govcrawl.errors import StoreError
from govcrawl.store import kept, packing, sequence
from govcrawl.store.mongo_rows import joined
from govcrawl.store.mongo_server import MOST_BYTES, PATIENCE_SECONDS, Document, Server
from govcrawl.store.sequence import News

_PAGE = 500
"""Documents of one answer."""
NO_FEED = (
    "这台 MongoDB 是单机，不支持事务，没有变更序列（数据接口不可用）：请改为副本集，一个节点即可（mongod --replSet rs0，再 rs.initiate()）"
)
_INDEXES: dict[str, tuple[str, ...]] = {
    "pages": ("run", "site", "url", "role"),
    "files": ("run", "site", "url"),
    "seen": ("run", "site", "kind", "key"),
    "findings": ("run", "site", "rule", "id"),
    "verdicts": ("run", "site"),
    "draws": ("run", "site", "clause"),
    "first_seen": ("site", "at"),
    "orders": ("run",),
    "order_events": ("order_id", "n"),
}


class Base:
    """One client serves all threads; frontier, snapshots and lock file lie in the workspace folder all the same."""

    def __init__(self, location: str, folder: Path, *, patience: float = PATIENCE_SECONDS, clock: Clock | None = None) -> None:
        self._clock = SystemClock() if clock is None else clock
        self.folder = folder
        self._server = Server(location, patience=patience)
        self.location = self._server.location
        self._db = self._server.db
        self._server.call(self._prepare, "无法打开存储")

    def _prepare(self) -> None:
        for name, fields in _INDEXES.items():
            self._db[name].create_index([(field, ASCENDING) for field in fields])
        # read pages are streamed again and again; links, pictures and failures, two thirds of the rows, have no facts
        read = {"facts": {"$exists": True}}
        self._db["pages"].create_index([(f, ASCENDING) for f in ("run", "site", "url", "late")], name="read", partialFilterExpression=read)
        self._db["changes"].create_index([(f, ASCENDING) for f in ("kind", "id", "rev")], unique=True)
        self._db["announced"].create_index([("_id", ASCENDING), ("gone", ASCENDING)], name="gone", partialFilterExpression={"gone": True})

    def close(self) -> None:
        self._server.close()

    # reading

    def _one(self, name: str, wanted: Document, order: list[tuple[str, int]] | None = None) -> Document | None:
        return self._server.call(lambda: self._db[name].find_one(wanted, sort=order), "读取存储")

    def _all(self, name: str, wanted: Document, order: Sequence[str], fields: Sequence[str] | None = None) -> Iterator[Document]:
        """Stream documents in an order that tells them apart; a server that restarts meanwhile is asked on from the last one."""
        project = None if fields is None else dict.fromkeys((*order, *fields), 1)
        last: Document | None = None
        done = False
        while not done:
            onward = wanted if last is None else {"$and": [wanted, _after(last, order)]}

            def some(onward: Document = onward) -> list[Document]:
                found = self._db[name].find(onward, project).sort([(field, ASCENDING) for field in order]).limit(_PAGE)
                return list(found)

            rows = self._server.call(some, "读取存储")
            yield from rows
            done = len(rows) < _PAGE
            last = rows[-1] if rows else None

    # writing

    def _put(self, name: str, rows: Mapping[str, Document], session: ClientSession | None, known: Collection[str] | None = None) -> None:
        """Keep documents by their `_id`. In a transaction old ones go and all come in anew, which costs the server half of so many upserts.

        Args:
            known: ids that may be there already; null = any.
        """
        if rows and session is None:
            self._db[name].bulk_write([ReplaceOne({"_id": ident}, row, upsert=True) for ident, row in rows.items()])
        elif rows:
            old = list(rows) if known is None else [ident for ident in rows if ident in known]
            if old:
                self._db[name].delete_many({"_id": {"$in": old}}, session=session)
            self._db[name].insert_many(rows.values(), session=session)

    # the change sequence

    def changes(self, after: int, limit: int) -> list[dict[str, Any]]:
        self._must_have_feed()
        rows = self._server.call(
            lambda: list(self._db["changes"].find({"_id": {"$gt": after}}).sort("_id", ASCENDING).limit(limit)), "读取存储"
        )
        return [_change(row) for row in rows]

    def newest(self, kind: str, site: str | None, after: str, limit: int) -> list[dict[str, Any]]:
        self._must_have_feed()
        first, last = sequence.span(kind, site)
        wanted = {"_id": {"$gt": joined(kind, max(first, after)), "$lt": joined(kind, last)}, "gone": None}

        def work() -> list[Document]:
            heads = self._db["announced"].find(wanted).sort("_id", ASCENDING).limit(limit)
            names = [{"kind": kind, "id": head["_id"].partition("\x1f")[2], "rev": head["rev"]} for head in heads]
            return list(self._db["changes"].find({"$or": names}).sort("id", ASCENDING)) if names else []

        return [_change(row) for row in self._server.call(work, "读取存储")]

    def _must_have_feed(self) -> None:
        if not self._server.transactions:
            raise StoreError(NO_FEED)

    def _next(self, name: str, count: int, session: ClientSession | None) -> int:
        """The first of `count` numbers of a sequence. In a transaction the counter is held until it ends: numbers appear in their order, without a gap."""
        counted = self._db["counters"].find_one_and_update(
            {"_id": name}, {"$inc": {"n": count}}, upsert=True, return_document=ReturnDocument.AFTER, session=session
        )
        assert counted is not None
        return int(counted["n"]) - count + 1

    def _write_out(self, pool: ThreadPoolExecutor, news: Sequence[News]) -> Future[list[_Written]] | None:
        """Have the rows of the change sequence written out while the server works."""
        return pool.submit(_written, news) if news and self._server.transactions else None

    def _announce(self, session: ClientSession | None, news: Sequence[News], writing: Future[list[_Written]] | None = None) -> None:
        """Rows of the change sequence in the transaction of the things themselves; the same content of a thing is announced once.

        Args:
            writing: `_write_out` of the same news.
        """
        if not news or not self._server.transactions:
            return
        at = moment(self._clock.now())
        written = _written(news) if writing is None else writing.result()
        names = [joined(one.kind, one.id) for one in news]
        known = {row["_id"]: row for row in self._db["announced"].find({"_id": {"$in": sorted(set(names))}}, session=session)}
        fresh: dict[str, Document] = {}
        rows = []
        for name, one, (digest, payload) in zip(names, news, written, strict=True):
            last = fresh.get(name) or known.get(name)
            if last is not None and last["digest"] == digest:
                continue
            rev = sequence.grown(one.rev, last["rev"] if last is not None else None)
            fresh[name] = {"_id": name, "rev": rev, "digest": digest} | ({"gone": True} if one.op == "delete" else {})
            row: Document = {"kind": one.kind, "op": one.op, "id": one.id, "rev": rev, "at": at, "payload": payload}
            fits(row, one.id, "payload")
            rows.append(row)
        if rows:
            first = self._next("changes", len(rows), session)
            self._db["changes"].insert_many([{"_id": first + n, **row} for n, row in enumerate(rows)], session=session)
            self._put("announced", fresh, session, known)


_Written = tuple[bytes, bytes]
"""(digest, packed content) of a row of the change sequence."""


def _written(news: Sequence[News]) -> list[_Written]:
    return [(kept.digest(content), packing.pack(content.encode())) for _, content in ((one.id, one.content) for one in news)]


def _change(row: Document) -> dict[str, Any]:
    return kept.change(row["_id"], row["kind"], row["op"], row["id"], row["rev"], row.get("at"), packing.unpack(row["payload"]))


def _after(last: Document, order: Sequence[str]) -> Document:
    """Documents behind `last` in the order."""
    return {"$or": [{**{f: last[f] for f in order[:n]}, field: {"$gt": last[field]}} for n, field in enumerate(order)]}


def fits(row: Document, what: str, *fields: str) -> None:
    """Refuse what the server would refuse, by name: its own message speaks of a BSONObj."""
    size = sum(len(value.encode() if isinstance(value, str) else value) for value in map(row.__getitem__, fields))
    if size > MOST_BYTES:
        raise StoreError(f"{what} 的内容有 {size >> 20} MB，超过 MongoDB 单条 16 MB 的上限，未写入")
