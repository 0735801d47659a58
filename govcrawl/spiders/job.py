"""One site's crawl as its parts share it, and what all crawls of a process share."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies

from govcrawl import __version__, searching
from govcrawl.clock import moment
from govcrawl.errors import GovcrawlError, UsageError
from govcrawl.hosts import HostBudget, Hours
from govcrawl.model.facts import LOOK, RENDER, Context
from govcrawl.model.findings import Issue
from govcrawl.model.looks import SEARCH, SEARCH_DATA, SEARCH_PAGE, Look
from govcrawl.model.targets import Target
from govcrawl.page import addresses
from govcrawl.spiders.plan import CrawlPlan, Progress, Reading
from govcrawl.store import sealing
from govcrawl.store.frontier import Frontier
from govcrawl.store.recording import SnapshotWriter
from govcrawl.store.snapshots import repair_all
from govcrawl.telemetry import logs
from govcrawl.writer import Writer

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from govcrawl.browser import Browser
    from govcrawl.scheduler import FrontierScheduler

logger = logging.getLogger(__name__)


class SiteJob:
    """One site's crawl, or its round of looks, as spider, scheduler and middlewares share it (`spider.job`)."""

    def __init__(self, plan: CrawlPlan, target: Target, shared: Shared, looks: Sequence[Look] | None = None) -> None:
        self.plan, self.target, self.shared, self.looks = plan, target, shared, looks
        self.site = target.site
        self.writer, self.frontier, self.budget, self.browser = shared.writer, shared.frontier, shared.budget, shared.browser
        self.clock = plan.clock
        self.hours = Hours.parse(target.hours or plan.hours)
        self.progress = Progress(self.site)
        self.issues: list[Issue] = []
        self.stopping = False
        self.search = searching.Requests()
        self.crawler: Crawler | None = None
        self.scheduler: FrontierScheduler | None = None
        state = self.frontier.open_site(self.site, moment(plan.clock.now()))
        self.phase = state.phase
        self.hosts = own_hosts(target) | set(state.hosts)
        self.seen = self.frontier.seen(self.site)
        self._scope: Any = None

    @property
    def looking(self) -> bool:
        """True in the round of second looks."""
        return self.looks is not None

    @property
    def reading(self) -> Reading:
        return self.shared.reading

    def scope(self) -> Any:
        """The reading's scope of today, with the hosts as known by now."""
        today = self.plan.today or self.clock.now().date().isoformat()
        if self._scope is None or self._scope.today != today or self._scope.hosts != self.hosts:
            hosts, family = frozenset(self.hosts), self.shared.family | self.hosts
            self._scope = self.reading.Scope(home=self.target.url, hosts=hosts, family=frozenset(family), today=today)
        return self._scope

    def seed(self) -> None:
        """Put the first addresses, or the looks, into the frontier (known ones stay as they are); a given list is given by `give`."""
        if self.plan.given is not None:
            return
        if self.looks is not None:
            self.frontier.add(self.site, (), [(look, _look_context(look)) for look in self.looks])
            return
        strategy = getattr(self.crawler.spidercls, "strategy", None) if self.crawler is not None else None
        first: list[tuple[str, Context]] = [(self.target.url, Context(home=True))]
        if self.target.start and addresses.key(self.target.start) != addresses.key(self.target.url):
            first.append((self.target.start, Context(strategy=strategy)))
        self.frontier.add(self.site, first)

    def give(self, pages: Sequence[tuple[str, Context]], looks: Sequence[Look]) -> None:
        """Put a given list into the frontier."""
        self.frontier.add(self.site, pages, [(look, _look_context(look)) for look in looks])

    def own(self, url: str) -> bool:
        return addresses.host(url) in self.hosts

    def adopt(self, host: str) -> None:
        """The home page redirects there: the site's own from now on (rules, "Site")."""
        for name in twins(host):
            if name not in self.hosts:
                self.hosts.add(name)
                self.frontier.add_host(self.site, name)

    def nudge(self) -> None:
        """Make the engine ask the scheduler again (event loop only)."""
        crawler = self.crawler
        engine = crawler._engine if crawler is not None else None
        slot = engine._slot if engine is not None else None
        if slot is not None and slot.closing is None:
            slot.nextcall.schedule()


def _look_context(look: Look) -> Context:
    # a page rendered late is read like one rendered in time; only second tries are a role of their own
    if look.kind in (SEARCH, SEARCH_DATA, SEARCH_PAGE):
        return searching.context_of(look)
    return Context(role=RENDER if look.kind == "render" else LOOK, parent=look.referer, home=look.home)


def twins(host: str) -> tuple[str, ...]:
    """A host and its www twin."""
    bare = addresses.without_www(host)
    return (host,) if host != bare and bare.count(".") < 1 else (bare, f"www.{bare}")


