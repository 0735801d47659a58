"""A site entered at its policy library (政策文件库)."""

from govcrawl.spiders.site import SiteSpider


class PolicyLibrarySpider(SiteSpider):
    name = "policy_library"
    strategy = "policy_library"
