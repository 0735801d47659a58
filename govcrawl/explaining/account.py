"""The account of one reading: kind and signs, column, facts with their places, main text, lists, what the site's own file says."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from govcrawl import reading, rulebook
from govcrawl.explaining import files
from govcrawl.extract import assemble, columns, label_words, labelled, page_kind
from govcrawl.extract.item_signs import Signs
from govcrawl.extract.rows import vocabulary
from govcrawl.model.facts import Context, PageFacts
from govcrawl.page import addresses
from govcrawl.page.document import Page

_LABELLED = {
    "policy_document": "policy", "service_guide": "guide", "message": "message", "consultation": "consultation", "leader": "leader", "interpretation": "policy",
}  # fmt: skip
"""Kind of record → the label file its fields are read by."""
_SILENT = frozenset(
    {"kind", "site", "url", "key", "column", "fetched_at", "snapshot", "rev", "text", "published_on", "published_source", "title"}
)
_LONG = 120


@dataclass(slots=True)
class Fact:
    """One field, its value, and where it was read."""

    field: str
    value: Any
    source: str
    locator: str = ""
    raw: str = ""
    """As printed."""


@dataclass(slots=True)
class Explained:
    """Everything there is to say about one reading; JSON-able."""

    url: str
    kind: str
    status: int
    decided_by: str
    """Step of the decision: home, site, frame, search, labels, form, list, text, number; error, shield, data; bytes (no web page)."""
    media_type: str = ""
    encoding: str = ""
    cms: str | None = None
    rendered: bool = False
    role: str = "page"
    structure: dict[str, Any] = field(default_factory=dict)
    """Counted signs: rows, dated, titled, plain, media, pager."""
    labels: dict[str, dict[str, int]] = field(default_factory=dict)
    """Label file → key → how often its labels were seen."""
    meta: dict[str, str] = field(default_factory=dict)
    breadcrumb: list[str] = field(default_factory=list)
    column: dict[str, Any] = field(default_factory=dict)
    """name and where it was read, type and what decided it."""
    facts: list[Fact] = field(default_factory=list)
    body: dict[str, Any] = field(default_factory=dict)
    """Element of the main text: how it was found, its place and length, and the named ones that were not taken."""
    lists: list[dict[str, Any]] = field(default_factory=list)
    pager: dict[str, Any] = field(default_factory=dict)
    records: list[dict[str, Any]] = field(default_factory=list)
    """Kind, title and record fields of each candidate, without texts."""
    needs_script: str | None = None
    notes: dict[str, Any] = field(default_factory=dict)
    site_file: dict[str, Any] = field(default_factory=dict)
    file: dict[str, Any] = field(default_factory=dict)
    """What the bytes are where they are no web page: format (null = not known), text_status, reason, bytes, pages, characters, begins, members."""
    place: dict[str, Any] = field(default_factory=dict)
    """What the whole site adds (`placed`); empty for a page alone."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def explain(exchange: reading.Exchange, context: Context, scope: reading.Scope) -> Explained:
    """Read the answer as a crawl does, and account for what came out."""
    read = reading.read(exchange, context, scope)
    facts, page = read.facts, read.page
    out = Explained(
        url=facts.url, kind=facts.kind, status=exchange.status, decided_by=facts.kind, rendered=facts.rendered, role=context.role,
        needs_script=facts.needs_script,
    )  # fmt: skip
    out.lists = [_block(block) for block in facts.lists]
    out.pager = {
        "pages": facts.pager,
        "number": facts.page_no,
        "first": facts.column_url,
        "total": facts.total_items,
        "data": facts.notes.get("data", []),
    }
    out.notes = {name: value for name, value in facts.notes.items() if name not in ("data", "encoding", "cms")}
    out.encoding, out.cms = facts.notes.get("encoding", ""), facts.notes.get("cms")
    if page is not None:
        out.media_type, out.encoding = page.media_type, page.encoding
        out.site_file = _site_file(page, facts)
    if page is None or read.signs is None:
        return out
    out.file = files.told(exchange, page)
    if out.file:
        out.kind, out.decided_by = "other", "bytes"
        out.lists, out.pager, out.notes, out.needs_script, out.encoding, out.site_file = [], {}, {}, None, "", {}
        return out
    _kind(out, read.signs)
    if (out.kind, facts.kind) == ("content", "policy"):
        out.kind, out.decided_by = "policy", "number"
    _column(out, facts, page)
    out.body = _body(page)
    out.facts = [*_title(facts, page), *_dates(facts), *_fields(facts, page), *_marks(facts)]
    out.records = [_record(row) for row in facts.items]
    return out


def _kind(out: Explained, signs: Signs) -> None:
    out.kind, out.decided_by = page_kind.decision(signs)
    out.structure = {
        "rows": signs.rows, "dated": signs.dated, "titled": signs.titled, "plain": signs.plain, "media": signs.media, "has_pager": signs.has_pager,
    }  # fmt: skip
    words = label_words.words_of(signs.page.visible_text("body"))
    for name in ("policy", "guide", "message", "consultation", "leader"):
        seen = label_words.keys_of(words, name)
        if out.decided_by == "labels" and name in ("policy", "guide"):  # labels that run into their values
            seen |= label_words.keys_of(label_words.lead_words(signs.page.visible_text("lead"), name), name)
        if seen:
            out.labels[name] = dict(seen.most_common())


