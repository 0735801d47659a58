"""The one shape that report and ledger are drawn from: a run, its sites in official order, and what changed since the last run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from govcrawl.checks.base import REASON_TEXT
from govcrawl.detect import masking
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.runs import Run
from govcrawl.model.targets import Target
from govcrawl.rulebook.packs import Pack

VERDICTS = {"pass": "合格", "fail": "不合格", "pending_review": "拟不合格（待复核）", "inconclusive": "暂不评定"}
OUTCOMES = {
    "pass": "未发现问题", "fail": "问题", "needs_review": "疑似问题（待核实）", "not_applicable": "不适用", "not_checked": "未检查",
}  # fmt: skip
NOT_COUNTED = {
    "cap": "已扣至该项上限", "not_sampled": "未被抽中，仅供整改", "duplicate": "不重复扣分", "pending": "待核实", "waived": "已核减",
    "old": "历史遗留，不计分",
}  # fmt: skip
REASONS = REASON_TEXT
DECISIONS = {"confirmed": "确认", "false_positive": "误报", "waived": "核减"}
STATES = {"complete": "完整", "incomplete": "不完整", "blocked": "被拦截", "unreachable": "无法访问", "skipped": "未检查"}
SEVERITIES = {"severe": "严重", "major": "较重", "minor": "一般", "notice": "提示"}


@dataclass(slots=True, kw_only=True)
class Difference:
    """What a run says against an earlier one, by finding id."""

    new: list[Finding] = field(default_factory=list)
    persisting: list[Finding] = field(default_factory=list)
    fixed: list[Finding] = field(default_factory=list)
    reopened: list[Finding] = field(default_factory=list)
    """Reported again after a run had seen it mended."""
    unknown: list[Finding] = field(default_factory=list)
    """No longer reported, but this time it was not looked at."""


@dataclass(slots=True, kw_only=True)
class SiteView:
    target: Target
    receipt: dict[str, Any]
    card: dict[str, Any] | None = None
    """Null for a site that was skipped."""
    findings: list[Finding] = field(default_factory=list)
    private: frozenset[str] = frozenset()
    """Addresses of pages that show personal data."""
    difference: Difference | None = None
    """Null where there is no earlier run."""
    previous: Run | None = None
    """The run that `difference` is against."""

    @property
    def problems(self) -> list[Finding]:
        """What is wrong, hints (X0) included, facts for the inspector not."""
        return [f for f in self.findings if f.outcome is Outcome.FAIL and f.indicator is not None]

    @property
    def candidates(self) -> list[Finding]:
        """What a person must decide, hints included, facts for the inspector not."""
        return [f for f in self.findings if f.outcome is Outcome.NEEDS_REVIEW and f.indicator is not None]

    @property
    def facts(self) -> list[Finding]:
        return [f for f in self.findings if f.outcome in (Outcome.FAIL, Outcome.NEEDS_REVIEW) and f.indicator is None]

    @property
    def exposed(self) -> list[Finding]:
        """Personal data that lies open: to be taken down before anything else."""
        return [f for f in self.problems if f.rule.startswith("privacy-")]

    @property
    def unread(self) -> bool:
        """Nothing of the site could be read: there is no sheet to show."""
        return self.receipt["state"] in ("blocked", "unreachable") and not self.receipt["pages"]["read"]

    @property
    def base(self) -> str | None:
        """The score of what was checked; null where nothing was, where the type is not scored, and once a veto is confirmed."""
        card = self.card
        if card is None or not Decimal(card["coverage"] or 0) or any(v["state"] == "confirmed" for v in card["vetoes"]):
            return None
        return card["base"]  # type: ignore[no-any-return]

    @property
    def range(self) -> str | None:
        """The score's range in print, `41.30～82.30`."""
        return None if self.base is None or self.card is None else f"{self.card['base_low']}～{self.card['total'] or self.card['base']}"

    @property
    def name(self) -> str:
        return (self.card or {}).get("name") or self.target.name or self.target.url


@dataclass(slots=True, kw_only=True)
class RunView:
    run: Run
    pack: Pack
    sites: list[SiteView]
    """In the order of 行政序列, then of the site's code."""
    made_at: str


