"""Sheets that units send back: sorted, filtered, with renamed or moved columns, as xlsx, xls or csv (UTF-8 or GB18030)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from govcrawl import tables
from govcrawl.errors import UsageError
from govcrawl.text import dates, normalise

HEADERS: Mapping[str, tuple[str, ...]] = {
    "id": ("编号", "问题编号", "问题id", "id", "issueid"),
    "done": (
        "整改情况",
        "整改结果",
        "整改说明",
        "整改措施及结果",
        "整改措施",
        "整改进展",
        "办理情况",
        "处理情况",
        "落实情况",
        "单位反馈",
        "反馈情况",
    ),
    "day": ("整改时间", "整改日期", "整改完成时间", "整改完成日期", "完成整改时间", "完成时间", "完成日期", "办结时间", "时间"),
    "proof": ("证明材料", "证明", "佐证材料", "佐证", "整改佐证", "整改证明", "佐证链接", "整改截图", "附件"),
    "objection": ("核减/申诉", "申诉", "申诉理由", "异议", "异议说明", "核减申诉", "申诉说明"),
}
"""What a column holds → its headers, compared without blanks, brackets and case."""
_BY_HEADER = {name: key for key, names in HEADERS.items() for name in names}
_ID = re.compile(r"[0-9a-f]{16}\Z")
"""Matches "8f1c2a0011223344", not "序号" nor "1.23E+15"."""
_REMARK = re.compile(r"[(（][^()（）]*[)）]")
"""Matches "（必填）" in "整改情况（必填）", nothing in "整改情况"."""
_NOT_YET = re.compile(r"^(?:暂未|尚未|未|正在|拟于?|计划|预计|待|整改中|无法|暂无法)(?!发现|见)")
"""Matches "正在整改", "尚未完成", "无法整改", not "未发现该问题" nor "已整改"."""
_NOTHING = frozenset({"", "/", "-", "—", "无", "\\"})
_HEAD_ROWS = 15


@dataclass(slots=True, frozen=True)
class Reply:
    """One good row."""

    row: int
    """Row of the sheet, the first being 1."""
    finding: str
    move: str
    """reply, start (not mended yet) or object."""
    text: str
    done_on: str | None = None
    proof: str | None = None


@dataclass(slots=True, frozen=True)
class BadRow:
    row: int
    reason: str
    text: str = ""

    def __str__(self) -> str:
        return f"第 {self.row} 行{f'（{self.text}）' if self.text else ''}：{self.reason}"


@dataclass(slots=True)
class Returned:
    """What a sheet says."""

    replies: list[Reply] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    silent: int = 0
    """Rows that were left blank."""


def read(table: Sequence[Sequence[Any]], *, today: str, refused: Callable[[str, str], str | None]) -> Returned:
    """Replies of a sheet; each bad row is named, the good ones stand.

    Args:
        refused: why a finding cannot take a move (unknown id, already closed), in Chinese; null when it can.

    Raises:
        UsageError: the sheet has no header with 编号 and 整改情况.
    """
    at, columns = _header(table)
    out = Returned()
    taken: dict[str, Reply] = {}
    for number, cells in enumerate(table[at + 1 :], at + 2):
        row = {name: cells[column] if column < len(cells) else None for name, column in columns.items()}
        texts = {name: _text(cell) for name, cell in row.items()}
        if not any(_text(cell) for cell in cells):
            continue
        reply = _reply(number, row, texts, today)
        if reply is None:
            out.silent += 1
        elif isinstance(reply, BadRow):
            out.bad.append(reply)
        elif (known := taken.get(reply.finding)) is not None:
            same = (known.move, known.text, known.done_on, known.proof) == (reply.move, reply.text, reply.done_on, reply.proof)
            if not same:
                out.bad.append(BadRow(number, f"与第 {known.row} 行是同一问题而内容不同，以前一行为准", reply.finding))
        elif reason := refused(reply.finding, reply.move):
            out.bad.append(BadRow(number, reason, reply.finding))
        else:
            taken[reply.finding] = reply
            out.replies.append(reply)
    return out


def _reply(number: int, row: Mapping[str, Any], texts: Mapping[str, str], today: str) -> Reply | BadRow | None:
    done, proof, objection = (("" if texts.get(n, "") in _NOTHING else texts.get(n, "")) for n in ("done", "proof", "objection"))
    day = "" if texts.get("day", "") in _NOTHING else texts.get("day", "")
    if not (done or proof or objection or day):
        return None
    ident = texts["id"].lower()
    if not _ID.match(ident):
        return BadRow(
            number,
            "缺少问题编号，无法对应到工单（请在原表中填写，保留隐藏的“编号”列）" if not ident else "问题编号不完整或已被改动",
            texts["id"],
        )
    if objection:
        return Reply(number, ident, "object", objection, proof=proof or None)
    if not done:
        return BadRow(number, "没有填写整改情况", ident)
    not_yet = _NOT_YET.match(done) is not None
    done_on = _day(row.get("day")) if day else None
    if day and done_on is None:
        return BadRow(number, f"整改时间“{day}”无法识别，应如 2026-12-01", ident)
    if done_on is not None and done_on > today and not not_yet:
        return BadRow(number, f"整改时间 {done_on} 晚于今天：尚未完成的请在整改情况中写明“正在整改”", ident)
    return Reply(number, ident, "start" if not_yet else "reply", done, done_on, proof or None)


def _header(table: Sequence[Sequence[Any]]) -> tuple[int, dict[str, int]]:
    """(row of the header, what → column). A renamed id column is known by what stands in it."""
    for at, cells in enumerate(table[:_HEAD_ROWS]):
        columns: dict[str, int] = {}
        for column, cell in enumerate(cells):
            key = _BY_HEADER.get(_plain(cell))
            if key is not None:
                columns.setdefault(key, column)
        if "done" not in columns:
            continue
        if "id" not in columns and (found := _id_column(table[at + 1 :])) is not None:
            columns["id"] = found
        if "id" not in columns:
            raise UsageError("表中没有“编号”列：请使用工单原表（编号列是隐藏的，不能删除）")
        return at, columns
    raise UsageError(f"前 {_HEAD_ROWS} 行中没有“整改情况”这一列，不像是返回的工单")


def _id_column(rows: Sequence[Sequence[Any]]) -> int | None:
    hits: dict[int, int] = {}
    for cells in rows:
        for column, cell in enumerate(cells):
            if _ID.match(_text(cell).lower()):
                hits[column] = hits.get(column, 0) + 1
    return max(hits, key=lambda column: hits[column]) if hits else None


def _plain(cell: Any) -> str:
    return normalise.compact(_REMARK.sub("", normalise.fold(_text(cell)))).strip("*:： ").lower()


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(normalise.drop_invisible(str(cell)).split())


def _day(cell: Any) -> str | None:
    """A day as Excel holds it or as people write it: 2026-12-1, 2026年12月1日, 2026.12.1, 20261201."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    text = normalise.fold(_text(cell))
    if re.fullmatch(r"(?:19|20)\d{6}", text):  # "20261201", not "1234567890"
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    return dates.parse_day(text)


# -- files


def sheets_of(path: Path) -> list[list[list[Any]]]:
    """Sheets of a file as rows of cells.

    Raises:
        UsageError: the file is missing, or is no sheet.
    """
    try:
        found = tables.read(path, strict=False)
    except tables.UnreadableError as error:
        raise UsageError(f"{path} 无法读取：{error}") from None
    return [sheet.rows for sheet in found if sheet.rows] or [[]]
