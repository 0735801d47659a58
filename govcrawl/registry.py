"""Targets from what a user types: a site's address, or a registry file (名录: xlsx, csv, yml) of sites.

A bad row is named with its number and reason and never stops the good ones; a file that cannot be read as a registry does.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from python_calamine import CalamineError, CalamineWorkbook

from govcrawl.errors import RegistryError, RulebookError, UsageError, cause
from govcrawl.model.targets import NORMAL, Target
from govcrawl.rulebook import reader
from govcrawl.text import dates, normalise

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
_CODE = re.compile(r"(?:\d{10}|bm\d{8})\Z")
"""网站标识码: matches "3212830001" and "bm14000002", not "N000000672" nor "321283001"."""
_HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z|localhost\Z")
"""Matches "www.qinghe.gov.cn", "xn--55qx5d.xn--zfr164b" and "127.0.0.1", not "清河" nor "www..cn"."""
_SPLIT = re.compile(r"[、,，;；|\s]+")
"""Between several hosts in a cell."""
_REMARK = re.compile(r"\([^()]*\)")
"""Remark in a folded header: matches "(是/否)" in "对外服务职能(是/否)", nothing in "首页网址"."""
_HOURS = re.compile(r"(\d{1,2})(?::00)?[时点]?(?:-|—|–|~|至|到)(?:次日|第二天)?(\d{1,2})(?::00)?[时点]?\Z")
"""Matches "22-6" and "22:00-6:00" and "22点至次日6点", not "22" nor "8:30-17:30" (half hours are not kept)."""
_HOME_FILE = re.compile(r"/(?:index|default)\.[a-z]{2,5}\Z", re.I)
"""Matches "/index.html", not "/zwgk/index.html"."""
_YES, _NO = ("是", "有", "true", "yes", "y", "1", "具有", "√"), ("否", "无", "false", "no", "n", "0", "不具有", "没有", "×")
_RUNNING = (NORMAL, "正常运行", "运行", "在用", "在线", "开通", "已开通", "normal")
_CLOSED = (
    "关停", "已关停", "关闭", "已关闭", "注销", "已注销", "撤销", "永久下线", "停用", "已停用", "整合", "已整合", "关停并转", "closed",
)  # fmt: skip
_SUSPENDED = (
    "临时下线", "下线", "暂停", "暂停运行", "临时关停", "维护", "维护中", "升级改版", "升级改造", "改版", "迁移", "迁移中", "suspended",
)  # fmt: skip


@dataclass(slots=True, frozen=True)
class BadRow:
    """A row that cannot be inspected, and why (Chinese)."""

    row: int
    """Row of the sheet or file as its reader counts (the header is row 1 where nothing stands above it); entry number in yml."""
    reason: str
    text: str = ""
    """What tells the row: its name or address as printed."""

    def __str__(self) -> str:
        return f"第 {self.row} 行{f'（{self.text}）' if self.text else ''}：{self.reason}"


class _WrongValueError(ValueError):
    """A value that a field cannot have; the message is the reason."""


# ---------------------------------------------------------------- addresses


def read_targets(argument: str) -> tuple[list[Target], list[BadRow]]:
    """Targets of one command-line argument: a site's address (scheme optional) or a registry file.

    An address with a path sets `start`; its `url` is the home page of the host. In a registry the 首页网址 is the home page, path and all.

    Raises:
        UsageError: neither an address nor a file.
        RegistryError: the file is missing or is no registry.
    """
    if _is_file(argument):
        return read_registry(Path(argument))
    try:
        url = home_address(argument)
    except _WrongValueError as error:
        raise UsageError(f"“{argument}”既不是网址也不是名录文件：{error}") from None
    parts = urlsplit(url)
    home = f"{parts.scheme}://{parts.netloc}/"
    away = parts.path != "/" or bool(parts.query)
    start = url if away and not (_HOME_FILE.match(parts.path) and not parts.query) else None
    return [Target(url=home, site=parts.netloc, start=start)], []


def _is_file(argument: str) -> bool:
    if "://" in argument:
        return False
    path = Path(argument)
    return path.suffix.lower() in FILES or path.is_file()


def home_address(text: str) -> str:
    """Absolute address as typed or printed: scheme optional, host in lower case, no fragment, path percent-encoded once."""
    plain = normalise.squeeze(text).replace("。", ".").replace("：", ":").replace("／", "/")
    if not plain:
        raise _WrongValueError("网址为空")
    if re.search(r"\s", plain):
        raise _WrongValueError("网址中有空格")
    if not re.match(r"[a-z][a-z0-9+.-]*://", plain, re.I):
        plain = "http://" + plain.lstrip("/")
    try:
        parts = urlsplit(plain)
        port = parts.port
    except ValueError:
        raise _WrongValueError("网址写法有误") from None
    if parts.scheme.lower() not in ("http", "https"):
        raise _WrongValueError(f"不支持的协议 {parts.scheme}")
    host = _host(parts.hostname or "")
    scheme = parts.scheme.lower()
    place = host if port is None or port == {"http": 80, "https": 443}[scheme] else f"{host}:{port}"
    path = quote(parts.path or "/", safe="/_-.~%!$&'()*+,;=:@")
    query = f"?{quote(parts.query, safe='/_-.~%!$&()*+,;=:@?')}" if parts.query else ""
    return f"{scheme}://{place}{path}{query}"


def _host(text: str) -> str:
    host = text.strip().rstrip(".").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            raise _WrongValueError(f"“{text}”不是域名") from None
    if not _HOST.match(host):
        raise _WrongValueError(f"“{text}”不是域名" if text else "网址中没有域名")
    return host


# ---------------------------------------------------------------- registry files


def read_registry(path: Path) -> tuple[list[Target], list[BadRow]]:
    """Good rows of a registry as targets, bad ones with their reasons."""
    targets: list[Target] = []
    bad: list[BadRow] = []
    seen: dict[str, int] = {}
    for number, row in _rows(path):
        try:
            target = _target(row)
            _new(target, seen, number)
        except _WrongValueError as error:
            bad.append(BadRow(number, str(error), _text(row.get("name")) or _text(row.get("url")) or ""))
            continue
        targets.append(target)
    if not targets and not bad:
        raise RegistryError(f"名录文件 {path.name} 中没有网站")
    return targets, bad


def _new(target: Target, seen: dict[str, int], number: int) -> None:
    """Refuse a second row with the same address, code, or (without codes) host."""
    address = re.sub(r"^https?://", "", target.url).rstrip("/")
    for kind, key in (("首页网址", address), ("网站标识码", target.site_code)):
        if key is not None and key in seen:
            raise _WrongValueError(f"{kind} {key} 与第 {seen[key]} 行重复")
    if target.site_code is None and target.site in seen:
        raise _WrongValueError(f"与第 {seen[target.site]} 行同在 {target.site}，须填写网站标识码以区分")
    for key in (address, target.site):
        seen.setdefault(key, number)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    if not path.is_file():
        raise RegistryError(f"名录文件不存在：{path.name}")
    suffix = path.suffix.lower()
    if suffix in (".yml", ".yaml"):
        yield from _yaml_rows(path)
    elif suffix == ".csv":
        yield from _table_rows(path, _csv_table(path))
    elif suffix in (".xlsx", ".xls"):
        yield from _table_rows(path, _sheet_table(path))
    else:
        raise RegistryError(f"名录文件 {path.name}：不支持的格式，应为 {'、'.join(FILES)}")


def _yaml_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        data = reader.load_yaml(path)
    except RulebookError as error:
        raise RegistryError(f"名录文件 {path.name} 无法读取：{error}") from None
    entries = data.get("sites") if isinstance(data, dict) else data
    if not isinstance(entries, list):
        raise RegistryError(f"名录文件 {path.name}：应为网站列表，或 sites: 下的列表")
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, str):
            yield number, {"url": entry}
        elif isinstance(entry, dict):
            unknown = [str(k) for k in entry if _field(k) is None]
            row = {key: value for name, value in entry.items() if (key := _field(name)) is not None}
            yield number, ({**row, "unknown": unknown} if unknown else row)
        else:
            yield number, {"url": None}


def _csv_table(path: Path) -> list[list[Any]]:
    try:
        body = path.read_bytes()
    except OSError as error:
        raise RegistryError(f"名录文件 {path.name} 无法读取：{cause(error)}") from None
    for encoding in ("utf-16",) if body[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            text = body.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise RegistryError(f"名录文件 {path.name} 无法读取：既不是 UTF-8 也不是 GB18030 编码")
    if "\x00" in text:
        raise RegistryError(f"名录文件 {path.name} 无法读取：不是文本文件")
    head = "\n".join(text.splitlines()[:10])
    delimiter = max(",\t;", key=head.count)
    try:
        return [list(row) for row in csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)]
    except csv.Error as error:
        raise RegistryError(f"名录文件 {path.name} 无法读取：不是完好的 CSV 文件（{error}）") from None


def _sheet_table(path: Path) -> list[list[Any]]:
    """Rows of the first sheet that has a registry's header."""
    try:
        book = CalamineWorkbook.from_path(str(path))
        tables = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names]
    except (CalamineError, OSError, ValueError) as error:
        raise RegistryError(f"名录文件 {path.name} 无法读取：不是完好的 Excel 文件（{error}）") from None
    return next((t for t in tables if _header(t) is not None), tables[0] if tables else [])


