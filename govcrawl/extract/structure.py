"""The structure of a site from all its read pages: columns, what belongs to them, list dates. Independent of the order of fetching.

Two passes over small facts: `Index` keeps what is needed of every page, `build` makes the columns of it. Ties are broken by: home page,
fewest path segments, smallest address.
"""

from __future__ import annotations

from govcrawl import rulebook
from govcrawl.extract import column_members, column_state, column_tree, columns
from govcrawl.extract.column_candidates import Candidate, candidates
from govcrawl.extract.site_index import LISTS, Index, trust_meta
from govcrawl.model.facts import ListEntry, PageFacts
from govcrawl.model.items import Column
from govcrawl.model.site_facts import ColumnFacts
from govcrawl.page import addresses
from govcrawl.text import normalise


def build(ix: Index) -> tuple[list[ColumnFacts], dict[str, str], dict[str, str], dict[str, ListEntry]]:
    """(columns, member_of, list_dates, first_entry)."""
    found = candidates(ix)
    facts = {url: _column(ix, c) for url, c in sorted(found.items(), key=lambda row: addresses.rank(row[0]))}
    _entries(ix, facts)
    column_tree.parents(ix, facts)
    column_tree.types(facts)
    column_tree.levels(ix, facts, found)
    member_of, list_dates, first = column_members.members(ix, facts)
    trusted = trust_meta(ix, list_dates)
    column_members.newest(ix, facts, list_dates, trusted)
    for column in facts.values():
        column_state.settle(ix, column)
    ordered = sorted(facts.values(), key=lambda c: (c.record.level, *addresses.rank(c.record.url)))
    return ordered, member_of, list_dates, first


def _column(ix: Index, c: Candidate) -> ColumnFacts:
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


def _name(c: Candidate, page: PageFacts | None, site: str) -> str:
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
