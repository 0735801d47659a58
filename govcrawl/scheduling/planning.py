"""What is to be done and how often: pure, a schedule and a registry in, plans out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from statistics import median
from typing import Any

from govcrawl import rectification, registry
from govcrawl.clock import moment
from govcrawl.model.orders import Order, OrderEvent
from govcrawl.model.targets import Target
from govcrawl.page import addresses
from govcrawl.scheduling.config import Freshness, Kind, Schedule, SiteKind
from govcrawl.store.jobs import Plan

RANKS = {"probe": 0, "recheck": 1, "scan": 2, "freshness": 3, "feed": 4, "full_crawl": 5}
"""What goes first of what is due: the short and urgent before the long."""
NAMES = {
    "probe": "可用性监测",
    "recheck": "整改复查",
    "scan": "新内容扫描",
    "freshness": "栏目更新检查",
    "feed": "数据导出",
    "full_crawl": "全站检查",
}
QUICK = frozenset({"probe", "feed"})
"""Kinds that are done within minutes, all sites at once."""
_DAY = 86400.0
_LOOKS_A_GAP = 2
"""A column is looked at so often between two of its usual updates."""
_NEWEST = 10
"""Days of publication from which a column's rhythm is told."""
_COMMON = ("every", "hours", "limit", "tiers")


def plans(schedule: Schedule, targets: Sequence[Target], now: datetime) -> list[Plan]:
    """Every job that the schedule asks for. Sites that the registry closed, or suspended today, have none."""
    today = now.date().isoformat()
    live = [target for target in targets if registry.is_skipped(target, today) is None]
    found: list[Plan] = []
    for name, kind in schedule.kinds.named().items():
        if isinstance(kind, SiteKind):
            found += [_site_plan(name, kind, target, now) for target in live]
        else:
            found.append(_plan_of_all(name, kind, schedule, now))
    return found


def _site_plan(name: str, kind: SiteKind, target: Target, now: datetime) -> Plan:
    every, hours = kind.rhythm(target)
    settings = {"target": _row(target), "hours": hours, "limit": kind.limit, "options": _options(kind)}
    return Plan(
        id=f"{name}/{target.site}", kind=name, site=target.site, name=target.name or target.site, lock=f"host/{addresses.without_www(addresses.host(target.url))}",
        rank=RANKS[name], every=every, first=moment(now), settings=settings,
    )  # fmt: skip


def _plan_of_all(name: str, kind: Kind, schedule: Schedule, now: datetime) -> Plan:
    settings = {"registry": schedule.registry, "hours": kind.hours, "limit": kind.limit, "options": _options(kind)}
    return Plan(
        id=name, kind=name, name="全部网站", lock=name, rank=RANKS[name], every=kind.every, first=moment(now), settings=settings
    )  # fmt: skip


def _options(kind: Kind) -> dict[str, Any]:
    return kind.model_dump(exclude=set(_COMMON))


def _row(target: Target) -> dict[str, Any]:
    """What the registry says of a site, in the registry's own terms, so that it can be read again as one."""
    row = {key.rstrip("_"): list(value) if isinstance(value, tuple) else value for key, value in asdict(target).items()}
    return {key: value for key, value in row.items() if value not in (None, []) and key not in ("site", "start")}


def to_recheck(orders: Iterable[tuple[Order, Sequence[OrderEvent]]], site: str, today: str) -> list[str]:
    """Ordered findings of a site that are to be looked at again: the unit says that they are mended, or its time is over."""
    found = []
    for order, events in orders:
        own = {item.finding for item in order.items if item.site == site}
        found += [
            finding
            for finding, now in rectification.standings(order, events).items()
            if finding in own and (now.state in (rectification.REPLIED, rectification.OVERDUE) or rectification.late(now, today))
        ]
    return sorted(set(found))


def rhythm(published: Iterable[str], bounds: Freshness, today: str) -> float:
    """Seconds until a column should be looked at again: half its usual gap between two days with something new, within bounds.

    With less than three such days its rhythm is not known yet, and half its silence stands for it; with none, the kind's own interval.

    Args:
        published: days (YYYY-MM-DD) on which it had something new, in any order.
    """
    days = sorted({date.fromisoformat(day) for day in published})[-_NEWEST:]
    if not days:
        return min(bounds.at_most, max(bounds.at_least, bounds.every))
    gaps = [(later - earlier).days for earlier, later in zip(days, days[1:], strict=False)]
    gap = median(gaps) if len(gaps) >= 2 else (date.fromisoformat(today) - days[-1]).days
    return min(bounds.at_most, max(bounds.at_least, gap * _DAY / _LOOKS_A_GAP))
