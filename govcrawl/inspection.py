"""The main job: one run strung together - pin, crawl, look again, judge, publish."""

from __future__ import annotations

import hashlib
import json
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any
from urllib.request import getproxies

from govcrawl import __version__, judging, registry, rulebook
from govcrawl.clock import Clock, SystemClock, moment
from govcrawl.crawling import Crawling, CrawlPlan
from govcrawl.errors import InterruptedRunError, OutputError, RulebookError, StoreError, UsageError
from govcrawl.model.facts import PageFacts
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.runs import Run
from govcrawl.model.targets import Target
from govcrawl.progress import Display
from govcrawl.report import html, ledger, outputs
from govcrawl.report.receipt import site_receipt, skipped_receipt
from govcrawl.report.view import VERDICTS, RunView, SiteView, compare
from govcrawl.rulebook.packs import Pack
from govcrawl.store import sealing
from govcrawl.store.base import Store, open_store

SEVERITIES = ("severe", "major", "minor", "notice")
_PINNED = ("as_of", "seed", "sample")


@dataclass(slots=True, kw_only=True)
class Options:
    """What `govcrawl inspect` was asked; null where the user said nothing."""

    pack: str = "national-2019"
    as_of: str | None = None
    out: Path | None = None
    store: str = "sqlite:///govcrawl.db"
    registry: Path | None = None
    seed: str | None = None
    sample: str = "table"
    max_pages: int = 20_000
    delay: float = 0.5
    concurrency: int = 2
    second_look_after: float = 600
    render: str = "auto"
    landing: bool = False
    hours: str | None = None
    fail_on: str = "severe"
    new: bool = False
    page_timeout: float = 30
    link_timeout: float = 15
    retry_wait: float = 5


@dataclass(slots=True, kw_only=True)
class Result:
    """What a run came to: the data of stdout and the exit code."""

    run: Run
    view: RunView
    out: Path
    bad_rows: list[str] = field(default_factory=list)
    fail_on: str = "severe"

    @property
    def exit_code(self) -> int:
        """5 bad rows, 4 evidence incomplete, 3 something at or above `--fail-on`, 0."""
        if self.bad_rows:
            return 5
        if any(site.receipt["state"] in ("incomplete", "blocked", "unreachable") for site in self.view.sites):
            return 4
        grave = SEVERITIES[: SEVERITIES.index(self.fail_on) + 1]
        for site in self.view.sites:
            if site.card and any(v["state"] != "dismissed" for v in site.card["vetoes"]):
                return 3
            if any(f.severity in grave and f.outcome in (Outcome.FAIL, Outcome.NEEDS_REVIEW) for f in site.findings):
                return 3
        return 0

    def lines(self, *, as_json: bool) -> list[str]:
        """One line a site: verdict, automatic score with its range, completion, findings, report."""
        return [self._line(site, as_json) for site in self.view.sites]

    def _line(self, site: SiteView, as_json: bool) -> str:
        card = site.card
        report = str(self.out / "report.html")
        if as_json:
            return json.dumps(
                {
                    "site": site.target.site, "name": site.name, "url": site.target.url, "verdict": card["verdict"] if card else None,
                    "base": card["base"] if card else None, "base_low": card["base_low"] if card else None, "total": card["total"] if card else None,
                    "coverage": card["coverage"] if card else None, "problems": len(site.problems), "candidates": len(site.candidates),
                    "state": site.receipt["state"], "run": self.run.id, "report": report,
                },
                ensure_ascii=False,
            )  # fmt: skip
        if card is None:
            return f"{site.name}：未检查（{site.receipt.get('note', '')}）"
        return (
            f"{site.name}：{VERDICTS[card['verdict']]}，自动检查部分得分 {site.base or '—'}（{site.range or '—'}），"
            f"完成率 {_percent(card['coverage'])}，问题 {len(site.problems)}，疑似 {len(site.candidates)}，报告 {report}"
        )


