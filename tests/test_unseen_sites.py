"""Whole sites of templates that nobody had seen, crawled by the command: what was planted is found, and nothing else is said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from main_job import QUICK, ROOT, govcrawl, rows

from fixtures.portal.server import Portal
from fixtures.portal.world import Answer, Request, World

SITES = ROOT / "fixtures" / "unseen"
ZHILING, YANXI = "http://www.zhiling-x.gov.cn", "http://www.yanxi-y.gov.cn"
NAMES = {"zhiling": "www.zhiling-x.gov.cn", "yanxi": "www.yanxi-y.gov.cn"}
PLANTED: dict[str, set[tuple[str, str, str | None]]] = {
    "zhiling": {
        ("column-blank", f"{ZHILING}/zcwjk/zfgz/", None),
        ("column-blank", f"{ZHILING}/ztzl/yshj/", None),
        ("column-stale", f"{ZHILING}/xwzx/bmdt/", None),
        ("consultation-no-feedback", f"{ZHILING}/gzcy/yjzj/202608/t20260821_50558.shtml", None),
        ("doc-number-malformed", f"{ZHILING}/zcwjk/gfxwj/202607/t20260708_50453.shtml", "芷府办发[2026]第09号"),
        ("guide-element-missing", f"{ZHILING}/bsfw/grbs/guide_0011002.shtml", "收费标准"),
        ("guide-vague", f"{ZHILING}/bsfw/frbs/guide_0022003.shtml", "法律、法规规定应提交的其他材料"),
        ("interpretation-not-linked", f"{ZHILING}/zcjd/202607/t20260709_50509.shtml", None),
        ("item-undated", f"{ZHILING}/xwzx/xzcz/202609/t20260914_50236.shtml", None),
        ("link-dead", f"{ZHILING}/xwzx/zlyw/202610/t20261019_50173.shtml", f"{ZHILING}/xwzx/tzgg/202403/t20240311_20917.shtml"),
        ("reply-late", f"{ZHILING}/gzcy/xzxx/detail_ZL20261012001.shtml", None),
    },
    "yanxi": {
        ("column-blank", f"{YANXI}/col/col2036/index.html", None),
        ("column-blank", f"{YANXI}/col/col2083/index.html", None),
        ("column-stale", f"{YANXI}/col/col2012/index.html", None),
        ("doc-number-malformed", f"{YANXI}/art/2026/5/14/art_2026_66588.html", "砚政发[2026]9号"),
        ("guide-element-missing", f"{YANXI}/art/2026/8/21/art_2050_67650.html", "收费标准"),
        ("guide-element-missing", f"{YANXI}/art/2026/8/21/art_2050_67655.html", "联系电话"),
        ("guide-vague", f"{YANXI}/art/2026/9/15/art_2050_68030.html", "法律法规规定应当提交的其他材料"),
        ("interpretation-not-linked", f"{YANXI}/art/2026/2/10/art_2028_65110.html", None),
        ("item-undated", f"{YANXI}/art/2026/6/25/art_2011_67015.html", None),
        ("link-dead", f"{YANXI}/art/2026/10/21/art_2011_68466.html", f"{YANXI}/attach/0/2610210840112290.doc"),
        ("link-dead", f"{YANXI}/art/2026/9/18/art_2081_68071.html", f"{YANXI}/art/2025/9/12/art_2081_62218.html"),
        ("reply-late", f"{YANXI}/jact/front/mailpubdetail.do?transactId=202609070022&sysid=61", None),
        ("services-not-grouped", f"{YANXI}/col/col2050/index.html", None),  # six items in one flat list
    },
}
DOUBTFUL: dict[str, set[str]] = {
    "zhiling": {f"{ZHILING}/zcwjk/202512/t20251210_50474.shtml"},
    "yanxi": {f"{YANXI}/art/2026/5/14/art_2026_66588.html", f"{YANXI}/art/2026/6/22/art_2027_66981.html"},
}
"""Documents without an interpretation that a person is asked about (`policy-not-interpreted`)."""
TAGS = {
    "SiteName",
    "SiteDomain",
    "SiteIDCode",
    "ColumnName",
    "ColumnDescription",
    "ColumnKeywords",
    "ColumnType",
    "ArticleTitle",
    "PubDate",
    "ContentSource",
}
_META = re.compile(r"<meta\s+name=\"(\w+)\"\s+content=\"([^\"]*)\"", re.I)
_FILE = re.compile(r"\.(?:jpe?g|png|gif|css|js|ico|mp4|docx?|xlsx?|pdf|zip)$", re.I)


def served(said: dict[str, Any], folder: Path, dead: set[str]) -> World:
    """The site's pages under their addresses; pictures and files stand for themselves, dead targets stay dead."""
    world = World()
    bodies: dict[str, list[tuple[dict[str, str], Answer]]] = {}
    searches = {row["url"].partition("?")[0] for row in said["pages"] if row["kind"] == "search"}
    for row in said["pages"]:
        headers = {name.lower(): value for name, value in (row.get("headers") or {}).items()}
        answer = Answer((folder / "pages" / row["file"]).read_bytes(), headers.get("content-type", "text/html"), row.get("status", 200))
        world.answers[row["url"]] = answer
        bare, _, query = row["url"].partition("?")
        bodies.setdefault(bare, []).append((dict(p.partition("=")[::2] for p in query.split("&")), answer))
    for bare, some in bodies.items():
        if len(some) > 1 or bare in searches:
            world.handlers[bare] = partial(_chosen, some)

    def rest(request: Request) -> Answer:
        if _FILE.search(request.url) and request.url not in dead:
            return Answer(b"body{}" if request.url.endswith("css") else b"plain text of a file, long enough to be read", "text/plain")
        return Answer(
            "<html><head><title>404</title></head><body>您访问的页面不存在</body></html>".encode(), "text/html; charset=utf-8", 404
        )

    world.hosts[said["origin"]] = rest
    for host in set(re.findall(r"//([\w.-]+)", "".join(a.body.decode("latin-1") for a in world.answers.values()))) - {said["origin"]}:
        world.hosts[host] = lambda request: Answer(
            "<html><body><p>外部网站的首页，欢迎访问。</p></body></html>".encode(), "text/html; charset=utf-8"
        )
    return world


