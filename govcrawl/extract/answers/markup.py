"""Rows of a list that come as HTML: 大汉 jpage records, result boxes of jsearch, fragments, static copies inside a comment, RSS and plain XML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import lxml.html
from lxml import etree

from govcrawl.extract import row_dates
from govcrawl.extract.answers import fields, values
from govcrawl.text import doc_number, normalise

Element = etree._Element

_RECORD = re.compile(r"<record>", re.I)
"""Matches "<record>", not "<recordset>"."""
_RECORD_END = re.compile(r"</record>", re.I)
"""Matches "</record>", not "</recordset>"."""
_TOTAL = re.compile(r"<totalrecord>\s*(\d+)\s*</totalrecord>", re.I)
"""Matches "<totalrecord>756</totalrecord>", not "<totalpage>"."""
_NEXT = re.compile(r"<nextgroup>(.{0,2000}?)</nextgroup>", re.S | re.I)
"""Matches "<nextgroup><![CDATA[<a href=\"/dataproxy.jsp?page=2\"></a>]]></nextgroup>", not "<pregroup>"."""
_HREF = re.compile(r"href\s*=\s*[\"']([^\"'<>]+)[\"']", re.I)
"""Matches 'href="/a?page=2"', not "href=a"."""
_NAMED_TITLE = re.compile(r"title|\bbt\b|\btit\b", re.I)
"""Classes of a result's title: matches "jcse-news-title", not "jcse-news-abs"."""
_LARGEST = 5_000_000
_NUMBER_LENGTH = 40


def records(source: str) -> list[str]:
    """Contents of `<record>` elements (`<record><![CDATA[<li>…</li>]]></record>`)."""
    out: list[str] = []
    for piece in _RECORD.split(source)[1:]:
        end = _RECORD_END.search(piece)
        if end is not None:
            out.append(piece[: end.start()].strip().removeprefix("<![CDATA[").removesuffix("]]>"))
    return out


def total(source: str) -> int | None:
    found = _TOTAL.search(source)
    return int(found[1]) if found else None


def next_window(source: str) -> str | None:
    """Link to the next slice that a jpage answer holds, as printed."""
    group = _NEXT.search(source)
    found = _HREF.search(group[1]) if group else None
    return found[1].replace("&amp;", "&") if found else None


def boxes(pieces: Iterable[str], base: str, today: str) -> list[dict[str, Any]]:
    """Rows of an answer whose results are one piece of HTML each; a piece that holds several rows gives them all."""
    out: list[dict[str, Any]] = []
    for piece in pieces:
        root = _root(piece)
        if root is None:
            continue
        inner = _rows(root)
        row = _row(root, base, today) if len({_target(a) for a in _anchors(root)}) == 1 or len(inner) < 2 else None
        out += [row] if row else rows(piece, base, today)
    return out


def rows(source: str, base: str, today: str) -> list[dict[str, Any]]:
    """Rows of a fragment: its list items, table rows, definitions or paragraphs that hold a link."""
    root = _root(source)
    return [row for el in _rows(root) if (row := _row(el, base, today))] if root is not None else []


def feed(source: str, base: str, today: str) -> list[dict[str, Any]]:
    """RSS and plain XML lists: any repeated element with a title and a link."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(source.encode("utf-8", "replace")[:_LARGEST], parser=parser)
    except etree.XMLSyntaxError:
        return []
    out: list[dict[str, Any]] = []
    for el in root.iter() if root is not None else ():
        if not isinstance(el.tag, str) or _local(el).lower() in ("channel", "feed"):
            continue
        children = {_local(c): (c.text or c.get("href") or "") for c in el if isinstance(c.tag, str)}
        record, family = fields.flat(children), fields.general()
        title, url = fields.shown(record, family, "title"), fields.address(record, family, base)
        if title and url:
            day, raw = fields.day(record, family, "published", today)
            out.append({"title": title, "url": url, "published_on": day, "date_raw": raw})
    return out


def _local(el: Element) -> str:
    """Name of an element without its namespace; broken feeds have names (`:title`) that lxml's own QName refuses."""
    return str(el.tag).rpartition("}")[2].rpartition(":")[2]


def _root(source: str) -> Element | None:
    if not source.strip():
        return None
    if "<tr" in source[:200].lower() and "<table" not in source[:200].lower():
        source = f"<table>{source}</table>"
    try:
        return lxml.html.fragment_fromstring(source[:_LARGEST], create_parent="div")
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _rows(root: Element) -> list[Element]:
    for tag in ("li", "tr", "dl", "dd", "p"):
        found = [el for el in root.iter(tag) if el.find(".//a[@href]") is not None and el.find(f".//{tag}") is None]
        if found:
            return found
    top = [el for el in root if isinstance(el.tag, str)]
    while len(top) == 1 and len(top[0]) > 1:
        top = [el for el in top[0] if isinstance(el.tag, str)]
    return top or [root]


def _anchors(row: Element) -> list[Element]:
    return [a for a in row.iter("a") if a.get("href")]


def _target(a: Element) -> str:
    return (a.get("href") or "").strip()


def _row(row: Element, base: str, today: str) -> dict[str, Any] | None:
    a = _title_link(row)
    if a is None:
        return None
    text = _line(a)
    shown = normalise.squeeze(a.get("title") or "")
    title = values.text(shown if shown and (len(shown) > len(text) or text.endswith(("...", "…"))) else text)
    url = values.address(a.get("href"), base)
    if not title:
        return None
    rest = normalise.squeeze(" \n ".join(row.itertext())).replace(text, "\n", 1)
    for other in _anchors(row):  # the abstract of a result is a link to the same page, and full of other days
        if other is not a and _target(other) == _target(a):
            rest = rest.replace(_line(other), "\n", 1)
    found = row_dates.row_date(rest, values.own_address(url), today)
    out: dict[str, Any] = {"title": title, "url": url, "published_on": found[0] if found else None, "date_raw": found[1] if found else None}
    number = _number(row, a)
    if number:
        out["doc_number"], out["doc_number_raw"] = fields.number(number)
    return out


def _title_link(row: Element) -> Element | None:
    """The link that is the row's title: by its class, else the first of those to the page that has the longest text."""
    linked = [(a, _line(a)) for a in _anchors(row)]
    if row.tag == "a" and row.get("href"):
        linked.append((row, _line(row)))
    linked = [(a, text) for a, text in linked if text or a.get("title")]
    if not linked:
        return None
    for a, text in linked:
        above = a.getparent()
        classes = " ".join(str(el.get("class") or "") for el in (a, above) if el is not None)
        if len(text) >= 4 and _NAMED_TITLE.search(classes):
            return a
    longest = max(linked, key=lambda pair: len(pair[1]))[0]
    return next(a for a, text in linked if _target(a) == _target(longest) and (len(text) >= 4 or a is longest))


def _number(row: Element, title: Element) -> str:
    """A document number that stands in an element of its own: `<td>清政发〔2026〕3号</td>`; its title names other documents."""
    for el in row.iter("td", "span", "i", "em", "b", "p", "div"):
        if el.find(".//a") is not None or any(up is title for up in el.iterancestors()):
            continue
        shown = _line(el)
        if "号" in shown and len(shown) <= _NUMBER_LENGTH and (found := doc_number.parse(shown)) is not None and found.raw in shown:
            return found.raw
    return ""


def _line(el: Element) -> str:
    """Text in one line; marks inside a word (`<em>通</em><em>知</em>`) leave no blank."""
    return normalise.squeeze("".join(el.itertext()))
