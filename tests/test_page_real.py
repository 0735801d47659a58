"""Reading of stored real pages, against what the pages themselves show. Skipped where the material is not there."""

from __future__ import annotations

import csv
import warnings
from pathlib import Path

import pytest

from govcrawl import reading
from govcrawl.model.facts import DATA, RENDER, Context, PageFacts

HTML = {"content-type": "text/html"}


def read(
    shared: Path, name: str, url: str, today: str = "2026-11-20", context: Context | None = None, media: str = "text/html"
) -> PageFacts:
    host = url.split("/")[2]
    scope = reading.Scope(home=f"http://{host}/", hosts=frozenset((host,)), family=frozenset(), today=today)
    body = (shared / "real" / "pages" / name).read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return reading.read(reading.Exchange(url, 200, {"content-type": media}, body), context or Context(), scope).facts


def test_yichun_home(shared: Path) -> None:
    facts = read(shared, "home/yichun-portal-20231011-1136.html", "https://www.yichun.gov.cn/", "2023-10-11", Context(home=True))
    marks, entry = facts.marks, facts.error_report
    assert facts.kind == "home" and facts.needs_script is None and marks is not None and entry is not None
    assert (marks.site_code, marks.icp_number, marks.organizer) == ("3609000002", "赣ICP备06000141号", "宜春市人民政府")
    assert marks.police_number == "赣公网安备 36090202000004号" and marks.institution_badge and not marks.doubtful
    assert (entry.working, entry.code) == (True, "3609000002")
    assert [name for name, _ in facts.navigation] == ["首页", "市政府", "政务公开", "政务服务", "互动交流", "数据开放", "走进宜春"]
    dated = {e.title: e.date for b in facts.lists for e in b.entries if e.date}
    assert dated["市政协召开五届十次常委会议"] == "2023-10-11"
    assert dated["宜春市人民政府办公室印发关于进一步稳定和扩大就业若干措施的通知"] == "2023-09-22"
    assert dated["H5解读：市政府第51次常务会议"] == "2023-10-10"
    titled = {b.title: b.more_url for b in facts.lists if b.title and b.more_url}
    assert titled["政策解读"] == "https://www.yichun.gov.cn/ycsrmzf/zcjdfa/list.shtml"
    assert not [link for link in facts.links if not link.url and not link.control and not link.hidden]


def test_gansu_list_is_drawn_by_script(shared: Path) -> None:
    url = "https://jyt.gansu.gov.cn/jyt/c110634/zwgklist.shtml"
    facts = read(shared, "list/gansu-jyt-wjtz-ucap.html", url)
    assert (facts.kind, facts.needs_script, facts.total_items, facts.title) == ("list", "list", 200, "文件通知")
    assert facts.pager == [f"https://jyt.gansu.gov.cn/jyt/c110634/zwgklist_{n}.shtml" for n in range(2, 11)]
    scope = reading.Scope(home="https://jyt.gansu.gov.cn/", hosts=frozenset(("jyt.gansu.gov.cn",)), family=frozenset(), today="2026-11-20")
    assert reading.follow(facts, Context(), scope)[0] == (url, Context(role=RENDER))


@pytest.mark.parametrize(("number", "first"), [(1, "2025-10-29"), (2, "2023-10-30"), (3, "2023-01-17")])
def test_jpage_answers(shared: Path, number: int, first: str) -> None:
    column = "https://gxt.jiangsu.gov.cn/col/col80179/index.html"
    facts = read(
        shared,
        f"list-api/jiangsu-gxt-jpage-{number}.xml",
        "https://gxt.jiangsu.gov.cn/module/web/jpage/dataproxy.jsp",
        context=Context(role=DATA, parent=column),
    )
    [block] = facts.lists
    assert (facts.kind, facts.total_items, facts.column_url, len(block.entries)) == ("data", 756, column, 76)
    assert block.entries[0].date == first and all(e.date and e.url.startswith("https://gxt.jiangsu.gov.cn/art/") for e in block.entries)


