"""The main job: one run strung together - pin, crawl, look again, judge, publish."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from govcrawl import comparing, judging, registry, rescoring, rulebook
from govcrawl.baseline import Baseline
from govcrawl.checks import probes
from govcrawl.clock import Clock, SystemClock, moment
from govcrawl.crawling import Crawling, CrawlPlan
from govcrawl.detect import masking
from govcrawl.draining import Draining
from govcrawl.errors import InterruptedRunError, OutputError, RulebookError, StoreError, UsageError
from govcrawl.evidence import album
from govcrawl.evidence.shooting import Shooter, parsed_limit
from govcrawl.memory import seldom_collected
from govcrawl.model.facts import DATA, PAGE
from govcrawl.model.files import INSIDE
from govcrawl.model.findings import Issue
from govcrawl.model.items import Snapshot
from govcrawl.model.runs import SCAN, Run
from govcrawl.model.targets import Target
from govcrawl.pinning import PINNED, Options, begin, claimed_names, known_run, pack_of, refuse_nonsense, rules_of, target_of, targets_of
from govcrawl.progress import Display
from govcrawl.report import html, ledger, outputs
from govcrawl.report.receipt import site_receipt, skipped_receipt
from govcrawl.report.summary import Result, tell
from govcrawl.report.view import RunView, SiteView, exported
from govcrawl.rulebook.packs import Pack
from govcrawl.store import claims, sealing
from govcrawl.store.base import Store, open_existing, open_store
from govcrawl.telemetry import logs, metrics

logger = logging.getLogger(__name__)


def run(arguments: list[str], options: Options, *, clock: Clock | None = None, say: Callable[[str], None] | None = None) -> Result:
    """Inspect sites; the same command goes on with an unfinished run.

    Raises:
        UsageError: no usable target, or an unfinished run pinned other values.
        RegistryError, RulebookError, StoreError, OutputError: named in Chinese.
    """
    clock = SystemClock() if clock is None else clock
    say = say or logs.say
    refuse_nonsense(options)
    if problems := rulebook.check(thorough=False):
        raise RulebookError("规则文件有误\n" + "\n".join(problems))
    pack = rulebook.pack(options.pack)
    targets, bad_rows = targets_of(arguments, options.registry)
    for row in bad_rows:
        say(row)
    if not targets:
        raise UsageError("没有可检查的网站" + ("：名录中的行均有错误" if bad_rows else ""))
    store, rules = open_store(options.store), rulebook.used()
    try:
        return _claimed_run(store, targets, bad_rows, options, pack, clock, say)
    finally:
        store.close()
        if rulebook.used() != rules:  # a continued run was pinned to older ones
            rulebook.use(rules)


def _claimed_run(
    store: Store, targets: list[Target], bad_rows: list[str], options: Options, pack: Pack, clock: Clock, say: Callable[[str], None]
) -> Result:
    """The run from its pinning to its end, while no other process of this workspace works on its sites."""
    with claims.claimed(store.folder, claimed_names(targets)):
        measured = metrics.Span(moment(clock.now()))
        this = begin(store, targets, options, pack, clock, say)
        pack = rulebook.pack(this.pack)
        with logs.about(run=this.id), _how_to_go_on(this), seldom_collected():
            out = Path(this.out)
            view = _carried_out(store, this, options, pack, clock, say)
            publish(store, view, out)
            this.state, this.ended_at = "finished", moment(clock.now())
            outputs.json_file(out / "metrics.json", measured.told(this.id, this.started_at, this.ended_at))
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
    draining = Draining(store, this.id, say=say, clock=clock)
    try:
        crawl = _crawl(store, this, live, options, pack, clock, say, draining)
        draining.finish(target.site for target in live)
    finally:
        draining.stop()
    for site, issues in draining.issues.items():
        crawl.summaries[site].issues += issues
    shooter = Shooter(store, this, parsed_limit(options.shots), clock, say)
    view = judge_sites(store, this, targets, pack, clock, say, crawl, shooter=shooter)
    seal_private(store, this, view)
    return view


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
    outputs.link_files(sorted((store.folder / "snapshots").glob(f"{view.run.crawl}-*.warc.gz")), out / "snapshots")
    album.publish(store.folder, view.run.crawl, out)


def _crawl(
    store: Store,
    this: Run,
    targets: list[Target],
    options: Options,
    pack: Pack,
    clock: Clock,
    say: Callable[[str], None],
    draining: Draining,
) -> Crawling:
    """Crawl every site, then its one round of second looks; a kill is resumed in the phase it struck.

    Raises:
        KeyboardInterrupt: stopped by Ctrl-C or SIGTERM; everything read so far is kept.
    """
    display = Display(len(targets), say=say)
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
        dress=options.shots != "none",
        page_timeout=options.page_timeout,
        link_timeout=options.link_timeout,
        retry_wait=options.retry_wait,
        second_look_after=options.second_look_after,
        crawled=draining.add,
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


def judge_sites(
    store: Store,
    this: Run,
    targets: list[Target],
    pack: Pack,
    clock: Clock,
    say: Callable[[str], None],
    crawl: Crawling | None,
    keep: bool = True,
    shooter: Shooter | None = None,
    doubts: Mapping[str, list[Issue]] | None = None,
) -> RunView:
    """Judge every site; sites that the registry closed are skipped with the reason.

    Args:
        crawl: the crawl that just ended; null when stored facts are judged again.
        keep: write the judgement into the store.
        shooter: takes screenshots, before pages with personal data are sealed; null = those that were taken before are shown.
        doubts: issues of our own that came up by site before the judging.
    """
    sites = []
    baseline, receipts = Baseline(store, this), {r["site"]: r for r in store.receipts(this.id)}
    for target in targets:
        closed = registry.is_skipped(target, this.as_of)
        if closed is not None:
            receipt = skipped_receipt(target.site, host_of(target), closed)
            say(f"跳过 {target.name or target.url}：{closed}")
            sites.append(SiteView(target=target, receipt=receipt))
            continue
        if this.imported or this.kind == SCAN:
            sites.append(rescoring.site(store, this, target, pack, keep=keep))
            continue
        now = moment(clock.now())
        judged = judging.judge(store, this, target, pack, now)
        receipt = _receipt(store, this, target, judged, crawl, receipts.get(target.site), pack, baseline)
        if shooter is not None:
            receipt["shots"] = shooter.take(judged)
        else:
            judged.findings = album.shown(store.folder, judged.findings)
        issues = judged.issues + (crawl.summaries[target.site].issues if crawl and target.site in crawl.summaries else [])
        issues += (doubts or {}).get(target.site, [])
        if keep:
            store.put_judgement(this.id, target.site, judged.findings, judged.scorecard, receipt, issues)
        _watched(this, receipt, issues)
        previous = baseline.previous(target.site)
        change = comparing.changes(store, previous, this, target, judged.findings, judged.scorecard) if previous else None
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


def _watched(this: Run, receipt: dict[str, Any], issues: list[Issue]) -> None:
    """For those who watch the program: a line and a count a site, and what we could not do there."""
    about = {"run": this.id, "site": receipt["site"], "phase": "judge"}
    for issue in issues:
        metrics.ISSUES.labels(issue.where).inc()
        if issue.rule is not None:  # the others were logged where they came up
            logger.error("%s\n%s", issue.what, issue.detail, extra=about | {"url": issue.url, "rule": issue.rule})
    metrics.JUDGED.labels(receipt["state"]).inc()
    counted = {name: receipt["pages"][name] for name in ("read", "failed")} | {"requests": receipt["requests"]}
    logger.info("网站检查完毕", extra=about | {"outcome": receipt["state"]} | counted)


def seal_private(store: Store, this: Run, view: RunView, sealed: Collection[str] = ()) -> None:
    """Take the bytes of pages that show personal data out of the snapshots that are handed round.

    Also of a page that only names in a link what its target shows, and of every later exchange of such a page (second looks, control addresses).
    `sealed`: addresses of which every exchange was sealed before.
    """
    private: set[str] = set()
    bearing: list[Snapshot] = []
    for site in view.sites:
        bearing += [f.snapshot for f in site.findings if f.rule.startswith("privacy-") and f.snapshot is not None]
        shown = {f.source_file or f.url for f in site.findings if f.rule.startswith("privacy-")}
        # a file inside a file lies in its container's record
        private |= shown | {url.partition(INSIDE)[0] for url in shown} | site.private
    folder = store.folder / "snapshots"
    if private := private - set(sealed):
        bearing += sealing.records_of(folder, this.crawl, private)
    sealing.seal(folder, bearing)


def _receipt(
    store: Store,
    this: Run,
    target: Target,
    judged: judging.Judgement,
    crawl: Crawling | None,
    kept: dict[str, Any] | None,
    pack: Pack,
    baseline: Baseline,
) -> dict[str, Any]:
    """The receipt of a crawl that just ended; a run that is only judged again keeps the one it has, but for the probes."""
    probed = probes.summary(judged.facts.probes, target, date.fromisoformat(this.as_of), probes.standard(pack.param))
    if crawl is None and kept is not None:
        return {**kept, "probes": probed}
    original = _receipt_of_crawl(store, this, target)
    receipt = site_receipt(
        site=target.site,
        host=host_of(target),
        home=target.url,
        visits=store.visits(this.id, target.site),
        looks=store.looks(this.id, target.site),
        attachments=judged.facts.attachments,
        waiting_to_render=sum(page.unrendered for page in judged.facts.outlines.values()),
        left_in_queue=crawl.left_in_queue(target.site) if crawl else _left(store, this, target, original),
        probes=probed,
    )
    summary = crawl.summaries.get(target.site) if crawl else None
    if summary is not None:  # robots.txt, retries and control addresses too
        receipt["requests"], receipt["bytes"] = summary.requests, summary.bytes
    if original is not None:  # a replay asked for nothing: what was asked, and what was photographed, the crawl has told
        receipt |= {name: original[name] for name in ("requests", "bytes", "shots") if name in original}
    baseline.mark(target, receipt, judged.facts)
    return receipt


def _receipt_of_crawl(store: Store, this: Run, target: Target) -> dict[str, Any] | None:
    """Of a replay: the receipt of the run whose snapshots it read."""
    if this.replay_of is None:
        return None
    return next((r for r in store.receipts(this.replay_of) if r["site"] == target.site), None)


def _left(store: Store, this: Run, target: Target, original: dict[str, Any] | None) -> int:
    """Own pages that the crawl knew and never asked for: what its receipt counts beyond the addresses that were handled."""
    if original is None:
        return 0
    handled = sum(v.context.role in (PAGE, DATA) and v.outcome != "redirected" for v in store.visits(this.crawl, target.site))
    return max(0, int(original["pages"]["known"]) - handled)


def host_of(target: Target) -> str:
    return target.url.split("/")[2]


def score_again(run_id: str, *, store: str, pack: str | None, out: Path | None, rules: str = PINNED, clock: Clock | None = None) -> Result:
    """Judge and score a run once more from its stored facts, with people's decisions; no network. One that came from a feed is only scored.

    With another pack than the run's own, only the files are written: the run's judgement in the store stays.

    Raises:
        UsageError: there is no such run, or it is not finished.
    """
    clock = SystemClock() if clock is None else clock
    opened = open_existing(store)
    try:
        this = known_run(opened, run_id)
        if this.state == "open":
            again = "搬入之后的导出" if this.imported else "用原来的 inspect 命令续跑"
            raise UsageError(f"批次 {run_id} 尚未完成：先{again}")
        with rules_of(this, opened, rules, logs.say):
            own = pack in (None, this.pack)
            book = pack_of(this, pack)
            targets = [target_of(row) for row in this.targets]
            view = judge_sites(opened, this, targets, book, clock, logs.say, None, keep=own)
            folder = out or Path(this.out)
            outputs.prepare(folder)
            publish(opened, view, folder)
        return Result(run=this, view=view, out=folder)
    finally:
        opened.close()
