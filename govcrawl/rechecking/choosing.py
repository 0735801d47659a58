"""What a re-check is asked for: ids of orders and of findings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from govcrawl import history, rectification
from govcrawl.model.findings import Finding
from govcrawl.model.orders import Order
from govcrawl.rectification import verdicts
from govcrawl.store.base import Store


@dataclass(slots=True)
class Open:
    """One finding to be looked at again, with the order it stands in."""

    finding: Finding
    order: str | None = None


def chosen(
    store: Store, arguments: Sequence[str], *, run: str | None, open_too: bool, sites: Collection[str]
) -> tuple[list[Open], list[str]]:  # fmt: skip
    """The findings meant, each once, and what was not understood.

    Args:
        arguments: ids of orders and findings.
        run: that bare ids of findings are taken from; null = the newest crawl that has them.
        open_too: every open finding of every order, whatever is named.
        sites: only those of these; empty = all.
    """
    orders = {order.id: order for order in store.orders()}
    ordered = {item.finding: order for order in orders.values() for item in order.items}
    wanted: dict[str, Open] = {}
    bad: list[str] = []
    known = _Findings(store)
    names = [*arguments, *(orders if open_too else ())]
    for name in names:
        if (order := orders.get(name)) is not None:
            for finding_id in _open_items(store, order):
                if (found := known.of(order.run, finding_id)) is not None:
                    wanted[finding_id] = Open(found, order.id)
                else:
                    bad.append(f"{name}：批次 {order.run} 中已没有问题 {finding_id}")
            continue
        home = ordered.get(name)
        run_id = run or (home.run if home is not None else None)
        found = known.of(run_id, name) if run_id else known.newest(name)
        if found is None or found.outcome not in verdicts.ACCUSED:
            replay = None if run_id or found else known.replay_with(name)
            hint = f"只见于重放批次 {replay}，请用 --run 指明" if replay else f"批次 {run_id}" if run_id else ""
            bad.append(f"{name}：既不是工单号，也不是问题编号" + (f"（{hint}）" if hint else ""))
        else:
            wanted[name] = Open(found, home.id if home is not None else None)
    return [o for o in wanted.values() if not sites or o.finding.site in sites], bad


def _open_items(store: Store, order: Order) -> list[str]:
    now = rectification.standings(order, store.order_events(order.id))
    return [finding for finding, s in now.items() if s.state in rectification.OPEN - {rectification.OBJECTED}]


class _Findings:
    """Findings of runs, read once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_run: dict[str, dict[str, Finding]] = {}

    def of(self, run_id: str, finding_id: str) -> Finding | None:
        if run_id not in self._by_run:
            self._by_run[run_id] = {f.id: f for f in self._store.findings(run_id)}
        return self._by_run[run_id].get(finding_id)

    def newest(self, finding_id: str) -> Finding | None:
        """As the newest crawl has it that has it; what only a replay says is asked for by naming that."""
        runs = (run.id for run in reversed(self._store.runs()) if history.fetched(run))
        return next((f for run in runs if (f := self.of(run, finding_id)) is not None), None)

    def replay_with(self, finding_id: str) -> str | None:
        """The newest replay that has it."""
        runs = (run.id for run in reversed(self._store.runs()) if run.state == "finished" and run.replay_of is not None)
        return next((run for run in runs if self.of(run, finding_id) is not None), None)
