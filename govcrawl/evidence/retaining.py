"""`govcrawl evidence retain`: what evidence is not needed any more, and its deletion. Never what an open problem points to.

A problem is closed where it was taken back as 误报, or where a list of closings (销号) names it. Screenshots and sealed copies go one by one; a
WARC file as a whole, once no open problem of any run points into it and every site of its run has been inspected again since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from govcrawl.clock import Clock, moment
from govcrawl.errors import StoreError, UsageError, cause
from govcrawl.evidence import journal
from govcrawl.evidence.album import FOLDER, Album
from govcrawl.evidence.policy import Policy
from govcrawl.evidence.proving import pointed
from govcrawl.model.files import INSIDE
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.runs import Run
from govcrawl.scoring.decisions import Decisions
from govcrawl.store import sealing, snapshots
from govcrawl.store.base import Store


@dataclass(slots=True)
class Goes:
    """What is to be deleted of one file, and why."""

    kind: str
    """warc, sealed, shot."""
    path: Path
    run: str
    why: str
    ids: list[str] = field(default_factory=list)
    """Of sealed copies: their record ids; of a shot: its number."""

    def told(self) -> str:
        what = {"warc": "网页快照", "sealed": f"封存副本 {len(self.ids)} 份", "shot": "截图"}[self.kind]
        return f"{what} {self.path.name}（批次 {self.run}）：{self.why}"


def closings(file: Path | None) -> dict[str, str]:
    """Finding id → day of its 销号, as a list says it (`编号,2026-12-01` a line).

    Raises:
        UsageError: the list cannot be read.
    """
    closed: dict[str, str] = {}
    for number, line in enumerate(_lines(file), 1):
        ident, _, day = (part.strip() for part in line.partition(","))
        try:
            closed[ident] = date.fromisoformat(day).isoformat()
        except ValueError:
            raise UsageError(f"{file} 第 {number} 行：应为“问题编号,日期”，如 8f1c2a0011223344,2026-12-01") from None
    return closed


def _lines(file: Path | None) -> list[str]:
    if file is None:
        return []
    try:
        return [line for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} 不可读：{cause(error)}") from error


class Retention:
    """What may go on a day, by a policy, people's decisions, and a list of closings."""

    def __init__(self, store: Store, policy: Policy, listed: Mapping[str, str], today: date) -> None:
        self._store, self._policy, self._today = store, policy, today
        self._runs = store.runs()
        self._accused: list[Finding] = []
        self._closed: dict[str, str] = {}
        """Closed findings → day of the closing; one that came up again after it is open."""
        still_open: set[str] = set()
        decisions = store.decisions()
        for run in self._runs:
            known = Decisions(decisions, run.as_of)
            for finding in (f for f in store.findings(run.id) if f.outcome in (Outcome.FAIL, Outcome.NEEDS_REVIEW)):
                self._accused.append(finding)
                day = _closed_on(finding, run, known, listed)
                if day is None:
                    still_open.add(finding.id)
                else:
                    self._closed[finding.id] = max(day, self._closed.get(finding.id, ""))
        for ident in still_open:
            self._closed.pop(ident, None)

    def plan(self) -> list[Goes]:
        return [*self._shots(), *self._sealed(), *self._files()]

    def _over(self, findings: list[Finding], days: int, otherwise: str | None) -> str | None:
        """Why a thing that these findings need may go; null where one of them is open or was closed too short a time ago.

        `otherwise`: the day counted from where no finding needs it.
        """
        if any(f.id not in self._closed for f in findings):
            return None
        last = max((self._closed[f.id] for f in findings), default=otherwise)
        if last is None or date.fromisoformat(last) + timedelta(days=days) >= self._today:
            return None
        return f"{'问题已于' if findings else '批次已于'} {last} {'销号' if findings else '结束'}，留存 {days} 天期满"

    def _shots(self) -> Iterator[Goes]:
        by_id = {f.id: f for f in self._accused}
        for run in self._crawls():
            album = Album(self._store.folder, run.id)
            for shot in album.shots:
                if shot.removed_at is None and shot.finding in self._closed:
                    why = self._over([by_id[shot.finding]], self._policy.shots.keep_days, None)
                    if why:
                        yield Goes("shot", album.folder / shot.file, run.id, why, [shot.file])

    def _crawls(self) -> Iterator[Run]:
        return (run for run in self._runs if run.state != "open" and run.replay_of is None)

    def _sealed(self) -> Iterator[Goes]:
        about: dict[str, list[Finding]] = {}
        for finding in self._accused:
            for url in {finding.url, (finding.source_file or finding.url).partition(INSIDE)[0]}:
                about.setdefault(url, []).append(finding)
        for run in self._crawls():
            for path in sorted((self._store.folder / "snapshots").glob(f"{sealing.PREFIX}{run.id}-*.warc.gz")):
                ids, why = [], ""
                for ident, record in sealing.copies(path):
                    need = about.get(snapshots.parsed(record).url, [])
                    over = self._over(need, self._policy.sealed.keep_days, (run.ended_at or run.started_at)[:10])
                    if over:
                        ids.append(ident)
                        why = over
                if ids:
                    yield Goes("sealed", path, run.id, why, ids)

    def _files(self) -> Iterator[Goes]:
        needed: dict[str, list[Finding]] = {}
        for finding in self._accused:
            for warc in {s.warc for s in (finding.snapshot, *pointed(finding.evidence)) if s is not None}:
                needed.setdefault(warc, []).append(finding)
        newest = {
            str(row["site"]): run.id for run in self._runs if run.state == "finished" and run.replay_of is None for row in run.targets
        }
        for run in self._crawls():
            if run.id in newest.values():
                continue
            for path in sorted((self._store.folder / "snapshots").glob(f"{run.id}-*.warc.gz")):
                over = self._over(needed.get(path.name, []), self._policy.snapshots.keep_days, (run.ended_at or run.started_at)[:10])
                if over:
                    yield Goes("warc", path, run.id, over)


