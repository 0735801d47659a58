"""The connection to a MongoDB server: opening it, waiting for it to come back, and what its errors mean in words."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    DocumentTooLarge,
    InvalidURI,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from govcrawl.errors import StoreError, UsageError

Document = dict[str, Any]
T = TypeVar("T")

SELECT_SECONDS = 5.0
"""How long one call looks for a server that takes writes (pymongo's default is 30 s)."""
PATIENCE_SECONDS = 120.0
"""How long a store that was open waits for its server to come back: a restart, an election."""
MOST_BYTES = 16 * 1024 * 1024 - 16 * 1024
"""Bytes of the largest document the server takes, less what its frame needs."""
DUPLICATE, UNAUTHORISED = 11000, (18, 13)
_TOO_LARGE = "单条内容超过 MongoDB 的 16 MB 上限"
_NO_RIGHT = "用户名或密码不正确，或没有这个库的读写权限"
_REFUSALS = {
    **dict.fromkeys(UNAUTHORISED, _NO_RIGHT),
    121: "不符合库中设置的校验规则",
    10334: _TOO_LARGE,
    17280: _TOO_LARGE,
    14031: "服务器磁盘空间不足",
}
"""Code of a refusal → what it means; others are told in the server's own words."""
_DEFAULT_NAME = "govcrawl"


class Server:
    """One database of one server. Every call goes through `call`, which waits out a restart; all calls must be idempotent."""

    def __init__(self, location: str, *, patience: float = PATIENCE_SECONDS) -> None:
        self.location = shown(location)
        self._patience = patience
        try:
            # not fork-safe: made by the process that uses it
            self.client: MongoClient[Document] = MongoClient(
                location, serverSelectionTimeoutMS=int(SELECT_SECONDS * 1000), appname="govcrawl"
            )
            self.db: Database[Document] = self.client.get_default_database(_DEFAULT_NAME)
            hello = self.client.admin.command("hello")
            self.transactions = bool(hello.get("setName")) or hello.get("msg") == "isdbgrid"
            """Whether this is a replica set (one node will do) or a cluster: a lone server has no transactions."""
            if not hello.get("isWritablePrimary") and hello.get("msg") != "isdbgrid":
                raise StoreError(f"{self.location} 不是主节点（从节点只读）：地址中请写全部成员，并加上 replicaSet=名称")
            self.db.command("ping")
            self.db["meta"].find_one({"_id": "opened"})  # a wrong password shows at the first read
        except (InvalidURI, ConfigurationError, ValueError) as error:
            raise UsageError(f"存储地址 {self.location} 不正确：{error}") from error
        except PyMongoError as error:
            raise self.explained(error, "无法打开存储") from error

    def call(self, work: Callable[[], T], doing: str = "写入存储") -> T:
        """Do something idempotent, again where the server went away meanwhile.

        Raises:
            StoreError: the server stays away, or refuses.
        """
        until = time.monotonic() + self._patience
        while True:
            try:
                return work()
            except (ServerSelectionTimeoutError, AutoReconnect) as error:
                if time.monotonic() >= until:
                    raise self.explained(error, doing) from error
                time.sleep(0.5)
            except (PyMongoError, DocumentTooLarge) as error:  # the latter is one of bson's
                raise self.explained(error, doing) from error

    def transaction(self, work: Callable[[ClientSession | None], T]) -> T:
        """Do something in one transaction; without transactions, in the order of its writes."""
        if not self.transactions:
            return self.call(lambda: work(None))

        def whole() -> T:
            with self.client.start_session() as session:
                return session.with_transaction(work)

        return self.call(whole)

    def explained(self, error: PyMongoError | DocumentTooLarge, doing: str) -> StoreError:
        """The error as a user can act on it."""
        return StoreError(f"{doing} {self.location} 失败：{_words(error)}")

    def close(self) -> None:
        self.client.close()


def shown(location: str) -> str:
    """The address without its password."""
    head, at, tail = location.partition("://")[2].rpartition("@")
    user = head.partition(":")[0]
    return f"mongodb://{user}:***@{tail}" if at and ":" in head else location


def _words(error: PyMongoError | DocumentTooLarge) -> str:
    if isinstance(error, ServerSelectionTimeoutError):
        if "No replica set members match selector" in str(error) or "not primary" in str(error):
            return "没有可写的主节点（副本集正在选举，或只连到了从节点）"
        return "没有 MongoDB 服务应答（未启动、地址或端口不对，或网络不通）"
    if isinstance(error, NotPrimaryError):
        return "该节点不是主节点，不能写入"
    if isinstance(error, BulkWriteError):
        return _bulk_words(error.details)
    if isinstance(error, DocumentTooLarge):
        return _TOO_LARGE
    if isinstance(error, OperationFailure):
        return _REFUSALS.get(error.code or 0) or str((error.details or {}).get("errmsg") or error)
    if isinstance(error, ConnectionFailure):
        return "与 MongoDB 的连接中断"
    return str(error)


def _bulk_words(details: Mapping[str, Any] | None) -> str:
    """How many of a batch were refused and why; in an unordered batch the others are written, and are written again without harm."""
    told = details or {}
    wrong = [row for row in told.get("writeErrors", ()) if row.get("code") != DUPLICATE]
    done = sum(int(told.get(name, 0)) for name in ("nInserted", "nUpserted", "nMatched", "nRemoved"))
    if not wrong:
        return "写入未得到服务器确认"
    reasons = dict.fromkeys(_REFUSALS.get(row.get("code", 0)) or str(row.get("errmsg")) for row in wrong)
    return f"一批中 {len(wrong)} 条未写入（{'；'.join(list(reasons)[:3])}），{done} 条已写入"


def only_duplicates(error: BulkWriteError) -> bool:
    """Whether nothing failed but documents that were there already: what an idempotent insert expects."""
    details = error.details or {}
    codes = {row.get("code") for row in details.get("writeErrors", ())}
    return codes == {DUPLICATE} and not details.get("writeConcernErrors")
