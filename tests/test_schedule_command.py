"""`govcrawl schedule` as a user runs it: processes, files, the simulated government."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml
from main_job import ROOT, environment, govcrawl

from govcrawl import demonstration
from govcrawl.clock import SystemClock
from govcrawl.errors import GovcrawlError
from govcrawl.scheduling.command import Planner
from govcrawl.store.base import open_store
from govcrawl.store.jobs import RUNNING, open_queue

pytestmark = pytest.mark.xdist_group("schedule")
STORE = "sqlite:///govcrawl.db"
CRAWL = "full_crawl: {every: 7d, delay: 0, concurrency: 8, second_look_after: 1s, render: never}"


@pytest.fixture(scope="module")
def proxy() -> Iterator[str]:
    with demonstration.portal().Portal(slow_seconds=0.5) as portal:
        yield portal.proxy_url


def registry(folder: Path, *names: str, extra: str = "") -> None:
    sites = yaml.safe_load((ROOT / "fixtures" / "portal" / "registry.yml").read_text(encoding="utf-8"))
    rows = [row for row in (sites["sites"] if isinstance(sites, dict) else sites) if any(name in json.dumps(row) for name in names)]
    assert len(rows) == len(names)
    (folder / "sites.yml").write_text(json.dumps({"sites": rows}) + extra, encoding="utf-8")


def schedule(folder: Path, *kinds: str, **head: Any) -> None:
    lines = ["registry: sites.yml", *(f"{key}: {value}" for key, value in head.items()), "kinds:", *(f"  {kind}" for kind in kinds)]
    (folder / "schedule.yml").write_text("\n".join(lines), encoding="utf-8")


def jobs(folder: Path) -> dict[str, dict[str, Any]]:
    told = govcrawl("schedule", "list", "--json", "--retired", cwd=folder)
    assert told.returncode == 0, told.stderr
    return {row["job"]: row for row in map(json.loads, told.stdout.splitlines())}


def until(ready: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def test_what_is_due_is_done_once_and_each_kind_says_what_it_did(tmp_path: Path, proxy: str) -> None:
    registry(tmp_path, "www.anhe.gov.cn", "www.baishui.gov.cn")
    schedule(tmp_path, CRAWL, "scan:", "feed: {every: 1d, out: dump}")
    first = govcrawl("schedule", "run", "--once", "--worker", "夜班", "--json", cwd=tmp_path, proxy=proxy)
    assert first.returncode == 0, first.stderr
    told = {row["job"]: row for row in map(json.loads, first.stdout.splitlines())}
    assert {job: row["outcome"] for job, row in told.items()} == {
        "full_crawl/3299660001": "done", "full_crawl/3299770001": "done", "feed": "done",
        "scan/3299660001": "done", "scan/3299770001": "done",
    }  # fmt: skip
    assert told["scan/3299660001"]["note"] == "还没有栏目可看：等待全站检查" and (tmp_path / "dump" / "manifest.json").exists()
    assert told["full_crawl/3299660001"]["note"].startswith("合格，")
    with closing(open_store(f"sqlite:///{tmp_path}/govcrawl.db")) as store:
        runs = {run.id: run for run in store.runs()}
    assert {row["run"] for row in told.values() if row["run"]} == set(runs) and all(run.state == "finished" for run in runs.values())
    [row] = runs[told["full_crawl/3299770001"]["run"]].targets
    assert (row["site"], row["name"], row["organizer"]) == ("3299770001", "柏水县人民政府", "柏水县人民政府")

    second = govcrawl("schedule", "run", "--once", cwd=tmp_path, proxy=proxy)
    assert (second.returncode, second.stdout) == (0, ""), "nothing is due"
    [past] = jobs(tmp_path)["full_crawl/3299660001"]["past"]
    assert (past["owner"], past["outcome"]) == ("夜班", "done")

    registry(tmp_path, "www.anhe.gov.cn")
    schedule(tmp_path, CRAWL, "freshness: {delay: 0}")
    third = govcrawl("schedule", "run", "--once", cwd=tmp_path, proxy=proxy)
    assert third.returncode == 0, third.stderr
    assert third.stdout.startswith("安和县人民政府 栏目更新检查：完成，看了 ") and len(third.stdout.splitlines()) == 1
    kept = jobs(tmp_path)
    assert kept["full_crawl/3299770001"]["state"] == kept["feed"]["state"] == "retired" and kept["full_crawl/3299770001"]["past"]
    assert 3 * 3600 <= kept["freshness/3299660001"]["every_seconds"] <= 14 * 86400
    shown = govcrawl("schedule", "list", cwd=tmp_path).stdout.splitlines()
    assert [line.partition(" ")[0] for line in shown] == ["freshness/3299660001", "full_crawl/3299660001"]
    assert "：等待，下次 " in shown[1] and "间隔 7 天，上次 " in shown[1]
    with closing(open_store(f"sqlite:///{tmp_path}/govcrawl.db")) as store:
        assert len(store.runs()) == 2, "a look at columns is no inspection"


def test_a_crawl_whose_worker_was_killed_is_gone_on_with_by_the_next_one(tmp_path: Path, proxy: str) -> None:
    registry(tmp_path, "www.baishui.gov.cn")
    schedule(tmp_path, CRAWL, lease="3s")
    command = [sys.executable, "-m", "govcrawl", "schedule", "run", "--once"]
    worker = subprocess.Popen(command, cwd=tmp_path, env=environment(proxy), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with closing(open_queue(f"sqlite:///{tmp_path}/govcrawl.db", SystemClock())) as queue:
        until(lambda: list((tmp_path / "snapshots").glob("*.warc.gz")))
        worker.send_signal(signal.SIGKILL)
        worker.wait(30)
        [job] = queue.jobs()
        assert job.state == RUNNING

        def done() -> bool:
            again = govcrawl("schedule", "run", "--once", cwd=tmp_path, proxy=proxy)
            assert again.returncode == 0, again.stderr
            return bool(queue.jobs()[0].past) and queue.jobs()[0].past[-1].outcome == "done"

        until(done)
        assert [p.outcome for p in queue.jobs()[0].past] == ["lost", "done"]
    with closing(open_store(f"sqlite:///{tmp_path}/govcrawl.db")) as store:
        [run] = store.runs()
        assert run.state == "finished" and len(store.scorecards(run.id)) == 1


def test_a_failing_job_ends_with_1_is_parked_shown_first_and_released(tmp_path: Path) -> None:
    registry(tmp_path, "www.anhe.gov.cn")
    (tmp_path / "file").write_text("")
    schedule(tmp_path, "feed: {out: file/dump}", "scan:", retries=0)
    told = govcrawl("schedule", "run", "--once", cwd=tmp_path)
    assert told.returncode == 1 and "全部网站 数据导出：失败，" in told.stdout and "安和县人民政府 新内容扫描：完成" in told.stdout
    first = govcrawl("schedule", "list", cwd=tmp_path).stdout.splitlines()[0]
    assert first.startswith("feed 全部网站 数据导出：已搁置，") and "连续失败 1 次，已搁置：" in first
    assert govcrawl("schedule", "run", "--once", cwd=tmp_path).returncode == 0, "it is not tried again by itself"
    (tmp_path / "file").unlink()
    wrong = govcrawl("schedule", "release", "feed", "scan/3299660001", cwd=tmp_path)
    assert wrong.returncode == 2 and "不是已搁置的任务：scan/3299660001" in wrong.stderr
    again = govcrawl("schedule", "run", "--once", cwd=tmp_path)
    assert again.returncode == 0 and "数据导出：完成" in again.stdout


def test_bad_rows_of_the_registry_are_named_and_the_good_ones_are_planned(tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text("首页网址,网站名称\nhttp://www.a.gov.cn/,甲\n不是网址,乙\n", encoding="utf-8")
    (tmp_path / "schedule.yml").write_text("registry: sites.csv\nkinds: {scan: {}}\n", encoding="utf-8")
    told = govcrawl("schedule", "run", "--once", cwd=tmp_path)
    assert (
        told.returncode == 5
        and "名录 sites.csv 第 3 行（乙）" in told.stderr
        and told.stdout.startswith("甲 新内容扫描：完成，还没有栏目可看")
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "错误：没有计划文件 schedule.yml"),
        ("registry: none.csv\nkinds: {scan: {}}\n", "名录文件不存在"),
        ("kinds: 3", "计划文件有误"),
    ],
)
def test_without_a_schedule_nothing_is_begun(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / "schedule.yml").write_text(text, encoding="utf-8")
    told = govcrawl("schedule", "run", "--once", cwd=tmp_path)
    assert told.returncode == 2 and said in told.stderr and "Traceback" not in told.stderr


def test_ctrl_c_puts_the_crawl_back_and_says_how_to_go_on(tmp_path: Path, proxy: str) -> None:
    registry(tmp_path, "www.qinghe.gov.cn")
    schedule(tmp_path, CRAWL)
    command = [sys.executable, "-m", "govcrawl", "schedule", "run"]
    worker = subprocess.Popen(command, cwd=tmp_path, env=environment(proxy), stderr=subprocess.PIPE, text=True)
    until(lambda: list((tmp_path / "snapshots").glob("*.warc.gz")))
    worker.send_signal(signal.SIGINT)
    _, said = worker.communicate(timeout=60)
    assert worker.returncode == 130 and "续跑命令：govcrawl schedule run" in said and "Traceback" not in said
    [job] = jobs(tmp_path).values()
    assert (job["state"], job["failures"], job["worker"]) == ("waiting", 0, None)


def test_two_timers_at_once_do_each_job_once(tmp_path: Path) -> None:
    (tmp_path / "sites.yml").write_text(json.dumps({"sites": [{"url": f"http://www.s{n}.gov.cn/"} for n in range(6)]}), encoding="utf-8")
    schedule(tmp_path, "scan:", "feed: {out: dump}", at_once=1)
    command = [sys.executable, "-m", "govcrawl", "schedule", "run", "--once", "--json"]
    pair = [subprocess.Popen(command, cwd=tmp_path, env=environment(None), stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [json.loads(line) for worker in pair for line in worker.communicate(timeout=120)[0].splitlines()]
    assert [worker.returncode for worker in pair] == [0, 0]
    assert sorted(row["job"] for row in told) == ["feed", *(f"scan/www.s{n}.gov.cn" for n in range(6))]


def test_a_worker_follows_its_files_and_keeps_to_the_old_ones_while_they_are_wrong(tmp_path: Path) -> None:
    path, sites = tmp_path / "schedule.yml", tmp_path / "sites.csv"

    def told() -> dict[str, tuple[str, float]]:
        return {job.id: (job.state, job.every) for job in queue.jobs()}

    sites.write_text("url\nwww.a.gov.cn\n", encoding="utf-8")
    path.write_text("registry: sites.csv\nkinds: {scan: {every: 1d}}\n", encoding="utf-8")
    with closing(open_queue(f"sqlite:///{tmp_path}/w.db", SystemClock())) as queue:
        planner = Planner(path, queue, SystemClock())
        planner.plan()
        planner.plan()
        assert told() == {"scan/www.a.gov.cn": ("waiting", 86400.0)}
        sites.write_text("url\nwww.b.gov.cn\n不是网址\n", encoding="utf-8")
        planner.plan()
        assert told() == {"scan/www.a.gov.cn": ("retired", 86400.0), "scan/www.b.gov.cn": ("waiting", 86400.0)} and planner.bad_rows == 1
        for wrong in ("registry: sites.csv\nkinds: {scan: {evry: 2d}}\n", "registry: none.csv\nkinds: {scan: {every: 2d}}\n"):
            path.write_text(wrong, encoding="utf-8")
            for _ in range(2):
                with pytest.raises(GovcrawlError):
                    planner.plan()
            assert told()["scan/www.b.gov.cn"] == ("waiting", 86400.0)
        path.write_text("registry: sites.csv\nkinds: {scan: {every: 2d}}\n", encoding="utf-8")
        planner.plan()
        assert told()["scan/www.b.gov.cn"] == ("waiting", 2 * 86400.0)


def test_the_example_files_hold_what_the_command_takes(tmp_path: Path) -> None:
    from govcrawl.scheduling import config

    examples = ROOT / "examples" / "schedule"
    read = config.read(examples / "schedule.yml")
    assert set(read.kinds.named()) == {"full_crawl", "freshness", "scan", "recheck", "probe", "feed"}
    for name in ("govcrawl-schedule.service", "crontab"):
        assert "govcrawl schedule run --once" in (examples / name).read_text(encoding="utf-8")
    assert "Persistent=true" in (examples / "govcrawl-schedule.timer").read_text(encoding="utf-8")
