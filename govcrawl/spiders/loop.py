"""The one event loop of the process, with Twisted's reactor on it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from scrapy.crawler import AsyncCrawlerRunner

T = TypeVar("T")


class _Loop:
    """The one event loop of the process with Twisted's reactor on it."""

    loop: asyncio.AbstractEventLoop | None = None


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the process's loop; may be called again and again (a reactor by itself may not)."""
    return event_loop().run_until_complete(main)


def event_loop() -> asyncio.AbstractEventLoop:
    if _Loop.loop is not None:
        return _Loop.loop
    from scrapy.utils.reactor import install_reactor

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    from twisted.internet import reactor
    from twisted.logger import STDLibLogObserver, globalLogBeginner
    from twisted.python.threadpool import ThreadPool

    # its own way leads to stderr, past everything that `telemetry.logs` sees to
    globalLogBeginner.beginLoggingTo([STDLibLogObserver("twisted")], redirectStandardIO=False)  # type: ignore[list-item]

    class DaemonPool(ThreadPool):
        """Twisted's own pool keeps a process alive that has ended its work."""

        threadFactory = staticmethod(partial(threading.Thread, daemon=True))  # type: ignore[assignment]  # noqa: N815 Twisted's name

    pool = DaemonPool(0, 20, "govcrawl-dns")
    pool.start()
    reactor.threadpool = pool
    reactor.startRunning(installSignalHandlers=False)
    _Loop.loop = loop
    return loop


def install_resolver(runner: AsyncCrawlerRunner) -> None:
    """Scrapy's caching resolver, which only its process classes install by themselves."""
    from scrapy.resolver import CachingThreadedResolver
    from twisted.internet import reactor

    settings = runner.settings
    resolver = CachingThreadedResolver(reactor, settings.getint("DNSCACHE_SIZE"), settings.getfloat("DNS_TIMEOUT"))
    resolver.install_on_reactor()
