"""A little network on loopback for the crawl tests: a forward proxy that serves made-up hosts, and a reading that knows links only."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from govcrawl.crawling import Crawling, CrawlPlan
from govcrawl.model.facts import ATTACHMENT, OUTSIDE, PAGE, PICTURE, RENDER, Context, Link, PageFacts, PageResult, TextPlace, Visit
from govcrawl.model.targets import Target
from govcrawl.page import addresses

HOME = "http://www.qinghe.gov.cn/"
_HREF = re.compile(r"""<(a|img)\b[^>]*?(?:href|src)="([^"]*)"[^>]*>([^<]*)""")


@dataclass
class Reply:
    """What the server does with a request."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0
    hang_up: bool = False
    """Close the connection without an answer."""
    declare: int | None = None
    """Content-Length that is said instead of the true one."""


Answer = Reply | Callable[[str, bytes], Reply]


def page(*links: str, title: str = "标题", text: str = "") -> Reply:
    body = "".join(f'<a href="{link}">{link}</a>' for link in links)
    html = f"<html><head><title>{title}</title></head><body>{text}{body}</body></html>"
    return Reply(html.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


def redirect(to: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": to})


class Net:
    """Hosts and what they answer, by absolute address."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        self.answers = answers
        self.asked: Counter[str] = Counter()
        self.times: list[tuple[float, str]] = []
        self.agents: set[str] = set()
        self.referers: dict[str, str | None] = {}
        self.lock = threading.Lock()
        self.now = 0
        self.most = 0
        self.fallback: Callable[[str, bytes], Reply | None] = lambda url, body: None

    def answer(self, url: str, body: bytes) -> Reply:
        found = self.answers.get(url) or self.fallback(url, body)
        if found is None:
            host = urlsplit(url).netloc
            known = any(urlsplit(known).netloc == host for known in self.answers)
            return Reply(b"not here", 404) if known else Reply(b"no such host", 502)
        return found if isinstance(found, Reply) else found(url, body)


def _handler(net: Net) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = self.path if "://" in self.path else f"http://{self.headers['Host']}{self.path}"
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with net.lock:
                net.asked[url] += 1
                net.times.append((time.monotonic(), url))
                net.agents.add(self.headers.get("User-Agent", ""))
                net.referers[url] = self.headers.get("Referer")
                net.now += 1
                net.most = max(net.most, net.now)
            try:
                self.reply(net.answer(url, sent))
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            finally:
                with net.lock:
                    net.now -= 1

        do_POST = do_GET  # noqa: N815

        def reply(self, reply: Reply) -> None:
            if reply.wait:
                time.sleep(reply.wait)
            if reply.hang_up:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) if reply.declare is None else reply.declare))
            self.end_headers()
            self.wfile.write(reply.body)
            if reply.declare is not None and reply.declare != len(reply.body):
                self.close_connection = True

        def do_CONNECT(self) -> None:
            self.send_error(502)

        def log_message(self, *args: object) -> None:
            pass

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@contextmanager
def serving(net: Net) -> Iterator[str]:
    """Address of a forward proxy that serves the net."""
    server = _Server(("127.0.0.1", 0), _handler(net))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


# a reading that knows links only


@dataclass
class Exchange:
    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    rendered: bool = False


@dataclass
class Scope:
    home: str
    hosts: frozenset[str]
    family: frozenset[str]
    today: str


def read(exchange: Exchange, context: Context, scope: Scope) -> Any:
    text = exchange.body.decode("utf-8", "replace")
    if "<crash>" in text:
        raise ValueError("a page that no reading can take")
    title = re.search("<title>([^<]*)", text)
    facts = PageFacts(url=exchange.url, kind="home" if context.home else "content", head_title=title[1] if title else None)
    facts.rendered = exchange.rendered
    facts.notes["words"] = len(text)
    if "<script" in text and not exchange.rendered:
        facts.needs_script = "list"
    base = exchange.url.partition("#")[0]
    for at, (tag, href, words) in enumerate(_HREF.findall(text), 1):
        link = Link(
            url=addresses.canonical(href, base) or "", href=href, text=words, tag=tag, region="body", locator=f"(//{tag})[{at}]/@href"
        )
        facts.links.append(link)
    return SimpleNamespace(facts=facts, texts=[TextPlace(text=text, place="body")])


def follow(facts: PageFacts, context: Context, scope: Scope) -> list[tuple[str, Context]]:
    found = [(facts.url, Context(role=RENDER, parent=context.parent, home=context.home))] if facts.needs_script else []
    for link in facts.links:
        if not link.url:
            continue
        own = addresses.host(link.url) in scope.hosts
        role = PICTURE if link.tag == "img" else PAGE if own else OUTSIDE
        if own and link.url.endswith((".doc", ".pdf", ".zip")):
            role = ATTACHMENT
        found.append((link.url, Context(role=role, parent=facts.url, anchor=link.text, depth=context.depth + 1)))
    return found


READING = SimpleNamespace(Exchange=Exchange, Scope=Scope, read=read, follow=follow, detect=lambda texts, key: [])


class Kept:
    """A store in memory."""

    def __init__(self) -> None:
        self.results: dict[tuple[str, str, str], PageResult] = {}
        self.times: Counter[tuple[str, str, str]] = Counter()
        self.batches = 0

    def mask_key(self) -> bytes:
        return b"key"

    def put_results(self, run_id: str, results: Sequence[PageResult]) -> None:
        self.batches += 1
        for result in results:
            key = (result.site, result.visit.url, result.visit.context.role)
            self.results[key] = result
            self.times[key] += 1

    def visit(self, url: str, role: str | None = None) -> Visit:
        found = [r.visit for (_, address, kind), r in self.results.items() if address == url and role in (None, kind)]
        assert len(found) == 1, (url, [v.context.role for v in found], sorted(k[1] for k in self.results))
        return found[0]

    def result(self, url: str, role: str = PAGE) -> PageResult:
        return next(r for (_, address, kind), r in self.results.items() if address == url and kind == role)

    @property
    def urls(self) -> set[str]:
        return {url for _, url, _ in self.results}


def plan(folder: Path, store: Any, *targets: Target, **values: Any) -> CrawlPlan:
    """A plan that is quick and asks no more than a test needs."""
    settings: dict[str, Any] = {
        "run": "20261116-abcdef", "delay": 0.0, "concurrency": 4, "render": "never", "page_timeout": 2.0, "link_timeout": 1.0, "tries": 2,
        "retry_wait": 0.05, "second_look_after": 0.0, "give_up_after": 0.5, "reading": READING, "complete": lambda items: items,
        "handle_signals": False,
    }  # fmt: skip
    settings.update(values)
    return CrawlPlan(targets=list(targets) or [Target(url=HOME, site="qinghe")], store=store, folder=folder, **settings)


def crawl(folder: Path, *targets: Target, store: Any = None, **values: Any) -> tuple[Kept, Crawling]:
    """Crawl, and what the store got."""
    kept = store or Kept()
    crawling = Crawling(plan(folder, kept, *targets, **values))
    crawling.run()
    return kept, crawling
