"""Files in findings: what detectors saw inside them, and those that could not be read. All numbers are invented and masked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from object_checks import at, page, result, run, site, told, visit
from test_checks_content import hit, phone

from govcrawl.checks.content import Content
from govcrawl.checks.files import FilesUnread
from govcrawl.extract import file_records
from govcrawl.model.facts import ATTACHMENT, Context, Try, Visit
from govcrawl.model.files import FileFacts, FilePart
from govcrawl.model.items import Attachment, Snapshot

TAKEN = Snapshot("a.warc.gz", 7, "0" * 64)


def file(path: str = "/f/名单.xlsx", status: str = "read", reason: str | None = None, **fields: Any) -> Attachment:
    values = {
        "url": at(path),
        "key": at(path),
        "page": at("/gs/1.html"),
        "name": "名单",
        "text_status": status,
        "reason": reason,
        "snapshot": TAKEN,
    }
    return Attachment(**{**values, **fields})


# ---------------------------------------------------------------- hits in files


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("body", "附件正文"),
        ("comment", "附件的批注（打开后不能直接看到，下载者仍可取得）"),
        ("hidden", "附件的隐藏内容（打开后不能直接看到，下载者仍可取得）"),
        ("deleted", "附件的修订中删除的文字（打开后不能直接看到，下载者仍可取得）"),
        ("meta", "附件的文件属性（打开后不能直接看到，下载者仍可取得）"),
        ("header", "附件的页眉"),
        ("name", "附件的文件名"),
        ("table:手机号", "附件的表格“手机号”列"),
    ],
)
def test_a_number_in_a_file_says_where_it_hides(place: str, said: str) -> None:
    facts = site(attachments=[file()], file_hits={at("/f/名单.xlsx"): [phone(place=place, locator="批注2")]})
    (finding,) = run(Content, facts, [page("/gs/1.html")]).findings
    assert (finding.observed, finding.locator, finding.outcome.value) == (said, "批注2", "fail")
    assert (finding.url, finding.source_file, finding.object) == (at("/gs/1.html"), at("/f/名单.xlsx"), "attachment")
    assert finding.snapshot == TAKEN and "138****0000" in finding.message


def test_digits_that_the_file_itself_has_lost_are_said_to_be_lost() -> None:
    lost = "（数字单元格超过15位，文件本身没有保存末尾的几位数字，显示为0，不是原来填写的号码）"
    for place, said in (("table:身份证号码", "附件的表格“身份证号码”列"), ("body", "附件正文")):
        facts = site(attachments=[file()], file_hits={at("/f/名单.xlsx"): [phone(place=place, weak=True, lossy=True)]})
        (finding,) = run(Content, facts).findings
        assert (finding.outcome.value, finding.observed) == ("needs_review", said + lost)


def test_a_file_inside_a_file_is_named_in_full() -> None:
    inner = file("/f/a.zip!/名单/a.doc", page=None)
    (finding,) = run(Content, site(attachments=[inner], file_hits={inner.url: [hit()]})).findings
    assert (finding.url, finding.source_file, finding.value) == (at("/f/a.zip"), at("/f/a.zip!/名单/a.doc"), "关健")


def test_the_same_number_in_two_files_of_a_page_is_two_findings() -> None:
    files = [file("/f/1.xlsx"), file("/f/2.xlsx")]
    report = run(Content, site(attachments=files, file_hits={f.url: [phone(), phone(place="hidden")] for f in files}))
    assert sorted(f.source_file or "" for f in report.findings) == [f.url for f in files]


def test_a_value_in_many_files_is_no_shared_block() -> None:
    files = [file(f"/f/{n}.docx", page=at(f"/gs/{n}.html")) for n in range(30)]
    report = run(Content, site(attachments=files, file_hits={f.url: [phone(place="header")] for f in files}))
    assert len(report.findings) == 30 and all(f.pages == 1 for f in report.findings)


def test_a_weak_hit_in_a_file_is_for_a_person_and_a_file_without_hits_says_nothing() -> None:
    facts = site(attachments=[file(), file("/f/b.doc")], file_hits={at("/f/名单.xlsx"): [phone(weak=True)]})
    assert told(run(Content, facts), "privacy-phone") == [("needs_review", "138****0000")]


def test_a_text_file_that_was_read_as_a_page_too_is_told_once() -> None:
    text = file("/f/名单.txt")
    facts = site(attachments=[text], file_hits={text.url: [phone(locator="")]})
    assert len(run(Content, facts, [page("/f/名单.txt", hits=[phone(locator="//p")])]).findings) == 1


# ---------------------------------------------------------------- file-unread

UNREAD: list[tuple[str, Attachment, Visit | None, tuple[str, str] | None]] = [
    ("password", file(status="password", reason="打开需要密码"), None, ("unread_file", "打开需要密码")),
    ("damaged", file(status="damaged", reason="文件结构已损坏"), None, ("unread_file", "文件结构已损坏")),
    ("crashed", file(status="crashed", reason="读取程序异常退出"), None, ("unread_file", "读取程序异常退出")),
    ("too large to be fetched", file(status="too_large", reason="文件过大（35MB），未下载"), visit("/f/名单.xlsx", "failed", "unread_file", 200), ("unread_file", "文件过大（35MB），未下载")),
    ("a scan without text", file(status="empty", reason="扫描件（图片），尚未识别文字", truncated=True), None, ("unread_file", "扫描件（图片），尚未识别文字")),
    ("not fetched: timeout", file(status="not_fetched", reason="下载超时"), visit("/f/名单.xlsx", "failed", "timeout", None), ("timeout", "下载超时")),
    ("not fetched: shield", file(status="not_fetched", reason="被拦截"), visit("/f/名单.xlsx", "blocked", "blocked", 403), ("blocked", "被拦截")),
    ("waits for its reading", file(status="not_read"), None, ("unread_file", "内容未读取")),
    ("read", file(), None, None),
    ("read in part", file(reason="行数超过上限", truncated=True), None, None),
    ("trap: an empty form has nothing to read", file(status="empty", reason="没有文字"), None, None),
    ("trap: the site says that it is not there", file(status="not_fetched", reason="网站应答 404"), visit("/f/名单.xlsx", "failed", "no_data", 404), None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "attachment", "seen", "expected"), UNREAD, ids=[row[0] for row in UNREAD])
def test_unread_files(name: str, attachment: Attachment, seen: Visit | None, expected: tuple[str, str] | None) -> None:
    report = run(FilesUnread, site(attachments=[attachment], visits=[seen] if seen else []))
    assert [(f.reason, f.observed) for f in report.findings] == ([expected] if expected else [])
    for finding in report.findings:
        assert (finding.outcome.value, finding.object, finding.url, finding.source_file) == (
            "not_checked",
            "attachment",
            at("/gs/1.html"),
            attachment.url,
        )
        assert finding.message == f"附件未能读取，内容未检查：名单（{finding.observed}）"


@pytest.mark.parametrize(
    ("files", "visits", "expected"),
    [
        ([file()], [], ("pass", None, 1)),
        ([file(), file("/b.doc", "damaged", "坏")], [], ("not_checked", "unread_file", 1)),
        ([], [], ("not_applicable", "no_data", 0)),
        ([], [visit("/gs/", "blocked", "blocked", 403)], ("not_checked", "blocked", 0)),
    ],
)
def test_result(files: list[Attachment], visits: list[Visit], expected: tuple[str, str | None, int]) -> None:
    told = result(run(FilesUnread, site(attachments=files, visits=visits)), "file-unread")
    assert (told.outcome.value, told.reason, told.looked_at) == expected


# ---------------------------------------------------------------- records


def fetched(outcome: str = "read", reason: str | None = None, error: str | None = None, status: int | None = 200, **fields: Any) -> Visit:
    attempt = Try(at="2026-11-16T08:00:00+08:00", url=at("/f/P1.zip"), status=status, error=error, snapshot=TAKEN)
    values = {"context": Context(role=ATTACHMENT, anchor="名单"), "bytes": 900, "media_type": "application/octet-stream"}
    return Visit(**{"url": at("/f/P1.zip"), "outcome": outcome, "reason": reason, "tries": [attempt], **values, **fields})


def test_a_file_and_those_inside_it_have_records_of_their_own() -> None:
    parts = [FilePart(format="zip", text_status="read", text="名单/a.xlsx", bytes=900), FilePart(path="名单/a.xlsx", format="xlsx", text_status="read", text="王某", bytes=12, pages=2)]  # fmt: skip
    own, inner = file_records.records("s", fetched(), at("/gs/1.html"), at("/gs/"), FileFacts(url=at("/f/P1.zip"), digest="d", parts=parts))
    assert (own.url, own.name, own.media_type, own.bytes) == (at("/f/P1.zip"), "名单", "application/zip", 900)
    assert (inner.url, inner.key, inner.name, inner.page) == (
        at("/f/P1.zip!/名单/a.xlsx"),
        at("/f/P1.zip!/名单/a.xlsx"),
        "a.xlsx",
        at("/gs/1.html"),
    )
    assert (inner.media_type or "").endswith("spreadsheetml.sheet") and (inner.pages, inner.text, inner.bytes) == (2, "王某", 12)
    parts.append(replace(parts[1], path="名单/a.xlsx#2"))
    keys = [r.key for r in file_records.records("s", fetched(), None, None, FileFacts(url=at("/f/P1.zip"), digest="d", parts=parts))]
    assert keys == [own.key, inner.key, at("/f/P1.zip!/名单/a.xlsx#2")]
    assert inner.snapshot == own.snapshot == TAKEN and inner.column == at("/gs/")


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (fetched(), ("not_read", "已下载，尚未读取")),
        (fetched("failed", "unread_file", "too_large", bytes=35 << 20), ("too_large", "文件过大（35MB），未下载")),
        (fetched("failed", "unreachable", "reset"), ("not_fetched", "下载中断，文件不完整（已重试）")),
        (fetched("failed", "no_data", status=404), ("not_fetched", "网站应答 404，没有这个文件")),
        (fetched("failed", "timeout", "timeout", None), ("not_fetched", "下载超时")),
        (fetched("skipped", "robots", tries=[]), ("not_fetched", "robots.txt 不允许下载")),
    ],
)
def test_why_a_file_was_not_read(seen: Visit, expected: tuple[str, str | None]) -> None:
    (record,) = file_records.records("s", seen, None, None, None)
    assert (record.text_status, record.reason) == expected


@pytest.mark.parametrize(
    ("part", "reason", "unread"),
    [
        (FilePart(text_status="empty", reason="没有文字"), "没有文字", False),
        (
            FilePart(text_status="empty", reason="第1页的字体缺少编码，文字无法还原", truncated=True),
            "第1页的字体缺少编码，文字无法还原",
            True,
        ),
        (
            FilePart(text_status="empty", reason="扫描件（图片），尚未识别文字", pictures=2, truncated=True),
            "扫描件（图片），尚未识别文字",
            True,
        ),
        (FilePart(text_status="empty", reason="内容是网页“404”", wrong_type=True), "内容是网页“404”", True),
        (FilePart(text_status="read", reason="行数超过上限", truncated=True), "行数超过上限", False),
        (FilePart(text_status="read", pictures=3), None, False),
        (FilePart(text_status="damaged", reason="文件结构已损坏"), "文件结构已损坏", True),
    ],
)
def test_an_empty_file_is_told_from_one_that_was_not_read(part: FilePart, reason: str | None, unread: bool) -> None:
    (record,) = file_records.records("s", fetched(), None, None, FileFacts(url=at("/f/P1.zip"), digest="d", parts=[part]))
    assert (record.reason, record.unread) == (reason, unread)


@pytest.mark.parametrize(
    ("anchor", "path", "expected"),
    [
        ("附件：补贴名单", "/f/P0202.xls", "P0202.xls"),
        ("补贴名单.xls", "/download.jsp?id=3", "补贴名单.xls"),
        (None, "/f/%E8%A1%A8.doc", "表.doc"),
    ],
)
def test_the_name_that_promises_a_kind_of_file(anchor: str | None, path: str, expected: str) -> None:
    assert file_records.file_name(fetched(url=at(path), context=Context(role=ATTACHMENT, anchor=anchor))) == expected
