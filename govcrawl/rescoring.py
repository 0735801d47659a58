"""Scoring a run again whose pages are elsewhere, or that saw only a few: from its findings, what each rule came to, its samples and people's
decisions, as a feed tells them.

Nothing is detected and nothing drawn. By the run's own pack this is the scorecard that the feed told, until somebody decides on a finding.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from govcrawl import comparing, scoring
from govcrawl.baseline import Baseline
from govcrawl.errors import UsageError
from govcrawl.model.findings import Finding, Outcome, RuleResult
from govcrawl.model.runs import SCAN, Run
from govcrawl.model.targets import Target
from govcrawl.report.view import SiteView
from govcrawl.rulebook.packs import Pack
from govcrawl.store.base import Store


def site(store: Store, this: Run, target: Target, pack: Pack, *, keep: bool) -> SiteView:
    """Score one site; `keep`: as the run's judgement.

    Raises:
        UsageError: the facts do not hold the site, or the pack draws samples that were not drawn where the pages are.
    """
    card = comparing.card_of(store, this, target.site)
    receipt = next((r for r in store.receipts(this.id) if r["site"] == target.site), None)
    if card is None or receipt is None:
        more = "：请搬入之后的导出" if this.imported else ""
        raise UsageError(f"存储中没有 {target.name or target.site} 在批次 {this.id} 中的评分{more}")
    drawn = store.draws(this.id, target.site)
    _refuse_undrawn(this, target, pack, drawn)
    decisions = store.decisions()
    findings = scoring.assign(store.findings(this.id, target.site), pack, as_of=this.as_of)
    findings = scoring.with_reviews(findings, decisions, this.as_of)
    results = {row["rule"]: RuleResult(**row | {"outcome": Outcome(row["outcome"])}) for row in card["rules"]}
    named = replace(target, name=card["name"])  # which may be what its pages say
    new = scoring.score(named, findings, results, pack, drawn, decisions, as_of=this.as_of)
    if keep:
        issues = [issue for issue in store.issues(this.id) if issue.site == target.site]
        store.put_judgement(this.id, target.site, findings, new, receipt, issues)
    return _view(store, this, target, [finding.with_(shot=None) for finding in findings], new, receipt)


def _refuse_undrawn(this: Run, target: Target, pack: Pack, drawn: Collection[str]) -> None:
    rows = [row for row in pack.indicators if target.public_services or not row.public_services]
    if this.kind == SCAN:
        return  # which draws none
    missing = [clause.id for row in rows for clause in row.clauses if clause.sample is not None and clause.id not in drawn]
    if missing:
        raise UsageError(
            f"批次 {this.id} 的网页不在本存储中，无法为指标版本 {pack.name} 的 {'、'.join(missing)} 抽样：请在原来的存储上评分"
        )


def _view(store: Store, this: Run, target: Target, findings: list[Finding], card: dict[str, Any], receipt: dict[str, Any]) -> SiteView:
    previous = Baseline(store, this).previous(target.site)
    change = comparing.changes(store, previous, this, target, findings, card) if previous else None
    return SiteView(target=target, receipt=receipt, card=card, findings=findings, difference=change, previous=previous)