def _header(table: Sequence[Sequence[Any]]) -> int | None:
    """Position of the header among the first rows (a title often stands above it)."""
    return next((n for n, row in enumerate(table[:10]) if any(_field(cell) == "url" for cell in row)), None)


def _table_rows(path: Path, table: Sequence[Sequence[Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    at = _header(table)
    if at is None:
        raise RegistryError(f"名录文件 {path.name}：前 10 行中没有“首页网址”（url）这一列")
    fields = _fields(path, table[at])
    for number, row in enumerate(table[at + 1 :], at + 2):
        if any(_text(cell) for cell in row):
            yield number, {field: cell for field, cell in zip(fields, row, strict=False) if field is not None}


def _fields(path: Path, header: Sequence[Any]) -> list[str | None]:
    """Field of each column. Of several columns that fit (首页网址 beside 域名), the one named first in `HEADERS`."""
    best: dict[str, tuple[int, int]] = {}
    for column, cell in enumerate(header):
        field = _field(cell)
        if field is None:
            continue
        names = (field, *HEADERS[field])
        rank = next((n for n, name in enumerate(names) if name in (_plain(cell), normalise.label(_plain(cell)))), len(names))
        if field in best and best[field][0] == rank:
            raise RegistryError(f"名录文件 {path.name}：“{HEADERS[field][0]}”这一列出现了两次")
        best[field] = min(best.get(field, (rank, column)), (rank, column))
    columns = {column: field for field, (_, column) in best.items()}
    return [columns.get(n) for n in range(len(header))]


def _plain(header: Any) -> str:
    return _REMARK.sub("", normalise.fold(str(header))).strip().lower() if header is not None else ""


def _field(header: Any) -> str | None:
    """Field that a column's header names: `首页网址`, `* 网站标识码（10位）`, `对外服务职能(是/否)`, `site_code`."""
    printed = _plain(header)
    return _BY_HEADER.get(printed) or _BY_HEADER.get(normalise.label(printed))


# ---------------------------------------------------------------- one row


def _target(row: Mapping[str, Any]) -> Target:
    if row.get("unknown"):
        raise _WrongValueError(f"不认识的键：{'、'.join(row['unknown'])}")
    printed = _text(row.get("url"))
    if printed is None:
        raise _WrongValueError("没有首页网址")
    url = home_address(printed)
    code = site_code(_text(row.get("site_code")))
    first, last = _period(row)
    return Target(
        url=url,
        site=code or urlsplit(url).netloc,
        site_code=code,
        class_=_text(row.get("class")),
        admin_order=_order(_text(row.get("admin_order"))),
        public_services=_public_services(row.get("public_services")),
        state=_state(_text(row.get("state"))),
        state_from=first,
        state_to=last,
        hosts=_hosts(row.get("hosts"), "其他域名"),
        service_hosts=_hosts(row.get("service_hosts"), "办事平台域名"),
        message_hosts=_hosts(row.get("message_hosts"), "互动平台域名"),
        hours=_hours(_text(row.get("hours"))),
        **{name: _text(row.get(name)) for name in _PLAIN},
    )


_PLAIN = ("name", "organizer", "supervisor", "type", "level", "icp_number", "police_number", "state_ground", "basis")


def site_code(text: str | None) -> str | None:
    """网站标识码 in its right form: ten digits, or `bm` and eight digits."""
    if text is None:
        return None
    code = normalise.fold(text).strip().lower().replace(" ", "")
    if not _CODE.match(code):
        raise _WrongValueError(f"网站标识码“{text}”应为10位数字，或 bm 加8位数字")
    return code


def _text(value: Any) -> str | None:
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


def _public_services(value: Any) -> bool:
    text = (_text(value) or "").lower()
    if not text:
        return True
    if text in _YES or text in _NO:
        return text in _YES
    raise _WrongValueError(f"对外服务职能“{text}”应为 是/否 或 有/无")


def _order(text: str | None) -> int | None:
    if text is not None and not re.fullmatch(r"\d{1,9}", text):
        raise _WrongValueError(f"行政序列“{text}”应为整数")
    return int(text) if text else None


def _state(text: str | None) -> str:
    if text is None or text.lower() in _RUNNING:
        return NORMAL
    if text.lower() not in _CLOSED + _SUSPENDED:
        raise _WrongValueError(f"状态“{text}”不认识，应为 正常、临时下线、迁移、关停 等")
    return text


def _period(row: Mapping[str, Any]) -> tuple[str | None, str | None]:
    first, last = _day(row.get("state_from"), "开始日期"), _day(row.get("state_to"), "截止日期")
    period = _text(row.get("state_period"))
    if period:
        days = [iso for iso, _, _ in dates.find_days(period)]
        if not 1 <= len(days) <= 2:
            raise _WrongValueError(f"起止“{period}”应为两个日期，如 2026-11-01至2026-12-01")
        open_start = len(days) == 1 and re.match(r"\s*(?:至|到|截至)", period)
        first, last = (first, days[0]) if open_start else (days[0], days[1] if len(days) == 2 else last)
    if first and last and first > last:
        raise _WrongValueError(f"起止日期颠倒：{first} 晚于 {last}")
    return first, last


def _day(value: Any, name: str) -> str | None:
    text = _text(value)
    if text is None:
        return None
    day = dates.parse_day(text)
    if day is None:
        raise _WrongValueError(f"{name}“{text}”不是日期")
    return day


def _hosts(value: Any, name: str) -> tuple[str, ...]:
    cells = value if isinstance(value, list) else _SPLIT.split(str(value)) if value is not None else []
    found: list[str] = []
    for cell in cells:
        text = _text(cell)
        if text is None:
            continue
        try:
            host = urlsplit(home_address(text)).netloc
        except _WrongValueError as error:
            raise _WrongValueError(f"{name}：{error}") from None
        if host not in found:
            found.append(host)
    return tuple(found)


def _hours(text: str | None) -> str | None:
    if text is None:
        return None
    match = _HOURS.match(normalise.fold(text).replace(" ", ""))
    if match is None or int(match[1]) > 24 or int(match[2]) > 24 or match[1] == match[2]:
        raise _WrongValueError(f"允许时段“{text}”应为整点，如 22-6")
    return f"{int(match[1])}-{int(match[2])}"


# ---------------------------------------------------------------- what a registry says


def is_skipped(target: Target, as_of: str) -> str | None:
    """Why a site is not inspected on a day (closed, or suspended within its period), Chinese; null when it is."""
    state = target.state.lower()
    if state in _RUNNING:
        return None
    if target.state_from and as_of < target.state_from:
        return None
    if state in _SUSPENDED and target.state_to and as_of > target.state_to:
        return None
    period = f"{target.state_from or ''}至{target.state_to or ''}".strip("至") if state in _SUSPENDED else target.state_from
    details = [d for d in (period and (f"{period}起" if state in _CLOSED else period), target.state_ground) if d]
    said = f"（{'，'.join(details)}）" if details else ""
    return f"名录登记为“{target.state}”{said}，不检查"


def downtime(target: Target) -> tuple[str, str] | None:
    """First and last day of a closure or suspension that the registry names; open ends are years 0000 and 9999. Null where it runs."""
    state = target.state.lower()
    if state in _RUNNING:
        return None
    last = target.state_to if state in _SUSPENDED else None
    return target.state_from or "0000-01-01", last or "9999-12-31"


def supplement(targets: Iterable[Target], registry: Iterable[Target]) -> list[Target]:
    """Targets given by address, with what a registry knows of their host (code, organizer, functions); `start` stays."""
    rows = list(registry)
    return [next((replace(row, start=t.start) for row in rows if _same_site(t, row)), t) for t in targets]


def _same_site(target: Target, row: Target) -> bool:
    def plain(host: str) -> str:
        return host.removeprefix("www.")

    own = plain(urlsplit(target.url).netloc)
    return own == plain(urlsplit(row.url).netloc) or own in {plain(h) for h in row.hosts}


_PROVINCES = {
    "bm", *map(str, (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 67), 71, 81, 82)),
}  # fmt: skip
_LINTS: tuple[tuple[Callable[[Target], object], str], ...] = (
    (lambda t: t.site_code is None, "没有网站标识码：检查结果将按域名归档，也无法核对页面上的标识码"),
    (lambda t: t.name is None, "没有网站名称"),
    (lambda t: t.organizer is None, "没有主办单位：无法核对网站名称与发文机关"),
    (lambda t: t.state != NORMAL and not t.state_ground, "状态不是正常，却没有批准文号"),
    (lambda t: t.state.lower() in _SUSPENDED and not t.state_to, "临时下线或迁移没有截止日期"),
    (lambda t: t.site_code is not None and t.site_code[:2] not in _PROVINCES, "网站标识码前两位不是省级行政区划代码"),
    (lambda t: not urlsplit(t.url).netloc.split(":")[0].endswith((".gov.cn", ".xn--zfr164b")), "域名不以 .gov.cn 结尾"),
)


def lint(path: Path) -> list[str]:
    """Everything doubtful in a registry, a Chinese line each: bad rows first, then what is missing or odd in good ones."""
    targets, bad = read_registry(path)
    lines = [str(row) for row in bad]
    for target in targets:
        lines += [f"{target.name or target.url}：{said}" for wrong, said in _LINTS if wrong(target)]
    return lines
