"""Articles, files, leaders, surveys and statistics pages; the door `read_items`; cross-field facts."""

from __future__ import annotations

from typing import Any

import pytest

from govcrawl import rulebook
from govcrawl.extract import article, attachments, complete, consultation, items, leader, statistics
from govcrawl.model.facts import Context
from govcrawl.model.items import GUIDE_ELEMENTS, record_from_json
from govcrawl.page import document
from govcrawl.page.document import Page

URL = "http://www.qinghe.gov.cn/xw/202611/t20261105_1.html"
BASE = "http://www.qinghe.gov.cn"
TEXT = f"<div class='article-content'><p>{'清河县召开全县集市改造工作推进会。' * 6}</p>{{}}</div>"


def page(body: str, title: str = "清河县召开集市改造推进会", charset: str = "utf-8", meta: str = "") -> Page:
    html = f"<html><head><meta charset={charset}><title>{title}_清河县人民政府</title>{meta}</head><body>{body}</body></html>"
    return document.parse(html.encode(charset), {"content-type": f"text/html; charset={charset}"}, URL)


@pytest.mark.parametrize(
    ("info", "meta", "source", "author"),
    [
        ("<div class=info>发布时间：2026-11-05 来源：清河日报 作者：王小明 浏览次数：12</div>", "", "清河日报", "王小明"),
        ("<div class=info><span>2026-11-05</span><span>来源：清河日报</span><span>作者：王小明</span></div>", "", "清河日报", "王小明"),
        ("<div class=info><span><i>来源：</i>清河县融媒体中心</span> | <span>字体：大 中 小</span></div>", "", "清河县融媒体中心", None),
        ("<table><tr><td>来源：清河日报</td><td>时间：2026-11-05</td></tr></table>", "", "清河日报", None),
        ("<div class=info>来源： 发布时间：2026-11-05</div>", "", None, None),
        ("<div class=info>来源：责任编辑：王小明</div>", "", None, None),
        ("<div class=info>发布时间：2026-11-05</div>", "<meta name=ContentSource content=清河县教育局>", "清河县教育局", None),
        ("<div class=info>发布时间：2026-11-05</div>", "<meta name=ContentSource content=null>", None, None),
        ("<div class=info>信息来源：清河县教育局 责任编辑：王小明</div>", "", "清河县教育局", None),
    ],
)
def test_source_and_author(info: str, meta: str, source: str | None, author: str | None) -> None:
    for charset in ("utf-8", "gbk"):
        (row,) = article.read(page(f"<h1>清河县召开集市改造推进会</h1>{info}{TEXT.format('')}", meta=meta, charset=charset), Context())
        assert (row["source"], row["author"]) == (source, author)
        assert row["title"] == "清河县召开集市改造推进会"
        assert row["text"].startswith("清河县召开全县集市改造工作推进会。")


@pytest.mark.parametrize(
    ("html", "files"),
    [
        ("<p>附件：<a href='/f/a.doc'>申请表</a></p>", ["/f/a.doc"]),
        ("<p><a href='/f/a.PDF?v=1'>申请表</a></p>", ["/f/a.PDF?v=1"]),
        ("<p><a href='/download.jsp?filename=a.xls&id=2'>申请表</a></p>", ["/download.jsp?filename=a.xls&id=2"]),
        ("<p><a href='/common/download?id=5'>申请表.docx（23KB）</a></p>", ["/common/download?id=5"]),
        ("<p><a href='/down/5' title='申请表.zip'>下载</a></p>", ["/down/5"]),
        ("<p><a href='/f/a.jpg'>附件1：分布图</a></p>", ["/f/a.jpg"]),
        ("<p><a href='/f/a.doc'>甲</a><a href='/f/a.doc#x'>乙</a></p>", ["/f/a.doc"]),
        ("<p><a href='/f/a.jpg'><img src='/f/a.jpg'></a></p>", []),
        ("<p><a href='/a.html'>关于使用.doc格式的说明</a></p>", []),
        ("<p><a href='/docs/index.shtml'>附件.pdf</a></p>", []),
        ("<p><a href='#'>申请表.doc</a><a href='javascript:void(0)'>申请表.doc</a></p>", []),
    ],
)
def test_files_of_the_content(html: str, files: list[str]) -> None:
    parsed = page(f"<div class=footer><a href='/app.zip'>客户端</a>主办单位：清河县人民政府</div>{TEXT.format(html)}")
    assert [file.url for file in attachments.read(parsed)] == [BASE + file for file in files]


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.pdf", "application/pdf"),
        ("/f/申请表.DOC?x=1", "application/msword"),
        ("a.ofd", "application/ofd"),
        ("a.html", None),
        ("附件", None),
        ("a.tar.gz", None),
    ],
)
def test_media_type(name: str, media_type: str | None) -> None:
    assert attachments.media_type(name) == media_type


