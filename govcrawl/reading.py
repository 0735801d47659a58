"""Reading: one answer → facts. What spiders, pipelines, workers, replay and `check FILE` share; pure, without network and clock.

reading.read(exchange, context, scope)   PageFacts and the texts for the detectors
reading.follow(facts, context, scope)    what to ask next, with its role
reading.detect(texts, key)               hits
reading.links_only(exchange, scope)      canonical links alone, for benches
reading.masked(record)                   a record without personal numbers
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from govcrawl import detect as detectors
from govcrawl.detect import masking
from govcrawl.extract import answers as list_answers
from govcrawl.extract import (
    attachments,
    catalogue,
    columns,
    dates,
    error_page,
    error_report,
    footer_marks,
    item_signs,
    items,
    links,
    lists,
    navigation,
    notes,
    onward,
    page_kind,
    pagers,
    script_drawn,
    texts,
)  # fmt: skip
from govcrawl.extract.answers import shells
from govcrawl.model import facts as roles
from govcrawl.model.facts import Context, ListBlock, PageFacts, TextPlace
from govcrawl.model.hits import Hit
from govcrawl.model.items import Record
from govcrawl.page import addresses, answers, document
from govcrawl.page.document import Page
from govcrawl.text import normalise

R = TypeVar("R", bound=Record)


@dataclass(slots=True, frozen=True)
class Exchange:
    """One answer as it came."""

    url: str
    """Canonical address that was asked for."""
    status: int
    headers: Mapping[str, str]
    """Lower-case names."""
    body: bytes
    """Content-encoding removed."""
    rendered: bool = False
    heard: tuple[list_answers.Heard, ...] = ()
    """Data that the page's scripts fetched while it was rendered."""


@dataclass(slots=True, frozen=True)
class Scope:
    """What belongs to the inspected site."""

    home: str
    hosts: frozenset[str]
    """The site's own hosts."""
    family: frozenset[str]
    """Hosts of the registered family: linked, not read."""
    today: str
    """Day of the fetch, ISO."""


@dataclass(slots=True)
class Reading:
    facts: PageFacts
    texts: list[TextPlace] = field(default_factory=list)
    page: Page | None = None
    """The parsed page, for whoever asks why it was read so; null for answers of endpoints."""
    signs: item_signs.Signs | None = None
    """What its kind was decided by; null for error and shield pages too."""


def detect(found: Iterable[TextPlace], key: bytes) -> list[Hit]:
    """Hits of all detectors in a page's texts; `key` is the store's secret for personal data."""
    return detectors.run(found, key)


def links_only(exchange: Exchange, scope: Scope) -> list[str]:
    """Parse and give the canonical targets of all links: what a bare crawl needs of a page."""
    return links.addresses_of(document.parse(exchange.body, exchange.headers, exchange.url))


def read(exchange: Exchange, context: Context, scope: Scope) -> Reading:
    """Read one answer in full. Never raises on hostile content; the caller sets `fetched_at`, `snapshot` and `hits`."""
    page = document.parse(exchange.body, exchange.headers, exchange.url)
    kind = list_answers.kind_of(page.media_type, page.source) if not exchange.rendered else None
    if kind and (context.role == roles.DATA or kind != "fragment"):
        return _read_data(page, kind, context, scope)
    if _is_shield(page, exchange):
        return Reading(PageFacts(url=exchange.url, kind="shield", head_title=page.head_title, rendered=exchange.rendered), page=page)
    return _read_page(page, exchange, context, scope)


def _is_shield(page: Page, exchange: Exchange) -> bool:
    """A shield's page shows next to nothing; what says more is a page, whatever scripts a shield put into it."""
    if exchange.rendered or (exchange.status == 200 and len(page.text) > 1200):
        return False
    return answers.classify(exchange.status, exchange.headers, exchange.body)[0] == answers.BLOCKED


