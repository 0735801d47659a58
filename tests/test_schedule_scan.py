"""The daily scan of new pages, on the county portal of the simulated government: what is new is found, nothing else, and it never passes for an inspection."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from main_job import ROOT, rows
from test_recheck_portal import SITE, edit
from test_store import SITE as STORED
from test_store import result

from fixtures.portal import Portal
from fixtures.portal.build import build_world
from fixtures.portal.world import Answer, World
from govcrawl import history, inspection, pinning, registry, replaying, rulebook
from govcrawl.clock import SystemClock
from govcrawl.errors import InterruptedRunError, UsageError
from govcrawl.evidence import proving
from govcrawl.feed import dumping, loading, schema
from govcrawl.model.items import Attachment
from govcrawl.model.runs import SCAN, Run
from govcrawl.model.targets import Target
from govcrawl.scheduling import scanning
from govcrawl.scheduling.config import Scan
from govcrawl.scheduling.scanning import Scanned
from govcrawl.store.base import Store, open_store
from govcrawl.store.overlay import Overlay

pytestmark = pytest.mark.xdist_group("scan")
COLUMN = "/xwdt/bmdt/"
NEW, CHANGED, TOUCHED = (
    f"{COLUMN}202611/t20261121_90001.html",
    f"{COLUMN}202611/t20261109_10027.html",
    f"{COLUMN}202610/t20261029_10030.html",
)
FILE = f"{COLUMN}202611/P020261121001.xlsx"
NUMBER = "329988199003071233"


def check_digit(body: str) -> str:
    """Of an identity number that nobody bears (there is no such district)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def renew(world: World) -> None:
    """A new article with a file, a changed one, and one that was touched where no list shows it."""
    old = world.answers[f"{SITE}{CHANGED}"].body.decode("gb18030")
    number = NUMBER[:17] + check_digit(NUMBER[:17])
    body = (
        f'<p>现将救助名单公示如下：王小明，身份证号码{number}。设备已按装完毕。</p><p><a href="./P020261121001.xlsx">救助名单.xlsx</a></p>'
    )
    start, title = old.index("<title>") + 7, "关于救助名单的公示"
    new = old.replace(old[start : old.index("<", start)], title)
    place = new.index("</p>") + 4
    world.answers[f"{SITE}{NEW}"] = Answer((new[:place] + body + new[place:]).encode("gb18030"), world.answers[f"{SITE}{CHANGED}"].media)
    world.answers[f"{SITE}{FILE}"] = world.answers[f"{SITE}/tzgg/202610/P020261022002.xlsx"]
    entry = f'<li><a href="./202611/t20261121_90001.html" title="{title}">{title}</a><span>2026-11-21</span></li>'
    edit(world, COLUMN, ('<ul class="list">', f'<ul class="list">{entry}'))
    for path in (CHANGED, TOUCHED):
        edit(world, path, ("</p>", "，培训已按装。</p>"))
    listed = world.answers[f"{SITE}{COLUMN}"].body.decode("gb18030")
    at = listed.index("t20261109_10027.html")
    day = listed.index("2026-11-09", at)
    world.answers[f"{SITE}{COLUMN}"] = Answer((listed[:day] + "2026-11-20" + listed[day + 10 :]).encode("gb18030"), "text/html")


