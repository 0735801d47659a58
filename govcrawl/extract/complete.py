"""Cross-field facts of candidate records: what one field says about another. Pure; run by the extract pipeline and by replay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from govcrawl.model.items import GUIDE_ELEMENTS
from govcrawl.page import addresses
from govcrawl.text import doc_number
from govcrawl.text.working_days import WorkCalendar

_LINK_LISTS = ("interpretations", "documents", "attachments", "forms")


def complete(items: Sequence[dict[str, Any]], calendar: WorkCalendar) -> list[dict[str, Any]]:
    """New rows with 文号 normalised, `missing` derived, working days counted and link lists canonical and distinct."""
    return [_one(dict(item), calendar) for item in items]


def _one(item: dict[str, Any], calendar: WorkCalendar) -> dict[str, Any]:
    for name in _LINK_LISTS:
        if isinstance(item.get(name), list):
            item[name] = _links(item[name], item.get("url") or "")
    kind = item.get("kind")
    if kind == "policy_document":
        item["doc_number"] = normal_number(item.get("doc_number_raw") or item.get("doc_number"))
    elif kind == "service_guide":
        elements = {name: (item.get("elements") or {}).get(name) or None for name in GUIDE_ELEMENTS}
        item["elements"] = elements
        item["missing"] = [name for name in GUIDE_ELEMENTS if elements[name] is None]
    elif kind == "message":
        item["reply_working_days"] = working_days(item.get("asked_on"), item.get("replied_on"), calendar)
    return item


def normal_number(raw: str | None) -> str | None:
    """The number in its right form; null when the printed one deviates or is none."""
    found = doc_number.parse(raw) if raw else None
    return found.normal if found is not None else None


def working_days(asked_on: str | None, replied_on: str | None, calendar: WorkCalendar) -> int | None:
    """Working days from the day after asking to the day of the reply; null when a date lacks or the reply precedes the question."""
    if not asked_on or not replied_on or replied_on < asked_on:
        return None
    return calendar.count(date.fromisoformat(asked_on), date.fromisoformat(replied_on))


def _links(urls: list[str], base: str) -> list[str]:
    """Canonical, distinct, without the page itself, in the page's order."""
    found: dict[str, None] = {}
    for url in urls:
        canonical = addresses.canonical(url, base) if base else url
        if canonical and canonical != base:
            found.setdefault(canonical)
    return list(found)
