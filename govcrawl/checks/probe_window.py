"""What the probes of a window say together: how many visits count, how many did not open, and what is missing. Pure counting.

A visit is what all places saw within a minute, over both families. It is open when anyone got in; down when whoever counts could not, while
the control host opened for them. What our own line, a shield or a place that stands alone makes doubtful is left out, never counted as down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise

from govcrawl.model.items import Probe
from govcrawl.page import answers

OPEN, DOWN, DOUBTFUL = "open", "down", "doubtful"
BLOCKED, OWN_SIDE, ALONE, CLOSE = "blocked", "own_side", "alone", "close"
# how the outcomes of `model.items.Probe` are said in print
WORDS = {
    **{word: answers.IN_PRINT[word] for word in ("dns", "refused", "reset", "tls", "timeout", "proxy")},
    "ok": "打开", "http": "返回错误", "blocked": "被防护系统拦截", "empty": "没有内容", "no_route": "本机没有路由", "no_address": "没有该类地址",
}  # fmt: skip
_COUNTED = (OPEN, DOWN, DOUBTFUL)
_NOT_ASKED = frozenset({"no_route", "no_address"})
_GAP = 2
"""A silence is told from twice the distance that the visits of a day may have."""
_DAY_SECONDS = 86400
_CHINA = timezone(timedelta(hours=8))
"""Has no summer time since 1992: every day of a window is 24 hours long."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Standard:
    """What the rule asks for; see its `params`."""

    window_days: int = 7
    probes_per_day: int = 20
    limit_seconds: float = 15
    share: Decimal = Decimal("0.05")
    apart_minutes: float = 30
    """Visits closer together count once: ten tries within one outage are no ten outages."""
    together_seconds: float = 60
    """What places saw within this time of each other is one visit."""


@dataclass(slots=True, frozen=True)
class Visit:
    at: datetime
    verdict: str
    probes: tuple[Probe, ...]


@dataclass(slots=True, frozen=True)
class Silence:
    start: datetime
    end: datetime

    @property
    def hours(self) -> Decimal:
        return Decimal(round((self.end - self.start).total_seconds() / 360)) / 10


@dataclass(slots=True, kw_only=True)
class Tally:
    """The window counted out."""

    days: list[date]
    """Days that count; approved downtime is not among them."""
    probes: int
    visits: list[Visit] = field(default_factory=list)
    """Those that count, by time."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Why visits do not count → how many."""
    missing: int = 0
    """Visits that are lacking, summed over the days."""
    silences: list[Silence] = field(default_factory=list)
    places: dict[str, Counter[str]] = field(default_factory=dict)
    """Place → verdict → number of its own visits."""
    families: dict[str, Counter[str]] = field(default_factory=dict)
    """Address family → outcome → number of probes."""

    @property
    def failed(self) -> list[Visit]:
        return [v for v in self.visits if v.verdict == DOWN]

    @property
    def doubtful(self) -> list[Visit]:
        return [v for v in self.visits if v.verdict == DOUBTFUL]


def window(as_of: date, days: int) -> tuple[str, str]:
    """[since, until) of the whole days before the 监测时间点: its own day is not over when a site is judged, and judging again must see the same."""
    return (as_of - timedelta(days=days)).isoformat(), as_of.isoformat()


def tally(probes: Iterable[Probe], as_of: date, standard: Standard, left_out: Callable[[date], bool] = lambda day: False) -> Tally:
    """Count a window.

    Args:
        probes: of one site; those outside the window are ignored.
        left_out: days that do not count (approved downtime).
    """
    days = [as_of - timedelta(days=n) for n in range(standard.window_days, 0, -1)]
    days = [day for day in days if not left_out(day)]
    wanted = set(days)
    rows = sorted(((_moment(p), p) for p in probes if _moment(p).date() in wanted), key=lambda row: (row[0], row[1].key))
    out = Tally(days=days, probes=len(rows))
    for _, probe in rows:
        out.families.setdefault(probe.address_family or "-", Counter())[probe.outcome] += 1
    groups = list(_together(rows, standard))
    regular = _regular(groups, standard)
    for at, group in groups:
        seen = {place: _of_place(some, standard) for place, some in _by_place(group).items()}
        for place, verdict in seen.items():
            out.places.setdefault(place, Counter())[verdict] += 1
        verdict = _agreed(seen, several=regular[at.date()] > 1)
        if verdict in _COUNTED and out.visits and at - out.visits[-1].at < timedelta(minutes=standard.apart_minutes):
            verdict = CLOSE
        if verdict in _COUNTED:
            out.visits.append(Visit(at, verdict, tuple(group)))
        elif verdict:
            out.left_out[verdict] += 1
    a_day = Counter(v.at.date() for v in out.visits)
    out.missing = sum(max(0, standard.probes_per_day - a_day[day]) for day in days)
    out.silences = list(_silences(out, standard))
    return out


