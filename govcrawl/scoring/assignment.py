"""Findings → the row of the table each belongs to, how grave it is, and whether it is too old to count."""

from __future__ import annotations

from collections.abc import Iterable

from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.site_facts import SiteFacts
from govcrawl.rulebook.packs import Pack
from govcrawl.scoring.ages import object_day, object_days, older_than

_ACCUSING = (Outcome.FAIL, Outcome.NEEDS_REVIEW)


def assign(findings: Iterable[Finding], pack: Pack, *, as_of: str | None = None, facts: SiteFacts | None = None) -> list[Finding]:
    """Set indicator, clause, severity and `old` of findings.

    Args:
        as_of: day that lookbacks count from; null = each finding's own.
        facts: gives the days of objects whose finding does not show them.
    """
    days = object_days(facts) if facts is not None else {}
    done = []
    for finding in findings:
        indicator, clause = pack.place(finding)
        day = as_of or finding.as_of
        old = finding.old
        if clause is not None and clause.lookback_months and day:
            old = old or older_than(object_day(finding, days), day, clause.lookback_months)
        done.append(
            finding.with_(
                indicator=indicator, clause=clause.id if clause else None, severity=severity(finding, indicator, pack), old=old
            )
        )  # fmt: skip
    return done


def severity(finding: Finding, indicator: str | None, pack: Pack) -> str:
    """severe: V, M and certain privacy; major, minor: as the indicator says; notice: hints, facts and what could not be told."""
    if finding.outcome not in _ACCUSING:
        return "notice"
    if finding.rule.startswith("privacy-") and finding.outcome is Outcome.FAIL:
        return "severe"
    row = pack.indicator(indicator)
    return row.severity if row else "notice"
