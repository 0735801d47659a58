"""Bad files and bad ground under a run: registries, rule files, folders and disks, options, Ctrl-C. The real command, as a user types it."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path

import openpyxl
import pytest
from hostile_net import HostileNet, Wire, page, serving
from main_job import ROOT, environment, govcrawl, lasting
from typer.testing import CliRunner

from govcrawl import inspection, pinning, rulebook
from govcrawl.cli import app
from govcrawl.errors import GovcrawlError, RulebookError
from govcrawl.store import snapshots
from govcrawl.store.base import open_store

pytestmark = pytest.mark.xdist_group("bad-ground")
SITE = "http://www.gov.cn/"
QUICK = ("--as-of", "2026-11-16", "--delay", "0", "--concurrency", "4", "--second-look-after", "0", "--render", "never", "--out", "out")
PAGES = 90


def tree(wire: Wire) -> None:
    """A site of 90 pages of some size, each leading to eight more."""
    n = 0 if wire.path == "/" else int(wire.path.strip("/").partition(".")[0])
    children = [f"/{child}.html" for child in range(8 * n + 1, 8 * n + 9) if child < PAGES]
    letters = "".join(chr(0x4E00 + (n * 7919 + k * k * 31) % 9000) for k in range(4000))
    wire.send(page(*children, title=f"清河县人民政府第{n}号文件的通知", text=f"<p>{letters}</p>", paragraphs=2))


def small(wire: Wire) -> None:
    wire.send(page("/a.html") if wire.path == "/" else page(title="关于做好政务公开工作的通知"))


@pytest.fixture(scope="module")
def net() -> Iterator[HostileNet]:
    with serving(HostileNet(www=tree, one=small, two=small)) as made:
        yield made


def inspect(net: HostileNet, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = govcrawl("inspect", *arguments, *QUICK, cwd=cwd, proxy=net.proxy)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@contextmanager
def small_disk(place: Path, options: str) -> Iterator[Path]:
    """A file system of its own in memory."""
    place.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("没有 mount 命令：无法用 tmpfs 模拟磁盘")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"无法挂载 tmpfs（需要 root）：{mounted.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture(scope="module")
def undisturbed(net: HostileNet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("undisturbed")
    assert inspect(net, place, SITE).returncode == 3
    return place


# registries


def test_a_registry_with_bad_rows_runs_the_good_ones_and_names_the_bad(net: HostileNet, tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text(
        "网站名称,首页网址,网站标识码\n一县,http://one.gov.cn/,3212830001\n坏县,清河,3212830002\n二县,two.gov.cn,\n错码,http://c.gov.cn/,12\n",
        "utf-8",
    )
    done = inspect(net, tmp_path, "sites.csv")
    assert done.returncode == 5
    assert "sites.csv 第 3 行（坏县）：“清河”不是域名" in done.stderr
    assert "sites.csv 第 5 行（错码）：网站标识码“12”应为10位数字" in done.stderr
    assert len(done.stdout.splitlines()) == 2 and "一县" in done.stdout and "二县" in done.stdout


def test_a_registry_entry_with_a_wrong_key_is_a_bad_row(net: HostileNet, tmp_path: Path) -> None:
    (tmp_path / "sites.yml").write_text(
        "sites:\n  - url: http://one.gov.cn/\n  - url: http://two.gov.cn/\n    sitecod: '3212830001'\n", "utf-8"
    )
    done = inspect(net, tmp_path, "sites.yml")
    assert done.returncode == 5
    assert "sites.yml 第 2 条（http://two.gov.cn/）：不认识的键：sitecod" in done.stderr
    assert len(done.stdout.splitlines()) == 1


def _torn_workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["网站名称", "首页网址"])
    book.active.append(["一县", "http://one.gov.cn/"])
    book.save(path)
    path.write_bytes(path.read_bytes()[:900])


def _hollow_workbook(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("xl/workbook.xml", "<workbook>")


def _text(text: str, encoding: str = "utf-8") -> object:
    return lambda path: path.write_bytes(text.encode(encoding))


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("torn.xlsx", _torn_workbook, "名录文件 torn.xlsx 无法读取：不是完好的 Excel 文件"),
        ("hollow.xlsx", _hollow_workbook, "名录文件 hollow.xlsx 无法读取：不是完好的 Excel 文件"),
        ("page.xlsx", _text("<html>"), "名录文件 page.xlsx 无法读取：内容是网页或 XML，不是表格"),
        ("empty.csv", _text(""), "名录文件 empty.csv 无法读取：文件是空的"),
        ("header.csv", _text("网站名称,首页网址\n"), "名录文件 header.csv 中没有网站"),
        ("quote.csv", _text('首页网址\n"http://one.gov.cn/\n'), "名录文件 quote.csv 无法读取：不是完好的 CSV 文件"),
        ("bad.csv", _text("首页网址\n清河\n"), "bad.csv 第 2 行（清河）：“清河”不是域名"),
        ("empty.yml", _text("sites: []\n"), "名录文件 empty.yml 中没有网站"),
        ("torn.yml", _text("sites:\n  - url: 'http://one.gov.cn/\n"), "名录文件 torn.yml 无法读取：第 3 行：YAML 写法有误"),
        ("twice.yml", _text("sites:\n  - url: a.gov.cn\n    url: b.gov.cn\n"), "第 3 行：键“url”重复"),
        ("gone.csv", lambda path: None, "名录文件不存在：gone.csv"),
        ("folder.csv", lambda path: path.mkdir(), "folder.csv 是文件夹，不是名录文件"),
    ],
)
def test_a_registry_that_cannot_be_read_is_named_and_nothing_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, make: object, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    make(tmp_path / name)  # type: ignore[operator]
    heard: list[str] = []
    with pytest.raises(GovcrawlError) as raised:
        inspection.run([name], pinning.Options(), say=heard.append)
    assert raised.value.exit_code == 2
    assert said in "\n".join([*heard, str(raised.value)])
    assert {p.name for p in tmp_path.iterdir()} <= {name}


# rule files


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of one's own, so that its rules may be spoilt."""
    place = tmp_path_factory.mktemp("checkout")
    for name in ("govcrawl", "pipelines", "rules"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    return place


@contextmanager
def spoilt(path: Path, old: str | None, new: str | None) -> Iterator[None]:
    """The file with the first `old` replaced by `new`; without `old` it holds `new` alone, without `new` it is gone."""
    before = path.read_text("utf-8")
    if new is None:
        path.unlink()
    else:
        assert old is None or old in before
        path.write_text(new if old is None else before.replace(old, new, 1), "utf-8")
    try:
        yield
    finally:
        path.write_text(before, "utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("catalogue/links.yml", "    outcome: ", "    outcom: ", ("rules/catalogue/links.yml", "outcom：不认识的键")),
        ("labels/marks.yml", "  error_page:", "  error_pages:", ("rules/labels/marks.yml：缺少键“error_page”",)),  # comes up at a page
        ("labels/message.yml", None, None, ("规则文件不存在：rules/labels/message.yml",)),
    ],
)
def test_the_command_names_a_spoilt_rule_file_with_its_key(
    net: HostileNet, checkout: Path, tmp_path: Path, file: str, old: str | None, new: str | None, said: tuple[str, ...]
) -> None:
    with spoilt(checkout / "rules" / file, old, new):
        command = [sys.executable, "-m", "govcrawl", "inspect", "http://one.gov.cn/", *QUICK]
        values = {**environment(net.proxy), "PYTHONPATH": str(checkout)}
        done = subprocess.run(command, cwd=tmp_path, env=values, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert all(words in done.stderr for words in said), done.stderr


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("labels/guide.yml", "entries:", "entrys:", "rules/labels/guide.yml：entrys：不认识的键"),
        ("labels/guide.yml", "entries:", "title:", "rules/labels/guide.yml：第"),
        ("packs/national-2019/pack.yml", "title:", "titel:", "rules/packs/national-2019/pack.yml：titel：不认识的键"),
        (
            "packs/national-2019/2-deductions.yml",
            "    name:",
            "    nmae:",
            "rules/packs/national-2019/2-deductions.yml：indicators.D1.nmae：不认识的键",
        ),
        ("packs/national-2019/2-deductions.yml", None, None, "rules/packs/national-2019：扣分指标分值之和是 0"),
        ("calendars/overlay.yml", None, "2027:\n  of: []\n", "rules/calendars/overlay.yml：2027：of：不认识的键"),
        ("lexicons/typos.yml", "entries:", "entries: [", "rules/lexicons/typos.yml：第"),
    ],
)
def test_a_run_is_not_begun_on_spoilt_rules(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, old: str | None, new: str | None, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    rulebook.reload()
    with monkeypatch.context() as patch, spoilt(checkout / "rules" / file, old, new), pytest.raises(RulebookError) as raised:
        patch.setattr(rulebook, "root", lru_cache(lambda: checkout / "rules"))
        inspection.run(["http://one.gov.cn/"], pinning.Options())
    rulebook.reload()
    assert raised.value.exit_code == 2 and said in str(raised.value)
    assert list(tmp_path.iterdir()) == []


# options and pinned values


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--pack", "national-2091"), "没有指标版本“national-2091”；可用：national-2019"),
        (("--as-of", "昨天"), "--as-of 的值 '昨天' 不是日期，应如 2026-11-16"),
        (("--as-of", "20261116"), "--as-of 的值 '20261116' 不是日期，应如 2026-11-16"),
        (("--as-of", "2026-02-30"), "--as-of 的值 '2026-02-30' 不是日期"),
        (("--render", "maybe"), "--render 的值 'maybe' 无效，应为 auto、never、always"),
        (("--store", "mysql://a/b"), "无法识别的存储地址：mysql://a/b"),
    ],
)
def test_a_wrong_option_is_a_usage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, str], said: str) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["inspect", SITE, *QUICK, *arguments])
    assert getattr(done.exception, "exit_code", None) == 2
    assert said in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_keeps_what_was_read_other_values_are_refused_and_the_same_command_finishes(
    net: HostileNet, tmp_path: Path, undisturbed: Path
) -> None:
    place = tmp_path
    net.asked.clear()
    command = [sys.executable, "-m", "govcrawl", "inspect", SITE, *QUICK]
    process = subprocess.Popen(command, cwd=place, env=environment(net.proxy), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    net.wait_for(30)
    process.send_signal(signal.SIGINT)
    said, told = process.communicate(timeout=30)
    assert process.returncode == 130, told
    assert said == "" and "Traceback" not in told
    assert "已停止，进度已保存" in told and f"续跑命令：govcrawl inspect {SITE} --as-of 2026-11-16" in told
    kept = acknowledged(place)
    assert 20 <= len(kept) < PAGES

    other = govcrawl("inspect", SITE, *QUICK, "--as-of", "2026-10-01", cwd=place, proxy=net.proxy)
    assert other.returncode == 2
    assert "已固定 --as-of 2026-11-16，与本次的 2026-10-01 不同" in other.stderr and "--new" in other.stderr
    assert acknowledged(place) == kept

    end = inspect(net, place, SITE)
    assert end.returncode == 3 and "续跑未完成的批次" in end.stderr
    assert {url for url, times in net.asked.items() if times > 1} <= {f"{SITE}robots.txt"}
    assert lasting(place / "out") == lasting(undisturbed / "out")


def acknowledged(workspace: Path) -> set[str]:
    """Addresses that the frontier calls done; each has its visit in the store and its answer in the WARC."""
    done: set[str] = set()
    for file in workspace.glob("frontier-*.db"):
        with closing(sqlite3.connect(file)) as db:
            done |= {url for (url,) in db.execute("SELECT url FROM queue WHERE state = 2")}
    with closing(open_store(f"sqlite:///{workspace}/govcrawl.db")) as store:
        visits = {visit.url: visit for run in store.runs() for visit in store.visits(run.id, "www.gov.cn")}
    assert done <= set(visits)
    for url in done:
        snapshot = visits[url].last.snapshot
        assert snapshots.load(workspace / "snapshots" / snapshot.warc, snapshot.offset).url == url
    return done


# folders and disks


def test_a_file_in_the_place_of_the_output_folder_is_told_before_anything_is_fetched(net: HostileNet, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    net.asked.clear()
    done = inspect(net, tmp_path, "http://one.gov.cn/")
    assert done.returncode == 1
    assert "输出目录 out 不可写：已有同名文件" in done.stderr
    assert not net.asked and (tmp_path / "out").read_text() == "mine"
    again = govcrawl("inspect", "http://one.gov.cn/", *QUICK[:-1], "elsewhere", cwd=tmp_path, proxy=net.proxy)
    assert again.returncode == 3 and (tmp_path / "elsewhere" / "report.html").exists()


def test_a_read_only_output_folder(net: HostileNet, tmp_path: Path) -> None:
    net.asked.clear()
    with small_disk(tmp_path / "out", "ro,size=1m"):
        done = inspect(net, tmp_path, "http://one.gov.cn/")
    assert done.returncode == 1 and not net.asked
    assert "输出目录 out 不可写：文件系统只读" in done.stderr and "再次运行同样的命令" in done.stderr


def test_a_read_only_workspace(net: HostileNet, tmp_path: Path) -> None:
    with small_disk(tmp_path / "work", "ro,size=1m") as work:
        done = inspect(net, work, "http://one.gov.cn/")
    assert done.returncode == 1
    assert "错误：无法打开存储 govcrawl.db：无法打开文件" in done.stderr


def test_a_full_output_folder_keeps_the_run_and_is_filled_later(net: HostileNet, tmp_path: Path) -> None:
    with small_disk(tmp_path / "out", "size=64k") as out:
        done = inspect(net, tmp_path, "http://one.gov.cn/")
        assert done.returncode == 1
        assert "错误：无法写入 out/" in done.stderr and "磁盘空间不足" in done.stderr
        assert not list(out.glob("*.part"))
        subprocess.run(["mount", "-o", "remount,size=8m", str(out)], check=True)
        net.asked.clear()
        assert inspect(net, tmp_path, "http://one.gov.cn/").returncode == 3
        assert not net.asked and (out / "report.html").exists()


@pytest.mark.parametrize("kilobytes", [48, 400, 1500, 5000])
def test_a_full_disk_stops_the_run_and_more_space_finishes_it(net: HostileNet, tmp_path: Path, undisturbed: Path, kilobytes: int) -> None:
    with small_disk(tmp_path / "work", f"size={kilobytes}k") as work:
        net.asked.clear()
        done = inspect(net, work, SITE)
        assert done.returncode == 1 and done.stdout == ""
        assert "磁盘空间不足" in done.stderr
        assert any(name in done.stderr for name in ("govcrawl.db", "frontier-", ".warc.gz", "out/"))
        subprocess.run(["mount", "-o", "remount,size=64m", str(work)], check=True)
        kept = acknowledged(work)
        end = inspect(net, work, SITE)
        assert end.returncode == 3
        asked_twice = {url for url, times in net.asked.items() if times > 1}
        assert not kept & asked_twice, "what was acknowledged is asked again"
        assert lasting(work / "out") == lasting(undisturbed / "out")
