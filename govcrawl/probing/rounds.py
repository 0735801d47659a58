"""Rounds of probes: who is asked, the control host beside it, and what is kept as soon as it is known."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from govcrawl import registry
from govcrawl.checks.probe_window import WORDS
from govcrawl.clock import CHINA, Clock, moment
from govcrawl.errors import InterruptedRunError, UsageError
from govcrawl.model.items import Probe
from govcrawl.model.targets import Target
from govcrawl.page import addresses
from govcrawl.probing import asking, plan
from govcrawl.store.base import Store
from govcrawl.telemetry import metrics

LIMIT_SECONDS = 15.0
CONTROLS = ("http://www.gov.cn/", "http://www.12377.cn/")
"""Hosts that are hardly ever down: where none of them opens, it is our own network that failed."""
_AT_ONCE = 16
_REMEMBERED = 20.0
"""Seconds for which a control's answer stands for others: when our own line fails, hundreds of sites ask for it at once."""
_NO_FAILURE = ("ok", "no_route", "no_address")
T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True, kw_only=True)
class Round:
    """What probes are made with."""

    store: Store
    clock: Clock
    place: str = "local"
    """Name of the place they are made from: several that write into one store must have different ones."""
    controls: tuple[str, ...] = CONTROLS
    limit: float = LIMIT_SECONDS
    _answers: dict[str, tuple[float, bool | None]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def probes(self, targets: Sequence[Target]) -> Iterator[list[Probe]]:
        """Probe each target once, several at a time; what was seen of one is kept before it is given."""
        for seen in _side_by_side(self._one, targets):
            self.store.put_probes(seen)
            for probe in seen:
                metrics.PROBES.labels(probe.outcome).inc()
            yield seen

    def _one(self, target: Target) -> list[Probe]:
        """Both families at the same moment: a site is open when it opens over one of them."""
        seen = list(_side_by_side(lambda family: self._over(target, family), asking.families(target.url)))
        if seen and all(probe.outcome == "dns" for probe in seen):
            # one name, one failure: whichever family the control has stands for our line
            seen = [_named(max(seen, key=lambda probe: bool(probe.control)), None)]
        return sorted(seen, key=lambda probe: probe.key)

    def _over(self, target: Target, family: str) -> Probe:
        at = moment(self.clock.now())
        own = frozenset(addresses.without_www(host.partition(":")[0]) for host in target.hosts)
        answer = asking.ask(target.url, family, self.limit, own)
        probe = Probe(
            site=target.site, url=target.url, at=at, fetched_at=at, milliseconds=answer.milliseconds, outcome=answer.outcome,
            place=self.place, status=answer.status, address=answer.address,
            control=None if answer.outcome in _NO_FAILURE else self._control(family, addresses.host(target.url)),
        )  # fmt: skip
        return _named(probe, family)

    def _control(self, family: str, host: str) -> bool | None:
        """Whether a control host opens over the same family now; null where the only one is the site itself."""
        asked = [url for url in self.controls if addresses.without_www(addresses.host(url)) != addresses.without_www(host)]
        return any(_side_by_side(lambda url: self._opens(url, family), asked)) if asked else None

    def _opens(self, url: str, family: str) -> bool:
        kept = f"{family} {url}"
        with self._lock:
            known = self._answers.get(kept)
            if known is not None and time.monotonic() - known[0] < _REMEMBERED:
                return bool(known[1])
        answer = asking.ask(url, family, self.limit, frozenset())
        opened = answer.outcome == "ok" or (answer.outcome in ("http", "blocked") and (answer.status or 599) < 500)
        with self._lock:
            self._answers[kept] = (time.monotonic(), opened)
        return opened


def _named(probe: Probe, family: str | None) -> Probe:
    probe.address_family, probe.key = family, f"{probe.at}/{family or '-'}/{probe.place}"
    return probe


def _side_by_side(work: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """Results as they come. The threads are daemons: Ctrl-C does not wait for a server that says nothing."""
    waiting: queue.SimpleQueue[T] = queue.SimpleQueue()
    done: queue.SimpleQueue[R | BaseException] = queue.SimpleQueue()
    for item in items:
        waiting.put(item)

    def worker() -> None:
        while True:
            try:
                item = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                done.put(work(item))
            except BaseException as error:  # noqa: BLE001 - handed on to the caller, which raises it
                done.put(error)

    for _ in range(min(_AT_ONCE, len(items))):
        threading.Thread(target=worker, daemon=True).start()
    for _ in items:
        result = done.get()
        if isinstance(result, BaseException):
            raise result
        yield result


# ---------------------------------------------------------------- the command


def round_of(store: Store, clock: Clock, place: str, controls: Sequence[str] | None = None) -> Round:
    """What the command asked for.

    Raises:
        UsageError: a place without a name, or a control that is no address.
    """
    if not place.strip() or "/" in place:
        raise UsageError(f"--place 的值 {place!r} 无效：应为不含 / 的名称")
    try:
        asked = tuple(registry.home_address(url) for url in controls or CONTROLS)
    except ValueError as error:
        raise UsageError(f"--control 不是网址：{error}") from None
    return Round(store=store, clock=clock, place=place.strip(), controls=asked)


def probe_once(round_: Round, targets: Iterable[Target], say: Callable[[str], None]) -> Iterator[list[Probe]]:
    """Probe each target now, those excepted that the registry says are closed or suspended today."""
    yield from round_.probes(_open_today(round_, targets, say))


def watch(
    round_: Round, targets: Sequence[Target], say: Callable[[str], None], pause: Callable[[float], object] = time.sleep
) -> Iterator[list[Probe]]:
    """Probe by the plan until Ctrl-C. A start in the middle of the hour makes up for the moment that has just passed, once.

    Raises:
        InterruptedRunError: stopped; every probe that ended is kept.
    """
    try:
        while True:
            now = round_.clock.now()
            live = _open_today(round_, targets, say)
            yield from round_.probes(plan.due(round_.store, live, round_.place, now))
            say = _nothing  # closed sites are named once
            now = round_.clock.now()
            following = min((plan.next_moment(t.site, round_.place, now) for t in targets), default=now + timedelta(hours=1))
            # a laptop that slept, or a clock that was set, is noticed within a minute
            pause(min(max((following - now).total_seconds(), 0.0), 60.0) + 0.05)
    except KeyboardInterrupt:
        raise InterruptedRunError("已停止。已完成的拨测均已保存；再次运行同样的命令即可继续。") from None


def _nothing(text: str) -> None:
    return None


def _open_today(round_: Round, targets: Iterable[Target], say: Callable[[str], None]) -> list[Target]:
    day = round_.clock.now().astimezone(CHINA).date().isoformat()
    live = []
    for target in targets:
        closed = registry.is_skipped(target, day)
        if closed is None:
            live.append(target)
        else:
            say(f"跳过 {target.name or target.url}：{closed.removesuffix('，不检查')}，不拨测")
    return live


def line(probe: Probe) -> str:
    """One probe for people: when, which site, over what, what came of it."""
    status = f" {probe.status}" if probe.status is not None else ""
    doubt = ""
    if probe.outcome not in _NO_FAILURE and not probe.control:
        doubt = "，没有其他对照站点，不计入" if probe.control is None else "，对照站点也打不开，不计入"
    return f"{probe.at} {probe.url} {probe.address_family or '-'} {WORDS[probe.outcome]}{status}，{probe.milliseconds} 毫秒{doubt}"


def exit_code(probes: Sequence[Probe]) -> int:
    """Of one target: 4 where it did not open and nobody can tell whose fault that was; 0 otherwise, whether or not it opened."""
    opened = any(probe.outcome == "ok" for probe in probes)
    told = any(probe.control and probe.outcome not in ("blocked", "proxy") for probe in probes)
    return 0 if opened or told else 4
