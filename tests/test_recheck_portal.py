"""Re-check on the county portal of the simulated government: lists, letters, files, documents, templates, one of each kind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from fixtures.portal import Portal
from fixtures.portal.build import build_world
from fixtures.portal.world import Answer, World
from govcrawl import inspection, pinning, rechecking
from govcrawl.model.findings import Outcome
from govcrawl.rectification.verdicts import Verdict
from govcrawl.store.base import open_store

pytestmark = pytest.mark.xdist_group("recheck-portal")
ROOT = Path(__file__).resolve().parent.parent
SITE = "http://www.qinghe.gov.cn"
AS_OF, LATER = "2026-11-16", "2026-11-30"
_NEW = "全县农村公路建设三年行动计划"


def edit(world: World, path: str, *pairs: tuple[str, str]) -> None:
    """Change a page's text; the site is GBK."""
    old = world.answers[f"{SITE}{path}"]
    text = old.body.decode("gb18030")
    for before, after in pairs:
        assert before in text, (path, before)
        text = text.replace(before, after)
    world.answers[f"{SITE}{path}"] = Answer(text.encode("gb18030"), old.media, old.status, old.headers)


def mend(world: World) -> None:
    entry = f'<li><a href="./202611/t20261128_99.html" title="{_NEW}">{_NEW}</a><span>2026-11-28</span></li>'
    edit(world, "/xxgk/ghjh/", ('<ul class="list">', f'<ul class="list">{entry}'))
    edit(world, "/zcwj/202607/t20260728_20006.html", ("[2026]18号", "〔2026〕18号"))
    edit(world, "/bsfw/202603/t20260309_40006.html", ("其他材料", "车辆照片1张"))
    edit(world, "/", ('<a href="http://www.qhly-old.cn/">清禾旅游网</a>', ""))  # one page of fifty
    world.hosts["slow.fine-example.cn"] = lambda request: Answer(b"<html><title>report</title><body>report</body></html>")
    edit(world, "/sjfb/", ('name="ColumnType" content="null"', 'name="ColumnType" content="数据发布"'))  # one of two tags
    del world.answers[f"{SITE}/hdjl/xzxx/202607/t20260720001.html"]
    del world.answers[f"{SITE}/tzgg/202610/P020261022002.xlsx"]
    docx = f"{SITE}/tzgg/202610/P020261022001.docx"
    world.answers[docx] = Answer(b"\xd0\xcf\x11\xe0 locked" + b"0" * 900, world.answers[docx].media)  # cannot be opened any more
    edit(world, "/xwdt/qhyw/202611/t20261102_10011.html", ("陪训", "培训"))
    world.answers[f"{SITE}/xwdt/bmdt/202611/t20261111_10026.html"] = Answer(b"<html><body>denied</body></html>", status=403)


