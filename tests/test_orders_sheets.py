"""Work orders of a finished run: what goes into them, what units receive, what they send back, and what became of it."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import docx
import mending_world
import mongo_server
import openpyxl
import pytest

from fixtures.portal import Portal
from govcrawl import inspection, ordering, pinning, rechecking, rectification
from govcrawl.clock import CHINA
from govcrawl.errors import UsageError
from govcrawl.model.findings import Finding, Outcome, Review
from govcrawl.report.work_orders import COLUMNS
from govcrawl.scoring.decisions import fingerprint
from govcrawl.store import copying
from govcrawl.store.base import Store, open_store

pytestmark = pytest.mark.xdist_group("orders")


class Clock:
    def __init__(self, day: str = "2026-11-17") -> None:
        self.at = datetime.fromisoformat(f"{day}T09:00:00").replace(tzinfo=CHINA)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture(scope="module")
def inspected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one finished run over two sites; severe wording and a doubtful finding are put in by hand."""
    folder = tmp_path_factory.mktemp("orders")
    villages = mending_world.build(2)[1]
    (folder / "registry.yml").write_text(mending_world.registry(villages), encoding="utf-8")
    before = dict(os.environ)
    with Portal(world=villages[0].world) as portal:
        os.environ.update(portal.environment)
        options = pinning.Options(
            as_of=mending_world.AS_OF, out=folder / "out", store=f"sqlite:///{folder}/govcrawl.db", delay=0, concurrency=8, second_look_after=0,
            render="never", shots="none", link_timeout=3, page_timeout=5, retry_wait=0.1,
        )  # fmt: skip
        run = inspection.run([str(folder / "registry.yml")], options, say=lambda line: None).run
    os.environ.clear()
    os.environ.update(before)
    store = open_store(f"sqlite:///{folder}/govcrawl.db")
    site = villages[0].code
    found = [*store.findings(run.id, site), severe(run.id, site), doubtful(run.id, site), secret(run.id, site)]
    card = next(c for c in store.scorecards(run.id) if c["site"] == site)
    receipt = next(r for r in store.receipts(run.id) if r["site"] == site)
    store.put_judgement(run.id, site, found, card, receipt, [])
    store.close()
    return folder


def put_in(rule: str, run: str, site: str, ident: str, **more: Any) -> Finding:
    return Finding(
        id=ident, rule=rule, outcome=Outcome.NEEDS_REVIEW, site=site, object="page", url="http://www.xian00.gov.cn/yw/16.html", run=run,
        indicator="X0", first_seen="2026-11-16T09:00:00+08:00", **more,
    )  # fmt: skip


def severe(run: str, site: str) -> Finding:
    return put_in("severe-wording", run, site, "5" * 16, message="疑似严重表述错误，请核实", value="某某词", severity="severe")


def doubtful(run: str, site: str) -> Finding:
    return put_in("reply-perfunctory", run, site, "6" * 16, message="答复可能敷衍", value=None)


def secret(run: str, site: str) -> Finding:
    return put_in("secrecy-mark", run, site, "7" * 16, message="疑似带有密级标志").with_(outcome=Outcome.FAIL)


