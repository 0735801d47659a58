"""Service guides: the ten 重点要素, materials, forms and legal basis, by the labels of `rules/labels/guide.yml`.

An element is missing when its label is absent or its value is empty. 办理时限 is not 办理时间 and 投诉电话 is not 联系电话 (§4.1 of
the national table's element list): they are labels of their own here.
"""

from __future__ import annotations

import re
from typing import Any

from govcrawl.extract import attachments, labelled, legal, materials, nodes
from govcrawl.extract.labelled import Pair
from govcrawl.extract.rows import filled, outer, row, vocabulary
from govcrawl.model.facts import Context
from govcrawl.model.items import GUIDE_ELEMENTS, ServiceGuide
from govcrawl.page.document import Page
from govcrawl.text import normalise

BESIDE = ("办理时限", "监督投诉", "说明")
"""Labels kept beside the ten elements: what a local rule may let stand for 办理时间 and 联系电话, and notes to the applicant."""
PICTURE = "[图片]"
_BOTH = {"办理地点和时间": ("办理地点", "办理时间")}
"""Labels that name two elements at once."""
_GENERIC = re.compile(r"^(?:办事|服务|办理)?(?:指南|事项|服务|详情|办事指南详情|事项详情)$")
"""Matches the title `办事指南`, which names no item; not `户口迁移办事指南`."""
_SUFFIX = re.compile(r"[-_—\s]*(?:的?(?:办事|服务|办理)指南|办事指南)(?:[(（].{1,12}[)）])?$")
"""Cuts `办事指南` off `户口迁移办事指南`."""
_DOWNLOAD = re.compile(r"^(?:\[?(?:点击|在线|立即)?(?:下载|查看)(?:表格|附件|样表|详情)?\]?|空白表格?|示例样表|样表|附件\d*)$")
"""Matches a value that only offers its file: `点击下载`; not `申请表1份`."""
_FEWEST = 2
_OUTSIDE = frozenset({"footer", "aside"})
"""Tab bars are often named like navigation (`nav nav-tabs`) or header (`hd`): these two are looked into."""


def read(page: Page, ctx: Context) -> list[dict[str, Any]]:
    """One guide; none when fewer than two labels of elements stand on the page (a stub, a list of items).

    `_states` tells present, empty and absent apart for each element; `_beside` holds the texts of `BESIDE`.
    """
    pairs = labelled.read(page.body_tree, vocabulary("guide"), outer(page, _OUTSIDE))
    if len({pair.key for pair in pairs if pair.key in GUIDE_ELEMENTS or pair.key in _BOTH}) < _FEWEST:
        return []
    elements: dict[str, str | None] = {name: _element(page, pairs, name) for name in GUIDE_ELEMENTS}
    if elements["事项名称"] is None and not any(pair.key == "事项名称" for pair in pairs):
        elements["事项名称"] = _named_by_title(page)
    for both, names in _BOTH.items():
        for name in names:
            if elements[name] is None:
                elements[name] = _element(page, pairs, both)
    states = {name: _state(pairs, name, elements[name]) for name in GUIDE_ELEMENTS}
    record = ServiceGuide(
        url=page.url, title=page.title, item_name=item_name(elements["事项名称"] or _named_by_title(page)), elements=elements,
        missing=[name for name in GUIDE_ELEMENTS if not elements[name]], materials=_materials(pairs),
        forms=[file.url for file in attachments.read(page) if not (file.media_type or "").startswith(("image/", "video/", "audio/"))],
        legal_basis=_basis(page, pairs),
    )  # fmt: skip
    return [row(record) | {"_states": states, "_beside": {key: text for key in BESIDE if (text := _beside(pairs, key))}}]


def _state(pairs: list[Pair], name: str, value: str | None) -> str:
    """present, empty (its label stands there without a value) or absent (no such label)."""
    if value is not None:
        return "present"
    labels = {name, *(both for both, names in _BOTH.items() if name in names)}
    return "empty" if any(pair.key in labels for pair in pairs) else "absent"


def _beside(pairs: list[Pair], key: str) -> str | None:
    """Text of a label that is no element but may stand in for one, or that speaks to the applicant."""
    return "\n".join(dict.fromkeys(value for pair in pairs if pair.key == key and (value := filled(pair.value)))) or None


def _named_by_title(page: Page) -> str | None:
    title = page.title
    return None if title is None or _GENERIC.match(normalise.compact(title)) else title


def item_name(name: str | None) -> str | None:
    """`户口迁移办事指南` → `户口迁移`."""
    return None if name is None else (_SUFFIX.sub("", name).strip() or name)


def _element(page: Page, pairs: list[Pair], key: str) -> str | None:
    """Text of the first filled value of a label; `[图片]` for a picture, its address for a form or file; null when all are empty."""
    candidates = [pair for pair in pairs if pair.key == key]
    for pair in candidates:
        value = filled(pair.value)
        if value is None or _DOWNLOAD.match(normalise.compact(value)):
            file = next(iter(attachments.below(page, list(pair.elements))), None) if pair.value or pair.how != "line" else None
            value = file.url if file is not None else value
        if value is not None:
            return value
    for pair in candidates:
        if pair.how != "line" and nodes.pictures(pair.elements):
            return PICTURE
        if pair.how == "line" and not pair.value and nodes.pictures(pair.elements):
            return PICTURE
    return None


def _filled(pairs: list[Pair], key: str) -> list[Pair]:
    return [pair for pair in pairs if pair.key == key and (pair.value or pair.elements)]


def _materials(pairs: list[Pair]) -> list[dict[str, Any]]:
    for pair in _filled(pairs, "办理材料"):
        found = materials.read(list(pair.elements) if pair.how != "line" else _inner_lists(pair), pair.value)
        if found:
            return found
    return []


def _inner_lists(pair: Pair) -> list[nodes.Element]:
    """Lists and tables inside the element that holds label and value."""
    return [part for element in pair.elements if element.tag in ("ul", "ol", "table") for part in (element,)]


def _basis(page: Page, pairs: list[Pair]) -> list[dict[str, Any]]:
    for pair in _filled(pairs, "设定依据"):
        found = legal.basis(page, pair.value, list(pair.elements))
        if found:
            return found
    return []
