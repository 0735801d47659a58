"""html and mhtml, mostly under the names of Office files: paragraphs, tables by cell, hidden parts, Office's own properties."""

from __future__ import annotations

import email
import html
import re
from collections.abc import Iterator
from email.message import Message

from lxml import etree
from lxml import html as lxml_html

from govcrawl.extract.documents import cells
from govcrawl.extract.documents.errors import Damaged, TooLarge
from govcrawl.extract.documents.gathering import Gathering
from govcrawl.extract.documents.limits import Limits, Nested
from govcrawl.extract.documents.ooxml import OFFICE_PROPERTIES, Element
from govcrawl.extract.documents.walk import letters
from govcrawl.model.documents import DocumentText
from govcrawl.page import encoding

_LONG_HEADER = re.compile(rb"(?im)^content-[a-z-]{1,40}:(?:[^\r\n]|\r?\n[ \t]){4096}")
"""A header of a part that no program writes, and that costs the library a time that grows with its square; not `Content-Type: text/html`."""
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,200}>")
"""Matches `<?xml version="1.0" encoding="GBK"?>`, which a parser of text refuses; not `<html>`."""
_PROPERTY = re.compile(rf"<o:({'|'.join(OFFICE_PROPERTIES)})>([^<]{{1,2000}})</o:")
"""Matches `<o:Author>张三</o:Author>` in the comment that Office writes; not `<o:Pages>1</o:Pages>`."""
_SHEET_NAME = re.compile(r"<x:Name>([^<]{1,200})</x:Name>")
"""Matches `<x:Name>人员名单</x:Name>`; not `<x:Formula>`."""
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.I)
"""Matches `style='display:none'`; not `display:block`."""
_PART = re.compile(r"mso-element\s*:\s*(header|footer|comment|footnote|endnote)\b(?!-)", re.I)
"""Matches `mso-element:comment`; not `mso-element:comment-list`."""
_PARTS = {"header": "header", "footer": "footer", "comment": "comment", "footnote": "note", "endnote": "note"}
_SKIPPED = frozenset({"script", "style", "head", "noscript", "template", "xml", "object", "svg"})
_INLINE = frozenset({
    "a", "abbr", "acronym", "b", "bdo", "big", "cite", "code", "em", "font", "i", "kbd", "label", "mark", "q", "s", "samp", "small",
    "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "ins", "wbr", "nobr", "o:p", "st1:personname", "st1:chsdate",
})  # fmt: skip
_FLAT = re.compile(r"[ \t\r\n\f\v]+")


def read(body: bytes, limits: Limits, nested: Nested | None = None) -> DocumentText:
    """Text of a page as a document.

    Raises:
        Damaged: no element can be made out. TooLarge: nested so deep that nothing was read.
    """
    gathering = Gathering(limits, nested)
    title = None
    with gathering.bounded():
        title = _page(encoding.decode(body, {})[0], gathering)
    return gathering.document("html", title=title)


def read_archive(body: bytes, limits: Limits, nested: Nested | None = None) -> DocumentText:
    """Text of an MHTML file (另存为单个文件网页): its pages, its other files as members, its pictures counted.

    Raises:
        Damaged: there is no part in it. TooLarge: a part's header has no end.
    """
    if _LONG_HEADER.search(body):
        raise TooLarge("邮件头过长")
    gathering = Gathering(limits, nested)
    title = None
    with gathering.bounded():
        message = email.message_from_bytes(body)
        parts = [part for part in message.walk() if not part.is_multipart()]
        if message.is_multipart() and f"--{message.get_boundary()}--".encode("utf-8", "replace") not in body:
            gathering.missing.append("文件不完整，只读取了一部分")
        for number, part in enumerate(parts):
            if number >= limits.members:
                gathering.missing.append(f"超过{limits.members}个部分，其余未读取")
                break
            title = _part(part, gathering) or title
    return gathering.document("mhtml", title=title)


def _part(part: Message, gathering: Gathering) -> str | None:
    """One part of an MHTML file; the title when it is a page."""
    kind = part.get_content_type()
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    if kind.startswith("image/"):
        gathering.pictures += 1
    elif kind == "text/html" and data.strip():
        return _page(encoding.decode(data, {"content-type": str(part.get("content-type", ""))})[0], gathering)
    elif kind == "text/plain":
        gathering.add(encoding.decode(data, {"content-type": str(part.get("content-type", ""))})[0])
    elif data and kind not in ("text/css", "text/xml", "application/xml", "text/javascript", "application/x-mso"):
        gathering.embed(part.get_filename() or str(part.get("content-location", "")).rpartition("/")[2] or "附件", data)
    return None


