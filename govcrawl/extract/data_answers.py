"""List answers that are no page: 大汉 jpage XML (`<li>` or `<tr>` in CDATA), JSON arrays of records, HTML fragments.

They become one main list, so that a column drawn by script has its entries without a browser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import lxml.html
from lxml import etree

from govcrawl.extract import lists, row_dates
from govcrawl.model.facts import ListBlock, ListEntry
from govcrawl.page import addresses
from govcrawl.text import dates, normalise

_CDATA = re.compile(r"<record>\s*<!\[CDATA\[(.*?)\]\]>\s*</record>|<record>(.*?)</record>", re.S | re.I)
"""Matches <record><![CDATA[<li>…</li>]]></record>, not <recordset>."""
_TOTAL_XML = re.compile(r"<totalrecord>\s*(\d+)\s*</totalrecord>", re.I)
"""Matches "<totalrecord>756</totalrecord>", not "<totalpage>"."""
_TITLES = (
    "title",
    "doctitle",
    "subject",
    "name",
    "infotitle",
    "vc_title",
    "articletitle",
    "showtitle",
    "lettertitle",
    "newstitle",
    "bt",
    "biaoti",
    "caption",
    "headline",
)
_URLS = (
    "url",
    "link",
    "href",
    "docpuburl",
    "puburl",
    "linkurl",
    "contenturl",
    "doc_pub_url",
    "docurl",
    "visiturl",
    "weburl",
    "staticurl",
    "htmlurl",
    "detailurl",
    "jumpurl",
)
_DATES = (
    "pubdate", "publishtime", "publishdate", "pub_date", "pub_time", "pubtime", "pubtimestr", "display_publish_time", "docreltime", "releasetime", "releasedate", "release_time",
    "fbsj", "fbrq", "publishedtime", "published_at", "publish_time", "publish_date", "date", "time", "docpubtime", "infodate", "showtime", "deploytime", "ptime", "save_time",
)  # fmt: skip
_LATER = (
    "createdate",
    "createtime",
    "crtime",
    "create_time",
    "createdate_time",
    "created",
    "addtime",
    "inputtime",
    "checktime",
    "deploytime",
)
_TOTALS = (
    "total",
    "totalcount",
    "count",
    "totalrecord",
    "totalnum",
    "rowcount",
    "totalrow",
    "totalelements",
    "total_count",
    "recordcount",
    "totalrecords",
    "rows_count",
)
_TAG = re.compile(r"<[^>]{0,500}>")
"""Matches "<em>", not "3<5"."""
_JSONP = re.compile(r"^\s*[\w$.]+\s*\((.*)\)\s*;?\s*$", re.S)
"""Matches 'callback({"a":1});', not '{"a":1}'."""


def kind_of(media_type: str, source: str) -> str | None:
    """`xml`, `json`, `fragment` or None (a page) for an answer, by its first letters rather than by its declared type."""
    start = source[:2000].lstrip("\ufeff \t\r\n")
    if start[:1] in ("{", "["):
        return "json"
    lower = start.lower()
    if "<html" in lower or "<!doctype html" in lower or "<head" in lower:
        return None
    if "<recordset" in lower or "<datastore" in lower or "<record>" in lower:
        return "xml"
    if _JSONP.match(source[:200] + source[-5:]) and ("{" in start[:200] or "[" in start[:200]) and "<" not in start[:20]:
        return "json"
    if lower.startswith("<?xml") and "<html" not in lower and "<!doctype html" not in lower:
        return "xml"
    if media_type in ("application/json", "text/json") and start:
        return "json"
    if re.match(r"<(?:li|tr|ul|dl|div)\b", lower) and "<html" not in lower and "<body" not in source.lower():
        return "fragment"
    return None


def read(
    kind: str, source: str, url: str, parent: str | None, today: str, own_hosts: frozenset[str]
) -> tuple[ListBlock | None, int | None]:
    """(main list, claimed total) of a data answer. `parent`: the column's first page; relative links are resolved against it."""
    base = parent or url
    if kind == "xml":
        found = _TOTAL_XML.search(source)
        total = int(found[1]) if found else None
        pieces = [a or b for a, b in _CDATA.findall(source)]
        if not pieces:
            return _from_feed(source, base, today, own_hosts), total
        return _from_html("".join(pieces), base, today, own_hosts), total
    if kind == "fragment":
        return _from_html(source, base, today, own_hosts), None
    data = _load(source)
    if data is None:
        return None, None
    rows = max(_arrays(data), key=_score, default=[])
    total = _find_total(data)
    if not rows or _score(rows) == 0:
        html = max((v for v in _strings(data) if "<a" in v and "href" in v), key=len, default="")
        return (_from_html("".join(v for v in _strings(data) if "<a" in v), base, today, own_hosts) if html else None), total
    entries = [entry for row in rows if (entry := _from_record(row, base, today, own_hosts))]
    return (ListBlock(title=None, more_url=None, region="body", entries=lists.distinct(entries), main=True) if entries else None), total


def inline(scripts: list[str], base: str, today: str, own_hosts: frozenset[str]) -> ListBlock | None:
    """First rows of a jpage list, which stand in the page inside <script type="text/xml"><datastore>…"""
    pieces = [a or b for text in scripts if "<record" in text for a, b in _CDATA.findall(text)]
    return _from_html("".join(pieces), base, today, own_hosts) if pieces else None


