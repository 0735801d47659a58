"""One open finding under re-check, and what must be known of its site then and now. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from govcrawl.model.facts import PageFacts, Visit
from govcrawl.model.files import FileFacts
from govcrawl.model.findings import Finding
from govcrawl.model.looks import Look
from govcrawl.model.site_facts import ColumnFacts
from govcrawl.rectification.needs import Need


class Before(Protocol):
    """The site as the run saw it."""

    home: str

    def visit(self, url: str) -> Visit | None: ...
    def page(self, url: str) -> PageFacts | None: ...
    def search(self, finding: Finding) -> Sequence[Look]:
        """The run's requests to the site's search that the finding rests on."""
        ...

    @property
    def columns(self) -> Sequence[ColumnFacts]: ...
    def own(self, url: str) -> bool: ...


class Now(Protocol):
    """What this re-check has fetched so far."""

    def visit(self, url: str) -> Visit | None: ...
    def page(self, url: str) -> PageFacts | None: ...
    def look(self, url: str) -> Visit | None: ...
    def file(self, url: str) -> FileFacts | None:
        """What was read of an attachment."""
        ...


@dataclass(slots=True)
class Pursuit:
    """One open finding under re-check."""

    finding: Finding
    need: Need | None
    """Null: nothing that is fetched can answer it."""
    wanted: list[str] = field(default_factory=list)
    """Addresses that must have been read for any answer."""
    samples: list[str] = field(default_factory=list)
    """Further pages of its template."""
    new: int = 0
    moved_to: str | None = None
    replaced_by: str | None = None
    """The address that its link now leads to."""


def end_of(url: str, now: Now) -> Visit | None:
    """Where an address leads now; null when it was not asked."""
    visit = now.visit(url)
    for _ in range(10):
        onward = now.visit(visit.redirect_to) if visit is not None and visit.redirect_to else None
        if onward is None:
            break
        visit = onward
    return visit


def is_gone(visit: Visit, page: PageFacts | None) -> bool:
    """Whether an answer says that there is no such page (404, 410, or the site's own error page)."""
    status = visit.last.status if visit.last is not None else None
    return (visit.outcome == "failed" and status in (404, 410)) or (page is not None and page.kind == "error")
