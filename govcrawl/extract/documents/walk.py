"""One walk over the text of Word and drawing XML: paragraphs, tables, boxes, deleted and hidden text, fields, alt texts.

Word (`w:p/w:r/w:t`) and DrawingML (`a:p/a:r/a:t`) name their parts alike, so one walk by local names reads docx, pptx, charts,
drawings of workbooks and Word-2003 XML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from govcrawl.extract.documents.gathering import Gathering
from govcrawl.extract.documents.ooxml import Element, attribute, local

_OFF = ("0", "false", "off", "none")
_IGNORED = frozenset(
    {"Fallback", "rt", "rPr", "pPr", "tblPr", "sectPr", "tblGrid", "numCache", "styles", "fonts", "lists", "docOleData", "binData"}
)
"""`mc:Fallback` repeats the text box of `mc:Choice`; `w:rt`, the reading above a character, would cut the word; the others hold no text."""
_QUIET_FIELDS = re.compile(
    r"\s*(?:PAGE|PAGEREF|NUMPAGES|SECTIONPAGES|TOC|REF|SEQ|DATE|TIME|STYLEREF|SAVEDATE|CREATEDATE|FORMTEXT|FORMCHECKBOX|FORMDROPDOWN|SHAPE|EMBED)\b",
    re.I,
)
"""Matches ` PAGE \\* MERGEFORMAT`, machinery of the layout; not ` HYPERLINK "mailto:…"`."""
_ALT = {
    "docPr": ("descr", "title"),
    "cNvPr": ("descr", "title"),
    "imagedata": ("title",),
    "textpath": ("string",),
    "shape": ("alt",),
    "rect": ("alt",),
}
_FORM = {"listEntry": "val", "default": "val", "helpText": "val", "statusText": "val", "listItem": "displayText"}


def letters(column: int) -> str:
    """1 → A, 27 → AA."""
    out = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        out = chr(65 + rest) + out
    return out


def switched_on(element: Element) -> bool:
    """`<w:vanish/>` and `<w:vanish w:val="1"/>`, not `<w:vanish w:val="0"/>`."""
    return (attribute(element, "val") or "1").lower() not in _OFF


@dataclass(slots=True)
class Line:
    """A paragraph on the way: its visible text, and what stands apart from it."""

    main: list[str] = field(default_factory=list)
    apart: list[tuple[str, list[str]]] = field(default_factory=list)
    inserted: int = 0
    last: str = ""
    inside: list[tuple[str, Element]] = field(default_factory=list)
    """(kind, element) of drawings, objects and notes, walked after the paragraph; "" = of the paragraph's kind."""

    def put(self, text: str, kind: str) -> None:
        """Text of the line itself ("" or "inserted"), or text that stands apart from it (deleted, hidden, field)."""
        if kind in ("", "inserted"):
            self.main.append(text)
            if kind and text.strip():
                self.inserted += len(text.strip())
        elif self.apart and self.last == kind:
            self.apart[-1][1].append(text)
        else:
            self.apart.append((kind, [text]))
        self.last = kind


