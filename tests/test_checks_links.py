"""Dead, wrong and empty links; what must be looked at again."""

from __future__ import annotations

from typing import Any

import pytest
from checks_kit import HOME, day, entry, fails, home, link, marks, of, outcome, page, run, site, url, visit

from govcrawl.checks.links import Links, control_answered, is_deep, is_empty
from govcrawl.checks.looks import MOST_RENDERS, looks
from govcrawl.checks.shared_blocks import Place, Places
from govcrawl.model.facts import Link, Visit
from govcrawl.model.findings import Outcome
from govcrawl.model.looks import Look
from govcrawl.model.site_facts import SiteFacts

OUT = "http://www.example-county.gov.cn/a.html"
CONTROL = {"url": HOME, "status": 200, "at": "2026-11-16T10:20:00+08:00"}


def dead(target: str = OUT, status: int | None = 404, error: str | None = None, **changes: Any) -> Visit:
    return visit(target, "failed", status=status, error=error, reason=changes.pop("reason", "no_data"), **{"role": "outside", **changes})


def again(target: str = OUT, status: int | None = 404, error: str | None = None, control: Any = CONTROL, **changes: Any) -> Visit:
    return visit(
        target,
        changes.pop("outcome", "failed"),
        status=status,
        error=error,
        reason=changes.pop("reason", "no_data"),
        role="look",
        control=control,
    )


def _one(first: Visit | None, look: Visit | None = None, *, target: str = OUT, **changes: Any) -> SiteFacts:
    bearing = page("p.html", links=[link(target, "申请表", locator="(//a)[3]/@href", **changes)])
    return site(bearing, visits=[first] if first else [], looks=[look] if look else [])


@pytest.mark.parametrize(
    ("first", "look", "observed"),
    [
        (dead(), again(), "404, 404"),
        (dead(status=410), again(status=404), "410, 404"),
        (dead(status=502), again(status=504), "502, 504"),
        (dead(error="dns"), again(error="dns"), "域名无法解析, 域名无法解析"),
        (dead(error="timeout"), again(error="timeout"), "超时, 超时"),
        (dead(error="refused"), again(error="refused"), "连接被拒绝, 连接被拒绝"),
        (dead(status=500), again(status=404), "500, 404"),
    ],
)
def test_dead(first: Visit, look: Visit, observed: str) -> None:
    report = run(Links, _one(first, look))
    assert [(f.url, f.value, f.observed, f.snippet, f.locator, f.on_home, f.pages) for f in fails(report, "link-dead")] == [
        (url("p.html"), OUT, observed, "申请表", "(//a)[3]/@href", False, 1)
    ]
    what = [e["what"] for e in fails(report, "link-dead")[0].evidence]
    assert what == ["place", "GET", "GET", "control"]


@pytest.mark.parametrize(
    ("first", "look", "reason"),
    [
        (dead(), None, "unreachable"),  # no second look
        (dead(error="timeout", reason="timeout"), None, "timeout"),
        (dead(), again(control=None), "unreachable"),
        (dead(), again(control={"url": HOME, "status": None}), "unreachable"),  # our own network was down
        (dead(), again(control={"url": HOME, "status": 502}), "unreachable"),
        (dead(), again(status=403, outcome="blocked", reason="blocked"), "blocked"),
        (dead(status=503), again(status=503, outcome="blocked", reason="blocked"), "blocked"),  # a challenge
        (visit(OUT, "blocked", status=403, reason="blocked", role="outside"), again(), "blocked"),
        (visit(OUT, "blocked", status=412, reason="blocked", role="outside"), None, "blocked"),
        (dead(status=401, reason="login"), again(status=401, reason="login"), "login"),
        (dead(error="tls", reason="tls"), again(error="tls"), "tls"),
        (dead(error="proxy", reason="unreachable"), again(error="proxy"), "unreachable"),
        (dead(error="connect", reason="unreachable"), again(error="connect"), "unreachable"),
        (dead(error="reset", reason="unreachable"), again(error="reset"), "unreachable"),
        (dead(error="too_large", reason="unread_file"), None, "unread_file"),
    ],
)
def test_cannot_tell(first: Visit, look: Visit | None, reason: str) -> None:
    report = run(Links, _one(first, look))
    assert [(f.rule, f.outcome, f.reason) for f in report.findings] == [("link-dead", Outcome.NOT_CHECKED, reason)]


