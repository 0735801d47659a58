"""Holding a site against its own last runs. Where much is missing now, its receipt says so and is no longer `complete`.

The measure is the best of the last three runs, so that a degraded run is no measure for the next one. What stays so for longer is how the site is
now (a new design without dates, a branch that was closed): three receipts have asked a person to look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from govcrawl import health, history
from govcrawl.model.runs import Run
from govcrawl.model.site_facts import SiteFacts
from govcrawl.model.targets import Target
from govcrawl.store.base import Store

LAST = 3


@dataclass(slots=True, frozen=True)
class _Seen:
    read: int
    rates: health.Rates


class Baseline:
    """The finished crawls before a run (of a replay: before the crawl that it judges again). They are read once, however many sites there are."""

    def __init__(self, store: Store, this: Run) -> None:
        self._store, self._this = store, this
        self._seen: dict[str, dict[str, _Seen]] = {}
        self._earlier: dict[str, list[tuple[Run, str | None]]] = {}
        """Site → those that inspected it, oldest first, with the address they began at."""
        for run in history.crawls_before(store, this):
            for target in history.sites(run):
                self._earlier.setdefault(target.site, []).append((run, target.start))

    def previous(self, site: str) -> Run | None:
        """The newest of them that inspected the site."""
        return self._earlier[site][-1][0] if site in self._earlier else None

    def mark(self, target: Target, receipt: dict[str, Any], facts: SiteFacts) -> None:
        """Note in the receipt how often fields were filled, and what is wrong with that; a `complete` one becomes `incomplete`."""
        records = self._store.records(self._this.id, target.site)
        now = health.rates(records, entries=len(facts.first_entry), dated=len(facts.list_dates))
        receipt["health"] = now.to_json()
        before = [seen for run in self._last(target) if (seen := self._receipts(run).get(target.site)) is not None]
        most = int(self._this.settings.get("max_pages", 0)) or receipt["pages"]["known"]
        read = min(most, max(seen.read for seen in before)) if before else None
        wrong = health.problems(now, receipt["pages"]["read"], health.Best([seen.rates for seen in before]), read)
        if not wrong or receipt["state"] not in ("complete", "incomplete"):
            return  # a site that could not be opened has said what is wrong with it
        receipt["state"] = "incomplete"
        receipt["note"] = "；".join(filter(None, [receipt.get("note"), *wrong]))

    def _last(self, target: Target) -> list[str]:
        """Runs that began where this one does: under another start address there are other pages."""
        return [run.id for run, start in self._earlier.get(target.site, ()) if start == target.start][-LAST:]

    def _receipts(self, run: str) -> dict[str, _Seen]:
        if run not in self._seen:
            self._seen[run] = {
                row["site"]: _Seen(row["pages"]["read"], health.Rates.of_json(row["health"]))
                for row in self._store.receipts(run)
                if "health" in row
            }
        return self._seen[run]
