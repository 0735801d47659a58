"""The durable frontier: every address a run knows of, what became of it, and what is still to be asked.

One SQLite file serves all sites of a workspace's run. A row is handed out (`take`), then acknowledged together with what its page led to
(`acknowledge`, one transaction); a killed process finds its handed-out rows as to-do again. The seen-set of a site stays in memory as bare
63-bit numbers (about 80 bytes an address), the queue itself on disk.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from govcrawl.errors import StoreError, cause
from govcrawl.model.facts import DATA, PAGE, Context, PageResult
from govcrawl.model.looks import Look
from govcrawl.store.frontier_rows import dump_context, dump_look, key_of, keyed, load_look, priority_of

TODO, IN_FLIGHT, DONE = 0, 1, 2
CRAWL, LOOKS, FINISHED = "crawl", "looks", "done"
"""Phases of a site: its crawl, its second looks, nothing left."""
MAX_HOPS = 10
"""Redirects followed in a row; browsers give up after 20."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sites (id INTEGER PRIMARY KEY, site TEXT NOT NULL UNIQUE, phase TEXT NOT NULL, hosts TEXT NOT NULL DEFAULT '[]',
    requests INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, started_at TEXT, ended_at TEXT);
CREATE TABLE IF NOT EXISTS queue (n INTEGER PRIMARY KEY, site INTEGER NOT NULL, key INTEGER NOT NULL, url TEXT NOT NULL,
    context TEXT NOT NULL, look TEXT, priority INTEGER NOT NULL, state INTEGER NOT NULL, outcome TEXT, reason TEXT, UNIQUE (site, key));
