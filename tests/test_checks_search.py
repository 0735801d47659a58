"""What is said about a site's search, from what the looks at it showed."""

from __future__ import annotations

from typing import Any

import pytest
from checks_kit import HOME, fails, home, of, outcome, run, site, visit

from govcrawl.checks.search import MISSING, NOT_FOUND, NOT_GROUPED, Search
from govcrawl.model.facts import LOOK, Context, Visit

TITLES = ["关于印发供水管理办法的通知", "县医院新楼启用", "新生儿登记办事指南"]


def asked(
    n: int, *, outcome: str = "read", reason: str | None = None, status: int | None = 200, render: bool = False, **seen: Any
) -> Visit:
    title, item = TITLES[n], f"{HOME}a/{n}.html"
    shown = {
        "kind": "search",
        "title": title,
        "url": item,
        "state": "results",
        "rank": None,
        "shown": 8,
        "first": ["其他信息"],
        "related": False,
    }
    shown |= {"groups": ["全部", "政策"], "tagged": False, "words": None, "whole": False, "absent": False, **seen}
    context = Context(role=LOOK, parent=HOME, strategy="search", asks=[[title, item]], render=render)
    answer = visit(f"so?q={n}", outcome, status=status, reason=reason)
    answer.context = context
    answer.seen = shown if outcome == "read" else None
    return answer


HIT = {"rank": 2, "whole": True}
ABSENT = {"absent": True, "whole": True}
NOTHING = {"absent": True, "whole": True, "state": "nothing", "shown": 0, "first": [], "groups": []}
PASS, FAIL = ("pass", None), ("fail", None)


def unchecked(reason: str) -> tuple[str, str]:
    return ("not_checked", reason)


ROWS: list[tuple[str, list[Visit], tuple[Any, Any, Any]]] = [
    ("all found, grouped", [asked(n, **HIT) for n in range(3)], (PASS, PASS, PASS)),
    ("one not on the first page", [asked(0, **HIT), asked(1, **ABSENT), asked(2, **HIT)], (PASS, FAIL, PASS)),
    ("nothing for one, the search works for others", [asked(0, **HIT), asked(1, **NOTHING)], (PASS, FAIL, PASS)),
    ("nothing for any", [asked(n, **NOTHING) for n in range(3)], (FAIL, ("not_applicable", "no_data"), ("not_applicable", "no_data"))),
    ("out of order", [asked(n, outcome="failed", status=500, reason="unreachable") for n in range(2)], (FAIL, ("not_applicable", "no_data"), ("not_applicable", "no_data"))),
    ("results without groups", [asked(n, **HIT, groups=[]) for n in range(2)], (PASS, PASS, FAIL)),
    ("results that say their class", [asked(n, **HIT, groups=[], tagged=True) for n in range(2)], (PASS, PASS, PASS)),
    ("says itself that it is out of order", [asked(n, state="broken", whole=True, shown=0, groups=[]) for n in range(2)], (FAIL, ("not_applicable", "no_data"), ("not_applicable", "no_data"))),
    # traps: nobody could tell
    ("words of an error in a shell that nobody ran", [asked(n, state="broken", shown=0, groups=[]) for n in range(2)], (unchecked("unrendered"), unchecked("unrendered"), unchecked("unrendered"))),
    ("one title alone proves no dead search", [asked(0, **NOTHING)], (unchecked("no_data"), unchecked("no_data"), unchecked("no_data"))),
    ("a captcha", [asked(n, state="guarded", shown=0, groups=[]) for n in range(2)], (unchecked("blocked"), unchecked("blocked"), unchecked("blocked"))),
    ("a script that nobody ran", [asked(n, state="unclear", shown=0, groups=[]) for n in range(2)], (unchecked("unrendered"), unchecked("unrendered"), unchecked("unrendered"))),
    ("a shield before the search alone", [asked(n, outcome="blocked", status=521, reason="blocked") for n in range(2)], (unchecked("blocked"), unchecked("blocked"), unchecked("blocked"))),
    ("too busy, or a proxy's word", [asked(n, outcome="failed", status=503, reason="unreachable") for n in range(2)], (unchecked("unreachable"), unchecked("unreachable"), unchecked("unreachable"))),
    ("no answer in time", [asked(n, outcome="failed", status=None, reason="timeout") for n in range(2)], (unchecked("timeout"), unchecked("timeout"), unchecked("timeout"))),
    ("robots.txt forbids it", [asked(n, outcome="skipped", status=None, reason="robots") for n in range(2)], (unchecked("robots"), unchecked("robots"), unchecked("robots"))),
    ("groups may still be drawn", [asked(n, rank=1, groups=[]) for n in range(2)], (PASS, PASS, unchecked("unrendered"))),
    ("absent on the plain page, found after script", [asked(0, **HIT), asked(1, absent=False), asked(1, **HIT, render=True)], (PASS, PASS, PASS)),
]  # fmt: skip


