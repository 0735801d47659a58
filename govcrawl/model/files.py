"""Files: what the document stage made of an attachment. JSON-able; personal numbers in its texts are masked."""

from __future__ import annotations

from dataclasses import dataclass, field

from govcrawl.model.documents import EMPTY, UNKNOWN
from govcrawl.model.hits import Hit

INSIDE = "!/"
"""Between the address of a file and the path of a file inside it: `http://…/名单.zip!/名单.xlsx`."""
UNSEEN = frozenset({"comment", "deleted", "hidden", "meta", "field", "link", "name"})
"""Kinds of places in a document that who just reads it does not see: personal data counts there too, wrong words do not."""


@dataclass(slots=True, kw_only=True)
class FilePart:
    """The file itself, or one file inside it."""

    path: str = ""
    """"" for the file itself; else the path inside, `内层.zip!/a.doc`."""
    format: str | None = None
    text_status: str = UNKNOWN
    reason: str | None = None
    """As in `DocumentText`."""
    title: str | None = None
    pages: int | None = None
    bytes: int | None = None
    truncated: bool = False
    wrong_type: bool = False
    pictures: int = 0
    text: str | None = None
    """Masked; null where it was not asked for, or where there is none."""
    hits: list[Hit] = field(default_factory=list)

    @property
    def unseen(self) -> bool:
        """Without text, though there is something: a scan, parts that could not be read, an error page in the file's stead."""
        return self.text_status == EMPTY and (self.truncated or self.wrong_type)


@dataclass(slots=True, kw_only=True)
class FileFacts:
    """One attachment: the file itself first, then what is inside, all levels flat."""

    url: str
    digest: str
    """Which bytes were read under which kind of name, by which reader: the same digest reads the same."""
    parts: list[FilePart] = field(default_factory=list)

    def address(self, part: FilePart) -> str:
        """Where a part is found: the file's own address, or `url!/path`."""
        return f"{self.url}{INSIDE}{part.path}" if part.path else self.url
