"""The structure of a site from all its read pages: columns, what belongs to them, list dates. Independent of the order of fetching.

Two passes over small facts: `Index` keeps what is needed of every page, `columns_of` builds the columns. Ties are broken by: home page,
fewest path segments, smallest address.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from govcrawl import rulebook
from govcrawl.extract import column_state, columns
from govcrawl.extract.site_index import LISTS, NOT_READ, Index, trust_meta
from govcrawl.model.facts import ListEntry, PageFacts
from govcrawl.model.items import Column
from govcrawl.model.site_facts import ColumnFacts
from govcrawl.page import addresses
from govcrawl.text import normalise

_INHERITED = frozenset(
    (
        "专题专栏",
        "政策文件",
        "政策解读",
        "咨询建言",
        "征集调查",
        "办事服务",
        "在线访谈",
        "通知公告",
        "动态要闻",
        "领导信息",
        "财政预决算",
        "信息公开年报",
    )
)
"""Types that a nameless part of a column (2025年, 县政府办) takes over from above."""
_YEAR = re.compile(r"^(?:19|20)\d{2}年?(?:度)?$")
"""A column named by its year: matches "2025年", not "2025年工作要点"."""
TOP_DAYS = 10


# -- columns ---------------------------------------------------------------------------


class Note(Protocol):
    """Takes down that a link, block or crumb gives an address a name."""

    def __call__(self, url: str, name: str, weight: int, *, nav: bool = False, block: bool = False) -> None: ...


@dataclass(slots=True)
class _Candidate:
    """What speaks for an address being a column."""

    url: str
    nav: bool = False
    block: bool = False
    names: Counter[str] = field(default_factory=Counter)
    """Names that links and crumbs give it, weighted: navigation 100, home block 50, crumb 1."""
    external: bool = False


def candidates(ix: Index) -> dict[str, _Candidate]:
    """Everything that may be a column, by its address."""
    out: dict[str, _Candidate] = {}

    def note(url: str, name: str, weight: int, *, nav: bool = False, block: bool = False) -> None:
        name = normalise.squeeze(name).strip("> 》»·|")
        if not url or not name or columns.type_of(name) == "首页":
            return
        own = ix.own(url)
        at = ix.resolve(url) if own else url
        if own and (ix.is_home(at) or ix.is_home(url)):
            return
        if not ix.own(at):
            own = False
        if not own and columns.type_of(name) == "其他":
            return
        found = out.setdefault(at, _Candidate(at))
        found.external = not own
        found.nav = found.nav or nav
        found.block = found.block or block
        found.names[name] += weight

    if ix.home is not None:
        for name, url in ix.home.navigation:
            note(url, name, 100, nav=True)
        for block in ix.home.lists:
            if block.title and block.more_url and len(block.title) <= 16:
                note(block.more_url, block.title, 50, block=True)
            _named_entries(block.entries, note)
    for url in sorted(ix.pages):
        page = ix.pages[url]
        for block in page.lists if page.kind in LISTS or page.kind == "static" else ():
            if not block.main:
                if block.title and block.more_url and len(block.title) <= 16 and block.more_url != url:
                    note(block.more_url, block.title, 2)
                _named_entries(block.entries, note)
        if page.kind in LISTS and url not in out:
            out[url] = _Candidate(url)
    _crumbs(ix, note)
    return {url: c for url, c in out.items() if c.external or _is_column(ix, c)}


def _named_entries(entries: list[ListEntry], note: Note) -> None:
    """Undated links whose whole name is that of a column type (政府信息公开指南, 领导信箱) lead to columns."""
    for entry in entries:
        if entry.date is None and 2 <= len(entry.title) <= 16 and columns.is_named(entry.title):
            note(entry.url, entry.title, 1)


def _crumbs(ix: Index, note: Note) -> None:
    trails: list[Iterable[Iterable[str]]] = [page.breadcrumb for page in ix.pages.values()]
    trails += [ix.items[url].trail for url in ix.maybe]
    trails += [item.trail for item in ix.items.values() if all(url for _, url in item.trail)]
    for trail in trails:
        for name, url in trail:
            if url:
                note(url, name, 1)


def _is_column(ix: Index, c: _Candidate) -> bool:
    """A list; or a page that the navigation, a home block, a crumb or a column's name calls a column."""
    page = ix.pages.get(c.url)
    if page is not None and page.kind in LISTS:
        return True
    visit = ix.visits.get(c.url)
    if page is not None or c.url in ix.maybe:
        return bool(c.names)
    if c.url in ix.items:
        return (c.nav or c.block) and bool(c.names)
    if visit is None or visit.context.role not in ("page", "render"):
        return False
    return visit.outcome in NOT_READ or c.url in ix.errors or c.url in ix.shields


