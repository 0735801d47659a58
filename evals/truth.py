"""What is known of an origin: its pages as bytes, and what a careful reader would say of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from govcrawl.model.facts import DATA, RENDER, Context


@dataclass(slots=True, kw_only=True)
class Answer:
    """One stored answer and the context it is read in."""

    url: str
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "text/html"})
    context: Context = field(default_factory=Context)

    @property
    def key(self) -> str:
        """As the crawl tells answers apart: the address, with the form that was posted."""
        return self.url if self.context.form is None else f"{self.url}#{self.context.form}"

    @property
    def rendered(self) -> bool:
        return self.context.role == RENDER


@dataclass(slots=True, kw_only=True)
class Expected:
    """What is true of one page; what is not known is absent, what the page does not say is null."""

    key: str
    file: str
    """Name to find it by (never shown for the half that only reports)."""
    kind: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    column: Mapping[str, Any] = field(default_factory=dict)
    listed: Mapping[str, Any] = field(default_factory=dict)
    """Items on the page, first and last row, pager, total."""
    rows: list[Mapping[str, Any]] | None = None
    """Every row of an answer: title, date, url, doc_number …"""


@dataclass(slots=True, kw_only=True)
class Origin:
    """One site, or what is stored of it."""

    corpus: str
    host: str
    home: str
    as_of: str
    answers: list[Answer]
    expected: list[Expected]
    site: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = True
    """Its pages make up a site: columns are judged."""


def context_of(row: Mapping[str, Any]) -> Context:
    """Context of a page by the `role` and `parent` of its row."""
    role, parent = row.get("role", "page"), row.get("parent")
    if role == "data":
        return Context(role=DATA, parent=parent, form=row.get("form"), depth=1)
    if row.get("rendered"):
        return Context(role=RENDER, parent=parent, home=role == "home")
    return Context(parent=parent, home=role == "home", depth=0 if role == "home" else 1)


def expected_of(row: Mapping[str, Any], key: str) -> Expected:
    """The truth that a row of `expected.json` tells."""
    facts = dict(row.get("facts") or {})
    rows = facts.pop("rows", None)
    kind = None if row.get("role") == "data" else row.get("kind")  # an answer is an answer
    return Expected(
        key=key, file=row.get("file") or key, kind=kind, facts=facts, column=row.get("column") or {}, listed=row.get("list") or row.get("lists") or {},
        rows=rows,
    )  # fmt: skip
