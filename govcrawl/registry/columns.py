"""What stands in the columns of a registry (名录): headers → fields, files → rows by field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from govcrawl import tables
from govcrawl.errors import RegistryError, RulebookError
from govcrawl.rulebook import reader
from govcrawl.text import normalise

HEADERS: dict[str, tuple[str, ...]] = {
    "site_code": ("网站标识码", "标识码", "政府网站标识码", "网站识别码", "sitecode"),
    "name": ("网站名称", "网站名", "名称", "sitename"),
    "url": ("首页网址", "网址", "首页地址", "网站网址", "网站地址", "首页链接", "域名", "网站域名", "homepage"),
    "organizer": ("主办单位", "网站主办单位"),
    "supervisor": ("主管单位", "网站主管单位", "组织单位"),
    "type": ("网站类型", "类型"),
    "level": ("级别", "网站级别", "层级"),
    "class": ("类别", "网站类别", "class_"),
    "admin_order": ("行政序列", "行政序列号", "排序"),
    "public_services": ("对外服务职能", "有无对外服务职能", "是否有对外服务职能", "是否具有对外服务职能"),
    "icp_number": ("icp备案号", "icp备案编号", "icp"),
    "police_number": ("公安备案号", "公安机关备案号", "公安机关备案标识", "公安备案编号"),
    "state": ("状态", "网站状态", "运行状态"),
    "state_period": ("起止", "起止时间", "起止日期"),
    "state_from": ("开始日期", "起始日期", "开始时间"),
    "state_to": ("截止日期", "结束日期", "结束时间"),
    "state_ground": ("批准文号", "批准依据"),
    "hosts": ("其他域名", "其它域名"),
    "service_hosts": ("办事平台域名",),
    "message_hosts": ("互动平台域名",),
    "basis": ("检查依据",),
    "hours": ("允许时段", "允许抓取时段"),
}
"""Field → headers beside the field's own name; compared without blanks, brackets and case."""
FILES = (".xlsx", ".xls", ".csv", ".yml", ".yaml")

_BY_HEADER = {name: key for key, names in HEADERS.items() for name in (key, *names)}
_REMARK = re.compile(r"\([^()]*\)")
"""Remark in a folded header: matches "(是/否)" in "对外服务职能(是/否)", nothing in "首页网址"."""
_HEAD_ROWS = 30


class Row(dict[str, Any]):
    """The cells of one row by field, and where it stands: `第 3 行`, `工作表“乡镇”第 3 行`, `第 3 条`."""

    def __init__(self, place: str, cells: dict[str, Any], wrong: str | None = None) -> None:
        super().__init__(cells)
        self.place = place
        self.wrong = wrong
        """What is wrong with the row as a whole."""


def rows(path: Path) -> Iterator[Row]:
    """Rows of a registry file that hold anything of ours.

    Raises:
        RegistryError: the file is missing, is no table or list, or names no 首页网址.
    """
    suffix = path.suffix.lower()
    if path.is_dir():
        raise RegistryError(f"{path.name} 是文件夹，不是名录文件")
    if not path.is_file():
        raise RegistryError(f"名录文件不存在：{path.name}")
    if suffix not in FILES:
        raise RegistryError(f"名录文件 {path.name}：不支持的格式，应为 {'、'.join(FILES)}")
    yield from _yaml_rows(path) if suffix in (".yml", ".yaml") else _table_rows(path)


def _yaml_rows(path: Path) -> Iterator[Row]:
    try:
        data = reader.load_yaml(path)
    except RulebookError as error:
        raise RegistryError(f"名录文件 {path.name} 无法读取：{str(error).removeprefix(f'{path.name}：')}") from None
    if data is None:
        raise RegistryError(f"名录文件 {path.name} 无法读取：文件是空的")
    entries = data.get("sites") if isinstance(data, dict) else data
    if not isinstance(entries, list):
        raise RegistryError(f"名录文件 {path.name}：应为网站列表，或 sites: 下的列表")
    for number, entry in enumerate(entries, 1):
        place = f"第 {number} 条"
        if isinstance(entry, str):
            yield Row(place, {"url": entry})
        elif isinstance(entry, dict):
            unknown = [str(k) for k in entry if field(k) is None]
            cells = {key: value for name, value in entry.items() if (key := field(name)) is not None}
            yield Row(place, cells, f"不认识的键：{'、'.join(unknown)}" if unknown else None)
        else:
            yield Row(place, {})


