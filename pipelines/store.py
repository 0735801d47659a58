"""Hand a page's result to the writer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from govcrawl.model.facts import PageResult

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class StorePipeline:
    """Puts the result into the writer's queue; nothing is awaited, the scheduler holds back while the writer is behind."""

    def __init__(self, job: Any) -> None:
        self._writer = job.writer

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        spider: Any = crawler.spider
        return cls(spider.job)

    def process_item(self, item: PageResult) -> PageResult:
        item.texts = []
        self._writer.submit(item)
        return item