def _moment(probe: Probe) -> datetime:
    return datetime.fromisoformat(probe.at).astimezone(_CHINA)


def _together(rows: Sequence[tuple[datetime, Probe]], standard: Standard) -> Iterator[tuple[datetime, list[Probe]]]:
    """Probes that make one visit; the same place over the same family a second time begins another."""
    group: list[Probe] = []
    first: datetime | None = None
    asked: set[tuple[str, str | None]] = set()
    for at, probe in rows:
        own = (probe.place, probe.address_family)
        if first is None or at - first > timedelta(seconds=standard.together_seconds) or own in asked:
            if first is not None:
                yield first, group
            first, group, asked = at, [], set()
        group.append(probe)
        asked.add(own)
    if first is not None:
        yield first, group


def _by_place(group: Iterable[Probe]) -> dict[str, list[Probe]]:
    out: dict[str, list[Probe]] = {}
    for probe in group:
        out.setdefault(probe.place, []).append(probe)
    return out


def _regular(groups: Iterable[tuple[datetime, list[Probe]]], standard: Standard) -> Counter[date]:
    """Day → how many places were at work on it: those with half of the visits that are asked for. One try from elsewhere makes no place."""
    count: Counter[tuple[date, str]] = Counter()
    for at, group in groups:
        count.update((at.date(), place) for place in {probe.place for probe in group})
    return Counter(day for (day, _), n in count.items() if n * 2 >= standard.probes_per_day)


def _agreed(seen: dict[str, str], *, several: bool) -> str:
    """What the places say together: one that got in outweighs all others; where several are at work, one alone proves nothing."""
    verdicts = list(seen.values())
    for word in (OPEN, BLOCKED):
        if word in verdicts:
            return word
    down, doubtful = verdicts.count(DOWN), verdicts.count(DOUBTFUL)
    needed = 2 if several else 1
    if down + doubtful < needed:
        return ALONE if down + doubtful else OWN_SIDE if OWN_SIDE in verdicts else ""
    return DOWN if down >= needed else DOUBTFUL


def _of_place(probes: Sequence[Probe], standard: Standard) -> str:
    """What one place saw over its families. IPv4 (or the proxy) decides where neither opened: IPv6 does where the site or place has nothing else."""
    verdicts = {p.address_family: _of(p, standard) for p in probes if p.outcome not in _NOT_ASKED}
    for word in (OPEN, BLOCKED):
        if word in verdicts.values():
            return word
    return next((verdicts[family] for family in (None, "proxy", "ipv4", "ipv6") if family in verdicts), "")


def _of(probe: Probe, standard: Standard) -> str:
    late = probe.milliseconds >= standard.limit_seconds * 1000
    if probe.outcome == "ok":
        return DOUBTFUL if late else OPEN
    if probe.outcome == "blocked":
        return BLOCKED
    if not probe.control or (probe.outcome == "timeout" and not late):
        return OWN_SIDE
    sure = probe.outcome in ("dns", "refused", "timeout") or (probe.outcome == "http" and _gone(probe.status))
    # shields reset connections and send nothing; browsers still open what our encryption refuses; a proxy may have its own reasons
    return DOWN if sure else DOUBTFUL


def _gone(status: int | None) -> bool:
    return status is not None and (status >= 500 or status in (404, 410))


def _silences(out: Tally, standard: Standard) -> Iterator[Silence]:
    """Times without a visit that counts, longer than the plan explains; days that are left out are none."""
    longest = timedelta(seconds=_DAY_SECONDS / standard.probes_per_day * _GAP)
    for start, end in _stretches(out.days):
        edges = [datetime(d.year, d.month, d.day, tzinfo=_CHINA) for d in (start, end)]
        inside = [v.at for v in out.visits if edges[0] <= v.at < edges[1]]
        for before, after in pairwise([edges[0], *inside, edges[1]]):
            if after - before > longest:
                yield Silence(before, after)


def _stretches(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """[first, last) of each row of days without a break."""
    start: date | None = None
    for n, day in enumerate(days):
        start = start or day
        if n + 1 == len(days) or days[n + 1] - day > timedelta(days=1):
            yield start, day + timedelta(days=1)
            start = None
