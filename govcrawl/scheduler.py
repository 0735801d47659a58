"""The frontier as Scrapy's scheduler: a request exists only from the moment it is handed out until its result is with the writer."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import re
from collections import Counter, deque
from typing import TYPE_CHECKING, Any, Self

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler

from govcrawl import searching
from govcrawl.errors import StoreError
from govcrawl.model.facts import DATA, LOOK, OUTSIDE, PAGE, PICTURE, RENDER, STYLE, PageResult, Visit
from govcrawl.page import addresses
from govcrawl.page.answers import SKIPPED
from govcrawl.store.frontier import Row

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler

    from govcrawl.spiders.job import SiteJob

WINDOW = 64
"""Rows taken from the disk at a time."""
BEHIND = 600
"""Results and exchanges that the writer may be behind before nothing more is handed out."""
BEHIND_BYTES = 96 << 20
LOW = 100
"""Priority of pictures and outside links: they fill the time in which the site itself must not be asked."""
GIVE_UP = 20
"""Failures in a row after which a host is left alone."""
LINKS = (OUTSIDE, PICTURE, LOOK, STYLE)

_DIGITS = re.compile(r"\d+")
"""Matches "2026" in "/art/2026/", not "a"."""
_DAY_VALUE = re.compile(r"(?:19|20|21)\d\d(?:[-/.]?(?:0?[1-9]|1[0-2]))?(?:[-/.]?(?:0?[1-9]|[12]\d|3[01]))?|0?[1-9]|[12]\d|3[01]")
"""Matches "2026-11", "20261105", "31" (whole values), not "202699999" nor "id7"."""
_DAY_NAME = re.compile(
    r"(?:y|m|d|yy|mm|dd|year|month|day|week|date|time|ymd|ym|nian|yue|ri|riqi|rq|nf|yf|cal\w*|\w*(?:year|month|date|day)|start|end|from|to)",
    re.I,
)
"""Matches "year", "startDate", "rq", not "id" nor "page"."""
_CALENDAR = re.compile(r"calendar|rili|/schedule", re.I)
"""Matches "/calendar/2031/7/", not "/art/2026/11/"."""


def patterns(url: str) -> tuple[str, str | None]:
    """(pattern of the address with digits collapsed, pattern of a calendar or null).

    The second one keeps every value that is no date, so that `show?id=7&year=2026` counts for id 7 alone.
    """
    rest = url.partition("://")[2]
    path, _, query = rest.partition("?")
    shape = _DIGITS.sub("#", path)
    if not query:
        return shape, shape if _CALENDAR.search(path) and "#" in shape else None
    names, rest_of_query, dated = [], [], False
    for part in query.split("&"):
        name, _, value = part.partition("=")
        names.append(name)
        if _DAY_NAME.fullmatch(name) and _DAY_VALUE.fullmatch(value):
            dated = True
            rest_of_query.append(name)
        else:
            rest_of_query.append(part)
    trap = f"{path}?{'&'.join(sorted(rest_of_query))}" if dated else None
    return f"{shape}?{'&'.join(sorted(names))}", trap


class PageBudget:
    """How many pages of a site, and of each pattern of its addresses, may be asked."""

    def __init__(self, pages: int, pattern: int, trap: int) -> None:
        self._pages, self._pattern, self._trap = pages, pattern, trap
        self._asked = 0
        self._by_pattern: Counter[str] = Counter()
        self._by_trap: Counter[str] = Counter()

    def spend(self, url: str) -> bool:
        """Count a page; False where it is one too many (then it is not counted)."""
        shape, trap = patterns(url)
        if self._asked >= self._pages or self._by_pattern[shape] >= self._pattern:
            return False
        if trap is not None:
            if self._by_trap[trap] >= self._trap:
                return False
            self._by_trap[trap] += 1
        self._asked += 1
        self._by_pattern[shape] += 1
        return True


class FrontierScheduler(BaseScheduler):
    """Hands out the rows of one site. What must not be asked becomes a skipped visit here, with its reason."""

    def __init__(self, job: SiteJob, crawler: Crawler) -> None:
        self._job, self._crawler = job, crawler
        self._window: deque[Row] = deque()
        self._links: deque[Row] = deque()
        self._again: list[tuple[float, int, Request]] = []
        self._count = itertools.count()
        self._at_host: Counter[str] = Counter()
        self._failures: dict[str, int] = {}
        self._last_answer: dict[str, float] = {}
        self._given_up: dict[str, str] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._rendered = 0
        self._stopping: asyncio.Task[None] | None = None
        plan = job.plan
        self._most_at_host = max(2, 2 * plan.concurrency)
        self._budget = PageBudget(plan.max_pages, plan.pattern_pages, plan.trap_pages)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        spider: Any = crawler.spider
        return cls(spider.job, crawler)

    def open(self, spider: Spider) -> None:
        self._job.scheduler = self
        for url, role in self._job.frontier.asked(self._job.site):
            if role in (PAGE, DATA):
                self._budget.spend(url)

    def close(self, reason: str) -> None:
        if self._timer is not None:
            self._timer.cancel()
        kept = [row.key for row in (*self._window, *self._links)]
        if kept:
            # on a full disk they stay in flight, which the next start turns into to-do; what failed first has been told
            with contextlib.suppress(StoreError):
                self._job.frontier.give_back(self._job.site, kept)
        self._window.clear()
        self._links.clear()

    def has_pending_requests(self) -> bool:
        return self._job.frontier.unfinished(self._job.site) > 0

    def enqueue_request(self, request: Request) -> bool:
        """Take back a request that is to be tried again; no other request comes this way."""
        if "row" not in request.meta:
            return False
        due = self._clock() + request.meta.pop("again_after", 0.0)
        heapq.heappush(self._again, (due, next(self._count), request))
        return True

    def next_request(self) -> Request | None:
        job = self._job
        if job.stopping:
            if self._stopping is None:  # a crawler that was just starting when all were stopped
                self._stopping = asyncio.get_running_loop().create_task(self._crawler.stop_async())
            return None
        if job.writer.backlog > BEHIND or job.writer.backlog_bytes > BEHIND_BYTES:
            job.shared.held.add(job.site)
            return None
        wait = job.hours.wait(job.clock.now())
        if wait > 0:
            self._wake_in(min(wait, 60.0))
            return None
        if self._again:
            due = self._again[0][0] - self._clock()
            if due <= 0:
                return heapq.heappop(self._again)[2]
            self._wake_in(due)
        try:
            row = self._next_row()
        except StoreError as error:
            job.shared.failed(error)
            return None
        return self._request(row) if row is not None else None

    def finished(self, row: Row, outcome: str, reason: str | None) -> None:
        """The result of a row is made: its place at the host is free, and the host's health is known better."""
        host = addresses.host(row.url)
        self._at_host[host] -= 1
        if self._at_host[host] <= 0:
            del self._at_host[host]
        self._job.progress.in_flight -= 1
        if row.context.role in LINKS:
            return
        if outcome == "blocked" or (outcome == "failed" and reason in ("unreachable", "timeout", "tls")):
            self._failures[host] = self._failures.get(host, 0) + 1
            since = self._clock() - self._last_answer.setdefault(host, self._clock())
            # a shield answers at once and keeps answering so; a host that is down may come back within minutes
            if self._failures[host] >= GIVE_UP and (outcome == "blocked" or since >= self._job.plan.give_up_after):
                self._given_up[host] = reason or "unreachable"
        else:
            self._failures.pop(host, None)
            self._given_up.pop(host, None)
            self._last_answer[host] = self._clock()

    # the next row

    def _next_row(self) -> Row | None:
        for _ in range(4 * WINDOW):
            row = self._pick()
            if row is None:
                self._job.writer.hurry()
                return None
            reason = self._refusal(row)
            if reason is None:
                self._at_host[addresses.host(row.url)] += 1
                self._job.progress.in_flight += 1
                return row
            visit = Visit(url=visit_url(row), context=row.context, outcome=SKIPPED, reason=reason)
            result = PageResult(site=row.site, key=row.key, visit=visit)
            result.discovered = searching.after(row.context, self._job.search.spent)
            self._job.writer.submit(result)
        self._wake_in(0.0)
        return None

    def _pick(self) -> Row | None:
        frontier, site = self._job.frontier, self._job.site
        if len(self._window) < WINDOW // 2:
            self._window.extend(frontier.take(site, WINDOW))
        row = self._first_free(self._window)
        if row is None and self._window and len(self._links) < 4 * WINDOW:
            if len(self._links) < WINDOW // 2:
                self._links.extend(frontier.take(site, WINDOW, at_most=LOW))
            row = self._first_free(self._links)
        elif row is None:
            row = self._first_free(self._links)
        return row

    def _first_free(self, rows: deque[Row]) -> Row | None:
        """The first row whose host has room."""
        for at, row in enumerate(rows):
            if self._at_host.get(addresses.host(row.url), 0) < self._most_at_host:
                del rows[at]
                return row
        return None

    def _refusal(self, row: Row) -> str | None:
        """Why a row is not asked at all; null = ask."""
        role, search = row.context.role, self._job.search
        if row.context.asks:
            search.spent = max(search.spent, row.context.spent)  # what a run that was killed had asked
            if not search.left:
                return "budget"
        if role == RENDER or row.context.render:
            if not self._job.browser.available:
                return "unrendered"
            self._rendered += 1
            if self._rendered > self._job.plan.render_pages:
                return "budget"
        if role not in LINKS and not row.context.home:
            given_up = self._given_up.get(addresses.host(row.url))
            if given_up is not None:
                return given_up
        if role in (PAGE, DATA) and not self._budget.spend(visit_url(row)):
            return "budget"
        return None

    def _request(self, row: Row) -> Request:
        job, context = self._job, row.context
        spider: Any = self._crawler.spider
        link = context.role in LINKS
        headers = {}
        referer = row.look.referer if row.look is not None else context.parent
        if referer and not (referer.startswith("https:") and row.url.startswith("http:")):
            headers["Referer"] = referer
        meta: dict[str, Any] = {
            "row": row,
            "tries": [],
            "download_timeout": job.plan.link_timeout if link else job.plan.page_timeout,
        }
        method, body = "GET", b""
        if context.form is not None:
            method, body = "POST", context.form.encode()
            kind = "application/json" if context.form[:1] in ("{", "[") else "application/x-www-form-urlencoded"
            headers["Content-Type"] = kind if context.asks else f"{kind}; charset=UTF-8"  # a search form may be sent in GBK
        if context.role == RENDER or context.render:
            meta.update(job.browser.request_meta(job, context))
        callback, errback = (spider.look_answered, spider.look_failed) if context.role == LOOK else (spider.answered, spider.failed)
        return Request(row.url, callback, method, headers, body, meta=meta, dont_filter=True, errback=errback)

    def _clock(self) -> float:
        return asyncio.get_running_loop().time()

    def _wake_in(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        if self._timer is not None and not self._timer.cancelled() and loop.time() < self._timer.when() <= loop.time() + seconds:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_later(seconds, self._job.nudge)


def visit_url(row: Row) -> str:
    """A row's address in visit and facts; answers to different forms posted to one address are told apart (it never shows)."""
    return row.url if row.context.form is None else f"{row.url}#{row.context.form}"
