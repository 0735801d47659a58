"""kill -9 at random times, then the same command again: nothing is lost, little is asked twice."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from main_job import QUICK, ROOT, environment, govcrawl, lasting

from govcrawl import demonstration
from govcrawl.store import snapshots
from govcrawl.store.base import open_store

pytestmark = pytest.mark.xdist_group("kills")
FIXTURE = ROOT / "fixtures" / "portal"
KILLS = int(os.environ.get("GOVCRAWL_KILLS", "10"))
"""How often the crawl is killed."""


def test_a_run_killed_again_and_again_ends_like_an_undisturbed_one(tmp_path: Path) -> None:
    rng = random.Random(20261116)
    arguments = ("inspect", str(FIXTURE / "registry.yml"), "--as-of", "2026-11-16", "--out", "out", "--render", "never", *QUICK)
    with demonstration.portal().Portal(slow_seconds=0.5) as portal:
        for name in ("calm", "stormy"):
            (tmp_path / name).mkdir()
        # ids of privacy findings are hashed with the store's own secret: both workspaces begin with the same one
        open_store(f"sqlite:///{tmp_path}/calm/govcrawl.db").mask_key()
        shutil.copytree(tmp_path / "calm", tmp_path / "stormy", dirs_exist_ok=True)
        started = time.monotonic()
        calm = govcrawl(*arguments, cwd=tmp_path / "calm", proxy=portal.proxy_url)
        whole = time.monotonic() - started
        assert calm.returncode == 4, calm.stderr
        asked_calmly = sum(portal.requests.values())

        place = tmp_path / "stormy"
        for _ in range(KILLS):
            # each run gets a little further; the first seconds are imports
            process = subprocess.Popen(
                [sys.executable, "-m", "govcrawl", *arguments],
                cwd=place,
                env=environment(portal.proxy_url),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(1.0 + rng.random() * max(whole - 2.0, 1.0) / 2)
            process.send_signal(signal.SIGKILL)
            process.wait()
        end = govcrawl(*arguments, cwd=place, proxy=portal.proxy_url)
        assert end.returncode == 4, end.stderr
        asked_twice = sum(portal.requests.values()) - 2 * asked_calmly

    records, findings = lasting(tmp_path / "stormy" / "out")
    wanted_records, wanted_findings = lasting(tmp_path / "calm" / "out")
    assert findings == wanted_findings
    assert records == wanted_records
    assert asked_twice <= 200 * KILLS
    files = sorted((place / "snapshots").glob("*.warc.gz"))
    assert files
    for file in files:
        assert all(member for _, member in snapshots.members(file))
