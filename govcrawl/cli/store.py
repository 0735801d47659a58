"""`govcrawl store copy`."""

from __future__ import annotations

from typing import Annotated

import typer

from govcrawl.cli.base import App
from govcrawl.cli.options import JsonOption
from govcrawl.errors import UsageError

app = App("存储：在两个存储之间搬移工作区。")


@app.command("copy")
def store_copy(
    source: Annotated[str, typer.Argument(help="来源：sqlite:///文件.db、mongodb://主机/库名，或 feed dump 的导出目录", metavar="FROM")],
    target: Annotated[str, typer.Argument(help="目标，空的或上次没有搬完的", metavar="TO")],
    as_json: JsonOption = False,
) -> None:
    """把一个存储的全部内容搬到另一个，并逐表证明两边相同。快照（snapshots/）与队列留在工作目录，不在存储里。

    来源是导出目录时，先核对清单；搬入的是脱敏后的记录、问题和评分，没有网页：可以评分（score），不能重放（replay）。续导的目录依次搬入。
    """
    import json
    import os
    from contextlib import closing
    from dataclasses import asdict
    from pathlib import Path

    from govcrawl.store import copying
    from govcrawl.store.base import open_existing, open_store

    def said(row: copying.Copied) -> None:
        typer.echo(json.dumps(asdict(row)) if as_json else f"{row.table:<14}{row.rows:>9} 行  sha256 {row.digest[:16]}  两边相同")

    places = [location.removeprefix("sqlite:///") for location in (source, target)]
    if source == target or os.path.realpath(places[0]) == os.path.realpath(places[1]):
        raise UsageError(f"来源与目标是同一个存储：{target}")
    if "://" not in source:
        from govcrawl.feed import loading

        loading.load(Path(source), target, said)
        return
    with closing(open_existing(source)) as first, closing(open_store(target)) as second:
        copying.copy(first, second, said)