class Office:
    """A fresh copy of the workspace, with a clock."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, Clock()
        self.store = f"sqlite:///{folder}/govcrawl.db"
        with self.opened() as store:
            self.run = store.runs()[0].id

    def opened(self) -> Any:
        from contextlib import closing

        return closing(open_store(self.store))

    def make(self, **more: Any) -> ordering.Made:
        return ordering.make(self.run, store=self.store, out=self.folder / "orders", clock=self.clock, by="王一平", **more)

    def decide(self, finding: Finding, decision: str, by: str, **more: Any) -> None:
        with self.opened() as store:
            store.decide(
                Review(
                    finding=finding.id, decision=decision, fingerprint=fingerprint(finding), by=by, at="2026-11-16T10:00:00+08:00", **more
                )
            )

    def finding(self, ident: str) -> Finding:
        with self.opened() as store:
            return next(f for f in store.findings(self.run) if f.id == ident)

    def states(self, order: str) -> dict[str, str]:
        with self.opened() as store:
            kept = store.order(order)
            return {f: s.state for f, s in rectification.standings(kept, store.order_events(order)).items()}

    def take_in(self, *files: Path) -> ordering.Imported:
        return ordering.take_in(list(files), store=self.store, clock=self.clock)


@pytest.fixture
def office(inspected: Path, tmp_path: Path) -> Office:
    shutil.copy(inspected / "govcrawl.db", tmp_path / "govcrawl.db")
    return Office(tmp_path)


@pytest.fixture
def made(office: Office) -> Iterator[ordering.Made]:
    yield office.make()


def text_of(folder: Path) -> str:
    """Everything that stands in a unit's files."""
    parts = []
    for path in sorted(folder.iterdir()):
        if path.suffix == ".docx":
            paper = docx.Document(str(path))
            parts += [p.text for p in paper.paragraphs] + [c.text for t in paper.tables for r in t.rows for c in r.cells]
        else:
            book = openpyxl.load_workbook(path)
            parts += [str(c.value) for s in book for r in s.iter_rows() for c in r if c.value is not None]
    return "\n".join(parts)


def test_one_order_a_unit_with_all_its_problems(office: Office, made: ordering.Made) -> None:
    with office.opened() as store:
        problems = [f for f in store.findings(office.run) if f.outcome is Outcome.FAIL and f.indicator and f.rule != "secrecy-mark"]
    assert [o.unit for o in made.orders] == ["清水甲县人民政府办公室", "清水乙县人民政府办公室"]
    assert {i.finding for o in made.orders for i in o.items} == {f.id for f in problems}
    assert {(o.issued_on, o.due_on) for o in made.orders} == {("2026-11-17", "2026-11-24")}
    assert made.lines(as_json=False)[0] == f"{office.run}-01\t清水甲县人民政府办公室\t{len(made.orders[0].items)} 个问题\t2026-11-24 前反馈"
    assert {p.suffix for p in made.files} == {".xlsx", ".docx"} and len(made.files) == 4


def test_what_nobody_has_confirmed_and_what_is_secret_stands_in_no_units_files(office: Office, made: ordering.Made) -> None:
    assert made.skipped == {"疑似问题，尚未核实": 2, "须单独处置，不进工单": 1}
    shown = text_of(office.folder / "orders")
    for word in ("某某词", "严重表述", "密级", "疑似", "答复可能敷衍", "拟单项否决", "link-dead", "D22", "X0"):
        assert word not in shown, word


def test_confirmed_candidates_are_ordered_but_severe_wording_only_by_two_persons(office: Office) -> None:
    office.decide(office.finding("6" * 16), "confirmed", "甲")
    office.decide(office.finding("5" * 16), "confirmed", "甲")
    first = office.make()
    assert "6" * 16 in {i.finding for i in first.orders[0].items} and "5" * 16 not in {i.finding for i in first.orders[0].items}
    assert first.skipped["严重表述错误须两人确认"] == 1
    office.decide(office.finding("5" * 16), "confirmed", "乙")
    second = office.make()
    [order] = second.orders
    assert [i.finding for i in order.items] == ["5" * 16] and order.id == f"{office.run}-03"
    with office.opened() as store:
        assert store.order_events(order.id)[0].note == "人工确认：甲、乙"


def test_a_decision_against_a_finding_keeps_it_out(office: Office) -> None:
    typo = next(f for f in _typos(office))
    office.decide(typo, "false_positive", "甲")
    made = office.make()
    assert typo.id not in {i.finding for o in made.orders for i in o.items} and made.skipped["已认定误报或核减"] == 1


def _typos(office: Office) -> list[Finding]:
    with office.opened() as store:
        return [f for f in store.findings(office.run) if f.rule == "typo"]


