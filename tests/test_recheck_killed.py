"""A re-check that is killed while it seals what it fetched: nothing rests on it, nothing of it stays, and the next one answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import mending_world
from evidence_lab import Still
from mending_world import AS_OF, LATER

from fixtures.portal import Portal
from govcrawl import inspection, ordering, pinning, rechecking
from govcrawl.clock import CHINA
from govcrawl.evidence import proving, rechecked, retaining
from govcrawl.evidence.policy import Policy
from govcrawl.store import sealing
from govcrawl.store.base import open_store

KILL = """
import os, signal, sys
from pathlib import Path
from govcrawl import rechecking
from govcrawl.store import sealing
sealing._overwrite = lambda *given: os.kill(os.getpid(), signal.SIGKILL)  # the copy is written, the page not yet written over
rechecking.run(sys.argv[4:], rechecking.Options(store=sys.argv[1], out=Path(sys.argv[2]), delay=0, render="never", as_of=sys.argv[3], page_timeout=5,
               link_timeout=3, retry_wait=0.1), say=lambda line: None)
"""


def test_a_killed_re_check_leaves_no_proof_and_no_personal_data(tmp_path: Path) -> None:
    store_at = f"sqlite:///{tmp_path}/govcrawl.db"
    _, villages = mending_world.build(1)
    (tmp_path / "registry.yml").write_text(mending_world.registry(villages), encoding="utf-8")
    before = dict(os.environ)
    with Portal(world=villages[0].world) as portal:
        os.environ.update(portal.environment)
        try:
            options = pinning.Options(
                as_of=AS_OF, out=tmp_path / "out", store=store_at, delay=0, concurrency=8, second_look_after=0, render="never", shots="none",
                link_timeout=3, page_timeout=5, retry_wait=0.1,
            )  # fmt: skip
            run_id = inspection.run([str(tmp_path / "registry.yml")], options, say=lambda line: None).run.id
            orders = [order.id for order in ordering.make(run_id, store=store_at, out=tmp_path / "orders").orders]
            root = Path(__file__).resolve().parent.parent
            done = subprocess.run([sys.executable, "-c", KILL, store_at, str(tmp_path / "re"), LATER, *orders], cwd=root, timeout=120)
            assert done.returncode == -signal.SIGKILL
            again = rechecking.Options(
                store=store_at, out=tmp_path / "re", delay=0, render="never", as_of=LATER, page_timeout=5, link_timeout=3, retry_wait=0.1
            )
            result = rechecking.run(orders, again, say=lambda line: None)
        finally:
            os.environ.clear()
            os.environ.update(before)
    assert result.verdicts
    store = open_store(store_at)
    run = store.run(run_id)
    assert run is not None
    [killed] = [r for r in rechecked.known(store).values() if not r.ended]
    folder = tmp_path / "snapshots"
    assert killed.files(folder) and killed.files(folder, sealing.PREFIX)
    proof = proving.verify(store, run)
    assert proof.problems == [] and proof.killed == [killed.id] and proof.sealed > 0
    assert all(event.data.get("recheck") != killed.id for ident in orders for event in store.order_events(ident))
    later = Still(datetime.now(CHINA) + timedelta(days=3))
    plan = retaining.Retention(store, Policy(), {}, later.now().date()).plan()
    assert {goes.run for goes in plan} == {killed.id} and {goes.kind for goes in plan} == {"warc", "sealed"}
    retaining.carry_out(store, plan, later)
    assert not list(folder.glob(f"*{killed.id}-*")) and proving.verify(store, run).problems == []
    store.close()
