"""The bench's own judgement: its proof of equal findings can fail, its floors hold, and what it leaves out is left out."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from bench import costs, replay, storing
from bench.__main__ import FLOORS, against_floors
from bench.crawl import ALL, SNAPSHOTS, STORE
from govcrawl.store.base import open_store

FINDING = '{"id": "a", "run": "20261116-aaaaaa", "message": "链接失效"}\n'


def findings(folder: Path, name: str, text: str) -> Path:
    (folder / name).mkdir()
    (folder / name / "findings.jsonl").write_text(text, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize(
    ("replayed", "said"),
    [
        (FINDING.replace("aaaaaa", "bbbbbb"), None),
        (FINDING.replace("aaaaaa", "bbbbbb").replace("链接", "连接"), "not those of the crawl"),
        (FINDING.replace("aaaaaa", "bbbbbb") * 2, "not those of the crawl"),
        ("", "not those of the crawl"),
        (FINDING.replace("aaaaaa", "cccccc"), "not those of the crawl"),
    ],
)
def test_a_replay_that_says_anything_else_ends_the_bench(replayed: str, said: str | None, tmp_path: Path) -> None:
    crawl, again = findings(tmp_path, "full", FINDING), findings(tmp_path, "replay", replayed)
    if said is None:
        replay.check(crawl, "20261116-aaaaaa", again, "20261116-bbbbbb")
    else:
        with pytest.raises(SystemExit, match=said):
            replay.check(crawl, "20261116-aaaaaa", again, "20261116-bbbbbb")


def test_two_replays_of_nothing_prove_nothing(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="nothing to compare"):
        replay.check(findings(tmp_path, "full", ""), "a", findings(tmp_path, "replay", ""), "b")


def test_a_figure_beyond_its_floor_or_missing_from_a_whole_run_breaks_it(capsys: pytest.CaptureFixture[str]) -> None:
    good = {**FLOORS["least"], **FLOORS["most"]}
    assert against_floors(good, claim=True, whole=True) == 0
    for name in FLOORS["least"]:
        assert against_floors({**good, name: FLOORS["least"][name] * 0.99}, claim=True, whole=True) == 1
    for name in FLOORS["most"]:
        assert against_floors({**good, name: FLOORS["most"][name] * 1.01}, claim=True, whole=True) == 1
        without = {other: value for other, value in good.items() if other != name}
        assert against_floors(without, claim=True, whole=True) == 1 and against_floors(without, claim=True, whole=False) == 0
    assert against_floors({**good, "store_cost": 1.0}, claim=False, whole=True) == 0
    assert f"FLOOR BROKEN: {name} was not measured" in capsys.readouterr().out


def test_costs_are_shares_of_the_pages_a_cpu_second_in_each_order_as_often(tmp_path: Path) -> None:
    asked: list[str] = []

    def measured(name: str, command: list[str], folder: Path) -> tuple[int, float]:
        asked.append(command[4])
        return 100, {ALL: 10.0, STORE: 9.0, SNAPSHOTS: 8.0}[command[4]]

    found = costs.measure("http://127.0.0.1:1/", tmp_path, measured, rounds=2)
    assert found == pytest.approx({"store_cost": 0.1, "snapshots_cost": 0.2})
    assert asked == [*reversed(asked[3:]), *asked[3:]] and set(asked[:3]) == {ALL, STORE, SNAPSHOTS}


def test_the_records_are_of_4_kb_and_all_others_the_second_time() -> None:
    first, again = (storing.records(3, 20, run) for run in storing.RUNS)
    sizes = [len(json.dumps(record.to_json(), ensure_ascii=False).encode()) for record in [*first, *again]]
    assert all(0.98 * storing.BYTES <= size <= 1.02 * storing.BYTES for size in sizes)
    assert all(a.key == b.key and a.text != b.text for a, b in zip(first, again, strict=True))


def test_every_way_keeps_the_records_and_only_the_silent_one_tells_nobody(tmp_path: Path) -> None:
    addresses = {name: f"sqlite:///{tmp_path}/{name}.db" for name in storing.WAYS}
    spent = storing.compare(addresses, 5 * storing.SITES)
    assert set(spent) == set(storing.WAYS) and min(spent.values()) > 0
    with closing(open_store(addresses["store"])) as telling, closing(open_store(addresses["silent"])) as silent:
        assert list(telling.rows("records")) == list(silent.rows("records")) and len(list(telling.rows("records"))) == 10 * storing.SITES
        assert len(telling.changes(0, 10_000)) == 10 * storing.SITES and silent.changes(0, 1) == []
