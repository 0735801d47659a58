"""The plan of a site's re-check: what to ask first for all its open findings. Pure; what to ask next by what came is `following`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from govcrawl.model.facts import RENDER, Context, PageFacts
from govcrawl.model.files import INSIDE
from govcrawl.model.findings import Finding
from govcrawl.model.looks import Look
from govcrawl.page import addresses
from govcrawl.rectification.following import Following
from govcrawl.rectification.needs import NEEDS, Need
from govcrawl.rectification.pursuit import Before, Now, Pursuit
from govcrawl.rectification.template import bears

SHARED = 5
"""Pages that a finding of a template has at least (rules, Granularity)."""
SAMPLES = 2
"""Further pages of a template that are looked at before it counts as mended."""


class SitePlan:
    """All open findings of one site, and what is asked for them. Each address is asked once, whatever it is needed for."""

    def __init__(self, findings: Iterable[Finding], before: Before, pages: Callable[[], Iterable[PageFacts]]) -> None:
        """`pages` streams the pages of the run with their links; only findings of a template need it."""
        self.before = before
        self.pursued = {f.id: Pursuit(f, NEEDS.get(f.rule) if f.source is None else None) for f in findings}
        self._asked: set[tuple[str, str]] = set()
        self._next = Following(before)
        self._first = True
        self._sample(pages)

    def more(self, now: Now) -> tuple[list[tuple[str, Context]], list[Look]]:
        """What to ask next: addresses with their contexts, and looks; both empty when everything that can be known is known."""
        found: list[tuple[str, Context]] = []
        looks: list[Look] = []
        for pursuit in self.pursued.values():
            if pursuit.need is None:
                continue
            wanted = self._begin(pursuit, pursuit.need) if self._first else self._next.of(pursuit, pursuit.need, now)
            for one in wanted:
                if isinstance(one, Look):
                    if self._fresh(one.url, "look"):
                        looks.append(one)
                elif self._fresh(one[0], RENDER if one[1].role == RENDER else "page"):
                    found.append(one)
        self._first = False
        return found, looks

    def _fresh(self, url: str, how: str) -> bool:
        known = (url, how) in self._asked
        self._asked.add((url, how))
        return not known

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
            yield self._next.as_read(url, finding.url if url == (finding.source_file or "").partition(INSIDE)[0] else None)
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
