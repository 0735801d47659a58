"""办事指南 and 事项公开: tables of FAIL, PASS and trap rows."""

from __future__ import annotations

from typing import Any

import pytest
from object_checks import PACK, at, column, entries, guide, of, page, result, run, site, target, told, visit

from govcrawl.checks.guide_text import is_stub, names_only, required_forms, unclear_materials, vague_phrases
from govcrawl.checks.guides import Guides
from govcrawl.checks.services import Grouped
from govcrawl.model.facts import Link, PageFacts
from govcrawl.model.site_facts import SiteFacts

SERVICES = column("办事服务", "/bs/")
EMPTY = dict.fromkeys(("设定依据", "申请条件", "办理材料", "办理地点", "办理机构", "收费标准", "办理时间", "联系电话", "办理流程"))


def services(*guides: Any, **fields: Any) -> SiteFacts:
    return site(guides=list(guides), columns=[SERVICES], **fields)


def material(name: str, form: str | None = None, copies: str | None = None) -> dict[str, Any]:
    return {"name": name, "form": form, "copies": copies, "required": None}


def law(name: str, **told_: str) -> dict[str, Any]:
    return {"law": name, "article": None, "number": None, "url": None, **told_}


def link(path: str, text: str, tag: str = "a") -> Link:
    url = path if path.startswith("http") else at(path)
    return Link(url=url, href=path, text=text, tag=tag, region="body", locator="")


def stub(path: str, text: str | None, kind: str = "content", **fields: Any) -> PageFacts:
    return page(path, kind=kind, items=[{"kind": "article", "url": at(path), "title": "残疾人证办理", "text": text}], **fields)


# ---------------------------------------------------------------- guide-missing

LIST = page("/bs/", kind="guide_list", lists=[entries(("残疾人证办理", "/bs/2.html"))])
MISSING_ROWS: list[tuple[str, dict[str, Any], list[PageFacts], list[tuple[str, str | None, str]]]] = [
    ("FAIL: item without a link", {}, [page("/bs/", kind="guide_list", lists=[entries(("残疾人证办理", ""))])], [("fail", "残疾人证办理", "/bs/")]),
    ("FAIL: leads to a placeholder", {}, [LIST, stub("/bs/2.html", "办事指南正在完善中，敬请期待")], [("fail", "残疾人证办理", "/bs/2.html")]),
    ("R: leads to an empty page, or to one we cannot read", {}, [LIST, stub("/bs/2.html", None)], [("needs_review", "残疾人证办理", "/bs/2.html")]),
    ("FAIL: labels without any value", {"guides": [guide("/bs/2.html", EMPTY)]}, [LIST, page("/bs/2.html", kind="guide")], [("fail", "老年人优待证办理", "/bs/2.html")]),
    ("R: what looks like a list and lists nothing", {}, [LIST, page("/bs/2.html", kind="list")], [("needs_review", "残疾人证办理", "/bs/2.html")]),
    ("FAIL: says that it is blank", {}, [LIST, page("/bs/2.html", kind="list", notes={"blank": "暂无内容"})], [("fail", "残疾人证办理", "/bs/2.html")]),
    ("FAIL: a row without a link", {}, [page("/bs/", kind="guide_list", notes={"unlinked_items": ["成本调查登记"]})], [("fail", "成本调查登记", "/bs/")]),
    ("trap: leads to a list of items", {}, [LIST, page("/bs/2.html", kind="list", lists=[entries(("事项", "/bs/3.html"))])], []),
    ("PASS: a guide", {"guides": [guide("/bs/2.html")]}, [LIST, page("/bs/2.html", kind="guide")], []),
    ("trap: a page of prose", {}, [LIST, stub("/bs/2.html", "申请人持身份证到县残联窗口申请，经评定后发证。" * 5)], []),
    ("trap: the guide may be a picture", {}, [LIST, stub("/bs/2.html", "", links=[link("/bs/2.jpg", "", "img")])], []),
    ("trap: the guide may be a file", {}, [LIST, stub("/bs/2.html", "", links=[link("/bs/2.doc", "下载")])], []),
    ("trap: leads on to the service platform", {}, [LIST, stub("/bs/2.html", "", links=[link("http://zwfw.js.gov.cn/1", "在线办理")])], []),
    ("trap: written by a script", {}, [LIST, stub("/bs/2.html", "", needs_script="body")], []),
    ("trap: a list that a script writes", {}, [page("/bs/", kind="guide_list", needs_script="list", lists=[entries(("残疾人证办理", ""))])], []),
    ("trap: an empty news page elsewhere", {}, [stub("/xw/2.html", "")], []),
    ("trap: side list", {}, [page("/bs/", kind="guide_list", lists=[entries(("残疾人证办理", ""), main=False)])], []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "facts", "pages", "expected"), MISSING_ROWS, ids=[r[0] for r in MISSING_ROWS])
