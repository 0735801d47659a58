"""What a re-check asks next for a finding, by what came: where the page went, the link's new target, lists below, new entries, new links. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from govcrawl.checks.links import death
from govcrawl.extract import columns
from govcrawl.model.facts import ATTACHMENT, OUTSIDE, PAGE, RENDER, Context, Link, ListEntry, PageFacts
from govcrawl.model.findings import Finding
from govcrawl.model.looks import Look
from govcrawl.page import addresses
from govcrawl.rectification.needs import Need
from govcrawl.rectification.pursuit import Before, Now, Pursuit, end_of, is_gone
from govcrawl.rectification.template import bears
from govcrawl.text import normalise

MOST_NEW = 3
"""New links or entries that are followed for one finding."""
MOST_CHILDREN = 10
"""Columns below one that are read for it."""
_FILE = re.compile(r"\.(?:docx?|xlsx?|wps|et|pdf|ofd|zip|rar)(?:\?|$)", re.I)
"""Matches "/files/a.doc", not "/a.doc/index.html"."""


@dataclass(slots=True, frozen=True)
class Following:
    """One step after the other, until nothing more can be known."""

    before: Before

    def as_read(self, url: str, parent: str | None = None) -> tuple[str, Context]:
        """An address with the context it was read with in the run: that is part of how it is understood."""
        known = self.before.visit(url)
        if known is not None and known.context.role not in (RENDER, "look"):
            return url, replace(known.context, hops=0)
        if url == self.before.home:
            return url, Context(home=True)
        return url, Context(role=PAGE if self.before.own(url) else OUTSIDE, parent=parent)

    def of(self, pursuit: Pursuit, need: Need, now: Now) -> Iterator[tuple[str, Context] | Look]:
        """Addresses with their contexts, and looks, that the finding calls for now."""
        finding = pursuit.finding
        if need.page:
            end = end_of(finding.url, now)
            if end is None:
                return
            page = now.page(end.url)
            if is_gone(end, page) or (end.outcome == "redirected" and end.redirect_to is None):
                yield from self._searched_for(pursuit, now)
                return
        if need.target:
            yield from self._target(pursuit, need, now)
        if need.marks or need.search:
            yield from self._rendered(pursuit, need, now)
        if need.children:
            yield from self._below(pursuit, now)
        if need.entries:
            yield from self._entries(pursuit, now)
        if need.named:
            yield from self._named(pursuit, need.named, now)

    def _searched_for(self, pursuit: Pursuit, now: Now) -> Iterator[tuple[str, Context]]:
        """The page is gone: does the list it stood on show its title at another address?"""
        finding = pursuit.finding
        was, visit = self.before.page(finding.url), self.before.visit(finding.url)
        titles = {normalise.compact(t) for t in (was.title if was else None, visit.context.anchor if visit else None) if t}
        titles = {t for t in titles if len(t) >= 4}
        place = visit.context.parent if visit is not None else None
        if not titles or not place or place == finding.url:
            return
        yield self.as_read(place)
        listing = now.page(place)
        if listing is None or pursuit.moved_to:
            return
        for title, url in _rows(listing):
            if normalise.compact(title) in titles and addresses.key(url) != addresses.key(finding.url) and self.before.own(url):
                pursuit.moved_to = url
                yield self.as_read(url, place)
                return

    def _target(self, pursuit: Pursuit, need: Need, now: Now) -> Iterator[tuple[str, Context] | Look]:
        finding, value = pursuit.finding, pursuit.finding.value or ""
        bearing = next((url for url in (finding.url, *pursuit.samples) if _bears_now(finding, url, now)), None)
        if bearing is not None:
            again = now.visit(value)
            if need.target == "read" and again is None:
                yield self.as_read(value, bearing)
                return
            end = end_of(value, now)
            if need.target == "look" or (end is not None and end.outcome == "failed" and death(end.last)):
                yield self._look(end.url if end is not None and need.target == "read" else value, bearing)
            return
        link = self._replacement(finding, now)
        if link is not None:
            pursuit.replaced_by = link.url
            known = self.before.visit(link.url)
            if known is None or known.outcome not in ("read", "redirected"):
                yield self._look(link.url, finding.url)

    def _look(self, url: str, bearing: str) -> Look:
        home = self.before.home
        return Look(kind="again", url=url, referer=bearing, control=bearing if self.before.own(url) else home)

    def _replacement(self, finding: Finding, now: Now) -> Link | None:
        """The link that stands where the dead one stood: the same words, another target."""
        end = end_of(finding.url, now)
        page = now.page(end.url) if end is not None else None
        words = normalise.compact(finding.snippet or "")
        if page is None or len(words) < 2:
            return None
        was = self.before.page(finding.url)
        old = {link.url for link in was.links} if was is not None else set()
        return next((x for x in page.links if x.url and x.url not in old and normalise.compact(x.text) == words), None)

    def _rendered(self, pursuit: Pursuit, need: Need, now: Now) -> Iterator[tuple[str, Context]]:
        """What a script may still write; that a page has no search box only its rendering says."""
        for url in (pursuit.finding.url, *pursuit.samples):
            page = now.page(url)
            if page is not None and (page.marks_doubtful or (need.search and not page.rendered)):
                _, context = self.as_read(url)
                yield url, replace(context, role=RENDER, anchor=None)

    def _below(self, pursuit: Pursuit, now: Now) -> Iterator[tuple[str, Context]]:
        """Lists below a column, unless its own list already shows something newer than the run saw."""
        finding = pursuit.finding
        column = next((c for c in self.before.columns if c.record.url == finding.url), None)
        if column is None or not column.children:
            return
        newest = finding.observed or ""
        page = now.page(finding.url)
        if page is not None and any((e.date or "") > newest for e in _entries_of(page)):
            return
        children = column.children[:MOST_CHILDREN]
        pursuit.wanted = list(dict.fromkeys([*pursuit.wanted, *children]))
        for url in children:
            yield self.as_read(url, finding.url)

    def _entries(self, pursuit: Pursuit, now: Now) -> Iterator[tuple[str, Context]]:
        for url in pursuit.wanted:
            page = now.page(url)
            for entry in _entries_of(page) if page is not None else ():
                if pursuit.new >= MOST_NEW:
                    return
                if (
                    not entry.date
                    and not entry.outside
                    and entry.url
                    and self.before.visit(entry.url) is None
                    and now.visit(entry.url) is None
                ):
                    pursuit.new += 1
                    yield entry.url, Context(role=PAGE, parent=url, anchor=entry.title)

    def _named(self, pursuit: Pursuit, words: str, now: Now) -> Iterator[tuple[str, Context]]:
        value = pursuit.finding.value or ""
        pattern = re.compile(re.escape(normalise.compact(value)) if words == "{value}" else words)
        for url in pursuit.wanted:
            page = now.page(url)
            for link in page.links if page is not None else ():
                if pursuit.new >= MOST_NEW:
                    return
                known = self.before.visit(link.url)
                unread = known is None or known.outcome not in ("read", "redirected")
                text = normalise.compact(link.text)
                fits = columns.type_of(link.text) == value if words == "{type}" else bool(text and pattern.search(text))
                if (
                    link.url
                    and link.tag == "a"
                    and not link.hidden
                    and fits
                    and unread
                    and self.before.own(link.url)
                    and now.visit(link.url) is None
                ):
                    pursuit.new += 1
                    role = ATTACHMENT if _FILE.search(link.url) else PAGE
                    yield link.url, Context(role=role, parent=url, anchor=link.text)


def _bears_now(finding: Finding, url: str, now: Now) -> bool:
    end = end_of(url, now)
    page = now.page(end.url) if end is not None else None
    return page is not None and bears(finding, page)


def _entries_of(page: PageFacts) -> Iterator[ListEntry]:
    return (entry for block in page.lists for entry in block.entries)


def _rows(page: PageFacts) -> Iterator[tuple[str, str]]:
    """(title, address) of everything a page leads to, its lists first."""
    yield from ((entry.title, entry.url) for entry in _entries_of(page) if entry.url)
    yield from ((link.text, link.url) for link in page.links if link.url and link.tag == "a")
