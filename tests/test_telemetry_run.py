"""A whole inspection with JSON logs: every line parses, no private number of the pages is in them, and metrics, receipt and scrape say the same."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi.testclient import TestClient
from feed_kit import TOKEN
from main_job import QUICK, environment
from test_metrics import parsed

from fixtures.portal.sites.qinghe_files import NUMBERS
from govcrawl import demonstration
from govcrawl.feed import serving
from govcrawl.store.base import open_store
from govcrawl.telemetry import exposing, logs

HOME = "http://www.qinghe.gov.cn/"
COMMAND = """
import functools, sys
from govcrawl import cli, pinning
pinning.Options = functools.partial(pinning.Options, retry_wait=0)
sys.argv = ["govcrawl", *{arguments!r}]
cli.main()
"""


class Ran(NamedTuple):
    folder: Path
    code: int
    stdout: str
    stderr: str

    @property
    def receipt(self) -> dict[str, Any]:
        row: dict[str, Any] = json.loads((self.folder / "out" / "receipt.json").read_text(encoding="utf-8"))["sites"][0]
        return row

    def measured(self, name: str, **labels: str) -> float:
        rows = json.loads((self.folder / "out" / "metrics.json").read_text(encoding="utf-8"))["metrics"]
        return float(sum(row["value"] for row in rows if row["name"] == name and labels.items() <= row["labels"].items()))


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """One site with planted personal data; its slow neighbour answers, for once."""
    folder = tmp_path_factory.mktemp("workspace")
    with demonstration.portal().Portal(slow_seconds=0.1) as portal, pytest.MonkeyPatch.context() as patch:
        patch.setenv(logs.FORMAT, "json")
        patch.setenv(exposing.VARIABLE, str(folder / "metrics"))
        arguments = ["inspect", HOME, "--as-of", "2026-11-16", "--out", "out", "--render", "never", *QUICK]
        command = [sys.executable, "-c", COMMAND.format(arguments=arguments)]
        values = environment(portal.proxy_url)
        done = subprocess.run(command, cwd=folder, env=values, capture_output=True, text=True, timeout=240, check=False)
    yield Ran(folder, done.returncode, done.stdout, done.stderr)


def test_every_line_of_stderr_is_an_object_and_stdout_is_data(ran: Ran) -> None:
    assert ran.code in (3, 4), ran.stderr[-3000:]
    found = [json.loads(line) for line in ran.stderr.splitlines()]
    assert all({"time", "level", "message", "logger"} <= set(row) and row["time"].endswith("+08:00") for row in found)
    [judged] = [row for row in found if row["message"] == "网站检查完毕"]
    receipt, run = ran.receipt, json.loads((ran.folder / "out" / "receipt.json").read_text(encoding="utf-8"))["run"]
    assert (judged["run"], judged["site"], judged["phase"], judged["outcome"]) == (run, "www.qinghe.gov.cn", "judge", receipt["state"])
    assert (judged["read"], judged["failed"], judged["requests"]) == (
        receipt["pages"]["read"],
        receipt["pages"]["failed"],
        receipt["requests"],
    )
    assert ran.stdout.count("\n") == 1 and "报告 out/report.html" in ran.stdout


def test_no_line_a_page(ran: Ran) -> None:
    assert ran.receipt["pages"]["read"] > 150 and len(ran.stderr.splitlines()) < 40


def test_no_private_number_of_the_pages_is_in_a_log_or_a_metric(ran: Ran) -> None:
    findings = (ran.folder / "out" / "findings.jsonl").read_text(encoding="utf-8")
    assert "privacy-id-number" in findings and len(NUMBERS) >= 3
    for text in (ran.stderr, (ran.folder / "out" / "metrics.json").read_text(), (ran.folder / "metrics" / exposing.FILE).read_text()):
        assert not any(number in text for number in NUMBERS)


def test_the_metrics_agree_with_the_receipt(ran: Ran) -> None:
    receipt = ran.receipt
    assert ran.measured("govcrawl_requests_total") == receipt["requests"] == ran.measured("govcrawl_host_wait_seconds_count")
    assert ran.measured("govcrawl_received_bytes_total") == receipt["bytes"]
    for outcome in ("read", "failed", "blocked", "skipped"):
        visits = sum(ran.measured("govcrawl_visits_total", role=role, outcome=outcome) for role in ("page", "data"))
        assert visits == receipt["pages"][outcome], outcome
    assert ran.measured("govcrawl_reading_seconds_count") >= receipt["pages"]["read"]
    assert ran.measured("govcrawl_detecting_seconds_sum") > 0 and ran.measured("govcrawl_store_batch_seconds_sum") > 0
    assert ran.measured("govcrawl_sites_total", state=receipt["state"]) == 1
    assert ran.measured("govcrawl_issues_total") == 0


def test_the_folder_and_the_scrape_say_what_the_run_counted(ran: Ran) -> None:
    text = (ran.folder / "metrics" / exposing.FILE).read_bytes()
    assert parsed(text)["govcrawl_requests_total", ()] == ran.receipt["requests"]
    with closing(open_store(f"sqlite:///{ran.folder}/govcrawl.db")) as store, pytest.MonkeyPatch.context() as patch:
        patch.setenv(exposing.VARIABLE, str(ran.folder / "metrics"))
        with exposing.exposed():
            client = TestClient(serving.application(store, [TOKEN]))
            assert (client.get("/metrics").status_code, client.get("/metrics").content) == (401, b"")
            answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    seen = parsed(answer.content)
    assert seen["govcrawl_visits_total", (("outcome", "read"), ("role", "page"))] >= ran.measured(
        "govcrawl_visits_total", role="page", outcome="read"
    )
    assert seen["govcrawl_requests_total", ()] >= ran.receipt["requests"]