def _page(text: str, gathering: Gathering) -> str | None:
    text = _DECLARATION.sub("", text.replace("\0", ""), count=1)
    if not text.strip():
        return None
    parser = lxml_html.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        root = lxml_html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        raise Damaged("网页无法解析") from None
    title = next((" ".join(e.text_content().split()) for e in root.iter("title")), None)
    gathering.add(title, "meta", "标题")
    for name, value in _PROPERTY.findall(text[:65536]):
        gathering.once(html.unescape(value), "meta", OFFICE_PROPERTIES[name])
    for name in _SHEET_NAME.findall(text[:65536]):
        gathering.once(html.unescape(name), "name", "工作表")
    for element in root.iter("meta"):
        if (element.get("name") or "").lower() in ("author", "keywords", "description", "originator"):
            gathering.once(element.get("content"), "meta", (element.get("name") or "").lower())
    walk = _Walk(gathering)
    walk.visit(root, "body", "")
    walk.flush("body", "")
    if any("xcessive depth" in error.message for error in parser.error_log):
        if not gathering.pieces:
            raise TooLarge("网页嵌套过深")
        gathering.missing.append("网页嵌套过深，只读取了一部分")
    return title or None


class _Walk:
    """Text between block elements as one piece."""

    def __init__(self, gathering: Gathering) -> None:
        self._gathering, self._parts, self._tables = gathering, list[str](), 0

    def flush(self, kind: str, locator: str) -> None:
        if self._parts:
            words = _FLAT.sub(" ", "".join(self._parts)).replace(" \u2028", "\n").replace("\u2028", "\n")
            self._parts.clear()
            self._gathering.add(words, kind, locator)

    def visit(self, element: Element, kind: str, locator: str) -> None:
        tag = element.tag if isinstance(element.tag, str) else ""
        if tag in _SKIPPED or not tag:
            return
        own = self._kind(element, tag, kind)
        self._attributes(element, tag)
        block = tag not in _INLINE or own != kind
        if block and tag != "br":
            self.flush(kind, locator)
        if tag == "table":
            self._tables += 1
            self._table(element, own, self._tables)
            return
        if element.text:
            self._parts.append(element.text)
        for child in element:
            self.visit(child, own, locator)
            if child.tail:
                self._parts.append(child.tail)
        if tag == "br":
            self._parts.append("\u2028")
        elif block:
            self.flush(own, locator)

    def _kind(self, element: Element, tag: str, kind: str) -> str:
        style = element.get("style") or ""
        if element.get("hidden") is not None or (style and _HIDDEN.search(style)):
            return "hidden"
        if tag == "del":
            return "deleted"
        part = _PART.search(style) if style else None
        return _PARTS[part[1].lower()] if part else kind

    def _attributes(self, element: Element, tag: str) -> None:
        if tag == "img":
            self._gathering.pictures += 1
            self._gathering.once(element.get("alt"), "alt")
        elif tag == "a":
            href = (element.get("href") or "").strip()
            if href and not href.startswith("#") and not href.lower().startswith("javascript:"):
                self._gathering.once(href, "link")

    def _table(self, table: Element, kind: str, number: int) -> None:
        row = 0
        own = "table" if kind == "body" else kind
        for line in _rows(table):
            row, column = row + 1, 1
            shown = self._kind(line, "tr", own)
            for cell in line:
                if cell.tag in ("td", "th"):
                    self._cell(cell, self._kind(cell, "td", shown), f"表{number}!{letters(column)}{row}")
                    span = cell.get("colspan") or "1"
                    column += min(int(span), 200) if span.isascii() and span.isdigit() and int(span) > 0 else 1
        for caption in table.iterchildren("caption"):
            self.visit(caption, kind, f"表{number}")

    def _cell(self, cell: Element, kind: str, locator: str) -> None:
        exact = cell.get("x:num")
        if exact:  # Excel shows 1.10101E+17 and keeps the number itself here
            words, lossy = cells.number(exact)
            if len(words) > 11:
                self._gathering.add(words, kind, locator, lossy=lossy)
                return
        if cell.text:
            self._parts.append(cell.text)
        for child in cell:
            self.visit(child, kind, locator)
            if child.tail:
                self._parts.append(child.tail)
        self.flush(kind, locator)


def _rows(element: Element) -> Iterator[Element]:
    """Rows of a table itself, also within `tbody` and what people put around rows; not those of tables in its cells."""
    for child in element:
        if child.tag == "tr":
            yield child
        elif child.tag not in ("table", "td", "th", "caption"):
            yield from _rows(child)
