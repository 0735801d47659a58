"""report.html: one self-contained, printable page for the inspector. No script, no outside request."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from govcrawl.model.findings import Finding, Outcome
from govcrawl.report.evidence import in_words
from govcrawl.report.outputs import written
from govcrawl.report.view import NOT_COUNTED, OUTCOMES, REASONS, SEVERITIES, STATES, VERDICTS, RunView, SiteView, print_order
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
    environment.filters.update(moment=_moment, percent=_percent, evidence=in_words, link=_link)
    sheets = [{"site": site, "rows": score_rows(site, view.pack), "groups": groups(site, view.pack, rules)} for site in view.sites]
    page = environment.get_template("report.html.j2").stream(view=view, sheets=sheets, rules=rules, titles=_titles(rules))
    with written(path) as file:
        for piece in page:
            file.write(piece)


def score_rows(site: SiteView, pack: Pack) -> list[dict[str, Any]]:
    """The 检查评分表 in the table's order: one row a clause, with what was found and what it cost."""
    if site.card is None:
        return []
    by_id = {f.id: f for f in site.findings}
    scored = {item["id"]: item for item in site.card["indicators"]}
    ruled = {str(row["rule"]): row for row in site.card.get("rules") or []}
    rows = []
    for indicator in pack.indicators:
        item = scored.get(indicator.id)
        if item is None or indicator.id.startswith("M"):  # those of new-media accounts have a sheet of their own
            continue
        lines = {line["clause"]: line for line in item.get("lines") or []}
        for n, clause in enumerate(indicator.clauses):
            line = lines.get(clause.id, {"counted": [], "not_counted": []})
            rows.append(
                {
                    "object": _OBJECTS.get(item["kind"], ""),
                    "group": indicator.group,
                    "name": indicator.name,
                    "span": len(indicator.clauses) if n == 0 else 0,
                    "text": clause.text,
                    "state": item["outcome"],
                    "seen": _seen(line, item, _blind(clause, ruled)),
                    "lost": line.get("lost") or line.get("earned"),
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


def _blind(clause: Clause, ruled: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Why nothing looked at a clause, though the rest of its indicator was looked at; null when something did."""
    if not clause.rules:
        return clause.unchecked or "not_built"
    results = [row for match in clause.rules if (row := ruled.get(match.rule)) is not None]
    if not results or any(row["outcome"] != "not_checked" for row in results):
        return None
    return str(results[0].get("reason") or "") or None


def _seen(line: dict[str, Any], item: dict[str, Any], blind: str | None) -> str:
    """What stands under 检查情况 for one clause."""
    parts = []
    if line["counted"]:
        parts.append(f"发现 {len(line['counted'])} 处")
    why: dict[str, int] = {}
    for passed in line["not_counted"]:
        why[passed["reason"]] = why.get(passed["reason"], 0) + 1
    parts += [f"{NOT_COUNTED.get(reason, reason)} {count} 处" for reason, count in sorted(why.items())]
    if parts:
        return "；".join(parts)
    if item["outcome"] == "not_checked":
        return f"未检查（{REASONS.get(item.get('reason') or '', '未查')}）"
    if item["outcome"] == "not_applicable":
        return f"不适用（{REASONS.get(item.get('reason') or '', '不涉及')}）"
    if blind:
        return f"未检查（{REASONS.get(blind, '未查')}）"
    return "未发现问题"


def groups(site: SiteView, pack: Pack, rules: Mapping[str, Rule]) -> list[dict[str, Any]]:
    """Findings of a site by what they are and how they stand: problems, candidates, hints, facts."""
    place = print_order(pack)
    names = {i.id: i.name for i in pack.indicators}

    def key(f: Finding) -> tuple[int, str]:
        return place.get(f.indicator, len(place)), f.rule

    parts = [
        ("问题", [f for f in site.problems if f.indicator not in ("X0", None)]),
        ("疑似问题（待核实）", [f for f in site.candidates if f.indicator is not None]),
        ("提示性问题，不扣分", [f for f in site.problems if f.indicator == "X0"]),
        ("供检查人员参考的事实", [f for f in site.problems + site.candidates if f.indicator is None]),
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


def _titles(rules: Mapping[str, Rule]) -> dict[str, str]:
    return {name: rule.title for name, rule in rules.items()}


def _moment(value: str | None) -> str:
    return (value or "").replace("T", " ").removesuffix("+08:00")


def _percent(value: str | None) -> str:
    return "—" if value is None else f"{float(value) * 100:.1f}%"


def _link(value: str | None) -> bool:
    return bool(value) and str(value).startswith(("http://", "https://"))
