"""What all checks share: the context they read, how a finding is made, and the judge that runs them over one site.

A check says which rules it answers for, gets every read page once in address order, and reports at the end. It keeps small tuples, never
whole pages: a site may have 20,000 of them. A crash of one check becomes `not_checked` for its rules plus an Issue; the others go on.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from string import Formatter
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from govcrawl.errors import RulebookError
from govcrawl.model.facts import DATA, PAGE, RENDER, PageFacts, Try, Visit
from govcrawl.model.findings import REASONS, Finding, Issue, Outcome, RuleResult, finding_id
from govcrawl.model.items import Snapshot
from govcrawl.model.site_facts import SiteFacts
from govcrawl.page import addresses

if TYPE_CHECKING:
    from govcrawl.rulebook import Rule
    from govcrawl.text.working_days import WorkCalendar

REASON_TEXT: dict[str, str] = {
    "blocked": "被网站防护系统拦截",
    "unreachable": "无法访问",
    "timeout": "访问超时",
    "unrendered": "页面由脚本生成，未能渲染",
    "external_platform": "内容在外部平台",
    "login": "需要登录",
    "unread_file": "附件未能读取",
    "no_data": "没有可供判断的数据",
    "not_built": "尚未提供此项检查",
    "approved": "已批准临时下线",
    "no_public_services": "本单位无对外服务职能",
    "no_limit": "此类栏目没有更新时限",
    "no_event": "没有发生此类事项",
    "robots": "robots.txt 不允许访问",
    "budget": "超出本次检查的页面数量上限",
    "tls": "证书或加密连接异常",
}
"""Reason word of the contract → how it is said in print."""


@dataclass(slots=True, kw_only=True)
class CheckContext:
    """What the checks of one site may read. Nothing in it may be changed by a check."""

    facts: SiteFacts
    rules: Mapping[str, Rule]
    param: Callable[[str, str], Any]
    """Parameter of a rule as the pack says, else the rule's own default."""
    calendar: WorkCalendar
    as_of: date
    drawn: Mapping[str, list[str]] = field(default_factory=dict)
    """Clause → addresses of the drawn sample."""
    labels: Callable[[str], Mapping[str, tuple[str, ...]]] = lambda name: {}
    """Label file by name: key → synonyms."""
    landing: bool = False
    """Whether landing pages of outside links were read (`--landing`)."""
    previous: SiteFacts | None = None
    """The same site in the last finished run, where there is one."""

    @property
    def site(self) -> str:
        return self.facts.target.site

    @property
    def home_url(self) -> str:
        return self.facts.home.url if self.facts.home is not None else self.facts.target.url

    @property
    def home_reason(self) -> str | None:
        """Why the home page was not read (blocked, unreachable …); null when it was. Site-wide rules need it."""
        if self.facts.home_read:
            return None
        visit = last_visit(self.facts, self.facts.target.url)
        if visit is None:
            return "unreachable"
        return known_reason(visit.reason, "blocked" if visit.outcome == "blocked" else "unreachable")

    @property
    def hidden_reason(self) -> str | None:
        """Why part of the site could not be seen: the commonest reason of its unread pages; null when everything known was read.

        Addresses that answered 404 or 410 hide nothing: what they say is that there is no such page.
        """
        count = Counter(reason for v in self.facts.visits.values() if (reason := unseen(v) or unrendered(v)))
        return max(sorted(count), key=lambda reason: count[reason]) if count else None


def unseen(visit: Visit | None) -> str | None:
    """Why one of the site's own pages could not be seen; null when it was read, led on, does not exist (404, 410), or is no page.

    A rendering that failed hides no page: the page itself was read before (`PageFacts.needs_script` says what is lacking).
    """
    if visit is None or visit.context.role not in (PAGE, DATA) or visit.outcome not in ("failed", "blocked", "skipped"):
        return None
    if visit.last is not None and visit.last.status in (404, 410):
        return None
    return known_reason(visit.reason, "blocked" if visit.outcome == "blocked" else "unreachable")


