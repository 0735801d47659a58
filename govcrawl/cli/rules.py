"""`govcrawl rules check, show, catalogue`."""

from __future__ import annotations

from typing import Annotated

import typer

from govcrawl.cli.base import App
from govcrawl.cli.options import JsonOption
from govcrawl.errors import UsageError
from govcrawl.telemetry import logs

app = App("规则：校验、查看、生成目录。")


@app.command("check")
def rules_check() -> None:
    """校验全部规则文件。"""
    from govcrawl import rulebook

    problems = rulebook.check()
    for problem in problems:
        logs.say(problem)
    if problems:
        raise typer.Exit(1)
    typer.echo(f"规则文件无误：{len(rulebook.rules())} 条规则")


@app.command("show")
def rules_show(
    rule: Annotated[str, typer.Argument(help="规则名，如 link-dead", metavar="RULE")],
    pack: Annotated[str, typer.Option(help="指标版本：分值、严重程度、参数以它为准")] = "national-2019",
    as_json: JsonOption = False,
) -> None:
    """查看一条规则：查什么、依据、指标与分值、参数、何时不适用。"""
    from govcrawl import rulebook
    from govcrawl.report import rule as printed

    found = rulebook.rules().get(rule)
    if found is None:
        raise UsageError(f"没有这条规则：{rule}（可用 govcrawl rules catalogue 查看全部）")
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
        return
    for line in printed.lines(found, rulebook.pack(pack)):
        typer.echo(line)


@app.command("catalogue")
def rules_catalogue() -> None:
    """生成规则目录（Markdown）。"""
    from govcrawl import rulebook

    typer.echo(rulebook.catalogue_markdown(), nl=False)
