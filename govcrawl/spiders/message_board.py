"""A site entered at its message board (咨询建言)."""

from govcrawl.spiders.site import SiteSpider


class MessageBoardSpider(SiteSpider):
    name = "message_board"
    strategy = "message_board"
