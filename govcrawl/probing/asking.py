"""Opening one address over one address family, as a visitor's browser would, within one limit for the whole of it.

Plain sockets: which family is asked, and the limit over name resolution, connection, encryption, answer and redirects together, are what a
probe is about, and clients decide both by themselves. Certificates are not judged: an expired one is no outage.
"""

from __future__ import annotations

import http.client
import io
import re
import socket
import ssl
import time
import urllib.request
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import cast
from urllib.parse import quote, urljoin, urlsplit

from govcrawl.page import addresses, answers
from govcrawl.probing.connecting import IPV4, IPV6, PROXY, RESET, Answer, Deadline, Ended, connected, encrypted, password, send, tunnel
from govcrawl.settings import USER_AGENT

_HOPS = 10
_URL_SIGNS = ":/?#[]@!$&'()*+,;=%~"
_ENOUGH = 65536
"""Bytes of a page after which it is open."""


def families(url: str) -> tuple[str, ...]:
    """Over what an address is asked: both families, or the proxy that the environment names, which chooses by itself."""
    return (PROXY,) if _proxy_of(url) else (IPV4, IPV6)


def _proxy_of(url: str) -> str | None:
    parts = urlsplit(url)
    if urllib.request.proxy_bypass(parts.netloc):
        return None
    named = urllib.request.getproxies()
    proxy = named.get(parts.scheme) or named.get("all")
    return None if proxy is None or proxy.startswith("socks") else proxy if "://" in proxy else f"http://{proxy}"


def ask(url: str, family: str, limit: float, own: frozenset[str] = frozenset()) -> Answer:
    """Open a page over a family (or the proxy).

    Args:
        limit: seconds for everything; at the limit the page is not open.
        own: further hosts of the site (without `www.`) that redirects are followed to. Led elsewhere, the site has answered.
    """
    begun = time.monotonic()
    deadline = Deadline(begun + limit)
    try:
        answer = _followed(url, family, deadline, own | {_bare(url)})
    except Ended as end:
        answer = end.answer
    except TimeoutError:
        answer = Answer("timeout")
    took = time.monotonic() - begun
    late = took >= limit and answer.outcome in ("ok", "blocked", "empty", "http")
    return replace(answer, milliseconds=round(took * 1000), outcome="timeout" if late else answer.outcome)


def _bare(url: str) -> str:
    return addresses.without_www(addresses.host(url).partition(":")[0])


def _followed(url: str, family: str, deadline: Deadline, own: frozenset[str]) -> Answer:
    cookies: dict[str, str] = {}
    answer = Answer("http")
    for _ in range(_HOPS):
        answer, onward = _asked(url, family, deadline, cookies)
        if onward is None:
            return answer
        following = quote(urljoin(url, onward.encode("latin-1", "replace").decode("utf-8", "replace")), safe=_URL_SIGNS).partition("#")[0]
        if urlsplit(following).scheme not in ("http", "https") or _bare(following) not in own:
            return replace(answer, outcome="ok")
        url = following
    return replace(answer, outcome="http")


def _asked(url: str, family: str, deadline: Deadline, cookies: dict[str, str]) -> tuple[Answer, str | None]:
    """(answer, where it leads on to) of one request."""
    parts = urlsplit(url)
    proxy = _proxy_of(url) if family == PROXY else None
    wire, address = connected(proxy or url, PROXY if family == PROXY else family, deadline)
    shown = None if proxy else address
    try:
        if parts.scheme == "https":
            if proxy:
                tunnel(wire, parts.hostname or "", parts.port or 443, proxy, deadline)
            wire = encrypted(wire, parts.hostname or "", deadline)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        plain_proxy = proxy if proxy and parts.scheme == "http" else None
        send(wire, _request(parts.netloc, url if plain_proxy else path, cookies, plain_proxy), deadline)
        return _read(wire, deadline, cookies, shown)
    except ssl.SSLError:
        raise Ended("tls", address=shown) from None
    except OSError as error:
        if isinstance(error, TimeoutError):
            raise Ended("timeout", address=shown) from None
        raise Ended("reset" if error.errno in RESET else "refused", address=shown) from None
    finally:
        wire.close()


def _request(host: str, path: str, cookies: Mapping[str, str], proxy: str | None) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1", f"Host: {host}", f"User-Agent: {USER_AGENT}", "Accept: text/html,application/xhtml+xml,*/*;q=0.8",
        "Accept-Language: zh-CN,zh;q=0.9", "Accept-Encoding: gzip", "Cache-Control: no-cache", "Connection: close", *password(proxy),
    ]  # fmt: skip
    if cookies:
        lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()))
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")


# ---------------------------------------------------------------- the answer


class _Slow(io.RawIOBase):
    """Reads a socket, each time with what is left of the limit: a server that drips a byte a second must not stretch it."""

    def __init__(self, wire: socket.socket, deadline: Deadline) -> None:
        self._wire, self._deadline = wire, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview | bytearray) -> int:  # type: ignore[override]
        self._wire.settimeout(self._deadline.left())
        return self._wire.recv_into(buffer)


class _Wire:
    """What `HTTPResponse` wants of a socket."""

    def __init__(self, wire: socket.socket, deadline: Deadline) -> None:
        self._slow = _Slow(wire, deadline)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._slow)


_COOKIE = re.compile(r"\s*([^=;\s]+)=([^;]*)")
"""Matches "JSESSIONID=0a1b; Path=/", not "Path"."""


def _read(wire: socket.socket, deadline: Deadline, cookies: dict[str, str], address: str | None) -> tuple[Answer, str | None]:
    response = http.client.HTTPResponse(cast("socket.socket", _Wire(wire, deadline)), method="GET")
    try:
        response.begin()
    except http.client.HTTPException:  # closed without a word, or not HTTP
        raise Ended("empty", address=address) from None
    headers = {name.lower(): value for name, value in response.getheaders()}
    for printed in response.headers.get_all("set-cookie") or ():
        if pair := _COOKIE.match(printed):
            cookies[pair[1]] = pair[2]
    body = _plain(_body(response, complete=response.status < 300), headers.get("content-encoding", ""))
    outcome, _ = answers.classify(response.status, headers, body)
    answer = Answer(_word(outcome, response.status, body), status=response.status, address=address)
    return answer, headers.get("location", "").strip() if outcome == answers.REDIRECTED else None


def _word(outcome: str, status: int, body: bytes) -> str:
    if outcome == answers.BLOCKED:
        return "blocked"
    if outcome == answers.READ:
        return "ok" if body.strip() else "empty"
    return "proxy" if status == 407 else "http"


def _body(response: http.client.HTTPResponse, *, complete: bool) -> bytes:
    """As much of the body as is enough. One that breaks off has shown something; one that does not come by the limit is not open."""
    body = b""
    try:
        while len(body) < _ENOUGH and (some := response.read1(_ENOUGH)):
            body += some
    except TimeoutError:
        if complete:
            raise
    except (http.client.HTTPException, OSError):
        if complete and not body.strip():
            raise Ended("empty", response.status) from None
    return body


def _plain(body: bytes, encoding: str) -> bytes:
    if encoding.lower() not in ("gzip", "deflate"):
        return body
    try:
        return zlib.decompressobj(47).decompress(body, _ENOUGH)
    except zlib.error:
        return body