def test_nothing_is_ordered_twice_and_units_can_be_chosen(office: Office) -> None:
    first = office.make(units=["清水乙县人民政府办公室"])
    assert [o.unit for o in first.orders] == ["清水乙县人民政府办公室"]
    second = office.make()
    assert [o.unit for o in second.orders] == ["清水甲县人民政府办公室"] and second.skipped["已在未办结的工单中"] == len(
        first.orders[0].items
    )
    with pytest.raises(UsageError, match="没有需要交办的单位：无此单位"):
        office.make(units=["无此单位"])
    with pytest.raises(UsageError, match="没有已完成的检查批次"):
        ordering.make("20200101-aaaaaa", store=office.store, clock=office.clock)
    with pytest.raises(UsageError, match="1 至 250"):
        office.make(working_days=2500)


def test_the_sheet_carries_ids_hidden_and_takes_no_formula(office: Office, made: ordering.Made) -> None:
    sheet = openpyxl.load_workbook(made.files[0]).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    at = next(n for n, r in enumerate(rows) if r[0] == "编号")
    assert list(rows[at]) == [name for name, _ in COLUMNS] and sheet.column_dimensions["A"].hidden
    assert [r[0] for r in rows[at + 1 :]] == [i.finding for i in made.orders[0].items]
    assert "2026年11月24日前反馈" in str(rows[0][1])
    assert all(c.data_type != "f" for row in sheet.iter_rows() for c in row)


def test_the_letter_is_an_official_document(made: ordering.Made) -> None:
    path = next(p for p in made.files if p.suffix == ".docx")
    paper = docx.Document(str(path))
    section = paper.sections[0]
    margins = [round(m.mm) for m in (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin) if m is not None]
    assert margins == [37, 35, 28, 26] and round(section.page_width.mm) == 210  # type: ignore[union-attr]
    lines = [p.text for p in paper.paragraphs]
    assert lines[0] == "政府网站问题整改通知书" and "清水甲县人民政府办公室：" in lines
    assert any("请于2026年11月24日前完成整改" in line for line in lines) and "2026年11月17日" in lines
    assert paper.settings.odd_and_even_pages_header_footer
    xml = paper.element.xml
    assert 'w:eastAsia="方正小标宋简体"' in xml and 'w:eastAsia="仿宋_GB2312"' in xml and 'w:firstLineChars="200"' in xml
    table = paper.tables[0]
    assert len(table.rows) == len(made.orders[0].items) + 1 and "w:tblHeader" in table._tbl.xml and "w:cantSplit" in table._tbl.xml
    assert "PAGE" in section.footer._element.xml and "PAGE" in section.even_page_footer._element.xml


# -- what comes back


def filled(source: Path, answers: dict[str, dict[str, Any]]) -> list[list[Any]]:
    """The sheet as rows, with some cells filled in by finding id."""
    sheet = openpyxl.load_workbook(source).active
    assert sheet is not None
    rows = [list(r) for r in sheet.iter_rows(values_only=True)]
    at = next(n for n, r in enumerate(rows) if r[0] == "编号")
    for row in rows[at + 1 :]:
        for name, value in answers.get(str(row[0]), {}).items():
            row[rows[at].index(name)] = value
    return rows


