"""The judge: every rule gets one result, a crash costs one check, findings are made by the catalogue's identity and message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from checks_kit import CODE, HOME, column, context, home, page, site, url, visit

from govcrawl import checks, rulebook
from govcrawl.checks import base
from govcrawl.checks.base import Report, SiteCheck, conclude, found, judge, not_checked, own_hosts
from govcrawl.errors import RulebookError
from govcrawl.model.facts import PageFacts
from govcrawl.model.findings import Finding, Outcome, RuleResult, finding_id
from govcrawl.text import normalise


@pytest.fixture
def alone() -> Iterator[None]:
    """A registry of one's own."""
    kept = list(base._CHECKS)
    base._CHECKS.clear()
    yield
    base._CHECKS[:] = kept


def test_every_rule_of_the_catalogue_has_exactly_one_result() -> None:
    judged = judge(context(site()))
    assert set(judged.results) == set(rulebook.rules())
    assert all(judged.results[r.id].reason == "not_built" for r in rulebook.rules().values() if not r.built)
    assert judged.issues == []


def test_unread_home_page_makes_no_accusation() -> None:
    judged = judge(context(site(no_home=True, visits=[visit("", "failed", error="timeout", reason="timeout")])))
    assert [f for f in judged.findings if f.outcome in (Outcome.FAIL, Outcome.NEEDS_REVIEW)] == []
    for rule in ("home-stale", "column-missing", "domain-nonconforming", "footer-mark-missing", "link-dead"):
        assert (judged.results[rule].outcome, judged.results[rule].reason) == (Outcome.NOT_CHECKED, "timeout")


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("where", ["__init__", "page", "finish"])
def test_a_crash_costs_one_check_only(where: str) -> None:
    class Broken(SiteCheck):
        def __init__(self, ctx: base.CheckContext) -> None:
            super().__init__(ctx)
            self.stumble("__init__")

        def page(self, p: PageFacts) -> None:
            self.stumble("page")

        def finish(self) -> Report:
            self.stumble("finish")
            return Report(results=[RuleResult(rule="home-stale", outcome=Outcome.PASS)])

        def stumble(self, here: str) -> None:
            if here == where:
                raise ZeroDivisionError("planted")

    class Sound(SiteCheck):
        def finish(self) -> Report:
            return Report(results=[RuleResult(rule="item-undated", outcome=Outcome.PASS, looked_at=1)])

    base.check("home-stale")(Broken)
    base.check("item-undated")(Sound)
    judged = judge(context(site(page("a.html"))))
    assert judged.results["home-stale"].outcome is Outcome.NOT_CHECKED
    assert judged.results["item-undated"].outcome is Outcome.PASS
    assert len(judged.issues) == 1
    assert "planted" in (judged.issues[0].detail or "")


@pytest.mark.usefixtures("alone")
def test_pages_come_once_each_in_address_order() -> None:
    seen: list[str] = []

    class Eye(SiteCheck):
        def page(self, p: PageFacts) -> None:
            seen.append(p.url)

        def finish(self) -> Report:
            return Report()

    base.check("home-stale")(Eye)
    judge(context(site(page("b.html"), page("a.html"))))
    assert seen == [HOME, url("a.html"), url("b.html")]


@pytest.mark.usefixtures("alone")
def test_a_rule_belongs_to_one_check() -> None:
    class One(SiteCheck): ...

    class Two(SiteCheck): ...

    base.check("home-stale")(One)
    with pytest.raises(ValueError, match="home-stale"):
        base.check("home-stale", "item-undated")(Two)


def test_identity_and_message_come_from_the_catalogue() -> None:
    ctx = context(site())
    made = found(ctx, "link-dead", url("a.html"), {"kind": "链接", "snippet": "申请表"}, value=url("b.doc"), observed="404, 404")
    assert made.id == finding_id("link-dead", CODE, url("a.html"), url("b.doc"))
    assert made.message == "链接失效：申请表（404, 404）"
    assert (made.outcome, made.object, made.as_of) == (Outcome.FAIL, "page", "2026-11-16")


def test_identity_without_its_part_is_an_error() -> None:
    with pytest.raises(RulebookError, match="value"):
        found(context(site()), "link-dead", url("a.html"))


def test_not_checked_accuses_nobody() -> None:
    made = not_checked(context(site()), "column-stale", url("zcwj/"), "blocked", "栏目“政策文件”是否按期更新")
    assert (made.outcome, made.reason) == (Outcome.NOT_CHECKED, "blocked")
    assert made.message == "栏目“政策文件”是否按期更新：未检查（被网站防护系统拦截）"


def _finding(outcome: Outcome, reason: str | None = None, rule: str = "column-stale") -> Finding:
    return Finding(id=f"{outcome}{reason}", rule=rule, outcome=outcome, site=CODE, object="column", url=HOME, message="…", reason=reason)


@pytest.mark.parametrize(
    ("findings", "looked_at", "expected"),
    [
        ([_finding(Outcome.NEEDS_REVIEW), _finding(Outcome.FAIL)], 3, ("fail", None)),
        ([_finding(Outcome.NEEDS_REVIEW)], 3, ("needs_review", None)),
        ([], 3, ("pass", None)),
        ([_finding(Outcome.NOT_CHECKED, "blocked")], 2, ("pass", None)),
        ([_finding(Outcome.NOT_CHECKED, "blocked")], 0, ("not_checked", "blocked")),
        ([_finding(Outcome.NOT_APPLICABLE, "no_event")], 0, ("not_applicable", "no_event")),
        ([_finding(Outcome.FAIL, rule="column-blank")], 0, ("not_checked", "no_data")),  # another rule's finding
        ([], 0, ("not_checked", "no_data")),
    ],
)
def test_conclude(findings: list[Finding], looked_at: int, expected: tuple[str, str | None]) -> None:
    result = conclude("column-stale", findings, looked_at)
    assert (result.outcome.value, result.reason) == expected


