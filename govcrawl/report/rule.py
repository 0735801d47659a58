"""One rule as a person reads it: what it says, where it stands in the indicator table, what can be set, and where it does not apply."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from govcrawl.report.view import OUTCOMES, SEVERITIES
from govcrawl.rulebook.models import Rule
from govcrawl.rulebook.pack_models import Clause, Indicator, Match, Pack
from govcrawl.rulebook.printing import OBJECTS

PARAMETERS = {
    "allowed_suffixes": "允许的域名后缀", "answered_outcome": "答复未公开时的结论", "apart_minutes": "两次访问至少间隔（分钟）", "bulk_items": "同日批量的条数",
    "complaint_phone_counts": "监督投诉电话也算联系电话", "elements": "所查要素", "endings": "算作依据名称的词尾", "event_words": "有事才更新的栏目用词",
    "exclude": "不要求的文件（标题）", "feedback_months": "应反馈的期限（月）", "form_words": "表格用词", "forms": "应有字号的文种", "grace_days": "宽限（天）",
    "judged_elsewhere": "由其他规则判断的栏目", "keep": "仍要求的文件", "limit_hours": "时限（小时）", "limit_seconds": "打开时限（秒）", "limit_working_days": "时限（工作日）",
    "lookback_months": "只看此前多少个月", "min_characters": "至少字数", "min_groups": "至少分组数", "min_items": "至少事项数", "near_empty_characters": "近于空白的字数",
    "no_limit": "没有更新期限的栏目", "numberless": "无需字号的标题", "patterns": "模糊表述", "probes_per_day": "每日访问次数", "repeated_replies": "雷同答复的条数",
    "required_columns": "应设的栏目", "review_on_unified": "转到统一平台时待核实的要素", "review_types": "超期只待核实的栏目", "share": "比例",
    "time_limit_counts": "办理时限也算办理时间", "together_seconds": "算作同一次访问（秒）", "tolerance_days": "容许相差（天）", "unanswered_months": "未答复多久算超期（月）",
    "where": "所查要素", "window_days": "更新期限（天）", "window_months": "更新期限（月）", "windows": "各类栏目的更新期限", "yearly": "每年更新一次的栏目（截止日）",
    "yearly_names": "每年更新一次的名称（截止日）", "years": "数据应在几年以内",
}  # fmt: skip
_IDENTITY = {"url": "网址", "value": "内容", "object_key": "所指对象", "source_file": "所在文件", "key": "个人信息（加密比对）"}
_UNITS = {"site": "每个网站计一次", "page": "每个页面", "mark": "每个标识", "item": "每处", "column": "每个栏目"}
_SAMPLED = {
    "documents": "政策文件", "interpretations": "解读稿件", "services": "事项", "guides": "办事指南", "messages": "留言", "titles": "信息标题", "content_pages": "内容页",
    "column_pages": "栏目页", "subordinate_titles": "下级网站信息标题",
}  # fmt: skip
_LEVELS = {"first": "一级", "lower": "二级及以下"}
_UNCHECKED = {"login": "须登录后才能查看", "no_data": "无从取得数据", "not_built": "尚未提供"}
_SHOWN, _LONG = 12, 40
"""Words of a list that are printed, and characters beyond which an entry is no word but a pattern: the file is the place to read all."""


def lines(rule: Rule, pack: Pack) -> Iterator[str]:
    """The rule, a line at a time, as a pack uses it."""
    yield f"{rule.id}　{rule.title}"
    yield f"　对象：{OBJECTS[rule.object]}"
    yield f"　结论：{OUTCOMES[rule.outcome]}" + ("" if rule.built else "（尚未提供：一律为“未检查”）")
    yield f"　表述：{re.sub(r'{[^}]*}', '……', rule.message)}"
    if rule.expected:
        yield f"　应为：{rule.expected}"
    yield f"　整改要求：{rule.remedy}"
    yield f"　依据：{rule.basis}"
    yield "　算作同一问题：同一网站" + "".join(f"、同一{_IDENTITY[part]}" for part in rule.identity)
    yield from _indicators(rule, pack)
    if rule.params:
        yield "　参数（指标版本可改）："
    for name in rule.params:
        yield f"　　{PARAMETERS.get(name, name)}（{name}）：{_value(pack.param(rule.id, name))}"
    yield from _elsewhere(rule, pack)


def _places(rule: Rule, pack: Pack) -> list[tuple[Indicator, Clause, Match]]:
    return [(i, clause, match) for i in pack.indicators for clause in i.clauses for match in clause.rules if match.rule == rule.id]


def _indicators(rule: Rule, pack: Pack) -> Iterator[str]:
    yield f"　指标（{pack.name}，{pack.title}）："
    found = _places(rule, pack)
    if not found:
        yield "　　不属于任何指标，不扣分，严重程度：" + SEVERITIES["notice"]
    told: set[str] = set()
    for indicator, clause, _ in found:
        if clause.id not in told:
            told.add(clause.id)
            yield f"　　{clause.id} {indicator.group}“{indicator.name}”，严重程度：{SEVERITIES[indicator.severity]}，{_cost(indicator, clause)}"
            yield f"　　　{clause.text}"


def _cost(indicator: Indicator, clause: Clause) -> str:
    if clause.points is None:
        return "构成单项否决的条件之一" if indicator.kind == "veto" else "不单独计分"
    verb = "加" if indicator.kind == "bonus" else "扣"
    most = clause.cap if clause.cap is not None else indicator.max
    return f"{_UNITS[clause.unit]}{verb} {clause.points} 分" + (f"，最多 {most} 分" if most is not None else "")


def _elsewhere(rule: Rule, pack: Pack) -> Iterator[str]:
    """Where it does not apply or costs nothing."""
    said = dict.fromkeys(line for place in _places(rule, pack) for line in _limits(pack, *place))
    if said:
        yield "　何时不适用或不计分："
        yield from (f"　　{line}" for line in said)


def _limits(pack: Pack, indicator: Indicator, clause: Clause, match: Match) -> Iterator[str]:
    if indicator.public_services:
        yield "单位没有办事服务的，不适用"
    if match.on_home is not None:
        yield f"{clause.id} 只计{'首页上的' if match.on_home else '首页以外的'}"
    if match.facets:
        yield f"{clause.id} 只计{'、'.join(_facet(facet) for facet in match.facets)}"
    if match.objects:
        yield f"{clause.id} 只计{'、'.join(OBJECTS.get(name, name) for name in match.objects)}"
    if clause.sample is not None:
        sample = pack.samples[clause.sample]
        yield f"{clause.id} 只计抽中的 {sample.size} 个{_SAMPLED[sample.of]}"
    if clause.lookback_months:
        yield f"{clause.id} 只计监测时间点前 {clause.lookback_months} 个月内的"
    if clause.unless_counted:
        yield f"{clause.id} 不计其他指标已扣分的栏目"
    if clause.unchecked:
        yield f"{clause.id} 中有不检查的内容：{_UNCHECKED[clause.unchecked]}"


def _facet(name: str) -> str:
    """`政策文件:first` → 政策文件（一级）."""
    kind, _, level = name.partition(":")
    return f"{kind}（{_LEVELS.get(level, level)}）" if level else kind


def _value(found: Any) -> str:
    if isinstance(found, bool):
        return "是" if found else "否"
    if isinstance(found, dict):
        return "；".join(f"{_facet(name)} {_value(inner)}" for name, inner in found.items())
    if isinstance(found, list):
        if any(len(str(one)) > _LONG for one in found):
            return f"{len(found)} 条匹配式（原文见 --json）"
        more = f" 等 {len(found)} 项" if len(found) > _SHOWN else ""
        return "、".join(map(str, found[:_SHOWN])) + more
    span = re.fullmatch(r"(\d+)([dm])", str(found))
    if span:
        return f"{span[1]} {'天' if span[2] == 'd' else '个月'}"
    return OUTCOMES.get(str(found), str(found))
