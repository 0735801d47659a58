"""Sealing keeps every offset, shows nothing, and loses nothing."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from govcrawl.store import sealing, snapshots
from govcrawl.store.snapshots import RawExchange, SnapshotWriter

AT = datetime(2026, 11, 16, tzinfo=UTC)
SECRET = "身份证号 110101199003070000".encode()


def exchange(url: str, body: bytes) -> RawExchange:
    return RawExchange(url=url, at=AT, status=200, headers=[("Content-Type", "text/html")], raw=body, body=body)


@pytest.mark.parametrize("size", [0, 40, 900, 60_000, 70_000, 66_000, 131_080, 400_000])
def test_a_sealed_record_shows_nothing_and_its_neighbours_stay_where_they_are(tmp_path: Path, size: int) -> None:
    writer = SnapshotWriter(tmp_path, "run")
    first = writer.write(exchange("http://a.cn/1", b"first"))
    secret = writer.write(exchange("http://a.cn/2", SECRET + os.urandom(size)))
    last = writer.write(exchange("http://a.cn/3", b"last"))
    writer.close()
    path = tmp_path / secret.warc
    before = path.stat().st_size

    assert sealing.seal(tmp_path, [secret, secret]) == 1
    assert path.stat().st_size == before
    assert snapshots.read(path, first.offset)[2] == b"first" and snapshots.read(path, last.offset)[2] == b"last"
    stored = snapshots.load(path, secret.offset)
    assert stored.kind == "metadata" and stored.url == "http://a.cn/2" and SECRET not in stored.body
    with path.open("rb") as file:
        assert [r.rec_type for r in ArchiveIterator(file)] == ["warcinfo", "response", "metadata", "response"]

    copy = tmp_path / f"sealed-{secret.warc}"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert snapshots.read(copy, 0)[2].startswith(SECRET)

    size_of_copy = copy.stat().st_size
    assert sealing.seal(tmp_path, [secret]) == 0
    assert copy.stat().st_size == size_of_copy
