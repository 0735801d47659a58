"""What a re-check must fetch, rule by rule as data, and the plan of one site: what to ask first, and what to ask next by what came. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from govcrawl.checks.links import death
from govcrawl.extract import columns
from govcrawl.model.facts import ATTACHMENT, OUTSIDE, PAGE, RENDER, Context, Link, ListEntry, PageFacts, Visit
from govcrawl.model.files import INSIDE, FileFacts
from govcrawl.model.findings import Finding
from govcrawl.model.looks import Look
from govcrawl.model.site_facts import ColumnFacts
from govcrawl.page import addresses
from govcrawl.rectification.template import bears
from govcrawl.text import normalise

SHARED = 5
"""Pages that a finding of a template has at least (rules, Granularity)."""
SAMPLES = 2
"""Further pages of a template that are looked at before it counts as mended."""
MOST_NEW = 3
"""New links or entries that are followed for one finding."""
MOST_CHILDREN = 10
"""Columns below one that are read for it."""


@dataclass(slots=True, frozen=True)
class Need:
    """What must be read again before a rule's finding can be answered."""

    page: bool = True
    """The finding's own address."""
    parent: bool = False
    """The page whose list the finding's address stood on."""
    home: bool = False
    lists: tuple[str, ...] = ()
    """Column types whose lists are read."""
    children: bool = False
    """The lists below the column, where its own shows nothing new."""
    target: str | None = None
    """`look`: the value is an address that gets one more try beside a control host; `read`: it is read as in the run."""
    entries: bool = False
    """New entries without a date are read."""
    named: str | None = None
    """New links of the pages just read whose text matches are followed; `{value}` and `{type}` stand for the finding's value."""
    search: bool = False
    """The site's search is asked as in the run."""
    shared: bool = False
    """The defect may stand in a template: further pages that bore it are looked at."""
    marks: bool = False
    """What a script may still write is rendered."""
    kept: bool = False
    """The object judged (guide, letter, document) must still be there: a page that lost it says nothing."""


_PAGE, _OBJECT = Need(), Need(kept=True)
NEEDS: Mapping[str, Need] = {
    "home-stale": Need(entries=True),
    "column-stale": Need(children=True, entries=True),
    "column-due-soon": Need(children=True, entries=True),
    "column-blank": Need(),
    "column-missing": Need(named="{type}"),
    "item-undated": _PAGE,
    "date-conflict": Need(parent=True),
    "profile-outdated": _PAGE,
    "org-info-wrong": _PAGE,
    "leader-info-missing": _PAGE,
    "link-dead": Need(target="look", shared=True),
    "link-soft-404": Need(target="read", shared=True),
    "link-empty": Need(shared=True),
    "page-tag-missing": _PAGE,
    "footer-mark-missing": Need(shared=True, marks=True),
    "footer-mark-wrong": Need(shared=True, marks=True),
    "error-report-missing": Need(shared=True, marks=True),
    "error-report-wrong-code": Need(shared=True, marks=True),
    "domain-nonconforming": Need(home=True),
    "site-name-nonconforming": Need(home=True),
    "search-missing": Need(home=True, search=True),
    "search-not-found": Need(page=False, home=True, search=True),
    "search-not-grouped": Need(home=True, search=True),
    "doc-number-missing": _OBJECT,
    "doc-number-malformed": _OBJECT,
    "expired-not-marked": _OBJECT,
    "policy-not-interpreted": Need(lists=("政策解读",), named="解读", kept=True),
    "interpretation-not-linked": _OBJECT,
    "policy-not-linked-back": _OBJECT,
    "interpretation-excerpt-only": _OBJECT,
    "policy-unrelated": _OBJECT,
    "guide-missing": Need(named="{value}"),
    "guide-element-missing": _OBJECT,
    "guide-format-unclear": _OBJECT,
    "guide-vague": _OBJECT,
    "guide-basis-name-only": _OBJECT,
    "guide-form-missing": Need(named="表|申请书|样本|样表|模板|下载", kept=True),
    "guide-materials-inconsistent": _OBJECT,
    "services-not-grouped": _PAGE,
    "message-unanswered": _OBJECT,
    "reply-late": _OBJECT,
    "reply-perfunctory": _OBJECT,
    "message-field-missing": _OBJECT,
    "messages-not-public": Need(lists=("咨询建言",), entries=True),
    "message-stats-missing": Need(home=True, lists=("咨询建言",), named="统计|办理情况"),
    "consultation-no-feedback": Need(named="反馈|结果|采纳", kept=True),
    "interview-stale": Need(children=True, entries=True),
    **dict.fromkeys(
        (
            "severe-wording", "typo", "outdated-name", "sensitive-word", "advertising", "illegal-link", "hidden-link", "page-tampered",
            "name-inconsistent", "doc-number-conflict", "privacy-id-number", "privacy-phone", "privacy-bank-card", "privacy-passport",
            "privacy-address", "privacy-health", "privacy-id-photo",
        ),
        _PAGE,
    ),
}  # fmt: skip
"""Rule → need. What is not named here (accounts, probes, tickets, IPv6, secrecy) no re-crawl of pages can answer: a person does."""


