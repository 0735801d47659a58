"""Print and mobile twins: other addresses of one article, told by an address that says so (or `rel=canonical`) and the same title and text.

An article that stands in two columns has two ordinary addresses and stays two records: each is a page that visitors are led to.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from govcrawl.model.facts import PageFacts
from govcrawl.page import addresses
from govcrawl.text import normalise

if TYPE_CHECKING:
    from govcrawl.extract.site_index import Index

_TWIN = re.compile(
    r"^(?:m|wap|mobile|3g|touch)\.|/(?:m|wap|mobile|3g|touch|phone|h5|sjb|print|printer|printview|dayin)/|[?&](?:print|printview|mobile|wap|ismobile)(?:=|&|$)|[?&](?:view|type|mode|tpl|a|action|m)=(?:print|wap|mobile)\b"
    r"|[/_-]print(?:er|view|page|article|info)?(?:[_./?-]|$)|[_-](?:m|mobile|wap)\.s?html?$",
    re.I,
)
"""Host and path of a twin: matches "m.a.gov.cn/x/1.html", "www.a.gov.cn/print.aspx?id=3" and "…/1_m.html"; not "www.a.gov.cn/sprint/1.html"."""
_HAN = re.compile(r"[^\u4e00-\u9fff0-9]+")
_LEAST = 40
"""Letters of a text that can tell one article from another."""
_HEAD = 160


def fingerprint(page: PageFacts) -> int | None:
    """Title and beginning of an article's text as a number; null where there is too little text to tell."""
    text = next((row["text"] for row in page.items if row.get("text")), None)
    if not page.title or text is None:
        return None
    plain = _HAN.sub("", text[: 4 * _HEAD])[:_HEAD]
    if len(plain) < _LEAST:
        return None
    digest = hashlib.blake2b(f"{normalise.compact(page.title)}\n{plain}".encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def is_named(url: str) -> bool:
    """The address says that it is a print or mobile view."""
    return bool(_TWIN.search(addresses.host(url) + addresses.path(url)))


def find(ix: Index) -> dict[str, str]:
    """Address of a twin → address of the article it repeats, which is read itself and is no twin."""
    groups: dict[int, list[str]] = defaultdict(list)
    for url, item in ix.items.items():
        if item.fingerprint is not None:
            groups[item.fingerprint].append(url)
    out: dict[str, str] = {}
    for urls in groups.values():
        if len(urls) < 2:
            continue
        named = {url for url in urls if is_named(url)}
        kept = min(urls, key=lambda url: (url in named, *addresses.rank(url)))
        if kept in named:
            continue
        for url in urls:
            told = ix.items[url].canonical
            if url in named:
                out[url] = kept
            elif told and told != url and ix.resolve(told) in urls and ix.resolve(told) != url:
                out[url] = ix.resolve(told)
    return {url: out.get(kept, kept) for url, kept in out.items() if out.get(kept, kept) != url}
