"""Findings of one item → points: which of them count, which do not and why, and what each line of the table loses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from govcrawl.model.findings import Finding, Outcome
from govcrawl.rulebook.packs import Clause, Indicator, Pack
from govcrawl.scoring.ages import newest_on, older_than
from govcrawl.scoring.sampling import in_sample
from govcrawl.scoring.vetoes import Ruled

Reason = Literal["cap", "not_sampled", "duplicate", "pending", "waived", "old"]
ZERO = Decimal(0)
_MARKS = 6


@dataclass(slots=True)
class Line:
    """One clause of an item: what it lost, and to which findings."""

    clause: Clause
    counted: list[str] = field(default_factory=list)
    costs: dict[str, Decimal] = field(default_factory=dict)
    """Counted finding → points it really cost, after the cap."""
    units: set[Decimal] = field(default_factory=set)
    """Points a unit that were really used."""
    not_counted: list[tuple[str, Reason]] = field(default_factory=list)
    lost: Decimal = ZERO
    pending: Decimal = ZERO
    """Further points that findings waiting for a person would cost, before the item's cap."""
    outcome: Outcome = Outcome.NOT_APPLICABLE
    """What the clause itself came to: one that nobody looked at is no pass, whatever its neighbours are."""
    reason: str | None = None

    @property
    def unit_points(self) -> Decimal | None:
        return next(iter(self.units)) if len(self.units) == 1 else self.clause.points

    @property
    def found(self) -> bool:
        """Whether something here is wrong for certain and counts (capped and double ones too)."""
        return bool(self.counted) or any(reason in ("cap", "duplicate") for _, reason in self.not_counted)

    @property
    def waits(self) -> bool:
        return any(reason == "pending" for _, reason in self.not_counted)


@dataclass(slots=True, frozen=True)
class Charge:
    """Who is charged with what: the state of one site's scoring that the lines share."""

    pack: Pack
    drawn: Mapping[str, Sequence[str]]
    as_of: str
    charged_columns: frozenset[str] = frozenset()
    """Columns that other items already charged."""


def lines_of(indicator: Indicator, ruled: Iterable[Ruled], charge: Charge) -> list[Line]:
    """The lines of a deduction or bonus item; together they never cost more than the item's `max`."""
    by_clause: dict[str, list[Ruled]] = {}
    for row in ruled:
        if row.accuses and row.finding.indicator == indicator.id and row.finding.clause:
            by_clause.setdefault(row.finding.clause, []).append(row)
    room = indicator.max or ZERO
    lines = []
    for clause in indicator.clauses:
        line = Line(clause)
        rows = sorted(by_clause.get(clause.id, []), key=lambda r: (r.finding.url, r.finding.value or "", r.finding.id))
        _fill(line, rows, charge, room)
        room -= line.lost
        lines.append(line)
    return lines


def _fill(line: Line, rows: Sequence[Ruled], charge: Charge, room: Decimal) -> None:
    clause = line.clause
    limit = room if clause.cap is None else min(room, clause.cap)
    done: set[str] = set()
    waiting: list[tuple[str, Decimal]] = []
    for row in rows:
        finding = row.finding
        reason = _passed_over(row, clause, charge)
        once = _once(clause, finding)
        if reason is None and (once in done or (clause.unless_counted and finding.url in charge.charged_columns)):
            reason = "duplicate"
        if reason is None and line.lost >= limit:
            reason = "cap"
        if reason is None:
            done.add(once)
            unit = _unit(clause, finding, charge.as_of)
            cost = min(unit * _times(clause, finding, charge), limit - line.lost)
            line.counted.append(finding.id)
            line.costs[finding.id] = cost
            line.units.add(unit)
            line.lost += cost
            continue
        line.not_counted.append((finding.id, reason))
        if reason == "pending":
            waiting.append((once, _unit(clause, finding, charge.as_of) * _times(clause, finding, charge)))
    for once, points in waiting:
        if once not in done:
            done.add(once)
            line.pending += points
    if clause.cap is not None:
        line.pending = min(line.pending, clause.cap - line.lost)


def _passed_over(row: Ruled, clause: Clause, charge: Charge) -> Reason | None:
    finding = row.finding
    if row.standing.state == "waived":
        return "waived"
    if finding.old:
        return "old"
    if clause.sample is not None and not in_sample(finding, charge.drawn.get(clause.id, ())):
        return "not_sampled"
    if finding.outcome is Outcome.NEEDS_REVIEW and not row.confirmed:
        return "pending"
    return None


def _once(clause: Clause, finding: Finding) -> str:
    kind = clause.counts_once
    if kind == "site":
        return ""
    if kind == "mark":
        return finding.facet or finding.value or finding.id
    if kind == "url":
        return f"{finding.url} {finding.title or ''}" if finding.object == "guide" else finding.url
    return finding.id


def _unit(clause: Clause, finding: Finding, as_of: str) -> Decimal:
    points = clause.points or ZERO
    for step in clause.steps:
        if older_than(newest_on(finding), as_of, step.older_than_months):
            points = max(points, step.points)
    return points


def _times(clause: Clause, finding: Finding, charge: Charge) -> int:
    if clause.unit != "page":
        return 1
    if clause.sample is not None:
        return max(1, in_sample(finding, charge.drawn.get(clause.id, ())))
    return max(1, finding.pages)


def most(indicator: Indicator, clause: Clause, charge: Charge) -> Decimal:
    """Most points that a clause could cost, if nobody knows what it would find."""
    ceiling = indicator.max or ZERO
    if clause.cap is not None:
        ceiling = min(ceiling, clause.cap)
    unit = max([clause.points or ZERO, *(s.points for s in clause.steps)])
    if clause.counts_once == "site":
        return min(ceiling, unit)
    if clause.counts_once == "mark":
        return min(ceiling, unit * _MARKS)
    if clause.sample is not None and (clause.unit == "page" or clause.counts_once == "url"):
        return min(ceiling, unit * charge.pack.samples[clause.sample].size)
    return ceiling
