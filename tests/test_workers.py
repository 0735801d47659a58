"""The pool that reads files: whatever one of them does, it ends in time with a status, and the next one is read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from govcrawl.workers import MB, Bounds, Pool, Task

pytestmark = pytest.mark.xdist_group("workers")
BOUNDS = Bounds(seconds=1.0, memory=1024 * MB, file=1 * MB)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool("hostile_work.act", workers=2, bounds=BOUNDS) as opened:
        list(opened.run([Task(0, ("echo",))]))
        yield opened


def one(pool: Pool, *arguments: Any) -> tuple[Any, str | None, str | None]:
    (done,) = pool.run([Task("k", arguments)])
    assert done.key == "k"
    return done.value, done.status, done.reason


HOSTILE = [
    ("crash_in_c", "crashed", "读取程序异常退出"),
    ("abort", "too_large", "读取时占用内存超过1024MB"),
    ("loop", "timeout", "超过1秒仍未读完"),
    ("sleep_in_c", "timeout", "超过1秒仍未读完"),
    ("hog", "too_large", "读取时占用内存超过1024MB"),
    ("raise_error", "crashed", "读取程序出错"),
    ("swallow", "crashed", "读取程序出错"),
    ("no_plain_data", "crashed", "读取程序异常退出"),
]


@pytest.mark.parametrize(("act", "status", "reason"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_a_hostile_file_ends_in_time_and_the_pool_goes_on(pool: Pool, act: str, status: str, reason: str) -> None:
    began = time.monotonic()
    assert one(pool, act) == (None, status, reason)
    assert one(pool, "echo", "next") == (("next",), None, None)
    assert time.monotonic() - began < 6


@pytest.mark.parametrize("code", [0, 3, 137])
def test_a_worker_that_leaves_is_replaced(pool: Pool, code: int) -> None:
    assert one(pool, "leave", code) == (None, "crashed", "读取程序异常退出")
    assert one(pool, "echo", 1)[0] == (1,)


def test_a_worker_that_leaves_without_a_word_is_not_waited_for() -> None:
    """Its exit code is that of one that has done its share of tasks: the pool itself would wait until the time is up."""
    with Pool("hostile_work.act", workers=1, bounds=Bounds(seconds=120)) as pool:
        began = time.monotonic()
        assert one(pool, "leave", 0) == (None, "crashed", "读取程序异常退出")
        assert one(pool, "echo", 1)[0] == (1,)
        assert time.monotonic() - began < 60, "half of the time that the file might have taken"


def test_a_worker_may_not_fill_the_disk(pool: Pool, tmp_path: Path) -> None:
    assert one(pool, "write", str(tmp_path))[1] == "crashed"
    assert (tmp_path / "big").stat().st_size <= 1 * MB


def test_an_error_that_a_reader_lets_out_is_told_for_our_own_log(pool: Pool) -> None:
    (done,) = pool.run([Task("k", ("raise_error",))])
    assert done.error == "KeyError: 'no such part'"
    (done,) = pool.run([Task("k", ("leave", 3))])
    assert done.error is None


def test_a_crashed_file_is_tried_once_more(pool: Pool, tmp_path: Path) -> None:
    assert one(pool, "crash_first_time", str(tmp_path)) == ("read", None, None)


def test_a_crashed_file_is_not_tried_a_third_time(pool: Pool, tmp_path: Path) -> None:
    assert one(pool, "count_and_crash", str(tmp_path))[1] == "crashed"
    assert (tmp_path / "tries").read_text() == "xx"


def test_one_bad_file_among_many_costs_none_of_the_others(pool: Pool) -> None:
    tasks = [Task(n, ("crash_in_c",) if n % 10 == 5 else ("echo", n)) for n in range(40)]
    done = {d.key: d for d in pool.run(tasks)}
    assert sorted(done) == list(range(40))
    assert [n for n, d in done.items() if d.status == "crashed"] == [n for n in done if n % 10 == 5]
    assert all(d.value == (n,) for n, d in done.items() if n % 10 != 5)


def test_no_more_tasks_are_taken_than_there_is_room_for(pool: Pool) -> None:
    asked = []

    def tasks() -> Iterator[Task[int]]:
        for n in range(30):
            asked.append(n)
            yield Task(n, ("echo", n))

    for ended, _ in enumerate(pool.run(tasks()), 1):
        assert len(asked) - ended < 2 * pool.workers, "an archive of 10,000 files must not be held in memory"
    assert len(asked) == 30


def test_a_run_that_is_given_up_ends_its_workers_and_the_pool_can_be_used_again(tmp_path: Path) -> None:
    with Pool("hostile_work.act", workers=2, bounds=Bounds(seconds=60)) as pool:
        running = pool.run([Task(0, ("echo", 0)), *(Task(n, ("nap", 30.0, str(tmp_path), str(n))) for n in range(1, 4))])
        assert next(running).key == 0
        began = time.monotonic()
        running.close()  # type: ignore[attr-defined]
        assert time.monotonic() - began < 5
        assert one(pool, "echo", 1)[0] == (1,)


def test_a_worker_is_replaced_after_so_many_files() -> None:
    with Pool("hostile_work.process", workers=1, bounds=Bounds(tasks=3)) as pool:
        seen = [done.value for done in pool.run(Task(n, ()) for n in range(9))]
    assert len(set(seen)) == 3


def test_large_files_may_take_longer() -> None:
    assert Bounds().limit(0) == 20 and Bounds().limit(15 * MB) == 35


def test_a_small_file_costs_little(pool: Pool) -> None:
    """The floor is 5 ms a file; it takes 0.3 to 0.5 ms on an idle machine."""
    count, body = 400, b"x" * 20_000
    began = time.perf_counter()
    assert sum(1 for _ in pool.run(Task(n, ("echo", body)) for n in range(count))) == count
    cost = (time.perf_counter() - began) / count * 1000
    print(f"overhead of the pool: {cost:.2f} ms a file")  # noqa: T201  the figure is what one wants to see (pytest -s)
    assert cost < 5
