"""调查征集: when it opened and closed, how one takes part, when its result was shown and how many opinions came."""

from __future__ import annotations

import re
from typing import Any

from govcrawl.extract import labelled, nodes
from govcrawl.extract.labelled import Pair
from govcrawl.extract.rows import filled, outer, row, vocabulary
from govcrawl.model.facts import Context
from govcrawl.model.items import Consultation
from govcrawl.page.document import Page
from govcrawl.text import dates, normalise

_A_DAY = r"(?:19|20)\d{2}\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}\s*日?"
_DEADLINE = re.compile(
    rf"(?:于|在|：|:|至)\s*({_A_DAY})\s*(?:\d{{1,2}}[:：时点]\d{{0,2}}分?|下班)?\s*(?:前|之前|以前|止)|(?:截止(?:时间|日期)?|截至|反馈截止日期)\s*(?:为|至|到|是|于|[:：])?\s*({_A_DAY})"
)
"""Matches `请于2026年11月30日前反馈`, `截止日期为2026年11月30日`; not `会议于2026年11月30日召开`."""
_BEGINS = re.compile(rf"(?:征集|活动|调查)?(?:开始|起始|发起)(?:日期|时间)[\s\[【]*({_A_DAY})")
_ENDS = re.compile(rf"(?:征集|活动|调查)?(?:结束|截止)(?:日期|时间)[\s\[【]*({_A_DAY})")
"""Labels without a colon: match `开始日期 2026-10-01`, `结束日期 2026-10-31`; not `开始日期：见附件`."""
_RESULT_LINE = re.compile(rf"^(?:征集|调查|反馈|意见)(?:结果|情况)(?:反馈)?\s*[（(]\s*({_A_DAY})\s*[)）]\s*[:：]\s*(\S.*)$", re.M)
"""A result with its day on one line: matches `征集结果（2026-11-03）：收到意见0条。`; not `征集结果：见附件`."""
_PERIOD = re.compile(
    r"(?:征集|征求意见|公示|调查|反馈|意见)(?:时间|期限|期)?[^。\n]{0,12}?(?:为|自|从|:|：|[（(])\s*"
    r"((?:19|20)\d{2}\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}日?)\s*(?:起)?\s*(?:至|到|—+|--?|~|～)\s*((?:(?:19|20)\d{2}\s*[-年/.]\s*)?\d{1,2}\s*[-月/.]\s*\d{1,2}日?)"
)
"""Matches `征求意见时间为2026年10月1日至2026年10月31日`; not `2026年10月1日至国庆`."""
_COUNT = re.compile(
    r"(?:共|累计)?(?:收到|征集到|收集到?)[^。；;\n\d]{0,20}?(\d+)\s*(?:条|份|件|个|人次)|(?:未|没有)(?:收到|征集到)[^。\n]{0,14}(?:意见|建议|反馈)"
)
"""Matches `共收到意见建议12条`, `未收到反馈意见`; not `收到文件后3日内`."""
_FEEDBACK_TITLE = re.compile(
    r"(?:结果|采纳情况|情况)(?:的)?(?:反馈|公示|公告|通报|说明)|意见(?:的)?反馈(?!的?(?:公告|通知))|(?:反馈|采纳)(?:情况|结果)|征集(?:情况|结果)|调查结果"
)
"""Matches `关于…征求意见情况的反馈`, `…规划意见反馈`; not `关于公开征求…意见的公告`, the title of nearly every survey."""
_CHANNELS = (
    ("email", re.compile(r"电子邮[件箱]|邮箱|e-?mail|@", re.I)),
    ("phone", re.compile(r"电话")),
    ("letter", re.compile(r"信函|来信|邮寄|书面|通信地址")),
)
_ONLINE = re.compile(
    r"在线(?:提交|参与|填写|反馈|调查|投票)|我要(?:留言|参与|提意见|建言)|提交意见|网上留言|发表意见|点击参与|(?:本网站|网站|网页|页面)[^。；;\n]{0,12}(?:填写|提交|留言|参与)"
)
_BY_NAME = {"email": "电子邮件", "phone": "电话", "letter": "信函"}


def read(page: Page, ctx: Context) -> list[dict[str, Any]]:
    """One consultation; none when neither title nor any of its labels stands there."""
    pairs = labelled.read(page.body_tree, vocabulary("consultation"), outer(page))
    text = page.visible_text("body")
    if page.title is None and not pairs:
        return []
    title = _title(page)
    opened, closed = period(pairs, text)
    feedback = _feedback(pairs, title or "", text)
    record = Consultation(
        url=page.url, title=title, opened_on=opened, closed_on=closed, channel=channel(page, pairs, text),
        feedback_on=_feedback_on(page, pairs, feedback), feedback_count=count(pairs, feedback or ""),
    )  # fmt: skip
    # a result in words alone has neither day nor number: it is no lack of feedback all the same
    return [row(record) | {"_feedback": feedback is not None}]


_GENERIC = re.compile(
    r"^(?:(?:民意|意见|网上|在线)?(?:征集|调查|投票|问卷)(?:调查|详情|内容|活动)?|(?:征集|调查|问卷)?详情|正文|详细内容)$"
)
"""A page's name that is no subject: matches `征集`, `民意征集`; not `关于集市改造的问卷`."""