def unrendered(visit: Visit) -> str | None:
    """`unrendered` for a rendering that failed; null for everything else."""
    return "unrendered" if visit.context.role == RENDER and visit.outcome in ("failed", "blocked", "skipped") else None


_HOPS = 10


def last_visit(facts: SiteFacts, url: str) -> Visit | None:
    """The last known visit of an address's redirects; null when it was never asked."""
    visit = facts.visits.get(url)
    for _ in range(_HOPS):
        onward = facts.visits.get(visit.redirect_to) if visit is not None and visit.redirect_to else None
        if onward is None:
            break
        visit = onward
    return visit


def own_hosts(facts: SiteFacts) -> frozenset[str]:
    """The site's hosts (rules, "Site"): home host, its www twin, where the home page redirects to, the registry's `hosts`."""
    names = {addresses.host(facts.target.url), facts.site.host, *facts.site.hosts, *facts.target.hosts}
    bare = {addresses.without_www(name.lower()) for name in names if name}
    return frozenset(bare | {f"www.{name}" for name in bare})


def tried(attempt: Try, **more: Any) -> dict[str, Any]:
    """One attempt as evidence: when, what, where, which network address answered what."""
    row: dict[str, Any] = {"at": attempt.at, "what": attempt.what, "url": attempt.url, "status": attempt.status, "address": attempt.address}
    known = (
        ("error", attempt.error),
        ("location", attempt.location),
        ("resolved", attempt.resolved),
        ("snapshot", where(attempt.snapshot)),
    )
    row.update({name: value for name, value in known if value})
    return {**row, **more}


def where(snapshot: Snapshot | None) -> dict[str, Any] | None:
    """Where the bytes of an exchange lie, its raw headers among them, as evidence."""
    return asdict(snapshot) if snapshot is not None else None


@dataclass(slots=True, kw_only=True)
class Report:
    """What one check has to say: its findings, and one result for each of its rules."""

    findings: list[Finding] = field(default_factory=list)
    results: list[RuleResult] = field(default_factory=list)


class Check(Protocol):
    """One kind of check. `rules` are the rules it answers for; it reports a result for each."""

    rules: ClassVar[tuple[str, ...]]

    def __init__(self, ctx: CheckContext) -> None: ...

    def page(self, p: PageFacts) -> None:
        """Called once for every read page, in address order."""
        ...

    def finish(self) -> Report: ...


class SiteCheck:
    """Base for checks: keeps the context and ignores pages unless told otherwise."""

    rules: ClassVar[tuple[str, ...]] = ()

    def __init__(self, ctx: CheckContext) -> None:
        self.ctx = ctx

    def page(self, p: PageFacts) -> None:
        return None

    def finish(self) -> Report:
        raise NotImplementedError


_CHECKS: list[type[Check]] = []
C = TypeVar("C", bound="type[Check]")


def check(*rules: str) -> Callable[[C], C]:
    """Register a check class for its rules. A rule has one check: a second claim is a programming error."""

    def register(cls: C) -> C:
        cls.rules = rules
        for other in _CHECKS:
            if shared := set(other.rules) & set(rules):
                if (other.__module__, other.__qualname__) == (cls.__module__, cls.__qualname__):
                    _CHECKS.remove(other)  # the module was loaded anew
                    break
                raise ValueError(f"{sorted(shared)} already belong to {other.__qualname__}")
        _CHECKS.append(cls)
        return cls

    return register


def registered() -> tuple[type[Check], ...]:
    """All check classes in the order they were registered."""
    return tuple(_CHECKS)


def known_reason(reason: str | None, default: str) -> str:
    """A reason word of the finding contract; others (a network error's own word) become `default`."""
    return reason if reason in REASONS else default


class _Words(dict[str, Any]):
    """Values for a message template; a name without a value prints as nothing."""

    def __missing__(self, key: str) -> str:
        return ""


_FORMAT = Formatter()


