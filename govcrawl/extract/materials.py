"""办理材料 as rows: {name, form, copies, required}, from a table with or without a header, from rows of boxes, a list, or lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from govcrawl.extract import material_lines, nodes
from govcrawl.extract.material_lines import FORM
from govcrawl.extract.nodes import Element
from govcrawl.text import normalise

_HEADS: dict[str, tuple[str, ...]] = {
    "name": ("材料名称", "申请材料名称", "材料", "名称", "申请材料", "提交材料名称", "材料目录", "办理材料", "所需材料", "材料清单", "资料名称", "提交材料", "要件名称", "申报材料", "申报材料名称", "文件名称", "证件名称", "材料名"),
    "form": ("材料形式", "材料类型", "形式", "类型", "介质", "材料介质", "材料要求", "格式", "材料格式", "原件/复印件", "原件或复印件", "纸质/电子", "纸质/电子版", "形式要求", "提交方式", "材料性质", "电子/纸质", "介质要求", "提交形式", "材料样式"),
    "copies": ("份数", "纸质材料份数", "材料份数", "数量", "纸质份数", "纸质材料", "原件份数", "复印件份数", "纸质材料要求", "份数要求", "原件/复印件份数", "原件数", "复印件数"),
    "required": ("材料必要性", "必要性", "是否必须", "是否必要", "必要性及描述", "是否必需", "是否必备", "必要程度", "是否需要"),
    "mark": ("原件", "复印件", "纸质", "纸质版", "纸质件", "电子", "电子版", "电子件"),
}  # fmt: skip
_BY_HEAD = {normalise.label(word): field for field, words in _HEADS.items() for word in words}
_OTHER_HEADS = frozenset(
    {
        "序号", "来源渠道", "来源", "填报须知", "备注", "样表", "示例样表", "空白表格", "表格下载", "受理标准", "材料来源", "说明", "下载", "操作", "依据", "出具单位",
        "情形", "要求", "适用情形", "办理情形", "详细信息", "规格", "编号", "类别", "材料类别", "示例", "空表", "附件",
    }
)  # fmt: skip
_COUNTS = re.compile(r"[\d一二两三四五六七八九十]")
_NOTHING = frozenset({"0", "0份", "无", "否", "×", "✗", "-", "--", "—", "/", ""})
"""What a cell under 原件 or 复印件 shows where none is asked for."""
_MOST_BOXES = 200


def read(elements: list[Element], text: str) -> list[dict[str, Any]]:
    """Materials of the section `elements`; `text` is its text, for sections without table or list."""
    tables = [table for element in elements for table in _tables(element)]
    for found in (found for table in tables if (found := _headed(nodes.grid(table)))):
        return found
    for element in elements:
        if (found := _boxes(element)) or (found := _items(element)):
            return found
    for found in (found for table in tables if (found := _unheaded(nodes.grid(table)))):
        return found
    return material_lines.read(text)


def _tables(element: Element) -> list[Element]:
    """The tables of a section: inside its elements, or the rows that stand under a title row."""
    if element.tag == "tr":
        return [element.getparent()] if element.getparent() is not None else []
    return [table for table in element.iter("table") if len(nodes.rows(table)) >= 2] or ([element] if element.tag == "table" else [])


def _items(element: Element) -> list[dict[str, Any]]:
    """The items of a list that hold no list themselves."""
    items = [i for i in element.iter("li") if nodes.has_text(i) and not any(True for _ in i.iter("li") if _ is not i)]
    return [m for i in items for m in material_lines.one_or_several(nodes.joined(i))]


# --- tables ----------------------------------------------------------------------------------------------------------

Line = Sequence[Element | None]


def _headed(wide: Sequence[Line]) -> list[dict[str, Any]]:
    """Materials of a table with a row of heads (or two, `份数` over `原件 | 复印件`)."""
    for at, line in enumerate(wide[:-1]):
        heads = [normalise.label(nodes.text(cell)) if cell is not None else "" for cell in line]
        fields = [_field(head) for head in heads]
        known = sum(field is not None or head in _OTHER_HEADS for field, head in zip(fields, heads, strict=True))
        if "name" not in fields or not (known >= 2 and len(set(line)) >= 2 or _column_of_names(wide[at:])):
            continue
        body = wide[at + 1 :]
        below = _second_heads(line, body[0], heads)
        if below is not None:
            heads, body = below, body[1:]
            fields = [_field(head) for head in heads]
        return _rows(body, heads, fields)
    return []


def _column_of_names(wide: Sequence[Line]) -> bool:
    """A table of one column under the head 材料名称."""
    return len(wide) >= 2 and all(len(set(line)) == 1 for line in wide)


def _second_heads(line: Line, under: Line, heads: list[str]) -> list[str] | None:
    """Heads of the second row joined to those above (`份数` + `原件` → `原件份数`); null where the next row is no row of heads."""
    if len(under) != len(line) or not any(above is cell for above, cell in zip(line, under, strict=True)):
        return None
    joined = []
    for above, cell, head in zip(line, under, heads, strict=True):
        own = normalise.label(nodes.text(cell)) if cell is not None and cell is not above else ""
        if own and _field(own) is None and own not in _OTHER_HEADS:
            return None
        joined.append(f"{own}份数" if own and "份数" in head and "份数" not in own else own or head)
    return joined


def _field(head: str) -> str | None:
    return _BY_HEAD.get(head) or _loose(head)


def _loose(head: str) -> str | None:
    """A head that merely contains its word: `纸质材料份数（份）`, `原件/复印件`."""
    if len(head) > 16:
        return None
    if "份数" in head:
        return "copies"
    if "必要" in head or "必须" in head or "必需" in head:
        return "required"
    if "材料名称" in head:
        return "name"
    if "材料形式" in head or "材料类型" in head or ("原件" in head and "复印件" in head):
        return "form"
    return None


def _rows(lines: Sequence[Line], heads: list[str], fields: list[str | None]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for line in lines:
        values: dict[str, list[str]] = {}
        for cell, head, field in zip(line, heads, fields, strict=False):
            if cell is None or field is None:
                continue
            for name, value in _value(field, head, nodes.joined(cell)):
                if value and value not in values.setdefault(name, []):
                    values[name].append(value)
        name = " ".join(values.get("name", []))
        alone = len({c for c in line if c is not None}) == 1 and len(heads) > 1
        if not name or alone or material_lines.says_none(name) or material_lines.is_note(name):
            continue
        found.append(
            _material(name, "、".join(values.get("form", [])), " ".join(values.get("copies", [])), " ".join(values.get("required", [])))
        )
    return found


def _value(field: str, head: str, value: str) -> list[tuple[str, str]]:
    """(field, value) pairs of one cell; a cell under `原件份数` or `复印件` also tells the form."""
    kind = "复印件" if "复印件" in head and "原件" not in head else "原件" if "原件" in head and "复印件" not in head else ""
    if field == "mark":
        if value in _NOTHING:
            return []
        return [("form", head), *([("copies", f"{kind}{value}")] if _COUNTS.search(value) else [])]
    if field == "copies" and kind:
        return [] if value in _NOTHING else [("copies", f"{kind}{value}")]
    return [(field, value)]


def _unheaded(wide: Sequence[Line]) -> list[dict[str, Any]]:
    """A table without heads: number, name, and what is told of it, a material a row."""
    found: list[dict[str, Any]] = []
    for line in wide:
        cells = [nodes.joined(cell) for cell in dict.fromkeys(c for c in line if c is not None)]
        told = [cell for cell in cells if cell and not re.fullmatch(r"[\d一二三四五六七八九十]{1,3}[、.．]?", cell)]
        if not told or material_lines.one(told[0]) is None:
            continue
        found.append(_material(told[0], "", " ".join(told[1:]), ""))
    return found


# --- rows of boxes ---------------------------------------------------------------------------------------------------


def _boxes(element: Element) -> list[dict[str, Any]]:
    """A table built of other elements: repeated rows of as many boxes, the first of which holds the heads."""
    for holder in (element, *element.iterdescendants("div", "ul", "section", "dl")):
        rows = [child for child in holder if nodes.is_element(child) and len(child) >= 2]
        if not 2 <= len(rows) <= _MOST_BOXES:
            continue
        wide = [[cell for cell in row if nodes.is_element(cell)] for row in rows]
        heads = [_field(normalise.label(nodes.text(cell))) for cell in wide[0]]
        if "name" in heads and sum(head is not None for head in heads) >= 2:
            return _headed([line for line in wide if len(line) == len(wide[0])])
    return []


# --- one material ----------------------------------------------------------------------------------------------------


def _material(name: str, form: str, copies: str, required: str) -> dict[str, Any]:
    """Columns first; what they do not say may stand in the name (`身份证（原件及复印件各1份）`)."""
    shown = form if FORM.search(form) else "、".join(dict.fromkeys(m[0] for m in FORM.finditer(f"{copies} {name}"))) or form
    return {
        "name": material_lines.clean(name),
        "form": shown or None,
        "copies": _count(copies) or material_lines.counted(f"{form} {name}"),
        "required": _necessity(required),
    }


def _count(text: str) -> str | None:
    """The copies column as printed, when it names a number."""
    counted = material_lines.counted(text) if FORM.search(text) and len(text) > 12 else None
    return counted or (text.strip() if _COUNTS.search(text) and len(text) <= 40 else None)


def _necessity(text: str) -> str | None:
    text = text.strip()
    return text if text and text not in ("-", "/", "--") else None
