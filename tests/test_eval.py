"""The measuring itself: how verdicts are made, that floors hold and only rise, that the half that reports is not looked at."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from evals import __main__ as command
from evals import baseline, corpora, figures, given, judge, oracles, publishing, split, stored
from evals.figures import Figure, Measured
from evals.given import Given
from evals.truth import Answer, Expected, Origin
from fixtures.portal.build import build_sites
from fixtures.portal.truth import expected as portal_truth
from govcrawl.model.facts import Context

HOME = "http://www.guai.gov.cn/"
HTML = {"content-type": "text/html; charset=utf-8"}
ARTICLE = """<html><head><title>关于停水的通知_怪山县人民政府</title></head><body><div class="position">当前位置：<a href="/">首页</a> &gt; <a href="/tzgg/">通知公告</a></div>
<h1>关于停水的通知</h1><div class="info">发布时间：2026-11-05　来源：县水务局</div><div id="zoom"><p>因管道检修，十一月六日全天停水，请提前储水。</p>
<p>特此通知，敬请谅解。</p></div></body></html>"""
FACTS = {
    "title": "关于停水的通知", "published_on": "2026-11-05", "published_source": "visible", "source": "县水务局", "author": None, "attachments": [],
    "text_start": "因管道检修，十一月六日全天停水", "text_end": "特此通知，敬请谅解。",
}  # fmt: skip


def origin(facts: dict[str, Any], *, host: str = "www.guai.gov.cn", kind: str = "content", html: str = ARTICLE, **more: Any) -> Origin:
    url = HOME.replace("www.guai.gov.cn", host) + "tzgg/1.html"
    answer = Answer(url=url, body=html.encode(), headers=HTML, context=Context(depth=1))
    return Origin(
        corpus="test", host=host, home=f"http://{host}/", as_of="2026-11-16", answers=[answer],
        expected=[Expected(key=url, file="1.html", kind=kind, facts=facts, **more)],
    )  # fmt: skip


def figures_of(*origins: Origin) -> dict[str, Figure]:
    """Fields of all origins together."""
    measured = figures.measure(origins)
    [halves] = measured.table.values()
    out: dict[str, Figure] = {}
    for fields in halves.values():
        out |= fields
    return out


# -- verdicts ----------------------------------------------------------------------------


def test_a_page_read_right_is_right_in_every_field() -> None:
    found = figures_of(origin(FACTS))
    assert {name for name, figure in found.items() if figure.expected and (figure.precision, figure.recall) != (1, 1)} == set()
    assert (found["author"].given, found["author"].expected) == (0, 0), "null where the page says nothing is right, and counts in neither"


@pytest.mark.parametrize(
    ("field", "true", "given", "expected", "right"),
    [
        ("title", "另一个标题", 1, 1, 0),
        ("author", "张三", 0, 1, 0),
        ("source", None, 1, 0, 0),
        ("attachments", [HOME + "a.doc"], 0, 1, 0),
        ("text_start", "另一段文字开头完全不同的内容", 1, 1, 0),
        ("title", "关于 停水的通知", 1, 1, 1),
        ("text_start", "因管道检修, 十一月六日全天停水", 1, 1, 1),
    ],
)
def test_what_counts_as_given_expected_and_right(field: str, true: Any, given: int, expected: int, right: int) -> None:
    figure = figures_of(origin(FACTS | {field: true}))[field]
    assert (figure.given, figure.expected, figure.found) == (given, expected, right)


@pytest.mark.parametrize(
    ("html", "wrong"),
    [(ARTICLE, 1), (re.sub(r"发布时间：\S+", "", ARTICLE), 0), (ARTICLE.replace("2026-11-05", "2026-11-04"), 0)],
    ids=["visible", "none given", "right"],
)
def test_a_wrong_date_taken_as_visible_is_counted_apart(html: str, wrong: int) -> None:
    assert figures_of(origin({"published_on": "2026-11-04"}, html=html))["published_on"].wrong_visible == wrong


def test_sets_count_each_member_and_rows_each_field() -> None:
    found = list(judge._set("forms", ["a", "b"], ["b", "c"]))
    assert [(v.expected, v.given, v.found) for v in found] == [("a", None, 0), ("b", "b", 1), (None, "c", 0)]
    rows = list(
        judge._rows("row", [{"title": "甲", "date": "2026-01-01"}], [{"title": "甲", "date": "2026-01-02"}, {"title": "乙"}], "title")
    )
    assert [(v.field, v.expected, v.given, v.found) for v in rows] == [
        ("row.title", "甲", "甲", 1), ("row.date", "2026-01-01", "2026-01-02", 0), ("row.title", None, "乙", 0),
    ]  # fmt: skip


def test_guide_elements_are_judged_each_and_what_is_called_missing_too() -> None:
    truth = {"设定依据": True, "申请条件": True, "联系电话": False}
    record: Any = type("Guide", (), {"elements": {"设定依据": "某法", "联系电话": "0000"}})()
    found = {(v.field, v.expected, v.given) for v in judge._elements(truth, record)}
    assert found == {
        ("element.设定依据", True, True), ("element.申请条件", True, None), ("element.联系电话", None, True),
        ("missing", None, None), ("missing", None, "申请条件"), ("missing", "联系电话", None),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("right", "ours", "precision", "recall"),
    [("一二三四", "一二三四", 1, 1), ("一二三四", "一二三四五六", 0.5, 1), ("一二三四", "甲乙丙", 0, 0)],
)
def test_texts_are_compared_by_trigrams(right: str, ours: str, precision: float, recall: float) -> None:
    assert judge.overlap(right, ours) == (precision, recall)


def test_columns_are_judged_on_the_assembled_site() -> None:
    rows = "".join(f'<li><a href="/tzgg/{n}.html">怪山县关于某项工作的通知之{n}</a><span>2026-11-0{n}</span></li>' for n in range(1, 6))
    pages = {
        HOME: f'<html><body><ul class="nav"><li><a href="/">首页</a></li><li><a href="/tzgg/">通知公告</a></li></ul><ul>{rows}</ul></body></html>',
        HOME + "tzgg/": f"<html><head><title>通知公告</title></head><body><h1>通知公告</h1><ul>{rows}</ul></body></html>",
    }
    answers = [Answer(url=url, body=html.encode(), headers=HTML, context=Context(home=url == HOME)) for url, html in pages.items()]
    column = {
        "name": "通知公告",
        "type": "通知公告",
        "state": "blank",
        "items": 5,
        "newest_on": "2026-11-05",
        "newest_url": HOME + "tzgg/5.html",
        "parent": HOME,
    }
    truth = Expected(key=HOME + "tzgg/", file="tzgg.html", kind="list", column=column)
    found = figures_of(Origin(corpus="test", host="www.guai.gov.cn", home=HOME, as_of="2026-11-16", answers=answers, expected=[truth]))
    wrong = {name for name, figure in found.items() if figure.expected and figure.recall != 1}
    assert wrong == {"column.state", "column.blank"}, "a live column that should be blank is the only thing wrong here"
    assert found["column.parent"].expected == 0, "nothing stands above a first-level column"


# -- halves ------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["www.guai.gov.cn", "www.qinghe.gov.cn", "www.anhe.gov.cn", "a", ""])
def test_the_half_is_drawn_by_the_hash_of_the_origin(host: str) -> None:
    assert split.half(host) == ("tune" if int(sha256(host.encode()).hexdigest(), 16) % 2 == 0 else "report")


def test_misses_are_kept_of_the_half_that_is_tuned_on_only() -> None:
    hosts = [f"www.guai{n}.gov.cn" for n in range(12)]
    assert {split.half(host) for host in hosts} == set(split.HALVES)
    measured = figures.measure(origin(FACTS | {"title": "错"}, host=host) for host in hosts)
    assert {miss.origin for miss in measured.misses} == {host for host in hosts if split.half(host) == split.TUNE}
    assert measured.origins["test"] == {half: sum(split.half(h) == half for h in hosts) for half in split.HALVES}


@pytest.mark.parametrize("wanted", ["report", "all"])
def test_the_half_that_reports_is_not_listed(wanted: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--misses", wanted]) == 2
    out = capsys.readouterr()
    assert out.out == "" and (wanted != "report" or "没见过的网站" in out.err)


# -- floors ------------------------------------------------------------------------------


def measured(**fields: Figure) -> Measured:
    return Measured(table={"pages": {"report": {name.replace("__", "."): figure for name, figure in fields.items()}}})


GOOD = Figure(given=10, expected=10, precise=10, found=10)
WORSE = Figure(given=10, expected=10, precise=9, found=9)


def test_a_doctored_wrong_answer_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command over a folder of pages: floors are pinned, then one true fact is doctored, as if the reading had become wrong."""
    place = tmp_path / "www.guai.gov.cn"
    (place / "pages").mkdir(parents=True)
    (place / "pages" / "1.html").write_text(ARTICLE, encoding="utf-8")
    said = {
        "origin": "www.guai.gov.cn",
        "home": HOME,
        "as_of": "2026-11-16",
        "pages": [{"file": "1.html", "url": HOME + "tzgg/1.html", "kind": "content", "facts": FACTS}],
    }
    (place / "expected.json").write_text(json.dumps(said), encoding="utf-8")
    monkeypatch.setattr(command, "origins", lambda only: corpora.kept(tmp_path))
    monkeypatch.setattr(baseline.load, "__defaults__", (tmp_path / "floors.yml",))
    monkeypatch.setattr(baseline.write, "__defaults__", (tmp_path / "floors.yml",))
    assert command.main(["--raise"]) == 0 and command.main([]) == 0
    pinned = (tmp_path / "floors.yml").read_text(encoding="utf-8")
    facts = FACTS | {"title": "关于停电的通知"}
    (place / "expected.json").write_text(json.dumps(said | {"pages": [said["pages"][0] | {"facts": facts}]}), encoding="utf-8")  # type: ignore[index,dict-item]
    capsys.readouterr()
    assert command.main([]) == 1
    assert "title：准确率 0.0000，低于下限 1.0" in capsys.readouterr().err
    assert command.main(["--raise"]) == 1, "lowering is refused"
    assert "只升不降" in capsys.readouterr().err and (tmp_path / "floors.yml").read_text(encoding="utf-8") == pinned


