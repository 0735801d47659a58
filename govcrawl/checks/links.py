"""`link-dead`, `link-soft-404`, `link-empty`: links that lead nowhere (D22).

A link is dead only when both looks said so and a control host answered at that minute. What refuses us (401, 403, 405, 412, 429, a
challenge), a broken proxy or an unknown error tells nothing about the link: `not_checked`. An own page that was read is never dead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from govcrawl.checks.base import (
    CheckContext,
    Report,
    SiteCheck,
    check,
    conclude,
    found,
    known_reason,
    not_checked,
    own_hosts,
    tried,
    unchecked,
)
from govcrawl.checks.shared_blocks import Place, Places, front_pages, is_home
from govcrawl.model.facts import ATTACHMENT, DATA, RENDER, STYLE, Link, PageFacts, Try, Visit
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.site_facts import SiteFacts
from govcrawl.page import addresses, answers

DEAD_ERRORS = frozenset({"dns", "timeout", "refused"})
"""Errors that are the target's own. Not: reset and tls (shields, old certificates), connect (no route from here), proxy (refused CONNECT)."""
_TAGS = frozenset({"a", "area", "img", "iframe", "embed"})
_NO_PAGE = frozenset({"error", "shield", "attachment"})
_HOPS = 10
_FILE = re.compile(r"\.(?:docx?|xlsx?|pptx?|pdf|wps|et|ofd|ceb|rar|zip|7z|txt|csv)(?:\?|$)", re.I)
"""Matches "/files/2024/a.doc", not "/a.doc/index.html"."""
_DEEP = re.compile(r"/[^/?]*\.(?:s?html?|jspx?|aspx?|php|docx?|xlsx?|pdf)(?:\?|$)", re.I)
"""Matches "/art/2024/5/6/art_12.html", not "/zwgk/"."""
_INDEX = re.compile(r"^/(?:(?:index|default|main)\.[a-z]+)?(?:\?.*)?$", re.I)
"""Matches "/" and "/index.html", not "/zwgk/index.html"."""
_EMPTY = re.compile(r"^(?:#+|javascript:(?:;|void\(0?\)|\(\))*;*|about:blank)?$", re.I)
"""Matches "", "#", "javascript:;", "javascript:void(0);", not "#part2" nor "javascript:openWin(3)"."""
_VOID = re.compile(r"^javascript:void", re.I)
"""Matches "javascript:void(0)": on real home pages the titles of tab rows and drop-down lists (市政府部门 | 县市区人民政府), whose handlers a script binds. Not "javascript:;"."""
_HOME_WORDS = ("首页", "主页", "返回首页", "网站首页")


def death(attempt: Try | None) -> str | None:
    """What makes this try a dead one, in print (`404`, `超时`); null when it does not."""
    if attempt is None:
        return None
    if attempt.status is not None:
        return str(attempt.status) if attempt.status in (404, 410) or 500 <= attempt.status < 600 else None
    return answers.IN_PRINT[attempt.error] if attempt.error in DEAD_ERRORS else None


def seems_dead(visit: Visit) -> bool:
    """Whether a visit calls for a second look."""
    return visit.outcome == "failed" and death(visit.last) is not None


def was_read(visit: Visit) -> bool:
    """Read, or to be rendered: a page is rendered only after it was read, so a browser that fails says nothing about the link."""
    return visit.outcome == "read" or visit.context.role == RENDER


@dataclass(slots=True)
class Verdict:
    """What one target came to: dead, soft (an error page or the home page instead), or unknown with a reason."""

    state: str
    observed: str
    reason: str | None = None
    evidence: list[dict[str, Any]] = field(default_factory=list)
    attachment: bool = False


