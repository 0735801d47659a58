"""办事指南 and 事项公开: is there a guide, is it whole, is it plain, can its forms be had.

Source: D10 事项公开, D13 办事指南 (five clauses), D14 内容准确, D15 表格样表 of 国办秘函〔2019〕19号. Not judged for units without 对外服务职能; guides on another
platform are `not_checked: external_platform` unless the registry names its host.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from govcrawl.checks.base import CheckContext, Report, SiteCheck, check, conclude, found, not_checked
from govcrawl.checks.guide_demands import Demand, unlisted
from govcrawl.checks.guide_text import is_stub, names_only, required_forms, unclear_materials, vague_phrases
from govcrawl.checks.seen import SeenPages, about, columns_of, hidden, lives_outside, nothing_there, quote, unread
from govcrawl.model.facts import PageFacts
from govcrawl.model.findings import Finding, Outcome, RuleResult
from govcrawl.model.items import GUIDE_ELEMENTS, ServiceGuide
from govcrawl.model.site_facts import ColumnFacts
from govcrawl.page import addresses
from govcrawl.text import normalise

_PICTURE = "[图片]"
_FILE = re.compile(r"\.(?:docx?|xlsx?|pdf|wps|et|ofd|zip|rar|7z|rtf)(?:[?#]|$)", re.I)  # matches `/a/申请表.doc?x=1`; not `/doc/1.html`
_PLACEHOLDER = re.compile(r"暂无|建设中|正在(?:建设|完善|更新|录入|整理|编制|制定)|敬请期待|敬请关注|即将(?:上线|开通)|更新中|维护中")
"""matches `办事指南正在完善，敬请期待`; not `在建工程项目`."""


_STANDS_IN = {"办理时间": ("time_limit_counts", "办理时限"), "联系电话": ("complaint_phone_counts", "监督投诉")}
"""Element → parameter that lets another label stand for it, and that label. Nationally neither does."""


@dataclass(slots=True)
class _GuidePage:
    """What of a guide's page matters beside its record."""

    words: list[str] = field(default_factory=list)
    """Words of links in the body."""
    files: list[str] = field(default_factory=list)
    pictures: int = 0


@dataclass(slots=True)
class _Item:
    """One entry of a list of items."""

    page: str
    name: str
    url: str


