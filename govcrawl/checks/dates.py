"""`item-undated`, `date-conflict`: what item pages say about their own publish date. Facts and candidates; neither costs points.

Source: 国办秘函〔2019〕19号, 首页不更新 (信息页面没有发布时间的视为不更新); 安全、泄密事故等严重问题, 弄虚作假 (only on positive proof).
"""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from govcrawl.checks.base import CheckContext, Report, SiteCheck, check, conclude, found
from govcrawl.model.facts import PageFacts
from govcrawl.model.findings import Finding
from govcrawl.model.items import Snapshot

CONTENT = frozenset({"content", "policy", "interpretation"})
_STATIC_TYPES = frozenset({"首页", "概况信息", "机构职能", "领导信息", "信息公开指南", "信息公开制度", "依申请公开", "静态页面"})


@check("item-undated")
class Undated(SiteCheck):
    """A content page without a visible publish date and without a filled `PubDate`.

    Only items of a list are judged: a page that is a column itself (单页), or belongs to a static type, rightly bears no date. Not judged:
    pages whose body a script draws and that were not rendered.
    """

    def __init__(self, ctx: CheckContext) -> None:
        super().__init__(ctx)
        self._types = {c.record.url: c.record.type for c in ctx.facts.columns}
        self._static = {c.record.url for c in ctx.facts.columns if c.record.state == "static"}
        self._findings: list[Finding] = []
        self._judged = 0

    def page(self, p: PageFacts) -> None:
        column = self.ctx.facts.member_of.get(p.url)
        if p.kind not in CONTENT or p.page_no > 1 or p.url in self._types or column is None:
            return
        if self._types.get(column) in _STATIC_TYPES or column in self._static or (p.needs_script == "body" and not p.rendered):
            return
        self._judged += 1
        if any(d.source in ("visible", "meta") for d in p.dates) or p.meta.get("pubdate"):
            return
        listed = self.ctx.facts.list_dates.get(p.url)
        evidence: list[dict[str, Any]] = [
            {
                "what": "searched",
                "visible": None,
                "meta_pubdate": p.meta.get("pubdate"),
                "list_date": listed,
                "guesses": [d.raw for d in p.dates][:3],
            }
        ]
        self._findings.append(
            found(self.ctx, "item-undated", p.url, title=p.title, observed="无发布时间", evidence=evidence, snapshot=p.snapshot)
        )

    def finish(self) -> Report:
        return Report(findings=self._findings, results=[conclude("item-undated", self._findings, self._judged)])


@dataclass(slots=True, frozen=True)
class _Pair:
    """What two places say about one item."""

    url: str
    title: str | None
    listed: str | None
    shown: str | None
    meta: str | None
    fetched: str | None
    snapshot: Snapshot | None

    @property
    def days(self) -> int:
        if self.listed is None or self.shown is None:
            return 0
        return (date.fromisoformat(self.shown) - date.fromisoformat(self.listed)).days


@check("date-conflict")
class Conflict(SiteCheck):
    """List date and visible date disagree by more than `tolerance_days`, or a publish date lies after the day it was fetched.

    `PubDate` is shown in the evidence where the site's are trusted and never makes a conflict alone. Differences that many items have in common (one and the same day, or
    one and the same distance) are a migration and are left out. Always a candidate: forging a date is shown only by an item that was absent from an earlier snapshot.
    """

    def __init__(self, ctx: CheckContext) -> None:
        super().__init__(ctx)
        self._pairs: list[_Pair] = []
        self._judged = 0

    def page(self, p: PageFacts) -> None:
        if p.kind not in CONTENT or p.page_no > 1:
            return
        shown = next((d.value for d in p.dates if d.source == "visible"), None)
        listed = self._listed(p.url, shown)
        meta = next((d.value for d in p.dates if d.source == "meta"), None) if self.ctx.facts.trust_meta_dates else None
        if listed is None and shown is None:
            return
        self._judged += 1
        pair = _Pair(p.url, p.title, listed, shown, meta, p.fetched_at[:10] if p.fetched_at else None, p.snapshot)
        if abs(pair.days) > int(self.ctx.param("date-conflict", "tolerance_days")) or _future(pair):
            self._pairs.append(pair)

    def _listed(self, url: str, shown: str | None) -> str | None:
        """The list's date. One printed without its year (`[01-20]`) was given the latest year that fits: where the page says another one, that is right."""
        listed, entry = self.ctx.facts.list_dates.get(url), self.ctx.facts.first_entry.get(url)
        if listed is None or shown is None or entry is None or entry.date != listed or not entry.date_raw or _YEAR.search(entry.date_raw):
            return listed
        years = (f"{int(shown[:4]) + step:04d}{listed[4:]}" for step in (0, -1, 1))
        return min((day for day in years if _is_day(day)), key=lambda day: abs((date.fromisoformat(day) - date.fromisoformat(shown)).days))

    def finish(self) -> Report:
        findings = [self._finding(pair) for pair in self._odd()]
        return Report(findings=findings, results=[conclude("date-conflict", findings, self._judged)])

    def _odd(self) -> Iterator[_Pair]:
        """Conflicts that are not one of many alike."""
        bulk = int(self.ctx.param("date-conflict", "bulk_items"))
        apart = [p for p in self._pairs if not _future(p)]
        counts = [Counter(p.days for p in apart), Counter(p.listed for p in apart), Counter(p.shown for p in apart)]
        for pair in self._pairs:
            if _future(pair) or all(count[key] < bulk for count, key in zip(counts, (pair.days, pair.listed, pair.shown), strict=True)):  # type: ignore[index]
                yield pair

    def _finding(self, pair: _Pair) -> Finding:
        said = [f"列表 {pair.listed}" if pair.listed else "", f"页面 {pair.shown}" if pair.shown else ""]
        if day := _future(pair):
            said.append(f"采集 {pair.fetched}，发布日期 {day} 在其后")
        evidence = [
            {
                "what": "dates",
                "list": pair.listed,
                "visible": pair.shown,
                "meta": pair.meta,
                "fetched": pair.fetched,
                "days_apart": abs(pair.days),
            }
        ]
        return found(
            self.ctx,
            "date-conflict",
            pair.url,
            observed="，".join(filter(None, said)),
            title=pair.title,
            evidence=evidence,
            snapshot=pair.snapshot,
        )


_YEAR = re.compile(r"(?:19|20)\d{2}|\d{2}\s*年|二[〇○零0]|[今去昨]|前")
"""A printed date that says its year: matches "2026-01-20", "26年1月20日", "昨天"; not "01-20"."""


def _is_day(text: str) -> bool:
    return text[5:] != "02-29" or calendar.isleap(int(text[:4]))


def _future(pair: _Pair) -> str | None:
    """A publish date after the day of the fetch (not merely after `as_of`)."""
    return next((day for day in (pair.shown, pair.listed) if day and pair.fetched and day > pair.fetched), None)
