"""`govcrawl demo`: the main job on the simulated government, and the comparison of what was planted with what was found."""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from govcrawl import inspection, pinning, rulebook
from govcrawl.browser import find_browser

Key = tuple[str, str, str, str]
"""(site, rule, url, value)"""


def portal() -> ModuleType:
    """The simulated government: a checkout's `fixtures/portal`, else the wheel's copy."""
    checkout = rulebook.root().parent
    place = checkout if (checkout / "fixtures" / "portal" / "__init__.py").exists() else Path(__file__).parent / "_data"
    if str(place) not in sys.path:
        sys.path.insert(0, str(place))
    return importlib.import_module("fixtures.portal")


def run(out: Path, *, render: str = "auto", say: Callable[[str], None]) -> int:
    """Inspect all sites of the simulated government and compare; 0 when found equals planted in both directions."""
    simulated = portal()
    folder = Path(str(simulated.__file__)).parent
    planted = yaml.safe_load((folder / "planted.yml").read_text(encoding="utf-8"))
    browser = render != "never" and find_browser() is not None
    with (
        tempfile.TemporaryDirectory(prefix="govcrawl-demo-") as workspace,
        simulated.Portal() as government,
        _through(government.proxy_url),
    ):
        options = pinning.Options(
            as_of=planted["as_of"], out=out, store=f"sqlite:///{workspace}/govcrawl.db", delay=0, concurrency=8, second_look_after=1,
            render=render, link_timeout=3, page_timeout=6,
        )  # fmt: skip
        result = inspection.run([str(folder / "registry.yml")], options)
    for line in result.lines(as_json=False):
        say(line)
    found = [json.loads(line) for line in (out / "findings.jsonl").read_text(encoding="utf-8").splitlines()]
    card = json.loads((out / "scorecard.json").read_text(encoding="utf-8"))
    missed, surplus, wrong = compare(planted, found, card, browser=browser)
    if not browser:
        wrong += silent(planted, found, card)
    for title, rows in (("预埋而未查出", missed), ("查出而未预埋", surplus), ("判定不符", wrong)):
        for row in rows:
            say(f"{title}：{row}")
    total = len(expected(planted, card, browser=browser))
    if missed or surplus or wrong:
        say(f"不一致：预埋 {total} 处，未查出 {len(missed)}，多查出 {len(surplus)}，判定不符 {len(wrong)}")
        return 1
    unseen = "" if browser else "（未使用浏览器，须渲染的页面按“未检查”核对）"
    say(f"一致：预埋 {total} 处问题全部查出，没有多报{unseen}。报告：{out / 'report.html'}")
    return 0


def expected(planted: dict[str, Any], card: dict[str, Any], *, browser: bool) -> dict[Key, str]:
    """(site, rule, url, value) → outcome of every planted finding; what needs a browser only where there is one, what a sample brings only
    for the objects that the scorecard says were drawn."""
    rows = [*planted["findings"], *drawn(planted, card)]
    return {_key(row): row["outcome"] for row in rows if browser or row.get("needs") != "browser"}


def drawn(planted: dict[str, Any], card: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of planted findings that the draw of this run brings."""
    samples = {(site["site"], row["id"]): row["sample"] or [] for site in card["sites"] for row in site["indicators"]}
    return [
        {**row, "url": url, "value": row["pages"][url]}
        for row in planted["samples"]
        for url in samples.get((row["site"], row["indicator"]), [])
        if url in row["pages"]
    ]


def compare(
    planted: dict[str, Any], found: list[dict[str, Any]], card: dict[str, Any], *, browser: bool
) -> tuple[list[str], list[str], list[str]]:
    """Planted against found in both directions: (missed, surplus, wrong outcome)."""
    wanted = expected(planted, card, browser=browser)
    accused = {_key(row): row["outcome"] for row in found if row["outcome"] in ("fail", "needs_review")}
    missed = [" ".join(key) for key in wanted if key not in accused]
    surplus = [" ".join(key) for key in accused if key not in wanted]
    wrong = [
        f"{' '.join(key)}：应为 {wanted[key]}，实为 {accused[key]}" for key in wanted if key in accused and accused[key] != wanted[key]
    ]
    return missed, surplus, wrong


def silent(planted: dict[str, Any], found: list[dict[str, Any]], card: dict[str, Any]) -> list[str]:
    """Without a browser: planted findings that need one and are not reported as `not_checked: unrendered`, by object or by rule."""
    told = {(f["site"], f["rule"], f["url"]) for f in found if (f["outcome"], f["reason"]) == ("not_checked", "unrendered")}
    rules = {
        (s["site"], r["rule"]) for s in card["sites"] for r in s["rules"] if (r["outcome"], r["reason"]) == ("not_checked", "unrendered")
    }
    rows = [row for row in [*planted["findings"], *drawn(planted, card)] if row.get("needs") == "browser"]
    return [
        f"{' '.join(_key(row))}：没有浏览器时应为“未检查（unrendered）”"
        for row in rows
        if (row["site"], row["rule"], row["url"]) not in told and (row["site"], row["rule"]) not in rules
    ]


def _key(row: dict[str, Any]) -> Key:
    return row["site"], row["rule"], row["url"], str(row.get("value") or "")


class _through:  # noqa: N801  reads as a phrase: with _through(proxy)
    """Set the proxy variables for a while, as a user of a simulated or inner network would."""

    def __init__(self, proxy: str) -> None:
        self._values = {"http_proxy": proxy, "https_proxy": proxy, "no_proxy": ""}
        self._before: dict[str, str | None] = {}

    def __enter__(self) -> None:
        for name, value in self._values.items():
            self._before[name] = os.environ.get(name)
            os.environ[name] = value

    def __exit__(self, *_: object) -> None:
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
