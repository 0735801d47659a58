"""单项否决: counting findings against a veto's conditions. The machine only ever proposes; persons confirm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from govcrawl.model.findings import Finding, Outcome
from govcrawl.rulebook.packs import Condition, Counted, Indicator
from govcrawl.scoring.ages import newest_on, older_than
from govcrawl.scoring.decisions import Decisions, Standing

State = Literal["candidate", "confirmed", "dismissed"]


@dataclass(slots=True, frozen=True)
class Ruled:
    """A finding with what people's decisions on it come to."""

    finding: Finding
    standing: Standing

    @property
    def stands(self) -> bool:
        return self.standing.state not in ("false_positive", "waived")

    @property
    def accuses(self) -> bool:
        """A problem or a candidate that no person has called a 误报."""
        return _accuses(self.finding) and self.standing.state != "false_positive"

    @property
    def confirmed(self) -> bool:
        return self.standing.state == "confirmed"


@dataclass(slots=True)
class Count:
    """What one condition comes to."""

    condition: Condition
    number: int = 0
    met: bool = False
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class Veto:
    indicator: str
    state: State
    reason: str
    findings: list[Finding]
    met: dict[str, list[str]] = field(default_factory=dict)
    """Clause whose condition is met → its findings."""


class Vetoes:
    """Judges veto indicators over the findings of one site.

    Args:
        as_of: day that ages count from.
        items: gives the number of service items of the site and whether all of them could be judged; asked only when it matters.
        confirmations: how many persons must confirm.
    """

    def __init__(
        self,
        ruled: Iterable[Ruled],
        decisions: Decisions,
        *,
        site: str,
        as_of: str,
        items: Callable[[], tuple[int, bool]],
        confirmations: int,
    ) -> None:
        self._ruled = [r for r in ruled if not r.finding.old]
        self._decisions = decisions
        self._site, self._as_of, self._items, self._confirmations = site, as_of, items, confirmations

    def judge(self, indicator: Indicator) -> Veto | None:
        """The veto of an indicator, or null when the machine does not propose one."""
        conditions = [c.when for c in indicator.clauses if c.when is not None]
        machine = [self._count(c, self._opening(c, machine=True)) for c in conditions]
        now = [self._count(c, self._opening(c, machine=False)) for c in conditions]
        sure = [self._count(c, self._sure(c)) for c in conditions]
        proposed = machine if any(c.met for c in machine) else now
        if not any(c.met for c in proposed):
            return None
        findings = _findings(now if any(c.met for c in now) else proposed)
        whole = self._decisions.on_veto(self._site, indicator.id, findings)
        state: State = "candidate"
        if not any(c.met for c in now) or whole.state in ("false_positive", "waived"):
            state = "dismissed"
        elif any(c.met for c in sure) or len(whole.persons) >= self._confirmations:
            state = "confirmed"
        counts = now if any(c.met for c in now) else proposed
        clauses = [c.id for c in indicator.clauses if c.when is not None]
        met = {name: [f.id for f in count.findings] for name, count in zip(clauses, counts, strict=True) if count.met}
        return Veto(indicator.id, state, self._reason(counts), findings, met)

    def counters(self, indicator: Indicator) -> str | None:
        """The named numbers of an indicator in words, also where none reaches its limit; null where it has none."""
        conditions = [c.when for c in indicator.clauses if c.when is not None and c.when.counter is not None]
        counts = [self._count(c, self._opening(c, machine=False)) for c in conditions]
        return self._reason(counts) if counts else None

    def _opening(self, condition: Condition, *, machine: bool) -> list[Finding]:
        """Findings that may open a candidate: by the machine alone, or after people's decisions."""
        chosen = []
        for ruled in self._ruled:
            opens = ruled.finding.outcome.value in condition.outcomes
            if (opens if machine else ruled.stands and (opens or (ruled.confirmed and _accuses(ruled.finding)))) and self._of(
                condition, ruled.finding
            ):
                chosen.append(ruled.finding)
        return chosen

    def _sure(self, condition: Condition) -> list[Finding]:
        enough = [r for r in self._ruled if r.confirmed and len(r.standing.persons) >= self._confirmations and _accuses(r.finding)]
        return [r.finding for r in enough if self._of(condition, r.finding)]

    def _of(self, condition: Condition, finding: Finding) -> bool:
        return any(self._counts(match, finding) for match in condition.of)

    def _counts(self, match: Counted, finding: Finding) -> bool:
        if not match.accepts(finding):
            return False
        return match.older_than_months is None or older_than(newest_on(finding), self._as_of, match.older_than_months)

    def _count(self, condition: Condition, findings: Sequence[Finding]) -> Count:
        number = len(findings)
        if condition.lacking is not None:
            lacks: dict[tuple[str, str | None], set[str | None]] = {}
            for finding in findings:
                lacks.setdefault((finding.url, finding.title), set()).add(finding.value)
            poor = {item for item, names in lacks.items() if len(names) >= condition.lacking}
            findings = [f for f in findings if (f.url, f.title) in poor]
            number = len(poor)
        if condition.at_least is not None:
            met = number >= condition.at_least
        else:
            met = self._all_of_few(number, condition.all_of_fewer_than or 0)
        return Count(condition, number, met, list(findings))

    def _all_of_few(self, number: int, limit: int) -> bool:
        if not 0 < number < limit:
            return False
        total, whole = self._items()
        return whole and number == total < limit

    def _reason(self, counts: Sequence[Count]) -> str:
        return "；".join(self._said(c) for c in counts if c.met or c.condition.counter is not None)

    def _said(self, count: Count) -> str:
        condition = count.condition
        if condition.counter is None:
            return f"{condition.label}（{count.number}处）" if count.number > 1 else condition.label
        waiting = sum(
            1
            for r in self._ruled
            if r.finding.outcome is Outcome.NEEDS_REVIEW and r.standing.state == "none" and r.finding not in count.findings
            and self._of(condition, r.finding)
        )  # fmt: skip
        more = f"，另有{waiting}个待核实" if waiting and condition.lacking is None else ""
        return f"{condition.label}{count.number}个（达到{condition.at_least}个即否决{more}）"


def _accuses(finding: Finding) -> bool:
    return finding.outcome in (Outcome.FAIL, Outcome.NEEDS_REVIEW)


def _findings(counts: Iterable[Count]) -> list[Finding]:
    chosen = {f.id: f for c in counts if c.met for f in c.findings}
    return [chosen[i] for i in sorted(chosen)]
