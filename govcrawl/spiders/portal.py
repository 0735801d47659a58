"""A whole site from its home page; every page is read as what it looks like."""

from govcrawl.spiders.site import SiteSpider


class PortalSpider(SiteSpider):
    name = "portal"
