"""The MongoDB store: runs, samples, findings and scorecards."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any

from pymongo import DeleteMany, InsertOne, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import ReturnDocument

from govcrawl.model.findings import Finding, Issue
from govcrawl.model.runs import Run
from govcrawl.store import kept, sequence
from govcrawl.store.mongo_base import Base, fits
from govcrawl.store.mongo_rows import joined
from govcrawl.store.mongo_server import Document
from govcrawl.store.sequence import News


class Judgements(Base):
    def mask_key(self) -> bytes:
        def work() -> bytes:
            found = self._db["meta"].find_one_and_update(
                {"_id": "mask_key"}, {"$setOnInsert": {"value": secrets.token_bytes(32)}}, upsert=True, return_document=ReturnDocument.AFTER
            )
            assert found is not None
            return bytes(found["value"])

        return self._server.call(work)

    def save_run(self, run: Run) -> None:
        row = {"_id": run.id, "started_at": run.started_at, "body": kept.RUN.dump_json(run).decode()}

        def work(session: ClientSession | None) -> None:
            self._db["runs"].replace_one({"_id": run.id}, row, upsert=True, session=session)
            self._announce(session, [News("run", run.id, 1, run.told())])

        self._server.transaction(work)

    def run(self, run_id: str) -> Run | None:
        row = self._one("runs", {"_id": run_id})
        return kept.RUN.validate_json(row["body"]) if row else None

    def runs(self) -> list[Run]:
        return [kept.RUN.validate_json(row["body"]) for row in self._all("runs", {}, ("started_at", "_id"))]

    def put_judgement(
        self,
        run_id: str,
        site: str,
        findings: Sequence[Finding],
        scorecard: dict[str, Any],
        receipt: dict[str, Any],
        issues: Sequence[Issue],
    ) -> None:
        rows = [_row(run_id, site, finding) for finding in findings]
        firsts = [
            UpdateOne({"_id": joined(site, f.id)}, {"$setOnInsert": {"site": site, "id": f.id, "at": f.first_seen}}, upsert=True)
            for f in findings
        ]
        verdict = {
            "_id": joined(run_id, site), "run": run_id, "site": site, "scorecard": kept.text(scorecard), "receipt": kept.text(receipt),
            "issues": kept.ISSUES.dump_json(list(issues)).decode(),
        }  # fmt: skip
        fits(verdict, f"{site} 的评分与检查范围", "scorecard", "receipt", "issues")

        def work(session: ClientSession | None) -> None:
            before = [r["id"] for r in self._db["findings"].find({"run": run_id, "site": site}, ("id",), session=session)]
            # old and new in one ordered batch; a lone server that dies in between is judged again by the next start of the run
            self._db["findings"].bulk_write([DeleteMany({"run": run_id, "site": site}), *(InsertOne(row) for row in rows)], session=session)
            if firsts:
                self._db["first_seen"].bulk_write(firsts, session=session)
            self._db["verdicts"].replace_one({"_id": verdict["_id"]}, verdict, upsert=True, session=session)
            self._announce(session, sequence.judged(run_id, site, findings, before, scorecard, receipt))

        self._server.transaction(work)

    def findings(self, run_id: str, site: str | None = None) -> list[Finding]:
        wanted: Document = {"run": run_id} | ({"site": site} if site is not None else {})
        return [kept.FINDING.validate_json(row["body"]) for row in self._all("findings", wanted, ("site", "rule", "id"), ("body",))]

    def first_seen(self, site: str, now: str) -> dict[str, str]:
        rows = self._all("first_seen", {"site": site, "at": {"$lte": now}}, ("_id",), ("id", "at"))
        return {str(row["id"]): str(row["at"]) for row in rows}

    def scorecards(self, run_id: str) -> list[dict[str, Any]]:
        return [json.loads(row["scorecard"]) for row in self._all("verdicts", {"run": run_id}, ("site",), ("scorecard",))]

    def receipts(self, run_id: str) -> list[dict[str, Any]]:
        return [json.loads(row["receipt"]) for row in self._all("verdicts", {"run": run_id}, ("site",), ("receipt",))]

    def issues(self, run_id: str) -> list[Issue]:
        rows = self._all("verdicts", {"run": run_id}, ("site",), ("issues",))
        return [issue for row in rows for issue in kept.ISSUES.validate_json(row["issues"])]

    def put_draws(self, run_id: str, site: str, draws: dict[str, list[str]]) -> None:
        rows: dict[str, Document] = {
            joined(run_id, site, c): {"run": run_id, "site": site, "clause": c, "urls": urls} for c, urls in draws.items()
        }

        def work(session: ClientSession | None) -> None:
            known = {row["_id"] for row in self._db["draws"].find({"_id": {"$in": list(rows)}}, ("_id",), session=session)}
            fresh = {ident: row for ident, row in rows.items() if ident not in known}
            writes = [UpdateOne({"_id": ident}, {"$setOnInsert": row}, upsert=True) for ident, row in fresh.items()]
            if writes:
                self._db["draws"].bulk_write(writes, session=session)
                self._announce(session, [sequence.drawn(run_id, site, row["clause"], row["urls"]) for row in fresh.values()])

        if rows:
            self._server.transaction(work)

    def draws(self, run_id: str, site: str) -> dict[str, list[str]]:
        rows = self._all("draws", {"run": run_id, "site": site}, ("clause",), ("urls",))
        return {row["clause"]: list(row["urls"]) for row in rows}


def _row(run: str, site: str, finding: Finding) -> Document:
    body = kept.FINDING.dump_json(finding).decode()
    return {"_id": joined(run, site, finding.id), "run": run, "site": site, "id": finding.id, "rule": finding.rule, "body": body}
