"""What a re-check answers for one finding: 已整改, 未整改, 页面已删除, 已迁移 or 无法判定, with what it rests on. Pure.

Nothing that could not be read counts as mended; a mended copy of a template does not speak for the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from govcrawl.checks.base import REASON_TEXT, known_reason, tried
from govcrawl.model.documents import OCR, READ
from govcrawl.model.facts import PageFacts, Visit
from govcrawl.model.files import INSIDE
from govcrawl.model.findings import Finding, Outcome, RuleResult
from govcrawl.page import addresses
from govcrawl.rectification.needs import Need
from govcrawl.rectification.pursuit import Before, Now, Pursuit, end_of, is_gone
from govcrawl.rectification.template import LINK_RULES, bears
from govcrawl.scoring.decisions import seen
from govcrawl.text import normalise, similarity

FIXED, NOT_FIXED, GONE, MOVED, UNKNOWN = "fixed", "not_fixed", "gone", "moved", "unknown"
TITLES: Mapping[str, str] = {FIXED: "已整改", NOT_FIXED: "未整改", GONE: "页面已删除", MOVED: "页面已迁移", UNKNOWN: "无法判定"}
ACCUSED = (Outcome.FAIL, Outcome.NEEDS_REVIEW)
READABLE = frozenset({READ, OCR})
"""An empty text may be a scan: nobody has read that."""
_ALIKE = 0.5
"""Likeness of titles from which a page counts as the same page."""
_SHOWN = 20


@dataclass(slots=True)
class Verdict:
    """One answer. `after` and `before` are evidence as a finding's is."""

    finding: Finding
    verdict: str
    note: str = ""
    """Chinese: what was seen, for the ledger."""
    reason: str | None = None
    """Of `unknown`: a reason word of the finding contract."""
    moved_to: str | None = None
    still: bool | None = None
    """Of `moved`: whether the fault stands at the new address; null where that was not read."""
    elsewhere: list[dict[str, Any]] = field(default_factory=list)
    """The same fault of the same template on other pages: {"url", "state": still or not_looked}."""
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    @property
    def mended(self) -> bool:
        """Nothing is left to be mended."""
        return self.verdict in (FIXED, GONE) or (self.verdict == MOVED and self.still is False)


@dataclass(slots=True, frozen=True)
class Judged:
    """What the checks say now, over the pages of the run with those just read in their place."""

    findings: Mapping[str, Finding]
    results: Mapping[str, RuleResult]

    def same_fault(self, finding: Finding, url: str) -> Finding | None:
        """The fault of this rule and value at another address."""
        return next(
            (f for f in self.findings.values() if f.rule == finding.rule and f.url == url and _same(f, finding) and f.outcome in ACCUSED),
            None,
        )

    def target(self, address: str) -> Finding | None:
        """What is now said about the target of a link, on whatever page: the gravest."""
        known = [f for f in self.findings.values() if f.rule in LINK_RULES and f.value == address]
        return min(known, key=lambda f: (f.outcome is not Outcome.FAIL, f.id), default=None)


def _same(one: Finding, other: Finding) -> bool:
    return one.value == other.value or one.rule == "page-tag-missing"


def decide(pursuit: Pursuit, before: Before, now: Now, judged: Judged, others: Sequence[Finding]) -> Verdict:
    """Answer for one finding.

    Args:
        others: findings of the run on the same site, to point out the same fault of the same template.
    """
    finding, need = pursuit.finding, pursuit.need
    if finding.source is not None:  # our checks never saw it: that they see nothing now is no repair
        return Verdict(finding, UNKNOWN, f"由“{finding.source}”查出，请人工或用原工具复查", "no_data", before=_before(finding))
    if need is None:
        return Verdict(finding, UNKNOWN, "此类问题不能通过重新读取网页复查，请人工复查", "no_data", before=_before(finding))
    verdict = _decided(pursuit, need, before, now, judged)
    verdict.before, verdict.after = _before(finding), _after(pursuit, now, judged)
    if need.shared:
        verdict.elsewhere = _elsewhere(finding, now, others)
    return verdict


