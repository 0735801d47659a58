"""Facts of one site → records, findings, scorecard: the part of a run that needs no network. `inspect`, `score` and replay share it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from govcrawl import checks, reading, rulebook, scoring
from govcrawl.checks.base import CheckContext
from govcrawl.extract import assemble
from govcrawl.model.facts import RENDER, PageFacts, Visit
from govcrawl.model.findings import Finding, Issue
from govcrawl.model.items import Leader, Record, Snapshot
from govcrawl.model.looks import Look
from govcrawl.model.runs import Run
from govcrawl.model.site_facts import SiteFacts
from govcrawl.model.targets import Target
from govcrawl.rulebook.packs import Pack
from govcrawl.store.base import Store


class StoredPages:
    """The read pages of a site as a stream that can be started again, so that no site has to fit into memory.

    The home page under a second address (`/index.html`, `/county/index.shtml`: the same bytes) is left out: it is judged once.
    """

    def __init__(self, store: Store, run: str, site: str, home: PageFacts | None, *, links: bool = True) -> None:
        self._store, self._run, self._site, self._links = store, run, site, links
        self._home = home

    def __iter__(self) -> Iterator[PageFacts]:
        pages = self._store.pages(self._run, self._site, links=self._links)
        return (page for page in pages if not self._twin(page))

    def _twin(self, page: PageFacts) -> bool:
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
    light = StoredPages(store, run.id, site, home, links=False)
    structure = assemble.structure(target, visits, light, run.as_of, lambda url: store.page(run.id, site, url))
    kept = _Records(light, structure)
    store.put_records(run.id, site, kept)
    return assemble.site_facts(structure, store.records(run.id, site), StoredPages(store, run.id, site, home), looks)


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


class _Records:
    """All records of a site, personal data masked, one page at a time."""

    def __init__(self, pages: StoredPages, structure: assemble.Structure) -> None:
        self._pages, self._structure = pages, structure

    def __iter__(self) -> Iterator[Record]:
        done: set[tuple[str, str]] = set()
        shown: set[str | None] = set()
        """Names of leaders whose own page was read."""
        listed: list[Leader] = []
        for record in assemble.site_records(self._structure):
            done.add((record.kind, record.key))
            yield record
        for page in self._pages:
            private = any(hit.rule.startswith("privacy-") for hit in page.hits)
            for record in assemble.records(page, self._structure):
                if (record.kind, record.key) in done:
                    continue
                done.add((record.kind, record.key))
                if isinstance(record, Leader) and record.resume is None:
                    listed.append(record)
                    continue
                if isinstance(record, Leader):
                    shown.add(record.name)
                yield reading.masked(record) if private else record
        # a list names its leaders once more, without their resumes
        yield from (leader for leader in listed if leader.name not in shown)


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
        replace(f, run=run.id, as_of=run.as_of, first_seen=earlier.get(f.id, now), snapshot=f.snapshot or _bytes_of(f.url, facts))
        for f in scoring.assign(judged.findings, pack, as_of=run.as_of, facts=facts)
    ]
    findings.sort(key=lambda f: (f.site, f.rule, f.id))
    decisions = store.decisions()
    findings = scoring.with_reviews(findings, decisions, run.as_of)
    card = scoring.score(target, findings, judged.results, pack, drawn, decisions, facts=facts, as_of=run.as_of)
    return Judgement(findings, card, judged.issues, facts)


def _bytes_of(url: str, facts: SiteFacts) -> Snapshot | None:
    """The bytes that a finding about a missing thing was made from: those of the page it was missed on."""
    visit = facts.visits.get(url)
    return visit.last.snapshot if visit is not None and visit.outcome == "read" and visit.last is not None else None


def _draw(run: Run, target: Target, facts: SiteFacts, pack: Pack) -> dict[str, list[str]]:
    everything = run.sample == "all"
    return scoring.draw_all(run.seed, target.site, scoring.candidates(facts, pack, as_of=run.as_of), pack, everything=everything)
