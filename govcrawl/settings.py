"""Scrapy settings. Each line gives Scrapy's default; what a plan says (delay, timeouts, limits) is laid over them by `crawling`."""

from govcrawl import __version__

BOT_NAME = "govcrawl"  # default "scrapybot"
SPIDER_MODULES = ["govcrawl.spiders"]  # default []
USER_AGENT = f"Mozilla/5.0 (compatible; govcrawl/{__version__}; government website inspection)"  # default "Scrapy/VERSION"
DEFAULT_REQUEST_HEADERS = {  # default: Accept for HTML first, Accept-Language en
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9",
    "Accept-Encoding": "gzip, deflate",
}

# Doors into the running process
TELNETCONSOLE_ENABLED = False  # default True
REMOTE_CONTROL_ENABLED = False  # default True: an HTTP server that runs what Python it is sent

# The frontier is the scheduler; it hands out one request at a time and knows what was seen
SCHEDULER = "govcrawl.scheduler.FrontierScheduler"  # default scrapy.core.scheduler.Scheduler
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"  # default RFPDupeFilter: never asked here
CONCURRENT_ITEMS = 2  # default 100: that many tasks are started for every response
CONCURRENT_REQUESTS = 16  # default 16, a crawl's own; the budget of a host is govcrawl.hosts'
CONCURRENT_REQUESTS_PER_DOMAIN = 8  # default 8; only the size of the connection pool matters
DOWNLOAD_DELAY = 0  # default 0: the host budget waits, for all crawls together
DOWNLOAD_DELAY_JITTER = 0  # default 0.5

DOWNLOAD_TIMEOUT = 30  # default 180
DOWNLOAD_MAXSIZE = 20 * 1024 * 1024  # default 1 GiB
DOWNLOAD_WARNSIZE = 0  # default 32 MiB
DOWNLOAD_FAIL_ON_DATALOSS = False  # default True: a torn answer is recorded, tried again and then called a failure by the spider
DNS_TIMEOUT = 15  # default 60
COOKIES_ENABLED = True  # default True: some shields let in who brings their cookie back
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"  # Scrapy's default since 2.13; nothing works without
DOWNLOADER_STATS = False  # default True

DOWNLOADER_MIDDLEWARES = {
    # Off: the spider follows redirects itself, the snapshot middleware undoes content encodings, retries and robots are ours
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # default 50
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,  # default 100
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,  # default 300
    "scrapy.downloadermiddlewares.downloadtimeout.DownloadTimeoutMiddleware": None,  # default 350; every request says its own
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,  # default 550
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,  # default 580
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,  # default 590
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,  # default 600
    "scrapy.downloadermiddlewares.stats.DownloaderStats": None,  # default 850
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,  # default 900
    "govcrawl.middlewares.RobotsMiddleware": 100,
    "govcrawl.middlewares.RetryMiddleware": 550,
    "govcrawl.middlewares.TurnMiddleware": 760,  # after HttpProxyMiddleware (750): nothing waits longer than it must
    "govcrawl.middlewares.SnapshotMiddleware": 800,  # next to the downloader: every exchange, before anything may raise
}
SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware": None,  # default 25
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware": None,  # default 50; every status has a meaning here
    "scrapy.spidermiddlewares.referer.RefererMiddleware": None,  # default 700; the frontier knows the parent
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,  # default 800
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,  # default 900
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,  # default 1000
}
EXTENSIONS = {
    "scrapy.extensions.corestats.CoreStats": None,  # default 0
    "scrapy.extensions.telnet.TelnetConsole": None,  # default 0
    "scrapy.extensions.memusage.MemoryUsage": None,  # default 0
    "scrapy.extensions.memdebug.MemoryDebugger": None,  # default 0
    "scrapy.extensions.closespider.CloseSpider": None,  # default 0
    "scrapy.extensions.feedexport.FeedExporter": None,  # default 0; results go to the store
    "scrapy.extensions.logstats.LogStats": None,  # default 0; progress is told for all sites together
    "scrapy.extensions.logcount.LogCount": None,  # default 0
    "scrapy.extensions.spiderstate.SpiderState": None,  # default 0
    "scrapy.extensions.throttle.AutoThrottle": None,  # default 0
    "scrapy.extensions.remote_control.RemoteControl": None,  # default 0
}
ITEM_PIPELINES = {  # default {}
    "pipelines.extract.ExtractPipeline": 100,
    "pipelines.detect.DetectPipeline": 200,
    "pipelines.store.StorePipeline": 300,
}

LOG_LEVEL = "WARNING"  # default DEBUG
LOG_FORMATTER = "govcrawl.spiders.quiet.QuietFormatter"  # default scrapy.logformatter.LogFormatter: formats a line for each page and item
STATS_DUMP = False  # default True
STATS_CLASS = (
    "scrapy.statscollectors.DummyStatsCollector"  # default MemoryStatsCollector; the frontier and the store count, nobody reads it
)
