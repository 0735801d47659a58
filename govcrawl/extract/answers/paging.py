"""Further pages of a list endpoint: which parameter counts them is found by comparing answers, never believed by its name alone.

The state of such a walk travels with the address (`Context.paging`): each answer decides about the next request, so no two answers need
to be held side by side, and a replay takes the same steps.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, quote_plus

from govcrawl import rulebook
from govcrawl.extract.answers import fields

MAX_PAGES = 200
"""Pages of one list that are asked for."""
_UNKNOWN = 2
"""Parameters of unknown names that are tried."""
_SEEN_ROWS = 60
_NEW_SHARE = 0.5
"""Share of rows that must be new for a parameter to count pages (windows of jpage overlap by less)."""

Request = tuple[str, str | None, str]
"""(address, body of the POST or null, walk)."""


@dataclass(slots=True, frozen=True)
class Walk:
    """Where a walk through an endpoint's pages is."""

    name: str
    """Parameter, dotted inside a JSON body; "" = the answers name the next page themselves."""
    value: int
    """Its value in this request."""
    by: int
    first: int
    """Its value in the first request; -1 = it had none."""
    rows: int
    """Rows before this answer."""
    pages: int = 1
    seen: str = ""
    """Digests of the rows of the answer before."""
    others: tuple[str, ...] = ()
    """Parameters to be tried if this one changes nothing."""

    def dump(self) -> str:
        return json.dumps(
            [self.name, self.value, self.by, self.first, self.rows, self.pages, self.seen, list(self.others)], separators=(",", ":")
        )


def load(text: str) -> Walk | None:
    try:
        name, value, by, first, rows, pages, seen, others = json.loads(text)
    except (ValueError, TypeError):
        return None
    return Walk(name, value, by, first, rows, pages, seen, tuple(others))


def onward(
    url: str, form: str | None, rows: Sequence[dict[str, Any]], total: int | None, link: str | None, page: Sequence[str], walk: Walk | None
) -> Request | None:
    """The request that follows an answer; null where the list is at its end, or nothing more can be told.

    Args:
        link: address of the next page that the answer itself names.
        page: page parameters the CMS takes even where the first request has none.
    """
    digest = _digest(rows)
    if walk is None:
        return _first(url, form, rows, total, link, page, digest)
    fresh = _fresh(digest, walk.seen)
    if not rows or fresh < _NEW_SHARE:
        if walk.pages > 1 or not walk.name:
            return None
        return _other(url, form, walk)
    rows_so_far = walk.rows + len(rows)
    if walk.pages >= MAX_PAGES or (total is not None and rows_so_far >= total):
        return None
    if not walk.name:
        return (link, form, replace(walk, rows=rows_so_far, pages=walk.pages + 1, seen=digest).dump()) if link and link != url else None
    step = replace(walk, value=walk.value + walk.by, rows=rows_so_far, pages=walk.pages + 1, seen=digest)
    return _request(url, form, step)


def _first(
    url: str, form: str | None, rows: Sequence[dict[str, Any]], total: int | None, link: str | None, page: Sequence[str], digest: str
) -> Request | None:
    if len(rows) < 2 or (total is not None and total <= len(rows)):
        return None
    if link and link != url:
        return link, form, Walk("", 0, 0, 0, len(rows), 1, digest).dump()
    found = list(_parameters(url, form, page, known_only=total is None))
    if not found:
        return None
    name, value = found[0]
    by = _step(url, form, name, len(rows))
    return _request(
        url,
        form,
        Walk(
            name,
            (0 if value < 0 and by > 1 else max(value, 1) if value < 0 else value) + by,
            by,
            value,
            len(rows),
            1,
            digest,
            tuple(n for n, _ in found[1:]),
        ),
    )


def _other(url: str, form: str | None, walk: Walk) -> Request | None:
    """The parameter changed nothing: put it back and try the next one."""
    if not walk.others:
        return None
    url, form = _set(url, form, walk.name, walk.first)
    values = dict(_values(url, form))
    name = walk.others[0]
    shown = values.get(name, "")
    value = int(shown) if shown.isdigit() else -1
    by = _step(url, form, name, walk.rows)
    return _request(
        url, form, Walk(name, max(value, 1 if by == 1 and value < 0 else 0) + by, by, value, walk.rows, 1, walk.seen, walk.others[1:])
    )


def _request(url: str, form: str | None, walk: Walk) -> Request:
    url, form = _set(url, form, walk.name, walk.value)
    end = _end_of(walk.name)
    if end is not None and end in dict(_values(url, form)) and walk.by > 1:
        url, form = _set(url, form, end, walk.value + walk.by - 1)
    return url, form, walk.dump()