def _column(out: Explained, facts: PageFacts, page: Page) -> None:
    name, source = reading.column_named(facts, page)
    tag = page.meta.get("columntype", "")
    kind, by = columns.typed(name, tag)
    own = page.site_spec
    if own is not None and facts.url in own.columns:
        kind, by = own.columns[facts.url], "site"
    out.column = {"name": name, "source": source, "type": kind, "type_by": by, "tag": tag or None}
    out.breadcrumb = [crumb for crumb, _ in facts.breadcrumb]
    wanted = ("sitename", "columnname", "columntype", "articletitle", "pubdate", "contentsource", "siteidcode")
    out.meta = {key: page.meta[key] for key in wanted if key in page.meta}


def _title(facts: PageFacts, page: Page) -> list[Fact]:
    if not facts.title:
        return []
    if facts.title != page.title:  # a list is called by its column
        return [Fact("title", facts.title, "column")]
    el = page.title_element
    at = (
        page.xpath_of(el)
        if el is not None
        else {"meta": "//meta[@name='ArticleTitle']/@content", "head": "//title"}.get(page.title_source, "")
    )
    return [Fact("title", facts.title, page.title_source, at)]


def _dates(facts: PageFacts) -> list[Fact]:
    return [Fact("published_on", day.value, day.source, day.locator, day.raw) for day in facts.dates]


def _fields(facts: PageFacts, page: Page) -> list[Fact]:
    """Fields of the only record, each with the label that stands before it, else with the place its text is found at."""
    if len(facts.items) != 1:
        return []
    row = facts.items[0]
    pairs: dict[str, labelled.Pair] = {}
    if row["kind"] in _LABELLED:
        outer = {element for element, _ in page.regions.roots}
        for pair in labelled.read(page.body_tree, vocabulary(_LABELLED[row["kind"]]), skip=outer):
            pairs.setdefault(pair.key, pair)
    found = []
    for name, value in row.items():
        if name in _SILENT or name.startswith("_") or value in (None, [], {}, False):
            continue
        label = pairs.get(name)
        if label is not None:
            at = page.xpath_of(label.elements[0]) if label.elements else ""
            found.append(Fact(name, _short(value), "label", at, label.raw))
        else:
            el = page.find_text(value) if isinstance(value, str) else None
            found.append(Fact(name, _short(value), "text" if el is not None else "derived", page.xpath_of(el) if el is not None else ""))
    return found


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONG:
        return value[: _LONG - 1] + "…"
    if isinstance(value, dict):
        return {key: _short(inner) for key, inner in value.items()}
    return value


def _marks(facts: PageFacts) -> list[Fact]:
    marks = facts.marks
    names = ("institution_badge", "site_code", "icp_number", "police_number", "organizer")
    return [Fact(name, getattr(marks, name), "footer") for name in names if marks is not None and getattr(marks, name)]


def _body(page: Page) -> dict[str, Any]:
    el = page.body_element
    said: dict[str, Any] = {
        "how": page.body_source,
        "locator": page.xpath_of(el) if el is not None else "",
        "characters": len(page.main_text),
    }
    if el is not None:
        said["element"] = _tag(el)
        said["begins"] = " ".join(page.main_text.split())[:40]
    found = page.regions
    said["candidates"] = [_tag(one) for one in [*found.strong, *found.weak] if one is not el][:8]
    return said


def _tag(el: Any) -> str:
    """`div#zoom.TRS_Editor`, as a selector would say it."""
    identity = f"#{el.get('id')}" if el.get("id") else ""
    return f"{el.tag}{identity}" + "".join(f".{word}" for word in (el.get("class") or "").split())


def _block(block: Any) -> dict[str, Any]:
    first = block.entries[0] if block.entries else None
    return {
        "title": block.title, "more_url": block.more_url, "region": block.region, "main": block.main, "rows": len(block.entries),
        "dated": sum(1 for entry in block.entries if entry.date), "first": {"title": first.title, "url": first.url, "date": first.date} if first else None,
    }  # fmt: skip


def _record(row: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"kind": row["kind"], "title": row.get("title") or row.get("subject") or row.get("name")}
    if row.get("_as"):
        shown["readable_as"] = sorted(row["_as"])
    return shown


# -- the site's own file -----------------------------------------------------------------


def _site_file(page: Page, facts: PageFacts) -> dict[str, Any]:
    """What `rules/sites/<host>.yml` did to this page, and where each of its entries would take hold."""
    host = addresses.host(page.url)
    own = page.site_spec
    applied = []
    if own is not None:
        if facts.url in own.columns:
            applied.append("columns")
        if own.kind_of(addresses.path(page.url)):
            applied.append("kinds")
        if own.body and page.body_element in list(page.select(own.body)):
            applied.append("body")
        if page.title_source == "site":
            applied.append("titles")
        if facts.dates and any(page.xpath_of(el) == facts.dates[0].locator for el in page.select(own.dates)):
            applied.append("dates")
    return {"path": f"{rulebook.root().name}/sites/{host}.yml", "exists": own is not None, "applied": applied}


# -- what the site adds ------------------------------------------------------------------


def placed(out: Explained, facts: PageFacts, structure: assemble.Structure) -> Explained:
    """Add what only the whole site tells: the column a page belongs to, its state, the final kind and date of its records."""
    column = next((c.record for c in structure.columns if c.record.url == facts.url), None)
    place: dict[str, Any] = {"column": assemble.column_of(facts, structure), "list_date": structure.list_dates.get(facts.url)}
    if column is not None:
        names = ("name", "type", "level", "parent", "state", "items", "newest_on", "newest_url")
        place["is_column"] = {name: getattr(column, name) for name in names}
    elif place["column"]:
        place["column_type"] = structure.types.get(place["column"])
    place["trust_meta_dates"] = structure.trust_meta_dates
    place["records"] = [
        {"kind": r.kind, "title": r.title, "published_on": r.published_on, "published_source": r.published_source}
        for r in assemble.records(facts, structure)
    ]
    out.place = place
    return out
