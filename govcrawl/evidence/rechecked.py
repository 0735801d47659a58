"""What re-checks fetched: which files, for which findings of which run. A re-check is no run; the journal of evidence and the histories of
orders know it. One that was killed has told nobody anything: no answer rests on its files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from govcrawl.evidence import journal
from govcrawl.evidence.album import run_of
from govcrawl.evidence.pointing import pointed
from govcrawl.model.items import Snapshot
from govcrawl.store.base import Store

_NUMBERED = re.compile(r"-\d+\Z")
"""Matches the "-2" of "20261207-0a1b2c-recheck-2" (findings of several runs), nothing in "20261207-0a1b2c-recheck"."""


@dataclass(slots=True)
class Recheck:
    """The re-check of findings of one run. Its WARC files bear its id."""

    id: str
    run: str
    at: str
    """When it was begun."""
    sites: set[str] = field(default_factory=set)
    findings: set[str] = field(default_factory=set)
    ended: bool = False

    def files(self, folder: Path, prefix: str = "") -> list[Path]:
        """Its snapshots, or with `sealing.PREFIX` the sealed copies of them; "…-recheck-2" is another one than "…-recheck"."""
        found = folder.glob(f"{prefix}{self.id}-*.warc.gz")
        return sorted(path for path in found if run_of(path.name.removeprefix(prefix)) == self.id)


def begin(workspace: Path, this: Recheck) -> None:
    """Note what a re-check is made for, before it fetches anything."""
    told = {"recheck": this.id, "run": this.run, "sites": sorted(this.sites), "findings": sorted(this.findings)}
    journal.append(workspace, {"what": "recheck", "at": this.at, **told})


def end(workspace: Path, ids: Iterable[str], at: str) -> None:
    """Note that the answers of re-checks have been given."""
    for ident in ids:
        journal.append(workspace, {"what": "rechecked", "at": at, "recheck": ident})


def known(store: Store) -> dict[str, Recheck]:
    """Every re-check of a workspace, by id."""
    found: dict[str, Recheck] = {}
    for entry in journal.entries(store.folder):
        if entry.get("what") == "recheck":
            found[entry["recheck"]] = Recheck(
                entry["recheck"], entry["run"], entry["at"], set(entry.get("sites", ())), set(entry.get("findings", ()))
            )
        elif entry.get("what") == "rechecked" and entry.get("recheck") in found:
            found[entry["recheck"]].ended = True
    for order in store.orders():
        sites = {item.finding: item.site for item in order.items}
        for event in store.order_events(order.id):
            for name in {run_of(s.warc) for s in pointed(event.data.get("after"))}:
                this = found.setdefault(name, Recheck(name, order.run, event.at))
                this.ended = True
                this.sites.add(sites[event.finding])
                this.findings.add(event.finding)
    return found


def of(store: Store, name: str) -> list[Recheck]:
    """Those of a run, or those that a re-check of findings of several runs is made of."""
    return [this for this in known(store).values() if name in (this.run, this.id, _NUMBERED.sub("", this.id))]


def references(store: Store, this: Recheck) -> Iterator[tuple[Snapshot, str]]:
    """(bytes, what points to them) of what a re-check fetched."""
    for site in sorted(this.sites):
        for visit in (*store.visits(this.id, site), *store.looks(this.id, site)):
            for attempt in visit.tries:
                if attempt.snapshot is not None:
                    yield attempt.snapshot, f"复查 {this.id} 访问 {visit.url}"


def answers(store: Store, run: str) -> Iterator[tuple[Snapshot, str]]:
    """(bytes, what points to them) of the answers that stand in the histories of a run's orders."""
    for order in store.orders(run):
        for event in store.order_events(order.id):
            for snapshot in pointed(event.data):
                yield snapshot, f"工单 {order.id} 问题 {event.finding} 的复查"
