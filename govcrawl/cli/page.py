"""`govcrawl page save, explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from govcrawl.cli.base import App
from govcrawl.cli.options import DEFAULT_STORE, JsonOption, StoreOption
from govcrawl.errors import UsageError
from govcrawl.telemetry import logs

app = App("单个页面：保存、说明读成了什么。")
RunOption = Annotated[str | None, typer.Option("--run", help="取自已保存的检查批次，不联网", metavar="RUN")]
_PAGE_FILES = (".html", ".htm", ".shtml", ".xml", ".json", ".txt")


@app.command("save")
def page_save(
    url: Annotated[str, typer.Argument(help="网址", metavar="URL")],
    out: Annotated[Path | None, typer.Option("--out", help="保存目录，默认 <主机名>", metavar="DIR")] = None,
    run: RunOption = None,
    render: Annotated[bool, typer.Option("--render", help="用浏览器渲染后的页面")] = False,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """按检查时的方式取一个页面，保存原始字节和待核对的 expected.json。"""
    from contextlib import closing

    from govcrawl import keeping
    from govcrawl.store.base import open_existing

    if run is None:
        kept = keeping.fetched(url, render=render)
    else:
        with closing(open_existing(store)) as opened:
            kept = keeping.stored(opened, run, url, rendered=render)
    file = keeping.save(kept, out or Path(keeping.host_of(kept)))
    typer.echo(file)
    logs.say(f"已写入 {file.parent.parent / 'expected.json'}：逐项核对后删去 checked")


@app.command("explain")
def page_explain(
    page: Annotated[str, typer.Argument(help="网址，或保存下来的页面文件", metavar="URL|FILE")],
    run: RunOption = None,
    rendered: Annotated[bool, typer.Option("--rendered", help="看渲染后的页面")] = False,
    url: Annotated[str | None, typer.Option("--url", help="页面文件原来的网址", metavar="URL")] = None,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """说明一个页面读成了什么：类别及依据、栏目、各项内容取自何处，怎样用 rules/sites 改正。"""
    from contextlib import closing

    from govcrawl import keeping
    from govcrawl.store.base import open_existing

    if run is None and "://" not in page and not Path(page).is_file() and (page[:1] in "/." or Path(page).suffix.lower() in _PAGE_FILES):
        raise UsageError(f"没有这个页面文件：{page}" if not Path(page).is_dir() else f"{page} 是目录，不是页面文件")
    if run is not None:
        with closing(open_existing(store)) as opened:
            said = keeping.account(keeping.stored(opened, run, page, rendered=rendered))
    elif Path(page).is_file():
        said = keeping.account(keeping.opened(Path(page), url))
    else:
        said = keeping.account(keeping.fetched(page, render=rendered))
    for line in keeping.told(said, as_json=as_json):
        typer.echo(line)
