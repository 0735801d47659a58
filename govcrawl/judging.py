"""Facts of one site → records, findings, scorecard: the part of a run that needs no network. `inspect`, `score` and replay share it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from govcrawl import checks, grounds, reading, rulebook, scoring, searching
from govcrawl.checks import probes
from govcrawl.checks.base import CheckContext
from govcrawl.checks.probe_window import window
from govcrawl.detect import masking
from govcrawl.extract import assemble
from govcrawl.model.facts import RENDER, PageFacts, Visit
from govcrawl.model.files import FileFacts
from govcrawl.model.findings import Finding, Issue
from govcrawl.model.items import NOT_READ, Attachment, Leader, Probe, Record, Snapshot
from govcrawl.model.looks import Look
from govcrawl.model.runs import Run
from govcrawl.model.site_facts import SiteFacts
from govcrawl.model.targets import Target
from govcrawl.page import addresses
from govcrawl.rulebook.packs import Pack
from govcrawl.store.base import Store
from govcrawl.text import normalise


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


def assembled(store: Store, run: Run, target: Target, *, draining: bool = False) -> SiteFacts:
    """Assemble a site's records from its pages and files, keep them in the store, and return what the checks look at.

    `draining`: attachments are still being read; those that wait for it have no record yet.
    """
    site = target.site
    looks = {v.url: v for v in store.looks(run.id, site)}
    home = store.page(run.id, site, target.url)
    structure, light, twins = _together(store, run, target, home)
    kept = _Records(light, structure, lambda url: store.document(run.id, site, url), draining=draining)
    store.put_records(run.id, site, kept, told=run.replay_of is None)
    rows = (_light(record) for kind in assemble.JUDGED for record in store.records(run.id, site, kind))
    facts = assemble.site_facts(structure, rows, StoredPages(store, run.id, site, home, twins=twins), looks)
    files = [file for file in store.documents(run.id, site, text=False) if any(part.hits for part in file.parts)]
    hits = {file.address(part): part.hits for file in files for part in file.parts if part.hits}
    private = {file.url for file in files if any(hit.rule.startswith("privacy-") for part in file.parts for hit in part.hits)}
    return replace(facts, private=frozenset(kept.private | private), file_hits=hits)


def structure_of(store: Store, run: Run, target: Target) -> assemble.Structure:
    """What all pages of a site say together, as the judging sees it; nothing is written."""
    return _together(store, run, target, store.page(run.id, target.site, target.url))[0]


def _together(store: Store, run: Run, target: Target, home: PageFacts | None) -> tuple[assemble.Structure, StoredPages, dict[str, str]]:
    """(structure, pages without links, twins)"""
    site = target.site
    visits = _visits(store, run.id, site)
    twins = _www_twins(store, run.id, target, visits)
    visits.update({url: replace(visits[url], outcome="redirected", redirect_to=kept) for url, kept in twins.items()})
    light = StoredPages(store, run.id, site, home, links=False, twins=twins)
    return assemble.structure(target, visits, light, run.as_of, lambda url: store.page(run.id, site, url)), light, twins


def _light(record: Record) -> Record:
    """A record as the checks need it: the texts of all of a site's files would not fit into memory, and no check reads them."""
    if isinstance(record, Attachment):
        record.text = None
    return record


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

    def __init__(
        self, pages: StoredPages, structure: assemble.Structure, file: Callable[[str], FileFacts | None], *, draining: bool
    ) -> None:
        self._pages, self._structure, self._file, self._draining = pages, structure, file, draining
        self.private: set[str] = set()
        """Addresses of pages with personal data; complete once all records were taken."""

    def __iter__(self) -> Iterator[Record]:
        done: set[tuple[str, str]] = set()
        shown: set[str | None] = set()
        """Names of leaders whose own page was read."""
        listed: list[Leader] = []
        for record in assemble.site_records(self._structure, self._file):
            done.add((record.kind, record.key))
            if not isinstance(record, Attachment):
                yield reading.masked(record, private=False)
            elif record.text_status != NOT_READ or not self._draining:
                # a file's name stands alone: what the page around it shows is not known here; its text was masked where its places were known
                yield replace(reading.masked(replace(record, text=None), private=True), text=record.text)
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
    facts = assembled(store, run, target, draining=True)
    store.put_draws(run.id, target.site, _draw(run, target, facts, pack))
    drawn = store.draws(run.id, target.site)
    return [*checks.looks(facts, drawn), *_search_looks(store, run, facts, pack, drawn)]


MOST_PAGES = 8
"""Column pages that are asked for a search where the home page offers none that can be asked."""


