"""Lists of a page: runs of repeated links with their titles, dates and the name of the block.

Rows are found by structure, not by class names: the highest element around a link that holds no other link is its row, and rows
that share a parent are a list. What a date means is decided by its words (closing and event days are no list dates).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from lxml import etree

from govcrawl.extract import links as find_links
from govcrawl.extract import list_heads, row_dates
from govcrawl.extract.list_rows import GENERIC, Row, entry_of
from govcrawl.model.facts import Link, ListBlock, ListEntry
from govcrawl.page import addresses
from govcrawl.page.document import Page

Element = etree._Element

_CLIMB = 9
_WRITE = re.compile(r"[\[【]?(?:我要|我来|签写|在线|网上|点击|立即|马上|发表)?(?:写信|签写留言|留言|发信|提问|写留言|来信)[\]】]?")
"""A button over a board: matches "签写留言" and "我要写信", not "留言选登"."""
_CONTROLS = frozenset(
    [
        "返回列表",
        "返回",
        "返回上一页",
        "打印",
        "关闭",
        "上一页",
        "下一页",
        "首页",
        "尾页",
        "末页",
        "上一篇",
        "下一篇",
        "分享",
        "收藏",
        "打印本页",
        "关闭窗口",
        "返回首页",
        "返回顶部",
    ]
)


@dataclass(slots=True)
class _Group:
    container: Element
    rows: list[Row]
    lifted: bool = False


def read(page: Page, links: list[Link], today: str, own_hosts: frozenset[str]) -> list[ListBlock]:
    """All lists of a page outside header and footer; at least two rows each (one, if the row is dated). None is marked main."""
    elements = find_links.anchors(page)
    pairs = [(el, link) for el, link in zip(elements, links_of(links), strict=False) if _usable(link, own_hosts)]
    crumbs = {a for crumb in page.regions.crumbs for a in crumb.iter("a")}
    if crumbs:
        pairs = [(el, link) for el, link in pairs if el not in crumbs]
    blocks: list[ListBlock] = []
    for group in _groups(pairs, page.body_tree):
        block = _block(page, group, today, own_hosts)
        if block:
            blocks.append(block)
    return blocks


def links_of(links: list[Link]) -> list[Link]:
    """The `a` elements with an href, in document order (the same order as `links.anchors`)."""
    return [link for link in links if link.tag == "a"]


def _usable(link: Link, own_hosts: frozenset[str]) -> bool:
    """Whether a link may be a row: no control, and not the logo that leads home."""
    return (
        link.region in ("body", "aside")
        and bool(link.text)
        and (bool(link.url) or not link.control)
        and not list_heads.MORE.search(link.text)
        and link.text not in _CONTROLS
        and not (len(link.text) <= 5 and link.text.strip("[]【】 ").isdigit())  # a page's number is no title
        and not _WRITE.fullmatch(link.text)
        and not (link.url.endswith("/") and link.url.count("/") == 3 and addresses.host(link.url) in own_hosts)
    )


def _groups(pairs: list[tuple[Element, Link]], stop: Element) -> list[_Group]:
    """Rows by their parent. A link's row is the highest element that holds no other target."""
    last: dict[Element, str] = {}
    count: dict[Element, int] = defaultdict(int)
    for el, link in pairs:
        target = link.url or link.href
        at = el.getparent()
        for _ in range(_CLIMB):
            if at is None or at is stop:
                break
            if last.get(at) != target:
                last[at] = target
                count[at] += 1
            at = at.getparent()
    groups: dict[Element, list[Row]] = {}
    for el, link in pairs:
        row = el
        above = el.getparent()
        for _ in range(_CLIMB):
            if above is None or above is stop or count[above] != 1:
                break
            row, above = above, above.getparent()
        if above is None:
            continue
        rows = groups.setdefault(above, [])
        if rows and rows[-1].el is row:  # picture and title of one row share the target
            if len(link.text) > len(rows[-1].link.text):
                rows[-1].a, rows[-1].link = el, link
            continue
        rows.append(Row(row, el, link))
    return _lift(_by_name(groups))