def build(ix: Index) -> tuple[list[ColumnFacts], dict[str, str], dict[str, str], dict[str, ListEntry]]:
    """(columns, member_of, list_dates, first_entry)."""
    found = candidates(ix)
    facts = {url: _column(ix, c) for url, c in sorted(found.items(), key=lambda row: addresses.rank(row[0]))}
    _entries(ix, facts)
    _parents(ix, facts)
    _types(facts)
    _levels(ix, facts, found)
    member_of, list_dates, first = _members(ix, facts)
    trusted = trust_meta(ix, list_dates)
    _newest(ix, facts, list_dates, trusted)
    for column in facts.values():
        column_state.settle(ix, column)
    ordered = sorted(facts.values(), key=lambda c: (c.record.level, *addresses.rank(c.record.url)))
    return ordered, member_of, list_dates, first


def _column(ix: Index, c: _Candidate) -> ColumnFacts:
    page = ix.page(c.url)
    name = _name(c, page, _names_of_site(ix))
    meta_type = page.meta.get("columntype", "") if page is not None else ""
    record = Column(
        site=ix.target.site, url=c.url, key=c.url, name=name, title=name or None, type=columns.type_of(name, meta_type),
        rendered=bool(page and page.rendered), fetched_at=page.fetched_at if page else None, snapshot=page.snapshot if page else None,
    )  # fmt: skip
    own = rulebook.site_spec(addresses.host(ix.target.url))
    if own is not None and c.url in own.columns:
        record.type = own.columns[c.url]
    elif record.type == "其他":
        record.type = next((t for other in sorted(c.names) if (t := columns.type_of(other)) != "其他"), "其他")
    return ColumnFacts(record=record, external=c.external, meta_type=meta_type or None, page=page)


def _names_of_site(ix: Index) -> str:
    names = [ix.target.name]
    if ix.home is not None:
        names += [ix.home.head_title, ix.home.meta.get("sitename"), ix.home.header_name]
    return "\n".join(name for name in names if name)


_CERTAIN = 50
"""Weight of a name that the navigation or a block of the home page gives."""


def _name(c: _Candidate, page: PageFacts | None, site: str) -> str:
    """`ColumnName` unless several say otherwise; else the name most given, a column's own before one that only single links give it; else the
    page's title. `site`: names of the site, which no column bears."""
    tag = page.meta.get("columnname", "") if page is not None else ""
    if tag and len(tag) <= 30 and "," not in tag:
        return normalise.squeeze(tag)
    if c.names:
        best = max(c.names.values())
        own = normalise.squeeze(page.title or "") if page is not None and page.kind in LISTS else ""
        if best < _CERTAIN and 2 <= len(own) <= 20 and own in (page.head_title or "" if page is not None else "") and own not in site:
            return own  # a page of past topics is linked as 往期专题 and calls itself by its own name
        return min((name for name, n in c.names.items() if n == best), key=lambda n: (len(n), n))
    return normalise.squeeze((page.title or page.head_title or "") if page is not None else "")


def _entries(ix: Index, facts: dict[str, ColumnFacts]) -> None:
    """Own entries of all pages of a list, distinct by address, newest first; links to other columns are no items."""
    for url, column in facts.items():
        page = column.page
        if page is None or page.kind not in LISTS:
            continue
        further = sorted(ix.further.get(url, ()), key=lambda p: (p.kind == "data", *addresses.rank(p.url)))
        rows: dict[object, ListEntry] = {}
        for part in (page, *further):
            for block in part.lists:
                if not block.main:
                    continue
                for entry in block.entries:
                    _add(ix, facts, rows, entry, url)
        if any(p.kind == "data" and any(b.entries for b in p.lists) for p in further):
            page.needs_script = None if page.needs_script == "list" else page.needs_script
        column.entries = sorted(rows.values(), key=lambda e: (e.date or "", e.url), reverse=True)
        letters = sum(1 for item in page.items if item.get("kind") == "message") if page.kind == "board" else 0
        column.record.items = len(column.entries) or letters


