"""Is there anything new: the home page, and each column by the limit of its type."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from checks_kit import AS_OF, block, column, day, fails, home, link, listed, of, outcome, page, row, run, site, url, visit

from govcrawl.checks.freshness import ColumnFreshness, HomeFreshness
from govcrawl.checks.limits import window_days, window_text, yearly
from govcrawl.model.findings import Outcome
from govcrawl.model.items import Message
from govcrawl.model.site_facts import ColumnFacts, SiteFacts

# ---------------------------------------------------------------- home page


def _home(*entries: Any, pages: Any = (), **changes: Any) -> SiteFacts:
    return site(*pages, first=home(lists=[block(*entries)], links=[link(e.url) for e in entries]), **changes)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        # FAIL
        (_home(row("a.html", "2026-11-01"), row("b.html", "2025-01-01")), ("fail", None)),
        (_home(row("a.html"), pages=[page("a.html", dates=[day("2026-11-01")])]), ("fail", None)),
        (_home(row("a.html", "2026-11-01"), row("b.html", "2026-11-20")), ("fail", None)),  # after as_of counts for nothing
        # PASS
        (_home(row("a.html", "2026-11-02")), ("pass", None)),  # 14 days: the last good day
        (_home(row("a.html"), pages=[page("a.html", dates=[day("2026-11-10")])]), ("pass", None)),
        (_home(row("a.html"), pages=[page("a.html", dates=[day("2026-11-10", "meta")])]), ("pass", None)),
        (_home(row("http://mp.weixin.qq.com/s/1", "2026-11-10", outside=True)), ("pass", None)),
        # traps
        (_home(row("a.html"), pages=[page("a.html", dates=[day("2026-11-10", "path")])]), ("not_checked", "no_data")),
        (_home(row("a.html"), pages=[page("a.html", dates=[day("2026-11-10", "meta")])], trust_meta_dates=False), ("not_checked", "no_data")),
        (_home(row("a.html"), row("b.html", "2026-01-01"), visits=[visit("a.html", "blocked", status=412, reason="blocked")]), ("not_checked", "blocked")),
        (_home(row("a.html", "2026-01-01"), visits=[visit("a.html", "blocked", status=412, reason="blocked")]), ("fail", None)),  # its list date is known
        (_home(), ("not_checked", "no_data")),
        (site(first=home(needs_script="list", lists=[block(row("a.html", "2026-01-01"))])), ("not_checked", "unrendered")),
        (site(no_home=True, visits=[visit("", "blocked", status=403, reason="blocked")]), ("not_checked", "blocked")),
    ],
)  # fmt: skip
def test_home(facts: SiteFacts, expected: tuple[str, str | None]) -> None:
    assert outcome(run(HomeFreshness, facts), "home-stale") == expected


def test_home_evidence_names_the_items() -> None:
    finding = fails(run(HomeFreshness, _home(row("a.html", "2026-10-01"))), "home-stale")[0]
    assert {"what": "item", "url": url("a.html"), "date": "2026-10-01", "source": "list"} in finding.evidence
    assert finding.message == "首页最近一次更新为 2026-10-01，距监测时间点 46 天，超过 14 天未更新"


def test_an_item_that_the_home_page_does_not_link_proves_nothing() -> None:
    facts = _home(row("a.html", "2026-10-01"), pages=[page("b.html", dates=[day("2026-11-15")])])
    assert outcome(run(HomeFreshness, facts), "home-stale")[0] == "fail"


@pytest.mark.parametrize("newest", ["2026-11-10", "2026-01-10"])
def test_navigation_only_home_is_judged_by_its_second_level(newest: str) -> None:
    second = page("xwzx/", "list", lists=[block(row("xwzx/a.html", newest))])
    facts = site(second, first=home(navigation=[["新闻中心", url("xwzx/")]]), navigation_only_home=True)
    assert outcome(run(HomeFreshness, facts), "home-stale")[0] == ("pass" if newest == "2026-11-10" else "fail")


# ---------------------------------------------------------------- windows


@pytest.mark.parametrize(
    ("window", "as_of", "days"),
    [
        ("14d", "2026-11-16", 14),
        ("6m", "2026-11-16", 184),
        ("6m", "2026-08-31", 184),  # clipped to 02-28
        ("1m", "2026-03-31", 31),  # clipped to 02-28
        ("12m", "2024-02-29", 366),
    ],
)
def test_window_days(window: str, as_of: str, days: int) -> None:
    assert window_days(window, date.fromisoformat(as_of)) == days


@pytest.mark.parametrize("window", ["6 months", "m6", "", "1000d"])
def test_window_misspelt(window: str) -> None:
    with pytest.raises(ValueError, match="window"):
        window_days(window, date(2026, 11, 16))


@pytest.mark.parametrize(("window", "text"), [("14d", "2周"), ("10d", "10天"), ("6m", "6个月"), ("12m", "1年")])
def test_window_text(window: str, text: str) -> None:
    assert window_text(window) == text


@pytest.mark.parametrize(
    ("as_of", "since"), [("2026-04-15", "2025-01-01"), ("2026-04-16", "2026-01-01"), ("2026-11-16", "2026-01-01")]
)  # 03-31 + 15 days = 04-15: the last day of grace
def test_yearly(as_of: str, since: str) -> None:
    assert yearly("03-31", 15, date.fromisoformat(as_of)).since == since


# ---------------------------------------------------------------- columns by type

FIRST = {"first_level": True}


@pytest.mark.parametrize(
    ("kind", "newest", "changes", "stale"),
    [
        ("动态要闻", "2026-11-02", FIRST, False), ("动态要闻", "2026-11-01", FIRST, True), ("动态要闻", "2026-11-01", {}, True),
        ("政策文件", "2026-05-16", FIRST, False), ("政策文件", "2026-05-15", FIRST, True), ("政策文件", "2026-05-15", {}, False),
        ("政策文件", "2025-11-15", {}, True), ("政策解读", "2026-05-15", FIRST, True), ("政策解读", "2026-05-15", {}, False),
        ("通知公告", "2026-05-15", FIRST, True), ("通知公告", "2025-11-16", {}, False), ("通知公告", "2025-11-15", {}, True),
        ("办事统计", "2026-10-16", {}, False), ("办事统计", "2026-10-15", {}, True),
        ("数据发布", "2026-02-01", {}, False), ("数据发布", "2025-11-15", {}, True),
        ("其他", "2025-11-16", {}, False), ("其他", "2025-11-15", {}, True), ("规划计划", "2025-11-15", {}, True),
        ("信息公开年报", "2026-03-20", {}, False), ("信息公开年报", "2025-03-20", {}, True), ("财政预决算", "2026-02-20", {}, False),
    ],
)  # fmt: skip
def test_limit_of_each_type(kind: str, newest: str, changes: dict[str, Any], stale: bool) -> None:
    report = run(ColumnFreshness, site(columns=[listed("lm/", kind, newest, "2024-01-01", **changes)]))
    assert [f.url for f in fails(report, "column-stale")] == [url("lm/")] * stale
    assert outcome(report, "column-stale")[0] == ("fail" if stale else "pass")


@pytest.mark.parametrize(
    ("kind", "level", "facet"),
    [
        ("动态要闻", True, "动态要闻"),
        ("政策文件", True, "政策文件:first"),
        ("通知公告", False, "通知公告:lower"),
        ("办事统计", False, "办事统计"),
    ],
)
def test_facet(kind: str, level: bool, facet: str) -> None:
    report = run(ColumnFreshness, site(columns=[listed("lm/", kind, "2020-01-01", first_level=level)]))
    assert [f.facet for f in fails(report, "column-stale")] == [facet]


@pytest.mark.parametrize(
    "col",
    [
        listed("lm/", "概况信息", "2015-01-01"),
        listed("lm/", "领导信息", "2015-01-01"),
        listed("lm/", "其他", "2015-01-01", state="archived", name="历史专题"),
        listed("lm/", "其他", "2015-01-01", state="static"),
        column("lm/", "其他", entries=[row("a.html", "2015-01-01")]),  # a column of one page
        column("lm/", "其他", name="联系我们", page=page("lm/", "static")),
        listed("lm/", "在线访谈", "2015-01-01"),  # interview-stale alone judges it
    ],
)
def test_no_limit(col: ColumnFacts) -> None:
    report = run(ColumnFreshness, site(columns=[col]))
    assert report.findings == []
    assert outcome(report, "column-stale") == ("not_applicable", "no_limit")


@pytest.mark.parametrize("name", ["行政处罚", "招标采购", "征地信息", "公务员招录", "应急管理"])
def test_event_driven_columns_are_candidates(name: str) -> None:
    report = run(ColumnFreshness, site(columns=[listed("lm/", "其他", "2024-01-01", name=name)]))
    assert [f.outcome for f in of(report, "column-stale")] == [Outcome.NEEDS_REVIEW]


def test_topics_are_candidates() -> None:
    report = run(ColumnFreshness, site(columns=[listed("lm/", "专题专栏", "2024-01-01", name="优化营商环境")]))
    assert outcome(report, "column-stale")[0] == "needs_review"


OLD = "2024-01-01"
BLOCKED = visit("lm/0.html", "blocked", status=412, reason="blocked")


@pytest.mark.parametrize(
    ("col", "changes", "reason"),
    [
        (listed("lm/", "政策文件", OLD, first_level=True, unread_pages=1), {}, "unreachable"),
        (listed("lm/", "政策文件", OLD, first_level=True), {"visits": [visit("lm/x.html", "failed", error="timeout", reason="timeout")]}, "timeout"),
        (listed("lm/", "政策文件", OLD, state="unread"), {"visits": [visit("lm/", "failed", error="timeout", reason="timeout")]}, "timeout"),
        (listed("lm/", "政策文件", OLD, state="blocked"), {"visits": [visit("lm/", "blocked", status=403, reason="blocked")]}, "blocked"),
        (listed("lm/", "政策文件", OLD, page=page("lm/", "list", needs_script="list")), {}, "unrendered"),
        (listed("lm/", "政策文件", OLD, page=page("lm/", "list", pager=[url("lm/2.html")])), {"visits": [visit("lm/2.html", "skipped", reason="budget")]}, "budget"),
        (listed("lm/", "政策文件", OLD, state="maintenance"), {}, "no_data"),
        (listed("lm/", "政策文件"), {}, "no_data"),  # not one date
        (column("lm/", "政策文件", external=True), {}, "external_platform"),
        (column("lm/", "办事统计", state="link_only", link_only=True), {}, "external_platform"),
    ],
)  # fmt: skip
def test_what_was_not_seen_is_not_stale(col: ColumnFacts, changes: dict[str, Any], reason: str) -> None:
    col.record.first_level = True
    report = run(ColumnFreshness, site(columns=[col], **changes))
    assert [(f.outcome.value, f.reason) for f in of(report, "column-stale")] == [("not_checked", reason)]
    assert outcome(report, "column-stale") == ("not_checked", reason)


@pytest.mark.parametrize(
    ("visits", "unread"),
    [
        ([BLOCKED], 1),  # the item behind the shield bears its list date
        ([visit("lm/x.html", "failed", status=404, reason="no_data")], 1),  # gone: there is nothing newer to miss
    ],
)
def test_what_hides_nothing_does_not_excuse(visits: list[Any], unread: int) -> None:
    col = listed("lm/", "政策文件", OLD, first_level=True, unread_pages=unread)
    assert outcome(run(ColumnFreshness, site(columns=[col], visits=visits)), "column-stale")[0] == "fail"


def test_fresh_is_fresh_whatever_was_not_read() -> None:
    col = listed("lm/", "政策文件", "2026-11-10", first_level=True, unread_pages=9)
    assert outcome(run(ColumnFreshness, site(columns=[col])), "column-stale")[0] == "pass"


@pytest.mark.parametrize(
    ("dates", "trust", "expected"),
    [
        ([day("2026-11-10")], True, "pass"),
        ([day("2026-11-10", "meta")], True, "pass"),
        ([day("2026-11-10", "meta")], False, "not_checked"),  # PubDate of this site is the day of generation
        ([day("2026-11-10", "path")], True, "not_checked"),
        ([day("2026-11-10", "guess")], True, "not_checked"),
        ([day("2023-11-10", "path")], True, "fail"),  # even the guess is old
        ([day("2026-12-10")], True, "fail"),  # after as_of
        ([], True, "fail"),
    ],
)
def test_only_valid_dates_count(dates: list[Any], trust: bool, expected: str) -> None:
    col = listed("lm/", "政策文件", OLD, first_level=True)
    facts = site(page("lm/x.html", dates=dates), columns=[col], member_of={url("lm/x.html"): url("lm/")}, trust_meta_dates=trust)
    assert outcome(run(ColumnFreshness, facts), "column-stale")[0] == expected


def test_dates_of_the_assembly_are_filtered_too() -> None:
    newest = [("2026-12-01", url("a.html"), "list"), ("2026-11-10", url("b.html"), "path"), ("2026-11-09", url("c.html"), "meta")]
    col = listed("lm/", "政策文件", OLD, first_level=True, newest=newest)
    assert outcome(run(ColumnFreshness, site(columns=[col], trust_meta_dates=False)), "column-stale")[0] == "fail"
    assert outcome(run(ColumnFreshness, site(columns=[col])), "column-stale")[0] == "pass"


def test_a_pinned_old_item_does_not_hide_the_newest() -> None:
    col = column("lm/", "动态要闻", entries=[row("a.html", "2020-01-01", on_top=True), row("b.html", "2026-11-10")])
    assert outcome(run(ColumnFreshness, site(columns=[col])), "column-stale")[0] == "pass"


def test_a_parent_is_as_new_as_its_subtree() -> None:
    parent = column("zcwj/", "政策文件", first_level=True, children=[url("zcwj/a/")], state="parent")
    child = listed("zcwj/a/", "政策文件", "2026-10-01")
    assert outcome(run(ColumnFreshness, site(columns=[parent, child])), "column-stale")[0] == "pass"


def test_a_parent_is_judged_only_where_its_limit_is_its_own() -> None:
    """政策文件 is first-level (6 months) over lower ones (1 year); 新闻中心 has the limit of its children: they speak for it."""
    policy = [column("zcwj/", "政策文件", first_level=True, children=[url("zcwj/a/")]), listed("zcwj/a/", "政策文件", "2026-01-01")]
    news = [column("xw/", "动态要闻", first_level=True, children=[url("xw/a/")]), listed("xw/a/", "动态要闻", "2026-01-01")]
    report = run(ColumnFreshness, site(columns=policy + news))
    assert sorted(f.url for f in fails(report, "column-stale")) == [url("xw/a/"), url("zcwj/")]


def test_an_unread_child_protects_its_parent() -> None:
    parent = listed("zcwj/", "政策文件", OLD, first_level=True, children=[url("zcwj/a/")])
    child = column("zcwj/a/", "政策文件", state="unread", page=None, entries=[row("1.html"), row("2.html")])
    facts = site(columns=[parent, child], visits=[visit("zcwj/a/", "failed", error="timeout", reason="timeout")])
    assert {f.outcome for f in of(run(ColumnFreshness, facts), "column-stale")} == {Outcome.NOT_CHECKED}


def test_blank_columns_are_not_stale_as_well() -> None:
    report = run(ColumnFreshness, site(columns=[column("lm/", "政策文件", blank=True, state="blank", first_level=True)]))
    assert of(report, "column-stale") == []


# ---------------------------------------------------------------- boards


def _letters(*asked: str | None, column: str | None = "hd/") -> list[Message]:
    return [Message(url=url(f"hd/{n}.html"), key=str(n), column=url(column) if column else None, asked_on=a) for n, a in enumerate(asked)]


@pytest.mark.parametrize(
    ("letters", "changes", "expected"),
    [
        (_letters("2026-09-16"), {}, ("pass", None)),
        (_letters("2026-09-15"), {}, ("fail", None)),
        (_letters("2026-09-15T08:00:00+08:00", "2025-01-01"), {}, ("fail", None)),
        (_letters("2026-10-15", column=None), {}, ("pass", None)),
        (_letters("2026-12-15", "2026-01-01"), {}, ("fail", None)),  # after as_of
        # traps
        (_letters(None), {}, ("not_checked", "no_data")),
        (_letters("2026-01-01"), {"newest": [("2026-11-01", url("hd/9.html"), "list")]}, ("not_checked", "no_data")),
        ([], {"page": page("hd/", "board", notes={"no_letters": True})}, ("not_applicable", "no_event")),
    ],
)  # fmt: skip
def test_boards_are_judged_by_the_day_of_asking(letters: list[Message], changes: dict[str, Any], expected: tuple[str, str | None]) -> None:
    board = column("hd/", "咨询建言", **changes)
    facts = site(*([board.page] if board.page else []), columns=[board], messages=letters)
    assert outcome(run(ColumnFreshness, facts), "column-stale") == expected


# ---------------------------------------------------------------- due soon


@pytest.mark.parametrize(
    ("kind", "newest", "due"),
    [
        ("动态要闻", "2026-11-05", False),  # 11 of 14 days: 110 ≤ 112
        ("动态要闻", "2026-11-04", True),  # 12 of 14 days: 120 > 112
        ("动态要闻", "2026-11-02", True),
        ("动态要闻", "2026-11-01", False),  # stale
        ("政策文件", "2026-06-22", False),  # 147 of 184 days: 1470 ≤ 1472
        ("政策文件", "2026-06-21", True),  # 148 of 184 days
        ("信息公开年报", "2026-01-01", False),
        ("概况信息", "2026-01-01", False),
    ],
)
def test_due_soon(kind: str, newest: str, due: bool) -> None:
    report = run(ColumnFreshness, site(columns=[listed("lm/", kind, newest, first_level=True)]))
    assert [f.url for f in fails(report, "column-due-soon")] == [url("lm/")] * due


def test_due_soon_names_the_day() -> None:
    report = run(ColumnFreshness, site(columns=[listed("lm/", "动态要闻", "2026-11-02", first_level=True)]))
    assert (
        fails(report, "column-due-soon")[0].message
        == "“动态要闻”栏目（动态要闻类）最近更新为 2026-11-02，将于 2026-11-17 超过 2周 的更新期限"
    )


def test_due_soon_says_nothing_where_part_was_not_seen() -> None:
    col = listed("lm/", "动态要闻", "2026-11-02", unread_pages=1)
    assert of(run(ColumnFreshness, site(columns=[col])), "column-due-soon") == []


def test_stale_evidence() -> None:
    finding = fails(run(ColumnFreshness, site(columns=[listed("lm/", "政策文件", "2026-05-15", OLD, first_level=True)])), "column-stale")[0]
    assert (finding.observed, finding.expected, finding.title) == ("2026-05-15", "不早于 2026-05-16", "政策文件")
    assert finding.message == "“政策文件”栏目（政策文件类）最近更新为 2026-05-15，距监测时间点 185 天，超过 6个月"
    assert [e["date"] for e in finding.evidence if "date" in e] == ["2026-05-15", OLD]
    assert finding.evidence[0] == {"what": "window", "limit": "6个月", "days": 184, "from": "2026-05-16", "to": AS_OF}


def test_a_pack_may_set_other_windows() -> None:
    windows = {"动态要闻": "7d", "其他": "12m"}
    facts = site(columns=[listed("lm/", "动态要闻", "2026-11-08")])
    assert outcome(run(ColumnFreshness, facts, params={("column-stale", "windows"): windows}), "column-stale")[0] == "fail"
