"""Pages → records and site facts: final kinds, columns, publish dates. Pure, and independent of the order of fetching.

structure = assemble.structure(target, visits, pages, as_of)
assemble.site_records(structure)      Site, Column and Attachment records
assemble.records(page, structure)     the records of one page
assemble.site_facts(structure, records, pages, looks)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from govcrawl.extract import columns, dates, file_records, site_index, twins
from govcrawl.extract import structure as structures
from govcrawl.model.facts import ATTACHMENT, ListEntry, PageFacts, Visit
from govcrawl.model.files import FileFacts
from govcrawl.model.items import (
    Attachment,
    Column,
    Consultation,
    Interpretation,
    Leader,
    Message,
    PolicyDocument,
    Record,
    ServiceGuide,
    Site,
    record_from_json,
)  # fmt: skip
from govcrawl.model.site_facts import ColumnFacts, Outline, SiteFacts
from govcrawl.model.targets import Target
from govcrawl.page import addresses
from govcrawl.text import doc_number, normalise

_DOCUMENT = re.compile(
    r"(?:通知|意见|办法|规定|决定|命令|批复|复函|函|公告|通告|方案|规划|细则|条例|规则|措施|计划|纲要|要点|预案|制度|准则|通报|请示|报告|令|若干政策|实施|清单|目录|标准|章程|公约|规程|指引|指南|议案|决议)"
    r"(?:[（(【\[〔][^）)】\]〕]{0,20}[）)】\]〕])*[》」]?(?:的通知)?$"
)
"""A title that names a document: matches "清和县人民政府关于印发《…办法》的通知" and "…实施方案（试行）", not "我县召开政策宣讲会"."""
_NEWS = re.compile(r"召开|举行|举办|开展|调研|视察|会见|出席|座谈|培训班|启动仪式|解读|一图读懂|图解|问答")
"""What a document's title does not say outside its quotation: matches "我县召开推进会", not "关于开展…的通知" (ends as a document)."""


@dataclass(slots=True)
class Structure:
    """What all pages together say about the site."""

    target: Target
    as_of: str
    home: PageFacts | None
    visits: Mapping[str, Visit]
    columns: list[ColumnFacts] = field(default_factory=list)
    member_of: dict[str, str] = field(default_factory=dict)
    list_dates: dict[str, str] = field(default_factory=dict)
    first_entry: dict[str, ListEntry] = field(default_factory=dict)
    trust_meta_dates: bool = True
    navigation_only_home: bool = False
    attachments: dict[str, str] = field(default_factory=dict)
    """File → page that links it."""
    hosts: frozenset[str] = frozenset()
    errors: set[str] = field(default_factory=set)
    types: dict[str, str] = field(default_factory=dict)
    """Address of a column → its type."""
    outline: dict[str, Outline] = field(default_factory=dict)
    twins: dict[str, str] = field(default_factory=dict)
    """Print or mobile view of an article → the article's own address."""
    documents: dict[int, dict[str, str]] = field(default_factory=dict)
    """Key of a document's address → what list answers say of it."""


def structure(
    target: Target,
    visits: Mapping[str, Visit],
    pages: Iterable[PageFacts],
    as_of: str,
    whole: Callable[[str], PageFacts | None] | None = None,
) -> Structure:
    """Read all pages once (their links are not needed) and work out columns, membership, list dates and whom to trust.

    `whole` gives the facts of one of the pages again, so that not all of a large site's have to be kept in memory.
    """
    if whole is None:
        whole = {page.url: page for page in pages}.get
    ix = site_index.index(target, visits, pages, as_of, whole)
    found, member_of, list_dates, first = structures.build(ix)
    return Structure(
        target=target, as_of=as_of, home=ix.home, visits=visits, columns=found, member_of=member_of, list_dates=list_dates, first_entry=first,
        trust_meta_dates=site_index.trust_meta(ix, list_dates), navigation_only_home=_navigation_only(ix.home), attachments=ix.attachments, hosts=ix.hosts,
        errors=ix.errors, types={c.record.url: c.record.type for c in found}, outline=ix.outline, documents=ix.documents, twins=twins.find(ix),
    )  # fmt: skip


def _navigation_only(home: PageFacts | None) -> bool:
    """A home page that only leads on: no dated row and hardly a title."""
    if home is None or home.needs_script in ("list", "body") and not home.rendered:
        return False
    entries = [e for block in home.lists for e in block.entries]
    return not any(e.date for e in entries) and sum(1 for e in entries if len(e.title) >= 10) < 3


