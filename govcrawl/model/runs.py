"""A run (检查批次): targets, pack, `as_of`, seed and rulebook, pinned at its first start."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

INSPECTION, SCAN = "inspection", "scan"


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
    replay_of: str | None = None
    """The run whose snapshots were read again; null for a crawl."""
    kind: str = INSPECTION
    """inspection: the whole site, as far as it was reached; scan: only what was new on it, judged by what its pages say. A scan is never taken for
    an inspection, whose differences, samples and scores stand on the whole."""
    imported: bool = False
    """Taken over from a feed: masked facts without the pages and snapshots they came from, which lie where the run was made."""

    @property
    def crawl(self) -> str:
        """The run that fetched what this one judges: its snapshots bear that name."""
        return self.replay_of or self.id

    def told(self) -> dict[str, Any]:
        """The run as the feed tells it: what was inspected by which rules, no folders and settings of this machine."""
        return {
            "run": self.id, "targets": self.targets, "pack": self.pack, "as_of": self.as_of, "seed": self.seed, "sample": self.sample,
            "rulebook": self.rulebook, "code_version": self.code_version, "started_at": self.started_at, "ended_at": self.ended_at,
            "state": self.state, "replay_of": self.replay_of, "kind": self.kind,
        }  # fmt: skip
