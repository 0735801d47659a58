"""One GET over one family: every way a server can fail has its own word, and nothing stretches the limit."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import time
from base64 import b64decode
from typing import Any

import hostile_net
import pytest
from hostile_net import HostileNet
from probe_lab import Names, Talk, answering, has_ipv6, paths, serving, unused_port

from govcrawl.probing import asking

PAGE = "<html><head><title>清和县人民政府</title></head><body>首页</body></html>".encode()
SHIELD = "<html><head><title>网站防火墙</title></head><body>您的请求疑似攻击行为！</body></html>".encode()
LIMIT = 0.6


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def resets(wire: socket.socket, stop: threading.Event) -> None:
    wire.recv(65536)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def says_nothing(wire: socket.socket, stop: threading.Event) -> None:
    wire.recv(65536)


def hangs(wire: socket.socket, stop: threading.Event) -> None:
    stop.wait(20)


def drips_its_head(wire: socket.socket, stop: threading.Event) -> None:
    wire.recv(65536)
    for sign in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 400:
        wire.sendall(bytes([sign]))
        if stop.wait(0.05):
            return


def drips_its_body(wire: socket.socket, stop: threading.Event) -> None:
    wire.recv(65536)
    wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while not stop.wait(0.05):
        wire.sendall(b"a")


def breaks_off(wire: socket.socket, stop: threading.Event) -> None:
    wire.recv(65536)
    wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + PAGE)


def breaks_off_at_once(wire: socket.socket, stop: threading.Event) -> None:
    wire.recv(65536)
    wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")


def speaks_no_http(wire: socket.socket, stop: threading.Event) -> None:
    wire.recv(65536)
    wire.sendall(b"220 mail.qinghe.gov.cn ESMTP\r\n")


ENDS = [
    ("page", answering("200 OK", PAGE), "ok", 200),
    ("packed page", answering("200 OK", gzip.compress(PAGE), Content_Encoding="gzip"), "ok", 200),
    ("big page", answering("200 OK", PAGE * 5000), "ok", 200),
    ("page that breaks off", breaks_off, "ok", 200),
    ("body that breaks off at once", breaks_off_at_once, "empty", 200),
    ("nothing in it", answering("200 OK", b" \r\n"), "empty", 200),
    ("closed without a word", says_nothing, "empty", None),
    ("another protocol", speaks_no_http, "empty", None),
    ("reset", resets, "reset", None),
    ("silence", hangs, "timeout", None),
    ("a dripped head", drips_its_head, "timeout", None),
    ("a dripped body", drips_its_body, "timeout", None),
    ("500", answering("500 Internal Server Error", b"Tomcat"), "http", 500),
    ("503 of the server itself", answering("503 Service Unavailable", b"<h1>503 Service Unavailable</h1>"), "http", 503),
    ("404", answering("404 Not Found", b"none"), "http", 404),
    ("403 is a shield", answering("403 Forbidden", b"no"), "blocked", 403),
    ("a shield's page", answering("200 OK", SHIELD), "blocked", 200),
    ("a circle", answering("302 Found", b"", Location="/"), "http", 302),
    ("led elsewhere it has answered", answering("302 Found", b"", Location="http://www.baishui.gov.cn/"), "ok", 302),
    ("another scheme", answering("302 Found", b"", Location="javascript:void(0)"), "ok", 302),
]


@pytest.mark.parametrize(("talk", "outcome", "status"), [pytest.param(*row[1:], id=row[0]) for row in ENDS])
def test_every_end_has_its_word(talk: Talk, outcome: str, status: int | None) -> None:
    with serving(talk) as port:
        begun = time.monotonic()
        answer = asking.ask(f"http://127.0.0.1:{port}/", "ipv4", LIMIT)
        took = time.monotonic() - begun
    assert (answer.outcome, answer.status) == (outcome, status)
    assert took < LIMIT + 1, "the limit holds for everything together"
    assert answer.milliseconds >= LIMIT * 1000 if outcome == "timeout" else answer.milliseconds < LIMIT * 1000
    assert answer.address in ("127.0.0.1", None)


def test_nobody_listens_and_nobody_is_called_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names(a_test="127.0.0.1"))
    assert asking.ask(f"http://a.test:{unused_port()}/", "ipv4", LIMIT).outcome == "refused"
    assert asking.ask("http://b.test/", "ipv4", LIMIT).outcome == "dns"
    assert asking.ask("http://a.test/", "ipv6", LIMIT).outcome == "no_address"


def test_a_resolver_that_hangs_does_not_stretch_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    names = Names(a_test="127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port, **_: stop.wait(20) and names(host, port))
    answer = asking.ask("http://a.test/", "ipv4", LIMIT)
    stop.set()
    assert answer.outcome == "dns" and LIMIT * 1000 <= answer.milliseconds < (LIMIT + 1) * 1000


def test_encryption_that_fails_is_told_apart_from_a_dead_port() -> None:
    with serving(answering("400 Bad Request", b"plain")) as port:
        assert asking.ask(f"https://127.0.0.1:{port}/", "ipv4", LIMIT).outcome == "tls"
    with serving(hangs) as port:
        assert asking.ask(f"https://127.0.0.1:{port}/", "ipv4", LIMIT).outcome == "timeout"


def test_the_second_address_is_tried_where_the_first_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names(a_test="127.0.0.9 127.0.0.1"))
    with serving(answering("200 OK", PAGE)) as port:
        answer = asking.ask(f"http://a.test:{port}/", "ipv4", LIMIT)
    assert (answer.outcome, answer.address) == ("ok", "127.0.0.1")


def test_redirects_are_followed_within_the_site_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names(a_test="127.0.0.1", www_a_test="127.0.0.1", other_test="127.0.0.1"))
    broken = answering("500 Internal Server Error", b"x")
    for host, own, outcome in (("www.a.test", (), "http"), ("other.test", (), "ok"), ("other.test", ("other.test",), "http")):
        port = unused_port()
        leads = answering("302 Found", b"", Location=f"http://{host}:{port}/b")
        with serving(paths(home=leads, b=broken), port=port):
            assert asking.ask(f"http://a.test:{port}/", "ipv4", LIMIT, frozenset(own)).outcome == outcome, host


def test_a_site_that_sets_a_cookie_and_leads_to_itself_opens() -> None:
    def talk(wire: socket.socket, stop: threading.Event) -> None:
        if b"Cookie: JSESSIONID=0a1b" in wire.recv(65536, socket.MSG_PEEK):
            answering("200 OK", PAGE)(wire, stop)
        else:
            answering("302 Found", b"", Set_Cookie="JSESSIONID=0a1b; Path=/", Location="/")(wire, stop)

    with serving(talk) as port:
        assert asking.ask(f"http://127.0.0.1:{port}/", "ipv4", LIMIT).outcome == "ok"


def test_a_chinese_redirect_is_followed() -> None:
    with serving(paths(home=answering("302 Found", b"", Location="/首页".encode().decode("latin-1")))) as port:
        assert asking.ask(f"http://127.0.0.1:{port}/", "ipv4", LIMIT).status == 404


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 loopback")
def test_each_family_is_asked_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", Names(both_test="127.0.0.1 ::1", six_test="::1"))
    with serving(answering("200 OK", PAGE), "::1") as port:
        assert asking.ask(f"http://both.test:{port}/", "ipv6", LIMIT) == asking.Answer("ok", pytest.approx(0, abs=600), 200, "::1")  # type: ignore[arg-type]
        assert asking.ask(f"http://both.test:{port}/", "ipv4", LIMIT).outcome == "refused"
        assert asking.ask(f"http://six.test:{port}/", "ipv4", LIMIT).outcome == "no_address"


@pytest.mark.parametrize("number", ["ENETUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"])
def test_no_route_is_no_failure_of_the_site(monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    import errno

    monkeypatch.setattr(socket, "getaddrinfo", Names(six_test="2001:db8::1"))
    real = socket.socket

    class Stranded(real):  # type: ignore[misc, valid-type]
        def connect(self, where: Any) -> None:
            if self.family == socket.AF_INET6:
                raise OSError(getattr(errno, number), number)
            super().connect(where)

    monkeypatch.setattr(socket, "socket", Stranded)
    assert asking.ask("http://six.test/", "ipv6", LIMIT).outcome == "no_route"


def test_through_a_proxy_the_family_is_the_proxys(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "http://www-qinghe.gov.cn/"
    net = HostileNet(www_qinghe=lambda wire: wire.send(PAGE), www_down=lambda wire: wire.send(b"down", 502))
    with hostile_net.serving(net):
        monkeypatch.setenv("http_proxy", net.proxy)
        assert asking.families(url) == ("proxy",)
        answer = asking.ask(url, "proxy", LIMIT)
        assert (answer.outcome, answer.address) == ("ok", None), "what the proxy connects to is not ours to know"
        assert asking.ask("http://www-down.gov.cn/", "proxy", LIMIT).outcome == "http"
        monkeypatch.setenv("no_proxy", "www-qinghe.gov.cn")
        assert asking.families(url) == ("ipv4", "ipv6")
    monkeypatch.delenv("no_proxy")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{unused_port()}")
    assert asking.ask(url, "proxy", LIMIT).outcome == "proxy", "a dead proxy is no dead site"


def test_a_proxy_that_refuses_the_tunnel_and_one_that_wants_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[bytes] = []

    def talk(wire: socket.socket, stop: threading.Event) -> None:
        heads.append(wire.recv(65536, socket.MSG_PEEK))
        answering("407 Proxy Authentication Required" if b"Proxy-Authorization" not in heads[-1] else "502 Bad Gateway")(wire, stop)

    with serving(talk) as port:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        assert asking.ask("https://a.test/", "proxy", LIMIT).outcome == "proxy"
        monkeypatch.setenv("https_proxy", f"http://us%40er:pass@127.0.0.1:{port}")
        answer = asking.ask("https://a.test/", "proxy", LIMIT)
    assert (answer.outcome, answer.status) == ("proxy", 502)
    assert heads[1].startswith(b"CONNECT a.test:443 HTTP/1.1")
    assert b64decode(heads[1].partition(b"Basic ")[2].split(b"\r\n")[0]) == b"us@er:pass"
