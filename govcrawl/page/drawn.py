"""What a page shows once its scripts ran: the marks that the browser leaves on the DOM it hands over, and the text that is really to be seen.

A DOM alone does not tell that a sentence is hidden by a style sheet, nor that data had not come yet. The browser knows both, so it writes
them down in the DOM that is kept; reading it again from the store gives the same answer.
"""

from __future__ import annotations

import re

from lxml import etree

from govcrawl.page.document import Element, Page

UNSEEN = "data-govcrawl-unseen"
"""Attribute of elements that the browser does not show, by whatever style."""
LEFT = "data-govcrawl-left"
"""Attribute of the root: the hosts of data and programs that were not there when waiting was over, be it that they had not answered or
could not be had, with blanks between; empty where everything had come. A page that bears none was not waited for."""
_STYLED = etree.XPath(f"//*[@hidden or @style or @{UNSEEN}]")
_SILENT = etree.XPath("//noscript | //template | //iframe[node()] | //object[node()] | //select | //textarea")
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
"""Matches "display: none", not "list-style:none"."""
_OUTER = ("header", "nav", "footer")


def hides(el: Element) -> bool:
    """Whether an element says of itself that it is not shown."""
    style = el.get("style")
    if el.get("hidden") is not None:
        return True
    return bool(style and ("one" in style or "ONE" in style or "idden" in style) and _HIDING.search(style))


def left(page: Page) -> set[str] | None:
    """Hosts whose data or programs the page still lacked when the browser had waited for them; null where nobody waited."""
    hosts = page.tree.get(LEFT)
    return None if hosts is None else set(hosts.split())


def shown_text(page: Page) -> str:
    """Text between header and footer as a visitor sees it, one block a line; templates and what is hidden left out."""
    left_out = {el for el in _STYLED(page.tree) if el.get(UNSEEN) is not None or hides(el)}
    left_out.update(_SILENT(page.tree))
    left_out.update(el for el, name in page.regions.roots if name in _OUTER)
    body = page.body_tree
    pieces: list[str] = []
    walker = etree.iterwalk(body, events=("start", "end"))
    for event, el in walker:
        if event == "end":
            if el is not body:
                pieces.append(el.tail or "")
        elif el in left_out:
            walker.skip_subtree()
        else:
            pieces.append(el.text or "")
    return "\n".join(line for text in "".join(pieces).split("\n") if (line := " ".join(text.split())))