def _parameters(url: str, form: str | None, page: Sequence[str], *, known_only: bool) -> Iterator[tuple[str, int]]:
    """(name, value) of parameters that may count pages, the likeliest first: known names, those of the CMS, then any that is 0 or 1."""
    words = rulebook.labels("answers")
    here = [(name, int(value)) for name, value in _values(url, form) if value.isdigit() and len(value) <= 6]
    ranked = {name: at for at, name in enumerate((*words["page"], *words["offset"]))}
    known = [(name, value) for name, value in here if _bare(name) in ranked and (value <= 1 or _bare(name) in words["offset"])]
    yield from sorted(known, key=lambda row: ranked[_bare(row[0])])
    names = {_bare(name) for name, _ in here}
    if not known:
        yield from ((name, -1) for name in page if name not in names)
    if known_only:
        return
    sizes = {*words["size"], *words["end"]}
    odd = [
        (name, value) for name, value in here
        if value in (0, 1) and _bare(name) not in ranked and _bare(name) not in sizes and not any(_bare(name).endswith(word) for word in words["not_page"])
    ]  # fmt: skip
    yield from odd[:_UNKNOWN]


def _bare(name: str) -> str:
    """`page.pageNo` and `query.pageNo` → `pageno`."""
    return fields.plain(name.rsplit(".", 1)[-1])


def _step(url: str, form: str | None, name: str, rows: int) -> int:
    words = rulebook.labels("answers")
    if _bare(name) not in words["offset"]:
        return 1
    values = {_bare(key): value for key, value in _values(url, form)}
    end, start = values.get(_end_of(name) or "", ""), values.get(_bare(name), "")
    if end.isdigit() and start.isdigit() and int(end) > int(start):
        return int(end) - int(start) + (1 if int(start) else 0)
    size = next((values[word] for word in words["size"] if values.get(word, "").isdigit() and int(values[word]) > 0), None)
    return int(size) if size is not None else max(rows, 1)


def _end_of(name: str) -> str | None:
    """The parameter that ends a window: `startrecord` → `endrecord`."""
    return name.replace("start", "end") if "start" in name.lower() else None


# -- parameters of an address and of a posted body -----------------------------------------


def _values(url: str, form: str | None) -> list[tuple[str, str]]:
    out = parse_qsl(url.partition("?")[2], keep_blank_values=True)
    if form and form[:1] == "{":
        out += list(_inside(_json(form), ""))
    elif form:
        out += parse_qsl(form, keep_blank_values=True)
    return out


def _json(form: str) -> Any:
    try:
        return json.loads(form)
    except (ValueError, RecursionError):
        return {}


def _inside(data: Any, prefix: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    if isinstance(data, dict) and depth < 3:
        for name, value in data.items():
            if isinstance(value, dict):
                yield from _inside(value, f"{prefix}{name}.", depth + 1)
            elif isinstance(value, (int, str)) and not isinstance(value, bool):
                yield f"{prefix}{name}", str(value)


def _set(url: str, form: str | None, name: str, value: int) -> tuple[str, str | None]:
    """Address and body with the parameter at `value` (-1 takes it away); what stands beside it stays as it was written."""
    path, mark, query = url.partition("?")
    if form and form[:1] == "{" and name in dict(_inside(_json(form), "")):
        return url, _set_inside(form, name, value)
    if form and form[:1] != "{" and name in dict(parse_qsl(form, keep_blank_values=True)):
        return url, _set_in_query(form, name, value)
    query = _set_in_query(query, name, value) if mark else f"{quote_plus(name)}={value}"
    return (f"{path}?{query}" if query else path), form


def _set_in_query(query: str, name: str, value: int) -> str:
    parts = query.split("&") if query else []
    out = [f"{part.partition('=')[0]}={value}" if _named(part, name) else part for part in parts if value >= 0 or not _named(part, name)]
    if value >= 0 and not any(_named(part, name) for part in parts):
        out.append(f"{quote_plus(name)}={value}")
    return "&".join(out)


def _named(part: str, name: str) -> bool:
    return bool(pair := parse_qsl(part, keep_blank_values=True)) and pair[0][0] == name


def _set_inside(form: str, name: str, value: int) -> str:
    data = _json(form)
    box = data
    *above, last = name.split(".")
    for key in above:
        box = box[key]
    box[last] = str(value) if isinstance(box[last], str) else value
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


# -- comparing -------------------------------------------------------------------------


def _digest(rows: Sequence[dict[str, Any]]) -> str:
    return "".join(_mark(row) for row in rows[:_SEEN_ROWS])


def _mark(row: dict[str, Any]) -> str:
    identity = f"{row.get('number') or row.get('url') or ''}\n{row.get('title') or ''}"
    return hashlib.blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def _fresh(digest: str, seen: str) -> float:
    """Share of rows that the answer before did not have."""
    now = [digest[at : at + 8] for at in range(0, len(digest), 8)]
    before = {seen[at : at + 8] for at in range(0, len(seen), 8)}
    return sum(1 for mark in now if mark not in before) / len(now) if now else 0.0