CREATE INDEX IF NOT EXISTS todo ON queue (site, priority DESC, n) WHERE state = 0
"""


@dataclass(slots=True)
class Row:
    """One address that was handed out."""

    site: str
    key: int
    url: str
    context: Context
    look: Look | None = None


@dataclass(slots=True)
class SiteState:
    """What the frontier keeps about a site beside its addresses."""

    phase: str = CRAWL
    hosts: tuple[str, ...] = ()
    """Further own hosts that came up while crawling: where the home page redirects to."""
    requests: int = 0
    bytes: int = 0
    started_at: str | None = None
    ended_at: str | None = None


@dataclass(slots=True, frozen=True)
class Counts:
    """How many addresses of a site are in which state."""

    todo: int = 0
    in_flight: int = 0
    done: int = 0

    @property
    def unfinished(self) -> int:
        return self.todo + self.in_flight


class Frontier:
    """See the module. Safe to use from the event loop and the writer's thread at once; every method takes the one lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._ids: dict[str, int] = {}
        self._seen: dict[str, set[int]] = {}
        self._unfinished: dict[str, int] = {}
        self._todo: dict[str, int] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")  # default DELETE
            self._db.execute("PRAGMA synchronous=NORMAL")  # default FULL; the store is committed first, a lost tail is asked again
            for statement in _SCHEMA.strip().split(";\n"):
                self._db.execute(statement)
            self._db.execute("UPDATE queue SET state = ? WHERE state = ?", (TODO, IN_FLIGHT))
            for ident, site in self._db.execute("SELECT id, site FROM sites"):
                self._ids[site] = ident
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"无法打开采集队列 {path}：{cause(error)}") from error

    # sites

    def open_site(self, site: str, started_at: str) -> SiteState:
        """Make a site known (the moment counts the first time only) and load its seen-set."""
        with self._lock:
            if site not in self._ids:
                with self._writing() as db:
                    db.execute("INSERT INTO sites (site, phase, started_at) VALUES (?, ?, ?)", (site, CRAWL, started_at))
                    self._ids[site] = int(db.execute("SELECT id FROM sites WHERE site = ?", (site,)).fetchone()[0])
            self._load(site)
            return self.state(site)

    def _load(self, site: str) -> None:
        if site not in self._seen:
            ident = self._ids[site]
            self._seen[site] = {key for (key,) in self._db.execute("SELECT key FROM queue WHERE site = ?", (ident,))}
            counts = self.counts(site)
            self._unfinished[site], self._todo[site] = counts.unfinished, counts.todo

    def close_site(self, site: str) -> None:
        """Let go of a site's seen-set."""
        with self._lock:
            self._seen.pop(site, None)
            self._unfinished.pop(site, None)
            self._todo.pop(site, None)

    def state(self, site: str) -> SiteState:
        with self._lock:
            sql = "SELECT phase, hosts, requests, bytes, started_at, ended_at FROM sites WHERE site = ?"
            row = self._db.execute(sql, (site,)).fetchone()
        if row is None:
            return SiteState()
        return SiteState(row[0], tuple(json.loads(row[1])), row[2], row[3], row[4], row[5])

    def set_phase(self, site: str, phase: str, ended_at: str | None = None) -> None:
        with self._lock, self._writing() as db:
            db.execute("UPDATE sites SET phase = ?, ended_at = ? WHERE site = ?", (phase, ended_at, site))

    def add_host(self, site: str, host: str) -> None:
        """Keep a host that turned out to be the site's own."""
        with self._lock:
            hosts = self.state(site).hosts
            if host not in hosts:
                with self._writing() as db:
                    db.execute("UPDATE sites SET hosts = ? WHERE site = ?", (json.dumps([*hosts, host]), site))

    # addresses

    def seen(self, site: str) -> set[int]:
        """The keys a site knows; the spider adds to it what it is about to report."""
        with self._lock:
            return self._seen[site]

    def unfinished(self, site: str) -> int:
        """How many rows are neither done nor given up; kept in memory, as the scheduler asks at every turn."""
        return self._unfinished.get(site, 0)

    def counts(self, site: str) -> Counts:
        with self._lock:
            sql = "SELECT state, count(*) FROM queue WHERE site = ? GROUP BY state"
            found = dict(self._db.execute(sql, (self._ids.get(site, -1),)))
        return Counts(found.get(TODO, 0), found.get(IN_FLIGHT, 0), found.get(DONE, 0))

    def left(self, site: str) -> int:
        """Own pages that are known and were not asked for."""
        with self._lock:
            sql = "SELECT context FROM queue WHERE site = ? AND state <> ?"
            rows = self._db.execute(sql, (self._ids.get(site, -1), DONE)).fetchall()
        return sum(json.loads(context).get("role", PAGE) in (PAGE, DATA) for (context,) in rows)

    def outcomes(self, site: str) -> dict[tuple[str, str | None], int]:
        """(outcome, reason) → number of finished rows."""
        with self._lock:
            sql = "SELECT outcome, reason, count(*) FROM queue WHERE site = ? AND state = ? GROUP BY outcome, reason"
            return {(outcome or "", reason): n for outcome, reason, n in self._db.execute(sql, (self._ids.get(site, -1), DONE))}

    def asked(self, site: str) -> Iterator[tuple[str, str]]:
        """(url, role) of the rows that were really asked: what the page budgets of a resumed site are counted from."""
        with self._lock:
            sql = "SELECT url, context FROM queue WHERE site = ? AND state = ? AND outcome <> 'skipped'"
            rows = self._db.execute(sql, (self._ids[site], DONE)).fetchall()
        for url, context in rows:
            yield url, json.loads(context).get("role", PAGE)

    def add(self, site: str, found: Iterable[tuple[str, Context]], looks: Iterable[tuple[Look, Context]] = ()) -> int:
        """Seed addresses or second looks; known ones are left alone. Returns how many were new."""
        rows: list[tuple[int, str, Context, Look | None]] = [(key_of(url, context), url, context, None) for url, context in found]
        rows += [(key_of(look.url, context), look.url, context, look) for look, context in looks]
        with self._lock, self._writing() as db:
            seen = self._seen[site]
            seen.update(key for key, *_ in rows)
            fresh = self._insert(db, site, rows)
            self._unfinished[site] += fresh
            self._todo[site] += fresh
            return fresh

    def _insert(self, db: sqlite3.Connection, site: str, rows: Iterable[tuple[int, str, Context, Look | None]]) -> int:
        ident = self._ids[site]
        before = db.total_changes
        db.executemany(
            "INSERT OR IGNORE INTO queue (site, key, url, context, look, priority, state) VALUES (?, ?, ?, ?, ?, ?, 0)",
            [(ident, key, url, dump_context(context), dump_look(look), priority_of(url, context)) for key, url, context, look in rows],
        )
        return db.total_changes - before

    def take(self, site: str, most: int, at_most: int | None = None) -> list[Row]:
        """Hand out the next rows, highest priority first, then the oldest; they are in flight from now on.

        Args:
            at_most: only rows of this priority or a lower one.
        """
        sql = """UPDATE queue SET state = 1 WHERE n IN
                 (SELECT n FROM queue WHERE site = ? AND state = 0 AND priority <= ? ORDER BY priority DESC, n LIMIT ?)
                 RETURNING priority, n, key, url, context, look"""
        with self._lock:
            if not self._todo.get(site):
                return []
            with self._writing() as db:
                rows = db.execute(sql, (self._ids[site], 1 << 30 if at_most is None else at_most, most)).fetchall()
            self._todo[site] = max(0, self._todo[site] - len(rows))
        rows.sort(key=lambda row: (-row[0], row[1]))
        return [Row(site, key, url, Context(**json.loads(context)), load_look(look)) for _, _, key, url, context, look in rows]

    def give_back(self, site: str, keys: Sequence[int]) -> None:
        """Rows that were taken and not asked are to do again (a clean stop)."""
        with self._lock, self._writing() as db:
            ident = self._ids[site]
            db.executemany("UPDATE queue SET state = 0 WHERE site = ? AND key = ? AND state = 1", [(ident, key) for key in keys])
            self._todo[site] = self._todo.get(site, 0) + len(keys)

    def acknowledge(self, results: Sequence[PageResult], traffic: dict[str, tuple[int, int]] | None = None) -> None:
        """Write what came of handed-out rows and the addresses they led to, in one transaction.

        Args:
            results: pages whose snapshots are flushed and whose facts the store has committed.
            traffic: site → (requests, bytes) since the last call.
        """
        change: dict[str, int] = {}
        fresh: dict[str, int] = {}
        with self._lock:
            with self._writing() as db:
                for result in results:
                    site, visit = result.site, result.visit
                    if result.discovered:
                        fresh[site] = fresh.get(site, 0) + self._insert(db, site, keyed(result))
                    done = db.execute(
                        "UPDATE queue SET state = 2, outcome = ?, reason = ? WHERE site = ? AND key = ? AND state <> 2",
                        (visit.outcome, visit.reason, self._ids[site], result.key),
                    )
                    change[site] = change.get(site, 0) - done.rowcount
                for site, (requests, size) in (traffic or {}).items():
                    db.execute("UPDATE sites SET requests = requests + ?, bytes = bytes + ? WHERE site = ?", (requests, size, site))
            for site, n in change.items():
                self._unfinished[site] = self._unfinished.get(site, 0) + n + fresh.get(site, 0)
                self._todo[site] = self._todo.get(site, 0) + fresh.get(site, 0)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _writing(self) -> _Transaction:
        return _Transaction(self._db, self.path)


class _Transaction:
    """BEGIN … COMMIT; an SQLite error comes out as a StoreError and nothing is kept."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db, self._path = db, path

    def __enter__(self) -> sqlite3.Connection:
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise StoreError(f"写入采集队列 {self._path} 失败：{cause(error)}") from error
        return self._db

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is None:
            try:
                self._db.execute("COMMIT")
                return
            except sqlite3.Error as failure:
                kind, error = type(failure), failure
        # a full disk makes SQLite roll back by itself; then there is no transaction left
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        if isinstance(error, sqlite3.Error):
            raise StoreError(f"写入采集队列 {self._path} 失败：{cause(error)}") from error
