"""Page: the bytes of one answer, decoded and parsed once, with everything the extractors look at.

    page = document.parse(body, headers, url)
    page.tree            root element <html> (lxml); scripts and styles are emptied, their text is in `page.scripts`
    page.title           title of the content
    page.body_element    element of the main text, or None
    page.visible_text("body")   text of a region

Nothing here judges. Limits: at most 10 MB are parsed; nesting beyond 2048 levels is flattened to text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from lxml import etree
from lxml.cssselect import CSSSelector

from govcrawl import rulebook
from govcrawl.page import addresses, body_text, encoding, parsing, region_text, regions, scripts, titles
from govcrawl.rulebook.models import SiteSpec
from govcrawl.text import normalise

Element = etree._Element

MAX_BYTES = 10_000_000

_COMMENTS = etree.XPath("//comment()")
_BASE = etree.XPath("string(//base/@href)")
_FIRST_WITH = etree.XPath("(//*[text()[contains(., $text)]])[1]")
_TITLE = etree.XPath("(//title)[1]")
_META = etree.XPath("//meta")


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
        root, self._flattened = parsing.tree_of(self.body if self._exact else self.source)
        self._scripts = scripts.taken_out(root)
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
    def scripts(self) -> list[scripts.Script]:
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
        return region_text.lines(etree.tostring(el, method="text", encoding="unicode", with_tail=False))

    @staticmethod
    def line_of(el: Element) -> str:
        """Visible text of an element on one line, squeezed."""
        return normalise.squeeze(etree.tostring(el, method="text", encoding="unicode", with_tail=False))

    @cached_property
    def _parts(self) -> list[tuple[str, str]]:
        main = self.body_element
        return region_text.pieces(self.tree, self.body_tree, self.regions.roots, None if main is self.body_tree else main)

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
        return [(name, lines) for name, text in self._parts if (lines := region_text.lines(text))]

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
        return region_text.lines("\n".join(self.text_of(el) for el in self.regions.infos)) or "\n".join(
            self.visible_text("body").split("\n", 40)[:40]
        )

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
