"""What an appeal would ask for, by rule: rows of a finding's evidence and the parts that each must bear."""

from __future__ import annotations

from typing import Any

EVERY: dict[str, set[str]] = {"ground": {"as_of", "basis"}, "fetched": {"at", "page", "status", "our_address", "user_agent", "snapshot"}}
"""Of every finding: the sentence's document and the 监测时间点; when, by whom and how its page was fetched, and where the raw answer lies."""

NEEDS: dict[str, dict[str, set[str]]] = {
    "home-stale": {"window": {"from", "to", "limit"}, "item": {"url", "date", "source"}},
    "column-stale": {
        "window": {"from", "to", "limit", "days"}, "item": {"url", "date", "source"}, "page_one": {"url", "fetched_at", "items", "rows"},
        "subtree": {"columns", "dates", "unread"},
    },
    "column-due-soon": {"window": {"from", "to", "limit"}, "item": {"url", "date"}, "page_one": {"rows"}, "subtree": {"columns", "dates", "unread"}},
    "column-blank": {"column": {"url", "fetched_at", "items", "rendered", "children"}, "range": {"known", "read", "unread"}},
    "column-missing": {"searched": {"pages", "columns", "navigation"}, "range": {"known", "read", "unread"}},
    "interview-stale": {"newest": {"newest_on", "url"}, "window": {"from", "to", "columns"}},
    "item-undated": {"searched": {"visible", "meta_pubdate", "list_date"}, "range": {"unread"}},
    "date-conflict": {"dates": {"list", "visible", "fetched"}},
    "link-dead": {
        "place": {"url", "anchor", "target", "region"}, "GET": {"at", "url", "status", "address", "look", "snapshot"},
        "control": {"url", "status", "at"},
    },
    "link-soft-404": {"place": {"url", "anchor", "target"}, "GET": {"at", "url", "status", "snapshot"}},
    "link-empty": {"place": {"url", "anchor", "href"}},
    "page-tag-missing": {"meta": {"found", "page"}},
    "footer-mark-missing": {"searched": {"mark", "region", "after_script", "pages", "judged"}, "range": {"unread"}},
    "footer-mark-wrong": {"mark": {"mark", "observed"}},
    "error-report-missing": {"searched": {"entry", "found", "judged"}, "range": {"unread"}},
    "error-report-wrong-code": {"entry": {"href", "code", "own_code"}},
    "domain-nonconforming": {"address": {"asked", "shown"}},
    "site-name-nonconforming": {"names": {"names", "organizer"}},
    "typo": {"hit": {"place", "quote", "locator"}},
    "privacy-id-number": {"hit": {"place", "quote", "locator"}},
    "privacy-phone": {"hit": {"place", "quote", "locator"}},
    "privacy-bank-card": {"hit": {"place", "quote", "locator"}},
    "search-missing": {},  # either what was looked for, or each question with its answer
    "search-not-found": {"GET": {"at", "url", "status", "title", "state", "shown"}},
    "search-not-grouped": {"GET": {"at", "url", "status", "title", "state"}},
    "doc-number-missing": {"searched": {"labels", "also"}, "range": {"unread"}},
    "doc-number-malformed": {"doc_number": {"raw", "explained"}},
    "expired-not-marked": {"searched": {"places", "validity"}, "range": {"unread"}},
    "policy-not-interpreted": {"document": {"issued_on", "published_on"}, "searched": {"columns", "name", "interpretations"}, "range": {"unread"}},
    "policy-not-linked-back": {"searched": {"places", "labels"}, "interpretation": {"url", "title"}, "range": {"unread"}},
    "interpretation-not-linked": {"searched": {"places", "labels"}, "range": {"unread"}},
    "interpretation-excerpt-only": {"similarity": {"url", "share", "floor"}},
    "guide-missing": {},  # a page that says so, or a list entry without a guide
    "guide-element-missing": {"searched": {"labels", "label"}, "shown": {"elements"}, "range": {"unread"}},
    "guide-form-missing": {"searched": {"places"}, "range": {"unread"}},
    "guide-format-unclear": {"material": {"name", "form", "copies"}},
    "guide-vague": {"text": {"quote", "element"}},
    "guide-basis-name-only": {"text": {"quote"}, "searched": {"things"}},
    "guide-materials-inconsistent": {"text": {"quote", "element"}},
    "services-not-grouped": {"searched": {"columns", "items"}, "groups": {"found"}, "range": {"unread"}},
    "message-unanswered": {"message": {"asked_on", "replied_on", "as_of", "shown", "status"}},
    "reply-late": {
        "working_days": {"asked_on", "replied_on", "working_days", "days", "official_through", "provisional"}, "labels": {"shown"},
    },
    "reply-perfunctory": {"reply": {"reply", "asked_on"}},
    "message-field-missing": {"searched": {"labels", "shown"}, "range": {"unread"}},
    "messages-not-public": {"searched": {"columns", "pages"}, "range": {"unread"}},
    "message-stats-missing": {"searched": {"columns", "names"}, "range": {"unread"}},
    "consultation-no-feedback": {"survey": {"opened_on", "closed_on", "feedback_on", "labels"}},
    "site-unreachable": {"window": {"from", "to", "days"}, "visits": {"visits", "failed", "missing"}},
}  # fmt: skip
"""Rules that can accuse. `link-dead` proves more: see `lacking`."""

_NO_PAGE = frozenset({"site-unreachable"})
"""Rules whose bytes are not a page of the run."""


def lacking(finding: dict[str, Any]) -> list[str]:
    """What a finding's evidence lacks, in the words `what.part`."""
    rows = finding["evidence"]
    bad = []
    every = {} if finding["rule"] in _NO_PAGE else EVERY
    for what, parts in {**every, **NEEDS[finding["rule"]]}.items():
        own = [row for row in rows if (row.get("what") or "") == what]
        seen = {part for row in own for part in row}
        bad += [f"{what}.{part}" for part in sorted(parts - seen)]
    if finding["clause"] is not None and not any(row.get("what") == "ground" and row.get("sentence") for row in rows):
        bad.append("ground.sentence")
    if finding["rule"] == "link-dead":
        looks = [row for row in rows if row.get("look")]
        bad += [] if [row["look"] for row in looks] == [1, 2] else ["both tries"]
        bad += [] if looks and looks[-1].get("status") is not None or looks[-1].get("resolved") else ["what the name resolves to"]
        control = next((row for row in rows if row.get("what") == "control"), {})
        bad += [] if control.get("status") in range(200, 400) else ["a control host that answered"]
    if finding["rule"] == "reply-late":
        days = next((row["days"] for row in rows if row.get("what") == "working_days"), [])
        bad += [] if len(days) > 5 and all({"day", "working", "n"} <= day.keys() for day in days) else ["working days date by date"]
    return bad
