"""`govcrawl schedule run, list, release`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from govcrawl.cli.base import App
from govcrawl.cli.options import DEFAULT_STORE, JsonOption, StoreOption

app = App("定期任务：执行、查看、放行。")


@app.command("run")
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


@app.command("list")
def schedule_list(
    retired: Annotated[bool, typer.Option("--retired", help="也列出已移出计划的任务")] = False,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """列出任务：状态、下次时间、间隔、上次结果；已搁置的排在最前。"""
    from govcrawl.scheduling import command

    for line in command.listed(store, as_json=as_json, retired=retired):
        typer.echo(line)


@app.command("release")
def schedule_release(
    jobs: Annotated[list[str], typer.Argument(help="任务，如 full_crawl/3212830001", metavar="JOB...")],
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """放行因连续失败而搁置的任务，立即到期。"""
    from govcrawl.scheduling import command

    command.release(store, jobs)
