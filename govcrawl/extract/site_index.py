"""Small facts of all pages of a site, sorted into what they are: columns, items, further pages, errors. First pass of the structure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from govcrawl.extract import columns, twins
from govcrawl.model.facts import PageFacts, Visit
from govcrawl.model.site_facts import Outline, outline_of
from govcrawl.model.targets import Target
from govcrawl.page import addresses

LISTS = frozenset(("list", "board", "guide_list", "leaders"))
"""Kinds of pages that are columns by themselves."""


NOT_READ = frozenset(("failed", "blocked", "skipped"))
_ITEMS = frozenset(("content", "policy", "interpretation", "guide", "message", "survey", "interview", "leader"))


@dataclass(slots=True)
class ItemFacts:
    """What the structure needs of one page that is an item."""

    kind: str
    visible: str | None
    meta: str | None
    trail: tuple[tuple[str, str], ...]
    """Its breadcrumb as (name, address or ""), outermost first; one tuple for all pages that share it."""
    column_name: str
    asked: str | None = None
    """Of a letter: the day it was asked; of a survey: the day it was opened."""
    fingerprint: int | None = None
    """Title and text as a number, for telling twins."""
    canonical: str | None = None
    """Address that the page calls its own (`rel=canonical`), where that is another."""

    @property
    def crumbs(self) -> tuple[str, ...]:
        """Addresses of its breadcrumb, outermost first."""
        return tuple(url for _, url in self.trail if url)


@dataclass(slots=True)
class Index:
    """Small facts of all pages of a site."""

    target: Target
    visits: Mapping[str, Visit]
    as_of: str
    home: PageFacts | None = None
    pages: dict[str, PageFacts] = field(default_factory=dict)
    """Pages that are or may be columns (first pages of lists, single pages of static types), without links."""
    maybe: set[str] = field(default_factory=set)
    """Items that may be columns too. Few turn out to be; on most sites every article is one of these, and 20,000 of them in full would
    take 200 MB."""
    whole: Callable[[str], PageFacts | None] = field(default=lambda url: None)
    """Gives the facts of one of these again."""
    further: dict[str, list[PageFacts]] = field(default_factory=dict)
    """Column → its pager pages 2…n and data answers: their address, kind and lists."""
    items: dict[str, ItemFacts] = field(default_factory=dict)
    errors: set[str] = field(default_factory=set)
    shields: set[str] = field(default_factory=set)
    attachments: dict[str, str] = field(default_factory=dict)
    """File → page that links it (ties broken)."""
    known: dict[int, str] = field(default_factory=dict)
    """Key → address that was asked for."""
    hosts: frozenset[str] = frozenset()
    outline: dict[str, Outline] = field(default_factory=dict)
    documents: dict[int, dict[str, str]] = field(default_factory=dict)
    """Key of a document's address → what list answers say of it (number, index number, issuer, day of signing)."""

    def resolve(self, url: str) -> str:
        """Address under which a link's target was read: through known twins (index.html) and redirects."""
        for _ in range(8):
            at = self.known.get(addresses.key(url), url)
            visit = self.visits.get(at)
            if visit is None or visit.outcome != "redirected" or not visit.redirect_to:
                return at
            if addresses.key(visit.redirect_to) == addresses.key(at) and visit.redirect_to not in self.visits:
                return at
            if visit.redirect_to == url:
                return at
            url = visit.redirect_to
        return url

    def page(self, url: str) -> PageFacts | None:
        """Facts of a page that is or may be a column, in full but for its links."""
        if url not in self.maybe:
            return self.pages.get(url)
        found = self.whole(url)
        return None if found is None else replace(found, links=[])

    def own(self, url: str) -> bool:
        return addresses.host(url) in self.hosts

    def is_home(self, url: str) -> bool:
        return (self.home is not None and url == self.home.url) or addresses.key(url) == addresses.key(self.target.url)


