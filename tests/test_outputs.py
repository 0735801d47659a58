"""Files of the output folder: whole or not at all; links to snapshots; the receipt; what changed between two runs."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from govcrawl.errors import OutputError
from govcrawl.model.facts import Context, Try, Visit
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.items import Attachment
from govcrawl.report import outputs
from govcrawl.report.receipt import site_receipt

HOME = "http://www.a.gov.cn/"
AT = "2026-11-16T08:00:00+08:00"


def test_a_write_that_breaks_off_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    outputs.json_lines(path, [{"n": 1}])

    def rows():  # type: ignore[no-untyped-def]
        yield {"n": 2}
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"无法写入 .*records\.jsonl：磁盘空间不足"):
        outputs.json_lines(path, rows())
    assert path.read_text() == '{"n": 1}\n'
    assert [p.name for p in tmp_path.iterdir()] == ["records.jsonl"]


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(OutputError, match="输出目录 .*out 不可写"):
        outputs.prepare(tmp_path / "out")
    assert (tmp_path / "out").read_text() == "x"


@pytest.mark.skipif(os.geteuid() != 0, reason="只读挂载需要 root")
def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(tmp_path)], check=False, capture_output=True)
    if mounted.returncode:
        pytest.skip("此处不能挂载 tmpfs")
    try:
        with pytest.raises(OutputError, match="不可写"):
            outputs.prepare(tmp_path / "out")
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_snapshots_are_linked_and_a_second_time_replaced(tmp_path: Path) -> None:
    source = tmp_path / "a.warc.gz"
    source.write_bytes(b"1")
    outputs.link_files([source], tmp_path / "out")
    outputs.link_files([source], tmp_path / "out")
    assert (tmp_path / "out" / "a.warc.gz").read_bytes() == b"1"


def visit(url: str, outcome: str, reason: str | None = None, status: int | None = 200, role: str = "page") -> Visit:
    return Visit(url=url, context=Context(role=role), outcome=outcome, reason=reason, tries=[Try(at=AT, url=url, status=status)], bytes=10)


def receipt(visits: list[Visit], **more: int) -> dict[str, object]:
    values = {"waiting_to_render": 0, "left_in_queue": 0, **more}
    return site_receipt(site="s", host="www.a.gov.cn", home=HOME, visits=visits, looks=[], attachments=[], **values)


@pytest.mark.parametrize(
    ("visits", "more", "state", "reasons"),
    [
        ([visit(HOME, "read")], {}, "complete", {}),
        # the site's own 404 is its defect, not a gap of ours; but where most pages are missing nobody has seen the site
        ([visit(HOME, "read"), visit(HOME + "a", "failed", "no_data", 404)], {}, "complete", {}),
        ([visit(HOME, "read"), *(visit(HOME + n, "failed", "no_data", 404) for n in "ab")], {}, "incomplete", {"no_data": 2}),
        ([visit(HOME, "read"), visit(HOME + "a", "failed", "timeout", None)], {}, "incomplete", {"timeout": 1}),
        ([visit(HOME, "read"), visit(HOME + "a", "blocked", "blocked", 412)], {}, "incomplete", {"blocked": 1}),
        ([visit(HOME, "blocked", "blocked", 412)], {}, "blocked", {"blocked": 1}),
        ([visit(HOME, "failed", "unreachable", None)], {}, "unreachable", {"unreachable": 1}),
        ([], {}, "unreachable", {}),
        ([visit(HOME, "read")], {"waiting_to_render": 2}, "incomplete", {"unrendered": 2}),
        ([visit(HOME, "read")], {"left_in_queue": 3}, "incomplete", {"budget": 3}),
        # a dead link to another host says nothing about how complete our reading is
        ([visit(HOME, "read"), visit("http://dead.cn/", "failed", "unreachable", None, "outside")], {}, "complete", {}),
        ([visit(HOME, "redirected"), visit("https://www.a.gov.cn/", "read")], {}, "complete", {}),
    ],
)
def test_the_receipt_says_how_complete_the_reading_is(
    visits: list[Visit], more: dict[str, int], state: str, reasons: dict[str, int]
) -> None:
    told = receipt(visits, **more)
    assert (told["state"], told["reasons"]) == (state, reasons)
    pages = told["pages"]
    assert isinstance(pages, dict) and sum(pages[k] for k in ("read", "failed", "blocked", "skipped")) <= pages["known"]


def test_unread_attachments_stand_by_name() -> None:
    files = [
        Attachment(url=HOME + "a.doc", page=HOME, text_status="not_read"),
        Attachment(url=HOME + "b.doc", page=HOME, text_status="read"),
    ]
    told = site_receipt(site="s", host="h", home=HOME, visits=[], looks=[], attachments=files, waiting_to_render=0, left_in_queue=0)
    assert told["attachments"] == {"read": 1, "unread": 1}
    assert told["unread_files"] == [{"url": HOME + "a.doc", "page": HOME, "status": "not_read", "name": None, "reason": None}]


def finding(ident: str, outcome: Outcome = Outcome.FAIL, rule: str = "link-dead") -> Finding:
    return Finding(id=ident * 16, rule=rule, outcome=outcome, site="s", object="page", url=HOME, message="链接失效")


def test_json_files_are_chinese_as_written(tmp_path: Path) -> None:
    outputs.json_file(tmp_path / "r.json", {"站": "清河"})
    assert "清河" in (tmp_path / "r.json").read_text(encoding="utf-8") and json.loads((tmp_path / "r.json").read_text()) == {"站": "清河"}


@pytest.mark.parametrize(
    ("onward", "last", "state", "moved"),
    [
        ("http://www.b.gov.cn/", "read", "complete", "http://www.b.gov.cn/"),
        ("https://a.gov.cn/", "read", "complete", None),  # its own twin
        ("http://www.b.gov.cn/", "failed", "unreachable", None),
        ("http://www.b.gov.cn/", "blocked", "blocked", None),
    ],
)
def test_a_home_page_that_redirects_is_judged_by_where_it_leads(onward: str, last: str, state: str, moved: str | None) -> None:
    first = visit(HOME, "redirected", status=301)
    first.redirect_to = onward
    told = receipt([first, visit(onward, last)])
    assert (told["state"], told.get("moved_to")) == (state, moved)


def test_redirects_in_a_circle_lead_nowhere() -> None:
    first, second = visit(HOME, "redirected", status=302), visit(HOME + "x", "failed", "unreachable", status=302)
    first.redirect_to, second.redirect_to = HOME + "x", HOME
    assert receipt([first, second])["state"] == "unreachable"
