"""What the object checks (policy, services, interaction) ask about every object: was its page seen whole, where does it live, is it old."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from govcrawl.checks.base import CheckContext, known_reason
from govcrawl.model.facts import PageFacts
from govcrawl.model.findings import Outcome
from govcrawl.model.items import Record
from govcrawl.model.site_facts import ColumnFacts
from govcrawl.text import dates, normalise


@dataclass(slots=True)
class SeenPages:
    """Which of the read pages were not seen whole: parts of them are written by a script that was not run."""

    unrendered: set[str] = field(default_factory=set)

    def add(self, p: PageFacts) -> None:
        if p.needs_script and not p.rendered:
            self.unrendered.add(p.url)

    def reason(self, ctx: CheckContext, url: str) -> str | None:
        """Why nothing may be said about what is *absent* from this page; null when it was seen whole."""
        if url in self.unrendered:
            return "unrendered"
        return unread(ctx, url)


def unread(ctx: CheckContext, url: str) -> str | None:
    """Why an address of the site was not read; null when it was, or when nothing is known of it (records stand on read pages)."""
    visit = ctx.facts.visits.get(url)
    if visit is None or visit.outcome in ("read", "redirected"):
        return None
    return known_reason(visit.reason, "blocked" if visit.outcome == "blocked" else "unreachable")


def columns_of(ctx: CheckContext, *types: str) -> list[ColumnFacts]:
    """Columns of these types, shallowest first."""
    found = [c for c in ctx.facts.columns if c.record.type in types]
    return sorted(found, key=lambda c: (c.record.level, c.record.url))


def type_of(ctx: CheckContext) -> dict[str, str]:
    """Address of a column → its type."""
    return {c.record.url: c.record.type for c in ctx.facts.columns}


def lives_outside(columns: Iterable[ColumnFacts]) -> bool:
    """True when there are columns and every one of them only leads to another platform."""
    known = list(columns)
    return bool(known) and all(c.external or c.record.link_only for c in known)


def hidden(ctx: CheckContext, columns: Iterable[ColumnFacts]) -> str | None:
    """Why objects of these columns may exist unseen; null when everything was seen."""
    for column in columns:
        if column.external or column.record.link_only:
            continue
        if column.record.state == "blocked":
            return "blocked"
        if column.page is not None and column.page.needs_script and not column.page.rendered:
            return "unrendered"
        if column.record.state == "unread" or column.unread_pages:
            return ctx.hidden_reason or unread(ctx, column.record.url) or ("unreachable" if column.record.state == "unread" else None)
    return None


def nothing_there(ctx: CheckContext, *types: str) -> tuple[Outcome, str]:
    """The result of a rule that met no object of its kind: elsewhere, unseen, or really none."""
    columns = columns_of(ctx, *types)
    if lives_outside(columns):
        return Outcome.NOT_CHECKED, "external_platform"
    if reason := ctx.home_reason or hidden(ctx, columns) or ctx.hidden_reason:
        return Outcome.NOT_CHECKED, reason
    if any(c.external or c.record.link_only for c in columns):
        return Outcome.NOT_CHECKED, "external_platform"
    return Outcome.NOT_APPLICABLE, "no_event"


def before(ctx: CheckContext, months: int) -> str:
    """`as_of` less n calendar months, ISO day."""
    return dates.months_before(ctx.as_of.isoformat(), months)


def is_old(ctx: CheckContext, rule: str, day: str | None) -> bool:
    """Outside the lookback of the rule's clause (parameter `lookback_months`; 0 = none): reported as 历史遗留, not scored."""
    months = int(ctx.param(rule, "lookback_months"))
    return bool(months and day and day < before(ctx, months))


def about(record: Record, kind: str) -> dict[str, Any]:
    """The fields of a finding that every object gives in the same way."""
    return {"object": kind, "title": record.title, "snapshot": record.snapshot}


def quote(text: str, start: int, end: int, around: int = 20) -> str:
    """The place in its context, on one line, at most 60 characters."""
    left = max(0, start - around)
    return " ".join(text[left : max(end, min(len(text), left + 60))].split())[:60]


def folded(text: str) -> str:
    """Text in one spelling (`normalise.fold`), line by line: folding alone would turn line breaks into blanks."""
    return "\n".join(normalise.fold(line) for line in text.split("\n"))
