"""Documents and interpretations in odd templates: metadata blocks, own numbers, signatures, validity, links both ways, forms by evidence."""

from __future__ import annotations

from typing import Any

import pytest

from govcrawl.extract import interpretation, own_number, policy, signature, validity
from govcrawl.model.facts import Context
from govcrawl.page import document
from govcrawl.page.document import Page

URL = "http://www.qinghe.gov.cn/zwgk/zcwj/202611/t20261105_1.html"
TITLE = "清河县人民政府办公室关于印发清河县集市管理办法的通知"
TEXT = f"<div class='article-content'><p>{TITLE}</p><p>各乡镇人民政府，县政府各部门：</p><p>{'现将办法印发给你们，请认真贯彻执行。' * 4}</p></div>"
FACTS = {
    "title": TITLE, "doc_number": "清政办发〔2026〕12号", "index_number": "014712345/2026-00123", "issuer": "清河县人民政府办公室", "issued_on": "2026-11-03",
    "published_on": "2026-11-05", "topic": "市场监管", "genre": "通知", "validity": "有效",
}  # fmt: skip
PAIRS = [
    ("索引号", FACTS["index_number"]), ("主题分类", FACTS["topic"]), ("发文机关", FACTS["issuer"]), ("成文日期", "2026年11月03日"), ("标题", TITLE),
    ("发文字号", FACTS["doc_number"]), ("发布日期", "2026-11-05"), ("有效性", FACTS["validity"]), ("体裁", FACTS["genre"]),
]  # fmt: skip


def page(body: str, title: str = TITLE, meta: str = "") -> Page:
    html = f"<html><head><meta charset=utf-8><title>{title}_清河县人民政府</title>{meta}</head><body>{body}</body></html>"
    return document.parse(html.encode(), {"content-type": "text/html; charset=utf-8"}, URL)


def read(body: str, **more: str) -> dict[str, Any]:
    (row,) = policy.read(page(body, **more), Context())
    return row


def each(form: str) -> str:
    return "".join(form.format(k=k, v=v) for k, v in PAIRS)


def two_heads() -> str:
    rows = (PAIRS[:4], PAIRS[4:])
    return "<table>" + "".join(
        f"<tr>{''.join(f'<th>{k}</th>' for k, _ in row)}</tr><tr>{''.join(f'<td>{v}</td>' for _, v in row)}</tr>" for row in rows
    ) + "</table>"  # fmt: skip


BLOCKS = {
    "label and value in one cell": "<table>" + each("<tr><td>{k}：{v}</td></tr>") + "</table>",
    "label in bold, colon outside": "<table>" + each("<tr><td><b>{k}</b>：{v}</td></tr>") + "</table>",
    "label in bold, no colon": "<ul>" + each("<li><b>{k}</b>{v}</li>") + "</ul>",
    "colon in a cell of its own": "<table>" + each("<tr><td>{k}</td><td>：</td><td>{v}</td></tr>") + "</table>",
    "colon in an element of its own": "<div>" + each("<p><label>{k}</label><i>：</i><span>{v}</span></p>") + "</div>",
    "fields nobody can write into": "<table>" + each("<tr><td>{k}</td><td><input readonly value='{v}'></td></tr>") + "</table>",
    "two rows of heads": two_heads(),
    "flat spans": "<div>" + each("<span class=k>{k}：</span><span class=v>{v}</span>") + "</div>",
    "one dl a pair": each("<dl><dt>{k}</dt><dd>{v}</dd></dl>"),
    "one line with bars": "<div>" + " | ".join(f"{k}：{v}" for k, v in PAIRS) + "</div>",
    "letters in spans": "<table>" + "".join(f"<tr><td>{''.join(f'<span>{c}</span>' for c in k)}：</td><td>{v}</td></tr>" for k, v in PAIRS) + "</table>",
    "letters parted by blanks": "<table>" + "".join(f"<tr><td>{'&nbsp;&nbsp;'.join(k)}</td><td>{v}</td></tr>" for k, v in PAIRS) + "</table>",
    "a column of labels, a column of values": "<div class=m><div class=l>" + each("<p>{k}</p>") + "</div><div class=r>" + each("<p>{v}</p>") + "</div></div>",
}  # fmt: skip


@pytest.mark.parametrize("inside", [False, True], ids=["above the text", "in the text"])
@pytest.mark.parametrize("name", BLOCKS)
def test_metadata_in_odd_layouts(name: str, inside: bool) -> None:
    block = BLOCKS[name]
    row = read(TEXT.replace("'article-content'>", f"'article-content'>{block}") if inside else block + TEXT)
    assert {key: row[key] for key in FACTS} == FACTS


