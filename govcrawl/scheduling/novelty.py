"""What is new on a site since it was last looked at, by the first pages of its columns: addresses that nobody has read, entries that were changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from govcrawl import history, reading
from govcrawl.clock import Clock
from govcrawl.model.facts import ATTACHMENT, PAGE, Context, ListEntry, PageFacts, Visit
from govcrawl.model.looks import Look
from govcrawl.model.runs import SCAN, Run
from govcrawl.model.targets import Target
from govcrawl.page import addresses
from govcrawl.report.receipt import gone
from govcrawl.spiders.job import own_hosts
from govcrawl.store.base import Store
from govcrawl.text import normalise

Asked = list[tuple[str, Context]]


class Novelty:
    """What a scan is to ask, round by round (`CrawlPlan.given`): the columns, what is new in them, the files of what was read then.

    Known is what the last inspection and the scans since it have read, or the site said to be gone; what only failed is new again.
    """

    def __init__(self, store: Store, this: Run, base: Run, target: Target, columns: Sequence[str], most: int, clock: Clock) -> None:
        self._store, self._run, self._site, self._columns = store, this.id, target.site, columns
        hosts = frozenset(own_hosts(target))
        self._scope = reading.Scope(home=target.url, hosts=hosts, family=hosts, today=clock.now().date().isoformat())
        self._known: set[int] = set()
        self._listed: dict[int, str] = {}
        """Entry → what the newest list that showed it says of it."""
        for run in (base, *_scans_since(store, base, target)):
            self._remember(run)
        self._done: set[str] = set()
        self._asked: set[str] | None = None
        self.fronts: set[str] = set()
        """Addresses of first pages and of the answers that their lists came by."""
        self.most = len(columns) + most
        """Addresses that it may ask for."""
        self.left = 0
        """New addresses beyond what one scan may ask."""

    def _remember(self, run: Run) -> None:
        self._known.update(addresses.key(visit.url) for visit in self._store.visits(run.id, self._site) if _settled(visit))
        for page in self._lists(run):
            self._listed |= {addresses.key(entry.url): _shown(entry) for entry in _entries(page)}

    def _lists(self, run: Run) -> Iterator[PageFacts]:
        if run.kind == SCAN:
            yield from self._store.pages(run.id, self._site)
            return
        for url in self._columns:
            if (page := self._store.page(run.id, self._site, url)) is not None:
                yield page

    def given(self, _target: Target) -> tuple[Asked, list[Look]]:
        if self._asked is None:
            self._asked = set(self._columns)
            return [(url, Context()) for url in self._columns], []
        first = not self._done
        wanted: Asked = []
        for page in self._store.pages(self._run, self._site):
            if page.url not in self._done:
                self._done.add(page.url)
                if first:
                    self.fronts.add(page.url)
                wanted += self._of_list(page) if first else self._files(page)
        fresh = [(url, context) for url, context in dict(wanted).items() if url not in self._asked]
        room = max(0, self.most - len(self._asked))
        self.left += len(fresh[room:])
        self._asked.update(url for url, _ in fresh[:room])
        return fresh[:room], []

    def _of_list(self, page: PageFacts) -> Iterator[tuple[str, Context]]:
        new = {entry.url for entry in _entries(page) if not entry.outside and self._is_new(entry)}
        for url, context in reading.follow(page, Context(), self._scope):
            if url in new and context.role in (PAGE, ATTACHMENT):
                yield url, context

    def _is_new(self, entry: ListEntry) -> bool:
        key = addresses.key(entry.url)
        return key not in self._known or self._listed.get(key, _shown(entry)) != _shown(entry)

    def _files(self, page: PageFacts) -> Iterator[tuple[str, Context]]:
        """Files that a new page links; of a changed page those it had before, too."""
        return ((url, context) for url, context in reading.follow(page, Context(), self._scope) if context.role == ATTACHMENT)


def _scans_since(store: Store, base: Run, target: Target) -> list[Run]:
    runs = [run for run in store.runs() if run.kind == SCAN and history.fetched(run) and run.started_at > base.started_at]
    return [run for run in runs if history.inspected(run, target.site) is not None]


def _settled(visit: Visit) -> bool:
    """Whether asking again would tell nothing new; robots.txt is obeyed today as it was then."""
    return visit.outcome in ("read", "redirected") or visit.reason == "robots" or gone(visit)


def _entries(page: PageFacts) -> Iterator[ListEntry]:
    return (entry for block in page.lists if block.main for entry in block.entries)


def _shown(entry: ListEntry) -> str:
    """What a list says of an entry."""
    return f"{entry.date or ''} {normalise.squeeze(entry.title)}"
