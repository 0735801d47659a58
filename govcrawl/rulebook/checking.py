"""`rules check`: read every rule file strictly and try every example sentence. Problems are said, all of them, not only the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from govcrawl import rulebook
from govcrawl.errors import RulebookError
from govcrawl.rulebook import reader
from govcrawl.rulebook.models import Catalogue, Labels, Lexicon, Rule, SiteSpec
from govcrawl.rulebook.wordlists import trial

_KEYED = frozenset({"privacy-id-number", "privacy-phone", "privacy-bank-card", "privacy-passport", "privacy-address", "privacy-health"})
"""Rules whose value is personal data: their identity must use the keyed hash."""


def problems(folder: Path | None = None, *, thorough: bool = True) -> list[str]:
    """Every problem of the rule files under `folder` (default: the rulebook's own), in Chinese; empty when there are none."""
    base = folder or rulebook.root()
    found: list[str] = []
    found += _catalogue(base)
    found += _each(base / "labels", Labels)
    found += _each(base / "sites", SiteSpec, _site_name)
    found += _lexicons(base, thorough=thorough)
    found += _try(lambda: rulebook.read_overlay(base / "calendars" / "overlay.yml"))
    if folder is None:
        found += _packs(base)
        needed = [("labels", name) for name in rulebook.LABELS] + [("lexicons", name) for name in rulebook.LEXICONS]
        found += [f"规则文件不存在：rules/{kind}/{name}.yml" for kind, name in needed if not (base / kind / f"{name}.yml").is_file()]
        printed = base / "README.md"
        # A wheel's copy has no README to compare with; a checkout's must be the generated one.
        if thorough and not found and printed.is_file() and printed.read_text(encoding="utf-8") != rulebook.catalogue_markdown():
            found.append("rules/README.md：与规则文件不一致，请用 govcrawl rules catalogue 重新生成")
    return found


def _try(step: Callable[[], Any]) -> list[str]:
    try:
        step()
    except RulebookError as error:
        return str(error).splitlines()
    return []


def _each(folder: Path, model: type[Labels] | type[SiteSpec], also: Callable[[Path, Any], Iterator[str]] | None = None) -> list[str]:
    found: list[str] = []
    for path in sorted(folder.glob("*.yml")):
        try:
            read = reader.load(path, model)
        except RulebookError as error:
            found += str(error).splitlines()
            continue
        if also:
            found += also(path, read)
    return found


def _site_name(path: Path, spec: SiteSpec) -> Iterator[str]:
    if path.stem != spec.host:
        yield f"{reader.shown(path)}：文件名应与 host（{spec.host}）一致"


def _catalogue(base: Path) -> list[str]:
    found: list[str] = []
    seen: dict[str, str] = {}
    for path in sorted((base / "catalogue").glob("*.yml")):
        name = reader.shown(path)
        try:
            file = reader.load(path, Catalogue)
        except RulebookError as error:
            found += str(error).splitlines()
            continue
        for rule in file.rules:
            if rule.id in seen:
                found.append(f"{name}：规则 {rule.id} 在 {seen[rule.id]} 中已有")
            seen[rule.id] = name
            found += [f"{name}：{rule.id}：{said}" for said in _rule(rule)]
    if not seen and not found:
        found.append("rules/catalogue：没有任何规则")
    return found


def _rule(rule: Rule) -> Iterator[str]:
    try:
        names = rule.placeholders
    except ValueError as error:
        yield f"message 的花括号不成对（{error}）"
        return
    if any(not name.isidentifier() for name in names):
        yield "message 的花括号里只能是英文名称"
    if len(set(rule.identity)) != len(rule.identity):
        yield "identity 有重复"
    if rule.id in _KEYED and ("key" not in rule.identity or "value" in rule.identity):
        yield "个人信息只能以密钥散列（key）进入 identity"
    if rule.scope in ("p", "c") and not rule.identity:
        yield "页面、栏目规则的 identity 不能为空"


def _lexicons(base: Path, *, thorough: bool) -> list[str]:
    found: list[str] = []
    seen: dict[str, str] = {}
    for path in sorted((base / "lexicons").glob("*.yml")):
        name = reader.shown(path)
        try:
            file = reader.load(path, Lexicon)
        except RulebookError as error:
            found += str(error).splitlines()
            continue
        for entry in file.entries:
            for key in (entry.id, entry.wrong):
                if key in seen:
                    found.append(f"{name}：{entry.id}：“{key}”在 {seen[key]} 中已有")
                seen[key] = f"{name} {entry.id}"
            if entry.wrong == entry.right:
                found.append(f"{name}：{entry.id}：wrong 与 right 相同")
            found += [f"{name}：{entry.id}：allow “{a}” 不含“{entry.wrong}”" for a in entry.allow if entry.wrong not in a]
        if thorough:
            found += [f"{name}：{said}" for said in trial(file)]
    return found


def _packs(base: Path) -> list[str]:
    found: list[str] = []
    for folder in sorted((base / "packs").glob("*")):
        if folder.is_dir():
            found += _try(lambda name=folder.name: rulebook.pack(name))  # type: ignore[misc]
    return found
