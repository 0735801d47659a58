"""Documents: what a file says and where each piece of it stands. Plain data that travels between processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

READ, OCR, EMPTY, PASSWORD, DAMAGED, UNKNOWN, TOO_LARGE, TIMEOUT, CRASHED = (
    "read", "ocr", "empty", "password", "damaged", "unknown", "too_large", "timeout", "crashed",
)  # fmt: skip
"""`text_status` of a file that was fetched, in the words of the record contract."""


@dataclass(slots=True, frozen=True)
class Piece:
    """A run of text and where it stands."""

    text: str
    kind: str = "body"
    """body, table, header, footer, note, comment, deleted, inserted, hidden, alt, link, field, box, chart, meta, name."""
    locator: str = ""
    """Finds it again: `第3页`, `表1!B7` (sheet!cell), `批注2`, `word/header1.xml`; "" for running text."""
    lossy: bool = False
    """A number cell of 16 or more digits: the file keeps only the first 15 to 17, the zeros at the end were never typed."""


@dataclass(slots=True, frozen=True)
class Member:
    """A file inside a file: of an archive, or embedded in a document."""

    path: str
    """Path inside its container, `/`-separated, levels joined by `!/`: `名单/2026.xlsx`, `内层.zip!/a.doc`. No two are the same: the second of
    two entries of one name is `名单.xlsx#2`."""
    document: DocumentText
    bytes: int | None = None


@dataclass(slots=True, kw_only=True)
class DocumentText:
    """The text of one file, or why there is none."""

    format: str | None = None
    """What the bytes are, whatever the name says: docx, doc, xlsx, xls, pptx, ppt, pdf, ofd, rtf, csv, txt, html, mhtml, xml, zip, rar, 7z, picture, media; null = not recognised."""
    text_status: str = UNKNOWN
    reason: str | None = None
    """Why it is not `read`, or what is missing though it is (`truncated`, digits that the file lost), in Chinese, for the inspector."""
    pieces: list[Piece] = field(default_factory=list)
    title: str | None = None
    """Title of an HTML page that stands under a document's name."""
    pages: int | None = None
    truncated: bool = False
    """Read in part: a limit, a bad sheet or a bad page cost the rest. Of an `empty` file: it shows something that was not read (a scan)."""
    wrong_type: bool = False
    """The name promises another kind of file than the bytes are."""
    pictures: int = 0
    """Pictures inside that were not read (scanned pages, embedded images)."""
    members: list[Member] = field(default_factory=list)
    """Files inside, all levels flat, in their order."""

    @property
    def text(self) -> str:
        """All text in the document's own order, one piece a line."""
        return "\n".join(piece.text for piece in self.pieces)

    def parts(self) -> Iterator[tuple[str, DocumentText]]:
        """(path, document) of the file itself ("") and of every member."""
        yield "", self
        for member in self.members:
            yield member.path, member.document