@pytest.mark.parametrize(
    ("first", "look"),
    [
        (visit(OUT, role="outside"), None),
        (dead(), again(status=200, outcome="read")),  # recovered
        (dead(error="timeout"), again(status=200, outcome="read")),
        (None, None),  # never asked
        (visit(OUT, "skipped", reason="budget", role="outside"), None),
        (visit(OUT, "skipped", reason="robots", role="outside"), None),
    ],
)
def test_not_dead(first: Visit | None, look: Visit | None) -> None:
    assert run(Links, _one(first, look)).findings == []


@pytest.mark.parametrize(
    "changes", [{"hidden": True}, {"tag": "script"}, {"tag": "form"}, {"tag": "link"}]
)  # fmt: skip
def test_what_no_visitor_can_click_is_not_judged(changes: dict[str, Any]) -> None:
    assert run(Links, _one(dead(), again(), **changes)).findings == []


@pytest.mark.parametrize(
    ("target", "tag", "kind"),
    [("files/a.doc", "a", "附件链接"), ("img/a.png", "img", "图片"), ("b.html", "a", "链接"), ("files/a.doc/index.html", "a", "链接")],
)
def test_kind_of_target(target: str, tag: str, kind: str) -> None:
    report = run(Links, _one(dead(target, role="page"), again(target), target=target, tag=tag))
    assert [f.message for f in fails(report, "link-dead")] == [f"{kind}失效：申请表（404, 404）"]


def test_own_page_that_was_read_is_never_dead() -> None:
    """First tried under its index file's name and read; the link says `/zwgk/`."""
    bearing = page("p.html", links=[link("zwgk/")])
    facts = site(bearing, visits=[visit("zwgk/index.html")], looks=[again("zwgk/")])
    assert run(Links, facts).findings == []


def test_own_pages_behind_a_shield_are_told_once_elsewhere() -> None:
    assert run(Links, _one(visit("b.html", "blocked", status=412, reason="blocked"), target="b.html")).findings == []


def test_the_end_of_a_redirect_decides() -> None:
    hop = visit("old.html", "redirected", status=302, redirect_to=url("new.html"))
    facts = site(page("p.html", links=[link("old.html")]), visits=[hop, dead("new.html", role="page")], looks=[again("new.html")])
    assert [(f.value, f.observed) for f in fails(run(Links, facts), "link-dead")] == [(url("old.html"), "404, 404")]


def test_a_redirect_loop_accuses_nobody() -> None:
    hops = [
        visit("a.html", "redirected", status=302, redirect_to=url("b.html")),
        visit("b.html", "redirected", status=302, redirect_to=url("a.html")),
    ]
    assert run(Links, site(page("p.html", links=[link("a.html")]), visits=hops)).findings == []


@pytest.mark.parametrize(
    ("redirect_to", "read", "fires"), [(url("new.html"), True, False), (url("gone.html"), False, False)]
)  # fmt: skip
def test_second_look_that_is_led_elsewhere(redirect_to: str, read: bool, fires: bool) -> None:
    look = again(status=302, outcome="redirected")
    look.redirect_to = redirect_to
    facts = _one(dead(), look)
    if read:
        facts.visits[redirect_to] = visit(redirect_to)
    assert bool(fails(run(Links, facts), "link-dead")) is fires


# ---------------------------------------------------------------- where it stands