def own_hosts(target: Target) -> set[str]:
    """The site's hosts: home, its www twin, the registry's further ones and its platforms, which are read too."""
    names = {addresses.host(target.url)}
    names.update(name.lower() for name in (*target.hosts, *target.service_hosts, *target.message_hosts))
    return {twin for name in names for twin in twins(name)}


@dataclass
class Shared:
    """What all crawls of a process share."""

    writer: Writer
    frontier: Frontier
    budget: HostBudget
    browser: Browser
    reading: Reading
    mask_key: bytes
    complete: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
    family: frozenset[str]
    jobs: dict[str, SiteJob] = field(default_factory=dict)
    failed: Callable[[GovcrawlError], None] = lambda error: None
    """To be called in the event loop where the frontier cannot be written."""
    held: set[str] = field(default_factory=set)
    """Sites that were held back because the writer is behind."""


@contextlib.contextmanager
def sharing(plan: CrawlPlan, failed: Callable[[GovcrawlError], None]) -> Iterator[Shared]:
    """Open what the crawls share, and close it in the order that keeps everything (inside a running event loop)."""
    from govcrawl.browser import Browser

    folder = plan.folder / "snapshots"
    sealing.finish(folder, plan.run)
    repair_all(folder, plan.run)
    frontier = Frontier(frontier_file(plan))
    loop = asyncio.get_event_loop()
    jobs: dict[str, SiteJob] = {}
    held: set[str] = set()

    def wake(sites: set[str]) -> None:
        waiting = sites | held
        held.clear()
        for site in waiting:
            if site in jobs:
                jobs[site].nudge()

    writer = Writer(
        plan.run,
        plan.store,
        frontier,
        SnapshotWriter(folder, plan.run, f"govcrawl/{__version__}", ourselves()),
        committed=lambda sites: _threadsafe(loop, wake, sites),
        failed=lambda error: _threadsafe(loop, failed, error),
    )
    try:
        budget = HostBudget(plan.delay, plan.concurrency)
        family = plan.family.union(*(own_hosts(target) for target in plan.targets))
        reading, complete = plan.reading or _reading(), plan.complete or _completion()
        browser = Browser(budget, user_agent(), mode=plan.render)
        yield Shared(writer, frontier, budget, browser, reading, plan.store.mask_key(), complete, family, jobs, failed, held)
    finally:
        writer.close()
        frontier.close()


def frontier_file(plan: CrawlPlan) -> Path:
    return plan.folder / f"frontier-{plan.run}.db"


def _threadsafe(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *values: Any) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended: nobody is left to be told
        loop.call_soon_threadsafe(call, *values)


def user_agent() -> str:
    """What the crawler calls itself; shields refuse whatever does not begin like a browser."""
    return f"Mozilla/5.0 (compatible; govcrawl/{__version__}; government website inspection)"


def ourselves() -> dict[str, str]:
    """Who fetches, in the words of a warcinfo record: what an inspected site sees of us in its own logs.

    `ip` is the address that this machine goes out by (no packet is sent to learn it); `via` the environment's proxies, which the site sees instead.
    """
    said = {"http-header-user-agent": user_agent()}
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # an address of documentation: a datagram socket only looks up the route
        said["ip"] = str(probe.getsockname()[0])
    proxies = {addresses.host(known) for scheme, known in getproxies().items() if scheme in ("http", "https")}
    if proxies := proxies - {""}:
        said["via"] = ", ".join(sorted(proxies))
    return said


def _reading() -> Reading:
    import govcrawl.reading

    module: Any = govcrawl.reading
    found: Reading = module
    return found


def _completion() -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    from govcrawl import rulebook
    from govcrawl.extract import complete

    calendar = rulebook.calendar()
    return lambda items: complete.complete(items, calendar)


@contextlib.contextmanager
def job_for_address(address: str | None, crawler: Crawler) -> Iterator[SiteJob]:
    """A job for `scrapy crawl portal -a target=URL`: store, frontier and snapshots in the working directory, no judgement.

    Raises:
        UsageError: no address, or none that can be fetched.
    """
    from govcrawl.store.base import open_store

    url = addresses.canonical(address or "", "http://localhost/")
    if url is None or not address or "://" not in address:
        raise UsageError("请用 -a target=网址 指定要抓取的网站，例如 -a target=http://www.qinghe.gov.cn/")
    logs.set_up(alone=True)
    host = addresses.host(url)
    target = Target(url=f"{url.partition('://')[0]}://{url.partition('://')[2].partition('/')[0]}/", site=host, start=url)
    store = open_store("sqlite:///govcrawl.db")
    plan = CrawlPlan(run=f"crawl-{host}", targets=[target], store=store, folder=store.folder)
    with contextlib.closing(store), sharing(plan, lambda error: logger.error("%s", error)) as shared:
        job = SiteJob(plan, target, shared)
        job.crawler = crawler
        shared.jobs[job.site] = job
        job.seed()
        yield job
        shared.browser.forget()