def _read_data(page: Page, kind: str, context: Context, scope: Scope) -> Reading:
    answer = list_answers.read_text(
        kind, page.source, page.url, form=context.form, base=context.parent, today=scope.today, walk=context.paging
    )
    main = list_answers.block(answer, scope.hosts)
    facts = PageFacts(url=page.url, kind="data", column_url=context.parent, total_items=answer.total, page_no=2)
    facts.notes["encoding"] = page.encoding
    if answer.next and context.role == roles.DATA:
        facts.notes["next"] = list(answer.next)
    if said := list_answers.documents(answer):
        facts.notes["documents"] = said
    facts.items = list_answers.letters(answer, context.parent or page.url)
    if main:
        facts.lists = [main]
        facts.links = links.of_entries(main.entries)
    shown = "\n".join(e.title for e in main.entries) if main else ""
    return Reading(facts, [TextPlace(shown, "body")] if shown else [])


def _read_page(page: Page, exchange: Exchange, context: Context, scope: Scope) -> Reading:
    facts = PageFacts(url=exchange.url, rendered=exchange.rendered, meta=page.meta, head_title=page.head_title)
    facts.links = links.read(page)
    facts.breadcrumb = navigation.breadcrumb(page)
    if error_page.is_error(page, exchange.status) and not (context.home and exchange.status < 400):
        facts.kind = "error"
        facts.title = page.head_title
        return Reading(facts, texts.read(page), page)
    script = script_drawn.inline(page)
    comment = "\n".join(page.comments) if b"createpage" in page.markup else ""
    blocks = lists.read(page, facts.links, scope.today, scope.hosts)
    if b"<record" in page.markup and "<record" in script:
        drawn = list_answers.inline([x.text for x in page.scripts], page.base, scope.today, scope.hosts)
        if drawn:
            drawn.main = False
            blocks.append(drawn)
            facts.links += links.of_entries(drawn.entries)
    copy = list_answers.commented(page.comments, page.base, scope.today, scope.hosts) if comment and not exchange.rendered else None
    heard = list_answers.overheard(exchange.heard, page.text, blocks, page.url, scope.today, scope.hosts)
    for found in filter(None, (copy, *(block for block, _ in heard))):
        found.main = False
        blocks.append(found)
        facts.links += links.of_entries(found.entries)
    pager = pagers.read(page, facts.links, script, comment)
    signs = _signs(page, facts, context, blocks, pager)
    facts.kind = page_kind.decide(signs)
    _lists(page, facts, blocks, pager)
    _names(page, facts)
    facts.dates = dates.read(page, facts.title, facts.kind)
    _script(page, facts, script, pager, signs)
    if copy is not None and facts.kind in ("list", "board") and facts.page_no == 1:
        facts.needs_script = "list"  # the copy tells what there is; what a visitor sees is still drawn by script
    if heard and facts.kind not in ("home", "content", "policy", "interpretation", "message", "guide"):
        facts.notes["heard"] = [list(request) for _, request in heard]
    _marks(page, facts, script)
    notes.read(page, facts, signs)
    facts.items = items.read_items(page, facts.kind, context)
    if facts.kind == "board":
        _asking_days(facts)
    if facts.kind == "content" and facts.items and facts.items[0].get("kind") == "policy_document":
        facts.kind = "policy"  # its number stands in its title or head, without a table of labels
    if facts.kind == "policy" and facts.items and page.title_source in ("line", "none") and (named := facts.items[0].get("title")):
        facts.title = str(named)  # the table's 标题 is better than a line taken for one
    return Reading(facts, texts.read(page), page, signs)


def _signs(page: Page, facts: PageFacts, context: Context, blocks: list[ListBlock], pager: pagers.Pager) -> item_signs.Signs:
    body = [block for block in blocks if block.region == "body"]
    dated = max((sum(1 for e in b.entries if e.date) for b in body), default=0)
    titled = max((sum(1 for e in b.entries if len(e.title) >= 8) for b in body), default=0)
    main = page.body_element
    plain, media = 0, 0
    if main is not None:
        anchors = main.iter("a") if main is not page.body_tree else (a for a in main.iter("a") if page.region_of(a) == "body")
        linked = sum(len(Page.line_of(a)) for a in anchors)
        plain = len(page.main_text.replace("\n", "")) - linked
        media = sum(1 for _ in main.iter("img", "video", "audio", "embed", "iframe", "object")) + sum(
            1 for a in main.iter("a") if attachments.extension(a.get("href") or "", Page.line_of(a))
        )
    rows = max((len(b.entries) for b in body), default=0)
    name = column_name(facts, page)
    return item_signs.Signs(
        page=page, context=context, title=page.title or "", column_type=columns.type_of(name, page.meta.get("columntype", "")), blocks=blocks, dated=dated,
        titled=titled, rows=rows, plain=plain, media=media, has_pager=bool(pager.pages or pager.data or pager.number > 1),
    )  # fmt: skip


