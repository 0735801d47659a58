"""One page's truth against our reading of it: a verdict a field.

precision = right ÷ given, recall = right ÷ expected; where the truth is null and nothing is given, that is right and counts in neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evals import answers, given
from evals.given import Given
from evals.truth import Expected, Origin
from govcrawl import reading
from govcrawl.model.facts import PageFacts
from govcrawl.model.items import GUIDE_ELEMENTS, Message, Record
from govcrawl.page import addresses
from govcrawl.text import normalise

SCALARS = (
    "title", "published_on", "published_source", "source", "author", "doc_number", "doc_number_raw", "index_number", "issuer", "issued_on", "validity",
    "topic", "genre", "form", "item_name", "number", "subject", "type", "asked_on", "replied_on", "replier", "opened_on", "closed_on", "feedback_on",
    "feedback_count", "name", "post",
)  # fmt: skip
"""Facts with one value, by the name of the record's field."""
LINKS = ("attachments", "interpretations", "documents", "forms")
"""Facts that are sets of addresses."""
EXACT = frozenset({"doc_number", "doc_number_raw"})
"""Compared letter for letter: their form is what is judged. Other texts are compared without blanks and width."""
NAMED_LISTS = frozenset({"list", "board", "guide_list", "leaders", "search", "home"})
ALIKE = 0.8
"""F1 from which the beginning or end of a text is taken for the right one: a blank line or a colon more is no error."""


@dataclass(slots=True, frozen=True)
class Verdict:
    """One field of one page. `expected` and `given` are null where nothing is to be said, or was said."""

    field: str
    expected: Any
    given: Any
    precise: float
    """How much of what was given is right: 1, 0, or a share for texts."""
    found: float
    """How much of what is true was given."""
    visible: bool = False
    """A date that was taken for one that the page shows."""


def verdict(field: str, expected: Any, given: Any, *, visible: bool = False) -> Verdict:
    same = expected is not None and given is not None and _plain(field, expected) == _plain(field, given)
    return Verdict(field, expected, given, float(same), float(same), visible)


