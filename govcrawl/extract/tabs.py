"""The panel of a tab title: by the id it points to, else by its place among as many panels."""

from __future__ import annotations

from lxml import etree

from govcrawl.extract import nodes
from govcrawl.extract.nodes import Element
from govcrawl.extract.reader_protocol import Reader, Value, content, is_whole

_TAB_LEVELS = 4
_MOST_TABS = 60
"""A bar with more titles is a list."""
_SHORT_VALUE = 60
_BY_ID = etree.XPath("descendant::*[@id=$identity]")


def panel_value(reader: Reader, label: Element, key: str) -> Value | None:
    """The panel of a tab title: by the id it points to, else by its place among as many panels."""
    target = _target(reader, label)
    if target is not None:
        return content(reader, [target], key), (target,), "tab"
    group = label.getparent()
    if group is None or group is reader.root or len(group) > _MOST_TABS:
        return None
    titles = [child for child in group if nodes.is_element(child) and nodes.has_text(child)]
    if len(titles) < 2 or label not in titles or sum(is_whole(reader, title) for title in titles) < 2:
        return None
    if any(len(nodes.text(title)) > 14 for title in titles):
        return None
    panels = _panels(reader, group, len(titles), _TAB_LEVELS if _is_tab_bar(reader, titles) else 1)
    if not panels:
        return None
    panel = panels[titles.index(label)]
    return content(reader, [panel], key), (panel,), "tab"


def _is_tab_bar(reader: Reader, titles: list[Element]) -> bool:
    """Titles of tabs name sections (办理材料); a column of short labels (索引号, 文号) has its values right beside it or nowhere."""
    found = (reader.vocabulary.whole(nodes.text(title)) for title in titles)
    return any(hit is not None and hit[0] in reader.vocabulary.long for hit in found)


def _target(reader: Reader, label: Element) -> Element | None:
    """The element a tab title names by `href="#id"`, `data-target` or `aria-controls`; only one of the same page."""
    for node in label.iter():
        if not nodes.is_element(node):
            continue
        for name in ("href", "data-target", "aria-controls", "data-id", "data-tab"):
            value = (node.get(name) or "").strip()
            if name == "href" and not value.startswith("#"):
                continue
            identity = value.lstrip("#")
            if identity:
                for found in _BY_ID(reader.root, identity=identity):
                    if found is not label and not is_whole(reader, found):
                        return found
    return None


def _panels(reader: Reader, group: Element, count: int, levels: int) -> list[Element]:
    """As many sibling elements after the tab bar as it has titles, searched outwards."""
    node = group
    for _ in range(levels):
        siblings = [s for s in node.itersiblings() if nodes.is_element(s) and s.tag not in nodes.SKIPPED]
        for sibling in siblings if levels > 1 else siblings[:1]:
            inner = [c for c in sibling if nodes.is_element(c) and c.tag in nodes.BLOCKS]
            if len(inner) == count and len({c.tag for c in inner}) == 1:
                return inner if levels > 1 or all(len(nodes.text(c)) <= _SHORT_VALUE for c in inner) else []
        same = [s for s in siblings if s.tag in nodes.BLOCKS]
        if len(same) == count and len({(s.tag, (s.get("class") or "").split(" ")[0]) for s in same}) == 1:
            return same
        node = node.getparent()
        if node is None or node is reader.root:
            break
    return []
