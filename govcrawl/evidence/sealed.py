"""Looking at sealed copies: by those who may, with a line in the journal before anything is shown."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from govcrawl.clock import Clock, moment
from govcrawl.errors import OutputError, StoreError, UsageError, cause
from govcrawl.evidence import journal, rechecked
from govcrawl.evidence import policy as policies
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
    """The sealed copies of a site's pages and files in a run and in its re-checks."""
    folder = store.folder / "snapshots"
    again = [part for part in rechecked.of(store, run.id) if site in part.sites]
    paths = sorted(folder.glob(f"{sealing.PREFIX}{run.crawl}-*.warc.gz")) + [p for r in again for p in r.files(folder, sealing.PREFIX)]
    own = {visit.url for name in (run.id, *(r.id for r in again)) for visit in (*store.visits(name, site), *store.looks(name, site))}
    for path in paths:
        for ident, record in sealing.copies(path):
            stored = snapshots.parsed(record)
            if stored.url in own:
                yield Copy(path.name, ident, stored)


HOW = "sealed:\n  readers: {检查组长: [王明], 保密员: [李芳]}"
"""How the policy's file names who may look, as a refusal says it."""


def opened(store: Store, run: Run, site: str, policy: Policy, *, who: str, reason: str, clock: Clock) -> list[Copy]:
    """The copies, for somebody who may see them and says why. The journal knows before they are returned; of a refusal too.

    Raises:
        UsageError: no name, no reason, or the policy does not name this person (one that names nobody names him neither).
        StoreError: the journal cannot be written, so nothing is shown.
    """
    if not who.strip() or not reason.strip():
        raise UsageError("须写明查看人（--as）和事由（--reason）")
    said: dict[str, Any] = {"at": moment(clock.now()), "by": who, "reason": reason, "site": site, "run": run.id}
    roles = policy.sealed.roles_of(who)
    if not roles:
        journal.append(store.folder, {"what": "refused", **said})
        if policy.sealed.readers:
            raise UsageError(f"{who} 不在可查看封存快照的人员之列（留存规定 sealed.readers），已记入日志")
        raise UsageError(f"没有写明谁可以查看封存快照：请在 {store.folder / policies.FILE} 中按角色写明姓名，如\n{HOW}\n本次要求已记入日志")
    said |= {"roles": [role for role in roles if role]}
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
