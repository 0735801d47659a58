"""Data of an answer: strict JSON, JSON in a callback's brackets, and what only looks like it (unquoted keys, single quotes, trailing commas).

Nothing is evaluated. What cannot be read within the limits is null.
"""

from __future__ import annotations

import json
import re
from typing import Any

MAX_CHARACTERS = 8_000_000
_MAX_LOOSE = 2_000_000
_MAX_DEPTH = 64
_MAX_VALUES = 400_000
_WRAPPED = re.compile(r"\s*(?:var\s+|window\.)?[\w$.]+\s*(?:\(|=\s*(?=[\[{]))")
"""The start of 'callback({"a":1});' and of 'var list = [', not of '{"a":1}'."""
_SPACE = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.S)
"""Blanks and comments between tokens: matches " /* 1 */ ", not "a"."""
_KEY = re.compile(r"[\w$\-.]+")
"""An unquoted key: matches "letterTitle" and "标题", not "'a'"."""
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
"""Matches "-1.5e3", not "1a" as a whole."""
_DATE = re.compile(r"new\s+Date\(\s*(-?\d{1,15})\s*\)")
"""Matches "new Date(1700000000000)", not "new Date()"."""
_STRINGS = {
    quote: re.compile(rf"{quote}((?:[^{quote}\\]|\\.)*){quote}", re.S)  # matches 'a\\'b' as one string, not 'a"
    for quote in ("'", '"', "`")
}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.S)
"""Matches \\u4e2d, \\x41 and \\n, not "/"."""
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": ""}
_WORDS = {"true": True, "false": False, "null": None, "undefined": None, "NaN": None}


def load(source: str) -> Any:
    """The value an answer holds, or null where it holds none that can be read."""
    text = source.strip().lstrip("\ufeff")
    if len(text) > MAX_CHARACTERS:
        return None
    if text[:1] not in ("{", "["):
        wrapped = _WRAPPED.match(text)
        if wrapped is None:
            return None
        text = text[wrapped.end() :].rstrip().rstrip(";").rstrip()
        text = text[:-1] if text.endswith(")") and wrapped[0].rstrip().endswith("(") else text
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return parse(text)[0]


def parse(text: str, at: int = 0) -> tuple[Any, int]:
    """(value, end) of a JavaScript literal that begins at `at`; (null, `at`) where there is none, or it is too large or too deep."""
    if len(text) - at > _MAX_LOOSE:
        return None, at
    reader = _Reader(text)
    try:
        return reader.value(at, 0)
    except _NoDataError:
        return None, at


class _NoDataError(ValueError):
    """The text is no literal."""


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._values = 0

    def value(self, at: int, depth: int) -> tuple[Any, int]:
        at = self._blank(at)
        self._values += 1
        if depth > _MAX_DEPTH or self._values > _MAX_VALUES:
            raise _NoDataError
        first = self._text[at : at + 1]
        if first == "{":
            return self._object(at + 1, depth)
        if first == "[":
            return self._array(at + 1, depth)
        if first in _STRINGS:
            return self._string(at)
        number = _NUMBER.match(self._text, at)
        if number is not None:
            plain = number[0]
            return (int(plain) if plain.lstrip("+-").isdigit() and len(plain) < 20 else float(plain)), number.end()
        made = _DATE.match(self._text, at)
        if made is not None:
            return int(made[1]), made.end()
        word = _KEY.match(self._text, at)
        if word is not None and word[0] in _WORDS:
            return _WORDS[word[0]], word.end()
        raise _NoDataError

    def _object(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        out: dict[str, Any] = {}
        while True:
            at = self._blank(at)
            if self._text[at : at + 1] == "}":
                return out, at + 1
            if self._text[at : at + 1] in _STRINGS:
                key, at = self._string(at)
            else:
                name = _KEY.match(self._text, at)
                if name is None:
                    raise _NoDataError
                key, at = name[0], name.end()
            at = self._blank(at)
            if self._text[at : at + 1] != ":":
                raise _NoDataError
            out[key], at = self.value(at + 1, depth + 1)
            at = self._comma(at, "}")

    def _array(self, at: int, depth: int) -> tuple[list[Any], int]:
        out: list[Any] = []
        while True:
            at = self._blank(at)
            if self._text[at : at + 1] == "]":
                return out, at + 1
            value, at = self.value(at, depth + 1)
            out.append(value)
            at = self._comma(at, "]")

    def _comma(self, at: int, closing: str) -> int:
        at = self._blank(at)
        following = self._text[at : at + 1]
        if following == ",":
            return at + 1
        if following == closing:
            return at
        raise _NoDataError

    def _string(self, at: int) -> tuple[str, int]:
        found = _STRINGS[self._text[at]].match(self._text, at)
        if found is None:
            raise _NoDataError
        return (_ESCAPE.sub(_unescaped, found[1]) if "\\" in found[1] else found[1]), found.end()

    def _blank(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        return found.end() if found else at


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else _PLAIN.get(found[3], found[3])
