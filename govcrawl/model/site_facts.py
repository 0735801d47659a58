"""SiteFacts: everything the checks of one site may look at, assembled after the crawl."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from govcrawl.model.facts import ListEntry, PageFacts, Visit
from govcrawl.model.items import Attachment, Column, Consultation, Interpretation, Leader, Message, PolicyDocument, ServiceGuide, Site
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
    error_pages: set[str] | None = None
    """Addresses of read pages that are the site's own error page (kind `error`); null = not collected, the checks look for themselves."""
    first_entry: dict[str, ListEntry] = field(default_factory=dict)

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