def _chosen(some: list[tuple[dict[str, str], Answer]], request: Request) -> Answer:
    """The answer whose parameters the request names, in its address or posted; of a search the one page there is."""
    asked = {**request.query, **request.form}
    for name in ("startrecord", "page", "pageNum", "transactId"):
        for said, answer in some:
            if name in asked and said.get(name) == asked[name]:
                return answer
    return some[0][1]


@pytest.fixture(scope="module", params=sorted(NAMES))
def crawled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, Any], Path]]:
    name: str = request.param
    folder = SITES / NAMES[name]
    said = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    dead = {str(value) for rule, _, value in PLANTED[name] if rule == "link-dead"}
    workspace = tmp_path_factory.mktemp(name)
    site = said["site"]
    row = {"网站标识码": site["site_code"], "网站名称": site["name"], "首页网址": said["home"], "主办单位": site["organizer"]}
    (workspace / "sites.yml").write_text(yaml.safe_dump({"sites": [row]}, allow_unicode=True), encoding="utf-8")
    with Portal(world=served(said, folder, dead)) as portal:
        done = govcrawl(
            "inspect", "sites.yml", "--as-of", said["as_of"], "--out", "out", "--render", "never", "--sample", "all", *QUICK,
            cwd=workspace, proxy=portal.proxy_url,
        )  # fmt: skip
    assert done.returncode in (0, 3, 4), done.stderr
    yield name, said, workspace / "out"


def test_every_page_of_the_site_is_reached(crawled: tuple[str, dict[str, Any], Path]) -> None:
    name, said, out = crawled
    [receipt] = json.loads((out / "receipt.json").read_text(encoding="utf-8"))["sites"]
    wanted = [row for row in said["pages"] if row["kind"] != "search" and "dataproxy" not in row["url"]]
    dead = {value for rule, _, value in PLANTED[name] if rule == "link-dead" and not _FILE.search(str(value))}
    assert receipt["pages"]["read"] >= len(wanted) and (receipt["pages"]["failed"], receipt["pages"]["blocked"]) == (len(dead), 0)


def test_what_was_planted_is_found_and_nothing_else_is_said(crawled: tuple[str, dict[str, Any], Path]) -> None:
    name, _, out = crawled
    found = rows(out / "findings.jsonl")
    told = {(f["rule"], f["url"], f["value"]) for f in found if f["outcome"] == "fail" and f["rule"] != "page-tag-missing"}
    assert told == PLANTED[name]
    assert {f["url"] for f in found if f["outcome"] == "needs_review"} == DOUBTFUL[name]
    assert {f["rule"] for f in found if f["outcome"] == "needs_review"} == {"policy-not-interpreted"}


def test_missing_tags_are_those_that_the_bytes_lack(crawled: tuple[str, dict[str, Any], Path]) -> None:
    name, said, out = crawled
    folder = SITES / NAMES[name] / "pages"
    bytes_of = {
        row["url"]: (folder / row["file"]).read_bytes().decode("gbk" if name == "yanxi" else "utf-8", "replace") for row in said["pages"]
    }
    accused = {f["url"]: set(f["value"].split(",")) for f in rows(out / "findings.jsonl") if f["rule"] == "page-tag-missing"}
    assert len(accused) > 10
    for url, missing in accused.items():
        filled = {tag for tag, value in _META.findall(bytes_of[url]) if value.strip()}
        lower = {tag.lower() for tag in filled}
        assert missing <= TAGS and not {tag.lower() for tag in missing} & lower, url


def test_the_first_look_is_written_down_for_these_sites() -> None:
    written = (ROOT / "evals" / "first_look.yml").read_text(encoding="utf-8")
    assert {p.name for p in SITES.iterdir()} == set(NAMES.values()) and all(host in written for host in NAMES.values())
