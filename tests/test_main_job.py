"""The main job on the simulated government: planted = found both ways, and every output file is what it should be."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest
import yaml
from evidence_needs import lacking
from main_job import QUICK, ROOT, govcrawl, rows
from test_report_words import shown_in, words_of_ours

from fixtures.portal.sites.anhe import Anhe
from fixtures.portal.sites.qinghe_files import NUMBERS
from govcrawl import demonstration, rulebook, searching
from govcrawl.browser import find_browser
from govcrawl.report.evidence import KEYS, WHAT
from govcrawl.report.ledger import COLUMNS
from govcrawl.store import snapshots

pytestmark = pytest.mark.xdist_group("main-job")
FIXTURE = ROOT / "fixtures" / "portal"


SEARCHES = r"^http://[^/]+(?:/irs/search|/ssjg\.jsp|/search\.asp|/search(?:/index\.html)?(?:\?|$))"
"""Matches "http://www.anhe.gov.cn/search", not "http://www.baishui.gov.cn/common/search/3"."""


class Job(NamedTuple):
    out: Path
    workspace: Path
    code: int
    stdout: str
    stderr: str
    planted: dict[str, Any]
    browser: bool
    pages: dict[str, bytes]
    """Bytes of the pages that show personal data, by address."""
    searched: Counter[str]
    """Requests to the sites' searches and their data, by host."""

    @property
    def card(self) -> dict[str, Any]:
        card: dict[str, Any] = json.loads((self.out / "scorecard.json").read_text(encoding="utf-8"))
        return card


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Job]:
    """One whole inspection of all sites of the simulated government."""
    workspace = tmp_path_factory.mktemp("workspace")
    planted = yaml.safe_load((FIXTURE / "planted.yml").read_text(encoding="utf-8"))
    with demonstration.portal().Portal() as portal:
        done = govcrawl(
            "inspect",
            str(FIXTURE / "registry.yml"),
            "--as-of",
            planted["as_of"],
            "--out",
            "out",
            *QUICK,
            "--shots",
            "30",
            cwd=workspace,
            proxy=portal.proxy_url,
        )
        private = {f["url"] for f in planted["findings"] if f["rule"].startswith("privacy-")}
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": portal.proxy_url}))
        pages = {url: opener.open(url, timeout=20).read() for url in private}
        searched: Counter[str] = Counter()
        for url, count in portal.requests.items():
            if re.search(SEARCHES, url):
                searched[url.split("/")[2]] += count
    yield Job(workspace / "out", workspace, done.returncode, done.stdout, done.stderr, planted, find_browser() is not None, pages, searched)


def test_every_planted_defect_is_found_and_nothing_else(job: Job) -> None:
    missed, surplus, wrong = demonstration.compare(job.planted, rows(job.out / "findings.jsonl"), job.card, browser=job.browser)
    assert (missed, surplus, wrong) == ([], [], []), job.stderr[-2000:]


def test_the_draw_touches_what_only_a_sample_shows(job: Job) -> None:
    touched = {(row["site"], row["rule"]) for row in demonstration.drawn(job.planted, job.card)}
    assert touched == {(row["site"], row["rule"]) for row in job.planted["samples"]}, (
        "the seed draws none of its pages: let the site lack more"
    )


def test_every_search_is_asked_for_its_titles_and_not_too_often(job: Job) -> None:
    assert len(job.searched) == 5 and job.searched[Anhe.host] == 4  # one of them only by POST
    assert max(job.searched.values()) <= searching.REQUESTS


def test_no_trap_is_sprung(job: Job) -> None:
    accused = [f for f in rows(job.out / "findings.jsonl") if f["outcome"] in ("fail", "needs_review")]
    for trap in job.planted["traps"]:
        sprung = [
            f for f in accused
            if f["site"] == trap["site"] and f["rule"] == trap["rule"] and (not trap.get("url") or f["url"] == trap["url"])
            and (not trap.get("value") or f["value"] == str(trap["value"])) and not _planted(job, f)
        ]  # fmt: skip
        assert not sprung, f"{trap['why']}: {sprung}"


