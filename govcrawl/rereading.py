"""Reading stored snapshots again: every address of a run, in the context it was asked for, without the network.

rereading.reread(work, say)     all sites of a run over several processes; what came of it

What an answer comes to and what a page says is decided by the same functions as in the crawl (`answered`, `reading`, `searching`,
`extract.complete`), so that the same bytes give the same facts.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import time
import traceback
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from govcrawl import answered, reading, rulebook, searching
from govcrawl.errors import RulebookError, StoreError
from govcrawl.extract import complete
from govcrawl.extract.answers import Heard
from govcrawl.memory import seldom_collected
from govcrawl.model.facts import PAGE, RENDER, PageFacts, PageResult, TextPlace, Try, Visit
from govcrawl.model.findings import Issue
from govcrawl.model.items import Snapshot
from govcrawl.model.targets import Target
from govcrawl.page import addresses, answers
from govcrawl.shelf import LostError, Shelf
from govcrawl.spiders.job import own_hosts, twins
from govcrawl.store import snapshots
from govcrawl.store.base import Store, open_store
from govcrawl.telemetry import logs, metrics
from govcrawl.writer import put

logger = logging.getLogger(__name__)
BATCH = 100
_MOST = 2
"""Processes by default: each takes 100 MB, and the judging after them is one process's work anyway."""
FEW = 300
"""Addresses that one process reads before others are there."""
_TELL_EVERY = 10.0


@dataclass(slots=True, frozen=True, kw_only=True)
class Work:
    """What is to be read again."""

    store: str
    crawl: str
    """The run whose visits and snapshots are read."""
    run: str
    """The run that gets the results."""
    targets: tuple[Target, ...]
    """Sites to read, of `family`."""
    family: frozenset[str]
    """Hosts of all sites of the run."""
    rules: Path | None
    """Folder of the rules to read by; null = the shipped ones."""


@dataclass(slots=True, frozen=True)
class Lost:
    """Bytes that the run had and that are not there any more."""

    site: str
    url: str
    warc: str
    offset: int
    why: str

    def __str__(self) -> str:
        return f"{self.url}：{self.warc} 第 {self.offset} 字节处：{self.why}"


@dataclass(slots=True)
class Reread:
    """What reading again came to."""

    addresses: int = 0
    pages: int = 0
    """Read pages among them."""
    lost: list[Lost] = field(default_factory=list)
    issues: dict[str, list[Issue]] = field(default_factory=dict)
    sealed: set[str] = field(default_factory=set)
    """Addresses whose bytes were read from their sealed copy."""

    def add(self, other: Reread) -> None:
        self.addresses += other.addresses
        self.pages += other.pages
        self.lost += other.lost
        self.sealed |= other.sealed
        for site, found in other.issues.items():
            self.issues.setdefault(site, []).extend(found)


def reread(work: Work, say: Callable[[str], None], processes: int | None = None) -> Reread:
    """Read every address of the sites again and keep what they say under `work.run`; answers are judged anew, redirects and what was never
    asked stay as they were.

    Args:
        processes: null = two where there are two cores, and one alone where there is little to read.

    Raises:
        StoreError: the store fails, or a process of ours died.
        RulebookError: a rule file that the reading needs is wrong.
    """
    with closing(open_store(work.store)) as store:
        count = processes or (min(_MOST, len(os.sched_getaffinity(0))) if _many(store, work) else 1)
    if count == 1:
        return _share(work, 0, 1, say)
    total = Reread()
    # spawned: a fork would take the locks of this process's threads with it
    with ProcessPoolExecutor(count - 1, mp_context=multiprocessing.get_context("spawn"), initializer=logs.set_up) as pool:
        others: list[Future[Reread]] = [pool.submit(_share, work, part, count) for part in range(1, count)]
        total.add(_share(work, 0, count, say))
        try:
            for other in others:
                total.add(other.result())
        except BrokenProcessPool as error:
            raise StoreError("重放的进程意外结束（内存不足，或被终止）；再次运行同样的命令即可") from error
    total.lost.sort(key=lambda lost: (lost.site, lost.url, lost.offset))
    return total


def _many(store: Store, work: Work) -> bool:
    known = chain.from_iterable(store.visits(work.crawl, target.site) for target in work.targets)
    return any(number >= FEW for number, _ in enumerate(known))


def _share(work: Work, part: int, parts: int, say: Callable[[str], None] | None = None) -> Reread:
    """One process's share: the addresses whose checksum falls to it; a page and its rendering stay together."""
    if rulebook.used() != work.rules:
        rulebook.use(work.rules)
    told = time.monotonic()
    with closing(open_store(work.store)) as store, seldom_collected():
        done = Reread()
        for target in work.targets:
            site = _Site(store, work, target, done)
            batch: list[PageResult] = []
            for visit in chain(store.visits(work.crawl, target.site), store.looks(work.crawl, target.site)):
                if zlib.crc32(visit.url.encode()) % parts != part:
                    continue
                batch.append(site.result(visit))
                if len(batch) >= BATCH:
                    put(store, work.run, batch)
                    batch = []
                    if say is not None and time.monotonic() - told > _TELL_EVERY:
                        told = time.monotonic()
                        say(f"正在重读快照：约 {done.addresses * parts} 个网址")
            if batch:
                put(store, work.run, batch)
            site.close()
    return done


