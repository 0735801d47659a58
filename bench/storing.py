"""Records of 4 KB through the store, against the barest loop that keeps the same documents: SQLite and a real MongoDB, in turns.

    python -m bench storing [--records 100000]

The store writes a record twice, once for itself and once, masked, into the change sequence. Like is held against like: the store without its
sequence against a loop that keeps each document, the store as it is against a loop that also appends each to a log in the same transaction. Every
site's records go through all of them one after the other, new and once more changed, so that whatever else the machine does strikes each.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import mongo_server
from pymongo import ASCENDING, MongoClient, ReplaceOne

from bench import site
from govcrawl.memory import seldom_collected
from govcrawl.model.items import Article, Snapshot
from govcrawl.store.base import open_store

BATCH = 500
"""Documents of one transaction of the bare loop, and of the MongoDB store's."""
SITES = 20
RUNS = ("20261116-aaaaaa", "20261123-bbbbbb")
"""All is new to the first, all has changed by the second."""
BYTES = 4096
WAYS = ("once", "twice", "silent", "store")
Records = Sequence[Article]
Keep = Callable[[list[dict[str, Any]]], None]


def records(number: int, count: int, run: str) -> Records:
    """A site's articles as a run saw them, each about 4 KB as JSON."""
    rng = random.Random(f"{number} {run}")
    # half of it names and numbers that repeat nowhere, or it would pack better than any real text
    sentences = [f"{site.sentence(rng)}{''.join(map(chr, rng.choices(range(0x4E00, 0x5A00), k=25)))}。" for _ in range(400)]
    home = f"http://www.site{number:02d}.gov.cn"
    made = []
    for n in range(count):
        url = f"{home}/zwgk/{n % 40}/t{n}.html"
        article = Article(
            site=f"32128{number:05d}", url=url, key=url, column="通知公告", title=site.sentence(rng), published_on="2026-11-13",
            fetched_at=f"{run[:4]}-{run[4:6]}-{run[6:8]}T08:00:00+08:00", snapshot=Snapshot(f"{run}-001.warc.gz", 9000 * n, hashlib.sha256(url.encode()).hexdigest()),
        )  # fmt: skip
        left = (BYTES - len(json.dumps(article.to_json(), ensure_ascii=False).encode())) // 3
        words: list[str] = []
        while left > 0:
            words.append(rng.choice(sentences)[:left])
            left -= len(words[-1])
        article.text = "".join(words)
        made.append(article)
    return made


def bare_sqlite(path: Path, *, log: bool) -> Keep:
    """A table as anybody would make it: the document as JSON, unique address, index on site and kind."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.execute("CREATE TABLE docs (url TEXT PRIMARY KEY, site TEXT, kind TEXT, body TEXT)")
    db.execute("CREATE INDEX by_site ON docs (site, kind)")
    db.execute("CREATE TABLE log (seq INTEGER PRIMARY KEY, url TEXT, body TEXT)")
    db.execute("CREATE INDEX by_url ON log (url)")
    sql = "INSERT INTO docs VALUES (?, ?, ?, ?) ON CONFLICT (url) DO UPDATE SET site = excluded.site, kind = excluded.kind, body = excluded.body"

    def keep(some: list[dict[str, Any]]) -> None:
        for part in _parts(some):
            rows = [(d["_id"], d["site"], d["kind"], json.dumps(d, ensure_ascii=False)) for d in part]
            db.execute("BEGIN")
            db.executemany(sql, rows)
            if log:
                db.executemany("INSERT INTO log (url, body) VALUES (?, ?)", [(url, body) for url, _, _, body in rows])
            db.execute("COMMIT")

    return keep


def bare_mongodb(address: str, *, log: bool) -> Keep:
    """One bulk write a batch; with a log, both in one transaction, as with SQLite: a log that may lack what was kept is none."""
    client = MongoClient[dict[str, Any]](address)
    db = client.get_default_database()
    db["docs"].create_index([("site", ASCENDING), ("kind", ASCENDING)])
    db["log"].create_index([("url", ASCENDING)])
    numbers = itertools.count(1)

    def keep(some: list[dict[str, Any]]) -> None:
        for part in _parts(some):
            writes = [ReplaceOne({"_id": d["_id"]}, d, upsert=True) for d in part]
            if log:
                told = [{"_id": next(numbers), "url": d["_id"], "doc": d} for d in part]
                with client.start_session() as session:
                    session.with_transaction(partial(both, writes, told))
            else:
                db["docs"].bulk_write(writes, ordered=False)

    def both(writes: list[Any], told: list[Any], session: Any) -> None:
        db["docs"].bulk_write(writes, ordered=False, session=session)
        db["log"].insert_many(told, session=session)

    return keep


def _parts(some: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(some), BATCH):
        yield some[start : start + BATCH]


def bare(address: str, *, log: bool) -> Keep:
    if address.startswith("mongodb:"):
        return bare_mongodb(address, log=log)
    return bare_sqlite(Path(address.removeprefix("sqlite:///")), log=log)


def through(address: str, *, told: bool) -> Callable[[Records, str], None]:
    """A store; without `told` it leaves its change sequence out."""
    store: Any = open_store(address)
    if not told:
        store._announce = store._write_out = lambda *_: None
    return lambda some, run: store.put_records(run, some[0].site, some)


def compare(addresses: dict[str, str], count: int) -> dict[str, float]:
    """Seconds that each way took over all records; the addresses are databases of one kind, one for each of `WAYS`."""
    once, twice = bare(addresses["once"], log=False), bare(addresses["twice"], log=True)
    still, telling = through(addresses["silent"], told=False), through(addresses["store"], told=True)
    spent = dict.fromkeys(WAYS, 0.0)
    with seldom_collected():  # as every run does
        for run, number in itertools.product(RUNS, range(SITES)):
            some = records(number, count // SITES, run)
            docs = [{**record.to_json(), "_id": record.url} for record in some]
            calls = {
                "once": partial(once, docs), "twice": partial(twice, docs), "silent": partial(still, some, run), "store": partial(telling, some, run),
            }  # fmt: skip
            for name in WAYS if number % 2 else reversed(WAYS):
                began = time.perf_counter()
                calls[name]()
                spent[name] += time.perf_counter() - began
    return spent


def figures(folder: Path, count: int) -> dict[str, float]:
    """Ratios for the floors; the rates are printed."""
    found: dict[str, float] = {}
    with ExitStack() as ending:
        kinds = {"sqlite": {name: f"sqlite:///{folder}/{name}.db" for name in WAYS}}
        if mongo_server.binary() is not None:
            server = ending.enter_context(mongo_server.running(folder / "mongod"))
            kinds["mongodb"] = {name: f"mongodb://127.0.0.1:{server.port}/{name}?replicaSet=rs0" for name in WAYS}
        for kind, addresses in kinds.items():
            spent = compare(addresses, count)
            rate = {name: round(2 * count / seconds) for name, seconds in spent.items()}
            print(
                f"{kind}: 2 x {count} records of {BYTES >> 10} KB, a second: bare loop {rate['once']}, with a log {rate['twice']}; store without its change "
                f"sequence {rate['silent']}, with it {rate['store']} (the sequence takes {1 - spent['silent'] / spent['store']:.0%} of the time; "
                f"{spent['once'] / spent['store']:.2f} of the bare loop without a log)",
                flush=True,
            )
            found[f"records_over_bare_{kind}"] = spent["once"] / spent["silent"]
            found[f"records_told_over_bare_{kind}"] = spent["twice"] / spent["store"]
    return found
