"""调查征集 and 在线访谈: is a survey's result published within a month of its end, does the interview column still live.

Source: B7 调查征集 (in print 未得分, not 扣分); interviews by local tables (江门 3 months), no points in the national one.
"""

from __future__ import annotations

import re
from typing import Any

from govcrawl.checks.base import CheckContext, Report, SiteCheck, check, conclude, found, not_checked
from govcrawl.checks.seen import SeenPages, about, before, columns_of, hidden, is_old, lives_outside, nothing_there
from govcrawl.model.facts import PageFacts
from govcrawl.model.findings import Finding, Outcome, RuleResult
from govcrawl.model.items import Consultation
from govcrawl.text import dates, normalise, similarity

_RESULT = re.compile(
    r"(?:结果|采纳情况|情况)的?(?:反馈|公告|公示|公布|通报|说明)|(?:反馈|采纳)(?:情况|结果)|征集(?:情况|结果)|(?:调查|征求意见|征集意见)的?结果|结果反馈|意见的?(?:采纳|反馈)$"
)
"""Titles of a published result: matches `关于…征求意见情况的反馈`, `…调查结果公布`; not `关于…征求意见的公告`."""
_FRAME = re.compile(
    r"关于|公开|向社会|征求|征集|意见建议|意见|建议|公告|通知|的|结果|反馈|情况|采纳|公示|公布|调查|问卷|网上|报告|说明|（[^（）]*）|\([^()]*\)|《|》|[：:“”\s]"
)
"""Words that every survey's title shares; what is left names its subject: `关于《…办法》公开征求意见的公告` → `…办法`."""


def result_is_late(closed_on: str, shown_on: str | None, months: int, as_of: str) -> bool:
    """Whether the result came, or at `as_of` is due, more than n months after the end."""
    return closed_on < dates.months_before(shown_on or as_of, months)


def subject(title: str) -> str:
    return _FRAME.sub("", normalise.compact(title))


def is_result_of(result_title: str, survey_title: str) -> bool:
    """Whether another item's title says that it is the result of this survey."""
    if not _RESULT.search(normalise.compact(result_title)):
        return False
    told, asked = subject(result_title), subject(survey_title)
    return len(told) >= 4 and len(asked) >= 4 and (told in asked or asked in told or similarity.ratio(told, asked) >= 0.85)


