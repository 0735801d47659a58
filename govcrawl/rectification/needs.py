"""What a re-check must fetch before a finding can be answered, rule by rule as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(slots=True, frozen=True)
class Need:
    """What must be read again before a rule's finding can be answered."""

    page: bool = True
    """The finding's own address."""
    parent: bool = False
    """The page whose list the finding's address stood on."""
    home: bool = False
    lists: tuple[str, ...] = ()
    """Column types whose lists are read."""
    children: bool = False
    """The lists below the column, where its own shows nothing new."""
    target: str | None = None
    """`look`: the value is an address that gets one more try beside a control host; `read`: it is read as in the run."""
    entries: bool = False
    """New entries without a date are read."""
    named: str | None = None
    """New links of the pages just read whose text matches are followed; `{value}` and `{type}` stand for the finding's value."""
    search: bool = False
    """The site's search is asked as in the run."""
    shared: bool = False
    """The defect may stand in a template: further pages that bore it are looked at."""
    marks: bool = False
    """What a script may still write is rendered."""
    kept: bool = False
    """The object judged (guide, letter, document) must still be there: a page that lost it says nothing."""


_PAGE, _OBJECT = Need(), Need(kept=True)
NEEDS: Mapping[str, Need] = {
    "home-stale": Need(entries=True),
    "column-stale": Need(children=True, entries=True),
    "column-due-soon": Need(children=True, entries=True),
    "column-blank": Need(),
    "column-missing": Need(named="{type}"),
    "item-undated": _PAGE,
    "date-conflict": Need(parent=True),
    "profile-outdated": _PAGE,
    "org-info-wrong": _PAGE,
    "leader-info-missing": _PAGE,
    "link-dead": Need(target="look", shared=True),
    "link-soft-404": Need(target="read", shared=True),
    "link-empty": Need(shared=True),
    "page-tag-missing": _PAGE,
    "footer-mark-missing": Need(shared=True, marks=True),
    "footer-mark-wrong": Need(shared=True, marks=True),
    "error-report-missing": Need(shared=True, marks=True),
    "error-report-wrong-code": Need(shared=True, marks=True),
    "domain-nonconforming": Need(home=True),
    "site-name-nonconforming": Need(home=True),
    "search-missing": Need(home=True, search=True),
    "search-not-found": Need(page=False, home=True, search=True),
    "search-not-grouped": Need(home=True, search=True),
    "doc-number-missing": _OBJECT,
    "doc-number-malformed": _OBJECT,
    "expired-not-marked": _OBJECT,
    "policy-not-interpreted": Need(lists=("政策解读",), named="解读", kept=True),
    "interpretation-not-linked": _OBJECT,
    "policy-not-linked-back": _OBJECT,
    "interpretation-excerpt-only": _OBJECT,
    "policy-unrelated": _OBJECT,
    "guide-missing": Need(named="{value}"),
    "guide-element-missing": _OBJECT,
    "guide-format-unclear": _OBJECT,
    "guide-vague": _OBJECT,
    "guide-basis-name-only": _OBJECT,
    "guide-form-missing": Need(named="表|申请书|样本|样表|模板|下载", kept=True),
    "guide-materials-inconsistent": _OBJECT,
    "services-not-grouped": _PAGE,
    "message-unanswered": _OBJECT,
    "reply-late": _OBJECT,
    "reply-perfunctory": _OBJECT,
    "message-field-missing": _OBJECT,
    "messages-not-public": Need(lists=("咨询建言",), entries=True),
    "message-stats-missing": Need(home=True, lists=("咨询建言",), named="统计|办理情况"),
    "consultation-no-feedback": Need(named="反馈|结果|采纳", kept=True),
    "interview-stale": Need(children=True, entries=True),
    **dict.fromkeys(
        (
            "severe-wording", "typo", "outdated-name", "sensitive-word", "advertising", "illegal-link", "hidden-link", "page-tampered",
            "name-inconsistent", "doc-number-conflict", "privacy-id-number", "privacy-phone", "privacy-bank-card", "privacy-passport",
            "privacy-address", "privacy-health", "privacy-id-photo",
        ),
        _PAGE,
    ),
}  # fmt: skip
"""Rule → need. What is not named here (accounts, probes, tickets, IPv6, secrecy) no re-crawl of pages can answer: a person does."""