def test_floors_are_lifted_to_what_was_measured_and_rounded_down() -> None:
    floors = baseline.raised(measured(title=Figure(given=3, expected=7, precise=2, found=6)), {})
    assert floors == {"pages": {"report": {"title": {"n": 7, "precision": 0.666, "recall": 0.857}}}}
    assert yaml.safe_load(baseline.text(floors)) == floors
    assert baseline.raised(measured(title=GOOD), floors)["pages"]["report"]["title"] == {"n": 10, "precision": 1.0, "recall": 1.0}


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (WORSE, "准确率 0.9000"),
        (Figure(given=10, expected=10, precise=10, found=9), "召回率 0.9000"),
        (Figure(given=9, expected=9, precise=9, found=9), "样本不得减少"),
        (Figure(), "召回率无从计算"),
        (replace(GOOD, wrong_visible=1), "误作页面所示"),
    ],
)
def test_no_floor_is_lowered_in_any_way(figure: Figure, said: str) -> None:
    floors = baseline.raised(measured(title=GOOD, issuer=GOOD), {})
    with pytest.raises(baseline.LoweredError, match=said):
        baseline.raised(measured(title=figure, issuer=GOOD), floors)
    assert any(said in line for line in baseline.broken(measured(title=figure, issuer=GOOD), floors))


