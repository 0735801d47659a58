"""The workspace that a change sequence stands for: what its runs, records, findings and scorecards look like to somebody who only heard the feed.

What the feed does not tell is not there: pages, files, snapshots, doubts of our own, the secret that hashes personal values. A run counts as
having seen what stood of a site when it judged it; of a replay, whose records the feed does not tell, nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from itertools import islice
from typing import Any

from govcrawl.errors import StoreError
from govcrawl.model.items import RECORDS, Probe, record_from_json
from govcrawl.model.runs import SCAN
from govcrawl.store import kept
from govcrawl.store.sqlite import SqliteStore

TABLES = (
    "runs", "records", "seen", "findings", "first_seen", "verdicts", "draws", "decisions", "orders", "order_events", "changes",
)  # fmt: skip
"""What is rebuilt; the sequence itself comes last, so that a copy that was broken off never claims more than it has."""
_STANDING = ""
"""The run under which stands what no run is asked for: the newest of every record that was not taken back."""
_AT_ONCE = 5_000
_UNTOLD = "{}"


class Facts(SqliteStore):
    """A scratch store that is filled from the sequence alone."""

    def take(self, changes: Iterable[dict[str, Any]]) -> None:
        """Take a whole sequence, from its first change on.

        Raises:
            StoreError: one of them is none that this version knows.
        """
        left = iter(changes)
        while some := list(islice(left, _AT_ONCE)):
            with self._writing() as db:
                for change in some:
                    try:
                        self._take(db, change)
                    except (KeyError, TypeError, ValueError) as error:
                        raise StoreError(
                            f"第 {change['seq']} 号变更（{change['id']}）无法理解：内容有误，或由别的版本的程序写出"
                        ) from error
        with self._writing() as db:
            db.execute("DELETE FROM seen WHERE run = ?", (_STANDING,))
            # a sequence may end within a judgement: half of one is none
            db.execute("DELETE FROM verdicts WHERE scorecard = ? OR receipt = ?", (_UNTOLD, _UNTOLD))

    def _take(self, db: sqlite3.Connection, change: dict[str, Any]) -> None:
        kind, name, payload = change["kind"], change["id"].removeprefix(f"{change['kind']}/"), change["payload"]
        if change["op"] != ("delete" if payload is None else "put"):
            raise ValueError(change["op"])
        row = tuple(change[column] for column in ("seq", "kind", "op", "id", "rev", "at"))
        db.execute("INSERT INTO changes (seq, kind, op, id, rev, at, payload) VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, kept.text(payload)))
        if kind in RECORDS:
            self._record(db, kind, name, payload)
        elif kind == "finding":
            self._finding(db, name, payload)
        else:
            getattr(self, f"_{_OTHERS[kind]}")(db, kind, name, payload)

    def _record(self, db: sqlite3.Connection, kind: str, name: str, payload: dict[str, Any] | None) -> None:
        site, key = name.split("/", 1)
        if payload is None:
            db.execute("DELETE FROM seen WHERE run = ? AND site = ? AND kind = ? AND key = ?", (_STANDING, site, kind, key))
            return
        record = record_from_json({**payload, "key": key})
        if (record.kind, record.site) != (kind, site):
            raise ValueError(name)
        row = kept.Content(record)
        db.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?)", (site, kind, key, record.rev, row.digest, row.text))
        if kind != Probe.kind:  # of no run
            snapshot = json.dumps(row.snapshot) if row.snapshot else None
            values = (_STANDING, site, kind, key, record.rev, row.fetched_at, snapshot)
            db.execute("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def _finding(self, db: sqlite3.Connection, name: str, payload: dict[str, Any] | None) -> None:
        site, ident, run = name.split("/")
        if payload is None:
            db.execute("DELETE FROM findings WHERE run = ? AND site = ? AND id = ?", (run, site, ident))
            return
        finding = kept.FINDING.validate_python(payload)
        body = kept.FINDING.dump_json(finding).decode()
        db.execute("INSERT OR REPLACE INTO findings VALUES (?, ?, ?, ?, ?)", (run, site, ident, finding.rule, body))
        db.execute("INSERT OR IGNORE INTO first_seen VALUES (?, ?, ?)", (site, ident, finding.first_seen))

    def _verdict(self, db: sqlite3.Connection, kind: str, name: str, payload: dict[str, Any]) -> None:
        site, run = name.split("/")
        db.execute("INSERT OR IGNORE INTO verdicts VALUES (?, ?, ?, ?, '[]')", (run, site, _UNTOLD, _UNTOLD))
        db.execute(f"UPDATE verdicts SET {kind} = ? WHERE run = ? AND site = ?", (kept.text(payload), run, site))
        if kind == "scorecard":
            self._saw(db, run, site)

    def _saw(self, db: sqlite3.Connection, name: str, site: str) -> None:
        """What a run saw, at its judgement; one that was over by then is only judged again."""
        found = db.execute("SELECT body FROM runs WHERE id = ?", (name,)).fetchone()
        run = kept.RUN.validate_json(found[0]) if found else None
        if run is None or run.replay_of is not None or run.state != "open":
            return
        db.execute("DELETE FROM seen WHERE run = ? AND site = ?", (name, site))
        since = run.started_at if run.kind == SCAN else ""  # a scan saw only what it fetched
        sql = """INSERT INTO seen SELECT ?, site, kind, key, rev, fetched_at, snapshot FROM seen
                 WHERE run = ? AND site = ? AND coalesce(fetched_at, '') >= ?"""
        db.execute(sql, (name, _STANDING, site, since))

    def _run(self, db: sqlite3.Connection, _kind: str, name: str, payload: dict[str, Any]) -> None:
        run = kept.RUN.validate_python({**payload, "id": name, "targets_key": "", "out": f"out/{name}", "imported": True})
        db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", (run.id, run.started_at, kept.RUN.dump_json(run).decode()))

    def _draw(self, db: sqlite3.Connection, _kind: str, _name: str, payload: dict[str, Any]) -> None:
        values = (payload["run"], payload["site"], payload["clause"], kept.text(payload["urls"]))
        db.execute("INSERT OR REPLACE INTO draws VALUES (?, ?, ?, ?)", values)

    def _decision(self, db: sqlite3.Connection, _kind: str, name: str, payload: dict[str, Any]) -> None:
        body = kept.REVIEW.dump_json(kept.REVIEW.validate_python(payload)).decode()
        db.execute("INSERT OR REPLACE INTO decisions VALUES (?, ?)", (int(name.rpartition("/")[2]), body))

    def _order(self, db: sqlite3.Connection, _kind: str, _name: str, payload: dict[str, Any]) -> None:
        order = kept.ORDER.validate_python(payload)
        db.execute("INSERT OR REPLACE INTO orders VALUES (?, ?, ?)", (order.id, order.run, kept.ORDER.dump_json(order).decode()))

    def _order_event(self, db: sqlite3.Connection, _kind: str, _name: str, payload: dict[str, Any]) -> None:
        event = kept.EVENT.validate_python(payload)
        db.execute("INSERT OR REPLACE INTO order_events VALUES (?, ?, ?)", (event.order, event.n, kept.EVENT.dump_json(event).decode()))


_OTHERS = {
    "scorecard": "verdict", "receipt": "verdict", "run": "run", "draw": "draw", "decision": "decision", "order": "order",
    "order_event": "order_event",
}  # fmt: skip
"""Kind of a change → what takes it."""
