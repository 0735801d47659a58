"""What a run is started with: options, targets, and the values that are pinned at its first start."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from govcrawl import __version__, registry, rulebook
from govcrawl.clock import Clock, moment
from govcrawl.errors import RulebookError, UsageError
from govcrawl.hosts import Hours
from govcrawl.model.runs import Run
from govcrawl.model.targets import Target
from govcrawl.page import addresses
from govcrawl.report.summary import SEVERITIES
from govcrawl.rulebook import frozen
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
    shots: str = "30"
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
    if not (options.shots in ("all", "none") or (options.shots.isascii() and options.shots.isdigit())):
        raise UsageError(f"--shots 的值 {options.shots!r} 无效，应为数目、all 或 none")
    Hours.parse(options.hours)
    refuse_other_than_date(options.as_of)


def refuse_other_than_date(as_of: str | None) -> None:
    if as_of is None:
        return
    try:
        day = date.fromisoformat(as_of).isoformat()
    except ValueError:
        day = ""
    if day != as_of:  # "20261116" is ISO too, and would compare wrongly with every date of the facts
        raise UsageError(f"--as-of 的值 {as_of!r} 不是日期，应如 2026-11-16")


def targets_of(arguments: Iterable[str], extra: Path | None) -> tuple[list[Target], list[str]]:
    """All targets named on the command line; an address takes what `--registry` knows about it."""
    targets: list[Target] = []
    problems: list[str] = []
    for argument in arguments:
        rows, bad = registry.read_targets(argument)
        targets += rows
        problems += [str(b) for b in bad]
    if extra is not None:
        rows, bad = registry.read_registry(extra)
        targets = registry.supplement(targets, rows)
        problems += [str(b) for b in bad]
    distinct: dict[str, Target] = {}
    for target in targets:
        first = distinct.setdefault(target.site, target)
        if (first.url, first.start) != (target.url, target.start):
            named, other = first.start or first.url, target.start or target.url
            problems.append(f"{other} 与 {named} 是同一个网站（{target.site}），这次只检查后者")
    return list(distinct.values()), problems


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
        UsageError: the unfinished run pinned other values, or its rules have changed and their copy is gone.
    """
    key = _key(targets)
    unfinished = [r for r in store.runs() if r.state == "open" and r.targets_key == key and r.pack == pack.name and not r.replay_of]
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
        _keep_to(this, store, say)
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
        seed=options.seed or period_of(as_of),
        sample=options.sample,
        settings={k: str(v) if isinstance(v, Path) else v for k, v in asdict(options).items()},
        rulebook=frozen.keep(store.folder),
        code_version=code_version(),
        started_at=moment(now),
        out=str(options.out or Path("out") / ident),
    )
    store.save_run(this)
    say(f"检查批次 {this.id}：{len(targets)} 个网站，监测时间点 {as_of}，指标版本 {pack.title}")
    return this


def _keep_to(this: Run, store: Store, say: Callable[[str], None]) -> None:
    """Read the rules that a run was pinned to, where today's are others; the code cannot be turned back, so that is only said.

    Raises:
        UsageError: the run's copy of its rules is gone.
    """
    if this.rulebook != rulebook.digest():
        copy = frozen.copy_of(store.folder, this.rulebook)
        if copy is None:
            raise UsageError(f"未完成的批次 {this.id} 使用的规则与现在的规则不同，其规则副本已不在 {frozen.FOLDER}/；另起批次请加 --new")
        rulebook.use(copy)
        say(_changed_rules(this))
    if changed := changed_code(this):
        say(changed)


def _changed_rules(this: Run) -> str:
    return f"规则文件在批次 {this.id} 开始后有改动：本批次仍按开始时的规则（{frozen.FOLDER}/{this.rulebook[:12]}…）"


def known_run(store: Store, run_id: str) -> Run:
    this = store.run(run_id)
    if this is None:
        known = "、".join(r.id for r in store.runs()[-5:]) or "无"
        raise UsageError(f"没有检查批次 {run_id}（最近的批次：{known}）")
    return this


