"""发文字号, expired documents, interpretations and their links: tables of FAIL, PASS and trap rows."""

from __future__ import annotations

from typing import Any

import pytest
from object_checks import at, column, document, entries, interpretation, message, of, page, result, run, site, target, told, visit

from govcrawl.checks.interpretation import Interpreted, core, is_own, own_names, same_name, subject
from govcrawl.checks.policy import DocNumbers, ExpiredNotMarked, abolitions, malformed, own_term
from govcrawl.model.site_facts import SiteFacts

POLICY = column("政策文件", "/zc/")
READING = column("政策解读", "/jd/")
LONG = "一、总体要求。坚持以人民为中心，健全县乡村三级养老服务网络，提升服务质量。二、主要任务。建设社区养老服务设施，培育服务队伍。" * 4


def policies(*documents: Any, **fields: Any) -> SiteFacts:
    return site(documents=list(documents), columns=[POLICY, READING], **fields)


# ---------------------------------------------------------------- doc-number-missing

NUMBER_ROWS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("FAIL: no number anywhere", {"text": LONG}, ["fail"]),
    ("FAIL: the field says 无", {"doc_number_raw": None, "text": "各乡镇人民政府：\n" + LONG}, ["fail"]),
    ("PASS: number in its field", {"doc_number": "清政办发〔2026〕5号", "doc_number_raw": "清政办发〔2026〕5号"}, []),
    ("PASS: malformed is not missing", {"doc_number_raw": "清政办发[2026]5号", "text": LONG}, []),
    ("PASS: number in a line of its own", {"text": "清河县人民政府办公室文件\n清政办发〔2026〕5号\n" + LONG}, []),
    (
        "trap: another document's number in a sentence is not its own",
        {"text": "根据《通知》（国办发〔2017〕47号）要求，现就有关事项通知如下。\n" + LONG},
        ["fail"],
    ),
    ("trap: 公告 has none", {"title": "清河县人民政府关于划定禁放区域的公告", "text": LONG}, []),
    ("trap: 通告 has none", {"title": "清河县人民政府关于封闭施工的通告", "text": LONG}, []),
    ("trap: 任免", {"title": "清河县人民政府关于张三等同志职务任免的通知", "text": LONG}, []),
    ("trap: 批复", {"title": "清河县人民政府关于同意设立社区的批复", "text": LONG}, []),
    ("trap: 令", {"title": "清河县人民政府令", "text": LONG}, []),
    ("trap: a regulation by its bare title", {"title": "清河县城市管理办法", "text": LONG}, []),
    ("FAIL: an official document by its 体裁", {"title": "清河县农贸市场改造提升行动方案", "genre": "通知", "text": LONG}, ["fail"]),
    ("FAIL: a form and an 索引号", {"title": "清河县农贸市场改造方案", "index_number": "014329988/2026-00005", "text": LONG}, ["fail"]),
    ("trap: 公告 by its 体裁", {"title": "关于划定禁放区域的意见", "genre": "公告", "text": LONG}, []),
    ("trap: a law", {"title": "中华人民共和国政府信息公开条例", "text": LONG}, []),
    ("trap: the Party's papers come without", {"title": "中共中央 国务院关于全面推进乡村振兴的意见", "text": LONG}, []),
    ("trap: other column", {"column": at("/gg/"), "text": LONG}, []),
    ("could not tell: the document lies in a file", {"text": "见附件", "attachments": [at("/zc/1.pdf")]}, ["not_checked"]),
]


@pytest.mark.parametrize(("name", "fields", "expected"), NUMBER_ROWS, ids=[r[0] for r in NUMBER_ROWS])
def test_doc_number_missing(name: str, fields: dict[str, Any], expected: list[str]) -> None:
    report = run(DocNumbers, policies(document(**fields)))
    assert [f.outcome.value for f in of(report, "doc-number-missing")] == expected


def test_a_number_that_a_script_may_still_write_is_not_missing() -> None:
    report = run(DocNumbers, policies(document(text=LONG)), [page("/zc/1.html", needs_script="body")])
    assert [(f.outcome.value, f.reason) for f in of(report, "doc-number-missing")] == [("not_checked", "unrendered")]
    assert result(report, "doc-number-missing").outcome.value == "not_checked"


def test_the_finding_on_a_missing_number_says_what_was_searched() -> None:
    (finding,) = of(run(DocNumbers, policies(document(text=LONG))), "doc-number-missing")
    assert "发文字号" in finding.evidence[0]["labels"]
    assert finding.url == at("/zc/1.html")
    assert finding.object == "page"