RESUME = "王小明，男，汉族，1975年3月生，大学学历，现任清河县委副书记、县长。"


@pytest.mark.parametrize(
    ("title", "body", "expected"),
    [
        ("王小明", f"<h1>王小明</h1><div class='article-content'><p>县委副书记、县长</p><p>{RESUME}</p></div>", [("王小明", "县委副书记、县长", True)]),
        ("领导信息", f"<table><tr><td>姓名</td><td>王小明</td></tr><tr><td>职务</td><td>县长</td></tr><tr><td>简历</td><td>{RESUME}</td></tr></table>", [("王小明", "县长", True)]),
        ("领导信息", "<dl><dt>姓名：</dt><dd>王小明</dd><dt>职务：</dt><dd>副县长</dd><dt>简历：</dt><dd></dd></dl>", [("王小明", "副县长", False)]),
        ("领导之窗", "<div><div class=c><p>姓名：王小明</p><p>职务：县长</p></div><div class=c><p>姓名：李　红</p><p>职务：副县长</p></div></div>",
         [("王小明", "县长", False), ("李红", "副县长", False)]),
        ("领导之窗", "<ul><li><a href='/1.html'>县长：王小明</a></li><li><a href='/2.html'>副县长：李红</a></li></ul>", [("王小明", "县长", False), ("李红", "副县长", False)]),
        ("领导之窗", "<ul><li><img src='/1.jpg'><h4>王小明</h4><p>县委副书记、县长</p></li><li><img src='/2.jpg'><h4>李红</h4><p>副县长</p></li></ul>",
         [("王小明", "县委副书记、县长", False), ("李红", "副县长", False)]),
        ("机构职能", "<h1>机构职能</h1><p>负责全县教育工作。</p>", []),
        ("领导之窗", "<ul><li>工作分工</li><li>领导简历</li></ul>", []),
    ],
)  # fmt: skip
def test_leaders(title: str, body: str, expected: list[tuple[str, str | None, bool]]) -> None:
    found = leader.read(page(body, title=title), Context())
    assert [(row["name"], row["post"], row["resume"] is not None) for row in found] == expected
    assert len({row["key"] for row in found}) == len(found)


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        ("王小明", "王小明"),
        ("李　红", "李红"),
        ("欧阳明", "欧阳明"),
        ("阿不都·热合曼", "阿不都·热合曼"),
        ("县长", None),
        ("工作分工", None),
        ("高级工程师", None),
        ("王小明简历介绍", None),
    ],
)
def test_names(shown: str, name: str | None) -> None:
    assert leader.name_of(shown) == name


@pytest.mark.parametrize(
    ("body", "opened", "closed"),
    [
        (
            "<table><tr><td>开始时间</td><td>2026-10-01</td></tr><tr><td>结束时间</td><td>2026-10-31</td></tr></table>",
            "2026-10-01",
            "2026-10-31",
        ),
        ("<dl><dt>征集时间：</dt><dd>2026年10月1日至2026年10月31日</dd></dl>", "2026-10-01", "2026-10-31"),
        ("<p>征集时间：2026-10-01 至 2026-10-31</p>", "2026-10-01", "2026-10-31"),
        ("<p>公示时间：2026年10月1日—10月31日</p>", "2026-10-01", "2026-10-31"),
        ("<p>征求意见时间为2026年10月1日至10月31日，欢迎参与。</p>", "2026-10-01", "2026-10-31"),
        ("<p>请于2026年10月31日前将意见反馈至县司法局。</p>", None, "2026-10-31"),
        ("<p>现公开征求意见，期限一个月。</p>", None, None),
        ("<p>会议于2026年10月31日召开。</p>", None, None),
        ("<table><tr><td>开始时间</td><td>2026-10-31</td></tr><tr><td>结束时间</td><td>2026-10-01</td></tr></table>", None, None),
    ],
)
def test_period_of_a_survey(body: str, opened: str | None, closed: str | None) -> None:
    (row,) = consultation.read(
        page(f"<h1>关于公开征求意见的公告</h1><div class='article-content'>{body}</div>", title="关于公开征求意见的公告"), Context()
    )
    assert (row["opened_on"], row["closed_on"]) == (opened, closed)


