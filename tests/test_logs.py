"""Logs: one object a line, the same for every library and process; no personal number in them; bounded however often a fault comes up."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from main_job import environment
from scheduled_worker import plan, queue_of

from govcrawl.detect import masking
from govcrawl.model.facts import Context, PageResult, Visit
from govcrawl.store.frontier import Frontier
from govcrawl.store.recording import SnapshotWriter
from govcrawl.telemetry import lines, logs
from govcrawl.writer import Writer

IDENTITY, FIRST, MOBILE, CARD = "11010119900307002X", "110101900307001", "13912345523", "6222021001116245702"
NUMBERS = (IDENTITY, FIRST, MOBILE, CARD)
NAMED = f"http://www.qinghe.gov.cn/files/{urllib.parse.quote('张三')}{IDENTITY}.pdf"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"读取 http://a.gov.cn/t?sfz={IDENTITY}&p=2 时出错", "读取 http://a.gov.cn/t?sfz=1****************X&p=2 时出错"),
        (NAMED, NAMED.replace(IDENTITY, "1****************X")),
        (f"ValueError: 身份证号：{IDENTITY}", "ValueError: 身份证号：1****************X"),
        (f"{{'id': '{FIRST}', 'p': '{MOBILE}'}}", "{'id': '1*************1', 'p': '139****5523'}"),
        (f"http://a.gov.cn/{MOBILE}.html?card={CARD}", "http://a.gov.cn/139****5523.html?card=6222***********5702"),
        # traps: a wrong check digit, a run, a moment in milliseconds, a digest, 统一社会信用代码
        ("110101199003070012", "110101199003070012"),
        ("20261116-28c9ad", "20261116-28c9ad"),
        ("1763266142123", "1763266142123"),
        ("91330108MA27XYZ12K", "91330108MA27XYZ12K"),
        ("http://a.gov.cn/art/2026/11/16/art_1229000123_4567890.html", "http://a.gov.cn/art/2026/11/16/art_1229000123_4567890.html"),
    ],
)
def test_what_a_log_shows_of_numbers(text: str, shown: str) -> None:
    assert masking.logged(text) == shown


def test_a_number_behind_an_escaped_byte_does_not_leave_the_store_either() -> None:
    assert masking.exported(NAMED) == NAMED.replace(IDENTITY, "1****************X")


class Written(logging.Handler):
    """Keeps lines as they would be written."""

    def __init__(self, form: logs.Form = "json") -> None:
        super().__init__()
        self.setFormatter(lines.formatter(form))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


@pytest.fixture
def written() -> Iterator[Written]:
    handler, ours = Written(), logging.getLogger("govcrawl")
    level = ours.level
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    yield handler
    ours.removeHandler(handler)
    ours.setLevel(level)


def raised() -> ValueError:
    try:
        raise ValueError(f"坏的留言：{IDENTITY}，手机 {MOBILE}")
    except ValueError as error:
        return error


def record(message: str, *values: object, error: BaseException | None = None, **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord(
        "govcrawl.x", logging.ERROR, "x.py", 1, message, values, (type(error), error, error.__traceback__) if error else None
    )
    made.created = 1794794400.25
    vars(made).update(extra)
    return made


def test_a_line_is_an_object_with_its_fields_and_no_others() -> None:
    with logs.about(run="20261116-abcdef", phase="crawl"):
        line = lines.formatter("json").format(
            record("读取 %s 时出错", NAMED, error=raised(), url=NAMED, site="3299880001", spider=object())
        )
    row = json.loads(line)
    assert "\n" not in line and not any(number in line for number in NUMBERS)
    assert row.pop("exception").splitlines()[-1] == "ValueError: 坏的留言：1****************X，手机 139****5523"
    shown = NAMED.replace(IDENTITY, "1****************X")
    assert row == {
        "time": "2026-11-16T10:00:00.250+08:00", "level": "error", "message": f"读取 {shown} 时出错", "logger": "govcrawl.x", "phase": "crawl",
        "run": "20261116-abcdef", "site": "3299880001", "url": shown,
    }  # fmt: skip


def test_the_readable_form() -> None:
    readable = lines.formatter("text")
    line = readable.format(record("读取 %s 时出错", "http://a/", error=raised()))
    assert line.startswith("10:00:00 错误 读取 http://a/ 时出错\nTraceback") and IDENTITY not in line and MOBILE not in line
    said = record("检查批次完成")
    said.name = logs.SAID
    assert readable.format(said) == "检查批次完成"


def test_a_text_without_end_is_cut_in_its_middle() -> None:
    row = json.loads(lines.formatter("json").format(record("头" + "长" * 1_000_000 + "尾")))
    assert len(row["message"]) < 9000 and row["message"][0] == "头" and row["message"][-1] == "尾"


def test_a_fault_that_every_page_shows_is_no_line_a_page() -> None:
    alike = logs.Alike()

    def at(seconds: float, message: str = "读取 %s 时出错") -> logging.LogRecord:
        made = record(message, f"http://a/{seconds}")
        made.created = seconds
        return made

    passed = sum(alike.lets_pass(at(n / 100)) for n in range(10_000))
    assert passed == logs.MOST_ALIKE and alike.lets_pass(at(100.0, "另一种"))
    later = at(logs.WINDOW + 1)
    assert alike.lets_pass(later) and later.__dict__["left_out"] == 10_000 - logs.MOST_ALIKE
    assert json.loads(lines.formatter("json").format(later))["left_out"] == 9980
    assert "同类消息另有 9980 条未记" in lines.formatter("text").format(later)
    # whatever is logged, what is remembered of it is bounded
    for n in range(10_000):
        alike.lets_pass(at(n, f"消息 {n}"))
    assert len(alike._kinds) <= logs._KINDS


def test_fields_follow_tasks_and_do_not_mix(written: Written) -> None:
    logger = logging.getLogger("govcrawl.x")

    async def site(name: str) -> None:
        with logs.about(site=name):
            for _ in range(3):
                await asyncio.sleep(0)
                await asyncio.create_task(inner(name))

    async def inner(name: str) -> None:
        logger.warning("%s", name)

    async def both() -> None:
        with logs.about(run="r"):
            await asyncio.gather(site("甲"), site("乙"))

    asyncio.run(both())
    assert len(written.rows) == 6 and all(row["site"] == row["message"] and row["run"] == "r" for row in written.rows)


def test_the_writers_thread_knows_its_run(written: Written, tmp_path: Path) -> None:
    class Refusing:
        """Cannot write down what has facts."""

        def put_results(self, run_id: str, results: list[PageResult]) -> None:
            if any(result.visit.outcome == "read" for result in results):
                raise ValueError(IDENTITY)

    frontier = Frontier(tmp_path / "frontier.db")
    frontier.open_site("甲", "2026-11-16T10:00:00+08:00")
    with logs.about(run="20261116-abcdef"):
        writer = Writer("20261116-abcdef", Refusing(), frontier, SnapshotWriter(tmp_path, "20261116-abcdef", "x", {}))
    url = f"http://www.qinghe.gov.cn/?id={IDENTITY}"
    writer.submit(PageResult(site="甲", key=1, visit=Visit(url=url, context=Context(), outcome="read")))
    writer.close()
    frontier.close()
    [row] = written.rows
    assert (row["run"], row["site"], row["url"]) == ("20261116-abcdef", "甲", url.replace(IDENTITY, "1****************X"))
    assert writer.error is None and IDENTITY not in written.lines[0]


# whole processes


def script(code: str, *, form: str = "json", level: str = "info", cwd: Path) -> subprocess.CompletedProcess[str]:
    values = environment(None) | {logs.FORMAT: form, logs.LEVEL: level}
    values["PYTHONPATH"] += os.pathsep + str(Path(__file__).parent)
    return subprocess.run([sys.executable, "-c", code], cwd=cwd, env=values, capture_output=True, text=True, timeout=120, check=False)


def objects(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in done.stderr.splitlines()]
    assert all({"time", "level", "message", "logger"} <= set(row) and row["time"].endswith("+08:00") for row in found)
    return found


COMMAND = """
import sys
from unittest import mock
from govcrawl import cli, inspection
sys.argv = ["govcrawl", *{arguments!r}]
def fails(*arguments, **values): raise {error}
with mock.patch.object(inspection, "run", fails): cli.main()
"""


@pytest.mark.parametrize(
    ("arguments", "error", "code", "said"),
    [
        (["inspect", "http://a.gov.cn/"], f"ValueError('坏 {IDENTITY}')", 1, "程序出错"),
        (["inspect", "http://a.gov.cn/"], f"cli.GovcrawlError('无法写入 {MOBILE}.db')", 1, "错误：无法写入 139****5523.db"),
        (["inspect", "http://a.gov.cn/"], "cli.InterruptedRunError('已停止')", 130, "续跑命令：govcrawl inspect"),
        (["inspect", "--nonsense"], "None", 2, "没有选项 --nonsense"),
        (["inspekt"], "None", 2, "没有命令 inspekt"),
        (["score", "20260101-000000"], "None", 2, "错误：没有存储 govcrawl.db"),
    ],
)
def test_every_way_to_fail_is_lines_of_json(arguments: list[str], error: str, code: int, said: str, tmp_path: Path) -> None:
    done = script(COMMAND.format(arguments=arguments, error=error), cwd=tmp_path)
    found = objects(done)
    assert done.returncode == code and done.stdout == "" and any(said in row["message"] for row in found), done.stderr
    assert not any(number in done.stderr for number in NUMBERS)
    assert all(row["level"] in ("warning", "error", "critical") for row in found)


def test_a_crash_is_told_readably_and_masked_too(tmp_path: Path) -> None:
    done = script(
        COMMAND.format(arguments=["inspect", "http://a.gov.cn/"], error=f"ValueError('坏 {IDENTITY}')"), form="text", cwd=tmp_path
    )
    assert done.returncode == 1 and done.stderr.count("Traceback") == 1 and "ValueError: 坏 1****************X" in done.stderr


OTHERS = f"""
import logging, sys, threading, warnings
from govcrawl.telemetry import logs
logs.set_up()
logging.getLogger("scrapy.core.scraper").error("Spider error processing <GET http://a.gov.cn/?id={IDENTITY}>")
logging.getLogger("scrapy.core.engine").info("Spider opened")
logging.getLogger("pymongo.command").debug('{{"filter": "{IDENTITY}"}}')
logging.getLogger("pymongo.topology").warning("lost {MOBILE}")
logging.getLogger("govcrawl.inspection").info("detail")
logging.getLogger("pipelines.detect").info("detail")
logs.say("完成", site="甲")
print("printed by somebody: {MOBILE}", file=sys.stderr)
warnings.warn("warned of {MOBILE}")
def died(): raise ValueError("{IDENTITY}")
thread = threading.Thread(target=died); thread.start(); thread.join()
import twisted.internet.asyncioreactor
from govcrawl.spiders.loop import event_loop
event_loop()
from twisted.logger import Logger
Logger().critical("unhandled {MOBILE}")
sys.stderr.write("no end of line")
"""


def test_other_libraries_go_the_same_way(tmp_path: Path) -> None:
    done = script(OTHERS, level="debug", cwd=tmp_path)
    found = objects(done)
    heard = {row["logger"] for row in found}
    assert {
        "scrapy.core.scraper",
        "scrapy.core.engine",
        "pymongo.topology",
        "py.warnings",
        "twisted",
        logs.SAID,
        "pipelines.detect",
    } <= heard
    assert "pymongo.command" not in heard, "its debug lines hold whole documents"
    assert "no end of line" in {row["message"] for row in found} and done.stdout == ""
    assert not any(number in done.stderr for number in NUMBERS) and "ValueError: 1****************X" in str(found)


def test_people_hear_what_is_said_to_them_and_what_went_wrong(tmp_path: Path) -> None:
    quiet = script(OTHERS, form="text", cwd=tmp_path).stderr
    assert "\n完成\n" in quiet and "detail" not in quiet and "Spider opened" not in quiet and "Spider error" in quiet
    only_errors = script(OTHERS, form="text", level="error", cwd=tmp_path).stderr
    assert "完成" not in only_errors and "lost" not in only_errors and "Spider error" in only_errors


JOB = """
import sys
from pathlib import Path
from scheduled_worker import SetClock, WORK, queue_of
from govcrawl.scheduling.runner import Runner
from govcrawl.telemetry import logs
logs.set_up("json")
folder = Path.cwd()
store = f"sqlite:///{folder}/w.db"
queue = queue_of(store, folder)
Runner(queue=queue, work=WORK, store=store, clock=SetClock(folder), say=logs.say, told=lambda told: print(told.outcome), worker="w1").run(once=True)
"""


def test_a_jobs_process_logs_as_its_worker_does_and_says_why_it_died(tmp_path: Path) -> None:
    queue = queue_of(f"sqlite:///{tmp_path}/w.db", tmp_path)
    queue.plan([plan(tmp_path, "a", end="crash")], queue._clock.now())  # type: ignore[attr-defined]
    queue.close()
    done = script(JOB, form="text", cwd=tmp_path)
    died, ended = (next(row for row in objects(done) if row["message"].startswith(words)) for words in ("任务 task/a 出错", "任务结束"))
    assert died["exception"].endswith("ZeroDivisionError") and (died["job"], died["kind"]) == ("task/a", "task")
    assert (ended["job"], ended["outcome"]) == ("task/a", "failed") and done.stdout == "failed\n"
