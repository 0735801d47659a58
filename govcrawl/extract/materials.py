"""办理材料 as rows: {name, form, copies, required}, from a table with a header, or from a list or lines."""

from __future__ import annotations

import re
from typing import Any

from govcrawl.extract import nodes
from govcrawl.extract.nodes import Element
from govcrawl.text import normalise

_HEADS: dict[str, tuple[str, ...]] = {
    "name": ("材料名称", "申请材料名称", "材料", "名称", "申请材料", "提交材料名称", "材料目录", "办理材料", "所需材料", "材料清单", "资料名称"),
    "form": ("材料形式", "材料类型", "形式", "类型", "介质", "材料介质", "材料要求", "格式", "材料格式", "原件/复印件", "原件或复印件", "纸质/电子", "纸质/电子版", "形式要求", "提交方式", "材料性质", "电子/纸质", "介质要求"),
    "copies": ("份数", "纸质材料份数", "材料份数", "数量", "纸质份数", "纸质材料", "原件份数", "复印件份数", "纸质材料要求", "份数要求", "原件/复印件份数", "原件数", "复印件数"),
    "required": ("材料必要性", "必要性", "是否必须", "是否必要", "必要性及描述", "是否必需", "是否必备", "必要程度", "是否需要"),
}  # fmt: skip
_BY_HEAD = {normalise.label(word): field for field, words in _HEADS.items() for word in words}
_OTHER_HEADS = frozenset(
    {
        "序号",
        "来源渠道",
        "来源",
        "填报须知",
        "备注",
        "样表",
        "示例样表",
        "空白表格",
        "表格下载",
        "受理标准",
        "材料来源",
        "说明",
        "下载",
        "操作",
        "依据",
        "出具单位",
        "情形",
    }
)
_FORM = re.compile(r"原件|复印件|纸质|电子(?:版|件|材料|化|证照|文档)?|扫描件|影印件|正本|副本|加盖公章")
"""Matches `原件及复印件`; not `原因`."""
_COPIES = re.compile(
    r"(?:一式)?\s*([\d一二两三四五六七八九十]{1,3})\s*[份套张](?!子)|(?:原件|复印件|纸质)\s*[:：]?\s*(\d{1,2})(?![\d份套张])"
)
"""Matches `复印件1份`, `一式三份`, `纸质：2`; not `身份证`, `1份子`."""
_REQUIRED = re.compile(r"必[要须需备]|非必[要须需备]|容缺(?:后补)?|可选|选填")
_ITEM = re.compile(r"^\s*(?:[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,3}|[①-⑳])[)）]?\s*[、.．:：]?|[•·●◆■▪-])\s*(?=\S)")
"""Matches the head of `1.身份证`, `（二）申请表`, `①照片`."""
_NUMBERED = re.compile(
    r"^\s*(?:[（(]\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*[)）]|(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*[、.．](?!\d)|[①-⑳])"
)
"""Matches `1.身份证`, `（二）申请表`, `①照片`; not `2寸照片`, `1.5寸照片`."""
_SPLIT = re.compile(r"(?<=[；;。])\s*(?=\S)|(?<!^)(?=[①-⑳])|(?<=\S)\s+(?=\d{1,2}[、.．](?!\d))")
"""Cuts `1.身份证；2.申请表`; not `身份证（原件；复印件）` at its inner mark (brackets are masked first)."""
_NONE = re.compile(r"^(?:无|无需(?:提供|提交)?(?:任何)?(?:材料)?|不需要(?:提供)?(?:材料)?|暂无|详见.*|/|-+)[。.]?$")
"""Matches `无`, `无需提交材料`; not `无犯罪记录证明`."""
_LEAD_IN = re.compile(r"(?:如下|下列|以下)[^:：]{0,12}[:：]?$|[:：]$|^(?:材料名称|序号)$")
"""Matches `申请人应提交以下材料：`; not `身份证明：原件`."""


def read(elements: list[Element], text: str) -> list[dict[str, Any]]:
    """Materials of the section `elements`; `text` is its text, for sections without table or list."""
    for element in elements:
        for table in _tables(element):
            found = _table(table)
            if found:
                return found
    for element in elements:
        items = [i for i in element.iter("li") if nodes.has_text(i) and not any(True for _ in i.iter("li") if _ is not i)]
        if len(items) >= 1:
            return [m for m in (_line(nodes.joined(i)) for i in items) if m is not None]
    return [m for m in (_line(line) for line in split(text)) if m is not None]


