"""Policy documents and their interpretations: which document needs one, and whether the two lead to each other.

Source: D7 解读比例, D8 解读关联. Accepted as a link: a hyperlink either way, a block 相关解读/相关文件/政策原文, a tab on the same page; a same title is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from govcrawl.checks.base import CheckContext, Report, SiteCheck, check, conclude, found, not_checked
from govcrawl.checks.policy import abolished, bare_title, marked, number_of, own_term, shows_number
from govcrawl.checks.seen import SeenPages, about, columns_of, hidden, is_old, lives_outside, nothing_there, type_of
from govcrawl.model.facts import PageFacts
from govcrawl.model.findings import Finding, RuleResult
from govcrawl.model.items import Interpretation, PolicyDocument
from govcrawl.text import doc_number, normalise, similarity

_SHORTEST = 6
"""Shorter names (`通知`, `工作要点`) prove nothing when they stand in another title."""
_QUOTED = re.compile(r"《([^《》]{4,100})》")
_ISSUED_AS = re.compile(r"(?:印发|发布|公布|颁布|下达)(?P<name>.{6,})的通知$")
"""matches `关于印发清河县养老服务实施方案的通知`; not `关于做好防汛工作的通知`."""
_ISSUER_BEFORE = re.compile(r"^.{2,40}?(?=关于)")
_READING = re.compile(
    r"(?:【|\[)?(?:政策|文件|图文|图表|视频|音频|动漫|动画|文字|部门|专家|负责人|重点|权威|深度)*(?:解读|图解|释义|答记者问|问答|一图读懂|一图看懂|一图速览|一图了解|读懂|看懂)(?:】|\])?[：:|丨·\-—]*"
)
"""The words that make a title an interpretation's: matches `一图读懂丨`, `政策解读`; not `解放思想`."""
_EDGE = re.compile(r"^[的：:|丨·\-—“”\"《》、，\s]+|[的：:|丨·\-—“”\"《》、，之一二三四五()（）\s]+$")
_YEAR = re.compile(r"(?:19|20)\d{2}")


def core(title: str) -> str:
    """What a document is called: the name in 《》, what is issued, else the title without its issuer; "" when too short to tell."""
    bare = bare_title(title)
    if quoted := _QUOTED.search(bare):
        return quoted[1]
    if issued := _ISSUED_AS.search(bare):
        return issued["name"]
    name = _ISSUER_BEFORE.sub("", bare)
    return name if len(name) >= _SHORTEST else ""


def subject(title: str) -> str:
    """What an interpretation's title says it interprets: `《X》政策解读` and `一图读懂丨X` → X; "" when too short to tell."""
    bare = normalise.compact(title)
    if quoted := _QUOTED.search(bare):
        return core(quoted[1]) or quoted[1]
    name = _EDGE.sub("", _READING.sub("", bare))
    return core(name) if len(name) >= _SHORTEST else ""


@dataclass(slots=True, frozen=True)
class _Name:
    """A title as it is compared: the name in it, all of it, and the years in the name."""

    name: str
    whole: str
    years: frozenset[str]

    @property
    def tells(self) -> bool:
        return len(self.name) >= _SHORTEST


@lru_cache(maxsize=50_000)
def _document_name(title: str) -> _Name:
    name = core(title)
    return _Name(name, normalise.compact(title), frozenset(_YEAR.findall(name)))


@lru_cache(maxsize=50_000)
def _interpretation_name(title: str) -> _Name:
    name = subject(title)
    return _Name(name, normalise.compact(title), frozenset(_YEAR.findall(name)))


def same_name(document_title: str | None, interpretation_title: str | None) -> bool:
    """Whether an interpretation's title names this document. Two different years in them speak against it."""
    if not document_title or not interpretation_title:
        return False
    doc, told = _document_name(document_title), _interpretation_name(interpretation_title)
    if not ((doc.name in told.whole and doc.tells) or (told.name in doc.whole and told.tells)):
        return False
    return not (doc.years and told.years and not doc.years & told.years)


def cited_numbers(interpretation: Interpretation) -> frozenset[str]:
    """发文字号 that stand in an interpretation's title or first lines."""
    head = f"{interpretation.title or ''}\n{(interpretation.text or '')[:400]}"
    return frozenset(cited.corrected for cited in doc_number.find(head) if cited.corrected)


