"""办事指南: has every listed item its guide; each guide is then judged by itself (`one_guide`).

Source: D10 事项公开, D13 办事指南 of 国办秘函〔2019〕19号. Not judged for units without 对外服务职能; guides on another platform are
`not_checked: external_platform` unless the registry names its host.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from govcrawl.checks import one_guide
from govcrawl.checks.base import CheckContext, Report, SiteCheck, check, conclude, found, not_checked
from govcrawl.checks.guide_text import is_stub
from govcrawl.checks.one_guide import Guide, GuidePage, judge
from govcrawl.checks.seen import SeenPages, about, nothing_there, unread
from govcrawl.model.facts import PageFacts
from govcrawl.model.findings import Finding, Outcome, RuleResult
from govcrawl.model.items import GUIDE_ELEMENTS, ServiceGuide
from govcrawl.page import addresses
from govcrawl.text import normalise

_FILE = re.compile(r"\.(?:docx?|xlsx?|pdf|wps|et|ofd|zip|rar|7z|rtf)(?:[?#]|$)", re.I)  # matches `/a/申请表.doc?x=1`; not `/doc/1.html`
_PLACEHOLDER = re.compile(r"暂无|建设中|正在(?:建设|完善|更新|录入|整理|编制|制定)|敬请期待|敬请关注|即将(?:上线|开通)|更新中|维护中")
"""matches `办事指南正在完善，敬请期待`; not `在建工程项目`."""


@dataclass(slots=True)
class _Item:
    """One entry of a list of items."""

    page: str
    name: str
    url: str


@check("guide-missing", *one_guide.RULES)
class Guides(SiteCheck):
    """Every guide once; an item without a guide silences the other rules on it."""

    def __init__(self, ctx: CheckContext) -> None:
        super().__init__(ctx)
        self.seen = SeenPages()
        self.items: list[_Item] = []
        self.pages: dict[str, GuidePage] = {}
        self.empty: dict[str, tuple[str, bool]] = {}
        """Address of a read page that holds no guide → what it shows, and whether that is certain."""
        self.beside: dict[str, dict[str, Any]] = {}
        """Key of a guide → what its reader noted beside the record: `_states` of the elements, `_beside` texts."""
        self.findings: list[Finding] = []
        self.judged: dict[str, int] = dict.fromkeys(self.rules, 0)
        self.unknown: dict[str, str] = {}
        self._guides = {g.url for g in ctx.facts.guides}

    def page(self, p: PageFacts) -> None:
        self.seen.add(p)
        for item in p.items:
            if item.get("kind") == "service_guide":
                self.beside[str(item.get("key") or p.url)] = item
        if p.kind == "guide_list":
            for block in p.lists:
                if block.main:
                    self.items += [
                        _Item(p.column_url or p.url, normalise.squeeze(e.title), e.url) for e in block.entries if e.title.strip()
                    ]
            # Rows of a table of items that bear no link at all: `农产品成本调查登记 | 县发展和改革局 | —`.
            self.items += [_Item(p.column_url or p.url, normalise.squeeze(str(name)), "") for name in p.notes.get("unlinked_items", ())]
        elif p.url in self._guides:
            body = [link for link in p.links if link.region == "body" and not link.hidden]
            self.pages[p.url] = GuidePage(
                words=[link.text for link in body if link.tag == "a" and link.text],
                files=[link.url for link in body if link.tag == "a" and (_FILE.search(link.url) or _FILE.search(link.text))],
                pictures=sum(link.tag in ("img", "embed", "iframe") for link in body),
            )
        elif (stub := _stub(p)) is not None:
            self.empty[p.url] = stub

    def finish(self) -> Report:
        ctx = self.ctx
        if not ctx.facts.target.public_services:
            return without_services(*self.rules)
        without = self._missing()
        for guide in ctx.facts.guides:
            if guide.url in without or is_stub(guide):
                continue
            whole = self.seen.reason(ctx, guide.url)
            if whole is None and self._in_a_file(guide):
                whole = "unread_file"
            if whole is not None:
                name = f"办事指南“{guide.item_name or guide.title or guide.url}”的要素"
                self._add(
                    not_checked(
                        ctx, "guide-element-missing", guide.url, whole, name, {"object_key": guide.key}, value="", **about(guide, "guide")
                    )
                )
                continue
            one = Guide(ctx, guide, self.pages.get(guide.url) or GuidePage(), self.beside.get(guide.key, {}))
            for rule, findings in judge(one):
                self.judged[rule] += 1
                self.findings += findings
        nothing = self._nothing()
        return Report(
            findings=self.findings, results=[conclude(rule, self.findings, self.judged[rule], otherwise=nothing) for rule in self.rules]
        )

    def _nothing(self) -> tuple[Outcome, str]:
        if self.unknown:
            reasons = sorted(self.unknown.values())
            return Outcome.NOT_CHECKED, max(reasons, key=reasons.count)
        return nothing_there(self.ctx, "办事服务")

    def _add(self, finding: Finding) -> None:
        self.findings.append(finding)

    def _in_a_file(self, guide: ServiceGuide) -> bool:
        """Whether the guide itself may stand in a picture or an attached file: hardly an element in text, and one of them on the page."""
        page = self.pages.get(guide.url)
        filled = sum(1 for value in guide.elements.values() if value)
        return page is not None and filled <= 2 and bool(page.files or page.pictures)

    # -- items without a guide

    def _missing(self) -> set[str]:
        """Judge every listed item and every stub; the addresses that bear no guide."""
        guides = {g.url for g in self.ctx.facts.guides}
        listed: dict[str, _Item] = {}
        for item in self.items:
            if item.url:
                listed.setdefault(item.url, item)
            elif item.page not in self.seen.unrendered:
                self._no_guide(
                    item.page,
                    item.name,
                    item.name,
                    "事项没有链接",
                    {"what": "list_entry", "url": item.page, "title": item.name, "target": None},
                )
        without: set[str] = set()
        for url, item in sorted(listed.items()):
            if url in self.empty:
                without.add(url)
                text, certain = self.empty[url]
                seen = {"what": "stub", "url": url, "text": text, "listed_on": item.page}
                self._no_guide(url, url, item.name, text, seen, outcome=None if certain else Outcome.NEEDS_REVIEW)
            elif url not in guides:
                self._note_unknown(item)
        for guide in self.ctx.facts.guides:
            if is_stub(guide):
                without.add(guide.url)
                self._empty_guide(guide, listed.get(guide.url))
            else:
                self.judged["guide-missing"] += 1
        return without

    def _empty_guide(self, guide: ServiceGuide, item: _Item | None) -> None:
        """A guide's page that shows the item's name and none of the other elements."""
        name = guide.item_name or (item.name if item else guide.title) or ""
        if reason := self.seen.reason(self.ctx, guide.url) or ("unread_file" if self._in_a_file(guide) else None):
            parts, what = {"object_key": guide.key}, f"事项“{name}”的办事指南"
            self._add(not_checked(self.ctx, "guide-missing", guide.url, reason, what, parts, value=name, **about(guide, "guide")))
            return
        seen = {"what": "searched", "url": guide.url, "elements": list(GUIDE_ELEMENTS[1:]), "listed_on": item.page if item else None}
        self._no_guide(guide.url, guide.key, name, "页面只有事项名称", seen)

    def _no_guide(self, url: str, key: str, name: str, observed: str, seen: dict[str, Any], outcome: Outcome | None = None) -> None:
        rule = "guide-missing"
        self.judged[rule] += 1
        fields: dict[str, Any] = {"value": name, "title": name, "observed": observed, "evidence": [seen]}
        self._add(found(self.ctx, rule, url, {"object_key": key}, outcome=outcome, object="guide", **fields))

    def _note_unknown(self, item: _Item) -> None:
        """A listed item whose target says nothing to us: elsewhere, unread, or a page we could not place."""
        visit = self.ctx.facts.visits.get(item.url)
        if visit is None or visit.context.role == "outside":
            self.unknown[item.url] = "external_platform"
        elif reason := unread(self.ctx, item.url):
            self.unknown[item.url] = reason
        else:
            self.unknown[item.url] = "unrendered" if item.url in self.seen.unrendered else "no_data"


def _stub(p: PageFacts) -> tuple[str, bool] | None:
    """(text, is it certain) of a page that stands where a guide should be and holds none; null for any other page.

    Certain: it says so (`办事指南正在编制中`). Not certain: we read hardly a word in it, which may be our fault (tabs, odd markup). A picture,
    a file or a link to another host may be the guide: then it is no stub.
    """
    if (
        p.kind in ("error", "shield", "frame", "home", "data")
        or (p.needs_script and not p.rendered)
        or any(b.main for b in p.lists if b.entries)
    ):
        return None
    host = addresses.host(p.url)
    for link in p.links:
        if link.region != "body":
            continue
        elsewhere = link.tag == "a" and link.url and addresses.host(link.url) != host
        if elsewhere or link.tag in ("img", "iframe", "embed") or _FILE.search(link.url):
            return None
    if any(item.get("attachments") or item.get("kind") == "service_guide" for item in p.items):
        return None
    if blank := p.notes.get("blank"):
        return str(blank), True
    texts = [normalise.squeeze(str(item.get("text") or "")) for item in p.items if item.get("kind") == "article"]
    if texts and len(texts[0]) <= 60 and _PLACEHOLDER.search(texts[0]):
        return texts[0], True
    if (texts and len(texts[0]) <= 20) or (not p.items and p.kind in ("guide", "list", "guide_list")):
        return (texts and texts[0]) or "页面未见任何办事指南要素", False
    return None


def without_services(*rules: str) -> Report:
    """What is said of a unit that serves nobody outside: nothing applies."""
    return Report(results=[RuleResult(rule=rule, outcome=Outcome.NOT_APPLICABLE, reason="no_public_services") for rule in rules])
