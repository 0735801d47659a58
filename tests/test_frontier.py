"""The frontier keeps what a run knows: nothing is handed out twice, nothing is lost, whatever kills the process."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest

from govcrawl.errors import StoreError
from govcrawl.model.facts import ATTACHMENT, DATA, LOOK, OUTSIDE, PAGE, PICTURE, RENDER, Context, PageResult, Visit
from govcrawl.model.looks import Look
from govcrawl.scheduler import PageBudget, patterns
from govcrawl.store.frontier import Frontier
from govcrawl.store.frontier_rows import hop_key, key_of, priority_of

HOME = "http://www.qinghe.gov.cn/"


def opened(path: Path) -> Frontier:
    frontier = Frontier(path / "frontier.db")
    frontier.open_site("s", "2026-11-16T00:00:00+08:00")
    return frontier


def result(key: int, url: str, outcome: str = "read", found: list[tuple[str, Context]] | None = None) -> PageResult:
    return PageResult(site="s", key=key, visit=Visit(url=url, context=Context(), outcome=outcome), discovered=found or [])


def test_order_is_home_lists_data_pages_files_looks_renderings_links(tmp_path: Path) -> None:
    frontier = opened(tmp_path)
    rows = [
        (HOME + "l.png", Context(role=PICTURE)),
        ("http://o.cn/", Context(role=OUTSIDE)),
        (HOME + "a.html", Context(role=RENDER)),
        (HOME + "a.doc", Context(role=ATTACHMENT)),
        (HOME + "deep.html", Context(depth=3)),
        (HOME + "shallow.html", Context(depth=1)),
        (HOME + "api", Context(role=DATA)),
        (HOME + "zwgk/", Context(depth=2)),
        (HOME, Context(home=True)),
    ]
    assert frontier.add("s", rows) == 9
    assert [row.url for row in frontier.take("s", 20)] == [url for url, _ in reversed(rows[2:])] + [HOME + "l.png", "http://o.cn/"]
    assert frontier.take("s", 5) == []
    assert frontier.counts("s").in_flight == 9 and frontier.unfinished("s") == 9


def test_low_rows_can_be_taken_past_high_ones(tmp_path: Path) -> None:
    frontier = opened(tmp_path)
    frontier.add("s", [(HOME, Context()), ("http://o.cn/", Context(role=OUTSIDE))])
    assert [row.url for row in frontier.take("s", 5, at_most=100)] == ["http://o.cn/"]
    assert [row.url for row in frontier.take("s", 5)] == [HOME]


def test_acknowledging_writes_found_and_done_together(tmp_path: Path) -> None:
    frontier = opened(tmp_path)
    frontier.add("s", [(HOME, Context(home=True))])
    (row,) = frontier.take("s", 1)
    assert row.context.home
    found = [(HOME + "a.html", Context(parent=HOME, anchor="公告")), (HOME, Context()), (HOME + "index.html", Context())]
    frontier.acknowledge([result(row.key, HOME, found=found)], {"s": (2, 500)})
    assert (frontier.counts("s").todo, frontier.counts("s").done, frontier.unfinished("s")) == (1, 1, 1)
    (following,) = frontier.take("s", 9)
    assert (following.url, following.context) == (HOME + "a.html", Context(parent=HOME, anchor="公告"))
    state = frontier.state("s")
    assert (state.requests, state.bytes) == (2, 500)
    assert frontier.outcomes("s") == {("read", None): 1}
    assert list(frontier.asked("s")) == [(HOME, PAGE)]


def test_the_same_result_twice_counts_once(tmp_path: Path) -> None:
    frontier = opened(tmp_path)
    frontier.add("s", [(HOME, Context()), (HOME + "a", Context())])
    rows = frontier.take("s", 2)
    for _ in range(2):
        frontier.acknowledge([result(rows[0].key, HOME)])
    assert frontier.unfinished("s") == 1


def test_what_was_in_flight_is_to_do_again_after_a_kill(tmp_path: Path) -> None:
    frontier = opened(tmp_path)
    frontier.add("s", [(HOME + str(n), Context()) for n in range(10)])
    rows = frontier.take("s", 4)
    frontier.acknowledge([result(rows[0].key, rows[0].url)])
    frontier.add_host("s", "www.new.gov.cn")
    frontier.close()
    again = opened(tmp_path)
    assert (again.counts("s").todo, again.counts("s").in_flight, again.unfinished("s")) == (9, 0, 9)
    assert again.state("s").hosts == ("www.new.gov.cn",)
    assert again.state("s").started_at == "2026-11-16T00:00:00+08:00"
    assert len(again.seen("s")) == 10
    assert len(again.take("s", 20)) == 9


def test_given_back_rows_are_to_do_again(tmp_path: Path) -> None:
    frontier = opened(tmp_path)
    frontier.add("s", [(HOME, Context())])
    (row,) = frontier.take("s", 1)
    frontier.give_back("s", [row.key])
    assert frontier.take("s", 1) == [row]


def test_sites_do_not_mix(tmp_path: Path) -> None:
    frontier = opened(tmp_path)
    frontier.open_site("t", "2026-11-16T00:00:00+08:00")
    frontier.add("s", [("http://o.cn/", Context(role=OUTSIDE))])
    frontier.add("t", [("http://o.cn/", Context(role=OUTSIDE))])
    assert frontier.unfinished("s") == frontier.unfinished("t") == 1
    frontier.acknowledge([result(key_of("http://o.cn/", Context()), "http://o.cn/")])
    assert (frontier.unfinished("s"), frontier.unfinished("t")) == (0, 1)


def test_phases_are_kept(tmp_path: Path) -> None:
    frontier = opened(tmp_path)
    assert frontier.state("s").phase == "crawl"
    frontier.set_phase("s", "looks", "2026-11-16T01:00:00+08:00")
    frontier.close()
    assert opened(tmp_path).state("s").phase == "looks"


def test_looks_are_rows_of_their_own(tmp_path: Path) -> None:
    frontier = opened(tmp_path)
    look = Look(kind="again", url=HOME, referer=HOME + "a", control=HOME)
    assert frontier.add("s", [(HOME, Context())], [(look, Context(role=LOOK))]) == 2
    assert {row.look for row in frontier.take("s", 2)} == {None, look}


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ((HOME + "a", Context()), ("https://www.qinghe.gov.cn/a", Context()), True),
        ((HOME + "a", Context()), (HOME + "a", Context(role=ATTACHMENT, parent=HOME)), True),
        ((HOME + "a", Context()), (HOME + "a", Context(role=RENDER)), False),
        ((HOME + "a", Context()), (HOME + "a", Context(role=LOOK)), False),
        ((HOME + "a", Context(role=DATA, form="p=1")), (HOME + "a", Context(role=DATA, form="p=2")), False),
        ((HOME + "a", Context(role=DATA, form="p=1")), (HOME + "a", Context(role=DATA)), False),
    ],
)
def test_what_is_one_address(first: tuple[str, Context], second: tuple[str, Context], same: bool) -> None:
    assert (key_of(*first) == key_of(*second)) is same
    assert 0 <= key_of(*first) < 1 << 63


def test_a_redirect_to_the_same_key_is_another_request() -> None:
    secure = HOME.replace("http:", "https:")
    assert hop_key(HOME, secure, Context()) != key_of(secure, Context())
    assert hop_key(HOME, HOME + "a", Context()) == key_of(HOME + "a", Context())


def test_depth_never_outweighs_the_role() -> None:
    assert priority_of(HOME + "a.html", Context(depth=10_000)) > priority_of(HOME + "a.doc", Context(role=ATTACHMENT))


@pytest.mark.parametrize(
    ("url", "shape", "trap"),
    [
        (HOME + "art/2026/11/5/art_1_22.html", "www.qinghe.gov.cn/art/#/#/#/art_#_#.html", None),
        (HOME + "calendar?year=2031&month=7", "www.qinghe.gov.cn/calendar?month&year", "www.qinghe.gov.cn/calendar?month&year"),
        (HOME + "cal?id=9&ymd=20310701", "www.qinghe.gov.cn/cal?id&ymd", "www.qinghe.gov.cn/cal?id=9&ymd"),
        (HOME + "show?id=20310701", "www.qinghe.gov.cn/show?id", None),
        (HOME + "list?page=7", "www.qinghe.gov.cn/list?page", None),
        (HOME + "rili/2031/7.html", "www.qinghe.gov.cn/rili/#/#.html", "www.qinghe.gov.cn/rili/#/#.html"),
        (HOME + "rili/", "www.qinghe.gov.cn/rili/", None),
    ],
)
def test_patterns_of_addresses(url: str, shape: str, trap: str | None) -> None:
    assert patterns(url) == (shape, trap)


def test_page_budgets() -> None:
    budget = PageBudget(pages=100, pattern=10, trap=3)
    assert [budget.spend(f"{HOME}a{n}/x{n}") for n in range(12)] == [True] * 10 + [False] * 2
    assert [budget.spend(f"{HOME}c?year={2000 + n}") for n in range(4)] == [True, True, True, False]
    # a value that is no date keeps its own count: contents are not cut short because they carry a year
    assert all(budget.spend(f"{HOME}s?no={letter}&year={year}") for letter in "ab" for year in (2024, 2025, 2026))
    budget = PageBudget(pages=2, pattern=10, trap=3)
    assert [budget.spend(HOME + word) for word in "abc"] == [True, True, False]


def test_memory_of_a_seen_address(tmp_path: Path) -> None:
    frontier = opened(tmp_path)
    frontier.add("s", [(f"{HOME}x/{n}.html", Context()) for n in range(1000)])
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for start in range(1000, 21000, 1000):
        frontier.add("s", [(f"{HOME}x/{n}.html", Context()) for n in range(start, start + 1000)])
        from govcrawl.page import addresses

        addresses.key.cache_clear()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown / 20_000 <= 150


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "frontier.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match=r"采集队列.*frontier\.db"):
        Frontier(tmp_path / "frontier.db")


def test_a_failed_write_leaves_everything_as_it_was(tmp_path: Path) -> None:
    frontier = opened(tmp_path)
    frontier.add("s", [(HOME, Context())])
    (row,) = frontier.take("s", 1)
    other = sqlite3.connect(tmp_path / "frontier.db")
    frontier._db.execute("PRAGMA busy_timeout = 10")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="写入采集队列"):
        frontier.acknowledge([result(row.key, HOME, found=[(HOME + "a", Context())])])
    other.rollback()
    assert frontier.unfinished("s") == 1
    frontier.acknowledge([result(row.key, HOME, found=[(HOME + "a", Context())])])
    assert (frontier.unfinished("s"), frontier.counts("s").todo) == (1, 1)


_CHILD = """
import sys
from pathlib import Path
from govcrawl.store.frontier import Frontier
from govcrawl.model.facts import Context, PageResult, Visit
frontier = Frontier(Path(sys.argv[1]) / "frontier.db")
frontier.open_site("s", "2026-11-16T00:00:00+08:00")
frontier.add("s", [("http://a.gov.cn/0", Context())])
n = 0
while True:
    for row in frontier.take("s", 3):
        n += 1
        found = [(f"http://a.gov.cn/{n}-{k}", Context()) for k in range(2)]
        result = PageResult(site="s", key=row.key, visit=Visit(url=row.url, context=row.context, outcome="read"), discovered=found)
        frontier.acknowledge([result])
        print(row.url, flush=True)
"""


def test_kill_9_keeps_everything_acknowledged(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parent.parent
    child = subprocess.Popen([sys.executable, "-c", _CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=root)
    assert child.stdout is not None
    said = [child.stdout.readline().strip() for _ in range(150)]
    child.kill()
    said += [line.strip() for line in child.stdout.read().splitlines() if line.strip()]
    child.wait()
    child.stdout.close()
    frontier = opened(tmp_path)
    done = {url for url, _ in frontier.asked("s")}
    # the last line may be torn by the kill
    assert set(said[:-1]) <= done
    counts = frontier.counts("s")
    assert counts.in_flight == 0 and counts.todo + counts.done == 1 + 2 * counts.done