def _search_looks(store: Store, run: Run, facts: SiteFacts, pack: Pack, drawn: Mapping[str, list[str]]) -> list[Look]:
    """Ask the site's search for the drawn titles. Without one to be seen, the home page is looked at once more after its scripts ran."""
    home, site = facts.home, facts.target.site
    if home is None:
        return []
    clause = next((c.id for row in pack.indicators for c in row.clauses if any(m.rule == "search-not-found" for m in c.match)), None)
    asks: list[tuple[str, str]] = []
    platforms = {*facts.target.service_hosts, *facts.target.message_hosts}  # what stands there is for the platform's own search to find
    for url in drawn.get(clause or "", ()):
        if addresses.host(url) in platforms:
            continue
        page = store.page(run.id, site, url)
        title = normalise.squeeze(page.title or "") if page is not None else ""
        if len(title) >= searching.SHORTEST_TITLE:
            asks.append((title, url))
    columns = sorted((c.record.url for c in facts.columns), key=addresses.rank)[:MOST_PAGES]
    entries = [home.notes.get("search"), *(page.notes.get("search") for url in columns if (page := store.page(run.id, site, url)))]
    offered = [entry for entry in entries if entry]
    for entry in offered:
        if found := searching.looks_for(entry, asks, home.url):
            return found
    if not home.rendered and not any(entry["by"] == "box" for entry in offered):
        return [Look(kind="render", url=home.url, referer=None, home=True)]
    return []


def gathered(store: Store, run: Run, target: Target, pack: Pack) -> CheckContext:
    """What the checks of one site may look at, with its samples drawn."""
    facts = replace(assembled(store, run, target), probes=_probes(store, run, target, pack))
    store.put_draws(run.id, target.site, _draw(run, target, facts, pack))
    return CheckContext(
        facts=facts,
        rules=rulebook.rules(),
        param=pack.param,
        calendar=rulebook.calendar(),
        as_of=date.fromisoformat(run.as_of),
        drawn=store.draws(run.id, target.site),
        labels=rulebook.labels,
    )


def judge(store: Store, run: Run, target: Target, pack: Pack, now: str) -> Judgement:
    """Judge one site of a run from what the store holds, and score it."""
    context = gathered(store, run, target, pack)
    return concluded(store, run, target, pack, context, checks.judge(context), now)


def concluded(
    store: Store, run: Run, target: Target, pack: Pack, context: CheckContext, judged: checks.Judgement, now: str
) -> Judgement:  # fmt: skip
    """What the checks said, as the run's findings and scorecard."""
    facts, drawn = context.facts, context.drawn
    earlier = store.first_seen(target.site, now)
    findings = [
        masked(
            replace(f, run=run.id, as_of=run.as_of, first_seen=earlier.get(f.id, now), snapshot=f.snapshot or _bytes_of(f, facts)),
            facts,
        )
        for f in scoring.assign([*judged.findings, *_of_others(store, run, target.site)], pack, as_of=run.as_of, facts=facts)
    ]
    findings.sort(key=lambda f: (f.site, f.rule, f.id))
    decisions = store.decisions()
    findings = scoring.with_reviews(findings, decisions, run.as_of)
    card = scoring.score(target, findings, judged.results, pack, drawn, decisions, facts=facts, as_of=run.as_of)
    findings = grounds.witnessed(findings, run, facts, pack, drawn, store.folder / "snapshots")
    return Judgement(findings, card, judged.issues, facts)


def _of_others(store: Store, run: Run, site: str) -> list[Finding]:
    """Findings of other tools that were brought into a run, or into the crawl that it judges again, as they came."""
    kept = {f.id: f for name in (run.crawl, run.id) for f in store.findings(name, site) if f.source is not None}
    return [replace(f, evidence=f.evidence[:1], review=None, shot=None, snapshot=None, old=False) for f in kept.values()]


def _probes(store: Store, run: Run, target: Target, pack: Pack) -> tuple[Probe, ...]:
    """Availability probes of the window before `as_of`, whether they were made by the site's code or by its address alone."""
    since, until = window(date.fromisoformat(run.as_of), probes.standard(pack.param).window_days)
    names = dict.fromkeys((target.site, target.url.split("/")[2]))
    made = (probe for name in names for probe in store.probes(name, since, until))
    return tuple(probe for probe in made if probe.site == target.site or probe.url == target.url)


_TEXTS = ("message", "value", "snippet", "observed", "locator", "title", "evidence")


def masked(finding: Finding, facts: SiteFacts) -> Finding:
    """The finding without the personal numbers that stand in the texts it quotes: a dead link's name, a filled tag, a title."""
    private = finding.url in facts.private or finding.source_file is not None
    changes: dict[str, Any] = {name: masking.inside(getattr(finding, name), private=private) for name in _TEXTS}
    return replace(finding, **changes)


def _bytes_of(finding: Finding, facts: SiteFacts) -> Snapshot | None:
    """The bytes that a finding about a missing thing was made from: those of the page it was missed on. Probes keep none."""
    visit = facts.visits.get(finding.url) if finding.rule != probes.RULE else None
    return visit.last.snapshot if visit is not None and visit.outcome == "read" and visit.last is not None else None


def _draw(run: Run, target: Target, facts: SiteFacts, pack: Pack) -> dict[str, list[str]]:
    everything = run.sample == "all"
    return scoring.draw_all(run.seed, target.site, scoring.candidates(facts, pack, as_of=run.as_of), pack, everything=everything)
