"""The rulebook: rules, labels, lexicons, calendars, sites and packs as data, read strictly and once.

`root()` prefers a checkout's `rules/`, else the copy inside the wheel; `use()` puts another folder in its place (the copy that a run was
pinned to, see `frozen`). Everything read is kept for the life of the process; `reload()` forgets it.
"""

from __future__ import annotations

import functools
import hashlib
import sys
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from govcrawl.errors import RulebookError
from govcrawl.rulebook import reader
from govcrawl.rulebook.models import Catalogue, Labels, Lexicon, OverlayYear, Rule, SiteSpec
from govcrawl.text.working_days import WorkCalendar, YearNotice

if TYPE_CHECKING:
    from govcrawl.rulebook.packs import Pack

__all__ = [
    "Rule",
    "SiteSpec",
    "calendar",
    "catalogue_markdown",
    "check",
    "digest",
    "labels",
    "lexicon",
    "pack",
    "reload",
    "root",
    "rules",
    "site_spec",
    "use",
    "used",
]

_PACKAGE = Path(__file__).resolve().parent.parent
_USED: list[Path] = []
"""The folder that `use` named; empty = the shipped one."""
LABELS = (
    "answers", "columns", "consultation", "containers", "dates", "guide", "interpretation", "leader", "marks", "message", "pagers",
    "policy",
)  # fmt: skip
LEXICONS = ("typos",)
"""Files that the reading and the detectors cannot do without."""


class _Labels(dict[str, tuple[str, ...]]):
    """Synonyms by key; a key that the file should have and has not is the file's fault, and named so."""

    def __init__(self, name: str, entries: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__(entries)
        self._name = name

    def __missing__(self, key: str) -> tuple[str, ...]:
        raise RulebookError(f"rules/labels/{self._name}.yml：缺少键“{key}”")


@lru_cache(maxsize=1)
def root() -> Path:
    """Folder of the rule files: what `use` named, else `rules/` of the checkout this package lies in, else the packaged copy."""
    for folder in (*_USED, _PACKAGE.parent / "rules", _PACKAGE / "_data" / "rules"):
        if (folder / "catalogue").is_dir():
            return folder
    raise RulebookError("找不到规则目录 rules/：安装不完整")


@lru_cache(maxsize=1)
def catalogue() -> tuple[tuple[str, Catalogue], ...]:
    """The catalogue's files in reading order, as (file name, content)."""
    return tuple((path.name, reader.load(path, Catalogue)) for path in sorted((root() / "catalogue").glob("*.yml")))


@lru_cache(maxsize=1)
def rules() -> Mapping[str, Rule]:
    """Every rule by id, built or not. RulebookError when two files define the same id."""
    found: dict[str, Rule] = {}
    for name, file in catalogue():
        for rule in file.rules:
            if rule.id in found:
                raise RulebookError(f"rules/catalogue/{name}：规则 {rule.id} 重复")
            found[rule.id] = rule
    return MappingProxyType(found)


@lru_cache(maxsize=64)
def labels(name: str) -> Mapping[str, tuple[str, ...]]:
    """Synonyms by key from `rules/labels/<name>.yml`; the key itself is a synonym only where the file lists it."""
    file = reader.load(root() / "labels" / f"{name}.yml", Labels)
    return MappingProxyType(_Labels(name, {key: tuple(names) for key, names in file.entries.items()}))


@lru_cache(maxsize=16)
def lexicon(name: str) -> Lexicon:
    """Word list `rules/lexicons/<name>.yml`."""
    return reader.load(root() / "lexicons" / f"{name}.yml", Lexicon)


@lru_cache(maxsize=1)
def calendar() -> WorkCalendar:
    """Working days, with the notices of `rules/calendars/overlay.yml` over the library's."""
    return WorkCalendar(read_overlay(root() / "calendars" / "overlay.yml"))


def read_overlay(path: Path) -> dict[int, YearNotice]:
    """Notices by year from an overlay file; an empty or absent file means none."""
    data = reader.load_yaml(path) if path.exists() else None
    notices: dict[int, YearNotice] = {}
    if data is not None and not isinstance(data, dict):
        raise RulebookError(f"{reader.shown(path)}：文件应为键值对")
    for year, entry in (data or {}).items():
        name = f"{reader.shown(path)}：{year}"
        if not isinstance(year, int) or isinstance(year, bool) or not 2000 <= year <= 2100:
            raise RulebookError(f"{name}：键应为年份")
        # YAML reads the bare key `off` as false; nobody should have to quote it.
        days = {"off" if key is False else key: value for key, value in entry.items()} if isinstance(entry, dict) else entry
        notice = reader.build(days, OverlayYear, name)
        notices[year] = YearNotice(
            off=frozenset(_day(d, name) for d in notice.off), work=frozenset(_day(d, name) for d in notice.work), source=notice.source
        )
        if notices[year].off & notices[year].work:
            raise RulebookError(f"{name}：同一天既放假又上班")
    return notices


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RulebookError(f"{name}：“{text}”不是日期（应为 2027-01-01 这样的写法）") from None


@lru_cache(maxsize=4096)
def site_spec(host: str) -> SiteSpec | None:
    """What is peculiar to this host, or null. The file is named after the host."""
    path = root() / "sites" / f"{host.lower()}.yml"
    return reader.load(path, SiteSpec) if path.is_file() else None


def pack(name: str) -> Pack:
    """Indicator pack `rules/packs/<name>/`."""
    from govcrawl.rulebook.packs import load_pack

    return load_pack(name)


def use(folder: Path | None) -> None:
    """Read the rules from this folder from now on; null = the shipped ones. What was read before is forgotten."""
    _USED[:] = [] if folder is None else [folder.resolve()]
    reload()


def used() -> Path | None:
    """The folder that `use` named."""
    return _USED[0] if _USED else None


def digest(folder: Path | None = None) -> str:
    """sha256 over every rule file (name and content): a run pins it, so that a judgement can be derived again."""
    total = hashlib.sha256()
    here = folder or root()
    for path in sorted(here.rglob("*.yml")):
        total.update(path.relative_to(here).as_posix().encode() + b"\x00" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def check(*, thorough: bool = True) -> list[str]:
    """Problems of all rule files, in Chinese; empty when there are none.

    `thorough=False`: only whether every file can be read strictly, as each run asks before it begins; no trial of example sentences.
    """
    from govcrawl.rulebook.checking import problems

    return problems(thorough=thorough)


def catalogue_markdown() -> str:
    """`rules/README.md` as generated from the catalogue."""
    from govcrawl.rulebook.printing import catalogue_markdown as print_catalogue

    return print_catalogue()


def reload() -> None:
    """Forget everything read, and what the package's other modules made of it: patterns and indexes over labels are kept by `lru_cache` too."""
    for name, module in list(sys.modules.items()):
        if name == "govcrawl" or name.startswith("govcrawl."):
            for value in vars(module).values():
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()
