"""`govcrawl diff`: two runs compared."""

from __future__ import annotations

from typing import Annotated

import typer

from govcrawl.cli.options import DEFAULT_STORE, JsonOption, StoreOption
from govcrawl.telemetry import logs


def diff(
    run_a: Annotated[str, typer.Argument(help="较早的批次", metavar="RUN_A")],
    run_b: Annotated[str, typer.Argument(help="较晚的批次", metavar="RUN_B")],
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """比较两个批次：新发现、仍存在、已整改、再次出现、未再检查。"""
    from govcrawl import comparing

    for line in comparing.lines(run_a, run_b, store=store, as_json=as_json, say=logs.say):
        typer.echo(line)
