"""The `govcrawl` command: a few lines a command. Heavy imports stay inside commands, so that `--help` is quick.

stdout is data, stderr is progress and messages. Exit codes, the first that applies: 2 usage, 1 our own failure, 5 rows of the input
were bad, 4 evidence incomplete, 3 something at or above `--fail-on`, 0 done; 130 after Ctrl-C.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from govcrawl import __version__
from govcrawl.errors import GovcrawlError, InterruptedRunError, UsageError

app = typer.Typer(
    name="govcrawl", help="政府网站与政务新媒体检查：抓取、阅读、判断、留证、评分。", no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False,
)  # fmt: skip
rules_app = typer.Typer(help="规则：校验、查看、生成目录。", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(rules_app, name="rules")
page_app = typer.Typer(help="单个页面：保存、说明读成了什么。", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(page_app, name="page")

StoreOption = Annotated[str, typer.Option("--store", help="存储地址：sqlite:///文件.db", metavar="URI")]
JsonOption = Annotated[bool, typer.Option("--json", help="以 JSON 输出")]
RulesOption = Annotated[str, typer.Option("--rules", help="pinned：该批次开始时的规则；current：现在的规则", metavar="pinned|current")]
DEFAULT_STORE = "sqlite:///govcrawl.db"


def main() -> None:
    """Entry point: typed errors become one Chinese line on stderr and their exit code."""
    try:
        app(standalone_mode=True)
    except GovcrawlError as error:
        if isinstance(error, InterruptedRunError):
            _stopped(str(error))
        typer.echo(f"错误：{error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:  # between two pieces of work, where no command was there to take it
        _stopped("已停止。已保存的内容没有丢失；再次运行同样的命令即可继续。")


def _stopped(why: str) -> NoReturn:
    again = ["govcrawl", *(word for word in sys.argv[1:] if word != "--new")]
    typer.echo(f"{why}\n续跑命令：{shlex.join(again)}", err=True)
    sys.exit(InterruptedRunError.exit_code)


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
    rules: RulesOption = "pinned",
    out: Annotated[Path | None, typer.Option("--out", help="输出目录", metavar="DIR")] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """不联网，按已保存的事实重新判断并评分（含人工核实结果）。"""
    from govcrawl import inspection

    outcome = inspection.score_again(run, store=store, pack=pack, out=out, rules=rules)
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
    """比较两个批次：新发现、仍存在、已整改、再次出现、未再检查。"""
    from govcrawl import comparing

    for line in comparing.lines(run_a, run_b, store=store, as_json=as_json, say=lambda text: typer.echo(text, err=True)):
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


RunOption = Annotated[str | None, typer.Option("--run", help="取自已保存的检查批次，不联网", metavar="RUN")]


@page_app.command("save")
def page_save(
    url: Annotated[str, typer.Argument(help="网址", metavar="URL")],
    out: Annotated[Path | None, typer.Option("--out", help="保存目录，默认 <主机名>", metavar="DIR")] = None,
    run: RunOption = None,
    render: Annotated[bool, typer.Option("--render", help="用浏览器渲染后的页面")] = False,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """按检查时的方式取一个页面，保存原始字节和待核对的 expected.json。"""
    from contextlib import closing

    from govcrawl import keeping
    from govcrawl.store.base import open_store

    if run is None:
        kept = keeping.fetched(url, render=render)
    else:
        with closing(open_store(store)) as opened:
            kept = keeping.stored(opened, run, url, rendered=render)
    file = keeping.save(kept, out or Path(keeping.host_of(kept)))
    typer.echo(file)
    typer.echo(f"已写入 {file.parent.parent / 'expected.json'}：逐项核对后删去 checked", err=True)


_PAGE_FILES = (".html", ".htm", ".shtml", ".xml", ".json", ".txt")


@page_app.command("explain")
def page_explain(
    page: Annotated[str, typer.Argument(help="网址，或保存下来的页面文件", metavar="URL|FILE")],
    run: RunOption = None,
    rendered: Annotated[bool, typer.Option("--rendered", help="看渲染后的页面")] = False,
    url: Annotated[str | None, typer.Option("--url", help="页面文件原来的网址", metavar="URL")] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """说明一个页面读成了什么：类别及依据、栏目、各项内容取自何处，怎样用 rules/sites 改正。"""
    from contextlib import closing

    from govcrawl import keeping
    from govcrawl.store.base import open_store

    if run is None and "://" not in page and not Path(page).is_file() and (page[:1] in "/." or Path(page).suffix.lower() in _PAGE_FILES):
        raise UsageError(f"没有这个页面文件：{page}" if not Path(page).is_dir() else f"{page} 是目录，不是页面文件")
    if run is not None:
        with closing(open_store(store)) as opened:
            said = keeping.account(keeping.stored(opened, run, page, rendered=rendered))
    elif Path(page).is_file():
        said = keeping.account(keeping.opened(Path(page), url))
    else:
        said = keeping.account(keeping.fetched(page, render=rendered))
    for line in keeping.told(said, as_json=as_json):
        typer.echo(line)


feed_app = typer.Typer(help="变更序列：导出、跟随、数据接口，供评分系统使用。", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(feed_app, name="feed")


@feed_app.command("dump")
def feed_dump(
    out: Annotated[Path, typer.Option("--out", help="导出目录；已有导出时接着导", metavar="DIR")] = Path("out/feed"),
    form: Annotated[str, typer.Option("--format", help="文件格式", metavar="jsonl|parquet")] = "jsonl",
    after: Annotated[int | None, typer.Option("--after", help="从这个序号之后开始，默认从头", metavar="SEQ", min=0)] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """按日导出变更序列，附清单（条数、sha256、最高序号）和 JSON Schema；每导出一个文件输出一行。"""
    from contextlib import closing

    from govcrawl.feed import dumping, following

    chosen = dumping.form_of(form)
    with closing(following.opened(store)) as opened:
        done = dumping.dump(opened, out, form=chosen, after=after, said=lambda part: typer.echo(part.told(as_json=as_json)))
    typer.echo(f"导出目录 {out}：共 {done.rows} 条变更，最高序号 {done.highest_seq}", err=True)


@feed_app.command("tail")
def feed_tail(
    after: Annotated[int, typer.Option("--after", help="从这个序号之后开始", metavar="SEQ", min=0)] = 0,
    follow: Annotated[bool, typer.Option("--follow", help="不结束，有新的变更就输出")] = False,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """逐行输出变更（NDJSON）。"""
    from govcrawl.feed import following

    following.tell(store, after, sys.stdout, follow=follow)


@feed_app.command("serve")
def feed_serve(
    host: Annotated[str, typer.Option(help="监听地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口；0 为任一空闲端口", min=0, max=65535)] = 8790,
    token_file: Annotated[
        Path | None, typer.Option("--token-file", help="访问令牌文件，每行一个；默认取环境变量 GOVCRAWL_FEED_TOKEN", metavar="FILE")
    ] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """提供数据接口（HTTP）：变更序列、当前状态、JSON Schema；须带访问令牌。"""
    from contextlib import closing

    from govcrawl.feed import following, guard, serving

    allowed = guard.tokens(token_file)
    with closing(following.opened(store)) as opened:
        serving.serve(opened, allowed, host, port, lambda text: typer.echo(text, err=True))


@app.command()
def probe(
    targets: Annotated[list[str], typer.Argument(help="网站地址，或网站名录文件（xlsx、csv、yml）", metavar="TARGET...")],
    once: Annotated[
        bool, typer.Option("--once", help="每个网站只拨测一次（由 cron 或 systemd 定时器调用）；否则按计划拨测，直到 Ctrl-C")
    ] = False,
    place: Annotated[str, typer.Option(help="拨测点名称；几处拨测点写入同一存储时各取一名", metavar="NAME")] = "local",
    control: Annotated[
        list[str] | None, typer.Option("--control", help="对照站点：网站打不开时同时访问，可多次给出；默认中国政府网等", metavar="URL")
    ] = None,
    store: StoreOption = DEFAULT_STORE,
    registry: Annotated[Path | None, typer.Option(help="网站名录：为地址补充标识码、状态等", metavar="FILE")] = None,
    as_json: JsonOption = False,
) -> None:
    """拨测网站能否打开（每日 24 次，15 秒为限，IPv4 与 IPv6 分别访问），供“站点无法访问”判断。"""
    import json
    from contextlib import closing

    from govcrawl import probing
    from govcrawl.clock import SystemClock
    from govcrawl.errors import UsageError
    from govcrawl.pinning import targets_of
    from govcrawl.store.base import open_store

    def say(text: str) -> None:
        typer.echo(text, err=True)

    sites, bad_rows = targets_of(targets, registry)
    for row in bad_rows:
        say(row)
    if not sites:
        raise UsageError("没有可拨测的网站")
    codes = [5] if bad_rows else [0]
    with closing(open_store(store)) as opened:
        round_ = probing.round_of(opened, SystemClock(), place, control)
        for probes in (probing.probe_once if once else probing.watch)(round_, sites, say):
            codes.append(probing.exit_code(probes))
            for each in probes:
                typer.echo(json.dumps(each.to_json(), ensure_ascii=False) if as_json else probing.line(each))
    raise typer.Exit(max(codes))


schedule_app = typer.Typer(help="定期任务：执行、查看、放行。", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(schedule_app, name="schedule")


@schedule_app.command("run")
def schedule_run(
    once: Annotated[bool, typer.Option("--once", help="做完到期的任务即结束（由 cron 或 systemd 定时启动）；默认一直运行")] = False,
    worker: Annotated[str | None, typer.Option("--worker", help="执行者名称，默认 主机名-进程号", metavar="NAME")] = None,
    config: Annotated[Path, typer.Option("--config", help="计划文件", metavar="FILE")] = Path("schedule.yml"),
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """执行到期的任务：错过的补做一次，同一任务不会同时做两次，中断的由后来者接手。可随时重复运行。"""
    from govcrawl.scheduling import command

    raise typer.Exit(command.run(config, store=store, once=once, worker=worker, as_json=as_json, echo=typer.echo))


@schedule_app.command("list")
def schedule_list(
    retired: Annotated[bool, typer.Option("--retired", help="也列出已移出计划的任务")] = False,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """列出任务：状态、下次时间、间隔、上次结果；已搁置的排在最前。"""
    from govcrawl.scheduling import command

    for line in command.listed(store, as_json=as_json, retired=retired):
        typer.echo(line)


@schedule_app.command("release")
def schedule_release(
    jobs: Annotated[list[str], typer.Argument(help="任务，如 full_crawl/3212830001", metavar="JOB...")],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """放行因连续失败而搁置的任务，立即到期。"""
    from govcrawl.scheduling import command

    command.release(store, jobs)


@app.command()
def replay(
    run: Annotated[str, typer.Argument(help="检查批次")],
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


orders_app = typer.Typer(help="整改工单：生成、导出、登记反馈、逾期、流转。", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(orders_app, name="orders")
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="按哪一天计算，默认今天", metavar="DATE")]


@orders_app.command("make")
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
        typer.echo(f"未列入 {number} 个：{why}", err=True)
    for path in made.files:
        typer.echo(f"已写入 {path}", err=True)
    for line in made.lines(as_json=as_json):
        typer.echo(line)


@orders_app.command("export")
def orders_export(
    orders: Annotated[list[str] | None, typer.Argument(help="工单号，默认全部", metavar="ORDER...")] = None,
    out: Annotated[Path, typer.Option("--out", help="输出目录", metavar="DIR")] = Path("out/orders"),
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """按现在的办理情况重新写出工单。"""
    from govcrawl import ordering

    for path in ordering.export(orders or (), store=store, out=out):
        typer.echo(path)


@orders_app.command("import")
def orders_import(
    files: Annotated[list[Path], typer.Argument(help="单位返回的工单（xlsx、xls、csv）", metavar="FILE...")],
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """登记单位的反馈。有误的行逐行说明，其余照常登记；同一份表重复导入不会重复登记。"""
    from govcrawl import ordering

    taken = ordering.take_in(files, store=store, say=lambda line: typer.echo(line, err=True))
    for line in taken.lines(as_json=as_json):
        typer.echo(line)
    raise typer.Exit(taken.exit_code)


@orders_app.command("overdue")
def orders_overdue(as_of: AsOfOption = None, store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """列出逾期未反馈的问题，并记入工单。"""
    from govcrawl import ordering

    for line in ordering.overdue(store=store, as_of=as_of, as_json=as_json):
        typer.echo(line)


@orders_app.command("list")
def orders_list(as_of: AsOfOption = None, store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """列出工单及其办理情况。"""
    from govcrawl import ordering

    for line in ordering.listed(store=store, as_json=as_json, as_of=as_of):
        typer.echo(line)


@orders_app.command("move")
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


@app.command()
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
    typer.echo(f"共请求 {result.requests} 次；结果在 {result.out}", err=True)
    raise typer.Exit(result.exit_code)


@app.command()
def verify(
    run: Annotated[str, typer.Argument(help="检查批次，或证据包（.zip）", metavar="RUN|PACK.zip")],
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """核对证据：每条问题和记录的网页原文、快照文件、截图与当时的 sha256 是否一致；有不一致的逐条列出，以 1 退出。"""
    from govcrawl.evidence import command

    raise typer.Exit(command.verified(run, store=store, as_json=as_json, echo=typer.echo))


evidence_app = typer.Typer(help="证据：移交、封存快照的查看、留存期满的清理。", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(evidence_app, name="evidence")
SiteArgument = Annotated[str, typer.Argument(help="网站标识码、主机名或网址", metavar="SITE")]
RunOfSiteOption = Annotated[str | None, typer.Option("--run", help="检查批次，默认该网站最近完成的批次", metavar="RUN")]


@evidence_app.command("pack")
def evidence_pack(
    site: SiteArgument,
    run: RunOfSiteOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="证据包，默认 out/evidence-<网站>-<批次>.zip", metavar="FILE.zip")] = None,
    rules: RulesOption = "pinned",
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """把一个网站的证据打成可移交的压缩包：问题（已脱敏）、所指的网页原文、截图、条文、不联网即可打开的说明页、清单。"""
    from govcrawl.evidence import command

    command.pack(site, run=run, out=out, rules=rules, store=store, as_json=as_json, echo=typer.echo)


@evidence_app.command("sealed")
def evidence_sealed(
    site: SiteArgument,
    who: Annotated[str, typer.Option("--as", help="查看人", metavar="NAME")],
    reason: Annotated[str, typer.Option("--reason", help="查看事由", metavar="TEXT")],
    run: RunOfSiteOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="取出到此目录（只有本人可读）；默认只列出", metavar="DIR")] = None,
    policy: Annotated[Path | None, typer.Option("--policy", help="留存规定，默认工作目录的 evidence.yml", metavar="FILE")] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """查看一个网站已封存的快照（含个人信息）；先写入日志，再显示。"""
    from govcrawl.evidence import command

    command.sealed(site, who=who, reason=reason, run=run, out=out, policy=policy, store=store, as_json=as_json, echo=typer.echo)


@evidence_app.command("retain")
def evidence_retain(
    delete: Annotated[bool, typer.Option("--delete", help="真正删除；不加则只列出将删除的内容")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只列出将删除的内容（默认如此）")] = False,
    policy: Annotated[Path | None, typer.Option("--policy", help="留存规定，默认工作目录的 evidence.yml", metavar="FILE")] = None,
    closed: Annotated[Path | None, typer.Option("--closed", help="销号清单：每行“问题编号,日期”", metavar="FILE")] = None,
    sealed_days: Annotated[int | None, typer.Option("--sealed-days", help="封存副本在销号后保留的天数", min=0)] = None,
    warc_days: Annotated[int | None, typer.Option("--warc-days", help="网页快照在销号后保留的天数", min=0)] = None,
    shot_days: Annotated[int | None, typer.Option("--shot-days", help="截图在销号后保留的天数", min=0)] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """按留存规定清理已销号问题的快照、封存副本和截图；未销号的问题所需的一律保留。"""
    from govcrawl.evidence import command

    days = {"sealed": sealed_days, "snapshots": warc_days, "shots": shot_days}
    command.retain(dry_run=dry_run or not delete, policy=policy, closed=closed, days=days, store=store, as_json=as_json, echo=typer.echo)


review_app = typer.Typer(help="人工核实：导出核实表，导入确认、误报、核减的决定。", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(review_app, name="review")
RunOfReviewOption = Annotated[str | None, typer.Option("--run", help="检查批次，默认最近完成的批次", metavar="RUN")]


store_app = typer.Typer(help="存储：在两个存储之间搬移工作区。", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(store_app, name="store")


@store_app.command("copy")
def store_copy(
    source: Annotated[str, typer.Argument(help="来源：sqlite:///文件.db 或 mongodb://主机/库名", metavar="FROM")],
    target: Annotated[str, typer.Argument(help="目标，空的或上次没有搬完的", metavar="TO")],
    as_json: JsonOption = False,
) -> None:
    """把一个存储的全部内容搬到另一个，并逐表证明两边相同。快照（snapshots/）与队列留在工作目录，不在存储里。"""
    import json
    from contextlib import closing
    from dataclasses import asdict

    from govcrawl.store import copying
    from govcrawl.store.base import open_store

    with closing(open_store(source)) as first, closing(open_store(target)) as second:
        for row in copying.copy(first, second):
            typer.echo(json.dumps(asdict(row)) if as_json else f"{row.table:<14}{row.rows:>9} 行  sha256 {row.digest[:16]}  两边相同")


@review_app.command("export")
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


@review_app.command("import")
def review_import(
    file: Annotated[Path, typer.Argument(help="填好的核实表", metavar="FILE")],
    run: RunOfReviewOption = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """记录决定：确认、误报、核减；有误的行按行号列出，其余照常记录。之后用 govcrawl score 重新评分。"""
    from govcrawl import reviewing

    done = reviewing.take(file, store=store, run_id=run)
    for line in done.lines(as_json=as_json):
        typer.echo(line)
    raise typer.Exit(done.exit_code)
