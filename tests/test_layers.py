"""The house's order: a module imports its own row or rows above it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROWS: tuple[tuple[str, ...], ...] = (
    ("errors", "model", "text", "clock", "memory"),
    ("rulebook", "registry", "tables"),
    ("page",),
    ("extract", "detect", "checks", "loaders"),
    ("reading", "explaining", "opening", "health", "telemetry", "searching", "scoring", "rectification", "answered"),
    ("store",),
    (
        "settings",
        "hosts",
        "writer",
        "settling",
        "browser",
        "scheduler",
        "middlewares",
        "spiders",
        "workers",
        "draining",
        "probing",
        "pipelines",
        "crawling",
        "judging",
        "grounds",
        "rereading",
        "downloads",
        "shelf",
    ),
    (
        "history",
        "baseline",
        "inspection",
        "keeping",
        "pinning",
        "progress",
        "feed",
        "report",
        "console",
        "diagnosis",
        "demonstration",
        "evidence",
        "scheduling",
        "rechecking",
        "ordering",
        "comparing",
        "replaying",
        "rescoring",
        "reviewing",
    ),
    ("cli",),
)
LEVEL = {name: n for n, row in enumerate(ROWS) for name in row}
APART = ("extract", "detect", "checks")


def modules() -> list[Path]:
    return sorted(p for top in ("govcrawl", "pipelines") for p in (ROOT / top).rglob("*.py") if "_data" not in p.parts)


def room(dotted: str) -> str | None:
    parts = dotted.split(".")
    if parts[0] == "pipelines":
        return "pipelines"
    return parts[1] if parts[0] == "govcrawl" and len(parts) > 1 else None


def imports(path: Path) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module] if node.module not in ("govcrawl", "pipelines") else [f"{node.module}.{a.name}" for a in node.names]
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_its_own_row_or_rows_above(path: Path) -> None:
    own = room(".".join(path.relative_to(ROOT).with_suffix("").parts))
    if own is None or own in ("__init__", "__main__"):
        return
    assert own in LEVEL, f"{own} 在 ROWS 中没有位置：先给它一个房间"
    for name in imports(path):
        other = room(name)
        if other is None or other == own or other == "__version__":
            continue
        assert LEVEL[other] <= LEVEL[own], f"{path.name} 引用了下层的 {name}"
        assert not (own in APART and other in APART), f"{own} 不得引用 {other}"


CORE = (
    "model",
    "text",
    "rulebook",
    "page",
    "extract",
    "detect",
    "checks",
    "reading.py",
    "explaining",
    "opening.py",
    "loaders.py",
    "scoring",
    "registry",
    "tables.py",
    "judging.py",
)
FORBIDDEN = (
    "scrapy",
    "twisted",
    "pymongo",
    "playwright",
    "scrapy_playwright",
    "requests",
    "urllib.request",
    "http.client",
    "socket",
    "time",
)


@pytest.mark.parametrize(
    "path",
    [p for p in modules() if p.is_relative_to(ROOT / "govcrawl") and p.relative_to(ROOT / "govcrawl").parts[0] in CORE],
    ids=lambda p: p.name,
)
def test_the_core_has_no_network_no_database_and_no_clock(path: Path) -> None:
    for name in imports(path):
        assert not any(name == f or name.startswith(f + ".") for f in FORBIDDEN), f"{path} imports {name}"
