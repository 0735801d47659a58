"""A dump taken over into a store: facts that were gathered elsewhere can be scored here, not detected again.

The target becomes what the sequence stands for (`facts`). It is empty before, or holds an earlier state of the same sequence: then the dump may
begin within it or right behind it. Nothing is written before all of that is known; broken off, the same call makes it whole.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from govcrawl.errors import StoreError
from govcrawl.feed import reading
from govcrawl.feed.facts import TABLES, Facts
from govcrawl.store import kept
from govcrawl.store.base import TABLES as KEYS
from govcrawl.store.base import Store, is_there, open_store
from govcrawl.store.copying import Copied, digest

_OWN = ("pages", "files", "contents")
"""Tables that only a crawl fills."""
_MAY_GO = ("findings", "seen")
"""Tables of which a later judgement takes rows away."""


def load(folder: Path, target: str, said: Callable[[Copied], None] = lambda row: None) -> list[Copied]:
    """Take a dump over, and compare afterwards, row by row, what the target holds with what the dump says.

    Raises:
        StoreError: the dump is not whole or not understood, or the target holds something else.
        UsageError: the target's address is of no kind that we know.
    """
    manifest = reading.verified(folder)
    with ExitStack() as closed:
        place = closed.enter_context(tempfile.TemporaryDirectory(prefix="govcrawl-feed-"))
        store: Store | None = closed.enter_context(closing(open_store(target))) if is_there(target) else None
        facts = closed.enter_context(closing(Facts(Path(place) / "facts.db")))
        try:
            facts.take(_joined(store, reading.rows(folder, manifest), manifest.after))
        except StoreError as error:
            raise StoreError(f"数据导出 {folder} 未搬入：{error}") from error
        if store is None:
            store = closed.enter_context(closing(open_store(target)))
        gone = _superfluous(store, facts)
        for table in TABLES:
            store.put_rows(table, facts.rows(table))
            store.drop_rows(table, gone.get(table, ()))
        return [_proved(store, facts, table, said) for table in TABLES]


def _proved(store: Store, facts: Facts, table: str, said: Callable[[Copied], None]) -> Copied:
    wanted, there = digest(facts, table), digest(store, table)
    if wanted != there:
        raise StoreError(f"搬入后 {table} 与数据导出不一致：导出 {wanted.rows} 行，目标 {there.rows} 行；搬入时目标存储不得另有写入")
    said(there)
    return there


def _joined(store: Store | None, dump: Iterator[dict[str, Any]], after: int) -> Iterator[dict[str, Any]]:
    """The whole sequence: what the target has of it already, then what the dump adds. Where both have a number, they must agree."""
    known = _known(store)
    there = 0
    while there < after:
        change = next(known, None)
        if change is None:
            raise StoreError(f"导出从第 {after + 1} 号变更开始，目标存储只到第 {there} 号：请先搬入之前的导出")
        there = change["seq"]
        yield change
    for change in dump:
        same = next(known, None)
        if same is not None and same != change:
            raise StoreError(f"目标存储的第 {change['seq']} 号变更与导出不同：目标存储有自己的内容，或来自另一个存储")
        yield change
    yield from known


def _known(store: Store | None) -> Iterator[dict[str, Any]]:
    rows: Iterable[tuple[Any, ...]] = store.rows("changes") if store is not None else ()
    for awaited, row in enumerate(rows, 1):
        if row[0] != awaited:
            raise StoreError(f"目标存储的变更序列在第 {awaited} 号处不完整")
        yield kept.change(*row)


def _superfluous(store: Store, facts: Facts) -> dict[str, list[tuple[Any, ...]]]:
    """Keys of the target's rows that the sequence has taken back since; refused where the target holds what no sequence gave."""
    for table in _OWN:
        if next(iter(store.rows(table)), None) is not None:
            raise StoreError(f"目标存储 {store.location} 有自己采集的网页：数据导出只能搬入空的存储，或由同一来源的导出搬入的存储")
    runs = {run.id for run in facts.runs()}
    gone: dict[str, list[tuple[Any, ...]]] = {}
    for table in TABLES:
        wanted = {_name(key) for key in _keys(facts, table)}
        extra = [key for key in _keys(store, table) if _name(key) not in wanted]
        if extra and (table not in _MAY_GO or any(key[0] not in runs for key in extra)):
            raise StoreError(f"目标存储 {store.location} 的 {table} 中有 {len(extra)} 行不是这份导出的内容，未写入")
        gone[table] = extra
    return gone


def _keys(store: Store, table: str) -> Iterator[tuple[Any, ...]]:
    width = len(KEYS[table][0])
    return (row[:width] for row in store.rows(table))


def _name(key: tuple[Any, ...]) -> bytes:
    return hashlib.sha256(json.dumps(key).encode()).digest()[:16]
