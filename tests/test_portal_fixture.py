"""The simulated government: it serves, decodes, holds together, and planted.yml says what is in it."""

from __future__ import annotations

import io
import re
import urllib.error
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urldefrag, urljoin, urlsplit

import chinese_calendar
import pytest
import xlsxwriter
import yaml
from lxml import html
from python_calamine import CalamineWorkbook

from fixtures.portal import AS_OF, Portal, planted
from fixtures.portal.build import SITES, build_sites, build_world
from fixtures.portal.server import plain
from fixtures.portal.sites import fgj_data, fgj_frame, qinghe, qinghe_data
from fixtures.portal.sites.records import bank_card, masked_card, masked_id, person_id
from fixtures.portal.world import Answer, Request, World
from govcrawl.extract import search_results
from govcrawl.page import document

REGISTRY = planted.FILE.parent / "registry.yml"
TAGS = {"SiteName", "SiteDomain", "SiteIDCode"}
COLUMN_TAGS = {"ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"}
CONTENT_TAGS = {"ArticleTitle", "PubDate", "ContentSource"}


@lru_cache(maxsize=1)
def world() -> World:
    return build_world()


@lru_cache(maxsize=1)
def listed() -> dict[str, Any]:
    return planted.load()


@lru_cache(maxsize=1)
def registry() -> dict[str, dict[str, Any]]:
    rows = yaml.safe_load(REGISTRY.read_text(encoding="utf-8"))["sites"]
    return {row["网站标识码"]: row for row in rows}


def answer(url: str) -> Answer | None:
    query = dict(part.partition("=")[::2] for part in urlsplit(url).query.split("&") if part)
    return world().answer(Request("GET", plain(url), query))


def text_of(found: Answer) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return found.body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AssertionError("neither UTF-8 nor GB18030")


def targets(url: str, text: str) -> Iterator[str]:
    for element, attribute, link, _ in html.fromstring(text).iterlinks():
        if element.tag in ("script", "link", "form") or attribute == "action":
            continue
        if link.strip().lower().startswith(("javascript:", "mailto:", "tel:")) or link.strip() in ("", "#"):
            continue
        yield urldefrag(urljoin(url, link))[0]


@lru_cache(maxsize=1)
def crawl() -> tuple[dict[str, str], dict[str, set[str]]]:
    """(text by address of every page reachable from the six home pages, targets by address). The calendar is followed three months."""
    texts: dict[str, str] = {}
    found: dict[str, set[str]] = {}
    queue = [f"http://{site.host}/" for site in SITES]
    own = {site.host for site in SITES}
    while queue:
        url = queue.pop()
        if url in found or re.search(r"zwrl\.jsp\?month=(?!2026-1|2027-01)", url):
            continue
        got = answer(url)
        found[url] = set()
        if got is None or got.status != 200 or not got.media.startswith("text/html"):
            continue
        texts[url] = text = text_of(got)
        records = "".join(re.findall(r"<record><!\[CDATA\[(.*?)\]\]></record>", text))
        found[url] = set(targets(url, text)) | (set(targets(url, f"<div>{records}</div>")) if records else set())
        found[url] |= script_made(url, text)
        queue += [plain(target) for target in found[url] if urlsplit(target).netloc in own]
    return texts, found


def script_made(url: str, text: str) -> set[str]:
    """Pages that a script of the site makes: numbered list files, rows behind the data endpoints."""
    made: set[str] = set()
    if pages := re.search(r'createPageHTML\((\d+), \d+, "index", "html"\)', text):
        made |= {urljoin(url, f"index_{n}.html") for n in range(1, int(pages[1]))}
    if pages := re.search(r"createPageHTML\('page_div',(\d+), \d+,'(\w+)','shtml'", text.partition("<!--")[0]):
        made |= {urljoin(url, f"{pages[2]}_{n}.shtml") for n in range(2, int(pages[1]) + 1)}
    if "jpage({" in text:
        for first in (1, 11, 21):
            column = re.search(r"columnid=(\d+)", text)
            assert column is not None
            got = answer(f"http://{fgj_frame.Frame.host}{fgj_data.PROXY}?page={first // 10 + 1}&columnid={column[1]}")
            assert got is not None
            records = re.findall(r"CDATA\[(.*?)\]\]", got.body.decode())
            made |= set(targets(url, f"<div>{''.join(records)}</div>"))
    if channel := re.search(r'channelId = "(\w+)"', text):
        got = answer(f"http://{urlsplit(url).netloc}/common/search/{channel[1]}?_isJson=true&_pageSize=20&page=1")
        assert got is not None
        made |= {urljoin(url, path) for path in re.findall(r'"url": "([^"]+)"', got.body.decode())}
    return made


