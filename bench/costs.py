"""What store and snapshots cost a crawl: pages per CPU-second with them and without, in pairs of one run, each order as often as the other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from bench.crawl import ALL, SNAPSHOTS, STORE

PAGES = 4_000
ROUNDS = 4


def measure(
    home: str, folder: Path, measured: Callable[[str, list[str], Path], tuple[int, float]], rounds: int = ROUNDS
) -> dict[str, float]:
    """Share of the crawl's CPU time that store and snapshots take.

    Args:
        measured: runs a command in a folder and gives its pages and CPU-seconds.
    """
    seconds = dict.fromkeys((ALL, STORE, SNAPSHOTS), 0.0)
    pages = dict.fromkeys(seconds, 0)
    for number in range(rounds):
        for without in (ALL, STORE, SNAPSHOTS) if number % 2 else (SNAPSHOTS, STORE, ALL):
            place = folder / f"crawl-{without}-{number}"
            place.mkdir()
            command = [sys.executable, "-m", "bench.crawl", home, without, str(place), str(PAGES)]
            found, spent = measured(f"without-{without}" if without != ALL else "crawl", command, place)
            pages[without] += found
            seconds[without] += spent
    rate = {name: pages[name] / seconds[name] for name in seconds}
    return {"store_cost": 1 - rate[ALL] / rate[STORE], "snapshots_cost": 1 - rate[ALL] / rate[SNAPSHOTS]}
