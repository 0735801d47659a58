"""The state of a column: live, blank, link_only, parent, static, archived, maintenance, blocked, unread."""

from __future__ import annotations

from govcrawl.extract import attachments, columns
from govcrawl.extract.site_index import LISTS, NOT_READ, Index
from govcrawl.model.facts import PageFacts
from govcrawl.model.site_facts import ColumnFacts


def settle(ix: Index, column: ColumnFacts) -> None:
    """Set `state`, `blank`, `link_only` of the record and count the known pages of the list that could not be read."""
    record, page = column.record, column.page
    visit = ix.visits.get(record.url)
    column.unread_pages = _unread(ix, column)
    if column.external or (visit is not None and visit.redirect_to and not ix.own(visit.redirect_to)):
        record.state, record.link_only = "link_only", True
    elif record.url in ix.shields or (visit is not None and visit.outcome == "blocked"):
        record.state = "blocked"
    elif record.url in ix.errors or (page is None and record.url not in ix.items):
        record.state = "unread"
    elif page is None:
        record.state = "static"
    else:
        record.state = _state_of_page(ix, column, page)
        record.blank = record.state == "blank"


def _state_of_page(ix: Index, column: ColumnFacts, page: PageFacts) -> str:
    under = page.notes.get("maintenance")
    if under and under.get("date") and not column.entries:
        return "maintenance"
    refresh = page.notes.get("refresh")
    if refresh and not ix.own(refresh) and not column.entries:
        column.record.link_only = True
        return "link_only"
    if not column.children and not any(e.date for e in column.entries) and _leads_out(ix, column, page):
        column.record.link_only = True
        return "link_only"
    if page.notes.get("archived"):
        return "archived"
    if page.kind == "leaders" and column.record.type == "领导信息" and not any(e.date for e in column.entries) and page.items:
        return "static"
    if page.kind in LISTS:
        return _state_of_list(column, page)
    if page.kind == "statistics":
        return "live"
    if column.children and page.kind in ("frame", "other", "static") and column.record.type not in columns.STATIC:
        return "parent"
    if page.notes.get("blank") and not column.children:
        return "blank"
    return "static"


def _leads_out(ix: Index, column: ColumnFacts, page: PageFacts) -> bool:
    """Nothing but a frame or undated links of other sites: the column itself offers no content. Files beside a frame are none either."""
    frame = page.notes.get("frame")
    if frame:
        return not ix.own(frame) and all(e.outside or attachments.extension(e.url, "") for e in column.entries)
    if column.entries:
        return all(e.outside for e in column.entries)
    links = page.notes.get("only_links", ())
    return bool(links) and not any(ix.own(url) for url in links)


def _state_of_list(column: ColumnFacts, page: PageFacts) -> str:
    if column.entries:
        if column.children and not any(e.date for e in column.entries) and page.kind != "board":
            return "parent"
        if page.notes.get("blank") and all(not e.date for e in column.entries) and len(column.entries) < 3:
            return "blank"
        return "live"
    if column.children:
        return "parent"
    if page.needs_script in ("list", "body") and not page.rendered:
        return "live"
    if column.record.type in ("领导信息", "咨询建言", "网上信访", "依申请公开") and not page.notes.get("blank"):
        return "live"
    if (
        any(item for item in page.items)
        or any(len(b.entries) >= 2 for b in page.lists if b.region == "body")
        and not page.notes.get("blank")
    ):
        return "parent" if any(b.title and b.more_url for b in page.lists) else "live"
    return "static" if page.notes.get("shows") else "blank"


def _unread(ix: Index, column: ColumnFacts) -> int:
    page = column.page
    urls = {e.url for e in column.entries if not e.outside}
    if page is not None:
        urls.update(page.pager)
        urls.update(url for url, _ in page.notes.get("data", ()))
    return sum(1 for url in urls if (visit := ix.visits.get(url)) is not None and visit.outcome in NOT_READ)
