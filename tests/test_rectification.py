"""States of an ordered finding, deadlines, returned sheets, and what a re-check answers: the pure part."""

from __future__ import annotations

import itertools
from datetime import date, datetime
from typing import Any

import pytest

from govcrawl import rectification, rulebook
from govcrawl.errors import UsageError
from govcrawl.model.facts import RENDER, Context, ErrorReport, FooterMarks, Link, PageFacts, Try, Visit
from govcrawl.model.files import FileFacts, FilePart
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.looks import Look
from govcrawl.model.orders import Order, OrderEvent, OrderItem
from govcrawl.rectification import MOVES, ROLES, STATES, needs, returned, verdicts
from govcrawl.rectification.following import Following
from govcrawl.rectification.pursuit import Pursuit
from govcrawl.rectification.site_plan import SitePlan
from govcrawl.rectification.template import bears
from govcrawl.rectification.verdicts import Judged

ID, OTHER = "8f1c2a0011223344", "0" * 16


def event(move: str, role: str = "inspector", finding: str = ID, **more: Any) -> OrderEvent:
    return OrderEvent(order="o", finding=finding, move=move, by="甲", role=role, at="2026-12-01T09:00:00+08:00", **more)


ALLOWED = [(move, state, role) for move in MOVES.values() for state in sorted(move.before) for role in sorted(move.by)]


@pytest.mark.parametrize(("move", "state", "role"), ALLOWED, ids=lambda v: getattr(v, "name", v))
def test_every_move_of_the_table_is_allowed(move: rectification.Move, state: str, role: str) -> None:
    assert rectification.check(state, move.name, role) is move


def test_every_other_move_is_refused_and_says_what_is_allowed() -> None:
    known = {(m.name, state, role) for m, state, role in ALLOWED}
    for name, state, role in itertools.product(MOVES, STATES, ROLES):
        if (name, state, role) in known:
            continue
        with pytest.raises(UsageError) as said:
            rectification.check(state, name, role)
        text = str(said.value)
        move = MOVES[name]
        if state in move.before:
            assert text.startswith(f"{ROLES[role]}不能{move.title}：应由")
        else:
            assert text.startswith(f"{STATES[state]}的问题不能{move.title}；现在可以：")
            assert all(other.title in text for other in rectification.allowed(state))


@pytest.mark.parametrize(
    ("state", "move", "role", "words"),
    [
        ("issued", "close", "inspector", "已交办的问题不能销号；现在可以：签收（receive，责任单位、检查人员）"),
        ("replied", "close", "inspector", "已反馈的问题不能销号"),
        ("rechecked", "close", "unit", "责任单位不能销号：应由检查人员、审批人操作"),
        ("closed", "reply", "unit", "已销号的问题不能反馈；现在可以：再次出现"),
        ("dropped", "reply", "unit", "现在可以：无，已办结"),
        ("objected", "accept", "inspector", "检查人员不能采纳申诉：应由审批人操作"),
        ("issued", "fly", "unit", "没有“fly”这种操作"),
        ("issued", "reply", "king", "没有“king”这种身份"),
    ],
)
def test_a_refusal_is_said_in_words(state: str, move: str, role: str, words: str) -> None:
    with pytest.raises(UsageError, match=words.replace("（", "（").replace("(", "\\(")):
        rectification.check(state, move, role)


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ([], "found"),
        (["review", "issue"], "issued"),
        (["review", "issue", "receive", "start", "reply", "recheck", "close"], "closed"),
        (["review", "issue", "reply", "recheck", "return", "reply", "recheck", "close"], "closed"),
        (["review", "issue", "overdue", "remind", "reply"], "replied"),
        (["review", "issue", "look", "object", "uphold"], "returned"),
        (["review", "issue", "object", "accept"], "dropped"),
        (["review", "issue", "reply", "recheck", "close", "repeat"], "repeated"),
        (["review", "issue", "reply", "look"], "replied"),
    ],
)
def test_a_history_comes_to_a_state(steps: list[str], state: str) -> None:
    events = [event(step, sorted(MOVES[step].by)[0]) for step in steps]
    assert rectification.standing(events).state == state


