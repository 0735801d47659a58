"""Reading a dump again: every file is held against the manifest before the first change is given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from govcrawl.errors import StoreError, cause
from govcrawl.feed.manifest import NAME, Manifest, Part, load, sha256

_FIELDS = frozenset(("seq", "kind", "op", "id", "rev", "at", "payload"))


def rows(folder: Path, manifest: Manifest | None = None) -> Iterator[dict[str, Any]]:
    """Every change of a dump in order, once the whole dump has been verified.

    Args:
        manifest: as `verified` gave it, where that was done just now.

    Raises:
        StoreError: as `verified` says, or a file that is as the manifest says holds something else than changes.
    """
    manifest = manifest or verified(folder)
    for part in manifest.files:
        yield from _changes(folder, part, manifest)


def verified(folder: Path) -> Manifest:
    """The manifest of a dump whose files are all there, unchanged, and numbered without a gap.

    Raises:
        StoreError: no dump, or files that are missing or damaged: named, all of them.
    """
    manifest = load(folder)
    if manifest is None:
        raise StoreError(f"{folder} 不是数据导出目录：没有 {NAME}")
    wrong = [said for part in manifest.files if (said := _wrong(folder / part.name, part.name, part.sha256, part.bytes))]
    wrong += [said for name, digest in manifest.schemas.items() if (said := _wrong(folder / name, name, digest, None))]
    wrong += _gaps(manifest)
    if wrong:
        raise StoreError(f"数据导出 {folder} 不完整：{'；'.join(wrong)}")
    return manifest


def _wrong(path: Path, name: str, digest: str, size: int | None) -> str | None:
    try:
        if size is not None and path.stat().st_size != size:
            return f"{name} 已损坏（应为 {size} 字节，现为 {path.stat().st_size} 字节）"
        return None if sha256(path) == digest else f"{name} 已损坏（sha256 与清单不符）"
    except FileNotFoundError:
        return f"缺少 {name}"
    except OSError as error:
        return f"无法读取 {name}：{cause(error)}"


def _gaps(manifest: Manifest) -> list[str]:
    found, at, total = [], manifest.after, 0
    for part in manifest.files:
        if part.first_seq != at + 1 or part.last_seq - part.first_seq + 1 != part.rows:
            found.append(f"{part.name} 之前或其中的变更序号不连续（上一号 {at}，本文件 {part.first_seq}～{part.last_seq}，{part.rows} 条）")
        at, total = part.last_seq, total + part.rows
    if (at, total) != (manifest.highest_seq, manifest.rows):
        found.append(f"清单所记的条数 {manifest.rows}、最高序号 {manifest.highest_seq} 与各文件不符")
    return found


def _changes(folder: Path, part: Part, manifest: Manifest) -> Iterator[dict[str, Any]]:
    """The changes of one file. What a writer of another program made may match its digest and still be none."""
    awaited = part.first_seq
    for change in _parquet(folder, part) if manifest.format == "parquet" else _lines(folder, part):
        if not isinstance(change, dict) or change.keys() != _FIELDS or change["seq"] != awaited:
            raise StoreError(f"数据导出 {folder} 中 {part.name} 的第 {awaited} 号变更不正确")
        yield change
        awaited += 1
    if awaited != part.last_seq + 1:
        raise StoreError(f"数据导出 {folder} 中 {part.name} 少于清单所记的 {part.rows} 条")


def _lines(folder: Path, part: Part) -> Iterator[Any]:
    try:
        with (folder / part.name).open(encoding="utf-8") as file:
            for text in file:
                yield json.loads(text)
    except (OSError, ValueError) as error:
        raise StoreError(f"无法读取 {folder / part.name}：{cause(error)}") from error


def _parquet(folder: Path, part: Part) -> Iterator[Any]:
    from govcrawl.feed import parquet

    try:
        yield from parquet.read(folder / part.name)
    except (OSError, ValueError, KeyError) as error:  # ArrowInvalid is a ValueError
        raise StoreError(f"无法读取 {folder / part.name}：{cause(error)}") from error