def run(arguments: list[str], options: Options, *, clock: Clock | None = None, say: Callable[[str], None] | None = None) -> Result:
    """Inspect sites; the same command goes on with an unfinished run.

    Raises:
        UsageError: no usable target, or an unfinished run pinned other values.
        RegistryError, RulebookError, StoreError, OutputError: named in Chinese.
    """
    clock = SystemClock() if clock is None else clock
    say = say or _to_stderr
    _refuse_nonsense(options)
    if problems := rulebook.check(thorough=False):
        raise RulebookError("规则文件有误\n" + "\n".join(problems))
    pack = rulebook.pack(options.pack)
    targets, bad_rows = _targets(arguments, options.registry)
    for row in bad_rows:
        say(row)
    if not targets:
        raise UsageError("没有可检查的网站" + ("：名录中的行均有错误" if bad_rows else ""))
    store = open_store(options.store)
    try:
        this = _begin(store, targets, options, pack, clock, say)
        with _how_to_go_on(this):
            out = Path(this.out)
            view = _carried_out(store, this, options, pack, clock, say)
            publish(store, view, out)
            this.state, this.ended_at = "finished", moment(clock.now())
            store.save_run(this)
        result = Result(run=this, view=view, out=out, bad_rows=bad_rows, fail_on=options.fail_on)
        _summary(result, say)
        return result
    finally:
        store.close()


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
    targets = [_target(row) for row in this.targets]
    outputs.prepare(Path(this.out))
    live = [t for t in targets if registry.is_skipped(t, this.as_of) is None]
    crawl = _crawl(store, this, live, options, pack, clock, say)
    view = _judge(store, this, targets, pack, clock, say, crawl)
    _seal(store, this, view)
    return view


def _refuse_nonsense(options: Options) -> None:
    choices = {"sample": ("table", "all"), "render": ("auto", "never", "always"), "fail_on": SEVERITIES}
    for name, allowed in choices.items():
        value = getattr(options, name)
        if value not in allowed:
            raise UsageError(f"--{name.replace('_', '-')} 的值 {value!r} 无效，应为 {'、'.join(allowed)}")
    if options.as_of is not None:
        try:
            day = date.fromisoformat(options.as_of).isoformat()
        except ValueError:
            day = ""
        if day != options.as_of:  # "20261116" is ISO too, and would compare wrongly with every date of the facts
            raise UsageError(f"--as-of 的值 {options.as_of!r} 不是日期，应如 2026-11-16")


def _targets(arguments: Iterable[str], extra: Path | None) -> tuple[list[Target], list[str]]:
    """All targets named on the command line; an address takes what `--registry` knows about it."""
    targets: list[Target] = []
    problems: list[str] = []
    for argument in arguments:
        rows, bad = registry.read_targets(argument)
        targets += rows
        problems += [str(b) for b in bad]
    if extra is not None:
        rows, bad = registry.read_targets(str(extra))
        targets = registry.supplement(targets, rows)
        problems += [str(b) for b in bad]
    seen: set[str] = set()
    distinct = [t for t in targets if not (t.site in seen or seen.add(t.site))]  # type: ignore[func-returns-value]
    return distinct, problems


def _target(row: dict[str, Any]) -> Target:
    names = {f.name for f in fields(Target)}
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items() if k in names}
    return Target(**values)


