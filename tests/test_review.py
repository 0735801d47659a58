"""People's decisions as a sheet: out, filled in, back; bound to the evidence they were made on."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from typer.testing import CliRunner

from govcrawl import reviewing
from govcrawl.cli import app
from govcrawl.clock import CHINA
from govcrawl.errors import OutputError, UsageError
from govcrawl.model.findings import Finding, Outcome, Review
from govcrawl.model.runs import Run
from govcrawl.report.view import decided
from govcrawl.scoring import decisions
from govcrawl.store.base import Store, open_store

SITE, RUN = "3299880001", "20261116-abcdef"
HOME = "http://www.qinghe.gov.cn/"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=CHINA)


class Still:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


def finding(ident: str = "a", outcome: Outcome = Outcome.FAIL, **values: Any) -> Finding:
    return Finding(
        id=ident * 16, rule="typo", indicator="D5", outcome=outcome, site=SITE, object="page", url=HOME + "a.html", message=f"问题{ident}",
        first_seen="2026-11-16T09:00:00+08:00", as_of="2026-11-16", **{"value": "词", "snippet": "一句话", **values},
    )  # fmt: skip


def run(store: Store, findings: list[Finding], ident: str = RUN, vetoes: list[dict[str, Any]] | None = None) -> None:
    targets = [{"url": HOME, "site": SITE, "site_code": SITE, "name": "清禾县人民政府"}]
    store.save_run(
        Run(id=ident, targets=targets, targets_key="k", pack="national-2019", as_of=f"{ident[:4]}-{ident[4:6]}-{ident[6:8]}", seed="s",
            started_at=f"{ident[:4]}-{ident[4:6]}-{ident[6:8]}T08:00:00+08:00", state="finished")
    )  # fmt: skip
    card = {"site": SITE, "name": "清禾县人民政府", "vetoes": vetoes or [], "indicators": [{"id": "V3", "name": "首页不更新"}], "rules": []}
    store.put_judgement(ident, SITE, [f.with_(run=ident) for f in findings], card, {"site": SITE}, [])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/govcrawl.db")
    run(opened, [finding("a"), finding("b", Outcome.NEEDS_REVIEW), finding("c", Outcome.NOT_CHECKED)])
    yield opened
    opened.close()


def sheet(path: Path, *rows: Mapping[str, Any]) -> Path:
    """A sheet as somebody fills it in."""
    names = [name for name, _ in reviewing.COLUMNS]
    if path.suffix == ".csv":
        with path.open("w", encoding="gb18030", newline="") as file:
            csv.writer(file).writerows([names, *[[row.get(name, "") for name in names] for row in rows]])
        return path
    book = xlsxwriter.Workbook(str(path))
    page, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    for column, name in enumerate(names):
        page.write(0, column, name)
        for at, row in enumerate(rows, 1):
            value = row.get(name, "")
            page.write_datetime(at, column, value, day) if isinstance(value, date) else page.write(at, column, value)
    book.close()
    return path


def filled(ident: str = "a", **values: Any) -> dict[str, Any]:
    return {"编号": ident * 16, "决定": "确认", "核实人": "张三", "核实时间": "2026-11-19 10:30", **values}


def take(store: Store, path: Path, run_id: str | None = None) -> reviewing.Imported:
    return reviewing.take(path, store=store.location, run_id=run_id, clock=Still())


def exported(store: Store, path: Path) -> list[dict[str, str]]:
    reviewing.export(path, store=store.location, run_id=None)
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    head, *rows = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    return [dict(zip(head, ("" if cell is None else cell for cell in row), strict=True)) for row in rows]


# out


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_the_sheet_holds_what_a_person_may_decide_on(store: Store, tmp_path: Path, suffix: str) -> None:
    rows = exported(store, tmp_path / f"核实.{suffix}")
    assert [(r["编号"], r["机器结论"], r["问题描述"], r["网站名称"], r["网站标识码"]) for r in rows] == [
        ("a" * 16, "问题", "问题a", "清禾县人民政府", SITE), ("b" * 16, "疑似问题", "问题b", "清禾县人民政府", SITE),
    ]  # fmt: skip
    assert rows[0]["佐证指纹"] == decisions.fingerprint(finding("a")) and [rows[0][name] for name in reviewing.FILLED] == [""] * 6


def test_a_cell_is_no_formula_and_shows_no_personal_number(store: Store, tmp_path: Path) -> None:
    number = "11010519491231002X"
    run(store, [finding("a", observed="=HYPERLINK(1)", locator=None).with_(url=f"{HOME}{number}.html")])
    [row] = exported(store, tmp_path / "a.csv")
    assert row["观察到"] == "'=HYPERLINK(1)" and number not in json.dumps(row)
    [row] = exported(store, tmp_path / "a.xlsx")
    assert row["观察到"] == "=HYPERLINK(1)", "text in a cell of text"
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").active["K2"].data_type == "s"


def test_a_veto_is_decided_as_a_whole(store: Store, tmp_path: Path) -> None:
    veto = {"indicator": "V3", "state": "candidate", "reason": "首页2周内无信息更新", "findings": ["a" * 16]}
    run(store, [finding("a")], vetoes=[veto])
    first, _ = exported(store, tmp_path / "a.xlsx")
    assert (first["编号"], first["机器结论"]) == (decisions.veto_id(SITE, "V3"), "拟单项否决") and "首页不更新" in first["问题描述"]
    done = take(store, sheet(tmp_path / "b.xlsx", {**first, **filled(), "编号": first["编号"]}))
    assert (done.kept, done.bad) == (1, [])
    assert decisions.Decisions(store.decisions(), "2026-11-16").on_veto(SITE, "V3", [finding("a")]).persons == ("张三",)


@pytest.mark.parametrize("name", ["a.docx", "没有后缀"])
def test_other_files_are_refused(store: Store, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="只支持 xlsx 和 csv"):
        reviewing.export(tmp_path / name, store=store.location, run_id=None)


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_a_folder_that_is_not_there_is_named(store: Store, tmp_path: Path, suffix: str) -> None:
    with pytest.raises(OutputError, match="无法写入"):
        reviewing.export(tmp_path / "没有" / f"a.{suffix}", store=store.location, run_id=None)


# back

EVIDENCE = decisions.fingerprint(finding("a"))
GOOD: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("confirmed", {}, {"decision": "confirmed", "at": "2026-11-19T10:30:00+08:00", "ground": None, "period": None}),
    ("no time: now", {"核实时间": ""}, {"at": "2026-11-20T09:00:00+08:00"}),
    ("a day alone", {"核实时间": "2026年11月19日"}, {"at": "2026-11-19T00:00:00+08:00"}),
    ("written loosely", {"核实时间": "2026/11/9 8：05"}, {"at": "2026-11-09T08:05:00+08:00"}),
    ("a cell that Excel holds as a date", {"核实时间": datetime(2026, 11, 18, 16, 45)}, {"at": "2026-11-18T16:45:00+08:00"}),  # noqa: DTZ001
    (
        "false positive",
        {"决定": "误报", "理由": "该词为单位简称"},
        {"decision": "false_positive", "ground": "该词为单位简称", "approver": None},
    ),
    ("waived", {"决定": "核减", "理由": "机房搬迁", "批准人": "李四"}, {"decision": "waived", "approver": "李四", "period": "2026-Q4"}),
    ("waived for a half", {"决定": "核减", "理由": "机房搬迁", "批准人": "李四", "核减期": "2026年下半年"}, {"period": "2026-H2"}),
    (
        "waived for a quarter in words",
        {"决定": "核减", "理由": "搬迁", "批准人": "李四", "核减期": "2026年第三季度"},
        {"period": "2026-Q3"},
    ),
    ("waived for a month", {"决定": "核减", "理由": "搬迁", "批准人": "李四", "核减期": "2026年9月"}, {"period": "2026-09"}),
    ("waived for a year", {"决定": "核减", "理由": "搬迁", "批准人": "李四", "核减期": "2026年度"}, {"period": "2026"}),
    ("blanks around", {"决定": " 确认 ", "核实人": " 张三 "}, {"decision": "confirmed", "by": "张三"}),
    ("an id in capitals", {"编号": "A" * 16}, {"finding": "a" * 16}),
    ("with its fingerprint", {"佐证指纹": EVIDENCE}, {"fingerprint": EVIDENCE}),
    ("without its fingerprint: the evidence of now", {"佐证指纹": ""}, {"fingerprint": EVIDENCE}),
)


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
@pytest.mark.parametrize(("why", "row", "kept"), GOOD, ids=[row[0] for row in GOOD])
def test_a_good_row_becomes_a_decision(
    store: Store, tmp_path: Path, why: str, row: dict[str, Any], kept: dict[str, Any], suffix: str
) -> None:
    done = take(store, sheet(tmp_path / f"a.{suffix}", filled(**row)))
    assert (done.kept, done.bad, done.exit_code) == (1, [], 0), why
    [review] = store.decisions()
    assert {name: getattr(review, name) for name in kept} == kept


BAD: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("no id", {"编号": ""}, "没有编号"),
    ("an id that a spreadsheet has spoilt", {"编号": "8.12E+15"}, "编号不完整或已被改动"),
    ("an id of nothing", {"编号": "0123456789abcdef"}, "没有这个编号的问题"),
    ("a finding that was not checked is none", {"编号": "c" * 16}, "没有这个编号的问题"),
    ("a word of one's own", {"决定": "同意"}, "决定“同意”不认识，应为 确认、误报、核减"),
    ("nobody", {"核实人": ""}, "没有核实人"),
    ("a false positive without ground", {"决定": "误报"}, "误报须写明理由"),
    ("a waiver without ground", {"决定": "核减", "批准人": "李四"}, "核减须写明理由"),
    ("a waiver that nobody approved", {"决定": "核减", "理由": "搬迁"}, "核减须写明批准人"),
    ("a period where there is none", {"核减期": "2026-Q4"}, "核减期只用于核减"),
    ("a period without a year", {"决定": "核减", "理由": "搬", "批准人": "李四", "核减期": "第四季度"}, "核减期“第四季度”不认识"),
    ("a thirteenth month", {"决定": "核减", "理由": "搬", "批准人": "李四", "核减期": "2026年13月"}, "核减期“2026年13月”不认识"),
    ("a day that is none", {"核实时间": "昨天"}, "核实时间“昨天”不是日期"),
    ("an hour that is none", {"核实时间": "2026-11-19 25:10"}, "核实时间“2026-11-19 25:10”不是时间"),
    ("a day to come", {"核实时间": "2026-12-01"}, "核实时间 2026-12-01 00:00 在将来"),
    ("a fingerprint of nothing", {"佐证指纹": "0" * 16}, "与任何批次都不符"),
)


@pytest.mark.parametrize(("why", "row", "said"), BAD, ids=[row[0] for row in BAD])
def test_a_bad_row_is_named_by_its_number_and_the_good_ones_stand(
    store: Store, tmp_path: Path, why: str, row: dict[str, Any], said: str
) -> None:
    path = sheet(tmp_path / "a.xlsx", filled("b"), filled(**row), {"编号": "a" * 16, "问题描述": "留空"})
    done = take(store, path)
    assert (done.kept, done.silent, done.exit_code, [bad.row for bad in done.bad]) == (1, 1, 5, [3]), why
    assert said in done.bad[0].reason and [review.finding for review in store.decisions()] == ["b" * 16]
    assert any(line.startswith("第 3 行") for line in done.lines(as_json=False))


def test_the_same_sheet_once_more_changes_nothing(store: Store, tmp_path: Path) -> None:
    path = sheet(tmp_path / "a.xlsx", filled("a", 核实时间=""), filled("b"), filled("b", 核实人="王五"))
    assert take(store, path).kept == 3
    again = take(store, path)
    assert (again.kept, again.known) == (0, 3) and len(store.decisions()) == 3


@pytest.mark.parametrize(
    ("name", "rows"),
    [("a.csv", [["编号", "说明"], ["a" * 16, "x"]]), ("a.csv", []), ("a.xlsx", None), ("没有.xlsx", None)],
)
def test_a_file_that_is_no_such_sheet_is_refused(store: Store, tmp_path: Path, name: str, rows: list[list[str]] | None) -> None:
    path = tmp_path / name
    if rows is not None:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    elif name == "a.xlsx":
        path.write_bytes(b"PK\x03\x04 torn")
    with pytest.raises(UsageError):
        take(store, path)


def test_lines_above_the_header_and_columns_of_others_do_no_harm(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [["核实表"], [], ["备注", "核实人", "决定", "编号"], ["先看过", "张三", "确认", "a" * 16]]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    assert take(store, path).kept == 1


# what a decision is bound to


def standing(store: Store, now: Finding, as_of: str = "2026-11-16") -> dict[str, Any]:
    [shown] = decisions.with_reviews([now.with_(as_of=as_of)], store.decisions(), as_of)
    return shown.review or {}


def test_changed_evidence_asks_for_a_new_look(store: Store, tmp_path: Path) -> None:
    first = exported(store, tmp_path / "a.csv")[0]
    changed = finding("a", snippet="另一句话")
    run(store, [changed], "20261117-abcdef")
    done = take(store, sheet(tmp_path / "b.csv", {**first, **filled(决定="误报", 理由="单位简称")}))
    assert done.kept == 1 and done.changed == [f"第 2 行（{'a' * 16}）：佐证在核实之后已变化，请重新核实"]
    assert standing(store, finding("a"))["decision"] == "false_positive" and standing(store, changed)["stale"]
    assert decided(standing(store, changed)) == "佐证已变化，须重新核实"
    again = {row["编号"]: row for row in exported(store, tmp_path / "c.csv")}["a" * 16]
    assert again["佐证指纹"] == decisions.fingerprint(changed) != first["佐证指纹"]


def test_a_false_positive_lasts_as_long_as_its_cause_a_waiver_one_period(store: Store, tmp_path: Path) -> None:
    take(
        store,
        sheet(tmp_path / "a.csv", filled("a", 决定="误报", 理由="单位简称"), filled("b", 决定="核减", 理由="搬迁", 批准人="李四")),
    )
    late = "2027-02-10"
    assert standing(store, finding("a"), late)["decision"] == "false_positive"
    other = finding("b", Outcome.NEEDS_REVIEW)
    assert standing(store, other)["decision"] == "waived" and standing(store, other)["approver"] == "李四"
    assert standing(store, other, late) == {}, "the next quarter counts it again"
    assert decided(standing(store, other)) == "核减（张三，2026-11-19），限2026-Q4"


def test_the_decision_stands_in_the_next_sheet(store: Store, tmp_path: Path) -> None:
    take(store, sheet(tmp_path / "a.csv", filled("a")))
    judged = decisions.with_reviews(store.findings(RUN), store.decisions(), "2026-11-16")
    store.put_judgement(RUN, SITE, judged, {**store.scorecards(RUN)[0]}, {"site": SITE}, [])
    assert exported(store, tmp_path / "b.csv")[0]["已有决定"] == "确认（张三，2026-11-19）"


# the commands


def test_the_commands(store: Store, tmp_path: Path) -> None:
    runner, path = CliRunner(), tmp_path / "核实.xlsx"
    done = runner.invoke(app, ["review", "export", str(path), "--store", store.location, "--json"])
    assert done.exit_code == 0 and json.loads(done.stdout) == {"file": str(path), "rows": 2}
    back = sheet(tmp_path / "back.csv", filled("a"), filled("b", 决定="同意"))
    done = runner.invoke(app, ["review", "import", str(back), "--store", store.location])
    assert done.exit_code == 5 and "已记录 1 条决定" in done.stdout and "第 3 行" in done.stdout
    done = runner.invoke(app, ["review", "import", str(back), "--store", store.location, "--json"])
    told = json.loads(done.stdout)
    assert (told["kept"], told["known"], told["bad"][0]["row"]) == (0, 1, 3)
    done = runner.invoke(app, ["review", "export", str(path), "--run", "20200101-000000", "--store", store.location])
    assert isinstance(done.exception, UsageError)


def test_without_a_finished_run_there_is_nothing_to_decide(tmp_path: Path) -> None:
    open_store(f"sqlite:///{tmp_path}/new.db").close()
    with pytest.raises(UsageError, match="还没有完成的检查批次"):
        reviewing.export(tmp_path / "a.xlsx", store=f"sqlite:///{tmp_path}/new.db", run_id=None)


def test_old_decisions_without_an_approver_are_read(store: Store) -> None:
    store.decide(Review(finding="a" * 16, decision="confirmed", fingerprint=EVIDENCE, by="甲", at="2026-11-16T10:00:00+08:00"))
    assert store.decisions()[0].approver is None
