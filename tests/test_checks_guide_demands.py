"""Materials that a guide demands in its text and does not list: clear demands, synonyms, and everything that only looks like one."""

from __future__ import annotations

from typing import Any

import pytest
from object_checks import PACK, column, guide, of, page, run, site, target, told

from govcrawl.checks.guide_demands import demands, fold, paper, unlisted
from govcrawl.checks.guides import Guides

RULE = "guide-materials-inconsistent"


def listing(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "form": None, "copies": "1份", "required": None} for name in names]


ROWS: list[tuple[str, str, str, list[str]]] = [
    ("FAIL: one of two", "须提交居民身份证和居住证。", "身份证", ["居住证"]),
    ("FAIL: photographs", "申请人持身份证到窗口，提交《优待证申请表》、近期免冠照片2张", "身份证|申请表", ["照片"]),
    ("FAIL: handed in at a bureau", "申请人向县民政局提交户口簿原件及复印件", "居民身份证", ["户口簿"]),
    ("FAIL: another certificate", "申请人应提供收入证明、无犯罪记录证明", "身份证|收入证明", ["无犯罪记录证明"]),
    ("FAIL: bring along", "请携带结婚证到二楼3号窗口办理", "身份证", ["结婚证"]),
    ("FAIL: the clerk comes after", "申请人提交申请表、身份证，窗口工作人员审核材料", "身份证", ["申请表"]),
    ("FAIL: a step of the flow", "1.申请：申请人到窗口提交申请表、营业执照和就业创业证", "一次性创业补贴申请表|营业执照", ["就业创业证"]),
    ("PASS: 身份证 by another name", "须提供有效身份证件", "居民身份证", []),
    ("PASS: 户口本 is 户口簿", "须提供户口本", "居民户口簿", []),
    ("PASS: 残疾证 is 残疾人证", "申请人提交残疾证", "残疾人证", []),
    ("PASS: 不动产权证书 is 房产证", "提交不动产权证书", "房产证", []),
    ("PASS: the form by a longer name", "提交离婚登记申请表", "申请表|《申请离婚登记声明书》", []),
    ("PASS: passbook and bank card", "携带银行存折", "本人银行卡", []),
    ("trap: not wanted", "无需提供户口簿", "身份证", []),
    ("trap: no longer wanted", "不再要求提供收入证明", "身份证", []),
    ("trap: an office gives it", "登记机关向申请人提供申请表", "身份证", []),
    ("trap: another office gives it", "由卫生部门提供体检报告", "身份证", []),
    ("trap: a union gives it", "县残联提供残疾证", "身份证", []),
    ("trap: only for agents", "委托他人办理的，还应提供授权委托书", "身份证", []),
    ("trap: only if", "如有变更，提交营业执照", "身份证", []),
    ("trap: when it is collected", "审核通过后携带身份证领取", "户口簿", []),
    ("trap: nothing named", "提交申请材料", "身份证", []),
    ("trap: catch-all", "提供相关证明材料", "身份证", []),
    ("trap: no paper", "提供优质服务", "身份证", []),
    ("trap: the law's own words", "《条例》第五条规定申请人应当提交营业执照", "身份证", []),
    ("trap: what was handed in", "提交的身份证应在有效期内", "户口簿", []),
    ("trap: what happens without", "未提供营业执照的，不予受理", "身份证", []),
    ("trap: the list is open", "提交营业执照", "身份证|其他相关材料", []),
    ("trap: the list is elsewhere", "提交营业执照", "详见附件", []),
    ("trap: the list is a file", "提交营业执照", "材料清单.doc", []),
    ("trap: the list is a picture", "提交营业执照", "[图片]", []),
]


@pytest.mark.parametrize(("text", "listed", "expected"), [pytest.param(t, m, e, id=i) for i, t, m, e in ROWS])
def test_what_the_text_demands_and_the_list_lacks(text: str, listed: str, expected: list[str]) -> None:
    names = listed.split("|")
    shown = guide(elements={"办理流程": text, "申请条件": None, "办理材料": "\n".join(names)}, materials=listing(*names))
    assert [d.material for d in unlisted(shown, {})] == expected
    report = run(Guides, site(guides=[shown], columns=[column("办事服务", "/bs/")]), [page("/bs/1.html", kind="guide")])
    assert told(report, RULE) == [("needs_review", name) for name in sorted(expected)]


