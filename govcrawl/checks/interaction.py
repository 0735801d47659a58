"""咨询建言: are letters answered, in time, with substance, and are they and their statistics public.

Source: V5, D18, D19 of 国办秘函〔2019〕19号. 在线访谈, 征集调查, 网上信访 and 纪检举报 are other channels (`consultations` judges the first two).
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import Any

from govcrawl.checks.base import CheckContext, Report, SiteCheck, check, conclude, found, not_checked
from govcrawl.checks.message_text import (
    FIELDS,
    Delay,
    absent_fields,
    answered_unseen,
    delay,
    duplicates,
    invalid_because,
    is_answered,
    months_passed,
    weakness,
)
from govcrawl.checks.seen import SeenPages, about, columns_of, hidden, is_old, lives_outside, nothing_there, type_of, unread
from govcrawl.model.facts import PageFacts
from govcrawl.model.findings import Finding, Outcome, RuleResult
from govcrawl.model.items import Message
from govcrawl.text import normalise

_OTHER_CHANNELS = frozenset({"在线访谈", "征集调查", "网上信访", "纪检举报", "回应关切"})
_NOT_THE_REPLY = re.compile(r"选登|发布|公开|公示|上网|更新")
"""Labels of a date that is not the reply's: matches `选登时间`, `发布时间`; not `答复时间`, `办结时间`."""
_STATISTICS = re.compile(r"(?:留言|来信|信件|咨询|互动|诉求|信箱|受理|办理|答复|回复)[^，。]{0,8}(?:统计|情况|数据|公示)")
"""Titles of a statistics page: matches `留言办理情况统计`; not `办件统计`."""
_SERVICE_STATISTICS = re.compile(r"办件|办事|政务服务|审批")


