"""Retention follows the orders: what goes when a problem is 销号, what an open order keeps, and re-checks' files, which `verify` proves too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import retention_lab as lab_
from evidence_lab import HOME, SITE, Lab, Still
from retention_lab import AGAIN, CLOSED_ON, CRAWL, KILLED, NEWER, OLDER, OPEN, ORDER, OTHER, SECRET, TYPO, retention
from typer.testing import CliRunner

from govcrawl.cli import app
from govcrawl.clock import CHINA
from govcrawl.errors import UsageError
from govcrawl.evidence import command, journal, proving, rechecked, retaining, sealed
from govcrawl.evidence.closing import Closings
from govcrawl.evidence.policy import Policy
from govcrawl.model.findings import Review
from govcrawl.scoring.decisions import fingerprint
from govcrawl.store import claims, sealing
from govcrawl.store.base import open_store

HERE = Path(__file__).parent


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return lab_.build(tmp_path / "w")


def on(day: str) -> Still:
    return Still(datetime.fromisoformat(day).replace(hour=9, tzinfo=CHINA))


def planned(lab: Lab, day: str) -> list[tuple[str, str, int]]:
    return sorted((goes.kind, goes.run, len(goes.ids)) for goes in retention(lab.store, on(day)).plan())


SHOT, COPY, AGAIN_COPY = ("shot", CRAWL, 1), ("sealed", CRAWL, 1), ("sealed", AGAIN, 1)
OLD_WARC, AGAIN_WARC, KILLED_WARC = ("warc", OLDER, 0), ("warc", AGAIN, 0), ("warc", KILLED, 0)


@pytest.mark.parametrize(
    ("day", "goes"),
    [
        ("2026-11-22", []),
        ("2026-11-23", [KILLED_WARC]),  # no answer rests on what a killed re-check fetched
        ("2026-12-01", [KILLED_WARC]),
        ("2026-12-02", [COPY, AGAIN_COPY, KILLED_WARC]),
        ("2026-12-12", [COPY, AGAIN_COPY, SHOT, KILLED_WARC]),
        ("2027-01-01", [COPY, AGAIN_COPY, SHOT, OLD_WARC, AGAIN_WARC, KILLED_WARC]),  # the crawl's own file is needed by an open order
    ],
)
def test_each_thing_goes_its_days_after_the_closing_of_its_order(lab: Lab, day: str, goes: list[tuple[str, str, int]]) -> None:
    assert planned(lab, day) == sorted(goes)


def test_an_open_order_keeps_its_problems_evidence_whatever_else_is_said(lab: Lab) -> None:
    lab.store.decide(
        Review(finding=OPEN, decision="false_positive", fingerprint=fingerprint(lab.findings[2]), by="甲", at=f"{CLOSED_ON}T09:00:00+08:00")
    )
    copies = [goes for goes in retention(lab.store, listed={OPEN: CLOSED_ON}).plan() if goes.kind == "sealed" and goes.run == CRAWL]
    assert [len(goes.ids) for goes in copies] == [1], "the other copy is the open order's"
    [stays] = retention(lab.store).stays()
    assert stays.startswith("保留 封存副本 1 份 sealed-") and f"问题 {OPEN}（工单 {OTHER} 已交办，未销号）" in stays


def test_a_copy_is_kept_for_the_open_problem_that_points_to_it_under_another_address(lab: Lab) -> None:
    """A list that came as data: the problem is its column's, the bytes are the endpoint's."""
    assert COPY in planned(lab, "2027-01-01")
    listed = lab.findings[2].with_(url=HOME + "column/", snapshot=lab.findings[1].snapshot)
    lab.store.put_judgement(CRAWL, SITE, [*lab.findings[:2], listed], {"site": SITE}, {"site": SITE}, [])
    assert COPY in planned(lab, "2027-01-01"), "the copy of the page that nobody points to any more"
    pointed = lab.findings[1].with_(id="9" * 16, url=HOME + "column/")
    lab.store.put_judgement(CRAWL, SITE, [*lab.findings, pointed], {"site": SITE}, {"site": SITE}, [])
    assert COPY not in planned(lab, "2027-01-01")


@pytest.mark.parametrize(
    ("moves", "closed"),
    [
        (("reply",), False),
        (("object",), False),
        (("reply", "recheck"), False),
        (("reply", "recheck", "close"), True),
        (("reply", "recheck", "close", "repeat"), False),
    ],
)
def test_what_state_of_an_order_closes(lab: Lab, moves: tuple[str, ...], closed: bool) -> None:
    lab_.ROLES.update({"object": "unit", "repeat": "machine"})
    lab.store.append_events(OTHER, [lab_.event(OTHER, OPEN, move) for move in moves], 2)
    assert (Closings(lab.store, {}).of(lab.findings[2], lab.run).at is not None) == closed


def test_what_is_seen_after_the_closing_is_open_again_but_a_replay_sees_nothing_new(lab: Lab) -> None:
    late = [f.with_(run=NEWER, evidence=[{"what": "fetched", "at": "2026-11-23T10:00:00+08:00", "page": HOME}]) for f in lab.findings[:1]]
    replay = replace(lab.run, id="20261201-999999", started_at="2026-12-01T09:00:00+08:00", replay_of=CRAWL)
    lab.store.save_run(replay)
    lab.store.put_judgement(replay.id, SITE, [f.with_(run=replay.id) for f in lab.findings], {"site": SITE}, {"site": SITE}, [])
    assert SHOT in planned(lab, "2027-01-01")
    lab.store.put_judgement(NEWER, SITE, late, {"site": SITE}, {"site": SITE}, [])
    assert SHOT not in planned(lab, "2027-01-01")
    run = lab.store.run(NEWER)
    assert run is not None and Closings(lab.store, {}).of(late[0], run).how == f"工单 {ORDER} 销号之后仍有此问题"


def test_a_fact_for_the_inspector_keeps_nothing(lab: Lab) -> None:
    facts = [f.with_(id="f" * 16, rule="item-undated", indicator=None) for f in lab.findings[1:2]]
    lab.store.put_judgement(CRAWL, SITE, [*lab.findings, *facts], {"site": SITE}, {"site": SITE}, [])
    assert COPY in planned(lab, "2027-01-01")


def test_a_re_check_that_still_runs_is_left_alone(lab: Lab) -> None:
    held = "import sys; from pathlib import Path; from govcrawl.store import claims\n"
    held += "with claims.claimed(Path(sys.argv[1]), sys.argv[2:]): print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", held, str(lab.folder), SITE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE.parent
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        assert KILLED_WARC not in planned(lab, "2026-12-02")
        other.communicate("")
    assert KILLED_WARC in planned(lab, "2026-12-02")
    with claims.claimed(lab.folder, [SITE]):
        pass


def test_the_dry_run_says_what_and_why_and_deletes_nothing(lab: Lab) -> None:
    before = sorted(path for path in lab.folder.rglob("*") if path.is_file())
    base = ["evidence", "retain", "--sealed-days", "0", "--shot-days", "0", "--warc-days", "0", "--store", lab.store.location]
    done = CliRunner().invoke(app, [*base, "--json"])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0 and {row["deleted"] for row in rows} == {False}
    why = {(row["kind"], row["run"]): row["why"] for row in rows}
    assert why["sealed", CRAWL] == f"问题已于 {CLOSED_ON} 销号（工单 {ORDER} 销号），留存 0 天期满" == why["warc", AGAIN]
    assert OTHER in done.stderr and "未销号" in done.stderr
    assert sorted(path for path in lab.folder.rglob("*") if path.is_file() and path.name != claims.FILE) == [
        path for path in before if path.name != claims.FILE
    ]


# -- re-checks are proved


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(data)


def test_verify_proves_the_files_of_a_re_check_with_the_run_and_alone(lab: Lab) -> None:
    proof = proving.verify(lab.store, lab.run)
    assert proof.problems == [] and (proof.files, proof.bodies, proof.sealed) == (4, 2, 3)
    assert f"复查 {KILLED} 中断" in proof.summary()
    alone = CliRunner().invoke(app, ["verify", AGAIN, "--store", lab.store.location])
    assert alone.exit_code == 0 and "原文 1 份" in alone.stdout and "已封存 1 份" in alone.stdout
    with pytest.raises(UsageError, match="中断，没有形成结论"):
        command.verified(KILLED, store=lab.store.location, as_json=False, echo=print)


@pytest.mark.parametrize("how", ["flipped", "gone", "copy gone", "answer forged"])
def test_what_was_done_to_a_re_checks_evidence_is_named(lab: Lab, how: str) -> None:
    folder = lab.folder / "snapshots"
    [file], [copy] = rechecked.known(lab.store)[AGAIN].files(folder), rechecked.known(lab.store)[AGAIN].files(folder, sealing.PREFIX)
    said = {"flipped": "校验和不符", "gone": "缺少快照文件", "copy gone": "缺少封存副本", "answer forged": "的 sha256 不同"}[how]
    if how == "flipped":
        flip(file, file.stat().st_size // 3)
    elif how == "gone":
        file.unlink()
    elif how == "copy gone":
        copy.unlink()
    else:
        snapshot = {
            "warc": file.name,
            "offset": next(s.offset for s, _ in rechecked.references(lab.store, rechecked.known(lab.store)[AGAIN])),
        }
        forged = lab_.event(OTHER, OPEN, "look", data={"after": {"asked": [{"snapshot": {**snapshot, "sha256": "0" * 64}}]}})
        lab.store.append_events(OTHER, [forged], 2)
    for name in (CRAWL, AGAIN):
        done = CliRunner().invoke(app, ["verify", name, "--store", lab.store.location])
        assert done.exit_code == 1 and said in done.stdout and file.name in done.stdout


def test_a_re_check_of_before_the_journal_told_of_them_is_known_from_the_orders(lab: Lab) -> None:
    (lab.folder / journal.FILE).unlink()
    known = rechecked.known(lab.store)
    assert set(known) == {AGAIN} and (known[AGAIN].run, known[AGAIN].sites, known[AGAIN].findings) == (CRAWL, {SITE}, {TYPO, SECRET})
    assert proving.verify(lab.store, lab.run).bodies == 2


def test_sealed_copies_of_a_re_check_are_shown_with_those_of_the_run(lab: Lab) -> None:
    policy = Policy.model_validate({"sealed": {"readers": ["王明"]}})
    found = sealed.opened(lab.store, lab.run, SITE, policy, who="王明", reason="申诉复核", clock=lab.clock)
    assert sorted(c.record.url for c in found) == [HOME + "open.html", HOME + "secret.html", HOME + "secret.html"]


def test_what_retention_deleted_of_a_re_check_is_no_problem(lab: Lab) -> None:
    retaining.carry_out(lab.store, retention(lab.store).plan(), lab_.LATE)
    proof = proving.verify(lab.store, lab.run)
    assert proof.problems == [] and proof.removed == 3 and proof.sealed == 1, "the copy that the open order needs is there"
    assert retention(lab.store).plan() == []


# -- a kill in the middle


def files_of(folder: Path) -> dict[str, int]:
    return {
        str(p.relative_to(folder)): p.stat().st_size for p in folder.rglob("*") if p.is_file() and p.parent.name in ("snapshots", CRAWL)
    }


def test_killed_anywhere_a_deletion_leaves_nothing_half_done_and_the_next_one_ends_it(lab: Lab, tmp_path: Path) -> None:
    lab.store.close()
    copies = tmp_path / "copies"
    copies.mkdir()
    program = [sys.executable, str(HERE / "retention_lab.py"), str(lab.folder), str(copies)]
    subprocess.run(program, check=True, env={**os.environ, "PYTHONPATH": str(HERE.parent)}, timeout=300)
    folders = sorted(copies.iterdir())
    assert len(folders) > 10
    whole = files_of(folders[-1])
    assert not any(name.endswith(".part") for name in whole)
    for folder in folders:
        store = open_store(f"sqlite:///{folder}/govcrawl.db")
        run = store.run(CRAWL)
        assert run is not None
        assert proving.verify(store, run).problems == [], folder.name
        retaining.carry_out(store, retention(store).plan(), lab_.LATE)
        assert proving.verify(store, run).problems == [] and files_of(folder).keys() == whole.keys(), folder.name
        assert journal.broken(folder) == []
        store.close()