def _plain(field: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    last = field.rpartition(".")[2]
    return value.strip() if last in EXACT or last.endswith(("_on", "url", "date")) else normalise.compact(value)


def page(origin: Origin, truth: Expected, ours: Given) -> Iterator[Verdict]:
    """All verdicts of one page."""
    facts = ours.pages.get(truth.key)
    yield verdict("reached", True, True if facts is not None else None)
    if facts is None:
        return
    if truth.kind is not None:
        yield verdict("kind", truth.kind, ours.kind(truth.key))
        yield verdict("kind_alone", truth.kind, facts.kind)
    records = ours.records.get(truth.key, [])
    yield from _facts(truth, facts, records)
    if truth.column and origin.whole:
        yield from _column(origin, truth, ours)
    if truth.listed:
        yield from _listed(truth, facts)
    if truth.rows is not None:
        answer = next(one for one in origin.answers if one.key == truth.key)
        yield from _rows("row", truth.rows, answers.rows(answer, origin.as_of), "title")


def site(origin: Origin, ours: Given) -> Iterator[Verdict]:
    """Verdicts about what the home page says of the site itself."""
    for name, wanted in origin.site.items():
        said = getattr(ours.site, name, None)
        if name == "institution_badge":
            wanted, said = wanted or None, said or None
        yield verdict(f"site.{name}", wanted, said)


# -- facts of a page ---------------------------------------------------------------------


def _facts(truth: Expected, facts: PageFacts, records: list[Record]) -> Iterator[Verdict]:
    one = records[0] if len(records) == 1 else None
    for name, wanted in truth.facts.items():
        if name in SCALARS:
            said, seen = _scalar(name, truth, facts, one)
            yield verdict(name, wanted, said, visible=seen)
        elif name in LINKS:
            yield from _set(name, (addresses.canonical(url, truth.key) for url in wanted), getattr(one, name, None) or ())
        elif name in ("text", "text_start", "text_end"):
            yield _text(name, wanted, getattr(one, "text", None))
    yield from _special(truth, facts, records, one)


def _scalar(name: str, truth: Expected, facts: PageFacts, one: Record | None) -> tuple[Any, bool]:
    """(value, whether it is a date that was called visible)."""
    if name == "title" and (one is None or truth.kind in NAMED_LISTS):
        return facts.title, False
    if one is not None:
        return getattr(one, name, None), name == "published_on" and one.published_source == "visible"
    best = facts.dates[0] if facts.dates else None
    if best is not None and name in ("published_on", "published_source"):
        return (best.value if name == "published_on" else best.source), best.source == "visible"
    return None, False


def _special(truth: Expected, facts: PageFacts, records: list[Record], one: Record | None) -> Iterator[Verdict]:
    wanted = truth.facts
    if "column_name" in wanted:
        yield verdict("column_name", wanted["column_name"], reading.column_name(facts) or None)
    if "site_code" in wanted:
        shown = facts.marks.site_code if facts.marks is not None else None
        yield verdict("site_code", wanted["site_code"], shown or facts.meta.get("siteidcode") or None)
    if "elements" in wanted:
        yield from _elements(wanted["elements"], one)
    if "materials" in wanted:
        yield verdict("materials", wanted["materials"] or None, len(getattr(one, "materials", ())) or None)
    if "material_names" in wanted:
        yield from _set("material_names", wanted["material_names"], (m.get("name") for m in getattr(one, "materials", ())))
    if "legal_basis" in wanted:
        said = [(b.get("law"), b.get("article"), b.get("number")) for b in getattr(one, "legal_basis", ())]
        yield from _set("legal_basis", [(b.get("law"), b.get("article"), b.get("number")) for b in wanted["legal_basis"]], said)
    if "leaders" in wanted:
        named = [(getattr(r, "name", None), getattr(r, "post", None)) for r in records if r.kind == "leader"]
        yield from _set("leaders", [(row["name"], row.get("post")) for row in wanted["leaders"]], named)
    if "messages" in wanted:
        yield from _rows("message", wanted["messages"], _letters(facts, records), "subject")
    if "home_rows" in wanted:
        shown_rows: list[dict[str, Any]] = [{"title": e.title, "date": e.date} for block in facts.lists for e in block.entries]
        titles = {normalise.compact(row["title"]) for row in wanted["home_rows"]}
        yield from _rows(
            "home_row", wanted["home_rows"], [r for r in shown_rows if normalise.compact(r["title"]) in titles and r["date"]], "title"
        )


def _elements(wanted: Mapping[str, bool], one: Record | None) -> Iterator[Verdict]:
    """Each element present or not; `missing` counts what we would accuse a guide of."""
    said = getattr(one, "elements", None)
    for name in GUIDE_ELEMENTS:
        if name not in wanted or wanted[name] is None:
            continue
        has = bool(said and said.get(name))
        yield verdict(f"element.{name}", True if wanted[name] else None, True if has else None)
        yield verdict("missing", None if wanted[name] else name, name if said is not None and not has else None)


def _letters(facts: PageFacts, records: list[Record]) -> list[dict[str, Any]]:
    """Letters of a board: its records, else the rows of its list."""
    found = [
        {"number": r.number, "subject": r.subject, "type": r.type, "asked_on": r.asked_on, "replied_on": r.replied_on, "replier": r.replier}
        for r in records
        if isinstance(r, Message)
    ]
    listed = [item for item in facts.items if item.get("kind") == "message" and item.get("_listed")]
    if found or listed:
        return [*found, *listed]
    return [{"subject": row["title"], "asked_on": row["date"]} for row in given.rows_of(facts)]


# -- sets, rows, texts -------------------------------------------------------------------


def _set(field: str, wanted: Iterable[Any], said: Iterable[Any]) -> Iterator[Verdict]:
    """One verdict a member."""
    right = {_member(value): value for value in wanted if value}
    ours = {_member(value): value for value in said if value}
    for key, value in right.items():
        yield verdict(field, value, value if key in ours else None)
    for key, value in ours.items():
        if key not in right:
            yield verdict(field, None, value)


def _member(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(normalise.compact(part) if isinstance(part, str) else part for part in value)
    return normalise.compact(value) if isinstance(value, str) and "://" not in value else value


def _rows(field: str, wanted: list[Mapping[str, Any]], said: list[dict[str, Any]], name: str) -> Iterator[Verdict]:
    """Rows matched by number or address, else by their name (each once, in order); a row too many is a wrong name."""
    left = list(said)
    for row in wanted:
        match = next((one for one in left if _same_row(row, one, name)), None)
        if match is not None:
            left.remove(match)
        for key, value in row.items():
            if key != "first_of_list":
                yield verdict(f"{field}.{key}", value, match.get(key) if match is not None else None)
    for row in left:
        if row.get(name):
            yield verdict(f"{field}.{name}", None, row[name])


def _same_row(row: Mapping[str, Any], one: Mapping[str, Any], name: str) -> bool:
    for key in ("number", "url"):
        if row.get(key) and one.get(key):
            return bool(row[key] == one[key])
    return bool(row.get(name)) and normalise.compact(str(row[name])) == normalise.compact(str(one.get(name) or ""))


def _text(field: str, wanted: str | None, said: str | None) -> Verdict:
    """Beginning, end or whole of the main text, by character trigrams; `text` counts shares, the others whether it is the right place."""
    if not wanted or not said:
        return verdict(field, wanted or None, said or None if wanted else None)
    right, ours = normalise.compact(wanted), normalise.compact(said)
    if field != "text":
        ours = ours[: len(right)] if field == "text_start" else ours[-len(right) :]
    precision, recall = overlap(right, ours)
    if field == "text":
        return Verdict(field, wanted, said, precision, recall)
    total = precision + recall
    alike = float(total > 0 and 2 * precision * recall / total >= ALIKE)
    return Verdict(field, wanted, ours, alike, alike)


def overlap(right: str, ours: str) -> tuple[float, float]:
    """(precision, recall) of character trigrams; texts shorter than three are one gram."""
    one, two = _grams(right), _grams(ours)
    both = sum((one & two).values())
    return both / max(1, two.total()), both / max(1, one.total())


def _grams(text: str) -> Counter[str]:
    return Counter(text[at : at + 3] for at in range(max(1, len(text) - 2)))


# -- lists and columns -------------------------------------------------------------------


def _listed(truth: Expected, facts: PageFacts) -> Iterator[Verdict]:
    wanted = truth.listed
    rows = given.rows_of(facts)
    count = wanted.get("items_on_page", wanted.get("items"))
    if count is not None:
        yield verdict("list.items_on_page", count or None, len(rows) or None)
    for name, at in (("first", 0), ("last", -1)):
        row = wanted.get(name)
        if row:
            said = rows[at] if rows else {}
            for key in ("title", "url", "date"):
                if key in row:
                    yield verdict(f"list.{key}", row[key], said.get(key), visible=False)
    if "pager" in wanted:
        # the truth names the pages that a reader sees links to; those that a pager goes on to count are no error, unless there is none
        further = [url for url in facts.pager if url in wanted["pager"]] if wanted["pager"] else facts.pager
        yield from _set("list.pager", wanted["pager"] or (), further)
    if wanted.get("total") is not None:
        yield verdict("list.total", wanted["total"], facts.total_items)


def _column(origin: Origin, truth: Expected, ours: Given) -> Iterator[Verdict]:
    column = ours.columns.get(truth.key)
    for name in ("name", "type", "level", "parent", "state", "items", "newest_on", "newest_url"):
        if name in truth.column:
            wanted = truth.column[name]
            if name == "parent" and wanted == origin.home:  # nothing is above a first-level column
                wanted = None
            if name.startswith("newest") and wanted is None and truth.column["state"] in ("parent", "live", "unread"):
                continue  # this one page shows none; the newest of the whole subtree, which the contract asks for, is not in the truth
            if name == "parent" and wanted is not None and wanted not in ours.pages:
                continue  # that page is not kept: nobody could know it for a column
            said = getattr(column, name, None)
            yield verdict(f"column.{name}", wanted or None if name == "items" else wanted, said or None if name == "items" else said)
    if "state" in truth.column:
        blank = column is not None and column.state == "blank"
        yield verdict("column.blank", True if truth.column["state"] == "blank" else None, True if blank else None)
