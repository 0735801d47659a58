"""A connection over one address family, or through a proxy, and what it means where there is none. Also what asking ends with."""

from __future__ import annotations

import errno
import queue
import socket
import ssl
import threading
import time
from base64 import b64encode
from dataclasses import dataclass
from typing import cast
from urllib.parse import unquote, urlsplit

from govcrawl.settings import USER_AGENT

IPV4, IPV6, PROXY = "ipv4", "ipv6", "proxy"
_FAMILIES = {IPV4: socket.AF_INET, IPV6: socket.AF_INET6}
_NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENETDOWN})
RESET = frozenset({errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED})
_LONGEST_HEAD = 65536


@dataclass(slots=True, frozen=True)
class Answer:
    """What came of asking; the outcome words are those of `model.items.Probe`."""

    outcome: str
    milliseconds: int = 0
    status: int | None = None
    address: str | None = None


class Ended(Exception):  # noqa: N818 - no error: asking has come to its end, with an outcome
    def __init__(self, outcome: str, status: int | None = None, address: str | None = None) -> None:
        self.answer = Answer(outcome, status=status, address=address)


@dataclass(slots=True, frozen=True)
class Deadline:
    at: float

    def left(self) -> float:
        """Seconds left; raises TimeoutError when there are none."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def connected(url: str, family: str, deadline: Deadline) -> tuple[socket.socket, str]:
    """A connection to the first address of a family that takes one."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    known = _resolved(host, port, deadline)
    if not known:
        raise Ended("proxy" if family == PROXY else "dns")
    wanted = [row for row in known if family == PROXY or row[0] == _FAMILIES[family]]
    if not wanted:
        raise Ended("no_address")
    failed = "no_route"
    tried: str | None = None
    for n, (kind, where) in enumerate(wanted):
        if family != PROXY and not _routed(kind, where):
            continue
        tried = str(where[0])
        wire = socket.socket(kind, socket.SOCK_STREAM)
        try:
            wire.settimeout(deadline.left() / (len(wanted) - n))
            wire.connect(where)
            return wire, tried
        except OSError as error:
            wire.close()
            failed = "timeout" if isinstance(error, TimeoutError) else "reset" if error.errno in RESET else "refused"
    raise Ended("proxy" if family == PROXY else failed, address=None if family == PROXY else tried)


def _resolved(host: str, port: int, deadline: Deadline) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    """Addresses of a name; none where it has none, or nobody could say within the limit (the resolver cannot be interrupted)."""
    found: queue.SimpleQueue[list[tuple[socket.AddressFamily, tuple[str, int]]]] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            rows = []
        found.put([(kind, cast("tuple[str, int]", where)) for kind, _, _, _, where in rows if kind in _FAMILIES.values()])

    threading.Thread(target=look_up, daemon=True).start()
    try:
        return found.get(timeout=deadline.left())
    except queue.Empty:
        return []


def _routed(family: socket.AddressFamily, where: tuple[str, int]) -> bool:
    """Whether this machine has a way to an address: connecting a datagram socket sends nothing, and fails where there is none."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as feeler:
            feeler.connect(where)
    except OSError as error:
        return error.errno not in _NO_ROUTE
    return True


def tunnel(wire: socket.socket, host: str, port: int, proxy: str, deadline: Deadline) -> None:
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {where} HTTP/1.1", f"Host: {where}", f"User-Agent: {USER_AGENT}", *password(proxy), "", ""]
    send(wire, "\r\n".join(lines).encode(), deadline)
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _LONGEST_HEAD:
        wire.settimeout(deadline.left())
        some = wire.recv(1)  # what follows the head belongs to the encryption
        if not some:
            break
        head += some
    words = head.split(b" ", 2)
    if len(words) < 2 or words[1] != b"200":
        raise Ended("proxy", status=int(words[1]) if len(words) > 1 and words[1].isdigit() else None)


def encrypted(wire: socket.socket, host: str, deadline: Deadline) -> ssl.SSLSocket:
    """Encrypted as leniently as can be: old servers that a visitor still reaches with some browser are not down."""
    lenient = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    lenient.check_hostname = False
    lenient.verify_mode = ssl.CERT_NONE
    lenient.set_ciphers("ALL:@SECLEVEL=0")  # default SECLEVEL=2 refuses keys and hashes that old servers have
    lenient.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    lenient.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)  # the name is new in Python 3.12
    wire.settimeout(deadline.left())
    return lenient.wrap_socket(wire, server_hostname=host)


def send(wire: socket.socket, request: bytes, deadline: Deadline) -> None:
    wire.settimeout(deadline.left())
    wire.sendall(request)


def password(proxy: str | None) -> list[str]:
    parts = urlsplit(proxy or "")
    if not parts.username:
        return []
    secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return [f"Proxy-Authorization: Basic {b64encode(secret.encode()).decode()}"]