TRUTH = {
    ("column-stale", "/xxgk/ghjh/", None): "fixed",
    ("column-stale", "/xxgk/xzml/shz/", None): "not_fixed",
    ("column-blank", "/xxgk/ylfw/", None): "not_fixed",
    ("doc-number-malformed", "/zcwj/202607/t20260728_20006.html", "清政办发[2026]18号"): "fixed",
    ("doc-number-malformed", "/zcwj/202605/t20260512_20007.html", "清政发〔2026〕第6号"): "not_fixed",
    ("guide-vague", "/bsfw/202603/t20260309_40006.html", "其他材料"): "fixed",
    ("guide-missing", "/bsfw/202603/t20260312_40010.html", "老年人优待证办理"): "not_fixed",
    ("link-dead", "/", "http://www.qhly-old.cn/"): "not_fixed",
    ("link-dead", "/xwdt/qhyw/202611/t20261108_10007.html", "http://slow.fine-example.cn/report/2026.html"): "fixed",
    ("link-soft-404", "/xwdt/qhyw/202611/t20261105_10009.html", f"{SITE}/xwdt/qhyw/201911/t20191108_3301.html"): "not_fixed",
    ("page-tag-missing", "/sjfb/", "ColumnDescription,ColumnType"): "not_fixed",
    ("message-unanswered", "/hdjl/xzxx/202607/t20260720001.html", None): "gone",
    ("reply-late", "/hdjl/xzxx/202610/t20261020002.html", None): "not_fixed",
    ("privacy-id-number", "/tzgg/202610/t20261022_9012.html", "3****************5"): "fixed",
    ("privacy-phone", "/tzgg/202610/t20261022_9012.html", "139****0526"): "fixed",  # in the same sheet
    ("privacy-id-number", "/tzgg/202610/t20261022_9012.html", "3****************X"): "unknown",
    ("privacy-phone", "/tzgg/202610/t20261022_9012.html", "139****0734"): "not_fixed",
    ("privacy-bank-card", "/tzgg/202610/t20261015_10048.html", "6228***********6718"): "not_fixed",
    ("typo", "/xwdt/qhyw/202611/t20261102_10011.html", "陪训"): "fixed",
    ("typo", "/xwdt/bmdt/202611/t20261111_10026.html", "按装"): "unknown",
    ("policy-not-linked-back", "/zcwj/202610/t20261012_20002.html", f"{SITE}/zcjd/202610/t20261013_30002.html"): "not_fixed",
    ("error-report-missing", "/ztzl/lszt2019/", None): "not_fixed",
    ("consultation-no-feedback", "/hdjl/zjdc/202609/t20260901_10068.html", None): "not_fixed",
}
"""(rule, path, value) → what became of it; whatever is not named here was left as it was."""
Told = dict[tuple[str, str, str | None], Verdict]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Told, int]]:
    folder = tmp_path_factory.mktemp("portal")
    store = f"sqlite:///{folder}/govcrawl.db"
    sites = yaml.safe_load((ROOT / "fixtures/portal/registry.yml").read_text(encoding="utf-8"))["sites"]
    (folder / "r.yml").write_text(yaml.safe_dump({"sites": sites[:1]}, allow_unicode=True), encoding="utf-8")
    before = dict(os.environ)
    with Portal(world=build_world()) as portal:
        os.environ.update(portal.environment)
        options = pinning.Options(
            as_of=AS_OF, out=folder / "out", store=store, delay=0, concurrency=8, second_look_after=0, render="never", shots="none",
            link_timeout=2, page_timeout=5, retry_wait=0.1,
        )  # fmt: skip
        run = inspection.run([str(folder / "r.yml")], options, say=lambda line: None).run.id
        opened = open_store(store)
        accused = [f.id for f in opened.findings(run) if f.outcome in (Outcome.FAIL, Outcome.NEEDS_REVIEW)]
        opened.close()
        mend(portal.world)
        portal.requests.clear()
        again = rechecking.Options(
            store=store,
            run=run,
            out=folder / "re",
            delay=0,
            concurrency=8,
            render="never",
            as_of=LATER,
            link_timeout=2,
            page_timeout=5,
            retry_wait=0.1,
        )
        result = rechecking.run(accused, again, say=lambda line: None)
        requests = sum(portal.requests.values())
    os.environ.clear()
    os.environ.update(before)
    yield {(v.finding.rule, v.finding.url.removeprefix(SITE), v.finding.value): v for v in result.verdicts}, requests


@pytest.mark.parametrize("key", TRUTH, ids=lambda key: f"{key[0]} {key[1]}")
def test_the_answer_is_what_became_of_it(told: tuple[Told, int], key: tuple[str, str, str | None]) -> None:
    verdict = told[0][key]
    assert verdict.verdict == TRUTH[key], verdict.note


def test_what_nobody_touched_is_not_mended(told: tuple[Told, int]) -> None:
    wrong = [(k, v.verdict, v.note) for k, v in told[0].items() if k not in TRUTH and v.verdict != "not_fixed"]
    assert not wrong and len(told[0]) > len(TRUTH)


def test_notes_say_what_was_seen(told: tuple[Told, int]) -> None:
    notes = {key: verdict.note for key, verdict in told[0].items()}
    assert "仅改了一个页面：同一版块（原有 " in notes["link-dead", "/", "http://www.qhly-old.cn/"]
    half = notes["page-tag-missing", "/sjfb/", "ColumnDescription,ColumnType"]
    assert half.endswith("现为“页面缺少标签：ColumnDescription”")
    assert notes["typo", "/xwdt/bmdt/202611/t20261111_10026.html", "按装"] == "未能复查：被网站防护系统拦截"


def test_at_most_two_requests_a_finding(told: tuple[Told, int]) -> None:
    assert told[1] <= 2 * len(told[0])
