"""问题台账 (ledger.xlsx): one row a problem, as an office hands it on; the hidden first column carries the finding's id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from govcrawl import scoring
from govcrawl.model.findings import Finding, Outcome
from govcrawl.report import places, sheets
from govcrawl.report.view import NOT_COUNTED, RunView, SiteView, decided, print_order
from govcrawl.rulebook import Rule
from govcrawl.rulebook.packs import Pack

COLUMNS: tuple[tuple[str, int], ...] = (
    ("编号", 18), ("序号", 5), ("单位", 14), ("网站名称", 14), ("网站标识码", 11), ("一级指标", 9), ("二级指标", 11), ("评分细则", 30),
    ("问题描述", 32), ("栏目/页面标题", 20), ("问题网址", 30), ("所在页面及位置", 30), ("截图编号", 6), ("发现时间", 11), ("扣分", 6),
    ("整改要求", 22), ("整改时限", 10), ("整改情况", 14), ("复查结果", 9), ("核减/申诉", 11), ("备注", 18),
)  # fmt: skip


def write(path: Path, view: RunView, rules: Mapping[str, Rule]) -> None:
    """Write the ledger of a run: `fail` and `needs_review`, hints (X0) last; facts and `not_checked` stay out.

    Raises:
        OutputError: the file cannot be written.
    """
    sheets.write(path, _SHEET, _rows(view, rules))


_SHEET = sheets.Sheet(name="问题台账", columns=COLUMNS, links=("问题网址",), numbers=("序号", "扣分"), beside=5)


def _rows(view: RunView, rules: Mapping[str, Rule]) -> Iterator[dict[str, str]]:
    number = count(1)
    for site in view.sites:
        costs = scoring.costs(site.card, site.findings, view.pack) if site.card else {}
        for finding in ordered(site, view.pack):
            yield row(next(number), site, finding, view.pack, rules, costs)


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
    notes += [f"由“{finding.source}”查出"] if finding.source else []
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
        "所在页面及位置": places.whole(finding),
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
