"""How every command and every group of commands is made: help and errors in Chinese, exit codes as the contract says."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from govcrawl.cli import wording
from govcrawl.errors import InterruptedRunError
from govcrawl.telemetry import logs

Function = TypeVar("Function", bound=Callable[..., Any])
STOPPED = "已停止。已保存的内容没有丢失；再次运行同样的命令即可继续。"


class Command(TyperCommand):
    def format_usage(self, ctx: Any, formatter: Any) -> None:
        wording.usage(self, ctx, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        wording.options(self, ctx, formatter)

    def get_help_option(self, ctx: Any) -> Any:
        return _said(super().get_help_option(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        with _placed(ctx):
            return super().parse_args(ctx, args)


class Group(TyperGroup):
    def format_usage(self, ctx: Any, formatter: Any) -> None:
        wording.usage(self, ctx, formatter)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        wording.options(self, ctx, formatter)
        wording.commands(self, ctx, formatter)

    def get_help_option(self, ctx: Any) -> Any:
        return _said(super().get_help_option(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        with _placed(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """
        Raises:
            InterruptedRunError: Ctrl-C came between two pieces of work, where nothing of ours took it; typer would end without a word.
        """
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            raise InterruptedRunError(STOPPED) from stop

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """As typer's; but what is wrong with the call is said in our words."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        try:
            code = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except typer.TyperException as error:
            if not logs.ready():  # a command that does not exist is met before the callback that sets them up
                said = getattr(error, "ctx", None)
                chosen = said.find_root().params if said is not None else {}
                logs.set_up(chosen.get("log_format"), chosen.get("log_level"))
            logs.say(wording.misuse(error), logging.ERROR, outcome="failed")
            sys.exit(error.exit_code)
        sys.exit(code or 0)


@contextmanager
def _placed(ctx: Any) -> Iterator[None]:
    """Some errors of typer's do not say which command they are about."""
    try:
        yield
    except typer.TyperException as error:
        if getattr(error, "ctx", None) is None:
            error.ctx = ctx  # type: ignore[attr-defined]
        raise


def _said(option: Any) -> Any:
    if option is not None:
        option.help = wording.HELP
    return option


class App(typer.Typer):
    """A group of commands; the whole program is one."""

    def __init__(self, help_: str) -> None:
        super().__init__(
            cls=Group, help=help_, no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
            subcommand_metavar=wording.COMMANDS,
        )  # fmt: skip

    def command(self, name: str | None = None, **values: Any) -> Callable[[Function], Function]:
        return super().command(name, cls=Command, **values)
