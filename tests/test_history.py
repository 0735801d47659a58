"""Which run is the newest of a site: the newest finished crawl that inspected it, never a replay, never one that was given up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from govcrawl import history
from govcrawl.errors import UsageError
from govcrawl.evidence import command
from govcrawl.model.findings import Finding, Outcome
from govcrawl.model.runs import SCAN, Run
from govcrawl.rechecking import choosing
from govcrawl.store.base import Store, open_store

SITE, HOME = "3299880001", "http://www.qinghe.gov.cn/"
OTHER = {"url": "http://www.other.gov.cn/", "site": "3299770001"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/govcrawl.db")
    yield opened
    opened.close()


def run(store: Store, number: int, targets: list[dict[str, Any]] | None = None, **values: Any) -> str:
    ident, at = f"202611{number:02d}-00000{number % 10}", f"2026-11-{number:02d}T08:00:00+08:00"
    known: dict[str, Any] = {"pack": "national-2019", "as_of": at[:10], "seed": "s", "state": "finished", "started_at": at}
    mine: list[dict[str, Any]] = [{"url": HOME, "site": SITE}]
    store.save_run(Run(id=ident, targets=mine if targets is None else targets, targets_key="k", **known | values))
    return ident


LATER: tuple[tuple[str, dict[str, Any]], ...] = (
    ("a replay", {"replay_of": "20261101-000001"}),
    ("one that was given up", {"state": "abandoned"}),
    ("a scan of new pages", {"kind": SCAN}),
    ("one that is not finished", {"state": "open"}),
    ("one of another site", {"targets": [OTHER]}),
    ("one that found the site closed", {"targets": [{"url": HOME, "site": SITE, "state": "关停", "state_from": "2026-11-01"}]}),
)


@pytest.mark.parametrize(("why", "later"), LATER, ids=[row[0] for row in LATER])
@pytest.mark.parametrize("name", [SITE, "www.qinghe.gov.cn", "qinghe.gov.cn", HOME])
def test_a_later_run_that_does_not_say_how_the_site_was_is_not_the_newest(store: Store, why: str, later: dict[str, Any], name: str) -> None:
    first = run(store, 1)
    run(store, 2, **later)
    newest = history.newest_crawl(store, name)
    assert newest is not None and newest.id == first
    assert command.site_of(store, name, None)[0].id == first


def test_the_newest_of_several(store: Store) -> None:
    run(store, 1)
    third = run(store, 3, as_of="2026-10-01")  # by when it was fetched, not by the day it was asked to judge
    run(store, 2)
    newest = history.newest_crawl(store, SITE)
    assert newest is not None and newest.id == third
    fourth = run(store, 4, [OTHER])
    assert (history.newest_crawl(store) or newest).id == fourth
    assert history.newest_crawl(store, "www.nowhere.gov.cn") is None


def test_a_run_that_is_named_is_taken_whatever_it_is(store: Store) -> None:
    run(store, 1)
    replay = run(store, 2, replay_of="20261101-000001")
    assert command.site_of(store, SITE, replay)[0].id == replay
    with pytest.raises(UsageError, match="批次 20261101-000001中没有网站 www.other.gov.cn"):
        command.site_of(store, "www.other.gov.cn", "20261101-000001")


def test_what_came_before_a_replay_came_before_the_crawl_that_it_judges(store: Store) -> None:
    first = run(store, 1)
    second = run(store, 2)
    run(store, 3)
    replay = store.run(run(store, 9, replay_of=second))
    assert replay is not None
    assert [known.id for known in history.crawls_before(store, replay, SITE)] == [first]
    assert history.told(replay) == f"批次 {replay.id}（监测时间点 2026-11-09，重放（重判批次 {second}，未重新访问网站））"


def test_a_finding_to_be_re_checked_is_taken_as_the_newest_crawl_has_it(store: Store) -> None:
    first, second, replay = run(store, 1), run(store, 2), run(store, 3, replay_of="20261102-000002")

    def found(ident: str, at: str) -> Finding:
        return Finding(id=ident * 16, rule="typo", outcome=Outcome.FAIL, site=SITE, object="page", url=HOME, message="词", run=at)

    for name, idents in ((first, "ab"), (second, "b"), (replay, "bc")):
        store.put_judgement(name, SITE, [found(i, name) for i in idents], {"site": SITE}, {"site": SITE}, [])
    picked, bad = choosing.chosen(store, ["a" * 16, "b" * 16, "c" * 16], run=None, open_too=False, sites=())
    assert [(one.finding.id[0], one.finding.run) for one in picked] == [("a", first), ("b", second)]
    assert bad == [f"{'c' * 16}：既不是工单号，也不是问题编号（只见于重放批次 {replay}，请用 --run 指明）"]
    named, _ = choosing.chosen(store, ["c" * 16], run=replay, open_too=False, sites=())
    assert [one.finding.run for one in named] == [replay]
