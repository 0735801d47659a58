"""The embedded store: one SQLite file (WAL), JSON documents, one transaction a call."""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from govcrawl.detect import masking
from govcrawl.errors import StoreError, cause
from govcrawl.model.facts import LOOK, RENDER, Link, PageFacts, PageResult, Visit
from govcrawl.model.findings import Finding, Issue, Outcome, Review
from govcrawl.model.items import Record, record_from_json
from govcrawl.model.runs import Run
from govcrawl.store import packing

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, started_at TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pages (
    run TEXT NOT NULL, site TEXT NOT NULL, url TEXT NOT NULL, role TEXT NOT NULL,
    visit TEXT NOT NULL, facts BLOB, links BLOB, PRIMARY KEY (run, site, url, role));
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
CREATE TABLE IF NOT EXISTS changes (seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, op TEXT NOT NULL, id TEXT NOT NULL,
    rev INTEGER NOT NULL, payload TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS changes_by_id ON changes (kind, id, seq);
"""
_FACTS = TypeAdapter(PageFacts)
_LINKS = TypeAdapter(list[Link])
_VISIT = TypeAdapter(Visit)
_FINDING = TypeAdapter(Finding)
_REVIEW = TypeAdapter(Review)
_ISSUES = TypeAdapter(list[Issue])
_RUN = TypeAdapter(Run)


class SqliteStore:
    """`Store` over one file. Readers stream over connections of their own, so that a long read never blocks the writer."""

    def __init__(self, path: Path) -> None:
        self.location = f"sqlite:///{path}"
        self.folder = path.parent
        self._path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = self._connect()
            with self._writing():
                for statement in _SCHEMA.strip().split(";\n"):
                    self._db.execute(statement)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"无法打开存储 {path}：{cause(error)}") from error

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

    def visits(self, run_id: str, site: str) -> Iterator[Visit]:
        sql = "SELECT visit FROM pages WHERE run = ? AND site = ? AND role <> ? ORDER BY url, role"
        for (visit,) in self._rows(sql, (run_id, site, LOOK)):
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

    # records

    def put_records(self, run_id: str, site: str, records: Iterable[Record]) -> None:
        with self._writing() as db:
            db.execute("DELETE FROM seen WHERE run = ? AND site = ?", (run_id, site))
            for record in records:
                body = record.to_json()
                fetched_at, snapshot = body.pop("fetched_at"), body.pop("snapshot")
                del body["rev"]
                text = json.dumps(body, ensure_ascii=False, sort_keys=True)
                digest = hashlib.sha256(text.encode()).digest()[:16]
                row = db.execute(
                    "SELECT rev, digest FROM records WHERE site = ? AND kind = ? AND key = ? ORDER BY rev DESC LIMIT 1",
                    (site, record.kind, record.key),
                ).fetchone()
                if row is not None and row[1] == digest:
                    rev = row[0]
                else:
                    rev = row[0] + 1 if row else 1
                    db.execute("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)", (site, record.kind, record.key, rev, digest, text))
                    body.update(fetched_at=fetched_at, snapshot=snapshot, rev=rev)
                    _announce(db, record.kind, "put", f"{site}/{record.key}", rev, body)
                db.execute(
                    "INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (run_id, site, record.kind, record.key, rev, fetched_at, json.dumps(snapshot) if snapshot else None),
                )

    def records(self, run_id: str, site: str, kind: str | None = None) -> Iterator[Record]:
        sql = """SELECT r.body, s.key, s.rev, s.fetched_at, s.snapshot FROM seen s JOIN records r USING (site, kind, key, rev)
                 WHERE s.run = ? AND s.site = ? AND (? IS NULL OR s.kind = ?) ORDER BY s.kind, s.key"""
        for body, key, rev, fetched_at, snapshot in self._rows(sql, (run_id, site, kind, kind)):
            values = json.loads(body)
            values.update(key=key, rev=rev, fetched_at=fetched_at, snapshot=json.loads(snapshot) if snapshot else None)
            yield record_from_json(values)

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
            db.execute("DELETE FROM findings WHERE run = ? AND site = ?", (run_id, site))
            for finding in findings:
                body = _FINDING.dump_json(finding).decode()
                db.execute("INSERT INTO findings VALUES (?, ?, ?, ?, ?)", (run_id, site, finding.id, finding.rule, body))
                db.execute("INSERT OR IGNORE INTO first_seen VALUES (?, ?, ?)", (site, finding.id, finding.first_seen))
                _announce(db, "finding", "put", f"{site}/{finding.id}/{run_id}", 1, finding.to_json())
            values = (run_id, site, _json(scorecard), _json(receipt), _ISSUES.dump_json(list(issues)).decode())
            db.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?)", values)
            _announce(db, "scorecard", "put", f"{site}/{run_id}", 1, scorecard)

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
        rows = [(run_id, site, clause, _json(urls)) for clause, urls in draws.items()]
        with self._writing() as db:
            db.executemany("INSERT OR IGNORE INTO draws VALUES (?, ?, ?, ?)", rows)

    def draws(self, run_id: str, site: str) -> dict[str, list[str]]:
        rows = self._rows("SELECT clause, urls FROM draws WHERE run = ? AND site = ? ORDER BY clause", (run_id, site))
        return {clause: json.loads(urls) for clause, urls in rows}

    # people's decisions and the change sequence

    def decide(self, review: Review) -> None:
        with self._writing() as db:
            db.execute("INSERT INTO decisions (body) VALUES (?)", (_REVIEW.dump_json(review).decode(),))
            _announce(db, "decision", "put", review.finding, 1, json.loads(_REVIEW.dump_json(review)))

    def decisions(self) -> list[Review]:
        return [_REVIEW.validate_json(body) for (body,) in self._rows("SELECT body FROM decisions ORDER BY n")]

    def changes(self, after: int, limit: int) -> list[dict[str, Any]]:
        sql = "SELECT seq, kind, op, id, rev, payload FROM changes WHERE seq > ? ORDER BY seq LIMIT ?"
        return [
            {"seq": seq, "kind": kind, "op": op, "id": ident, "rev": rev, "payload": json.loads(payload)}
            for seq, kind, op, ident, rev, payload in self._rows(sql, (after, limit))
        ]

    def close(self) -> None:
        with self._lock:
            self._db.close()


def _facts(row: tuple[Any, ...]) -> PageFacts:
    facts = _FACTS.validate_json(packing.unpack(row[2]))
    if len(row) > 3 and row[3] is not None:
        facts.links = _LINKS.validate_json(packing.unpack(row[3]))
    return facts


def _announce(db: sqlite3.Connection, kind: str, op: str, ident: str, rev: int, payload: dict[str, Any]) -> None:
    """One row of the change sequence, in the transaction of the thing itself; the same id and revision is announced once."""
    ident, text = masking.exported(ident), _json(masking.exported(payload))
    same = db.execute("SELECT rev, payload FROM changes WHERE kind = ? AND id = ? ORDER BY seq DESC LIMIT 1", (kind, ident)).fetchone()
    if same is not None and same[1] == text:
        return
    if same is not None and same[0] >= rev:
        rev = same[0] + 1
    db.execute("INSERT INTO changes (kind, op, id, rev, payload) VALUES (?, ?, ?, ?, ?)", (kind, op, ident, rev, text))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=lambda v: v.value if isinstance(v, Outcome) else str(v))
