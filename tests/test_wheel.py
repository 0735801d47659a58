"""A wheel alone is a working govcrawl anywhere: rules, packs, labels, templates and the simulated government travel in it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files in a folder of their own, away from the checkout."""
    place = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place / "dist")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [wheel] = (place / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place / "site")
    return place


def run(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    workspace = place / "workspace"
    workspace.mkdir(exist_ok=True)
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    environment["PYTHONPATH"] = str(place / "site")
    # -P: neither the checkout nor the working folder may lend anything
    command = [sys.executable, "-P", "-m", "govcrawl", *arguments]
    return subprocess.run(command, cwd=workspace, env=environment, capture_output=True, text=True, timeout=240, check=False)


def test_the_wheel_finds_its_own_rules(unpacked: Path) -> None:
    done = run(unpacked, "rules", "check")
    assert done.returncode == 0 and "规则文件无误" in done.stdout, done.stderr
    told = run(unpacked, "doctor")
    assert done.returncode == 0 and str(unpacked / "site" / "govcrawl" / "_data" / "rules") in told.stdout, told.stdout


def test_the_schemas_of_the_feed_travel_with_it(unpacked: Path) -> None:
    kept = {path.name for path in (ROOT / "govcrawl" / "feed" / "schemas").glob("*.json")}
    assert kept and kept == {path.name for path in (unpacked / "site" / "govcrawl" / "feed" / "schemas").iterdir()}


def test_the_wheel_runs_the_demo(unpacked: Path) -> None:
    done = run(unpacked, "demo", "--render", "never", "--out", "out")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "一致：" in done.stdout and (unpacked / "workspace" / "out" / "report.html").exists()
