"""Lists of a page: runs of repeated links with their titles, dates and the name of the block.

Rows are found by structure, not by class names: the highest element around a link that holds no other link is its row, and rows
that share a parent are a list. What a date means is decided by its words (closing and event days are no list dates).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from lxml import etree

from govcrawl.extract import links as find_links
from govcrawl.extract import list_heads, row_dates
from govcrawl.model.facts import Link, ListBlock, ListEntry
from govcrawl.page.document import Page
from govcrawl.text import dates, normalise

Element = etree._Element

_CLIMB = 9
_ROW_TEXT = 500
"""Characters of a row that are read: what is longer is no row but a text with one link in it."""
_TOP = re.compile(r"置\s*顶|\[顶\]|【顶】|\bTOP\b", re.I)
"""Matches "[置顶]", not "登顶"."""
_GENERIC = re.compile(
    r"^[\[【]?(?:办事指南|查看指南|指南|查看|查看详情|详情|详细|点击查看|在线办理|立即办理|办理|下载|进入|我要办|查看更多信息)[\]】]?$"
)
"""Words of a link that name nothing: matches "办事指南", not "养老服务办事指南"."""
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
        "详细",
        "详情",
        "查看详情",
        "查看",
    ]
)


@dataclass(slots=True)
class _Row:
    el: Element
    a: Element
    link: Link
    extra: list[Link] = field(default_factory=list)


@dataclass(slots=True)
class _Group:
    container: Element
    rows: list[_Row]
    lifted: bool = False


def read(page: Page, links: list[Link], today: str, own_hosts: frozenset[str]) -> list[ListBlock]:
    """All lists of a page outside header and footer; at least two rows each (one, if the row is dated). None is marked main."""
    elements = find_links.anchors(page)
    pairs = [(el, link) for el, link in zip(elements, links_of(links), strict=False) if _usable(link)]
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


def _usable(link: Link) -> bool:
    return (
        link.region in ("body", "aside")
        and bool(link.text)
        and (bool(link.url) or not link.control)
        and not list_heads.MORE.search(link.text)
        and link.text not in _CONTROLS
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
    groups: dict[Element, list[_Row]] = {}
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
        rows.append(_Row(row, el, link))
    return _lift(groups)


def _lift(groups: dict[Element, list[_Row]]) -> list[_Group]:
    """Rows that hold two to four links each ([栏目] title 解读) become rows of their own parent."""
    lifted: dict[Element, list[tuple[Element, list[_Row]]]] = defaultdict(list)
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
        merged: list[_Row] = list(groups.get(above, []))
        for container, rows in titled:
            main = max(rows, key=lambda r: len(r.link.text))
            merged.append(_Row(container, main.a, main.link, [r.link for r in rows if r is not main]))
            taken.add(container)
        taken.add(above)
        out.append(_Group(above, merged, lifted=True))
    out += [_Group(container, rows) for container, rows in groups.items() if container not in taken]
    return out


def _block(page: Page, group: _Group, today: str, own_hosts: frozenset[str]) -> ListBlock | None:
    column = _date_column(group)
    entries: list[ListEntry] = []
    for at, row in enumerate(group.rows):
        following = group.rows[at + 1].el if at + 1 < len(group.rows) else None
        entries.append(_entry(row, following, column, today, own_hosts))
    entries = distinct(entries)
    dated = sum(1 for e in entries if e.date)
    if not entries or (len(entries) < 2 and not dated):
        return None
    if not dated and sum(len(e.title) for e in entries) < 3 * len(entries):
        return None
    title, more = list_heads.heading(page, group.container)
    return ListBlock(title=title, more_url=more, region=group.rows[0].link.region, entries=entries)


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


def _entry(row: _Row, following: Element | None, column: int | None, today: str, own_hosts: frozenset[str]) -> ListEntry:
    title, rest = _title_and_rest(row, following)
    found = _cell_date(row.el, column, today) if column is not None else None
    if found is None and column != -1:
        found = row_dates.row_date(rest, row.link.url, today)
    host = row.link.url.partition("://")[2].partition("/")[0].partition(":")[0]
    return ListEntry(
        url=row.link.url,
        title=title,
        date=found[0] if found else None,
        date_raw=found[1] if found else None,
        locator=row.link.locator,
        on_top=bool(_TOP.search(rest) or _TOP.search(row.link.text[:8])),
        outside=bool(host) and host not in own_hosts,
    )


def _title_and_rest(row: _Row, following: Element | None) -> tuple[str, str]:
    """Title of a row, and the row's other text (one piece a line)."""
    text = row.link.text
    shown = row.a.get("title") or ""
    whole = Page.text_of(row.el)[:_ROW_TEXT]
    if row.el is row.a:
        tail = [row.a.tail or ""]
        after = row.a.getnext()
        while after is not None and after is not following and after.tag != "a" and len(tail) < 5:
            if isinstance(after.tag, str):
                tail.append(Page.text_of(after))
            tail.append(after.tail or "")
            after = after.getnext()
        before = row.a.getprevious()
        if before is not None and before.tag in ("span", "em", "i", "b", "font") and not before.findall(".//a"):
            tail.insert(0, Page.text_of(before))
        rest = "\n".join(tail)[:_ROW_TEXT]
    else:
        rest = normalise.squeeze(whole.replace("\n", " \n ")).replace(text, "\n", 1) if text else whole
        if row.el.tag in ("dt", "h3", "h4"):
            after = row.el.getnext()
            if after is not None and after is not following and isinstance(after.tag, str):
                rest += "\n" + Page.text_of(after)
    if _GENERIC.match(text) and row.el is not row.a:
        named = next((line for line in whole.split("\n") if len(line) >= 4 and line != text and not dates.parse_day(line)), None)
        if named:
            return named, rest
    if row.a.tag != "a":  # a row that is clicked as a whole: its text less the title
        return text, rest + "\n" + Page.line_of(row.a).replace(text, "\n", 1)
    inside = Page.text_of(row.a)
    if "\n" in inside or not rest.strip() or len(text) > 80:
        lines = [line for line in inside.split("\n") if line]
        title = normalise.squeeze(shown) if 4 <= len(shown) <= 200 else _title_line(row.a, lines) or text
        others = [line for line in lines if line != title]
        return title, rest + "\n" + "\n".join(others)
    if shown and (text.rstrip(".… ").startswith(shown[:4]) or len(shown) > len(text)) and "\n" not in shown and _cut(text, shown):
        return normalise.squeeze(shown), rest
    return text, rest


