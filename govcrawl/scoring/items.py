"""Every indicator of the table as scored: what it lost, what nobody looked at, what waits for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from govcrawl.model.findings import Outcome, RuleResult
from govcrawl.model.targets import Target
from govcrawl.rulebook.packs import Clause, Indicator, Pack
from govcrawl.scoring.allocation import ZERO, Charge, Line, lines_of, most
from govcrawl.scoring.vetoes import Ruled, Veto

LOOKED = (Outcome.PASS, Outcome.FAIL, Outcome.NEEDS_REVIEW)


@dataclass(slots=True)
class Item:
    """One indicator as scored."""

    indicator: Indicator
    outcome: Outcome
    reason: str | None
    lines: list[Line] = field(default_factory=list)
    lost: Decimal = ZERO
    """Deductions: points lost. Bonus: points earned."""
    unchecked: Decimal = ZERO
    """Further points that clauses nobody checked could cost."""
    low: Decimal = ZERO
    """Points lost if those and everything pending were lost."""
    findings: list[str] = field(default_factory=list)


class Items:
    """Scores the indicators of one site.

    Args:
        ruled: the site's findings with people's decisions.
        results: what each rule came to; an absent one counts as not checked.
        scored: False = this site is judged by its vetoes alone.
        counters: the named numbers of a veto indicator in words.
    """

    def __init__(
        self,
        target: Target,
        pack: Pack,
        ruled: Sequence[Ruled],
        results: Mapping[str, RuleResult],
        drawn: Mapping[str, Sequence[str]],
        *,
        as_of: str,
        scored: bool,
        counters: Callable[[Indicator], str | None],
    ) -> None:
        self.target, self.pack, self.ruled, self.results, self.drawn = target, pack, ruled, results, drawn
        self.as_of, self.scored, self._counters = as_of, scored, counters

    def all(self, vetoes: Mapping[str, Veto]) -> list[Item]:
        """All indicators in the table's order; those that must not charge a column twice are scored last."""
        done: dict[str, Item] = {}
        late = [i for i in self.pack.indicators if any(c.unless_counted for c in i.clauses)]
        charged: set[str] = set()
        columns = {r.finding.id: r.finding.url for r in self.ruled if r.finding.object == "column"}
        for indicator in [*(i for i in self.pack.indicators if i not in late), *late]:
            charge = Charge(self.pack, self.drawn, self.as_of, frozenset(charged))
            item = self._veto_item(indicator, vetoes.get(indicator.id)) if indicator.kind == "veto" else self._item(indicator, charge)
            self._settle(item)
            if indicator.kind == "deduction":  # a veto costs no points
                charged |= {columns[i] for line in item.lines for i in line.counted if i in columns}
            done[indicator.id] = item
        return [done[i.id] for i in self.pack.indicators]

    def applies(self, indicator: Indicator) -> bool:
        """Whether an indicator fits this object at all: accounts are no sites, some units have no public services."""
        return indicator.object == "site" and (self.target.public_services or not indicator.public_services)

    def _not_applicable(self, indicator: Indicator) -> Item:
        services = indicator.public_services and not self.target.public_services
        return Item(indicator, Outcome.NOT_APPLICABLE, "no_public_services" if services else None, [Line(c) for c in indicator.clauses])

    def _veto_item(self, indicator: Indicator, veto: Veto | None) -> Item:
        if not self.applies(indicator):
            return self._not_applicable(indicator)
        lines = [Line(c) for c in indicator.clauses]
        own = {line.clause.id: line for line in lines}
        for row in sorted(self._accusing(indicator), key=lambda r: (r.finding.url, r.finding.id)):
            finding = row.finding
            if (line := own.get(finding.clause or "")) is None:
                continue
            if row.standing.state == "waived" or finding.old:
                line.not_counted.append((finding.id, "waived" if row.standing.state == "waived" else "old"))
            elif finding.outcome is Outcome.NEEDS_REVIEW and not row.confirmed:
                line.not_counted.append((finding.id, "pending"))
            else:
                line.counted.append(finding.id)
        outcome, reason = self._state(indicator)
        blind = [state for c in indicator.clauses if (state := self._clause_state(c))[0] is Outcome.NOT_CHECKED]
        if outcome is Outcome.PASS and blind:  # a veto is cleared only where each of its conditions was looked at
            outcome, reason = blind[0]
        if veto is not None and veto.state != "dismissed":
            for line in lines:
                line.counted += [ident for ident in veto.met.get(line.clause.id, ()) if ident not in line.counted]
        if veto is not None and veto.state == "confirmed":
            outcome, reason = Outcome.FAIL, veto.reason
        elif veto is not None and veto.state == "candidate":
            outcome, reason = Outcome.NEEDS_REVIEW, veto.reason
        elif any(line.waits for line in lines):
            outcome, reason = Outcome.NEEDS_REVIEW, None
        elif outcome is Outcome.PASS:
            reason = self._counters(indicator)
        ids = {r.finding.id for r in self._accusing(indicator)} | {f.id for f in (veto.findings if veto else [])}
        return Item(indicator, outcome, reason, lines, findings=sorted(ids))

    def _settle(self, item: Item) -> None:
        """Say of each clause what it came to."""
        for line in item.lines:
            if item.outcome is Outcome.NOT_APPLICABLE:
                line.outcome, line.reason = item.outcome, item.reason
                continue
            line.outcome, line.reason = self._clause_state(line.clause)
            if line.found:
                proposed = item.indicator.kind == "veto" and item.outcome is Outcome.NEEDS_REVIEW
                line.outcome, line.reason = Outcome.NEEDS_REVIEW if proposed else Outcome.FAIL, None
            elif line.waits:
                line.outcome, line.reason = Outcome.NEEDS_REVIEW, None

    def _item(self, indicator: Indicator, charge: Charge) -> Item:
        if not self.applies(indicator) or not self.scored:
            return self._not_applicable(indicator)
        lines = lines_of(indicator, self.ruled, charge)
        ids = sorted(r.finding.id for r in self._accusing(indicator))
        outcome, reason = self._state(indicator)
        if any(line.found for line in lines):
            outcome, reason = Outcome.FAIL, None
        elif any(line.waits for line in lines):
            outcome, reason = Outcome.NEEDS_REVIEW, None
        if indicator.kind == "bonus":
            return self._bonus_item(indicator, Item(indicator, outcome, reason, lines, findings=ids))
        lost = sum((line.lost for line in lines), ZERO)
        room = (indicator.max or ZERO) - lost
        blind = [c for c in indicator.clauses if self._clause_state(c)[0] is Outcome.NOT_CHECKED]
        unchecked = min(room, sum((most(indicator, c, charge) for c in blind), ZERO))
        low = lost + min(room, unchecked + sum((line.pending for line in lines), ZERO))
        return Item(indicator, outcome, reason, lines, lost, unchecked, low, ids)

    def _bonus_item(self, indicator: Indicator, item: Item) -> Item:
        """What stands wrong under a bonus item costs nothing: it is 未得分. A clause that says so is earned when its rules passed."""
        room = indicator.max or ZERO
        for line in item.lines:
            clause = line.clause
            earned = clause.earned_when == "rules_pass" and not line.found and not line.waits
            earned = earned and all(r.outcome is Outcome.PASS for r in self._results_of(clause))
            line.lost = min(room, clause.points or ZERO) if earned else ZERO
            room -= line.lost
        item.lost = sum((line.lost for line in item.lines), ZERO)
        return item

    def _accusing(self, indicator: Indicator) -> list[Ruled]:
        return [r for r in self.ruled if r.accuses and r.finding.indicator == indicator.id]

    # -- what was looked at

    def result(self, rule: str) -> RuleResult:
        return self.results.get(rule) or RuleResult(rule=rule, outcome=Outcome.NOT_CHECKED, reason="no_data")

    def _results_of(self, clause: Clause) -> list[RuleResult]:
        return [self.result(m.rule) for m in clause.match]

    def _state(self, indicator: Indicator) -> tuple[Outcome, str | None]:
        """Outcome of an indicator where nothing stands wrong: not_checked only when no clause was looked at."""
        return _best([self._clause_state(c) for c in indicator.clauses])

    def _clause_state(self, clause: Clause) -> tuple[Outcome, str | None]:
        """Whether something looked at a clause. A clause about one kind of column is only as good as that column's own reading."""
        if not clause.rules:
            return Outcome.NOT_CHECKED, clause.unchecked or "not_built"
        states: list[tuple[Outcome, str | None]] = []
        for match in clause.rules:
            result = self.result(match.rule)
            if result.outcome not in LOOKED:
                states.append((result.outcome, result.reason))
                continue
            own = [r.finding for r in self.ruled if match.facets and match.accepts(r.finding)]
            blind = [f for f in own if f.outcome in (Outcome.NOT_CHECKED, Outcome.NOT_APPLICABLE)]
            if blind and len(blind) == len(own):
                states += [(f.outcome, f.reason) for f in blind]
            else:
                states.append((Outcome.PASS, None))
        return _best(states)


def _best(states: Iterable[tuple[Outcome, str | None]]) -> tuple[Outcome, str | None]:
    """pass if anything passed, else not_checked (with the commonest reason), else not_applicable."""
    rows = list(states)
    for outcome in (Outcome.PASS, Outcome.NOT_CHECKED, Outcome.NOT_APPLICABLE):
        fitting = [reason for o, reason in rows if o is outcome]
        if fitting:
            count = Counter(r for r in fitting if r)
            return outcome, max(sorted(count), key=lambda r: count[r]) if count and outcome is not Outcome.PASS else None
    return Outcome.NOT_CHECKED, "no_data"
