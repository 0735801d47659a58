"""Which origins one may tune on, and which ones only report."""

from __future__ import annotations

from hashlib import sha256

from evals.truth import Origin

TUNE, REPORT = "tune", "report"
HALVES = (REPORT, TUNE)
"""In the order they are printed: what counts first."""


def half(origin: str) -> str:
    """`tune` or `report`, fixed for ever by the origin's name (host, lower case)."""
    return TUNE if int(sha256(origin.encode()).hexdigest(), 16) % 2 == 0 else REPORT


def half_of(origin: Origin) -> str:
    """As `half`; the sites of unseen templates are no report once they were looked at, their first look is (`first_look.yml`)."""
    return TUNE if origin.corpus == "unseen" else half(origin.host)