@pytest.mark.parametrize(
    ("name", "title", "date", "source"),
    [
        ("article/wanzai-tjgb-2022.html", "万载县2022年国民经济和社会发展统计公报", "2023-08-16", "meta"),
        ("article/yichun-tjgb-2022.html", "宜春市2022年国民经济和社会发展统计公报", "2023-04-18", "visible"),
        ("article/shanxi-szlq-trs-20190918.html", "山西品牌丝路行（南美站）正式启动", "2019-09-18", "visible"),
        ("article/sxmu-jcf-vsb-20180517.html", "中华人民共和国监察法", "2018-05-17", "visible"),
        ("article/zjfish-20240221-singlefile.html", "浙江省淡水水产研究所召开干部职工大会暨党风廉政建设大会", "2024-02-21", "visible"),
        ("article/cmse-press-20120624.html", "天宫一号与神舟九号载人交会对接任务第二场新闻发布会", "2012-06-24", "visible"),
        (
            "spa/nfra-zhejiang-penalty-rendered.html",
            "国家金融监督管理总局浙江监管局行政处罚信息公开表（浙金罚决字〔2024〕52号）",
            "2025-06-03",
            "visible",
        ),
    ],
)
def test_titles_and_dates(shared: Path, name: str, title: str, date: str, source: str) -> None:
    facts = read(shared, name, "http://www.example.gov.cn/x/y.html")
    assert facts.title == title
    assert (facts.dates[0].value, facts.dates[0].source) == (date, source)
    assert facts.needs_script is None and facts.kind in ("content", "policy")


@pytest.mark.parametrize("name", ["deleted-01", "violation-01", "cannot-view-01"])
def test_removed_posts_are_error_pages(shared: Path, name: str) -> None:
    assert read(shared, f"wechat/{name}.html", "https://mp.weixin.qq.com/s/x").kind == "error"


def test_thirty_state_council_documents(shared: Path) -> None:
    with (shared / "real/pages/policy-govcn/facts.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    wrong = []
    for row in rows:
        facts = read(shared, f"policy-govcn/{row['file']}", row["url"])
        shown = next((d.value for d in facts.dates if d.source == "visible"), None)
        if (facts.kind, shown) != ("policy", row["published"]):
            wrong.append((row["file"], facts.kind, shown, row["published"]))
    assert len(rows) == 30 and wrong == []


@pytest.mark.parametrize(
    "name", ["home/yichun-portal-20231011-1136.html", "article/shanxi-szlq-trs-20190918.html", "list/gansu-jyt-wjtz-ucap.html"]
)
def test_the_same_page_in_gbk_reads_the_same(shared: Path, name: str) -> None:
    url = "http://www.example.gov.cn/x/y.html"
    body = (shared / "real" / "pages" / name).read_bytes()
    text = body.decode().replace("charset=utf-8", "charset=gb2312").replace('charset="utf-8"', 'charset="gb2312"')
    scope = reading.Scope(home=url, hosts=frozenset(("www.example.gov.cn",)), family=frozenset(), today="2026-11-20")
    plain = reading.read(reading.Exchange(url, 200, HTML, text.encode()), Context(), scope).facts
    other = reading.read(reading.Exchange(url, 200, HTML, text.encode("gb18030")), Context(), scope).facts
    assert other.notes.pop("encoding") == "gb18030" and plain.notes.pop("encoding") == "utf-8"
    for facts in (plain, other):
        for at in [*facts.links, *(e for b in facts.lists for e in b.entries)]:
            at.url = at.url.partition("?")[0]  # letters in a query are encoded by the page's charset
        for block in facts.lists:
            block.more_url = (block.more_url or "").partition("?")[0]
    assert (other.kind, other.title, other.dates, other.marks, other.lists) == (
        plain.kind,
        plain.title,
        plain.dates,
        plain.marks,
        plain.lists,
    )
    assert [(x.url, x.text, x.locator) for x in other.links] == [(x.url, x.text, x.locator) for x in plain.links]
