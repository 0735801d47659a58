"""Memory of the process: how much it holds, and Python's cycle collector, which a crawl keeps busy for nothing."""

from __future__ import annotations

import contextlib
import gc
import os
import resource
from collections.abc import Iterator
from pathlib import Path

_NEW, _YOUNG, _OLD = 20_000, 20, 50
"""Objects made and not freed before the collector looks, and how often it looks at the older ones (defaults 700, 10, 10)."""


@contextlib.contextmanager
def seldom_collected() -> Iterator[None]:
    """Look for cycles less often while pages are read and judged.

    A page makes some 5,000 small objects that reference counting frees; looking for cycles among them after every 700 took 15 % of a
    crawl's time and found nothing. Memory does not grow by it: what counts is the objects left over.
    """
    before = gc.get_threshold()
    gc.set_threshold(_NEW, _YOUNG, _OLD)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def peak() -> int:
    """Bytes that the process held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def resident() -> int:
    """Bytes that it holds now; where the system does not say, the most it held."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return peak()
    return pages * os.sysconf("SC_PAGE_SIZE")
