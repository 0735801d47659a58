"""People's decisions on findings as a sheet: given out, filled in, and taken back.

A decision binds the finding's id and the fingerprint of the evidence it was made on. 误报 stands as long as the evidence is the same, 核减 for one
period; where the evidence has changed the decision holds no more, and the finding asks for a new look.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from govcrawl import history
from govcrawl.clock import CHINA, Clock, SystemClock, moment
from govcrawl.errors import OutputError, UsageError, cause
from govcrawl.model.findings import Finding, Outcome, Review
from govcrawl.model.runs import Run
from govcrawl.pinning import known_run
from govcrawl.rectification.returned import BadRow
from govcrawl.report import places, sheets
from govcrawl.report.view import DECISIONS, decided, masked_findings
from govcrawl.reviewing.imported import Imported
from govcrawl.rulebook import rules
from govcrawl.scoring.decisions import fingerprint, period, veto_fingerprint, veto_id
from govcrawl.store.base import Store, open_existing
from govcrawl.text import dates, normalise

_CODES = {word: code for code, word in DECISIONS.items()}
COLUMNS: tuple[tuple[str, int], ...] = (
    ("编号", 18), ("佐证指纹", 18), ("网站标识码", 13), ("网站名称", 20), ("指标", 10), ("规则", 20), ("机器结论", 12), ("问题描述", 40), ("问题网址", 45),
    ("所在页面及位置", 40), ("观察到", 26), ("已有决定", 26), ("决定", 10), ("核实人", 12), ("核实时间", 18), ("理由", 30), ("批准人", 12), ("核减期", 12),
)  # fmt: skip
FILLED = ("决定", "核实人", "核实时间", "理由", "批准人", "核减期")
"""What a person fills in; a row without 决定 is left as it is."""
_NEEDED = ("编号", "决定", "核实人")
_HEAD_ROWS = 15
_ID = re.compile(r"[0-9a-f]{16}\Z")
"""Matches "8f1c2a0011223344", not "8.F1C2E+15" (what a spreadsheet made of one)."""
_PERIOD = re.compile(
    r"(20\d\d)(?:-?Q([1-4])|年第?([一二三四1-4])季度|-?H([12])|年?([上下])半年|-(0[1-9]|1[0-2])|年(\d{1,2})月|年度?|年)?\Z"
)
"""Matches "2026-Q4", "2026年第四季度", "2026-H2", "2026年下半年", "2026-11", "2026年11月", "2026年度" and "2026", not "第四季度"."""
_TIME = re.compile(r"(\d{1,2})[:：时点](\d{1,2})")
"""Matches the "9:05" of "2026-11-20 9:05", nothing in "2026-11-20"."""


@dataclass(slots=True)
class _Subject:
    """What a decision can be made on."""

    finding: str
    fingerprint: str
    row: dict[str, str]


# -- the sheet ---------------------------------------------------------------------------


def export(path: Path, *, store: str, run_id: str | None) -> int:
    """Write the findings of a run that a person may decide on, and its open vetoes; gives the number of rows.

    Raises:
        UsageError: no such run, or a file of another kind.
        OutputError: the file cannot be written.
    """
    if path.suffix.lower() not in (".xlsx", ".csv"):
        raise UsageError(f"{path}：只支持 xlsx 和 csv")
    with closing(open_existing(store)) as opened:
        run = run_of(opened, run_id)
        rows = [subject.row for subject in _subjects(opened, run)]
    if path.suffix.lower() == ".csv":
        _write_csv(path, rows)
    else:
        sheets.write(path, sheets.Sheet(name="核实", columns=COLUMNS, links=("问题网址",), filled=FILLED, hidden=False), rows)
    return len(rows)


def run_of(store: Store, run_id: str | None) -> Run:
    """The run that was named, else the newest crawl."""
    if run_id is not None:
        return known_run(store, run_id)
    newest = history.newest_crawl(store)
    if newest is None:
        raise UsageError("还没有完成的检查批次")
    return newest


def _subjects(store: Store, run: Run) -> Iterator[_Subject]:
    names = {card["site"]: card for card in store.scorecards(run.id)}
    codes = {row["site"]: row.get("site_code") or "" for row in run.targets}
    findings = store.findings(run.id)
    by_id = {(f.site, f.id): f for f in findings}
    for site, card in names.items():
        for veto in card["vetoes"]:
            made_by = [by_id[site, ident] for ident in veto["findings"] if (site, ident) in by_id]
            title = next((i["name"] for i in card["indicators"] if i["id"] == veto["indicator"]), veto["indicator"])
            row = {"网站标识码": codes.get(site, ""), "网站名称": card["name"], "指标": veto["indicator"], "机器结论": "拟单项否决"}
            row |= {"问题描述": f"拟单项否决“{title}”：{veto['reason']}（须两人确认）", "已有决定": _VETO[veto["state"]]}
            yield _subject(veto_id(site, veto["indicator"]), veto_fingerprint(made_by), row)
    catalogue = rules()
    for finding, shown in zip(findings, masked_findings(findings), strict=True):
        if finding.outcome not in (Outcome.FAIL, Outcome.NEEDS_REVIEW):
            continue
        row = {
            "网站标识码": codes.get(finding.site, ""), "网站名称": (names.get(finding.site) or {}).get("name", ""), "指标": finding.indicator or "",
            "规则": catalogue[finding.rule].title if finding.rule in catalogue else finding.rule,
            "机器结论": _said_by(finding), "问题描述": shown.message,
            "问题网址": shown.value if (shown.value or "").startswith("http") else shown.url,
            "所在页面及位置": places.whole(shown), "观察到": shown.observed or shown.snippet or "",
            "已有决定": decided(finding.review),
        }  # fmt: skip
        yield _subject(finding.id, fingerprint(finding), {name: value or "" for name, value in row.items()})


def _said_by(finding: Finding) -> str:
    if finding.source is not None:
        return f"{finding.source} 报告"
    return "问题" if finding.outcome is Outcome.FAIL else "疑似问题"


_VETO = {"candidate": "", "confirmed": "已确认", "dismissed": "已否定"}


def _subject(ident: str, evidence: str, row: dict[str, str]) -> _Subject:
    return _Subject(ident, evidence, {"编号": ident, "佐证指纹": evidence, **row})


def _write_csv(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([name for name, _ in COLUMNS])
    for row in rows:
        # a spreadsheet takes what begins so for a formula: `=HYPERLINK(…)` in a page's text must stay text
        writer.writerow(["'" + text if (text := row.get(name, "")).startswith(("=", "+", "-", "@")) else text for name, _ in COLUMNS])
    try:
        path.write_text(out.getvalue(), encoding="utf-8-sig", newline="")
    except OSError as error:
        raise OutputError(f"无法写入 {path}：{cause(error)}") from error


# -- taking it back ----------------------------------------------------------------------


def is_sheet(found: list[list[list[Any]]]) -> bool:
    """Whether tables are a sheet of ours, whole or with columns that are gone: no findings of another tool are made of it."""
    return any("佐证指纹" in names or "决定" in names for rows in found for _, names in _heads(rows))


def take(path: Path, table: list[list[list[Any]]], *, store: str, run_id: str | None, clock: Clock | None = None) -> Imported:
    """Keep the decisions of a sheet; a bad row is named and left out, the good ones stand. The same sheet once more changes nothing.

    Raises:
        UsageError: the file is no sheet with 编号, 决定 and 核实人; no such run.
    """
    clock = clock or SystemClock()
    at, columns, rows = _header(path, table)
    with closing(open_existing(store)) as opened:
        known = _Known(opened, run_of(opened, run_id))
        seen = {_content(review, timeless=timeless) for review in opened.decisions() for timeless in (False, True)}
        out = Imported()
        for number, cells in enumerate(rows[at + 1 :], at + 2):
            row = {name: cells[column] for name, column in columns.items() if column < len(cells)}
            if not _text(row.get("决定")):
                out.silent += any(_text(cell) for cell in cells)
                continue
            try:
                review, current = _review(row, known, clock.now())
            except _WrongError as error:
                out.bad.append(BadRow(number, str(error), _text(row.get("编号"))))
                continue
            if _content(review, timeless=not _text(row.get("核实时间"))) in seen:
                out.known += 1
                continue
            opened.decide(review)
            seen |= {_content(review), _content(review, timeless=True)}
            out.kept += 1
            if review.fingerprint != current:
                out.changed.append(f"第 {number} 行（{review.finding}）：佐证在核实之后已变化，请重新核实")
        return out


class _WrongError(ValueError):
    """A row that cannot be taken; the message is the reason."""


def _header(path: Path, found: list[list[list[Any]]]) -> tuple[int, dict[str, int], list[list[Any]]]:
    for rows in found:
        for at, columns in _heads(rows):
            if all(name in columns for name in _NEEDED):
                return at, columns, rows
    raise UsageError(f"{path} 中没有同时含“{'”“'.join(_NEEDED)}”各列的表：请使用 govcrawl review export 导出的表")


def _heads(rows: list[list[Any]]) -> Iterator[tuple[int, dict[str, int]]]:
    """(row, name of ours → column) of the rows that may be the header."""
    names = {name for name, _ in COLUMNS}
    for at, cells in enumerate(rows[:_HEAD_ROWS]):
        columns: dict[str, int] = {}
        for column, cell in enumerate(cells):
            name = normalise.compact(normalise.fold(_text(cell))).strip("*:")
            if name in names:
                columns.setdefault(name, column)
        yield at, columns


class _Known:
    """What can be decided on: id → fingerprint now, and those of earlier runs."""

    def __init__(self, store: Store, run: Run) -> None:
        self._store, self.run = store, run
        self._now = self._of(run)
        self._earlier = [r for r in store.runs() if r.id != run.id and r.state == "finished"]
        self._before: dict[str, set[str]] | None = None

    def _of(self, run: Run) -> dict[str, str]:
        return {subject.finding: subject.fingerprint for subject in _subjects(self._store, run)}

    def now(self, ident: str) -> str | None:
        return self._now.get(ident)

    def before(self, ident: str) -> set[str]:
        """Fingerprints of a finding in other runs, which are read only where the run does not know what a row says."""
        if self._before is None:
            self._before = {}
            for run in self._earlier:
                for known, evidence in self._of(run).items():
                    self._before.setdefault(known, set()).add(evidence)
        return self._before.get(ident, set())


def _review(row: Mapping[str, Any], known: _Known, now: datetime) -> tuple[Review, str]:
    """(decision, fingerprint of the evidence now)"""
    text = {name: _text(row.get(name)) for name, _ in COLUMNS}
    ident, evidence = text["编号"].lower(), text["佐证指纹"].lower()
    if not _ID.match(ident):
        raise _WrongError("编号不完整或已被改动" if ident else "没有编号")
    current = known.now(ident)
    if current is None and not known.before(ident):
        raise _WrongError("没有这个编号的问题")
    evidence = evidence or current or ""
    if evidence != current and evidence not in known.before(ident):
        raise _WrongError(f"佐证指纹“{evidence}”与任何批次都不符" if evidence else "该批次没有这个问题，又没有佐证指纹")
    word = _CODES.get(text["决定"])
    if word is None:
        raise _WrongError(f"决定“{text['决定']}”不认识，应为 {'、'.join(_CODES)}")
    if not text["核实人"]:
        raise _WrongError("没有核实人")
    if word != "confirmed" and not text["理由"]:
        raise _WrongError(f"{text['决定']}须写明理由")
    if word == "waived" and not text["批准人"]:
        raise _WrongError("核减须写明批准人")
    if word != "waived" and text["核减期"]:
        raise _WrongError("核减期只用于核减")
    given = _period(text["核减期"]) if text["核减期"] else period(known.run.as_of)
    review = Review(
        finding=ident, decision=word, fingerprint=evidence, by=text["核实人"], at=_at(row.get("核实时间"), now), ground=text["理由"] or None,
        period=given if word == "waived" else None, approver=text["批准人"] or None,
    )  # fmt: skip
    return review, current or evidence


def _at(cell: Any, now: datetime) -> str:
    if isinstance(cell, datetime):
        at = cell if cell.tzinfo else cell.replace(tzinfo=CHINA)
    else:
        text = _text(cell)
        if not text:
            return moment(now)
        day = cell.isoformat() if isinstance(cell, date) else dates.parse_day(normalise.fold(text))
        if day is None:
            raise _WrongError(f"核实时间“{text}”不是日期，应如 2026-11-20 10:30")
        hour = _TIME.search(normalise.fold(text))
        at = datetime.fromisoformat(day).replace(tzinfo=CHINA)
        try:
            at = at.replace(hour=int(hour[1]), minute=int(hour[2])) if hour else at
        except ValueError:
            raise _WrongError(f"核实时间“{text}”不是时间") from None
    if at > now:
        raise _WrongError(f"核实时间 {at:%Y-%m-%d %H:%M} 在将来")
    return moment(at)


def _period(text: str) -> str:
    found = _PERIOD.match(normalise.compact(normalise.fold(text)).upper())
    if found is None:
        raise _WrongError(f"核减期“{text}”不认识，应如 2026-Q4")
    year, quarter, named, half, side, month, spelt = found.groups()
    if quarter or named:
        return f"{year}-Q{quarter or ('一二三四'.find(named) + 1 or named)}"
    if half or side:
        return f"{year}-H{half or {'上': 1, '下': 2}[side]}"
    if month or spelt:
        if not 1 <= int(month or spelt) <= 12:
            raise _WrongError(f"核减期“{text}”不认识，应如 2026-Q4")
        return f"{year}-{int(month or spelt):02d}"
    return str(year)


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return normalise.squeeze(str(cell)).lstrip("'")


def _content(review: Review, *, timeless: bool = False) -> tuple[Any, ...]:
    """A decision as its row says it; without its moment where the row gave none."""
    values = asdict(review) | ({"at": None} if timeless else {})
    return tuple(values.values())