def _by_name(groups: dict[Element, list[Row]]) -> dict[Element, list[Row]]:
    """Rows whose links name nothing (办事指南, 在线办理, 咨询) climb to the block that holds the name: `<div><div>生育登记</div><div><a>办事指南</a>…`."""
    out: dict[Element, list[Row]] = {}
    for container, rows in groups.items():
        if not all(r.el is r.a and GENERIC.match(r.link.text) for r in rows) or len(rows) > 6:
            out.setdefault(container, []).extend(rows)
            continue
        at, above = container, container.getparent()
        targets = [r.a for r in rows]
        for _ in range(3):
            if above is None or above.tag == "body" or len(above.findall(".//a")) != len(targets):
                break
            at, above = above, above.getparent()
        if above is None:
            continue
        main = next((r for r in rows if "指南" in r.link.text or "详" in r.link.text), rows[0])
        row = Row(at, main.a, main.link, [r.link for r in rows if r is not main])
        out.setdefault(above, []).append(row)
    return out


def _lift(groups: dict[Element, list[Row]]) -> list[_Group]:
    """Rows that hold two to four links each ([栏目] title 解读) become rows of their own parent."""
    lifted: dict[Element, list[tuple[Element, list[Row]]]] = defaultdict(list)
    for container, rows in groups.items():
        above = container.getparent()
        if above is not None and container.tag in ("li", "tr", "dd", "p", "div") and len(rows) <= 4:
            lifted[above].append((container, rows))
    out: list[_Group] = []
    taken: set[Element] = set()
    for above, parts in lifted.items():
        titled = [(container, rows) for container, rows in parts if any(len(r.link.text) >= 6 for r in rows)]
        if len(titled) < 2 or sum(len(rows) for _, rows in titled) > 3.2 * len(titled):
            continue
        tags = {container.tag for container, _ in titled}
        if len(tags) > 1 or (tags == {"div"} and len(titled) < 3):
            continue
        merged: list[Row] = list(groups.get(above, []))
        for container, rows in titled:
            if _is_row_of_cells(container, rows):
                merged += rows
                taken.add(container)
                continue
            main = max(rows, key=lambda r: len(r.link.text))
            merged.append(Row(container, main.a, main.link, [r.link for r in rows if r is not main]))
            taken.add(container)
        taken.add(above)
        out.append(_Group(above, merged, lifted=True))
    out += [_Group(container, rows) for container, rows in groups.items() if container not in taken]
    return out


def _is_row_of_cells(container: Element, rows: list[Row]) -> bool:
    """A table row that holds two items side by side, each with a title in a cell of its own."""
    return container.tag == "tr" and len(rows) >= 2 and all(r.el.tag in ("td", "th") and len(r.link.text) >= 8 for r in rows)


def _block(page: Page, group: _Group, today: str, own_hosts: frozenset[str]) -> ListBlock | None:
    column = _date_column(group)
    entries: list[ListEntry] = []
    for at, row in enumerate(group.rows):
        following = group.rows[at + 1].el if at + 1 < len(group.rows) else None
        entries.append(entry_of(row, following, column, today, own_hosts))
    entries = [entry for entry in entries if entry.title]
    _dates_in_words(entries, today)
    entries = distinct(entries)
    dated = sum(1 for e in entries if e.date)
    if not entries or (len(entries) < 2 and not dated):
        return None
    if not dated and sum(len(e.title) for e in entries) < 3 * len(entries):
        return None
    title, more = list_heads.heading(page, group.container)
    return ListBlock(title=title, more_url=more, region=group.rows[0].link.region, entries=entries)


def _dates_in_words(entries: list[ListEntry], today: str) -> None:
    """Lists that print the date inside the link's own words ("关于…的通知[2026-11-05]"), told by nearly all of their rows doing so."""
    if any(e.date for e in entries):
        return
    found = [row_dates.at_edge(e.title, e.url, today) for e in entries]
    if sum(1 for f in found if f) < max(2, 0.8 * len(entries)):
        return
    for entry, split in zip(entries, found, strict=True):
        if split:
            entry.title, entry.date, entry.date_raw = split


