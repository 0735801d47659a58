"""What is done for each kind of job: a function that takes an order and says how it ended. Each calls what the command of that kind calls."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from govcrawl import registry
from govcrawl.clock import SystemClock
from govcrawl.errors import UnavailableError, UsageError
from govcrawl.model.targets import Target
from govcrawl.scheduling.config import Freshness, Scan
from govcrawl.scheduling.planning import to_recheck
from govcrawl.scheduling.workplace import Order
from govcrawl.store.base import open_store
from govcrawl.store.jobs import DONE, Ending, Job

WORK = {
    name: f"{__name__}:{name}" for name in ("full_crawl", "freshness", "scan", "recheck", "probe", "feed")
}  # fmt: skip
"""Kind → its function, by dotted path: it is called in a process of its own."""
_NO_COLUMNS = "还没有栏目可看：等待全站检查"


def full_crawl(order: Order) -> Ending:
    """Inspect one site as `govcrawl inspect` does; a run that was broken off is gone on with, one of an earlier slot is not."""
    from govcrawl import inspection, pinning

    job = order.job
    with _registry_of_one(job) as row:
        options = pinning.Options(store=order.store, hours=job.settings["hours"], **job.settings["options"])
        targets, _ = pinning.targets_of([str(row)], None)
        with closing(open_store(order.store)) as store:
            options.new = pinning.is_outdated(store, targets, options.pack, datetime.fromisoformat(job.slot))
        result = inspection.run([str(row)], options, say=order.say)
    return Ending(outcome=DONE, note=result.lines(as_json=False)[0].partition("：")[2], run=result.run.id)


def freshness(order: Order) -> Ending:
    """Look at those columns of a site whose time has come by their own rhythm."""
    from govcrawl.scheduling import columns as looking

    job, clock = order.job, SystemClock()
    bounds = Freshness.model_construct(every=job.planned_every, **job.settings["options"])
    target = _target(job)
    before = {url: looking.Seen(**seen) for url, seen in job.memo.get("columns", {}).items()}
    with closing(open_store(order.store)) as store:
        watched = looking.watched(store, target)
        if not watched:
            return Ending(outcome=DONE, note=_NO_COLUMNS)
        due = looking.due(watched, before, clock.now())
        seen = looking.look(store, target, due, bounds, clock, job.settings["hours"]) if due else {}
    memory = looking.remembered(watched, before, seen)
    return Ending(
        outcome=DONE, note=looking.summary(before, seen), every=looking.next_look(watched, memory, bounds, clock.now()),
        memo={"columns": {url: asdict(one) for url, one in memory.items()}},
    )  # fmt: skip


def scan(order: Order) -> Ending:
    """Read what is new on a site and search it for personal data and wrong wording."""
    from govcrawl.scheduling import scanning

    job, clock = order.job, SystemClock()
    options = Scan.model_construct(every=job.planned_every, **job.settings["options"])
    with closing(open_store(order.store)) as store:
        done = scanning.scan(store, _target(job), options, clock, job.settings["hours"], order.say)
    if done is None:
        return Ending(outcome=DONE, note=_NO_COLUMNS)
    return Ending(outcome=DONE, note=done.note, run=done.run.id)


def recheck(order: Order) -> Ending:
    """Look again at what a site's unit reports as mended, and at what is overdue, as `govcrawl recheck` does. Nothing is closed by itself."""
    from govcrawl import rechecking

    job, target = order.job, _target(order.job)
    with closing(open_store(order.store)) as store:
        orders = [(one, store.order_events(one.id)) for one in store.orders()]
    due = to_recheck(orders, target.site, SystemClock().now().date().isoformat())
    if not due:
        return Ending(outcome=DONE, note="没有已反馈或逾期的问题")
    options = rechecking.Options(store=order.store, sites=(target.site,), hours=job.settings["hours"], **job.settings["options"])
    result = rechecking.run(due, options, say=order.say)
    return Ending(outcome=DONE, note=f"{result.lines(as_json=False)[-1]}，结果在 {result.out}")


def probe(order: Order) -> Ending:
    """Probe the sites of the registry whose moment has come, as `govcrawl probe` does."""
    from govcrawl.probing import Round, plan

    clock = SystemClock()
    targets, bad = registry.read_registry(Path(order.job.settings["registry"]))
    live = [target for target in targets if registry.is_skipped(target, clock.now().date().isoformat()) is None]
    place = order.job.settings["options"]["place"]
    with closing(open_store(order.store)) as store:
        round_ = Round(store=store, clock=clock, **({"place": place} if place else {}))
        due = plan.due(store, live, round_.place, clock.now())
        opened = [any(seen.outcome == "ok" for seen in probes) for probes in round_.probes(due)]
    skipped = f"，名录 {len(bad)} 行有误" if bad else ""
    return Ending(outcome=DONE, note=f"拨测 {len(opened)} 个网站，打开 {sum(opened)} 个{skipped}")


def feed(order: Order) -> Ending:
    """Add what is new to the dump, as `govcrawl feed dump` does."""
    from govcrawl.feed import dumping

    options = order.job.settings["options"]
    try:
        form = dumping.form_of(options["format"])
    except UsageError as error:  # trying again does not install what is not there
        raise UnavailableError(str(error)) from error
    with closing(open_store(order.store)) as store:
        done = dumping.dump(store, Path(options["out"]), form=form)
    return Ending(outcome=DONE, note=f"导出目录 {options['out']}：共 {done.rows} 条变更，最高序号 {done.highest_seq}")


@contextmanager
def _registry_of_one(job: Job) -> Iterator[Path]:
    """A registry with nothing but the job's site."""
    with tempfile.TemporaryDirectory(prefix="govcrawl-") as folder:
        row = Path(folder) / "site.yml"
        row.write_text(json.dumps({"sites": [job.settings["target"]]}, ensure_ascii=False), encoding="utf-8")
        yield row


def _target(job: Job) -> Target:
    with _registry_of_one(job) as row:
        [target], _ = registry.read_registry(row)
    return target