def _pages(count: int, region: str) -> list[Any]:
    return [page(f"a/b/{n}.html", links=[link(OUT, region=region)]) for n in range(count)]


@pytest.mark.parametrize(
    ("count", "region", "expected"),
    [
        (5, "nav", [(url("a/b/0.html"), 5)]),
        (5, "footer", [(url("a/b/0.html"), 5)]),
        (4, "footer", [(url(f"a/b/{n}.html"), 1) for n in range(4)]),
        (6, "body", [(url(f"a/b/{n}.html"), 1) for n in range(6)]),  # six articles, six mistakes
        (30, "body", [(url("a/b/0.html"), 30)]),  # half the site: the template, whatever it was taken for
    ],
)
def test_shared_blocks(count: int, region: str, expected: list[tuple[str, int]]) -> None:
    facts = site(*_pages(count, region), visits=[dead()], looks=[again()])
    assert sorted((f.url, f.pages) for f in fails(run(Links, facts), "link-dead")) == sorted(expected)


def test_home_page_comes_first_and_is_told_apart() -> None:
    facts = site(*_pages(5, "footer"), first=home(links=[link(OUT, region="footer")]), visits=[dead()], looks=[again()])
    assert [(f.url, f.pages, f.on_home) for f in fails(run(Links, facts), "link-dead")] == [(HOME, 6, True)]


@pytest.mark.parametrize("navigation_only", [True, False])
def test_second_level_of_a_navigation_only_home(navigation_only: bool) -> None:
    second = page("xwzx/", "list", links=[link(OUT)])
    facts = site(second, first=home(links=[link("xwzx/")]), visits=[dead()], looks=[again()], navigation_only_home=navigation_only)
    assert [f.on_home for f in fails(run(Links, facts), "link-dead")] == [navigation_only]


def test_one_finding_a_page_and_target() -> None:
    bearing = page("p.html", links=[link(OUT, "甲", region="nav"), link(OUT, "乙"), link(OUT, "丙")])
    facts = site(bearing, visits=[dead()], looks=[again()])
    assert len(fails(run(Links, facts), "link-dead")) == 1


@pytest.mark.parametrize(("kind", "fires"), [("error", False), ("shield", False), ("list", True), ("guide", True)])
def test_kinds_of_bearing_page(kind: str, fires: bool) -> None:
    facts = site(page("p.html", kind, links=[link(OUT)]), visits=[dead()], looks=[again()])
    assert bool(run(Links, facts).findings) is fires


def test_rows_of_a_list_endpoint_stand_on_the_column() -> None:
    """The endpoint's own address is never shown."""
    data = page("module/web/jpage/dataproxy.jsp?col=3", "data", column_url=url("zcwj/"), links=[link(OUT)])
    facts = site(page("zcwj/", "list"), data, visits=[dead()], looks=[again()])
    assert [f.url for f in fails(run(Links, facts), "link-dead")] == [url("zcwj/")]


def test_pager_pages_links_are_judged() -> None:
    facts = site(page("zcwj/2.html", "list", page_no=2, links=[link(OUT)]), visits=[dead()], looks=[again()])
    assert len(fails(run(Links, facts), "link-dead")) == 1


@pytest.mark.parametrize(
    ("control", "answered"),
    [({"status": 200}, True), ({"status": 302}, True), ({"status": 404}, False), ({"status": None}, False), (None, False), ({}, False)],
)
def test_control(control: Any, answered: bool) -> None:
    assert control_answered(control) is answered


def test_places_keep_little() -> None:
    places = Places()
    for n in range(1000):
        places.add("k", Place(url=url(f"{n}.html"), home=False, region="footer"))
    assert [pages for _, pages in places.of("k", 1000)] == [1000]
    assert places._blocks["k"].others == []


# ---------------------------------------------------------------- soft 404


def _error(kind: str = "error") -> SiteFacts:
    return site(page("p.html", links=[link("b.html", "办事指南")]), page("b.html", kind))


