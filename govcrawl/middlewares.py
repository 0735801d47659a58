"""Downloader middlewares: robots, trying again, the host's turn, and the snapshot of every exchange."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

from protego import Protego
from scrapy import Request, signals
from scrapy.exceptions import IgnoreRequest, StopDownload
from scrapy.http import Response

from govcrawl.clock import moment
from govcrawl.downloads import decoded, error_word
from govcrawl.hosts import BudgetClosedError, retry_after
from govcrawl.model.facts import ATTACHMENT, DATA, PAGE, RENDER, STYLE, Try
from govcrawl.page import addresses
from govcrawl.page.answers import REDIRECTS, challenged
from govcrawl.store.frontier import Row
from govcrawl.store.recording import RawExchange

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from govcrawl.spiders.job import SiteJob

ROBOT = "govcrawl"
"""Name that robots.txt may address."""
HEAD = 16384
"""Bytes of an outside link's answer that are enough: status, and whether it is a shield."""
LONGEST_WAIT = 300.0
"""Seconds of Retry-After that a crawl waits for; who asks for more is not asked again."""
_TRANSIENT = frozenset({408, 500, 502, 503, 504, 522, 524})
_TRY_AGAIN = (PAGE, DATA, ATTACHMENT)
_OWN_CUT = (PAGE, DATA, ATTACHMENT, RENDER, STYLE)


class RefusedError(IgnoreRequest):
    """Raised where robots.txt forbids an address."""


class StoppedError(IgnoreRequest):
    """Raised to what waits for its turn while the process stops; the address stays in the queue."""


