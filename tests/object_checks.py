"""Small builders for the tests of checks on documents, guides, letters and hits: a site in memory, a context, one verdict."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from govcrawl import rulebook
from govcrawl.checks.base import Check, CheckContext, Report
from govcrawl.model.facts import Context, ListBlock, ListEntry, PageFacts, Try, Visit
from govcrawl.model.findings import Finding, RuleResult
from govcrawl.model.items import GUIDE_ELEMENTS, Column, Interpretation, Message, PolicyDocument, ServiceGuide, Site
from govcrawl.model.site_facts import ColumnFacts, SiteFacts
from govcrawl.model.targets import Target

HOST = "http://www.qinghe.gov.cn"
AS_OF = date(2026, 11, 16)
PACK = rulebook.pack("national-2019")


def at(path: str) -> str:
    return f"{HOST}{path}"


def target(**changes: Any) -> Target:
    values = {"url": at("/"), "site": "3212830001", "organizer": "清河县人民政府办公室", "name": "清河县人民政府网站"}
    return Target(**{**values, **changes})


def column(type_: str, path: str, **changes: Any) -> ColumnFacts:
    """A column of a type; `record` fields and `ColumnFacts` fields may both be given."""
    own = {k: v for k, v in changes.items() if k in ColumnFacts.__dataclass_fields__}
    rest = {k: v for k, v in changes.items() if k not in own}
    record = Column(url=at(path), key=at(path), **{"name": type_, "type": type_, **rest})
    return ColumnFacts(record=record, **{"page": page(path, kind="list"), **own})


def page(path: str, **fields: Any) -> PageFacts:
    return PageFacts(url=at(path), **fields)


def document(path: str = "/zc/1.html", **fields: Any) -> PolicyDocument:
    values = {"url": at(path), "key": at(path), "column": at("/zc/"), "title": "清河县人民政府办公室关于印发清河县养老服务实施方案的通知"}
    return PolicyDocument(**{**values, **fields})


def interpretation(path: str = "/jd/1.html", **fields: Any) -> Interpretation:
    values = {"url": at(path), "key": at(path), "column": at("/jd/"), "title": "《清河县养老服务实施方案》政策解读", "form": "text"}
    return Interpretation(**{**values, **fields})


def message(path: str = "/ly/1.html", **fields: Any) -> Message:
    values = {
        "url": at(path), "key": at(path), "column": at("/ly/"), "type": "咨询", "subject": "关于公交线路的咨询", "question": "请问3路公交车末班车是几点？",
        "asked_on": "2026-10-19", "reply": "您好，3路公交车末班车为21时30分，由县客运站发车，欢迎乘坐。", "replied_on": "2026-10-21", "replier": "清河县交通运输局",
    }  # fmt: skip
    return Message(**{**values, **fields})


FULL: dict[str, str | None] = {
    "事项名称": "老年人优待证办理", "设定依据": "《中华人民共和国老年人权益保障法》第五十三条", "申请条件": "年满60周岁的本县户籍老年人", "办理材料": "居民身份证（原件及复印件1份）",
    "办理地点": "清河县政务服务中心", "办理机构": "清河县民政局", "收费标准": "不收费", "办理时间": "周一至周五9:00—17:00", "联系电话": "0519-00000000", "办理流程": "申请—受理—发证",
}  # fmt: skip


def guide(path: str = "/bs/1.html", elements: dict[str, str | None] | None = None, **fields: Any) -> ServiceGuide:
    shown = {**FULL, **(elements or {})}
    missing = [name for name in GUIDE_ELEMENTS if not shown[name]]
    values = {
        "url": at(path),
        "key": at(path),
        "title": "老年人优待证办理",
        "item_name": "老年人优待证办理",
        "elements": shown,
        "missing": missing,
    }
    return ServiceGuide(**{**values, **fields})


def visit(path: str, outcome: str = "read", reason: str | None = None, status: int | None = 200, role: str = "page") -> Visit:
    tries = [Try(at="2026-11-16T10:00:00+08:00", url=at(path), status=status)]
    return Visit(url=at(path), context=Context(role=role), outcome=outcome, reason=reason, tries=tries)


def entries(*rows: tuple[str, str], main: bool = True) -> ListBlock:
    """A list block of (title, path); an empty path is an entry without a link."""
    return ListBlock(
        title=None, more_url=None, region="body", main=main, entries=[ListEntry(url=at(p) if p else "", title=t) for t, p in rows]
    )


def site(**fields: Any) -> SiteFacts:
    target_ = fields.pop("target", target())
    visits = fields.pop("visits", [])
    values: dict[str, Any] = {"target": target_, "site": Site(url=at("/"), host="www.qinghe.gov.cn"), "home": page("/", kind="home")}
    return SiteFacts(**{**values, **fields, "visits": {v.url: v for v in visits}})


def context(facts: SiteFacts, as_of: date = AS_OF, **params: Any) -> CheckContext:
    """`params` override a rule's parameters by `rule__name` with dashes as underscores: `guide_basis_name_only__where`."""
    given = {(k.split("__")[0].replace("_", "-"), k.split("__")[1]): v for k, v in params.items()}

    def param(rule: str, name: str) -> Any:
        return given[rule, name] if (rule, name) in given else PACK.param(rule, name)

    return CheckContext(facts=facts, rules=rulebook.rules(), param=param, calendar=rulebook.calendar(), as_of=as_of, labels=rulebook.labels)


def run(cls: type[Check], facts: SiteFacts, pages: Iterable[PageFacts] = (), **more: Any) -> Report:
    check = cls(context(facts, **more))
    for p in sorted(pages, key=lambda p: p.url):
        check.page(p)
    report = check.finish()
    assert sorted(r.rule for r in report.results) == sorted(cls.rules), "every rule of a check gets one result"
    return report


def of(report: Report, rule: str, *outcomes: str) -> list[Finding]:
    return [f for f in report.findings if f.rule == rule and (not outcomes or f.outcome.value in outcomes)]


def told(report: Report, rule: str) -> list[tuple[str, str | None]]:
    """(outcome, value) of a rule's findings, sorted: what a table row expects."""
    return sorted((f.outcome.value, f.value) for f in of(report, rule))


def result(report: Report, rule: str) -> RuleResult:
    return next(r for r in report.results if r.rule == rule)
