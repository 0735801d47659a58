"""Fields whose names say nothing (`f_202121837479` of TRS 海贝), told by what stands in them over all records of the answer.

A role is given only where most records agree; two fields that could both be it are settled by an order that does not guess, else left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from govcrawl.extract.answers import values
from govcrawl.extract.answers.fields import Record
from govcrawl.text import doc_number

_OPAQUE = re.compile(r"[a-z]{1,6}\d{5,}")
"""fullmatch of a field's plain name: matches "f202121837479" and "field68952", not "pubtime"."""
_INDEX = re.compile(r"[0-9A-Za-z]{5,24}(?:/[0-9A-Za-z]{1,8})?[-/_](?:19|20)\d{2}[-/]?\d{2,8}")
"""fullmatch of an index number: matches "11500000009275780L/2021-00123", not "2021-11-12"."""
_TITLE = re.compile(
    r"关于.{2,120}|.{4,120}(?:通知|意见|办法|规定|决定|命令|批复|函|公告|通告|方案|规划|细则|条例|规则|措施|计划|纲要|要点|预案|制度|通报|报告|令|目录|清单|解读)(?:[(（].{1,20}[)）])?",
    re.S,
)
"""fullmatch of a document's title: matches "清和县人民政府关于印发…的通知", not "有效"."""
_UNIT = re.compile(r"[\u4e00-\u9fa5（）()、,， ]{3,40}(?:政府|办公室|办公厅|局|委员会|委|厅|部|署|院|中心|管委会)")
"""fullmatch of an issuing body: matches "清和县财政局", not "关于设立县财政局的通知"."""
_URL = re.compile(r"(?:https?:)?//[^\s<>]{4,400}|/[^\s<>]{2,300}\.(?:s?html?|jspx?|php|aspx)(?:\?[^\s<>]*)?")
"""fullmatch of an address: matches "/zwgk/202101/t20210105_1.html", not "text/html"."""
_MOST = 0.8
_LONGEST = 300


def is_opaque(name: str) -> bool:
    return _OPAQUE.fullmatch(name) is not None


def roles(records: Sequence[Record], missing: Sequence[str]) -> dict[str, str]:
    """Role → field name for the roles that no name told. Dates only where document numbers bear them out."""
    columns = _columns(records)
    out: dict[str, str] = {}
    numbers = _best(columns, lambda shown: doc_number.parse(shown) is not None and not _INDEX.fullmatch(shown))
    tests = {"index_number": _INDEX, "title": _TITLE, "url": _URL, "issuer": _UNIT}
    if "doc_number" in missing and numbers:
        out["doc_number"] = numbers[0]
    for role, pattern in tests.items():
        if role not in missing:
            continue
        found = [name for name in _best(columns, lambda shown, p=pattern: p.fullmatch(shown) is not None) if name not in out.values()]
        if role == "title":
            found = [name for name in found if len(set(columns[name].values())) > len(columns[name]) // 2]
        if found and (role != "issuer" or len(found) == 1):
            out[role] = found[0]
    if "issued" in missing and numbers:
        issued = _written(columns, columns[numbers[0]])
        if issued is not None:
            out["issued"] = issued
    return out


def _columns(records: Sequence[Record]) -> dict[str, dict[int, str]]:
    """Opaque field → {record: short text}."""
    out: dict[str, dict[int, str]] = {}
    for at, record in enumerate(records):
        for name, stored in record.values.items():
            if is_opaque(name) and isinstance(stored, (str, int)) and len(str(stored)) <= _LONGEST and (shown := values.text(stored)):
                out.setdefault(name, {})[at] = shown
    return out


def _best(columns: dict[str, dict[int, str]], fits: object) -> list[str]:
    """Fields most of whose values fit, the one with the most such values first."""
    counted: list[tuple[int, str]] = []
    for name, shown in columns.items():
        good = sum(1 for value in shown.values() if callable(fits) and fits(value))
        if good and good >= _MOST * len(shown):
            counted.append((good, name))
    return [name for _, name in sorted(counted, key=lambda row: (-row[0], row[1]))]


def _written(columns: dict[str, dict[int, str]], numbers: dict[int, str]) -> str | None:
    """The field of signing days: its year is that of the document number nearly everywhere; of several, the one with the earliest days."""
    years = {at: found.year for at, shown in numbers.items() if (found := doc_number.parse(shown)) is not None and found.year}
    choices: list[tuple[str, str]] = []
    for name, shown in columns.items():
        days = {at: day for at, value in shown.items() if (day := values.day(value)) is not None}
        both = [at for at in years if at in days]
        if len(days) < _MOST * len(shown) or not both or len(both) < len(years) / 2:
            continue
        if sum(int(days[at][:4]) == years[at] for at in both) >= _MOST * len(both):
            choices.append((" ".join(days[at] for at in both), name))
    return min(choices)[1] if choices else None
