"""The one place that drives Chromium: one browser and a few tabs for all crawls of the process, behind scrapy-playwright's handler.

Debian's browser is found by its path; nothing is downloaded. Without a browser, rendering is skipped and says so (`unrendered`).
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import logging
import os
import shutil
from collections.abc import AsyncIterator, Mapping, MutableMapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies
from weakref import WeakKeyDictionary

from govcrawl import settling
from govcrawl.clock import moment
from govcrawl.errors import FetchError
from govcrawl.extract import answers
from govcrawl.extract.answers import Heard
from govcrawl.extract.answers.heard import MAX_BYTES, MOST
from govcrawl.hosts import BudgetClosedError, HostBudget
from govcrawl.model.facts import Context, Try
from govcrawl.model.looks import SEARCH
from govcrawl.page import addresses
from govcrawl.store.recording import RawExchange

if TYPE_CHECKING:
    from govcrawl.searching import Requests
    from govcrawl.spiders.job import SiteJob

TABS = 4
PAGES_A_CONTEXT = 200
"""A context grows over thousands of pages; a new one is begun after so many."""
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_PLACES = (
    "/usr/lib/chromium/chromium-headless-shell",
    "/usr/lib/chromium/headless_shell",
    "/usr/lib/chromium-headless-shell/headless_shell",
    "/usr/lib/chromium/chromium",
)
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
_NOT_LOADED = ("image", "media", "font")
_BUDGETED = ("document", *settling.DATA)


def find_browser() -> Path | None:
    """The browser that rendering uses; `GOVCRAWL_BROWSER` names another one, empty = none."""
    named = os.environ.get("GOVCRAWL_BROWSER")
    if named is not None:
        return Path(named) if named and os.access(named, os.X_OK) else None
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    return next((Path(place) for place in _PLACES if os.access(place, os.X_OK)), None)


@contextlib.asynccontextmanager
async def offline() -> AsyncIterator[Any]:
    """A browser of one's own that reaches no network, to paint stored pages with.

    Raises:
        FetchError: there is none, or it does not start.
    """
    from playwright.async_api import Error, async_playwright

    path = find_browser()
    if path is None:
        raise FetchError("没有可用的浏览器")
    async with async_playwright() as playwright:
        # names resolve to nothing and the proxy is a closed door, whatever a page asks for
        cut_off = ["--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>"]
        try:
            browser = await playwright.chromium.launch(
                executable_path=str(path), args=[*_ARGUMENTS, *cut_off], handle_sigint=False, handle_sigterm=False
            )
        except Error as error:
            raise FetchError(f"浏览器 {path} 无法启动：{error.message.splitlines()[0]}") from error
        try:
            yield browser
        finally:
            with contextlib.suppress(Error):
                await browser.close()


def failures() -> tuple[type[Exception], ...]:
    """What driving a tab may raise: a page that cannot be painted, a browser that died."""
    from playwright.async_api import Error

    return Error, TimeoutError


class Browser:
    """The process's browser, started when the first page must be rendered."""

    def __init__(self, budget: HostBudget, user_agent: str, mode: str = "auto") -> None:
        self._budget, self._user_agent = budget, user_agent
        self._path = find_browser() if mode != "never" and importlib.util.find_spec("scrapy_playwright") else None
        self.tabs = asyncio.Semaphore(TABS)
        self._lock = asyncio.Lock()
        self._playwright: Any = None
        self._browser: Any = None
        self._pages = 0
        self._searching: MutableMapping[Any, tuple[Requests, str]] = WeakKeyDictionary()

    @property
    def available(self) -> bool:
        return self._path is not None

    def scrapy_settings(self) -> dict[str, Any]:
        """Settings of scrapy-playwright; empty without a browser."""
        if not self.available:
            return {}
        logging.getLogger("scrapy-playwright").setLevel(logging.ERROR)
        handler = "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"
        return {
            "DOWNLOAD_HANDLERS": {"http": handler, "https": handler},
            "PLAYWRIGHT_BROWSER_PROVIDER": _provider(self),
            "PLAYWRIGHT_ABORT_REQUEST": _aborting(self._budget, self._searching),
            "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": TABS,
            "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": 30_000,
        }

    def request_meta(self, job: SiteJob, context: Context) -> dict[str, Any]:
        """What makes a request a rendered one. Of an answer of the site's search, everything its scripts fetched is heard."""
        from scrapy_playwright.page import PageMethod

        self._pages += 1
        heard: list[tuple[Heard, Try]] = []
        traffic = settling.Traffic()
        wait = PageMethod(settling.settle)
        asks = context.asks if context.strategy == SEARCH else None
        known = partial(self._know, job) if context.asks else None
        if asks:
            wait = PageMethod(settling.settle_search, asks[0][0], traffic)
        return {
            "heard": heard,
            "playwright": True,
            "playwright_context": f"{job.site}-{self._pages // PAGES_A_CONTEXT}",
            "playwright_context_kwargs": {"user_agent": self._user_agent, "locale": "zh-CN", "ignore_https_errors": True},
            "playwright_page_init_callback": known,
            "playwright_page_goto_kwargs": {"wait_until": "domcontentloaded", "timeout": job.plan.page_timeout * 1000},
            "playwright_page_methods": [wait],
            "playwright_page_event_handlers": {
                "request": traffic.asked,
                "requestfailed": traffic.failed,
                "response": _recording(job, heard, traffic, whole=bool(asks)),
            },
        }

    async def _know(self, job: SiteJob, page: Any, request: Any) -> None:
        """What this tab asks of the search's site counts as the search's."""
        self._searching[page] = (job.search, addresses.host(request.url))

    async def launch(self) -> Any:
        """The running browser."""
        from playwright.async_api import async_playwright

        async with self._lock:
            if self._browser is None or not self._browser.is_connected():
                if self._playwright is None:
                    self._playwright = await async_playwright().start()
                self._browser = await self._playwright.chromium.launch(
                    executable_path=str(self._path), args=[*_ARGUMENTS, *_proxy()], handle_sigint=False, handle_sigterm=False
                )
            return self._browser

    def forget(self) -> None:
        """Leave a running browser to the end of the process (it goes with its driver)."""
        self._browser = self._playwright = None

    async def close(self) -> None:
        if self._browser is not None:
            with contextlib.suppress(Exception):
                await self._browser.close()
        if self._playwright is not None:
            with contextlib.suppress(Exception):
                await self._playwright.stop()
        self._browser = self._playwright = None


