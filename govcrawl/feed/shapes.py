"""Shapes of what the feed tells beside records, findings and decisions: those are dataclasses of the model, these are made where they are told."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

Outcome = Literal["pass", "fail", "needs_review", "not_applicable", "not_checked"]


class Change(TypedDict):
    """One row of the change sequence. Deduplicate by `id` and `rev`; the highest `rev` of an `id` is how things stand."""

    seq: int
    kind: str
    op: Literal["put", "delete"]
    id: str
    """`kind/site/…`: stands for one thing, whatever its kind."""
    rev: int
    at: str | None
    """Moment it was announced; null where an early version did it."""
    payload: dict[str, Any] | None
    """The thing as its kind's schema says; null after a deletion."""


class Passed(TypedDict):
    id: str
    reason: Literal["cap", "not_sampled", "duplicate", "pending", "waived", "old"]


class Line(TypedDict):
    """One clause of an item."""

    clause: str
    text: str
    unit_points: str | None
    counted: list[str]
    not_counted: list[Passed]
    outcome: Outcome
    reason: str | None
    lost: NotRequired[str | None]
    earned: NotRequired[str | None]


class Item(TypedDict):
    """One indicator of the table; `lost` or, for a bonus, `earned`."""

    id: str
    name: str
    kind: Literal["veto", "deduction", "bonus"]
    max: str | None
    lost: NotRequired[str | None]
    earned: NotRequired[str | None]
    outcome: Outcome
    checked: bool
    sample: list[str] | None
    lines: list[Line]
    findings: list[str]
    reason: str | None


class RuleRow(TypedDict):
    rule: str
    outcome: Outcome
    reason: str | None
    looked_at: int
    findings: list[str]


class VetoRow(TypedDict):
    indicator: str
    state: Literal["candidate", "confirmed", "dismissed"]
    reason: str
    findings: list[str]


class Scorecard(TypedDict):
    """The scorecard of one site; points are decimal strings."""

    site: str
    name: str
    host: str
    verdict: Literal["fail", "pending_review", "inconclusive", "pass"]
    rules: list[RuleRow]
    vetoes: list[VetoRow]
    open_vetoes: list[str]
    deductions: str | None
    base: str | None
    base_low: str | None
    unchecked: str | None
    bonus: str | None
    total: str | None
    grade: str | None
    coverage: str | None
    indicators: list[Item]


class Pages(TypedDict):
    known: int
    read: int
    failed: int
    blocked: int
    skipped: int
    not_rendered: int


class Files(TypedDict):
    read: int
    unread: int


class UnreadFile(TypedDict):
    url: str
    page: str | None
    status: str
    name: str | None
    reason: str | None


class Probed(TypedDict):
    """The availability probes of the window before `as_of`."""

    since: str
    until: str
    """The day after the last."""
    probes: int
    visits: int
    """What all places saw within a minute is one; only those that count."""
    failed: int
    doubtful: int
    left_out: int
    missing: int
    """Visits that the week lacks."""
    gaps: int
    places: list[str]
    approved_days: int


class Shots(TypedDict):
    """Screenshots that were taken of the site's findings."""

    taken: int
    left_out: int
    note: NotRequired[str]


class Receipt(TypedDict):
    """检查范围与完成情况 of one site."""

    site: str
    host: str
    pages: Pages
    reasons: dict[str, int]
    attachments: Files
    unread_files: list[UnreadFile]
    requests: int
    bytes: int
    started_at: str | None
    ended_at: str | None
    state: Literal["complete", "incomplete", "blocked", "unreachable", "skipped"]
    probes: NotRequired[Probed]
    health: NotRequired[dict[str, dict[str, int]]]
    """Kind → `records` and how many of them bear each watched field."""
    note: NotRequired[str]
    moved_to: NotRequired[str]
    shots: NotRequired[Shots]


class RunRow(TypedDict):
    """A run: what was inspected, by which rules, and how far it is."""

    run: str
    targets: list[dict[str, Any]]
    """Rows of the registry as they stood at the first start."""
    pack: str
    as_of: str
    seed: str
    sample: str
    rulebook: str
    code_version: str
    started_at: str
    ended_at: str | None
    state: Literal["open", "finished", "abandoned"]
    replay_of: str | None
    """The run whose snapshots were read again, without the network; null for a crawl."""
    kind: NotRequired[Literal["inspection", "scan"]]
    """scan: only new and changed pages, judged by what they say; its scorecard is no result of the site. Runs of early versions do not say: inspection."""


class Draw(TypedDict):
    """The sample that a clause was given in a run."""

    run: str
    site: str
    clause: str
    urls: list[str]
