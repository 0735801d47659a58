"""The process in which one job runs. It must not outlive its worker: a job that was taken over would go on twice.

Three things see to that: the kernel kills it when the worker's thread ends (Linux), it ends itself when the worker's pipe closes, and it ends
itself when the worker did not say for most of a lease that the job is still its own.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import FrameType
from typing import NoReturn

from govcrawl.errors import BusyError, GovcrawlError, InterruptedRunError, UnavailableError
from govcrawl.store.jobs import FAILED, UNAVAILABLE, Ending, Job
from govcrawl.telemetry import exposing, logs

BUSY, STOPPED = "busy", "stopped"
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True, frozen=True)
class Order:
    """What a job's function is given."""

    job: Job
    store: str
    """Address of the store."""

    def say(self, text: str) -> None:
        """Progress, on stderr, under the job's name."""
        logs.say(f"[{self.job.id}] {text}")


Work = Callable[[Order], Ending]
Word = Ending | tuple[str, str]
"""What the process says at its end: how the job ended, or (busy or stopped, why) where it did not run to its end."""


def main(path: str, order: Order, connection: Connection, worker: int, patience: float) -> None:
    """Carry out a job and say how it ended.

    Args:
        path: `govcrawl.scheduling.kinds:full_crawl`
        worker: process id of the worker.
        patience: seconds without a word from the worker after which this process ends itself.
    """
    os.setpgid(0, 0)  # Ctrl-C goes to the worker alone, and what this process starts can be ended with it
    _die_with(worker)
    threading.Thread(target=_watch, args=(connection, patience), daemon=True).start()
    signal.signal(signal.SIGTERM, _interrupt)
    logs.set_up()
    job = order.job
    with exposing.exposed(), logs.about(job=job.id, kind=job.kind, **({"site": job.site} if job.site else {})):
        try:
            word = _word(path, order)
        except Exception:
            logging.getLogger(__name__).critical("任务 %s 出错", job.id, exc_info=True)
            sys.exit(1)
    connection.send(word)


def _word(path: str, order: Order) -> Word:
    try:
        return _function(path)(order)
    except BusyError as error:
        return BUSY, str(error)
    except UnavailableError as error:
        return Ending(outcome=UNAVAILABLE, note=str(error))
    except (InterruptedRunError, KeyboardInterrupt):
        return STOPPED, "已停止，进度已保存"
    except GovcrawlError as error:
        return Ending(outcome=FAILED, note=str(error))


def _function(path: str) -> Work:
    module, _, name = path.partition(":")
    found: Work = getattr(importlib.import_module(module), name)
    return found


def _die_with(worker: int) -> None:
    """Be killed when the worker dies; a worker that died before this was asked for is noticed too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != worker:
        os._exit(1)


def _watch(connection: Connection, patience: float) -> NoReturn:
    try:
        while connection.poll(patience):
            connection.recv()
    except (EOFError, OSError):
        pass  # the worker is gone
    os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
