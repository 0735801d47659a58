"""What a run came to, in a few lines: stdout's data, the exit code, and what a person must know at the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import getproxies

from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.runs import Run
from govcrawl.model.targets import Target
from govcrawl.report.view import REASONS, STATES, VERDICTS, Difference, RunView, SiteView, masked_findings, open_vetoes
from govcrawl.rulebook.packs import Pack

SEVERITIES = ("severe", "major", "minor", "notice")
INCOMPLETE = frozenset({"incomplete", "blocked", "unreachable"})
"""States of a receipt whose site was not seen whole."""


@dataclass(slots=True, kw_only=True)
class Result:
    """What a run came to: the data of stdout and the exit code."""

    run: Run
    view: RunView
    out: Path
    bad_rows: list[str] = field(default_factory=list)
    fail_on: str = "severe"
    lost: list[str] = field(default_factory=list)
    """Stored bytes that a replay could not read."""

    @property
    def exit_code(self) -> int:
        """5 bad rows, 4 evidence incomplete, 3 something at or above `--fail-on`, 0."""
        if self.bad_rows:
            return 5
        if self.lost or any(site.receipt["state"] in INCOMPLETE for site in self.view.sites):
            return 4
        grave = SEVERITIES[: SEVERITIES.index(self.fail_on) + 1]
        for site in self.view.sites:
            if site.card and any(v["state"] != "dismissed" for v in site.card["vetoes"]):
                return 3
            if any(f.severity in grave and f.outcome in (Outcome.FAIL, Outcome.NEEDS_REVIEW) for f in site.findings):
                return 3
        return 0

    def lines(self, *, as_json: bool) -> list[str]:
        """One line a site: verdict, automatic score with its range, completion, findings, report."""
        return [self._line(site, as_json) for site in self.view.sites]

    def _line(self, site: SiteView, as_json: bool) -> str:
        card = site.card
        report = str(self.out / "report.html")
        if as_json:
            return json.dumps(
                {
                    "site": site.target.site, "name": site.name, "url": site.target.url, "verdict": card["verdict"] if card else None,
                    "base": card["base"] if card else None, "base_low": card["base_low"] if card else None, "total": card["total"] if card else None,
                    "coverage": card["coverage"] if card else None, "problems": len(site.problems), "candidates": len(site.candidates),
                    "state": site.receipt["state"], "run": self.run.id, "report": report,
                },
                ensure_ascii=False,
            )  # fmt: skip
        if card is None:
            return f"{site.name}：未检查（{site.receipt.get('note', '')}）"
        return (
            f"{site.name}：{VERDICTS[card['verdict']]}，自动检查部分得分 {site.base or '—'}（{site.range or '—'}），"
            f"完成率 {_percent(card['coverage'])}，问题 {len(site.problems)}，疑似 {len(site.candidates)}，报告 {report}"
        )


def _percent(share: str | None) -> str:
    return "—" if share is None else f"{float(share) * 100:.0f}%"


def tell(result: Result, say: Callable[[str], None]) -> None:
    """What a person must know at the end, in Chinese, on stderr."""
    say(f"检查批次 {result.run.id} 完成，报告：{result.out / 'report.html'}")
    for site in result.view.sites:
        if site.card is None:
            continue
        card, state = site.card, site.receipt["state"]
        say(f"  {site.name}：{VERDICTS[card['verdict']]}，得分范围 {site.range or '—'}")
        for veto in card["vetoes"]:
            if veto["state"] == "candidate":
                say(f"    需要决定：拟单项否决 {_indicator_name(result.view.pack, veto['indicator'])}，{veto['reason']}（须两人确认）")
        if card["verdict"] == "pass" and (left := open_vetoes(site, result.view.pack)["apart"]):
            say(f"    合格只就自动检查的部分而言，须另行查清：{'、'.join(left)}")
        if site.candidates:
            say(f"    需要核实：疑似问题 {len(site.candidates)} 处")
        if state != "complete":
            reasons = "，".join(f"{REASONS[word]} {count}" for word, count in site.receipt["reasons"].items())
            say(f"    检查范围：{STATES[state]}{f'（{reasons}）' if reasons else ''}")
        if "note" in site.receipt:
            say(f"    {site.receipt['note']}{_proxies() if state == 'unreachable' else ''}")
        if moved := site.receipt.get("moved_to"):
            say(f"    首页已迁移：{site.target.url} → {moved}，请更新名录")
    missed = unreached((site.name, site.receipt) for site in result.view.sites)
    if result.lost:
        missed.append(f"留存的原文 {len(result.lost)} 份无法读取")
    if missed:
        code = "（退出码 4）" if result.exit_code == 4 else ""
        say(f"未能查全{code}：{'；'.join(missed)}")


_NAMED = 10
"""Sites that one line names."""


def unreached(receipts: Iterable[tuple[str, Mapping[str, Any]]]) -> list[str]:
    """What was not reached, a few words a site: its name, how many pages, why."""
    found = [f"{name} {words}" for name, receipt in receipts if (words := _not_reached(receipt))]
    more = [f"等共 {len(found)} 个网站，其余见 receipt.json"] if len(found) > _NAMED else []
    return found[:_NAMED] + more


def _not_reached(receipt: Mapping[str, Any]) -> str:
    if receipt["state"] not in INCOMPLETE:
        return ""
    reasons = "，".join(f"{REASONS.get(word, word)} {count}" for word, count in receipt["reasons"].items())
    if receipt["state"] != "incomplete":
        return f"首页{STATES[receipt['state']]}，读到 {receipt['pages']['read']} 页" + (f"（{reasons}）" if reasons else "")
    missed = sum(receipt["reasons"].values())
    return f"{missed} 页未能检查（{reasons}）" if missed else str(receipt.get("note") or STATES["incomplete"])


def _proxies() -> str:
    """The proxies that the environment names, without what may be a password."""
    found = {name: address.rpartition("@")[2] for name, address in getproxies().items() if name != "no"}
    return f"（{'，'.join(f'{name}_proxy={address}' for name, address in sorted(found.items()))}）" if found else ""


def _indicator_name(pack: Pack, ident: str) -> str:
    return next((i.name for i in pack.indicators if i.id == ident), ident)


def not_compared(target: Target, run: Run, *, as_json: bool) -> list[str]:
    """A site that one of two runs did not inspect."""
    if as_json:
        return [json.dumps({"site": target.site, "not_inspected_by": run.id}, ensure_ascii=False)]
    return [f"{target.name or target.site}：批次 {run.id} 未检查该网站，无从比较"]


def difference(target: Target, change: Difference, *, as_json: bool) -> list[str]:
    """What changed on one site since an earlier run: counts, then what is new, mended or could not be looked at."""
    parts: tuple[tuple[str, str, list[Finding]], ...] = (
        ("new", "新发现", change.new), ("persisting", "仍存在", change.persisting), ("fixed", "已整改", change.fixed),
        ("reopened", "再次出现", change.reopened), ("not_looked_at", "未再检查", change.unknown),
    )  # fmt: skip
    if as_json:
        return [json.dumps({"site": target.site, **{code: [f.id for f in found] for code, _, found in parts}}, ensure_ascii=False)]
    lines = [f"{target.name or target.site}：" + "，".join(f"{name} {len(found)}" for _, name, found in parts)]
    for _, name, found in parts:
        if name != "仍存在":
            lines += [f"  {name} {f.message} {f.url}" for f in masked_findings(found)]
    return lines
