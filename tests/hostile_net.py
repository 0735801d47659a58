"""Hosts that misbehave: a forward proxy on loopback whose hosts are functions that may write anything to the wire, or nothing."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

HTML = "text/html; charset=utf-8"


class Wire:
    """One request as a host of the net sees it."""

    def __init__(self, handler: BaseHTTPRequestHandler, url: str, net: HostileNet) -> None:
        self._handler, self.url, self.net = handler, url, net
        parts = urlsplit(url)
        self.path = f"{parts.path}?{parts.query}" if parts.query else parts.path

    def send(self, body: bytes | str, status: int = 200, **headers: str) -> None:
        raw = body.encode() if isinstance(body, str) else body
        self.head(status, len(raw), **headers)
        self.write(raw)

    def head(self, status: int, length: int | None, **headers: str) -> None:
        """Headers only; `Content_Type="…"` for `Content-Type: …`, no length: until the connection is closed."""
        handler = self._handler
        handler.send_response(status)
        for name, value in {"Content_Type": HTML, **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        if length is None:
            handler.close_connection = True
        else:
            handler.send_header("Content-Length", str(length))
        handler.end_headers()

    def write(self, raw: bytes) -> None:
        self._handler.wfile.write(raw)
        with self.net.lock:
            self.net.sent[urlsplit(self.url).netloc] += len(raw)

    def silence(self) -> None:
        """Accept and never answer: until the net is closed, or longer than any time limit of a test."""
        self.net.closed.wait(20)
        self._handler.close_connection = True


Host = Callable[[Wire], None]


class HostileNet:
    """What each host does, how often each address was asked for, and how many bytes of body each host could send."""

    def __init__(self, **hosts: Host) -> None:
        self.hosts: dict[str, Host] = {name.replace("_", "-") + ".gov.cn": host for name, host in hosts.items()}
        self.asked: Counter[str] = Counter()
        self.sent: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.closed = threading.Event()
        self.proxy = ""

    def wait_for(self, requests: int, seconds: float = 20) -> None:
        until = time.monotonic() + seconds
        while self.asked.total() < requests:
            assert time.monotonic() < until, f"only {self.asked.total()} requests came"
            time.sleep(0.01)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that breaks off is what these hosts are for."""


@contextmanager
def serving(net: HostileNet) -> Iterator[HostileNet]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with net.lock:
                net.asked[self.path] += 1
            wire = Wire(self, self.path, net)
            host = net.hosts.get(urlsplit(self.path).netloc)
            if host is None:
                wire.send("no such host", 502)
            elif wire.path == "/robots.txt":
                wire.send("", 404)
            else:
                host(wire)

        def log_message(self, *args: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    net.proxy = f"http://127.0.0.1:{server.server_port}"
    try:
        yield net
    finally:
        net.closed.set()
        server.shutdown()
        server.server_close()


SENTENCE = "清河县人民政府办公室就本年度政务公开工作作出部署，要求各单位按期发布政策文件、办事指南和答复意见。"


def page(*links: str, title: str = "清河县人民政府", text: str = "", paragraphs: int = 6) -> str:
    """A plain article with links after it."""
    body = "".join(f"<p>{SENTENCE}</p>" for _ in range(paragraphs)) + text
    items = "".join(f'<p><a href="{link}">{link}</a></p>' for link in links)
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1><div>{body}{items}</div></body></html>"
