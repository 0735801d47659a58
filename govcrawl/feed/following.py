"""Reading the change sequence: to its end, or on and on."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import IO, Any

from govcrawl.store.base import Store, open_existing

PAGE = 500
"""Changes of one reading."""
PAUSE_SECONDS = 1.0
"""Between two looks of a reader that follows."""


def changes(store: Store, after: int) -> Iterator[dict[str, Any]]:
    """What comes after a number, in order, until there is no more."""
    while rows := store.changes(after, PAGE):
        yield from rows
        after = rows[-1]["seq"]


def followed(store: Store, after: int, pause: Callable[[], None]) -> Iterator[dict[str, Any]]:
    """What comes after a number, on and on; `pause` is called whenever there is no more for now, and ends it by raising."""
    while True:
        for row in changes(store, after):
            yield row
            after = row["seq"]
        pause()


def tell(location: str, after: int, out: IO[str], *, follow: bool) -> None:
    """Write changes line by line until there are no more, or nobody reads them any more; with `follow` wait for others.

    Raises:
        UsageError, StoreError: as `open_existing` and the store say.
    """

    def pause() -> None:
        out.flush()
        time.sleep(PAUSE_SECONDS)

    with closing(open_existing(location)) as store:
        try:
            for change in followed(store, after, pause) if follow else changes(store, after):
                out.write(line(change))
            out.flush()
        except BrokenPipeError:  # `| head`: what is left in the buffer must not fail once more when Python ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())


def line(change: dict[str, Any]) -> str:
    """A change as one line of NDJSON."""
    return json.dumps(change, ensure_ascii=False, separators=(",", ":")) + "\n"
