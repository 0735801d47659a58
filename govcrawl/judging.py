"""Facts of one site → records, findings, scorecard: the part of a run that needs no network. `inspect`, `score` and replay share it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from govcrawl import checks, reading, rulebook, scoring
from govcrawl.checks.base import CheckContext
from govcrawl.detect import masking
from govcrawl.extract import assemble
from govcrawl.model.facts import RENDER, PageFacts, Visit
from govcrawl.model.findings import Finding, Issue
from govcrawl.model.items import Attachment, Leader, Record, Snapshot
from govcrawl.model.looks import Look
from govcrawl.model.runs import Run
from govcrawl.model.site_facts import SiteFacts
from govcrawl.model.targets import Target
from govcrawl.page import addresses
from govcrawl.rulebook.packs import Pack
from govcrawl.store.base import Store


class StoredPages:
    """The read pages of a site as a stream that can be started again, so that no site has to fit into memory.

    The home page under a second address (`/index.html`, `/county/index.shtml`: the same bytes) is left out: it is judged once. So are the
    `twins` of pages that were read under the site's own host too.
    """

    def __init__(
        self, store: Store, run: str, site: str, home: PageFacts | None, *, links: bool = True, twins: Collection[str] = ()
    ) -> None:
        self._store, self._run, self._site, self._links = store, run, site, links
        self._home, self._twins = home, twins

    def __iter__(self) -> Iterator[PageFacts]:
        pages = self._store.pages(self._run, self._site, links=self._links)
        return (page for page in pages if not self._twin(page))

    def _twin(self, page: PageFacts) -> bool:
        if page.url in self._twins:
            return True
        home = self._home
        if home is None or home.snapshot is None or page.snapshot is None or page.url == home.url:
            return False
        return page.snapshot.sha256 == home.snapshot.sha256


@dataclass(slots=True)
class Judgement:
    findings: list[Finding]
    scorecard: dict[str, Any]
    issues: list[Issue]
    facts: SiteFacts


def assembled(store: Store, run: Run, target: Target) -> SiteFacts:
    """Assemble a site's records from its pages, keep them in the store, and return what the checks look at."""
    site = target.site
    visits = _visits(store, run.id, site)
    looks = {v.url: v for v in store.looks(run.id, site)}
    home = store.page(run.id, site, target.url)
    twins = _www_twins(store, run.id, target, visits)
    visits.update({url: replace(visits[url], outcome="redirected", redirect_to=kept) for url, kept in twins.items()})
    light = StoredPages(store, run.id, site, home, links=False, twins=twins)
    structure = assemble.structure(target, visits, light, run.as_of, lambda url: store.page(run.id, site, url))
    kept = _Records(light, structure)
    store.put_records(run.id, site, kept)
    rows = (record for kind in assemble.JUDGED for record in store.records(run.id, site, kind))
    facts = assemble.site_facts(structure, rows, StoredPages(store, run.id, site, home, twins=twins), looks)
    return replace(facts, private=frozenset(kept.private))


def _visits(store: Store, run: str, site: str) -> dict[str, Visit]:
    """Address → what became of it. A rendering is part of its page's visit: where it failed, the page has been read all the same."""
    visits: dict[str, Visit] = {}
    for visit in store.visits(run, site):
        known = visits.get(visit.url)
        if visit.context.role == RENDER and known is not None:
            visits[visit.url] = replace(known, rendered=visit.outcome == "read")
        else:
            visits[visit.url] = visit
    return visits


def _www_twins(store: Store, run: str, target: Target, visits: dict[str, Visit]) -> dict[str, str]:
    """Pages that were read under `www.` and without it: address under the other host → address under the site's own.

    Where a site links to both (`http://qinghe.gov.cn/tzgg/` on `www.qinghe.gov.cn`), each column would be stale, and each page lack its tags,
    twice. Same path, and the same bytes or at least the same title: a bare host may also show something else than its `www.`.
    """
    first = visits.get(target.url)
    own = addresses.host((first.redirect_to if first is not None else None) or target.url)
    bare = addresses.without_www(own)
    other = bare if own != bare else f"www.{bare}"
    found = {}
    for url, visit in visits.items():
        if visit.outcome != "read" or addresses.host(url) != other or url == target.url:
            continue
        rest = url.partition("://")[2].replace(other, own, 1)
        kept = next((k for k in (f"http://{rest}", f"https://{rest}") if k in visits and visits[k].outcome == "read"), None)
        if kept is not None and (_digest(visit) == _digest(visits[kept]) or _same_title(store, run, target.site, url, kept)):
            found[url] = kept
    return found