class Targets:
    """What became of every address that was asked; `of` answers for a link's target."""

    def __init__(self, facts: SiteFacts) -> None:
        self._facts = facts
        self._by_key: dict[int, str] = {}
        self._hosts = own_hosts(facts)
        self._errors = facts.error_pages if facts.error_pages is not None else {p.url for p in facts.pages if p.kind == "error"}
        self._settled: dict[str, Verdict | None] = {}
        for url in facts.visits:
            self._by_key.setdefault(addresses.key(url), url)

    def visit(self, url: str) -> Visit | None:
        """The visit of an address, also under the name it was first known by (index file, scheme)."""
        visits = self._facts.visits
        return visits.get(url) or visits.get(self._by_key.get(addresses.key(url), ""))

    def suspicious(self, url: str) -> bool:
        """Cheap sieve: only targets that were not simply read are kept with their places."""
        visit = self.visit(url)
        if visit is None or visit.outcome == "skipped":
            return False
        return not was_read(visit) or visit.url in self._errors

    def of(self, url: str) -> Verdict | None:
        """The verdict of a target; null when it is fine or was never asked."""
        if url not in self._settled:
            self._settled[url] = self._settle(url)
        return self._settled[url]

    def _settle(self, url: str) -> Verdict | None:
        hops: list[Visit] = []
        visit = self.visit(url)
        while visit is not None and visit.outcome == "redirected" and visit.redirect_to and len(hops) < _HOPS:
            hops.append(visit)
            visit = self.visit(visit.redirect_to)
        if visit is None or visit.outcome in ("skipped", "redirected"):
            return None
        trail = [tried(hop.last) for hop in hops if hop.last is not None]
        if was_read(visit):
            return self._soft(url, visit, bool(hops), trail)
        verdict = _second_look(visit, self._facts.looks.get(visit.url), self._facts)
        if verdict is not None:
            verdict.evidence[:0] = trail
            verdict.attachment = visit.context.role == ATTACHMENT or _FILE.search(url) is not None
            if verdict.state == "unknown" and verdict.reason == "blocked" and addresses.host(url) in self._hosts:
                return None  # own pages behind the shield: `site-blocked` tells that once
        return verdict

    def _soft(self, url: str, end: Visit, moved: bool, trail: list[dict[str, Any]]) -> Verdict | None:
        last = [tried(end.last)] if end.last is not None else []
        if end.url in self._errors and not is_home(self._facts, end.url):
            return Verdict("soft", f"{end.last.status if end.last and end.last.status else 200}，内容为出错提示页", evidence=trail + last)
        same = addresses.without_www(addresses.host(url)) == addresses.without_www(addresses.host(end.url))
        lands_home = is_home(self._facts, end.url) or (same and _INDEX.match(addresses.path(end.url)) is not None)
        if moved and lands_home and is_deep(url):
            return Verdict("soft", f"跳转到首页 {end.url}", evidence=trail + last)
        return None


def is_deep(url: str) -> bool:
    """Whether an address names one thing inside a site (`/art/2024/5/6/art_12.html`), so that its home page cannot be meant."""
    path = addresses.path(url)
    return _DEEP.search(path) is not None and _INDEX.match(path) is None and any(c.isdigit() for c in path)


def _second_look(visit: Visit, look: Visit | None, facts: SiteFacts) -> Verdict | None:
    """Judge a target that was not read: dead needs both looks and a control host; recovered is fine; the rest is unknown."""
    first = [tried(visit.last, look=1)] if visit.last is not None else []
    said = death(visit.last) if visit.outcome == "failed" else None
    if said is None:
        return Verdict("unknown", answers.in_print(visit), _reason(visit), first)
    if look is None:
        return Verdict("unknown", said, _unconfirmed(visit), first)
    both = first + ([tried(look.last, look=2)] if look.last is not None else [])
    if look.outcome == "redirected" and look.redirect_to:
        end = facts.looks.get(look.redirect_to) or facts.visits.get(look.redirect_to)
        return None if end is not None and end.outcome == "read" else Verdict("unknown", said, _unconfirmed(visit), both)
    if look.outcome == "read":
        return None
    again = death(look.last) if look.outcome == "failed" else None
    if again is None:
        return Verdict("unknown", f"{said}, {answers.in_print(look)}", _reason(look), both)
    control = look.last.control if look.last is not None else None
    if not control_answered(control):
        return Verdict("unknown", f"{said}, {again}", _unconfirmed(visit), both)
    assert control is not None
    return Verdict("dead", f"{said}, {again}", evidence=[*both, {"what": "control", **control}])


def control_answered(control: dict[str, Any] | None) -> bool:
    """Whether the control host was really reachable at that minute."""
    status = (control or {}).get("status")
    return isinstance(status, int) and 200 <= status < 400


def _reason(visit: Visit) -> str:
    return known_reason(visit.reason, "blocked" if visit.outcome == "blocked" else "unreachable")


def _unconfirmed(visit: Visit) -> str:
    return "timeout" if visit.last is not None and visit.last.error == "timeout" else "unreachable"


