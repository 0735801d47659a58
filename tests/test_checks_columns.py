"""Blank columns, missing columns, undated items, dates that disagree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from checks_kit import HOME, block, column, day, fails, home, link, listed, of, outcome, page, row, run, site, url, visit

from govcrawl.checks.columns import Columns
from govcrawl.checks.dates import Conflict, Undated
from govcrawl.model.findings import Outcome
from govcrawl.model.site_facts import ColumnFacts, SiteFacts

# ---------------------------------------------------------------- blank

BLANK: dict[str, Any] = {"state": "blank", "blank": True}


@pytest.mark.parametrize("kind", ["其他", "政策文件", "征集调查", "通知公告", "机构职能"])
def test_blank(kind: str) -> None:
    report = run(Columns, site(columns=[column("lm/", kind, **BLANK), listed("b/", "其他", "2026-01-01")]))
    assert [(f.url, f.title, f.message) for f in fails(report, "column-blank")] == [(url("lm/"), kind, f"“{kind}”栏目没有任何内容")]


@pytest.mark.parametrize(
    "col",
    [
        listed("lm/", "政策文件", "2020-01-01"),  # old is not blank
        column("lm/", "政策文件", link_only=True, state="link_only"),
        column("lm/", "政策文件", external=True, **BLANK),
        column("lm/", "其他", **BLANK, entries=[row("a.html")], items=0),
        column("lm/", "其他", **BLANK, newest=[("2026-01-01", url("a.html"), "list")]),
        column("lm/", "咨询建言", **BLANK),  # a form may be all there is; messages-not-public judges it
        column("lm/", "依申请公开", **BLANK),
        column("lm/", "其他", state="unread", blank=True, page=None),
        column("lm/", "其他", state="blocked", blank=True),
        column("lm/", "其他", state="maintenance", blank=True),
        column("lm/", "其他", **BLANK, page=page("lm/", "error")),
    ],
)
def test_not_blank(col: ColumnFacts) -> None:
    assert of(run(Columns, site(columns=[col])), "column-blank") == []


@pytest.mark.parametrize(
    ("col", "reason"),
    [
        (column("lm/", "其他", **BLANK, page=page("lm/", "list", needs_script="list")), "unrendered"),
        (column("lm/", "其他", **BLANK, unread_pages=2), "no_data"),
        (column("lm/", "其他", **BLANK, page=page("lm/", "list", total_items=18)), "no_data"),  # the pager claims 18 rows
    ],
)
def test_blank_cannot_be_told(col: ColumnFacts, reason: str) -> None:
    report = run(Columns, site(columns=[col]))
    assert [(f.outcome, f.reason) for f in of(report, "column-blank")] == [(Outcome.NOT_CHECKED, reason)]


def test_a_drawn_list_that_was_rendered_empty_is_blank() -> None:
    drawn = page("lm/", "list", needs_script="list", rendered=True)
    assert len(fails(run(Columns, site(columns=[column("lm/", "其他", **BLANK, page=drawn)])), "column-blank")) == 1


def test_a_parent_of_live_children_is_not_blank() -> None:
    parent = column("p/", "其他", **BLANK, children=[url("p/a/")])
    assert of(run(Columns, site(columns=[parent, listed("p/a/", "其他", "2026-01-01")])), "column-blank") == []


# ---------------------------------------------------------------- missing

TYPES = ("概况信息", "机构职能", "领导信息", "动态要闻", "政策文件", "政策解读", "办事服务", "办事统计", "咨询建言")


def _all(*without: str, **changes: Any) -> list[ColumnFacts]:
    return [listed(f"c{n}/", kind, "2026-11-01", **changes) for n, kind in enumerate(TYPES) if kind not in without]


@pytest.mark.parametrize("kind", TYPES)
def test_missing(kind: str) -> None:
    report = run(Columns, site(columns=_all(kind)))
    found = fails(report, "column-missing")
    assert [(f.value, f.url, f.object, (f.facet or "").partition(":")[0]) for f in found] == [(kind, HOME, "site", kind)]
    assert found[0].evidence[0]["columns_total"] == 8


def test_nothing_missing() -> None:
    assert outcome(run(Columns, site(columns=_all())), "column-missing") == ("pass", None)


@pytest.mark.parametrize(
    "facts",
    [
        site(columns=[*_all("办事服务"), column("http://bszn.zwfw.gov.cn/", "办事服务", external=True)]),
        site(columns=_all("办事服务", "办事统计"), target={"public_services": False}),
        site(columns=_all("领导信息"), first=home(navigation=[["领导之窗", url("ldzc/")]])),  # typed otherwise, named right
        site(columns=_all("咨询建言"), first=home(links=[link("http://12345.example.gov.cn/", "县长信箱")])),
    ],
)
def test_not_missing(facts: SiteFacts) -> None:
    assert of(run(Columns, facts), "column-missing") == []


@pytest.mark.parametrize("state", ["unread", "blocked"])
def test_a_name_behind_which_nothing_could_be_read_is_neither_there_nor_missing(state: str) -> None:
    report = run(Columns, site(columns=[*_all("咨询建言"), column("lm/", "咨询建言", state=state, page=None)]))
    assert [(f.outcome, f.value) for f in of(report, "column-missing")] == [(Outcome.NOT_CHECKED, "咨询建言")]


def test_a_title_that_merely_contains_the_name_does_not_stand_for_the_column() -> None:
    facts = site(columns=_all("政策解读"), first=home(links=[link("a.html", "《清和县招商办法》政策解读会召开")]))
    assert [f.value for f in fails(run(Columns, facts), "column-missing")] == ["政策解读"]


@pytest.mark.parametrize(
    ("hidden", "changes", "reason"),
    [
        (visit("x/", "blocked", status=412, reason="blocked"), {}, "blocked"),
        (visit("x/", "skipped", reason="budget"), {}, "budget"),
        (visit("x/", "failed", error="timeout", reason="timeout"), {}, "timeout"),
        (visit("x/"), {"first": home(needs_script="list")}, "unrendered"),
    ],
)
def test_missing_cannot_be_told_where_part_was_not_seen(hidden: Any, changes: dict[str, Any], reason: str) -> None:
    report = run(Columns, site(columns=_all("办事统计"), visits=[hidden], **changes))
    assert [(f.outcome, f.reason, f.value) for f in of(report, "column-missing")] == [(Outcome.NOT_CHECKED, reason, "办事统计")]


@pytest.mark.parametrize(
    ("hidden", "changes"),
    [
        (visit("x.html", "failed", status=404, reason="no_data"), {}),  # says that there is no such page
        (
            visit("x.html", "failed", error="timeout", reason="timeout"),
            {"member_of": {url("x.html"): url("c0/")}},
        ),  # an item hides no column
        (visit("c0/2.html", "failed", error="timeout", reason="timeout"), {"pager": True}),
        (visit("http://b.com/", "failed", error="timeout", reason="timeout", role="outside"), {}),
    ],
)
def test_what_cannot_hide_a_column(hidden: Any, changes: dict[str, Any]) -> None:
    columns = _all("办事统计")
    if changes.pop("pager", False):
        columns[0].page = page("c0/", "list", pager=[url("c0/2.html")])
    assert [f.value for f in fails(run(Columns, site(columns=columns, visits=[hidden], **changes)), "column-missing")] == ["办事统计"]


def test_missing_without_a_home_page() -> None:
    facts = site(no_home=True, visits=[visit("", "blocked", status=403, reason="blocked")])
    report = run(Columns, facts)
    assert report.findings == []
    assert outcome(report, "column-missing") == ("not_checked", "blocked")


# ---------------------------------------------------------------- undated

MEMBER = {url("a.html"): url("lm/")}


def _item(**changes: Any) -> SiteFacts:
    options = {k: changes.pop(k) for k in ("member_of", "list_dates", "columns") if k in changes}
    options.setdefault("member_of", MEMBER)
    options.setdefault("columns", [listed("lm/", "政策文件", "2026-01-01")])
    return site(page("a.html", **changes), **options)


@pytest.mark.parametrize(
    ("facts", "fires"),
    [
        (_item(), True),
        (_item(dates=[day("2026-01-01", "path")]), True),
        (_item(meta={"pubdate": ""}), True),
        (_item(kind="policy", list_dates={url("a.html"): "2026-01-01"}), True),  # the list is not the page
        (_item(dates=[day("2026-01-01")]), False),
        (_item(meta={"pubdate": "2026-01-01 10:00"}), False),
        (_item(meta={"pubdate": "2026年元旦"}), False),  # filled, if badly
        (_item(kind="static"), False),
        (_item(kind="guide"), False),
        (_item(member_of={}), False),  # on no list: may be a static page
        (_item(columns=[listed("lm/", "机构职能", "2026-01-01")]), False),
        (_item(columns=[listed("lm/", "其他", "2026-01-01", state="static")]), False),
        (_item(columns=[listed("lm/", "其他", "2026-01-01"), column("a.html", "其他")]), False),  # 单页栏目
        (_item(needs_script="body"), False),
        (_item(page_no=2), False),
    ],
)
def test_undated(facts: SiteFacts, fires: bool) -> None:
    assert [f.url for f in fails(run(Undated, facts), "item-undated")] == [url("a.html")] * fires


# ---------------------------------------------------------------- conflict


def _dates(listed_on: str | None, *shown: Any, **changes: Any) -> SiteFacts:
    list_dates = {url("a.html"): listed_on} if listed_on else {}
    return site(page("a.html", dates=list(shown), **changes), list_dates=list_dates)


@pytest.mark.parametrize(
    ("facts", "observed"),
    [
        (_dates("2026-01-01", day("2026-03-01")), "列表 2026-01-01，页面 2026-03-01"),
        (_dates("2026-03-01", day("2026-01-01")), "列表 2026-03-01，页面 2026-01-01"),
        (_dates(None, day("2026-12-01")), "页面 2026-12-01，采集 2026-11-16，发布日期 2026-12-01 在其后"),
        (_dates("2026-12-01"), "列表 2026-12-01，采集 2026-11-16，发布日期 2026-12-01 在其后"),
        (_dates("2026-01-01", day("2026-01-04")), None),  # within the tolerance
        (_dates("2026-01-01", day("2026-03-01", "meta")), None),  # PubDate never alone
        (_dates("2026-01-01", day("2026-03-01", "path")), None),
        (_dates(None, day("2026-11-16")), None),  # the very day of the fetch
        (_dates(None, day("2026-11-20"), fetched_at="2026-11-20T08:00:00+08:00"), None),  # after as_of, not after the fetch
        (_dates(None, day("2026-12-01"), fetched_at=None), None),
        (_dates("2026-01-01", day("2026-03-01"), kind="message"), None),
        (_dates(None), None),
    ],
)  # fmt: skip
def test_conflict(facts: SiteFacts, observed: str | None) -> None:
    found = of(run(Conflict, facts), "date-conflict")
    assert [(f.outcome, f.observed) for f in found] == [(Outcome.NEEDS_REVIEW, observed)] * (observed is not None)


@pytest.mark.parametrize("alike", ["same page day", "same distance", "same list day"])
def test_bulk_differences_are_a_migration(alike: str) -> None:
    rows = []
    for n in range(1, 13):
        old, new = {"same page day": (f"2019-01-{n:02}", "2022-05-01"), "same distance": (f"2019-01-{n:02}", f"2019-02-{n:02}"),
                    "same list day": ("2022-05-01", f"2019-01-{n:02}")}[alike]  # fmt: skip
        rows.append((f"{n}.html", old, new))
    rows.append(("odd.html", "2024-03-05", "2025-07-09"))
    facts = site(*(page(p, dates=[day(new)]) for p, _, new in rows), list_dates={url(p): old for p, old, _ in rows})
    assert [f.url for f in of(run(Conflict, facts), "date-conflict")] == [url("odd.html")]


def test_home_names_come_from_blocks_too() -> None:
    facts = site(columns=_all("政策解读"), first=home(lists=[replace(block(), title="政策解读")]))
    assert of(run(Columns, facts), "column-missing") == []


@pytest.mark.parametrize(("changes", "outcome_"), [({}, Outcome.NOT_CHECKED), ({"rendered": True}, Outcome.FAIL)])
def test_a_page_that_a_script_draws_may_lead_to_the_column(changes: dict[str, Any], outcome_: Outcome) -> None:
    facts = site(page("zwgk/", "list", needs_script="list", **changes), columns=_all("办事统计"))
    assert [f.outcome for f in of(run(Columns, facts), "column-missing")] == [outcome_]
