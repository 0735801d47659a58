"""What a schedule file says, and what follows from it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from govcrawl import registry
from govcrawl.clock import CHINA
from govcrawl.errors import UsageError
from govcrawl.model.facts import ListBlock, ListEntry, PageFacts
from govcrawl.model.orders import Order, OrderEvent, OrderItem
from govcrawl.model.targets import Target
from govcrawl.scheduling import columns as looking
from govcrawl.scheduling import config
from govcrawl.scheduling.columns import Seen
from govcrawl.scheduling.config import Freshness
from govcrawl.scheduling.planning import plans, rhythm, to_recheck

NOW = datetime(2026, 11, 16, 9, 30, tzinfo=CHINA)
DAY = 86400.0
WHOLE = """\
registry: 名录.csv
at_once: 4
lease: 5m
retries: 2
retry_wait: 10m
kinds:
  full_crawl:
    every: 7d
    hours: 22-6
    max_pages: 5000
    render: never
    tiers:
      - class: 一类
        level: 市级
        every: 3d
      - class: 一类
        hours: "0-5"
  freshness: {at_least: 6h}
  scan:
  recheck: {every: 12h}
  probe: {place: 示例机房}
  feed: {every: 1d, format: parquet}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "schedule.yml"
    path.write_text(text, encoding="utf-8")
    return path


def site(name: str, **more: object) -> Target:
    return replace(Target(url=f"http://www.{name}.gov.cn/", site=name, name=name), **more)  # type: ignore[arg-type]


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    schedule = config.read(written(tmp_path, WHOLE))
    assert schedule.registry == str((tmp_path / "名录.csv").resolve())
    assert (schedule.lease, schedule.retrying.limit, schedule.retrying.wait) == (300.0, 2, 600.0)
    assert list(schedule.kinds.named()) == ["full_crawl", "freshness", "scan", "recheck", "probe", "feed"]
    assert schedule.kinds.scan is not None and schedule.kinds.scan.every == DAY, "a name with nothing behind it takes the defaults"


def test_only_what_is_named_is_planned(tmp_path: Path) -> None:
    schedule = config.read(written(tmp_path, "registry: a.csv\nkinds: {probe: {}}\n"))
    assert [plan.id for plan in plans(schedule, [site("a"), site("b")], NOW)] == ["probe"]