def _cut(text: str, shown: str) -> bool:
    """The visible text is a shortened form of the title attribute ("我市举行烈士纪念日向人民英雄敬…")."""
    plain = normalise.compact(text).rstrip(".…")
    return len(plain) >= 4 and normalise.compact(shown).startswith(plain)


def _title_line(a: Element, lines: list[str]) -> str | None:
    for tag in ("h1", "h2", "h3", "h4", "h5", "strong", "b"):
        el = a.find(f".//{tag}")
        if el is not None:
            text = Page.line_of(el)
            if len(text) >= 4:
                return text
    for line in lines:
        if len(line) >= 6 and not dates.parse_day(line[:12]):
            return line
    return lines[0] if lines else None


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
    if "date" in kinds:
        return kinds.index("date")
    return -1 if "other" in kinds else None


def _cell_date(row: Element, column: int, today: str) -> tuple[str, str] | None:
    cells = [cell for cell in row if isinstance(cell.tag, str)]
    if not 0 <= column < len(cells):
        return None
    text = Page.text_of(cells[column])
    value = dates.parse_day(text) or dates.parse_short(text, today)
    return (value, text) if value else None


# -- the page's own list ---------------------------------------------------------


def mark_main(blocks: list[ListBlock], page: Page) -> ListBlock | None:
    """The page's own list on a list page: the body block with the most dated rows, else with the most titles long enough to be ones."""
    best: ListBlock | None = None
    rank: tuple[int, int] = (0, 0)
    for block in blocks:
        if block.region != "body":
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


