"""When a problem was closed: by the order that holds it (销号, or an objection that was accepted), by a list, or taken back as 误报.

An order that is not closed holds its problem open, whatever else is said. A closing counts for what was seen before it; what a crawl sees
after it is a problem again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from govcrawl import history, rectification
from govcrawl.errors import UsageError, cause
from govcrawl.model.findings import Finding
from govcrawl.model.runs import Run
from govcrawl.rectification import CLOSED, DROPPED, REPEATED, STATES, Standing
from govcrawl.scoring.decisions import Decisions
from govcrawl.store.base import Store


@dataclass(slots=True, frozen=True)
class Closing:
    """Whether a problem is closed, and how; Chinese."""

    at: str | None
    """Moment or day; null while it is open."""
    how: str
    """工单 20261116-28c9ad-01 销号; of an open one, what it waits for."""

    @property
    def day(self) -> str:
        return (self.at or "")[:10]


class Closings:
    """Asked finding by finding, for a whole workspace."""

    def __init__(self, store: Store, listed: Mapping[str, str]) -> None:
        self._store, self._listed = store, listed
        self._decisions, self._known, self._began = store.decisions(), dict[str, Decisions](), dict[str, str]()
        self._orders: dict[str, list[tuple[str, Standing]]] = {}
        for order in store.orders():
            for finding, now in rectification.standings(order, store.order_events(order.id)).items():
                self._orders.setdefault(finding, []).append((order.id, now))

    def of(self, finding: Finding, run: Run) -> Closing:
        """Whether a finding of a run is closed."""
        held = self._orders.get(finding.id, [])
        for order, now in held:
            if now.state not in (CLOSED, DROPPED, REPEATED):
                return Closing(None, f"工单 {order} {STATES[now.state]}，未销号")
        closed = [
            Closing(now.last.at, f"工单 {order} {'销号' if now.state == CLOSED else '采纳申诉'}")
            for order, now in held
            if now.state != REPEATED and now.last is not None
        ]
        if finding.id in self._listed:
            closed.append(Closing(self._listed[finding.id], "列入销号清单"))
        seen = self._seen(finding, run)
        valid = [one for one in closed if (one.at or "") >= seen[: len(one.at or "")]]
        if run.as_of not in self._known:
            self._known[run.as_of] = Decisions(self._decisions, run.as_of)
        stands = self._known[run.as_of].on(finding)
        if stands.state == "false_positive" and stands.last is not None:
            valid.append(Closing(stands.last.at, "认定误报"))
        if valid:
            return max(valid, key=lambda one: one.at or "")
        return Closing(None, f"{closed[-1].how}之后仍有此问题" if closed else "未销号")

    def _seen(self, finding: Finding, run: Run) -> str:
        """When the page was fetched that bears the problem; not before its crawl was begun."""
        if run.id not in self._began:
            self._began[run.id] = history.began(self._store, run)
        fetched = [str(row["at"]) for row in finding.evidence if row.get("what") == "fetched" and row.get("at")]
        return max(self._began[run.id], *fetched)


def read(file: Path | None) -> dict[str, str]:
    """Finding id → day of its 销号, as a list says it (`编号,2026-12-01` a line; a first line without a digit is its header).

    Raises:
        UsageError: the list cannot be read.
    """
    closed: dict[str, str] = {}
    for number, line in enumerate(_lines(file), 1):
        if number == 1 and not re.search(r"\d", line):
            continue
        ident, _, day = (part.strip() for part in line.partition(","))
        try:
            closed[ident] = date.fromisoformat(day).isoformat()
        except ValueError:
            raise UsageError(f"{file} 第 {number} 行：应为“问题编号,日期”，如 8f1c2a0011223344,2026-12-01") from None
    return closed


def _lines(file: Path | None) -> list[str]:
    if file is None:
        return []
    try:
        return [line for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} 不可读：{cause(error)}") from error
