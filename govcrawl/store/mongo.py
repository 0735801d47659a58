"""The store on a MongoDB server, for several machines. The same contract as the embedded one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from pymongo import DeleteOne

from govcrawl.store import mongo_rows
from govcrawl.store.kept import batches
from govcrawl.store.mongo_judgements import Judgements
from govcrawl.store.mongo_orders import Orders
from govcrawl.store.mongo_pages import Pages
from govcrawl.store.mongo_records import Records


class MongoStore(Pages, Records, Judgements, Orders):
    """See `Store`: each of its parts keeps its own collections; here is what other stores take and give."""

    def rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        yield from mongo_rows.rows(self._all, table)

    def put_rows(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        for some in batches(rows):
            for name, writes in mongo_rows.writes(table, some).items():
                self._server.call(partial(self._db[name].bulk_write, writes))

    def drop_rows(self, table: str, keys: Iterable[tuple[Any, ...]]) -> None:
        for some in batches(keys):
            writes = [DeleteOne(mongo_rows.named(table, key)) for key in some]
            self._server.call(partial(self._db[mongo_rows.collection(table)].bulk_write, writes))
