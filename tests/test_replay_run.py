"""A finished run judged again from its snapshots: the same findings byte for byte, or another day's; what is lost is named, never guessed."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mongo_server
import pytest
from main_job import ROOT, govcrawl
from replay_kit import AS_OF, Workspace, bytes_of, findings, inspected, said

from govcrawl import replaying, rulebook
from govcrawl.browser import find_browser
from govcrawl.errors import UsageError
from govcrawl.model.facts import RENDER
from govcrawl.report.summary import Result
from govcrawl.store import copying, sealing
from govcrawl.store.base import Store, open_store

pytestmark = pytest.mark.xdist_group("replay")
TABLES_OF_A_SITE = ("records.jsonl", "scorecard.json", "receipt.json")


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return inspected(tmp_path_factory.mktemp("replay"))


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*values: Any) -> None:
        raise AssertionError(f"a replay asked the network: {values}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def replay(place: Workspace, out: str, said: list[str] | None = None, **values: Any) -> Result:
    return replaying.replay(
        place.run, store=values.pop("store", place.store), out=place.folder / out, say=(said if said is not None else []).append, **values
    )


@pytest.fixture(scope="module")
def store(done: Workspace) -> Iterator[Store]:
    opened = open_store(done.store)
    yield opened
    opened.close()


def test_without_changed_rules_it_says_the_same_byte_for_byte(done: Workspace, store: Store, offline: None) -> None:
    result = replay(done, "again", processes=1)
    assert bytes_of(done.folder / "again") == bytes_of(done.folder / "out")
    assert len(findings(done.folder / "again")) > 60
    for name in TABLES_OF_A_SITE:
        again, first = (bytes_of(done.folder / out, name) for out in ("again", "out"))
        assert again == first if name.endswith("jsonl") else json.loads(again) == json.loads(first), name
    assert (result.run.replay_of, result.run.state) == (done.run, "finished") and result.run.id != done.run
    before = {f.id for f in store.findings(done.run)}
    assert before and {f.id for f in store.findings(result.run.id)} == before, "kept in the store as a run of its own"


@pytest.mark.skipif(find_browser() is None, reason="没有浏览器：没有渲染过的页面可重放")
def test_it_read_rendered_pages_and_what_their_scripts_fetched(done: Workspace, store: Store) -> None:
    rendered = [v for site in ("3299770001", "3299880012") for v in store.visits(done.run, site, RENDER) if v.outcome == "read"]
    assert len(rendered) >= 2 and any(v.heard and v.heard[0].snapshot for v in rendered)


def test_sealed_pages_were_read_from_their_copies(done: Workspace) -> None:
    assert list(done.snapshots.glob(f"{sealing.PREFIX}{done.run}-*")), "else this proves nothing"
    assert findings(done.folder / "out", lambda f: f["rule"].startswith("privacy-"))


def test_two_processes_say_the_same_as_one(done: Workspace, store: Store) -> None:
    result = replay(done, "parallel", processes=2)
    assert bytes_of(done.folder / "parallel") == bytes_of(done.folder / "out")
    for site in ("3299880001", "3299770001"):
        assert list(store.visits(result.run.id, site)) == list(store.visits(done.run, site))
        assert list(store.looks(result.run.id, site)) == list(store.looks(done.run, site))
        assert list(store.pages(result.run.id, site)) == list(store.pages(done.run, site))


def test_a_replay_can_be_replayed_scored_and_compared(done: Workspace) -> None:
    first = replay(done, "first", processes=1)
    second = replaying.replay(first.run.id, store=done.store, out=done.folder / "second", processes=1, say=[].append)
    assert second.run.replay_of == done.run and bytes_of(done.folder / "second") == bytes_of(done.folder / "out")
    scored = govcrawl("score", first.run.id, "--out", "scored", cwd=done.folder)
    assert scored.returncode in (3, 4) and bytes_of(done.folder / "scored") == bytes_of(done.folder / "out"), scored.stderr
    compared = govcrawl("diff", done.run, first.run.id, cwd=done.folder)
    assert compared.stdout.count("新发现 0，") == 3 and compared.stdout.count("已整改 0，再次出现 0，未再检查 0") == 3, compared.stdout


def test_mongodb_replays_the_same(done: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = done.copy(tmp_path / "w")
    server = mongo_server.Mongod(tmp_path / "mongod", replica=True)
    server.start()
    try:
        monkeypatch.chdir(place.folder)
        source, target = open_store(place.store), open_store(server.address)
        copying.copy(source, target)
        replay(place, "mongo", store=server.address, processes=2)
        source.close()
        target.close()
    finally:
        server.stop()
    assert bytes_of(place.folder / "mongo") == bytes_of(place.folder / "out")


def test_a_killed_replay_is_done_once_more_under_its_own_id(done: Workspace, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*values: Any, **named: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(replaying, "judge_sites", killed)
        with pytest.raises(KeyboardInterrupt):
            replay(done, "killed", processes=1)
    [open_run] = [r for r in store.runs() if r.state == "open"]
    assert open_run.replay_of == done.run
    assert replay(done, "killed", processes=1).run.id == open_run.id
    assert bytes_of(done.folder / "killed") == bytes_of(done.folder / "out")


# another day


def test_an_earlier_day_knows_nothing_of_what_was_published_after(done: Workspace) -> None:
    result = replay(done, "earlier", as_of="2026-09-20", processes=1)
    assert result.run.as_of == "2026-09-20" and said(done.folder / "earlier")["seed"] == "2026-Q3"
    rows = findings(done.folder / "earlier")
    assert rows and {f["as_of"] for f in rows} == {"2026-09-20"}
    newest = [e["newest"] for f in rows if f["rule"] == "column-stale" for e in f["evidence"] if e.get("newest")]
    assert all(day <= "2026-09-20" for day in newest)
    assert {f["id"] for f in rows} != {f["id"] for f in findings(done.folder / "out")}


@pytest.mark.parametrize(("day", "why"), [("2099-01-01", "晚于快照取得之日"), ("20260920", "不是日期"), ("后天", "不是日期")])
def test_a_day_that_cannot_be_judged_is_refused(done: Workspace, day: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        replay(done, "refused", as_of=day)
    assert not (done.folder / "refused").exists()


def test_only_finished_runs_are_replayed(done: Workspace) -> None:
    said = govcrawl("replay", "20200101-000000", cwd=done.folder)
    assert said.returncode == 2 and "没有检查批次 20200101-000000" in said.stderr


# what is lost


def accused(out: Path) -> set[tuple[str, str]]:
    return {(f["rule"], f["id"]) for f in findings(out, lambda f: f["outcome"] in ("fail", "needs_review"))}


def test_a_sealed_copy_that_was_deleted_is_named_and_accuses_nobody(done: Workspace, tmp_path: Path) -> None:
    place = done.copy(tmp_path / "w")
    for sealed in place.snapshots.glob(f"{sealing.PREFIX}*"):
        sealed.unlink()
    heard: list[str] = []
    result = replay(place, "lost", heard, processes=1)
    assert result.exit_code == 4 and result.lost and all("封存的副本已不存在" in line for line in result.lost)
    told = "\n".join(heard)
    assert f"快照缺失或损坏 {len(result.lost)} 处" in told and result.lost[0] in told
    assert accused(place.folder / "lost") - accused(place.folder / "out") == set(), "nothing is said against a site for what we have lost"
    gone = accused(place.folder / "out") - accused(place.folder / "lost")
    assert {rule for rule, _ in gone} >= {"privacy-id-number"}


@pytest.mark.parametrize("how", ["missing", "garbled"])
def test_damaged_snapshots_are_named_and_what_they_held_is_not_checked(done: Workspace, tmp_path: Path, how: str) -> None:
    place = done.copy(tmp_path / "w")
    [file] = place.snapshots.glob(f"{done.run}-*.warc.gz")
    if how == "missing":
        file.unlink()
    else:
        with file.open("r+b") as warc:
            for at in range(2000, file.stat().st_size - 100, 40_000):
                warc.seek(at)
                warc.write(b"\xff" * 64)
    heard: list[str] = []
    result = replay(place, "lost", heard, processes=1)
    assert result.exit_code == 4 and len(result.lost) > 20
    assert any(line.startswith("  共：") and file.name in line for line in heard)
    assert accused(place.folder / "lost") <= accused(place.folder / "out")
    if how == "missing":
        receipts = {site.receipt["state"] for site in result.view.sites}
        assert receipts == {"unreachable"} and not accused(place.folder / "lost")


def test_the_day_and_the_seed_of_the_run_are_kept(done: Workspace, store: Store) -> None:
    run = store.run(done.run)
    assert run is not None and (run.as_of, run.seed) == (AS_OF, "2026-Q4")
    copy = replay(done, "copied", processes=1).run
    assert (copy.as_of, copy.seed) == (AS_OF, "2026-Q4")
    assert store.draws(copy.id, "3299880001") == store.draws(done.run, "3299880001") != []


# other rules


def test_the_rules_of_the_run_judge_it_unless_today_s_are_asked_for(done: Workspace, tmp_path: Path) -> None:
    [typo, *_] = findings(done.folder / "out", lambda f: f["rule"] == "typo")
    edited = tmp_path / "edited"
    shutil.copytree(ROOT / "rules", edited)
    file = edited / "lexicons" / "typos.yml"
    file.write_text(file.read_text(encoding="utf-8").replace(typo["value"], "绝无此词"), encoding="utf-8")
    heard: list[str] = []
    try:
        rulebook.use(edited)
        replay(done, "pinned", heard, processes=2)
        assert bytes_of(done.folder / "pinned") == bytes_of(done.folder / "out"), "in every process"
        assert any("仍按开始时的规则" in line for line in heard)
        heard.clear()
        result = replay(done, "current", heard, rules="current", processes=1)
        assert result.run.rulebook == rulebook.digest(edited) and any("按现在的规则判断" in line for line in heard)
    finally:
        rulebook.use(None)
    assert typo["id"] not in {f["id"] for f in findings(done.folder / "current")}
    gone = {f["id"] for f in findings(done.folder / "out")} - {f["id"] for f in findings(done.folder / "current")}
    assert {f["value"] for f in findings(done.folder / "out") if f["id"] in gone} == {typo["value"]}, "nothing else is judged otherwise"
    last = replay(done, "last", processes=1)
    assert bytes_of(done.folder / "last") == bytes_of(done.folder / "out") and last.run.rulebook != result.run.rulebook