def test_an_order_stands_with_its_least_advanced_open_item_and_a_new_deadline_holds() -> None:
    items = [OrderItem(finding=f, site="s", rule="typo", severity="notice", url="u", cells={}) for f in (ID, OTHER)]
    order = Order(id="o", run="r", unit="甲", as_of="2026-11-16", issued_on="2026-11-17", due_on="2026-11-24", items=items)
    start = [event(m, finding=f, due_on="2026-11-24" if m == "issue" else None) for f in (ID, OTHER) for m in ("review", "issue")]
    now = rectification.standings(order, [*start, event("reply", "unit"), event("return", due_on="2026-12-04")])
    assert (now[ID].state, now[ID].due_on, now[OTHER].due_on) == ("returned", "2026-12-04", "2026-11-24")
    assert rectification.order_state(now) == "issued"
    assert [rectification.late(now[f], day) for f in (ID, OTHER) for day in ("2026-11-24", "2026-11-25", "2026-12-05")] == [
        False, False, True, False, True, True,
    ]  # fmt: skip
    assert not rectification.late(rectification.standing([*start[:2], event("reply", "unit")]), "2027-01-01")


@pytest.mark.parametrize(
    ("issued", "days", "due"),
    [
        ("2026-11-16", 5, "2026-11-23"),  # Monday: the day of issue does not count
        ("2026-11-21", 5, "2026-11-27"),  # issued on a Saturday
        ("2026-09-30", 3, "2026-10-10"),  # 国庆, and the make-up Saturday counts
        ("2026-02-13", 1, "2026-02-14"),  # make-up Saturday before 春节
    ],
)
def test_deadlines_count_working_days(issued: str, days: int, due: str) -> None:
    assert rectification.deadline(rulebook.calendar(), issued, days) == (due, False)


def test_deadlines_beyond_the_published_calendar_are_provisional_and_senseless_ones_are_refused() -> None:
    year = rulebook.calendar().official_through.year + 1
    assert rectification.deadline(rulebook.calendar(), f"{year}-03-01", 5)[1] is True
    for days in (0, -1, 251, 2500):
        with pytest.raises(UsageError, match="1 至 250 个工作日"):
            rectification.deadline(rulebook.calendar(), "2026-11-16", days)


# -- returned sheets

HEAD = ["编号", "序号", "问题描述", "整改情况", "整改时间", "证明材料", "核减/申诉"]


def sheet(*rows: list[Any], head: list[Any] | None = None, above: int = 0) -> list[list[Any]]:
    return [["整改工单"]] * above + [HEAD if head is None else head, *rows]


def read(table: list[list[Any]], known: tuple[str, ...] = (ID, OTHER)) -> returned.Returned:
    return returned.read(table, today="2026-12-01", refused=lambda f, move: None if f in known else "不是工单中的问题编号")


def row(done: Any = "已修正链接", day: Any = "2026-11-25", proof: Any = "截图1.png", ident: Any = ID, objection: Any = "") -> list[Any]:
    return [ident, 1.0, "链接失效", done, day, proof, objection]


