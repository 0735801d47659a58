"""Policy documents: the metadata block in whatever layout, the document's own number, its links to interpretations.

Labels: `rules/labels/policy.yml`. What stands in the metadata block wins over what the body prints; what neither says is null.
"""

from __future__ import annotations

import re
from typing import Any

from govcrawl.extract import attachments, labelled, relations
from govcrawl.extract.labelled import Pair
from govcrawl.extract.rows import filled, row, vocabulary
from govcrawl.loaders import PolicyLoader
from govcrawl.model.facts import Context
from govcrawl.page.document import Page
from govcrawl.text import dates, doc_number, normalise
from govcrawl.text.doc_number import DocNumber

METADATA = frozenset(
    {"index_number", "issuer", "issued_on", "doc_number", "topic", "genre", "validity", "sent_on", "openness", "unified_number"}
)
_FIELDS = {
    "title": "title", "index_number": "index_number", "issuer": "issuer", "issued_on": "issued_on", "published_on": "published_on",
    "validity": "validity", "topic": "topic", "genre": "genre",
}  # fmt: skip
"""Label key → field of the record."""
_BLOCK_WORDS = re.compile(r"索\s*引\s*号|发文字号|文\s*号|成文日期|发文机关")
"""Matches `索 引 号`; not `文化号召`."""
_HEAD_LINES = 14
_SALUTATION = re.compile(r"^.{2,}[:：]$")
"""Matches `各乡镇人民政府，县政府各部门：`; not `一、总体要求`."""
_ORDER_ALONE = re.compile(r"^[\u4e00-\u9fa5]{2,30}(?:令|公告|通告)$")
"""Matches `清河县人民政府令`; not `命令如下`."""
_NUMBER_ALONE = re.compile(r"^(?:[〔\[(（]?(?:19|20)\d{2}\s*[〕\])）年]?\s*)?第?\s*(?:\d{1,4}|[一二三四五六七八九十百〇]{1,6})\s*号$")
"""Matches `第12号` and `2026年第3号` under `清河县人民政府令`; not `清政发〔2026〕3号`."""
_OTHERS_NUMBER = re.compile(r"转发|批转|贯彻|落实|解读|学习|执行|废止")
"""Words that make the number at a title's end another document's: `转发国务院办公厅…（国办发〔2026〕3号）`."""
_AT_END = re.compile(r"[(（\s]\s*([\u4e00-\u9fa5]{2,16}\s*[〔\[﹝【(（]\s*(?:19|20)\d{2}\s*[〕\]﹞】)）]\s*第?\s*\d{1,5}\s*号)\s*[)）]?$")
"""Matches `（浙金罚决字〔2024〕52号）` at a title's end; not `关于废止清政发〔2020〕5号`."""
_MARKED_TITLE = re.compile(
    r"^[【\[(（〔]\s*(?:已|全文|部分)?\s*(废止|失效|修改|修订)\s*[】\])）〕]|[【\[(（〔]\s*(?:已|全文)?\s*(废止|失效)\s*[】\])）〕]$"
)
"""Matches `【已废止】关于…` and `关于…的通知（已失效）`; not `关于废止…的通知`."""
_ISSUER_LINE = re.compile(
    r"^[\u4e00-\u9fa5（）()、 ]{3,40}(?:政府|办公室|办公厅|局|委员会|委|厅|部|署|院|中心|指挥部|领导小组|管委会|公署|街道办事处|总队|支队|大队)$"
)
"""Matches `清河县人民政府办公室`; not `特此通知。`."""
_ENDS_AT = re.compile(r"^附件?\s*\d*\s*[:：]?$|^附件\d*[:：]")


def read(page: Page, ctx: Context) -> list[dict[str, Any]]:
    """One document; none when the page has neither title nor text nor a metadata block."""
    block = metadata(page)
    lines = page.main_text.split("\n") if page.main_text else []
    if not block and not lines and page.title is None:
        return []
    title = _of(block, "title") or page.title or ""
    number = _number(block, title, lines)
    signed_by, signed_on = signature(lines)
    loader = PolicyLoader()
    for pair in block:
        if pair.key in _FIELDS:
            loader.add_value(_FIELDS[pair.key], pair.value)
    published = loader.get_output_value("published_on")
    loader.add_value("issued_on" if published else "published_on", _values(block, "sent_on"))
    loader.add_value("issued_on", signed_on)
    loader.add_value("issuer", signed_by)
    loader.add_value("validity", marked(title))
    loader.add_value("doc_number", number.normal if number else None)
    loader.add_value("doc_number_raw", number.raw if number else _raw(block))
    loader.add_value("interpretations", relations.interpretations(page, title, block))
    loader.add_value("attachments", [file.url for file in attachments.read(page)])
    loader.add_value("url", page.url)
    loader.add_value("title", title)
    loader.add_value("text", page.main_text)
    record = loader.load_item()
    record.published_source = "visible" if record.published_on else None
    return [row(record)]


