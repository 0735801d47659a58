"""The facts of a site → looks and findings. Importing this package registers the checks."""

from govcrawl.checks import (
    availability,
    columns,
    consultations,
    content,
    dates,
    files,
    freshness,
    guides,
    interaction,
    interpretation,
    links,
    marks,
    naming,
    policy,
    probes,
    search,
    services,
    tags,
)
from govcrawl.checks.base import CheckContext, Judgement, Report, judge
from govcrawl.checks.looks import looks

__all__ = ["CheckContext", "Judgement", "Report", "judge", "looks"]
_REGISTERED = (
    availability,
    columns,
    consultations,
    content,
    dates,
    files,
    freshness,
    guides,
    interaction,
    interpretation,
    links,
    marks,
    naming,
    policy,
    probes,
    search,
    services,
    tags,
)
