"""`govcrawl evidence pack`: the evidence on one site as a zip that can be handed over and opened without network or program.

Findings (masked), the WARC members they point to in a small file of their own, screenshots, the sentences of the table they rest on, a page
that shows all of it, and a manifest. The same evidence makes the same bytes. Nothing that was sealed is in it.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from govcrawl.detect import masking
from govcrawl.errors import OutputError, StoreError, UsageError, cause
from govcrawl.evidence.album import Album
from govcrawl.evidence.pointing import pointed
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.items import Snapshot
from govcrawl.model.runs import Run
from govcrawl.model.targets import Target
from govcrawl.report.evidence import in_words
from govcrawl.report.view import OUTCOMES, SEVERITIES, masked_findings
from govcrawl.rulebook import Rule
from govcrawl.rulebook.packs import Pack
from govcrawl.store import sealing, snapshots
from govcrawl.store.base import Store

WARC = "evidence.warc.gz"
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(slots=True)
class Packed:
    """What a pack came to."""

    findings: int
    members: int
    shots: int
    sealed: int
    """References to sealed bytes, which are not in the pack."""
    gone: int
    """References to bytes that retention deleted."""


@dataclass(slots=True)
class _Members:
    """The members that go into the pack's WARC file, and where they will lie."""

    folder: Path
    data: bytearray = field(default_factory=bytearray)
    places: dict[tuple[str, int], int] = field(default_factory=dict)
    sealed: set[tuple[str, int]] = field(default_factory=set)
    gone: set[tuple[str, int]] = field(default_factory=set)

    def add(self, snapshot: Snapshot) -> None:
        place = snapshot.warc, snapshot.offset
        if place in self.places or place in self.sealed or place in self.gone:
            return
        path = self.folder / snapshot.warc
        if not path.exists():
            self.gone.add(place)
            return
        if not self.data:  # the first member of a file says who fetched
            self.data += snapshots.member(path, 0)[0]
        packed, record = snapshots.member(path, snapshot.offset)
        if sealing.is_sealed(record):
            self.sealed.add(place)
            return
        self.places[place] = len(self.data)
        self.data += packed

    def here(self, value: Any) -> Any:
        """A value with its references into the run's files turned into those into the pack's."""
        if isinstance(value, dict):
            if value.keys() == {"warc", "offset", "sha256"}:
                offset = self.places.get((value["warc"], value["offset"]))
                return None if offset is None else {"warc": WARC, "offset": offset, "sha256": value["sha256"]}
            return {name: self.here(inner) for name, inner in value.items()}
        return [self.here(inner) for inner in value] if isinstance(value, list) else value


