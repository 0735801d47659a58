"""Which field of a record is which: by the names of the CMS that is told by its fingerprint, by names in general use, by printed labels.

The names are data (`rules/labels/answers.yml`); fields with names that say nothing are told by their values (`shapes`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from govcrawl import rulebook
from govcrawl.extract.answers import values
from govcrawl.text import doc_number, normalise

ROLES = ("title", "url", "published", "issued", "doc_number", "index_number", "issuer")
LETTER_ROLES = ("number", "title", "asked", "replied", "replier", "state", "channel", "type", "question", "reply", "published")
_SEPARATORS = re.compile(r"[_\-\s]")
"""What field names are compared without: matches the line in "doc_pub_url"."""
_CUT = re.compile(r"(?:\.{2,}|…)$")
"""A title that was cut for display: matches "进口医疗器械说明书标记的…", not "通知。"."""
_HAN = re.compile(r"[\u4e00-\u9fa5]")
_LABEL_KEYS = ("name", "label", "title", "key", "fieldname", "displayname")
_VALUE_KEYS = ("value", "val", "content", "fieldvalue", "text")


@dataclass(slots=True, frozen=True)
class Family:
    """A CMS as its records show it: names by role, its own before those in general use."""

    name: str
    names: Mapping[str, tuple[str, ...]]
    page: tuple[str, ...] = ()
    """Page parameter that its list addresses take even where the first page's has none."""


@dataclass(slots=True)
class Record:
    """One record of a list, flat: plain field name → value, and what printed labels name."""

    values: dict[str, Any]
    labelled: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    """All its fields, empty ones too: they are the CMS's fingerprint."""


def plain(name: str) -> str:
    """A field's name as it is compared: `doc_pub_url` → `docpuburl`."""
    return _SEPARATORS.sub("", name).lower()


@lru_cache(maxsize=1)
def general() -> Family:
    found = rulebook.labels("answers")
    return Family("", {role: found[role] for role in ROLES})


@lru_cache(maxsize=1)
def letters() -> Family:
    found = rulebook.labels("answers")
    names = {role: found[f"letters.{role}"] for role in LETTER_ROLES}
    return Family("letters", {**names, "url": found["url"]})


@lru_cache(maxsize=1)
def _families() -> tuple[tuple[frozenset[str], Family], ...]:
    found = rulebook.labels("answers")
    out = []
    for name in found["families"]:
        own = {role: found[f"{name}.{role}"] for role in ROLES if f"{name}.{role}" in found}
        taken = {other for names in own.values() for other in names}
        names = {role: (*own.get(role, ()), *(n for n in general().names[role] if n not in taken)) for role in ROLES}
        out.append(
            (frozenset(found[f"{name}.signs"]), Family(name, names, tuple(found[f"{name}.page"]) if f"{name}.page" in found else ()))
        )
    return tuple(out)


def family_of(keys: frozenset[str]) -> Family:
    """The CMS whose signs all stand among the field names; letters before lists; the general names where none is known."""
    if len(keys.intersection(rulebook.labels("answers")["letters.signs"])) >= 2:
        return letters()
    return next((family for signs, family in _families() if signs <= keys), general())


def flat(row: Mapping[str, Any]) -> Record:
    """A record without its boxes: own fields first, then those of the objects inside (`data`, `_source`), each name once.

    Lists of name and value (`[{"name": "文号", "value": …}]`) and Chinese field names are looked up among the labels that pages print.
    """
    out = Record({})
    boxes: list[Mapping[str, Any]] = []
    for name, value in row.items():
        if isinstance(value, Mapping) and "time" not in value:
            boxes.append(value)
        elif isinstance(value, list) and value and all(isinstance(part, Mapping) for part in value):
            _pairs(value, out)
        else:
            _keep(out, str(name), value)
    for box in boxes:
        for name, value in box.items():
            if isinstance(value, list) and value and all(isinstance(part, Mapping) for part in value):
                _pairs(value, out)
            elif not isinstance(value, Mapping) or "time" in value:
                _keep(out, str(name), value)
    return out


def _keep(out: Record, name: str, value: Any) -> None:
    if _HAN.search(name):
        role = _role_of_label(name)
        if role is not None and (shown := values.text(value)):
            out.labelled.setdefault(role, shown)
        return
    out.names.add(plain(name))
    if value not in (None, "", [], {}):
        out.values.setdefault(plain(name), value)


def _pairs(rows: Iterable[Mapping[str, Any]], out: Record, depth: int = 0) -> None:
    for row in list(rows)[:60]:
        lower = {plain(str(name)): value for name, value in row.items()}
        label = next((lower[name] for name in _LABEL_KEYS if isinstance(lower.get(name), str) and _HAN.search(lower[name])), None)
        shown = next((values.text(lower[name]) for name in _VALUE_KEYS if values.text(lower.get(name))), "")
        role = _role_of_label(label) if label is not None and shown else None
        if role is not None:
            out.labelled.setdefault(role, shown)
        for inner in row.values() if depth == 0 else ():
            if isinstance(inner, list) and inner and all(isinstance(part, Mapping) for part in inner):
                _pairs(inner, out, 1)


@lru_cache(maxsize=512)
def _role_of_label(name: str) -> str | None:
    word = normalise.label(name)
    found = rulebook.labels("policy")
    for role, label in (
        ("doc_number", "doc_number"),
        ("index_number", "index_number"),
        ("issuer", "issuer"),
        ("issued", "issued_on"),
        ("published", "published_on"),
        ("title", "title"),
    ):
        if word in found[label]:
            return role
    return None


def shown(record: Record, family: Family, role: str) -> str:
    """Text of a role; of several titles the first that is not cut for display. "" where the record does not say it."""
    cut = ""
    for name in family.names.get(role, ()):
        found = values.text(record.values.get(name))
        if found and role == "title" and _CUT.search(found):
            cut = cut or found
        elif found:
            return found
    return record.labelled.get(role, "") or cut


def day(record: Record, family: Family, role: str, today: str) -> tuple[str | None, str | None]:
    """(ISO day, as given) of a role; the first of its fields that holds a day."""
    for name in family.names.get(role, ()):
        stored = record.values.get(name)
        if stored is None:
            continue
        found = values.day(stored, today)
        if found is not None:
            return found, values.text(stored) or str(stored)[:60]
    labelled = record.labelled.get(role)
    return (values.day(labelled, today), labelled) if labelled else (None, None)


def address(record: Record, family: Family, base: str) -> str:
    """Where the record leads to."""
    for name in family.names.get("url", ()):
        found = values.address(record.values.get(name), base)
        if found:
            return found
    return ""


def number(raw: str) -> tuple[str | None, str | None]:
    """(normal form, as given) of a document number's field; (null, null) where it says that there is none."""
    if not raw or doc_number.says_none(raw):
        return None, None
    found = doc_number.parse(raw)
    return (found.normal if found is not None else None), raw


def looks_like_entry(record: Record, family: Family) -> int:
    """2 for a record with a title and a day, 1 for one with a title and an address, 0 for any other."""
    if not shown(record, family, "title"):
        return 0
    if any(
        values.day(record.values.get(name)) for role in ("published", "issued", "asked", "replied") for name in family.names.get(role, ())
    ):
        return 2
    if any(role in record.labelled for role in ("published", "issued")):
        return 2
    return 1 if any(values.text(record.values.get(name)) for name in family.names.get("url", ())) else 0
