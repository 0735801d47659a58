"""The main job over stored real pages, served under their real addresses."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from main_job import QUICK, govcrawl, rows

pytestmark = pytest.mark.xdist_group("real-pages")


@pytest.fixture(scope="module")
def replay(shared: Path) -> Iterator[str]:
    """Address of a proxy that serves the stored real pages."""
    command = [sys.executable, str(shared / "tools" / "replay_proxy.py"), "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    line = server.stdout.readline()
    yield line.split()[-1]
    server.terminate()
    server.wait(10)
    server.stdout.close()


def test_thirty_state_council_documents_read_like_their_own_tables(replay: str, shared: Path, tmp_path: Path) -> None:
    done = govcrawl("inspect", "http://www.gov.cn/zhengce/", "--out", "out", *QUICK, cwd=tmp_path, proxy=replay)
    assert done.returncode == 4, done.stderr
    read = {r["url"]: r for r in rows(tmp_path / "out" / "records.jsonl") if r["kind"] == "policy_document"}
    with (shared / "real/pages/policy-govcn/facts.tsv").open(encoding="utf-8", newline="") as file:
        facts = list(csv.DictReader(file, delimiter="\t"))
    assert len(facts) == 30 and set(read) == {f["url"] for f in facts}
    wanted = {
        f["url"]: {
            "title": f["title"], "doc_number": f["doc_no"], "index_number": f["index_no"], "issuer": f["organ"], "issued_on": f["written"],
            "published_on": f["published"],
        }
        for f in facts
    }  # fmt: skip
    wrong = [
        (url, name, read[url][name], value) for url, fields in wanted.items() for name, value in fields.items() if read[url][name] != value
    ]
    assert wrong == []


def test_one_real_home_page_with_everything_else_missing_accuses_nothing_that_was_not_seen(replay: str, tmp_path: Path) -> None:
    done = govcrawl("inspect", "http://www.yichun.gov.cn/", "--out", "out", *QUICK, cwd=tmp_path, proxy=replay)
    assert done.returncode == 4, done.stderr
    records = rows(tmp_path / "out" / "records.jsonl")
    [site] = [r for r in records if r["kind"] == "site"]
    assert site["site_code"] == "3609000002" and site["organizer"] == "宜春市人民政府"
    assert site["icp_number"].startswith("赣ICP备06000141号")
    assert "36090202000004" in site["police_number"]
    findings = rows(tmp_path / "out" / "findings.jsonl")
    accused = [f for f in findings if f["outcome"] in ("fail", "needs_review")]
    assert not [
        f for f in accused if f["rule"].startswith("column-") or f["rule"] in ("item-undated", "doc-number-missing", "guide-missing")
    ]
    dead = [f for f in accused if f["rule"] == "link-dead"]
    assert dead, "links that answer 404 are reported"
    for finding in dead:
        tries = [e for e in finding["evidence"] if e.get("what") == "GET"]
        assert len(tries) >= 2 and all(e["at"] for e in tries), finding
    card = json.loads((tmp_path / "out" / "scorecard.json").read_text(encoding="utf-8"))
    assert card["sites"][0]["verdict"] != "pass"
