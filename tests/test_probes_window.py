"""The week's evaluation: what counts, what is down, what is missing, and what must never accuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from checks_kit import fails, of, outcome, run, site
from probe_lab import AS_OF, moments, probe, week, with_outcomes

from govcrawl.checks.probe_window import Standard, tally, window
from govcrawl.checks.probes import RULE, SiteUnreachable, percent, summary
from govcrawl.clock import CHINA
from govcrawl.model.findings import Outcome
from govcrawl.model.items import Probe
from govcrawl.model.targets import Target
from govcrawl.report.evidence import KEYS, WHAT

ALL = 24 * 7
FIVE = 9
"""9 of 168 are 5.36 %, 8 are 4.76 %."""


def also(probes: list[Probe], outcome: str, **changes: Any) -> list[Probe]:
    """A second reading of each moment: another place, another family."""
    return [*probes, *(probe(datetime.fromisoformat(p.at), outcome, **changes) for p in probes)]


def from_second_place(outcome: str, *, of_first: str, count: int, **changes: Any) -> list[Probe]:
    """Place 甲 sees `of_first` at some moments; place 乙 sees `outcome` twenty seconds after the same ones, and opens at all others."""
    first = with_outcomes(week(), of_first, count)
    second = [
        probe(
            datetime.fromisoformat(p.at) + timedelta(seconds=20), "ok" if p.outcome == "ok" else outcome, place="乙",
            **({} if p.outcome == "ok" else changes),
        )
        for p in first
    ]  # fmt: skip
    return first + second


FAIL = [
    ("5 % timed out", with_outcomes(week(), "timeout", FIVE)),
    ("refused", with_outcomes(week(), "refused", FIVE)),
    ("no such name", with_outcomes(week(), "dns", FIVE, address_family=None)),
    ("server error", with_outcomes(week(), "http", FIVE, status=502)),
    ("home page gone", with_outcomes(week(), "http", FIVE, status=404)),
    ("never opened", week(outcome="refused")),
    ("exactly 5 %", with_outcomes(week(a_day=20), "timeout", 7)),
    ("both families", [p for family in ("ipv4", "ipv6") for p in with_outcomes(week(address_family=family), "refused", FIVE)]),
    ("no route over IPv6", also(with_outcomes(week(), "refused", FIVE), "no_route", address_family="ipv6")),
    ("no IPv6 address", also(with_outcomes(week(), "refused", FIVE), "no_address", address_family="ipv6")),
    ("IPv6 of the place is broken", also(with_outcomes(week(), "refused", FIVE), "timeout", address_family="ipv6", control=False)),
    ("a site of IPv6 alone", [
        *with_outcomes(week(address_family="ipv6"), "refused", FIVE), *week(outcome="no_address")]),
    ("both places agree", from_second_place("timeout", of_first="timeout", count=FIVE)),
    ("both agree in other words", from_second_place("refused", of_first="timeout", count=FIVE)),
    ("through a proxy", with_outcomes(week(address_family="proxy"), "http", FIVE, status=502)),
]  # fmt: skip


@pytest.mark.parametrize("probes", [pytest.param(p, id=name) for name, p in FAIL])
def test_a_week_that_fails(probes: list[Probe]) -> None:
    report = run(SiteUnreachable, site(probes=tuple(probes)))
    assert outcome(report, RULE) == ("fail", None)
    [finding] = fails(report, RULE)
    assert "在 15 秒内未能打开，占 " in finding.message and finding.object == "site" and finding.url == "http://www.qinghe.gov.cn/"


PASS = [
    ("all open", week()),
    ("twenty a day are enough", week(a_day=20)),
    ("just below 5 %", with_outcomes(week(), "timeout", FIVE - 1)),
    ("IPv6 alone is down", also(week(), "refused", address_family="ipv6")),
    ("IPv4 alone is down", also(with_outcomes(week(), "refused", 40), "ok", address_family="ipv6")),
    ("one place gets in", from_second_place("ok", of_first="timeout", count=60)),
    ("a page led elsewhere is open", with_outcomes(week(), "ok", 20, status=302)),
    ("a shield is not down", with_outcomes(week(), "blocked", 20, status=403)),
    ("control down", with_outcomes(week(), "timeout", 20, control=False)),
    ("no control", with_outcomes(week(), "refused", 20, control=None)),
    ("IPv6 unsure beside a controlled IPv4 is not enough to accuse",
     also(with_outcomes(week(), "timeout", 20, control=False), "refused", address_family="ipv6")),
    ("a shorter limit was used", with_outcomes(week(), "timeout", 20, milliseconds=3000)),
    ("no route at all for some", with_outcomes(week(), "no_route", 20)),
    ("the only second place was dead", with_outcomes(week(), "timeout", 8) + week(place="乙", outcome="no_route", offset=20)),
]  # fmt: skip


@pytest.mark.parametrize("probes", [pytest.param(p, id=name) for name, p in PASS])
def test_a_week_that_passes(probes: list[Probe]) -> None:
    report = run(SiteUnreachable, site(probes=tuple(probes)))
    assert outcome(report, RULE) == ("pass", None) and not report.findings


REVIEW = [
    ("resets", with_outcomes(week(), "reset", 20)),
    ("encryption", with_outcomes(week(), "tls", 20)),
    ("empty answers", with_outcomes(week(), "empty", 20)),
    ("other 4xx", with_outcomes(week(), "http", 20, status=401)),
    ("the proxy refuses", with_outcomes(week(address_family="proxy"), "proxy", 20)),
    ("a few sure, more doubtful", with_outcomes(with_outcomes(week(), "timeout", 5), "reset", 6)),
    ("one place only saw resets", from_second_place("reset", of_first="timeout", count=FIVE)),
]


@pytest.mark.parametrize("probes", [pytest.param(p, id=name) for name, p in REVIEW])
def test_what_a_person_must_decide(probes: list[Probe]) -> None:
    report = run(SiteUnreachable, site(probes=tuple(probes)))
    assert outcome(report, RULE) == ("needs_review", None)
    assert of(report, RULE)[0].message.endswith("需人工核实")


UNCHECKED = [
    ("nothing", [], "no_data", None),
    ("nineteen a day", week(a_day=19), "no_data", "应间隔访问 140 次，有效访问 133 次，尚缺 7 次"),
    ("a day is lacking", week(days=(7, 6, 5, 3, 2, 1)), "no_data", "尚缺 20 次"),
    ("down, but six days only", week(days=range(6, 0, -1), outcome="refused"), "no_data", "有效访问 144 次，尚缺 20 次"),
    ("all in one hour", [probe(m + timedelta(minutes=n)) for m in moments(a_day=1) for n in range(0, 60, 2)], "no_data", "有效访问 14 次，尚缺 126 次"),
    ("the last week's", week(days=range(14, 7, -1)), "no_data", None),
    ("the day itself is not over", [*week(days=range(6, 0, -1)), *week(days=[0])], "no_data", "尚缺 20 次"),
    ("a shield all week", week(outcome="blocked", status=412), "blocked", "被防护系统拦截 168 次"),
    ("our own line is down", week(outcome="timeout", control=False), "no_data", "对照站点也打不开或未对照 168 次"),
    ("a place alone where two are at work",
     [*with_outcomes(week(), "refused", 80), *with_outcomes(week(place="乙", offset=20), "no_route", 80)], "no_data", "只有一个拨测点打不开 80 次"),
]  # fmt: skip


@pytest.mark.parametrize(("probes", "reason", "said"), [pytest.param(*row[1:], id=row[0]) for row in UNCHECKED])
def test_a_week_that_is_not_enough(probes: list[Probe], reason: str, said: str | None) -> None:
    report = run(SiteUnreachable, site(probes=tuple(probes)))
    assert outcome(report, RULE) == ("not_checked", reason)
    if said is None:
        assert not report.findings
    else:
        assert said in report.findings[0].message and report.findings[0].outcome is Outcome.NOT_CHECKED


def closed(first: str | None, last: str | None, *, state: str = "临时下线", ground: str | None = "清政办函〔2026〕31号") -> dict[str, Any]:
    return {"state": state, "state_from": first, "state_to": last, "state_ground": ground}


def down_on(*days: int) -> list[Probe]:
    return [*week(days=[d for d in range(7, 0, -1) if d not in days]), *week(days=days, outcome="refused")]


DOWNTIME = [
    ("approved days are left out", down_on(5, 4), closed("2026-11-11", "2026-11-12"), "pass", None),
    ("approved days need no probes", week(days=(7, 6, 3, 2, 1)), closed("2026-11-11", "2026-11-12"), "pass", None),
    ("begun before the window", down_on(7, 6), closed("2026-10-01", "2026-11-10"), "pass", None),
    ("the day after it counts again", down_on(5, 4, 3), closed("2026-11-11", "2026-11-12"), "fail", None),
    ("all week", week(outcome="refused"), closed("2026-11-01", "2026-11-15"), "not_applicable", "approved"),
    ("all week, without a single probe", [], closed("2026-11-01", "2026-11-15"), "not_applicable", "approved"),
    ("another time", down_on(5), closed("2026-09-01", "2026-09-30"), "fail", None),
    ("without its ground a person decides", down_on(5, 4), closed("2026-11-11", "2026-11-12", ground=None), "needs_review", None),
    ("without its ground, and down beside it", down_on(5, 4, 2), closed("2026-11-11", "2026-11-12", ground=None), "fail", None),
    ("a running site's old period says nothing", down_on(5, 4), closed("2026-11-11", "2026-11-12", state="正常"), "fail", None),
]  # fmt: skip


@pytest.mark.parametrize(("probes", "target", "word", "reason"), [pytest.param(*row[1:], id=row[0]) for row in DOWNTIME])
def test_downtime_of_the_registry(probes: list[Probe], target: dict[str, Any], word: str, reason: str | None) -> None:
    report = run(SiteUnreachable, site(probes=tuple(probes), target=target))
    assert outcome(report, RULE) == (word, reason)


def test_the_evidence_holds_numbers_gaps_places_and_every_failing_visit() -> None:
    probes = from_second_place("refused", of_first="timeout", count=FIVE)
    probes = [p for p in probes if not p.at.startswith(("2026-11-12T05", "2026-11-12T06", "2026-11-12T07"))]
    [finding] = fails(run(SiteUnreachable, site(probes=tuple(probes))), RULE)
    told: dict[str, list[dict[str, Any]]] = {}
    for row in finding.evidence:
        told.setdefault(row["what"], []).append(row)
    assert told["window"][0] | {"from": "2026-11-09", "to": "2026-11-16", "days": 7} == told["window"][0]
    assert told["visits"] == [{"what": "visits", "visits": 165, "failed": 9, "doubtful": 0, "missing": 0}]
    assert [(r["place"], r["visits"], r["failed"]) for r in told["probe_place"]] == [("乙", 165, 9), ("甲", 165, 9)]
    assert told["gap"] == [{"what": "gap", "from": "2026-11-12T04:13:00+08:00", "to": "2026-11-12T08:13:00+08:00", "hours": "4"}]
    assert len(told["GET"]) == 18 and {r["control"] for r in told["GET"]} == {True}
    assert {(r["probe_place"], r["error"]) for r in told["GET"]} == {("甲", "超时"), ("乙", "连接被拒绝")}
    assert [r["outcomes"] for r in told["family"]] == ["打开 312，超时 9，连接被拒绝 9"]
    assert set(told) <= set(WHAT) and {k for row in finding.evidence for k in row} - {"what"} <= set(KEYS)
    assert finding.observed == "9/165（5.45%）"


def test_ten_tries_within_one_outage_are_no_ten_outages() -> None:
    burst = [probe(moments()[50] + timedelta(minutes=n), "refused") for n in range(10)]
    seen = tally([*week(), *burst], AS_OF, Standard())
    assert len(seen.failed) <= 1 and seen.left_out["close"] >= 9


def test_a_single_try_from_elsewhere_clears_its_minute_and_asks_for_no_second_place() -> None:
    down = with_outcomes(week(), "refused", FIVE)
    first = next(p for p in down if p.outcome == "refused")
    seen = tally([*down, probe(datetime.fromisoformat(first.at) + timedelta(seconds=30), place="手机")], AS_OF, Standard())
    assert len(seen.failed) == FIVE - 1 and len(seen.visits) == ALL and not seen.left_out


def test_probes_count_once_whatever_their_order_and_however_often_they_are_given() -> None:
    probes = with_outcomes(week(), "timeout", FIVE)
    forward, backward = tally(probes, AS_OF, Standard()), tally(probes[::-1], AS_OF, Standard())
    assert forward == backward and len(forward.visits) == ALL


def test_a_clock_that_was_set_back_makes_no_visit_twice() -> None:
    again = [probe(m + timedelta(seconds=5)) for m in moments(days=[3])[:6]]
    assert len(tally([*week(), *again], AS_OF, Standard()).visits) == ALL


def test_moments_of_another_zone_fall_on_chinas_days() -> None:
    elsewhere = [replace(probe(m), at=m.astimezone(UTC).isoformat()) for m in moments()]
    assert tally(elsewhere, AS_OF, Standard()).missing == 0
    assert window(AS_OF, 7) == ("2026-11-09", "2026-11-16")
    edge = probe(datetime(2026, 11, 15, 23, 59, 59, tzinfo=CHINA))
    after = probe(datetime(2026, 11, 16, 0, 0, 0, tzinfo=CHINA))
    assert tally([edge, after], AS_OF, Standard()).probes == 1


def test_other_numbers_of_a_pack() -> None:
    params = {(RULE, "share"): "0.10", (RULE, "probes_per_day"): 12}
    facts = site(probes=tuple(with_outcomes(week(a_day=12), "timeout", 8)))
    assert outcome(run(SiteUnreachable, facts, params=params), RULE) == ("pass", None)
    assert outcome(run(SiteUnreachable, facts, params={**params, (RULE, "share"): "0.09"}), RULE) == ("fail", None)


def test_a_summary_for_the_receipt() -> None:
    target = Target(
        url="http://www.qinghe.gov.cn/", site="1", state="临时下线", state_from="2026-11-09", state_to="2026-11-09", state_ground="函"
    )
    probes = with_outcomes(week(days=(6, 5, 4, 3, 2)), "timeout", 3)
    assert summary(probes, target, AS_OF, Standard(share=Decimal("0.05"))) == {
        "since": "2026-11-09", "until": "2026-11-16", "probes": 120, "visits": 120, "failed": 3, "doubtful": 0, "left_out": 0, "missing": 20,
        "gaps": 1, "places": ["甲"], "approved_days": 1,
    }  # fmt: skip


@pytest.mark.parametrize(("part", "whole", "text"), [(9, 168, "5.36%"), (7, 140, "5.00%"), (1, 3, "33.33%"), (168, 168, "100.00%")])
def test_shares_in_print(part: int, whole: int, text: str) -> None:
    assert percent(part, whole) == text
