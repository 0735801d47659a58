"""The document stage: snapshots in, what they say and what is wrong with them kept, each file once, whatever any of them does."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from main_job import ROOT, environment

from govcrawl.draining import Draining
from govcrawl.errors import StoreError
from govcrawl.model.facts import ATTACHMENT, Context, PageResult, Try, Visit
from govcrawl.model.files import FileFacts
from govcrawl.store.base import open_store
from govcrawl.store.recording import RawExchange, SnapshotWriter
from govcrawl.workers import Bounds, Pool

pytestmark = pytest.mark.xdist_group("draining")
RUN, SITE = "20261116-abcdef", "3212830001"
HOST = "http://www.qinghe.gov.cn/"
ID, MOBILE = "110101199003070011", "13901025523"  # invented, with a right check digit


class Crawled:
    """A workspace as a crawl leaves it: visits in the store, bytes in a WARC file."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.store = folder, open_store(f"sqlite:///{folder}/govcrawl.db")
        self._keys = itertools.count()

    def files(
        self, bodies: dict[str, bytes], run: str = RUN, site: str = SITE, headers: tuple[tuple[str, str], ...] = (), **visit: Any
    ) -> None:
        writer = SnapshotWriter(self.folder / "snapshots", run)
        results = []
        for name, body in bodies.items():
            exchange = RawExchange(HOST + name, datetime(2026, 11, 16, tzinfo=UTC), 200, list(headers), body, body)
            attempt = Try(at="2026-11-16T08:00:00+08:00", url=HOST + name, status=200, snapshot=writer.write(exchange))
            values: dict[str, Any] = {"outcome": "read", "bytes": len(body), "tries": [attempt], **visit}
            found = Visit(url=HOST + name, context=Context(role=ATTACHMENT, parent=HOST), **values)
            results.append(PageResult(site=site, key=next(self._keys), visit=found))
        writer.close()
        self.store.put_results(run, results)

    def drain(self, run: str = RUN, *sites: str, function: str = "scripted_files.read_stored", **values: Any) -> Draining:
        pool = Pool(function, workers=2, bounds=Bounds(seconds=6.0))
        draining = Draining(self.store, run, pool=pool, **values)
        draining.finish(sites or (SITE,))
        return draining

    def found(self, run: str = RUN, site: str = SITE) -> dict[str, FileFacts]:
        return {f.url.removeprefix(HOST): f for f in self.store.documents(run, site)}


@pytest.fixture
def crawled(tmp_path: Path) -> Iterator[Crawled]:
    workspace = Crawled(tmp_path)
    yield workspace
    workspace.store.close()


def readings(folder: Path) -> list[str]:
    log = folder / "log"
    return sorted(log.read_text(encoding="utf-8").splitlines()) if log.exists() else []


def test_files_are_read_with_the_places_of_what_they_say(crawled: Crawled) -> None:
    body = f"body||请抓住关健环节\ncomment|批注1|申请人身份证号：{ID}\n>名单/a.doc\ntable|表1!A1|姓名\ntable|表1!B1|手机号\ntable|表1!A2|王某\ntable|表1!B2|{MOBILE}".encode()
    crawled.files({"f/a.docx": body})
    assert crawled.drain().done == 1
    own, inner = crawled.found()["f/a.docx"].parts
    assert [(h.rule, h.place, h.locator, h.value, h.weak) for h in own.hits] == [
        ("typo", "body", "", "关健", False),
        ("privacy-id-number", "comment", "批注1", "1****************1", False),
    ]
    assert [(h.rule, h.place, h.locator, h.weak) for h in inner.hits] == [("privacy-phone", "table:手机号", "表1!B2", False)]
    assert (inner.path, inner.bytes, inner.text) == ("名单/a.doc", 9, "姓名\n手机号\n王某\n139****5523")
    assert own.text == "请抓住关健环节\n申请人身份证号：1****************1"


def test_no_number_lies_open_in_the_readings(crawled: Crawled) -> None:
    crawled.files({"a.doc": f"body||身份证号{ID}，电话{MOBILE}\nmeta|作者|{ID}".encode()})
    crawled.drain()
    assert ID not in str(crawled.found()) and ID not in b"".join(p.read_bytes() for p in crawled.folder.glob("govcrawl.db*")).decode(
        "latin-1"
    )


