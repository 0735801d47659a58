"""The embedded store: one SQLite file (WAL), JSON documents, one transaction a call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from govcrawl.store.base import TABLES
from govcrawl.store.sqlite_judgements import Judgements
from govcrawl.store.sqlite_orders import Orders
from govcrawl.store.sqlite_pages import Pages
from govcrawl.store.sqlite_records import Records


class SqliteStore(Pages, Records, Judgements, Orders):
    """See `Store`: each of its parts keeps its own tables; here is what other stores take and give."""

    def rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        key, others = TABLES[table]
        yield from self._rows(f"SELECT {', '.join(key + others)} FROM {table} ORDER BY {', '.join(key)}")

    def put_rows(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        key, others = TABLES[table]
        names = key + others
        with self._writing() as db:
            db.executemany(f"INSERT OR REPLACE INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", rows)

    def drop_rows(self, table: str, keys: Iterable[tuple[Any, ...]]) -> None:
        key, _ = TABLES[table]
        with self._writing() as db:
            db.executemany(f"DELETE FROM {table} WHERE {' AND '.join(f'{name} = ?' for name in key)}", keys)