def test_a_field_that_is_no_more_judged_and_a_corpus_that_is_absent() -> None:
    floors = baseline.raised(measured(title=GOOD), {})
    assert list(baseline.broken(measured(issuer=GOOD), floors)), "a field may not vanish"
    assert not list(baseline.broken(Measured(), floors)) and baseline.raised(Measured(), floors) == floors, "an absent corpus is not judged"


# -- the corpora -------------------------------------------------------------------------


def test_floors_hold_on_the_pages_of_our_own() -> None:
    found = figures.measure(corpora.kept())
    assert list(baseline.broken(found, baseline.load())) == []


def test_floors_hold_on_the_stored_real_pages(shared: Path) -> None:
    found = figures.measure(stored.real())
    assert list(baseline.broken(found, baseline.load())) == [] and found.table["real"]["report"]["doc_number"].expected >= 30


def test_the_truth_of_the_simulated_government_covers_its_pages() -> None:
    _, sites = build_sites()
    for site in sites:
        rows = portal_truth(site)["pages"]
        said = {row["url"] for row in rows if row.get("kind") or row.get("facts") or row.get("column")}
        assert len(said) > 0.6 * len({site.url(page.path) for page in site.pages}), site.host
        kinds = [row.get("kind") for row in rows]
        held = {"policy": "policy_document", "guide": "service_guide", "message": "message", "survey": "consultation"}
        for kind, record in held.items():
            assert kinds.count(kind) == site.plan.records.get(site.code, {}).get(record, 0), (site.host, kind)


