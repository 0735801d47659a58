"""Samples: what a sampled clause may draw from, and the draw, which anybody can repeat from seed, site and clause."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from govcrawl.checks import interpretation, policy
from govcrawl.model.facts import OUTSIDE
from govcrawl.model.findings import UNIT_SEPARATOR, Finding
from govcrawl.model.items import PolicyDocument
from govcrawl.model.site_facts import SiteFacts
from govcrawl.rulebook.packs import Pack
from govcrawl.scoring.ages import object_days
from govcrawl.text import dates, normalise

CONTENT_PAGES = frozenset({"content", "policy", "interpretation"})
_NO_COLUMN_PAGE = frozenset({"home", "static", "data", "error", "shield", "frame", "attachment", "search"})


def draw(seed: str, site: str, clause: str, candidates: Iterable[str], size: int) -> list[str]:
    """Draw `size` candidates, sorted by address; all of them where there are no more than that.

    sha256(seed ␟ site ␟ clause) seeds the generator, so that seed, site and clause alone decide over the sorted candidates.
    """
    pool = sorted(set(candidates))
    if len(pool) <= size:
        return pool
    digest = hashlib.sha256(UNIT_SEPARATOR.join((seed, site, clause)).encode()).digest()
    return sorted(random.Random(int.from_bytes(digest, "big")).sample(pool, size))


def draw_all(
    seed: str, site: str, candidates: Mapping[str, Sequence[str]], pack: Pack, *, everything: bool = False
) -> dict[str, list[str]]:
    """Draw every sampled clause once. Clauses that share a sample (D13-1 … D13-5) get the same objects.

    Args:
        candidates: clause → addresses, as `candidates` gives them.
        everything: score every object (rehearsals).
    """
    drawn: dict[str, list[str]] = {}
    for clause, addresses in candidates.items():
        row = pack.clause(clause)
        if row is None or row.sample is None:
            continue
        size = len(addresses) if everything else pack.samples[row.sample].size
        drawn[clause] = draw(seed, site, row.sample, addresses, size)
    return drawn


def candidates(facts: SiteFacts, pack: Pack, *, as_of: str | None = None) -> dict[str, list[str]]:
    """Clause → addresses it may draw from, sorted. Clauses that do not apply to the unit are left out.

    `as_of` (YYYY-MM-DD) keeps out what lies beyond a clause's lookback; without it, nothing is kept out.
    """
    days = object_days(facts)
    known = _pools(facts, pack, as_of)
    result: dict[str, list[str]] = {}
    for indicator in pack.indicators:
        if indicator.public_services and not facts.target.public_services:
            continue
        for clause in indicator.clauses:
            if clause.sample is None:
                continue
            first = dates.months_before(as_of, clause.lookback_months) if as_of and clause.lookback_months else ""
            addresses = known.get(pack.samples[clause.sample].of, set())
            result[clause.id] = sorted(url for url in addresses if days.get(url, "9999") >= first)
    return result


def in_sample(finding: Finding, drawn: Iterable[str]) -> int:
    """How many of the drawn objects a finding is about: by its address, its value (the interpretation not linked back) or its evidence."""
    names = {finding.url, finding.value or "", item_key(finding.url, finding.value), item_key(finding.url, finding.title)}
    names |= {str(entry["url"]) for entry in finding.evidence if finding.pages > 1 and entry.get("url")}
    return sum(1 for address in drawn if address in names)


def item_key(url: str, name: str | None) -> str:
    """Name of a service item in a sample where several stand on one page: `…/index.html#新生儿登记`."""
    return f"{url}#{name}" if name else url


def pool(facts: SiteFacts, pack: Pack, as_of: str | None) -> list[PolicyDocument]:
    """Documents that D7 asks an interpretation of, interpreted or not: the site's own, of kinds that need one, still in force."""
    rule = "policy-not-interpreted"
    exclude, keep = pack.param(rule, "exclude"), pack.param(rule, "keep")
    own = interpretation.own_names((facts.target.organizer, facts.site.organizer, facts.target.name, facts.site.name))
    over = policy.abolished(facts.documents, as_of) if as_of else {}
    chosen = []
    for doc in facts.documents:
        if not doc.title or not interpretation.is_own(doc, own) or interpretation.left_out(doc, exclude, keep):
            continue
        term = policy.own_term(doc)
        if policy.marked(doc) or doc.url in over or (as_of and term and term[0] < as_of):
            continue
        if not (as_of and (day := doc.issued_on or doc.published_on) and day > as_of):
            chosen.append(doc)
    return chosen


def service_items(facts: SiteFacts) -> dict[str, bool]:
    """Every service item of the site → whether it can be judged here (its page was read, or it has none).

    An item is named by its address; where several share one (a list without links, guides on one page), by address and name.
    """
    return _Walk.over(facts).items


@dataclass(slots=True)
class _Walk:
    """What one pass over the outlines of a site's pages gives; a site may have 20,000 of them."""

    content: set[str] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    items: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def over(cls, facts: SiteFacts) -> _Walk:
        walk = cls()
        count = Counter(g.url for g in facts.guides)
        for guide in facts.guides:
            walk.items[guide.url if count[guide.url] == 1 else item_key(guide.url, guide.item_name)] = True
        columns = {c.record.url for c in facts.columns if c.record.state != "static" and c.record.type != "静态页面"}
        for url, page in facts.outlines.items():
            if page.first and page.kind not in _NO_COLUMN_PAGE:
                if page.kind == "list" or (url in columns and page.kind not in CONTENT_PAGES):
                    walk.columns.add(url)
                elif page.kind in CONTENT_PAGES and url not in columns:
                    walk.content.add(url)
            walk._listed(facts, page.column_url or url, page.items, count)
        return walk

    def _listed(self, facts: SiteFacts, column: str, rows: Iterable[tuple[str, str]], guides: Counter[str]) -> None:
        for url, title in rows:
            if not title.strip():
                continue
            if not url:
                self.items[item_key(column, normalise.squeeze(title))] = True
            elif url not in guides:
                visit = facts.visits.get(url)
                self.items[url] = visit is not None and visit.outcome == "read" and visit.context.role != OUTSIDE


def _pools(facts: SiteFacts, pack: Pack, as_of: str | None) -> dict[str, set[str]]:
    """What samples are drawn from, by the names that packs use."""
    walk = _Walk.over(facts)
    guides = {g.url for g in facts.guides}
    return {
        "documents": {d.url for d in pool(facts, pack, as_of)},
        "interpretations": {i.url for i in facts.interpretations},
        "services": {item for item, judged in walk.items.items() if judged},
        "guides": guides,
        "messages": {m.url for m in facts.messages if m.reply or m.replied_on},
        "titles": walk.content | guides,
        "content_pages": walk.content,
        "column_pages": walk.columns,
    }
