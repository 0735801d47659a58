"""问题台账 (ledger.xlsx): one row a problem, as an office hands it on; the hidden first column carries the finding's id."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

import xlsxwriter

from govcrawl import scoring
from govcrawl.errors import OutputError, cause
from govcrawl.model.findings import Finding, Outcome
from govcrawl.report.view import NOT_COUNTED, RunView, SiteView, decided, print_order
from govcrawl.rulebook import Rule
from govcrawl.rulebook.packs import Pack

COLUMNS: tuple[tuple[str, int], ...] = (
    ("编号", 18), ("序号", 6), ("单位", 20), ("网站名称", 20), ("网站标识码", 13), ("一级指标", 11), ("二级指标", 14), ("评分细则", 40),
    ("问题描述", 40), ("栏目/页面标题", 30), ("问题网址", 45), ("所在页面及位置", 45), ("截图编号", 10), ("发现时间", 18), ("扣分", 10),
    ("整改要求", 30), ("整改时限", 12), ("整改情况", 16), ("复查结果", 12), ("核减/申诉", 14), ("备注", 22),
)  # fmt: skip
_LINK_COLUMNS = ("问题网址",)
_NUMBERS = ("序号", "扣分")
_EXCEL_LINKS = 65_000  # Excel drops hyperlinks beyond 65,530 a sheet


def write(path: Path, view: RunView, rules: Mapping[str, Rule]) -> None:
    """Write the ledger of a run: `fail` and `needs_review`, hints (X0) last; facts and `not_checked` stay out.

    Raises:
        OutputError: the file cannot be written.
    """
    temporary = path.with_name(path.name + ".part")
    try:
        book = xlsxwriter.Workbook(str(temporary), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
        _sheet(book, view, rules)
        book.close()
        temporary.replace(path)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        # xlsxwriter wraps the system's error, and leaves half a file
        if temporary.parent.is_dir():
            temporary.unlink(missing_ok=True)
        raise OutputError(f"无法写入 {path}：{cause(error.__context__ or error)}") from error


def _sheet(book: Any, view: RunView, rules: Mapping[str, Rule]) -> None:
    sheet = book.add_worksheet("问题台账")
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "align": "center", "border": 1, "bg_color": "#DDEBF7"})
    cell = book.add_format({"text_wrap": True, "valign": "top", "border": 1})
    link = book.add_format({"text_wrap": True, "valign": "top", "border": 1, "font_color": "#0563C1", "underline": 1})
    for column, (name, width) in enumerate(COLUMNS):
        sheet.set_column(column, column, width, None, {"hidden": column == 0})
        sheet.write_string(0, column, name, head)
    number = 0
    for site in view.sites:
        costs = scoring.costs(site.card, site.findings, view.pack) if site.card else {}
        for finding in ordered(site, view.pack):
            number += 1
            values = row(number, site, finding, view.pack, rules, costs)
            for column, (name, _) in enumerate(COLUMNS):
                text = values.get(name, "")
                if name in _NUMBERS:
                    sheet.write_number(number, column, float(text), cell)
                elif name in _LINK_COLUMNS and text.startswith("http") and number < _EXCEL_LINKS and len(text) < 2000:
                    sheet.write_url(number, column, text, link, text)
                else:
                    sheet.write_string(number, column, text, cell)
    sheet.freeze_panes(1, 5)
    sheet.autofilter(0, 0, max(number, 1), len(COLUMNS) - 1)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&C第 &P 页，共 &N 页")


def ordered(site: SiteView, pack: Pack) -> list[Finding]:
    """The rows of one site in the table's order, hints last; facts stay out."""
    place = print_order(pack)
    rows = [f for f in site.problems + site.candidates if f.indicator is not None]
    return sorted(
        rows, key=lambda f: (place.get(f.indicator, len(place)), f.clause or "", f.outcome is Outcome.NEEDS_REVIEW, f.url, f.value or "")
    )


def row(
    number: int, site: SiteView, finding: Finding, pack: Pack, rules: Mapping[str, Rule], costs: Mapping[str, Decimal]
) -> dict[str, str]:
    """The cells of one finding by column name; ids of ours never stand in a visible cell."""
    indicator = next((i for i in pack.indicators if i.id == finding.indicator), None)
    clause = next((c for c in indicator.clauses if c.id == finding.clause), None) if indicator else None
    hint = finding.indicator == "X0"
    target = finding.value if finding.value and finding.value.startswith("http") else finding.url
    notes = ["疑似"] if finding.outcome is Outcome.NEEDS_REVIEW else []
    names = {i.id: i.name for i in pack.indicators}
    notes += [f"拟单项否决：{names[v['indicator']]}（须两人确认）" for v in _vetoes(site) if finding.id in v["findings"]]
    if finding.pages > 1:
        notes.append(f"同一版块共 {finding.pages} 个页面")
    points, why = _cost(site, finding, costs)
    notes += [why] if why else []
    notes += [f"人工核实：{words}"] if (words := decided(finding.review)) else []
    return {
        "编号": finding.id,
        "序号": str(number),
        "单位": site.target.organizer or "",
        "网站名称": site.name,
        "网站标识码": site.target.site_code or "",
        "一级指标": "提示" if hint or indicator is None else indicator.group,
        "二级指标": "提示性问题，不扣分" if hint or indicator is None else indicator.name,
        "评分细则": clause.text if clause else (rules[finding.rule].title if finding.rule in rules else ""),
        "问题描述": ("疑似：" if finding.outcome is Outcome.NEEDS_REVIEW else "") + finding.message,
        "栏目/页面标题": finding.title or "",
        "问题网址": target,
        "所在页面及位置": " ".join(filter(None, (finding.url, finding.source_file, finding.locator))),
        "截图编号": PurePosixPath(finding.shot).stem if finding.shot else "",
        "发现时间": (finding.first_seen or "").replace("T", " ").removesuffix("+08:00"),
        "扣分": points,
        "整改要求": (rules[finding.rule].remedy if finding.rule in rules else "") or "",
        "备注": "；".join(notes),
    }


def _vetoes(site: SiteView) -> list[dict[str, Any]]:
    return [v for v in (site.card or {}).get("vetoes", []) if v["state"] == "candidate"]


def _cost(site: SiteView, finding: Finding, costs: Mapping[str, Decimal]) -> tuple[str, str]:
    """Points a finding cost, and why it cost none, as the scorecard says."""
    if finding.id in costs:
        return f"{costs[finding.id]:.2f}", ""
    for item in (site.card or {}).get("indicators", []):
        for line in item.get("lines") or []:
            for passed in line["not_counted"]:
                if passed["id"] == finding.id:
                    return "0", NOT_COUNTED.get(passed["reason"], "")
    return "0", ""
