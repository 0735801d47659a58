"""The six footer marks and the 找错 entry, judged after script, once a shared footer."""

from __future__ import annotations

from typing import Any

import pytest
from checks_kit import CODE, HOME, context, entry, fails, home, link, marks, of, outcome, page, run, site, url, visit

from govcrawl.checks.identity import is_code, own_code
from govcrawl.checks.marks import Marks
from govcrawl.model.facts import FooterMarks, PageFacts
from govcrawl.model.findings import Outcome
from govcrawl.model.items import FOOTER_MARKS

FIELDS = dict(zip(FOOTER_MARKS, ("institution_badge", "site_code", "icp_number", "police_number", "organizer", "contact"), strict=True))
OTHER = "3212830099"


def _page(path: str = "a.html", **changes: Any) -> PageFacts:
    return page(path, **{"marks": marks(), "error_report": entry(), **changes})


@pytest.mark.parametrize("mark", FOOTER_MARKS)
def test_missing_mark(mark: str) -> None:
    report = run(Marks, site(_page(marks=marks(**{FIELDS[mark]: None}))))
    assert [(f.rule, f.url, f.value, f.on_home, f.message) for f in report.findings] == [
        ("footer-mark-missing", url("a.html"), mark, False, f"页面底部缺少{mark}")
    ]


def test_all_marks_there() -> None:
    report = run(Marks, site(_page()))
    assert report.findings == []
    assert {outcome(report, r) for r in Marks.rules} == {("pass", None)}


@pytest.mark.parametrize(
    ("count", "expected"), [(6, [(HOME, 7, True)]), (3, [(HOME, 1, True)] + [(url(f"{n}.html"), 1, False) for n in range(3)])]
)
def test_a_shared_footer_is_one_finding(count: int, expected: list[tuple[str, int, bool]]) -> None:
    lacking = marks(police_number=None)
    facts = site(*(_page(f"{n}.html", marks=lacking) for n in range(count)), first=home(marks=lacking))
    found = fails(run(Marks, facts), "footer-mark-missing")
    assert sorted((f.url, f.pages, f.on_home) for f in found) == sorted(expected)


@pytest.mark.parametrize(
    "changes",
    [
        {"page_no": 2},
        {"kind": "error"},
        {"kind": "frame"},
        {"kind": "data"},
        {"marks": None},
        {"needs_script": "body"},
        {"header_name": None},  # a fragment: no header, no navigation, no footer
    ],
)
def test_pages_that_are_not_judged(changes: dict[str, Any]) -> None:
    lacking = {"marks": FooterMarks(), "error_report": entry(present=False, working=False), **changes}
    if changes.get("marks", 0) is None:
        lacking["error_report"] = None
    assert run(Marks, site(_page(**lacking))).findings == []


def test_a_page_with_a_footer_but_no_marks_is_no_fragment() -> None:
    bare = _page(marks=FooterMarks(), header_name=None, links=[link("wzdt/", region="footer")])
    assert len(fails(run(Marks, site(bare)), "footer-mark-missing")) == 6


# ---------------------------------------------------------------- doubtful

BADGE = "党政机关网站标识"


@pytest.mark.parametrize("rendered", [False, True])
def test_a_mark_that_a_script_may_write(rendered: bool) -> None:
    open_ = marks(institution_badge=None, doubtful=[BADGE])
    report = run(Marks, site(_page(marks=open_, rendered=rendered), first=home(marks=open_, rendered=rendered)))
    found = of(report, "footer-mark-missing")
    if rendered:
        assert {(f.outcome, f.value) for f in found} == {(Outcome.FAIL, BADGE)}
    else:
        assert [(f.outcome, f.reason, f.value, f.url, f.pages) for f in found] == [(Outcome.NOT_CHECKED, "unrendered", BADGE, HOME, 2)]


def test_six_doubtful_marks_are_no_pass() -> None:
    open_ = FooterMarks(doubtful=list(FOOTER_MARKS))
    report = run(Marks, site(first=home(marks=open_, error_report=entry(present=False, working=False, doubtful=True))))
    assert outcome(report, "footer-mark-missing") == ("not_checked", "unrendered")
    assert outcome(report, "error-report-missing") == ("not_checked", "unrendered")


def test_no_home_page() -> None:
    report = run(Marks, site(no_home=True, visits=[visit("", "blocked", status=412, reason="blocked")]))
    assert {outcome(report, r) for r in Marks.rules} == {("not_checked", "blocked")}


# ---------------------------------------------------------------- wrong

ICP, POLICE, SITE_CODE = "ICP备案编号", "公安机关备案标识", "网站标识码"
REGISTRY = {"icp_number": "苏ICP备05012345号", "police_number": "32128302000011"}


