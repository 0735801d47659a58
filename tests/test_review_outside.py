"""Findings of other tools: taken in under their own source, counted by nobody before a person has confirmed them, never taken for ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from evidence_lab import AS_OF, HOME, SITE, STAMP, Lab, html
from typer.testing import CliRunner

from govcrawl import inspection, reviewing, rulebook
from govcrawl.cli import app
from govcrawl.model.findings import Finding, Outcome, Review
from govcrawl.report import ledger
from govcrawl.scoring.decisions import fingerprint
from govcrawl.store.base import Store

TOOL = "云监测"
IDENTITY = "11010519491231002X"
TARGET = HOME + "gone.doc"
RECEIPT: dict[str, Any] = {
    "site": SITE, "host": "www.qinghe.gov.cn", "pages": {"known": 2, "read": 2, "failed": 0, "blocked": 0, "skipped": 0, "not_rendered": 0},
    "reasons": {}, "attachments": {"read": 0, "unread": 0}, "unread_files": [], "requests": 2, "bytes": 100, "started_at": STAMP, "ended_at": STAMP,
    "state": "complete",
}  # fmt: skip


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path)
    made.page("", html("<a href='a.html'>首页</a>"))
    made.page("a.html", html("<h1>标题</h1><p>布署</p>"))
    made.end()
    made.store.put_judgement(made.run_id, SITE, [], {"site": SITE}, RECEIPT, [])
    inspection.score_again(made.run_id, store=store_of(made), pack=None, out=tmp_path / "out")
    yield made
    made.store.close()


def store_of(lab: Lab) -> str:
    return f"sqlite:///{lab.folder}/govcrawl.db"


def row(**values: Any) -> dict[str, Any]:
    return {"rule": "link-dead", "url": HOME + "a.html", "value": TARGET, "observed": "404", "message": "附件打不开", **values}


def jsonl(folder: Path, *rows: Any) -> Path:
    path = folder / "other.jsonl"
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8")
    return path


def sheet(folder: Path, names: list[str], *rows: list[str]) -> Path:
    path = folder / "other.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    for at, cells in enumerate([["外部监测结果"], names, *rows]):
        for column, cell in enumerate(cells):
            page.write_string(at, column, cell)
    book.close()
    return path


def take(lab: Lab, path: Path, source: str | None = TOOL) -> reviewing.Imported:
    return reviewing.take(path, store=store_of(lab), run_id=None, source=source, clock=lab.clock)


def of_others(store: Store, run: str) -> list[Finding]:
    return [f for f in store.findings(run) if f.source is not None]


def test_a_jsonl_file_is_taken_in_beside_ours_and_twice_is_once(lab: Lab, tmp_path: Path) -> None:
    file = jsonl(tmp_path, row(), row(rule="typo", value="布署", snippet="布署工作", message=f"“布署”应为“部署”，见 {IDENTITY}"))
    done = take(lab, file)
    assert (done.kept, done.known, done.bad, done.exit_code) == (2, 0, [], 0)
    assert done.lines(as_json=False) == ["已记录 2 条其他工具查出的问题（待核实，核实前不计分）"]
    dead, typo = of_others(lab.store, lab.run_id)
    assert (dead.rule, dead.source, dead.outcome, dead.indicator, dead.site) == ("link-dead", TOOL, Outcome.NEEDS_REVIEW, "D22", SITE)
    assert dead.evidence == [{"what": "imported", "source": TOOL, "file": "other.jsonl", "row": 1, "at": "2026-11-16T09:30:00+08:00"}]
    assert (typo.indicator, typo.snippet) == ("X0", "布署工作") and IDENTITY not in typo.message
    again = take(lab, file)
    assert (again.kept, again.known) == (0, 2) and len(of_others(lab.store, lab.run_id)) == 2


def clause_of(rules: int) -> tuple[str, set[str]]:
    """(sentence, rules) of a clause of the table that so many rules feed, and no other clause shares."""
    clauses = [c for i in rulebook.pack("national-2019").indicators for c in i.clauses]
    texts = [c.text for c in clauses]
    return next((c.text, names) for c in clauses if texts.count(c.text) == 1 and len(names := {m.rule for m in c.match}) == rules)


def test_a_sheet_with_the_ledgers_columns_is_taken_in(lab: Lab, tmp_path: Path) -> None:
    names = [name for name, _ in ledger.COLUMNS] + ["来源"]
    (one, [rule]), (two, several) = clause_of(1), clause_of(2)
    given = [
        ("死链", TARGET, f"{HOME}a.html\n位置：正文", rulebook.rules()["link-dead"].title),
        ("一条细则", HOME, "", one),
        ("多条规则", HOME, "", two),
    ]
    columns = ("问题描述", "问题网址", "所在页面及位置", "评分细则")
    rows = [[{**dict(zip(columns, cells, strict=True)), "来源": "市级抽查"}.get(name, "") for name in names] for cells in given]
    done = take(lab, sheet(tmp_path, names, *rows), source=None)
    [bad] = done.bad
    assert bad.row == 5 and all(rulebook.rules()[name].title in bad.reason for name in several)
    found = {f.rule: f for f in of_others(lab.store, lab.run_id)}
    assert set(found) == {"link-dead", rule} and found[rule].value is None
    dead = found["link-dead"]
    assert (dead.url, dead.value, dead.source, dead.message) == (HOME + "a.html", TARGET, "市级抽查", "死链")


BAD: tuple[tuple[str, Any, str], ...] = (
    ("no object", "[1]", "不是 JSON 对象"),
    ("no json", "{", "不是 JSON 对象"),
    ("no message", row(message=" "), "没有问题描述"),
    ("no address", row(url="a.html"), "没有可用的网址"),
    ("another site", row(url="http://www.other.gov.cn/"), "没有检查这个网站（www.other.gov.cn）"),
    ("a site code of nobody", row(site="1234567890"), "没有检查这个网站（1234567890）"),
    ("no rule", row(rule=""), "没有写明规则或评分细则"),
    ("an unknown rule", row(rule="dead-link"), "规则“dead-link”不认识"),
    ("a secret", row(rule="secrecy-mark"), "不能由其他工具导入"),
    ("what may only be unchecked", row(rule="file-unread"), "不能由其他工具导入"),
)


@pytest.mark.parametrize(("why", "wrong", "said"), BAD, ids=[r[0] for r in BAD])
def test_a_bad_row_is_named_and_the_good_ones_stand(lab: Lab, tmp_path: Path, why: str, wrong: Any, said: str) -> None:
    file = jsonl(tmp_path, wrong, row())
    done = CliRunner().invoke(app, ["review", "import", str(file), "--source", TOOL, "--store", store_of(lab)])
    _, named, last = done.stdout.splitlines()
    assert done.exit_code == 5 and named.startswith("第 1 行：") and said in named and last == "1 行有误，未记录"
    assert [f.rule for f in of_others(lab.store, lab.run_id)] == ["link-dead"]


def test_without_a_source_nothing_is_taken(lab: Lab, tmp_path: Path) -> None:
    done = take(lab, jsonl(tmp_path, row()), source=None)
    assert done.exit_code == 5 and "--source" in str(done.bad[0]) and of_others(lab.store, lab.run_id) == []


def test_what_we_found_too_is_not_found_twice(lab: Lab, tmp_path: Path) -> None:
    own = next(f for f in lab.store.findings(lab.run_id) if f.outcome is Outcome.FAIL)
    done = take(lab, jsonl(tmp_path, row(rule=own.rule, url=own.url, value=own.value), row(id=own.id, message="同一问题")))
    assert [str(bad) for bad in done.bad] == [f"第 {n} 行：本批次已查出同一问题（{own.id}）" for n in (1, 2)]


def test_a_sheet_of_decisions_that_lost_a_column_is_no_file_of_findings(lab: Lab, tmp_path: Path) -> None:
    path = sheet(tmp_path, ["编号", "佐证指纹", "问题描述", "问题网址", "决定"], ["a" * 16, "b" * 16, "问题", HOME, "确认"])
    done = CliRunner().invoke(app, ["review", "import", str(path), "--source", TOOL, "--store", store_of(lab)])
    assert done.exit_code != 0 and "核实人" in str(done.exception) and of_others(lab.store, lab.run_id) == []


def test_it_costs_nothing_before_a_person_confirms_it(lab: Lab, tmp_path: Path) -> None:
    [before] = lab.store.scorecards(lab.run_id)
    file = jsonl(tmp_path, row(), row(rule="severe-wording", value="词", message="严重表述错误"))
    take(lab, file)

    def again() -> dict[str, Any]:
        inspection.score_again(lab.run_id, store=store_of(lab), pack=None, out=tmp_path / "out")
        [card] = lab.store.scorecards(lab.run_id)
        return card

    assert again() == before, "neither points nor range nor a veto"
    lines = [json.loads(line) for line in (tmp_path / "out" / "findings.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {f["source"] for f in lines} == {None, TOOL}
    dead = next(f for f in of_others(lab.store, lab.run_id) if f.rule == "link-dead")
    assert [row_["what"] for row_ in dead.evidence][:2] == ["imported", "ground"] and dead.as_of == AS_OF
    assert len(dead.evidence) == len({json.dumps(r) for r in dead.evidence}), "scored again, the rows do not pile up"
    decided = Review(finding=dead.id, decision="confirmed", fingerprint=fingerprint(dead), by="甲", at="2026-11-17T09:00:00+08:00")
    lab.store.decide(decided)
    after = again()
    line = next(x for i in after["indicators"] if i["id"] == "D22" for x in i["lines"] if dead.id in x["counted"])
    assert float(line["lost"]) > 0 and float(after["deductions"]) > float(before["deductions"])


def test_a_decision_on_evidence_that_has_changed_does_not_apply(lab: Lab, tmp_path: Path) -> None:
    own = next(f for f in lab.store.findings(lab.run_id) if f.outcome is Outcome.FAIL and f.indicator not in (None, "X0"))
    [before] = lab.store.scorecards(lab.run_id)

    def judged(evidence: str) -> tuple[Finding, dict[str, Any]]:
        at = f"2026-11-17T09:00:0{len(lab.store.decisions())}+08:00"
        lab.store.decide(Review(finding=own.id, decision="false_positive", fingerprint=evidence, by="甲", at=at, ground="误报"))
        inspection.score_again(lab.run_id, store=store_of(lab), pack=None, out=tmp_path / "out")
        [card] = lab.store.scorecards(lab.run_id)
        return next(f for f in lab.store.findings(lab.run_id) if f.id == own.id), card

    finding, card = judged(fingerprint(own.with_(observed="另一个观察值")))
    assert finding.review is not None and (finding.review["decision"], finding.review["stale"]) == (None, True)
    assert card == before, "it costs what it cost"
    finding, card = judged(fingerprint(own))
    assert finding.review is not None and (finding.review["decision"], finding.review["stale"]) == ("false_positive", False)
    assert card != before


def test_a_count_that_grows_by_itself_does_not_undo_a_decision(lab: Lab) -> None:
    letter = Finding(
        id="a" * 16, rule="message-unanswered", outcome=Outcome.FAIL, site=SITE, object="message", url=HOME, message="未答复", as_of="2026-11-16",
        observed="至2026-11-16已119天未答复",
    )  # fmt: skip
    later = letter.with_(as_of="2026-12-07", observed="至2026-12-07已140天未答复")
    answered = letter.with_(as_of="2026-12-07", observed="2026-12-01答复")
    assert fingerprint(letter) == fingerprint(later) != fingerprint(answered)