class _Middleware:
    """What the middlewares of a crawl have in common."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        spider: Any = crawler.spider
        self.job: SiteJob = spider.job

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)


class RobotsMiddleware(_Middleware):
    """Keeps to robots.txt, unless the registry names the ground of an ordered inspection. One file a host and process."""

    async def process_request(self, request: Request) -> None:
        if self.job.target.basis or "robots" in request.meta:
            return
        scheme, _, rest = request.url.partition("://")
        origin = f"{scheme}://{rest.partition('/')[0]}"
        rules = await self._rules(origin)
        if rules is not None and not rules.can_fetch(request.url, ROBOT):
            raise RefusedError(f"robots.txt 不允许抓取 {request.url}")

    async def _rules(self, origin: str) -> Any:
        known = self.job.budget.robots
        waiting = known.get(origin)
        if waiting is not None:
            return await asyncio.shield(waiting)
        waiting = known[origin] = asyncio.get_running_loop().create_future()
        rules = None
        try:
            rules = await self._fetch(f"{origin}/robots.txt")
        except StoppedError:
            del known[origin]
            raise
        finally:
            waiting.set_result(rules)
        return rules

    async def _fetch(self, url: str) -> Any:
        """Parsed rules; null where there are none or none can be had (then the page's own answer says what is wrong)."""
        for _ in range(4):
            meta = {"robots": True, "tries": [], "download_timeout": self.job.plan.link_timeout}
            try:
                response = await self.crawler.engine.download_async(Request(url, meta=meta, dont_filter=True))
            except StoppedError:
                raise
            except Exception:  # noqa: BLE001 whatever kept the file away is written to the WARC and seen again at the page
                return None
            location = _text(response.headers.get("Location"))
            if response.status in REDIRECTS and location:
                target = addresses.canonical(location, url)
                if target is None:
                    return None
                url = target
                continue
            if not 200 <= response.status < 300 or challenged(response.status, response.body) or b"<html" in response.body[:512].lower():
                return None
            return Protego.parse(response.body.decode("utf-8", "replace"))
        return None


class RetryMiddleware(_Middleware):
    """Tries again what may pass: own pages after time-outs, broken connections and 5xx; anything once after Retry-After."""

    def process_response(self, request: Request, response: Response) -> Request | Response:
        row: Row | None = request.meta.get("row")
        if row is None or self.job.stopping:
            return response
        if response.status == 429 or (response.status == 503 and response.headers.get("Retry-After")):
            wait = retry_after(_text(response.headers.get("Retry-After")), self.job.clock.now())
            spent = row.context.asks and not self.job.search.left
            if wait is not None and wait <= LONGEST_WAIT and not request.meta.get("waited") and not spent:
                return self._again(request, wait, waited=True)
            return response
        broken = request.meta.get("error") in ("reset", "decode")
        if (response.status in _TRANSIENT or broken) and self._may(request, row) and not challenged(response.status, response.body):
            return self._again(request, self._pause(request))
        return response

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        row: Row | None = request.meta.get("row")
        if row is None or isinstance(exception, IgnoreRequest) or self.job.stopping:
            return None
        if error_word(exception, proxied=bool(request.meta.get("proxy"))) in ("tls", "proxy", "too_large") or not self._may(request, row):
            return None
        return self._again(request, self._pause(request))

    def _may(self, request: Request, row: Row) -> bool:
        if row.context.asks and not self.job.search.left:
            return False
        return row.context.role in _TRY_AGAIN and len(request.meta["tries"]) < self.job.plan.tries

    def _pause(self, request: Request) -> float:
        return float(self.job.plan.retry_wait * len(request.meta["tries"]))

    def _again(self, request: Request, after: float, *, waited: bool = False) -> Request:
        again = request.copy()
        for name in ("error", "got", "download_slot", "asked_at"):
            again.meta.pop(name, None)
        again.meta["again_after"] = after
        again.meta["waited"] = waited or request.meta.get("waited", False)
        return again


class TurnMiddleware(_Middleware):
    """Awaits the host's turn before a request and gives it back after; a browser's requests wait in the browser."""

    async def process_request(self, request: Request) -> None:
        if request.meta.get("playwright"):
            await self._enter_tab(request)
            return
        host = addresses.host(request.url)
        row: Row | None = request.meta.get("row")
        if row is not None and row.context.asks:
            self.job.search.spend()
        try:
            await self.job.budget.enter(host)
        except BudgetClosedError as error:
            raise StoppedError("正在停止") from error
        request.meta["turn"] = host

    async def _enter_tab(self, request: Request) -> None:
        if self.job.stopping:
            raise StoppedError("正在停止")
        await self.job.browser.tabs.acquire()
        request.meta["tab"] = True
        if self.job.stopping:
            self._leave(request)
            raise StoppedError("正在停止")

    def process_response(self, request: Request, response: Response) -> Response:
        wait = None
        if response.status in (429, 503):
            wait = retry_after(_text(response.headers.get("Retry-After")), self.job.clock.now())
        host = request.meta.get("turn")
        self._leave(request, request.meta.get("download_latency"), failed=response.status == 429 or response.status >= 500)
        if wait is not None and host is not None:
            self.job.budget.pause(host, wait)
        return response

    def process_exception(self, request: Request, exception: Exception) -> None:
        self._leave(request, failed=not isinstance(exception, IgnoreRequest))

    def _leave(self, request: Request, seconds: float | None = None, *, failed: bool = False) -> None:
        host = request.meta.pop("turn", None)
        if host is not None:
            self.job.budget.leave(host, seconds, failed=failed)
        if request.meta.pop("tab", False):
            self.job.browser.tabs.release()


class SnapshotMiddleware(_Middleware):
    """Hands every exchange to the writer, notes the try, undoes the content encoding, and cuts off what is too long to be read."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        crawler.signals.connect(self.headers_received, signals.headers_received)
        crawler.signals.connect(self.bytes_received, signals.bytes_received)

    def process_request(self, request: Request) -> None:
        request.meta["asked_at"] = (self.job.clock.now(), self.job.clock.monotonic())

    def headers_received(self, headers: Any, body_length: Any, request: Request) -> None:
        """Stop where the body is longer than may be read, or where an outside link's answer is no text (its status is enough)."""
        role = _role(request)
        if isinstance(body_length, int) and body_length > self.job.plan.body_limit:
            if role in _OWN_CUT:
                request.meta["error"] = "too_large"
            raise StopDownload(fail=False)
        if role not in _OWN_CUT and role is not None:
            kind = _text(headers.get("Content-Type")).lower()
            if kind and not kind.startswith("text/") and "html" not in kind:
                raise StopDownload(fail=False)

    def bytes_received(self, data: bytes, request: Request) -> None:
        """Stop at the length that may be read."""
        role = _role(request)
        got = request.meta["got"] = request.meta.get("got", 0) + len(data)
        if role in _OWN_CUT:
            if got > self.job.plan.body_limit:
                request.meta["error"] = "too_large"
                raise StopDownload(fail=False)
        elif got >= (HEAD if role is not None else 32 * HEAD):
            raise StopDownload(fail=False)

    def process_response(self, request: Request, response: Response) -> Response:
        meta, raw = request.meta, response.body
        body, error = self._body(request, response)
        if error is not None:
            meta["error"] = error
        exchange, attempt = self._exchange(request, error=meta.get("error"))
        attempt.status = exchange.status = response.status
        if response.ip_address is not None and not meta.get("proxy"):
            attempt.address = exchange.address = str(response.ip_address)
        exchange.headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in _pairs(response)]
        location = _text(response.headers.get("Location"))
        if response.status in REDIRECTS and location:
            attempt.location = addresses.canonical(location, request.url)
        exchange.raw, exchange.body = raw, raw if error == "decode" else body
        if meta.get("playwright"):
            exchange.rendered, exchange.raw = True, body
        self.job.writer.exchange(self.job.site, attempt, exchange)
        return response if body is raw else response.replace(body=body)

    def process_exception(self, request: Request, exception: Exception) -> None:
        if isinstance(exception, IgnoreRequest):
            return
        word = error_word(exception, proxied=bool(request.meta.get("proxy")))
        exchange, attempt = self._exchange(request, error=word)
        exchange.error, exchange.detail = word, f"{type(exception).__name__}: {exception}"
        self.job.writer.exchange(self.job.site, attempt, exchange)

    def _exchange(self, request: Request, error: str | None) -> tuple[RawExchange, Try]:
        at, began = request.meta["asked_at"]
        exchange = RawExchange(request.url, at, method=request.method, form=request.body.decode("utf-8", "replace") or None)
        attempt = Try(at=moment(at), url=request.url, what=request.method, error=error)
        attempt.milliseconds = round((self.job.clock.monotonic() - began) * 1000)
        request.meta["tries"].append(attempt)
        return exchange, attempt

    def _body(self, request: Request, response: Response) -> tuple[bytes, str | None]:
        """(decoded body, error word): a torn or broken body of an own page is an error, of a link that was cut off it is none."""
        cut = "download_stopped" in response.flags
        torn = "dataloss" in response.flags
        coding = _text(response.headers.get("Content-Encoding")).strip().lower()
        body, whole = response.body, True
        if coding and coding != "identity" and body and not request.meta.get("playwright"):
            body, whole = decoded(body, coding, self.job.plan.body_limit)
        if cut:
            return body, None
        if torn:
            return body, "reset"
        return body, None if whole else "decode"


def _role(request: Request) -> str | None:
    row: Row | None = request.meta.get("row")
    if row is not None and row.context.asks:
        return PAGE  # a search's answer is read to its end, be it a page or data
    return row.context.role if row is not None else None


def _pairs(response: Response) -> Iterator[tuple[bytes, bytes]]:
    for name, values in response.headers.items():
        for value in values:
            yield name, value


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value or ""
