"""Where the value of a label stands, once the label is found: same line, next cell, `dd`, next block, tab panel.

Works for `labelled`, whose reader it asks only two things: does an element begin with another label, and may a value be long.
"""

from __future__ import annotations

from itertools import islice

from govcrawl.extract import nodes
from govcrawl.extract.nodes import Element
from govcrawl.extract.reader_protocol import COLONS, Reader, Value, content, is_colon, is_whole
from govcrawl.extract.table_cells import cell_value
from govcrawl.extract.tabs import panel_value

_LONGEST_GRID = 60
_CLIMB_STOPS = nodes.CELLS | {"dt", "dd", "li", "tr", "body", "form"}


def navigation_link(parent: Element) -> bool:
    """Is the text that of a link that leads to another page (not to a tab or anchor of this one)?"""
    node, steps = parent, 0
    while node is not None and steps < 4:
        if node.tag == "a":
            return leads_elsewhere(node)
        node, steps = node.getparent(), steps + 1
    return False


def leads_elsewhere(link: Element) -> bool:
    """Has the link a target other than a place on this page? Its text is then never a label of this page."""
    href = link.get("href")
    return href is not None and href[:1] not in ("", "#") and href[:11].lower() != "javascript:" and not href.isspace()


# --- the same line ---------------------------------------------------------------------------------------------------


def following_inline(reader: Reader, parent: Element, index: int, key: str, initial: str = "") -> tuple[str, tuple[Element, ...]]:
    """What follows a label inside the element that prints it: up to the next label, line break or block.

    `initial` is what the label's own text node already gives. Values that may be long go on over line breaks and into the
    following paragraphs. ("", ()) when nothing follows.
    """
    long = key in reader.vocabulary.long
    parts: list[str] = [initial] if initial else []
    elements: list[Element] = []
    ended = False
    for child in list(parent)[index:]:
        ended = not _take(reader, child, long, parts, elements)
        if not ended and child.tail and child.tail.strip():
            ended = reader.begins(child.tail.strip())
            if not ended:
                parts.append(" " + child.tail.strip())
        if ended:
            break
    value = _tidy(parts)
    if long and not ended and value:
        more, further = _next_paragraphs(reader, parent)
        value = "\n".join(filter(None, (value, more)))
        elements += further
    return (value if long else reader.cut(value, key)), tuple(elements)


def _take(reader: Reader, child: Element, long: bool, parts: list[str], elements: list[Element]) -> bool:
    """Add one child to a value; False where the value ends before or with it."""
    tag = child.tag
    filled = any(part.strip() for part in parts)
    if tag == "br":
        if filled and not long:
            return False
        parts.append("\n")
        return True
    if not isinstance(tag, str) or tag in nodes.SKIPPED:
        return True
    block = tag in nodes.BLOCKS or tag in nodes.CELLS
    if reader.starts_label(child) or (block and not long and filled):
        return False
    inner = "\n".join(nodes.lines(child)) if block or long else nodes.text(child)
    if inner or nodes.pictures([child]):
        elements.append(child)
        parts.append(f"\n{inner}\n" if block else f" {inner}")
    return not (block and inner and not long)


def _next_paragraphs(reader: Reader, parent: Element) -> tuple[str, list[Element]]:
    """Paragraphs that go on with a long value: `<p>答复内容：您好……</p><p>一、……</p>`."""
    if parent.tag != "p":
        return "", []
    found: list[Element] = []
    for sibling in parent.itersiblings():
        if not nodes.is_element(sibling):
            continue
        if sibling.tag not in ("p", "ul", "ol", "table", "br") or reader.starts_label(sibling):
            break
        found.append(sibling)
    return "\n".join(nodes.lines(*found)), found


def _tidy(parts: list[str]) -> str:
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)


# --- another element --------------------------------------------------------------------------------------------------


def structural(reader: Reader, element: Element, key: str, colon: bool) -> Value:
    """The value of a label that fills an element of its own."""
    label = _climb(reader, element)
    if label.tag in nodes.CELLS:
        return cell_value(reader, label, key)
    if label.tag == "dt":
        return _terms(reader, label, key)
    if label.tag == "li":
        return _list_item(reader, label, key, colon)
    following = _following(reader, label, key, colon)
    if following[0] or following[1]:
        return following
    if not colon:
        tab = panel_value(reader, label, key)
        if tab is not None:
            return tab
    return "", (label,), following[2]