BAD = {"a.doc": b"!crash", "b.doc": b"!loop", "c.doc": b"!damaged", "d.doc": b"!error"}


def test_each_bad_file_has_a_status_and_a_reason_and_the_rest_is_read(crawled: Crawled) -> None:
    crawled.files({**BAD, "e.doc": "body||好".encode()})
    draining = crawled.drain()
    told = {name: (f.parts[0].text_status, f.parts[0].reason) for name, f in crawled.found().items()}
    assert told == {
        "a.doc": ("crashed", "读取程序异常退出"), "b.doc": ("timeout", "超过6秒仍未读完"), "c.doc": ("damaged", "文件结构已损坏"),
        "d.doc": ("crashed", "读取程序出错"), "e.doc": ("read", None),
    }  # fmt: skip
    (issue,) = draining.issues[SITE]
    assert (issue.what, issue.url) == ("KeyError", HOST + "d.doc")


def test_what_was_done_is_not_read_again(crawled: Crawled) -> None:
    crawled.files({**BAD, "e.doc": b"body||x"})
    crawled.drain()
    before = readings(crawled.folder)
    assert crawled.drain().done == 0 and readings(crawled.folder) == before


def test_the_same_bytes_are_read_once_for_all_addresses_sites_and_runs(crawled: Crawled) -> None:
    crawled.files({"a.doc": b"body||x", "b/a.doc": b"body||x", "a.xls": b"body||x"})
    crawled.files({"c.doc": b"body||x"}, site="other")
    assert crawled.drain(RUN, SITE, "other").done == 4
    crawled.files({"d.doc": b"body||x"}, run="20261117-abcdef")
    crawled.drain("20261117-abcdef")
    assert readings(crawled.folder) == ["a.doc", "a.xls"], "what a name promises is part of the reading"
    assert [f.parts[0].text for f in crawled.found("20261117-abcdef").values()] == ["x"]
    assert [f.parts[0].text for f in crawled.found(site="other").values()] == ["x"]


def test_a_file_that_was_given_up_is_tried_anew_by_the_next_run_only(crawled: Crawled) -> None:
    crawled.files({"a.doc": b"!crash"})
    crawled.drain()
    crawled.files({"b.doc": b"!crash"})
    crawled.drain()
    assert len(readings(crawled.folder)) == 2, "once and once more; the same bytes elsewhere are known to crash"
    crawled.files({"a.doc": b"!crash"}, run="20261117-abcdef")
    crawled.drain("20261117-abcdef")
    assert len(readings(crawled.folder)) == 4


@pytest.mark.parametrize("visit", [{"outcome": "failed", "reason": "timeout"}, {"outcome": "redirected"}, {"tries": []}])
def test_what_was_not_fetched_is_not_read(crawled: Crawled, visit: dict[str, Any]) -> None:
    crawled.files({"a.doc": b"body||x"}, **visit)
    assert crawled.drain().done == 0 and not readings(crawled.folder)


def test_a_torn_download_is_told_from_a_damaged_file(crawled: Crawled) -> None:
    crawled.files({"torn.doc": b"!damaged"}, headers=(("Content-Length", "9000"),))
    crawled.files({"bad.doc": b"!damaged\n"}, headers=(("Content-Length", "9"),))
    crawled.drain()
    reasons = {name: f.parts[0].reason for name, f in crawled.found().items()}
    assert reasons == {"torn.doc": "下载不完整：应为9000字节，收到8字节", "bad.doc": "文件结构已损坏"}


def test_a_torn_text_is_read_in_part(crawled: Crawled) -> None:
    """A web page under a document's name, or a list in plain text, breaks off without a trace."""
    crawled.files({"torn.txt": b"body||x"}, headers=(("Content-Length", "9000"),))
    crawled.files({"whole.txt": b"body||y"}, headers=(("Content-Length", "7"),))
    crawled.files({"packed.txt": b"body||z"}, headers=(("Content-Length", "9000"), ("Content-Encoding", "gzip")))
    crawled.drain()
    told = {name: (f.parts[0].text_status, f.parts[0].truncated, f.parts[0].reason) for name, f in crawled.found().items()}
    assert told["torn.txt"] == ("read", True, "下载不完整：应为9000字节，收到7字节")
    assert told["whole.txt"] == told["packed.txt"] == ("read", False, None)


