"""Findings: what we say about a site. Outcomes, evidence, decisions of people, and doubts of our own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from govcrawl.model.items import Snapshot

UNIT_SEPARATOR = "\u001f"


class Outcome(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    NEEDS_REVIEW = "needs_review"
    NOT_APPLICABLE = "not_applicable"
    NOT_CHECKED = "not_checked"


REASONS = frozenset({
    "blocked", "unreachable", "timeout", "unrendered", "external_platform", "login", "unread_file", "no_data", "not_built",
    "approved", "no_public_services", "no_limit", "no_event", "robots", "budget", "tls",
})  # fmt: skip
"""Why something is `not_checked` or `not_applicable`; the receipt uses the same words."""


def finding_id(rule: str, site: str, *parts: str) -> str:
    """Identity of a finding: sha256(rule ␟ site ␟ part ␟ part …), first 16 hex digits."""
    text = UNIT_SEPARATOR.join((rule, site, *parts))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(slots=True, kw_only=True)
class Finding:
    """One line of `findings.jsonl`. Checks fill what they saw; `indicator`, `clause` and `severity` come from the pack."""

    id: str
    rule: str
    outcome: Outcome
    site: str
    object: str
    """site, column, page, message, guide, attachment, account."""
    url: str
    message: str
    """Chinese sentence."""
    rule_version: int = 1
    indicator: str | None = None
    clause: str | None = None
    severity: str = "notice"
    pages: int = 1
    locator: str | None = None
    value: str | None = None
    source_file: str | None = None
    snippet: str | None = None
    observed: str | None = None
    expected: str | None = None
    reason: str | None = None
    on_home: bool = False
    group: str | None = None
    first_seen: str | None = None
    as_of: str = ""
    run: str = ""
    evidence: list[dict[str, Any]] = field(default_factory=list)
    snapshot: Snapshot | None = None
    shot: str | None = None
    review: dict[str, Any] | None = None
    source: str | None = None
    """The other tool or body that found it; null for what our own checks found."""
    facet: str | None = None
    """What the pack's clauses may tell apart beside the rule: the column type, `content` or `column` page. Told by the feed only."""
    old: bool = False
    """Outside the clause's lookback: reported as 历史遗留, not scored. Told by the feed only."""
    title: str | None = None
    """Title of the page or column, for the ledger. Told by the feed only."""

    def to_json(self) -> dict[str, Any]:
        """The finding as exported: exactly the contract's fields."""
        row: dict[str, Any] = {}
        for name in _EXPORTED:
            value = getattr(self, name)
            if isinstance(value, Snapshot):
                value = {"warc": value.warc, "offset": value.offset, "sha256": value.sha256}
            elif isinstance(value, Outcome):
                value = value.value
            row[name] = value
        return row

    def told(self) -> dict[str, Any]:
        """The finding as the feed tells it: the contract's fields, and what a scoring elsewhere cannot do without."""
        return {**self.to_json(), "facet": self.facet, "old": self.old, "title": self.title}

    def with_(self, **changes: Any) -> Finding:
        return replace(self, **changes)


_EXPORTED = (
    "id", "rule", "rule_version", "indicator", "clause", "outcome", "severity", "site", "object", "url", "pages", "locator",
    "value", "source_file", "snippet", "observed", "expected", "message", "reason", "on_home", "group", "first_seen", "as_of",
    "run", "evidence", "snapshot", "shot", "review", "source",
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class RuleResult:
    """What a rule came to on one site; every rule of the catalogue has exactly one."""

    rule: str
    outcome: Outcome
    reason: str | None = None
    looked_at: int = 0
    """How many objects were judged (0 with `pass` means: none of the kind exists, which passes only site-wide rules)."""
    findings: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Review:
    """A person's decision, stored beside the machine's outcome: it binds the finding's id and its evidence's fingerprint."""

    finding: str
    decision: str
    """confirmed, false_positive (误报), waived (核减)."""
    fingerprint: str
    by: str
    at: str
    ground: str | None = None
    period: str | None = None
    """Period a 核减 holds for, `2026-Q4`; null on others."""
    approver: str | None = None
    """Who approved it (批准人); a 核减 has one."""


@dataclass(slots=True, kw_only=True)
class Issue:
    """Something *we* did not understand: our own log, never the site's fault."""

    id: str
    where: str
    what: str
    detail: str | None = None
    site: str | None = None
    url: str | None = None
    rule: str | None = None
    """The rules whose check crashed, joined by a comma."""

    @classmethod
    def make(
        cls, where: str, what: str, *, detail: str | None = None, site: str | None = None, url: str | None = None, rule: str | None = None
    ) -> Issue:
        digest = hashlib.sha256(UNIT_SEPARATOR.join((where, what, site or "", url or "")).encode()).hexdigest()[:16]
        return cls(id=digest, where=where, what=what, detail=detail, site=site, url=url, rule=rule)
