"""List answers that are no page: 大汉 jpage and jsearch, UCAP, gkmlpt, TRS 海贝, policy libraries, letter boards, whatever a script asks for.

    answers.read(body, headers, url)    Answer: rows as plain dictionaries, the claimed total, the request that follows
    answers.block(answer, own_hosts)    the rows as the main list of a page

A row says `title`, `url`, `published_on`, `issued_on`, `doc_number`, `doc_number_raw`, `index_number`, `issuer`; a letter's row `number`,
`asked_on`, `replied_on`, `replier`, `state`, `channel` besides. What the record does not say is null.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from govcrawl.extract import lists
from govcrawl.extract.answers import board, fields, loose, markup, paging, shapes, tables, values
from govcrawl.extract.answers.fields import Family, Record
from govcrawl.extract.answers.heard import FOLLOWED, Heard, is_listed, is_shown
from govcrawl.extract.answers.tables import Table
from govcrawl.model.facts import ListBlock, ListEntry
from govcrawl.page import addresses, encoding

__all__ = [
    "Answer",
    "Heard",
    "block",
    "commented",
    "documents",
    "inline",
    "is_list",
    "kind_of",
    "letters",
    "overheard",
    "read",
    "read_text",
]

_JSONP = re.compile(r"\s*(?:var\s+)?[\w$.]+\s*(?:\(|=)\s*[\[{]")
"""The start of 'callback({"a":1});' and 'var rows = [{', not of '{"a":1}' nor of "<li>"."""
_FRAGMENT = re.compile(r"<(?:li|tr|ul|dl|div)\b")
"""Matches "<li class=a>", not "<link>"."""
_COMMENTED_ROW = re.compile(r"<(?:li|tr|dd)\b[^>]*>.{0,600}?<a\b", re.S | re.I)
"""A row of a static copy inside a comment: matches "<li>\\n<a", not "<li>text</li>"."""
_SAID = ("title", "url", "published_on", "issued_on", "doc_number", "doc_number_raw", "index_number", "issuer")


@dataclass(slots=True)
class Answer:
    """What a list endpoint answered."""

    kind: str
    """json, xml, fragment."""
    family: str = ""
    """CMS by its fingerprint (gkmlpt, jsearch, zhengcelibrary, ucap, haibei, letters, jpage); "" where none is known."""
    rows: list[dict[str, Any]] = field(default_factory=list)
    total: int | None = None
    """Rows of the whole list as the answer claims."""
    next: paging.Request | None = None
    """(address, POST body or null, walk) of the request that gives further rows; null at the end."""


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
    if _JSONP.match(start) and "<" not in start[:20]:
        return "json"
    if lower.startswith("<?xml"):
        return "xml"
    if media_type in ("application/json", "text/json") and start:
        return "json"
    if _FRAGMENT.match(lower) and "<body" not in source.lower():
        return "fragment"
    return None


def read(
    body: bytes,
    headers: Mapping[str, str],
    url: str,
    *,
    form: str | None = None,
    base: str | None = None,
    today: str = "",
    walk: str | None = None,
) -> Answer | None:
    """The list an answer holds; null for a page, None-rows for data without a list.

    Args:
        url: address that was asked; `form` what was posted to it.
        base: the column's first page, which relative links are resolved against.
        today: ISO day of the fetch, for relative words and days without a year.
        walk: `Context.paging` of the request.
    """
    source, _ = encoding.decode(body, headers)
    kind = kind_of(headers.get("content-type", "").partition(";")[0].strip().lower(), source)
    return read_text(kind, source, url, form=form, base=base, today=today, walk=walk) if kind is not None else None


def read_text(
    kind: str, source: str, url: str, *, form: str | None = None, base: str | None = None, today: str = "", walk: str | None = None
) -> Answer:
    """As `read`, of text whose kind is known."""
    out = Answer(kind)
    page: tuple[str, ...] = ()
    link: str | None = None
    base = base or url
    if kind == "xml":
        pieces = markup.records(source)
        out.total, out.family = markup.total(source), "jpage" if pieces else ""
        out.rows = markup.rows("".join(pieces), base, today) if pieces else markup.feed(source, base, today)
        following = markup.next_window(source)
        link = addresses.canonical(following, url) if following else None
    elif kind == "fragment":
        out.rows = markup.rows(source, base, today)
    else:
        page = _from_data(loose.load(source), out, base, today)
    out.rows = _distinct(out.rows)
    out.next = paging.onward(url, form, out.rows, out.total, link, page, paging.load(walk) if walk else None)
    return out


def _from_data(data: Any, out: Answer, base: str, today: str) -> tuple[str, ...]:
    """Fill an answer from parsed data; gives the page parameters of its CMS."""
    if not isinstance(data, (Mapping, list)):
        return ()
    table = tables.find(data)
    if table is not None:
        out.family, out.total = table.family.name, table.total
        out.rows = _rows(table, base, today)
        return table.family.page
    pieces = [text for text in tables.strings(data) if "<a" in text and "href" in text]
    out.rows = markup.boxes(pieces, base, today)
    out.total = tables.claimed(data)
    return ()


def _rows(table: Table, base: str, today: str) -> list[dict[str, Any]]:
    records, family = table.records, table.family
    if family.name == "letters":
        return [row for record in records if (row := board.row(record, family, base, today))["title"]]
    missing = [role for role in fields.ROLES if not any(_says(record, family, role, today) for record in records)]
    told = shapes.roles(records, missing) if missing and any(map(shapes.is_opaque, table.keys)) else {}
    if told:
        names = {role: (*family.names.get(role, ()), told[role]) if role in told else family.names.get(role, ()) for role in fields.ROLES}
        family = Family(family.name, names, family.page)
    return [row for record in records if (row := _row(record, family, base, today))["title"]]


def _says(record: Record, family: Family, role: str, today: str) -> bool:
    if role in ("published", "issued"):
        return fields.day(record, family, role, today)[0] is not None
    return bool(fields.address(record, family, "http://a/") if role == "url" else fields.shown(record, family, role))


def _row(record: Record, family: Family, base: str, today: str) -> dict[str, Any]:
    published, raw = fields.day(record, family, "published", today)
    issued, _ = fields.day(record, family, "issued", today)
    number, number_raw = fields.number(fields.shown(record, family, "doc_number"))
    return {
        "title": fields.shown(record, family, "title"), "url": fields.address(record, family, base), "published_on": published, "date_raw": raw,
        "issued_on": issued, "doc_number": number, "doc_number_raw": number_raw, "index_number": fields.shown(record, family, "index_number") or None,
        "issuer": fields.shown(record, family, "issuer") or None,
    }  # fmt: skip


def _distinct(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows once (windows of jpage overlap), every row with all its names."""
    out: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        identity = (
            (row.get("number"), row["url"] or row["title"]) if row.get("number") or row["url"] else (row["title"], row.get("published_on"))
        )
        out.setdefault(identity, dict.fromkeys(_SAID) | row)
    return list(out.values())


