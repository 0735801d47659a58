"""Re-check over twenty sites that were mended in every way there is: verdicts equal the planted truth, with two requests a finding at most."""

from __future__ import annotations

import gzip
import inspect
import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import mending_world
import openpyxl
import pytest
from mending_world import AS_OF, FIXED, LATER, NOT_FIXED, UNKNOWN, Truth, Village

from fixtures.portal import Portal
from govcrawl import inspection, ordering, pinning, rechecking
from govcrawl.evidence import proving, rechecked
from govcrawl.store.base import Store, open_store
from govcrawl.store.overlay import Overlay

pytestmark = pytest.mark.xdist_group("villages")
SITES, BLOCKED = 20, (3,)


class Job(NamedTuple):
    folder: Path
    store: str
    villages: list[Village]
    findings: list[dict[str, Any]]
    result: rechecking.Rechecked
    asked: Counter[str]
    orders: ordering.Made


def quick(store: str, folder: Path, **more: Any) -> rechecking.Options:
    return rechecking.Options(
        store=store, out=folder, delay=0, concurrency=8, render="never", as_of=LATER, page_timeout=5, link_timeout=3, retry_wait=0.1, **more
    )


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Job]:
    folder = tmp_path_factory.mktemp("villages")
    store = f"sqlite:///{folder}/govcrawl.db"
    (folder / "registry.yml").write_text(
        mending_world.registry(villages := mending_world.build(SITES, blocked=BLOCKED)[1]), encoding="utf-8"
    )
    before = dict(os.environ)
    with Portal(world=villages[0].world) as portal:
        os.environ.update(portal.environment)
        options = pinning.Options(
            as_of=AS_OF, out=folder / "out", store=store, delay=0, concurrency=8, second_look_after=0, render="never", shots="none",
            link_timeout=3, page_timeout=5, retry_wait=0.1,
        )  # fmt: skip
        run = inspection.run([str(folder / "registry.yml")], options, say=lambda line: None).run.id
        findings = [json.loads(line) for line in (folder / "out" / "findings.jsonl").read_text(encoding="utf-8").splitlines()]
        made = ordering.make(run, store=store, out=folder / "orders")
        for village in villages:
            village.mend()
        portal.requests.clear()
        unordered = [f["id"] for f in findings if f["rule"] == "item-undated"]  # a fact for the inspector stands in no order
        result = rechecking.run([*(order.id for order in made.orders), *unordered], quick(store, folder / "re"), say=lambda line: None)
        asked = Counter(portal.requests)
    os.environ.clear()
    os.environ.update(before)
    yield Job(folder, store, villages, findings, result, asked, made)


def test_verdicts_equal_the_planted_truth(job: Job) -> None:
    by_id = {f["id"]: f for f in job.findings}
    blocked = {v.code for v in job.villages if v.blocked}
    truth = dict(mending_world.truths(job.villages))
    wrong = []
    for row in job.result.rows():
        found = by_id[row["finding"]]
        key = (found["rule"], found["url"], found["value"] or "")
        want = truth.pop(key, None) or Truth(UNKNOWN if found["site"] in blocked else NOT_FIXED)
        if row["verdict"] != want.verdict or (want.still is not None and row["still"] is not want.still) or want.note not in row["note"]:
            wrong.append((key, want, row["verdict"], row["still"], row["note"]))
    assert not wrong and not truth
    assert len(job.result.rows()) >= 500
    assert {row["verdict"] for row in job.result.rows()} == {"fixed", "not_fixed", "gone", "moved", "unknown"}


def test_at_most_two_requests_a_finding_and_nothing_that_no_finding_needs(job: Job) -> None:
    requests = sum(job.asked.values())
    assert requests <= 2 * len(job.result.rows()) and requests == job.result.requests
    needless = [u for u in job.asked if u.endswith(("/tz/1.html", "/tz/2.html", "/yw/16.html", "/logo.png", "/jiucuo.png"))]
    assert len(needless) <= 1, needless  # but for a page that a template is looked at on