def _planted(job: Job, finding: dict[str, Any]) -> bool:
    keys = demonstration.expected(job.planted, job.card, browser=job.browser)
    return (finding["site"], finding["rule"], finding["url"], str(finding["value"] or "")) in keys


def test_what_could_not_be_looked_at_is_not_checked_with_its_reason(job: Job) -> None:
    card = json.loads((job.out / "scorecard.json").read_text(encoding="utf-8"))
    results = {(s["site"], r["rule"]): r for s in card["sites"] for r in s["rules"]}
    built = [r.id for r in rulebook.rules().values() if r.built]
    for wanted in job.planted["not_checked"]:
        for rule in built if wanted["rule"] == "*" else [wanted["rule"]]:
            result = results[wanted["site"], rule]
            if wanted["rule"] == "*" and result["outcome"] == "not_applicable":
                continue  # a bureau that never had the function needs no look at it
            assert (result["outcome"], result["reason"]) == ("not_checked", wanted["reason"]), (wanted, rule)


def test_defects_in_files_are_told_by_file(job: Job) -> None:
    planted = {(f["url"], f["value"]): f["file"] for f in job.planted["findings"] if "file" in f}
    found = {(f["url"], f["value"]): f for f in rows(job.out / "findings.jsonl") if f["object"] == "attachment" and f["outcome"] == "fail"}
    assert {key: f["source_file"] for key, f in found.items()} == planted
    assert all(f["snapshot"] and f["observed"].startswith("附件") for f in found.values())
    hidden = [f["observed"] for f in found.values() if "打开后不能直接看到" in f["observed"]]
    assert any("批注" in text for text in hidden) and any("隐藏" in text for text in hidden)


def test_files_that_cannot_be_read_are_told_by_name_and_reason_and_accuse_nobody(job: Job) -> None:
    planted = {(u["site"], u["url"], u["file"]): u["status"] for u in job.planted["unread"]}
    told = [f for f in rows(job.out / "findings.jsonl") if f["rule"] == "file-unread"]
    assert {(f["site"], f["url"], f["source_file"]) for f in told} == set(planted)
    assert all((f["outcome"], f["reason"], f["indicator"]) == ("not_checked", "unread_file", None) and f["observed"] for f in told)
    receipt = json.loads((job.out / "receipt.json").read_text(encoding="utf-8"))
    unread = {
        (s["site"], u["page"], u["url"]): u["status"] for s in receipt["sites"] for u in s["unread_files"] if u["status"] != "not_fetched"
    }
    assert unread == planted
    report = (job.out / "report.html").read_text(encoding="utf-8")
    for finding in told:
        assert finding["value"] in report and finding["observed"] in report


def test_every_file_that_was_fetched_has_been_read(job: Job) -> None:
    files = [r for r in rows(job.out / "records.jsonl") if r["kind"] == "attachment"]
    assert len(files) > 25 and not [r["url"] for r in files if r["text_status"] == "not_read"]
    read = [r for r in files if r["text_status"] == "read"]
    assert all(r["text"] and r["media_type"] for r in read)
    assert any("!/" in r["url"] for r in read), "files inside archives have records of their own"


def test_veto_candidates_are_those_planted(job: Job) -> None:
    card = json.loads((job.out / "scorecard.json").read_text(encoding="utf-8"))
    found = {s["site"]: sorted(v["indicator"] for v in s["vetoes"]) for s in card["sites"] if s["vetoes"]}
    wanted: dict[str, list[str]] = {}
    for veto in job.planted["vetoes"]:
        wanted.setdefault(veto["site"], []).append(veto["indicator"])
    assert found == {site: sorted(items) for site, items in wanted.items()}


def test_the_output_keeps_its_contract(job: Job, shared: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(shared / "tools" / "check_output.py"), str(job.out)], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip().splitlines()[-1] == "0 breaches", done.stdout


