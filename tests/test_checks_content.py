"""Hits → findings: shared blocks, link text, precedence, letters, masks. All numbers are invented and masked."""

from __future__ import annotations

from typing import Any

import pytest
from object_checks import at, entries, of, page, result, run, site, told, visit

from govcrawl.checks.content import Content, same_spot, shape, without_lesser
from govcrawl.model.facts import Link, PageFacts
from govcrawl.model.hits import Hit
from govcrawl.model.items import Attachment


def hit(rule: str = "typo", value: str = "关健", quote: str = "抓住关健环节", **fields: Any) -> Hit:
    values: dict[str, Any] = {
        "entry": "typo.guanjian",
        "place": "body",
        "locator": "//p[1]",
        "offset": 2,
        "key": value,
        "suggestion": "关键",
    }
    return Hit(rule=rule, value=value, quote=quote, **{**values, **fields})


def phone(**fields: Any) -> Hit:
    values = {"key": "k1", "suggestion": None, "entry": "mobile", "quote": "联系人 138****0000"}
    return hit("privacy-phone", "138****0000", **{**values, **fields})


def pages_with(n: int, h: Hit, prefix: str = "/a/b/") -> list[PageFacts]:
    return [page(f"{prefix}{i}.html", kind="content", hits=[h]) for i in range(n)]


# ---------------------------------------------------------------- one finding a page and value


def test_a_strong_hit_fails_and_a_weak_one_is_for_a_person() -> None:
    report = run(Content, site(), [page("/1.html", hits=[hit(), phone(weak=True)])])
    assert told(report, "typo") == [("fail", "关健")]
    assert told(report, "privacy-phone") == [("needs_review", "138****0000")]
    assert of(report, "typo")[0].expected == "关键" and "关键" in of(report, "typo")[0].message


def test_a_value_on_a_page_is_one_finding_and_the_strongest_hit_decides() -> None:
    report = run(Content, site(), [page("/1.html", hits=[phone(weak=True), phone(place="table:手机号", locator="//td[2]")])])
    (finding,) = report.findings
    assert (finding.outcome.value, finding.locator, finding.observed) == ("fail", "//td[2]", "表格“手机号”列")
    assert len(finding.evidence) == 2


def test_the_same_value_on_two_pages_is_two_findings() -> None:
    assert len(run(Content, site(), pages_with(2, phone())).findings) == 2


def test_two_persons_with_the_same_mask_are_two_findings() -> None:
    assert len(run(Content, site(), [page("/1.html", hits=[phone(), phone(key="k2")])]).findings) == 2


def test_no_personal_number_stands_in_a_finding() -> None:
    (finding,) = run(Content, site(), [page("/1.html", hits=[phone()])]).findings
    assert "138****0000" in finding.message and "k1" not in str(finding.to_json())


# ---------------------------------------------------------------- shared blocks

SHARED_ROWS: list[tuple[str, list[PageFacts], list[tuple[str, int]]]] = [
    ("five pages share a footer", pages_with(5, hit(place="footer")), [("/a/b/0.html", 5)]),
    ("the shallowest bears it", [*pages_with(5, hit(place="footer")), page("/x.html", hits=[hit(place="footer")])], [("/x.html", 6)]),
    ("the home page first", [*pages_with(5, hit(place="nav")), page("/", kind="home", hits=[hit(place="nav")])], [("/", 6)]),
    ("four pages do not make a block", pages_with(4, hit(place="footer")), [(f"/a/b/{i}.html", 1) for i in range(4)]),
    ("bodies are no block", pages_with(5, hit()), [(f"/a/b/{i}.html", 1) for i in range(5)]),
    ("a template taken for the body", pages_with(24, hit()), [("/a/b/0.html", 24)]),
]


@pytest.mark.parametrize(("name", "pages", "expected"), SHARED_ROWS, ids=[r[0] for r in SHARED_ROWS])
def test_shared_blocks(name: str, pages: list[PageFacts], expected: list[tuple[str, int]]) -> None:
    report = run(Content, site(), pages)
    assert sorted((f.url, f.pages) for f in report.findings) == sorted((at(u), n) for u, n in expected)


# ---------------------------------------------------------------- link text

TITLE = "抓住关健环节推进项目建设"
TARGET = page("/xw/1.html", kind="content", title=TITLE, hits=[hit(quote=TITLE, place="title")])


def listing(**fields: Any) -> PageFacts:
    return page("/xw/", kind="list", hits=[hit(quote=f"{TITLE} 2026-11-03")], lists=[entries((TITLE, "/xw/1.html"))], **fields)


