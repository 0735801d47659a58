"""The table that people read, and the same as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evals import split
from evals.baseline import Floors
from evals.figures import Figure, Measured

CORPORA = {
    "simulated": "模拟政府", "pages": "自制页面 fixtures/pages", "unseen": "冻结代码之后由他人编写的两个网站 fixtures/unseen", "real": "真实页面 ../shared/real",
}  # fmt: skip
HALVES = {split.REPORT: "只报告的半区", split.TUNE: "可调优的半区"}
SEEN = {"simulated": "编写程序时全部可见", "unseen": "初次所见见 first_look.yml，其后据此改过", "real": "有几页早已用作回归测试"}
"""What keeps a figure from being one of pages that nobody had seen."""


def lines(measured: Measured, floors: Floors) -> Iterator[str]:
    """Corpus by corpus, the half that reports first; a star marks what lies below its floor."""
    for half in split.HALVES:
        for corpus, halves in measured.table.items():
            figures = halves.get(half)
            if not figures:
                continue
            count = measured.origins[corpus][half]
            seen = f"（{SEEN[corpus]}）" if corpus in SEEN else ""
            yield f"\n{CORPORA.get(corpus, corpus)}，{HALVES[half]}{seen}：{count} 个来源"
            yield f"  {'字段':<24}{'n':>6}{'已给':>7}{'准确率':>9}{'召回率':>9}{'下限':>16}"
            for name in figures:
                yield _line(name, figures[name], floors.get(corpus, {}).get(half, {}).get(name, {}))
    yield f"\n共读 {measured.pages} 个页面，用时 {measured.seconds:.1f} 秒"


def _line(name: str, figure: Figure, floor: dict[str, Any]) -> str:
    values = "".join(f"{'—' if v is None else f'{v:.3f}':>10}" for v in (figure.precision, figure.recall))
    pinned = " / ".join(f"{floor[key]:.3f}" if key in floor else "—" for key in ("precision", "recall")) if floor else "（未定）"
    wrong = f"  误作页面所示的错误日期 {figure.wrong_visible}" if figure.wrong_visible else ""
    return f"  {name:<26}{figure.expected:>6}{figure.given:>8}{values}   {pinned}{wrong}"


def as_json(measured: Measured) -> dict[str, Any]:
    return {
        "pages": measured.pages,
        "seconds": round(measured.seconds, 1),
        "origins": measured.origins,
        "figures": {
            corpus: {half: {name: figure.to_json() for name, figure in fields.items()} for half, fields in halves.items()}
            for corpus, halves in measured.table.items()
        },
    }  # fmt: skip


def misses(measured: Measured) -> Iterator[str]:
    """What was not read right, in the half that one may look at."""
    for miss in measured.misses:
        yield f"{miss.corpus} {miss.origin} {miss.file} {miss.field}：应为 {_short(miss.expected)}，读作 {_short(miss.given)}"


def _short(value: Any) -> str:
    text = "（无）" if value is None else str(value)
    return text if len(text) <= 90 else f"{text[:87]}…"
