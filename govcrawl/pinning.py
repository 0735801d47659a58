"""What a run is started with: options, targets, and the values that are pinned at its first start."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from govcrawl import __version__, registry, rulebook
from govcrawl.clock import Clock, moment
from govcrawl.errors import UsageError
from govcrawl.hosts import Hours
from govcrawl.model.runs import Run
from govcrawl.model.targets import Target
from govcrawl.page import addresses
from govcrawl.report.summary import SEVERITIES
from govcrawl.rulebook.packs import Pack
from govcrawl.store.base import Store

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


def refuse_nonsense(options: Options) -> None:
    """Say in Chinese which option has no such value (UsageError)."""
    choices = {"sample": ("table", "all"), "render": ("auto", "never", "always"), "fail_on": SEVERITIES}
    for name, allowed in choices.items():
        value = getattr(options, name)
        if value not in allowed:
            raise UsageError(f"--{name.replace('_', '-')} 的值 {value!r} 无效，应为 {'、'.join(allowed)}")
    Hours.parse(options.hours)
    if options.as_of is not None:
        try:
            day = date.fromisoformat(options.as_of).isoformat()
        except ValueError:
            day = ""
        if day != options.as_of:  # "20261116" is ISO too, and would compare wrongly with every date of the facts
            raise UsageError(f"--as-of 的值 {options.as_of!r} 不是日期，应如 2026-11-16")


def targets_of(arguments: Iterable[str], extra: Path | None) -> tuple[list[Target], list[str]]:
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


def claimed_names(targets: Iterable[Target]) -> set[str]:
    """What a process claims for itself: the sites, and their hosts, whatever address or code they were named by."""
    return {name for t in targets for name in (t.site, addresses.without_www(addresses.host(t.url)))}


def target_of(row: dict[str, Any]) -> Target:
    """A target as the run's record keeps it."""
    names = {f.name for f in fields(Target)}
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items() if k in names}
    return Target(**values)


def begin(store: Store, targets: list[Target], options: Options, pack: Pack, clock: Clock, say: Callable[[str], None]) -> Run:
    """Go on with the unfinished run of the same targets and pack, else pin a new one.

    Raises:
        UsageError: the unfinished run pinned other values, or its rules have changed.
    """
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
