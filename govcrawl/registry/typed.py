"""An address as a person types or prints it, made one that can be asked."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, quote, urlsplit

from govcrawl.text import normalise


class WrongValueError(ValueError):
    """A value that a field cannot have; the message is the reason."""


_HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z|localhost\Z")
"""Matches "www.qinghe.gov.cn", "xn--55qx5d.xn--zfr164b" and "127.0.0.1", not "清河" nor "www..cn"."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.I)
_SLASHES_MISSING = re.compile(r"https?:(?!//)", re.I)
"""Matches "http:/www.qinghe.gov.cn", not "http://www.qinghe.gov.cn" nor "https.gov.cn"."""
_TWICE = re.compile(r"https?://https?:", re.I)
_WRAPPED = "“”\"'‘’<>《》「」"
_ENDS = "，,；;。、"
_SEVERAL = re.compile(r"[、,，;；\s]")
_USER = re.compile(r"//[^/?#]*@")
_BARE_V6 = re.compile(r"[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:/|\Z)", re.I)
"""Matches "2001:db8::1", not "www.qinghe.gov.cn:8080"."""


def home_address(text: str) -> str:
    """Absolute address as typed or printed: scheme optional, host in lower case, no fragment, path percent-encoded once.

    Full-width letters and stops (`ｗｗｗ。`), quotes around it and a stop behind it are what an input method leaves; they fall away.

    Raises:
        WrongValueError: it is none, with the reason.
    """
    plain = _evened(normalise.squeeze(text).strip(_WRAPPED).rstrip(_ENDS))
    if not plain:
        raise WrongValueError("网址为空")
    parts = _split(plain)
    scheme = parts.scheme.lower()
    if scheme not in ("http", "https"):
        raise WrongValueError(f"不支持的协议 {parts.scheme}")
    if "@" in parts.netloc:
        raise WrongValueError("网址中不要写用户名和密码")
    if not parts.hostname:
        raise WrongValueError(f"“{plain}”中没有域名")
    host, port = _host(parts.hostname), _port(parts)
    place = host if port is None or port == {"http": 80, "https": 443}[scheme] else f"{host}:{port}"
    path = quote(parts.path or "/", safe="/_-.~%!$&'()*+,;=:@")
    query = f"?{quote(parts.query, safe='/_-.~%!$&()*+,;=:@?')}" if parts.query else ""
    return f"{scheme}://{place}{path}{query}"


def shown(text: str) -> str:
    """An address as it may be said again: without a password that was typed into it."""
    return _USER.sub("//……@", text)


def _evened(text: str) -> str:
    """Scheme and host in ordinary characters; the path stays as it is, `（` in a file's name is another character than `(`."""
    even = normalise.even(text)
    start = even.find("://") + 3 if "://" in even else 0
    end = even.find("/", start)
    end = len(even) if end < 0 else end
    return even[:end].replace("。", ".") + text[end:].replace("／", "/")


def _split(plain: str) -> SplitResult:
    authority = re.split(r"[/?#]", plain.partition("://")[2] if "://" in plain else plain)[0]
    if _TWICE.match(plain) or _SLASHES_MISSING.match(plain):
        raise WrongValueError(f"“{plain}”的协议写法有误，应如 http://www.example.gov.cn/")
    if _BARE_V6.match(plain) or "[" in authority:
        raise WrongValueError(f"“{plain}”：不能直接用 IPv6 地址检查，请写域名")
    if len([piece for piece in _SEVERAL.split(authority) if "." in piece]) > 1:
        raise WrongValueError(f"“{shown(plain)}”是几个网址，一处只能写一个")
    if re.search(r"\s", plain):
        raise WrongValueError(f"“{shown(plain)}”中有空格")
    try:
        return urlsplit(plain if _SCHEME.match(plain) else "http://" + plain.lstrip("/"))
    except ValueError:
        raise WrongValueError(f"“{shown(plain)}”写法有误") from None


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise WrongValueError(f"端口“{parts.netloc.rpartition(':')[2]}”有误，应为 1 至 65535 的整数")
    return port


def _host(text: str) -> str:
    host = text.strip().rstrip(".").lower()
    if not host.isascii():
        # the codec takes any sign: “www.a.gov.cn” in quotes would become another name
        odd = next((c for c in host if not (c.isalnum() or c in ".-_")), None)
        try:
            host = host.encode("idna").decode("ascii") if odd is None else ""
        except UnicodeError:
            host = ""
    if not _HOST.match(host):
        raise WrongValueError(f"“{text}”不是域名")
    if host.rpartition(".")[2].isdigit() and not _is_v4(host):
        raise WrongValueError(f"“{text}”不是域名，也不是 IP 地址")
    return host


def _is_v4(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True