def _add(ix: Index, facts: dict[str, ColumnFacts], rows: dict[object, ListEntry], entry: ListEntry, own: str) -> None:
    at = ix.resolve(entry.url) if entry.url and not entry.outside else entry.url
    if at in facts and entry.date is None and at != own:
        child = facts[at].page
        if child is None or child.kind in LISTS or facts[at].record.name == entry.title:
            return
    if at == own:
        return
    key: object = addresses.key(at) if at else ("", entry.title)
    known = rows.get(key)
    if known is None or (known.date is None and entry.date):
        rows[key] = ListEntry(
            url=at,
            title=entry.title,
            date=entry.date,
            date_raw=entry.date_raw,
            locator=entry.locator,
            on_top=entry.on_top,
            outside=entry.outside,
        )


def _parents(ix: Index, facts: dict[str, ColumnFacts]) -> None:
    listed: dict[str, list[str]] = defaultdict(list)
    for url, column in facts.items():
        page = column.page
        if page is None or column.record.type == "静态页面":  # a 网站地图 lists every column and is above none
            continue
        for block in page.lists:
            targets = [block.more_url] if block.more_url else []
            if not block.main or not any(e.date for e in block.entries):
                targets += [e.url for e in block.entries if not e.outside]
            for target in targets:
                child = ix.resolve(target)
                if child in facts and child != url:
                    listed[child].append(url)
    for url, column in facts.items():
        if column.external:
            continue
        parent = _by_crumb(ix, facts, column) or _by_folder(facts, url) or _by_listing(url, listed)
        if parent and not _descends(facts, parent, url):
            column.record.parent = parent
    for url in sorted(facts):
        above = facts[url].record.parent
        if above:
            facts[above].children.append(url)


def _by_crumb(ix: Index, facts: dict[str, ColumnFacts], column: ColumnFacts) -> str | None:
    if column.page is None:
        return None
    for _, url in reversed(column.page.breadcrumb):
        if url:
            at = ix.resolve(url)
            if at in facts and at != column.record.url:
                return at
    return None


def _by_folder(facts: dict[str, ColumnFacts], url: str) -> str | None:
    """The column whose folder is the longest proper prefix of this one's."""
    mine = addresses.folder(url)
    best = [
        u
        for u in facts
        if u != url and mine.startswith(addresses.folder(u)) and addresses.folder(u) != mine and addresses.segments(addresses.folder(u))
    ]
    return max(best, key=lambda u: (len(addresses.folder(u)), [-ord(c) for c in u[:80]]), default=None)


def _by_listing(url: str, listed: dict[str, list[str]]) -> str | None:
    """A column page that lists this one. Pages that list each other share a menu, which says nothing."""
    above = [u for u in listed.get(url, ()) if url not in listed.get(u, ())]
    return min(above, key=addresses.rank, default=None)


def _descends(facts: dict[str, ColumnFacts], url: str, ancestor: str) -> bool:
    at: str | None = url
    for _ in range(50):
        if at is None:
            return False
        if at == ancestor:
            return True
        at = facts[at].record.parent
    return True


def _types(facts: dict[str, ColumnFacts]) -> None:
    """Nameless parts (2025年, 县政府办) take over the type of the column above."""
    for column in facts.values():
        if column.record.type != "其他" or columns.is_body(column.record.name):
            continue
        at = column.record.parent
        for _ in range(3):
            if at is None:
                break
            above = facts[at].record
            if above.type in _INHERITED:
                column.record.type = above.type
                break
            if not _YEAR.match(above.name):
                break
            at = above.parent


def _levels(ix: Index, facts: dict[str, ColumnFacts], found: dict[str, _Candidate]) -> None:
    for url, column in facts.items():
        entry = found[url]
        top = entry.nav or entry.block
        column.record.first_level = (top or entry.external) and not _in_directory(facts, url)
    for url, column in facts.items():
        level, at = 1, url
        for _ in range(20):
            if facts[at].record.first_level or found[at].nav or found[at].block:
                break
            parent = facts[at].record.parent
            level += 1
            if parent is None:
                break
            at = parent
        column.record.level = level


def _in_directory(facts: dict[str, ColumnFacts], url: str) -> bool:
    """Inside a department's or township's own 公开目录."""
    at = facts[url].record.parent
    for _ in range(20):
        if at is None:
            break
        if columns.is_body(facts[at].record.name):
            return True
        at = facts[at].record.parent
    page = facts[url].page
    return page is not None and any(columns.is_body(name) for name, _ in page.breadcrumb[:-1])


