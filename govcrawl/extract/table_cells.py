"""The value of a label in a table: beside it, below it, or in the rows under a label that has its row for itself."""

from __future__ import annotations

from itertools import islice, takewhile

from govcrawl.extract import nodes
from govcrawl.extract.nodes import Element
from govcrawl.extract.reader_protocol import Reader, Value, content, is_colon, is_label

_ROW_OF_LABELS = 2


def cell_value(reader: Reader, cell: Element, key: str) -> Value:
    row = cell.getparent()
    cells = nodes.row_cells(row)
    at = cells.index(cell)
    if len(cells) > 1:
        below = _below(reader, row, cells, cell)
        if below is not None:
            return content(reader, [below], key), (below,), "table"
    if at + 1 < len(cells):
        return _beside(reader, row, cells, at, key)
    title = _under_title_row(reader, row, cell)
    if title:
        return content(reader, title, key), tuple(title), "table"
    return "", (cell,), "table"


def _beside(reader: Reader, row: Element, cells: list[Element], at: int, key: str) -> Value:
    """The cells right of a label up to the next label; with a rowspan the same columns of the rows it spans."""
    found: list[Element] = []
    for other in cells[at + 1 :]:
        if is_label(reader, other):
            break
        if is_colon(other):
            continue
        found.append(other)
        if key not in reader.vocabulary.long and nodes.has_text(other):
            break
    down = nodes.span(cells[at], "rowspan")
    for further in islice(row.itersiblings("tr"), down - 1):
        found.extend(nodes.row_cells(further))
    return content(reader, found, key), tuple(found), "table"


def _below(reader: Reader, row: Element, cells: list[Element], cell: Element) -> Element | None:
    """The cell under a label when its whole row is labels and exactly one row of values follows before the next such row.

    `<tr><th>来信时间<th>答复时间</tr><tr><td>…` is such a row; `<tr><td>索引号<td>(blank)<td>有效性<td>(blank)</tr>` is not.
    """
    if not all(nodes.has_text(other) for other in cells):
        return None
    known = sum(is_label(reader, other) for other in cells)
    if known < _ROW_OF_LABELS or known * 10 < len(cells) * 6:
        return None
    followers = list(takewhile(lambda other: not _is_head(reader, other), filter(nodes.row_cells, row.itersiblings("tr"))))
    width = sum(nodes.span(other) for other in cells)
    same = [
        other
        for other in followers
        if sum(nodes.span(c) for c in nodes.row_cells(other)) == width and len(nodes.row_cells(other)) == len(cells)
    ]
    values = [other for other in same if not any(is_label(reader, c) for c in nodes.row_cells(other))]
    if not followers or len(values) != 1 or values[0] is not followers[0]:
        return None
    column = next(at for at, other in nodes.columns(row) if other is cell)
    return next((other for at, other in nodes.columns(values[0]) if at == column), None)


def _is_head(reader: Reader, row: Element) -> bool:
    """A further row of labels: `<tr><th>文号<th>有效性</tr>` below the values of the first one."""
    cells = nodes.row_cells(row)
    return len(cells) >= _ROW_OF_LABELS and all(nodes.has_text(cell) and is_label(reader, cell) for cell in cells)


def _under_title_row(reader: Reader, row: Element, cell: Element) -> list[Element]:
    """Rows under a label that has its row for itself, up to the next such row."""
    if len(nodes.row_cells(row)) > 1:
        return []
    found: list[Element] = []
    for other in row.itersiblings("tr"):
        cells = nodes.row_cells(other)
        if not cells:
            continue
        if reader.starts_label(cells[0]) and (len(cells) == 1 or is_label(reader, cells[0])):
            break
        if len(cells) == 1 and found and cells[0].tag == cell.tag and cells[0].get("class") == cell.get("class") and cell.get("class"):
            break
        found.append(other)
    return found