@pytest.mark.parametrize(
    ("cells", "move", "day"),
    [
        (row(), "reply", "2026-11-25"),
        (row(day="2026年11月5日"), "reply", "2026-11-05"),
        (row(day="2026.11.5"), "reply", "2026-11-05"),
        (row(day=20261105.0), "reply", "2026-11-05"),
        (row(day=date(2026, 11, 5)), "reply", "2026-11-05"),
        (row(day=datetime(2026, 11, 5, 10, 30)), "reply", "2026-11-05"),  # noqa: DTZ001 as Excel holds it
        (row(day=""), "reply", None),
        (row(day="/"), "reply", None),
        (row("正在整改", "2026-12-20"), "start", "2026-12-20"),
        (row("尚未完成，等待供应商"), "start", "2026-11-25"),
        (row("未发现该问题，页面正常"), "reply", "2026-11-25"),
        (row("", objection="链接属上级网站，不由我单位维护"), "object", None),
        (row(ident=ID.upper()), "reply", "2026-11-25"),
        (row(ident=f" {ID}\u200b"), "reply", "2026-11-25"),
    ],
)
def test_good_rows(cells: list[Any], move: str, day: str | None) -> None:
    out = read(sheet(cells))
    assert [(r.finding, r.move, r.done_on) for r in out.replies] == [(ID, move, day)] and not out.bad


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (row(ident=""), "缺少问题编号"),
        (row(ident="1.23E+15"), "不完整或已被改动"),
        (row(ident=ID[:15]), "不完整或已被改动"),
        (row(ident="1" * 16), "不是工单中的问题编号"),
        (row(""), "没有填写整改情况"),
        (row("无"), "没有填写整改情况"),
        (row(day="下周"), "“下周”无法识别"),
        (row(day="2026-13-45"), "无法识别"),
        (row(day="2026-12-02"), "晚于今天"),
        (row(day="3036-12-02"), "晚于今天|无法识别"),
    ],
)
def test_bad_rows_are_named_and_the_good_ones_kept(cells: list[Any], reason: str) -> None:
    out = read(sheet(cells, row(ident=OTHER), above=2))
    assert [r.finding for r in out.replies] == [OTHER]
    [bad] = out.bad
    assert bad.row == 4 and any(part in str(bad) for part in reason.split("|")), str(bad)


def test_blank_rows_are_no_answer_and_the_same_row_twice_is_one() -> None:
    out = read(sheet(row("", "", ""), row(), row(), row("改了别的", ident=ID), []))
    assert (len(out.replies), out.silent, len(out.bad)) == (1, 1, 1) and "内容不同" in out.bad[0].reason


@pytest.mark.parametrize(
    "head",
    [
        ["整改情况（必填）", "整改完成时间", "佐证材料", "问题编号", "网址", "核减/申诉"],
        ["*整改结果", "完成日期", "证明", "ID", "网址", "申诉"],
        ["整改 情况", "时 间", "附件", "改过的列名", "网址", "异议"],
    ],
)
def test_columns_may_be_moved_and_renamed(head: list[str]) -> None:
    out = read([["返回"], head, ["已整改", "2026-11-25", "a.png", ID, "http://x/", ""]])
    assert [(r.finding, r.text, r.done_on, r.proof) for r in out.replies] == [(ID, "已整改", "2026-11-25", "a.png")]


def test_a_table_that_is_none_of_ours_is_refused() -> None:
    with pytest.raises(UsageError, match="没有“整改情况”这一列"):
        read([["网站名称", "网址"], ["甲", "http://x/"]])
    with pytest.raises(UsageError, match="没有“编号”列"):
        read([["序号", "整改情况"], [1, "已整改"]])


# -- what a re-check answers

HOME = "http://www.a.gov.cn/"
PAGE = f"{HOME}yw/1.html"
DEAD = f"{HOME}files/1.doc"


def finding(rule: str = "link-dead", url: str = PAGE, value: str | None = DEAD, **more: Any) -> Finding:
    values = {"outcome": Outcome.FAIL, "object": "page", "message": "附件链接失效", "snippet": "申报表", "run": "r", **more}
    return Finding(
        id=more.pop("id", None) or ID, rule=rule, site="s", url=url, value=value, **{k: v for k, v in values.items() if k != "id"}
    )


def visit(
    url: str, outcome: str = "read", status: int | None = 200, *, to: str | None = None, reason: str | None = None, **more: Any
) -> Visit:
    tries = [Try(at="2026-12-07T09:00:00+08:00", url=url, status=status)]
    return Visit(url=url, context=Context(**more), outcome=outcome, reason=reason, tries=tries, redirect_to=to)


def page(url: str = PAGE, *links: str, title: str = "县政府召开经济运行分析会", kind: str = "content", **more: Any) -> PageFacts:
    found = [Link(url=u, href=u, text="申报表", tag="a", region="body", locator="") for u in links]
    return PageFacts(url=url, kind=kind, title=title, head_title=f"{title}-清水县", links=found, **more)