def as_csv(path: Path, rows: list[list[Any]], encoding: str) -> Path:
    out = io.StringIO()
    csv.writer(out).writerows([["" if c is None else c for c in row] for row in rows])
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def as_xlsx(path: Path, rows: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "说明"
    sheet = book.create_sheet("返回")
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


@pytest.mark.parametrize("form", ["xlsx", "gb18030", "utf-8-sig", "utf-16"])
def test_returned_sheets_are_read_whatever_was_done_to_them(office: Office, made: ordering.Made, form: str) -> None:
    items = made.orders[0].items
    answers = {
        items[0].finding: {"整改情况": "已更换链接", "整改时间": "2026-11-16", "证明材料": "截图1.png"},
        items[1].finding: {"整改情况": "正在整改", "整改时间": "2026-12-10"},
        items[2].finding: {"核减/申诉": "该链接属上级网站"},
    }
    rows = filled(made.files[0], answers)
    at = next(n for n, r in enumerate(rows) if r[0] == "编号")
    body = sorted(rows[at + 1 :], key=lambda r: str(r[8]), reverse=True)[:]  # sorted by another column
    order = [3, *[n for n in range(len(rows[at])) if n != 3]]  # a column moved
    table = [[row[n] for n in order] for row in [*rows[:at], rows[at], *body]]
    file = as_xlsx(office.folder / "返回.xlsx", table) if form == "xlsx" else as_csv(office.folder / "返回.csv", table, form)
    got = office.take_in(file)
    assert (got.replies, got.started, got.objections, got.bad, got.exit_code) == (1, 1, 1, [], 0) and got.silent == len(items) - 3
    states = office.states(made.orders[0].id)
    assert [states[items[n].finding] for n in range(4)] == ["replied", "rectifying", "objected", "issued"]
    again = office.take_in(file)
    assert (again.replies, again.started, again.objections, again.bad) == (0, 0, 0, [])
    with office.opened() as store:
        reply = next(e for e in store.order_events(made.orders[0].id) if e.move == "reply")
    assert (reply.by, reply.role, reply.note) == ("清水甲县人民政府办公室", "unit", "已更换链接")
    assert (reply.data["done_on"], reply.data["proof"]) == ("2026-11-16", "截图1.png")


def test_bad_rows_are_named_with_file_row_and_reason_and_the_good_ones_kept(office: Office, made: ordering.Made) -> None:
    items = made.orders[0].items
    rows = filled(
        made.files[0],
        {
            items[0].finding: {"整改情况": "已整改", "整改时间": "2026-11-16"},
            items[1].finding: {"整改情况": "已整改", "整改时间": "明天下午"},
            items[2].finding: {"整改时间": "2026-11-16"},
        },
    )
    at = next(n for n, r in enumerate(rows) if r[0] == "编号")
    stranger = list(rows[at + 1])
    stranger[0] = "a" * 16
    rows.append(stranger)
    got = office.take_in(as_xlsx(office.folder / "返回.xlsx", rows))
    assert got.replies == 1 and got.exit_code == 5 and len(got.bad) == 3
    assert got.bad[0].startswith(f"返回.xlsx 第 {at + 3} 行（{items[1].finding}）：整改时间“明天下午”无法识别")
    assert "没有填写整改情况" in got.bad[1] and "不是工单中的问题编号" in got.bad[2]
    assert json.loads(got.lines(as_json=True)[0])["replies"] == 1


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("空.xlsx", b"", "文件是空的"),
        ("坏.xlsx", b"PK\x03\x04rest", "不是完好的"),
        ("别的.csv", "网站,网址\n甲,http://x/\n".encode(), "没有“整改情况”"),
        ("无编号.csv", "序号,整改情况\n1,已整改\n".encode("gb18030"), "没有“编号”列"),
    ],
)
def test_files_that_are_none_of_ours_are_named(office: Office, made: ordering.Made, name: str, body: bytes, words: str) -> None:
    (office.folder / name).write_bytes(body)
    with pytest.raises(UsageError, match=words) as said:
        office.take_in(office.folder / name)
    assert name in str(said.value)
    with pytest.raises(UsageError, match="无法读取"):
        office.take_in(office.folder / "没有这个文件.xlsx")


# -- deadlines, steps, repeats


def test_overdue_items_are_listed_and_marked_once(office: Office, made: ordering.Made) -> None:
    order = made.orders[0]
    ordering.move(
        order.id, "reply", store=office.store, by="张", role="unit", findings=[order.items[0].finding], note="已整改", clock=office.clock
    )
    assert ordering.overdue(store=office.store, as_of="2026-11-24", clock=office.clock) == []
    late = ordering.overdue(store=office.store, as_of="2026-11-25", clock=office.clock)
    assert len(late) == sum(len(o.items) for o in made.orders) - 1 and late[0].startswith(f"{order.id}\t清水甲县人民政府办公室\t2026-11-24")
    with office.opened() as store:
        before = len(store.order_events(order.id))
        assert ordering.overdue(store=office.store, as_of="2026-11-26", clock=office.clock) == late
        assert len(store.order_events(order.id)) == before
    line = ordering.listed(store=office.store, as_json=False, as_of="2026-11-26")[0]
    assert re.search(r"已逾期\t\d+ 个问题，未办结 \d+，逾期 \d+\t2026-11-24", line), line
    told = json.loads(ordering.listed(store=office.store, as_json=True, as_of="2026-11-26")[0])
    assert told["state"] == "overdue" and told["late"] == told["open"] - 1


