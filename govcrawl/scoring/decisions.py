"""People's decisions on findings: what binds them to the evidence, and what they come to on a day."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from govcrawl.model.findings import UNIT_SEPARATOR, Finding, Review, finding_id
from govcrawl.scoring.ages import newest_on

State = Literal["none", "confirmed", "false_positive", "waived"]


_COUNTED_TO = re.compile(r"至(\d{4}-\d\d-\d\d)(?:已过?\d+(?:天|个工作日))?")
"""Matches the "至2026-11-16已119天" of "至2026-11-16已119天未答复" and the "至2026-11-16" of "至2026-11-16未公布结果"."""


def seen(finding: Finding) -> tuple[str, str, str]:
    """What was seen, whatever day it is judged on: the value, what was observed, the newest date.

    A count up to the 监测时间点 grows by itself: an unanswered letter on its 119th and on its 140th day is the same sight.
    """
    observed = _COUNTED_TO.sub(lambda said: "" if said[1] == finding.as_of else said[0], finding.observed or "")
    return finding.value or "", observed, newest_on(finding.with_(observed=observed)) or ""


def fingerprint(finding: Finding) -> str:
    """What a decision was made about: what was seen, and the quote. Times and network addresses stay out."""
    parts = (*seen(finding), finding.snippet or "")
    return hashlib.sha256(UNIT_SEPARATOR.join(parts).encode()).hexdigest()[:16]


def veto_id(site: str, indicator: str) -> str:
    """What decisions on a veto as a whole are bound to."""
    return finding_id("veto", site, indicator)


def veto_fingerprint(findings: Iterable[Finding]) -> str:
    """Evidence of a veto: the findings that make it, each with its own fingerprint."""
    parts = sorted(f"{f.id}{UNIT_SEPARATOR}{fingerprint(f)}" for f in findings)
    return hashlib.sha256(UNIT_SEPARATOR.join(parts).encode()).hexdigest()[:16]


@dataclass(slots=True, frozen=True)
class Standing:
    """What people's decisions on one finding come to."""

    state: State = "none"
    persons: tuple[str, ...] = ()
    """Who confirmed, in order, each once."""
    last: Review | None = None
    stale: bool = False
    """There are decisions, but the evidence has changed since: look again."""


def standing(reviews: Sequence[Review], evidence: str, as_of: str) -> Standing:
    """Follow the decisions in the order they were made; the last one holds.

    A 误报 holds as long as the evidence is the same; a 核减 only within its period; a later confirmation counts persons anew.
    """
    state: State = "none"
    persons: list[str] = []
    last: Review | None = None
    bound = [r for r in reviews if r.fingerprint == evidence]
    for review in bound:
        if review.decision == "confirmed":
            if state in ("false_positive", "waived"):
                persons = []
            if review.by not in persons:
                persons.append(review.by)
            state, last = "confirmed", review
        elif review.decision == "false_positive":
            state, last, persons = "false_positive", review, []
        elif review.decision == "waived" and covers(review, as_of):
            state, last = "waived", review
    return Standing(state, tuple(persons), last, stale=bool(reviews) and not bound)


def period(day: str) -> str:
    """Quarter of a day: `2026-11-16` → `2026-Q4`."""
    return f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"


def covers(review: Review, as_of: str) -> bool:
    """Whether a 核减 holds on a day: its period is the day's quarter, half, month or year; without one, the quarter it was given in."""
    given = review.period or period(review.at)
    half = f"{as_of[:4]}-H{1 if as_of[5:7] <= '06' else 2}"
    return given in (period(as_of), half, as_of[:7], as_of[:4])


class Decisions:
    """All decisions, ready to be asked."""

    def __init__(self, reviews: Iterable[Review], as_of: str) -> None:
        self._by_id: dict[str, list[Review]] = {}
        self._as_of = as_of
        for review in reviews:
            self._by_id.setdefault(review.finding, []).append(review)

    def on(self, finding: Finding) -> Standing:
        reviews = self._by_id.get(finding.id)
        return standing(reviews, fingerprint(finding), self._as_of) if reviews else Standing()

    def on_veto(self, site: str, indicator: str, findings: Iterable[Finding]) -> Standing:
        reviews = self._by_id.get(veto_id(site, indicator))
        return standing(reviews, veto_fingerprint(findings), self._as_of) if reviews else Standing()


def with_reviews(findings: Iterable[Finding], reviews: Iterable[Review], as_of: str) -> list[Finding]:
    """Findings with `review` filled: the decision that stands, by whom, when, and whether the evidence has changed since."""
    known = Decisions(reviews, as_of)
    done = []
    for finding in findings:
        stands = known.on(finding)
        done.append(finding.with_(review=_shown(stands)) if stands.last or stands.stale else finding)
    return done


def _shown(stands: Standing) -> Mapping[str, object]:
    last = stands.last
    return {
        "decision": last.decision if last else None,
        "by": list(stands.persons) or ([last.by] if last else []),
        "at": last.at if last else None,
        "ground": last.ground if last else None,
        "period": last.period if last else None,
        "approver": last.approver if last else None,
        "stale": stands.stale,
    }