@pytest.mark.parametrize(("why", "looks", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_what_the_answers_of_a_search_prove(why: str, looks: list[Visit], expected: tuple[Any, Any, Any]) -> None:
    for n, look in enumerate(looks):
        look.url += f"&n={n}"
    report = run(Search, site(first=home(notes={"search": {"by": "form", "url": f"{HOME}so"}}), looks=looks))
    assert tuple(outcome(report, rule) for rule in (MISSING, NOT_FOUND, NOT_GROUPED)) == expected


@pytest.mark.parametrize(("by", "expected"), [("form", FAIL), ("script", unchecked("unreachable"))])
def test_an_address_read_in_a_script_may_be_a_dead_one(by: str, expected: Any) -> None:
    looks = [asked(n, outcome="failed", status=404, reason="unreachable") for n in range(2)]
    report = run(Search, site(first=home(notes={"search": {"by": by, "url": f"{HOME}so?q="}}), looks=looks))
    assert outcome(report, MISSING) == expected


def test_a_title_that_the_searchs_requests_did_not_reach_is_named() -> None:
    first = asked(0, **HIT)
    first.context.asks = [[TITLES[0], f"{HOME}a/0.html"], [TITLES[1], f"{HOME}a/1.html", f"{HOME}so?q=1"]]
    report = run(Search, site(first=home(notes={"search": {"by": "form", "url": f"{HOME}so"}}), looks=[first]))
    [named] = [f for f in report.findings if f.rule == NOT_FOUND]
    assert (named.outcome, named.reason, named.value, named.url) == ("not_checked", "budget", TITLES[1], f"{HOME}a/1.html")


def test_a_title_that_is_not_found_is_told_by_name_with_its_request() -> None:
    report = run(
        Search, site(first=home(notes={"search": {"by": "form", "url": f"{HOME}so"}}), looks=[asked(0, **HIT), asked(1, **ABSENT)])
    )
    [finding] = fails(report, NOT_FOUND)
    assert (finding.value, finding.url, finding.observed) == (TITLES[1], f"{HOME}a/1.html", "结果第一页列出8条信息，没有该条")
    [tried] = finding.evidence
    assert tried["url"] == f"{HOME}so?q=1" and tried["first"] == ["其他信息"]


@pytest.mark.parametrize(
    ("notes", "rendered", "expected"),
    [
        ({}, True, FAIL),
        ({}, False, unchecked("unrendered")),  # a header that a script inserts may hold the box
        ({"search": {"by": "box", "url": ""}}, False, unchecked("no_data")),  # a box that only its script serves
        ({"search": {"by": "box", "url": ""}}, True, unchecked("no_data")),
    ],
)
def test_a_site_is_without_search_only_after_its_scripts_ran(notes: dict[str, Any], rendered: bool, expected: Any) -> None:
    report = run(Search, site(first=home(notes=notes, rendered=rendered)))
    assert outcome(report, MISSING) == expected
    assert len(of(report, MISSING)) == (expected == FAIL)


def test_a_title_that_nobody_could_tell_about_is_named() -> None:
    looks = [asked(0, **HIT), asked(1, state="unclear", shown=0, groups=[]), asked(2, state="guarded", shown=0, groups=[])]
    report = run(Search, site(first=home(notes={"search": {"by": "form", "url": f"{HOME}so"}}), looks=looks))
    assert outcome(report, NOT_FOUND) == PASS
    told = {(f.url, f.value): (f.outcome, f.reason) for f in of(report, NOT_FOUND)}
    assert told == {
        (f"{HOME}a/1.html", TITLES[1]): ("not_checked", "unrendered"),
        (f"{HOME}a/2.html", TITLES[2]): ("not_checked", "blocked"),
    }


def test_nothing_is_said_of_a_site_whose_home_page_was_not_read() -> None:
    report = run(Search, site(no_home=True))
    assert {outcome(report, rule)[0] for rule in (MISSING, NOT_FOUND, NOT_GROUPED)} == {"not_checked"}
