"""Bytes → one lxml tree, whatever the bytes: odd signs taken out, endless tags cut, nesting beyond libxml2's limits flattened to text."""

from __future__ import annotations

import re

from lxml import etree

Element = etree._Element

_LONG_TAG = re.compile(rb"<[a-zA-Z!/][^>]{60000,}")
"""Matches a tag of 60 KB (200,000 attributes took libxml2 35 s), not <img src="data:… of 20 KB">."""
_BREAK_TAG = re.compile(
    rb"<(?=/?(?:p|div|li|t[abdhr]|ul|ol|dl|dt|dd|h\d|br|option|form|center|header|nav|footer|section|article|main)\b)", re.I
)
"""Matches "<TD" and "</p", not "<span" nor "<title"."""
_CONTROL_BYTES = bytes((*range(9), 11, 12, *range(14, 32)))
_NO_LETTER = re.compile(
    rb"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01]|5529[6-9]|55[3-9]\d\d|56\d{3}|57[0-2]\d\d|573[0-3]\d|5734[0-3]|6553[45])(?!\d)|[xX]0*(?:[0-8bcefBCEF]|1[0-9a-fA-F]|[dD][89a-fA-F][0-9a-fA-F]{2}|[fF]{3}[efEF])(?![0-9a-fA-F]));?"
)
"""References to what is no letter: matches "&#11;", "&#x0b;" and "&#xD800;", not "&#13;", "&#160;" nor "&#x4e2d;"."""
_STRICT_XML = re.compile(rb"^\s*<\?xml[^>]*\?>")
"""Matches '<?xml version="1.0"?>' at the start of an XHTML page, not '<!DOCTYPE'."""
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""Matches what XML text cannot hold (vertical tab), not a line break."""


def tree_of(source: str | bytes) -> tuple[Element, bool]:
    """The tree of a page's source; True where it is nested beyond parsing, and only the text is left. Never raises on hostile bytes."""
    raw = source.encode("utf-8", "replace") if isinstance(source, str) else source
    raw = _STRICT_XML.sub(b"", raw.removeprefix(b"\xef\xbb\xbf"), count=1)
    raw = raw.translate(None, _CONTROL_BYTES)  # a vertical tab out of Word can be read, but not written into the tree again
    if b"&#" in raw:
        raw = _NO_LETTER.sub(b"", raw)
    if b"\xef\xbf" in raw:
        raw = raw.replace(b"\xef\xbf\xbe", b"").replace(b"\xef\xbf\xbf", b"")
    if len(raw) > 60000 and _LONG_TAG.search(raw):
        raw = _LONG_TAG.sub(_cut_tag, raw)
    raw = _BREAK_TAG.sub(b"\n<", raw)
    return _tree(raw)


def _cut_tag(match: re.Match[bytes]) -> bytes:
    """Shorten an endless tag unless it is one long value (an inlined picture)."""
    tag = match[0]
    return tag[:2000] if tag.count(b"=") > 2000 or tag.count(b" ") > 4000 else tag


def _tree(raw: bytes) -> tuple[Element, bool]:
    """Parse; pages of unclosed tags (<font> after <font>) exceed libxml2's 256 levels and would lose their end.

    The second value is True where even 2048 levels do not do, and only the text is left.
    """
    deep = False
    for huge in (False, True):
        # not lxml.html's parser: its elements each ask Python code for their class, 0.1 ms a page
        parser = etree.HTMLParser(encoding="utf-8", huge_tree=huge)
        try:
            root = etree.fromstring(raw, parser)
        except etree.XMLSyntaxError:
            break
        if root is None:
            break
        last = parser.error_log.last_error
        deep = last is not None and "Excessive depth" in (last.message or "")
        if not deep:
            return root, False
    text = re.sub(rb"<(?:script|style)\b.*?(?:</(?:script|style)>|\Z)|<!--.*?(?:-->|\Z)|<[^>]*>", b" ", raw[:2_000_000], flags=re.S | re.I)
    root = etree.Element("html")
    body = etree.SubElement(root, "body")
    body.text = _CONTROLS.sub("", text.decode("utf-8", "replace"))
    return root, deep
