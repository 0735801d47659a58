"""`govcrawl recheck`: are the reported problems gone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from govcrawl.cli.options import DEFAULT_STORE, AsOfOption, JsonOption, StoreOption
from govcrawl.telemetry import logs


def recheck(
    targets: Annotated[list[str] | None, typer.Argument(help="工单号或问题编号", metavar="ORDERS|FINDING_ID...")] = None,
    open_: Annotated[bool, typer.Option("--open", help="全部未办结的工单")] = False,
    run: Annotated[str | None, typer.Option("--run", help="问题编号所属的检查批次，默认最近一次", metavar="RUN")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="输出目录，默认 out/<复查批次>", metavar="DIR")] = None,
    as_of: AsOfOption = None,
    settle: Annotated[str | None, typer.Option("--settle", help="以此人名义：已整改的销号，已反馈而未整改的退回", metavar="NAME")] = None,
    working_days: Annotated[int, typer.Option("--deadline-working-days", help="退回后的新时限（工作日）")] = 5,
    delay: Annotated[float, typer.Option(help="对同一主机两次请求的间隔（秒）", min=0)] = 0.5,
    concurrency: Annotated[int, typer.Option(help="对同一主机的并发数", min=1, max=64)] = 2,
    render: Annotated[str, typer.Option(help="浏览器渲染：auto|never", metavar="auto|never")] = "auto",
    hours: Annotated[str | None, typer.Option(help="允许抓取的时段，如 22-6")] = None,
    fail_on: Annotated[
        str, typer.Option("--fail-on", help="未整改的达到该严重程度时以 3 退出", metavar="severe|major|minor|notice")
    ] = "severe",
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """复查：只重新读取这些问题所需的页面，逐个答复已整改、未整改、页面已删除、已迁移或无法判定，并记入工单。"""
    from govcrawl import rechecking

    options = rechecking.Options(
        store=store, run=run, open=open_, as_of=as_of, out=out, settle=settle, deadline_working_days=working_days, delay=delay,
        concurrency=concurrency, render=render, hours=hours, fail_on=fail_on,
    )  # fmt: skip
    result = rechecking.run(targets or (), options)
    for line in result.lines(as_json=as_json):
        typer.echo(line)
    logs.say(f"共请求 {result.requests} 次；结果在 {result.out}")
    raise typer.Exit(result.exit_code)
