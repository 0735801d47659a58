"""What the scripts of a results page asked and were told: whether the search's own endpoint has answered, and what."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum
from urllib.parse import unquote

from govcrawl.extract import answers, search_results
from govcrawl.extract.answers import Heard
from govcrawl.extract.site_search import is_answer, labels
from govcrawl.page import addresses, encoding
from govcrawl.text import normalise

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
"""A character as JSON may write it: matches "\\u4f9b", not "\\n"."""
_FIELD = re.compile(r'"(\w{1,20})"\s*:\s*"((?:[^"\\]|\\.){0,300})"')
"""A field with a text: matches '"keyword":"供水"', not '"total":3'."""
_NO_ECHO = frozenset({"title", "content"})
"""Fields that a form may send the words in, and a result its title."""


class Told(Enum):
    """What the endpoint said about the title."""

    UNKNOWN = "unknown"
    """No answer to these words was heard, or none that can be read."""
    SHOWN = "shown"
    """An answer holds the title, whatever the page makes of it."""
    ROWS = "rows"
    """It answered with results, and the title is not among them."""
    NOTHING = "nothing"
    """It answered that there are none."""


def told(heard: Iterable[Heard], title: str, today: str) -> Told:
    """The most certain thing that any answer says; the title in any of them outweighs everything."""
    found = Told.UNKNOWN
    for one in heard:
        body = _text(one)
        if _holds(body, title):
            return Told.SHOWN
        if not is_answer(one.url) or not carries(one.url, one.form, title):
            continue
        answer = answers.read(one.body, {"content-type": one.media_type}, one.url, form=one.form, today=today)
        if answer is not None and answer.rows:
            found = Told.ROWS
        elif answer is not None and answer.total == 0 and found is Told.UNKNOWN:
            found = Told.NOTHING
    return found


def endpoint(heard: Iterable[Heard], title: str, url: str, today: str) -> Heard | None:
    """The request that brought the page at `url` its results; null where none did, more than one, or one to another site."""
    found = []
    for one in heard:
        if is_answer(one.url) and carries(one.url, one.form, title):
            answer = answers.read(one.body, {"content-type": one.media_type}, one.url, form=one.form, today=today)
            if answer is not None and (answer.rows or answer.total == 0):
                found.append(one)
    own = addresses.without_www(addresses.host(url))
    return found[0] if len(found) == 1 and addresses.without_www(addresses.host(found[0].url)) == own else None


def _text(one: Heard) -> str:
    source, _ = encoding.decode(one.body, {"content-type": one.media_type})
    return _plain(source)


def _plain(source: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), source)


def _holds(body: str, title: str) -> bool:
    """Whether the title stands in an answer other than as the words that were asked for."""
    fields = labels()["fields"] - _NO_ECHO
    rest = _FIELD.sub(lambda field: "" if field[1].lower() in fields else field[0], body)
    return search_results.bare(title) in search_results.bare(rest)


def carries(url: str, form: str | None, title: str) -> bool:
    """Whether a request asked for these words: plain, escaped once or twice, in UTF-8 or GBK. What is encrypted is not known."""
    words = normalise.compact(title)
    for sent in (url.partition("?")[2], form or ""):
        for charset in ("utf-8", "gbk"):
            once = unquote(_plain(sent).replace("+", " "), charset, "replace")
            if any(words in normalise.compact(text) for text in (once, unquote(once, charset, "replace"))):
                return True
    return False