class Site:
    """Before and now in one: dictionaries."""

    home = HOME

    def __init__(self, visits: list[Visit], pages: list[PageFacts], looks: list[Visit] | None = None) -> None:
        self._visits = {v.url: v for v in visits}
        self._pages = {p.url: p for p in pages}
        self._looks = {v.url: v for v in looks or []}
        self.columns: list[Any] = []
        self.files: dict[str, FileFacts] = {}

    def visit(self, url: str) -> Visit | None:
        return self._visits.get(url)

    def page(self, url: str) -> PageFacts | None:
        return self._pages.get(url)

    def look(self, url: str) -> Visit | None:
        return self._looks.get(url)

    def file(self, url: str) -> FileFacts | None:
        return self.files.get(url)

    def own(self, url: str) -> bool:
        return url.startswith(HOME)

    def search(self, finding: Finding) -> list[Look]:
        return []


BEFORE = Site([visit(PAGE, parent=f"{HOME}yw/", anchor="县政府召开经济运行分析会"), visit(HOME, home=True)], [page(PAGE, DEAD)])


def answer(
    one: Finding, now: Site, said: list[Finding] | None = None, before: Site = BEFORE, samples: list[str] | None = None
) -> verdicts.Verdict:
    pursuit = Pursuit(one, needs.NEEDS.get(one.rule), wanted=[one.url], samples=samples or [])
    return verdicts.decide(pursuit, before, now, Judged({f.id: f for f in said or []}, {}), [])


TYPO = finding("typo", value="关健")


@pytest.mark.parametrize(
    ("one", "now", "said", "verdict", "reason"),
    [
        (TYPO, Site([visit(PAGE)], [page()]), [], "fixed", None),
        (TYPO, Site([visit(PAGE)], [page()]), [TYPO], "not_fixed", None),
        (TYPO, Site([visit(PAGE, "failed", 404)], []), [], "gone", None),
        (TYPO, Site([visit(PAGE)], [page(kind="error")]), [], "gone", None),
        (TYPO, Site([visit(PAGE, "redirected", 302, to=HOME), visit(HOME)], [page(HOME, kind="home")]), [], "gone", None),
        (TYPO, Site([visit(PAGE, "redirected", 302, to=f"{HOME}n.html"), visit(f"{HOME}n.html")], [page(f"{HOME}n.html")]), [], "moved", None),
        (TYPO, Site([visit(PAGE, "redirected", 302, to="http://b.cn/")], []), [], "moved", None),
        # nothing that was not read is a repair
        (TYPO, Site([], []), [], "unknown", "no_data"),
        (TYPO, Site([visit(PAGE, "blocked", 403, reason="blocked")], []), [], "unknown", "blocked"),
        (TYPO, Site([visit(PAGE)], [page(kind="shield")]), [], "unknown", "blocked"),
        (TYPO, Site([visit(PAGE, "failed", 500, reason="unreachable")], []), [], "unknown", "unreachable"),
        (TYPO, Site([visit(PAGE, "failed", None, reason="timeout")], []), [], "unknown", "timeout"),
        (TYPO, Site([visit(PAGE, "skipped", None, reason="robots")], []), [], "unknown", "robots"),
        (TYPO, Site([visit(PAGE)], [page(needs_script="body")]), [], "unknown", "unrendered"),
        (TYPO, Site([visit(PAGE)], [page(title="系统维护公告")]), [], "unknown", "no_data"),
        (finding("secrecy-mark", value=None), Site([visit(PAGE)], [page()]), [], "unknown", "no_data"),
        (finding("account-stale", value=None), Site([], []), [], "unknown", "no_data"),
        # links: the link itself, and its target
        (finding(), Site([visit(PAGE)], [page(PAGE)]), [], "fixed", None),
        (finding(), Site([visit(PAGE)], [page(PAGE, DEAD)], [visit(DEAD)]), [], "fixed", None),
        (finding(), Site([visit(PAGE)], [page(PAGE, DEAD)], [visit(DEAD, "failed", 404)]), [finding()], "not_fixed", None),
        (finding(), Site([visit(PAGE)], [page(PAGE, DEAD)]), [finding(outcome=Outcome.NOT_CHECKED, reason="timeout")], "unknown", "timeout"),
    ],
)  # fmt: skip
def test_answers(one: Finding, now: Site, said: list[Finding], verdict: str, reason: str | None) -> None:
    got = answer(one, now, said)
    assert (got.verdict, got.reason) == (verdict, reason), got.note


