"""Which column stands above which, and what follows from that: types that nameless parts take over, levels, departments' own directories."""

from __future__ import annotations

import re
from collections import defaultdict

from govcrawl.extract import columns
from govcrawl.extract.column_candidates import Candidate
from govcrawl.extract.site_index import Index
from govcrawl.model.site_facts import ColumnFacts
from govcrawl.page import addresses

_INHERITED = frozenset(
    (
        "专题专栏",
        "政策文件",
        "政策解读",
        "咨询建言",
        "征集调查",
        "办事服务",
        "在线访谈",
        "通知公告",
        "动态要闻",
        "领导信息",
        "财政预决算",
        "信息公开年报",
    )
)
"""Types that a nameless part of a column (2025年, 县政府办) takes over from above."""
_YEAR = re.compile(r"^(?:19|20)\d{2}年?(?:度)?$")
"""A column named by its year: matches "2025年", not "2025年工作要点"."""


def parents(ix: Index, facts: dict[str, ColumnFacts]) -> None:
    listed: dict[str, list[str]] = defaultdict(list)
    for url, column in facts.items():
        page = column.page
        if page is None or column.record.type == "静态页面":  # a 网站地图 lists every column and is above none
            continue
        for block in page.lists:
            targets = [block.more_url] if block.more_url else []
            if not block.main or not any(e.date for e in block.entries):
                targets += [e.url for e in block.entries if not e.outside]
            for target in targets:
                child = ix.resolve(target)
                if child in facts and child != url:
                    listed[child].append(url)
    for url, column in facts.items():
        if column.external:
            continue
        parent = _by_crumb(ix, facts, column) or _by_folder(facts, url) or _by_listing(url, listed)
        if parent and not _descends(facts, parent, url):
            column.record.parent = parent
    for url in sorted(facts):
        above = facts[url].record.parent
        if above:
            facts[above].children.append(url)


def _by_crumb(ix: Index, facts: dict[str, ColumnFacts], column: ColumnFacts) -> str | None:
    if column.page is None:
        return None
    for _, url in reversed(column.page.breadcrumb):
        if url:
            at = ix.resolve(url)
            if at in facts and at != column.record.url:
                return at
    return None


def _by_folder(facts: dict[str, ColumnFacts], url: str) -> str | None:
    """The column whose folder is the longest proper prefix of this one's."""
    mine = addresses.folder(url)
    best = [
        u
        for u in facts
        if u != url and mine.startswith(addresses.folder(u)) and addresses.folder(u) != mine and addresses.segments(addresses.folder(u))
    ]
    return max(best, key=lambda u: (len(addresses.folder(u)), [-ord(c) for c in u[:80]]), default=None)


def _by_listing(url: str, listed: dict[str, list[str]]) -> str | None:
    """A column page that lists this one. Pages that list each other share a menu, which says nothing."""
    above = [u for u in listed.get(url, ()) if url not in listed.get(u, ())]
    return min(above, key=addresses.rank, default=None)


def _descends(facts: dict[str, ColumnFacts], url: str, ancestor: str) -> bool:
    at: str | None = url
    for _ in range(50):
        if at is None:
            return False
        if at == ancestor:
            return True
        at = facts[at].record.parent
    return True


def types(facts: dict[str, ColumnFacts]) -> None:
    """Nameless parts (2025年, 县政府办) take over the type of the column above."""
    for column in facts.values():
        if column.record.type != "其他" or columns.is_body(column.record.name):
            continue
        at = column.record.parent
        for _ in range(3):
            if at is None:
                break
            above = facts[at].record
            if above.type in _INHERITED:
                column.record.type = above.type
                break
            if not _YEAR.match(above.name):
                break
            at = above.parent


def levels(ix: Index, facts: dict[str, ColumnFacts], found: dict[str, Candidate]) -> None:
    for url, column in facts.items():
        entry = found[url]
        top = entry.nav or entry.block
        column.record.first_level = (top or entry.external) and not _in_directory(facts, url)
    for url, column in facts.items():
        level, at = 1, url
        for _ in range(20):
            if facts[at].record.first_level or found[at].nav or found[at].block:
                break
            parent = facts[at].record.parent
            level += 1
            if parent is None:
                break
            at = parent
        column.record.level = level


def _in_directory(facts: dict[str, ColumnFacts], url: str) -> bool:
    """Inside a department's or township's own 公开目录."""
    at = facts[url].record.parent
    for _ in range(20):
        if at is None:
            break
        if columns.is_body(facts[at].record.name):
            return True
        at = facts[at].record.parent
    page = facts[url].page
    return page is not None and any(columns.is_body(name) for name, _ in page.breadcrumb[:-1])
