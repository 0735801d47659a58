"""The document stage: attachments that a crawl has snapshotted are read in worker processes, and what they say is kept.

A site is drained as soon as its crawl has ended, while its second looks are waited for and other sites are still crawled. A killed process loses
no more than what was under way: files that are done are not read again, nor are the same bytes elsewhere or in an earlier run.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path

from govcrawl import opening, rulebook, workers
from govcrawl.clock import Clock, SystemClock
from govcrawl.errors import GovcrawlError, StoreError
from govcrawl.extract.file_records import file_name
from govcrawl.model.documents import DAMAGED, EMPTY, READ
from govcrawl.model.facts import ATTACHMENT, Visit
from govcrawl.model.files import FileFacts, FilePart
from govcrawl.model.findings import Issue
from govcrawl.model.items import Snapshot
from govcrawl.store import snapshots
from govcrawl.store.base import Store
from govcrawl.telemetry import logs, metrics

logger = logging.getLogger(__name__)
BATCH, LINGER = 50, 2.0
"""Files, and seconds, after which what was read is committed."""
_TELL_EVERY = 10.0
READ_STORED = "govcrawl.draining.read_stored"
_PRELOAD = (
    "govcrawl.opening",
    "govcrawl.store.snapshots",
    *(f"govcrawl.extract.documents.{name}" for name in ("docx", "doc", "xlsx", "xls", "pdf")),
)
_LENGTH = "x-archive-orig-content-length"
"""Where a snapshot keeps a Content-Length that was not true."""
_CODINGS = frozenset({"content-encoding", "x-archive-orig-content-encoding"})
"""With one of these the declared length is that of the packed bytes."""


def read_stored(path: str, offset: int, name: str, key: bytes) -> list[FilePart]:
    """In a worker: read the file whose snapshot lies there."""
    _, headers, body = snapshots.read(Path(path), offset)
    found = opening.parts(body, name, key)
    declared = headers.get(_LENGTH, "")
    if declared.isdigit() and int(declared) > len(body) and _CODINGS.isdisjoint(headers):
        torn = f"下载不完整：应为{int(declared)}字节，收到{len(body)}字节"
        if found[0].text_status == DAMAGED:
            found[0].reason = torn
        elif found[0].text_status in (READ, EMPTY):  # a web page or a text breaks off without a trace
            found[0].truncated, found[0].reason = True, "；".join(filter(None, (torn, found[0].reason)))
    return found


@dataclass(slots=True)
class _Waiting:
    """Addresses of one site that show the same bytes under the same kind of name."""

    site: str
    digest: str
    name: str
    snapshot: Snapshot
    size: int
    urls: list[str] = field(default_factory=list)


class Draining:
    """Reads the attachments of a run's sites in one thread of its own.

    Args:
        function: dotted path of what the workers run, called as `read_stored` is.
        say: progress in Chinese, now and then, once `finish` waits.
        where: file and offset at which the bytes of a snapshot lie; null = as it says.
    """

    def __init__(
        self,
        store: Store,
        run: str,
        *,
        say: Callable[[str], None] | None = None,
        clock: Clock | None = None,
        pool: workers.Pool | None = None,
        where: Callable[[Snapshot], tuple[Path, int]] | None = None,
    ) -> None:
        self._store, self._run, self._say = store, run, say or (lambda text: None)
        self._clock = clock or SystemClock()
        self._pool = pool or workers.Pool(READ_STORED, preload=_PRELOAD, rules=rulebook.used())
        self._where = where or self._open
        self._rules, self._key = rulebook.digest(), store.mask_key()
        self._sites: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._stopping, self._ended = self._pool.halt, threading.Event()
        self._thread: threading.Thread | None = None
        self.done = self.known = 0
        """Files kept and files found, over all sites."""
        self.error: GovcrawlError | None = None
        self.issues: dict[str, list[Issue]] = {}

    def add(self, site: str) -> None:
        """The crawl of a site has ended: drain it when its turn comes. Returns at once; may be said again."""
        if self._thread is None:
            self._thread = threading.Thread(target=copy_context().run, args=(self._work,), name="govcrawl-draining", daemon=True)
            self._thread.start()
        self._sites.put(site)

    def finish(self, sites: Iterable[str]) -> None:
        """Wait until all attachments of some sites are read.

        Raises:
            StoreError: what was read cannot be kept.
            KeyboardInterrupt: everything that was committed is kept.
        """
        for site in sites:
            self.add(site)
        self._sites.put(None)
        told = False
        try:
            while self._thread is not None and not self._ended.wait(_TELL_EVERY):
                told = True
                self._say(f"正在读取附件：已读 {self.done}，待读 {max(0, self.known - self.done)}")
        except BaseException:
            self.stop()
            raise
        if told:
            self._say(f"附件读取完毕：{self.done} 个")
        if self.error is not None:
            raise self.error

    def stop(self) -> None:
        """Read nothing more; what was read is committed."""
        self._stopping.set()
        self._sites.put(None)
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        try:
            while not self._stopping.is_set() and (site := self._sites.get()) is not None:
                with logs.about(site=site, phase="documents"):
                    self._site(site)
        except GovcrawlError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 a dead thread must be told of, whatever killed it
            logger.exception("读取附件时出错")
            self.error = StoreError(f"读取附件的程序出错，已读的内容不受影响：{type(error).__name__}: {error}")
        finally:
            self._pool.close()
            self._ended.set()

    def _site(self, site: str) -> None:
        waiting, known = self._waiting(site)
        self.known += sum(len(w.urls) for w in waiting) + len(known)
        self._keep(site, known)
        ready: list[FileFacts] = []
        since = self._clock.monotonic()
        for done in self._pool.run(self._tasks(waiting)):
            ready += self._files(done)
            if len(ready) >= BATCH or self._clock.monotonic() - since > LINGER:
                self._keep(site, ready)
                ready, since = [], self._clock.monotonic()
        self._keep(site, ready)

    def _keep(self, site: str, files: list[FileFacts]) -> None:
        if files:
            self._store.put_documents(self._run, site, files)
            self.done += len(files)
            for file in files:
                metrics.FILES.labels(file.parts[0].text_status if file.parts else "known").inc()

    def _waiting(self, site: str) -> tuple[list[_Waiting], list[FileFacts]]:
        """(what must be read, files whose reading is kept already under another address or run)."""
        drained = self._store.drained(self._run, site)
        found: dict[str, _Waiting] = {}
        for visit in self._store.visits(self._run, site, ATTACHMENT):
            taken = to_read(visit)
            if taken is None or visit.url in drained:
                continue
            name = file_name(visit)
            digest = opening.digest(taken.sha256, name, self._rules)
            found.setdefault(digest, _Waiting(site, digest, name, taken, visit.bytes or 0)).urls.append(visit.url)
        own = {self._failed(digest): digest for digest in found}
        kept = self._store.kept_digests([*found, *own])
        known: list[FileFacts] = []
        for failed, digest in own.items():
            at = digest if digest in kept else failed if failed in kept else None
            if at is not None:
                known += [FileFacts(url=url, digest=at) for url in found.pop(digest).urls]
        return list(found.values()), known

    def _failed(self, digest: str) -> str:
        """Digest of a reading that was given up: it holds for this run only. Another day the machine may have had more time and memory."""
        return f"{digest}@{self._run}"

    def _tasks(self, waiting: list[_Waiting]) -> Iterator[workers.Task[_Waiting]]:
        for one in waiting:
            path, offset = self._where(one.snapshot)
            yield workers.Task(one, (str(path), offset, one.name, self._key), one.size)

    def _open(self, snapshot: Snapshot) -> tuple[Path, int]:
        return self._store.folder / "snapshots" / snapshot.warc, snapshot.offset

    def _files(self, done: workers.Done[_Waiting]) -> list[FileFacts]:
        one, digest = done.key, done.key.digest
        if done.status is None:
            parts: list[FilePart] = done.value
        else:
            digest = self._failed(digest)
            parts = [FilePart(text_status=done.status, reason=done.reason, bytes=one.size)]
        if done.error is not None:
            logger.error("读取附件 %s 时出错，已记为内部问题：%s", one.urls[0], done.error, extra={"site": one.site, "url": one.urls[0]})
            issue = Issue.make("documents", done.error.partition(":")[0], detail=done.error[:4000], site=one.site, url=one.urls[0])
            self.issues.setdefault(one.site, []).append(issue)
        return [FileFacts(url=url, digest=digest, parts=parts) for url in one.urls]


def to_read(visit: Visit) -> Snapshot | None:
    """The snapshot of an attachment that was fetched whole; null for everything else."""
    if visit.context.role != ATTACHMENT or visit.outcome != "read" or visit.last is None:
        return None
    return visit.last.snapshot
