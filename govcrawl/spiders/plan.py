"""What a crawl is told (`CrawlPlan`) and what it tells (`Progress`, `CrawlSummary`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from govcrawl.clock import Clock, SystemClock
from govcrawl.model.facts import Context, PageFacts
from govcrawl.model.findings import Issue
from govcrawl.model.looks import Look
from govcrawl.model.targets import Target
from govcrawl.store import frontier as frontiers
from govcrawl.store.base import Store

SIDE_BY_SIDE = 200
"""Sites crawled at once: politeness of 1-2 requests a second leaves one core that many."""


class Reading(Protocol):
    """What the spider asks of `govcrawl.reading` (tests give a small one of their own)."""

    Exchange: Callable[..., Any]
    Scope: Callable[..., Any]

    def read(self, exchange: Any, context: Context, scope: Any) -> Any: ...
    def follow(self, facts: PageFacts, context: Context, scope: Any) -> list[tuple[str, Context]]: ...
    def detect(self, texts: Any, key: bytes) -> list[Any]: ...


@dataclass(slots=True, eq=False)
class Progress:
    """How far one round over a site is. A site may have several, one after the other: each counts from nothing."""

    site: str
    read: int = 0
    failed: int = 0
    queued: int = 0
    in_flight: int = 0
    per_second: float = 0.0
    _counted: int = 0

    def tick(self) -> None:
        """A second has passed: smooth the rate over what was read in it."""
        self.per_second = 0.7 * self.per_second + 0.3 * (self.read - self._counted)
        self._counted = self.read


@dataclass(slots=True)
class CrawlSummary:
    """What became of one site. Numbers are over all starts of the process."""

    site: str
    finished: bool = False
    """Crawl and second looks are done; False after an interruption or a failure."""
    phase: str = frontiers.CRAWL
    requests: int = 0
    bytes: int = 0
    started_at: str | None = None
    ended_at: str | None = None
    outcomes: dict[tuple[str, str | None], int] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    """Hosts the home page redirected to, own from then on."""
    issues: list[Issue] = field(default_factory=list)


@dataclass(kw_only=True)
class CrawlPlan:
    """Everything a crawl is to know."""

    run: str
    targets: Sequence[Target]
    store: Store
    folder: Path
    """Workspace: frontier and `snapshots/` lie in it."""
    max_pages: int = 20_000
    delay: float = 0.5
    concurrency: int = 2
    hours: str | None = None
    """Allowed hours where the registry names none, `22-6`."""
    render: str = "auto"
    """auto, never, always."""
    page_timeout: float = 30.0
    link_timeout: float = 15.0
    second_look_after: float = 600.0
    dress: bool = False
    """Also keep the site's own style sheets, for screenshots."""
    today: str | None = None
    """Day of the fetch; None = by the clock."""
    crawled: Callable[[str], None] | None = None
    """Told each site whose crawl is written, before its second looks are waited for; returns at once."""
    looks: Callable[[Target], Sequence[Look]] | None = None
    """Called in a thread once a site's crawl is written; None = no second looks."""
    given: Callable[[Target], tuple[Sequence[tuple[str, Context]], Sequence[Look]]] | None = None
    """Called in a thread before each round over a site: only what it gives is asked, until it gives nothing; None = the whole site."""
    say: Callable[[str], None] | None = None
    """Progress in Chinese, a line now and then."""

    family: frozenset[str] = frozenset()
    """Hosts of the registered family beside the targets' own."""
    body_limit: int = 20 << 20
    pattern_pages: int = 5_000
    """Pages of one address pattern (digits collapsed)."""
    trap_pages: int = 60
    """Pages of one pattern that differ in dates only (endless calendars)."""
    tries: int = 3
    """Attempts at an own page that times out, breaks off or answers 5xx; links get one (their second look comes later)."""
    retry_wait: float = 5.0
    give_up_after: float = 120.0
    """Seconds without a single answer after which a host that failed 20 times in a row is not asked any more."""
    render_pages: int = 3_000
    """Pages of a site that may be rendered: one costs as much as a hundred plain ones."""
    side_by_side: int = SIDE_BY_SIDE
    clock: Clock = field(default_factory=SystemClock)
    progress: Callable[[list[Progress]], None] | None = None
    """Called each second with the sites under way."""
    handle_signals: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Scrapy settings that differ from `govcrawl.settings`."""
    spider: str = "portal"
    reading: Reading | None = None
    complete: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] | None = None
    """Cross-field completion of candidate records; None = extract.complete with the rulebook's calendar."""
