"""`footer-mark-missing`, `footer-mark-wrong`, `error-report-missing`, `error-report-wrong-code`: what every page must bear (D21, D23).

Judged on the DOM after script: what a script may still write is `not_checked` until the page was rendered. Source: 国办秘函〔2019〕19号,
网站标识 and 我为政府网站找错; 政府网站发展指引.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from govcrawl.checks.base import CheckContext, Report, SiteCheck, check, conclude, found, not_checked, unchecked
from govcrawl.checks.identity import is_code, own_code, same_code
from govcrawl.checks.shared_blocks import Place, Places, front_pages, place_of
from govcrawl.model.facts import FooterMarks, PageFacts
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.items import FOOTER_MARKS
from govcrawl.text import normalise

FIELDS = dict(zip(FOOTER_MARKS, ("institution_badge", "site_code", "icp_number", "police_number", "organizer", "contact"), strict=True))
_BADGE, _CODE_MARK, _ICP, _POLICE = FOOTER_MARKS[0], FOOTER_MARKS[1], FOOTER_MARKS[2], FOOTER_MARKS[3]
_NO_PAGE = frozenset({"data", "error", "shield", "frame", "attachment"})
_PROVINCES = "京津沪渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川蜀贵黔云滇藏陕秦甘陇青宁新港澳台国"
_ICP_FORM = re.compile(rf"^[{_PROVINCES}]ICP(?:备(?:\d{{8}}|\d{{10}})|证\d{{6,8}})号?(?:-\d+)?$", re.I)
"""Matches "苏ICP备05012345号-1" and "粤ICP备2021000001号", not "ICP备05012345号" nor "苏ICP备050123号"."""
_ICP_BASE = re.compile(r"(?:备|证)(\d+)")
"""Matches the digits of "苏ICP备05012345号-1" without its suffix, not those of "ICP05012345"."""
_POLICE_DIGITS = re.compile(r"\d{6,}")
"""Matches "32128302000011", not "110"."""


@check("footer-mark-missing", "footer-mark-wrong", "error-report-missing", "error-report-wrong-code")
class Marks(SiteCheck):
    """Judges the footer of every whole page; a defect of a shared footer is one finding on the shallowest page.

    Not judged: pager pages 2…n, error pages, frames, data, and fragments (pages without any header, navigation and footer).
    """

    def __init__(self, ctx: CheckContext) -> None:
        super().__init__(ctx)
        self._missing, self._wrong, self._unsure = Places(), Places(), Places()
        self._doubtful = {"footer-mark-missing": Places(), "error-report-missing": Places()}
        self._no_entry, self._other_code = Places(), Places()
        self._code, self._sure = own_code(ctx)
        self._front = front_pages(ctx.facts)
        self._marked = self._entries = self._coded = 0

    def page(self, p: PageFacts) -> None:
        if p.kind in _NO_PAGE or p.page_no > 1 or is_fragment(p) or (p.needs_script == "body" and not p.rendered):
            return
        if p.marks is not None:
            self._marks(p, p.marks)
        self._entry(p)

    def _marks(self, p: PageFacts, marks: FooterMarks) -> None:
        self._marked += 1
        for mark in FOOTER_MARKS:
            value = getattr(marks, FIELDS[mark])
            printed = value or marks.raw.get(mark)
            if not printed:
                open_ = mark in marks.doubtful and not p.rendered
                place = place_of(self.ctx.facts, p, observed=None)
                (self._doubtful["footer-mark-missing"] if open_ else self._missing).add(mark, place)
                continue
            if verdict := self._verdict(mark, value, str(printed)):
                sure, said = verdict
                key = f"{mark}\n{said}"
                (self._wrong if sure else self._unsure).add(key, place_of(self.ctx.facts, p, observed=said))

    def _verdict(self, mark: str, value: str | None, printed: str) -> tuple[bool, str] | None:
        """(sure, what is wrong) of a mark that the page shows; null when it is right, or cannot be judged."""
        target = self.ctx.facts.target
        text = normalise.compact(value or printed)
        if mark == _CODE_MARK:
            if not is_code(text):
                return _looks_like_code(text), f"{text}，格式不正确"
            if self._code and not same_code(text, self._code):
                return self._sure, f"{text}，本网站标识码为 {self._code}"
        if mark == _ICP:
            if not _ICP_FORM.match(text):
                return _ICP_BASE.search(text) is not None, f"{text}，格式不正确"
            if target.icp_number and _digits(_ICP_BASE, text) != _digits(_ICP_BASE, normalise.compact(target.icp_number)):
                return True, f"{text}，登记的备案编号为 {target.icp_number}"
        if mark == _POLICE:
            digits = _POLICE_DIGITS.search(text)
            if digits is None or len(digits[0]) != 14:
                # 12 and 15 digits occur on real sites: a person must look
                return False, f"{text}，不是 14 位数字"
            if target.police_number and digits[0] != _digits(_POLICE_DIGITS, normalise.compact(target.police_number)):
                return True, f"{text}，登记的公安备案号为 {target.police_number}"
        return None

    def _entry(self, p: PageFacts) -> None:
        entry = p.error_report
        if entry is None:
            return
        if not entry.working and (entry.doubtful or p.needs_script == "marks") and not p.rendered:
            self._doubtful["error-report-missing"].add("entry", place_of(self.ctx.facts, p))
            return
        self._entries += 1
        if not (entry.present and entry.working):
            self._no_entry.add("entry", place_of(self.ctx.facts, p, observed=entry.href or "未找到入口"))
            return
        if entry.code and self._code:
            self._coded += 1
            if not same_code(entry.code, self._code):
                self._other_code.add(entry.code, place_of(self.ctx.facts, p, observed=entry.href))

    # ------------------------------------------------------------ finish

    def finish(self) -> Report:
        if self.ctx.home_reason and not self._marked and not self._entries:
            return unchecked(self.rules, self.ctx.home_reason)
        findings = [*self._missing_marks(), *self._wrong_marks(), *self._missing_entries(), *self._wrong_codes()]
        nothing = (Outcome.NOT_CHECKED, "no_data")
        return Report(
            findings=findings,
            results=[
                conclude("footer-mark-missing", findings, self._marked if self._settled(findings) else 0, otherwise=nothing),
                conclude("footer-mark-wrong", findings, self._marked, otherwise=nothing),
                conclude("error-report-missing", findings, self._entries, otherwise=nothing),
                conclude("error-report-wrong-code", findings, self._coded, otherwise=nothing),
            ],
        )

    def _settled(self, findings: list[Finding]) -> bool:
        """Whether at least one mark was judged for certain: six doubtful ones are no pass."""
        open_ = {f.value for f in findings if f.rule == "footer-mark-missing" and f.outcome is Outcome.NOT_CHECKED}
        return len(open_) < len(FOOTER_MARKS)

    def _fields(self, place: Place, pages: int) -> dict[str, Any]:
        return {
            "title": place.title, "locator": place.locator, "snapshot": place.snapshot, "pages": pages,
            "on_home": place.home or place.url in self._front,
        }  # fmt: skip

    def _missing_marks(self) -> Iterator[Finding]:
        for mark in self._missing:
            for place, pages in self._missing.of(mark, self._marked):
                evidence = [
                    {"what": "searched", "mark": mark, "region": "footer", "after_script": True, "pages": pages, "judged": self._marked}
                ]
                yield found(
                    self.ctx,
                    "footer-mark-missing",
                    place.url,
                    value=mark,
                    observed="未找到",
                    evidence=evidence,
                    **self._fields(place, pages),
                )
        for mark in self._doubtful["footer-mark-missing"]:
            if mark not in self._missing:
                place, pages = self._doubtful["footer-mark-missing"].one(mark)
                yield not_checked(
                    self.ctx, "footer-mark-missing", place.url, "unrendered", f"页面底部的{mark}", value=mark, **self._fields(place, pages)
                )

    def _wrong_marks(self) -> Iterator[Finding]:
        done: set[tuple[str, str]] = set()
        for places, outcome in ((self._wrong, None), (self._unsure, Outcome.NEEDS_REVIEW)):
            for key in places:
                mark, said = key.split("\n", 1)
                for place, pages in places.of(key, self._marked):
                    if (place.url, mark) in done:
                        continue
                    done.add((place.url, mark))
                    evidence = [{"what": "mark", "mark": mark, "observed": said, "own_code": self._code, "sure": self._sure}]
                    yield found(
                        self.ctx, "footer-mark-wrong", place.url,
                        value=mark, outcome=outcome, observed=said, evidence=evidence, **self._fields(place, pages),
                    )  # fmt: skip

    def _missing_entries(self) -> Iterator[Finding]:
        for place, pages in self._no_entry.of("entry", self._entries):
            evidence = [
                {
                    "what": "searched",
                    "entry": "我为政府网站找错",
                    "region": "DOM",
                    "found": place.observed,
                    "pages": pages,
                    "judged": self._entries,
                }
            ]
            yield found(
                self.ctx, "error-report-missing", place.url, observed=place.observed, evidence=evidence, **self._fields(place, pages)
            )
        open_ = self._doubtful["error-report-missing"]
        if "entry" in open_ and "entry" not in self._no_entry:
            place, pages = open_.one("entry")
            yield not_checked(
                self.ctx, "error-report-missing", place.url, "unrendered", "“我为政府网站找错”入口", **self._fields(place, pages)
            )

    def _wrong_codes(self) -> Iterator[Finding]:
        for code in self._other_code:
            for place, pages in self._other_code.of(code, self._coded):
                evidence = [{"what": "entry", "href": place.observed, "code": code, "own_code": self._code, "sure": self._sure}]
                yield found(
                    self.ctx, "error-report-wrong-code", place.url,
                    value=code, outcome=None if self._sure else Outcome.NEEDS_REVIEW,
                    observed=code, expected=self._code, evidence=evidence, **self._fields(place, pages),
                )  # fmt: skip


def is_fragment(p: PageFacts) -> bool:
    """A piece of a page (a frame's content, a block for inclusion): nothing of a header, a navigation or a footer stands on it."""
    if p.kind == "home" or p.navigation or p.header_name or p.breadcrumb:
        return False
    if p.marks is not None and any(getattr(p.marks, name) for name in FIELDS.values()):
        return False
    return not any(link.region in ("header", "nav", "footer") for link in p.links)


def _looks_like_code(text: str) -> bool:
    """Whether a malformed code was surely meant as one: enough digits and nothing else."""
    return re.fullmatch(r"(?:bm|n)?\d{6,14}", text.lower()) is not None


def _digits(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return match[match.re.groups] if match else None
