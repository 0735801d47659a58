"""Work orders (整改工单): made from a run's findings, sent to units, their answers read in, their deadlines watched."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from govcrawl import rectification, rulebook, scoring
from govcrawl.clock import Clock, SystemClock, moment
from govcrawl.errors import UsageError
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.orders import Order, OrderEvent, OrderItem
from govcrawl.model.runs import Run
from govcrawl.ordering.answers import Imported, take_in
from govcrawl.pinning import target_of
from govcrawl.report import ledger, outputs, work_orders
from govcrawl.report.view import RunView, SiteView, exported
from govcrawl.rulebook.packs import Pack
from govcrawl.scoring.decisions import Decisions
from govcrawl.store.base import Store, open_existing

__all__ = ["Imported", "Made", "export", "listed", "make", "move", "overdue", "take_in"]
NEVER_ORDERED = frozenset({"secrecy-mark"})
"""What only the named contact is told, by other ways."""
TWO_PERSONS = frozenset({"severe-wording"})
"""What stands in no unit's output before two persons have confirmed it (rules, Outcomes)."""


@dataclass(slots=True)
class Made:
    """Orders and the files written for them."""

    orders: list[Order] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    """Why findings were left out (Chinese) → how many."""

    def lines(self, *, as_json: bool) -> list[str]:
        if as_json:
            return [json.dumps(_told(order), ensure_ascii=False) for order in self.orders]
        return [f"{order.id}\t{order.unit}\t{len(order.items)} 个问题\t{order.due_on} 前反馈" for order in self.orders]


def _told(order: Order) -> dict[str, Any]:
    return {
        "order": order.id, "run": order.run, "unit": order.unit, "issued_on": order.issued_on, "due_on": order.due_on,
        "provisional": order.provisional, "items": len(order.items),
    }  # fmt: skip


# -- make


def make(
    run_id: str, *, store: str, units: Sequence[str] = (), working_days: int = 5, out: Path | None = None, by: str = "检查人员",
    clock: Clock | None = None,
) -> Made:  # fmt: skip
    """One order for each unit with problems of a run that stand in no open order yet; written as xlsx and docx.

    Raises:
        UsageError: no such run, not finished, no such unit, a senseless deadline.
        OutputError: the folder cannot be written.
    """
    clock = clock or SystemClock()
    opened = open_existing(store, clock)
    try:
        this = opened.run(run_id)
        if this is None or this.state != "finished":
            raise UsageError(f"没有已完成的检查批次 {run_id}")
        now = clock.now()
        issued_on = now.date().isoformat()
        due, provisional = rectification.deadline(rulebook.calendar(), issued_on, working_days)
        made = Made()
        by_unit = _by_unit(opened, this, issued_on, made)
        if units and (unknown := set(units) - set(by_unit)):
            raise UsageError(f"本批次中没有需要交办的单位：{'、'.join(sorted(unknown))}（有：{'、'.join(by_unit) or '无'}）")
        number = len(opened.orders(run_id))
        folder = out or Path(this.out) / "orders"
        outputs.prepare(folder)
        for unit, rows in by_unit.items():
            if units and unit not in units:
                continue
            number += 1
            order = Order(
                id=f"{run_id}-{number:02d}", run=run_id, unit=unit, as_of=this.as_of, issued_on=issued_on, due_on=due, provisional=provisional,
                items=[_numbered(item, n, due) for n, (item, _) in enumerate(rows, 1)],
            )  # fmt: skip
            at = moment(now)
            _mark_repeated(opened, order, at)
            opened.put_order(order, [event for item, note in rows for event in _first_events(order, item, note, by, at)])
            made.orders.append(order)
            made.files += _written(opened, order, folder)
        return made
    finally:
        opened.close()


def _first_events(order: Order, item: OrderItem, note: str, by: str, at: str) -> Iterable[OrderEvent]:
    for move in ("review", "issue"):
        yield OrderEvent(
            order=order.id, finding=item.finding, move=move, by=by, role=rectification.INSPECTOR, at=at,
            note=note if move == "review" else None, due_on=order.due_on if move == "issue" else None,
        )  # fmt: skip


def _numbered(item: OrderItem, number: int, due: str) -> OrderItem:
    return replace(item, cells={**item.cells, "序号": str(number), "整改时限": due})


