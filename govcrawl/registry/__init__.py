"""Targets from what a user types: a site's address, or a registry file (名录: xlsx, csv, yml) of sites.

A bad row is named with its file, place and reason and never stops the good ones; a file that cannot be read as a registry does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from govcrawl.errors import RegistryError, UsageError
from govcrawl.model.targets import NORMAL, Target
from govcrawl.registry import columns, rows
from govcrawl.registry.states import SUSPENDED, downtime, is_skipped
from govcrawl.registry.typed import WrongValueError, home_address, shown

__all__ = ["BadRow", "WrongValueError", "downtime", "home_address", "is_skipped", "lint", "read_registry", "read_targets", "supplement"]

_HOME_FILE = re.compile(r"/(?:index|default)\.[a-z]{2,5}\Z", re.I)
"""Matches "/index.html", not "/zwgk/index.html"."""


@dataclass(slots=True, frozen=True)
class BadRow:
    """A row that cannot be inspected, and why (Chinese)."""

    file: str
    place: str
    """`第 3 行` as the reader of the file counts (its first row is 1), `第 3 条` in yml."""
    reason: str
    text: str = ""
    """What tells the row: its name or address as printed."""

    def __str__(self) -> str:
        return f"{self.file} {self.place}{f'（{self.text}）' if self.text else ''}：{self.reason}"


def read_targets(argument: str) -> tuple[list[Target], list[BadRow]]:
    """Targets of one command-line argument: a site's address (scheme optional) or a registry file.

    An address with a path sets `start`; its `url` is the home page of the host. In a registry the 首页网址 is the home page, path and all.

    Raises:
        UsageError: neither an address nor a file.
        RegistryError: the file is missing or is no registry.
    """
    if _is_file(argument):
        return read_registry(Path(argument))
    try:
        url = home_address(argument)
    except WrongValueError as error:
        if _exists(argument):
            raise UsageError(f"“{argument}”是文件夹，不是网址，也不是名录文件") from None
        raise UsageError(f"“{shown(argument)}”既不是网址也不是名录文件：{error}") from None
    parts = urlsplit(url)
    home = f"{parts.scheme}://{parts.netloc}/"
    away = parts.path != "/" or bool(parts.query)
    start = url if away and not (_HOME_FILE.match(parts.path) and not parts.query) else None
    return [Target(url=home, site=parts.netloc, start=start)], []


def _is_file(argument: str) -> bool:
    if "://" in argument:
        return False
    path = Path(argument)
    return path.suffix.lower() in columns.FILES or (_exists(argument) and not path.is_dir())


def _exists(argument: str) -> bool:
    try:
        return bool(argument) and Path(argument).exists()
    except (OSError, ValueError):  # an address may be longer than any file's name
        return False


def read_registry(path: Path) -> tuple[list[Target], list[BadRow]]:
    """Good rows of a registry as targets, bad ones with their reasons.

    Raises:
        RegistryError: the file is missing or is no registry.
    """
    targets: list[Target] = []
    bad: list[BadRow] = []
    seen: dict[str, str] = {}
    for row in columns.rows(path):
        try:
            if row.wrong is not None:
                raise WrongValueError(row.wrong)
            target = rows.target_of(row)
            _new(target, seen, row.place)
        except WrongValueError as error:
            bad.append(
                BadRow(
                    path.name, row.place, str(error), columns.cell_text(row.get("name")) or shown(columns.cell_text(row.get("url")) or "")
                )
            )
            continue
        targets.append(target)
    if not targets and not bad:
        raise RegistryError(f"名录文件 {path.name} 中没有网站")
    return targets, bad


def _new(target: Target, seen: dict[str, str], place: str) -> None:
    """Refuse a second row with the same address, code, or (without codes) host."""
    address = re.sub(r"^https?://", "", target.url).rstrip("/")
    for kind, key in (("首页网址", address), ("网站标识码", target.site_code)):
        if key is not None and key in seen:
            raise WrongValueError(f"{kind} {key} 与{seen[key]}重复")
    if target.site_code is None and target.site in seen:
        raise WrongValueError(f"与{seen[target.site]}同在 {target.site}，须填写网站标识码以区分")
    for key in (address, target.site):
        seen.setdefault(key, place)


def supplement(targets: Iterable[Target], registry: Iterable[Target]) -> list[Target]:
    """Targets given by address, with what a registry knows of their host (code, organizer, functions); `start` stays."""
    known = list(registry)
    return [next((replace(row, start=t.start) for row in known if _same_site(t, row)), t) for t in targets]


def _same_site(target: Target, row: Target) -> bool:
    def plain(host: str) -> str:
        return host.removeprefix("www.")

    own = plain(urlsplit(target.url).netloc)
    return own == plain(urlsplit(row.url).netloc) or own in {plain(h) for h in row.hosts}


_PROVINCES = {
    "bm", *map(str, (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 67), 71, 81, 82)),
}  # fmt: skip
_LINTS: tuple[tuple[Callable[[Target], object], str], ...] = (
    (lambda t: t.site_code is None, "没有网站标识码：检查结果将按域名归档，也无法核对页面上的标识码"),
    (lambda t: t.name is None, "没有网站名称"),
    (lambda t: t.organizer is None, "没有主办单位：无法核对网站名称与发文机关"),
    (lambda t: t.state != NORMAL and not t.state_ground, "状态不是正常，却没有批准文号"),
    (lambda t: t.state.lower() in SUSPENDED and not t.state_to, "临时下线或迁移没有截止日期"),
    (lambda t: t.site_code is not None and t.site_code[:2] not in _PROVINCES, "网站标识码前两位不是省级行政区划代码"),
    (lambda t: not urlsplit(t.url).netloc.split(":")[0].endswith((".gov.cn", ".xn--zfr164b")), "域名不以 .gov.cn 结尾"),
)


def lint(path: Path) -> list[str]:
    """Everything doubtful in a registry, a Chinese line each: bad rows first, then what is missing or odd in good ones."""
    targets, bad = read_registry(path)
    lines = [str(row) for row in bad]
    for target in targets:
        lines += [f"{target.name or target.url}：{said}" for wrong, said in _LINTS if wrong(target)]
    return lines