def accused(findings: Iterable[Finding]) -> dict[str, Finding]:
    """What a run says is wrong, or may be, by id."""
    return {f.id: f for f in findings if f.outcome in (Outcome.FAIL, Outcome.NEEDS_REVIEW)}


_REMINDS_OF = {"column-due-soon": "column-stale"}


def compare(old: Iterable[Finding], new: Iterable[Finding], saw: Callable[[Finding], bool]) -> Difference:
    """Tell new, persisting and fixed findings apart; what the new run did not look at again (`saw`) proves no repair, nor does a reminder
    that came true: its column is among the new ones."""
    before, after = accused(old), accused(new)
    wrong = {(f.rule, f.url) for f in after.values()}
    result = Difference(
        new=[f for i, f in after.items() if i not in before],
        persisting=[f for i, f in after.items() if i in before],
    )
    for ident, finding in before.items():
        if ident in after or (_REMINDS_OF.get(finding.rule), finding.url) in wrong:
            continue
        (result.fixed if saw(finding) else result.unknown).append(finding)
    return result


def decided(review: Mapping[str, Any] | None) -> str:
    """The decision of persons that stands on a finding, in words; "" where there is none."""
    if not review:
        return ""
    if review["stale"]:
        return "佐证已变化，须重新核实"
    words = f"{DECISIONS[review['decision']]}（{'、'.join(review['by'])}，{str(review['at'])[:10]}）"
    return words + (f"，限{review['period']}" if review["period"] else "")


def print_order(pack: Pack) -> dict[str | None, int]:
    """Indicator → place in the official table; X0 and facts come last."""
    order: dict[str | None, int] = {item.id: n for n, item in enumerate(pack.indicators)}
    order["X0"] = len(order) + 1
    order[None] = len(order) + 2
    return order


def gates(pack: Pack) -> dict[str, list[str]]:
    """Names of the vetoes of a website that must be cleared before it can pass (`must`), and of those that stand apart from the verdict."""
    vetoes = [i for i in pack.indicators if i.kind == "veto" and not i.id.startswith("M")]
    return {
        "must": [i.name for i in vetoes if i.id in pack.must_be_checked],
        "apart": [i.name for i in vetoes if i.id not in pack.must_be_checked],
    }


def open_vetoes(site: SiteView, pack: Pack) -> dict[str, list[str]]:
    """`gates` of those that nobody has cleared on a site, each with the reason."""
    card = site.card or {}
    why = {item["id"]: REASONS.get(item["reason"] or "", "须人工检查") for item in card.get("indicators", ())}
    names = {i.name: f"{i.name}（{why.get(i.id, '须人工检查')}）" for i in pack.indicators if i.id in card.get("open_vetoes", ())}
    return {part: [names[name] for name in known if name in names] for part, known in gates(pack).items()}


_ADDRESSES = ("url", "message", "value", "source_file", "group", "snippet", "observed", "evidence", "title", "locator")


def exported(view: RunView) -> RunView:
    """The view as it may leave the store: addresses without the personal numbers in them (`masking.exported`)."""
    return replace(view, sites=[_exported(site) for site in view.sites])


def _exported(site: SiteView) -> SiteView:
    difference = site.difference
    if difference is not None:
        difference = Difference(
            new=masked_findings(difference.new),
            persisting=masked_findings(difference.persisting),
            fixed=masked_findings(difference.fixed),
            reopened=masked_findings(difference.reopened),
            unknown=masked_findings(difference.unknown),
        )
    receipt, card = masking.exported(site.receipt), masking.exported(site.card)
    return replace(site, receipt=receipt, card=card, findings=masked_findings(site.findings), difference=difference)


def masked_findings(findings: list[Finding]) -> list[Finding]:
    """Findings as they may leave the store: addresses without the personal numbers in them."""
    changed = []
    for finding in findings:
        new: dict[str, Any] = {name: masking.exported(getattr(finding, name)) for name in _ADDRESSES}
        changed.append(replace(finding, **new))
    return changed
