"""Policy documents: the metadata block in whatever layout, the document's own number, its links to interpretations.

Labels: `rules/labels/policy.yml`. What stands in the metadata block wins over what the body prints; what neither says is null.
"""

from __future__ import annotations

import re
from typing import Any

from govcrawl.extract import attachments, labelled, policy_meta, relations, validity
from govcrawl.extract.labelled import Pair
from govcrawl.extract.own_number import HEAD_LINES, issuer_of, own_number
from govcrawl.extract.rows import filled, row, vocabulary
from govcrawl.extract.signature import signature
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


def read(page: Page, ctx: Context) -> list[dict[str, Any]]:
    """One document; none when the page has neither title nor text nor a metadata block."""
    block = metadata(page)
    lines = page.main_text.split("\n") if page.main_text else []
    if not block and not lines and page.title is None:
        return []
    title = _of(block, "title") or page.title or ""
    number = _number(page, block, title, lines)
    signed_by, signed_on = signature(lines, title)
    loader = PolicyLoader()
    for pair in block:
        if pair.key in _FIELDS:
            loader.add_value(_FIELDS[pair.key], validity.of_field(pair.label, pair.value))
    published = loader.get_output_value("published_on")
    if not published and signed_on is not None and (put_up := _generated(block)) and signed_on < put_up:
        loader.replace_value("issued_on", signed_on)
        loader.add_value("published_on", put_up)
        published = put_up
    loader.add_value("issued_on" if published else "published_on", _values(block, "sent_on"))
    loader.add_value("issued_on", signed_on)
    loader.add_value("issuer", signed_by)
    loader.add_value("validity", validity.marked(title) or validity.stamped(page))
    unseen = policy_meta.read(page)
    number = number or (doc_number.parse(unseen["doc_number"]) if "doc_number" in unseen and not _says_none(block) else None)
    loader.add_value("doc_number", number.normal if number else None)
    loader.add_value("doc_number_raw", number.raw if number else _raw(block))
    loader.add_value("issuer", issuer_of(number, title))
    for key in ("index_number", "issuer", "issued_on", "validity", "topic"):
        loader.add_value(key, unseen.get(key))
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
        head = "\n".join(page.main_text.split("\n", HEAD_LINES)[:HEAD_LINES])
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


def _generated(block: list[Pair]) -> str | None:
    """The day under 生成日期 where it is the block's only date of the kind: a directory's day of entry when the 落款 is dated earlier."""
    pairs = [pair for pair in block if pair.key == "issued_on"]
    return dates.parse_day(pairs[0].value) if len(pairs) == 1 and pairs[0].label in ("生成日期", "生成时间") else None


def _says_none(block: list[Pair]) -> bool:
    """Does a field for the number stand there with nothing in it, or with `无`? Then the page says that there is none."""
    return any(pair.key == "doc_number" for pair in block)


def _raw(block: list[Pair]) -> str | None:
    """What the number's field prints although it is no number we know; null for `无`."""
    value = _of(block, "doc_number")
    return value if value is not None and not doc_number.says_none(value) else None


def _number(page: Page, block: list[Pair], title: str, lines: list[str]) -> DocNumber | None:
    """The document's own number: metadata block, else title, head of the body, a line above it. Never one that the text cites."""
    shown = _of(block, "doc_number")
    if shown is not None and not doc_number.says_none(shown):
        return doc_number.parse(shown)
    return own_number(title, lines, page.visible_text("lead").split("\n"))