@check("consultation-no-feedback")
class Feedback(SiteCheck):
    """A survey that ended over a month ago. One without a closing day is not judged; a result under its own title counts."""

    def __init__(self, ctx: CheckContext) -> None:
        super().__init__(ctx)
        self.seen = SeenPages()
        self.results: list[tuple[str, str, str | None]] = []
        """(title, address, day) of everything on the site that calls itself a result."""
        self.told: set[str] = set()
        """Surveys whose page shows a result without a day or number."""

    def page(self, p: PageFacts) -> None:
        self.seen.add(p)
        if p.title and _RESULT.search(normalise.compact(p.title)):
            self.results.append((p.title, p.url, p.dates[0].value if p.dates else None))
        self.told |= {str(item.get("key") or p.url) for item in p.items if item.get("kind") == "consultation" and item.get("_feedback")}
        for block in p.lists:
            self.results += [(e.title, e.url, e.date) for e in block.entries if _RESULT.search(normalise.compact(e.title))]

    def finish(self) -> Report:
        rule, ctx = "consultation-no-feedback", self.ctx
        months, as_of = int(ctx.param(rule, "feedback_months")), ctx.as_of.isoformat()
        findings: list[Finding] = []
        judged = 0
        for survey in ctx.facts.consultations:
            if _RESULT.search(normalise.compact(survey.title or "")):
                continue  # the page is itself the result of a survey
            if survey.closed_on is None or not result_is_late(survey.closed_on, None, months, as_of):
                continue
            shown_on, told = self._result(survey)
            parts = {"object_key": survey.key, "closed": survey.closed_on}
            old = is_old(ctx, rule, survey.closed_on)
            if told and (shown_on is None or shown_on > as_of or not result_is_late(survey.closed_on, shown_on, months, as_of)):
                judged += 1
                continue
            if not told and (reason := self.seen.reason(ctx, survey.url)):
                findings.append(
                    not_checked(ctx, rule, survey.url, reason, f"“{survey.title}”的结果反馈", parts, old=old, **about(survey, "page"))
                )
                continue
            judged += 1
            observed = f"{shown_on}才公布结果" if told else f"至{as_of}未公布结果"
            labels = [word for key in ("feedback", "feedback_on") for word in ctx.labels("consultation").get(key, ())]
            seen: dict[str, Any] = {
                "what": "survey", "opened_on": survey.opened_on, "closed_on": survey.closed_on, "feedback_on": shown_on, "labels": labels,
                "results_on_site": len(self.results),
            }  # fmt: skip
            findings.append(found(ctx, rule, survey.url, parts, observed=observed, evidence=[seen], old=old, **about(survey, "page")))
        return Report(findings=findings, results=[conclude(rule, findings, judged, otherwise=nothing_there(ctx, "征集调查"))])

    def _result(self, survey: Consultation) -> tuple[str | None, bool]:
        """(day, whether a result is shown); a result without a day is taken as in time."""
        if survey.feedback_on:
            return survey.feedback_on, True
        if survey.feedback_count is not None or (survey.key or survey.url) in self.told:
            return None, True
        days = [day for title, url, day in self.results if url != survey.url and is_result_of(title, survey.title or "")]
        return (None, True) if None in days else (min((d for d in days if d), default=None), bool(days))


@check("interview-stale")
class Interviews(SiteCheck):
    """A 在线访谈 column with nothing in it within the window. It alone judges that column: an empty one is stale too."""

    def finish(self) -> Report:
        rule, ctx = "interview-stale", self.ctx
        columns = columns_of(ctx, "在线访谈")
        if not columns:
            outcome, reason = nothing_there(ctx, "在线访谈")
            return Report(results=[RuleResult(rule=rule, outcome=outcome, reason=reason)])
        if any(c.record.state in ("archived", "maintenance") for c in columns):
            return Report(results=[RuleResult(rule=rule, outcome=Outcome.NOT_APPLICABLE, reason="no_limit")])
        reason_word = "external_platform" if lives_outside(columns) or any(c.external for c in columns) else hidden(ctx, columns)
        if reason_word:
            return Report(results=[RuleResult(rule=rule, outcome=Outcome.NOT_CHECKED, reason=reason_word)])
        as_of, limit = ctx.as_of.isoformat(), int(ctx.param(rule, "window_months"))
        dated = sorted((row for c in columns for row in c.newest if row[0] <= as_of), reverse=True)
        if not dated and any(c.entries for c in columns):
            return Report(results=[RuleResult(rule=rule, outcome=Outcome.NOT_CHECKED, reason="no_data")])
        newest = dated[0][0] if dated else None
        if newest is not None and newest >= before(ctx, limit):
            return Report(results=[RuleResult(rule=rule, outcome=Outcome.PASS, looked_at=len(dated))])
        column = columns[0].record
        evidence: list[dict[str, Any]] = [
            {"what": "newest", "newest_on": day, "url": url, "source": source} for day, url, source in dated[:5]
        ]
        evidence.append({"what": "window", "from": before(ctx, limit), "to": as_of, "columns": [c.record.url for c in columns]})
        parts = {"object_key": column.key, "newest": newest or "无", "limit": limit}
        observed = f"最近一次为{newest}" if newest else "栏目内没有访谈"
        finding = found(ctx, rule, column.url, parts, object="column", title=column.name, observed=observed, evidence=evidence)
        return Report(findings=[finding], results=[conclude(rule, [finding], 1)])
