"""Work orders (整改工单): what a unit is asked to mend, and the history of each, which only grows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, kw_only=True)
class OrderItem:
    """One finding as it was ordered: enough to print it again and to tell it apart, whatever later runs say."""

    finding: str
    site: str
    rule: str
    severity: str
    url: str
    cells: dict[str, str]
    """Cells of the sheet by column name, masked, as they were sent."""
    repeat: int = 0
    """How often it was closed in an earlier order and came up again."""


@dataclass(slots=True, kw_only=True)
class Order:
    """One order to one unit. It never changes; what happens to it stands in its events."""

    id: str
    """`<run>-<two digits>`."""
    run: str
    unit: str
    """责任单位; the site's name where the registry names no organizer."""
    as_of: str
    issued_on: str
    due_on: str
    provisional: bool = False
    """The deadline lies beyond the days that a published holiday notice covers."""
    items: list[OrderItem] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class OrderEvent:
    """One step of one item's history."""

    order: str
    finding: str
    move: str
    """A name of `rectification.MOVES`."""
    by: str
    """Who: a person's or a unit's name; `govcrawl` for what the machine saw."""
    role: str
    """unit, inspector, approver, machine."""
    at: str
    n: int = 0
    """Number within the order; given by the store."""
    note: str | None = None
    due_on: str | None = None
    """A new deadline, where the move sets one."""
    data: dict[str, Any] = field(default_factory=dict)
    """Of a reply `done_on` and `proof`; of a re-check its whole result."""