def _tables(element: Element) -> list[Element]:
    """The tables of a section: inside its elements, or the rows that stand under a title row."""
    if element.tag == "tr":
        return [element.getparent()] if element.getparent() is not None else []
    return [table for table in element.iter("table") if len(nodes.rows(table)) >= 2] or ([element] if element.tag == "table" else [])


def _table(table: Element) -> list[dict[str, Any]]:
    wide = nodes.grid(table)
    for at, line in enumerate(wide[:-1]):
        heads = [normalise.label(nodes.text(cell)) if cell is not None else "" for cell in line]
        fields = [_BY_HEAD.get(head) or _loose(head) for head in heads]
        known = sum(field is not None or head in _OTHER_HEADS for field, head in zip(fields, heads, strict=True))
        if "name" in fields and known >= 2 and len(set(line)) >= 2:
            return _rows(wide[at + 1 :], heads, fields)
    return []


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


def _rows(lines: list[list[Element | None]], heads: list[str], fields: list[str | None]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for line in lines:
        values: dict[str, list[str]] = {}
        for cell, head, field in zip(line, heads, fields, strict=False):
            if cell is None or field is None:
                continue
            value = nodes.joined(cell)
            if field == "copies" and value and head not in ("份数",) and ("原件" in head or "复印件" in head or "纸质" in head):
                value = f"{'原件' if '原件' in head and '复印件' not in head else '复印件' if '复印件' in head and '原件' not in head else ''}{value}"
            if value and value not in values.setdefault(field, []):
                values[field].append(value)
        name = " ".join(values.get("name", []))
        if not name or _NONE.match(name) or len({c for c in line if c is not None}) == 1:
            continue
        found.append(
            _material(name, " ".join(values.get("form", [])), " ".join(values.get("copies", [])), " ".join(values.get("required", [])))
        )
    return found


def _material(name: str, form: str, copies: str, required: str) -> dict[str, Any]:
    """Columns first; what they do not say may stand in the name (`身份证（原件及复印件各1份）`)."""
    clean = _ITEM.sub("", name) if _NUMBERED.match(name) else name
    shown = form if _FORM.search(form) else "、".join(dict.fromkeys(m[0] for m in _FORM.finditer(f"{copies} {name}"))) or form
    return {
        "name": clean.strip(" ；;。"),
        "form": shown or None,
        "copies": _count(copies) or _counted(f"{form} {name}"),
        "required": _necessity(required),
    }


def _count(text: str) -> str | None:
    """The copies column as printed, when it names a number."""
    return text.strip() if re.search(r"[\d一二两三四五六七八九十]", text) else None


def _counted(text: str) -> str | None:
    hit = _COPIES.search(text)
    return hit[0].strip() if hit is not None else None


def _necessity(text: str) -> str | None:
    text = text.strip()
    return text if text and text not in ("-", "/", "--") else None


def split(text: str) -> list[str]:
    """Materials of a text without list: one a line, or `；` and numbering inside a line."""
    out: list[str] = []
    for line in text.split("\n"):
        masked = re.sub(r"[（(][^（）()]*[)）]", lambda m: "\x00" * len(m[0]), line)
        last = 0
        for cut in [m.start() for m in _SPLIT.finditer(masked)] + [len(line)]:
            piece = line[last:cut].strip()
            if piece:
                out.append(piece)
            last = cut
    if sum(_NUMBERED.match(piece) is not None for piece in out) >= 2:
        return _joined_up(out)
    return out


def _joined_up(pieces: list[str]) -> list[str]:
    """Where materials are numbered, an unnumbered piece goes on with the one before it; what stands before the first is a lead-in."""
    found: list[str] = []
    for piece in pieces:
        if _NUMBERED.match(piece):
            found.append(piece)
        elif found:
            found[-1] = f"{found[-1]} {piece}"
    return found


def _line(line: str) -> dict[str, Any] | None:
    bare = (_ITEM.sub("", line) if _NUMBERED.match(line) else line).strip(" ；;。")
    if not bare or _NONE.match(bare) or _LEAD_IN.search(bare) or len(bare) < 2:
        return None
    form = "、".join(dict.fromkeys(m[0] for m in _FORM.finditer(bare)))
    hit = _REQUIRED.search(bare)
    return {"name": bare, "form": form or None, "copies": _counted(bare), "required": hit[0] if hit is not None else None}
