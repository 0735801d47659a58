"""Page: the bytes of one answer, decoded and parsed once, with everything the extractors look at.

    page = document.parse(body, headers, url)
    page.tree            root element <html> (lxml); scripts and styles are emptied, their text is in `page.scripts`
    page.title           title of the content
    page.body_element    element of the main text, or None
    page.visible_text("body")   text of a region

Nothing here judges. Limits: at most 10 MB are parsed; nesting beyond 2048 levels is flattened to text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from lxml import etree
from lxml.cssselect import CSSSelector

from govcrawl import rulebook
from govcrawl.page import addresses, body_text, encoding, regions, titles
from govcrawl.rulebook.models import SiteSpec
from govcrawl.text import normalise

Element = etree._Element

MAX_BYTES = 10_000_000
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
# Markers of regions in the text; noncharacters, so no page and no icon font uses them.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_CODES = {"header": "1", "nav": "2", "aside": "3", "footer": "4", "main": "5", "hidden": "6", "table": "7"}
_NAMES = {code: name for name, code in _CODES.items()}
_MARK = re.compile("([\ufdd0\ufdd1]\\d)")
_SILENT = etree.XPath("//noscript | //template | //iframe[node()] | //object[node()] | //head/title")
_SCRIPTS = etree.XPath("//script | //style")
_COMMENTS = etree.XPath("//comment()")
_BASE = etree.XPath("string(//base/@href)")
_FIRST_WITH = etree.XPath("(//*[text()[contains(., $text)]])[1]")
_TITLE = etree.XPath("(//title)[1]")
_META = etree.XPath("//meta")


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


class Page:
    """One parsed answer. Attributes are computed at first use and kept; treat the tree as read-only."""

    def __init__(self, body: bytes, headers: Mapping[str, str], url: str) -> None:
        self.url = url
        """Canonical address the page was asked for."""
        self.body = body[:MAX_BYTES]
        self.headers = headers
        self.media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        self._texts: dict[str | None, str] = {}
        decoded = encoding.read(self.body, headers)
        self.source, self.encoding = decoded.text, decoded.name
        """Decoded source text and the encoding's name."""
        self._exact = decoded.exact
        self._flattened = False

    @cached_property
    def markup(self) -> bytes:
        """The source as UTF-8 in lower case, for asking whether plain words stand in it at all (`text.spotting`)."""
        return self.source.encode("utf-8", "replace").lower()

    # -- parse ---------------------------------------------------------------

    @cached_property
    def tree(self) -> Element:
        """Root element. Scripts and styles keep their place (so that XPaths hold) but not their text."""
        root, self._flattened = _parse(self.body if self._exact else self.source)
        self._scripts: list[Script] = []
        count = 0
        for el in _SCRIPTS(root):
            if el.tag == "script":
                count += 1
                attributes = {str(k): str(v) for k, v in el.attrib.items()}
                self._scripts.append(Script(el.text or "", attributes.get("src", ""), attributes, count))
            el.text = None
        self._comments = _COMMENTS(root)
        return root

    @property
    def unreadable(self) -> str | None:
        """Why the page is no whole page to us, so that what is missing on it says nothing: `size` (only its first part was parsed),
        `depth` (nested beyond parsing, 200,000 `<div>` in a row). Null for every other page, however odd."""
        self.tree  # noqa: B018
        if len(self.body) == MAX_BYTES:
            return "size"
        return "depth" if self._flattened else None

    @property
    def scripts(self) -> list[Script]:
        """All scripts in document order."""
        self.tree  # noqa: B018 - fills the list
        return self._scripts

    @property
    def comments(self) -> list[str]:
        """Texts of HTML comments in document order."""
        self.tree  # noqa: B018
        return [c.text or "" for c in self._comments]

    @cached_property
    def body_tree(self) -> Element:
        """The `<body>` element (or the root where there is none, as in a frameset)."""
        found = self.tree.find("body")
        return self.tree if found is None else found

    @cached_property
    def base(self) -> str:
        """Address that relative links are resolved against: `<base href>` if given, else the page's own."""
        href = str(_BASE(self.tree))
        return (addresses.canonical(href, self.url) or self.url) if href else self.url

    def canonical(self, href: str) -> str | None:
        """`addresses.canonical` against this page's base and encoding."""
        return addresses.canonical(href, self.base, self.encoding)

    # -- regions -------------------------------------------------------------

    @cached_property
    def regions(self) -> regions.Regions:
        """Roots of header, nav, aside and footer, and elements named as main text, crumb, info line or title."""
        own = self.site_spec
        return regions.find(self.body_tree, own.body if own else ())

    @cached_property
    def site_spec(self) -> SiteSpec | None:
        """What `rules/sites/<host>.yml` says, if there is such a file."""
        return rulebook.site_spec(addresses.host(self.url))

    def select(self, selectors: Iterable[str]) -> Iterator[Element]:
        """Elements that CSS selectors of a site's own file name, selector by selector."""
        for selector in selectors:
            yield from CSSSelector(selector)(self.body_tree)

    @cached_property
    def _main(self) -> tuple[Element | None, str]:
        return regions.main_text(self.body_tree, self.regions)

    @property
    def body_element(self) -> Element | None:
        """Element of the main text (named CMS container first, then the paragraph-richest block), or None."""
        return self._main[0]

    @property
    def body_source(self) -> str:
        """How `body_element` was found: container (a name of a known CMS), weak (`content`, `article` …), density, none."""
        return self._main[1]

    @cached_property
    def _region_roots(self) -> dict[Element, str]:
        return dict(self.regions.roots)

    def region_of(self, el: Element) -> str:
        """header, nav, body, aside or footer."""
        roots = self._region_roots
        at: Element | None = el
        while at is not None:
            name = roots.get(at)
            if name is not None:
                return name
            at = at.getparent()
        return "body"

    # -- text ----------------------------------------------------------------

    @staticmethod
    def text_of(el: Element | None) -> str:
        """Visible text of an element without its tail; lines at block boundaries, blanks squeezed within a line."""
        if el is None:
            return ""
        return _lines(etree.tostring(el, method="text", encoding="unicode", with_tail=False))

    @staticmethod
    def line_of(el: Element) -> str:
        """Visible text of an element on one line, squeezed."""
        return normalise.squeeze(etree.tostring(el, method="text", encoding="unicode", with_tail=False))

    @cached_property
    def _parts(self) -> list[tuple[str, str]]:
        """(region, raw text) in document order; region: header, nav, aside, footer, lead, main, tail, body."""
        roots: list[tuple[Element, str]] = list(self.regions.roots)
        main = self.body_element
        if main is not None and main is not self.body_tree:
            roots.append((main, "main"))
        roots += [(el, "hidden") for el in _SILENT(self.tree)]
        saved = [(el, el.text, el.tail) for el, _ in roots]
        for el, name in roots:
            code = _CODES[name]
            el.text = _OPEN + code + (el.text or "")
            el.tail = _CLOSE + code + (el.tail or "")
        try:
            text = etree.tostring(self.body_tree, method="text", encoding="unicode", with_tail=False)
        finally:
            for el, inner, tail in saved:
                el.text, el.tail = inner, tail
        parts: list[tuple[str, str]] = []
        for name, piece in _split(text, main is not None and main is not self.body_tree):
            if parts and parts[-1][0] == name:  # a noscript between two words is no break
                parts[-1] = (name, parts[-1][1] + piece)
            else:
                parts.append((name, piece))
        return parts

    def visible_text(self, region: str | None = None) -> str:
        """Text as a reader sees it (scripts, styles, comments, noscript left out). `region`: header, nav, aside, footer;
        `lead` (before the main text: title, info line, metadata table), `main`, `tail` (after it: 相关链接, attachments);
        `body` = lead + main + tail; None = the whole page."""
        known = self._texts.get(region)
        if known is None:
            known = self._texts[region] = self._text_of_region(region)
        return known

    @cached_property
    def _squeezed_parts(self) -> list[tuple[str, str]]:
        """`_parts` as lines: every region is put together from these, so that no line is squeezed more than once."""
        return [(name, lines) for name, text in self._parts if (lines := _lines(text))]

    def _text_of_region(self, region: str | None) -> str:
        if region is None:
            return "\n".join(lines for _, lines in self._squeezed_parts)
        names = ("lead", "main", "tail", "body") if region == "body" else (region,)
        return "\n".join(lines for name, lines in self._squeezed_parts if name in names)

    @cached_property
    def text(self) -> str:
        """Visible text of the whole page."""
        return self.visible_text()

    @cached_property
    def text_length(self) -> int:
        """Characters of `text` without what is invisible; a line break counts as one."""
        return len(normalise.squeeze(self.text))

    @cached_property
    def _article(self) -> tuple[str, str]:
        return body_text.split(self)

    @property
    def main_text(self) -> str:
        """Text of the article: of the main text element, less what templates put around it in there ("" where there is none)."""
        return self._article[0]

    @cached_property
    def info_line(self) -> str:
        """What stands between the page's header and the main text, one piece a line: title, date, source, metadata table.
        On a page without a main text: the text of elements named as info line."""
        if self.body_element is not None and self.body_element is not self.body_tree:
            above = self._article[1]
            return self.visible_text("lead") + ("\n" + above if above else "")
        if self.body_element is not None:
            return self._article[1]
        return _lines("\n".join(self.text_of(el) for el in self.regions.infos)) or "\n".join(self.visible_text("body").split("\n", 40)[:40])

    # -- names ---------------------------------------------------------------

    @cached_property
    def meta(self) -> dict[str, str]:
        """Meta tags by lower-case name, first filled value (a template copy may repeat them); blank and `null` are ''."""
        out: dict[str, str] = {}
        for el in _META(self.tree):
            name = (el.get("name") or el.get("property") or "").strip().lower()
            if not name:
                continue
            value = normalise.squeeze(el.get("content") or "")
            if value.lower() == "null":
                value = ""
            if not out.get(name):
                out[name] = value
        return out

    @cached_property
    def head_title(self) -> str | None:
        """Text of `<title>`, squeezed."""
        found = _TITLE(self.tree)
        return (normalise.squeeze(found[0].text or "") or None) if found else None

    @property
    def title(self) -> str | None:
        """Title of the content: `ArticleTitle` if the page shows it, the heading before the main text, else `<title>` less the site's name."""
        return self._titled[0]

    @property
    def title_source(self) -> str:
        """Where `title` was read: site (the site's own file), meta, heading, line, head, none."""
        return self._titled[1]

    @property
    def title_element(self) -> Element | None:
        """Element that `title` was read from; null where it is a tag's or the head's."""
        return self._titled[2]

    @cached_property
    def _titled(self) -> tuple[str | None, str, Element | None]:
        return titles.find(self)

    @cached_property
    def short_title(self) -> str | None:
        """`<title>` without the site's and column's names behind or before it."""
        return titles.short(self.head_title, self.meta.get("sitename", ""))

    # -- places --------------------------------------------------------------

    @staticmethod
    def xpath_of(el: Element) -> str:
        """XPath that finds the element again."""
        return str(el.getroottree().getpath(el))

    def find_text(self, text: str) -> Element | None:
        """The first element that bears this very string in its own text (for locators; quotes are safe)."""
        found = _FIRST_WITH(self.tree, text=text)
        return found[0] if found else None


def parse(body: bytes, headers: Mapping[str, str], url: str) -> Page:
    """Page of an answer. `headers` have lower-case keys. Never raises on hostile bytes."""
    return Page(body, headers, url)


def _parse(source: str | bytes) -> tuple[Element, bool]:
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


_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
"""Matches what XML text cannot hold (vertical tab), not a line break."""


def _lines(text: str) -> str:
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
