"""The embedded queue's rows on a MongoDB server, for workers on several machines."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from pymongo import ASCENDING, InsertOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from govcrawl.store.job_table import freshened, packed, unpacked
from govcrawl.store.jobs import RUNNING, WAITING, Job
from govcrawl.store.mongo_server import Document, Server, only_duplicates

PATIENCE_SECONDS = 10.0
"""How long one call waits for a server that went away: a worker must know in time that it cannot beat."""
_ORDER = [("rank", ASCENDING), ("due_at", ASCENDING), ("_id", ASCENDING)]


class MongoRows:
    """See `Rows`."""

    alone = False

    def __init__(self, location: str, *, patience: float = PATIENCE_SECONDS) -> None:
        self._server = Server(location, patience=patience)
        self._jobs = self._server.db["jobs"]
        self._server.call(self._prepare, "无法打开任务表")

    def _prepare(self) -> None:
        self._jobs.create_index(_ORDER, name="due", partialFilterExpression={"state": WAITING})
        self._jobs.create_index([("lock", ASCENDING)], name="lock", unique=True, partialFilterExpression={"state": RUNNING})

    def _found(self, wanted: Document, order: list[tuple[str, int]], most: int = 0) -> list[Job]:
        def work() -> list[Document]:
            return list(self._jobs.find(wanted, {"body": 1}).sort(order).limit(most))

        return [unpacked(row["body"]) for row in self._server.call(work, "读取任务表")]

    def get(self, job: str) -> Job | None:
        return next(iter(self._found({"_id": job}, [("_id", ASCENDING)])), None)

    def all(self) -> Iterator[Job]:
        yield from self._found({}, [("_id", ASCENDING)])

    def add(self, jobs: Sequence[Job]) -> None:
        writes = [InsertOne(_row(freshened(job))) for job in jobs]

        def work() -> None:
            try:
                self._jobs.bulk_write(writes, ordered=False)
            except BulkWriteError as error:
                if not only_duplicates(error):
                    raise

        if writes:
            self._server.call(work, "写入任务表")

    def swap(self, old: str, new: Job) -> bool:
        row = _row(new)

        def work() -> bool:
            try:
                if self._jobs.find_one_and_replace({"_id": new.id, "version": old}, row) is not None:
                    return True
            except DuplicateKeyError:  # the lock
                return False
            # a server that went away after it had written is asked again
            return self._jobs.find_one({"_id": new.id, "version": new.version}) is not None

        return self._server.call(work, "写入任务表")

    def due(self, now: str, kinds: Collection[str] | None, most: int) -> list[Job]:
        held = self._server.call(lambda: self._jobs.distinct("lock", {"state": RUNNING}), "读取任务表")
        wanted: Document = {"state": WAITING, "due_at": {"$lte": now}, "lock": {"$nin": held}}
        return self._found(wanted if kinds is None else {**wanted, "kind": {"$in": list(kinds)}}, _ORDER, most)

    def running(self) -> list[Job]:
        return self._found({"state": RUNNING}, [("_id", ASCENDING)])

    def next_due(self) -> str | None:
        def work() -> Any:
            return self._jobs.find_one({"state": WAITING}, {"due_at": 1}, sort=[("due_at", ASCENDING)])

        found = self._server.call(work, "读取任务表")
        return None if found is None else str(found["due_at"])

    def close(self) -> None:
        self._server.close()


def _row(job: Job) -> Document:
    """The columns that are asked for, and the job whole."""
    return {
        "_id": job.id, "kind": job.kind, "state": job.state, "rank": job.rank, "due_at": job.due_at, "lock": job.lock,
        "version": job.version, "body": packed(job),
    }  # fmt: skip
