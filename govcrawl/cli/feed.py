"""`govcrawl feed dump, tail, serve`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from govcrawl.cli.base import App
from govcrawl.cli.options import DEFAULT_STORE, JsonOption, StoreOption
from govcrawl.telemetry import logs

app = App("变更序列：导出、跟随、数据接口，供评分系统使用。")


@app.command("dump")
def feed_dump(
    out: Annotated[Path, typer.Option("--out", help="导出目录；已有导出时接着导", metavar="DIR")] = Path("out/feed"),
    form: Annotated[str, typer.Option("--format", help="文件格式", metavar="jsonl|parquet")] = "jsonl",
    after: Annotated[int | None, typer.Option("--after", help="从这个序号之后开始，默认从头", metavar="SEQ", min=0)] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """按日导出变更序列，附清单（条数、sha256、最高序号）和 JSON Schema；每导出一个文件输出一行。"""
    from contextlib import closing

    from govcrawl.feed import dumping
    from govcrawl.store.base import open_existing

    chosen = dumping.form_of(form)
    with closing(open_existing(store)) as opened:
        done = dumping.dump(opened, out, form=chosen, after=after, said=lambda part: typer.echo(part.told(as_json=as_json)))
    logs.say(f"导出目录 {out}：共 {done.rows} 条变更，最高序号 {done.highest_seq}")


@app.command("tail")
def feed_tail(
    after: Annotated[int, typer.Option("--after", help="从这个序号之后开始", metavar="SEQ", min=0)] = 0,
    follow: Annotated[bool, typer.Option("--follow", help="不结束，有新的变更就输出")] = False,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """逐行输出变更（NDJSON）。"""
    from govcrawl.feed import following

    following.tell(store, after, sys.stdout, follow=follow)


@app.command("serve")
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

    from govcrawl.feed import guard, serving
    from govcrawl.store.base import open_existing

    allowed = guard.tokens(token_file)
    with closing(open_existing(store)) as opened:
        serving.serve(opened, allowed, host, port, logs.say)
