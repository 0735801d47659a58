"""What a reader sees: Chinese or a quoted thing of the page. Places, evidence, the report's page, the last line on the screen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from lxml import html as lxml_html
from test_scoring import PACK, SITE, card, finding

from govcrawl import rulebook
from govcrawl.checks import links
from govcrawl.checks.base import REASON_TEXT
from govcrawl.model.facts import Context, Try, Visit
from govcrawl.model.findings import REASONS, Finding, Outcome
from govcrawl.model.items import Snapshot
from govcrawl.model.runs import Run
from govcrawl.page import answers
from govcrawl.report import html, ledger, places, sheets
from govcrawl.report.evidence import KEYS, WHAT, in_words
from govcrawl.report.receipt import skipped_receipt
from govcrawl.report.summary import Result, tell, unreached
from govcrawl.report.view import RunView, SiteView

A_LINK = {"what": "place", "region": "footer", "tag": "a"}


def at(locator: str | None, *evidence: dict[str, Any], **fields: Any) -> Finding:
    return finding("link-dead", locator=locator, evidence=list(evidence), **fields)


# -- places


@pytest.mark.parametrize(
    ("locator", "evidence", "said"),
    [
        ("(//a)[18]/@href", A_LINK, "页脚，第 18 个链接"),
        ("(//img)[2]/@src", {"what": "place", "region": "body"}, "正文，第 2 张图片"),
        ("(//a)[3]/@href", {"what": "GET", "url": "http://x"}, "第 3 个链接"),
        ("row[4]", A_LINK, "页脚，列表第 4 行"),
        ("/html/body/div[5]/div[2]/table", {"what": "hit", "place": "table:联系电话"}, "表格“联系电话”列"),
        ("/html/body/div[5]/table", {"what": "hit", "place": "body"}, "正文，表格"),
        ("/html/body/div[5]", {"what": "hit", "place": "body"}, "正文"),
        ("/html/body/ul/li[2]/@onclick", A_LINK, "页脚，列表项"),
        ("原始数据!C2", {"what": "hit", "place": "附件的隐藏内容（打开后不能直接看到，下载者仍可取得）"}, "隐藏内容，工作表“原始数据”的 C2 单元格"),
        ("批注1", {"what": "hit", "place": "附件的批注（打开后不能直接看到，下载者仍可取得）"}, "批注1"),
        ("第3页", {"what": "hit", "place": "附件正文"}, "正文，第3页"),
        (None, {"what": "hit", "place": "info"}, "标题下的信息行"),
        ("/html/body/div[5]/div", {"what": "searched", "region": "footer"}, ""),
        (None, {"what": "searched"}, ""),
    ],
)  # fmt: skip
def test_a_place_is_said_in_words(locator: str | None, evidence: dict[str, Any], said: str) -> None:
    assert places.in_words(at(locator, evidence)) == said


def test_the_ledger_names_page_file_and_place_a_line_each() -> None:
    hit = {"what": "hit", "place": "附件的批注（打开后不能直接看到）"}
    one = at("批注1", hit, url="http://a.gov.cn/1.html", source_file="http://a.gov.cn/a.docx")
    assert places.whole(one) == "http://a.gov.cn/1.html\n附件 http://a.gov.cn/a.docx\n位置：批注1"
    assert places.whole(at("/html/body/div", url="http://a.gov.cn/1.html")) == "http://a.gov.cn/1.html"


# -- evidence


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"what": "GET", "status": None, "error": "proxy"}, "访问：错误 代理服务器未能转达"),
        ({"what": "GET", "state": "nothing"}, "访问：结果页 没有结果"),
        ({"what": "place", "region": "footer", "tag": "img", "anchor": "list"}, "位置：区域 页脚；元素 图片；链接文字 list"),
        ({"what": "hit", "place": "table:电话", "locator": "/html/body/table", "entry": "typo.1"}, "检出：位置 表格“电话”列；定位 表格（/html/body/table）"),
        ({"what": "message", "status": "办理中", "shown": {"asked_on": "留言时间"}}, "留言：办理状态 办理中"),
        ({"what": "message", "shown": {"asked_on": "来信日期"}}, "留言：页面所示 留言时间写作“来信日期”"),
        ({"what": "reply", "rank": 4, "reply": "已收悉"}, "答复：答复 已收悉"),
        ({"what": "stub", "text": "body", "listed_on": "http://a/"}, "页面所示：文字 body；所在列表 http://a/"),
        ({"what": "page_one", "rows": [{"title": "甲", "date": "2026-01-02"}, {"title": "乙", "date": None}]}, "列表第一页：各条 （标题 甲，日期 2026-01-02）、标题 乙"),
        ({"what": "GET", "resolved": {"error": "[Errno -2] Name or service not known"}}, "访问：域名解析 错误 查无此域名（[Errno -2] Name or service not known）"),
        ({"what": "GET", "resolved": {"error": "timeout"}}, "访问：域名解析 错误 超时"),
        ({"what": "family", "family": "ipv6", "outcomes": "超时 2"}, "地址类型：地址类型 IPv6；结果 超时 2"),
        ({"what": "meta", "page": "content", "found": {"PubDate": "2026-01-02"}}, "页面标签：页面 内容页；查到 PubDate 2026-01-02"),
    ],
)  # fmt: skip
def test_evidence_is_said_in_words_and_what_the_page_says_is_left_alone(row: dict[str, Any], said: str) -> None:
    assert in_words(row) == said


def test_every_error_and_reason_has_words() -> None:
    assert answers._REASONS.keys() <= answers.IN_PRINT.keys()
    assert REASON_TEXT.keys() >= REASONS
    assert not [said for said in (*answers.IN_PRINT.values(), *REASON_TEXT.values()) if re.search("[a-z]", said.replace("robots.txt", ""))]


@pytest.mark.parametrize(
    ("attempt", "outcome", "said"),
    [
        (Try(at="t", url="u", error="proxy"), "failed", "代理服务器未能转达"), (Try(at="t", url="u", error="odd"), "failed", "未能访问"),
        (Try(at="t", url="u", status=429), "blocked", "429"), (None, "blocked", "被拦截"), (Try(at="t", url="u", error="dns"), "failed", "域名无法解析"),
    ],
)  # fmt: skip
def test_what_a_try_came_to_is_said_in_words(attempt: Try | None, outcome: str, said: str) -> None:
    visit = Visit(url="u", context=Context(), outcome=outcome, tries=[attempt] if attempt else [])
    assert answers.in_print(visit) == said
    assert links.death(attempt) in (None, said)


# -- the page


def receipt(state: str = "complete", reasons: dict[str, int] | None = None, **more: Any) -> dict[str, Any]:
    pages = {"known": 4, "read": 3, "failed": 1, "blocked": 0, "skipped": 0, "not_rendered": 0}
    made = {**skipped_receipt(SITE.site, "www.qinghe.gov.cn", ""), "pages": pages, "state": state, "reasons": reasons or {}}
    del made["note"]
    return made | more


def view_of(*findings: Finding, scored: dict[str, Any] | None = None, **site: Any) -> RunView:
    run = Run(id="r1", targets=[], targets_key="", pack=PACK.name, as_of="2026-11-16", seed="2026-Q4")
    one = SiteView(target=SITE, receipt=receipt(), card=scored or card(list(findings)), findings=list(findings))
    for name, value in site.items():
        setattr(one, name, value)
    return RunView(run=run, pack=PACK, sites=[one], made_at="2026-11-16T09:00:00+08:00")


def text_of(view: RunView, folder: Path) -> str:
    html.write(folder / "report.html", view, rulebook.rules())
    return shown_in(folder / "report.html")


def shown_in(page: Path) -> str:
    """The text of a report, less what stands small beside it for programs."""
    root = lxml_html.parse(str(page)).getroot()
    for element in root.xpath("//head|//small"):
        element.drop_tree()
    return " ".join(root.text_content().split())


def words_of_ours(text: str) -> list[str]:
    """Words of our enumerations and keys that stand in a text by themselves."""
    ours = {
        *answers.IN_PRINT,
        *REASONS,
        *places.REGIONS,
        *KEYS,
        *WHAT,
        *(o.value for o in Outcome),
        "severe",
        "minor",
        "major",
        "notice",
        "candidate",
    }
    ours -= {"sha256"}
    return [
        word for word in re.findall(r"(?<![\w./-])[a-z_]{2,}(?![\w./-])", re.sub(r"Mozilla/[^；]*|https?://\S+", "", text)) if word in ours
    ]


def test_the_report_shows_no_word_of_ours(tmp_path: Path) -> None:
    where = {"what": "place", "region": "footer", "tag": "a", "anchor": "平台", "kind": "链接"}
    tries = {"what": "GET", "at": "2026-11-16T08:00:00+08:00", "url": "http://b.cn/", "status": None, "error": "proxy"}
    kept = {"warc": "w.gz", "offset": 7, "sha256": "ab"}
    dead = at(
        "(//a)[78]/@href", where, tries, {"what": "fetched", "at": "2026-11-16T08:00:00+08:00", "snapshot": kept}, value="http://b.cn/",
        outcome=Outcome.NOT_CHECKED, reason="unreachable", observed=answers.IN_PRINT["proxy"], message="链接“平台”：未检查（无法访问）",
        snapshot=Snapshot("w.gz", 7, "ab"),
    )  # fmt: skip
    text = text_of(view_of(dead, receipt=receipt("incomplete", {"unreachable": 1, "budget": 2})), tmp_path)
    assert "位置 页脚，第 78 个链接" in text and "实际：代理服务器未能转达" in text
    assert "不完整：无法访问 1 页，超出本次检查的页面数量上限 2 页" in text
    assert text.count("起始字节 7") == 1 and "第 7 字节" not in text, "where the bytes lie is told once"
    assert words_of_ours(text) == []
    assert words_of_ours("实际：proxy；区域 footer；来源 list，见 http://a.cn/list 与 a/list.html") == ["proxy", "footer", "list"]


def test_a_finding_without_a_fetched_row_still_tells_where_its_bytes_lie(tmp_path: Path) -> None:
    text = text_of(view_of(at("(//a)[1]/@href", A_LINK, snapshot=Snapshot("w.gz", 7, "ab"))), tmp_path)
    assert "快照 w.gz 第 7 字节" in text


def test_what_passes_is_the_part_that_was_checked_and_what_stands_apart_is_named(tmp_path: Path) -> None:
    passed = card(everything=True)
    passed["verdict"], passed["open_vetoes"] = "pass", ["V1", "V2"]
    text = text_of(view_of(scored=passed), tmp_path)
    assert "“合格”只就自动检查的部分而言" in text and "得分范围的下限不低于 60 分，检查项完成率不低于 50%" in text
    assert "首页不更新、栏目不更新、互动回应差、服务不实用等单项否决的条件已经查全" in text
    assert "“安全、泄密事故等严重问题”“站点无法访问”没有查，不妨碍得出以上结论" in text
    assert "须另行查清的单项否决：安全、泄密事故等严重问题" in text and "因此不能评为合格" not in text
    passed["verdict"], passed["open_vetoes"] = "inconclusive", ["V2", "V4"]
    text = text_of(view_of(scored=passed), tmp_path)
    assert "未能查全、因此不能评为合格的单项否决：栏目不更新（" in text and "须另行查清的单项否决：站点无法访问（" in text


# -- the last line on the screen


def told(view: RunView, **more: Any) -> list[str]:
    lines: list[str] = []
    tell(Result(run=view.run, view=view, out=Path("out"), **more), lines.append)
    return lines


@pytest.mark.parametrize(
    ("state", "reasons", "more", "said"),
    [
        ("complete", {}, {}, None),
        ("skipped", {"approved": 1}, {}, None),
        ("incomplete", {"timeout": 3, "budget": 40}, {}, "清河县人民政府 43 页未能检查（访问超时 3，超出本次检查的页面数量上限 40）"),
        ("incomplete", {}, {"note": "本次读到 20 页，上次 300 页"}, "清河县人民政府 本次读到 20 页，上次 300 页"),
        ("blocked", {"blocked": 1}, {}, "清河县人民政府 首页被拦截，读到 3 页（被网站防护系统拦截 1）"),
        ("unreachable", {"unreachable": 1}, {}, "清河县人民政府 首页无法访问，读到 3 页（无法访问 1）"),
    ],
)
def test_the_end_names_what_was_not_reached(state: str, reasons: dict[str, int], more: dict[str, Any], said: str | None) -> None:
    lines = [line for line in told(view_of(receipt=receipt(state, reasons, **more))) if "未能查全" in line]
    assert lines == ([f"未能查全（退出码 4）：{said}"] if said else [])


def test_many_sites_and_lost_bytes_still_make_one_line() -> None:
    rows = [(f"网站{n}", receipt("unreachable")) for n in range(30)]
    assert len(unreached(rows)) == 11 and unreached(rows)[-1] == "等共 30 个网站，其余见 receipt.json"
    assert told(view_of(), lost=["w.gz"])[-1] == "未能查全（退出码 4）：留存的原文 1 份无法读取"
    assert "退出码" not in told(view_of(receipt=receipt("blocked")), bad_rows=["第 2 行"])[-1]


def test_a_pass_says_what_it_does_not_speak_of() -> None:
    passed = card(everything=True)
    passed["verdict"], passed["open_vetoes"] = "pass", ["V1", "V2"]
    [line] = [line for line in told(view_of(scored=passed)) if "合格只就" in line]
    assert "安全、泄密事故等严重问题" in line and "站点无法访问" in line


# -- the ledger


def test_the_ledger_is_read_without_touching_it(tmp_path: Path) -> None:
    long = "办事指南" * 30
    view = view_of(at("(//a)[18]/@href", A_LINK, message=long, indicator="D22", clause="D22-1", value="http://b.cn/x", title="甲"))
    ledger.write(tmp_path / "ledger.xlsx", view, rulebook.rules())
    sheet = openpyxl.load_workbook(tmp_path / "ledger.xlsx").active
    assert sheet is not None
    head = [cell.value for cell in sheet[1]]
    row = dict(zip(head, sheet[2], strict=True))
    assert sheet.column_dimensions["A"].hidden and sheet.freeze_panes == "F2"
    assert row["所在页面及位置"].value.endswith("\n位置：页脚，第 18 个链接")
    assert all(cell.alignment.wrap_text for cell in sheet[2])
    assert row["序号"].value == 1 and isinstance(row["扣分"].value, int | float)
    assert sheet.row_dimensions[2].height >= 8 * 13.5, "240 half widths in a column of 32"
    assert sum(width for _, width in ledger.COLUMNS[1:]) < 340, "on A3 across, more would be too small to read"


@pytest.mark.parametrize(
    ("text", "lines"), [("", 1), ("短", 1), ("县" * 5, 1), ("县" * 6, 2), ("a" * 11, 2), ("一\n二\n三", 3), ("长" * 5000, 30)]
)
def test_a_row_is_as_high_as_its_text(text: str, lines: int) -> None:
    assert sheets.height({"问题": text, "编号": "x" * 100}, (("问题", 10),)) == pytest.approx(min(409.0, lines * 13.5 + 4))
