"""Unmasked personal numbers: identity numbers, mobile numbers, bank cards. What is shown of them is masked before a hit exists.

A hit is certain (`weak=False`) where row, column or label show a private person's data; it is weak where they show neither or the page's own
mask hides too little; public roles, units' accounts and other kinds of numbers give nothing. Source: 个人信息保护法 arts. 4, 25, 28.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass

from govcrawl.detect import context, numbers
from govcrawl.detect.numbers import Token
from govcrawl.model.facts import TextPlace
from govcrawl.model.findings import UNIT_SEPARATOR
from govcrawl.model.hits import Hit
from govcrawl.text.normalise import squeeze

IDENTITY, PHONE, CARD = "privacy-id-number", "privacy-phone", "privacy-bank-card"

_QUOTE = 60
_NEAR = 8
"""Numbers before and behind that may stand in a quotation: none of them is shorter than ten places."""
_LONG_DIGITS = re.compile(r"[0-9０-９*＊xX×●][0-9０-９*＊xX×● \-－]{9,}[0-9０-９*＊xX×●]")  # matches "138 1234 5678", not "2026-1-5"
_DATE_BEHIND = re.compile(r"(?:19|20)[0-9]{2}[-－–—](?:0[1-9]|1[0-2])[-－–—](?:0[1-9]|[12][0-9]|3[01])(?![0-9])")
"""A title that ends in a number, with its list date behind: matches the end of "137 2026-11-10", not "138-2026-1110"."""
_OWN_PLACES = frozenset({"footer", "header", "nav"})
"""Where a site prints its own contact: a mobile number there is the site's."""


@dataclass(frozen=True, slots=True)
class _Found:
    rule: str
    entry: str
    digits: str
    start: int
    end: int
    weak: bool


def find(piece: TextPlace, key: bytes, table: str = "") -> list[Hit]:
    """All personal numbers of a piece of text, each place once, in order; `table`: all column headers of the table the piece is from."""
    found = sorted((f for tokens in numbers.runs(piece.text) for f in _judge(tokens, piece, table)), key=lambda f: f.start)
    return [
        Hit(
            rule=f.rule, entry=f.entry, value=mask(f.rule, f.digits), quote=_quote(piece.text, f, found[max(0, n - _NEAR) : n + _NEAR + 1]),
            place=piece.place, locator=piece.locator, offset=f.start, key=fingerprint(key, f.rule, f.digits), weak=f.weak,
        )
        for n, f in enumerate(found)
    ]  # fmt: skip


def fingerprint(key: bytes, rule: str, digits: str) -> str:
    """What identifies a value without showing it: hmac-sha256 with the store's key."""
    return hmac.new(key, f"{rule}{UNIT_SEPARATOR}{digits}".encode(), hashlib.sha256).hexdigest()


def mask(rule: str, digits: str) -> str:
    """Identity number 1+16*+1, phone 3+****+4, card 4+*+4."""
    head, tail = {IDENTITY: (1, 1), PHONE: (3, 4)}.get(rule, (4, 4))
    return digits[:head] + "*" * (len(digits) - head - tail) + digits[-tail:]


def _judge(tokens: list[Token], piece: TextPlace, table: str) -> Iterator[_Found]:
    """Identity numbers by check digit first: the first eleven digits of a broken one look like a mobile number."""
    used: set[int] = set()
    joins = numbers.joins(tokens, piece.text)
    if piece.place.startswith("table:"):
        # Lines of a column are cells: what follows belongs to the next person.
        joins = [join for join in joins if not join[3]]
    for step in (_identity, _card, _phone, _masked):
        for first, last, digits, broken in joins:
            if used.isdisjoint(range(first, last)):
                judged = step(digits, broken, tokens[first].start, tokens[last - 1].end, piece, table)
                if judged is not None:
                    used.update(range(first, last))
                    if judged.rule:
                        yield judged


def _nothing(start: int, end: int) -> _Found:
    """The tokens are explained, and are nobody's personal number."""
    return _Found("", "", "", start, end, weak=False)


def _identity(digits: str, broken: bool, start: int, end: int, piece: TextPlace, table: str) -> _Found | None:
    disability = len(digits) in (20, 22) and numbers.is_identity_18(digits[:18])
    if not (numbers.is_identity_18(digits) or disability or (numbers.is_identity_15(digits) and not broken)):
        return None
    here = context.around(piece.text, start, end, piece.place, table)
    labelled = bool(context.IDENTITY.search(here.labelled))
    if here.is_sample() or here.is_other_number() or ("信用代码" in here.labelled and numbers.is_credit_code(digits)):
        return _nothing(start, end)
    if disability:
        return _Found(IDENTITY, "disability", digits[:18], start, end, weak=False) if "残疾" in here.labelled else None
    if len(digits) == 15:
        return _Found(IDENTITY, "id15", digits, start, end, weak=False) if labelled else None
    weak = here.is_lawful_disclosure() or not (labelled or here.person())
    return _Found(IDENTITY, "id18", digits, start, end, weak=weak)


