"""The album of a run: numbered screenshots under `shots/<run>/` of the workspace, and their manifest.

A shot belongs to a finding as it was seen: same bytes, same 监测时间点. So a run that is judged again finds its shots without a browser.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from govcrawl.errors import OutputError, cause
from govcrawl.model.findings import Finding
from govcrawl.report import outputs
from govcrawl.scoring.decisions import fingerprint

MANIFEST = "manifest.json"
FOLDER = "shots"


@dataclass(slots=True, kw_only=True)
class Shot:
    """One line of the manifest."""

    number: int
    file: str
    finding: str
    fingerprint: str
    """Of the evidence it shows (`scoring.decisions`): another date or value is another picture."""
    site: str
    url: str
    as_of: str
    taken_at: str
    fetched_at: str | None
    sha256: str
    page: dict[str, Any]
    """The bytes that were painted: {"warc", "offset", "sha256"}."""
    rendered: bool
    """Painted from the DOM after script."""
    marked: int
    """Places that were marked; 0 where something is missing, or what is there cannot be seen."""
    covered: int
    """Texts in which personal numbers were covered."""
    removed_at: str | None = None
    """When the picture was deleted by the rules of retention."""


class Album:
    """The shots of one run.

    Raises:
        OutputError: the manifest cannot be read.
    """

    def __init__(self, workspace: Path, run: str) -> None:
        self.folder, self.run = workspace / FOLDER / run, run
        self.shots: list[Shot] = []
        self._known: dict[tuple[str, str, str], Shot] = {}
        for shot in self._read():
            self._keep(shot)

    def _keep(self, shot: Shot) -> None:
        self.shots.append(shot)
        self._known[shot.finding, shot.as_of, shot.fingerprint] = shot

    def _read(self) -> list[Shot]:
        try:
            text = (self.folder / MANIFEST).read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise OutputError(f"截图清单 {self.folder / MANIFEST} 不可读：{cause(error)}") from error
        try:
            return [Shot(**row) for row in json.loads(text)["shots"]]
        except (ValueError, KeyError, TypeError) as error:
            raise OutputError(f"截图清单 {self.folder / MANIFEST} 已损坏") from error

    def of(self, finding: Finding) -> Shot | None:
        """The shot that shows this finding as it stands now."""
        shot = self._known.get((finding.id, finding.as_of, fingerprint(finding)))
        return shot if shot is not None and shot.removed_at is None else None

    def add(self, picture: bytes, **about: Any) -> Shot:
        """Keep a picture under the next number; `save` makes it known."""
        number = max((s.number for s in self.shots), default=0) + 1
        name = f"{number:04d}.png"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_bytes(picture)
        except OSError as error:
            raise OutputError(f"无法写入截图 {self.folder / name}：{cause(error)}") from error
        shot = Shot(number=number, file=name, sha256=hashlib.sha256(picture).hexdigest(), **about)
        self._keep(shot)
        return shot

    def save(self) -> None:
        outputs.json_file(self.folder / MANIFEST, {"run": self.run, "shots": [asdict(s) for s in self.shots]})

    def files(self) -> list[Path]:
        """Manifest and pictures; empty where there are none."""
        kept = [self.folder / s.file for s in self.shots if s.removed_at is None]
        return [self.folder / MANIFEST, *(p for p in kept if p.exists())] if self.shots else []


def publish(workspace: Path, run: str, out: Path) -> None:
    """Link the run's shots and their manifest under `out/shots`; pictures of an earlier run that used the folder go."""
    files = Album(workspace, run).files()
    names = {file.name for file in files}
    for old in (out / FOLDER).glob("[0-9]*.png"):
        if old.name not in names:
            old.unlink(missing_ok=True)
    if files:
        outputs.link_files(files, out / FOLDER)


def run_of(warc: str) -> str:
    """The run that a WARC file was written by: `20261116-28c9ad-20261116T080000000-001.warc.gz` → `20261116-28c9ad`."""
    return warc.rsplit("-", 2)[0]


def shown(workspace: Path, findings: Iterable[Finding]) -> list[Finding]:
    """The findings with the shots that earlier work took of them. A replay's are those of the run its bytes come from."""
    albums: dict[str, Album] = {}
    done = []
    for finding in findings:
        shot = None
        for run in dict.fromkeys(filter(None, (finding.run, run_of(finding.snapshot.warc) if finding.snapshot else None))):
            if run not in albums:
                albums[run] = Album(workspace, run)
            shot = shot or albums[run].of(finding)
        done.append(finding.with_(shot=f"{FOLDER}/{shot.file}") if shot else finding)
    return done
