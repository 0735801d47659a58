"""The MongoDB store: people's decisions and work orders."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

from pymongo.client_session import ClientSession

from govcrawl.errors import UsageError
from govcrawl.model.findings import Review
from govcrawl.model.orders import Order, OrderEvent
from govcrawl.store import kept, sequence
from govcrawl.store.mongo_base import Base
from govcrawl.store.mongo_rows import joined
from govcrawl.store.mongo_server import Document
from govcrawl.store.sequence import News


class Orders(Base):
    def decide(self, review: Review) -> None:
        body = kept.REVIEW.dump_json(review).decode()
        ident = uuid.uuid4().hex  # the same call tried again is the same decision

        def work(session: ClientSession | None) -> None:
            found = self._db["decisions"].find_one({"_id": ident}, session=session)
            n = found["n"] if found is not None else self._next("decisions", 1, session)
            if found is None:
                self._db["decisions"].insert_one({"_id": ident, "n": n, "body": body}, session=session)
            self._announce(session, [News("decision", f"{review.finding}/{n}", 1, json.loads(body))])

        self._server.transaction(work)

    def decisions(self) -> list[Review]:
        return [kept.REVIEW.validate_json(row["body"]) for row in self._all("decisions", {}, ("n",), ("body",))]

    def put_order(self, order: Order, events: Sequence[OrderEvent]) -> None:
        row: Document = {"_id": order.id, "run": order.run, "body": kept.ORDER.dump_json(order).decode()}

        def work(session: ClientSession | None) -> None:
            if self._db["orders"].find_one({"_id": order.id}, ("_id",), session=session) is not None:
                raise UsageError(sequence.ORDER_KNOWN.format(order.id))
            self._db["orders"].insert_one(row, session=session)
            self._announce(session, [News("order", order.id, 1, json.loads(row["body"]))])
            self._append(session, order.id, events, 0)

        self._server.transaction(work)

    def orders(self, run_id: str | None = None) -> list[Order]:
        wanted = {} if run_id is None else {"run": run_id}
        return [kept.ORDER.validate_json(row["body"]) for row in self._all("orders", wanted, ("_id",), ("body",))]

    def order(self, order_id: str) -> Order | None:
        row = self._one("orders", {"_id": order_id})
        return kept.ORDER.validate_json(row["body"]) if row else None

    def append_events(self, order_id: str, events: Sequence[OrderEvent], after: int) -> None:
        def work(session: ClientSession | None) -> None:
            last = self._db["order_events"].find_one({"order_id": order_id}, ("n",), sort=[("n", -1)], session=session)
            if (last["n"] if last else 0) != after:
                raise UsageError(sequence.ORDER_CHANGED.format(order_id))
            self._append(session, order_id, events, after)

        self._server.transaction(work)

    def _append(self, session: ClientSession | None, order_id: str, events: Sequence[OrderEvent], after: int) -> None:
        rows: list[Document] = [
            {"_id": joined(order_id, str(n)), "order_id": order_id, "n": n, "body": body}
            for n, body in kept.numbered(order_id, events, after)
        ]
        if rows:  # two writers meet at the same `_id`: the later one's transaction is tried again, and sees the other's events
            self._db["order_events"].insert_many(rows, session=session)
            self._announce(session, [News("order_event", f"{order_id}/{row['n']}", 1, json.loads(row["body"])) for row in rows])

    def order_events(self, order_id: str) -> list[OrderEvent]:
        rows = self._all("order_events", {"order_id": order_id}, ("n",), ("body",))
        return [kept.EVENT.validate_json(row["body"]) for row in rows]
