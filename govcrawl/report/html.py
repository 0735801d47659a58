"""report.html: one self-contained, printable page for the inspector. No script, no outside request."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from govcrawl.model.findings import Finding, Outcome
from govcrawl.report import places
from govcrawl.report.evidence import in_words
from govcrawl.report.outputs import written
from govcrawl.report.view import (
    NOT_COUNTED,
    OUTCOMES,
    REASONS,
    SEVERITIES,
    STATES,
    VERDICTS,
    RunView,
    SiteView,
    decided,
    gates,
    open_vetoes,
    print_order,
)
from govcrawl.rulebook import Rule
from govcrawl.rulebook.packs import Pack

SHOWN = 200
"""Findings of one rule and site that the page shows; the ledger holds all."""
_OBJECTS = {"veto": "政府网站", "deduction": "政府网站", "bonus": "政府网站（加分）"}


def write(path: Path, view: RunView, rules: Mapping[str, Rule]) -> None:
    """Write the report of a run.

    Raises:
        OutputError: the file cannot be written.
    """
    environment = Environment(
        loader=PackageLoader("govcrawl.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(VERDICTS=VERDICTS, REASONS=REASONS, STATES=STATES, SHOWN=SHOWN, OUTCOMES=OUTCOMES, NOT_COUNTED=NOT_COUNTED)
    environment.filters.update(
        moment=_moment, percent=_percent, plain=lambda number: f"{number:f}", evidence=in_words, link=_link, decided=decided, place=places.in_words, path=places.is_path,
        told=_fetch_told, open_vetoes=open_vetoes,
    )  # fmt: skip
    sheets = [{"site": site, "rows": score_rows(site, view.pack), "groups": groups(site, view.pack, rules)} for site in view.sites]
    page = environment.get_template("report.html.j2").stream(
        view=view, sheets=sheets, rules=rules, titles=_titles(rules), gates=gates(view.pack)
    )
    with written(path) as file:
        for piece in page:
            file.write(piece)


def score_rows(site: SiteView, pack: Pack) -> list[dict[str, Any]]:
    """The 检查评分表 in the table's order: one row a clause, with what was found and what it cost."""
    if site.card is None:
        return []
    scored = {item["id"]: item for item in site.card["indicators"]}
    rows = []
    for indicator in pack.indicators:
        item = scored.get(indicator.id)
        if item is None or indicator.id.startswith("M"):  # those of new-media accounts have a sheet of their own
            continue
        lines = {line["clause"]: line for line in item.get("lines") or []}
        for n, clause in enumerate(indicator.clauses):
            line = lines[clause.id]
            rows.append(
                {
                    "object": _OBJECTS.get(item["kind"], ""),
                    "group": indicator.group,
                    "name": indicator.name,
                    "span": len(indicator.clauses) if n == 0 else 0,
                    "text": clause.text,
                    "state": line["outcome"],
                    "seen": _seen(line, item["kind"]),
                    "lost": line.get("lost") if line["outcome"] in ("pass", "fail", "needs_review") else None,
                    "max": item.get("max"),
                    "score": _score(item),
                    "kind": item["kind"],
                    "sample": item.get("sample"),
                }
            )
    return rows


def _score(item: dict[str, Any]) -> str:
    """得分 of one indicator: what is left of a deduction item that was checked, what a bonus item earned."""
    if item["kind"] == "deduction" and item["outcome"] in ("pass", "fail"):
        return f"{Decimal(item['max']) - Decimal(item['lost'] or 0):.2f}"
    return item.get("earned") or "—" if item["kind"] == "bonus" else "—"


def _seen(line: dict[str, Any], kind: str) -> str:
    """What stands under 检查情况 for one clause."""
    parts = []
    if line["counted"]:
        proposed = kind == "veto" and line["outcome"] == "needs_review"
        parts.append(f"发现 {len(line['counted'])} 处" + ("，拟否决（须两人确认）" if proposed else ""))
    why: dict[str, int] = {}
    for passed in line["not_counted"]:
        why[passed["reason"]] = why.get(passed["reason"], 0) + 1
    parts += [f"{NOT_COUNTED.get(reason, reason)} {count} 处" for reason, count in sorted(why.items())]
    if parts:
        return "；".join(parts)
    if line["outcome"] == "not_checked":
        return f"未检查（{REASONS.get(line['reason'] or '', '须人工检查')}）"
    if line["outcome"] == "not_applicable":
        return f"不适用（{REASONS.get(line['reason'] or '', '不涉及')}）"
    return "未发现问题"


def groups(site: SiteView, pack: Pack, rules: Mapping[str, Rule]) -> list[dict[str, Any]]:
    """Findings of a site by what they are and how they stand: problems, candidates, hints, facts."""
    place = print_order(pack)
    names = {i.id: i.name for i in pack.indicators}

    def key(f: Finding) -> tuple[int, str]:
        return place.get(f.indicator, len(place)), f.rule

    parts = [
        ("问题", [f for f in site.problems if f.indicator != "X0"]),
        ("疑似问题（待核实）", site.candidates),
        ("提示性问题，不扣分", [f for f in site.problems if f.indicator == "X0"]),
        ("供检查人员参考的事实", site.facts),
        ("未能核实的对象", [f for f in site.findings if f.outcome is Outcome.NOT_CHECKED]),
    ]
    result = []
    for title, findings in parts:
        by_rule = []
        for (_, rule), found in groupby(sorted(findings, key=key), key=key):
            rows = sorted(found, key=lambda f: (f.url, f.value or ""))
            by_rule.append(
                {
                    "title": rules[rule].title if rule in rules else rows[0].message,
                    "indicator": names.get(rows[0].indicator or "", ""),
                    "severity": SEVERITIES[rows[0].severity],
                    "remedy": rules[rule].remedy if rule in rules else None,
                    "count": len(rows),
                    "rows": rows[:SHOWN],
                }
            )
        if by_rule:
            result.append({"title": title, "count": len(findings), "rules": by_rule})
    return result


def _fetch_told(finding: Finding) -> bool:
    """Whether the evidence says already where the page's bytes lie."""
    return any(row.get("what") == "fetched" and row.get("snapshot") for row in finding.evidence)


def _titles(rules: Mapping[str, Rule]) -> dict[str, str]:
    return {name: rule.title for name, rule in rules.items()}


def _moment(value: str | None) -> str:
    return (value or "").replace("T", " ").removesuffix("+08:00")


def _percent(value: str | None) -> str:
    return "—" if value is None else f"{float(value) * 100:.1f}%"


def _link(value: str | None) -> bool:
    return bool(value) and str(value).startswith(("http://", "https://"))
