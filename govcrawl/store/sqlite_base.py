"""The embedded store's file: its tables, its one writer, its readers, and the row of the change sequence that goes with every write."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from govcrawl.clock import Clock, SystemClock, moment
from govcrawl.errors import StoreError, cause
from govcrawl.store import kept, sequence
from govcrawl.store.sequence import News

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


class Base:
    """One file. Readers stream over connections of their own, so that a long read never blocks the writer."""

    def __init__(self, path: Path, *, clock: Clock | None = None) -> None:
        self._clock = SystemClock() if clock is None else clock
        self.location = f"sqlite:///{path}"
        self.folder = path.parent
        self._path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = self._connect()
            # the records of a large site are one transaction: with the default of 2 MB its pages are written out and read again on the way
            self._db.execute("PRAGMA cache_size=-16000")
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
        # default 4096, which a record and a page's facts overflow: writing them in chains takes a third longer. For new files only
        db.execute("PRAGMA page_size=16384")
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

    def _announce(self, db: sqlite3.Connection, news: Iterable[News]) -> None:
        """Rows of the change sequence, in the transaction of the things themselves; the same content of a thing is announced once."""
        at = moment(self._clock.now())
        for some in kept.batches(news):
            known = _newest(db, some)
            rows = []
            for one in some:
                name, content = (one.kind, one.id), one.content
                rev, same = known.get(name, (None, None))
                if same != content:
                    known[name] = sequence.grown(one.rev, rev), content
                    rows.append((one.kind, one.op, name[1], known[name][0], at, content))
            db.executemany("INSERT INTO changes (kind, op, id, rev, at, payload) VALUES (?, ?, ?, ?, ?, ?)", rows)

    def changes(self, after: int, limit: int) -> list[dict[str, Any]]:
        sql = f"SELECT {_CHANGE} FROM changes WHERE seq > ? ORDER BY seq LIMIT ?"
        return [kept.change(*row) for row in self._rows(sql, (after, limit))]

    def newest(self, kind: str, site: str | None, after: str, limit: int) -> list[dict[str, Any]]:
        first, last = sequence.span(kind, site)
        sql = f"""SELECT {_CHANGE} FROM changes AS c WHERE kind = ? AND id > ? AND id < ? AND op = 'put'
                  AND seq = (SELECT max(seq) FROM changes WHERE kind = c.kind AND id = c.id) ORDER BY id LIMIT ?"""
        return [kept.change(*row) for row in self._rows(sql, (kind, max(first, after), last, limit))]

    def close(self) -> None:
        with self._lock:
            self._db.close()


def _newest(db: sqlite3.Connection, news: Sequence[News]) -> dict[tuple[str, str], tuple[int, str | None]]:
    """(rev, payload) of the newest change of some things, by (kind, id); no payload where the news bears a higher number, which is a new content."""
    wanted: dict[str, dict[str, int]] = {}
    for one in news:
        revs = wanted.setdefault(one.kind, {})
        revs[one.id] = min(one.rev, revs.get(one.id, one.rev))
    found: dict[tuple[str, str], tuple[int, str | None]] = {}
    for kind, revs in wanted.items():
        # beside a max() SQLite gives the other columns of that very row
        sql = f"SELECT id, rev, max(seq) FROM changes WHERE kind = ? AND id IN ({_marks(revs)}) GROUP BY id"
        last = {ident: (rev, seq) for ident, rev, seq in db.execute(sql, (kind, *revs))}
        seqs = [seq for ident, (rev, seq) in last.items() if rev >= revs[ident]]
        contents = dict(db.execute(f"SELECT seq, payload FROM changes WHERE seq IN ({_marks(seqs)})", seqs))
        found.update({(kind, ident): (rev, contents.get(seq)) for ident, (rev, seq) in last.items()})
    return found


def _marks(values: Collection[Any]) -> str:
    return ",".join("?" * len(values))


_CHANGE = "seq, kind, op, id, rev, at, payload"
