"""What the search for values shares: the reader's protocol, the shape of a value, is an element a label."""

from __future__ import annotations

from typing import Protocol, TypeAlias

from govcrawl.extract import nodes
from govcrawl.extract.nodes import Element

COLONS = ":：﹕∶"

Value: TypeAlias = tuple[str, tuple[Element, ...], str]
"""(text, elements it stands in, how: table | list | grid | heading | tab | line)."""


class Words(Protocol):
    """What this module must know of the vocabulary: `labelled` gives it."""

    @property
    def long(self) -> frozenset[str]: ...

    def whole(self, raw: str) -> tuple[str, str] | None: ...


class Reader(Protocol):
    @property
    def vocabulary(self) -> Words: ...

    @property
    def root(self) -> Element: ...

    def starts_label(self, element: Element) -> bool: ...

    def begins(self, head: str) -> bool: ...

    def cut(self, value: str, key: str) -> str: ...


def content(reader: Reader, elements: list[Element], key: str) -> str:
    """Text of the value's elements, without a first line that repeats the label (tab panels do); short values are one line."""
    if key in reader.vocabulary.long:
        lines = nodes.lines(*elements) or _shown_in_fields(elements)
        repeated = reader.vocabulary.whole(lines[0]) if lines else None
        return "\n".join(lines[1:] if repeated is not None and repeated[0] == key else lines)
    for element in elements:
        shown = nodes.joined(element)
        head = nodes.first_text(element)
        repeated = reader.vocabulary.whole(head)
        if repeated is not None and repeated[0] == key:
            shown = shown[len(" ".join(head.split())) :].strip()
        value = reader.cut(shown, key)
        if value:
            return value
    return next(iter(_shown_in_fields(elements)), "")


def _shown_in_fields(elements: list[Element]) -> list[str]:
    """Values that a page shows in fields nobody can write into: `<input readonly value="清政发〔2026〕3号">`."""
    found: list[str] = []
    for element in elements:
        for field in element.iter("input", "textarea"):
            locked = field.get("readonly") is not None or field.get("disabled") is not None
            shown = (field.get("value") if field.tag == "input" else field.text) or ""
            if locked and shown.strip() and field.get("type") in (None, "", "text"):
                found.append(" ".join(shown.split()))
    return found


def is_colon(element: Element) -> bool:
    """An element that holds nothing but the colon behind a label: `<td>索引号</td><td>：</td><td>…`."""
    shown = nodes.text(element)
    return 0 < len(shown) <= 2 and not shown.strip(COLONS + " ")


def is_label(reader: Reader, cell: Element) -> bool:
    return reader.starts_label(cell) and reader.vocabulary.whole(nodes.text(cell)) is not None


def is_whole(reader: Reader, element: Element) -> bool:
    return reader.vocabulary.whole(nodes.text(element)) is not None
