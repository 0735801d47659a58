"""Rendering through the one shared browser; skipped where none is installed."""

from __future__ import annotations

from pathlib import Path

import pytest
from crawl_lab import HOME, Net, Reply, crawl, page, serving

from govcrawl.browser import find_browser
from govcrawl.model.facts import RENDER
from govcrawl.model.looks import Look
from govcrawl.model.targets import Target
from govcrawl.store import snapshots

pytestmark = pytest.mark.skipif(find_browser() is None, reason="没有浏览器：渲染测试跳过")

DRAWN = """<script>
setTimeout(() => fetch('/api/list').then(r => r.json()).then(rows => {
  document.body.innerHTML = rows.map(r => '<a href="' + r + '">' + r + '</a>').join('') + '<img src="/big.png">';
}), 300);
</script>"""


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch):
    made = Net({})
    with serving(made) as proxy:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy)
        for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield made


def site(net: Net, home: str) -> None:
    net.answers.update(
        {
            home: page("/plain.html", text=DRAWN),
            home + "plain.html": page(),
            home + "api/list": Reply(b'["/1.html", "/2.html"]', headers={"Content-Type": "application/json"}),
            home + "1.html": page(),
            home + "2.html": page(),
            home + "big.png": Reply(b"\x89PNG", headers={"Content-Type": "image/png"}),
        }
    )


def test_what_a_script_draws_is_read_and_followed(net: Net, tmp_path: Path) -> None:
    homes = [HOME, "http://www.other-town.gov.cn/"]
    for home in homes:
        site(net, home)
    kept, crawling = crawl(tmp_path, *(Target(url=home, site=home[11:16]) for home in homes), render="auto", page_timeout=20.0)
    for home in homes:
        drawn = kept.result(home, RENDER)
        assert (drawn.visit.outcome, drawn.visit.rendered, drawn.facts.rendered) == ("read", True, True)
        assert kept.visit(home + "1.html").outcome == kept.visit(home + "2.html").outcome == "read"
        assert net.asked[home + "plain.html"] == 1
        stored = snapshots.load(tmp_path / "snapshots" / drawn.facts.snapshot.warc, drawn.facts.snapshot.offset)
        assert stored.kind == "conversion" and stored.url == home and b'<a href="/1.html"' in stored.body
    kinds = [snapshots.load(path, offset) for path in crawling.files() for offset, _ in snapshots.members(path)]
    assert any(record.kind == "response" and record.url == HOME + "api/list" and record.body.startswith(b'["/1') for record in kinds)
    assert all(summary.finished for summary in crawling.summaries.values())
    assert any("HeadlessChrome" not in agent and "govcrawl/" in agent for agent in net.agents)


def test_a_page_that_cannot_be_rendered_says_so_and_frees_its_tab(net: Net, tmp_path: Path) -> None:
    replies = [page(*(f"/{n}.html" for n in range(6)))]
    net.answers[HOME] = replies[0]

    def first_only(url: str, body: bytes) -> Reply | None:
        if not url.endswith(".html"):
            return None
        return page(text="<script></script>") if net.asked[url] == 1 else Reply(hang_up=True)

    net.fallback = first_only
    kept, crawling = crawl(tmp_path, render="auto", page_timeout=5.0)
    drawn = [r.visit for (_, url, role), r in kept.results.items() if role == RENDER]
    assert len(drawn) == 6 and {(v.outcome, v.reason) for v in drawn} == {("failed", "unrendered")}
    assert crawling.summaries["qinghe"].finished


def test_looks_render_late_and_always_renders_everything(net: Net, tmp_path: Path) -> None:
    site(net, HOME)
    looks = [Look(kind="render", url=HOME + "plain.html", referer=HOME)]
    kept, crawling = crawl(tmp_path / "1", render="auto", page_timeout=20.0, looks=lambda target: looks)
    assert kept.result(HOME + "plain.html", RENDER).facts.rendered
    assert crawling.summaries["qinghe"].phase == "done"
    net.answers = {HOME: page("/plain.html"), HOME + "plain.html": page()}
    kept, _ = crawl(tmp_path / "2", render="always", page_timeout=20.0)
    assert kept.result(HOME + "plain.html", RENDER).facts.rendered and kept.result(HOME, RENDER).facts.rendered