# --- the server ---------------------------------------------------------------------------------------------------------


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    with Portal(slow_seconds=0.2, world=build_world()) as running:
        yield running


def ask(portal: Portal, url: str, data: bytes | None = None, method: str | None = None) -> tuple[int, dict[str, str], bytes]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": portal.proxy_url}), NoRedirect)
    try:
        with opener.open(urllib.request.Request(url, data=data, method=method), timeout=10) as got:
            return got.status, dict(got.headers), got.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("http://www.qinghe.gov.cn/", 200),
        ("http://www.qinghe.gov.cn", 200),
        ("http://www.qinghe.gov.cn/xwdt/qhyw/", 200),
        ("http://www.qinghe.gov.cn/xwdt/qhyw/index.html", 200),
        ("http://www.qinghe.gov.cn/xwdt/qhyw/index_1.html", 200),
        ("http://www.qinghe.gov.cn/xwdt/qhyw/;jsessionid=8F2A61", 200),
        ("http://www.qinghe.gov.cn/tzgg/?PHPSESSID=7c1e55", 200),
        ("http://www.qinghe.gov.cn/nothing.html", 404),
        ("http://www.qinghe.gov.cn/old/tsg/query.jsp?id=12", 500),
        ("http://www.qinghe.gov.cn/xxgk/2018/t20180611_1107.html", 302),
        ("http://www.qinghe.gov.cn/zwgk/old/t20240101_1.html", 301),
        ("http://www.qinghe.gov.cn/zwrl.jsp?month=2999-12", 200),
        ("http://www.qinghe.gov.cn/zwrl.jsp?month=abc", 404),
        ("http://www.qinghetour.cn/list.asp?id=4", 200),
        ("http://www.qhly-old.cn/", 502),
        ("http://www.hanbei.gov.cn/", 502),
        ("http://www.yunqu.gov.cn/any/page.html", 412),
        ("http://vpn.fine-example.cn/login", 401),
        ("http://forbidden.fine-example.cn/map/", 403),
        ("http://api.fine-example.cn/submit", 405),
        ("http://busy.fine-example.cn/", 429),
        ("http://waf.fine-example.cn/", 503),
        ("http://slow.fine-example.cn/report/2026.html", 200),
        ("http://www.fine-example.cn/a/b", 200),
    ],
)
def test_status(portal: Portal, url: str, status: int) -> None:
    assert ask(portal, url)[0] == status


def test_headers_of_guarded_hosts(portal: Portal) -> None:
    assert ask(portal, "http://busy.fine-example.cn/")[1]["Retry-After"] == "1"
    assert b"<script" in ask(portal, "http://waf.fine-example.cn/")[2]
    assert ask(portal, "http://www.qinghe.gov.cn/xxgk/2018/t20180611_1107.html")[1]["Location"] == "/"


def test_requests_are_counted_by_address_without_session(portal: Portal) -> None:
    url = "http://www.anhe.gov.cn/news/"
    before = portal.requests[url]
    ask(portal, url)
    ask(portal, url + ";jsessionid=1")
    assert portal.requests[url] == before + 2
    assert portal.requests["http://www.anhe.gov.cn/never"] == 0


