"""The store on a MongoDB server, for several machines. The same contract as the embedded one.

Writes are upserts in batches. On a replica set (one node will do) what belongs together is one transaction, the change sequence included; a
lone server has no transactions: it keeps everything but the change sequence.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import secrets
import threading
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pymongo import ASCENDING, DeleteMany, InsertOne, ReplaceOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import ReturnDocument

from govcrawl.clock import Clock, SystemClock, moment
from govcrawl.detect import masking
from govcrawl.errors import StoreError, UsageError
from govcrawl.model.facts import LOOK, RENDER, Link, PageFacts, PageResult, Visit
from govcrawl.model.files import FileFacts, FilePart
from govcrawl.model.findings import Finding, Issue, Outcome, Review
from govcrawl.model.items import RECORDS, Probe, Record, record_from_json
from govcrawl.model.orders import Order, OrderEvent
from govcrawl.model.runs import Run
from govcrawl.store import mongo_rows, packing, sequence
from govcrawl.store.mongo_rows import joined
from govcrawl.store.mongo_server import MOST_BYTES, PATIENCE_SECONDS, Document, Server

BATCH = 500
"""Records of one transaction: a transaction may last a minute, a site's records longer."""
NO_FEED = (
    "这台 MongoDB 是单机，不支持事务，没有变更序列（数据接口不可用）：请改为副本集，一个节点即可（mongod --replSet rs0，再 rs.initiate()）"
)
_FACTS = TypeAdapter(PageFacts)
_LINKS = TypeAdapter(list[Link])
_VISIT = TypeAdapter(Visit)
_PARTS = TypeAdapter(list[FilePart])
_FINDING = TypeAdapter(Finding)
_REVIEW = TypeAdapter(Review)
_ISSUES = TypeAdapter(list[Issue])
_RUN = TypeAdapter(Run)
_ORDER = TypeAdapter(Order)
_EVENT = TypeAdapter(OrderEvent)
_INDEXES: dict[str, tuple[tuple[str, ...], ...]] = {
    "pages": (("run", "site", "url", "role"),),
    "files": (("run", "site", "url"),),
    "seen": (("run", "site", "kind", "key"),),
    "findings": (("run", "site", "rule", "id"),),
    "verdicts": (("run", "site"),),
    "draws": (("run", "site", "clause"),),
    "first_seen": (("site", "at"),),
    "orders": (("run",),),
    "order_events": (("order_id", "n"),),
}


