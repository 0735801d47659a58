"""Facts: what was fetched (Try, Visit) and what one read page says (PageFacts). JSON-able throughout.

`PageFacts` is what `reading.read` returns and the store keeps for each address; the records of a site are assembled
from all of them once the crawl is done, so that they do not depend on the order of fetching.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from govcrawl.model.hits import Hit
from govcrawl.model.items import Snapshot

# Roles: why an address was asked for. They order the frontier and say how an answer is read.
PAGE, DATA, ATTACHMENT, PICTURE, OUTSIDE, RENDER, LOOK = "page", "data", "attachment", "picture", "outside", "render", "look"
STYLE = "style"
"""A style sheet of the site's own: kept so that screenshots look like the page, judged by nobody."""


@dataclass(slots=True, kw_only=True)
class Context:
    """What a page's reading needs from other pages; kept with the address so that replay reads the same."""

    role: str = PAGE
    parent: str | None = None
    """Address of the page the link stands on (for `data`: of the column's first page)."""
    anchor: str | None = None
    strategy: str | None = None
    """portal, policy_library, message_board, service_guide; null = by page kind."""
    form: str | None = None
    """Body of a POST to a list endpoint (jpage data proxies); null = GET."""
    paging: str | None = None
    """Of a further page of a list endpoint: where the walk through its pages is (`extract.answers.paging.Walk`)."""
    depth: int = 0
    home: bool = False
    """True for the home page's own address (judged as home whatever it looks like)."""
    hops: int = 0
    """Redirects in a row that led here."""
    render: bool = False
    """A look through the browser."""
    asks: list[list[str]] | None = None
    """Of a look at the site's search: [title, address] of what is searched for. What is to be searched for after it follows, each with its
    request: [title, address, address of the search, body of a POST]. A page that only offers the search carries all of them, without requests."""
    spent: int = 0
    """Of a look at the site's search: requests that the search has had before."""


@dataclass(slots=True, kw_only=True)
class Try:
    """One attempt to fetch an address: what an appeal asks for."""

    at: str
    url: str
    what: str = "GET"
    status: int | None = None
    error: str | None = None
    """dns, refused, reset, timeout, tls, connect, proxy, too_large, decode, loop, robots, other; null when an answer came whole."""
    address: str | None = None
    """Network address that answered (`10.0.0.8`), where known."""
    milliseconds: int | None = None
    location: str | None = None
    """Redirect target, absolute."""
    form: str | None = None
    """Body of a POST that a page's script sent; null for everything else (an address's own stands in its context)."""
    control: dict[str, Any] | None = None
    """The control host at that minute: {"url", "status"}; only on second looks."""
    resolved: dict[str, Any] | None = None
    """What the name was resolved to right after: {"at", "addresses"}, {"at", "error"}, or {"via"} where a proxy does it; only on second looks that failed."""
    snapshot: Snapshot | None = None


@dataclass(slots=True, kw_only=True)
class Visit:
    """One known address of a site and what became of it; exactly one for each frontier key that was handled."""

    url: str
    context: Context
    outcome: str
    """read, failed, blocked, redirected, skipped."""
    reason: str | None = None
    """A reason word of the finding contract where not read (blocked, unreachable, timeout, robots, budget, tls …)."""
    tries: list[Try] = field(default_factory=list)
    redirect_to: str | None = None
    media_type: str | None = None
    bytes: int | None = None
    rendered: bool = False
    title: str | None = None
    seen: dict[str, Any] | None = None
    """What a look came to see: of a search, its answer (`extract.search_results.Found`)."""
    heard: list[Try] = field(default_factory=list)
    """Of a rendered page: the answers that its scripts fetched and its reading rests on, in their order."""

    @property
    def last(self) -> Try | None:
        return self.tries[-1] if self.tries else None


@dataclass(slots=True, kw_only=True)
class Link:
    """A link, picture or embedded resource of a page."""

    url: str
    """Canonical absolute address; "" where there is no target to follow (empty, `#`, `javascript:`)."""
    href: str
    """As printed."""
    text: str
    """Visible text, or alt/title."""
    tag: str
    """a, img, iframe, form, area, embed, script."""
    region: str
    """header, nav, body, aside, footer."""
    locator: str
    """XPath with attribute that finds it again: `(//a)[3]/@href`."""
    hidden: bool = False
    control: bool = False
    """True when an empty target serves as a button (tab, onclick handler, close, print, pager)."""


@dataclass(slots=True, kw_only=True)
class ListEntry:
    """One dated (or undated) row of a list."""

    url: str
    title: str
    date: str | None = None
    date_raw: str | None = None
    locator: str = ""
    on_top: bool = False
    """Marked 置顶."""
    outside: bool = False
    """Leads off the site: counts with its list date, is not read."""


@dataclass(slots=True, kw_only=True)
class ListBlock:
    """A run of repeated links, with the block's own title."""

    title: str | None
    more_url: str | None
    """Target of the block's title or 更多 link: the column it previews."""
    region: str
    entries: list[ListEntry]
    main: bool = False
    """The page's own list (only on list pages, at most one)."""


