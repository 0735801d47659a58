"""Small facts of one kind of page (`PageFacts.notes`): condition, letters, statistics, CMS, search form, where it sends its visitors."""

from __future__ import annotations

import re

from govcrawl.extract import attachments, condition, label_words, site_search, statistics
from govcrawl.extract.item_signs import Signs
from govcrawl.model.facts import PageFacts
from govcrawl.page import addresses
from govcrawl.page.document import Page
from govcrawl.text.spotting import Spotter

_CMS = (
    ("ucap", (b"ucap", b"/xhtml/js/page.js")),  # 开普: ucap-content, ucapcontent
    ("jcms", (b"hanweb", b"jpage", b"/module/web/", b"zjeg_rss", b"/jcms/")),  # 大汉
    ("vsb", (b"vsb_content", b"_sitegray", b"v_news_content")),  # 博达
    ("gkmlpt", (b"gkmlpt",)),  # 广东
    ("trs", (b"trs_editor", b"trs_web", b"trs_ueditor", b"trsapp")),  # 拓尔思
)
_CMS_WORDS = Spotter(word for _, words in _CMS for word in words)
_HEAD = 200_000
"""Characters of the source that are searched for a CMS's names."""


def read(page: Page, facts: PageFacts, signs: Signs) -> None:
    """Fill `facts.notes`; needs kind, title and lists."""
    notes = facts.notes
    notes["encoding"] = page.encoding
    notes["column_type"] = signs.column_type
    if page.unreadable:
        notes["unreadable"] = page.unreadable
    head = page.markup if len(page.source) <= _HEAD else page.source[:_HEAD].lower().encode("utf-8", "replace")
    named = _CMS_WORDS.found(head)
    cms = next((name for name, words in _CMS if not named.isdisjoint(words)), None) if named else None
    if cms:
        notes["cms"] = cms
    under = condition.maintenance(page)
    if under:
        notes["maintenance"] = under
    if facts.kind in ("list", "board", "guide_list", "leaders", "static", "other", "content", "statistics"):
        blank = condition.blank_words(page)
        if blank:
            notes["blank"] = blank
        elif facts.kind in ("list", "guide_list", "leaders") and not any(block.main and block.entries for block in facts.lists):
            crumbs = {url for _, url in facts.breadcrumb} | {facts.url}
            notes["shows"] = condition.shows(page, facts.links, crumbs)
        quiet = condition.nothing_new(page) if facts.kind == "list" else None
        if quiet:
            notes["nothing_new"] = quiet
        if condition.archived(page, [facts.title or "", *(name for name, _ in facts.breadcrumb)]):
            notes["archived"] = True
    if facts.kind in ("board", "message", "statistics") or signs.column_type in ("咨询建言", "留言统计"):
        _letter_notes(page, facts, signs)
    if facts.kind in ("home", "list"):
        search = site_search.find(page)
        if search is not None:
            notes["search"] = search.to_json()
    if facts.kind in ("list", "static", "other", "frame", "guide_list") and (frame := _frame(page)):
        notes["frame"], notes["shows"] = frame, "frame"
    if facts.kind in ("list", "static", "other", "guide_list") and (onward := _only_links(page, facts)):
        notes["only_links"] = onward
    if b"canonical" in page.markup and (own := _canonical(page)):
        notes["canonical"] = own
    refresh = _refresh(page)
    if refresh:
        notes["refresh"] = refresh


def _letter_notes(page: Page, facts: PageFacts, signs: Signs) -> None:
    if statistics.no_letters(page.visible_text("body")):
        facts.notes["no_letters"] = True
    if facts.kind in ("board", "message"):
        words = label_words.words_of(page.visible_text("body"))
        shown = label_words.keys_of(words, "message")["type"] > 0
        listed = sum(1 for b in facts.lists if b.main for e in b.entries if re.match(r"[\[【（(]?(?:咨询|投诉|建议|求助)", e.title))
        facts.notes["board_types_shown"] = bool(shown or listed or _types_column(page))
    if facts.kind == "statistics" or signs.column_type == "留言统计" or facts.kind == "board":
        numbers = statistics.read(page)
        if "received" in numbers and "handled" in numbers:
            facts.notes["message_statistics" if signs.column_type != "办事统计" else "service_statistics"] = numbers


def _types_column(page: Page) -> bool:
    """Rows of a board that print the letters' types in a cell of their own."""
    lines = [line.strip("[]【】（）() ") for line in page.visible_text("body").split("\n")]
    return sum(1 for line in lines if line in ("咨询", "投诉", "建议", "求助", "咨询类", "投诉类", "建议类", "求助类", "举报")) >= 2


def _canonical(page: Page) -> str | None:
    """Address that the page calls its own, where that is another on this host's family and no home page (a template's copy)."""
    for el in page.tree.iter("link"):
        if (el.get("rel") or "").lower() == "canonical" and (url := page.canonical(el.get("href") or "")):
            return url if url != page.url and addresses.segments(url) else None
    return None


def _only_links(page: Page, facts: PageFacts) -> list[str]:
    """Targets of the one to six links that are all a short page offers, files and the crumbs left out; [] for every other page."""
    if len(page.visible_text("body")) > 200:
        return []
    crumbs = {url for _, url in facts.breadcrumb} | {facts.url}
    found = [
        link.url
        for link in facts.links
        if link.tag == "a" and link.region == "body" and link.url and link.url not in crumbs and not link.hidden and not link.control
    ]
    return found if 1 <= len(found) <= 6 and not any(attachments.extension(url, "") for url in found) else []


def _frame(page: Page) -> str | None:
    """Address of the page that stands in this one in its stead: the first iframe of the body, where hardly anything else is told."""
    if b"<iframe" not in page.markup or len(page.visible_text("body")) > 400:
        return None
    for el in page.body_tree.iter("iframe"):
        src = (el.get("src") or "").strip()
        if src and page.region_of(el) == "body" and (url := page.canonical(src)):
            return url
    return None


_REFRESH = re.compile(r"^\s*\d*\s*[;,]?\s*url\s*=\s*['\"]?([^'\"]+)", re.I)
"""Matches "0;url=/index/", not "30"."""


_LOCATION = re.compile(
    r"(?:window\.|document\.|self\.|top\.)?location(?:\.href)?\s*=\s*['\"]([^'\"]{1,300})['\"]|location\.replace\(\s*['\"]([^'\"]{1,300})['\"]"
)
"""Matches "window.location.href='/zwgk/'", not "location == 'a'"."""


def _refresh(page: Page) -> str | None:
    """Where a page without content sends its visitors: meta refresh, or a bare `location.href=…`."""
    for el in page.tree.iter("meta"):
        if (el.get("http-equiv") or "").lower() == "refresh":
            found = _REFRESH.match(el.get("content") or "")
            if found:
                return page.canonical(found[1].strip())
    if page.text_length < 80:
        for script in page.scripts:
            moved = _LOCATION.search(script.text) if len(script.text) < 3000 else None
            if moved:
                return page.canonical(moved[1] or moved[2])
    return None
