"""When sites are probed, what is kept, the control beside a site that does not open, and the loop."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from probe_lab import Names, answering, has_ipv6, serving, unused_port

from govcrawl import probing
from govcrawl.clock import CHINA
from govcrawl.errors import InterruptedRunError, UsageError
from govcrawl.model.items import Probe
from govcrawl.model.targets import Target
from govcrawl.probing import plan
from govcrawl.probing.rounds import Round
from govcrawl.store.base import Store, open_store

PAGE = answering("200 OK", b"<html><body>home</body></html>")
SITES = [f"32128300{n:02d}" for n in range(40)]
NOW = datetime(2026, 11, 16, 10, 0, 0, tzinfo=CHINA)


class Hand:
    """A clock that is set by hand."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/w.db")
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def target(url: str, site: str = "3212830001", **more: str) -> Target:
    return Target(url=url, site=site, **more)  # type: ignore[arg-type]


def made(round_: Round, *targets: Target) -> dict[str, Probe]:
    """Address family → what one round saw of the only target."""
    [seen] = probing.probe_once(round_, targets, lambda text: None)
    return {probe.address_family or "-": probe for probe in seen}


# ---------------------------------------------------------------- the plan


def planned(site: str, place: str, day: datetime) -> list[datetime]:
    out = [plan.next_moment(site, place, day - timedelta(seconds=1))]
    while (following := plan.next_moment(site, place, out[-1])).date() == day.date():
        out.append(following)
    return out


@pytest.mark.parametrize("site", SITES[:5])
def test_a_day_has_more_than_twenty_moments_an_hour_apart(site: str) -> None:
    day = NOW.replace(hour=0)
    for n in range(7):
        moments = planned(site, "甲", day + timedelta(days=n))
        assert len(moments) == 24
        assert {b - a for a, b in zip(moments, moments[1:], strict=False)} == {timedelta(hours=1)}
        assert all(plan.last_moment(site, "甲", m) == m for m in moments)
        assert plan.last_moment(site, "甲", moments[5] - timedelta(seconds=1)) == moments[4]


def test_the_moments_differ_by_site_and_day_and_not_by_place() -> None:
    day = NOW.replace(hour=0)
    minutes = Counter(planned(site, "甲", day)[0].minute for site in SITES)
    assert len(minutes) > 20, "not all sites at once"
    assert len({planned(SITES[0], "甲", day + timedelta(days=n))[0].minute for n in range(7)}) > 3
    first, second = planned(SITES[0], "甲", day), planned(SITES[0], "乙", day)
    assert first[0] != second[0] and all(abs((a - b).total_seconds()) < 20 for a, b in zip(first, second, strict=True))


def test_a_site_is_due_once_a_moment_and_for_each_place(store: Store) -> None:
    sites = [target("http://a.test/", site) for site in SITES[:3]]
    assert plan.due(store, sites, "甲", NOW) == sites
    at = NOW.isoformat()
    store.put_probes([Probe(site=SITES[0], url="http://a.test/", key=f"{at}/ipv4/甲", at=at, place="甲", address_family="ipv4")])
    assert plan.due(store, sites, "甲", NOW) == sites[1:] and plan.due(store, sites, "乙", NOW) == sites
    following = plan.next_moment(SITES[0], "甲", NOW)
    assert sites[0] not in plan.due(store, sites, "甲", following - timedelta(seconds=1))
    assert sites[0] in plan.due(store, sites, "甲", following)
    assert sites[0] in plan.due(store, sites, "甲", following + timedelta(days=3)), "after a long sleep once, not seventy times"


# ---------------------------------------------------------------- one round


def test_a_site_that_opens_is_kept_for_each_family_and_announced(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names(a_test="127.0.0.1"))
    with serving(PAGE) as port:
        seen = made(Round(store=store, clock=Hand(), place="甲"), target(f"http://a.test:{port}/"))
    assert (seen["ipv4"].outcome, seen["ipv4"].status, seen["ipv4"].control) == ("ok", 200, None)
    assert (seen["ipv6"].outcome, seen["ipv6"].control) == ("no_address", None)
    assert list(store.probes("3212830001", "2026-11-16", "2026-11-17")) == [seen["ipv4"], seen["ipv6"]]
    [four, _] = store.changes(0, 10)
    assert four["id"] == "probe/3212830001/2026-11-16T10:00:00+08:00/ipv4/甲"
    assert {"at", "milliseconds", "outcome", "address_family"} <= four["payload"].keys()


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 loopback")
def test_a_site_of_both_families(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names(a_test="127.0.0.1 ::1", control_test="127.0.0.1"))
    with serving(PAGE, "::1") as port, serving(PAGE) as other:
        round_ = Round(store=store, clock=Hand(), controls=(f"http://control.test:{other}/",))
        seen = made(round_, target(f"http://a.test:{port}/"))
    assert (seen["ipv6"].outcome, seen["ipv6"].address) == ("ok", "::1")
    assert (seen["ipv4"].outcome, seen["ipv4"].control) == ("refused", True)


