"""What a unit receives: 整改工单 (xlsx, to be filled in and sent back) and 整改通知书 (docx)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from govcrawl.model.orders import Order, OrderItem
from govcrawl.rectification import STATES, Standing
from govcrawl.report import official, sheets

COLUMNS: tuple[tuple[str, int], ...] = (
    ("编号", 18), ("序号", 5), ("单位", 14), ("网站名称", 14), ("网站标识码", 11), ("一级指标", 9), ("二级指标", 11), ("评分细则", 30),
    ("问题描述", 32), ("栏目/页面标题", 20), ("问题网址", 30), ("所在页面及位置", 30), ("截图编号", 6), ("发现时间", 11), ("整改要求", 22),
    ("整改时限", 10), ("整改情况", 26), ("整改时间", 11), ("证明材料", 20), ("复查结果", 9), ("核减/申诉", 18), ("备注", 18),
)  # fmt: skip
FILLED = ("整改情况", "整改时间", "证明材料", "核减/申诉")
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')
"""What file systems refuse: matches "/" in "县政府/办公室", not "县政府"."""
_ROWS = (("序号", 13.0), ("网站", 24.0), ("问题", 52.0), ("网址", 38.0), ("整改要求", 29.0))
"""Columns of the list and their widths: 156 mm lie between the margins."""


def file_name(order: Order) -> str:
    """`<order>_<unit>` without a suffix."""
    return f"{order.id}_{_UNSAFE.sub('_', order.unit).strip('. ')[:40] or '责任单位'}"


def day_in_print(day: str) -> str:
    """`2026-12-01` → 2026年12月1日."""
    year, month, date = (int(part) for part in day.split("-"))
    return f"{year}年{month}月{date}日"


def write_sheet(path: Path, order: Order, now: Mapping[str, Standing]) -> None:
    """The sheet of an order as it stands now: what the unit has answered and what was re-checked is filled in.

    Raises:
        OutputError: the file cannot be written.
    """
    due = day_in_print(order.due_on) + ("（暂按，节假日安排尚未公布）" if order.provisional else "")
    head = (
        f"整改工单 {order.id}　责任单位：{order.unit}　整改时限：{due}前反馈",
        "填写黄色各列后原表返回：可以排序、筛选，请勿删除隐藏的“编号”列。尚未完成的写“正在整改”；对问题有异议的填“核减/申诉”。",
    )
    rows = (_cells(item, now.get(item.finding, Standing())) for item in order.items)
    sheets.write(path, sheets.Sheet(name="整改工单", columns=COLUMNS, links=("问题网址",), head=head, filled=FILLED, beside=5), rows)


def _cells(item: OrderItem, now: Standing) -> dict[str, str]:
    cells = dict(item.cells)
    cells["整改时限"] = now.due_on or cells.get("整改时限", "")
    if now.reply is not None:
        cells.update(
            {
                "整改情况": now.reply.note or "",
                "整改时间": now.reply.data.get("done_on") or "",
                "证明材料": now.reply.data.get("proof") or "",
            }
        )
    if now.result is not None:
        cells["复查结果"] = str(now.result.data.get("verdict_text") or "")
    notes = [cells.get("备注", ""), *([STATES[now.state]] if now.state not in ("found", "issued") else [])]
    cells["备注"] = "；".join(filter(None, notes))
    return cells


def write_letter(path: Path, order: Order) -> None:
    """整改通知书 in 公文 style. The machine writes facts; number, grounds and signature are left as marked blanks.

    Raises:
        OutputError: the file cannot be written.
    """
    paper = official.new()
    sites = list(dict.fromkeys(item.cells.get("网站名称") or item.site for item in order.items))
    kinds: dict[str, int] = {}
    for item in order.items:
        name = (item.cells.get("二级指标") or "其他").replace("，不扣分", "（不扣分）")
        kinds[name] = kinds.get(name, 0) + 1
    official.title(paper, "政府网站问题整改通知书")
    official.body(paper, f"工单号：{order.id}　〔发文字号：　　〕")
    official.addressee(paper, order.unit)
    named = "、".join(sites[:5]) + ("等" if len(sites) > 5 else "")
    official.body(
        paper,
        f"根据〔检查依据：　　　　　　〕，我单位对你单位主办的{named}（共{len(sites)}个网站）进行了检查，"
        f"监测时间点为{day_in_print(order.as_of)}，发现需要整改的问题{len(order.items)}个。现将有关事项通知如下。",
    )
    official.heading(paper, "一、发现的问题")
    official.body(paper, "；".join(f"{name}{number}个" for name, number in kinds.items()) + "。具体情况见附件。")
    if again := [item for item in order.items if item.repeat]:
        official.body(paper, f"其中{len(again)}个问题此前已经整改销号，本次检查再次出现。")
    official.heading(paper, "二、整改要求")
    provisional = "（该日期所在年度的节假日安排尚未公布，时限为暂按）" if order.provisional else ""
    official.body(
        paper,
        f"请于{day_in_print(order.due_on)}前完成整改{provisional}，逐项填写随附的整改工单（电子表格）中“整改情况”“整改时间”“证明材料”三列后返回。"
        "对问题有异议的，在“核减/申诉”列说明理由，并在时限内一并返回。反馈后将逐项复查，未整改到位的予以退回。",
    )
    official.signature(paper, "〔发文单位（盖章）〕", order.issued_on)
    official.annex(paper, "附件　问题清单")
    official.table(paper, _ROWS, [_row(n, item) for n, item in enumerate(order.items, 1)])
    official.save(paper, path)


def _row(number: int, item: OrderItem) -> tuple[str, ...]:
    cells = item.cells
    asked = "；".join(filter(None, (cells.get("整改要求"), "再次出现" if item.repeat else "")))
    return str(number), cells.get("网站名称") or item.site, cells.get("问题描述", ""), cells.get("问题网址", ""), asked
