"""What typer says by itself, in Chinese: why a call is wrong, and the frame of a help page.

typer hands only a few of its sentences to gettext, so that a catalogue would leave most of them in English; they are told anew from what its
exceptions carry. Its exception classes are not public by name: they are told apart by the names of their classes.
"""

from __future__ import annotations

import re
from typing import Any

import typer

HELP = "显示说明"
OPTIONS, COMMANDS = "[选项]", "命令 [参数]..."
_TYPES = {"str": "TEXT", "int": "N", "float": "N", "Path": "PATH"}
_FIXED = {
    "int_parsing": "不是整数", "int_parsing_size": "太大", "int_from_float": "不是整数", "float_parsing": "不是数", "bool_parsing": "只能是 true 或 false",
    "greater_than_equal": "不得小于 {ge:g}", "less_than_equal": "不得大于 {le:g}",
}  # fmt: skip
"""What pydantic found wrong with a value."""
_SENTENCES = (
    # "Got unexpected extra argument(s) (a b)"; not "Missing command."
    (re.compile(r"Got unexpected extra argument\(s\) \((.*)\)", re.S), "多余的参数：{}"),
    # "No such command 'inspekt'. Did you mean 'inspect'?"; not "No such option: --a"
    (re.compile(r"No such command '(.*)'\. Did you mean (.*)\?", re.S), "没有命令 {}，是不是 {}？"),
    # "No such command 'x'."; not "Missing command."
    (re.compile(r"No such command '(.*)'\.", re.S), "没有命令 {}"),
    # "Missing command."; not "Missing argument 'RUN'."
    (re.compile(r"Missing command\."), "缺少命令"),
)


# -- a wrong call ------------------------------------------------------------------------


def misuse(error: typer.TyperException) -> str:
    """Why the call is wrong, how it is called, and where more is said; the help page itself where a group was called with nothing."""
    if _is(error, "NoArgsIsHelpError"):
        return error.message
    lines = [f"错误：{_wrong(error)}"]
    ctx = getattr(error, "ctx", None)
    if ctx is not None:
        lines += [ctx.get_usage(), f"完整说明：{ctx.command_path} {ctx.help_option_names[0]}"]
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f]", "\ufffd", "\n".join(lines))  # a pasted call may hold what steers a terminal


def _is(error: BaseException, name: str) -> bool:
    return any(kind.__name__ == name for kind in type(error).__mro__)


def _wrong(error: Any) -> str:
    if _is(error, "NoSuchOption"):
        near = sorted(error.possibilities or ())
        return f"没有选项 {error.option_name}" + (f"，是不是 {' 或 '.join(near)}？" if near else "")
    if _is(error, "BadOptionUsage"):
        return f"选项 {error.option_name} " + ("后面缺少值" if "requires" in error.message else "不能带值")
    if _is(error, "MissingParameter"):
        return f"缺少{_place(error.param)}"
    if _is(error, "BadParameter"):
        return f"{_place(error.param)}：{_unfit(error)}"
    for pattern, sentence in _SENTENCES:
        found = pattern.fullmatch(error.message)
        if found is not None:
            return sentence.format(*(part.replace("'", "").replace(", ", "、") for part in found.groups()))
    return f"命令有误（{error.message}）"


def _place(param: Any) -> str:
    if param is None:
        return "参数"
    if param.param_type_name == "option":
        return f"选项 {' / '.join(param.opts)}" + (f"（环境变量 {param.envvar}）" if param.envvar else "")
    return f"参数 {param.display_name_raw}"


def _unfit(error: Any) -> str:
    found = error.__cause__.errors() if hasattr(error.__cause__, "errors") else []
    if not found:
        return f"不合要求（{error.message}）"
    first = found[0]
    given = f"“{first['input']}”"
    choices = error.param.type_descriptor.choices if error.param is not None else None
    if choices:
        return f"{given}不在可选之列，可选：{'、'.join(map(str, choices))}"
    reason = _FIXED.get(first["type"])
    return f"{given}{reason.format(**first.get('ctx', {}))}" if reason else f"{given}不合要求"


# -- the help page -----------------------------------------------------------------------


def usage(command: Any, ctx: Any, formatter: Any) -> None:
    pieces = [OPTIONS if piece == command.options_metavar else _piece(piece) for piece in command.collect_usage_pieces(ctx)]
    formatter.write_usage(ctx.command_path, " ".join(pieces), prefix="用法：")


def _piece(piece: str) -> str:
    """`{TARGET...}...` → `TARGET...`, `[ORDER...]...` → `[ORDER...]`."""
    bare = piece.replace("{", "").replace("}", "")
    return re.sub(r"(\.\.\.\]?)\.\.\.$", r"\1", bare)


def options(command: Any, ctx: Any, formatter: Any) -> None:
    rows: dict[str, list[tuple[str, str]]] = {"argument": [], "option": []}
    for param in command.get_params(ctx):
        row = param.get_help_record(ctx)
        if row is not None:
            rows[param.param_type_name].append((_named(row[0], param.param_type_name), _extras(row[1])))
    _section(formatter, "参数", rows["argument"])
    _section(formatter, "选项", rows["option"])


def commands(group: Any, ctx: Any, formatter: Any) -> None:
    known = [(name, group.get_command(ctx, name)) for name in group.list_commands(ctx)]
    _section(formatter, "命令", [(name, (each.help or "").strip()) for name, each in known if not each.hidden])


def _section(formatter: Any, title: str, rows: list[tuple[str, str]]) -> None:
    if rows:
        formatter.write_paragraph()
        formatter.write(f"{title}：\n")
        with formatter.indentation():
            formatter.write_dl(rows)


def _named(name: str, kind: str) -> str:
    """`--seed <str>` → `--seed TEXT`, `ORDER... <list[str]>` → `ORDER...`; not `--out DIR`."""
    bare, found, shown = name.partition(" <")
    if not found or kind == "argument":
        return bare
    inner = re.sub(r"^list\[(.*)\]$", r"\1", shown.removesuffix(">").removesuffix(" range"))
    return f"{bare} {_TYPES.get(inner, inner)}"


def _extras(text: str) -> str:
    """`间隔  [default: 0.5; x>=0]` → `间隔  [默认 0.5；不小于 0]`; not what the text itself says in brackets."""
    return re.sub(r"(?:^|(?<=  ))\[([^\[\]]*)\]$", lambda found: f"[{'；'.join(map(_extra, found[1].split('; ')))}]", text)


def _extra(part: str) -> str:
    bounds = re.fullmatch(r"(?:(\S+)<=)?x(?:([<>])=(\S+))?", part)
    if bounds:
        low, sign, high = bounds.groups()
        return f"{low} 至 {high}" if low else f"不{'小' if sign == '>' else '大'}于 {high}"
    for english, chinese in (("default: ", "默认 "), ("env var: ", "环境变量 ")):
        if part.startswith(english):
            return chinese + part.removeprefix(english)
    return "必填" if part == "required" else part