@dataclass(slots=True)
class Walk:
    """Walks parts of one document; tables are counted through all of them."""

    gathering: Gathering
    hidden_styles: frozenset[str] = frozenset()
    tables: int = 0

    def visit(self, elements: Iterable[Element], kind: str = "body", locator: str = "") -> None:
        """All text of these elements, or of the children of one; not of runs."""
        for child in elements:
            name = local(child)
            if name == "p":
                self._paragraph(child, kind, locator)
            elif name == "tbl":
                self._table(child, kind)
            elif name == "txbxContent" or name == "txbx":
                self.visit(child, kind if kind in ("hidden", "deleted") else "box", locator)
            elif name in ("del", "moveFrom"):
                self.visit(child, "deleted", locator)
            elif name == "sdtPr" or name == "ffData":
                self._form(child)
            elif name == "AlternateContent":
                self._alternatives(child, kind, locator)
            elif name in _IGNORED or not name:
                continue
            else:
                self._alt(child, name, locator)
                if len(child):
                    self.visit(child, kind, locator)

    def _alternatives(self, element: Element, kind: str, locator: str) -> None:
        """Both, where they say different things: which one is shown is the program's choice."""
        self.visit(element, kind, locator)
        fallbacks = [child for child in element if local(child) == "Fallback"]
        first = _words(child for child in element if local(child) != "Fallback")
        if fallbacks and _words(fallbacks) not in first:
            for fallback in fallbacks:
                self.visit(fallback, kind, locator)

    def _paragraph(self, element: Element, kind: str, locator: str) -> None:
        found = Line()
        self._inline(element, found, "")
        text = "".join(found.main)
        own = kind
        if found.inserted and kind in ("body", "table") and found.inserted >= len("".join(text.split())):
            own = "inserted"
        self.gathering.add(text, own, locator)
        for apart, parts in found.apart:
            words = "".join(parts)
            if apart != "field" or not _QUIET_FIELDS.match(words):
                self.gathering.add(words, apart, locator)
        for inner, child in found.inside:
            self.visit([child], inner or kind, locator)

    def _inline(self, element: Element, found: Line, state: str) -> None:
        """Runs of a paragraph; `state` is what surrounds them: "", inserted, deleted, hidden."""
        for child in element:
            name = local(child)
            if name == "r":
                self._run(child, found, state)
            elif name == "pPr" or name in _IGNORED:
                continue
            elif name in ("ins", "moveTo"):
                self._inline(child, found, state or "inserted")
            elif name in ("del", "moveFrom"):
                self._inline(child, found, "deleted")
            elif name == "annotation":
                self._annotation(child, found, state)
            elif name in ("p", "tbl", "txbxContent", "drawing", "pict", "AlternateContent", "object"):
                found.inside.append(("", child))
            elif name == "sdtPr":
                self._form(child)
            elif name == "br":
                found.put("\n", "")
            elif name == "t":
                found.put(child.text or "", state)
            else:
                if name == "fldSimple":
                    found.put(attribute(child, "instr") or "", "field")
                elif name == "hlink":
                    self.gathering.once(attribute(child, "dest"), "link")
                self._inline(child, found, state)

    def _run(self, element: Element, found: Line, state: str) -> None:
        for child in element:
            name = local(child)
            if name == "t":
                found.put(child.text or "", state)
            elif name == "rPr":
                if self._vanishes(child):
                    state = "deleted" if state == "deleted" else "hidden"
            elif name == "delText":
                found.put(child.text or "", "deleted")
            elif name in ("instrText", "delInstrText"):
                found.put(child.text or "", "field")
            elif name in ("tab", "ptab"):
                found.put("\t", "" if state == "inserted" else state)
            elif name in ("br", "cr"):
                found.put("\n", "" if state == "inserted" else state)
            elif name == "noBreakHyphen":
                found.put("-", state)
            elif name == "sym":
                found.put(_symbol(child), state)
            elif name in ("rubyBase", "ruby", "r"):
                self._inline(child, found, state)
            elif name == "fldChar":
                for inner in child:
                    if local(inner) == "ffData":
                        self._form(inner)
            elif name in ("drawing", "pict", "AlternateContent", "object"):
                found.inside.append(("", child))
            elif name in ("footnote", "endnote"):
                found.inside.append(("note", child))
            elif name == "annotation":
                self._annotation(child, found, state)

    def _annotation(self, element: Element, found: Line, state: str) -> None:
        """Word 2003 marks revisions and comments in place: `<aml:annotation w:type="Word.Deletion">`."""
        kind = attribute(element, "type") or ""
        if kind == "Word.Comment":
            self.gathering.once(attribute(element, "author"), "comment", "批注作者")
            found.inside.append(("comment", element))
        else:
            self._inline(element, found, {"Word.Deletion": "deleted", "Word.Insertion": "inserted"}.get(kind, state))

    def _vanishes(self, properties: Element) -> bool:
        for child in properties:
            name = local(child)
            if (name == "vanish" and switched_on(child)) or (name == "rStyle" and attribute(child, "val") in self.hidden_styles):
                return True
        return False

    def _table(self, element: Element, kind: str) -> None:
        self.tables += 1
        number = self.tables
        own = "table" if kind == "body" else kind
        row = 0
        for line in _through(element, "tr"):
            row, column, hidden = row + 1, 1, False
            for properties in line:
                if local(properties) == "trPr":
                    hidden = any(local(p) == "hidden" and switched_on(p) for p in properties)
            for cell in _through(line, "tc"):
                self.visit(cell, "hidden" if hidden else own, f"表{number}!{letters(column)}{row}")
                column += _span(cell)

    def _alt(self, element: Element, name: str, locator: str) -> None:
        for key in _ALT.get(name, ()):
            self.gathering.once(attribute(element, key), "alt", locator)

    def _form(self, element: Element) -> None:
        """Choices, defaults and help of form fields and content controls."""
        for inner in element.iter():
            key = _FORM.get(local(inner))
            if key:
                value = attribute(inner, key)
                if value and (len(value) > 3 or not value.isdigit()):
                    self.gathering.once(value, "field")


def _words(elements: Iterable[Element]) -> str:
    return "".join("".join(part.text or "" for element in elements for part in element.iter() if local(part) == "t").split())


def _symbol(element: Element) -> str:
    """`<w:sym w:font="Symbol" w:char="F037"/>` prints a 7; in Wingdings it would be a picture."""
    try:
        code = int(attribute(element, "char") or "", 16)
    except ValueError:
        return ""
    code -= 0xF000 if 0xF000 <= code <= 0xF0FF else 0
    return chr(code) if 0x20 < code < 0x7F and "dings" not in (attribute(element, "font") or "").lower() else ""


def _through(element: Element, wanted: str) -> list[Element]:
    """Rows or cells, also inside content controls (`w:sdt/w:sdtContent/w:tr`)."""
    out: list[Element] = []
    for child in element:
        name = local(child)
        if name == wanted:
            out.append(child)
        elif name in ("sdt", "sdtContent", "customXml", "ins", "del", "bookmarkStart"):
            out += _through(child, wanted)
    return out


def _span(cell: Element) -> int:
    """Columns a cell stands for."""
    for child in cell:
        if local(child) == "tcPr":
            for inner in child:
                if local(inner) == "gridSpan":
                    value = attribute(inner, "val") or "1"
                    return min(int(value), 200) if value.isdigit() and value.isascii() else 1
    return 1
