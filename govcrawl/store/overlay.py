"""A run's facts with those of a later look laid over them: what was fetched again replaces what was there, all else stays as the run saw it.

Judging reads it like a store. Nothing of the run is written: records and draws of the judgement live in a scratch store.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from govcrawl.clock import Clock
from govcrawl.extract.assemble import JUDGED
from govcrawl.model.facts import PageFacts, Visit
from govcrawl.model.files import FileFacts
from govcrawl.model.findings import Review
from govcrawl.model.items import Probe, Record
from govcrawl.store.base import Store
from govcrawl.store.sqlite import SqliteStore


class Overlay:
    """The part of `Store` that judging one site needs. Whatever run is named, it is the pair of runs given here that answers."""

    def __init__(
        self,
        store: Store,
        run: str,
        later: str,
        site: str,
        scratch: Path,
        clock: Clock | None = None,
        counts: Callable[[Visit], bool] = lambda visit: True,
    ) -> None:
        """`counts`: says which later visits replace what the run saw; the others are left out."""
        self._store, self._run, self._later = store, run, later
        self._again = {visit.url for visit in store.visits(later, site) if counts(visit)}
        self._scratch = SqliteStore(scratch, clock=clock)
        self.location, self.folder = store.location, store.folder

    def visits(self, run_id: str, site: str, role: str | None = None) -> Iterator[Visit]:
        old = (visit for visit in self._store.visits(self._run, site, role) if visit.url not in self._again)
        new = (visit for visit in self._store.visits(self._later, site, role) if visit.url in self._again)
        yield from heapq.merge(old, new, key=lambda visit: visit.url)

    def looks(self, run_id: str, site: str) -> Iterator[Visit]:
        new = {visit.url: visit for visit in self._store.looks(self._later, site)}
        old = {visit.url: visit for visit in self._store.looks(self._run, site)}
        yield from (visit for _, visit in sorted((old | new).items()))

    def pages(self, run_id: str, site: str, *, links: bool = True) -> Iterator[PageFacts]:
        old = (page for page in self._store.pages(self._run, site, links=links) if page.url not in self._again)
        yield from heapq.merge(old, self._store.pages(self._later, site, links=links), key=lambda page: page.url)

    def page(self, run_id: str, site: str, url: str) -> PageFacts | None:
        return self._store.page(self._later if url in self._again else self._run, site, url)

    def documents(self, run_id: str, site: str, *, text: bool = True) -> Iterator[FileFacts]:
        old = (file for file in self._store.documents(self._run, site, text=text) if file.url not in self._again)
        yield from heapq.merge(old, self._store.documents(self._later, site, text=text), key=lambda file: file.url)

    def document(self, run_id: str, site: str, url: str) -> FileFacts | None:
        return self._store.document(self._later if url in self._again else self._run, site, url)

    def put_records(self, run_id: str, site: str, records: Iterable[Record], *, told: bool = True) -> None:
        self._scratch.put_records(run_id, site, (record for record in records if record.kind in JUDGED), told=False)

    def records(self, run_id: str, site: str, kind: str | None = None) -> Iterator[Record]:
        return self._scratch.records(run_id, site, kind)

    def put_draws(self, run_id: str, site: str, draws: dict[str, list[str]]) -> None:
        """Nothing: the run's samples stand."""

    def draws(self, run_id: str, site: str) -> dict[str, list[str]]:
        return self._store.draws(self._run, site)

    def probes(self, site: str, since: str, until: str) -> Iterator[Probe]:
        return self._store.probes(site, since, until)

    def first_seen(self, site: str, now: str) -> dict[str, str]:
        return self._store.first_seen(site, now)

    def decisions(self) -> Sequence[Review]:
        return self._store.decisions()

    def mask_key(self) -> bytes:
        return self._store.mask_key()

    def close(self) -> None:
        """Close the scratch store; the store itself stays open."""
        self._scratch.close()
