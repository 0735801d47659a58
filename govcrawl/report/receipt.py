"""检查范围与完成情况说明: what was known, read, failed, blocked and skipped, with reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from govcrawl.model.facts import DATA, PAGE, Visit
from govcrawl.model.items import Attachment
from govcrawl.page import addresses

_ANSWERED = (404, 410)


def site_receipt(
    *,
    site: str,
    host: str,
    visits: Iterable[Visit],
    looks: Iterable[Visit],
    attachments: Iterable[Attachment],
    waiting_to_render: int,
    left_in_queue: int,
    home: str,
    probes: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The receipt of one site.

    Args:
        waiting_to_render: pages whose list or body is drawn by script and that no browser rendered.
        left_in_queue: own pages that are known and were never asked for (the crawl was cut short).
        probes: what the availability probes of the window come to; null where nobody asked.
    """
    pages: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    requests = size = absent = 0
    times: list[str] = []
    outcomes: dict[str, tuple[str, str | None]] = {}
    proxy_failed = False
    for visit in (*visits, *looks):
        requests += len(visit.tries)
        size += visit.bytes or 0
        times += [t.at for t in visit.tries]
        role = visit.context.role
        if role == PAGE:
            outcomes[visit.url] = visit.outcome, visit.redirect_to
            proxy_failed = proxy_failed or (visit.url == home and visit.last is not None and visit.last.error == "proxy")
        if role in (PAGE, DATA) and visit.outcome != "redirected":
            pages["known"] += 1
            pages[visit.outcome] += 1
            if gone(visit):
                absent += 1
            elif visit.outcome != "read":
                reasons[visit.reason or "unreachable"] += 1
    if waiting_to_render:
        reasons["unrendered"] += waiting_to_render
    if left_in_queue:
        pages["known"] += left_in_queue
        pages["skipped"] += left_in_queue
        reasons["budget"] += left_in_queue
    if absent > pages["read"]:
        # most of what the site leads to does not exist: whatever was read is no picture of it
        reasons["no_data"] += absent
    files = list(attachments)
    unread = [a for a in files if a.unread]
    at_home, end = _end_of(home, outcomes)
    receipt: dict[str, Any] = {
        "site": site,
        "host": host,
        "pages": {
            **{name: pages[name] for name in ("known", "read", "failed", "blocked", "skipped")},
            "not_rendered": waiting_to_render,
        },
        "reasons": dict(sorted((+reasons).items())),
        "attachments": {"read": len(files) - len(unread), "unread": len(unread)},
        "unread_files": [{"url": a.url, "page": a.page, "status": a.text_status, "name": a.name, "reason": a.reason} for a in unread],
        "requests": requests,
        "bytes": size,
        "started_at": min(times, default=None),
        "ended_at": max(times, default=None),
        "state": _state(at_home, complete=not +reasons),
    }
    if probes is not None:
        receipt["probes"] = probes
    if proxy_failed:
        receipt["note"] = "未能经代理服务器访问网站，网站本身是否正常无从判断"
    if at_home == "read" and addresses.host(end).removeprefix("www.") != addresses.host(home).removeprefix("www."):
        receipt["moved_to"] = end
    return receipt


def _state(at_home: str, *, complete: bool) -> str:
    if at_home == "blocked":
        return "blocked"
    if at_home not in ("read", "redirected"):
        return "unreachable"
    return "complete" if complete else "incomplete"


def _end_of(home: str, outcomes: Mapping[str, tuple[str, str | None]]) -> tuple[str, str]:
    """(outcome, address): what became of the home page in the end, its redirects followed.

    `redirected` where the last target has no visit of that spelling; `failed` for redirects in a circle.
    """
    at, passed = home, set[str]()
    while at not in passed:
        passed.add(at)
        outcome, onward = outcomes.get(at, ("failed" if at == home else "redirected", None))
        if outcome != "redirected" or onward is None:
            return outcome, at
        at = onward
    return "failed", at


def skipped_receipt(site: str, host: str, reason: str) -> dict[str, Any]:
    """The receipt of a site that the registry says is closed or suspended; it stands nowhere else."""
    nothing = dict.fromkeys(("known", "read", "failed", "blocked", "skipped", "not_rendered"), 0)
    return {
        "site": site, "host": host, "pages": nothing, "reasons": {"approved": 1}, "attachments": {"read": 0, "unread": 0}, "unread_files": [],
        "requests": 0, "bytes": 0, "started_at": None, "ended_at": None, "state": "skipped", "note": reason,
    }  # fmt: skip


def gone(visit: Visit) -> bool:
    """True where the site itself answered that there is no such page: a defect of the site, not a gap in our reading."""
    return visit.outcome == "failed" and visit.last is not None and visit.last.status in _ANSWERED