def distinct(entries: list[ListEntry]) -> list[ListEntry]:
    """Entries once an address; a later twin may lend its date (picture and headline of one item)."""
    seen: dict[str, ListEntry] = {}
    out: list[ListEntry] = []
    for entry in entries:
        known = seen.get(entry.url) if entry.url else None
        if known is None:
            if entry.url:
                seen[entry.url] = entry
            out.append(entry)
        elif known.date is None and entry.date:
            known.date, known.date_raw = entry.date, entry.date_raw
    return out


def _date_column(group: _Group) -> int | None:
    """Index of a table's publish-date column by its header; -1 when only other dates (成文日期) stand there; None when unknown."""
    first = group.rows[0].el
    if first.tag != "tr":
        return None
    table = next((up for up in first.iterancestors("table")), None)
    header = table.find(".//tr") if table is not None else None
    if header is None or header is first:
        return None
    kinds = [row_dates.header_kind(Page.text_of(cell)) for cell in header if isinstance(cell.tag, str)]
    for kind in ("date", "made"):
        if kind in kinds:
            return kinds.index(kind)
    return -1 if "other" in kinds else None


# -- the page's own list ---------------------------------------------------------


_SIDE = re.compile(
    r"排行|排名|热门|热点信息|点击榜|推荐(?:阅读|信息|文章)?$|相关(?:信息|链接|阅读|文章|新闻)|关联|猜你喜欢|^最新(?:信息|更新|发布|文章)$|友情链接"
)
"""Names of lists beside the page's own: matches "点击排行", "相关链接"; not "热点回应" nor "最新政策"."""


def mark_main(blocks: list[ListBlock], page: Page) -> ListBlock | None:
    """The page's own list on a list page: the body block with the most dated rows, else with the most titles long enough to be ones; no 点击排行."""
    best: ListBlock | None = None
    rank: tuple[int, int] = (0, 0)
    for block in blocks:
        if block.region != "body" or (block.title and _SIDE.search(block.title)):
            continue
        dated = sum(1 for e in block.entries if e.date)
        long_titles = sum(1 for e in block.entries if len(e.title) >= 8)
        mine = (dated, long_titles)
        if mine > rank and (dated >= 1 or long_titles >= 2):
            best, rank = block, mine
    if best is not None:
        _join_siblings(best, blocks)
        best.main = True
    return best


_PERIOD = re.compile(r"^(?:19|20)\d{2}\s*年?(?:度|\s*\d{1,2}\s*月(?:份)?)?$")
"""A heading that only sorts the rows: matches "2026年11月" and "2025年度", not "2026年工作要点"."""


def _join_siblings(main: ListBlock, blocks: list[ListBlock]) -> None:
    """Lists broken into several of five rows each (a rule every five rows, a heading every month) are one."""

    def name(block: ListBlock) -> str | None:
        return None if block.title and _PERIOD.match(block.title) else block.title

    def dated(block: ListBlock) -> int:
        return sum(1 for e in block.entries if e.date) if block.region == "body" and not (block.title and _SIDE.search(block.title)) else 0

    if any(name(b) != name(main) for b in blocks if b is not main and dated(b) >= 2):
        parts = [b for b in blocks if b is main or (dated(b) and name(b) == name(main))]
    else:
        parts = [b for b in blocks if b is main or dated(b)]
    if len(parts) < 2:
        return
    entries: list[ListEntry] = []
    for part in parts:
        entries += part.entries
    main.entries = distinct(entries)
    for part in parts:
        if part is not main:
            part.entries = []
    blocks[:] = [b for b in blocks if b.entries]


def merge_main(blocks: list[ListBlock]) -> ListBlock | None:
    """One main list of all body blocks: a catalogue of service items stands in several (个人办事, 法人办事)."""
    body = [block for block in blocks if block.region == "body"]
    if not body:
        return None
    main = max(body, key=lambda b: len(b.entries))
    entries: list[ListEntry] = []
    for block in body:
        entries += block.entries
    main.entries = distinct(entries)
    main.main = True
    blocks[:] = [b for b in blocks if b is main or b.region != "body"]
    return main
