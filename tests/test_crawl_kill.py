"""A crawl that is killed, stopped or entered by `scrapy crawl` loses nothing that was acknowledged and goes on where it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from crawl_lab import HOME, Net, Reply, crawl, page, plan, serving

from govcrawl.crawling import Crawling
from govcrawl.spiders.loop import _Loop
from govcrawl.store import snapshots
from govcrawl.store.base import open_store

HERE = Path(__file__).resolve().parent
PAGES = 160
_CHILD = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[2], sys.argv[3]]
from crawl_lab import crawl
from govcrawl.store.base import open_store
folder = Path(sys.argv[1])
try:
    crawl(folder, store=open_store(f"sqlite:///{folder}/govcrawl.db"), handle_signals=True)
except KeyboardInterrupt:
    print("stopped", flush=True)
    sys.exit(130)
print("finished", flush=True)
"""


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch):
    """A site of a tree of pages, each a little slow."""
    made = Net({HOME: page(*(f"/{n}.html" for n in range(8)))})

    def more(url: str, body: bytes) -> Reply | None:
        name = url.removeprefix(HOME).removesuffix(".html")
        if not name.isdigit():
            return None
        n = int(name)
        children = [8 + 4 * n + k for k in range(4)]
        reply = page(*(f"/{child}.html" for child in children if child < PAGES), "/")
        return Reply(reply.body + b" " * 3000, headers=reply.headers, wait=0.01)

    made.fallback = more
    with serving(made) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        for name in ("no_proxy", "NO_PROXY", "HTTP_PROXY", "https_proxy", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        yield made


def child(folder: Path) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", _CHILD, str(folder), str(HERE.parent), str(HERE)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ.copy())


def wait_for(net: Net, asked: int) -> None:
    until = time.monotonic() + 20
    while net.asked.total() < asked and time.monotonic() < until:
        time.sleep(0.01)
    assert net.asked.total() >= asked


def test_kill_9_in_mid_crawl_and_going_on_loses_nothing(net: Net, tmp_path: Path) -> None:
    for asked in (40, 100):
        process = child(tmp_path)
        wait_for(net, asked)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        process.stdout.close()
    files = sorted((tmp_path / "snapshots").iterdir())
    with files[-1].open("ab") as file:
        file.write(b"\x1f\x8b\x08\x00torn")  # what a kill in mid-write leaves
    store = open_store(f"sqlite:///{tmp_path}/govcrawl.db")
    before = sum(1 for _ in store.visits("20261116-abcdef", "qinghe"))
    assert 0 < before < PAGES
    _, crawling = crawl(tmp_path, store=store)
    assert crawling.summaries["qinghe"].finished and crawling.left_in_queue("qinghe") == 0
    visits = list(store.visits("20261116-abcdef", "qinghe"))
    assert {v.url for v in visits} == {HOME} | {f"{HOME}{n}.html" for n in range(PAGES)}
    assert {v.outcome for v in visits} == {"read"}
    twice = sum(n - 1 for url, n in net.asked.items() if not url.endswith("robots.txt"))
    assert twice <= 2 * 200
    for visit in visits:
        last = visit.last
        assert last is not None and last.snapshot is not None
        stored = snapshots.load(tmp_path / "snapshots" / last.snapshot.warc, last.snapshot.offset)
        assert stored.url == visit.url and stored.status == 200
    assert len(crawling.files()) == 3
    store.close()


def test_ctrl_c_stops_cleanly_and_the_same_plan_goes_on(net: Net, tmp_path: Path) -> None:
    process = child(tmp_path)
    wait_for(net, 60)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=20)
    assert process.returncode == 130 and said.strip() == "stopped"
    time.sleep(0.1)
    asked = net.asked.total()
    store = open_store(f"sqlite:///{tmp_path}/govcrawl.db")
    kept = sum(1 for _ in store.visits("20261116-abcdef", "qinghe"))
    assert kept >= asked - 2  # robots.txt is no visit
    crawl(tmp_path, store=store)
    assert sum(1 for _ in store.visits("20261116-abcdef", "qinghe")) == PAGES + 1
    assert not [url for url, n in net.asked.items() if n > 1 and not url.endswith("robots.txt")]
    store.close()


def test_a_finished_crawl_is_not_begun_again(net: Net, tmp_path: Path) -> None:
    crawl(tmp_path, max_pages=5)
    before = net.asked.total()
    kept, crawling = crawl(tmp_path)
    assert net.asked.total() == before and kept.results == {} and crawling.summaries["qinghe"].finished


def test_the_stop_from_inside(net: Net, tmp_path: Path) -> None:
    from crawl_lab import Kept

    made: list[Crawling] = []

    class Stopping(Kept):
        def put_results(self, run_id, results) -> None:  # type: ignore[no-untyped-def]
            super().put_results(run_id, results)
            if len(self.results) > 20:
                assert _Loop.loop is not None
                _Loop.loop.call_soon_threadsafe(made[0].stop)

    made.append(Crawling(plan(tmp_path, Stopping())))
    summary = made[0].run()["qinghe"]
    assert not summary.finished and summary.phase == "crawl"
    assert made[0].left_in_queue("qinghe") > 0
    _, crawling = crawl(tmp_path)
    assert crawling.summaries["qinghe"].finished


def test_a_stop_before_a_site_begins_or_between_crawl_and_looks_skips_nothing(net: Net, tmp_path: Path) -> None:
    from crawl_lab import Kept

    from govcrawl.model.looks import Look
    from govcrawl.model.targets import Target

    net.answers["http://www.second.gov.cn/"] = page()
    targets = [Target(url=HOME, site="qinghe"), Target(url="http://www.second.gov.cn/", site="second")]
    made: list[Crawling] = []

    def looks(target: Target) -> list[Look]:
        # in a thread, before the looks' own crawler; the second site may still wait for its turn
        stopped = threading.Event()
        assert _Loop.loop is not None
        _Loop.loop.call_soon_threadsafe(lambda: (made[0]._interrupt(), stopped.set()))
        assert stopped.wait(5)
        return [Look(kind="again", url=HOME + "1.html", referer=HOME, control=HOME)]

    made.append(Crawling(plan(tmp_path, Kept(), *targets, max_pages=5, side_by_side=1, looks=looks)))
    with pytest.raises(KeyboardInterrupt):
        made[0].run()
    phases = {site: (s.phase, s.finished) for site, s in made[0].summaries.items()}
    assert phases["qinghe"] == ("looks", False)
    assert not phases["second"][1]
    kept, crawling = crawl(tmp_path, *targets, looks=lambda t: [Look(kind="again", url=t.url, referer=None, control=None)])
    assert {site: s.phase for site, s in crawling.summaries.items()} == {"qinghe": "done", "second": "done"}
    assert kept.visit(HOME, "look").outcome == "read" and kept.visit("http://www.second.gov.cn/", "look").outcome == "read"


def test_scrapy_lists_and_starts_the_spiders(net: Net, tmp_path: Path) -> None:
    environment = {**os.environ, "SCRAPY_SETTINGS_MODULE": "govcrawl.settings", "PYTHONPATH": str(HERE.parent)}
    listed = subprocess.run(
        [sys.executable, "-m", "scrapy", "list"], capture_output=True, text=True, env=environment, cwd=tmp_path, check=True
    )
    assert listed.stdout.split() == ["message_board", "policy_library", "portal", "recheck", "service_guide"]
    none = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "portal"], capture_output=True, text=True, env=environment, cwd=tmp_path
    )
    assert "-a target=" in none.stderr
