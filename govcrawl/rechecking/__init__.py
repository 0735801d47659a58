"""Re-check (复查): fetch again only what open findings need, judge by the same checks, answer for each, and write it into its order's history."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from govcrawl import checks, judging, rectification, rulebook
from govcrawl.clock import Clock, SystemClock, moment
from govcrawl.crawling import Crawling, CrawlPlan
from govcrawl.detect import masking
from govcrawl.draining import Draining
from govcrawl.errors import UsageError
from govcrawl.evidence import rechecked
from govcrawl.memory import seldom_collected
from govcrawl.model.facts import ATTACHMENT, Context
from govcrawl.model.files import INSIDE
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.looks import Look
from govcrawl.model.orders import OrderEvent
from govcrawl.model.runs import Run
from govcrawl.model.targets import Target
from govcrawl.pinning import claimed_names, run_with_pages, target_of
from govcrawl.rechecking import choosing
from govcrawl.rechecking.sides import Before, Now
from govcrawl.rectification import verdicts
from govcrawl.rectification.site_plan import SitePlan
from govcrawl.rectification.verdicts import Judged, Verdict
from govcrawl.report import outputs, rechecks
from govcrawl.report.summary import SEVERITIES
from govcrawl.store import claims, sealing
from govcrawl.store.base import Store, open_existing
from govcrawl.store.overlay import Overlay
from govcrawl.telemetry import logs

BY = "govcrawl"
"""Who looked, in an order's history."""


@dataclass(slots=True, kw_only=True)
class Options:
    """What `govcrawl recheck` was asked."""

    store: str = "sqlite:///govcrawl.db"
    run: str | None = None
    """Run that bare finding ids are taken from; null = the newest that has them."""
    open: bool = False
    """Every open finding of every order."""
    sites: tuple[str, ...] = ()
    """Only those of these sites; empty = all."""
    as_of: str | None = None
    out: Path | None = None
    settle: str | None = None
    """Person in whose name mended findings are closed and unmended ones, where the unit has replied, are returned."""
    deadline_working_days: int = 5
    """Of what is returned."""
    delay: float = 0.5
    concurrency: int = 2
    render: str = "auto"
    hours: str | None = None
    fail_on: str = "severe"
    page_timeout: float = 30
    link_timeout: float = 15
    retry_wait: float = 5


@dataclass(slots=True)
class Rechecked:
    """What a re-check came to."""

    id: str
    verdicts: list[Verdict]
    order_of: dict[str, str] = field(default_factory=dict)
    """Finding → order."""
    bad: list[str] = field(default_factory=list)
    requests: int = 0
    parts: list[str] = field(default_factory=list)
    """Ids under which it fetched: one a run that the findings are of."""
    out: Path = Path()
    fail_on: str = "severe"

    @property
    def exit_code(self) -> int:
        """5 ids that are not known, 4 something could not be told, 3 something at or above `--fail-on` is not mended, 0."""
        if self.bad:
            return 5
        if any(v.verdict == verdicts.UNKNOWN or (v.verdict == verdicts.MOVED and v.still is None) for v in self.verdicts):
            return 4
        grave = SEVERITIES[: SEVERITIES.index(self.fail_on) + 1]
        return 3 if any(not v.mended and v.finding.severity in grave for v in self.verdicts) else 0

    def rows(self) -> list[dict[str, Any]]:
        """Lines of `recheck.jsonl`, masked, sorted by site, rule, id."""
        made = sorted(self.verdicts, key=lambda v: (v.finding.site, v.finding.rule, v.finding.id))
        return [row_of(v, self.id, self.order_of.get(v.finding.id)) for v in made]

    def lines(self, *, as_json: bool) -> list[str]:
        if as_json:
            return [json.dumps(row, ensure_ascii=False) for row in self.rows()]
        return rechecks.table(self.rows())


