"""What we read of an origin: every page by itself, then the site assembled from all of them, as the end of a crawl does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from evals.corpora import exchange_of
from evals.truth import Origin
from govcrawl import reading, rulebook
from govcrawl.extract import assemble, complete
from govcrawl.model.facts import DATA, PAGE, Context, PageFacts, Try, Visit
from govcrawl.model.items import Column, Record, Site
from govcrawl.model.targets import Target
from govcrawl.page import addresses

READ_AS = {
    "policy_document": "policy", "interpretation": "interpretation", "service_guide": "guide", "message": "message", "consultation": "survey",
    "leader": "leader",
}  # fmt: skip
"""Kind of the only record of a page → kind of the page, once the site has been assembled."""


@dataclass(slots=True)
class Given:
    """Our reading of one origin."""

    pages: dict[str, PageFacts] = field(default_factory=dict)
    records: dict[str, list[Record]] = field(default_factory=dict)
    columns: dict[str, Column] = field(default_factory=dict)
    site: Site | None = None

    def kind(self, key: str) -> str | None:
        """Kind of a page as the finished crawl sees it: an article in 政策文件 that reads as a document is one."""
        page = self.pages.get(key)
        if page is None:
            return None
        records, column = self.records.get(key, []), self.columns.get(key)
        if page.kind == "content" and column is not None and column.state == "static":
            return "static"  # a page of text that the site hung up as a column
        if page.kind in ("content", "policy", "interpretation", "static") and len(records) == 1:
            return READ_AS.get(records[0].kind, "content" if page.kind in ("policy", "interpretation") else page.kind)
        return page.kind


def read(origin: Origin) -> Given:
    """Read all answers of an origin and assemble its site."""
    host = addresses.host(origin.home)
    hosts = frozenset({host, addresses.without_www(host), f"www.{addresses.without_www(host)}"})
    scope = reading.Scope(home=origin.home, hosts=hosts, family=frozenset(), today=origin.as_of)
    calendar = rulebook.calendar()
    found = Given()
    visits: dict[str, Visit] = {}
    for answer in origin.answers:
        facts = reading.read(exchange_of(answer), answer.context, scope).facts
        facts.url = answer.key
        facts.items = complete.complete(facts.items, calendar)
        known = found.pages.get(answer.key)
        if known is None or not known.rendered:
            found.pages[answer.key] = facts
        outcome = "read" if facts.kind not in ("shield",) and answer.status < 400 else ("blocked" if facts.kind == "shield" else "failed")
        tried = Try(at=f"{origin.as_of}T12:00:00+08:00", url=answer.url, status=answer.status)
        context = answer.context if answer.context.role in (PAGE, DATA) else Context(parent=answer.context.parent, home=answer.context.home)
        visits[answer.key] = Visit(url=answer.key, context=context, outcome=outcome, tries=[tried], rendered=answer.rendered)
    target = Target(url=origin.home, site=origin.host)
    structure = assemble.structure(target, visits, found.pages.values(), origin.as_of)
    found.columns = {column.record.url: column.record for column in structure.columns}
    found.records = {key: assemble.records(page, structure) for key, page in found.pages.items()}
    found.site = assemble.site_of(structure)
    return found


def rows_of(page: PageFacts) -> list[dict[str, Any]]:
    """Rows of a list or an answer as they are read today: title, date and address of every entry."""
    block = main_list(page)
    return [{"title": e.title, "date": e.date, "url": e.url} for e in block.entries] if block is not None else []


def main_list(page: PageFacts) -> Any:
    """The page's own list; of an answer the only one."""
    own = [block for block in page.lists if block.main] or (page.lists if page.kind == "data" else [])
    return own[0] if own else None