@check(
    "guide-missing", "guide-element-missing", "guide-format-unclear", "guide-vague", "guide-basis-name-only", "guide-form-missing",
    "guide-materials-inconsistent",
)  # fmt: skip
class Guides(SiteCheck):
    """Every guide once; an item without a guide silences the other rules on it."""

    def __init__(self, ctx: CheckContext) -> None:
        super().__init__(ctx)
        self.seen = SeenPages()
        self.items: list[_Item] = []
        self.pages: dict[str, _GuidePage] = {}
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
            self.pages[p.url] = _GuidePage(
                words=[link.text for link in body if link.tag == "a" and link.text],
                files=[link.url for link in body if link.tag == "a" and (_FILE.search(link.url) or _FILE.search(link.text))],
                pictures=sum(link.tag in ("img", "embed", "iframe") for link in body),
            )
        elif (stub := _stub(p)) is not None:
            self.empty[p.url] = stub

    def finish(self) -> Report:
        ctx = self.ctx
        if not ctx.facts.target.public_services:
            return Report(results=[_without_services(rule) for rule in self.rules])
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
            self._elements(guide)
            self._formats(guide)
            self._vague(guide)
            self._basis(guide)
            self._forms(guide)
            self._consistent(guide)
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

    # -- one guide

    def _elements(self, guide: ServiceGuide) -> None:
        ctx, rule = self.ctx, "guide-element-missing"
        self.judged[rule] += 1
        labels = ctx.labels("guide")
        lenient = ctx.param(rule, "review_on_unified") if self._on_unified_platform(guide.url) else ()
        noted = self.beside.get(guide.key, {})
        for name in guide.missing:
            if (stands_in := _STANDS_IN.get(name)) and ctx.param(rule, stands_in[0]) and (noted.get("_beside") or {}).get(stands_in[1]):
                continue
            searched: dict[str, Any] = {"what": "searched", "url": guide.url, "labels": list(labels.get(name, (name,)))}
            if state := (noted.get("_states") or {}).get(name):
                searched["label"] = {"empty": "有这一栏，没有内容", "absent": "没有这一栏"}.get(state, state)
            shown = [n for n, value in guide.elements.items() if value]
            outcome = Outcome.NEEDS_REVIEW if name in lenient else None
            self._add(
                found(
                    ctx, rule, guide.url, {"object_key": guide.key}, outcome=outcome, value=name, evidence=[searched, {"what": "shown", "elements": shown}],
                    observed=f"有{len(shown)}项，缺{len(guide.missing)}项", **_guide(guide),
                )
            )  # fmt: skip

    def _on_unified_platform(self, url: str) -> bool:
        """A platform that the unit does not run itself (统建): a host that the registry lists under 办事平台域名."""
        return urlsplit(url).hostname in self.ctx.facts.target.service_hosts

    def _formats(self, guide: ServiceGuide) -> None:
        rule = "guide-format-unclear"
        if not guide.materials:
            return
        self.judged[rule] += 1
        for name in unclear_materials(guide):
            row = next(m for m in guide.materials if str(m.get("name") or "").strip() == name)
            seen = {"what": "material", "url": guide.url, **{k: row.get(k) for k in ("name", "form", "copies", "required")}}
            self._add(
                found(self.ctx, rule, guide.url, {"object_key": guide.key}, value=name, snippet=name[:60], evidence=[seen], **_guide(guide))
            )

    def _vague(self, guide: ServiceGuide) -> None:
        ctx, rule = self.ctx, "guide-vague"
        self.judged[rule] += 1
        for phrase, element, place in vague_phrases(guide, ctx.param(rule, "patterns"), ctx.param(rule, "elements")):
            seen = {"what": "text", "url": guide.url, "element": element, "quote": place}
            self._add(
                found(
                    ctx,
                    rule,
                    guide.url,
                    {"object_key": guide.key},
                    value=phrase,
                    snippet=place,
                    observed=f"{element}：{place}",
                    evidence=[seen],
                    **_guide(guide),
                )
            )

    def _basis(self, guide: ServiceGuide) -> None:
        ctx, rule = self.ctx, "guide-basis-name-only"
        text, anywhere = guide.elements.get("设定依据") or "", ctx.param(rule, "where") != "设定依据"
        if anywhere:
            text = "\n".join(value for value in guide.elements.values() if value)
        if not text or not (guide.legal_basis or anywhere):
            return
        self.judged[rule] += 1
        page = self.pages.get(guide.url)
        for law in names_only(guide, text, ctx.param(rule, "endings"), page.words if page else (), anywhere=anywhere):
            at = normalise.compact(text).find(law)
            seen = {"what": "text", "url": guide.url, "quote": quote(normalise.compact(text), max(at, 0), max(at, 0) + len(law), 10)}
            searched = {"what": "searched", "things": ["发文字号", "条款", "链接"]}
            self._add(
                found(
                    ctx,
                    rule,
                    guide.url,
                    {"object_key": guide.key},
                    value=law,
                    snippet=seen["quote"],
                    evidence=[seen, searched],
                    **_guide(guide),
                )
            )

    def _forms(self, guide: ServiceGuide) -> None:
        ctx, rule = self.ctx, "guide-form-missing"
        wanted = required_forms(guide, ctx.param(rule, "form_words"))
        if not wanted:
            return
        page = self.pages.get(guide.url) or _GuidePage()
        have = list(dict.fromkeys([*guide.forms, *page.files]))
        gone = [url for url in have if self._gone(url)]
        if len(gone) < len(have):
            self.judged[rule] += 1
            return
        if any(_PICTURE in (guide.elements.get(name) or "") for name in ("办理材料", "办理流程")):
            return
        self.judged[rule] += 1
        searched = {"what": "searched", "url": guide.url, "places": ["正文链接", "附件", "表格下载"], "gone": gone}
        for name in wanted:
            self._add(
                found(
                    ctx,
                    rule,
                    guide.url,
                    {"object_key": guide.key},
                    value=name,
                    evidence=[searched],
                    observed="链接失效" if gone else "没有附件",
                    **_guide(guide),
                )
            )

    def _consistent(self, guide: ServiceGuide) -> None:
        """Does the text demand what the list of materials does not name? One finding a paper; a blank list is one finding."""
        rule, noted = "guide-materials-inconsistent", self.beside.get(guide.key, {})
        notes = {label: text for label, text in (noted.get("_beside") or {}).items() if label == "说明"}
        blank = (noted.get("_states") or {}).get("办理材料") == "empty"
        if not guide.materials and not guide.elements.get("办理材料") and not blank:
            return
        self.judged[rule] += 1
        found_ = unlisted(guide, notes, blank=blank)
        if blank and found_:
            found_ = [Demand("、".join(d.material for d in found_), found_[0].place, found_[0].sentence)]
        listed = (
            "办理材料一栏为空"
            if blank
            else "、".join(str(m.get("name") or "") for m in guide.materials)[:200] or guide.elements["办理材料"]
        )
        for demand in found_:
            evidence = [
                {"what": "text", "url": guide.url, "element": demand.place, "quote": demand.sentence},
                {"what": "text", "url": guide.url, "element": "办理材料", "quote": listed},
            ]
            self._add(
                found(
                    self.ctx, rule, guide.url, {"object_key": guide.key}, value=demand.material, observed=f"{demand.place}：{demand.sentence}",
                    snippet=demand.sentence, evidence=evidence, **_guide(guide),
                )
            )  # fmt: skip

    def _gone(self, url: str) -> bool:
        """Whether a file cannot be had for certain: 404 or 410, on the second look too."""
        facts = self.ctx.facts
        visits = [v for v in (facts.visits.get(url), facts.looks.get(url)) if v is not None]
        return bool(visits) and all(v.last is not None and v.last.status in (404, 410) for v in visits)


def _guide(guide: ServiceGuide) -> dict[str, Any]:
    """The fields all findings on a guide share: its item's name is what the sentence calls it."""
    return {**about(guide, "guide"), "title": guide.item_name or guide.title}


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


def _without_services(rule: str) -> RuleResult:
    return RuleResult(rule=rule, outcome=Outcome.NOT_APPLICABLE, reason="no_public_services")


# ---------------------------------------------------------------- gathered and classified


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
            return Report(results=[_without_services(rule)])
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
