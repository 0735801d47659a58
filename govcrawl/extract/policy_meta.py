"""A document's metadata where no visible block shows it: meta tags that name it, JSON-LD.

Both are asked only after the visible page. Dates of meta tags are not read here: `PubDate` is often the time of the last rebuild.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from govcrawl.page.document import Page
from govcrawl.text import doc_number, normalise

_NAMES: dict[str, tuple[str, ...]] = {
    "doc_number": ("docnumber", "docno", "documentnumber", "filenumber", "fileno", "fwzh", "wenhao", "wh", "发文字号", "文号"),
    "index_number": ("indexnumber", "indexno", "idxid", "syh", "索引号"),
    "issuer": ("fwjg", "issuer", "puborg", "publishorg", "发文机关", "发文机构"),
    "issued_on": ("cwrq", "writtendate", "signdate", "成文日期"),
    "validity": ("yxx", "validity", "有效性", "时效性"),
    "topic": ("ztfl", "subjectcategory", "主题分类"),
}
"""Field → names of meta tags, lower case without `-`, `_` and `.`, as catalogue platforms write them."""
_LINKED: dict[str, tuple[str, ...]] = {
    "doc_number": ("legislationIdentifier", "identifier"),
    "issuer": ("legislationPassedBy", "publisher", "author"),
    "issued_on": ("legislationDate", "dateCreated"),
    "published_on": ("datePublished",),
    "validity": ("legislationLegalForce",),
    "title": ("headline", "name"),
}
"""Field → properties of schema.org (`Legislation`, `GovernmentDocument`, `Article`)."""
_TYPES = frozenset({"Legislation", "LegislationObject", "GovernmentDocument", "DigitalDocument", "Article", "NewsArticle", "Report"})
_FORCE = {"InForce": "有效", "NotInForce": "失效", "PartiallyInForce": "部分失效"}
_EMPTY = frozenset({"", "null", "undefined", "none", "-", "无"})


def read(page: Page) -> dict[str, str]:
    """Label key → value: JSON-LD first, then meta tags; only what is filled and, for a number, what is one."""
    found: dict[str, str] = {}
    for key, value in (*_json_ld(page), *_tags(page)):
        plain = normalise.squeeze(value)
        if plain.lower() in _EMPTY or (key == "doc_number" and doc_number.parse(plain) is None):
            continue
        found.setdefault(key, plain)
    return found


def _tags(page: Page) -> Iterator[tuple[str, str]]:
    plain = {name.translate(_SEPARATORS): value for name, value in page.meta.items() if value}
    for key, names in _NAMES.items():
        for name in names:
            if name in plain:
                yield key, plain[name]


_SEPARATORS = str.maketrans("", "", "-_.: ")


def _json_ld(page: Page) -> Iterator[tuple[str, str]]:
    if b"ld+json" not in page.markup:
        return
    for script in page.scripts:
        if "ld+json" not in script.attributes.get("type", "") or len(script.text) > 100_000:
            continue
        try:
            data = json.loads(script.text, strict=False)
        except ValueError:
            continue
        for node in _nodes(data):
            yield from _of_node(node)


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    """The document's own nodes: of one of the types, at the top or in `@graph`."""
    candidates = data if isinstance(data, list) else data.get("@graph", [data]) if isinstance(data, dict) else []
    for node in candidates if isinstance(candidates, list) else [candidates]:
        kinds = node.get("@type") if isinstance(node, dict) else None
        if kinds and _TYPES & set(kinds if isinstance(kinds, list) else [kinds]):
            yield node


def _of_node(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, names in _LINKED.items():
        for name in names:
            value = node.get(name)
            value = value[0] if isinstance(value, list) and value else value
            value = value.get("name") or value.get("value") if isinstance(value, dict) else value
            if isinstance(value, str):
                yield key, _FORCE.get(value.rsplit("/", 1)[-1], value) if key == "validity" else value
