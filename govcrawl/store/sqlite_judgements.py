"""The embedded store: runs, samples, findings and scorecards."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any

from govcrawl.model.findings import Finding, Issue
from govcrawl.model.runs import Run
from govcrawl.store import kept, sequence
from govcrawl.store.sequence import News
from govcrawl.store.sqlite_base import Base


class Judgements(Base):
    def mask_key(self) -> bytes:
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO meta VALUES ('mask_key', ?)", (secrets.token_bytes(32),))
            return bytes(db.execute("SELECT value FROM meta WHERE name = 'mask_key'").fetchone()[0])

    def save_run(self, run: Run) -> None:
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", (run.id, run.started_at, kept.RUN.dump_json(run).decode()))
            self._announce(db, [News("run", run.id, 1, run.told())])

    def run(self, run_id: str) -> Run | None:
        for (body,) in self._rows("SELECT body FROM runs WHERE id = ?", (run_id,)):
            return kept.RUN.validate_json(body)
        return None

    def runs(self) -> list[Run]:
        return [kept.RUN.validate_json(body) for (body,) in self._rows("SELECT body FROM runs ORDER BY started_at, id")]

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
                body = kept.FINDING.dump_json(finding).decode()
                db.execute("INSERT INTO findings VALUES (?, ?, ?, ?, ?)", (run_id, site, finding.id, finding.rule, body))
                db.execute("INSERT OR IGNORE INTO first_seen VALUES (?, ?, ?)", (site, finding.id, finding.first_seen))
            values = (run_id, site, kept.text(scorecard), kept.text(receipt), kept.ISSUES.dump_json(list(issues)).decode())
            db.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?)", values)
            self._announce(db, sequence.judged(run_id, site, findings, before, scorecard, receipt))

    def findings(self, run_id: str, site: str | None = None) -> list[Finding]:
        sql = "SELECT body FROM findings WHERE run = ? AND (? IS NULL OR site = ?) ORDER BY site, rule, id"
        return [kept.FINDING.validate_json(body) for (body,) in self._rows(sql, (run_id, site, site))]

    def first_seen(self, site: str, now: str) -> dict[str, str]:
        rows = self._rows("SELECT id, at FROM first_seen WHERE site = ? AND at <= ?", (site, now))
        return {str(ident): str(at) for ident, at in rows}

    def scorecards(self, run_id: str) -> list[dict[str, Any]]:
        return [json.loads(card) for (card,) in self._rows("SELECT scorecard FROM verdicts WHERE run = ? ORDER BY site", (run_id,))]

    def receipts(self, run_id: str) -> list[dict[str, Any]]:
        return [json.loads(text) for (text,) in self._rows("SELECT receipt FROM verdicts WHERE run = ? ORDER BY site", (run_id,))]

    def issues(self, run_id: str) -> list[Issue]:
        rows = self._rows("SELECT issues FROM verdicts WHERE run = ? ORDER BY site", (run_id,))
        return [issue for (text,) in rows for issue in kept.ISSUES.validate_json(text)]

    def put_draws(self, run_id: str, site: str, draws: dict[str, list[str]]) -> None:
        with self._writing() as db:
            for clause, urls in draws.items():
                fresh = db.execute("INSERT OR IGNORE INTO draws VALUES (?, ?, ?, ?)", (run_id, site, clause, kept.text(urls)))
                if fresh.rowcount:
                    self._announce(db, [sequence.drawn(run_id, site, clause, urls)])

    def draws(self, run_id: str, site: str) -> dict[str, list[str]]:
        rows = self._rows("SELECT clause, urls FROM draws WHERE run = ? AND site = ? ORDER BY clause", (run_id, site))
        return {clause: json.loads(urls) for clause, urls in rows}
