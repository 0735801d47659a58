"""A site entered at its services (办事服务)."""

from govcrawl.spiders.site import SiteSpider


class ServiceGuideSpider(SiteSpider):
    name = "service_guide"
    strategy = "service_guide"