def run(arguments: Sequence[str], options: Options, *, clock: Clock | None = None, say: Callable[[str], None] | None = None) -> Rechecked:
    """Re-check orders (by id) and findings (by id).

    Raises:
        UsageError: nothing to look at.
        StoreError, OutputError: named in Chinese.
        KeyboardInterrupt: stopped; nothing is added to any history.
    """
    clock, say = clock or SystemClock(), say or logs.say
    if options.fail_on not in SEVERITIES:
        raise UsageError(f"--fail-on 的值 {options.fail_on!r} 无效，应为 {'、'.join(SEVERITIES)}")
    store = open_existing(options.store, clock)
    try:
        picked, bad = choosing.chosen(store, arguments, run=options.run, open_too=options.open, sites=options.sites)
        for line in bad:
            say(line)
        if not picked and not options.open:
            raise UsageError("没有需要复查的问题" + ("" if arguments else "：请给出工单号、问题编号，或使用 --open"))
        now = clock.now()
        ident = f"{now:%Y%m%d}-{secrets.token_hex(3)}-recheck"
        result = Rechecked(ident, [], {o.finding.id: o.order for o in picked if o.order}, bad, fail_on=options.fail_on)
        if not picked:
            return result
        result.out = options.out or Path("out") / ident
        outputs.prepare(result.out)
        by_run: dict[str, list[choosing.Open]] = {}
        for one in picked:
            by_run.setdefault(one.finding.run, []).append(one)
        with seldom_collected():
            for n, (run_id, group) in enumerate(sorted(by_run.items()), 1):
                later = ident if len(by_run) == 1 else f"{ident}-{n}"
                with logs.about(run=later):
                    _one_run(store, run_id, later, [o.finding for o in group], options, clock, say, result)
        _remember(store, result, options, moment(clock.now()))
        rechecked.end(store.folder, result.parts, moment(clock.now()))
        outputs.json_lines(result.out / "recheck.jsonl", iter(result.rows()))
        rechecks.write(result.out / "recheck.xlsx", result.rows())
        return result
    finally:
        store.close()


# -- one run's findings


def _one_run(
    store: Store,
    run_id: str,
    later: str,
    findings: list[Finding],
    options: Options,
    clock: Clock,
    say: Callable[[str], None],
    result: Rechecked,
) -> None:
    this = run_with_pages(store, run_id)
    wanted: dict[str, list[Finding]] = {}
    for finding in findings:
        wanted.setdefault(finding.site, []).append(finding)
    targets = {t.site: t for t in map(target_of, this.targets) if t.site in wanted}
    befores = {site: Before(store, this, target) for site, target in targets.items()}
    plans = {site: _plan(store, this, befores[site], wanted[site], site) for site in targets}
    with claims.claimed(store.folder, claimed_names(targets.values())):
        rechecked.begin(store.folder, rechecked.Recheck(later, run_id, moment(clock.now()), set(targets), {f.id for f in findings}))
        result.parts.append(later)
        result.requests += _crawl(store, later, targets, befores, plans, options, clock, say)
    as_of = options.as_of or clock.now().date().isoformat()
    for site, target in targets.items():
        result.verdicts += _judged(store, replace(this, as_of=as_of), target, later, befores[site], plans[site], clock)


def _plan(store: Store, this: Run, before: Before, findings: Iterable[Finding], site: str) -> SitePlan:
    return SitePlan(findings, before, lambda: store.pages(this.id, site))


def _crawl(
    store: Store, later: str, targets: Mapping[str, Target], befores: Mapping[str, Before], plans: Mapping[str, SitePlan],
    options: Options, clock: Clock, say: Callable[[str], None],
) -> int:  # fmt: skip
    """Fetch what the plans ask for, and read the attachments among it. Returns the number of requests."""

    def given(target: Target) -> tuple[list[tuple[str, Context]], list[Look]]:
        return plans[target.site].more(Now(store, later, target.site))

    asked = [replace(t, hosts=(*t.hosts, *sorted(befores[t.site].adopted)), start=None) for t in targets.values()]
    crawl = Crawling(
        CrawlPlan(
            run=later, targets=asked, store=store, folder=store.folder, spider="recheck", given=given, delay=options.delay,
            concurrency=options.concurrency, hours=options.hours, render=options.render, page_timeout=options.page_timeout,
            link_timeout=options.link_timeout, retry_wait=options.retry_wait, tries=2, clock=clock, say=say,
        )
    )  # fmt: skip
    try:
        summaries = crawl.run()
    finally:
        for leftover in store.folder.glob(f"frontier-{later}.db*"):
            leftover.unlink(missing_ok=True)
    with_files = [site for site in targets if next(iter(store.visits(later, site, ATTACHMENT)), None) is not None]
    if with_files:
        draining = Draining(store, later, say=say, clock=clock)
        try:
            draining.finish(with_files)
        finally:
            draining.stop()
    return sum(summary.requests for summary in summaries.values())


