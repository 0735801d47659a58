"""docx, docm, dotx: every part that holds text, in the order a reader meets them."""

from __future__ import annotations

import html
import re

from govcrawl.extract.documents import charts
from govcrawl.extract.documents.errors import Damaged, TooLarge
from govcrawl.extract.documents.gathering import Gathering
from govcrawl.extract.documents.limits import Limits, Nested
from govcrawl.extract.documents.ooxml import Element, Package, attribute, every_version, local, parse, surroundings, tolerate
from govcrawl.extract.documents.walk import Walk, switched_on
from govcrawl.model.documents import DocumentText

_AUTHOR = re.compile(rb"""<(?:w:)?(?:ins|del|moveFrom|moveTo|rPrChange|pPrChange)\b[^>]*?\bw:author=["']([^"']{1,200})""")
"""Matches `<w:del w:id="1" w:author="张三"`; not `<w:comment w:author=` (told with the comment)."""
_NUMBERED = {"comments": ("comment", "comment", "批注"), "footnotes": ("footnote", "note", "脚注"), "endnotes": ("endnote", "note", "尾注")}
_EDGES = {"hdr": "header", "ftr": "footer"}
_WORDLESS = re.compile(
    r"^(?:docprops|customxml|word/diagrams/(?!data))|/(?:styles\w*|settings|websettings|fonttable|theme\d*|people)\.xml$"
)
"""Parts without text of the document, or told elsewhere; matches `word/styles.xml`, `word/diagrams/drawing1.xml`; not `word/header1.xml`."""
_WORDS = re.compile(rb"<(?:\w+:)?t[ >]|\A(?:\xff\xfe|\xfe\xff)")
"""Matches `<w:t>` and UTF-16; not `<w:tbl>`."""
_NUMBER = re.compile(r"(\d+)")


def natural(name: str) -> tuple[object, ...]:
    """header2.xml before header10.xml."""
    return tuple(int(part) if part.isdigit() else part for part in _NUMBER.split(name.lower()))


def read(body: bytes, limits: Limits, nested: Nested | None = None) -> DocumentText:
    """Text of a Word document with the place of every piece.

    Raises:
        Damaged, TooLarge: nothing of the main part can be read.
    """
    package = Package(body, limits)
    gathering = Gathering(limits, nested)

    def walk() -> None:
        main = package.main("word/document.xml")
        with gathering.bounded():
            _parts(package, main, gathering)
            surroundings(package, gathering)

    every_version(package, gathering, walk)
    return gathering.document("docx")


def _parts(package: Package, main: str, gathering: Gathering) -> None:
    walk = Walk(gathering, _hidden_styles(package, gathering))
    data = package.bytes(main)
    root = parse(data)
    if local(root) not in ("document", "wordDocument"):
        raise Damaged("正文部件不是 Word 文档")
    walk.visit(root)
    _authors(data, gathering)
    for name in sorted(package.names, key=natural):
        low = name.lower()
        if low == main.lower() or not low.endswith(".xml") or _WORDLESS.search(low):
            continue
        if low.startswith("word/charts/"):
            tolerate(package, name, gathering, charts.read)
        elif low.startswith("word/diagrams/data"):
            tolerate(package, name, gathering, lambda root, part, _: walk.visit(root, "box", part))
        elif re.search(r"/(?:header|footer|footnotes|endnotes|comments)\d*\.xml$", low):
            tolerate(package, name, gathering, lambda root, part, _: part_of(root, part, walk))
        elif _bears_text(package, name):
            tolerate(package, name, gathering, lambda root, part, _: _other_part(root, part, walk))


def _bears_text(package: Package, name: str) -> bool:
    try:
        return _WORDS.search(package.bytes(name)) is not None
    except (Damaged, TooLarge):
        return False


def _other_part(root: Element, name: str, walk: Walk) -> None:
    """A part under an unusual name; what is no header, note or comment is not shown: building blocks, the text of an older version."""
    kind = local(root)
    if kind in _EDGES or kind in _NUMBERED:
        part_of(root, name, walk)
    else:
        walk.visit(root, "box" if kind == "userShapes" else "hidden", name)


def part_of(root: Element, name: str, walk: Walk) -> None:
    """A header, a footer, the notes or the comments."""
    kind = local(root)
    if kind in _EDGES:
        walk.visit(root, _EDGES[kind], name)
    elif kind in _NUMBERED:
        tag, piece, words = _NUMBERED[kind]
        number = 0
        for element in root:
            if local(element) == tag and attribute(element, "type") not in ("separator", "continuationSeparator", "continuationNotice"):
                number += 1
                walk.visit(element, piece, f"{words}{number}")
                walk.gathering.once(attribute(element, "author"), piece, f"{words}{number}作者")


def _authors(data: bytes, gathering: Gathering) -> None:
    """Who revised the text: names that stand in the file only as attributes."""
    for raw in dict.fromkeys(_AUTHOR.findall(data)):
        gathering.once(html.unescape(raw.decode("utf-8", "replace")), "meta", "修订者")


def _hidden_styles(package: Package, gathering: Gathering) -> frozenset[str]:
    """Character styles that hide their text."""
    if not package.has("word/styles.xml"):
        return frozenset()
    try:
        data = package.bytes("word/styles.xml")
        if b"vanish" not in data:
            return frozenset()
        root = parse(data)
    except Damaged as error:
        if "DOCTYPE" in error.reason:
            raise
        return frozenset()
    hidden: set[str] = set()
    for style in root:
        if local(style) == "style" and any(local(e) == "vanish" and switched_on(e) for p in style if local(p) == "rPr" for e in p):
            hidden.add(attribute(style, "styleId") or "")
    return frozenset(hidden)
