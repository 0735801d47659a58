"""What a request to a site's search looks like: an entry filled with words, and a request that was heard with other words put in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, quote_plus

from govcrawl.extract.site_search import FORM, SCRIPT

_CHARSETS = {"gb2312": "gbk", "gb_2312-80": "gbk", "x-gbk": "gbk"}
"""A browser sends forms "in gb2312" as GBK; strictly read, 镕 and “ would become character references and nothing be found."""
_LEFT_ALONE = ("", "!~*'()", "*", "!'()*,/:;?@$[]{}|^`~")
"""ASCII that programs of a page do not escape: everything escaped, encodeURIComponent, URLSearchParams, an address typed in."""
_ONCE = re.compile(
    r"""(?:^|[?&{,"'])(?:\w*(?:sign|sign\w*token|nonce|time_?stamp|uuid|captcha)|token|_?ts|rand(?:om)?)["']?[=:]|\d{13}""", re.I
)
"""What makes a request hold for one time alone: matches "&sign=ab12", '"timestamp":1' and "1795600000000", not "websiteid=3308" nor "t=zhengce"."""


def askable(entry: dict[str, Any] | None) -> bool:
    return entry is not None and entry["by"] in (FORM, SCRIPT)


def fill(entry: dict[str, Any], words: str) -> tuple[str, str | None]:
    """(address, body of a POST or null) that a browser would send for the words.

    Raises:
        ValueError: an entry that cannot be asked (a link, a box that only a script serves).
    """
    if not askable(entry):
        raise ValueError(f"cannot be filled: {entry['by']}")
    if entry["by"] == SCRIPT:
        return f"{entry['url']}{quote(words, safe='')}{entry.get('tail', '')}", None
    pairs = [(entry["parameter"], words[: entry.get("longest")]), *((name, value) for name, value in entry["fixed"])]
    query = "&".join(f"{_encoded(name, entry['charset'])}={_encoded(value, entry['charset'])}" for name, value in pairs)
    if entry.get("method") == "POST":
        return entry["url"], query
    return f"{entry['url'].partition('?')[0]}?{query}", None  # as a browser does: a GET form replaces the action's own query


def _encoded(text: str, charset: str) -> str:
    """As a form in this encoding sends it; what the encoding lacks goes as a character reference."""
    try:
        return quote_plus(text.encode(_CHARSETS.get(charset.lower(), charset), "xmlcharrefreplace"))
    except LookupError:
        return quote_plus(text)


def reworded(url: str, form: str | None, words: str, others: str) -> tuple[str, str | None] | None:
    """A request for words with others in their place, written the same way; null where it holds for one time alone (a signature, a time),
    or the words are not in it in a way that is known."""
    place, mark, query = url.partition("?")
    if any(_ONCE.search(sent) for sent in (query, form or "")):
        return None
    again, body = _replaced(query, words, others), None if form is None else _replaced(form, words, others)
    if again is None and body is None:
        return None
    return f"{place}{mark}{query if again is None else again}", form if body is None else body


def _replaced(sent: str, words: str, others: str) -> str | None:
    for old, new in zip(_written(words), _written(others), strict=True):
        if old in sent:
            return sent.replace(old, new)
    return None


def _written(words: str) -> Iterator[str]:
    """The ways in which programs write words into a request."""
    for charset in ("utf-8", "gbk"):
        for safe in _LEFT_ALONE:
            once = quote(words, safe, charset, "xmlcharrefreplace")
            yield quote(once, "")
            yield once
            yield quote_plus(words, safe, charset, "xmlcharrefreplace")
    yield json.dumps(words, ensure_ascii=False)[1:-1]
    yield json.dumps(words)[1:-1]