@check("message-unanswered", "reply-late", "reply-perfunctory", "message-field-missing")
class Messages(SiteCheck):
    """Every public letter once. A letter whose page was not seen whole says nothing about what is absent."""

    def __init__(self, ctx: CheckContext) -> None:
        super().__init__(ctx)
        self.seen = SeenPages()
        self.labels: dict[tuple[str, str], dict[str, Any]] = {}
        self.types_hidden: set[str] = set()
        """Boards that do not show the letters' types; asked only where the letter's own page says nothing about it."""
        self.findings: list[Finding] = []
        self.judged: dict[str, int] = dict.fromkeys(self.rules, 0)

    def page(self, p: PageFacts) -> None:
        self.seen.add(p)
        if p.notes.get("board_types_shown") is False:
            self.types_hidden.add(p.column_url or p.url)
        for item in p.items:
            if item.get("kind") == "message" and isinstance(item.get("_labels"), dict) and not item.get("_listed"):
                url = str(item.get("url") or p.url)
                self.labels[(url, str(item.get("key") or url))] = item["_labels"]

    def finish(self) -> Report:
        ctx, types = self.ctx, type_of(self.ctx)
        as_of = ctx.as_of.isoformat()
        letters = [m for m in ctx.facts.messages if types.get(m.column or "", "咨询建言") not in _OTHER_CHANNELS]
        letters = [m for m in letters if not m.asked_on or m.asked_on[:10] <= as_of]
        self.repeats = duplicates(letters)
        answered = {(m.url, m.key) for m in letters if is_answered(m) or answered_unseen(m, self._labels(m).get("status"))}
        self.settled = {self.repeats[me] for me in answered & self.repeats.keys()} | answered
        self.same_reply = self._same_replies(letters)
        for message in letters:
            self._judge(message)
        nothing = nothing_there(ctx, "咨询建言")
        return Report(
            findings=self.findings, results=[conclude(rule, self.findings, self.judged[rule], otherwise=nothing) for rule in self.rules]
        )

    def _labels(self, message: Message) -> dict[str, Any]:
        return self.labels.get((message.url, message.key or message.url), {})

    def _same_replies(self, letters: list[Message]) -> Counter[str]:
        """Reply → number of different questions that got exactly it."""
        pairs = {(normalise.compact(m.reply), normalise.compact(m.question or m.subject or "")) for m in letters if m.reply}
        return Counter(reply for reply, _ in pairs)

    def _judge(self, message: Message) -> None:
        labels = self._labels(message)
        reason = self.seen.reason(self.ctx, message.url)
        if reason:
            rule = "message-unanswered" if not is_answered(message) else "message-field-missing"
            name = f"留言“{message.subject or message.url}”"
            self.findings.append(
                not_checked(self.ctx, rule, message.url, reason, name, {"object_key": message.key}, value="", **_letter(message))
            )
            return
        self._fields(message, labels)
        if (message.url, message.key) in self.repeats or invalid_because(message, labels.get("status")):
            return
        if not self._unanswered(message, labels):
            self._late(message, labels)
        if message.reply:
            self._perfunctory(message)

    # -- the four rules

    def _fields(self, message: Message, labels: dict[str, Any]) -> None:
        rule, ctx = "message-field-missing", self.ctx
        if not (is_answered(message) or answered_unseen(message, labels.get("status"))):
            return
        self.judged[rule] += 1
        vocabulary = ctx.labels("message")
        keys = {name: key for key, name in FIELDS.items()}
        for name in absent_fields(message, labels):
            searched = {
                "what": "searched", "url": message.url, "asked_on": message.asked_on, "labels": list(vocabulary.get(keys[name], ())),
                "shown": _raw_labels(labels), "status": labels.get("status"),
            }  # fmt: skip
            self._add(rule, message, {}, value=name, evidence=[searched], old=is_old(ctx, rule, message.asked_on or message.replied_on))

    def _unanswered(self, message: Message, labels: dict[str, Any]) -> bool:
        """Judge `message-unanswered`; True when it fired for a letter without a reply, which silences `reply-late`."""
        rule, ctx = "message-unanswered", self.ctx
        if message.asked_on is None:
            return False
        months, as_of = int(ctx.param(rule, "unanswered_months")), ctx.as_of.isoformat()
        old = is_old(ctx, rule, message.asked_on)
        seen = {
            "what": "message", "url": message.url, "asked_on": message.asked_on, "replied_on": message.replied_on, "as_of": as_of,
            "shown": _raw_labels(labels), "status": labels.get("status"),
        }  # fmt: skip
        if (message.url, message.key) not in self.settled:
            self.judged[rule] += 1
            if months_passed(message.asked_on, as_of, months):
                days = (ctx.as_of - _day(message.asked_on)).days
                observed = f"至{as_of}已{days}天未答复"
                self._add(rule, message, {}, observed=observed, evidence=[seen], old=old, facet="open")
                return True
            return False
        if is_answered(message):
            self.judged[rule] += 1
            if message.replied_on and months_passed(message.asked_on, message.replied_on, months) and not self._doubtful_label(labels):
                days = (_day(message.replied_on) - _day(message.asked_on)).days
                observed = f"{message.replied_on}才答复，历时{days}天"
                outcome = Outcome(ctx.param(rule, "answered_outcome"))
                self._add(rule, message, {}, outcome=outcome, observed=observed, evidence=[seen], old=old, facet="answered")
        return False

    def _doubtful_label(self, labels: dict[str, Any]) -> bool:
        """Whether the date taken for the reply's stands under a label that means something else (选登时间, 发布时间)."""
        return bool(_NOT_THE_REPLY.search(str(labels.get("replied_on") or "")))

    def _late(self, message: Message, labels: dict[str, Any]) -> None:
        rule, ctx = "reply-late", self.ctx
        shown_by_board = message.type is not None and (message.column or "") not in self.types_hidden
        shown = labels.get("types_shown", shown_by_board)
        if shown and message.type is not None and message.type != "咨询":
            return
        if not is_answered(message) and (message.url, message.key) in self.settled:
            return  # answered under a repeated letter, or somewhere we do not see
        old = is_old(ctx, rule, message.asked_on)
        late = delay(message, ctx.as_of, ctx.calendar)
        if late is None or (late.answered and self._doubtful_label(labels)):
            if message.reply and message.asked_on and (message.replied_on is None or self._doubtful_label(labels)):
                name = f"留言“{message.subject or message.url}”的答复时间"
                seen = {"what": "labels", "asked_on": message.asked_on, "shown": _raw_labels(labels)}
                parts = {"object_key": message.key}
                self.findings.append(
                    not_checked(ctx, rule, message.url, "no_data", name, parts, old=old, evidence=[seen], **_letter(message))
                )
            return
        self.judged[rule] += 1
        limit = int(ctx.param(rule, "limit_working_days"))
        if late.working_days <= limit:
            return
        certain = shown and message.type == "咨询" and not late.provisional
        evidence = [
            late.spelled(ctx.calendar),
            {"what": "labels", "type": message.type, "types_shown": bool(shown), "shown": _raw_labels(labels)},
        ]
        outcome = None if certain else Outcome.NEEDS_REVIEW
        self._add(
            rule,
            message,
            {},
            outcome=outcome,
            observed=_said(late, limit, ctx.calendar.nth_after(late.asked, limit).isoformat()),
            evidence=evidence,
            old=old,
        )

    def _perfunctory(self, message: Message) -> None:
        rule, ctx = "reply-perfunctory", self.ctx
        self.judged[rule] += 1
        reply = message.reply or ""
        params = {name: int(ctx.param(rule, name)) for name in ("near_empty_characters", "repeated_replies")}
        weak = weakness(reply, self.same_reply[normalise.compact(reply)], params)
        if weak is None:
            return
        seen = {
            "what": "reply",
            "url": message.url,
            "asked_on": message.asked_on,
            "rank": weak.rank,
            "reply": normalise.squeeze(reply)[:120],
        }
        old = is_old(ctx, rule, message.asked_on or message.replied_on)
        self._add(rule, message, {}, observed=weak.why, snippet=normalise.squeeze(reply)[:60], evidence=[seen], old=old)

    def _add(self, rule: str, message: Message, parts: dict[str, Any], **fields: Any) -> None:
        known = {"object_key": message.key or message.url, "asked": message.asked_on, **parts}
        self.findings.append(found(self.ctx, rule, message.url, known, **_letter(message), **fields))


