"""`govcrawl replay`: a run judged again from its snapshots - read, detect, check, score, publish; no network.

The replay is a run of its own in the store (`replay_of` names the crawl), so that scoring, differences and reports work on it as on any other.
With the same rules, pack and 监测时间点 it draws nothing anew, and its findings are those of the crawl but for `run`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from govcrawl import opening, rereading, rulebook
from govcrawl.clock import Clock, SystemClock, moment
from govcrawl.draining import Draining, to_read
from govcrawl.errors import UsageError
from govcrawl.extract.file_records import file_name
from govcrawl.inspection import judge_sites, publish, seal_private
from govcrawl.memory import seldom_collected
from govcrawl.model.facts import ATTACHMENT
from govcrawl.model.files import FileFacts
from govcrawl.model.findings import Issue
from govcrawl.model.runs import SCAN, Run
from govcrawl.model.targets import Target
from govcrawl.pinning import (
    PINNED,
    changed_code,
    code_version,
    known_run,
    pack_of,
    period_of,
    refuse_other_than_date,
    rules_of,
    run_with_pages,
    target_of,
)
from govcrawl.registry import is_skipped
from govcrawl.report import outputs
from govcrawl.report.summary import Result, tell
from govcrawl.rulebook import frozen
from govcrawl.rulebook.packs import Pack
from govcrawl.shelf import Shelf
from govcrawl.spiders.job import own_hosts
from govcrawl.store import claims, sealing
from govcrawl.store.base import Store, open_existing
from govcrawl.telemetry import logs, metrics

_NAMED = 20
"""Lost bytes that are named one by one; the rest is counted."""


def replay(
    run_id: str,
    *,
    store: str,
    pack: str | None = None,
    as_of: str | None = None,
    out: Path | None = None,
    rules: str = PINNED,
    processes: int | None = None,
    clock: Clock | None = None,
    say: Callable[[str], None] | None = None,
) -> Result:
    """Read the snapshots of a run again and judge them: by its own pack and 监测时间点, or by others.

    Args:
        run_id: a finished crawl, or a replay of one (whose pack, date and rules are then the default).
        rules: `pinned` = the rules that the run was pinned to, `current` = today's.
        processes: that read; null = by the machine.

    Raises:
        UsageError: no such run, it is not finished, or the date is no date or lies after the crawl.
        RulebookError, StoreError, OutputError: named in Chinese.
    """
    clock, say = clock or SystemClock(), say or logs.say
    opened = open_existing(store)
    try:
        old = run_with_pages(opened, run_id)
        if old.kind == SCAN:
            raise UsageError(f"批次 {run_id} 是新内容扫描，只看了一部分页面，不能当作检查重放；请重放它之前的全站检查")
        if old.state != "finished":
            raise UsageError(f"批次 {run_id} 尚未完成：先用原来的命令续跑" if old.state == "open" else f"批次 {run_id} 已放弃，不能重放")
        _refuse_later(opened, old, as_of)
        # two replays of one run would be one another's
        with rules_of(old, opened, rules, say), claims.claimed(opened.folder, [f"replay {old.crawl}"]), seldom_collected():
            if changed := changed_code(old):
                say(changed)
            book = pack_of(old, pack)
            this = _begin(opened, old, book, as_of, out, clock)
            say(f"重放批次 {old.crawl}（不联网），新批次 {this.id}：监测时间点 {this.as_of}，指标版本 {book.title}")
            with logs.about(run=this.id):
                return _carried_out(opened, this, old, book, processes, clock, say)
    finally:
        opened.close()


def _refuse_later(store: Store, old: Run, as_of: str | None) -> None:
    """A day after the crawl says nothing: what was published since then is not in the snapshots, and everything would seem stale."""
    refuse_other_than_date(as_of)
    crawl = known_run(store, old.crawl)
    latest = max(crawl.as_of, (crawl.ended_at or crawl.started_at)[:10])
    if as_of is not None and as_of > latest:
        raise UsageError(f"--as-of {as_of} 晚于快照取得之日（{latest}）：之后发布的内容不在快照里，无从判断")


def _begin(store: Store, old: Run, pack: Pack, as_of: str | None, out: Path | None, clock: Clock) -> Run:
    """The run that holds the replay; one that was killed is done once more under its own id."""
    day = as_of or old.as_of
    seed = old.seed if old.seed != period_of(old.as_of) else period_of(day)
    digest = frozen.keep(store.folder)
    wanted = (old.crawl, pack.name, day, seed, digest)
    for known in store.runs():
        if known.state == "open" and (known.replay_of, known.pack, known.as_of, known.seed, known.rulebook) == wanted:
            known.out, known.code_version = str(out or known.out), code_version()
            store.save_run(known)
            return known
    now = clock.now()
    ident = f"{now:%Y%m%d}-{secrets.token_hex(3)}"
    this = replace(
        old, id=ident, pack=pack.name, as_of=day, seed=seed, rulebook=digest, code_version=code_version(), started_at=moment(now),
        ended_at=None, state="open", out=str(out or Path("out") / ident), replay_of=old.crawl,
    )  # fmt: skip
    store.save_run(this)
    return this


def _carried_out(store: Store, this: Run, old: Run, pack: Pack, processes: int | None, clock: Clock, say: Callable[[str], None]) -> Result:
    measured = metrics.Span(moment(clock.now()))
    targets = [target_of(row) for row in this.targets]
    out = Path(this.out)
    outputs.prepare(out)
    live = [t for t in targets if is_skipped(t, this.as_of) is None]
    sealing.finish(store.folder / "snapshots", this.crawl)
    done = rereading.reread(
        rereading.Work(
            store=store.location, crawl=this.crawl, run=this.id, targets=tuple(live), rules=rulebook.used(),
            family=frozenset().union(*(own_hosts(target) for target in targets)),
        ),
        say, processes,
    )  # fmt: skip
    _name_lost(done.lost, say)
    issues = _files(store, this, live, clock, say)
    for site, found in done.issues.items():
        issues.setdefault(site, []).extend(found)
    _same_draws(store, this, old, live)
    view = judge_sites(store, this, targets, pack, clock, say, None, doubts=issues)
    seal_private(store, this, view, done.sealed)
    publish(store, view, out)
    this.state, this.ended_at = "finished", moment(clock.now())
    outputs.json_file(out / "metrics.json", measured.told(this.id, this.started_at, this.ended_at))
    store.save_run(this)
    result = Result(run=this, view=view, out=out, lost=[str(lost) for lost in done.lost])
    tell(result, say)
    return result


def _name_lost(lost: list[rereading.Lost], say: Callable[[str], None]) -> None:
    if not lost:
        return
    say(f"快照缺失或损坏 {len(lost)} 处，相应内容记为未检查：")
    for one in lost[:_NAMED]:
        say(f"  {one}")
    if len(lost) > _NAMED:
        by_file: dict[str, int] = {}
        for one in lost:
            by_file[one.warc] = by_file.get(one.warc, 0) + 1
        say("  共：" + "，".join(f"{warc or '没有留存'} {count} 处" for warc, count in sorted(by_file.items())))


def _files(store: Store, this: Run, targets: Iterable[Target], clock: Clock, say: Callable[[str], None]) -> dict[str, list[Issue]]:
    """Attachments: a reading by this reader and these rules is taken over, what it gave up on too; the others are read now."""
    shelf = Shelf(store.folder / "snapshots")
    draining = Draining(store, this.id, say=say, clock=clock, where=shelf.where)
    sites = [target.site for target in targets]
    for site in sites:
        _take_over(store, this, site)
    try:
        draining.finish(sites)
    finally:
        draining.stop()
    return draining.issues


def _take_over(store: Store, this: Run, site: str) -> None:
    rules = rulebook.digest()
    wanted = {}
    for visit in store.visits(this.id, site, ATTACHMENT):
        taken = to_read(visit)
        if taken is not None:
            wanted[visit.url] = opening.digest(taken.sha256, file_name(visit), rules)
    kept = [
        FileFacts(url=file.url, digest=file.digest, parts=[])
        for file in store.documents(this.crawl, site, text=False)
        if wanted.get(file.url) == file.digest.partition("@")[0]
    ]
    if kept:
        store.put_documents(this.id, site, kept)


def _same_draws(store: Store, this: Run, old: Run, targets: Iterable[Target]) -> None:
    """The samples of the run, where it is judged by the same pack at the same 监测时间点; else they are drawn anew with the seed."""
    if (this.pack, this.as_of, this.seed) == (old.pack, old.as_of, old.seed):
        for target in targets:
            store.put_draws(this.id, target.site, store.draws(old.id, target.site))
