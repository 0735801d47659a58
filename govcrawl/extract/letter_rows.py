"""Letters that a board prints as rows under heads: `编号 | 标题 | 写信日期 | 回复日期 | 状态`, as a table or built of other elements.

A row that leads to a page of its own is read there: here it is only listed. What a list leaves empty does not say that nobody answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from govcrawl.extract import nodes, onclick
from govcrawl.extract.labelled import Vocabulary
from govcrawl.extract.nodes import Element
from govcrawl.extract.rows import filled, outer, vocabulary
from govcrawl.page.document import Page
from govcrawl.text import dates

_SAYS_LETTER = frozenset({"asked_on", "replied_on", "reply", "question", "replier", "number"})
_DATED = frozenset({"asked_on", "replied_on"})
_WIDEST, _MOST_ROWS = 12, 300
_HOLDERS = ("div", "ul", "section", "dl", "ol")


@dataclass(slots=True, frozen=True)
class Row:
    """One letter of a list: what its cells show by the key of their head; `url` is its own page's, null where it has none."""

    url: str | None
    cells: dict[str, str]
    labels: dict[str, str]
    """Key → head as printed."""
    element: Element
    whole: bool
    """The list has columns for the question's and the reply's text: the row is all there is of the letter."""

    def day(self, key: str) -> str | None:
        return dates.parse_day(self.cells.get(key, ""))

    def text(self, key: str) -> str | None:
        return filled(self.cells.get(key))


def read(page: Page) -> list[Row]:
    """Rows of the first list of letters on the page; [] when no row of heads names two things of a letter."""
    words, skip = vocabulary("message"), outer(page)
    for table in page.body_tree.iter("table"):
        if len(nodes.rows(table)) >= 2 and not _inside(table, skip):
            wide = [[cell for cell in line if cell is not None] for line in nodes.grid(table)]
            if found := _rows(page, wide, words, two_may_do=False):
                return found
    for holder in page.body_tree.iter(*_HOLDERS):
        wide = _boxes(holder) if 2 <= len(holder) <= _MOST_ROWS else []
        found = _rows(page, wide, words, two_may_do=True) if wide and not _inside(holder, skip) else []
        if found:
            return found
    return []


def _inside(element: Element, skip: set[Element]) -> bool:
    return bool(skip) and any(up in skip for up in (element, *element.iterancestors()))


def _boxes(holder: Element) -> list[list[Element]]:
    """Children of a holder that are rows of as many boxes as the first one that has at least three; [] when the first is no row of short words."""
    wide: list[list[Element]] = []
    for child in holder:
        cells = [cell for cell in child if nodes.is_element(cell)] if nodes.is_element(child) else []
        if not wide:
            if 3 <= len(cells) <= _WIDEST and all(len(nodes.text(cell)) <= 10 for cell in cells):
                wide.append(cells)
        elif len(cells) == len(wide[0]):
            wide.append(cells)
        elif len(cells) == 1 and cells[0].tag in _HOLDERS:  # <div class=body><div class=tr>…
            wide.extend(row for row in ([c for c in inner if nodes.is_element(c)] for inner in child) if len(row) == len(wide[0]))
    return wide if len(wide) >= 2 else []


def _rows(page: Page, wide: list[list[Element]], words: Vocabulary, *, two_may_do: bool) -> list[Row]:
    for at, line in enumerate(wide[:3]):
        hits = [words.whole(nodes.text(cell)) for cell in line]
        keys = [hit[0] if hit else "" for hit in hits]
        told = set(keys) & _SAYS_LETTER
        if len(told) < 2 or not told & (_DATED | {"reply"}) or len(set(line)) < 3:
            continue
        if sum(bool(key) for key in keys) * 2 < len(keys):
            continue
        labels = {hit[0]: hit[1] for hit in reversed(hits) if hit}
        below = [row for row in wide[at + 1 :] if len(row) == len(line)]
        if len(below) < (1 if two_may_do else 2) or any(words.whole(nodes.text(cell)) for row in below for cell in row[:1]):
            return []
        return [found for row in below if (found := _row(page, row, keys, labels)) is not None]
    return []


def _row(page: Page, line: list[Element], keys: list[str], labels: dict[str, str]) -> Row | None:
    cells: dict[str, str] = {}
    for key, cell in zip(keys, line, strict=True):
        if key and key not in cells:
            cells[key] = _shown(cell, key)
    if not (cells.get("subject") or cells.get("question") or cells.get("number")):
        return None
    holder = line[0].getparent()
    whole = "reply" in cells and ("question" in cells or "subject" in cells)
    return Row(next(_targets(page, line, holder), None), cells, labels, holder, whole)


def _shown(cell: Element, key: str) -> str:
    """A cell's text; a title that is cut off (`异地就医备案怎么办…`) is taken from its link."""
    shown = nodes.text(cell) if key not in ("question", "reply") else "\n".join(nodes.lines(cell))
    if shown.endswith(("…", "...", "..")):
        full = next((title for link in cell.iter("a") if (title := (link.get("title") or "").strip())), "")
        return full or shown
    return shown


def _targets(page: Page, line: list[Element], holder: Element) -> Iterator[str]:
    for cell in line:
        for link in cell.iter("a"):
            url = page.canonical(link.get("href") or "") or page.canonical(onclick.target(link) or "")
            if url is not None and url != page.url:
                yield url
    if (at := onclick.target(holder)) and (url := page.canonical(at)):
        yield url