def test_head_has_no_body(portal: Portal) -> None:
    status, headers, body = ask(portal, "http://www.anhe.gov.cn/", method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 1000


def test_jpage_ranges_and_overlapping_windows(portal: Portal) -> None:
    address = f"http://{fgj_frame.Frame.host}{fgj_data.PROXY}"

    def records(query: str, form: bytes | None = None) -> list[str]:
        status, headers, body = ask(portal, f"{address}?{query}", form)
        assert (status, headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
        return re.findall(r'href="(/art/[^"]+)"', body.decode())

    first, second = records("page=1&columnid=1003"), records("page=2&columnid=1003")
    assert len(first) == fgj_data.WINDOW
    assert set(first) & set(second), "windows overlap"
    assert len(set(first) | set(second) | set(records("page=3&columnid=1003"))) == len(fgj_data.WORK)
    assert records("startrecord=11&endrecord=13&perpage=10", b"columnid=1003&unitid=303271") == first[10:13]


def test_a_connect_is_refused(portal: Portal) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"https": portal.proxy_url}))
    with pytest.raises(OSError, match="403"):
        opener.open("https://tls.fine-example.cn/", timeout=5)
    assert portal.requests["https://tls.fine-example.cn:443"] == 1


def test_a_port_of_its_own_and_it_closes() -> None:
    small = World()
    small.put("http://a.gov.cn/", Answer(b"a"))
    with Portal(world=small) as one, Portal(world=small) as two:
        assert one.proxy_url != two.proxy_url
        assert ask(one, "http://a.gov.cn/")[2] == b"a"
        address = one.proxy_url
    with pytest.raises(OSError):
        urllib.request.build_opener(urllib.request.ProxyHandler({"http": address})).open("http://a.gov.cn/", timeout=2)


# --- the pages ----------------------------------------------------------------------------------------------------------


def test_building_twice_gives_the_same_bytes() -> None:
    again = build_world()
    assert again.answers == world().answers
    assert planted.contents(again) == planted.contents(world())


def test_number_of_pages() -> None:
    pages = [url for url, got in world().answers.items() if got.media.startswith("text/html") and got.status == 200]
    assert 350 <= len(pages) <= 500


def test_gbk_pages_decode_and_say_gb2312() -> None:
    pages = {
        u: a
        for u, a in world().answers.items()
        if u.startswith("http://www.qinghe.gov.cn/") and a.media == "text/html" and a.status == 200 and a.body
    }
    odd = []
    for url, got in pages.items():
        assert b"gb2312" in got.body, url
        try:
            got.body.decode("gbk")
            got.body.decode("utf-8")
        except UnicodeDecodeError as error:
            if error.encoding == "gbk":
                odd.append(url)
        else:
            odd.append(url)
    assert len(odd) == 1, "exactly one page is UTF-8 under a wrong declaration"
    assert "古树名木" in pages[odd[0]].body.decode("utf-8")


def test_every_page_is_reachable_from_a_home_page() -> None:
    texts, found = crawl()
    pages = {u for u, a in world().answers.items() if a.media.startswith("text/html") and a.status == 200 and a.body}
    twins = {u for u in pages if re.search(r"/index\.html?$", u) and u not in found}
    hidden = {u for u in pages - set(found) - twins if not u.endswith("/system/login.jsp")}
    assert hidden == set()
    assert len(texts) > 340


def test_links_resolve_except_the_planted_ones() -> None:
    _, found = crawl()
    dead = {(r["url"], r["value"]) for r in listed()["findings"] if r["rule"] == "link-dead"}
    dead_targets = {value for _, value in dead}
    lawful = {row["value"] for row in listed()["traps"] if row["rule"] == "link-dead" and "value" in row}
    broken: set[tuple[str, str]] = set()
    for url, links in found.items():
        for target in links:
            if target.startswith("https://") or plain(target) in lawful:
                continue
            got = answer(target)
            if (got is None or got.status >= 400 or got.slow) and plain(target) not in dead_targets:
                broken.add((url, target))
    assert broken == set()
    for url, value in dead:
        assert any(plain(target) == value for target in found[url]), (url, value)


def test_shared_block_counts_the_pages_that_bear_it() -> None:
    _, found = crawl()
    for row in listed()["findings"]:
        if row["rule"] == "link-dead" and "pages" in row:
            assert row["pages"] == sum(row["value"] in links for links in found.values())


