"""Addresses: one canonical form that a visitor would see, and a stronger key that never shows.

Contract (interfaces, "Addresses"): absolute, scheme and host in lower case, no fragment, no default port, path percent-encoded once,
query in the page's own order, index files not stripped, session ids removed.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes, urlsplit

_CONTROL = re.compile(r"[\t\r\n\x00-\x1f]")
"""Matches a line break inside an href ("http://a.gov.cn/\\nx.html", browsers drop it), not "a b"."""
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]*):")
"""Matches "javascript:", "HTTP:", not "/a:b" nor "//host"."""
_WEB = re.compile(r"https?:[/\\]{2,}", re.I)
"""Matches "http://", "HTTP:\\\\\\\\", "http:///" (browsers take them alike), not "http:index.html" (relative)."""
_SESSION_PATH = re.compile(r";(?:jsessionid|phpsessid|sessionid|sid)=[^/?#;]*", re.I)
"""Matches ";jsessionid=1A2B.node1", not ";type=a"."""
_SESSION_DOTNET = re.compile(r"/\((?:[A-Z]\([a-z0-9]{16,}\))+\)(?=/)", re.I)
"""Matches "/(S(3nqzx0552ckxd5v2lrr1kf55))/a.aspx", not "/(2026)/a.aspx"."""
_SESSION_QUERY = re.compile(r"(?:^|&)(?:jsessionid|phpsessid|aspsessionid[a-z]*|asp\.net_sessionid|sessionid|session_id)=[^&]*", re.I)
"""Matches "PHPSESSID=ab12", not "sid=4" (a column's number on many boards)."""
_BUSTER = re.compile(
    r"(?:^|&)(?:utm_[a-z]+|spm|_|t|ts|time|timestamp|random|rand|rnd|v)=(?:[\d.]{10,})(?=&|$)|(?:^|&)(?:utm_[a-z]+|spm)=[^&]*", re.I
)
"""Matches "_=1699999999999" and "utm_source=wx", not "t=12" nor "time=2026"."""
_INDEX = re.compile(r"/(?:index|default|main)\.(?:s?html?|jspx?|php|aspx?|do)$", re.I)
"""Matches "/zwgk/index.html", not "/zwgk/index_1.html"."""
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
"""Matches the sign in "100%", not "%E4"."""
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/_\-.~%!$&'()*+,;=:@]*\Z")
"""Matches "/art/2026/1/5/art_1.html", not "/文件/a.doc" nor "/a b"."""
_PLAIN_QUERY = re.compile(r"[A-Za-z0-9/_\-.~%!$&'()*+,;=:@?\[\]|{}^`\\]*\Z")
"""Matches "id=1&name=%E4", not "q=文件"."""
_PLAIN_HOST = re.compile(r"[a-z0-9\-._]+\Z")
"""Matches "www.qinghe.gov.cn", not "清和.政务" (needs punycode) nor "a b"."""
_DOTS = re.compile(r"(?:^|/)\.{1,2}(?:/|$)")
"""Matches "/a/../b", not "/a.b/c"."""
_FROM_FOLDER = re.compile(r"[\w.][^:]*\Z")
"""Matches "../a.html" and "t20260105_1.html?x=1", not "?page=2" nor "http:a.html"."""
_PORTS = {"http": "80", "https": "443"}
_MAX = 4096


def canonical(href: str, base: str, charset: str = "utf-8") -> str | None:
    """Absolute canonical address of a link on the page `base`, or None where there is nothing to fetch.

    None for `javascript:`, `mailto:`, `tel:`, `data:` and other schemes, for an empty href, `#…`, a bare `http://`, an impossible host or
    port, and anything over 4096 characters. `charset` is the page's encoding: browsers encode letters in the query by it
    (the path always by UTF-8).
    """
    # Kept by what of the base the answer rests on: the links of a menu are the same on every page of a site, and worked out once.
    if (href[:1] == "/" and href[1:2] not in ("/", "\\")) or href.startswith(("http://", "https://")):
        return _canonical(href, _root(base), charset)
    if _FROM_FOLDER.match(href):
        return _canonical(href, folder(base), charset)
    return _canonical(href, base, charset)


@lru_cache(maxsize=8192)
def _canonical(href: str, base: str, charset: str) -> str | None:
    text = href.strip()
    if not text or text[0] == "#" or len(text) > _MAX:
        return None
    text = _CONTROL.sub("", text)
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() not in _PORTS:
        return None
    web = _WEB.match(text)
    if web:
        return _normalise(scheme[1].lower() if scheme else "http", text[web.end() :], charset)
    if scheme:
        base_scheme = base.partition(":")[0]
        if scheme[1].lower() != base_scheme:  # "https:www.a.gov.cn/x" on an http page: browsers read a host
            return _normalise(scheme[1].lower(), text[scheme.end() :].lstrip("/\\"), charset)
        text = text[scheme.end() :]
    return _relative(text, base, charset)


def _relative(text: str, base: str, charset: str) -> str | None:
    """Resolve a scheme-less reference against `base`."""
    scheme, _, rest = base.partition("://")
    if not rest or scheme not in _PORTS:
        return None
    text = text.partition("#")[0]
    path_part, mark, query = text.partition("?")
    path_part = path_part.replace("\\", "/")
    if path_part.startswith("//"):
        return _normalise(scheme, path_part.lstrip("/") + mark + query, charset)
    host_end = re.search(r"[/?]", rest)
    host = rest[: host_end.start()] if host_end else rest
    base_path, _, base_query = (rest[len(host) :] or "/").partition("?")
    if not path_part:
        path = base_path
        if not mark and base_query:
            mark, query = "?", base_query
    elif path_part[0] == "/":
        path = path_part
    else:
        path = base_path[: base_path.rfind("/") + 1] + path_part
    return _normalise(scheme, host + path + mark + query, charset)


def _normalise(scheme: str, rest: str, charset: str) -> str | None:
    """`rest` = what follows `//`: host, path, query, fragment."""
    rest = rest.partition("#")[0]
    cut = re.search(r"[/\\?]", rest)
    host, tail = (rest[: cut.start()], rest[cut.start() :]) if cut else (rest, "")
    place = _authority(host, scheme)
    if place is None:
        return None
    path, mark, query = tail.partition("?")
    path = path.replace("\\", "/") or "/"
    if not path.startswith("/"):
        path = "/" + path
    if _DOTS.search(path):
        path = _without_dots(path)
    if ";" in path:
        path = _SESSION_PATH.sub("", path)
    if "(" in path:
        path = _SESSION_DOTNET.sub("", path)
    path = _encode_path(path)
    if mark and "sess" in query.lower():
        query = _SESSION_QUERY.sub("", query).lstrip("&")
        mark = "?" if query else ""
    if mark:
        query = _encode_query(query, charset)
    return f"{scheme}://{place}{path}{mark}{query}"


def _authority(host: str, scheme: str) -> str | None:
    """Lower-case host without user name and default port; None where it cannot be a host."""
    host = host.rpartition("@")[2].strip().lower()
    name, colon, port = host.partition(":")
    if colon and port and not (port.isascii() and port.isdigit() and int(port) < 65536):
        return None
    if not _PLAIN_HOST.match(name):
        try:
            name = name.encode("idna").decode("ascii").lower()
        except UnicodeError:
            return None
        if not _PLAIN_HOST.match(name):
            return None
    name = name.rstrip(".")
    if not name or ".." in name:
        return None
    return f"{name}:{port}" if port and port != _PORTS[scheme] else name


def _without_dots(path: str) -> str:
    out: list[str] = []
    parts = path.split("/")[1:]
    for at, part in enumerate(parts):
        if part == "..":
            if out:
                out.pop()
        elif part != ".":
            out.append(part)
            continue
        if at == len(parts) - 1:
            out.append("")
    return "/" + "/".join(out)


def _encode_path(path: str) -> str:
    if _PLAIN_PATH.match(path) and "%" not in path:
        return path
    return quote(_BAD_PERCENT.sub("%25", path), safe="/_-.~%!$&'()*+,;=:@|[]^")


def _encode_query(query: str, charset: str) -> str:
    if _PLAIN_QUERY.match(query):
        return query
    try:
        raw = query.encode(charset)
    except (LookupError, UnicodeEncodeError):
        raw = query.encode("utf-8", "replace")
    return quote_from_bytes(raw, safe="/_-.~%!$&'()*+,;=:@?[]|{}^`\\")


@lru_cache(maxsize=8192)
def key(url: str) -> int:
    """63-bit key for the seen-set of a canonical address: the scheme, the case of percent codes, the order of the query, default index
    names, cache busters and session ids are merged; `www.` and a trailing slash are not (they may be other pages, and a redirect between
    them must not look like one already read)."""
    rest = url.partition("://")[2] or url
    rest = rest.partition("#")[0]
    path, _, query = rest.partition("?")
    path = _INDEX.sub("/", _SESSION_PATH.sub("", path))
    if "%" in path:
        path = unquote_to_bytes(path).decode("utf-8", "surrogateescape")
    if query:
        query = _BUSTER.sub("", _SESSION_QUERY.sub("", query)).strip("&")
        query = "&".join(sorted(part for part in query.split("&") if part))
    text = f"{path}?{query}" if query else path
    digest = hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


@lru_cache(maxsize=8192)
def host(url: str) -> str:
    """Host name in lower case without port ("" where there is none)."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def path(url: str) -> str:
    """Path with query of a canonical address: what follows the host."""
    rest = url.partition("://")[2]
    cut = rest.find("/")
    return rest[cut:] if cut >= 0 else "/"


def segments(url: str) -> int:
    """Number of filled path segments: 0 for a home page, 2 for /zwgk/index.html."""
    return sum(1 for part in path(url).partition("?")[0].split("/") if part)


def rank(url: str) -> tuple[int, str]:
    """Order that breaks ties between addresses: fewest path segments, then the smallest address."""
    return (segments(url), url)


@lru_cache(maxsize=256)
def _root(url: str) -> str:
    """Address of a host's own folder, as far as resolving goes: whatever of it is odd stays."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{re.split('[/?]', rest, maxsplit=1)[0]}/"


@lru_cache(maxsize=256)
def folder(url: str) -> str:
    """Address up to and with the last slash of its path."""
    plain = url.partition("?")[0]
    scheme_end = plain.find("://") + 3
    cut = plain.rfind("/")
    return plain[: cut + 1] if cut >= scheme_end else plain + "/"


def without_www(name: str) -> str:
    """Host without a leading `www.`, for comparing twins."""
    return name[4:] if name.startswith("www.") else name
