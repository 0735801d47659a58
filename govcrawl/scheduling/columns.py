"""Looking at a site's columns between two full inspections: is there something new, and how often does each of them really change.

Only the first page of each list is asked for. What is seen is an observation, no finding: whether a column is stale is judged by an inspection,
which knows the articles too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from govcrawl import history
from govcrawl.clock import Clock, moment
from govcrawl.crawling import Crawling, CrawlPlan
from govcrawl.errors import InterruptedRunError
from govcrawl.model.facts import Context, PageFacts
from govcrawl.model.items import Column
from govcrawl.model.runs import Run
from govcrawl.model.targets import Target
from govcrawl.page import addresses
from govcrawl.pinning import claimed_names
from govcrawl.scheduling.config import Freshness
from govcrawl.scheduling.planning import rhythm
from govcrawl.spiders.job import own_hosts
from govcrawl.spiders.plan import CrawlSummary
from govcrawl.store import claims
from govcrawl.store.base import Store, open_store

_LIVE = "live"
_RUN = "look"


@dataclass(slots=True, frozen=True, kw_only=True)
class Seen:
    """What the last look at a column said; it travels in the job's memory."""

    at: str
    every: float
    """Seconds until the next look."""
    newest_on: str | None = None
    """Null where no date could be read."""


Memory = dict[str, Seen]
"""Address of a column → what was seen of it."""


def watched(store: Store, target: Target) -> list[str]:
    """Columns of a site that live by being updated, as its last finished inspection found them."""
    run = inspected(store, target)
    if run is None:
        return []
    own = own_hosts(target)
    columns = (record for record in store.records(run.id, target.site, "column") if isinstance(record, Column))
    return [c.url for c in columns if c.state == _LIVE and not c.link_only and addresses.host(c.url) in own]


def inspected(store: Store, target: Target) -> Run | None:
    """The last finished inspection of a site that found columns."""
    runs = reversed(history.crawls(store.runs(), target.site))
    return next((run for run in runs if next(iter(store.records(run.id, target.site, "column")), None) is not None), None)


def due(columns: Sequence[str], memory: Mapping[str, Seen], now: datetime) -> list[str]:
    """Columns whose next look has come. One that was last seen in the future was seen by a wrong clock."""
    waiting = []
    for url in columns:
        seen = memory.get(url)
        at = datetime.fromisoformat(seen.at) if seen else now
        if seen is None or at > now or at + timedelta(seconds=seen.every) <= now:
            waiting.append(url)
    return waiting


def look(store: Store, target: Target, columns: Sequence[str], bounds: Freshness, clock: Clock, hours: str | None) -> Memory:
    """Ask for some columns of a site, politely as an inspection does, and keep nothing of it in the store.

    Raises:
        BusyError: another process works on the site.
        InterruptedRunError: stopped.
    """
    with claims.claimed(store.folder, claimed_names([target])), tempfile.TemporaryDirectory(prefix="govcrawl-look-") as place:
        folder = Path(place)
        with closing(open_store(f"sqlite:///{folder}/look.db")) as scratch:
            given = iter([[(url, Context()) for url in columns]])
            plan = CrawlPlan(
                run=_RUN, targets=[target], store=scratch, folder=folder, spider="recheck", given=lambda _: (next(given, []), ()),
                max_pages=room(len(columns)), delay=bounds.delay, hours=hours, clock=clock,
            )  # fmt: skip
            crawled(plan)
            pages = {page.url: page for page in scratch.pages(_RUN, target.site, links=False)}
    now = clock.now()
    return {url: seen_on(pages.get(url), bounds, now) for url in columns}


def room(addresses: int) -> int:
    """Pages that a crawl of so many addresses may ask: each may redirect, or fetch its list by a second answer."""
    return 2 * addresses + 8


def crawled(plan: CrawlPlan) -> Mapping[str, CrawlSummary]:
    """Ask what a plan gives; its queue is of no use to anybody afterwards.

    Raises:
        InterruptedRunError: stopped.
    """
    try:
        return Crawling(plan).run()
    except KeyboardInterrupt:
        raise InterruptedRunError("已停止") from None
    finally:
        for leftover in plan.folder.glob(f"frontier-{plan.run}.db*"):
            leftover.unlink(missing_ok=True)


def seen_on(page: PageFacts | None, bounds: Freshness, now: datetime) -> Seen:
    """What the first page of a column's list says of its rhythm."""
    today = now.date().isoformat()
    blocks = [block for block in page.lists if block.main] if page is not None else []
    days = {entry.date for block in blocks for entry in block.entries if entry.date and entry.date <= today}
    return Seen(at=moment(now), every=rhythm(days, bounds, today), newest_on=max(days, default=None))


def remembered(columns: Sequence[str], before: Memory, seen: Memory) -> Memory:
    """What is kept of the columns that are still there; what could not be read now does not make forgotten what was read before."""
    kept: Memory = {}
    for url in columns:
        then, now = before.get(url), seen.get(url)
        if now is not None and then is not None and now.newest_on is None:
            now = replace(now, newest_on=then.newest_on)
        if (one := now or then) is not None:
            kept[url] = one
    return kept


def next_look(columns: Sequence[str], memory: Mapping[str, Seen], bounds: Freshness, now: datetime) -> float:
    """Seconds until the first of the columns is due again."""
    moments = [datetime.fromisoformat(memory[url].at) + timedelta(seconds=memory[url].every) for url in columns if url in memory]
    soonest = min(((at - now).total_seconds() for at in moments), default=bounds.every)
    return min(bounds.at_most, max(bounds.at_least / 4, soonest))


def summary(before: Mapping[str, Seen], seen: Mapping[str, Seen]) -> str:
    """What a look came to, in words; a column that was never read before has no news yet."""
    newer = unread = 0
    for url, now in seen.items():
        then = before[url].newest_on if url in before else None
        unread += now.newest_on is None
        newer += now.newest_on is not None and then is not None and now.newest_on > then
    return f"看了 {len(seen)} 个栏目，有更新 {newer} 个，未能读出日期 {unread} 个"
