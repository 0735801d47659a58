"""Findings of other tools: a jsonl file with the fields of a finding, or a sheet with the columns of our ledger.

They stand beside ours under their own source, as candidates (`needs_review`) that cost nothing before a person has confirmed them, and belong to the
run they were imported into. Each must name one of our rules (by its title, its id, or a clause that only one rule feeds), or no table could take it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from govcrawl import history, rulebook, scoring
from govcrawl.clock import Clock, SystemClock, moment
from govcrawl.detect import masking
from govcrawl.errors import UsageError, cause
from govcrawl.model.findings import Finding, Outcome, finding_id
from govcrawl.model.runs import Run
from govcrawl.model.targets import Target
from govcrawl.page import addresses
from govcrawl.pinning import pack_of
from govcrawl.rectification.returned import BadRow
from govcrawl.reviewing.deciding import run_of
from govcrawl.reviewing.imported import Imported
from govcrawl.rulebook import Rule
from govcrawl.rulebook.packs import Pack
from govcrawl.store.base import Store, open_existing
from govcrawl.text import normalise

WHAT = "imported"
"""The evidence row that says whose a finding is."""
HEADERS: Mapping[str, tuple[str, ...]] = {
    "id": ("编号", "id"),
    "source": ("来源", "工具", "查出单位", "source"),
    "site": ("网站标识码", "site"),
    "rule": ("规则", "问题类型", "rule"),
    "clause": ("评分细则", "clause"),
    "message": ("问题描述", "message"),
    "address": ("问题网址", "网址"),
    "url": ("url",),
    "place": ("所在页面及位置", "所在页面"),
    "title": ("栏目/页面标题", "页面标题", "title"),
    "value": ("问题内容", "value"),
    "snippet": ("原文", "snippet"),
    "observed": ("观察到", "observed"),
    "locator": ("位置", "locator"),
    "source_file": ("附件网址", "source_file"),
    "facet": ("栏目类型", "facet"),
}
"""What a column or field holds → its names, compared without blanks and case."""
_BY_NAME = {name: key for key, names in HEADERS.items() for name in names}
_TEXTS = ("message", "value", "snippet", "observed", "locator", "title")
_NOT_HERE = frozenset({"secrecy-mark"})
"""Nothing of it may be kept."""
_HEAD_ROWS = 15
Row = tuple[int, dict[str, str] | str]
"""(number, texts by key), or what is wrong with the row."""


class _WrongError(ValueError):
    """A row that cannot be taken; the message is the reason."""


# -- reading


def lines(path: Path) -> list[Row]:
    """Rows of a jsonl file; Chinese column names are taken as keys too."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} 无法读取：{cause(error)}") from error
    found: list[Row] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except ValueError:
            values = None
        if not isinstance(values, dict):
            found.append((number, "不是 JSON 对象"))
            continue
        found.append((number, {key: _text(value) for name, value in values.items() if (key := _BY_NAME.get(_plain(name)))}))
    return found


def rows(sheets: Iterable[list[list[Any]]]) -> list[Row] | None:
    """Rows of the first sheet with 问题描述 and an address; null where there is none."""
    for table in sheets:
        for at, cells in enumerate(table[:_HEAD_ROWS]):
            columns: dict[str, int] = {}
            for column, cell in enumerate(cells):
                if key := _BY_NAME.get(_plain(cell)):
                    columns.setdefault(key, column)
            if "message" in columns and columns.keys() & {"address", "url"}:
                return [
                    (number, {key: _text(row[column]) for key, column in columns.items() if column < len(row)})
                    for number, row in enumerate(table[at + 1 :], at + 2)
                    if any(_text(cell) for cell in row)
                ]
    return None


def _plain(cell: Any) -> str:
    return normalise.compact(normalise.fold(_text(cell))).strip("*:").lower()


def _text(cell: Any) -> str:
    return "" if cell is None else normalise.squeeze(str(cell)).lstrip("'")


# -- taking in


def take(
    path: Path, found: Iterable[Row], *, store: str, run_id: str | None, source: str | None, clock: Clock | None = None
) -> Imported:  # fmt: skip
    """Keep the findings of another tool beside those of a run. The same file once more changes nothing.

    Raises:
        UsageError: no such run, or it is not finished.
    """
    out = Imported(what="其他工具查出的问题")
    with closing(open_existing(store)) as opened:
        run = run_of(opened, run_id)
        if run.state != "finished":
            raise UsageError(f"检查批次 {run.id} 尚未完成")
        reader = _Reader(run, pack_of(run, None), source, path.name, moment((clock or SystemClock()).now()))
        known = {(f.site, f.id): f for f in opened.findings(run.id)}
        new: dict[str, list[Finding]] = {}
        for number, row in found:
            try:
                made = reader.finding(number, row)
                if made.id in {f.id for f in new.get(made.site, [])} or (made.site, made.id) in known:
                    out.known += 1
                    continue
                _refuse_ours(made, row, known.values())
            except _WrongError as error:
                out.bad.append(BadRow(number, str(error)))
                continue
            new.setdefault(made.site, []).append(made)
            out.kept += 1
        for site, findings in new.items():
            _keep(opened, run, site, findings, out)
    return out


def _refuse_ours(made: Finding, row: dict[str, str] | str, known: Iterable[Finding]) -> None:
    """What our own checks found needs no second witness, and would count twice."""
    ident = row.get("id", "").lower() if isinstance(row, dict) else ""
    for finding in known:
        same = (finding.rule, finding.url, finding.value) == (made.rule, made.url, made.value) and finding.site == made.site
        if finding.source is None and finding.outcome in (Outcome.FAIL, Outcome.NEEDS_REVIEW) and (same or finding.id == ident):
            raise _WrongError(f"本批次已查出同一问题（{finding.id}）")


