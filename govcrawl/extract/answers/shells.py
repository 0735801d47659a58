"""List endpoints that a shell's own script names: literally, joined from literals and known names, or by the configuration of its CMS."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

from govcrawl.extract.answers import loose
from govcrawl.page import addresses
from govcrawl.page.document import Page

MOST = 5
MOST_CALLS, MOST_NAMES = 300, 20
"""Calls and names of one page that are looked at: each name is searched for in all of the script."""
MOST_COLUMNS = 60
"""Columns of one gkmlpt directory that are asked for."""
_CALL = re.compile(
    r"(?:\burl\s*:|fetch\s*\(|axios(?:\.(?:get|post))?\s*\(|\$\.(?:get|post|getJSON|ajax)\s*\(|\.open\s*\(\s*['\"]GET['\"]\s*,|\b(?:api|list|data)_?[uU]rl\s*=)\s*",
    re.I,
)
"""Where an address follows: matches "url: ", "fetch(" and "x.open('GET', ", not "background:url("."""
_PIECE = re.compile(r"'([^'\n]{0,300})'|\"([^\"\n]{0,300})\"|`([^`\n]{0,300})`|([A-Za-z_$][\w$]{0,60})(?![\w$]*\s*[(.\[])")
"""One part of a joined address: matches "'/api/'" and "channelId", not "getId(" nor "item.id"."""
_PLUS = re.compile(r"\s*\+\s*")
_LIST_WORDS = re.compile(r"list|page|query|search|channel|column|article|news|info|data|json|letter|doc", re.I)
"""Matches "/api/channel/3.json", not "/api/visit/add"."""
_NO_ENDPOINT = re.compile(
    r"\.(?:js|css|png|jpe?g|gif|svg|ico|woff2?|ttf|swf|mp4)(?:\?|$)|count|visit|hits|click|login|captcha|weather|tongji|stat\b|like|verify|suggest|hotword|log\b",
    re.I,
)
"""Matches "/visitcount", not "/list.json"."""
_ADDRESS = re.compile(r"(?:https?:)?/?[^'\"`\s<>]{2,400}")
"""fullmatch of an address: matches "/data/list.json", not "a b"."""
_SID = re.compile(r"\bSID['\"]?\s*[:=]\s*['\"]?(\d{1,10})")
"""The site's number in a gkmlpt page: matches "SID: '755031'", not "sid=2" inside an address."""
_TREE = re.compile(r"\bTREE['\"]?\s*[:=]\s*(?=[\[{])")
"""Where its columns stand: matches "TREE: [{", not "treeUrl: ''"."""


def endpoints(page: Page, script: str) -> list[str]:
    """List endpoints of the same site, whose whole address the script holds (`'/common/search/' + channelId + '?page=1'`)."""
    out: dict[str, None] = {}
    known: dict[str, str | None] = {}
    for found in itertools.islice(_CALL.finditer(script), MOST_CALLS):
        raw = _joined(script, found.end(), known)
        if (
            raw is None
            or not _ADDRESS.fullmatch(raw)
            or _NO_ENDPOINT.search(raw)
            or not _LIST_WORDS.search(raw)
            or "${" in raw
            or "{{" in raw
        ):
            continue
        url = page.canonical(raw)
        if url and addresses.host(url) == addresses.host(page.url) and url != page.url:
            out[url] = None
    return list(out)[:MOST]


def _joined(script: str, at: int, known: dict[str, str | None]) -> str | None:
    """The text of an expression of literals and names with a literal value; null where a part is computed."""
    parts: list[str] = []
    for _ in range(8):
        piece = _PIECE.match(script, at)
        if piece is None:
            return None
        text = next((group for group in piece.groups()[:3] if group is not None), None)
        if text is None and (name := piece[4]) not in known:
            known[name] = _value_of(name, script) if len(known) < MOST_NAMES else None
        text = known[piece[4]] if text is None else text
        if text is None:
            return None
        parts.append(text)
        plus = _PLUS.match(script, piece.end())
        if plus is None:
            return "".join(parts)
        at = plus.end()
    return None


def _value_of(name: str, script: str) -> str | None:
    """Literal that a name is given; null where it has several or none."""
    given = {
        a or b or c
        for a, b, c in re.findall(
            rf"(?<![\w$.]){re.escape(name)}\s*=\s*(?:'([^'\n]{{1,100}})'|\"([^\"\n]{{1,100}})\"|(\d{{1,12}})\s*[;,\n])", script
        )
    }
    others = re.search(rf"(?<![\w$.]){re.escape(name)}\s*(?:\+\+|\+=|-=|=\s*[^'\"\d\s=])", script)
    return given.pop() if len(given) == 1 and others is None else None


def directory(page: Page, script: str) -> list[str]:
    """Endpoints of a Guangdong gkmlpt directory: one a column of its tree (`…/gkmlpt/api/all/<column>?page=1&sid=<site>`)."""
    root, mark, _ = page.url.partition("/gkmlpt/")
    if not mark or "/gkmlpt/content/" in page.url or "TREE" not in script:
        return []
    site, tree = _SID.search(script), _TREE.search(script)
    if site is None or tree is None:
        return []
    columns = list(dict.fromkeys(_columns(loose.parse(script, tree.end())[0], 0)))[:MOST_COLUMNS]
    return [f"{root}/gkmlpt/api/all/{column}?page=1&sid={site[1]}" for column in columns]


def _columns(data: Any, depth: int) -> Iterator[int]:
    """Numbers of the columns that bear posts themselves: those without columns below."""
    if isinstance(data, list):
        for node in data:
            yield from _columns(node, depth)
    elif isinstance(data, dict) and depth < 8:
        below = next((data[name] for name in ("children", "child", "nodes") if isinstance(data.get(name), list) and data[name]), None)
        if below is not None:
            yield from _columns(below, depth + 1)
        elif isinstance(data.get("id"), int) and "name" in data:
            yield data["id"]
        elif "id" not in data:
            for value in data.values():
                yield from _columns(value, depth + 1)
