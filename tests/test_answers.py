"""List answers that are no page: data in its forms, fields by name and by shape, HTML rows, letters, further pages by comparing."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import pytest

from govcrawl import reading
from govcrawl.extract import answers
from govcrawl.extract.answers import loose, paging, shells, values
from govcrawl.model.facts import DATA, RENDER, Context, PageFacts
from govcrawl.page import document

TODAY = "2026-11-16"
HOST = "www.qinghe.gov.cn"
HOME = f"http://{HOST}/"
COLUMN = f"{HOME}zwgk/zcwj/"
API = f"{HOME}api/list"
OWN = frozenset({HOST})
SCOPE = reading.Scope(home=HOME, hosts=OWN, family=frozenset(), today=TODAY)


def read(data: Any, url: str = API, **more: Any) -> answers.Answer:
    body = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    found = answers.read(body.encode(), {}, url, base=COLUMN, today=TODAY, **more)
    assert found is not None
    return found


# -- what is data ------------------------------------------------------------------------

XML = "<datastore><totalrecord>65</totalrecord><recordset>{}</recordset></datastore>"
RECORD = '<record><![CDATA[<li><a href="/art/2026/1/{0}/art_1_{0}.html" title="第{0}条较长的标题">第{0}条较…</a><b>2026-01-0{0}</b></li>]]></record>'
TABLE = '<record><![CDATA[<tr><td>{0}</td><td><a href="/p/{0}.html">第{0}条较长的标题</a></td><td>2026-01-0{0}</td></tr>]]></record>'
JSON = (
    '{"code":0,"data":{"total":65,"list":[{"title":"<em>第1条</em>较长的标题","url":"/p/1.html","publishTime":"2026-01-01 09:30"},'
    '{"title":"第2条较长的标题","url":"/p/2.html","publishTime":1767312000000}]}}'
)
LOOSE = "{code:0,data:{total:'65',list:[{title:'第1条较长的标题',url:'/p/1.html',publishTime:'2026-01-01'},{title:\"第2条较长的标题\",url:'/p/2.html',publishTime:new Date(1767312000000)},]}}"
FRAGMENT = (
    '<ul><li><a href="/p/1.html">第1条较长的标题</a><i>2026-01-01</i></li><li><a href="/p/2.html">第2条较长的标题</a><i>01-02</i></li></ul>'
)
FEED = '<?xml version="1.0"?><rss><channel><title>站</title><link>/</link>{}</channel></rss>'
ITEM = "<item><title>第{0}条较长的标题</title><link>/p/{0}.html</link><pubDate>2026-01-0{0}</pubDate></item>"


@pytest.mark.parametrize(
    ("source", "kind", "total"),
    [
        (XML.format(RECORD.format(1) + RECORD.format(2)), "xml", 65),
        (XML.format(TABLE.format(1) + TABLE.format(2)), "xml", 65),
        (JSON, "json", 65),
        (f"callback({JSON});", "json", 65),
        (f"var rows = {JSON};", "json", 65),
        (LOOSE, "json", 65),
        (json.dumps({"data": JSON}), "json", 65),
        (json.dumps({"total": 65, "html": FRAGMENT}), "json", 65),
        (FRAGMENT, "fragment", None),
        (FEED.format(ITEM.format(1) + ITEM.format(2)), "xml", None),
    ],
    ids=["jpage", "jpage-table", "json", "jsonp", "assigned", "loose", "json-in-json", "html-in-json", "fragment", "feed"],
)
def test_two_rows_in_every_wrapping(source: str, kind: str, total: int | None) -> None:
    assert answers.kind_of("text/html", source) == kind
    answer = read(source)
    assert (answer.kind, answer.total) == (kind, total)
    assert [(row["title"], row["published_on"]) for row in answer.rows] == [
        ("第1条较长的标题", "2026-01-01"),
        ("第2条较长的标题", "2026-01-02"),
    ]
    block = answers.block(answer, OWN)
    assert block is not None and block.main and all(entry.url.startswith(HOME) and not entry.outside for entry in block.entries)


@pytest.mark.parametrize(
    "source",
    [
        "<!DOCTYPE html><html><script type=text/xml><recordset></recordset></script>",
        "<html><body>{}",
        "plain",
        "",
        "\n <body>x",
        "共(10)页",
    ],
)
def test_pages_are_no_data(source: str) -> None:
    assert answers.kind_of("text/html", source) is None


@pytest.mark.parametrize(
    "source",
    ['{"a":1}', "[]", "{broken", '{"code":404,"msg":"not found"}', "[" * 5000, "{a:" * 3000, '{"menu":[{"id":1},{"id":2}]}', "{a:alert(1)}", "{'a"],
)  # fmt: skip
def test_data_without_rows(source: str) -> None:
    answer = read(source)
    assert answer.rows == [] and answer.next is None and answers.block(answer, OWN) is None


def test_an_empty_list_says_that_it_is_empty() -> None:
    assert read({"data": {"list": [], "total": 0}}).total == 0


def test_first_rows_of_jpage_stand_in_the_page() -> None:
    block = answers.inline([XML.format(RECORD.format(1))], COLUMN, TODAY, OWN)
    assert block is not None and block.entries[0].date == "2026-01-01"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("{a:'1\\'2', \"b\":[1,-2.5,true,null,undefined],}", {"a": "1'2", "b": [1, -2.5, True, None, None]}),
        ("cb({'a':'\\u6e05\\x41'})", {"a": "清A"}),
        ("{a:1 /* 注 */, // 行\n b:`x`}", {"a": 1, "b": "x"}),
        ('{"a":"一\n二"}', {"a": "一\n二"}),
        ("{a:1}{b:2}", {"a": 1}),
        ("{a:f(1)}", None),
        ("{a 1}", None),
        ("{'a':'b}", None),
        ("<a>", None),
    ],
)
def test_loose_data(source: str, value: Any) -> None:
    assert loose.load(source) == value


def test_loose_data_has_limits() -> None:
    assert loose.load("{a:" + "[" * 100 + "]" * 100 + "}") is None
    assert loose.load("{a:'" + "x" * 2_100_000 + "'}") is None


# -- values --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-11-05 10:00:00", "2026-11-05"),
        ("2026.11.05", "2026-11-05"),
        ("20261105", "2026-11-05"),
        (1636700507, "2021-11-12"),
        ("1365523200000", "2013-04-10"),
        ({"time": 1365523200000, "year": 113}, "2013-04-10"),
        ("/Date(1365523200000+0800)/", "2013-04-10"),
        ([2026, 11, 5, 10, 30], "2026-11-05"),
        ("昨天", "2026-11-15"),
        (0, None),
        ("0", None),
        ("", None),
        (None, None),
        (True, None),
        ("待定", None),
        ([2026, 13, 5], None),
        ({"time": None}, None),
    ],
)
def test_days(value: Any, day: str | None) -> None:
    assert values.day(value, TODAY) == day


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("关于<em>开展</em>检查的<font color='red'>通知</font>", "关于开展检查的通知"),
        ("印发&lt;分类规定&gt;的通知", "印发<分类规定>的通知"),
        ("印发&amp;lt;分类规定&amp;gt;的通知", "印发<分类规定>的通知"),
        ("&ldquo;双随机&rdquo;&nbsp;检查", "“双随机” 检查"),
        ("关于<A类企业>的公告", "关于<A类企业>的公告"),
        ("3<5", "3<5"),
        (12, "12"),
        (None, ""),
        (True, ""),
        (["a"], ""),
    ],
)
def test_texts(value: Any, text: str) -> None:
    assert values.text(value) == text


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("/p/1.html", HOME + "p/1.html"),
        ("visit/link.do?url=http%3A%2F%2Fwww.anhe.gov.cn%2Fp%2F1.html&q=a", "http://www.anhe.gov.cn/p/1.html"),
        ("visit/link.do?url=https%3A%2F%2Fzwfw.anhe.gov.cn%2F%23%2Fdetail%3Fid%3D7", "https://zwfw.anhe.gov.cn/#/detail?id=7"),
        ("/search?url=http://other.cn/", HOME + "search?url=http://other.cn/"),
        ("/p/1.html#top", HOME + "p/1.html"),
        ("javascript:;", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_addresses(href: Any, url: str) -> None:
    assert values.address(href, COLUMN) == url


# -- fields ----------------------------------------------------------------------------------

TITLES = ("清和县人民政府关于加强耕地保护的通知", "清和县人民政府办公室关于开展防汛检查的通知", "关于印发《清和县停车管理办法》的通知")


def rows(make: Any) -> list[dict[str, Any]]:
    return [make(n, title) for n, title in enumerate(TITLES, 1)]


GKMLPT = rows(lambda n, t: {
    "title": t, "content": f"清政发〔2026〕{n}号各乡镇人民政府：", "url": f"{HOME}gkmlpt/content/0/{n}/post_{n}.html", "post_url": f"{HOME}tz/post_{n}.html",
    "display_publish_time": 0 if n == 1 else 1767484800, "pub_time": "2026-01-04", "date": 1767225600, "document_number": f"清政发〔2026〕{n}号",
    "identifier": f"11320000MB000000X{n}/2026-0000{n}", "publisher": "清和县人民政府",
})  # fmt: skip
LIBRARY = {"searchVO": {"catMap": {
    "gongwen": {"totalCount": 40, "listVO": rows(lambda n, t: {
        "title": t, "pcode": f"清政发〔2026〕{n}号", "puborg": "清和县人民政府", "pubtimeStr": "2026.01.04", "pubtime": 1767484800000, "ptime": 1767225600000,
        "index": f"11320000MB000000X{n}/2026-0000{n}", "url": f"{HOME}zc/{n}.html",
    })},
    "bumenfile": {"totalCount": 60, "listVO": rows(lambda n, t: {
        "title": "县财政局" + t, "pcode": "", "puborg": "县财政局", "pubtimeStr": "2026.01.05", "ptime": 1767225600000, "index": "", "url": f"{HOME}bm/{n}.html",
    })},
}}}  # fmt: skip
JSEARCH = {"status": "1", "total": 99, "dataResults": rows(lambda n, t: {"docId": n, "groupCount": 0, "data": {
    "title": t, "filenumber": f"清政发〔2026〕{n} 号", "fbjg": "清和县人民政府", "compaltedate": "1767225600000", "createdate": "1767484800000",
    "checktime": "1767830400000", "xxgkindexcode": f"11320000MB000000X{n}/2026-0000{n}", "field_68952": "1767830400000", "url": f"{HOME}art/{n}.html",
}})}  # fmt: skip
UCAP = {"data": {"total": 99, "page": 1, "rows": 15, "results": rows(lambda n, t: {
    "title": t, "url": f"//{HOST}/c1/{n}.shtml", "publishedTime": 1767830400000, "publishedTimeStr": "2026-01-04 09:00:00",
    "domainMetaList": [{"resultList": [
        {"name": "文号", "key": "wh", "value": f"清政发〔2026〕{n}号"}, {"name": "索引号", "key": "syh", "value": f"11320000MB000000X{n}/2026-0000{n}"},
        {"name": "发文机关", "key": "fwjg", "value": "清和县人民政府"}, {"name": "成文日期", "key": "cwrq", "value": "2026-01-01"},
    ]}],
})}}  # fmt: skip
HAIBEI = {"data": {"pager": {"total": 99, "pageNo": 1}, "list": rows(lambda n, t: {
    "f_202600000001": t, "f_202600000002": f"清政发〔2026〕{n}号", "f_202600000003": "2026-01-01", "f_202600000004": "2026-02-01", "f_202600000005": "有效",
    "f_202600000006": f"11320000MB000000X{n}/2026-0000{n}", "f_202600000007": "各乡镇人民政府：" * 50, "f_202600000008": "清和县人民政府",
    "save_time": "2026-01-04 10:00:00", "doc_pub_url": f"/zwgk/{n}.html",
})}}  # fmt: skip
CHINESE = {"rows": rows(lambda n, t: {
    "标题": t, "链接": "", "url": f"/zwgk/{n}.html", "发文字号": f"清政发〔2026〕{n}号", "索引号": f"11320000MB000000X{n}/2026-0000{n}",
    "发布日期": "2026-01-04", "成文日期": "2026-01-01", "发文机关": "清和县人民政府",
})}  # fmt: skip


@pytest.mark.parametrize(
    ("data", "family", "total"),
    [
        ({"articles": GKMLPT, "classify": {"id": 86, "name": "通知"}, "total": 99}, "gkmlpt", 99),
        (LIBRARY, "zhengcelibrary", 100),
        (JSEARCH, "jsearch", 99),
        (UCAP, "ucap", 99),
        (HAIBEI, "haibei", 99),
        (CHINESE, "", None),
    ],
    ids=["gkmlpt", "library", "jsearch", "ucap", "haibei", "chinese"],
)
def test_a_policy_document_row_in_each_manner(data: Any, family: str, total: int | None) -> None:
    answer = read(data)
    assert (answer.family, answer.total) == (family, total)
    for n, (row, title) in enumerate(zip(answer.rows, TITLES, strict=False), 1):
        wanted = {
            "title": title, "published_on": "2026-01-04", "issued_on": "2026-01-01", "doc_number": f"清政发〔2026〕{n}号",
            "index_number": f"11320000MB000000X{n}/2026-0000{n}", "issuer": "清和县人民政府",
        }  # fmt: skip
        assert {name: row[name] for name in wanted} == wanted
        assert row["url"].startswith(HOME)
    said = answers.documents(answer)
    assert said[answer.rows[0]["url"]]["issued_on"] == "2026-01-01"


def test_what_the_fields_do_not_say_is_null() -> None:
    [row] = read(
        {
            "list": [
                {"title": "一条消息的标题", "url": "/1.html", "filenumber": "无", "publishdate": "", "content": "清政发〔2026〕1号各乡镇："}
            ]
        }
    ).rows
    assert {name: value for name, value in row.items() if value is not None} == {"title": "一条消息的标题", "url": HOME + "1.html"}
    deviating = read({"list": [{"title": "一条消息的标题", "url": "/1.html", "filenumber": "清政发[2026]第1号"}]}).rows[0]
    assert (deviating["doc_number"], deviating["doc_number_raw"]) == (None, "清政发[2026]第1号")


def test_opaque_dates_without_a_document_number_are_nobodys() -> None:
    data = {
        "list": rows(
            lambda n, t: {"f_202600000001": t, "f_202600000003": "2026-01-01", "f_202600000004": "2026-02-01", "doc_pub_url": f"/{n}.html"}
        )
    }
    for row in read(data).rows:
        assert row["title"] and row["published_on"] is None and row["issued_on"] is None


def test_rows_that_share_a_shell_are_entries_without_an_address_of_their_own() -> None:
    box = "<div><h3 class='title'><a href='visit/link.do?url=https%3A%2F%2Fzwfw.anhe.gov.cn%2F%23%2Fd%3Fid%3D{0}'>第{0}条&lt;较长&gt;的<em>标</em><em>题</em></a></h3><span>2026-01-0{0}</span></div>"
    answer = read({"result": [box.format(1), box.format(2)], "total": 2})
    block = answers.block(answer, OWN)
    assert [row["title"] for row in answer.rows] == ["第1条<较长>的标题", "第2条<较长>的标题"]
    assert block is not None and [(e.url, e.outside, e.date) for e in block.entries] == [("", True, "2026-01-01"), ("", True, "2026-01-02")]


def test_an_abstract_with_other_days_is_not_the_title() -> None:
    box = (
        "<div class='result'><a class='jcse-title' href='/p/{0}.html'>第{0}条较长的标题</a>"
        "<div class='abs'><a href='/p/{0}.html'>根据2019-05-06会议要求，现将有关事项通知如下，请认真执行。</a></div><span>时间：2026-01-0{0}</span></div>"
    )
    answer = read({"result": [box.format(1), box.format(2)]})
    assert [(row["title"], row["published_on"]) for row in answer.rows] == [
        ("第1条较长的标题", "2026-01-01"),
        ("第2条较长的标题", "2026-01-02"),
    ]


def test_a_table_row_gives_the_number_that_stands_in_its_own_cell() -> None:
    record = "<record><![CDATA[<tr><td><a href='/p/{0}.html'>关于废止清政发〔2020〕9号文件的决定之{0}</a></td><td>清政发〔2026〕{0}号</td><td>2026-01-0{0}</td></tr>]]></record>"
    answer = read(XML.format(record.format(1) + record.format(2)))
    assert [row["doc_number"] for row in answer.rows] == ["清政发〔2026〕1号", "清政发〔2026〕2号"]


# -- letters --------------------------------------------------------------------------------------

BOARD = """{page:{pageNo:1,pageSize:3,totalCount:62},result:[
 {originalId:'LX2026110100001',letterTypeName:'咨询',letterTitle:'进口食品标签的咨询问题',showLetterTitle:'进口食品标签…',createDate:'2026-11-01 09:00',finishDateReal:'2026-11-03 10:00',orgNames:'县市场监管局',status:'已答复'},
 {originalId:'LX2026110100002',letterTypeName:'投诉',letterTitle:'进口食品标签的咨询问题',showLetterTitle:'进口食品标签…',createDate:'2026-11-02',finishDateReal:'',orgNames:'',status:'办理中'},
 {originalId:'LX2026110100003',letterTypeName:'建议',letterTitle:'建议增设公交站点',showLetterTitle:'建议增设公交站点',createDate:'2026-11-04',finishDateReal:'2026-11-03',orgNames:'县交通局',status:'已办结'}]}"""


def test_letters_of_a_board() -> None:
    answer = read(BOARD, f"{HOME}letterListJson.action?page.pageNo=1&page.pageSize=3")
    assert (answer.family, answer.total) == ("letters", 62)
    first, second, third = answer.rows
    assert (first["number"], first["title"], first["asked_on"], first["replied_on"]) == (
        "LX2026110100001",
        "进口食品标签的咨询问题",
        "2026-11-01",
        "2026-11-03",
    )
    assert (first["replier"], first["state"], first["type"]) == ("县市场监管局", "已答复", "咨询")
    assert (second["asked_on"], second["replied_on"], second["replier"]) == ("2026-11-02", None, None)
    assert third["replied_on"] is None, "a day before the question is not the reply's"
    [item] = answers.letters(answer, COLUMN)
    assert (item["kind"], item["key"], item["url"], item["reply"]) == ("message", "LX2026110100001", COLUMN, None)
    assert item["_labels"]["fields_absent"] == [] and item["_labels"]["replied_on"] == "finishdatereal"
    block = answers.block(answer, OWN)
    assert block is not None and [entry.date for entry in block.entries] == ["2026-11-03", "2026-11-02", "2026-11-04"]
    assert answer.next is not None and answer.next[0].endswith("page.pageNo=2&page.pageSize=3")


def test_letters_with_pages_of_their_own_are_entries_and_no_records() -> None:
    data = json.dumps(
        {"list": [{"letterTitle": "咨询一件事情", "replyTime": "2026-11-03", "writeDate": "2026-11-01", "url": "/xj/1.html"}]},
        ensure_ascii=False,
    )
    answer = read(data)
    assert answer.family == "letters" and answers.letters(answer, COLUMN) == []


# -- further pages ---------------------------------------------------------------------------------


def page_of(numbers: range, total: int | None = 65, size: int = 5) -> dict[str, Any]:
    found: dict[str, Any] = {"list": [{"title": f"第{n}条较长的标题", "url": f"/p/{n}.html", "pubDate": "2026-01-01"} for n in numbers]}
    return found if total is None else {**found, "total": total}


@pytest.mark.parametrize(
    ("url", "form", "total", "wanted"),
    [
        (API + "?channel=3&page=1", None, 65, (API + "?channel=3&page=2", None)),
        (API + "?page=0&size=5", None, 65, (API + "?page=1&size=5", None)),
        (API + "?start=0&rows=5", None, 65, (API + "?start=5&rows=5", None)),
        (API + "?startrecord=1&endrecord=45", "columnid=7", 165, (API + "?startrecord=46&endrecord=90", "columnid=7")),
        (API, "pageNo=1&pageSize=5&key=%E6%B8%85", 65, (API, "pageNo=2&pageSize=5&key=%E6%B8%85")),
        (API, '{"tenantId":303,"pageNo":1,"pageSize":5}', 65, (API, '{"tenantId":303,"pageNo":2,"pageSize":5}')),
        (API, '{"query":{"current":"1"},"a":[1]}', 65, (API, '{"query":{"current":"2"},"a":[1]}')),
        (API + "?siteId=1&yema=1", None, 65, (API + "?siteId=1&yema=2", None)),
        (API + "?yema=1", None, None, None),
        (API + "?page=1", None, None, (API + "?page=2", None)),
        (API + "?page=1", None, 5, None),
        (API + "?siteId=1&sort=1", None, 65, None),
        (API + "?id=1636700507", None, 65, None),
    ],
)
def test_the_next_page_of_an_endpoint(url: str, form: str | None, total: int | None, wanted: tuple[str, str | None] | None) -> None:
    found = read(page_of(range(5), total), url, form=form).next
    assert (found[:2] if found else None) == wanted


def walk(url: str, form: str | None, serve: Any, most: int = 30) -> list[str]:
    """Titles along the requests that follow the first answer."""
    asked, titles, paging_state = [], [], None
    while len(asked) < most:
        answer = read(serve(url, form), url, form=form, walk=paging_state)
        asked.append(url)
        titles += [row["title"] for row in answer.rows]
        if answer.next is None:
            return titles
        url, form, paging_state = answer.next
    raise AssertionError(f"no end after {most} requests: {asked[-3:]}")


def number(url: str, name: str) -> int:
    return int(dict(part.split("=") for part in url.partition("?")[2].split("&"))[name])


def test_a_walk_ends_with_the_list() -> None:
    titles = walk(
        API + "?page=1", None, lambda url, form: page_of(range(5 * number(url, "page") - 5, min(5 * number(url, "page"), 23)), 23)
    )
    assert titles == [f"第{n}条较长的标题" for n in range(23)]


def test_a_walk_without_a_total_ends_where_pages_repeat_or_run_dry() -> None:
    for last in (lambda n: range(0), lambda n: range(10, 15)):
        titles = walk(
            API + "?page=1",
            None,
            lambda url, form, last=last: page_of(
                range(5 * number(url, "page") - 5, 5 * number(url, "page")) if number(url, "page") <= 3 else last(0), None
            ),
        )
        assert set(titles) == {f"第{n}条较长的标题" for n in range(15)}


def test_a_parameter_that_changes_nothing_is_put_back_and_the_next_one_tried() -> None:
    asked: list[str] = []

    def serve(url: str, form: str | None) -> Any:
        asked.append(url)
        n = number(url, "yema")
        return page_of(range(5 * n - 5, 5 * n), 15)

    assert len(walk(API + "?shown=1&yema=1", None, serve)) == 20
    assert asked == [f"{API}?{query}" for query in ("shown=1&yema=1", "shown=2&yema=1", "shown=1&yema=2", "shown=1&yema=3")]


def test_an_endpoint_that_knows_no_pages_is_asked_once_more_at_the_most() -> None:
    asked: list[str] = []

    def serve(url: str, form: str | None) -> Any:
        asked.append(url)
        return page_of(range(5), 65)

    walk(API + "?page=1", None, serve)
    assert len(asked) == 2


def test_an_endless_list_has_an_end() -> None:
    state = paging.Walk("page", paging.MAX_PAGES, 1, 1, 1000, paging.MAX_PAGES, "").dump()
    assert read(page_of(range(5), 10**6), API + f"?page={paging.MAX_PAGES}", walk=state).next is None


def test_jpage_names_its_next_window() -> None:
    source = XML.format(RECORD.format(1) + RECORD.format(2)).replace(
        "<recordset>",
        '<nextgroup><![CDATA[<a href="/module/web/jpage/dataproxy.jsp?page=2&amp;webid=1&amp;columnid=7"></a>]]></nextgroup><recordset>',
    )
    found = read(source, f"{HOME}module/web/jpage/dataproxy.jsp?page=1&webid=1&columnid=7").next
    assert found is not None and found[0] == f"{HOME}module/web/jpage/dataproxy.jsp?page=2&webid=1&columnid=7"


def test_a_broken_state_of_a_walk_is_none() -> None:
    assert paging.load("{") is None and paging.load("[1,2]") is None and paging.load("null") is None


# -- endpoints that a shell names -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("$.getJSON('/api/list?channelId=3', f)", ["api/list?channelId=3"]),
        ("fetch('data/list.json').then(f)", ["zwgk/zcwj/data/list.json"]),
        ("var id = \"c7\"; ask.open('GET', '/common/search/' + id + '?_isJson=true&page=1');", ["common/search/c7?_isJson=true&page=1"]),
        ("var size = 20;\n$.ajax({url: \"/api/list?size=\" + size, type: 'get'})", ["api/list?size=20"]),
        ("$.ajax({url:'/visitcount/add', type:'get'})", []),
        ("$.getJSON('http://other.cn/api/list', f)", []),
        ("$.getJSON('/api/list?id=' + id, f)", []),
        ("var page = 1; page++; $.getJSON('/api/list?page=' + page, f)", []),
        ("var id = getId(); $.getJSON('/api/list?id=' + id, f)", []),
        ("$.getJSON('/api/list?id=' + row.id, f)", []),
        ("ask.open('POST', '/api/list')", []),
        ("background:url('/data/list.png')", []),
    ],
)
def test_endpoints(script: str, expected: list[str]) -> None:
    assert shells.endpoints(document.parse(b"", {}, COLUMN), script) == [HOME + path for path in expected]


DIRECTORY = """window._CONFIG = {SID: '755031', APP_URL: 'http://www.qinghe.gov.cn', treeUrl: '', TREE: [
 {"id": 1, "name": "法定主动公开内容", "parent": 0, "children": [{"id": 11, "name": "政策文件", "post_count": 3, "children": []}, {"id": 12, "name": "通知公告"}]},
 {id: 2, name: '信息公开年报', children: null}]};"""


def test_a_gkmlpt_directory_is_asked_column_by_column() -> None:
    url = HOME + "qhczj/gkmlpt/index"
    source = f"<html><head><title>信息公开目录</title></head><body><div id=app></div><script>{DIRECTORY}</script></body></html>".encode()
    facts = reading.read(reading.Exchange(url, 200, {"content-type": "text/html"}, source), Context(), SCOPE).facts
    asked = [(at, found.parent) for at, found in reading.follow(facts, Context(), SCOPE) if found.role == DATA]
    assert asked == [(f"{HOME}qhczj/gkmlpt/api/all/{n}?page=1&sid=755031", url) for n in (11, 12, 2)]
    assert (facts.kind, facts.needs_script) == ("list", "list")
    detail = document.parse(source, {}, HOME + "qhczj/gkmlpt/content/0/1/post_1.html")
    assert shells.directory(detail, DIRECTORY) == [] and shells.directory(document.parse(b"", {}, url), "TREE: [") == []


# -- in the reading -----------------------------------------------------------------------------------


def fetch(data: Any, url: str, context: Context, **more: Any) -> PageFacts:
    body = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
    return reading.read(reading.Exchange(url, 200, {"content-type": "application/json"}, body, **more), context, SCOPE).facts


def test_a_posted_answer_leads_to_the_next_one_at_the_same_address() -> None:
    form = '{"pageNo":1,"pageSize":5}'
    context = Context(role=DATA, parent=COLUMN, form=form)
    facts = fetch(page_of(range(5)), API, context)
    [(url, onward)] = [(url, found) for url, found in reading.follow(facts, context, SCOPE) if found.role == DATA]
    assert (url, onward.form, onward.parent, facts.column_url) == (API, '{"pageNo":2,"pageSize":5}', COLUMN, COLUMN)
    last = fetch(page_of(range(5)), API, onward)
    assert not [url for url, found in reading.follow(last, onward, SCOPE) if found.role == DATA], "the same rows again"


def test_documents_and_letters_of_an_answer_go_along() -> None:
    facts = fetch({"articles": GKMLPT, "total": 3}, API, Context(role=DATA, parent=COLUMN))
    assert facts.notes["documents"][f"{HOME}gkmlpt/content/0/1/post_1.html"]["doc_number_raw"] == "清政发〔2026〕1号"
    assert facts.items == []
    board = fetch(BOARD.encode(), API, Context(role=DATA, parent=COLUMN))
    assert [item["number"] for item in board.items] == ["LX2026110100001"]


SHELL = (
    "<html><head><title>政策文件_清和县人民政府</title></head><body><div id='app'>{}</div><script src='/js/app.js'></script></body></html>"
)


def rendered(inner: str, *heard: answers.Heard) -> PageFacts:
    return reading.read(
        reading.Exchange(
            COLUMN, 200, {"content-type": "text/html; charset=utf-8"}, SHELL.format(inner).encode(), rendered=True, heard=heard
        ),
        Context(role=RENDER),
        SCOPE,
    ).facts


def heard(data: Any, url: str = API + "?page=1", form: str | None = None) -> answers.Heard:
    return answers.Heard(url, form, "application/json", json.dumps(data, ensure_ascii=False).encode())


def test_what_a_rendered_page_fetched_and_shows_is_asked_for_directly() -> None:
    items = "".join(f"<li><a href='/p/{n}.html'>第{n}条较长的标题</a><i>2026-01-01</i></li>" for n in range(5))
    menu = heard({"list": [{"title": f"别的栏目{n}", "url": f"/c{n}/"} for n in range(9)]}, HOME + "api/menu")
    elsewhere = heard(page_of(range(5)), "http://api.other.cn/list?page=1")
    facts = rendered(f"<h2>政策文件</h2><ul>{items}</ul>", menu, elsewhere, heard(page_of(range(5))))
    assert facts.notes["heard"] == [[API + "?page=1", None]]
    assert [(url, found.form) for url, found in reading.follow(facts, Context(role=RENDER), SCOPE) if found.role == DATA] == [
        (API + "?page=1", None)
    ]


def test_rows_that_a_rendered_page_opens_by_script_have_their_addresses_from_what_it_fetched() -> None:
    items = "".join(f"<li><span>第{n}条较长的标题</span><i>2026-01-01</i></li>" for n in range(5))
    facts = rendered(f"<h2>政策文件</h2><ul>{items}</ul>", heard(page_of(range(5))))
    assert [entry.url for block in facts.lists for entry in block.entries] == [f"{HOME}p/{n}.html" for n in range(5)]


COPY = """<ul id=list><!--<li>
<a href="/a/1.shtml" title="清和县第一次会议召开了">清和县第一次会议…</a><b>2026-01-05</b></li><li><a href="/a/2.shtml">清和县第二次会议召开了</a><b>2026-01-04</b></li>
<script>createPageHTML('page_div',3,{},'index','shtml',45);</script>--></ul><div id=page_div></div>"""


@pytest.mark.parametrize(("number", "file", "drawn"), [(1, "index.shtml", "list"), (2, "index_2.shtml", None)])
def test_the_copy_of_a_drawn_list_is_its_list_and_only_its_first_page_is_rendered(number: int, file: str, drawn: str | None) -> None:
    page = f"<html><head><title>通知公告</title></head><body><h2>通知公告</h2>{COPY.format(number)}</body></html>".encode()
    facts = reading.read(reading.Exchange(COLUMN + file, 200, {"content-type": "text/html"}, page), Context(), SCOPE).facts
    [main] = [block for block in facts.lists if block.main]
    assert [(e.title, e.date) for e in main.entries] == [("清和县第一次会议召开了", "2026-01-05"), ("清和县第二次会议召开了", "2026-01-04")]
    assert (facts.kind, facts.total_items, facts.needs_script) == ("list", 45, drawn)


def test_a_comment_without_the_pagers_call_is_no_list() -> None:
    assert (
        answers.commented(
            ["<li><a href=/1>旧的新闻标题一</a>2020-01-01</li><li><a href=/2>旧的新闻标题二</a>2020-01-02</li>"], COLUMN, TODAY, OWN
        )
        is None
    )


# -- hostile input ----------------------------------------------------------------------------------------

SEEDS = [json.dumps(data, ensure_ascii=False).encode() for data in (LIBRARY, JSEARCH, UCAP, HAIBEI, CHINESE, {"articles": GKMLPT})]
SEEDS += [source.encode() for source in (BOARD, LOOSE, FRAGMENT, XML.format(RECORD.format(1) * 3), FEED.format(ITEM.format(1)))]


def damaged(seed: int) -> bytes:
    """One of the seeds with bytes changed, cut out or doubled."""
    chance = random.Random(seed)
    body = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randint(1, 12)):
        at, kind = chance.randrange(len(body) or 1), chance.random()
        if kind < 0.4 and body:
            body[at] = chance.choice(b"{}[]\"':,<>&\\0n")
        elif kind < 0.7:
            del body[at : at + chance.randint(1, 200)]
        else:
            body[at:at] = bytes(body[at : at + chance.randint(1, 100)]) * chance.randint(1, 5)
    return bytes(body)


def test_damaged_answers_are_read_as_far_as_they_go() -> None:
    for seed in range(400):
        form = (None, '{"pageNo":1}', "a=1&page=1", "{bad")[seed % 4]
        found = answers.read(damaged(seed), {}, API + "?page=1", form=form, base=COLUMN, today=TODAY)
        if found is not None:
            answers.block(found, OWN), answers.letters(found, COLUMN), answers.documents(found)
            assert all(row["title"] for row in found.rows), seed


@pytest.mark.parametrize(
    "source",
    ["{'a':'" + "\\" * 200_000, "{" + "a:1," * 300_000 + "}", "[" + "{title:'x',url:'/y'}," * 60_000 + "]", "{a:" + "/*" * 100_000, "{a:" + " " * 500_000 + "b",
     "<li><a href=x>" * 20_000, "<record>" * 50_000, '{"a":' * 900 + "1" + "}" * 900],
    ids=["backslashes", "many keys", "many rows", "open comments", "blanks", "open items", "open records", "deep"],
)  # fmt: skip
def test_hostile_answers_take_no_more_than_two_seconds(source: str) -> None:
    began = time.process_time()
    answers.read(source.encode(), {}, API)
    assert time.process_time() - began < 2