WRONG = [
    ("registry: a.csv\nkinds:\n  full_crawl:\n    evry: 7d\n", "第 4 行：kinds.full_crawl.evry：不认识的键"),
    ("registry: a.csv\nkinds:\n  full_crawl:\n    every: 7\n", "第 4 行：kinds.full_crawl.every：应为时长，如 7d、12h、30m、90s，不是 7"),
    ("registry: a.csv\nkinds:\n  full_crawl:\n    every: weekly\n", "第 4 行：kinds.full_crawl.every：应为时长"),
    ("registry: a.csv\nkinds:\n  probe: {every: 0s}\n", "第 3 行：kinds.probe.every：应为时长"),
    ("registry: a.csv\nkinds:\n  scan:\n    every: 1d\n    hours: 夜间\n", "第 5 行：kinds.scan.hours：允许时段“夜间”无法识别"),
    ("registry: a.csv\nkinds:\n  scan:\n    hours: 22\n", "第 4 行：kinds.scan.hours：应为时段，如 22-6，不是 22"),
    ("kinds: {probe: {}}\n", "第 1 行：registry：缺少这个键"),
    ("registry: a.csv\n", "第 1 行：kinds：缺少这个键"),
    ("registry: a.csv\nkinds: {}\n", "第 2 行：kinds：至少要有一种任务"),
    ("registry: a.csv\nkinds: {crawl: {}}\n", "第 2 行：kinds.crawl：不认识的键"),
    ("registry: a.csv\nretries: -1\nkinds: {probe: {}}\n", "第 2 行：retries："),
    ("registry: a.csv\nat_once: 两个\nkinds: {probe: {}}\n", "第 2 行：at_once：应为整数"),
    ("registry: a.csv\nkinds:\n  feed: {format: csv}\n", "第 3 行：kinds.feed.format：只能是"),
    ("registry: a.csv\nkinds:\n  freshness:\n    at_least: 9d\n    at_most: 2d\n", "第 3 行：kinds.freshness：at_least 不能大于 at_most"),
    ("registry: a.csv\nkinds:\n  scan:\n    tiers:\n      - every: 3d\n", "第 5 行：kinds.scan.tiers[0]：至少要写 class、level、type 之一"),
    ("registry: a.csv\nkinds:\n  scan:\n    tiers:\n      - {class: 一类}\n", "第 5 行：kinds.scan.tiers[0]：至少要写 every、hours 之一"),
    ("registry: a.csv\nkinds:\n  scan:\n  scan:\n", "第 4 行：键“scan”重复（第 3 行已有）"),
    ("registry: a.csv\nkinds: [\n", "schedule.yml：第 3 行："),
    ("- a\n- b\n", "文件应为键值对"),
    ("", "文件应为键值对"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_wrong_is_told_with_line_and_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        config.read(written(tmp_path, text))
    assert said in str(caught.value) and str(caught.value).startswith("计划文件有误")


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        config.read(written(tmp_path, "registry: a.csv\nkinds:\n  scan: {evry: 1d}\n  probe: {every: 3}\n"))
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(("body", "said"), [(None, "没有计划文件"), (b"registry: \xff\xfe", "不是 UTF-8 编码")])
def test_a_file_that_is_missing_or_no_text_is_told(tmp_path: Path, body: bytes | None, said: str) -> None:
    path = tmp_path / "schedule.yml"
    if body is not None:
        path.write_bytes(body)
    with pytest.raises(UsageError, match=said):
        config.read(path)


def test_the_first_tier_that_fits_counts_and_the_registrys_hours_go_first(tmp_path: Path) -> None:
    schedule = config.read(written(tmp_path, WHOLE))
    targets = [
        site("a", class_="一类", level="市级"), site("b", class_="一类", level="县级"), site("c", class_="二类"),
        site("d", class_="一类", level="市级", hours="1-4"),
    ]  # fmt: skip
    found = {plan.site: (plan.every / DAY, plan.settings["hours"]) for plan in plans(schedule, targets, NOW) if plan.kind == "full_crawl"}
    assert found == {"a": (3, "22-6"), "b": (7, "0-5"), "c": (7, "22-6"), "d": (3, "1-4")}


def test_a_site_has_one_job_a_kind_and_its_host_is_asked_by_one_at_a_time(tmp_path: Path) -> None:
    found = plans(config.read(written(tmp_path, WHOLE)), [site("a"), replace(site("a"), url="https://a.gov.cn/dept/", site="b")], NOW)
    assert [plan.id for plan in found] == [
        "full_crawl/a", "full_crawl/b", "freshness/a", "freshness/b", "scan/a", "scan/b", "recheck/a", "recheck/b", "probe", "feed",
    ]  # fmt: skip
    assert {plan.lock for plan in found if plan.site} == {"host/a.gov.cn"} and len({plan.lock for plan in found}) == 3
    assert [plan.kind for plan in sorted(found, key=lambda plan: plan.rank)][0] == "probe", "the short before the long"
    assert found[0].settings["options"] == {
        "pack": "national-2019", "max_pages": 5000, "delay": 0.5, "concurrency": 2, "second_look_after": 600.0, "render": "never",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("state", "first", "last", "planned"),
    [
        ("正常", None, None, True),
        ("关停", "2026-06-30", None, False),
        ("关停", "2026-12-01", None, True),
        ("临时下线", "2026-11-01", "2026-11-15", True),
        ("临时下线", "2026-11-01", "2026-11-16", False),
    ],
)
def test_closed_and_suspended_sites_have_no_jobs(tmp_path: Path, state: str, first: str | None, last: str | None, planned: bool) -> None:
    schedule = config.read(written(tmp_path, "registry: a.csv\nkinds: {full_crawl: {}}\n"))
    assert bool(plans(schedule, [site("a", state=state, state_from=first, state_to=last)], NOW)) == planned


def test_what_a_job_keeps_of_its_site_reads_back_as_the_same_site(tmp_path: Path) -> None:
    whole = Target(
        url="http://www.a.gov.cn/", site="3212830001", site_code="3212830001", name="清禾县人民政府", organizer="清禾县人民政府", supervisor="示例市人民政府",
        type="政府门户网站", level="县级", class_="门户", admin_order=3, public_services=False, icp_number="苏ICP备99000001号", police_number="苏公网安备 32998802000001号",
        state="临时下线", state_from="2026-01-01", state_to="2026-02-01", state_ground="清政办函〔2026〕31号", hosts=("b.gov.cn", "c.gov.cn"),
        service_hosts=("s.gov.cn",), message_hosts=("m.gov.cn",), basis="示例通知", hours="22-6",
    )  # fmt: skip
    schedule = config.read(written(tmp_path, "registry: a.csv\nkinds: {full_crawl: {}}\n"))
    for target in (whole, site("d", site="www.d.gov.cn")):
        [plan] = plans(schedule, [target], NOW)
        row = tmp_path / "row.yml"
        row.write_text(json.dumps({"sites": [plan.settings["target"]]}, ensure_ascii=False), encoding="utf-8")
        assert registry.read_registry(row) == ([target], [])


BOUNDS = Freshness(at_least="6h", at_most="14d", every="1d")  # type: ignore[arg-type]
RHYTHMS = [
    (["2026-11-16", "2026-11-15", "2026-11-14"], 0.5, "daily: twice a day"),
    (["2026-11-16", "2026-11-12", "2026-11-08", "2026-11-04"], 2, "every four days"),
    (["2026-11-16", "2026-11-15", "2026-11-14", "2026-11-13", "2025-01-01"], 0.5, "one long break does not count"),
    (["2026-11-16"] * 5, 0.25, "five on one day are one update, today"),
    (["2026-11-06"], 5, "too few for a rhythm: half the silence"),
    (["2023-06-12", "2022-01-01"], 14, "silent for years: as seldom as may be"),
    (["2026-11-01", "2026-08-01", "2026-05-01", "2026-02-01"], 14, "a quarterly one"),
    ([], 1, "no dates: the kind's own interval"),
    ([f"2020-01-{day:02d}" for day in range(1, 29)] + [f"2026-{month:02d}-01" for month in range(1, 11)], 14, "only the newest ten count"),
]  # fmt: skip


@pytest.mark.parametrize(("days", "every", "why"), RHYTHMS, ids=[why for _, _, why in RHYTHMS])
def test_a_columns_rhythm_follows_from_its_own_updates(days: list[str], every: float, why: str) -> None:
    assert rhythm(days, BOUNDS, "2026-11-16") == every * DAY


def page(*days: str | None, main: bool = True) -> PageFacts:
    entries = [ListEntry(title="题", url=f"http://a/{n}", date=day) for n, day in enumerate(days)]
    return PageFacts(url="http://a/", lists=[ListBlock(title=None, more_url=None, region="body", entries=entries, main=main)])


def test_the_front_page_of_a_list_tells_when_it_was_updated() -> None:
    assert looking.seen_on(page("2026-11-12", None, "2026-11-16", "2026-11-08"), BOUNDS, NOW) == Seen(
        at="2026-11-16T09:30:00+08:00", every=2 * DAY, newest_on="2026-11-16"
    )
    for unread in (None, page("2026-11-12", main=False), page(None), page("2027-01-01")):
        assert looking.seen_on(unread, BOUNDS, NOW).newest_on is None


def seen(days_ago: float, every_days: float = 1, newest: str | None = "2026-11-10") -> Seen:
    return Seen(at=(NOW - timedelta(days=days_ago)).isoformat(timespec="seconds"), every=every_days * DAY, newest_on=newest)


def test_a_column_is_looked_at_when_its_own_interval_is_over() -> None:
    memory = {"new": seen(0.5), "old": seen(1.5), "slow": seen(1.5, 7), "dreamt": seen(-30)}
    assert looking.due(["never", "new", "old", "slow", "dreamt"], memory, NOW) == ["never", "old", "dreamt"]
    assert looking.next_look(["new", "slow"], memory, BOUNDS, NOW) == 0.5 * DAY
    assert looking.next_look(["slow"], memory, BOUNDS, NOW) == 5.5 * DAY
    assert looking.next_look([], {}, BOUNDS, NOW) == DAY


def test_a_look_that_could_not_read_says_nothing_and_forgets_nothing() -> None:
    before = {"a": seen(2, newest="2026-11-10"), "b": seen(2, newest="2026-11-10"), "gone": seen(2)}
    now = {"a": seen(0, newest="2026-11-15"), "b": seen(0, newest=None), "c": seen(0, newest="2026-11-01")}
    assert looking.summary(before, now) == "看了 3 个栏目，有更新 1 个，未能读出日期 1 个"
    kept = looking.remembered(["a", "b", "c", "d"], before, now)
    assert {url: one.newest_on for url, one in kept.items()} == {"a": "2026-11-15", "b": "2026-11-10", "c": "2026-11-01"}
    assert kept["b"].at == now["b"].at


def test_what_the_unit_reports_as_mended_and_what_is_overdue_is_looked_at_again() -> None:
    sites = {"replied": "a", "late": "a", "in_time": "a", "looked": "a", "other": "b"}
    items = [OrderItem(finding=f, site=s, rule="link-dead", severity="minor", url="http://a/", cells={}) for f, s in sites.items()]
    order = Order(id="r-01", run="r", unit="甲", as_of="2026-11-01", issued_on="2026-11-01", due_on="2026-11-30", items=items)

    def step(finding: str, move: str, role: str = "inspector", due: str | None = None) -> OrderEvent:
        return OrderEvent(order="r-01", finding=finding, move=move, by="检查人员", role=role, at="2026-11-02T09:00:00+08:00", due_on=due)

    events = [
        step(f, move, due="2026-11-30" if move == "issue" and f != "late" else "2026-11-10") for f in sites for move in ("review", "issue")
    ]
    events += [
        step("replied", "reply", "unit"),
        step("other", "reply", "unit"),
        step("looked", "reply", "unit"),
        step("looked", "recheck", "machine"),
    ]
    assert to_recheck([(order, events)], "a", "2026-11-16") == ["late", "replied"]
    assert to_recheck([(order, events)], "a", "2026-11-10") == ["replied"], "the last day is in time"
    assert to_recheck([(order, events)], "c", "2026-11-16") == []