@pytest.mark.parametrize(
    ("controls", "word"),
    [
        (["ok"], True), (["404"], True), (["shield"], True), (["500"], False), (["dead"], False), (["dead", "ok"], True), (["itself"], None), ([], None),
    ],
)  # fmt: skip
def test_the_control_of_a_site_that_does_not_open(
    store: Store, monkeypatch: pytest.MonkeyPatch, controls: list[str], word: bool | None
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names(a_test="127.0.0.1", www_a_test="127.0.0.1", c_test="127.0.0.1"))
    ends = {"404": answering("404 Not Found"), "shield": answering("403 Forbidden"), "500": answering("500 Error")}
    dead = unused_port()
    with serving(ends.get(controls[0], PAGE) if controls else PAGE) as port:
        where = {"dead": f"http://c.test:{dead}/", "itself": f"http://www.a.test:{port}/"}
        asked = tuple(where.get(name, f"http://c.test:{port}/") for name in controls)
        seen = made(Round(store=store, clock=Hand(), controls=asked), target(f"http://a.test:{dead}/"))
    assert (seen["ipv4"].outcome, seen["ipv4"].control) == ("refused", word)
    assert probing.exit_code(list(seen.values())) == (0 if word else 4)


def test_a_control_is_asked_once_for_many_sites_that_fail_together(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {f"s{n}_test": "127.0.0.1" for n in range(30)}
    monkeypatch.setattr(socket, "getaddrinfo", Names(c_test="127.0.0.1", **names))
    count: Counter[str] = Counter()

    def counting(wire: socket.socket, stop: object) -> None:
        count["asked"] += 1
        PAGE(wire, stop)  # type: ignore[arg-type]

    dead = unused_port()
    with serving(counting) as port:
        round_ = Round(store=store, clock=Hand(), controls=(f"http://c.test:{port}/",))
        sites = [target(f"http://s{n}.test:{dead}/", f"s{n}") for n in range(30)]
        seen = [p for probes in probing.probe_once(round_, sites, lambda text: None) for p in probes if p.address_family == "ipv4"]
    assert len(seen) == 30 and all(p.control for p in seen)
    assert count["asked"] <= 16, "at most the first of each thread"


def test_a_name_that_does_not_exist_is_one_probe_of_no_family(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names(c_test="127.0.0.1"))
    with serving(PAGE) as port:
        seen = made(Round(store=store, clock=Hand(), controls=(f"http://c.test:{port}/",)), target("http://gone.test/"))
    assert [(p.outcome, p.address_family, p.control) for p in seen.values()] == [("dns", None, True)]
    assert seen["-"].key == "2026-11-16T10:00:00+08:00/-/local"


def test_closed_sites_are_not_probed(store: Store) -> None:
    said: list[str] = []
    site = target("http://127.0.0.1:1/", name="清和县旅游局", state="关停", state_ground="清政办函〔2026〕31号")
    assert list(probing.probe_once(Round(store=store, clock=Hand()), [site], said.append)) == []
    assert said == ["跳过 清和县旅游局：名录登记为“关停”（清政办函〔2026〕31号），不拨测"]


@pytest.mark.parametrize(
    ("place", "control", "said"), [("a/b", None, "--place"), (" ", None, "--place"), ("甲", ["ftp://x.cn/"], "--control")]
)
def test_nonsense_is_refused(store: Store, place: str, control: list[str] | None, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        probing.round_of(store, Hand(), place, control)


@pytest.mark.parametrize(
    ("outcome", "control", "text"),
    [
        ("ok", None, "ipv4 打开 200，120 毫秒"), ("timeout", True, "ipv4 超时 200，120 毫秒"),
        ("timeout", False, "对照站点也打不开，不计入"), ("refused", None, "没有其他对照站点，不计入"), ("no_route", None, "本机没有路由 200，120 毫秒"),
    ],
)  # fmt: skip
def test_a_probe_in_words(outcome: str, control: bool | None, text: str) -> None:
    probe = Probe(
        url="http://a.test/", at=NOW.isoformat(), outcome=outcome, control=control, status=200, milliseconds=120, address_family="ipv4"
    )
    assert probing.line(probe).endswith(text)


# ---------------------------------------------------------------- the loop


def test_the_loop_keeps_to_the_plan_over_a_day_and_stops_cleanly(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names(a_test="127.0.0.1", b_test="127.0.0.1"))
    clock = Hand(NOW.replace(hour=0, minute=0))
    until = clock.at + timedelta(days=1)

    def pause(seconds: float) -> None:
        assert 0 < seconds <= 60.1
        clock.at += timedelta(seconds=seconds)
        if clock.at >= until:
            raise KeyboardInterrupt

    with serving(PAGE) as port:
        sites = [target(f"http://a.test:{port}/", "A"), target(f"http://b.test:{port}/", "B")]
        with pytest.raises(InterruptedRunError, match="已停止"):
            for _ in probing.watch(Round(store=store, clock=clock, place="甲"), sites, lambda text: None, pause):
                pass
    for site in "AB":
        times = [datetime.fromisoformat(p.at) for p in store.probes(site, "2026-11-16", "2026-11-17") if p.address_family == "ipv4"]
        assert len(times) in (24, 25), "each moment once, and the one that had just passed at the start"
        assert all(at - plan.last_moment(site, "甲", at) < timedelta(seconds=5) for at in times[1:])


def test_a_second_start_probes_nothing_twice(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names(a_test="127.0.0.1"))

    def stop(seconds: float) -> None:
        raise KeyboardInterrupt

    with serving(PAGE) as port:
        for _ in range(2):
            with pytest.raises(InterruptedRunError):
                list(probing.watch(Round(store=store, clock=Hand()), [target(f"http://a.test:{port}/", "A")], lambda text: None, stop))
    assert len(list(store.probes("A", "2026-11-16", "2026-11-17"))) == 2, "one a family"
