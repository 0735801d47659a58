"""The yardstick: a bare Scrapy CrawlSpider with default settings (log level apart)."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

from scrapy.crawler import CrawlerProcess
from scrapy.linkextractors import LinkExtractor
from scrapy.spiders import CrawlSpider, Rule


class Bare(CrawlSpider):
    name = "bare"
    rules = (Rule(LinkExtractor(), callback="seen", follow=True),)
    pages = 0

    def seen(self, response):  # type: ignore[no-untyped-def]
        if response.status == 200:
            type(self).pages += 1


def main() -> None:
    home = sys.argv[1]
    process = CrawlerProcess({"LOG_LEVEL": "WARNING", "TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False})
    process.crawl(Bare, start_urls=[home], allowed_domains=[urlsplit(home).hostname])
    process.start()
    print("pages", Bare.pages)


if __name__ == "__main__":
    main()
