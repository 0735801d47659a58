"""The `govcrawl` command. Each command, or group of commands, has the module of its name; heavy imports stay inside the functions, so that
`--help` is quick. A command declares its arguments, calls the room that does the work, and prints the lines it gives; how help and wrong calls are
worded is `base` and `wording`.

stdout is data, stderr is progress and messages. Exit codes, the first that applies: 2 usage, 1 our own failure, 5 rows of the input
were bad, 4 evidence incomplete, 3 something at or above `--fail-on`, 0 done; 130 after Ctrl-C.
"""

from __future__ import annotations

import logging
import shlex
import sys
from typing import Annotated, NoReturn

import typer

from govcrawl import __version__
from govcrawl.cli import (
    demo,
    diff,
    doctor,
    evidence,
    feed,
    inspect,
    orders,
    page,
    probe,
    recheck,
    replay,
    review,
    rules,
    schedule,
    score,
    store,
    verify,
)
from govcrawl.cli.base import STOPPED, App
from govcrawl.errors import GovcrawlError, InterruptedRunError
from govcrawl.telemetry import exposing, logs

app = App("政府网站与政务新媒体检查：抓取、阅读、判断、留证、评分。")


def main() -> None:
    """Entry point: typed errors become one Chinese line on stderr and their exit code."""
    try:
        with exposing.exposed():
            app()
    except GovcrawlError as error:
        if isinstance(error, InterruptedRunError):
            _stopped(str(error))
        logs.say(f"错误：{error}", logging.ERROR, outcome="failed")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:  # before or after the command
        _stopped(STOPPED)
    except Exception:
        logging.getLogger(__name__).critical("程序出错", exc_info=True)
        sys.exit(1)


def _stopped(why: str) -> NoReturn:
    again = ["govcrawl", *(word for word in sys.argv[1:] if word != "--new")]
    logs.say(f"{why}\n续跑命令：{shlex.join(again)}", logging.WARNING, outcome="stopped")
    sys.exit(InterruptedRunError.exit_code)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"govcrawl {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", help="显示版本", callback=_version, is_eager=True)] = False,
    log_format: Annotated[
        logs.Form,
        typer.Option("--log-format", envvar=logs.FORMAT, help="stderr 的格式：供人阅读，或每行一个 JSON 对象", metavar="text|json"),
    ] = "text",
    log_level: Annotated[
        logs.Level, typer.Option("--log-level", envvar=logs.LEVEL, help="记录到哪一级", metavar="debug|info|warning|error")
    ] = "info",
) -> None:
    logs.set_up(log_format, log_level)


for _command in (
    inspect.inspect, demo.demo, score.score, diff.diff, doctor.doctor, probe.probe, replay.replay, recheck.recheck, verify.verify,
):  # fmt: skip
    app.command()(_command)
for _name, _group in (
    ("rules", rules.app), ("page", page.app), ("feed", feed.app), ("schedule", schedule.app), ("orders", orders.app), ("evidence", evidence.app),
    ("review", review.app), ("store", store.app),
):  # fmt: skip
    app.add_typer(_group, name=_name)