@pytest.mark.parametrize(
    ("status", "member", "verdict"),
    [
        ("read", "名单.doc", "fixed"),
        ("password", "名单.doc", "unknown"),
        ("damaged", "", "unknown"),
        ("read", "别的.doc", "fixed"),
        (None, "", "unknown"),
    ],
)
def test_a_file_that_cannot_be_read_clears_nobody(status: str | None, member: str, verdict: str) -> None:
    archive = f"{HOME}a.zip"
    one = finding("typo", value="关健", source_file=f"{archive}!/名单.doc")
    now = Site([visit(PAGE), visit(archive)], [page(), page(archive, kind="attachment")])
    if status is not None:
        now.files[archive] = FileFacts(url=archive, digest="d", parts=[FilePart(format="doc", text_status=status, path=member)])
    assert answer(one, now).verdict == verdict
    assert answer(one, Site([visit(PAGE), visit(archive, "failed", 404)], [page()])).verdict == "fixed"


def test_a_half_mended_page_is_told_as_such() -> None:
    one = finding("page-tag-missing", value="ArticleTitle,PubDate", message="页面缺少标签：ArticleTitle,PubDate")
    now = one.with_(value="PubDate", message="页面缺少标签：PubDate")
    got = answer(one, Site([visit(PAGE)], [page()]), [now])
    assert got.verdict == "not_fixed" and "原为“页面缺少标签：ArticleTitle,PubDate”，现为“页面缺少标签：PubDate”" in got.note


SAME: tuple[tuple[str, dict[str, Any], dict[str, Any], str], ...] = (
    (
        "only the days have grown",
        {"observed": "2026-04-10", "message": "“政策解读”栏目最近更新为 2026-04-10，距监测时间点 220 天，超过 6个月"},
        {"observed": "2026-04-10", "message": "“政策解读”栏目最近更新为 2026-04-10，距监测时间点 241 天，超过 6个月"},
        "问题仍在",
    ),
    (
        "an unanswered letter is older",
        {"observed": "至2026-11-16已119天未答复", "message": "留言“占道”至2026-11-16已119天未答复"},
        {"observed": "至2026-12-07已140天未答复", "message": "留言“占道”至2026-12-07已140天未答复"},
        "问题仍在",
    ),
    (
        "working days have grown",
        {"observed": "至2026-11-16已过19个工作日未答复，应不迟于2026-10-27（5个工作日内）答复"},
        {"observed": "至2026-12-07已过34个工作日未答复，应不迟于2026-10-27（5个工作日内）答复"},
        "问题仍在",
    ),
    (
        "it was answered, late",
        {"observed": "至2026-11-16已过19个工作日未答复，应不迟于2026-10-27（5个工作日内）答复", "message": "未答复"},
        {"observed": "2026-11-20答复，为第23个工作日，应不迟于2026-10-27（5个工作日内）答复", "message": "2026-11-20答复"},
        "问题仍在，情况有变化：原为“未答复”，现为“2026-11-20答复”",
    ),
    (
        "something was added, not enough",
        {"observed": "2026-04-10", "message": "“政策解读”栏目最近更新为 2026-04-10"},
        {"observed": "2026-05-10", "message": "“政策解读”栏目最近更新为 2026-05-10"},
        "问题仍在，情况有变化：原为“‘政策解读’栏目最近更新为 2026-04-10”，现为“‘政策解读’栏目最近更新为 2026-05-10”",
    ),
    ("it answers otherwise", {"observed": "404, 404"}, {"observed": "500, 500"}, "问题仍在，情况有变化：原为“404, 404”，现为“500, 500”"),
)


