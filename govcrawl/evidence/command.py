"""What the commands `verify` and `evidence …` do: find run and site, do it, say it. stdout is data, stderr what a person must know."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from govcrawl import rulebook
from govcrawl.clock import Clock, SystemClock
from govcrawl.detect import masking
from govcrawl.errors import UsageError
from govcrawl.evidence import journal, proving, retaining
from govcrawl.evidence import pack as packing
from govcrawl.evidence import policy as policies
from govcrawl.evidence import sealed as sealed_copies
from govcrawl.model.runs import Run
from govcrawl.model.targets import Target
from govcrawl.page import addresses
from govcrawl.pinning import known_run, pack_of, rules_of, target_of
from govcrawl.store.base import Store, open_store

Echo = Callable[[str], None]


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def verified(name: str, *, store: str, as_json: bool, echo: Echo) -> int:
    """Prove a run's evidence, or a pack; 1 where something does not match."""
    if name.lower().endswith(".zip"):
        problems = packing.opened(Path(name))
        summary = f"一致：证据包 {name} 完好" if not problems else f"不一致 {len(problems)} 处：证据包 {name}"
    else:
        with closing(open_store(store)) as opened:
            proof = proving.verify(opened, known_run(opened, name))
        problems, summary = proof.problems, proof.summary()
    if as_json:
        echo(json.dumps({"run": name, "problems": problems, "summary": summary}, ensure_ascii=False))
    else:
        for problem in problems:
            echo(problem)
        echo(summary)
    return 1 if problems else 0


def site_of(store: Store, name: str, run_id: str | None) -> tuple[Run, Target]:
    """The newest finished run of a site, or the one that was named, and the site as the run knew it.

    Raises:
        UsageError: no such run, or it does not know the site.
    """
    runs = [known_run(store, run_id)] if run_id else [run for run in reversed(store.runs()) if run.state == "finished"]
    host = addresses.host(name if "://" in name else f"http://{name}")
    for run in runs:
        for target in map(target_of, run.targets):
            if name == target.site or addresses.without_www(host) == addresses.without_www(addresses.host(target.url)):
                return run, target
    raise UsageError(f"{'批次 ' + run_id if run_id else '已完成的批次'}中没有网站 {name}")


def pack(site: str, *, run: str | None, out: Path | None, rules: str, store: str, as_json: bool, echo: Echo) -> None:
    with closing(open_store(store)) as opened:
        this, target = site_of(opened, site, run)
        file = out or Path("out") / f"evidence-{target.site.replace(':', '_')}-{this.id}.zip"
        with rules_of(this, opened, rules, _to_stderr):
            done = packing.write(opened, this, target, pack_of(this, None), rulebook.rules(), file)
    if as_json:
        told = {
            "file": str(file),
            "run": this.id,
            "site": target.site,
            "findings": done.findings,
            "members": done.members,
            "shots": done.shots,
        }
        echo(json.dumps({**told, "sealed": done.sealed, "gone": done.gone}, ensure_ascii=False))
        return
    echo(str(file))
    left = [f"{done.sealed} 份已封存的原文未放入"] if done.sealed else []
    left += [f"{done.gone} 份原文已按留存规定删除"] if done.gone else []
    _to_stderr(f"问题 {done.findings} 处，网页原文 {done.members} 份，截图 {done.shots} 张" + (f"（{'；'.join(left)}）" if left else ""))


def sealed(
    site: str, *, who: str, reason: str, run: str | None, out: Path | None, policy: Path | None, store: str, as_json: bool, echo: Echo,
    clock: Clock | None = None,
) -> None:  # fmt: skip
    with closing(open_store(store)) as opened:
        this, target = site_of(opened, site, run)
        rules = policies.read(opened.folder, policy)
        found = sealed_copies.opened(opened, this, target.site, rules, who=who, reason=reason, clock=clock or SystemClock())
    files = sealed_copies.extract(found, out) if out is not None else []
    for number, copy in enumerate(found):
        row = {"url": masking.exported(copy.record.url), "at": copy.record.at, "status": copy.record.status, "bytes": len(copy.record.body)}
        row |= {"warc": copy.warc, "record": copy.ident} | ({"file": str(files[number])} if files else {})
        echo(json.dumps(row, ensure_ascii=False) if as_json else "　".join(str(value) for value in row.values()))
    _to_stderr(f"封存快照 {len(found)} 份；本次查看已记入 {opened.folder / journal.FILE}")


def retain(
    *, dry_run: bool, policy: Path | None, closed: Path | None, days: Mapping[str, int | None], store: str, as_json: bool, echo: Echo,
    clock: Clock | None = None,
) -> None:  # fmt: skip
    clock = clock or SystemClock()
    with closing(open_store(store)) as opened:
        rules = policies.read(opened.folder, policy).with_days(days)
        plan = retaining.Retention(opened, rules, retaining.closings(closed), clock.now().date()).plan()
        if not dry_run:
            retaining.carry_out(opened, plan, clock)
    for goes in plan:
        row = {"kind": goes.kind, "file": goes.path.name, "run": goes.run, "why": goes.why, "ids": goes.ids, "deleted": not dry_run}
        echo(json.dumps(row, ensure_ascii=False) if as_json else ("将删除 " if dry_run else "已删除 ") + goes.told())
    if not plan:
        _to_stderr("没有留存期满的证据")
    elif dry_run:
        _to_stderr(f"以上 {len(plan)} 项尚未删除；确认后加 --delete 执行")
