"""The change sequence as files, one or several a day, with a manifest: for a scoring service that takes files, for archives, for other stores."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from govcrawl.errors import OutputError, UsageError, cause
from govcrawl.feed import following, schema
from govcrawl.feed.manifest import Form, Manifest, Part, load, replace, settle, sha256
from govcrawl.store.base import Store

MOST_ROWS = 50_000
"""Changes of one file: what a kill costs at most."""


def dump(
    store: Store, folder: Path, *, form: Form = "jsonl", after: int | None = None, said: Callable[[Part], None] = lambda p: None
) -> Manifest:
    """Write what the folder does not hold yet. A file is never written again: the next call adds files and names them in the manifest.

    A change belongs to the day of its announcement. Killed at any moment, the folder is a whole dump up to a number, and the same call goes on.

    Args:
        after: number to begin after in an empty folder; null = at the beginning.

    Raises:
        UsageError: the folder holds another dump: another format, another beginning, another store.
        OutputError: it cannot be written.
    """
    kept = load(folder)
    if kept is not None:
        _refuse_another(kept, store, folder, form, after)
    manifest = kept or Manifest(format=form, after=after or 0, highest_seq=after or 0)
    try:
        _publish_schemas(manifest, folder)
        for day, rows in _by_day(following.changes(store, manifest.highest_seq)):
            _add(manifest, folder, day, rows)
            said(manifest.files[-1])
    except OSError as error:
        raise OutputError(f"无法写入 {folder}：{cause(error)}。已列入清单的文件是完整的；排除原因后再次运行同样的命令即可继续") from error
    return manifest


def form_of(name: str) -> Form:
    """Raises UsageError where there is no such format, or what it needs is not installed: before a folder is made."""
    if name == "parquet":
        from govcrawl.feed import parquet  # noqa: F401

        return "parquet"
    if name == "jsonl":
        return "jsonl"
    raise UsageError(f"没有这种格式：{name}（应为 jsonl 或 parquet）")


def _refuse_another(kept: Manifest, store: Store, folder: Path, form: Form, after: int | None) -> None:
    if kept.format != form:
        raise UsageError(f"{folder} 中已有 {kept.format} 格式的导出；请换一个目录，或用 --format {kept.format}")
    if after is not None and after not in (kept.after, kept.highest_seq):
        raise UsageError(f"{folder} 中已有第 {kept.after + 1}～{kept.highest_seq} 号变更的导出；续导请去掉 --after，另导请换一个目录")
    if kept.last is None:
        return
    here = store.changes(kept.highest_seq - 1, 1)
    if not here or here[0]["seq"] != kept.highest_seq or _digest(here[0]) != kept.last:
        raise UsageError(f"{folder} 中的导出来自另一个存储（第 {kept.highest_seq} 号变更不同）；请换一个目录")


def _digest(change: dict[str, Any]) -> str:
    return hashlib.sha256(following.line(change).encode()).hexdigest()


def _publish_schemas(manifest: Manifest, folder: Path) -> None:
    for name in (*schema.KINDS, schema.ENVELOPE):
        content = schema.stored(name).encode()
        place = f"schemas/{name}.json"
        if manifest.schemas.get(place) != hashlib.sha256(content).hexdigest() or not (folder / place).exists():
            replace(folder / place, content)
        manifest.schemas[place] = hashlib.sha256(content).hexdigest()
    manifest.save(folder)


def _by_day(changes: Iterable[dict[str, Any]]) -> Iterator[tuple[str, Iterator[dict[str, Any]]]]:
    """Runs of changes of one day, in their order: where a clock was set back, a day comes twice, in two files."""
    for (day, _), rows in groupby(enumerate(changes), key=lambda row: ((row[1]["at"] or "unknown")[:10], row[0] // MOST_ROWS)):
        yield day, (row for _, row in rows)


def _add(manifest: Manifest, folder: Path, day: str, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows)
    name = f"day={day}/{first['seq']:010d}.{manifest.format}"
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    counted = _Counted(first, rows)
    with temporary.open("wb") as file:
        if manifest.format == "parquet":
            from govcrawl.feed import parquet

            parquet.write(file, counted)
        else:
            _write_lines(file, counted)
        settle(file)
    digest, size = sha256(temporary), temporary.stat().st_size
    temporary.replace(path)
    part = Part(
        name=name, day=day, rows=counted.rows, first_seq=first["seq"], last_seq=counted.last["seq"], bytes=size, sha256=digest
    )  # fmt: skip
    manifest.add(part, _digest(counted.last))
    manifest.save(folder)


def _write_lines(file: IO[bytes], changes: Iterable[dict[str, Any]]) -> None:
    for change in changes:
        file.write(following.line(change).encode())


class _Counted:
    """Changes on their way into a file, counted, the last one remembered."""

    def __init__(self, first: dict[str, Any], others: Iterator[dict[str, Any]]) -> None:
        self.last, self.rows, self._others = first, 0, others

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self.rows = 1
        yield self.last
        for change in self._others:
            self.last = change
            self.rows += 1
            yield change
