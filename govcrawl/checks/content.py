"""Hits of the detectors → findings: what only the whole site can tell about them.

Shared blocks, link text that is judged on its target, precedence of rules, whose words they are (a citizen's letter), and one finding a page and value.
Privacy: 个人信息保护法; typos cost nothing in the national table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from govcrawl.checks.base import CheckContext, Report, SiteCheck, check, conclude, found
from govcrawl.checks.shared_blocks import EVERYWHERE, SHARED
from govcrawl.model.facts import PageFacts
from govcrawl.model.files import INSIDE, UNSEEN
from govcrawl.model.findings import Finding, Outcome, RuleResult
from govcrawl.model.hits import Hit
from govcrawl.model.items import Snapshot
from govcrawl.page import addresses
from govcrawl.text import normalise

PRECEDENCE = ("severe-wording", "outdated-name", "typo")
"""One place is reported once, under the gravest rule that fits."""
_SHARED_PLACES = ("header", "footer", "nav", "aside")
_REPEATED_PLACES = ("alt", "comment", "title", "meta")
_BODY = "body"
_NOT_JUDGED = frozenset({"error", "shield", "frame"})
_ENTRY_PLACES = ("entry", "list", "link")
_WINDOW = 4
"""Characters on each side that must agree before a hit and a link's text are taken for the same spot."""


@dataclass(slots=True)
class _Spot:
    """One hit on one page."""

    hit: Hit
    url: str
    kind: str
    title: str | None
    snapshot: Snapshot | None
    targets: list[str] = field(default_factory=list)
    """Addresses that the link with this very text leads to."""
    in_text: bool = False
    """Stands in a record of the page (letter, guide …), not only in its frame."""
    source_file: str | None = None
    repeated: bool = False
    """On pager page 2…n or in a data answer: only links and items are judged."""


# ---------------------------------------------------------------- decisions


@lru_cache(maxsize=4096)
def shape(value: str) -> re.Pattern[str]:
    """What a possibly masked value looks like in text: `138****0000` matches the number behind it; not a longer one."""
    digits = r"(?<!\d)" if value[:1].isdigit() else ""
    after = r"(?!\d)" if value[-1:].isdigit() else ""
    return re.compile(digits + "".join("." if c == "*" else re.escape(c) for c in normalise.compact(value)) + after)


def same_spot(quote: str, text: str, value: str) -> bool:
    """Whether a hit's quotation and another text show the value in the same surroundings, as far as both go."""
    pattern, there = shape(value), normalise.compact(text)
    if not pattern.search(there):
        return False
    here = normalise.compact(quote)
    for one in pattern.finditer(here):
        for other in pattern.finditer(there):
            left = min(_WINDOW, one.start(), other.start())
            right = min(_WINDOW, len(here) - one.end(), len(there) - other.end())
            before = here[one.start() - left : one.start()] == there[other.start() - left : other.start()]
            if before and here[one.end() : one.end() + right] == there[other.end() : other.end() + right]:
                return True
    return False


def without_lesser(hits: Sequence[Hit]) -> list[Hit]:
    """Hits of one page without those that a graver rule already reports at the same place."""
    kept: list[Hit] = []
    for hit in hits:
        rank = PRECEDENCE.index(hit.rule) if hit.rule in PRECEDENCE else None
        if rank is None or not any(other.rule in PRECEDENCE[:rank] and _overlap(hit, other) for other in hits):
            kept.append(hit)
    return kept


def _overlap(a: Hit, b: Hit) -> bool:
    if (a.place, a.locator) != (b.place, b.locator):
        return False
    return a.offset < b.offset + len(b.value) and b.offset < a.offset + len(a.value)


def a_citizens_words(hit: Hit, items: Sequence[dict[str, Any]]) -> bool:
    """Whether a hit stands in what a citizen wrote (subject or question of a letter) and not in the reply."""
    letters = [item for item in items if item.get("kind") == "message"]
    asked = any(same_spot(hit.quote, str(item.get(name) or ""), hit.value) for item in letters for name in ("subject", "question"))
    return asked and not any(same_spot(hit.quote, str(item.get("reply") or ""), hit.value) for item in letters)


def shallowest(urls: Sequence[str], home: str) -> str:
    """Home page, then fewest path segments, then smallest address."""
    return min(urls, key=lambda url: (url != home, addresses.segments(url), url))


