"""What the commands `verify` and `evidence …` do: find run and site, do it, say it. stdout is data, stderr what a person must know."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from govcrawl import history, rulebook
from govcrawl.clock import Clock, SystemClock
from govcrawl.detect import masking
from govcrawl.errors import UsageError
from govcrawl.evidence import journal, proving, rechecked, retaining
from govcrawl.evidence import pack as packing
from govcrawl.evidence import policy as policies
from govcrawl.evidence import sealed as sealed_copies
from govcrawl.model.runs import Run
from govcrawl.model.targets import Target
from govcrawl.pinning import known_run, pack_of, rules_of, run_with_pages
from govcrawl.store.base import Store, open_existing
from govcrawl.telemetry import logs

Echo = Callable[[str], None]


def verified(name: str, *, store: str, as_json: bool, echo: Echo) -> int:
    """Prove a run's evidence, or a pack; 1 where something does not match."""
    if name.lower().endswith(".zip"):
        problems = packing.opened(Path(name))
        summary = f"一致：证据包 {name} 完好" if not problems else f"不一致 {len(problems)} 处：证据包 {name}"
    else:
        with closing(open_existing(store)) as opened:
            proof = _proof(opened, name)
        problems, summary = proof.problems, proof.summary()
    if as_json:
        echo(json.dumps({"run": name, "problems": problems, "summary": summary}, ensure_ascii=False))
    else:
        for problem in problems:
            echo(problem)
        echo(summary)
    return 1 if problems else 0


def _proof(store: Store, name: str) -> proving.Proof:
    """Of a run, or of a re-check, which is none."""
    parts = rechecked.of(store, name) if store.run(name) is None else []
    if not parts:
        return proving.verify(store, run_with_pages(store, name))
    if not any(part.ended for part in parts):
        raise UsageError(f"复查 {name} 中断，没有形成结论，没有可核对的证据")
    return proving.verify_rechecks(store, parts)


def site_of(store: Store, name: str, run_id: str | None) -> tuple[Run, Target]:
    """The newest crawl of a site, or the run that was named, and the site as the run knew it.

    Raises:
        UsageError: no such run, it did not inspect the site, or its pages are elsewhere.
    """
    run = known_run(store, run_id) if run_id else history.newest_crawl(store, name)
    target = history.inspected(run, name) if run is not None else None
    if run is None or target is None:
        raise UsageError(f"{'批次 ' + run_id if run_id else '已完成的批次'}中没有网站 {name}")
    return run_with_pages(store, run.id), target


def pack(site: str, *, run: str | None, out: Path | None, rules: str, store: str, as_json: bool, echo: Echo) -> None:
    with closing(open_existing(store)) as opened:
        this, target = site_of(opened, site, run)
        file = out or Path("out") / f"evidence-{target.site.replace(':', '_')}-{this.id}.zip"
        with rules_of(this, opened, rules, logs.say):
            done = packing.write(opened, this, target, pack_of(this, None), rulebook.rules(), file)
    if as_json:
        told = {
            "file": str(file), "run": this.id, "as_of": this.as_of, "replay_of": this.replay_of, "site": target.site,
            "findings": done.findings, "members": done.members, "shots": done.shots, "sealed": done.sealed, "gone": done.gone,
        }  # fmt: skip
        echo(json.dumps(told, ensure_ascii=False))
        return
    echo(str(file))
    left = [f"{done.sealed} 份已封存的原文未放入"] if done.sealed else []
    left += [f"{done.gone} 份原文已按留存规定删除"] if done.gone else []
    logs.say(
        f"{history.told(this)}：问题 {done.findings} 处，网页原文 {done.members} 份，截图 {done.shots} 张"
        + (f"（{'；'.join(left)}）" if left else "")
    )


def sealed(
    site: str, *, who: str, reason: str, run: str | None, out: Path | None, policy: Path | None, store: str, as_json: bool, echo: Echo,
    clock: Clock | None = None,
) -> None:  # fmt: skip
    with closing(open_existing(store)) as opened:
        this, target = site_of(opened, site, run)
        rules = policies.read(opened.folder, policy)
        found = sealed_copies.opened(opened, this, target.site, rules, who=who, reason=reason, clock=clock or SystemClock())
    files = sealed_copies.extract(found, out) if out is not None else []
    for number, copy in enumerate(found):
        row = {"url": masking.exported(copy.record.url), "at": copy.record.at, "status": copy.record.status, "bytes": len(copy.record.body)}
        row |= {"warc": copy.warc, "record": copy.ident} | ({"file": str(files[number])} if files else {})
        echo(json.dumps(row, ensure_ascii=False) if as_json else "　".join(str(value) for value in row.values()))
    logs.say(f"封存快照 {len(found)} 份；本次查看已记入 {opened.folder / journal.FILE}")


def retain(
    *, dry_run: bool, policy: Path | None, closed: Path | None, days: Mapping[str, int | None], store: str, as_json: bool, echo: Echo,
    clock: Clock | None = None,
) -> None:  # fmt: skip
    clock = clock or SystemClock()
    with closing(open_existing(store)) as opened:
        rules = policies.read(opened.folder, policy).with_days(days)
        retention = retaining.Retention(opened, rules, retaining.closings(closed), clock.now().date())
        plan, stays = retention.plan(), retention.stays() if dry_run else []
        if not dry_run:
            retaining.carry_out(opened, plan, clock)
    for goes in plan:
        row = {"kind": goes.kind, "file": goes.path.name, "run": goes.run, "why": goes.why, "ids": goes.ids, "deleted": not dry_run}
        echo(json.dumps(row, ensure_ascii=False) if as_json else ("将删除 " if dry_run else "已删除 ") + goes.told())
    for line in stays:
        logs.say(line)
    if not plan:
        logs.say("没有留存期满的证据")
    elif dry_run:
        logs.say(f"以上 {len(plan)} 项尚未删除；确认后加 --delete 执行")
