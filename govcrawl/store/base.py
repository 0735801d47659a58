"""The Store protocol, and opening one by its address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from govcrawl.errors import UsageError
from govcrawl.model.facts import PageFacts, PageResult, Visit
from govcrawl.model.findings import Finding, Issue, Review
from govcrawl.model.items import Record
from govcrawl.model.runs import Run


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

    def save_run(self, run: Run) -> None: ...
    def run(self, run_id: str) -> Run | None: ...
    def runs(self) -> list[Run]:
        """All runs, oldest first."""
        ...

    def put_results(self, run_id: str, results: Sequence[PageResult]) -> None:
        """Keep visits and facts of fetched addresses; the same address again replaces what was there."""
        ...

    def visits(self, run_id: str, site: str) -> Iterator[Visit]:
        """Every known address of a site in this run, ordered by address, looks excepted."""
        ...

    def looks(self, run_id: str, site: str) -> Iterator[Visit]:
        """Second looks, ordered by address."""
        ...

    def pages(self, run_id: str, site: str, *, links: bool = True) -> Iterator[PageFacts]:
        """Facts of every read page ordered by address; a rendered reading replaces the plain one."""
        ...

    def page(self, run_id: str, site: str, url: str) -> PageFacts | None: ...

    def put_records(self, run_id: str, site: str, records: Iterable[Record]) -> None:
        """Keep the records a run saw; `rev` grows where the content differs from the newest kept; changes are announced."""
        ...

    def records(self, run_id: str, site: str, kind: str | None = None) -> Iterator[Record]:
        """What a run saw, ordered by kind and key."""
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
        """Replace the findings, scorecard and receipt of a site in this run; `first_seen` is kept from the first time an id came up."""
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
        """Keep the samples drawn; a clause is drawn once, a later call never changes it."""
        ...

    def draws(self, run_id: str, site: str) -> dict[str, list[str]]: ...

    def decide(self, review: Review) -> None:
        """Append a person's decision."""
        ...

    def decisions(self) -> list[Review]:
        """All decisions in the order they were made."""
        ...

    def changes(self, after: int, limit: int) -> list[dict[str, Any]]:
        """The change sequence: {"seq", "kind", "op", "id", "rev", "payload"} with seq > after, ascending."""
        ...

    def close(self) -> None: ...


def open_store(location: str) -> Store:
    """Open (and make, where missing) the store behind `sqlite:///path.db`.

    Raises:
        UsageError: an address of another kind.
        StoreError: it cannot be opened.
    """
    if location.startswith("sqlite:///"):
        from govcrawl.store.sqlite import SqliteStore

        return SqliteStore(Path(location.removeprefix("sqlite:///")))
    if location.startswith("mongodb://"):
        raise UsageError("MongoDB 存储尚未提供，请使用 sqlite:///文件.db")
    raise UsageError(f"无法识别的存储地址：{location}（应为 sqlite:///文件.db）")