def test_guide_missing(name: str, facts: dict[str, Any], pages: list[PageFacts], expected: list[tuple[str, str | None, str]]) -> None:
    report = run(Guides, services(*facts.get("guides", [])), pages)
    assert [(f.outcome.value, f.value, f.url) for f in of(report, "guide-missing")] == [(o, v, at(u)) for o, v, u in expected]


def test_a_missing_guide_silences_the_other_rules_on_the_item() -> None:
    report = run(Guides, services(guide(elements=EMPTY)), [page("/bs/1.html", kind="guide")])
    assert {f.rule for f in report.findings} == {"guide-missing"}


def test_a_guide_page_without_any_element_is_for_a_person() -> None:
    report = run(Guides, services(), [LIST, page("/bs/2.html", kind="guide")])
    assert told(report, "guide-missing") == [("needs_review", "残疾人证办理")]


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (visit("/bs/2.html"), "no_data"),
        (visit("/bs/2.html", "failed", "timeout", None), "timeout"),
        (visit("/bs/2.html", "blocked", "blocked", 403), "blocked"),
        (visit("/bs/2.html", role="outside"), "external_platform"),
    ],
)
def test_items_whose_guide_was_not_read_are_not_checked(seen: Any, reason: str) -> None:
    report = run(Guides, services(visits=[seen]), [LIST])
    assert not report.findings
    assert (result(report, "guide-missing").outcome.value, result(report, "guide-missing").reason) == ("not_checked", reason)


def test_units_without_public_services_are_not_judged() -> None:
    facts = services(guide(elements=EMPTY), target=target(public_services=False))
    for cls in (Guides, Grouped):
        report = run(cls, facts, [LIST])
        assert not report.findings
        assert {(r.outcome.value, r.reason) for r in report.results} == {("not_applicable", "no_public_services")}


def test_services_on_another_platform_are_not_checked() -> None:
    facts = site(columns=[column("办事服务", "/bs/", external=True, link_only=True)])
    for cls in (Guides, Grouped):
        assert {(r.outcome.value, r.reason) for r in run(cls, facts).results} == {("not_checked", "external_platform")}


# ---------------------------------------------------------------- guide-element-missing


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({}, []),
        ({"收费标准": None}, [("fail", "收费标准")]),
        ({"办理时间": None, "联系电话": ""}, [("fail", "办理时间"), ("fail", "联系电话")]),
        ({"办理流程": "[图片]"}, []),
    ],
)
def test_guide_element_missing(elements: dict[str, str | None], expected: list[tuple[str, str]]) -> None:
    assert told(run(Guides, services(guide(elements=elements)), [page("/bs/1.html", kind="guide")]), "guide-element-missing") == sorted(
        expected
    )


def test_on_a_unified_platform_two_elements_are_for_a_person() -> None:
    url = "http://zwfw.js.gov.cn/item/1.html"
    shown = guide(elements={"办理时间": None, "联系电话": None, "收费标准": None}, url=url, key=url)
    facts = services(shown, target=target(service_hosts=("zwfw.js.gov.cn",)))
    assert told(run(Guides, facts), "guide-element-missing") == [
        ("fail", "收费标准"),
        ("needs_review", "办理时间"),
        ("needs_review", "联系电话"),
    ]


def test_elements_of_a_page_that_was_not_seen_whole_are_not_missing() -> None:
    shown = guide(elements={"收费标准": None})
    report = run(Guides, services(shown), [page("/bs/1.html", kind="guide", needs_script="body")])
    assert [(f.outcome.value, f.reason) for f in of(report, "guide-element-missing")] == [("not_checked", "unrendered")]


def test_a_guide_that_lies_in_a_file_is_not_checked() -> None:
    shown = guide(elements={**EMPTY, "办理机构": "清河县民政局"})
    report = run(Guides, services(shown), [page("/bs/1.html", kind="guide", links=[link("/bs/指南.pdf", "办事指南.pdf")])])
    assert [(f.outcome.value, f.reason) for f in report.findings] == [("not_checked", "unread_file")]


