"""One row of a list: its title, and its date among the row's other texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from lxml import etree

from govcrawl.extract import row_dates
from govcrawl.model.facts import Link, ListEntry
from govcrawl.page.document import Page
from govcrawl.text import dates, normalise

Element = etree._Element

_ROW_TEXT = 500
"""Characters of a row that are read: what is longer is no row but a text with one link in it."""
_MOST_PIECES = 200
_BESIDE = 40
"""Characters of an element beside a row that holds its date and little else."""
_TOP = re.compile(r"置\s*顶|\[顶\]|【顶】|\bTOP\b", re.I)
"""Matches "[置顶]", not "登顶"."""
_TOP_MARK = re.compile(r"^\s*[\[【(（]\s*(?:置\s*顶|顶|TOP)\s*[\]】)）]\s*", re.I)
"""The mark before a title in the link's own words: matches that of "【置顶】关于…的通知", not "[2026]3号"."""
_BULLET = re.compile(r"^[·•●■▪◆◇▶►»›○□☆★\s]+")
"""Bullets inside the link: matches that of "●关于…的通知", not "《"."""
_TITLE_LABEL = re.compile(r"^(?:文章)?(?:标\s*题|题\s*名)\s*[:：]\s*")
"""Matches the label of "标题：关于…的通知", not "标题新闻"."""
_ATTRIBUTE_DATE = re.compile(r"\s*[\[(（]?(?:19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?[\])）]?$")
"""The date behind the title in a link's `title`: matches that of "关于…的通知 2026-11-05", not "2026年11月5日"."""
GENERIC = re.compile(
    r"^[\[【]?(?:办事指南|查看指南|指南|查看|查看详情|详情|详细|点击查看|在线办理|立即办理|在线申办|在线申请|申请|办理|下载|进入|我要办|查看更多信息|咨询|我要咨询|收藏|评价|预约|表格下载)[\]】]?$"
)
"""Words of a link that name nothing: matches "办事指南", not "养老服务办事指南"."""
_NAMES_NOTHING = frozenset(("查看", "详情", "详细", "查看详情", "点击查看", "进入", "下载", "收藏", "评价"))


@dataclass(slots=True)
class Row:
    """The element of a row, the link that names its item, and other links in it."""

    el: Element
    a: Element
    link: Link
    extra: list[Link] = field(default_factory=list)


def entry_of(row: Row, following: Element | None, column: int | None, today: str, own_hosts: frozenset[str]) -> ListEntry:
    title, rest = _title_and_rest(row, following)
    found = (row_dates.labelled(rest) or _cell_date(row, column, today)) if column is not None else None
    if found is None and column != -1:
        found = row_dates.row_date(rest, row.link.url, today) or _date_beside(row, following, today)
    host = row.link.url.partition("://")[2].partition("/")[0].partition(":")[0]
    on_top = bool(
        _TOP.search(rest) or _TOP.search(row.link.text[:8]) or any(_TOP.search(img.get("alt") or "") for img in row.el.iter("img"))
    )
    return ListEntry(
        url=row.link.url,
        title=_BULLET.sub("", _TOP_MARK.sub("", title)) or title,
        date=found[0] if found else None,
        date_raw=found[1] if found else None,
        locator=row.link.locator,
        on_top=on_top,
        outside=bool(host) and host not in own_hosts,
    )


def _date_beside(row: Row, following: Element | None, today: str) -> tuple[str, str] | None:
    """The date of a row that stands in an element of its own after it, before the next row (title over date in a table), or in the `dt` before."""
    if row.el.tag in ("a", "li"):
        return None
    beside = row.el.getprevious() if row.el.tag == "dd" else row.el.getnext()
    if beside is None or beside is following or not isinstance(beside.tag, str) or beside.find(".//a") is not None:
        return None
    text = Page.text_of(beside)
    return row_dates.row_date(text, row.link.url, today) if len(text) <= _BESIDE else None


def _title_and_rest(row: Row, following: Element | None) -> tuple[str, str]:
    """Title of a row, and the row's other text (one piece a line)."""
    text = row.link.text
    shown, told = _shown_title(row.a)
    if row.el is row.a:
        rest = "\n".join(_pieces_beside(row.a, following))[:_ROW_TEXT]
    else:
        rest = "\n".join(_pieces(row.el, row.a))[:_ROW_TEXT]
        if row.el.tag in ("dt", "h3", "h4"):
            after = row.el.getnext()
            if after is not None and after is not following and isinstance(after.tag, str):
                rest += "\n" + Page.text_of(after)
    if GENERIC.match(text) and row.el is not row.a:
        whole = Page.text_of(row.el)[:_ROW_TEXT]
        named = next(
            (
                line
                for line in whole.split("\n")
                if len(line) >= 3 and not GENERIC.match(line) and not row_dates.may_be_piece(line) and not dates.parse_day(line)
            ),
            None,
        )
        if named:
            return named, rest
        if text in _NAMES_NOTHING:
            return "", rest
    if row.a.tag != "a":  # a row that is clicked as a whole: its text less the title
        return text, rest + "\n" + Page.line_of(row.a).replace(text, "\n", 1)
    if not len(row.a) and not shown:
        return text, rest
    text, own = _own_words(row.a, text)
    rest = "\n".join(filter(None, (rest, own, told)))
    inside = Page.text_of(row.a)
    if "\n" in inside or not rest.strip() or len(text) > 80:
        lines = [line for line in inside.split("\n") if line and not row_dates.may_be_piece(line)]
        title = shown if 4 <= len(shown) <= 200 else _title_line(row.a, lines) or text
        others = [line for line in lines if line != title]
        return title, rest + "\n" + "\n".join(others)
    if shown and (text.rstrip(".… ").startswith(shown[:4]) or len(shown) > len(text)) and _cut(text, shown):
        return shown, rest
    return text, rest


