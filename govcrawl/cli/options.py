"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

StoreOption = Annotated[str, typer.Option("--store", help="存储地址：sqlite:///文件.db", metavar="URI")]
JsonOption = Annotated[bool, typer.Option("--json", help="以 JSON 输出")]
RulesOption = Annotated[str, typer.Option("--rules", help="pinned：该批次开始时的规则；current：现在的规则", metavar="pinned|current")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="按哪一天计算，默认今天", metavar="DATE")]
DEFAULT_STORE = "sqlite:///govcrawl.db"
