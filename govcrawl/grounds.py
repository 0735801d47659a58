"""What every finding's evidence must say before it can stand in an appeal, whichever rule it is of.

The rule's sentence and the 监测时间点; when, from where and under which name its page was fetched, and where the raw answer lies; of a sampled
clause, how the object was drawn; of a missing thing, what could not be read. Made from what the run kept, so that replay says the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from govcrawl import rulebook, scoring
from govcrawl.checks.base import REASON_TEXT, unseen, where
from govcrawl.detect import masking
from govcrawl.model.facts import DATA, PAGE
from govcrawl.model.files import INSIDE
from govcrawl.model.findings import Finding
from govcrawl.model.runs import Run
from govcrawl.model.site_facts import SiteFacts
from govcrawl.rulebook.packs import Pack
from govcrawl.scoring.sampling import in_sample
from govcrawl.store import snapshots

MOST_DRAWN = 20
"""Longest sample that a finding's evidence names one by one; the scorecard has it whole."""
_MOST_NAMED = 10
"""Unread files and pages that are named; the receipt has them all."""
_MISSED = ("searched", "column")
"""Evidence rows of things that were looked for and not found."""


def witnessed(
    findings: Iterable[Finding], run: Run, facts: SiteFacts, pack: Pack, drawn: Mapping[str, list[str]], folder: Path
) -> list[Finding]:
    """The findings with the rows that are common to all rules behind their own.

    Args:
        drawn: clause → addresses, as the run drew them.
        folder: where the WARC files lie; one that is gone says nothing about who fetched.
    """
    witness = _Witness(run, facts, pack, drawn, folder)
    return [replace(f, evidence=[*f.evidence, *witness.rows(f)]) for f in findings]


class _Witness:
    def __init__(self, run: Run, facts: SiteFacts, pack: Pack, drawn: Mapping[str, list[str]], folder: Path) -> None:
        self._run, self._facts, self._pack, self._drawn, self._folder = run, facts, pack, drawn, folder
        self._rules = rulebook.rules()
        self._about: dict[str, dict[str, str]] = {}
        self._range = _unread(facts)
        self._pools: dict[str, list[str]] | None = None
        self._files: dict[str, list[str]] = {}
        for file in facts.attachments:
            if file.unread and file.page is not None:
                self._files.setdefault(file.page, []).append(file.name or file.url)

    def rows(self, finding: Finding) -> list[dict[str, Any]]:
        made = [self._ground(finding), self._fetched(finding)]
        if any(entry.get("what") in _MISSED for entry in finding.evidence):
            made.append(self._unread(finding))
        if finding.clause in self._drawn:
            made.append(self._draw(finding))
        return [row for row in made if row]

    def _ground(self, finding: Finding) -> dict[str, Any]:
        clause = self._pack.clause(finding.clause)
        rule = self._rules.get(finding.rule)
        said = {
            "what": "ground",
            "as_of": finding.as_of,
            "sentence": clause.text if clause else None,
            "basis": rule.basis if rule else None,
        }
        return {name: value for name, value in said.items() if value}

    def _fetched(self, finding: Finding) -> dict[str, Any]:
        """The answer that the finding's bytes came from; of a rendered page, the plain one, whose raw headers were kept."""
        file = (finding.source_file or "").partition(INSIDE)[0]
        visit = self._facts.visits.get(file) or self._facts.visits.get(finding.url)
        last = visit.last if visit is not None else None
        if visit is None or last is None:
            return {}
        row: dict[str, Any] = {"what": "fetched", "at": last.at, "page": visit.url, "status": last.status, "address": last.address}
        if last.snapshot is not None:
            about = self._who(last.snapshot.warc)
            row |= {"our_address": about.get("ip"), "via": about.get("via"), "user_agent": about.get("http-header-user-agent")}
            row["snapshot"] = where(last.snapshot)
        return {name: value for name, value in row.items() if value is not None}

    def _who(self, warc: str) -> dict[str, str]:
        if warc not in self._about:
            self._about[warc] = snapshots.about(self._folder / warc)
        return self._about[warc]

    def _unread(self, finding: Finding) -> dict[str, Any]:
        """What was not read, where something is said to be missing: of the site, and of the page's own attachments."""
        files = self._files.get(finding.url)
        row = dict(self._range)
        if files:
            row["unread_files"] = masking.inside(sorted(files)[:_MOST_NAMED], private=True)
        return row

    def _draw(self, finding: Finding) -> dict[str, Any]:
        """How the clause's sample was drawn, so that anybody can draw it again."""
        assert finding.clause is not None
        if self._pools is None:
            self._pools = scoring.candidates(self._facts, self._pack, as_of=self._run.as_of)
        drawn = self._drawn[finding.clause]
        row: dict[str, Any] = {
            "what": "draw",
            "seed": self._run.seed,
            "candidates": len(self._pools.get(finding.clause, drawn)),
            "size": len(drawn),
        }
        if len(drawn) <= MOST_DRAWN:
            row["drawn"] = list(drawn)
        return {**row, "chosen": in_sample(finding, drawn) > 0}


def _unread(facts: SiteFacts) -> dict[str, Any]:
    count: dict[str, int] = {}
    pages: list[str] = []
    known = read = 0
    for visit in facts.visits.values():
        if visit.context.role not in (PAGE, DATA) or visit.outcome == "redirected":
            continue
        known += 1
        read += visit.outcome == "read"
        if reason := unseen(visit):
            count[reason] = count.get(reason, 0) + 1
            pages.append(visit.url)
    row: dict[str, Any] = {"what": "range", "known": known, "read": read, "unread": sum(count.values())}
    if count:
        row["reasons"] = [f"{REASON_TEXT[reason]} {n}" for reason, n in sorted(count.items())]
        row["unread_pages"] = sorted(pages)[:_MOST_NAMED]
    return row