def test_tags_are_whole_except_the_planted_ones() -> None:
    texts, _ = crawl()
    lacking = {r["url"]: set(r["value"].split(",")) for r in listed()["findings"] if r["rule"] == "page-tag-missing"}
    soft = {r["value"] for r in listed()["findings"] if r["rule"] == "link-soft-404"}
    seen = Counter[str]()
    for url, text in texts.items():
        if url in soft or urlsplit(url).path in ("/system/login.jsp",):
            continue
        tree = html.fromstring(text)
        filled = {m.get("name") for m in tree.iter("meta") if m.get("content", "").strip() not in ("", "null")}
        content = "PubDate" in {m.get("name") for m in tree.iter("meta")} or lacking.get(url, set()) >= CONTENT_TAGS
        home = urlsplit(url).path in ("/", "/index.htm") and not urlsplit(url).query
        needed = TAGS if home else TAGS | COLUMN_TAGS | (CONTENT_TAGS if content else set())
        missing = needed - filled
        if not content and not home and url in lacking:
            missing |= lacking[url] - filled
        assert missing == {tag for tag in lacking.get(url, set()) if tag in needed | lacking.get(url, set())}, url
        seen["home" if home else "content" if content else "column"] += 1
    assert seen["home"] == len(SITES) + 1, "one site links its home page as /index.htm, too"
    assert seen["content"] > 200
    assert seen["column"] > 60


MARKS = {
    "党政机关网站标识": r"conac\.cn",
    "网站标识码": r"标识码[：:]\s*\d{10}",
    "ICP备案编号": r"苏ICP备\d{8}号",
    "公安机关备案标识": r"苏公网安备\s*\d{14}号",
    "网站主办单位": r"主办",
    "联系方式": r"电话[：:]",
}


def test_footers_are_whole_except_the_planted_ones() -> None:
    texts, _ = crawl()
    rows = [r for r in listed()["findings"] if r["rule"] == "footer-mark-missing"]
    shared = {(urlsplit(r["url"]).netloc, r["value"]) for r in rows if "pages" in r}
    single = {(r["url"], r["value"]) for r in rows if "pages" not in r}
    reports = {r["url"]: "pages" in r for r in listed()["findings"] if r["rule"] == "error-report-missing"}
    soft = {r["value"] for r in listed()["findings"] if r["rule"] == "link-soft-404"}
    for url, text in texts.items():
        if url in soft or url.endswith("/system/login.jsp"):
            continue
        host = urlsplit(url).netloc
        bare = re.sub(r"<!--.*?-->", "", text, flags=re.S)
        foot = bare[
            max(
                bare.rfind(start)
                for start in ('<div class="footer">', '<div class="foot">', '<div id="footer"', '<table class="footer"', "<footer")
            ) :
        ]
        assert len(foot) > 200, url
        for mark, pattern in MARKS.items():
            expected = (host, mark) in shared or (url, mark) in single
            assert (re.search(pattern, foot) is None) == expected, (url, mark)
        expected = url in reports or reports.get(f"http://{host}/", False)
        assert ("jiucuo" not in bare) == expected, url


def test_letters_are_late_or_in_time_as_planned() -> None:
    """The days of reply, counted by the holiday calendar that the State Council's notice is in."""

    def days(asked: str, until: str) -> int:
        at, end, count = date.fromisoformat(asked), date.fromisoformat(until), 0
        while at < end:
            at += timedelta(days=1)
            count += chinese_calendar.is_workday(at)
        return count

    late = {row["url"] for row in listed()["findings"] if row["rule"] in ("reply-late", "message-unanswered")}
    for letter in qinghe_data.LETTERS:
        url = f"http://www.qinghe.gov.cn/hdjl/xzxx/{letter.number[2:8]}/t{letter.number[2:]}.html"
        over = days(letter.asked, letter.replied or AS_OF) > 5
        if letter.type == "咨询":
            assert (url in late) == over, letter
        else:
            assert url not in late or not letter.replied, letter
    assert days("2026-09-28", "2026-10-10") == 5
    assert days("2026-09-28", "2026-10-12") == 6
    for letter in fgj_data.LETTERS:
        url = f"http://fgj.qinghe.gov.cn/jact/front/mailpubdetail.do?transactId={letter.number}&sysid=13"
        assert (url in late) == (days(letter.asked, letter.replied or AS_OF) > 5), letter


