"""The journal of evidence: who looked at sealed copies, what retention deleted, what re-checks fetched files for. Append-only; each line names
the hash of the one before it, so that a line that was changed or taken out shows.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from govcrawl.errors import StoreError, cause

FILE = "evidence-log.jsonl"
_FIRST = "0" * 64


def append(workspace: Path, entry: dict[str, Any]) -> None:
    """Write one line to the disk before whatever it tells of is done.

    Raises:
        StoreError: it cannot be written: what it was to tell of must not be done.
    """
    path = workspace / FILE
    try:
        with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as file:  # noqa: PTH123 mode from the first byte on
            fcntl.flock(file, fcntl.LOCK_EX)
            lines = file.read().splitlines()
            prev = hashlib.sha256(lines[-1]).hexdigest() if lines else _FIRST
            file.write(json.dumps({**entry, "prev": prev}, ensure_ascii=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreError(f"无法写入证据日志 {path}：{cause(error)}") from error


def entries(workspace: Path) -> list[dict[str, Any]]:
    """All lines that can be read, oldest first."""
    found = []
    for line in _lines(workspace):
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            found.append(row)
    return found


def broken(workspace: Path) -> list[int]:
    """Numbers of lines that do not follow from the one before them (1 = the first)."""
    bad, prev = [], _FIRST
    for number, line in enumerate(_lines(workspace), 1):
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict) or row.get("prev") != prev:
            bad.append(number)
        prev = hashlib.sha256(line).hexdigest()
    return bad


def _lines(workspace: Path) -> list[bytes]:
    try:
        return (workspace / FILE).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(f"证据日志 {workspace / FILE} 不可读：{cause(error)}") from error