def test_evidence_quotes_both_sides() -> None:
    shown = guide(elements={"办理流程": "请携带结婚证到窗口办理"}, materials=listing("身份证"))
    (finding,) = of(run(Guides, site(guides=[shown]), [page("/bs/1.html", kind="guide")]), RULE)
    assert [(e["element"], e["quote"]) for e in finding.evidence] == [("办理流程", "请携带结婚证到窗口办理"), ("办理材料", "身份证")]
    assert finding.outcome.value == "needs_review"


def noted(states: dict[str, str], beside: dict[str, str]) -> Any:
    item = {"kind": "service_guide", "key": guide().url, "_states": states, "_beside": beside}
    return page("/bs/1.html", kind="guide", items=[item])


def test_notes_count_and_a_blank_list_is_one_finding() -> None:
    note = noted({}, {"说明": "申请人须提交户口簿、结婚证。"})
    listed = guide(materials=listing("身份证", "户口簿"))
    assert told(run(Guides, site(guides=[listed]), [note]), RULE) == [("needs_review", "结婚证")]
    blank = guide(elements={"办理材料": None}, materials=[])
    empty, absent = (noted({"办理材料": state}, {"说明": "申请人须提交户口簿、结婚证。"}) for state in ("empty", "absent"))
    assert told(run(Guides, site(guides=[blank]), [empty]), RULE) == [("needs_review", "户口簿、结婚证")]
    assert told(run(Guides, site(guides=[blank]), [absent]), RULE) == []


def test_nothing_is_judged_where_nothing_is_listed() -> None:
    assert told(run(Guides, site(guides=[guide(elements={"办理材料": None})]), [page("/bs/1.html", kind="guide")]), RULE) == []
    silent = run(Guides, site(guides=[guide()], target=target(public_services=False)))
    assert [(r.outcome.value, r.reason) for r in silent.results if r.rule == RULE] == [("not_applicable", "no_public_services")]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("本人居民身份证原件", "居民身份证"),
        ("《老年人优待证申请表》", "老年人优待证申请表"),
        ("夫妻双方结婚证", "结婚证"),
        ("相关证明", None),
        ("申请", None),
        ("服务", None),
    ],
)
def test_papers(words: str, expected: str | None) -> None:
    assert paper(words) == expected


def test_one_name_for_one_paper() -> None:
    assert fold("居民身份证、有效身份证件、二代证") == "身份证、身份证、身份证"
    assert fold("户口本") == fold("居民户口簿") == "户口簿"


def test_a_long_clause_is_looked_at_quickly_and_accuses_nobody() -> None:
    assert list(demands("办理流程", "向" + "县民政局窗口和大厅" * 400 + "提交身份证")) == []


# ---------------------------------------------------------------- switches of guide-element-missing


@pytest.mark.parametrize(
    ("element", "switch", "label"),
    [("办理时间", "time_limit_counts", "办理时限"), ("联系电话", "complaint_phone_counts", "监督投诉")],
)  # fmt: skip
def test_what_may_stand_in_for_an_element(element: str, switch: str, label: str) -> None:
    lacking = site(guides=[guide(elements={element: None})])
    with_it, without = noted({element: "absent"}, {label: "5个工作日"}), noted({element: "empty"}, {})
    assert PACK.param("guide-element-missing", switch) is False
    one = [("fail", element)]
    on = {f"guide_element_missing__{switch}": True}
    assert told(run(Guides, lacking, [with_it]), "guide-element-missing") == one
    assert told(run(Guides, lacking, [with_it], **on), "guide-element-missing") == []
    assert told(run(Guides, lacking, [without], **on), "guide-element-missing") == one
    (finding,) = of(run(Guides, lacking, [without]), "guide-element-missing")
    assert finding.evidence[0]["label"] == "有这一栏，没有内容"
