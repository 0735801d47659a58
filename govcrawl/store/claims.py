"""One process at a time works on a site of a workspace.

Two would cut off each other's snapshots, take each other's addresses for lost ones, and ask the hosts twice as often as is polite.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from govcrawl.errors import BusyError, StoreError, cause

FILE = "govcrawl.lock"
_TAKEN = (errno.EACCES, errno.EAGAIN)
_UNSUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)
"""What file systems answer that know no locks: then nobody is kept out."""


@contextmanager
def claimed(folder: Path, sites: Iterable[str]) -> Iterator[None]:
    """Hold some sites (or hosts) of a workspace for this process; a killed process lets go of them by itself.

    A byte of the lock file stands for a site. Such locks are not inherited by a browser that outlives us.

    Raises:
        BusyError: another process holds one of them.
        StoreError: the lock file cannot be made.
    """
    path = folder / FILE
    try:
        place = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise StoreError(f"无法建立 {path}：{cause(error)}") from error
    try:
        for site in sorted(set(sites)):
            _claim(place, site)
        yield
    finally:
        os.close(place)


def _claim(place: int, site: str) -> None:
    at = int.from_bytes(hashlib.sha256(site.encode()).digest()[:7], "big")
    try:
        fcntl.lockf(place, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, at)
    except OSError as error:
        if error.errno in _TAKEN:
            raise BusyError(f"{site} 正由同一工作目录中的另一个 govcrawl 进程检查；请等它结束后再运行，或换一个工作目录") from None
        if error.errno not in _UNSUPPORTED:
            raise StoreError(f"无法锁定 {site}：{cause(error)}") from error