class Before(Protocol):
    """The site as the run saw it."""

    home: str

    def visit(self, url: str) -> Visit | None: ...
    def page(self, url: str) -> PageFacts | None: ...
    def search(self, finding: Finding) -> Sequence[Look]:
        """The run's requests to the site's search that the finding rests on."""
        ...

    @property
    def columns(self) -> Sequence[ColumnFacts]: ...
    def own(self, url: str) -> bool: ...


class Now(Protocol):
    """What this re-check has fetched so far."""

    def visit(self, url: str) -> Visit | None: ...
    def page(self, url: str) -> PageFacts | None: ...
    def look(self, url: str) -> Visit | None: ...
    def file(self, url: str) -> FileFacts | None:
        """What was read of an attachment."""
        ...


@dataclass(slots=True)
class Pursuit:
    """One open finding under re-check."""

    finding: Finding
    need: Need | None
    """Null: nothing that is fetched can answer it."""
    wanted: list[str] = field(default_factory=list)
    """Addresses that must have been read for any answer."""
    samples: list[str] = field(default_factory=list)
    """Further pages of its template."""
    new: int = 0
    moved_to: str | None = None
    replaced_by: str | None = None
    """The address that its link now leads to."""


def end_of(url: str, now: Now) -> Visit | None:
    """Where an address leads now; null when it was not asked."""
    visit = now.visit(url)
    for _ in range(10):
        onward = now.visit(visit.redirect_to) if visit is not None and visit.redirect_to else None
        if onward is None:
            break
        visit = onward
    return visit


def is_gone(visit: Visit, page: PageFacts | None) -> bool:
    """Whether an answer says that there is no such page (404, 410, or the site's own error page)."""
    status = visit.last.status if visit.last is not None else None
    return (visit.outcome == "failed" and status in (404, 410)) or (page is not None and page.kind == "error")