def test_before_and_after_are_kept_with_their_bytes(job: Job) -> None:
    row = next(r for r in job.result.rows() if r["rule"] == "link-dead" and "仍打不开" in r["note"])
    assert row["before"]["observed"] == "404, 404" and row["before"]["run"] == job.orders.orders[0].run
    target = next(a for a in row["after"]["asked"] if a["url"].endswith(".doc"))
    assert target["status"] == 404 and target["snapshot"]["sha256"] and target["control"]["status"] == 200
    assert (job.folder / "snapshots" / target["snapshot"]["warc"]).exists()


def test_what_still_shows_personal_data_is_sealed_in_the_new_snapshots_too(job: Job) -> None:
    number = b"13912340013"
    for path in (job.folder / "snapshots").glob("*-recheck*.warc.gz"):
        if not path.name.startswith("sealed-"):
            assert number not in gzip.decompress(path.read_bytes())


def test_the_same_fault_of_the_template_on_other_pages_is_pointed_out(job: Job) -> None:
    one_page = next(r for r in job.result.rows() if "仅改了一个页面" in r["note"] and r["rule"] == "link-dead")
    assert "/old/map.html" in one_page["before"]["value"] and one_page["verdict"] == NOT_FIXED


def test_answers_stand_in_the_orders_histories(job: Job) -> None:
    store = open_store(job.store)
    try:
        order = job.orders.orders[0]
        results = [e for e in store.order_events(order.id) if e.move in ("recheck", "look")]
    finally:
        store.close()
    assert len(results) == len(order.items)
    # the unit has not answered yet: what is mended moves on, what is not stays with the unit
    moved = {e.finding for e in results if e.move == "recheck"}
    mended = {r["finding"] for r in job.result.rows() if r["order"] == order.id and r["mended"]}
    assert moved == mended
    assert all(e.data["verdict_text"] and e.role == "machine" for e in results)


def test_the_files_of_a_re_check(job: Job) -> None:
    rows = [json.loads(line) for line in (job.folder / "re" / "recheck.jsonl").read_text(encoding="utf-8").splitlines()]
    assert rows == job.result.rows()
    sheet = openpyxl.load_workbook(job.folder / "re" / "recheck.xlsx").active
    assert sheet is not None and sheet.max_row == len(rows) + 1 and sheet.column_dimensions["A"].hidden
    lines = job.result.lines(as_json=False)
    assert len(lines) == len(rows) + 1 and lines[-1].startswith(f"共复查 {len(rows)} 个问题：")
    assert job.result.exit_code == 4  # some could not be told
    assert not list(job.folder.glob("frontier-*recheck*"))


def test_fixed_means_fixed(job: Job) -> None:
    fixed = [r for r in job.result.rows() if r["verdict"] == FIXED]
    assert len(fixed) > 100 and all(r["after"]["asked"] for r in fixed)


def test_the_run_itself_is_left_as_it_was(job: Job) -> None:
    store = open_store(job.store)
    try:
        run = job.orders.orders[0].run
        kept = {f.id for f in store.findings(run)}
        assert kept == {f["id"] for f in job.findings}
        assert [r.id for r in store.runs()] == [run]
        village = job.villages[0]
        page = store.page(run, village.code, village.url("/yw/8.html"))
        assert page is not None and any(hit.key == "关健" for hit in page.hits)
    finally:
        store.close()


def test_the_overlay_takes_what_judging_gives_a_store() -> None:
    for name, method in inspect.getmembers(Overlay, inspect.isfunction):
        if name.startswith("_") or name == "close":
            continue
        ours, theirs = inspect.signature(method), inspect.signature(getattr(Store, name))
        assert list(ours.parameters) == list(theirs.parameters), name


def test_the_bytes_of_the_re_check_are_proved_with_the_run_and_by_its_own_name(job: Job) -> None:
    store = open_store(job.store)
    try:
        run = store.run(job.orders.orders[0].run)
        assert run is not None
        proof = proving.verify(store, run)
        alone = proving.verify_rechecks(store, rechecked.of(store, job.result.id))
    finally:
        store.close()
    assert proof.problems == [] == alone.problems and not proof.killed
    assert 0 < alone.bodies < proof.bodies and alone.sealed > 0
    assert alone.files == len(list((job.folder / "snapshots").glob(f"*{job.result.id}-*.warc.gz")))
