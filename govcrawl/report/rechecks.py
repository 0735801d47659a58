"""复查结果: a sheet for the office, and a few lines for the screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from govcrawl.report import sheets

COLUMNS: tuple[tuple[str, int], ...] = (
    ("编号", 18), ("序号", 6), ("工单号", 22), ("网站标识码", 13), ("问题描述", 42), ("栏目/页面标题", 30), ("问题网址", 48), ("复查结果", 12),
    ("复查情况", 48), ("新网址", 40), ("同类问题的其他页面", 48), ("整改前", 30), ("复查时", 30), ("复查时间", 18),
)  # fmt: skip
_ELSEWHERE = {"still": "仍有", "not_looked": "未复查"}


def write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write `recheck.xlsx`.

    Raises:
        OutputError: the file cannot be written.
    """
    looks = sheets.Sheet(name="复查结果", columns=COLUMNS, links=("问题网址", "新网址"))
    sheets.write(path, looks, (_cells(n, row) for n, row in enumerate(rows, 1)))


def _cells(number: int, row: Mapping[str, Any]) -> dict[str, str]:
    asked = row["after"].get("asked") or []
    others = "\n".join(f"{other['url']}（{_ELSEWHERE[other['state']]}）" for other in row["elsewhere"])
    return {
        "编号": row["finding"], "序号": str(number), "工单号": row["order"] or "", "网站标识码": row["site"], "问题描述": row["message"],
        "栏目/页面标题": row["title"] or "", "问题网址": row["url"], "复查结果": row["verdict_text"], "复查情况": row["note"],
        "新网址": row["moved_to"] or "", "同类问题的其他页面": others, "整改前": _said(row["before"]), "复查时": _said(row["after"]),
        "复查时间": asked[0]["at"].replace("T", " ").removesuffix("+08:00") if asked else "",
    }  # fmt: skip


def _said(side: Mapping[str, Any]) -> str:
    return str(side.get("observed") or side.get("message") or "")


def table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line a finding, tab-separated, and the sum at the end."""
    lines = [f"{row['verdict_text']}\t{row['finding']}\t{row['message']}\t{row['url']}\t{row['note']}" for row in rows]
    count = Counter(row["verdict_text"] for row in rows)
    return [*lines, f"共复查 {len(rows)} 个问题：" + "，".join(f"{name} {number}" for name, number in count.most_common())]
