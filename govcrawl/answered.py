"""What an answer comes to, once it is there: read, blocked, failed, a file. Pure; the crawl and its replay call the same functions.

answered.classified(context, status, headers, body, error)   outcome and reason
answered.is_file(context, headers, body)                     no page and no data: kept as it is, read by the workers
answered.settled(visit, facts, at)                           facts as they are stored; null where they must not be judged
"""

from __future__ import annotations

from collections.abc import Mapping

from govcrawl.model.facts import ATTACHMENT, DATA, PAGE, RENDER, Context, PageFacts, Visit
from govcrawl.page import answers

_TEXTUAL = ("text/", "xml", "json", "javascript", "html")
_BINARY = (b"%PDF", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
READ_ROLES = (PAGE, DATA, RENDER, ATTACHMENT)
"""Roles whose answers are read; of links and second tries what they came to is enough."""


def classified(
    context: Context, status: int | None, headers: Mapping[str, str], body: bytes, error: str | None = None
) -> tuple[str, str | None]:
    """(outcome, reason) as of `page.answers.classify`, for an address asked for in this context."""
    outcome, reason = answers.classify(status, headers, body, error)
    if outcome == answers.READ and context.role == PAGE and not body.strip():
        # a server or shield that sends nothing has said nothing about the page: it was not seen, and nothing is missing from it
        return answers.FAILED, "no_data"
    return outcome, reason


def is_file(context: Context, headers: Mapping[str, str], body: bytes) -> bool:
    return not _textual(headers.get("content-type", ""), body) or (context.role == ATTACHMENT and not _markup(body))


def settled(visit: Visit, facts: PageFacts, at: str) -> PageFacts | None:
    """Complete the facts of a read page by when and where it was read. A page that nobody could read is a failed visit: its links may be
    followed, but what is missing on it must not be judged."""
    facts.fetched_at, facts.url = at, visit.url
    visit.title = facts.title or facts.head_title
    if "unreadable" in facts.notes:
        visit.outcome, visit.reason = answers.FAILED, "unread_file" if facts.notes["unreadable"] == "size" else "no_data"
        return None
    return facts


def _markup(body: bytes) -> bool:
    """Whether a text may be a page; a linked txt, csv or rtf is a file, however it is declared."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<"


def _textual(kind: str, body: bytes) -> bool:
    """Whether an answer is a page or data and no file. What it begins with outweighs what it is called."""
    if body.startswith(_BINARY):
        return False
    kind = kind.lower()
    if not kind or "octet-stream" in kind:
        return b"\x00" not in body[:1024]
    return any(word in kind for word in _TEXTUAL)