class _Site:
    """Reads the visits of one site again."""

    def __init__(self, store: Store, work: Work, target: Target, done: Reread) -> None:
        self._target, self._done = target, done
        self._shelf = Shelf(store.folder / "snapshots")
        self._key, self._calendar = store.mask_key(), rulebook.calendar()
        self._hosts = hosts_of(target, store.visits(work.crawl, target.site, PAGE))
        self._family = work.family | self._hosts
        self._scope: reading.Scope | None = None

    def close(self) -> None:
        self._shelf.close()

    def result(self, visit: Visit) -> PageResult:
        """The visit as it comes out today; what was not answered, or led elsewhere, as it was."""
        self._done.addresses += 1
        result = PageResult(site=self._target.site, key=0, visit=visit)
        last = visit.last
        if last is None or last.status is None or last.error == "loop" or visit.outcome in (answers.REDIRECTED, answers.SKIPPED):
            return result
        try:
            record = self._load(visit, last.snapshot)
        except LostError as error:
            self._lose(visit, last.snapshot, str(error))
            visit.outcome, visit.reason, visit.rendered, visit.title, visit.seen = answers.SKIPPED, "unread_file", False, None, None
            return result
        context = visit.context
        outcome, reason = answered.classified(context, last.status, record.headers, record.body, last.error)
        if outcome == answers.REDIRECTED:  # to nowhere: the crawl has said so
            return result
        visit.outcome, visit.reason, visit.title, visit.seen = outcome, reason, None, None
        visit.rendered = (context.role == RENDER or context.render) and outcome == answers.READ
        if outcome == answers.READ and (context.asks or context.role in answered.READ_ROLES):
            self._read(result, last, record)
        return result

    def _load(self, visit: Visit, taken: Snapshot | None) -> snapshots.Stored:
        if taken is None:
            raise LostError("没有留存内容")
        record, sealed = self._shelf.load(taken)
        if record.kind not in ("response", "conversion"):
            raise LostError("不是网站的应答")
        if sealed:
            self._done.sealed.add(visit.url)
        return record

    def _lose(self, visit: Visit, taken: Snapshot | None, why: str) -> None:
        where = taken or Snapshot("", 0, "")
        self._done.lost.append(Lost(self._target.site, visit.url, where.warc, where.offset, why))

    def _read(self, result: PageResult, last: Try, record: snapshots.Stored) -> None:
        visit, context = result.visit, result.visit.context
        try:
            if context.asks:
                visit.seen, _ = searching.read(self._exchange(visit, last, record), context, self._today(last))
                return
            if answered.is_file(context, record.headers, record.body):
                result.facts = PageFacts(url=visit.url, kind="attachment", fetched_at=last.at)
            else:
                exchange = self._exchange(visit, last, record)
                with metrics.READING.time():
                    read = reading.read(exchange, context, self._today(last))
                result.facts, result.texts = answered.settled(visit, read.facts, last.at), read.texts
        except RulebookError:
            raise
        except Exception:  # noqa: BLE001 as in the crawl: one page that we cannot read costs that page, and an issue of our own
            self._issue("search" if context.asks else "reading", visit.url, traceback.format_exc())
            result.facts = None
            visit.outcome, visit.reason = answers.FAILED, "no_data"
            return
        if result.facts is not None:
            result.facts.snapshot = last.snapshot
            self._complete(result.facts, result.texts)
            self._done.pages += 1
        result.texts = []

    def _complete(self, facts: PageFacts, texts: Sequence[TextPlace]) -> None:
        """What the pipelines of the crawl add."""
        try:
            if facts.items:
                facts.items = complete.complete(facts.items, self._calendar)
            if texts:
                with metrics.DETECTING.time():
                    facts.hits = reading.detect(texts, self._key)
        except RulebookError:
            raise
        except Exception:  # noqa: BLE001 the page is kept without what that stage would have added
            self._issue("pipeline", facts.url, traceback.format_exc())
            facts.notes["pipeline_failed"] = True

    def _exchange(self, visit: Visit, last: Try, record: snapshots.Stored) -> reading.Exchange:
        form, status = visit.context.form, last.status or 0
        url = visit.url if form is None else visit.url.removesuffix(f"#{form}")
        heard = tuple(self._heard(visit, attempt) for attempt in visit.heard)
        return reading.Exchange(url, status, record.headers, record.body, rendered=visit.rendered, heard=heard)

    def _heard(self, visit: Visit, attempt: Try) -> Heard:
        try:
            record = self._load(visit, attempt.snapshot)
        except LostError as error:
            self._lose(visit, attempt.snapshot, str(error))
            return Heard(attempt.url, attempt.form, "", b"")
        form = (attempt.form or "") if attempt.what == "POST" else None
        return Heard(attempt.url, form, record.headers.get("content-type", ""), record.body)

    def _today(self, last: Try) -> reading.Scope:
        today = last.at[:10]
        if self._scope is None or self._scope.today != today:
            self._scope = reading.Scope(home=self._target.url, hosts=self._hosts, family=self._family, today=today)
        return self._scope

    def _issue(self, where: str, url: str, detail: str) -> None:
        site = self._target.site
        logger.error("读取 %s 时出错，已记为内部问题：\n%s", url, detail, extra={"site": site, "url": url, "phase": where})
        what = detail.strip().rsplit("\n", 1)[-1][:200]
        self._done.issues.setdefault(site, []).append(Issue.make(where, what, detail=detail[-4000:], site=site, url=url))


def hosts_of(target: Target, visits: Iterator[Visit]) -> frozenset[str]:
    """The site's own hosts as the crawl knew them: the registry's, and those that its home page redirected to."""
    hosts = own_hosts(target)
    for visit in visits:
        if visit.context.home and visit.redirect_to:
            hosts.update(twins(addresses.host(visit.redirect_to)))
    return frozenset(hosts)