def column_name(facts: PageFacts, page: Page | None = None) -> str:
    """Name of the column a page is, or belongs to: `ColumnName`, else the last crumb that is not the page's own title."""
    return column_named(facts, page)[0]


def column_named(facts: PageFacts, page: Page | None = None) -> tuple[str, str]:
    """`column_name` with where it was read: meta, crumb, head."""
    name = facts.meta.get("columnname", "")
    if name:
        return name, "meta"
    title = normalise.compact((page.title if page is not None else facts.title) or "")
    for crumb, url in reversed(facts.breadcrumb):
        if url and url == facts.url and columns.type_of(crumb) != "首页":
            return crumb, "crumb"  # `首页 > 政务公开 > 领导信息`, each a link: the page is that column itself
        # a crumb of the page's own title is the column itself where it is a column's name, and else only repeats the article's title
        own = normalise.compact(crumb) == title and len(facts.breadcrumb) > 2 and columns.type_of(crumb) == "其他"
        if columns.type_of(crumb) != "首页" and not own:
            return crumb, "crumb"
    return (page.short_title if page is not None else facts.head_title) or "", "head"


def _lists(page: Page, facts: PageFacts, blocks: list[ListBlock], pager: pagers.Pager) -> None:
    if facts.kind in ("list", "board", "leaders", "guide_list", "search", "statistics"):
        if facts.kind == "guide_list":
            named = [b.title for b in blocks if b.title and b.region == "body"]
            facts.notes["service_groups"] = list(dict.fromkeys([*named, *catalogue.group_rows(page)]))
            main = lists.merge_main(blocks)
            if main:
                main.entries += catalogue.unlinked(page, main)
        else:
            lists.mark_main(blocks, page)
    facts.lists = [block for block in blocks if block.entries]
    if facts.kind in ("list", "board", "guide_list", "search", "leaders"):
        facts.pager = pager.pages
        facts.page_no = pager.number
        facts.column_url = pager.first if pager.number > 1 else None
        facts.total_items = pager.total if pager.total is not None else pagers.total_of(page)
        if pager.data:
            facts.notes["data"] = [[url, pager.forms.get(url)] for url in pager.data]


def _own_name(page: Page, facts: PageFacts) -> str | None:
    """Name of a list whose breadcrumb ends with a link to the column above it: its heading, which `<title>` says too."""
    name, last = page.title or "", facts.breadcrumb[-1] if facts.breadcrumb else None
    if last is None or not last[1] or addresses.key(last[1]) == addresses.key(facts.url) or not 2 <= len(name) <= 20:
        return None
    if page.title_source not in ("heading", "line") or any(
        normalise.compact(crumb) == normalise.compact(name) for crumb, _ in facts.breadcrumb
    ):
        return None
    return name if normalise.compact(name) in normalise.compact(page.head_title or "") else None


def _names(page: Page, facts: PageFacts) -> None:
    if facts.kind in ("list", "board", "leaders", "guide_list"):
        facts.title = facts.meta.get("columnname") or _own_name(page, facts) or column_name(facts, page) or page.title
    elif facts.kind == "home":
        facts.title = page.head_title
    else:
        facts.title = page.title
    if facts.kind in ("home", "list", "board", "leaders", "guide_list", "frame", "static", "statistics"):
        facts.navigation = navigation.read(page, facts.links)
    facts.header_name = navigation.header_name(page, facts.links)


