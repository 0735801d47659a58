"""What must hold however the parts were struck: looked up in store, frontier, snapshots, queue and the consumer's file, while all goes on."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.chaos_part import TOLD, kept
from govcrawl.clock import SystemClock
from govcrawl.model.facts import Context, Visit
from govcrawl.scheduler import visit_url
from govcrawl.shelf import LostError, Shelf
from govcrawl.store.base import Store, open_store
from govcrawl.store.frontier import DONE, Row
from govcrawl.store.jobs import PARKED, RETIRED, open_queue

Key = tuple[str, str, str, str]
"""(run, site, address, role)"""


class Look:
    """Remembers what was acknowledged, and says what is not there any more."""

    def __init__(self, store: str, work: Path, outside: Path) -> None:
        self._location, self._work, self._outside = store, work, outside
        self._visits: set[Key] = set()
        self._told: list[bytes] = []
        self._jobs: set[str] = set()

    def remember(self) -> None:
        """What the store, the queue and the consumer have by now must be there ever after."""
        with closing(open_store(self._location)) as store:
            self._visits |= {_key(run, site, visit) for run, site, visit in _all_visits(store)}
        self._told = kept(self._outside / TOLD)
        with closing(open_queue(self._location, SystemClock())) as queue:
            self._jobs |= {job.id for job in queue.jobs()}

    def wrong(self) -> list[str]:
        """What does not hold, looked at twice: what is lost stays lost, while a file that is just being rewritten is whole a moment later."""
        found = self._wrong()
        if found:
            time.sleep(3.0)
            again = self._wrong()
            found = [each for each in found if each in again]
        return found

    def _wrong(self) -> list[str]:
        with closing(open_store(self._location)) as store:
            return [*self._pages(store), *self._feed(store), *self._queue()]

    def _pages(self, store: Store) -> list[str]:
        """Store and frontier agree, and every answer's bytes are there. What the frontier calls done was in the store before."""
        done = self._done()
        found, problems = set(), []
        shelf = Shelf(self._work / "snapshots")
        for run, site, visit in _all_visits(store):
            found.add(_key(run, site, visit))
            for attempt in visit.tries:
                if attempt.snapshot is not None:
                    try:
                        shelf.load(attempt.snapshot)
                    except LostError as error:
                        problems.append(f"bytes of {visit.url} in {run}: {error}")
        shelf.close()
        problems += [f"{' '.join(key)} was in the store and is not" for key in sorted(self._visits - found)[:3]]
        problems += [f"{' '.join(key)} is done in the frontier and not in the store" for key in sorted(done - found)[:3]]
        return problems

    def _done(self) -> set[Key]:
        found = set()
        for path in self._work.glob("frontier-*.db"):
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)) as db:
                sql = "SELECT sites.site, queue.url, queue.context FROM queue JOIN sites ON sites.id = queue.site WHERE queue.state = ?"
                if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'queue'").fetchone():
                    continue  # it is just being made
                for site, url, text in db.execute(sql, (DONE,)):
                    context = Context(**json.loads(text))
                    found.add((path.stem.removeprefix("frontier-"), site, visit_url(Row(site, 0, url, context)), context.role))
        return found

    def _feed(self, store: Store) -> list[str]:
        """The consumer has what the store tells, each number once and in order; it may be behind."""
        told = kept(self._outside / TOLD)
        changes = [json.loads(line) for line in told]
        problems = [] if told[: len(self._told)] == self._told else ["the consumer's file has changed"]
        if [change["seq"] for change in changes] != list(range(1, len(changes) + 1)):
            problems.append("the sequence has a gap, or tells a number twice")
        problems += [f"{name} told twice" for name, count in Counter((c["id"], c["rev"]) for c in changes).items() if count > 1][:3]
        after = 0
        while some := changes[after : after + 500]:
            if store.changes(after, len(some)) != some:
                problems.append(f"the store does not tell any more what it told after {after}")
            after += len(some)
        return problems

    def _queue(self) -> list[str]:
        problems = []
        with closing(open_queue(self._location, SystemClock())) as queue:
            jobs = {job.id: job for job in queue.jobs()}
        problems += [f"job {ident} is lost" for ident in sorted(self._jobs - jobs.keys())]
        for job in jobs.values():
            attempts = [past.attempt for past in job.past]
            if attempts != sorted(set(attempts)):
                problems.append(f"{job.id}: a claim ended twice ({attempts})")
            if job.state in (PARKED, RETIRED):
                problems.append(f"{job.id} is {job.state}: {job.note}")
        log = (self._outside / "log").read_text(encoding="utf-8").splitlines()
        return problems + [line for line in log if line.startswith("TWICE")]

    def findings(self, runs: dict[str, str]) -> dict[str, list[Any]]:
        """What some runs found, by site."""
        with closing(open_store(self._location)) as store:
            return {
                site: sorted((f.rule, f.url, str(f.value), f.outcome.value) for f in store.findings(run, site))
                for site, run in runs.items()
            }


def _all_visits(store: Store) -> list[tuple[str, str, Visit]]:
    return [
        (run.id, row["site"], visit)
        for run in store.runs()
        for row in run.targets
        for visit in (*store.visits(run.id, row["site"]), *store.looks(run.id, row["site"]))
    ]


def _key(run: str, site: str, visit: Visit) -> Key:
    return run, site, visit.url, visit.context.role