def test_a_column_of_labels_without_values_takes_no_sentence_for_one() -> None:
    row = read("<div class=l><p>索引号</p><p>发文机关</p><p>发文字号</p></div>" + TEXT)
    assert (row["index_number"], row["issuer"], row["doc_number"]) == (None, "清河县人民政府办公室", None)  # the title names the issuer


def test_what_only_machines_see_is_asked_last() -> None:
    meta = (
        "<meta name='DocNumber' content='清政办发〔2026〕12号'><meta name=IndexNo content='014/2026-1'><script type='application/ld+json'>"
        '{"@graph":[{"@type":"Legislation","legislationDate":"2026-11-03","legislationLegalForce":"https://schema.org/NotInForce"}]}</script>'
    )
    row = read(f"<h1>{TITLE}</h1>{TEXT}", meta=meta)
    assert (row["doc_number"], row["index_number"], row["issued_on"], row["validity"]) == (
        "清政办发〔2026〕12号",
        "014/2026-1",
        "2026-11-03",
        "失效",
    )
    shown = (
        "<table><tr><td>索引号</td><td>9/2026-1</td></tr><tr><td>发文字号</td><td></td></tr><tr><td>有效性</td><td>有效</td></tr></table>"
    )
    row = read(f"{shown}<h1>{TITLE}</h1>{TEXT}", meta=meta)
    assert (row["doc_number"], row["index_number"], row["validity"]) == (None, "9/2026-1", "有效")


@pytest.mark.parametrize(
    ("title", "raw"),
    [
        ("清河县人民政府令第12号", "清河县人民政府令第12号"),
        ("关于发布禁猎区的通告（2026年第4号）", "2026年第4号"),
        ("清河县集市管理办法（清河县人民政府令第12号）", "清河县人民政府令第12号"),
        ("清政发〔2026〕3号 清河县人民政府关于加强消防工作的意见", "清政发〔2026〕3号"),
        ("【清政办发〔2026〕12号】关于印发办法的通知", "清政办发〔2026〕12号"),
        ("关于印发办法的通知（清政办发〔2026〕12号）（失效）", "清政办发〔2026〕12号"),
        ("清河县第十四届人大常委会会议纪要（第二号）", None),
        ("学习贯彻清政发〔2026〕3号", None),
        ("清政发〔2026〕3号文件解读", None),
        ("江北省财政厅关于清财税〔2026〕4号文件的补充通知", None),
        ("清河县人民政府公报2026年第3号", None),
    ],
)
def test_own_number_in_the_title(title: str, raw: str | None) -> None:
    found = own_number.in_title(title)
    assert (found.raw if found else None) == raw


@pytest.mark.parametrize(
    ("lines", "raw"),
    [
        (["清政办发〔2026〕12号各乡镇人民政府，县政府各部门："], "清政办发〔2026〕12号"),
        (["清政办发〔2026〕12号各乡镇人民政府，县政府各部门：现将办法印发给你们。"], "清政办发〔2026〕12号"),
        ([f"{TITLE}清政办发〔2026〕12号", "各乡镇："], "清政办发〔2026〕12号"),
        ([TITLE, "清政办发〔2026〕12号　　签发人：王小明", "县委："], "清政办发〔2026〕12号"),
        (["清河县集市管理办法", "（2026年11月3日清河县人民政府令第12号公布 自2026年12月1日起施行）"], "清河县人民政府令第12号"),
        (["清河县人民政府令", "（第12号）"], "清河县人民政府令第12号"),
        (["各乡镇人民政府：", "清政办发〔2026〕12号文件收悉"], None),
        (["根据清政办发〔2026〕12号，各乡镇："], None),
        (["（根据2026年清河县人民政府令第15号修订）"], None),
        (["关于清政发〔2020〕5号的补充通知", "各乡镇："], None),
    ],
)
def test_own_number_glued_at_the_head(lines: list[str], raw: str | None) -> None:
    found = own_number.in_head(lines, TITLE)
    assert (found.raw if found else None) == raw


@pytest.mark.parametrize(
    ("lead", "raw"),
    [
        (["首页 > 政策文件", TITLE, "清政办发〔2026〕 12 号"], "清政办发〔2026〕 12 号"),
        (["清政办发〔2026〕12号", "清政办发〔2026〕13号"], None),
        (["依据清政办发〔2026〕12号办理"], None),
    ],
)
def test_own_number_on_a_line_above_the_text(lead: list[str], raw: str | None) -> None:
    found = own_number.in_lead(lead)
    assert (found.raw if found else None) == raw


