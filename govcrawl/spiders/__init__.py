"""The crawl of a site (`site`) and the entries to it that `scrapy list` shows."""
