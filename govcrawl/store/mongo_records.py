"""The MongoDB store: records with their revisions (`bodies`, the newest of each in `heads`), and probes, which are records without a run."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from pymongo import ASCENDING, UpdateOne
from pymongo.client_session import ClientSession

from govcrawl.model.items import RECORDS, Probe, Record
from govcrawl.store import kept, packing, sequence
from govcrawl.store.kept import BATCH, batches
from govcrawl.store.mongo_base import Base, fits
from govcrawl.store.mongo_rows import joined
from govcrawl.store.mongo_server import Document
from govcrawl.store.sequence import News


class Records(Base):
    def put_records(self, run_id: str, site: str, records: Iterable[Record], *, told: bool = True) -> None:
        """As the contract says, in transactions of 500 records; what the run saw before and sees no more is dropped at the end."""
        stamp = uuid.uuid4().hex
        ranges = [
            {"_id": {"$gt": joined(kind, first), "$lt": joined(kind, last)}}
            for kind in RECORDS
            for first, last in (sequence.span(kind, site),)
        ]
        deleted = {row["_id"] for row in self._all("announced", {"gone": True, "$or": ranges}, ("_id",), ())}
        with ThreadPoolExecutor(2, "govcrawl-records") as pool:
            for rows in _ahead(pool, records):
                keep = partial(self._keep, pool=pool, run_id=run_id, site=site, rows=rows, stamp=stamp, deleted=deleted, told=told)
                self._server.transaction(keep)
        while self._server.transaction(partial(self._drop, run_id=run_id, site=site, stamp=stamp, told=told)):
            pass

    def _drop(self, session: ClientSession | None, run_id: str, site: str, stamp: str, told: bool) -> bool:
        """Forget some of the records that the run does not see any more; false once there are none."""
        wanted = {"run": run_id, "site": site, "stamp": {"$ne": stamp}}
        rows = list(self._db["seen"].find(wanted, ("kind", "key"), session=session).sort("_id", ASCENDING).limit(BATCH))
        if rows:
            self._db["seen"].delete_many({"_id": {"$in": [row["_id"] for row in rows]}}, session=session)
            if told:
                self._announce(session, [News(row["kind"], f"{site}/{row['key']}", 1, None) for row in rows])
        return bool(rows)

    def _keep(
        self,
        session: ClientSession | None,
        pool: ThreadPoolExecutor,
        run_id: str,
        site: str,
        rows: list[_Row],
        stamp: str,
        deleted: set[str],
        told: bool,
    ) -> None:
        idents = [joined(site, row.kind, row.key) for row, _ in rows]
        heads = {head["_id"]: head for head in self._db["heads"].find({"_id": {"$in": idents}}, session=session)}
        new_heads: dict[str, Document] = {}
        bodies: dict[str, Document] = {}
        seen: dict[str, Document] = {}
        news: list[News] = []
        for ident, (row, packed) in zip(idents, rows, strict=True):
            head = new_heads.get(ident) or heads.get(ident) or {"_id": ident, "rev": 0, "digest": None}
            same = head["rev"] if head["digest"] == row.digest else None if told else self._replayed(session, ident, row.digest)
            rev, highest, name = same or 0, int(head.get("top") or head["rev"]), f"{site}/{row.key}"
            if same is None:
                rev = highest + 1
                new_heads[ident] = head | ({"rev": rev, "digest": row.digest} if told else {}) | {"top": rev}
                body = _body(ident, site, row, packed, rev, row.digest if told else sequence.UNTOLD + row.digest)
                bodies[body["_id"]] = body
            if told and (same is None or (deleted and joined(row.kind, sequence.ident(row.kind, name)) in deleted)):
                news.append(News(row.kind, name, rev, row.told(rev), partial(row.told_text, rev)))
            saw: Document = {
                "_id": joined(run_id, ident), "run": run_id, "site": site, "kind": row.kind, "key": row.key, "rev": rev, "stamp": stamp,
                "fetched_at": row.fetched_at, "snapshot": row.snapshot,
            }  # fmt: skip
            seen[saw["_id"]] = saw
        writing = self._write_out(pool, news)
        self._put("bodies", bodies, session)
        self._put("heads", new_heads, session, heads)
        self._put("seen", seen, session)
        self._announce(session, news, writing)

    def _replayed(self, session: ClientSession | None, ident: str, digest: bytes) -> int | None:
        """The highest revision of a record that is this content, whoever gave it."""
        wanted = {"_id": {"$gt": f"{ident}\x1f", "$lt": f"{ident}\x20"}, "digest": {"$in": [digest, sequence.UNTOLD + digest]}}
        found = self._db["bodies"].find_one(wanted, {"rev": 1}, sort=[("rev", -1)], session=session)
        return int(found["rev"]) if found else None

    def records(self, run_id: str, site: str, kind: str | None = None) -> Iterator[Record]:
        wanted: Document = {"run": run_id, "site": site} | ({"kind": kind} if kind else {})
        rows = self._all("seen", wanted, ("kind", "key"), ("rev", "fetched_at", "snapshot"))
        for some in batches(rows, 200):
            idents = [joined(site, row["kind"], row["key"], str(row["rev"])) for row in some]
            bodies = {b["_id"]: b["body"] for b in self._all("bodies", {"_id": {"$in": idents}}, ("_id",), ("body",))}
            for ident, row in zip(idents, some, strict=True):
                yield kept.record(packing.unpack(bodies[ident]), row["key"], row["rev"], row.get("fetched_at"), row.get("snapshot"))

    # probes

    def put_probes(self, probes: Sequence[Probe]) -> None:
        for some in batches(probes):
            self._server.transaction(partial(self._append_probes, probes={joined(p.site, p.kind, p.key): p for p in some}))

    def _append_probes(self, session: ClientSession | None, probes: dict[str, Probe]) -> None:
        rows = {ident: _body(ident, p.site, *_taken_apart(p), rev=1) for ident, p in probes.items()}
        known = self._db["bodies"].find({"_id": {"$in": [row["_id"] for row in rows.values()]}}, ("_id",), session=session)
        there = {row["_id"] for row in known}
        fresh = [ident for ident, row in rows.items() if row["_id"] not in there]
        if fresh:
            writes = [UpdateOne({"_id": rows[ident]["_id"]}, {"$setOnInsert": rows[ident]}, upsert=True) for ident in fresh]
            self._db["bodies"].bulk_write(writes, session=session)
            made = [probes[ident] for ident in fresh]
            self._announce(session, [News(p.kind, f"{p.site}/{p.key}", 1, p.to_json()) for p in made])

    def probes(self, site: str, since: str, until: str) -> Iterator[Probe]:
        wanted = {"_id": {"$gte": joined(site, Probe.kind, since), "$lt": joined(site, Probe.kind, until)}}
        for row in self._all("bodies", wanted, ("_id",), ("key", "body")):
            yield kept.probe(row["key"], packing.unpack(row["body"]))


_Row = tuple[kept.Content, bytes]
"""A record taken apart, and its content packed."""


def _taken_apart(record: Record) -> _Row:
    row = kept.Content(record)
    return row, packing.pack(row.text.encode())


def _ahead(pool: ThreadPoolExecutor, records: Iterable[Record]) -> Iterator[list[_Row]]:
    """Batches of records taken apart, each while the server still works on the one before: half of the whole is work of ours."""
    waiting: Future[list[_Row]] | None = None
    for some in batches(records):
        coming = pool.submit(lambda some=some: [_taken_apart(record) for record in some])  # type: ignore[misc]
        if waiting is not None:
            yield waiting.result()
        waiting = coming
    if waiting is not None:
        yield waiting.result()


def _body(ident: str, site: str, row: kept.Content, packed: bytes, rev: int, digest: bytes | None = None) -> Document:
    """One revision of a record as it is kept."""
    body: Document = {
        "_id": joined(ident, str(rev)), "site": site, "kind": row.kind, "key": row.key, "rev": rev, "digest": digest or row.digest,
        "body": packed,
    }  # fmt: skip
    fits(body, row.key, "body")
    return body
