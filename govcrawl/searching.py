"""Reading the answers of a site's search, and what to ask next. Pure; the round of looks calls it.

A title that is not on the plain answer is looked for once more through the browser, so that no list still to be drawn by script is taken for
an empty one. Ten requests a site at the most: the page that offers the search, four titles, and each once more rendered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from govcrawl.extract import answers, search_results, site_search
from govcrawl.extract.search_results import GUARDED, RESULTS, UNCLEAR, Found
from govcrawl.model.facts import LOOK, Context
from govcrawl.model.looks import SEARCH, SEARCH_PAGE, Look
from govcrawl.page import document
from govcrawl.reading import Exchange, Scope

TITLES = 4
"""Titles that are tried (the official table draws four)."""
SHORTEST_TITLE = 6
"""Characters of the shortest title that is tried; shorter ones stand on too many pages."""


def looks_for(entry: Mapping[str, Any], asks: list[tuple[str, str]], home: str) -> list[Look]:
    """The looks that try a search entry with (title, address) pairs; empty where it cannot be asked."""
    if not asks:
        return []
    if site_search.askable(dict(entry)):
        filled = [(site_search.fill(dict(entry), title), (title, url)) for title, url in asks[:TITLES]]
        return [Look(kind=SEARCH, url=url, referer=home, form=form, asks=(ask,)) for (url, form), ask in filled]
    if entry["by"] == site_search.LINK:
        return [Look(kind=SEARCH_PAGE, url=entry["url"], referer=home, asks=tuple(asks[:TITLES]))]
    return []


def context_of(look: Look) -> Context:
    return Context(role=LOOK, parent=look.referer, strategy=look.kind, form=look.form, asks=[list(ask) for ask in look.asks])


def read(exchange: Exchange, context: Context, scope: Scope) -> tuple[dict[str, Any], list[tuple[str, Context]]]:
    """(what was seen, what to ask next) of an answer in the round of looks."""
    asks = context.asks or []
    if context.strategy == SEARCH_PAGE:
        return _offered(exchange, context, asks)
    title, url = asks[0]
    found, whole, absent = _found(exchange, context, scope, title, url)
    seen = {"kind": SEARCH, "title": title, "url": url, "whole": whole, "absent": absent, **found.to_json()}
    missing = found.rank is None and not absent
    again = (missing or not (found.grouped or whole)) and not context.render and context.form is None
    return seen, [(exchange.url, replace(context, render=True))] if again else []


def _found(exchange: Exchange, context: Context, scope: Scope, title: str, url: str) -> tuple[Found, bool, bool]:
    """(the answer; it shows everything a visitor would see; the title is certainly not on it)."""
    page = document.parse(exchange.body, exchange.headers, exchange.url)
    kind = answers.kind_of(page.media_type, page.source) if not exchange.rendered else None
    if kind:
        answer = answers.read_text(kind, page.source, page.url, today=scope.today)
        found = search_results.of_rows(answer.rows, answer.total, title, url)
        return found, False, found.rank is None and found.state != UNCLEAR
    found = search_results.of_page(page, title, url)
    posted = context.form is not None and found.state == RESULTS and found.related  # a form that is posted cannot be rendered
    whole = exchange.rendered or not page.scripts or posted
    absent = found.rank is None and (found.state == GUARDED or whole and found.state != UNCLEAR)
    return found, whole, absent


def _offered(exchange: Exchange, context: Context, asks: list[list[str]]) -> tuple[dict[str, Any], list[tuple[str, Context]]]:
    page = document.parse(exchange.body, exchange.headers, exchange.url)
    entry = site_search.find(page)
    seen: dict[str, Any] = {"kind": SEARCH_PAGE, "by": entry.by if entry else None}
    if entry is None or not site_search.askable(entry.to_json()):
        return seen, [] if context.render else [(exchange.url, replace(context, render=True))]
    looks = looks_for(entry.to_json(), [(title, url) for title, url in asks], exchange.url)
    return seen, [(look.url, context_of(look)) for look in looks]