def _decided(pursuit: Pursuit, need: Need, before: Before, now: Now, judged: Judged) -> Verdict:
    finding = pursuit.finding
    at = finding.url
    if need.page:
        end = end_of(finding.url, now)
        if early := _place(pursuit, before, now, judged, end):
            return early
        assert end is not None
        at = end.url
        if problem := _changed(finding, need, before, now, now.page(at)):
            return problem
    for url in [*pursuit.wanted, *pursuit.samples]:
        if problem := _unseen(finding, url, now):
            return problem
    if finding.rule in LINK_RULES:
        return _link(pursuit, now, judged)
    if finding.source_file and (problem := _file(finding, finding.source_file, now)):
        return problem
    found = judged.findings.get(finding.id) or (judged.same_fault(finding, at) if at != finding.url else None)
    if found is not None and found.outcome in ACCUSED:
        return Verdict(finding, NOT_FIXED, _half(finding, found))
    if found is not None:
        return _unknown(finding, found.reason)
    if bearing := _bearing(pursuit, now):
        return Verdict(finding, NOT_FIXED, _template(finding, bearing))
    result = judged.results.get(finding.rule)
    if result is not None and result.outcome is Outcome.NOT_CHECKED and (not need.page or finding.object == "site"):
        return _unknown(finding, result.reason)
    return Verdict(finding, FIXED, "复查未再发现该问题" + _looked(pursuit))


def _place(pursuit: Pursuit, before: Before, now: Now, judged: Judged, end: Visit | None) -> Verdict | None:
    """What is already decided by where the finding's page is now; null where it is in its place and was read."""
    finding = pursuit.finding
    if end is None:
        return _unknown(finding, "no_data")
    page = now.page(end.url)
    if is_gone(end, page):
        if pursuit.moved_to:
            return _moved(finding, pursuit.moved_to, now, judged, "原网址已打不开，原栏目中同名信息的网址已变")
        status = end.last.status if end.last is not None else None
        return Verdict(finding, GONE, f"页面已打不开（{status if status and status >= 400 else '显示出错页'}）")
    if end.outcome == "redirected" and end.redirect_to:
        return Verdict(finding, MOVED, f"跳转到 {end.redirect_to}，新网址未读取", moved_to=end.redirect_to)
    if end.outcome != "read" or page is None or page.kind == "shield":
        outside = end.outcome == "read" and not before.own(end.url)
        if outside:
            return Verdict(finding, MOVED, f"跳转到站外 {end.url}，新网址未读取", moved_to=end.url)
        blocked = end.outcome == "blocked" or (page is not None and page.kind == "shield")
        return _unknown(finding, "blocked" if blocked else end.reason)
    if addresses.key(end.url) == addresses.key(finding.url):
        return None
    if page.kind == "home" or addresses.key(end.url) == addresses.key(before.home):
        return None if finding.url == before.home else Verdict(finding, GONE, "原网址跳转到首页，页面已不存在")
    return None if finding.url == before.home else _moved(finding, end.url, now, judged, "原网址跳转到新网址")


def _moved(finding: Finding, url: str, now: Now, judged: Judged, how: str) -> Verdict:
    end = end_of(url, now)
    page = now.page(end.url) if end is not None else None
    if end is None or end.outcome != "read" or page is None or (page.needs_script in ("list", "body") and not page.rendered):
        return Verdict(finding, MOVED, f"{how}：{url}，新网址未能读取", moved_to=url)
    if finding.rule in LINK_RULES:
        target = judged.target(finding.value or "")
        still = bears(finding, page) and target is not None and target.outcome in ACCUSED
    else:
        still = judged.same_fault(finding, end.url) is not None or bears(finding, page)
    return Verdict(finding, MOVED, f"{how}：{url}，" + ("问题仍在" if still else "新网址未见此问题"), moved_to=url, still=still)


