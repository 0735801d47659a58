"""事项公开: the items stand in one place, classified.

Source: D10 事项公开 of 国办秘函〔2019〕19号. Not judged for units without 对外服务职能; a platform elsewhere is `not_checked: external_platform`.
"""

from __future__ import annotations

from collections.abc import Sequence

from govcrawl.checks.base import CheckContext, Report, SiteCheck, check, conclude, found
from govcrawl.checks.guides import without_services
from govcrawl.checks.seen import SeenPages, columns_of, hidden, lives_outside
from govcrawl.model.facts import PageFacts
from govcrawl.model.findings import Outcome, RuleResult
from govcrawl.model.site_facts import ColumnFacts


@check("services-not-grouped")
class Grouped(SiteCheck):
    """Items must stand in one place, classified (by topic, department, person …). Sites with a handful of items need no classes."""

    def __init__(self, ctx: CheckContext) -> None:
        super().__init__(ctx)
        self.seen = SeenPages()
        self.groups: dict[str, list[str]] = {}
        self.lists: dict[str, int] = {}

    def page(self, p: PageFacts) -> None:
        self.seen.add(p)
        groups = p.notes.get("service_groups")
        if groups:
            self.groups[p.url] = [str(g) for g in groups] if isinstance(groups, list) else [str(groups)]
        if p.kind == "guide_list":
            self.lists[p.column_url or p.url] = self.lists.get(p.column_url or p.url, 0) + sum(len(b.entries) for b in p.lists if b.main)

    def finish(self) -> Report:
        rule, ctx = "services-not-grouped", self.ctx
        if not ctx.facts.target.public_services:
            return without_services(rule)
        columns = columns_of(ctx, "办事服务")
        items = len(ctx.facts.guides) or sum(self.lists.values())
        if any(len(groups) >= int(ctx.param(rule, "min_groups")) for groups in self.groups.values()):
            return Report(results=[RuleResult(rule=rule, outcome=Outcome.PASS, looked_at=max(items, 1))])
        if reason := self._cannot_tell(columns, items):
            return Report(results=[RuleResult(rule=rule, outcome=Outcome.NOT_CHECKED, reason=reason)])
        if items < int(ctx.param(rule, "min_items")):
            return Report(results=[RuleResult(rule=rule, outcome=Outcome.PASS, looked_at=items)])
        where = columns[0].record.url if columns else min(self.lists, key=lambda u: (-self.lists[u], u), default=ctx.home_url)
        seen = {
            "what": "searched",
            "columns": [c.record.url for c in columns][:10],
            "lists": dict(sorted(self.lists.items())[:20]),
            "items": items,
        }
        finding = found(
            ctx,
            rule,
            where,
            {"object_key": ""},
            observed=f"{items}个事项未见分类",
            evidence=[seen, {"what": "groups", "found": self.groups}],
        )
        return Report(findings=[finding], results=[conclude(rule, [finding], items)])

    def _cannot_tell(self, columns: Sequence[ColumnFacts], items: int) -> str | None:
        ctx = self.ctx
        if reason := ctx.home_reason:
            return reason
        if lives_outside(columns) or any(c.external or c.record.link_only for c in columns):
            return "external_platform"
        if reason := hidden(ctx, columns):
            return reason
        if any(url in self.seen.unrendered for url in [*self.lists, *(c.record.url for c in columns)]):
            return "unrendered"
        return None if columns and items else "no_data"
