"""Pieces of one document as a reader finds them, up to the limits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from govcrawl.extract.documents.limits import Limits, Nested
from govcrawl.model.documents import DocumentText, Member, Piece


class Enough(Exception):  # noqa: N818  a limit of the output is reached; what was read so far stays
    """Ends a reader's walk from any depth; caught by `Gathering.bounded`."""


@dataclass(slots=True)
class Gathering:
    """What a reader has found so far."""

    limits: Limits
    nested: Nested | None = None
    pieces: list[Piece] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    pictures: int = 0
    missing: list[str] = field(default_factory=list)
    """What was not read, in Chinese; not empty = `truncated`."""
    chars: int = 0
    lossy: int = 0
    """Number cells whose last digits the file itself has lost."""
    _once: set[tuple[str, str]] = field(default_factory=set)
    _embedded: set[tuple[str, int]] = field(default_factory=set)
    _known: set[str] | None = None
    """Texts that are not kept a second time; null = everything is kept."""

    def add(self, text: str | None, kind: str = "body", locator: str = "", *, lossy: bool = False) -> None:
        """Keep a text with something in it."""
        text = text.strip() if text else ""
        if not text or (self._known is not None and text in self._known):
            return
        room = self.limits.text_chars - self.chars
        if len(text) > room or len(self.pieces) >= self.limits.pieces:
            if room > 0 and len(self.pieces) < self.limits.pieces:
                self.pieces.append(Piece(text[:room], kind, locator, lossy))
            self.missing.append(f"内容过多，只读取了前{len(self.pieces)}段")
            raise Enough
        self.chars += len(text)
        self.lossy += lossy
        self.pieces.append(Piece(text, kind, locator, lossy))

    def once(self, text: str | None, kind: str, locator: str = "") -> None:
        """Keep a text that a file tends to repeat (authors, link targets, alt texts) the first time only."""
        if text and (text, kind) not in self._once:
            self._once.add((text, kind))
            self.add(text, kind, locator)

    def embed(self, path: str, data: bytes) -> None:
        """Read a file inside through the dispatcher."""
        mark = (path, hash(data))
        if self._known is not None and mark in self._embedded:
            return
        self._embedded.add(mark)
        if self.nested is not None:
            self.members.append(Member(path, self.nested(data, path), len(data)))

    @contextmanager
    def only_new(self) -> Iterator[None]:
        """The walk inside has been here before, with other bytes in some places: what is known from then is not kept again."""
        self._known, pictures, self.pictures = {piece.text for piece in self.pieces}, self.pictures, 0
        try:
            yield
        finally:
            self._known, self.pictures = None, max(pictures, self.pictures)

    @contextmanager
    def bounded(self) -> Iterator[None]:
        """The walk inside may end early, with what it has."""
        try:
            yield
        except Enough:
            return

    def document(self, form: str, *, pages: int | None = None, title: str | None = None) -> DocumentText:
        """The result; `text_status` is left to the dispatcher, which knows the pictures and the name."""
        said = list(dict.fromkeys(self.missing))
        if self.lossy:
            said.append(f"{self.lossy}个数字单元格超过15位，文件本身没有保存末尾的几位数字，显示为0，不是原来填写的数字")
        return DocumentText(
            format=form, pieces=self.pieces, members=self.members, pictures=self.pictures, pages=pages, title=title,
            truncated=bool(self.missing), reason="；".join(said) or None,
        )  # fmt: skip