def interprets(interpretation: Interpretation, doc: PolicyDocument, cited: frozenset[str], number: str | None) -> bool:
    """Whether an interpretation is about this document: linked, same name, or its number (`number`) among the `cited` ones."""
    if doc.url in interpretation.documents or interpretation.url in doc.interpretations or interpretation.url == doc.url:
        return True
    return (number is not None and number in cited) or same_name(doc.title, interpretation.title)


def names_a_document(interpretation: Interpretation) -> bool:
    """Whether it is certain that the page interprets some document, so that a link to it is missing when there is none.

    Columns called 政策解读 hold news and comments too: only a title that quotes a document, or says in the words of an interpretation
    (解读, 一图读懂) what it interprets, counts. `政策解读` alone is a column's name.
    """
    title = normalise.compact(interpretation.title or "")
    return bool(_QUOTED.search(title) or (_READING.search(title) and subject(title)))


# ---------------------------------------------------------------- whose documents


@dataclass(slots=True, frozen=True)
class Own:
    """Names under which this site's own government, its office and its unit issue documents."""

    full: frozenset[str]
    short: frozenset[str]


_GOVERNMENT = re.compile(r"^(?P<region>.*?(?P<level>[省市县区州盟旗镇乡]|街道|自治区))人民政府(?:办公[室厅])?")
_SITE_NAME = re.compile(r"(?:人民)?政府(?:门户|官方)?网站?.*$|门户网站.*$|网站$|网$")
"""Tail of a site's name: matches that of `清河县人民政府网站`; not `清河县教育局`."""


def own_names(names: Iterable[str | None]) -> Own:
    """From organizer and site names: `清河县人民政府办公室` stands for the government and its office, `清河县教育局` for itself only."""
    full: set[str] = set()
    short: set[str] = set()
    for name in names:
        plain = normalise.label(name or "")
        if not plain:
            continue
        government = _GOVERNMENT.match(plain)
        if government:
            region, level = government["region"], government["level"][-1]
            full |= {f"{region}人民政府", f"{region}人民政府办公室", f"{region}人民政府办公厅", f"{region}政府", f"{region}政府办公室"}
            short |= {
                f"{level}{tail}" for tail in ("人民政府", "政府", "政府办", "政府办公室", "人民政府办公室", "政府办公厅", "人民政府办公厅")
            }
        else:
            unit = _SITE_NAME.sub("", plain)
            full |= {unit, f"{unit}办公室"}
            if behind := re.match(r"^.*?([省市县区州盟旗])(.{2,}[局委办会院厅部])$", unit):
                short |= {behind[2], behind[1] + behind[2]}
    return Own(frozenset(full), frozenset(short))


def is_own(doc: PolicyDocument, own: Own) -> bool | None:
    """Whether this site's own government, its office or unit issued the document; null when the page does not say."""
    issuers = [i for i in (normalise.label(part) for part in re.split(r"[、,，;；\s]+", doc.issuer or "")) if i]
    if issuers:
        return any(i in own.full or i in own.short for i in issuers)
    before = _ISSUER_BEFORE.match(bare_title(doc.title or ""))
    return before[0] in own.full if before else None


_FORM_END = re.compile(r"(?:通知|意见|决定|方案|措施|办法|规定|细则|规则|预案|条例)$")
_REPORTS = re.compile(r"(?:年度?报告|年报|决算|预算|公报|统计|指标|运行情况|简报|报表)(?:表|说明|公开)?$")
"""What stands in an 公开目录 with an 索引号 and is no policy: matches `2025年财政决算`, `…信息公开工作年度报告`; not `…管理办法`."""


def is_policy(doc: PolicyDocument, column_type: str | None) -> bool:
    """Whether it is a document that decides something. An 公开目录 gives budgets, reports and statistics the same metadata block: outside the
    policy columns only a 发文字号 or the title of an official document (`关于……的意见`, `……办法`) shows one."""
    title = bare_title(doc.title or "")
    if _REPORTS.search(title) and not shows_number(doc):
        return False
    if column_type == "政策文件" or shows_number(doc):
        return True
    return column_type not in _NO_POLICY and bool(_FORM_END.search(title)) and "关于" in title


_NO_POLICY = frozenset(
    {"财政预决算", "信息公开年报", "信息公开制度", "信息公开指南", "数据发布", "人事信息", "机构职能", "领导信息", "概况信息"}
)