def _changed(finding: Finding, need: Need, before: Before, now: Now, page: PageFacts | None) -> Verdict | None:
    """Whether the page shows something else than it did, so that what is missing on it is no repair."""
    assert page is not None
    if page.needs_script in ("list", "body") and not page.rendered:
        return _unknown(finding, "unrendered")
    was = before.page(finding.url)
    if was is None:
        return None
    old = [t for t in (was.title, was.head_title) if t]
    new = [t for t in (page.title, page.head_title) if t]
    if old and not any(similarity.ratio(a, b) >= _ALIKE or normalise.compact(a) in normalise.compact(b) for a in old for b in new):
        return _unknown(finding, "no_data", f"该网址现在显示的是{_quoted(new[0]) if new else '无标题页面'}，与原页面不同，请人工核对")
    kinds = {item.get("kind") for item in was.items} - {"article"}
    if need.kept and kinds and not kinds & {item.get("kind") for item in page.items}:
        return _unknown(finding, "no_data", "页面上已没有原来的内容（指南、文件或留言），请人工核对")
    return None


def _unseen(finding: Finding, url: str, now: Now) -> Verdict | None:
    """A further page that was needed and could not be read. What answers 404 hides nothing."""
    end = end_of(url, now)
    if end is None:
        return _unknown(finding, "no_data", f"{url}：未读取")
    page = now.page(end.url)
    if end.outcome == "blocked" or (page is not None and page.kind == "shield"):
        return _unknown(finding, "blocked", f"{url}：{REASON_TEXT['blocked']}")
    if is_gone(end, page) or end.outcome in ("read", "redirected"):
        return None
    return _unknown(finding, end.reason, f"{url}：{REASON_TEXT[known_reason(end.reason, 'unreachable')]}")


def _file(finding: Finding, address: str, now: Now) -> Verdict | None:
    """An attachment that is there and cannot be read clears nobody; one that is gone, or whose archive has lost the member, shows it no more."""
    container = address.partition(INSIDE)[0]
    end = end_of(container, now)
    if end is None or end.outcome != "read" or is_gone(end, now.page(end.url)):
        return None
    file = now.file(end.url)
    parts = file.parts if file is not None else []
    same = [part for part in parts if file is not None and file.address(part) == address] or parts
    if not parts or any(part.text_status not in READABLE for part in same):
        return _unknown(finding, "unread_file", f"{address}：{REASON_TEXT['unread_file']}")
    return None


def _link(pursuit: Pursuit, now: Now, judged: Judged) -> Verdict:
    finding = pursuit.finding
    bearing = _bearing(pursuit, now, own=True)
    if not bearing:
        if pursuit.replaced_by and (look := now.look(pursuit.replaced_by)) is not None and look.outcome != "read":
            if look.outcome == "failed" and look.last is not None and (look.last.status in (404, 410) or (look.last.status or 0) >= 500):
                return Verdict(finding, NOT_FIXED, f"链接已改为 {pursuit.replaced_by}，但该网址同样打不开（{look.last.status}）")
            if look.outcome not in ("read", "redirected"):
                return _unknown(finding, look.reason, f"链接已改为 {pursuit.replaced_by}，该网址未能打开，请人工核对")
        return Verdict(finding, FIXED, "页面上已没有该链接" + _looked(pursuit))
    target = judged.target(finding.value or "")
    if target is None:
        return Verdict(finding, FIXED, "链接已能打开")
    if target.outcome not in ACCUSED:
        return _unknown(finding, target.reason, f"链接仍在页面上，能否打开未能确认（{target.observed or ''}）")
    if finding.url in bearing or (end := end_of(finding.url, now)) is None or end.url in bearing:
        return Verdict(finding, NOT_FIXED, f"链接仍在页面上，仍打不开（{target.observed or ''}）")
    return Verdict(finding, NOT_FIXED, _template(finding, bearing))


