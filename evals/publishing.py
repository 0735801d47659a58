"""`docs/accuracy.md`: the figures that ship, written from the pinned floors (what was measured, rounded down) and the first look at unseen templates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from evals.baseline import Floors
from evals.printing import CORPORA, HALVES, SEEN

FILE = Path(__file__).resolve().parent.parent / "docs" / "accuracy.md"
FIRST_LOOK = Path(__file__).resolve().parent / "first_look.yml"
_ORDER = (
    ("pages", "report"),
    ("real", "report"),
    ("unseen", "tune"),
    ("pages", "tune"),
    ("real", "tune"),
    ("simulated", "report"),
    ("simulated", "tune"),
)
"""What tells most of sites that nobody has seen comes first."""
HEAD = """# 抽取准确率

由 `python -m evals --accuracy` 生成。数字是 `evals/baseline.yml` 里的下限：实测值向下取三位小数，只升不降，低于下限即测试失败。

- 准确率 = 读对的 ÷ 给出的；召回率 = 读对的 ÷ 页面上有的。页面没有而程序也没有给出的，不计。
- 来源按主机名的固定散列分为两半：一半可以据以调优，另一半只报告。先列只报告的。
- “误日期”是把错误的日期当作页面所示发布日期的个数。
"""


def first_look(path: Path = FIRST_LOOK) -> dict[str, Any]:
    """What the frozen code made of templates that nobody had seen; empty where there is no such file."""
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {} if path.is_file() else {}


def markdown(floors: Floors, looked: dict[str, Any] | None = None) -> str:
    """The page as it ships."""
    looked = first_look() if looked is None else looked
    return "\n".join([HEAD, *_first(looked, floors), *_tables(floors)]) + "\n"


def _first(looked: dict[str, Any], floors: Floors) -> Iterator[str]:
    if not looked:
        return
    yield "## 没有见过的模板：初次所见与改进之后\n"
    yield f"{looked['what']}\n"
    now = floors.get("unseen", {}).get("tune", {})
    yield "| 字段 | 应有 | 初次准确率 | 初次召回率 | 改进后准确率 | 改进后召回率 |\n|---|---:|---:|---:|---:|---:|"
    for name, row in looked["figures"].items():
        after = now.get(name, {})
        cells = [
            row["n"],
            *(_shown(row.get(key)) for key in ("precision", "recall")),
            *(_shown(after.get(key)) for key in ("precision", "recall")),
        ]
        yield f"| {name} | " + " | ".join(str(cell) for cell in cells) + " |"
    yield ""


def _tables(floors: Floors) -> Iterator[str]:
    for corpus, half in _ORDER:
        fields = floors.get(corpus, {}).get(half, {})
        if not fields:
            continue
        seen = f"（{SEEN[corpus]}）" if corpus in SEEN else ""
        yield f"## {CORPORA[corpus]}，{HALVES[half]}{seen}\n"
        yield "| 字段 | 应有 | 准确率 | 召回率 | 误日期 |\n|---|---:|---:|---:|---:|"
        for name, row in sorted(fields.items()):
            yield f"| {name} | {row['n']} | {_shown(row.get('precision'))} | {_shown(row.get('recall'))} | {row.get('wrong_visible', '')} |"
        yield ""


def _shown(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"
