"""`govcrawl probe`: do the sites answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from govcrawl.cli.options import DEFAULT_STORE, JsonOption, StoreOption
from govcrawl.errors import UsageError
from govcrawl.telemetry import logs


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
    from govcrawl.pinning import targets_of
    from govcrawl.store.base import open_store

    sites, bad_rows = targets_of(targets, registry)
    for row in bad_rows:
        logs.say(row)
    if not sites:
        raise UsageError("没有可拨测的网站")
    codes = [5] if bad_rows else [0]
    with closing(open_store(store)) as opened:
        round_ = probing.round_of(opened, SystemClock(), place, control)
        for probes in (probing.probe_once if once else probing.watch)(round_, sites, logs.say):
            codes.append(probing.exit_code(probes))
            for each in probes:
                typer.echo(json.dumps(each.to_json(), ensure_ascii=False) if as_json else probing.line(each))
    raise typer.Exit(max(codes))
