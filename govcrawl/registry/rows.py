"""One row of a registry → a target. Each field takes the ways in which offices write it, and names a value that it cannot have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from govcrawl.model.targets import NORMAL, Target
from govcrawl.registry.columns import cell_text
from govcrawl.registry.states import CLOSED, RUNNING, SUSPENDED
from govcrawl.registry.typed import WrongValueError, home_address
from govcrawl.text import dates, normalise

_CODE = re.compile(r"(?:\d{10}|bm\d{8})\Z")
"""网站标识码: matches "3212830001" and "bm14000002", not "N000000672" nor "321283001"."""
_SPLIT = re.compile(r"[、,，;；|\s]+")
"""Between several hosts in a cell."""
_HOURS = re.compile(r"(\d{1,2})(?::00)?[时点]?(?:-|—|–|~|至|到)(?:次日|第二天)?(\d{1,2})(?::00)?[时点]?\Z")
"""Matches "22-6" and "22:00-6:00" and "22点至次日6点", not "22" nor "8:30-17:30" (half hours are not kept)."""
_YES, _NO = ("是", "有", "true", "yes", "y", "1", "具有", "√"), ("否", "无", "false", "no", "n", "0", "不具有", "没有", "×")
_NOTHING = frozenset({"无", "暂无", "-", "--", "—", "——", "/", "\\", "null", "none"})
"""What is written into a cell that has nothing to say."""
_PLAIN = ("name", "organizer", "supervisor", "type", "level", "icp_number", "police_number", "state_ground", "basis")


def target_of(row: Mapping[str, Any]) -> Target:
    """The site that a row names.

    Raises:
        WrongValueError: a value that its field cannot have.
    """
    printed = _said(row, "url")
    if printed is None:
        raise WrongValueError("没有首页网址")
    url = home_address(printed)
    code = site_code(_said(row, "site_code"))
    first, last = _period(row)
    return Target(
        url=url,
        site=code or urlsplit(url).netloc,
        site_code=code,
        class_=_said(row, "class"),
        admin_order=_order(_said(row, "admin_order")),
        public_services=_public_services(row.get("public_services")),
        state=_state(_said(row, "state")),
        state_from=first,
        state_to=last,
        hosts=_hosts(row.get("hosts"), "其他域名"),
        service_hosts=_hosts(row.get("service_hosts"), "办事平台域名"),
        message_hosts=_hosts(row.get("message_hosts"), "互动平台域名"),
        hours=_hours(_said(row, "hours")),
        **{name: _said(row, name) for name in _PLAIN},
    )


def _said(row: Mapping[str, Any], name: str) -> str | None:
    """The text of a field; null where its cell is empty or says that there is nothing."""
    said = cell_text(row.get(name))
    return None if said is None or said.lower() in _NOTHING else said


def site_code(text: str | None) -> str | None:
    """网站标识码 in its right form: ten digits, or `bm` and eight digits."""
    if text is None:
        return None
    code = normalise.fold(text).strip().lower().replace(" ", "")
    if not _CODE.match(code):
        raise WrongValueError(f"网站标识码“{text}”应为10位数字，或 bm 加8位数字")
    return code


def _public_services(value: Any) -> bool:
    text = (cell_text(value) or "").lower()
    if not text:
        return True
    if text in _YES or text in _NO:
        return text in _YES
    raise WrongValueError(f"对外服务职能“{text}”应为 是/否 或 有/无")


def _order(text: str | None) -> int | None:
    if text is not None and not re.fullmatch(r"\d{1,9}", text):
        raise WrongValueError(f"行政序列“{text}”应为整数")
    return int(text) if text else None


def _state(text: str | None) -> str:
    if text is None or text.lower() in RUNNING:
        return NORMAL
    if text.lower() not in CLOSED + SUSPENDED:
        raise WrongValueError(f"状态“{text}”不认识，应为 正常、临时下线、迁移、关停 等")
    return text


def _period(row: Mapping[str, Any]) -> tuple[str | None, str | None]:
    first, last = _day(_said(row, "state_from"), "开始日期"), _day(_said(row, "state_to"), "截止日期")
    period = _said(row, "state_period")
    if period:
        days = [iso for iso, _, _ in dates.find_days(period)]
        if not 1 <= len(days) <= 2:
            raise WrongValueError(f"起止“{period}”应为两个日期，如 2026-11-01至2026-12-01")
        open_start = len(days) == 1 and re.match(r"\s*(?:至|到|截至)", period)
        first, last = (first, days[0]) if open_start else (days[0], days[1] if len(days) == 2 else last)
    if first and last and first > last:
        raise WrongValueError(f"起止日期颠倒：{first} 晚于 {last}")
    return first, last


def _day(text: str | None, name: str) -> str | None:
    if text is None:
        return None
    day = dates.parse_day(text)
    if day is None:
        raise WrongValueError(f"{name}“{text}”不是日期")
    return day


def _hosts(value: Any, name: str) -> tuple[str, ...]:
    cells = value if isinstance(value, list) else _SPLIT.split(str(value)) if value is not None else []
    found: list[str] = []
    for cell in cells:
        text = cell_text(cell)
        if text is None or text.lower() in _NOTHING:
            continue
        try:
            host = urlsplit(home_address(text)).netloc
        except WrongValueError as error:
            raise WrongValueError(f"{name}：{error}") from None
        if host not in found:
            found.append(host)
    return tuple(found)


def _hours(text: str | None) -> str | None:
    if text is None:
        return None
    match = _HOURS.match(normalise.fold(text).replace(" ", ""))
    if match is None or int(match[1]) > 24 or int(match[2]) > 24 or match[1] == match[2]:
        raise WrongValueError(f"允许时段“{text}”应为整点，如 22-6")
    return f"{int(match[1])}-{int(match[2])}"