@pytest.mark.parametrize(("why", "was", "is_now", "note"), SAME, ids=[row[0] for row in SAME])
def test_days_that_pass_are_no_change(why: str, was: dict[str, Any], is_now: dict[str, Any], note: str) -> None:
    one = finding("reply-late", value=None, as_of="2026-11-16", **was)
    got = answer(one, Site([visit(PAGE)], [page()]), [one.with_(as_of="2026-12-07", **is_now)])
    assert (got.verdict, got.note) == ("not_fixed", note)


def test_what_another_tool_found_our_silence_does_not_clear() -> None:
    got = answer(finding("typo", value="布署", source="云监测"), Site([visit(PAGE)], [page()]))
    assert got.verdict == "unknown" and "由“云监测”查出" in got.note


def test_a_guide_that_became_a_notice_proves_no_repair() -> None:
    one = finding("guide-element-missing", value="联系电话", object="guide")
    before = Site([visit(PAGE)], [page(items=[{"kind": "service_guide"}])])
    assert answer(one, Site([visit(PAGE)], [page(items=[{"kind": "article"}])]), before=before).verdict == "unknown"
    assert answer(one, Site([visit(PAGE)], [page(items=[{"kind": "service_guide"}])]), before=before).verdict == "fixed"


def test_a_template_mended_on_one_page_only_is_not_mended() -> None:
    one = finding(url=HOME, pages=120)
    other = f"{HOME}yw/2.html"
    before = Site([visit(HOME, home=True), visit(other)], [page(HOME, DEAD, kind="home"), page(other, DEAD)])
    still = Site([visit(HOME), visit(other)], [page(HOME, kind="home"), page(other, DEAD)], [visit(DEAD, "failed", 404)])
    got = answer(one, still, [finding(url=other, id=OTHER)], before, samples=[other])
    assert got.verdict == "not_fixed" and "仅改了一个页面" in got.note and other in got.note
    mended = Site([visit(HOME), visit(other)], [page(HOME, kind="home"), page(other)])
    got = answer(one, mended, [finding(url=f"{HOME}yw/3.html", id=OTHER)], before, samples=[other])
    assert got.verdict == "fixed" and "另抽看 1 个页面" in got.note  # a page that was not read again says nothing new


def test_a_moved_page_is_judged_where_it_is() -> None:
    new = f"{HOME}n.html"
    now = Site([visit(PAGE, "redirected", 302, to=new), visit(new)], [page(new, DEAD)])
    assert answer(finding(), now, [finding(url=new, id=OTHER)]).still is True
    assert answer(finding(), now, []).still is False
    assert answer(TYPO, now, [TYPO.with_(url=new, id=OTHER)]).still is True
    # http → https of the same page is no move
    https = PAGE.replace("http:", "https:")
    secure = Site([visit(PAGE, "redirected", 301, to=https), visit(https)], [page(https)])
    assert answer(TYPO, secure, []).verdict == "fixed" and answer(TYPO, secure, [TYPO.with_(url=https, id=OTHER)]).verdict == "not_fixed"


def test_every_rule_that_is_built_has_its_need_or_is_told_to_be_a_persons() -> None:
    aside = {"site-blocked", "file-unread", "site-unreachable", "error-report-late"}  # no findings for units, or judged by other means
    built = {r.id for r in rulebook.rules().values() if r.built and r.scope != "a"}
    assert built - aside <= needs.NEEDS.keys() and needs.NEEDS.keys() <= rulebook.rules().keys()


