"""What stands in a row of the change sequence."""

from __future__ import annotations

from typing import Any

import pytest

from govcrawl.detect import masking
from govcrawl.model.items import Article, Snapshot
from govcrawl.store import kept
from govcrawl.store.sequence import News

NUMBER = "110101199003071230"
"""Of valid shape; whether its check digit is right is asked below."""


@pytest.mark.parametrize(
    "payload",
    [
        {"text": "身份证{n}"},
        {"url": "http://www.qinghe.gov.cn/%E5%BC%A0%E4%B8%89{n}.pdf"},
        {"texts": ["\x1f{n}", {"deep": "编号“{n}”"}]},
        {"url": "http://www.qinghe.gov.cn/q?tel=13912345678&x=1"},
        {"url": "http://www.qinghe.gov.cn/q?id=1&Mobile=13912345678"},
    ],
)
def test_a_row_is_masked_though_its_text_is_looked_at_as_a_whole(payload: dict[str, Any]) -> None:
    numbers = [NUMBER[:17] + last for last in "0123456789X"]
    found = []
    for number in numbers:
        filled = _filled(payload, number)
        content = News("article", "s/k", 1, filled).content
        assert content == kept.text(masking.exported(filled))
        found.append("139****5678" in content or (number not in content and "{n}" in str(payload)))
    assert any(found), "one of the eleven has the right check digit, or the mobile number is masked"


def _filled(value: Any, number: str) -> Any:
    if isinstance(value, dict):
        return {name: _filled(part, number) for name, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, number) for part in value]
    return value.replace("{n}", number)


def test_most_rows_need_no_second_look() -> None:
    plain = {
        "url": "http://www.qinghe.gov.cn/art/2026/11/16/art_1234_567890.html?id=7",
        "at": "2026-11-16T08:00:00+08:00",
        "n": 12345678901,
    }
    assert not masking.may_show(kept.text(plain)) and News("article", "s/k", 1, plain).content == kept.text(plain)


def test_a_record_told_as_text_is_the_record_told() -> None:
    record = Article(
        site="s", url="u", key="k", title='“题”"\\', text="文\n", fetched_at="2026-11-16T08:00:00+08:00", snapshot=Snapshot("w", 1, "0")
    )
    content = kept.Content(record)
    assert kept.record(content.told_text(7), "k", 7, record.fetched_at, content.snapshot).to_json() == content.told(7)
    assert kept.Content(Article(site="s")).told_text(1).count('"snapshot": null') == 1
