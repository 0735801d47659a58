"""The bytes behind snapshots, of many WARC files, sealed ones from their copy."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path
from typing import BinaryIO

from govcrawl.errors import StoreError, cause
from govcrawl.model.items import Snapshot
from govcrawl.store import sealing, snapshots

_MOST_OPEN = 64
"""WARC files that are held open (a run has one for each start and GiB)."""


class LostError(Exception):
    """Raised where a snapshot's bytes cannot be had; the message says why."""


class Shelf:
    """The bytes behind snapshots. A damaged, missing or sealed-and-deleted record is told apart from an answer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._copies: dict[str, dict[str, int]] = {}
        self._open: dict[Path, BinaryIO] = {}

    def close(self) -> None:
        for file in self._open.values():
            file.close()
        self._open.clear()

    def load(self, taken: Snapshot) -> tuple[snapshots.Stored, bool]:
        """(record, whether it came from its sealed copy).

        Raises:
            LostError: there are no such bytes.
        """
        record = self._record(self._folder / taken.warc, taken.offset)
        sealed = sealing.emptied(record)
        if sealed:
            record = self._record(*self._copy(taken, record))
        if record.kind in ("response", "conversion") and hashlib.sha256(record.body).hexdigest() != taken.sha256:
            raise LostError("内容与当时的校验值不符")
        return record, sealed

    def where(self, taken: Snapshot) -> tuple[Path, int]:
        """File and offset of the whole record, for whoever reads it by itself."""
        path = self._folder / taken.warc
        try:
            record = self._record(path, taken.offset)
            return self._copy(taken, record) if sealing.emptied(record) else (path, taken.offset)
        except LostError:
            return path, taken.offset

    def _copy(self, taken: Snapshot, record: snapshots.Stored) -> tuple[Path, int]:
        if taken.warc not in self._copies:
            try:
                self._copies[taken.warc] = sealing.offsets(self._folder, taken.warc)
            except StoreError as error:
                raise LostError(str(error)) from error
        at = self._copies[taken.warc].get(record.ident)
        if at is None:
            raise LostError("含个人信息已封存，封存的副本已不存在")
        return self._folder / (sealing.PREFIX + taken.warc), at

    def _record(self, path: Path, offset: int) -> snapshots.Stored:
        try:
            if path not in self._open:
                if len(self._open) >= _MOST_OPEN:
                    self.close()
                self._open[path] = path.open("rb", buffering=0)
            return snapshots.load_from(self._open[path], path, offset)
        except FileNotFoundError:
            raise LostError("文件不存在") from None
        except OSError as error:
            raise LostError(f"文件不可读（{cause(error)}）") from error
        except (StoreError, ValueError, IndexError, zlib.error) as error:
            raise LostError("记录已损坏") from error
