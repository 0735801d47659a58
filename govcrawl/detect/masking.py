"""Personal numbers taken out of what is kept and exported.

Three steps, as much as each place allows: an identity number whose check digit is right is masked in every text, whatever stands around it
(a letter's number, an attachment's name, the title of a page that only links to it); mobile numbers and cards where a detector says that they are
a person's; addresses keep what they need to be asked again, and are masked where they leave the store.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from govcrawl.detect import numbers, privacy
from govcrawl.model.facts import TextPlace
from govcrawl.model.hits import Hit

_LONG = re.compile(r"[0-9０-９](?:[ \-－]?[0-9０-９]){9}")
"""Matches "138 1234 5678", not "2026-11-05"."""
_FIRST = r"[0-9](?:(?<![0-9]{2})|(?<=%[0-9A-Fa-f]{2}[0-9]))"
"""The first digit of a number: after no digit, or after an escaped byte, as in "%E5%BC%A0%E4%B8%89110101199003070000.pdf".

What it stands behind is asked second: a search that begins with a class of characters passes over a long text ten times as fast.
"""
_IDENTITY = re.compile(rf"{_FIRST}[0-9]{{16}}[0-9Xx](?![0-9])")
"""Matches the digits of "X11010119900307001X" and "?id=110101199003070000", not those of a number of 20 digits."""
_BARE = re.compile(rf"{_FIRST}(?:(?<=1)[3-9][0-9]{{9}}|[0-9]{{14,18}})(?![0-9])")
"""Matches "/13912345678.html" and the digits of "6222021001116245709", not "20261116"."""
_ADDRESS = re.compile(r"https?://", re.I)
"""Matches "http://www.qinghe.gov.cn/", not "附件：http"."""
_MOBILE_PARAMETER = re.compile(
    r"([?&][\w.]*(?:tel|phone|mobile|shouji|sjh|lxdh)[\w.]*=)(1[3-9][0-9])([0-9]{4})(?=[0-9]{4}(?:[&#]|$))", re.I
)
"""Matches "&tel=13912345678", not "?id=13912345678"."""
_DIGITS = re.compile(r"[0-9][0-9]{16}")
"""What there is in the JSON of a value where `exported` masks an identity number: it matches "\\u001f110101199003070000", not "2026-11-16"."""
_NAMED_MOBILE = re.compile(r"((?:手机|电话|联系方式|移动电话)[^0-9\n]{0,6}1[3-9][0-9])[0-9]{4}(?=[0-9]{4}(?![0-9]))")
"""Matches "名单 手机13912345678.xls", which is no number to the detector but the name of a file; not "电话：0588-6660101"."""
_NO_TEXT = frozenset({"id", "sha256", "snapshot", "rule", "run", "site", "digest"})
"""Keys of a JSON object that never hold text of a page; a hash may by chance look like a number."""


def text(value: str) -> str:
    """Text with its personal numbers masked; digits only are replaced, blanks and dashes between them stay."""
    return covered(value, privacy.find(TextPlace(value, "body"), b"mask")) if _LONG.search(value) else value


def covered(value: str, hits: Sequence[Hit]) -> str:
    """Text with the personal numbers masked that a detector saw in it, and those that need no look around; its length stays."""
    parts, done = [], 0
    for hit in sorted(hits, key=lambda hit: hit.offset):
        if hit.offset < done:
            continue
        parts.append(value[done : hit.offset])
        done = hit.offset
        for shown in hit.value:
            while done < len(value) and not (value[done].isalnum() or value[done] in "*＊●"):
                parts.append(value[done])
                done += 1
            if done < len(value):
                parts.append(shown if shown == "*" else value[done])
                done += 1
    parts.append(value[done:])
    return _NAMED_MOBILE.sub(r"\1****", identity_numbers("".join(parts)))


def identity_numbers(value: str) -> str:
    """Text or address with its identity numbers masked, whatever stands around them."""
    return _IDENTITY.sub(lambda m: privacy.mask(privacy.IDENTITY, m[0]) if numbers.is_identity_18(m[0].upper()) else m[0], value)


def logged(value: str) -> str:
    """Text of a log: whatever has the shape of a personal number is masked, whoever's it may be; nobody judges by a log."""
    shown: str = exported(text(value))
    return _BARE.sub(_shown, shown)


def _shown(found: re.Match[str]) -> str:
    number = found[0]
    if len(number) == 11:
        return privacy.mask(privacy.PHONE, number)
    if numbers.is_identity_15(number):
        return privacy.mask(privacy.IDENTITY, number)
    return privacy.mask(privacy.CARD, number) if numbers.is_card(number) else number


def inside(value: Any, *, private: bool) -> Any:
    """The texts of a value masked, in lists and dicts too; addresses stay.

    Args:
        private: from a page on which a detector saw personal data: mobile numbers and cards are masked too.
    """
    if isinstance(value, str):
        if _ADDRESS.match(value):
            return value
        return text(value) if private else identity_numbers(value)
    if isinstance(value, list):
        return [inside(part, private=private) for part in value]
    if isinstance(value, dict):
        return {name: part if name in _NO_TEXT else inside(part, private=private) for name, part in value.items()}
    return value


def exported(value: Any) -> Any:
    """A JSON value as it may leave the store: identity numbers and named mobile numbers are masked in its addresses too."""
    if isinstance(value, str):
        return _MOBILE_PARAMETER.sub(r"\1\2****", identity_numbers(value)) if len(value) > 11 else value
    if isinstance(value, list):
        return [exported(part) for part in value]
    if isinstance(value, dict):
        return {name: part if name in _NO_TEXT else exported(part) for name, part in value.items()}
    return value


def may_show(told: str) -> bool:
    """Whether `exported` might change a value that is this text as JSON: one look at the whole costs a tenth of one at each text in it."""
    return "=1" in told or _DIGITS.search(told) is not None
