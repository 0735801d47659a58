"""A run (检查批次): targets, pack, `as_of`, seed and rulebook, pinned at its first start."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, kw_only=True)
class Run:
    """What a run was started with, and how far it came."""

    id: str
    """`YYYYMMDD-xxxxxx`: day of the first start and six hex digits."""
    targets: list[dict[str, Any]]
    """The registry rows as they stood at the first start (`Target` fields)."""
    targets_key: str
    """sha256 over the sorted home addresses and start addresses: same targets = same key."""
    pack: str
    as_of: str
    seed: str
    sample: str = "table"
    settings: dict[str, Any] = field(default_factory=dict)
    rulebook: str = ""
    code_version: str = ""
    started_at: str = ""
    ended_at: str | None = None
    state: str = "open"
    """open, finished, abandoned."""
    out: str = ""
    """Output folder, as given at the first start."""
