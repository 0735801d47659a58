"""Moving a workspace from one store to another, and the proof that both hold the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from govcrawl.errors import StoreError
from govcrawl.store.base import TABLES, Store


@dataclass(slots=True, frozen=True)
class Copied:
    """One table after the copy: how many rows, and the digest that is equal in both stores."""

    table: str
    rows: int
    digest: str


def copy(source: Store, target: Store, said: Callable[[Copied], None] = lambda row: None) -> list[Copied]:
    """Copy every table, then read both stores again and compare them row by row (as digests).

    The secret that hashes personal data travels too: ids of findings about personal data stay the same. May be repeated after a kill.

    Raises:
        StoreError: the target holds rows that the source does not, or lacks some: named with the table.
    """
    done = []
    for table in TABLES:
        target.put_rows(table, source.rows(table))
        here, there = digest(source, table), digest(target, table)
        if here != there:
            raise StoreError(f"两个存储的 {table} 不一致：来源 {here.rows} 行，目标 {there.rows} 行（目标须为空，或只有同一工作区的内容）")
        said(there)
        done.append(there)
    return done


def digest(store: Store, table: str) -> Copied:
    """Number of rows and sha256 over all of them in the order of their keys' bytes, whatever order the store sorts text in."""
    seen = hashlib.sha256()
    rows = sorted(_row_digest(row) for row in store.rows(table))
    for row in rows:
        seen.update(row)
    return Copied(table, len(rows), seen.hexdigest())


def _row_digest(row: tuple[Any, ...]) -> bytes:
    return hashlib.sha256("\x1e".join(_plain(row)).encode("utf-8", "surrogatepass")).digest()


def _plain(row: tuple[Any, ...]) -> Iterator[str]:
    for value in row:
        yield value.hex() if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False)
