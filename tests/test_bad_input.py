"""Sites that misbehave, each with its own host behind one proxy: one real run over all of them, then a look at what came of each."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hostile_net import SENTENCE, HostileNet, Wire, page, serving
from main_job import environment, rows

pytestmark = pytest.mark.xdist_group("bad-input")
GIB = 1 << 30
LIMIT = 20 << 20
"""Bytes of a body that are read."""
TITLE = "关于印发《清河县政务公开工作要点》的通知"

_CHILD = """
import json, re, sys
from pathlib import Path
from govcrawl import inspection, pinning
options = pinning.Options(
    as_of="2026-11-16", out=Path("out"), delay=0, concurrency=8, second_look_after=0, render="never", page_timeout=float(sys.argv[1]),
    link_timeout=1, retry_wait=0.05,
)
result = inspection.run(sys.argv[2:], options)
for line in result.lines(as_json=True):
    print(line)
print(json.dumps({"exit": result.exit_code, "megabytes": int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024}))
"""
"""The command with short time limits, which a user has no option for. (`ru_maxrss` would count the test process it was forked from.)"""


@dataclass
class Came:
    """What came of a run."""

    exit_code: int
    megabytes: int
    stderr: str
    lines: dict[str, dict[str, Any]]
    receipts: dict[str, dict[str, Any]]
    findings: list[dict[str, Any]]
    records: list[dict[str, Any]]
    cards: dict[str, dict[str, Any]]

    def accused(self, site: str) -> list[tuple[str, str]]:
        """(rule, address) of what the site is charged with."""
        return [
            (f["rule"], f["value"] or f["url"]) for f in self.findings if f["site"] == site and f["outcome"] in ("fail", "needs_review")
        ]

    def unchecked(self, site: str, rule: str) -> dict[str, str]:
        """Offending thing → reason of what a rule could not look at."""
        found = [f for f in self.findings if f["site"] == site and f["rule"] == rule and f["outcome"] == "not_checked"]
        return {f["value"] or f["url"]: f["reason"] for f in found}

    def titles(self, site: str) -> dict[str, str]:
        return {r["url"]: r["title"] for r in self.records if r["site"] == site}


def inspected(folder: Path, proxy: str | None, *addresses: str, page_timeout: float = 20) -> Came:
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-c", _CHILD, str(page_timeout), *addresses]
    done = subprocess.run(command, cwd=folder, env=environment(proxy), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    *lines, last = [json.loads(line) for line in done.stdout.splitlines()]
    out = folder / "out"
    receipts = json.loads((out / "receipt.json").read_text("utf-8"))["sites"]
    cards = json.loads((out / "scorecard.json").read_text("utf-8"))["sites"]
    return Came(
        last["exit"], last["megabytes"], done.stderr, {x["site"]: x for x in lines}, {r["site"]: r for r in receipts},
        rows(out / "findings.jsonl"), rows(out / "records.jsonl"), {c["site"]: c for c in cards},
    )  # fmt: skip


# the hosts


def home_and(*links: str, **answers: Any) -> Any:
    """A host with a sound home page that leads to what it is about."""

    def host(wire: Wire) -> None:
        name = wire.path.strip("/").partition("?")[0].partition("/")[0].partition(".")[0]
        if wire.path == "/":
            wire.send(page("/sound.html", *links))
        elif name == "sound":
            wire.send(page(title="关于做好政务公开工作的通知"))
        else:
            answers[name](wire)

    return host


PACKED = gzip.compress(
    page(title=TITLE, paragraphs=900, text="<!-- " + "".join(chr(0x4E00 + n * 37 % 9000) for n in range(9000)) + "-->").encode()
)
ZEROS = gzip.compress(b"\0" * (64 << 20), 1)
"""A bomb: three times the limit once it is unpacked."""


def torn_gzip(wire: Wire) -> None:
    wire.send(PACKED[: len(PACKED) // 2] + b"\xff" * 64, Content_Encoding="gzip")


def plain_called_gzip(wire: Wire) -> None:
    wire.send(page(title=TITLE), Content_Encoding="gzip")


def gzip_bomb(wire: Wire) -> None:
    wire.send(ZEROS, Content_Encoding="gzip")


def two_gigabytes(wire: Wire) -> None:
    wire.head(200, 2 * GIB)
    for _ in range(2 << 10):
        wire.write(b"\0" * (1 << 20))


def two_gigabytes_unsaid(wire: Wire) -> None:
    wire.head(200, None)
    for _ in range(2 << 10):
        wire.write(b"\0" * (1 << 20))


def endless_days(wire: Wire) -> None:
    year, month, day = map(int, wire.path.partition("=")[2].split("-"))
    n = (year * 12 + month - 1) * 28 + day - 1
    around = [f"/days?rq={m // 336}-{m // 28 % 12 + 1:02}-{m % 28 + 1:02}" for m in (n + 1, n - 1)]
    wire.send(page(*around, title="日程安排"))


def circle(wire: Wire) -> None:
    wire.send("", 302, Location="/circle/b" if wire.path == "/circle/a" else "/circle/a")


def endless_hops(wire: Wire) -> None:
    wire.send("", 302, Location=f"/hops/{int(wire.path.rpartition('/')[2]) + 1}")


def ten_megabytes(wire: Wire) -> None:
    body = page("/last.html", title="关于十兆页面的通知", paragraphs=9_800_000 // len(f"<p>{SENTENCE}</p>".encode()))
    assert 9_700_000 < len(body.encode()) < 10_000_000
    wire.send(body)


HOSTS: dict[str, Any] = {
    "silent": lambda wire: wire.silence(),
    "gzip": home_and("/torn.html", "/plain.html", "/bomb.html", torn=torn_gzip, plain=plain_called_gzip, bomb=gzip_bomb),
    "charset": home_and(
        "/gbk.html", "/utf8.html",
        gbk=lambda wire: wire.send(page(title=TITLE).encode("gbk"), Content_Type="text/html; charset=utf-8"),
        utf8=lambda wire: wire.send(page(title=TITLE), Content_Type="text/html; charset=gb2312"),
    ),
    "days": home_and("/days?rq=2026-11-02", "/calendar/2026/11/", days=endless_days, calendar=endless_days),
    "hops": home_and("/circle/a", "/hops/1", circle=circle, hops=endless_hops),
    "circle": lambda wire: wire.send("", 302, Location="/x" if wire.path == "/" else "/"),
}  # fmt: skip
HEAVY: dict[str, Any] = {
    "large": home_and("/ten.html", ten=ten_megabytes, last=lambda wire: wire.send(page(title="十兆之后的通知"))),
    "long": home_and(
        "/long.html",
        long=lambda wire: wire.send(page("/linked.html", title=TITLE) + page(paragraphs=80_000)),
        linked=lambda wire: wire.send(page(title=TITLE)),
    ),
    "bomb": home_and(
        "/deep.html", "/wide.html",
        deep=lambda wire: wire.send(page(title=TITLE, text="<div>" * 200_000 + SENTENCE)),
        wide=lambda wire: wire.send(page(title=TITLE, text="<div " + " ".join(f"a{n}=1" for n in range(1_000_000)) + f">{SENTENCE}</div>")),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def net() -> Iterator[HostileNet]:
    huge = home_and("/said.html", "/unsaid.html", said=two_gigabytes, unsaid=two_gigabytes_unsaid)
    with serving(HostileNet(**HOSTS, **HEAVY, huge=huge)) as made:
        yield made


@pytest.fixture(scope="module")
def came(net: HostileNet, tmp_path_factory: pytest.TempPathFactory) -> Came:
    addresses = [f"http://{name}.gov.cn/" for name in HOSTS]
    return inspected(tmp_path_factory.mktemp("bad"), net.proxy, *addresses, page_timeout=2)


@pytest.fixture(scope="module")
def heavy(net: HostileNet, tmp_path_factory: pytest.TempPathFactory) -> Came:
    """Pages that take seconds to read, which would time out their neighbours were these as impatient."""
    return inspected(tmp_path_factory.mktemp("heavy"), net.proxy, *(f"http://{name}.gov.cn/" for name in HEAVY))


# what came of them


def test_a_run_over_hosts_that_misbehave_ends_and_says_what_is_incomplete(came: Came) -> None:
    assert came.exit_code == 4
    assert "Traceback" not in came.stderr
    assert not re.search(r"^[A-Za-z ,]{30,}$", came.stderr, re.M), came.stderr
    assert set(came.receipts) == {f"{name}.gov.cn" for name in HOSTS}


def test_a_host_that_never_answers_is_timed_out_and_not_accused(came: Came, net: HostileNet) -> None:
    receipt = came.receipts["silent.gov.cn"]
    assert (receipt["state"], receipt["reasons"]) == ("unreachable", {"timeout": 1})
    assert net.asked["http://silent.gov.cn/"] == 3
    assert came.accused("silent.gov.cn") == []
    assert came.lines["silent.gov.cn"]["verdict"] == "inconclusive"
    assert "访问超时 1" in came.stderr


def test_broken_gzip_is_a_page_not_read_and_its_neighbours_are_read(came: Came) -> None:
    receipt = came.receipts["gzip.gov.cn"]
    assert (receipt["state"], receipt["reasons"]) == ("incomplete", {"no_data": 2})
    assert receipt["pages"] == {"known": 5, "read": 3, "failed": 2, "blocked": 0, "skipped": 0, "not_rendered": 0}
    torn = {"http://gzip.gov.cn/torn.html": "no_data", "http://gzip.gov.cn/bomb.html": "no_data"}
    assert came.unchecked("gzip.gov.cn", "link-dead") == torn
    assert not [charge for charge in came.accused("gzip.gov.cn") if charge[1] in torn]
    assert came.titles("gzip.gov.cn")["http://gzip.gov.cn/plain.html"] == TITLE


def test_a_body_of_two_gigabytes_is_cut_at_the_limit_and_memory_stays_small(net: HostileNet, tmp_path: Path) -> None:
    came = inspected(tmp_path / "huge", net.proxy, "http://huge.gov.cn/")
    receipt = came.receipts["huge.gov.cn"]
    assert came.exit_code == 4 and (receipt["state"], receipt["reasons"]) == ("incomplete", {"unread_file": 2})
    assert net.sent["huge.gov.cn"] < 3 * LIMIT
    assert came.megabytes < 220
    assert net.asked["http://huge.gov.cn/said.html"] == net.asked["http://huge.gov.cn/unsaid.html"] == 1
    addresses = {"http://huge.gov.cn/said.html": "unread_file", "http://huge.gov.cn/unsaid.html": "unread_file"}
    assert came.unchecked("huge.gov.cn", "link-dead") == addresses
    assert "Traceback" not in came.stderr and "larger than" not in came.stderr


@pytest.mark.parametrize("name", ["gbk", "utf8"])
def test_a_wrong_charset_declaration_does_not_garble_the_text(came: Came, name: str) -> None:
    record = next(r for r in came.records if r["url"] == f"http://charset.gov.cn/{name}.html")
    assert record["title"] == TITLE
    assert SENTENCE in record["text"]
    assert came.receipts["charset.gov.cn"]["state"] == "complete"


def test_an_endless_calendar_ends_and_the_receipt_says_that_pages_were_left(came: Came, net: HostileNet) -> None:
    asked = [url for url in net.asked if url.startswith("http://days.gov.cn/days")]
    assert 10 < len(asked) <= 60
    assert not [url for url in net.asked if "/calendar/" in url]
    receipt = came.receipts["days.gov.cn"]
    assert receipt["state"] == "incomplete" and set(receipt["reasons"]) == {"budget"}
    assert "http://days.gov.cn/sound.html" in came.titles("days.gov.cn")


def test_redirect_loops_end_and_are_no_dead_links(came: Came, net: HostileNet) -> None:
    receipt = came.receipts["hops.gov.cn"]
    assert (receipt["state"], receipt["reasons"]) == ("incomplete", {"unreachable": 2})
    assert net.asked["http://hops.gov.cn/circle/a"] == net.asked["http://hops.gov.cn/circle/b"] == 1
    assert sum(url.startswith("http://hops.gov.cn/hops/") for url in net.asked) <= 12
    assert not [charge for charge in came.accused("hops.gov.cn") if "circle" in charge[1] or "/hops/" in charge[1]]
    assert set(came.unchecked("hops.gov.cn", "link-dead")) == {"http://hops.gov.cn/circle/a", "http://hops.gov.cn/hops/1"}


def test_a_home_page_that_redirects_in_a_circle_is_unreachable_and_not_accused(came: Came) -> None:
    receipt = came.receipts["circle.gov.cn"]
    assert (receipt["state"], receipt["reasons"]) == ("unreachable", {"unreachable": 1})
    assert came.accused("circle.gov.cn") == []
    assert came.lines["circle.gov.cn"]["verdict"] == "inconclusive"


def test_a_page_of_ten_megabytes_is_read_to_its_end(heavy: Came) -> None:
    titles = heavy.titles("large.gov.cn")
    assert titles["http://large.gov.cn/ten.html"] == "关于十兆页面的通知"
    assert titles["http://large.gov.cn/last.html"] == "十兆之后的通知"
    assert heavy.receipts["large.gov.cn"]["state"] == "complete"


def test_html_bombs_cost_themselves_only(heavy: Came) -> None:
    """A million attributes are cut off and the page is read; what is nested beyond parsing is not read and not judged."""
    receipt = heavy.receipts["bomb.gov.cn"]
    assert (receipt["state"], receipt["reasons"]) == ("incomplete", {"no_data": 1})
    titles = heavy.titles("bomb.gov.cn")
    assert titles["http://bomb.gov.cn/wide.html"] == TITLE and "http://bomb.gov.cn/sound.html" in titles
    assert "http://bomb.gov.cn/deep.html" not in titles
    assert "http://bomb.gov.cn/deep.html" not in {f["url"] for f in heavy.findings if f["outcome"] == "fail"}
    assert heavy.unchecked("bomb.gov.cn", "link-dead") == {"http://bomb.gov.cn/deep.html": "no_data"}


def test_a_page_longer_than_what_is_parsed_is_not_read_but_its_links_are_followed(heavy: Came) -> None:
    receipt = heavy.receipts["long.gov.cn"]
    assert (receipt["state"], receipt["reasons"]) == ("incomplete", {"unread_file": 1})
    assert "http://long.gov.cn/linked.html" in heavy.titles("long.gov.cn")
    assert "http://long.gov.cn/long.html" not in {f["url"] for f in heavy.findings if f["outcome"] == "fail"}


def test_nothing_that_could_not_be_read_is_charged_with_being_empty(came: Came, heavy: Came) -> None:
    for run in (came, heavy):
        assert not [f for f in run.findings if f["rule"] == "column-blank" and f["outcome"] == "fail"]
        assert "Traceback" not in run.stderr


def test_a_host_that_nobody_knows_is_unreachable_and_not_accused(tmp_path: Path) -> None:
    came = inspected(tmp_path, None, "http://no-such-host.invalid/")
    receipt = came.receipts["no-such-host.invalid"]
    assert came.exit_code == 4
    assert (receipt["state"], receipt["reasons"]) == ("unreachable", {"unreachable": 1})
    assert came.accused("no-such-host.invalid") == [] and came.cards["no-such-host.invalid"]["verdict"] == "inconclusive"
    assert "no-such-host.invalid" in came.stderr and "无法访问" in came.stderr and "Traceback" not in came.stderr


def test_a_proxy_that_is_down_says_nothing_about_the_site(tmp_path: Path) -> None:
    with serving(HostileNet()) as gone:
        closed = gone.proxy
    came = inspected(tmp_path, closed, "http://www.qinghe.gov.cn/")
    receipt = came.receipts["www.qinghe.gov.cn"]
    assert came.exit_code == 4 and (receipt["state"], receipt["reasons"]) == ("unreachable", {"unreachable": 1})
    assert came.accused("www.qinghe.gov.cn") == []
    card = came.cards["www.qinghe.gov.cn"]
    assert card["verdict"] == "inconclusive" and {r["outcome"] for r in card["rules"]} <= {"not_checked", "not_applicable"}
    assert f"未能经代理服务器访问网站，网站本身是否正常无从判断（http_proxy={closed}，https_proxy={closed}）" in came.stderr