@pytest.mark.parametrize(
    ("body", "day", "count"),
    [
        ("<h3>结果反馈</h3><p>共收到意见建议12条，采纳5条。</p><p>2026年11月10日</p>", "2026-11-10", 12),
        ("<table><tr><td>反馈时间</td><td>2026-11-10</td></tr><tr><td>征集意见数</td><td>12条</td></tr></table>", "2026-11-10", 12),
        ("<p>反馈时间：2026-11-10</p><p>反馈情况：征集期间未收到反馈意见。</p>", "2026-11-10", 0),
        ("<h3>结果反馈</h3><p>暂无</p>", None, None),
        ("<h3>结果反馈</h3><div></div>", None, None),
        ("<p>收到本公告后3日内可提出意见。</p>", None, None),
    ],
)
def test_result_of_a_survey(body: str, day: str | None, count: int | None) -> None:
    (row,) = consultation.read(page(f"<h1>关于集市改造的问卷</h1><div class=con>{body}</div>", title="关于集市改造的问卷"), Context())
    assert (row["feedback_on"], row["feedback_count"]) == (day, count)


@pytest.mark.parametrize(
    ("body", "channel"),
    [
        ("<form><textarea name=c></textarea></form>", "在线"),
        ("<p>参与方式：在本网站登录后填写意见</p>", "在线"),
        ("<p>可在线提交意见，或发送电子邮件。</p>", "在线"),
        ("<p>参与方式：电子邮箱qinghe@example.com</p>", "电子邮件"),
        ("<p>意见可寄送书面材料或电话反馈。</p>", "电话、信函"),
        ("<p>欢迎提出宝贵意见。</p>", None),
    ],
)
def test_channel_of_a_survey(body: str, channel: str | None) -> None:
    (row,) = consultation.read(
        page(f"<h1>关于集市改造的问卷</h1><div class='article-content'><p>清河县集市改造方案现征求意见。</p>{body}</div>"), Context()
    )
    assert row["channel"] == channel


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<p>2026年10月留言统计：受理信件35件，办结33件。</p>", {"period_end": "2026-10", "received": 35, "handled": 33}),
        (
            "<table><tr><th>受理量</th><td>3,120</td></tr><tr><th>办结量</th><td>3,000</td></tr></table><p>2026年第三季度</p>",
            {"period_end": "2026-09", "received": 3120, "handled": 3000},
        ),
        ("<p>2026年1-9月办事统计</p><p>收到申请：12件 答复：12件</p>", {"period_end": "2026-09", "received": 12, "handled": 12}),
        ("<p>2026年10月未收到网民留言。</p>", {"period_end": "2026-10", "no_letters": True}),
        ("<p>受理时间：2026年10月8日，办理时间：5个工作日</p>", {"period_end": "2026-10", "newest_on": "2026-10-08"}),
        ("<p>欢迎咨询。</p>", {}),
    ],
)
def test_statistics(body: str, expected: dict[str, Any]) -> None:
    found = statistics.read(page(f"<div class='article-content'>{body}</div>"))
    found.pop("period", None)
    assert found == expected