def test_evidence_names_the_labels_that_were_searched() -> None:
    (finding,) = of(run(Guides, services(guide(elements={"收费标准": None}))), "guide-element-missing")
    assert "是否收费" in finding.evidence[0]["labels"]
    assert (finding.object, finding.title) == ("guide", "老年人优待证办理")


# ---------------------------------------------------------------- guide-format-unclear

FORMAT_ROWS: list[tuple[str, list[dict[str, Any]], str, list[str]]] = [
    ("FAIL: name only", [material("居民身份证"), material("照片", copies="2张")], "", ["居民身份证"]),
    ("FAIL: a column that tells no format", [material("居民身份证", form="政府部门核发")], "", ["居民身份证"]),
    ("PASS: original", [material("居民身份证", form="原件")], "", []),
    ("PASS: in the name", [material("居民身份证复印件")], "", []),
    ("PASS: number only", [material("居民身份证", copies="1")], "", []),
    ("PASS: electronic", [material("居民身份证", form="电子版")], "", []),
    ("PASS: two copies in words", [material("申请表一式两份")], "", []),
    (
        "trap: one sentence for all",
        [material("居民身份证"), material("户口簿")],
        "居民身份证、户口簿。以上材料均需原件及复印件各一份。",
        [],
    ),
    (
        "trap: the head of the table says nothing",
        [material("纳税记录")],
        "序号 材料名称 材料形式 份数\n1 申请表 原件 1份\n2 纳税记录 无",
        ["纳税记录"],
    ),
    ("trap: no material needed", [material("无需提交材料")], "", []),
    ("trap: 无犯罪记录证明 is a material", [material("无犯罪记录证明")], "", ["无犯罪记录证明"]),
    ("trap: see the annex", [material("详见附件")], "", []),
    ("trap: the catch-all is another rule's", [material("其他材料")], "", []),
]


@pytest.mark.parametrize(("name", "materials", "text", "expected"), FORMAT_ROWS, ids=[r[0] for r in FORMAT_ROWS])
def test_unclear_materials(name: str, materials: list[dict[str, Any]], text: str, expected: list[str]) -> None:
    assert unclear_materials(guide(elements={"办理材料": text or "见表"}, materials=materials)) == expected


def test_format_findings_are_one_a_material() -> None:
    shown = guide(materials=[material("居民身份证"), material("户口簿")], elements={"办理材料": "居民身份证\n户口簿"})
    assert told(run(Guides, services(shown)), "guide-format-unclear") == [("fail", "居民身份证"), ("fail", "户口簿")]


# ---------------------------------------------------------------- guide-vague

VAGUE_ROWS: list[tuple[str, str, str, list[str]]] = [
    ("FAIL: the national example", "办理材料", "1.身份证原件；2.根据有关法律法规规定应提交的其他材料。", ["法律法规规定应提交的其他材料"]),
    ("FAIL: 其他材料", "办理材料", "身份证原件、其他材料", ["其他材料"]),
    ("FAIL: 有关证明", "办理材料", "身份证原件\n2.有关证明材料", ["有关证明材料"]),
    ("FAIL: 等相关材料", "办理材料", "身份证、户口簿等相关材料。", ["等相关材料"]),
    ("FAIL: as needed", "办理材料", "根据实际情况提供相关证明", ["根据实际情况提供相关证明"]),
    ("FAIL: catch-all condition", "申请条件", "（三）法律、法规规定的其他条件。", ["法律、法规规定的其他条件"]),
    ("PASS: plain", "办理材料", "居民身份证原件及复印件1份；《申请表》原件1份", []),
    ("trap: 毕业证等证明", "办理材料", "毕业证等证明", []),
    ("trap: quoted law in a condition", "申请条件", "《行政许可法》第三十八条：申请人符合（五）法律、行政法规规定的其他条件", []),
    ("trap: inside 设定依据", "设定依据", "《某法》：（五）法律、行政法规规定的其他条件", []),
    ("trap: in the procedure", "办理流程", "申请人持相关材料到窗口申请", []),
    ("trap: 其他材料：无", "办理材料", "身份证原件\n其他材料：无", []),
    ("trap: a heading with its list", "办理材料", "其他材料：\n1.户口簿原件", []),
    ("trap: 以下相关材料", "办理材料", "需提交以下相关材料：身份证原件", []),
    ("trap: other valid identity papers", "办理材料", "身份证或其他有效身份证明原件", []),
    ("trap: other household members", "办理材料", "其他家庭成员身份证复印件1份", []),
]


