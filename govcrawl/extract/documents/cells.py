"""Values of cells as the file holds them: numbers without invented digits, dates by their format."""

from __future__ import annotations

import math
import os
import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Number formats 14–22 and 45–47 are dates and times everywhere, 27–36 and 50–58 in Chinese Excel."""
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
"""Parts of a number format that print as they stand: `"年"`, `\\-`, `[Red]`."""
_DATE_LETTERS = re.compile(r"[ymdhs]", re.I)
"""Matches `yyyy/m/d`; not `0.00`, `#,##0`, `General` (its e is scientific)."""
_SPELLED = re.compile(r"-?\d+(?:\.0*)?", re.A)
"""Every digit stands there: matches `999244198606110123` and `6222020200112938.0`, not `9.99E+17`."""
_EXACT = 15
"""Digits that a spreadsheet keeps of a number."""


def is_date_format(number: int, code: str | None) -> bool:
    """Whether a cell with this format shows a date or time."""
    if code is None:
        return number in _BUILT_IN_DATES
    plain = _QUOTED.sub("", code).split(";")[0]
    return "general" not in plain.lower() and _DATE_LETTERS.search(plain) is not None


def number(raw: str) -> tuple[str, bool]:
    """(text, lossy) of a number as written in the file (`9.9924419860611E+17`), or of a double's shortest repr.

    Through float and `int()` the example would become 999244198606109952, and Excel itself also writes it as
    `9.9924419860610995E+17`: digits that nobody typed. Both are 999244198606110000 here, and `lossy` says that the zeros stand
    for lost digits. A number that the file itself spells out in 18 digits (other programs than Excel write that) is exact.
    """
    try:
        value = Decimal(raw.strip())
    except InvalidOperation:
        return raw.strip(), False
    if not value.is_finite() or abs(value.adjusted()) > 40:
        return raw.strip(), False
    if value.adjusted() >= _EXACT and not _SPELLED.fullmatch(raw.strip()):
        return _kept(float(value))
    if value == value.to_integral_value():
        known = len(value.normalize().as_tuple().digits)
        return f"{value:f}".partition(".")[0], value.adjusted() >= _EXACT >= known
    return f"{float(value):.15g}", False


def _kept(value: float) -> tuple[str, bool]:
    """(digits, lossy) of a double of 16 and more digits: those that it holds, then zeros.

    Excel keeps 15 digits of what is typed. A double that no 15 digits give was written by a program: below 2^53 it holds every
    digit, above that those in which all numbers agree that it may stand for.
    """
    shortest = Decimal(repr(value))
    if len(shortest.normalize().as_tuple().digits) <= _EXACT:
        return f"{shortest:f}".partition(".")[0], True
    if abs(value) < 1 << 53:
        return f"{value:.0f}", False
    half = int(math.ulp(value)) // 2
    low, high = str(abs(int(value)) - half), str(abs(int(value)) + half)
    sure = os.path.commonprefix([low, high])
    return "-" * (value < 0) + sure + "0" * (len(high) - len(sure)), True


def date(raw: float, epoch_1904: bool) -> str | None:
    """ISO text of a serial date; only the time for values below one day; null where it is no date."""
    if not 0 <= raw < 2_958_466:
        return None
    moment = (datetime(1904, 1, 1) if epoch_1904 else datetime(1899, 12, 30)) + timedelta(days=raw)  # noqa: DTZ001  a cell has no zone
    moment = (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
    if raw < 1:
        return moment.strftime("%H:%M:%S")
    return moment.date().isoformat() if moment.time().isoformat() == "00:00:00" else moment.isoformat(sep=" ")
