"""Opening: the bytes of one file → what it says, where it stands, and what the detectors see in it. Pure, without network and clock.

opening.parts(body, name, key)          the file itself and every file inside it, texts masked
opening.digest(sha256, name, rules)     what such a reading rests on: the same digest reads the same
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from govcrawl import detect as detectors
from govcrawl.detect import masking
from govcrawl.extract import documents
from govcrawl.model.documents import DocumentText, Piece
from govcrawl.model.facts import TextPlace
from govcrawl.model.files import UNSEEN, FilePart
from govcrawl.model.hits import Hit
from govcrawl.text import normalise

READER = 2
"""Grows whenever files that were read before should be read again."""
_CELL = re.compile(r"(?P<sheet>.*)!\$?(?P<column>[A-Z]{1,3})\$?(?P<row>[0-9]{1,7})", re.S)
"""Matches the whole of `表1!B7`, not of `第3页` and not of `word/header1.xml`."""
_SUFFIX = re.compile(r"\.([0-9A-Za-z]{1,5})$")
"""Matches the end of `名单.XLSX`, not of `2026.11 名单`."""
_HEAD_ROWS = 6
_FORM_ROWS = 12
_HEAD_LENGTH = 14
_HEAD = re.compile(r"身份证|证件|手机|电话|联系|银行|卡号|账号|帐号|一卡通|护照|通行证|住址|地址|姓名|户主|名单|残疾|社保|开户")
"""Heads that say whose data a column holds: matches "身份证号码", not "序号"."""
_LABEL = re.compile(
    r".{0,4}(?:姓名|身份证号码?|身份号码|证件号码?|手机号?码?|联系电话|联系方式|电话|银行账号|银行卡号|账号|卡号|住址|地址)[：:]?"
)
"""A label of a form: matches the whole of "家庭住址：", not of "清溪镇地址命名办公室"."""
_LONG = re.compile(r"[0-9０-９]{6}")
"""A row with a long number is no row of heads: matches "13912345678", not "2026年"."""
_CELL_KINDS = frozenset({"body", "table", "hidden"})


def digest(sha256: str, name: str, rules: str) -> str:
    """The bytes, what the name promises them to be, the reader, and the digest of the rules that hits come from."""
    return f"{sha256}.{suffix(name)}.{READER}.{rules[:16]}"


def suffix(name: str) -> str:
    """Ending of a file's name in lower case: `名单.XLSX` → `xlsx`; "" where there is none."""
    found = _SUFFIX.search(name.strip())
    return found[1].lower() if found else ""


def parts(body: bytes, name: str, key: bytes, read: Callable[[bytes, str], DocumentText] | None = None) -> list[FilePart]:
    """Read a file and what is inside it.

    Args:
        key: the store's secret for personal data.
        read: stands for `extract.documents.read`, which catches its own errors.
    """
    whole = (read or documents.read)(body, name)
    own = _part("", len(body), whole, key)
    return [own, *(_part(member.path, member.bytes, member.document, key) for member in whole.members)]


def _part(path: str, size: int | None, document: DocumentText, key: bytes) -> FilePart:
    text, hits = detect([replace(p, text=_whole(p.text), locator=_whole(p.locator)) for p in document.pieces], key)
    return FilePart(
        path=_whole(path), format=document.format, text_status=document.text_status, reason=document.reason, title=_whole(document.title or "") or None,
        pages=document.pages, bytes=size, truncated=document.truncated, wrong_type=document.wrong_type, pictures=document.pictures,
        text=text or None, hits=hits,
    )  # fmt: skip


