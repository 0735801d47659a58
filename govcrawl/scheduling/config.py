"""The schedule file: which registry, which kinds of work, how often, in which hours. Read strictly."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from govcrawl.errors import RulebookError, UsageError, cause
from govcrawl.hosts import Hours
from govcrawl.model.targets import Target
from govcrawl.rulebook import reader
from govcrawl.store.jobs import Retrying

_DURATION = re.compile(r"(\d{1,4}(?:\.\d)?)\s*([dhms])\Z")
"""Matches "7d" and "1.5h", not "7" nor "weekly"."""
_SECONDS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}


def _duration(value: Any) -> float:
    found = _DURATION.match(value) if isinstance(value, str) else None
    if found is None or float(found[1]) * _SECONDS[found[2]] < 1:
        raise ValueError(f"应为时长，如 7d、12h、30m、90s，不是 {value!r}")
    return float(found[1]) * _SECONDS[found[2]]


def _hours(value: Any) -> str:
    """YAML reads `22:00-06:00` as text and a bare `22` as a number."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"应为时段，如 22-6，不是 {value!r}")
    try:
        Hours.parse(value)
    except UsageError as error:
        raise ValueError(str(error)) from None
    return value


Duration = Annotated[float, BeforeValidator(_duration)]
HoursText = Annotated[str, BeforeValidator(_hours)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Tier(_Strict):
    """Sites of a registry class that have another rhythm: all that is named must be as the registry prints it."""

    class_: str | None = Field(default=None, alias="class")
    level: str | None = None
    type: str | None = None
    every: Duration | None = None
    hours: HoursText | None = None

    @model_validator(mode="after")
    def _names_somebody(self) -> Tier:
        if self.class_ is None and self.level is None and self.type is None:
            raise ValueError("至少要写 class、level、type 之一")
        if self.every is None and self.hours is None:
            raise ValueError("至少要写 every、hours 之一")
        return self

    def fits(self, target: Target) -> bool:
        asked = ((self.class_, target.class_), (self.level, target.level), (self.type, target.type))
        return all(wanted is None or wanted == printed for wanted, printed in asked)


class Kind(_Strict):
    """One kind of work."""

    every: Duration = 86400.0
    hours: HoursText | None = None
    """Hours of the day in which it may begin; a site's own hours in the registry go first."""
    limit: Duration = 12 * 3600.0
    """A run that takes longer is ended and counts as failed."""


class SiteKind(Kind):
    """Work on one site: a job for each site of the registry."""

    tiers: list[Tier] = []

    def rhythm(self, target: Target) -> tuple[float, str | None]:
        """(seconds between two runs, hours) of a site: those of the first tier that fits, else the kind's."""
        tier = next((t for t in self.tiers if t.fits(target)), None)
        every = tier.every if tier and tier.every is not None else self.every
        return every, target.hours or (tier.hours if tier and tier.hours is not None else self.hours)


class Asking(SiteKind):
    """Work that asks a site for pages, as politely as an inspection."""

    delay: Annotated[float, Field(ge=0)] = 0.5
    concurrency: Annotated[int, Field(ge=1, le=64)] = 2
    render: Literal["auto", "never", "always"] = "auto"


class FullCrawl(Asking):
    every: Duration = 7 * 86400.0
    limit: Duration = 14 * 86400.0
    """A site of a million pages takes six days at two a second."""
    pack: str = "national-2019"
    max_pages: Annotated[int, Field(ge=1)] = 20_000
    second_look_after: Duration = 600.0


class Freshness(SiteKind):
    """How often a site's columns are looked at follows from how often each was really updated, within bounds."""

    at_least: Duration = 12 * 3600.0
    at_most: Duration = 14 * 86400.0
    delay: Annotated[float, Field(ge=0)] = 0.5

    @model_validator(mode="after")
    def _is_a_span(self) -> Freshness:
        if self.at_least > self.at_most:
            raise ValueError("at_least 不能大于 at_most")
        return self


class Scan(Asking):
    """Once a day, what is new on a site is read and searched for personal data and wrong wording."""

    max_pages: Annotated[int, Field(ge=1)] = 500
    """Pages and files of one scan; what lies beyond is new to the next one."""


class Probing(Kind):
    """One job for the whole registry: the moments of each site, 24 a day, are spread by the prober itself."""

    every: Duration = 60.0
    limit: Duration = 1800.0
    place: str = ""
    """Name of this place of observation; empty: the machine's."""


class Feeding(Kind):
    limit: Duration = 6 * 3600.0
    out: str = "out/feed"
    format: Literal["jsonl", "parquet"] = "jsonl"


class Kinds(_Strict):
    """Only what is named is done; a name with nothing behind it takes the defaults."""

    full_crawl: FullCrawl | None = None
    freshness: Freshness | None = None
    scan: Scan | None = None
    recheck: Asking | None = None
    probe: Probing | None = None
    feed: Feeding | None = None

    @model_validator(mode="before")
    @classmethod
    def _named_alone(cls, data: Any) -> Any:
        return {name: {} if value is None else value for name, value in data.items()} if isinstance(data, dict) else data

    @model_validator(mode="after")
    def _is_something(self) -> Kinds:
        if not self.named():
            raise ValueError("至少要有一种任务")
        return self

    def named(self) -> dict[str, Kind]:
        """Kinds that are asked for, in the order of this class."""
        return {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}


class Schedule(_Strict):
    """The whole file."""

    registry: str
    """Path of the registry, relative to the schedule file."""
    at_once: Annotated[int, Field(ge=1, le=64)] = 2
    """Long jobs of one worker at once; short ones (probe, feed) have a place of their own."""
    lease: Duration = 300.0
    """A worker that was silent for so long is taken for dead, and its jobs are taken over."""
    retries: Annotated[int, Field(ge=0, le=20)] = 3
    retry_wait: Duration = 600.0
    kinds: Kinds

    @property
    def retrying(self) -> Retrying:
        return Retrying(limit=self.retries, wait=self.retry_wait)


def read(path: Path) -> Schedule:
    """The schedule, its registry's path made absolute.

    Raises:
        UsageError: there is no such file, or it is wrong: every problem with line and key, in Chinese.
    """
    if not path.is_file():
        raise UsageError(f"没有计划文件 {path}：请按 README 中的示例新建，或用 --config 指定")
    try:
        text = path.read_text(encoding="utf-8")
        data = reader.load_yaml(path)
    except (RulebookError, UnicodeDecodeError) as error:
        raise UsageError(f"计划文件有误：{error if isinstance(error, RulebookError) else '不是 UTF-8 编码'}") from None
    except OSError as error:
        raise UsageError(f"计划文件 {path} 无法读取：{cause(error)}") from None
    if not isinstance(data, dict):
        raise UsageError(f"计划文件有误：{path.name}：文件应为键值对")
    try:
        schedule = Schedule.model_validate(data)
    except ValidationError as error:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        told = [f"{path.name}：第 {_line(root, loc)} 行：{said}" for loc, said in reader.complaints(error, data)]
        raise UsageError("计划文件有误\n" + "\n".join(told)) from None
    return schedule.model_copy(update={"registry": str((path.parent / schedule.registry).resolve())})


def _line(node: yaml.Node | None, loc: tuple[int | str, ...]) -> int:
    """Line on which a key (or an entry of a list) stands; that of its parent where it is missing."""
    line = node.start_mark.line + 1 if node is not None else 1
    for part in loc:
        found: tuple[yaml.Node, yaml.Node] | None = None
        if isinstance(node, yaml.MappingNode):
            found = next(((key, value) for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            found = (node.value[part], node.value[part])
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line