def _bearing(pursuit: Pursuit, now: Now, *, own: bool = False) -> list[str]:
    """Pages just read that bear the defect of a template; those of the finding itself only where `own`."""
    found = []
    for url in (*([pursuit.finding.url] if own else []), *pursuit.samples):
        end = end_of(url, now)
        page = now.page(end.url) if end is not None else None
        if page is not None and bears(pursuit.finding, page):
            found.append(url)
    return found


def _template(finding: Finding, bearing: Sequence[str]) -> str:
    return f"仅改了一个页面：同一版块（原有 {finding.pages} 个页面）的其他页面仍有此问题，如 {'、'.join(bearing)}"


def _half(finding: Finding, found: Finding) -> str:
    """A fault that is still there, and what of it is another one now. Days that have passed since are no change."""
    if seen(finding) == seen(found):
        return "问题仍在"
    was, now = (finding.message, found.message) if found.message != finding.message else (finding.observed or "", found.observed or "")
    return f"问题仍在，情况有变化：原为{_quoted(was)}，现为{_quoted(now)}"


def _quoted(text: str) -> str:
    """Between quotation marks; those within it become inner ones (“‘政策解读’栏目……”)."""
    return f"“{text.translate(_INNER)}”"


_INNER = str.maketrans("“”", "‘’")


def _looked(pursuit: Pursuit) -> str:
    return f"（同一版块另抽看 {len(pursuit.samples)} 个页面，均已改正）" if pursuit.samples else ""


def _unknown(finding: Finding, reason: str | None, note: str | None = None) -> Verdict:
    word = known_reason(reason, "unreachable")
    return Verdict(finding, UNKNOWN, note or f"未能复查：{REASON_TEXT[word]}", word)


def _elsewhere(finding: Finding, now: Now, others: Sequence[Finding]) -> list[dict[str, Any]]:
    rows = []
    for other in others:
        if other.rule != finding.rule or other.value != finding.value or other.id == finding.id or other.outcome not in ACCUSED:
            continue
        end = end_of(other.url, now)
        page = now.page(end.url) if end is not None else None
        if page is None or bears(other, page):
            rows.append({"url": other.url, "state": "not_looked" if page is None else "still"})
    return rows[:_SHOWN]


def _before(finding: Finding) -> dict[str, Any]:
    taken = finding.snapshot
    return {
        "run": finding.run, "as_of": finding.as_of, "message": finding.message, "value": finding.value, "observed": finding.observed,
        "evidence": finding.evidence[:_SHOWN],
        "snapshot": {"warc": taken.warc, "offset": taken.offset, "sha256": taken.sha256} if taken is not None else None,
    }  # fmt: skip


def _after(pursuit: Pursuit, now: Now, judged: Judged) -> dict[str, Any]:
    """What was asked and answered for the finding, with the bytes of each answer, and what the checks say of it now."""
    finding = pursuit.finding
    rows: list[dict[str, Any]] = []
    urls = dict.fromkeys([*pursuit.wanted, *pursuit.samples, *filter(None, (finding.value, pursuit.moved_to, pursuit.replaced_by))])
    for url in urls:
        for visit in filter(None, (now.visit(url), now.look(url))):
            if visit.last is not None:
                taken = visit.last.snapshot
                shot = {"warc": taken.warc, "offset": taken.offset, "sha256": taken.sha256} if taken is not None else None
                rows.append(
                    tried(visit.last, outcome=visit.outcome, snapshot=shot, **({"control": c} if (c := visit.last.control) else {}))
                )
    found = judged.findings.get(finding.id)
    said = (
        {"message": found.message, "value": found.value, "observed": found.observed, "outcome": found.outcome.value}
        if found is not None
        else {}
    )
    return {"asked": rows[:_SHOWN], **said}
