"""Reading the answers of a site's search, and what to ask next. Pure; the round of looks calls it.

A title that is not on the plain answer is looked for once more through the browser, so that no list still to be drawn by script is taken for
an empty one. Ten requests a site at the most, those of a rendered page's scripts and frames among them. So titles are asked for one after
the other; once one had to be rendered, it is known what that costs, and the rest are rendered too, or, where that were too many requests,
asked for at the endpoint that the page was heard asking. What is left then is not asked for, and named so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from govcrawl.extract import answers, search_asking, search_heard, search_results, site_search
from govcrawl.extract.search_heard import Told
from govcrawl.extract.search_results import GUARDED, NOTHING, RESULTS, UNCLEAR, Found
from govcrawl.model.facts import LOOK, Context
from govcrawl.model.looks import SEARCH, SEARCH_DATA, SEARCH_PAGE, Look
from govcrawl.page import document, drawn
from govcrawl.page.document import Page
from govcrawl.reading import Exchange, Scope

TITLES = 4
"""Titles that are tried (the official table draws four)."""
REQUESTS = 10
"""Requests that a site's search may have."""
SHORTEST_TITLE = 6
"""Characters of the shortest title that is tried; shorter ones stand on too many pages."""


class Requests:
    """How many of a search's requests are spent."""

    def __init__(self) -> None:
        self.spent = 0

    @property
    def left(self) -> int:
        return max(0, REQUESTS - self.spent)

    def spend(self) -> bool:
        """Count one; False where it is one too many, and must not be made."""
        if not self.left:
            return False
        self.spent += 1
        return True


def looks_for(entry: Mapping[str, Any], asks: Sequence[tuple[str, str]], home: str) -> list[Look]:
    """The look that tries a search entry with the first of the (title, address) pairs, and leads to the others; none where it cannot be asked."""
    if not asks:
        return []
    if search_asking.askable(dict(entry)):
        (first, url), *rest = asks[:TITLES]
        address, form = search_asking.fill(dict(entry), first)
        later = [(title, item, *_request(*search_asking.fill(dict(entry), title))) for title, item in rest]
        return [Look(kind=SEARCH, url=address, referer=home, form=form, asks=((first, url), *later))]
    if entry["by"] == site_search.LINK:
        return [Look(kind=SEARCH_PAGE, url=entry["url"], referer=home, asks=tuple(asks[:TITLES]))]
    return []


def _request(url: str, form: str | None) -> list[str]:
    return [url] if form is None else [url, form]


def context_of(look: Look) -> Context:
    return Context(role=LOOK, parent=look.referer, strategy=look.kind, form=look.form, asks=[list(ask) for ask in look.asks])


def read(exchange: Exchange, context: Context, scope: Scope, spent: int = 0) -> tuple[dict[str, Any], list[tuple[str, Context]]]:
    """(what was seen, what to ask next) of an answer in the round of looks; `spent` are the search's requests so far."""
    asks = context.asks or []
    if context.strategy == SEARCH_PAGE:
        return _offered(exchange, context, asks, spent)
    title, url = asks[0]
    found, whole, absent = _found(exchange, scope, title, url)
    absent = absent and _is_about(exchange, context, found)
    seen = {"kind": SEARCH, "title": title, "url": url, "whole": whole, "absent": absent, **found.to_json()}
    if context.strategy == SEARCH_DATA:
        return seen, []
    if context.render:
        return seen, _onward(exchange, context, scope, spent)
    unsure = found.rank is None and not absent and found.state != GUARDED
    ungrouped = not (found.grouped or whole) and len(asks) == 1  # one look at the groups is enough
    if unsure or ungrouped:
        return seen, [(exchange.url, replace(context, render=True, spent=spent))]
    return seen, after(context, spent)


def after(context: Context, spent: int) -> list[tuple[str, Context]]:
    """What is asked where a title is settled, or its request came to nothing: the next title."""
    rest = (context.asks or [])[1:]
    return [_next(context, rest, spent)] if rest and context.strategy == SEARCH else []


def _next(context: Context, rest: list[list[str]], spent: int, *, render: bool = False) -> tuple[str, Context]:
    (title, item, address, *form), *later = rest
    return address, replace(
        context, form=form[0] if form else None, asks=[[title, item], *later], render=render, hops=0, spent=spent
    )  # fmt: skip


