"""Policy documents by themselves: 发文字号, and the mark that an abolished or expired document must bear.

Source: GB/T 9704-2012 §7.2.5 (发文字号); 国办发〔2017〕47号 (修改、废止、失效的文件应当标注); local inspection tables.
How documents and interpretations belong together is judged in `interpretation`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from govcrawl.checks.base import CheckContext, Report, SiteCheck, check, conclude, found, not_checked
from govcrawl.checks.seen import SeenPages, about, folded, nothing_there, quote, type_of
from govcrawl.model.facts import PageFacts
from govcrawl.model.findings import Finding
from govcrawl.model.items import PolicyDocument
from govcrawl.text import dates, doc_number, normalise

_TRAILING = re.compile(r"(?:[（(【\[〔][^（）()【】\[\]〔〕]{0,20}[）)】\]〕]|[.。…\s])+$")
"""Remarks behind a title: matches `（试行）`, `(全文)`; not the end of `关于加强消防工作的意见`."""

_NUMBER_BEHIND = re.compile(r"[（(][^（()）]{2,24}\d号[）)]$")  # matches `（清政发〔2026〕5号）`; not `（第5号令）`


def bare_title(title: str) -> str:
    """A title without blanks and without remarks in brackets behind it: `关于…的通知（废止）` → `关于…的通知`."""
    return _TRAILING.sub("", _NUMBER_BEHIND.sub("", normalise.compact(title)))


# ---------------------------------------------------------------- doc number


def needs_number(doc: PolicyDocument, forms: Sequence[str], numberless: Sequence[str]) -> bool:
    """Whether a document must bear a 发文字号.

    It must when it is an official document (公文) for certain: by its title (`关于……的<form>`), by its 体裁, or by a form in the title
    together with an 索引号. A bare `清河县……办法` may be a 规章 or an enclosure; 令, 公告, 通告, 任免, 批复, 函, laws and what the Party's organs
    publish rightly come without one. `numberless` holds regular expressions.
    """
    title, genre = bare_title(doc.title or ""), normalise.label(doc.genre or "")
    if any(re.search(pattern, title) or (genre and re.search(pattern, genre)) for pattern in numberless):
        return False
    return genre in forms or (title.endswith(tuple(forms)) and ("关于" in title or bool(doc.index_number)))


def shows_number(doc: PolicyDocument) -> bool:
    """Whether the page shows a number anywhere a document bears one: field, title, or a line of its own in the text."""
    if doc.doc_number or (doc.doc_number_raw and not doc_number.says_none(doc.doc_number_raw)):
        return True
    if doc.title and doc_number.find(doc.title):
        return True
    lines = [line.strip() for line in (doc.text or "").splitlines() if line.strip()]
    return any(_is_number(line) for line in lines[:15] + lines[-5:])


def _is_number(line: str) -> bool:
    """A line that is a number and hardly anything else: `清政发〔2026〕5号`; not `根据国办发〔2017〕47号要求`."""
    read = doc_number.parse(line) if len(line) <= 40 else None
    return read is not None and len(normalise.compact(read.raw)) + 6 >= len(normalise.compact(line))


def body_is_elsewhere(doc: PolicyDocument, minimum: int = 150) -> bool:
    """Whether the document itself lies in an attachment: the page holds hardly any text, so its number may stand in the file."""
    return bool(doc.attachments) and len(normalise.compact(doc.text or "")) < minimum


def malformed(raw: str | None) -> doc_number.DocNumber | None:
    """The number as read when its printed form deviates; null for right, numberless (令, 公告) and unknown forms.

    Blanks inside (`大足府办发〔2021〕 124号`) are a matter of layout and accuse nobody.
    """
    if not raw or doc_number.says_none(raw):
        return None
    read = doc_number.parse(re.sub(r"\s+", "", raw))
    return read if read is not None and read.kind == "number" and read.deviations else None


DEVIATIONS: dict[str, str] = {
    doc_number.BRACKET: "年份未用六角括号〔〕",
    doc_number.BRACKET_LOST: "年份括号缺失",
    doc_number.DI: "序号前加“第”",
    doc_number.ZERO: "序号编虚位",
    doc_number.YEAR: "年份不是四位全称",
    doc_number.FORM: "缺“号”字或数字为全角",
}


@check("doc-number-missing", "doc-number-malformed")
class DocNumbers(SiteCheck):
    """Missing: documents of 政策文件 columns only. Malformed: every document whose page shows a number."""

    def __init__(self, ctx: CheckContext) -> None:
        super().__init__(ctx)
        self.seen = SeenPages()

    def page(self, p: PageFacts) -> None:
        self.seen.add(p)

    def finish(self) -> Report:
        missing, n_missing = self._missing()
        wrong, n_wrong = self._malformed()
        nothing = nothing_there(self.ctx, "政策文件")
        return Report(
            findings=missing + wrong,
            results=[
                conclude("doc-number-missing", missing, n_missing, otherwise=nothing),
                conclude("doc-number-malformed", wrong, n_wrong, otherwise=nothing),
            ],
        )

    def _missing(self) -> tuple[list[Finding], int]:
        rule, ctx = "doc-number-missing", self.ctx
        forms, numberless = ctx.param(rule, "forms"), ctx.param(rule, "numberless")
        types = type_of(ctx)
        findings, judged = [], 0
        for doc in ctx.facts.documents:
            if types.get(doc.column or "") != "政策文件":
                continue
            if shows_number(doc):
                judged += 1
                continue
            if not needs_number(doc, forms, numberless):
                continue
            reason = self.seen.reason(ctx, doc.url) or ("unread_file" if body_is_elsewhere(doc) else None)
            if reason:
                findings.append(
                    not_checked(ctx, rule, doc.url, reason, f"《{doc.title}》的发文字号", {"object_key": doc.key}, **about(doc, "page"))
                )
                continue
            judged += 1
            searched = {
                "what": "searched",
                "url": doc.url,
                "labels": list(ctx.labels("policy").get("doc_number", ())),
                "also": ["标题", "正文首尾"],
            }
            findings.append(
                found(ctx, rule, doc.url, {"object_key": doc.key}, observed="未见发文字号", evidence=[searched], **about(doc, "page"))
            )
        return findings, judged

    def _malformed(self) -> tuple[list[Finding], int]:
        rule, ctx = "doc-number-malformed", self.ctx
        findings, judged = [], 0
        for doc in ctx.facts.documents:
            if not doc.doc_number_raw:
                continue
            read = malformed(doc.doc_number_raw)
            if read is None:
                judged += 1
                continue
            parts: dict[str, Any] = {"object_key": doc.key}
            if doc.url in self.seen.unrendered:
                findings.append(
                    not_checked(
                        ctx, rule, doc.url, "unrendered", f"发文字号“{doc.doc_number_raw}”", parts, value=read.raw, **about(doc, "page")
                    )
                )
                continue
            judged += 1
            what = "、".join(DEVIATIONS[d] for d in read.deviations)
            right = f"，应为“{read.corrected}”" if read.corrected else ""
            seen = {"what": "doc_number", "raw": doc.doc_number_raw, "deviations": list(read.deviations), "explained": what}
            findings.append(
                found(
                    ctx, rule, doc.url, {**parts, "deviations": what, "right": right}, value=read.raw, observed=f"{doc.doc_number_raw}（{what}）",
                    expected=read.corrected, snippet=doc.doc_number_raw[:60], evidence=[seen], **about(doc, "page"),
                )
            )  # fmt: skip
        return findings, judged


# ---------------------------------------------------------------- expired, abolished

_SELF = (
    r"(?:本(?:实施|管理|暂行|试行|若干)?(?:办法|规定|意见|细则|通知|方案|文件|规范|决定|规程|规则|标准|措施|政策|制度|预案|条例|计划)"
    r"|自[^。；\n]{2,24}?起(?:施行|实施|执行|生效|试行))"
)
_COUNT = r"(?P<n>\d{1,2}|[一二两三四五六七八九十]{1,2}) *(?P<unit>年|个月)"
_TERM = re.compile(_SELF + r"[^。；\n]{0,30}?(?:有效期限?|试行期限?|试行)(?:为|是)? *" + _COUNT)
"""matches `本办法自2020年1月1日起施行，有效期5年`; not `许可证有效期为5年` (a certificate's term)."""
_UNTIL = re.compile(_SELF + r"[^。；\n]{0,30}?(?:有效期限?)?(?:截止到|截止至|截至|至|到) *(?=(?:19|20)\d{2}年)")
"""matches `本通知自2021年1月1日起执行，有效期至` before a date; not `报名时间自3月1日起至`."""
_START = re.compile(r"自 *(?P<what>[^。；，,\n]{2,24}?)起")
"""matches `自2020年1月1日起`, `自印发之日起`, `自发布之日起30日后`."""
_ISSUED = re.compile(r"(?:发布|印发|公布|颁布|下发|发文|签发|通过)之日")
_DAYS_AFTER = re.compile(r"(?:之日)?起(?P<n>\d{1,3}) *(?:日|天)后")
_NUMERAL = {c: i for i, c in enumerate("〇一二三四五六七八九十")} | {"两": 2}
_MARKED_VALIDITY = re.compile(r"失效|废止|无效|过期|停止执行|终止")  # matches 部分失效, 已废止; not 有效, 尚未生效
_MARKED_TITLE = re.compile(r"[（(【\[〔](?:该文件|本文件)?(?:已|现已|已经|宣布|部分)?(?:失效|废止|停止执行)")
"""matches `关于…的通知（已废止）`, `【失效】关于…`; not `关于废止部分文件的决定`."""
_MARKED_TEXT = re.compile(
    r"(?:本|该|此)(?:文件|通知|办法|规定|意见|决定)(?:已|现已|已经|已被|已于[^。，]{2,14})(?:宣布)?(?:失效|废止|停止执行)"
)
"""matches `此文件已废止`; not `本办法期满自动失效`."""


def marked(doc: PolicyDocument) -> bool:
    """Whether the page tells that the document is no longer in force (field, title, or a remark at its head or foot)."""
    if doc.validity and _MARKED_VALIDITY.search(doc.validity):
        return True
    text = normalise.compact(doc.text or "")
    return bool(_MARKED_TITLE.search(doc.title or "") or _MARKED_TEXT.search(text[:300]) or _MARKED_TEXT.search(text[-200:]))


def own_term(doc: PolicyDocument) -> tuple[str, str] | None:
    """Last day of the document's own term and the sentence that sets it; null when it sets none or the start is not certain."""
    text = folded(doc.text or "")
    if until := _UNTIL.search(text):
        day = dates.parse_day(text[until.end() : until.end() + 16])
        if day:
            return day, quote(text, until.start(), until.end() + 12)
    term = _TERM.search(text)
    if term is None:
        return None
    head = text[max(0, term.start() - 40) : term.end()]
    start = _start_day(head[head.rfind("。") + 1 :], doc.issued_on)
    if start is None:
        return None
    count = _count(term["n"])
    months = count * 12 if term["unit"] == "年" else count
    return _months_after(start, months), quote(text, term.start(), term.end())


def _start_day(sentence: str, issued_on: str | None) -> str | None:
    start = _START.search(sentence)
    if start is None:
        return None
    if day := dates.parse_day(start["what"]):
        return day
    if not issued_on or not _ISSUED.search(start["what"]):
        return None
    later = _DAYS_AFTER.search(sentence)
    return (date.fromisoformat(issued_on) + timedelta(days=int(later["n"]) if later else 0)).isoformat()


def _count(text: str) -> int:
    if text.isdigit():
        return int(text)
    if len(text) == 2:  # 十五, 二十
        return 10 + _NUMERAL[text[1]] if text[0] == "十" else _NUMERAL[text[0]] * 10
    return _NUMERAL[text]


def _months_after(day: str, months: int) -> str:
    start = date.fromisoformat(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return f"{year:04d}-{month + 1:02d}-{min(start.day, 28):02d}"


@dataclass(slots=True, frozen=True)
class Abolition:
    """One document that another one abolishes."""

    number: str | None
    title: str | None
    sentence: str
    """The place in its context."""
    clause: str = ""
    """The whole clause: a day in the future means that it is still in force."""


_ENDS = re.compile(r"废止|停止执行|宣布失效|同时失效|自行失效")
_ABOLISHING_TITLE = re.compile(r"(?:废止|宣布失效)[^，。]{0,40}(?:决定|通知|公告)$")
"""matches `关于废止部分行政规范性文件的决定`; not `关于修改和保留…的通知`."""
_KEEPS = re.compile(r"修改|修订|保留|继续有效")
_NAME = re.compile(r"《(?P<name>[^《》]{4,80})》 *(?P<tail>第[^，。；]{1,8}条)?")
_GROUND = re.compile(r"(?:根据|依据|按照|依照|参照|遵照|执行|适用|贯彻|落实)[^《》，,；。]{0,8}$")
"""What stands before a document that is the ground, not the victim: matches `根据` in `根据《…》，现废止`."""


def abolitions(doc: PolicyDocument) -> Iterator[Abolition]:
    """Documents that this one abolishes as a whole: by `……同时废止` sentences, or as a list under `关于废止……的决定`."""
    text = folded(doc.text or "")
    title = bare_title(doc.title or "")
    if _ABOLISHING_TITLE.search(title) and not _KEEPS.search(title + text):
        pieces = [s for s in re.split(r"[。；;\n]", text) if s.strip()]
    else:
        pieces = [s for s in re.split(r"[。；;\n]", text) if _ENDS.search(s) and not _KEEPS.search(s)]
    for piece in pieces:
        yield from _victims(piece)


def _victims(sentence: str) -> Iterator[Abolition]:
    spoken: list[tuple[int, int]] = []
    for name in _NAME.finditer(sentence):
        spoken.append((name.start(), name.end() + 30))
        if name["tail"] or _GROUND.search(sentence[: name.start()]):
            continue
        behind = doc_number.find(sentence[name.end() : name.end() + 30])
        number = behind[0].corrected if behind and behind[0].start <= 2 else None
        yield Abolition(number, normalise.compact(name["name"]), quote(sentence, name.start(), name.end()), sentence)
    for cited in doc_number.find(sentence):
        if any(s <= cited.start < e for s, e in spoken) or _GROUND.search(sentence[: cited.start]):
            continue
        yield Abolition(cited.corrected, None, quote(sentence, cited.start, cited.start + len(cited.raw)), sentence)


def number_of(doc: PolicyDocument) -> str | None:
    """The number in its right form, for comparing, whatever the page prints."""
    if doc.doc_number:
        return doc.doc_number
    read = doc_number.parse(doc.doc_number_raw or "")
    return read.corrected if read else None


def _same(victim: Abolition, doc: PolicyDocument) -> bool:
    number = number_of(doc)
    if victim.number and number:
        return victim.number == number
    if not victim.title or not doc.title:
        return False
    bare = bare_title(doc.title)
    return bare == victim.title or f"《{victim.title}》" in bare or bool(re.search(f"(?:印发|发布|公布){re.escape(victim.title)}的", bare))


@check("expired-not-marked")
class ExpiredNotMarked(SiteCheck):
    """A later document of the same site abolishes it, or its own term has run out, and the page bears no mark. Always for a person."""

    def finish(self) -> Report:
        rule, ctx = "expired-not-marked", self.ctx
        as_of = ctx.as_of.isoformat()
        ended = abolished(ctx.facts.documents, as_of)
        findings, judged = [], 0
        for doc in ctx.facts.documents:
            if doc.text is None:
                continue
            judged += 1
            if marked(doc):
                continue
            if (grave := ended.get(doc.url)) is not None:
                other, victim = grave
                why = f"已被“{other.title}”废止"
                seen: dict[str, Any] = {
                    "what": "abolished_by", "url": other.url, "title": other.title, "issued_on": other.issued_on, "quote": victim.sentence,
                }  # fmt: skip
            else:
                term = own_term(doc)
                if term is None or term[0] >= as_of or _prolonged(doc, ctx.facts.documents):
                    continue
                why = f"有效期至{term[0]}"
                seen = {"what": "own_term", "ends_on": term[0], "issued_on": doc.issued_on, "quote": term[1]}
            searched = {"what": "searched", "places": ["有效性", "标题", "正文首尾"], "validity": doc.validity}
            findings.append(
                found(
                    ctx, rule, doc.url, {"object_key": doc.key, "why": why}, observed=why, snippet=seen["quote"], evidence=[seen, searched], **about(doc, "page")
                )
            )  # fmt: skip
        return Report(findings=findings, results=[conclude(rule, findings, judged, otherwise=nothing_there(ctx, "政策文件"))])


def abolished(documents: Sequence[PolicyDocument], as_of: str) -> dict[str, tuple[PolicyDocument, Abolition]]:
    """Address of a document → the later document of the site that abolishes it by `as_of`."""
    ended: dict[str, tuple[PolicyDocument, Abolition]] = {}
    for other in documents:
        for victim in abolitions(other):
            if any(day > as_of for day, _, _ in dates.find_days(victim.clause)):
                continue
            same = [d for d in documents if d.url != other.url and _same(victim, d) and _later(other, d)]
            if len({number_of(d) for d in same}) == 1:  # two documents of one title and different numbers: not certain which
                for doc in same:
                    ended.setdefault(doc.url, (other, victim))
    return ended


def _later(other: PolicyDocument, doc: PolicyDocument) -> bool:
    first, second = doc.issued_on or doc.published_on, other.issued_on or other.published_on
    return bool(first and second and first < second)


def _prolonged(doc: PolicyDocument, documents: Sequence[PolicyDocument]) -> bool:
    """Whether another document of the site prolongs this one: `关于延长《…》有效期的通知`."""
    number, name = number_of(doc), bare_title(doc.title or "")
    for other in documents:
        title = normalise.compact(other.title or "")
        if other.url == doc.url or not re.search(r"延长|延续|继续执行|继续实施", title):
            continue
        if (number and number in normalise.compact(other.text or "")) or any(n["name"] in name for n in _NAME.finditer(title)):
            return True
    return False