@pytest.mark.parametrize(
    ("first", "whole"),
    [("11010519491231002", "11010519491231002X"), ("44052418800101001", "440524188001010014")],  # the two samples of GB 11643-1999
)
def test_identity_numbers_have_their_check_digit(first: str, whole: str) -> None:
    assert person_id(first) == whole
    assert masked_id(whole) == whole[0] + "*" * 16 + whole[-1]


def test_card_numbers_pass_luhn() -> None:
    number = bank_card("622848003312345671")
    total = sum(d if n % 2 == 0 else d * 2 - 9 * (d > 4) for n, d in enumerate(int(c) for c in reversed(number)))
    assert total % 10 == 0
    assert masked_card(number) == number[:4] + "*" * 11 + number[-4:]


def test_planted_private_numbers_stand_on_their_pages_once() -> None:
    texts, _ = crawl()
    for row in listed()["findings"]:
        if row["rule"] in ("privacy-id-number", "privacy-phone", "privacy-bank-card") and "file" not in row:
            value = row["value"]
            pattern = re.escape(value).replace(r"\*", r"[0-9X]")
            assert len(re.findall(rf"(?<!\d){pattern}(?!\d)", texts[row["url"]])) == 1


def test_planted_typos_stand_only_where_planted() -> None:
    texts, _ = crawl()
    rows = [row for row in listed()["findings"] if row["rule"] == "typo" and "file" not in row]
    where = {(url, row["value"]) for url, text in texts.items() for row in rows if row["value"] in text}
    assert where == {(row["url"], row["value"]) for row in rows}


def test_no_other_known_typo_slipped_in() -> None:
    lexicon = planted.FILE.parents[2] / "rules" / "lexicons" / "typos.yml"
    if not lexicon.exists():
        pytest.skip("没有错别字词库")
    wrong = {str(entry["wrong"]) for entry in yaml.safe_load(lexicon.read_text(encoding="utf-8"))["entries"]}
    assert len(wrong) > 50
    texts, _ = crawl()
    planted_words = {row["value"] for row in listed()["findings"] if row["rule"] == "typo"} | {"关健"}
    slipped = {(url, word) for url, text in texts.items() for word in wrong - planted_words if word in text}
    assert slipped == set()


def test_planted_files_hang_on_their_pages() -> None:
    _, found = crawl()
    rows = [row for row in (*listed()["findings"], *listed()["unread"]) if "file" in row]
    assert len(rows) >= 9
    for row in rows:
        assert row["file"].partition("!/")[0] in found[row["url"]], row


def test_attachments_are_real_files() -> None:
    kinds = Counter[str]()
    unreadable = {row["file"] for row in listed()["unread"]}
    for url, got in world().answers.items():
        if url in unreadable:
            continue
        ending = url.rpartition(".")[2]
        if ending in ("docx", "xlsx", "zip"):
            with zipfile.ZipFile(io.BytesIO(got.body)) as archive:
                assert archive.testzip() is None
        elif ending == "xls":
            assert CalamineWorkbook.from_filelike(io.BytesIO(got.body)).get_sheet_by_index(0).to_python()[0][1] == "项目名称"
        elif ending == "pdf":
            assert got.body.startswith(b"%PDF-1.4")
            place = int(re.findall(rb"startxref\n(\d+)", got.body)[0])
            assert got.body[place : place + 4] == b"xref"
        elif ending == "doc":
            assert got.body.startswith(b"{\\rtf1")
        else:
            continue
        kinds[ending] += 1
    assert set(kinds) == {"doc", "docx", "xls", "xlsx", "pdf", "zip"}


# --- planted.yml --------------------------------------------------------------------------------------------------------


def test_planted_file_is_the_generated_one() -> None:
    assert planted.FILE.read_text(encoding="utf-8") == planted.text(world()), "python -m fixtures.portal --write"


