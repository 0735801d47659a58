"""Where the records of a list stand in an answer, and how many the whole list is said to have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from govcrawl import rulebook
from govcrawl.extract.answers import fields, loose, shapes, values
from govcrawl.extract.answers.fields import Family, Record

_DEPTH = 10
_ROWS = 2000


@dataclass(slots=True)
class Table:
    """Records of one list (or of several lists of one kind, as a policy library splits them), with their CMS."""

    family: Family
    records: list[Record]
    keys: frozenset[str]
    score: int
    total: int | None = None


def find(data: Any) -> Table | None:
    """The list of an answer: the records that look most like entries, joined with other lists of the same kind. Null where there is none."""
    found = list(_tables(data, (), 0))
    if not found:
        return _inside_text(data)
    best = max(found, key=lambda table: table.score)
    alike = [table for table in found if table is best or (table.family.name == best.family.name and _share(table.keys, best.keys) >= 0.5)]
    if len(alike) > 1:
        best.records = [record for table in alike for record in table.records][:_ROWS]
        totals = [table.total for table in alike if table.total is not None]
        best.total = sum(totals) if len(set(totals)) > 1 or len(totals) < 2 else totals[0]
        best.total = best.total or None
    if best.total is not None and best.total < len(best.records):
        best.total = None
    return best


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))


def _tables(data: Any, above: tuple[Mapping[str, Any], ...], depth: int) -> Iterator[Table]:
    if depth > _DEPTH:
        return
    if isinstance(data, list):
        rows = [row for row in data if isinstance(row, Mapping)]
        if rows:
            table = _table(rows, above)
            if table is not None:
                yield table
                return
        for value in data[:200]:
            if isinstance(value, (Mapping, list)):
                yield from _tables(value, above, depth + 1)
    elif isinstance(data, Mapping):
        for value in data.values():
            if isinstance(value, (Mapping, list)):
                yield from _tables(value, (data, *above), depth + 1)


def _table(rows: list[Mapping[str, Any]], above: tuple[Mapping[str, Any], ...]) -> Table | None:
    """Records as a table where at least half of them look like entries of a list."""
    records = [fields.flat(row) for row in rows[:_ROWS]]
    keys = frozenset(name for record in records[:5] for name in record.names)
    family = fields.family_of(keys)
    points = [fields.looks_like_entry(record, family) for record in records]
    score = sum(points)
    if 2 * sum(1 for point in points if point) < len(records):
        if sum(map(shapes.is_opaque, keys)) < 3 or "title" not in shapes.roles(records, ("title",)):
            return None
        score = len(records)
    return Table(family, records, keys, score, _total(above))


def _total(above: tuple[Mapping[str, Any], ...]) -> int | None:
    """What the boxes around a list claim, the nearest first; also in a box beside it (`"pager": {"total": 65}`)."""
    names = rulebook.labels("answers")["total"]
    for box in above[:4]:
        beside = [
            value
            for value in box.values()
            if isinstance(value, Mapping) and not any(isinstance(v, (list, Mapping)) and v for v in value.values())
        ]
        for part in (box, *beside):
            lower = {fields.plain(str(name)): value for name, value in part.items()}
            for name in names:
                if (claimed := values.count(lower.get(name))) is not None:
                    return claimed
    return None


def claimed(data: Any, depth: int = 0) -> int | None:
    """Rows that an answer without records (its results are HTML, or there are none) says there are."""
    if not isinstance(data, Mapping) or depth > 4:
        return None
    found = _total((data,))
    inner = (claimed(value, depth + 1) for value in data.values() if isinstance(value, Mapping)) if found is None else ()
    return next((count for count in inner if count is not None), found)


def _inside_text(data: Any) -> Table | None:
    """A list that was put into the answer as text (`{"data": "[{\\"title\\": …}]"}`)."""
    for text in strings(data):
        if text.lstrip()[:1] in ("{", "[") and len(text) > 20:
            inner = loose.load(text)
            if isinstance(inner, (Mapping, list)) and (found := list(_tables(inner, (data,) if isinstance(data, Mapping) else (), 1))):
                return max(found, key=lambda table: table.score)
    return None


def strings(data: Any, depth: int = 0) -> Iterator[str]:
    """Texts of an answer in order."""
    if depth > 6:
        return
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from strings(value, depth + 1)
    elif isinstance(data, list):
        for value in data:
            yield from strings(value, depth + 1)