def vague(element: str, text: str) -> list[str]:
    shown = guide(elements={"办理材料": "身份证原件1份", "申请条件": "本县户籍", element: text})
    return [v for v, _, _ in vague_phrases(shown, PACK.param("guide-vague", "patterns"), PACK.param("guide-vague", "elements"))]


@pytest.mark.parametrize(("name", "element", "text", "expected"), VAGUE_ROWS, ids=[r[0] for r in VAGUE_ROWS])
def test_vague_phrases(name: str, element: str, text: str, expected: list[str]) -> None:
    assert vague(element, text) == expected


def test_a_vague_phrase_is_told_once_though_text_and_list_show_it() -> None:
    shown = guide(elements={"办理材料": "身份证原件1份\n其他材料"}, materials=[material("身份证", "原件"), material("其他材料")])
    assert told(run(Guides, services(shown)), "guide-vague") == [("fail", "其他材料")]


# ---------------------------------------------------------------- guide-basis-name-only

BASIS_ROWS: list[tuple[str, list[dict[str, Any]], str, list[str], list[str]]] = [
    ("FAIL: name only", [law("殡葬管理条例")], "《殡葬管理条例》", [], ["殡葬管理条例"]),
    (
        "FAIL: one of two",
        [law("殡葬管理条例"), law("行政许可法", article="第十二条")],
        "《殡葬管理条例》《行政许可法》第十二条",
        [],
        ["殡葬管理条例"],
    ),
    ("FAIL: a policy", [law("关于加强养老服务的通知")], "《关于加强养老服务的通知》", [], ["关于加强养老服务的通知"]),
    ("FAIL: 办法（试行）", [law("养老服务办法（试行）")], "《养老服务办法（试行）》", [], ["养老服务办法(试行)"]),
    ("PASS: article", [law("行政许可法", article="第十二条")], "《行政许可法》第十二条", [], []),
    ("PASS: number", [law("关于加强养老服务的通知", number="清政发〔2026〕5号")], "《…通知》（清政发〔2026〕5号）", [], []),
    ("PASS: link", [law("殡葬管理条例", url="http://www.gov.cn/1.htm")], "《殡葬管理条例》", [], []),
    ("PASS: linked by the page's words", [law("殡葬管理条例")], "《殡葬管理条例》", ["《殡葬管理条例》"], []),
    (
        "PASS: the article's text follows",
        [law("殡葬管理条例")],
        "《殡葬管理条例》：建造殡仪馆、火葬场，由县级人民政府和设区的市、自治州人民政府提出方案",
        [],
        [],
    ),
    ("trap: number that the record missed", [law("殡葬管理条例")], "《殡葬管理条例》（国务院令第225号）", [], []),
    ("trap: a form in title marks", [law("老年人优待证申请表")], "《老年人优待证申请表》", [], []),
    ("trap: a certificate", [law("营业执照")], "《营业执照》", [], []),
]


@pytest.mark.parametrize(("name", "basis", "text", "links", "expected"), BASIS_ROWS, ids=[r[0] for r in BASIS_ROWS])
def test_names_only(name: str, basis: list[dict[str, Any]], text: str, links: list[str], expected: list[str]) -> None:
    endings = PACK.param("guide-basis-name-only", "endings")
    assert names_only(guide(legal_basis=basis), text, endings, links) == expected


def test_basis_finding() -> None:
    shown = guide(elements={"设定依据": "《殡葬管理条例》"}, legal_basis=[law("殡葬管理条例")])
    assert told(run(Guides, services(shown)), "guide-basis-name-only") == [("fail", "殡葬管理条例")]


def test_a_pack_may_ask_for_bases_anywhere_in_the_guide() -> None:
    shown = guide(
        elements={"办理流程": "依据《殡葬管理条例》审核，填写《申请表》"}, legal_basis=[law("老年人权益保障法", article="第五十三条")]
    )
    assert not of(run(Guides, services(shown)), "guide-basis-name-only")
    assert told(run(Guides, services(shown), guide_basis_name_only__where="全文"), "guide-basis-name-only") == [("fail", "殡葬管理条例")]


# ---------------------------------------------------------------- guide-form-missing