MALFORMED: list[tuple[str, tuple[str, ...] | None]] = [
    ("清政办发[2026]5号", ("BRACKET",)),
    ("清政办发（2026）5号", ("BRACKET",)),
    ("清政办发〔2026〕第5号", ("DI",)),
    ("清政办发〔2026〕05号", ("ZERO",)),
    ("清政办发〔26〕5号", ("YEAR",)),
    ("清政办发〔2026〕5", ("FORM",)),
    ("清政办发20265号", ("BRACKET_LOST",)),
    ("清政办发〔2026〕5号", None),
    ("清政办发〔2026〕 5号", None),
    ("清河县人民政府令第12号", None),
    ("国家税务总局公告2017年第5号", None),
    ("2017年第5号", None),
    ("无", None),
    ("-", None),
    ("", None),
    ("见正文", None),
]


@pytest.mark.parametrize(("raw", "expected"), MALFORMED, ids=[r[0] or "empty" for r in MALFORMED])
def test_malformed_numbers(raw: str, expected: tuple[str, ...] | None) -> None:
    read = malformed(raw)
    assert (read.deviations if read else None) == expected


def test_a_malformed_number_is_told_with_its_right_form() -> None:
    report = run(DocNumbers, policies(document(doc_number_raw="清政办发[2026]5号")))
    (finding,) = of(report, "doc-number-malformed")
    assert (finding.outcome.value, finding.value, finding.expected) == ("fail", "清政办发[2026]5号", "清政办发〔2026〕5号")
    assert "六角括号" in finding.message


def test_a_malformed_number_waits_for_the_script() -> None:
    report = run(DocNumbers, policies(document(doc_number_raw="清政办发20265号")), [page("/zc/1.html", needs_script="body")])
    assert told(report, "doc-number-malformed") == [("not_checked", "清政办发20265号")]


# ---------------------------------------------------------------- expired-not-marked

TERMS: list[tuple[str, str | None, str | None]] = [
    ("本办法自2020年1月1日起施行，有效期5年。", None, "2025-01-01"),
    ("本方案自印发之日起施行，有效期三年。", "2022-03-15", "2025-03-15"),
    ("本细则自发布之日起30日后施行，有效期为2年。", "2022-03-01", "2024-03-28"),
    ("本通知自2021年1月1日起执行，有效期至2023年12月31日。", None, "2023-12-31"),
    ("本办法自印发之日起试行，试行期一年。", "2024-06-01", "2025-06-01"),
    ("本方案自印发之日起施行，有效期三年。", None, None),
    ("食品经营许可证有效期为5年。", "2020-01-01", None),
    ("证书自发证之日起生效，有效期3年。", "2020-01-01", None),
    ("报名时间自3月1日起至2024年3月31日止。", "2024-01-01", None),
    ("本办法自2020年1月1日起施行。", "2019-12-01", None),
]


@pytest.mark.parametrize(("text", "issued_on", "ends_on"), TERMS, ids=[f"{r[0][:18]}{r[1]}" for r in TERMS])
def test_own_term(text: str, issued_on: str | None, ends_on: str | None) -> None:
    term = own_term(document(text=text, issued_on=issued_on))
    assert (term[0] if term else None) == ends_on


VICTIMS: list[tuple[str, str, list[tuple[str | None, str | None]]]] = [
    (
        "关于印发新办法的通知",
        "本办法自发布之日起施行，《清河县养老服务办法》（清政发〔2018〕3号）同时废止。",
        [("清政发〔2018〕3号", "清河县养老服务办法")],
    ),
    ("关于印发新办法的通知", "原《清河县养老服务办法》同时废止。", [(None, "清河县养老服务办法")]),
    ("关于印发新办法的通知", "根据《中华人民共和国老年人权益保障法》，原《清河县养老服务办法》同时废止。", [(None, "清河县养老服务办法")]),
    ("关于印发新办法的通知", "废止《清河县养老服务办法》第三条。", []),
    ("关于印发新办法的通知", "《清河县养老服务办法》（清政发〔2018〕3号）继续有效，不得废止。", []),
    ("关于废止部分文件的决定", "1.清政发〔2015〕8号\n2.清政办发〔2016〕2号", [("清政发〔2015〕8号", None), ("清政办发〔2016〕2号", None)]),
    ("关于修改和废止部分文件的决定", "1.清政发〔2015〕8号", []),
]


@pytest.mark.parametrize(("title", "text", "expected"), VICTIMS, ids=[r[1][:24] for r in VICTIMS])
def test_abolitions(title: str, text: str, expected: list[tuple[str | None, str | None]]) -> None:
    assert [(v.number, v.title) for v in abolitions(document(title=title, text=text))] == expected