def test_planted_list_is_consistent() -> None:
    rows = listed()
    assert rows["as_of"] == AS_OF
    keys = Counter((r["site"], r["rule"], r["url"], r.get("value", "")) for r in rows["findings"])
    assert max(keys.values()) == 1
    for row in rows["findings"]:
        assert row["outcome"] in ("fail", "needs_review")
        assert row["why"]
        site = registry()[row["site"]]
        assert urlsplit(row["url"]).netloc == urlsplit(site["首页网址"]).netloc
        got = answer(row["url"])
        assert got is not None
        assert got.status == 200, row
    for row in rows["traps"]:
        assert row["why"]
        assert row["site"] in registry()
        clash = [
            f for f in rows["findings"]
            if (f["site"], f["rule"]) == (row["site"], row["rule"]) and row.get("url", f["url"]) == f["url"]
        ]  # fmt: skip
        assert all("value" in row and f.get("value") != row["value"] for f in clash), row
    for row in rows["samples"]:
        assert row["why"] and row["outcome"] == "fail" and row["site"] in registry()
        trapped = {t.get("url") for t in rows["traps"] if (t["site"], t["rule"]) == (row["site"], row["rule"])}
        assert not trapped & {None, *row["pages"]}
        assert all((got := answer(url)) is not None and got.status == 200 for url in row["pages"])
    for row in rows["not_checked"] + rows["vetoes"] + rows["unread"]:
        assert row["site"] in registry()


def test_the_search_of_the_county_finds_its_news_and_nothing_else() -> None:
    """Whatever the draw takes: a page is on the list of those not found, or the search shows it on its first page."""
    site = next(s for s in build_sites()[1] if isinstance(s, qinghe.Qinghe))
    [row] = [row for row in listed()["samples"] if row["site"] == site.code]
    news = [p for p in site.pages if p.kind == "content" and p.path.startswith(qinghe.INDEXED)]
    rest = [p for p in site.pages if site.url(p.path) in row["pages"]]
    assert len(rest) == len(row["pages"]) > 2 * len(news) and not {p.path for p in news} & {p.path for p in rest}
    for page in (*news, *rest):
        url = f"{site.url('/search/index.html')}?q={quote(page.title.encode('gbk'))}"
        got = site.search(Request("GET", url)).body.decode("gbk")
        found = search_results.of_page(
            document.parse(got.encode(), {"content-type": "text/html; charset=utf-8"}, url), page.title, site.url(page.path)
        )
        assert (found.rank is not None) == (page in news) and found.state == "results" and len(found.groups) > 1, page.title


def test_every_rule_of_the_main_job_has_a_defect_and_a_trap() -> None:
    catalogue = planted.FILE.parents[2] / "rules" / "catalogue"
    built = {
        rule["id"]
        for file in catalogue.glob("*.yml")
        for rule in yaml.safe_load(file.read_text(encoding="utf-8"))["rules"]
        if rule["by"] == "A" and rule["built"]
    }
    assert len(built) > 35
    accused = {row["rule"] for row in listed()["findings"]} | {row["rule"] for row in listed()["not_checked"]}
    assert built - accused == set()
    trapped = {row["rule"] for row in listed()["traps"]}
    assert built - trapped == {"site-blocked"}, "which is no accusation"


def test_the_healthy_and_the_outsourced_site_have_no_finding() -> None:
    accused = {row["site"] for row in listed()["findings"]}
    assert {"3299660001", "3299880023"} & accused == set()
    assert accused == {"3299880001", "3299880012", "3299770001", "3299880035"}


def test_registry_twin_as_a_workbook(tmp_path: Any) -> None:
    """The registry that people keep in Excel reads as the same rows."""
    rows = list(registry().values())
    heads = list(dict.fromkeys(name for row in rows for name in row))
    path = tmp_path / "registry.xlsx"
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False}) as book:
        sheet = book.add_worksheet("名录")
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head)
            for number, row in enumerate(rows, 1):
                if head in row:
                    sheet.write_string(number, column, str(row[head]))
    from govcrawl.registry import read_registry

    by_book, bad_book = read_registry(path)
    by_yaml, bad_yaml = read_registry(REGISTRY)
    assert (bad_book, bad_yaml) == ([], [])
    assert by_book == by_yaml
    assert [t.site for t in by_yaml] == list(registry())
    assert replace(by_yaml[4], state="正常") != by_yaml[4]
