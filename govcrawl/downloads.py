"""What a download came to: the error word of what it raised, and its body with the content-encoding undone. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Iterator


def decoded(body: bytes, coding: str, limit: int) -> tuple[bytes, bool]:
    """A body with its content-encoding undone, and whether it was whole.

    Wrong declarations are common: a body that is not packed at all is taken as it is. More than `limit` bytes are not unpacked.
    """
    if coding in ("gzip", "x-gzip") and body[:2] != b"\x1f\x8b":
        return body, True
    if coding in ("gzip", "x-gzip"):
        return _unpacked(body, 31, limit)
    if coding == "deflate":
        wrapped = _unpacked(body, 15, limit)
        return wrapped if wrapped[0] else _unpacked(body, -15, limit)
    return body, False


def _unpacked(body: bytes, bits: int, limit: int) -> tuple[bytes, bool]:
    parts: list[bytes] = []
    rest, size = body, 0
    while rest:
        unpacker = zlib.decompressobj(bits)
        try:
            part = unpacker.decompress(rest, limit - size + 1)
        except zlib.error:
            # a second member that is none: padding after the first
            return b"".join(parts), bool(parts)
        parts.append(part)
        size += len(part)
        if size > limit or not unpacker.eof:
            return b"".join(parts), False
        rest = unpacker.unused_data
    return b"".join(parts), True


def error_word(exception: BaseException, *, proxied: bool) -> str:
    """The error word of `Try` for what a download raised: dns, refused, reset, timeout, tls, connect, proxy, too_large, other."""
    names = [(type(error).__name__, type(error).__module__, str(error)) for error in _causes(exception)]
    kinds = {name for name, _, _ in names}
    if "TunnelError" in kinds:
        return "proxy"
    if any(module.startswith(("OpenSSL", "ssl", "service_identity")) or "SSL" in name for name, module, _ in names):
        return "tls"
    if kinds & {"DownloadTimeoutError", "TimeoutError", "TCPTimedOutError", "TimeoutExpired"}:
        return "timeout"
    if kinds & {"CannotResolveHostError", "DNSLookupError", "gaierror"}:
        return "proxy" if proxied else "dns"
    if kinds & {"DownloadConnectionRefusedError", "ConnectionRefusedError"}:
        return "proxy" if proxied else "refused"
    if "DownloadCancelledError" in kinds:
        return "too_large"
    if kinds & {"ConnectionLost", "ConnectionDone", "ConnectionResetError", "ResponseNeverReceived", "ParseError", "ResponseDataLossError"}:
        return "reset"
    if kinds & {"NoRouteError", "ConnectError", "UnknownHostError", "ConnectBindError"}:
        return "proxy" if proxied else "connect"
    return "other"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, what it wraps, and the reasons that Twisted collects."""
    todo, done = [error], set()
    while todo:
        here = todo.pop(0)
        if id(here) in done:
            continue
        done.add(id(here))
        yield here
        for reason in getattr(here, "reasons", None) or ():
            todo.append(getattr(reason, "value", reason))
        todo += [cause for cause in (here.__cause__, here.__context__) if cause is not None]