def _by_unit(store: Store, this: Run, today: str, made: Made) -> dict[str, list[tuple[OrderItem, str]]]:
    """Unit → its items with the ground of each, in 行政序列 and the table's order."""
    pack = rulebook.pack(this.pack)
    decisions = Decisions(store.decisions(), this.as_of)
    taken, closed = _taken(store)
    found: dict[str, list[tuple[OrderItem, str]]] = {}
    for site in exported(_view(store, this, pack)).sites:
        unit = site.target.organizer or site.name
        costs = scoring.costs(site.card, site.findings, pack) if site.card else {}
        for finding in ledger.ordered(site, pack):
            why, ground = _left_out(finding, decisions, taken)
            if why:
                made.skipped[why] = made.skipped.get(why, 0) + 1
                continue
            cells = ledger.row(0, site, finding, pack, rulebook.rules(), costs)
            repeat = closed.get(finding.id, 0)
            item = OrderItem(
                finding=finding.id, site=finding.site, rule=finding.rule, severity=finding.severity, url=finding.url, repeat=repeat,
                cells=_sent(cells, finding, repeat),
            )  # fmt: skip
            found.setdefault(unit, []).append((item, ground))
    return found


def _view(store: Store, this: Run, pack: Pack) -> RunView:
    """The run as the ledger draws it, without what only the inspector may see (candidates of vetoes)."""
    cards = {card["site"]: {**card, "vetoes": []} for card in store.scorecards(this.id)}
    targets = [target_of(row) for row in this.targets]
    sites = [
        SiteView(target=t, receipt={"state": "complete"}, card=cards.get(t.site), findings=store.findings(this.id, t.site))
        for t in targets
        if t.site in cards
    ]
    sites.sort(key=lambda s: (s.target.admin_order is None, s.target.admin_order or 0, s.target.site))
    return RunView(run=this, pack=pack, sites=sites, made_at="")


def _taken(store: Store) -> tuple[dict[str, str], dict[str, int]]:
    """(finding → open order it stands in, finding → how often it was closed)."""
    taken: dict[str, str] = {}
    closed: dict[str, int] = {}
    for order in store.orders():
        for finding, standing in rectification.standings(order, store.order_events(order.id)).items():
            if standing.state in rectification.OPEN:
                taken[finding] = order.id
            elif standing.state in (rectification.CLOSED, rectification.REPEATED):
                closed[finding] = closed.get(finding, 0) + 1
    return taken, closed


def _left_out(finding: Finding, decisions: Decisions, taken: dict[str, str]) -> tuple[str | None, str]:
    """(why a finding is not ordered; null when it is, the ground on which it is)."""
    stands = decisions.on(finding)
    if finding.rule in NEVER_ORDERED:
        return "须单独处置，不进工单", ""
    if finding.id in taken:
        return "已在未办结的工单中", ""
    if stands.state in ("false_positive", "waived"):
        return "已认定误报或核减", ""
    if finding.outcome is Outcome.NEEDS_REVIEW and stands.state != "confirmed":
        return "疑似问题，尚未核实", ""
    if finding.rule in TWO_PERSONS and len(stands.persons) < 2:
        return "严重表述错误须两人确认", ""
    if stands.state == "confirmed":
        return None, f"人工确认：{'、'.join(stands.persons)}"
    return None, "规则判定"


def _sent(cells: dict[str, str], finding: Finding, repeat: int) -> dict[str, str]:
    """The cells a unit sees: what is confirmed is no longer 疑似, what the inspector notes for himself stays out."""
    notes = [f"同一版块共 {finding.pages} 个页面"] if finding.pages > 1 else []
    if repeat:
        notes.append(f"第 {repeat + 1} 次出现")
    names = {name for name, _ in work_orders.COLUMNS}
    kept = {name: value for name, value in cells.items() if name in names and name not in ("整改情况", "复查结果", "核减/申诉")}
    kept["问题描述"] = kept["问题描述"].removeprefix("疑似：")
    kept["备注"] = "；".join(notes)
    return kept


def _mark_repeated(store: Store, order: Order, at: str) -> None:
    """Note in older orders that what they closed has come up again."""
    again = {item.finding for item in order.items if item.repeat}
    for old in store.orders() if again else ():
        history = store.order_events(old.id)
        events = [
            OrderEvent(
                order=old.id,
                finding=finding,
                move="repeat",
                by="govcrawl",
                role=rectification.MACHINE,
                at=at,
                note=f"再次出现，见工单 {order.id}",
            )
            for finding, standing in rectification.standings(old, history).items()
            if finding in again and standing.state == rectification.CLOSED
        ]
        if events:
            store.append_events(old.id, events, history[-1].n if history else 0)


def _written(store: Store, order: Order, folder: Path) -> list[Path]:
    now = rectification.standings(order, store.order_events(order.id))
    name = work_orders.file_name(order)
    sheet, letter = folder / f"{name}.xlsx", folder / f"{name}.docx"
    work_orders.write_sheet(sheet, order, now)
    work_orders.write_letter(letter, order)
    return [sheet, letter]


# -- export, list, overdue, move


def export(ids: Sequence[str], *, store: str, out: Path) -> list[Path]:
    """Write orders once more as they stand now (all where none is named)."""
    opened = open_existing(store)
    try:
        orders = _named(opened, ids)
        outputs.prepare(out)
        return [path for order in orders for path in _written(opened, order, out)]
    finally:
        opened.close()


