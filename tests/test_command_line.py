"""The command itself: quick help, everything said in Chinese, wrong calls named with their place, a module of its name for each command."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import typer.main
from main_job import ROOT, govcrawl
from typer.testing import CliRunner

from govcrawl import cli, inspection, rulebook
from govcrawl.cli import app
from govcrawl.clock import SystemClock
from govcrawl.errors import UsageError
from govcrawl.report.rule import PARAMETERS
from govcrawl.rulebook.models import Rule
from govcrawl.store.base import open_store
from govcrawl.store.jobs import Plan, open_queue

SITE = "http://www.qinghe.gov.cn/"


def called(*arguments: str) -> Any:
    return CliRunner().invoke(app, list(arguments), prog_name="govcrawl")


def commands() -> dict[str, Any]:
    """Every command and every group, by what is typed."""
    found: dict[str, Any] = {}

    def walk(words: str, command: Any) -> None:
        found[words] = command
        for name, inner in getattr(command, "commands", {}).items():
            walk(f"{words} {name}".strip(), inner)

    walk("", typer.main.get_command(app))
    return found


# -- wrong calls -------------------------------------------------------------------------

WRONG = [
    ("inspect", "错误：缺少参数 TARGET...", "govcrawl inspect"),
    ("rules show", "错误：缺少参数 RULE", "govcrawl rules show"),
    ("evidence sealed www.qinghe.gov.cn", "错误：缺少选项 --as", "govcrawl evidence sealed"),
    ("orders move 1 close", "错误：缺少选项 --by", "govcrawl orders move"),
    ("inspekt", "错误：没有命令 inspekt，是不是 inspect？", "govcrawl"),
    ("zzzzz", "错误：没有命令 zzzzz\n", "govcrawl"),
    ("orders ext", "错误：没有命令 ext，是不是 export？", "govcrawl orders"),
    ("rules s", "错误：没有命令 s\n", "govcrawl rules"),
    (f"inspect {SITE} --registri a.csv", "错误：没有选项 --registri，是不是 --registry？", "govcrawl inspect"),
    ("--zzzzz", "错误：没有选项 --zzzzz\n", "govcrawl"),
    ("doctor -x", "错误：没有选项 -x\n", "govcrawl doctor"),
    ("doctor a b", "错误：多余的参数：a b\n", "govcrawl doctor"),
    (f"inspect {SITE} --out", "错误：选项 --out 后面缺少值\n", "govcrawl inspect"),
    ("doctor --json=1", "错误：选项 --json 不能带值\n", "govcrawl doctor"),
    (f"inspect {SITE} --max-pages many", "错误：选项 --max-pages：“many”不是整数\n", "govcrawl inspect"),
    (f"inspect {SITE} --max-pages 1.5", "错误：选项 --max-pages：“1.5”不是整数\n", "govcrawl inspect"),
    (f"inspect {SITE} --max-pages {'9' * 5000}", "错误：选项 --max-pages：“999", "govcrawl inspect"),
    (f"inspect {SITE} --max-pages 0", "错误：选项 --max-pages：“0”不得小于 1\n", "govcrawl inspect"),
    (f"inspect {SITE} --concurrency 65", "错误：选项 --concurrency：“65”不得大于 64\n", "govcrawl inspect"),
    (f"inspect {SITE} --delay soon", "错误：选项 --delay：“soon”不是数\n", "govcrawl inspect"),
    (f"inspect {SITE} --delay -0.5", "错误：选项 --delay：“-0.5”不得小于 0\n", "govcrawl inspect"),
    ("feed serve --port 65536", "错误：选项 --port：“65536”不得大于 65535\n", "govcrawl feed serve"),
    (
        "--log-level loud doctor",
        "错误：选项 --log-level（环境变量 GOVCRAWL_LOG_LEVEL）：“loud”不在可选之列，可选：debug、info、warning、error\n",
        "govcrawl",
    ),
    ("doctor \x1b[31m", "错误：多余的参数：", "govcrawl doctor"),
    ("doctor --\x1b[31m", "错误：没有选项 --\ufffd[31m", "govcrawl doctor"),
]


@pytest.mark.parametrize(("call", "said", "place"), WRONG, ids=[call[:40] for call, _, _ in WRONG])
def test_a_wrong_call_is_told_in_chinese_with_its_place(call: str, said: str, place: str) -> None:
    done = called(*call.split(" "))
    assert done.exit_code == 2 and done.stdout == "" and said in done.stderr, done.output
    assert f"\n用法：{place} " in done.stderr and done.stderr.endswith(f"\n完整说明：{place} --help\n")
    assert "\x1b" not in done.stderr
    for english in ("Error", "Usage", "Try", "Invalid", "Missing", "No such", "Got", "should", "Input", "requires", "OPTIONS", "Did you"):
        assert english not in done.stderr


def test_a_value_that_came_from_the_environment_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVCRAWL_LOG_FORMAT", "xml")
    done = called("doctor")
    assert done.exit_code == 2 and "选项 --log-format（环境变量 GOVCRAWL_LOG_FORMAT）：“xml”不在可选之列，可选：text、json" in done.stderr


def test_what_typer_may_say_one_day_is_not_swallowed() -> None:
    error = typer.BadParameter("is a directory")
    assert cli.base.wording.misuse(error) == "错误：参数：不合要求（is a directory）"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (f"inspect {SITE} --render perhaps", "--render"),
        (f"inspect {SITE} --sample some", "--sample"),
        (f"inspect {SITE} --fail-on awful", "--fail-on"),
        (f"inspect {SITE} --shots few", "--shots"),
        (f"inspect {SITE} --hours night", "允许时段“night”"),
        (f"inspect {SITE} --as-of 2026-13-40", "2026-13-40"),
        (f"inspect {SITE} --pack national-1999", "national-1999"),
        (f"inspect {SITE} --store mysql://x", "mysql"),
        ("inspect no/such/file.csv", "file.csv"),
        ("rules show no-such-rule", "no-such-rule"),
        ("score 20200101-000000", "没有存储 govcrawl.db"),
        ("rules show typo --pack national-1999", "national-1999"),
        ("page explain no/such/page.html", "no/such/page.html"),
        ("feed dump --format xml", "xml"),
        ("store copy sqlite:///a.db mongodb://127.0.0.1:1/x", "没有存储 a.db"),
    ],
)
def test_a_wrong_value_is_told_in_one_chinese_line(call: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = called(*call.split())
    error = done.exception
    assert isinstance(error, cli.GovcrawlError), repr(error)
    assert error.exit_code == 2 and said in str(error) and re.search(r"[\u4e00-\u9fff]", str(error)) and "\n" not in str(error)
    assert done.stdout == ""


@pytest.mark.parametrize(
    "call",
    ["score R", "diff R S", "verify R", "replay R", "recheck 0123456789abcdef", "evidence pack www.a.gov.cn", "evidence retain", "review export r.xlsx",
     "orders make R", "orders export", "orders list", "orders overdue", "orders move O issued --by 甲"],
)  # fmt: skip
def test_a_mistyped_store_is_no_empty_workspace(call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = called(*call.split(), "--store", "sqlite:///typo.db")
    assert isinstance(done.exception, UsageError) and "没有存储 typo.db" in str(done.exception), repr(done.exception)
    assert done.stdout == "" and not list(tmp_path.iterdir())


# -- help --------------------------------------------------------------------------------


@pytest.mark.parametrize("words", commands())
def test_help_is_chinese_from_top_to_bottom(words: str) -> None:
    done = called(*words.split(), "--help")
    assert done.exit_code == 0 and done.stderr == "" and done.stdout.startswith(f"用法：govcrawl {words}".rstrip() + " [选项]")
    for english in (
        "Usage",
        "Options:",
        "Commands",
        "Arguments",
        "Show this",
        "default:",
        "required",
        "env var",
        "COMMAND",
        "ARGS",
        "<",
        "{",
    ):
        assert english not in done.stdout.replace("<批次>", "").replace("<网站>", "").replace("<主机名>", "").replace(
            "<新批次>", ""
        ).replace("<复查批次>", "")
    for param in commands()[words].params:
        assert re.search(r"[\u4e00-\u9fff]", param.help), param.name
        if param.param_type_name == "argument":
            assert param.display_name_raw.isupper() or "." in param.display_name_raw


def test_help_says_default_range_and_duty() -> None:
    said = " ".join(called("inspect", "--help").stdout.split())
    assert "TARGET... 网站地址，或网站名录文件（xlsx、csv、yml） [必填]" in said
    assert "[默认 0.5；不小于 0]" in said and "[默认 2；1 至 64]" in said and "--help 显示说明" in said


@pytest.mark.parametrize("words", [words for words, command in commands().items() if hasattr(command, "commands")])
def test_a_group_alone_shows_its_commands_on_stderr(words: str) -> None:
    done = called(*words.split())
    assert done.exit_code == 2 and done.stdout == "" and "命令：" in done.stderr and "错误" not in done.stderr


HEAVY = ("scrapy", "twisted", "pymongo", "lxml", "pydantic_core", "jieba", "yaml", "fastapi", "docx", "xlsxwriter", "asyncio", "structlog")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nsys.argv = ['govcrawl', '--help']\nfrom govcrawl import cli\n"
        f"try: cli.main()\nexcept SystemExit: print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []", done.stdout.splitlines()[-1]


def test_help_takes_a_third_of_a_second_of_work(tmp_path: Path) -> None:
    code = (
        "import resource, subprocess, sys\nsubprocess.run([sys.executable, '-m', 'govcrawl', '--help'], check=True, stdout=subprocess.DEVNULL)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\nprint(used.ru_utime + used.ru_stime)"
    )
    took = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
        took.append(float(done.stdout))
    assert min(took) < 0.3


# -- rules show ----------------------------------------------------------------------------


def shown(*words: str) -> list[str]:
    done = called("rules", "show", *words)
    assert done.exit_code == 0 and done.stderr == "", done.output
    return done.stdout.splitlines()


def test_a_rule_is_shown_with_source_indicator_severity_and_limits() -> None:
    assert shown("link-dead") == [
        "link-dead　链接失效",
        "　对象：页面",
        "　结论：问题",
        "　表述：……失效：……（……）",
        "　应为：能正常打开",
        "　整改要求：修正或取消失效的链接、图片、附件",
        "　依据：国办秘函〔2019〕19号 扣分指标“可用性”",
        "　算作同一问题：同一网站、同一网址、同一内容",
        "　指标（national-2019，政府网站与政务新媒体检查指标（2019年））：",
        "　　D22-1 功能设计“可用性”，严重程度：一般，每处扣 0.2 分，最多 1 分",
        "　　　首页上的链接（包括图片、附件、外部链接等）打不开或错误的，每发现一处，扣0.2分；如首页仅为网站栏目导航入口，则检查所有二级页面上的链接。",
        "　　D22-2 功能设计“可用性”，严重程度：一般，每处扣 0.1 分，最多 1 分",
        "　　　其他页面上的链接（包括图片、附件、外部链接等）打不开或错误的，每发现一处，扣0.1分。",
        "　何时不适用或不计分：",
        "　　D22-1 只计首页上的",
        "　　D22-2 只计首页以外的",
    ]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("column-stale", "　　V4-2 单项否决“栏目不更新”，严重程度：严重，构成单项否决的条件之一"),
        ("column-stale", "　　宽限（天）（grace_days）：15"),
        ("column-stale", "　　D5-2 只计政策文件（一级）"),
        ("column-stale", "　　D9-2 不计其他指标已扣分的栏目"),
        ("policy-not-interpreted", "　　D7-1 只计抽中的 3 个政策文件"),
        ("policy-not-interpreted", "　　D7-1 只计监测时间点前 12 个月内的"),
        ("guide-vague", "　　单位没有办事服务的，不适用"),
        ("typo", "　　不属于任何指标，不扣分，严重程度：提示"),
        ("reprint-late", "　结论：问题（尚未提供：一律为“未检查”）"),
        ("message-unanswered", "　　答复未公开时的结论（answered_outcome）：疑似问题（待核实）"),
    ],
)
def test_what_a_pack_makes_of_a_rule_is_said(name: str, line: str) -> None:
    assert line in shown(name)


@pytest.mark.parametrize("name", rulebook.rules())
def test_every_rule_is_readable(name: str) -> None:
    """No name of ours stands alone: parameters have Chinese names, places hold what is meant by them."""
    told = shown(name)
    for line in told[1:]:
        assert re.match(r"　+(?:[\u4e00-\u9fff“《]|[VDMB]\d)", line), line
        assert "{" not in line and "None" not in line and "True" not in line
    assert {"　对象", "　结论", "　依据", "　整改要求"} <= {line.partition("：")[0] for line in told}
    assert rulebook.rules()[name].params.keys() <= PARAMETERS.keys()


def test_the_machine_form_of_a_rule_is_the_rule() -> None:
    assert Rule.model_validate_json("\n".join(shown("column-stale", "--json"))) == rulebook.rules()["column-stale"]


# -- nothing to show -----------------------------------------------------------------------


def test_a_list_without_jobs_says_so_and_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for more in ([], ["--json"], ["--retired"]):
        done = called("schedule", "list", *more)
        assert (done.exit_code, done.stdout) == (0, "") and done.stderr.startswith("没有定期任务：") and "schedule run" in done.stderr
    released = called("schedule", "release", "full_crawl/1")
    assert isinstance(released.exception, UsageError) and "full_crawl/1" in str(released.exception)
    assert list(tmp_path.iterdir()) == []


def test_a_list_of_retired_jobs_alone_says_how_to_see_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    now = SystemClock().now()
    with closing(open_queue("sqlite:///govcrawl.db", SystemClock())) as queue:
        queue.plan([Plan(id="full_crawl/1", kind="full_crawl", site="1", name="甲", lock="1", every=60.0, first=now.isoformat())], now)
        queue.plan([], now)
    done = called("schedule", "list")
    assert (done.exit_code, done.stdout) == (0, "") and "另有 1 个已移出计划（--retired 可列出）" in done.stderr
    assert called("schedule", "list", "--retired").stdout.startswith("full_crawl/1 甲")


@pytest.mark.parametrize("target", ["sqlite:///a.db", "sqlite:///./x/../a.db"])
def test_a_store_is_not_copied_into_itself(target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").mkdir()
    open_store("sqlite:///a.db").close()
    error = called("store", "copy", "sqlite:///a.db", target).exception
    assert isinstance(error, UsageError) and "同一个存储" in str(error)
    assert called("store", "copy", "sqlite:///a.db", "sqlite:///b.db").exit_code == 0


def test_the_hint_of_the_simulated_government_is_a_call_that_ends_soon() -> None:
    """Without `--second-look-after` a newcomer waits ten minutes for the second look at dead links."""
    command = [sys.executable, "-m", "fixtures.portal"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as portal:
        assert portal.stdout is not None
        try:
            proxies, hint = portal.stdout.readline(), portal.stdout.readline()
        finally:
            portal.kill()
    assert proxies.startswith("export http_proxy=http://127.0.0.1:")
    words = hint.partition("govcrawl ")[2].split()
    assert words[0] == "inspect" and float(words[words.index("--second-look-after") + 1]) <= 5
    parsed = typer.main.get_command(app).commands["inspect"].make_context("inspect", words[1:])  # type: ignore[attr-defined]
    assert parsed.params["delay"] == 0 and parsed.params["targets"] == ["http://www.qinghe.gov.cn/"]


# -- the house of the commands -----------------------------------------------------------


@pytest.mark.parametrize("name", [words for words in commands() if words and " " not in words])
def test_each_command_has_the_module_of_its_name(name: str) -> None:
    module = ROOT / "govcrawl" / "cli" / f"{name}.py"
    assert f"`govcrawl {name}" in module.read_text(encoding="utf-8").splitlines()[0]


def test_no_module_of_the_command_is_long() -> None:
    for module in (ROOT / "govcrawl" / "cli").glob("*.py"):
        assert len(module.read_text(encoding="utf-8").splitlines()) < 250, module.name


def test_ctrl_c_inside_a_command_says_how_to_go_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["govcrawl", "inspect", SITE, "--new"])
    with mock.patch.object(inspection, "run", side_effect=KeyboardInterrupt), pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 130
    assert capsys.readouterr().err.splitlines()[-1] == f"续跑命令：govcrawl inspect {SITE}"


def test_the_module_runs_as_the_command_does(tmp_path: Path) -> None:
    done = govcrawl("--version", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "") and re.fullmatch(r"govcrawl \d+\.\d+\.\d+\n", done.stdout)
    wrong = govcrawl("rules", "shw", cwd=tmp_path)
    assert wrong.returncode == 2 and wrong.stderr.startswith("错误：没有命令 shw，是不是 show？\n") and wrong.stdout == ""