OLD: dict[str, Any] = {"doc_number": "清政发〔2018〕3号", "issued_on": "2018-05-01", "text": LONG}
ABOLISHER = document(
    "/zc/9.html", title="清河县人民政府关于印发清河县新养老服务办法的通知", issued_on="2025-05-01",
    text="本办法自2025年6月1日起施行，《清河县养老服务办法》（清政发〔2018〕3号）同时废止。",
)  # fmt: skip
EXPIRED_ROWS: list[tuple[str, list[Any], list[str]]] = [
    ("R: abolished by a later one", [document(**OLD), ABOLISHER], [at("/zc/1.html")]),
    ("R: own term over", [document(text="本办法自2019年1月1日起施行，有效期3年。", validity="有效")], [at("/zc/1.html")]),
    ("PASS: marked in its field", [document(**{**OLD, "validity": "已废止"}), ABOLISHER], []),
    ("PASS: marked in its title", [document(**OLD, title="关于印发养老服务办法的通知（已废止）"), ABOLISHER], []),
    ("PASS: marked in its text", [document(**{**OLD, "text": "【提示】此文件已废止。" + LONG}), ABOLISHER], []),
    ("PASS: term still runs", [document(text="本办法自2024年1月1日起施行，有效期5年。")], []),
    ("trap: the abolisher is older", [document(**{**OLD, "issued_on": "2025-08-01"}), ABOLISHER], []),
    ("trap: prolonged", [
        document(text="本办法自2019年1月1日起施行，有效期3年。", title="清河县人民政府关于印发清河县养老办法的通知"),
        document("/zc/7.html", title="关于延长《清河县养老办法》有效期的通知", text="有效期延长至2028年。"),
    ], []),
    ("trap: takes effect in the future", [
        document(**OLD),
        document("/zc/9.html", issued_on="2026-11-01", title="关于印发新办法的通知", text="自2027年1月1日起施行，清政发〔2018〕3号同时废止。"),
    ], []),
    ("trap: two documents of one title", [
        document(**{**OLD, "doc_number": "清政发〔2018〕3号", "title": "关于印发年度要点的通知"}),
        document("/zc/2.html", **{**OLD, "doc_number": "清政发〔2019〕3号", "title": "关于印发年度要点的通知"}),
        document("/zc/9.html", issued_on="2025-05-01", title="关于印发新办法的通知", text="原《关于印发年度要点的通知》同时废止。"),
    ], []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "documents", "expected"), EXPIRED_ROWS, ids=[r[0] for r in EXPIRED_ROWS])
def test_expired_not_marked(name: str, documents: list[Any], expected: list[str]) -> None:
    report = run(ExpiredNotMarked, policies(*documents))
    assert [f.url for f in of(report, "expired-not-marked", "needs_review")] == expected
    assert not of(report, "expired-not-marked", "fail")


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("doc", "reading", "expected"),
    [
        ("清河县人民政府办公室关于印发清河县养老服务实施方案的通知", "《清河县养老服务实施方案》政策解读", True),
        ("清河县人民政府关于加强消防工作的意见", "一图读懂丨关于加强消防工作的意见", True),
        ("清河县人民政府办公室关于印发《清河县公租房管理办法》的通知", "清河县公租房管理办法解读", True),
        ("关于印发2025年政务公开工作要点的通知", "《2026年政务公开工作要点》解读", False),
        ("清河县人民政府关于加强消防工作的意见", "《清河县养老服务实施方案》政策解读", False),
        ("关于通知", "通知解读", False),
        (None, "政策解读", False),
    ],
)
def test_same_name(doc: str | None, reading: str, expected: bool) -> None:
    assert same_name(doc, reading) is expected


def test_core_and_subject_are_the_same_for_a_document_and_its_interpretation() -> None:
    assert core("清河县人民政府办公室关于印发清河县养老服务实施方案的通知（清政办发〔2026〕5号）") == "清河县养老服务实施方案"
    assert subject("图解：清河县养老服务实施方案") == "清河县养老服务实施方案"


@pytest.mark.parametrize(
    ("organizer", "issuer", "expected"),
    [
        ("清河县人民政府办公室", "清河县人民政府", True),
        ("清河县人民政府办公室", "县政府办公室", True),
        ("清河县人民政府办公室", "清河县教育局、清河县人民政府办公室", True),
        ("清河县人民政府办公室", "清河县教育局", False),
        ("清河县人民政府办公室", "江北市人民政府", False),
        ("清河县教育局", "县教育局", True),
        ("清河县教育局", "清河县人民政府", False),
        ("清河县教育局", None, None),
    ],
)
def test_own_issuer(organizer: str, issuer: str | None, expected: bool | None) -> None:
    assert is_own(document(issuer=issuer, title="关于做好工作的通知" if issuer is None else "通知"), own_names([organizer])) is expected


