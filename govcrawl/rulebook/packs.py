"""Indicator packs: the official table as data, and the strict reader of `rules/packs/<name>/`.

A pack folder holds any number of YAML files that together make one mapping. A local pack says `extends: <pack>` and writes only what differs:
mappings are merged key by key down to the leaf, lists and values are replaced, `null` removes what the parent has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from govcrawl.errors import RulebookError
from govcrawl.rulebook import reader
from govcrawl.rulebook.models import Rule
from govcrawl.rulebook.pack_models import Clause, Condition, Counted, Indicator, Match, Pack, Sample

__all__ = ["Clause", "Condition", "Counted", "Indicator", "Match", "Pack", "Sample", "build_pack", "load_pack", "pack_names"]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*\Z")
"""A pack's folder name: matches "national-2019", not "../national" nor "National"."""


def load_pack(name: str) -> Pack:
    """Read an indicator pack with what it extends.

    Raises:
        RulebookError: no such pack, or a file of it is wrong; names file and key.
    """
    from govcrawl import rulebook  # the package imports this module only when a pack is asked for

    return build_pack(name, rulebook.root() / "packs", rulebook.rules())


def build_pack(name: str, folder: Path, rules: Mapping[str, Rule]) -> Pack:
    """Read the pack `folder/<name>/` against a catalogue of rules."""
    data = _merged(name, folder, ())
    shown = f"rules/packs/{name}"
    if not isinstance(data.get("indicators"), dict):
        raise RulebookError(f"{shown}：indicators：应为键值对")
    data["indicators"] = [_indicator(ident, row, shown) for ident, row in data["indicators"].items()]
    for key in ("name", "defaults"):
        if key in data:
            raise RulebookError(f"{shown}：{key}：不认识的键")
    try:
        pack = reader.build({**data, "name": name, "defaults": {rule.id: rule.params for rule in rules.values()}}, Pack, shown)
    except RulebookError as error:
        raise RulebookError(_with_files(str(error), folder / name, shown)) from None
    if problems := list(_problems(pack, rules)):
        raise RulebookError("\n".join(f"{shown}：{p}" for p in problems))
    return pack


def _with_files(message: str, folder: Path, shown: str) -> str:
    """Name the file of the pack, not only its folder, wherever an indicator is at fault."""
    files = {
        str(ident): f"{shown}/{path.name}"
        for path in folder.glob("*.yml")
        for ident in (reader.load_yaml(path) or {}).get("indicators") or {}
    }

    def named(found: re.Match[str]) -> str:
        return f"{files.get(found[1], shown)}：indicators.{found[1]}"

    return re.sub(rf"^{re.escape(shown)}：indicators\[\d+\]（([^）]*)）", named, message, flags=re.M)


def pack_names(folder: Path) -> list[str]:
    """Packs that can be named, in order."""
    return sorted(p.name for p in folder.iterdir() if p.is_dir() and any(p.glob("*.yml"))) if folder.is_dir() else []


def _merged(name: str, folder: Path, below: tuple[str, ...]) -> dict[str, Any]:
    """The pack's files as one mapping, laid over its parent."""
    if not _NAME.match(name) or name not in pack_names(folder):
        raise RulebookError(f"没有指标版本“{name}”；可用：{'、'.join(pack_names(folder)) or '无'}")
    if name in below:
        raise RulebookError(f"指标包互相继承：{' → '.join((*below, name))}")
    own: dict[str, Any] = {}
    for path in sorted((folder / name).glob("*.yml")):
        part = reader.load_yaml(path)
        if not isinstance(part, dict):
            raise RulebookError(f"{reader.shown(path)}：文件应为键值对")
        if unknown := [key for key in part if key not in Pack.model_fields]:
            raise RulebookError(f"rules/packs/{name}/{path.name}：{unknown[0]}：不认识的键")
        _join(own, part, reader.shown(path), "")
    parent = own.get("extends")
    if parent is None:
        return own
    return _overlay(_merged(str(parent), folder, (*below, name)), own)


def _join(target: dict[str, Any], part: dict[str, Any], shown: str, place: str) -> None:
    """Put two files of one pack together; the same leaf in both is a contradiction."""
    for key, value in part.items():
        where = f"{place}.{key}" if place else str(key)
        if key not in target:
            target[key] = value
        elif isinstance(target[key], dict) and isinstance(value, dict):
            _join(target[key], value, shown, where)
        else:
            raise RulebookError(f"{shown}：{where}：本指标包的另一个文件里已有")


