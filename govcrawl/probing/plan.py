"""When a site is probed: one moment an hour, the same minute all day, another one each day and for each site.

All places aim at the same minute, so that what they saw can be compared, and at different seconds of it. A moment that was missed is not
made up for later: the gap stays to be seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from govcrawl.clock import CHINA, moment
from govcrawl.model.targets import Target
from govcrawl.store.base import Store

A_DAY = 24
"""Probes a day; 20 are asked for, so that a few may be lost."""
_SLOT = timedelta(days=1) / A_DAY
_PLACES = 20
"""Seconds of the minute over which places are spread: one that is late by a slow round is still within the minute of the others."""


def last_moment(site: str, place: str, now: datetime) -> datetime:
    """The newest planned moment of a site at or before `now`."""
    now = now.astimezone(CHINA)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    planned = _first(site, place, day)
    if planned > now:
        planned = _first(site, place, day - timedelta(days=1))
    return planned + _SLOT * min((now - planned) // _SLOT, A_DAY - 1)


def next_moment(site: str, place: str, now: datetime) -> datetime:
    """The first planned moment of a site after `now`."""
    last = last_moment(site, place, now)
    following = last + _SLOT
    return following if following.date() == last.date() else _first(site, place, _midnight(following))


def due(store: Store, targets: Iterable[Target], place: str, now: datetime) -> list[Target]:
    """Targets whose newest planned moment has passed without a probe of this place; the store says which were made."""
    waiting = []
    for target in targets:
        since = last_moment(target.site, place, now)
        until = moment(now + timedelta(seconds=1))
        if not any(probe.place == place for probe in store.probes(target.site, moment(since), until)):
            waiting.append(target)
    return waiting


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _first(site: str, place: str, day: datetime) -> datetime:
    minutes = int(_SLOT.total_seconds()) // 60
    minute = _number(site, day.date().isoformat()) % minutes
    return day + timedelta(minutes=minute, seconds=_number(place) % _PLACES)


def _number(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("\x1f".join(parts).encode()).digest()[:8], "big")