def _begin(store: Store, targets: list[Target], options: Options, pack: Pack, clock: Clock, say: Callable[[str], None]) -> Run:
    """Go on with the unfinished run of the same targets and pack, else pin a new one."""
    key = hashlib.sha256("\n".join(sorted(f"{t.url} {t.start or ''}" for t in targets)).encode()).hexdigest()
    unfinished = [r for r in store.runs() if r.state == "open" and r.targets_key == key and r.pack == pack.name]
    if unfinished and options.new:
        for old in unfinished:
            old.state = "abandoned"
            store.save_run(old)
        unfinished = []
    if unfinished:
        this = unfinished[-1]
        this.out = str(options.out) if options.out is not None else this.out  # no pinned value: the old folder may be what stopped it
        for name in _PINNED:
            asked = getattr(options, name)
            if asked is not None and asked != getattr(this, name) and not (name == "sample" and asked == "table"):
                pinned = getattr(this, name)
                raise UsageError(
                    f"未完成的批次 {this.id} 已固定 --{name.replace('_', '-')} {pinned}，与本次的 {asked} 不同；续跑请去掉该参数，另起批次请加 --new"
                )
        if this.rulebook != rulebook.digest():
            raise UsageError(f"未完成的批次 {this.id} 使用的规则与现在的规则不同；另起批次请加 --new")
        store.save_run(this)
        say(f"续跑未完成的批次 {this.id}（监测时间点 {this.as_of}）")
        return this
    now = clock.now()
    as_of = options.as_of or now.date().isoformat()
    ident = f"{now:%Y%m%d}-{secrets.token_hex(3)}"
    this = Run(
        id=ident,
        targets=[asdict(t) for t in targets],
        targets_key=key,
        pack=pack.name,
        as_of=as_of,
        seed=options.seed or _period(as_of),
        sample=options.sample,
        settings={k: str(v) if isinstance(v, Path) else v for k, v in asdict(options).items()},
        rulebook=rulebook.digest(),
        code_version=__version__,
        started_at=moment(now),
        out=str(options.out or Path("out") / ident),
    )
    store.save_run(this)
    say(f"检查批次 {this.id}：{len(targets)} 个网站，监测时间点 {as_of}，指标版本 {pack.title}")
    return this


def _period(as_of: str) -> str:
    day = date.fromisoformat(as_of)
    return f"{day.year}-Q{(day.month + 2) // 3}"


def _percent(share: str | None) -> str:
    return "—" if share is None else f"{float(share) * 100:.0f}%"


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def publish(store: Store, view: RunView, out: Path) -> None:
    """Write every file of `--out DIR` from what the store holds.

    Raises:
        OutputError: the folder cannot be written; files already there stay whole.
    """
    run_id = view.run.id
    sites = [s.target.site for s in view.sites if s.card is not None]
    outputs.json_lines(out / "findings.jsonl", (f.to_json() for f in store.findings(run_id)))
    outputs.json_lines(out / "records.jsonl", (r.to_json() for site in sorted(sites) for r in store.records(run_id, site)))
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
        progress=Display(len(targets)).show,
    )
    crawl = Crawling(plan)
    crawl.run()
    return crawl


def _judge(
    store: Store,
    this: Run,
    targets: list[Target],
    pack: Pack,
    clock: Clock,
    say: Callable[[str], None],
    crawl: Crawling | None,
) -> RunView:
    """Judge every site and keep what was found; sites that the registry closed are skipped with the reason."""
    previous = _previous(store, this)
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
        store.put_judgement(this.id, target.site, judged.findings, judged.scorecard, receipt, judged.issues)
        old = store.findings(previous.id, target.site) if previous and _was_judged(previous, target) else None
        difference = None if old is None else compare(old, judged.findings, judged.scorecard)
        sites.append(SiteView(target=target, receipt=receipt, card=judged.scorecard, findings=judged.findings, difference=difference))
    sites.sort(key=lambda s: (s.target.admin_order is None, s.target.admin_order or 0, s.target.site))
    return RunView(run=this, pack=pack, sites=sites, made_at=moment(clock.now()), previous=previous)


def _seal(store: Store, this: Run, view: RunView) -> None:
    """Take the bytes of pages that show personal data out of the snapshots that are handed round."""
    for site in view.sites:
        private = {f.source_file or f.url for f in site.findings if f.rule.startswith("privacy-")}
        if private:
            visits = [v for v in store.visits(this.id, site.target.site) if v.url in private]
            sealing.seal(store.folder / "snapshots", [t.snapshot for v in visits for t in v.tries if t.snapshot is not None])


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
    light: Iterable[PageFacts] = store.pages(this.id, target.site, links=False)
    receipt = site_receipt(
        site=target.site,
        host=_host(target),
        home=target.url,
        visits=store.visits(this.id, target.site),
        looks=store.looks(this.id, target.site),
        attachments=judged.facts.attachments,
        waiting_to_render=sum(1 for page in light if page.needs_script in ("list", "body") and not page.rendered),
        left_in_queue=crawl.left_in_queue(target.site) if crawl else 0,
    )
    summary = crawl.summaries.get(target.site) if crawl else None
    if summary is not None:  # robots.txt, retries and control addresses too
        receipt["requests"], receipt["bytes"] = summary.requests, summary.bytes
    return receipt


