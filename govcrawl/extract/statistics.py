"""办事统计 and 留言统计 pages: which period they cover and how many were received and handled. Goes into `PageFacts.notes`."""

from __future__ import annotations

import re
from typing import Any

from govcrawl.page.document import Page
from govcrawl.text import dates, normalise

_RECEIVED = re.compile(
    r"(?:受理|收到|收件|接收|来信|留言|收文|申请|提交)(?:总?(?:数|量|件数|信件|总数)|件|信件(?:数|总数)?)?(?:量)?\s*(?:\(件\))?\s*[:： ]?\s*(?:为|共|共计)?\s*(\d[\d,]*)\s*(?:件|封|条|个|宗|笔|人次)?"
)
"""Matches `受理信件：35件`, `收到来信 12 封`, `受理量 3,120`; not `受理时间：2026年`."""
_HANDLED = re.compile(
    r"(?:办结|办理|答复|回复|已办|反馈|处理)(?:总?(?:数|量|件数|信件|总数)|件|信件(?:数|总数)?)?(?:量)?\s*(?:\(件\))?\s*[:： ]?\s*(?:为|共|共计)?\s*(\d[\d,]*)\s*(?:件|封|条|个|宗|笔|人次)?"
)
"""Matches `办结：33件`, `已答复 12 封`; not `办理时间：2026年`."""
_NOT_NUMBER = re.compile(r"^\s*(?:[-年/.]|月|工作日|日)")
"""What makes the number a date or a term: `2026` + `年`."""
_NO_LETTERS = re.compile(
    r"(?:本[月季年]|期内|当[月季年]|\d{1,2}月份?|[一二三四]季度)[^。\n]{0,20}(?:未收到|没有收到|无|未接到)[^。\n]{0,8}(?:来信|留言|信件|咨询)|(?:收到|受理)(?:来信|留言|信件)?(?:数|量|总数)?\s*[:： ]?\s*0\s*(?:件|封|条)"
)
"""Matches `本月未收到网民留言`, `收到来信：0封`; not `收到来信10封`."""
_MONTH = re.compile(
    r"((?:19|20)\d{2})\s*年\s*(?:第?\s*([一二三四1-4])\s*季度|(\d{1,2})\s*(?:[-—~至]\s*(\d{1,2})\s*)?月|(上半年|下半年|全年|年度))"
)
"""Matches `2026年10月`, `2026年第三季度`, `2026年1-9月`; not `2026年`."""
_QUARTER = {"一": 3, "二": 6, "三": 9, "四": 12, "1": 3, "2": 6, "3": 9, "4": 12}


def read(page: Page) -> dict[str, Any]:
    """{`period_end`: ISO month, `period`: as printed, `received`, `handled`: numbers, `no_letters`: bool, `newest_on`: ISO day}; only what is shown."""
    text = normalise.fold(page.visible_text("body"))
    found: dict[str, Any] = {}
    period = newest_period(text)
    if period is not None:
        found["period_end"], found["period"] = period
    received, handled = _number(_RECEIVED, text), _number(_HANDLED, text)
    if received is not None:
        found["received"] = received
    if handled is not None:
        found["handled"] = handled
    if no_letters(text):
        found["no_letters"] = True
    days = [day for day, _, _ in dates.find_days(text)]
    if days:
        found["newest_on"] = max(days)
    return found


def _number(pattern: re.Pattern[str], text: str) -> int | None:
    """The first number behind such a word that is no date and no term."""
    flat = text.replace("\n", " ")
    for hit in pattern.finditer(flat):
        if _NOT_NUMBER.match(flat[hit.end(1) :]) is None:
            return int(hit[1].replace(",", ""))
    return None


def newest_period(text: str) -> tuple[str, str] | None:
    """(last month `YYYY-MM`, as printed) of the latest period named."""
    best: tuple[str, str] | None = None
    for hit in _MONTH.finditer(text):
        month = _QUARTER[hit[2]] if hit[2] else int(hit[4] or hit[3]) if hit[3] else 6 if hit[5] == "上半年" else 12
        if 1 <= month <= 12:
            end = f"{hit[1]}-{month:02d}"
            if best is None or end > best[0]:
                best = (end, normalise.squeeze(hit[0]))
    return best


def no_letters(text: str) -> bool:
    """Does the page say that no letter came in its period? (`column-stale` of 咨询建言 is then not applicable.)"""
    return _NO_LETTERS.search(text) is not None
