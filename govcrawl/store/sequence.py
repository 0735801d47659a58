"""What both stores say alike in the change sequence: names of things, what is told of them, and how their numbers grow. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from govcrawl.detect import masking
from govcrawl.model.findings import Finding
from govcrawl.store.kept import DIGEST, text

ORDER_KNOWN = "工单 {} 已经存在"
ORDER_CHANGED = "工单 {} 刚刚有人更新过：请重新读取后再操作"
UNTOLD = b"\x00"
"""Before the bytes of a revision's digest that only a replay gave: no crawl saw it, nobody was told of it."""


@dataclass(frozen=True)
class News:
    """What is to be announced of a thing."""

    kind: str
    name: str
    rev: int
    payload: Mapping[str, Any] | None
    """Null: the thing is there no more."""
    told: Callable[[], str] | None = None
    """Gives the payload as JSON, where there is a quicker way to it."""

    @cached_property
    def id(self) -> str:
        return ident(self.kind, self.name)

    @property
    def op(self) -> str:
        return "put" if self.payload is not None else "delete"

    @property
    def content(self) -> str:
        """What stands in the row: the payload, masked."""
        told = text(self.payload) if self.told is None else self.told()
        return text(masking.exported(self.payload)) if masking.may_show(told) else told


def grown(rev: int, last: int | None) -> int:
    """The number that a change bears: its thing's, unless the sequence has told that one already."""
    return rev if last is None or last < rev else last + 1


def matching(revisions: Iterable[tuple[int, bytes]], digest: bytes, *, told: bool) -> tuple[int | None, int]:
    """(revision that is this content, highest number so far) of a record's (rev, digest), newest first; digests as kept.

    A crawl looks at the newest content that a crawl gave; a replay takes any of the same.
    """
    highest = 0
    for rev, known in revisions:
        highest = max(highest, rev)
        seen = len(known) == DIGEST
        if (seen or not told) and known[-DIGEST:] == digest:
            return rev, highest
        if seen and told:
            break
    return None, highest


def ident(kind: str, name: str) -> str:
    """Id of a thing, masked, its kind in front: an article and an attachment may share an address, and `id` with `rev` stands for one change."""
    masked: str = masking.exported(f"{kind}/{name}")
    return masked


def span(kind: str, site: str | None) -> tuple[str, str]:
    """Between which ids those of a kind (of one site) lie; `0` is what follows `/`."""
    prefix = kind if site is None else f"{kind}/{site}"
    return f"{prefix}/", f"{prefix}0"


def judged(
    run: str, site: str, findings: Sequence[Finding], before: Iterable[str], scorecard: Mapping[str, Any], receipt: Mapping[str, Any]
) -> list[News]:
    """What a judgement of a site announces; `before`: ids of the findings that an earlier judgement of the same run has."""
    gone = sorted(set(before) - {f.id for f in findings})
    return [
        *(News("finding", f"{site}/{f.id}/{run}", 1, f.told()) for f in findings),
        *(News("finding", f"{site}/{ident}/{run}", 1, None) for ident in gone),
        News("receipt", f"{site}/{run}", 1, receipt),
        News("scorecard", f"{site}/{run}", 1, scorecard),
    ]


def drawn(run: str, site: str, clause: str, urls: Sequence[str]) -> News:
    return News("draw", f"{site}/{run}/{clause}", 1, {"run": run, "site": site, "clause": clause, "urls": list(urls)})
