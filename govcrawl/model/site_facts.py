"""SiteFacts: everything the checks of one site may look at, assembled after the crawl."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from govcrawl.model.facts import ListEntry, PageFacts, Visit
from govcrawl.model.hits import Hit
from govcrawl.model.items import (
    Attachment,
    Column,
    Consultation,
    Interpretation,
    Leader,
    Message,
    PolicyDocument,
    Probe,
    ServiceGuide,
    Site,
)
from govcrawl.model.targets import Target


@dataclass(slots=True, kw_only=True)
class ColumnFacts:
    """A column with what its freshness is judged by."""

    record: Column
    entries: list[ListEntry] = field(default_factory=list)
    """Own entries of all pages of its list, distinct by address, newest first."""
    newest: list[tuple[str, str, str]] = field(default_factory=list)
    """Up to ten (ISO day, address, source) of the whole subtree, newest first; source: list, visible, meta."""
    children: list[str] = field(default_factory=list)
    external: bool = False
    """A navigation link of the right name that leads off the site."""
    meta_type: str | None = None
    unread_pages: int = 0
    """Known pages of the list or its items that could not be read."""
    page: PageFacts | None = None
    """Facts of the first page of the list; null when it was not read."""


@dataclass(slots=True, frozen=True)
class Outline:
    """What is asked of every page of a site again and again. Kept in memory for all pages (100 bytes each), so that they are read from the
    store once for it and not once a question."""

    kind: str
    first: bool
    """No further page of a list."""
    marks_doubtful: bool
    unrendered: bool
    """Its list or body is drawn by script, and no browser ran it."""
    items: tuple[tuple[str, str], ...] = ()
    """Of a list of service items: (address or "", title) of its own rows."""
    column_url: str | None = None
    """Of a list of service items: as in `PageFacts`."""


@lru_cache(maxsize=256)
def _shared(outline: Outline) -> Outline:
    """Most pages of a site share a few outlines."""
    return outline


def outline_of(page: PageFacts) -> Outline:
    listed = page.kind == "guide_list"
    rows = ((e.url, e.title) for block in page.lists if block.main for e in block.entries) if listed else ()
    unrendered = page.needs_script in ("list", "body") and not page.rendered
    return _shared(Outline(page.kind, page.page_no == 1, page.marks_doubtful, unrendered, tuple(rows), page.column_url if listed else None))


@dataclass(slots=True, kw_only=True)
class SiteFacts:
    """One site after the crawl. Addresses are canonical; mappings are keyed by them."""

    target: Target
    site: Site
    home: PageFacts | None
    navigation_only_home: bool = False
    columns: list[ColumnFacts] = field(default_factory=list)
    documents: list[PolicyDocument] = field(default_factory=list)
    interpretations: list[Interpretation] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    guides: list[ServiceGuide] = field(default_factory=list)
    consultations: list[Consultation] = field(default_factory=list)
    leaders: list[Leader] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    visits: dict[str, Visit] = field(default_factory=dict)
    """Every known address of the run, whatever became of it (not the looks)."""
    looks: dict[str, Visit] = field(default_factory=dict)
    """Second looks by address."""
    member_of: dict[str, str] = field(default_factory=dict)
    """Address of an item → address of its column."""
    list_dates: dict[str, str] = field(default_factory=dict)
    """Address of an item → ISO day its column's list shows."""
    trust_meta_dates: bool = True
    """False where `PubDate` differs from the visible date on most pages of the site (regeneration time)."""
    pages: Iterable[PageFacts] = ()
    """Re-iterable stream of all read pages in the order of their address, links included."""
    outline: dict[str, Outline] | None = None
    """Address → outline of all read pages in the order of their address; null = not collected, see `outlines`."""
    private: frozenset[str] = frozenset()
    """Addresses of read pages on which a detector saw personal data, whether or not a finding comes of it."""
    file_hits: Mapping[str, list[Hit]] = field(default_factory=dict)
    """Address of an attachment (`…zip!/member`) → what the detectors saw in it; only those with hits."""
    error_pages: set[str] | None = None
    """Addresses of read pages that are the site's own error page (kind `error`); null = not collected, the checks look for themselves."""
    probes: tuple[Probe, ...] = ()
    """Availability probes of the window before `as_of`, by key."""
    first_entry: dict[str, ListEntry] = field(default_factory=dict)

    @property
    def outlines(self) -> dict[str, Outline]:
        """`outline`, collected now where it was not before."""
        if self.outline is None:
            self.outline = {page.url: outline_of(page) for page in self.pages}
        return self.outline

    @property
    def home_read(self) -> bool:
        return self.home is not None

    @property
    def unread(self) -> dict[str, int]:
        """Reason → number of the site's own pages that are known and were not read."""
        count: dict[str, int] = {}
        for visit in self.visits.values():
            if visit.context.role in ("page", "data", "render") and visit.outcome in ("failed", "blocked", "skipped"):
                reason = visit.reason or "unreachable"
                count[reason] = count.get(reason, 0) + 1
        return count