# ---------------------------------------------------------------- policy-not-interpreted

RECENT: dict[str, Any] = {"issuer": "清河县人民政府办公室", "issued_on": "2026-09-01", "doc_number": "清政办发〔2026〕5号", "text": LONG}
POOL_ROWS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("R: own document without interpretation", {}, ["needs_review"]),
    ("R: 公告 that is a 规范性文件", {"title": "清河县人民政府关于禁放烟花爆竹的公告", "topic": "行政规范性文件"}, ["needs_review"]),
    ("PASS: links to an interpretation elsewhere", {"interpretations": ["http://www.jiangbei.gov.cn/jd/3.html"]}, []),
    ("trap: other issuer", {"issuer": "江北市人民政府"}, []),
    ("trap: issuer unknown", {"issuer": None, "title": "关于做好防汛工作的通知"}, []),
    ("trap: 任免", {"title": "关于王五职务任免的通知"}, []),
    ("trap: 公告", {"title": "清河县人民政府关于封闭施工的公告"}, []),
    ("trap: 批复", {"title": "关于同意设立社区的批复"}, []),
    ("trap: 领导小组", {"title": "关于成立清河县防汛工作领导小组的通知"}, []),
    ("trap: 转发", {"title": "清河县人民政府办公室转发市政府关于消防工作的通知"}, []),
    ("trap: 表彰", {"title": "清河县人民政府关于表彰先进集体的决定"}, []),
    ("trap: 值班", {"title": "关于做好国庆节值班工作的通知"}, []),
    ("trap: abolished", {"validity": "废止"}, []),
    ("trap: published after as_of", {"issued_on": "2026-11-20"}, []),
]


@pytest.mark.parametrize(("name", "fields", "expected"), POOL_ROWS, ids=[r[0] for r in POOL_ROWS])
def test_policy_not_interpreted(name: str, fields: dict[str, Any], expected: list[str]) -> None:
    report = run(Interpreted, policies(document(**{**RECENT, **fields})))
    assert [f.outcome.value for f in of(report, "policy-not-interpreted")] == expected


def test_an_interpretation_of_the_same_name_or_number_counts_even_unlinked() -> None:
    named = policies(document(**RECENT), interpretations=[interpretation()])
    numbered = policies(
        document(**RECENT), interpretations=[interpretation(title="养老政策怎么看", text="《方案》（清政办发〔2026〕5号）出台背景……")]
    )
    for facts in (named, numbered):
        assert not of(run(Interpreted, facts), "policy-not-interpreted")


def test_an_unread_entry_of_the_interpretation_list_counts() -> None:
    listed = column("政策解读", "/jd/", entries=entries(("一图读懂清河县养老服务实施方案", "/jd/8.html")).entries)
    facts = site(documents=[document(**RECENT)], columns=[POLICY, listed])
    assert not of(run(Interpreted, facts), "policy-not-interpreted")


def test_interpretations_on_another_platform_are_not_checked() -> None:
    facts = site(documents=[document(**RECENT)], columns=[POLICY, column("政策解读", "/jd/", external=True)])
    (finding,) = of(run(Interpreted, facts), "policy-not-interpreted")
    assert (finding.outcome.value, finding.reason) == ("not_checked", "external_platform")


@pytest.mark.parametrize(("issued_on", "old"), [("2026-09-01", False), ("2025-11-16", False), ("2025-11-15", True)])
def test_documents_older_than_a_year_are_historical(issued_on: str, old: bool) -> None:
    (finding,) = of(run(Interpreted, policies(document(**{**RECENT, "issued_on": issued_on}))), "policy-not-interpreted")
    assert finding.old is old


# ---------------------------------------------------------------- links both ways