@check("link-dead", "link-soft-404", "link-empty")
class Links(SiteCheck):
    """Judges every visible link, picture and attachment of every read page, pager pages too.

    Not judged: hidden links, form targets and scripts; links of error, shield and frame-less data pages; targets that were never asked
    (page limit, robots.txt). Source: 国办秘函〔2019〕19号, 可用性.
    """

    def __init__(self, ctx: CheckContext) -> None:
        super().__init__(ctx)
        self._targets = Targets(ctx.facts)
        self._places = Places()
        self._empty = Places()
        self._pages = 0
        self._links = 0
        self._front: set[str] = set(front_pages(ctx.facts))

    def page(self, p: PageFacts) -> None:
        url = p.column_url if p.kind == "data" else p.url
        if p.kind in _NO_PAGE or url is None:
            return
        self._pages += 1
        home = is_home(self.ctx.facts, url)
        if home and self.ctx.facts.navigation_only_home:
            self._front.update(link.url for link in p.links if link.url and link.tag in ("a", "area"))
        for link in p.links:
            if link.hidden or link.tag not in _TAGS:
                continue
            self._links += 1
            if link.url:
                if self._targets.suspicious(link.url):
                    self._places.add(link.url, _place(p, url, home, link))
            elif link.tag in ("a", "area") and not link.control and link.text.strip() and is_empty(link.href):
                self._empty.add(link.text.strip(), _place(p, url, home, link))

    def finish(self) -> Report:
        if not self._pages:
            return unchecked(self.rules, self.ctx.home_reason or "no_data")
        findings = [f for key in self._places for f in self._bad(key)] + [f for key in self._empty for f in self._no_target(key)]
        settled = sum(
            1 for v in self.ctx.facts.visits.values() if v.outcome in ("read", "redirected") and v.context.role not in (DATA, RENDER, STYLE)
        )
        dead = sum(1 for f in findings if f.rule == "link-dead" and f.outcome.value == "fail")
        return Report(
            findings=findings,
            results=[
                conclude("link-dead", findings, settled + dead),
                conclude("link-soft-404", findings, settled),
                conclude("link-empty", findings, self._links),
            ],
        )

    def _bad(self, target: str) -> Iterator[Finding]:
        verdict = self._targets.of(target)
        if verdict is None:
            return
        if verdict.state == "unknown":
            place, pages = self._places.one(target)
            yield not_checked(
                self.ctx, "link-dead", place.url, verdict.reason or "unreachable", f"链接“{place.text or target}”",
                value=target, observed=verdict.observed, pages=pages, evidence=verdict.evidence, **self._fields(place),
            )  # fmt: skip
            return
        rule = "link-dead" if verdict.state == "dead" else "link-soft-404"
        for place, pages in self._places.of(target, self._pages):
            if verdict.state == "soft" and place.text in _HOME_WORDS:
                continue
            kind = "图片" if place.tag == "img" else "附件链接" if verdict.attachment else "链接"
            where = {
                "what": "place",
                "url": place.url,
                "region": place.region,
                "tag": place.tag,
                "anchor": place.text,
                "target": target,
                "kind": kind,
            }
            yield found(
                self.ctx, rule, place.url, {"kind": kind, "snippet": place.text or target},
                value=target, observed=verdict.observed, pages=pages, evidence=[where, *verdict.evidence], group=target, **self._fields(place),
            )  # fmt: skip

    def _no_target(self, text: str) -> Iterator[Finding]:
        for place, pages in self._empty.of(text, self._pages):
            where = {"what": "place", "url": place.url, "region": place.region, "tag": place.tag, "anchor": text, "href": place.observed}
            unsure = Outcome.NEEDS_REVIEW if _VOID.match(place.observed or "") else None
            said = f"链接地址为“{place.observed}”" if place.observed else "链接地址为空"
            yield found(
                self.ctx, "link-empty", place.url,
                value=text, outcome=unsure, observed=said, pages=pages, evidence=[where], **self._fields(place),
            )  # fmt: skip

    def _fields(self, place: Place) -> dict[str, Any]:
        return {
            "snippet": place.text or None,
            "locator": place.locator,
            "title": place.title,
            "snapshot": place.snapshot,
            "on_home": place.home or place.url in self._front,
        }


def is_empty(href: str) -> bool:
    """Whether an address as printed leads nowhere (not: a place on the same page, a script that does something)."""
    return _EMPTY.match("".join(href.split())) is not None


def _place(p: PageFacts, url: str, home: bool, link: Link) -> Place:
    return Place(
        url=url,
        home=home,
        title=p.title or p.head_title,
        locator=link.locator,
        text=link.text.strip(),
        tag=link.tag,
        region=link.region,
        observed=link.href.strip(),
        snapshot=p.snapshot,
    )
