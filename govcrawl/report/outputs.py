"""The files of `--out DIR`: written to a temporary name first, so that a reader never meets half a file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from govcrawl.errors import OutputError, cause


@contextmanager
def written(path: Path) -> Iterator[IO[str]]:
    """Open `path` for text by way of a temporary file that takes its place at the end.

    Raises:
        OutputError: the folder cannot be written or is full; what stood there before stays.
    """
    temporary = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        temporary.replace(path)
    except OSError as error:
        if temporary.parent.is_dir():
            temporary.unlink(missing_ok=True)
        raise OutputError(f"无法写入 {path}：{cause(error)}") from error


def json_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with written(path) as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def json_file(path: Path, value: Any) -> None:
    with written(path) as file:
        json.dump(value, file, ensure_ascii=False, indent=1)
        file.write("\n")


def link_files(files: Iterable[Path], folder: Path) -> None:
    """Put the run's WARC files or screenshots under `folder` as hard links, or copies where the file system has none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            place = folder / file.name
            place.unlink(missing_ok=True)
            try:
                place.hardlink_to(file)
            except OSError:
                shutil.copy2(file, place)
    except OSError as error:
        raise OutputError(f"无法写入 {folder}：{cause(error)}") from error


def prepare(folder: Path) -> None:
    """Make sure that the output folder can be written before any crawling starts.

    Raises:
        OutputError: it cannot be made or written.
    """
    probe = folder / ".writable"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(f"输出目录 {folder} 不可写：{cause(error)}") from error
