"""`site-unreachable`: could the site be opened, by the probes of the week before the 监测时间点 (V2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from govcrawl import registry
from govcrawl.checks.base import CheckContext, Report, SiteCheck, check, conclude, found
from govcrawl.checks.probe_window import ALONE, BLOCKED, CLOSE, DOWN, OWN_SIDE, WORDS, Standard, Tally, Visit, tally, window
from govcrawl.model.findings import Finding, Outcome, RuleResult
from govcrawl.model.items import Probe
from govcrawl.model.targets import Target

RULE = "site-unreachable"
_SHOWN = 20
_LEFT_OUT = {
    OWN_SIDE: "对照站点也打不开或未对照", BLOCKED: "被防护系统拦截", ALONE: "只有一个拨测点打不开", CLOSE: "与上一次间隔过短",
}  # fmt: skip


def standard(param: Any) -> Standard:
    """The rule's parameters; `param(rule, name)` as `CheckContext.param`."""
    return Standard(
        window_days=int(param(RULE, "window_days")),
        probes_per_day=int(param(RULE, "probes_per_day")),
        limit_seconds=float(param(RULE, "limit_seconds")),
        share=Decimal(str(param(RULE, "share"))),
        apart_minutes=float(param(RULE, "apart_minutes")),
        together_seconds=float(param(RULE, "together_seconds")),
    )


def counted(probes: Iterable[Probe], target: Target, as_of: date, asked: Standard, *, claimed: bool = False) -> Tally:
    """The window of a site without its approved downtime.

    Args:
        claimed: leave out downtime that the registry names without its ground, too.
    """
    down = registry.downtime(target)
    told = down is not None and (claimed or bool(target.state_ground))

    def left_out(day: date) -> bool:
        return told and down is not None and down[0] <= day.isoformat() <= down[1]

    return tally(probes, as_of, asked, left_out)


def summary(probes: Iterable[Probe], target: Target, as_of: date, asked: Standard) -> dict[str, Any]:
    """A line for the receipt: what was probed in the window, what did not open, what is missing."""
    seen = counted(probes, target, as_of, asked)
    since, until = window(as_of, asked.window_days)
    return {
        "since": since, "until": until, "probes": seen.probes, "visits": len(seen.visits), "failed": len(seen.failed),
        "doubtful": len(seen.doubtful), "left_out": sum(seen.left_out.values()), "missing": seen.missing, "gaps": len(seen.silences),
        "places": sorted(seen.places), "approved_days": asked.window_days - len(seen.days),
    }  # fmt: skip


@check(RULE)
class SiteUnreachable(SiteCheck):
    """Fires when, of at least 20 spread visits on each of 7 days, 5 % or more did not open within 15 s.

    Not checked: fewer visits that count (the missing ones are told). To be decided by a person: shares that only reset connections, failed
    encryption or empty answers bring about, and downtime that the registry names without its ground. Not applicable: approved downtime all
    week; some days of it are left out. Source: 国办秘函〔2019〕19号, 站点无法访问.
    """

    def finish(self) -> Report:
        ctx, asked = self.ctx, standard(self.ctx.param)
        probes, target = ctx.facts.probes, ctx.facts.target
        seen = counted(probes, target, ctx.as_of, asked)
        if not seen.days:
            return Report(results=[RuleResult(rule=RULE, outcome=Outcome.NOT_APPLICABLE, reason="approved")])
        if not seen.probes:
            return Report(results=[RuleResult(rule=RULE, outcome=Outcome.NOT_CHECKED, reason="no_data")])
        if seen.missing:
            finding = self._too_few(seen, asked)
            return Report(findings=[finding], results=[conclude(RULE, [finding], 0)])
        excused = counted(probes, target, ctx.as_of, asked, claimed=True)
        outcome = _outcome(seen, excused, asked)
        findings = [] if outcome is Outcome.PASS else [self._unreachable(seen, excused, asked, outcome)]
        return Report(findings=findings, results=[conclude(RULE, findings, len(seen.visits))])

    def _too_few(self, seen: Tally, asked: Standard) -> Finding:
        need = len(seen.days) * asked.probes_per_day
        why = "，".join(f"{_LEFT_OUT[word]} {n} 次" for word, n in sorted(seen.left_out.items()))
        told = f"，另有不计入的：{why}" if why else ""
        text = f"网站能否打开：未检查（{len(seen.days)} 天内应间隔访问 {need} 次，有效访问 {len(seen.visits)} 次，尚缺 {seen.missing} 次{told}）"
        blocked = seen.left_out[BLOCKED] > len(seen.visits)
        return found(
            self.ctx, RULE, self.ctx.home_url, outcome=Outcome.NOT_CHECKED, message=text, reason="blocked" if blocked else "no_data",
            observed=f"{len(seen.visits)}/{need}", title=self.ctx.facts.site.name, evidence=_evidence(self.ctx, seen, asked),
        )  # fmt: skip

    def _unreachable(self, seen: Tally, excused: Tally, asked: Standard, outcome: Outcome) -> Finding:
        failed = [*seen.failed] if outcome is Outcome.FAIL else [*seen.failed, *seen.doubtful]
        parts = {
            "probes": len(seen.visits), "failed": len(failed), "limit": f"{asked.limit_seconds:g}", "share": percent(len(failed), len(seen.visits)),
        }  # fmt: skip
        finding = found(
            self.ctx, RULE, self.ctx.home_url, parts, outcome=outcome, observed=f"{len(failed)}/{len(seen.visits)}（{parts['share']}）",
            title=self.ctx.facts.site.name, evidence=_evidence(self.ctx, seen, asked),
        )  # fmt: skip
        if outcome is Outcome.NEEDS_REVIEW:
            unsaid = len(seen.days) - len(excused.days)
            why = [f"其中 {len(seen.doubtful)} 次连接被重置、加密失败或没有内容"] if seen.doubtful else []
            why += [f"名录登记“{self.ctx.facts.target.state}”的 {unsaid} 天没有批准文号"] if unsaid else []
            finding.message += f"；{'，'.join(why)}，需人工核实"
        return finding


