"""A site on both sides of a re-check: as the run saw it, and as it is now."""

from __future__ import annotations

from functools import cached_property

from govcrawl import judging
from govcrawl.model.facts import PageFacts, Visit
from govcrawl.model.files import FileFacts
from govcrawl.model.findings import Finding
from govcrawl.model.looks import SEARCH, SEARCH_DATA, Look
from govcrawl.model.runs import Run
from govcrawl.model.site_facts import ColumnFacts
from govcrawl.model.targets import Target
from govcrawl.page import addresses
from govcrawl.spiders.job import own_hosts
from govcrawl.store.base import Store

_SEARCHES = (SEARCH, SEARCH_DATA)


class Before:
    """A site as the run saw it (`pursuit.Before`)."""

    def __init__(self, store: Store, this: Run, target: Target) -> None:
        self._store, self._run, self._target = store, this, target
        self._visits: dict[str, Visit] = {}
        for visit in store.visits(this.id, target.site):
            if visit.context.role != "render" or visit.url not in self._visits:
                self._visits[visit.url] = visit
        self.home = target.url
        first = self._visits.get(target.url)
        onward = first.redirect_to if first is not None else None
        self.adopted = frozenset({addresses.host(onward)} if onward else ())
        self._hosts = own_hosts(target) | self.adopted

    def visit(self, url: str) -> Visit | None:
        return self._visits.get(url)

    def page(self, url: str) -> PageFacts | None:
        return self._store.page(self._run.id, self._target.site, url)

    def own(self, url: str) -> bool:
        return addresses.host(url) in self._hosts

    def search(self, finding: Finding) -> list[Look]:
        """The same requests as then, one for each title, whatever they led to."""
        visits = [v for v in self._store.looks(self._run.id, self._target.site) if v.context.strategy in _SEARCHES and v.context.asks]
        plainest_last = sorted(visits, key=lambda v: (v.context.render, v.context.hops), reverse=True)
        first = {v.context.asks[0][0]: v for v in plainest_last if v.context.asks}
        plain = [first[title] for title in sorted(first)]
        if finding.rule == "search-not-found":
            plain = [v for v in plain if (v.context.asks or [["", ""]])[0][0] == finding.value]
        elif finding.rule == "search-not-grouped":
            plain = plain[:1]
        return [
            Look(
                kind=v.context.strategy or SEARCH, url=v.url.partition("#")[0], referer=v.context.parent, form=v.context.form,
                asks=tuple((title, url) for title, url, *_ in (v.context.asks or ())[:1]),
            )
            for v in plain
        ]  # fmt: skip

    @cached_property
    def columns(self) -> list[ColumnFacts]:
        return judging.structure_of(self._store, self._run, self._target).columns


class Now:
    """What the re-check has fetched by now (`pursuit.Now`)."""

    def __init__(self, store: Store, later: str, site: str) -> None:
        self._store, self._later, self._site = store, later, site
        self._visits: dict[str, Visit] = {}
        for visit in store.visits(later, site):
            if visit.context.role != "render" or visit.url not in self._visits:
                self._visits[visit.url] = visit
        self._looks = {visit.url: visit for visit in store.looks(later, site)}
        self._pages: dict[str, PageFacts | None] = {}

    def visit(self, url: str) -> Visit | None:
        return self._visits.get(url)

    def look(self, url: str) -> Visit | None:
        return self._looks.get(url)

    def file(self, url: str) -> FileFacts | None:
        return self._store.document(self._later, self._site, url)

    def page(self, url: str) -> PageFacts | None:
        if url not in self._pages:
            self._pages[url] = self._store.page(self._later, self._site, url) if url in self._visits else None
        return self._pages[url]
