"""Folding of written variants, so that one label or number is matched however a page prints it.

Traditional characters are never turned into simplified ones here: a character table makes 干隆 of 乾隆.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_BLANKS = "\t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_INVISIBLE = "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\ufeff"


def _compatibility() -> dict[int, str]:
    """Compatibility ideographs and Kangxi radicals (`⼈` U+2F08, `樂` U+F914) → the ordinary character."""
    table: dict[int, str] = {}
    for low, high in ((0x2E80, 0x2FD6), (0xF900, 0xFB00), (0x2F800, 0x2FA20)):
        for code in range(low, high):
            folded = unicodedata.normalize("NFKC", chr(code))
            if len(folded) == 1 and folded != chr(code):
                table[code] = folded
    return table


_EVEN: dict[int, str] = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys(map(ord, _BLANKS), " "),
    **dict.fromkeys(map(ord, _DASHES), "-"),
    **_compatibility(),
}
_BY_CHARACTER = {chr(code): folded for code, folded in _EVEN.items()}


def _class_of(codes: Iterable[int]) -> str:
    """A regex class as ranges. Written out one by one, these 1,000 characters (some beyond U+FFFF) are compared one by one: 50 times slower."""
    ranges: list[list[int]] = []
    for code in sorted(codes):
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "[" + "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges) + "]"


_FOLDED = re.compile(_class_of(_EVEN))  # matches "：", not "索引号"
_DROP = re.compile(f"[{_INVISIBLE}]")  # matches the zero-width blank of "13\u200b8", not " "
_RUN = re.compile(r" {2,}")  # matches "a  b", not "a b"
_NOT_LABEL = re.compile(r"[\s:：;；,，、。.·|()（）\[\]【】〔〕﹝﹞〖〗「」『』<>《》*＊\-_=/\\\"'“”‘’►▶■●◆★☆]")
"""What stands around or inside a printed label without meaning: matches the brackets and blanks of "[ 索 引 号 ]：", not "索引号"."""


def even(text: str) -> str:
    """Fold character by character, length kept: offsets in the answer are offsets in `text`.

    Full-width ASCII, all blanks (line breaks too), all dashes and compatibility ideographs become the ordinary character.
    """
    return _FOLDED.sub(_ordinary, text)  # a third of the time of str.translate, which asks for every character


def _ordinary(found: re.Match[str]) -> str:
    return _BY_CHARACTER[found[0]]


def drop_invisible(text: str) -> str:
    """Text without zero-width and direction marks (`\\u200b`, soft hyphen, BOM)."""
    return _DROP.sub("", text) if _DROP.search(text) else text


def fold(text: str) -> str:
    """Same meaning, one spelling: `even` without invisible characters. Blanks stay as single characters; see `label`."""
    return drop_invisible(even(text))


def squeeze(text: str) -> str:
    """Every run of white space (line breaks, `&nbsp;`, U+3000) becomes one blank; ends stripped; other characters stay as printed."""
    return " ".join(drop_invisible(text).split())


def label(text: str) -> str:
    """A label as it is looked up: folded, without blanks, colons, brackets and bullets (`[ 索 引 号 ]：` → `索引号`)."""
    return _NOT_LABEL.sub("", fold(text))


def compact(text: str) -> str:
    """Folded text without any blank, punctuation kept: for comparing titles that are broken over lines."""
    return _RUN.sub(" ", fold(text)).replace(" ", "")