def index(
    target: Target,
    visits: Mapping[str, Visit],
    pages: Iterable[PageFacts],
    as_of: str,
    whole: Callable[[str], PageFacts | None],
) -> Index:
    """First pass: sort the pages into what they are."""
    out = Index(target, visits, as_of, whole=whole)
    for url in sorted(visits, key=addresses.rank):
        out.known.setdefault(addresses.key(url), url)
    homes: list[PageFacts] = []
    for page in pages:
        out.outline[page.url] = outline_of(page)
        if page.kind == "home":
            homes.append(page)
        elif page.kind == "error":
            out.errors.add(page.url)
        elif page.kind == "shield":
            out.shields.add(page.url)
        elif page.kind == "data" or page.page_no > 1:
            _further(out, page)
            _documents(out, page)
        elif page.kind in LISTS or page.kind in ("static", "statistics", "frame", "other"):
            _keep(out, page)
        elif page.kind in _ITEMS:
            out.items[page.url] = _item(page)
            if _may_be_column(page):
                out.maybe.add(page.url)
        _attachments(out, page)
    if homes:
        out.home = min(homes, key=lambda p: (not p.rendered, p.url != target.url, *addresses.rank(p.url)))
    out.hosts = _hosts(out)
    return out


def _keep(out: Index, page: PageFacts) -> None:
    known = out.pages.get(page.url)
    if known is None or (page.rendered and not known.rendered):
        out.pages[page.url] = page


def _documents(out: Index, page: PageFacts) -> None:
    """Keep what an answer says of documents; of two that say different things always the same one, whichever was read first."""
    for url, said in page.notes.get("documents", {}).items():
        key = addresses.key(url)
        out.documents[key] = min(out.documents.get(key, said), said, key=lambda one: sorted(one.items()))


def _further(out: Index, page: PageFacts) -> None:
    if page.column_url:
        part = PageFacts(url=page.url, kind=page.kind, lists=page.lists)
        # the list is linked as `/zwdt/` and its second page knows it as `/zwdt/index.shtml`
        out.further.setdefault(out.resolve(page.column_url), []).append(part)
    elif page.kind in LISTS:
        _keep(out, page)


def _may_be_column(page: PageFacts) -> bool:
    """An item-like page that its site may have hung into the navigation (概况, 机构职能 as one page)."""
    return len(page.breadcrumb) <= 3 or columns.type_of(page.title or "") in columns.STATIC or not page.dates


def _item(page: PageFacts) -> ItemFacts:
    visible = next((d.value for d in page.dates if d.source == "visible"), None)
    meta = next((d.value for d in page.dates if d.source == "meta"), None)
    trail = _shared(tuple((name, url) for name, url in page.breadcrumb))
    name = {"message": "asked_on", "survey": "opened_on"}.get(page.kind)
    asked = next((str(item[name]) for item in page.items if item.get(name)), None) if name else None
    column = page.meta.get("columnname", "")
    return ItemFacts(page.kind, visible, meta, trail, column, asked, twins.fingerprint(page), page.notes.get("canonical"))


@lru_cache(maxsize=1024)
def _shared(trail: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    return trail


def _attachments(out: Index, page: PageFacts) -> None:
    for item in page.items:
        for name in ("attachments", "forms"):
            for url in item.get(name) or ():
                if isinstance(url, str):
                    known = out.attachments.get(url)
                    if known is None or addresses.rank(page.url) < addresses.rank(known):
                        out.attachments[url] = page.url


def _hosts(out: Index) -> frozenset[str]:
    hosts = {addresses.host(out.target.url), *out.target.hosts, *out.target.service_hosts, *out.target.message_hosts}
    if out.home is not None:
        hosts.add(addresses.host(out.home.url))
    visit = out.visits.get(out.target.url)
    if visit is not None and visit.redirect_to:
        hosts.add(addresses.host(visit.redirect_to))
    hosts |= {f"www.{h}" for h in list(hosts) if h.count(".") == 2 and not h.startswith("www.")} | {
        addresses.without_www(h) for h in list(hosts)
    }
    return frozenset(h for h in hosts if h)


def trust_meta(ix: Index, listed: Mapping[str, str]) -> bool:
    """False where `PubDate` differs from the visible (else the list's) date on most pages that have both, at least three of them."""
    both = differ = 0
    for url, item in ix.items.items():
        shown = item.visible or listed.get(url)
        if shown and item.meta:
            both += 1
            differ += shown != item.meta
    return not (both >= 3 and differ * 2 > both)
