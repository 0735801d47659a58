"""`home-stale`, `column-stale`, `column-due-soon`: is there anything new (V3, V4, D4–D6, D9, D12, D18).

Only valid dates count: visible, of a list, or of `PubDate` where the site's are trusted; never of a path, never after `as_of`, whatever is
置顶. A column counts with its whole subtree. What could not be read, or bears only guessed dates, is `not_checked`, never stale.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from govcrawl.checks.base import CheckContext, Report, SiteCheck, check, conclude, found, not_checked, unchecked, unseen
from govcrawl.checks.columns import facet, is_blank, name_of, outside, unrendered
from govcrawl.checks.limits import BOARD, Limit, age, limit_of, named_in
from govcrawl.checks.shared_blocks import front_pages, is_home
from govcrawl.model.facts import PAGE, PageFacts
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.site_facts import ColumnFacts

VALID = frozenset({"visible", "list"})
_SHOWN = 10
_ROWS = 20
_NO_ITEM = frozenset(
    {"home", "list", "guide_list", "board", "leaders", "search", "static", "data", "error", "shield", "frame", "attachment"}
)
Dated = tuple[str, str, str]
"""(ISO day, address, source)."""


@dataclass(slots=True)
class ItemDates:
    """The newest date of every item page, valid or guessed."""

    as_of: str
    trust_meta: bool

    def valid(self, source: str) -> bool:
        return source in VALID or (source == "meta" and self.trust_meta)

    def read(self, p: PageFacts) -> tuple[Dated | None, Dated | None]:
        """(valid, guessed) date of an item page; null for pages that are no items, and for what lies after `as_of`."""
        if p.kind in _NO_ITEM or p.page_no > 1:
            return None, None
        known = [d for d in p.dates if d.value <= self.as_of]
        good = next(((d.value, p.url, d.source) for d in known if self.valid(d.source)), None)
        return good, None if good else next(((d.value, p.url, d.source) for d in known), None)


def newest_of(days: Iterator[Dated] | list[Dated], as_of: str) -> list[Dated]:
    """Distinct by address, newest first, at most ten, none after `as_of`."""
    best: dict[str, Dated] = {}
    for row in days:
        if row[0] <= as_of and (row[1] not in best or row[0] > best[row[1]][0]):
            best[row[1]] = row
    return sorted(best.values(), key=lambda r: (r[0], r[1]), reverse=True)[:_SHOWN]


def shown(days: list[Dated]) -> list[dict[str, Any]]:
    return [{"what": "item", "url": url, "date": day, "source": source} for day, url, source in days]


@check("home-stale")
class HomeFreshness(SiteCheck):
    """Fires when no item linked from the home page is dated within the window; on a navigation-only home page, from the second level.

    Not checked: the home page was not read or not rendered; an item of its lists could not be read and has no list date; only guessed
    dates, or none at all, were found. Source: 国办秘函〔2019〕19号, 首页不更新.
    """

    def __init__(self, ctx: CheckContext) -> None:
        super().__init__(ctx)
        self._dates = ItemDates(ctx.as_of.isoformat(), ctx.facts.trust_meta_dates)
        self._front = front_pages(ctx.facts)
        self._items: dict[str, Dated] = {}
        self._guessed: dict[str, Dated] = {}
        self._linked: set[str] = set()
        self._listed: list[Dated] = []
        self._unseen: set[str] = set()

    def page(self, p: PageFacts) -> None:
        good, guess = self._dates.read(p)
        if good:
            self._items[p.url] = good
        elif guess:
            self._guessed[p.url] = guess
        if p.url not in self._front and not is_home(self.ctx.facts, p.url):
            return
        self._linked.update(link.url for link in p.links if link.url and not link.hidden)
        for entry in (e for block in p.lists for e in block.entries):
            self._linked.add(entry.url)
            if entry.date:
                self._listed.append((entry.date, entry.url, "list"))
            elif not entry.outside and unseen(self.ctx.facts.visits.get(entry.url)):
                self._unseen.add(entry.url)

    def finish(self) -> Report:
        ctx, home = self.ctx, self.ctx.facts.home
        if home is None:
            return unchecked(self.rules, ctx.home_reason or "unreachable")
        limit = int(ctx.param("home-stale", "window_days"))
        lists = ctx.facts.list_dates
        rows = [*self._listed, *(self._items[u] for u in self._linked & self._items.keys())]
        rows += [(lists[u], u, "list") for u in self._linked & lists.keys()]
        newest = newest_of(rows, ctx.as_of.isoformat())
        if newest and age(newest[0][0], ctx.as_of) <= limit:
            return Report(results=[conclude("home-stale", [], 1)])
        if reason := self._doubt(home, limit, bool(newest)):
            finding = not_checked(
                ctx, "home-stale", home.url, reason, "首页是否更新", title=home.head_title, evidence=shown(newest), snapshot=home.snapshot
            )
            return Report(findings=[finding], results=[conclude("home-stale", [finding], 0)])
        day = newest[0][0]
        finding = found(
            ctx, "home-stale", home.url, {"newest": day, "days": age(day, ctx.as_of), "limit": limit},
            observed=day, title=home.head_title, snapshot=home.snapshot, on_home=True, evidence=[_window(ctx.as_of, limit, f"{limit}天"), *shown(newest)],
        )  # fmt: skip
        return Report(findings=[finding], results=[conclude("home-stale", [finding], 1)])

    def _doubt(self, home: PageFacts, limit: int, dated: bool) -> str | None:
        if unrendered(home):
            return "unrendered"
        for url in sorted(self._unseen):
            return unseen(self.ctx.facts.visits.get(url))
        # links that are dead are a defect of their own; where most are, nobody has seen what the site publishes
        asked = [v for u in self._linked if (v := self.ctx.facts.visits.get(u)) is not None and v.context.role == PAGE]
        if sum(v.outcome == "failed" for v in asked) * 2 > len(asked):
            return "unreachable"
        since = (self.ctx.as_of - timedelta(days=limit)).isoformat()
        guessed = any(self._guessed[u][0] >= since for u in self._linked & self._guessed.keys())
        return "no_data" if guessed or not dated else None


def _window(as_of: date, days: int, text: str) -> dict[str, Any]:
    return {"what": "window", "limit": text, "days": days, "from": (as_of - timedelta(days=days)).isoformat(), "to": as_of.isoformat()}


@check("column-stale", "column-due-soon")
class ColumnFreshness(SiteCheck):
    """Fires when the newest valid date of a column and everything below it is older than its type allows, or will be soon.

    Not judged: blank columns (their own rule), 在线访谈 (judged by `interview-stale`), a mere parent whose children have the same limit.
    Not applicable: types without a limit; a board that received no letters by its own statistics. Not checked: external platforms, parts
    that could not be read, only guessed dates. Event-driven types and topics: a person must decide.
    """

    def __init__(self, ctx: CheckContext) -> None:
        super().__init__(ctx)
        self._dates = ItemDates(ctx.as_of.isoformat(), ctx.facts.trust_meta_dates)
        self._by_url = {c.record.url: c for c in ctx.facts.columns}
        self._valid: dict[str, Dated] = {}
        self._guess: dict[str, Dated] = {}
        self._no_letters: set[str] = set()
        self._asked = self._letters()

    def _param(self, name: str) -> Any:
        return self.ctx.param("column-stale", name)

    def page(self, p: PageFacts) -> None:
        if p.notes.get("no_letters"):
            self._no_letters.update(filter(None, (p.url, p.column_url, self.ctx.facts.member_of.get(p.url))))
        column = self.ctx.facts.member_of.get(p.url)
        if column is None:
            return
        good, guess = self._dates.read(p)
        for row, kept in ((good, self._valid), (guess, self._guess)):
            if row and (column not in kept or row > kept[column]):
                kept[column] = row

    def finish(self) -> Report:
        findings: list[Finding] = []
        judged = unlimited = 0
        for c in self.ctx.facts.columns:
            limit = None if c.record.type in self._param("judged_elsewhere") else self._limit(c)
            if limit is None:
                unlimited += 1
            elif not is_blank(c) and not self._speaks_through_children(c, limit):
                made, done = self._judge(c, limit)
                findings += made
                judged += done
        nothing = (Outcome.NOT_APPLICABLE, "no_limit") if unlimited else (Outcome.NOT_CHECKED, self.ctx.home_reason or "no_data")
        return Report(findings=findings, results=[conclude(rule, findings, judged, otherwise=nothing) for rule in self.rules])

    def _limit(self, c: ColumnFacts) -> Limit | None:
        if outside(c):  # columns of no special type that merely link out owe no news
            return Limit(text="") if named_in(c, self._param("windows")) else None
        return limit_of(c, self._param, self.ctx.as_of)

    def _is_board(self, c: ColumnFacts) -> bool:
        return c.record.type == BOARD

    def _speaks_through_children(self, c: ColumnFacts, limit: Limit) -> bool:
        """A parent without items of its own is judged only where a child is held to something else: one cause, one finding."""
        if c.entries or outside(c):
            return False
        below = [self._by_url[u] for u in c.children if u in self._by_url]
        limits = [self._limit(child) for child in below if not is_blank(child)]
        return any(known is not None and (known.days, known.since) == (limit.days, limit.since) for known in limits)

    # ------------------------------------------------------------ one column

    def _judge(self, c: ColumnFacts, limit: Limit) -> tuple[list[Finding], int]:
        ctx, record = self.ctx, c.record
        fields: dict[str, Any] = {"title": name_of(record), "facet": facet(record), "object": "column"}
        if c.page is not None:
            fields["snapshot"] = c.page.snapshot
        what = f"栏目“{name_of(record)}”是否按期更新"
        if outside(c):
            return [not_checked(ctx, "column-stale", record.url, "external_platform", what, **fields)], 0
        newest = self._newest(c)
        if newest and not limit.stale(newest[0][0], ctx.as_of):
            return list(self._due_soon(c, limit, newest, fields)), 1
        if self._is_board(c) and record.url in self._no_letters:
            return [
                found(
                    ctx, "column-stale", record.url, outcome=Outcome.NOT_APPLICABLE, reason="no_event",
                    message=f"栏目“{name_of(record)}”按网站公布的统计没有收到来信", **fields,
                )
            ], 0  # fmt: skip
        if reason := self._doubt(c, limit, newest):
            return [not_checked(ctx, "column-stale", record.url, reason, what, evidence=shown(newest), **fields)], 0
        return [self._stale(c, limit, newest, fields)], 1

    def _stale(self, c: ColumnFacts, limit: Limit, newest: list[Dated], fields: dict[str, Any]) -> Finding:
        day, as_of = newest[0][0], self.ctx.as_of
        days = limit.days if limit.days is not None else age(limit.earliest(as_of), as_of)
        words = {"type": c.record.type, "newest": day, "days": age(day, as_of), "limit": limit.text}
        return found(
            self.ctx, "column-stale", c.record.url, words, outcome=Outcome.NEEDS_REVIEW if limit.review else None,
            observed=day, expected=f"不早于 {limit.earliest(as_of)}",
            evidence=[_window(as_of, days, limit.text), *shown(newest), *self._seen(c)], **fields,
        )  # fmt: skip

    def _due_soon(self, c: ColumnFacts, limit: Limit, newest: list[Dated], fields: dict[str, Any]) -> Iterator[Finding]:
        """临期: age over 8/10 of the window and not stale; only where nothing newer may have been missed."""
        day, days = newest[0][0], limit.days
        if days is None or limit.review or self._doubt(c, limit, newest, since=day):
            return
        if age(day, self.ctx.as_of) <= Decimal(str(self.ctx.param("column-due-soon", "share"))) * days:
            return
        due = (date.fromisoformat(day) + timedelta(days=days + 1)).isoformat()
        yield found(
            self.ctx, "column-due-soon", c.record.url, {"type": c.record.type, "newest": day, "due": due, "limit": limit.text},
            observed=day, evidence=[_window(self.ctx.as_of, days, limit.text), *shown(newest), *self._seen(c)], **fields,
        )  # fmt: skip

    def _seen(self, c: ColumnFacts) -> list[dict[str, Any]]:
        """What was looked at: the first page of the list row by row, as it printed its dates, and the columns below that count with it."""
        rows: list[dict[str, Any]] = []
        if c.page is not None:
            own = next((block.entries for block in c.page.lists if block.main), c.entries)
            dated = [{"title": e.title, "date": e.date, "url": e.url} for e in own[:_ROWS]]
            rows.append({"what": "page_one", "url": c.record.url, "fetched_at": c.page.fetched_at, "items": len(own), "rows": dated})
        below = self._subtree(c)
        dates = [{"url": k.record.url, "newest_on": next((day for day, _, _ in self._newest(k)), None)} for k in below[:_ROWS]]
        unread = sum(k.unread_pages for k in below)
        rows.append({"what": "subtree", "columns": [k.record.url for k in below], "dates": dates, "unread": unread})
        return rows

    # ------------------------------------------------------------ dates

    def _subtree(self, c: ColumnFacts) -> list[ColumnFacts]:
        seen: dict[str, ColumnFacts] = {}
        queue = [c]
        while queue:
            column = queue.pop()
            if column.record.url not in seen:
                seen[column.record.url] = column
                queue += [self._by_url[u] for u in column.children if u in self._by_url]
        return list(seen.values())

    def _newest(self, c: ColumnFacts) -> list[Dated]:
        """The newest valid dates of a column's subtree; of a board: the newest days letters were asked on."""
        if self._is_board(c):
            return newest_of([row for column in self._subtree(c) for row in self._asked.get(column.record.url, [])], self._dates.as_of)
        rows: list[Dated] = []
        for column in self._subtree(c):
            rows += [row for row in column.newest if self._dates.valid(row[2])]
            rows += [(e.date, e.url, "list") for e in column.entries if e.date]
            if column.record.url in self._valid:
                rows.append(self._valid[column.record.url])
        return newest_of(rows, self._dates.as_of)

    def _letters(self) -> dict[str, list[Dated]]:
        """Days of asking by board; letters whose board is unknown count for every board: they can only clear."""
        boards = [c.record.url for c in self.ctx.facts.columns if self._is_board(c)]
        asked: dict[str, list[Dated]] = {url: [] for url in boards}
        for message in self.ctx.facts.messages:
            if message.asked_on:
                row = (message.asked_on[:10], message.url, "asked_on")
                for url in [message.column] if message.column in asked else boards:
                    asked[str(url)].append(row)
        return asked

    def _doubt(self, c: ColumnFacts, limit: Limit, newest: list[Dated], since: str | None = None) -> str | None:
        """Why the column may be newer than what was seen; null when it was seen whole."""
        for column in self._subtree(c):
            if reason := self._hidden(column):
                return reason
        if not newest:
            return "no_data"
        after = since or limit.earliest(self.ctx.as_of)
        columns = self._subtree(c)
        if any(self._guess[k.record.url][0] >= after for k in columns if k.record.url in self._guess):
            return "no_data"
        # a board whose letters bear no day of asking: its list dates can clear, not accuse
        if self._is_board(c) and any(row[0] >= after for k in columns for row in k.newest if row[0] <= self._dates.as_of):
            return "no_data"
        return None

    def _hidden(self, c: ColumnFacts) -> str | None:
        """Why part of one column was not seen. Items that bear a list date, or that are gone (404), hide nothing."""
        if outside(c):
            return None
        visits = self.ctx.facts.visits
        if c.record.state in ("blocked", "unread") or c.page is None:
            return unseen(visits.get(c.record.url)) or ("blocked" if c.record.state == "blocked" else "unreachable")
        if c.record.state == "maintenance":
            return "no_data"
        if unrendered(c.page):
            return "unrendered"
        explained = 0
        for url, dated in [(e.url, bool(e.date)) for e in c.entries if not e.outside] + [(u, False) for u in c.page.pager]:
            visit = visits.get(url)
            if visit is not None and visit.outcome in ("failed", "blocked", "skipped"):
                explained += 1
                if not dated and (reason := unseen(visit)):
                    return reason
        return (self.ctx.hidden_reason or "unreachable") if c.unread_pages > explained else None
