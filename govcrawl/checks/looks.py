"""What must be fetched once more after the crawl: second tries of what seemed dead, and pages whose marks a script may still write."""

from __future__ import annotations

from collections.abc import Mapping

from govcrawl.checks.base import own_hosts
from govcrawl.checks.links import seems_dead
from govcrawl.checks.shared_blocks import is_home
from govcrawl.model.facts import ATTACHMENT, OUTSIDE, PAGE, PICTURE
from govcrawl.model.looks import Look
from govcrawl.model.site_facts import SiteFacts
from govcrawl.page import addresses

MOST_RENDERS = 20
"""Pages of a site that are rendered for their marks: a footer comes from a template, so the home page and the shallowest ones speak for it."""
_LINKED = (PAGE, ATTACHMENT, PICTURE, OUTSIDE)


def looks(facts: SiteFacts, drawn: Mapping[str, list[str]]) -> list[Look]:
    """Say what to look at again. Pure; the same facts give the same looks in the same order.

    `drawn` (clause → sampled addresses) is what search samples will be taken from; no rule built so far needs it.
    """
    return [*_again(facts), *_render(facts)]


def _again(facts: SiteFacts) -> list[Look]:
    """GET with the page as Referer. Control: the home page; for targets on that very host, the page that bears the link."""
    home = facts.home.url if facts.home is not None else facts.target.url
    hosts = own_hosts(facts)
    found: list[Look] = []
    for url, visit in sorted(facts.visits.items()):
        if visit.context.role not in _LINKED or not seems_dead(visit) or is_home(facts, url):
            continue
        bearing = visit.context.parent or home
        own = addresses.host(url) in hosts
        found.append(Look(kind="again", url=url, referer=bearing, control=bearing if own and addresses.host(bearing) in hosts else home))
    return found


def _render(facts: SiteFacts) -> list[Look]:
    doubtful = [(not is_home(facts, url), *addresses.rank(url)) for url, page in facts.outlines.items() if page.marks_doubtful]
    return [
        Look(kind="render", url=url, referer=facts.visits[url].context.parent if url in facts.visits else None, home=not inner)
        for inner, _, url in sorted(doubtful)[:MOST_RENDERS]
    ]
