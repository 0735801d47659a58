"""What attackers of the whole product found: two processes at once, www twins counted twice, numbers in names and addresses, uneven turns."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from hostile_net import SENTENCE, HostileNet, Wire, serving
from main_job import QUICK, environment, govcrawl, rows

from govcrawl.detect import masking, privacy
from govcrawl.errors import UsageError
from govcrawl.hosts import HostBudget
from govcrawl.model.facts import TextPlace
from govcrawl.store import claims, snapshots

pytestmark = pytest.mark.xdist_group("attacks")
OPTIONS = ("--as-of", "2026-11-16", "--render", "never", *QUICK)

# invented numbers with a right check digit
LISTED, NAMED, ADDRESSED, NUMBERED = "110101199003070011", "110101199004080123", "110101199005090235", "110101199006100343"
MOBILE = "13901025523"

# ---------------------------------------------------------------- two processes in one workspace


def test_a_site_is_claimed_by_one_process_and_free_again_after_it(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from govcrawl.store import claims\n"
        "with claims.claimed(pathlib.Path(sys.argv[1]), ['a.gov.cn', 'b.gov.cn']):\n"
        "    print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], env=environment(None), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None and other.stdout.readline() == "held\n"
    with claims.claimed(tmp_path, ["c.gov.cn"]):
        pass
    with pytest.raises(UsageError, match=r"b\.gov\.cn 正由"), claims.claimed(tmp_path, ["b.gov.cn", "c.gov.cn"]):
        pytest.fail("two processes work on one site")
    other.kill()
    other.communicate()
    with claims.claimed(tmp_path, ["b.gov.cn", "c.gov.cn"]):
        pass


def test_a_second_process_on_the_same_site_is_told_and_the_first_one_is_not_disturbed(tmp_path: Path) -> None:
    def quiet(wire: Wire) -> None:
        if wire.path == "/" and wire.net.asked[wire.url] == 1:
            wire.net.closed.wait(4)
        wire.send(page("首页", f"<p>{SENTENCE}</p>"))

    with serving(HostileNet(www_quiet=quiet)) as net:
        net.hosts["www.quiet.gov.cn"] = quiet
        command = [sys.executable, "-m", "govcrawl", "inspect", "http://www.quiet.gov.cn/", "--out", "first", *OPTIONS]
        first = subprocess.Popen(
            command, cwd=tmp_path, env=environment(net.proxy), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        net.wait_for(2)
        # another address of the same site
        second = govcrawl("inspect", "http://quiet.gov.cn/", "--out", "second", *OPTIONS, cwd=tmp_path, proxy=net.proxy)
        _, said = first.communicate(timeout=60)
    assert second.returncode == 2 and "正由同一工作目录中的另一个 govcrawl 进程检查" in second.stderr
    assert first.returncode in (0, 3, 4), said
    assert (tmp_path / "first" / "report.html").exists() and not (tmp_path / "second").exists()


# ---------------------------------------------------------------- politeness


def test_a_turn_given_late_does_not_bring_the_next_one_closer() -> None:
    """Under load a timer fires late; the turn after it was reserved from the planned time, and came too soon."""

    async def main() -> list[float]:
        clock = [0.0]
        budget, given = HostBudget(1.0, 3, monotonic=lambda: clock[0]), []
        late = iter((0.0, 0.7, 0.0, 0.0, 0.0, 0.0))

        async def sleep(seconds: float) -> None:
            until = clock[0] + seconds
            await asyncio.sleep(seconds / 1000)
            clock[0] = max(clock[0], until + next(late, 0.0))

        budget._sleep = sleep  # type: ignore[method-assign]
        for _ in range(4):
            await budget.enter("a")
            given.append(clock[0])
            budget.leave("a", 0.0)
        return given

    given = asyncio.run(main())
    assert all(later - earlier >= 0.999 for earlier, later in zip(given, given[1:], strict=False)), given


# ---------------------------------------------------------------- www and bare host

NAV = "".join(
    f'<li><a href="{path}">{name}</a></li>'
    for path, name in (("/", "首页"), ("/yw/", "动态要闻"), ("/dt/", "部门动态"), ("/tz/", "通知公告"), ("/wj/", "政策文件"))
)


def page(title: str, body: str) -> str:
    return f'<html><head><meta charset="utf-8"><title>{title}</title></head><body><div class="nav"><ul>{NAV}</ul></div><h1>{title}</h1>{body}</body></html>'


def listed(*items: tuple[str, str, str]) -> str:
    return "<ul class='list'>" + "".join(f'<li><a href="{url}">{name}</a><span>{day}</span></li>' for url, name, day in items) + "</ul>"


def old(wire: Wire) -> None:
    """Four columns that nobody has filled for a year, linked once by `www.` and once without it."""
    if wire.path == "/":
        return wire.send(page("清河县人民政府", '<a href="http://old.gov.cn/yw/">更多要闻</a>'))
    folder, _, name = wire.path[1:].partition("/")
    if folder not in ("yw", "dt", "tz", "wj"):
        return wire.send("没有", 404)
    if name:
        return wire.send(page(f"会议情况 {wire.path}", f"<p>发布时间：2025-01-1{name[1]}</p>" + f"<p>{SENTENCE}</p>" * 4))
    return wire.send(page(folder, listed(*((f"/{folder}/a{n}.html", f"清河县召开第{n}次会议", f"2025-01-1{n}") for n in range(1, 6)))))


def test_a_site_under_www_and_without_it_is_judged_once(tmp_path: Path) -> None:
    net = HostileNet(old=old)
    net.hosts["www.old.gov.cn"] = old
    with serving(net):
        done = govcrawl("inspect", "http://www.old.gov.cn/", "--out", "out", *OPTIONS, cwd=tmp_path, proxy=net.proxy)
    assert done.returncode in (0, 3, 4), done.stderr
    findings = rows(tmp_path / "out" / "findings.jsonl")
    stale = [f["url"] for f in findings if f["rule"] == "column-stale" and f["outcome"] == "fail"]
    assert sorted(stale) == [f"http://www.old.gov.cn/{name}/" for name in ("dt", "tz", "wj", "yw")]
    assert not [f["url"] for f in findings if f["url"].startswith("http://old.gov.cn/")]
    card = json.loads((tmp_path / "out" / "scorecard.json").read_text(encoding="utf-8"))["sites"][0]
    # twice four columns would be a candidate of V4
    assert "V4" not in [v["indicator"] for v in card["vetoes"]]


# ---------------------------------------------------------------- personal numbers


def private(wire: Wire) -> None:
    path = wire.path
    if path == "/":
        return wire.send(page("清河县人民政府", listed(
            ("/yw/t1.html", f"关于张小禾身份证号{LISTED}的公示", "2026-11-10"), (f"/gone.html?sfz={ADDRESSED}&tel={MOBILE}", f"失效链接{NAMED}", "2026-11-09"),
        )))  # fmt: skip
    if path == "/yw/t1.html":
        file = f'<a href="/files/{NAMED}.doc">身份证{NAMED}申请表.doc</a><a href="/files/b.xls">名单 手机{MOBILE}.xls</a>'
        return wire.send(
            page(f"关于张小禾身份证号{LISTED}的公示", f"<p>发布时间：2026-11-10</p><p>编号X{NUMBERED}</p>{file}" + f"<p>{SENTENCE}</p>" * 4)
        )
    return wire.send("没有", 404)


def test_no_personal_number_leaves_by_a_name_an_address_or_a_page_that_only_links(tmp_path: Path, shared: Path) -> None:
    with serving(HostileNet(private=private)) as net:
        done = govcrawl("inspect", "http://private.gov.cn/", "--out", "out", *OPTIONS, cwd=tmp_path, proxy=net.proxy)
    assert done.returncode in (0, 3, 4), done.stderr
    out = tmp_path / "out"
    book = openpyxl.load_workbook(out / "ledger.xlsx")
    texts = {path.name: path.read_text(encoding="utf-8") for path in (*out.glob("*.json*"), out / "report.html")}
    texts["ledger.xlsx"] = "\n".join(
        f"{c.value} {c.hyperlink.target if c.hyperlink else ''}" for s in book for line in s.rows for c in line
    )
    texts["said"] = done.stdout + done.stderr
    for name, text in texts.items():
        assert not [n for n in (LISTED, NAMED, ADDRESSED, NUMBERED, MOBILE) if n in text], name
    assert "link-dead" in texts["findings.jsonl"]
    for path in (out / "snapshots").iterdir():
        for _, record in snapshots.members(path):
            body = record.partition(b"\r\n\r\n")[2]
            assert LISTED.encode() not in body, "a page that only names the number in a link lies open"
    checked = subprocess.run(
        [sys.executable, str(shared / "tools" / "check_output.py"), str(out)], capture_output=True, text=True, check=False
    )
    assert checked.stdout.strip().splitlines()[-1] == "0 breaches", checked.stdout


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (f"X{LISTED}", "X1****************1"),
        (f"http://a.gov.cn/t?sfz={LISTED}&p=2", "http://a.gov.cn/t?sfz=1****************1&p=2"),
        (f"http://a.gov.cn/t?tel={MOBILE}", "http://a.gov.cn/t?tel=139****5523"),
        # traps: a wrong check digit, an article's number, twenty digits
        ("http://a.gov.cn/t?sfz=110101199003070012", "http://a.gov.cn/t?sfz=110101199003070012"),
        (f"http://a.gov.cn/t?id={MOBILE}", f"http://a.gov.cn/t?id={MOBILE}"),
        (f"20{LISTED}", f"20{LISTED}"),
    ],
)
def test_what_leaves_the_store(value: str, shown: str) -> None:
    assert masking.exported({"url": [value], "sha256": value}) == {"url": [shown], "sha256": value}


@pytest.mark.parametrize("text", ["文章1372026-11-10", "关于做好防汛工作的通知 第137 2026-11-10", "议案提案139-2026-11-10"])
def test_a_title_that_ends_in_a_number_with_its_date_behind_is_no_telephone(text: str) -> None:
    assert not privacy.find(TextPlace(text, "entry"), b"key")


@pytest.mark.parametrize("text", ["张小禾 13720261110", "张小禾 137-2026-1110", "张小禾 137 2026 1110"])
def test_a_telephone_that_holds_a_year_is_still_one(text: str) -> None:
    assert [hit.value for hit in privacy.find(TextPlace(text, "entry"), b"key")] == ["137****1110"]


# ---------------------------------------------------------------- numbers that flatter, or accuse


def test_a_home_page_of_no_bytes_was_not_seen_and_nothing_is_missing_from_it(tmp_path: Path) -> None:
    with serving(HostileNet(nothing=lambda wire: wire.send(""))) as net:
        done = govcrawl("inspect", "http://nothing.gov.cn/", "--out", "out", *OPTIONS, cwd=tmp_path, proxy=net.proxy)
    assert done.returncode == 4, done.stderr
    assert not [f for f in rows(tmp_path / "out" / "findings.jsonl") if f["outcome"] in ("fail", "needs_review")]
    card = json.loads((tmp_path / "out" / "scorecard.json").read_text(encoding="utf-8"))["sites"][0]
    assert (card["verdict"], card["vetoes"]) == ("inconclusive", [])