def _overlay(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Merge at the leaf: mappings key by key, everything else replaced, null removes."""
    result = dict(base)
    for key, value in over.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = _overlay(result[key], value)
        else:
            result[key] = value
    return result


def _indicator(ident: Any, row: Any, shown: str) -> dict[str, Any]:
    """`D13: {…, clauses: {D13-2: {…}}}` as a list entry with its id inside."""
    where = f"{shown}：indicators.{ident}"
    if not isinstance(row, dict) or not isinstance(row.get("clauses"), dict):
        raise RulebookError(f"{where}：clauses：应为键值对")
    clauses = []
    for clause, body in row["clauses"].items():
        if not isinstance(body, dict) or "id" in body:
            raise RulebookError(f"{where}.clauses.{clause}：应为不含 id 的键值对")
        if not str(clause).startswith(f"{ident}-"):
            raise RulebookError(f"{where}.clauses.{clause}：细则编号应以 {ident}- 开头")
        clauses.append({"id": clause, **body})
    if "id" in row:
        raise RulebookError(f"{where}：id：不认识的键")
    return {"id": ident, **row, "clauses": clauses}


def _problems(pack: Pack, rules: Mapping[str, Rule]) -> Iterable[str]:
    """Everything that fits the shape and is still wrong."""
    ids = {i.id for i in pack.indicators}
    yield from (f"must_be_checked：没有指标 {i}" for i in pack.must_be_checked if i not in ids)
    total = sum((i.max or Decimal(0) for i in pack.indicators if i.kind == "deduction"), Decimal(0))
    if total != pack.full:
        yield f"扣分指标分值之和是 {total}，不是满分 {pack.full}"
    for indicator in pack.indicators:
        if (indicator.max is None) != (indicator.kind == "veto"):
            yield f"{indicator.id}：扣分和加分指标须有 max，单项否决没有"
        for clause in indicator.clauses:
            yield from _clause_problems(pack, indicator, clause)
    yield from _rule_problems(pack, rules)


def _clause_problems(pack: Pack, indicator: Indicator, clause: Clause) -> Iterable[str]:
    if (clause.points is None) != (indicator.kind == "veto"):
        yield f"{clause.id}：扣分和加分细则须有 points，单项否决没有"
    if clause.sample is not None and clause.sample not in pack.samples:
        yield f"{clause.id}：sample：没有抽样“{clause.sample}”"
    if clause.when is not None:
        if indicator.kind != "veto":
            yield f"{clause.id}：when：只用于单项否决"
        if (clause.when.at_least is None) == (clause.when.all_of_fewer_than is None):
            yield f"{clause.id}：when：at_least 与 all_of_fewer_than 写一个"
    if clause.unchecked is not None and clause.rules:
        yield f"{clause.id}：unchecked：已有规则检查本细则"
    if clause.earned_when is not None and (indicator.kind != "bonus" or not clause.match):
        yield f"{clause.id}：earned_when：只用于有规则的加分细则"


def _rule_problems(pack: Pack, rules: Mapping[str, Rule]) -> Iterable[str]:
    asked: dict[str, str] = {}
    placed = {*pack.hints, *pack.facts}
    for indicator in pack.indicators:
        for clause in indicator.clauses:
            for match in clause.rules:
                if match.rule not in rules:
                    yield f"{clause.id}：没有规则 {match.rule}"
            for match in clause.match:
                placed.add(match.rule)
                for facet in match.facets or ["*"]:
                    key = f"{match.rule} {facet} {match.on_home} {sorted(match.objects)}"
                    if key in asked:
                        yield f"{clause.id}：{match.rule} 与 {asked[key]} 的条件相同，一个问题只能归入一条细则"
                    asked[key] = clause.id
    for rule in (*pack.hints, *pack.facts):
        if rule not in rules:
            yield f"没有规则 {rule}"
    yield from (f"规则 {rule} 没有归入任何细则、hints 或 facts" for rule in rules if rule not in placed)
    for rule, values in pack.params.items():
        if rule not in rules:
            yield f"params：没有规则 {rule}"
            continue
        for name, value in values.items():
            default = rules[rule].params.get(name)
            if name not in rules[rule].params:
                yield f"params.{rule}：没有参数 {name}"
            elif default is not None and type(value) is not type(default):
                yield f"params.{rule}.{name}：应与规则自己的值同类（{default!r}），不是 {value!r}"
