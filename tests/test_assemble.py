"""Pages → columns, membership, dates, records; independent of the order of fetching."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from govcrawl.extract import assemble
from govcrawl.model.facts import (
    ATTACHMENT,
    Context,
    ErrorReport,
    FooterMarks,
    ListBlock,
    ListEntry,
    PageDate,
    PageFacts,
    Try,
    Visit,
)  # fmt: skip
from govcrawl.model.items import Article, Attachment, Interpretation, PolicyDocument, Site
from govcrawl.model.site_facts import ColumnFacts
from govcrawl.model.targets import Target

HOST = "http://www.qinghe.gov.cn"
AS_OF = "2026-11-16"
TARGET = Target(url=f"{HOST}/", site="3299880001", name="清和县人民政府")


def at(path: str) -> str:
    return path if path.startswith("http") else HOST + path


def entry(path: str, title: str = "一条足够长的标题", date: str | None = None, **more: Any) -> ListEntry:
    return ListEntry(url=at(path) if path else "", title=title, date=date, **more)


def block(title: str | None, more: str | None, *entries: ListEntry, main: bool = False) -> ListBlock:
    return ListBlock(title=title, more_url=at(more) if more else None, region="body", entries=list(entries), main=main)


def page(
    path: str, kind: str = "list", *entries: ListEntry, name: str = "", crumbs: Sequence[tuple[str, str]] = (), **more: Any
) -> PageFacts:
    facts = PageFacts(url=at(path), kind=kind, title=name or "标题", fetched_at="2026-11-16T10:00:00+08:00")
    if name:
        facts.meta = {"columnname": name}
    facts.breadcrumb = [["首页", f"{HOST}/"], *([n, at(u) if u else ""] for n, u in crumbs)]
    if entries:
        facts.lists = [block(None, None, *entries, main=True)]
    for key, value in more.items():
        setattr(facts, key, value)
    return facts


def item(
    path: str, column: str, name: str, visible: str | None = None, meta: str | None = None, kind: str = "content", **more: Any
) -> PageFacts:
    facts = page(path, kind, crumbs=[(name, column)], **more)
    facts.meta = {"columnname": name}
    facts.dates = [PageDate(value=v, raw=v, source=s) for v, s in ((visible, "visible"), (meta, "meta")) if v]
    return facts


def home(*blocks: ListBlock, nav: Sequence[tuple[str, str]] = ()) -> PageFacts:
    facts = PageFacts(url=f"{HOST}/", kind="home", title="清和县人民政府", lists=list(blocks))
    facts.navigation = [["首页", f"{HOST}/"], *([name, at(path) if path else ""] for name, path in nav)]
    return facts


def visit(path: str, outcome: str = "read", reason: str | None = None, role: str = "page", **more: Any) -> Visit:
    context = Context(role=role, anchor=more.pop("anchor", None), parent=more.pop("parent", None))
    return Visit(
        url=at(path), context=context, outcome=outcome, reason=reason, tries=[Try(at="2026-11-16T10:00:00+08:00", url=at(path))], **more
    )


def build(pages: Sequence[PageFacts], *visits: Visit) -> assemble.Structure:
    known = {p.url: visit(p.url) for p in pages} | {v.url: v for v in visits}
    return assemble.structure(TARGET, known, pages, AS_OF)


def column(found: assemble.Structure, path: str) -> ColumnFacts:
    return next(c for c in found.columns if c.record.url == at(path))


SITE = [
    home(
        block("政务动态", "/zwdt/", entry("/zwdt/1.html", date="2026-11-10")), nav=[("政务公开", "/zwgk/"), ("通知公告", "/tzgg/"), ("概况", "/gk/"), ("政务服务", "http://zwfw.example.gov.cn/")],
    ),  # fmt: skip
    page("/zwgk/", "list", name="政务公开", lists=[block("政策文件", "/zwgk/zcwj/", entry("/zwgk/zcwj/1.html"))]),
    page("/zwgk/zcwj/", "list", entry("/zwgk/zcwj/1.html", date="2026-05-01"), entry("/zwgk/zcwj/2.html", date="2026-04-01"), name="政策文件", crumbs=[("政务公开", "/zwgk/"), ("政策文件", "/zwgk/zcwj/")]),
    page("/zwgk/zcwj/index_1.html", "list", entry("/zwgk/zcwj/3.html", date="2026-03-01"), name="政策文件", page_no=2, column_url=at("/zwgk/zcwj/")),
    page("/zwgk/zcwj/jiu/", "list", entry("/zwgk/zcwj/jiu/9.html", date="2026-06-09"), name="2026年", crumbs=[("政策文件", "/zwgk/zcwj/"), ("2026年", "/zwgk/zcwj/jiu/")]),
    page("/tzgg/", "list", entry("/tzgg/1.html", date="2026-12-30"), entry("http://mp.weixin.qq.com/s/1", date="2026-11-12", outside=True), name="通知公告"),
    page("/zwdt/", "list", entry("/zwdt/1.html", date="2026-11-10"), name="政务动态"),
    page("/gk/", "static", name="概况"),
    item("/zwgk/zcwj/1.html", "/zwgk/zcwj/", "政策文件", "2026-05-02"),
    item("/zwdt/1.html", "/zwdt/", "政务动态", "2026-11-11"),
]  # fmt: skip


def test_columns_types_levels_and_parents() -> None:
    found = build(SITE)
    shape = {
        c.record.url.removeprefix(HOST): (c.record.type, c.record.level, c.record.first_level, c.record.parent, c.record.state)
        for c in found.columns
    }
    assert shape["/zwdt/"] == ("动态要闻", 1, True, None, "live")
    assert shape["/tzgg/"] == ("通知公告", 1, True, None, "live")
    assert shape["/zwgk/"] == ("法定主动公开内容", 1, True, None, "parent")
    assert shape["/zwgk/zcwj/"] == ("政策文件", 2, False, f"{HOST}/zwgk/", "live")
    assert shape["/zwgk/zcwj/jiu/"] == ("政策文件", 3, False, f"{HOST}/zwgk/zcwj/", "live")
    assert shape["/gk/"] == ("概况信息", 1, True, None, "static")
    assert shape["http://zwfw.example.gov.cn/"] == ("办事服务", 1, True, None, "link_only")
    assert column(found, "http://zwfw.example.gov.cn/").external


def test_entries_of_pager_pages_join_and_the_newest_is_of_the_subtree() -> None:
    found = build(SITE)
    policies = column(found, "/zwgk/zcwj/")
    assert [e.url.rsplit("/", 1)[1] for e in policies.entries] == ["1.html", "2.html", "3.html"]
    assert policies.newest[0] == ("2026-06-09", f"{HOST}/zwgk/zcwj/jiu/9.html", "list")
    assert ("2026-05-02", f"{HOST}/zwgk/zcwj/1.html", "visible") in policies.newest
    assert column(found, "/zwgk/").record.newest_on == "2026-06-09"


@pytest.mark.parametrize("first", ["/zwdt/", "/zwdt/index.shtml"])
def test_a_second_page_knows_the_list_by_its_index_file(first: str) -> None:
    """The list is linked as `/zwdt/`; its second page derives `/zwdt/index.shtml` from its own name."""
    pages = [
        home(block("政务动态", "/zwdt/", entry("/zwdt/1.html", date="2026-11-05"))),
        page("/zwdt/", "list", entry("/zwdt/1.html", date="2026-11-05"), entry("/zwdt/2.html", date="2026-11-04"), name="政务动态"),
        page("/zwdt/index_1.shtml", "list", entry("/zwdt/3.html", date="2026-10-01"), name="政务动态", page_no=2, column_url=at(first)),
    ]
    assert column(build(pages), "/zwdt/").record.items == 3


def test_topics_are_topics_whatever_they_are_called() -> None:
    pages = [
        home(nav=[("专题专栏", "/ztzl/")]),
        page("/ztzl/", "list", entry("/ztzl/xczx/"), entry("/ztzl/yshj/"), name="专题专栏"),
        page("/ztzl/xczx/", "list", entry("/ztzl/xczx/1.html", date="2026-11-05"), name="乡村全面振兴", crumbs=[("专题专栏", "/ztzl/")]),
    ]
    assert column(build(pages), "/ztzl/xczx/").record.type == "专题专栏"


def test_what_lies_after_as_of_is_no_newest_and_outside_items_count() -> None:
    assert column(build(SITE), "/tzgg/").newest == [("2026-11-12", "http://mp.weixin.qq.com/s/1", "list")]


def test_the_order_of_fetching_does_not_matter() -> None:
    def shape(pages: list[PageFacts]) -> list[tuple[object, ...]]:
        found = build(pages)
        rows: list[tuple[object, ...]] = [(c.record, tuple(c.newest), tuple(c.children)) for c in found.columns]
        return [*rows, (found.member_of,), (found.list_dates,)]

    expected = shape(list(SITE))
    for seed in range(5):
        pages = list(SITE)
        random.Random(seed).shuffle(pages)
        assert shape(pages) == expected


def test_membership_own_breadcrumb_first_then_the_shallowest_list() -> None:
    pages = [
        home(nav=[("通知公告", "/tzgg/"), ("要闻", "/a/b/yw/")]),
        page("/tzgg/", "list", entry("/x/1.html", date="2026-01-01"), entry("/x/2.html", date="2026-01-02"), name="通知公告"),
        page("/a/b/yw/", "list", entry("/x/1.html", date="2026-02-01"), entry("/x/2.html", date="2026-02-02"), name="要闻"),
        item("/x/1.html", "/a/b/yw/", "要闻"),
        item("/x/2.html", "", "无"),
    ]
    found = build(pages)
    assert found.member_of[at("/x/1.html")] == at("/a/b/yw/") and found.list_dates[at("/x/1.html")] == "2026-02-01"
    assert found.member_of[at("/x/2.html")] == at("/tzgg/") and found.list_dates[at("/x/2.html")] == "2026-01-02"


def test_columns_inside_a_townships_directory_are_not_first_level() -> None:
    pages = [
        home(block("枫林镇公告", "/xz/flz/tzgg/", entry("/xz/flz/tzgg/1.html", date="2026-01-01")), nav=[("乡镇公开", "/xz/")]),
        page("/xz/flz/", "list", name="枫林镇", lists=[block("通知公告", "/xz/flz/tzgg/", entry("/xz/flz/tzgg/1.html"))]),
        page("/xz/flz/tzgg/", "list", entry("/xz/flz/tzgg/1.html", date="2026-01-01"), name="通知公告", crumbs=[("枫林镇", "/xz/flz/"), ("通知公告", "/xz/flz/tzgg/")]),
    ]  # fmt: skip
    assert column(build(pages), "/xz/flz/tzgg/").record.first_level is False


@pytest.mark.parametrize(
    ("facts", "visits", "state", "blank"),
    [
        (page("/c/", "list", name="养老服务", notes={"blank": "栏目建设中"}), [], "blank", True),
        (page("/c/", "list", name="养老服务"), [], "blank", True),
        (page("/c/", "list", name="养老服务", needs_script="list"), [], "live", False),
        (page("/c/", "list", name="养老服务", needs_script="list", rendered=True), [], "blank", True),
        (page("/c/", "list", entry("/c/1.html", date="2026-01-01"), name="某专题", notes={"archived": True}), [], "archived", False),
        (page("/c/", "list", name="某栏目", notes={"maintenance": {"text": "维护", "date": "2026-11-01"}}), [], "maintenance", False),
        (page("/c/", "list", name="某栏目", notes={"maintenance": {"text": "维护", "date": None}}), [], "blank", True),
        (None, [visit("/c/", "failed", "timeout")], "unread", False),
        (None, [visit("/c/", "blocked", "blocked")], "blocked", False),
        (page("/c/", "shield"), [], "blocked", False),
        (page("/c/", "error"), [], "unread", False),
        (page("/c/", "content", name="机构职能"), [], "static", False),
        (page("/c/", "frame", name="某系统", notes={"refresh": "http://other.cn/"}), [], "link_only", False),
    ],
)
def test_states(facts: PageFacts | None, visits: list[Visit], state: str, blank: bool) -> None:
    pages = [home(nav=[("某栏目", "/c/"), ("通知公告", "/tzgg/")]), *([facts] if facts else [])]
    record = column(build(pages, *visits), "/c/").record
    assert (record.state, record.blank) == (state, blank)


def test_data_answers_fill_a_drawn_list() -> None:
    data = PageFacts(
        url=at("/api?p=1"),
        kind="data",
        column_url=at("/c/"),
        page_no=2,
        lists=[block(None, None, entry("/c/1.html", date="2026-01-01"), main=True)],
    )
    found = build([home(nav=[("通知公告", "/c/")]), page("/c/", "list", name="通知公告", needs_script="list"), data])
    drawn = column(found, "/c/")
    assert drawn.record.state == "live" and drawn.record.items == 1 and drawn.page is not None and drawn.page.needs_script is None


def test_unread_items_and_pages_are_counted() -> None:
    pages = [
        home(nav=[("通知公告", "/c/")]),
        page("/c/", "list", entry("/c/1.html", date="2026-01-01"), entry("/c/2.html"), name="通知公告", pager=[at("/c/index_1.html")]),
    ]
    found = build(pages, visit("/c/1.html", "failed", "timeout"), visit("/c/index_1.html", "skipped", "budget"))
    assert column(found, "/c/").unread_pages == 2


def test_index_twins_and_redirects_lead_to_the_page_that_was_read() -> None:
    pages = [
        home(nav=[("通知公告", "/tzgg/index.html"), ("政务动态", "/old/")]),
        page("/tzgg/", "list", entry("/tzgg/1.html", date="2026-01-01"), name="通知公告"),
        page("/new/", "list", entry("/new/1.html", date="2026-01-01"), name="政务动态"),
    ]
    found = build(pages, visit("/old/", "redirected", redirect_to=at("/new/")))
    assert {c.record.url: c.record.first_level for c in found.columns} == {at("/tzgg/"): True, at("/new/"): True}


@pytest.mark.parametrize(
    ("pairs", "trusted"),
    [
        ([("2026-01-01", "2026-01-01")] * 5, True),
        ([("2026-01-01", "2026-08-16")] * 4 + [("2026-01-01", "2026-01-01")], False),
        ([("2026-01-01", "2026-08-16")] * 2, True),
        ([("2026-01-01", "2026-08-16")] * 3 + [("2026-01-01", "2026-01-01")] * 3, True),
    ],
)
def test_trust_in_meta_dates(pairs: list[tuple[str, str]], trusted: bool) -> None:
    pages = [item(f"/c/{n}.html", "/c/", "通知公告", *pair) for n, pair in enumerate(pairs)]
    assert build([home(), *pages]).trust_meta_dates is trusted


def row(path: str, kind: str = "article", **more: Any) -> dict[str, Any]:
    return {"kind": kind, "site": "", "url": at(path), "key": at(path), "title": "标题", **more}


@pytest.mark.parametrize(
    ("title", "text", "name", "kind"),
    [
        ("清和县人民政府关于印发某某办法的通知", "正文", "政策文件", PolicyDocument),
        ("清和县某某实施方案（试行）", "正文", "政策文件", PolicyDocument),
        ("某某工作情况", "清政发〔2026〕12号 正文", "政策文件", PolicyDocument),
        ("我县召开政策落实推进会", "会议要求", "政策文件", Article),
        ("清和县人民政府关于印发某某办法的通知", "正文", "通知公告", Article),
        ("《办法》情况说明", "正文", "政策解读", Interpretation),
    ],
)
def test_final_kind(title: str, text: str, name: str, kind: type) -> None:
    readings = {other: row("/c/1.html", other, title=title, text=None) for other in ("policy_document", "interpretation")}
    facts = item("/c/1.html", "/c/", name, "2026-01-05", items=[row("/c/1.html", title=title, text=text, _as=readings)])
    found = build([home(nav=[(name, "/c/")]), page("/c/", "list", entry("/c/1.html", date="2026-01-04"), name=name), facts])
    [record] = assemble.records(facts, found)
    assert type(record) is kind and getattr(record, "text", None) == text
    assert (record.site, record.column, record.published_on, record.published_source) == ("3299880001", at("/c/"), "2026-01-05", "visible")


@pytest.mark.parametrize("name", ["政策文件", "政策解读"])
def test_an_article_that_could_not_be_read_otherwise_stays_one(name: str) -> None:
    """An interpretation whose links were never looked for would be accused of having none."""
    facts = item("/c/1.html", "/c/", name, items=[row("/c/1.html", title="关于某事的通知", text="正文")])
    found = build([home(nav=[(name, "/c/")]), page("/c/", "list", entry("/c/1.html"), name=name), facts])
    assert [type(r) for r in assemble.records(facts, found)] == [Article]


@pytest.mark.parametrize(
    ("visible", "meta", "listed", "path", "expected"),
    [
        ("2026-01-05", "2026-01-07", "2026-01-06", "/c/1.html", ("2026-01-05", "visible")),
        (None, "2026-01-07", "2026-01-06", "/c/1.html", ("2026-01-06", "list")),
        (None, "2026-01-07", None, "/c/1.html", ("2026-01-07", "meta")),
        (None, None, None, "/c/202601/t20260108_1.html", ("2026-01-08", "path")),
        (None, None, None, "/c/1.html", (None, None)),
    ],
)
def test_publish_date_order(
    visible: str | None, meta: str | None, listed: str | None, path: str, expected: tuple[str | None, str | None]
) -> None:
    facts = item(path, "/c/", "通知公告", visible, meta, items=[row(path)])
    found = build([home(nav=[("通知公告", "/c/")]), page("/c/", "list", entry(path, date=listed), name="通知公告"), facts])
    [record] = assemble.records(facts, found)
    assert (record.published_on, record.published_source) == expected


def test_site_record_and_attachments() -> None:
    front = home(nav=[("通知公告", "/c/")])
    front.marks = FooterMarks(
        site_code="3299880001", icp_number="苏ICP备99000001号-1", organizer="清和县人民政府", institution_badge="http://dcs.conac.cn/x.js"
    )
    front.error_report = ErrorReport(present=True, working=True, code="3299880009")
    front.header_name = "清和县人民政府"
    facts = item("/c/1.html", "/c/", "通知公告", items=[row("/c/1.html", attachments=[at("/f/a.doc")])])
    deeper = item("/c/d/2.html", "/c/", "通知公告", items=[row("/c/d/2.html", attachments=[at("/f/a.doc")])])
    files = [
        visit("/f/a.doc", role=ATTACHMENT, anchor="申请表", parent=at("/c/d/2.html"), media_type="application/msword", bytes=9),
        visit("/f/b.pdf", "failed", "timeout", ATTACHMENT),
    ]
    found = build([front, page("/c/", "list", entry("/c/1.html"), name="通知公告"), facts, deeper], *files)
    records = list(assemble.site_records(found))
    [site] = [r for r in records if isinstance(r, Site)]
    assert (site.name, site.site_code, site.institution_badge, site.error_report_code) == (
        "清和县人民政府",
        "3299880001",
        True,
        "3299880009",
    )
    assert site.site == TARGET.site and site.hosts == ["www.qinghe.gov.cn"]
    first, second = [r for r in records if isinstance(r, Attachment)]
    assert (first.name, first.page, first.text_status, first.bytes) == ("申请表", at("/c/1.html"), "not_read", 9)
    assert (second.name, second.text_status) == ("b.pdf", "not_fetched")


def test_facts_for_the_checks() -> None:
    found = build(SITE)
    facts = assemble.site_facts(found, [*assemble.site_records(found)], SITE, {})
    assert facts.home is not None and facts.home.url == f"{HOST}/" and facts.member_of[at("/zwdt/1.html")] == at("/zwdt/")
    assert facts.error_pages == set() and not facts.navigation_only_home


def test_a_home_page_that_only_leads_on() -> None:
    links = [block(None, None, entry("/a/", "走进清和"), entry("/b/", "政务公开"))]
    assert build([home(*links, nav=[("政务公开", "/b/")])]).navigation_only_home
