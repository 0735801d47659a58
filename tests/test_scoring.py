"""Points, ranges and verdicts of the national table, computed by hand beside each case."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from govcrawl import rulebook, scoring
from govcrawl.model.findings import Finding, Outcome, Review, RuleResult, finding_id
from govcrawl.model.targets import Target
from govcrawl.rulebook.packs import Pack, load_pack

PACK = load_pack("national-2019")
AS_OF = "2026-11-16"
HOME = "http://www.qinghe.gov.cn/"
SITE = Target(url=HOME, site="3212830001", site_code="3212830001", name="清河县人民政府", type="政府门户")
BUREAU = Target(url="http://tjj.qinghe.gov.cn/", site="3212830002", name="清河县统计局", public_services=False)
_NUMBER = count()

R, F = Outcome.NEEDS_REVIEW, Outcome.FAIL
BLIND_BY_RULE = ("not_built", "no_data")


def finding(rule: str, url: str = "", *, outcome: Outcome = F, newest: str | None = None, **fields: Any) -> Finding:
    """A finding as a check makes it; without an address each stands on a page of its own."""
    url = url or f"{HOME}p{next(_NUMBER):04d}.html"
    evidence = fields.pop("evidence", [])
    if newest:
        evidence = [*evidence, {"what": "item", "url": url, "date": newest, "source": "list"}]
    values: dict[str, Any] = {"object": "page", "message": "发现问题", "as_of": AS_OF, "evidence": evidence, **fields}
    return Finding(
        id=finding_id(rule, SITE.site, url, str(fields.get("value")), str(fields.get("facet"))),
        rule=rule,
        outcome=outcome,
        site=SITE.site,
        url=url,
        **values,
    )


def column(kind: str, newest: str = "2026-01-01", **fields: Any) -> Finding:
    return finding("column-stale", object="column", facet=kind, newest=newest, **fields)


def results(
    *, change: Mapping[str, tuple[Outcome, str | None]] | None = None, findings: Iterable[Finding] = (), everything: bool = False
) -> dict[str, RuleResult]:
    """What rules came to: built ones pass (all of them with `everything`), those with findings say so, `change` overrides."""
    told: dict[str, RuleResult] = {}
    for rule in rulebook.rules().values():
        looked = rule.by == "A" or everything
        told[rule.id] = RuleResult(
            rule=rule.id,
            outcome=Outcome.PASS if looked else Outcome.NOT_CHECKED,
            reason=None if looked else "not_built",
            looked_at=int(looked),
        )
    for f in findings:
        if f.outcome is F or (f.outcome is R and told[f.rule].outcome is not F):
            told[f.rule] = RuleResult(rule=f.rule, outcome=f.outcome, looked_at=1, findings=[f.id])
    for name, (outcome, reason) in (change or {}).items():
        told[name] = RuleResult(rule=name, outcome=outcome, reason=reason)
    return told


def card(
    findings: Iterable[Finding] = (),
    *,
    site: Target = SITE,
    drawn: Mapping[str, list[str]] | None = None,
    decisions: Iterable[Review] = (),
    change: Mapping[str, tuple[Outcome, str | None]] | None = None,
    everything: bool = False,
    pack: Pack = PACK,
) -> dict[str, Any]:
    rows = scoring.assign(findings, pack, as_of=AS_OF)
    told = results(change=change, findings=rows, everything=everything)
    return scoring.score(site, rows, told, pack, drawn or {}, decisions, as_of=AS_OF)


def item(scored: Mapping[str, Any], ident: str) -> dict[str, Any]:
    return next(i for i in scored["indicators"] if i["id"] == ident)


def line(scored: Mapping[str, Any], clause: str) -> dict[str, Any]:
    return next(row for row in item(scored, clause.split("-")[0])["lines"] if row["clause"] == clause)


def reasons(row: Mapping[str, Any]) -> list[str]:
    return [r["reason"] for r in row["not_counted"]]


# What nothing can check yet: D1-2 2, D2-2 2, D3-2 2, D11 5, D14 5, D16 7, D17 3, D24 3, D25 4, D26 2, D28 2, D29 1
UNBUILT = Decimal("38")


# ---------------------------------------------------------------- a clean site


def test_a_clean_site_keeps_everything_and_says_what_nobody_looked_at() -> None:
    scored = card()
    assert (scored["deductions"], scored["base"], scored["unchecked"], scored["base_low"]) == ("0.00", "100.00", "38.00", "62.00")
    # not_checked items: D11 D14 D16 D17 D24 D25 D26 D28 D29 = 32 of 100
    assert scored["coverage"] == "0.6800"
    assert (scored["bonus"], scored["total"]) == (None, "100.00")
    assert scored["verdict"] == "pass"
    assert scored["grade"] == "合格"
    assert scored["open_vetoes"] == ["V1", "V2"]
    assert (scored["site"], scored["name"], scored["host"]) == ("3212830001", "清河县人民政府", "www.qinghe.gov.cn")


def test_every_rule_indicator_and_clause_stands_in_the_card() -> None:
    scored = card()
    assert {r["rule"] for r in scored["rules"]} == set(rulebook.rules())
    assert [i["id"] for i in scored["indicators"]] == [i.id for i in PACK.indicators]
    assert [row["clause"] for i in scored["indicators"] for row in i["lines"]] == [c.id for i in PACK.indicators for c in i.clauses]
    unlooked = next(r for r in scored["rules"] if r["rule"] == "ipv6-unsupported")
    assert unlooked == {"rule": "ipv6-unsupported", "outcome": "not_checked", "reason": "not_built", "looked_at": 0, "findings": []}
    assert json.loads(json.dumps(scored)) == scored


def test_a_rule_without_a_result_counts_as_not_checked() -> None:
    scored = scoring.score(SITE, [], {}, PACK, {})
    assert {(r["outcome"], r["reason"]) for r in scored["rules"]} == {("not_checked", "no_data")}
    assert (scored["coverage"], scored["unchecked"], scored["base_low"], scored["verdict"]) == ("0.0000", "100.00", "0.00", "inconclusive")


# ---------------------------------------------------------------- one clause after the other


def dead(number: int, *, home: bool) -> list[Finding]:
    return [finding("link-dead", value=f"http://x.gov.cn/{n}", on_home=home) for n in range(number)]


ITEMS = [f"{HOME}fw/{n}.html" for n in range(1, 6)]
TABLE: list[tuple[str, list[Finding], dict[str, str]]] = [
    ("两个动态要闻栏目未更新只扣满", [column("动态要闻"), column("动态要闻")], {"D4": "5.00"}),
    ("未开设和未更新不超过上限", [finding("column-missing", HOME, value="动态要闻", facet="动态要闻"), column("动态要闻")], {"D4": "5.00"}),
    ("一级政策文件扣5分", [column("政策文件:first")], {"D5": "5.00", "D9": "0.00"}),
    ("下级政策文件归其他栏目", [column("政策文件:lower")], {"D5": "0.00", "D9": "1.00"}),
    ("其他栏目：空白2分未更新1分", [finding("column-blank", object="column", facet="规划计划"), column("规划计划")], {"D9": "3.00"}),
    ("其他栏目封顶4分", [column("其他") for _ in range(6)], {"D9": "4.00"}),
    ("办事统计超过1个月扣1分", [column("办事统计", "2026-10-01")], {"D12": "1.00"}),
    ("办事统计正好3个月扣1分", [column("办事统计", "2026-08-16")], {"D12": "1.00"}),
    ("办事统计超过3个月扣2分", [column("办事统计", "2026-08-15")], {"D12": "2.00"}),
    ("未开设咨询建言扣6分", [finding("column-missing", HOME, value="咨询建言", facet="咨询建言")], {"D18": "6.00"}),
    ("咨询建言未更新和无统计", [column("咨询建言"), finding("message-stats-missing", HOME)], {"D18": "6.00"}),
    ("答复超期每次2分", [finding("reply-late"), finding("reply-late"), finding("reply-late")], {"D19": "6.00"}),
    ("答复超期封顶7分", [finding("reply-late") for _ in range(5)], {"D19": "7.00"}),
    ("域名和名称各1分", [finding("domain-nonconforming", HOME), finding("site-name-nonconforming", HOME, facet="name", value="甲"),
                finding("site-name-nonconforming", HOME, facet="header", value="乙")], {"D20": "3.00"}),
    ("同一标识缺失多页只扣一次", [finding("footer-mark-missing", value="联系方式"), finding("footer-mark-missing", value="联系方式", pages=30),
                    finding("footer-mark-wrong", value="联系方式", observed="x"), finding("footer-mark-missing", value="网站标识码")], {"D21": "1.00"}),
    ("首页死链0.2分", dead(3, home=True), {"D22": "0.60"}),
    ("其他页面死链0.1分", dead(3, home=False), {"D22": "0.30"}),
    ("可用性封顶1分", [*dead(4, home=True), *dead(9, home=False)], {"D22": "1.00"}),
    ("共享版块的死链只算一处", [finding("link-dead", value="http://x.gov.cn/", pages=40)], {"D22": "0.10"}),
    ("首页无找错入口", [finding("error-report-missing", HOME, on_home=True, pages=90)], {"D23": "1.00"}),
    ("其他页面找错按页数", [finding("error-report-missing", pages=3)], {"D23": "0.60"}),
    ("其他页面找错按页数封顶", [finding("error-report-missing", pages=3), finding("error-report-wrong-code", value="1", pages=9)], {"D23": "1.00"}),
    ("办事服务缺失归事项公开", [finding("column-missing", HOME, value="办事服务", facet="办事服务"), finding("services-not-grouped", HOME)], {"D10": "3.00"}),
    ("提示性问题不扣分", [finding("privacy-phone", value="138****0000"), finding("column-due-soon", facet="动态要闻")], {"D4": "0.00"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "found", "lost"), TABLE, ids=[row[0] for row in TABLE])
def test_points(name: str, found: list[Finding], lost: dict[str, str]) -> None:
    scored = card(found)
    assert {i: item(scored, i)["lost"] for i in lost} == lost
    others = sum((Decimal(v) for v in lost.values()), Decimal(0))
    assert Decimal(scored["deductions"]) == others
    assert Decimal(scored["base"]) == 100 - others


def test_why_findings_do_not_count() -> None:
    found = [
        finding("footer-mark-missing", HOME, value="联系方式"),
        finding("footer-mark-missing", HOME + "b.html", value="联系方式"),
        *dead(6, home=True),
    ]
    scored = card(found)
    assert (line(scored, "D21-1")["counted"], reasons(line(scored, "D21-1"))) == ([found[0].id], ["duplicate"])
    assert (len(line(scored, "D22-1")["counted"]), reasons(line(scored, "D22-1"))) == (5, ["cap"])
    assert line(scored, "D22-1")["unit_points"] == "0.20"
    assert item(scored, "D22")["outcome"] == "fail"
    assert item(scored, "D22")["checked"] is True


def test_a_column_charged_elsewhere_is_not_charged_again() -> None:
    url = f"{HOME}yw/"
    stale, blank = column("动态要闻", url=url), finding("column-blank", url, object="column", facet="动态要闻")
    scored = card([stale, blank])
    assert (item(scored, "D4")["lost"], item(scored, "D9")["lost"]) == ("5.00", "0.00")
    assert line(scored, "D9-1")["not_counted"] == [{"id": blank.id, "reason": "duplicate"}]


def test_points_of_a_step_stand_in_the_line() -> None:
    scored = card([column("办事统计", "2026-01-01")])
    assert (line(scored, "D12-2")["unit_points"], line(scored, "D12-2")["lost"]) == ("2.00", "2.00")


# ---------------------------------------------------------------- samples


def guides() -> list[Finding]:
    return [
        finding("guide-missing", ITEMS[0], object="guide", value="甲证"),
        finding("guide-element-missing", ITEMS[1], object="guide", value="收费标准"),
        finding("guide-element-missing", ITEMS[1], object="guide", value="办理时间"),
        finding("guide-format-unclear", ITEMS[2], object="guide", value="申请表"),
        finding("guide-format-unclear", ITEMS[2], object="guide", value="身份证"),
        finding("guide-vague", ITEMS[3], object="guide", value="其他材料"),
        finding("guide-basis-name-only", ITEMS[4], object="guide", value="《甲法》"),
    ]


def test_only_the_drawn_items_cost_points() -> None:
    all_five = {f"D13-{n}": ITEMS for n in range(1, 6)}
    # 4 + 2 × 0.5 + 1 (once an item) + 2, then the cap leaves 0 of 0.5
    scored = card(guides(), drawn=all_five)
    assert [line(scored, f"D13-{n}")["lost"] for n in range(1, 6)] == ["4.00", "1.00", "1.00", "2.00", "0.00"]
    assert reasons(line(scored, "D13-3")) == ["duplicate"]
    assert reasons(line(scored, "D13-5")) == ["cap"]
    assert item(scored, "D13")["sample"] == ITEMS
    two = {f"D13-{n}": ITEMS[2:4] for n in range(1, 6)}
    scored = card(guides(), drawn=two)
    assert item(scored, "D13")["lost"] == "3.00"
    assert reasons(line(scored, "D13-1")) == ["not_sampled"]
    assert item(scored, "D13")["outcome"] == "fail"
    scored = card(guides()[:1], drawn=two)
    assert (item(scored, "D13")["lost"], item(scored, "D13")["outcome"]) == ("0.00", "pass")


def test_an_item_without_a_page_of_its_own_is_drawn_by_name() -> None:
    listed = finding("guide-missing", f"{HOME}fw/", object="guide", value="新生儿登记")
    for sample, lost in (([f"{HOME}fw/#新生儿登记"], "4.00"), ([f"{HOME}fw/#居住证"], "0.00")):
        assert item(card([listed], drawn={"D13-1": sample}), "D13")["lost"] == lost


def test_the_document_of_a_drawn_interpretation_costs_by_its_interpretation() -> None:
    back = finding("policy-not-linked-back", f"{HOME}zc/1.html", value=f"{HOME}jd/1.html")
    assert item(card([back], drawn={"D8-2": [f"{HOME}jd/1.html"]}), "D8")["lost"] == "0.50"
    assert item(card([back], drawn={"D8-2": [f"{HOME}jd/2.html"]}), "D8")["lost"] == "0.00"


def test_tags_cost_a_tenth_for_each_drawn_page() -> None:
    pages = [f"{HOME}a/{n}.html" for n in range(8)]
    found = [finding("page-tag-missing", u, facet="content", value="PubDate") for u in pages]
    found += [finding("page-tag-missing", f"{HOME}c/", facet="column", value="ColumnType")]
    scored = card(found, drawn={"D27-1": pages[:5], "D27-2": [f"{HOME}c/"]})
    assert [line(scored, c)["lost"] for c in ("D27-1", "D27-2")] == ["0.50", "0.10"]
    assert reasons(line(scored, "D27-1")) == ["not_sampled"] * 3


def test_draws_can_be_repeated_and_depend_on_every_part_of_the_seed() -> None:
    pool = [f"{HOME}{n}.html" for n in range(60)]
    drawn = scoring.draw("2026-Q4", "3212830001", "D13", pool, 5)
    assert drawn == scoring.draw("2026-Q4", "3212830001", "D13", reversed(pool), 5)
    assert (len(set(drawn)), drawn) == (5, sorted(drawn))
    others = [
        ("2027-Q1", "3212830001", "D13"),
        ("2026-Q4", "3212830002", "D13"),
        ("2026-Q4", "3212830001", "D15"),
        ("2026-Q43212830001", "", "D13"),
    ]
    assert all(scoring.draw(*parts, pool, 5) != drawn for parts in others)
    assert scoring.draw("s", "x", "D13", pool[:5], 5) == sorted(pool[:5])
    assert scoring.draw("s", "x", "D13", [], 5) == []


def test_clauses_of_one_item_share_their_draw() -> None:
    pool = [f"{HOME}{n}.html" for n in range(30)]
    drawn = scoring.draw_all("2026-Q4", "s", {f"D13-{n}": pool for n in range(1, 6)} | {"D15-1": pool, "D4-1": pool}, PACK)
    assert {tuple(drawn[f"D13-{n}"]) for n in range(1, 6)} == {tuple(drawn["D13-1"])}
    assert (len(drawn["D13-1"]), len(drawn["D15-1"])) == (5, 2)
    assert "D4-1" not in drawn
    assert len(scoring.draw_all("2026-Q4", "s", {"D13-1": pool}, PACK, everything=True)["D13-1"]) == 30


# ---------------------------------------------------------------- what waits, what is old


def test_a_candidate_costs_nothing_and_lowers_the_range() -> None:
    waiting = finding("reply-perfunctory", outcome=R)
    scored = card([waiting])
    assert (item(scored, "D19")["lost"], item(scored, "D19")["outcome"]) == ("0.00", "needs_review")
    assert line(scored, "D19-2")["not_counted"] == [{"id": waiting.id, "reason": "pending"}]
    assert Decimal(scored["base_low"]) == 100 - UNBUILT - 2
    assert scored["coverage"] == "0.6100"


def test_pending_points_stay_within_the_cap() -> None:
    found = [finding("reply-late") for _ in range(3)] + [finding("reply-perfunctory", outcome=R) for _ in range(4)]
    scored = card(found)
    # 6 lost, of the 8 that wait only 1 fits into the cap of 7
    assert (scored["base"], Decimal(scored["base_low"])) == ("94.00", 100 - UNBUILT - 7)


@pytest.mark.parametrize(
    ("rule", "evidence", "lost", "why"),
    [
        ("reply-late", {"asked_on": "2025-11-16"}, "2.00", []),
        ("reply-late", {"asked_on": "2025-11-15"}, "0.00", ["old"]),
        ("reply-late", {"asked_on": "2025-11-15T09:00:00+08:00"}, "0.00", ["old"]),
        ("reply-late", {}, "2.00", []),
    ],
)
def test_lookback(rule: str, evidence: dict[str, Any], lost: str, why: list[str]) -> None:
    scored = card([finding(rule, evidence=[{"what": "message", **evidence}])])
    assert (item(scored, "D19")["lost"], reasons(line(scored, "D19-1"))) == (lost, why)


def test_what_a_check_called_old_stays_old() -> None:
    scored = card([finding("reply-late", old=True)])
    assert reasons(line(scored, "D19-1")) == ["old"]
    assert item(scored, "D19")["outcome"] == "pass"


# ---------------------------------------------------------------- range, gates, verdict


def losing(points: int) -> list[Finding]:
    """Findings that cost exactly so many points, from items without samples: at most 45."""
    parts: list[tuple[int, list[Finding]]] = [
        (5, [column("动态要闻")]), (5, [column("政策文件:first")]), (5, [column("政策解读:first")]),
        (6, [finding("messages-not-public", HOME)]), (7, [finding("reply-late") for _ in range(4)]), (4, [column("其他") for _ in range(4)]),
        (3, [finding("services-not-grouped", HOME)]), (3, [finding("footer-mark-missing", value=m) for m in "一二三四五六"]),
        (2, [finding("column-missing", HOME, value=k, facet=k) for k in ("概况信息",)]), (2, [finding("column-missing", HOME, value="机构职能", facet="机构职能")]),
        (1, dead(5, home=True)), (1, [finding("domain-nonconforming", HOME)]), (1, [finding("error-report-missing", HOME, on_home=True)]),
    ]  # fmt: skip
    chosen: list[Finding] = []
    for cost, found in parts:
        if cost <= points:
            chosen += found
            points -= cost
    assert points == 0
    return chosen


@pytest.mark.parametrize(
    ("points", "base", "verdict"),
    [
        (39, "61.00", "inconclusive"),
        (40, "60.00", "inconclusive"),
        (41, "59.00", "fail"),
        (2, "98.00", "pass"),
        (3, "97.00", "inconclusive"),
    ],
)
def test_gate_of_60(points: int, base: str, verdict: str) -> None:
    scored = card(losing(points))
    assert (scored["base"], scored["verdict"]) == (base, verdict)


def test_one_digit_beyond_the_gate() -> None:
    scored = card([*losing(40), *[finding("site-name-nonconforming", HOME, facet="name")]])
    assert (scored["base"], scored["verdict"], scored["grade"]) == ("59.00", "fail", "不合格")


# With every rule built: what stays unchecked is D11 5, D16 7, D17 3, D24-2 3, D26 2 = 20
@pytest.mark.parametrize(
    ("found", "manual", "low", "bonus", "total"),
    [
        ([], False, "80.00", None, "100.00"),
        ([], True, "100.00", "1.00", "101.00"),
        ([finding("consultation-no-feedback")], True, "100.00", "0", "100.00"),
        (losing(19), True, "81.00", "1.00", "82.00"),
        (losing(20), True, "80.00", None, "80.00"),
    ],
    ids=["exactly 80 does not enter", "entered with gain", "entered without gain", "81 enters", "exactly 80 after losses"],
)
def test_gate_of_80(found: list[Finding], manual: bool, low: str, bonus: str | None, total: str) -> None:
    pack = everything_checked() if manual else PACK
    scored = card(found, everything=True, pack=pack)
    assert (scored["base_low"], scored["bonus"], scored["total"]) == (low, bonus, total)


def everything_checked() -> Pack:
    """The national pack as if a rule looked at the clauses that only people can check."""
    indicators = []
    for indicator in PACK.indicators:
        clauses = [
            c if c.rules or indicator.kind != "deduction" else c.model_copy(update={"match": [_LOOKS], "unchecked": None})
            for c in indicator.clauses
        ]
        indicators.append(indicator.model_copy(update={"clauses": clauses}))
    return PACK.model_copy(update={"indicators": indicators})


_LOOKS = PACK.indicators[2].clauses[0].match[0]


@pytest.mark.parametrize(
    ("points", "base", "verdict"),
    [
        (0, "100.00", "pass"),
        (10, "86.67", "inconclusive"),
        (30, "60.00", "inconclusive"),
        (31, "58.67", "fail"),
        (14, "81.33", "inconclusive"),
    ],
)
def test_without_public_services_the_rest_counts_four_thirds(points: int, base: str, verdict: str) -> None:
    # 75 left; (75 − 10) × 4/3 = 86.666…, (75 − 30) × 4/3 = 60 exactly, (75 − 31) × 4/3 = 58.666…
    scored = card(
        [f for f in losing(points) if f.rule != "services-not-grouped"] if points in (0, 10, 14) else services_free(points), site=BUREAU
    )
    assert (scored["base"], scored["verdict"]) == (base, verdict)
    assert {i["outcome"] for i in scored["indicators"] if i["id"] in ("V6", "D10", "D13", "D15", "B3", "B5")} == {"not_applicable"}
    assert item(scored, "D10")["reason"] == "no_public_services"


def services_free(points: int) -> list[Finding]:
    rest = {30: 0, 31: 1}[points]
    found = [*losing(5), column("政策文件:first"), column("政策解读:first"), finding("messages-not-public", HOME)]
    found += [finding("reply-late") for _ in range(4)]
    found += [finding("column-missing", HOME, value="概况信息", facet="概况信息")]
    return found + dead(5, home=True)[: 5 * rest]


def test_range_of_a_unit_without_services_is_transformed_too() -> None:
    scored = card(site=BUREAU)
    # unchecked without D11 and D14: 38 − 10 = 28; (75 − 28) × 4/3 = 62.666…
    assert (scored["unchecked"], scored["base_low"]) == ("28.00", "62.67")
    # applicable 75; not_checked D16 7, D17 3, D24 3, D25 4, D26 2, D28 2, D29 1 = 22
    assert scored["coverage"] == "0.7067"


def test_coverage_below_the_floor_is_no_verdict() -> None:
    blocked = dict.fromkeys(
        ("column-stale", "column-blank", "column-missing", "reply-late", "reply-perfunctory"), (Outcome.NOT_CHECKED, "blocked")
    )
    scored = card(change=blocked)
    assert item(scored, "D4")["outcome"] == "not_checked"
    assert item(scored, "D4")["reason"] == "blocked"
    assert Decimal(scored["coverage"]) < Decimal("0.5")
    assert scored["verdict"] == "inconclusive"
    assert scored["base"] == "100.00"


@pytest.mark.parametrize(
    ("rules", "veto"),
    [
        (("home-stale",), "V3"), (("column-stale", "column-blank"), "V4"), (("column-missing", "message-unanswered"), "V5"),
        (("column-missing", "guide-element-missing"), "V6"),
    ],
)  # fmt: skip
def test_a_veto_that_nobody_checked_is_open(rules: tuple[str, ...], veto: str) -> None:
    scored = card(change=dict.fromkeys(rules, (Outcome.NOT_CHECKED, "blocked")))
    assert veto in scored["open_vetoes"]
    assert scored["verdict"] == "inconclusive"


def test_a_clause_about_one_type_is_unchecked_where_its_column_was() -> None:
    outside = finding("column-stale", outcome=Outcome.NOT_CHECKED, reason="external_platform", object="column", facet="办事统计")
    scored = card([outside])
    assert item(scored, "D12")["outcome"] == "pass"  # the column is there
    assert Decimal(scored["unchecked"]) == UNBUILT + 2
    assert item(scored, "D9")["outcome"] == "pass"


def test_links_that_could_not_be_told_do_not_unmake_the_rest() -> None:
    scored = card([finding("link-dead", outcome=Outcome.NOT_CHECKED, reason="blocked")])
    assert (item(scored, "D22")["outcome"], line(scored, "D22-2")["not_counted"]) == ("pass", [])


def test_sites_beyond_the_scored_types_are_judged_by_vetoes_alone() -> None:
    pack = PACK.model_copy(update={"scored_types": ["政府门户"]})
    bureau = Target(url=HOME, site="s", type="部门网站")
    scored = card(losing(41), site=bureau, pack=pack)
    assert (scored["base"], scored["total"], scored["bonus"], scored["coverage"], scored["verdict"]) == (None, None, None, None, "pass")
    assert card(losing(41), site=SITE, pack=pack)["verdict"] == "fail"


# ---------------------------------------------------------------- every point has its finding


def test_costs_add_up_to_the_deductions() -> None:
    found = [*guides(), *losing(40), *dead(9, home=False), finding("error-report-missing", pages=3), column("办事统计", "2026-01-01")]
    rows = scoring.assign(found, PACK, as_of=AS_OF)
    scored = scoring.score(SITE, rows, results(findings=rows), PACK, {f"D13-{n}": ITEMS for n in range(1, 6)}, as_of=AS_OF)
    costs = scoring.costs(scored, rows, PACK)
    assert sum(costs.values()) == Decimal(scored["deductions"])
    counted = {i for row in scored["indicators"] if row["kind"] == "deduction" for lin in row["lines"] for i in lin["counted"]}
    assert counted == set(costs)
    for row in scored["indicators"]:
        if row["kind"] == "deduction":
            assert sum(Decimal(lin["lost"]) for lin in row["lines"]) == Decimal(row["lost"]) <= Decimal(row["max"])
            assert {i for lin in row["lines"] for i in lin["counted"]} <= set(row["findings"])


# ---------------------------------------------------------------- severity


@pytest.mark.parametrize(
    ("found", "severity"),
    [
        (finding("home-stale", HOME), "severe"), (finding("message-unanswered"), "severe"), (finding("severe-wording", outcome=R), "severe"),
        (finding("privacy-phone"), "severe"), (finding("privacy-phone", outcome=R), "notice"), (finding("column-stale", facet="动态要闻"), "major"),
        (finding("policy-not-interpreted", outcome=R), "major"), (finding("guide-vague"), "major"), (finding("reply-late"), "major"),
        (finding("link-dead"), "minor"), (finding("footer-mark-missing", value="联系方式"), "minor"), (finding("consultation-no-feedback"), "minor"),
        (finding("doc-number-missing"), "notice"), (finding("column-due-soon", facet="动态要闻"), "notice"), (finding("item-undated"), "notice"),
        (finding("column-stale", outcome=Outcome.NOT_CHECKED, reason="blocked", facet="动态要闻"), "notice"),
    ],
)  # fmt: skip
def test_severity(found: Finding, severity: str) -> None:
    assert scoring.assign([found], PACK)[0].severity == severity
