"""Where a defect stands, and when many pages share it: a block that five pages bear is one finding on the shallowest of them.

Source: rules, "Granularity": one finding a page and value; a defect in a block that ≥ 5 pages share (header, footer, navigation) is one
finding on the shallowest page that bears it, with `pages` = how many.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from govcrawl.model.facts import PageFacts
from govcrawl.model.items import Snapshot
from govcrawl.model.site_facts import SiteFacts
from govcrawl.page import addresses

SHARED = 5
"""Pages that must bear a block before it counts as shared."""
EVERYWHERE = 20
"""A defect in the body of this many pages, and of half the site, stands in the template, whatever region it was taken for."""
BODY = "body"


@dataclass(slots=True, frozen=True)
class Place:
    """One place of one page: small enough to be kept for every defect of a site."""

    url: str
    home: bool
    title: str | None = None
    locator: str | None = None
    text: str = ""
    tag: str = ""
    region: str = BODY
    observed: str | None = None
    snapshot: Snapshot | None = None

    @property
    def rank(self) -> tuple[bool, int, str]:
        """Ties: home page, then fewest path segments, then smallest address."""
        return (not self.home, *addresses.rank(self.url))


@dataclass(slots=True)
class _Block:
    best: Place
    others: list[Place] = field(default_factory=list)
    """All places while they are fewer than SHARED; empty afterwards."""
    pages: int = 1
    last: str = ""


class Places:
    """Collects the places of defects by key, page after page, and says at the end which are one finding."""

    def __init__(self) -> None:
        self._blocks: dict[str, _Block] = {}
        self._bodies: dict[str, list[Place]] = {}

    def add(self, key: str, place: Place) -> None:
        """Note a place. A second place of the same key in the same part of the same page adds nothing."""
        if place.region == BODY:
            places = self._bodies.setdefault(key, [])
            if not places or places[-1].url != place.url:
                places.append(place)
            return
        block = self._blocks.get(key)
        if block is None:
            self._blocks[key] = _Block(best=place, others=[place], last=place.url)
            return
        if block.last == place.url:
            return
        block.last = place.url
        block.pages += 1
        block.best = min(block.best, place, key=lambda p: p.rank)
        block.others = [*block.others, place] if block.pages < SHARED else []

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._blocks.keys() | self._bodies.keys()))

    def __contains__(self, key: str) -> bool:
        return key in self._blocks or key in self._bodies

    def of(self, key: str, judged: int) -> Iterator[tuple[Place, int]]:
        """The findings of one key as (place, number of pages); at most one a page. `judged` = pages of the site that were looked at."""
        taken: set[str] = set()
        block = self._blocks.get(key)
        if block is not None:
            for place in [block.best] if block.pages >= SHARED else sorted(block.others, key=lambda p: p.rank):
                taken.add(place.url)
                yield place, block.pages if block.pages >= SHARED else 1
        bodies = self._bodies.get(key, [])
        if len(bodies) >= EVERYWHERE and 2 * len(bodies) >= judged:
            best = min(bodies, key=lambda p: p.rank)
            if best.url not in taken:
                yield best, len(bodies)
            return
        for place in bodies:
            if place.url not in taken:
                yield place, 1

    def one(self, key: str) -> tuple[Place, int]:
        """The shallowest place of a key and how many pages bear it at all: for what is told once (`not_checked`)."""
        bodies = self._bodies.get(key, [])
        block = self._blocks.get(key)
        best = min([*bodies, *([block.best] if block else [])], key=lambda p: p.rank)
        return best, max(len(bodies), block.pages if block else 0)


def is_home(facts: SiteFacts, url: str) -> bool:
    """Whether this is the home page, also under its index file's name and as the address that leads on to it."""
    homes = {facts.target.url, facts.home.url if facts.home is not None else facts.target.url}
    return url in homes or addresses.key(url) in {addresses.key(home) for home in homes}


def place_of(facts: SiteFacts, p: PageFacts, *, url: str | None = None, region: str = "footer", observed: str | None = None) -> Place:
    """The place of a defect that belongs to a page as a whole (a missing mark, a missing entry)."""
    return Place(
        url=url or p.url,
        home=is_home(facts, url or p.url),
        title=p.title or p.head_title,
        region=region,
        observed=observed,
        snapshot=p.snapshot,
    )


def front_pages(facts: SiteFacts) -> frozenset[str]:
    """Pages that count as home page for D22: the home page, and the second-level pages of a home page that only leads on."""
    if facts.home is None:
        return frozenset()
    urls = {facts.home.url}
    if facts.navigation_only_home:
        urls.update(row[1] for row in facts.home.navigation if len(row) > 1 and row[1])
        urls.update(link.url for link in facts.home.links if link.url and link.tag in ("a", "area"))
    return frozenset(urls)
