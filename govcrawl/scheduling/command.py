"""`govcrawl schedule`: a worker over a schedule file, and the list of what is due."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

from govcrawl import registry
from govcrawl.clock import Clock, SystemClock
from govcrawl.errors import InterruptedRunError, UsageError
from govcrawl.model.targets import Target
from govcrawl.scheduling import config
from govcrawl.scheduling.kinds import WORK
from govcrawl.scheduling.planning import NAMES, QUICK, plans
from govcrawl.scheduling.runner import Runner, Told, default_worker
from govcrawl.store.jobs import PARKED, RETIRED, Job, Queue, is_queue, open_queue
from govcrawl.telemetry import logs

_ENOUGH = timedelta(minutes=10)
_OUTCOMES = {
    "done": "完成", "failed": "失败", "unavailable": "不可用", "busy": "该网站正被另一进程检查，稍后再做", "stopped": "已停止，稍后继续",
    "taken": "已由他人接手", "lost": "执行者失去联系",
}  # fmt: skip
_STATES = {"waiting": "等待", "running": "进行中", "parked": "已搁置", "retired": "已移出计划"}


def run(
    path: Path, *, store: str, once: bool, worker: str | None, as_json: bool, echo: Callable[[str], None], clock: Clock | None = None
) -> int:
    """Plan, then work on what is due. Returns the exit code: 1 a job failed, 5 rows of the registry are bad, 0 done.

    Raises:
        UsageError, RegistryError: the schedule or its registry cannot be read.
        InterruptedRunError: Ctrl-C; jobs under way were put back.
    """
    clock = clock or SystemClock()
    schedule = config.read(path)
    with closing(open_queue(store, clock, schedule.retrying)) as queue:
        planner = Planner(path, queue, clock)
        runner = Runner(
            queue=queue, work=WORK, store=store, clock=clock, say=logs.say, told=lambda told: echo(_line(told, as_json)),
            worker=worker or default_worker(), quick=QUICK, lease=schedule.lease, at_once=schedule.at_once,
        )  # fmt: skip
        tally = runner.run(once=once, refresh=planner.plan)
    if runner.interrupted:
        raise InterruptedRunError("已停止，未完成的任务已放回，下次运行时继续。")
    return 1 if tally["failed"] else 5 if planner.bad_rows else 0


class Planner:
    """Keeps the jobs as the file and its registry say. While neither changes, once in ten minutes is enough, and whenever the clock was set back."""

    def __init__(self, path: Path, queue: Queue, clock: Clock) -> None:
        self._path, self._queue, self._clock = path, queue, clock
        self._schedule: config.Schedule | None = None
        self._files: object = None
        self._targets: list[Target] = []
        self._planned: datetime | None = None
        self.bad_rows = 0

    def plan(self) -> None:
        now, schedule = self._clock.now(), self._schedule
        if schedule is None or self._files != _state(self._path, schedule):
            schedule = config.read(self._path)
            files = _state(self._path, schedule)
            targets, bad = registry.read_registry(Path(schedule.registry))
            for row in bad:
                logs.say(f"名录 {row}")
            self._schedule, self._files, self._targets, self.bad_rows = schedule, files, targets, len(bad)
        elif self._planned is not None and self._planned <= now < self._planned + _ENOUGH and self._planned.date() == now.date():
            return
        self._queue.plan(plans(schedule, self._targets, now), now)
        self._planned = now


def _state(path: Path, schedule: config.Schedule) -> object:
    """What shows that one of the files was written anew."""
    return [(file.stat().st_mtime_ns, file.stat().st_size) if file.exists() else None for file in (path, Path(schedule.registry))]


def _line(told: Told, as_json: bool) -> str:
    if as_json:
        return json.dumps(asdict(told), ensure_ascii=False)
    return f"{told.name} {NAMES.get(told.kind, told.kind)}：{_OUTCOMES[told.outcome]}{f'，{told.note}' if told.note else ''}"


def listed(store: str, *, as_json: bool, retired: bool = False) -> Iterator[str]:
    """Every job, a line each: parked ones first, then by when they are due; those no longer planned only where asked for."""
    if is_queue(store):
        with closing(open_queue(store, SystemClock())) as queue:
            every = queue.jobs()
    else:
        every = []
    jobs = [job for job in every if retired or job.state != RETIRED]
    if not jobs:
        logs.say(_nothing(every))
    for job in sorted(jobs, key=lambda job: (job.state != PARKED, job.due_at, job.id)):
        yield json.dumps(_told(job), ensure_ascii=False) if as_json else _shown(job)


def _nothing(every: Sequence[Job]) -> str:
    if every:
        return f"没有计划中的任务；另有 {len(every)} 个已移出计划（--retired 可列出）"
    return "没有定期任务：写好计划文件（默认 schedule.yml）后运行 govcrawl schedule run，任务即列在这里"


def _told(job: Job) -> dict[str, object]:
    return {
        "job": job.id, "kind": job.kind, "site": job.site, "name": job.name, "state": job.state, "due_at": _due(job), "every_seconds": job.every,
        "failures": job.failures, "worker": job.owner, "started_at": job.started_at, "note": job.note, "past": [asdict(past) for past in job.past],
    }  # fmt: skip


def _due(job: Job) -> str | None:
    return job.due_at if job.state == "waiting" else None


def _shown(job: Job) -> str:
    parts = [f"{job.id} {job.name} {NAMES.get(job.kind, job.kind)}：{_STATES[job.state]}"]
    if job.state == "waiting":
        parts.append(f"下次 {job.due_at[:16].replace('T', ' ')}")
    if job.state == "running":
        parts.append(f"由 {job.owner} 自 {(job.started_at or '')[:16].replace('T', ' ')} 执行")
    parts.append(f"间隔 {_span(job.every)}")
    if job.past:
        parts.append(f"上次 {job.past[-1].ended_at[:16].replace('T', ' ')} {_OUTCOMES[job.past[-1].outcome]}")
    if job.note:
        parts.append(job.note)
    return "，".join(parts)


def _span(seconds: float) -> str:
    for unit, name in ((86400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds >= unit:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds:.3g} 秒"


def release(store: str, jobs: list[str]) -> None:
    """Let parked jobs run again.

    Raises:
        UsageError: one of them is not parked; the others were released.
    """
    clock = SystemClock()
    wrong = jobs
    if is_queue(store):
        with closing(open_queue(store, clock)) as queue:
            wrong = [job for job in jobs if not queue.release(job, clock.now())]
    if wrong:
        raise UsageError(f"不是已搁置的任务：{'、'.join(wrong)}（可用 govcrawl schedule list 查看）")
