"""The scripts of a page, taken out of its tree: their elements stay (so that XPaths hold), their text does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

Element = etree._Element

_SCRIPTS = etree.XPath("//script | //style")


@dataclass(slots=True, frozen=True)
class Script:
    """An inline or linked script."""

    text: str
    """Inline code, "" for a linked one."""
    src: str
    """As printed; "" for an inline one."""
    attributes: Mapping[str, str]
    index: int
    """1-based position among all `script` elements: `(//script)[index]`."""


def taken_out(root: Element) -> list[Script]:
    """All scripts in document order; scripts and styles lose their text."""
    found: list[Script] = []
    for el in _SCRIPTS(root):
        if el.tag == "script":
            attributes = {str(k): str(v) for k, v in el.attrib.items()}
            found.append(Script(el.text or "", attributes.get("src", ""), attributes, len(found) + 1))
        el.text = None
    return found
