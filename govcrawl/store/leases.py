"""How a job moves from one state to the next: pure, a job in, a job out.

Two clocks are at work. When something is due is told by the clock of the day, which may be set; who holds what, by the clock that counts
from the start of the machine, which may not.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from govcrawl.clock import moment
from govcrawl.store.jobs import (
    DONE,
    FAILED,
    KEPT_RUNS,
    LOST,
    PARKED,
    RETIRED,
    RUNNING,
    UNAVAILABLE,
    WAITING,
    Ending,
    Job,
    Past,
    Plan,
    Retrying,
)

PATIENT_LOSSES = 5
"""Lost workers in a row after which a job is taken over at once; then it waits, as it may be what kills them."""
_SKEW = timedelta(minutes=1)
"""By so much the clocks of two machines may differ."""


def born(plan: Plan, now: datetime) -> Job:
    """A job that the schedule asks for the first time."""
    return Job(
        id=plan.id, kind=plan.kind, site=plan.site, name=plan.name, lock=plan.lock, rank=plan.rank, planned_every=plan.every,
        every=plan.every, settings=plan.settings, slot=plan.first, due_at=plan.first, set_at=moment(now),
    )  # fmt: skip


def replanned(job: Job, plan: Plan, now: datetime) -> Job:
    """A known job as the schedule wants it now. One whose interval was changed takes the new one, and is due no later than after it."""
    new = replace(job, name=plan.name, lock=plan.lock, rank=plan.rank, settings=plan.settings)
    if job.state == RUNNING and job.lock != plan.lock:
        new.lock = job.lock  # held as it is
    if job.planned_every != plan.every:
        new.planned_every = new.every = plan.every
        if not job.failures and job.state != RUNNING:
            new = _waiting(new, min(job.slot, _later(now, plan.every)), now)
    if new.state == RETIRED:
        new = _waiting(replace(new, state=WAITING, note="", failures=0), new.slot, now)
    return set_right(new, now)


def set_right(job: Job, now: datetime) -> Job:
    """A waiting job after the clock was set back: it has to wait as long as it had, not longer by what the clock went wrong."""
    wrong = datetime.fromisoformat(job.set_at) - now
    if job.state != WAITING or wrong <= _SKEW:
        return job
    slot, due = (moment(datetime.fromisoformat(at) - wrong) for at in (job.slot, job.due_at))
    return replace(job, slot=slot, due_at=due, set_at=moment(now))


def retired(job: Job) -> Job:
    return replace(job, state=RETIRED)


def claimed(job: Job, owner: str, now: datetime, seconds: float, boot: str, held: float) -> Job:
    """A due job in the hands of a worker. Slots that were missed are this one."""
    slot = datetime.fromisoformat(job.slot)
    behind = max(0, int((now - slot).total_seconds() // job.every))
    return replace(
        job, state=RUNNING, owner=owner, attempt=job.attempt + 1, boot=boot, held=held, beats=0, lease=seconds, started_at=moment(now),
        slot=moment(slot + timedelta(seconds=behind * job.every)), note="",
    )  # fmt: skip


def given_up(job: Job, now: datetime, retrying: Retrying) -> Job:
    """A job whose holder fell silent, waiting again: due now, or later where it happened too often."""
    lost = job.lost + 1
    wait = retrying.after(lost - PATIENT_LOSSES) if lost > PATIENT_LOSSES else 0.0
    note = f"执行者 {job.owner} 失去联系，由他人接手"
    return _freed(replace(_noted(job, LOST, note, None, now), lost=lost), job.slot, _later(now, wait), now, note)


def ended(job: Job, ending: Ending, now: datetime, retrying: Retrying) -> Job:
    """A job after a run that ended by itself."""
    if ending.outcome not in (DONE, FAILED, UNAVAILABLE):
        raise ValueError(f"a job does not end as {ending.outcome}")
    new = replace(_noted(job, ending.outcome, ending.note, ending.run, now), lost=0)
    if ending.memo is not None:
        new.memo = ending.memo
    if ending.outcome == FAILED:
        new.failures += 1
        if new.failures > retrying.limit:
            note = f"连续失败 {new.failures} 次，已搁置：{ending.note}"
            return replace(_freed(new, job.slot, job.slot, now, note), state=PARKED)
        return _freed(new, job.slot, _later(now, retrying.after(new.failures)), now, ending.note)
    new.failures = 0
    if ending.every is not None:
        new.every = ending.every
        slot = _later(now, new.every)
    else:
        slot = next_slot(job.slot, job.every, now)
    return _freed(new, slot, slot, now, ending.note)


def put_back(job: Job, now: datetime, seconds: float, note: str) -> Job:
    """A job that was claimed and did not run."""
    return _freed(job, job.slot, _later(now, seconds), now, note)


def released(job: Job, now: datetime) -> Job:
    """A parked job that a person lets run again."""
    return replace(_waiting(job, job.slot, now), state=WAITING, failures=0, lost=0, due_at=moment(now), note="")


def next_slot(slot: str, every: float, now: datetime) -> str:
    """The one moment of a rhythm that lies after now, at most one interval away, wherever the clock stood when the rhythm began."""
    start = datetime.fromisoformat(slot)
    steps = (now - start).total_seconds() // every + 1
    return moment(start + timedelta(seconds=steps * every))


def silent(job: Job, boot: str, monotonic: float, *, alone: bool) -> bool | None:
    """Whether a holder fell silent; null where its clock is not ours, so that only watching tells.

    Args:
        alone: all workers are on this machine: a holder from before its last start is gone.
    """
    if job.boot != boot:
        return True if alone else None
    return monotonic - job.held >= job.lease


def _later(now: datetime, seconds: float) -> str:
    return moment(now + timedelta(seconds=seconds))


def _waiting(job: Job, slot: str, now: datetime) -> Job:
    return replace(job, slot=slot, due_at=slot, set_at=moment(now))


def _freed(job: Job, slot: str, due: str, now: datetime, note: str) -> Job:
    return replace(
        job, state=WAITING, slot=slot, due_at=due, set_at=moment(now), owner=None, boot=None, held=0.0, beats=0, lease=0.0, note=note
    )  # fmt: skip


def _noted(job: Job, outcome: str, note: str, run: str | None, now: datetime) -> Job:
    past = Past(
        slot=job.slot, started_at=job.started_at or moment(now), ended_at=moment(now), owner=job.owner or "", attempt=job.attempt,
        outcome=outcome, note=note, run=run,
    )  # fmt: skip
    return replace(job, past=[*job.past, past][-KEPT_RUNS:])
