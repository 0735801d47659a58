"""The `govcrawl` command: a few lines a command. Heavy imports stay inside commands, so that `--help` is quick.

stdout is data, stderr is progress and messages. Exit codes, the first that applies: 2 usage, 1 our own failure, 5 rows of the input
were bad, 4 evidence incomplete, 3 something at or above `--fail-on`, 0 done; 130 after Ctrl-C.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from govcrawl import __version__
from govcrawl.errors import GovcrawlError, InterruptedRunError

app = typer.Typer(
    name="govcrawl", help="政府网站与政务新媒体检查：抓取、阅读、判断、留证、评分。", no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False,
)  # fmt: skip
rules_app = typer.Typer(help="规则：校验、查看、生成目录。", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(rules_app, name="rules")

StoreOption = Annotated[str, typer.Option("--store", help="存储地址：sqlite:///文件.db", metavar="URI")]
JsonOption = Annotated[bool, typer.Option("--json", help="以 JSON 输出")]
DEFAULT_STORE = "sqlite:///govcrawl.db"


def main() -> None:
    """Entry point: typed errors become one Chinese line on stderr and their exit code."""
    try:
        app(standalone_mode=True)
    except GovcrawlError as error:
        typer.echo(f"错误：{error}" if not isinstance(error, InterruptedRunError) else str(error), err=True)
        if isinstance(error, InterruptedRunError):
            again = ["govcrawl", *(word for word in sys.argv[1:] if word != "--new")]
            typer.echo(f"续跑命令：{shlex.join(again)}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"govcrawl {__version__}")
        raise typer.Exit


@app.callback()
def _root(version: Annotated[bool, typer.Option("--version", help="显示版本", callback=_version, is_eager=True)] = False) -> None:
    pass


@app.command()
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
    as_json: JsonOption = False,
) -> None:
    """检查网站：抓取、复查、阅读、判断、评分、出报告。同样的命令再次运行即续跑未完成的批次。"""
    from govcrawl import inspection, pinning

    options = pinning.Options(
        pack=pack, as_of=as_of, out=out, store=store, registry=registry, seed=seed, sample=sample, max_pages=max_pages, delay=delay,
        concurrency=concurrency, second_look_after=second_look_after, render=render, landing=landing, hours=hours, fail_on=fail_on, new=new,
    )  # fmt: skip
    outcome = inspection.run(targets, options)
    for line in outcome.lines(as_json=as_json):
        typer.echo(line)
    raise typer.Exit(outcome.exit_code)


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="输出目录", metavar="DIR")] = Path("out/demo"),
    render: Annotated[str, typer.Option(help="浏览器渲染：auto|never", metavar="auto|never")] = "auto",
) -> None:
    """在模拟政府网站上完整运行一次，并核对“预埋的问题”与“查出的问题”是否一致。"""
    from govcrawl import demonstration

    raise typer.Exit(demonstration.run(out, render=render, say=typer.echo))


@app.command()
def score(
    run: Annotated[str, typer.Argument(help="检查批次")],
    pack: Annotated[str | None, typer.Option(help="指标版本，默认该批次的版本")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="输出目录", metavar="DIR")] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """不联网，按已保存的事实重新判断并评分（含人工核实结果）。"""
    from govcrawl import inspection

    outcome = inspection.score_again(run, store=store, pack=pack, out=out)
    for line in outcome.lines(as_json=as_json):
        typer.echo(line)
    raise typer.Exit(outcome.exit_code)


@app.command()
def diff(
    run_a: Annotated[str, typer.Argument(help="较早的批次")],
    run_b: Annotated[str, typer.Argument(help="较晚的批次")],
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """比较两个批次：新发现、仍存在、已整改、未能复核。"""
    from govcrawl import inspection

    for line in inspection.difference_lines(run_a, run_b, store=store, as_json=as_json):
        typer.echo(line)


@app.command()
def doctor(store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """检查运行环境：规则、日历、浏览器、存储、代理。"""
    from govcrawl import diagnosis

    report = diagnosis.examine(store)
    for line in report.lines(as_json=as_json):
        typer.echo(line)
    raise typer.Exit(0 if report.usable else 1)


@rules_app.command("check")
def rules_check() -> None:
    """校验全部规则文件。"""
    from govcrawl import rulebook

    problems = rulebook.check()
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)
    typer.echo(f"规则文件无误：{len(rulebook.rules())} 条规则")


@rules_app.command("show")
def rules_show(rule: Annotated[str, typer.Argument(help="规则名，如 link-dead")]) -> None:
    """查看一条规则。"""
    from govcrawl import rulebook
    from govcrawl.errors import UsageError

    if rule not in rulebook.rules():
        raise UsageError(f"没有这条规则：{rule}（可用 govcrawl rules catalogue 查看全部）")
    typer.echo(rulebook.rules()[rule].model_dump_json(indent=2))


@rules_app.command("catalogue")
def rules_catalogue() -> None:
    """生成规则目录（Markdown）。"""
    from govcrawl import rulebook

    typer.echo(rulebook.catalogue_markdown(), nl=False)