# -- what the reading makes of it --------------------------------------------------------------


def block(answer: Answer, own_hosts: frozenset[str]) -> ListBlock | None:
    """The rows as a page's main list; null where there are none."""
    return _block(answer.rows, own_hosts)


def _block(rows: Sequence[dict[str, Any]], own_hosts: frozenset[str]) -> ListBlock | None:
    entries = []
    for row in rows:
        url = values.own_address(row["url"])
        host = addresses.host(row["url"])
        day = board.last_day(row) if "asked_on" in row else row["published_on"]
        entries.append(
            ListEntry(
                url=url, title=row["title"], date=day, date_raw=row.get("date_raw") or day, outside=bool(host) and host not in own_hosts
            )
        )
    return ListBlock(title=None, more_url=None, region="body", entries=lists.distinct(entries), main=True) if entries else None


def letters(answer: Answer, url: str) -> list[dict[str, Any]]:
    """Records of a board's answered letters that have no page of their own; `url` is the board's."""
    return board.items(answer.rows, url) if answer.family == "letters" else []


def documents(answer: Answer) -> dict[str, dict[str, str]]:
    """Address → what the answer says of a document beyond its title: a supplement for the record of the page itself, never one by itself."""
    out: dict[str, dict[str, str]] = {}
    for row in answer.rows:
        said = {name: row[name] for name in ("doc_number_raw", "index_number", "issuer", "issued_on") if row.get(name)}
        if values.own_address(row["url"]) and (said.keys() - {"issuer"}):
            out[row["url"]] = said
    return out


def is_list(heard: Heard) -> bool:
    """Whether a script's answer holds a list at all: what else it fetched need not be kept."""
    found = read(heard.body, {"content-type": heard.media_type}, heard.url)
    return found is not None and len(found.rows) >= 2


def overheard(
    heard: Sequence[Heard], text: str, listed: Sequence[ListBlock], url: str, today: str, own_hosts: frozenset[str]
) -> list[tuple[ListBlock | None, tuple[str, str | None]]]:
    """The lists that a rendered page shows, by what its scripts fetched: (rows that its links do not give, request that gives them again).

    Args:
        text: the page's visible text; `listed`: its lists of links; `url`: its address.
    """
    out: list[tuple[int, int, ListBlock | None, tuple[str, str | None]]] = []
    titles = [entry.title for found in listed for entry in found.entries]
    for one in heard:
        address = addresses.canonical(one.url, url)
        answer = read(one.body, {"content-type": one.media_type}, one.url, form=one.form, base=url, today=today)
        if not address or addresses.host(address) not in own_hosts or answer is None or len(answer.rows) < 2:
            continue
        if is_shown(answer.rows, text) and all((address, one.form) != request for *_, request in out):
            drawn = None if is_listed(answer.rows, titles) else block(answer, own_hosts)
            dated = sum(1 for row in answer.rows if row["published_on"] or row.get("asked_on"))
            out.append((dated, len(answer.rows), drawn, (address, one.form)))
    out.sort(key=lambda row: (-row[0], -row[1]))
    # beside a list of dated rows, one without any is a menu
    return [(drawn, request) for dated, _, drawn, request in out[:FOLLOWED] if dated or not out[0][0]]


def inline(scripts: Sequence[str], base: str, today: str, own_hosts: frozenset[str]) -> ListBlock | None:
    """First rows of a jpage list, which stand in the page inside <script type="text/xml"><datastore>…"""
    pieces = [piece for text in scripts if "<record" in text for piece in markup.records(text)]
    return _block(_distinct(markup.rows("".join(pieces), base, today)), own_hosts) if pieces else None


def commented(comments: Sequence[str], base: str, today: str, own_hosts: frozenset[str]) -> ListBlock | None:
    """A list whose static copy stands in a comment while a script draws the visible one (开普 UCAP): the comment with the pager's call."""
    for comment in comments:
        if "reatePage" in comment and len(_COMMENTED_ROW.findall(comment)) >= 2:
            rows = _distinct(markup.rows(comment, base, today))
            if sum(1 for row in rows if row["published_on"]) >= 2:
                return _block(rows, own_hosts)
    return None