def _outcome(seen: Tally, excused: Tally, asked: Standard) -> Outcome:
    def reached(failed: int, visits: int) -> bool:
        return bool(failed) and failed >= asked.share * visits

    if reached(len(seen.failed), len(seen.visits)):
        # where the registry knows of a downtime but not of its ground, only what lies outside it accuses
        sure = reached(len(excused.failed), len(excused.visits))
        return Outcome.FAIL if sure else Outcome.NEEDS_REVIEW
    if reached(len(seen.failed) + len(seen.doubtful), len(seen.visits)):
        return Outcome.NEEDS_REVIEW
    return Outcome.PASS


def percent(part: int, whole: int) -> str:
    share = (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return f"{share}%"


def _evidence(ctx: CheckContext, seen: Tally, asked: Standard) -> list[dict[str, Any]]:
    """Numerator, denominator, gaps, places, families, and each visit that did not open."""
    since, until = window(ctx.as_of, asked.window_days)
    rows: list[dict[str, Any]] = [
        {"what": "window", "from": since, "to": until, "days": len(seen.days), "limit": f"{asked.limit_seconds:g}秒"},
        {"what": "visits", "visits": len(seen.visits), "failed": len(seen.failed), "doubtful": len(seen.doubtful), "missing": seen.missing},
    ]
    target, down = ctx.facts.target, registry.downtime(ctx.facts.target)
    if down is not None and len(seen.days) < asked.window_days:
        rows.append(
            {"what": "approved", "from": target.state_from, "to": target.state_to, "ground": target.state_ground, "state": target.state}
        )
    rows += [{"what": "left_out", "reason": _LEFT_OUT[word], "count": n} for word, n in sorted(seen.left_out.items())]
    rows += [
        {"what": "probe_place", "place": place, "visits": sum(n for word, n in count.items() if word), "failed": count[DOWN]}
        for place, count in sorted(seen.places.items())
    ]
    rows += [
        {"what": "family", "family": name, "outcomes": "，".join(f"{WORDS[o]} {n}" for o, n in count.most_common())}
        for name, count in sorted(seen.families.items())
    ]
    longest = sorted(seen.silences, key=lambda gap: (-gap.hours, gap.start))[:_SHOWN]
    rows += [{"what": "gap", "from": g.start.isoformat(), "to": g.end.isoformat(), "hours": str(g.hours)} for g in longest]
    rows += _asked(seen.failed + seen.doubtful)
    return rows


def _asked(visits: Sequence[Visit]) -> list[dict[str, Any]]:
    chosen = sorted(visits, key=lambda v: v.at)[:_SHOWN]
    return [
        {
            "what": "GET", "at": p.at, "url": p.url, "status": p.status, "address": p.address, "error": WORDS[p.outcome], "family": p.address_family,
            "milliseconds": p.milliseconds, "probe_place": p.place, "control": p.control,
        }
        for visit in chosen
        for p in visit.probes
    ]  # fmt: skip
