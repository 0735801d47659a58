"""The rules of a run are frozen: what continues or judges it again uses the copy it was pinned to, and says so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from govcrawl import pinning, rulebook
from govcrawl.clock import SystemClock
from govcrawl.detect.wording import wording
from govcrawl.errors import RulebookError, UsageError
from govcrawl.model.facts import TextPlace
from govcrawl.model.runs import Run
from govcrawl.model.targets import Target
from govcrawl.pinning import CURRENT, PINNED, Options, begin, pack_of, rules_of
from govcrawl.rulebook import frozen
from govcrawl.store.base import Store, open_store

TARGET = Target(url="http://www.qinghe.gov.cn/", site="3299880001")
SHIPPED = Path(__file__).resolve().parent.parent / "rules"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/w/govcrawl.db")
    yield opened
    opened.close()
    rulebook.use(None)


def started(store: Store, said: list[str] | None = None, **values: object) -> Run:
    options = Options(as_of="2026-11-16", **values)  # type: ignore[arg-type]
    pack = rulebook.pack("national-2019")
    return begin(store, [TARGET], options, pack, SystemClock(), (said if said is not None else []).append)


def edited(tmp_path: Path, name: str = "edited") -> Path:
    """Today's rules, in which somebody has changed a word of the typo list since."""
    folder = tmp_path / name
    shutil.copytree(SHIPPED, folder)
    file = folder / "lexicons" / "typos.yml"
    text = file.read_text(encoding="utf-8")
    first = rulebook.lexicon("typos").entries[0].wrong
    assert first in text
    file.write_text(text.replace(first, "绝无此词" + name), encoding="utf-8")
    return folder


def first_typo() -> str:
    return rulebook.lexicon("typos").entries[0].wrong


def test_a_run_keeps_a_copy_of_its_rules_named_by_what_is_in_it(store: Store) -> None:
    run = started(store)
    copy = store.folder / "rulebooks" / run.rulebook
    assert rulebook.digest(copy) == run.rulebook == rulebook.digest()
    names = {p.relative_to(copy).parts[0] for p in copy.rglob("*.yml")}
    assert names >= {"catalogue", "packs", "labels", "lexicons", "calendars"}
    assert frozen.keep(store.folder) == run.rulebook and [p.name for p in copy.parent.iterdir()] == [run.rulebook]


def test_the_code_is_told_by_version_and_source(store: Store) -> None:
    version, _, source = started(store).code_version.partition("+")
    assert version and len(source) == 8 and pinning.code_version().endswith(source)


def test_a_continued_run_says_that_the_rules_have_changed_and_keeps_to_its_own(store: Store, tmp_path: Path) -> None:
    run, word = started(store), first_typo()
    rulebook.use(edited(tmp_path))
    assert first_typo() != word
    said: list[str] = []
    again = started(store, said)
    assert (again.id, again.rulebook) == (run.id, run.rulebook)
    assert any("规则文件在批次" in line and "仍按开始时的规则" in line for line in said), said
    assert first_typo() == word and rulebook.digest() == run.rulebook
    assert wording().find(TextPlace(text=f"通知{word}通知", place="body")), "what was made of the rules before is made anew"


def test_a_continued_run_whose_copy_is_gone_or_was_edited_stops(store: Store, tmp_path: Path) -> None:
    run = started(store)
    file = next((store.folder / "rulebooks" / run.rulebook / "lexicons").glob("*.yml"))
    file.write_text(file.read_text(encoding="utf-8") + "\n# 后来加的\n", encoding="utf-8")
    rulebook.use(edited(tmp_path))
    with pytest.raises(UsageError, match="规则副本已不在"):
        started(store)
    assert started(store, new=True).rulebook == rulebook.digest(), "--new begins a run with today's rules"
    assert sorted(r.state for r in store.runs()) == ["abandoned", "open"]


def test_unchanged_rules_are_not_talked_about(store: Store) -> None:
    started(store)
    said: list[str] = []
    started(store, said)
    assert not any("规则" in line for line in said) and rulebook.used() is None


def test_other_code_is_said(store: Store) -> None:
    run = started(store)
    run.code_version = "0.0.1+00000000"
    store.save_run(run)
    said: list[str] = []
    started(store, said)
    assert any("0.0.1+00000000" in line and pinning.code_version() in line for line in said)


def test_whatever_belongs_to_a_run_is_judged_by_its_rules_unless_today_s_are_asked_for(store: Store, tmp_path: Path) -> None:
    run, word = started(store), first_typo()
    today = edited(tmp_path)
    rulebook.use(today)
    said: list[str] = []
    with rules_of(run, store, PINNED, said.append):
        assert first_typo() == word and pack_of(run, None).name == "national-2019"
    assert first_typo() != word and rulebook.used() == today, "afterwards today's again"
    with rules_of(run, store, CURRENT, said.append):
        assert first_typo() != word
    assert ["仍按开始时的规则" in said[0], "按现在的规则" in said[1]] == [True, True]


@pytest.mark.parametrize("how", ["gone", "edited"])
def test_rules_that_cannot_be_had_are_not_replaced_by_others(store: Store, tmp_path: Path, how: str) -> None:
    run = started(store)
    folder = store.folder / "rulebooks" / run.rulebook
    if how == "gone":
        shutil.rmtree(folder)
    else:
        (folder / "lexicons" / "typos.yml").unlink()
    rulebook.use(edited(tmp_path))
    with pytest.raises(UsageError, match="规则副本.*--rules current"), rules_of(run, store, PINNED, [].append):
        pass


def test_a_word_that_is_none_is_named(store: Store) -> None:
    with pytest.raises(UsageError, match="--rules 的值 'newest' 无效"), rules_of(started(store), store, "newest", [].append):
        pass


def test_a_pack_that_the_old_rules_lack_is_named_with_the_way_out(store: Store, tmp_path: Path) -> None:
    run = started(store)
    rulebook.use(edited(tmp_path))
    with rules_of(run, store, PINNED, [].append), pytest.raises(RulebookError, match="--rules current"):
        pack_of(run, "county-2027")