FORM_ROWS: list[tuple[str, dict[str, Any], list[Link], list[Any], list[tuple[str, str]]]] = [
    ("FAIL: no file", {"materials": [material("老年人优待证申请表", "原件", "1")]}, [], [], [("fail", "老年人优待证申请表")]),
    ("FAIL: name in quotation", {"materials": [material("填写完整的《优待证申请表》1份")]}, [], [], [("fail", "优待证申请表")]),
    ("FAIL: the file is gone", {"materials": [material("优待证申请表")], "forms": [at("/f/a.doc")]}, [], [visit("/f/a.doc", "failed", None, 404)], [("fail", "优待证申请表")]),
    ("PASS: form attached", {"materials": [material("优待证申请表")], "forms": [at("/f/a.doc")]}, [], [], []),
    ("PASS: file in the body", {"materials": [material("优待证申请表")]}, [link("/f/a.doc", "优待证申请表")], [], []),
    ("trap: a file that could not be fetched now", {"materials": [material("优待证申请表")], "forms": [at("/f/a.doc")]}, [], [visit("/f/a.doc", "failed", "timeout", None)], []),
    ("trap: no form required", {"materials": [material("居民身份证", "原件")]}, [], [], []),
    ("trap: copy of an existing paper", {"materials": [material("毕业生登记表复印件")]}, [], [], []),
    ("trap: balance sheet", {"materials": [material("资产负债表", "原件")]}, [], [], []),
    ("trap: filled in online", {"materials": [material("申请表（网上填写）")]}, [], [], []),
    ("trap: had at the counter", {"materials": [material("申请表", "窗口领取")]}, [], [], []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fields", "links", "visits", "expected"), FORM_ROWS, ids=[r[0] for r in FORM_ROWS])
def test_guide_form_missing(
    name: str, fields: dict[str, Any], links: list[Link], visits: list[Any], expected: list[tuple[str, str]]
) -> None:
    facts = services(guide(**fields), visits=visits)
    assert told(run(Guides, facts, [page("/bs/1.html", kind="guide", links=links)]), "guide-form-missing") == expected


def test_forms_quoted_in_text_without_a_list_of_materials() -> None:
    shown = guide(elements={"办理材料": "提交《优待证申请表》和身份证原件"})
    assert required_forms(shown, PACK.param("guide-form-missing", "form_words")) == ["优待证申请表"]


def test_is_stub() -> None:
    assert is_stub(guide(elements=EMPTY))
    assert not is_stub(guide(elements={**EMPTY, "办理机构": "清河县民政局"}))


# ---------------------------------------------------------------- services-not-grouped

FLAT = page("/bs/", kind="guide_list", lists=[entries(*((f"事项{n}", f"/bs/{n}.html") for n in range(8)))])
GROUPED_ROWS: list[tuple[str, SiteFacts, list[PageFacts], str, str | None]] = [
    ("FAIL: a flat list", services(), [FLAT], "fail", None),
    (
        "PASS: classified",
        services(),
        [FLAT, page("/bs/gr/", kind="guide_list", notes={"service_groups": ["按主题", "按部门"]})],
        "pass",
        None,
    ),
    (
        "PASS: a handful needs no classes",
        services(),
        [page("/bs/", kind="guide_list", lists=[entries(("事项一", "/bs/1.html"))])],
        "pass",
        None,
    ),
    ("trap: no column at all", site(), [], "not_checked", "no_data"),
    ("trap: written by a script", services(), [page("/bs/", kind="guide_list", needs_script="list")], "not_checked", "unrendered"),
    ("trap: elsewhere", site(columns=[column("办事服务", "/bs/", link_only=True)]), [], "not_checked", "external_platform"),
]


@pytest.mark.parametrize(("name", "facts", "pages", "outcome", "reason"), GROUPED_ROWS, ids=[r[0] for r in GROUPED_ROWS])
def test_services_not_grouped(name: str, facts: SiteFacts, pages: list[PageFacts], outcome: str, reason: str | None) -> None:
    told_ = result(run(Grouped, facts, pages), "services-not-grouped")
    assert (told_.outcome.value, told_.reason) == (outcome, reason)


def test_the_finding_stands_on_the_column() -> None:
    (finding,) = of(run(Grouped, services(), [FLAT]), "services-not-grouped")
    assert (finding.url, finding.object) == (at("/bs/"), "site")