def _members(ix: Index, facts: dict[str, ColumnFacts]) -> tuple[dict[str, str], dict[str, str], dict[str, ListEntry]]:
    """Which column an item belongs to, and the date its list shows."""
    claims: dict[str, list[tuple[str, ListEntry]]] = defaultdict(list)
    for url in sorted(facts, key=addresses.rank):
        for entry in facts[url].entries:
            if entry.url:
                claims[entry.url].append((url, entry))
    member_of: dict[str, str] = {}
    list_dates: dict[str, str] = {}
    first: dict[str, ListEntry] = {}
    for item in sorted(set(claims) | set(ix.items)):
        own = _own_column(ix, facts, item)
        rows = claims.get(item, [])
        best = next((row for row in rows if row[0] == own), None) or min(rows, key=lambda r: addresses.rank(r[0]), default=None)
        column = own if own and (best is None or best[0] == own or facts[own].page is not None) else (best[0] if best else None)
        if column and item not in facts:
            member_of[item] = column
        if best is not None:
            first[item] = best[1]
            dated = best[1].date or next((e.date for _, e in rows if e.date), None)
            if dated:
                list_dates[item] = dated
    if ix.home is not None:
        for block in ix.home.lists:
            for entry in block.entries:
                at = ix.resolve(entry.url) if entry.url and not entry.outside else entry.url
                if at and entry.date and at not in list_dates:
                    list_dates[at] = entry.date
                    first.setdefault(at, entry)
    return member_of, list_dates, first


def _own_column(ix: Index, facts: dict[str, ColumnFacts], item: str) -> str | None:
    """Column that the item's own breadcrumb names; else the one whose folder holds it."""
    known = ix.items.get(item)
    if known is None:
        return None
    for url in reversed(known.crumbs):
        at = ix.resolve(url)
        if at in facts and at != item and not facts[at].external:
            return at
    return None


def _newest(ix: Index, facts: dict[str, ColumnFacts], listed: dict[str, str], trusted: bool) -> None:
    own: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    by_member: dict[str, set[str]] = defaultdict(set)
    for url, column in facts.items():
        by_member[url].update(e.url for e in column.entries if e.url)
        own[url] += [(e.date, e.url, "list") for e in column.entries if e.date and e.date <= ix.as_of and not _better(ix, e.url, trusted)]
    for url, items in by_member.items():
        for item in sorted(items):
            day = _better(ix, item, trusted)
            if day and day[0] <= ix.as_of:
                own[url].append((day[0], item, day[1]))
        own[url] += _asked(ix, facts[url], items)
        quiet = column_note(facts[url])
        if quiet and quiet <= ix.as_of:
            own[url].append((quiet, url, "visible"))
    for url, column in facts.items():
        rows = {row for below in _subtree(facts, url) for row in own[below]}
        column.newest = sorted(rows, key=lambda r: (r[0], r[1]), reverse=True)[:TOP_DAYS]
        if column.newest:
            column.record.newest_on, column.record.newest_url = column.newest[0][0], column.newest[0][1] or None


def _asked(ix: Index, column: ColumnFacts, items: set[str]) -> list[tuple[str, str, str]]:
    """Days on which the letters of a board were asked, its own (一页一板) and those of its detail pages, and surveys were opened."""
    rows = [(known.asked, item) for item in sorted(items) if (known := ix.items.get(item)) is not None and known.asked]
    if column.page is not None:
        rows += [(day, column.record.url) for item in column.page.items if item.get("kind") == "message" and (day := item.get("asked_on"))]
    return [(day, url, "visible") for day, url in rows if day <= ix.as_of]


def column_note(column: ColumnFacts) -> str | None:
    """Day of the column's own note that nothing of its kind has happened (截至2026年11月2日，本年度无新增…)."""
    note = column.page.notes.get("nothing_new") if column.page is not None else None
    return str(note["date"]) if note else None


def _better(ix: Index, item: str, trusted: bool) -> tuple[str, str] | None:
    known = ix.items.get(item)
    if known is None:
        return None
    if known.visible:
        return known.visible, "visible"
    return (known.meta, "meta") if trusted and known.meta else None


def _subtree(facts: dict[str, ColumnFacts], url: str) -> list[str]:
    out: dict[str, None] = {}
    queue = [url]
    while queue:
        at = queue.pop()
        if at not in out:
            out[at] = None
            queue += facts[at].children
    return list(out)