def _letter(message: Message) -> dict[str, Any]:
    return {
        **about(message, "message"),
        "title": message.subject or message.title or normalise.squeeze(message.question or "")[:30] or None,
    }


def _raw_labels(labels: dict[str, Any]) -> dict[str, Any]:
    """The printed labels the dates were read under, as an appeal asks for them."""
    return {key: labels.get(key) for key in ("asked_on", "replied_on", "replier", "listed_on") if labels.get(key)}


def _day(iso: str) -> date:
    return date.fromisoformat(iso[:10])


def _said(late: Delay, limit: int, due: str) -> str:
    provisional = "（节假日安排尚未公布，暂按周末和法定节日计算）" if late.provisional else ""
    if late.answered:
        return f"{late.until.isoformat()}答复，为第{late.working_days}个工作日，应不迟于{due}（{limit}个工作日内）答复{provisional}"
    return f"至{late.until.isoformat()}已过{late.working_days}个工作日未答复，应不迟于{due}（{limit}个工作日内）答复{provisional}"


# ---------------------------------------------------------------- public at all


@check("messages-not-public", "message-stats-missing")
class Publicity(SiteCheck):
    """No public message at all; no statistics of what was received and handled. The first silences the second."""

    def __init__(self, ctx: CheckContext) -> None:
        super().__init__(ctx)
        self.seen = SeenPages()
        self.letters_on: set[str] = set()
        self.no_letters: list[str] = []
        self.statistics: list[str] = []

    def page(self, p: PageFacts) -> None:
        self.seen.add(p)
        if any(item.get("kind") == "message" for item in p.items):
            self.letters_on.add(p.column_url or p.url)
        if p.notes.get("no_letters"):
            self.no_letters.append(p.url)
        if p.notes.get("message_statistics") or (p.kind == "statistics" and self._about_letters(p)):
            self.statistics.append(p.url)

    def _about_letters(self, p: PageFacts) -> bool:
        names = " ".join([p.title or "", p.head_title or "", *(name for name, _ in p.breadcrumb)])
        return bool(_STATISTICS.search(names)) and not _SERVICE_STATISTICS.search(p.title or "")

    def finish(self) -> Report:
        public, stats = "messages-not-public", "message-stats-missing"
        first = self._public()
        if isinstance(first, Finding):
            silenced = RuleResult(rule=stats, outcome=Outcome.NOT_APPLICABLE, reason="no_data")
            return Report(findings=[first], results=[conclude(public, [first], 1), silenced])
        second = self._statistics()
        if isinstance(second, Finding):
            return Report(findings=[second], results=[first, conclude(stats, [second], 1)])
        return Report(results=[first, second])

    def _public(self) -> Finding | RuleResult:
        rule, ctx = "messages-not-public", self.ctx
        columns = columns_of(ctx, "咨询建言")
        if ctx.facts.messages or self.letters_on:
            return RuleResult(rule=rule, outcome=Outcome.PASS, looked_at=max(1, len(ctx.facts.messages)))
        if reason := self._cannot_tell():
            return RuleResult(rule=rule, outcome=Outcome.NOT_CHECKED, reason=reason)
        if self.no_letters:
            return RuleResult(rule=rule, outcome=Outcome.NOT_APPLICABLE, reason="no_event")
        entries = [e for c in columns for e in c.entries]
        if any(e.outside for e in entries):
            return RuleResult(rule=rule, outcome=Outcome.NOT_CHECKED, reason="external_platform")
        if entries:
            # Something is listed, but we read no letter in it: our own reading may be at fault.
            reason = next(filter(None, (unread(ctx, e.url) for e in entries)), "no_data")
            return RuleResult(rule=rule, outcome=Outcome.NOT_CHECKED, reason=reason)
        where = columns[0].record
        searched = {
            "what": "searched",
            "columns": [c.record.url for c in columns][:10],
            "pages": sum(1 for c in columns if c.page is not None),
        }
        return found(
            ctx, rule, where.url, {"object_key": ""}, title=where.name, observed=f"“{where.name}”栏目内未见公开的留言", evidence=[searched]
        )

    def _statistics(self) -> Finding | RuleResult:
        rule, ctx = "message-stats-missing", self.ctx
        if self.statistics or columns_of(ctx, "留言统计"):
            return RuleResult(rule=rule, outcome=Outcome.PASS, looked_at=1)
        if reason := self._cannot_tell():
            return RuleResult(rule=rule, outcome=Outcome.NOT_CHECKED, reason=reason)
        columns = columns_of(ctx, "咨询建言")
        where = columns[0].record
        words = (
            list(ctx.labels("columns").get("留言统计", ()))
            if "留言统计" in ctx.labels("columns")
            else ["留言统计", "信件统计", "办理情况统计"]
        )
        searched = {"what": "searched", "columns": [c.record.url for c in columns][:10], "names": words}
        return found(
            ctx, rule, where.url, {"object_key": ""}, title=where.name, observed="未见留言受理、办理数量的统计", evidence=[searched]
        )

    def _cannot_tell(self) -> str | None:
        """Why the absence of something in 咨询建言 proves nothing."""
        ctx, columns = self.ctx, columns_of(self.ctx, "咨询建言")
        if reason := ctx.home_reason:
            return reason
        if lives_outside(columns) or any(c.external or c.record.link_only for c in columns):
            return "external_platform"
        if reason := hidden(ctx, columns) or (None if columns else ctx.hidden_reason):
            return reason
        if any(c.record.url in self.seen.unrendered for c in columns):
            return "unrendered"
        return None if columns else "no_data"
