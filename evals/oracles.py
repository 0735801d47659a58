"""Truth of stored answers, read from the answer itself by the field names that its manifest gives; knows nothing of how we read them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from lxml import html as dom

from govcrawl.text import doc_number

_TAG = re.compile(r"</?[a-zA-Z][^>]*>")
_RECORD = re.compile(r"<record><!\[CDATA\[(.*?)\]\]></record>", re.S)
_DAY = re.compile(r"(?:19|20)\d{2}-\d{2}-\d{2}")
_LETTER = re.compile(
    r"originalId:'(?P<number>[^']*)'.*?letterTypeName:'(?P<type>[^']*)'.*?\bletterTitle:'(?P<subject>[^']*)'.*?createDate:'(?P<asked>[^']*)'.*?finishDateReal:'(?P<done>[^']*)'"
)
_CHINA = timedelta(hours=8)


def jpage(source: str, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of a 大汉 jpage answer: one fragment of HTML a record."""
    rows = []
    for block in _RECORD.findall(source):
        piece = dom.fragment_fromstring(block, create_parent="div")
        link = next(iter(piece.iter("a")))
        days = _DAY.findall(piece.text_content())
        base = spec["parent"].partition("/col/")[0]
        href = str(link.get("href"))
        rows.append({
            "title": _clean(link.get("title") or link.text_content()), "url": href if "://" in href else base + href, "date": days[-1] if days else None,
        })  # fmt: skip
    return rows


def from_json(source: str, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of a JSON answer: every object that bears the title's field."""
    names: Mapping[str, str] = spec["fields"]
    found = []
    for row in _objects(json.loads(source), names["title"]):
        out: dict[str, Any] = {}
        for field, name in names.items():
            value = row.get(name)
            if field in ("date", "issued_on"):
                if (when := day(value)) is not None:  # 0 where the platform shows another field
                    out[field] = when
            elif field == "doc_number":
                number = doc_number.parse(_clean(value)) if value else None
                if number is not None or not value:  # 令 and other forms have more than one right spelling
                    out[field] = number.normal if number is not None else None
            else:
                out[field] = _clean(value) or None
        found.append(out)
    return found


def fragments(source: str, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of a jsearch answer whose records are HTML: the title's link leads through a redirect that names its target."""
    rows = []
    for block in json.loads(source)["result"]:
        piece = dom.fragment_fromstring(block, create_parent="div")
        link = next(a for a in piece.iter("a") if _clean(a.text_content()))
        query = parse_qs(urlsplit(str(link.get("href"))).query)
        row: dict[str, Any] = {"title": _clean(html.unescape(link.text_content()))}
        if "url" in query:
            row["url"] = unquote(query["url"][0])
        rows.append(row)
    return rows


def letters(source: str, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of a letter list in JavaScript notation."""
    return [
        {"number": m["number"], "title": m["subject"], "asked_on": day(m["asked"]), "replied_on": day(m["done"])}
        for m in _LETTER.finditer(source)
    ]  # fmt: skip


FORMS: Mapping[str, Callable[[str, Mapping[str, Any]], list[dict[str, Any]]]] = {
    "jpage": jpage, "json": from_json, "fragments": fragments, "letters": letters,
}  # fmt: skip


def objects(source: str) -> list[dict[str, Any]]:
    """JSON objects of a file: one array, or several objects in a row."""
    decoder, at, found = json.JSONDecoder(), 0, []
    while (start := _next(source, at)) is not None:
        value, at = decoder.raw_decode(source, start)
        found += value if isinstance(value, list) else [value]
    return found


def _next(source: str, at: int) -> int | None:
    match = re.compile(r"[\[{]").search(source, at)
    return match.start() if match else None


def _objects(data: Any, name: str) -> Iterator[Mapping[str, Any]]:
    if isinstance(data, dict):
        if isinstance(data.get(name), str):
            yield data
            return
        for value in data.values():
            yield from _objects(value, name)
    elif isinstance(data, list):
        for value in data:
            yield from _objects(value, name)


def day(value: Any) -> str | None:
    """ISO day in China of a date text, or of epoch seconds or milliseconds."""
    if isinstance(value, str) and value.lstrip("-").isdigit() and len(value) >= 9:
        value = int(value)
    if isinstance(value, int):
        seconds = value / 1000 if abs(value) > 10**11 else value
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds) + _CHINA).date().isoformat() if value else None
    found = re.search(r"((?:19|20)\d{2})[-./年](\d{1,2})[-./月](\d{1,2})", value) if isinstance(value, str) else None
    return f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}" if found else None


def _clean(value: Any) -> str:
    return " ".join(html.unescape(_TAG.sub("", value)).split()) if isinstance(value, str) else ""
