"""Figures: verdicts added up by corpus, half and field."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from evals import given, judge, split
from evals.judge import Verdict
from evals.truth import Origin

PLACES = 3


@dataclass(slots=True)
class Figure:
    """Precision and recall of one field."""

    given: int = 0
    expected: int = 0
    precise: float = 0.0
    found: float = 0.0
    wrong_visible: int = 0
    """Wrong dates that were taken for dates the page shows."""

    def add(self, verdict: Verdict) -> None:
        if verdict.given is not None:
            self.given += 1
            self.precise += verdict.precise
        if verdict.expected is not None:
            self.expected += 1
            self.found += verdict.found
        self.wrong_visible += verdict.visible and verdict.given is not None and not verdict.precise

    @property
    def precision(self) -> float | None:
        """Null where nothing was given."""
        return self.precise / self.given if self.given else None

    @property
    def recall(self) -> float | None:
        """Null where nothing was to be found."""
        return self.found / self.expected if self.expected else None

    def to_json(self) -> dict[str, Any]:
        row: dict[str, Any] = {"n": self.expected, "given": self.given}
        for name in ("precision", "recall"):
            value = getattr(self, name)
            row[name] = None if value is None else round(value, 4)
        return row | ({"wrong_visible": self.wrong_visible} if self.wrong_visible else {})


@dataclass(slots=True)
class Miss:
    """A field that was not read right; kept of the half that one may look at."""

    corpus: str
    origin: str
    file: str
    field: str
    expected: Any
    given: Any


Table = dict[str, dict[str, dict[str, Figure]]]
"""Corpus → half → field → figure."""


@dataclass(slots=True)
class Measured:
    table: Table = field(default_factory=dict)
    misses: list[Miss] = field(default_factory=list)
    origins: dict[str, dict[str, int]] = field(default_factory=dict)
    """Corpus → half → number of origins."""
    pages: int = 0
    seconds: float = 0.0

    def each(self) -> Iterator[tuple[str, str, str, Figure]]:
        for corpus, halves in self.table.items():
            for half in split.HALVES:
                for name, figure in halves.get(half, {}).items():
                    yield corpus, half, name, figure


def measure(origins: Iterable[Origin]) -> Measured:
    """Read and judge all origins."""
    out = Measured()
    began = time.perf_counter()
    for origin in origins:
        half = split.half_of(origin)
        counts = out.origins.setdefault(origin.corpus, dict.fromkeys(split.HALVES, 0))
        counts[half] += 1
        figures = out.table.setdefault(origin.corpus, {}).setdefault(half, {})
        ours = given.read(origin)
        out.pages += len(origin.answers)
        for file, verdict in _verdicts(origin, ours):
            figures.setdefault(verdict.field, Figure()).add(verdict)
            if half == split.TUNE and _is_miss(verdict):
                out.misses.append(Miss(origin.corpus, origin.host, file, verdict.field, verdict.expected, verdict.given))
    out.seconds = time.perf_counter() - began
    return out


def _verdicts(origin: Origin, ours: given.Given) -> Iterator[tuple[str, Verdict]]:
    for verdict in judge.site(origin, ours):
        yield origin.home, verdict
    for truth in origin.expected:
        for verdict in judge.page(origin, truth, ours):
            yield truth.file, verdict


def _is_miss(verdict: Verdict) -> bool:
    return (verdict.expected is not None and verdict.found < 1) or (verdict.given is not None and verdict.precise < 1)