LINK_ROWS: list[tuple[str, list[PageFacts], list[str]]] = [
    ("repeats its target's title: judged there", [listing(), TARGET], ["/xw/1.html"]),
    ("the target was not read: judged here", [listing()], ["/xw/"]),
    ("the target's title is right: judged here", [listing(), page("/xw/1.html", kind="content", title="抓住关键环节推进项目建设")], ["/xw/"]),
    ("a text of the list page's own", [page("/xw/", kind="list", hits=[hit(quote="本栏目关健内容")], lists=[entries((TITLE, "/xw/1.html"))]), TARGET], ["/xw/", "/xw/1.html"]),
    ("pager page: only entries count", [listing(page_no=2), page("/xw/2.html", kind="list", page_no=2, hits=[hit(quote="本栏目关健内容")])], ["/xw/"]),
    ("data answer: told on its column", [page("/api/list.json", kind="data", column_url=at("/xw/"), hits=[hit(quote=TITLE)], lists=[entries((TITLE, "/xw/9.html"))])], ["/xw/"]),
    ("data answer without a column", [page("/api/list.json", kind="data", hits=[hit(quote=TITLE)])], []),
    ("error pages are not judged", [page("/404.html", kind="error", hits=[hit()])], []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "pages", "expected"), LINK_ROWS, ids=[r[0] for r in LINK_ROWS])
def test_link_text(name: str, pages: list[PageFacts], expected: list[str]) -> None:
    assert sorted(f.url for f in run(Content, site(), pages).findings) == [at(u) for u in expected]


def test_a_masked_number_in_link_text_is_found_on_the_target_too() -> None:
    text = "关于公示13800000000的通知"
    link = Link(url=at("/gs/1.html"), href="1.html", text=text, tag="a", region="body", locator="")
    one = page("/gs/", kind="list", links=[link], hits=[phone(quote="关于公示138****0000的通知")])
    two = page("/gs/1.html", kind="content", title=text, hits=[phone(quote="关于公示138****0000的通知", place="title")])
    assert [f.url for f in run(Content, site(), [one, two]).findings] == [at("/gs/1.html")]


@pytest.mark.parametrize(
    ("quote", "text", "expected"),
    [
        ("…推进项目。抓住关健环节推进", "抓住关健环节推进项目建设", True),
        ("另一处关健内容", "抓住关健环节推进项目建设", False),
        ("关健", "关健", True),
        ("抓住关键环节", "抓住关键环节", False),
    ],
)
def test_same_spot(quote: str, text: str, expected: bool) -> None:
    assert same_spot(quote, text, "关健") is expected


def test_shape_of_a_masked_number() -> None:
    assert shape("138****0000").search("电话13812340000。")
    assert not shape("138****0000").search("113812340000")


# ---------------------------------------------------------------- precedence, letters, files


def test_one_place_is_reported_under_the_gravest_rule() -> None:
    grave = hit("severe-wording", "抓住关健", offset=0)
    assert [h.rule for h in without_lesser([hit(), grave])] == ["severe-wording"]
    assert [h.rule for h in without_lesser([hit(offset=20), grave])] == ["typo", "severe-wording"]
    assert [h.rule for h in without_lesser([phone(offset=2), grave])] == ["privacy-phone", "severe-wording"]


def letter(question: str, reply: str, h: Hit) -> PageFacts:
    items = [{"kind": "message", "url": at("/ly/1.html"), "key": at("/ly/1.html"), "subject": "咨询", "question": question, "reply": reply}]
    return page("/ly/1.html", kind="message", items=items, hits=[h])


def test_a_citizens_typo_is_not_the_units() -> None:
    typo = hit(quote="请问关健环节是什么")
    assert not run(Content, site(), [letter("请问关健环节是什么？", "您好，请见公告。", typo)]).findings
    assert run(Content, site(), [letter("请问？", "您好，请问关健环节是什么，请说明。", typo)]).findings


def test_a_citizens_number_is_the_boards_to_hide() -> None:
    (finding,) = run(Content, site(), [letter("我的电话13800000000", "您好。", phone(quote="我的电话138****0000"))]).findings
    assert (finding.outcome.value, finding.object) == ("fail", "message")


def test_a_file_is_told_on_the_page_that_links_it() -> None:
    file = Attachment(url=at("/f/名单.xlsx"), key=at("/f/名单.xlsx"), page=at("/gs/1.html"))
    (finding,) = run(Content, site(attachments=[file]), [page("/f/名单.xlsx", kind="attachment", hits=[phone()])]).findings
    assert (finding.url, finding.source_file, finding.object) == (at("/gs/1.html"), at("/f/名单.xlsx"), "attachment")


def test_results() -> None:
    clean = run(Content, site(), [page("/1.html")])
    assert {(r.outcome.value, r.looked_at) for r in clean.results} == {("pass", 1)}
    unseen = run(Content, site(visits=[visit("/1.html", "blocked", "blocked", 403)]))
    assert (result(unseen, "typo").outcome.value, result(unseen, "typo").reason) == ("not_checked", "blocked")
