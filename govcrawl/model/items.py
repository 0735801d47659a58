"""Records: what a source says. One dataclass a kind; every field is null when the source does not say it.

Dates are ISO strings `YYYY-MM-DD` (calendar days in China), moments ISO strings with `+08:00`, addresses as a visitor's
address bar shows them. Source of the field list: the record contract of the design.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, ClassVar

GUIDE_ELEMENTS: tuple[str, ...] = (
    "事项名称", "设定依据", "申请条件", "办理材料", "办理地点", "办理机构", "收费标准", "办理时间", "联系电话", "办理流程",
)  # fmt: skip
"""The ten 重点要素类别 of the official table (D13-2), in its order; they are the keys of `ServiceGuide.elements`."""

FOOTER_MARKS: tuple[str, ...] = ("党政机关网站标识", "网站标识码", "ICP备案编号", "公安机关备案标识", "网站主办单位", "联系方式")
"""The six marks of D21, in the table's order; they are the `value` of `footer-mark-missing`."""


@dataclass(slots=True, frozen=True)
class Snapshot:
    """Where the bytes lie: WARC file name under `snapshots/`, offset of the gzip member, sha256 of the decoded body."""

    warc: str
    offset: int
    sha256: str


@dataclass(slots=True, kw_only=True)
class Record:
    """The common fields of every record; identity is (site, kind, key)."""

    kind: ClassVar[str] = ""

    site: str = ""
    url: str = ""
    key: str = ""
    """`url`, or the record's own number where several share an address (leaders and messages on one page)."""
    title: str | None = None
    published_on: str | None = None
    published_source: str | None = None
    """visible | list | meta | path | guess; only the first three may clear or fail an indicator."""
    column: str | None = None
    """Address of the column this object belongs to."""
    fetched_at: str | None = None
    snapshot: Snapshot | None = None
    rev: int = 1

    def to_json(self) -> dict[str, Any]:
        """The record as the export and the feed show it (without `key`)."""
        row: dict[str, Any] = {"kind": self.kind, **_plain(self)}
        del row["key"]
        return row


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def _plain(value: Any) -> Any:
    """As `dataclasses.asdict`, which copies every text it meets and takes four times as long."""
    if isinstance(value, (str, int, float)) or value is None:
        return value
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return {name: _plain(getattr(value, name)) for name in _names(type(value))}  # type: ignore[arg-type]  # mypy looks at the hash of instances


@dataclass(slots=True, kw_only=True)
class Site(Record):
    kind: ClassVar[str] = "site"

    name: str | None = None
    host: str = ""
    hosts: list[str] = field(default_factory=list)
    site_code: str | None = None
    organizer: str | None = None
    icp_number: str | None = None
    police_number: str | None = None
    """As printed, suffix (号, -1) too."""
    institution_badge: bool = False
    error_report_code: str | None = None
    cms: str | None = None
    encoding: str | None = None


@dataclass(slots=True, kw_only=True)
class Column(Record):
    kind: ClassVar[str] = "column"

    name: str = ""
    type: str = "其他"
    level: int = 1
    """1 = reachable from the main navigation or a titled home-page block; 2 = below such a column, and so on."""
    first_level: bool = False
    parent: str | None = None
    items: int = 0
    newest_on: str | None = None
    newest_url: str | None = None
    blank: bool = False
    link_only: bool = False
    rendered: bool = False
    state: str = "live"
    """live, blank, link_only, parent, static, archived, maintenance, blocked, unread."""


@dataclass(slots=True, kw_only=True)
class Article(Record):
    kind: ClassVar[str] = "article"

    source: str | None = None
    author: str | None = None
    text: str | None = None
    attachments: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class PolicyDocument(Record):
    kind: ClassVar[str] = "policy_document"

    doc_number: str | None = None
    """Normalised 发文字号; null when malformed."""
    doc_number_raw: str | None = None
    index_number: str | None = None
    issuer: str | None = None
    issued_on: str | None = None
    validity: str | None = None
    topic: str | None = None
    genre: str | None = None
    interpretations: list[str] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    text: str | None = None


@dataclass(slots=True, kw_only=True)
class Interpretation(Record):
    kind: ClassVar[str] = "interpretation"

    documents: list[str] = field(default_factory=list)
    form: str | None = None
    """text, chart, audio, video, animation, press_conference, qa."""
    text: str | None = None