def _climb(reader: Reader, element: Element) -> Element:
    """The outermost element that holds nothing but this label."""
    node = element
    while node is not reader.root and node.tag not in _CLIMB_STOPS:
        parent = node.getparent()
        if parent is None or parent.tag in ("body", "tr", "tbody", "table") or (parent.text and parent.text.strip()):
            break
        if any(child is not node and (nodes.has_text(child) or _shows(child)) for child in parent) or any(
            child.tail and child.tail.strip() for child in parent
        ):
            break
        node = parent
    return node


def _shows(element: Element) -> bool:
    """Pictures and players are content too."""
    return nodes.is_element(element) and bool(nodes.pictures([element]))


def _terms(reader: Reader, term: Element, key: str) -> Value:
    """`dd` elements up to the next `dt`."""
    found: list[Element] = []
    for sibling in term.itersiblings():
        if sibling.tag == "dt":
            break
        if sibling.tag == "dd":
            found.append(sibling)
    return content(reader, found, key), tuple(found), "list"


def _list_item(reader: Reader, item: Element, key: str, colon: bool) -> Value:
    """A label that fills a `li`: a tab, or a grid in which labels and values take turns."""
    follower = next(item.itersiblings("li"), None)
    if follower is not None and not is_whole(reader, follower) and (colon or _take_turns(reader, item)):
        return content(reader, [follower], key), (follower,), "grid"
    if not colon:
        tab = panel_value(reader, item, key)
        if tab is not None:
            return tab
    return "", (item,), "grid"


def _take_turns(reader: Reader, item: Element) -> bool:
    """Do labels and values take turns in the item's list, beginning with a label? (Four items at least, sixty at most.)"""
    items = [other for other in islice(item.getparent(), _LONGEST_GRID + 1) if other.tag == "li"]
    if len(items) % 2 or not 4 <= len(items) <= _LONGEST_GRID or item not in items[0::2]:
        return False
    return sum(is_whole(reader, other) for other in items[0::2]) >= max(1, len(items) // 4) and not any(
        is_whole(reader, other) for other in items[1::2]
    )


def _after_break(reader: Reader, label: Element, key: str) -> tuple[str, tuple[Element, ...]]:
    """The text on the line after a label in bold: `<p><b>一、办理地址</b><br>县政务大厅一楼</p>`."""
    parent, following = label.getparent(), label.getnext()
    if parent is None or following is None or following.tag != "br" or label.tag in nodes.BLOCKS:
        return "", ()
    value, elements = following_inline(reader, parent, parent.index(label) + 1, key)
    return value, elements or (parent,)


def _following(reader: Reader, label: Element, key: str, colon: bool) -> Value:
    """The siblings after a label: all of them up to the next label or heading where a value may be long, else the first."""
    heading = label.tag in nodes.HEADINGS
    how = "heading" if heading or key in reader.vocabulary.long else "grid"
    long = key in reader.vocabulary.long
    found: list[Element] = []
    parent = label.getparent()
    if label.tail and label.tail.strip() and parent is not None:
        tail = label.tail.strip().lstrip(COLONS).strip()
        if reader.begins(label.tail.strip()):
            return "", (), how
        value, elements = following_inline(reader, parent, parent.index(label) + 1, key, tail)
        return value, elements or (parent,), how
    broken = _after_break(reader, label, key)
    if broken[0]:
        return *broken, how
    signature = (label.tag, label.get("class"))
    for sibling in label.itersiblings():
        if not nodes.is_element(sibling) or sibling.tag in nodes.SKIPPED:
            continue
        shown = nodes.has_text(sibling)
        if (not shown and not _shows(sibling)) or (not found and is_colon(sibling)):
            continue
        if reader.starts_label(sibling) or (heading and sibling.tag in nodes.HEADINGS and sibling.tag <= label.tag):
            break
        if (heading or found or not colon) and label.get("class") and (sibling.tag, sibling.get("class")) == signature:
            break
        found.append(sibling)
        if not long:
            break
    return content(reader, found, key), tuple(found), how
