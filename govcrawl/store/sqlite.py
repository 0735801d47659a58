"""The embedded store: one SQLite file (WAL), JSON documents, one transaction a call."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import secrets
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from govcrawl.clock import Clock, SystemClock, moment
from govcrawl.detect import masking
from govcrawl.errors import StoreError, UsageError, cause
from govcrawl.model.facts import LOOK, RENDER, Link, PageFacts, PageResult, Visit
from govcrawl.model.files import FileFacts, FilePart
from govcrawl.model.findings import Finding, Issue, Outcome, Review
from govcrawl.model.items import RECORDS, Probe, Record, record_from_json
from govcrawl.model.orders import Order, OrderEvent
from govcrawl.model.runs import Run
from govcrawl.store import packing, sequence
from govcrawl.store.base import TABLES

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, started_at TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pages (
    run TEXT NOT NULL, site TEXT NOT NULL, url TEXT NOT NULL, role TEXT NOT NULL,
    visit TEXT NOT NULL, facts BLOB, links BLOB, PRIMARY KEY (run, site, url, role));
CREATE TABLE IF NOT EXISTS files (run TEXT NOT NULL, site TEXT NOT NULL, url TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (run, site, url)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS contents (digest TEXT PRIMARY KEY, parts BLOB NOT NULL, texts BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS records (
    site TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, rev INTEGER NOT NULL,
    digest BLOB NOT NULL, body TEXT NOT NULL, PRIMARY KEY (site, kind, key, rev));
CREATE TABLE IF NOT EXISTS seen (
    run TEXT NOT NULL, site TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, rev INTEGER NOT NULL,
    fetched_at TEXT, snapshot TEXT, PRIMARY KEY (run, site, kind, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS findings (run TEXT NOT NULL, site TEXT NOT NULL, id TEXT NOT NULL, rule TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (run, site, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS first_seen (site TEXT NOT NULL, id TEXT NOT NULL, at TEXT NOT NULL, PRIMARY KEY (site, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS verdicts (run TEXT NOT NULL, site TEXT NOT NULL, scorecard TEXT NOT NULL, receipt TEXT NOT NULL,
    issues TEXT NOT NULL, PRIMARY KEY (run, site)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS draws (run TEXT NOT NULL, site TEXT NOT NULL, clause TEXT NOT NULL, urls TEXT NOT NULL,
    PRIMARY KEY (run, site, clause)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS decisions (n INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, run TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS order_events (order_id TEXT NOT NULL, n INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (order_id, n)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS changes (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, op TEXT NOT NULL, id TEXT NOT NULL,
    rev INTEGER NOT NULL, at TEXT, payload TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS changes_by_id ON changes (kind, id, seq);
CREATE INDEX IF NOT EXISTS changes_deleted ON changes (kind, id) WHERE op = 'delete';
"""
_PARTS_OF_SCHEMA = frozenset(re.findall(r"IF NOT EXISTS (\w+)", _SCHEMA))
_MOST_VALUES = 500
"""Values of one statement: SQLite takes 999 in its oldest builds."""
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


