"""`govcrawl verify`: that the bytes which findings and records point to are still those that were read, and the screenshots those that were taken.

Every WARC file of the run is read once, from end to end: each member's checksum, its record's length, and the sha256 of each body that
anything points to. A sealed member is proved by its copy; what retention deleted is told by the journal, not a problem.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from govcrawl.evidence import journal, rechecked
from govcrawl.evidence.album import Album, run_of
from govcrawl.evidence.pointing import pointed
from govcrawl.evidence.rechecked import Recheck
from govcrawl.model.items import Snapshot
from govcrawl.model.runs import Run
from govcrawl.store import sealing, snapshots
from govcrawl.store.base import Store

_CHUNK = 1 << 18


@dataclass(slots=True)
class Proof:
    """What was looked at, and what is wrong, a Chinese line each."""

    problems: list[str] = field(default_factory=list)
    files: int = 0
    members: int = 0
    bodies: int = 0
    sealed: int = 0
    removed: int = 0
    """References into what retention deleted."""
    shots: int = 0
    killed: list[str] = field(default_factory=list)
    """Re-checks that did not end; they are not looked at."""

    def summary(self) -> str:
        parts = [f"快照文件 {self.files} 个、记录 {self.members} 条完好性", f"原文 {self.bodies} 份 sha256", f"截图 {self.shots} 张"]
        more = [f"已封存 {self.sealed} 份"] if self.sealed else []
        more += [f"按留存规定已删除 {self.removed} 份"] if self.removed else []
        more += [f"复查 {ident} 中断，没有结论，未核对" for ident in self.killed]
        head = "一致" if not self.problems else f"不一致 {len(self.problems)} 处"
        return f"{head}：已核对{'，'.join(parts)}" + (f"（{'；'.join(more)}）" if more else "")


@dataclass(slots=True)
class _Wanted:
    """What must lie at one place of a file."""

    sha256: str
    by: str


@dataclass(slots=True)
class _Places:
    """File → offset → what must lie there. Two that contradict each other are a problem."""

    proof: Proof
    files: dict[str, dict[int, _Wanted]] = field(default_factory=dict)

    def add(self, snapshot: Snapshot, by: str) -> None:
        known = self.files.setdefault(snapshot.warc, {}).setdefault(snapshot.offset, _Wanted(snapshot.sha256, by))
        if known.sha256 != snapshot.sha256:
            self.proof.problems.append(f"{snapshot.warc} 第 {snapshot.offset} 字节：{by} 与 {known.by} 记录的 sha256 不同")


def verify(store: Store, run: Run) -> Proof:
    """Prove the evidence of a run and of its re-checks; of a replay, that of the run whose bytes it read."""
    proof = Proof()
    folder = store.folder / "snapshots"
    wanted = _Places(proof)
    _want_run(store, run, wanted)
    for snapshot, by in rechecked.answers(store, run.id):
        wanted.add(snapshot, by)
    copies = sorted(folder.glob(f"{sealing.PREFIX}{run.crawl}-*.warc.gz"))
    copies += _want_rechecks(store, rechecked.of(store, run.id), wanted)
    _prove_files(store, {path.name for path in folder.glob(f"{run.crawl}-*.warc.gz")}, copies, wanted)
    _prove_shots(store, run, proof)
    _prove_journal(store, proof)
    return proof


def verify_rechecks(store: Store, parts: list[Recheck]) -> Proof:
    """Prove what a re-check fetched."""
    proof = Proof()
    wanted = _Places(proof)
    copies = _want_rechecks(store, parts, wanted)
    for snapshot, by in {(s, by) for run in {part.run for part in parts} for s, by in rechecked.answers(store, run)}:
        if run_of(snapshot.warc) in {part.id for part in parts}:
            wanted.add(snapshot, by)
    _prove_files(store, set(), copies, wanted)
    _prove_journal(store, proof)
    return proof


def _want_rechecks(store: Store, parts: list[Recheck], wanted: _Places) -> list[Path]:
    """Add what ended re-checks fetched; gives their sealed copies. On one that was killed no answer rests, and its last bytes may be torn."""
    folder = store.folder / "snapshots"
    copies: list[Path] = []
    for part in parts:
        if not part.ended:
            wanted.proof.killed.append(part.id)
            continue
        for snapshot, by in rechecked.references(store, part):
            wanted.add(snapshot, by)
        for path in part.files(folder):
            wanted.files.setdefault(path.name, {})
        copies += part.files(folder, sealing.PREFIX)
    return copies


def _prove_files(store: Store, names: set[str], copies: Iterable[Path], wanted: _Places) -> None:
    """Prove snapshots, those among them that something points to and those that nothing does, and sealed copies."""
    folder, proof, removed = store.folder / "snapshots", wanted.proof, _removed(store.folder)
    for name in sorted(names | wanted.files.keys()):
        places = wanted.files.get(name, {})
        if (folder / name).exists():
            _prove_file(folder / name, places, proof, removed["sealed"])
        elif name in removed["warc"]:
            proof.removed += len(places)
        else:
            proof.problems.append(f"{name}：缺少快照文件（{len(places)} 处引用）")
    for path in copies:
        _prove_file(path, {}, proof, removed["sealed"])


def _prove_journal(store: Store, proof: Proof) -> None:
    proof.problems += [f"{journal.FILE}：第 {number} 行与上一行不衔接（被改动或删去过内容）" for number in journal.broken(store.folder)]


def _want_run(store: Store, run: Run, wanted: _Places) -> None:
    """What findings, records and visits of a run say must lie where."""
    for row in run.targets:
        site = str(row["site"])
        for finding in store.findings(run.id, site):
            for snapshot in (finding.snapshot, *pointed(finding.evidence)):
                if snapshot is not None:
                    wanted.add(snapshot, f"问题 {finding.id}")
        for record in store.records(run.id, site):
            if record.snapshot is not None and run_of(record.snapshot.warc) == run.crawl:
                wanted.add(record.snapshot, f"记录 {record.url}")
        for visit in (*store.visits(run.id, site), *store.looks(run.id, site)):
            for attempt in visit.tries:
                if attempt.snapshot is not None:
                    wanted.add(attempt.snapshot, f"访问 {visit.url}")


def _removed(workspace: Path) -> dict[str, set[str]]:
    """What retention deleted: names of WARC files, record ids of sealed copies, shots as `<run>/<file>`."""
    gone: dict[str, set[str]] = {"warc": set(), "sealed": set(), "shot": set()}
    for entry in journal.entries(workspace):
        if entry.get("what") == "retain":
            gone["warc"].update(entry.get("warc", ()))
            gone["sealed"].update(entry.get("sealed", ()))
            gone["shot"].update(f"{entry.get('run')}/{name}" for name in entry.get("shot", ()))
    return gone


def _prove_file(path: Path, places: dict[int, _Wanted], proof: Proof, gone: Iterable[str]) -> None:
    proof.files += 1
    copies: dict[str, str] | None = None
    seen: set[int] = set()
    for offset, record, problem in _scan(path, sorted(places)):
        if problem is not None or record is None:
            proof.problems.append(f"{path.name} 第 {offset} 字节：{problem}" + (f"（{places[offset].by}）" if offset in places else ""))
            seen.add(offset)
            continue
        proof.members += 1
        if offset not in places:
            continue
        seen.add(offset)
        asked = places[offset]
        if sealing.is_sealed(record):
            if copies is None:
                copies = {ident: _digest(copy) for ident, copy in sealing.copies(path)}
            ident = sealing.record_id(record)
            if copies.get(ident) == asked.sha256:
                proof.sealed += 1
            elif ident in gone and ident not in copies:
                proof.removed += 1
            else:
                said = "封存副本与记录的 sha256 不符" if ident in copies else "已封存，但缺少封存副本"
                proof.problems.append(f"{path.name} 第 {offset} 字节：{said}（{asked.by}）")
        elif _digest(record) == asked.sha256:
            proof.bodies += 1
        else:
            proof.problems.append(f"{path.name} 第 {offset} 字节：原文与记录的 sha256 不符（{asked.by}）")
    proof.problems += [f"{path.name} 第 {at} 字节：没有记录（{places[at].by}）" for at in sorted(places.keys() - seen)]


def _digest(record: bytes) -> str:
    """sha256 of what a record holds; "" where it cannot be read."""
    try:
        return snapshots.digest(snapshots.parsed(record))
    except (ValueError, IndexError, zlib.error):
        return ""


def _scan(path: Path, known: list[int]) -> Iterator[tuple[int, bytes | None, str | None]]:
    """(offset, record, problem) of every member. After a broken one it goes on at the next place that something points to."""
    size = path.stat().st_size
    with path.open("rb") as file:
        offset = 0
        while offset < size:
            file.seek(offset)
            try:
                record, end = _member(file)
            except (EOFError, zlib.error) as error:
                yield offset, None, "记录不完整" if isinstance(error, EOFError) else "压缩数据已损坏或被改动（校验和不符）"
                offset = next((at for at in known if at > offset), size)
                continue
            yield offset, record, _form(record)
            offset = end


def _member(file: Any) -> tuple[bytes, int]:
    unpacker = zlib.decompressobj(31)
    parts = []
    while not unpacker.eof:
        chunk = file.read(_CHUNK)
        if not chunk:
            raise EOFError
        parts.append(unpacker.decompress(chunk))
    return b"".join(parts), file.tell() - len(unpacker.unused_data)


def _form(record: bytes) -> str | None:
    """What is wrong with a record's form; null where it is as long as it says."""
    head, between, rest = record.partition(b"\r\n\r\n")
    if not record.startswith(b"WARC/1.") or not between:
        return "不是 WARC 记录"
    lengths = [line[15:].strip() for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    whole = len(lengths) == 1 and lengths[0].isdigit() and rest[int(lengths[0]) :] == b"\r\n\r\n"
    return None if whole else "记录长度与其声明不符"


def _prove_shots(store: Store, run: Run, proof: Proof) -> None:
    album, removed = Album(store.folder, run.crawl), _removed(store.folder)["shot"]
    pictures = {shot.file: shot for shot in album.shots}
    if len(pictures) != len(album.shots):
        proof.problems.append("截图清单：编号有重复")
    known = {f.id: f.shot for row in run.targets for f in store.findings(run.id, str(row["site"]))}
    for shot in album.shots:
        path = album.folder / shot.file
        if shot.removed_at is not None:
            continue
        if not path.exists() and f"{run.crawl}/{shot.file}" in removed:  # killed before the manifest could say so
            continue
        proof.shots += 1
        if not path.exists():
            proof.problems.append(f"截图 {shot.file}：缺少文件")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != shot.sha256:
            proof.problems.append(f"截图 {shot.file}：与清单的 sha256 不符")
    for path in sorted(album.folder.glob("*.png")):
        if path.name not in pictures:
            proof.problems.append(f"截图 {path.name}：清单中没有")
    for ident, shot_file in sorted(known.items()):
        if shot_file is not None and Path(shot_file).name not in pictures:
            proof.problems.append(f"问题 {ident}：截图 {shot_file} 不在清单中")
