"""Looking at sealed copies: by those who may, with a line in the journal before anything is shown."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from govcrawl.clock import Clock, moment
from govcrawl.errors import OutputError, StoreError, UsageError, cause
from govcrawl.evidence import journal
from govcrawl.evidence.policy import Policy
from govcrawl.model.runs import Run
from govcrawl.store import sealing, snapshots
from govcrawl.store.base import Store
from govcrawl.store.snapshots import Stored


@dataclass(slots=True)
class Copy:
    """A sealed exchange."""

    warc: str
    ident: str
    record: Stored


def copies(store: Store, run: Run, site: str) -> Iterator[Copy]:
    """The sealed copies of a site's pages and files in a run."""
    own = {visit.url for visit in (*store.visits(run.id, site), *store.looks(run.id, site))}
    for path in sorted((store.folder / "snapshots").glob(f"{sealing.PREFIX}{run.crawl}-*.warc.gz")):
        for ident, record in sealing.copies(path):
            stored = snapshots.parsed(record)
            if stored.url in own:
                yield Copy(path.name, ident, stored)


def opened(store: Store, run: Run, site: str, policy: Policy, *, who: str, reason: str, clock: Clock) -> list[Copy]:
    """The copies, for somebody who may see them and says why. The journal knows before they are returned; of a refusal too.

    Raises:
        UsageError: no name, no reason, or the policy does not name this person.
        StoreError: the journal cannot be written, so nothing is shown.
    """
    if not who.strip() or not reason.strip():
        raise UsageError("须写明查看人（--as）和事由（--reason）")
    said = {"at": moment(clock.now()), "by": who, "reason": reason, "site": site, "run": run.id}
    if policy.sealed.readers and who not in policy.sealed.readers:
        journal.append(store.folder, {"what": "refused", **said})
        raise UsageError(f"{who} 不在可查看封存快照的人员之列（留存规定 sealed.readers），已记入日志")
    found = list(copies(store, run, site))
    journal.append(store.folder, {"what": "sealed", **said, "records": [copy.ident for copy in found]})
    return found


def extract(found: list[Copy], folder: Path) -> list[Path]:
    """Write the bodies into a folder that nobody else may read; gives the files in order.

    Raises:
        OutputError: the folder cannot be written.
    """
    files = []
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number, copy in enumerate(found, 1):
            end = ".html" if "html" in copy.record.headers.get("content-type", "html") else ".bin"
            path = folder / f"{number:03d}{end}"
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123 mode from the first byte on
                file.write(copy.record.body)
            files.append(path)
    except OSError as error:
        raise OutputError(f"无法写入 {folder}：{cause(error)}") from error
    return files


__all__ = ["Copy", "StoreError", "copies", "extract", "opened"]
