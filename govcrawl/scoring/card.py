"""The scorecard of one site: every indicator, every clause, what it cost and what nobody could tell, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from govcrawl.model.findings import Finding, Outcome, Review, RuleResult
from govcrawl.model.site_facts import SiteFacts
from govcrawl.model.targets import Target
from govcrawl.page import addresses
from govcrawl.rulebook.packs import Pack
from govcrawl.scoring.allocation import ZERO, Charge, Line, lines_of
from govcrawl.scoring.decisions import Decisions, Standing
from govcrawl.scoring.items import LOOKED, Item, Items
from govcrawl.scoring.sampling import service_items
from govcrawl.scoring.vetoes import Ruled, Veto, Vetoes

_CONFIRMED = Standing("confirmed")
_ROUNDING = {"half_up": ROUND_HALF_UP, "down": ROUND_DOWN}


def score(
    site: Target,
    findings: Sequence[Finding],
    results: Mapping[str, RuleResult],
    pack: Pack,
    drawn: Mapping[str, Sequence[str]],
    decisions: Iterable[Review] = (),
    *,
    facts: SiteFacts | None = None,
    as_of: str | None = None,
) -> dict[str, Any]:
    """Score one site. The findings must have been through `assign`. Those of other tools count only once a person has confirmed them.

    Args:
        results: what each rule came to; a rule of the catalogue that is absent counts as not checked.
        drawn: clause → addresses of its sample.
        facts: counts service items (for V6) and names the site.
        as_of: day that ages and 核减 count from; null = that of the findings.
    """
    day = as_of or max((f.as_of for f in findings), default="")
    return _Scoring(site, findings, results, pack, drawn, Decisions(decisions, day), facts, day).card()


class _Scoring:
    def __init__(
        self,
        site: Target,
        findings: Sequence[Finding],
        results: Mapping[str, RuleResult],
        pack: Pack,
        drawn: Mapping[str, Sequence[str]],
        decisions: Decisions,
        facts: SiteFacts | None,
        as_of: str,
    ) -> None:
        self.target, self.results, self.pack, self.drawn, self.facts = site, results, pack, drawn, facts
        self.scored = pack.scored_types is None or site.type is None or site.type in pack.scored_types
        self.ruled = [row for row in (Ruled(f, decisions.on(f)) for f in findings) if row.finding.source is None or row.confirmed]
        self.vetoes = Vetoes(
            self.ruled, decisions, site=site.site, as_of=as_of, items=self._service_items, confirmations=pack.confirmations
        )
        self.items = Items(site, pack, self.ruled, results, drawn, as_of=as_of, scored=self.scored, counters=self.vetoes.counters)

    def card(self) -> dict[str, Any]:
        vetoes = {i.id: v for i in self.pack.indicators if i.kind == "veto" and self.items.applies(i) and (v := self.vetoes.judge(i))}
        items = self.items.all(vetoes)
        pack, deductions = self.pack, [i for i in items if i.indicator.kind == "deduction"]
        lost = sum((i.lost for i in deductions), ZERO)
        unchecked = sum((i.unchecked for i in deductions), ZERO)
        base, low = self._score(lost), self._score(sum((i.low for i in deductions), ZERO))
        coverage = _coverage(deductions)
        bonus: Decimal | None = None
        if low > pack.bonus_above:
            bonus = min(pack.bonus_full, sum((i.lost for i in items if i.indicator.kind == "bonus"), ZERO))
        total = base + (bonus or ZERO)
        opened = [i.indicator.id for i in items if i.indicator.kind == "veto" and i.outcome is Outcome.NOT_CHECKED]
        verdict = self._verdict(list(vetoes.values()), base, low, coverage, opened)
        return {
            "site": self.target.site,
            "name": self._name(),
            "host": addresses.host(self.target.url),
            "verdict": verdict,
            "rules": self._rules(),
            "vetoes": [
                {"indicator": v.indicator, "state": v.state, "reason": v.reason, "findings": [f.id for f in v.findings]}
                for v in vetoes.values()
            ],
            "open_vetoes": opened,
            "deductions": self._points(lost),
            "base": self._points(base),
            "base_low": self._points(low),
            "unchecked": self._points(unchecked),
            "bonus": None if bonus is None or not self.scored else ("0" if bonus == 0 else self._points(bonus)),
            "total": self._points(total),
            "grade": self._grade(verdict, total),
            "coverage": _text(coverage, pack.rounding.coverage, pack.rounding.mode) if coverage is not None else None,
            "indicators": [self._shown(i) for i in items],
        }

    def _service_items(self) -> tuple[int, bool]:
        """Number of service items, and whether every one of them was judged."""
        doubtful = any(
            r.finding.rule in ("guide-element-missing", "guide-missing") and r.finding.outcome is Outcome.NOT_CHECKED for r in self.ruled
        )
        if self.facts is None:
            return self.items.result("guide-element-missing").looked_at, not doubtful
        items = service_items(self.facts)
        return len(items), all(items.values()) and not doubtful

    # -- numbers and words

    def _score(self, lost: Decimal) -> Decimal:
        """What is left of the full mark, transformed for a unit without public services; never below zero."""
        pack = self.pack
        if self.target.public_services:
            return max(ZERO, pack.full - lost)
        left_out = sum((i.max or ZERO for i in pack.indicators if i.kind == "deduction" and i.public_services), ZERO)
        return max(ZERO, pack.full - left_out - lost) * pack.without_services.times / pack.without_services.over

    def _verdict(self, vetoes: Sequence[Veto], base: Decimal, low: Decimal, coverage: Decimal | None, opened: Sequence[str]) -> str:
        pack = self.pack
        states = {v.state for v in vetoes}
        if "confirmed" in states or (self.scored and base < pack.fail_below):
            return "fail"
        if "candidate" in states:
            return "pending_review"
        blind = any(i in opened for i in pack.must_be_checked)
        if blind or (self.scored and (low < pack.fail_below or coverage is None or coverage < pack.coverage_floor)):
            return "inconclusive"
        return "pass"

    def _grade(self, verdict: str, total: Decimal) -> str | None:
        if verdict == "fail":
            return self.pack.grade_failed
        if verdict != "pass":
            return None
        bands = sorted(self.pack.grades, key=lambda g: g.from_, reverse=True)
        return next((g.name for g in bands if not self.scored or total >= g.from_), None)

    def _points(self, value: Decimal) -> str | None:
        return _text(value, self.pack.rounding.points, self.pack.rounding.mode) if self.scored else None

    def _name(self) -> str:
        found = self.facts.site.name if self.facts is not None else None
        return self.target.name or found or addresses.host(self.target.url)

    def _rules(self) -> list[dict[str, Any]]:
        names = dict.fromkeys([*self.pack.defaults, *self.results])
        rows = [self.items.result(name) for name in names]
        return [
            {"rule": r.rule, "outcome": r.outcome.value, "reason": r.reason, "looked_at": r.looked_at, "findings": sorted(r.findings)}
            for r in rows
        ]

    def _shown(self, item: Item) -> dict[str, Any]:
        indicator = item.indicator
        word = "earned" if indicator.kind == "bonus" else "lost"
        points = self.pack.rounding.points
        samples = [self.drawn[c.id] for c in indicator.clauses if c.sample is not None and c.id in self.drawn]
        return {
            "id": indicator.id,
            "name": indicator.name,
            "kind": indicator.kind,
            "max": _text(indicator.max, points) if indicator.max is not None else None,
            word: _text(item.lost, points) if indicator.kind != "veto" else None,
            "outcome": item.outcome.value,
            "checked": item.outcome in LOOKED,
            "sample": sorted({url for sample in samples for url in sample}) if samples else None,
            "lines": [_line(line, word, points, veto=indicator.kind == "veto") for line in item.lines],
            "findings": item.findings,
            "reason": item.reason,
        }


def _line(line: Line, word: str, points: int, *, veto: bool) -> dict[str, Any]:
    unit = line.unit_points
    return {
        "clause": line.clause.id,
        "text": line.clause.text,
        "unit_points": None if veto or unit is None else _text(unit, points),
        "counted": line.counted,
        "not_counted": [{"id": ident, "reason": reason} for ident, reason in line.not_counted],
        "outcome": line.outcome.value,
        "reason": line.reason,
        word: None if veto else _text(line.lost, points),
    }


def _coverage(deductions: Sequence[Item]) -> Decimal | None:
    """Share of applicable points that were really checked; null where nothing applies."""
    applicable = [i for i in deductions if i.outcome is not Outcome.NOT_APPLICABLE]
    whole = sum((i.indicator.max or ZERO for i in applicable), ZERO)
    checked = sum((i.indicator.max or ZERO for i in applicable if i.outcome in (Outcome.PASS, Outcome.FAIL)), ZERO)
    return checked / whole if whole else None


def _text(value: Decimal, places: int, mode: str = "half_up") -> str:
    """Decimal string with a fixed number of digits."""
    return str(value.quantize(Decimal(1).scaleb(-places), rounding=_ROUNDING[mode]))


def costs(card: Mapping[str, Any], findings: Iterable[Finding], pack: Pack) -> dict[str, Decimal]:
    """Finding → points it cost on a site's scorecard (after caps), for whoever prints one row a finding. They add up to `deductions`."""
    known = {f.id: f for f in findings}
    day = max((f.as_of for f in known.values()), default="")
    result: dict[str, Decimal] = {}
    for row in card["indicators"]:
        indicator = pack.indicator(row["id"])
        if row["kind"] != "deduction" or indicator is None:
            continue
        drawn = {line["clause"]: row["sample"] or [] for line in row["lines"]}
        for line in row["lines"]:
            clause = pack.clause(line["clause"])
            if clause is None:
                continue
            ruled = [Ruled(known[i], _CONFIRMED) for i in line["counted"] if i in known]
            limited = clause.model_copy(update={"unless_counted": False, "cap": Decimal(line["lost"])})
            alone = indicator.model_copy(update={"clauses": [limited]})
            result |= lines_of(alone, ruled, Charge(pack, drawn, day))[0].costs
    return result
