"""What a dump holds: its manifest, which names every file with its rows, digest and numbers."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from govcrawl.errors import StoreError, cause

NAME = "manifest.json"
VERSION = 1
Form = Literal["jsonl", "parquet"]
_PART = re.compile(r"day=(?:\d{4}-\d\d-\d\d|unknown)/\d{10,}\.(?:jsonl|parquet)")
"""Matches "day=2026-11-25/0000000001.jsonl", not "../0000000001.jsonl"."""
_SCHEMA = re.compile(r"schemas/[a-z_]+\.json")
"""Matches "schemas/finding.json", not "schemas/../x.json"."""


@dataclass(slots=True, kw_only=True)
class Part:
    """One file of the dump: changes of one day, numbered without a gap."""

    name: str
    day: str
    """Day of the announcement in China; `unknown` where an early version did it."""
    rows: int
    first_seq: int
    last_seq: int
    bytes: int
    sha256: str

    def told(self, *, as_json: bool) -> str:
        """One line about the file."""
        if as_json:
            return json.dumps(asdict(self), ensure_ascii=False)
        return f"{self.name}：{self.rows} 条，序号 {self.first_seq}～{self.last_seq}"


@dataclass(slots=True, kw_only=True)
class Manifest:
    version: int = VERSION
    format: Form = "jsonl"
    after: int = 0
    """The dump holds what comes after this number …"""
    highest_seq: int = 0
    """… up to and with this one."""
    rows: int = 0
    last: str | None = None
    """sha256 of the last change's line: tells whether a store is the one that the dump goes on with."""
    files: list[Part] = field(default_factory=list)
    schemas: dict[str, str] = field(default_factory=dict)
    """File of a JSON Schema → its sha256."""

    def add(self, part: Part, last: str) -> None:
        self.files.append(part)
        self.highest_seq, self.rows, self.last = part.last_seq, self.rows + part.rows, last

    def save(self, folder: Path) -> None:
        replace(folder / NAME, (json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n").encode())


_MANIFEST = TypeAdapter(Manifest)


def load(folder: Path) -> Manifest | None:
    """The manifest of a dump; null where the folder holds none.

    Raises:
        StoreError: it cannot be read, or is none of ours.
    """
    path = folder / NAME
    try:
        found = _MANIFEST.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"无法读取 {path}：{cause(error)}") from error
    except ValidationError as error:
        raise StoreError(f"{path} 不是数据导出的清单，或已损坏") from error
    if found.version != VERSION:
        raise StoreError(f"{path} 的版本是 {found.version}，本程序只认识 {VERSION}")
    foreign = [p.name for p in found.files if not _PART.fullmatch(p.name)] + [name for name in found.schemas if not _SCHEMA.fullmatch(name)]
    if foreign:
        raise StoreError(f"{path} 中的文件名不正确：{'、'.join(foreign[:5])}")
    return found


def replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    with temporary.open("wb") as file:
        file.write(content)
        settle(file)
    temporary.replace(path)


def settle(file: Any) -> None:
    """Onto the disk, so that a manifest never names what a power cut took."""
    file.flush()
    os.fsync(file.fileno())


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
