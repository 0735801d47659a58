"""What a crawl really asks of a site's search: by GET and by POST, after failures and redirects, and never too much."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from crawl_lab import HOME, Kept, Net, Reply, crawl, page, redirect, serving

from govcrawl import reading, searching
from govcrawl.model.facts import PageResult, Visit

TITLES = ["关于印发《清禾县城乡供水管理办法》的通知", "清禾县召开城乡供水工作会议", "清禾县城乡供水水质公告", "清禾县老旧小区改造进展"]
ASKS = [(title, f"{HOME}{n}.html") for n, title in enumerate(TITLES)]
HTML = {"Content-Type": "text/html; charset=utf-8"}
FORM = {"by": "form", "url": f"{HOME}so/s", "parameter": "q", "charset": "gb2312", "fixed": [["site", "66"]]}


class All(Kept):
    """Keeps every visit: an address is asked once plain and once rendered."""

    def __init__(self) -> None:
        super().__init__()
        self.visits: list[Visit] = []

    def put_results(self, run_id: str, results: Sequence[PageResult]) -> None:
        self.visits += [result.visit for result in results]


def words(url: str, body: bytes) -> str:
    sent = parse_qs(urlsplit(url).query, encoding="gbk") | parse_qs(body.decode(), encoding="gbk")
    return sent.get("q", [""])[0] if sent.get("site") == ["66"] else ""


def listed(url: str, body: bytes) -> Reply:
    """The answer of a search that works, as long as real ones are."""
    title = words(url, body)
    row = f"<li><a href='/{TITLES.index(title)}.html'>{title}</a></li>" if title in TITLES else "<p>没有找到相关结果</p>"
    return Reply(f"<html><body>{'<p>清禾县人民政府</p>' * 3000}<ul>{row}</ul></body></html>".encode(), headers=HTML)


def visits_of(folder: Path, answer: Callable[[str, bytes], Reply], method: str) -> tuple[Net, dict[str, list[Visit]]]:
    """(the network as it was asked, the visits of each title)."""
    net = Net({HOME: page()})
    net.fallback = lambda url, body: answer(url, body) if "/so/" in url else None
    looks = searching.looks_for({**FORM, "method": method}, ASKS, HOME)
    with serving(net) as proxy, pytest.MonkeyPatch.context() as env:
        env.setenv("http_proxy", proxy)
        for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY"):
            env.delenv(name, raising=False)
        kept = All()
        crawl(folder, store=kept, reading=reading, looks=lambda target: looks)
    found: dict[str, list[Visit]] = {}
    for visit in kept.visits:
        if visit.context.asks:
            found.setdefault(visit.context.asks[0][0], []).append(visit)
    return net, found


def asked(net: Net) -> int:
    return sum(count for url, count in net.asked.items() if "/so/" in url)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_each_title_is_asked_for_once_where_it_is_found(method: str, tmp_path: Path) -> None:
    net, found = visits_of(tmp_path, listed, method)
    assert asked(net) == 4 and set(found) == set(TITLES)
    assert all((visit.seen or {})["rank"] == 1 for [visit] in found.values())
    assert all((visit.context.form is not None, visit.tries[0].what) == (method == "POST", method) for [visit] in found.values())


def test_data_is_read_as_well_as_a_page(tmp_path: Path) -> None:
    def answer(url: str, body: bytes) -> Reply:
        rows = [{"title": words(url, body), "url": f"{HOME}x.html", "text": "清" * 20_000}]
        return Reply(json.dumps({"total": 1, "list": rows}).encode(), headers={"Content-Type": "application/json"})

    net, found = visits_of(tmp_path, answer, "GET")
    assert asked(net) == 4 and all(visits[0].seen and visits[0].seen["rank"] == 1 for visits in found.values())


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("reply", "outcome"), [(Reply(b"no", 404), "failed"), (Reply(b"no", 500), "failed"), (Reply(hang_up=True), "failed"), (redirect("/"), "redirected")]
)  # fmt: skip
def test_a_search_that_fails_is_asked_for_every_title(reply: Reply, outcome: str, method: str, tmp_path: Path) -> None:
    net, found = visits_of(tmp_path, lambda url, body: reply, method)
    assert asked(net) == 4
    assert {visits[0].outcome for visits in found.values()} == {outcome} and len(found) == 4


@pytest.mark.parametrize(("status", "ranks"), [(307, 1), (308, 1), (302, None)])
def test_a_posted_form_is_posted_again_only_where_the_answer_says_so(status: int, ranks: int | None, tmp_path: Path) -> None:
    net, found = visits_of(tmp_path, lambda url, body: listed(url, body) if "moved" in url else redirect("/so/moved", status), "POST")
    seen = [visit.seen for visits in found.values() for visit in visits if visit.seen is not None]
    assert {s["rank"] for s in seen} == {ranks} and not any(s["absent"] for s in seen)
    assert asked(net) <= searching.REQUESTS


def test_without_a_browser_every_title_is_still_asked_for(tmp_path: Path) -> None:
    shell = Reply(b"<html><body><div id=rows></div><script>draw()</script></body></html>", headers=HTML)
    net, found = visits_of(tmp_path, lambda url, body: shell, "GET")
    assert asked(net) == 4
    assert all(sorted((v.outcome, v.reason) for v in visits) == [("read", None), ("skipped", "unrendered")] for visits in found.values())


@pytest.mark.parametrize("reply", [listed, lambda url, body: Reply(b"no", 500)])
def test_what_is_one_too_many_is_not_asked(reply: Callable[[str, bytes], Reply], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "REQUESTS", 3)
    net, found = visits_of(tmp_path, reply, "GET")
    assert asked(net) == 3
    assert [(v.outcome, v.reason) for v in found[TITLES[3]]] == [("skipped", "budget")]
