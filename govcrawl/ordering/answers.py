"""Reading the sheets that units send back into the histories of their orders."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from govcrawl import rectification
from govcrawl.clock import Clock, SystemClock, moment
from govcrawl.errors import UsageError
from govcrawl.model.orders import Order, OrderEvent
from govcrawl.rectification import returned
from govcrawl.store.base import Store, open_existing


@dataclass(slots=True)
class Imported:
    """What returned sheets came to."""

    replies: int = 0
    started: int = 0
    objections: int = 0
    silent: int = 0
    bad: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        return 5 if self.bad else 0

    def lines(self, *, as_json: bool) -> list[str]:
        if as_json:
            told = {"replies": self.replies, "started": self.started, "objections": self.objections, "blank": self.silent, "bad": self.bad}
            return [json.dumps(told, ensure_ascii=False)]
        said = f"已登记：反馈 {self.replies}，正在整改 {self.started}，申诉 {self.objections}；未填写 {self.silent}"
        return [said + (f"；有误未登记 {len(self.bad)}" if self.bad else "")]


_MOVED = {"reply": "replies", "start": "started", "object": "objections"}


def take_in(files: Sequence[Path], *, store: str, clock: Clock | None = None, say: Callable[[str], None] = lambda line: None) -> Imported:
    """Read returned sheets into the orders' histories: good rows are kept, each bad one is named by file, row and reason.

    The same sheet read twice changes nothing. A unit's row counts as its own step (责任单位).

    Raises:
        UsageError: a file is no sheet of ours.
    """
    clock = clock or SystemClock()
    opened = open_existing(store, clock)
    out = Imported()
    try:
        for file in files:
            _take_in_one(opened, file, clock, out)
        for line in out.bad:
            say(line)
        return out
    finally:
        opened.close()


def _take_in_one(store: Store, file: Path, clock: Clock, out: Imported) -> None:
    order_of, standing = _standings(store)
    today = clock.now().date().isoformat()

    def refused(finding: str, name: str) -> str | None:
        if finding not in order_of:
            return "不是工单中的问题编号"
        try:
            if not _same_again(standing[finding], name):
                rectification.check(standing[finding].state, name, rectification.UNIT)
        except UsageError as error:
            return str(error)
        return None

    sheet = _readable(file, lambda table: returned.read(table, today=today, refused=refused))
    out.silent += sheet.silent
    out.bad += [f"{file.name} {row}" for row in sheet.bad]
    by_order: dict[str, list[OrderEvent]] = {}
    for reply in sheet.replies:
        now, order = standing[reply.finding], order_of[reply.finding]
        data = {"done_on": reply.done_on, "proof": reply.proof, "file": file.name, "row": reply.row}
        if (
            now.last is not None
            and now.last.move == reply.move
            and now.last.note == reply.text
            and now.last.data.get("done_on") == reply.done_on
        ):
            continue
        if _same_again(now, reply.move):
            out.bad.append(f"{file.name} 第 {reply.row} 行（{reply.finding}）：已有登记，且内容不同；请先退回再重新反馈")
            continue
        event = OrderEvent(
            order=order.id, finding=reply.finding, move=reply.move, by=order.unit, role=rectification.UNIT, at=moment(clock.now()), note=reply.text,
            data=data,
        )  # fmt: skip
        by_order.setdefault(order.id, []).append(event)
        setattr(out, _MOVED[reply.move], getattr(out, _MOVED[reply.move]) + 1)
    for order_id, events in by_order.items():
        history = store.order_events(order_id)
        store.append_events(order_id, events, history[-1].n if history else 0)


def _same_again(now: rectification.Standing, name: str) -> bool:
    return now.last is not None and now.last.move == name and now.state == rectification.MOVES[name].after


def _standings(store: Store) -> tuple[dict[str, Order], dict[str, rectification.Standing]]:
    """The order each finding stands in (the newest, an open one first), and its standing there."""
    order_of: dict[str, Order] = {}
    standing: dict[str, rectification.Standing] = {}
    for order in store.orders():
        for finding, now in rectification.standings(order, store.order_events(order.id)).items():
            known = standing.get(finding)
            if known is None or known.state in rectification.SETTLED or now.state in rectification.OPEN:
                order_of[finding], standing[finding] = order, now
    return order_of, standing


def _readable(file: Path, read: Callable[[list[list[Any]]], returned.Returned]) -> returned.Returned:
    """The first sheet of a file that is one of ours."""
    problem: UsageError | None = None
    for table in returned.sheets_of(file):
        try:
            return read(table)
        except UsageError as error:
            problem = problem or error
    raise UsageError(f"{file.name}：{problem}")