@pytest.mark.parametrize(
    ("lines", "title", "expected"),
    [
        (["清河县教育局 清河县财政局", "2026年11月3日"], "", ("清河县教育局、清河县财政局", "2026-11-03")),
        (["清河县教育局", "清河县财政局", "二○二六年十一月三日"], "", ("清河县教育局、清河县财政局", "2026-11-03")),
        (["中共清河县委办公室　清河县人民政府办公室", "2026年11月3日"], "", ("中共清河县委办公室、清河县人民政府办公室", "2026-11-03")),
        (["清河县教育局（盖章）", "2026年11月3日"], "", ("清河县教育局", "2026-11-03")),
        (["清河县教育局 2026年11月3日"], "", ("清河县教育局", "2026-11-03")),
        (["清河县教育局", "2026.11.3"], "", ("清河县教育局", "2026-11-03")),
        (
            ["清河县教育局", "2026年11月3日", "附：", "国务院办公厅", "2026年1月3日"],
            "清河县教育局关于转发的通知",
            ("清河县教育局", "2026-11-03"),
        ),
        (["特此通知。", "二○二六年八月三日", "附件：1.名单.doc"], "关于印发办法的通知", (None, "2026-08-03")),
        (["联系人：王小明", "2026年11月3日"], "", (None, None)),
        (["清河县教育局2026年11月3日召开会议"], "", (None, None)),
        (["图为会议现场。", "2026年11月3日"], "清河县召开推进会", (None, None)),
    ],
)
def test_signature(lines: list[str], title: str, expected: tuple[str | None, str | None]) -> None:
    assert signature.signature(lines, title) == expected


def test_the_day_of_entry_is_no_day_of_signing() -> None:
    block = "<table><tr><td>索引号</td><td>1</td><td>文号</td><td></td></tr><tr><td>生成日期</td><td>2026-09-28</td></tr></table>"
    signed = TEXT.replace("</div>", "<p>清河县教育局</p><p>2026年9月26日</p></div>")
    assert [read(block + body)[key] for body in (signed, TEXT) for key in ("issued_on", "published_on")] == [
        "2026-09-26", "2026-09-28", "2026-09-28", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<img src='/images/a.png' alt='已废止'>", "废止"),
        ("<img src='/images/yifeizhi.png'>", "废止"),
        ("<img src='/i/%E5%B7%B2%E5%A4%B1%E6%95%88.png'>", "失效"),
        ("<div class=stamp>已失效</div>", "失效"),
        ("<span>部分失效</span>", "部分失效"),
        ("<span>已修改</span>", "已修改"),
        ("<span>尚未生效</span>", "尚未生效"),
        ("<img style='display:none' alt='已废止' src=/a.png>", None),
        ("<span>失效</span><span>废止</span>", None),
        ("<ul><li><span>失效</span></li></ul>", None),
        ("<a href='/sx/'><span>失效</span></a>", None),
        ("<h3>失效文件目录</h3>", None),
        ("<table><tr><td>是否有效</td><td>否</td><td>索引号</td><td>1</td></tr><tr><td>文号</td><td>无</td></tr></table>", "失效"),
    ],
)
def test_validity_as_a_stamp(html: str, expected: str | None) -> None:
    assert read(f"<h1>{TITLE}</h1>{html}{TEXT}")["validity"] == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [("关于集市的通知（部分失效）", "部分失效"), ("【已修改】关于集市的通知", "已修改"), ("关于集市的通知（2023年修订）", None), ("[修订]关于集市的通知", None)],
)  # fmt: skip
def test_validity_in_the_title(title: str, expected: str | None) -> None:
    assert validity.marked(title) == expected


JIEDU = "../../zcjd/202611/t20261106_2.html"
JIEDU_URL = "http://www.qinghe.gov.cn/zwgk/zcjd/202611/t20261106_2.html"
FORWARD = [
    ("buttons by kind", f"<div><a href='{JIEDU}'>文字解读</a><a href='../../zcjd/202611/t20261106_3.html'>图片解读</a></div>", 2),
    ("a button", f"<a href='{JIEDU}'>查看解读&gt;&gt;</a>", 1),
    ("by its click handler", f"<p>相关解读：<a href='javascript:;' onclick=\"window.open('{JIEDU}')\">《清河县集市管理办法》解读</a></p>", 1),
    ("in a script's object", f"<script>var a=[{{\"title\":\"《清河县集市管理办法》政策解读\",\"url\":\"{JIEDU}\"}}];</script>", 1),
    ("escaped in a script", f"<script>var a={{title:'\\u300a清河县集市管理办法\\u300b\\u89e3\\u8bfb',link:'{JIEDU}'}}</script>", 1),
    ("written by a script", f"<script>document.write('<a href=\"{JIEDU}\">《清河县集市管理办法》解读</a>');</script>", 1),
    ("a picture in a block", f"<div><h3>相关解读</h3><a href='{JIEDU}'><img src=/jd.png></a></div>", 1),
    ("a picture that says it", f"<a href='{JIEDU}'><img src=/jd.png alt='图解：清河县集市管理办法'></a>", 1),
    ("TRAP: buttons to columns", "<div><a href='/zcjd/'>文字解读</a><a href='/zcjd/tj/index.html'>图片解读</a></div>", 0),
    ("TRAP: a menu of the page", f"<nav><a href='{JIEDU}'>政策解读</a></nav>", 0),
    ("TRAP: another's in a script", f"<script>var a={{title:'《清河县殡葬管理办法》解读',url:'{JIEDU}'}}</script>", 0),
    ("TRAP: an address put together", "<script>document.write('<a href=\"' + base + '/1.html\">《清河县集市管理办法》解读</a>');</script>", 0),
]  # fmt: skip