DOC, JD = at("/zc/1.html"), at("/jd/1.html")
LINK_ROWS: list[tuple[str, dict[str, Any], dict[str, Any], list[str], list[tuple[str, str | None]]]] = [
    ("PASS: both ways", {"interpretations": [JD]}, {"documents": [DOC]}, [], []),
    ("FAIL: neither way", {}, {}, [JD], [("fail", JD)]),
    ("FAIL: interpretation does not link", {"interpretations": [JD]}, {}, [JD], []),
    ("FAIL: document does not link back", {}, {"documents": [DOC]}, [], [("fail", JD)]),
    (
        "PASS: a link to a superior's original is a link",
        {},
        {"documents": ["http://www.gov.cn/zhengce/1.htm"], "title": "国务院新规解读"},
        [],
        [],
    ),
    ("trap: links to plans it only mentions", {}, {"documents": [DOC, at("/zc/5.html")], "title": "《清河县另一个管理规定》解读"}, [], []),
    ("trap: news in the column", {}, {"title": "我县召开工作推进会"}, [], []),
    ("trap: news with pictures", {}, {"title": "我县召开工作推进会", "form": "chart"}, [], []),
    ("trap: the column itself", {}, {"title": "政策解读"}, [], []),
    (
        "FAIL: a picture that names its document",
        {"title": "关于其他事项的通知"},
        {"title": "一图读懂清河县垃圾分类办法", "form": "chart"},
        [JD],
        [],
    ),
]


@pytest.mark.parametrize(("name", "doc", "reading", "unlinked", "back"), LINK_ROWS, ids=[r[0] for r in LINK_ROWS])
def test_links_between_document_and_interpretation(
    name: str, doc: dict[str, Any], reading: dict[str, Any], unlinked: list[str], back: list[Any]
) -> None:
    other = document("/zc/5.html", title="清河县人民政府关于印发清河县总体规划的通知")
    report = run(Interpreted, policies(document(**{**RECENT, **doc}), other, interpretations=[interpretation(**reading)]))
    assert [f.url for f in of(report, "interpretation-not-linked", "fail")] == unlinked
    assert told(report, "policy-not-linked-back") == back


def test_one_page_with_both_is_linked() -> None:
    report = run(Interpreted, policies(document(**RECENT), interpretations=[interpretation("/zc/1.html")]))
    assert not of(report, "interpretation-not-linked") and not of(report, "policy-not-linked-back")


def test_links_that_a_script_may_still_write_are_not_missing() -> None:
    pages = [page("/zc/1.html", needs_script="body"), page("/jd/1.html", needs_script="body")]
    report = run(Interpreted, policies(document(**RECENT), interpretations=[interpretation()]), pages)
    for rule in ("interpretation-not-linked", "policy-not-linked-back"):
        assert [(f.outcome.value, f.reason) for f in of(report, rule)] == [("not_checked", "unrendered")]


EXCERPT_ROWS = [
    ("R: nothing but the document's words", LONG[:260], ["needs_review"]),
    (
        "PASS: own words",
        "为什么出台这个方案？近年来我县老年人口持续增加，现有床位不足，群众反映集中。方案把建设责任落到乡镇，明确补助标准和时间表，预计三年内新增床位两千张，让老人就近享受照料。"
        * 3,
        [],
    ),
    ("trap: too short to tell", "坚持以人民为中心", []),
]


@pytest.mark.parametrize(("name", "text", "expected"), EXCERPT_ROWS, ids=[r[0] for r in EXCERPT_ROWS])
def test_interpretation_excerpt_only(name: str, text: str, expected: list[str]) -> None:
    report = run(Interpreted, policies(document(**RECENT), interpretations=[interpretation(text=text, documents=[DOC])]))
    assert [f.outcome.value for f in of(report, "interpretation-excerpt-only")] == expected


def test_results_without_any_document() -> None:
    empty = run(DocNumbers, site())
    assert (result(empty, "doc-number-missing").outcome.value, result(empty, "doc-number-missing").reason) == ("not_applicable", "no_event")
    unseen = run(DocNumbers, site(visits=[visit("/zc/", "blocked", "blocked", 403)]))
    assert (result(unseen, "doc-number-missing").outcome.value, result(unseen, "doc-number-missing").reason) == ("not_checked", "blocked")


def test_identity_does_not_hang_on_what_was_seen_beside() -> None:
    one = run(Interpreted, policies(document(**RECENT)))
    two = run(
        Interpreted, policies(document(**{**RECENT, "published_on": "2026-09-02"}), document("/zc/2.html", doc_number="清政发〔2026〕1号"))
    )
    assert of(one, "policy-not-interpreted")[0].id in {f.id for f in of(two, "policy-not-interpreted")}


def test_organizer_of_a_department_decides_the_pool() -> None:
    facts = site(
        target=target(organizer="清河县教育局", name="清河县教育局网站"), columns=[POLICY, READING],
        documents=[document(**{**RECENT, "issuer": "清河县教育局"}), document("/zc/2.html", **RECENT)], messages=[message()],
    )  # fmt: skip
    assert [f.url for f in of(run(Interpreted, facts), "policy-not-interpreted")] == [DOC]
