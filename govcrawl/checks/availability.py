"""`site-blocked`: a shield stands between us and the site. That is never "down" and never "empty", and nothing behind it is judged."""

from __future__ import annotations

from collections import Counter

from govcrawl.checks.base import Report, SiteCheck, check, found, tried, unchecked
from govcrawl.model.facts import DATA, PAGE, RENDER
from govcrawl.model.findings import Outcome, RuleResult
from govcrawl.page import answers

_SHOWN = 5


@check("site-blocked")
class SiteBlocked(SiteCheck):
    """Tells, always as `not_checked`, how many known pages stand behind a shield, a challenge page or 403/412/429.

    No finding where nothing was blocked. A site that did not answer at all is not blocked: then the rule could not be looked at.
    """

    def finish(self) -> Report:
        facts = self.ctx.facts
        own = [v for v in facts.visits.values() if v.context.role in (PAGE, DATA, RENDER)]
        blocked = sorted((v for v in own if v.outcome == "blocked"), key=lambda v: v.url)
        if not blocked:
            if reason := self.ctx.home_reason:
                return unchecked(self.rules, reason)
            return Report(results=[RuleResult(rule="site-blocked", outcome=Outcome.PASS, looked_at=len(own))])
        said = Counter(answers.in_print(v) for v in blocked)
        finding = found(
            self.ctx,
            "site-blocked",
            self.ctx.home_url,
            {"count": len(blocked)},
            outcome=Outcome.NOT_CHECKED,
            reason="blocked",
            observed="，".join(f"{answer} × {n}" for answer, n in sorted(said.items())),
            title=facts.site.name,
            evidence=[{"what": "blocked", "count": len(blocked), "known": len(own)}]
            + [tried(v.last) for v in blocked[:_SHOWN] if v.last is not None],
        )
        result = RuleResult(rule="site-blocked", outcome=Outcome.NOT_CHECKED, reason="blocked", findings=[finding.id])
        return Report(findings=[finding], results=[result])