def found(
    ctx: CheckContext,
    rule_id: str,
    url: str,
    parts: Mapping[str, Any] | None = None,
    *,
    outcome: Outcome | None = None,
    message: str | None = None,
    **fields: Any,
) -> Finding:
    """Make a finding of a rule at an address.

    Args:
        parts: values by name that are no fields of a finding: further parts of the rule's `identity` and words of its message template.
        outcome: the rule's own outcome where not given.
        message: a sentence to print instead of the rule's template (for `not_checked`, whose sentence accuses nobody).
        fields: fields of `Finding`.

    Raises:
        RulebookError: the rule's `identity` names a part that was not given.
    """
    rule = ctx.rules[rule_id]
    known: dict[str, Any] = {**fields, "url": url, **(parts or {})}
    identity = []
    for name in rule.identity:
        if name not in known:
            raise RulebookError(f"规则 {rule_id} 的 identity 用到了未提供的内容：{name}")
        identity.append("" if known[name] is None else str(known[name]))
    fields.setdefault("object", rule.object)
    fields.setdefault("expected", rule.expected)
    known.setdefault("expected", fields["expected"])
    words = _Words({name: "" if value is None else value for name, value in known.items()})
    return Finding(
        id=finding_id(rule_id, ctx.site, *identity),
        rule=rule_id,
        rule_version=rule.version,
        outcome=Outcome(rule.outcome) if outcome is None else outcome,
        site=ctx.site,
        url=url,
        message=message if message is not None else _FORMAT.vformat(rule.message, (), words),
        as_of=ctx.as_of.isoformat(),
        **fields,
    )


def not_checked(
    ctx: CheckContext, rule_id: str, url: str, reason: str, what: str, parts: Mapping[str, Any] | None = None, **fields: Any
) -> Finding:
    """A `not_checked` finding: `what` names the thing (Chinese), the reason is said in print."""
    text = f"{what}：未检查（{REASON_TEXT[reason]}）"
    return found(ctx, rule_id, url, parts, outcome=Outcome.NOT_CHECKED, message=text, reason=reason, **fields)


def conclude(
    rule: str, findings: Iterable[Finding], looked_at: int, *, otherwise: tuple[Outcome, str] = (Outcome.NOT_CHECKED, "no_data")
) -> RuleResult:
    """Sum up one rule. First that applies: fail, needs_review, pass (something was judged), not_checked, not_applicable, `otherwise`.

    `findings` may hold those of other rules too; `looked_at` counts the objects that were really judged.
    """
    own = [f for f in findings if f.rule == rule]
    ids = sorted(f.id for f in own)
    for outcome in (Outcome.FAIL, Outcome.NEEDS_REVIEW):
        if any(f.outcome is outcome for f in own):
            return RuleResult(rule=rule, outcome=outcome, looked_at=looked_at, findings=ids)
    if looked_at:
        return RuleResult(rule=rule, outcome=Outcome.PASS, looked_at=looked_at, findings=ids)
    for outcome in (Outcome.NOT_CHECKED, Outcome.NOT_APPLICABLE):
        reasons = Counter(f.reason for f in own if f.outcome is outcome and f.reason)
        if reasons:
            return RuleResult(rule=rule, outcome=outcome, reason=max(sorted(reasons), key=lambda r: reasons[r]), findings=ids)
    return RuleResult(rule=rule, outcome=otherwise[0], reason=otherwise[1], findings=ids)


def unchecked(rules: Sequence[str], reason: str) -> Report:
    """The report of a check that could not look at all."""
    return Report(results=[RuleResult(rule=rule, outcome=Outcome.NOT_CHECKED, reason=reason) for rule in rules])


@dataclass(slots=True, kw_only=True)
class Judgement:
    """All checks of one site: findings, one result for every rule of the catalogue, and our own doubts."""

    findings: list[Finding]
    results: dict[str, RuleResult]
    issues: list[Issue]