def test_a_sealed_snapshot_is_a_file_that_cannot_be_read(crawled: Crawled) -> None:
    crawled.files({"a.doc": b"body||x"})
    (path,) = (crawled.folder / "snapshots").glob("*.warc.gz")
    path.write_bytes(path.read_bytes()[:-40])
    crawled.drain()
    assert crawled.found()["a.doc"].parts[0].text_status == "crashed"


def test_sites_are_drained_while_others_are_crawled(crawled: Crawled) -> None:
    crawled.files({"a.doc": b"body||x"})
    draining = Draining(crawled.store, RUN, pool=Pool("scripted_files.read_stored", workers=1))
    draining.add(SITE)
    assert _until(lambda: draining.done == 1)
    crawled.files({"b.doc": b"body||y"}, site="later")
    draining.finish([SITE, "later"])
    assert draining.done == 2 and len(crawled.found(site="later")) == 1


def _until(true: Any, seconds: float = 20) -> bool:
    ends = time.monotonic() + seconds
    while not true() and time.monotonic() < ends:
        time.sleep(0.01)
    return bool(true())


def test_stopping_keeps_what_was_read_and_ends_at_once(crawled: Crawled) -> None:
    crawled.files({f"{n}.doc": f"!nap 0.3\nbody||{n}".encode() for n in range(40)})
    draining = Draining(crawled.store, RUN, pool=Pool("scripted_files.read_stored", workers=2))
    draining.add(SITE)
    assert _until(lambda: len(readings(crawled.folder)) >= 4)
    began = time.monotonic()
    draining.stop()
    assert time.monotonic() - began < 5 and not any("draining" in t.name for t in threading.enumerate())
    first = set(crawled.found())
    assert 1 <= len(first) < 40
    crawled.drain()
    assert len(crawled.found()) == 40
    again = [name for name in first if readings(crawled.folder).count(name) > 1]
    assert not again, "what was kept is not read a second time"


def test_progress_is_told_while_a_run_waits_for_it(crawled: Crawled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("govcrawl.draining._TELL_EVERY", 0.05)
    crawled.files({f"{n}.doc": f"!nap 0.2\nbody||{n}".encode() for n in range(4)})
    said: list[str] = []
    crawled.drain(say=said.append)
    assert "正在读取附件：已读 0，待读 4" in said and said[-1] == "附件读取完毕：4 个"


def test_a_store_that_cannot_be_written_stops_the_run(crawled: Crawled, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise StoreError("写入存储失败：磁盘空间不足")

    crawled.files({"a.doc": b"body||x"})
    monkeypatch.setattr(crawled.store, "put_documents", full)
    with pytest.raises(StoreError, match="磁盘空间不足"):
        crawled.drain()


KILLED = """
import signal
import sys
from govcrawl.draining import Draining
from govcrawl.store.base import open_store
from govcrawl.workers import Pool
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores it
    store = open_store(sys.argv[1])
    Draining(store, sys.argv[2], pool=Pool("scripted_files.read_stored", workers=2)).finish([sys.argv[3]])
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_process_loses_no_more_than_what_was_under_way(crawled: Crawled, tmp_path: Path, number: signal.Signals) -> None:
    total = 60
    crawled.files({f"{n}.doc": f"!nap 0.1\nbody||{n}".encode() for n in range(total)})
    script = tmp_path / "drain.py"
    script.write_text(KILLED)
    env = {**environment(None), "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    command = [sys.executable, str(script), crawled.store.location, RUN, SITE]
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, start_new_session=True)
    assert _until(lambda: len(crawled.store.drained(RUN, SITE)) >= 10, 40)
    os.kill(process.pid, number)
    process.communicate(timeout=20)
    kept = crawled.store.drained(RUN, SITE)
    assert len(kept) < total
    assert _until(lambda: not _alive(process.pid)), "workers end with the process that started them"
    assert subprocess.run(command, env=env, check=False).returncode == 0
    assert len(crawled.found()) == total
    twice = {name for name in readings(tmp_path) if readings(tmp_path).count(name) > 1}
    assert not {HOST + name for name in twice} & kept


def _alive(group: int) -> bool:
    """Whether any process of the killed one's session is left."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            return True
    return False