# -- records -----------------------------------------------------------------------------


def site_records(found: Structure, file: Callable[[str], FileFacts | None] = lambda url: None) -> Iterator[Record]:
    """The site's own record, its columns, and the files that were linked, each with those inside it; `file` says what was read of one."""
    yield site_of(found)
    for column in found.columns:
        yield column.record
    for url in sorted(found.visits):
        visit = found.visits[url]
        if visit.context.role == ATTACHMENT and visit.outcome != "redirected":
            page = found.attachments.get(url) or visit.context.parent
            facts = file(url) if visit.outcome == "read" else None
            yield from file_records.records(found.target.site, visit, page, found.member_of.get(page or ""), facts)


def site_of(found: Structure) -> Site:
    """What the home page prints about the site itself; the printed code is a fact, the identity is the registry's."""
    home, target = found.home, found.target
    site = Site(
        site=target.site, url=home.url if home else target.url, key=home.url if home else target.url, host=addresses.host(target.url)
    )
    site.hosts = sorted(h for h in found.hosts if any(addresses.host(u) == h for u in (target.url, site.url)) or h in target.hosts)
    if home is None:
        return site
    marks = home.marks
    site.name = home.meta.get("sitename") or home.header_name or _of_head(home.head_title)
    site.title = site.name
    site.fetched_at, site.snapshot = home.fetched_at, home.snapshot
    site.cms, site.encoding = home.notes.get("cms"), home.notes.get("encoding")
    if marks is not None:
        site.site_code, site.organizer = marks.site_code, marks.organizer
        site.icp_number, site.police_number = marks.icp_number, marks.police_number
        site.institution_badge = marks.institution_badge is not None
    if home.error_report is not None:
        site.error_report_code = home.error_report.code
    return site


_NO_NAME = re.compile(r"^(?:网站)?首\s*页$|^(?:欢迎(?:访问|光临|您)?|Home|index|主页)$", re.I)
"""A part of a home page's `<title>` that is no name: matches "首页", not "首都之窗"."""


def _of_head(head: str | None) -> str | None:
    """The site's name in the `<title>` of its home page: "首页 - 牧云市农业农村局" less what is no name."""
    parts = [part.strip() for part in re.split(r"[-_|—–]+", head or "") if part.strip()]
    named = [part for part in parts if not _NO_NAME.match(part)]
    return named[0] if len(named) == 1 and len(parts) > 1 else head


def records(page: PageFacts, found: Structure) -> list[Record]:
    """Final records of one page: kind by content and column, column, publish date with its source. None of a print or mobile twin."""
    out: list[Record] = []
    seen: set[tuple[str, str]] = set()
    if page.url in found.twins:
        return out
    for row in page.items:
        if row.get("_listed"):
            continue
        record = _final(_from_row(_in_its_column(row, page, found), page), page, found)
        identity = (record.kind, record.key)
        if identity not in seen:
            seen.add(identity)
            out.append(record)
    return out


def _from_row(row: dict[str, Any], page: PageFacts) -> Record:
    values = {name: value for name, value in row.items() if not name.startswith("_")}
    record = record_from_json(values)
    record.url = record.url or page.url
    record.key = record.key or record.url
    return record


def column_of(page: PageFacts, found: Structure) -> str | None:
    """Column a page belongs to; a column page belongs to itself (messages and leaders that stand on it)."""
    for url in (page.column_url, page.url):
        if url and url in found.types:
            return url
    return found.member_of.get(page.url)


def _in_its_column(row: dict[str, Any], page: PageFacts, found: Structure) -> dict[str, Any]:
    """What an article is where its column decides: a document in 政策文件, an interpretation in 政策解读, if it can be read as one.

    The other reading was made from the page itself (`_as`); without one the row stays an article and is accused of nothing.
    """
    readings = row.get("_as")
    if not readings or page.url in found.types:
        return row
    kind = found.types.get(column_of(page, found) or "", "其他")
    if kind == "政策文件" and _is_document(row):
        return {**readings.get("policy_document", row), "text": row["text"]}
    if kind == "政策解读":
        return {**readings.get("interpretation", row), "text": row["text"]}
    return row


