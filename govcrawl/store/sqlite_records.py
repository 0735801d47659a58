"""The embedded store: records with their revisions, and probes, which are records without a run."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from govcrawl.model.items import RECORDS, Probe, Record
from govcrawl.store import kept, sequence
from govcrawl.store.sequence import News
from govcrawl.store.sqlite_base import Base


class Records(Base):
    def put_records(self, run_id: str, site: str, records: Iterable[Record], *, told: bool = True) -> None:
        with self._writing() as db:
            before = set(db.execute("SELECT kind, key FROM seen WHERE run = ? AND site = ?", (run_id, site)))
            db.execute("DELETE FROM seen WHERE run = ? AND site = ?", (run_id, site))
            deleted = {kind: _deleted(db, kind, site) for kind in RECORDS}
            for some in kept.batches(records):
                rows = [kept.Content(record) for record in some]
                before.difference_update((row.kind, row.key) for row in rows)
                self._keep(db, run_id, site, rows, deleted, told=told)
            if told:
                self._announce(db, (News(kind, f"{site}/{key}", 1, None) for kind, key in sorted(before)))

    def _keep(
        self, db: sqlite3.Connection, run_id: str, site: str, rows: list[kept.Content], deleted: dict[str, set[str]], *, told: bool
    ) -> None:
        revisions = _revisions(db, site, rows)
        fresh, seen = [], []
        news: list[News] = []
        for row in rows:
            known = revisions.setdefault((row.kind, row.key), [])
            same, highest = sequence.matching(known, row.digest, told=told)
            rev, name = same or highest + 1, f"{site}/{row.key}"
            if same is None:
                digest = row.digest if told else sequence.UNTOLD + row.digest
                known.insert(0, (rev, digest))
                fresh.append((site, row.kind, row.key, rev, digest, row.text))
            if told and (same is None or (deleted[row.kind] and sequence.ident(row.kind, name) in deleted[row.kind])):
                news.append(News(row.kind, name, rev, row.told(rev), partial(row.told_text, rev)))
            snapshot = json.dumps(row.snapshot) if row.snapshot else None
            seen.append((run_id, site, row.kind, row.key, rev, row.fetched_at, snapshot))
        db.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)", fresh)
        db.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, ?, ?, ?, ?, ?)", seen)
        self._announce(db, news)

    def records(self, run_id: str, site: str, kind: str | None = None) -> Iterator[Record]:
        sql = """SELECT r.body, s.key, s.rev, s.fetched_at, s.snapshot FROM seen s JOIN records r USING (site, kind, key, rev)
                 WHERE s.run = ? AND s.site = ? AND (? IS NULL OR s.kind = ?) ORDER BY s.kind, s.key"""
        for body, key, rev, fetched_at, snapshot in self._rows(sql, (run_id, site, kind, kind)):
            yield kept.record(body, key, rev, fetched_at, json.loads(snapshot) if snapshot else None)

    def put_probes(self, probes: Sequence[Probe]) -> None:
        with self._writing() as db:
            for probe in probes:
                row = kept.Content(probe)
                sql = "INSERT OR IGNORE INTO records VALUES (?, ?, ?, 1, ?, ?)"
                if db.execute(sql, (probe.site, probe.kind, probe.key, row.digest, row.text)).rowcount:
                    self._announce(db, [News(probe.kind, f"{probe.site}/{probe.key}", 1, probe.to_json())])

    def probes(self, site: str, since: str, until: str) -> Iterator[Probe]:
        sql = "SELECT key, body FROM records WHERE site = ? AND kind = ? AND key >= ? AND key < ? ORDER BY key"
        for key, body in self._rows(sql, (site, Probe.kind, since, until)):
            yield kept.probe(key, body)


def _revisions(db: sqlite3.Connection, site: str, rows: list[kept.Content]) -> dict[tuple[str, str], list[tuple[int, bytes]]]:
    """(rev, digest) of all revisions of some records, newest first."""
    found: dict[tuple[str, str], list[tuple[int, bytes]]] = {}
    for kind in {row.kind for row in rows}:
        keys = {row.key for row in rows if row.kind == kind}
        sql = f"""SELECT key, rev, digest FROM records WHERE site = ? AND kind = ? AND key IN ({",".join("?" * len(keys))})
                  ORDER BY key, rev DESC"""
        for key, rev, digest in db.execute(sql, (site, kind, *keys)):
            found.setdefault((kind, key), []).append((rev, digest))
    return found


def _deleted(db: sqlite3.Connection, kind: str, site: str) -> set[str]:
    """Ids of a site's things whose newest change is their deletion: seen again, they are announced even where their content is the same."""
    sql = """SELECT id FROM changes AS c WHERE op = 'delete' AND kind = ? AND id > ? AND id < ?
             AND seq = (SELECT max(seq) FROM changes WHERE kind = c.kind AND id = c.id)"""
    return {ident for (ident,) in db.execute(sql, (kind, *sequence.span(kind, site)))}