def _onward(exchange: Exchange, context: Context, scope: Scope, spent: int) -> list[tuple[str, Context]]:
    """The other titles, after the first that had to be rendered. They are asked for side by side, as it is known what each will cost."""
    asks = context.asks or []
    rest, left, cost = asks[1:], max(0, REQUESTS - spent), max(1, spent - context.spent)
    if len(rest) * cost > left:
        title = asks[0][0]
        source = search_heard.endpoint(exchange.heard, title, exchange.url, scope.today)
        if source is not None:
            made = [(ask, search_asking.reworded(source.url, source.form, title, ask[0])) for ask in rest[:left]]
            if all(request is not None for _, request in made):
                told = replace(context, parent=exchange.url, strategy=SEARCH_DATA, render=False, hops=0, spent=spent)
                return [(request[0], replace(told, form=request[1], asks=[ask[:2]])) for ask, request in made if request is not None]
    return [_next(context, [ask], spent, render=True) for ask in rest[: left // cost]]


def _is_about(exchange: Exchange, context: Context, found: Found) -> bool:
    """Whether an answer is one to the title's words. Where a redirect lost them (a form's answer kept for the visit), it must show them itself;
    of an endpoint that was asked in the page's place an empty list says nothing, it may be its way to refuse."""
    title = (context.asks or [["", ""]])[0][0]
    if context.strategy == SEARCH_DATA:
        return found.state == RESULTS
    if not context.hops or search_heard.carries(exchange.url, context.form, title):
        return True
    page = document.parse(exchange.body, exchange.headers, exchange.url)
    return search_results.repeats(page, title)


def _found(exchange: Exchange, scope: Scope, title: str, url: str) -> tuple[Found, bool, bool]:
    """(the answer; it shows everything a visitor would see; the title is certainly not on it)."""
    page = document.parse(exchange.body, exchange.headers, exchange.url)
    kind = answers.kind_of(page.media_type, page.source) if not exchange.rendered else None
    if kind:
        answer = answers.read_text(kind, page.source, page.url, today=scope.today)
        found = search_results.of_rows(answer.rows, answer.total, title, url)
        return found, False, found.rank is None and found.state in (RESULTS, NOTHING)
    found = search_results.of_page(page, title, url)
    whole = (search_results.is_quiet(page) if exchange.rendered else not search_results.is_shell(page)) and not search_results.frames(page)
    if found.rank is not None or found.state not in (RESULTS, NOTHING, UNCLEAR):
        return found, whole, False
    if exchange.rendered:
        return found, whole, _proved(exchange, page, found, title, whole, scope.today)
    return found, whole, whole and _answers(page, title, found)


def _answers(page: Page, title: str, found: Found) -> bool:
    """Whether it is an answer to these words that shows something else: an address of a search, or a page that repeats or counts."""
    return found.state != UNCLEAR and (site_search.is_address(page.url) or search_results.answers_to(page, title, found))


def _proved(exchange: Exchange, page: Page, found: Found, title: str, quiet: bool, today: str) -> bool:
    """Whether a rendered page proves that the title is not found: the search's endpoint says so, or the page itself when everything it
    asked for has come. Results that may still be drawn prove nothing, nor does an empty list that no endpoint has answered for."""
    told = search_heard.told(exchange.heard, title, today)
    if told is Told.SHOWN or drawn.left(page) is None:
        return False
    if found.state == UNCLEAR:
        if told is Told.NOTHING and not found.shown:
            found.state = NOTHING
        return found.state == NOTHING
    if found.state == NOTHING:
        return told in (Told.NOTHING, Told.ROWS) or quiet
    if told in (Told.ROWS, Told.NOTHING):
        return True
    return quiet and (found.counted or not exchange.heard) and _answers(page, title, found)


def _offered(exchange: Exchange, context: Context, asks: list[list[str]], spent: int) -> tuple[dict[str, Any], list[tuple[str, Context]]]:
    page = document.parse(exchange.body, exchange.headers, exchange.url)
    entry = site_search.find(page)
    seen: dict[str, Any] = {"kind": SEARCH_PAGE, "by": entry.by if entry else None}
    if entry is None or not search_asking.askable(entry.to_json()):
        return seen, [] if context.render else [(exchange.url, replace(context, render=True, spent=spent))]
    looks = looks_for(entry.to_json(), [(title, url) for title, url in asks], exchange.url)
    return seen, [(look.url, replace(context_of(look), spent=spent)) for look in looks]
