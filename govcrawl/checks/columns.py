"""`column-blank`, `column-missing`: columns that hold nothing, and columns that a site must have and has not (D1–D6, D9, D10, D12, D18)."""

from __future__ import annotations

from typing import Any

from govcrawl.checks.base import CheckContext, Report, SiteCheck, check, conclude, found, not_checked, unchecked, unseen
from govcrawl.model.facts import PageFacts
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.items import Column
from govcrawl.model.site_facts import ColumnFacts
from govcrawl.text import normalise

LEVELLED = frozenset({"政策文件", "政策解读", "通知公告"})
"""Types whose first-level columns have a limit of their own."""
_SHOWN = 40
_NEEDS_SERVICES = frozenset({"办事服务", "办事统计"})
_FORMS = frozenset({"咨询建言", "依申请公开", "网上信访", "纪检举报", "办事服务"})
"""Types that may be a form or a way in without any item; what they must show is judged by other rules."""
_NOT_SEEN = frozenset({"blocked", "unread", "maintenance"})


def facet(column: Column) -> str:
    """What a pack's clauses tell apart: the type, with `:first` or `:lower` where the level matters."""
    if column.type in LEVELLED:
        return f"{column.type}:{'first' if column.first_level else 'lower'}"
    return column.type


def name_of(column: Column) -> str:
    return column.name or column.title or column.type


def unrendered(p: PageFacts | None) -> bool:
    """Whether the list or body of a page is drawn by a script that was not run."""
    return p is not None and p.needs_script in ("list", "body") and not p.rendered


def outside(c: ColumnFacts) -> bool:
    """Whether the column's content lives on another platform."""
    return c.external or c.record.link_only or c.record.state == "link_only"


def is_blank(c: ColumnFacts) -> bool:
    return c.record.blank or c.record.state == "blank"


