"""Snapshots: what was fetched can be had again, byte for byte, by us and by any WARC reader; a torn tail is cut off."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from datetime import datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from govcrawl.clock import CHINA
from govcrawl.errors import StoreError
from govcrawl.store import recording, snapshots
from govcrawl.store.recording import RawExchange, SnapshotWriter

AT = datetime(2026, 11, 16, 8, 30, 0, 250_000, tzinfo=CHINA)
URL = "http://www.qinghe.gov.cn/zwgk/"
PAGE = "<html>清河县人民政府".encode("gb18030") * 50


def answer(url: str = URL, body: bytes = PAGE, **values: object) -> RawExchange:
    made = {"status": 200, "headers": [("Content-Type", "text/html; charset=GBK")], "raw": body, "body": body, **values}
    return RawExchange(url, AT, **made)  # type: ignore[arg-type]


def write(folder: Path, *exchanges: RawExchange) -> list:
    writer = SnapshotWriter(folder, "20261116-abcdef")
    found = [writer.write(exchange) for exchange in exchanges]
    writer.close()
    return found


def test_a_page_comes_back_as_it_was(tmp_path: Path) -> None:
    first, second = write(tmp_path, answer(), answer(URL + "a.html", b"x"))
    assert first.warc == second.warc and first.offset < second.offset
    status, headers, body = snapshots.read(tmp_path / first.warc, first.offset)
    assert (status, headers["content-type"], body) == (200, "text/html; charset=GBK", PAGE)
    assert first.sha256 == hashlib.sha256(PAGE).hexdigest()
    stored = snapshots.load(tmp_path / first.warc, first.offset)
    assert (stored.kind, stored.url, stored.at) == ("response", URL, "2026-11-16T00:30:00.250Z")


@pytest.mark.parametrize(
    ("coding", "packed", "kept"),
    [
        ("gzip", gzip.compress(PAGE), True),
        ("deflate", zlib.compress(PAGE), True),
        ("gzip", gzip.compress(PAGE[:9]) + gzip.compress(PAGE[9:]), False),
        ("gzip", PAGE, False),
        ("br", b"whatever", False),
    ],
    ids=["gzip", "deflate", "two-members", "not-packed", "unknown"],
)
def test_the_received_bytes_are_kept_where_any_reader_can_undo_them(tmp_path: Path, coding: str, packed: bytes, kept: bool) -> None:
    headers = [("Content-Encoding", coding), ("Content-Length", str(len(packed)))]
    (snapshot,) = write(tmp_path, answer(headers=headers, raw=packed))
    record = dict(snapshots.members(tmp_path / snapshot.warc))[snapshot.offset]
    http = record.partition(b"\r\n\r\n")[2]
    head, _, stored = http.partition(b"\r\n\r\n")
    assert (b"\r\nContent-Encoding: " in head) is kept
    assert stored.startswith(packed if kept else PAGE)
    assert head.count(b"\r\nContent-Length: ") == 1
    assert snapshots.read(tmp_path / snapshot.warc, snapshot.offset)[2] == PAGE
    assert snapshot.sha256 == hashlib.sha256(PAGE).hexdigest()


def test_headers_cannot_forge_a_record(tmp_path: Path) -> None:
    (snapshot,) = write(tmp_path, answer(headers=[("X-Odd", "a\r\nContent-Encoding: gzip"), ("Transfer-Encoding", "chunked")]))
    status, headers, body = snapshots.read(tmp_path / snapshot.warc, snapshot.offset)
    assert body == PAGE and "content-encoding" not in headers and "transfer-encoding" not in headers


def test_other_readers_understand_every_kind(tmp_path: Path) -> None:
    failure = RawExchange(URL + "dead", AT, error="timeout", detail="took longer than 15 s")
    drawn = RawExchange(
        URL + "js", AT, status=200, headers=[("Content-Type", "text/html; charset=utf-8")], body=b"<html>DOM", rendered=True
    )
    posted = answer(URL + "api", b"{}", method="POST", form="page=1")
    found = write(tmp_path, answer(), failure, drawn, posted, answer(URL + "404", b"gone", status=404))
    with (tmp_path / found[0].warc).open("rb") as file:
        records = []
        for record in ArchiveIterator(file, verify_http=False):
            uri = record.rec_headers.get_header("WARC-Target-URI")
            status = record.http_headers.get_statuscode() if record.http_headers else None
            records.append((record.rec_type, uri, status, record.content_stream().read()))
    assert [(kind, uri, status) for kind, uri, status, _ in records] == [
        ("warcinfo", None, None), ("response", URL, "200"), ("metadata", URL + "dead", None), ("conversion", URL + "js", None),
        ("response", URL + "api", "200"), ("response", URL + "404", "404"),
    ]  # fmt: skip
    assert records[1][3] == PAGE and b"error: timeout" in records[2][3] and records[3][3] == b"<html>DOM"
    kinds = [snapshots.load(tmp_path / s.warc, s.offset).kind for s in found]
    assert kinds == ["response", "metadata", "conversion", "response", "response"]
    assert snapshots.read(tmp_path / found[1].warc, found[1].offset)[0] == 0
    assert snapshots.read(tmp_path / found[2].warc, found[2].offset)[2] == b"<html>DOM"


@pytest.mark.parametrize("left", [0, 1, 7, 200], ids=["whole", "one-byte", "few", "most"])
def test_a_torn_tail_is_cut_off(tmp_path: Path, left: int) -> None:
    first, second = write(tmp_path, answer(), answer(URL + "a.html"))
    path = tmp_path / first.warc
    data = path.read_bytes()
    torn = data if not left else data[: second.offset + left]
    path.write_bytes(torn)
    assert snapshots.repair(path) == left
    assert path.stat().st_size == (len(data) if not left else second.offset)
    assert snapshots.read(path, first.offset)[2] == PAGE
    assert snapshots.repair_all(tmp_path, "20261116-abcdef") == 0


def test_a_tail_of_rubbish_is_cut_off(tmp_path: Path) -> None:
    (first,) = write(tmp_path, answer())
    path = tmp_path / first.warc
    whole = path.stat().st_size
    with path.open("ab") as file:
        file.write(b"\x00" * 4096)
    assert snapshots.repair_all(tmp_path, "20261116-abcdef") == 4096
    assert path.stat().st_size == whole


def test_each_start_opens_a_new_file_and_a_full_one_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, answer())
    monkeypatch.setattr(recording, "ROLL_BYTES", 100)
    found = write(tmp_path, answer(), answer(URL + "a"))
    assert len({s.warc for s in found}) == 2
    assert len(list(tmp_path.glob("20261116-abcdef-*.warc.gz"))) == 3
    assert all(snapshots.read(tmp_path / s.warc, s.offset)[2] == PAGE for s in found)


@pytest.mark.parametrize("offset", [3, 10**9], ids=["inside-a-record", "beyond-the-end"])
def test_a_wrong_place_is_an_error_and_no_page(tmp_path: Path, offset: int) -> None:
    (snapshot,) = write(tmp_path, answer())
    with pytest.raises(StoreError, match="网页快照"):
        snapshots.read(tmp_path / snapshot.warc, offset)


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "snapshots").write_bytes(b"a file where a folder should be")
    with pytest.raises(StoreError, match="网页快照"):
        write(tmp_path / "snapshots", answer())


def test_a_full_disk_leaves_whole_records_only(tmp_path: Path) -> None:
    class Full:
        """A file whose disk is full after so many bytes."""

        def __init__(self, file: object, room: int) -> None:
            self.file, self.room = file, room

        def write(self, data: bytes) -> int:
            self.file.write(data[: self.room])
            if len(data) > self.room:
                self.file.flush()
                raise OSError(28, "No space left on device")
            self.room -= len(data)
            return len(data)

        def flush(self) -> None:
            self.file.flush()

        def close(self) -> None:
            self.file.close()

    writer = SnapshotWriter(tmp_path, "20261116-abcdef")
    first = writer.write(answer())
    writer._file = Full(writer._file, 50)  # type: ignore[assignment]
    with pytest.raises(StoreError, match="磁盘空间不足"):
        writer.write(answer(URL + "a.html"))
    writer.close()
    path = tmp_path / first.warc
    assert snapshots.repair(path) == 0
    assert [offset for offset, _ in snapshots.members(path)][-1] == first.offset