def test_every_kind_of_record_that_a_site_can_show_occurs(job: Job) -> None:
    kinds = {r["kind"] for r in rows(job.out / "records.jsonl")}
    assert kinds == {
        "site", "column", "article", "policy_document", "interpretation", "message", "service_guide", "consultation", "leader", "attachment",
    }  # fmt: skip


def test_each_site_gives_as_many_records_of_a_kind_as_it_shows(job: Job) -> None:
    found = Counter((r["site"], r["kind"]) for r in rows(job.out / "records.jsonl"))
    for site, kinds in job.planted["records"].items():
        assert {kind: found[site, kind] for kind in kinds} == kinds, site


def test_findings_stand_in_order_of_site_rule_and_id(job: Job) -> None:
    keys = [(f["site"], f["rule"], f["id"]) for f in rows(job.out / "findings.jsonl")]
    assert keys == sorted(keys)


def test_stdout_is_one_line_a_site_and_the_exit_code_says_incomplete_evidence(job: Job) -> None:
    receipt = json.loads((job.out / "receipt.json").read_text(encoding="utf-8"))
    assert len(job.stdout.splitlines()) == len(receipt["sites"])
    assert job.code == 4, job.stderr[-2000:]
    assert "需要决定" in job.stderr and "检查范围：被拦截（被网站防护系统拦截 1）" in job.stderr


def test_a_closed_site_is_skipped_with_its_reason_and_never_scored(job: Job) -> None:
    receipt = json.loads((job.out / "receipt.json").read_text(encoding="utf-8"))
    card = json.loads((job.out / "scorecard.json").read_text(encoding="utf-8"))
    skipped = [s for s in receipt["sites"] if s["state"] == "skipped"]
    assert skipped and all(s["requests"] == 0 for s in skipped)
    assert not {s["site"] for s in skipped} & {s["site"] for s in card["sites"]}


