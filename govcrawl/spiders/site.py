"""One crawl of one site. Each answer or failure gives exactly one `PageResult`; what it leads to goes to the frontier, not to the engine.

The spider decides nothing about pages: `reading` says what a page says and leads to, `answers` what an answer means.
"""

from __future__ import annotations

import contextlib
import logging
import traceback
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Any, Self

from scrapy import Request, Spider, signals
from scrapy.http import Response
from twisted.python.failure import Failure

from govcrawl.clock import moment
from govcrawl.errors import RulebookError
from govcrawl.middlewares import RefusedError, StoppedError, error_word
from govcrawl.model.facts import ATTACHMENT, DATA, OUTSIDE, PAGE, RENDER, Context, PageFacts, PageResult, Try, Visit
from govcrawl.model.findings import Issue
from govcrawl.page import addresses, answers
from govcrawl.scheduler import visit_url
from govcrawl.store.frontier import MAX_HOPS, Row, hop_key, key_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from govcrawl.spiders.job import SiteJob

logger = logging.getLogger(__name__)
_TEXTUAL = ("text/", "xml", "json", "javascript", "html")
_BINARY = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
CONTROL_SECONDS = 20.0
"""How long the answer of a control address stands for "at that minute"."""


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
        outcome, reason = answers.classify(response.status, headers, response.body, request.meta.get("error"))
        if outcome == answers.READ and row.context.role == PAGE and not response.body.strip():
            # a server or shield that sends nothing has said nothing about the page: it was not seen, and nothing is missing from it
            outcome, reason = answers.FAILED, "no_data"
        visit = self._visit(row, request, outcome, reason)
        visit.media_type = headers.get("content-type", "").partition(";")[0].strip().lower() or None
        visit.bytes = len(response.body) if not request.meta.get("error") else _declared(headers)
        visit.rendered = row.context.role == RENDER and outcome == answers.READ
        result = PageResult(site=row.site, key=row.key, visit=visit)
        if outcome == answers.REDIRECTED:
            self._redirected(row, result)
        elif outcome == answers.READ and row.context.role in (PAGE, DATA, RENDER, ATTACHMENT):
            try:
                self._read(row, response, headers, result)
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
            visit = self._visit(row, request, *answers.classify(None, {}, b"", error_word(error, request)))
            if row.context.role == RENDER:
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
        onward = Context(
            role=role, parent=context.parent, anchor=context.anchor, strategy=context.strategy, depth=context.depth, home=context.home,
            hops=context.hops + 1,
        )  # fmt: skip
        key = hop_key(row.url, target, onward)
        if context.hops >= MAX_HOPS or self._circle(row.key, key):
            visit.outcome, visit.reason = answers.FAILED, "unreachable"
            assert visit.last is not None
            visit.last.error = "loop"
            return
        self._redirects[row.key] = key
        if key not in job.seen and not job.looking:
            job.seen.add(key)
            result.discovered.append((target, onward))

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
        if not _textual(headers.get("content-type", ""), response.body):
            result.facts = PageFacts(url=visit.url, kind="attachment", fetched_at=fetched)
            return
        try:
            scope = job.scope()
            exchange = job.reading.Exchange(row.url, response.status, headers, response.body, rendered=visit.rendered)
            reading = job.reading.read(exchange, context, scope)
            result.facts, result.texts = reading.facts, list(reading.texts)
            result.facts.fetched_at = fetched
            visit.title = result.facts.title or result.facts.head_title
            if not job.looking:
                result.discovered = self._fresh(row, result.facts, job.reading.follow(result.facts, context, scope))
            result.facts.url = visit.url
            if "unreadable" in result.facts.notes:
                # its links are followed; what is missing on it must not be judged
                visit.outcome, visit.reason = answers.FAILED, "unread_file" if result.facts.notes["unreadable"] == "size" else "no_data"
                result.facts = None
        except RulebookError:
            raise
        except Exception:  # noqa: BLE001 one page that we cannot read costs that page, and an issue of our own
            self._issue("reading", visit.url, traceback.format_exc())
            result.facts, result.texts, result.discovered = None, [], []
            visit.outcome, visit.reason = answers.FAILED, "no_data"

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
        await self._control(response.meta["row"], results)
        return results

    async def look_failed(self, failure: Failure) -> list[PageResult]:
        results = self.failed(failure)
        await self._control(failure.request.meta["row"], results)  # type: ignore[attr-defined]
        return results

    async def _control(self, row: Row, results: list[PageResult]) -> None:
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
        logger.error("读取 %s 时出错，已记为内部问题：\n%s", url, detail)
        what = detail.strip().rsplit("\n", 1)[-1][:200]
        self.job.issues.append(Issue.make(where, what, detail=detail[-4000:], site=self.job.site, url=url))


def _headers(response: Response) -> dict[str, str]:
    return {name.decode("latin-1").lower(): b", ".join(values).decode("latin-1") for name, values in response.headers.items()}


def _declared(headers: dict[str, str]) -> int | None:
    text = headers.get("content-length", "").partition(",")[0].strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _textual(kind: str, body: bytes) -> bool:
    """Whether an answer is a page or data and no file. What it begins with outweighs what it is called."""
    if body.startswith(_BINARY):
        return False
    kind = kind.lower()
    if not kind or "octet-stream" in kind:
        return b"\x00" not in body[:1024]
    return any(word in kind for word in _TEXTUAL)
