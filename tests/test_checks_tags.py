"""Site, column and content tags (D27)."""

from __future__ import annotations

from typing import Any

import pytest
from checks_kit import HOME, column, fails, home, listed, outcome, page, run, site, url

from govcrawl.checks.tags import PageTags, filled

SITE = {"sitename": "清和县人民政府", "sitedomain": "www.qinghe.gov.cn", "siteidcode": "3212830001"}
CONTENT = {**SITE, "articletitle": "关于公布清单的公告", "pubdate": "2026-11-01 10:00", "contentsource": "清和县人民政府办公室"}
COLUMN = {**SITE, "columnname": "政策文件", "columndescription": "发布政策文件", "columnkeywords": "政策,文件", "columntype": "政策文件"}


def _without(tags: dict[str, str], *names: str, **changes: str) -> dict[str, str]:
    return {k: v for k, v in {**tags, **changes}.items() if k not in names}


@pytest.mark.parametrize(
    ("kind", "meta", "value", "facet"),
    [
        ("content", {}, "SiteName,SiteDomain,SiteIDCode,ArticleTitle,PubDate,ContentSource", "content:group"),
        ("content", SITE, "ArticleTitle,PubDate,ContentSource", "content:group"),
        ("policy", _without(CONTENT, "pubdate"), "PubDate", "content:tag"),
        ("interpretation", _without(CONTENT, contentsource="null"), "ContentSource", "content:tag"),
        ("content", _without(CONTENT, articletitle=" "), "ArticleTitle", "content:tag"),
        ("content", _without(CONTENT, *SITE), "SiteName,SiteDomain,SiteIDCode", "content:group"),
        ("list", {}, "SiteName,SiteDomain,SiteIDCode,ColumnName,ColumnDescription,ColumnKeywords,ColumnType", "column:group"),
        ("list", _without(COLUMN, "columntype", "columnkeywords"), "ColumnKeywords,ColumnType", "column:tag"),
    ],
)
def test_missing(kind: str, meta: dict[str, str], value: str, facet: str) -> None:
    found = fails(run(PageTags, site(page("a.html", kind, meta=meta))), "page-tag-missing")
    assert [(f.url, f.value, f.facet, f.message) for f in found] == [(url("a.html"), value, facet, f"页面缺少标签：{value}")]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("content", {"meta": CONTENT}),
        ("list", {"meta": COLUMN}),
        ("list", {"page_no": 2}),
        ("content", {"page_no": 2}),
        ("error", {}),
        ("frame", {}),
        ("data", {}),
        ("static", {}),
        ("search", {}),
        ("message", {}),
        ("content", {"needs_script": "body"}),
        ("list", {"needs_script": "list"}),
    ],
)
def test_not_missing_or_not_judged(kind: str, changes: dict[str, Any]) -> None:
    assert run(PageTags, site(page("a.html", kind, **changes))).findings == []


def test_the_home_page_is_neither() -> None:
    report = run(PageTags, site(first=home(meta={})))
    assert report.findings == []
    assert outcome(report, "page-tag-missing") == ("not_checked", "no_data")


def test_boards_are_column_pages_where_they_are_columns() -> None:
    board = page("hd/", "board", meta={})
    assert [f.facet for f in run(PageTags, site(board, columns=[listed("hd/", "咨询建言", "2026-01-01")])).findings] == ["column:group"]
    assert run(PageTags, site(board)).findings == []


@pytest.mark.parametrize("kind", ["content", "static"])
def test_a_column_of_one_page_is_neither(kind: str) -> None:
    facts = site(page("jgzn.html", kind, meta={}), columns=[column("jgzn.html", "机构职能", state="static")])
    assert run(PageTags, facts).findings == []


@pytest.mark.parametrize(
    ("value", "good"), [("清和县", True), ("0", True), ("", False), ("null", False), ("NULL", False), (" ", False), (None, False)]
)
def test_filled(value: str | None, good: bool) -> None:
    assert filled(value) is good


def test_home_under_its_index_name_is_the_home_page() -> None:
    assert run(PageTags, site(page("index.html", "list", meta={}))).findings == []
    assert url("index.html") != HOME