def judge(ctx: CheckContext, only: Collection[type[Check]] | None = None) -> Judgement:
    """Run all registered checks, or `only` some, over one site. Every rule of the catalogue gets exactly one result."""
    crashes = _Crashes(ctx.site)
    running: list[Check] = []
    for cls in registered() if only is None else only:
        if any(rule in ctx.rules and ctx.rules[rule].built for rule in cls.rules):
            running += crashes.guard(cls, cls, ctx)
    for page in ctx.facts.pages:
        running = [c for c in running if crashes.guard(type(c), c.page, page, url=page.url)]
    reports = [report for c in running for report in crashes.guard(type(c), c.finish)]
    findings: dict[str, Finding] = {}
    results: dict[str, RuleResult] = {}
    for report in reports:
        for result in report.results:
            if result.rule in ctx.rules and ctx.rules[result.rule].built:
                results[result.rule] = result
        for finding in report.findings:
            if finding.rule in results:
                findings.setdefault(finding.id, finding)
    for rule_id, rule in ctx.rules.items():
        if rule_id not in results:
            reason = "no_data" if rule.built else "not_built"
            results[rule_id] = RuleResult(rule=rule_id, outcome=Outcome.NOT_CHECKED, reason=reason)
    if ctx.home_reason:
        # nothing to look at is no lack of data where the site itself could not be entered
        for result in results.values():
            if result.outcome is Outcome.NOT_CHECKED and result.reason == "no_data":
                result.reason = ctx.home_reason
    if _mostly_unseen(ctx.facts):
        # a rule about pages that found nothing on the few that were read has not cleared the many that were not
        for name, result in results.items():
            if result.outcome is Outcome.PASS and ctx.rules[name].scope == "p":
                result.outcome, result.reason = Outcome.NOT_CHECKED, ctx.hidden_reason
    kept = _silenced(findings, results)
    return Judgement(findings=sorted(kept, key=lambda f: (f.site, f.rule, f.id)), results=results, issues=crashes.issues)


def _mostly_unseen(facts: SiteFacts) -> bool:
    """More of the site's known pages could not be seen than were read."""
    pages = [v for v in facts.visits.values() if v.context.role == PAGE]
    return sum(1 for v in pages if unseen(v)) > sum(1 for v in pages if v.outcome == "read")


T = TypeVar("T")


class _Crashes:
    """Runs steps of checks; what crashes becomes an Issue with its traceback, once a check and kind of error."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.issues: list[Issue] = []

    def guard(self, cls: type[Check], step: Callable[..., T], *args: Any, url: str | None = None) -> list[T]:
        """The step's result in a list of one; an empty list when it crashed."""
        try:
            return [step(*args)]
        except Exception as error:  # noqa: BLE001 - the one place: a crashed check must not cost the run
            rules = ", ".join(cls.rules)
            what, detail = f"检查程序出错：{rules}：{type(error).__name__}", traceback.format_exc()
            self.issues.append(Issue.make(f"checks.{cls.__qualname__}", what, detail=detail, site=self.site, url=url, rule=rules))
            return []


_SILENCES: dict[str, tuple[str, ...]] = {
    "咨询建言": ("messages-not-public", "message-stats-missing"),
    "办事服务": ("services-not-grouped",),
}
"""Type of a missing column → rules that would say the same again (rules.md, Granularity)."""


def _silenced(findings: dict[str, Finding], results: dict[str, RuleResult]) -> list[Finding]:
    """Drop what a missing column already says; the silenced rule becomes `not_applicable`."""
    silent: set[str] = set()
    for finding in findings.values():
        if finding.rule == "column-missing" and finding.outcome is Outcome.FAIL:
            silent.update(_SILENCES.get(finding.value or "", ()))
    for rule in silent & results.keys():
        if results[rule].reason != "not_built":
            results[rule] = RuleResult(rule=rule, outcome=Outcome.NOT_APPLICABLE, reason="no_data")
    return [f for f in findings.values() if f.rule not in silent]