@pytest.mark.parametrize(
    ("changes", "target", "expected"),
    [
        ({"site_code": OTHER}, {}, (SITE_CODE, Outcome.FAIL)),
        ({"site_code": "321283001"}, {}, (SITE_CODE, Outcome.FAIL)),
        ({"site_code": "N000000672"}, {}, (SITE_CODE, Outcome.FAIL)),
        ({"site_code": None, "raw": {SITE_CODE: "32128300"}}, {}, (SITE_CODE, Outcome.FAIL)),  # printed, if badly: not missing
        ({"icp_number": "苏ICP备0501234号"}, {}, (ICP, Outcome.FAIL)),
        ({"icp_number": "苏ICP备05099999号"}, REGISTRY, (ICP, Outcome.FAIL)),
        ({"police_number": "苏公网安备 32128302000099号"}, REGISTRY, (POLICE, Outcome.FAIL)),
        ({"police_number": "苏公网安备 321283020011号"}, {}, (POLICE, Outcome.NEEDS_REVIEW)),  # 12 digits occur on real sites
        # PASS and traps
        ({}, REGISTRY, None),
        ({"site_code": CODE}, {}, None),
        ({"site_code": "bm14000002"}, {"site_code": "BM14000002", "site": "BM14000002"}, None),
        ({"icp_number": "苏ICP备05012345号－1"}, REGISTRY, None),  # full-width dash, suffix
        ({"icp_number": "苏ICP备2021012345号"}, {}, None),
        ({"icp_number": "苏ICP备05012345"}, {}, None),  # 号 left out: no other number
        ({"police_number": "苏公网安备32128302000011"}, REGISTRY, None),
        ({"organizer": "清和县人民政府"}, {"organizer": "清和县人民政府办公室"}, None),
    ],
)  # fmt: skip
def test_wrong_mark(changes: dict[str, Any], target: dict[str, Any], expected: tuple[str, Outcome] | None) -> None:
    report = run(
        Marks,
        site(_page(marks=marks(**changes)), first=home(marks=marks(**changes) if target.get("site_code") else marks()), target=target),
    )
    found = of(report, "footer-mark-wrong")
    assert {(f.value, f.outcome) for f in found} == ({expected} if expected else set())
    assert of(report, "footer-mark-missing") == []


def test_one_finding_a_page_and_mark_even_for_two_wrong_codes() -> None:
    pages = [_page(f"{n}.html", marks=marks(site_code=OTHER if n % 2 else "3212830077")) for n in range(4)]
    found = fails(run(Marks, site(*pages)), "footer-mark-wrong")
    assert len({(f.url, f.value) for f in found}) == len(found) == 4


# ---------------------------------------------------------------- whose code


@pytest.mark.parametrize(
    ("registry", "footer", "meta", "report", "expected"),
    [
        (CODE, OTHER, OTHER, OTHER, (CODE, True)),
        (None, CODE, CODE, OTHER, (CODE, True)),
        (None, CODE, None, CODE, (CODE, True)),
        (None, CODE, None, None, (CODE, False)),
        (None, CODE, OTHER, None, (None, False)),
        (None, None, None, None, (None, False)),
        (None, "32128300", "null", None, (None, False)),
        ("bad", CODE, None, None, (CODE, False)),
    ],
)
def test_own_code(registry: str | None, footer: Any, meta: Any, report: Any, expected: tuple[str | None, bool]) -> None:
    first = home(marks=marks(site_code=footer), meta={"siteidcode": meta} if meta else {}, error_report=entry(code=report))
    assert own_code(context(site(first=first, target={"site_code": registry, "site": "www.qinghe.gov.cn"}))) == expected


@pytest.mark.parametrize(
    ("text", "good"), [(CODE, True), ("bm14000002", True), ("BM14000002", True), ("N000000672", False), ("321283", False), (None, False)]
)
def test_is_code(text: str | None, good: bool) -> None:
    assert is_code(text) is good


# ---------------------------------------------------------------- 找错


@pytest.mark.parametrize(
    ("changes", "fires"),
    [
        ({"present": False, "working": False, "href": None}, True),
        ({"working": False, "href": "#"}, True),  # the words are there, and lead nowhere
        ({}, False),
        ({"code": None}, False),  # an entry by number, without a code in its address
    ],
)
def test_entry_missing(changes: dict[str, Any], fires: bool) -> None:
    report = run(Marks, site(_page(error_report=entry(**changes))))
    assert [f.url for f in fails(report, "error-report-missing")] == [url("a.html")] * fires
    assert outcome(report, "error-report-missing")[0] == ("fail" if fires else "pass")


def test_entry_missing_everywhere_is_one_finding_on_the_home_page() -> None:
    none = entry(present=False, working=False, href=None)
    facts = site(*(_page(f"{n}.html", error_report=none) for n in range(9)), first=home(error_report=none))
    assert [(f.url, f.pages, f.on_home) for f in fails(run(Marks, facts), "error-report-missing")] == [(HOME, 10, True)]


@pytest.mark.parametrize("rendered", [False, True])
def test_entry_that_a_script_may_write(rendered: bool) -> None:
    none = entry(present=False, working=False, href=None, doubtful=True)
    report = run(Marks, site(first=home(error_report=none, rendered=rendered)))
    assert outcome(report, "error-report-missing") == (("fail", None) if rendered else ("not_checked", "unrendered"))


@pytest.mark.parametrize(
    ("code", "target", "expected"),
    [
        (OTHER, {}, Outcome.FAIL),
        (OTHER, {"site_code": None, "site": "www.qinghe.gov.cn"}, Outcome.NEEDS_REVIEW),  # only the footer says whose site it is
        (CODE, {}, None),
        (None, {}, None),
    ],
)
def test_entry_with_another_code(code: str | None, target: dict[str, Any], expected: Outcome | None) -> None:
    facts = site(_page(error_report=entry(code=code)), first=home(error_report=entry(code=None)), target=target)
    found = of(run(Marks, facts), "error-report-wrong-code")
    assert [(f.url, f.value, f.outcome) for f in found] == ([(url("a.html"), OTHER, expected)] if expected else [])
