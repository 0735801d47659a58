"""The health of a run: would its figures mislead? A degraded run is `incomplete` and says why; it is never published as if it were whole.

Two kinds of floors: shares of filled fields that any site's pages reach when they are read right, and the best of the site's own last runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from govcrawl.model.items import Record

FLOORS: dict[tuple[str, str], float] = {
    ("article", "title"): 0.9,
    ("article", "published_on"): 0.0,
    ("article", "text"): 0.5,
    ("policy_document", "title"): 0.9,
    ("policy_document", "text"): 0.5,
    ("message", "question"): 0.5,
    ("message", "asked_on"): 0.0,
    ("service_guide", "item_name"): 0.8,
    ("column", "name"): 0.95,
    ("entry", "dated"): 0.0,
}
"""(kind, field) → share of the records that must bear it. Far below what was measured (`docs/accuracy.md`): below it something broke.

`entry`: what stands in lists, with the date beside it. A site may really print no dates: those are held against its own last runs alone."""
TITLES = {
    "article": "稿件", "policy_document": "政策文件", "message": "留言", "service_guide": "办事指南", "column": "栏目", "title": "标题", "text": "正文",
    "published_on": "发布日期", "question": "留言内容", "asked_on": "留言时间", "item_name": "事项名称", "name": "名称",
    "entry": "列表条目", "dated": "日期",
}  # fmt: skip
ENOUGH = 20
"""Records below which a share says nothing."""
MOST_LOST = 0.5
"""Share of the pages, or of a field's fill rate, of the best of the last runs that may be missing now."""


class Shares(Protocol):
    """How often fields are filled."""

    def share(self, kind: str, name: str) -> float | None:
        """Null where there are too few records to tell."""
        ...


@dataclass(slots=True)
class Rates:
    """How often each field is filled."""

    records: Counter[str] = field(default_factory=Counter)
    filled: Counter[tuple[str, str]] = field(default_factory=Counter)

    def share(self, kind: str, name: str) -> float | None:
        """Null where there are too few records to tell."""
        count = self.records[kind]
        return self.filled[kind, name] / count if count >= ENOUGH else None

    def to_json(self) -> dict[str, Any]:
        return {
            kind: {"records": self.records[kind]} | {name: self.filled[kind, name] for of, name in FLOORS if of == kind}
            for kind in sorted({kind for kind, _ in FLOORS})
            if self.records[kind]
        }

    @classmethod
    def of_json(cls, row: Mapping[str, Mapping[str, int]]) -> Rates:
        rates = cls()
        for kind, counts in row.items():
            rates.records[kind] = counts.get("records", 0)
            for name, count in counts.items():
                if name != "records":
                    rates.filled[kind, name] = count
        return rates


@dataclass(slots=True, frozen=True)
class Best:
    """The best that several runs came to, field by field."""

    runs: Sequence[Shares]

    def share(self, kind: str, name: str) -> float | None:
        known = [share for run in self.runs if (share := run.share(kind, name)) is not None]
        return max(known, default=None)


def rates(records: Iterable[Record], *, entries: int = 0, dated: int = 0) -> Rates:
    """Count the records of a site as they stream by.

    Args:
        entries: rows of the site's lists that lead somewhere, and how many of them show a date.
    """
    out = Rates()
    out.records["entry"], out.filled["entry", "dated"] = entries, dated
    watched: dict[str, list[str]] = {}
    for kind, name in FLOORS:
        watched.setdefault(kind, []).append(name)
    for record in records:
        names = watched.get(record.kind)
        if names is None:
            continue
        out.records[record.kind] += 1
        for name in names:
            if getattr(record, name):
                out.filled[record.kind, name] += 1
    return out


def problems(now: Shares, read: int, before: Shares | None = None, read_before: int | None = None) -> list[str]:
    """Why the run must not be taken for whole, in Chinese; empty where nothing is wrong.

    Args:
        read: pages read now; `before`, `read_before`: the best of the site's last finished runs, no more than may be read now; null where there are none.
    """
    found = []
    if read_before is not None and read_before >= ENOUGH and read < MOST_LOST * read_before:
        found.append(f"本次读到 {read} 页，此前 {read_before} 页，少了一半以上")
    for (kind, name), floor in FLOORS.items():
        share = now.share(kind, name)
        if share is None:
            continue
        what = f"{TITLES[kind]}的{TITLES[name]}"
        old = before.share(kind, name) if before is not None else None
        if share < floor and not (old is not None and old < floor):
            found.append(f"{what}只读出 {share:.0%}（下限 {floor:.0%}）")
        elif old is not None and share < MOST_LOST * old:
            found.append(f"{what}本次读出 {share:.0%}，此前 {old:.0%}，少了一半以上")
    return found