def metadata(page: Page) -> list[Pair]:
    """Pairs of the metadata block; [] where the page has none.

    The main text is read only when nothing outside shows a block, and then its tables, lists and grids count, and lines
    at its head: a sentence further down that quotes `发文字号：` is no block.
    """
    words = vocabulary("policy")
    outer = {element for element, _ in page.regions.roots}
    body = page.body_element
    if body is not None and body is not page.body_tree:
        pairs = labelled.read(page.body_tree, words, skip=outer | {body})
        if _is_block(pairs):
            return pairs
        head = "\n".join(page.main_text.split("\n", _HEAD_LINES)[:_HEAD_LINES])
        inner = [pair for pair in labelled.read(body, words, skip=outer) if pair.how != "line" or (pair.value and pair.value in head)]
        return pairs + inner if _is_block(inner) else pairs
    return labelled.read(page.body_tree, words, skip=outer)


def _is_block(pairs: list[Pair]) -> bool:
    return len({pair.key for pair in pairs if pair.key in METADATA}) >= 2


def shows_words(page: Page) -> bool:
    """Do words of a metadata block stand in the page's content? A cheap first look."""
    return _BLOCK_WORDS.search(page.visible_text("body")) is not None


def is_certain(page: Page) -> bool:
    """Does the page show a metadata block with the label 发文字号 and two more of its own (empty ones too)?"""
    if not shows_words(page):
        return False
    keys = {pair.key for pair in metadata(page) if pair.key in METADATA}
    return "doc_number" in keys and len(keys) >= 3


def _of(block: list[Pair], key: str) -> str | None:
    pair = labelled.first(block, key)
    return filled(normalise.squeeze(pair.value)) if pair is not None else None


def _values(block: list[Pair], key: str) -> list[str]:
    return [pair.value for pair in block if pair.key == key]


def _raw(block: list[Pair]) -> str | None:
    """What the number's field prints although it is no number we know; null for `无`."""
    value = _of(block, "doc_number")
    return value if value is not None and not doc_number.says_none(value) else None


def _number(block: list[Pair], title: str, lines: list[str]) -> DocNumber | None:
    """The document's own number: metadata block, else title, else head of the body. Never one that the text cites."""
    shown = _of(block, "doc_number")
    if shown is not None and not doc_number.says_none(shown):
        return doc_number.parse(shown)
    return in_title(title) or in_head(lines)


def in_title(title: str) -> DocNumber | None:
    """The number a title ends with, unless the title speaks of another document."""
    hit = _AT_END.search(normalise.squeeze(title))
    if hit is None or _OTHERS_NUMBER.search(title):
        return None
    before = normalise.squeeze(title)[: hit.start()].rstrip()
    if before.endswith("》") and not before.startswith("《"):
        return None
    return doc_number.parse(hit[1])


def in_head(lines: list[str]) -> DocNumber | None:
    """The number that fills a line between the body's title and its salutation: `清政发〔2026〕5号`, `清河县人民政府令` + `第12号`."""
    for at, line in enumerate(lines[:_HEAD_LINES]):
        if _SALUTATION.match(line) and len(line) > 4:
            return None
        bare = line.strip(" 　")
        if at and _NUMBER_ALONE.match(bare) and _ORDER_ALONE.match(lines[at - 1].strip()):
            return doc_number.parse(lines[at - 1].strip() + bare)
        if len(bare) > 40:
            continue
        found = doc_number.parse(bare)
        if found is not None and _fills(found, bare):
            return found
    return None


def _fills(found: DocNumber, line: str) -> bool:
    """Is the line nothing but the number? `为贯彻国办发〔2026〕3号` is not: the sentence before it is cut off by `find`."""
    whole = normalise.compact(line).strip("()")
    cited = doc_number.find(line)
    return len(normalise.compact(found.raw)) >= len(whole) and (not cited or len(normalise.compact(cited[0].raw)) >= len(whole))


def signature(lines: list[str]) -> tuple[str | None, str | None]:
    """(发文机关, 成文日期) from the 落款: a unit's line directly above a line that is a date. (null, null) unless exactly one is there."""
    found: list[tuple[str, str]] = []
    for above, below in zip(lines, lines[1:], strict=False):
        if len(below) > 40 or not below.rstrip(" 　。").endswith("日"):
            continue
        bare = normalise.compact(below).strip("。")
        if not 8 <= len(bare) <= 14:
            continue
        day = dates.parse_day(below)
        unit = above.strip(" 　")
        if day is not None and _ISSUER_LINE.match(unit):
            found.append((normalise.compact(unit), day))
    return found[0] if len(found) == 1 else (None, None)


def marked(title: str) -> str | None:
    """废止 or 失效 as a mark at the title's head or end."""
    hit = _MARKED_TITLE.search(normalise.squeeze(title))
    return (hit[1] or hit[2]) if hit is not None else None