@check("column-blank", "column-missing")
class Columns(SiteCheck):
    """Judges which columns there are and whether they hold anything.

    Blank: read whole, no item, no child, no rows claimed by a pager. Not judged: link-only columns, forms, columns not read.
    Missing: no column and no navigation link of that type, on this site or leading to a platform; only where nothing that could be a
    column stayed unseen. Source: 国办秘函〔2019〕19号, 发布解读, 办事服务, 互动交流, 其他栏目; 空白栏目 = 有栏目无内容.
    """

    def __init__(self, ctx: CheckContext) -> None:
        super().__init__(ctx)
        self._names: set[str] = set()
        self._pages = 0
        self._undrawn = False

    def page(self, p: PageFacts) -> None:
        self._pages += 1
        if unrendered(p) and p.url not in self.ctx.facts.member_of:
            self._undrawn = True
        if p.kind in ("error", "shield", "data") or p.page_no > 1:
            return
        self._names.update(normalise.label(row[0]) for row in p.navigation if row)
        if self.ctx.facts.home is not None and p.url == self.ctx.facts.home.url:
            self._names.update(normalise.label(link.text) for link in p.links if link.text and len(link.text) <= 20)
            self._names.update(normalise.label(block.title) for block in p.lists if block.title)

    def finish(self) -> Report:
        blank, judged = self._blank()
        missing, types = self._missing()
        findings = blank + missing
        results = [conclude("column-blank", blank, judged)]
        if reason := self.ctx.home_reason:
            results += unchecked(["column-missing"], reason).results
        else:
            results.append(conclude("column-missing", missing, types, otherwise=(Outcome.NOT_APPLICABLE, "no_data")))
        return Report(findings=findings, results=results)

    # ------------------------------------------------------------ blank

    def _blank(self) -> tuple[list[Finding], int]:
        findings: list[Finding] = []
        judged = 0
        live = {c.record.url for c in self.ctx.facts.columns if c.record.items or c.entries or outside(c) or c.newest}
        for c in self.ctx.facts.columns:
            if outside(c) or c.record.state in _NOT_SEEN or c.page is None or c.page.kind in ("error", "shield"):
                continue
            if not is_blank(c) or c.entries or c.record.items or c.newest or c.record.type in _FORMS or live & set(c.children):
                judged += 1
                continue
            fields: dict[str, Any] = {"title": name_of(c.record), "facet": facet(c.record), "object": "column", "snapshot": c.page.snapshot}
            if c.unread_pages or c.page.total_items or c.children or unrendered(c.page):
                reason = "unrendered" if unrendered(c.page) else self.ctx.hidden_reason or "no_data"
                findings.append(not_checked(self.ctx, "column-blank", c.record.url, reason, f"栏目“{name_of(c.record)}”是否空白", **fields))
                continue
            judged += 1
            findings.append(found(self.ctx, "column-blank", c.record.url, observed="0 条内容", evidence=[_looked_at(c)], **fields))
        return findings, judged

    # ------------------------------------------------------------ missing

    def _missing(self) -> tuple[list[Finding], int]:
        facts = self.ctx.facts
        if facts.home is None:
            return [], 0
        required = [str(t) for t in self.ctx.param("column-missing", "required_columns")]
        if not facts.target.public_services:
            required = [t for t in required if t not in _NEEDS_SERVICES]
        there = {c.record.type for c in facts.columns}
        seen = {c.record.type for c in facts.columns if c.external or c.record.state not in ("blocked", "unread")}
        findings: list[Finding] = []
        judged = 0
        hidden = self._hidden() if set(required) - there else None
        for kind in required:
            if kind in seen or (kind not in there and self._named(kind)):
                judged += 1
                continue
            fields: dict[str, Any] = {"value": kind, "facet": f"{kind}:first" if kind in LEVELLED else kind, "title": facts.site.name}
            fields |= {"object": "site", "evidence": [self._searched()], "snapshot": facts.home.snapshot}
            if hidden or kind in there:  # a name in the navigation behind which nothing could be read is neither there nor missing
                why = hidden or "unreachable"
                findings.append(not_checked(self.ctx, "column-missing", facts.home.url, why, f"是否开设{kind}类栏目", **fields))
                continue
            judged += 1
            findings.append(
                found(self.ctx, "column-missing", facts.home.url, observed=f"已查 {len(facts.columns)} 个栏目，未发现", **fields)
            )
        return findings, judged

    def _named(self, kind: str) -> bool:
        """Whether the navigation or the home page shows a name of this type, even where the column behind it was typed otherwise."""
        synonyms = self.ctx.labels("columns").get(kind, ())
        return any(normalise.label(name) in self._names for name in (kind, *synonyms))

    def _hidden(self) -> str | None:
        """Why a column may exist unseen. Items and further pages of known lists hide no column, however many of them failed."""
        facts = self.ctx.facts
        if facts.home is not None and facts.home.needs_script and facts.home.needs_script != "marks" and not facts.home.rendered:
            return "unrendered"
        known = facts.member_of.keys() | facts.list_dates.keys() | facts.first_entry.keys()
        pagers = {url for c in facts.columns if c.page is not None for url in c.page.pager}
        for url, visit in sorted(facts.visits.items()):
            if (reason := unseen(visit)) and url not in known and url not in pagers:
                return reason
        # a column of the main navigation that answers 404 is a dead link, and may have held the column that is sought
        for _, url in facts.home.navigation if facts.home is not None else ():
            if (lost := facts.visits.get(url)) is not None and lost.outcome == "failed":
                return "unreachable"
        return "unrendered" if self._undrawn else None

    def _searched(self) -> dict[str, Any]:
        facts = self.ctx.facts
        names = [name_of(c.record) for c in facts.columns]
        navigation = [row[0] for row in facts.home.navigation if row] if facts.home is not None else []
        return {
            "what": "searched",
            "pages": self._pages,
            "columns": names[:_SHOWN],
            "columns_total": len(names),
            "navigation": navigation[:_SHOWN],
        }


def _looked_at(c: ColumnFacts) -> dict[str, Any]:
    page = c.page
    assert page is not None
    return {
        "what": "column", "url": c.record.url, "fetched_at": page.fetched_at, "items": 0, "lists": len(page.lists),
        "rendered": page.rendered, "children": len(c.children), "title": page.title or page.head_title,
    }  # fmt: skip
