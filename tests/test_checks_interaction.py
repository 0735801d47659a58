"""Letters, their replies and statistics, surveys and interviews: tables of FAIL, PASS and trap rows. All persons are invented."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from object_checks import AS_OF, at, column, entries, message, of, page, result, run, site, told, visit

from govcrawl import rulebook
from govcrawl.checks.consultations import Feedback, Interviews, is_result_of
from govcrawl.checks.interaction import Messages, Publicity
from govcrawl.checks.message_text import absent_fields, delay, invalid_because, weakness
from govcrawl.model.facts import PageFacts
from govcrawl.model.items import Consultation
from govcrawl.model.site_facts import SiteFacts

BOARD = column("咨询建言", "/ly/")
UNANSWERED: dict[str, Any] = {"reply": None, "replied_on": None, "replier": None}


def letters(*messages: Any, **fields: Any) -> SiteFacts:
    return site(messages=list(messages), columns=[BOARD], **fields)


def letter_page(labels: dict[str, Any], path: str = "/ly/1.html", **fields: Any) -> PageFacts:
    item = {"kind": "message", "url": at(path), "key": at(path), "_labels": labels}
    return page(path, kind="message", items=[item], **fields)


# ---------------------------------------------------------------- message-unanswered

UNANSWERED_ROWS: list[tuple[str, dict[str, Any], dict[str, Any], list[tuple[str, bool]]]] = [
    ("FAIL: no reply after three months", {**UNANSWERED, "asked_on": "2026-08-15"}, {}, [("fail", False)]),
    ("PASS: three months are not yet over", {**UNANSWERED, "asked_on": "2026-08-16"}, {}, []),
    ("PASS: answered", {"asked_on": "2026-03-02", "replied_on": "2026-03-04"}, {}, []),
    ("R: answered after more than three months", {"asked_on": "2026-03-02", "replied_on": "2026-09-04"}, {}, [("needs_review", False)]),
    ("FAIL, historical: older than a year", {**UNANSWERED, "asked_on": "2025-06-02"}, {}, [("fail", True)]),
    ("trap: a test", {**UNANSWERED, "asked_on": "2026-03-02", "subject": "测试", "question": "测试测试"}, {}, []),
    ("trap: withdrawn", {**UNANSWERED, "asked_on": "2026-03-02"}, {"status": "来信人已撤回"}, []),
    ("trap: 不予受理", {**UNANSWERED, "asked_on": "2026-03-02"}, {"status": "不予受理"}, []),
    ("trap: 转信访", {**UNANSWERED, "asked_on": "2026-03-02"}, {"status": "已转信访局"}, []),
    (
        "trap: thanks",
        {**UNANSWERED, "asked_on": "2026-03-02", "subject": "感谢信", "question": "感谢县医院的医生和护士，你们辛苦了。"},
        {},
        [],
    ),
    ("trap: the board says it was answered", {**UNANSWERED, "asked_on": "2026-03-02"}, {"status": "已办结"}, []),
    ("trap: no date of asking", {**UNANSWERED, "asked_on": None}, {}, []),
    ("trap: asked after as_of", {**UNANSWERED, "asked_on": "2026-11-20"}, {}, []),
    (
        "trap: a date under 选登时间 is not the reply's",
        {"asked_on": "2026-03-02", "replied_on": "2026-09-04"},
        {"replied_on": "选登时间"},
        [],
    ),
]


@pytest.mark.parametrize(("name", "fields", "labels", "expected"), UNANSWERED_ROWS, ids=[r[0] for r in UNANSWERED_ROWS])
def test_message_unanswered(name: str, fields: dict[str, Any], labels: dict[str, Any], expected: list[tuple[str, bool]]) -> None:
    report = run(Messages, letters(message(**fields)), [letter_page(labels)])
    assert [(f.outcome.value, f.old) for f in of(report, "message-unanswered")] == expected


def test_a_pack_may_count_late_answers_like_none() -> None:
    late = letters(message(asked_on="2026-03-02", replied_on="2026-09-04"))
    (finding,) = of(run(Messages, late, message_unanswered__answered_outcome="fail"), "message-unanswered")
    assert (finding.outcome.value, finding.facet) == ("fail", "answered")


def test_an_unanswered_letter_silences_reply_late() -> None:
    report = run(Messages, letters(message(**{**UNANSWERED, "asked_on": "2026-05-06"})))
    assert [f.rule for f in report.findings] == ["message-unanswered"]


def test_other_channels_are_no_consultation() -> None:
    for type_ in ("在线访谈", "征集调查", "网上信访", "纪检举报"):
        facts = site(messages=[message(**{**UNANSWERED, "asked_on": "2026-03-02"})], columns=[column(type_, "/ly/")])
        assert not run(Messages, facts).findings


def test_a_repeated_letter_is_judged_once_and_settled_by_any_reply() -> None:
    question = "请问老旧小区加装电梯的补助标准是多少，怎么申请？"
    first = message("/ly/1.html", **UNANSWERED, asked_on="2026-03-02", question=question)
    again = message("/ly/2.html", **UNANSWERED, asked_on="2026-03-03", question=question)
    answered = message("/ly/3.html", asked_on="2026-03-04", replied_on="2026-03-06", question=question)
    assert [f.url for f in of(run(Messages, letters(first, again)), "message-unanswered")] == [at("/ly/1.html")]
    assert not of(run(Messages, letters(first, again, answered)), "message-unanswered")


@pytest.mark.parametrize(
    ("seen", "pages", "reason"),
    [
        (visit("/ly/1.html", "failed", "timeout", None), [], "timeout"),
        (visit("/ly/1.html"), [letter_page({}, needs_script="body")], "unrendered"),
    ],
)
def test_a_letter_not_seen_whole_is_not_unanswered(seen: Any, pages: list[PageFacts], reason: str) -> None:
    report = run(Messages, letters(message(**{**UNANSWERED, "asked_on": "2026-03-02"}), visits=[seen]), pages)
    assert [(f.rule, f.outcome.value, f.reason) for f in report.findings] == [("message-unanswered", "not_checked", reason)]


# ---------------------------------------------------------------- reply-late
# 2026: 国庆 1–7 October off, 10 October (Saturday) a working day by the official notice.

LATE_ROWS: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    ("PASS: on the fifth working day", {"asked_on": "2026-10-19", "replied_on": "2026-10-26"}, {}, []),
    ("FAIL: on the sixth", {"asked_on": "2026-10-19", "replied_on": "2026-10-27"}, {}, ["fail"]),
    ("PASS: a week of holidays does not count", {"asked_on": "2026-09-29", "replied_on": "2026-10-12"}, {}, []),
    ("FAIL: unanswered and past it", {**UNANSWERED, "asked_on": "2026-11-02"}, {}, ["fail"]),
    ("PASS: unanswered, not yet due", {**UNANSWERED, "asked_on": "2026-11-10"}, {}, []),
    ("R: type not shown", {"asked_on": "2026-10-19", "replied_on": "2026-11-02", "type": None}, {}, ["needs_review"]),
    ("R: type stands only in the data", {"asked_on": "2026-10-19", "replied_on": "2026-11-02"}, {"types_shown": False}, ["needs_review"]),
    ("trap: a complaint", {"asked_on": "2026-10-19", "replied_on": "2026-11-02", "type": "投诉"}, {"types_shown": True}, []),
    ("could not tell: 选登时间", {"asked_on": "2026-10-19", "replied_on": "2026-11-02"}, {"replied_on": "选登时间"}, ["not_checked"]),
    ("could not tell: no date of the reply", {"asked_on": "2026-10-19", "replied_on": None}, {"listed_on": "2026-11-02"}, ["not_checked"]),
    ("trap: reply before the question", {"asked_on": "2026-10-19", "replied_on": "2026-10-01"}, {}, []),
    ("trap: a test", {"asked_on": "2026-10-19", "replied_on": "2026-11-02", "question": "测试"}, {}, []),
]


@pytest.mark.parametrize(("name", "fields", "labels", "expected"), LATE_ROWS, ids=[r[0] for r in LATE_ROWS])
def test_reply_late(name: str, fields: dict[str, Any], labels: dict[str, Any], expected: list[str]) -> None:
    report = run(Messages, letters(message(**fields)), [letter_page(labels)])
    assert [f.outcome.value for f in of(report, "reply-late")] == expected


def test_a_board_that_shows_no_types_makes_it_a_question() -> None:
    late = letters(message(asked_on="2026-10-19", replied_on="2026-11-02"))
    pages = [page("/ly/", kind="board", notes={"board_types_shown": False})]
    assert [f.outcome.value for f in of(run(Messages, late, pages), "reply-late")] == ["needs_review"]


def test_working_days_are_spelt_out_date_by_date() -> None:
    (finding,) = of(run(Messages, letters(message(asked_on="2026-09-29", replied_on="2026-10-13"))), "reply-late")
    counted = finding.evidence[0]
    days = {row["day"]: (row["working"], row["n"]) for row in counted["days"]}
    assert days["2026-09-29"][1] == 0 and days["2026-09-30"] == (True, 1)
    assert days["2026-10-05"] == (False, 1), "a holiday"
    assert days["2026-10-10"] == (True, 4), "a working Saturday (调休)"
    assert (counted["working_days"], days["2026-10-13"]) == (6, (True, 6))
    assert "第6个工作日" in finding.message and "2026-10-12" in finding.message


def test_beyond_the_announced_holidays_the_count_is_provisional() -> None:
    late = message(asked_on="2031-03-03", replied_on="2031-03-24")
    (finding,) = of(run(Messages, letters(late), as_of=date(2031, 4, 1)), "reply-late")
    assert finding.outcome.value == "needs_review"
    assert finding.evidence[0]["provisional"] is True and "暂按" in finding.message


def test_delay_is_null_without_days() -> None:
    assert delay(message(asked_on=None), AS_OF, rulebook.calendar()) is None


# ---------------------------------------------------------------- reply-perfunctory

LIMITS = {"near_empty_characters": 10, "repeated_replies": 3}
PERFUNCTORY: list[tuple[str, str, int, int | None]] = [
    ("R: 已收悉", "尊敬的网友：您好！您的来信已收悉，我们将尽快办理。感谢您的关注！", 1, 4),
    ("R: 转办", "您反映的问题已转有关部门处理。", 1, 4),
    ("R: 已知晓", "您好，已知晓。", 1, 4),
    ("R: near-empty", "您好，可以办理。", 1, 3),
    ("R: deflecting", "您好，请咨询县住房和城乡建设局相关部门。", 1, 2),
    ("R: 不属于", "您好，您反映的问题不属于我局职责范围，请联系其他部门。", 1, 2),
    ("R: the same for three questions", "您好，请您按照相关政策规定准备材料后到政务服务中心综合窗口办理即可，工作人员会为您现场讲解。", 3, 1),
    ("PASS: an answer", "您好，3路公交车末班车为21时30分，由县客运站发车，欢迎乘坐。", 1, None),
    ("trap: a short but real answer", "您好，末班车为晚上九点三十分。", 1, None),
    (
        "trap: an answer that also names an office",
        "您好，加装电梯每台补助20万元，由业主委员会提出申请，提交表决材料、设计图纸和资金方案，社区初审后报县住建局联合审查，如有疑问请联系县住建局窗口。",
        1, None,
    ),
    ("trap: an answer that ends with a hotline", "您好！水务公司将在11月底前为老小区免费加装保温表箱，夜间气温低于零度时可以适当滴水，遇冻裂请拨打供水热线抢修。", 1, None),
    ("trap: 登记 in an answer", "您好！仅换证不改变登记内容的，免收登记费和工本费，凭原房产证和身份证到不动产登记窗口办理，三个工作日办结。", 1, None),
    ("trap: 已收悉 with an answer", "您的来信已收悉。经核实，该路段路灯线路老化，已于10月20日更换完毕，目前照明恢复正常。", 1, None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "reply", "repeated", "rank"), PERFUNCTORY, ids=[r[0] for r in PERFUNCTORY])
def test_weakness_of_a_reply(name: str, reply: str, repeated: int, rank: int | None) -> None:
    weak = weakness(reply, repeated, LIMITS)
    assert (weak.rank if weak else None) == rank


def test_perfunctory_replies_are_candidates_only() -> None:
    report = run(Messages, letters(message(reply="已收悉。")))
    (finding,) = of(report, "reply-perfunctory")
    assert finding.outcome.value == "needs_review" and finding.evidence[0]["rank"] == 4


def test_the_same_reply_to_the_same_question_is_no_duplicate() -> None:
    same = [message(f"/ly/{n}.html") for n in range(4)]
    assert not of(run(Messages, letters(*same)), "reply-perfunctory")


# ---------------------------------------------------------------- message-field-missing

FIELD_ROWS: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    ("PASS: all four", {}, {}, []),
    ("FAIL: no unit", {"replier": None}, {}, ["答复单位"]),
    ("FAIL: no dates", {"asked_on": None, "replied_on": None}, {}, ["留言时间", "答复时间"]),
    ("FAIL: said to be answered, no reply shown", UNANSWERED, {"status": "已办结"}, ["答复内容"]),
    ("FAIL: a date of the reply without its text", UNANSWERED, {"fields_absent": ["答复时间", "答复单位", "答复内容"]}, ["答复内容"]),
    ("trap: unanswered", UNANSWERED, {"status": "办理中"}, []),
    ("trap: unanswered, nothing noted", UNANSWERED, {}, []),
]


@pytest.mark.parametrize(("name", "fields", "labels", "expected"), FIELD_ROWS, ids=[r[0] for r in FIELD_ROWS])
def test_absent_fields(name: str, fields: dict[str, Any], labels: dict[str, Any], expected: list[str]) -> None:
    assert absent_fields(message(**fields), labels) == expected


def test_a_missing_field_is_one_finding_a_field() -> None:
    report = run(Messages, letters(message(asked_on=None, replier=None)), [letter_page({"replied_on": "回复时间"})])
    assert told(report, "message-field-missing") == [("fail", "留言时间"), ("fail", "答复单位")]
    assert {f.object for f in of(report, "message-field-missing")} == {"message"}


def test_letters_on_one_page_are_told_apart_by_their_number() -> None:
    two = [message(key="A1", replier=None), message(key="A2", replier=None, question="请问9路公交车末班车是几点？")]
    ids = [f.id for f in of(run(Messages, letters(*two)), "message-field-missing")]
    assert len(set(ids)) == 2


@pytest.mark.parametrize(
    ("subject", "question", "reason"),
    [
        ("关于公交", "请问末班车几点？", None),
        ("测试", "111", "测试或无内容"),
        ("a", "。。。", "测试或无内容"),
        ("公交线路测试", "请问3路公交线路测试运行何时结束？", None),
        ("表扬信", "感谢窗口工作人员王小禾热情服务。", "不含诉求"),
        ("感谢信", "感谢民警，另外请问怎么补办身份证？", None),
    ],
)
def test_valid_messages(subject: str, question: str, reason: str | None) -> None:
    assert invalid_because(message(subject=subject, question=question)) == reason


# ---------------------------------------------------------------- public at all, statistics

STATISTICS = page("/ly/tj/", kind="statistics", title="留言办理情况统计")
LISTED = column("咨询建言", "/ly/", entries=entries(("关于公交的咨询", "/ly/1.html")).entries)
PUBLIC_ROWS: list[tuple[str, SiteFacts, list[PageFacts], tuple[str, str | None], tuple[str, str | None]]] = [
    ("FAIL: a form and nothing else", letters(), [page("/ly/", kind="board")], ("fail", None), ("not_applicable", "no_data")),
    ("FAIL: letters, no statistics", letters(message()), [], ("pass", None), ("fail", None)),
    ("PASS: both", letters(message()), [STATISTICS], ("pass", None), ("pass", None)),
    ("PASS: a column of statistics", site(messages=[message()], columns=[BOARD, column("留言统计", "/ly/tj/")]), [], ("pass", None), ("pass", None)),
    ("trap: statistics of services are others", letters(message()), [page("/tj/", kind="statistics", title="办件情况统计")], ("pass", None), ("fail", None)),
    ("trap: no letters received", letters(), [page("/ly/tj/", kind="statistics", title="留言统计", notes={"no_letters": True})], ("not_applicable", "no_event"), ("pass", None)),
    ("trap: another platform", site(columns=[column("咨询建言", "/ly/", external=True)]), [], ("not_checked", "external_platform"), ("not_checked", "external_platform")),
    ("trap: no column (column-missing says it)", site(), [], ("not_checked", "no_data"), ("not_checked", "no_data")),
    ("trap: listed but not read by us", site(columns=[LISTED]), [], ("not_checked", "no_data"), ("fail", None)),
    ("trap: written by a script", letters(), [page("/ly/", kind="board", needs_script="list")], ("not_checked", "unrendered"), ("not_checked", "unrendered")),
    ("trap: blocked", site(columns=[column("咨询建言", "/ly/", state="blocked")]), [], ("not_checked", "blocked"), ("not_checked", "blocked")),
    ("trap: home page not read", letters(home=None), [], ("not_checked", "unreachable"), ("not_checked", "unreachable")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "facts", "pages", "public", "stats"), PUBLIC_ROWS, ids=[r[0] for r in PUBLIC_ROWS])
def test_publicity(
    name: str, facts: SiteFacts, pages: list[PageFacts], public: tuple[str, str | None], stats: tuple[str, str | None]
) -> None:
    report = run(Publicity, facts, pages)
    shown = {r.rule: (r.outcome.value, r.reason) for r in report.results}
    assert (shown["messages-not-public"], shown["message-stats-missing"]) == (public, stats)
    assert len(report.findings) == [public[0], stats[0]].count("fail")


# ---------------------------------------------------------------- surveys

SURVEYS = column("征集调查", "/zj/")


def survey(**fields: Any) -> Consultation:
    values = {
        "url": at("/zj/1.html"),
        "key": at("/zj/1.html"),
        "title": "关于《清河县停车管理办法》公开征求意见的公告",
        "opened_on": "2026-08-01",
        "closed_on": "2026-08-31",
    }
    return Consultation(**{**values, **fields})


RESULT_PAGE = page("/zj/2.html", title="关于《清河县停车管理办法》征求意见情况的反馈")
FEEDBACK_ROWS: list[tuple[str, dict[str, Any], list[PageFacts], list[tuple[str, bool]]]] = [
    ("FAIL: no result", {}, [], [("fail", False)]),
    ("FAIL: later than a month", {"feedback_on": "2026-10-20"}, [], [("fail", False)]),
    ("FAIL, historical", {"closed_on": "2025-08-31"}, [], [("fail", True)]),
    ("PASS: within a month", {"feedback_on": "2026-09-20"}, [], []),
    ("PASS: a number of opinions is shown", {"feedback_count": 0}, [], []),
    ("PASS: a result under its own title", {}, [RESULT_PAGE], []),
    ("PASS: a result without a day on the page", {}, [page("/zj/1.html", items=[{"kind": "consultation", "key": at("/zj/1.html"), "_feedback": True}])], []),
    ("trap: not over for a month", {"closed_on": "2026-10-16"}, [], []),
    ("trap: no closing day", {"closed_on": None}, [], []),
    ("trap: the page is itself a result", {"title": "关于《清河县停车管理办法》征求意见情况的反馈"}, [], []),
    ("trap: another survey's result", {"title": "关于《清河县停车管理办法》公开征求意见的公告"}, [page("/zj/3.html", title="关于养犬管理规定征求意见情况的反馈")], [("fail", False)]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fields", "pages", "expected"), FEEDBACK_ROWS, ids=[r[0] for r in FEEDBACK_ROWS])
def test_consultation_no_feedback(name: str, fields: dict[str, Any], pages: list[PageFacts], expected: list[tuple[str, bool]]) -> None:
    report = run(Feedback, site(consultations=[survey(**fields)], columns=[SURVEYS]), pages)
    assert [(f.outcome.value, f.old) for f in of(report, "consultation-no-feedback")] == expected


def test_a_survey_written_by_a_script_is_not_checked() -> None:
    report = run(Feedback, site(consultations=[survey()], columns=[SURVEYS]), [page("/zj/1.html", needs_script="body")])
    assert [(f.outcome.value, f.reason) for f in report.findings] == [("not_checked", "unrendered")]


def test_a_notice_of_a_survey_is_no_result() -> None:
    assert not is_result_of("关于公开征求《清河县停车管理办法》意见的公告", "关于《清河县停车管理办法》公开征求意见的公告")


# ---------------------------------------------------------------- interviews

INTERVIEW_ROWS: list[tuple[str, dict[str, Any], tuple[str, str | None]]] = [
    ("FAIL: older than six months", {"newest": [("2026-05-15", at("/ft/1.html"), "list")]}, ("fail", None)),
    ("FAIL: empty", {}, ("fail", None)),
    ("PASS: within six months", {"newest": [("2026-05-16", at("/ft/1.html"), "list")]}, ("pass", None)),
    (
        "trap: after as_of does not count",
        {"newest": [("2026-11-20", at("/ft/2.html"), "list"), ("2026-01-05", at("/ft/1.html"), "list")]},
        ("fail", None),
    ),
    ("trap: elsewhere", {"external": True}, ("not_checked", "external_platform")),
    ("trap: unread", {"state": "blocked"}, ("not_checked", "blocked")),
    ("trap: undated entries", {"entries": entries(("访谈", "/ft/1.html")).entries}, ("not_checked", "no_data")),
    ("trap: archived", {"state": "archived"}, ("not_applicable", "no_limit")),
]


@pytest.mark.parametrize(("name", "fields", "expected"), INTERVIEW_ROWS, ids=[r[0] for r in INTERVIEW_ROWS])
def test_interview_stale(name: str, fields: dict[str, Any], expected: tuple[str, str | None]) -> None:
    report = run(Interviews, site(columns=[column("在线访谈", "/ft/", **fields)]))
    shown = result(report, "interview-stale")
    assert (shown.outcome.value, shown.reason) == expected
    assert len(report.findings) == (expected[0] == "fail")


def test_a_site_without_interviews_is_not_judged() -> None:
    shown = result(run(Interviews, site()), "interview-stale")
    assert (shown.outcome.value, shown.reason) == ("not_applicable", "no_event")


def test_the_window_is_the_packs() -> None:
    facts = site(columns=[column("在线访谈", "/ft/", newest=[("2026-07-01", at("/ft/1.html"), "list")])])
    assert run(Interviews, facts, interview_stale__window_months=3).findings
    assert not run(Interviews, facts).findings