def _whole(text: str) -> str:
    """Text that can be written down: half a surrogate pair (from a broken UTF-16 stream) becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def detect(pieces: Sequence[Piece], key: bytes) -> tuple[str, list[Hit]]:
    """(all text, one piece a line, its personal numbers masked; hits with kind and locator of the piece they stand in)."""
    runs = list(_runs(pieces))
    texts = [piece.text for piece in pieces]
    by_place = {(run.place, run.locator): run for run in runs}
    found: list[tuple[int, Hit]] = []
    private: dict[int, list[Hit]] = {}
    for hit in detectors.run([TextPlace(run.text, run.place, run.locator) for run in runs], key):
        run = by_place[hit.place, hit.locator]
        at = run.index_of(hit.offset)
        start, index = run.starts[at], run.pieces[at]
        kind = pieces[index].kind
        if hit.rule.startswith("privacy-"):
            private.setdefault(id(run), []).append(hit)
        elif kind in UNSEEN:
            continue
        place = hit.place if len(hit.place) > len("table:") and hit.place.startswith("table:") and kind not in UNSEEN else kind
        lossy = pieces[index].lossy  # digits at its end that nobody typed: whose number it is, is not known
        own = replace(hit, place=place, locator=pieces[index].locator, offset=hit.offset - start, weak=hit.weak or lossy, lossy=lossy)
        found.append((index, own))
    for run in runs:
        masked = masking.covered(run.text, private.get(id(run), []))
        for start, index in zip(run.starts, run.pieces, strict=True):
            texts[index] = masked[start : start + len(texts[index])]
    found.sort(key=lambda pair: pair[0])
    return "\n".join(texts), [hit for _, hit in found]


# -- pieces as the detectors want them ---------------------------------------------------


@dataclass(slots=True)
class _Run:
    """Pieces that belong together as one text: a number is told by what stands around it, and may be broken between two of them."""

    place: str
    locator: str
    """Of our own making, so that a hit finds its run again; columns of one sheet share it and so know each other's heads."""
    parts: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    """Where each piece begins."""
    pieces: list[int] = field(default_factory=list)
    length: int = 0

    def add(self, index: int, text: str, separator: str = "\n") -> None:
        if self.pieces:
            self.parts.append(separator)
            self.length += len(separator)
        self.starts.append(self.length)
        self.pieces.append(index)
        self.parts.append(text)
        self.length += len(text)

    def index_of(self, offset: int) -> int:
        return max(0, bisect_right(self.starts, offset) - 1)

    @property
    def text(self) -> str:
        if len(self.parts) > 1:
            self.parts = ["".join(self.parts)]
        return self.parts[0] if self.parts else ""


def _runs(pieces: Sequence[Piece]) -> Iterator[_Run]:
    """Neighbours of one kind as one text; cells of one sheet by its columns, where it has heads, else by its rows."""
    sheets: dict[str, list[tuple[int, str, int]]] = {}
    current: _Run | None = None
    number = 0
    for index, piece in enumerate(pieces):
        cell = _CELL.fullmatch(piece.locator) if piece.kind in _CELL_KINDS else None
        if cell is not None:
            sheets.setdefault(cell["sheet"], []).append((int(cell["row"]), cell["column"], index))
            continue
        if current is None or current.place != piece.kind:
            if current is not None:
                yield current
            number += 1
            current = _Run(piece.kind, f"run {number}")
        current.add(index, piece.text)
    if current is not None:
        yield current
    for name, cells in sheets.items():
        yield from _sheet(f"sheet {name}", cells, pieces)


def _sheet(name: str, cells: list[tuple[int, str, int]], pieces: Sequence[Piece]) -> Iterator[_Run]:
    rows: dict[int, list[tuple[str, int]]] = {}
    for row, column, index in cells:
        rows.setdefault(row, []).append((column, index))
    head = _head([(row, [pieces[index].text for _, index in rows[row]]) for row in sorted(rows)[: _HEAD_ROWS + _FORM_ROWS]])
    above = _Run("table" if head is None else "table:", name)
    columns: dict[str, _Run] = {}
    heads: dict[str, str] = {}
    for row in sorted(rows):
        if head is not None and row <= head and _is_head([pieces[index].text for _, index in rows[row]]):
            # a head that spans two rows stands in the upper one
            heads |= {column: normalise.label(pieces[index].text) for column, index in rows[row]}
        for at, (column, index) in enumerate(rows[row]):
            if head is None or row <= head:
                above.add(index, pieces[index].text, "\t" if at else "\n")
                continue
            title = heads.get(column) or f"{column}列"
            columns.setdefault(title, _Run(f"table:{title}", name)).add(index, pieces[index].text)
    if above.pieces:
        yield above
    yield from columns.values()


def _head(rows: list[tuple[int, list[str]]]) -> int | None:
    """The row of heads, the lower of two; null for a sheet without, and for a form, in which labels stand beside what is filled in."""
    at = next((n for n, (_, texts) in enumerate(rows[:_HEAD_ROWS]) if _is_head(texts)), None)
    if at is None:
        return None
    if at + 1 < len(rows) and _is_head(rows[at + 1][1]) and _labels(rows[at + 1][1]):
        at += 1
    return None if any(_labels(texts) for _, texts in rows[at + 1 :]) else rows[at][0]


def _labels(texts: list[str]) -> bool:
    return any(_LABEL.fullmatch(text.strip()) for text in texts)


def _is_head(texts: list[str]) -> bool:
    named = any(_HEAD.search(text) and len(text) <= _HEAD_LENGTH for text in texts)
    return len(texts) >= 2 and named and not any(_LONG.search(text) for text in texts)