def test_the_report_is_one_file_without_script_and_without_ids_of_ours(job: Job) -> None:
    page = (job.out / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page and not re.search(r"(?:src|href)=[\"'](?:https?:)?//[^\"']+\.(?:js|css|png)", page.partition("</head>")[0])
    text = re.sub(r"<[^>]+>", " ", re.sub(r"<style.*?</style>", "", page, flags=re.S))
    assert not re.search(r"(?<![\w.-])(?:[VD]\d{1,2}-\d|X0)(?![\w.-])", text)
    assert not re.search(r"\b(?:link-dead|column-stale|guide-element-missing|footer-mark-missing)\b", text)
    for words in ("内部资料", "检查评分表", "检查范围与完成情况", "疑似问题（待核实）", "自动检查部分得分", "需要人工决定"):
        assert words in text


def test_the_report_shows_no_word_of_ours(job: Job) -> None:
    assert words_of_ours(shown_in(job.out / "report.html")) == []


def test_the_ledger_lists_problems_in_the_tables_order_with_a_hidden_id(job: Job) -> None:
    book = openpyxl.load_workbook(job.out / "ledger.xlsx")
    sheet = book["问题台账"]
    lines = list(sheet.iter_rows(values_only=True))
    assert list(lines[0]) == [name for name, _ in COLUMNS]
    assert sheet.column_dimensions["A"].hidden
    accused = {f["id"] for f in rows(job.out / "findings.jsonl") if f["outcome"] in ("fail", "needs_review") and f["indicator"] is not None}
    assert {line[0] for line in lines[1:]} == accused
    hints = [n for n, line in enumerate(lines[1:]) if line[5] == "提示"]
    by_site: dict[Any, list[int]] = {}
    for n, line in enumerate(lines[1:]):
        by_site.setdefault(line[3], []).append(n)
    for numbers in by_site.values():
        own = [n for n in numbers if n in hints]
        assert own == numbers[len(numbers) - len(own) :]


def test_no_personal_number_leaves_the_store_unmasked(job: Job) -> None:
    numbers = [n for f in job.planted["findings"] if f["rule"].startswith("privacy-") for n in _behind(job, f["url"], f["value"])]
    assert len(numbers) >= 3
    numbers += NUMBERS
    for path in [*job.out.glob("*.json*"), job.out / "report.html"]:
        text = path.read_text(encoding="utf-8")
        for number in numbers:
            assert number not in text, f"{path.name} 中有未脱敏的 {number[:3]}…"
    for path in (job.out / "snapshots").iterdir():
        for _, record in snapshots.members(path):
            assert not any(number.encode() in record for number in numbers), f"{path.name} 中有未封存的页面"


def _behind(job: Job, url: str, masked: str) -> list[str]:
    """The numbers of a page of the simulated government that a masked value stands for."""
    page = job.pages[url].decode("gb18030", "replace")
    first, last = masked.partition("*")[0], masked.rpartition("*")[2]
    return [
        n
        for n in re.findall(r"(?<![0-9Xx])[0-9]{10,20}[0-9Xx](?![0-9Xx])", page)
        if len(n) == len(masked) and n.startswith(first) and n.endswith(last)
    ]


def test_evidence_is_printed_in_chinese(job: Job) -> None:
    for finding in rows(job.out / "findings.jsonl"):
        for entry in finding["evidence"]:
            assert _unknown(entry) == [], f"{finding['rule']}: 佐证中有未译的键"


def test_evidence_bears_what_an_appeal_would_ask_for(job: Job) -> None:
    accused = [f for f in rows(job.out / "findings.jsonl") if f["outcome"] in ("fail", "needs_review")]
    assert {f["rule"]: lack for f in accused if (lack := lacking(f))} == {}


def test_shots_are_numbered_hashed_and_named_by_their_findings(job: Job) -> None:
    receipt = json.loads((job.out / "receipt.json").read_text(encoding="utf-8"))
    accused = [f for f in rows(job.out / "findings.jsonl") if f["outcome"] in ("fail", "needs_review")]
    taken = {f["shot"] for f in accused if f["shot"]}
    told = [site["shots"] for site in receipt["sites"] if "shots" in site]
    assert sum(row["taken"] for row in told) == len(taken) and sum(row["left_out"] for row in told) == len(accused) - len(taken)
    if not job.browser:
        assert not taken and all("没有可用的浏览器" in row["note"] for row in told if row["left_out"])
        return
    listed = json.loads((job.out / "shots" / "manifest.json").read_text(encoding="utf-8"))["shots"]
    assert {f"shots/{s['file']}" for s in listed} == taken and len(taken) > 20
    assert [s["number"] for s in listed] == list(range(1, len(listed) + 1))
    for shot in listed:
        assert hashlib.sha256((job.out / "shots" / shot["file"]).read_bytes()).hexdigest() == shot["sha256"]
    assert all(f["shot"] for f in accused if f["rule"].startswith("privacy-"))


def test_the_run_is_proved(job: Job) -> None:
    run = json.loads((job.out / "receipt.json").read_text(encoding="utf-8"))["run"]
    done = govcrawl("verify", run, cwd=job.workspace)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1), done.stdout


def _unknown(value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for inner in value for name in _unknown(inner)]
    if not isinstance(value, dict):
        return []
    own = [name for name in value if name not in KEYS and name.isascii() and name.islower() and "/" not in name]
    own += [str(value["what"])] if "what" in value and value["what"] not in WHAT else []
    return own + [name for inner in value.values() for name in _unknown(inner)]


def test_judged_again_from_the_store_nothing_changes(job: Job) -> None:
    run = json.loads((job.out / "receipt.json").read_text(encoding="utf-8"))["run"]
    done = govcrawl("score", run, "--out", "again", cwd=job.workspace)
    assert done.returncode == job.code, done.stderr
    before, after = rows(job.out / "findings.jsonl"), rows(job.workspace / "again" / "findings.jsonl")
    assert before == after
    assert json.loads((job.workspace / "again" / "scorecard.json").read_text()) == json.loads((job.out / "scorecard.json").read_text())