@pytest.mark.parametrize(
    ("kind", "body", "kinds"),
    [
        ("content", f"<h1>推进会</h1>{TEXT.format('')}", ["article"]),
        (
            "content",
            f"<h1>推进会</h1><div class=m><p><span>索引号</span><span>1</span></p><p><span>发文字号</span><span></span></p><p><span>成文日期</span><span></span></p></div>{TEXT.format('')}",
            ["policy_document"],
        ),
        ("policy", f"<h1>通知</h1>{TEXT.format('')}", ["policy_document"]),
        ("interpretation", f"<h1>解读</h1>{TEXT.format('')}", ["interpretation"]),
        ("survey", f"<h1>问卷</h1>{TEXT.format('')}", ["consultation"]),
        ("message", f"<h1>推进会</h1>{TEXT.format('')}", ["article"]),
        ("guide", f"<h1>推进会</h1>{TEXT.format('')}", []),
        ("board", "<ul><li><a href='/1.html'>关于公交的咨询</a></li></ul>", []),
        ("list", f"<h1>推进会</h1>{TEXT.format('')}", []),
        ("home", "<h1>清河县</h1>", []),
    ],
)
def test_read_items_by_kind(kind: str, body: str, kinds: list[str]) -> None:
    found = items.read_items(page(body, title="页面"), kind, Context())
    assert [row["kind"] for row in found] == kinds
    for row in found:
        assert record_from_json({k: v for k, v in row.items() if not k.startswith("_")}).to_json()["url"] == URL


@pytest.mark.parametrize(
    ("html", "kinds"),
    [
        ("<h1>关于印发清河县集市管理办法的通知</h1>", {"policy_document"}),
        ("<h1>《清河县集市管理办法》政策解读</h1>", {"interpretation"}),
        ("<div class=crumb>首页 &gt; 政策解读 &gt; 正文</div><h1>集市怎么管</h1>", {"interpretation"}),
        ("<h1>推进会</h1><p>文号：清政发〔2026〕1号</p>", {"policy_document"}),
        ("<h1>推进会</h1>", set()),
    ],
)
def test_other_readings_of_an_article(html: str, kinds: set[str]) -> None:
    (row,) = items.read_items(page(html + TEXT.format(""), title="页面"), "content", Context())
    assert row["kind"] == "article"
    other = row.get("_as", {})
    assert set(other) == kinds
    assert all(found["text"] is None and found["key"] == URL for found in other.values())


def test_every_field_of_the_contract_stands_in_a_row() -> None:
    (row,) = items.read_items(page(f"<h1>推进会</h1>{TEXT.format('')}"), "content", Context())
    assert set(row) >= {
        "kind",
        "key",
        "site",
        "url",
        "title",
        "published_on",
        "published_source",
        "column",
        "fetched_at",
        "snapshot",
        "rev",
        "source",
        "author",
        "text",
        "attachments",
    }


def one(**item: Any) -> dict[str, Any]:
    (row,) = complete.complete([{"url": URL, **item}], rulebook.calendar())
    return row


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("清政发〔2026〕1号", "清政发〔2026〕1号"),
        ("清政发[2026]1号", None),
        ("清河县人民政府令第12号", "清河县人民政府令第12号"),
        ("见正文", None),
        (None, None),
    ],
)
def test_complete_number(raw: str | None, normal: str | None) -> None:
    assert one(kind="policy_document", doc_number=None, doc_number_raw=raw)["doc_number"] == normal


@pytest.mark.parametrize(
    ("asked", "replied", "days"),
    [
        ("2026-11-02", "2026-11-02", 0),
        ("2026-11-02", "2026-11-05", 3),
        ("2026-11-06", "2026-11-09", 1),
        ("2026-09-30", "2026-10-10", 3),
        ("2026-11-05", "2026-11-02", None),
        (None, "2026-11-05", None),
        ("2026-11-02", None, None),
    ],
)
def test_complete_working_days(asked: str | None, replied: str | None, days: int | None) -> None:
    assert one(kind="message", asked_on=asked, replied_on=replied)["reply_working_days"] == days


def test_complete_missing_and_links() -> None:
    row = one(
        kind="service_guide",
        elements={"事项名称": "户口迁移", "收费标准": ""},
        missing=[],
        forms=["../a.doc", "/xw/a.doc", URL, "javascript:;"],
    )
    assert row["missing"] == [name for name in GUIDE_ELEMENTS if name != "事项名称"]
    assert list(row["elements"]) == list(GUIDE_ELEMENTS)
    assert row["forms"] == [f"{BASE}/xw/a.doc"]


def test_complete_leaves_its_input_alone() -> None:
    item = {"kind": "message", "url": URL, "asked_on": "2026-11-02", "replied_on": "2026-11-05", "reply_working_days": None}
    complete.complete([item], rulebook.calendar())
    assert item["reply_working_days"] is None
