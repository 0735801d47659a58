"""A workspace for the retention tests, on real files: two crawls and a newer one of a site, work orders, a re-check that ended and one that was killed.

Run as a program it carries the plan out in copies of the workspace, killed before the first, second … thing that it does to a file.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from evidence_lab import HOME, SITE, STAMP, Lab, Still, html

from govcrawl.clock import CHINA
from govcrawl.evidence import journal, rechecked, retaining
from govcrawl.evidence.album import Album
from govcrawl.evidence.policy import Policy
from govcrawl.evidence.rechecked import Recheck
from govcrawl.model.facts import Context, PageResult, Try, Visit
from govcrawl.model.items import Snapshot
from govcrawl.model.orders import Order, OrderEvent, OrderItem
from govcrawl.scoring.decisions import fingerprint
from govcrawl.store import sealing
from govcrawl.store.base import Store, open_store
from govcrawl.store.recording import RawExchange, SnapshotWriter

POLICY = Policy.model_validate({"sealed": {"keep_days": 10}, "shots": {"keep_days": 20}, "snapshots": {"keep_days": 40}})
OLDER, CRAWL, NEWER = "20261001-dddddd", "20261116-aaaaaa", "20261117-bbbbbb"
AGAIN, KILLED = "20261120-eeeeee-recheck", "20261121-ffffff-recheck"
ORDER, OTHER = f"{CRAWL}-01", f"{CRAWL}-02"
TYPO, SECRET, OPEN = (f"{n:016x}" for n in range(3))
CLOSED_ON = "2026-11-21"
STEPS = ("review", "issue", "reply", "recheck", "close")
ROLES = {"review": "inspector", "issue": "inspector", "reply": "unit", "recheck": "machine", "close": "inspector", "look": "machine"}
LATE = Still(datetime(2027, 6, 1, 9, 0, tzinfo=CHINA))


def event(order: str, finding: str, move: str, **more: Any) -> OrderEvent:
    at = f"{CLOSED_ON}T10:00:00+08:00"
    return OrderEvent(order=order, finding=finding, move=move, by="甲", role=ROLES[move], at=at, **more)


def order(store: Store, ident: str, findings: Sequence[str], moves: Sequence[str], run: str = CRAWL) -> None:
    items = [OrderItem(finding=f, site=SITE, rule="typo", severity="minor", url=HOME, cells={}) for f in findings]
    made = Order(id=ident, run=run, unit="清河县人民政府", as_of="2026-11-16", issued_on="2026-11-17", due_on="2026-11-24", items=items)
    store.put_order(made, [event(ident, f, move) for f in findings for move in moves])


def recheck(
    lab: Lab, ident: str, findings: Sequence[str], pages: dict[str, bytes], private: Sequence[str] = (), *, ended: bool
) -> dict[str, Snapshot]:
    """What a re-check leaves behind: pages in a WARC file, visits in the store, lines in the journal."""
    at = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)
    rechecked.begin(lab.folder, Recheck(ident, lab.run_id, at.isoformat(), {SITE}, set(findings)))
    writer = SnapshotWriter(lab.folder / "snapshots", ident, "govcrawl/0")
    taken: dict[str, Snapshot] = {}
    for path, body in pages.items():
        url = HOME + path
        taken[path] = writer.write(RawExchange(url, at, 200, [("Content-Type", "text/html")], body, body, rendered=False))
        attempt = Try(at=at.isoformat(), url=url, status=200, snapshot=taken[path])
        visit = Visit(url=url, context=Context(role="page"), outcome="read", tries=[attempt])
        lab.store.put_results(ident, [PageResult(site=SITE, key=len(taken), visit=visit, facts=None)])
    writer.close()
    folder = lab.folder / "snapshots"
    sealing.seal(folder, sealing.records_of(folder, ident, {HOME + path for path in private}))
    if ended:
        rechecked.end(lab.folder, [ident], at.isoformat())
    return taken


def where(taken: Snapshot) -> dict[str, Any]:
    return {"warc": taken.warc, "offset": taken.offset, "sha256": taken.sha256}


def build(folder: Path) -> Lab:
    """The crawl of the middle: one typo and one secret page whose order is closed, one secret page whose order is not."""
    older = Lab(folder, OLDER)
    older.run = replace(older.run, started_at="2026-10-01T09:30:00+08:00")
    older.page("a.html", html("<p>布署</p>"))
    older.finding("a.html", id=TYPO, evidence=[])
    older.end()
    lab = Lab(folder, CRAWL)
    lab.page("a.html", html("<p>布署</p>"))
    for name in ("secret.html", "open.html"):
        lab.page(name, html(f"<p>身份证号 11010119900307002X {name}</p>"), private=True)
    lab.finding("a.html", value="布署")
    lab.finding("secret.html", rule="privacy-id-number", value="1****************X")
    lab.finding("open.html", rule="privacy-id-number", value="1****************X")
    album = Album(folder, CRAWL)
    about = {"site": SITE, "url": HOME, "as_of": "2026-11-16", "taken_at": "t", "fetched_at": None, "page": {}, "rendered": False}
    shot = album.add(b"\x89PNG", finding=TYPO, fingerprint=fingerprint(lab.findings[0]), marked=1, covered=0, **about)
    album.save()
    lab.findings[0] = lab.findings[0].with_(shot=f"shots/{shot.file}")
    lab.writer.close()
    lab.seal()
    lab.end()
    newer = Lab(folder, NEWER)
    newer.run = replace(newer.run, started_at="2026-11-23T09:30:00+08:00")
    newer.page("a.html", html("<p>部署</p>"))
    newer.end()
    secret = html("<p>身份证号 11010119900307002X</p>")
    seen = recheck(lab, AGAIN, (TYPO, SECRET), {"a.html": html("<p>部署</p>"), "secret.html": secret}, ["secret.html"], ended=True)
    torn = recheck(lab, KILLED, (OPEN,), {"open.html": secret}, ended=False)
    with (folder / "snapshots" / torn["open.html"].warc).open("ab") as file:
        file.write(b"\x1f\x8b\x08\x00 torn")
    order(lab.store, ORDER, (TYPO, SECRET), STEPS[:3])
    answers = [
        event(ORDER, ident, "recheck", data={"recheck": AGAIN, "after": {"asked": [{"url": HOME + path, "snapshot": where(seen[path])}]}})
        for ident, path in ((TYPO, "a.html"), (SECRET, "secret.html"))
    ]
    lab.store.append_events(ORDER, [*answers, event(ORDER, TYPO, "close"), event(ORDER, SECRET, "close")], 6)
    order(lab.store, OTHER, (OPEN,), STEPS[:2])
    return lab


def retention(store: Store, clock: Still = LATE, listed: dict[str, str] | None = None) -> retaining.Retention:
    return retaining.Retention(store, POLICY, listed or {}, clock.now().date())


def _killed_before(number: int) -> None:
    """Let this process be killed before the n-th thing it does to the journal or to a file of evidence."""
    done = itertools.count(1)

    def counted(real: Any) -> Any:
        def doing(*given: Any, **named: Any) -> Any:
            if next(done) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*given, **named)

        return doing

    journal.append = counted(journal.append)
    Path.unlink = counted(Path.unlink)  # type: ignore[method-assign]
    Path.replace = counted(Path.replace)  # type: ignore[method-assign]


def main(workspace: Path, copies: Path) -> None:
    for number in itertools.count(1):
        folder = copies / f"{number:02d}"
        shutil.copytree(workspace, folder)
        child = os.fork()
        if child == 0:
            _killed_before(number)
            store = open_store(f"sqlite:///{folder}/govcrawl.db")
            retaining.carry_out(store, retention(store).plan(), LATE)
            os._exit(0)
        if os.waitpid(child, 0)[1] == 0:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

__all__ = ["STAMP", "build", "event", "order", "recheck", "retention"]
