"""Which 网站标识码 is the site's own, and how sure we are: marks and 找错 entries are compared with it."""

from __future__ import annotations

import re
from collections import Counter

from govcrawl.checks.base import CheckContext

_CODE = re.compile(r"^(?:\d{10}|bm\d{8})$")
"""Matches "3212830001" and "bm14000002", not "N000000672" nor "321283001"."""


def is_code(text: str | None) -> bool:
    """Whether this has the form of a 网站标识码: ten digits (local), or `bm` and eight (ministries)."""
    return _CODE.match((text or "").strip().lower()) is not None


def same_code(one: str, other: str) -> bool:
    return one.strip().lower() == other.strip().lower()


def own_code(ctx: CheckContext) -> tuple[str | None, bool]:
    """(code, sure). Sure: the registry says so, or two of footer, `SiteIDCode` and 找错 entry of the home page agree.

    One witness alone is not sure; witnesses that all differ, or none, give no code.
    """
    target, home = ctx.facts.target, ctx.facts.home
    for code in (target.site_code, target.site):
        if is_code(code):
            return str(code).strip().lower(), True
    if home is None:
        return None, False
    said = [
        home.marks.site_code if home.marks else None,
        home.meta.get("siteidcode"),
        home.error_report.code if home.error_report else None,
    ]
    votes = Counter(str(code).strip().lower() for code in said if is_code(code))
    if not votes:
        return None, False
    code, count = votes.most_common(1)[0]
    if count >= 2:
        return code, True
    return (code, False) if len(votes) == 1 else (None, False)
