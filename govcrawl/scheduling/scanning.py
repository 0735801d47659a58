"""新内容扫描: what is new on a site since it was last looked at, searched for what its texts must not show (personal data, wrong wording).

A scan is a run of its own kind. It judges by the rules about texts alone, over the last inspection with what it read laid on top, so that a fault
of the template is told from one of the page; of every other rule it says that nobody looked. It is never taken for an inspection, has no
samples, and its receipt is never complete. One that was broken off is given up and begun again: what it read was new, and still is.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from govcrawl import checks, inspection, judging, rulebook
from govcrawl.checks.base import conclude
from govcrawl.checks.content import Content
from govcrawl.clock import Clock, moment
from govcrawl.crawling import CrawlPlan
from govcrawl.draining import Draining
from govcrawl.memory import seldom_collected
from govcrawl.model.facts import ATTACHMENT
from govcrawl.model.files import INSIDE
from govcrawl.model.findings import Finding, Issue, Outcome
from govcrawl.model.items import Attachment, Column, Record, Site
from govcrawl.model.runs import SCAN, Run
from govcrawl.model.targets import Target
from govcrawl.pinning import claimed_names, code_version
from govcrawl.report import outputs
from govcrawl.report.receipt import site_receipt
from govcrawl.report.view import RunView, SiteView
from govcrawl.rulebook import frozen
from govcrawl.rulebook.packs import Pack
from govcrawl.scheduling.columns import crawled, inspected, room, watched
from govcrawl.scheduling.config import Scan
from govcrawl.scheduling.novelty import Novelty
from govcrawl.store import claims
from govcrawl.store.base import Store
from govcrawl.store.overlay import Overlay
from govcrawl.telemetry import logs

_NOT_LOOKED = "budget"
"""Why a scan does not answer for a rule."""


@dataclass(slots=True, frozen=True)
class Scanned:
    """What a scan came to."""

    run: Run
    columns: int
    pages: int
    files: int
    findings: list[Finding]
    left: int

    @property
    def note(self) -> str:
        problems, doubtful = (sum(f.outcome is wanted for f in self.findings) for wanted in (Outcome.FAIL, Outcome.NEEDS_REVIEW))
        left = f"，另有 {self.left} 个留待下次" if self.left else ""
        return f"看了 {self.columns} 个栏目，读了新增或改动的页面 {self.pages} 个、文件 {self.files} 个{left}，问题 {problems}，疑似 {doubtful}"


def scan(store: Store, target: Target, options: Scan, clock: Clock, hours: str | None, say: Callable[[str], None]) -> Scanned | None:
    """Scan one site; null where no inspection has found its columns yet.

    Raises:
        BusyError: another process works on the site.
        InterruptedRunError: stopped; the scan will be begun again.
    """
    with claims.claimed(store.folder, claimed_names([target])):
        base, columns = inspected(store, target), watched(store, target)
        if base is None or base.imported or not columns:
            return None
        this = _begin(store, base, target, clock)
        with logs.about(run=this.id, phase="scan"), seldom_collected():
            novelty = Novelty(store, this, base, target, columns, options.max_pages, clock)
            issues = _crawl(store, this, target, novelty, options, clock, hours, say)
            done = _judged(store, this, base, target, novelty, columns, issues, clock)
            this.state, this.ended_at = "finished", moment(clock.now())
            store.save_run(this)
    return done


def _begin(store: Store, base: Run, target: Target, clock: Clock) -> Run:
    key = f"{SCAN} {target.site}"
    for old in store.runs():
        if old.state == "open" and old.targets_key == key:
            old.state = "abandoned"
            store.save_run(old)
    now = clock.now()
    ident = f"{now:%Y%m%d}-{secrets.token_hex(3)}"
    this = Run(
        id=ident, targets=[asdict(target)], targets_key=key, pack=base.pack, as_of=now.date().isoformat(), seed=base.seed,
        settings={"base": base.id}, rulebook=frozen.keep(store.folder), code_version=code_version(), started_at=moment(now),
        out=str(Path("out") / ident), kind=SCAN,
    )  # fmt: skip
    store.save_run(this)
    return this


def _crawl(
    store: Store, this: Run, target: Target, novelty: Novelty, options: Scan, clock: Clock, hours: str | None, say: Callable[[str], None]
) -> list[Issue]:
    """Ask for what is new, and read the files among it. Returns what we could not do."""
    plan = CrawlPlan(
        run=this.id, targets=[target], store=store, folder=store.folder, spider="recheck", given=novelty.given, delay=options.delay,
        concurrency=options.concurrency, hours=hours, render=options.render, max_pages=room(novelty.most), clock=clock, say=say,
    )  # fmt: skip
    issues = [*crawled(plan)[target.site].issues]
    if next(iter(store.visits(this.id, target.site, ATTACHMENT)), None) is not None:
        draining = Draining(store, this.id, say=say, clock=clock)
        try:
            draining.finish([target.site])
        finally:
            draining.stop()
        issues += draining.issues.get(target.site, [])
    return issues


class _Sight(Overlay):
    """The last inspection with what the scan read laid over it. Records of what is new are kept as the scan's."""

    def __init__(self, store: Store, base: Run, this: Run, site: str, scratch: Path, clock: Clock, new: Collection[str]) -> None:
        # what did not answer today stands as the inspection saw it
        super().__init__(store, base.id, this.id, site, scratch, clock, counts=lambda visit: visit.outcome in ("read", "redirected"))
        self._new = new

    def put_records(self, run_id: str, site: str, records: Iterable[Record], *, told: bool = True) -> None:
        own: list[Record] = []

        def sorted_out() -> Iterator[Record]:
            for record in records:
                if not isinstance(record, Site | Column) and record.url.partition(INSIDE)[0] in self._new:
                    own.append(replace(record))  # the judging drops texts from those that it is given
                yield record

        super().put_records(run_id, site, sorted_out(), told=told)
        self._store.put_records(self._later, site, own)


