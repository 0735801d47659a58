"""`govcrawl score`: judge a run's stored facts again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from govcrawl.cli.options import DEFAULT_STORE, JsonOption, RulesOption, StoreOption


def score(
    run: Annotated[str, typer.Argument(help="检查批次", metavar="RUN")],
    pack: Annotated[str | None, typer.Option(help="指标版本，默认该批次的版本")] = None,
    rules: RulesOption = "pinned",
    out: Annotated[Path | None, typer.Option("--out", help="输出目录", metavar="DIR")] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """不联网，按已保存的事实重新判断并评分（含人工核实结果）。"""
    from govcrawl import inspection

    outcome = inspection.score_again(run, store=store, pack=pack, out=out, rules=rules)
    for line in outcome.lines(as_json=as_json):
        typer.echo(line)
    raise typer.Exit(outcome.exit_code)