def _missing(kind: str) -> Finding:
    return replace(_finding(Outcome.FAIL, rule="column-missing"), value=kind)


@pytest.mark.parametrize(
    ("kind", "rule", "silent"),
    [("咨询建言", "messages-not-public", True), ("咨询建言", "services-not-grouped", False), ("办事服务", "services-not-grouped", True)],
)
def test_a_missing_column_silences_what_would_say_it_again(kind: str, rule: str, silent: bool) -> None:
    other = _finding(Outcome.FAIL, rule=rule)
    results = {rule: RuleResult(rule=rule, outcome=Outcome.FAIL, findings=[other.id])}
    kept = base._silenced({"a": _missing(kind), "b": other}, results)
    assert (other not in kept) is silent
    assert (results[rule].outcome is Outcome.NOT_APPLICABLE) is silent


def test_hosts_are_the_twins_and_the_registry_s() -> None:
    facts = site(target={"hosts": ("zwgk.qinghe.gov.cn",)})
    assert {"qinghe.gov.cn", "www.qinghe.gov.cn", "zwgk.qinghe.gov.cn"} <= own_hosts(facts)
    assert "jyj.qinghe.gov.cn" not in own_hosts(facts)  # a neighbour


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (visit("a.html", "failed", status=404, reason="no_data"), None),  # gone is an answer
        (visit("a.html", "failed", status=500, reason="unreachable"), "unreachable"),
        (visit("a.html", "blocked", status=412, reason="blocked"), "blocked"),
        (visit("a.html", "skipped", reason="robots"), "robots"),
        (visit("http://b.com/", "failed", error="dns", reason="unreachable", role="outside"), None),
        (visit("a.html"), None),
    ],
)
def test_hidden_reason(seen: Any, reason: str | None) -> None:
    assert context(site(visits=[seen])).hidden_reason == reason


@pytest.mark.parametrize(
    ("count", "outcome", "reason"), [(0, Outcome.PASS, None), (2, Outcome.NOT_CHECKED, "blocked")]
)  # fmt: skip
def test_site_blocked_is_always_not_checked(count: int, outcome: Outcome, reason: str | None) -> None:
    blocked = [visit(f"{n}.html", "blocked", status=412, reason="blocked") for n in range(count)]
    judged = judge(context(site(visits=blocked)))
    result = judged.results["site-blocked"]
    assert (result.outcome, result.reason) == (outcome, reason)
    shown = [f for f in judged.findings if f.rule == "site-blocked"]
    assert [f.message for f in shown] == ["网站防护系统拦截了检查访问，2 个已知页面未能读取，其内容均未检查"] * (count > 0)


def test_site_that_never_answered_is_not_blocked() -> None:
    judged = judge(context(site(no_home=True, visits=[visit("", "failed", error="dns", reason="unreachable")])))
    assert (judged.results["site-blocked"].outcome, judged.results["site-blocked"].reason) == (Outcome.NOT_CHECKED, "unreachable")
    assert not [f for f in judged.findings if f.rule == "site-blocked"]


def test_every_finding_bears_a_chinese_sentence_without_open_braces() -> None:
    facts = site(
        page("a.html", marks=None), first=home(marks=None, error_report=None), columns=[column("x/", "政策文件", blank=True, state="blank")]
    )
    for finding in checks.judge(context(facts)).findings:
        assert normalise.squeeze(finding.message) == finding.message
        assert "{" not in finding.message and "None" not in finding.message


def test_a_rendering_that_failed_hides_no_page() -> None:
    broken = visit("lm/", "failed", error="timeout", reason="unrendered", role="render")
    assert base.unseen(broken) is None
    assert context(site(visits=[broken])).hidden_reason == "unrendered"


@pytest.mark.parametrize(("end", "reason"), [("blocked", "blocked"), (None, "unreachable")])
def test_home_reason_follows_the_redirect(end: str | None, reason: str) -> None:
    known = [visit("", "redirected", status=301, redirect_to=url("https://www.qinghe.gov.cn/"))]
    known += [visit("https://www.qinghe.gov.cn/", end, status=412, reason="blocked")] if end else []
    assert context(site(no_home=True, visits=known)).home_reason == reason


@pytest.mark.parametrize(
    ("failed", "seen"),
    [(5, ("not_checked", "timeout")), (1, ("pass", None))],
    ids=["most of the site unseen", "one page unseen"],
)
def test_silence_about_a_few_pages_clears_not_the_many_that_were_not_seen(failed: int, seen: tuple[str, str | None]) -> None:
    visits = [visit(f"a{n}.html") for n in range(3)]
    visits += [visit(f"b{n}.html", "failed", error="timeout", reason="timeout", status=None) for n in range(failed)]
    judged = judge(context(site(*(page(f"a{n}.html") for n in range(3)), visits=visits)))
    result = judged.results["privacy-id-number"]
    assert (result.outcome.value, result.reason) == seen
