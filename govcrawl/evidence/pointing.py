"""Where evidence points: references to stored bytes that stand inside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from govcrawl.model.items import Snapshot


def pointed(value: Any) -> Iterator[Snapshot]:
    """The snapshots that stand inside a finding's evidence or a re-check's answer."""
    if isinstance(value, dict):
        if value.keys() == {"warc", "offset", "sha256"}:
            yield Snapshot(**value)
        else:
            for inner in value.values():
                yield from pointed(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from pointed(inner)
