"""Which findings get a screenshot, in which order, and what of the page is marked on it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from govcrawl.model.findings import Finding, Outcome

_SEVERITIES = ("severe", "major", "minor", "notice")
_QUOTED = ("quote", "reply", "text", "raw")
"""Parts of an evidence row that are words of the page."""
_MOST_LINKS = 10


@dataclass(slots=True)
class Places:
    """What is to be marked, as a finding knows it."""

    quotes: list[str] = field(default_factory=list)
    """Texts of the page, longest first tried; the first that is found is marked."""
    word: str | None = None
    """The offending word inside the quote."""
    xpath: str | None = None
    text: str | None = None
    """What the element at `xpath` says: its place is believed only where it does, else the text and the address are looked for."""
    target: str | None = None
    also: list[list[str]] = field(default_factory=list)
    """Further texts, each in the ways that a page may print it: labels of a letter, dates, a wrong code. All that are found are marked."""
    links: list[str] = field(default_factory=list)
    """Addresses whose links on the page are marked: the newest items of a stale column."""

    def to_json(self) -> dict[str, Any]:
        return {
            "quotes": self.quotes, "word": self.word, "xpath": self.xpath, "text": self.text, "target": self.target, "also": self.also, "links": self.links,
        }  # fmt: skip


def places_of(finding: Finding) -> Places:
    """What to mark for a finding; nothing at all for a thing that is missing."""
    found = Places()
    if finding.source_file is not None:
        found.target = finding.source_file.partition("!/")[0]
        return found
    if finding.locator and finding.locator.startswith(("/", "(")):
        found.xpath = finding.locator.rpartition("/@")[0] or finding.locator
        if "/@" in finding.locator:
            found.text, found.target = finding.snippet or finding.value, _address(finding.value)
    if found.target is None and found.text is None:
        quotes = [finding.snippet] if finding.snippet else []
        for entry in finding.evidence:
            quotes += [str(entry[name]) for name in _QUOTED if isinstance(entry.get(name), str) and entry.get("url") in (None, finding.url)]
        found.quotes = list(dict.fromkeys(q for q in quotes if len(q.strip()) > 1))
        found.word = finding.value if finding.value and any(finding.value in q for q in found.quotes) else None
    found.also = [_forms(text) for text in dict.fromkeys(_also(finding)) if not any(text in quote for quote in found.quotes)]
    found.links = [str(e["url"]) for e in finding.evidence if e.get("what") in ("item", "newest") and e.get("url")][:_MOST_LINKS]
    return found


_DATED = ("asked_on", "replied_on", "visible", "opened_on", "closed_on", "feedback_on", "issued_on")
_CODED = ("code", "observed")
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
"""Matches "2026-09-28", not "2026年9月28日"."""
_CODE = re.compile(r"[0-9]{10}")
"""Matches the code of "3299880001，本网站标识码为 3299880012", not "0588-666"."""


def _also(finding: Finding) -> Iterator[str]:
    """Labels and dates that the finding was read from, as the page shows them, and codes that are wrong."""
    for entry in finding.evidence:
        if entry.get("what") == "page_one" or entry.get("url") not in (None, finding.url):
            continue
        yield from (str(value) for value in (entry.get("shown") or {}).values()) if isinstance(entry.get("shown"), dict) else ()
        yield from (str(entry[name]) for name in _DATED if isinstance(entry.get(name), str))
        yield from (code[0] for name in _CODED if isinstance(entry.get(name), str) and (code := _CODE.match(entry[name])))


def _forms(text: str) -> list[str]:
    """A text as it may be printed: days also as 2026年9月28日, 2026/9/28, 2026.09.28."""
    day = _DAY.match(text)
    if day is None:
        return [text]
    year, month, date = day[1], day[2], day[3]
    bare = f"{int(month)}", f"{int(date)}"
    return [
        day[0],
        f"{year}年{bare[0]}月{bare[1]}日",
        f"{year}年{month}月{date}日",
        f"{year}/{bare[0]}/{bare[1]}",
        f"{year}/{month}/{date}",
        f"{year}.{month}.{date}",
    ]


def _address(value: str | None) -> str | None:
    return value if value and "://" in value else None


def chosen(findings: Sequence[Finding], card: dict[str, Any] | None, limit: int | None) -> list[Finding]:
    """The findings to be photographed: vetoes first, then by severity, and of each kind one after the other, so that one rule fills no album.

    Args:
        limit: at most so many; null = all.
    """
    accused = [f for f in findings if f.outcome in (Outcome.FAIL, Outcome.NEEDS_REVIEW)]
    vetoed = {ident for veto in (card or {}).get("vetoes", ()) if veto["state"] != "dismissed" for ident in veto["findings"]}

    def grave(f: Finding) -> tuple[bool, int, bool]:
        severity = _SEVERITIES.index(f.severity) if f.severity in _SEVERITIES else len(_SEVERITIES)
        return f.id not in vetoed, severity if f.indicator is not None else len(_SEVERITIES), f.outcome is Outcome.NEEDS_REVIEW

    nth: Counter[tuple[Any, ...]] = Counter()
    ranked = []
    for finding in sorted(accused, key=lambda f: (grave(f), f.rule, f.url, f.value or "", f.id)):
        key = (grave(finding), finding.rule)
        ranked.append((grave(finding), nth[key], finding.rule, finding.id, finding))
        nth[key] += 1
    ranked.sort(key=lambda row: row[:4])
    return [row[4] for row in ranked[:limit]]
