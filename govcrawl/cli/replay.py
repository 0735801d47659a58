"""`govcrawl replay`: a run read again from its snapshots."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from govcrawl.cli.options import DEFAULT_STORE, JsonOption, RulesOption, StoreOption


def replay(
    run: Annotated[str, typer.Argument(help="检查批次", metavar="RUN")],
    pack: Annotated[str | None, typer.Option(help="指标版本，默认该批次的版本")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="监测时间点，默认该批次的；之后发布的内容不计", metavar="DATE")] = None,
    rules: RulesOption = "pinned",
    out: Annotated[Path | None, typer.Option("--out", help="输出目录，默认 out/<新批次>", metavar="DIR")] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """不联网，从快照重新读取、判断、评分，存为新批次：规则不变则结论不变；也可换指标版本或监测时间点。"""
    from govcrawl import replaying

    outcome = replaying.replay(run, store=store, pack=pack, as_of=as_of, out=out, rules=rules)
    for line in outcome.lines(as_json=as_json):
        typer.echo(line)
    raise typer.Exit(outcome.exit_code)
