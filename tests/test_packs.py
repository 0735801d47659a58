"""The pack reader: the national table is whole, local packs merge at the leaf, and every slip is refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from govcrawl import rulebook
from govcrawl.errors import RulebookError
from govcrawl.model.findings import Finding, Outcome
from govcrawl.rulebook.models import Rule
from govcrawl.rulebook.packs import Pack, build_pack, load_pack, pack_names

NATIONAL = load_pack("national-2019")


def finding(rule: str, **fields: Any) -> Finding:
    values: dict[str, Any] = {
        "id": "0" * 16,
        "outcome": Outcome.FAIL,
        "site": "s",
        "object": "page",
        "url": "http://a.gov.cn/",
        "message": "问题",
    }
    return Finding(rule=rule, **{**values, **fields})


# ---------------------------------------------------------------- the national table


def test_every_indicator_stands_in_the_table_order() -> None:
    ids = [i.id for i in NATIONAL.indicators]
    table = [
        *(f"V{n}" for n in range(1, 7)),
        *(f"M{n}" for n in range(1, 4)),
        *(f"D{n}" for n in range(1, 30)),
        *(f"B{n}" for n in range(1, 11)),
    ]
    assert ids == table


@pytest.mark.parametrize(
    ("group", "kind", "full"),
    [
        ("发布解读", "deduction", 31), ("办事服务", "deduction", 25), ("互动交流", "deduction", 23), ("功能设计", "deduction", 21),
        ("信息发布", "bonus", 7), ("办事服务", "bonus", 6), ("互动交流", "bonus", 8), ("功能设计", "bonus", 6), ("创新发展", "bonus", 3),
    ],
)  # fmt: skip
def test_groups_add_up_as_the_table_says(group: str, kind: str, full: int) -> None:
    assert sum(i.max or 0 for i in NATIONAL.indicators if i.group == group and i.kind == kind) == full


def test_what_falls_away_without_public_services() -> None:
    gone = [i.id for i in NATIONAL.indicators if i.public_services]
    assert sorted(gone) == sorted(["V6", *(f"D{n}" for n in range(10, 16)), "B3", "B4", "B5"])


MAXIMA = "D1 2 D2 2 D3 2 D4 5 D5 5 D6 5 D7 3 D8 3 D9 4 D10 3 D11 5 D12 2 D13 8 D14 5 D15 2 D16 7 D17 3 D18 6 D19 7 D20 3 D21 3 D22 1 D23 1 D24 3 D25 4 D26 2 D27 1 D28 2 D29 1 B1 4 B2 3 B3 2 B4 2 B5 2 B6 5 B7 3 B8 4 B9 2 B10 3"


@pytest.mark.parametrize(("indicator", "points"), list(zip(MAXIMA.split()[::2], MAXIMA.split()[1::2], strict=True)))
def test_caps(indicator: str, points: str) -> None:
    row = NATIONAL.indicator(indicator)
    assert row is not None
    assert row.max == Decimal(points)


@pytest.mark.parametrize(
    ("clause", "points", "unit", "sentence"),
    [
        ("D4-2", "5", "column", "监测时间点前2周内未更新的，扣5分。"),
        ("D8-1", "0.5", "item", "未与被解读的政策文件相关联的"),
        ("D9-1", "2", "column", "其他栏目存在空白的"),
        ("D12-2", "1", "column", "3个月内未更新的，扣2分"),
        ("D13-1", "4", "item", "事项无办事指南的"),
        ("D13-4", "2", "item", "根据有关法律法规规定应提交的其他材料"),
        ("D18-3", "3", "column", "监测时间点前2个月内未更新的"),
        ("D19-1", "2", "item", "咨询类问题未在5个工作日内答复的"),
        ("D21-1", "0.5", "mark", "公安机关备案标识"),
        ("D22-1", "0.2", "item", "首页上的链接"),
        ("D23-2", "0.2", "page", "未在其他页面底部功能区"),
        ("D27-2", "0.1", "page", "随机抽查5个栏目页面"),
        ("M2-1", None, "site", "监测时间点前2周内无更新"),
    ],
)
def test_clauses(clause: str, points: str | None, unit: str, sentence: str) -> None:
    row = NATIONAL.clause(clause)
    assert row is not None
    assert (row.points, row.unit) == (Decimal(points) if points else None, unit)
    assert sentence in row.text


def test_no_local_addition_and_no_numbers_of_ours_in_the_sentences() -> None:
    texts = [c.text for i in NATIONAL.indicators for c in i.clauses]
    assert not any("三审三校" in t for t in texts)
    assert all(not set("VMDB") & set(t.replace("ICP", "").replace("IPv6", "").replace("APP", "")) for t in texts)
    assert all(t.endswith("。") and "," not in t and "(" not in t for t in texts)


def test_every_rule_has_its_place_once() -> None:
    rules = rulebook.rules()
    clauses = {m.rule for i in NATIONAL.indicators for c in i.clauses for m in c.match}
    assert clauses | set(NATIONAL.hints) | set(NATIONAL.facts) == set(rules)
    assert not set(NATIONAL.facts) & (clauses | set(NATIONAL.hints))


@pytest.mark.parametrize(
    ("rule", "fields", "indicator", "clause"),
    [
        ("home-stale", {}, "V3", "V3-1"),
        ("message-unanswered", {"facet": "open"}, "V5", "V5-2"),
        ("column-missing", {"facet": "概况信息"}, "D1", "D1-1"),
        ("column-missing", {"facet": "政策文件:first"}, "D5", "D5-1"),
        ("column-missing", {"facet": "政策解读"}, "D6", "D6-1"),
        ("column-missing", {"facet": "办事服务"}, "D10", "D10-1"),
        ("column-missing", {"facet": "办事统计"}, "D12", "D12-1"),
        ("column-missing", {"facet": "咨询建言"}, "D18", "D18-1"),
        ("column-missing", {"facet": "在线访谈"}, "X0", None),
        ("column-stale", {"facet": "动态要闻"}, "D4", "D4-2"),
        ("column-stale", {"facet": "政策文件:first"}, "D5", "D5-2"),
        ("column-stale", {"facet": "政策文件:lower"}, "D9", "D9-2"),
        ("column-stale", {"facet": "政策解读:first"}, "D6", "D6-2"),
        ("column-stale", {"facet": "政策解读:lower"}, "D9", "D9-2"),
        ("column-stale", {"facet": "通知公告:first"}, "D9", "D9-2"),
        ("column-stale", {"facet": "办事统计"}, "D12", "D12-2"),
        ("column-stale", {"facet": "咨询建言"}, "D18", "D18-3"),
        ("column-stale", {"facet": None}, "D9", "D9-2"),
        ("column-blank", {"facet": "动态要闻"}, "D9", "D9-1"),
        ("link-dead", {"on_home": True}, "D22", "D22-1"),
        ("link-empty", {"on_home": False}, "D22", "D22-2"),
        ("error-report-missing", {"on_home": True}, "D23", "D23-1"),
        ("error-report-wrong-code", {"on_home": False}, "D23", "D23-2"),
        ("footer-mark-wrong", {"value": "网站标识码"}, "D21", "D21-1"),
        ("page-tag-missing", {"facet": "content"}, "D27", "D27-1"),
        ("page-tag-missing", {"facet": "column"}, "D27", "D27-2"),
        ("site-name-nonconforming", {"facet": "name"}, "D20", "D20-2"),
        ("site-name-nonconforming", {"facet": "header"}, "D20", "D20-3"),
        ("outdated-name", {"facet": "机构职能"}, "D2", "D2-2"),
        ("outdated-name", {}, "X0", None),
        ("privacy-phone", {}, "X0", None),
        ("column-due-soon", {"facet": "动态要闻"}, "X0", None),
        ("consultation-no-feedback", {}, "B7", "B7-2"),
        ("item-undated", {}, None, None),
        ("site-blocked", {}, None, None),
    ],
)  # fmt: skip
def test_a_finding_belongs_to_one_clause(rule: str, fields: dict[str, Any], indicator: str | None, clause: str | None) -> None:
    place = NATIONAL.place(finding(rule, **fields))
    assert (place[0], place[1].id if place[1] else None) == (indicator, clause)


@pytest.mark.parametrize(
    ("rule", "name", "value"),
    [
        ("home-stale", "window_days", 14), ("message-unanswered", "unanswered_months", 3), ("message-unanswered", "lookback_months", 12),
        ("reply-late", "limit_working_days", 5), ("reply-late", "lookback_months", 12), ("consultation-no-feedback", "feedback_months", 1),
        ("error-report-late", "lookback_months", 6), ("policy-not-interpreted", "lookback_months", 12), ("account-stale", "window_days", 14),
        ("site-unreachable", "probes_per_day", 20),
    ],
)  # fmt: skip
def test_national_numbers(rule: str, name: str, value: object) -> None:
    assert NATIONAL.param(rule, name) == value


@pytest.mark.parametrize(
    ("kind", "window"),
    [("动态要闻", "14d"), ("政策文件:first", "6m"), ("政策解读:first", "6m"), ("通知公告:first", "6m"), ("办事统计", "1m"), ("咨询建言", "2m"), ("政策文件:lower", "12m")],
)  # fmt: skip
def test_national_windows(kind: str, window: str) -> None:
    assert NATIONAL.param("column-stale", "windows")[kind] == window


def test_required_columns() -> None:
    required = NATIONAL.param("column-missing", "required_columns")
    assert sorted(required) == sorted(
        ["概况信息", "机构职能", "领导信息", "动态要闻", "政策文件", "政策解读", "办事服务", "办事统计", "咨询建言"]
    )
    for kind in required:
        indicator, _ = NATIONAL.place(finding("column-missing", facet=kind))
        assert indicator != "X0", kind


# ---------------------------------------------------------------- reading


def rule(ident: str, **params: Any) -> Rule:
    return Rule(
        id=ident, title="标题", scope="p", object="page", version=1, identity=["url"], built=True, by="A", outcome="fail", message="问题", remedy="整改",
        basis="依据", params=params,
    )  # fmt: skip


RULES: Mapping[str, Rule] = {
    r.id: r for r in (rule("link-dead", seconds=15), rule("column-stale", windows={"动态要闻": "14d"}), rule("typo"))
}

BASE: dict[str, Any] = {
    "title": "小表", "basis": "文", "source": "文", "full": "10", "bonus_full": "0", "fail_below": "6", "bonus_above": "8",
    "without_services": {"times": 4, "over": 3}, "coverage_floor": "0.5", "must_be_checked": [], "confirmations": 2,
    "grades": [{"name": "合格", "from": "6"}], "grade_failed": "不合格", "rounding": {}, "samples": {}, "hints": ["typo"], "facts": [],
    "indicators": {
        "D1": {
            "group": "甲", "name": "链接", "kind": "deduction", "max": "4", "severity": "minor",
            "clauses": {"D1-1": {"text": "打不开的，扣1分。", "unit": "item", "points": "1", "match": ["link-dead"]}},
        },
        "D2": {
            "group": "乙", "name": "栏目", "kind": "deduction", "max": "6", "severity": "major",
            "clauses": {
                "D2-1": {"text": "未更新的，扣5分。", "unit": "column", "points": "5", "match": [{"rule": "column-stale", "facets": ["动态要闻"]}]},
                "D2-2": {"text": "其他未更新的，扣1分。", "unit": "column", "points": "1", "match": ["column-stale"], "lookback_months": 6},
            },
        },
    },
}  # fmt: skip


def write(folder: Path, name: str, *parts: dict[str, Any]) -> None:
    (folder / name).mkdir(parents=True, exist_ok=True)
    for n, part in enumerate(parts):
        (folder / name / f"{n}.yml").write_text(yaml.safe_dump(part, allow_unicode=True, sort_keys=False), encoding="utf-8")


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    folder = tmp_path / "packs"
    write(folder, "base", BASE)
    return folder


def test_files_of_a_pack_make_one_mapping(packs: Path) -> None:
    whole = build_pack("base", packs, RULES)
    first, second = {**BASE, "indicators": {"D1": BASE["indicators"]["D1"]}}, {"indicators": {"D2": BASE["indicators"]["D2"]}}
    write(packs, "split", first, second)
    assert build_pack("split", packs, RULES).indicators == whole.indicators
    assert pack_names(packs) == ["base", "split"]


def test_a_local_pack_writes_only_what_differs(packs: Path) -> None:
    local = {
        "extends": "base", "title": "县表", "fail_below": "7", "params": {"link-dead": {"seconds": 30}},
        "indicators": {
            "D1": {"max": "5", "clauses": {"D1-1": {"points": "0.2"}}},
            "D2": {"max": "5", "clauses": {"D2-2": {"lookback_months": None}, "D2-3": {"text": "错字，扣1分。", "unit": "item", "points": "1", "match": ["typo"]}}},
        },
    }  # fmt: skip
    write(packs, "local", local)
    write(packs, "town", {"extends": "local", "indicators": {"D2": {"clauses": {"D2-3": None}}}})
    pack = build_pack("local", packs, RULES)
    assert (pack.name, pack.title, pack.basis, pack.fail_below) == ("local", "县表", "文", Decimal(7))
    assert pack.param("link-dead", "seconds") == 30
    d1, d2 = pack.indicators
    assert (d1.max, d1.clauses[0].points, d1.clauses[0].text) == (Decimal(5), Decimal("0.2"), "打不开的，扣1分。")
    assert [c.id for c in d2.clauses] == ["D2-1", "D2-2", "D2-3"]
    assert d2.clauses[1].lookback_months is None
    assert pack.place(finding("typo"))[0] == "D2"
    assert [c.id for c in build_pack("town", packs, RULES).indicators[1].clauses] == ["D2-1", "D2-2"]


def test_parameters_come_from_the_pack_then_from_the_rule_then_not_at_all(packs: Path) -> None:
    pack = build_pack("base", packs, RULES)
    assert pack.param("link-dead", "seconds") == 15
    assert pack.param("column-stale", "lookback_months") == 6
    write(packs, "windows", {"extends": "base", "params": {"column-stale": {"windows": {"通知公告": "3m"}}}})
    assert build_pack("windows", packs, RULES).param("column-stale", "windows") == {"动态要闻": "14d", "通知公告": "3m"}
    with pytest.raises(RulebookError, match="规则 link-dead 没有参数 minutes"):
        pack.param("link-dead", "minutes")


def changed(path: str, value: Any) -> dict[str, Any]:
    """BASE with one place changed; `...` takes the key away."""
    copy = yaml.safe_load(yaml.safe_dump(BASE, allow_unicode=True))
    at = copy
    *way, last = path.split("/")
    for key in way:
        at = at[key]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return dict(copy)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("titel", "x", "titel：不认识的键"),
        ("title", ..., "title：缺少这个键"),
        ("full", 10, "加引号的小数"),
        ("full", "100", "分值之和是 10，不是满分 100"),
        ("fail_below", "-1", "不小于零"),
        ("must_be_checked", ["V3"], "没有指标 V3"),
        ("rounding", {"mode": "up"}, "只能是"),
        ("indicators", [], "indicators：应为键值对"),
        ("indicators/D1/max", ..., "D1：扣分和加分指标须有 max"),
        ("indicators/D1/id", "D1", "id：不认识的键"),
        ("indicators/D1/colour", "red", "不认识的键"),
        ("indicators/D1/clauses", {}, "至少要有一项"),
        ("indicators/D1/clauses/D2-9", {"text": "x。", "unit": "item", "points": "1"}, "细则编号应以 D1- 开头"),
        ("indicators/D1/clauses/D1-1/unit", "link", "只能是"),
        ("indicators/D1/clauses/D1-1/points", 0.1, "加引号的小数"),
        ("indicators/D1/clauses/D1-1/points", ..., "须有 points"),
        ("indicators/D1/clauses/D1-1/sample", "D9", "没有抽样“D9”"),
        ("indicators/D1/clauses/D1-1/match", ["link-ded"], "没有规则 link-ded"),
        ("indicators/D1/clauses/D1-1/match", [{"rule": "link-dead", "home": True}], "不认识的键"),
        ("indicators/D1/clauses/D1-1/match", [], "规则 link-dead 没有归入"),
        ("indicators/D1/clauses/D1-1/match", ["link-dead", "column-stale"], "只能归入一条细则"),
        ("indicators/D1/clauses/D1-1/unchecked", "login", "已有规则检查本细则"),
        ("indicators/D1/clauses/D1-1/when", {"label": "x", "at_least": 1, "of": ["link-dead"]}, "只用于单项否决"),
        ("hints", [], "规则 typo 没有归入"),
        ("facts", ["nothing"], "没有规则 nothing"),
        ("params", {"link-dead": {"second": 3}}, "params.link-dead：没有参数 second"),
        ("params", {"link-dead": {"seconds": "15"}}, "params.link-dead.seconds：应与规则自己的值同类（15）"),
        ("params", {"link-ded": {}}, "params：没有规则 link-ded"),
    ],
)
def test_a_slip_is_refused_with_its_place(packs: Path, path: str, value: Any, said: str) -> None:
    write(packs, "slip", changed(path, value))
    with pytest.raises(RulebookError) as caught:
        build_pack("slip", packs, RULES)
    assert said in str(caught.value)
    assert "rules/packs/slip" in str(caught.value)


def test_unknown_packs_circles_and_contradicting_files(packs: Path) -> None:
    for name in ("none", "../base", "Base"):
        with pytest.raises(RulebookError, match="可用：base"):
            build_pack(name, packs, RULES)
    write(packs, "one", {"extends": "two"})
    write(packs, "two", {"extends": "one"})
    with pytest.raises(RulebookError, match="one → two → one"):
        build_pack("one", packs, RULES)
    write(packs, "twice", BASE, {"title": "又一个"})
    with pytest.raises(RulebookError, match="title：本指标包的另一个文件里已有"):
        build_pack("twice", packs, RULES)
    (packs / "doubled").mkdir()
    (packs / "doubled" / "a.yml").write_text("title: a\ntitle: b\n", encoding="utf-8")
    with pytest.raises(RulebookError, match="重复"):
        build_pack("doubled", packs, RULES)


def test_a_pack_cannot_be_changed(packs: Path) -> None:
    pack: Pack = build_pack("base", packs, RULES)
    with pytest.raises(ValueError, match="frozen"):
        pack.title = "改"  # type: ignore[misc]
