"""Whether a page bears a defect that stands in a template: what a re-check looks for on further pages of the same block."""

from __future__ import annotations

from govcrawl.checks.links import is_empty
from govcrawl.checks.marks import FIELDS
from govcrawl.model.facts import PageFacts
from govcrawl.model.findings import Finding

LINK_RULES = frozenset({"link-dead", "link-soft-404"})


def bears(finding: Finding, page: PageFacts, original: PageFacts | None = None) -> bool:
    """Whether a page shows the same defect; false for rules whose defects stand in no template.

    A link alone is no defect: whether its target is still dead is another question.

    Args:
        original: the page of the finding as it was, for marks whose wrong value the finding does not hold.
    """
    if page.kind in ("error", "shield", "data", "attachment"):
        return False
    if finding.rule in LINK_RULES:
        return any(link.url == finding.value and not link.hidden for link in page.links)
    if finding.rule == "link-empty":
        return any(not link.url and not link.control and link.text.strip() == finding.value and is_empty(link.href) for link in page.links)
    if finding.rule in ("footer-mark-missing", "footer-mark-wrong"):
        return _mark(finding, page, original)
    entry = page.error_report
    if finding.rule == "error-report-missing":
        return entry is not None and not (entry.present and entry.working) and not (entry.doubtful and not page.rendered)
    if finding.rule == "error-report-wrong-code":
        return entry is not None and entry.code is not None and entry.code == finding.value
    return False


def _mark(finding: Finding, page: PageFacts, original: PageFacts | None) -> bool:
    name, marks = finding.value or "", page.marks
    if marks is None or name not in FIELDS:
        return False
    shown = getattr(marks, FIELDS[name]) or marks.raw.get(name)
    if finding.rule == "footer-mark-missing":
        return not shown and not (name in marks.doubtful and not page.rendered)
    before = original.marks if original is not None else None
    was = (getattr(before, FIELDS[name]) or before.raw.get(name)) if before is not None else None
    return bool(shown) and shown == was
