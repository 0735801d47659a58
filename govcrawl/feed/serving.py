"""The feed over HTTP: the change sequence by pages, by long poll and as NDJSON; what stands now; the schemas."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

from prometheus_client import CONTENT_TYPE_LATEST

from govcrawl import __version__
from govcrawl.clock import Clock
from govcrawl.errors import StoreError, UsageError, cause
from govcrawl.feed import following, guard, schema, shapes, watching
from govcrawl.store.base import Store

try:
    import uvicorn
    from fastapi import FastAPI, HTTPException, Path, Query, Request, Security
    from fastapi.exceptions import RequestValidationError
    from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
    from fastapi.security import HTTPBearer
    from starlette.exceptions import HTTPException as StarletteHTTPException
    from typing_extensions import TypedDict
except ImportError as error:
    raise UsageError("数据接口服务需要 fastapi 和 uvicorn：pip install 'govcrawl[feed]'") from error

PORT = 8790
MOST_ITEMS = 1000
MOST_SECONDS = 60
MOST_BYTES = 8 * 1024 * 1024
"""Of one answer; a payload may be a page's whole text. At least one change is always told."""
NDJSON = "application/x-ndjson"
_STEP = 100
"""Changes of one reading from the store."""
_LARGEST = 2**63 - 1
_log = logging.getLogger(__name__)


class Problem(TypedDict):
    detail: str


class Changes(TypedDict):
    """A page of the change sequence; ask on with `after=next`."""

    items: list[shapes.Change]
    next: int
    has_more: bool


class Records(TypedDict):
    """A page of what stands now; ask on with `after=next`."""

    items: list[shapes.Change]
    next: str
    has_more: bool


class Health(TypedDict):
    state: str


class Kinds(TypedDict):
    kinds: list[str]


After = Annotated[int, Query(ge=0, le=_LARGEST, description="Only changes with a higher `seq`.")]
Limit = Annotated[int, Query(ge=1, le=MOST_ITEMS, description="Most items of the answer; it may hold fewer.")]
Wait = Annotated[int, Query(ge=0, le=MOST_SECONDS, description="Seconds to wait for a change where there is none yet.")]
Kind = Annotated[str, Query(max_length=40, description="Kind of the things: see /api/v1/schemas.")]
Site = Annotated[str | None, Query(max_length=200, description="Only things of this site (its 网站标识码, else its host).")]
Cursor = Annotated[str, Query(max_length=4000, description="`next` of the page before.")]
Name = Annotated[str, Path(max_length=40, description="A kind, or `change` for the row around the payloads.")]

_WRONG: dict[int | str, dict[str, Any]] = {
    401: {"description": "No token, or a wrong one; no body."},
    422: {"model": Problem, "description": "A parameter is out of its bounds."},
    503: {"model": Problem, "description": "The store does not answer."},
}
_ABSENT: dict[int | str, dict[str, Any]] = {404: {"model": Problem, "description": "There is no such kind."}}
_MEASURED: dict[int | str, dict[str, Any]] = {
    200: {"description": "Prometheus' text format.", "content": {"text/plain": {"schema": {"type": "string"}}}}
}
_LINES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": f"A page, or with `Accept: {NDJSON}` one change a line, as they come, until `wait` is over or `limit` reached.",
        "content": {NDJSON: {"schema": {"type": "string"}}},
    }
}