def _digest(visit: Visit) -> str:
    taken = visit.last.snapshot if visit.last is not None else None
    return taken.sha256 if taken is not None else visit.url


def _same_title(store: Store, run: str, site: str, url: str, other: str) -> bool:
    here, there = store.page(run, site, url), store.page(run, site, other)
    return here is not None and there is not None and bool(here.head_title) and here.head_title == there.head_title


class _Records:
    """All records of a site, personal data masked, one page at a time."""

    def __init__(self, pages: StoredPages, structure: assemble.Structure) -> None:
        self._pages, self._structure = pages, structure
        self.private: set[str] = set()
        """Addresses of pages with personal data; complete once all records were taken."""

    def __iter__(self) -> Iterator[Record]:
        done: set[tuple[str, str]] = set()
        shown: set[str | None] = set()
        """Names of leaders whose own page was read."""
        listed: list[Leader] = []
        for record in assemble.site_records(self._structure):
            done.add((record.kind, record.key))
            # a file's name stands alone: what the page around it shows is not known here
            yield reading.masked(record, private=isinstance(record, Attachment))
        for page in self._pages:
            private = any(hit.rule.startswith("privacy-") for hit in page.hits)
            if private:
                self.private.add(page.url)
            for record in assemble.records(page, self._structure):
                if (record.kind, record.key) in done:
                    continue
                done.add((record.kind, record.key))
                if isinstance(record, Leader) and record.resume is None:
                    listed.append(record)
                    continue
                if isinstance(record, Leader):
                    shown.add(record.name)
                yield reading.masked(record, private=private)
        # a list names its leaders once more, without their resumes
        yield from (reading.masked(leader) for leader in listed if leader.name not in shown)


def looks(store: Store, run: Run, target: Target, pack: Pack) -> list[Look]:
    """Draw the samples (once) and say what must be fetched a second time."""
    facts = assembled(store, run, target)
    store.put_draws(run.id, target.site, _draw(run, target, facts, pack))
    return checks.looks(facts, store.draws(run.id, target.site))


def judge(store: Store, run: Run, target: Target, pack: Pack, now: str) -> Judgement:
    """Judge one site of a run from what the store holds, and score it."""
    facts = assembled(store, run, target)
    store.put_draws(run.id, target.site, _draw(run, target, facts, pack))
    drawn = store.draws(run.id, target.site)
    rules = rulebook.rules()
    context = CheckContext(
        facts=facts,
        rules=rules,
        param=pack.param,
        calendar=rulebook.calendar(),
        as_of=date.fromisoformat(run.as_of),
        drawn=drawn,
        labels=rulebook.labels,
    )
    judged = checks.judge(context)
    earlier = store.first_seen(target.site, now)
    findings = [
        _masked(
            replace(f, run=run.id, as_of=run.as_of, first_seen=earlier.get(f.id, now), snapshot=f.snapshot or _bytes_of(f.url, facts)),
            facts,
        )
        for f in scoring.assign(judged.findings, pack, as_of=run.as_of, facts=facts)
    ]
    findings.sort(key=lambda f: (f.site, f.rule, f.id))
    decisions = store.decisions()
    findings = scoring.with_reviews(findings, decisions, run.as_of)
    card = scoring.score(target, findings, judged.results, pack, drawn, decisions, facts=facts, as_of=run.as_of)
    return Judgement(findings, card, judged.issues, facts)


_TEXTS = ("message", "value", "snippet", "observed", "locator", "title", "evidence")


def _masked(finding: Finding, facts: SiteFacts) -> Finding:
    """The finding without the personal numbers that stand in the texts it quotes: a dead link's name, a filled tag, a title."""
    private = finding.url in facts.private
    changes: dict[str, Any] = {name: masking.inside(getattr(finding, name), private=private) for name in _TEXTS}
    return replace(finding, **changes)


def _bytes_of(url: str, facts: SiteFacts) -> Snapshot | None:
    """The bytes that a finding about a missing thing was made from: those of the page it was missed on."""
    visit = facts.visits.get(url)
    return visit.last.snapshot if visit is not None and visit.outcome == "read" and visit.last is not None else None


def _draw(run: Run, target: Target, facts: SiteFacts, pack: Pack) -> dict[str, list[str]]:
    everything = run.sample == "all"
    return scoring.draw_all(run.seed, target.site, scoring.candidates(facts, pack, as_of=run.as_of), pack, everything=everything)
