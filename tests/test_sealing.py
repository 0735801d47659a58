"""Sealing keeps every offset, shows nothing, and loses nothing."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from govcrawl.store import sealing, snapshots
from govcrawl.store.recording import RawExchange, SnapshotWriter

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


def test_all_answers_of_an_address_that_forms_are_posted_to_are_sealed(tmp_path: Path) -> None:
    writer = SnapshotWriter(tmp_path, "run")
    secret = [writer.write(exchange("http://a.cn/list.do", SECRET)) for _ in range(2)]
    writer.write(exchange("http://a.cn/other.do", b"open"))
    writer.close()
    found = sealing.records_of(tmp_path, "run", {"http://a.cn/list.do#page=2"})
    assert [s.offset for s in found] == [s.offset for s in secret] and sealing.seal(tmp_path, found) == 2


@pytest.mark.parametrize("written", [0, 7, 3000, None], ids=["nothing", "a few bytes", "half", "all"])
def test_a_kill_in_the_middle_of_overwriting_is_made_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int | None) -> None:
    writer = SnapshotWriter(tmp_path, "run")
    secret = writer.write(exchange("http://a.cn/2", SECRET + os.urandom(6000)))
    last = writer.write(exchange("http://a.cn/3", b"last"))
    writer.close()
    path = tmp_path / secret.warc

    def killed(pending: Path) -> bool:
        note = pending.read_bytes()
        with path.open("r+b") as file:
            file.seek(secret.offset)
            file.write(note[8:][:written])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sealing, "_finish", killed)
        with pytest.raises(KeyboardInterrupt):
            sealing.seal(tmp_path, [secret])

    assert sealing.finish(tmp_path, "run") == 1 and sealing.finish(tmp_path, "run") == 0
    assert snapshots.repair(path) == 0, "nothing has to be cut off"
    assert snapshots.load(path, secret.offset).kind == "metadata" and snapshots.read(path, last.offset)[2] == b"last"
    assert sealing.seal(tmp_path, [secret]) == 0


def test_a_note_that_was_not_written_whole_touches_nothing(tmp_path: Path) -> None:
    writer = SnapshotWriter(tmp_path, "run")
    secret = writer.write(exchange("http://a.cn/2", SECRET))
    writer.close()
    (tmp_path / f"{secret.warc}.sealing").write_bytes(b"\0" * 8 + b"\x1f\x8b\x08half")
    assert sealing.finish(tmp_path, "run") == 0 and not list(tmp_path.glob("*.sealing"))
    assert snapshots.read(tmp_path / secret.warc, secret.offset)[2] == SECRET