@pytest.mark.parametrize(("kind", "fires"), [("error", True), ("content", False), ("search", False)])
def test_error_page_behind_200(kind: str, fires: bool) -> None:
    report = run(Links, _error(kind))
    assert [(f.url, f.value) for f in fails(report, "link-soft-404")] == [(url("p.html"), url("b.html"))] * fires
    assert of(report, "link-dead") == []


@pytest.mark.parametrize(
    ("target", "end", "text", "fires"),
    [
        ("art/2024/5/6/art_12.html", "", "关于公布清单的公告", True),
        ("art/2024/5/6/art_12.html", "index.html", "关于公布清单的公告", True),
        ("art/2024/5/6/art_12.html", "zwgk/", "关于公布清单的公告", False),
        ("art/2024/5/6/art_12.html", "", "网站首页", False),
        ("zwgk/", "", "政务公开", False),
        ("index.html", "", "清和县人民政府", False),
        ("http://www.b.gov.cn/art/2024/5/6/art_12.html", "http://www.b.gov.cn/", "外部", True),
        ("http://www.b.gov.cn/art/2024/5/6/art_12.html", "http://www.c.gov.cn/", "搬家", False),  # the whole host has moved
    ],
)
def test_deep_link_that_lands_on_the_home_page(target: str, end: str, text: str, fires: bool) -> None:
    hop = visit(target, "redirected", status=302, redirect_to=url(end))
    facts = site(page("p.html", links=[link(target, text)]), visits=[hop, visit(end)])
    assert bool(fails(run(Links, facts), "link-soft-404")) is fires


@pytest.mark.parametrize(
    ("address", "deep"),
    [(url("art_1.html"), True), (url("zwgk/"), False), (url("index.html"), False), (url("col/col12/"), False), (url("about.html"), False)],
)
def test_is_deep(address: str, deep: bool) -> None:
    assert is_deep(address) is deep


# ---------------------------------------------------------------- empty links


def _empty(**changes: Any) -> Link:
    values: dict[str, Any] = {"url": "", "href": "#", "text": "政务微博", "tag": "a", "region": "body", "locator": "(//a)[9]/@href"}
    return Link(**{**values, **changes})


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("", Outcome.FAIL), ("#", Outcome.FAIL), ("javascript:;", Outcome.FAIL), (" # ", Outcome.FAIL), ("###", Outcome.FAIL),
        ("javascript:void(0);", Outcome.NEEDS_REVIEW), ("JavaScript:void(0)", Outcome.NEEDS_REVIEW),  # may be a tab that a script serves
    ],
)  # fmt: skip
def test_empty(href: str, expected: Outcome) -> None:
    report = run(Links, site(page("p.html", links=[_empty(href=href)])))
    assert [(f.value, f.message, f.outcome) for f in of(report, "link-empty")] == [
        ("政务微博", "“政务微博”没有链接地址，点击无反应", expected)
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"control": True}, {"hidden": True}, {"text": " "}, {"href": "#part2"}, {"href": "javascript:openWin(3)"}, {"tag": "img"},
        {"href": "mailto:xx@qinghe.gov.cn"}, {"href": "tel:12345"}, {"href": "a.html", "url": url("a.html")},
    ],
)  # fmt: skip
def test_not_empty(changes: dict[str, Any]) -> None:
    assert of(run(Links, site(page("p.html", links=[_empty(**changes)]))), "link-empty") == []


@pytest.mark.parametrize(("href", "empty"), [("#", True), ("#top", False), ("javascript:void(0);;", True), ("/a.html", False)])
def test_is_empty(href: str, empty: bool) -> None:
    assert is_empty(href) is empty


def test_shared_empty_link_is_one_finding() -> None:
    facts = site(*(page(f"{n}.html", links=[_empty(region="nav")]) for n in range(7)))
    assert [(f.url, f.pages) for f in fails(run(Links, facts), "link-empty")] == [(url("0.html"), 7)]