def _join_siblings(main: ListBlock, blocks: list[ListBlock]) -> None:
    """Lists broken into several of five rows each (a rule every five rows) are one."""
    if any(b.title != main.title for b in blocks if b.region == "body" and b is not main and sum(1 for e in b.entries if e.date) >= 2):
        parts = [b for b in blocks if b is main or (b.region == "body" and b.title == main.title and any(e.date for e in b.entries))]
    else:
        parts = [b for b in blocks if b is main or (b.region == "body" and sum(1 for e in b.entries if e.date) >= 1)]
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


_HEADER_WORDS = re.compile(r"^(?:序号|编号|事项名称|事项|名称|办理部门|实施主体|操作|办事指南|受理部门|部门|办理机构|备注|办理|指南)$")
"""Cells of a header row: matches "事项名称", not "养老服务补贴"."""


def unlinked(page: Page, main: ListBlock) -> list[ListEntry]:
    """Rows of a catalogue beside linked ones that bear a name and no link: items without a guide. Their `url` is ""."""
    known = {entry.url for entry in main.entries}
    outside = {el for el, _ in page.regions.roots}
    out: list[ListEntry] = []
    seen: set[str] = set()
    for parent in page.body_tree.iter("ul", "ol", "tbody", "table", "dl"):
        rows = [row for row in parent if row.tag in ("li", "tr", "dd")]
        if len(rows) < 2 or any(up in outside for up in parent.iterancestors()):
            continue
        linked = [page.canonical(a.get("href") or "") or "" for row in rows for a in row.iter("a")]
        if not any(url in known or (url and parent.tag in ("tbody", "table")) for url in linked):
            continue
        wide = _width(rows)
        for row in rows:
            name = _row_name(row)
            if name and name not in seen and not _is_group_row(row, wide):
                seen.add(name)
                out.append(ListEntry(url="", title=name, locator=page.xpath_of(row)))
    return out


def group_rows(page: Page) -> list[str]:
    """Names of the groups that rows of a table announce: `<tr><td colspan=2><b>个人办事</b></td></tr>` before the items of that group."""
    outside = {el for el, _ in page.regions.roots}
    out: dict[str, None] = {}
    for parent in page.body_tree.iter("tbody", "table"):
        rows = [row for row in parent if row.tag == "tr"]
        if len(rows) < 3 or any(up in outside for up in parent.iterancestors()):
            continue
        wide = _width(rows)
        for row, following in zip(rows, rows[1:], strict=False):
            name = _row_name(row)
            if name and len(name) <= 20 and _is_group_row(row, wide) and following.find(".//a") is not None:
                out[name] = None
    return list(out)


def _width(rows: list[Element]) -> int:
    """Cells of the widest row that bears a link."""
    return max((len(row.findall("td")) for row in rows if row.tag == "tr" and row.find(".//a") is not None), default=0)


def _is_group_row(row: Element, wide: int) -> bool:
    """A row that names what follows: one cell across a table of several columns, or one all in bold. `登记 | 县发展和改革局 | —` is none."""
    cells = row.findall("td") if row.tag == "tr" else []
    if len(cells) != 1:
        return False
    if wide >= 2:
        return True
    text = Page.line_of(cells[0])
    return any(Page.line_of(el) == text for el in cells[0].iter("b", "strong", "h2", "h3", "h4"))


def _row_name(row: Element) -> str | None:
    """Name of an item in a row without any link; None for linked rows, headers and empty ones."""
    if any((a.get("href") or "").strip() for a in row.iter("a")) or row.find(".//th") is not None:
        return None
    cells = [cell for cell in row if cell.tag == "td"] if row.tag == "tr" else [row]
    texts = [Page.line_of(cell) for cell in cells]
    if any(_HEADER_WORDS.match(normalise.label(text)) for text in texts):
        return None
    names = [text for text in texts if 4 <= len(text) <= 60 and re.search(r"[\u4e00-\u9fff]{3}", text)]
    return names[0] if names else None
