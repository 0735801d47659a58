"""`govcrawl orders make, export, import, overdue, list, move`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from govcrawl.cli.base import App
from govcrawl.cli.options import DEFAULT_STORE, AsOfOption, JsonOption, StoreOption
from govcrawl.telemetry import logs

app = App("整改工单：生成、导出、登记反馈、逾期、流转。")


@app.command("make")
def orders_make(
    run: Annotated[str, typer.Argument(help="检查批次", metavar="RUN")],
    unit: Annotated[list[str] | None, typer.Option("--unit", help="只给这些单位（可重复）")] = None,
    working_days: Annotated[int, typer.Option("--deadline-working-days", help="整改时限（工作日，按调休日历）")] = 5,
    out: Annotated[Path | None, typer.Option("--out", help="输出目录，默认批次目录下的 orders", metavar="DIR")] = None,
    by: Annotated[str, typer.Option("--by", help="交办人")] = "检查人员",
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """每个单位一份工单（xlsx 和 docx）。疑似问题核实后才进工单；已在未办结工单中的不重复交办。"""
    from govcrawl import ordering

    made = ordering.make(run, store=store, units=unit or (), working_days=working_days, out=out, by=by)
    for why, number in made.skipped.items():
        logs.say(f"未列入 {number} 个：{why}")
    for path in made.files:
        logs.say(f"已写入 {path}")
    for line in made.lines(as_json=as_json):
        typer.echo(line)


@app.command("export")
def orders_export(
    orders: Annotated[list[str] | None, typer.Argument(help="工单号，默认全部", metavar="ORDER...")] = None,
    out: Annotated[Path, typer.Option("--out", help="输出目录", metavar="DIR")] = Path("out/orders"),
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """按现在的办理情况重新写出工单。"""
    from govcrawl import ordering

    for path in ordering.export(orders or (), store=store, out=out):
        typer.echo(path)


@app.command("import")
def orders_import(
    files: Annotated[list[Path], typer.Argument(help="单位返回的工单（xlsx、xls、csv）", metavar="FILE...")],
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """登记单位的反馈。有误的行逐行说明，其余照常登记；同一份表重复导入不会重复登记。"""
    from govcrawl import ordering

    taken = ordering.take_in(files, store=store, say=logs.say)
    for line in taken.lines(as_json=as_json):
        typer.echo(line)
    raise typer.Exit(taken.exit_code)


@app.command("overdue")
def orders_overdue(as_of: AsOfOption = None, store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """列出逾期未反馈的问题，并记入工单。"""
    from govcrawl import ordering

    for line in ordering.overdue(store=store, as_of=as_of, as_json=as_json):
        typer.echo(line)


@app.command("list")
def orders_list(as_of: AsOfOption = None, store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """列出工单及其办理情况。"""
    from govcrawl import ordering

    for line in ordering.listed(store=store, as_json=as_json, as_of=as_of):
        typer.echo(line)


@app.command("move")
def orders_move(
    order: Annotated[str, typer.Argument(help="工单号", metavar="ORDER")],
    step: Annotated[str, typer.Argument(help="操作，如 receive、close、return；不允许时会列出可用的", metavar="STEP")],
    by: Annotated[str, typer.Option("--by", help="经办人")],
    role: Annotated[str, typer.Option("--role", help="身份：unit、inspector、approver", metavar="ROLE")] = "inspector",
    finding: Annotated[list[str] | None, typer.Option("--finding", help="只对这些问题编号（可重复），默认全部未办结的")] = None,
    note: Annotated[str | None, typer.Option("--note", help="说明")] = None,
    working_days: Annotated[int | None, typer.Option("--deadline-working-days", help="新的时限（退回、延期时）")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """签收、退回、销号、申诉等；历史只增不改。"""
    from govcrawl import ordering

    for line in ordering.move(order, step, store=store, by=by, role=role, findings=finding or (), note=note, working_days=working_days):
        typer.echo(line)
