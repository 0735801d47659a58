"""A degraded run is not taken for a whole one; a poor site that always was so is not called degraded."""

from __future__ import annotations

import pytest

from govcrawl import health
from govcrawl.model.items import Article, Message, Record


def articles(count: int, *, dated: int, titled: int | None = None) -> list[Record]:
    named = count if titled is None else titled
    return [
        Article(url=f"u{n}", key=f"u{n}", title="题" if n < named else None, text="文", published_on="2026-11-01" if n < dated else None)
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (articles(40, dated=40), None, []),
        (articles(40, dated=4), articles(40, dated=38), ["稿件的发布日期本次读出 10%，此前 95%，少了一半以上"]),
        (articles(40, dated=20), articles(40, dated=40), []),
        (articles(40, dated=40, titled=30), None, ["稿件的标题只读出 75%（下限 90%）"]),
        # traps: too few to tell; a site that never showed its dates
        (articles(10, dated=0), None, []),
        (articles(40, dated=2), articles(40, dated=3), []),
        (articles(40, dated=0), None, []),
        (articles(40, dated=1), articles(40, dated=10), ["稿件的发布日期本次读出 2%，此前 25%，少了一半以上"]),
    ],
)  # fmt: skip
def test_fill_rates(now: list[Record], before: list[Record] | None, said: list[str]) -> None:
    assert health.problems(health.rates(now), 100, health.rates(before) if before else None) == said


@pytest.mark.parametrize(
    ("read", "before", "wrong"), [(100, 120, False), (50, 120, True), (3, 10, False), (60, 120, False), (0, None, False)]
)
def test_pages_that_vanished(read: int, before: int | None, wrong: bool) -> None:
    assert bool(health.problems(health.Rates(), read, None, before)) is wrong


def test_rates_come_back_from_the_receipt_as_they_were() -> None:
    rates = health.rates([*articles(25, dated=20), *(Message(url=f"m{n}", key=f"m{n}", question="问") for n in range(30))])
    again = health.Rates.of_json(rates.to_json())
    assert again.share("article", "published_on") == rates.share("article", "published_on") == 0.8
    assert again.share("message", "question") == 1.0 and again.share("message", "asked_on") == 0.0