class _Lent:
    """The shared browser as a crawl's download handler sees it: closing it closes nothing."""

    def __init__(self, browser: Any) -> None:
        self._browser = browser

    def __getattr__(self, name: str) -> Any:
        return getattr(self._browser, name)

    async def close(self) -> None:
        return


def _provider(owner: Browser) -> type:
    """A browser provider class of scrapy-playwright that lends the shared browser (settings are copied deeply: a class is not)."""

    class SharedBrowserProvider:
        def __init__(self, config: Any) -> None:
            self.config = config

        async def start(self) -> None:
            return

        async def launch_browser(self) -> Any:
            return _Lent(await owner.launch())

        async def launch_persistent_context(self, context_kwargs: dict[str, Any]) -> Any:
            raise NotImplementedError

        async def close(self) -> None:
            return

    return SharedBrowserProvider


def _aborting(budget: HostBudget, searching: Mapping[Any, tuple[Requests, str]]) -> Any:
    """Decides about each request of a tab: pictures are not loaded, documents and data wait for their host's turn, and those that are one
    too many for the site's search are not made."""

    async def abort(request: Any) -> bool:
        if request.resource_type in _NOT_LOADED:
            return True
        if request.resource_type in _BUDGETED:
            host = addresses.host(request.url)
            search, own = searching.get(_page_of(request), (None, ""))
            if search is not None and addresses.without_www(host) == addresses.without_www(own) and not search.spend():
                return True
            try:
                await budget.enter(host)
            except BudgetClosedError:
                return True
            budget.leave(host)
        return False

    return abort


def _page_of(request: Any) -> Any:
    try:
        return request.frame.page
    except Exception:  # noqa: BLE001 a worker's request, or one of a frame that is gone, has none
        return None


def _recording(job: SiteJob, heard: list[tuple[Heard, Try]], traffic: settling.Traffic, *, whole: bool) -> Any:
    """Keeps what a tab fetched: documents and data, as they came. Answers that hold lists go into `heard` too, with `whole` all data."""

    async def record(response: Any) -> None:
        try:
            await keep(response)
        finally:
            traffic.answered(response.request, response.status)

    async def keep(response: Any) -> None:
        if response.request.resource_type not in _BUDGETED:
            return
        if whole and 300 <= response.status < 400:
            job.search.spend()  # the browser goes on by itself
        at = job.clock.now()
        with contextlib.suppress(Exception):  # a redirect has no body, a closed tab none any more
            body = await response.body()
            headers = [(h["name"], h["value"]) for h in await response.headers_array()]
            kept = [(name, value) for name, value in headers if name.lower() not in ("content-encoding", "transfer-encoding")]
            exchange = RawExchange(response.url, at, response.status, kept, body, body, method=response.request.method)
            exchange.form = response.request.post_data
            attempt = Try(at=moment(at), url=response.url, what=exchange.method, status=response.status, form=exchange.form)
            _hear(response, body, heard, attempt, whole)
            job.writer.exchange(job.site, attempt, exchange)

    return record


def _hear(response: Any, body: bytes, heard: list[tuple[Heard, Try]], attempt: Try, whole: bool) -> None:
    """Note a script's answer if it is a list, or whatever it is."""
    request = response.request
    if request.resource_type == "document" or response.status != 200 or len(heard) >= MOST or len(body) > MAX_BYTES:
        return
    if request.method not in ("GET", "POST"):
        return
    form = (request.post_data or "") if request.method == "POST" else None
    one = Heard(response.url, form, response.headers.get("content-type", ""), body)
    if whole or answers.is_list(one):
        heard.append((one, attempt))


def _proxy() -> list[str]:
    """The environment's proxies as arguments of Chromium; loopback too goes through them, as the crawler does it."""
    known = getproxies()
    by_scheme = [f"{scheme}={known[scheme]}" for scheme in ("http", "https") if known.get(scheme)]
    if not by_scheme:
        return []
    bypass = [host.strip() for host in known.get("no", "").split(",") if host.strip()]
    return [f"--proxy-server={';'.join(by_scheme)}", f"--proxy-bypass-list={';'.join(['<-loopback>', *bypass])}"]
