"""Numbers in text: one pass for runs long enough to be personal, cut into tokens, and the check digits that prove what they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from govcrawl.text.normalise import even

_D = "0-9０-９"
_MASK = "*＊×●█■xXｘＸ"
_SEP = "- \t\u00a0\u3000－–—\u200b-\u200f\u2060\ufeff\u00ad\n\r"
_RUN = re.compile(rf"(?<![{_D}A-Za-z_=%#&*＊])[{_D}](?:[{_SEP}]{{0,2}}[{_D}{_MASK}]){{10,}}(?![{_D}A-Za-z_]|\.[A-Za-z])")
"""At least eleven digits or mask characters with at most two blanks or hyphens between them:
matches "138 1234 5678", "11010119900307**3X"; not "2026-11-05", not the digits of "t20230619_5341736.html"."""
_TOKEN = re.compile(rf"[{_D}{_MASK}]+")
_MASKED = str.maketrans(dict.fromkeys("×●█■xX", "*"))
_PROVINCES = frozenset(
    (
        11,
        12,
        13,
        14,
        15,
        21,
        22,
        23,
        31,
        32,
        33,
        34,
        35,
        36,
        37,
        41,
        42,
        43,
        44,
        45,
        46,
        50,
        51,
        52,
        53,
        54,
        61,
        62,
        63,
        64,
        65,
        71,
        81,
        82,
        83,
    )
)
"""First two digits of a division code. The county's code is not looked up: it need not have existed in the year of birth."""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_MOST = 22
"""Longest number looked for: identity number with the four places of a 残疾人证."""
_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True, slots=True)
class Token:
    """Digits without anything between them, folded to ASCII, `*` for each mask character; where they stand in the text."""

    text: str
    start: int
    end: int


def runs(text: str) -> Iterator[list[Token]]:
    """Groups of neighbouring tokens, each group long enough to hold a mobile number. Numbers inside addresses (URL) are left out."""
    for run in _RUN.finditer(text):
        if not _inside_url(text, run.start()):
            yield [Token(_plain(t[0]), run.start() + t.start(), run.start() + t.end()) for t in _TOKEN.finditer(run[0])]


def _plain(raw: str) -> str:
    if raw.isascii() and raw.isdigit():
        return raw
    folded = even(raw).upper()
    last = folded[-1:]
    body = folded[:-1].translate(_MASKED)
    # A final X behind 17 digits is a check digit, any other X hides one: "158XX151766".
    return body + ("X" if last == "X" and body[-17:].isdigit() else last.translate(_MASKED))


def _inside_url(text: str, start: int) -> bool:
    if not start or not "!" <= text[start - 1] <= "~":
        return False
    low = max(0, start - 200)
    head = re.split(r"[^!-~]", text[low:start])[-1]
    return "://" in head or head.startswith("www.")


def is_identity_18(number: str) -> bool:
    """Province, possible birth date and ISO 7064 mod 11-2 check digit (GB 11643)."""
    if len(number) != 18 or not number[:17].isdigit() or int(number[:2]) not in _PROVINCES or number[14:17] == "000":
        return False
    return _date(number[6:14]) and "10X98765432"[sum(int(d) * w for d, w in zip(number, _WEIGHTS, strict=False)) % 11] == number[17]


def is_identity_15(number: str) -> bool:
    """First generation: province and a date of the 20th century, no check digit; believed only with its label."""
    return len(number) == 15 and number.isdigit() and int(number[:2]) in _PROVINCES and _date("19" + number[6:12])


def _date(text: str) -> bool:
    try:
        return 1900 <= date(int(text[:4]), int(text[4:6]), int(text[6:])).year <= 2049
    except ValueError:
        return False


def is_mobile(number: str) -> bool:
    """A mainland mobile number that is no obvious sample (13800138000, 13812345678, 13888888888)."""
    if not re.fullmatch(r"1[3-9][0-9]{9}", number):
        return False
    return len(set(number[3:])) > 1 and number[3:] not in ("12345678", "00138000") and len(set(number[2:])) > 2


def is_card(number: str) -> bool:
    """16–19 digits with a right Luhn digit."""
    if not 16 <= len(number) <= 19 or not number.isdigit() or len(set(number)) < 4:
        return False
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_credit_code(number: str) -> bool:
    """统一社会信用代码: mod 31 (GB 32100). Weak alone: 3 % of random numbers pass."""
    if len(number) != 18 or any(c not in _USCC for c in number):
        return False
    total = sum(_USCC.index(c) * pow(3, i, 31) for i, c in enumerate(number[:17]))
    return _USCC[(31 - total % 31) % 31] == number[17]


def joins(tokens: list[Token], text: str) -> list[tuple[int, int, str, bool]]:
    """Neighbouring tokens as one number of 11–22 places: (first, last + 1, digits, has a line break), most tokens first.

    One to five groups (`6-4-4-4`, `3 4 4`, `4 4 4 4 3`), or digits written one by one; over a line break two parts only.
    """
    found: list[tuple[int, int, str, bool]] = []
    for first, token in enumerate(tokens):
        digits, broken, one_by_one = "", False, len(token.text) == 1
        for last in range(first, min(first + _MOST, len(tokens))):
            part = tokens[last]
            count = last - first + 1
            one_by_one = one_by_one and len(part.text) == 1
            broken = broken or (last > first and "\n" in text[tokens[last - 1].end : part.start])
            digits += part.text
            if len(digits) > _MOST or (not one_by_one and (count > 5 or (broken and count > 2))):
                break
            if len(digits) >= 11:
                found.append((first, last + 1, digits, broken))
    return sorted(found, key=lambda join: join[0] - join[1])