def application(
    store: Store, allowed: list[str], *, pause: Callable[[], Awaitable[None]] | None = None, clock: Clock | None = None
) -> guard.Guard:
    """The feed as an ASGI application behind its tokens.

    Args:
        pause: awaited between two looks into the store of a waiting request; null = half a second.
    """
    app = FastAPI(
        title="govcrawl feed", version=__version__, docs_url=None, redoc_url=None, responses=_WRONG,
        dependencies=[Security(HTTPBearer(auto_error=False))],
    )  # fmt: skip
    _explain_errors(app)
    watch = watching.Watch(store, clock)
    feed = _Feed(store, pause or _half_a_second, watch)

    @app.get("/api/v1/changes", responses=_LINES, response_model=Changes)
    async def changes(request: Request, after: After = 0, limit: Limit = 100, wait: Wait = 0) -> Response:
        """The change sequence behind a number, at least once each, in order."""
        found = await feed.page(request, after, limit, 0)
        if wait and not found[0] and not await asyncio.to_thread(feed.reached, after):
            wait = 0
        if NDJSON in request.headers.get("accept", ""):
            return StreamingResponse(feed.stream(request, found, limit, wait), media_type=NDJSON, headers=_FRESH)
        return _page(*(await feed.page(request, after, limit, wait) if wait and not found[0] else found))

    @app.get("/api/v1/records", responses=_ABSENT, response_model=Records)
    async def records(kind: Kind, site: Site = None, after: Cursor = "", limit: Limit = 100) -> Response:
        """What stands now: the newest change of each thing of a kind, by id; deleted things are left out."""
        if kind not in schema.KINDS:
            raise HTTPException(404, f"没有这个类别：{kind}")
        rows = await asyncio.to_thread(store.newest, kind, site, after, limit + 1)
        lines, _ = _within(rows[:limit], MOST_BYTES)
        return _page(lines, rows[len(lines) - 1]["id"] if lines else after, len(rows) > len(lines))

    @app.get("/api/v1/schemas", response_model=Kinds)
    async def kinds() -> Response:
        """Names of all kinds."""
        return JSONResponse({"kinds": list(schema.KINDS)}, headers=_FRESH)

    @app.get("/api/v1/schemas/{kind}", responses=_ABSENT, response_model=dict[str, Any])
    async def schema_of(kind: Name) -> Response:
        """JSON Schema (2020-12) of a kind's payload."""
        try:
            return Response(schema.stored(kind), media_type="application/json", headers=_FRESH)
        except KeyError:
            raise HTTPException(404, f"没有这个类别：{kind}") from None

    @app.get("/healthz", response_model=Health)
    async def healthz() -> Response:
        """Whether the store answers."""
        await asyncio.to_thread(store.changes, 0, 1)
        return JSONResponse({"state": "ok"}, headers=_FRESH)

    @app.get("/metrics", responses=_MEASURED, response_class=PlainTextResponse)
    async def measured() -> Response:
        """How the program does: this server, the feed's readers, the schedule; with GOVCRAWL_METRICS_DIR every process of the machine."""
        return Response(await asyncio.to_thread(watch.text), media_type=CONTENT_TYPE_LATEST, headers=_FRESH)

    return guard.Guard(app, allowed)


_FRESH = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


_Found = tuple[list[str], int, bool]
"""(lines, number of the last one, whether there is more)"""


async def _half_a_second() -> None:
    await asyncio.sleep(0.5)


def _deadline(request: Request, wait: int) -> Callable[[], Awaitable[bool]]:
    """Says whether the time is over, or nobody listens any more."""
    loop = asyncio.get_running_loop()
    until = loop.time() + wait

    async def over() -> bool:
        return loop.time() >= until or await request.is_disconnected()

    return over