def _title(page: Page) -> str | None:
    """The page's title; where that only says what kind of page it is, the first heading that says more."""
    title = page.title
    if title is not None and not _GENERIC.match(normalise.compact(title)):
        return title
    shown = (nodes.text(e) for e in page.body_tree.iter("h1", "h2", "h3", "h4") if page.region_of(e) == "body")
    return next((head for head in shown if 6 <= len(head) <= 120 and not _GENERIC.match(normalise.compact(head))), title)


def _day(pairs: list[Pair], key: str) -> str | None:
    return next((day for pair in pairs if pair.key == key and (day := dates.parse_day(pair.value))), None)


def period(pairs: list[Pair], text: str) -> tuple[str | None, str | None]:
    """(opened, closed): by labels, else a printed period, else a deadline `请于…前`."""
    opened, closed = _day(pairs, "opened_on"), _day(pairs, "closed_on")
    for pair in pairs:
        if pair.key == "period" and (opened is None or closed is None):
            start, end = span(pair.value)
            opened, closed = opened or start, closed or end
    if opened is None and (begun := _BEGINS.search(text)) is not None:
        opened = dates.parse_day(begun[1])
    if closed is None and (ended := _ENDS.search(text)) is not None:
        closed = dates.parse_day(ended[1])
    if closed is None:
        hit = _PERIOD.search(text)
        if hit is not None:
            start, end = span(f"{hit[1]}至{hit[2]}")
            opened, closed = opened or start, end
    if closed is None:
        late = _DEADLINE.search(text)
        closed = dates.parse_day(late[1] or late[2]) if late is not None else None
    if opened is not None and closed is not None and closed < opened:
        return None, None
    return opened, closed


def span(printed: str) -> tuple[str | None, str | None]:
    """`2026年10月1日至10月31日` → both days; the second may leave the year out; one day alone is a closing day only after 至 or 前."""
    days = dates.find_days(printed)
    if len(days) >= 2:
        return days[0][0], days[1][0]
    if len(days) == 1:
        rest = printed[days[0][2] :]
        short = re.search(r"(?:至|到|—+|-+|~|～)\s*(\d{1,2}\s*[-月/.]\s*\d{1,2}\s*日?)", rest)
        if short is not None:
            year = days[0][0][:4]
            end = dates.parse_day(f"{year}年{re.sub(r'[-/.]', '月', normalise.compact(short[1])).rstrip('日')}日")
            return days[0][0], end
        if re.match(r"\s*(?:\d{1,2}[:：时]\d{0,2}分?)?\s*(?:前|止|之前)", rest) or re.search(
            r"(?:截止|至)[^\d]{0,4}$", printed[: days[0][1]]
        ):
            return None, days[0][0]
    return None, None


def _feedback(pairs: list[Pair], title: str, text: str) -> str | None:
    """Text of the shown result; null when there is none. `暂无` and an empty block are none."""
    for pair in pairs:
        if pair.key == "feedback":
            value = filled(pair.value)
            if value is not None and not re.match(r"^(?:暂无|无|尚未|未)(?:反馈|结果|公布|数据|内容)?[。.]?$", value) and len(value) > 3:
                return value
    line = _RESULT_LINE.search(text)
    if line is not None:
        return f"{line[2]}\n{line[1]}"
    return text if _FEEDBACK_TITLE.search(title) else None


def _feedback_on(page: Page, pairs: list[Pair], feedback: str | None) -> str | None:
    """The day the result was shown: by label, else a dated last line of the result. The page's own date is not it."""
    labelled_day = _day(pairs, "feedback_on")
    if labelled_day is not None:
        return labelled_day
    if feedback is None or _FEEDBACK_TITLE.search(page.title or ""):
        return None
    lines = feedback.split("\n")
    last = lines[-1]
    return dates.parse_day(last) if len(normalise.compact(last)) <= 16 else None


def count(pairs: list[Pair], feedback: str) -> int | None:
    """Number of opinions received: by label, else as the result tells it; `未收到` is 0."""
    for pair in pairs:
        if pair.key == "feedback_count":
            number = re.search(r"\d+", normalise.fold(pair.value))
            if number is not None:
                return int(number[0])
    hit = _COUNT.search(normalise.fold(feedback))
    if hit is None:
        return None
    return int(hit[1]) if hit[1] else 0


def channel(page: Page, pairs: list[Pair], text: str) -> str | None:
    """How one takes part: `在线` when the page has a form or says so, else the other ways it names; null when it names none."""
    pair = labelled.first(pairs, "channel")
    shown = pair.value if pair is not None else ""
    base = page.body_element if page.body_element is not None else page.body_tree
    form = (
        any(element.get("type") not in ("hidden", "search") for element in base.iter("textarea"))
        or _ONLINE.search(f"{shown} {text}") is not None
    )
    if form:
        return "在线"
    named = [_BY_NAME[name] for name, pattern in _CHANNELS if pattern.search(shown or text)]
    return "、".join(named) or filled(shown)