def _closed_on(finding: Finding, run: Run, known: Decisions, listed: Mapping[str, str]) -> str | None:
    """Day a finding of a run was closed; null while it is open. A 误报 holds for the evidence it was decided on, a closing for earlier runs."""
    stands = known.on(finding)
    if stands.state == "false_positive" and stands.last is not None:
        return stands.last.at[:10]
    day = listed.get(finding.id)
    return day if day is not None and day >= run.started_at[:10] else None


def carry_out(store: Store, plan: list[Goes], clock: Clock) -> None:
    """Delete what a plan names: each thing stands in the journal before it goes, and its link in the run's output folder goes too.

    Raises:
        StoreError: something cannot be deleted; what was deleted before is in the journal.
    """
    outs = {run.id: Path(run.out) for run in store.runs()}
    for goes in plan:
        at = moment(clock.now())
        names = {goes.kind: goes.ids or [goes.path.name]}
        journal.append(store.folder, {"what": "retain", "at": at, "run": goes.run, "file": goes.path.name, "why": goes.why, **names})
        try:
            if goes.kind == "sealed":
                sealing.drop(goes.path, set(goes.ids))
            else:
                _unlink(goes, outs.get(goes.run))
        except OSError as error:
            raise StoreError(f"无法删除 {goes.path}：{cause(error)}") from error
        if goes.kind == "shot":
            album = Album(store.folder, goes.run)
            for shot in album.shots:
                if shot.file in goes.ids:
                    shot.removed_at = at
            album.save()


def _unlink(goes: Goes, out: Path | None) -> None:
    """The file and its twin under `OUT`, which is the same file under another name or a copy of it."""
    if out is not None:
        twin = out / (FOLDER if goes.kind == "shot" else "snapshots") / goes.path.name
        if twin.exists() and goes.path.exists() and (twin.samefile(goes.path) or twin.read_bytes() == goes.path.read_bytes()):
            twin.unlink()
    goes.path.unlink(missing_ok=True)