def _script(page: Page, facts: PageFacts, script: str, pager: pagers.Pager, signs: item_signs.Signs) -> None:
    if facts.rendered:
        return
    columns_of_directory = shells.directory(page, script)
    if columns_of_directory:
        facts.kind, facts.needs_script = "list", "list"
        facts.notes["data"] = [[url, None] for url in columns_of_directory]
    elif script_drawn.needs_body(page):
        facts.needs_script = "body"
    elif facts.kind in ("list", "board", "guide_list", "leaders", "search") and not pager.data:
        main = next((b for b in facts.lists if b.main), None)
        rows = main is not None and (len(main.entries) >= 2 or any(e.date for e in main.entries))
        if script_drawn.needs_list(page, script, rows, facts.kind != "search"):
            facts.needs_script = "list"
            found = shells.endpoints(page, script)
            if found:
                facts.notes["data"] = [[url, None] for url in found]
    elif facts.kind == "home" and script_drawn.needs_list(page, script, any(b.entries for b in facts.lists), True):
        facts.needs_script = "list"


def _marks(page: Page, facts: PageFacts, script: str) -> None:
    written = script_drawn.written(page)
    may_come = footer_marks.may_come(page, facts.links, written, script)
    facts.marks = footer_marks.read(page, facts.links, written, may_come)
    facts.error_report = error_report.read(page, written, may_come)


def _asking_days(facts: PageFacts) -> None:
    """A board's rows count by the day of asking, whichever of their dates the list reader took (`来信时间 | 办理时间`)."""
    asked = {item["url"]: item["asked_on"] for item in facts.items if item.get("_listed") and item.get("asked_on")}
    for block in facts.lists:
        for entry in block.entries:
            entry.date = asked.get(entry.url, entry.date)


# -- what to ask next ------------------------------------------------------------------


def follow(facts: PageFacts, context: Context, scope: Scope) -> list[tuple[str, Context]]:
    """Addresses to ask next with their roles, each once, in the page's order: pager and data first, then links.

    Own pages PAGE, list endpoints DATA, files ATTACHMENT, pictures PICTURE, other hosts (and twins that are not judged) OUTSIDE, the
    page itself RENDER when a script draws it. Nothing of error and shield pages.
    """
    out: dict[tuple[str, str], Context] = {}
    if facts.kind in ("error", "shield"):
        return []
    parent = facts.column_url or facts.url if facts.kind == "data" else facts.url
    depth = context.depth + 1
    skipped = onward.skipped(addresses.host(scope.home))

    def ask(url: str, role: str, anchor: str | None = None, form: str | None = None, deeper: int = depth) -> None:
        if url and (url != facts.url or form) and (url, form or "") not in out and not (skipped and skipped.search(url)):
            out[(url, form or "")] = Context(role=role, parent=parent, anchor=anchor, strategy=context.strategy, form=form, depth=deeper)

    if facts.needs_script in ("list", "body") and not facts.rendered and context.role != roles.RENDER:
        out[(facts.url, "render")] = replace(context, role=roles.RENDER, anchor=None)
    for url, form in facts.notes.get("data", ()):
        if not facts.rendered or form:
            ask(url, roles.DATA, form=form, deeper=context.depth)
    for url, form in facts.notes.get("heard", ()):
        ask(url, roles.DATA, form=form, deeper=context.depth)
    if onwards := facts.notes.get("next"):
        url, form, paging = onwards
        if addresses.host(url) in scope.hosts:
            ask(url, roles.DATA, form=form, deeper=context.depth)
            if (url, form or "") in out:
                out[(url, form or "")].paging = paging
    for url in facts.pager:
        if addresses.host(url) in scope.hosts:
            ask(url, roles.PAGE, deeper=context.depth)
    refresh = facts.notes.get("refresh")
    if refresh:
        ask(refresh, onward.role_of(refresh, "a", scope.hosts), deeper=context.depth)
    for link in facts.links:
        if link.url:
            role = onward.role_of(link.url, link.tag, scope.hosts, link.text)
            if role:
                ask(link.url, role, link.text[:80] or None)
    return [(url, found) for (url, _), found in out.items()]


# -- masking -----------------------------------------------------------------------------


def masked(record: R, *, private: bool = True) -> R:
    """The record with its personal numbers masked (identity 1+16*+1, phone 3+****+4, card 4+*+4); `private` as in `masking.inside`."""
    changes: dict[str, Any] = {}
    for spec in fields(record):
        if spec.name in ("site", "url", "key", "column", "fetched_at", "snapshot", "rev", "published_on"):
            continue
        value = getattr(record, spec.name)
        new = masking.inside(value, private=private)
        if new != value:
            changes[spec.name] = new
    return replace(record, **changes) if changes else record