def _texts(el: Element, skip: Element | None) -> Iterator[tuple[str, bool]]:
    """(text node, stands in an element below `el`) in order, but for those under `skip`. Without recursion: rows may be nested 2,000 deep."""
    stack: list[Element | tuple[str, bool]] = [el]
    while stack:
        at = stack.pop()
        if isinstance(at, tuple):
            yield at
        elif at is not skip and isinstance(at.tag, str):
            if at.text and not at.text.isspace():
                yield at.text, at is not el
            for child in reversed(at):
                if child.tail and not child.tail.isspace():
                    stack.append((child.tail, at is not el))
                stack.append(child)


def _pieces(el: Element, skip: Element) -> list[str]:
    """Texts under an element but for those under `skip`, each text node by itself: a date may stand in two inline elements."""
    return [" ".join(text.split()) for text, _ in islice(_texts(el, skip), _MOST_PIECES)]


def _pieces_beside(a: Element, following: Element | None) -> list[str]:
    """Texts between a bare link and the next, and of a small inline element right before it."""
    out = [a.tail or ""]
    after = a.getnext()
    while after is not None and after is not following and after.tag != "a" and len(out) < 5:
        if isinstance(after.tag, str):
            out.append(Page.text_of(after))
        out.append(after.tail or "")
        after = after.getnext()
    before = a.getprevious()
    if before is not None and before.tag in ("span", "em", "i", "b", "font") and not before.findall(".//a"):
        out.insert(0, Page.text_of(before))
    elif before is None and (lead := a.getparent()) is not None and lead.text and not lead.text.isspace():
        out.insert(0, lead.text)
    return out


def _own_words(a: Element, text: str) -> tuple[str, str]:
    """(title, date pieces) of a link in whose words elements of their own hold the date: `<a><span>11-05</span>关于…的通知</a>`."""
    if not len(a):
        return text, ""
    pieces = list(islice(_texts(a, None), _MOST_PIECES))
    start, end = 0, len(pieces)
    while start < end and pieces[start][1] and row_dates.may_be_piece(pieces[start][0]):
        start += 1
    while end > start and pieces[end - 1][1] and row_dates.may_be_piece(pieces[end - 1][0]):
        end -= 1
    if end - start == len(pieces) or start >= end:
        return text, ""
    title = normalise.squeeze("".join(piece for piece, _ in pieces[start:end]))
    if len(title) < 4:
        return text, ""
    return title, "\n".join(piece for piece, _ in [*pieces[:start], *pieces[end:]])


def _shown_title(a: Element) -> tuple[str, str]:
    """(title, other lines) of a link's `title`: many print "标题：…&#10;发布时间：…" there, or put the date behind the title."""
    shown = a.get("title")
    if not shown:
        return "", ""
    lines = [normalise.squeeze(line) for line in shown.split("\n") if line.strip()]
    if not lines:
        return "", ""
    title = _TITLE_LABEL.sub("", lines[0])
    cut = _ATTRIBUTE_DATE.search(title)
    return (title[: cut.start()] if cut else title), "\n".join(line for line in lines[1:] if "：" in line or ":" in line)


def _cut(text: str, shown: str) -> bool:
    """The visible text is a shortened form of the title attribute ("我市举行烈士纪念日向人民英雄敬…")."""
    plain = normalise.compact(text).rstrip(".…")
    return (len(plain) >= 4 or not plain) and normalise.compact(shown).startswith(plain)


def _title_line(a: Element, lines: list[str]) -> str | None:
    for tag in ("h1", "h2", "h3", "h4", "h5", "strong", "b"):
        el = a.find(f".//{tag}")
        if el is not None:
            text = Page.line_of(el)
            if len(text) >= 4 and not row_dates.may_be_piece(text):
                return text
    for line in lines:
        if len(line) >= 6 and not dates.parse_day(line[:12]):
            return line
    return lines[0] if lines else None


def _cell_date(row: Row, column: int, today: str) -> tuple[str, str] | None:
    cells = [cell for cell in row.el if isinstance(cell.tag, str)]
    if not 0 <= column < len(cells):
        return None
    return row_dates.row_date("\n".join(_pieces(cells[column], row.a)), row.link.url, today)