def test_a_row_without_its_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "expected.json").write_text(
        json.dumps({"origin": "a", "home": HOME, "as_of": "2026-11-16", "pages": [{"file": "1.html", "url": HOME}]})
    )
    with pytest.raises(ValueError, match=r"1\.html"):
        corpora.load(tmp_path)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("1636948800000", "2021-11-15"),
        (1636948800, "2021-11-15"),
        ("2021年1月5日", "2021-01-05"),
        ("2021.12.31 08:00", "2021-12-31"),
        (0, None),
        ("", None),
        ("无", None),
    ],
)
def test_days_of_answers(value: Any, day: str | None) -> None:
    assert oracles.day(value) == day


def test_an_answer_that_no_longer_has_its_rows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "SHARED", tmp_path)
    (tmp_path / "a.json").write_text('{"rows": [{"t": "甲"}]}')
    row = {"file": "a.json", "origin": "a", "url": HOME, "form": "json", "count": 2, "fields": {"title": "t"}}
    with pytest.raises(ValueError, match="应有 2 行，读出 1 行"):
        stored._answer(row)
    assert [r["title"] for r in stored._answer(row | {"count": 1}).expected[0].rows or ()] == ["甲"]


def test_a_page_that_was_not_reached_is_only_that() -> None:
    site = origin(FACTS)
    assert [(v.field, v.expected, v.given) for v in judge.page(site, site.expected[0], Given())] == [("reached", True, None)]
    assert given.read(site).kind(site.expected[0].key) == "content"


def test_the_page_that_ships_says_what_is_pinned() -> None:
    assert publishing.FILE.read_text(encoding="utf-8") == publishing.markdown(baseline.load())


def test_the_first_look_stands_beside_the_mended_figure() -> None:
    looked = publishing.first_look()
    page = publishing.markdown(
        {"unseen": {"tune": {"title": {"n": 2, "precision": 1.0, "recall": 0.5}}}},
        {"what": "两个网站", "figures": {"title": {"n": 2, "precision": 0.5}}},
    )
    assert "| title | 2 | 0.500 | — | 1.000 | 0.500 |" in page
    assert looked["figures"]["column.type"]["precision"] == 0.807, "the first look is written down once"


def test_floors_hold_on_the_unseen_templates() -> None:
    assert list(baseline.broken(figures.measure(corpora.strange()), baseline.load())) == []


def test_a_corpus_that_travels_with_the_project_may_not_be_absent(capsys: pytest.CaptureFixture[str]) -> None:
    floors = {"unseen": {"tune": {"title": {"n": 2, "precision": 1.0, "recall": 1.0}}}, "real": {}}
    assert command.verdict(Measured(), floors) == 1 and "unseen：没有读到任何页面" in capsys.readouterr().err
    assert command.verdict(Measured(), {"real": {"report": {"title": {"n": 2}}}}) == 0, "stored real pages lie beside the project"