def test_steps_are_made_by_who_may_and_refused_otherwise(office: Office, made: ordering.Made) -> None:
    order = made.orders[0]
    step = {"store": office.store, "by": "王一平", "clock": office.clock}
    with pytest.raises(UsageError, match="已交办的问题不能销号；现在可以：签收"):
        ordering.move(order.id, "close", role="inspector", **step)  # type: ignore[arg-type]
    ordering.move(order.id, "receive", role="unit", **step)  # type: ignore[arg-type]
    assert set(office.states(order.id).values()) == {"received"}
    with pytest.raises(UsageError, match="延期须给出新的时限"):
        ordering.move(order.id, "extend", role="approver", **step)  # type: ignore[arg-type]
    ordering.move(order.id, "extend", role="approver", working_days=10, **step)  # type: ignore[arg-type]
    assert ordering.overdue(store=office.store, as_of="2026-11-25", clock=office.clock)[0].startswith(made.orders[1].id)
    with pytest.raises(UsageError, match="没有工单 不存在"):
        ordering.move("不存在", "receive", role="unit", **step)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="中没有问题"):
        ordering.move(order.id, "reply", role="unit", findings=["f" * 16], **step)  # type: ignore[arg-type]


def test_what_was_closed_and_comes_up_again_is_a_repeat(office: Office, made: ordering.Made) -> None:
    order = made.orders[0]
    one = order.items[0].finding
    step: dict[str, Any] = {"store": office.store, "by": "王一平", "findings": [one], "clock": office.clock}
    for name, role in (("reply", "unit"), ("recheck", "inspector"), ("close", "inspector")):
        ordering.move(order.id, name, role=role, **step)
    office.clock.at += timedelta(days=30)
    again = office.make()
    [new] = again.orders
    assert [(i.finding, i.repeat) for i in new.items] == [(one, 1)] and "第 2 次出现" in new.items[0].cells["备注"]
    assert office.states(order.id)[one] == "repeated" and office.states(new.id)[one] == "issued"
    assert "此前已经整改销号，本次检查再次出现" in text_of(office.folder / "orders")
    got = office.take_in(as_xlsx(office.folder / "返回.xlsx", filled(again.files[0], {one: {"整改情况": "已彻底整改"}})))
    assert got.replies == 1 and office.states(new.id)[one] == "replied"  # the answer goes to the open order


def test_export_shows_what_was_answered(office: Office, made: ordering.Made) -> None:
    order = made.orders[0]
    one = order.items[0].finding
    ordering.move(order.id, "reply", store=office.store, by="张", role="unit", findings=[one], note="已更换", clock=office.clock)
    files = ordering.export([order.id], store=office.store, out=office.folder / "again")
    rows = filled(files[0], {})
    at = next(n for n, r in enumerate(rows) if r[0] == "编号")
    row = next(r for r in rows if r[0] == one)
    assert row[rows[at].index("整改情况")] == "已更换" and "已反馈" in str(row[rows[at].index("备注")])
    with pytest.raises(UsageError, match="没有工单 x"):
        ordering.export(["x"], store=office.store, out=office.folder / "again")


# -- how a re-check is asked for


def test_re_checks_that_cannot_be_done_say_why(office: Office, made: ordering.Made) -> None:
    with pytest.raises(UsageError, match="请给出工单号、问题编号"):
        rechecking.run([], rechecking.Options(store=office.store))
    said: list[str] = []
    with pytest.raises(UsageError, match="没有需要复查的问题"):
        rechecking.run(["f" * 16], rechecking.Options(store=office.store), say=said.append)
    assert said == [f"{'f' * 16}：既不是工单号，也不是问题编号"]
    with pytest.raises(UsageError, match="--fail-on"):
        rechecking.run([made.orders[0].id], rechecking.Options(store=office.store, fail_on="x"))