def _judged(store: Store, this: Run, target: Target, later: str, before: Before, plan: SitePlan, clock: Clock) -> list[Verdict]:
    """Judge one site over the pages of the run with those just read in their place."""
    with tempfile.TemporaryDirectory(prefix="govcrawl-recheck-") as folder:
        overlay = Overlay(store, this.id, later, target.site, Path(folder) / "scratch.db", clock)
        try:
            context = judging.gathered(cast(Store, overlay), this, target, rulebook.pack(this.pack))
            said = checks.judge(context)
            facts = context.facts
        finally:
            overlay.close()
    _seal(store, later, said.findings, facts.private)
    judged = Judged({f.id: judging.masked(f, facts) for f in said.findings}, said.results)
    others = [f for f in store.findings(this.id, target.site) if f.outcome in (Outcome.FAIL, Outcome.NEEDS_REVIEW)]
    now = Now(store, later, target.site)
    return [verdicts.decide(pursuit, before, now, judged, others) for pursuit in plan.pursued.values()]


def _seal(store: Store, later: str, findings: Iterable[Finding], private: Iterable[str]) -> None:
    """Take the bytes of pages that still show personal data out of the snapshots of the re-check, as a run does."""
    shown = {f.source_file or f.url for f in findings if f.rule.startswith("privacy-")}
    urls = shown | {url.partition(INSIDE)[0] for url in shown} | set(private)
    if urls:
        folder = store.folder / "snapshots"
        sealing.seal(folder, sealing.records_of(folder, later, urls))


# -- what is kept of it


def row_of(verdict: Verdict, ident: str, order: str | None) -> dict[str, Any]:
    """A line of `recheck.jsonl`: what an order's history keeps too."""
    finding = verdict.finding
    row: dict[str, Any] = masking.exported(
        {
            "recheck": ident, "order": order, "finding": finding.id, "rule": finding.rule, "severity": finding.severity, "site": finding.site,
            "url": finding.url, "title": finding.title, "message": finding.message, "verdict": verdict.verdict,
            "verdict_text": verdicts.TITLES[verdict.verdict], "note": verdict.note, "reason": verdict.reason, "moved_to": verdict.moved_to,
            "still": verdict.still, "mended": verdict.mended, "elsewhere": verdict.elsewhere, "before": verdict.before, "after": verdict.after,
        }
    )  # fmt: skip
    return row


def _remember(store: Store, result: Rechecked, options: Options, at: str) -> None:
    """Append each answer to its order's history, and settle where a person asked for it."""
    by_order: dict[str, list[Verdict]] = {}
    for verdict in result.verdicts:
        if (order_id := result.order_of.get(verdict.finding.id)) is not None:
            by_order.setdefault(order_id, []).append(verdict)
    for order_id, found in sorted(by_order.items()):
        order = store.order(order_id)
        assert order is not None
        history = store.order_events(order_id)
        standing = rectification.standings(order, history)
        events = [e for v in found for e in _steps(v, standing[v.finding.id], result.id, options, order_id, at)]
        if events:
            store.append_events(order_id, events, history[-1].n if history else 0)


def _steps(
    verdict: Verdict, standing: rectification.Standing, ident: str, options: Options, order_id: str, at: str
) -> Iterable[OrderEvent]:
    """The events of one answer. One that could not be given, or that finds unmended what the unit has not answered for yet, is a record only."""
    if standing.state not in rectification.OPEN - {rectification.OBJECTED}:
        return
    told = verdict.verdict != verdicts.UNKNOWN
    answered = standing.state in (rectification.REPLIED, rectification.RECHECKED)
    moves = told and (answered or verdict.mended)

    def event(move: str, by: str, role: str, **more: Any) -> OrderEvent:
        return OrderEvent(order=order_id, finding=verdict.finding.id, move=move, by=by, role=role, at=at, **more)

    note = f"{verdicts.TITLES[verdict.verdict]}：{verdict.note}"
    yield event("recheck" if moves else "look", BY, rectification.MACHINE, note=note, data=row_of(verdict, ident, order_id))
    if moves and options.settle:
        if verdict.verdict == verdicts.FIXED:
            yield event("close", options.settle, rectification.INSPECTOR, note="复查已整改")
        elif not verdict.mended and verdict.verdict == verdicts.NOT_FIXED:
            due, _ = rectification.deadline(rulebook.calendar(), at[:10], options.deadline_working_days)
            yield event("return", options.settle, rectification.INSPECTOR, note=verdict.note, due_on=due)
