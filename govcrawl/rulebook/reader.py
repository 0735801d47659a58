"""One strict way from a YAML file to a model: duplicate keys, unknown keys and wrong types are refused, in Chinese, with file and place."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from govcrawl.errors import RulebookError, cause

M = TypeVar("M", bound=BaseModel)

_MESSAGES = {
    "extra_forbidden": "不认识的键",
    "missing": "缺少这个键",
    "string_too_short": "不能为空",
    "bool_type": "应为 true 或 false",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "list_type": "应为列表",
    "dict_type": "应为键值对",
    "model_type": "应为键值对",
    "model_attributes_type": "应为键值对",
    "string_pattern_mismatch": "写法不合规定",
    "decimal_type": "应为加引号的小数",
    "too_short": "至少要有一项",
}


_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it: all rule files are read at the start of every run."""


class _Loader(_Base):  # type: ignore[misc]
    """SafeLoader that refuses a key written twice in one mapping."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Hashable, Any]:
    seen: dict[Hashable, int] = {}
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if not isinstance(key, Hashable):
            raise yaml.MarkedYAMLError(problem="键必须是文本", problem_mark=key_node.start_mark)
        if key in seen:
            raise yaml.MarkedYAMLError(problem=f"键“{key}”重复（第 {seen[key]} 行已有）", problem_mark=key_node.start_mark)
        seen[key] = line
    return dict(loader.construct_mapping(node, deep=True))


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load_yaml(path: Path) -> Any:
    """Content of a YAML file, or RulebookError naming file and line."""
    name = shown(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RulebookError(f"规则文件不存在：{name}") from None
    except OSError as error:
        raise RulebookError(f"{name}：无法读取：{cause(error)}") from None
    except UnicodeDecodeError as error:
        raise RulebookError(f"{name}：不是 UTF-8 编码（第 {error.start} 字节）") from None
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"第 {mark.line + 1} 行：" if mark else ""
        problem = str(error.problem or error)  # ours are Chinese, the parser's are not
        raise RulebookError(f"{name}：{place}{f'YAML 写法有误（{problem}）' if problem.isascii() else problem}") from None
    except yaml.YAMLError as error:
        raise RulebookError(f"{name}：{error}") from None


def load(path: Path, model: type[M]) -> M:
    """A file as a model, or RulebookError with every problem: file, key path, what is expected."""
    return build(load_yaml(path), model, shown(path))


def build(data: Any, model: type[M], name: str) -> M:
    """Data as a model; `name` is the file as errors show it."""
    if not isinstance(data, dict):
        raise RulebookError(f"{name}：文件应为键值对")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise RulebookError("\n".join(f"{name}：{said}" for _, said in complaints(error, data))) from None


def complaints(error: ValidationError, data: Any) -> list[tuple[tuple[int | str, ...], str]]:
    """Every problem that a model has with data: (path of keys, what is wrong where, in Chinese)."""
    return [(e["loc"], f"{_place(e['loc'], data)}：{_say(dict(e))}") for e in error.errors()]


def shown(path: Path) -> str:
    """A rule file's name from `rules/` on: messages must not depend on where the checkout lies."""
    parts = path.parts
    return "/".join(parts[len(parts) - parts[::-1].index("rules") - 1 :]) if "rules" in parts else path.name


def _place(loc: tuple[int | str, ...], data: Any) -> str:
    """`rules[3]（link-dead）.message`: list positions are followed by the entry's id where it has one."""
    out, here = "", data
    for part in loc:
        here = _child(here, part)
        if isinstance(part, int):
            name = here.get("id") if isinstance(here, dict) else None
            out += f"[{part}]" + (f"（{name}）" if name else "")
        else:
            out += ("." if out else "") + part
    return out or "文件"


def _child(here: Any, part: int | str) -> Any:
    if isinstance(here, dict):
        return here.get(part)
    return here[part] if isinstance(here, list) and isinstance(part, int) and part < len(here) else None


def _say(error: dict[str, Any]) -> str:
    kind, message = error["type"], str(error["msg"])
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    if kind == "literal_error":
        return f"只能是 {error['ctx']['expected'].replace(' or ', '、').replace(chr(39), '')}，不是 {error['input']!r}"
    if error["input"] == "":
        return "不能为空"
    said = _MESSAGES.get(kind, message)
    return said if kind in ("extra_forbidden", "missing") else f"{said}，不是 {error['input']!r}"