def _judged(
    store: Store, this: Run, base: Run, target: Target, novelty: Novelty, columns: Collection[str], issues: list[Issue], clock: Clock
) -> Scanned:
    pack, now = rulebook.pack(this.pack), moment(clock.now())
    read = {visit.url: visit.context.role for visit in store.visits(this.id, target.site) if visit.outcome == "read"}
    new = read.keys() - novelty.fronts
    with tempfile.TemporaryDirectory(prefix="govcrawl-scan-") as folder:
        sight = _Sight(store, base, this, target.site, Path(folder) / "scratch.db", clock, new)
        try:
            context = judging.gathered(cast(Store, sight), replace(base, as_of=this.as_of), target, pack)
            context = replace(context, drawn={})
            said = _about(checks.judge(context, only=(Content,)), new)
            judged = judging.concluded(store, this, target, pack, context, said, now)
        finally:
            sight.close()
    receipt = _receipt(store, this, target, novelty, columns, new)
    site = SiteView(
        target=target, receipt=receipt, card=judged.scorecard, findings=judged.findings, private=frozenset(judged.facts.private & new)
    )
    store.put_judgement(this.id, target.site, judged.findings, judged.scorecard, receipt, [*issues, *judged.issues])
    _publish(store, this, pack, site, now)
    files = sum(read[url] == ATTACHMENT for url in new)
    return Scanned(this, len(columns), len(new) - files, files, judged.findings, novelty.left)


def _about(judged: checks.Judgement, new: Collection[str]) -> checks.Judgement:
    """What was found on new pages and in new files. A rule that found nothing there has cleared nothing: the site was not looked at."""
    findings = [f for f in judged.findings if f.url in new or (f.source_file or "").partition(INSIDE)[0] in new]
    results = {
        name: conclude(name, findings, 0, otherwise=(Outcome.NOT_CHECKED, result.reason if result.reason == "not_built" else _NOT_LOOKED))
        for name, result in judged.results.items()
    }
    return replace(judged, findings=findings, results=results)


def _receipt(store: Store, this: Run, target: Target, novelty: Novelty, columns: Collection[str], new: Collection[str]) -> dict[str, Any]:
    """What the scan looked at. It is never complete: all else of the site was not looked at."""
    files = [record for record in store.records(this.id, target.site, Attachment.kind) if isinstance(record, Attachment)]
    receipt = site_receipt(
        site=target.site, host=inspection.host_of(target), home=target.url, visits=store.visits(this.id, target.site), looks=(),
        attachments=files, waiting_to_render=sum(page.needs_script in ("list", "body") and not page.rendered for page in store.pages(this.id, target.site)),
        left_in_queue=novelty.left,
    )  # fmt: skip
    blocked = any(visit.outcome == "blocked" for visit in store.visits(this.id, target.site))
    receipt["state"] = "incomplete" if novelty.fronts else "blocked" if blocked else "unreachable"
    receipt["note"] = f"新内容扫描，不是全站检查：只看了 {len(columns)} 个栏目的首页，以及其中新增或改动的 {len(new)} 个页面和文件"
    return receipt


def _publish(store: Store, this: Run, pack: Pack, site: SiteView, now: str) -> None:
    """Seal what shows personal data; write the output folder where there was something new."""
    view = RunView(run=this, pack=pack, sites=[site], made_at=now)
    inspection.seal_private(store, this, view)
    if site.receipt["pages"]["read"] > 0 and (site.findings or next(iter(store.records(this.id, site.target.site)), None) is not None):
        out = Path(this.out)
        outputs.prepare(out)
        inspection.publish(store, view, out)
