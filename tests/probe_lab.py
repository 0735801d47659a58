"""Servers on loopback that answer, refuse, drop, hang or drip, each a function of its connection; and probes of an invented week."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from govcrawl.clock import CHINA, moment
from govcrawl.model.items import Probe

SITE = "3212830001"
URL = "http://www.qinghe.gov.cn/"
Talk = Callable[[socket.socket, threading.Event], None]


def answering(status: str, body: bytes = b"", **headers: str) -> Talk:
    head = [
        f"HTTP/1.1 {status}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        f"Content-Length: {len(body)}",
    ]

    def talk(wire: socket.socket, stop: threading.Event) -> None:
        wire.recv(65536)
        wire.sendall("\r\n".join([*head, "", ""]).encode() + body)

    return talk


def paths(**pages: Talk) -> Talk:
    """By the path of the request: `a` for /a, `home` for /."""

    def talk(wire: socket.socket, stop: threading.Event) -> None:
        path = wire.recv(65536, socket.MSG_PEEK).split(b" ")[1].decode()
        pages.get(path.strip("/") or "home", answering("404 Not Found"))(wire, stop)

    return talk


@contextlib.contextmanager
def serving(talk: Talk, host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """A port behind which every connection is talked to; its threads end with it."""
    stop = threading.Event()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(16)

        def accept() -> None:
            while not stop.is_set():
                try:
                    wire, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(wire,), daemon=True).start()

        def one(wire: socket.socket) -> None:
            with wire, contextlib.suppress(OSError):
                talk(wire, stop)

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            stop.set()
            listener.shutdown(socket.SHUT_RDWR)


def unused_port() -> int:
    with socket.socket() as wire:
        wire.bind(("127.0.0.1", 0))
        return int(wire.getsockname()[1])


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as wire:
            wire.bind(("::1", 0))
    except OSError:
        return False
    return True


class Names:
    """A resolver of invented names: name → addresses, none for a name that does not exist."""

    def __init__(self, **names: str) -> None:
        self.names = {name.replace("_", "."): addresses.split() for name, addresses in names.items()}

    def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        known = self.names.get(host, [host] if host[0].isdigit() else [])
        if not known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            (socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port, 0, 0) if ":" in a else (a, port))
            for a in known
        ]


# ---------------------------------------------------------------- invented weeks

AS_OF = date(2026, 11, 16)


def probe(at: datetime, outcome: str = "ok", *, site: str = SITE, **changes: Any) -> Probe:
    late = outcome == "timeout"
    values: dict[str, Any] = {
        "at": moment(at), "milliseconds": 15000 if late else 120, "outcome": outcome, "address_family": "ipv4", "place": "甲",
        "control": None if outcome in ("ok", "no_route", "no_address") else True, "status": 200 if outcome == "ok" else None,
    }  # fmt: skip
    values.update(changes)
    key = f"{values['at']}/{values['address_family'] or '-'}/{values['place']}"
    return Probe(site=site, url=URL, key=key, fetched_at=values["at"], **values)


def week(*, a_day: int = 24, days: Iterable[int] = range(7, 0, -1), offset: float = 0, **changes: Any) -> list[Probe]:
    """Probes at even distances on the days before `AS_OF`, counted backwards."""
    return [probe(at, **changes) for at in moments(a_day=a_day, days=days, offset=offset)]


def moments(*, a_day: int = 24, days: Iterable[int] = range(7, 0, -1), offset: float = 0) -> list[datetime]:
    step = timedelta(days=1) / a_day
    starts = (
        datetime(AS_OF.year, AS_OF.month, AS_OF.day, tzinfo=CHINA) - timedelta(days=n) + timedelta(minutes=13, seconds=offset) for n in days
    )
    return [start + step * k for start in starts for k in range(a_day)]


def with_outcomes(probes: list[Probe], outcome: str, count: int, **changes: Any) -> list[Probe]:
    """The same moments, every n-th of them with another outcome, `count` in all."""
    chosen = {len(probes) * k // count for k in range(count)} if count else set()
    out = []
    for n, old in enumerate(probes):
        new = probe(datetime.fromisoformat(old.at), outcome, **{"place": old.place, "address_family": old.address_family, **changes})
        out.append(new if n in chosen else old)
    return out
