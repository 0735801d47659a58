"""txt and csv: byte order mark, UTF-8, then GB 18030."""

from __future__ import annotations

import csv
import io

from govcrawl.extract.documents.gathering import Gathering
from govcrawl.extract.documents.limits import Limits, Nested
from govcrawl.extract.documents.walk import letters
from govcrawl.model.documents import DocumentText
from govcrawl.page import encoding

_MARKS = ("\t", ",", ";")
_LONGEST = 1_000_000
"""Characters of one csv field; a quote that is never closed swallows the rest of the file into one."""


def read(body: bytes, limits: Limits, nested: Nested | None = None) -> DocumentText:
    """Text by lines; blank ones go."""
    text, _ = encoding.decode(body, {})
    gathering = Gathering(limits)
    with gathering.bounded():
        for line in text.splitlines():
            gathering.add(line)
    return gathering.document("txt")


def read_table(body: bytes, limits: Limits, nested: Nested | None = None) -> DocumentText:
    """Cells of a csv or of tab-separated text, by `B7`."""
    text, _ = encoding.decode(body, {})
    gathering = Gathering(limits)
    with gathering.bounded():
        csv.field_size_limit(_LONGEST)
        rows = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=_delimiter(text))
        try:
            for number, row in enumerate(rows, 1):
                if number > limits.rows:
                    gathering.missing.append(f"行数超过上限{limits.rows}行，其余未读取")
                    break
                for column, value in enumerate(row, 1):
                    if value:
                        gathering.add(_bare(value), "table", f"{letters(column)}{number}")
        except csv.Error:
            gathering.missing.append("个别行的引号不成对，只读取了一部分")
    return gathering.document("csv")


def _delimiter(text: str) -> str:
    lines = [line for line in text[:8192].splitlines() if line.strip()]
    return max(_MARKS, key=lambda mark: sum(1 for line in lines if mark in line))


def _bare(value: str) -> str:
    """`="110101…"` and `'110101…` keep a program from taking the digits for a number; they are no part of the text."""
    if value.startswith('="') and value.endswith('"'):
        return value[2:-1]
    return value[1:] if value.startswith("'") and value[1:2].isdigit() else value
