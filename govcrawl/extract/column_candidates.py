"""What may be a column: lists, and whatever the navigation, a block of the home page, a crumb or another column's list calls one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from govcrawl.extract import columns
from govcrawl.extract.site_index import LISTS, NOT_READ, Index
from govcrawl.model.facts import ListEntry
from govcrawl.text import normalise


class Note(Protocol):
    """Takes down that a link, block or crumb gives an address a name."""

    def __call__(self, url: str, name: str, weight: int, *, nav: bool = False, block: bool = False) -> None: ...


@dataclass(slots=True)
class Candidate:
    """What speaks for an address being a column."""

    url: str
    nav: bool = False
    block: bool = False
    names: Counter[str] = field(default_factory=Counter)
    """Names that links and crumbs give it, weighted: navigation 100, home block 50, crumb 1."""
    external: bool = False


def candidates(ix: Index) -> dict[str, Candidate]:
    """Everything that may be a column, by its address."""
    out: dict[str, Candidate] = {}

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
        found = out.setdefault(at, Candidate(at))
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
            out[url] = Candidate(url)
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


def _is_column(ix: Index, c: Candidate) -> bool:
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
