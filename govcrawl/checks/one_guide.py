"""One 办事指南 by itself: is it whole, is it plain, can its forms be had, does its text demand what its list does not name.

Source: D13 办事指南 (five clauses), D14 内容准确, D15 表格样表 of 国办秘函〔2019〕19号.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from govcrawl.checks.base import CheckContext, found
from govcrawl.checks.guide_demands import Demand, unlisted
from govcrawl.checks.guide_text import names_only, required_forms, unclear_materials, vague_phrases
from govcrawl.checks.seen import about, quote
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.items import ServiceGuide
from govcrawl.text import normalise

_PICTURE = "[图片]"
_STANDS_IN = {"办理时间": ("time_limit_counts", "办理时限"), "联系电话": ("complaint_phone_counts", "监督投诉")}
"""Element → parameter that lets another label stand for it, and that label. Nationally neither does."""


@dataclass(slots=True)
class GuidePage:
    """What of a guide's page matters beside its record."""

    words: list[str] = field(default_factory=list)
    """Words of links in the body."""
    files: list[str] = field(default_factory=list)
    pictures: int = 0


@dataclass(slots=True)
class Guide:
    """A guide with what stands beside its record."""

    ctx: CheckContext
    record: ServiceGuide
    page: GuidePage
    noted: Mapping[str, Any]
    """What its reader noted: `_states` of the elements, `_beside` texts."""

    def finding(self, rule: str, *, outcome: Outcome | None = None, **fields: Any) -> Finding:
        """All findings on a guide share its address, key and title: its item's name is what the sentence calls it."""
        guide = self.record
        shared = {**about(guide, "guide"), "title": guide.item_name or guide.title}
        return found(self.ctx, rule, guide.url, {"object_key": guide.key}, outcome=outcome, **fields, **shared)


def judge(guide: Guide) -> Iterator[tuple[str, list[Finding]]]:
    """Every rule that finds something to judge on a guide, with what it found."""
    for rule, look in _LOOKS.items():
        findings = look(guide, rule)
        if findings is not None:
            yield rule, findings


def _elements(guide: Guide, rule: str) -> list[Finding]:
    ctx, record = guide.ctx, guide.record
    labels = ctx.labels("guide")
    lenient = ctx.param(rule, "review_on_unified") if _on_unified_platform(guide) else ()
    findings = []
    for name in record.missing:
        if (stands_in := _STANDS_IN.get(name)) and ctx.param(rule, stands_in[0]) and (guide.noted.get("_beside") or {}).get(stands_in[1]):
            continue
        searched: dict[str, Any] = {"what": "searched", "url": record.url, "labels": list(labels.get(name, (name,)))}
        if state := (guide.noted.get("_states") or {}).get(name):
            searched["label"] = {"empty": "有这一栏，没有内容", "absent": "没有这一栏"}.get(state, state)
        shown = [n for n, value in record.elements.items() if value]
        findings.append(
            guide.finding(
                rule, outcome=Outcome.NEEDS_REVIEW if name in lenient else None, value=name,
                evidence=[searched, {"what": "shown", "elements": shown}], observed=f"有{len(shown)}项，缺{len(record.missing)}项",
            )
        )  # fmt: skip
    return findings


def _on_unified_platform(guide: Guide) -> bool:
    """A platform that the unit does not run itself (统建): a host that the registry lists under 办事平台域名."""
    return urlsplit(guide.record.url).hostname in guide.ctx.facts.target.service_hosts


def _formats(guide: Guide, rule: str) -> list[Finding] | None:
    record = guide.record
    if not record.materials:
        return None
    findings = []
    for name in unclear_materials(record):
        row = next(m for m in record.materials if str(m.get("name") or "").strip() == name)
        seen = {"what": "material", "url": record.url, **{k: row.get(k) for k in ("name", "form", "copies", "required")}}
        findings.append(guide.finding(rule, value=name, snippet=name[:60], evidence=[seen]))
    return findings


