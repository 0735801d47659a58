"""`govcrawl doctor`: what this machine has."""

from __future__ import annotations

import typer

from govcrawl.cli.options import DEFAULT_STORE, JsonOption, StoreOption


def doctor(store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """检查运行环境：规则、日历、浏览器、存储、代理。"""
    from govcrawl import diagnosis

    report = diagnosis.examine(store)
    for line in report.lines(as_json=as_json):
        typer.echo(line)
    raise typer.Exit(0 if report.usable else 1)
