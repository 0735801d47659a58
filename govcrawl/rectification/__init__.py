"""Rectification (整改): the states of an ordered finding as a table of allowed moves, deadlines, and what a history comes to. Pure.

Flow: 发现 → 复核 → 交办 → 签收 → 整改 → 反馈 → 复查 → 销号 or 退回; beside it 申诉, 逾期, 再次出现. No state is stored: it is what the events of an
item come to, in their order. Source: domain-rules §10; 国办 2015 criticised a rectification time of ten years, so deadlines are bounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from govcrawl.errors import UsageError
from govcrawl.model.orders import Order, OrderEvent
from govcrawl.text.working_days import WorkCalendar

FOUND, REVIEWED, ISSUED, RECEIVED, RECTIFYING, REPLIED = "found", "reviewed", "issued", "received", "rectifying", "replied"
RECHECKED, CLOSED, RETURNED, OBJECTED, OVERDUE, DROPPED, REPEATED = (
    "rechecked", "closed", "returned", "objected", "overdue", "dropped", "repeated",
)  # fmt: skip

STATES: Mapping[str, str] = {
    FOUND: "已发现", REVIEWED: "已复核", ISSUED: "已交办", RECEIVED: "已签收", RECTIFYING: "整改中", OVERDUE: "已逾期", REPLIED: "已反馈",
    RECHECKED: "已复查", RETURNED: "已退回", OBJECTED: "申诉中", CLOSED: "已销号", DROPPED: "已撤销", REPEATED: "再次出现",
}  # fmt: skip
"""State → in print, in the order of progress (an order stands where its least advanced open item stands)."""
WORKING = frozenset({ISSUED, RECEIVED, RECTIFYING, OVERDUE, RETURNED})
"""The unit must act."""
OPEN = WORKING | {REPLIED, RECHECKED, OBJECTED}
"""Not settled yet; what a re-check looks at, objections excepted."""
SETTLED = frozenset({CLOSED, DROPPED, REPEATED})

UNIT, INSPECTOR, APPROVER, MACHINE = "unit", "inspector", "approver", "machine"
ROLES: Mapping[str, str] = {UNIT: "责任单位", INSPECTOR: "检查人员", APPROVER: "审批人", MACHINE: "系统"}
LONGEST_DEADLINE = 250
"""Working days: about a year."""


@dataclass(slots=True, frozen=True)
class Move:
    """One allowed step: from which states, to which (null: the state stays, the step is only recorded), and who may make it."""

    name: str
    title: str
    before: frozenset[str]
    after: str | None
    by: frozenset[str]
    sets_deadline: bool = False


def _move(name: str, title: str, before: Iterable[str], after: str | None, by: Iterable[str], *, sets_deadline: bool = False) -> Move:
    return Move(name, title, frozenset(before), after, frozenset(by), sets_deadline)


_ALL_MOVES = (
    _move("review", "复核", {FOUND}, REVIEWED, {INSPECTOR}),
    _move("issue", "交办", {REVIEWED}, ISSUED, {INSPECTOR}, sets_deadline=True),
    _move("receive", "签收", {ISSUED, OVERDUE, RETURNED}, RECEIVED, {UNIT, INSPECTOR}),
    _move("start", "开始整改", {ISSUED, RECEIVED, RETURNED, OVERDUE}, RECTIFYING, {UNIT, INSPECTOR}),
    # a returned sheet says all at once: 签收, 整改 and 反馈
    _move("reply", "反馈", WORKING, REPLIED, {UNIT, INSPECTOR}),
    _move("object", "申诉", WORKING | {REPLIED, RECHECKED}, OBJECTED, {UNIT, INSPECTOR}),
    _move("uphold", "维持原判", {OBJECTED}, RETURNED, {INSPECTOR, APPROVER}, sets_deadline=True),
    _move("accept", "采纳申诉", {OBJECTED}, DROPPED, {APPROVER}),
    _move("overdue", "逾期", {ISSUED, RECEIVED, RECTIFYING, RETURNED}, OVERDUE, {MACHINE, INSPECTOR}),
    _move("extend", "延期", WORKING, RECTIFYING, {APPROVER}, sets_deadline=True),
    _move("remind", "催办", WORKING, None, {INSPECTOR, MACHINE}),
    _move("look", "复查记录", OPEN - {OBJECTED}, None, {MACHINE}),
    _move("recheck", "复查", WORKING | {REPLIED, RECHECKED}, RECHECKED, {MACHINE, INSPECTOR}),
    _move("close", "销号", {RECHECKED}, CLOSED, {INSPECTOR, APPROVER}),
    _move("return", "退回", {REPLIED, RECHECKED}, RETURNED, {INSPECTOR, APPROVER}, sets_deadline=True),
    _move("repeat", "再次出现", {CLOSED}, REPEATED, {MACHINE, INSPECTOR}),
)
MOVES: Mapping[str, Move] = {move.name: move for move in _ALL_MOVES}


@dataclass(slots=True)
class Standing:
    """What an item's history comes to."""

    state: str = FOUND
    due_on: str | None = None
    last: OrderEvent | None = None
    reply: OrderEvent | None = None
    """The newest reply."""
    result: OrderEvent | None = None
    """The newest re-check."""
    events: list[OrderEvent] = field(default_factory=list)