class _Feed:
    """Reads the sequence for requests, away from the event loop."""

    def __init__(self, store: Store, pause: Callable[[], Awaitable[None]], watch: watching.Watch) -> None:
        self._store, self._pause, self._watch = store, pause, watch

    def reached(self, number: int) -> bool:
        """Whether the sequence came that far: a higher number is not waited for (it comes from another store, or from nowhere)."""
        return number == 0 or bool(self._store.changes(number - 1, 1))

    async def page(self, request: Request, after: int, limit: int, wait: int) -> _Found:
        """What is there already, else what comes first within the time."""
        over = _deadline(request, wait)
        self._watch.asked = after
        while True:
            found = await asyncio.to_thread(self._read, after, limit)
            if found[0] or await over():
                return found
            await self._pause()

    async def stream(self, request: Request, found: _Found, limit: int, wait: int) -> AsyncIterator[str]:
        """A first page and what comes after it, until the limit is reached or, with nothing left to tell, the time is over."""
        over = _deadline(request, wait)
        while True:
            lines, last, more = found
            self._watch.asked = last
            if lines:
                yield "".join(lines)
            limit -= len(lines)
            if not limit:
                return
            if not more:
                if await over():
                    return
                await self._pause()
            found = await asyncio.to_thread(self._read, last, limit)

    def _read(self, after: int, limit: int) -> _Found:
        """As many changes as the limit and one answer's size allow."""
        lines: list[str] = []
        size = 0
        while len(lines) < limit and size < MOST_BYTES:
            step = min(_STEP, limit - len(lines))
            rows = self._store.changes(after, step + 1)
            some, bytes_of = _within(rows[:step], MOST_BYTES - size)
            lines += some
            size += bytes_of
            after = rows[len(some) - 1]["seq"] if some else after
            if len(rows) <= len(some):
                return lines, after, False
            if len(some) < step:
                break
        return lines, after, True


def _within(rows: list[dict[str, Any]], most: int) -> tuple[list[str], int]:
    """Lines of the first rows that fit, at least one, and their bytes."""
    lines: list[str] = []
    size = 0
    for row in rows:
        text = following.line(row)
        more = len(text.encode())
        if lines and size + more > most:
            break
        lines.append(text)
        size += more
    return lines, size


def _page(lines: list[str], last: int | str, more: bool) -> Response:
    items = ",".join(line.rstrip("\n") for line in lines)
    body = f'{{"items":[{items}],"next":{json.dumps(last, ensure_ascii=False)},"has_more":{json.dumps(more)}}}'
    return Response(body, media_type="application/json", headers=_FRESH)


def _explain_errors(app: FastAPI) -> None:
    """Errors as one Chinese sentence; what the store says about its place stays in our log."""

    async def wrong(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        names = dict.fromkeys(str(row["loc"][-1]) for row in error.errors())
        return _problem(422, f"参数不正确：{'、'.join(names)}")

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, StarletteHTTPException)
        own = isinstance(error, HTTPException)
        said = error.detail if own else {404: "没有这个地址", 405: "这个地址不支持该方法"}.get(error.status_code, error.detail)
        return _problem(error.status_code, said, error.headers)

    async def silent(request: Request, error: Exception) -> Response:
        _log.error("%s", error)
        return _problem(503, "存储暂时不可用，请稍后再试")

    app.add_exception_handler(RequestValidationError, wrong)
    app.add_exception_handler(StarletteHTTPException, refused)
    app.add_exception_handler(StoreError, silent)


def _problem(status: int, detail: str, headers: Any = None) -> Response:
    return JSONResponse({"detail": detail}, status, {**(headers or {}), **_FRESH})


def serve(store: Store, allowed: list[str], host: str, port: int, said: Callable[[str], None]) -> None:
    """Serve until a signal ends it; port 0 takes a free one.

    Raises:
        StoreError: the store has no change sequence (a lone MongoDB server).
        UsageError: the address is taken or not ours.
    """
    store.changes(0, 1)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((host, port))
            listening.listen(128)  # from here on nobody who read the address is refused
        except OSError as error:
            taken = "地址已被占用，或不是本机地址" if error.errno in (98, 99) else cause(error)
            raise UsageError(f"无法在 {host}:{port} 提供数据接口：{taken}") from error
        shown = f"[{host}]" if family == socket.AF_INET6 else host
        said(f"数据接口：http://{shown}:{listening.getsockname()[1]}/api/v1/changes（描述见 /openapi.json；须带访问令牌）")
        if host not in ("127.0.0.1", "::1", "localhost"):
            said("提示：接口本身不加密，对外提供时请放在 HTTPS 反向代理之后")
        config = uvicorn.Config(
            application(store, allowed), lifespan="off", ws="none", access_log=False, log_config=None, server_header=False,
            timeout_graceful_shutdown=2,
        )  # fmt: skip
        uvicorn.Server(config).run(sockets=[listening])