@pytest.mark.parametrize(
    ("one", "shown", "expected"),
    [
        (finding(), page(PAGE, DEAD), True),
        (finding(), page(PAGE, HOME), False),
        (finding(), page(PAGE, DEAD, kind="error"), False),
        (finding("link-empty", value="智能问答"), PageFacts(url=PAGE, links=[Link(url="", href="#", text="智能问答", tag="a", region="nav", locator="")]), True),
        (finding("footer-mark-missing", value="联系方式"), PageFacts(url=PAGE, marks=FooterMarks()), True),
        (finding("footer-mark-missing", value="联系方式"), PageFacts(url=PAGE, marks=FooterMarks(contact="0599-626")), False),
        (finding("footer-mark-missing", value="联系方式"), PageFacts(url=PAGE, marks=FooterMarks(doubtful=["联系方式"])), False),
        (finding("footer-mark-missing", value="联系方式"), PageFacts(url=PAGE), False),
        (finding("error-report-missing"), PageFacts(url=PAGE, error_report=ErrorReport()), True),
        (finding("error-report-missing"), PageFacts(url=PAGE, error_report=ErrorReport(present=True, working=True)), False),
        (finding("error-report-wrong-code", value="1"), PageFacts(url=PAGE, error_report=ErrorReport(present=True, code="1")), True),
        (finding("typo"), page(PAGE, DEAD), False),
    ],
)  # fmt: skip
def test_what_bears_a_defect_of_a_template(one: Finding, shown: PageFacts, expected: bool) -> None:
    assert bears(one, shown) is expected


# -- what is asked


def asked(plan: SitePlan, now: Site) -> tuple[list[str], list[str]]:
    pages, looks = plan.more(now)
    return [url for url, _ in pages], [look.url for look in looks]


def test_each_address_is_asked_once_and_a_target_only_while_the_link_stands() -> None:
    one, two = finding(), finding("typo", value="关健", id=OTHER)
    plan = SitePlan([one, two], BEFORE, list)
    assert asked(plan, Site([], [])) == ([PAGE], [])
    bearing = Site([visit(PAGE)], [page(PAGE, DEAD)])
    assert asked(plan, bearing) == ([], [DEAD]) and asked(plan, bearing) == ([], [])
    gone = SitePlan([one], BEFORE, list)
    gone.more(Site([], []))
    assert asked(gone, Site([visit(PAGE)], [page(PAGE)])) == ([], [])


def test_a_page_that_is_gone_is_looked_for_in_the_list_it_stood_on() -> None:
    plan = SitePlan([TYPO], BEFORE, list)
    plan.more(Site([], []))
    lost = [visit(PAGE, "failed", 404)]
    assert asked(plan, Site(lost, [])) == ([f"{HOME}yw/"], [])
    new = f"{HOME}yw/new.html"
    listing = PageFacts(
        url=f"{HOME}yw/", links=[Link(url=new, href="", text="县政府召开经济运行分析会", tag="a", region="body", locator="")]
    )
    assert asked(plan, Site([*lost, visit(f"{HOME}yw/")], [listing])) == ([new], [])
    assert plan.pursued[ID].moved_to == new


def test_further_pages_of_a_template_are_those_that_are_read_anyway_before_others() -> None:
    shared = finding(url=HOME, pages=9)
    near, far = f"{HOME}a.html", f"{HOME}yw/2026/12/x.html"
    pages = [page(HOME, DEAD, kind="home"), page(near, DEAD), page(f"{HOME}b.html"), page(far, DEAD), page(f"{HOME}c.html", DEAD)]
    plan = SitePlan([shared, finding("typo", url=far, value="关健", id=OTHER)], BEFORE, lambda: pages)
    assert plan.pursued[ID].samples == [far, near]
    alone = SitePlan([finding(url=HOME, pages=3)], BEFORE, lambda: pages)
    assert alone.pursued[ID].samples == []


@pytest.mark.parametrize(("rendered", "asked"), [(False, [HOME]), (True, [])])
def test_that_a_home_page_has_no_search_only_its_rendering_says(rendered: bool, asked: list[str]) -> None:
    one = finding("search-missing", HOME, None)
    now = Site([visit(HOME, home=True)], [page(HOME, kind="home", rendered=rendered)])
    steps = Following(BEFORE).of(Pursuit(one, needs.NEEDS[one.rule], wanted=[HOME]), needs.NEEDS[one.rule], now)
    assert [step[0] for step in steps if isinstance(step, tuple) and step[1].role == RENDER] == asked
