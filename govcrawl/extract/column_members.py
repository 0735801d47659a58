"""What belongs to a column: its items, the dates that lists show of them, and its newest days."""

from __future__ import annotations

from collections import defaultdict

from govcrawl.extract.site_index import Index
from govcrawl.model.facts import ListEntry
from govcrawl.model.site_facts import ColumnFacts
from govcrawl.page import addresses

TOP_DAYS = 10


def members(ix: Index, facts: dict[str, ColumnFacts]) -> tuple[dict[str, str], dict[str, str], dict[str, ListEntry]]:
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


def newest(ix: Index, facts: dict[str, ColumnFacts], listed: dict[str, str], trusted: bool) -> None:
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
        quiet = _quiet_day(facts[url])
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


def _quiet_day(column: ColumnFacts) -> str | None:
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