class SqliteStore:
    """`Store` over one file. Readers stream over connections of their own, so that a long read never blocks the writer."""

    def __init__(self, path: Path, *, clock: Clock | None = None) -> None:
        self._clock = SystemClock() if clock is None else clock
        self.location = f"sqlite:///{path}"
        self.folder = path.parent
        self._path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = self._connect()
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"无法打开存储 {path}：{cause(error)}") from error

    def _prepare(self) -> None:
        """Make what is missing. Where nothing is, nothing is written: a reader beside a crawl must not wait for the crawl's transaction."""
        known = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master")}
        if known >= _PARTS_OF_SCHEMA and self._dates_changes():
            return
        with self._writing() as db:
            for statement in _SCHEMA.strip().split(";\n"):
                db.execute(statement)
            if not self._dates_changes():  # a workspace of an early version
                db.execute("ALTER TABLE changes ADD COLUMN at TEXT")

    def _dates_changes(self) -> bool:
        return any(row[1] == "at" for row in self._db.execute("PRAGMA table_info(changes)"))

    def _connect(self) -> sqlite3.Connection:
        # another process of the workspace may keep the records of a large site in one transaction
        db = sqlite3.connect(self._path, timeout=300, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode=WAL")  # default DELETE; readers must not block the writer thread
        db.execute("PRAGMA synchronous=NORMAL")  # default FULL; a batch lost to a power cut is fetched again, its snapshot remains
        return db

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise StoreError(f"写入存储 {self._path} 失败：{cause(error)}") from error
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        # a full disk makes SQLite roll back by itself; then there is no transaction left
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Stream rows over a connection of its own, so that writing may go on meanwhile."""
        try:
            with contextlib.closing(self._connect()) as db:
                yield from db.execute(sql, values)
        except sqlite3.Error as error:
            raise StoreError(f"读取存储 {self._path} 失败：{cause(error)}") from error

    # runs

    def mask_key(self) -> bytes:
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO meta VALUES ('mask_key', ?)", (secrets.token_bytes(32),))
            return bytes(db.execute("SELECT value FROM meta WHERE name = 'mask_key'").fetchone()[0])

    def save_run(self, run: Run) -> None:
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", (run.id, run.started_at, _RUN.dump_json(run).decode()))
            self._announce(db, "run", run.id, 1, run.told())

    def run(self, run_id: str) -> Run | None:
        for (body,) in self._rows("SELECT body FROM runs WHERE id = ?", (run_id,)):
            return _RUN.validate_json(body)
        return None

    def runs(self) -> list[Run]:
        return [_RUN.validate_json(body) for (body,) in self._rows("SELECT body FROM runs ORDER BY started_at, id")]

    # what was fetched

    def put_results(self, run_id: str, results: Sequence[PageResult]) -> None:
        rows = []
        for result in results:
            facts, links = result.facts, None
            if facts is not None:
                links = packing.pack(_LINKS.dump_json(facts.links))
                body = packing.pack(_FACTS.dump_json(facts, exclude={"links"}))
            visit = result.visit
            rows.append(
                (run_id, result.site, visit.url, visit.context.role, _VISIT.dump_json(visit).decode(), body if facts else None, links)
            )
        with self._writing() as db:
            db.executemany("INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def visits(self, run_id: str, site: str, role: str | None = None) -> Iterator[Visit]:
        sql = "SELECT visit FROM pages WHERE run = ? AND site = ? AND role <> ? AND (? IS NULL OR role = ?) ORDER BY url, role"
        for (visit,) in self._rows(sql, (run_id, site, LOOK, role, role)):
            yield _VISIT.validate_json(visit)

    def looks(self, run_id: str, site: str) -> Iterator[Visit]:
        sql = "SELECT visit FROM pages WHERE run = ? AND site = ? AND role = ? ORDER BY url"
        for (visit,) in self._rows(sql, (run_id, site, LOOK)):
            yield _VISIT.validate_json(visit)

    def pages(self, run_id: str, site: str, *, links: bool = True) -> Iterator[PageFacts]:
        # `render` sorts after `page`: of two readings of one address the rendered one comes last and replaces the other
        sql = f"""SELECT url, role, facts{", links" if links else ""} FROM pages
                  WHERE run = ? AND site = ? AND facts IS NOT NULL AND role <> ? ORDER BY url, role = ?"""
        held: tuple[Any, ...] | None = None
        for row in self._rows(sql, (run_id, site, LOOK, RENDER)):
            if held is not None and held[0] != row[0]:
                yield _facts(held)
            held = row
        if held is not None:
            yield _facts(held)

    def page(self, run_id: str, site: str, url: str) -> PageFacts | None:
        sql = "SELECT url, role, facts, links FROM pages WHERE run = ? AND site = ? AND url = ? AND facts IS NOT NULL AND role <> ? ORDER BY role = ? DESC"
        for row in self._rows(sql, (run_id, site, url, LOOK, RENDER)):
            return _facts(row)
        return None

    # attachments

    def put_documents(self, run_id: str, site: str, files: Sequence[FileFacts]) -> None:
        contents = [
            (
                file.digest,
                packing.pack(_PARTS.dump_json(file.parts, exclude={"__all__": {"text"}})),
                packing.pack(json.dumps([part.text for part in file.parts], ensure_ascii=False).encode("utf-8", "replace")),
            )
            for file in files
            if file.parts
        ]
        with self._writing() as db:
            db.executemany("INSERT OR REPLACE INTO contents VALUES (?, ?, ?)", contents)
            db.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", [(run_id, site, f.url, f.digest) for f in files])

    def kept_digests(self, digests: Collection[str]) -> set[str]:
        found: set[str] = set()
        wanted = list(digests)
        for at in range(0, len(wanted), _MOST_VALUES):
            some = wanted[at : at + _MOST_VALUES]
            sql = f"SELECT digest FROM contents WHERE digest IN ({','.join('?' * len(some))})"
            found.update(digest for (digest,) in self._rows(sql, some))
        return found

    def drained(self, run_id: str, site: str) -> set[str]:
        return {url for (url,) in self._rows("SELECT url FROM files WHERE run = ? AND site = ?", (run_id, site))}

    def documents(self, run_id: str, site: str, *, text: bool = True) -> Iterator[FileFacts]:
        sql = f"""SELECT f.url, f.digest, c.parts{", c.texts" if text else ""} FROM files f JOIN contents c USING (digest)
                  WHERE f.run = ? AND f.site = ? ORDER BY f.url"""
        for row in self._rows(sql, (run_id, site)):
            yield _file(row)

    def document(self, run_id: str, site: str, url: str) -> FileFacts | None:
        sql = "SELECT f.url, f.digest, c.parts, c.texts FROM files f JOIN contents c USING (digest) WHERE f.run = ? AND f.site = ? AND f.url = ?"
        for row in self._rows(sql, (run_id, site, url)):
            return _file(row)
        return None

    # records

    def put_records(self, run_id: str, site: str, records: Iterable[Record], *, told: bool = True) -> None:
        with self._writing() as db:
            before = set(db.execute("SELECT kind, key FROM seen WHERE run = ? AND site = ?", (run_id, site)))
            db.execute("DELETE FROM seen WHERE run = ? AND site = ?", (run_id, site))
            deleted = {kind: _deleted(db, kind, site) for kind in RECORDS}
            for record in records:
                before.discard((record.kind, record.key))
                body = record.to_json()
                fetched_at, snapshot = body.pop("fetched_at"), body.pop("snapshot")
                del body["rev"]
                text = json.dumps(body, ensure_ascii=False, sort_keys=True)
                digest = hashlib.sha256(text.encode()).digest()[:16]
                revisions = db.execute(
                    "SELECT rev, digest FROM records WHERE site = ? AND kind = ? AND key = ? ORDER BY rev DESC",
                    (site, record.kind, record.key),
                )
                same, highest = sequence.matching(revisions, digest, told=told)
                rev, name = same or highest + 1, f"{site}/{record.key}"
                if same is None:
                    kept = digest if told else sequence.UNTOLD + digest
                    db.execute("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)", (site, record.kind, record.key, rev, kept, text))
                if told and (same is None or sequence.ident(record.kind, name) in deleted[record.kind]):
                    self._announce(db, record.kind, name, rev, body | {"fetched_at": fetched_at, "snapshot": snapshot, "rev": rev})
                db.execute(
                    "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (run_id, site, record.kind, record.key, rev, fetched_at, json.dumps(snapshot) if snapshot else None),
                )
            for kind, key in sorted(before) if told else ():
                self._announce(db, kind, f"{site}/{key}", 1, None)

    def records(self, run_id: str, site: str, kind: str | None = None) -> Iterator[Record]:
        sql = """SELECT r.body, s.key, s.rev, s.fetched_at, s.snapshot FROM seen s JOIN records r USING (site, kind, key, rev)
                 WHERE s.run = ? AND s.site = ? AND (? IS NULL OR s.kind = ?) ORDER BY s.kind, s.key"""
        for body, key, rev, fetched_at, snapshot in self._rows(sql, (run_id, site, kind, kind)):
            values = json.loads(body)
            values.update(key=key, rev=rev, fetched_at=fetched_at, snapshot=json.loads(snapshot) if snapshot else None)
            yield record_from_json(values)

    # probes: records without a run

    def put_probes(self, probes: Sequence[Probe]) -> None:
        with self._writing() as db:
            for probe in probes:
                text, digest = sequence.probe_row(probe)
                sql = "INSERT OR IGNORE INTO records VALUES (?, ?, ?, 1, ?, ?)"
                if db.execute(sql, (probe.site, probe.kind, probe.key, digest, text)).rowcount:
                    self._announce(db, probe.kind, f"{probe.site}/{probe.key}", 1, probe.to_json())

    def probes(self, site: str, since: str, until: str) -> Iterator[Probe]:
        sql = "SELECT key, body FROM records WHERE site = ? AND kind = ? AND key >= ? AND key < ? ORDER BY key"
        for key, body in self._rows(sql, (site, Probe.kind, since, until)):
            yield sequence.probe_of(key, body)

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
        with self._writing() as db:
            before = {ident for (ident,) in db.execute("SELECT id FROM findings WHERE run = ? AND site = ?", (run_id, site))}
            db.execute("DELETE FROM findings WHERE run = ? AND site = ?", (run_id, site))
            for finding in findings:
                body = _FINDING.dump_json(finding).decode()
                db.execute("INSERT INTO findings VALUES (?, ?, ?, ?, ?)", (run_id, site, finding.id, finding.rule, body))
                db.execute("INSERT OR IGNORE INTO first_seen VALUES (?, ?, ?)", (site, finding.id, finding.first_seen))
                self._announce(db, "finding", f"{site}/{finding.id}/{run_id}", 1, finding.told())
            for ident in sorted(before - {finding.id for finding in findings}):
                self._announce(db, "finding", f"{site}/{ident}/{run_id}", 1, None)
            values = (run_id, site, _json(scorecard), _json(receipt), _ISSUES.dump_json(list(issues)).decode())
            db.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?)", values)
            self._announce(db, "receipt", f"{site}/{run_id}", 1, receipt)
            self._announce(db, "scorecard", f"{site}/{run_id}", 1, scorecard)

    def findings(self, run_id: str, site: str | None = None) -> list[Finding]:
        sql = "SELECT body FROM findings WHERE run = ? AND (? IS NULL OR site = ?) ORDER BY site, rule, id"
        return [_FINDING.validate_json(body) for (body,) in self._rows(sql, (run_id, site, site))]

    def first_seen(self, site: str, now: str) -> dict[str, str]:
        rows = self._rows("SELECT id, at FROM first_seen WHERE site = ? AND at <= ?", (site, now))
        return {str(ident): str(at) for ident, at in rows}

    def scorecards(self, run_id: str) -> list[dict[str, Any]]:
        return [json.loads(card) for (card,) in self._rows("SELECT scorecard FROM verdicts WHERE run = ? ORDER BY site", (run_id,))]

    def receipts(self, run_id: str) -> list[dict[str, Any]]:
        return [json.loads(text) for (text,) in self._rows("SELECT receipt FROM verdicts WHERE run = ? ORDER BY site", (run_id,))]

    def issues(self, run_id: str) -> list[Issue]:
        rows = self._rows("SELECT issues FROM verdicts WHERE run = ? ORDER BY site", (run_id,))
        return [issue for (text,) in rows for issue in _ISSUES.validate_json(text)]

    def put_draws(self, run_id: str, site: str, draws: dict[str, list[str]]) -> None:
        with self._writing() as db:
            for clause, urls in draws.items():
                kept = db.execute("INSERT OR IGNORE INTO draws VALUES (?, ?, ?, ?)", (run_id, site, clause, _json(urls)))
                if kept.rowcount:
                    told = {"run": run_id, "site": site, "clause": clause, "urls": urls}
                    self._announce(db, "draw", f"{site}/{run_id}/{clause}", 1, told)

    def draws(self, run_id: str, site: str) -> dict[str, list[str]]:
        rows = self._rows("SELECT clause, urls FROM draws WHERE run = ? AND site = ? ORDER BY clause", (run_id, site))
        return {clause: json.loads(urls) for clause, urls in rows}

    # people's decisions and the change sequence

    def decide(self, review: Review) -> None:
        with self._writing() as db:
            body = _REVIEW.dump_json(review).decode()
            n = db.execute("INSERT INTO decisions (body) VALUES (?)", (body,)).lastrowid
            self._announce(db, "decision", f"{review.finding}/{n}", 1, json.loads(body))

    def decisions(self) -> list[Review]:
        return [_REVIEW.validate_json(body) for (body,) in self._rows("SELECT body FROM decisions ORDER BY n")]

    def put_order(self, order: Order, events: Sequence[OrderEvent]) -> None:
        with self._writing() as db:
            body = _ORDER.dump_json(order).decode()
            if not db.execute("INSERT OR IGNORE INTO orders VALUES (?, ?, ?)", (order.id, order.run, body)).rowcount:
                raise UsageError(sequence.ORDER_KNOWN.format(order.id))
            self._announce(db, "order", order.id, 1, json.loads(body))
            self._append(db, order.id, events, 0)

    def orders(self, run_id: str | None = None) -> list[Order]:
        sql = "SELECT body FROM orders WHERE ? IS NULL OR run = ? ORDER BY id"
        return [_ORDER.validate_json(body) for (body,) in self._rows(sql, (run_id, run_id))]

    def order(self, order_id: str) -> Order | None:
        for (body,) in self._rows("SELECT body FROM orders WHERE id = ?", (order_id,)):
            return _ORDER.validate_json(body)
        return None

    def append_events(self, order_id: str, events: Sequence[OrderEvent], after: int) -> None:
        with self._writing() as db:
            newest = db.execute("SELECT max(n) FROM order_events WHERE order_id = ?", (order_id,)).fetchone()[0] or 0
            if newest != after:
                raise UsageError(sequence.ORDER_CHANGED.format(order_id))
            self._append(db, order_id, events, after)

    def _append(self, db: sqlite3.Connection, order_id: str, events: Sequence[OrderEvent], after: int) -> None:
        for n, event in enumerate(events, after + 1):
            body = _EVENT.dump_json(replace(event, order=order_id, n=n)).decode()
            db.execute("INSERT INTO order_events VALUES (?, ?, ?)", (order_id, n, body))
            self._announce(db, "order_event", f"{order_id}/{n}", 1, json.loads(body))

    def order_events(self, order_id: str) -> list[OrderEvent]:
        rows = self._rows("SELECT body FROM order_events WHERE order_id = ? ORDER BY n", (order_id,))
        return [_EVENT.validate_json(body) for (body,) in rows]

    def changes(self, after: int, limit: int) -> list[dict[str, Any]]:
        sql = f"SELECT {_CHANGE} FROM changes WHERE seq > ? ORDER BY seq LIMIT ?"
        return [_change(row) for row in self._rows(sql, (after, limit))]

    def newest(self, kind: str, site: str | None, after: str, limit: int) -> list[dict[str, Any]]:
        first, last = sequence.span(kind, site)
        sql = f"""SELECT {_CHANGE} FROM changes AS c WHERE kind = ? AND id > ? AND id < ? AND op = 'put'
                  AND seq = (SELECT max(seq) FROM changes WHERE kind = c.kind AND id = c.id) ORDER BY id LIMIT ?"""
        return [_change(row) for row in self._rows(sql, (kind, max(first, after), last, limit))]

    def _announce(self, db: sqlite3.Connection, kind: str, name: str, rev: int, payload: dict[str, Any] | None) -> None:
        """One row of the change sequence, in the transaction of the thing itself; the same content of a thing is announced once.

        `payload` null: the thing is there no more.
        """
        ident, text = sequence.ident(kind, name), _json(masking.exported(payload))
        same = db.execute("SELECT rev, payload FROM changes WHERE kind = ? AND id = ? ORDER BY seq DESC LIMIT 1", (kind, ident)).fetchone()
        if same is not None and same[1] == text:
            return
        if same is not None and same[0] >= rev:
            rev = same[0] + 1
        row = (kind, "put" if payload is not None else "delete", ident, rev, moment(self._clock.now()), text)
        db.execute("INSERT INTO changes (kind, op, id, rev, at, payload) VALUES (?, ?, ?, ?, ?, ?)", row)

    # rows as they are, for other stores

    def rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        key, others = TABLES[table]
        yield from self._rows(f"SELECT {', '.join(key + others)} FROM {table} ORDER BY {', '.join(key)}")

    def put_rows(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        key, others = TABLES[table]
        names = key + others
        with self._writing() as db:
            db.executemany(f"INSERT OR REPLACE INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", rows)

    def close(self) -> None:
        with self._lock:
            self._db.close()


def _facts(row: tuple[Any, ...]) -> PageFacts:
    facts = _FACTS.validate_json(packing.unpack(row[2]))
    if len(row) > 3 and row[3] is not None:
        facts.links = _LINKS.validate_json(packing.unpack(row[3]))
    return facts


def _file(row: tuple[Any, ...]) -> FileFacts:
    parts = _PARTS.validate_json(packing.unpack(row[2]))
    if len(row) > 3:
        for part, text in zip(parts, json.loads(packing.unpack(row[3])), strict=True):
            part.text = text
    return FileFacts(url=row[0], digest=row[1], parts=parts)


_CHANGE = "seq, kind, op, id, rev, at, payload"


def _change(row: tuple[Any, ...]) -> dict[str, Any]:
    *head, payload = row
    return dict(zip(("seq", "kind", "op", "id", "rev", "at"), head, strict=True)) | {"payload": json.loads(payload)}


def _deleted(db: sqlite3.Connection, kind: str, site: str) -> set[str]:
    """Ids of a site's things whose newest change is their deletion: seen again, they are announced even where their content is the same."""
    sql = """SELECT id FROM changes AS c WHERE op = 'delete' AND kind = ? AND id > ? AND id < ?
             AND seq = (SELECT max(seq) FROM changes WHERE kind = c.kind AND id = c.id)"""
    return {ident for (ident,) in db.execute(sql, (kind, *sequence.span(kind, site)))}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=lambda v: v.value if isinstance(v, Outcome) else str(v))