def test_with_nothing_open_there_is_nothing_to_do(office: Office) -> None:
    result = rechecking.run([], rechecking.Options(store=office.store, open=True, out=office.folder / "re"))
    assert (result.verdicts, result.exit_code) == ([], 0) and not (office.folder / "re").exists()


def test_settling_closes_what_is_mended_and_returns_what_was_answered_and_is_not(office: Office, made: ordering.Made) -> None:
    order = made.orders[0]
    villages = mending_world.build(2)[1]
    dead = {i.url: i.finding for i in order.items if i.rule == "link-dead"}
    mended, standing, silent = (dead[villages[0].url(f"/yw/{n}.html")] for n in (1, 3, 5))
    ordering.move(
        order.id, "reply", store=office.store, by="张", role="unit", findings=[mended, standing], note="已整改", clock=office.clock
    )  # fmt: skip
    villages[0]._edit(1, '<a href="/files/1.doc">附件：申报表1</a>', "申报表1")
    before = dict(os.environ)
    with Portal(world=villages[0].world) as portal:
        os.environ.update(portal.environment)
        options = rechecking.Options(
            store=office.store, out=office.folder / "re", delay=0, concurrency=8, render="never", as_of="2026-11-24", settle="王一平"
        )
        result = rechecking.run([mended, standing, silent], options, clock=office.clock, say=lambda line: None)
    os.environ.clear()
    os.environ.update(before)
    assert {v.finding.id: v.verdict for v in result.verdicts} == {mended: "fixed", standing: "not_fixed", silent: "not_fixed"}
    states = office.states(order.id)
    assert (states[mended], states[standing], states[silent]) == ("closed", "returned", "issued")
    with office.opened() as store:
        back: Store = store
        returned_ = next(e for e in back.order_events(order.id) if e.move == "return")
    assert (returned_.by, returned_.due_on) == ("王一平", "2026-11-24")
    assert result.exit_code == 0  # nothing severe is left


def test_the_same_on_mongodb(inspected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # frontier and snapshots lie in the working directory there
    with mongo_server.running(tmp_path / "mongod") as server:
        location = f"mongodb://127.0.0.1:{server.port}/orders?replicaSet=rs0"
        source, target = open_store(f"sqlite:///{inspected}/govcrawl.db"), open_store(location)
        copying.copy(source, target)
        run = target.runs()[0].id
        source.close()
        made = ordering.make(run, store=location, out=tmp_path / "orders", clock=Clock())
        order = made.orders[0]
        villages = mending_world.build(2)[1]
        by_url = {i.url: i.finding for i in order.items}
        edited, standing = by_url[villages[0].url("/yw/8.html")], by_url[villages[0].url("/yw/9.html")]
        rows = filled(made.files[0], {edited: {"整改情况": "已改正"}, standing: {"整改情况": "已改正"}})
        assert ordering.take_in([as_xlsx(tmp_path / "返回.xlsx", rows)], store=location, clock=Clock()).replies == 2
        villages[0]._edit(8, "关健环节", "关键环节")
        with Portal(world=villages[0].world) as portal:
            for name, value in portal.environment.items():
                monkeypatch.setenv(name, value)
            options = rechecking.Options(store=location, out=tmp_path / "re", delay=0, render="never", as_of="2026-11-24", settle="王一平")
            result = rechecking.run([edited, standing], options, clock=Clock("2026-11-24"), say=lambda line: None)
        assert {v.finding.id: v.verdict for v in result.verdicts} == {edited: "fixed", standing: "not_fixed"}
        now = rectification.standings(order, target.order_events(order.id))
        assert (now[edited].state, now[standing].state) == ("closed", "returned")
        assert {c["kind"] for c in target.changes(0, 10_000)} >= {"order", "order_event"}
        target.close()
