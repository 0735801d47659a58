"""Log lines that are not wanted, one for each page and item: what became of each address is in the store."""

from __future__ import annotations

from typing import Any

from scrapy.logformatter import LogFormatter


class QuietFormatter(LogFormatter):
    """Says nothing about pages fetched and items kept; errors as Scrapy says them."""

    def crawled(self, *args: Any, **values: Any) -> Any:
        return None

    def scraped(self, *args: Any, **values: Any) -> Any:
        return None
