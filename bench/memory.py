"""Memory of a child process while it runs, and what one address costs in the frontier's seen set."""

from __future__ import annotations

import contextlib
import gc
import threading
from pathlib import Path


class Watch:
    """Samples the resident memory of a process twice a second. `peak` is in bytes, `tree` with all its children."""

    def __init__(self, pid: int) -> None:
        self._pid, self._ended = pid, threading.Event()
        self.peak = self.tree = 0

    def run(self) -> None:
        while not self._ended.wait(0.5):
            self.peak = max(self.peak, _resident(self._pid))
            self.tree = max(self.tree, _of_tree(self._pid))

    def stop(self) -> None:
        self._ended.set()


def _of_tree(pid: int) -> int:
    """Resident memory of a process and all below it; pages that they share count for each."""
    total, waiting = 0, [pid]
    while waiting:
        here = waiting.pop()
        total += _resident(here)
        for children in Path(f"/proc/{here}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                waiting += [int(child) for child in children.read_text(encoding="ascii").split()]
    return total


def _resident(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def bytes_a_seen_url(folder: Path, count: int = 200_000) -> float:
    """Growth of this process's resident memory per address that the frontier knows, the queue being on disk."""
    import os

    from govcrawl.model.facts import Context
    from govcrawl.store.frontier import Frontier

    frontier = Frontier(folder / "seen.db")
    frontier.open_site("bench", "2026-11-16T08:00:00+08:00")
    gc.collect()
    before = _resident(os.getpid())
    context = Context()
    for start in range(0, count, 1000):
        frontier.add("bench", [(f"http://www.qinghe.gov.cn/zwgk/{n % 97}/t{n}.html", context) for n in range(start, start + 1000)])
    gc.collect()
    grown = _resident(os.getpid()) - before
    frontier.close()
    return grown / count
