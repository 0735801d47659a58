"""Which runs of a workspace say how a site was: finished crawls of it, oldest first. A run that was given up, that judges another one's pages again
(replay: another day, pack or rules), or that looked at new pages alone (scan), is asked for by name and is never taken for the newest.
"""

from __future__ import annotations

from collections.abc import Iterable

from govcrawl.model.runs import SCAN, Run
from govcrawl.model.targets import Target
from govcrawl.page import addresses
from govcrawl.pinning import target_of
from govcrawl.registry import is_skipped
from govcrawl.store.base import Store


def sites(run: Run) -> list[Target]:
    """The sites that a run inspected; not those that the registry said were closed then."""
    return [target for target in map(target_of, run.targets) if is_skipped(target, run.as_of) is None]


def inspected(run: Run, name: str) -> Target | None:
    """The site of a run that goes by a name (网站标识码, host or address); null where the run did not look at it."""
    return next((target for target in sites(run) if _is(target, name)), None)


def _is(target: Target, name: str) -> bool:
    if name == target.site:
        return True
    host = addresses.host(name if "://" in name else f"http://{name}")
    return addresses.without_www(host) == addresses.without_www(addresses.host(target.url))


def fetched(run: Run) -> bool:
    """Whether a run is done and has asked the sites itself, as a whole or for what was new on them."""
    return run.state == "finished" and run.replay_of is None


def crawls(runs: Iterable[Run], name: str | None = None) -> list[Run]:
    """The finished crawls among some runs, in their order: those that inspected a site, where one is named."""
    done = [run for run in runs if fetched(run) and run.kind != SCAN]
    return done if name is None else [run for run in done if inspected(run, name) is not None]


def newest_crawl(store: Store, name: str | None = None) -> Run | None:
    """The newest crawl run of a site, or of the workspace; null where there is none."""
    return next(iter(crawls(reversed(store.runs()), name)), None)


def crawls_before(store: Store, run: Run, name: str | None = None) -> list[Run]:
    """The crawls begun before the one that a run judges, oldest first."""
    first = began(store, run)
    return [known for known in crawls(store.runs(), name) if known.started_at < first]


def began(store: Store, run: Run) -> str:
    """When the crawl was begun that a run judges."""
    crawl = store.run(run.crawl) if run.replay_of is not None else run
    return (crawl or run).started_at


def told(run: Run) -> str:
    """A run as a person must know it before he relies on it: its day, and whether it is a replay or a scan."""
    again = f"，重放（重判批次 {run.replay_of}，未重新访问网站）" if run.replay_of is not None else ""
    again += "，只查看了新内容" if run.kind == SCAN else ""
    return f"批次 {run.id}（监测时间点 {run.as_of}{again}）"
