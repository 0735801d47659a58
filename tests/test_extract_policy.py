"""Policy documents and interpretations: metadata in every layout, the document's own number, links in both directions."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from govcrawl.extract import interpretation, own_number, policy, rows, signature, validity
from govcrawl.model.facts import Context
from govcrawl.page import document
from govcrawl.page.document import Page

URL = "http://www.qinghe.gov.cn/zwgk/zcwj/202611/t20261105_1.html"


def page(body: str, title: str = "", charset: str = "utf-8", meta: str = "") -> Page:
    html = f"<html><head><meta charset={charset}><title>{title or '页面'}_清河县人民政府</title>{meta}</head><body>{body}</body></html>"
    return document.parse(html.encode(charset), {"content-type": f"text/html; charset={charset}"}, URL)


def doc(body: str, **more: str) -> dict[str, Any]:
    (row,) = policy.read(page(body, **more), Context())
    return row


TITLE = "清河县人民政府办公室关于印发清河县集市管理办法的通知"
TEXT = f"<div class='article-content'><p>{TITLE}</p><p>各乡镇人民政府，县政府各部门：</p><p>{'现将办法印发给你们，请认真贯彻执行。' * 4}</p></div>"
TABLE = (
    f"<table><tr><td>索 引 号：</td><td>014712345/2026-00123</td><td>主题分类：</td><td>市场监管</td></tr><tr><td>发文机关：</td><td>清河县人民政府办公室</td>"
    f"<td>成文日期：</td><td>2026年11月3日</td></tr><tr><td>标　　题：</td><td colspan=3>{TITLE}</td></tr><tr><td>发文字号：</td><td>清政办发〔2026〕12号</td>"
    "<td>发布日期：</td><td>2026年11月5日</td></tr><tr><td>有 效 性：</td><td>有效</td><td>体裁：</td><td>通知</td></tr></table>"
)
GRID = (
    f"<ul class=xx><li><span>信息索引号</span><span>014712345/2026-00123</span></li><li><span>组配分类</span><span>市场监管</span></li><li><span>发布机构</span><span>清河县人民政府办公室</span></li>"
    f"<li><span>公文生成日期</span><span>2026-11-03 00:00:00</span></li><li><span>名称</span><span>{TITLE}</span></li><li><span>文号</span><span>清政办发〔2026〕12号</span></li>"
    "<li><span>发布时间</span><span>2026- 11- 05</span></li><li><span>时效</span><span>有效</span></li><li><span>公文种类</span><span>通知</span></li></ul>"
)
TERMS = (
    f"<dl><dt>[ 索引号 ]</dt><dd>014712345/2026-00123</dd><dt>[ 分类 ]</dt><dd>市场监管</dd><dt>[ 制发单位 ]</dt><dd>清河县人民政府办公室</dd><dt>[ 生成日期 ]</dt><dd>2026/11/3</dd>"
    f"<dt>[ 标题 ]</dt><dd>{TITLE}</dd><dt>[ 备注/文号 ]</dt><dd>清政办发〔2026〕12号</dd><dt>[ 发布日期 ]</dt><dd>2026.11.05</dd><dt>[ 效力状态 ]</dt><dd>有效</dd><dt>[ 文种 ]</dt><dd>通知</dd></dl>"
)
LINES = (
    f"<div class=m><p>索引号：014712345/2026-00123 主题分类：市场监管</p><p>发文机关：清河县人民政府办公室 成文日期：2026年11月03日</p><p>标题：{TITLE}</p>"
    "<p>发文字号：清政办发〔2026〕12号 发布日期：2026年11月05日</p><p>有效性：有效 体裁分类：通知</p></div>"
)
FACTS = {
    "title": TITLE, "doc_number": "清政办发〔2026〕12号", "doc_number_raw": "清政办发〔2026〕12号", "index_number": "014712345/2026-00123",
    "issuer": "清河县人民政府办公室", "issued_on": "2026-11-03", "published_on": "2026-11-05", "topic": "市场监管", "genre": "通知", "validity": "有效",
}  # fmt: skip


@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
@pytest.mark.parametrize("block", [TABLE, GRID, TERMS, LINES], ids=["table", "grid", "dl", "lines"])
def test_metadata_in_every_layout(block: str, charset: str) -> None:
    if charset == "gbk":
        block = block.replace("〔", "〔")
    row = doc(block + TEXT, charset=charset)
    assert {key: row[key] for key in FACTS} == FACTS
    assert row["kind"] == "policy_document"
    assert row["key"] == row["url"] == URL


@pytest.mark.parametrize("block", [TABLE, GRID, TERMS, LINES], ids=["table", "grid", "dl", "lines"])
def test_metadata_inside_the_main_text(block: str) -> None:
    row = doc(TEXT.replace("'article-content'>", f"'article-content'>{block}"))
    assert {key: row[key] for key in FACTS} == FACTS


def test_a_line_far_down_the_text_is_no_metadata() -> None:
    quoted = "<p>索引号：1 发文机关：清河县教育局 发文字号：清教发〔2020〕9号</p>"
    row = doc(TEXT.replace("</div>", "<p>正文。</p>" * 20 + quoted + "</div>"))
    assert (row["doc_number"], row["doc_number_raw"], row["issuer"], row["index_number"]) == (None, None, None, None)


EMPTY = (
    "<table><tr><td>索引号</td><td>014712345/2026-00123</td><td>发文字号</td><td>{number}</td></tr>"
    "<tr><td>成文日期</td><td>{day}</td><td>有效性</td><td></td></tr></table>"
)


@pytest.mark.parametrize(
    ("number", "day", "normal", "raw", "issued"),
    [
        ("清政办发〔2026〕12号", "2026-11-03", "清政办发〔2026〕12号", "清政办发〔2026〕12号", "2026-11-03"),
        ("", "", None, None, None),
        ("无", "2026-13-45", None, None, None),
        ("清政办发[2026]12号", "2026年11月03日", None, "清政办发[2026]12号", "2026-11-03"),
        ("清政办发〔2026〕第12号", "20261103", None, "清政办发〔2026〕第12号", "2026-11-03"),
        ("清政办发〔2026〕012号", "二〇二六年十一月三日", None, "清政办发〔2026〕012号", "2026-11-03"),
        ("清河县人民政府令第12号", "2026-11-03", "清河县人民政府令第12号", "清河县人民政府令第12号", "2026-11-03"),
        ("2026年第3号", "2026-11-03", "2026年第3号", "2026年第3号", "2026-11-03"),
        ("--", "暂无", None, None, None),
    ],
)  # fmt: skip
def test_number_and_date_as_printed(number: str, day: str, normal: str | None, raw: str | None, issued: str | None) -> None:
    row = doc(EMPTY.format(number=number, day=day) + TEXT)
    assert (row["doc_number"], row["doc_number_raw"], row["issued_on"], row["validity"]) == (normal, raw, issued, None)


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("国家金融监督管理总局清河监管局行政处罚信息公开表（清金罚决字〔2026〕52号）", "清金罚决字〔2026〕52号"),
        ("关于印发清河县集市管理办法的通知 清政办发〔2026〕12号", "清政办发〔2026〕12号"),
        ("《清河县集市管理办法》（清政规〔2026〕1号）", "清政规〔2026〕1号"),
        ("清河县人民政府办公室转发国务院办公厅关于稳就业的通知（国办发〔2026〕3号）", None),
        ("关于贯彻落实《稳就业若干措施》（国办发〔2026〕3号）", None),
        ("关于废止清政发〔2020〕5号", None),
        ("关于修改《清河县集市管理办法》（清政规〔2020〕1号）的决定", None),
        ("清河县2026年工作要点", None),
    ],
)
def test_number_in_the_title(title: str, number: str | None) -> None:
    found = own_number.in_title(title)
    assert (found.normal if found else None) == number


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        (["关于印发清河县集市管理办法的通知", "清政办发〔2026〕12号", "各乡镇人民政府："], "清政办发〔2026〕12号"),
        (["清河县人民政府令", "第12号", "《清河县集市管理办法》已经通过，现予公布。"], "清河县人民政府令第12号"),
        (["清河县人民政府公告", "2026年第3号", "现就有关事项公告如下："], "清河县人民政府公告2026年第3号"),
        (["清河县人民政府令第12号"], "清河县人民政府令第12号"),
        (["（清政办发〔2026〕12号）", "各乡镇人民政府："], "清政办发〔2026〕12号"),
        (["关于转发的通知", "各乡镇人民政府：", "国办发〔2026〕3号"], None),
        (["根据国办发〔2026〕3号文件精神，经县政府同意，现印发给你们。"], None),
        (["为贯彻国办发〔2026〕3号", "一、总体要求"], None),
        ([], None),
    ],
)
def test_number_at_the_head_of_the_body(lines: list[str], number: str | None) -> None:
    found = own_number.in_head(lines)
    assert (found.normal if found else None) == number


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["正文。", "清河县人民政府办公室", "2026年11月3日"], ("清河县人民政府办公室", "2026-11-03")),
        (["正文。", "清河县人民政府 办公室", "二〇二六年十一月三日", "（此件公开发布）"], ("清河县人民政府办公室", "2026-11-03")),
        (["清河县教育局", "2026年11月3日", "附：", "国务院办公厅", "2026年1月3日"], (None, None)),
        (["特此通知。", "2026年11月3日"], (None, None)),
        (["活动于清河县人民政府", "2026年11月3日上午举行"], (None, None)),
        ([], (None, None)),
    ],
)
def test_signature(lines: list[str], expected: tuple[str | None, str | None]) -> None:
    assert signature.signature(lines) == expected


def test_the_block_wins_over_the_signature_and_a_citation_is_no_number() -> None:
    body = TEXT.replace("</div>", "<p>清河县财政局</p><p>2026年1月1日</p></div>").replace("现将", "根据国办发〔2026〕3号，现将")
    row = doc(
        "<table><tr><td>索引号</td><td>1</td><td>发文机关</td><td>清河县教育局</td></tr><tr><td>成文日期</td><td>2026-02-02</td></tr></table>"
        + body
    )
    assert (row["issuer"], row["issued_on"], row["doc_number"], row["doc_number_raw"]) == ("清河县教育局", "2026-02-02", None, None)


@pytest.mark.parametrize(
    ("labels", "issued", "published"),
    [
        ({"发文日期": "2026-11-03"}, None, "2026-11-03"),
        ({"发文日期": "2026-11-03", "发布时间": "2026-11-05 10:00"}, "2026-11-03", "2026-11-05"),
        ({"生成日期": "2026-11-03"}, "2026-11-03", None),
        ({"印发日期": "2026-11-03", "公开日期": "2026-11-05"}, "2026-11-03", "2026-11-05"),
        ({"实施日期": "2026-12-01", "失效日期": "2031-12-01"}, None, None),
    ],
)
def test_which_date_is_which(labels: dict[str, str], issued: str | None, published: str | None) -> None:
    cells = "".join(f"<tr><td>{label}：</td><td>{value}</td></tr>" for label, value in labels.items())
    row = doc(f"<table><tr><td>索引号：</td><td>1</td></tr><tr><td>公开方式</td><td>主动公开</td></tr>{cells}</table>" + TEXT)
    assert (row["issued_on"], row["published_on"]) == (issued, published)


@pytest.mark.parametrize(
    ("title", "mark"),
    [
        ("【已废止】清河县集市管理办法", "废止"),
        ("清河县集市管理办法（失效）", "失效"),
        ("关于废止清河县集市管理办法的通知", None),
        ("关于公布失效文件目录的通知", None),
    ],
)
def test_validity_mark_in_the_title(title: str, mark: str | None) -> None:
    assert validity.marked(title) == mark


JIEDU = "../../zcjd/202611/t20261106_2.html"
JIEDU_URL = "http://www.qinghe.gov.cn/zwgk/zcjd/202611/t20261106_2.html"
FORWARD = [
    ("titled block", f"<div class=rel><h3>相关解读</h3><ul><li><a href='{JIEDU}'>《清河县集市管理办法》政策解读</a></li></ul></div>", [JIEDU_URL]),
    ("row of the table", f"<table><tr><td>索引号</td><td>1</td></tr><tr><td>文号</td><td></td></tr><tr><td>解读：</td><td><a href='{JIEDU}'>点击查看</a></td></tr></table>", [JIEDU_URL]),
    ("关联稿件 with 图文解读", f"<div class=a><h3><span>关联稿件：</span></h3><ul><li><a href='{JIEDU}'>图文解读：《清河县集市管理办法》</a><span>2026-11-06</span></li></ul></div>", [JIEDU_URL]),
    ("link that names the title", f"<p>延伸：<a href='{JIEDU}'>一图读懂清河县集市管理办法</a></p>", [JIEDU_URL]),
    ("line with a link", f"<p>政策解读：<a href='{JIEDU}'>《清河县集市管理办法》解读</a></p>", [JIEDU_URL]),
    ("twice is once", f"<p><a href='{JIEDU}#a'>一图读懂清河县集市管理办法</a></p><div><h4>相关解读</h4><p><a href='{JIEDU}'>《清河县集市管理办法》解读</a></p></div>", [JIEDU_URL]),
    ("label and link in one paragraph at the end, footer links behind it", f"<p class=xgjd>相关解读：<a href='{JIEDU}'>《清河县集市管理办法》政策解读</a></p></div><footer><p>主办单位：清河县人民政府 <a href='http://beian.miit.gov.cn/'>江ICP备00000000号</a></p></footer><div>", [JIEDU_URL]),
    ("TRAP: empty block before the footer", "<div class=a><h3>相关解读</h3></div></div><footer><p><a href='http://beian.miit.gov.cn/'>江ICP备00000000号</a> 主办单位</p></footer><div>", []),
    ("TRAP: empty block", "<div class=a><h3>关联稿件：</h3><ul></ul></div>", []),
    ("TRAP: navigation", "<div class=nav><a href='/zcjd/'>政策解读</a></div>", []),
    ("TRAP: a link to the column", "<div><a href='/zwgk/zcjd/index.html'>政策解读</a></div>", []),
    ("TRAP: another document's interpretation", f"<p><a href='{JIEDU}'>《清河县殡葬管理办法》政策解读</a></p>", []),
    ("TRAP: side list of newest interpretations",
     "<div class=side><h3>政策解读</h3><a href='/zcjd/'>更多</a><ul><li><a href='/zcjd/1.html'>《清河县殡葬管理办法》解读</a></li></ul></div>", []),
    ("TRAP: related documents that are none", f"<div><h3>相关文档</h3><ul><li><a href='{JIEDU}'>清河县集市管理办法实施细则的通知</a></li></ul></div>", []),
    ("TRAP: link to itself", f"<div><h3>相关解读</h3><ul><li><a href='{URL}#jd'>解读</a></li></ul></div>", []),
]  # fmt: skip


@pytest.mark.parametrize(("html", "expected"), [pytest.param(h, e, id=i) for i, h, e in FORWARD])
def test_interpretations_of_a_document(html: str, expected: list[str]) -> None:
    row = doc(f"<h1>{TITLE}</h1>" + TEXT + f"<div class=below>{html}</div>")
    assert row["interpretations"] == expected


WENJIAN = "/zwgk/zcwj/202611/t20261105_9.html"
WENJIAN_URL = "http://www.qinghe.gov.cn/zwgk/zcwj/202611/t20261105_9.html"
BACK = [
    ("titled block", f"<div><h3>相关文件</h3><ul><li><a href='{WENJIAN}'>关于印发清河县集市管理办法的通知</a></li></ul></div>", [WENJIAN_URL]),
    ("label and link on one line", f"<p>政策原文：<a href='{WENJIAN}'>清河县人民政府办公室关于印发清河县集市管理办法的通知</a></p>", [WENJIAN_URL]),
    ("link that says 原文", f"<p><a href='{WENJIAN}'>点击查看政策原文</a></p>", [WENJIAN_URL]),
    ("title in running text", f"<p>近日印发<a href='{WENJIAN}'>《清河县集市管理办法》</a>，现解读如下。</p>", [WENJIAN_URL]),
    ("number in the link's words", f"<p><a href='{WENJIAN}'>清河县集市管理办法（清政办发〔2026〕12号）</a></p>", [WENJIAN_URL]),
    ("关联稿件", f"<div><h4>关联稿件：</h4><ul><li><a href='{WENJIAN}'>清河县人民政府办公室关于印发清河县集市管理办法的通知</a></li></ul></div>", [WENJIAN_URL]),
    ("label and link in one paragraph, footer links behind it", f"<p>政策原文：<a href='{WENJIAN}'>清河县集市管理办法</a></p></div><footer><p>主办单位：清河县人民政府 <a href='http://beian.miit.gov.cn/'>江ICP备00000000号</a></p></footer><div>", [WENJIAN_URL]),
    ("TRAP: a law that is cited", "<p>依据<a href='/law/1.html'>《中华人民共和国行政许可法》</a>制定。</p>", []),
    ("TRAP: same words without a link", "<p>政策原文：《清河县集市管理办法》</p>", []),
    ("TRAP: another document", f"<p><a href='{WENJIAN}'>清河县殡葬管理办法</a></p>", []),
    ("TRAP: navigation", f"<nav><a href='{WENJIAN}'>政策文件</a></nav><div class=crumb><a href='/zwgk/zcwj/'>政策文件</a></div>", []),
]  # fmt: skip


@pytest.mark.parametrize(("html", "expected"), [pytest.param(h, e, id=i) for i, h, e in BACK])
def test_documents_of_an_interpretation(html: str, expected: list[str]) -> None:
    body = f"<h1>《清河县集市管理办法》政策解读</h1><div class='article-content'><p>{'本办法明确了集市的设立条件。' * 5}</p>{html}</div>"
    (row,) = interpretation.read(page(body), Context())
    assert row["documents"] == expected


PIC = "<img src='/a.jpg'>"
LONG = f"<p>{'本办法明确了集市的设立条件。' * 20}</p>"


@pytest.mark.parametrize(
    ("title", "body", "form"),
    [
        ("《清河县集市管理办法》政策解读", LONG, "text"),
        ("一图读懂：清河县集市管理办法", PIC, "chart"),
        ("【图解】清河县集市管理办法", LONG, "chart"),
        ("清河县集市管理办法", PIC * 2, "chart"),
        ("【视频解读】清河县集市管理办法", LONG, "video"),
        ("清河县集市管理办法解读", LONG + "<video src='/a.mp4'></video>", "video"),
        ("清河县集市管理办法解读", LONG + "<iframe src='https://player.bilibili.com/player.html?aid=1'></iframe>", "video"),
        ("清河县集市管理办法解读", LONG + "<audio src='/a.mp3'></audio>", "audio"),
        ("动漫：清河县集市管理办法", LONG, "animation"),
        ("清河县集市管理办法新闻发布会实录", LONG, "press_conference"),
        ("县市场监管局负责人就集市管理办法答记者问", LONG, "qa"),
        ("清河县集市管理办法解读", "<p>问：谁可以设摊？</p><p>答：登记的经营者。</p><p>问：费用多少？</p><p>答：免费。</p>" + LONG, "qa"),
        ("《清河县政务问答平台管理办法》政策解读", LONG, "text"),
        ("清河县集市管理办法解读", LONG + PIC, "text"),
        ("清河县集市管理办法解读", LONG + "<iframe src='/map.html'></iframe>", "text"),
    ],
)
def test_form_by_evidence(title: str, body: str, form: str) -> None:
    parsed = page(f"<h1>{title}</h1><div class='article-content'>{body}</div>")
    assert interpretation.form(parsed, title) == form


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("《清河县集市管理办法》政策解读", TITLE, True),
        ("一图读懂清河县集市管理办法", "清河县集市管理办法（试行）", True),
        ("解读：清河县人民政府关于加快集市改造的实施意见", "清河县人民政府关于加快集市改造的实施意见", True),
        ("《清河县殡葬管理办法》解读", TITLE, False),
        ("政策解读", TITLE, False),
        ("《通知》解读", TITLE, False),
        ("清河县2026年工作要点", "清河县2025年工作要点", False),
    ],
)
def test_related_titles(one: str, other: str, same: bool) -> None:
    assert rows.related(one, other) is same
    assert rows.related(other, one) is same


def facts(shared: Path) -> list[dict[str, str]]:
    with (shared / "real/pages/policy-govcn/facts.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_thirty_state_council_pages(shared: Path) -> None:
    wanted = {
        "title": "title",
        "doc_number": "doc_no",
        "index_number": "index_no",
        "issuer": "organ",
        "issued_on": "written",
        "published_on": "published",
        "topic": "topic",
    }
    wrong = []
    known = facts(shared)
    for fact in known:
        body = (shared / "real/pages/policy-govcn" / fact["file"]).read_bytes()
        (row,) = policy.read(document.parse(body, {"content-type": "text/html; charset=utf-8"}, fact["url"]), Context())
        wrong += [(fact["file"], field, row[field], fact[name]) for field, name in wanted.items() if row[field] != fact[name]]
        wrong += [(fact["file"], "interpretations", row["interpretations"], "[]")] if row["interpretations"] else []
    assert wrong == []
    assert len(known) == 30


REAL = [
    ("article/wanzai-tjgb-2022.html", "http://www.wanzai.gov.cn/wzxrmzf/tjsja/202305/7215380191c5400397df5d7d0b5fd06b.shtml",
     {"title": "万载县2022年国民经济和社会发展统计公报", "index_number": "014742224A/2023-0043406", "issued_on": "2023-05-11", "doc_number": None,
      "interpretations": ["http://www.wanzai.gov.cn/wzxrmzf/tjjjdhy/202307/bb8049063e11403994c3d01d8813a11a.shtml"]}),
    ("article/yichun-tjgb-2022.html", "https://www.yichun.gov.cn/ycsrmzf/tjgb/202305/36796cdc82d04268913f2884cf2fe579.shtml",
     {"title": "宜春市2022年国民经济和社会发展统计公报", "index_number": "014717475N/2023-0040295", "issuer": "宜春市统计局", "published_on": "2023-04-18",
      "doc_number": None, "interpretations": []}),
    ("spa/nfra-zhejiang-penalty-rendered.html", "https://www.nfra.gov.cn/cn/view/pages/ItemDetail.html?docId=1212085&itemId=4114",
     {"doc_number": "浙金罚决字〔2024〕52号", "index_number": None, "topic": None, "interpretations": []}),
]  # fmt: skip


@pytest.mark.parametrize(("file", "url", "expected"), REAL, ids=[r[0] for r in REAL])
def test_other_real_pages(shared: Path, file: str, url: str, expected: dict[str, Any]) -> None:
    (row,) = policy.read(document.parse((shared / "real/pages" / file).read_bytes(), {"content-type": "text/html"}, url), Context())
    assert {key: row[key] for key in expected} == expected
