"""Run the detectors over a page's visible text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from govcrawl.model.facts import PageResult
from govcrawl.telemetry import metrics

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class DetectPipeline:
    """Adds hits; personal values are masked by the detectors themselves, with the store's key."""

    def __init__(self, job: Any) -> None:
        self._detect, self._key = job.reading.detect, job.shared.mask_key

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        spider: Any = crawler.spider
        return cls(spider.job)

    def process_item(self, item: PageResult) -> PageResult:
        if item.facts is not None and item.texts:
            with metrics.DETECTING.time():
                item.facts.hits = self._detect(item.texts, self._key)
        return item
