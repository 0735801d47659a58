"""Every kind of job as a timer starts it, over the simulated government: what was missed for days is done once, and a second timer finds nothing to do."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from main_job import ROOT, govcrawl

from fixtures.portal import Portal
from fixtures.portal.build import build_world
from govcrawl import registry
from govcrawl.clock import SystemClock
from govcrawl.errors import UnavailableError
from govcrawl.model.orders import OrderEvent
from govcrawl.scheduling import config, kinds
from govcrawl.scheduling.kinds import WORK
from govcrawl.scheduling.planning import NAMES, QUICK, RANKS, plans
from govcrawl.scheduling.workplace import Order
from govcrawl.store.base import open_store
from govcrawl.store.jobs import Job, open_queue

pytestmark = pytest.mark.xdist_group("schedule")
SITE = "3299770001"
CRAWL = "{every: 7d, delay: 0, concurrency: 8, second_look_after: 1s, render: never}"
KINDS = f"""registry: sites.yml
kinds:
  full_crawl: {CRAWL}
  freshness: {{delay: 0}}
  scan: {{delay: 0, render: never}}
  recheck: {{delay: 0, render: never}}
  probe: {{place: 一号机房}}
  feed: {{every: 1d, out: dump}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kinds")
    sites = yaml.safe_load((ROOT / "fixtures/portal/registry.yml").read_text(encoding="utf-8"))["sites"]
    one = [row for row in sites if row["网站标识码"] == SITE]
    (folder / "sites.yml").write_text(json.dumps({"sites": one}), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    with Portal(world=build_world(), slow_seconds=0.5) as portal:
        yield portal


def timer(folder: Path, portal: Portal) -> dict[str, dict[str, Any]]:
    """What one start of `schedule run --once` says of each job."""
    told = govcrawl("schedule", "run", "--once", "--json", cwd=folder, proxy=portal.proxy_url)
    assert told.returncode == 0, told.stderr
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert len({row["job"] for row in lines}) == len(lines), "none twice"
    return {row["kind"]: row for row in lines}


def missed(folder: Path, days: int) -> None:
    """The schedule was planned so long ago, and no timer has run since."""
    schedule = config.read(folder / "schedule.yml")
    targets, _ = registry.read_registry(Path(schedule.registry))
    now = SystemClock().now() - timedelta(days=days)
    with closing(open_queue(f"sqlite:///{folder}/govcrawl.db", SystemClock(), schedule.retrying)) as queue:
        queue.plan(plans(schedule, targets, now), now)


def test_a_kind_that_may_be_asked_for_has_work_a_name_and_a_rank() -> None:
    assert set(config.Kinds.model_fields) == set(WORK) == set(NAMES) == set(RANKS) and set(WORK) >= QUICK


def test_all_kinds_are_done_once_after_days_without_a_timer(folder: Path, portal: Portal) -> None:
    (folder / "schedule.yml").write_text(f"registry: sites.yml\nkinds: {{full_crawl: {CRAWL}}}\n", encoding="utf-8")
    crawl = timer(folder, portal)["full_crawl"]
    assert crawl["outcome"] == "done" and crawl["run"]
    with closing(open_store(f"sqlite:///{folder}/govcrawl.db")) as store:
        [run] = store.runs()
        problems = [f for f in store.findings(run.id) if f.outcome == "fail" and f.indicator]
        assert problems
    made = govcrawl("orders", "make", run.id, "--json", cwd=folder)
    assert made.returncode == 0, made.stderr
    [order] = [json.loads(line)["order"] for line in made.stdout.splitlines()]
    _reply(folder, order)

    (folder / "schedule.yml").write_text(KINDS, encoding="utf-8")
    missed(folder, 3)
    told = timer(folder, portal)
    assert {kind: row["outcome"] for kind, row in told.items()} == dict.fromkeys(set(WORK) - {"full_crawl"}, "done")
    assert told["freshness"]["note"].startswith("看了 ") and told["scan"]["note"].startswith("看了 ")
    assert told["scan"]["note"].endswith("读了新增或改动的页面 0 个、文件 0 个，问题 0，疑似 0") and told["scan"]["run"]
    assert "未整改" in told["recheck"]["note"] or "已整改" in told["recheck"]["note"], told["recheck"]["note"]
    assert told["probe"]["note"] == "拨测 1 个网站，打开 1 个"
    assert told["feed"]["note"].startswith("导出目录 dump：共 ") and (folder / "dump" / "manifest.json").exists()
    with closing(open_store(f"sqlite:///{folder}/govcrawl.db")) as store:
        assert sorted(r.kind for r in store.runs()) == ["inspection", "scan"] and all(r.state == "finished" for r in store.runs())
        assert {e.move for e in store.order_events(order)} >= {"reply"} and any(e.by == "govcrawl" for e in store.order_events(order))
        [probed] = store.probes(SITE, "2000-01-01", "2100-01-01")
        assert (probed.outcome, probed.place) == ("ok", "一号机房")
    kept = {job.kind: job for job in _jobs(folder)}
    assert all(len(kept[kind].past) == 1 for kind in WORK), "three missed days are one run"

    again = timer(folder, portal)
    assert set(again) <= {"probe"}, "nothing is due; a probe is each minute"
    assert all(row["note"] == "拨测 0 个网站，打开 0 个" for row in again.values()), "and has no moment yet"


def _reply(folder: Path, order: str) -> None:
    """The unit says that everything is mended."""
    with closing(open_store(f"sqlite:///{folder}/govcrawl.db")) as store:
        kept, history = store.order(order), store.order_events(order)
        assert kept is not None
        told: dict[str, Any] = {
            "order": order,
            "move": "reply",
            "by": "单位",
            "role": "unit",
            "at": "2026-11-20T08:00:00+08:00",
            "note": "已整改",
        }
        store.append_events(order, [OrderEvent(finding=item.finding, **told) for item in kept.items], history[-1].n)


def _jobs(folder: Path) -> list[Any]:
    with closing(open_queue(f"sqlite:///{folder}/govcrawl.db", SystemClock())) as queue:
        return queue.jobs()


def test_a_format_that_is_not_installed_is_no_failure_that_parks_the_job(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "govcrawl.feed.parquet", raising=False)
    monkeypatch.delattr("govcrawl.feed.parquet", raising=False)
    job = Job(
        id="feed", kind="feed", site=None, name="全部网站", lock="feed", rank=4, planned_every=1.0, every=1.0, slot="", due_at="", set_at="",
        settings={"options": {"out": str(tmp_path / "dump"), "format": "parquet"}},
    )  # fmt: skip
    with pytest.raises(UnavailableError, match="需要 pyarrow"):
        kinds.feed(Order(job, f"sqlite:///{tmp_path}/w.db"))
    assert not (tmp_path / "dump").exists()


def test_nothing_above_the_queues_interface_knows_where_the_jobs_are_kept() -> None:
    for path in (ROOT / "govcrawl").rglob("*.py"):
        if path.parent.name == "store":
            continue
        names = {node.module or "" for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)}
        assert not names & {"govcrawl.store.job_table", "govcrawl.store.mongo_jobs", "govcrawl.store.leases"}, path
