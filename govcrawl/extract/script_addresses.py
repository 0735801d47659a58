"""Addresses that a script puts together around one value: `"/so/s?qt=" + word + "&tab=all"`, `` `/search?q=${word}` ``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_JOINED = re.compile(r"""(["'`])([^"'`<>\s]{0,200}?[?&]([A-Za-z_]{1,20})=)\1\s*\+""")
"""A literal that a value is put to: matches `"/so/s?qt=" +`, not '"?page=2"'."""
_TEMPLATE = re.compile(r"`([^`<>\s]{0,200}?[?&]([A-Za-z_]{1,20})=)\$\{([^`]{0,300}?)\}([^`]{0,200})`")
"""Matches "`/search?q=${kw}&t=1`", not "`/list?page=2`"."""
_LITERAL = re.compile(r"""\s*(["'`])([^"'`<>\s]{0,200})\1\s*""")
_BEFORE = re.compile(r"\+\s*$")
_LONGEST = 200
"""Characters of the longest value that is stepped over."""
_CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(slots=True, frozen=True)
class Made:
    """One such address."""

    address: str
    """Up to the value."""
    parameter: str
    tail: str
    """What comes after the value."""
    whole: bool
    """Everything else of it stands in the script; false where a further variable belongs to it."""


def of(code: str) -> Iterator[Made]:
    """All of them, in the order of the script."""
    if "+" in code:
        for match in _JOINED.finditer(code):
            tail, closed = _tail(code, match.end())
            known = closed and not _BEFORE.search(code, max(0, match.start() - 20), match.start())
            yield Made(match[2], match[3], tail, known)
    if "${" in code:
        for match in _TEMPLATE.finditer(code):
            yield Made(match[1], match[2], match[4], "${" not in match[1] + match[4])


def _tail(code: str, at: int) -> tuple[str, bool]:
    """(what is put behind the value, whether nothing unknown follows)."""
    at = _past_value(code, at)
    if code[at : at + 1] != "+":
        return "", True
    literal = _LITERAL.match(code, at + 1)
    if literal is None:
        return "", False
    return literal[2], code[literal.end() : literal.end() + 1] != "+"


def _past_value(code: str, at: int) -> int:
    """Where the value ends: at a `+`, `,`, `;` or bracket that is not inside it."""
    waiting: list[str] = []
    quote = ""
    for n in range(at, min(len(code), at + _LONGEST)):
        char = code[n]
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'`":
            quote = char
        elif waiting and char == waiting[-1]:
            waiting.pop()
        elif char in _CLOSING:
            waiting.append(_CLOSING[char])
        elif not waiting and char in "+,;)}]\n":
            return n
    return min(len(code), at + _LONGEST)
