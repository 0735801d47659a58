"""Small invented sites for the tests of checks: 清和县, a county that does not exist."""

from __future__ import annotations

from datetime import date
from typing import Any

from govcrawl import rulebook
from govcrawl.checks.base import CheckContext, Report, SiteCheck
from govcrawl.model.facts import Context, ErrorReport, FooterMarks, Link, ListBlock, ListEntry, PageDate, PageFacts, Try, Visit
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.items import Column, Site
from govcrawl.model.site_facts import ColumnFacts, SiteFacts
from govcrawl.model.targets import Target

HOST = "www.qinghe.gov.cn"
HOME = f"http://{HOST}/"
CODE = "3212830001"
AS_OF = "2026-11-16"
AT = "2026-11-16T10:00:00+08:00"


def url(path: str) -> str:
    return path if path.startswith("http") else HOME + path.lstrip("/")


def marks(**changes: Any) -> FooterMarks:
    full: dict[str, Any] = {
        "institution_badge": "http://bszs.conac.cn/sitename?method=show&id=0A", "site_code": CODE, "icp_number": "苏ICP备05012345号-1",
        "police_number": "苏公网安备 32128302000011号", "organizer": "清和县人民政府办公室", "contact": "0523-80000000",
    }  # fmt: skip
    return FooterMarks(**{**full, **changes})


def entry(**changes: Any) -> ErrorReport:
    return ErrorReport(
        **{
            "present": True,
            "working": True,
            "code": CODE,
            "href": f"https://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code={CODE}",
            **changes,
        }
    )


def link(target: str, text: str = "链接", **changes: Any) -> Link:
    return Link(
        **{
            "url": url(target) if target else "",
            "href": target,
            "text": text,
            "tag": "a",
            "region": "body",
            "locator": "(//a)[1]/@href",
            **changes,
        }
    )


def page(path: str = "", kind: str = "content", **changes: Any) -> PageFacts:
    values: dict[str, Any] = {"kind": kind, "title": f"页面 {path}", "header_name": "清和县人民政府", "fetched_at": AT}
    return PageFacts(url=url(path), **{**values, **changes})


def home(**changes: Any) -> PageFacts:
    values: dict[str, Any] = {"title": None, "head_title": "清和县人民政府", "marks": marks(), "error_report": entry()}
    return page("", "home", **{**values, **changes})


def day(value: str, source: str = "visible") -> PageDate:
    return PageDate(value=value, raw=value, source=source)


def row(path: str, on: str | None = None, **changes: Any) -> ListEntry:
    return ListEntry(url=url(path), title=f"条目 {path}", date=on, date_raw=on, **changes)


def block(*entries: ListEntry, title: str | None = None) -> ListBlock:
    return ListBlock(title=title, more_url=None, region="body", entries=list(entries))


def visit(path: str, outcome: str = "read", *, status: int | None = 200, error: str | None = None, **changes: Any) -> Visit:
    """A visit with one try; `control` goes into it, `role` and `parent` into its context."""
    attempt = Try(
        at=AT, url=url(path), status=None if error else status, error=error, address="10.0.0.8", control=changes.pop("control", None)
    )
    context = Context(role=changes.pop("role", "page"), parent=changes.pop("parent", HOME))
    return Visit(url=url(path), context=context, outcome=outcome, tries=[attempt], **changes)


def column(path: str, kind: str = "其他", *, name: str | None = None, **changes: Any) -> ColumnFacts:
    """A read column; keys of `Column` and of `ColumnFacts` may both be given."""
    own = {k: changes.pop(k) for k in ("first_level", "state", "items", "blank", "link_only", "level", "parent") if k in changes}
    changes.setdefault("page", page(path, "list"))
    entries = changes.get("entries", [])
    own.setdefault("items", len(entries))
    return ColumnFacts(record=Column(url=url(path), name=name or kind, type=kind, **own), **changes)


def listed(path: str, kind: str, *days: str, **changes: Any) -> ColumnFacts:
    """A column with one dated entry a day (and an undated one, so that a single day is still a list)."""
    entries = [row(f"{path}{n}.html", d) for n, d in enumerate(days)] + [row(f"{path}x.html")]
    return column(path, kind, entries=entries, **changes)


def site(*pages: PageFacts, columns: list[ColumnFacts] | None = None, visits: list[Visit] | None = None, looks: list[Visit] | None = None,
         first: PageFacts | None = None, no_home: bool = False, target: dict[str, Any] | None = None, **changes: Any) -> SiteFacts:  # fmt: skip
    start = None if no_home else first or home()
    stream = sorted([*([start] if start else []), *pages], key=lambda p: p.url)
    known = {p.url: visit(p.url) for p in stream if p.kind != "data"}
    known.update({v.url: v for v in visits or []})
    return SiteFacts(
        target=Target(**{"url": HOME, "site": CODE, "site_code": CODE, **(target or {})}),
        site=Site(name="清和县人民政府", host=HOST, hosts=[HOST], site_code=CODE),
        home=start, columns=columns or [], visits=known, looks={v.url: v for v in looks or []}, pages=stream, **changes,
    )  # fmt: skip


def context(facts: SiteFacts, *, as_of: str = AS_OF, params: dict[tuple[str, str], Any] | None = None) -> CheckContext:
    rules = rulebook.rules()

    def param(rule: str, name: str) -> Any:
        return (params or {}).get((rule, name), rules[rule].params.get(name))

    return CheckContext(
        facts=facts, rules=rules, param=param, calendar=rulebook.calendar(), as_of=date.fromisoformat(as_of), labels=rulebook.labels
    )  # fmt: skip


def run(check: type[SiteCheck], facts: SiteFacts, **options: Any) -> Report:
    """Run one check over a site as the judge does."""
    made = check(context(facts, **options))
    for p in facts.pages:
        made.page(p)
    return made.finish()


def of(report: Report, rule: str) -> list[Finding]:
    return [f for f in report.findings if f.rule == rule]


def fails(report: Report, rule: str) -> list[Finding]:
    return [f for f in of(report, rule) if f.outcome is Outcome.FAIL]


def outcome(report: Report, rule: str) -> tuple[str, str | None]:
    result = next(r for r in report.results if r.rule == rule)
    return result.outcome.value, result.reason
