"""`feed dump` and `feed tail`: by day, verified, resumable; a damaged dump is named, not read."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from feed_kit import RUN, SITE, Clock, articles, fill, opened
from main_job import environment, govcrawl

from govcrawl.errors import OutputError, StoreError, UsageError
from govcrawl.feed import dumping, following, manifest, reading, schema
from govcrawl.store.base import Store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    made = opened(tmp_path, clock)
    fill(made)
    yield made
    made.close()


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_a_dump_holds_the_sequence_and_says_what_it_holds(store: Store, tmp_path: Path, form: manifest.Form) -> None:
    out = tmp_path / "out"
    done = dumping.dump(store, out, form=form)
    changes = store.changes(0, 1000)
    assert list(reading.rows(out)) == changes
    told = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert (told["rows"], told["highest_seq"], told["format"]) == (len(changes), changes[-1]["seq"], form)
    [part] = told["files"]
    assert part["name"] == f"day=2026-11-16/0000000001.{form}" and part["sha256"] == manifest.sha256(out / part["name"])
    assert sorted(path.name for path in (out / "schemas").iterdir()) == sorted(f"{k}.json" for k in (*schema.KINDS, "change"))
    assert done == reading.verified(out)


def test_a_day_is_a_file_and_a_later_call_adds_only_what_is_new(store: Store, tmp_path: Path, clock: Clock) -> None:
    out = tmp_path / "out"
    dumping.dump(store, out)
    plain = {p: p.read_bytes() for p in out.glob("day=*/*")}
    assert dumping.dump(store, out) == reading.verified(out) and {p: p.read_bytes() for p in out.glob("day=*/*")} == plain
    highest = store.changes(0, 1000)[-1]["seq"]
    store.put_records("20261118-cccccc", SITE, articles([20]))
    clock.day = "2026-11-17"
    store.put_records("20261119-dddddd", SITE, articles([21, 22]))
    told: list[manifest.Part] = []
    dumping.dump(store, out, said=told.append)
    assert [(p.name, p.rows) for p in told] == [
        (f"day=2026-11-16/{highest + 1:010d}.jsonl", 1), (f"day=2026-11-17/{highest + 2:010d}.jsonl", 2),
    ]  # fmt: skip
    assert list(reading.rows(out)) == store.changes(0, 1000)
    assert all(path.read_bytes() == content for path, content in plain.items())


def test_a_large_day_comes_in_several_files_and_a_clock_set_back_is_no_harm(
    store: Store, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dumping, "MOST_ROWS", 5)
    clock.day = "2026-11-15"
    store.put_records("20261118-cccccc", SITE, articles([20]))
    dumping.dump(store, tmp_path / "out")
    parts = reading.verified(tmp_path / "out").files
    assert max(p.rows for p in parts) == 5 and [p.day for p in parts[-2:]] == ["2026-11-16", "2026-11-15"]
    assert list(reading.rows(tmp_path / "out")) == store.changes(0, 1000)


def test_a_dump_that_is_stopped_anywhere_is_whole_and_goes_on(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dumping, "MOST_ROWS", 3)
    whole = dumping.dump(store, tmp_path / "whole")
    for seed in range(12):
        chance = random.Random(seed)
        out, stops = tmp_path / f"out{seed}", 0
        replace = Path.replace

        def sometimes(self: Path, target: Path, chance: random.Random = chance, replace: Any = replace) -> Path:
            if chance.random() < 0.2:
                raise KeyboardInterrupt
            return replace(self, target)

        monkeypatch.setattr(Path, "replace", sometimes)
        while True:
            try:
                dumping.dump(store, out)
                break
            except KeyboardInterrupt:
                stops += 1
                if (out / "manifest.json").exists() and (out / "schemas" / "change.json").exists():
                    part = list(reading.rows(out))
                    assert part == store.changes(0, 1000)[: len(part)]
        monkeypatch.setattr(Path, "replace", replace)
        assert stops and reading.verified(out) == whole


def test_a_dump_may_begin_in_the_middle(store: Store, tmp_path: Path) -> None:
    dumping.dump(store, tmp_path / "out", after=7)
    assert [c["seq"] for c in reading.rows(tmp_path / "out")] == [c["seq"] for c in store.changes(7, 1000)]
    dumping.dump(store, tmp_path / "out", after=7)
    with pytest.raises(UsageError, match="已有第 8～"):
        dumping.dump(store, tmp_path / "out", after=3)


def test_another_format_and_another_store_are_refused(store: Store, tmp_path: Path) -> None:
    out = tmp_path / "out"
    dumping.dump(store, out)
    with pytest.raises(UsageError, match="已有 jsonl 格式的导出"):
        dumping.dump(store, out, form="parquet")
    other = opened(tmp_path / "other")
    for texts in ("甲", "乙"):
        other.put_records(RUN, SITE, articles(range(30), texts))
    with pytest.raises(UsageError, match="来自另一个存储"):
        dumping.dump(other, out)
    other.close()


def test_a_folder_that_cannot_be_written_is_named(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="无法读取 .*上级不是目录"):
        dumping.dump(store, tmp_path / "file" / "out")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "day=2026-11-16").write_text("x")
    with pytest.raises(OutputError, match="无法写入 .*再次运行同样的命令即可继续"):
        dumping.dump(store, tmp_path / "out")


def _cut(out: Path) -> None:
    [path] = out.glob("day=*/*")
    path.write_bytes(path.read_bytes()[:-9])


def _flip(out: Path) -> None:
    [path] = out.glob("day=*/*")
    path.write_bytes(path.read_bytes().replace("正文".encode(), "歪文".encode(), 1))


def _told(out: Path, **values: Any) -> None:
    told = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    place = told["files"][0] if set(values) <= set(told["files"][0]) and "rows" not in values else told
    place.update(values)
    (out / "manifest.json").write_text(json.dumps(told), encoding="utf-8")


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no manifest": (lambda out: (out / "manifest.json").unlink(), "不是数据导出目录：没有 manifest.json"),
    "half a manifest": (lambda out: (out / "manifest.json").write_text('{"version": 1, "fil'), "不是数据导出的清单，或已损坏"),
    "a later version": (lambda out: _told(out, version=2), "的版本是 2，本程序只认识 1"),
    "a file is gone": (lambda out: shutil.rmtree(next(out.glob("day=*"))), "缺少 day=2026-11-16/0000000001.jsonl"),
    "a file was cut": (_cut, r"day=2026-11-16/0000000001.jsonl 已损坏（应为 \d+ 字节，现为 \d+ 字节）"),
    "a word was changed": (_flip, "day=2026-11-16/0000000001.jsonl 已损坏（sha256 与清单不符）"),
    "a schema is gone": (lambda out: (out / "schemas" / "finding.json").unlink(), "缺少 schemas/finding.json"),
    "a gap": (lambda out: _told(out, first_seq=2), "变更序号不连续"),
    "a wrong sum": (lambda out: _told(out, rows=3), "清单所记的条数 3"),
    "a way out of the folder": (lambda out: _told(out, name="day=2026-11-16/../../x.jsonl"), "文件名不正确"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_named_before_anything_is_read(name: str, store: Store, tmp_path: Path) -> None:
    out = tmp_path / "out"
    dumping.dump(store, out)
    harm, said = DAMAGE[name]
    harm(out)
    with pytest.raises(StoreError, match=said):
        next(reading.rows(out))


def test_lines_that_are_no_changes_are_refused_although_their_digest_fits(store: Store, tmp_path: Path) -> None:
    out = tmp_path / "out"
    dumping.dump(store, out)
    [path] = out.glob("day=*/*")
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0], lines[2], lines[1], *lines[3:]]) + "\n", encoding="utf-8")
    _told(out, sha256=manifest.sha256(path))
    with pytest.raises(StoreError, match="第 2 号变更不正确"):
        list(reading.rows(out))


def test_the_commands(store: Store, tmp_path: Path) -> None:
    done = govcrawl("feed", "dump", "--out", "d", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rows"] == len(store.changes(0, 1000)) and "最高序号" in done.stderr
    told = govcrawl("feed", "tail", "--after", "5", cwd=tmp_path)
    assert [json.loads(line) for line in told.stdout.splitlines()] == store.changes(5, 1000)
    assert govcrawl("feed", "dump", "--format", "csv", cwd=tmp_path).returncode == 2
    missing = govcrawl("feed", "tail", "--store", "sqlite:///typo.db", cwd=tmp_path)
    assert missing.returncode == 2 and "没有存储 typo.db" in missing.stderr and not (tmp_path / "typo.db").exists()


def test_tail_follows_and_ends_quietly_when_nobody_reads_any_more(store: Store, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "govcrawl", "feed", "tail", "--follow"]
    known = store.changes(0, 1000)
    with subprocess.Popen(command, cwd=tmp_path, env=environment(None), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as follower:
        assert follower.stdout is not None and follower.stderr is not None
        for change in known:
            assert json.loads(follower.stdout.readline()) == change
        store.put_records("20261119-dddddd", SITE, articles([77]))
        assert json.loads(follower.stdout.readline())["payload"]["title"] == "第77篇"
        follower.stdout.close()
        store.put_records("20261119-eeeeee", SITE, articles([78]))
        assert follower.wait(60) == 0 and follower.stderr.read() == b""


def test_a_missing_library_is_named_with_the_command_that_brings_it(tmp_path: Path) -> None:
    code = "import sys; sys.modules['pyarrow'] = sys.modules['fastapi'] = None; from govcrawl.cli import main; main()"
    values = environment(None) | {"GOVCRAWL_FEED_TOKEN": "x" * 20}
    for arguments, said in ((["dump", "--format", "parquet"], "'govcrawl[parquet]'"), (["serve"], "'govcrawl[feed]'")):
        command = [sys.executable, "-c", code, "feed", *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=values, capture_output=True, text=True, check=False)
        assert done.returncode == 2 and said in done.stderr, done.stderr


def test_following_ends_when_its_pause_says_so(store: Store) -> None:
    seen, rounds = [], 0

    def pause() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            raise StopAsyncIteration
        store.put_records(f"2026111{rounds}-ffffff", SITE, articles([100 + rounds]))

    with pytest.raises(StopAsyncIteration):
        for change in following.followed(store, 0, pause):
            seen.append(change["seq"])
    assert seen == [c["seq"] for c in store.changes(0, 1000)] and rounds == 3
