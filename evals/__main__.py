"""Precision and recall of every field on four corpora, held against floors that may only rise.

    python -m evals [--json] [--misses tune] [--raise] [--accuracy]

Exit codes: 0 every figure is at its floor or above, 1 one is below, 2 usage.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence

from evals import baseline, corpora, figures, printing, publishing, split, stored
from evals.truth import Origin

REFUSED = (
    "不列出 report 半区的错误：这一半只用来报告准确率。看过、据此改过，报出的数字就不再说明在没见过的网站上读得怎样。"
    "请用 --misses tune 查看可调优的一半。"
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.add_argument("--misses", metavar="tune", help="print what was not read right (of the half that is tuned on)")
    parser.add_argument("--raise", action="store_true", dest="lift", help="lift the floors to what was measured; never lowers one")
    parser.add_argument("--accuracy", action="store_true", help="write docs/accuracy.md from the floors, as they stand after --raise")
    parser.add_argument("--only", choices=(corpora.PORTAL, corpora.KEPT, corpora.STRANGE, corpora.REAL), help="one corpus alone")
    options = parser.parse_args(arguments)
    if options.misses is not None and options.misses != split.TUNE:
        say(REFUSED if options.misses == split.REPORT else f"--misses 只有 {split.TUNE}")
        return 2
    measured = figures.measure(origins(options.only))
    floors = baseline.load()
    if options.misses:
        for line in printing.misses(measured):
            print(line)
    elif options.json:
        print(json.dumps(printing.as_json(measured), ensure_ascii=False, indent=1))
    else:
        for line in printing.lines(measured, floors):
            print(line)
    code = lift(measured, floors) if options.lift else verdict(measured, floors, options.only)
    if options.accuracy and not code:
        publishing.FILE.write_text(publishing.markdown(baseline.load()), encoding="utf-8")
    return code


def origins(only: str | None = None) -> Iterator[Origin]:
    """All origins of the corpora asked for; says which corpus is absent."""
    if only in (None, corpora.PORTAL):
        yield from corpora.portal()
    if only in (None, corpora.KEPT):
        yield from corpora.kept()
    if only in (None, corpora.STRANGE):
        yield from corpora.strange()
    if only in (None, corpora.REAL):
        if stored.available():
            yield from stored.real()
        else:
            say("没有 ../shared/real：真实页面未参加评测，其下限未核对")


OWN = (corpora.PORTAL, corpora.KEPT, corpora.STRANGE)
"""Corpora that travel with the project: none of them may be absent."""


def verdict(measured: figures.Measured, floors: baseline.Floors, only: str | None = None) -> int:
    problems = [f"{name}：没有读到任何页面" for name in OWN if only in (None, name) and name in floors and name not in measured.table]
    problems += baseline.broken(measured, floors)
    for problem in problems:
        say(f"低于下限：{problem}")
    return 1 if problems else 0


def lift(measured: figures.Measured, floors: baseline.Floors) -> int:
    try:
        baseline.write(baseline.raised(measured, floors))
    except baseline.LoweredError as error:
        say(f"下限只升不降，未写入：\n{error}")
        return 1
    return 0


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
