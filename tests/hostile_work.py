"""What a hostile file may do to the process that reads it. Run only in worker processes."""

from __future__ import annotations

import ctypes
import os
import time
from pathlib import Path
from typing import Any


def echo(*values: Any) -> Any:
    return values


def crash_in_c() -> None:
    ctypes.string_at(0)


def abort() -> None:
    os.abort()


def leave(code: int) -> None:
    os._exit(code)


def loop() -> None:
    while True:
        pass


def sleep_in_c() -> None:
    ctypes.CDLL(None).sleep(60)


def hog() -> int:
    return len(bytearray(3 << 30))


def write(folder: str) -> None:
    (Path(folder) / "big").write_bytes(b"x" * (2 << 20))


def swallow() -> list[Any]:
    return [open(os.devnull, "rb") for _ in range(200)]  # noqa: PTH123, SIM115  as a library leaks them


def raise_error() -> None:
    raise KeyError("no such part")


def no_plain_data() -> Any:
    return lambda: 1


def process() -> int:
    return os.getpid()


def nap(seconds: float, folder: str, name: str) -> str:
    """Writes down each start."""
    with (Path(folder) / "started").open("a") as file:
        file.write(f"{name}\n")
    time.sleep(seconds)
    return name


def crash_first_time(folder: str) -> str:
    mark = Path(folder) / "tried"
    if not mark.exists():
        mark.touch()
        os._exit(9)
    return "read"


def count_and_crash(folder: str) -> None:
    with (Path(folder) / "tries").open("a") as file:
        file.write("x")
    os._exit(9)


ACTS = {name: act for name, act in globals().items() if callable(act) and getattr(act, "__module__", "") == __name__}


def act(name: str, *values: Any) -> Any:
    """One of them by name, so that one pool may run them all."""
    return ACTS[name](*values)