def left_out(doc: PolicyDocument, exclude: Sequence[str], keep: str) -> bool:
    """Documents that need no interpretation by their kind (任免, 公告, 批复 …); a 行政规范性文件 stays in whatever it is called."""
    title = bare_title(doc.title or "")
    kinds = " ".join(filter(None, (doc.genre, doc.topic)))
    if re.search(keep, kinds) or re.search(keep, title):
        return False
    return any(re.search(pattern, title) or (doc.genre and re.search(pattern, doc.genre)) for pattern in exclude)


# ---------------------------------------------------------------- checks


@dataclass(slots=True)
class _Listed:
    """Titles that stand in 政策解读 lists, also of items that lead off the site or were not read."""

    titles: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, ctx: CheckContext) -> _Listed:
        return cls([(e.title, e.url) for c in columns_of(ctx, "政策解读") for e in c.entries])

    def about(self, doc: PolicyDocument) -> str | None:
        return next((url for title, url in self.titles if same_name(doc.title, title)), None)


@check("policy-not-interpreted", "interpretation-not-linked", "policy-not-linked-back", "interpretation-excerpt-only")
class Interpreted(SiteCheck):
    """Pairs documents and interpretations once, then asks the four questions."""

    def __init__(self, ctx: CheckContext) -> None:
        super().__init__(ctx)
        self.seen = SeenPages()

    def page(self, p: PageFacts) -> None:
        self.seen.add(p)

    def finish(self) -> Report:
        facts = self.ctx.facts
        self.of_document: dict[str, list[Interpretation]] = {}
        self.of_interpretation: dict[str, list[PolicyDocument]] = {}
        numbers = [(doc, number_of(doc)) for doc in facts.documents]
        for interpretation in facts.interpretations:
            cited = cited_numbers(interpretation)
            for doc, number in numbers:
                if interprets(interpretation, doc, cited, number):
                    self.of_document.setdefault(doc.url, []).append(interpretation)
                    self.of_interpretation.setdefault(interpretation.url, []).append(doc)
        reports = (self._uninterpreted(), self._unlinked(), self._not_linked_back(), self._excerpts())
        return Report(findings=[f for found_, _ in reports for f in found_], results=[result for _, result in reports])

    def _uninterpreted(self) -> tuple[list[Finding], RuleResult]:
        rule, ctx = "policy-not-interpreted", self.ctx
        facts, columns = ctx.facts, columns_of(ctx, "政策解读")
        own = own_names((facts.target.organizer, facts.site.organizer, facts.target.name, facts.site.name))
        exclude, keep = ctx.param(rule, "exclude"), ctx.param(rule, "keep")
        unseen = "external_platform" if lives_outside(columns) else hidden(ctx, columns)
        listed, as_of = _Listed.of(ctx), ctx.as_of.isoformat()
        over, types = abolished(facts.documents, as_of), type_of(ctx)
        findings, judged = [], 0
        for doc in facts.documents:
            if not is_policy(doc, types.get(doc.column or "")):
                continue
            day = doc.issued_on or doc.published_on
            if not doc.title or (day and day > as_of) or not is_own(doc, own) or left_out(doc, exclude, keep):
                continue
            if marked(doc) or doc.url in over or ((term := own_term(doc)) and term[0] < as_of):
                continue
            if doc.interpretations or doc.url in self.of_document or listed.about(doc):
                judged += 1
                continue
            reason = unseen or self.seen.reason(ctx, doc.url)
            parts, old = {"object_key": doc.key}, is_old(ctx, rule, day)
            if reason:
                findings.append(not_checked(ctx, rule, doc.url, reason, f"《{doc.title}》的解读", parts, old=old, **about(doc, "page")))
                continue
            judged += 1
            searched = {
                "what": "searched", "interpretations": len(facts.interpretations), "list_titles": len(listed.titles), "name": core(doc.title),
                "doc_number": number_of(doc), "columns": [c.record.url for c in columns][:10],
            }  # fmt: skip
            seen = {"what": "document", "issuer": doc.issuer, "issued_on": doc.issued_on, "published_on": doc.published_on}
            findings.append(found(ctx, rule, doc.url, parts, old=old, observed="未见解读", evidence=[seen, searched], **about(doc, "page")))
        return findings, conclude(rule, findings, judged, otherwise=nothing_there(ctx, "政策文件"))

    def _unlinked(self) -> tuple[list[Finding], RuleResult]:
        rule, ctx = "interpretation-not-linked", self.ctx
        own_pages = {d.url for d in ctx.facts.documents}
        findings, judged = [], 0
        for item in ctx.facts.interpretations:
            docs = self.of_interpretation.get(item.url, [])
            if item.documents or item.url in own_pages:
                judged += 1
                continue
            if not docs and not names_a_document(item):
                continue
            day = next((d.issued_on for d in docs if d.issued_on), None) or item.published_on
            parts, old = {"object_key": item.key}, is_old(ctx, rule, day)
            if reason := self.seen.reason(ctx, item.url):
                findings.append(
                    not_checked(ctx, rule, item.url, reason, f"《{item.title}》与文件的关联", parts, old=old, **about(item, "page"))
                )
                continue
            judged += 1
            labels = [word for key in ("documents", "related") for word in ctx.labels("interpretation").get(key, ())]
            searched = {"what": "searched", "url": item.url, "places": ["正文链接", "相关文件栏", "同页标签"], "labels": labels}
            evidence = [searched, *({"what": "document", "url": d.url, "title": d.title} for d in docs[:3])]
            findings.append(
                found(ctx, rule, item.url, parts, old=old, observed="未见指向文件的链接", evidence=evidence, **about(item, "page"))
            )
        return findings, conclude(rule, findings, judged, otherwise=nothing_there(ctx, "政策解读"))

    def _not_linked_back(self) -> tuple[list[Finding], RuleResult]:
        rule, ctx = "policy-not-linked-back", self.ctx
        findings, judged = [], 0
        for doc in ctx.facts.documents:
            own = [i for i in self.of_document.get(doc.url, []) if self._certain(i, doc)]
            if doc.interpretations:
                judged += 1
                continue
            if not own or any(i.url == doc.url for i in own):
                continue
            first = min(own, key=lambda i: (i.published_on or "9999", i.url))
            parts: dict[str, Any] = {"object_key": doc.key}
            old = is_old(ctx, rule, doc.issued_on or doc.published_on)
            if reason := self.seen.reason(ctx, doc.url):
                findings.append(
                    not_checked(
                        ctx, rule, doc.url, reason, f"《{doc.title}》与解读的关联", parts, value=first.url, old=old, **about(doc, "page")
                    )
                )
                continue
            judged += 1
            labels = list(ctx.labels("policy").get("interpretations", ()))
            evidence: list[dict[str, Any]] = [
                {"what": "searched", "url": doc.url, "places": ["正文链接", "相关解读栏", "同页标签"], "labels": labels}
            ]
            evidence += [{"what": "interpretation", "url": i.url, "title": i.title, "published_on": i.published_on} for i in own[:5]]
            findings.append(
                found(
                    ctx,
                    rule,
                    doc.url,
                    {**parts, "interpretation": first.title},
                    value=first.url,
                    old=old,
                    evidence=evidence,
                    **about(doc, "page"),
                )
            )
        return findings, conclude(rule, findings, judged, otherwise=nothing_there(ctx, "政策解读"))

    def _certain(self, item: Interpretation, doc: PolicyDocument) -> bool:
        """Whether the interpretation is of this very document: it also links to laws and plans that it only mentions."""
        if item.url in doc.interpretations or item.url == doc.url:
            return True
        named = [d for d in self.of_interpretation.get(item.url, []) if same_name(d.title, item.title)]
        if named:
            return named == [doc] or (doc in named and doc.url in item.documents)
        return item.documents == [doc.url]

    def _excerpts(self) -> tuple[list[Finding], RuleResult]:
        rule, ctx = "interpretation-excerpt-only", self.ctx
        floor, shortest = float(ctx.param(rule, "share")), int(ctx.param(rule, "min_characters"))
        findings, judged = [], 0
        for item in ctx.facts.interpretations:
            text = item.text or ""
            docs = [d for d in self.of_interpretation.get(item.url, []) if d.url != item.url and len(d.text or "") >= shortest]
            if len(text) < shortest or not docs:
                continue
            judged += 1
            share, doc = max(((similarity.contained(text, d.text or ""), d) for d in docs), key=lambda pair: (pair[0], pair[1].url))
            if share < floor:
                continue
            seen = {"what": "similarity", "url": doc.url, "title": doc.title, "share": f"{share:.2f}", "floor": f"{floor:.2f}"}
            findings.append(
                found(
                    ctx, rule, item.url, {"object_key": item.key, "document": doc.title, "share": f"{share:.0%}"}, observed=f"与原文重复{share:.0%}",
                    evidence=[seen], **about(item, "page"),
                )
            )  # fmt: skip
        return findings, conclude(rule, findings, judged, otherwise=nothing_there(ctx, "政策解读"))
