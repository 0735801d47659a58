"""Floors: `baseline.yml` pins precision, recall and the number of things judged, by corpus, half and field. They may only rise.

A figure below its floor fails; so does a corpus that has lost things to judge, since the hard ones could have been left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from evals.figures import Figure, Measured

FILE = Path(__file__).resolve().parent / "baseline.yml"
HEAD = """\
# 抽取准确率的下限，由 `python -m evals --raise` 按实测写入：只升不降。
# 语料 → 半区（report 只报告，tune 可调优）→ 字段 → precision 准确率、recall 召回率、n 应有条数；wrong_visible 是误作“页面所示”的错误日期数上限，只降不升，缺省为 0。
"""
SLACK = 1e-9
Floors = dict[str, dict[str, dict[str, dict[str, Any]]]]


class LoweredError(Exception):
    """A floor would have been lowered."""


def load(path: Path = FILE) -> Floors:
    """The pinned floors; none where there is no file yet."""
    if not path.is_file():
        return {}
    found: Floors = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return found


def floor_of(figure: Figure) -> dict[str, Any]:
    """What a figure pins, rounded down to three digits."""
    row: dict[str, Any] = {"n": figure.expected}
    for name in ("precision", "recall"):
        value = getattr(figure, name)
        if value is not None:
            row[name] = math.floor(value * 1000 + SLACK) / 1000
    if figure.wrong_visible:
        row["wrong_visible"] = figure.wrong_visible
    return row


def broken(measured: Measured, floors: Floors) -> Iterator[str]:
    """What lies below its floor, in Chinese. Corpora that were not measured at all are not judged."""
    for corpus in measured.table:
        for half, fields in floors.get(corpus, {}).items():
            for name, floor in fields.items():
                figure = measured.table[corpus].get(half, {}).get(name, Figure())
                yield from (f"{corpus}/{half}/{name}：{problem}" for problem in _below(figure, floor))


def _below(figure: Figure, floor: dict[str, Any]) -> Iterator[str]:
    if figure.expected < floor.get("n", 0):
        yield f"应有条数 {figure.expected}，少于下限 {floor['n']}（样本不得减少）"
    for name, title in (("precision", "准确率"), ("recall", "召回率")):
        value, least = getattr(figure, name), floor.get(name)
        if least is not None and value is not None and value < least - SLACK:
            yield f"{title} {value:.4f}，低于下限 {least}"
        if least is not None and value is None and name == "recall":
            yield f"{title}无从计算，下限为 {least}"
    if figure.wrong_visible > floor.get("wrong_visible", 0):
        yield f"误作页面所示的错误日期 {figure.wrong_visible} 个，多于上限 {floor.get('wrong_visible', 0)}"


def raised(measured: Measured, floors: Floors) -> Floors:
    """Floors lifted to what was measured; what was not measured stays.

    Raises:
        LoweredError: a figure lies below its floor; nothing may be written then.
    """
    problems = list(broken(measured, floors))
    if problems:
        raise LoweredError("\n".join(problems))
    out: Floors = {corpus: {half: dict(fields) for half, fields in halves.items()} for corpus, halves in floors.items()}
    for corpus, half, name, figure in measured.each():
        row = out.setdefault(corpus, {}).setdefault(half, {})
        row[name] = _higher(floor_of(figure), row.get(name, {}))
    return out


def _higher(new: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    """Field by field the stricter of both: precision that was pinned stays where nothing is given any more."""
    row: dict[str, Any] = {key: max(new.get(key, 0), old.get(key, 0)) for key in ("n", "precision", "recall") if key in new or key in old}
    if "wrong_visible" in new:
        row["wrong_visible"] = new["wrong_visible"]
    return row


def text(floors: Floors) -> str:
    lines = [HEAD]
    for corpus in sorted(floors):
        lines.append(f"{corpus}:\n")
        for half in sorted(floors[corpus]):
            lines.append(f"  {half}:\n")
            lines += [f"    {name}: {_flow(row)}\n" for name, row in sorted(floors[corpus][half].items())]
    return "".join(lines)


def _flow(row: dict[str, Any]) -> str:
    order = [key for key in ("precision", "recall", "n", "wrong_visible") if key in row]
    return "{" + ", ".join(f"{key}: {row[key]}" for key in order) + "}"


def write(floors: Floors, path: Path = FILE) -> None:
    """Whole or not at all."""
    beside = path.with_suffix(".new")
    beside.write_text(text(floors), encoding="utf-8")
    beside.replace(path)
