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
_IDENTITY = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])")
"""Matches the digits of "X11010119900307001X" and "?id=110101199003070000", not those of a number of 20 digits."""
_ADDRESS = re.compile(r"https?://", re.I)
"""Matches "http://www.qinghe.gov.cn/", not "附件：http"."""
_MOBILE_PARAMETER = re.compile(
    r"([?&][\w.]*(?:tel|phone|mobile|shouji|sjh|lxdh)[\w.]*=)(1[3-9][0-9])([0-9]{4})(?=[0-9]{4}(?:[&#]|$))", re.I
)
"""Matches "&tel=13912345678", not "?id=13912345678"."""
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
