"""Why a document was not read: each becomes a `text_status` and a reason in Chinese."""

from __future__ import annotations

from typing import ClassVar

from govcrawl.model.documents import DAMAGED, PASSWORD, TOO_LARGE, UNKNOWN


class Unreadable(Exception):  # noqa: N818  an answer about the file, not a mistake of ours
    """A reader gives a file up. `reason` is one short Chinese sentence for the inspector, without the library's own words."""

    status: ClassVar[str] = DAMAGED

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Protected(Unreadable):
    """It opens with a password only."""

    status = PASSWORD


class Damaged(Unreadable):
    """Its own structure does not hold, or it carries what its format forbids (a DOCTYPE in OOXML)."""

    status = DAMAGED


class TooLarge(Unreadable):
    """A limit of size, ratio, pages, rows, depth or memory."""

    status = TOO_LARGE


class Unknown(Unreadable):
    """Nothing that we can read: an unknown format, or a known container without the part that matters."""

    status = UNKNOWN
