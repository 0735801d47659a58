"""Script-built lists: rendered once, their data endpoint heard, the further pages asked for without a browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from crawl_lab import HOME, Net, Reply, crawl, serving

from govcrawl import reading
from govcrawl.browser import find_browser
from govcrawl.extract import assemble
from govcrawl.model.facts import DATA, RENDER
from govcrawl.model.targets import Target

with_browser = pytest.mark.skipif(find_browser() is None, reason="没有浏览器：渲染测试跳过")

COLUMN = HOME + "zwgk/tzgg/"
TOTAL, SIZE = 23, 5
PORTAL = f"""<html><head><title>清和县人民政府</title></head><body><div class="nav"><a href="/">首页</a><a href="{COLUMN}">通知公告</a></div>
<p>清和县人民政府门户网站，发布县内政务信息，提供办事服务和互动交流，欢迎您的到来和监督。</p></body></html>"""
VUE = """<html><head><title>通知公告_清和县人民政府</title><meta name="ColumnName" content="通知公告"></head><body><div id="app"></div>
<script src="/js/chunk-vendors.js"></script><script src="/js/app.js"></script></body></html>"""
APP = {
    "get": """fetch('/api/menu').then(r => r.json()).then(m => fetch('/api/article?channel=7&page=1&size=5')).then(r => r.json()).then(draw);""",
    "post": """fetch('/irs/front/list', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({tenantId: 303, pageNo: 1, pageSize: 5})})
 .then(r => r.json()).then(draw);""",
    "form": """var x = new XMLHttpRequest(); x.onload = () => draw(JSON.parse(x.responseText)); x.open('POST', '/api/article');
x.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded'); x.send('channel=7&page=1&size=5');""",
}
DRAW = """function draw(a) { document.getElementById('app').innerHTML = '<h2>通知公告</h2><ul class="list">' + a.data.list.map(r =>
  '<li><a href="' + r.url + '">' + r.title + '</a><span>' + r.pubDate + '</span></li>').join('') + '</ul>'; }
"""


def title(n: int) -> str:
    return f"清和县关于第{n}号事项的公告"


def list_page(n: int) -> Reply:
    rows = [
        {"title": title(k), "url": f"/zwgk/tzgg/{k}.html", "pubDate": f"2026-10-{k + 1:02d}"}
        for k in range(SIZE * (n - 1), min(SIZE * n, TOTAL))
    ]
    body = json.dumps({"code": 0, "data": {"total": TOTAL, "list": rows}}, ensure_ascii=False)
    return Reply(body.encode(), headers={"Content-Type": "application/json"})


def asked_page(url: str, sent: bytes) -> int:
    text = sent.decode() or url.partition("?")[2]
    if text.startswith("{"):
        return int(json.loads(text)["pageNo"])
    return int(dict(part.split("=") for part in text.split("&"))["page"])


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch):
    made = Net({})
    with serving(made) as proxy:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy)
        for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield made


def site(net: Net, app: str) -> list[int]:
    """The site's answers; gives the pages of its endpoint in the order they were asked for."""
    pages: list[int] = []

    def html(text: str) -> Reply:
        return Reply(text.encode(), headers={"Content-Type": "text/html; charset=utf-8"})

    def endpoint(url: str, sent: bytes) -> Reply | None:
        if url.partition("?")[0] in (HOME + "api/article", HOME + "irs/front/list"):
            pages.append(asked_page(url, sent))
            return list_page(pages[-1])
        if url.startswith(COLUMN) and url.endswith(".html"):
            n = int(url.rpartition("/")[2][:-5])
            return html(
                f"<html><head><title>{title(n)}</title></head><body><h1>{title(n)}</h1><p>发布时间：2026-10-{n + 1:02d}</p><p>{'内容' * 60}</p></body></html>"
            )
        return None

    net.answers.update(
        {
            HOME: html(PORTAL),
            COLUMN: html(VUE),
            HOME + "js/chunk-vendors.js": Reply(b"", headers={"Content-Type": "text/javascript"}),
            HOME + "js/app.js": Reply((DRAW + APP[app]).encode(), headers={"Content-Type": "text/javascript; charset=utf-8"}),
            HOME + "api/menu": Reply(
                '{"list":[{"title":"首页","url":"/"},{"title":"通知公告","url":"/zwgk/tzgg/"}]}'.encode(),
                headers={"Content-Type": "application/json"},
            ),
        }
    )
    net.fallback = endpoint
    return pages


def column(kept: Any) -> Any:
    visits = {visit.url: visit for visit in (result.visit for result in kept.results.values())}
    pages = [result.facts for result in kept.results.values() if result.facts is not None]
    found = assemble.structure(Target(url=HOME, site="qinghe"), visits, pages, "2026-11-16")
    return next(c for c in found.columns if c.record.url == COLUMN)


@with_browser
@pytest.mark.parametrize("app", list(APP))
def test_a_script_built_list_is_rendered_once_and_its_other_pages_are_fetched_directly(net: Net, tmp_path: Path, app: str) -> None:
    pages = site(net, app)
    kept, crawling = crawl(tmp_path, render="auto", page_timeout=20.0, reading=reading, today="2026-11-16")
    assert crawling.summaries["qinghe"].finished
    rendered = [url for _, url, role in kept.results if role == RENDER]
    assert rendered == [COLUMN]
    data = [result for (_, _, role), result in kept.results.items() if role == DATA]
    assert len(data) == 5 and all(result.visit.outcome == "read" and result.facts.column_url == COLUMN for result in data)
    assert sorted(pages) == [1, 1, 2, 3, 4, 5], "the first page once by the browser and once to see that it can do without"
    drawn = column(kept)
    assert (drawn.record.items, drawn.record.state, drawn.record.newest_on) == (TOTAL, "live", "2026-10-23")
    for n in range(TOTAL):
        assert kept.visit(f"{COLUMN}{n}.html").outcome == "read"


def test_without_a_browser_the_column_is_unrendered_and_not_blank(net: Net, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVCRAWL_BROWSER", "")
    pages = site(net, "get")
    kept, _ = crawl(tmp_path, render="auto", reading=reading, today="2026-11-16")
    assert pages == []
    drawing = kept.result(COLUMN, RENDER).visit
    assert (drawing.outcome, drawing.reason) == ("skipped", "unrendered")
    found = column(kept)
    assert found.page is not None and found.page.needs_script and not found.record.blank and found.record.state != "blank"