def _load(source: str) -> Any:
    text = source.strip().lstrip("\ufeff")
    wrapped = _JSONP.match(text)
    if wrapped and text[0] not in "{[":
        text = wrapped[1]
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _arrays(data: Any, depth: int = 0) -> Iterator[list[dict[str, Any]]]:
    if depth > 8:
        return
    if isinstance(data, list):
        rows = [row for row in data if isinstance(row, dict)]
        if rows:
            yield rows
            inner = [row["data"] for row in rows if isinstance(row.get("data"), dict)]
            if len(inner) == len(rows):
                yield inner
            for row in rows[:50]:
                yield from _arrays(list(row.values()), depth + 1)
        else:
            for value in data:
                if isinstance(value, (dict, list)):
                    yield from _arrays(value, depth + 1)
    elif isinstance(data, dict):
        for value in data.values():
            if isinstance(value, (dict, list)):
                yield from _arrays(value, depth + 1)


def _score(rows: list[dict[str, Any]]) -> int:
    """How many rows look like list entries: a title and an address or a date."""
    good = 0
    for row in rows:
        lower = {k.lower(): v for k, v in row.items() if isinstance(k, str)}
        title = any(isinstance(lower.get(name), str) and lower[name].strip() for name in _TITLES)
        address = any(isinstance(lower.get(name), str) and lower[name].strip() for name in _URLS)
        if title and (address or any(lower.get(name) for name in _DATES)):
            good += 1
    return good


def _strings(data: Any, depth: int = 0) -> Iterator[str]:
    if depth > 6:
        return
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _strings(value, depth + 1)
    elif isinstance(data, list):
        for value in data:
            yield from _strings(value, depth + 1)


def _find_total(data: Any, depth: int = 0) -> int | None:
    if depth > 4 or not isinstance(data, dict):
        return None
    for name, value in data.items():
        if name.lower() in _TOTALS and isinstance(value, (int, str)) and not isinstance(value, bool) and str(value).isdigit():
            return int(value)
    for value in data.values():
        found = _find_total(value, depth + 1)
        if found is not None:
            return found
    return None


def _from_record(row: dict[str, Any], base: str, today: str, own_hosts: frozenset[str]) -> ListEntry | None:
    lower = {k.lower(): v for k, v in row.items() if isinstance(k, str)}
    title = next(
        (normalise.squeeze(_TAG.sub("", lower[name])) for name in _TITLES if isinstance(lower.get(name), str) and lower[name].strip()), ""
    )
    if not title:
        return None
    href = next((lower[name] for name in _URLS if isinstance(lower.get(name), str) and lower[name].strip()), "")
    url = (addresses.canonical(href, base) or "") if href else ""
    value, raw = None, None
    for name in (*_DATES, *_LATER):
        stored = lower.get(name)
        if stored in (None, "", 0) or isinstance(stored, (dict, list, bool)):
            continue
        text = str(stored).strip()
        value = (
            dates.from_epoch(text) if re.fullmatch(r"\d{10}|\d{13}", text) else dates.parse_day(text) or dates.parse_relative(text, today)
        )
        if value:
            raw = text
            break
    host = addresses.host(url)
    return ListEntry(url=url, title=title, date=value, date_raw=raw, outside=bool(host) and host not in own_hosts)


def _from_html(source: str, base: str, today: str, own_hosts: frozenset[str]) -> ListBlock | None:
    if not source.strip():
        return None
    if "<tr" in source[:200].lower() and "<table" not in source[:200].lower():
        source = f"<table>{source}</table>"
    try:
        root = lxml.html.fragment_fromstring(source[:5_000_000], create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    entries: list[ListEntry] = []
    for row in _rows(root):
        anchors = [a for a in row.iter("a") if a.get("href")]
        if not anchors:
            continue
        a = max(anchors, key=lambda el: len(_shown(el)))
        text = _shown(a)
        if not text:
            continue
        shown = normalise.squeeze(a.get("title") or "")
        title = shown if len(shown) > len(text) or text.endswith("...") and shown else text
        rest = normalise.squeeze(_text(row)).replace(text, "\n", 1)
        url = addresses.canonical(a.get("href") or "", base) or ""
        found = row_dates.row_date(rest, url, today)
        host = addresses.host(url)
        entries.append(
            ListEntry(
                url=url,
                title=title,
                date=found[0] if found else None,
                date_raw=found[1] if found else None,
                outside=bool(host) and host not in own_hosts,
            )
        )
    return ListBlock(title=None, more_url=None, region="body", entries=lists.distinct(entries), main=True) if entries else None


def _rows(root: etree._Element) -> list[etree._Element]:
    for tag in ("li", "tr", "dl", "dd", "p"):
        rows = [el for el in root.iter(tag) if el.find(".//a[@href]") is not None and el.find(f".//{tag}") is None]
        if rows:
            return rows
    top = [el for el in root if isinstance(el.tag, str)]
    while len(top) == 1 and len(top[0]) > 1:
        top = [el for el in top[0] if isinstance(el.tag, str)]
    return top or [root]


def _shown(el: etree._Element) -> str:
    return normalise.squeeze(_text(el))


def _text(el: etree._Element) -> str:
    return " ".join(el.itertext())


def _from_feed(source: str, base: str, today: str, own_hosts: frozenset[str]) -> ListBlock | None:
    """RSS and plain XML lists: any repeated element with a title and a link."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(source.encode("utf-8", "replace")[:5_000_000], parser=parser)
    except etree.XMLSyntaxError:
        return None
    if root is None:
        return None
    entries: list[ListEntry] = []
    for el in root.iter():
        children = {etree.QName(c).localname.lower(): (c.text or c.get("href") or "") for c in el if isinstance(c.tag, str)}
        if not any(children.get(name) for name in _TITLES) or not any(children.get(name) for name in _URLS):
            continue
        entry = _from_record({**children}, base, today, own_hosts)
        if entry and el.tag not in ("channel", "feed"):
            entries.append(entry)
    return ListBlock(title=None, more_url=None, region="body", entries=lists.distinct(entries), main=True) if entries else None