@pytest.mark.parametrize(("html", "number"), [pytest.param(h, n, id=i) for i, h, n in FORWARD])
def test_interpretations_of_a_document(html: str, number: int) -> None:
    found = read(f"<h1>{TITLE}</h1>{TEXT}<div class=below>{html}</div>")["interpretations"]
    assert len(found) == number and found[:1] == ([JIEDU_URL] if number else [])


WENJIAN = "/zwgk/zcwj/202611/t20261105_9.html"
BACK = [
    ("a button", f"<a href='{WENJIAN}'>政策文件</a>", True),
    ("by its click handler", f"<p>政策原文：<a onclick=\"location.href='{WENJIAN}'\">清河县集市管理办法</a></p>", True),
    ("in a script", f"<script>var rel={{title:'{TITLE}',link:'{WENJIAN}'}}</script>", True),
    ("a picture in a block", f"<div><h3>政策原文</h3><a href='{WENJIAN}'><img src=a.png></a></div>", True),
    ("TRAP: the column", "<a href='/zwgk/zcwj/'>政策文件</a>", False),
    ("TRAP: another's in a script", f"<script>var rel={{title:'关于印发清河县殡葬管理办法的通知',link:'{WENJIAN}'}}</script>", False),
]  # fmt: skip


@pytest.mark.parametrize(("html", "linked"), [pytest.param(h, e, id=i) for i, h, e in BACK])
def test_documents_of_an_interpretation(html: str, linked: bool) -> None:
    title = "《清河县集市管理办法》政策解读"
    body = f"<h1>{title}</h1><div class='article-content'><p>{'本办法明确了集市的设立条件。' * 5}</p></div><div class=below>{html}</div>"
    (row,) = interpretation.read(page(body, title=title), Context())
    assert row["documents"] == ([f"http://www.qinghe.gov.cn{WENJIAN}"] if linked else [])


LONG = f"<p>{'本办法明确了集市的设立条件。' * 20}</p>"


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (LONG + "<div id=player1></div><script>new Player({source:'/up/jd.mp4'})</script>", "video"),
        (LONG + "<div class=player></div><script>play('/up/jd.mp3')</script>", "audio"),
        (LONG + "<p><a href='/up/jd.mp4'>点击观看</a></p>", "video"),
        ("<p>新闻发布会</p><p>主持人：各位记者朋友，大家好。</p>" + LONG, "press_conference"),
        ("<img src=/a1.jpg><img src=/a2.jpg>", "chart"),
        (LONG + "<script>var v='/up/jd.mp4'</script>", "text"),
        ("<p>本办法明确了集市的设立条件。</p><img src='/images/icon_doc.gif'><img src=/ewm.png width=100>", "text"),
    ],
)
def test_form_by_evidence(body: str, form: str) -> None:
    title = "清河县集市管理办法有关情况"
    assert interpretation.form(page(f"<h1>{title}</h1><div class='article-content'>{body}</div>"), title) == form


ORDER = (
    "<div class=tit1>沙河市人民政府令</div><div class=tit2>第21号</div><div id=zoom class='article-content'><p>《沙河市停车场管理办法》已经通过，现予公布，自2026年2月1日起施行。</p>"
    f"<p>市长　王小明</p><p>二〇二五年十二月十五日</p><h3>沙河市停车场管理办法</h3><p>{'第一条　为规范停车场管理，制定本办法。' * 5}</p><p>《沙河市道路停车管理规定》（市政府令第9号）同时废止。</p></div>"
)


def test_an_order_of_two_lines_signed_by_a_person() -> None:
    row = read(ORDER, title="沙河市停车场管理办法")
    assert (row["doc_number"], row["issuer"], row["issued_on"]) == ("沙河市人民政府令第21号", "沙河市人民政府", "2025-12-15")


@pytest.mark.parametrize(
    ("title", "issuer"),
    [
        ("清河县人民政府关于加强消防工作的意见", "清河县人民政府"),
        ("清河县教育局 清河县财政局关于学生资助的通知", "清河县教育局、清河县财政局"),
        ("清河县人民政府办公室转发县教育局关于招生工作意见的通知", None),
        ("关于加强消防工作的意见", None),
    ],
)
def test_the_title_names_the_issuer(title: str, issuer: str | None) -> None:
    assert own_number.issuer_of(None, title) == issuer