class MongoStore:
    """See `Store`. One client serves all threads; frontier, snapshots and lock file lie in the workspace folder all the same."""

    def __init__(self, location: str, folder: Path, *, patience: float = PATIENCE_SECONDS, clock: Clock | None = None) -> None:
        self._clock = SystemClock() if clock is None else clock
        self.folder = folder
        self._server = Server(location, patience=patience)
        self.location = self._server.location
        self._db = self._server.db
        self._lock = threading.RLock()
        self._server.call(self._prepare, "无法打开存储")

    def _prepare(self) -> None:
        for name, keys in _INDEXES.items():
            for fields in keys:
                self._db[name].create_index([(field, ASCENDING) for field in fields])
        # read pages are streamed again and again; links, pictures and failures, two thirds of the rows, have no facts
        read = {"facts": {"$exists": True}}
        self._db["pages"].create_index([(f, ASCENDING) for f in ("run", "site", "url", "late")], name="read", partialFilterExpression=read)
        self._db["changes"].create_index([(f, ASCENDING) for f in ("kind", "id", "rev")], unique=True)
        self._db["announced"].create_index([("_id", ASCENDING), ("gone", ASCENDING)], name="gone", partialFilterExpression={"gone": True})

    # runs

    def mask_key(self) -> bytes:
        def work() -> bytes:
            kept = self._db["meta"].find_one_and_update(
                {"_id": "mask_key"}, {"$setOnInsert": {"value": secrets.token_bytes(32)}}, upsert=True, return_document=ReturnDocument.AFTER
            )
            assert kept is not None
            return bytes(kept["value"])

        return self._server.call(work)

    def save_run(self, run: Run) -> None:
        row = {"_id": run.id, "started_at": run.started_at, "body": _RUN.dump_json(run).decode()}

        def work(session: ClientSession | None) -> None:
            self._db["runs"].replace_one({"_id": run.id}, row, upsert=True, session=session)
            self._announce(session, [("run", run.id, 1, run.told())])

        self._server.transaction(work)

    def run(self, run_id: str) -> Run | None:
        row = self._one("runs", {"_id": run_id})
        return _RUN.validate_json(row["body"]) if row else None

    def runs(self) -> list[Run]:
        return [_RUN.validate_json(row["body"]) for row in self._all("runs", {}, ("started_at", "_id"))]

    # what was fetched

    def put_results(self, run_id: str, results: Sequence[PageResult]) -> None:
        writes = []
        for result in results:
            facts, visit = result.facts, result.visit
            row: Document = {
                "_id": joined(run_id, result.site, visit.url, visit.context.role), "run": run_id, "site": result.site, "url": visit.url,
                "role": visit.context.role, "late": int(visit.context.role == RENDER), "visit": _VISIT.dump_json(visit).decode(),
            }  # fmt: skip
            if facts is not None:
                row["facts"] = packing.pack(_FACTS.dump_json(facts, exclude={"links"}))
                row["links"] = packing.pack(_LINKS.dump_json(facts.links))
                _fits(row, visit.url, "facts", "links")
            writes.append(ReplaceOne({"_id": row["_id"]}, row, upsert=True))
        if writes:
            self._server.call(lambda: self._db["pages"].bulk_write(writes, ordered=False))

    def visits(self, run_id: str, site: str, role: str | None = None) -> Iterator[Visit]:
        wanted: Document = {"run": run_id, "site": site, "role": {"$ne": LOOK} if role is None else role}
        for row in self._all("pages", wanted, ("url", "role"), ("visit",)):
            yield _VISIT.validate_json(row["visit"])

    def looks(self, run_id: str, site: str) -> Iterator[Visit]:
        for row in self._all("pages", {"run": run_id, "site": site, "role": LOOK}, ("url",), ("visit",)):
            yield _VISIT.validate_json(row["visit"])

    def pages(self, run_id: str, site: str, *, links: bool = True) -> Iterator[PageFacts]:
        wanted = {"run": run_id, "site": site, "role": {"$ne": LOOK}, "facts": {"$exists": True}}
        held: Document | None = None
        for row in self._all("pages", wanted, ("url", "late"), ("facts", "links") if links else ("facts",)):
            if held is not None and held["url"] != row["url"]:
                yield _facts(held)
            held = row
        if held is not None:
            yield _facts(held)

    def page(self, run_id: str, site: str, url: str) -> PageFacts | None:
        wanted = {"run": run_id, "site": site, "url": url, "role": {"$ne": LOOK}, "facts": {"$exists": True}}
        row = self._one("pages", wanted, [("late", -1)])
        return _facts(row) if row else None

    def put_documents(self, run_id: str, site: str, files: Sequence[FileFacts]) -> None:
        contents = []
        for file in files:
            if not file.parts:
                continue
            row: Document = {
                "_id": file.digest, "parts": packing.pack(_PARTS.dump_json(file.parts, exclude={"__all__": {"text"}})),
                "texts": packing.pack(json.dumps([part.text for part in file.parts], ensure_ascii=False).encode("utf-8", "replace")),
            }  # fmt: skip
            _fits(row, file.url, "parts", "texts")
            contents.append(ReplaceOne({"_id": file.digest}, row, upsert=True))
        rows = [{"_id": joined(run_id, site, f.url), "run": run_id, "site": site, "url": f.url, "digest": f.digest} for f in files]
        if contents:
            self._server.call(lambda: self._db["contents"].bulk_write(contents, ordered=False))
        if rows:
            self._server.call(
                lambda: self._db["files"].bulk_write([ReplaceOne({"_id": r["_id"]}, r, upsert=True) for r in rows], ordered=False)
            )

    def kept_digests(self, digests: Collection[str]) -> set[str]:
        found: set[str] = set()
        for some in _batches(sorted(digests)):
            found.update(row["_id"] for row in self._all("contents", {"_id": {"$in": some}}, ("_id",), ()))
        return found

    def drained(self, run_id: str, site: str) -> set[str]:
        return {row["url"] for row in self._all("files", {"run": run_id, "site": site}, ("url",), ())}

    def documents(self, run_id: str, site: str, *, text: bool = True) -> Iterator[FileFacts]:
        rows = self._all("files", {"run": run_id, "site": site}, ("url",), ("digest",))
        for some in _batches(rows, 50):
            fields = ("parts", "texts") if text else ("parts",)
            kept = {c["_id"]: c for c in self._all("contents", {"_id": {"$in": [r["digest"] for r in some]}}, ("_id",), fields)}
            yield from (_file(row, kept[row["digest"]]) for row in some if row["digest"] in kept)

    def document(self, run_id: str, site: str, url: str) -> FileFacts | None:
        row = self._one("files", {"_id": joined(run_id, site, url)})
        kept = self._one("contents", {"_id": row["digest"]}) if row else None
        return _file(row, kept) if row and kept else None

    # records

    def put_records(self, run_id: str, site: str, records: Iterable[Record], *, told: bool = True) -> None:
        """As the contract says, in transactions of 500 records; what the run saw before and sees no more is dropped at the end."""
        stamp = uuid.uuid4().hex
        ranges = [
            {"_id": {"$gt": joined(kind, first), "$lt": joined(kind, last)}}
            for kind in RECORDS
            for first, last in (sequence.span(kind, site),)
        ]
        deleted = {row["_id"] for row in self._all("announced", {"gone": True, "$or": ranges}, ("_id",), ())}
        for some in _batches(records):
            rows = [_Row(record) for record in some]
            self._server.transaction(partial(self._keep, run_id=run_id, site=site, rows=rows, stamp=stamp, deleted=deleted, told=told))
        while self._server.transaction(partial(self._drop, run_id=run_id, site=site, stamp=stamp, told=told)):
            pass

    def _drop(self, session: ClientSession | None, run_id: str, site: str, stamp: str, told: bool) -> bool:
        """Forget some of the records that the run does not see any more; false once there are none."""
        wanted = {"run": run_id, "site": site, "stamp": {"$ne": stamp}}
        rows = list(self._db["seen"].find(wanted, ("kind", "key"), session=session).sort("_id", ASCENDING).limit(BATCH))
        if rows:
            self._db["seen"].delete_many({"_id": {"$in": [row["_id"] for row in rows]}}, session=session)
            if told:
                self._announce(session, [(row["kind"], f"{site}/{row['key']}", 1, None) for row in rows])
        return bool(rows)

    def _keep(
        self, session: ClientSession | None, run_id: str, site: str, rows: list[_Row], stamp: str, deleted: set[str], told: bool
    ) -> None:
        idents = [joined(site, row.kind, row.key) for row in rows]
        heads = {head["_id"]: head for head in self._db["heads"].find({"_id": {"$in": idents}}, session=session)}
        new_heads, bodies, seen = [], [], []
        news: list[_News] = []
        for ident, row in zip(idents, rows, strict=True):
            head = heads.get(ident) or {"_id": ident, "rev": 0, "digest": None}
            same = head["rev"] if head["digest"] == row.digest else None if told else self._replayed(session, ident, row.digest)
            rev, highest = same or 0, int(head.get("top") or head["rev"])
            again = deleted and joined(row.kind, sequence.ident(row.kind, f"{site}/{row.key}")) in deleted
            if same is None:
                rev = highest + 1
                heads[ident] = head | ({"rev": rev, "digest": row.digest} if told else {}) | {"top": rev}
                new_heads.append(ReplaceOne({"_id": ident}, heads[ident], upsert=True))
                body = {"_id": joined(ident, str(rev)), "site": site, "kind": row.kind, "key": row.key, "rev": rev}
                body["digest"] = row.digest if told else sequence.UNTOLD + row.digest
                body["body"] = packing.pack(row.text.encode())
                _fits(body, row.key, "body")
                bodies.append(ReplaceOne({"_id": body["_id"]}, body, upsert=True))
                again = True
            if again and told:
                payload = {**row.body, "fetched_at": row.fetched_at, "snapshot": row.snapshot, "rev": rev}
                news.append((row.kind, f"{site}/{row.key}", rev, payload))
            saw: Document = {
                "_id": joined(run_id, ident), "run": run_id, "site": site, "kind": row.kind, "key": row.key, "rev": rev, "stamp": stamp,
                "fetched_at": row.fetched_at, "snapshot": row.snapshot,
            }  # fmt: skip
            seen.append(ReplaceOne({"_id": saw["_id"]}, saw, upsert=True))
        for name, writes in (("bodies", bodies), ("heads", new_heads), ("seen", seen)):
            if writes:
                self._db[name].bulk_write(writes, session=session)
        self._announce(session, news)

    def _replayed(self, session: ClientSession | None, ident: str, digest: bytes) -> int | None:
        """The highest revision of a record that is this content, whoever gave it."""
        wanted = {"_id": {"$gt": f"{ident}\x1f", "$lt": f"{ident}\x20"}, "digest": {"$in": [digest, sequence.UNTOLD + digest]}}
        found = self._db["bodies"].find_one(wanted, {"rev": 1}, sort=[("rev", -1)], session=session)
        return int(found["rev"]) if found else None

    def records(self, run_id: str, site: str, kind: str | None = None) -> Iterator[Record]:
        wanted: Document = {"run": run_id, "site": site} | ({"kind": kind} if kind else {})
        rows = self._all("seen", wanted, ("kind", "key"), ("rev", "fetched_at", "snapshot"))
        for some in _batches(rows, 200):
            idents = [joined(joined(site, row["kind"], row["key"]), str(row["rev"])) for row in some]
            bodies = {b["_id"]: b["body"] for b in self._all("bodies", {"_id": {"$in": idents}}, ("_id",), ("body",))}
            for ident, row in zip(idents, some, strict=True):
                values = json.loads(packing.unpack(bodies[ident]))
                values.update(key=row["key"], rev=row["rev"], fetched_at=row.get("fetched_at"), snapshot=row.get("snapshot"))
                yield record_from_json(values)

    # probes: records without a run

    def put_probes(self, probes: Sequence[Probe]) -> None:
        for some in _batches(probes):
            self._server.transaction(partial(self._append_probes, probes={joined(p.site, p.kind, p.key, "1"): p for p in some}))

    def _append_probes(self, session: ClientSession | None, probes: dict[str, Probe]) -> None:
        known = {row["_id"] for row in self._db["bodies"].find({"_id": {"$in": list(probes)}}, ("_id",), session=session)}
        writes = []
        fresh = {ident: probe for ident, probe in probes.items() if ident not in known}
        for ident, probe in fresh.items():
            text, digest = sequence.probe_row(probe)
            row = {
                "site": probe.site,
                "kind": probe.kind,
                "key": probe.key,
                "rev": 1,
                "digest": digest,
                "body": packing.pack(text.encode()),
            }
            writes.append(UpdateOne({"_id": ident}, {"$setOnInsert": row}, upsert=True))
        if writes:
            self._db["bodies"].bulk_write(writes, session=session)
            self._announce(session, [(p.kind, f"{p.site}/{p.key}", 1, p.to_json()) for p in fresh.values()])

    def probes(self, site: str, since: str, until: str) -> Iterator[Probe]:
        wanted = {"_id": {"$gte": joined(site, Probe.kind, since), "$lt": joined(site, Probe.kind, until)}}
        for row in self._all("bodies", wanted, ("_id",), ("key", "body")):
            yield sequence.probe_of(row["key"], packing.unpack(row["body"]).decode())

    # judgements

    def put_judgement(
        self,
        run_id: str,
        site: str,
        findings: Sequence[Finding],
        scorecard: dict[str, Any],
        receipt: dict[str, Any],
        issues: Sequence[Issue],
    ) -> None:
        rows: list[Document] = [
            {
                "_id": joined(run_id, site, f.id),
                "run": run_id,
                "site": site,
                "id": f.id,
                "rule": f.rule,
                "body": _FINDING.dump_json(f).decode(),
            }
            for f in findings
        ]
        verdict = {
            "_id": joined(run_id, site), "run": run_id, "site": site, "scorecard": _json(scorecard), "receipt": _json(receipt),
            "issues": _ISSUES.dump_json(list(issues)).decode(),
        }  # fmt: skip
        firsts = [
            UpdateOne({"_id": joined(site, f.id)}, {"$setOnInsert": {"site": site, "id": f.id, "at": f.first_seen}}, upsert=True)
            for f in findings
        ]
        news: list[_News] = [("finding", f"{site}/{f.id}/{run_id}", 1, f.told()) for f in findings]
        kept = {f.id for f in findings}

        def work(session: ClientSession | None) -> None:
            before = self._db["findings"].find({"run": run_id, "site": site}, ("id",), session=session)
            gone: list[_News] = [("finding", f"{site}/{ident}/{run_id}", 1, None) for ident in sorted({r["id"] for r in before} - kept)]
            # old and new in one ordered batch; a lone server that dies in between is judged again by the next start of the run
            self._db["findings"].bulk_write([DeleteMany({"run": run_id, "site": site}), *(InsertOne(row) for row in rows)], session=session)
            if firsts:
                self._db["first_seen"].bulk_write(firsts, session=session)
            self._db["verdicts"].replace_one({"_id": verdict["_id"]}, verdict, upsert=True, session=session)
            judged: list[_News] = [("receipt", f"{site}/{run_id}", 1, receipt), ("scorecard", f"{site}/{run_id}", 1, scorecard)]
            self._announce(session, [*news, *gone, *judged])

        self._server.transaction(work)

    def findings(self, run_id: str, site: str | None = None) -> list[Finding]:
        wanted: Document = {"run": run_id} | ({"site": site} if site is not None else {})
        return [_FINDING.validate_json(row["body"]) for row in self._all("findings", wanted, ("site", "rule", "id"), ("body",))]

    def first_seen(self, site: str, now: str) -> dict[str, str]:
        rows = self._all("first_seen", {"site": site, "at": {"$lte": now}}, ("_id",), ("id", "at"))
        return {str(row["id"]): str(row["at"]) for row in rows}

    def scorecards(self, run_id: str) -> list[dict[str, Any]]:
        return [json.loads(row["scorecard"]) for row in self._all("verdicts", {"run": run_id}, ("site",), ("scorecard",))]

    def receipts(self, run_id: str) -> list[dict[str, Any]]:
        return [json.loads(row["receipt"]) for row in self._all("verdicts", {"run": run_id}, ("site",), ("receipt",))]

    def issues(self, run_id: str) -> list[Issue]:
        rows = self._all("verdicts", {"run": run_id}, ("site",), ("issues",))
        return [issue for row in rows for issue in _ISSUES.validate_json(row["issues"])]

    def put_draws(self, run_id: str, site: str, draws: dict[str, list[str]]) -> None:
        rows = {joined(run_id, site, c): {"run": run_id, "site": site, "clause": c, "urls": urls} for c, urls in draws.items()}

        def work(session: ClientSession | None) -> None:
            known = {row["_id"] for row in self._db["draws"].find({"_id": {"$in": list(rows)}}, ("_id",), session=session)}
            fresh = {ident: row for ident, row in rows.items() if ident not in known}
            writes = [UpdateOne({"_id": ident}, {"$setOnInsert": row}, upsert=True) for ident, row in fresh.items()]
            if writes:
                self._db["draws"].bulk_write(writes, session=session)
                self._announce(session, [("draw", f"{site}/{run_id}/{row['clause']}", 1, row) for row in fresh.values()])

        if rows:
            self._server.transaction(work)

    def draws(self, run_id: str, site: str) -> dict[str, list[str]]:
        rows = self._all("draws", {"run": run_id, "site": site}, ("clause",), ("urls",))
        return {row["clause"]: list(row["urls"]) for row in rows}

    # people's decisions and the change sequence

    def decide(self, review: Review) -> None:
        body = _REVIEW.dump_json(review).decode()
        ident = uuid.uuid4().hex  # the same call tried again is the same decision

        def work(session: ClientSession | None) -> None:
            kept = self._db["decisions"].find_one({"_id": ident}, session=session)
            n = kept["n"] if kept is not None else self._next("decisions", 1, session)
            if kept is None:
                self._db["decisions"].insert_one({"_id": ident, "n": n, "body": body}, session=session)
            self._announce(session, [("decision", f"{review.finding}/{n}", 1, json.loads(body))])

        self._server.transaction(work)

    def decisions(self) -> list[Review]:
        return [_REVIEW.validate_json(row["body"]) for row in self._all("decisions", {}, ("n",), ("body",))]

    def put_order(self, order: Order, events: Sequence[OrderEvent]) -> None:
        row = {"_id": order.id, "run": order.run, "body": _ORDER.dump_json(order).decode()}

        def work(session: ClientSession | None) -> None:
            if self._db["orders"].find_one({"_id": order.id}, ("_id",), session=session) is not None:
                raise UsageError(sequence.ORDER_KNOWN.format(order.id))
            self._db["orders"].insert_one(row, session=session)
            self._announce(session, [("order", order.id, 1, json.loads(row["body"]))])
            self._append(session, order.id, events, 0)

        self._server.transaction(work)

    def orders(self, run_id: str | None = None) -> list[Order]:
        wanted = {} if run_id is None else {"run": run_id}
        return [_ORDER.validate_json(row["body"]) for row in self._all("orders", wanted, ("_id",), ("body",))]

    def order(self, order_id: str) -> Order | None:
        row = self._one("orders", {"_id": order_id})
        return _ORDER.validate_json(row["body"]) if row else None

    def append_events(self, order_id: str, events: Sequence[OrderEvent], after: int) -> None:
        def work(session: ClientSession | None) -> None:
            last = self._db["order_events"].find_one({"order_id": order_id}, ("n",), sort=[("n", -1)], session=session)
            if (last["n"] if last else 0) != after:
                raise UsageError(sequence.ORDER_CHANGED.format(order_id))
            self._append(session, order_id, events, after)

        self._server.transaction(work)

    def _append(self, session: ClientSession | None, order_id: str, events: Sequence[OrderEvent], after: int) -> None:
        rows: list[Document] = []
        for n, event in enumerate(events, after + 1):
            body = _EVENT.dump_json(replace(event, order=order_id, n=n)).decode()
            rows.append({"_id": joined(order_id, str(n)), "order_id": order_id, "n": n, "body": body})
        if rows:  # two writers meet at the same `_id`: the later one's transaction is tried again, and sees the other's events
            self._db["order_events"].insert_many(rows, session=session)
            self._announce(session, [("order_event", f"{order_id}/{row['n']}", 1, json.loads(row["body"])) for row in rows])

    def order_events(self, order_id: str) -> list[OrderEvent]:
        rows = self._all("order_events", {"order_id": order_id}, ("n",), ("body",))
        return [_EVENT.validate_json(row["body"]) for row in rows]

    def changes(self, after: int, limit: int) -> list[dict[str, Any]]:
        if not self._server.transactions:
            raise StoreError(NO_FEED)
        rows = self._server.call(
            lambda: list(self._db["changes"].find({"_id": {"$gt": after}}).sort("_id", ASCENDING).limit(limit)), "读取存储"
        )
        return [_change(row) for row in rows]

    def newest(self, kind: str, site: str | None, after: str, limit: int) -> list[dict[str, Any]]:
        if not self._server.transactions:
            raise StoreError(NO_FEED)
        first, last = sequence.span(kind, site)
        wanted = {"_id": {"$gt": joined(kind, max(first, after)), "$lt": joined(kind, last)}, "gone": None}

        def work() -> list[Document]:
            heads = self._db["announced"].find(wanted).sort("_id", ASCENDING).limit(limit)
            names = [{"kind": kind, "id": head["_id"].partition("\x1f")[2], "rev": head["rev"]} for head in heads]
            return list(self._db["changes"].find({"$or": names}).sort("id", ASCENDING)) if names else []

        return [_change(row) for row in self._server.call(work, "读取存储")]

    # rows as they are, for other stores

    def rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        yield from mongo_rows.rows(self._all, table)

    def put_rows(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        for some in _batches(rows):
            for name, writes in mongo_rows.writes(table, some).items():
                self._server.call(partial(self._db[name].bulk_write, writes))

    def close(self) -> None:
        self._server.close()

    def _next(self, name: str, count: int, session: ClientSession | None) -> int:
        """The first of `count` numbers of a sequence. In a transaction the counter is held until it ends: numbers appear in their order, without a gap."""
        kept = self._db["counters"].find_one_and_update(
            {"_id": name}, {"$inc": {"n": count}}, upsert=True, return_document=ReturnDocument.AFTER, session=session
        )
        assert kept is not None
        return int(kept["n"]) - count + 1

    def _announce(self, session: ClientSession | None, news: Sequence[_News]) -> None:
        """Rows of the change sequence in the transaction of the things themselves; the same content of a thing is announced once."""
        if not news or not self._server.transactions:
            return
        at = moment(self._clock.now())
        rows = [
            (kind, "put" if payload is not None else "delete", sequence.ident(kind, name), rev, _json(masking.exported(payload)))
            for kind, name, rev, payload in news
        ]
        known = {
            row["_id"]: row
            for row in self._db["announced"].find(
                {"_id": {"$in": sorted({joined(kind, ident) for kind, _, ident, _, _ in rows})}}, session=session
            )
        }
        fresh = []
        for kind, op, ident, rev, text in rows:
            name, digest = joined(kind, ident), hashlib.sha256(text.encode()).digest()[:16]
            last = known.get(name)
            if last is not None and last["digest"] == digest:
                continue
            if last is not None and last["rev"] >= rev:
                rev = last["rev"] + 1
            known[name] = {"_id": name, "rev": rev, "digest": digest} | ({"gone": True} if op == "delete" else {})
            row: Document = {"kind": kind, "op": op, "id": ident, "rev": rev, "at": at, "payload": packing.pack(text.encode())}
            _fits(row, ident, "payload")
            fresh.append(row)
        if fresh:
            first = self._next("changes", len(fresh), session)
            self._db["changes"].insert_many([{"_id": first + n, **row} for n, row in enumerate(fresh)], session=session)
            told = {joined(row["kind"], row["id"]) for row in fresh}
            self._db["announced"].bulk_write(
                [ReplaceOne({"_id": name}, known[name], upsert=True) for name in sorted(told)], session=session
            )

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


_PAGE = 500
"""Documents of one answer."""
_News = tuple[str, str, int, dict[str, Any] | None]
"""(kind, name, rev, payload); payload null: the thing is there no more."""


def _change(row: Document) -> dict[str, Any]:
    told = {name: row[name] for name in ("kind", "op", "id", "rev")}
    return {"seq": row["_id"], **told, "at": row.get("at"), "payload": json.loads(packing.unpack(row["payload"]))}


class _Row:
    """A record taken apart: its content and digest, and what belongs to the sight of it alone."""

    __slots__ = ("body", "digest", "fetched_at", "key", "kind", "snapshot", "text")

    def __init__(self, record: Record) -> None:
        self.kind, self.key = record.kind, record.key
        self.body = record.to_json()
        self.fetched_at, self.snapshot = self.body.pop("fetched_at"), self.body.pop("snapshot")
        del self.body["rev"]
        self.text = json.dumps(self.body, ensure_ascii=False, sort_keys=True)
        self.digest = hashlib.sha256(self.text.encode()).digest()[:16]


def _after(last: Document, order: Sequence[str]) -> Document:
    """Documents behind `last` in the order."""
    return {"$or": [{**{f: last[f] for f in order[:n]}, field: {"$gt": last[field]}} for n, field in enumerate(order)]}


def _batches(rows: Iterable[Any], size: int = BATCH) -> Iterator[list[Any]]:
    left = iter(rows)
    while some := list(itertools.islice(left, size)):
        yield some


def _fits(row: Document, what: str, *fields: str) -> None:
    """Refuse what the server would refuse, by name: its own message speaks of a BSONObj."""
    size = sum(len(row[field]) for field in fields)
    if size > MOST_BYTES:
        raise StoreError(f"{what} 的内容有 {size >> 20} MB，超过 MongoDB 单条 16 MB 的上限，未写入")


def _facts(row: Document) -> PageFacts:
    facts = _FACTS.validate_json(packing.unpack(row["facts"]))
    if row.get("links") is not None:
        facts.links = _LINKS.validate_json(packing.unpack(row["links"]))
    return facts


def _file(row: Document, kept: Document) -> FileFacts:
    parts = _PARTS.validate_json(packing.unpack(kept["parts"]))
    texts = json.loads(packing.unpack(kept["texts"])) if "texts" in kept else [None] * len(parts)
    for part, text in zip(parts, texts, strict=True):
        part.text = text
    return FileFacts(url=row["url"], digest=row["digest"], parts=parts)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=lambda v: v.value if isinstance(v, Outcome) else str(v))
