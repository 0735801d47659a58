"""Starting crawls: a plan in, one Scrapy crawler a site side by side, a summary out.

`Crawling` does the crawl of each site, then its second looks, and stops cleanly on Ctrl-C.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govcrawl.clock import moment
from govcrawl.errors import GovcrawlError
from govcrawl.hosts import Hours
from govcrawl.memory import seldom_collected
from govcrawl.model.targets import Target
from govcrawl.spiders.job import Shared, SiteJob, sharing, user_agent
from govcrawl.spiders.loop import install_resolver, run
from govcrawl.spiders.plan import CrawlPlan, CrawlSummary, Progress
from govcrawl.store import frontier as frontiers
from govcrawl.store.frontier import Frontier
from govcrawl.telemetry import logs, metrics

if TYPE_CHECKING:
    from scrapy.crawler import AsyncCrawlerRunner

logger = logging.getLogger(__name__)
__all__ = ["Crawling", "CrawlPlan", "CrawlSummary", "Progress"]


class Crawling:
    """The running of one plan: crawl each site, wait, look again; resumed where a kill left it.

    Raises:
        UsageError: allowed hours that cannot be read.
    """

    def __init__(self, plan: CrawlPlan) -> None:
        for target in plan.targets:
            Hours.parse(target.hours or plan.hours)
        self.plan = plan
        self.summaries: dict[str, CrawlSummary] = {}
        self.interrupted = False
        self._runner: AsyncCrawlerRunner | None = None
        self._shared: Shared | None = None
        self._error: GovcrawlError | None = None
        self._stopped = asyncio.Event()
        self._stopping: asyncio.Task[None] | None = None
        self._left: dict[str, int] = {}

    def run(self) -> dict[str, CrawlSummary]:
        """Crawl on the process's own event loop; see `crawl`.

        Raises:
            KeyboardInterrupt: Ctrl-C or SIGTERM came; everything under way was kept.
        """
        with seldom_collected():
            summaries = run(self.crawl())
        if self.interrupted:
            raise KeyboardInterrupt
        return summaries

    def left_in_queue(self, site: str) -> int:
        """Own pages that are known and were not asked for."""
        return self._left.get(site, 0)

    def files(self) -> list[Path]:
        """The run's WARC files."""
        return sorted((self.plan.folder / "snapshots").glob(f"{self.plan.run}-*.warc.gz"))

    async def crawl(self) -> dict[str, CrawlSummary]:
        """Crawl all sites of the plan, as many side by side as it allows.

        Raises:
            StoreError: store, frontier or snapshots could not be written; everything acknowledged is kept.
        """
        from scrapy.crawler import AsyncCrawlerRunner

        plan = self.plan
        with sharing(plan, self._fail) as shared, _signals(self._interrupt, plan.handle_signals):
            self._shared = shared
            self._runner = AsyncCrawlerRunner(scrapy_settings(plan, shared))
            install_resolver(self._runner)
            gate = asyncio.Semaphore(plan.side_by_side)
            ticking = asyncio.create_task(self._tick())
            try:
                ended = await asyncio.gather(*(self._guarded(target, gate) for target in plan.targets), return_exceptions=True)
                if self._stopping is not None:
                    await self._stopping
            finally:
                ticking.cancel()
                metrics.QUEUED.set(0)
                await shared.browser.close()
            shared.writer.close()
            for target in plan.targets:
                self._conclude(target.site, shared.frontier)
        for problem in ended:
            if isinstance(problem, BaseException) and self._error is None:
                raise problem
        self._error = self._error or shared.writer.error
        if self._error is not None:
            raise self._error
        return self.summaries

    def stop(self) -> None:
        """Stop cleanly: nothing new is asked, what is under way is finished, the queue is kept."""
        if self._stopped.is_set() or self._shared is None:
            return
        self._stopped.set()
        for job in self._shared.jobs.values():
            job.stopping = True
        self._shared.budget.close()
        if self._runner is not None:
            self._stopping = asyncio.get_running_loop().create_task(self._runner.stop())

    def _fail(self, error: GovcrawlError) -> None:
        self._error = self._error or error
        self.stop()

    def _interrupt(self) -> None:
        self.interrupted = True
        self.stop()

    async def _guarded(self, target: Target, gate: asyncio.Semaphore) -> None:
        """What fails in one site stops all, cleanly: it is our own failure, and going on would hide it."""
        try:
            with logs.about(site=target.site):
                await self._site(target, gate)
        except GovcrawlError as error:
            self._fail(error)
        except BaseException:
            self.stop()
            raise

    async def _site(self, target: Target, gate: asyncio.Semaphore) -> None:
        """One site: crawl, wait, look again."""
        shared, plan = self._shared, self.plan
        assert shared is not None
        summary = self.summaries[target.site] = CrawlSummary(target.site)
        state = shared.frontier.open_site(target.site, moment(plan.clock.now()))
        if state.phase == frontiers.CRAWL:
            async with gate:
                if plan.given is not None:
                    done = await self._given(target, shared, summary)
                else:
                    done = not self._stopped.is_set() and await self._round(SiteJob(plan, target, shared), summary)
            if not done:
                return
            self._move_on(target, frontiers.LOOKS)
            state = shared.frontier.state(target.site)
        if plan.crawled is not None:
            plan.crawled(target.site)
        if state.phase == frontiers.LOOKS and plan.looks is not None:
            await self._wait(state.ended_at)
            async with gate:
                if self._stopped.is_set():
                    return
                looks = await asyncio.to_thread(plan.looks, target)
                if not looks or await self._round(SiteJob(plan, target, shared, looks), summary):
                    self._move_on(target, frontiers.FINISHED)
        shared.frontier.close_site(target.site)

    async def _given(self, target: Target, shared: Shared, summary: CrawlSummary) -> bool:
        """Rounds over what the plan gives, until it gives nothing more."""
        assert self.plan.given is not None
        while not self._stopped.is_set():
            pages, looks = await asyncio.to_thread(self.plan.given, target)
            if not pages and not looks:
                return True
            job = SiteJob(self.plan, target, shared)
            job.give(pages, looks)
            if not await self._round(job, summary):
                return False
        return False

    async def _round(self, job: SiteJob, summary: CrawlSummary) -> bool:
        """One Scrapy crawler over the site's frontier; True where nothing of it is left."""
        shared, runner = self._shared, self._runner
        assert shared is not None and runner is not None
        if self._stopped.is_set():
            return False
        job.seed()
        shared.jobs[job.site] = job
        try:
            job.crawler = runner.create_crawler(self.plan.spider)
            with logs.about(phase=job.phase):
                await runner.crawl(job.crawler, job=job)
        finally:
            job.crawler = None
            shared.jobs.pop(job.site, None)
            summary.issues += job.issues
        return self._error is None and shared.writer.error is None and not shared.frontier.unfinished(job.site)

    def _move_on(self, target: Target, phase: str) -> None:
        assert self._shared is not None
        self._shared.frontier.set_phase(target.site, phase, moment(self.plan.clock.now()))

    async def _wait(self, since: str | None) -> None:
        """Until `second_look_after` has passed since the crawl's last try."""
        if since is None:
            return
        passed = (self.plan.clock.now() - datetime.fromisoformat(since)).total_seconds()
        rest = self.plan.second_look_after - passed
        if rest > 0:
            if rest > 5 and self.plan.say is not None:
                self.plan.say(f"等待 {rest:.0f} 秒后复看失效链接……")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), rest)

    def _conclude(self, site: str, frontier: Frontier) -> None:
        summary, state = self.summaries[site], frontier.state(site)
        counts = frontier.counts(site)
        last = frontiers.LOOKS if self.plan.looks is None else frontiers.FINISHED
        summary.phase, summary.hosts = state.phase, state.hosts
        summary.finished = state.phase == last and not counts.unfinished
        summary.requests, summary.bytes = state.requests, state.bytes
        summary.started_at, summary.ended_at = state.started_at, state.ended_at
        summary.outcomes = frontier.outcomes(site)
        self._left[site] = frontier.left(site)

    async def _tick(self) -> None:
        """Report progress each second, in words every ten."""
        assert self._shared is not None
        for second in itertools.count(1):
            await asyncio.sleep(1.0)
            now = []
            for job in list(self._shared.jobs.values()):
                if job.crawler is None:
                    continue
                progress = job.progress
                progress.queued = max(0, self._shared.frontier.unfinished(job.site) - progress.in_flight)
                progress.tick()
                now.append(progress)
            metrics.QUEUED.set(sum(p.queued + p.in_flight for p in now))
            if self.plan.progress is not None:
                self.plan.progress(now)
            elif self.plan.say is not None and second % 10 == 0 and now:
                read, queued, rate = sum(p.read for p in now), sum(p.queued for p in now), sum(p.per_second for p in now)
                self.plan.say(f"{len(now)} 个网站采集中：已读 {read} 页，待取 {queued}，每秒 {rate:.1f} 页")


