"""Who may ask: a bearer token, before anything else is looked at."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from pathlib import Path
from typing import Any

from govcrawl.errors import UsageError, cause
from govcrawl.telemetry import metrics

VARIABLE = "GOVCRAWL_FEED_TOKEN"
SHORTEST = 16
"""Characters of a token: `python3 -c "import secrets; print(secrets.token_urlsafe(32))"` gives 43."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def tokens(file: Path | None) -> list[str]:
    """The tokens that are let in: of a file, one a line (two while one takes the other's place), else of the environment.

    Raises:
        UsageError: there is none, or one that could be guessed.
    """
    try:
        said = file.read_text(encoding="utf-8") if file is not None else os.environ.get(VARIABLE, "")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"无法读取令牌文件 {file}：{cause(error)}") from error
    found = [line.strip() for line in said.splitlines() if line.strip()]
    if not found:
        raise UsageError(f"没有访问令牌：用 --token-file 指明文件（每行一个），或设环境变量 {VARIABLE}")
    if any(len(token) < SHORTEST or not token.isascii() for token in found):
        raise UsageError(f"访问令牌须是 {SHORTEST} 个以上的 ASCII 字符")
    return found


class Guard:
    """An ASGI application behind a token. Without it, every address answers 401 and an empty body: unknown ones and descriptions too."""

    def __init__(self, application: Application, allowed: Iterable[str]) -> None:
        self._application = application
        self._digests = [_digest(token.encode()) for token in allowed]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def counted(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                metrics.FEED.labels(message["status"]).inc()
            await send(message)

        if self._allows(scope["headers"]):
            await self._application(scope, receive, counted)
        else:
            headers = [(b"content-length", b"0"), (b"www-authenticate", b"Bearer"), (b"cache-control", b"no-store")]
            await counted({"type": "http.response.start", "status": 401, "headers": headers})
            await counted({"type": "http.response.body", "body": b""})

    def _allows(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        said = [value for name, value in headers if name.lower() == b"authorization"]
        scheme, _, token = said[0].partition(b" ") if len(said) == 1 else (b"", b"", b"")
        # digests of equal length, and no early end: the time tells nothing about the token or which one it is
        fitting = [hmac.compare_digest(digest, _digest(token.strip())) for digest in self._digests]
        return scheme.lower() == b"bearer" and any(fitting)


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