def allowed(state: str, role: str | None = None) -> list[Move]:
    """Moves that may be made in a state (by a role)."""
    return [move for move in _ALL_MOVES if state in move.before and (role is None or role in move.by)]


def check(state: str, name: str, role: str) -> Move:
    """The move, if it may be made.

    Raises:
        UsageError: it may not; says in Chinese what may, and by whom.
    """
    if role not in ROLES:
        raise UsageError(f"没有“{role}”这种身份（应为 {'、'.join(ROLES)}）")
    move = MOVES.get(name)
    if move is None:
        raise UsageError(f"没有“{name}”这种操作（应为 {'、'.join(MOVES)}）")
    if state in move.before and role in move.by:
        return move
    if state in move.before:
        who = "、".join(title for known, title in ROLES.items() if known in move.by)
        raise UsageError(f"{ROLES[role]}不能{move.title}：应由{who}操作")
    can = "；".join(f"{other.title}（{other.name}，{'、'.join(t for k, t in ROLES.items() if k in other.by)}）" for other in allowed(state))
    raise UsageError(f"{STATES[state]}的问题不能{move.title}；现在可以：{can or '无，已办结'}")


def standing(events: Iterable[OrderEvent]) -> Standing:
    """Follow the history of one item.

    Raises:
        UsageError: a step that was not allowed; the store never lets one in.
    """
    now = Standing()
    for event in events:
        move = check(now.state, event.move, event.role)
        now.state = move.after or now.state
        now.due_on = event.due_on or now.due_on
        now.last = event
        now.events.append(event)
        if event.move == "reply":
            now.reply = event
        elif event.move in ("recheck", "look"):
            now.result = event
    return now


def standings(order: Order, events: Sequence[OrderEvent]) -> dict[str, Standing]:
    """Finding → standing, for every item of an order."""
    by_item: dict[str, list[OrderEvent]] = {item.finding: [] for item in order.items}
    for event in events:
        by_item.setdefault(event.finding, []).append(event)
    return {finding: standing(rows) for finding, rows in by_item.items()}


def order_state(known: Mapping[str, Standing]) -> str:
    """Where an order stands: with its least advanced open item; once none is open, closed."""
    rank = {state: n for n, state in enumerate(STATES)}
    pending = [s.state for s in known.values() if s.state not in SETTLED]
    return min(pending, key=lambda state: rank[state]) if pending else CLOSED


def late(known: Standing, as_of: str) -> bool:
    """Whether the unit owes an answer and the deadline has passed (the day of the deadline itself is in time)."""
    return known.state in WORKING and known.due_on is not None and known.due_on < as_of


def deadline(calendar: WorkCalendar, issued_on: str, working_days: int) -> tuple[str, bool]:
    """(last day in time, provisional): the day of issue does not count.

    Raises:
        UsageError: less than one working day, or more than 250.
    """
    if not 1 <= working_days <= LONGEST_DEADLINE:
        raise UsageError(f"整改时限应为 1 至 {LONGEST_DEADLINE} 个工作日，不能是 {working_days} 个")
    due = calendar.nth_after(date.fromisoformat(issued_on), working_days)
    return due.isoformat(), calendar.provisional(due)