class SitePlan:
    """All open findings of one site, and what is asked for them. Each address is asked once, whatever it is needed for."""

    def __init__(self, findings: Iterable[Finding], before: Before, pages: Callable[[], Iterable[PageFacts]]) -> None:
        """`pages` streams the pages of the run with their links; only findings of a template need it."""
        self.before = before
        self.pursued = {f.id: Pursuit(f, NEEDS.get(f.rule)) for f in findings}
        self._asked: set[tuple[str, str]] = set()
        self._first = True
        self._sample(pages)

    def more(self, now: Now) -> tuple[list[tuple[str, Context]], list[Look]]:
        """What to ask next: addresses with their contexts, and looks; both empty when everything that can be known is known."""
        found: list[tuple[str, Context]] = []
        looks: list[Look] = []
        for pursuit in self.pursued.values():
            if pursuit.need is None:
                continue
            wanted = self._begin(pursuit, pursuit.need) if self._first else self._follow(pursuit, pursuit.need, now)
            for one in wanted:
                if isinstance(one, Look):
                    if self._fresh(one.url, f"look {one.form or ''}"):
                        looks.append(one)
                elif self._fresh(one[0], RENDER if one[1].role == RENDER else "page"):
                    found.append(one)
        self._first = False
        return found, looks

    def _fresh(self, url: str, how: str) -> bool:
        known = (url, how) in self._asked
        self._asked.add((url, how))
        return not known

    def _as_read(self, url: str, parent: str | None = None) -> tuple[str, Context]:
        """An address with the context it was read with in the run: that is part of how it is understood."""
        known = self.before.visit(url)
        if known is not None and known.context.role not in (RENDER, "look"):
            return url, replace(known.context, hops=0)
        if url == self.before.home:
            return url, Context(home=True)
        return url, Context(role=PAGE if self.before.own(url) else OUTSIDE, parent=parent)

    # -- first

    def _begin(self, pursuit: Pursuit, need: Need) -> Iterator[tuple[str, Context] | Look]:
        finding = pursuit.finding
        urls = [finding.url] if need.page else []
        if need.home or finding.url == self.before.home:
            urls.append(self.before.home)
        if need.parent and (visit := self.before.visit(finding.url)) is not None and visit.context.parent:
            urls.append(visit.context.parent)
        if finding.source_file:
            urls.append(finding.source_file.partition(INSIDE)[0])
        urls += [c.record.url for c in self.before.columns if need.lists and c.record.type in need.lists and not c.external]
        pursuit.wanted = list(dict.fromkeys(urls))
        for url in (*pursuit.wanted, *pursuit.samples):
            yield self._as_read(url, finding.url if url == (finding.source_file or "").partition(INSIDE)[0] else None)
        if need.search:
            yield from self.before.search(finding)

    def _sample(self, pages: Callable[[], Iterable[PageFacts]]) -> None:
        """Choose the further pages of each template: those that are read anyway come first, then the shallowest."""
        shared = [p for p in self.pursued.values() if p.need is not None and p.need.shared and p.finding.pages >= SHARED]
        if not shared:
            return
        anyway = {p.finding.url for p in self.pursued.values()}
        originals = {p.finding.id: self.before.page(p.finding.url) for p in shared}
        ranked: dict[str, list[tuple[bool, int, str]]] = {p.finding.id: [] for p in shared}
        for page in pages():
            rank = (page.url not in anyway, *addresses.rank(page.url))
            for p in shared:
                best = ranked[p.finding.id]
                if (
                    page.url != p.finding.url
                    and (len(best) < SAMPLES or rank < best[-1])
                    and bears(p.finding, page, originals[p.finding.id])
                ):
                    best.append(rank)
                    best.sort()
                    del best[SAMPLES:]
        for p in shared:
            p.samples = [url for _, _, url in ranked[p.finding.id]]

    # -- then

    def _follow(self, pursuit: Pursuit, need: Need, now: Now) -> Iterator[tuple[str, Context] | Look]:
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
        if need.marks:
            yield from self._rendered(pursuit, now)
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
        yield self._as_read(place)
        listing = now.page(place)
        if listing is None or pursuit.moved_to:
            return
        for title, url in _rows(listing):
            if normalise.compact(title) in titles and addresses.key(url) != addresses.key(finding.url) and self.before.own(url):
                pursuit.moved_to = url
                yield self._as_read(url, place)
                return

    def _target(self, pursuit: Pursuit, need: Need, now: Now) -> Iterator[tuple[str, Context] | Look]:
        finding, value = pursuit.finding, pursuit.finding.value or ""
        bearing = next((url for url in (finding.url, *pursuit.samples) if _bears_now(finding, url, now)), None)
        if bearing is not None:
            again = now.visit(value)
            if need.target == "read" and again is None:
                yield self._as_read(value, bearing)
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

    def _rendered(self, pursuit: Pursuit, now: Now) -> Iterator[tuple[str, Context]]:
        for url in (pursuit.finding.url, *pursuit.samples):
            page = now.page(url)
            if page is not None and page.marks_doubtful:
                _, context = self._as_read(url)
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
            yield self._as_read(url, finding.url)

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


_FILE = re.compile(r"\.(?:docx?|xlsx?|wps|et|pdf|ofd|zip|rar)(?:\?|$)", re.I)
"""Matches "/files/a.doc", not "/a.doc/index.html"."""


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
