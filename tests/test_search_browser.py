"""The site's search through a real browser: results that come late, that never come, and a page that says there are none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from crawl_lab import HOME, Kept, Net, Reply, crawl, page, serving

from govcrawl import reading, searching, settling
from govcrawl.browser import find_browser
from govcrawl.model.looks import SEARCH, Look
from govcrawl.model.targets import Target

pytestmark = pytest.mark.skipif(find_browser() is None, reason="没有浏览器：渲染测试跳过")

TITLE = "关于印发《清禾县城乡供水管理办法》的通知"
ITEM = f"{HOME}zcwj/202603/t1.html"
OTHER = "关于做好清禾县城乡供水安全工作的通知"
HIDDEN = "<style>.none{display:none}</style><p class=none>没有找到相关结果</p>"
BESIDE = f"<div class=hot><a href='/hot/1.html'>{OTHER}</a></div>"
"""A list beside the results, which are still to come."""
DRAW = "function draw(a) { document.getElementById('rows').innerHTML = a.rows.map(r => '<p><a href=\"' + r[1] + '\">' + r[0] + '</a></p>').join('') || %s; }"


@dataclass(frozen=True)
class Search:
    """One way a search may be built, and what may be said of a title that its server gives, or does not."""

    why: str
    script: str
    rows: list[list[str]]
    state: str
    rank: int | None
    absent: bool
    body: str = ""
    empty: str = "''"
    wait: float = 0.0


ASK = "fetch('/so/list' + location.search).then(r => r.json()).then(draw);"
FOUND, OTHERS = [[TITLE, ITEM]], [[OTHER, f"{HOME}zcwj/9.html"]]
SEARCHES = [
    Search("drawn after four seconds", f"setTimeout(() => {{ {ASK} }}, 4000);", FOUND, "results", 2, False, HIDDEN + BESIDE),
    Search("an answer that takes four seconds", ASK, FOUND, "results", 2, False, "<p>暂无数据</p>" + BESIDE, wait=4.0),
    Search("drawn four seconds after its data", ASK.replace("draw)", "a => setTimeout(draw, 4000, a))"), FOUND, "results", 2, False, BESIDE),
    Search("never drawn", "", FOUND, "unclear", None, False, HIDDEN),
    Search("its program cannot be had", "</script><script src='/gone.js'>", FOUND, "nothing", None, False, "<p>暂无数据</p>"),
    Search("data never drawn", "fetch('/so/list' + location.search);", FOUND, "nothing", None, False, "<p>暂无数据</p>"),
    Search("says that there is nothing", ASK, [], "nothing", None, True, empty="'没有找到相关结果'"),
    Search("draws nothing where there is nothing", ASK, [], "nothing", None, True, HIDDEN),
    Search("draws other results", ASK, OTHERS, "results", None, True),
]  # fmt: skip


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What one crawl saw of all of them, each a site of its own path."""
    net = Net({HOME: page()})
    looks = []
    for n, search in enumerate(SEARCHES):
        question = f"?q={quote(TITLE)}"
        draw = DRAW % search.empty
        script = f"<script>{draw}{search.script.replace('/so/list', f'/so/{n}/list')}</script>"
        html = f"<html><head><title>搜索</title></head><body>{search.body}<div id=rows></div>{script}</body></html>"
        rows = json.dumps({"total": len(search.rows), "rows": search.rows, "list": [{"title": t, "url": u} for t, u in search.rows]})
        net.answers[f"{HOME}so/{n}/s{question}"] = Reply(html.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
        net.answers[f"{HOME}so/{n}/list{question}"] = Reply(rows.encode(), headers={"Content-Type": "application/json"}, wait=search.wait)
        looks.append(Look(kind=SEARCH, url=f"{HOME}so/{n}/s{question}", referer=HOME, asks=((TITLE, ITEM),)))
    with serving(net) as proxy, pytest.MonkeyPatch.context() as env:
        for name in ("http_proxy", "https_proxy"):
            env.setenv(name, proxy)
        env.setattr(settling, "PATIENCE_SECONDS", 6.0)
        env.setattr(searching, "REQUESTS", 1000)  # these are nine sites in one
        for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            env.delenv(name, raising=False)
        kept, _ = crawl(tmp_path_factory.mktemp("search"), render="auto", page_timeout=20.0, reading=reading, looks=lambda target: looks)
    visits = [r.visit for r in kept.results.values() if r.visit.context.render]
    assert all(visit.rendered for visit in visits) and all(net.asked[look.url] == 2 for look in looks)
    return {visit.url: visit.seen for visit in visits}


@pytest.mark.parametrize("n", range(len(SEARCHES)), ids=[search.why for search in SEARCHES])
def test_a_title_counts_as_not_found_only_when_the_search_has_answered(seen: dict[str, Any], n: int) -> None:
    search = SEARCHES[n]
    found = seen[f"{HOME}so/{n}/s?q={quote(TITLE)}"]
    assert (found["state"], found["rank"], found["absent"]) == (search.state, search.rank, search.absent)


TITLES = [TITLE, "清禾县召开城乡供水工作会议", "清禾县城乡供水水质公告", "清禾县老旧小区改造进展"]
MANY = "for (let n = 0; n < 30; n++) fetch('/so/hot?n=' + n);"
TWO = "fetch('/so/hot?n=1'); "
SENT = "fetch('/so/list', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({q: %s, p: 1})}).then(r => r.json()).then(draw);"
WORDS = "new URLSearchParams(location.search).get('q')"


def titles_of(url: str, body: bytes) -> list[str]:
    """The titles that a request asks for: in its address, in a posted form, in JSON."""
    sent = body.decode()
    if sent.startswith("{"):
        return [str(json.loads(sent)["q"])]
    return parse_qs(urlsplit(url).query).get("q", []) + parse_qs(sent).get("q", [])


@dataclass(frozen=True)
class Costly:
    """A search that asks its server for more than its page, and what may then be asked of it."""

    why: str
    script: str
    requests: int
    found: int
    kinds: set[str]
    posted: bool = False

    def host(self) -> str:
        return f"www.s{COSTLY.index(self)}.gov.cn"


COSTLY = [
    Costly("one further request each", ASK, 9, 4, {"search"}),
    Costly("two further requests each", TWO + ASK, 7, 4, {"search", "search_data"}),
    Costly("asked by POST", TWO + SENT % WORDS, 7, 4, {"search", "search_data"}),
    Costly("a form that is posted", ASK.replace("location.search", "'?q=' + encodeURIComponent(document.title)"), 9, 4, {"search"}, posted=True),
    Costly("signed: no request of ours would do", TWO + ASK.replace("location.search", "location.search + '&sign=8fa1'"), 10, 3, {"search"}),
    Costly("no end of requests", MANY + ASK, 10, 0, {"search"}),
]  # fmt: skip


def answer(url: str, body: bytes) -> Reply | None:
    """Of all of them: a page that is drawn by script, and the data for it."""
    if "/so/" not in url:
        return page()
    title = next(iter(titles_of(url, body)), "")
    if "/so/s" not in url:
        rows = [[title, f"{HOME}{TITLES.index(title)}.html"]] if title in TITLES else []
        listed = {"total": len(rows), "rows": rows, "list": [{"title": t, "url": u} for t, u in rows]}
        return Reply(json.dumps(listed).encode(), headers={"Content-Type": "application/json"})
    script = COSTLY[int(url.partition("www.s")[2][0])].script
    html = f"<html><head><title>{title}</title></head><body><div id=rows></div><script>{DRAW % 0}{script}</script></body></html>"
    return Reply(html.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


@pytest.fixture(scope="module")
def costly(tmp_path_factory: pytest.TempPathFactory) -> tuple[Net, Kept]:
    """One crawl of all of them, each a site of its own."""
    net = Net({})
    net.fallback = answer

    def looks(target: Target) -> list[Look]:
        [search] = [one for one in COSTLY if one.host() == target.site]
        entry = {"by": "form", "url": f"http://{target.site}/so/s", "parameter": "q", "charset": "utf-8", "fixed": [["site", "66"]]}
        entry["method"] = "POST" if search.posted else "GET"
        return searching.looks_for(entry, [(title, f"{HOME}{n}.html") for n, title in enumerate(TITLES)], target.url)

    with serving(net) as proxy, pytest.MonkeyPatch.context() as env:
        for name in ("http_proxy", "https_proxy"):
            env.setenv(name, proxy)
        for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            env.delenv(name, raising=False)
        env.setattr(settling, "PATIENCE_SECONDS", 2.0)
        targets = [Target(url=f"http://{one.host()}/", site=one.host()) for one in COSTLY]
        folder = tmp_path_factory.mktemp("costly")
        kept, _ = crawl(folder, *targets, render="auto", page_timeout=20.0, reading=reading, looks=looks)
    return net, kept


@pytest.mark.parametrize("search", COSTLY, ids=[search.why for search in COSTLY])
def test_a_search_has_ten_requests_and_no_more(costly: tuple[Net, Kept], search: Costly) -> None:
    net, kept = costly
    visits = [r.visit for r in kept.results.values() if r.site == search.host() and r.visit.context.asks]
    seen = [v.seen for v in visits if v.seen is not None]
    asked = sum(count for url, count in net.asked.items() if url.startswith(f"http://{search.host()}/so/"))
    assert asked == search.requests <= searching.REQUESTS
    assert len({s["title"] for s in seen if s["rank"] is not None}) == search.found and not any(s["absent"] for s in seen)
    assert {v.context.strategy for v in visits} == search.kinds