@dataclass
class Done:
    folder: Path
    store: Store
    target: Target
    base: Run
    first: Scanned
    asked: dict[str, int]
    second: Scanned
    asked_again: dict[str, int]
    broken: Run
    bounded: list[Scanned]
    """Two new pages, and room for one at a time."""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    """An inspection, then a scan that was broken off, one that was not, and another one."""
    folder = tmp_path_factory.mktemp("scan")
    sites = yaml.safe_load((ROOT / "fixtures/portal/registry.yml").read_text(encoding="utf-8"))["sites"]
    (folder / "r.yml").write_text(yaml.safe_dump({"sites": sites[:1]}, allow_unicode=True), encoding="utf-8")
    before, here = dict(os.environ), Path.cwd()
    os.chdir(folder)
    with Portal(world=build_world()) as portal:
        os.environ.update(portal.environment)
        options = pinning.Options(
            delay=0, concurrency=8, second_look_after=0, render="never", shots="none", link_timeout=2, page_timeout=5, retry_wait=0.1,
        )  # fmt: skip
        inspection.run(["r.yml"], options, say=lambda line: None)
        [target], _ = registry.read_registry(Path("r.yml"))
        store = open_store("sqlite:///govcrawl.db")
        renew(portal.world)
        asked: list[dict[str, int]] = []

        def scan(most: int = 500) -> Scanned:
            portal.requests.clear()
            options = Scan(delay=0, concurrency=8, render="never", max_pages=most)
            found = scanning.scan(store, target, options, SystemClock(), None, lambda line: None)
            asked.append(dict(portal.requests))
            assert found is not None
            return found

        with pytest.MonkeyPatch.context() as patch, pytest.raises(InterruptedRunError):
            patch.setattr(scanning, "_judged", _stopped)
            scan()
        first, second = scan(), scan()
        for name, title in (("t20261122_90002", "关于道路施工的通告"), ("t20261122_90003", "关于停水的通告")):
            world = portal.world
            world.answers[f"{SITE}{COLUMN}202611/{name}.html"] = world.answers[f"{SITE}{TOUCHED}"]
            entry = f'<li><a href="./202611/{name}.html" title="{title}">{title}</a><span>2026-11-22</span></li>'
            edit(world, COLUMN, ('<ul class="list">', f'<ul class="list">{entry}'))
        bounded = [scan(1), scan(1), scan(1)]
        [base] = [run for run in store.runs() if run.kind != SCAN]
        [broken] = [run for run in store.runs() if run.state != "finished"]
        yield Done(folder, store, target, base, first, asked[0], second, asked[1], broken, bounded)
        store.close()
    os.chdir(here)
    os.environ.clear()
    os.environ.update(before)


def _stopped(*_: Any) -> Any:
    raise InterruptedRunError("已停止")


def test_what_is_new_and_what_its_list_says_was_changed_is_read_and_nothing_else(done: Done) -> None:
    assert {url for url in done.asked if url.endswith((".html", ".xlsx"))} == {f"{SITE}{path}" for path in (NEW, CHANGED, FILE)}
    assert set(done.asked.values()) == {1} and done.first.columns <= len(done.asked) <= done.first.columns + 4, "robots.txt beside"
    assert (done.first.pages, done.first.files, done.first.left) == (2, 1, 0)


def test_what_its_texts_show_is_found_masked(done: Done) -> None:
    told = {(f.rule, f.url.removeprefix(SITE), (f.source_file or "").removeprefix(SITE)) for f in done.first.findings}
    assert {("privacy-id-number", NEW, ""), ("typo", NEW, ""), ("typo", CHANGED, ""), ("privacy-id-number", NEW, FILE)} <= told
    assert {url for _, url, _ in told} == {NEW, CHANGED}, "what the inspection found elsewhere is not told again"
    assert all(f.run == done.first.run.id and f.snapshot is not None for f in done.first.findings)
    out = done.folder / done.first.run.out
    assert {row["id"] for row in rows(out / "findings.jsonl")} == {f.id for f in done.first.findings}
    assert NUMBER[:17] not in "".join(path.read_text(encoding="utf-8") for path in out.glob("*.json*"))
    sealed = list((done.folder / "snapshots").glob(f"sealed-{done.first.run.id}-*"))
    assert sealed, "a page with personal data does not lie open"
    assert proving.verify(done.store, done.first.run).problems == []


def test_records_of_new_pages_and_files_join_those_that_stand(done: Done) -> None:
    kept = {(r.kind, r.url.removeprefix(SITE)): r for r in done.store.records(done.first.run.id, done.target.site)}
    assert set(kept) == {("article", NEW), ("article", CHANGED), ("attachment", FILE)}
    file = kept["attachment", FILE]
    assert isinstance(file, Attachment) and file.text_status == "read" and file.text and file.page == f"{SITE}{NEW}"
    assert kept["article", NEW].rev == 1 and kept["article", CHANGED].rev == 2 and kept["article", NEW].column == f"{SITE}{COLUMN}"


def test_the_next_scan_finds_nothing_new_and_one_that_was_broken_off_is_begun_again(done: Done) -> None:
    assert (done.second.pages, done.second.files, done.second.findings) == (0, 0, [])
    assert not any(url.endswith((".html", ".xlsx")) for url in done.asked_again) and not (done.folder / done.second.run.out).exists()
    assert (done.broken.kind, done.broken.state) == (SCAN, "abandoned")
    assert done.first.note.startswith(f"看了 {done.first.columns} 个栏目，读了新增或改动的页面 2 个、文件 1 个，问题 ")


