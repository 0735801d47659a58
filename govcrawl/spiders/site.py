"""One crawl of one site. Each answer or failure gives exactly one `PageResult`; what it leads to goes to the frontier, not to the engine.

The spider decides nothing about pages: `reading` says what a page says and leads to, `answers` what an answer means.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import logging
import re
import socket
import traceback
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from scrapy import Request, Spider, signals
from scrapy.http import Response
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet import threads
from twisted.python.failure import Failure

from govcrawl import answered, searching
from govcrawl.clock import moment
from govcrawl.downloads import error_word
from govcrawl.errors import RulebookError
from govcrawl.middlewares import RefusedError, StoppedError
from govcrawl.model.facts import DATA, OUTSIDE, PAGE, RENDER, STYLE, Context, PageFacts, PageResult, Try, Visit
from govcrawl.model.findings import Issue
from govcrawl.page import addresses, answers
from govcrawl.scheduler import visit_url
from govcrawl.store.frontier import MAX_HOPS, Row
from govcrawl.store.frontier_rows import hop_key, key_of
from govcrawl.telemetry import metrics

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from govcrawl.spiders.job import SiteJob

logger = logging.getLogger(__name__)
CONTROL_SECONDS = 20.0
"""How long the answer of a control address stands for "at that minute"."""


_SHEETS_WITHIN = 65_536
_SHEET = re.compile(rb"<link\b[^>]{0,400}stylesheet[^>]{0,400}>", re.I)
"""Matches <link href="/a.css" rel="stylesheet">, not <link rel="icon" href="/a.ico">."""
_HREF = re.compile(rb"href\s*=\s*[\"']?([^\"'\s>]+)", re.I)
"""Matches href="/a.css" and href=/a.css, not hreflang="zh"."""


class SiteSpider(Spider):
    """Base of the entries; they differ in the strategy their first page is read by."""

    strategy: str | None = None

    def __init__(self, job: SiteJob, **values: Any) -> None:
        super().__init__(**values)
        self.job = job
        self._redirects: dict[int, int] = {}
        self._controls: dict[str, tuple[float, dict[str, Any]]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, job: SiteJob | None = None, target: str | None = None, **values: Any) -> Self:
        """Make the spider of a prepared job, or of an address (`scrapy crawl portal -a target=URL`)."""
        closing = contextlib.ExitStack()
        if job is None:
            from govcrawl.spiders.job import job_for_address

            job = closing.enter_context(job_for_address(target, crawler))
        spider: Self = super().from_crawler(crawler, *args, job=job, **values)
        crawler.signals.connect(spider._item_lost, signals.item_error)
        crawler.signals.connect(spider._spider_failed, signals.spider_error)

        def close() -> None:
            closing.close()

        crawler.signals.connect(close, signals.spider_closed, weak=False)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Nothing: the frontier holds what is to be asked."""
        nothing: tuple[Any, ...] = ()
        for request in nothing:
            yield request

    # answers

    def answered(self, response: Response) -> list[PageResult]:
        request = response.request
        assert request is not None
        row: Row = request.meta["row"]
        headers = _headers(response)
        outcome, reason = answered.classified(row.context, response.status, headers, response.body, request.meta.get("error"))
        visit = self._visit(row, request, outcome, reason)
        visit.media_type = headers.get("content-type", "").partition(";")[0].strip().lower() or None
        visit.bytes = len(response.body) if not request.meta.get("error") else _declared(headers)
        visit.rendered = (row.context.role == RENDER or row.context.render) and outcome == answers.READ
        result = PageResult(site=row.site, key=row.key, visit=visit)
        if outcome == answers.REDIRECTED:
            self._redirected(row, result)
        elif outcome == answers.READ and (row.context.asks or row.context.role in answered.READ_ROLES):
            try:
                (self._read_search if row.context.asks else self._read)(row, response, headers, result)
            except RulebookError as error:
                # every further page would fail the same way; this one is asked again once the rule file is mended
                self.job.shared.failed(error)
                return []
        return [self._done(row, result)]

    def failed(self, failure: Failure) -> list[PageResult]:
        request: Request = failure.request  # type: ignore[attr-defined]
        row: Row = request.meta["row"]
        error = failure.value
        assert error is not None
        if isinstance(error, StoppedError):
            return []
        if isinstance(error, RefusedError):
            visit = self._visit(row, request, answers.SKIPPED, "robots")
        else:
            visit = self._visit(row, request, *answers.classify(None, {}, b"", error_word(error, proxied=bool(request.meta.get("proxy")))))
            if row.context.role == RENDER or row.context.render:
                visit.reason = "unrendered"
        return [self._done(row, PageResult(site=row.site, key=row.key, visit=visit))]

    def _visit(self, row: Row, request: Request, outcome: str, reason: str | None) -> Visit:
        return Visit(url=visit_url(row), context=row.context, outcome=outcome, reason=reason, tries=list(request.meta["tries"]))

    def _done(self, row: Row, result: PageResult) -> PageResult:
        visit, progress = result.visit, self.job.progress
        if visit.outcome == answers.READ:
            progress.read += 1
        elif visit.outcome != answers.REDIRECTED:
            progress.failed += 1
            result.discovered += self._fresh_looks(searching.after(row.context, self.job.search.spent))
        assert self.job.scheduler is not None
        self.job.scheduler.finished(row, visit.outcome, visit.reason)
        return result

    # redirects

    def _redirected(self, row: Row, result: PageResult) -> None:
        """Record the hop and put its target into the frontier."""
        visit, context, job = result.visit, row.context, self.job
        target = visit.last.location if visit.last is not None else None
        visit.redirect_to = target
        if target is None:
            visit.outcome, visit.reason = answers.FAILED, "no_data"
            return
        role = context.role
        if context.home and not job.own(target):
            job.adopt(addresses.host(target))
        if role in (PAGE, DATA, RENDER) and not job.own(target):
            role = OUTSIDE
        elif role == OUTSIDE and job.own(target) and not job.own(row.url):
            role = PAGE
        kept = context.form if context.asks and visit.last is not None and visit.last.status in (307, 308) and job.own(target) else None
        onward = replace(context, role=role, form=kept, hops=context.hops + 1)
        key = hop_key(row.url, target, onward)
        if context.hops >= MAX_HOPS or self._circle(row.key, key):
            visit.outcome, visit.reason = answers.FAILED, "unreachable"
            assert visit.last is not None
            visit.last.error = "loop"
            return
        self._redirects[row.key] = key
        if key not in job.seen and (not job.looking or context.asks):
            job.seen.add(key)
            result.discovered.append((target, onward))
        elif context.asks:  # it leads where another title has led
            result.discovered += self._fresh_looks(searching.after(context, job.search.spent))

    def _circle(self, key: int, target: int) -> bool:
        """Whether following the redirects known so far from `target` leads back."""
        for _ in range(MAX_HOPS + 1):
            if target == key:
                return True
            onward = self._redirects.get(target)
            if onward is None:
                return False
            target = onward
        return True

    # reading

    def _read(self, row: Row, response: Response, headers: dict[str, str], result: PageResult) -> None:
        job, context, visit = self.job, row.context, result.visit
        fetched = visit.last.at if visit.last is not None else moment(job.clock.now())
        if answered.is_file(context, headers, response.body):
            result.facts = PageFacts(url=visit.url, kind="attachment", fetched_at=fetched)
            return
        try:
            scope = job.scope()
            exchange = self._exchange(row, response, headers, visit)
            with metrics.READING.time():
                reading = job.reading.read(exchange, context, scope)
                onward = [] if job.looking else job.reading.follow(reading.facts, context, scope)
            result.texts = list(reading.texts)
            if not job.looking:
                result.discovered = self._fresh(row, reading.facts, [*onward, *self._styles(row, response.body)])
            result.facts = answered.settled(visit, reading.facts, fetched)
        except RulebookError:
            raise
        except Exception:  # noqa: BLE001 one page that we cannot read costs that page, and an issue of our own
            self._issue("reading", visit.url, traceback.format_exc())
            result.facts, result.texts, result.discovered = None, [], []
            visit.outcome, visit.reason = answers.FAILED, "no_data"

    def _exchange(self, row: Row, response: Response, headers: dict[str, str], visit: Visit) -> Any:
        """The answer as it is read, with what its scripts fetched; the visit keeps where that lies."""
        heard = response.meta.get("heard")
        also = {"heard": tuple(answer for answer, _ in heard)} if heard else {}
        visit.heard = [attempt for _, attempt in heard or ()]
        return self.job.reading.Exchange(row.url, response.status, headers, response.body, rendered=visit.rendered, **also)

    def _read_search(self, row: Row, response: Response, headers: dict[str, str], result: PageResult) -> None:
        """An answer of the site's own search, in the round of looks."""
        try:
            exchange = self._exchange(row, response, headers, result.visit)
            result.visit.seen, found = searching.read(exchange, row.context, self.job.scope(), self.job.search.spent)
        except RulebookError:
            raise
        except Exception:  # noqa: BLE001 as for any page
            self._issue("search", row.url, traceback.format_exc())
            result.visit.outcome, result.visit.reason = answers.FAILED, "no_data"
            return
        result.discovered = self._fresh_looks(found)

    def _fresh_looks(self, found: list[tuple[str, Context]]) -> list[tuple[str, Context]]:
        """What nobody has asked, which is known from now on."""
        seen = self.job.seen
        fresh = [(url, context) for url, context in found if key_of(url, context) not in seen]
        seen.update(key_of(url, context) for url, context in fresh)
        return fresh

    def _styles(self, row: Row, body: bytes) -> list[tuple[str, Context]]:
        """The style sheets that a page names in its head, where they lie on the site itself. A site has a handful, whatever its size."""
        found: list[tuple[str, Context]] = []
        if not self.job.plan.dress:
            return found
        for tag in _SHEET.findall(body, 0, _SHEETS_WITHIN):
            href = _HREF.search(tag)
            url = addresses.canonical(html.unescape(href[1].decode("utf-8", "replace")), row.url) if href is not None else None
            if url is not None and self.job.own(url):
                found.append((url, Context(role=STYLE, parent=row.url, depth=row.context.depth + 1)))
        return found

    def _fresh(self, row: Row, facts: PageFacts, found: Sequence[tuple[str, Context]]) -> list[tuple[str, Context]]:
        """What nobody has come upon yet. Most links of a page are known: they cost a look-up, not a Request."""
        job, seen = self.job, self.job.seen
        if job.plan.render == "always" and row.context.role == PAGE and facts.kind not in ("attachment", "data"):
            found = [*found, (row.url, Context(role=RENDER, parent=row.context.parent, depth=row.context.depth, home=row.context.home))]
        if row.context.home and job.target.start and addresses.key(job.target.start) != addresses.key(row.url):
            # only pages linked from the start address on are followed; of the home page no more than its own rendering
            found = [(url, context) for url, context in found if context.role == RENDER and url == row.url]
        fresh = []
        for url, context in found:
            key = key_of(url, context)
            if key not in seen:
                seen.add(key)
                fresh.append((url, context))
        return fresh

    # second looks

    async def look_answered(self, response: Response) -> list[PageResult]:
        """A second look's answer; the control address is asked right after."""
        results = self.answered(response)
        await self._control(response.meta["row"], results, response.meta.get("proxy"))
        return results

    async def look_failed(self, failure: Failure) -> list[PageResult]:
        results = self.failed(failure)
        meta = failure.request.meta  # type: ignore[attr-defined]
        await self._control(meta["row"], results, meta.get("proxy"))
        return results

    async def _control(self, row: Row, results: list[PageResult], proxy: str | None) -> None:
        look = row.look
        if look is None or look.control is None or not results:
            return
        last = results[0].visit.last
        if last is None:
            return
        now = self.job.clock.monotonic()
        known = self._controls.get(look.control)
        if known is None or now - known[0] > CONTROL_SECONDS:
            known = self._controls[look.control] = (now, await self._ask_control(look.control))
        last.control = dict(known[1])
        if results[0].visit.outcome == answers.FAILED:
            last.resolved = await self._resolved(addresses.host(last.url), proxy)

    async def _resolved(self, host: str, proxy: str | None) -> dict[str, Any]:
        """What the name of a target that failed again resolves to, asked anew; behind a proxy, which resolves it, nobody here knows."""
        at = moment(self.job.clock.now())
        if proxy:
            return {"at": at, "via": addresses.host(proxy)}
        asked = threads.deferToThread(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
        try:
            found = await asyncio.wait_for(maybe_deferred_to_future(asked), self.job.plan.link_timeout)
        except (OSError, UnicodeError, TimeoutError) as error:
            return {"at": at, "error": str(error) or "timeout"}
        return {"at": at, "addresses": sorted({str(row[4][0]) for row in found})}

    async def _ask_control(self, url: str) -> dict[str, Any]:
        tries: list[Try] = []
        meta = {"tries": tries, "robots": True, "download_timeout": self.job.plan.link_timeout}
        with contextlib.suppress(Exception):  # what went wrong stands in the try
            await self.crawler.engine.download_async(Request(url, meta=meta, dont_filter=True))
        last = tries[-1] if tries else None
        return {"url": url, "status": last.status if last else None, "error": last.error if last else None, "at": last.at if last else None}

    # what must not be lost

    def _item_lost(self, item: Any, failure: Failure) -> None:
        """A pipeline failed: the page is kept without what that stage would have added."""
        if isinstance(item, PageResult):
            self._issue("pipeline", item.visit.url, failure.getTraceback())
            if item.facts is not None:
                item.facts.notes["pipeline_failed"] = True
            self.job.writer.submit(item)

    def _spider_failed(self, failure: Failure, response: Any) -> None:
        """A callback of ours failed: the address is closed with what is known."""
        request: Request | None = getattr(response, "request", None)
        row: Row | None = request.meta.get("row") if request is not None else None
        if request is None or row is None:
            return
        self._issue("spider", row.url, failure.getTraceback())
        visit = self._visit(row, request, answers.FAILED, "no_data")
        self.job.writer.submit(self._done(row, PageResult(site=row.site, key=row.key, visit=visit)))

    def _issue(self, where: str, url: str, detail: str) -> None:
        logger.error("读取 %s 时出错，已记为内部问题：\n%s", url, detail, extra={"site": self.job.site, "url": url, "phase": where})
        what = detail.strip().rsplit("\n", 1)[-1][:200]
        self.job.issues.append(Issue.make(where, what, detail=detail[-4000:], site=self.job.site, url=url))


def _headers(response: Response) -> dict[str, str]:
    return {name.decode("latin-1").lower(): b", ".join(values).decode("latin-1") for name, values in response.headers.items()}


def _declared(headers: dict[str, str]) -> int | None:
    text = headers.get("content-length", "").partition(",")[0].strip()
    return int(text) if text.isascii() and text.isdigit() else None
