"""办事统计 and 留言统计 pages: which period they cover and how many were received and handled. Goes into `PageFacts.notes`."""

from __future__ import annotations

import re
from typing import Any

from govcrawl.extract import nodes
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
_NUMBER_FIRST = (
    (re.compile(r"(\d[\d,]*)(?:件|封|条|个)?(?:累计|共)?(?:受理|收到|收件|来信|留言)(?:信件)?(?:总?(?:数|量|件数)|总数|信件)?(?![\u4e00-\u9fa5\d：:])"), "received"),
    (re.compile(r"(\d[\d,]*)(?:件|封|条|个)?(?:已|累计)?(?:办结|答复|回复|反馈)(?:信件)?(?:总?(?:数|量|件数)|总数|信件)?(?![\u4e00-\u9fa5\d：:])"), "handled"),
)  # fmt: skip
"""Boxes that print the number above its word: match `6621受理总数`, `6598件已办结`; not `6621件受理后办结`."""
_NOT_NUMBER = re.compile(
    r"^\s*(?:[-年/.]|月|工作日|日)|^(?:件|封|条|个)?(?:已|累计|共)?(?:受理|收到|来信|留言|办结|答复|回复|反馈)[^\s:：\d]{0,4}(?=\s|$)"
)
"""What makes the number a date, a term, or the number of the word behind it: `2026` + `年`, `6598` + `办结总数`."""
_A_YEAR = re.compile(r"^(?:19|20)\d{2}$")
_AVERAGE = re.compile(
    r"平均(?:办理|办结|答复|回复|处理|反馈|受理)?(?:时间|时长|用时|天数|时限)\s*[:：]?\s*(?:约?为|约)?\s*(\d+(?:\.\d+)?\s*(?:个?工作日|天|日|小时))"
)
"""Matches `平均办理时间：2.5天`, `平均办结时长3.2个工作日`; not `平均受理30件`."""
_ALL_HANDLED = re.compile(r"(?:均|全部)(?:已)?(?:办结|答复|回复|办理完毕)|(?:办结|答复|回复)率(?:为|达|达到)?\s*[:：]?\s*100\s*[%％]")
"""Matches `已全部答复`, `办结率100%`; not `部分答复`."""
_HEADS = {
    "received": re.compile(r"^(?:累计|当月|本月)?(?:受理|收到|收件|接收|来信|留言|收文|申请|诉求|信件)(?:总|办)?(?:数|量|件|件数|总数|信件|信件数|情况)?(?:件|封|条)?$"),
    "handled": re.compile(r"^(?:累计|当月|本月)?(?:已)?(?:办结|办理|答复|回复|反馈|处理)(?:总)?(?:数|量|件|件数|总数|信件|信件数|情况)?(?:件|封|条)?$"),
    "average": re.compile(r"^平均.*(?:时间|时长|用时|天数)"),
    "period": re.compile(r"^(?:月份|时间|统计时间|统计月份|日期|期间|季度|统计周期|年月)$"),
    "year": re.compile(r"^年份?$"),
}  # fmt: skip
"""Heads of a table of numbers, brackets and blanks dropped: match `受理（件）`, `办结数`, `月份`; not `受理单位`."""
_TOTAL = re.compile(r"^(?:合计|总计|总数|小计|共计)$")
_MONTH_CELL = re.compile(r"^(?:(?P<y>(?:19|20)\d{2})\s*[-年./]\s*)?(?P<m>\d{1,2})\s*月?(?:份)?$")
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
    """{`period_end`: ISO month, `period`: as printed, `received`, `handled`: numbers, `average`: as printed, `no_letters`: bool, `newest_on`: ISO day}; only what is shown."""
    text = normalise.fold(page.visible_text("body"))
    found: dict[str, Any] = {}
    period = newest_period(text)
    if period is not None:
        found["period_end"], found["period"] = period
    found = (_table(page, found.get("period_end")) or _told(text)) | found
    if "average" not in found and (average := _AVERAGE.search(text.replace("\n", " "))) is not None:
        found["average"] = normalise.squeeze(average[1])
    if no_letters(text):
        found["no_letters"] = True
    days = [day for day, _, _ in dates.find_days(text)]
    if days:
        found["newest_on"] = max(days)
    return found


def _told(text: str) -> dict[str, Any]:
    """Numbers as sentences and boxes tell them."""
    found: dict[str, Any] = {}
    flat = text.replace("\n", " ")
    for pattern, key in _NUMBER_FIRST:
        hit = pattern.search(flat)
        if hit is not None and not _A_YEAR.match(hit[1]):
            found[key] = int(hit[1].replace(",", ""))
    if len(found) == 2 and len({found["received"], found["handled"]} & set(_forward(text).values())) < 2:
        return found
    found = _forward(text)
    if "received" in found and "handled" not in found and _ALL_HANDLED.search(flat):
        found["handled"] = found["received"]
    return found


def _forward(text: str) -> dict[str, Any]:
    shown = {"received": _number(_RECEIVED, text), "handled": _number(_HANDLED, text)}
    return {key: number for key, number in shown.items() if number is not None}


def _table(page: Page, period_end: str | None) -> dict[str, Any]:
    """Numbers of a table with heads: its 合计, else the row of the newest month, else its only row."""
    for table in page.body_tree.iter("table"):
        wide = [[nodes.text(cell) if cell is not None else "" for cell in line] for line in nodes.grid(table)]
        for at, line in enumerate(wide[:3]):
            keys = [next((key for key, head in _HEADS.items() if head.match(normalise.label(cell))), "") for cell in line]
            if "received" in keys and "handled" in keys:
                return _newest(wide[at + 1 :], keys, period_end)
    return {}


def _newest(lines: list[list[str]], keys: list[str], period_end: str | None) -> dict[str, Any]:
    best: tuple[str, dict[str, Any]] | None = None
    for line in lines:
        shown = dict(reversed([(key, cell) for key, cell in zip(keys, line, strict=False) if key]))
        numbers = {
            key: int(shown[key].replace(",", "")) for key in ("received", "handled") if re.fullmatch(r"\d[\d,]*", shown.get(key, ""))
        }
        if len(numbers) < 2:
            continue
        row: dict[str, Any] = dict(numbers)
        if average := shown.get("average"):
            row["average"] = average
        month = _month(shown, period_end)
        if month is not None:
            row["period_end"], row["period"] = month, shown.get("period", "")
        rank = "9999" if any(_TOTAL.match(normalise.label(cell)) for cell in line) else month or ""
        if best is None or rank > best[0]:
            best = (rank, row)
    return best[1] if best is not None else {}


def _month(shown: dict[str, str], period_end: str | None) -> str | None:
    """`2026年10月`, or `10月` with the year of another column or of the page's own period."""
    hit = _MONTH_CELL.match(shown.get("period", "").strip())
    if hit is None or not 1 <= int(hit["m"]) <= 12:
        return None
    year = hit["y"] or (shown.get("year") or "")[:4] or (period_end or "")[:4]
    return f"{year}-{int(hit['m']):02d}" if re.fullmatch(r"(?:19|20)\d{2}", year) else None


def _number(pattern: re.Pattern[str], text: str) -> int | None:
    """The first number behind such a word that is no date and no term."""
    flat = text.replace("\n", " ")
    for hit in pattern.finditer(flat):
        if _NOT_NUMBER.match(flat[hit.end(1) :]) is None and not (_A_YEAR.match(hit[1]) and hit[0].endswith(hit[1])):
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
