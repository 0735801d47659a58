"""`govcrawl doctor`: what this machine offers, and what an inspection would miss on it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from govcrawl import __version__
from govcrawl.errors import GovcrawlError

_ENOUGH_BYTES = 2 * 1024**3


@dataclass(slots=True)
class Diagnosis:
    """Rows of (name, state, remark); state is ok, warn or bad."""

    rows: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def usable(self) -> bool:
        return all(state != "bad" for _, state, _ in self.rows)

    def lines(self, *, as_json: bool) -> list[str]:
        if as_json:
            rows: list[dict[str, Any]] = [{"name": n, "state": s, "remark": r} for n, s, r in self.rows]
            return [json.dumps({"usable": self.usable, "rows": rows}, ensure_ascii=False)]
        marks = {"ok": "正常", "warn": "注意", "bad": "错误"}
        return [f"[{marks[state]}] {name}：{remark}" for name, state, remark in self.rows]


def examine(store: str) -> Diagnosis:
    """Look at rules, calendar, browser, proxy, store and disk."""
    found = Diagnosis()
    found.rows.append(("版本", "ok", f"govcrawl {__version__}，Python {sys.version.split()[0]}"))
    _rules(found)
    _browser(found)
    proxies = {name: os.environ[name] for name in ("http_proxy", "https_proxy", "no_proxy") if os.environ.get(name)}
    found.rows.append(("代理", "ok", "；".join(f"{k}={v}" for k, v in proxies.items()) or "未设置，直接访问"))
    _store(found, store)
    return found


def _rules(found: Diagnosis) -> None:
    from govcrawl import rulebook

    try:
        problems = rulebook.check()
        calendar = rulebook.calendar()
    except GovcrawlError as error:
        found.rows.append(("规则", "bad", str(error)))
        return
    if problems:
        found.rows.append(("规则", "bad", f"{len(problems)} 处错误，首条：{problems[0]}"))
    else:
        found.rows.append(("规则", "ok", f"{len(rulebook.rules())} 条，目录 {rulebook.root()}"))
    found.rows.append(("工作日历", "ok", f"放假安排截至 {calendar.official_through}；之后的期限标为“暂按”"))


def _browser(found: Diagnosis) -> None:
    from govcrawl.browser import find_browser

    path = find_browser()
    if path is None:
        found.rows.append(("浏览器", "warn", "未找到 Chromium：由脚本绘制的页面将记为“未检查（unrendered）”"))
    else:
        found.rows.append(("浏览器", "ok", str(path)))


def _store(found: Diagnosis, location: str) -> None:
    folder = Path(location.removeprefix("sqlite:///")).resolve().parent if location.startswith("sqlite:///") else Path.cwd()
    place = next(p for p in (folder, *folder.parents) if p.exists())
    if not os.access(place, os.W_OK):
        found.rows.append(("存储", "bad", f"{place} 不可写"))
    else:
        found.rows.append(("存储", "ok", location))
    free = shutil.disk_usage(place).free
    state = "ok" if free > _ENOUGH_BYTES else "warn"
    found.rows.append(("磁盘", state, f"{place} 剩余 {free / 1024**3:.1f} GB"))