def _previous(store: Store, this: Run) -> Run | None:
    """The newest finished run before this one that shares a site with it."""
    own = {row["site"] for row in this.targets}
    done = [
        r for r in store.runs() if r.state == "finished" and r.started_at < this.started_at and own & {row["site"] for row in r.targets}
    ]
    return done[-1] if done else None


def _was_judged(run: Run, target: Target) -> bool:
    return any(row["site"] == target.site for row in run.targets)


def _host(target: Target) -> str:
    return target.url.split("/")[2]


def _summary(result: Result, say: Callable[[str], None]) -> None:
    """What a person must know at the end, in Chinese, on stderr."""
    say(f"检查批次 {result.run.id} 完成，报告：{result.out / 'report.html'}")
    for site in result.view.sites:
        if site.card is None:
            continue
        card, state = site.card, site.receipt["state"]
        say(f"  {site.name}：{VERDICTS[card['verdict']]}，得分范围 {site.range or '—'}")
        for veto in card["vetoes"]:
            if veto["state"] == "candidate":
                say(f"    需要决定：拟单项否决 {_indicator_name(result.view.pack, veto['indicator'])}，{veto['reason']}（须两人确认）")
        if site.candidates:
            say(f"    需要核实：疑似问题 {len(site.candidates)} 处")
        if state != "complete":
            reasons = "，".join(f"{word} {count}" for word, count in site.receipt["reasons"].items())
            say(f"    检查范围不完整（{state}）：{reasons}")
        if "note" in site.receipt:
            say(f"    {site.receipt['note']}（{_proxies()}）")
        moved = _moved_home(site)
        if moved:
            say(f"    首页已迁移：{site.target.url} → {moved}，请更新名录")


def _proxies() -> str:
    """The proxies that the environment names, without what may be a password."""
    found = {name: address.rpartition("@")[2] for name, address in getproxies().items() if name != "no"}
    return "，".join(f"{name}_proxy={address}" for name, address in sorted(found.items()))


def _moved_home(site: SiteView) -> str | None:
    home: str | None = site.receipt.get("moved_to")
    return home


def _indicator_name(pack: Pack, ident: str) -> str:
    return next((i.name for i in pack.indicators if i.id == ident), ident)


def score_again(run_id: str, *, store: str, pack: str | None, out: Path | None, clock: Clock | None = None) -> Result:
    """Judge and score a run once more from its stored facts, with people's decisions; no network.

    Raises:
        UsageError: there is no such run.
    """
    clock = SystemClock() if clock is None else clock
    opened = open_store(store)
    try:
        this = _known_run(opened, run_id)
        this.pack = pack or this.pack
        book = rulebook.pack(this.pack)
        targets = [_target(row) for row in this.targets]
        view = _judge(opened, this, targets, book, clock, _to_stderr, None)
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
            target = _target(row)
            if target.site not in cards or not _was_judged(older, target):
                continue
            change = compare(opened.findings(older.id, target.site), opened.findings(newer.id, target.site), cards[target.site])
            lines += _difference_of_site(target, change, as_json)
        return lines
    finally:
        opened.close()


def _difference_of_site(target: Target, change: Any, as_json: bool) -> list[str]:
    parts: tuple[tuple[str, str, list[Finding]], ...] = (
        ("new", "新发现", change.new), ("persisting", "仍存在", change.persisting), ("fixed", "已整改", change.fixed),
        ("unknown", "未能复核", change.unknown),
    )  # fmt: skip
    if as_json:
        return [json.dumps({"site": target.site, **{code: [f.id for f in found] for code, _, found in parts}}, ensure_ascii=False)]
    lines = [f"{target.name or target.site}：" + "，".join(f"{name} {len(found)}" for _, name, found in parts)]
    for _, name, found in parts:
        if name != "仍存在":
            lines += [f"  {name} {f.message} {f.url}" for f in found]
    return lines
