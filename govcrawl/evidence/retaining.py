"""`govcrawl evidence retain`: what evidence is not needed any more, and its deletion. Never what an open problem points to.

When a problem is closed `closing` says: its order's 销号 above all. Screenshots and sealed copies go one by one; a WARC file as a whole, once no
open problem of any run points into it and every site of its run has been inspected again since. Re-checks' files go with the problems they
were made for; those of one that was killed, on which no answer rests, go without.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from govcrawl import history
from govcrawl.clock import Clock, moment
from govcrawl.errors import BusyError, StoreError, cause
from govcrawl.evidence import closing, journal, rechecked
from govcrawl.evidence.album import FOLDER, Album, run_of
from govcrawl.evidence.closing import Closing, Closings
from govcrawl.evidence.pointing import pointed
from govcrawl.evidence.policy import Policy
from govcrawl.evidence.rechecked import Recheck
from govcrawl.model.files import INSIDE
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.items import Snapshot
from govcrawl.model.runs import Run
from govcrawl.pinning import claimed_names, target_of
from govcrawl.store import claims, sealing, snapshots
from govcrawl.store.base import Store

_GIVEN_UP = timedelta(days=2)
"""After this a re-check whose sites nobody works on was killed: it may wait for the night between two pages, not for longer."""
_KILLED = "复查中断，没有形成结论，没有结论依据它"
closings = closing.read


@dataclass(slots=True)
class Goes:
    """What is to be deleted of one file, and why."""

    kind: str
    """warc, sealed, shot."""
    path: Path
    run: str
    """Or the re-check that fetched it."""
    why: str
    ids: list[str] = field(default_factory=list)
    """Of sealed copies: their record ids; of a shot: its number."""

    def told(self) -> str:
        what = {"warc": "网页快照", "sealed": f"封存副本 {len(self.ids)} 份", "shot": "截图"}[self.kind]
        return f"{what} {self.path.name}（批次 {self.run}）：{self.why}"


@dataclass(slots=True)
class _Source:
    """A crawl or re-check whose files are looked at."""

    id: str
    ended: str
    """Day that counts where no problem needs a file."""
    made_for: list[Finding] = field(default_factory=list)
    """Of a re-check: the problems it was made for."""
    killed: bool = False
    newest: bool = False
    """Of a crawl: the last that inspected one of its sites."""


class Retention:
    """What may go on a day, by a policy, people's decisions, the histories of orders, and a list of closings."""

    def __init__(self, store: Store, policy: Policy, listed: Mapping[str, str], today: date) -> None:
        self._store, self._policy, self._today = store, policy, today
        self._folder = store.folder / "snapshots"
        self._runs = store.runs()
        self._accused: list[Finding] = []
        self._closing: dict[str, Closing] = {}
        """Finding → how it stands, over all runs: one that came up again after its closing is open."""
        known = Closings(store, listed)
        for run in self._runs:
            for finding in filter(_holds, store.findings(run.id)):
                self._accused.append(finding)
                new, old = known.of(finding, run), self._closing.get(finding.id)
                if old is None or (old.at is not None and (new.at is None or new.at > old.at)):
                    self._closing[finding.id] = new
        self._by_id = {f.id: f for f in self._accused}

    def plan(self) -> list[Goes]:
        return [*self._shots(), *self._sealed(), *self._files()]

    def stays(self) -> list[str]:
        """Sealed copies that an open problem keeps, a Chinese line a file: personal data is kept for a reason or not at all."""
        lines = []
        for path, copies in self._copies():
            waits = {f"问题 {f.id}（{self._closing[f.id].how}）" for _, need, _ in copies for f in need if self._closing[f.id].at is None}
            if waits:
                count = sum(any(self._closing[f.id].at is None for f in need) for _, need, _ in copies)
                lines.append(f"保留 封存副本 {count} 份 {path.name}：{'、'.join(sorted(waits))}")
        return lines

    def _over(self, findings: Collection[Finding], days: int, otherwise: str) -> str | None:
        """Why a thing that these findings need may go; null where one of them is open or was closed too short a time ago.

        `otherwise`: the day counted from where no finding needs it.
        """
        closed = [self._closing[f.id] for f in findings]
        if any(one.at is None for one in closed):
            return None
        last = max(closed, key=lambda one: one.at or "", default=Closing(otherwise, ""))
        if date.fromisoformat(last.day) + timedelta(days=days) >= self._today:
            return None
        return f"{f'问题已于 {last.day} 销号（{last.how}）' if findings else f'批次已于 {last.day} 结束'}，留存 {days} 天期满"

    def _shots(self) -> Iterator[Goes]:
        for run in self._crawls():
            album = Album(self._store.folder, run.id)
            for shot in album.shots:
                if shot.removed_at is None and shot.finding in self._by_id:
                    why = self._over([self._by_id[shot.finding]], self._policy.shots.keep_days, "")
                    if why:
                        yield Goes("shot", album.folder / shot.file, run.id, why, [shot.file])

    def _crawls(self) -> Iterator[Run]:
        return (run for run in self._runs if run.state != "open" and run.replay_of is None)

    # -- whose files there are

    def _sources(self, prefix: str = "") -> Iterator[tuple[_Source, list[Path]]]:
        """Crawls and re-checks with their files: snapshots, or sealed copies where their prefix is given."""
        newest = {target.site: run.id for run in history.crawls(self._runs) for target in history.sites(run)}
        for run in self._crawls():
            source = _Source(run.id, (run.ended_at or run.started_at)[:10], newest=run.id in newest.values())
            yield source, sorted(self._folder.glob(f"{prefix}{run.id}-*.warc.gz"))
        for again in rechecked.known(self._store).values():
            made_for = [self._by_id[ident] for ident in sorted(again.findings) if ident in self._by_id]
            if again.ended or self._killed(again):
                yield _Source(again.id, again.at[:10], made_for, killed=not again.ended), again.files(self._folder, prefix)

    def _killed(self, again: Recheck) -> bool:
        """Whether a re-check that has not ended never will."""
        if date.fromisoformat(again.at[:10]) + _GIVEN_UP >= self._today:
            return False
        run = next((run for run in self._runs if run.id == again.run), None)
        targets = [target_of(row) for row in run.targets if row["site"] in again.sites] if run is not None else []
        try:
            with claims.claimed(self._store.folder, claimed_names(targets)):
                return True
        except BusyError:
            return False

    # -- sealed copies

    def _copies(self) -> Iterator[tuple[Path, list[tuple[str, list[Finding], str | None]]]]:
        """Sealed file → (record id, problems that need it, why it may go) of each copy."""
        about: dict[str, dict[str, Finding]] = {}
        for finding in self._accused:
            for url in {finding.url, (finding.source_file or finding.url).partition(INSIDE)[0]}:
                about.setdefault(url, {})[finding.id] = finding
        points = self._points()
        for source, paths in self._sources(sealing.PREFIX):
            for path in paths:
                copies = []
                warc = path.name.removeprefix(sealing.PREFIX)
                offsets = self._offsets(path.with_name(warc))
                for ident, record in sealing.copies(path):
                    own = about.get(snapshots.parsed(record).url, {}) | points.get((warc, offsets.get(ident)), {})
                    need = [] if source.killed else list(own.values()) if own else source.made_for
                    over = _KILLED if source.killed else self._over(need, self._policy.sealed.keep_days, source.ended)
                    copies.append((ident, need, over))
                yield path, copies

    @staticmethod
    def _offsets(path: Path) -> dict[str, int]:
        """Record id → offset in the file that was handed round, where the substitutes stand; empty once it is gone."""
        return {sealing.record_id(record): offset for offset, record in snapshots.members(path)} if path.exists() else {}

    def _points(self) -> dict[tuple[str, int | None], dict[str, Finding]]:
        """Stored record → problems that point to it: the list that came as data bears another address than its column."""
        points: dict[tuple[str, int | None], dict[str, Finding]] = {}
        for finding, snapshot in self._pointing():
            points.setdefault((snapshot.warc, snapshot.offset), {})[finding.id] = finding
        return points

    def _pointing(self) -> Iterator[tuple[Finding, Snapshot]]:
        """Problems with the records they point to, by their own evidence or by a re-check's answer."""
        for finding in self._accused:
            for snapshot in {s for s in (finding.snapshot, *pointed(finding.evidence)) if s is not None}:
                yield finding, snapshot
        for order in self._store.orders():
            for event in self._store.order_events(order.id):
                if event.finding in self._by_id:
                    yield from ((self._by_id[event.finding], snapshot) for snapshot in set(pointed(event.data)))

    def _sealed(self) -> Iterator[Goes]:
        for path, copies in self._copies():
            ids = [ident for ident, _, over in copies if over]
            if ids:
                why = "；".join(dict.fromkeys(over for _, _, over in copies if over))
                yield Goes("sealed", path, run_of(path.name.removeprefix(sealing.PREFIX)), why, ids)

    # -- snapshots

    def _files(self) -> Iterator[Goes]:
        needed = self._needed()
        for source, paths in self._sources():
            if source.newest:
                continue
            for path in paths:
                need = {f.id: f for f in (*needed.get(path.name, []), *source.made_for)}
                over = _KILLED if source.killed else self._over(need.values(), self._policy.snapshots.keep_days, source.ended)
                if over:
                    yield Goes("warc", path, source.id, over)

    def _needed(self) -> dict[str, list[Finding]]:
        """WARC file → problems that point into it."""
        needed: dict[str, list[Finding]] = {}
        for finding, snapshot in self._pointing():
            needed.setdefault(snapshot.warc, []).append(finding)
        return needed


def _holds(finding: Finding) -> bool:
    """Whether a finding needs its evidence: a problem or a candidate. A fact for the inspector accuses nobody, and nobody closes it."""
    return finding.outcome in (Outcome.FAIL, Outcome.NEEDS_REVIEW) and finding.indicator is not None


def carry_out(store: Store, plan: Iterable[Goes], clock: Clock) -> None:
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
    sealing.forget(goes.path)
