"""How old the thing behind a finding is: its newest date, and the day its object is counted by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from govcrawl.model.findings import Finding
from govcrawl.model.site_facts import SiteFacts
from govcrawl.text import dates

_ISO = re.compile(r"(?<!\d)(\d{4}-\d\d-\d\d)(?!\d)")
"""matches the day in `2026-05-01T10:00:00+08:00`; not `12026-05-01`."""
_NEWEST = ("newest_on", "newest", "date", "day")
_OBJECT = ("asked_on", "issued_on", "closed_on")


def _iso(value: Any) -> str | None:
    found = _ISO.match(value) if isinstance(value, str) else None
    return found[1] if found else None


def newest_on(finding: Finding) -> str | None:
    """Newest date that the evidence shows (a column's last update), else the newest one that `observed` names."""
    days = [day for entry in finding.evidence for name in _NEWEST if (day := _iso(entry.get(name)))]
    days = days or _ISO.findall(finding.observed or "")
    known = [d for d in days if not finding.as_of or d <= finding.as_of]
    return max(known, default=None)


def older_than(day: str | None, as_of: str, months: int) -> bool:
    """Whether a known day lies before `as_of` less n calendar months; an unknown one does not."""
    return day is not None and bool(as_of) and day < dates.months_before(as_of, months)


def object_days(facts: SiteFacts) -> dict[str, str]:
    """Address → day that lookbacks count from: asking, issuing, closing. Where several share an address, the newest."""
    days: dict[str, str] = {}
    rows = [(m.url, m.asked_on or m.replied_on or m.published_on) for m in facts.messages]
    rows += [(d.url, d.issued_on or d.published_on) for d in facts.documents]
    rows += [(c.url, c.closed_on) for c in facts.consultations]
    issued = {d.url: d.issued_on for d in facts.documents}
    rows += [(i.url, next((issued[u] for u in i.documents if issued.get(u)), None) or i.published_on) for i in facts.interpretations]
    for url, day in rows:
        if day and (iso := _iso(day)):
            days[url] = max(days.get(url, ""), iso)
    return days


def object_day(finding: Finding, days: Mapping[str, str]) -> str | None:
    """Day of the finding's object: from its own evidence, else by its address."""
    for name in _OBJECT:
        for entry in finding.evidence:
            if day := _iso(entry.get(name)):
                return day
    return days.get(finding.url)