def _vague(guide: Guide, rule: str) -> list[Finding]:
    ctx, findings = guide.ctx, []
    for phrase, element, place in vague_phrases(guide.record, ctx.param(rule, "patterns"), ctx.param(rule, "elements")):
        seen = {"what": "text", "url": guide.record.url, "element": element, "quote": place}
        findings.append(guide.finding(rule, value=phrase, snippet=place, observed=f"{element}：{place}", evidence=[seen]))
    return findings


def _basis(guide: Guide, rule: str) -> list[Finding] | None:
    ctx, record = guide.ctx, guide.record
    text, anywhere = record.elements.get("设定依据") or "", ctx.param(rule, "where") != "设定依据"
    if anywhere:
        text = "\n".join(value for value in record.elements.values() if value)
    if not text or not (record.legal_basis or anywhere):
        return None
    findings = []
    for law in names_only(record, text, ctx.param(rule, "endings"), guide.page.words, anywhere=anywhere):
        at = normalise.compact(text).find(law)
        seen = {"what": "text", "url": record.url, "quote": quote(normalise.compact(text), max(at, 0), max(at, 0) + len(law), 10)}
        searched = {"what": "searched", "things": ["发文字号", "条款", "链接"]}
        findings.append(guide.finding(rule, value=law, snippet=seen["quote"], evidence=[seen, searched]))
    return findings


def _forms(guide: Guide, rule: str) -> list[Finding] | None:
    ctx, record = guide.ctx, guide.record
    wanted = required_forms(record, ctx.param(rule, "form_words"))
    if not wanted:
        return None
    have = list(dict.fromkeys([*record.forms, *guide.page.files]))
    gone = [url for url in have if _gone(ctx, url)]
    if len(gone) < len(have):
        return []
    if any(_PICTURE in (record.elements.get(name) or "") for name in ("办理材料", "办理流程")):
        return None
    searched = {"what": "searched", "url": record.url, "places": ["正文链接", "附件", "表格下载"], "gone": gone}
    return [guide.finding(rule, value=name, evidence=[searched], observed="链接失效" if gone else "没有附件") for name in wanted]


def _gone(ctx: CheckContext, url: str) -> bool:
    """Whether a file cannot be had for certain: 404 or 410, on the second look too."""
    visits = [v for v in (ctx.facts.visits.get(url), ctx.facts.looks.get(url)) if v is not None]
    return bool(visits) and all(v.last is not None and v.last.status in (404, 410) for v in visits)


def _consistent(guide: Guide, rule: str) -> list[Finding] | None:
    """Does the text demand what the list of materials does not name? One finding a paper; a blank list is one finding."""
    record = guide.record
    notes = {label: text for label, text in (guide.noted.get("_beside") or {}).items() if label == "说明"}
    blank = (guide.noted.get("_states") or {}).get("办理材料") == "empty"
    if not record.materials and not record.elements.get("办理材料") and not blank:
        return None
    demands = unlisted(record, notes, blank=blank)
    if blank and demands:
        demands = [Demand("、".join(d.material for d in demands), demands[0].place, demands[0].sentence)]
    listed = (
        "办理材料一栏为空" if blank else "、".join(str(m.get("name") or "") for m in record.materials)[:200] or record.elements["办理材料"]
    )
    findings = []
    for demand in demands:
        evidence = [
            {"what": "text", "url": record.url, "element": demand.place, "quote": demand.sentence},
            {"what": "text", "url": record.url, "element": "办理材料", "quote": listed},
        ]
        observed = f"{demand.place}：{demand.sentence}"
        findings.append(guide.finding(rule, value=demand.material, observed=observed, snippet=demand.sentence, evidence=evidence))
    return findings


_LOOKS: dict[str, Callable[[Guide, str], list[Finding] | None]] = {
    "guide-element-missing": _elements,
    "guide-format-unclear": _formats,
    "guide-vague": _vague,
    "guide-basis-name-only": _basis,
    "guide-form-missing": _forms,
    "guide-materials-inconsistent": _consistent,
}
RULES = tuple(_LOOKS)
