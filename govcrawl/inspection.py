"""The main job: one run strung together - pin, crawl, look again, judge, publish."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from govcrawl import judging, registry, rulebook
from govcrawl.clock import Clock, SystemClock, moment
from govcrawl.crawling import Crawling, CrawlPlan
from govcrawl.detect import masking
from govcrawl.errors import InterruptedRunError, OutputError, RulebookError, StoreError, UsageError
from govcrawl.memory import seldom_collected
from govcrawl.model.runs import Run
from govcrawl.model.targets import Target
from govcrawl.pinning import Options, begin, claimed_names, refuse_nonsense, target_of, targets_of
from govcrawl.progress import Display
from govcrawl.report import html, ledger, outputs
from govcrawl.report.receipt import site_receipt, skipped_receipt
from govcrawl.report.summary import Result, difference, tell
from govcrawl.report.view import RunView, SiteView, compare, exported
from govcrawl.rulebook.packs import Pack
from govcrawl.store import claims, sealing
from govcrawl.store.base import Store, open_store


def run(arguments: list[str], options: Options, *, clock: Clock | None = None, say: Callable[[str], None] | None = None) -> Result:
    """Inspect sites; the same command goes on with an unfinished run.

    Raises:
        UsageError: no usable target, or an unfinished run pinned other values.
        RegistryError, RulebookError, StoreError, OutputError: named in Chinese.
    """
    clock = SystemClock() if clock is None else clock
    say = say or _to_stderr
    refuse_nonsense(options)
    if problems := rulebook.check(thorough=False):
        raise RulebookError("规则文件有误\n" + "\n".join(problems))
    pack = rulebook.pack(options.pack)
    targets, bad_rows = targets_of(arguments, options.registry)
    for row in bad_rows:
        say(row)
    if not targets:
        raise UsageError("没有可检查的网站" + ("：名录中的行均有错误" if bad_rows else ""))
    store = open_store(options.store)
    try:
        return _claimed_run(store, targets, bad_rows, options, pack, clock, say)
    finally:
        store.close()


def _claimed_run(
    store: Store, targets: list[Target], bad_rows: list[str], options: Options, pack: Pack, clock: Clock, say: Callable[[str], None]
) -> Result:
    """The run from its pinning to its end, while no other process of this workspace works on its sites."""
    with claims.claimed(store.folder, claimed_names(targets)):
        this = begin(store, targets, options, pack, clock, say)
        with _how_to_go_on(this), seldom_collected():
            out = Path(this.out)
            view = _carried_out(store, this, options, pack, clock, say)
            publish(store, view, out)
            this.state, this.ended_at = "finished", moment(clock.now())
            store.save_run(this)
        result = Result(run=this, view=view, out=out, bad_rows=bad_rows, fail_on=options.fail_on)
        tell(result, say)
        return result


@contextmanager
def _how_to_go_on(this: Run) -> Iterator[None]:
    """Where the disk is full or read-only, or Ctrl-C came, the user must know that nothing is lost and how the run is finished."""
    try:
        yield
    except (StoreError, OutputError) as error:
        said = f"{error}。已保存的内容没有丢失；排除原因后再次运行同样的命令，即可继续批次 {this.id}。"
        raise type(error)(said) from error
    except KeyboardInterrupt:
        raise InterruptedRunError(f"已停止，进度已保存（批次 {this.id}）。再次运行同样的命令即可继续。") from None


def _carried_out(store: Store, this: Run, options: Options, pack: Pack, clock: Clock, say: Callable[[str], None]) -> RunView:
    """Crawl and judge the pinned targets, once the output folder is known to be writable."""
    targets = [target_of(row) for row in this.targets]
    outputs.prepare(Path(this.out))
    live = [t for t in targets if registry.is_skipped(t, this.as_of) is None]
    crawl = _crawl(store, this, live, options, pack, clock, say)
    view = _judge(store, this, targets, pack, clock, say, crawl)
    _seal(store, this, view)
    return view


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def publish(store: Store, view: RunView, out: Path) -> None:
    """Write every file of `--out DIR`.

    Raises:
        OutputError: the folder cannot be written; files already there stay whole.
    """
    run_id = view.run.id
    view = exported(view)
    judged = sorted((s for s in view.sites if s.card is not None), key=lambda s: s.target.site)
    outputs.json_lines(out / "findings.jsonl", (f.to_json() for s in judged for f in s.findings))
    outputs.json_lines(out / "records.jsonl", (masking.exported(r.to_json()) for s in judged for r in store.records(run_id, s.target.site)))
    head = {"run": run_id, "pack": view.pack.name, "as_of": view.run.as_of}
    outputs.json_file(out / "scorecard.json", {**head, "seed": view.run.seed, "sites": [s.card for s in view.sites if s.card is not None]})
    outputs.json_file(out / "receipt.json", {**head, "sites": [s.receipt for s in view.sites]})
    rules = rulebook.rules()
    ledger.write(out / "ledger.xlsx", view, rules)
    html.write(out / "report.html", view, rules)
    outputs.link_snapshots(sorted((store.folder / "snapshots").glob(f"{run_id}-*.warc.gz")), out / "snapshots")


def _crawl(
    store: Store, this: Run, targets: list[Target], options: Options, pack: Pack, clock: Clock, say: Callable[[str], None]
) -> Crawling:
    """Crawl every site, then its one round of second looks; a kill is resumed in the phase it struck.

    Raises:
        KeyboardInterrupt: stopped by Ctrl-C or SIGTERM; everything read so far is kept.
    """
    display = Display(len(targets))
    plan = CrawlPlan(
        run=this.id,
        targets=targets,
        store=store,
        folder=store.folder,
        max_pages=options.max_pages,
        pattern_pages=options.max_pages,
        delay=options.delay,
        concurrency=options.concurrency,
        hours=options.hours,
        render=options.render,
        page_timeout=options.page_timeout,
        link_timeout=options.link_timeout,
        retry_wait=options.retry_wait,
        second_look_after=options.second_look_after,
        looks=lambda target: judging.looks(store, this, target, pack),
        clock=clock,
        say=say,
        progress=display.show,
    )
    crawl = Crawling(plan)
    try:
        crawl.run()
    finally:
        display.end()
    return crawl


def _judge(
    store: Store,
    this: Run,
    targets: list[Target],
    pack: Pack,
    clock: Clock,
    say: Callable[[str], None],
    crawl: Crawling | None,
    keep: bool = True,
) -> RunView:
    """Judge every site; sites that the registry closed are skipped with the reason.

    Args:
        crawl: the crawl that just ended; null when stored facts are judged again.
        keep: write the judgement into the store.
    """
    sites = []
    for target in targets:
        closed = registry.is_skipped(target, this.as_of)
        if closed is not None:
            receipt = skipped_receipt(target.site, _host(target), closed)
            say(f"跳过 {target.name or target.url}：{closed}")
            sites.append(SiteView(target=target, receipt=receipt))
            continue
        now = moment(clock.now())
        judged = judging.judge(store, this, target, pack, now)
        kept = {r["site"]: r for r in store.receipts(this.id)}.get(target.site)
        receipt = _receipt(store, this, target, judged, crawl, kept)
        issues = judged.issues + (crawl.summaries[target.site].issues if crawl and target.site in crawl.summaries else [])
        if keep:
            store.put_judgement(this.id, target.site, judged.findings, judged.scorecard, receipt, issues)
        previous = _previous(store, this, target)
        old = store.findings(previous.id, target.site) if previous else None
        change = None if old is None else compare(old, judged.findings, judged.scorecard)
        sites.append(
            SiteView(
                target=target,
                receipt=receipt,
                card=judged.scorecard,
                findings=judged.findings,
                private=judged.facts.private,
                difference=change,
                previous=previous,
            )  # fmt: skip
        )
    sites.sort(key=lambda s: (s.target.admin_order is None, s.target.admin_order or 0, s.target.site))
    return RunView(run=this, pack=pack, sites=sites, made_at=moment(clock.now()))


def _seal(store: Store, this: Run, view: RunView) -> None:
    """Take the bytes of pages that show personal data out of the snapshots that are handed round.

    Also of a page that only names in a link what its target shows, and of every later exchange of such a page (second looks, control addresses).
    """
    private: set[str] = set()
    for site in view.sites:
        private |= {f.source_file or f.url for f in site.findings if f.rule.startswith("privacy-")} | site.private
    if private:
        folder = store.folder / "snapshots"
        sealing.seal(folder, sealing.records_of(folder, this.id, private))


def _receipt(
    store: Store,
    this: Run,
    target: Target,
    judged: judging.Judgement,
    crawl: Crawling | None,
    kept: dict[str, Any] | None,
) -> dict[str, Any]:
    """The receipt of a crawl that just ended; a run that is only judged again keeps the one it has."""
    if crawl is None and kept is not None:
        return kept
    receipt = site_receipt(
        site=target.site,
        host=_host(target),
        home=target.url,
        visits=store.visits(this.id, target.site),
        looks=store.looks(this.id, target.site),
        attachments=judged.facts.attachments,
        waiting_to_render=sum(page.unrendered for page in judged.facts.outlines.values()),
        left_in_queue=crawl.left_in_queue(target.site) if crawl else 0,
    )
    summary = crawl.summaries.get(target.site) if crawl else None
    if summary is not None:  # robots.txt, retries and control addresses too
        receipt["requests"], receipt["bytes"] = summary.requests, summary.bytes
    return receipt


def _previous(store: Store, this: Run, target: Target) -> Run | None:
    """The newest finished run before this one that inspected the site."""
    done = [r for r in store.runs() if r.state == "finished" and r.started_at < this.started_at and _was_judged(r, target)]
    return done[-1] if done else None


def _was_judged(run: Run, target: Target) -> bool:
    return any(row["site"] == target.site for row in run.targets)


def _host(target: Target) -> str:
    return target.url.split("/")[2]


def score_again(run_id: str, *, store: str, pack: str | None, out: Path | None, clock: Clock | None = None) -> Result:
    """Judge and score a run once more from its stored facts, with people's decisions; no network.

    With another pack than the run's own, only the files are written: the run's judgement in the store stays.

    Raises:
        UsageError: there is no such run, or it is not finished.
    """
    clock = SystemClock() if clock is None else clock
    opened = open_store(store)
    try:
        this = _known_run(opened, run_id)
        if this.state == "open":
            raise UsageError(f"批次 {run_id} 尚未完成：先用原来的 inspect 命令续跑")
        own = pack in (None, this.pack)
        book = rulebook.pack(pack or this.pack)
        targets = [target_of(row) for row in this.targets]
        view = _judge(opened, this, targets, book, clock, _to_stderr, None, keep=own)
        folder = out or Path(this.out)
        outputs.prepare(folder)
        publish(opened, view, folder)
        return Result(run=this, view=view, out=folder)
    finally:
        opened.close()


def _known_run(store: Store, run_id: str) -> Run:
    this = store.run(run_id)
    if this is None:
        known = "、".join(r.id for r in store.runs()[-5:]) or "无"
        raise UsageError(f"没有检查批次 {run_id}（最近的批次：{known}）")
    return this


def difference_lines(run_a: str, run_b: str, *, store: str, as_json: bool) -> list[str]:
    """What run B says against run A, site by site.

    Raises:
        UsageError: a run is not known.
    """
    opened = open_store(store)
    try:
        older, newer = _known_run(opened, run_a), _known_run(opened, run_b)
        cards = {card["site"]: card for card in opened.scorecards(newer.id)}
        lines = []
        for row in newer.targets:
            target = target_of(row)
            if target.site not in cards or not _was_judged(older, target):
                continue
            change = compare(opened.findings(older.id, target.site), opened.findings(newer.id, target.site), cards[target.site])
            lines += difference(target, change, as_json=as_json)
        return lines
    finally:
        opened.close()