def _card(digits: str, broken: bool, start: int, end: int, piece: TextPlace, table: str) -> _Found | None:
    usual = len(digits) in (16, 19)
    if not numbers.is_card(digits) or not (digits.startswith("62") or (usual and digits.startswith(("4", "5", "35", "37")))):
        return None
    here = context.around(piece.text, start, end, piece.place, table)
    labelled = bool(context.CARD.search(here.labelled))
    if not labelled and (broken or not usual or not digits.startswith("62")):
        return None
    if here.is_sample() or here.of_unit() or (here.is_other_number() and not labelled):
        return _nothing(start, end)
    private = bool(context.PERSONAL_CARD.search(here.labelled)) or (labelled and here.person())
    return _Found(CARD, "card62" if digits.startswith("62") else "card", digits, start, end, weak=not private)


def _phone(digits: str, broken: bool, start: int, end: int, piece: TextPlace, table: str) -> _Found | None:
    number = digits.removeprefix("0086") if len(digits) == 15 else digits.removeprefix("86") if len(digits) == 13 else digits
    if broken or not numbers.is_mobile(number):
        return None
    if _DATE_BEHIND.search(piece.text, start, end):
        return _nothing(start, end)
    after, before = piece.text[end : end + 2], piece.text[max(0, start - 2) : start]
    # "13912345678.00元" and "¥13912345678" are amounts. `after` is empty at the end of a text, and the empty text is in every text.
    if (after and (after[0] in "元万亿%％‰" or re.match(r"[.．][0-9０-９]", after))) or re.search(r"[$￥¥][ ]?$|[0-9０-９][.．]$", before):
        return _nothing(start, end)
    here = context.around(piece.text, start, end, piece.place, table)
    if here.is_sample() or here.is_other_number() or here.public_role() or piece.place in _OWN_PLACES:
        return _nothing(start, end)
    return _Found(PHONE, "mobile", number, start, end, weak=not here.person())


def _masked(digits: str, broken: bool, start: int, end: int, piece: TextPlace, table: str) -> _Found | None:
    """A mask that hides too little, on a labelled number: at most 7 of 18 digits and not the whole birth date, at most 3 of a mobile."""
    hidden = digits.count("*")
    if broken or not hidden:
        return None
    if len(digits) == 18 and hidden <= 7 and digits[:2].isdigit() and set(digits[6:14]) != {"*"}:
        here = context.around(piece.text, start, end, piece.place, table)
        if context.IDENTITY.search(here.labelled) and not here.is_sample() and int(digits[:2]) >= 11:
            return _Found(IDENTITY, "id18-masked", digits, start, end, weak=True)
    if len(digits) == 11 and hidden <= 3 and re.match(r"1[3-9]", digits):
        here = context.around(piece.text, start, end, piece.place, table)
        told = re.search(r"手机|电话|联系方式", here.labelled)
        if told and not (here.is_sample() or here.is_other_number() or here.public_role() or piece.place in _OWN_PLACES):
            return _Found(PHONE, "mobile-masked", digits, start, end, weak=True)
    return None


def _quote(text: str, found: _Found, others: list[_Found]) -> str:
    """At most 60 characters of the line around the number, every long number in it masked."""
    left = max(text.rfind("\n", 0, found.start) + 1, found.start - 24)
    stop = text.find("\n", found.end)
    right = min(len(text) if stop < 0 else stop, found.end + 24)
    out, position = [], left
    for other in others:
        if other.start < left < other.end:
            position = max(position, other.end)
        elif position <= other.start < right:
            out += [_blank(text[position : other.start]), mask(other.rule, other.digits)]
            position = other.end
    out.append(_blank(text[position : max(position, right)]))
    return squeeze("".join(out))[:_QUOTE]


def _blank(text: str) -> str:
    """Other long numbers beside the hit show their first digits at most (they may be cut in the middle by the quote's edge)."""
    return _LONG_DIGITS.sub(
        lambda m: m[0][:3] + "*" * (len(m[0]) - 3), re.sub(r"^[0-9０-９]{4,}|[0-9０-９]{4,}$", lambda m: "*" * len(m[0]), text)
    )