def _keep(store: Store, run: Run, site: str, findings: list[Finding], out: Imported) -> None:
    card = next((card for card in store.scorecards(run.id) if card["site"] == site), None)
    receipt = next((receipt for receipt in store.receipts(run.id) if receipt["site"] == site), None)
    if card is None or receipt is None:
        out.kept -= len(findings)
        out.bad.append(BadRow(0, f"网站 {site} 在批次 {run.id} 中没有检查结果"))
        return
    issues = [issue for issue in store.issues(run.id) if issue.site == site]
    store.put_judgement(run.id, site, [*store.findings(run.id, site), *findings], card, receipt, issues)


@dataclass(slots=True)
class _Reader:
    """Makes findings of rows."""

    run: Run
    pack: Pack
    source: str | None
    file: str
    at: str

    def finding(self, number: int, row: dict[str, str] | str) -> Finding:
        """One row as a finding.

        Raises:
            _WrongError: in Chinese.
        """
        if isinstance(row, str):
            raise _WrongError(row)
        source = row.get("source") or self.source
        if not source:
            raise _WrongError("没有写明由哪个工具或单位查出（“来源”列，或 --source）")
        if not normalise.compact(row.get("message", "")):
            raise _WrongError("没有问题描述")
        rule = self._rule(row)
        url, value = _addresses(row)
        site = self._site(row, url).site
        texts: dict[str, Any] = {name: masking.inside(row[name], private=True) if row.get(name) else None for name in _TEXTS}
        value = masking.inside(value, private=True) if value else None
        told = {"what": WHAT, "source": source, "file": self.file, "row": number, "at": self.at}
        texts |= {"value": value, "observed": texts["observed"] or (None if texts["snippet"] or value else texts["message"])}
        made = Finding(
            id=finding_id(rule.id, site, source, url, value or texts["message"] or ""), rule=rule.id, rule_version=rule.version,
            outcome=Outcome.NEEDS_REVIEW, site=site, object="attachment" if row.get("source_file") else rule.object, url=url, source=source,
            expected=rule.expected, source_file=row.get("source_file") or None, facet=row.get("facet") or None, first_seen=self.at,
            as_of=self.run.as_of, run=self.run.id, evidence=[told], **{**texts, "message": texts["message"] or ""},
        )  # fmt: skip
        return scoring.assign([made], self.pack, as_of=self.run.as_of)[0]

    def _rule(self, row: Mapping[str, str]) -> Rule:
        rules = rulebook.rules()
        by_title = {normalise.compact(rule.title): rule for rule in rules.values()}
        named = [row.get(key, "") for key in ("rule", "clause")]
        found = next(
            (
                rules.get(name) or by_title.get(normalise.compact(name))
                for name in named
                if name in rules or normalise.compact(name) in by_title
            ),
            None,
        )
        if found is None and not named[0] and named[1]:
            found = self._of_clause(named[1], rules)
        if found is None:
            said = named[0] or named[1]
            raise _WrongError(f"规则“{said}”不认识（govcrawl rules catalogue 列出全部规则）" if said else "没有写明规则或评分细则")
        if found.fires_as is Outcome.NOT_CHECKED or found.id in _NOT_HERE:
            raise _WrongError(f"“{found.title}”不能由其他工具导入")
        return found

    def _of_clause(self, text: str, rules: Mapping[str, Rule]) -> Rule | None:
        said = normalise.compact(text)
        clauses = [c for i in self.pack.indicators for c in i.clauses if said in (normalise.compact(c.text), normalise.compact(c.id))]
        fitting = sorted({match.rule for clause in clauses for match in clause.match if match.rule in rules})
        if len(fitting) > 1:
            raise _WrongError(f"该评分细则对应多条规则，请在“规则”列写明是哪一条：{'、'.join(rules[name].title for name in fitting)}")
        return rules[fitting[0]] if fitting else None

    def _site(self, row: Mapping[str, str], url: str) -> Target:
        known = history.sites(self.run)
        is_named: Callable[[Target], bool] = lambda t: row.get("site", "") in (t.site, t.site_code)  # noqa: E731
        host = addresses.without_www(addresses.host(url))
        is_host: Callable[[Target], bool] = lambda t: host in {addresses.without_www(h) for h in (addresses.host(t.url), *t.hosts)}  # noqa: E731
        found = next(filter(is_named if row.get("site") else is_host, known), None)
        if found is None:
            raise _WrongError(f"批次 {self.run.id} 没有检查这个网站（{row.get('site') or addresses.host(url)}）")
        return found


def _addresses(row: Mapping[str, str]) -> tuple[str, str | None]:
    """(page, value): the ledger prints under 问题网址 what does not open, and the page it stands on beside it."""
    page = next(iter(_urls(row.get("url", ""))), None)
    address = next(iter(_urls(row.get("address", ""))), None)
    place = next(iter(_urls(row.get("place", ""))), None)
    url = page or place or address
    if url is None:
        raise _WrongError("没有可用的网址（应以 http:// 或 https:// 开头）")
    value = row.get("value") or (address if address is not None and address != url else None)
    return url, value


def _urls(text: str) -> Iterator[str]:
    for word in text.split():
        if word.lower().startswith(("http://", "https://")) and (url := addresses.canonical(word, word)) is not None:
            yield url
