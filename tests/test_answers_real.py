"""Stored real list answers: every field the answer itself gives is read, and nothing is made up.

Expected values come from the raw fields that the folder's manifest names. Half of the origins (by the hash of the host) were not looked at
while the reading was written; their tests say how many rows differ, not which.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from govcrawl import reading
from govcrawl.extract import answers
from govcrawl.model.facts import DATA, RENDER, Context

CHINA = timezone(timedelta(hours=8))
TODAY = "2026-11-16"
NUMBER = re.compile(r"[\u4e00-\u9fa5]+〔(?:19|20)\d{2}〕[1-9]\d*号")
"""Matches "国办发〔2017〕47号", not "2021年第5号"."""


def read(path: Path, url: str = "http://list.example.gov.cn/api") -> answers.Answer:
    found = answers.read(path.read_bytes(), {}, url, today=TODAY)
    assert found is not None
    return found


def having(data: Any, key: str) -> Iterator[dict[str, Any]]:
    """Every object that has a field, in order."""
    if isinstance(data, dict):
        if key in data:
            yield data
        else:
            for value in data.values():
                yield from having(value, key)
    elif isinstance(data, list):
        for value in data:
            yield from having(value, key)


def clean(text: str | None) -> str:
    plain = re.sub(r"</?(?:em|font|span)[^>]*>", "", text or "")
    for mark, character in (
        ("&ldquo;", "“"),
        ("&rdquo;", "”"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", " "),
        ("&middot;", "·"),
        ("&amp;", "&"),
    ):
        plain = plain.replace(mark, character)
    return re.sub(r"\s+", "", plain)


def day(value: Any) -> str | None:
    """China day of seconds, milliseconds or a printed date."""
    text = str(value or "")
    if re.fullmatch(r"\d{10}|\d{13}", text):
        return datetime.fromtimestamp(int(text[:10]), CHINA).date().isoformat()
    found = re.match(r"(\d{4})\D(\d{1,2})\D(\d{1,2})", text)
    return f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}" if found else None


def number(value: str | None) -> str | None:
    text = re.sub(r"\s+", "", re.sub(r"<[^>]*>", "", value or ""))
    return text if NUMBER.fullmatch(text) else None


LIBRARIES = {
    "guangdong-gkmlpt": ("gkmlpt", "document_number", "title", ("display_publish_time", "pub_time"), "date", "document_number", "identifier", "publisher"),
    "zhejiang-jsearch": ("jsearch", "compaltedate", "title", ("createdate",), "compaltedate", "filenumber", "xxgkindexcode", "fbjg"),
    "govcn-zhengcelibrary": ("zhengcelibrary", "pcode", "title", ("pubtimeStr",), "ptime", "pcode", "index", "puborg"),
    "chongqing-trs": (
        "haibei", "f_202121500898", "f_202121500898", ("save_time",), "f_202121607647", "f_202121837479", "f_202121273539", None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIBRARIES)
def test_policy_libraries_give_what_their_fields_say(name: str, shared: Path) -> None:
    family, sign, title, published, issued, doc_number, index_number, issuer = LIBRARIES[name]
    path = shared / "real/pages/search-api" / f"{name}.json"
    raw = list(having(json.loads(path.read_text(encoding="utf-8")), sign))
    answer = read(path)
    assert answer.family == family and len(raw) >= 10
    assert answer.total is not None and answer.total >= len(raw)
    assert len(answer.rows) == len(raw)
    read_rows = answer.rows
    pairs = list(zip(raw, read_rows, strict=True))
    titles = sum(clean(row["title"]) == clean(given[title]) for given, row in pairs)
    days = sum(row["published_on"] == next((d for name in published if (d := day(given.get(name)))), None) for given, row in pairs)
    written = sum(row["issued_on"] == day(given.get(issued)) for given, row in pairs)
    numbered = [(number(given.get(doc_number)), row["doc_number"]) for given, row in pairs]
    right = sum(1 for wanted, found in numbered if wanted is not None and found == wanted)
    made_up = sum(1 for wanted, found in numbered if found is not None and wanted is not None and found != wanted)
    made_up += sum(1 for given, row in pairs if row["doc_number"] and not clean(given.get(doc_number)))
    indexed = sum((row["index_number"] or "") == clean(given.get(index_number)) for given, row in pairs)
    assert titles >= 0.98 * len(pairs), titles
    assert days >= 0.97 * len(pairs), days
    assert written >= 0.97 * len(pairs), written
    assert made_up == 0
    assert right >= 0.98 * sum(1 for wanted, _ in numbered if wanted is not None), right
    assert indexed >= 0.98 * len(pairs), indexed
    if issuer is not None:
        assert sum(clean(row["issuer"]) == clean(given.get(issuer)) for given, row in pairs) >= 0.98 * len(pairs)


def test_result_boxes_lead_to_where_their_redirect_goes(shared: Path) -> None:
    path = shared / "real/pages/search-api/hebei-jsearch-html.json"
    boxes = json.loads(path.read_text(encoding="utf-8"))["result"]
    answer = read(path, "https://www.hebei.gov.cn/jsearchfront/interfaces/cateSearch.do")
    assert len(answer.rows) == len(boxes) == 10 and answer.total == 1500
    for box, row in zip(boxes, answer.rows, strict=True):
        href = re.search(r"href='([^']+)'", box)
        assert href is not None
        target = parse_qs(urlsplit(href[1]).query)
        assert row["url"] == target["url"][0]
        assert clean(row["title"]) == clean(target["title"][0])
        assert row["published_on"] == re.search(r"时间：([\d-]+)", box)[1]  # type: ignore[index]


def test_windows_of_a_jpage_list_overlap_and_are_one_list(shared: Path) -> None:
    rows: dict[str, dict[str, Any]] = {}
    together = 0
    for at in (1, 2, 3):
        path = shared / "real/pages/list-api" / f"jiangsu-gxt-jpage-{at}.xml"
        source = path.read_text(encoding="utf-8")
        answer = read(path, "https://gxt.jiangsu.gov.cn/module/web/jpage/dataproxy.jsp")
        links = re.findall(r"<record>.*?href=[\"']([^\"']+)[\"'].*?</record>", source, re.S)
        assert (len(links), answer.total, answer.family) == (76, 756, "jpage")
        assert len(answer.rows) == len(set(links))
        shown = dict(re.findall(r"<record>.*?href=[\"']([^\"']+)[\"'].*?(\d{4}-\d{2}-\d{2}).*?</record>", source, re.S))
        wrong = sum(
            row["published_on"] != shown.get(urlsplit(row["url"]).path) and row["published_on"] != shown.get(row["url"])
            for row in answer.rows
        )
        assert wrong == 0
        together += len(answer.rows)
        rows |= {row["url"]: row for row in answer.rows}
    assert len(rows) < together
    assert all(row["title"] and not row["title"].endswith("...") for row in rows.values())


def test_a_board_that_is_no_strict_json_gives_its_twenty_letters(shared: Path) -> None:
    path = shared / "real/messages/yjj-beijing-letter-list.txt"
    source = path.read_text(encoding="utf-8")
    answer = read(path)
    asked, replied = (
        re.findall(r"createDate:\s*'(\d{4}-\d{2}-\d{2})", source),
        re.findall(r"finishDateReal:\s*'(\d{4}-\d{2}-\d{2})", source),
    )
    numbers = re.findall(r"'(AH\d{11})'", source)
    assert answer.family == "letters" and answer.total == 662
    assert len(answer.rows) == len(asked) == len(replied) == 20
    assert [row["asked_on"] for row in answer.rows] == asked
    assert [row["replied_on"] for row in answer.rows] == replied
    assert {row["number"] for row in answer.rows} == set(numbers)
    items = answers.letters(answer, "https://yjj.beijing.gov.cn/board/")
    assert len(items) == 20 and len({item["key"] for item in items}) == 20
    assert all(item["asked_on"] and item["replied_on"] and item["_labels"]["fields_absent"] == [] for item in items)


def test_a_list_in_a_comment_is_read_with_its_pager(shared: Path) -> None:
    body = (shared / "real/pages/list/gansu-jyt-wjtz-ucap.html").read_bytes()
    url = "http://jyt.gansu.gov.cn/jyt/c110634/zwgklist.shtml"
    scope = reading.Scope(home="http://jyt.gansu.gov.cn/", hosts=frozenset({"jyt.gansu.gov.cn"}), family=frozenset(), today=TODAY)
    facts = reading.read(reading.Exchange(url, 200, {"content-type": "text/html; charset=utf-8"}, body), Context(), scope).facts
    assert (facts.kind, facts.title, facts.total_items) == ("list", "文件通知", 200)
    [main] = [block for block in facts.lists if block.main]
    assert len(main.entries) == 20 and all(entry.date for entry in main.entries)
    first, last = main.entries[0], main.entries[-1]
    assert (first.title, first.date) == ("关于开展2024年全域全员全过程使用智慧教育平台专项研究课题结项工作的通知", "2025-11-17")
    assert (last.title, last.date) == ("关于做好甘肃省第十八届哲学社会科学优秀成果奖申报有关工作的通知", "2025-06-09")
    assert facts.pager == [f"http://jyt.gansu.gov.cn/jyt/c110634/zwgklist_{n}.shtml" for n in range(2, 11)]
    assert facts.needs_script == "list", "the visible list is drawn by script"


def test_an_answer_of_a_crawl_is_a_list_of_its_column(shared: Path) -> None:
    body = (shared / "real/pages/search-api/guangdong-gkmlpt.json").read_bytes()
    scope = reading.Scope(home="http://czt.gd.gov.cn/", hosts=frozenset({"czt.gd.gov.cn"}), family=frozenset(), today=TODAY)
    context = Context(role=DATA, parent="http://czt.gd.gov.cn/gkmlpt/index")
    url = "http://czt.gd.gov.cn/gkmlpt/api/all/86?page=1&sid=125"
    facts = reading.read(reading.Exchange(url, 200, {"content-type": "application/json"}, body), context, scope).facts
    assert (facts.kind, facts.column_url, facts.total_items, len(facts.lists[0].entries)) == ("data", context.parent, 245264, 20)
    onward = [url for url, found in reading.follow(facts, context, scope) if found.role == DATA]
    assert onward == ["http://czt.gd.gov.cn/gkmlpt/api/all/86?page=2&sid=125"]


def test_a_rendered_page_of_a_script_built_site_is_whole(shared: Path) -> None:
    body = (shared / "real/pages/spa/nfra-zhejiang-penalty-rendered.html").read_bytes()
    scope = reading.Scope(home="https://www.nfra.gov.cn/", hosts=frozenset({"www.nfra.gov.cn"}), family=frozenset(), today=TODAY)
    url = "https://www.nfra.gov.cn/cn/view/pages/ItemDetail.html?docId=1211915"
    exchange = reading.Exchange(url, 200, {"content-type": "text/html; charset=utf-8"}, body, rendered=True)
    facts = reading.read(exchange, Context(role=RENDER), scope).facts
    assert facts.title == "国家金融监督管理总局浙江监管局行政处罚信息公开表（浙金罚决字〔2024〕52号）"
    assert next(day.value for day in facts.dates if day.source in ("visible", "meta")) == "2025-06-03"
    assert facts.needs_script is None and facts.rendered
