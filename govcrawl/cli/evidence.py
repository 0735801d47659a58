"""`govcrawl evidence pack, sealed, retain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from govcrawl.cli.base import App
from govcrawl.cli.options import DEFAULT_STORE, JsonOption, RulesOption, StoreOption

app = App("证据：移交、封存快照的查看、留存期满的清理。")
SiteArgument = Annotated[str, typer.Argument(help="网站标识码、主机名或网址", metavar="SITE")]
RunOfSiteOption = Annotated[str | None, typer.Option("--run", help="检查批次，默认该网站最近完成的批次", metavar="RUN")]


@app.command("pack")
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


@app.command("sealed")
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


@app.command("retain")
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
