"""A run on stored bytes for the evidence tests: pages in a WARC file, their facts in a store, findings as a judgement gives them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from govcrawl import judging, rulebook
from govcrawl.clock import CHINA
from govcrawl.evidence.shooting import Shooter
from govcrawl.model.facts import Context, PageFacts, PageResult, Try, Visit
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.items import Snapshot
from govcrawl.model.runs import Run
from govcrawl.store import sealing
from govcrawl.store.base import open_store
from govcrawl.store.recording import RawExchange, SnapshotWriter

HOME = "http://www.qinghe.gov.cn/"
SITE = "3299990001"
AS_OF = "2026-11-16"
AT = datetime(2026, 11, 16, 9, 30, tzinfo=CHINA)
STAMP = "2026-11-16T09:30:00+08:00"


class Still:
    """A clock that stands."""

    def __init__(self, at: datetime = AT) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0

    def later(self, days: int) -> Still:
        return Still(self.at + timedelta(days=days))


def html(body: str, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>清河</title>{head}</head><body>{body}</body></html>".encode()


@dataclass
class Lab:
    """One site of one run. `end` makes the run a finished one."""

    folder: Path
    run_id: str = "20261116-aaaaaa"
    visits: dict[str, Visit] = field(default_factory=dict)
    private: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    clock: Still = field(default_factory=Still)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.store = open_store(f"sqlite:///{self.folder}/govcrawl.db")
        target = {"url": HOME, "site": SITE, "name": "清河县人民政府"}
        self.run = Run(
            id=self.run_id, targets=[target], targets_key="k", pack="national-2019", as_of=AS_OF, seed="2026-Q4", started_at=STAMP,
            rulebook=rulebook.digest(), out=str(self.folder / "out"),
        )  # fmt: skip
        about = {"http-header-user-agent": "Mozilla/5.0 (compatible; govcrawl/0)", "ip": "10.1.2.3"}
        self.writer = SnapshotWriter(self.folder / "snapshots", self.run_id, "govcrawl/0", about)
        self.store.save_run(self.run)

    def page(
        self, path: str, body: bytes, *, kind: str = "text/html; charset=utf-8", status: int = 200, rendered: bool = False,
        private: bool = False, role: str = "page",
    ) -> Snapshot:  # fmt: skip
        """Store an answer as the crawl would; a page gets facts."""
        url = HOME + path if "://" not in path else path
        exchange = RawExchange(url, AT, status, [("Content-Type", kind), ("Server", "nginx")], body, body, rendered=rendered)
        taken = self.writer.write(exchange)
        self.writer.flush()
        outcome = "read" if status == 200 else "failed"
        attempt = Try(at=STAMP, url=url, status=status, address="10.0.0.8", snapshot=taken)
        visit = self.visits[url] = Visit(url=url, context=Context(role=role), outcome=outcome, tries=[attempt])
        facts = PageFacts(url=url, kind="content", snapshot=taken, fetched_at=STAMP) if "html" in kind else None
        self.store.put_results(self.run_id, [PageResult(site=SITE, key=len(self.visits), visit=visit, facts=facts)])
        if private:
            self.private.add(url)
        return taken

    def finding(self, path: str = "", rule: str = "typo", **fields: Any) -> Finding:
        url = HOME + path
        last = self.visits[url].last if url in self.visits else None
        values: dict[str, Any] = {
            "id": f"{len(self.findings):016x}", "rule": rule, "outcome": Outcome.FAIL, "site": SITE, "object": "page", "url": url, "message": "有问题",
            "indicator": "D21", "severity": "minor", "as_of": AS_OF, "run": self.run_id, "snapshot": last.snapshot if last else None, "first_seen": STAMP,
            "evidence": [{"what": "fetched", "at": STAMP, "page": url}],
        }  # fmt: skip
        values["evidence"] = [*fields.pop("evidence", []), *values["evidence"]]
        made = Finding(**{**values, **fields})
        self.findings.append(made)
        return made

    def shoot(self, limit: int | None = 30, card: dict[str, Any] | None = None) -> dict[str, Any]:
        """Take the shots; `findings` bear them afterwards."""
        facts: Any = SimpleNamespace(visits=self.visits, private=frozenset(self.private))
        judged = judging.Judgement(self.findings, card or {}, [], facts)
        said = Shooter(self.store, self.run, limit, self.clock, lambda text: None).take(judged)
        self.findings = judged.findings
        return said

    def seal(self) -> None:
        folder = self.folder / "snapshots"
        sealing.seal(folder, sealing.records_of(folder, self.run_id, self.private))

    def end(self) -> Run:
        """Keep the judgement and finish the run."""
        self.writer.close()
        self.store.put_judgement(self.run_id, SITE, self.findings, {"site": SITE}, {"site": SITE}, [])
        self.run.state, self.run.ended_at = "finished", STAMP
        self.store.save_run(self.run)
        return self.run

    @property
    def warc(self) -> Path:
        return next((self.folder / "snapshots").glob(f"{self.run_id}-*.warc.gz"))

    @property
    def shots(self) -> Path:
        return self.folder / "shots" / self.run_id