def _final(record: Record, page: PageFacts, found: Structure) -> Record:
    record.site, record.column = found.target.site, column_of(page, found)
    record.fetched_at, record.snapshot = page.fetched_at, page.snapshot
    record.published_on, record.published_source = published(record, page, found)
    if isinstance(record, PolicyDocument):
        _supplement(record, found.documents.get(addresses.key(record.url), {}))
    return record


def _supplement(record: PolicyDocument, said: Mapping[str, str]) -> None:
    """What the page itself does not say and its list's answer does. A number that deviates is left out: the page does not print it."""
    raw = said.get("doc_number_raw")
    number = doc_number.parse(raw) if raw and record.doc_number_raw is None and record.doc_number is None else None
    if number is not None and number.normal is not None:
        record.doc_number, record.doc_number_raw = number.normal, raw
    for name in ("index_number", "issuer", "issued_on"):
        if getattr(record, name) is None and said.get(name):
            setattr(record, name, said[name])


def _is_document(row: dict[str, Any]) -> bool:
    title = normalise.compact(row.get("title") or "")
    if not title:
        return False
    if _DOCUMENT.search(title):
        return True
    return not _NEWS.search(re.sub(r"《[^》]*》", "", title)) and bool(doc_number.find((row.get("text") or "")[:400]))


def published(record: Record, page: PageFacts, found: Structure) -> tuple[str | None, str | None]:
    """visible → list → meta (where the site's are trusted) → path → guess."""
    alone = record.key == page.url or len(page.items) == 1
    visible = next((d.value for d in page.dates if d.source == "visible"), None) if alone else None
    if visible is None and record.published_on and record.published_source == "visible":
        visible = record.published_on
    if visible:
        return visible, "visible"
    listed = found.list_dates.get(record.url) if alone or record.url != page.url else None
    if listed:
        return listed, "list"
    if not alone:
        return None, None
    if found.trust_meta_dates:
        meta = next((d.value for d in page.dates if d.source == "meta"), None)
        if meta:
            return meta, "meta"
    for source in ("path", "guess"):
        day = next((d.value for d in page.dates if d.source == source), None)
        if day:
            return day, source
    day_of_path = dates.path_date(record.url)
    return (day_of_path[0], "path") if day_of_path else (None, None)


# -- facts -------------------------------------------------------------------------------


_ONE_BY_ONE = (Attachment, Column, Consultation, Interpretation, Leader, Message, PolicyDocument, ServiceGuide, Site)
JUDGED = tuple(sorted(record.kind for record in _ONE_BY_ONE))
"""Kinds of records that the checks look at one by one. Articles, the most of a site, are judged as pages."""


def site_facts(found: Structure, rows: Iterable[Record], pages: Iterable[PageFacts], looks: Mapping[str, Visit]) -> SiteFacts:
    """Everything the checks of the site may look at."""
    facts = SiteFacts(
        target=found.target, site=site_of(found), home=found.home, navigation_only_home=found.navigation_only_home, columns=found.columns,
        visits=dict(found.visits), looks=dict(looks), member_of=found.member_of, list_dates=found.list_dates, trust_meta_dates=found.trust_meta_dates,
        pages=pages, first_entry=found.first_entry, error_pages=found.errors, outline=found.outline,
    )  # fmt: skip
    if found.home is not None:
        facts.home = next((p for p in pages if p.url == found.home.url and p.kind == "home"), found.home)
    by_url = {column.record.url: column for column in found.columns}
    for record in rows:
        if isinstance(record, Column):
            if record.url in by_url:
                by_url[record.url].record.rev = record.rev
        else:
            _sort_in(facts, record)
    return facts


def _sort_in(facts: SiteFacts, record: Record) -> None:
    if isinstance(record, PolicyDocument):
        facts.documents.append(record)
    elif isinstance(record, Interpretation):
        facts.interpretations.append(record)
    elif isinstance(record, Message):
        facts.messages.append(record)
    elif isinstance(record, ServiceGuide):
        facts.guides.append(record)
    elif isinstance(record, Consultation):
        facts.consultations.append(record)
    elif isinstance(record, Leader):
        facts.leaders.append(record)
    elif isinstance(record, Attachment):
        facts.attachments.append(record)
    elif isinstance(record, Site):
        facts.site = record


__all__ = ["JUDGED", "Structure", "column_of", "columns", "published", "records", "site_facts", "site_of", "site_records", "structure"]
