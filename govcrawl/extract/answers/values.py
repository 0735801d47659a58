"""Single values of data answers: titles with marks of highlighting, days in a dozen spellings, links behind a redirect."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from govcrawl.page import addresses
from govcrawl.text import dates, normalise

_MARK_UP = re.compile(
    r"</?(?:em|font|span|b|i|u|strong|mark|a|br|p|div|img|sup|sub|h[1-6]|big|small|label|script|style)(?=[\s/>])[^<>]{0,500}>", re.I
)
"""Matches "<em>", "<font color='red'>", not "<环境损害司法鉴定执业分类规定>" nor "3<5"."""
_EPOCH = re.compile(r"-?\d{9,10}|\d{12,13}")
"""fullmatch of seconds and milliseconds since 1970: matches "1636700507" and "1365523200000", not "20211112"."""
_WRAPPED_EPOCH = re.compile(r"/?Date\((\d{12,13})(?:[+-]\d{4})?\)/?")
"""Matches "/Date(1636700507000+0800)/", not "Date()"."""
_REDIRECT = re.compile(r"link|visit|redirect|jump|goto|forward|click|transfer", re.I)
"""Paths that lead on: matches "visit/link.do", not "/art/1.html"."""
_TARGETS = ("url", "target", "link", "redirect", "redirecturl", "href", "to", "u")
_ROUTE = re.compile(r"#(?:!|/)[^\s]*$")
"""A page inside a script-drawn shell: matches "#/policy-file-detail?policyId=1", not "#top"."""
_COUNT = re.compile(r"\d{1,9}")
"""fullmatch of "756", not "-1" nor "7.5"."""


def text(value: Any) -> str:
    """A value as one line without mark-up; doubly escaped marks (`&amp;lt;`) are undone. "" for what is no text."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    shown = str(value)
    for _ in range(3):
        before = shown
        if "<" in shown:
            shown = _MARK_UP.sub("", shown)
        if "&" in shown:
            shown = html.unescape(shown)
        if shown == before:
            break
    return normalise.squeeze(shown)


def day(value: Any, today: str = "") -> str | None:
    """ISO day of a value: text, seconds or milliseconds since 1970, Java's and .NET's own forms. Null for 0 and for what is no day."""
    if isinstance(value, dict):
        return day(value.get("time"), today) if isinstance(value.get("time"), (int, str)) else None
    if isinstance(value, list):
        parts = [part for part in value[:3] if isinstance(part, int) and not isinstance(part, bool)]
        return dates.parse_day("-".join(str(part) for part in parts)) if len(parts) == 3 else None
    if isinstance(value, float):
        value = int(value) if value.is_integer() else ""
    shown = text(value)
    if not shown or shown == "0":
        return None
    wrapped = _WRAPPED_EPOCH.fullmatch(shown)
    if wrapped is not None:
        return dates.from_epoch(wrapped[1])
    if _EPOCH.fullmatch(shown):
        return dates.from_epoch(shown)
    return dates.parse_day(shown) or (dates.parse_relative(shown, today) if today else None)


def count(value: Any) -> int | None:
    """A number of rows; null for what is none."""
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    return int(value) if _COUNT.fullmatch(str(value).strip()) else None


def address(value: Any, base: str) -> str:
    """Address a row leads to: behind `visit/link.do?url=…`, with the route of a script-drawn page (`#/detail?id=1`). "" where there is none."""
    if not isinstance(value, str) or not value.strip():
        return ""
    href = value.strip()
    for _ in range(2):
        onward = _behind(href)
        if onward is None:
            break
        href = onward
    found = addresses.canonical(href, base)
    if found is None:
        return ""
    route = _ROUTE.search(href)
    return found + route[0] if route else found


def _behind(href: str) -> str | None:
    """Where a redirect's address leads to."""
    path, mark, query = href.partition("?")
    if not mark or not _REDIRECT.search(path.rsplit("/", 1)[-1] if "://" in path else path):
        return None
    for name, value in parse_qsl(query.partition("#")[0]):
        if name.lower() in _TARGETS and value.startswith(("http://", "https://")) and _host(value):
            return value
    return None


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def own_address(url: str) -> str:
    """The address of a row that can be asked for by itself: "" for a route inside another page, which all rows would share."""
    return "" if "#" in url else url
