"""`govcrawl review export, import`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from govcrawl.cli.base import App
from govcrawl.cli.options import DEFAULT_STORE, JsonOption, StoreOption

app = App("人工核实：导出核实表，导入确认、误报、核减的决定。")
RunOfReviewOption = Annotated[str | None, typer.Option("--run", help="检查批次，默认最近完成的批次", metavar="RUN")]


@app.command("export")
def review_export(
    file: Annotated[Path, typer.Argument(help="xlsx 或 csv", metavar="FILE")],
    run: RunOfReviewOption = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """导出问题、疑似问题和拟单项否决，供人工填写决定。"""
    import json

    from govcrawl import reviewing

    rows = reviewing.export(file, store=store, run_id=run)
    typer.echo(json.dumps({"file": str(file), "rows": rows}, ensure_ascii=False) if as_json else f"{file}：{rows} 行")


@app.command("import")
def review_import(
    file: Annotated[Path, typer.Argument(help="填好的核实表，或其他工具查出的问题（jsonl，或台账各列的表）", metavar="FILE")],
    run: RunOfReviewOption = None,
    source: Annotated[str | None, typer.Option("--source", help="其他工具或单位的名称（文件中没有“来源”列时）", metavar="NAME")] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """记录决定：确认、误报、核减；或导入其他工具查出的问题（待核实，核实前不计分）。有误的行按行号列出，其余照常记录。之后用 govcrawl score 重新评分。"""
    from govcrawl import reviewing

    done = reviewing.take(file, store=store, run_id=run, source=source)
    for line in done.lines(as_json=as_json):
        typer.echo(line)
    raise typer.Exit(done.exit_code)
