"""`search-missing`, `search-not-found`, `search-not-grouped`: what the looks at the site's own search showed (D25).

Nothing is said where the search asked for a captcha, did not answer us, or is drawn by a script that nobody ran.
Source: 国办秘函〔2019〕19号, 站内搜索: 未提供或不可用 −4; 4 titles, not on the first page −1 each; results not grouped −1.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from govcrawl.checks.base import Report, SiteCheck, check, conclude, found, known_reason, not_checked, tried, unchecked
from govcrawl.model.facts import Visit
from govcrawl.model.findings import Finding, Outcome, RuleResult
from govcrawl.model.looks import SEARCH, SEARCH_DATA

MISSING, NOT_FOUND, NOT_GROUPED = "search-missing", "search-not-found", "search-not-grouped"
_GONE = (404, 410)
_BROKEN_STATUS = (*_GONE, 500, 501, 505)
"""What a search that is not there or out of order answers; 502, 503, 504, 521 and the like may be a proxy's or a shield's."""


@dataclass(slots=True)
class _Asked:
    """One title and what the search answered, plain and rendered."""

    title: str
    url: str
    guessed: tuple[str, ...] = ()
    """Beginnings of addresses that were only read in a script, which may be a dead one."""
    visits: list[Visit] = field(default_factory=list)

    @property
    def answers(self) -> list[dict[str, Any]]:
        return [v.seen for v in self.visits if v.seen is not None and v.seen.get("kind") == SEARCH]

    @property
    def hit(self) -> bool:
        return any(a["rank"] is not None for a in self.answers)

    @property
    def absent(self) -> bool:
        return not self.hit and any(a["absent"] and a["state"] in ("results", "nothing") for a in self.answers)

    @property
    def results(self) -> bool:
        """The search showed results, be they the right ones or not."""
        return self.hit or any(a["state"] == "results" and a["shown"] for a in self.answers)

    @property
    def broken(self) -> bool:
        """The search itself is out of order: it says so, or its address answers so. A shield before it says nothing about it."""
        if self.answers:  # what a script may still take away says nothing
            return all(a["state"] == "broken" for a in self.answers) and any(a["whole"] for a in self.answers)
        last = [(v.last.status, v.url) for v in self.visits if v.last is not None and v.last.status is not None]
        if any(status in _GONE and url.startswith(self.guessed) for status, url in last):
            return False
        return bool(last) and all(v.outcome == "failed" for v in self.visits) and all(status in _BROKEN_STATUS for status, _ in last)

    @property
    def reason(self) -> str:
        """Why nothing can be said."""
        if not self.visits:  # the requests that a search may have were spent on the titles before it
            return "budget"
        if any(a["state"] == "guarded" for a in self.answers):
            return "blocked"
        for visit in self.visits:
            if visit.outcome != "read" and visit.outcome != "redirected":
                return known_reason(visit.reason, "unreachable")
        return "unrendered" if self.answers else "no_data"


@check(MISSING, NOT_FOUND, NOT_GROUPED)
class Search(SiteCheck):
    """Judges the answers of the round of looks; it asks nothing itself."""

    def finish(self) -> Report:
        home = self.ctx.facts.home
        if home is None or self.ctx.home_reason:
            return unchecked(self.rules, self.ctx.home_reason or "unreachable")
        asked = self._asked()
        if not asked:
            return self._unasked()
        if all(a.broken for a in asked) and len(asked) > 1:
            return self._missing("搜索地址不能正常应答", asked)
        if all(a.absent and not a.results for a in asked) and len(asked) > 1:
            return self._missing(f"用{len(asked)}条已发布信息的标题搜索，均没有结果", asked)
        findings = [self._not_found(a) for a in asked if a.absent and any(other.results for other in asked)]
        known = sum(1 for a in asked if a.hit or a.absent)
        reason = Counter(a.reason for a in asked if not (a.hit or a.absent))
        why = max(sorted(reason), key=lambda r: reason[r]) if reason else "no_data"
        usable = sum(1 for a in asked if a.results)
        if known and usable:  # a title that nobody could tell about is named, or the rule would seem to have looked at all of them
            findings += [self._unknown(a) for a in asked if not (a.hit or a.absent)]
        results = [
            conclude(MISSING, [], usable, otherwise=(Outcome.NOT_CHECKED, why)),
            conclude(NOT_FOUND, findings, known if usable else 0, otherwise=(Outcome.NOT_CHECKED, why)),
        ]
        grouping, result = self._grouping(asked, why)
        return Report(findings=[*findings, *grouping], results=[*results, result])

    def _asked(self) -> list[_Asked]:
        known: dict[str, _Asked] = {}
        guessed = tuple(entry["url"] for entry in self._offered() if entry["by"] == "script" and entry["url"])
        for visit in sorted(self.ctx.facts.looks.values(), key=lambda v: v.url):
            asks = visit.context.asks
            if visit.context.strategy in (SEARCH, SEARCH_DATA) and asks:
                for title, url, *_ in asks:
                    known.setdefault(title, _Asked(title, url, guessed))
                known[asks[0][0]].visits.append(visit)
        return [known[title] for title in sorted(known)]

    def _offered(self) -> list[dict[str, Any]]:
        """How home page and columns offer a search."""
        facts = self.ctx.facts
        pages = [facts.home, *(c.page for c in facts.columns)]
        return [entry for page in pages if page is not None and (entry := page.notes.get("search"))]

    def _unasked(self) -> Report:
        """The search was never asked: there is none, or none that can be asked from outside."""
        facts, home = self.ctx.facts, self.ctx.facts.home
        assert home is not None
        pages = [v for v in facts.looks.values() if v.context.asks]
        if pages:  # a page that offers the search was asked, and gave none that can be asked
            visit = pages[0]
            reason = "unrendered" if visit.outcome == "read" else known_reason(visit.reason, "unreachable")
            return unchecked(self.rules, reason)
        if self._offered():
            return unchecked(self.rules, "no_data")
        if not home.rendered:
            return unchecked(self.rules, "unrendered")
        return self._missing("首页和栏目页均没有搜索入口", [])

    def _missing(self, observed: str, asked: list[_Asked]) -> Report:
        home = self.ctx.facts.home
        assert home is not None
        searched = {"what": "searched", "url": home.url, "places": ["搜索表单", "脚本中的搜索地址", "搜索链接"]}
        evidence = [row for a in asked for row in self._evidence(a)] or [searched]
        finding = found(
            self.ctx,
            MISSING,
            self.ctx.home_url,
            observed=observed,
            title=self.ctx.facts.site.name,
            evidence=evidence,
            snapshot=home.snapshot,
        )
        rest = [RuleResult(rule=rule, outcome=Outcome.NOT_APPLICABLE, reason="no_data") for rule in (NOT_FOUND, NOT_GROUPED)]
        return Report(findings=[finding], results=[conclude(MISSING, [finding], 1), *rest])

    def _not_found(self, asked: _Asked) -> Finding:
        shown = max((int(a["shown"]) for a in asked.answers), default=0)
        observed = f"结果第一页列出{shown}条信息，没有该条" if shown else "没有搜索结果"
        last = next((v for v in reversed(asked.visits) if v.last is not None), None)
        return found(
            self.ctx, NOT_FOUND, asked.url, value=asked.title, title=asked.title, observed=observed, evidence=self._evidence(asked),
            snapshot=last.last.snapshot if last is not None and last.last is not None else None,
        )  # fmt: skip

    def _unknown(self, asked: _Asked) -> Finding:
        return not_checked(
            self.ctx, NOT_FOUND, asked.url, asked.reason, f"用标题“{asked.title}”搜索", value=asked.title, title=asked.title,
            evidence=self._evidence(asked),
        )  # fmt: skip

    def _grouping(self, asked: list[_Asked], why: str) -> tuple[list[Finding], RuleResult]:
        shown = [
            (a, answer)
            for a in asked
            for answer in a.answers
            if answer["shown"] and (answer["state"] == "results" or answer["rank"] is not None)
        ]
        if any(len(answer["groups"]) > 1 or answer["tagged"] for _, answer in shown):
            return [], conclude(NOT_GROUPED, [], len(shown))
        whole = [a for a, answer in shown if answer["whole"]]
        if not whole:
            return [], conclude(NOT_GROUPED, [], 0, otherwise=(Outcome.NOT_CHECKED, "unrendered" if shown else why))
        evidence = self._evidence(whole[0])
        finding = found(
            self.ctx,
            NOT_GROUPED,
            self.ctx.home_url,
            observed="结果页没有分类栏，各条结果也没有标明类别",
            title=self.ctx.facts.site.name,
            evidence=evidence,
        )
        return [finding], conclude(NOT_GROUPED, [finding], len(shown))

    @staticmethod
    def _evidence(asked: _Asked) -> list[dict[str, Any]]:
        """Each request with its answer, and the first results it showed."""
        rows = []
        for visit in asked.visits:
            seen = visit.seen or {}
            shown = {"title": asked.title, "item": asked.url, "form": visit.context.form, "rendered": visit.rendered or None}
            told = {name: seen.get(name) for name in ("state", "shown", "first", "groups", "words")}
            extra = {name: value for name, value in {**shown, **told}.items() if value not in (None, [], "")}
            rows.append(tried(visit.last, **extra) if visit.last is not None else {"what": "GET", "url": visit.url, **extra})
        return rows
