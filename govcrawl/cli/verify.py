"""`govcrawl verify`: a run's evidence proved."""

from __future__ import annotations

from typing import Annotated

import typer

from govcrawl.cli.options import DEFAULT_STORE, JsonOption, StoreOption


def verify(
    run: Annotated[str, typer.Argument(help="检查批次，或证据包（.zip）", metavar="RUN|PACK.zip")],
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """核对证据：每条问题和记录的网页原文、快照文件、截图与当时的 sha256 是否一致；有不一致的逐条列出，以 1 退出。"""
    from govcrawl.evidence import command

    raise typer.Exit(command.verified(run, store=store, as_json=as_json, echo=typer.echo))