def run_with_pages(store: Store, run_id: str) -> Run:
    """A run whose pages and snapshots this workspace has.

    Raises:
        UsageError: there is no such run, or it was taken over from a feed.
    """
    this = known_run(store, run_id)
    if this.imported:
        raise UsageError(
            f"批次 {this.id} 由数据导出搬入，网页与快照没有一并搬来：可以评分（score）、比较（diff）、生成工单，"
            "凡要用到网页原文的请在原来的工作目录中做"
        )
    return this


PINNED, CURRENT = "pinned", "current"


@contextmanager
def rules_of(this: Run, store: Store, rules: str, say: Callable[[str], None]) -> Iterator[None]:
    """The rules that whatever belongs to a run (scoring again, replay, re-check) is judged by: those it was pinned to, or today's.

    Raises:
        UsageError: another word than `pinned` and `current`; the run's copy of its rules is gone.
    """
    if rules not in (PINNED, CURRENT):
        raise UsageError(f"--rules 的值 {rules!r} 无效，应为 {PINNED}、{CURRENT}")
    if this.rulebook == rulebook.digest():
        yield
    elif rules == CURRENT:
        say(f"规则文件在批次 {this.id} 开始后有改动：按现在的规则判断（--rules {CURRENT}）")
        yield
    elif frozen.copy_of(store.folder, this.rulebook) is None:
        where = store.folder / frozen.FOLDER / this.rulebook
        raise UsageError(
            f"批次 {this.id} 使用的规则与现在的规则不同，其规则副本 {where} 不存在或已被改动；按现在的规则判断请加 --rules {CURRENT}"
        )
    else:
        say(_changed_rules(this))
        with frozen.using(store.folder, this.rulebook):
            yield


def pack_of(this: Run, name: str | None) -> Pack:
    """The pack that a run is judged by, from the rules in use.

    Raises:
        RulebookError: there is none of that name; a copy of older rules may lack what is there today.
    """
    try:
        return rulebook.pack(name or this.pack)
    except RulebookError as error:
        if rulebook.used() is None:
            raise
        raise RulebookError(f"{error}（用的是批次 {this.id} 开始时的规则；按现在的规则判断请加 --rules {CURRENT}）") from error


def changed_code(this: Run) -> str | None:
    """In words, that a run was begun by another version of the program; null where it was this one."""
    now = code_version()
    return (
        f"批次 {this.id} 由程序版本 {this.code_version} 开始，现在是 {now}：读取和判断可能因程序不同而不同"
        if this.code_version != now
        else None
    )


@lru_cache(maxsize=1)
def code_version() -> str:
    """Version of the program with a digest of its source files: `0.1.0+3f2a9c1b`. Two builds of one version are told apart."""
    package = Path(__file__).resolve().parent
    total = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        total.update(path.relative_to(package).as_posix().encode() + b"\x00" + path.read_bytes())
    return f"{__version__}+{total.hexdigest()[:8]}"


def period_of(as_of: str) -> str:
    day = date.fromisoformat(as_of)
    return f"{day.year}-Q{(day.month + 2) // 3}"


def is_outdated(store: Store, targets: Iterable[Target], pack: str, since: datetime) -> bool:
    """Whether there is an unfinished run of these targets that should, or can, not be gone on with: begun before `since`, or its rules are gone."""
    key, first = _key(targets), moment(since)
    unfinished = [r for r in store.runs() if r.state == "open" and r.targets_key == key and r.pack == pack and not r.replay_of]
    return any(r.started_at < first or not _has_rules(r, store) for r in unfinished)


def _has_rules(run: Run, store: Store) -> bool:
    return run.rulebook == rulebook.digest() or frozen.copy_of(store.folder, run.rulebook) is not None


def _key(targets: Iterable[Target]) -> str:
    """Same targets, same key."""
    return hashlib.sha256("\n".join(sorted(f"{t.url} {t.start or ''}" for t in targets)).encode()).hexdigest()
