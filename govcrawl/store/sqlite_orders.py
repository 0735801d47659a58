"""The embedded store: people's decisions and work orders."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from govcrawl.errors import UsageError
from govcrawl.model.findings import Review
from govcrawl.model.orders import Order, OrderEvent
from govcrawl.store import kept, sequence
from govcrawl.store.sequence import News
from govcrawl.store.sqlite_base import Base


class Orders(Base):
    def decide(self, review: Review) -> None:
        with self._writing() as db:
            body = kept.REVIEW.dump_json(review).decode()
            n = db.execute("INSERT INTO decisions (body) VALUES (?)", (body,)).lastrowid
            self._announce(db, [News("decision", f"{review.finding}/{n}", 1, json.loads(body))])

    def decisions(self) -> list[Review]:
        return [kept.REVIEW.validate_json(body) for (body,) in self._rows("SELECT body FROM decisions ORDER BY n")]

    def put_order(self, order: Order, events: Sequence[OrderEvent]) -> None:
        with self._writing() as db:
            body = kept.ORDER.dump_json(order).decode()
            if not db.execute("INSERT OR IGNORE INTO orders VALUES (?, ?, ?)", (order.id, order.run, body)).rowcount:
                raise UsageError(sequence.ORDER_KNOWN.format(order.id))
            self._announce(db, [News("order", order.id, 1, json.loads(body))])
            self._append(db, order.id, events, 0)

    def orders(self, run_id: str | None = None) -> list[Order]:
        sql = "SELECT body FROM orders WHERE ? IS NULL OR run = ? ORDER BY id"
        return [kept.ORDER.validate_json(body) for (body,) in self._rows(sql, (run_id, run_id))]

    def order(self, order_id: str) -> Order | None:
        for (body,) in self._rows("SELECT body FROM orders WHERE id = ?", (order_id,)):
            return kept.ORDER.validate_json(body)
        return None

    def append_events(self, order_id: str, events: Sequence[OrderEvent], after: int) -> None:
        with self._writing() as db:
            newest = db.execute("SELECT max(n) FROM order_events WHERE order_id = ?", (order_id,)).fetchone()[0] or 0
            if newest != after:
                raise UsageError(sequence.ORDER_CHANGED.format(order_id))
            self._append(db, order_id, events, after)

    def _append(self, db: sqlite3.Connection, order_id: str, events: Sequence[OrderEvent], after: int) -> None:
        for n, body in kept.numbered(order_id, events, after):
            db.execute("INSERT INTO order_events VALUES (?, ?, ?)", (order_id, n, body))
            self._announce(db, [News("order_event", f"{order_id}/{n}", 1, json.loads(body))])

    def order_events(self, order_id: str) -> list[OrderEvent]:
        rows = self._rows("SELECT body FROM order_events WHERE order_id = ? ORDER BY n", (order_id,))
        return [kept.EVENT.validate_json(body) for (body,) in rows]
