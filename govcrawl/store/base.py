"""The Store protocol, and opening one by its address."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from govcrawl.clock import Clock
from govcrawl.errors import UsageError
from govcrawl.model.facts import PageFacts, PageResult, Visit
from govcrawl.model.files import FileFacts
from govcrawl.model.findings import Finding, Issue, Review
from govcrawl.model.items import Probe, Record
from govcrawl.model.orders import Order, OrderEvent
from govcrawl.model.runs import Run

TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "meta": (("name",), ("value",)),
    "runs": (("id",), ("started_at", "body")),
    "pages": (("run", "site", "url", "role"), ("visit", "facts", "links")),
    "files": (("run", "site", "url"), ("digest",)),
    "contents": (("digest",), ("parts", "texts")),
    "records": (("site", "kind", "key", "rev"), ("digest", "body")),
    "seen": (("run", "site", "kind", "key"), ("rev", "fetched_at", "snapshot")),
    "findings": (("run", "site", "id"), ("rule", "body")),
    "first_seen": (("site", "id"), ("at",)),
    "verdicts": (("run", "site"), ("scorecard", "receipt", "issues")),
    "draws": (("run", "site", "clause"), ("urls",)),
    "decisions": (("n",), ("body",)),
    "orders": (("id",), ("run", "body")),
    "order_events": (("order_id", "n"), ("body",)),
    "changes": (("seq",), ("kind", "op", "id", "rev", "at", "payload")),
}
"""What a store holds, as rows that any other store takes: table → (key columns, other columns). Values are text, integers, bytes or null."""


class Store(Protocol):
    """What a run keeps. Writes are idempotent; each method that writes commits before it returns.

    One store serves several threads (each call takes the store's own lock); `put_results` is called by the writer thread.
    """

    location: str
    """The address it was opened by."""
    folder: Path
    """Where frontier and snapshots of this workspace lie."""

    def mask_key(self) -> bytes:
        """Secret that hashes personal values; made at first use and kept with the store."""
        ...

    def save_run(self, run: Run) -> None:
        """Keep a run as it stands now; what others may know of it is announced."""
        ...

    def run(self, run_id: str) -> Run | None: ...
    def runs(self) -> list[Run]:
        """All runs, oldest first."""
        ...

    def put_results(self, run_id: str, results: Sequence[PageResult]) -> None:
        """Keep visits and facts of fetched addresses; the same address again replaces what was there."""
        ...

    def visits(self, run_id: str, site: str, role: str | None = None) -> Iterator[Visit]:
        """Every known address of a site in this run (or those of one role), ordered by address, looks excepted."""
        ...

    def looks(self, run_id: str, site: str) -> Iterator[Visit]:
        """Second looks, ordered by address."""
        ...

    def pages(self, run_id: str, site: str, *, links: bool = True) -> Iterator[PageFacts]:
        """Facts of every read page ordered by address; a rendered reading replaces the plain one."""
        ...

    def page(self, run_id: str, site: str, url: str) -> PageFacts | None: ...

    def put_documents(self, run_id: str, site: str, files: Sequence[FileFacts]) -> None:
        """Keep what attachments say; the same address again replaces what was there.

        What was read is kept once a digest, whichever runs and addresses it came from: a file without parts only takes what is kept under its own.
        """
        ...

    def kept_digests(self, digests: Collection[str]) -> set[str]:
        """Those of some digests under which a reading is kept."""
        ...

    def drained(self, run_id: str, site: str) -> set[str]:
        """Addresses of the attachments whose reading this run has."""
        ...

    def documents(self, run_id: str, site: str, *, text: bool = True) -> Iterator[FileFacts]:
        """Readings of a site's attachments ordered by address; their texts are null where `text` is not wanted."""
        ...

    def document(self, run_id: str, site: str, url: str) -> FileFacts | None: ...

    def put_records(self, run_id: str, site: str, records: Iterable[Record], *, told: bool = True) -> None:
        """Keep the records a run saw; `rev` grows where the content differs from the newest kept; changes are announced.

        Not `told` (a replay of an older run): nothing is announced, any revision of the same content is taken, and a content that no crawl gave
        gets a number that later crawls pass over: to them the newest is still what the last crawl saw.

        What this run saw before and sees no more (an article that turned out to be a document) is announced as deleted. What only an earlier
        run saw is not: a page that was not met again may still be there.
        """
        ...

    def records(self, run_id: str, site: str, kind: str | None = None) -> Iterator[Record]:
        """What a run saw, ordered by kind and key."""
        ...

    def put_probes(self, probes: Sequence[Probe]) -> None:
        """Append probes, of whatever site, and announce them. They belong to no run; one that is kept already stays as it is."""
        ...

    def probes(self, site: str, since: str, until: str) -> Iterator[Probe]:
        """Probes of a site that began in [since, until), ordered by key; moments or days, all +08:00."""
        ...

    def put_judgement(
        self,
        run_id: str,
        site: str,
        findings: Sequence[Finding],
        scorecard: dict[str, Any],
        receipt: dict[str, Any],
        issues: Sequence[Issue],
    ) -> None:
        """Replace the findings, scorecard and receipt of a site in this run; `first_seen` is kept from the first time an id came up.

        Findings that this judgement no longer has are announced as deleted.
        """
        ...

    def findings(self, run_id: str, site: str | None = None) -> list[Finding]:
        """Findings of a run sorted by site, rule, id."""
        ...

    def first_seen(self, site: str, now: str) -> dict[str, str]:
        """Finding id → moment it was first seen (for ids known before `now`)."""
        ...

    def scorecards(self, run_id: str) -> list[dict[str, Any]]: ...
    def receipts(self, run_id: str) -> list[dict[str, Any]]: ...
    def issues(self, run_id: str) -> list[Issue]: ...

    def put_draws(self, run_id: str, site: str, draws: dict[str, list[str]]) -> None:
        """Keep the samples drawn, and announce them; a clause is drawn once, a later call never changes it."""
        ...

    def draws(self, run_id: str, site: str) -> dict[str, list[str]]: ...

    def decide(self, review: Review) -> None:
        """Append a person's decision, and announce it under a number of its own: two persons' decisions on one finding are two."""
        ...

    def decisions(self) -> list[Review]:
        """All decisions in the order they were made."""
        ...

    def put_order(self, order: Order, events: Sequence[OrderEvent]) -> None:
        """Keep a new work order with its first events, and announce both. An order never changes.

        Raises:
            UsageError: there is an order of this id.
        """
        ...

    def orders(self, run_id: str | None = None) -> list[Order]:
        """All orders (of a run), by id."""
        ...

    def order(self, order_id: str) -> Order | None: ...

    def append_events(self, order_id: str, events: Sequence[OrderEvent], after: int) -> None:
        """Append to an order's history and announce it; nothing of a history is ever changed or taken away.

        Args:
            after: number of the newest event that the caller has seen.

        Raises:
            UsageError: somebody else has appended meanwhile; nothing was kept.
        """
        ...

    def order_events(self, order_id: str) -> list[OrderEvent]:
        """An order's history, oldest first; `n` counts from 1."""
        ...

    def changes(self, after: int, limit: int) -> list[dict[str, Any]]:
        """The change sequence: {"seq", "kind", "op", "id", "rev", "at", "payload"} with seq > after, ascending.

        It has no gap, and a reader that follows it while others write misses nothing. `id` begins with the kind, so that `id` and `rev` together
        stand for one change; `op` is put or delete (payload null); `at` is the moment it was announced, null where an early version did it.
        """
        ...

    def newest(self, kind: str, site: str | None, after: str, limit: int) -> list[dict[str, Any]]:
        """The newest change of each thing of a kind (of one site) that was not deleted, ids > after, ascending by the bytes of the id."""
        ...

    def rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        """Every row of one of `TABLES`, ordered by its key, key columns first."""
        ...

    def put_rows(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Keep rows that another store gave, as they are; a row with the same key is replaced."""
        ...

    def drop_rows(self, table: str, keys: Iterable[tuple[Any, ...]]) -> None:
        """Take rows away by their keys; none where there is none."""
        ...

    def close(self) -> None: ...


def open_existing(location: str, clock: Clock | None = None) -> Store:
    """The store of a workspace that is there: who only reads must not make an empty one beside it.

    Raises:
        UsageError: there is none.
    """
    if not is_there(location):
        raise UsageError(f"没有存储 {location.removeprefix('sqlite:///')}：先运行 govcrawl inspect，或用 --store 指明")
    return open_store(location, clock)


def is_there(location: str) -> bool:
    """Whether there is something to be opened; of a server that is known only once it is opened."""
    path = location.removeprefix("sqlite:///")
    return path == location or Path(path).is_file()


def open_store(location: str, clock: Clock | None = None) -> Store:
    """Open (and make, where missing) the store behind `sqlite:///path.db` or `mongodb://host/db`.

    Frontier, snapshots and lock file lie beside the SQLite file; with MongoDB, in the working directory.

    Raises:
        UsageError: an address of another kind.
        StoreError: it cannot be opened.
    """
    if location.startswith("sqlite:///"):
        from govcrawl.store.sqlite import SqliteStore

        return SqliteStore(Path(location.removeprefix("sqlite:///")), clock=clock)
    if location.startswith("mongodb://"):
        from govcrawl.store.mongo import MongoStore

        return MongoStore(location, Path().resolve(), clock=clock)
    raise UsageError(f"无法识别的存储地址：{location}（应为 sqlite:///文件.db 或 mongodb://主机/库名）")