@dataclass(slots=True, kw_only=True)
class Message(Record):
    kind: ClassVar[str] = "message"

    number: str | None = None
    subject: str | None = None
    type: str | None = None
    """咨询, 投诉, 建议, 求助, 其他; null where the board does not show types."""
    question: str | None = None
    asked_on: str | None = None
    reply: str | None = None
    replied_on: str | None = None
    replier: str | None = None
    reply_working_days: int | None = None
    """Working days from the day after asking to the day of the reply (the day of asking is 0)."""
    channel: str | None = None


@dataclass(slots=True, kw_only=True)
class ServiceGuide(Record):
    kind: ClassVar[str] = "service_guide"

    item_name: str | None = None
    elements: dict[str, str | None] = field(default_factory=lambda: dict.fromkeys(GUIDE_ELEMENTS))
    missing: list[str] = field(default_factory=lambda: list(GUIDE_ELEMENTS))
    materials: list[dict[str, Any]] = field(default_factory=list)
    """[{name, form, copies, required}], null where not said."""
    forms: list[str] = field(default_factory=list)
    legal_basis: list[dict[str, Any]] = field(default_factory=list)
    """[{law, article, number, url}]."""


@dataclass(slots=True, kw_only=True)
class Consultation(Record):
    kind: ClassVar[str] = "consultation"

    opened_on: str | None = None
    closed_on: str | None = None
    channel: str | None = None
    feedback_on: str | None = None
    feedback_count: int | None = None


@dataclass(slots=True, kw_only=True)
class Leader(Record):
    kind: ClassVar[str] = "leader"

    name: str | None = None
    post: str | None = None
    resume: str | None = None


NOT_READ, NOT_FETCHED = "not_read", "not_fetched"
"""`text_status` of a file that waits for its reading, and of one that could not be fetched; the others stand in `model.documents`."""


@dataclass(slots=True, kw_only=True)
class Attachment(Record):
    kind: ClassVar[str] = "attachment"

    page: str | None = None
    name: str | None = None
    media_type: str | None = None
    bytes: int | None = None
    pages: int | None = None
    text_status: str = NOT_READ
    reason: str | None = None
    """Why there is no text, or what of it is not known; null where it was read whole."""
    truncated: bool = False
    wrong_type: bool = False
    text: str | None = None

    @property
    def unread(self) -> bool:
        """Whether what it says is not known: a scan without text and an error page in the file's stead too, an empty form not."""
        if self.text_status == "empty":
            return self.truncated or self.wrong_type
        return self.text_status not in ("read", "ocr")


@dataclass(slots=True, kw_only=True)
class Probe(Record):
    """One attempt to open a site's home page from one place. It belongs to no inspection run, and is never changed once it is kept."""

    kind: ClassVar[str] = "probe"

    at: str = ""
    """Moment it began, to the second."""
    milliseconds: int = 0
    outcome: str = "ok"
    """ok, dns, refused, reset, tls, timeout, http (4xx, 5xx, a circle of redirects), blocked, empty (no HTTP answer, or nothing in it);
    proxy (the proxy on the way refused); no_route (none from the place), no_address (the site has none of this family): both no failures."""
    address_family: str | None = None
    """ipv4, ipv6; proxy, where a proxy chose; null where the name has no address at all."""
    place: str = ""
    status: int | None = None
    address: str | None = None
    """Network address that was asked."""
    control: bool | None = None
    """Whether the control host opened over the same family at that minute; null where it was not asked: the site opened, or is the control."""


RECORDS: dict[str, type[Record]] = {
    c.kind: c
    for c in (Site, Column, Article, PolicyDocument, Interpretation, Message, ServiceGuide, Consultation, Leader, Attachment, Probe)
}


def record_from_json(row: dict[str, Any]) -> Record:
    """Rebuild a record from what the store kept (`to_json`, with or without `key`). KeyError on an unknown kind."""
    values = dict(row)
    cls = RECORDS[values.pop("kind")]
    if values.get("snapshot"):
        values["snapshot"] = Snapshot(**values["snapshot"])
    values.setdefault("key", values.get("url", ""))
    return cls(**values)
