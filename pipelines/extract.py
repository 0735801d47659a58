"""Complete a page's candidate records across their fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from govcrawl.model.facts import PageResult

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class ExtractPipeline:
    """Works out what several fields say together: working days of a reply, missing elements of a guide."""

    def __init__(self, job: Any) -> None:
        self._complete = job.shared.complete

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        spider: Any = crawler.spider
        return cls(spider.job)

    def process_item(self, item: PageResult) -> PageResult:
        if item.facts is not None and item.facts.items:
            item.facts.items = self._complete(item.facts.items)
        return item