def test_what_is_beyond_the_bound_is_new_to_the_next_scan(done: Done) -> None:
    assert [(one.pages, one.left) for one in done.bounded] == [(1, 1), (1, 0), (0, 0)]
    assert done.bounded[0].note.startswith(f"看了 {done.first.columns} 个栏目，读了新增或改动的页面 1 个、文件 0 个，另有 1 个留待下次")
    [receipt] = done.store.receipts(done.bounded[0].run.id)
    assert receipt["reasons"] == {"budget": 1} and receipt["pages"]["skipped"] == 1


def test_what_does_not_answer_today_stands_as_the_inspection_saw_it(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/govcrawl.db")) as store:
        urls = [f"http://www.a.gov.cn/{name}" for name in "ab"]
        store.put_results("base", [result(url, title="以前") for url in urls])
        store.put_results("scan", [result(urls[0], title=None, outcome="failed"), result(urls[1], title="现在")])
        seen = Overlay(store, "base", "scan", STORED, tmp_path / "scratch.db", counts=lambda visit: visit.outcome == "read")
        assert [page.title for page in seen.pages("base", STORED)] == ["以前", "现在"]
        assert [visit.outcome for visit in seen.visits("base", STORED)] == ["read", "read"]
        seen.close()


def test_it_never_passes_for_an_inspection(done: Done) -> None:
    store, this = done.store, done.first.run
    [card], [receipt] = store.scorecards(this.id), store.receipts(this.id)
    assert (card["verdict"], card["coverage"], card["grade"], card["bonus"]) == ("inconclusive", "0.0000", None, None)
    assert {row["outcome"] for row in card["rules"]} <= {"fail", "needs_review", "not_checked"}, "nothing was cleared"
    assert {row["reason"] for row in card["rules"] if row["outcome"] == "not_checked"} <= {"budget", "not_built"}
    assert receipt["state"] == "incomplete" and receipt["note"].startswith("新内容扫描，不是全站检查：只看了 ")
    [empty] = store.scorecards(done.second.run.id)
    assert empty["verdict"] == "inconclusive"
    assert history.newest_crawl(store) == done.base == history.newest_crawl(store, done.target.site)
    assert [run.id for run in history.crawls_before(store, done.first.run)] == [done.base.id]
    told = [c["payload"] for c in store.changes(0, 100_000) if c["kind"] == "run" and c["payload"]["run"] == this.id]
    assert {row["kind"] for row in told} == {"scan"} and told[-1]["state"] == "finished"
    assert schema.generated()["run"]["properties"]["kind"]["enum"] == ["inspection", "scan"]
    with pytest.raises(UsageError, match="是新内容扫描，只看了一部分页面，不能当作检查重放"):
        replaying.replay(this.id, store="sqlite:///govcrawl.db", say=lambda line: None)


def test_an_open_scan_is_no_run_that_an_inspection_goes_on_with(done: Done, tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/govcrawl.db")) as store:
        store.save_run(replace(done.first.run, state="open"))
        this = pinning.begin(store, [done.target], pinning.Options(), rulebook.pack("national-2019"), SystemClock(), lambda line: None)
        assert this.id != done.first.run.id and this.kind == "inspection"


def test_scored_again_a_scan_is_the_same_here_and_where_its_facts_were_taken_over(done: Done, tmp_path: Path) -> None:
    this, [card] = done.first.run, done.store.scorecards(done.first.run.id)
    before = done.store.changes(0, 100_000)
    again = inspection.score_again(this.id, store="sqlite:///govcrawl.db", pack=None, out=tmp_path / "again")
    assert [site.card for site in again.view.sites] == [card] and done.store.changes(0, 100_000) == before
    dumping.dump(done.store, tmp_path / "dump")
    target = f"sqlite:///{tmp_path}/target.db"
    loading.load(tmp_path / "dump", target)
    there = inspection.score_again(this.id, store=target, pack=None, out=tmp_path / "there")
    assert [site.card for site in there.view.sites] == [card]
    with closing(open_store(target)) as store:
        kept = [(r.kind, r.key) for r in store.records(this.id, done.target.site)]
        assert kept == [(r.kind, r.key) for r in done.store.records(this.id, done.target.site)]
        assert [f.told() for f in store.findings(this.id)] == [f.told() for f in done.store.findings(this.id)]


def test_without_an_inspection_there_is_nothing_to_look_at(done: Done, tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/govcrawl.db")) as store:
        assert scanning.scan(store, done.target, Scan(), SystemClock(), None, lambda line: None) is None
        assert store.runs() == []
