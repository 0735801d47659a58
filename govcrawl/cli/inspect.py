"""`govcrawl inspect`: crawl, read, judge, score, report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from govcrawl.cli.options import DEFAULT_STORE, JsonOption, StoreOption


def inspect(
    targets: Annotated[list[str], typer.Argument(help="网站地址，或网站名录文件（xlsx、csv、yml）", metavar="TARGET...")],
    pack: Annotated[str, typer.Option(help="指标版本")] = "national-2019",
    as_of: Annotated[str | None, typer.Option("--as-of", help="监测时间点，默认首次启动当日", metavar="DATE")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="输出目录，默认 out/<批次>", metavar="DIR")] = None,
    store: StoreOption = DEFAULT_STORE,
    registry: Annotated[Path | None, typer.Option(help="网站名录：为地址补充标识码、主办单位等", metavar="FILE")] = None,
    seed: Annotated[str | None, typer.Option(help="抽样种子，默认监测时间点所在季度，如 2026-Q4")] = None,
    sample: Annotated[str, typer.Option(help="table：按指标抽样计分；all：全部计分（演练）", metavar="table|all")] = "table",
    max_pages: Annotated[int, typer.Option("--max-pages", help="每个网站最多读取的页面数", min=1)] = 20000,
    delay: Annotated[float, typer.Option(help="对同一主机两次请求的间隔（秒）；0 只用于自有或模拟网站", min=0)] = 0.5,
    concurrency: Annotated[int, typer.Option(help="对同一主机的并发数", min=1, max=64)] = 2,
    second_look_after: Annotated[float, typer.Option("--second-look-after", help="失效链接隔多少秒复查", min=0)] = 600,
    render: Annotated[str, typer.Option(help="浏览器渲染：auto|never|always", metavar="auto|never|always")] = "auto",
    landing: Annotated[bool, typer.Option("--landing", help="读取外部落地页（用于非法链接，默认不读）")] = False,
    hours: Annotated[str | None, typer.Option(help="允许抓取的时段，如 22-6")] = None,
    fail_on: Annotated[str, typer.Option("--fail-on", help="达到该严重程度时以 3 退出", metavar="severe|major|minor|notice")] = "severe",
    new: Annotated[bool, typer.Option("--new", help="放弃未完成的批次，另起新批次")] = False,
    shots: Annotated[str, typer.Option("--shots", help="每个网站最多截图多少处问题（单项否决、严重的优先）", metavar="N|all|none")] = "30",
    as_json: JsonOption = False,
) -> None:
    """检查网站：抓取、复查、阅读、判断、评分、出报告。同样的命令再次运行即续跑未完成的批次。"""
    from govcrawl import inspection, pinning

    options = pinning.Options(
        pack=pack, as_of=as_of, out=out, store=store, registry=registry, seed=seed, sample=sample, max_pages=max_pages, delay=delay,
        concurrency=concurrency, second_look_after=second_look_after, render=render, landing=landing, hours=hours, fail_on=fail_on, new=new, shots=shots,
    )  # fmt: skip
    outcome = inspection.run(targets, options)
    for line in outcome.lines(as_json=as_json):
        typer.echo(line)
    raise typer.Exit(outcome.exit_code)