@contextlib.contextmanager
def _signals(stop: Callable[[], None], wanted: bool) -> Iterator[None]:
    """First Ctrl-C or SIGTERM stops cleanly; the second one as Python does by itself."""
    loop = asyncio.get_running_loop()
    if not wanted or threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM)

    def once() -> None:
        for number in numbers:
            loop.remove_signal_handler(number)
        logger.warning("正在停止：完成已发出的请求并保存进度……（再按一次 Ctrl-C 立即退出）")
        stop()

    for number in numbers:
        loop.add_signal_handler(number, once)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


def scrapy_settings(plan: CrawlPlan, shared: Shared) -> Any:
    """`govcrawl.settings` with what the plan says."""
    from scrapy.settings import Settings

    settings = Settings()
    settings.setmodule("govcrawl.settings", priority="project")
    settings.update(
        {
            # the snapshot middleware stops at the limit and keeps what came; Scrapy's own limit drops it, and grumbles in English
            "DOWNLOAD_MAXSIZE": plan.body_limit + (8 << 20),
            "DOWNLOAD_TIMEOUT": plan.page_timeout,
            "USER_AGENT": user_agent(),
            "CONCURRENT_REQUESTS": max(16, 4 * plan.concurrency),
            "CONCURRENT_REQUESTS_PER_DOMAIN": max(8, plan.concurrency),
            **shared.browser.scrapy_settings(),
            **plan.settings,
        },
        priority="cmdline",
    )
    return settings