def _named(store: Store, ids: Sequence[str]) -> list[Order]:
    orders = {order.id: order for order in store.orders()}
    if unknown := [name for name in ids if name not in orders]:
        raise UsageError(f"没有工单 {'、'.join(unknown)}（已有：{'、'.join(orders) or '无'}）")
    return [orders[name] for name in ids] if ids else list(orders.values())


def listed(*, store: str, as_json: bool, as_of: str | None = None, clock: Clock | None = None) -> list[str]:
    """One line an order: where it stands, how many of its items are open and late."""
    day = as_of or (clock or SystemClock()).now().date().isoformat()
    opened = open_existing(store)
    try:
        return [_line(order, opened, day, as_json) for order in opened.orders()]
    finally:
        opened.close()


def _line(order: Order, store: Store, day: str, as_json: bool) -> str:
    now = rectification.standings(order, store.order_events(order.id))
    state = rectification.order_state(now)
    left = sum(s.state in rectification.OPEN for s in now.values())
    late = sum(rectification.late(s, day) for s in now.values())
    if as_json:
        items = [{"finding": i.finding, "state": now[i.finding].state, "due_on": now[i.finding].due_on} for i in order.items]
        return json.dumps({**_told(order), "state": state, "open": left, "late": late, "findings": items}, ensure_ascii=False)
    said = f"，逾期 {late}" if late else ""
    return f"{order.id}\t{order.unit}\t{rectification.STATES[state]}\t{len(order.items)} 个问题，未办结 {left}{said}\t{order.due_on}"


def overdue(*, store: str, as_of: str | None = None, as_json: bool = False, clock: Clock | None = None) -> list[str]:
    """Items whose deadline has passed without an answer; each is marked so in its order's history, once."""
    clock = clock or SystemClock()
    day = as_of or clock.now().date().isoformat()
    opened = open_existing(store, clock)
    lines = []
    try:
        for order in opened.orders():
            history = opened.order_events(order.id)
            now = rectification.standings(order, history)
            late = [item for item in order.items if rectification.late(now[item.finding], day)]
            fresh = [item for item in late if now[item.finding].state != rectification.OVERDUE]
            events = [
                OrderEvent(
                    order=order.id, finding=item.finding, move="overdue", by="govcrawl", role=rectification.MACHINE, at=moment(clock.now()),
                    note=f"时限 {now[item.finding].due_on}，截至 {day} 未反馈",
                )
                for item in fresh
            ]  # fmt: skip
            if events:
                opened.append_events(order.id, events, history[-1].n if history else 0)
            for item in late:
                told = {"order": order.id, "unit": order.unit, "finding": item.finding, "due_on": now[item.finding].due_on, "url": item.url}
                said = f"{order.id}\t{order.unit}\t{told['due_on']}\t{item.finding}\t{item.cells.get('问题描述', '')}"
                lines.append(json.dumps(told, ensure_ascii=False) if as_json else said)
        return lines
    finally:
        opened.close()


def move(
    order_id: str, name: str, *, store: str, by: str, role: str, findings: Sequence[str] = (), note: str | None = None,
    working_days: int | None = None, clock: Clock | None = None,
) -> list[str]:  # fmt: skip
    """Make one step for items of an order (all open ones where none is named).

    Raises:
        UsageError: the step may not be made; says what may.
    """
    clock = clock or SystemClock()
    opened = open_existing(store, clock)
    try:
        [order] = _named(opened, [order_id])
        history = opened.order_events(order.id)
        now = rectification.standings(order, history)
        if unknown := [f for f in findings if f not in now]:
            raise UsageError(f"工单 {order.id} 中没有问题 {'、'.join(unknown)}")
        chosen = list(findings) or [f for f, s in now.items() if s.state not in rectification.SETTLED]
        if not chosen:
            raise UsageError(f"工单 {order.id} 已全部办结")
        steps = [rectification.check(now[finding].state, name, role) for finding in chosen]
        due = None
        if steps[0].sets_deadline and working_days is not None:
            due, _ = rectification.deadline(rulebook.calendar(), clock.now().date().isoformat(), working_days)
        elif steps[0].sets_deadline:
            raise UsageError(f"{steps[0].title}须给出新的时限：--deadline-working-days")
        at = moment(clock.now())
        events = [OrderEvent(order=order.id, finding=f, move=name, by=by, role=role, at=at, note=note, due_on=due) for f in chosen]
        opened.append_events(order.id, events, history[-1].n if history else 0)
        return [f"{finding}\t{rectification.STATES[step.after or now[finding].state]}" for finding, step in zip(chosen, steps, strict=True)]
    finally:
        opened.close()
