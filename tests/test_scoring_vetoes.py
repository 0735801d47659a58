"""Veto candidates with their counters, the two persons who confirm them, and what decisions do to points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest

from govcrawl import rulebook, scoring
from govcrawl.model.facts import PAGE, Context, ListBlock, ListEntry, PageFacts, Visit
from govcrawl.model.findings import Finding, Outcome, Review, RuleResult, finding_id
from govcrawl.model.items import Column, Interpretation, Message, PolicyDocument, ServiceGuide, Site
from govcrawl.model.site_facts import ColumnFacts, SiteFacts
from govcrawl.model.targets import Target
from govcrawl.rulebook.packs import load_pack

PACK = load_pack("national-2019")
AS_OF = "2026-11-16"
HOME = "http://www.qinghe.gov.cn/"
SITE = Target(url=HOME, site="3212830001", name="清河县人民政府", organizer="清河县人民政府办公室")
R, F = Outcome.NEEDS_REVIEW, Outcome.FAIL


def finding(rule: str, url: str = HOME, *, outcome: Outcome = F, newest: str | None = None, **fields: Any) -> Finding:
    evidence = [{"what": "item", "url": url, "date": newest}] if newest else []
    values: dict[str, Any] = {"object": "page", "message": "发现问题", "as_of": AS_OF, "evidence": evidence, **fields}
    return Finding(
        id=finding_id(rule, SITE.site, url, str(fields.get("value"))), rule=rule, outcome=outcome, site=SITE.site, url=url, **values
    )


def columns(count: int, facet: str, newest: str = "2026-01-01", **fields: Any) -> list[Finding]:
    return [
        finding("column-stale", f"{HOME}{facet}{newest}{n}/", object="column", facet=facet, newest=newest, observed=newest, **fields)
        for n in range(count)
    ]


def blanks(count: int) -> list[Finding]:
    return [finding("column-blank", f"{HOME}b{n}/", object="column", facet="其他", observed="0 条内容") for n in range(count)]


def lacking(guide: str, elements: int, **fields: Any) -> list[Finding]:
    return [finding("guide-element-missing", f"{HOME}fw/{guide}.html", object="guide", value=f"要素{n}", **fields) for n in range(elements)]


def say(rows: Finding | Iterable[Finding], by: str, decision: str = "confirmed", **fields: Any) -> list[Review]:
    chosen = [rows] if isinstance(rows, Finding) else rows
    values = {"at": "2026-11-17T09:00:00+08:00", **fields}
    return [Review(finding=f.id, decision=decision, fingerprint=scoring.fingerprint(f), by=by, **values) for f in chosen]


def card(
    findings: Sequence[Finding],
    decisions: Iterable[Review] = (),
    *,
    site: Target = SITE,
    facts: SiteFacts | None = None,
    as_of: str = AS_OF,
    looked_at: int = 1,
) -> dict[str, Any]:
    rows = scoring.assign(findings, PACK, as_of=as_of)
    told = {
        r.id: RuleResult(
            rule=r.id,
            outcome=Outcome.PASS if r.by == "A" else Outcome.NOT_CHECKED,
            reason=None if r.by == "A" else "not_built",
            looked_at=looked_at,
        )
        for r in rulebook.rules().values()
    }
    for f in rows:
        if f.outcome in (F, R):
            told[f.rule] = RuleResult(rule=f.rule, outcome=f.outcome, looked_at=looked_at)
    return scoring.score(site, rows, told, PACK, {}, decisions, facts=facts, as_of=as_of)


def veto(scored: dict[str, Any]) -> dict[str, str]:
    return {v["indicator"]: v["state"] for v in scored["vetoes"]}


def item(scored: dict[str, Any], ident: str) -> dict[str, Any]:
    return dict(next(i for i in scored["indicators"] if i["id"] == ident))


def line(scored: dict[str, Any], clause: str) -> dict[str, Any]:
    return dict(next(row for i in scored["indicators"] for row in i["lines"] if row["clause"] == clause))


# ---------------------------------------------------------------- what opens a candidate

NEWS, NOTICE, POLICY = "动态要闻", "通知公告:first", "政策文件:first"
CASES: list[tuple[str, list[Finding], str | None]] = [
    ("首页不更新", [finding("home-stale")], "V3"),
    ("V4 第一类正好5个", columns(2, NEWS) + columns(2, NOTICE) + columns(1, POLICY), "V4"),
    ("V4 第一类4个", columns(2, NEWS) + columns(2, NOTICE), None),
    ("下级栏目不进第一类", columns(4, NEWS) + columns(3, "通知公告:lower") + columns(3, "政策文件:lower"), None),
    ("长期未更新10个", columns(10, "其他", "2025-11-15"), "V4"),
    ("长期未更新9个", columns(9, "其他", "2025-11-15"), None),
    ("不满1年的不算长期", columns(10, "咨询建言", "2026-06-01"), None),
    ("政策解读超过1年才算", columns(10, "政策解读:first", "2025-12-01"), None),
    ("第一类按自己的期限算长期", columns(4, NEWS, "2026-10-01") + columns(6, "其他", "2025-01-01"), "V4"),
    ("空白5个", blanks(5), "V4"),
    ("空白4个", blanks(4), None),
    ("待核实的不计数", columns(5, NEWS, outcome=R), None),
    ("没有咨询渠道", [finding("column-missing", value="咨询建言", facet="咨询建言")], "V5"),
    ("没有别的栏目不是V5", [finding("column-missing", value="领导信息", facet="领导信息")], None),
    ("一条留言超过3个月未答复", [finding("message-unanswered", facet="open")], "V5"),
    ("一年以前的留言", [finding("message-unanswered", facet="open", old=True)], None),
    ("没有办事服务", [finding("column-missing", value="办事服务", facet="办事服务")], "V6"),
    ("5个指南各缺4项", [f for g in "甲乙丙丁戊" for f in lacking(g, 4)], "V6"),
    ("5个指南各缺3项", [f for g in "甲乙丙丁戊" for f in lacking(g, 3)], None),
    ("4个指南各缺9项", [f for g in "甲乙丙丁" for f in lacking(g, 9)], None),
    ("统建平台的疑似不计入", [f for g in "甲乙丙丁戊" for f in lacking(g, 3) + [finding("guide-element-missing", f"{HOME}fw/{g}.html", value="联系电话", outcome=R)]], None),
    ("疑似严重表述错误", [finding("severe-wording", value="x", outcome=R)], "V1"),
    ("暗链先通知不否决", [finding("hidden-link", value="x", outcome=R)], None),
    ("隐私不是否决项", [finding("privacy-id-number", value="1****************1")], None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "found", "indicator"), CASES, ids=[c[0] for c in CASES])
def test_candidates(name: str, found: list[Finding], indicator: str | None) -> None:
    scored = card(found, looked_at=50)
    assert veto(scored) == ({indicator: "candidate"} if indicator else {})
    assert (scored["verdict"] == "pending_review") == (indicator is not None)
    if indicator:
        assert item(scored, indicator)["outcome"] == "needs_review"
        assert set(scored["vetoes"][0]["findings"]) <= {f.id for f in found}


def test_all_three_counters_are_said() -> None:
    found = columns(5, NEWS) + columns(2, "其他", "2025-01-01") + blanks(1) + columns(1, POLICY, "2026-02-02", outcome=R)
    reason = card(found)["vetoes"][0]["reason"]
    assert reason == (
        "动态要闻类2周内、通知公告和政策文件类一级栏目6个月内未更新5个（达到5个即否决，另有1个待核实）；"
        "应更新但长期未更新7个（达到10个即否决，另有1个待核实）；空白栏目1个（达到5个即否决）"
    )
    assert sorted(card(found)["vetoes"][0]["findings"]) == sorted(f.id for f in found[:5])


def test_counters_below_their_limits_stand_with_the_indicator() -> None:
    scored = card(columns(1, NEWS))
    assert item(scored, "V4")["outcome"] == "pass"
    assert "未更新1个（达到5个即否决）；应更新但长期未更新1个" in item(scored, "V4")["reason"]


def test_fewer_than_five_items_that_all_lack_four() -> None:
    both = [f for g in "甲乙" for f in lacking(g, 4)]
    assert veto(card(both, looked_at=2)) == {"V6": "candidate"}
    assert veto(card(both, looked_at=3)) == {}
    doubt = finding("guide-element-missing", f"{HOME}fw/丙.html", outcome=Outcome.NOT_CHECKED, reason="unread_file", value="")
    assert veto(card([*both, doubt], looked_at=2)) == {}


def test_items_are_counted_from_the_facts_where_they_are_there() -> None:
    both = [f for g in "甲乙" for f in lacking(g, 4)]
    two = facts(guides=["甲", "乙"])
    assert veto(card(both, facts=two, looked_at=99)) == {"V6": "candidate"}
    assert veto(card(both, facts=facts(guides=["甲", "乙", "丙"]), looked_at=2)) == {}
    listed = facts(guides=["甲", "乙"], listed=[("外部事项", "http://zwfw.jiangdong.gov.cn/x", True)])
    assert veto(card(both, facts=listed, looked_at=2)) == {}


def test_accounts_and_services_do_not_veto_a_site_without_them() -> None:
    bureau = Target(url=HOME, site="s", public_services=False)
    scored = card([f for g in "甲乙丙丁戊" for f in lacking(g, 5)], site=bureau)
    assert veto(scored) == {}
    assert {item(scored, m)["outcome"] for m in ("M1", "M2", "M3", "V6")} == {"not_applicable"}
    assert not {"M1", "M2", "M3", "V6"} & set(scored["open_vetoes"])


# ---------------------------------------------------------------- two persons


@pytest.mark.parametrize(
    ("persons", "state", "verdict"),
    [
        ([], "candidate", "pending_review"),
        (["甲"], "candidate", "pending_review"),
        (["甲", "甲"], "candidate", "pending_review"),
        (["甲", "乙"], "confirmed", "fail"),
    ],
)
def test_only_two_persons_confirm(persons: list[str], state: str, verdict: str) -> None:
    stale = finding("home-stale", observed="2026-10-01", newest="2026-10-01")
    scored = card([stale], [r for p in persons for r in say(stale, p)])
    assert (veto(scored), scored["verdict"]) == ({"V3": state}, verdict)
    assert item(scored, "V3")["outcome"] == ("fail" if state == "confirmed" else "needs_review")


def test_a_counter_is_confirmed_by_enough_confirmed_findings() -> None:
    six = columns(6, NEWS)
    two = [r for p in ("甲", "乙") for r in say(six[:4], p)]
    assert veto(card(six, [*two, *say(six[4:], "甲")])) == {"V4": "candidate"}
    assert veto(card(six, [*two, *say(six[4:], "甲"), *say(six[4], "乙")])) == {"V4": "confirmed"}


def test_a_veto_is_confirmed_or_dismissed_as_a_whole() -> None:
    five = columns(5, NEWS)
    seen = {"finding": scoring.veto_id(SITE.site, "V4"), "fingerprint": scoring.veto_fingerprint(five), "at": "2026-11-17T09:00:00+08:00"}
    first, second = (Review(decision="confirmed", by=p, **seen) for p in ("甲", "乙"))
    assert veto(card(five, [first])) == {"V4": "candidate"}
    assert veto(card(five, [first, second])) == {"V4": "confirmed"}
    refused = Review(decision="false_positive", by="丙", **seen)
    scored = card(five, [first, refused])
    assert (veto(scored), scored["verdict"] == "pending_review") == ({"V4": "dismissed"}, False)
    assert veto(card(columns(5, NEWS, "2026-02-01"), [first, second])) == {"V4": "candidate"}


def test_a_veto_falls_with_its_findings() -> None:
    five = columns(5, NEWS)
    scored = card(five, say(five[0], "甲", "false_positive"))
    assert veto(scored) == {"V4": "dismissed"}
    assert item(scored, "V4")["outcome"] == "pass"
    assert item(scored, "D4")["lost"] == "5.00"


def test_a_confirmed_candidate_finding_enters_the_counters() -> None:
    five = columns(4, NEWS) + columns(1, POLICY, "2026-02-02", outcome=R)
    assert veto(card(five)) == {}
    assert veto(card(five, say(five[4], "甲"))) == {"V4": "candidate"}


# ---------------------------------------------------------------- decisions and points


def test_confirmed_counts_false_positive_vanishes() -> None:
    late, poor = finding("reply-late", observed="8个工作日"), finding("reply-perfunctory", f"{HOME}2", outcome=R, snippet="已收悉")
    scored = card([late, poor], say(poor, "甲"))
    assert (item(scored, "D19")["lost"], line(scored, "D19-2")["counted"]) == ("4.00", [poor.id])
    scored = card([late, poor], [*say(late, "甲", "false_positive"), *say(poor, "甲", "false_positive")])
    assert (item(scored, "D19")["lost"], item(scored, "D19")["outcome"], item(scored, "D19")["findings"]) == ("0.00", "pass", [])
    assert line(scored, "D19-1")["not_counted"] == []


@pytest.mark.parametrize(
    ("period", "at", "as_of", "waived"),
    [
        ("2026-Q4", "2026-11-17", "2026-11-16", True),
        ("2026-Q4", "2026-11-17", "2027-01-05", False),
        ("2026", "2026-02-01", "2026-11-16", True),
        ("2026-H2", "2026-11-17", "2026-11-16", True),
        ("2026-H1", "2026-02-01", "2026-11-16", False),
        ("2026-11", "2026-11-17", "2026-11-16", True),
        (None, "2026-10-02", "2026-11-16", True),
        (None, "2026-09-30", "2026-11-16", False),
    ],
)
def test_a_waiver_holds_for_its_period(period: str | None, at: str, as_of: str, waived: bool) -> None:
    late = finding("reply-late", observed="8个工作日")
    scored = card([late], say(late, "甲", "waived", period=period, at=f"{at}T09:00:00+08:00", ground="清政办函〔2026〕9号"), as_of=as_of)
    assert item(scored, "D19")["lost"] == ("0.00" if waived else "2.00")
    assert line(scored, "D19-1")["not_counted"] == ([{"id": late.id, "reason": "waived"}] if waived else [])


def test_a_decision_binds_the_evidence() -> None:
    before = finding("column-stale", object="column", facet="其他", newest="2025-01-01", observed="2025-01-01")
    after = finding("column-stale", object="column", facet="其他", newest="2025-05-01", observed="2025-05-01")
    assert before.id == after.id
    refused = say(before, "甲", "false_positive")
    assert item(card([before], refused), "D9")["lost"] == "0.00"
    assert item(card([after], refused), "D9")["lost"] == "1.00"
    shown = scoring.with_reviews([before, after], refused, AS_OF)
    assert shown[0].review == {
        "decision": "false_positive",
        "by": ["甲"],
        "at": "2026-11-17T09:00:00+08:00",
        "ground": None,
        "period": None,
        "approver": None,
        "stale": False,
    }
    assert shown[1].review is not None
    assert (shown[1].review["decision"], shown[1].review["stale"]) == (None, True)
    assert scoring.with_reviews([finding("typo")], refused, AS_OF)[0].review is None


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"value": "b"}, False), ({"observed": "500, 500"}, False), ({"snippet": "别的"}, False), ({"newest": "2026-02-02"}, False),
        ({"first_seen": "2026-01-01T00:00:00+08:00"}, True), ({"locator": "(//a)[9]/@href"}, True), ({"pages": 9}, True), ({"run": "r"}, True),
        ({"message": "换一种说法"}, True),
    ],
)  # fmt: skip
def test_fingerprint_is_over_the_stable_evidence(change: dict[str, Any], same: bool) -> None:
    base: dict[str, Any] = {"value": "a", "observed": "404, 404", "snippet": "附件", "newest": "2026-01-01"}
    assert (scoring.fingerprint(finding("link-dead", **base)) == scoring.fingerprint(finding("link-dead", **{**base, **change}))) == same


def test_tries_at_other_times_and_addresses_leave_the_fingerprint() -> None:
    one, two = (
        finding("link-dead", value="a", observed="404, 404").with_(evidence=[{"at": at, "what": "GET", "address": ip}])
        for at, ip in (("2026-11-16T09:00:00+08:00", "10.0.0.1"), ("2026-11-17T10:00:00+08:00", "10.0.0.2"))
    )
    assert scoring.fingerprint(one) == scoring.fingerprint(two)


def test_the_last_decision_holds_and_persons_count_anew() -> None:
    stale = finding("home-stale", observed="2026-10-01")
    order = [*say(stale, "甲"), *say(stale, "乙", "false_positive"), *say(stale, "丙")]
    assert veto(card([stale], order)) == {"V3": "candidate"}
    assert veto(card([stale], order[:2])) == {"V3": "dismissed"}
    assert veto(card([stale], [*order, *say(stale, "甲")])) == {"V3": "confirmed"}


# ---------------------------------------------------------------- what samples are drawn from


def facts(
    guides: Sequence[str] = (), listed: Sequence[tuple[str, str, bool]] = (), documents: Sequence[PolicyDocument] = (), pages: Sequence[PageFacts] = (),
    messages: Sequence[Message] = (), interpretations: Sequence[Interpretation] = (), target: Target = SITE,
) -> SiteFacts:  # fmt: skip
    entries = [ListEntry(url=url, title=title, outside=outside) for title, url, outside in listed]
    block = ListBlock(title=None, more_url=None, region="body", entries=entries, main=True)
    own = [u for _, u, outside in listed if u and not outside]
    return SiteFacts(
        target=target,
        site=Site(name="清河县人民政府"),
        home=None,
        columns=[ColumnFacts(record=Column(url=f"{HOME}zc/", type="政策文件"))],
        guides=[ServiceGuide(url=f"{HOME}fw/{g}.html", item_name=g) for g in guides],
        documents=list(documents),
        messages=list(messages),
        interpretations=list(interpretations),
        visits={u: Visit(url=u, context=Context(role=PAGE), outcome="read") for u in own},
        pages=[PageFacts(url=f"{HOME}fw/", kind="guide_list", lists=[block]), *pages],
    )


def test_service_items_are_guides_and_what_the_list_names() -> None:
    own = facts(
        guides=["甲"],
        listed=[
            ("甲", f"{HOME}fw/甲.html", False),
            ("乙 证", "", False),
            ("丙", f"{HOME}fw/丙.html", False),
            ("丁", "http://x.gov.cn/1", True),
        ],
    )
    drawn = scoring.candidates(own, PACK, as_of=AS_OF)
    assert drawn["D13-1"] == drawn["D13-5"] == sorted([f"{HOME}fw/甲.html", f"{HOME}fw/#乙 证", f"{HOME}fw/丙.html"])
    assert drawn["D14-1"] == drawn["D15-1"] == [f"{HOME}fw/甲.html"]


def test_messages_interpretations_and_pages() -> None:
    own = facts(
        messages=[
            Message(url=f"{HOME}m/1", asked_on="2026-05-01", reply="已办结"),
            Message(url=f"{HOME}m/2", asked_on="2025-11-15", reply="已办结"),
            Message(url=f"{HOME}m/3", asked_on="2026-05-01"),
        ],
        interpretations=[
            Interpretation(url=f"{HOME}j/1", published_on="2026-05-01"),
            Interpretation(url=f"{HOME}j/2", published_on="2024-05-01"),
        ],
        pages=[
            PageFacts(url=f"{HOME}a/1.html", kind="content"),
            PageFacts(url=f"{HOME}a/2.html", kind="error"),
            PageFacts(url=f"{HOME}a/", kind="list"),
            PageFacts(url=f"{HOME}a/index_1.html", kind="list", page_no=2),
            PageFacts(url=f"{HOME}zc/", kind="board"),
            PageFacts(url=HOME, kind="home"),
        ],
    )
    drawn = scoring.candidates(own, PACK, as_of=AS_OF)
    assert drawn["D18-2"] == [f"{HOME}m/1"]
    assert drawn["D8-1"] == drawn["D8-2"] == [f"{HOME}j/1"]
    assert drawn["D27-1"] == [f"{HOME}a/1.html"]
    assert drawn["D27-2"] == [f"{HOME}a/", f"{HOME}zc/"]
    assert drawn["B8-3"] == []
    assert scoring.candidates(own, PACK)["D18-2"] == [f"{HOME}m/1", f"{HOME}m/2"]


def test_documents_that_must_be_interpreted() -> None:
    def document(n: int, title: str, issuer: str, issued: str = "2026-03-01", **more: Any) -> PolicyDocument:
        return PolicyDocument(url=f"{HOME}zc/{n}.html", key=str(n), title=title, issuer=issuer, issued_on=issued, **more)

    own = facts(
        documents=[
            document(1, "清河县人民政府关于印发清河县农贸市场管理办法的通知", "清河县人民政府"),
            document(2, "清河县人民政府办公室关于做好防汛工作的意见", "清河县人民政府办公室"),
            document(3, "江东市人民政府关于发展养老服务的意见", "江东市人民政府"),
            document(4, "清河县人民政府关于印发旧办法的通知", "清河县人民政府", "2025-11-15"),
            document(5, "清河县人民政府关于李一一任职的通知", "清河县人民政府"),
            document(6, "清河县人民政府关于印发失效办法的通知", "清河县人民政府", validity="失效"),
            document(7, "清河县人民政府关于印发明年办法的通知", "清河县人民政府", "2026-12-01"),
        ]
    )
    assert scoring.candidates(own, PACK, as_of=AS_OF)["D7-1"] == [f"{HOME}zc/1.html", f"{HOME}zc/2.html"]


def test_a_unit_without_services_draws_none() -> None:
    own = facts(guides=["甲"], target=Target(url=HOME, site="s", public_services=False))
    drawn = scoring.candidates(own, PACK, as_of=AS_OF)
    assert not [c for c in drawn if c.startswith(("D13", "D14", "D15", "B5"))]
    assert "D27-1" in drawn


def test_lookback_uses_the_days_of_the_facts() -> None:
    own = facts(messages=[Message(url=f"{HOME}m/2", asked_on="2025-11-15", reply="已办结")])
    late = finding("reply-late", f"{HOME}m/2")
    assert [f.old for f in scoring.assign([late], PACK, as_of=AS_OF, facts=own)] == [True]
    assert [f.old for f in scoring.assign([late], PACK, as_of="2026-11-15", facts=own)] == [False]
