"""Two runs compared: new, persisting, fixed, reopened; and nothing is fixed that nobody looked at again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from govcrawl import comparing
from govcrawl.cli import app
from govcrawl.errors import UsageError
from govcrawl.model.facts import Context, PageFacts, PageResult, Try, Visit
from govcrawl.model.files import FileFacts, FilePart
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.runs import Run
from govcrawl.store.base import Store, open_store

SITE, HOME = "3299880001", "http://www.qinghe.gov.cn/"
PAGE, DEAD, FILE = HOME + "a.html", HOME + "gone.doc", HOME + "list.xls"
RULES = ("link-dead", "typo", "column-stale", "homepage-dead", "privacy-id-number")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/govcrawl.db")
    yield opened
    opened.close()


def finding(ident: str = "a", rule: str = "typo", outcome: Outcome = Outcome.FAIL, **values: Any) -> Finding:
    return Finding(
        id=ident * 16, rule=rule, outcome=outcome, site=SITE, object=values.pop("object", "page"), url=values.pop("url", PAGE),
        message=f"问题{ident}", first_seen="2026-11-16T09:00:00+08:00", **values,
    )  # fmt: skip


def visit(url: str = PAGE, outcome: str = "read", status: int | None = 200, role: str = "page", **values: Any) -> Visit:
    tries = [Try(at="2026-11-16T08:00:00+08:00", url=url, status=status)] if outcome != "skipped" else []
    return Visit(url=url, context=Context(role=role), outcome=outcome, tries=tries, **values)


def run(
    store: Store,
    number: int,
    findings: Sequence[Finding],
    visits: Sequence[Visit] = (),
    *,
    rules: dict[str, str] | None = None,
    needs_script: str | None = None,
    site: str = SITE,
    **values: Any,
) -> str:
    """A finished run that visited home and page, and says these findings."""
    ident = f"202611{10 + number}-00000{number}"
    at = f"2026-11-{10 + number}T08:00:00+08:00"
    settings: dict[str, Any] = {"pack": "national-2019", "as_of": at[:10], "seed": "2026-Q4", "state": "finished", "rulebook": "r1"}
    store.save_run(
        Run(id=ident, targets=[{"url": HOME, "site": site, "name": "清禾县人民政府"}], targets_key="k", started_at=at, **settings | values)
    )
    known = {(v.url, v.context.role): v for v in (visit(HOME), visit(PAGE), *visits)}
    results = [
        PageResult(
            site=site,
            key=1,
            visit=v,
            facts=PageFacts(url=v.url, kind="content", needs_script=needs_script) if v.outcome == "read" else None,
        )
        for v in known.values()
    ]
    store.put_results(ident, results)
    told = dict.fromkeys(RULES, "pass") | {f.rule: f.outcome.value for f in findings} | (rules or {})
    card = {"site": site, "name": "清禾县人民政府", "rules": [{"rule": r, "outcome": o} for r, o in told.items()]}
    store.put_judgement(ident, site, [f.with_(run=ident) for f in findings], card, {"site": site, "state": "complete"}, [])
    return ident


def words(store: Store, older: str, newer: str) -> dict[str, str]:
    """Category → ids of the one site."""
    [line] = comparing.lines(older, newer, store=store.location, as_json=True)
    return {name: "".join(sorted(ident[0] for ident in ids)) for name, ids in json.loads(line).items() if isinstance(ids, list) and ids}


def test_new_persisting_fixed(store: Store) -> None:
    older = run(store, 1, [finding("a"), finding("b")])
    newer = run(store, 2, [finding("b", outcome=Outcome.NEEDS_REVIEW), finding("c"), finding("d", outcome=Outcome.NOT_APPLICABLE)])
    assert words(store, older, newer) == {"persisting": "b", "fixed": "a", "new": "c"}


@pytest.mark.parametrize(("now", "mended"), [("column-stale", ""), ("column-blank", "a")])
def test_a_reminder_that_came_true_is_not_mended(store: Store, now: str, mended: str) -> None:
    older = run(store, 1, [finding("a", rule="column-due-soon", object="column")])
    newer = run(store, 2, [finding("b", rule=now, object="column")], rules={"column-due-soon": "pass"})
    assert words(store, older, newer).get("fixed", "") == mended and words(store, older, newer)["new"] == "b"


LOOKED: tuple[tuple[str, Finding, dict[str, Any], bool], ...] = (
    ("the page was read again", finding(), {}, True),
    ("the page is gone, says the site", finding(), {"visits": [visit(outcome="failed", status=404, reason="no_data")]}, True),
    ("the page leads elsewhere now", finding(), {"visits": [visit(outcome="redirected", status=302)]}, True),
    ("the page was not met", finding(url=HOME + "b.html"), {}, False),
    ("the page timed out", finding(), {"visits": [visit(outcome="failed", status=None, reason="timeout")]}, False),
    ("the site was behind a shield", finding(), {"visits": [visit(outcome="blocked", status=412, reason="blocked")]}, False),
    ("the budget was spent", finding(), {"visits": [visit(outcome="skipped", reason="budget")]}, False),
    ("no browser drew its list this time", finding(rule="column-stale", object="column"), {"needs_script": "list"}, False),
    ("its marks alone wait for a script", finding(), {"needs_script": "marks"}, True),
    ("the rule was not checked", finding(), {"rules": {"typo": "not_checked"}}, False),
    ("the rule is not in this run's pack", finding(rule="retired-rule"), {}, False),
    ("the rule does not apply any more", finding(), {"rules": {"typo": "not_applicable"}}, True),
    ("about the whole site", finding(object="site", url=HOME + "never-met.html"), {}, True),
    ("about the whole site, not checked", finding(object="site"), {"rules": {"typo": "not_checked"}}, False),
    ("the dead link is not on the page any more", finding(rule="link-dead", value=DEAD), {}, True),
    ("its target answers now", finding(rule="link-dead", value=DEAD), {"visits": [visit(DEAD, role="attachment")]}, True),
    ("its target was not asked for", finding(rule="link-dead", value=DEAD), {"visits": [visit(DEAD, "skipped", reason="budget")]}, False),
)


@pytest.mark.parametrize(("why", "old", "second", "mended"), LOOKED, ids=[row[0] for row in LOOKED])
def test_only_what_was_looked_at_again_is_mended(store: Store, why: str, old: Finding, second: dict[str, Any], mended: bool) -> None:
    older, newer = run(store, 1, [old]), run(store, 2, [], **second)
    assert words(store, older, newer) == ({"fixed": "a"} if mended else {"not_looked_at": "a"}), why


FILES = (
    ("read again", "read", [FilePart(text_status="read")], True),
    ("empty now", "read", [FilePart(text_status="empty")], True),
    ("a scan now", "read", [FilePart(text_status="empty", truncated=True)], False),
    ("has a password now", "read", [FilePart(text_status="password")], False),
    ("not drained", "read", None, False),
    ("gone", "gone", None, True),
    ("not fetched", "failed", None, False),
)


@pytest.mark.parametrize(("why", "outcome", "parts", "mended"), FILES, ids=[row[0] for row in FILES])
def test_a_file_is_mended_only_where_it_was_read_again(store: Store, why: str, outcome: str, parts: Any, mended: bool) -> None:
    old = finding(rule="privacy-id-number", object="attachment", source_file=FILE)
    there = (
        visit(FILE, "read", role="attachment")
        if outcome == "read"
        else visit(FILE, "failed", 404 if outcome == "gone" else 500, "attachment")
    )
    older, newer = run(store, 1, [old]), run(store, 2, [], [there])
    if parts is not None:
        store.put_documents(newer, SITE, [FileFacts(url=FILE, digest=f"d-{why}", parts=parts)])
    assert words(store, older, newer) == ({"fixed": "a"} if mended else {"not_looked_at": "a"})


def test_a_file_in_an_archive_is_its_own(store: Store) -> None:
    old = finding(rule="privacy-id-number", object="attachment", source_file=HOME + "a.zip!/名单.xls")
    older, newer = run(store, 1, [old]), run(store, 2, [], [visit(HOME + "a.zip", role="attachment")])
    store.put_documents(newer, SITE, [FileFacts(url=HOME + "a.zip", digest="z", parts=[FilePart(text_status="read")])])
    assert words(store, older, newer) == {"not_looked_at": "a"}, "the archive was opened, the file in it was not there to be read"


UNSEEN = {"rules": {"typo": "not_checked"}}
HISTORY: tuple[tuple[str, list[tuple[list[str], dict[str, Any]]], str], ...] = (
    ("never seen before", [([], {}), ([], {})], "new"),
    ("was there, then mended", [(["a"], {}), ([], {})], "reopened"),
    ("was there, mended long ago", [(["a"], {}), ([], {}), ([], {})], "reopened"),
    ("was there, and nobody looked since", [(["a"], {}), ([], UNSEEN)], "persisting"),
    ("mended first, then nobody looked", [(["a"], {}), ([], {}), ([], UNSEEN)], "reopened"),
    ("nobody looked, then mended", [(["a"], {}), ([], UNSEEN), ([], {})], "reopened"),
)


@pytest.mark.parametrize(("why", "earlier", "word"), HISTORY, ids=[row[0] for row in HISTORY])
def test_what_comes_back_is_known_from_the_runs_before(
    store: Store, why: str, earlier: list[tuple[list[str], dict[str, Any]]], word: str
) -> None:
    runs = [run(store, n, [finding(i) for i in idents], **values) for n, (idents, values) in enumerate(earlier, 1)]
    newest = run(store, 9, [finding("a")])
    assert words(store, runs[-1], newest) == {word: "a"}


def test_a_replay_is_no_history(store: Store) -> None:
    first = run(store, 1, [])
    run(store, 2, [finding("a")], replay_of=first)
    assert words(store, run(store, 3, []), run(store, 4, [finding("a")])) == {"new": "a"}


def test_a_site_that_one_of_them_did_not_inspect_is_named_not_compared(store: Store) -> None:
    older, newer = run(store, 1, [finding()]), run(store, 2, [], site="3299770001")
    lines = [json.loads(line) for line in comparing.lines(older, newer, store=store.location, as_json=True)]
    assert lines == [{"site": "3299770001", "not_inspected_by": older}, {"site": SITE, "not_inspected_by": newer}]
    said = comparing.lines(older, newer, store=store.location, as_json=False)
    assert said[1] == f"清禾县人民政府：批次 {newer} 未检查该网站，无从比较"


def test_other_rules_and_a_wrong_order_are_said(store: Store) -> None:
    older, newer = run(store, 2, [], rulebook="r1"), run(store, 1, [], rulebook="r2", pack="other")
    heard: list[str] = []
    comparing.lines(older, newer, store=store.location, as_json=False, say=heard.append)
    assert ["指标版本不同" in heard[0], "规则不同" in heard[1], "晚于" in heard[2]] == [True, True, True]


def test_what_a_run_did_not_reach_is_said_on_one_line(store: Store) -> None:
    older, newer = run(store, 1, []), run(store, 2, [])
    receipt = {"site": SITE, "state": "incomplete", "reasons": {"timeout": 3}, "pages": {"read": 9}}
    store.put_judgement(newer, SITE, [], {"site": SITE, "name": "清禾县人民政府", "rules": []}, receipt, [])
    heard: list[str] = []
    comparing.lines(older, newer, store=store.location, as_json=False, say=heard.append)
    assert heard == [f"批次 {newer} 未能查全：清禾县人民政府 3 页未能检查（访问超时 3）"]


ORDER: tuple[tuple[str, dict[str, Any], dict[str, Any], list[str]], ...] = (
    ("in order", {}, {}, []),
    ("the older crawl judges a later day", {"as_of": "2026-11-30"}, {}, ["先后颠倒：批次 20261111-000001 的监测时间点 2026-11-30 晚于"]),
    ("the newer crawl judges an older day", {}, {"as_of": "2026-09-30"}, ["先后颠倒"]),
    ("one day, in order", {"as_of": "2026-11-12"}, {}, []),
    (
        "a replay of the older",
        {},
        {"replay_of": "20261111-000001", "as_of": "2026-11-11"},
        ["批次 20261112-000002（监测时间点 2026-11-11，重放"],
    ),
    (
        "a replay that judges an older day",
        {},
        {"replay_of": "20261111-000001", "as_of": "2026-10-01"},
        ["重放（重判批次 20261111-000001，未重新访问网站）", "先后颠倒"],
    ),
)


@pytest.mark.parametrize(("why", "first", "second", "said"), ORDER, ids=[row[0] for row in ORDER])
def test_the_order_is_that_of_the_days_that_are_judged(
    store: Store, why: str, first: dict[str, Any], second: dict[str, Any], said: list[str]
) -> None:
    older, newer = run(store, 1, [], **first), run(store, 2, [], **second)
    heard: list[str] = []
    comparing.lines(older, newer, store=store.location, as_json=False, say=heard.append)
    assert len(heard) == len(said) and all(words in line for words, line in zip(said, heard, strict=True)), heard


def test_two_crawls_of_one_day_in_the_wrong_order_are_named(store: Store) -> None:
    older, newer = run(store, 2, [], as_of="2026-11-11"), run(store, 1, [])
    heard: list[str] = []
    comparing.lines(older, newer, store=store.location, as_json=False, say=heard.append)
    assert heard == ["两个批次的监测时间点相同（2026-11-11），批次 20261112-000002 的网页却取得更晚：请确认先后"]


def test_what_another_tool_found_is_not_mended_by_our_silence(store: Store) -> None:
    older, newer = run(store, 1, [finding("a", outcome=Outcome.NEEDS_REVIEW, source="云监测")]), run(store, 2, [])
    assert words(store, older, newer) == {"not_looked_at": "a"}


def test_the_command_prints_counts_and_what_changed(store: Store) -> None:
    older, newer = run(store, 1, [finding("a"), finding("b")]), run(store, 2, [finding("b"), finding("c")])
    done = CliRunner().invoke(app, ["diff", older, newer, "--store", store.location])
    assert done.exit_code == 0
    first, *rest = done.stdout.splitlines()
    assert first == "清禾县人民政府：新发现 1，仍存在 1，已整改 1，再次出现 0，未再检查 0"
    assert rest == [f"  新发现 问题c {PAGE}", f"  已整改 问题a {PAGE}"]


def test_an_unknown_run_is_named(store: Store) -> None:
    with pytest.raises(UsageError, match="没有检查批次 20200101-000000"):
        comparing.lines(run(store, 1, []), "20200101-000000", store=store.location, as_json=False)