def write(store: Store, run: Run, target: Target, pack: Pack, rules: Mapping[str, Rule], out: Path) -> Packed:
    """Write the pack of one site of a run.

    Raises:
        UsageError: nothing was found on the site.
        StoreError: bytes that a finding points to cannot be read.
        OutputError: the file cannot be written.
    """
    judged = store.findings(run.id, target.site)
    accused = masked_findings([f for f in judged if f.outcome in (Outcome.FAIL, Outcome.NEEDS_REVIEW)])
    if not accused:
        raise UsageError(f"批次 {run.id} 在 {target.name or target.url} 没有查出问题，没有可移交的证据")
    members = _Members(store.folder / "snapshots")
    for finding in accused:
        for snapshot in sorted(
            {s for s in (finding.snapshot, *pointed(finding.evidence)) if s is not None}, key=lambda s: (s.warc, s.offset)
        ):
            members.add(snapshot)
    rows = [members.here(f.to_json()) for f in accused]
    album = Album(store.folder, run.crawl)
    pictures = {Path(f.shot).name for f in accused if f.shot}
    shots = [shot for shot in album.shots if shot.file in pictures and shot.removed_at is None]
    files: dict[str, bytes] = {
        "findings.jsonl": b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows),
        "clauses.json": _json(_clauses(accused, pack, rules)),
        **({WARC: bytes(members.data)} if members.places else {}),
        **{f"shots/{shot.file}": _bytes(album.folder / shot.file) for shot in shots},
    }
    about = {
        "run": run.id,
        "site": target.site,
        "name": target.name,
        "url": target.url,
        "as_of": run.as_of,
        "pack": pack.name,
        "replay_of": run.replay_of,
    }
    done = Packed(len(accused), len(members.places), len(shots), len(members.sealed), len(members.gone))
    files["index.html"] = _page(accused, rows, about, done, pack, rules).encode()
    origins = [{"warc": w, "offset": o, "here": at} for (w, o), at in sorted(members.places.items(), key=lambda row: row[1])]
    listed = [{"file": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in sorted(files.items())]
    files["manifest.json"] = _json({**about, "made_of": run.ended_at, "files": listed, "members": origins})
    _zip(files, out)
    return done


def _clauses(findings: Iterable[Finding], pack: Pack, rules: Mapping[str, Rule]) -> list[dict[str, Any]]:
    """The sentences that the findings rest on, each once, with the document they stand in."""
    used = sorted({(f.clause or "", f.rule) for f in findings})
    said = []
    for ident, rule in used:
        clause, indicator = pack.clause(ident), next((i for i in pack.indicators if any(c.id == ident for c in i.clauses)), None)
        said.append(
            {
                "clause": ident or None,
                "indicator": indicator.name if indicator else None,
                "text": clause.text if clause else None,
                "table": pack.basis,
                "rule": rule,
                "title": rules[rule].title if rule in rules else None,
                "basis": rules[rule].basis if rule in rules else None,
            }
        )
    return said


def _page(
    findings: list[Finding], rows: list[dict[str, Any]], about: dict[str, Any], done: Packed, pack: Pack, rules: Mapping[str, Rule]
) -> str:
    environment = Environment(
        loader=PackageLoader("govcrawl.evidence"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["evidence"] = in_words
    names = {i.id: i.name for i in pack.indicators}
    items = [
        {
            "finding": f,
            "row": row,
            "indicator": names.get(f.indicator or "", "") or ("提示" if f.indicator == "X0" else ""),
            "title": rules[f.rule].title if f.rule in rules else f.rule,
            "severity": SEVERITIES.get(f.severity, ""),
            "outcome": OUTCOMES[f.outcome.value],
        }
        for f, row in zip(findings, rows, strict=True)
    ]
    return environment.get_template("pack.html.j2").render(items=items, about=about, done=done, pack=pack)


def _json(value: Any) -> bytes:
    return json.dumps(masking.exported(value), ensure_ascii=False, indent=1).encode() + b"\n"


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StoreError(f"截图 {path} 不可读：{cause(error)}") from error


def _zip(files: Mapping[str, bytes], out: Path) -> None:
    """A zip of the same bytes for the same files: no time, no place, names in order."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            entry.compress_type = zipfile.ZIP_STORED if name.endswith((".gz", ".png")) else zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    part = out.with_name(out.name + ".part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(buffer.getvalue())
        part.replace(out)
    except OSError as error:
        if part.parent.is_dir():
            part.unlink(missing_ok=True)
        raise OutputError(f"无法写入 {out}：{cause(error)}") from error


def opened(path: Path) -> list[str]:
    """What is wrong with a pack, a line each: files that are missing, too many or changed, findings whose bytes are not in it.

    Raises:
        UsageError: it is no pack.
    """
    problems = []
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            data = {name: archive.read(name) for name in names}
        manifest = json.loads(data["manifest.json"])
        listed = {row["file"]: row["sha256"] for row in manifest["files"]}
        findings = [json.loads(line) for line in data["findings.jsonl"].splitlines()]
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise UsageError(f"{path} 不是完好的证据包：{error}") from error
    problems += [f"{name}：清单中没有" for name in sorted(names - listed.keys() - {"manifest.json"})]
    for name, digest in sorted(listed.items()):
        if name not in data:
            problems.append(f"{name}：缺少文件")
        elif hashlib.sha256(data[name]).hexdigest() != digest:
            problems.append(f"{name}：与清单的 sha256 不符")
    for finding in findings:
        for snapshot in pointed([finding.get("snapshot"), finding.get("evidence")]):
            problems += [f"问题 {finding['id']}：{said}" for said in snapshots.wrong(data.get(snapshot.warc, b""), snapshot)]
        if finding.get("shot") and finding["shot"] not in data:
            problems.append(f"问题 {finding['id']}：缺少截图 {finding['shot']}")
    return problems
