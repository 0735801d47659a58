"""Frozen rulebooks: a copy of all rule files beside the store, named by its digest, so that a run is judged by the rules it was pinned to.

frozen.keep(workspace)            digest of today's rules, which lie in `rulebooks/<digest>/` from then on
frozen.copy_of(workspace, digest) that folder; null where it is not there, or was changed
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from govcrawl import rulebook
from govcrawl.errors import RulebookError, cause

FOLDER = "rulebooks"


def keep(workspace: Path) -> str:
    """Copy the rule files that are in use now, unless their copy is there; gives their digest.

    Raises:
        RulebookError: the copy cannot be written.
    """
    digest = rulebook.digest()
    folder = workspace / FOLDER / digest
    if copy_of(workspace, digest) is not None:
        return digest
    root = rulebook.root()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as place:
            made = Path(place) / "rules"
            for path in root.rglob("*.yml"):
                to = made / path.relative_to(root)
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, to)
            if folder.exists():  # a copy that somebody has written in
                shutil.rmtree(folder)
            made.rename(folder)
    except OSError as error:
        if copy_of(workspace, digest) is None:  # else another process was quicker
            raise RulebookError(f"无法在 {folder.parent} 保存规则副本：{cause(error)}") from error
    return digest


def copy_of(workspace: Path, digest: str) -> Path | None:
    """Folder of the copy with this digest, its files verified."""
    folder = workspace / FOLDER / digest
    return folder if digest and (folder / "catalogue").is_dir() and rulebook.digest(folder) == digest else None


@contextmanager
def using(workspace: Path, digest: str) -> Iterator[None]:
    """The rules of a digest for a while; nothing changes where they are in use already.

    Raises:
        RulebookError: they are neither in use nor kept.
    """
    if rulebook.digest() == digest:
        yield
        return
    folder = copy_of(workspace, digest)
    if folder is None:
        raise RulebookError(f"工作目录中没有规则副本 {FOLDER}/{digest}，或副本已被改动")
    before = rulebook.used()
    rulebook.use(folder)
    try:
        yield
    finally:
        rulebook.use(before)