# ---------------------------------------------------------------- the check


@check("privacy-id-number", "privacy-phone", "privacy-bank-card", "typo")
class Content(SiteCheck):
    """Everything the detectors saw on the site's pages and in its files. It keeps the spots and the titles of pages, no text."""

    def __init__(self, ctx: CheckContext) -> None:
        super().__init__(ctx)
        self.read = 0
        self.undrawn = False
        """A list or body waits for a browser."""
        self.titles: dict[str, str] = {}
        self.spots: list[_Spot] = []
        self._files = {a.url: a for a in ctx.facts.attachments}

    def page(self, p: PageFacts) -> None:
        self.undrawn |= p.needs_script in ("list", "body") and not p.rendered
        file = self._files.get(p.url)
        if p.kind in _NOT_JUDGED or (file is not None and not file.unread):
            return  # a text that was linked as a file is judged as a file
        self.read += 1
        titles = [p.title or "", *(str(item.get("title") or "") for item in p.items)]
        self.titles[p.url] = normalise.compact("\n".join(dict.fromkeys(t for t in titles if t)))
        if p.hits:
            self.spots += self._spots(p)

    def _spots(self, p: PageFacts) -> Iterator[_Spot]:
        repeated = p.page_no > 1 or p.kind == "data"
        file = p.kind == "attachment" or p.url in self._files
        linked = self._files.get(p.url)
        url = ((linked and linked.page) or p.url) if file else (p.column_url or "" if p.kind == "data" else p.url)
        for hit in without_lesser(p.hits):
            if hit.rule not in self.rules or (hit.rule == "typo" and a_citizens_words(hit, p.items)):
                continue
            spot = _Spot(hit, url, p.kind, p.title, p.snapshot, source_file=p.url if file else None, repeated=repeated)
            spot.targets = _targets(p, hit)
            spot.in_text = any(same_spot(hit.quote, str(v), hit.value) for item in p.items for v in item.values() if isinstance(v, str))
            if url:
                yield spot

    def _in_files(self) -> Iterator[_Spot]:
        for address, hits in sorted(self.ctx.facts.file_hits.items()):
            file = self._files.get(address)
            if file is None:
                continue
            url = file.page or address.partition(INSIDE)[0]
            for hit in without_lesser(hits):
                if hit.rule in self.rules:
                    yield _Spot(hit, url, "attachment", file.name, file.snapshot, source_file=address)

    def finish(self) -> Report:
        self.spots += self._in_files()
        standing = [spot for spot in self.spots if not self._judged_elsewhere(spot)]
        findings = [self._finding(url, spots) for url, spots in self._together(standing)]
        nothing = self.ctx.home_reason or self.ctx.hidden_reason or "no_data"
        # behind a list that only a browser draws lie pages that nobody has read: silence about them is no pass
        read = 0 if self.undrawn else self.read
        otherwise = (Outcome.NOT_CHECKED, "unrendered" if self.undrawn else nothing)
        results: list[RuleResult] = [conclude(rule, findings, read, otherwise=otherwise) for rule in self.rules]
        return Report(findings=findings, results=results)

    def _judged_elsewhere(self, spot: _Spot) -> bool:
        """Link text that repeats its target's title is judged there; of pager pages and data answers only links and items count."""
        pattern = shape(spot.hit.value)
        if any(pattern.search(self.titles.get(url, "")) for url in spot.targets):
            return True
        return spot.repeated and not (spot.targets or spot.in_text or spot.hit.place.startswith(_ENTRY_PLACES))

    def _together(self, spots: Sequence[_Spot]) -> Iterator[tuple[str, list[_Spot]]]:
        """(address, spots) of one finding: a value in a block that many pages share, else a value on a page."""
        blocks: dict[tuple[str, str, str], list[_Spot]] = {}
        single: dict[tuple[str, str, str, str], list[_Spot]] = {}
        for spot in spots:
            place = spot.hit.place
            if spot.source_file:  # each file is mended by itself, whatever others show
                single.setdefault(_identity(spot), []).append(spot)
                continue
            if place in _REPEATED_PLACES:  # one picture's words, one comment of the template: shared only where the surroundings are
                place = f"{place} {normalise.compact(spot.hit.quote)}"
            elif place not in _SHARED_PLACES:
                place = _BODY
            blocks.setdefault((spot.hit.rule, spot.hit.key, place), []).append(spot)
        for (_, _, place), group in blocks.items():
            pages = {spot.url for spot in group}
            least = SHARED if place != _BODY else max(EVERYWHERE, (self.read + 1) // 2)
            if len(pages) >= least:
                # The lead comes first; the same value may stand elsewhere on its page too: still one finding there.
                lead = shallowest(sorted(pages), self.ctx.home_url)
                group = sorted(group, key=lambda s: s.url != lead)
                single.setdefault(_identity(group[0]), []).extend(group)
            else:
                for spot in group:
                    single.setdefault(_identity(spot), []).append(spot)
        for key in sorted(single):
            yield key[1], single[key]

    def _finding(self, url: str, spots: Sequence[_Spot]) -> Finding:
        own = [s for s in spots if s.url == url]
        first = next((s for s in own if not s.hit.weak), own[0])
        hit = first.hit
        weak = all(s.hit.weak for s in spots)
        evidence = [
            {
                "what": "hit",
                "url": s.source_file or s.url,
                "place": _shown(s),
                "locator": s.hit.locator,
                "quote": s.hit.quote,
                "entry": s.hit.entry,
            }
            for s in spots[:10]
        ]
        fields: dict[str, Any] = {"expected": hit.suggestion} if hit.suggestion else {}
        return found(
            self.ctx, hit.rule, url, {"key": hit.key, "object_key": url, "suggestion": hit.suggestion, "place": hit.place},
            outcome=Outcome.NEEDS_REVIEW if weak else None, object=_object(first), value=hit.value, source_file=first.source_file, snippet=hit.quote,
            locator=hit.locator or None, title=first.title, snapshot=first.snapshot, pages=len({s.url for s in spots}), evidence=evidence,
            observed=_shown(first) if first.source_file else _where(hit.place), on_home=url == self.ctx.home_url, **fields,
        )  # fmt: skip


def _identity(spot: _Spot) -> tuple[str, str, str, str]:
    return spot.hit.rule, spot.url, spot.source_file or "", spot.hit.key


_PLACES = {
    "title": "标题", "header": "页头", "footer": "页脚", "nav": "导航", "aside": "侧栏", "info": "信息行", "meta": "网页标签", "comment": "网页源码注释", "alt": "图片说明",
}  # fmt: skip


def _where(place: str) -> str | None:
    """The place as it is said in print; the body goes without saying."""
    if place.startswith("table:"):
        return f"表格“{place.removeprefix('table:')}”列"
    return _PLACES.get(place)


_IN_FILE = {
    "header": "页眉", "footer": "页脚", "note": "脚注或尾注", "box": "文本框", "alt": "图片说明", "chart": "图表", "inserted": "修订中插入的文字", "table": "表格",
    "comment": "批注", "deleted": "修订中删除的文字", "hidden": "隐藏内容", "meta": "文件属性", "field": "域代码", "link": "链接地址", "name": "文件名",
}  # fmt: skip


def _shown(spot: _Spot) -> str | None:
    """The place in words; of a file, also that who opens it does not see it at once."""
    place = spot.hit.place
    if not spot.source_file:
        return place
    said = _where(place) if place.startswith("table:") else _IN_FILE.get(place)
    lost = "（数字单元格超过15位，文件本身没有保存末尾的几位数字，显示为0，不是原来填写的号码）" if spot.hit.lossy else ""
    if place in UNSEEN and place != "name":
        return f"附件的{said}（打开后不能直接看到，下载者仍可取得）{lost}"
    return f"附件的{said}{lost}" if said else f"附件正文{lost}"


def _object(spot: _Spot) -> str:
    if spot.source_file:
        return "attachment"
    return {"message": "message", "guide": "guide"}.get(spot.kind, "page")


def _targets(p: PageFacts, hit: Hit) -> list[str]:
    """Where the links lead whose text is the very spot of the hit."""
    texts = [(e.url, e.title) for block in p.lists for e in block.entries] + [
        (link.url, link.text) for link in p.links if link.tag in ("a", "area", "img")
    ]
    return list(dict.fromkeys(url for url, text in texts if url and url != p.url and same_spot(hit.quote, text, hit.value)))
