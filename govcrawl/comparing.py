"""Two runs compared, site by site: what is new, persists, was mended, came back, or was not looked at the second time.

comparing.changes(store, older, newer, target, findings, card)   Difference
comparing.lines(run_a, run_b, store=, as_json=)                  what `govcrawl diff` prints

Silence proves no repair: a problem is mended only where its rule was checked and its very page (column, file, link's target) was looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from typing import Any

from govcrawl import history
from govcrawl.model.files import INSIDE
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.runs import Run
from govcrawl.model.targets import Target
from govcrawl.pinning import known_run, target_of
from govcrawl.report.receipt import gone
from govcrawl.report.summary import difference, not_compared, unreached
from govcrawl.report.view import Difference, accused, compare
from govcrawl.store.base import Store, open_existing

_TOLD = ("pass", "fail", "needs_review", "not_applicable")
_UNREAD_FILE = ("password", "damaged", "unknown", "too_large", "timeout", "crashed", "not_fetched", "not_read")


class Sight:
    """What a run looked at on one site, as far as a finding of another run asks."""

    def __init__(self, store: Store, run: Run, site: str, findings: Iterable[Finding], card: Mapping[str, Any] | None) -> None:
        self._store, self._run, self._site = store, run, site
        rows = list(findings)
        self.accused = accused(rows)
        self._unchecked = {f.id for f in rows if f.outcome is Outcome.NOT_CHECKED}
        self._rules = {row["rule"]: row["outcome"] for row in (card or {}).get("rules", [])}
        self._seen: dict[str, str] | None = None

    def saw(self, finding: Finding) -> bool:
        """Whether the run would have found it again, had it still been there. What another tool found was never ours to find."""
        if finding.source is not None:
            return False
        if finding.id in self._unchecked or self._rules.get(finding.rule) not in _TOLD:
            return False
        if finding.object == "site":
            return True
        if not self._page(finding.url):
            return False
        if finding.source_file and not self._file(finding.source_file):
            return False
        return finding.value is None or self._outcome(finding.value) != "skipped"

    def _outcome(self, url: str) -> str | None:
        """read, gone (the site says that there is no such page), redirected, failed, blocked, skipped; null for an unknown address."""
        if self._seen is None:
            self._seen = {}
            for visit in self._store.visits(self._run.id, self._site):  # a page comes before its rendering, which says nothing against it
                self._seen.setdefault(visit.url, "gone" if gone(visit) else visit.outcome)
        return self._seen.get(url)

    def _page(self, url: str) -> bool:
        outcome = self._outcome(url)
        if outcome != "read":
            return outcome in ("gone", "redirected")
        page = self._store.page(self._run.id, self._site, url)
        return page is not None and (page.rendered or page.needs_script not in ("list", "body"))

    def _file(self, address: str) -> bool:
        url, _, inner = address.partition(INSIDE)
        outcome = self._outcome(url)
        if outcome != "read":
            return outcome == "gone"
        file = self._store.document(self._run.id, self._site, url)
        parts = [part for part in file.parts if part.path == inner] if file is not None else []
        return bool(parts) and parts[0].text_status not in _UNREAD_FILE and not parts[0].unseen


def changes(store: Store, older: Run, newer: Run, target: Target, findings: list[Finding], card: Mapping[str, Any] | None) -> Difference:
    """What the newer run says of a site (`findings`, `card`) against the older one."""
    site = target.site
    sight = Sight(store, newer, site, findings, card)
    known = store.findings(older.id, site)
    first = compare(known, findings, sight.saw)
    back = _History(store, older, target, known)
    for finding in list(first.new):
        word = back.of(finding)
        if word is not None:
            first.new.remove(finding)
            getattr(first, word).append(finding)
    return first


class _History:
    """What became of a problem before and in the older of two runs that does not report it."""

    def __init__(self, store: Store, older: Run, target: Target, findings: list[Finding]) -> None:
        self._runs = history.crawls_before(store, older, target.site)[::-1]
        self._store, self._site = store, target.site
        self._sights: list[Sight] = [self._sight(older, findings)]

    def of(self, finding: Finding) -> str | None:
        """`reopened` where it was there, then seen to be mended, in runs up to the older one; `persisting` where it was there and nobody looked
        since; null where no run reported it."""
        mended = False
        for number in range(len(self._runs) + 1):
            sight = self._at(number)
            if finding.id in sight.accused:
                return "reopened" if mended else "persisting"
            mended = mended or sight.saw(finding)
        return None

    def _at(self, number: int) -> Sight:
        while len(self._sights) <= number:
            run = self._runs[len(self._sights) - 1]
            self._sights.append(self._sight(run, self._store.findings(run.id, self._site)))
        return self._sights[number]

    def _sight(self, run: Run, findings: list[Finding]) -> Sight:
        return Sight(self._store, run, self._site, findings, card_of(self._store, run, self._site))


def card_of(store: Store, run: Run, site: str) -> dict[str, Any] | None:
    return next((card for card in store.scorecards(run.id) if card["site"] == site), None)


def remarks(store: Store, older: Run, newer: Run) -> list[str]:
    """What a person must know before he reads the differences as what became of the sites: other rules, a replay, the wrong order of the days."""
    said = [
        f"两个批次的{word}不同：差异可能来自{word}，而不是网站"
        for name, word in (("pack", "指标版本"), ("rulebook", "规则"))
        if getattr(older, name) != getattr(newer, name)
    ]
    said += [
        f"{history.told(run)}：没有重新访问网站，差异可能来自规则、指标版本或监测时间点"
        for run in (older, newer)
        if run.replay_of is not None
    ]
    if older.as_of > newer.as_of:
        said.append(
            f"先后颠倒：批次 {older.id} 的监测时间点 {older.as_of} 晚于批次 {newer.id} 的 {newer.as_of}，“新发现”与“已整改”的含义相反"
        )
    elif older.as_of == newer.as_of and history.began(store, older) > history.began(store, newer):
        said.append(f"两个批次的监测时间点相同（{older.as_of}），批次 {older.id} 的网页却取得更晚：请确认先后")
    return said


def lines(run_a: str, run_b: str, *, store: str, as_json: bool, say: Callable[[str], None] = lambda text: None) -> list[str]:
    """What run B says against run A, one site after the other; a site that one of them did not inspect is named, not compared.

    Raises:
        UsageError: a run is not known.
    """
    with closing(open_existing(store)) as opened:
        older, newer = known_run(opened, run_a), known_run(opened, run_b)
        for remark in remarks(opened, older, newer):
            say(remark)
        for run in (older, newer):
            names = {row["site"]: row.get("name") or row["site"] for row in run.targets}
            if missed := unreached((names.get(r["site"], r["site"]), r) for r in opened.receipts(run.id)):
                say(f"批次 {run.id} 未能查全：{'；'.join(missed)}")
        done = {run.id: {card["site"] for card in opened.scorecards(run.id)} for run in (older, newer)}
        out: list[str] = []
        for row in [*newer.targets, *(r for r in older.targets if r["site"] not in {t["site"] for t in newer.targets})]:
            target = target_of(row)
            missing = [run for run in (older, newer) if target.site not in done[run.id]]
            if missing:
                out += not_compared(target, missing[0], as_json=as_json) if len(missing) == 1 else []
                continue
            findings = opened.findings(newer.id, target.site)
            out += difference(target, changes(opened, older, newer, target, findings, card_of(opened, newer, target.site)), as_json=as_json)
        return out