def _table_rows(path: Path) -> Iterator[Row]:
    try:
        sheets = tables.read(path)
    except tables.UnreadableError as error:
        raise RegistryError(f"名录文件 {path.name} 无法读取：{error}") from None
    fitting = [sheet for sheet in sheets if _header(sheet.rows) is not None]
    visible = [sheet for sheet in fitting if sheet.visible]
    if not visible:
        hidden = f"；隐藏的工作表“{fitting[0].name}”有，但隐藏的表不读" if fitting else ""
        raise RegistryError(f"名录文件 {path.name}：前 {_HEAD_ROWS} 行中没有“首页网址”（url）这一列{hidden}")
    first, *others = visible
    yield from _rows_of(path, first, f"工作表“{first.name}”" if others else "")
    for sheet in others:  # it may be a sample, or half of the sites: which, only a person knows
        yield Row(f"工作表“{sheet.name}”", {}, "也有“首页网址”这一列，没有读：请并入第一张表，或另存为单独的文件")


def _rows_of(path: Path, sheet: tables.Sheet, name: str) -> Iterator[Row]:
    table = sheet.rows
    at = _header(table)
    assert at is not None
    fields = _fields(path, table[at])
    for number, row in enumerate(table[at + 1 :], at + 2):
        filled = [cell for cell in row if cell_text(cell)]
        cells = {key: cell for key, cell in zip(fields, row, strict=False) if key is not None and cell_text(cell)}
        if not cells or (len(filled) == 1 and number - 1 in sheet.headings):  # 序号 printed ahead; a heading of a group of sites
            continue
        over = [cell_text(cell) for cell in row[len(fields) :] if cell_text(cell)]
        yield Row(f"{name}第 {number} 行", cells, f"比表头多出 {len(over)} 格（“{over[0]}”）：有逗号的内容须加引号" if over else None)


def _header(table: Sequence[Sequence[Any]]) -> int | None:
    """Position of the header among the first rows (a title often stands above it); the lower row of a header of two."""
    at = next((n for n, row in enumerate(table[:_HEAD_ROWS]) if _is_header(row)), None)
    while at is not None and at + 1 < len(table) and _is_header(table[at + 1]):
        at += 1
    return at


def _is_header(row: Sequence[Any]) -> bool:
    return any(field(cell) == "url" for cell in row)


def _fields(path: Path, header: Sequence[Any]) -> list[str | None]:
    """Field of each column. Of several columns that fit (首页网址 beside 域名), the one named first in `HEADERS`."""
    best: dict[str, tuple[int, int]] = {}
    for column, cell in enumerate(header):
        key = field(cell)
        if key is None:
            continue
        names = (key, *HEADERS[key])
        rank = next((n for n, name in enumerate(names) if name in (_plain(cell), normalise.label(_plain(cell)))), len(names))
        if key in best and best[key][0] == rank:
            raise RegistryError(f"名录文件 {path.name}：“{HEADERS[key][0]}”这一列出现了两次")
        best[key] = min(best.get(key, (rank, column)), (rank, column))
    columns = {column: key for key, (_, column) in best.items()}
    return [columns.get(n) for n in range(len(header))]


def _plain(header: Any) -> str:
    return _REMARK.sub("", normalise.fold(str(header))).strip().lower() if header is not None else ""


def field(header: Any) -> str | None:
    """Field that a column's header names: `首页网址`, `* 网站标识码（10位）`, `对外服务职能(是/否)`, `site_code`."""
    printed = _plain(header)
    return _BY_HEADER.get(printed) or _BY_HEADER.get(normalise.label(printed))


def cell_text(value: Any) -> str | None:
    """A cell as text: codes that a sheet keeps as numbers lose their decimal point, dates become ISO days."""
    if value is None or isinstance(value, bool):
        return None if value is None else ("是" if value else "否")
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return normalise.squeeze(str(value)) or None
