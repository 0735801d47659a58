"""The visible text of a tree by region, in one pass: marks are put into the tree, the text is taken once, and split at the marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import etree

Element = etree._Element

# Markers of regions in the text; noncharacters, so no page and no icon font uses them.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_CODES = {"header": "1", "nav": "2", "aside": "3", "footer": "4", "main": "5", "hidden": "6", "table": "7"}
_NAMES = {code: name for name, code in _CODES.items()}
_MARK = re.compile("([\ufdd0\ufdd1]\\d)")
_SILENT = etree.XPath("//noscript | //template | //iframe[node()] | //object[node()] | //head/title")


def pieces(tree: Element, body: Element, regions: Iterable[tuple[Element, str]], main: Element | None) -> list[tuple[str, str]]:
    """(region, raw text) in document order; region: header, nav, aside, footer, lead, main, tail, body.

    Args:
        regions: roots of header, nav, aside and footer.
        main: the element of the main text, where it is not the whole body.
    """
    roots = list(regions)
    if main is not None:
        roots.append((main, "main"))
    roots += [(el, "hidden") for el in _SILENT(tree)]
    saved = [(el, el.text, el.tail) for el, _ in roots]
    for el, name in roots:
        code = _CODES[name]
        el.text = _OPEN + code + (el.text or "")
        el.tail = _CLOSE + code + (el.tail or "")
    try:
        text = etree.tostring(body, method="text", encoding="unicode", with_tail=False)
    finally:
        for el, inner, tail in saved:
            el.text, el.tail = inner, tail
    parts: list[tuple[str, str]] = []
    for name, piece in _split(text, main is not None):
        if parts and parts[-1][0] == name:  # a noscript between two words is no break
            parts[-1] = (name, parts[-1][1] + piece)
        else:
            parts.append((name, piece))
    return parts


def lines(text: str) -> str:
    """One line a block: blanks squeezed, empty lines dropped."""
    return "\n".join([" ".join(words) for line in text.split("\n") if (words := line.split())])


def _split(text: str, has_main: bool) -> Iterator[tuple[str, str]]:
    """Split marked text into (region, piece); hidden pieces are dropped."""
    stack: list[str] = []
    seen_main = False
    for piece in _MARK.split(text):
        if len(piece) == 2 and piece[0] == _OPEN and piece[1] in _NAMES:
            stack.append(_NAMES[piece[1]])
            seen_main = seen_main or stack[-1] == "main"
        elif len(piece) == 2 and piece[0] == _CLOSE:
            if stack:
                stack.pop()
        elif piece and "hidden" not in stack:
            if stack:
                name = next((s for s in reversed(stack) if s not in ("table",)), "body")
            else:
                name = ("tail" if seen_main else "lead") if has_main else "body"
            yield name, piece