@dataclass(slots=True, kw_only=True)
class PageDate:
    """A date with the place it was read from."""

    value: str
    """ISO day."""
    raw: str
    source: str
    """visible, meta, path, guess."""
    locator: str = ""


@dataclass(slots=True, kw_only=True)
class FooterMarks:
    """The six marks of D21 and what stands beside them; a mark is null when the page does not show it."""

    institution_badge: str | None = None
    """Address of the badge's script, link or image."""
    site_code: str | None = None
    icp_number: str | None = None
    police_number: str | None = None
    organizer: str | None = None
    contact: str | None = None
    raw: dict[str, str] = field(default_factory=dict)
    """Mark's Chinese name → the text it was read from."""
    doubtful: list[str] = field(default_factory=list)
    """Chinese names of marks that a script may still write (judged after rendering only)."""


@dataclass(slots=True, kw_only=True)
class ErrorReport:
    """The 我为政府网站找错 entry."""

    present: bool = False
    working: bool = False
    """Leads to a known form of the platform (a `#` or wrong target does not)."""
    code: str | None = None
    href: str | None = None
    locator: str | None = None
    doubtful: bool = False
    """May be written by a script that was not run."""


@dataclass(slots=True, kw_only=True)
class PageFacts:
    """What one page says. `url` is the address asked for after canonicalisation (not the redirect's end)."""

    url: str
    kind: str = "other"
    """home, list, content, policy, interpretation, guide_list, guide, board, message, survey, interview, leader, leaders,
    statistics, search, static, data, error, shield, frame, attachment, other."""
    title: str | None = None
    """Title of the content (not the <title> with the site's name)."""
    head_title: str | None = None
    """Text of <title>."""
    meta: dict[str, str] = field(default_factory=dict)
    """Meta tags by lower-case name, first filled value; 'null' and blank values are kept as ''."""
    breadcrumb: list[list[str]] = field(default_factory=list)
    """[[name, address or ''], …] from 首页 to the page's own column."""
    dates: list[PageDate] = field(default_factory=list)
    """Publish-date candidates, best first (visible, meta, path, guess); never 成文日期, closing days or event days."""
    lists: list[ListBlock] = field(default_factory=list)
    pager: list[str] = field(default_factory=list)
    """Canonical addresses of further pages of this list, in order."""
    page_no: int = 1
    """2…n on pager pages: only their links and items are judged."""
    column_url: str | None = None
    """First page of the list this page belongs to (pager pages, data answers); null otherwise."""
    total_items: int | None = None
    """Number of rows the pager or data answer claims for the whole list."""
    navigation: list[list[str]] = field(default_factory=list)
    """Main navigation as [[name, canonical address or ''], …]; filled on the home page and on column pages."""
    marks: FooterMarks | None = None
    error_report: ErrorReport | None = None
    header_name: str | None = None
    """Site name as shown in the page header (text, or alt of the logo)."""
    items: list[dict[str, Any]] = field(default_factory=list)
    """Candidate records (`Record.to_json` shape plus `key`) that stand on this page, before assembly."""
    links: list[Link] = field(default_factory=list)
    needs_script: str | None = None
    """Why the page must be rendered before it is judged (`list`, `body`, `marks`); null when it is whole."""
    rendered: bool = False
    notes: dict[str, Any] = field(default_factory=dict)
    """Small facts of one kind of page, documented where they are read: `maintenance`, `archived`, `no_letters`, `cms`, `encoding`,
    `search`, `service_groups`, `board_types_shown`, `external`; of lists `data` and `heard` ([address, POST body or null] of endpoints), of data
    `next` ([address, body, walk]) and `documents` (address → number, index number, issuer, day of signing)."""
    hits: list[Hit] = field(default_factory=list)
    fetched_at: str | None = None
    snapshot: Snapshot | None = None

    @property
    def marks_doubtful(self) -> bool:
        """Whether its marks or its 找错 entry may still be written by a script that was not run."""
        if self.rendered or self.page_no > 1 or self.kind in ("data", "error", "shield", "frame", "attachment"):
            return False
        entry = self.error_report
        return self.needs_script == "marks" or bool(self.marks and self.marks.doubtful) or bool(entry and entry.doubtful)


@dataclass(slots=True, kw_only=True)
class PageResult:
    """The one thing each response or error gives: what the frontier's key came to, ready for the writer."""

    site: str
    key: int
    """Frontier row."""
    visit: Visit
    facts: PageFacts | None = None
    discovered: list[tuple[str, Context]] = field(default_factory=list)
    """New canonical addresses, already looked up in the seen set."""
    texts: list[TextPlace] = field(default_factory=list)
    """Visible text by region for the detectors; not stored."""


@dataclass(slots=True, frozen=True)
class TextPlace:
    """A piece of text and where it stands."""

    text: str
    place: str
    """title, body, info, header, footer, nav, aside, meta, comment, alt, table:<column header> …"""
    locator: str = ""