def test_results() -> None:
    report = run(Links, site(page("p.html", links=[link("b.html")]), page("b.html")))
    assert [outcome(report, r) for r in ("link-dead", "link-soft-404", "link-empty")] == [("pass", None)] * 3


# ---------------------------------------------------------------- looks


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (dead(parent=url("p.html")), Look(kind="again", url=OUT, referer=url("p.html"), control=HOME)),
        (dead("b.html", role="page", parent=url("p.html")), Look(kind="again", url=url("b.html"), referer=url("p.html"), control=url("p.html"))),
        (dead("b.doc", role="attachment", parent=None), Look(kind="again", url=url("b.doc"), referer=HOME, control=HOME)),
        (dead("b.png", role="picture", status=503), Look(kind="again", url=url("b.png"), referer=HOME, control=HOME)),
        (dead(error="timeout", reason="timeout"), Look(kind="again", url=OUT, referer=HOME, control=HOME)),
    ],
)  # fmt: skip
def test_second_tries(first: Visit, expected: Look) -> None:
    assert looks(site(visits=[first]), {}) == [expected]


@pytest.mark.parametrize(
    "first",
    [
        visit(OUT, role="outside"),
        visit(OUT, "blocked", status=403, reason="blocked", role="outside"),
        dead(status=401, reason="login"),
        dead(error="tls", reason="tls"),
        dead(error="proxy", reason="unreachable"),
        dead("api", role="data", status=500),
        visit(OUT, "skipped", reason="budget", role="outside"),
    ],
)
def test_no_second_try(first: Visit) -> None:
    assert looks(site(visits=[first]), {}) == []


def test_a_home_page_that_is_down_is_no_link() -> None:
    assert looks(site(no_home=True, visits=[visit("", "failed", status=500, reason="unreachable", parent=None)]), {}) == []


@pytest.mark.parametrize(
    ("changes", "rendered"),
    [
        ({"marks": marks(doubtful=["党政机关网站标识"], institution_badge=None)}, True),
        ({"error_report": entry(present=False, doubtful=True)}, True),
        ({"needs_script": "marks"}, True),
        ({"needs_script": "marks", "rendered": True}, False),
        ({"needs_script": "marks", "page_no": 2}, False),
        ({"needs_script": "list"}, False),  # the crawl renders those itself
        ({"marks": marks()}, False),
    ],
)
def test_renders_for_doubtful_marks(changes: dict[str, Any], rendered: bool) -> None:
    facts = site(page("a.html", dates=[day("2026-01-01")], **changes))
    assert looks(facts, {}) == [Look(kind="render", url=url("a.html"), referer=HOME)] * rendered


def test_renders_are_few_and_the_home_page_first() -> None:
    facts = site(*(page(f"a/{n}.html", needs_script="marks") for n in range(50)), first=home(needs_script="marks"))
    rendered = looks(facts, {})
    assert len(rendered) == MOST_RENDERS
    assert rendered[0].url == HOME
    assert [look.home for look in rendered[:2]] == [True, False], "a home page is read as one, by whatever look it comes"


def test_a_browser_that_fails_says_nothing_about_the_link() -> None:
    """The page was read; its later rendering timed out and is kept under the same address."""
    broken = visit("b.html", "failed", error="timeout", reason="unrendered", role="render")
    assert run(Links, site(page("p.html", links=[link("b.html")]), visits=[broken])).findings == []
    assert looks(site(visits=[broken]), {}) == []


def test_the_address_that_leads_on_to_the_home_page_is_the_home_page() -> None:
    hop = visit("", "redirected", status=302, redirect_to=url("portal/index.html"))
    facts = site(page("p.html", links=[link("", "清和县人民政府", url=HOME)]), first=page("portal/index.html", "home"), visits=[hop])
    assert run(Links, facts).findings == []
