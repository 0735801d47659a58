"""What a column is: its type by name and by the `ColumnType` tag, in the vocabulary of the record contract."""

from __future__ import annotations

import re
from functools import lru_cache

from govcrawl import rulebook
from govcrawl.text import normalise

TYPES: tuple[str, ...] = (
    "首页", "概况信息", "机构职能", "领导信息", "动态要闻", "通知公告", "政策文件", "政策解读", "信息公开指南", "信息公开制度", "法定主动公开内容", "信息公开年报",
    "依申请公开", "人事信息", "规划计划", "财政预决算", "数据发布", "回应关切", "办事服务", "办事统计", "咨询建言", "留言统计", "征集调查", "在线访谈", "重要信息转载", "专题专栏", "网上信访", "纪检举报", "静态页面", "其他",
)  # fmt: skip
STATIC = frozenset(("概况信息", "机构职能", "领导信息", "信息公开指南", "信息公开制度", "依申请公开", "静态页面", "网上信访", "纪检举报"))
"""Types whose columns are often one page and have no age."""
# Of several types whose patterns fit a name the first here wins: 政策解读征集 is no 政策解读, 留言统计 no 咨询建言, 政府信息公开年度报告 no 法定主动公开内容.
# 其他 comes first: names that look like one of the types and are none (政府公报, 旅游资讯).
_ORDER = (
    "其他", "首页", "静态页面", "留言统计", "办事统计", "信息公开年报", "信息公开指南", "信息公开制度", "依申请公开", "征集调查", "在线访谈", "网上信访", "纪检举报", "重要信息转载", "政策解读", "回应关切",
    "咨询建言", "领导信息", "机构职能", "概况信息", "财政预决算", "人事信息", "规划计划", "数据发布", "政策文件", "通知公告", "动态要闻", "法定主动公开内容", "办事服务", "专题专栏",
)  # fmt: skip
_META = {
    "负责人信息": "领导信息",
    "工作动态": "动态要闻",
    "信息公开目录": "法定主动公开内容",
    "依法申请公开": "依申请公开",
    "数据开放": "数据发布",
    "咨询投诉": "咨询建言",
}
"""Classes of 国办发〔2017〕47号 that the record contract names otherwise."""
_DEPARTMENT = re.compile(
    r"(?:局|委|办|厅|中心|镇|乡|街道|办事处|委员会|公司|部|队|所|站|馆|院|开发区|园区|管委会|人民政府|政府办公室|联合会|学校|医院)$"
)
"""Name of a body rather than of a column: matches "统计局" and "清源镇", not "政务公开"."""


@lru_cache(maxsize=1)
def _tables() -> tuple[dict[str, str], tuple[tuple[str, re.Pattern[str]], ...], re.Pattern[str]]:
    exact: dict[str, str] = {}
    wild: dict[str, list[str]] = {}
    labels = rulebook.labels("columns")
    for kind in _ORDER:
        for name in labels.get(kind, ()):
            if "*" in name:
                wild.setdefault(kind, []).append(re.escape(name).replace(r"\*", ".*"))
            else:
                exact.setdefault(normalise.label(name), kind)
    event = "|".join(re.escape(name) for name in labels.get("event", ()))
    return (
        exact,
        tuple((kind, re.compile("(?:" + "|".join(wild[kind]) + r")\Z")) for kind in _ORDER if kind in wild),
        re.compile(event or r"(?!)"),
    )


def type_of(name: str, meta_type: str = "") -> str:
    """Type of a column. The whole name decides, then the `ColumnType` tag if it is one of the classes (it is often a copy of the
    name or of the parent), then a part of the name; else 其他."""
    return typed(name, meta_type)[0]


@lru_cache(maxsize=2048)
def typed(name: str, meta_type: str = "") -> tuple[str, str]:
    """`type_of` with what decided: name, tag, part, none."""
    exact, wild, _ = _tables()
    word = normalise.label(name)
    plain = exact.get(word)
    if plain is not None and plain != "其他":
        return plain, "name"
    tags = [normalise.label(part) for part in re.split(r"[,，;；、|]", meta_type) if part.strip()]
    for tag in tags:
        tag = _META.get(tag, tag)
        if tag in TYPES and tag not in ("其他", "法定主动公开内容", "首页"):
            return tag, "tag"
    if plain is None and 2 <= len(word) <= 24:
        for kind, pattern in wild:
            if pattern.match(word):
                return kind, "part"
    for tag in tags:
        if tag in exact and exact[tag] != "首页":
            return exact[tag], "tag"
    return "其他", "none"


def is_event_driven(name: str) -> bool:
    """A column that is filled when something happens (处罚, 招标, 征收, 招录, 应急), not by the calendar."""
    return bool(_tables()[2].search(normalise.label(name)))


_DESK = re.compile(r"(?:新闻|资讯|互动(?:交流)?|公开|发布|专题|解读|政策|媒体|图片|视频|访谈|办事)中心")
"""A column that calls itself a centre: matches the whole of "资讯中心", not "县融媒体中心"."""


def is_body(name: str) -> bool:
    """Name of a department or township: what lies below is its own 公开目录, not first level. Known names of columns (新闻中心, 政府部门) are none."""
    if is_named(name) or _DESK.fullmatch(normalise.label(name)):
        return False
    return bool(_DEPARTMENT.search(normalise.label(name))) and type_of(name) in ("其他", "动态要闻", "机构职能", "概况信息")


@lru_cache(maxsize=2048)
def is_named(name: str) -> bool:
    """The whole name is a known name of a column (领导信箱, 政府信息公开指南), and not of the home page."""
    return _tables()[0].get(normalise.label(name), "首页") not in ("首页", "其他")
