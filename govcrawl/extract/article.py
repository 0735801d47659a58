"""Articles: 来源, 作者, text and files. Dates and title are the page's own business (`page`, publish-date rule)."""

from __future__ import annotations

from typing import Any

from parsel import Selector

from govcrawl.extract import attachments, origin
from govcrawl.extract.rows import row
from govcrawl.loaders import ArticleLoader
from govcrawl.model.facts import Context
from govcrawl.page.document import Page


def read(page: Page, ctx: Context) -> list[dict[str, Any]]:
    """One article; none when the page has neither title nor text. The visible 来源 goes before `<meta ContentSource>`."""
    if page.title is None and not page.main_text:
        return []
    loader = ArticleLoader(selector=Selector(root=page.tree))
    loader.add_value("url", page.url)
    loader.add_value("title", page.title)
    loader.add_value("source", origin.visible_source(page))
    loader.add_value("source", page.meta.get("contentsource"))
    loader.add_value("author", origin.author(page))
    loader.add_value("text", page.main_text)
    loader.add_value("attachments", [file.url for file in attachments.read(page)])
    return [row(loader.load_item())]
