"""Work for workers under test.

What happens is written to FOLDER/log, a line an event. A job that runs twice at once is caught by a lock that the kernel frees with the process.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from pathlib import Path

from govcrawl.errors import BusyError, StoreError, UnavailableError
from govcrawl.scheduling.workplace import Order
from govcrawl.store.jobs import DONE, Ending


def note(folder: Path, *words: object) -> None:
    line = " ".join(map(str, words)) + "\n"
    place = os.open(folder / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(place, line.encode())
    os.close(place)


def task(order: Order) -> Ending:
    """Sleep, fail, crash … as the job's settings say."""
    job, settings = order.job, order.job.settings
    folder = Path(settings["folder"])
    lock = os.open(folder / f"{job.id.replace('/', '-')}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        note(folder, "TWICE", job.id)
    note(folder, "begin", job.id, job.attempt, os.getpid(), job.owner)
    until = time.monotonic() + settings.get("seconds", 0)
    while time.monotonic() < until:
        time.sleep(0.02)
    match settings.get("end"):
        case "fail":
            raise StoreError("磁盘空间不足")
        case "crash":
            raise ZeroDivisionError
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "busy":
            raise BusyError("正由另一进程检查")
        case "unavailable":
            raise UnavailableError("功能尚未提供")
        case "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(600)
    note(folder, "end", job.id, job.attempt, os.getpid(), job.owner)
    return Ending(outcome=DONE, note="好", memo={"attempt": job.attempt})
