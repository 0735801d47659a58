"""`govcrawl probe` as a user runs it, and what an inspection makes of the stored week."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from socket import socket

import pytest
from main_job import QUICK, environment, govcrawl, rows
from probe_lab import answering, serving, unused_port, week, with_outcomes

from govcrawl.model.items import Probe
from govcrawl.store.base import open_store

PAGE = answering(
    "200 OK", "<html><head><title>清和县人民政府</title></head><body>首页</body></html>".encode(), Content_Type="text/html; charset=utf-8"
)


def kept(folder: Path, site: str) -> list[Probe]:
    store = open_store(f"sqlite:///{folder}/govcrawl.db")
    try:
        return list(store.probes(site, "2000-01-01", "2100-01-01"))
    finally:
        store.close()


def hangs(wire: socket, stop: threading.Event) -> None:
    stop.wait(30)


def test_one_probe_of_each_target(tmp_path: Path) -> None:
    dead = unused_port()
    with serving(PAGE) as port, serving(PAGE, "127.0.0.2") as other:
        done = govcrawl(
            "probe", f"127.0.0.1:{port}", f"127.0.0.1:{dead}", "--once", "--place", "甲", "--control", f"http://127.0.0.2:{other}/", "--json",
            cwd=tmp_path,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    four = {row["site"]: row for row in told if row["address_family"] == "ipv4"}
    assert (four[f"127.0.0.1:{port}"]["outcome"], four[f"127.0.0.1:{port}"]["place"]) == ("ok", "甲")
    assert (four[f"127.0.0.1:{dead}"]["outcome"], four[f"127.0.0.1:{dead}"]["control"]) == ("refused", True)
    assert {row["kind"] for row in told} == {"probe"} and len(kept(tmp_path, f"127.0.0.1:{port}")) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["127.0.0.1:{dead}", "--control", "http://127.0.0.2:{dead}/"], 4, "对照站点也打不开，不计入"),
        (["{list}"], 5, "第 3 行（不是网址 x）"),
        (["nonsense here"], 2, "既不是网址也不是名录文件"),
        (["127.0.0.1", "--control", "ftp://a.cn"], 2, "--control 不是网址"),
        (["127.0.0.1", "--place", "a/b"], 2, "--place 的值"),
    ],
)
def test_exit_codes(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    with serving(PAGE) as port:
        (tmp_path / "名录.csv").write_text(f"首页网址,网站名称\n127.0.0.1:{port},清和\nhttp://a b/,不是网址 x\n", encoding="utf-8")
        words = {"dead": str(unused_port()), "list": str(tmp_path / "名录.csv")}
        done = govcrawl("probe", *(a.format(**words) for a in arguments), "--once", cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert said in done.stdout + done.stderr


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "govcrawl", "probe", *arguments]
    return subprocess.Popen(command, cwd=folder, env=environment(None), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_what_was_told_survives_a_kill_in_the_middle_and_the_next_start_goes_on(tmp_path: Path) -> None:
    with serving(PAGE) as port, serving(hangs) as slow:
        job = started(tmp_path, f"127.0.0.1:{port}", f"127.0.0.1:{slow}", "--once")
        assert job.stdout is not None
        assert "打开" in job.stdout.readline()
        job.kill()
        job.communicate(timeout=20)
        before = kept(tmp_path, f"127.0.0.1:{port}")
        assert [p.outcome for p in before if p.address_family == "ipv4"] == ["ok"]
        assert kept(tmp_path, f"127.0.0.1:{slow}") == []
        assert govcrawl("probe", f"127.0.0.1:{port}", "--once", cwd=tmp_path).returncode == 0
    assert kept(tmp_path, f"127.0.0.1:{port}")[: len(before)] == before


def test_ctrl_c_ends_the_loop_at_once_and_says_how_to_go_on(tmp_path: Path) -> None:
    with serving(PAGE) as port, serving(hangs) as slow:
        job = started(tmp_path, f"127.0.0.1:{port}", f"127.0.0.1:{slow}")
        assert job.stdout is not None
        assert "打开" in job.stdout.readline()
        begun = time.monotonic()
        os.kill(job.pid, signal.SIGINT)
        _, errors = job.communicate(timeout=20)
    assert job.returncode == 130 and time.monotonic() - begun < 8, "a server that says nothing is not waited for"
    assert "已停止" in errors and f"续跑命令：govcrawl probe 127.0.0.1:{port}" in errors
    assert len(kept(tmp_path, f"127.0.0.1:{port}")) == 2


WEEKS: dict[str, tuple[list[Probe], str, str | None, str]] = {
    "fail": (with_outcomes(week(), "timeout", 9), "needs_review", "candidate", "有效访问 168 次，打不开 9 次；间断 0 处；拨测点 甲"),
    "too few": (week(a_day=10), "not_checked", None, "有效访问 70 次，打不开 0 次；间断 0 处，尚缺 70 次；拨测点 甲"),
}
"""Case → the stored week of its site, and what becomes of V2: outcome of the indicator, state of the veto, line of the receipt."""


@pytest.fixture(scope="module")
def inspected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One inspection of a small site for each of `WEEKS`; the probes of "too few" were made by the address, without a registry."""
    folder = tmp_path_factory.mktemp("workspace")
    lines = ["首页网址,网站标识码,网站名称"]
    store = open_store(f"sqlite:///{folder}/govcrawl.db")
    with contextlib.ExitStack() as servers:
        for n, (name, (probes, *_)) in enumerate(WEEKS.items()):
            host = f"127.0.0.1:{servers.enter_context(serving(PAGE))}"
            site = host if name == "too few" else f"321283000{n}"
            store.put_probes([replace(p, site=site, url=f"http://{host}/") for p in probes])
            lines.append(f"http://{host}/,321283000{n},{name}")
        store.close()
        (folder / "名录.csv").write_text("\n".join(lines), encoding="utf-8")
        done = govcrawl("inspect", "名录.csv", "--as-of", "2026-11-16", "--out", "out", "--render", "never", *QUICK, cwd=folder)
    assert done.returncode in (0, 3, 4), done.stderr
    return folder / "out"


@pytest.mark.parametrize("name", WEEKS)
def test_the_veto_follows_the_week(inspected: Path, name: str) -> None:
    probes, outcome, state, said = WEEKS[name]
    code = f"321283000{list(WEEKS).index(name)}"
    card, receipt = (
        next(row for row in json.loads((inspected / file).read_text(encoding="utf-8"))["sites"] if row["site"] == code)
        for file in ("scorecard.json", "receipt.json")
    )
    findings = [f for f in rows(inspected / "findings.jsonl") if f["rule"] == "site-unreachable" and f["site"] == code]
    [indicator] = [i for i in card["indicators"] if i["id"] == "V2"]
    assert indicator["outcome"] == outcome
    assert [v["state"] for v in card["vetoes"] if v["indicator"] == "V2"] == ([state] if state else [])
    assert ("V2" in card["open_vetoes"]) == (outcome == "not_checked")
    assert receipt["probes"]["visits"] == len(probes) and said in (inspected / "report.html").read_text(encoding="utf-8")
    assert [(f["indicator"], f["clause"], f["severity"]) for f in findings if f["outcome"] == "fail"] == (
        [("V2", "V2-1", "severe")] if name == "fail" else []
    )
    assert all(f["snapshot"] is None for f in findings), "the page that the crawl read is no proof of what the probes saw"
