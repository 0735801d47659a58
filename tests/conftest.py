"""Shared by all tests: where the stored real material lies, when it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with stored real pages and tools beside the project; tests that need it are skipped where it is absent."""
    if not (SHARED / "real" / "urls.tsv").exists():
        pytest.skip("没有 ../shared：真实页面回归测试跳过")
    return SHARED
