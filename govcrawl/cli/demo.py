"""`govcrawl demo`: the whole way on an imitated site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[Path, typer.Option("--out", help="输出目录", metavar="DIR")] = Path("out/demo"),
    render: Annotated[str, typer.Option(help="浏览器渲染：auto|never", metavar="auto|never")] = "auto",
) -> None:
    """在模拟政府网站上完整运行一次，并核对“预埋的问题”与“查出的问题”是否一致。"""
    from govcrawl import demonstration

    raise typer.Exit(demonstration.run(out, render=render, say=typer.echo))
