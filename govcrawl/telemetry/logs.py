"""Logs on stderr, the same way for every command and library: `set_up` once a process, then `say` for people and `logging` for everything else.

stdout is data and never touched. Form and level come from `--log-format` and `--log-level` or from the environment, which processes that we start
inherit. How a line looks, and that no personal number is in it, is `lines`; it is imported with the first line, so that `--help` stays quick.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import logging
import os
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, Literal, TextIO

FORMAT, LEVEL = "GOVCRAWL_LOG_FORMAT", "GOVCRAWL_LOG_LEVEL"
Form = Literal["text", "json"]
Level = Literal["debug", "info", "warning", "error"]
SAID = "govcrawl.say"
"""Logger of what is said to people: in the text form its lines stand bare."""
_PRINTED = "govcrawl.stderr"
OURS = ("govcrawl", "pipelines")

MOST_ALIKE = 20
WINDOW = 600.0
"""Seconds in which no more than `MOST_ALIKE` lines of one kind are written: a fault that each of a million pages shows is no million lines."""
_KINDS = 512


def set_up(form: Form | None = None, level: Level | None = None, *, alone: bool = False) -> None:
    """Send the logs of this process, and of those it starts, to stderr.

    Args:
        form: null = as the environment says, else text.
        level: of our own loggers; others are heard from `warning` on, with `debug` from `info` on (pymongo's debug lines hold whole documents).
        alone: take away the handlers that somebody else (Scrapy's own command) has put there.
    """
    global _handler
    form = form or ("json" if os.environ.get(FORMAT) == "json" else "text")
    level = level or _level(os.environ.get(LEVEL, ""))
    os.environ[FORMAT], os.environ[LEVEL] = form, level
    root = logging.getLogger()
    for old in list(root.handlers):
        if alone or isinstance(old, _Handler):
            root.removeHandler(old)
    _handler = _Handler(form, level)
    root.addHandler(_handler)
    own = getattr(logging, level.upper())
    root.setLevel(logging.INFO if level == "debug" else max(logging.WARNING, own))
    for name in OURS:
        logging.getLogger(name).setLevel(own)
    logging.captureWarnings(True)
    threading.excepthook = _thread_died
    if form == "json" and not isinstance(sys.stderr, _Lines):
        sys.stderr = stand_in = _Lines(sys.stderr)
        atexit.register(stand_in.end)


def ready() -> bool:
    return _handler is not None


def say(text: str, level: int = logging.INFO, **fields: Any) -> None:
    """Tell the user something, in Chinese; `fields` stand beside it in the JSON form."""
    if _handler is None:  # used as a library
        print(text, file=sys.stderr, flush=True)  # noqa: T201
    else:
        logging.getLogger(SAID).log(level, text, extra=fields)


@contextlib.contextmanager
def about(**fields: str) -> Iterator[None]:
    """Fields of every line that this thread or task, and the tasks it starts, log meanwhile: run, site, phase, job …"""
    import structlog.contextvars

    with structlog.contextvars.bound_contextvars(**fields):
        yield


def _thread_died(died: threading.ExceptHookArgs) -> None:
    """A traceback may quote a page: it goes the way of all lines."""
    if died.exc_type is not SystemExit and died.exc_value is not None:
        logging.getLogger(__name__).critical("线程出错", exc_info=died.exc_value)


def _level(name: str) -> Level:
    for known in ("debug", "warning", "error"):
        if name == known:
            return known
    return "info"


class _Handler(logging.Handler):
    """Writes to whatever stderr is now."""

    def __init__(self, form: Form, level: Level) -> None:
        super().__init__()
        self._form = form
        self._quiet = form == "text" and level != "debug"
        self._alike = Alike()

    def filter(self, record: logging.LogRecord) -> bool:
        if self._quiet and record.levelno < logging.WARNING and record.name != SAID:
            return False  # people are told what is said to them; the rest is for programs
        return self._alike.lets_pass(record)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self.formatter is None:
                from govcrawl.telemetry import lines

                self.formatter = lines.formatter(self._form)
            below = sys.stderr.below if isinstance(sys.stderr, _Lines) else sys.stderr
            below.write(self.format(record) + "\n")
            below.flush()
        except Exception:  # noqa: BLE001 as `logging` does: a line that cannot be written must not stop the work
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Say nothing: what would be said would take the same way."""


_handler: _Handler | None = None


class Alike:
    """Lets a number of lines of one kind (logger, level, wording before its values are put in) pass in a while, and says how many it held back."""

    def __init__(self) -> None:
        self._kinds: OrderedDict[tuple[str, int, str], tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def lets_pass(self, record: logging.LogRecord) -> bool:
        kind = (record.name, record.levelno, str(record.msg)[:200])
        with self._lock:
            since, count = self._kinds.get(kind, (record.created, 0))
            if not since <= record.created < since + WINDOW:
                if count > MOST_ALIKE:
                    record.left_out = count - MOST_ALIKE
                since, count = record.created, 0
            self._kinds[kind] = since, count + 1
            self._kinds.move_to_end(kind)
            if len(self._kinds) > _KINDS:
                self._kinds.popitem(last=False)
        return count < MOST_ALIKE


class _Lines(io.TextIOBase):
    """Stands in for stderr where every line is to be JSON: what others print there (usage errors, tracebacks of threads) becomes lines like all."""

    def __init__(self, below: TextIO) -> None:
        self.below = below
        self._rest = ""
        self._lock = threading.RLock()

    def write(self, text: str) -> int:
        with self._lock:
            *whole, self._rest = (self._rest + text).split("\n")
        for line in whole:
            if line.strip():
                logging.getLogger(_PRINTED).warning(line)
        return len(text)

    def end(self) -> None:
        """Write what has no end of line."""
        if self._rest:
            self.write("\n")

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.below.fileno()

    def flush(self) -> None:
        self.below.flush()
