"""What one letter and its reply show: is it a valid question, is it answered, how late, and does the reply answer anything.

Source: V5 互动回应差, D18 留言公开, D19 办理答复 of 国办秘函〔2019〕19号. Pure decisions; `interaction` turns them into findings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from govcrawl.model.items import Message
from govcrawl.text import dates, normalise
from govcrawl.text.working_days import WorkCalendar

FIELDS: dict[str, str] = {"asked_on": "留言时间", "replied_on": "答复时间", "replier": "答复单位", "reply": "答复内容"}
"""The four that an answered message must show (D18-2), by their field."""

_TEST = re.compile(r"(?:\S{0,4}测试\S{0,6}|test\S{0,6}|[\W\d_a-zA-Z哈啊呵嗯哦]{0,15})", re.I)
"""fullmatch of `测试`, `test123`, `。。。`, `111`; not `公交线路测试运行何时结束`."""
_WITHDRAWN = re.compile(r"(?:已|申请|要求|主动|自愿)(?:撤回|撤销|撤诉|撤件)")
"""matches `来信人已撤回`; not `撤销原处分`."""
_REFUSED = re.compile(r"不予受理|不属于受理范围|转(?:至|送|交)?(?:.{0,6})信访(?:局|部门|渠道|办|系统)|重复(?:来信|留言|提交|件)")
"""matches `依规不予受理`, `已转县信访局办理`; not `信访局在哪里`."""
_THANKS = re.compile(r"感谢信|表扬信|致谢|表扬|感谢.{0,20}(?:同志|医生|老师|民警|工作人员)")
_ASKS = re.compile(r"[?？]|请问|怎么|如何|为什么|为何|吗|呢|是否|能否|可否|什么|哪|何时|多少|咨询|希望|建议|要求|请求|解决|反映|投诉")
_HIDDEN_REPLY = re.compile(r"已(?:答复|回复|办结|办理完毕|办理|处理|反馈|回信)")  # matches the status `已办结`; not `已受理`, `办理中`


def invalid_because(message: Message, status: str | None = None) -> str | None:
    """Why a message is no valid one (测试, 撤回, 不予受理, 转信访, 重复, 不含诉求); null for a valid one."""
    question, subject = normalise.compact(message.question or ""), normalise.compact(message.subject or "")
    text = question or subject
    if (
        len(text) < 4
        or _TEST.fullmatch(question or subject)
        or (subject and _TEST.fullmatch(subject) and len(question) < 20 and not _ASKS.search(question))
    ):
        return "测试或无内容"
    said = normalise.compact(f"{status or ''} {message.reply or ''}")
    if _WITHDRAWN.search(status or "") or (len(said) < 80 and _WITHDRAWN.search(said)):
        return "已撤回"
    if _REFUSED.search(status or "") or (len(said) < 120 and _REFUSED.search(said)):
        return "不予受理、转信访或重复"
    if _THANKS.search(subject or question[:40]) and not _ASKS.search(question + subject):
        return "不含诉求"
    return None


def duplicates(messages: Sequence[Message]) -> dict[tuple[str, str], tuple[str, str]]:
    """(url, key) of a message that repeats an earlier one word for word → (url, key) of that one."""
    first: dict[str, tuple[str, str]] = {}
    repeated: dict[tuple[str, str], tuple[str, str]] = {}
    for message in sorted(messages, key=lambda m: (m.asked_on or "9999", m.url, m.key)):
        text = normalise.compact(message.question or "")
        if len(text) < 10:
            continue
        me = (message.url, message.key)
        if text in first:
            repeated[me] = first[text]
        else:
            first[text] = me
    return repeated


def is_answered(message: Message) -> bool:
    return message.reply is not None or message.replied_on is not None


def answered_unseen(message: Message, status: str | None) -> bool:
    """The board says that it was answered, but no reply stands there."""
    return not is_answered(message) and bool(_HIDDEN_REPLY.search(status or ""))


def absent_fields(message: Message, labels: Mapping[str, Any] | None) -> list[str]:
    """Names of the four fields that an answered message does not show, in the order of the table.

    Args:
        labels: what the page's reader noted beside the record (`status`, `fields_absent`, labels); null when it noted nothing.
    """
    labels = labels or {}
    answered = (
        is_answered(message) or answered_unseen(message, labels.get("status")) or FIELDS["reply"] in (labels.get("fields_absent") or ())
    )
    if not answered:
        return []
    absent = [name for field, name in FIELDS.items() if not getattr(message, field)]
    listed = labels.get("listed_on")
    if listed and FIELDS["asked_on"] in absent and (message.replied_on is None or str(listed) <= message.replied_on):
        # `发布时间` before the reply is what many boards call the day of asking: when in doubt nobody is accused
        absent.remove(FIELDS["asked_on"])
    if FIELDS["reply"] in absent:
        # Without its text no reply's date or unit is read either: only what is certain is said.
        return [name for name in absent if name in (FIELDS["reply"], FIELDS["asked_on"])]
    return absent


# ---------------------------------------------------------------- how late


@dataclass(slots=True, frozen=True, kw_only=True)
class Delay:
    """How long an answer took (or has been due) by the working calendar."""

    asked: date
    until: date
    answered: bool
    working_days: int
    provisional: bool
    """Part of the count lies beyond the officially announced holidays: 暂按."""

    def spelled(self, calendar: WorkCalendar, most: int = 130) -> dict[str, Any]:
        """The count date by date, as an appeal asks for it."""
        last = min(self.until, self.asked + timedelta(days=most))
        return {
            "what": "working_days",
            "asked_on": self.asked.isoformat(),
            "replied_on": self.until.isoformat() if self.answered else None,
            "counted_to": self.until.isoformat(),
            "working_days": self.working_days,
            "days": [dict(row) for row in calendar.spell(self.asked, last)],
            "official_through": calendar.official_through.isoformat(),
            "provisional": self.provisional,
        }


def delay(message: Message, as_of: date, calendar: WorkCalendar) -> Delay | None:
    """Working days from the day after asking to the reply, or to `as_of` while there is none; null when the page does not give the days."""
    if message.asked_on is None:
        return None
    asked = date.fromisoformat(message.asked_on[:10])
    if is_answered(message):
        if message.replied_on is None:
            return None
        until, answered = date.fromisoformat(message.replied_on[:10]), True
    else:
        until, answered = as_of, False
    if asked > as_of or until < asked:
        return None
    days = calendar.count(asked, until)
    return Delay(asked=asked, until=until, answered=answered, working_days=days, provisional=calendar.provisional(until))


def months_passed(asked_on: str, until: str, months: int) -> bool:
    """Whether more than n calendar months lie between two days: asked before `until` less n months."""
    return asked_on[:10] < dates.months_before(until[:10], months)


# ---------------------------------------------------------------- what a reply says

_GREETING = re.compile(
    r"^(?:尊敬的)?(?:.{0,8}(?:网友|网民|市民|同志|先生|女士|来信人|群众|您|你))?[，,:：!！]?(?:您好|你好)?[，,:：!！。]?|(?:感谢|谢谢)(?:您|你)?(?:的)?(?:来信|留言|支持|关注|理解|对[^。]{0,20}关[注心])[^。！]{0,12}[。！!]?|祝您[^。！]{0,12}[。！!]?|特此(?:回复|答复)[。！!]?"
)
"""What replies begin and end with and what says nothing: matches `尊敬的网友：您好！`, `感谢您的来信！`."""
_RECEIVED = re.compile(
    r"(?:来信|来件|留言|信件|反映|诉求|问题|意见|建议)[^，。；]{0,8}?(?:收悉|收到|知悉|获悉)|(?:已|己)经?(?:收悉|收到|知悉|知晓|获悉|记录|登记|转办|转交|转有关部门|转相关部门)"
)
"""Says only that it came: matches `来信收悉`, `已转有关部门`; not `免收登记费`."""
_PROMISE = re.compile(
    r"(?:将|会|正在|尽快|及时)(?:尽快|及时|认真|进一步|予以|给予|为您|向您)*(?:转|核实|研究|处理|办理|答复|回复|调查|安排|反馈|协调|落实)"
)
"""Announces without saying what: matches `将尽快办理`; not `已安排更换路灯`."""
_DEFLECT = re.compile(
    r"请(?:您|你)?(?:直接)?(?:致电|拨打|咨询|到|前往|联系|向)[^。；]{0,20}(?:部门|窗口|单位|机关|局|中心|热线)|不属于[^。；]{0,12}(?:职责|职能|管辖|范围)|不归[^。；]{0,8}管"
)
"""Sends elsewhere: matches `请咨询相关部门`, `不属于我局职责范围`; not `请携带身份证`."""


@dataclass(slots=True, frozen=True)
class Weakness:
    """Why a reply looks perfunctory; the higher the rank, the surer."""

    rank: int
    why: str


def weakness(reply: str, repeated: int, params: Mapping[str, int]) -> Weakness | None:
    """Why a reply may be perfunctory: 已收悉-type, near-empty, deflecting, or the same for different questions; null for a real answer.

    Args:
        repeated: how many different questions got exactly this reply.
        params: `near_empty_characters`, `repeated_replies`.
    """
    substance = _substance(reply)
    if _RECEIVED.search(substance) and len(_without(substance, _RECEIVED, _PROMISE)) <= params["near_empty_characters"]:
        return Weakness(4, "只表示已收悉，没有答复内容")
    if len(substance) < params["near_empty_characters"]:
        return Weakness(3, f"答复内容只有{len(substance)}个字")
    if _DEFLECT.search(substance) and len(_without(substance, _DEFLECT, _RECEIVED, _PROMISE)) <= params["near_empty_characters"]:
        return Weakness(2, "只要求来信人另找其他部门")
    if repeated >= params["repeated_replies"]:
        return Weakness(1, f"{repeated}个不同的问题答复完全相同")
    return None


def _substance(reply: str) -> str:
    text = normalise.compact(reply)
    for _ in range(3):
        text = _GREETING.sub("", text, count=0)
    return text.strip("，,。.！!：:；; ")


def _without(text: str, *said: re.Pattern[str]) -> str:
    """What remains of a reply when the clauses that only say this (`已收悉`, `将尽快办理`, `请咨询……`) are taken away."""
    return "".join(part for part in re.split(r"[，,。；;！!]", text) if not any(pattern.search(part) for pattern in said))
